//! Holds and erasure by order when the power goes: cut at every keystore call and every file step.

use super::hold_tests::{
    charted, files_of, hash_of, held, name_of, noted, only_what_is_held, other_than, receipt_of, wrap_of, wraps,
};
use super::tests::{Hospital, PASSCODE, PATIENTS, Phone, RECIPIENT, START_MS, TurnedClock, ward};
use super::*;
use crate::crypto::json::Digest;
use crate::crypto::jws::Ed25519Signer;
use crate::crypto::software::SoftwareKeystore;
use crate::policy::document::{Action, HoldScope, Holds, Minimum, Role, Roles, Root};
use crate::vault::faulty::{Faulty, cut_files_after, files_healed};

impl Hospital {
    /// The roles and recipients of the enrolment, with one more escrow recipient.
    fn root_with_two_escrow_recipients(&self) -> Vec<u8> {
        use crate::crypto::jws::Signer;
        let role = |keys: &[&Ed25519Signer]| Role {
            threshold: 1,
            keys: keys.iter().map(|key| key.public_key().clone()).collect(),
        };
        let one = || vec![RECIPIENT.to_owned()];
        let another = "age17ha86ygyj0gg4r5eah4fn2n28tkku89kedyx289u29sjrp794fcqcawvht".to_owned();
        let root = Root {
            spec: SPEC,
            institution: Hex(self.id),
            version: 2,
            roles: Roles {
                root: role(&[&self.root]),
                policy: role(&[&self.policy]),
                lease: role(&[&self.lease]),
                order: role(&[&self.order, &self.second]),
            },
            recipients: Recipients {
                audit: one(),
                export: one(),
                recovery: one(),
                escrow: vec![RECIPIENT.to_owned(), another],
            },
            minimum: Minimum::default(),
            issued_ms: START_MS,
        };
        root.sign(&[&self.root]).unwrap()
    }
}

const FOR_GOOD: u64 = u64::MAX - 1;

fn copied(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, target) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if path.is_dir() {
            copied(&path, &target);
        } else {
            fs::copy(path, target).unwrap();
        }
    }
}

/// A phone as it was prepared, in directories of its own for each cut.
struct Copy {
    files: tempfile::TempDir,
    keys: tempfile::TempDir,
}

impl Copy {
    fn of(phone: &Phone) -> Copy {
        let copy = Copy { files: tempfile::tempdir().unwrap(), keys: tempfile::tempdir().unwrap() };
        copied(phone.files.path(), copy.files.path());
        copied(phone.keys.path(), copy.keys.path());
        copy
    }

    fn curtain(&self, clock: &Arc<TurnedClock>) -> (Arc<Faulty>, Arc<Curtain>) {
        let keystore = Faulty::new(Arc::new(SoftwareKeystore::new(self.keys.path()).unwrap()));
        let cost = KdfCost::DANGEROUS_CHEAP;
        (keystore.clone(), Curtain::with_cost(self.files.path(), keystore, clock.clone(), cost).unwrap())
    }
}

/// Cuts `act` at every keystore call and every file step (every `stride`-th), as a kill does or once after the deed; then a new process, the
/// institution sends its documents again, and `check` sees the end.
fn cut_everywhere(
    phone: &Phone,
    stride: usize,
    act: impl Fn(&Arc<Curtain>) -> Result<(), CurtainError>,
    check: impl Fn(&Copy, &Arc<Curtain>, &Arc<Faulty>),
) {
    let mut met = 0u64;
    for way in 0..3 {
        for n in (0..400).step_by(stride) {
            let copy = Copy::of(phone);
            let (keystore, curtain) = copy.curtain(&phone.clock);
            match way {
                0 => keystore.fail(n, n, true),
                1 => keystore.fail(n, FOR_GOOD, false),
                _ => cut_files_after(n + 1),
            }
            drop(act(&curtain));
            let cut = if way == 2 { files_healed() } else { keystore.failed() };
            keystore.heal();
            drop(curtain);
            let (keystore, curtain) = copy.curtain(&phone.clock);
            check(&copy, &curtain, &keystore);
            if !cut {
                break;
            }
            met += 1;
        }
    }
    assert!(met * stride as u64 > 40, "the cases met few faults: {met}");
}

