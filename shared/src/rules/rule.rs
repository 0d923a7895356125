//! A rule as a buyer writes it, and everything that is refused when it is saved: what could never
//! be found, or would be found everywhere, is an error of whoever wrote it, not a result.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::phrase::Phrase;
use super::sentences::sentences;
use crate::limits;
use crate::record::word;
use crate::states::State;
use crate::text::canonical;

word!(
    /// What happens to a certificate that a rule does not find in order (seed "Warn vs Reject").
    Mode, ModeError {
        /// It can be claimed and is flagged.
        Warn = "warn",
        /// It is rejected.
        Reject = "reject"
    }
);

/// A rule as it is sent and stored, not looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RuleDraft {
    /// What the rule is called.
    pub rule_name: String,
    /// What has to be there.
    #[cfg_attr(feature = "serde", serde(default))]
    pub required_phrases: Vec<Phrase>,
    /// What must not be there.
    #[cfg_attr(feature = "serde", serde(default))]
    pub forbidden_phrases: Vec<Phrase>,
    /// A whole disclosure; each of its sentences has to be there (seed "Full Consent Text").
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub full_text: Option<String>,
    /// What happens when it is not.
    pub mode: Mode,
    /// The consumer's states for which the rule applies, by two-letter code; none for all.
    #[cfg_attr(feature = "serde", serde(default))]
    pub states: Vec<String>,
}

/// Where in a rule something is wrong, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// In the required phrase of that place.
    Required(usize),
    /// In the forbidden phrase of that place.
    Forbidden(usize),
    /// In the sentence of that place of the full text.
    Sentence(usize),
}

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required(at) => write!(f, "required_phrases[{at}]"),
            Self::Forbidden(at) => write!(f, "forbidden_phrases[{at}]"),
            Self::Sentence(at) => write!(f, "sentence {at} of full_text"),
        }
    }
}

/// Why a rule is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// No name, a long one, or one with control characters.
    #[error("rule_name has 1 to 128 characters")]
    Name,
    /// A rule that looks for nothing would find every certificate in order.
    #[error("a rule has at least one phrase or a full text")]
    Nothing,
    /// A full text without a sentence.
    #[error("full_text has no sentence")]
    NoSentence,
    /// A phrase with nothing in it but space and invisible characters is in every text.
    #[error("{0} is empty")]
    EmptyPhrase(Where),
    /// A list of wordings with none in it can never be found.
    #[error("{0} has no wording")]
    NoWording(Where),
    /// A phrase longer than any consent text can never be found.
    #[error("{0} is longer than a consent text can be (4900 characters)")]
    LongPhrase(Where),
    /// Too many phrases.
    #[error("a rule has at most 1000 phrases, wordings counted one by one")]
    ManyPhrases,
    /// Too much text in all phrases together.
    #[error("the phrases of a rule have at most 65536 bytes together")]
    MuchText,
    /// Not one of the Postal Service's codes.
    #[error("states[{0}] is not a two-letter code such as FL")]
    State(usize),
    /// A state that is listed before.
    #[error("states[{0}] is listed twice")]
    RepeatedState(usize),
}

/// A rule that can be checked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "RuleDraft", into = "RuleDraft"))]
pub struct Rule {
    draft: RuleDraft,
    sentences: Vec<Phrase>,
    states: Vec<State>,
    bytes: usize,
}

impl Rule {
    /// Looks a rule through.
    ///
    /// # Errors
    /// [`RuleError`] names the first thing that is wrong, and where.
    pub fn new(draft: RuleDraft) -> Result<Self, RuleError> {
        let name = draft.rule_name.trim();
        if name.is_empty()
            || name.chars().count() > limits::RULE_NAME_CHARS
            || name.chars().any(char::is_control)
        {
            return Err(RuleError::Name);
        }
        let full_text = draft.full_text.as_deref();
        if full_text.is_some_and(|text| text.len() > limits::RULE_BYTES) {
            return Err(RuleError::MuchText);
        }
        let sentences: Vec<Phrase> =
            full_text.into_iter().flat_map(sentences).map(Phrase::from).collect();
        if full_text.is_some() && sentences.is_empty() {
            return Err(RuleError::NoSentence);
        }
        let mut states = Vec::new();
        for (at, code) in draft.states.iter().enumerate() {
            let state = State::parse(code).map_err(|_| RuleError::State(at))?;
            if states.contains(&state) {
                return Err(RuleError::RepeatedState(at));
            }
            states.push(state);
        }
        let mut rule = Self { draft, sentences, states, bytes: 0 };
        rule.bytes = rule.look_through()?;
        Ok(rule)
    }

