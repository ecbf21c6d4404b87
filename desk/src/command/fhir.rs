//! `curtain fhir`

use super::{hex, text};
use crate::error::{Error, Result};
use crate::issuer::register::Entry;
use crate::{file, open, verify};
use clap::{Args, ValueEnum};
use curtain_core::chart::fhir::{FeedOrigin, audit_batches, transaction};
use curtain_core::crypto::json::Hex;
use curtain_core::journal::Sealed;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Largest file that is read, in bytes.
const MAX_FILE_BYTES: u64 = 256 << 20;

/// How a patient's bundle is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// As the phone signed it
    Collection,
    /// As a FHIR server takes it: each resource put under its own id
    Transaction,
}

/// Print what a phone exported as FHIR R4, after checking who signed it
///
/// A patient's export becomes a collection (or a transaction for a server), a journal becomes batches of AuditEvents for
/// an audit repository. What was read and who signed it is said on the standard error.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  curtain fhir export.json                       the patient's bundle, signature checked\n  \
                  curtain fhir export.age --identity keys/recipient-export-1.age --form transaction > post.json\n  \
                  curtain fhir journal.jsonl --first-key key.txt --register keys/register/ID.json --out audit"
)]
pub struct FhirArgs {
    /// Exports (sealed or opened), bundles, or opened journals
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The identity file that opens what is sealed
    #[arg(long, short)]
    identity: Option<PathBuf>,
    /// The register: a directory, or one entry's file; a journal needs its phone's
    #[arg(long)]
    register: Option<PathBuf>,
    /// A journal's first key (`curtain open audit-key.age` gives it)
    #[arg(long)]
    first_key: Option<PathBuf>,
    /// Do not ask who signed it
    #[arg(long)]
    unchecked: bool,
    /// How a patient's bundle is written
    #[arg(long, value_enum, default_value_t = Form::Collection)]
    form: Form,
    /// Start of the institution's own identifiers in a journal's events
    #[arg(long, default_value = "urn:curtain")]
    base_uri: String,
    /// A directory for the files; to the standard output if not given
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Runs it.
pub fn run(args: FhirArgs) -> Result<()> {
    if let Some(directory) = &args.out {
        file::make_directory(directory)?;
    }
    for path in &args.files {
        let bundles = read(path, &args).map_err(|error| named(error, path))?;
        for (number, bundle) in bundles.iter().enumerate() {
            anstream::eprintln!("{}: {}", path.display(), contents(bundle)?);
            write(path, (bundles.len() > 1).then_some(number + 1), bundle, args.out.as_deref())?;
        }
    }
    Ok(())
}

fn named(error: Error, path: &Path) -> Error {
    let prefix = path.display().to_string();
    if error.to_string().starts_with(&prefix) { error } else { Error::about(path)(error) }
}

fn read(path: &Path, args: &FhirArgs) -> Result<Vec<String>> {
    let mut bytes = file::read(path, MAX_FILE_BYTES)?;
    if bytes.starts_with(b"age-encryption.org/") {
        let identity = args.identity.as_deref().ok_or(Error::Usage("sealed: name the --identity".to_owned()))?;
        bytes = open::open(&bytes, &text(file::read(identity, 64 * 1024)?, "the identity file")?)?;
    }
    let first = bytes.split(|byte| *byte == b'\n').find(|line| !line.is_empty()).unwrap_or_default();
    if Sealed::parse(first).is_ok() {
        return journal(path, &bytes, args);
    }
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| Error::failed("not JSON"))?;
    let bundle =
        if value["resourceType"] == "Bundle" { text(bytes, "the bundle")? } else { export(path, &value, args)? };
    match args.form {
        Form::Collection => Ok(vec![bundle]),
        Form::Transaction => {
            let value = serde_json::from_str(&bundle).map_err(|_| Error::failed("the bundle is not JSON"))?;
            Ok(vec![format!("{:#}", transaction(value)?)])
        }
    }
}

