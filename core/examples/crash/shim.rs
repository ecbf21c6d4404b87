//! Commands to the shim of `tests/crash/shim.c`, which this process was started under.

use std::path::Path;

/// What befalls the calls that are named.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum How {
    Eio,
    NoSpace,
    Short,
    Read,
}

impl How {
    pub(crate) const ALL: [How; 4] = [How::Eio, How::NoSpace, How::Short, How::Read];

    fn name(self) -> &'static str {
        match self {
            How::Eio => "eio",
            How::NoSpace => "nospc",
            How::Short => "short",
            How::Read => "read",
        }
    }
}

/// The answer comes back as an error number that no call has.
fn command(text: &str) -> i64 {
    let answer = std::fs::File::open(format!("/@shim/{text}")).err().and_then(|error| error.raw_os_error());
    let Some(value) = answer.filter(|value| *value >= 1000) else { return -1 };
    i64::from(value) - 1000
}

/// Whether the shim is loaded.
pub(crate) fn is_here() -> bool {
    command("off") == 0
}

pub(crate) fn log_to(path: &Path) {
    command(&format!("log={}", path.display()));
}

pub(crate) fn stop_log() {
    command("log=");
}

pub(crate) fn mark(number: usize) {
    command(&format!("mark={number}"));
}

/// Fails calls `first..=last` from here on; numbers count writing calls, or reading ones for [`How::Read`].
pub(crate) fn fail(how: How, first: u64, last: u64) {
    command(&format!("arm={},{first},{last}", how.name()));
}

/// Kills this process at its `n`-th writing call from here on.
pub(crate) fn kill_at(n: u64) {
    command(&format!("arm=kill,{n},{}", i64::MAX));
}

/// Disarms; whether a call was failed.
pub(crate) fn heal() -> bool {
    let met = command("met") == 1;
    command("off");
    met
}
