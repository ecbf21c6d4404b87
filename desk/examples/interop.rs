//! Speaks JSON lines with `tests/interop/*.py`: one request a line on stdin, one answer a line on stdout.
//!
//! ```text
//! {"do":"verify","typ":T,"threshold":N,"keys":[JWK…],"document":BASE64}   -> {"core":BASE64|null,"desk":BASE64|null}
//! {"do":"seal","recipients":["age1…"],"plaintext":BASE64}                 -> {"sealed":BASE64}
//! {"do":"tree","leaves":[BASE64…]}                                        -> {"core":HEX,"desk":HEX}
//! {"do":"phone","directory":PATH}                                         -> {"request":…,"checkpoint":…,"receipt":…,"keys":{…}}
//! ```
//! `phone` runs a real phone of the core in that directory: enrols, takes a policy and a lease, is locked and wiped.

use curtain_core::crypto::age::{Recipient, seal_to};
use curtain_core::crypto::jws::{Envelope, PublicKey};
use curtain_core::crypto::kdf::KdfCost;
use curtain_core::crypto::software::{SoftwareClock, SoftwareKeystore};
use curtain_core::curtain::{Curtain, Delivery};
use curtain_core::journal::{leaf_hash, root_of};
use curtain_core::policy::document::{Action, Scope};
use curtain_desk::error::{Error, Result};
use curtain_desk::issuer::{Enrolling, Institution, LeaseTerms, key};
use curtain_desk::verify::jws::{Key, verify};
use curtain_desk::{now_ms, verify::tree};
use data_encoding::{BASE64, HEXLOWER};
use serde_json::{Value, json};
use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::Arc;

fn main() {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let answer = line
            .map_err(|error| Error::failed(error.to_string()))
            .and_then(|line| answer(&line))
            .unwrap_or_else(|error| json!({ "error": error.to_string() }));
        if writeln!(out, "{answer}").and_then(|()| out.flush()).is_err() {
            return;
        }
    }
}

fn answer(line: &str) -> Result<Value> {
    let request: Value = serde_json::from_str(line).map_err(|error| Error::Usage(error.to_string()))?;
    match request["do"].as_str() {
        Some("verify") => verified(&request),
        Some("seal") => {
            let recipients: Vec<Recipient> =
                texts(&request["recipients"])?.iter().map(|text| Recipient::parse(text)).collect::<Result<_, _>>()?;
            Ok(json!({ "sealed": BASE64.encode(&seal_to(&recipients, &bytes(&request["plaintext"])?)?) }))
        }
        Some("tree") => {
            let leaves: Vec<Vec<u8>> =
                request["leaves"].as_array().into_iter().flatten().map(bytes).collect::<Result<_>>()?;
            let hashes: Vec<_> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
            let mut tree = tree::Tree::default();
            leaves.iter().for_each(|leaf| tree.push(leaf));
            let desk = tree.root();
            Ok(json!({ "core": HEXLOWER.encode(&root_of(&hashes)), "desk": HEXLOWER.encode(&desk) }))
        }
        Some("phone") => phone(Path::new(request["directory"].as_str().unwrap_or_default())),
        _ => Err(Error::Usage("unknown request".to_owned())),
    }
}

fn verified(request: &Value) -> Result<Value> {
    let typ = request["typ"].as_str().unwrap_or_default();
    let threshold = usize::try_from(request["threshold"].as_u64().unwrap_or(1)).unwrap_or(usize::MAX);
    let document = bytes(&request["document"])?;
    let jwks = request["keys"].as_array().cloned().unwrap_or_default();
    let core_keys: Vec<PublicKey> = jwks
        .iter()
        .map(|jwk| serde_json::from_value(jwk.clone()).map_err(|error| Error::failed(error.to_string())))
        .collect::<Result<_>>()?;
    let desk_keys: Vec<Key> = jwks
        .iter()
        .map(|jwk| Key::from_json(jwk.to_string().as_bytes()).map_err(|fault| Error::failed(fault.to_string())))
        .collect::<Result<_>>()?;
    let core = Envelope::parse(&document)
        .and_then(|envelope| envelope.verify(typ, &core_keys, threshold).map(|payload| BASE64.encode(payload)));
    let desk = verify(&document, typ, &desk_keys, threshold).map(|payload| BASE64.encode(&payload));
    Ok(json!({ "core": core.ok(), "desk": desk.ok() }))
}

