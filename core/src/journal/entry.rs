//! One entry of the journal, in a fixed big-endian form of 60 bytes and 6 for each count:
//!
//! | at | bytes | what |
//! |---|---|---|
//! | 0 | 1 | format, 1 |
//! | 1 | 8 | seq: position in the log, from 0 |
//! | 9 | 8 | epoch of the MAC key |
//! | 17 | 2 | event code |
//! | 19 | 8 | wall clock, ms since 1970 UTC, signed |
//! | 27 | 8 | ms since boot, counting sleep |
//! | 35 | 8 | first bytes of SHA-256(boot id) |
//! | 43 | 16 | the patient's pseudonym, zeros if none |
//! | 59 | 1 | number of counts, at most 32 |
//! | 60 | 6 n | counts: key (2), number (4); keys ascending |

use crate::crypto::sha256;
use crate::error::{Error, Result};
use crate::platform::Instant;

/// Most counts of one entry.
pub const MAX_COUNTS: usize = 32;
const FORMAT: u8 = 1;
const FIXED: usize = 60;

macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident = $code:literal $name:literal,)*) => {
        /// What happened. The codes are part of the format and are never used again for something else.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Event { $($(#[$doc])* $variant = $code,)* }

        impl Event {
            /// Every event, by code.
            pub const ALL: &'static [Event] = &[$(Event::$variant,)*];

            /// The code in the entry.
            pub const fn code(self) -> u16 {
                match self { $(Event::$variant => $code,)* }
            }

            /// The name in reports: `unlock_failed`.
            pub const fn name(self) -> &'static str {
                match self { $(Event::$variant => $name,)* }
            }
        }
    };
}

events! {
    /// The phone was enrolled in the institution.
    Enrolled = 1 "enrolled",
    /// The workspace was opened.
    Unlocked = 2 "unlocked",
    /// A guess was counted.
    UnlockFailed = 3 "unlock_failed",
    /// The workspace was locked, by whatever.
    Locked = 4 "locked",
    /// The passcode or another way in was changed.
    Rekeyed = 5 "rekeyed",
    /// Too many guesses; only an order opens.
    Blocked = 6 "blocked",
    /// An unlock order ended a block.
    Unblocked = 7 "unblocked",
    /// The passcode was given again for one act.
    FreshAuth = 8 "fresh_auth",
    /// A signed document was taken.
    DocumentAccepted = 16 "document_accepted",
    /// A signed document was refused; the count's key tells why.
    DocumentRefused = 17 "document_refused",
    /// The lease ran out.
    LeaseOver = 18 "lease_over",
    /// Patients were imported from a file.
    PatientImported = 32 "patient_imported",
    /// A patient's own data were changed.
    PatientChanged = 33 "patient_changed",
    /// A patient's key was destroyed with everything under it.
    Shredded = 34 "shredded",
    /// Consent was recorded.
    ConsentRecorded = 40 "consent_recorded",
    /// Consent was withdrawn or an objection recorded.
    ConsentWithdrawn = 41 "consent_withdrawn",
    /// The roster was changed.
    RosterChanged = 42 "roster_changed",
    /// A draft was kept.
    DraftSaved = 48 "draft_saved",
    /// A text was assessed; counts by class.
    Assessed = 49 "assessed",
    /// A text was handed to another app.
    HandedOff = 50 "handed_off",
    /// The outcome of a hand-off was told.
    Outcome = 51 "outcome",
    /// What a patient wrote was recorded.
    InboundRecorded = 52 "inbound_recorded",
    /// An item was discarded with a reason.
    Discarded = 53 "discarded",
    /// A note was written.
    NoteSaved = 54 "note_saved",
    /// A photo was taken in.
    PhotoSaved = 55 "photo_saved",
    /// A chart note was made.
    Charted = 56 "charted",
    /// A chart note was filed to the record.
    Filed = 57 "filed",
    /// A sealed export left the phone.
    Exported = 58 "exported",
    /// Retention purged items; counts by kind.
    Purged = 59 "purged",
    /// A break-glass act, with its reason elsewhere.
    BreakGlass = 60 "break_glass",
    /// The departure checklist was opened.
    DepartureStarted = 64 "departure_started",
    /// Erasing was decided; the last entry before the keys go.
    WipeStarted = 65 "wipe_started",
    /// The workspace was erased.
    Wiped = 66 "wiped",
    /// The wall clock went back.
    ClockBack = 80 "clock_back",
    /// Stored data did not authenticate; set aside.
    DamageFound = 81 "damage_found",
    /// Files older than the anchor were found.
    RolledBack = 82 "rolled_back",
    /// More happened while locked than the segment holds; the count is what was left out.
    SegmentOverflow = 83 "segment_overflow",
}

impl Event {
    /// The event of a code.
    pub fn from_code(code: u16) -> Option<Event> {
        Event::ALL.iter().copied().find(|event| event.code() == code)
    }
}

/// When: all clocks at once, because each alone can lie. Order in the log comes from `seq` alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    /// Wall clock, milliseconds since 1970-01-01 UTC.
    pub wall_ms: i64,
    /// Milliseconds since boot, counting sleep.
    pub since_boot_ms: u64,
    /// The first 8 bytes of `SHA-256(boot id)`, big-endian.
    pub boot: u64,
}

impl From<&Instant> for Stamp {
    fn from(now: &Instant) -> Stamp {
        let mut boot = [0u8; 8];
        boot.copy_from_slice(&sha256(now.boot_id.as_bytes())[..8]);
        Stamp { wall_ms: now.wall_ms, since_boot_ms: now.since_boot_ms, boot: u64::from_be_bytes(boot) }
    }
}

