//! Where fuzzing starts from: small inputs of the real formats, made anew each time.

use super::input::part;
use super::phone::{CLOCK, Hospital, PATIENTS, RECIPIENT, Snapshot};
use crate::crypto::json::Hex;
use crate::crypto::jws::Signer;
use crate::journal::{Code, Event, Journal, JournalKey};
use crate::message::assess_traced;
use crate::platform::Instant;
use crate::policy::document::{
    Action, Checkpoint, Enrolment, Holds, Lease, METHOD, Manifest, Minimum, Order, Payload, Policy, Receipt, Request,
    Residue, Root, SPEC,
};
use crate::policy::{Channel, Pack, US_HIPAA};
use crate::screen::NameIndex;

/// The `typ` of every kind of document.
pub(super) const TYPES: [&str; 9] = [
    Request::TYP,
    Enrolment::TYP,
    Root::TYP,
    Policy::TYP,
    Lease::TYP,
    Order::TYP,
    Receipt::TYP,
    Checkpoint::TYP,
    Manifest::TYP,
];

const TEXTS: [&str; 12] = [
    "This is Dr. Lee from the clinic. Please call us at 555-123-4567 about your recent visit.",
    "Your CT scan shows a new mass. We need to discuss treatment options.",
    "Increase your insulin dose to 20 units twice daily and send me your sugars by WhatsApp daily.",
    "Hi Rosa, your appointment is tomorrow at 2:30 pm with Dr. Lee at the main clinic.",
    "Rosa Martinez, DOB 03/02/1958, MRN X77-1234, NHS 943 476 5919, SSN 078-05-1120, 12 Elm St, 90210",
    "H.I.V positive, h i v, НІV, ＨＩＶ, chl@mydia, \u{200b}e\u{301}\u{a0}😊 您的处方",
    "Su cita es mañana a las 14:30. Llame a la clínica, por favor. El resultado del VIH es negativo.",
    "K 5.9 mmol/L, INR 3.2, Hb 7; warfarin 5 mg od, stop metformin 500mg bd until Friday",
    "JD in room 4, bed 12, 92 y/o with chest pain since Jan. 5; father had cancer? No fever.",
    "http://portal.example.org/x?y=1 a@b.org 10.0.0.1 +1 (555) 777-0142",
    "Please call the clinic/ER immediately; we need to discuss your recent test.\r\n\r\nThanks!",
    "Thanks! Running late. Forms attached. Your bill is ready. Parking is behind the building.",
];

/// Payloads of each type, in the order of [`TYPES`].
fn payloads() -> Vec<Vec<u8>> {
    let hospital = Hospital::known();
    let (id, institution, issued_ms) = (Hex(Hospital::ENROLMENT), Hex(Hospital::ID), CLOCK.wall_ms);
    let digest = Hex([9; 32]);
    let order = |number, action| Order {
        spec: SPEC,
        institution,
        enrolment: id,
        number,
        action,
        reason: "a phone was lost".into(),
        issued_ms,
        expires_ms: Some(issued_ms + 86_400_000),
    };
    let request = hospital.request();
    let lease = |version, days: i64| Lease {
        spec: SPEC,
        institution,
        enrolment: id,
        version,
        not_after_ms: issued_ms + days * 86_400_000,
        grace_ms: 86_400_000,
        max_running_ms: 30 * 86_400_000,
        issued_ms,
    };
    let root = Root {
        spec: SPEC,
        institution,
        version: 2,
        roles: hospital.roles(),
        recipients: Hospital::recipients(),
        minimum: Minimum::default(),
        issued_ms,
    };
    let receipt = Receipt {
        spec: SPEC,
        enrolment: id,
        institution,
        workspace: id,
        cause: crate::policy::document::Cause::Order,
        order: Some(digest),
        policy: None,
        policy_version: 0,
        counts: [("note".to_owned(), 3)].into_iter().collect(),
        keystore: "software".into(),
        keys_deleted: 4,
        residue: Residue { files: 0, keys: 0 },
        held: false,
        journal_size: 9,
        journal_root: digest,
        segment_length: 0,
        segment_hash: digest,
        started_ms: issued_ms,
        finished_ms: issued_ms + 5,
        app_version: "0.1.0".into(),
        method: METHOD.into(),
    };
    let checkpoint = Checkpoint {
        spec: SPEC,
        enrolment: id,
        institution,
        size: 9,
        root: digest,
        epoch: 4,
        seal: digest,
        segment_length: 0,
        segment_hash: digest,
        issued_ms,
    };
    let manifest = Manifest { spec: SPEC, enrolment: id, bundle: digest, chart: digest, created_ms: issued_ms };
    let made = [
        Ok(request.clone()),
        hospital.enrolment(&request, Hospital::ENROLMENT).to_payload(),
        root.to_payload(),
        hospital.policy(1).to_payload(),
        lease(1, 30).to_payload(),
        order(1, Action::Unlock {}).to_payload(),
        receipt.to_payload(),
        checkpoint.to_payload(),
        manifest.to_payload(),
        lease(2, 60).to_payload(),
        order(2, Action::WipeWorkspace { holds: Some(Holds::Keep) }).to_payload(),
        order(3, Action::Acknowledge { receipt: digest }).to_payload(),
    ];
    made.into_iter().map(|payload| payload.expect("our own payload")).collect()
}