fn phone(directory: &Path) -> Result<Value> {
    let refused = |error: curtain_core::error::CurtainError| Error::failed(error.to_string());
    let keystore = SoftwareKeystore::new(&directory.join("hardware"))?;
    let (keystore, clock) = (Arc::new(keystore), Arc::new(SoftwareClock));
    let curtain = Curtain::with_cost(&directory.join("phone"), keystore, clock, KdfCost::STANDARD)?;
    let mut institution = Institution::create(&directory.join("keys"), "Riverside Clinic")?;
    let request = curtain.request().map_err(refused)?.document;
    let whom = Enrolling { clinician: "Dr. Osei".to_owned(), groups: Vec::new() };
    let enrolled = institution.enrol(&request, &whom, now_ms())?;
    let workspace = curtain.enrol(&enrolled.document, b"four calm herons wade").map_err(refused)?.id;
    let id = enrolled.entry.enrolment;
    let pack = include_str!("../../core/src/policy/packs/us-hipaa.json");
    let policy = institution.policy(pack, Scope::Institution, now_ms())?;
    let span = 30 * 86_400_000;
    let lease = LeaseTerms { length_ms: span, grace_ms: span, max_running_ms: span };
    let lease = institution.lease(&id, lease, now_ms())?;
    let order = institution.order(&id, Action::WipeWorkspace { holds: None }, "phone lost", None, now_ms())?;
    for document in [&policy, &lease] {
        deliver(&curtain, document)?;
    }
    let checkpoint = curtain.checkpoint(workspace.clone()).map_err(refused)?;
    let audit_key = curtain.audit_key(workspace.clone()).map_err(refused)?;
    deliver(&curtain, &order)?;
    let receipt = curtain.receipt(workspace).map_err(refused)?.ok_or_else(|| Error::failed("no receipt"))?;
    let mut keys = serde_json::Map::new();
    for role in key::SIGNING_ROLES {
        keys.insert(role.to_owned(), json!(key::public_keys(institution.directory(), role)?));
    }
    keys.insert("phone".to_owned(), json!([enrolled.entry.phone]));
    let documents = [
        ("request", request),
        ("enrolment", enrolled.document),
        ("policy", policy),
        ("lease", lease),
        ("order", order),
        ("checkpoint", checkpoint),
        ("receipt", receipt),
        ("audit_key", audit_key),
    ];
    let mut answer: serde_json::Map<String, Value> =
        documents.into_iter().map(|(name, bytes)| (name.to_owned(), json!(BASE64.encode(&bytes)))).collect();
    answer.insert("keys".to_owned(), Value::Object(keys));
    answer.insert("audit_identity".to_owned(), json!(institution.directory().join("recipient-audit-1.age")));
    Ok(Value::Object(answer))
}

fn deliver(curtain: &Curtain, document: &[u8]) -> Result<()> {
    match curtain.deliver(document) {
        Ok(Delivery::Done) => Ok(()),
        Ok(other) => Err(Error::failed(format!("{other:?}"))),
        Err(error) => Err(Error::failed(error.to_string())),
    }
}

fn bytes(value: &Value) -> Result<Vec<u8>> {
    BASE64.decode(value.as_str().unwrap_or_default().as_bytes()).map_err(|_| Error::Usage("base64".to_owned()))
}

fn texts(value: &Value) -> Result<Vec<String>> {
    serde_json::from_value(value.clone()).map_err(|error| Error::Usage(error.to_string()))
}
