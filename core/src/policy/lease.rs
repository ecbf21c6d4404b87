//! When a lease is over, when its end may erase, and which clock judges the next one.
//!
//! The wall clock is anybody's to turn; the running time only ever says less than what truly passed; the dates in signed
//! documents are the institution's. So:
//! - *Over* by any sign: the wall clock now, the latest one seen since this lease was accepted (put back, it stays over),
//!   the running budget, or the date of issue plus the running time since.
//! - *Erase* only by two witnesses at once past the grace, wall clock and running time, and the running time must cover
//!   the budget and the whole time from issue to end: by then the end has truly passed, whatever was done to the clocks.
//! - A *newer* lease is judged by the wall clock now and by what is known of the date (the last lease's issue plus the
//!   running time since), never by how late a wall clock once stood. Accepted, it starts the high-water mark anew:
//!   a poisoned clock locks until it is put right and the next lease comes, and not for ever.

use super::document::Lease;

/// The clocks that a lease is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed {
    /// The wall clock now, ms since 1970 UTC.
    pub wall_ms: i64,
    /// The highest wall clock seen since the lease was accepted, from the anchor.
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
    let [budget, grace, length] =
        [lease.max_running_ms, lease.grace_ms, lease.not_after_ms.saturating_sub(lease.issued_ms)]
            .map(|span| u64::try_from(span).unwrap_or(0));
    let wall_past_grace = now.wall_ms >= lease.not_after_ms.saturating_add(lease.grace_ms);
    if wall_past_grace && now.running_ms >= budget.max(length).saturating_add(grace) {
        return LeaseState::EraseDue;
    }
    let over_by_wall = now.wall_ms.max(now.high_water_wall_ms) >= lease.not_after_ms;
    let most = budget.min(length);
    if over_by_wall || now.running_ms >= most {
        return LeaseState::Over;
    }
    LeaseState::Active { until_ms: lease.not_after_ms, running_left_ms: most - now.running_ms }
}

/// Judges an order to leave as a lease that ends at its time, with the grace of the lease in force; without a lease it never
/// erases. `now` counts from when the order was taken. Pure.
pub fn leaving(until_ms: i64, issued_ms: i64, lease: Option<&Lease>, now: &Elapsed) -> LeaseState {
    let wall_past_grace = lease.is_some_and(|lease| now.wall_ms >= until_ms.saturating_add(lease.grace_ms));
    let span = |ms: i64| u64::try_from(ms).unwrap_or(0);
    let length = span(until_ms.saturating_sub(issued_ms));
    let ran_past_grace = lease.is_some_and(|lease| now.running_ms >= length.saturating_add(span(lease.grace_ms)));
    if wall_past_grace && ran_past_grace {
        return LeaseState::EraseDue;
    }
    if now.wall_ms.max(now.high_water_wall_ms) >= until_ms || now.running_ms >= length {
        return LeaseState::Over;
    }
    LeaseState::Active { until_ms, running_left_ms: length - now.running_ms }
}

/// The clocks that a delivered document is judged by. A bare wall clock is one that was never seen later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// The wall clock now, ms since 1970 UTC.
    pub wall_ms: i64,
    /// The highest wall clock seen since the lease in force was accepted: what orders expire by.
    pub high_water_wall_ms: i64,
    /// When the lease in force was issued, and how long the phone has run since it took it.
    pub lease: Option<(i64, u64)>,
}

impl From<i64> for Clocks {
    fn from(wall_ms: i64) -> Clocks {
        Clocks { wall_ms, high_water_wall_ms: wall_ms, lease: None }
    }
}

impl Clocks {
    /// Whether the end of a lease that is news has passed, as far as this phone can tell.
    pub fn are_past(&self, next: &Lease) -> bool {
        let known = match self.lease {
            // An institution that dates a newer lease before an older one has put its own clock right.
            Some((issued_ms, running_ms)) if next.issued_ms >= issued_ms => {
                issued_ms.saturating_add(i64::try_from(running_ms).unwrap_or(i64::MAX))
            }
            _ => i64::MIN,
        };
        next.not_after_ms <= self.wall_ms.max(known)
    }

