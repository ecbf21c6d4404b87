//! Requests, receipts and checkpoints: what they must hold, and what of it agrees with the register.

use super::json::{Value, parse};
use super::jws::{Key, dangerous_unverified_payload, verify};
use super::{Fault, identity};
use crate::issuer::register::Entry;

const SPEC: u64 = 1;
const METHOD: &str = "cryptographic erase + file removal";
const STRENGTHS: [&str; 4] = ["hmac_hw", "ecdh_hw", "constant_share", "software"];
const CAUSES: [&str; 4] = ["order", "lease_end", "attempts", "departure"];
/// The year 9999.
const MAX_TIME_MS: i64 = 253_402_300_799_999;

/// A receipt that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// SHA-256 of its payload: what an acknowledgement names.
    pub identity: [u8; 32],
    /// Which phone.
    pub enrolment: [u8; 16],
    /// Which workspace.
    pub workspace: [u8; 16],
    /// `order`, `lease_end`, `attempts` or `departure`.
    pub cause: String,
    /// The order, if one was the cause.
    pub order: Option<[u8; 32]>,
    /// The policy that was in force: SHA-256 of its payload and its version; `None` under the built-in strict one.
    pub policy: Option<([u8; 32], u64)>,
    /// Items by kind, and under `handed_over` what left by hand-over.
    pub counts: Vec<(String, u64)>,
    /// What the phone's keystore called itself.
    pub keystore: String,
    /// Keys deleted, as the keystore reported.
    pub keys_deleted: u64,
    /// Files and keys that a search still found.
    pub residue: (u64, u64),
    /// Whether ciphertext stayed because of a hold.
    pub held: bool,
    /// Entries of the journal.
    pub journal_size: u64,
    /// Its root.
    pub journal_root: [u8; 32],
    /// When it began and ended, by the phone's clock.
    pub times_ms: (i64, i64),
    /// The app's version.
    pub app_version: String,
}

/// A checkpoint that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which phone.
    pub enrolment: [u8; 16],
    /// Whose.
    pub institution: [u8; 16],
    /// Entries.
    pub size: u64,
    /// Root over them.
    pub root: [u8; 32],
    /// Epoch of the MAC key.
    pub epoch: u64,
    /// Seal over the epochs before it.
    pub seal: [u8; 32],
    /// Events that waited while locked.
    pub segment_length: u64,
    /// Root over those.
    pub segment_hash: [u8; 32],
    /// When, by the phone's clock.
    pub issued_ms: i64,
}

/// The enrolment that a document names, unverified: for finding its register entry.
pub fn claimed_enrolment(document: &[u8]) -> Result<[u8; 16], Fault> {
    let Value::Map(members) = parse(&dangerous_unverified_payload(document)?)? else {
        return Err(Fault::Json("an object is missing"));
    };
    let text = members.iter().find(|(name, _)| name == "enrolment").map(|(_, value)| value);
    let Some(Value::Text(text)) = text else { return Err(Fault::Member("enrolment")) };
    let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).map_err(|_| Fault::Member("enrolment"))?;
    bytes.try_into().map_err(|_| Fault::Member("enrolment"))
}

/// The payload of a request that is signed by the very key that it names.
pub fn request(document: &[u8]) -> Result<Vec<u8>, Fault> {
    let value = parse(&dangerous_unverified_payload(document)?)?;
    refuse_newer(&value)?;
    let members = value.members(&["spec", "enrolment", "phone", "keystore", "app_version", "created_ms"], &[])?;
    let key = Key::from_jwk(members.get("phone").ok_or(Fault::Member("phone"))?)?;
    if !matches!(key, Key::P256(_)) {
        return Err(Fault::Key);
    }
    verify(document, "curtain-request", &[key], 1)
}

/// Checks a receipt against the register.
pub fn receipt(document: &[u8], entry: &Entry) -> Result<Receipt, Fault> {
    let payload = verify(document, "curtain-receipt", &[phone(entry)?], 1)?;
    let value = parse(&payload)?;
    refuse_newer(&value)?;
    let members = value.members(
        &[
            "spec",
            "enrolment",
            "institution",
            "workspace",
            "cause",
            "order",
            "policy",
            "policy_version",
            "counts",
            "keystore",
            "keys_deleted",
            "residue",
            "held",
            "journal_size",
            "journal_root",
            "segment_length",
            "segment_hash",
            "started_ms",
            "finished_ms",
            "app_version",
            "method",
        ],
        &[],
    )?;
    let residue = members.get("residue").ok_or(Fault::Member("residue"))?.members(&["files", "keys"], &[])?;
    let Some(Value::Map(counted)) = members.get("counts") else { return Err(Fault::Member("counts")) };
    let mut counts = Vec::new();
    for (name, number) in counted {
        let Value::Int(number) = number else { return Err(Fault::Member("counts")) };
        counts.push((name.clone(), u64::try_from(*number).map_err(|_| Fault::Member("counts"))?));
    }
    let order = match members.get("order") {
        Some(Value::Null) => None,
        _ => Some(members.bytes::<32>("order")?),
    };
    members.int::<u64>("segment_length")?;
    members.bytes::<32>("segment_hash")?;
    let version = members.int::<u64>("policy_version")?;
    let policy = match members.get("policy") {
        Some(Value::Null) if version == 0 => None,
        Some(Value::Null) => return Err(Fault::Member("policy")),
        _ => Some((members.bytes::<32>("policy")?, version)),
    };
    let receipt = Receipt {
        identity: identity(&payload),
        enrolment: members.bytes("enrolment")?,
        workspace: members.bytes("workspace")?,
        cause: members.text("cause")?.to_owned(),
        order,
        policy,
        counts,
        keystore: members.text("keystore")?.to_owned(),
        keys_deleted: members.int("keys_deleted")?,
        residue: (residue.int("files")?, residue.int("keys")?),
        held: members.truth("held")?,
        journal_size: members.int("journal_size")?,
        journal_root: members.bytes("journal_root")?,
        times_ms: (members.int("started_ms")?, members.int("finished_ms")?),
        app_version: members.text("app_version")?.to_owned(),
    };
    if receipt.enrolment != entry.enrolment.0 || members.bytes("institution")? != entry.institution.0 {
        return Err(claim("of another enrolment than the register's"));
    }
    if receipt.workspace != entry.workspace.0 {
        return Err(claim("of another workspace than the register's"));
    }
    check_claims(&receipt, members.text("method")?, entry)?;
    Ok(receipt)
}

