//! T8: each kind of operation, with the n-th file call failing, for every n until none fires: an I/O error, no space, a write that
//! stops half way, a reading call that fails; once, and from there on.
//!
//! The keystore answers throughout. Whatever the operation says, it says in a typed error; a reopened phone then holds the state
//! before or after it, and the state after if it was acknowledged. Damage is an answer only where SQLite could not read. Half the cases go on in the same process first, which
//! must lock and unlock again once the medium is well.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use curtain_core::error::CurtainError;

use crate::day::{Day, Failed, observe};
use crate::model::{Model, Op, Stand, difference};
use crate::replay::told;
use crate::shim::{self, How};
use crate::ward::{Dice, Done, Place, TestClock, copy_tree};
use crate::workload::{Known, keys_of, ops};
use crate::{Tally, say, seed};

/// A moment of the workload: the files as they are, and what comes next.
pub(crate) struct Moment {
    pub(crate) place: Place,
    pub(crate) model: Model,
    pub(crate) op: Op,
}

/// The last moment of the workload before each kind of operation; `Days` and the unlock after it stand for the purge.
pub(crate) fn moments(root: &Path) -> Done<Vec<Moment>> {
    let place = Place::new(&root.join("moments").join("live"))?;
    std::fs::create_dir_all(place.files())?;
    let begun = Day::begin(&place, TestClock::at(0, false));
    let mut day = begun.map_err(|error| format!("{error:?}"))?;
    let mut model = Model::default();
    let mut found: BTreeMap<String, Moment> = BTreeMap::new();
    let mut purging = false;
    for (number, op) in ops().into_iter().enumerate() {
        let kind = format!("{op:?}").split('(').next().unwrap_or_default().to_owned();
        let kind = if purging { "Purge".to_owned() } else { kind };
        let copy = Place::new(&root.join("moments").join(number.to_string()))?;
        copy_tree(&place.root, &copy.root)?;
        if let Some(earlier) = found.insert(kind, Moment { place: copy, model: model.clone(), op }) {
            std::fs::remove_dir_all(&earlier.place.root)?;
        }
        day.run(&model, op).map_err(|error| format!("{op:?}: {error:?}"))?;
        model.apply(op);
        purging = matches!(op, Op::Days(_));
    }
    Ok(found.into_values().collect())
}

/// Every `stride`-th call on average; 1: every one.
pub(crate) fn faults(root: &Path, stride: u64) -> Done<Tally> {
    let moments = moments(root)?;
    let mut tally = Tally::default();
    let mut said: BTreeMap<String, u64> = BTreeMap::new();
    let mut dice = Dice(seed());
    for moment in &moments {
        for how in How::ALL {
            for for_good in [false, true] {
                let mut n = if stride > 1 { dice.below(stride) } else { 0 };
                loop {
                    let last = if for_good { 1 << 40 } else { n };
                    let same_process = n % 2 == 1;
                    let case = || one(root, moment, how, (n, last), same_process);
                    let result = catch_unwind(AssertUnwindSafe(case)).unwrap_or_else(|_| Err("a panic".to_owned()));
                    shim::heal();
                    match result {
                        Ok((met, words)) => {
                            if !met {
                                break;
                            }
                            tally.passed += 1;
                            *said.entry(words).or_default() += 1;
                        }
                        Err(why) => {
                            tally.failed += 1;
                            if tally.failed <= 30 {
                                say(&format!(
                                    "{:?} {how:?} at call {n}, for good {for_good}, same process {same_process}: {why}",
                                    moment.op
                                ))?;
                            }
                            if tally.failed > 300 || n > 2_000 {
                                break;
                            }
                        }
                    }
                    n += if stride > 1 { 1 + dice.below(2 * stride - 1) } else { 1 };
                }
            }
        }
    }
    for (words, count) in said {
        say(&format!("  {count:6} times the answer was {words}"))?;
    }
    Ok(tally)
}

/// One fault; whether it was met, and what the operation said.
fn one(
    root: &Path,
    moment: &Moment,
    how: How,
    calls: (u64, u64),
    same_process: bool,
) -> Result<(bool, String), String> {
    let place = Place { root: root.join("fault") };
    drop(std::fs::remove_dir_all(&place.root));
    copy_tree(&moment.place.root, &place.root).map_err(|error| error.to_string())?;
    let model = &moment.model;
    let clock = TestClock::at(model.passed_ms, false);
    let mut day = Day::begin(&place, clock.clone()).map_err(|error| format!("before: {error:?}"))?;
    if let Some(w) = model.open {
        let mut closed = model.clone();
        closed.open = None;
        day.run(&closed, Op::Unlock(w)).map_err(|error| format!("before: {error:?}"))?;
    }
    // The model's operation begins here, after what the unlock took.
    let mut model = model.clone();
    model.passed_ms = clock.passed_ms();
    let mut after = model.clone();
    after.apply(moment.op);
    shim::fail(how, calls.0, calls.1);
    let answer = day.run(&model, moment.op);
    let met = shim::heal();
    let words = match &answer {
        Ok(()) => "ok".to_owned(),
        Err(Failed::Curtain(error)) => format!("{error:?}"),
        Err(Failed::Core(error)) => format!("core {error:?}"),
        Err(Failed::Other(text)) => text.clone(),
    };
    if !met {
        return if answer.is_ok() { Ok((false, words)) } else { Err(format!("no fault, but {words}")) };
    }
    let fine = match &answer {
        Ok(()) | Err(Failed::Curtain(CurtainError::NoSpace | CurtainError::Internal { code: 1 })) => true,
        // SQLite takes a read that ends with EIO for a corrupt file system, and says so; nothing is set aside for it.
        Err(Failed::Curtain(CurtainError::Damaged)) => how == How::Read,
        _ => false,
    };
    if !fine {
        return Err(format!("the answer was {words}"));
    }
    let done = answer.is_ok();
    if same_process && after.places[0].stand == Stand::Enrolled {
        let mut closed = after.clone();
        day.run(&closed, Op::Lock)
            .or_else(|error| if model.open.is_none() { Ok(()) } else { Err(error) })
            .map_err(told)?;
        closed.open = None;
        let again = day.run(&closed, Op::Unlock(0));
        // The passcode may still be the one before.
        again.or_else(|_| day.run(&Model { open: None, ..model.clone() }, Op::Unlock(0))).map_err(told)?;
    }
    drop(day);
    let (before, then) = (Known::of(&model), Known::of(&after));
    let keys = keys_of(&[Some(&then), Some(&before)]);
    let seen = observe(&place, TestClock::at(after.passed_ms + 30_000, false), [&keys[0], &keys[1]]).map_err(told)?;
    let expected = || then.renders.iter().chain(before.renders.iter().filter(|_| !done));
    if expected().any(|text| *text == seen) {
        return Ok((met, words));
    }
    let nearest = expected().map(|text| difference(&seen, text)).min_by_key(String::len).unwrap_or_default();
    Err(format!("said {words}; holds something else\n{nearest}"))
}
