//! What reaches a phone from outside: documents, packs, traces.

use super::input::{Input, text};
use super::phone::{CLOCK, Hospital, Phone};
use crate::crypto::json::{encode, parse_strict};
use crate::crypto::jws::{self, Envelope, PublicKey, Signer};
use crate::crypto::sha256;
use crate::curtain::Delivery;
use crate::message::assess_traced;
use crate::policy::document::{
    Checkpoint, Enrolment, Lease, Manifest, Order, Payload, Policy, Receipt, Request, Root, identity,
};
use crate::policy::trust::{Accepted, Document, Trust};
use crate::policy::{Pack, US_HIPAA, trace as traces};
use crate::screen::NameIndex;
use serde_json::Value;
use std::cell::RefCell;
use std::sync::OnceLock;

/// Strict JSON: what is accepted has no float, is not too deep, comes back the same, and the lax parser agrees.
pub fn strict_json(bytes: &[u8]) {
    fn walk(value: &Value, depth: usize) {
        assert!(depth <= crate::crypto::json::MAX_DEPTH, "too deep");
        match value {
            Value::Number(number) => assert!(number.is_i64() || number.is_u64(), "a number that is no integer"),
            Value::Array(items) => items.iter().for_each(|item| walk(item, depth + 1)),
            Value::Object(members) => members.values().for_each(|member| walk(member, depth + 1)),
            _ => {}
        }
    }
    let Ok(value) = parse_strict(bytes) else { return };
    walk(&value, 0);
    assert!(parse_strict(&encode(&value).expect("encodes")).expect("reads back") == value);
    assert!(serde_json::from_slice::<Value>(bytes).is_ok_and(|lax| lax == value));
    drop(crate::crypto::json::decode_strict::<PublicKey>(bytes).map(|key| key.thumbprint().expect("a thumbprint")));
}

/// A whole document by nobody we know: nothing but what the hospital signed is let through by its keys.
pub fn jws(bytes: &[u8]) {
    static SIGNED: OnceLock<Vec<[u8; 32]>> = OnceLock::new();
    let signed = SIGNED.get_or_init(|| {
        let payloads = super::seeds::documents().into_iter().filter_map(|seed| Envelope::parse(&seed).ok());
        payloads.map(|envelope| sha256(envelope.dangerous_unverified_payload())).collect()
    });
    let hospital = Hospital::known();
    drop(hospital.trust().accept(bytes, CLOCK.wall_ms));
    drop(Trust::enrol(&hospital.request(), bytes));
    let Ok(envelope) = Envelope::parse(bytes) else { return };
    let keys = hospital.keys();
    for typ in super::seeds::TYPES {
        if let Ok(payload) = envelope.verify(typ, &keys, 1) {
            assert!(typ == envelope.claimed_typ() && signed.contains(&sha256(payload)), "forged");
        }
        assert!(envelope.verify(typ, &keys, 0).is_err() && envelope.verify(typ, &[], 1).is_err());
    }
}

/// A payload behind its signature: the first byte chooses the type.
pub fn payload(bytes: &[u8]) {
    fn one<P: Payload + PartialEq>(bytes: &[u8]) {
        let Ok(read) = P::from_payload(bytes) else { return };
        let again = read.to_payload().expect("what was read can be written");
        assert!(P::from_payload(&again).is_ok_and(|same| same == read));
    }
    let mut input = Input(bytes);
    let reads: [fn(&[u8]); 9] = [
        one::<Request>,
        one::<Enrolment>,
        one::<Root>,
        one::<Policy>,
        one::<Lease>,
        one::<Order>,
        one::<Receipt>,
        one::<Checkpoint>,
        one::<Manifest>,
    ];
    let read = input.one(&reads);
    read(input.rest());
}

