//! The verdict table of design.md section 3 as data: rows of content, columns of channel kinds, cells.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::channel::{ChannelKind, Destination, Verdict};

/// A row of the pack's table: a kind of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, uniffi::Enum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Row {
    /// A recognised kind of simple message.
    Logistics,
    /// Result, diagnosis, symptom, dose, medication change, advice, ongoing care.
    Clinical,
    /// An order.
    Order,
    /// A medication, test or procedure only named in a known intent.
    Named,
    /// A sensitive topic.
    Sensitive,
    /// A sensitive provider's name alone in a known intent.
    SensitiveProvider,
    /// Another specialty's name.
    Specialty,
    /// Bad news.
    BadNews,
    /// Identifiers beyond a first name in a greeting.
    Identifiers,
    /// Two or more identifying clues.
    Clues,
    /// Image, lab report, document.
    Attachment,
    /// Urgent.
    Urgent,
    /// A language that is not screened.
    UnknownLanguage,
    /// Nothing that is recognised as permitted.
    NotRecognised,
}

impl Row {
    /// Every row, in the table's order.
    pub const ALL: [Row; 14] = [
        Row::Logistics,
        Row::Clinical,
        Row::Order,
        Row::Named,
        Row::Sensitive,
        Row::SensitiveProvider,
        Row::Specialty,
        Row::BadNews,
        Row::Identifiers,
        Row::Clues,
        Row::Attachment,
        Row::Urgent,
        Row::UnknownLanguage,
        Row::NotRecognised,
    ];
}

/// What a cell says, before the facts of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Shown, never in the way.
    Note,
    /// The urgent call-back text may go and goes to the chart; any other urgent text is rewritten to it.
    CallBack,
    /// This verdict.
    Is(Verdict),
}

/// One cell: `effect[|stale:verdict][+second_route]`, for example `allow|stale:rewrite`, `redirect:portal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// What it says.
    pub effect: Effect,
    /// What it says instead while a group's roster is stale or somebody has left.
    pub stale_roster: Option<Verdict>,
    /// Whether a second way of reaching the person must be tried too.
    pub second_route: bool,
}

impl Cell {
    /// Reads a cell, or `None`.
    pub fn parse(text: &str) -> Option<Cell> {
        let (text, second_route) = match text.strip_suffix("+second_route") {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (effect, stale_roster) = match text.split_once("|stale:") {
            Some((effect, stale)) => (effect, Some(verdict_from(stale)?)),
            None => (text, None),
        };
        let effect = match effect {
            "note" => Effect::Note,
            "call_back" => Effect::CallBack,
            other => Effect::Is(verdict_from(other)?),
        };
        Some(Cell { effect, stale_roster, second_route })
    }

    /// The verdict for one message, or `None` for a note.
    pub fn verdict(&self, is_call_back: bool, roster_is_stale: bool) -> Option<Verdict> {
        if let (Some(stale), true) = (self.stale_roster, roster_is_stale) {
            return Some(stale);
        }
        match self.effect {
            Effect::Note => None,
            Effect::CallBack if is_call_back => Some(Verdict::AllowAndDocument),
            Effect::CallBack => Some(Verdict::Rewrite),
            Effect::Is(verdict) => Some(verdict),
        }
    }

    /// Whether this cell is the same as the floor's or stronger, whatever the message.
    pub fn tightens(&self, floor: &Cell) -> bool {
        let strong_enough = [(false, false), (false, true), (true, false), (true, true)].iter().all(|(back, stale)| {
            let mine = self.verdict(*back, *stale).map_or(0, strength);
            mine >= floor.verdict(*back, *stale).map_or(0, strength)
        });
        let blocked = matches!(self.effect, Effect::Is(Verdict::Block));
        strong_enough && (self.second_route || !floor.second_route || blocked)
    }
}

/// How strong a verdict is: 0 for `Allow` to 6 for `Block`.
pub const fn strength(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Allow => 0,
        Verdict::AllowAndDocument => 1,
        Verdict::Review => 2,
        Verdict::Rewrite => 3,
        Verdict::NeedsConsent => 4,
        Verdict::Redirect { .. } => 5,
        Verdict::Block => 6,
    }
}

/// The verdict of a name, with its destination after a colon: `redirect:portal`.
pub fn verdict_from(text: &str) -> Option<Verdict> {
    Some(match text {
        "block" => Verdict::Block,
        "needs_consent" => Verdict::NeedsConsent,
        "rewrite" => Verdict::Rewrite,
        "review" => Verdict::Review,
        "allow_and_document" => Verdict::AllowAndDocument,
        "allow" => Verdict::Allow,
        other => Verdict::Redirect { to: destination_from(other.strip_prefix("redirect:")?)? },
    })
}

