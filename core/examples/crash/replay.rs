//! T12: every cut of the recorded workload, with every tear and legal reordering that [`crate::disk`] allows: all of them while
//! few changes are pending; else everything kept, nothing kept, names without contents and the reverse, each change missing
//! alone, each there alone, each prefix of each directory's, torn last writes, and random subsets.
//!
//! Each image is opened by a new Curtain after a restart of the phone: it must hold what the last acknowledged operation left, or
//! what the operation under way would leave, in every workspace, with the right passcode; an older passcode opens nothing.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::mpsc;

use curtain_core::error::{CurtainError, PANICKED};

use crate::day::{Failed, observe};
use crate::disk::{Choice, Disk, Tree, put, read_log};
use crate::model::difference;
use crate::ward::{Dice, Done, Place, TestClock};
use crate::workload::{Known, Recording, keys_of};
use crate::{Tally, say};

/// Up to so many combinations are exhausted.
const EXHAUSTED: usize = 64;
/// Random subsets where there are more.
const RANDOM: usize = 6;

/// An image and what may be found in it.
struct Case {
    title: String,
    tree: Tree,
    /// Operations acknowledged; another one may be under way.
    acked: usize,
    under_way: bool,
    twice: bool,
}

/// The choices of a moment.
fn choices(disk: &Disk, dice: &mut Dice) -> Vec<Choice> {
    let (data, names) = disk.pending();
    let whole = |kept: bool| vec![kept; data];
    let all_names = || names.clone();
    let mut found = vec![Choice { data: whole(true), names: all_names(), tear: None }];
    let count =
        names.iter().try_fold(1usize.checked_shl(u32::try_from(data).unwrap_or(99)).unwrap_or(0), |product, n| {
            product.checked_mul(n + 1)
        });
    if data < 7 && count.is_some_and(|count| count <= EXHAUSTED) {
        for bits in 0..1usize << data {
            let kept: Vec<bool> = (0..data).map(|at| bits >> at & 1 == 1).collect();
            let mut lengths = vec![0; names.len()];
            loop {
                found.push(Choice { data: kept.clone(), names: lengths.clone(), tear: None });
                // The next combination of prefixes, as an odometer counts.
                let Some(at) = (0..names.len()).find(|at| lengths[*at] < names[*at]) else { break };
                lengths[..at].fill(0);
                lengths[at] += 1;
            }
        }
    } else {
        found.push(Choice { data: whole(false), names: vec![0; names.len()], tear: None });
        found.push(Choice { data: whole(false), names: all_names(), tear: None });
        found.push(Choice { data: whole(true), names: vec![0; names.len()], tear: None });
        for at in 0..data {
            for kept in [true, false] {
                let mut one = whole(!kept);
                one[at] = kept;
                found.push(Choice { data: one, names: all_names(), tear: None });
            }
        }
        for (dir, count) in names.iter().enumerate() {
            for length in 0..*count {
                let mut prefix = all_names();
                prefix[dir] = length;
                found.push(Choice { data: whole(true), names: prefix, tear: None });
            }
        }
        for _ in 0..RANDOM {
            let lengths = names.iter().map(|n| usize::try_from(dice.below(*n as u64 + 1)).unwrap_or(0)).collect();
            found.push(Choice { data: (0..data).map(|_| dice.below(2) == 1).collect(), names: lengths, tear: None });
        }
    }
    if let Some((at, sectors)) = disk.last_write()
        && sectors > 1
    {
        let bound = sectors.min(63);
        for tear in [1, (1u64 << (bound - 1)) - 1, dice.roll(), 1u64 << dice.below(bound as u64)] {
            let mut kept = whole(true);
            kept[at] = true;
            found.push(Choice { data: kept, names: all_names(), tear: Some(tear) });
            found.push(Choice { data: whole(false), names: all_names(), tear: Some(tear) });
        }
    }
    let mut seen = HashSet::new();
    found.retain(|choice| seen.insert(choice.clone()));
    found
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Checks about `budget` images, spread evenly over all that there are; 0: all.
pub(crate) fn replay(root: &Path, images: &Path, budget: u64, seed: u64) -> Done<Tally> {
    let recording = Recording::at(root)?;
    let events = read_log(&recording.log)?;
    let known: Vec<Known> = serde_json::from_slice(&std::fs::read(&recording.known)?)?;
    let mut total = 0u64;
    walk(&recording, &events, seed, |_, found, _, _| {
        total += found.len() as u64;
        Ok(())
    })?;
    let calls = events.iter().filter(|event| event.kind != b'k').count();
    let (send, receive) = mpsc::sync_channel::<Case>(64);
    let receive = Mutex::new(receive);
    let (checked, failed, stop) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let reports = Mutex::new(Vec::new());
    let made = std::thread::scope(|scope| {
        for worker in 0..2 {
            let (known, receive, checked, failed, reports, stop) =
                (&known, &receive, &checked, &failed, &reports, &stop);
            scope.spawn(move || {
                let next = || receive.lock().ok().and_then(|receive| receive.recv().ok());
                while let Some(case) = next() {
                    let place = images.join(format!("image-{worker}"));
                    let judged = catch_unwind(AssertUnwindSafe(|| check(known, &case, &place)));
                    let judged = judged.unwrap_or_else(|_| Err("a panic".to_owned()));
                    checked.fetch_add(1, SeqCst);
                    if let Err(why) = judged {
                        let kept = images.join(format!("failed-{}", failed.fetch_add(1, SeqCst)));
                        if failed.load(SeqCst) <= 20 {
                            drop(put(&case.tree, &kept));
                        } else {
                            stop.store(true, SeqCst);
                        }
                        if let Ok(mut reports) = reports.lock() {
                            reports.push(format!("{}: {why}", case.title));
                        }
                    }
                }
            });
        }
        let (mut dice, mut seen) = (Dice(seed ^ 0xC0FFEE), HashSet::new());
        let made = walk(&recording, &events, seed, |disk, found, at, (acked, under_way)| {
            for choice in found {
                if stop.load(SeqCst) || budget > 0 && dice.below(total) >= budget {
                    continue;
                }
                let tree = disk.image(choice)?;
                if !seen.insert(hash(&(&tree, acked, under_way))) {
                    continue;
                }
                let (all, of) = (choice.data.len(), choice.data.iter().filter(|kept| **kept).count());
                let title = format!(
                    "call {at} ({}), {acked} acknowledged, under way {under_way}, {of} of {all} writes, names {:?} of {:?}, tear {:?}",
                    events[at].name(),
                    choice.names,
                    disk.pending().1,
                    choice.tear
                );
                send.send(Case { title, tree, acked, under_way, twice: dice.below(8) == 0 })?;
            }
            Ok(())
        });
        drop(send);
        made
    });
    made?;
    let (checked, failed) = (checked.load(SeqCst), failed.load(SeqCst));
    for report in reports.lock().map_err(|_| "a worker panicked")?.iter().take(20) {
        say(report)?;
    }
    say(&format!("replay: {calls} calls, {total} cuts, tears and reorderings, {checked} different images checked"))?;
    Ok(Tally { passed: checked - failed, failed })
}

/// Visits every moment of the log with its choices.
fn walk(
    recording: &Recording,
    events: &[crate::disk::Event],
    seed: u64,
    mut visit: impl FnMut(&Disk, &[Choice], usize, (usize, bool)) -> Done,
) -> Done {
    let mut disk = Disk::new(&recording.place.root);
    let (mut acked, mut under_way) = (0, false);
    for (at, event) in events.iter().enumerate() {
        if let Some(mark) = event.mark() {
            (acked, under_way) = (mark / 2, mark % 2 == 1);
        }
        disk.apply(event).map_err(|error| format!("call {at} {}: {error}", event.name()))?;
        visit(&disk, &choices(&disk, &mut Dice(seed.wrapping_add(at as u64))), at, (acked, under_way))?;
    }
    Ok(())
}

/// Whether an error says that something broke inside.
pub(crate) fn told(error: Failed) -> String {
    match error {
        Failed::Curtain(CurtainError::Internal { code: PANICKED }) => "a panic".to_owned(),
        other => format!("{other:?}"),
    }
}

fn check(known: &[Known], case: &Case, root: &Path) -> Result<(), String> {
    drop(std::fs::remove_dir_all(root));
    put(&case.tree, root).map_err(|error| error.to_string())?;
    let place = Place::new(root).map_err(|error| error.to_string())?;
    let before = known.get(case.acked).ok_or("no such operation")?;
    let after = if case.under_way { known.get(case.acked + 1) } else { None };
    let keys = keys_of(&[Some(before), after]);
    let passed_ms = after.unwrap_or(before).passed_ms + 1_000;
    for pass in 0..1 + u64::from(case.twice) {
        let seen =
            observe(&place, TestClock::at(passed_ms + pass * 9_000, true), [&keys[0], &keys[1]]).map_err(told)?;
        let expected = || before.renders.iter().chain(after.iter().flat_map(|after| &after.renders));
        if !expected().any(|text| *text == seen) {
            let nearest = expected().map(|text| difference(&seen, text)).min_by_key(String::len).unwrap_or_default();
            return Err(format!("holds something else\n{nearest}"));
        }
    }
    // What a rekey has replaced, and acknowledged, opens nothing.
    let earlier = case.acked.checked_sub(1).and_then(|at| known.get(at));
    if let Some(earlier) = earlier.filter(|earlier| earlier.passcodes[0] != before.passcodes[0]) {
        let old = [earlier.passcodes[0]];
        match observe(&place, TestClock::at(passed_ms + 60_000, true), [&old, &keys[1]]) {
            Err(Failed::Curtain(CurtainError::WrongPasscode { .. })) => {}
            other => return Err(format!("the passcode before: {:?}", other.map(drop))),
        }
    }
    Ok(())
}
