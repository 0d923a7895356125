//! The offline bundle: one JSON document with everything that anyone needs to check a certificate
//! without asking the service (contract §1, "The signed record"). What is signed is in it as the
//! text that was signed, so that other programs need no canonical form of their own.

mod check;
mod files;
mod read;
mod report;
mod service;
mod summary;

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::certificate_id::CertificateId;
use crate::commitment::Disclosures;
use crate::custody::{Event, State};
use crate::digest::Digest;
use crate::head::Signatures;
use crate::ids::KeyId;
use crate::json::{Json, Object};
use crate::time::Timestamp;

pub use files::{BUNDLE, File, JWKS, SUMS};
pub use read::BundleError;
pub use report::{Check, Outcome, Report, Verdict, What};
pub use summary::Summary;

/// What the `format` member of a bundle says.
const FORMAT: &str = "econsent-bundle";

/// A certificate with its evidence, its chain and its signatures.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// The certificate's name.
    pub certificate_id: CertificateId,
    /// The canonical text of the record; none once the evidence is gone.
    pub record: Option<String>,
    /// The record's signatures.
    pub record_signatures: NamedSignatures,
    /// The words by digest.
    pub texts: BTreeMap<Digest, String>,
    /// Canonical texts of the documents whose digests the record holds.
    pub documents: Documents,
    /// The chain of custody, from the first event.
    pub custody: Vec<BundledEvent>,
    /// The canonical text of the chain's head.
    pub head: String,
    /// The head's signatures.
    pub head_signatures: NamedSignatures,
    /// What the events have made of the certificate.
    pub state: State,
    /// The salted personal values, for those who may have them.
    pub disclosures: Option<Disclosures>,
    /// What the service says besides.
    pub stated: Stated,
}

/// Signatures with the names of the keys that made them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSignatures {
    /// The HMAC's key, which only the service has.
    pub hmac_kid: KeyId,
    /// The Ed25519 key, whose public half anyone has.
    pub ed25519_kid: KeyId,
    /// Both signatures.
    pub signatures: Signatures,
}

/// Canonical texts of the documents that a record holds by digest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Documents {
    /// How each record looked.
    pub presentation: Option<String>,
    /// What was on the page and does not count.
    pub withheld: Option<String>,
    /// The manifest of the recording.
    pub recording: Option<String>,
}

/// A custody event, and its details when they are for everyone and not erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundledEvent {
    /// The link of the chain.
    pub event: Event,
    /// The canonical text that `details_sha256` was taken over.
    pub details: Option<String>,
}

/// What no signature that outsiders can check covers; the service's word for it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stated {
    /// The publisher's name.
    pub company: String,
    /// The property's name.
    pub property: String,
    /// Where the certificate can be looked at.
    pub url: String,
    /// Until when the evidence is kept; none for ever.
    pub expires_at: Option<Timestamp>,
    /// The network of the consumer's IP address, the rest of which is masked.
    pub ip_network: Option<String>,
}

impl Bundle {
    /// The bundle as a JSON document in canonical form.
    #[must_use]
    pub fn document(&self) -> Object {
        let texts = self
            .texts
            .iter()
            .fold(Object::new(), |texts, (digest, words)| texts.with(digest.hex(), words.as_str()));
        let custody = self.custody.iter().map(BundledEvent::document).collect::<Vec<_>>();
        let mut bundle = Object::new()
            .with("format", FORMAT)
            .with("v", 1_u32)
            .with("certificate_id", String::from(self.certificate_id.clone()))
            .with("record", self.record.clone())
            .with("signatures", self.signatures_document())
            .with("texts", texts)
            .with("documents", self.documents.document())
            .with("custody", custody)
            .with("head", self.head.as_str())
            .with("state", self.state.document())
            .with("stated", self.stated.document());
        if let Some(disclosures) = &self.disclosures {
            bundle.set("disclosures", disclosures.document());
        }
        bundle
    }

    /// All four signatures, each with its key and what has to stand before the signed text.
    #[must_use]
    pub fn signatures_document(&self) -> Object {
        Object::new()
            .with("record", self.record_signatures.document())
            .with("head", self.head_signatures.document())
    }
}

/// The head of a bundle's chain, when it can be read.
#[must_use]
pub fn head_of(bundle: &Bundle) -> Option<crate::custody::Head> {
    read::head(&bundle.head)
}

impl NamedSignatures {
    fn document(&self) -> Object {
        let one = |alg: &str, kid: &KeyId, hex: String| {
            Object::new().with("alg", alg).with("kid", kid.as_str()).with("hex", hex)
        };
        let Signatures { hmac, ed25519 } = self.signatures;
        Object::new()
            .with("hmac", one("HMAC-SHA256", &self.hmac_kid, hmac.hex()))
            .with("ed25519", one("EdDSA", &self.ed25519_kid, ed25519.hex()))
    }
}

impl Documents {
    /// The documents that are there, by the name that the record has for them.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("presentation", &self.presentation),
            ("recording", &self.recording),
            ("withheld", &self.withheld),
        ]
        .into_iter()
        .filter_map(|(name, text)| Some((name, text.as_deref()?)))
    }

    fn document(&self) -> Object {
        self.iter().fold(Object::new(), |object, (name, text)| object.with(name, text))
    }
}

impl BundledEvent {
    fn document(&self) -> Object {
        let event = &self.event;
        let document = Object::new()
            .with("seq", event.seq)
            .with("type", event.event_type.as_str())
            .with("at", String::from(event.at))
            .with("actor", event.actor.as_str())
            .with("details_sha256", event.details_sha256)
            .with("prev", event.prev)
            .with("hash", event.hash);
        match &self.details {
            Some(details) => document.with("details", details.as_str()),
            None => document,
        }
    }
}

impl Stated {
    fn document(&self) -> Object {
        Object::new()
            .with("company", self.company.as_str())
            .with("property", self.property.as_str())
            .with("url", self.url.as_str())
            .with("expires_at", self.expires_at.map(|end| Json::from(String::from(end))))
            .with("ip_network", self.ip_network.clone())
    }
}

#[cfg(test)]
mod tests;
