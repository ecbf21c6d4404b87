//! Kill -9 of a real process. Each child is this program again, under the shim, on the same phone:
//!
//! - [`kills`]: one phone lives on through N kills, at a random file call of the child (the keystore's too), every fourth at a
//!   random time. After each a new process finds what was acknowledged, or that and the operation under way.
//! - [`cuts`]: wipe, shred, purge and a new passcode, each killed at every file call in turn, then again at a random one, and
//!   again; then left to end. They end as promised, with one key of each kind left, or none.
//!
//! What a child acknowledges it writes to a file outside of the phone, which no kill takes back.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::day::{Day, observe};
use crate::faults::moments;
use crate::model::{Model, Op, Stand, difference};
use crate::replay::told;
use crate::shim;
use crate::ward::{Dice, Done, Place, TestClock, copy_tree};
use crate::workload::{Known, keys_of};
use crate::{Tally, say, seed};

/// What a child is to do.
#[derive(Serialize, Deserialize)]
struct Plan {
    model: Model,
    ops: Vec<Op>,
    /// The shim kills at this call, counted from before this operation.
    kill: Option<(usize, u64)>,
}

/// How a child ended.
struct Ended {
    begun: usize,
    acked: usize,
    killed: bool,
}

/// The child: `child DIR` does the plan of DIR/plan.json on DIR/phone.
pub(crate) fn child(root: &Path) -> Done {
    let plan: Plan = serde_json::from_slice(&std::fs::read(outside(root).join("plan.json"))?)?;
    let acks = outside(root).join("acks");
    // Appended, byte by byte: a kill may fall between any two calls.
    let mut acks = std::fs::OpenOptions::new().append(true).open(acks)?;
    let place = Place { root: root.join("phone") };
    if let Some((0, n)) = plan.kill {
        shim::kill_at(n);
    }
    let mut day =
        Day::begin(&place, TestClock::at(plan.model.passed_ms, false)).map_err(|error| format!("{error:?}"))?;
    let mut model = plan.model;
    for (number, op) in plan.ops.into_iter().enumerate() {
        if let Some((_, n)) = plan.kill.filter(|(at, _)| *at == number && number > 0) {
            shim::kill_at(n);
        }
        acks.write_all(b"b")?;
        day.run(&model, op).map_err(|error| format!("{op:?}: {error:?}"))?;
        acks.write_all(b"a")?;
        model.apply(op);
    }
    Ok(())
}

/// Beside the watched directory: what the harness itself writes.
fn outside(root: &Path) -> std::path::PathBuf {
    let mode = root.file_name().unwrap_or_default();
    root.ancestors().nth(2).unwrap_or(root).join("told").join(mode)
}

fn live(root: &Path, plan: &Plan, after: Option<Duration>) -> Done<Ended> {
    let told = outside(root);
    std::fs::create_dir_all(&told)?;
    std::fs::write(told.join("plan.json"), serde_json::to_vec(plan)?)?;
    std::fs::write(told.join("acks"), "")?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["child".as_ref(), root.as_os_str()])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    if let Some(after) = after {
        std::thread::sleep(after);
        child.kill()?;
    }
    let output = child.wait_with_output()?;
    if !output.status.success() && output.status.code().is_some() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let acks = std::fs::read_to_string(told.join("acks"))?;
    let count = |letter| acks.chars().filter(|c| *c == letter).count();
    Ok(Ended { begun: count('b'), acked: count('a'), killed: output.status.code().is_none() })
}

