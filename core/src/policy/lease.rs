//! When a lease is over, and when its end may erase.
//!
//! Any sign of expiry locks: the wall clock, the highest wall clock ever seen, or the running time. Erasing needs two
//! witnesses at once, running time *and* wall clock past the grace: a forged clock alone, a dead battery, a bad time
//! server or reboots never erase. Running time is what the phone accumulated since it took the lease; it is never more
//! than what truly passed.

use super::document::Lease;

/// The clocks that a lease is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed {
    /// The wall clock now, ms since 1970 UTC.
    pub wall_ms: i64,
    /// The highest wall clock ever accepted, from the anchor.
    pub high_water_wall_ms: i64,
    /// Running time accumulated since the lease was accepted, from the anchor and the present boot.
    pub running_ms: u64,
}

/// What a lease means now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseState {
    /// In force.
    Active {
        /// The wall clock's end; running time may end it sooner.
        until_ms: i64,
        /// How much running time remains.
        running_left_ms: u64,
    },
    /// Over: locked, only leaving is open.
    Over,
    /// Over and past its grace by both witnesses: erase.
    EraseDue,
}

/// Judges `lease` by `now`. Pure.
pub fn state(lease: &Lease, now: &Elapsed) -> LeaseState {
    let budget = u64::try_from(lease.max_running_ms).unwrap_or(0);
    let grace = u64::try_from(lease.grace_ms).unwrap_or(0);
    let wall_past_grace = now.wall_ms >= lease.not_after_ms.saturating_add(lease.grace_ms);
    if wall_past_grace && now.running_ms >= budget.saturating_add(grace) {
        return LeaseState::EraseDue;
    }
    let over_by_wall = now.wall_ms.max(now.high_water_wall_ms) >= lease.not_after_ms;
    if over_by_wall || now.running_ms >= budget {
        return LeaseState::Over;
    }
    LeaseState::Active { until_ms: lease.not_after_ms, running_left_ms: budget - now.running_ms }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::json::Hex;
    use proptest::prelude::*;

    const DAY: i64 = 86_400_000;
    const START: i64 = 1_700_000_000_000;

    fn lease() -> Lease {
        Lease {
            spec: 1,
            institution: Hex([1; 16]),
            enrolment: Hex([2; 16]),
            version: 1,
            not_after_ms: START + 7 * DAY,
            grace_ms: 14 * DAY,
            max_running_ms: 8 * DAY,
            issued_ms: START,
        }
    }

    fn at(wall_days: i64, high_days: i64, running_days: i64) -> LeaseState {
        let now = Elapsed {
            wall_ms: START + wall_days * DAY,
            high_water_wall_ms: START + high_days * DAY,
            running_ms: u64::try_from(running_days * DAY).unwrap(),
        };
        state(&lease(), &now)
    }

    #[test]
    fn any_sign_of_expiry_locks() {
        let left = u64::try_from(2 * DAY).unwrap();
        assert_eq!(at(6, 6, 6), LeaseState::Active { until_ms: START + 7 * DAY, running_left_ms: left });
        assert_eq!(at(7, 7, 0), LeaseState::Over);
        assert_eq!(at(0, 7, 0), LeaseState::Over);
        assert_eq!(at(0, 0, 8), LeaseState::Over);
    }

    #[test]
    fn erasing_needs_both_witnesses_past_the_grace() {
        assert_eq!(at(21, 21, 22), LeaseState::EraseDue);
        assert_eq!(at(20, 20, 22), LeaseState::Over);
        assert_eq!(at(21, 21, 21), LeaseState::Over);
        // A clock put back after the end locks and does not erase; a clock far ahead locks and does not erase.
        assert_eq!(at(0, 40, 40), LeaseState::Over);
        assert_eq!(at(100_000, 100_000, 0), LeaseState::Over);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn no_clock_alone_ever_erases(wall in any::<i64>(), high in any::<i64>(), running in any::<u64>()) {
            let lease = lease();
            let limit = u64::try_from(lease.max_running_ms + lease.grace_ms).unwrap();
            let judged = |wall_ms, high_water_wall_ms, running_ms| {
                state(&lease, &Elapsed { wall_ms, high_water_wall_ms, running_ms })
            };
            // Whatever the wall clocks say, too little running time never erases.
            prop_assert_ne!(judged(wall, high, running % limit), LeaseState::EraseDue);
            // Whatever the running time says, a wall clock within the grace never erases.
            let within = wall.min(lease.not_after_ms + lease.grace_ms - 1);
            prop_assert_ne!(judged(within, high, running), LeaseState::EraseDue);
        }

        #[test]
        fn what_is_over_stays_over_as_time_goes_on(
            wall in START..START + 40 * DAY,
            running in 0..40 * DAY,
            more_wall in 0..40 * DAY,
            more_running in 0..40 * DAY,
        ) {
            let rank = |wall_ms: i64, running_ms: i64| {
                let running_ms = u64::try_from(running_ms).unwrap();
                match state(&lease(), &Elapsed { wall_ms, high_water_wall_ms: wall_ms, running_ms }) {
                    LeaseState::Active { .. } => 0,
                    LeaseState::Over => 1,
                    LeaseState::EraseDue => 2,
                }
            };
            prop_assert!(rank(wall, running) <= rank(wall + more_wall, running + more_running));
        }

        #[test]
        fn a_clock_put_back_never_opens(wall in START..START + 40 * DAY, back in 0..40 * DAY) {
            let forward = state(&lease(), &Elapsed { wall_ms: wall, high_water_wall_ms: wall, running_ms: 0 });
            let reset = Elapsed { wall_ms: wall - back, high_water_wall_ms: wall, running_ms: 0 };
            if forward != (LeaseState::Active { until_ms: START + 7 * DAY, running_left_ms: 8 * 86_400_000 }) {
                prop_assert_eq!(state(&lease(), &reset), LeaseState::Over);
            }
        }
    }
}
