//! Reading public keys back from a JWK set (RFC 7517 §5, RFC 8037 §2). The `prefix` member says
//! which documents a key may sign: a key of custody heads never vouches for a record.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Deserialize;

use crate::ids::KeyId;
use crate::keys::{PublicKey, Ring, Validity};
use crate::signature::Purpose;
use crate::time::Timestamp;

/// The public keys that certificates are checked against, apart by what they may sign.
#[derive(Debug, Clone)]
pub struct PublicKeys {
    /// Keys of records.
    pub record: Ring<PublicKey>,
    /// Keys of custody heads.
    pub head: Ring<PublicKey>,
}

/// Why a text is no set of our public keys.
#[derive(Debug, thiserror::Error)]
pub enum JwksError {
    /// It is not JSON with a list of `keys`.
    #[error("not a JWK set: {0}")]
    Form(#[from] serde_json::Error),
    /// An Ed25519 key of ours that lacks a member or has one of another form.
    #[error("key {kid} cannot be read: {reason}")]
    Key {
        /// The key's name, as far as it has one.
        kid: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Two keys for the same documents have the same name.
    #[error("two keys are named {0}")]
    Repeated(KeyId),
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

/// What tells whether a key is one of ours; others may be in a set and are passed over.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow)]
    kty: Option<Cow<'a, str>>,
    #[serde(borrow)]
    crv: Option<Cow<'a, str>>,
    #[serde(borrow)]
    prefix: Option<Cow<'a, str>>,
    #[serde(borrow)]
    kid: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Jwk {
    kid: KeyId,
    x: String,
    from: Timestamp,
    #[serde(default)]
    until: Option<Timestamp>,
    #[serde(default)]
    compromised_at: Option<Timestamp>,
}

impl Jwk {
    fn public_key(self) -> Result<PublicKey, String> {
        let mut bytes = [0; 32];
        let x = Base64UrlUnpadded::decode(self.x.as_bytes(), &mut bytes);
        if !x.is_ok_and(|read| read.len() == 32) {
            return Err("x is not 32 bytes as 43 characters of base64url".into());
        }
        let Self { from, until, compromised_at, .. } = self;
        PublicKey::new(self.kid, Validity { from, until, compromised_at }, bytes)
            .map_err(|error| alloc::format!("{error}"))
    }
}

impl PublicKeys {
    /// Reads a JWK set as `/.well-known/jwks.json` has it. Keys of other kinds, and of purposes
    /// that this release does not know, are passed over (RFC 7517 §5).
    ///
    /// # Errors
    /// [`JwksError`] when it is no JWK set, or a key of ours cannot be read.
    pub fn parse(json: &str) -> Result<Self, JwksError> {
        use crate::keys::Key as _;

        let set: Set = serde_json::from_str(json)?;
        let (mut record, mut head) = (Vec::new(), Vec::new());
        for value in set.keys {
            let Ok(kind) = Kind::deserialize(&value) else { continue };
            if (kind.kty.as_deref(), kind.crv.as_deref()) != (Some("OKP"), Some("Ed25519")) {
                continue;
            }
            let ring: &mut Vec<PublicKey> = match kind.prefix.as_deref() {
                Some(prefix) if prefix == Purpose::Record.prefix() => &mut record,
                Some(prefix) if prefix == Purpose::Head.prefix() => &mut head,
                _ => continue,
            };
            let named = || kind.kid.as_deref().unwrap_or("without a name").into();
            let key = Jwk::deserialize(&value)
                .map_err(|error| alloc::format!("{error}"))
                .and_then(Jwk::public_key)
                .map_err(|reason| JwksError::Key { kid: named(), reason })?;
            if ring.iter().any(|other| other.id() == key.id()) {
                return Err(JwksError::Repeated(key.id().clone()));
            }
            ring.push(key);
        }
        Ok(Self { record: Ring::new(record), head: Ring::new(head) })
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use alloc::vec;

    use super::{JwksError, PublicKeys};
    use crate::ids::KeyId;
    use crate::keys::{Ed25519Key, Key as _, Validity, jwk_set};
    use crate::signature::Purpose;
    use crate::time::Timestamp;

    fn key(kid: &str, seed: u8) -> Ed25519Key {
        let from = Timestamp::parse("2026-01-01T00:00:00.000Z").unwrap();
        let until = Some(Timestamp::parse("2027-01-01T00:00:00.000Z").unwrap());
        let validity = Validity { from, until, compromised_at: None };
        Ed25519Key::new(KeyId::parse(kid).unwrap(), validity, [seed; 32])
    }

    #[test]
    fn a_key_signs_only_the_documents_that_its_prefix_names() {
        let (record, head) = (key("k-1", 1).public(), key("k-1", 2).public());
        let json = jwk_set(vec![record.jwk(Purpose::Record), head.jwk(Purpose::Head)]).canonical();
        let keys = PublicKeys::parse(&json).unwrap();
        let kid = KeyId::parse("k-1").unwrap();
        let signature = key("k-1", 1).sign(Purpose::Record, "{}");
        let read = keys.record.get(&kid).unwrap();
        assert!(read.verifies(Purpose::Record, "{}", &signature));
        assert_eq!(read.validity(), record.validity());
        assert!(!keys.head.get(&kid).unwrap().verifies(Purpose::Record, "{}", &signature));
    }

    #[test]
    fn keys_of_other_kinds_are_passed_over() {
        let other = r#"{"keys": [{"kty": "RSA"}, 7, {"kty": "OKP", "crv": "Ed25519", "x": "AA"}]}"#;
        let keys = PublicKeys::parse(other).unwrap();
        assert_eq!(keys.record.iter().count() + keys.head.iter().count(), 0);
        assert!(matches!(PublicKeys::parse("{}"), Err(JwksError::Form(_))));
    }

    #[test]
    fn a_key_of_ours_that_cannot_be_read_is_named() {
        let jwk = key("r-1", 1).public().jwk(Purpose::Record);
        let short = jwk_set(vec![jwk.clone().with("x", "AAAA")]).canonical();
        let error = PublicKeys::parse(&short).unwrap_err().to_string();
        assert_eq!(
            error,
            "key r-1 cannot be read: x is not 32 bytes as 43 characters of base64url"
        );
        let twice = jwk_set(vec![jwk.clone(), jwk]).canonical();
        assert!(matches!(PublicKeys::parse(&twice), Err(JwksError::Repeated(_))));
    }
}
