//! Folds an entry of a word file.

/// The words of an entry as a text's would be folded; `lexicon/vocabulary.rs` proves it for every entry.
pub(crate) fn fold(entry: &str) -> Result<Vec<String>, String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = String::new();
    let mut apostrophe = None;
    let letters: Vec<char> = entry.chars().map(plain).collect::<Result<_, String>>()?;
    let mut close = |open: &mut String, apostrophe: &mut Option<usize>| {
        if let Some(at) = apostrophe.take()
            && matches!(open.get(at..), Some("s" | "ll" | "re" | "ve" | "m" | "d"))
        {
            open.truncate(at);
        }
        let digits = open.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = open.split_at(digits);
        // "20mg": a number and its unit.
        let apart = !number.is_empty() && !unit.is_empty() && !unit.bytes().any(|byte| byte.is_ascii_digit());
        let parts = if apart { vec![number, unit] } else { vec![open.as_str()] };
        words.extend(parts.into_iter().filter(|part| !part.is_empty()).map(str::to_owned));
        open.clear();
    };
    for (at, &letter) in letters.iter().enumerate() {
        let beside = |at: Option<usize>| at.and_then(|at| letters.get(at)).is_some_and(char::is_ascii_alphabetic);
        if letter.is_ascii_alphanumeric() {
            open.push(letter);
        } else if letter == '\'' && beside(at.checked_sub(1)) && beside(Some(at + 1)) {
            apostrophe = Some(open.len());
        } else {
            close(&mut open, &mut apostrophe);
        }
    }
    close(&mut open, &mut apostrophe);
    Ok(words)
}

/// A letter in small print without its marks.
fn plain(letter: char) -> Result<char, String> {
    Ok(match letter {
        'á' | 'à' | 'ã' | 'â' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'ï' => 'i',
        'ó' | 'ò' | 'õ' | 'ô' | 'ö' => 'o',
        'ú' | 'ù' | 'ü' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        '@' | '$' | '!' => return Err(format!("{letter} in an entry may stand for a letter")),
        _ if letter.is_ascii() => letter.to_ascii_lowercase(),
        _ => return Err(format!("an unknown letter in an entry: {letter}")),
    })
}
