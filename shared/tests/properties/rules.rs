//! Rules: one search finds what looking one by one finds, and more words never lower a score.

use econsent_core::consent::{ConsentRecord, ConsentText, ConsentType, ConsentValue, Label};
use econsent_core::record::{Attestation, Clock};
use econsent_core::rules::{Evidence, Mode, Phrase, PhraseSet, Rule, RuleDraft, RuleSet, Score};
use econsent_core::text::canonical;
use proptest::prelude::*;

fn score(rules: &RuleSet, texts: &[String]) -> u8 {
    let records: Vec<(ConsentRecord, &String)> = texts
        .iter()
        .map(|words| {
            let record = ConsentRecord {
                id: Label::of("tcpa"),
                step: 1,
                consent_type: ConsentType::MainImplied,
                value: ConsentValue::of(ConsentType::MainImplied, "visible"),
                text_sha256: ConsentText::of(words).digest(),
            };
            (record, words)
        })
        .collect();
    let compliance = rules.check(&Evidence {
        consents: records.iter().map(|(record, words)| (record, words.as_str())).collect(),
        states: vec![],
        attestation: Attestation::Attested,
        clock: Clock::Verified,
    });
    compliance.score.unwrap().get()
}

proptest! {
    #[test]
    fn the_automaton_finds_what_contains_finds(
        phrases in prop::collection::vec("[abB ’']{0,5}", 0..40), text in "[abAB '’-]{0,60}",
    ) {
        let haystack = canonical(&text);
        let all = phrases.iter().map(String::as_str);
        let together = PhraseSet::with_limit(all.clone(), 0).find(&text);
        let each = PhraseSet::with_limit(all, usize::MAX).find(&text);
        prop_assert_eq!(&together, &each);
        for (at, phrase) in phrases.iter().enumerate() {
            let needle = canonical(phrase);
            prop_assert_eq!(together.has(at), !needle.is_empty() && haystack.contains(&needle));
        }
    }

    #[test]
    fn one_more_matched_phrase_never_lowers_the_score(total in 1..2_000_usize, part in 0.0..1.0) {
        let matched = (total as f64 * part) as usize;
        prop_assert!(Score::of(matched, total) <= Score::of(matched + 1, total));
        prop_assert_eq!(Score::of(matched, total) == Score::FULL, matched == total);
    }

    #[test]
    fn more_words_never_lower_the_score(
        phrases in prop::collection::vec(prop::collection::vec("[ab]{1,3}", 1..3), 1..8),
        texts in prop::collection::vec("[ab ]{0,8}", 1..5),
    ) {
        let rule = Rule::new(RuleDraft {
            rule_name: "r".into(),
            required_phrases: phrases.into_iter().map(Phrase::AnyOf).collect(),
            forbidden_phrases: vec![],
            full_text: None,
            mode: Mode::Warn,
            states: vec![],
        });
        let rules = RuleSet::new(vec![rule.unwrap()]).unwrap();
        let scores: Vec<u8> = (0..=texts.len()).map(|n| score(&rules, &texts[..n])).collect();
        prop_assert!(scores.is_sorted(), "{:?}", scores);
    }

    #[test]
    fn a_full_text_is_found_in_itself(text in "([A-Z][a-zé’ ,-]{0,20}[.!?] ?){1,6}") {
        let rule = Rule::new(RuleDraft {
            rule_name: "r".into(),
            required_phrases: vec![],
            forbidden_phrases: vec![],
            full_text: Some(text.clone()),
            mode: Mode::Reject,
            states: vec![],
        });
        let rules = RuleSet::new(vec![rule.unwrap()]).unwrap();
        prop_assert_eq!(score(&rules, &[text]), 100);
    }
}
