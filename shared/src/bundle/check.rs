//! The check that anyone can make: each thing that has to hold is looked at by itself and named,
//! whatever the others come to.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec::Vec;

use serde::Deserialize;

use super::report::{Outcome, Report, What};
use super::{Bundle, BundledEvent, read};
use crate::consent::Withheld;
use crate::custody::{Actor, Event, EventType, Head, Status, replay};
use crate::digest::Digest;
use crate::ids::KeyId;
use crate::jwks::PublicKeys;
use crate::keys::{Key as _, PublicKey, Ring};
use crate::record::Record;
use crate::signature::Purpose;
use crate::time::Timestamp;
use crate::wire::RecordError;

pub(super) const GONE: &str = "the evidence is gone: the certificate has expired";

impl Bundle {
    /// Checks everything that can be checked without the service's secrets.
    #[must_use]
    pub fn check(&self, keys: &PublicKeys) -> Report {
        let expired = self.state.status == Status::Expired && self.record.is_none();
        let certificate_id = Some(self.certificate_id.clone());
        let mut report = Report { certificate_id, checks: Vec::new(), expired };
        let record = self.check_record(keys, &mut report);
        self.check_evidence(record.as_ref(), &mut report);
        self.check_custody(keys, &mut report);
        report
    }

    /// The record itself, its id, its signature and its key.
    fn check_record(&self, keys: &PublicKeys, report: &mut Report) -> Option<Record> {
        let Some(text) = &self.record else {
            for what in [What::Record, What::CertificateId, What::RecordSignature, What::RecordKey]
            {
                let outcome = if report.expired {
                    Outcome::Unchecked(GONE.into())
                } else {
                    Outcome::Failed("the record is missing".into())
                };
                report.add(what, outcome);
            }
            return None;
        };
        let parsed = Record::parse(text);
        let unread = || Outcome::Unchecked("the record cannot be read".into());
        match &parsed {
            Ok(record) => {
                report.add(What::Record, Outcome::Passed);
                let same = record.certificate_id == self.certificate_id;
                let reason = "the record is that of another certificate";
                report.add(What::CertificateId, Outcome::of(same, reason));
            }
            Err(error @ (RecordError::Hash | RecordError::Entropy | RecordError::Session)) => {
                report.add(What::Record, unread());
                report.add(What::CertificateId, Outcome::Failed(error.to_string()));
            }
            Err(error) => {
                report.add(What::Record, Outcome::Failed(error.to_string()));
                report.add(What::CertificateId, unread());
            }
        }
        let record = parsed.ok();
        let key = keys.record.get(&self.record_signatures.ed25519_kid);
        let signature = &self.record_signatures.signatures.ed25519;
        report.add(
            What::RecordSignature,
            match key {
                Err(error) => Outcome::Failed(error.to_string()),
                Ok(key) => Outcome::of(
                    key.verifies(Purpose::Record, text, signature),
                    "the record is not what this key signed",
                ),
            },
        );
        report.add(
            What::RecordKey,
            match &record {
                None => unread(),
                Some(record) if record.keys.ed25519 != self.record_signatures.ed25519_kid => {
                    Outcome::Failed("the record names another key".into())
                }
                Some(record) => good_key(&keys.record, &record.keys.ed25519, record.received_at),
            },
        );
        record
    }

    /// The words, the documents and the personal values that the record holds by digest.
    fn check_evidence(&self, record: Option<&Record>, report: &mut Report) {
        let Some(record) = record else {
            let reason = if report.expired { GONE } else { "the record cannot be read" };
            for what in [What::Texts, What::Withheld, What::Presentation] {
                report.add(what, Outcome::Unchecked(reason.into()));
            }
            return;
        };
        report.add(What::Texts, self.texts_outcome(record));
        let attached = &record.attached;
        let documents = &self.documents;
        for (what, digest, text) in [
            (What::Withheld, attached.withheld, &documents.withheld),
            (What::Presentation, attached.presentation, &documents.presentation),
            (What::Recording, attached.recording, &documents.recording),
        ] {
            let outcome = match (digest, text) {
                (None, None) if what == What::Recording => continue,
                (None, None) => Outcome::Passed,
                (None, Some(_)) => Outcome::Failed("the record knows of no such document".into()),
                (Some(_), None) if what == What::Recording => {
                    Outcome::Unchecked("the manifest is not in this bundle".into())
                }
                (Some(_), None) => Outcome::Failed("the document is missing".into()),
                (Some(digest), Some(text)) => Outcome::of(
                    Digest::of(text.as_bytes()) == digest,
                    "the document is not the one that the record holds the digest of",
                ),
            };
            report.add(what, outcome);
        }
        if let Some(disclosures) = &self.disclosures {
            let outcome = match disclosures.first_unopened(&record.committed) {
                None => Outcome::Passed,
                Some(personal) => Outcome::Failed(format!(
                    "{} does not open its commitment in the record",
                    personal.as_str()
                )),
            };
            report.add(What::Disclosures, outcome);
        }
    }

