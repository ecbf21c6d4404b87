//! What is past its time, as a pure function: the vault deletes what [`due`] names and re-keys its patients.
//!
//! Nothing goes before it is charted, unless the policy says so; a hold keeps everything; and since time only makes
//! more things due, a clock that goes back purges nothing.

use crate::patient::opaque_debug;

const DAY_MS: i64 = 86_400_000;

/// What kind of record an [`Item`] is; decides which number of days counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemKind {
    /// A message that was handed off, or what a patient wrote.
    Message,
    /// A note, a chart text or a photo.
    Note,
    /// An unsent draft: never charted, goes by its own age.
    Draft,
}

/// One record as retention sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct Item {
    /// The record's id.
    pub id: String,
    /// Its kind.
    pub kind: ItemKind,
    /// When it was last written (ms).
    pub created_ms: i64,
    /// When it was charted or filed (ms); `None` while it is not.
    pub charted_ms: Option<i64>,
    /// Under a hold.
    pub held: bool,
}

opaque_debug!(Item);

/// The policy's days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionDays {
    /// Days that a message stays after it was charted.
    pub message_days: u32,
    /// Days that a note stays after it was charted.
    pub note_days: u32,
    /// Days that a draft stays after its last change.
    pub draft_days: u32,
    /// Whether messages and notes that were never charted go too, that many days after they were written.
    pub before_charted: bool,
}

/// The ids of the items whose time is over at `now_ms`, in their order.
pub fn due(now_ms: i64, items: &[Item], days: &RetentionDays) -> Vec<String> {
    items.iter().filter(|item| over(now_ms, item, days)).map(|item| item.id.clone()).collect()
}

fn over(now_ms: i64, item: &Item, days: &RetentionDays) -> bool {
    let (from, stays) = match (item.kind, item.charted_ms) {
        (ItemKind::Draft, _) => (Some(item.created_ms), days.draft_days),
        (ItemKind::Message, charted) => (charted, days.message_days),
        (ItemKind::Note, charted) => (charted, days.note_days),
    };
    let from = from.or(days.before_charted.then_some(item.created_ms));
    // Counted from the later of the two times, so that a charting time set wrongly into the past hastens nothing.
    let from = from.map(|from| from.max(item.created_ms));
    !item.held && from.is_some_and(|from| now_ms >= from.saturating_add(i64::from(stays).saturating_mul(DAY_MS)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const T0: i64 = 1_795_000_000_000;
    const DAYS: RetentionDays = RetentionDays { message_days: 30, note_days: 7, draft_days: 2, before_charted: false };

    fn item(kind: ItemKind, charted: Option<i64>) -> Item {
        Item { id: "a1".repeat(16), kind, created_ms: T0, charted_ms: charted.map(|d| T0 + d * DAY_MS), held: false }
    }

    fn goes(day: i64, item: &Item, days: &RetentionDays) -> bool {
        !due(T0 + day * DAY_MS, std::slice::from_ref(item), days).is_empty()
    }

    #[test]
    fn charted_items_go_on_their_day_and_not_before() {
        let (note, message) = (item(ItemKind::Note, Some(1)), item(ItemKind::Message, Some(1)));
        assert_eq!((goes(7, &note, &DAYS), goes(8, &note, &DAYS)), (false, true));
        assert_eq!((goes(30, &message, &DAYS), goes(31, &message, &DAYS)), (false, true));
    }

    #[test]
    fn nothing_goes_before_it_is_charted_unless_the_policy_says_so() {
        let note = item(ItemKind::Note, None);
        assert!(!goes(100_000, &note, &DAYS));
        let allowed = RetentionDays { before_charted: true, ..DAYS };
        assert_eq!((goes(6, &note, &allowed), goes(7, &note, &allowed)), (false, true));
    }

    #[test]
    fn drafts_go_by_their_own_days() {
        let draft = item(ItemKind::Draft, None);
        assert_eq!((goes(1, &draft, &DAYS), goes(2, &draft, &DAYS)), (false, true));
    }

    #[test]
    fn a_hold_keeps_everything() {
        for kind in [ItemKind::Draft, ItemKind::Message, ItemKind::Note] {
            assert!(!goes(100_000, &Item { held: true, ..item(kind, Some(0)) }, &DAYS));
        }
    }

    fn any_item() -> impl Strategy<Value = Item> {
        let kind = prop_oneof![Just(ItemKind::Draft), Just(ItemKind::Message), Just(ItemKind::Note)];
        (kind, any::<i64>(), any::<Option<i64>>(), any::<bool>()).prop_map(|(kind, created_ms, charted_ms, held)| {
            Item { id: String::new(), kind, created_ms, charted_ms, held }
        })
    }

    proptest! {
        #[test]
        fn a_clock_that_goes_back_purges_nothing_more(
            items in prop::collection::vec(any_item(), 0..20), now in any::<i64>(), back in 0..i64::MAX, m in 0..9999u32, before_charted: bool,
        ) {
            let days = RetentionDays { message_days: m, note_days: m, draft_days: m, before_charted };
            let items: Vec<Item> = items.into_iter().enumerate().map(|(i, item)| Item { id: i.to_string(), ..item }).collect();
            let then = due(now.saturating_sub(back), &items, &days);
            let later = due(now, &items, &days);
            prop_assert!(then.iter().all(|id| later.contains(id)));
        }

        #[test]
        fn nothing_goes_before_it_was_written_or_charted(item in any_item(), now in any::<i64>(), before_charted: bool) {
            let days = RetentionDays { message_days: 0, note_days: 0, draft_days: 0, before_charted };
            let early = now < item.created_ms || (item.kind != ItemKind::Draft && item.charted_ms.is_some_and(|at| now < at));
            prop_assert!(!early || due(now, std::slice::from_ref(&item), &days).is_empty());
        }

        #[test]
        fn more_days_never_purge_sooner(item in any_item(), now in any::<i64>(), m in 0..9999u32, more in 0..9999u32) {
            let few = RetentionDays { message_days: m, note_days: m, draft_days: m, before_charted: true };
            let many = RetentionDays { message_days: m + more, note_days: m + more, draft_days: m + more, before_charted: true };
            let items = std::slice::from_ref(&item);
            prop_assert!(due(now, items, &many).len() <= due(now, items, &few).len());
        }
    }
}
