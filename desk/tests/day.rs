//! The fifteen user stories and the article's situations, each a script in `desk/stories`; and that a script cannot pass
//! by being wrong.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use curtain_core::crypto::kdf::KdfCost;
use curtain_desk::day::{self, Script};
use curtain_desk::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[cfg(feature = "dangerous-cheap-kdf")]
const COST: KdfCost = KdfCost::DANGEROUS_CHEAP;
#[cfg(not(feature = "dangerous-cheap-kdf"))]
const COST: KdfCost = KdfCost::STANDARD;

fn stories() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("stories")
}

/// Plays a script; what did not hold, and all that was printed.
fn played(script: &Script) -> (Vec<String>, String) {
    let mut printed = anstream::StripStream::new(Vec::new());
    let broken = day::run(script, COST, None, &mut printed).unwrap();
    (broken, String::from_utf8(printed.into_inner()).unwrap())
}

fn told(file: &str) {
    let script = Script::read(&stories().join(file)).unwrap();
    assert!(script.expectations() > 0, "{file} expects nothing");
    let (broken, printed) = played(&script);
    assert!(broken.is_empty(), "{broken:#?}\n{printed}");
    for fact in &script.not_yet {
        let flat: Vec<&str> = printed.split_whitespace().collect();
        let fact: Vec<&str> = fact.split_whitespace().collect();
        assert!(flat.join(" ").contains(&fact.join(" ")), "not told: {fact:?}");
    }
}

