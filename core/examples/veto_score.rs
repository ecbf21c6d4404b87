//! scratch
use curtain_core::screen::{Class, NameIndex, Standing, scan};
use std::collections::BTreeMap;
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let want = args.first().cloned().unwrap_or_default(); // label to list misses of, or ""
    let mut n: BTreeMap<(String, &'static str), (usize, usize, usize)> = BTreeMap::new();
    let mut rules: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    let mut micros = Vec::new();
    for f in &args[1..] {
        let lang = if f.contains("/es/") || f.ends_with("es.jsonl") {
            "es"
        } else if f.contains("/dev/") {
            "dev"
        } else {
            "en"
        };
        let Ok(s) = std::fs::read_to_string(f) else { continue };
        for l in s.lines() {
            let v: serde_json::Value = serde_json::from_str(l).unwrap();
            let (text, label) = (v["text"].as_str().unwrap(), v["label"].as_str().unwrap());
            let folder = if f.contains("/evasion/") { "evasion" } else { "" };
            if std::env::var_os("VETO").is_some() {
                eprintln!("    RULE ---");
            }
            let t = std::time::Instant::now();
            let r = scan(text, None, &NameIndex::default()).unwrap();
            micros.push((t.elapsed().as_nanos() as f64 / 1000.0, text.len()));
            let sens = |c: Class| c.name().starts_with("sensitive.");
            let told = |c: Class| c.name().starts_with("clinical.") || sens(c) || c.name().starts_with("pattern.");
            let soft = |c: Class| {
                matches!(
                    c,
                    Class::ClinicalMedication
                        | Class::ClinicalTestName
                        | Class::ClinicalProcedure
                        | Class::ClinicalSpecialty
                        | Class::SensitiveProvider
                )
            };
            let stated = r
                .findings
                .iter()
                .any(|f| f.standing == Standing::Stated && told(f.class) && f.class != Class::ClinicalSpecialty);
            let hard = r.findings.iter().any(|f| f.standing == Standing::Stated && told(f.class) && !soft(f.class));
            let s = r.findings.iter().any(|f| sens(f.class));
            let called = r.findings.iter().any(|f| {
                f.standing == Standing::Stated
                    && (f.class.name().starts_with("clinical.") && f.class != Class::ClinicalSpecialty || sens(f.class))
            });
            let (hit, hit2, good): (bool, bool, bool) = match label {
                "clinical" => (stated, hard, stated),
                "sensitive" => (s, hard, s),
                "logistics" => (hard || stated, hard, !stated),
                "not_clinical" => (called, hard, !called),
                "identifier" => (stated, hard, true),
                _ => (stated, hard, true),
            };
            let e = n
                .entry((
                    format!("{lang}{}", if folder.is_empty() { "" } else { "-evasion" }),
                    match label {
                        "clinical" => "clinical",
                        "sensitive" => "sensitive",
                        "logistics" => "logistics",
                        "not_clinical" => "not_clinical",
                        "identifier" => "identifier",
                        _ => "grey",
                    },
                ))
                .or_default();
            e.0 += 1;
            e.1 += usize::from(hit);
            e.2 += usize::from(hit2);
            for f in r.findings.iter().filter(|f| told(f.class) && f.standing == Standing::Stated) {
                let i = match label {
                    "clinical" => 0,
                    "sensitive" => 1,
                    "logistics" => 2,
                    "not_clinical" => 3,
                    _ => continue,
                };
                rules.entry(f.rule.to_owned()).or_default()[i] += 1;
            }
            if want == label && !good
                || want == format!("hard-{label}") && (hard == (label != "clinical" && label != "sensitive"))
                || want == format!("all-{label}")
            {
                let fs: Vec<String> = r
                    .findings
                    .iter()
                    .filter(|f| told(f.class))
                    .map(|f| {
                        format!(
                            "{}/{}{}:{}",
                            f.class.name(),
                            f.rule,
                            if f.standing == Standing::Stated { "" } else { "~" },
                            &text[f.span.start as usize..f.span.end as usize]
                        )
                    })
                    .collect();
                println!("{} | {}", text, fs.join("; "));
            }
        }
    }
    if want == "rules" {
        for (k, v) in &rules {
            println!("{k:40} clin {:5} sens {:5} logi {:4} chat {:4}", v[0], v[1], v[2], v[3]);
        }
    }
    for ((l, k), (a, b, c)) in &n {
        eprintln!(
            "{l:10} {k:13} n {a:5}  hit {b:5} {:6.2}%  hard {c:5} {:6.2}%",
            100.0 * *b as f64 / *a as f64,
            100.0 * *c as f64 / *a as f64
        );
    }
    micros.sort_by(|a, b| a.0.total_cmp(&b.0));
    if let Some(m) = micros.get(micros.len() * 99 / 100) {
        eprintln!("p50 {:.0} us p99 {:.0} us ({} bytes)", micros[micros.len() / 2].0, m.0, m.1);
    }
}
