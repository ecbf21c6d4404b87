//! One key in a draft of 2,000 characters, through `screen::Screener` and `message::assess_live`.

use std::hint::black_box;

use curtain_core::message::{LiveScreen, assess_live};
use curtain_core::policy::{Pack, US_HIPAA};
use curtain_core::screen::{Screener, scan};

use crate::screening::{CLINICAL, DISGUISED, LOGISTICS, SPANISH, clinic, known, sms};
use crate::{Done, Table, Turns};

const CHARS: usize = 2000;

/// Two thousand characters of a kind; `flat` takes every mark and capital away, as some people type.
fn draft(lists: &[&[&str]], flat: bool) -> String {
    let sentences = (0..).flat_map(|at: usize| {
        lists.iter().filter_map(move |list| list.get((at * 5 + at / list.len()) % list.len())).copied()
    });
    let text = sentences.flat_map(|sentence| sentence.chars().chain([' ']));
    if flat {
        text.filter(|c| !c.is_ascii_punctuation()).flat_map(char::to_lowercase).take(CHARS).collect()
    } else {
        text.take(CHARS).collect()
    }
}

pub(crate) fn run(table: &mut Table) -> Done {
    let (names, clinic, pack, mut turns) = (known(), clinic(), Pack::builtin(US_HIPAA)?, Turns::watch());
    table.part(&format!("one key in a draft of {CHARS} characters"));
    let kinds: [(&str, &[&[&str]], bool); 6] = [
        ("logistics", &[LOGISTICS], false),
        ("clinical", &[CLINICAL], false),
        ("mixed", &[LOGISTICS, CLINICAL], false),
        ("Spanish", &[SPANISH], false),
        ("disguised and identifiers", &[DISGUISED], false),
        ("mixed, without a mark or a capital", &[LOGISTICS, CLINICAL], true),
    ];
    let mut all = Vec::new();
    for (kind, lists, flat) in kinds {
        let mut text = draft(lists, flat);
        let mut screener = Screener::new();
        screener.screen(&text, Some(&clinic), &names)?;
        let (mut times, mut whole) = (Vec::new(), Vec::new());
        for round in 0..3000usize {
            // A letter typed anywhere, then taken away again; every fourth at the end, where people type.
            let mut at = if round % 4 == 0 { text.len() } else { (round * 7919) % text.len() };
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            text.insert(at, if round % 3 == 0 { ' ' } else { 'e' });
            let (time, result) = turns.timed(|| screener.screen(black_box(&text), Some(&clinic), &names));
            times.extend(time);
            if round % 100 == 0 {
                let (time, scanned) = turns.timed(|| scan(black_box(&text), Some(&clinic), &names));
                whole.extend(time);
                if scanned? != result? {
                    return Err("the screener and the scan disagree".into());
                }
            }
            text.remove(at);
            let (time, result) = turns.timed(|| screener.screen(black_box(&text), Some(&clinic), &names));
            result?;
            times.extend(time);
        }
        all.extend_from_slice(&times);
        table.row(&format!("key, {kind}"), times);
        table.row(&format!("full scan of the same, {kind}"), whole);
    }
    table.row("key, all kinds", all);
    let (mut text, mut screener, mut times) = (draft(&[LOGISTICS, CLINICAL], false), LiveScreen::new(), Vec::new());
    for _ in 0..200 {
        text.push('e');
        let input = sms(black_box(&text), &pack, &clinic, &names);
        let (time, result) = turns.timed(|| assess_live(&input, &mut screener));
        result?;
        times.extend(time);
    }
    table.row("assess for SMS, one key, mixed", times);
    Ok(())
}
