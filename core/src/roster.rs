//! Who is in a group, in what role and until when; a roster that nobody confirmed lately is stale.

use crate::error::Result;
use crate::patient::{check_count, check_id, check_short, check_time, check_time_if, opaque_debug};

/// A roster is stale 7 days after it was confirmed, in milliseconds.
pub const CONFIRM_EVERY_MS: i64 = 7 * 86_400_000;
/// A confirmation this far in the future is a small clock correction, beyond it the roster is stale.
const CLOCK_SLACK_MS: i64 = 5 * 60_000;
/// Words of a role that is not of the team: the article's students and externs, and others who come to see.
const LEARNERS: [&str; 12] = [
    "student",
    "extern",
    "externship",
    "observer",
    "shadow",
    "shadowing",
    "visitor",
    "volunteer",
    "estudiante",
    "externo",
    "externa",
    "observador",
];
/// Members of one roster, at most.
const MAX_MEMBERS: usize = 256;

/// One member of a group.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct RosterMember {
    /// The colleague's name.
    pub name: String,
    /// Their role, for example `resident` or `student`.
    pub role: String,
    /// End of their rotation (ms), if known.
    pub until_ms: Option<i64>,
}

/// A group's members as somebody last confirmed them.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct Roster {
    /// 32 lower-case hexadecimal digits.
    pub id: String,
    /// The group's name.
    pub name: String,
    /// Its members.
    pub members: Vec<RosterMember>,
    /// When somebody last confirmed that these are the members (ms).
    pub confirmed_ms: i64,
}

opaque_debug!(RosterMember, Roster);

/// Whether a roster may be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RosterStanding {
    /// Confirmed within 7 days, and everybody's rotation still runs.
    Fresh {
        /// Stale from then on (ms).
        until_ms: i64,
    },
    /// Confirmed too long ago, or in the future of this clock.
    Stale {
        /// Whole days since it was confirmed.
        days: u32,
    },
    /// Somebody on it has finished their rotation.
    MemberLeft {
        /// How many.
        members: u32,
    },
}

impl Roster {
    /// Refuses a record without name, or over its limits.
    ///
    /// # Errors
    /// `Invalid` with the field, `TooLarge` for more than 256 members.
    pub fn check(&self) -> Result<()> {
        check_id("roster.id", &self.id)?;
        check_short("roster.name", &self.name)?;
        check_count("roster.members", self.members.len(), MAX_MEMBERS)?;
        for member in &self.members {
            check_short("roster.members.name", &member.name)?;
            check_short("roster.members.role", &member.role)?;
            check_time_if("roster.members.until_ms", member.until_ms)?;
        }
        check_time("roster.confirmed_ms", self.confirmed_ms)
    }

    /// Whether a student, an extern or another guest is on it, by a word of their role: who may not read about every patient.
    pub fn has_learners(&self) -> bool {
        let learns = |word: &str| {
            let word = word.to_lowercase();
            LEARNERS.iter().any(|one| word == *one || word.strip_suffix('s') == Some(one))
        };
        self.members.iter().any(|member| member.role.split(|c: char| !c.is_alphabetic()).any(learns))
    }

    /// Whether the roster may be relied on at `now_ms`. A member who left outranks age: that is the one to remove.
    pub fn state(&self, now_ms: i64) -> RosterStanding {
        let left = self.members.iter().filter(|member| member.until_ms.is_some_and(|until| until <= now_ms)).count();
        if left > 0 {
            return RosterStanding::MemberLeft { members: u32::try_from(left).unwrap_or(u32::MAX) };
        }
        let age = now_ms.saturating_sub(self.confirmed_ms);
        if !(-CLOCK_SLACK_MS..CONFIRM_EVERY_MS).contains(&age) {
            return RosterStanding::Stale { days: u32::try_from(age.max(0) / 86_400_000).unwrap_or(u32::MAX) };
        }
        let ends = self.members.iter().filter_map(|member| member.until_ms);
        let until_ms = ends.fold(self.confirmed_ms.saturating_add(CONFIRM_EVERY_MS), i64::min);
        RosterStanding::Fresh { until_ms }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::Error;

    const T0: i64 = 1_795_000_000_000;
    const DAY: i64 = 86_400_000;

    fn team(ends: &[Option<i64>]) -> Roster {
        let member =
            |until_ms: &Option<i64>| RosterMember { name: "Sam".into(), role: "resident".into(), until_ms: *until_ms };
        Roster {
            id: "0c".repeat(16),
            name: "Ward 7".into(),
            members: ends.iter().map(member).collect(),
            confirmed_ms: T0,
        }
    }

    #[test]
    fn a_roster_is_stale_after_seven_days() {
        let team = team(&[None]);
        assert_eq!(team.state(T0), RosterStanding::Fresh { until_ms: T0 + 7 * DAY });
        assert_eq!(team.state(T0 + 7 * DAY - 1), RosterStanding::Fresh { until_ms: T0 + 7 * DAY });
        assert_eq!(team.state(T0 + 7 * DAY), RosterStanding::Stale { days: 7 });
        assert_eq!(team.state(T0 + 9 * DAY + 5), RosterStanding::Stale { days: 9 });
    }

    #[test]
    fn a_student_or_extern_is_known_by_a_word_of_the_role() {
        let with = |role: &str| Roster {
            members: vec![RosterMember { name: "Sam".into(), role: role.into(), until_ms: None }],
            ..team(&[None])
        };
        for role in ["student", "Medical Student", "extern", "visiting-extern", "students", "Estudiante de medicina"] {
            assert!(with(role).has_learners(), "{role}");
        }
        for role in ["resident", "attending", "external consultant", "intern"] {
            assert!(!with(role).has_learners(), "{role}");
        }
    }

    #[test]
    fn a_rotations_end_makes_a_fresh_roster_stale() {
        let team = team(&[None, Some(T0 + 2 * DAY)]);
        assert_eq!(team.state(T0), RosterStanding::Fresh { until_ms: T0 + 2 * DAY });
        assert_eq!(team.state(T0 + 2 * DAY), RosterStanding::MemberLeft { members: 1 });
    }

    #[test]
    fn a_roster_from_the_future_is_stale() {
        assert_eq!(team(&[]).state(T0 - 6 * 60_000), RosterStanding::Stale { days: 0 });
        assert!(matches!(team(&[]).state(T0 - 60_000), RosterStanding::Fresh { .. }), "a small correction");
    }

    #[test]
    fn a_roster_is_checked() {
        team(&[None]).check().unwrap();
        assert_eq!(team(&vec![None; 257]).check(), Err(Error::TooLarge { field: "roster.members", limit: 256 }));
        let unnamed = Roster { name: String::new(), ..team(&[]) };
        assert!(matches!(unnamed.check(), Err(Error::Invalid { field: "roster.name", .. })));
        assert!(!format!("{:?}", team(&[None])).contains("Ward"));
    }

    proptest! {
        #[test]
        fn a_fresh_roster_stays_fresh_exactly_until_it_says(age in 0..8 * DAY, end in 0..20 * DAY, step in 0..8 * DAY) {
            let team = team(&[Some(T0 + end)]);
            if let RosterStanding::Fresh { until_ms } = team.state(T0 + age) {
                let later = T0 + age + step;
                prop_assert_eq!(matches!(team.state(later), RosterStanding::Fresh { .. }), later < until_ms);
            }
        }
    }
}
