//! How every chain of custody begins: `created` and `signed`, both at the moment of receipt. All that
//! they say is in the certificate itself, but for the record's digest and their salts, so a store need
//! not keep them (seed "How generation works" 7; contract §4).

use alloc::string::String;
use alloc::vec::Vec;

use crate::certificate_id::CertificateId;
use crate::commitment::Salt;
use crate::custody::{Actor, EventType, Tip, extend};
use crate::digest::Digest;
use crate::head::DetailedEvent;
use crate::ids::{CompanyId, KeyId, PropertyId};
use crate::json::Object;
use crate::signature::Tag;
use crate::time::Timestamp;

/// How many events a chain begins with.
pub const BEGINNING: u32 = 2;

/// What a certificate's first two events say.
#[derive(Debug, Clone, Copy)]
pub struct Beginning<'a> {
    /// The certificate.
    pub certificate_id: &'a CertificateId,
    /// The publisher, who is the actor of `created`.
    pub company_id: &'a CompanyId,
    /// The publisher's website.
    pub property_id: &'a PropertyId,
    /// The page's origin.
    pub origin: &'a str,
    /// When the evidence arrived.
    pub received_at: Timestamp,
    /// SHA-256 of the canonical record; it stays when the record goes.
    pub record_sha256: &'a Digest,
    /// The key of the record's HMAC.
    pub hmac_kid: &'a KeyId,
    /// The record's HMAC.
    pub hmac: &'a Tag,
    /// The salts of both events' details.
    pub salts: &'a [Salt; 2],
}

impl Beginning<'_> {
    /// `created` and `signed`.
    #[must_use]
    pub fn events(&self) -> Vec<DetailedEvent> {
        let [created, signed] = self.salts.clone().map(|salt| {
            // Every event's details have one.
            Object::new().with("salt", String::from(salt))
        });
        let created = created
            .with("property_id", self.property_id.as_str())
            .with("origin", self.origin)
            .with("record_sha256", *self.record_sha256);
        let signed = signed
            .with("algorithm", "HMAC-SHA256")
            .with("key_id", self.hmac_kid.as_str())
            .with("signature", self.hmac.hex());
        let steps = [
            (EventType::Created, Actor::Company(self.company_id.clone()), created),
            (EventType::Signed, Actor::System, signed),
        ];
        let events = extend(Tip::START, self.certificate_id, self.received_at, &steps);
        let details = steps.into_iter().map(|(_, _, details)| details);
        events
            .into_iter()
            .zip(details)
            .map(|(event, details)| DetailedEvent { event, details })
            .collect()
    }
}
