//! `curtain verify trace`: the only verification that runs the core's own code, because a trace *is* a replay of it.

use super::{MAX_INPUT_BYTES, hex, text};
use crate::error::{Error, Result};
use crate::verify::jws::dangerous_unverified_payload;
use crate::{file, verify};
use anstream::println;
use curtain_core::policy::{Pack, trace};
use std::path::Path;

/// Largest trace that is read, in bytes.
const MAX_TRACE_BYTES: u64 = 1024 * 1024;

/// Decides again.
pub(super) fn run(path: &Path, policy: Option<&Path>) -> Result<()> {
    let about = |error: curtain_core::error::Error| Error::failed(format!("{}: {error}", path.display()));
    let written = text(file::read(path, MAX_TRACE_BYTES)?, "the trace")?;
    let written = written.trim_end_matches('\n');
    let cited = trace::cited(written).map_err(about)?;
    let pack = find(path, policy, &cited.policy_sha256)?.ok_or_else(|| {
        let text = format!("{}: the policy {} is not here: name it with --policy", path.display(), cited.policy);
        Error::failed(text)
    })?;
    let decision = trace::replay(written, &pack).map_err(about)?;
    println!("The trace holds: deciding again gives {}.", decision.verdict.name());
    println!("  policy     {} {}", cited.policy, cited.policy_sha256);
    for rule in cited.rules {
        println!("  rule       {rule}");
    }
    Ok(())
}

/// The pack with this hash. The hash is the trace's own, so where the pack comes from does not matter.
fn find(trace: &Path, policy: Option<&Path>, sha256: &str) -> Result<Option<Pack>> {
    if let Some(path) = policy {
        let pack = read(path)?;
        return if hex(&pack.hash()) == sha256 {
            Ok(Some(pack))
        } else {
            Err(Error::failed(format!("{}: not the policy that the trace names", path.display())))
        };
    }
    let beside = trace.parent().unwrap_or(Path::new(""));
    for name in ["policy.jws", "policy.json", "pack.json"] {
        let path = beside.join(name);
        if path.is_file() {
            let pack = read(&path)?;
            if hex(&pack.hash()) == sha256 {
                return Ok(Some(pack));
            }
        }
    }
    for name in Pack::builtin_names() {
        let pack = Pack::builtin(name)?;
        if hex(&pack.hash()) == sha256 {
            return Ok(Some(pack));
        }
    }
    Ok(None)
}

/// A pack from its JSON, or out of a signed policy.
fn read(path: &Path) -> Result<Pack> {
    let bytes = file::read(path, MAX_INPUT_BYTES)?;
    let signed = || -> Result<Vec<u8>, verify::Fault> {
        let value = verify::json::parse(&dangerous_unverified_payload(&bytes)?)?;
        let names = ["spec", "institution", "scope", "version", "pack", "issued_ms"];
        Ok(value.members(&names, &[])?.text("pack")?.as_bytes().to_vec())
    };
    let pack = signed().unwrap_or(bytes.clone());
    Pack::parse(&pack).map_err(|error| Error::failed(format!("{}: {error}", path.display())))
}