/// The type of a payload of [`payloads`], by its place there, and who signs it.
fn kind_of(at: usize) -> (usize, usize) {
    match at {
        1 | 2 => (at, 0),
        3 => (3, 1),
        4 | 9 => (4, 2),
        5 | 10 | 11 => (5, 3),
        other => (other, 0),
    }
}

/// Signed documents of every type.
pub(super) fn documents() -> Vec<Vec<u8>> {
    let signers = Hospital::known().signers();
    let signed = payloads().into_iter().enumerate().map(|(at, payload)| {
        let (kind, signer) = kind_of(at);
        let signer: &dyn Signer = signers[signer];
        crate::crypto::jws::sign(&payload, TYPES[kind], &[signer]).expect("signs")
    });
    signed.collect()
}

fn byte(at: usize) -> u8 {
    u8::try_from(at).unwrap_or(0)
}

/// Seeds of a target; none for a name that there is not.
pub fn seeds(target: &str) -> Vec<Vec<u8>> {
    let with = |head: &[u8], tail: &[u8]| [head, tail].concat();
    match target {
        "strict_json" => {
            let key = br#"{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
            let mixed =
                br#"{"a":[1,-2,{"b":null,"c":[[[[true]]]]}],"\u00e9\ud83d\ude00":"\n","n":18446744073709551615}"#;
            payloads().into_iter().filter(|one| one.len() < 4096).chain([key.to_vec(), mixed.to_vec()]).collect()
        }
        "jws" => documents(),
        "payload" => payloads().into_iter().enumerate().map(|(at, one)| with(&[byte(kind_of(at).0)], &one)).collect(),
        "trust" => trust(),
        "pack" => packs(),
        "trace" => traces(),
        "deliver" => deliveries(),
        "slots" => crate::vault::fuzzing::slots_seeds(),
        "anchor" => {
            let snapshot = Snapshot::known();
            let file = snapshot.files.get("anchor").cloned().unwrap_or_default();
            vec![crate::vault::fuzzing::anchor_seed(&file, &snapshot.workspace)]
        }
        "head" => vec![crate::vault::fuzzing::head_seed(), vec![7; 32]],
        "record" => records(),
        "database" => databases(),
        "stream" => vec![
            crate::vault::fuzzing::stream_seed(),
            b"\x03\0\x40\0\x10\0\x05\0\0\0\x02\0\0\x01\0\x01\x03".to_vec(),
            b"\x02\0\x30\0\x31\0\x30\0\0\0\x01\x04\0\x02\x01\0\0\0\0\x02".to_vec(),
        ],
        "journal" => journals(),
        "recovery_code" => crate::vault::fuzzing::recovery_seeds(),
        "stolen_phone" => thefts(),
        "fhir" => bundles(),
        "scan" => {
            let edits: [&[u8]; 2] = [&[0], &[5, 0, 9, 3, 0, 4, b'H', b'I', b'V', b' ', 0, 40, 0, 0, 2, b'm', b'g']];
            edits.iter().flat_map(|head| TEXTS.iter().map(|text| with(head, text.as_bytes()))).collect()
        }
        "assess" => {
            let heads = [[6, 0, 0], [3, 1, 4], [4, 0, 1], [0, 2, 8]];
            heads.iter().flat_map(|head| TEXTS.iter().map(|text| with(head, text.as_bytes()))).collect()
        }
        "link" => {
            let to =
                ["+1 (555) 123-4567", "rosa.d@example.org", "https://portal.example.org/in", "55555", "5551234567"];
            let all = (0..9u8).flat_map(|channel| to.map(|to| [&[channel][..], &part(to.as_bytes())].concat()));
            all.map(|head| with(&head, "Call us: 2 & 3? é😊\n".as_bytes())).collect()
        }
        "photo" => super::pictures::seeds(),
        "age" => {
            [0u8, 1, 3, 20, 21].map(|count| with(&[count], &with(&part(RECIPIENT.as_bytes()), &[b'x'; 100]))).to_vec()
        }
        _ => Vec::new(),
    }
}

