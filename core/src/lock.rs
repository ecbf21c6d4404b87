//! When a session ends by itself: pure functions of rules and clock readings.
//!
//! There is no timer: every call and every resume asks [`is_due`]. Boot time (counting sleep) and wall time are
//! both asked, and the earlier wins; a clock that goes back locks this session.

use crate::platform::Instant;
use serde::{Deserialize, Serialize};

/// Shortest idle time that an institution may set, in milliseconds: below it a phone cannot be used.
pub const FLOOR_IDLE_MS: u64 = 30_000;
/// Shortest session that an institution may set, in milliseconds: below it another institution's work on the phone cannot be done.
pub const FLOOR_ABSOLUTE_MS: u64 = 15 * 60_000;
/// Idle time where no policy says otherwise, in milliseconds.
pub const DEFAULT_IDLE_MS: u64 = 120_000;
/// Longest session where no policy says otherwise, in milliseconds.
pub const DEFAULT_ABSOLUTE_MS: u64 = 8 * 3_600_000;
/// How far the wall clock may step back without locking: the phone's own time service corrects by that much.
const TOLERATED_STEP_BACK_MS: i64 = 2_000;

/// How long a session may last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct LockRules {
    /// Without a call from the user, in milliseconds; never below 30 s.
    pub idle_ms: u64,
    /// Altogether, in milliseconds; never below 15 min.
    pub absolute_ms: u64,
}

impl Default for LockRules {
    fn default() -> Self {
        LockRules { idle_ms: DEFAULT_IDLE_MS, absolute_ms: DEFAULT_ABSOLUTE_MS }
    }
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum LockCause {
    /// Nobody used it for the idle time.
    Idle,
    /// It reached its longest time.
    Absolute,
    /// A clock went back.
    ClockBack,
    /// The phone restarted.
    Restart,
    /// The user, the shell or the background asked for it.
    Asked,
    /// The lease is over.
    Lease,
    /// It was erased.
    Wiped,
}

impl LockRules {
    /// Raised to the floors: no institution can make the phone useless to another.
    pub fn floored(self) -> LockRules {
        LockRules { idle_ms: self.idle_ms.max(FLOOR_IDLE_MS), absolute_ms: self.absolute_ms.max(FLOOR_ABSOLUTE_MS) }
    }
}

/// The strictest of each field above the floors: what holds when several institutions share a phone, or a user wants it stricter.
/// A lattice meet: order and repetition do not matter, and it is never looser than either side.
pub fn strictest(left: LockRules, right: LockRules) -> LockRules {
    let (left, right) = (left.floored(), right.floored());
    LockRules { idle_ms: left.idle_ms.min(right.idle_ms), absolute_ms: left.absolute_ms.min(right.absolute_ms) }
}

/// Whether a session that was unlocked and last used at these readings is over `now`, and why.
pub fn is_due(rules: LockRules, unlocked: &Instant, last_used: &Instant, now: &Instant) -> Option<LockCause> {
    if now.boot_id != unlocked.boot_id {
        return Some(LockCause::Restart);
    }
    if now.since_boot_ms < last_used.since_boot_ms
        || now.wall_ms < last_used.wall_ms.saturating_sub(TOLERATED_STEP_BACK_MS)
    {
        return Some(LockCause::ClockBack);
    }
    if elapsed(last_used, now) >= rules.idle_ms {
        return Some(LockCause::Idle);
    }
    (elapsed(unlocked, now) >= rules.absolute_ms).then_some(LockCause::Absolute)
}

/// The longer of the two clocks' differences, in milliseconds.
pub fn elapsed(from: &Instant, to: &Instant) -> u64 {
    let wall = u64::try_from(to.wall_ms.saturating_sub(from.wall_ms)).unwrap_or(0);
    wall.max(to.since_boot_ms.saturating_sub(from.since_boot_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(wall_ms: i64, since_boot_ms: u64) -> Instant {
        Instant { wall_ms, since_boot_ms, boot_id: "a".into() }
    }

    fn rules() -> impl Strategy<Value = LockRules> {
        // From nothing to forever, and around the floors.
        let idle = prop_oneof![any::<u64>(), 0u64..100_000];
        let absolute = prop_oneof![any::<u64>(), 0u64..2_000_000];
        (idle, absolute).prop_map(|(idle_ms, absolute_ms)| LockRules { idle_ms, absolute_ms })
    }

    #[test]
    fn either_clock_alone_locks() {
        let rules = LockRules::default();
        let start = at(1_000_000, 1_000);
        assert_eq!(is_due(rules, &start, &start, &at(1_119_999, 1_000)), None);
        assert_eq!(is_due(rules, &start, &start, &at(1_120_000, 1_000)), Some(LockCause::Idle));
        assert_eq!(is_due(rules, &start, &start, &at(1_000_000, 121_000)), Some(LockCause::Idle));
    }

    #[test]
    fn a_clock_that_goes_back_and_a_restart_lock() {
        let rules = LockRules::default();
        let start = at(1_000_000, 50_000);
        assert_eq!(is_due(rules, &start, &start, &at(990_000, 51_000)), Some(LockCause::ClockBack));
        assert_eq!(is_due(rules, &start, &start, &at(1_000_000, 49_999)), Some(LockCause::ClockBack));
        let mut rebooted = at(1_001_000, 60_000);
        rebooted.boot_id = "b".into();
        assert_eq!(is_due(rules, &start, &start, &rebooted), Some(LockCause::Restart));
    }

    #[test]
    fn no_reading_of_a_clock_panics() {
        let mut readings = Vec::new();
        for wall in [i64::MIN, -1, 0, i64::MAX] {
            readings.extend([0, 1, u64::MAX].map(|boot| at(wall, boot)));
        }
        for (unlocked, used) in readings.iter().zip(readings.iter().rev()) {
            for now in &readings {
                let due = is_due(LockRules::default(), unlocked, used, now);
                assert!(due.is_some() || elapsed(used, now) < DEFAULT_IDLE_MS);
            }
        }
    }

    #[test]
    fn a_busy_session_still_ends() {
        let rules = LockRules::default();
        let unlocked = at(0, 0);
        let used = at(28_799_999, 28_799_999);
        assert_eq!(is_due(rules, &unlocked, &used, &at(28_800_000, 28_800_000)), Some(LockCause::Absolute));
    }

    proptest! {
        #[test]
        fn strictest_is_a_meet(a in rules(), b in rules(), c in rules()) {
            prop_assert_eq!(strictest(a, b), strictest(b, a));
            prop_assert_eq!(strictest(a, strictest(b, c)), strictest(strictest(a, b), c));
            prop_assert_eq!(strictest(a, a), a.floored());
            let (both, a, b) = (strictest(a, b), a.floored(), b.floored());
            for side in [a, b] {
                prop_assert!(both.idle_ms <= side.idle_ms && both.absolute_ms <= side.absolute_ms);
                // What one side alone would have locked, both lock: never later.
                prop_assert_eq!(strictest(both, side), both);
            }
            prop_assert!(both.idle_ms == a.idle_ms || both.idle_ms == b.idle_ms);
            prop_assert!(both.idle_ms >= FLOOR_IDLE_MS && both.absolute_ms >= FLOOR_ABSOLUTE_MS);
        }
    }
}
