//! Webhooks: what a company is told of, how a delivery is signed, and when it is tried again.

use alloc::format;
use alloc::string::String;
use core::time::Duration;

use crate::ids::WebhookId;
use crate::keys::HmacKey;
use crate::record::word;
use crate::signature::{Purpose, Tag, hmac_sha256};
use crate::time::Timestamp;

word!(
    /// What happened.
    #[derive(PartialOrd, Ord)]
    WebhookEvent, WebhookEventError {
        /// A certificate was made, and none followed it for 30 seconds.
        CertificateCreated = "session.certificate.created",
        /// A certificate was shared with a company.
        CertificateShared = "certificate.shared",
        /// A company claimed a certificate.
        CertificateClaimed = "certificate.claimed",
        /// A company's rules rejected a certificate.
        CertificateRejected = "certificate.rejected",
        /// Consent was revoked with a company.
        ConsentRevoked = "consent.revoked",
        /// Sent on request, to try an address out.
        Test = "test"
    }
);

/// How long a new certificate waits for a later one of the same form before it is told of.
pub const SETTLES: Duration = Duration::from_secs(30);

/// After a delivery that failed, the time until the next one; the last failure is final after a
/// little more than a day and a half.
const RETRIES: [Duration; 7] = [
    Duration::from_secs(30),
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(60 * 60),
    Duration::from_secs(4 * 60 * 60),
    Duration::from_secs(12 * 60 * 60),
    Duration::from_secs(24 * 60 * 60),
];

/// When to try again after that many failures; none when it is enough.
#[must_use]
pub fn retry_after(failures: usize) -> Option<Duration> {
    RETRIES.get(failures.checked_sub(1)?).copied()
}

/// The secret that a company checks deliveries with: derived from the webhook's id, so that no
/// table holds it.
#[derive(Clone)]
pub struct WebhookSecret(String);

impl WebhookSecret {
    /// `whsec_` and `HMAC(key, "econsent-webhook-secret-v1\n" ‖ webhook id)` in hex.
    #[must_use]
    pub fn derive(key: &HmacKey, webhook: &WebhookId) -> Self {
        Self(format!("whsec_{}", key.sign(Purpose::WebhookSecret, webhook.as_str()).hex()))
    }

    /// The secret, for the webhook's owner.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// `HMAC(secret, "econsent-webhook-v1\n" ‖ timestamp ‖ "." ‖ body)`: with the time in it, an
    /// old delivery that somebody kept cannot be passed off as a new one.
    ///
    /// ```
    /// # use econsent_core::ids::{KeyId, WebhookId};
    /// # use econsent_core::keys::{HmacKey, Validity};
    /// # use econsent_core::time::Timestamp;
    /// # use econsent_core::webhook::WebhookSecret;
    /// # let at = Timestamp::parse("2026-04-17T11:00:00.000Z").unwrap();
    /// # let validity = Validity { from: at, until: None, compromised_at: None };
    /// # let key = HmacKey::new(KeyId::parse("w-1").unwrap(), validity, [7; 32]);
    /// # let id = WebhookId::parse("67fa8d40a96f513ae019c85c").unwrap();
    /// let secret = WebhookSecret::derive(&key, &id);
    /// let header = secret.signature(at, r#"{"type":"test"}"#);
    /// assert!(header.starts_with("sha256=") && header.len() == 71);
    /// ```
    #[must_use]
    pub fn signature(&self, at: Timestamp, body: &str) -> String {
        format!("sha256={}", self.tag(at, body).hex())
    }

    fn tag(&self, at: Timestamp, body: &str) -> Tag {
        let at = String::from(at);
        let prefix = Purpose::Webhook.prefix();
        hmac_sha256(self.0.as_bytes(), &[prefix.as_bytes(), at.as_bytes(), b".", body.as_bytes()])
    }
}

impl core::fmt::Debug for WebhookSecret {
    /// Never in a log.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::{WebhookSecret, retry_after};
    use crate::ids::{KeyId, WebhookId};
    use crate::keys::{HmacKey, Validity};
    use crate::signature::hmac_sha256;
    use crate::time::Timestamp;

    #[test]
    fn a_delivery_is_signed_with_its_time_under_a_secret_of_its_webhook() {
        let at = Timestamp::parse("2026-04-17T11:00:00.000Z").unwrap();
        let validity = Validity { from: at, until: None, compromised_at: None };
        let key = HmacKey::new(KeyId::parse("w-1").unwrap(), validity, [7; 32]);
        let secret =
            WebhookSecret::derive(&key, &WebhookId::parse("67fa8d40a96f513ae019c85c").unwrap());
        let derived =
            hmac_sha256(&[7; 32], &[b"econsent-webhook-secret-v1\n67fa8d40a96f513ae019c85c"]);
        assert_eq!(secret.reveal(), alloc::format!("whsec_{}", derived.hex()));

        let signed = b"econsent-webhook-v1\n2026-04-17T11:00:00.000Z.{}";
        let tag = hmac_sha256(secret.reveal().as_bytes(), &[signed]).hex();
        assert_eq!(secret.signature(at, "{}"), alloc::format!("sha256={tag}"));
        assert_ne!(
            secret.signature(at, "{}"),
            secret.signature(at + Duration::from_millis(1), "{}")
        );
        assert_eq!(alloc::format!("{secret:?}"), "WebhookSecret(…)");
    }

    #[test]
    fn failures_are_retried_ever_later_and_then_no_more() {
        let waits: alloc::vec::Vec<_> = (1..).map_while(retry_after).collect();
        assert_eq!(waits.len(), 7);
        assert!(waits.is_sorted());
        assert_eq!(waits.first(), Some(&Duration::from_secs(30)));
        assert_eq!(retry_after(0), None);
        assert_eq!(retry_after(8), None);
    }
}