fn trust() -> Vec<Vec<u8>> {
    let all = payloads();
    let one = |at: usize| {
        let (kind, signer) = kind_of(at);
        [&[byte(kind), byte(signer)][..], &part(&all[at])].concat()
    };
    let rows: [&[usize]; 6] = [&[1], &[2, 4, 9], &[3, 5], &[4, 9, 10], &[5, 10, 11], &[10, 5]];
    rows.iter().map(|row| row.iter().flat_map(|at| one(*at)).collect()).collect()
}

fn deliveries() -> Vec<Vec<u8>> {
    let signed = payloads().into_iter().enumerate().map(|(at, payload)| {
        let (kind, signer) = kind_of(at);
        [&[byte(kind), byte(signer)][..], &payload].concat()
    });
    signed.chain(documents()).collect()
}

fn packs() -> Vec<Vec<u8>> {
    let lines = [
        r#"P/version=2"#,
        "P/channels/sms/status=\"off\"\n/limits/max_segments=1",
        "P/lock/idle_ms=60000\n/lock/biometry=false\n/lock/recovery=true\n/attempts/limit=5\n/attempts/action=\"erase\"",
        "P/clinic={\"name\":\"St. Alder\",\"phones\":[\"555-123-4567\"],\"small_places\":[\"Elm\"],\"rare_conditions\":[\"Wilson disease\"]}",
        "P/cases=[]\n/table/recognised/logistics=\"block\"",
    ];
    let built_in =
        [&include_bytes!("../policy/packs/strict.json")[..], include_bytes!("../policy/packs/us-hipaa.json")];
    lines.iter().map(|line| line.as_bytes().to_vec()).chain(built_in.map(<[u8]>::to_vec)).collect()
}

fn traces() -> Vec<Vec<u8>> {
    let (Ok(pack), names) = (Pack::builtin(US_HIPAA), NameIndex::new([])) else { return Vec::new() };
    let one = |text: &str| {
        let input = super::texts::assess_input(text, Channel::Sms, &pack, &names, None);
        Some(assess_traced(&input).ok()?.1.into_bytes())
    };
    TEXTS.iter().filter_map(|text| one(text)).collect()
}

fn records() -> Vec<Vec<u8>> {
    let mut seen = std::collections::BTreeMap::<u8, u8>::new();
    let mut seeds = vec![b"\x80\x01\0\0\0\x02hi\0\0\0\0\0\0\0\0".to_vec(), b"\xff\0\0\0\x02hi\0\0".to_vec()];
    for (kind, head, body) in &Snapshot::known().records {
        let count = seen.entry(*kind).or_default();
        *count += 1;
        if *count <= 2 {
            seeds.push([&[*kind][..], &part(head), body].concat());
        }
    }
    seeds
}

