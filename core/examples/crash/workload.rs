//! The fixed workload, recorded by the shim: what the replay cuts.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::day::{Day, observe};
use crate::model::{Model, Op, Stand, difference};
use crate::shim;
use crate::ward::{Done, Place, TestClock};

/// Two wards' days: enrolment, notes, drafts, consents, hand-offs, charting, locks, a wrong passcode, biometrics, recovery,
/// new passcodes, shredding, a purge after 31 days, the wipe of the second workspace by order and its acknowledgement.
pub(crate) fn ops() -> Vec<Op> {
    use Op::*;
    let mut ops = vec![Enrol(0), Policy(0), Enrol(1), Policy(1), Unlock(1)];
    ops.extend([
        Person(0),
        Person(1),
        Note(0, 0),
        Note(0, 1),
        Note(1, 0),
        Draft(1, 0),
        Type(0, false),
        Lock,
        Unlock(0),
    ]);
    for k in 0..8 {
        ops.push(Person(k));
        ops.extend((0..4).map(|n| Note(k, n)));
    }
    for k in 0..5 {
        ops.extend([Consent(k), Draft(k, k), Type(k, false), Type(k, true)]);
    }
    for k in 0..3 {
        ops.extend([HandOff(k), Outcome(k), Inbound(k)]);
    }
    ops.extend([
        Withdraw(3),
        Suspend,
        Unlock(0),
        Roster(0),
        Discard(4),
        Type(3, false),
        Tick,
        Lock,
        Wrong(0),
        Unlock(0),
    ]);
    for k in 0..4 {
        ops.extend([ChartNote(k, 0), Note(k, 1), ChartNote(k, 2), FileFirst, Note(k, 3), FileFirst]);
    }
    ops.extend((0..12).map(|_| FileFirst));
    ops.extend([Biometry, Recovery, Shred(7), Note(6, 0), Passcode, Note(6, 1), Lock, Unlock(0), Shred(6), Shred(5)]);
    ops.extend((0..30).map(|n| Note(3 + n % 2, n % 4)));
    ops.extend([Days(31), Unlock(0), Note(0, 3), Tick, Note(4, 0), Passcode, Roster(1), Lock, Wrong(1), Unlock(1)]);
    ops.extend([Note(1, 1), Note(0, 0), Person(2), Note(2, 0), Lock, Unlock(0), Wipe(1), Note(0, 2), Lock, Unlock(0)]);
    ops.extend([Acknowledge(1), Note(1, 2), Shred(4), Note(2, 0)]);
    for n in 0..20 {
        ops.extend([Note(n % 4, n % 4), if n % 7 == 6 { Lock } else { Tick }]);
        if n % 7 == 6 {
            ops.push(Unlock(0));
        }
    }
    ops.push(Lock);
    ops
}

/// What the checker must know of a moment: the state after so many operations.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Known {
    pub(crate) passed_ms: u64,
    /// Any of these may be found.
    pub(crate) renders: Vec<String>,
    pub(crate) passcodes: [usize; 2],
}

impl Known {
    pub(crate) fn of(model: &Model) -> Known {
        let passcodes = [model.places[0].passcode, model.places[1].passcode];
        Known { passed_ms: model.passed_ms, renders: model.renders(), passcodes }
    }
}

/// Where a recording keeps its parts.
pub(crate) struct Recording {
    pub(crate) place: Place,
    pub(crate) log: PathBuf,
    pub(crate) known: PathBuf,
}

impl Recording {
    pub(crate) fn at(root: &Path) -> Done<Recording> {
        Ok(Recording {
            place: Place::new(&root.join("phone"))?,
            log: root.join("calls.log"),
            known: root.join("known.json"),
        })
    }
}

/// Runs the workload under the shim; every operation must succeed, and what the phone holds must be what the model says,
/// after every tenth operation by a copy of its files, and at the end.
pub(crate) fn record(root: &Path) -> Done<usize> {
    let recording = Recording::at(root)?;
    let place = &recording.place;
    shim::log_to(&recording.log);
    // The app's own directory is the system's to make.
    fs::create_dir(place.files())?;
    fs::File::open(&place.root)?.sync_all()?;
    let mut model = Model::default();
    let mut known = vec![Known::of(&model)];
    let mut day = Day::begin(place, TestClock::at(0, false)).map_err(|error| format!("{error:?}"))?;
    let ops = ops();
    for (number, op) in ops.iter().enumerate() {
        shim::mark(number * 2 + 1);
        day.run(&model, *op).map_err(|error| format!("operation {number} {op:?}: {error:?}"))?;
        shim::mark(number * 2 + 2);
        model.apply(*op);
        assert_eq!(model.passed_ms, day.clock.passed_ms(), "the model's clock");
        known.push(Known::of(&model));
        if number % 10 == 9 || number + 1 == ops.len() {
            shim::stop_log();
            let copy = Place::new(&root.join("copy"))?;
            crate::ward::copy_tree(&place.root, &copy.root)?;
            let keys = keys_of(&[known.last()]);
            let seen = observe(&copy, TestClock::at(model.passed_ms, true), [&keys[0], &keys[1]]);
            let seen = seen.map_err(|error| format!("after operation {number} {op:?}: {error:?}"))?;
            if !model.renders().contains(&seen) {
                return Err(format!("after {number} {op:?}:\n{}", difference(&seen, &model.render())).into());
            }
            fs::remove_dir_all(&copy.root)?;
            shim::log_to(&recording.log);
        }
    }
    shim::stop_log();
    drop(day);
    assert!(model.places[1].stand == Stand::Absent);
    fs::write(&recording.known, serde_json::to_vec(&known)?)?;
    Ok(ops.len())
}

/// The passcodes that may open each workspace at these moments.
pub(crate) fn keys_of(known: &[Option<&Known>]) -> [Vec<usize>; 2] {
    [0, 1].map(|w| {
        let mut keys: Vec<usize> = known.iter().flatten().map(|known| known.passcodes[w]).collect();
        keys.dedup();
        keys
    })
}