/// The bundle inside an opened export, byte for byte as it was signed.
fn export(path: &Path, value: &Value, args: &FhirArgs) -> Result<String> {
    let part = |name: &str| value[name].as_str().ok_or(Error::failed("neither an export, a bundle nor a journal"));
    let (manifest, bundle, chart) = (part("manifest")?, part("bundle")?, part("chart")?);
    if args.unchecked {
        anstream::eprintln!("{}: not checked who signed it", path.display());
        return Ok(bundle.to_owned());
    }
    let failed = |fault: verify::Fault| Error::failed(fault.to_string());
    let enrolment = Hex(verify::claimed_enrolment(manifest.as_bytes()).map_err(failed)?);
    let (_, entry) = Entry::find(&enrolment, path, args.register.as_deref())?;
    verify::manifest(manifest.as_bytes(), &entry, bundle.as_bytes(), chart.as_bytes()).map_err(failed)?;
    anstream::eprintln!("{}: {}'s phone signed it", path.display(), entry.clinician);
    Ok(bundle.to_owned())
}

fn journal(path: &Path, bytes: &[u8], args: &FhirArgs) -> Result<Vec<String>> {
    let beside = path.with_file_name("register.json");
    let place = args.register.as_deref().unwrap_or(&beside);
    if !place.is_file() {
        return Err(Error::Usage(
            "a journal does not say whose it is: name its phone's entry with --register".to_owned(),
        ));
    }
    let entry = Entry::read(place)?;
    if args.unchecked {
        anstream::eprintln!("{}: not checked against its first key", path.display());
    } else {
        let key = args.first_key.as_deref().ok_or(Error::Usage("name the journal's --first-key".to_owned()))?;
        let key = text(file::read(key, 4096)?, "the first key")?;
        let key = data_encoding::HEXLOWER.decode(key.trim().as_bytes()).ok().and_then(|key| key.try_into().ok());
        let key: [u8; 32] = key.ok_or(Error::failed("the first key is not 64 lower-case hexadecimal digits"))?;
        let found = verify::journal::journal(bytes, &key, None).map_err(|fault| Error::failed(fault.to_string()))?;
        anstream::eprintln!("{}: {} entries hold, root {}", path.display(), found.size, hex(&found.root));
    }
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let entries = lines.map(Sealed::parse).collect::<curtain_core::error::Result<Vec<Sealed>>>()?;
    let enrolment = entry.enrolment.to_string();
    let origin = FeedOrigin { enrolment: &enrolment, clinician: &entry.clinician, base_uri: &args.base_uri, first: 0 };
    Ok(audit_batches(&origin, &entries)?.iter().map(|batch| format!("{batch:#}")).collect())
}

/// `collection, 24 resources: 2 AuditEvent, 1 Patient, …`
fn contents(bundle: &str) -> Result<String> {
    let bundle: Value = serde_json::from_str(bundle).map_err(|_| Error::failed("the bundle is not JSON"))?;
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for entry in bundle["entry"].as_array().into_iter().flatten() {
        *kinds.entry(entry["resource"]["resourceType"].as_str().unwrap_or("unknown").to_owned()).or_default() += 1;
    }
    let list: Vec<String> = kinds.iter().map(|(kind, number)| format!("{number} {kind}")).collect();
    let kind = bundle["type"].as_str().unwrap_or("a bundle of no type");
    Ok(format!("{kind}, {} resources: {}", kinds.values().sum::<usize>(), list.join(", ")))
}

fn write(path: &Path, number: Option<usize>, bundle: &str, out: Option<&Path>) -> Result<()> {
    let Some(directory) = out else {
        let mut output = std::io::stdout().lock();
        let written = output.write_all(bundle.as_bytes()).and_then(|()| output.write_all(b"\n"));
        return written.map_err(|error| Error::failed(format!("standard output: {error}")));
    };
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("bundle");
    let number = number.map(|number| format!("-{number}")).unwrap_or_default();
    let place = directory.join(format!("{stem}{number}.fhir.json"));
    file::replace(&place, bundle.as_bytes())?;
    anstream::eprintln!("{}", place.display());
    Ok(())
}
