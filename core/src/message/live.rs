//! What assessing remembers from one keystroke to the next: the draft piece by piece, and what was said of the texts offered instead.

use crate::error::Result;
use crate::policy::Content;
use crate::screen::{ClinicProfile, NameIndex, Screener};
use std::collections::VecDeque;

/// How many other texts are remembered: all candidates of one draft's rewrites, twice over.
const KEPT: usize = 48;

/// Follows a draft while it is typed. Keeps texts, so it belongs inside an unlocked session and is dropped with it (freed memory is
/// wiped). What is said with it is what is said without it.
#[derive(Default)]
pub struct LiveScreen {
    /// The draft itself.
    pub(super) draft: Screener,
    pub(super) others: Others,
}

impl LiveScreen {
    /// One that remembers nothing.
    pub fn new() -> LiveScreen {
        LiveScreen::default()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = LiveScreen::default();
    }
}

/// Says nothing of the texts.
impl std::fmt::Debug for LiveScreen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveScreen").field("draft", &self.draft).finish_non_exhaustive()
    }
}

/// What other texts contain. Ready texts are the same at each keystroke; the draft with a part cut out changes as the draft does.
#[derive(Default)]
pub(super) struct Others {
    screener: Screener,
    said: VecDeque<(String, Content)>,
    profile: Option<ClinicProfile>,
    names: u64,
}

impl Others {
    /// What `text` contains, as the policy asks for it.
    ///
    /// # Errors
    /// As [`Screener::screen`].
    pub(super) fn content(
        &mut self,
        text: &str,
        profile: Option<&ClinicProfile>,
        names: &NameIndex,
    ) -> Result<&Content> {
        if self.profile.as_ref() != profile || self.names != names.stamp() {
            *self = Others { profile: profile.cloned(), names: names.stamp(), ..Others::default() };
        }
        if let Some(known) = self.said.iter().position(|(said, _)| said == text) {
            // The latest stand last.
            let latest = self.said.remove(known);
            self.said.extend(latest);
        } else {
            let findings = self.screener.screen(text, profile, names)?;
            if self.said.len() == KEPT {
                self.said.pop_front();
            }
            self.said.push_back((text.to_owned(), Content::of(text, &findings, profile)));
        }
        let last = self.said.back().map(|(_, content)| content);
        last.ok_or(crate::error::Error::Internal { code: 411 })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::plain;
    use super::super::{assess, assess_live};
    use super::*;
    use crate::policy::{Channel, Pack, US_HIPAA};
    use crate::screen::KnownPerson;
    use crate::words::Lang;

    const DRAFT: &str =
        "Hi Rosa, your CT scan shows a new mass. Take 20 units of insulin. Call Dr. Lee tomorrow at 2 pm. Tu cita.";

    #[test]
    fn what_is_remembered_never_changes_what_is_said() {
        let pack = Pack::builtin(US_HIPAA).unwrap();
        let clinics = [
            None,
            Some(ClinicProfile {
                name: "St. Alder Clinic".into(),
                phones: vec!["555-123-4567".into()],
                ..Default::default()
            }),
            Some(ClinicProfile { name: "Rosa".into(), staff: vec!["Lee".into()], ..Default::default() }),
        ];
        let rosa = KnownPerson { names: vec!["Rosa".into(), "Delgado".into()], identifiers: vec![], phones: vec![] };
        let names = [NameIndex::new(Vec::new()), NameIndex::new(vec![rosa])];
        let ends: Vec<usize> = DRAFT.char_indices().map(|(at, _)| at).chain([DRAFT.len()]).collect();
        let mut live = LiveScreen::new();
        let mut turns = 0_usize;
        for end in ends.iter().chain(ends.iter().rev()) {
            // Not in step with each other: every combination comes up.
            turns += 1;
            let profile = clinics[turns / 7 % clinics.len()].as_ref();
            let channel = [Channel::Sms, Channel::Portal, Channel::Email][turns / 3 % 3];
            let lang = Lang::ALL[turns / 11 % 2];
            let input = plain(&DRAFT[..*end], &pack, &names[turns / 5 % 2], lang);
            let input = super::super::AssessInput { profile, channel, ..input };
            assert!(assess_live(&input, &mut live).unwrap() == assess(&input).unwrap(), "after {end} bytes");
        }
        assert!(live.others.said.len() <= KEPT);
    }

    #[test]
    fn a_ready_text_is_screened_once_while_a_draft_is_typed() {
        let (pack, names) = (Pack::builtin(US_HIPAA).unwrap(), NameIndex::new(Vec::new()));
        let mut live = LiveScreen::new();
        let mut read = Vec::new();
        for end in [39, 40, 41] {
            let before = live.others.screener.bytes_read();
            assert!(assess_live(&plain(&DRAFT[..end], &pack, &names, Lang::En), &mut live).unwrap().rewrites.len() > 1);
            read.push(live.others.screener.bytes_read() - before);
        }
        assert!(read[1] + read[2] < read[0], "{read:?}");
    }
}
