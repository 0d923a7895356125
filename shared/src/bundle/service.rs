//! What the service can check besides: the HMACs, whose keys nobody else has.

use super::check::GONE;
use super::report::{Outcome, Report, What};
use super::{Bundle, NamedSignatures, read};
use crate::custody::Head;
use crate::head::SigningKeys;
use crate::jwks::PublicKeys;
use crate::keys::{Ed25519Key, HmacKey, PublicKey, Ring};
use crate::retention::Retention;
use crate::signature::{Purpose, Tag};

impl PublicKeys {
    /// The public halves of the service's own keys.
    #[must_use]
    pub fn of(keys: &SigningKeys) -> Self {
        let public = |ring: &Ring<Ed25519Key>| -> Ring<PublicKey> {
            Ring::new(ring.iter().map(Ed25519Key::public).collect())
        };
        Self { record: public(&keys.record_ed25519), head: public(&keys.head_ed25519) }
    }
}

impl Bundle {
    /// Checks everything, the HMACs included.
    #[must_use]
    pub fn check_here(&self, keys: &SigningKeys, expiry_hmac: &Tag) -> Report {
        let mut report = self.check(&PublicKeys::of(keys));
        let tagged =
            |ring: &Ring<HmacKey>, names: &NamedSignatures, purpose, text: &str, tag: &Tag| {
                match ring.get(&names.hmac_kid) {
                    Err(error) => Outcome::Failed(alloc::format!("{error}")),
                    Ok(key) => Outcome::of(
                        key.sign(purpose, text) == *tag,
                        "it is not what this key signed",
                    ),
                }
            };
        let record = match &self.record {
            None => Outcome::Unchecked(GONE.into()),
            Some(text) => {
                let names = &self.record_signatures;
                tagged(&keys.record_hmac, names, Purpose::Record, text, &names.signatures.hmac)
            }
        };
        report.add(What::RecordHmac, record);
        let names = &self.head_signatures;
        let head =
            tagged(&keys.head_hmac, names, Purpose::Head, &self.head, &names.signatures.hmac);
        report.add(What::HeadHmac, head);
        let expiry = match read::head(&self.head) {
            None => Outcome::Failed("the head cannot be read".into()),
            Some(Head { certificate_id, hash: head, .. }) => {
                let expires_at = self.stated.expires_at;
                let text = Retention { certificate_id, head, expires_at }.canonical();
                tagged(&keys.head_hmac, names, Purpose::Retention, &text, expiry_hmac)
            }
        };
        report.add(What::ExpiryHmac, expiry);
        report
    }
}
