//! UniFFI's bindings generator, and the printer of the surface that it exports; in a workspace of its own so that its
//! features never reach the phone's library.

mod surface;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [command, library] if command == "surface" => surface::print(library),
        _ => {
            uniffi::uniffi_bindgen_main();
            Ok(())
        }
    }
}