    fn texts_outcome(&self, record: &Record) -> Outcome {
        let mut wanted: BTreeSet<Digest> =
            record.consents.iter().map(|consent| consent.text_sha256).collect();
        wanted.extend(self.withheld().iter().map(|withheld| withheld.text_sha256));
        for digest in &wanted {
            match self.texts.get(digest) {
                None => return Outcome::Failed(format!("the text {digest} is missing")),
                Some(words) if Digest::of(words.as_bytes()) != *digest => {
                    return Outcome::Failed(format!("the text {digest} was changed"));
                }
                Some(_) => {}
            }
        }
        match self.texts.keys().find(|digest| !wanted.contains(digest)) {
            Some(stray) => Outcome::Failed(format!("the text {stray} belongs to no record")),
            None => Outcome::Passed,
        }
    }

    /// The disclosures that do not count; none when their document cannot be read.
    #[must_use]
    pub fn withheld(&self) -> Vec<Withheld> {
        #[derive(Deserialize)]
        struct Document {
            items: Vec<Withheld>,
        }
        let text = self.documents.withheld.as_deref().unwrap_or("{}");
        serde_json::from_str::<Document>(text).map(|document| document.items).unwrap_or_default()
    }

    /// The chain, its details, its head, the head's signature and key.
    fn check_custody(&self, keys: &PublicKeys, report: &mut Report) {
        let head = read::head(&self.head);
        report.add(What::Custody, self.custody_outcome(head.as_ref()));
        report.add(What::Details, self.details_outcome());
        let names = &self.head_signatures;
        report.add(
            What::HeadSignature,
            match keys.head.get(&names.ed25519_kid) {
                Err(error) => Outcome::Failed(error.to_string()),
                Ok(key) => Outcome::of(
                    key.verifies(Purpose::Head, &self.head, &names.signatures.ed25519),
                    "the head is not what this key signed",
                ),
            },
        );
        report.add(
            What::HeadKey,
            match self.custody.last() {
                None => Outcome::Unchecked("the chain has no events".into()),
                Some(last) => good_key(&keys.head, &names.ed25519_kid, last.event.at),
            },
        );
    }

    fn custody_outcome(&self, head: Option<&Head>) -> Outcome {
        let Some(head) = head else {
            return Outcome::Failed("the head cannot be read".into());
        };
        if head.certificate_id != self.certificate_id {
            return Outcome::Failed("the head is that of another certificate".into());
        }
        if head.kid != self.head_signatures.hmac_kid {
            return Outcome::Failed("the head names another key".into());
        }
        let events: Vec<Event> = self.custody.iter().map(|bundled| bundled.event.clone()).collect();
        match replay(&events, head) {
            Err(broken) => Outcome::Failed(broken.to_string()),
            Ok(state) => {
                Outcome::of(state == self.state, "the state is another than the events give")
            }
        }
    }

    /// The digest of the record, also when the record is gone: the first event names it.
    #[must_use]
    pub fn record_digest(&self) -> Option<Digest> {
        named_record(self.custody.first()?.details.as_deref()?)
    }

    fn details_outcome(&self) -> Outcome {
        for BundledEvent { event, details } in &self.custody {
            let Some(details) = details else { continue };
            let changed = |what: &str| {
                Outcome::Failed(format!("the details of custody event {} {what}", event.seq))
            };
            if Digest::of(details.as_bytes()) != event.details_sha256 {
                return changed("were changed");
            }
            if event.event_type == EventType::Created
                && let Some(record) = &self.record
                && named_record(details) != Some(Digest::of(record.as_bytes()))
            {
                return changed("name another record");
            }
        }
        let public = |event: &Event| event.actor == Actor::System || event.seq == 1;
        match self.custody.iter().find(|b| b.details.is_none() && public(&b.event)) {
            Some(_) => Outcome::Unchecked("some details are not in this bundle".into()),
            None => Outcome::Passed,
        }
    }
}

/// The record that the details of a `created` event name.
fn named_record(details: &str) -> Option<Digest> {
    #[derive(Deserialize)]
    struct Created {
        record_sha256: Digest,
    }
    serde_json::from_str::<Created>(details).ok().map(|created| created.record_sha256)
}

/// Whether the key may be trusted for something signed at that moment. Who has a key can put any
/// date on what it signs, so a key that got out later leaves its earlier signatures open.
fn good_key(ring: &Ring<PublicKey>, kid: &KeyId, at: Timestamp) -> Outcome {
    let key = match ring.get(kid) {
        Ok(key) => key,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let validity = key.validity();
    match validity.compromised_at {
        Some(since) if at >= since => {
            Outcome::Failed(format!("the key {kid} was compromised on {since}, before {at}"))
        }
        _ if !validity.covers(at) => {
            Outcome::Failed(format!("the key {kid} was not valid at {at}"))
        }
        Some(since) => Outcome::Unchecked(format!(
            "others may have the key {kid} since {since}, and could have dated this back: ask the \
             service, which also checks the HMAC"
        )),
        None => Outcome::Passed,
    }
}