fn databases() -> Vec<Vec<u8>> {
    let file = Snapshot::known().files.get("vault.db").cloned().unwrap_or_default();
    let log = Snapshot::known().files.get("vault.db-wal").cloned().unwrap_or_default();
    vec![[&[0, 0][..], &file].concat(), [&part(&log)[..], &file].concat()]
}

fn journals() -> Vec<Vec<u8>> {
    let mut seeds = vec![
        b"\0\0\x05\x01\x02\x07\x04\x03\0\x02\x01\0\0\0\x01\0\x02\0".to_vec(),
        b"\0\0\x09\x04\x04\x04\x01\x04\x02\x04\x04\x07\0\x03\0\0\x02\0\0\x01".to_vec(),
        br#"{"size":3,"peaks":["00","00"]}"#.to_vec(),
    ];
    let now = Instant { wall_ms: CLOCK.wall_ms, since_boot_ms: 5, boot_id: "boot 1".to_owned() };
    let made = JournalKey::make().and_then(|key| {
        Journal::default().append(&key, &Event::about(Code::Exported, "ab".repeat(16)), Some([3; 16]), &now)
    });
    seeds.extend(made.map(|(_, row)| row));
    seeds.extend(crate::journal::Segment::start().ok().and_then(|segment| serde_json::to_vec(&segment).ok()));
    seeds
}

fn thefts() -> Vec<Vec<u8>> {
    let names: Vec<&String> = Snapshot::known().files.keys().collect();
    let at = |name: &str| byte(names.iter().position(|known| *known == name).unwrap_or(0));
    let anchored = [
        "/attempts/failed=3\n/attempts/wait_ms=0",
        "/generation=18446744073709551615",
        "/running/leapt_ms=-9223372036854775808\n/running/high_wall_ms=9223372036854775807",
        "/journal/epoch=18446744073709551615\n/epoch=4294967295\n/pepper=4294967295",
        "/segment/uncounted=18446744073709551615\n/lease_from_ms=18446744073709551615",
        "/tombstone=null\n/biometry=null\n/wish={\"idle_ms\":1,\"absolute_ms\":1}",
        "/head/seq=18446744073709551615\n/counts/drafts=4294967295",
        "/trust=\"{}\"",
    ];
    let anchor = at("anchor");
    let mut seeds: Vec<Vec<u8>> =
        anchored.iter().map(|lines| [&[anchor, 0, 0, 5][..], &part(lines.as_bytes())].concat()).collect();
    seeds.push(Vec::new());
    for name in ["slots", "vault.db", "anchor", "enrolment.jws"] {
        seeds.push([&[at(name), 0, 40, 6][..], &part(b"\xff\x01")].concat());
        seeds.push(vec![at(name), 0, 0, 4]);
        seeds.push(vec![at(name), 1, 0, 0]);
    }
    seeds
}

fn bundles() -> Vec<Vec<u8>> {
    let whole = String::from_utf8_lossy(PATIENTS).into_owned();
    let mut lines = whole.lines();
    let first = lines.next().unwrap_or_default();
    let each = lines.filter(|line| line.starts_with("{\"fullUrl\"")).map(|line| line.trim_end_matches(','));
    let mut seeds: Vec<Vec<u8>> = each.take(8).map(|line| format!("{first}\n{line}\n]}}").into_bytes()).collect();
    let small = r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"p1","active":true,"identifier":[{"system":"urn:mrn","value":"A1","period":{"end":"2020"}}],"name":[{"use":"official","family":"Ruiz","given":["Ana"]},{"text":"Ana R"}],"telecom":[{"system":"phone","value":"555-777-0142","use":"mobile","rank":1}],"birthDate":"1958-03","deceasedBoolean":false,"communication":[{"language":{"coding":[{"code":"es"}]},"preferred":true}],"contact":[{"telecom":[{"system":"email","value":"a@b.org"}]}]}},{"resource":{"resourceType":"Observation"}}]}"#;
    seeds.push(small.as_bytes().to_vec());
    seeds
}
