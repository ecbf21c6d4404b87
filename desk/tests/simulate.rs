//! `curtain policy simulate` as a program: what flips, counted by verdict and label, and what is refused.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Command, Output};

const HIV: &str = "Your HIV test is positive, call me.";
const READY: &str = "Your prescription is ready.";
const REMINDER: &str = "Just a reminder: your appointment is tomorrow at 2 pm at the main clinic.";

fn simulate(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_curtain"));
    command.args(["policy", "simulate"]).args(args).env_remove("CLICOLOR_FORCE").env_remove("COLORTERM");
    command.output().unwrap()
}

fn out(args: &[&str]) -> String {
    let output = simulate(args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

struct Rows {
    directory: tempfile::TempDir,
}

impl Rows {
    fn new() -> Rows {
        let rows = Rows { directory: tempfile::tempdir().unwrap() };
        let lines = [
            json!({"id": "a", "label": "logistics", "text": READY}),
            json!({"id": 2, "label": "logistics", "text": REMINDER}),
            json!({"id": "c", "label": "sensitive", "text": HIV}),
            json!({"text": READY}),
        ];
        rows.write("rows.jsonl", &lines.map(|line| line.to_string()).join("\n"));
        rows
    }

    fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.directory.path().join(name), text).unwrap();
        self.path(name)
    }

    fn path(&self, name: &str) -> String {
        let path: PathBuf = self.directory.path().join(name);
        path.to_str().unwrap().to_owned()
    }
}

#[test]
fn a_stricter_policy_stops_what_went_and_says_which() {
    let rows = Rows::new();
    let path = rows.path("rows.jsonl");
    let said: Value =
        serde_json::from_str(&out(&["--from", "us-hipaa", "--to", "strict", "--format", "json", "--ids", &path]))
            .unwrap();
    assert_eq!((&said["from"]["id"], &said["to"]["id"]), (&json!("us-hipaa"), &json!("strict")));
    let counts = ["texts", "flipped", "newly_stopped", "newly_open"].map(|name| said[name].as_u64().unwrap());
    assert_eq!(counts, [4, 3, 3, 0], "{said}");
    let flip = &said["flips"][0];
    assert_eq!((&flip["from"], &flip["to"]), (&json!("allow_and_document"), &json!("block")));
    assert_eq!(flip["labels"], json!({"logistics": 2, "unlabelled": 1}));
    assert_eq!(flip["ids"], json!(["a", 2, format!("{path}:4")]));
    let back: Value =
        serde_json::from_str(&out(&["--from", "strict", "--to", "us-hipaa", "--format", "json", &path])).unwrap();
    assert_eq!((&back["newly_stopped"], &back["newly_open"]), (&json!(0), &json!(3)));
    assert_eq!(back["flips"][0].get("ids"), None, "ids only if asked for");
}

#[test]
fn the_table_counts_and_never_shows_a_text() {
    let rows = Rows::new();
    let path = rows.path("rows.jsonl");
    let table = out(&["--from", "us-hipaa", "--to", "strict", "--ids", &path, &path]);
    assert!(table.contains("8 texts, 6 verdicts flip (75.0 %): 6 newly stopped, 0 newly open"), "{table}");
    assert!(table.contains("allow_and_document") && table.contains("logistics 4, unlabelled 2"), "{table}");
    assert!(table.contains("\"a\", 2") && !table.contains("prescription"), "{table}");
    let same = out(&["--from", "us-hipaa", "--to", "us-hipaa", &path]);
    assert!(same.contains("0 verdicts flip") && !same.contains("from  "), "{same}");
}

#[test]
fn a_changed_cell_of_a_pack_file_flips_its_texts_alone() {
    let rows = Rows::new();
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let text = std::fs::read_to_string(source.join("core/src/policy/packs/us-hipaa.json")).unwrap();
    let mut pack: Value = serde_json::from_str(&text).unwrap();
    // A reminder is no longer one of the pack's own examples, and goes nowhere by SMS.
    pack["channels"]["sms"]["status"] = json!("off");
    pack["cases"].as_array_mut().unwrap().retain(|case| case["channel"] != "sms");
    let stricter = rows.write("stricter.json", &pack.to_string());
    let path = rows.path("rows.jsonl");
    let args = ["--from", "us-hipaa", "--to", &stricter, "--format", "json", &path];
    let said: Value = serde_json::from_str(&out(&args)).unwrap();
    assert_eq!(said["newly_stopped"], 3, "{said}");
    let args = ["--from", "us-hipaa", "--to", &stricter, "--channel", "portal", "--format", "json", &path];
    assert_eq!(serde_json::from_str::<Value>(&out(&args)).unwrap()["flipped"], 0);
}

#[test]
fn what_cannot_be_simulated_is_one_line_and_an_exit_code() {
    let rows = Rows::new();
    let path = rows.path("rows.jsonl");
    let bad = rows.write("bad.jsonl", "{\"text\": \"Thank you.\"}\n{\"text\": \"Marguerite\", \"label\": \"other\"}");
    let pack = rows.write("pack.json", "{\"Marguerite\": 1}");
    for (args, code) in [
        (vec!["--from", "us-hipaa", "--to", "strict", &bad], 2),
        (vec!["--from", "us-hipaa", "--to", "strict", "no-such-file"], 1),
        (vec!["--from", "us-hipaa", "--to", "no-such-pack", &path], 1),
        (vec!["--from", &pack, "--to", "strict", &path], 1),
    ] {
        let output = simulate(&args);
        let line = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{line}");
        assert!(line.lines().count() == 1 && line.starts_with("curtain: ") && !line.contains("Marguerite"), "{line}");
    }
    assert_eq!(simulate(&["--from", "us-hipaa", &path]).status.code(), Some(2));
    let help = String::from_utf8(simulate(&["--help"]).stdout).unwrap();
    assert!(help.contains("Examples:") && help.lines().all(|line| line.chars().count() <= 110), "{help}");
}
