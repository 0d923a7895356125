//! What a buyer's rules say about certificates, where the public vectors leave a case out.

#![allow(clippy::unwrap_used, reason = "test data that does not read ends the test")]

use econsent_core::consent::{ConsentRecord, ConsentText, ConsentType, ConsentValue, Label};
use econsent_core::record::{Attestation, Clock};
use econsent_core::rules::{
    Compliance, Doubt, Evidence, Level, Place, Rule, RuleSet, RuleSetError, Verdict,
};
use econsent_core::states::State;

const DISCLOSURE: &str = "By clicking “Get My Quote” I consent to receive marketing calls and \
    texts from Acme Insurance at the number provided, including by autodialer or prerecorded \
    voice. Consent is not required as a condition of purchase.";

fn record(consent_type: ConsentType, value: &str, words: &str) -> (ConsentRecord, ConsentText) {
    let text = ConsentText::of(words);
    let record = ConsentRecord {
        id: Label::of("tcpa"),
        step: 1,
        consent_type,
        value: ConsentValue::of(consent_type, value),
        text_sha256: text.digest(),
    };
    (record, text)
}

fn shown(words: &str) -> (ConsentRecord, ConsentText) {
    record(ConsentType::MainImplied, "visible", words)
}

fn evidence<'a>(
    consents: &'a [(ConsentRecord, ConsentText)],
    states: &[&str],
    attestation: Attestation,
    clock: Clock,
) -> Evidence<'a> {
    Evidence {
        consents: consents.iter().map(|(record, text)| (record, text.as_str())).collect(),
        states: states.iter().map(|code| State::parse(code).unwrap()).collect(),
        attestation,
        clock,
    }
}

fn rules(json: &[&str]) -> RuleSet {
    let rules: Result<Vec<Rule>, _> = json.iter().map(|json| serde_json::from_str(json)).collect();
    RuleSet::new(rules.unwrap()).unwrap()
}

fn good(rules: &RuleSet, words: &str, states: &[&str]) -> Compliance {
    rules.check(&evidence(&[shown(words)], states, Attestation::Attested, Clock::Verified))
}

#[test]
fn a_full_text_asks_for_each_of_its_sentences() {
    let rule = serde_json::json!({
        "rule_name": "Acme disclosure",
        "full_text": DISCLOSURE,
        "mode": "reject",
    });
    let rules = rules(&[&rule.to_string()]);
    let whole = good(&rules, &format!("Please read. {DISCLOSURE} Thank you."), &["TX"]);
    assert_eq!((whole.score.unwrap().get(), whole.status), (100, Verdict::Pass));

    let cut = good(&rules, &DISCLOSURE.replace("not required", "required"), &["TX"]);
    assert_eq!((cut.score.unwrap().get(), cut.status), (50, Verdict::Reject));
    assert_eq!(cut.missing, ["Consent is not required as a condition of purchase."]);
}

#[test]
fn what_was_found_is_shown_where_it_stands_and_in_which_record() {
    let rules = rules(&[
        r#"{"rule_name":"a","required_phrases":["Acme Insurance",["ATDS","autodialer"]],"forbidden_phrases":["sell"],"mode":"reject"}"#,
        r#"{"rule_name":"b","required_phrases":["acme"],"mode":"warn","states":["FL"]}"#,
    ]);
    let unticked = record(ConsentType::MainExplicit, "false", "Acme Insurance by ATDS");
    let records = [
        unticked,
        shown("Calls by ACME\u{a0} Insurance, which may sell it."),
        shown("Auto\u{ad}dialer; Acme Insurance may sell."),
    ];
    let evidence = evidence(&records, &["TX"], Attestation::Attested, Clock::Verified);
    let examination = rules.examine(&evidence);
    let [a, b] = &examination.rules[..] else { panic!("{examination:?}") };
    assert_eq!((a.status, b.status), (Verdict::Reject, Verdict::NotChecked));
    let place = |record, start, end| Place { record, start, end };
    let places: Vec<&[Place]> = a.required.iter().map(|phrase| &phrase.places[..]).collect();
    assert_eq!(places, [&[place(1, 9, 24)][..], &[place(2, 0, 11)]]);
    assert_eq!(a.forbidden[0].places, [place(1, 36, 40), place(2, 32, 36)]);
    assert_eq!(b.required[0].found, None);
    let found = a.required[1].found.as_deref();
    assert_eq!((a.required[1].phrase.as_str(), found), ("ATDS | autodialer", Some("autodialer")));
    assert_eq!(examination.compliance, rules.check(&evidence));
}

#[test]
fn a_rule_counts_its_phrases_even_where_another_rule_has_them_too() {
    let acme = r#"{"rule_name":"a","required_phrases":["Acme Insurance"],"mode":"warn"}"#;
    let both =
        r#"{"rule_name":"b","required_phrases":["ACME insurance","Beta Solar"],"mode":"warn"}"#;
    let compliance = good(&rules(&[acme, both]), DISCLOSURE, &["TX"]);
    assert_eq!(compliance.matched, ["Acme Insurance", "ACME insurance"]);
    assert_eq!(compliance.score.unwrap().get(), 67);
}

