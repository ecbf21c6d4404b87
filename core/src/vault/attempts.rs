//! Guesses: how many are left and how long the next must wait. Pure; the anchor keeps the state.

use crate::platform::Instant;
use serde::{Deserialize, Serialize};

/// After the n-th failure the next guess waits this long, in milliseconds (n from 1; later ones wait as the last).
const DELAYS_MS: [u64; 9] = [0, 0, 0, 0, 30_000, 60_000, 300_000, 900_000, 3_600_000];

/// How many guesses there are and what follows the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttemptRules {
    /// Guesses before the action: 5 to 20, ten by default.
    pub limit: u32,
    /// Whether the last failure erases; otherwise it blocks until a signed unlock order.
    pub erase: bool,
}

impl Default for AttemptRules {
    fn default() -> Self {
        AttemptRules { limit: 10, erase: false }
    }
}

/// Failures so far and the delay that runs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempts {
    /// Guesses counted since the last success.
    pub failed: u32,
    wait_ms: u64,
    wait_until_ms: u64,
    boot_id: String,
}

impl Attempts {
    /// Counts a guess: called and made durable before the KDF runs, so that killing the app never gains one.
    pub fn count(&mut self, now: &Instant) {
        self.failed = self.failed.saturating_add(1);
        let index = usize::try_from(self.failed).unwrap_or(usize::MAX).min(DELAYS_MS.len()) - 1;
        self.wait_ms = DELAYS_MS[index];
        self.wait_until_ms = now.since_boot_ms.saturating_add(self.wait_ms);
        self.boot_id.clone_from(&now.boot_id);
    }

    /// What remains of the delay, in milliseconds, by boot time alone; a restart starts the delay again.
    pub fn remaining_ms(&self, now: &Instant) -> u64 {
        let until = if now.boot_id == self.boot_id { self.wait_until_ms } else { self.wait_ms };
        // A boot clock that went back under the same boot id is no reason to wait longer than the whole delay.
        until.saturating_sub(now.since_boot_ms).min(self.wait_ms)
    }

    /// Guesses left.
    pub fn left(&self, rules: AttemptRules) -> u32 {
        rules.limit.saturating_sub(self.failed)
    }

    /// The right passcode, or an unlock order: start over.
    pub fn reset(&mut self) {
        *self = Attempts::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(since_boot_ms: u64, boot: &str) -> Instant {
        Instant { wall_ms: 0, since_boot_ms, boot_id: boot.into() }
    }

    #[test]
    fn ten_guesses_take_at_least_eighty_one_minutes() {
        let (mut attempts, mut now, mut waits) = (Attempts::default(), 0, Vec::new());
        for _ in 0..10 {
            let wait = attempts.remaining_ms(&at(now, "a"));
            now += wait;
            waits.push(wait / 1000);
            attempts.count(&at(now, "a"));
        }
        assert_eq!(waits, [0, 0, 0, 0, 0, 30, 60, 300, 900, 3600]);
        assert!(now >= 81 * 60_000, "{now}");
        assert_eq!(attempts.left(AttemptRules::default()), 0);
    }

    #[test]
    fn a_restart_starts_the_running_delay_again() {
        let mut attempts = Attempts::default();
        for _ in 0..9 {
            attempts.count(&at(1_000_000, "a"));
        }
        assert_eq!(attempts.remaining_ms(&at(4_599_000, "a")), 1_000);
        assert_eq!(attempts.remaining_ms(&at(5_000, "b")), 3_595_000);
        assert_eq!(attempts.remaining_ms(&at(3_600_000, "b")), 0);
    }

    #[test]
    fn success_starts_over() {
        let mut attempts = Attempts::default();
        attempts.count(&at(0, "a"));
        attempts.reset();
        assert_eq!(attempts, Attempts::default());
    }
}
