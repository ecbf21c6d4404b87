//! The workspaces on one phone and how strictly each locks: the strictest of each field holds for all of them.

use crate::lock::{LockRules, strictest};
use crate::vault::Id;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What each institution's policy says of the lock.
#[derive(Default)]
pub(crate) struct Neighbours(Mutex<BTreeMap<Id, LockRules>>);

impl Neighbours {
    /// A workspace has, or changes, its rules.
    pub(crate) fn say(&self, workspace: Id, rules: LockRules) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(workspace, rules);
    }

    /// A workspace is erased: it binds nobody any more.
    pub(crate) fn leave(&self, workspace: Id) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&workspace);
    }

    /// The strictest of `own` and everybody's, above the floors.
    pub(crate) fn strictest(&self, own: LockRules) -> LockRules {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.values().fold(own.floored(), |rules, other| strictest(rules, *other))
    }
}