/// Payloads signed by keys of the hospital, in a row: only the right role counts, and versions never fall under one key set.
pub fn trust(bytes: &[u8]) {
    let hospital = Hospital::known();
    let mut input = Input(bytes);
    let mut trust = hospital.trust();
    for _ in 0..4 {
        if input.is_empty() {
            return;
        }
        let (typ, signer) = (input.one(&super::seeds::TYPES), input.one(&hospital.signers()));
        let payload = input.part();
        let Ok(document) = jws::sign(payload, typ, &[signer]) else { continue };
        match trust.accept(&document, CLOCK.wall_ms) {
            Err(_) => {}
            Ok(Accepted::AlreadyDone { .. }) => panic!("nothing was signed before"),
            Ok(Accepted::New { document, hash, trust: next }) => {
                let role = match *document {
                    Document::Root(_) => &trust.roles.root,
                    Document::Policy(_) => &trust.roles.policy,
                    Document::Lease(_) => &trust.roles.lease,
                    Document::Order(_) => &trust.roles.order,
                };
                assert!(role.keys.contains(signer.public_key()) && role.threshold == 1, "another role's key");
                assert!(hash == identity(payload));
                let falls = next.policy.version < trust.policy.version
                    || next.lease.version < trust.lease.version
                    || next.order.version < trust.order.version;
                assert!(!falls || matches!(*document, Document::Root(_)), "a version fell");
                let kept = serde_json::to_vec(&*next).expect("trust encodes");
                assert!(serde_json::from_slice::<Trust>(&kept).is_ok_and(|same| same == *next));
                if let Document::Policy(policy) = &*document {
                    drop(Pack::admit(policy.pack.as_bytes()));
                }
                trust = *next;
            }
        }
    }
}

/// A pack: its bytes, or (after a `P`) lines of `pointer=json` laid over `us-hipaa`.
pub fn pack(bytes: &[u8]) {
    let whole = match bytes.strip_prefix(b"P") {
        Some(lines) => changed_pack(&text(lines)),
        None => bytes.to_vec(),
    };
    let Ok(pack) = Pack::parse(&whole) else { return };
    let admitted = Pack::admit(&whole).is_ok();
    assert!(!admitted || pack.failing_cases().is_ok_and(|failing| failing.is_empty()), "admitted though a case fails");
    let names = NameIndex::new([]);
    let channel = crate::policy::Channel::ALL[whole.len() % 9];
    let input = super::texts::assess_input("Your HIV test is ready, call me.", channel, &pack, &names, pack.profile());
    let Ok((said, kept)) = assess_traced(&input) else { return };
    assert!(traces::replay(&kept, &pack).is_ok_and(|again| again.verdict == said.verdict));
}

fn changed_pack(lines: &str) -> Vec<u8> {
    let mut value: Value = serde_json::from_str(include_str!("../policy/packs/us-hipaa.json")).expect("our own pack");
    for line in lines.lines() {
        let Some((pointer, json)) = line.split_once('=') else { continue };
        let Ok(new) = serde_json::from_str(json) else { continue };
        match value.pointer_mut(pointer) {
            Some(place) => *place = new,
            None => {
                let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", pointer));
                if let Some(Value::Object(members)) = value.pointer_mut(parent) {
                    members.insert(name.to_owned(), new);
                }
            }
        }
    }
    serde_json::to_vec(&value).expect("a pack encodes")
}

/// A trace as the desk reads it: what replays is what `decide` says.
pub fn trace(bytes: &[u8]) {
    static PACK: OnceLock<Pack> = OnceLock::new();
    let pack = PACK.get_or_init(|| Pack::builtin(US_HIPAA).expect("built in"));
    let text = text(bytes);
    drop(traces::is_about(&text, "Your prescription is ready."));
    let cited = traces::cited(&text);
    if let Ok(decision) = traces::replay(&text, pack) {
        assert!(cited.is_ok_and(|cited| cited.verdict == decision.verdict));
    }
}

/// Documents to an enrolled phone: as they are, or as payloads that the hospital signs.
pub fn deliver(bytes: &[u8]) {
    thread_local! {
        static PHONE: RefCell<Option<Phone>> = const { RefCell::new(None) };
    }
    PHONE.with_borrow_mut(|slot| {
        let phone = slot.get_or_insert_with(Phone::enrolled);
        let mut input = Input(bytes);
        let document = match input.byte() {
            b'{' => bytes.to_vec(),
            kind => {
                let typ = super::seeds::TYPES[usize::from(kind) % super::seeds::TYPES.len()];
                let signer = input.one(&phone.hospital().signers());
                // The phone's id is drawn at enrolment: a payload names it as the seeds' phone.
                let payload = text(input.rest()).replace(&phone.hospital().enrolment_hex(), &phone.workspace);
                jws::sign(payload.as_bytes(), typ, &[signer]).unwrap_or_default()
            }
        };
        let said = phone.curtain.deliver(&document);
        assert!(matches!(said, Ok(Delivery::Done | Delivery::Refused { .. })), "{said:?}");
        let standing = phone.curtain.workspaces();
        let stands = standing.is_ok_and(|found| {
            found.len() == 1 && found.iter().all(|info| info.state == crate::curtain::WorkspaceState::Locked)
        });
        phone.delivered += 1;
        // Wiped or ended by a lease, as ordered; or journaled so often that a fresh one is as good.
        if !stands || phone.delivered > 256 {
            *slot = None;
        }
    });
}
