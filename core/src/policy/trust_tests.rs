use super::super::document::{Holds, Payload};
use super::*;
use crate::crypto::json::{Hex, encode};
use crate::crypto::jws::{Ed25519Signer, P256Signer, Signer, sign};

const NOW: i64 = 1_700_000_000_000;
const DAY: i64 = 86_400_000;
const RECIPIENT: &str = "age17ha86ygyj0gg4r5eah4fn2n28tkku89kedyx289u29sjrp794fcqcawvht";

fn key(n: u8) -> Ed25519Signer {
    Ed25519Signer::from_seed(&[n; 32]).unwrap()
}

fn role(threshold: u32, numbers: &[u8]) -> Role {
    Role { threshold, keys: numbers.iter().map(|n| key(*n).public_key().clone()).collect() }
}

/// Root 1-3 (two of three), policy 10-11 (one), lease 20 (one), order 30-31 (two).
fn roles() -> Roles {
    Roles { root: role(2, &[1, 2, 3]), policy: role(1, &[10, 11]), lease: role(1, &[20]), order: role(2, &[30, 31]) }
}

fn recipients() -> Recipients {
    Recipients { audit: vec![RECIPIENT.into()], export: vec![RECIPIENT.into()], recovery: vec![], escrow: vec![] }
}

fn request(phone: &dyn Signer) -> Vec<u8> {
    let request = Request {
        spec: 1,
        enrolment: Hex([2; 16]),
        phone: phone.public_key().clone(),
        keystore: "software".into(),
        app_version: "0.1.0".into(),
        created_ms: NOW,
    };
    request.to_payload().unwrap()
}

fn enrolment(request: &[u8]) -> Enrolment {
    Enrolment {
        spec: 1,
        request: identity(request),
        enrolment: Hex([2; 16]),
        institution: Institution { id: Hex([1; 16]), name: "Riverside Clinic".into() },
        workspace: Hex([3; 16]),
        groups: vec!["ward-4".into()],
        version: 1,
        roles: roles(),
        recipients: recipients(),
        minimum: Minimum { policy: 5, lease: 1, order: 1 },
        clinician: "Dr. Osei".into(),
        issued_ms: NOW,
    }
}

fn signed<P: Payload>(payload: &P, keys: &[u8]) -> Vec<u8> {
    let signers: Vec<Ed25519Signer> = keys.iter().map(|n| key(*n)).collect();
    payload.sign(&signers.iter().map(|s| s as &dyn Signer).collect::<Vec<_>>()).unwrap()
}

fn trust() -> Trust {
    let request = request(&P256Signer::make());
    Trust::enrol(&request, &signed(&enrolment(&request), &[1, 2])).unwrap().0
}

fn policy(version: u64) -> Policy {
    Policy { spec: 1, institution: Hex([1; 16]), scope: Scope::Institution, version, pack: "{}".into(), issued_ms: NOW }
}

fn lease(version: u64) -> Lease {
    Lease {
        spec: 1,
        institution: Hex([1; 16]),
        enrolment: Hex([2; 16]),
        version,
        not_after_ms: NOW + 7 * DAY,
        grace_ms: 14 * DAY,
        max_running_ms: 8 * DAY,
        issued_ms: NOW,
    }
}

fn order(number: u64, action: Action) -> Order {
    Order {
        spec: 1,
        institution: Hex([1; 16]),
        enrolment: Hex([2; 16]),
        number,
        action,
        reason: "phone lost".into(),
        issued_ms: NOW,
        expires_ms: Some(NOW + DAY),
    }
}

fn wipe(number: u64) -> Order {
    order(number, Action::WipeWorkspace { holds: None })
}

/// The state after an acceptance.
fn next(trust: &Trust, bytes: &[u8]) -> Trust {
    match trust.accept(bytes, NOW).unwrap() {
        Accepted::New { trust, .. } => *trust,
        Accepted::AlreadyDone { .. } => panic!("was news"),
    }
}