/// The model that matches what the phone holds: with the acknowledged operations, or with one more.
fn found(place: &Place, model: &Model, ops: &[Op], ended: &Ended, later_ms: u64) -> Result<Model, String> {
    let mut states = vec![model.clone()];
    for op in &ops[..ended.begun] {
        let mut next = states[states.len() - 1].clone();
        next.apply(*op);
        states.push(next);
    }
    let passed_ms = states[states.len() - 1].passed_ms + later_ms;
    let known: Vec<Known> = states[ended.acked..].iter().map(Known::of).collect();
    let keys = keys_of(&known.iter().map(Some).collect::<Vec<_>>());
    let seen = observe(place, TestClock::at(passed_ms, false), [&keys[0], &keys[1]]).map_err(told)?;
    let matching = known.iter().position(|known| known.renders.contains(&seen));
    let Some(at) = matching else {
        let nearest = known.iter().flat_map(|k| &k.renders).map(|text| difference(&seen, text)).min_by_key(String::len);
        return Err(format!("holds something else\n{}", nearest.unwrap_or_default()));
    };
    let mut state = states[ended.acked + at].clone();
    state.restarted(passed_ms, &seen);
    Ok(state)
}

/// Kills until there were `count`.
pub(crate) fn kills(root: &Path, count: u64) -> Done<Tally> {
    let place = Place::new(&root.join("phone"))?;
    std::fs::create_dir_all(place.files())?;
    let mut model = Model::default();
    let first = vec![Op::Enrol(0), Op::Policy(0), Op::Unlock(0), Op::Person(0), Op::Note(0, 0)];
    let ended = live(root, &Plan { model: model.clone(), ops: first.clone(), kill: None }, None)?;
    model = found(&place, &model, &first, &ended, 1_000)?;
    let (mut tally, mut dice, mut acked, mut quiet) = (Tally::default(), Dice(seed()), 0, 0u64);
    while tally.passed + tally.failed < count {
        let mut ops = Vec::new();
        let mut ahead = model.clone();
        while ops.len() < 14 {
            if let Some(op) = ahead.propose(&mut dice) {
                ahead.apply(op);
                ops.push(op);
            }
        }
        let by_time = dice.below(4) == 0;
        let kill = if by_time { None } else { Some((0, dice.below(350))) };
        let after = by_time.then(|| Duration::from_millis(3 + dice.below(120)));
        let ended = live(root, &Plan { model: model.clone(), ops: ops.clone(), kill }, after)
            .map_err(|error| format!("{error} in {ops:?}"))?;
        acked += ended.acked as u64;
        match found(&place, &model, &ops, &ended, 10_000) {
            Ok(next) => model = next,
            Err(why) => {
                say(&format!("kill {} after {} of {ops:?}: {why}", tally.passed, ended.acked))?;
                tally.failed += 1;
                return Ok(tally);
            }
        }
        if ended.killed { tally.passed += 1 } else { quiet += 1 }
    }
    say(&format!("kills: {acked} operations acknowledged, 0 lost; {quiet} children ended before their kill"))?;
    Ok(tally)
}

