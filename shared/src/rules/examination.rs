//! What checking comes to, rule by rule and phrase by phrase, with the place of everything that was
//! found: for those who look at the evidence.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::check::{Compliance, Verdict};
use super::phrase::Phrase;
use super::rule::{Mode, Rule};
use super::rule_set::{Evidence, RuleSet};
use crate::states::State;
use crate::text::{Span, Traced};

/// In how many records something forbidden is shown.
const SHOWN: usize = 8;

/// The result for one certificate, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Examination {
    /// The result.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub compliance: Compliance,
    /// Each rule, in the order of the set.
    pub rules: Vec<RuleResult>,
}

/// What one rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RuleResult {
    /// What the rule is called.
    pub rule_name: String,
    /// What happens when it fails.
    pub mode: Mode,
    /// The states that it is bound to; none for all.
    pub states: Vec<State>,
    /// What it says by itself; `not_checked` where it does not apply.
    pub status: Verdict,
    /// Its required phrases, then the sentences of its full text.
    pub required: Vec<PhraseResult>,
    /// Its forbidden phrases.
    pub forbidden: Vec<PhraseResult>,
}

/// Whether and where a phrase was found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PhraseResult {
    /// The phrase, several wordings as `a | b`.
    pub phrase: String,
    /// The wording that was found; none when the phrase is missing.
    pub found: Option<String>,
    /// Where: a required phrase in the first record that has it, a forbidden one in up to eight.
    pub places: Vec<Place>,
}

/// A part of one consent record's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Place {
    /// Which of the certificate's consent records, counted from 0.
    pub record: usize,
    /// The first character, in Unicode scalar values from 0.
    pub start: usize,
    /// The character after the last.
    pub end: usize,
}

impl RuleSet {
    /// Checks one certificate, and says of every phrase where it was found. The result is that of
    /// [`Self::check`].
    #[must_use]
    pub fn examine(&self, evidence: &Evidence<'_>) -> Examination {
        let given = evidence.consents.iter().enumerate();
        let texts: Vec<Located> = given
            .filter(|(_, (record, _))| record.is_given())
            .map(|(record, (_, words))| {
                let traced = Traced::of(words);
                Located { record, spans: self.phrases().locate(&traced) }
            })
            .collect();
        let mut wordings = 0..;
        let rules = self.rules().iter().map(|rule| {
            let applies = rule.applies(&evidence.states);
            let mut look = |phrase: &Phrase, shown| {
                let found = Found::first(phrase, &mut wordings, &texts);
                let found = found.filter(|_| applies);
                PhraseResult {
                    phrase: phrase.to_string(),
                    places: found.iter().flat_map(|found| found.places(&texts, shown)).collect(),
                    found: found.map(|found| found.wording),
                }
            };
            // Every phrase takes its places in the search, whether the rule applies or not.
            let required: Vec<_> = rule.required().map(|phrase| look(phrase, 1)).collect();
            let forbidden: Vec<_> = rule.forbidden().map(|phrase| look(phrase, SHOWN)).collect();
            let in_order = required.iter().all(|phrase| phrase.found.is_some())
                && forbidden.iter().all(|phrase| phrase.found.is_none());
            RuleResult {
                rule_name: rule.name().into(),
                mode: rule.mode(),
                states: rule.states().to_vec(),
                status: match (applies, in_order) {
                    (false, _) => Verdict::NotChecked,
                    (true, true) => Verdict::Pass,
                    (true, false) => rule.failed(&evidence.states),
                },
                required,
                forbidden,
            }
        });
        let rules = rules.collect();
        Examination { compliance: self.check(evidence), rules }
    }
}

impl Rule {
    /// What follows when it fails: where no state is known, a rule of some states cannot reject.
    pub(super) fn failed(&self, known: &[State]) -> Verdict {
        match self.mode() {
            Mode::Reject if !self.is_elsewhere(known) => Verdict::Reject,
            Mode::Reject | Mode::Warn => Verdict::Warn,
        }
    }

    /// Whether it is bound to states while none is known.
    pub(super) fn is_elsewhere(&self, known: &[State]) -> bool {
        !self.states().is_empty() && known.is_empty()
    }
}

/// A record's words, and where each wording of the rules stands first in them.
struct Located {
    record: usize,
    spans: Vec<Option<Span>>,
}

/// A wording that was found, by its place in the search.
struct Found {
    wording: String,
    place: usize,
}

impl Found {
    /// The first wording of a phrase that is in any record; takes the places of all of them.
    fn first(
        phrase: &Phrase,
        places: &mut impl Iterator<Item = usize>,
        texts: &[Located],
    ) -> Option<Self> {
        let mut first = None;
        for (wording, place) in phrase.wordings().iter().zip(places) {
            if first.is_none() && texts.iter().any(|text| text.span(place).is_some()) {
                first = Some(Self { wording: wording.clone(), place });
            }
        }
        first
    }

    fn places<'t>(&self, texts: &'t [Located], most: usize) -> impl Iterator<Item = Place> + 't {
        let place = self.place;
        let all = texts.iter().filter_map(move |text| {
            let Span { start, end } = text.span(place)?;
            Some(Place { record: text.record, start, end })
        });
        all.take(most)
    }
}

impl Located {
    fn span(&self, place: usize) -> Option<Span> {
        self.spans.get(place).copied().flatten()
    }
}