#[test]
fn each_role_signs_its_own_documents_and_the_state_moves_on() {
    let mut trust = trust();
    for (bytes, last) in [
        (signed(&policy(5), &[11]), Last { version: 5, hash: Some(identity(&policy(5).to_payload().unwrap())) }),
        (signed(&lease(1), &[20]), Last { version: 1, hash: Some(identity(&lease(1).to_payload().unwrap())) }),
        (signed(&wipe(1), &[30, 31]), Last { version: 1, hash: Some(identity(&wipe(1).to_payload().unwrap())) }),
    ] {
        trust = next(&trust, &bytes);
        assert!([trust.policy, trust.lease, trust.order].contains(&last));
        // The same document again is no news, and moves nothing.
        assert_eq!(trust.accept(&bytes, NOW), Ok(Accepted::AlreadyDone { hash: last.hash.unwrap() }));
    }
    let stored = encode(&trust).unwrap();
    assert_eq!(crate::crypto::json::decode_strict::<Trust>(&stored).unwrap(), trust);
}

#[test]
fn every_pair_of_role_and_document_but_the_right_one_is_refused() {
    let trust = trust();
    let sets: [(&str, &[u8]); 4] = [("root", &[1, 2]), ("policy", &[10, 11]), ("lease", &[20]), ("order", &[30, 31])];
    for (name, keys) in sets {
        let documents = [
            ("policy", signed(&policy(5), keys)),
            ("lease", signed(&lease(1), keys)),
            ("order", signed(&wipe(1), keys)),
        ];
        for (right, bytes) in documents {
            match trust.accept(&bytes, NOW) {
                Ok(_) => assert_eq!(name, right),
                Err(refusal) => {
                    assert_ne!(name, right);
                    assert_eq!(refusal, Refusal::WrongRole, "{name} on {right}");
                }
            }
        }
    }
}

#[test]
fn rollback_equivocation_and_fast_forward_are_refused() {
    let trust = next(&trust(), &signed(&policy(7), &[10]));
    let judge = |policy: &Policy| trust.accept(&signed(policy, &[10]), NOW).map(|_| ());
    assert_eq!(judge(&policy(6)), Err(Refusal::OlderVersion));
    assert_eq!(judge(&policy(0)), Err(Refusal::OlderVersion));
    assert_eq!(judge(&Policy { pack: "{ }".into(), ..policy(7) }), Err(Refusal::Equivocation));
    assert_eq!(judge(&policy(7 + MAX_JUMP + 1)), Err(Refusal::TooFarAhead));
    assert_eq!(judge(&policy(u64::MAX)), Err(Refusal::TooFarAhead));
    assert_eq!(judge(&policy(7 + MAX_JUMP)), Ok(()));
    // A signature by the role's other key does not make it another document.
    assert!(matches!(trust.accept(&signed(&policy(7), &[11]), NOW), Ok(Accepted::AlreadyDone { .. })));
}

#[test]
fn the_enrolments_minimum_holds_from_the_first_document_on() {
    let trust = trust();
    assert_eq!(trust.accept(&signed(&policy(4), &[10]), NOW), Err(Refusal::OlderVersion));
    assert_eq!(trust.accept(&signed(&policy(3), &[10]), NOW), Err(Refusal::OlderVersion));
    assert!(trust.accept(&signed(&policy(5), &[10]), NOW).is_ok());
    assert_eq!(trust.accept(&signed(&lease(0), &[20]), NOW), Err(Refusal::OlderVersion));
}

#[test]
fn documents_for_others_are_refused() {
    let trust = trust();
    let judge = |bytes: Vec<u8>| trust.accept(&bytes, NOW).map(|_| ());
    let other = Hex([9; 16]);
    assert_eq!(judge(signed(&Lease { enrolment: other, ..lease(1) }, &[20])), Err(Refusal::OtherEnrolment));
    assert_eq!(judge(signed(&Order { enrolment: other, ..wipe(1) }, &[30, 31])), Err(Refusal::OtherEnrolment));
    let scoped = |scope| signed(&Policy { scope, ..policy(5) }, &[10]);
    assert_eq!(judge(scoped(Scope::Enrolment(other))), Err(Refusal::OtherEnrolment));
    assert_eq!(judge(scoped(Scope::Group("ward-5".into()))), Err(Refusal::OtherGroup));
    assert_eq!(judge(scoped(Scope::Group("ward-4".into()))), Ok(()));
    assert_eq!(judge(scoped(Scope::Enrolment(Hex([2; 16])))), Ok(()));
    // The same keys in another institution's name, and an institution that nobody here knows.
    assert_eq!(judge(signed(&Lease { institution: other, ..lease(1) }, &[20])), Err(Refusal::OtherInstitution));
    assert_eq!(judge(signed(&Policy { institution: other, ..policy(5) }, &[10])), Err(Refusal::OtherInstitution));
    assert_eq!(judge(signed(&Order { institution: other, ..wipe(1) }, &[30, 31])), Err(Refusal::OtherInstitution));
    assert_eq!(judge(signed(&wipe(1), &[77, 78])), Err(Refusal::OtherInstitution));
}

