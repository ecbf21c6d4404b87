//! The bindings generator of UniFFI, in a workspace of its own so that its features never reach the phone's library.

fn main() {
    uniffi::uniffi_bindgen_main();
}
