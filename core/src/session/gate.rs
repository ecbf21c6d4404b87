//! One door for every thread: waits for others, refuses a callback that comes back, recovers after a panic.

use crate::error::{Error, Result};
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{ThreadId, current};

/// What is behind a gate can be brought to its safe state.
pub(crate) trait Guarded {
    /// Called when a panic left the value in an unknown state: drop the keys.
    fn after_panic(&mut self);
}

/// A mutex that knows who holds it, so that re-entry from a platform callback is an error and not a deadlock.
pub(crate) struct Gate<T> {
    owner: Mutex<Option<ThreadId>>,
    value: Mutex<T>,
}

/// The value, until dropped.
pub(crate) struct Entered<'a, T> {
    owner: &'a Mutex<Option<ThreadId>>,
    value: MutexGuard<'a, T>,
}

impl<T: Guarded> Gate<T> {
    pub(crate) fn new(value: T) -> Gate<T> {
        Gate { owner: Mutex::new(None), value: Mutex::new(value) }
    }

    /// Enters, after whoever is inside has left.
    pub(crate) fn enter(&self) -> Result<Entered<'_, T>> {
        let me = current().id();
        if *unpoisoned(&self.owner) == Some(me) {
            return Err(Error::Reentered);
        }
        let value = match self.value.lock() {
            Ok(value) => value,
            Err(poisoned) => {
                self.value.clear_poison();
                let mut value = poisoned.into_inner();
                value.after_panic();
                value
            }
        };
        *unpoisoned(&self.owner) = Some(me);
        Ok(Entered { owner: &self.owner, value })
    }
}

impl<T> Drop for Entered<'_, T> {
    fn drop(&mut self) {
        *unpoisoned(self.owner) = None;
    }
}

impl<T> Deref for Entered<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Entered<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

fn unpoisoned(owner: &Mutex<Option<ThreadId>>) -> MutexGuard<'_, Option<ThreadId>> {
    owner.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    struct Count(u32);
    impl Guarded for Count {
        fn after_panic(&mut self) {
            self.0 = 0;
        }
    }

    #[test]
    fn coming_back_on_the_same_thread_is_an_error() {
        let gate = Gate::new(Count(1));
        let inside = gate.enter().unwrap();
        assert_eq!(gate.enter().err(), Some(Error::Reentered));
        drop(inside);
        gate.enter().unwrap();
    }

    #[test]
    fn a_panic_inside_leaves_the_gate_usable_and_the_value_safe() {
        let gate = Arc::new(Gate::new(Count(7)));
        let other = gate.clone();
        let panicked = std::thread::spawn(move || {
            let _inside = other.enter().unwrap();
            panic!("forced");
        });
        assert!(panicked.join().is_err());
        assert_eq!(gate.enter().unwrap().0, 0);
    }

    #[test]
    fn eight_threads_take_turns() {
        let gate = Arc::new(Gate::new(Count(0)));
        let workers: Vec<_> = (0..8)
            .map(|_| {
                let gate = gate.clone();
                std::thread::spawn(move || (0..1000).for_each(|_| gate.enter().unwrap().0 += 1))
            })
            .collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        assert_eq!(gate.enter().unwrap().0, 8000);
    }
}