#[test]
fn a_threshold_of_two_needs_two_keys() {
    let trust = trust();
    for keys in [&[30][..], &[30, 30], &[31, 31, 31]] {
        assert_eq!(trust.accept(&signed(&wipe(1), keys), NOW), Err(Refusal::BadSignature), "{keys:?}");
    }
    // A second signature by another role, or by nobody known, does not help; nor does it pass beside good ones.
    assert_eq!(trust.accept(&signed(&wipe(1), &[30, 20]), NOW), Err(Refusal::WrongRole));
    assert_eq!(trust.accept(&signed(&wipe(1), &[30, 77]), NOW), Err(Refusal::BadSignature));
    assert_eq!(trust.accept(&signed(&wipe(1), &[30, 31, 77]), NOW), Err(Refusal::BadSignature));
    assert!(trust.accept(&signed(&wipe(1), &[31, 30]), NOW).is_ok());
}

#[test]
fn what_has_expired_is_refused_and_a_policy_does_not_expire() {
    let trust = trust();
    assert_eq!(trust.accept(&signed(&wipe(1), &[30, 31]), NOW + DAY), Err(Refusal::Expired));
    assert_eq!(trust.accept(&signed(&lease(1), &[20]), NOW + 7 * DAY), Err(Refusal::Expired));
    assert!(trust.accept(&signed(&policy(5), &[10]), i64::MAX).is_ok());
    let unending = Order { expires_ms: None, ..wipe(1) };
    assert!(trust.accept(&signed(&unending, &[30, 31]), i64::MAX).is_ok());
}

#[test]
fn every_flipped_byte_and_every_cut_is_refused() {
    let trust = trust();
    for bytes in [signed(&policy(5), &[10]), signed(&lease(1), &[20]), signed(&wipe(1), &[30, 31])] {
        assert!(trust.accept(&bytes, NOW).is_ok());
        for at in 0..bytes.len() {
            for mask in [0x01, 0x20, 0x80, 0xff] {
                let mut flipped = bytes.clone();
                flipped[at] ^= mask;
                assert!(trust.accept(&flipped, NOW).is_err(), "byte {at} mask {mask}");
            }
            assert!(trust.accept(&bytes[..at], NOW).is_err());
        }
    }
    assert_eq!(trust.accept(&vec![b'{'; 10_000_000], NOW), Err(Refusal::TooLarge));
    assert_eq!(trust.accept("😀".repeat(50).as_bytes(), NOW), Err(Refusal::Malformed));
}

