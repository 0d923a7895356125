//! The service's keys, from its secrets.

use econsent_core::head::SigningKeys;
use econsent_core::keys::{Ed25519Key, HmacKey, Ring};

use crate::problem::Problem;

/// Every key of the service.
pub struct Keys {
    /// Keys of records and custody heads.
    pub signing: SigningKeys,
    /// Keys of session tokens.
    pub tokens: Ring<HmacKey>,
    /// Master keys of the contact index.
    pub lookups: Ring<HmacKey>,
    /// Keys that webhooks' secrets are derived from.
    pub webhooks: Ring<HmacKey>,
}

impl Keys {
    /// Reads the secrets, each a ring of keys.
    ///
    /// # Errors
    /// Those of `secret`; a 500 when one is no ring of keys.
    pub fn read(secret: impl Fn(&'static str) -> Result<String, Problem>) -> Result<Self, Problem> {
        let hmac = |name| {
            Ring::<HmacKey>::parse(&secret(name)?)
                .map_err(|error| Problem::deployment(name, &error))
        };
        let ed25519 = |name| {
            Ring::<Ed25519Key>::parse(&secret(name)?)
                .map_err(|error| Problem::deployment(name, &error))
        };
        Ok(Self {
            signing: SigningKeys {
                record_hmac: hmac("RECORD_HMAC_KEYS")?,
                record_ed25519: ed25519("RECORD_ED25519_KEYS")?,
                head_hmac: hmac("HEAD_HMAC_KEYS")?,
                head_ed25519: ed25519("HEAD_ED25519_KEYS")?,
            },
            tokens: hmac("TOKEN_KEYS")?,
            lookups: hmac("LOOKUP_KEYS")?,
            webhooks: hmac("WEBHOOK_KEYS")?,
        })
    }
}