/// The keystore's keys of a workspace by kind.
fn keys_left(place: &Place) -> Done<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(place.keys())? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let kind = name.split('.').nth(1).unwrap_or_default();
        // What a cut of the software keystore itself leaves is no key.
        if kind != "new" {
            names.push(kind.split('-').next().unwrap_or_default().to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Every `stride`-th call on average; 1: every one.
pub(crate) fn cuts(root: &Path, stride: u64) -> Done<Tally> {
    let moments = moments(root)?;
    let place = Place::new(&root.join("phone"))?;
    let (mut tally, mut dice) = (Tally::default(), Dice(seed()));
    for moment in &moments {
        let purge = moment.model.open.is_none() && matches!(moment.op, Op::Unlock(0)) && moment.model.purges();
        if !purge && !matches!(moment.op, Op::Wipe(_) | Op::Shred(_) | Op::Passcode | Op::Acknowledge(_)) {
            continue;
        }
        let mut n = if stride > 1 { dice.below(stride) } else { 0 };
        loop {
            drop(std::fs::remove_dir_all(&place.root));
            copy_tree(&moment.place.root, &place.root)?;
            match one_cut(root, &place, &moment.model, moment.op, n, &mut dice) {
                Ok(false) => break,
                Ok(true) => tally.passed += 1,
                Err(why) => {
                    tally.failed += 1;
                    say(&format!("{:?} cut at call {n}: {why}", moment.op))?;
                    if tally.failed > 30 {
                        return Ok(tally);
                    }
                }
            }
            n += if stride > 1 { 1 + dice.below(2 * stride - 1) } else { 1 };
        }
        say(&format!("  {:?}: {n} calls", moment.op))?;
    }
    Ok(tally)
}

/// One operation, cut three times; whether the first cut was met.
fn one_cut(root: &Path, place: &Place, start: &Model, op: Op, n: u64, dice: &mut Dice) -> Result<bool, String> {
    let other = |error: Box<dyn std::error::Error>| error.to_string();
    let mut model = Model { open: None, ..start.clone() };
    // The copy was made in the middle of a session: the state is the model's.
    let mut done = false;
    for round in 0..3 {
        // Whoever needs a session unlocks first; what is done already is left to finish by itself.
        let mut ops: Vec<Op> = start.open.iter().map(|w| Op::Unlock(*w)).collect();
        if model.places.iter().all(|place| place.stand != Stand::Enrolled) {
            ops.clear();
        }
        if !done {
            ops.push(op);
        }
        let kill = match round {
            0 => (ops.len().saturating_sub(1), n),
            _ => (0, dice.below(60)),
        };
        let plan = Plan { model: model.clone(), ops: ops.clone(), kill: Some(kill) };
        let ended = live(root, &plan, None).map_err(other)?;
        if round == 0 && !ended.killed {
            return Ok(false);
        }
        // Looked at on a copy: the next process must find it as the kill left it.
        let copy = Place { root: root.join("copy") };
        drop(std::fs::remove_dir_all(&copy.root));
        copy_tree(&place.root, &copy.root).map_err(other)?;
        let next = found(&copy, &model, &ops, &ended, 5_000)?;
        let mut after = model.clone();
        ops.iter().for_each(|op| after.apply(*op));
        // The look itself may have purged what was due.
        let seen = next.render();
        let reached = after.renders().contains(&seen);
        if ended.acked == ops.len() && !reached {
            return Err("acknowledged, and not done".into());
        }
        // An unlock, which purges, is what is repeated anyway.
        done = done || reached && !matches!(op, Op::Unlock(_)) && !model.renders().contains(&seen);
        model = next;
    }
    let mut ops: Vec<Op> = start.open.iter().map(|w| Op::Unlock(*w)).collect();
    if !done {
        ops.push(op);
    }
    let ended = live(root, &Plan { model: model.clone(), ops: ops.clone(), kill: None }, None).map_err(other)?;
    model = found(place, &model, &ops, &ended, 5_000)?;
    // One more start, for what only a start finishes.
    model = found(place, &model, &[], &Ended { begun: 0, acked: 0, killed: false }, 5_000)?;
    let mut expected: Vec<&str> = Vec::new();
    for place in &model.places {
        match place.stand {
            Stand::Absent => {}
            Stand::Erased => expected.extend(["anchor", "sign"]),
            Stand::Enrolled => expected.extend(["anchor", "epoch", "pepper", "sign"]),
        }
    }
    expected.sort_unstable();
    let mut left = keys_left(place).map_err(other)?;
    // Biometrics may be on.
    left.retain(|kind| kind != "biometry");
    // A cut put leaves the key that the next one would have taken; an erased workspace puts no more, and takes it along at the end.
    let spare = left.iter().filter(|kind| *kind == "anchor").count()
        > expected.iter().filter(|kind| **kind == "anchor").count();
    if spare && model.places.iter().any(|place| place.stand == Stand::Erased) {
        expected.insert(0, "anchor");
    }
    if left == expected { Ok(true) } else { Err(format!("keys left: {left:?}, expected {expected:?}")) }
}
