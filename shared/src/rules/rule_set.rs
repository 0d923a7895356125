//! A buyer's rules, compiled once, and what they say about certificates.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::check::{Compliance, Doubt, Level, Score, Verdict};
use super::phrase::Phrase;
use super::phrases::{Found, PhraseSet};
use super::rule::Rule;
use crate::consent::ConsentRecord;
use crate::limits;
use crate::record::{Attestation, Clock};
use crate::states::State;

/// What a certificate brings to the check.
#[derive(Debug, Clone)]
pub struct Evidence<'a> {
    /// The consent records with their words; only given ones are looked at, each by itself.
    pub consents: Vec<(&'a ConsentRecord, &'a str)>,
    /// The consumer's states, however they are known; empty when none is.
    pub states: Vec<State>,
    /// Whether the evidence came with a session token.
    pub attestation: Attestation,
    /// Whether the page's time is plausible.
    pub clock: Clock,
}

impl<'a> Evidence<'a> {
    /// The words of the records to which consent was given.
    fn given(&self) -> impl Iterator<Item = &'a str> {
        let given = self.consents.iter().filter(|(record, _)| record.is_given());
        given.map(|(_, words)| *words)
    }
}

/// Why rules cannot be used together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleSetError {
    /// Too many.
    #[error("a company has at most 100 rules")]
    ManyRules,
    /// Too many phrases in all of them.
    #[error("a company's rules have at most 10000 phrases together, wordings counted one by one")]
    ManyPhrases,
    /// Too much text in all of them.
    #[error("the phrases of a company's rules have at most 262144 bytes together")]
    MuchText,
}

/// All rules of a company, with one search over all their phrases.
#[derive(Debug, Clone)]
pub struct RuleSet {
    rules: Vec<Rule>,
    phrases: PhraseSet,
}

impl RuleSet {
    /// Compiles rules; worth keeping, since that takes longer than a check.
    ///
    /// # Errors
    /// [`RuleSetError`] when there are too many of them, which is found out when the last one is
    /// saved, not when a certificate is claimed.
    pub fn new(rules: Vec<Rule>) -> Result<Self, RuleSetError> {
        if rules.len() > limits::RULES {
            return Err(RuleSetError::ManyRules);
        }
        if rules.iter().map(Rule::wordings).sum::<usize>() > limits::RULE_SET_PHRASES {
            return Err(RuleSetError::ManyPhrases);
        }
        if rules.iter().map(Rule::bytes).sum::<usize>() > limits::RULE_SET_BYTES {
            return Err(RuleSetError::MuchText);
        }
        let wordings = rules.iter().flat_map(phrases_of).flat_map(Phrase::wordings);
        let phrases = PhraseSet::new(wordings.map(String::as_str));
        Ok(Self { rules, phrases })
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The search over all their phrases.
    pub(super) const fn phrases(&self) -> &PhraseSet {
        &self.phrases
    }

    /// Checks one certificate.
    #[must_use]
    pub fn check(&self, evidence: &Evidence<'_>) -> Compliance {
        let mut found = self.phrases.none();
        for words in evidence.given() {
            found.add(&self.phrases.find(words));
        }
        self.judge(evidence, &found)
    }

    /// Checks many certificates; a text that many of them share is read once.
    #[must_use]
    pub fn check_all<'a>(&self, evidence: &[Evidence<'a>]) -> Vec<Compliance> {
        let mut known: BTreeMap<&'a str, Found> = BTreeMap::new();
        let mut all = Vec::with_capacity(evidence.len());
        for evidence in evidence {
            let mut found = self.phrases.none();
            for words in evidence.given() {
                found.add(known.entry(words).or_insert_with(|| self.phrases.find(words)));
            }
            all.push(self.judge(evidence, &found));
        }
        all
    }

    /// From what was found to the result.
    fn judge(&self, evidence: &Evidence<'_>, found: &Found) -> Compliance {
        let mut wordings = 0..;
        let mut sum = Compliance::NOT_CHECKED;
        let mut reasons = BTreeSet::new();
        let (mut applied, mut warned, mut rejected) = (false, false, false);
        for rule in &self.rules {
            let (mut missing, mut forbidden) = (Vec::new(), Vec::new());
            let applies = rule.applies(&evidence.states);
            // Every phrase takes its places in the search, whether the rule applies or not.
            for phrase in rule.required() {
                match first_found(phrase, &mut wordings, found) {
                    Some(wording) if applies => sum.matched.push(wording),
                    None if applies => missing.push(phrase.to_string()),
                    _ => {}
                }
            }
            for phrase in rule.forbidden() {
                forbidden.extend(first_found(phrase, &mut wordings, found).filter(|_| applies));
            }
            applied |= applies;
            if missing.is_empty() && forbidden.is_empty() {
                continue;
            }
            sum.missing.append(&mut missing);
            sum.forbidden_found.append(&mut forbidden);
            if rule.is_elsewhere(&evidence.states) {
                reasons.insert(Doubt::StateUnknown);
            }
            match rule.failed(&evidence.states) {
                Verdict::Reject => rejected = true,
                _ => warned = true,
            }
        }
        if !applied {
            return Compliance::NOT_CHECKED;
        }
        if evidence.attestation == Attestation::Unattested {
            reasons.insert(Doubt::Unattested);
        }
        if evidence.clock == Clock::Unverified {
            reasons.insert(Doubt::ClockUnverified);
        }
        let total = sum.matched.len().saturating_add(sum.missing.len());
        let score = Score::of(sum.matched.len(), total);
        sum.score = Some(score);
        sum.level = Level::of(score, !sum.forbidden_found.is_empty());
        sum.status = match (rejected, warned || !reasons.is_empty()) {
            (true, _) => Verdict::Reject,
            (false, true) => Verdict::Warn,
            (false, false) => Verdict::Pass,
        };
        sum.reasons = reasons.into_iter().collect();
        sum
    }
}

/// The phrases of a rule, in the order in which the search numbers their wordings.
fn phrases_of(rule: &Rule) -> impl Iterator<Item = &Phrase> {
    rule.required().chain(rule.forbidden())
}

/// The first wording that was found, as the rule spells it; takes the places of all of them.
fn first_found(
    phrase: &Phrase,
    places: &mut impl Iterator<Item = usize>,
    found: &Found,
) -> Option<String> {
    let mut first = None;
    for (wording, place) in phrase.wordings().iter().zip(places) {
        if first.is_none() && found.has(place) {
            first = Some(wording.clone());
        }
    }
    first
}
