//! Every word that some list or rule knows, once, with what each says of it; written as constant tables.
//!
//! `src/screen/lexicon/vocabulary.rs` and `src/screen/clinical/grammar.rs` include them and say what they mean.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Write as _};

use crate::Outcome;
use crate::grammar::{Classes, Grammar, Sets};
use crate::lexicon::{Book, Stem, Term, slips};

/// What is said of one word.
#[derive(Default)]
pub(crate) struct Word {
    pub(crate) terms: BTreeMap<Book, Vec<Term>>,
    /// Names of flags of `vocabulary.rs`.
    pub(crate) flags: BTreeSet<&'static str>,
    /// Bits of the map of people.
    pub(crate) facts: u64,
}

/// Everything that the word files say.
#[derive(Default)]
pub(crate) struct Tables {
    pub(crate) words: BTreeMap<String, Word>,
    /// Sections of each book, in the order of their index.
    pub(crate) clinical: Vec<String>,
    logistics: Vec<String>,
    keywords: Vec<String>,
    jest: Vec<String>,
    pub(crate) stems: Vec<Stem>,
    pub(crate) parts: Vec<Stem>,
}

/// The place of a value in a list, where it is put if it is new.
fn placed<T: PartialEq>(list: &mut Vec<T>, value: T) -> usize {
    list.iter().position(|other| *other == value).unwrap_or_else(|| {
        list.push(value);
        list.len() - 1
    })
}

