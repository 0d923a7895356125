//! Many phrases in one pass: each text is read once, however many phrases are looked for.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use aho_corasick::automaton::Automaton as _;
use aho_corasick::nfa::contiguous::NFA;
use aho_corasick::{Anchored, MatchKind};

use crate::text::{Span, Traced, canonical};

/// Up to so many phrases, looking for one after the other is faster than one automaton
/// (`benches/rules.rs`; figures in `docs/performance.md`).
const FEW: usize = 4;

/// Phrases to look for, built once and used for any number of texts. A phrase is in a text when
/// its canonical form is part of the text's canonical form.
///
/// ```
/// use econsent_core::rules::PhraseSet;
///
/// let phrases = PhraseSet::new(["autodialer", "auto-dialer", "ATDS"]);
/// let found = phrases.find("calls placed by Auto‑Dialer or ATDS");
/// assert_eq!((found.has(0), found.has(1), found.has(2)), (false, true, true));
/// ```
#[derive(Debug, Clone)]
pub struct PhraseSet {
    /// Canonical forms, each once, none empty.
    needles: Vec<String>,
    /// For each phrase that was asked for, its needle; none for a phrase without content.
    asked: Vec<Option<usize>>,
    search: Search,
}

#[derive(Debug, Clone)]
enum Search {
    /// Each needle by itself.
    Each,
    /// All at once.
    Together(Box<NFA>),
}

/// Which phrases of a [`PhraseSet`] are in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found(Vec<bool>);

impl PhraseSet {
    /// Prepares phrases; they are known by their place in this list. One that is empty in
    /// canonical form is never found.
    pub fn new<'a>(phrases: impl IntoIterator<Item = &'a str>) -> Self {
        Self::with_limit(phrases, FEW)
    }

    /// One automaton from the first phrase on, or never: for comparing the two ways.
    #[doc(hidden)]
    pub fn with_limit<'a>(phrases: impl IntoIterator<Item = &'a str>, few: usize) -> Self {
        let mut places = BTreeMap::new();
        let mut needles = Vec::new();
        let mut asked = Vec::new();
        for phrase in phrases {
            let needle = canonical(phrase);
            let place = (!needle.is_empty()).then(|| {
                *places.entry(needle).or_insert_with_key(|needle| {
                    needles.push(needle.clone());
                    needles.len() - 1
                })
            });
            asked.push(place);
        }
        let automaton = (needles.len() > few)
            .then(|| NFA::builder().match_kind(MatchKind::Standard).build(&needles));
        let search = match automaton {
            Some(Ok(automaton)) => Search::Together(Box::new(automaton)),
            // More states than the automaton can number: looking one by one still works.
            Some(Err(_)) | None => Search::Each,
        };
        Self { needles, asked, search }
    }

    /// How many phrases were asked for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.asked.len()
    }

    /// True when there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    /// The phrases of one text.
    #[must_use]
    pub fn find(&self, text: &str) -> Found {
        self.find_canonical(&canonical(text))
    }

    /// The phrases of a text that is in canonical form already.
    #[must_use]
    pub fn find_canonical(&self, text: &str) -> Found {
        let ends = self.ends(text);
        let has = |place: &Option<usize>| self.end(&ends, *place).is_some();
        Found(self.asked.iter().map(has).collect())
    }

    /// Where each phrase stands first in a text, by the text's own characters.
    #[must_use]
    pub fn locate(&self, text: &Traced) -> Vec<Option<Span>> {
        let ends = self.ends(text.as_str());
        let span = |place: &Option<usize>| {
            let (end, length) = self.end(&ends, *place)?;
            text.span(end.checked_sub(length)?, end)
        };
        self.asked.iter().map(span).collect()
    }

    /// Where each needle first ends in a canonical text; 0 where it never does.
    fn ends(&self, text: &str) -> Vec<usize> {
        let end =
            |needle: &String| text.find(needle).map_or(0, |at| at.saturating_add(needle.len()));
        match &self.search {
            Search::Each => self.needles.iter().map(end).collect(),
            Search::Together(automaton) => together(automaton, self.needles.len(), text),
        }
    }

    /// Where a needle first ends, and how long it is.
    fn end(&self, ends: &[usize], needle: Option<usize>) -> Option<(usize, usize)> {
        let needle = needle?;
        let end = ends.get(needle).copied().filter(|end| *end > 0)?;
        Some((end, self.needles.get(needle)?.len()))
    }

    /// The phrases of many texts. Thousands of certificates share few texts: each different one
    /// is read once.
    #[must_use]
    pub fn find_all(&self, texts: &[&str]) -> Vec<Found> {
        let mut known: BTreeMap<&str, Found> = BTreeMap::new();
        let mut find = |text| known.entry(text).or_insert_with(|| self.find(text)).clone();
        texts.iter().map(|text| find(text)).collect()
    }

    /// Nothing found yet.
    #[must_use]
    pub fn none(&self) -> Found {
        Found(vec![false; self.asked.len()])
    }
}

