//! What must hold of any input, for the fuzzer and for the replay of its corpus.

#![allow(dead_code, reason = "each fuzz target uses one of these")]
#![allow(clippy::unwrap_used, reason = "what a check shows to be there")]

use econsent_core::certificate_id::CertificateId;
use econsent_core::claim::ClaimToken;
use econsent_core::commitment::Disclosures;
use econsent_core::consent::{ConsentRecord, ConsentText, ConsentType, ConsentValue, Label};
use econsent_core::contact::{CallingCode, Email, Phone};
use econsent_core::digest::Digest;
use econsent_core::record::{Attestation, Clock, Record};
use econsent_core::recording::Manifest;
use econsent_core::rules::{Compliance, Evidence, Mode, Rule, RuleDraft, RuleSet, sentences};
use econsent_core::text::canonical;

/// Ids, tokens and contacts: what reads is written in its one form.
pub fn certificate_id(text: &str) {
    if let Ok(id) = CertificateId::parse(text) {
        assert_eq!(id.to_string(), text);
    }
    if let Ok(id) = CertificateId::parse_lenient(text) {
        assert_eq!(CertificateId::parse(&id.to_string()), Ok(id));
    }
    if let Ok(token) = ClaimToken::parse(text) {
        assert_eq!(token.as_str(), text);
    }
    for home in ["1", "44", "39"] {
        if let Ok(phone) = Phone::parse(text, CallingCode::parse(home).unwrap()) {
            assert_eq!(Phone::from_e164(phone.as_str()), Ok(phone));
        }
    }
    if let Ok(email) = Email::parse(text) {
        assert_eq!(Email::parse(email.as_str()), Ok(email));
    }
}

/// Documents in JSON: a record that reads is the bytes that were read.
pub fn record(json: &str) {
    if let Ok(record) = Record::parse(json) {
        assert_eq!(record.canonical(), json);
        assert!(record.id_holds());
    }
    if let Ok(disclosures) = serde_json::from_str::<Disclosures>(json) {
        let written = disclosures.document().canonical();
        assert_eq!(serde_json::from_str::<Disclosures>(&written).unwrap(), disclosures);
        assert_eq!(disclosures.first_unopened(&disclosures.commit()), None);
    }
    if let Ok(manifest) = serde_json::from_str::<Manifest>(json) {
        let written = manifest.document().canonical();
        assert_eq!(serde_json::from_str::<Manifest>(&written).unwrap(), manifest);
    }
}

/// Texts: canonical forms are stable, cuts fall between characters, and a disclosure has all of
/// its own sentences.
pub fn text(text: &str) {
    let form = canonical(text);
    assert_eq!(canonical(&form), form);
    assert!(!form.contains("  ") && form.trim() == form);
    let kept = ConsentText::of(text);
    assert!(text.trim().starts_with(kept.as_str()));
    assert_eq!(ConsentText::of(kept.as_str()), kept);
    let label = Label::of(text);
    assert_eq!(Label::of(label.as_str()), label);

    let rule = Rule::new(RuleDraft {
        rule_name: "full text".into(),
        required_phrases: vec![],
        forbidden_phrases: vec![],
        full_text: Some(text.into()),
        mode: Mode::Reject,
        states: vec![],
    });
    // Limitation: a capital sigma becomes σ or ς by the letters around it (Unicode, Final_Sigma),
    // so where sentences follow without a space, one may read otherwise alone than in the text.
    let context = form.contains(['σ', 'ς']);
    if let (Ok(rule), false) = (rule, context) {
        let compliance = check(rule, text);
        assert_eq!(compliance.missing, Vec::<String>::new());
        assert_eq!(compliance.matched.len(), sentences(text).count());
    }
}

/// Rules: the first line is a rule in JSON, the rest a consent text.
pub fn rules(text: &str) {
    let (json, words) = text.split_once('\n').unwrap_or((text, text));
    let Ok(rule) = serde_json::from_str::<Rule>(json) else { return };
    let written = serde_json::to_string(&rule).unwrap();
    assert_eq!(serde_json::from_str::<Rule>(&written).unwrap(), rule);

    let haystack = canonical(words);
    let found = |wording: &String| haystack.contains(&canonical(wording));
    let there: Vec<String> = rule
        .required()
        .filter_map(|phrase| phrase.wordings().iter().find(|wording| found(wording)))
        .cloned()
        .collect();
    let asked = rule.required().count();
    let compliance = check(rule, words);
    assert_eq!(compliance.matched, there);
    assert_eq!(compliance.matched.len() + compliance.missing.len(), asked);
    let full = compliance.score.is_some_and(|score| score.get() == 100);
    assert_eq!(full, compliance.missing.is_empty());
}

fn check(rule: Rule, words: &str) -> Compliance {
    let rules = RuleSet::new(vec![rule]).unwrap();
    let record = ConsentRecord {
        id: Label::of("tcpa"),
        step: 1,
        consent_type: ConsentType::MainImplied,
        value: ConsentValue::of(ConsentType::MainImplied, "visible"),
        text_sha256: Digest::of(words.as_bytes()),
    };
    rules.check(&Evidence {
        consents: vec![(&record, words)],
        states: vec![],
        attestation: Attestation::Attested,
        clock: Clock::Verified,
    })
}
