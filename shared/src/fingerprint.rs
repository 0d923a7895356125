//! From consent records to the certificate id: fingerprint, payload, entropy, hash (seed "How
//! generation works" 4 to 6; contract §1, "The id"). Synchronous, so that the page can mint while
//! a submit event is on its way.

use alloc::string::String;
use alloc::vec::Vec;

use crate::certificate_id::CertificateId;
use crate::consent::ConsentRecord;
use crate::consents::Consents;
use crate::digest::Digest;
use crate::ids::{CompanyId, PropertyId, SessionId};
use crate::time::Timestamp;

/// 16 random bytes: the server's nonce or the page's own randomness.
pub type Random = [u8; 16];

/// Everything that a certificate id is computed from, besides the records.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// The visit.
    pub session: &'a SessionId,
    /// The publisher.
    pub company: &'a CompanyId,
    /// The publisher's website.
    pub property: &'a PropertyId,
    /// When the form was submitted.
    pub timestamp: Timestamp,
    /// The page's host name, as the URL standard serialises it.
    pub domain: &'a str,
    /// The nonce of the session token; zeros without a token.
    pub nonce: Random,
    /// Randomness of the page.
    pub client_random: Random,
}

/// `id1:type1:value1,id2:type2:value2`, as the seed has it, without escaping.
#[must_use]
pub fn fingerprint(consents: &[ConsentRecord]) -> String {
    let parts: Vec<String> = consents
        .iter()
        .map(|c| [c.id.as_str(), c.consent_type.as_str(), c.value.as_str()].join(":"))
        .collect();
    parts.join(",")
}

/// `{session_id}:{company_id}:{property_id}:{timestamp}:{fingerprint}:{domain}`.
#[must_use]
pub fn payload(moment: &Moment<'_>, fingerprint: &str) -> String {
    [
        moment.session.as_str(),
        moment.company.as_str(),
        moment.property.as_str(),
        &String::from(moment.timestamp),
        fingerprint,
        moment.domain,
    ]
    .join(":")
}

/// `SHA-256(nonce ‖ client_random ‖ SHA-256(JCS(consents)))`: binds every text to the id, which
/// the seed's fingerprint alone does not.
#[must_use]
pub fn entropy(nonce: &Random, client_random: &Random, consents: &Digest) -> Digest {
    Digest::of_parts(&[nonce, client_random, consents.as_bytes()])
}

/// `SHA-256(payload ‖ entropy)`.
#[must_use]
pub fn hash(payload: &str, entropy: &Digest) -> Digest {
    Digest::of_parts(&[payload.as_bytes(), entropy.as_bytes()])
}

/// Mints the id of the certificate of these records at that moment.
#[must_use]
pub fn mint(moment: &Moment<'_>, consents: &Consents) -> CertificateId {
    mint_over(moment, &fingerprint(consents), consents.digest())
}

/// [`mint`] for who has the [`fingerprint`] of the records and the digest of their document.
#[must_use]
pub fn mint_over(moment: &Moment<'_>, fingerprint: &str, digest: &Digest) -> CertificateId {
    let payload = payload(moment, fingerprint);
    let entropy = entropy(&moment.nonce, &moment.client_random, digest);
    CertificateId::new(moment.session.clone(), hash(&payload, &entropy))
}