fn destination_from(name: &str) -> Option<Destination> {
    const ALL: [Destination; 7] = [
        Destination::Portal,
        Destination::SecureMessaging,
        Destination::Telehealth,
        Destination::Email,
        Destination::Sms,
        Destination::Phone,
        Destination::OrderEntry,
    ];
    ALL.into_iter().find(|destination| destination.name() == name)
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.effect {
            Effect::Note => f.write_str("note")?,
            Effect::CallBack => f.write_str("call_back")?,
            Effect::Is(verdict) => write_verdict(f, verdict)?,
        }
        if let Some(stale) = self.stale_roster {
            f.write_str("|stale:")?;
            write_verdict(f, stale)?;
        }
        if self.second_route { f.write_str("+second_route") } else { Ok(()) }
    }
}

fn write_verdict(f: &mut fmt::Formatter<'_>, verdict: Verdict) -> fmt::Result {
    f.write_str(verdict.name())?;
    match verdict {
        Verdict::Redirect { to } => write!(f, ":{}", to.name()),
        _ => Ok(()),
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Cell, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Cell::parse(&text).ok_or_else(|| serde::de::Error::custom("not a cell"))
    }
}

/// One row's cells. `voice` and `off` have no column: a call is `allow_and_document`, off is `block`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each field is the kind of its name")]
pub struct Cells {
    pub full: Cell,
    pub team: Cell,
    pub care: Cell,
    pub logistics: Cell,
    pub deidentified: Cell,
}

/// The whole table: every row must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "each field is the row of its name")]
pub struct Table {
    pub logistics: Cells,
    pub clinical: Cells,
    pub order: Cells,
    pub named: Cells,
    pub sensitive: Cells,
    pub sensitive_provider: Cells,
    pub specialty: Cells,
    pub bad_news: Cells,
    pub identifiers: Cells,
    pub clues: Cells,
    pub attachment: Cells,
    pub urgent: Cells,
    pub unknown_language: Cells,
    pub not_recognised: Cells,
}

impl Table {
    /// The cells of a row.
    pub const fn row(&self, row: Row) -> &Cells {
        match row {
            Row::Logistics => &self.logistics,
            Row::Clinical => &self.clinical,
            Row::Order => &self.order,
            Row::Named => &self.named,
            Row::Sensitive => &self.sensitive,
            Row::SensitiveProvider => &self.sensitive_provider,
            Row::Specialty => &self.specialty,
            Row::BadNews => &self.bad_news,
            Row::Identifiers => &self.identifiers,
            Row::Clues => &self.clues,
            Row::Attachment => &self.attachment,
            Row::Urgent => &self.urgent,
            Row::UnknownLanguage => &self.unknown_language,
            Row::NotRecognised => &self.not_recognised,
        }
    }

    /// The cell of a row and a kind.
    pub const fn cell(&self, row: Row, kind: ChannelKind) -> Cell {
        let cells = self.row(row);
        match kind {
            ChannelKind::Full => cells.full,
            ChannelKind::Team => cells.team,
            ChannelKind::Care => cells.care,
            ChannelKind::Logistics => cells.logistics,
            ChannelKind::Deidentified => cells.deidentified,
            ChannelKind::Voice => {
                Cell { effect: Effect::Is(Verdict::AllowAndDocument), stale_roster: None, second_route: false }
            }
            ChannelKind::Off => Cell { effect: Effect::Is(Verdict::Block), stale_roster: None, second_route: false },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_reads_back_as_it_was_written() {
        for text in
            ["note", "call_back+second_route", "allow|stale:rewrite", "redirect:order_entry", "allow+second_route"]
        {
            assert_eq!(Cell::parse(text).map(|cell| cell.to_string()).as_deref(), Some(text));
        }
        for text in ["", "Allow", "redirect", "redirect:whatsapp", "allow|stale:", "allow+second", "block "] {
            assert_eq!(Cell::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_the_same_or_stronger_tightens() {
        let cell = |text| Cell::parse(text).unwrap();
        assert!(cell("block").tightens(&cell("call_back+second_route")));
        assert!(cell("allow_and_document").tightens(&cell("note")));
        assert!(!cell("allow").tightens(&cell("allow|stale:rewrite")));
        assert!(!cell("rewrite").tightens(&cell("call_back+second_route")), "the second route may not be dropped");
        assert!(!cell("call_back+second_route").tightens(&cell("rewrite")));
        assert!(!cell("rewrite").tightens(&cell("redirect:portal")));
    }
}