/// A ward with a note of two patients, locked; their ids and names.
fn prepared() -> (Phone, String, [(String, Digest); 2]) {
    let phone = Phone::new();
    let (curtain, workspace) = phone.enrolled();
    let (session, patient, _) = ward(&curtain, &workspace);
    let other = other_than(&session, &patient);
    let both = [patient, other].map(|one| {
        charted(&session, &one);
        let name = name_of(&session, &one);
        (one, name)
    });
    session.lock().unwrap();
    drop((session, curtain));
    (phone, workspace, both)
}

#[test]
fn a_hold_cut_at_any_step_ends_active_once_with_its_wraps() {
    let (phone, workspace, [(patient, who), _]) = prepared();
    let hold = phone.hospital.order(&workspace, 1, Action::Hold { scope: HoldScope::Patient(who) });
    for unlocked in [false, true] {
        let act = |curtain: &Arc<Curtain>| {
            if unlocked {
                let _session = curtain.unlock(workspace.clone(), PASSCODE)?;
                curtain.deliver(&hold).map(drop)
            } else {
                curtain.deliver(&hold)?;
                curtain.unlock(workspace.clone(), PASSCODE).map(drop)
            }
        };
        // Unlocked, the same steps come after others.
        cut_everywhere(&phone, if unlocked { 5 } else { 1 }, act, |copy, curtain, _| {
            curtain.deliver(&hold).unwrap();
            let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
            assert_eq!(curtain.deliver(&hold).unwrap(), Delivery::Done);
            assert_eq!(wraps(copy.files.path(), &workspace), wrap_of(&patient));
            assert_eq!(noted(curtain, &workspace), [(Code::HoldBegan, vec![("patients".to_owned(), 1)])]);
            let token = session.fresh_auth(PASSCODE).unwrap();
            assert_eq!(session.shred_patient(patient.clone(), token).err(), Some(held()));
        });
    }
}

/// As [`prepared`], with the first patient under a hold; and the hold.
fn prepared_held() -> (Phone, String, [(String, Digest); 2], Digest) {
    let (phone, workspace, both) = prepared();
    let hold = phone.hospital.order(&workspace, 1, Action::Hold { scope: HoldScope::Patient(both[0].1) });
    let curtain = phone.curtain();
    curtain.deliver(&hold).unwrap();
    curtain.unlock(workspace.clone(), PASSCODE).unwrap().lock().unwrap();
    drop(curtain);
    (phone, workspace, both, hash_of(&hold))
}

#[test]
fn a_release_cut_at_any_step_ends_released_without_wraps() {
    let (phone, workspace, [(patient, _), _], hold) = prepared_held();
    let release = phone.hospital.order(&workspace, 2, Action::Release { hold });
    let act = |curtain: &Arc<Curtain>| {
        curtain.deliver(&release)?;
        curtain.unlock(workspace.clone(), PASSCODE).map(drop)
    };
    cut_everywhere(&phone, 1, act, |copy, curtain, _| {
        curtain.deliver(&release).unwrap();
        let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
        assert_eq!(curtain.deliver(&release).unwrap(), Delivery::Done);
        assert!(wraps(copy.files.path(), &workspace).is_empty());
        assert_eq!(noted(curtain, &workspace).len(), 2);
        let token = session.fresh_auth(PASSCODE).unwrap();
        session.shred_patient(patient.clone(), token).unwrap();
    });
}

#[test]
fn erasure_by_order_cut_at_any_step_ends_done_once() {
    let (phone, workspace, [(patient, held_name), (other, who)], _) = prepared_held();
    let order = |number, action| phone.hospital.order(&workspace, number, action);
    let documents = [
        order(2, Action::WipePatient { who: held_name }),
        order(3, Action::WipePatient { who }),
        order(4, Action::WipeBefore { date_ms: START_MS + 1_000_000 }),
    ];
    let act = |curtain: &Arc<Curtain>| {
        for document in &documents {
            curtain.deliver(document)?;
        }
        curtain.unlock(workspace.clone(), PASSCODE).map(drop)
    };
    cut_everywhere(&phone, 1, act, |_, curtain, _| {
        for document in &documents {
            curtain.deliver(document).unwrap();
        }
        let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
        assert_eq!(curtain.deliver(&documents[2]).unwrap(), Delivery::Done);
        assert_eq!(session.patient(other.clone()).err(), Some(CurtainError::NotFound));
        assert_eq!(session.notes(patient.clone()).unwrap().len(), 1);
        let wiped = noted(curtain, &workspace).into_iter().filter(|(code, _)| *code == Code::WipedByOrder);
        assert_eq!(wiped.count(), 3);
    });
}