    /// Each phrase by itself, then all together: how many bytes they have in canonical form.
    fn look_through(&self) -> Result<usize, RuleError> {
        let required = self.draft.required_phrases.iter().enumerate();
        let forbidden = self.draft.forbidden_phrases.iter().enumerate();
        let sentences = self.sentences.iter().enumerate();
        let all = required
            .map(|(at, phrase)| (Where::Required(at), phrase))
            .chain(sentences.map(|(at, phrase)| (Where::Sentence(at), phrase)))
            .chain(forbidden.map(|(at, phrase)| (Where::Forbidden(at), phrase)));
        let (mut wordings, mut bytes) = (0_usize, 0_usize);
        for (place, phrase) in all {
            if phrase.wordings().is_empty() {
                return Err(RuleError::NoWording(place));
            }
            for wording in phrase.wordings() {
                wordings = wordings.saturating_add(1);
                if wordings > limits::RULE_PHRASES {
                    return Err(RuleError::ManyPhrases);
                }
                if wording.chars().nth(limits::TEXT_CHARS).is_some() {
                    return Err(RuleError::LongPhrase(place));
                }
                let canonical = canonical(wording);
                if canonical.is_empty() {
                    return Err(RuleError::EmptyPhrase(place));
                }
                bytes = bytes.saturating_add(canonical.len());
                if bytes > limits::RULE_BYTES {
                    return Err(RuleError::MuchText);
                }
            }
        }
        if wordings == 0 { Err(RuleError::Nothing) } else { Ok(bytes) }
    }

    /// The rule as it was written.
    #[must_use]
    pub const fn draft(&self) -> &RuleDraft {
        &self.draft
    }

    /// What the rule is called, without space around it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.draft.rule_name.trim()
    }

    /// What happens when it fails.
    #[must_use]
    pub const fn mode(&self) -> Mode {
        self.draft.mode
    }

    /// What has to be there: the phrases, then the sentences of the full text.
    pub fn required(&self) -> impl Iterator<Item = &Phrase> {
        self.draft.required_phrases.iter().chain(&self.sentences)
    }

    /// What its full text is broken into.
    pub fn sentences(&self) -> impl Iterator<Item = &Phrase> {
        self.sentences.iter()
    }

    /// What must not be there.
    pub fn forbidden(&self) -> impl Iterator<Item = &Phrase> {
        self.draft.forbidden_phrases.iter()
    }

    /// The states that the rule is bound to; none for all.
    #[must_use]
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// Bytes of canonical text in all its phrases.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many wordings it looks for.
    #[must_use]
    pub fn wordings(&self) -> usize {
        self.required().chain(self.forbidden()).map(|phrase| phrase.wordings().len()).sum()
    }

    /// Whether the rule applies to a consumer with these states. With none known it does: missing
    /// knowledge must not hide a law, though it cannot reject either.
    #[must_use]
    pub fn applies(&self, known: &[State]) -> bool {
        self.states.is_empty()
            || known.is_empty()
            || known.iter().any(|state| self.states.contains(state))
    }
}

impl From<Rule> for RuleDraft {
    fn from(rule: Rule) -> Self {
        rule.draft
    }
}

impl TryFrom<RuleDraft> for Rule {
    type Error = RuleError;

    fn try_from(draft: RuleDraft) -> Result<Self, RuleError> {
        Self::new(draft)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString as _};
    use alloc::vec;
    use alloc::vec::Vec;

    use super::{Mode, Phrase, Rule, RuleDraft, RuleError, Where};
    use crate::states::State;

    fn draft() -> RuleDraft {
        RuleDraft {
            rule_name: "TCPA Express Consent".into(),
            required_phrases: vec!["Acme Insurance".into(), Phrase::any_of(["autodialer", "ATDS"])],
            forbidden_phrases: vec!["marketing partners".into()],
            full_text: None,
            mode: Mode::Warn,
            states: vec!["FL".into(), "OK".into()],
        }
    }

    fn refused(change: impl FnOnce(&mut RuleDraft)) -> RuleError {
        let mut draft = draft();
        change(&mut draft);
        Rule::new(draft).unwrap_err()
    }