/// Walks the automaton over the text. A state's patterns are a needle and those that end it, from
/// the longest: what follows one that was found before was found with it. So no state is unrolled
/// twice, and phrases that lie in one another (a, aa, aaa, …) cost no more than others. Says where
/// each needle first ends, 0 where it never does.
fn together(automaton: &NFA, needles: usize, text: &str) -> Vec<usize> {
    let mut found = vec![0; needles];
    let mut left = needles;
    // Only an anchored search can be refused, and this automaton knows both.
    let Ok(mut state) = automaton.start_state(Anchored::No) else {
        return found;
    };
    for (end, byte) in (1..).zip(text.bytes()) {
        state = automaton.next_state(Anchored::No, state, byte);
        if !automaton.is_match(state) {
            continue;
        }
        for at in 0..automaton.match_len(state) {
            match found.get_mut(automaton.match_pattern(state, at).as_usize()) {
                Some(new) if *new == 0 => *new = end,
                _ => break,
            }
            left = left.saturating_sub(1);
        }
        if left == 0 {
            break;
        }
    }
    found
}

impl Found {
    /// Whether the phrase at that place of the list was found.
    #[must_use]
    pub fn has(&self, phrase: usize) -> bool {
        self.0.get(phrase).copied().unwrap_or_default()
    }

    /// Adds what was found in another text.
    pub fn add(&mut self, other: &Self) {
        for (here, there) in self.0.iter_mut().zip(&other.0) {
            *here |= there;
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::PhraseSet;
    use crate::text::{Span, Traced, canonical};

    fn found(phrases: &[&str], text: &str, few: usize) -> Vec<bool> {
        let set = PhraseSet::with_limit(phrases.iter().copied(), few);
        let found = set.find(text);
        (0..set.len()).map(|at| found.has(at)).collect()
    }

    /// Phrases as rules have them: nested, overlapping, repeated, in other spellings, empty.
    const PHRASES: [&str; 12] = [
        "lending partners",
        "our lending partners",
        "partners",
        "Lending  Partners",
        "partners may",
        "s",
        "ou",
        "our lending partners may call you about loans",
        "\u{200b}",
        "",
        "STRASSE",
        "ﬁnance",
    ];

    #[test]
    fn both_ways_of_looking_find_what_contains_finds() {
        for text in [
            "Your information may be shared with our lending partners.",
            "OUR LENDING PARTNERS MAY call you",
            "our lending partner",
            "Finance on Strasse 5",
            "",
        ] {
            let haystack = canonical(text);
            let expected: Vec<bool> = PHRASES
                .iter()
                .map(|phrase| canonical(phrase))
                .map(|needle| !needle.is_empty() && haystack.contains(&needle))
                .collect();
            assert_eq!(found(&PHRASES, text, 0), expected, "together: {text}");
            assert_eq!(found(&PHRASES, text, usize::MAX), expected, "each: {text}");
        }
    }

    #[test]
    fn phrases_inside_one_another_are_all_found() {
        let nested: Vec<String> = (1..=40).map(|n| "a".repeat(n)).collect();
        let nested: Vec<&str> = nested.iter().map(String::as_str).collect();
        let expected: Vec<bool> = (1..=40).map(|n| n <= 30).collect();
        assert_eq!(found(&nested, &"a".repeat(30), 0), expected);
    }

    #[test]
    fn both_ways_of_looking_find_the_same_first_places() {
        let text = Traced::of("Our  Lending Partners may share it with “lending partners”.");
        let places = |few| PhraseSet::with_limit(PHRASES, few).locate(&text);
        assert_eq!(places(0), places(usize::MAX));
        let [nested, whole, part, spelt, ..] = &places(0)[..] else { panic!() };
        let span = |start, end| Some(Span { start, end });
        assert_eq!((*nested, *whole, *part), (span(5, 21), span(0, 21), span(13, 21)));
        assert_eq!(spelt, nested);
    }

    #[test]
    fn many_texts_give_what_each_gives_alone() {
        let set = PhraseSet::with_limit(PHRASES, 0);
        let texts = ["Our lending partners", "none of it", "Our lending partners"];
        let all = set.find_all(&texts);
        assert_eq!(all, texts.map(|text| set.find(text)));
    }
}
