//! Bad input, at the core's surface and at the desk's: a clear typed error or one line, nothing lost, no panic.

use curtain_core::crypto::kdf::KdfCost;
use curtain_core::crypto::software::{SoftwareClock, SoftwareKeystore};
use curtain_core::curtain::{Curtain, WorkspaceState};
use curtain_core::error::{CurtainError, Error};
use curtain_core::screen::{MAX_SCAN_BYTES, NameIndex, scan};
use curtain_desk::issuer::{Enrolling, Institution};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

const PASSCODE: &[u8] = b"seven calm herons wade";

fn curtain(directory: &Path) -> Result<Arc<Curtain>, Error> {
    let keystore = Arc::new(SoftwareKeystore::new(&directory.join("keys"))?);
    Curtain::with_cost(&directory.join("phone"), keystore, Arc::new(SoftwareClock), KdfCost::DANGEROUS_CHEAP)
}

/// A phone enrolled with a hospital; gives the workspace's id.
fn enrolled(directory: &Path) -> String {
    let curtain = curtain(directory).unwrap();
    let request = curtain.request().unwrap();
    let mut hospital = Institution::create(&directory.join("hospital"), "St. Alder").unwrap();
    let whom = Enrolling { clinician: "Dr. Lee".into(), groups: vec![] };
    let enrolment = hospital.enrol(&request.document, &whom, curtain_desk::now_ms()).unwrap();
    curtain.enrol(&enrolment.document, PASSCODE).unwrap().id
}

fn curtain_command(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_curtain")).args(arguments).output().unwrap()
}

/// One line on stderr that is no panic, and the exit code.
fn one_line(output: &Output, code: i32) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert_eq!(text.trim_end().lines().count(), 1, "{text}");
    assert!(!text.contains("panicked"), "{text}");
}

#[test]
fn a_directory_that_cannot_be_written_is_a_typed_error() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("phone"), b"a file, not a directory").unwrap();
    assert!(matches!(curtain(directory.path()).err(), Some(Error::Io { .. })));
}

#[test]
fn each_damaged_file_has_its_own_answer_and_is_left_in_place() {
    for (name, expected) in [("slots", None), ("anchor", Some(WorkspaceState::Damaged)), ("vault.db", None)] {
        let directory = tempfile::tempdir().unwrap();
        let workspace = enrolled(directory.path());
        let path = directory.path().join("phone/workspaces").join(&workspace).join(name);
        let good = std::fs::read(&path).unwrap();
        for bad in [good[..good.len() / 2].to_vec(), vec![0xff; 100], Vec::new()] {
            std::fs::write(&path, &bad).unwrap();
            let curtain = curtain(directory.path()).unwrap();
            let info = &curtain.workspaces().unwrap()[0];
            if let Some(state) = &expected {
                assert_eq!(&info.state, state, "{name}");
            }
            let error = curtain.unlock(workspace.clone(), PASSCODE).err().unwrap();
            assert_eq!(error, CurtainError::Damaged, "{name}, {} bytes", bad.len());
            assert!(std::fs::read(&path).unwrap() == bad, "{name} is left as it was found");
            drop(curtain);
        }
        std::fs::write(&path, &good).unwrap();
        let curtain = curtain(directory.path()).unwrap();
        curtain.unlock(workspace, PASSCODE).unwrap();
    }
}

#[test]
fn a_keystore_without_the_keys_is_another_phone() {
    let directory = tempfile::tempdir().unwrap();
    enrolled(directory.path());
    std::fs::remove_dir_all(directory.path().join("keys")).unwrap();
    assert_eq!(curtain(directory.path()).unwrap().workspaces().unwrap()[0].state, WorkspaceState::OtherPhone);
}

#[test]
fn texts_of_every_awkward_kind_are_answered() {
    let names = NameIndex::default();
    let large = "a".repeat(MAX_SCAN_BYTES + 1);
    assert!(matches!(scan(&large, None, &names), Err(Error::TooLarge { .. })));
    for text in ["", " ", "😀😀😀", "\u{202e}\u{0}\u{feff}", "🇪🇸👩‍⚕️", "%s%n", "\r\n\r\n", "ａｂｃ"]
    {
        let findings = scan(text, None, &names).unwrap();
        assert!(!findings.recognised, "{text:?} is not called a known message");
    }
}

#[test]
fn import_refuses_what_is_no_bundle_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let workspace = enrolled(directory.path());
    let curtain = curtain(directory.path()).unwrap();
    let session = curtain.unlock(workspace, PASSCODE).unwrap();
    let good = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/patients.json")).unwrap();
    let imported = session.import_patients(&good).unwrap().imported;
    for bad in [&b""[..], b"\xff\xfe", b"{", b"[]", b"{\"resourceType\":\"Patient\"}", &good[..good.len() - 3]] {
        assert!(matches!(session.import_patients(bad).err(), Some(CurtainError::Invalid { .. })));
        assert_eq!(session.patients().unwrap().len(), imported as usize);
    }
}

#[test]
fn the_demo_refuses_a_directory_that_holds_something_else() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("thesis.txt"), b"not yours").unwrap();
    let output = curtain_command(&["demo", "--out", directory.path().to_str().unwrap()]);
    one_line(&output, 2);
    assert!(directory.path().join("thesis.txt").exists());
}

#[test]
fn the_demo_says_in_one_line_that_it_cannot_write() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, b"x").unwrap();
    let output = curtain_command(&["demo", "--out", file.join("below").to_str().unwrap()]);
    one_line(&output, 2);
}

#[cfg(unix)]
#[test]
fn a_disk_that_takes_no_more_ends_in_one_line() {
    let directory = tempfile::tempdir().unwrap();
    // No file may grow beyond 32 blocks: the write fails as on a full disk, wherever it happens.
    let script = format!(
        "trap '' XFSZ; ulimit -f 32; exec {} demo --out {}",
        env!("CARGO_BIN_EXE_curtain"),
        directory.path().join("out").display()
    );
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    one_line(&output, 1);
}

#[test]
fn files_that_do_not_verify_end_in_one_line() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("receipt.jws");
    for bad in [&b""[..], b"\xff\xff", b"{}", &[b'['; 70_000]] {
        std::fs::write(&path, bad).unwrap();
        let output = curtain_command(&["verify", "receipt", path.to_str().unwrap()]);
        one_line(&output, 1);
    }
    let output = curtain_command(&["verify", "receipt", directory.path().join("absent").to_str().unwrap()]);
    one_line(&output, 1);
}