/// One test for each file, and one that no file is left out.
macro_rules! stories {
    ($($name:ident $file:literal,)+) => {
        $(#[test] fn $name() { told($file); })+

        #[test]
        fn every_story_is_a_test() {
            let mut there: Vec<String> =
                std::fs::read_dir(stories()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            there.sort();
            let mut named = vec![$($file.to_owned()),+];
            named.sort();
            assert_eq!(there, named);
        }
    };
}

stories! {
    story_01_safe_call_back "01-safe-call-back.toml",
    story_02_result_slips_in "02-result-slips-in.toml",
    story_03_hidden_leak "03-hidden-leak.toml",
    story_04_patient_prefers_texts "04-patient-prefers-texts.toml",
    story_05_number_changes "05-number-changes.toml",
    story_06_stop "06-stop.toml",
    story_07_daughters_phone "07-daughters-phone.toml",
    story_08_patient_texts_sugars "08-patient-texts-sugars.toml",
    story_09_just_whatsapp_it "09-just-whatsapp-it.toml",
    story_10_wound_photo "10-wound-photo.toml",
    story_11_taxi "11-taxi.toml",
    story_11_taxi_never_delivered "11-taxi-never-delivered.toml",
    story_12_last_day "12-last-day.toml",
    story_12_last_day_handed_over "12-last-day-handed-over.toml",
    article_every_message_is_evidence "article-every-message-is-evidence.toml",
    story_13_access_request "13-access-request.toml",
    story_14_policy_change "14-policy-change.toml",
    story_15_integrators_first_hour "15-integrators-first-hour.toml",
    article_backup_put_back "article-backup-put-back.toml",
    article_can_i_whatsapp_you_my_sugars "article-can-i-whatsapp-you-my-sugars.toml",
    article_group_with_students "article-group-with-students.toml",
    article_guessed_ten_times "article-guessed-ten-times.toml",
    article_important_and_told_not_to "article-important-and-told-not-to.toml",
    article_initials_and_rooms "article-initials-and-rooms.toml",
    article_institutional_email "article-institutional-email.toml",
    article_its_own_examples "article-its-own-examples.toml",
    article_phone_shared_at_home "article-phone-shared-at-home.toml",
    article_policy_bans_it "article-policy-bans-it.toml",
    article_rural_patient_in_spanish "article-rural-patient-in-spanish.toml",
    article_they_ask_for_my_number "article-they-ask-for-my-number.toml",
    article_urgent_results "article-urgent-results.toml",
}

/// The page's own example.
const EXAMPLE: &str = r#"
# guide: example
title = "A reminder, and what must not be in it"
start = "2026-03-03T09:00:00Z"

[[patient]]
key = "rivera"
name = "Ana Rivera"
mrn = "P-0042"
contacts = [{ value = "555-201-3344" }]

[[step]]
says = "Nobody has asked her yet"
assess = { patient = "rivera", text = "Your prescription is ready." }
expect = { verdict = "needs_consent" }

[[step]]
consent = { patient = "rivera", allowed = "logistics", basis = "patient_request", how = "in_person", alternatives = ["portal", "phone"] }

[[step]]
write = { draft = "ready", patient = "rivera", text = "Your Truvada is ready." }
expect = { verdict = "block", stops = ["sensitive.hiv"], rewrites_lack = ["Truvada"] }

[[step]]
says = "What is offered in its place goes"
choose = { draft = "ready", offer = 1 }
expect = { verdict = "allow_and_document" }

[[step]]
hand_off = { draft = "ready" }
expect = { last_four = "3344", chart_count = 1 }

[[step]]
find_plaintext = {}
expect = { plaintext = 0 }
# guide end
"#;

#[test]
fn the_example_of_the_page_is_a_day_that_holds() {
    let (broken, printed) = played(&Script::parse(EXAMPLE).unwrap());
    assert!(broken.is_empty(), "{printed}");
}

/// A day of one patient who agreed, with these steps.
fn day_of(steps: &str) -> Script {
    let head = EXAMPLE.split("[[step]]").next().unwrap();
    Script::parse(&format!("{head}\n{steps}")).unwrap()
}

#[test]
fn every_broken_expectation_is_named_with_its_step_line_and_what_was_seen() {
    let text = EXAMPLE
        .replace("verdict = \"needs_consent\"", "verdict = \"allow\"")
        .replace("stops = [\"sensitive.hiv\"]", "stops = [\"sensitive.sti\"]")
        .replace("rewrites_lack = [\"Truvada\"]", "rewrites_lack = [\"clinic\"], rewrites_count = 40")
        .replace("last_four = \"3344\", chart_count = 1", "last_four = \"1234\", chart_contain = [\"Truvada\"]")
        .replace("plaintext = 0", "plaintext_at_least = 1, files_at_most = 1, state = \"locked\", second_route = true");
    let (broken, printed) = played(&Script::parse(&text).unwrap());
    for (place, what) in [
        ("step 1 (line 12): verdict", "seen \"needs_consent\""),
        ("step 3 (line 20): rewrites_count", "seen ["),
        ("step 3 (line 20): rewrites_lack", "clinic"),
        ("step 3 (line 20): stops", "sensitive.hiv"),
        ("step 5 (line 29): chart_contain", "Chart"),
        ("step 5 (line 29): last_four", "seen \"3344\""),
        ("step 6 (line 33): files_at_most", "seen "),
        ("step 6 (line 33): plaintext_at_least", "seen 0"),
        ("step 6 (line 33): second_route", "shows no second_route"),
        ("step 6 (line 33): state", "seen \"unlocked\""),
    ] {
        let line = broken.iter().find(|line| line.starts_with(place)).unwrap_or_else(|| panic!("{place}: {broken:#?}"));
        assert!(what == "Chart" || line.contains(what), "{line}");
    }
    assert_eq!(broken.len(), 10, "{broken:#?}");
    assert!(printed.contains("10 of 12 expectations did not hold"), "{printed}");
}

#[test]
fn an_answer_that_nobody_expected_breaks_the_day_and_so_does_one_that_did_not_come() {
    let (broken, _) = played(&day_of("[[step]]\nunlock = { passcode = \"not the passcode\" }"));
    assert_eq!(broken, ["step 1 (line 13): the phone answered wrong_passcode"]);
    let (broken, _) = played(&day_of("[[step]]\nunlock = {}\nexpect = { error = \"wrong_passcode\" }"));
    assert_eq!(broken.len(), 1);
    let (broken, _) =
        played(&day_of("[[step]]\nunlock = { passcode = \"not the passcode\" }\nexpect = { error = \"blocked\" }"));
    assert!(broken[0].contains("seen \"wrong_passcode\""), "{broken:?}");
}

fn refused(text: &str) -> String {
    match Script::parse(text) {
        Err(Error::Usage(line)) => line,
        other => panic!("not refused: {:?}", other.map(|script| script.title)),
    }
}

#[test]
fn what_is_no_script_is_refused_with_its_line() {
    let head = "title = \"x\"\nstart = \"2026-03-03T09:00:00Z\"\n";
    let step = "[[step]]\nlock = {}\n";
    for (text, line) in [
        (format!("{head}colour = 1\n{step}"), "line 3"),
        (format!("{head}{step}expects = {{}}\n"), "line 5"),
        (format!("{head}{step}unlock = {{}}\n"), "line 3"),
        (format!("{head}[[step]]\nsays = \"nothing\"\n"), "line 3"),
        (format!("{head}[[step]]\nfly = {{}}\n"), "line 4"),
        (format!("{head}[[step]]\nassess = {{ text = \"a\", chanel = \"sms\" }}\n"), "line 4"),
        (format!("{head}[[step]]\nassess = {{ text = \"a\", channel = \"pigeon\" }}\n"), "line 4"),
        (format!("{head}[[step]]\nwait = \"5 minutes\"\n"), "line 4"),
        (format!("{head}[[step]]\nwait = \"99999999d\"\n"), "line 4"),
        (format!("{head}{step}expect = {{ verdicts = \"allow\" }}\n"), "line 5"),
        (format!("{head}{step}expect = {{ verdict = 1 }}\n"), "line 5"),
        (format!("{head}{step}expect = {{ tries_left = \"nine\" }}\n"), "line 5"),
        ("title = \"x\"\nstart = \"this morning\"\n".to_owned(), "line 2"),
        (format!("{head}[[step]\n"), "line 3"),
    ] {
        let said = refused(&text);
        assert!(said.starts_with(line), "{text}\n{said}");
    }
    assert!(refused("title = \"x\"\nstart = \"2026-03-03T09:00:00Z\"\n").contains("no [[step]]"));
    assert!(refused(&format!("{head}{}", step.repeat(day::MAX_STEPS + 1))).contains("1000 steps"));
}

#[test]
fn a_name_that_the_script_never_gave_stops_it_with_step_and_line() {
    for (step, what) in [
        ("assess = { patient = \"nobody\", text = \"Hello\" }", "no patient \"nobody\""),
        ("hand_off = { draft = \"none\" }", "no draft \"none\""),
        ("deliver = { name = \"none\" }", "no document \"none\""),
        ("restore_files = { name = \"none\" }", "no files"),
        ("keep_files = { name = \"../none\" }", "a name is letters"),
        ("turn_to = { name = \"Elsewhere\" }", "no institution"),
        ("wait = \"-5m\"", "nobody waits backwards"),
    ] {
        let mut printed = Vec::new();
        let error = day::run(&day_of(&format!("[[step]]\n{step}")), COST, None, &mut printed).unwrap_err();
        assert!(
            matches!(&error, Error::Usage(line) if line.starts_with("step 1 (line 13): ") && line.contains(what)),
            "{error}"
        );
    }
}

fn curtain(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_curtain")).current_dir(directory).args(arguments).output().unwrap()
}

#[test]
fn the_command_leaves_what_it_made_and_exits_0_1_or_2() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let export = "\n[[step]]\nexport = { patient = \"rivera\" }\n";
    std::fs::write(here.join("good.toml"), format!("{EXAMPLE}{export}")).unwrap();
    let wrong = "\n[[step]]\nlock = {}\nexpect = { state = \"erased\" }\n";
    std::fs::write(here.join("bad.toml"), format!("{EXAMPLE}{wrong}")).unwrap();
    std::fs::write(here.join("none.toml"), "title = 1").unwrap();

    let good = curtain(here, &["day", "good.toml", "--out", "left"]);
    assert_eq!(good.status.code(), Some(0), "{good:?}");
    for name in ["policy.json", "policy.jws", "export.age", "bundle.fhir.json", "chart.txt"] {
        assert!(here.join("left").join(name).is_file(), "{name}");
    }
    assert_eq!(curtain(here, &["day", "good.toml", "--out", "left"]).status.code(), Some(0), "over an earlier day");
    assert_eq!(curtain(here, &["day", "good.toml", "--out", "."]).status.code(), Some(2), "not over anything else");

    let bad = curtain(here, &["day", "bad.toml"]);
    assert_eq!(bad.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&bad.stdout).contains("seen \"locked\""));
    let error = String::from_utf8_lossy(&bad.stderr).into_owned();
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(!error.contains("Rivera") && !error.contains("Truvada"), "{error}");
    assert_eq!(curtain(here, &["day", "none.toml"]).status.code(), Some(2));
    assert_eq!(curtain(here, &["day", "missing.toml"]).status.code(), Some(1));
    std::fs::write(here.join("large.toml"), vec![b'#'; 300_000]).unwrap();
    assert_eq!(curtain(here, &["day", "large.toml"]).status.code(), Some(1));
}
