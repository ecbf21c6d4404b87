//! Notes, and the text that still has to go into the record.

use crate::error::{Error, Result};
use crate::patient::{
    LawfulBasis, Purpose, check_id, check_language, check_short, check_size, check_time, check_time_if, opaque_debug,
};

/// The longest note or chart text: 64 KiB of UTF-8.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;

/// A clinician's note about a patient.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// 32 lower-case hexadecimal digits.
    pub id: String,
    /// Id of the patient.
    pub patient: String,
    /// A short title; may be empty.
    pub title: String,
    /// The note.
    pub text: String,
    /// What it is kept for.
    pub purpose: Purpose,
    /// On what ground.
    pub basis: LawfulBasis,
    /// When it was first written (ms).
    pub created_ms: i64,
    /// When it was last changed (ms).
    pub updated_ms: i64,
    /// When it went into the record (ms); `None` while it still has to.
    pub charted_ms: Option<i64>,
}

/// What a chart text documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, uniffi::Enum)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// A message that was handed off, or refused.
    Communication,
    /// A conversation about how to reach the patient.
    Consent,
    /// What a patient wrote or said first.
    Inbound,
    /// A clinician's note.
    Note,
    /// A photo.
    Photo,
}

/// A text for the record: pending until it is filed.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, uniffi::Record)]
#[serde(deny_unknown_fields)]
pub struct ChartNote {
    /// 32 lower-case hexadecimal digits.
    pub id: String,
    /// Id of the patient.
    pub patient: String,
    /// Id of the message, consent, note or photo that it documents.
    pub source: String,
    /// What that is.
    pub kind: ChartKind,
    /// The text.
    pub text: String,
    /// Its language, BCP 47.
    pub language: String,
    /// What it is kept for.
    pub purpose: Purpose,
    /// On what ground.
    pub basis: LawfulBasis,
    /// When it was written (ms).
    pub created_ms: i64,
    /// When it was filed to the record (ms); `None` while pending.
    pub filed_ms: Option<i64>,
}

opaque_debug!(Note, ChartNote);

impl Note {
    /// Refuses a note without patient, or over 64 KiB.
    ///
    /// # Errors
    /// `Invalid` with the field, `TooLarge`.
    pub fn check(&self) -> Result<()> {
        check_id("note.id", &self.id)?;
        check_id("note.patient", &self.patient)?;
        if !self.title.is_empty() {
            check_short("note.title", &self.title)?;
        }
        check_size("note.text", &self.text, MAX_TEXT_BYTES)?;
        check_time("note.created_ms", self.created_ms)?;
        check_time("note.updated_ms", self.updated_ms)?;
        check_time_if("note.charted_ms", self.charted_ms)
    }

    /// Replaces the text; what was charted before has to be charted again.
    ///
    /// # Errors
    /// `TooLarge` over 64 KiB; the note is then unchanged.
    pub fn edit(&mut self, text: String, now_ms: i64) -> Result<()> {
        check_size("note.text", &text, MAX_TEXT_BYTES)?;
        check_time("note.updated_ms", now_ms)?;
        if self.text != text {
            self.text = text;
            self.charted_ms = None;
            self.updated_ms = now_ms;
        }
        Ok(())
    }
}

impl ChartNote {
    /// Refuses a text without patient, source or language, or over 64 KiB.
    ///
    /// # Errors
    /// `Invalid` with the field, `TooLarge`.
    pub fn check(&self) -> Result<()> {
        check_id("chart_note.id", &self.id)?;
        check_id("chart_note.patient", &self.patient)?;
        check_id("chart_note.source", &self.source)?;
        check_language("chart_note.language", &self.language)?;
        check_size("chart_note.text", &self.text, MAX_TEXT_BYTES)?;
        if self.text.trim().is_empty() {
            return Err(Error::invalid("chart_note.text", "empty"));
        }
        check_time("chart_note.created_ms", self.created_ms)?;
        check_time_if("chart_note.filed_ms", self.filed_ms)
    }

    /// Whether it still has to be filed.
    pub const fn pending(&self) -> bool {
        self.filed_ms.is_none()
    }

    /// Marks it as filed. A second time keeps the first time.
    ///
    /// # Errors
    /// `Invalid` for a time that is none.
    pub fn file(&mut self, now_ms: i64) -> Result<()> {
        check_time("chart_note.filed_ms", now_ms)?;
        self.filed_ms.get_or_insert(now_ms);
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const T0: i64 = 1_795_000_000_000;

    fn note() -> Note {
        Note {
            id: "0e".repeat(16),
            patient: "0a".repeat(16),
            title: "Call".into(),
            text: "Asked to call back.".into(),
            purpose: Purpose::Treatment,
            basis: LawfulBasis::TreatmentOperations,
            created_ms: T0,
            updated_ms: T0,
            charted_ms: None,
        }
    }

    pub(crate) fn chart_note() -> ChartNote {
        ChartNote {
            id: "0f".repeat(16),
            patient: "0a".repeat(16),
            source: "0e".repeat(16),
            kind: ChartKind::Communication,
            text: "Asked to call the clinic.".into(),
            language: "en".into(),
            purpose: Purpose::Treatment,
            basis: LawfulBasis::TreatmentOperations,
            created_ms: T0,
            filed_ms: None,
        }
    }

    #[test]
    fn a_note_of_64_kib_is_accepted_and_one_byte_more_refused() {
        let mut note = note();
        note.edit("x".repeat(MAX_TEXT_BYTES), T0 + 1).unwrap();
        note.check().unwrap();
        let before = note.clone();
        assert_eq!(
            note.edit("x".repeat(MAX_TEXT_BYTES + 1), T0 + 2),
            Err(Error::TooLarge { field: "note.text", limit: 65_536 })
        );
        assert!(note == before, "a refused edit changes nothing");
    }

    #[test]
    fn an_edited_note_must_be_charted_again() {
        let mut note = Note { charted_ms: Some(T0), ..note() };
        note.edit(note.text.clone(), T0 + 1).unwrap();
        assert_eq!((note.charted_ms, note.updated_ms), (Some(T0), T0));
        note.edit("Reached.".into(), T0 + 2).unwrap();
        assert_eq!((note.charted_ms, note.updated_ms), (None, T0 + 2));
    }

    #[test]
    fn a_chart_note_is_pending_until_filed_and_keeps_its_first_filing() {
        let mut chart = chart_note();
        chart.check().unwrap();
        assert!(chart.pending());
        chart.file(T0 + 5).unwrap();
        chart.file(T0 + 9).unwrap();
        assert_eq!(chart.filed_ms, Some(T0 + 5));
        assert!(chart.file(-1).is_err());
    }

    #[test]
    fn records_survive_json_and_refuse_unknown_fields() {
        let json = serde_json::to_string(&chart_note()).unwrap();
        assert!(serde_json::from_str::<ChartNote>(&json).unwrap() == chart_note());
        assert!(serde_json::from_str::<ChartNote>(&json.replace("filed_ms", "filled_ms")).is_err());
        assert!(!format!("{:?}{:?}", note(), chart_note()).contains("call"));
        assert!(ChartNote { text: " ".into(), ..chart_note() }.check().is_err());
    }
}