/// FNV-1a, 32 bits, as `lexicon/vocabulary.rs` has it.
pub(crate) fn hash(word: &str) -> u32 {
    word.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// A constant list: its name, the type of its members, and these.
fn list<T: Display>(out: &mut String, name: &str, kind: &str, members: impl IntoIterator<Item = T>) -> Outcome<()> {
    let members: Vec<String> = members.into_iter().map(|member| member.to_string()).collect();
    writeln!(out, "static {name}: [{kind}; {}] = [", members.len())?;
    for line in members.chunks(12) {
        writeln!(out, "{},", line.join(","))?;
    }
    Ok(writeln!(out, "];")?)
}

impl Tables {
    pub(crate) fn word(&mut self, word: &str) -> &mut Word {
        self.words.entry(word.to_owned()).or_default()
    }

    pub(crate) fn meaning(&mut self, book: Book, section: &str) -> usize {
        let list = match book {
            Book::Clinical => &mut self.clinical,
            Book::Logistics => &mut self.logistics,
            Book::Keywords => &mut self.keywords,
            Book::Jest => &mut self.jest,
        };
        placed(list, section.to_owned())
    }

    /// What the beginning of a word tells, or a part of it: one more than twice its meaning, one more if it is weak.
    fn stem(&self, word: &str) -> usize {
        let begins = self.stems.iter().find(|stem| word.starts_with(&stem.letters));
        let holds = |part: &&Stem| word.len() > part.letters.len() && word.contains(&part.letters);
        begins.or_else(|| self.parts.iter().find(holds)).map_or(0, |stem| stem.code())
    }

    /// Writes all tables: those of the vocabulary, and those of the grammar.
    pub(crate) fn written(&self, grammar: &Grammar) -> Outcome<(String, String)> {
        let mut words: Vec<(&String, &Word)> = self.words.iter().collect();
        words.sort_by_key(|(word, _)| (hash(word), word.as_str()));
        let numbers: BTreeMap<&str, usize> = words.iter().map(|(word, _)| word.as_str()).zip(1..).collect();
        let number = |word: &str| numbers.get(word).copied().ok_or_else(|| format!("no number for {word}"));
        let (rules, sets, lists) = rules(grammar, number)?;

        let mut out = String::new();
        let spelled: String = words.iter().map(|(word, _)| word.as_str()).collect();
        writeln!(out, "static SPELLED: &str = {spelled:?};")?;
        // Ends in two bytes each, from a base for every 64 words.
        let ends: Vec<usize> = std::iter::once(0)
            .chain(words.iter().scan(0, |end, (word, _)| {
                *end += word.len();
                Some(*end)
            }))
            .collect();
        let bases: Vec<usize> = ends.chunks(64).filter_map(|chunk| chunk.first().copied()).collect();
        let from = |(at, end): (usize, &usize)| end - bases.get(at / 64).copied().unwrap_or(0);
        list(&mut out, "ENDS", "u16", ends.iter().enumerate().map(from))?;
        list(&mut out, "BASES", "u32", &bases)?;
        list(&mut out, "HASHES", "u16", words.iter().map(|(word, _)| hash(word) & 0xFFFF))?;
        let first = (0..=1u64 << 12).map(|top| words.partition_point(|(word, _)| u64::from(hash(word) >> 20) < top));
        list(&mut out, "FIRST", "u16", first)?;

        let (mut abouts, mut rest, mut terms) = (Vec::new(), vec![], Vec::new());
        let mut entries = vec![String::from("Word{about:0,group:0,rules:0}")];
        let mut groups = vec![String::from("Group{from:0,counts:[0,0,0,0]}")];
        placed(&mut abouts, About::default());
        for (spelling, word) in &words {
            let from = terms.len();
            let mut counts = Vec::new();
            for book in [Book::Clinical, Book::Logistics, Book::Keywords, Book::Jest] {
                let group = word.terms.get(&book).map_or(&[][..], Vec::as_slice);
                counts.push(group.len());
                for term in group {
                    let ids = term.rest.iter().map(|word| number(word)).collect::<Result<Vec<_>, _>>()?;
                    let at = rest.windows(ids.len().max(1)).position(|part| part == ids).unwrap_or(rest.len());
                    let at = if ids.is_empty() { 0 } else { at };
                    if at == rest.len() {
                        rest.extend_from_slice(&ids);
                    }
                    let Term { weak, upper, meaning, .. } = term;
                    terms.push(format!(
                        "Entry{{rest:{at},more:{},meaning:{meaning},weak:{weak},upper:{upper}}}",
                        ids.len()
                    ));
                }
            }
            let group = if terms.len() == from { 0 } else { groups.len() };
            if group > 0 {
                groups.push(format!("Group{{from:{from},counts:{counts:?}}}"));
            }
            let about = placed(&mut abouts, self.about(spelling, word, grammar, &sets));
            let rules = lists.of.get(spelling.as_str()).copied().unwrap_or(0);
            entries.push(format!("Word{{about:{about},group:{group},rules:{rules}}}"));
        }
        list(&mut out, "WORDS", "Word", entries)?;
        list(&mut out, "GROUPS", "Group", groups)?;
        list(&mut out, "ABOUT", "About", abouts)?;
        list(&mut out, "ENTRIES", "Entry", terms)?;
        list(&mut out, "REST", "u16", rest)?;
        let named = |section: &String| format!("Classes::named(&{:?})", section.split(' ').collect::<Vec<_>>());
        list(&mut out, "CLINICAL_MEANINGS", "Classes", self.clinical.iter().map(named))?;
        list(
            &mut out,
            "LOGISTICS_MEANINGS",
            "Role",
            self.logistics.iter().map(|name| format!("Role::named({name:?})")),
        )?;
        list(&mut out, "KEYWORD_MEANINGS", "Class", self.keywords.iter().map(|name| format!("class_named({name:?})")))?;
        list(&mut out, "JEST_MEANINGS", "Jest", self.jest.iter().map(|name| format!("Jest::named({name:?})")))?;
        self.write_stems(&mut out)?;
        self.write_slips(&mut out, number)?;
        Ok((out, rules))
    }

    fn about(&self, spelling: &str, word: &Word, grammar: &Grammar, sets: &[Sets]) -> About {
        let alone = |book: Book| word.terms.get(&book).into_iter().flatten().filter(|term| term.rest.is_empty());
        let mut flags = word.flags.clone();
        if let Some(term) = alone(Book::Clinical).find(|term| !term.upper) {
            flags.insert(if term.weak { "CLINICAL_WEAK" } else { "CLINICAL_PLAIN" });
        }
        if alone(Book::Logistics).any(|term| !term.upper) {
            flags.insert("LOGISTICS");
        }
        if word.facts != 0 || flags.contains("LOGISTICS") {
            flags.insert("NO_SLIP");
        }
        let mut roles: Vec<usize> = alone(Book::Logistics).map(|term| term.meaning).collect();
        roles.sort_unstable();
        roles.dedup();
        let own = grammar.words.get(spelling).copied().unwrap_or(0);
        let roles = roles.iter().filter_map(|&role| self.logistics.get(role)?.split(' ').next().map(str::to_owned));
        About {
            flags: flags.into_iter().collect(),
            languages: roles.collect::<BTreeSet<_>>().into_iter().collect(),
            facts: word.facts,
            sets: sets.iter().position(|set| *set == own).unwrap_or(0),
            stem: self.stem(spelling),
        }
    }

    fn write_stems(&self, out: &mut String) -> Outcome<()> {
        let mut stems: Vec<&Stem> = self.stems.iter().collect();
        stems.sort_by_key(|stem| stem.letters.get(..3));
        let shown = |stem: &Stem| format!("({:?},{})", stem.letters, stem.code());
        list(out, "STEMS", "(&str, u8)", stems.into_iter().map(shown))?;
        list(out, "PARTS", "(&str, u8)", self.parts.iter().map(shown))
    }

    fn write_slips(&self, out: &mut String, number: impl Fn(&str) -> Result<usize, String>) -> Outcome<()> {
        let mut keys = Vec::new();
        for (word, meaning) in slips(self) {
            for key in slip_keys(&word).into_iter().flatten() {
                keys.push((key, number(&word)?, word.clone(), meaning));
            }
        }
        keys.sort_by(|a, b| (a.0, &a.2).cmp(&(b.0, &b.2)));
        list(out, "SLIP_KEYS", "u32", keys.iter().map(|key| key.0))?;
        list(out, "SLIPS", "(u16, u8)", keys.iter().map(|(_, word, _, meaning)| format!("({word},{meaning})")))
    }
}

impl Stem {
    fn code(&self) -> usize {
        1 + 2 * self.meaning + usize::from(self.weak)
    }
}

/// The three keys of a word, as `lexicon/slip.rs` has them.
fn slip_keys(word: &str) -> [Option<u32>; 3] {
    let word = word.as_bytes();
    let pack = |kind: u32, bytes: &[&[u8]]| bytes.iter().copied().flatten().fold(kind, |k, &b| k << 7 | u32::from(b));
    let (head, tail) = (word.first_chunk::<3>(), word.last_chunk::<3>());
    let ends = word.first_chunk::<2>().zip(word.last_chunk::<2>());
    [head.map(|h| pack(1, &[h])), tail.map(|t| pack(2, &[t])), ends.map(|(h, t)| pack(3, &[h, t]))]
}

/// What is said of a word, the same of many.
#[derive(Default, PartialEq)]
struct About {
    flags: Vec<&'static str>,
    languages: Vec<String>,
    facts: u64,
    sets: usize,
    stem: usize,
}

impl Display for About {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let flags = if self.flags.is_empty() { "0".to_owned() } else { self.flags.join("|") };
        let About { languages, facts, sets, stem, .. } = self;
        write!(f, "About{{flags:{flags},languages:languages(&{languages:?}),facts:{facts},sets:{sets},stem:{stem}}}")
    }
}