#[test]
fn a_rule_of_another_state_changes_nothing_for_the_rules_that_follow_it() {
    let florida = r#"{"rule_name":"FL","required_phrases":["signature",["x","y"]],"forbidden_phrases":["texts"],"mode":"reject","states":["FL"]}"#;
    let acme = r#"{"rule_name":"a","required_phrases":["autodialer"],"forbidden_phrases":["lending partners"],"mode":"warn"}"#;
    let compliance = good(&rules(&[florida, acme]), DISCLOSURE, &["TX"]);
    assert_eq!(compliance.matched, ["autodialer"]);
    assert_eq!((compliance.level, compliance.status), (Level::Compliant, Verdict::Pass));
}

#[test]
fn one_of_two_states_is_enough() {
    let florida =
        r#"{"rule_name":"FL","required_phrases":["signature"],"mode":"reject","states":["FL"]}"#;
    let rules = rules(&[florida]);
    assert_eq!(good(&rules, DISCLOSURE, &["TX", "FL"]).status, Verdict::Reject);
    assert_eq!(good(&rules, DISCLOSURE, &["TX"]).status, Verdict::NotChecked);
}

#[test]
fn where_no_state_is_known_only_rules_without_states_reject() {
    let florida =
        r#"{"rule_name":"FL","required_phrases":["signature"],"mode":"reject","states":["FL"]}"#;
    let everywhere = r#"{"rule_name":"a","required_phrases":["Beta Solar"],"mode":"reject"}"#;
    let compliance = good(&rules(&[florida, everywhere]), DISCLOSURE, &[]);
    assert_eq!(compliance.status, Verdict::Reject);
    assert_eq!(compliance.reasons, [Doubt::StateUnknown]);

    let found = r#"{"rule_name":"FL","required_phrases":["Acme"],"mode":"reject","states":["FL"]}"#;
    let compliance = good(&rules(&[found]), DISCLOSURE, &[]);
    assert_eq!((compliance.status, compliance.reasons), (Verdict::Pass, vec![]));
}

#[test]
fn doubtful_evidence_never_simply_passes_and_is_never_checked_without_a_rule() {
    let acme = r#"{"rule_name":"a","required_phrases":["Acme Insurance"],"mode":"reject"}"#;
    let consents = [shown(DISCLOSURE)];
    let doubtful = evidence(&consents, &["TX"], Attestation::Unattested, Clock::Unverified);
    let compliance = rules(&[acme]).check(&doubtful);
    assert_eq!((compliance.level, compliance.status), (Level::Compliant, Verdict::Warn));
    assert_eq!(compliance.reasons, [Doubt::Unattested, Doubt::ClockUnverified]);
    assert_eq!(rules(&[]).check(&doubtful), Compliance::NOT_CHECKED);
}

#[test]
fn forbidden_words_count_only_where_consent_was_given() {
    let rule = r#"{"rule_name":"a","required_phrases":["Acme Insurance"],"forbidden_phrases":[["resold","lending partners"]],"mode":"reject"}"#;
    let rules = rules(&[rule]);
    let partners = "I agree that my data goes to our lending partners.";
    for (value, found) in [("true", vec!["lending partners"]), ("false", vec![])] {
        let consents = [shown(DISCLOSURE), record(ConsentType::SecondaryExplicit, value, partners)];
        let evidence = evidence(&consents, &["TX"], Attestation::Attested, Clock::Verified);
        assert_eq!(rules.check(&evidence).forbidden_found, found);
    }
}

#[test]
fn many_certificates_come_out_as_each_does_alone() {
    let rules = rules(&[
        r#"{"rule_name":"a","required_phrases":["Acme Insurance",["ATDS","autodialer"]],"mode":"warn"}"#,
        r#"{"rule_name":"FL","required_phrases":["signature"],"mode":"reject","states":["FL"]}"#,
    ]);
    let texts = [shown(DISCLOSURE), shown("Acme Insurance may call."), shown("By my signature")];
    let all: Vec<Evidence<'_>> = (0..300)
        .map(|n| {
            let consents = &texts[n % 3..=n % 3];
            let state = if n % 2 == 0 { "FL" } else { "TX" };
            evidence(consents, &[state], Attestation::Attested, Clock::Verified)
        })
        .collect();
    let alone: Vec<Compliance> = all.iter().map(|evidence| rules.check(evidence)).collect();
    assert_eq!(rules.check_all(&all), alone);
}

#[test]
fn a_company_has_room_for_a_hundred_rules_ten_thousand_phrases_and_a_quarter_of_a_megabyte() {
    let rule = |phrases: Vec<String>| -> Rule {
        let json =
            serde_json::json!({"rule_name": "r", "required_phrases": phrases, "mode": "warn"});
        serde_json::from_value(json).unwrap()
    };
    let small = vec![rule(vec!["autodialer".into()]); 101];
    assert_eq!(RuleSet::new(small).unwrap_err(), RuleSetError::ManyRules);
    let many = vec![rule(vec!["ATDS".into(); 1_000]); 11];
    assert_eq!(RuleSet::new(many).unwrap_err(), RuleSetError::ManyPhrases);
    let large: Vec<Rule> = (0..5).map(|n| rule(vec![format!("{n}").repeat(4_900); 13])).collect();
    assert_eq!(RuleSet::new(large).unwrap_err(), RuleSetError::MuchText);
}
