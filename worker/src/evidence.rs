//! The evidence of a certificate as a company that holds it sees it: what was said, whether all of
//! it holds when it is looked at, and what the company's rules found where (seed "Viewing the
//! Evidence Package").

use econsent_core::bundle::{Bundle, Report, What};
use econsent_core::commitment::{Disclosures, Personal};
use econsent_core::consent::Withheld;
use econsent_core::contact::Phone;
use econsent_core::custody::ChainFault;
use econsent_core::digest::Digest;
use econsent_core::record::Record;
use econsent_core::rules::{self, Examination, Rule, RuleSet};
use econsent_core::states::{ConsumerStates, State};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::local;
use crate::recordings::{self, path};
use crate::routes::accesses::Access;
use crate::store::claims::Past;
use crate::store::verifications::Line;

/// What is put together from.
pub struct Held<'a> {
    /// The certificate.
    pub bundle: &'a Bundle,
    /// What was checked just now.
    pub report: &'a Report,
    /// What the company's rules said, the newest first.
    pub results: &'a [Past],
    /// Who has verified it, as far as the company may know.
    pub verifications: &'a [Line],
    /// What is left of the recording, when one was sealed.
    pub recording: Option<recordings::State>,
    /// Whether the company has a claim: the personal values are for those.
    pub claimed: bool,
}

