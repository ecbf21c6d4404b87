//! Five of the days that `cargo bench -p curtain-desk --bench days` plays by the hundred.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "../benches/days/play.rs"]
mod play;

use curtain_core::crypto::kdf::KdfCost;

#[cfg(feature = "dangerous-cheap-kdf")]
const COST: KdfCost = KdfCost::DANGEROUS_CHEAP;
#[cfg(not(feature = "dangerous-cheap-kdf"))]
const COST: KdfCost = KdfCost::STANDARD;

#[test]
fn five_days_end_with_nothing_open_nothing_in_clear_and_a_journal_that_verifies() {
    let directory = tempfile::tempdir().unwrap();
    let seen = play::play(directory.path(), 5, 7, COST).unwrap();
    assert_eq!((seen.open, seen.plaintext), (0, 0));
    assert_eq!(seen.handed_off + seen.inbound, u64::from(5 * play::MESSAGES));
    assert!(seen.stopped >= 30 && seen.filed >= 150 && seen.shredded == 4, "{seen:?}");
    assert!(seen.journal > seen.handed_off * 3 && seen.needles > 60 && seen.searched.0 > 5, "{seen:?}");
    assert!(play::PATIENTS == 20 && seen.days == 5 && seen.guesses == 11, "{seen:?}");
    let spent = [seen.days_took, seen.guesses_took, seen.journal_took, seen.search_took];
    assert!(spent.iter().all(|took| !took.is_zero()));
}