/// One entry. `encode` and `decode` are inverse: one entry has one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Position in the log, from 0.
    pub seq: u64,
    /// Epoch of the key that its MAC is under.
    pub epoch: u64,
    /// What happened.
    pub event: Event,
    /// When.
    pub stamp: Stamp,
    /// `HMAC(log key, patient)` cut to 16 bytes, given by the caller; unlinked by a shred.
    pub patient: Option<[u8; 16]>,
    /// Numbers: `(key, number)` by ascending key; what a key means is the event's business (a class, a kind, a reason).
    pub counts: Vec<(u16, u32)>,
}

impl Entry {
    /// The bytes that the tree and the MAC cover.
    pub fn encode(&self) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(FIXED + 6 * self.counts.len());
        out.push(FORMAT);
        out.extend_from_slice(&self.seq.to_be_bytes());
        out.extend_from_slice(&self.epoch.to_be_bytes());
        out.extend_from_slice(&encode_body(self.event, &self.stamp, self.patient.as_ref(), &self.counts)?);
        Ok(out)
    }

    /// Reads an entry; anything that `encode` would not write is refused.
    pub fn decode(bytes: &[u8]) -> Result<Entry> {
        const DAMAGED: Error = Error::Damaged { what: "journal entry" };
        let mut rest = bytes;
        let [format] = take(&mut rest)?;
        let (seq, epoch) = (u64::from_be_bytes(take(&mut rest)?), u64::from_be_bytes(take(&mut rest)?));
        let event = Event::from_code(u16::from_be_bytes(take(&mut rest)?));
        let stamp = Stamp {
            wall_ms: i64::from_be_bytes(take(&mut rest)?),
            since_boot_ms: u64::from_be_bytes(take(&mut rest)?),
            boot: u64::from_be_bytes(take(&mut rest)?),
        };
        let patient = Some(take::<16>(&mut rest)?).filter(|bytes| bytes != &[0; 16]);
        let [number] = take(&mut rest)?;
        let mut counts = Vec::with_capacity(usize::from(number).min(MAX_COUNTS));
        for _ in 0..number {
            counts.push((u16::from_be_bytes(take(&mut rest)?), u32::from_be_bytes(take(&mut rest)?)));
        }
        let entry = Entry { seq, epoch, event: event.ok_or(DAMAGED)?, stamp, patient, counts };
        if format != FORMAT || !rest.is_empty() || entry.encode().as_deref() != Ok(bytes) {
            return Err(DAMAGED);
        }
        Ok(entry)
    }
}

/// The part after `seq` and `epoch`: what the segment of a locked phone already knows.
pub(super) fn encode_body(
    event: Event,
    stamp: &Stamp,
    patient: Option<&[u8; 16]>,
    counts: &[(u16, u32)],
) -> Result<Vec<u8>> {
    if counts.len() > MAX_COUNTS || counts.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
        return Err(Error::invalid("counts", "more than 32, or keys not ascending"));
    }
    let mut out = Vec::with_capacity(FIXED + 6 * counts.len());
    out.extend_from_slice(&event.code().to_be_bytes());
    out.extend_from_slice(&stamp.wall_ms.to_be_bytes());
    out.extend_from_slice(&stamp.since_boot_ms.to_be_bytes());
    out.extend_from_slice(&stamp.boot.to_be_bytes());
    out.extend_from_slice(patient.unwrap_or(&[0; 16]));
    out.push(u8::try_from(counts.len()).map_err(|_| Error::Internal { code: 152 })?);
    for (key, number) in counts {
        out.extend_from_slice(&key.to_be_bytes());
        out.extend_from_slice(&number.to_be_bytes());
    }
    Ok(out)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>().ok_or(Error::Damaged { what: "journal entry" })?;
    *rest = tail;
    Ok(*head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            seq: 7,
            epoch: 3,
            event: Event::Assessed,
            stamp: Stamp { wall_ms: -1, since_boot_ms: 5, boot: 9 },
            patient: Some([0xab; 16]),
            counts: vec![(1, 2), (9, u32::MAX)],
        }
    }

    #[test]
    fn an_entry_has_one_form() {
        let bytes = entry().encode().unwrap();
        assert_eq!(bytes.len(), 72);
        assert_eq!(
            crate::crypto::hex(&bytes),
            "0100000000000000070000000000000003\
             0031ffffffffffffffff00000000000000050000000000000009\
             abababababababababababababababab020001000000020009ffffffff"
        );
        assert_eq!(Entry::decode(&bytes).unwrap(), entry());
        for at in 0..bytes.len() {
            assert!(Entry::decode(&bytes[..at]).is_err());
            let mut changed = bytes.clone();
            changed[at] ^= 0x80;
            assert!(Entry::decode(&changed).map_or(true, |other| other != entry()));
        }
        assert!(Entry::decode(&[&bytes[..], &[0]].concat()).is_err());
    }

    #[test]
    fn counts_are_few_and_ascending() {
        for counts in [vec![(2, 1), (1, 1)], vec![(1, 1), (1, 1)], (0..33).map(|k| (k, 1)).collect()] {
            assert!(Entry { counts, ..entry() }.encode().is_err());
        }
    }

    #[test]
    fn codes_and_names_are_distinct_and_read_back() {
        for (n, event) in Event::ALL.iter().enumerate() {
            assert_eq!(Event::from_code(event.code()), Some(*event));
            assert!(Event::ALL[..n].iter().all(|other| other.name() != event.name() && other.code() < event.code()));
        }
        assert_eq!(Event::from_code(0), None);
    }
}