fn check_claims(receipt: &Receipt, method: &str, entry: &Entry) -> Result<(), Fault> {
    if !CAUSES.contains(&receipt.cause.as_str()) || receipt.order.is_some() != (receipt.cause == "order") {
        return Err(Fault::Member("cause"));
    }
    if !STRENGTHS.contains(&receipt.keystore.as_str()) || method != METHOD {
        return Err(Fault::Member("method"));
    }
    let (started, finished) = receipt.times_ms;
    if !(0..=MAX_TIME_MS).contains(&started) || !(0..=MAX_TIME_MS).contains(&finished) {
        return Err(Fault::Member("started_ms"));
    }
    if let Some(order) = receipt.order {
        let issued = entry.orders.iter().any(|one| one.hash.0 == order && one.action == "wipe_workspace");
        if !issued {
            return Err(claim("names an order that the register does not hold"));
        }
    }
    if receipt.residue != (0, 0) {
        return Err(claim("the phone reports residue: the erasure is not complete"));
    }
    match entry.checkpoint {
        Some(kept) if receipt.journal_size < kept.size => Err(claim("its journal is shorter than a kept checkpoint")),
        Some(kept) if receipt.journal_size == kept.size && receipt.journal_root != kept.root.0 => {
            Err(claim("its journal is not the one of a kept checkpoint"))
        }
        _ => Ok(()),
    }
}

/// Checks a checkpoint against the register.
pub fn checkpoint(document: &[u8], entry: &Entry) -> Result<Checkpoint, Fault> {
    let payload = verify(document, "curtain-checkpoint", &[phone(entry)?], 1)?;
    let value = parse(&payload)?;
    refuse_newer(&value)?;
    let names = [
        "spec",
        "enrolment",
        "institution",
        "size",
        "root",
        "epoch",
        "seal",
        "segment_length",
        "segment_hash",
        "issued_ms",
    ];
    let members = value.members(&names, &[])?;
    let checkpoint = Checkpoint {
        enrolment: members.bytes("enrolment")?,
        institution: members.bytes("institution")?,
        size: members.int("size")?,
        root: members.bytes("root")?,
        epoch: members.int("epoch")?,
        seal: members.bytes("seal")?,
        segment_length: members.int("segment_length")?,
        segment_hash: members.bytes("segment_hash")?,
        issued_ms: members.int("issued_ms")?,
    };
    if checkpoint.enrolment != entry.enrolment.0 || checkpoint.institution != entry.institution.0 {
        return Err(claim("of another enrolment than the register's"));
    }
    match entry.checkpoint {
        Some(kept) if checkpoint.size < kept.size => {
            let text = format!("the journal shrank: {} entries, {} were committed to", checkpoint.size, kept.size);
            Err(Fault::Claim(text))
        }
        Some(kept) if checkpoint.size == kept.size && checkpoint.root != kept.root.0 => {
            Err(claim("the journal forked: as long as a kept checkpoint, with another root"))
        }
        _ => Ok(checkpoint),
    }
}

/// Checks the manifest inside an export: signed by the phone, about exactly these texts.
pub fn manifest(document: &[u8], entry: &Entry, bundle: &[u8], chart: &[u8]) -> Result<(), Fault> {
    let payload = verify(document, "curtain-manifest", &[phone(entry)?], 1)?;
    let value = parse(&payload)?;
    refuse_newer(&value)?;
    let members = value.members(&["spec", "enrolment", "bundle", "chart", "created_ms"], &[])?;
    let stated: ([u8; 16], [u8; 32], [u8; 32]) =
        (members.bytes("enrolment")?, members.bytes("bundle")?, members.bytes("chart")?);
    let _: i64 = members.int("created_ms")?;
    if stated.0 != entry.enrolment.0 {
        return Err(claim("of another enrolment than the register's"));
    }
    if stated.1 != super::sha256(&[bundle]) || stated.2 != super::sha256(&[chart]) {
        return Err(claim("the export's texts are not those that the phone signed"));
    }
    Ok(())
}

/// The phone's key, through our own parser: the register is only where it is written down.
fn phone(entry: &Entry) -> Result<Key, Fault> {
    Key::from_json(&serde_json::to_vec(&entry.phone).map_err(|_| Fault::Key)?)
}

fn refuse_newer(value: &Value) -> Result<(), Fault> {
    let Value::Map(members) = value else { return Err(Fault::Json("an object is missing")) };
    match members.iter().find(|(name, _)| name == "spec") {
        Some((_, Value::Int(spec))) if *spec == i128::from(SPEC) => Ok(()),
        Some((_, Value::Int(spec))) if *spec > i128::from(SPEC) => Err(Fault::TooNew),
        _ => Err(Fault::Member("spec")),
    }
}

fn claim(text: &str) -> Fault {
    Fault::Claim(text.to_owned())
}