    /// Whether an order's end has passed. By the latest clock ever seen: an order without an end is there for a phone
    /// whose clock was once far ahead.
    pub fn are_after(&self, expires_ms: i64) -> bool {
        expires_ms <= self.wall_ms.max(self.high_water_wall_ms)
    }
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
        assert_eq!(at(6, 6, 5), LeaseState::Active { until_ms: START + 7 * DAY, running_left_ms: left });
        assert_eq!(at(7, 7, 0), LeaseState::Over);
        // A clock that stands still: seven days after its issue by the running time, the end has passed.
        assert_eq!(at(0, 0, 7), LeaseState::Over);
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

    #[test]
    fn a_short_budget_and_a_forged_clock_never_erase_before_the_end() {
        let lease = Lease { not_after_ms: START + 30 * DAY, grace_ms: DAY, max_running_ms: 8 * DAY, ..lease() };
        let judged = |running_days: i64| {
            let running_ms = u64::try_from(running_days * DAY).unwrap();
            let far = START + 10_000 * DAY;
            state(&lease, &Elapsed { wall_ms: far, high_water_wall_ms: far, running_ms })
        };
        assert_eq!(judged(9), LeaseState::Over);
        assert_eq!(judged(30), LeaseState::Over);
        assert_eq!(judged(31), LeaseState::EraseDue);
    }

    #[test]
    fn a_newer_lease_is_judged_by_the_clock_as_it_is_and_by_what_ran_never_by_how_late_it_once_stood() {
        let next = Lease { version: 2, issued_ms: START + 7 * DAY, not_after_ms: START + 14 * DAY, ..lease() };
        let ran = |days: i64| u64::try_from(days * DAY).unwrap();
        let judged = |wall: i64, lease| {
            let clocks = Clocks { wall_ms: START + wall * DAY, high_water_wall_ms: i64::MAX, lease };
            clocks.are_past(&next)
        };
        assert!(!judged(8, Some((START, ran(8)))), "a clock that once stood at the end of time");
        assert!(judged(14, Some((START, ran(8)))));
        assert!(judged(8, Some((START, ran(14)))), "a withheld lease, the clock put back");
        assert!(!judged(8, None));
        // The institution's own clock was wrong once: the correction is dated before the mistake.
        assert!(!judged(8, Some((START + 5000 * DAY, ran(1)))));
    }

    #[test]
    fn an_order_to_leave_ends_like_a_lease_and_erases_only_with_a_leases_grace_behind_it() {
        let at = |wall_days: i64, running_days: i64, lease: Option<&Lease>| {
            let wall_ms = START + wall_days * DAY;
            let running_ms = u64::try_from(running_days * DAY).unwrap();
            leaving(START + 3 * DAY, START, lease, &Elapsed { wall_ms, high_water_wall_ms: wall_ms, running_ms })
        };
        let lease = lease();
        assert!(matches!(at(2, 2, Some(&lease)), LeaseState::Active { .. }));
        assert_eq!((at(3, 0, None), at(0, 3, None)), (LeaseState::Over, LeaseState::Over), "by either clock");
        assert_eq!(at(17, 17, Some(&lease)), LeaseState::EraseDue);
        assert_eq!((at(17, 16, Some(&lease)), at(16, 17, Some(&lease))), (LeaseState::Over, LeaseState::Over));
        assert_eq!(at(10_000, 10_000, None), LeaseState::Over, "without a lease nothing says how long to wait");
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
            if forward != (LeaseState::Active { until_ms: START + 7 * DAY, running_left_ms: 7 * 86_400_000 }) {
                prop_assert_eq!(state(&lease(), &reset), LeaseState::Over);
            }
        }
    }
}