#[test]
fn a_newer_specification_and_an_unknown_action_are_named() {
    let trust = trust();
    let raw = |text: &str| {
        let (one, two) = (key(30), key(31));
        trust.accept(&sign(text.as_bytes(), Order::TYP, &[&one, &two]).unwrap(), NOW).map(|_| ())
    };
    let text = String::from_utf8(wipe(1).to_payload().unwrap()).unwrap();
    assert_eq!(raw(&text), Ok(()));
    assert_eq!(raw(&text.replace(r#""spec":1"#, r#""spec":2,"new":true"#)), Err(Refusal::TooNew));
    let action = r#"{"wipe_workspace":{}}"#;
    assert!(text.contains(action));
    assert_eq!(raw(&text.replace(action, r#"{"wipe_everything":{}}"#)), Err(Refusal::UnknownAction));
    for broken in [
        text.replace(action, r#"{"unlock":{},"wipe_workspace":{}}"#),
        text.replace(action, r#""unlock""#),
        text.replace(action, r#"{"unlock":{"x":1}}"#),
        text.replace(action, "{}"),
        text.replace(r#""spec":1,"#, ""),
        text.replace(r#""number":1"#, r#""number":1,"number":1"#),
        text.replace(r#""number":1"#, r#""number":1.0"#),
        text.replace(r#""number":1"#, r#""number":-1"#),
        text.replace(r#""number":1"#, r#""number":1,"extra":1"#),
        text.replace("phone lost", "gpj.\\u202efdp"),
        text.clone() + " {}",
    ] {
        assert_eq!(raw(&broken), Err(Refusal::Malformed), "{broken}");
    }
}

#[test]
fn an_enrolment_answers_one_request_and_is_signed_by_its_root() {
    let (asked, other) = (request(&P256Signer::make()), request(&P256Signer::make()));
    let good = enrolment(&asked);
    let judge = |enrolment: &Enrolment, keys: &[u8]| Trust::enrol(&asked, &signed(enrolment, keys)).map(|_| ());
    assert_eq!(judge(&good, &[1, 2]), Ok(()));
    assert_eq!(judge(&good, &[1]), Err(Refusal::BadSignature));
    assert_eq!(judge(&good, &[1, 1]), Err(Refusal::BadSignature));
    assert_eq!(judge(&good, &[10, 11]), Err(Refusal::BadSignature));
    assert_eq!(judge(&enrolment(&other), &[1, 2]), Err(Refusal::OtherEnrolment));
    assert_eq!(judge(&Enrolment { enrolment: Hex([8; 16]), ..good.clone() }, &[1, 2]), Err(Refusal::OtherEnrolment));
    let bytes = signed(&good, &[1, 2]);
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        assert!(Trust::enrol(&asked, &flipped).is_err(), "{at}");
    }
    // Delivered once more it is no news; another one is not for this workspace.
    let trust = Trust::enrol(&asked, &bytes).unwrap().0;
    assert!(matches!(trust.accept(&bytes, NOW), Ok(Accepted::AlreadyDone { .. })));
    let second = signed(&Enrolment { version: 2, ..good }, &[1, 2]);
    assert_eq!(trust.accept(&second, NOW), Err(Refusal::OtherEnrolment));
}

#[test]
fn a_root_set_that_makes_no_sense_is_refused() {
    let asked = request(&P256Signer::make());
    let make = |roles: Roles| {
        let enrolment = Enrolment { roles, ..enrolment(&asked) };
        let (one, two) = (key(1), key(2));
        let bytes = sign(&encode(&enrolment).unwrap(), Enrolment::TYP, &[&one, &two]).unwrap();
        Trust::enrol(&asked, &bytes).map(|_| ())
    };
    assert_eq!(make(roles()), Ok(()));
    for broken in [
        Roles { policy: role(0, &[10]), ..roles() },
        Roles { policy: role(2, &[10]), ..roles() },
        Roles { policy: role(1, &[]), ..roles() },
        Roles { policy: role(2, &[10, 10]), ..roles() },
        Roles { policy: role(1, &[1]), ..roles() },
        Roles { lease: Role { threshold: 1, keys: vec![P256Signer::make().public_key().clone()] }, ..roles() },
        Roles { policy: role(1, &[40, 41, 42, 43, 44, 45, 46, 47, 48]), ..roles() },
    ] {
        assert_eq!(make(broken), Err(Refusal::Malformed));
    }
}

fn rotation(version: u64, root: Role) -> Root {
    Root {
        spec: 1,
        institution: Hex([1; 16]),
        version,
        roles: Roles { root, ..roles() },
        recipients: recipients(),
        minimum: Minimum { policy: 50, lease: 1, order: 1 },
        issued_ms: NOW,
    }
}

#[test]
fn a_rotation_is_signed_by_the_old_root_and_the_new() {
    let trust = trust();
    let judge = |root: &Root, keys: &[u8]| trust.accept(&signed(root, keys), NOW).map(|_| ());
    let fresh = rotation(2, role(2, &[4, 5]));
    assert_eq!(judge(&fresh, &[1, 3, 4, 5]), Ok(()));
    assert_eq!(judge(&fresh, &[1, 3]), Err(Refusal::BadSignature));
    assert_eq!(judge(&fresh, &[4, 5]), Err(Refusal::OtherInstitution));
    assert_eq!(judge(&fresh, &[1, 4, 5]), Err(Refusal::BadSignature));
    assert_eq!(judge(&fresh, &[1, 3, 4]), Err(Refusal::BadSignature));
    assert_eq!(judge(&fresh, &[1, 3, 4, 4]), Err(Refusal::BadSignature));
    assert_eq!(judge(&fresh, &[1, 3, 4, 5, 77]), Err(Refusal::BadSignature));
    assert_eq!(judge(&rotation(3, role(2, &[4, 5])), &[1, 3, 4, 5]), Err(Refusal::TooFarAhead));
    assert_eq!(judge(&rotation(1, role(2, &[4, 5])), &[1, 3, 4, 5]), Err(Refusal::Equivocation));
    assert_eq!(judge(&rotation(0, role(2, &[4, 5])), &[1, 3, 4, 5]), Err(Refusal::OlderVersion));
    let foreign = Root { institution: Hex([9; 16]), ..fresh.clone() };
    assert_eq!(judge(&foreign, &[1, 3, 4, 5]), Err(Refusal::OtherInstitution));
    // Afterwards the old root says nothing any more, and the rotation itself is no news.
    let bytes = signed(&fresh, &[1, 3, 4, 5]);
    let rotated = next(&trust, &bytes);
    assert!(matches!(rotated.accept(&bytes, NOW), Ok(Accepted::AlreadyDone { .. })));
    let back = rotation(3, role(2, &[1, 2]));
    assert!(rotated.accept(&signed(&back, &[1, 2]), NOW).is_err());
    assert!(rotated.accept(&signed(&back, &[4, 5, 1, 2]), NOW).is_ok());
    // A rotation that keeps its keys needs each only once.
    assert_eq!(judge(&rotation(2, role(2, &[1, 2, 3])), &[1, 2]), Ok(()));
}

#[test]
fn a_rotation_is_the_way_out_of_a_stolen_role_key() {
    // The thief of policy key 10 moved the version far ahead.
    let stolen = next(&trust(), &signed(&policy(10_000), &[10]));
    let mut fresh = rotation(2, role(2, &[1, 2, 3]));
    fresh.roles.policy = role(1, &[12]);
    let saved = next(&stolen, &signed(&fresh, &[1, 2]));
    assert_eq!(saved.accept(&signed(&policy(10_001), &[10]), NOW), Err(Refusal::OtherInstitution));
    assert_eq!(saved.accept(&signed(&policy(49), &[12]), NOW), Err(Refusal::OlderVersion));
    assert!(saved.accept(&signed(&policy(50), &[12]), NOW).is_ok());
    // Roles whose keys stayed keep their versions.
    assert_eq!((saved.lease, saved.order), (stolen.lease, stolen.order));
}

#[test]
fn payloads_have_bounds() {
    assert!(lease(1).validate().is_ok());
    for broken in [
        Lease { not_after_ms: NOW, ..lease(1) },
        Lease { not_after_ms: i64::MAX, ..lease(1) },
        Lease { issued_ms: -1, ..lease(1) },
        Lease { grace_ms: -1, ..lease(1) },
        Lease { max_running_ms: 0, ..lease(1) },
        Lease { max_running_ms: i64::MAX, ..lease(1) },
    ] {
        assert!(broken.validate().is_err(), "{broken:?}");
    }
    assert!(order(1, Action::WipeWorkspace { holds: Some(Holds::Keep) }).validate().is_ok());
    for broken in [
        Order { reason: " ".into(), ..wipe(1) },
        Order { reason: "x".repeat(201), ..wipe(1) },
        Order { reason: "a\nb".into(), ..wipe(1) },
        Order { expires_ms: Some(NOW), ..wipe(1) },
    ] {
        assert!(broken.validate().is_err(), "{broken:?}");
    }
    let recipients = Recipients { recovery: vec!["age1notone".into()], ..recipients() };
    assert!(Root { recipients, ..rotation(2, role(1, &[1])) }.validate().is_err());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(3000))]

    #[test]
    fn no_bytes_panic_and_no_edit_of_a_document_is_accepted(
        noise in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
        at in 0usize..2000,
        cut in 0usize..40,
    ) {
        let trust = shared_trust();
        proptest::prop_assert!(trust.accept(&noise, NOW).is_err());
        let document = shared_order();
        let at = at % document.len();
        let end = (at + cut).min(document.len());
        let edited = [&document[..at], &noise, &document[end..]].concat();
        if edited != document && !edited.is_empty() {
            // White space between members is the only edit that changes nothing.
            let spaced = edited.len() > document.len()
                && edited.iter().filter(|b| !b.is_ascii_whitespace()).eq(document.iter());
            proptest::prop_assert!(spaced || trust.accept(&edited, NOW).is_err());
        }
    }
}

fn shared_trust() -> &'static Trust {
    static TRUST: std::sync::OnceLock<Trust> = std::sync::OnceLock::new();
    TRUST.get_or_init(trust)
}

fn shared_order() -> &'static [u8] {
    static ORDER: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    ORDER.get_or_init(|| signed(&wipe(1), &[30, 31]))
}