/// Which rules may start with a word: lists of them, and the list of each word.
struct Starts<'g> {
    of: BTreeMap<&'g str, usize>,
}

/// The grammar's own tables, the sets in the order of their index, and the rules that words start.
fn rules<'g>(
    grammar: &'g Grammar,
    number: impl Fn(&str) -> Result<usize, String>,
) -> Outcome<(String, Vec<Sets>, Starts<'g>)> {
    let (mut sets, mut classes): (Vec<Sets>, Vec<Classes>) = (vec![0], vec![Classes::new()]);
    let (mut names, mut elements, mut pool, mut needs, mut shown) = (Vec::new(), vec![], vec![], vec![], vec![]);
    let mut by_word: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let (mut by_class, mut by_number) = (Vec::new(), Vec::new());
    for (at, rule) in grammar.rules.iter().enumerate() {
        let (first, first_need) = (elements.len(), needs.len());
        for element in &rule.elements {
            let words = element.words.iter().map(|word| number(word)).collect::<Result<Vec<_>, _>>()?;
            let from = if words.is_empty() { 0 } else { pool.len() };
            pool.extend_from_slice(&words);
            elements.push(format!(
                "Element{{sets:{},words:({from},{}),mask:{},classes:{},gap:{},number:{},optional:{},forbidden:{},end:{}}}",
                placed(&mut sets, element.sets),
                words.len(),
                words.iter().fold(0u32, |mask, word| mask | 1 << (word % 32)),
                placed(&mut classes, element.classes.clone()),
                element.gap,
                element.number,
                element.optional,
                element.forbidden,
                element.end,
            ));
        }
        for (asked, kinds) in &rule.needs {
            needs.push(format!("({},{})", placed(&mut sets, *asked), placed(&mut classes, kinds.clone())));
        }
        shown.push(format!(
            "Rule{{classes:{},name:{},elements:({first},{}),needs:({first_need},{}),bans:{},opens:{},ends:{}}}",
            placed(&mut classes, rule.classes.clone()),
            placed(&mut names, format!("{:?}", rule.name)),
            rule.elements.len(),
            rule.needs.len(),
            placed(&mut sets, rule.bans),
            rule.opens,
            rule.ends,
        ));
        let Some(start) = rule.elements.first() else { continue };
        for (word, own) in &grammar.words {
            if own & start.sets != 0 || start.words.contains(word) {
                by_word.entry(word).or_default().push(at);
            }
        }
        if !start.classes.is_empty() {
            by_class.push(at);
        }
        if start.number {
            by_number.push(at);
        }
    }
    for own in grammar.words.values() {
        placed(&mut sets, *own);
    }
    let (mut lists, mut listed) = (vec![Vec::new()], vec![]);
    let of = by_word.into_iter().map(|(word, rules)| (word, placed(&mut lists, rules))).collect();
    let mut ranges = Vec::new();
    for rules in lists {
        ranges.push(format!("({},{})", listed.len(), rules.len()));
        listed.extend(rules);
    }
    let mut out = String::new();
    list(&mut out, "SETS", "u128", &sets)?;
    let named = |names: &Classes| format!("Classes::named(&{:?})", names.iter().collect::<Vec<_>>());
    list(&mut out, "CLASSES", "Classes", classes.iter().map(named))?;
    list(&mut out, "NAMES", "&str", names)?;
    list(&mut out, "ELEMENTS", "Element", elements)?;
    list(&mut out, "MEMBERS", "u16", pool)?;
    list(&mut out, "NEEDS", "(u16, u8)", needs)?;
    list(&mut out, "RULES", "Rule", shown)?;
    list(&mut out, "STARTS", "(u16, u16)", ranges)?;
    list(&mut out, "STARTED", "u16", listed)?;
    list(&mut out, "BY_CLASS", "u16", by_class)?;
    list(&mut out, "BY_NUMBER", "u16", by_number)?;
    writeln!(out, "const THINGS: u128 = {};", grammar.things)?;
    Ok((out, sets, Starts { of }))
}