#[test]
fn a_wipe_under_a_hold_cut_at_any_step_keeps_what_is_held_and_nothing_else() {
    let (phone, workspace, [(patient, _), _], _) = prepared_held();
    let keep = phone.hospital.order(&workspace, 2, Action::WipeWorkspace { holds: Some(Holds::Keep) });
    for unlocked in [false, true] {
        let act = |curtain: &Arc<Curtain>| {
            let session = if unlocked { Some(curtain.unlock(workspace.clone(), PASSCODE)?) } else { None };
            let done = curtain.deliver(&keep).map(drop);
            drop(session);
            done
        };
        // Unlocked, the same steps come after others.
        cut_everywhere(&phone, if unlocked { 5 } else { 1 }, act, |copy, curtain, _| {
            assert_eq!(curtain.deliver(&keep).unwrap(), Delivery::Done);
            let (receipt, acknowledge) = receipt_of(&curtain.receipt(workspace.clone()).unwrap().unwrap());
            assert_eq!((receipt.held, receipt.residue.files), (true, 0));
            only_what_is_held(copy.files.path(), curtain, &workspace, &patient);
            let keys: Vec<_> = fs::read_dir(copy.keys.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
            let kept = |name: &str| name.contains("anchor-") || name.contains("sign");
            assert!(keys.iter().all(|name| kept(name.to_str().unwrap())), "{keys:?}");
            let order = phone.hospital.order(&workspace, 3, acknowledge);
            assert_eq!(curtain.deliver(&order).unwrap(), Delivery::Done);
            assert!(files_of(copy.files.path(), &workspace).is_empty());
        });
    }
}

#[test]
fn a_new_passcode_leaves_wraps_and_an_acknowledgement_cut_at_any_step_ends_gone() {
    let (phone, workspace, [(patient, _), _], _) = prepared_held();
    let curtain = phone.curtain();
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    let path = phone.files.path().join("workspaces").join(&workspace).join(wrap_of(&patient).first().unwrap());
    let before = fs::read(&path).unwrap();
    session.change_passcode(PASSCODE, b"five loud geese swim").unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(session.import_patients(PATIENTS).unwrap().imported, 0);
    drop(session);
    let keep = phone.hospital.order(&workspace, 2, Action::WipeWorkspace { holds: Some(Holds::Keep) });
    assert_eq!(curtain.deliver(&keep).unwrap(), Delivery::Done);
    let (_, acknowledge) = receipt_of(&curtain.receipt(workspace.clone()).unwrap().unwrap());
    drop(curtain);
    let order = phone.hospital.order(&workspace, 3, acknowledge);
    let act = |curtain: &Arc<Curtain>| curtain.deliver(&order).map(drop);
    let mut met = 0;
    for n in 0..100 {
        for way in 0..2 {
            let copy = Copy::of(&phone);
            let (keystore, curtain) = copy.curtain(&phone.clock);
            if way == 0 {
                keystore.fail(n, FOR_GOOD, false);
            } else {
                cut_files_after(n + 1);
            }
            drop(act(&curtain));
            let cut = if way == 0 { keystore.failed() } else { files_healed() };
            keystore.heal();
            met += u32::from(cut);
            drop((curtain, keystore));
            let (_keystore, curtain) = copy.curtain(&phone.clock);
            drop(curtain.deliver(&order));
            curtain.tick().unwrap();
            assert!(files_of(copy.files.path(), &workspace).is_empty(), "{n} {way}");
            assert_eq!(fs::read_dir(copy.keys.path()).unwrap().count(), 0);
        }
    }
    assert!(met > 10, "{met}");
}

#[test]
fn other_escrow_recipients_get_wraps_of_their_own() {
    let (phone, workspace, [(patient, _), _], _) = prepared_held();
    let path = phone.files.path().join("workspaces").join(&workspace).join(wrap_of(&patient).first().unwrap());
    let stanzas = || {
        let bytes = fs::read(&path).unwrap();
        bytes.windows(10).filter(|window| *window == b"-> X25519 ").count()
    };
    assert_eq!(stanzas(), 1);
    let root = phone.hospital.root_with_two_escrow_recipients();
    let curtain = phone.curtain();
    assert_eq!(curtain.deliver(&root).unwrap(), Delivery::Done);
    assert_eq!(stanzas(), 1, "locked: the key is not at hand");
    let session = curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    assert_eq!(stanzas(), 2);
    let before = fs::read(&path).unwrap();
    drop(session);
    curtain.unlock(workspace.clone(), PASSCODE).unwrap();
    assert_eq!(fs::read(&path).unwrap(), before, "once");
}
