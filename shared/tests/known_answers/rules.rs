//! Rules and records to score, level, status and lists.

use econsent_core::consent::{ConsentRecord, ConsentType, ConsentValue, Label};
use econsent_core::digest::Digest;
use econsent_core::record::{Attestation, Clock};
use econsent_core::rules::{Compliance, Evidence, Rule, RuleSet, Verdict};
use econsent_core::states::State;
use econsent_core::text::canonical;
use serde_json::Value;

use super::{Outcome, list, parse, same, text, value};

pub fn check(case: &Value) -> Outcome {
    let mut consents = Vec::new();
    for consent in list(case, "/consents")? {
        let consent_type: ConsentType = parse(consent, "/type")?;
        let words = text(consent, "/text")?;
        let record = ConsentRecord {
            id: Label::of(text(consent, "/id")?),
            step: 1,
            consent_type,
            value: ConsentValue::of(consent_type, text(consent, "/value")?),
            text_sha256: Digest::of(words.as_bytes()),
        };
        consents.push((record, words));
    }
    let states = list(case, "/states")?
        .iter()
        .map(|code| State::parse(code.as_str().unwrap_or_default()))
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    let flag = |pointer| value(case, pointer)?.as_bool().ok_or(format!("{pointer} is no boolean"));
    let evidence = Evidence {
        consents: consents.iter().map(|(record, words)| (record, *words)).collect(),
        states,
        attestation: if flag("/attested")? {
            Attestation::Attested
        } else {
            Attestation::Unattested
        },
        clock: if flag("/clock_verified")? { Clock::Verified } else { Clock::Unverified },
    };
    let rules = list(case, "/rules")?
        .iter()
        .map(|rule| serde_json::from_value::<Rule>(rule.clone()))
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    let rules = RuleSet::new(rules).map_err(|error| error.to_string())?;

    let compliance = rules.check(&evidence);
    examined(&rules, &evidence, &compliance)?;
    if rules.check_all(&[evidence]) != [compliance.clone()] {
        return Err("checked in a batch, it comes out differently".into());
    }
    let got = serde_json::to_value(&compliance).map_err(|error| error.to_string())?;
    let document = compliance.document().canonical();
    let document: Value = serde_json::from_str(&document).map_err(|error| error.to_string())?;
    same("document", document, &got)?;
    for name in ["score", "level", "status", "matched", "missing", "forbidden_found"] {
        let pointer = format!("/{name}");
        same(name, value(&got, &pointer)?.clone(), value(case, &format!("/expect{pointer}"))?)?;
    }
    // Reasons are a set: the contract gives them no order.
    same("reasons", sorted(&got, "/reasons")?, &sorted(case, "/expect/reasons")?)
}

/// Phrase by phrase it comes to the same, and what was found stands where it is said to stand.
fn examined(
    rules: &RuleSet,
    evidence: &Evidence<'_>,
    compliance: &Compliance,
) -> Result<(), String> {
    let examination = rules.examine(evidence);
    let (mut matched, mut missing, mut forbidden) = (Vec::new(), Vec::new(), Vec::new());
    for rule in &examination.rules {
        if rule.status == Verdict::NotChecked {
            continue;
        }
        for phrase in &rule.required {
            match &phrase.found {
                Some(wording) => matched.push(wording.clone()),
                None => missing.push(phrase.phrase.clone()),
            }
        }
        forbidden.extend(rule.forbidden.iter().filter_map(|phrase| phrase.found.clone()));
    }
    let lists = (&compliance.matched, &compliance.missing, &compliance.forbidden_found);
    if examination.compliance != *compliance || (&matched, &missing, &forbidden) != lists {
        return Err("phrase by phrase, it comes out differently".into());
    }
    for phrase in
        examination.rules.iter().flat_map(|rule| rule.required.iter().chain(&rule.forbidden))
    {
        if phrase.found.is_some() == phrase.places.is_empty() {
            return Err(format!("{} is found nowhere", phrase.phrase));
        }
        for place in &phrase.places {
            let (_, words) = evidence.consents.get(place.record).ok_or("no such record")?;
            let there = words.chars().skip(place.start).take(place.end.saturating_sub(place.start));
            let (there, wording) =
                (there.collect::<String>(), phrase.found.clone().unwrap_or_default());
            same("place", canonical(&there), &canonical(&wording).into())?;
        }
    }
    Ok(())
}

fn sorted(case: &Value, pointer: &str) -> Result<Value, String> {
    let mut words = list(case, pointer)?.clone();
    words.sort_by_key(ToString::to_string);
    Ok(Value::Array(words))
}
