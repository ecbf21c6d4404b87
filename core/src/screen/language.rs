//! Which language a text is in, by script and by its small words.

use super::lexicon::LANGUAGES;
use super::lexicon::vocabulary::CLINICAL_WORD;
use super::text::{Kind, Letters, Text};
use super::{Language, Span};

/// Points for each of [`LANGUAGES`], and the number of words counted.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Tally {
    points: [u32; LANGUAGES.len()],
    words: u32,
    clinical: u32,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Tally) {
        self.points.iter_mut().zip(other.points).for_each(|(a, b)| *a += b);
        self.words += other.words;
        self.clinical += other.clinical;
    }

    fn screened(&self) -> u32 {
        self.points[0].max(self.points[1])
    }

    fn other(&self) -> u32 {
        self.points.iter().skip(2).copied().max().unwrap_or(0)
    }

    fn language(&self) -> Language {
        let known = self.screened() + self.clinical;
        if self.words == 0 {
            Language::None
        } else if self.other() > self.screened() || u64::from(known) * 4 < u64::from(self.words) {
            Language::Unknown
        } else if self.points[1] > self.points[0] {
            Language::Spanish
        } else {
            Language::English
        }
    }
}

/// Counts the words of a piece; with the sentences that are in no language that is screened.
pub(crate) fn tally(text: &Text<'_>) -> (Tally, Vec<Span>) {
    let mut all = Tally::default();
    let mut unscreened = Vec::new();
    let own = text.tokens.get(text.fresh..).unwrap_or_default();
    let shouted = own.iter().filter(|t| t.kind == Kind::Word).all(|t| t.upper);
    for sentence in &text.sentences {
        let mut tally = Tally::default();
        let start = sentence.start.max(text.fresh);
        for i in (start..sentence.end).filter(|&i| text.kind(i) == Some(Kind::Word)) {
            let about = text.about(i);
            let clinical = about.languages == 0 && about.flags & CLINICAL_WORD != 0;
            // A capitalised word that nothing knows is a name in any language.
            let name = i > sentence.start && text.capital(i) && !shouted && !clinical && about.languages == 0;
            tally.words += u32::from(!name);
            let languages = tally.points.iter_mut().enumerate();
            languages.for_each(|(bit, points)| *points += u32::from(about.languages >> bit & 1));
            tally.clinical += u32::from(clinical);
        }
        // A sentence in another language inside an English text is not screened either.
        if tally.words >= 4
            && tally.other() >= 2
            && tally.other() > tally.screened()
            && let Some(last) = sentence.end.checked_sub(1)
        {
            unscreened.push(text.span(start, last));
        }
        all.add(&tally);
    }
    (all, unscreened)
}

/// The language of a text, from the words and letters of all its pieces.
pub(crate) fn decide(tally: &Tally, letters: &Letters) -> Language {
    let Letters { latin, alike, foreign } = *letters;
    // Where Latin letters are few, what looks like one is none.
    let foreign = if latin >= alike.saturating_add(foreign) { foreign } else { foreign.saturating_add(alike) };
    // Letters of another script that nothing here can read.
    if foreign > latin || foreign.saturating_mul(3) > latin && foreign > 3 {
        return Language::Unknown;
    }
    tally.language()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(source: &str) -> Language {
        let text = Text::new(source);
        decide(&tally(&text).0, &text.letters)
    }

    #[test]
    fn english_and_spanish_are_told_apart() {
        assert_eq!(language("Your prescription is ready."), Language::English);
        assert_eq!(language("Su receta está lista."), Language::Spanish);
        assert_eq!(language("Su cita es mañana a las 2 de la tarde."), Language::Spanish);
        assert_eq!(language("Does he have asthma?"), Language::English);
    }

    #[test]
    fn other_languages_are_unknown_and_never_guessed() {
        for other in [
            "Votre ordonnance est prête, veuillez passer demain.",
            "Ihr Rezept ist fertig, bitte rufen Sie uns an.",
            "A sua consulta é amanhã às 14h, não falte.",
            "La sua ricetta è pronta, grazie.",
            "Ваш рецепт готов.",
            "您的处方已准备好",
            "وصفتك جاهزة",
            "Randevu w demen, tanpri rele nou.",
        ] {
            assert_eq!(language(other), Language::Unknown, "{other}");
        }
    }

    #[test]
    fn a_text_without_words_has_no_language() {
        for none in ["", "😊😊", "12:30", "…!?"] {
            assert_eq!(language(none), Language::None, "{none}");
        }
    }

    #[test]
    fn a_foreign_sentence_inside_an_english_text_is_reported() {
        let text = Text::new(
            "Your appointment is tomorrow at the clinic. Please call us if you need to change it. Vous avez rendez-vous avec votre médecin demain.",
        );
        let (words, unscreened) = tally(&text);
        assert_eq!(decide(&words, &text.letters), Language::English);
        assert_eq!(unscreened.len(), 1);
        assert!(unscreened[0].start > 40);
    }
}
