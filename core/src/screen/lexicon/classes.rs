//! Sets of classes.

use crate::screen::Class;

/// A set of classes, one bit each, in declaration order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Classes(u64);

/// Every sensitive class but a provider's name.
const TOPICS: Classes = {
    let (mut all, mut at) = (Classes(0), 0);
    while at < Class::ALL.len() {
        let class = Class::ALL[at];
        if !matches!(class, Class::SensitiveProvider) && begins(class.name(), "sensitive.") {
            all = all.with(class);
        }
        at += 1;
    }
    all
};

impl Classes {
    pub(crate) const fn of(class: Class) -> Classes {
        Classes(1 << class as u64)
    }

    pub(crate) const fn with(self, class: Class) -> Classes {
        Classes(self.0 | 1 << class as u64)
    }

    /// The classes of these dotted names; a name of no class does not compile.
    pub(crate) const fn named(names: &[&str]) -> Classes {
        let (mut all, mut at) = (Classes(0), 0);
        while at < names.len() {
            all = all.with(class_named(names[at]));
            at += 1;
        }
        all
    }

    /// Both together.
    pub(crate) const fn and(self, other: Classes) -> Classes {
        Classes(self.0 | other.0)
    }

    /// Whether they share a class.
    pub(crate) const fn meets(self, other: Classes) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) const fn has(self, class: Class) -> bool {
        self.0 & (1 << class as u64) != 0
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Class> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let class = Class::ALL.get(left.trailing_zeros() as usize).copied();
            left &= left.wrapping_sub(1);
            class
        })
    }

    /// Whether a sensitive topic (not a provider's name) is among them.
    pub(crate) const fn sensitive_topic(self) -> bool {
        self.meets(TOPICS)
    }
}

/// The class of a dotted name; another name does not compile.
pub(crate) const fn class_named(name: &str) -> Class {
    let mut at = 0;
    while at < Class::ALL.len() {
        if Class::ALL[at].name().len() == name.len() && begins(Class::ALL[at].name(), name) {
            return Class::ALL[at];
        }
        at += 1;
    }
    panic!("no class has this name")
}

/// Whether a text begins with another.
pub(super) const fn begins(text: &str, with: &str) -> bool {
    let (text, with) = (text.as_bytes(), with.as_bytes());
    let mut at = 0;
    while at < with.len() {
        if at >= text.len() || text[at] != with[at] {
            return false;
        }
        at += 1;
    }
    true
}
