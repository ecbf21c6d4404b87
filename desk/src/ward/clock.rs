//! A phone's clocks that move only when a day says so.

use curtain_core::platform::{Clock, Instant, KeystoreError};
use std::sync::{Mutex, PoisonError};

/// Wall clock, time since boot, and which boot it is.
#[derive(Debug)]
pub struct TurnedClock(Mutex<(i64, u64, u32)>);

impl TurnedClock {
    /// A clock that stands at `wall_ms` since 1970, on a phone that was started a minute ago.
    pub fn new(wall_ms: i64) -> TurnedClock {
        TurnedClock(Mutex::new((wall_ms, 60_000, 1)))
    }

    fn change(&self, change: impl FnOnce(&mut (i64, u64, u32))) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Time passes, by every clock.
    pub fn pass(&self, ms: u32) {
        self.change(|(wall, boot, _)| {
            *wall = wall.saturating_add(ms.into());
            *boot = boot.saturating_add(ms.into());
        });
    }

    /// Somebody turns the wall clock.
    pub fn turn(&self, ms: i64) {
        self.change(|(wall, ..)| *wall = wall.saturating_add(ms));
    }

    /// The phone was off for no time and starts again.
    pub fn restart(&self) {
        self.change(|(_, since, boot)| {
            *since = 0;
            *boot = boot.saturating_add(1);
        });
    }

    /// The wall clock, milliseconds since 1970.
    pub fn wall_ms(&self) -> i64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Clock for TurnedClock {
    fn now(&self) -> Result<Instant, KeystoreError> {
        let (wall_ms, since_boot_ms, boot) = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Instant { wall_ms, since_boot_ms, boot_id: format!("boot {boot}") })
    }
}