    #[test]
    fn what_could_never_be_found_or_is_found_everywhere_is_refused_with_its_place() {
        assert_eq!(
            refused(|rule| rule.required_phrases.push("\u{a0}\u{200b}\u{ad} ".into())),
            RuleError::EmptyPhrase(Where::Required(2))
        );
        assert_eq!(
            refused(|rule| rule.required_phrases.push(Phrase::any_of(["ATDS", ""]))),
            RuleError::EmptyPhrase(Where::Required(2))
        );
        assert_eq!(
            refused(|rule| rule.forbidden_phrases.push(Phrase::AnyOf(vec![]))),
            RuleError::NoWording(Where::Forbidden(1))
        );
        assert_eq!(
            refused(|rule| rule.forbidden_phrases.push("x".repeat(4_901).as_str().into())),
            RuleError::LongPhrase(Where::Forbidden(1))
        );
        assert_eq!(
            refused(|rule| {
                rule.required_phrases.clear();
                rule.forbidden_phrases.clear();
            }),
            RuleError::Nothing
        );
        assert_eq!(refused(|rule| rule.full_text = Some(" ***\n".into())), RuleError::NoSentence);
    }

    #[test]
    fn a_rule_has_its_limits() {
        assert_eq!(
            refused(|rule| rule.required_phrases = vec!["autodialer".into(); 1_001]),
            RuleError::ManyPhrases
        );
        assert_eq!(
            refused(|rule| rule.required_phrases = vec!["x".repeat(4_900).as_str().into(); 14]),
            RuleError::MuchText
        );
        assert_eq!(
            refused(|rule| rule.full_text = Some("Yes. ".repeat(20_000))),
            RuleError::MuchText
        );
    }

    #[test]
    fn a_rule_has_a_name_and_states_that_exist() {
        assert_eq!(refused(|rule| rule.rule_name = " ".into()), RuleError::Name);
        assert_eq!(refused(|rule| rule.rule_name = "a\u{7}b".into()), RuleError::Name);
        assert_eq!(refused(|rule| rule.rule_name = "r".repeat(129)), RuleError::Name);
        assert_eq!(refused(|rule| rule.states.push("Texas".into())), RuleError::State(2));
        assert_eq!(refused(|rule| rule.states.push("FL".into())), RuleError::RepeatedState(2));
        assert_eq!(
            refused(|rule| rule.states.push("XX".into())).to_string(),
            "states[2] is not a two-letter code such as FL"
        );
    }

    #[test]
    fn a_rule_bound_to_states_applies_there_and_where_nobody_knows() {
        let rule = Rule::new(draft()).unwrap();
        let state = |code| State::parse(code).unwrap();
        assert!(rule.applies(&[state("TX"), state("FL")]));
        assert!(rule.applies(&[]));
        assert!(!rule.applies(&[state("TX")]));
    }

    #[test]
    fn the_sentences_of_a_full_text_come_after_the_phrases() {
        let mut draft = draft();
        draft.full_text = Some("I agree to calls. It is no condition of purchase.".into());
        let rule = Rule::new(draft).unwrap();
        let required: Vec<String> = rule.required().map(Phrase::to_string).collect();
        assert_eq!(
            required,
            [
                "Acme Insurance",
                "autodialer | ATDS",
                "I agree to calls.",
                "It is no condition of purchase."
            ]
        );
    }

    #[cfg(feature = "serde")]
    #[test]
    fn the_seeds_example_reads_and_writes_back_as_it_is() {
        let json = r#"{"rule_name":"TCPA Express Consent","required_phrases":["Acme Insurance",["autodialer"],"consent is not required as a condition of purchase"],"forbidden_phrases":[],"mode":"warn","states":[]}"#;
        let rule: Rule = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&rule).unwrap(), json);
        let short = r#"{"rule_name":"r","required_phrases":["a"],"mode":"reject"}"#;
        assert!(serde_json::from_str::<Rule>(short).is_ok());
        for (wrong, why) in [
            (
                r#"{"rule_name":"r","required_phrases":[""],"mode":"warn"}"#,
                "required_phrases[0] is empty",
            ),
            (
                r#"{"rule_name":"r","required_phrases":[7],"mode":"warn"}"#,
                "a phrase is a string or an array of strings",
            ),
            (
                r#"{"rule_name":"r","required_phrases":["a"],"mode":"block"}"#,
                "expected one of: warn, reject",
            ),
            (
                r#"{"rule_name":"r","required_phrases":["a"],"mode":"warn","state":"FL"}"#,
                "unknown field `state`",
            ),
        ] {
            let error = serde_json::from_str::<Rule>(wrong).unwrap_err().to_string();
            assert!(error.starts_with(why), "{error}");
        }
    }
}