impl Held<'_> {
    /// Everything about the evidence, but for whose it is.
    pub fn document(&self) -> Value {
        let record = self.bundle.record.as_deref().and_then(|text| Record::parse(text).ok());
        let record = record.as_ref();
        json!({
            "verdict": self.report.verdict().as_str(),
            "checks": self.checks(),
            "consents": record.map(|record| self.consents(record)),
            "withheld": self.withheld(),
            "signatures": self.signatures(),
            "times": self.times(record),
            "geo": record.and_then(|record| record.geo.as_ref()).map(|geo| {
                json!({ "country": geo.country, "region": geo.region })
            }),
            "states": self.states(record),
            "compliance": self.compliance(record),
            "recording": self.recording(record),
            "custody": self.custody(),
            "access_log": self.access_log(),
            "disclosures": self.disclosures(record),
        })
    }

    fn passed(&self, what: &What) -> Option<bool> {
        let check = self.report.checks.iter().find(|check| check.what == *what)?;
        match check.outcome {
            econsent_core::bundle::Outcome::Passed => Some(true),
            econsent_core::bundle::Outcome::Failed(_) => Some(false),
            econsent_core::bundle::Outcome::Unchecked(_) => None,
        }
    }

    fn checks(&self) -> Value {
        Value::from_iter(self.report.checks.iter().map(|check| {
            json!({
                "check": check.what.as_str(),
                "outcome": check.outcome.as_str(),
                "reason": check.outcome.reason(),
                "sentence": check.what.sentence(),
            })
        }))
    }

    fn words(&self, digest: &Digest) -> Option<&str> {
        self.bundle.texts.get(digest).map(String::as_str)
    }

    fn consents(&self, record: &Record) -> Value {
        Value::from_iter(record.consents.iter().map(|consent| {
            let facts = self.bundle.presentation_of(consent.id.as_str());
            let facts: serde_json::Map<String, Value> =
                facts.into_iter().map(|(name, fact)| (name.to_string(), fact.into())).collect();
            json!({
                "id": consent.id.as_str(),
                "step": consent.step,
                "type": consent.consent_type,
                "category": consent.consent_type.category().as_str(),
                "value": consent.value.as_str(),
                "given": consent.is_given(),
                "text": self.words(&consent.text_sha256),
                "text_sha256": consent.text_sha256,
                "presentation": facts,
            })
        }))
    }

    fn withheld(&self) -> Value {
        Value::from_iter(self.bundle.withheld().iter().map(|item: &Withheld| {
            json!({
                "id": item.id.as_str(),
                "type": item.consent_type,
                "reason": item.reason,
                "text": self.words(&item.text_sha256),
                "text_sha256": item.text_sha256,
            })
        }))
    }

    fn signatures(&self) -> Value {
        let pair = |names: &econsent_core::bundle::NamedSignatures, hmac: What, ed25519: What| {
            json!({
                "hmac": {
                    "algorithm": "HMAC-SHA256",
                    "key_id": names.hmac_kid,
                    "signature": names.signatures.hmac.hex(),
                    "valid": self.passed(&hmac),
                },
                "ed25519": {
                    "algorithm": "Ed25519",
                    "key_id": names.ed25519_kid,
                    "signature": names.signatures.ed25519.hex(),
                    "valid": self.passed(&ed25519),
                },
            })
        };
        let names = &self.bundle.record_signatures;
        let record = pair(names, What::RecordHmac, What::RecordSignature);
        let head = pair(&self.bundle.head_signatures, What::HeadHmac, What::HeadSignature);
        json!({ "record": record, "head": head, "record_sha256": self.bundle.record_digest() })
    }

    fn times(&self, record: Option<&Record>) -> Value {
        let local = local::times(self.bundle);
        json!({
            "consent_captured_at": record.map(|record| record.timestamp),
            "received_at": record.map(|record| record.received_at),
            "clock": record.map(|record| record.clock),
            "attestation": record.map(|record| record.attestation),
            "timezone": local.as_ref().map(|local| local.zone.as_str()),
            "consent_captured_local": local.as_ref().and_then(|local| local.submitted.as_deref()),
            "received_local": local.as_ref().and_then(|local| local.received.as_deref()),
            "retained_until": self.bundle.stated.expires_at,
        })
    }

    /// By what the company may know: the phone is for those who have claimed.
    fn states(&self, record: Option<&Record>) -> Value {
        let geo = record.and_then(|record| record.geo.as_ref());
        let phone = self.opened(record, Personal::Phone);
        let phone = phone.and_then(|value| Phone::from_e164(value).ok());
        let ConsumerStates { by_ip, by_phone } = ConsumerStates::of(geo, phone.as_ref());
        let named = |state: Option<State>| {
            state.map(|state| json!({ "code": state.as_str(), "name": state.name() }))
        };
        json!({ "by_ip": named(by_ip), "by_phone": named(by_phone) })
    }

    /// A personal value that opens its commitment, for those who may have it.
    fn opened(&self, record: Option<&Record>, personal: Personal) -> Option<&str> {
        let value = self.own()?.get(personal)?;
        let commitment = record?.committed.get(personal)?;
        commitment.opens_with(value).then_some(value.value.as_str())
    }

    fn own(&self) -> Option<&Disclosures> {
        self.bundle.disclosures.as_ref().filter(|_| self.claimed)
    }

    /// The newest result with what was found where, and the results before it, each with the rules
    /// as they were.
    fn compliance(&self, record: Option<&Record>) -> Value {
        let results = self.results.iter().map(|past| {
            let result: Value = serde_json::from_str(&past.result).unwrap_or_default();
            let rules: Value = serde_json::from_str(&past.rules).unwrap_or_default();
            json!({
                "seq": past.seq,
                "checked_at": super::routes::moment(past.checked_at),
                "state_by_ip": past.by_ip,
                // As the phone that it comes from.
                "state_by_phone": past.by_phone.as_ref().filter(|_| self.claimed),
                "result": result,
                "rules": rules,
            })
        });
        let results: Vec<Value> = results.collect();
        let found = self.results.first().zip(record).and_then(|(past, record)| {
            self.examine(past, record).map(|examination| examination.rules)
        });
        json!({ "latest": results.first(), "found": found, "history": results, "notice": rules::NOTICE })
    }

    /// The rules as they were, applied again to the words that they were applied to: what they
    /// found is the same, and now it is said where.
    fn examine(&self, past: &Past, record: &Record) -> Option<Examination> {
        #[derive(Deserialize)]
        struct Versioned {
            rule: Rule,
        }
        let rules: Vec<Versioned> = serde_json::from_str(&past.rules).ok()?;
        let set = RuleSet::new(rules.into_iter().map(|versioned| versioned.rule).collect()).ok()?;
        let state =
            |code: &Option<String>| code.as_deref().and_then(|code| State::parse(code).ok());
        let states = ConsumerStates { by_ip: state(&past.by_ip), by_phone: state(&past.by_phone) };
        let consents = record.consents.iter();
        Some(
            set.examine(&rules::Evidence {
                consents: consents
                    .map(|consent| (consent, self.words(&consent.text_sha256).unwrap_or_default()))
                    .collect(),
                states: states.known().collect(),
                attestation: record.attestation,
                clock: record.clock,
            }),
        )
    }

    /// What was sealed when the certificate was made, where it lies and what is left of it.
    fn recording(&self, record: Option<&Record>) -> Value {
        let digest = record.and_then(|record| record.attached.recording);
        let status = if digest.is_some() { "sealed" } else { "none" };
        json!({
            "status": status,
            "recording_path": record.filter(|_| digest.is_some()).map(|record| {
                path(&record.company_id, &record.property_id, record.certificate_id.session())
            }),
            "recording_hash": digest,
            "state": self.recording.map(|state| state.to_string()),
            "manifest_valid": self.passed(&What::Recording),
        })
    }

    fn custody(&self) -> Value {
        let events: Vec<_> =
            self.bundle.custody.iter().map(|bundled| bundled.event.clone()).collect();
        let fault = econsent_core::bundle::head_of(self.bundle)
            .and_then(|head| econsent_core::custody::replay(&events, &head).err());
        let events = self.bundle.custody.iter().map(|bundled| {
            let event = &bundled.event;
            let details: Option<Value> =
                bundled.details.as_deref().and_then(|text| serde_json::from_str(text).ok());
            json!({
                "seq": event.seq,
                "type": event.event_type,
                "at": event.at,
                "actor": event.actor.as_str(),
                "details": details,
                "details_sha256": event.details_sha256,
                "prev": event.prev,
                "hash": event.hash,
            })
        });
        let state: Value = serde_json::from_str(&self.bundle.state.canonical()).unwrap_or_default();
        json!({
            "valid": self.passed(&What::Custody) == Some(true)
                && self.passed(&What::HeadHmac) == Some(true)
                && self.passed(&What::HeadSignature) == Some(true)
                && self.passed(&What::Details) != Some(false),
            "fault": fault.map(|broken| json!({
                "seq": broken.seq,
                "fault": fault_name(broken.fault),
                "reason": broken.fault.to_string(),
            })),
            "events": Value::from_iter(events),
            "state": state,
        })
    }

    fn access_log(&self) -> Value {
        Value::from_iter(self.verifications.iter().map(|line| json!(Access::from(line))))
    }

    fn disclosures(&self, record: Option<&Record>) -> Value {
        let Some(own) = self.own() else { return Value::Null };
        let values = Personal::ALL.into_iter().filter_map(|personal| {
            let value = own.get(personal)?;
            let commitment = record.and_then(|record| record.committed.get(personal));
            let opens = commitment.is_some_and(|commitment| commitment.opens_with(value));
            let told = json!({
                "value": value.value,
                "salt": value.salt.to_string(),
                "commitment": commitment.map(ToString::to_string),
                "opens_commitment": opens,
            });
            Some((personal.as_str().to_owned(), told))
        });
        Value::Object(values.collect())
    }
}

const fn fault_name(fault: ChainFault) -> &'static str {
    match fault {
        ChainFault::Number => "number",
        ChainFault::Link => "link",
        ChainFault::Hash => "hash",
        ChainFault::Illegal => "illegal",
        ChainFault::End => "end",
        ChainFault::State => "state",
    }
}
