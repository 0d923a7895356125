//! Signing keys: named, valid for a time, and rotated by adding a newer one; public keys as a JWK
//! set (RFC 7517, RFC 8037) that anybody can check a certificate against.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use ed25519_dalek::{Signer as _, SigningKey, Verifier as _, VerifyingKey};

use crate::ids::KeyId;
use crate::json::{Json, Object};
use crate::signature::{Mac, Purpose, Tag};
use crate::time::Timestamp;

/// When a key may sign, and since when it is not to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub from: Timestamp,
    /// The first moment after the last; none while it is in use.
    pub until: Option<Timestamp>,
    /// Since when somebody else may have had it.
    pub compromised_at: Option<Timestamp>,
}

impl Validity {
    /// Whether something signed at that moment may be trusted.
    #[must_use]
    pub fn covers(&self, at: Timestamp) -> bool {
        self.from <= at
            && self.until.is_none_or(|until| at < until)
            && self.compromised_at.is_none_or(|since| at < since)
    }
}

/// A key with a name and a validity.
pub trait Key {
    /// Its name.
    fn id(&self) -> &KeyId;
    /// When it may sign.
    fn validity(&self) -> &Validity;
}

/// All keys of one purpose, the ones out of use included: what they signed has to verify.
#[derive(Debug, Clone)]
pub struct Ring<K>(Vec<K>);

/// Why no key was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no key of that name.
    #[error("there is no key {0}")]
    Unknown(KeyId),
    /// No key is valid now.
    #[error("no key is valid at {0}")]
    NoneValid(Timestamp),
}

impl<K: Key> Ring<K> {
    /// A ring of these keys.
    #[must_use]
    pub const fn new(keys: Vec<K>) -> Self {
        Self(keys)
    }

    /// The key to sign with: of those valid at that moment the newest.
    ///
    /// # Errors
    /// [`KeyError::NoneValid`] when there is none.
    pub fn current(&self, at: Timestamp) -> Result<&K, KeyError> {
        self.0
            .iter()
            .filter(|key| key.validity().covers(at))
            .max_by_key(|key| key.validity().from)
            .ok_or(KeyError::NoneValid(at))
    }

    /// The key of that name.
    ///
    /// # Errors
    /// [`KeyError::Unknown`] when there is none.
    pub fn get(&self, id: &KeyId) -> Result<&K, KeyError> {
        self.0.iter().find(|key| key.id() == id).ok_or_else(|| KeyError::Unknown(id.clone()))
    }

    /// Every key.
    pub fn iter(&self) -> impl Iterator<Item = &K> {
        self.0.iter()
    }
}

/// A secret of 32 bytes for HMAC-SHA256.
#[derive(Clone)]
pub struct HmacKey {
    id: KeyId,
    validity: Validity,
    mac: Mac,
}

impl HmacKey {
    /// A key out of its parts.
    #[must_use]
    pub fn new(id: KeyId, validity: Validity, secret: [u8; 32]) -> Self {
        Self { id, validity, mac: Mac::new(&secret) }
    }

    /// Signs `document` for `purpose`.
    #[must_use]
    pub fn sign(&self, purpose: Purpose, document: &str) -> Tag {
        self.mac.sign(&[purpose.prefix().as_bytes(), document.as_bytes()])
    }

    /// Derives a key for one use, by an HMAC over its name.
    #[must_use]
    pub fn derive(&self, name: &[&[u8]]) -> Tag {
        self.mac.sign(name)
    }
}

/// An Ed25519 key pair (RFC 8032).
#[derive(Clone)]
pub struct Ed25519Key {
    id: KeyId,
    validity: Validity,
    key: SigningKey,
}

impl Ed25519Key {
    /// A key pair from its 32-byte seed.
    #[must_use]
    pub fn new(id: KeyId, validity: Validity, seed: [u8; 32]) -> Self {
        Self { id, validity, key: SigningKey::from_bytes(&seed) }
    }

    /// Signs `document` for `purpose`.
    #[must_use]
    pub fn sign(&self, purpose: Purpose, document: &str) -> Signature {
        let message = [purpose.prefix(), document].concat();
        Signature(self.key.sign(message.as_bytes()).to_bytes())
    }

    /// The half that everybody may have.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey { id: self.id.clone(), validity: self.validity, key: self.key.verifying_key() }
    }
}

/// An Ed25519 signature: 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// Takes 64 bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }

    /// 128 lowercase hex digits.
    #[must_use]
    pub fn hex(&self) -> String {
        base16ct::lower::encode_string(&self.0)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

/// The public half of an Ed25519 key.
#[derive(Clone)]
pub struct PublicKey {
    id: KeyId,
    validity: Validity,
    key: VerifyingKey,
}

/// Why 32 bytes are no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a point of Ed25519")]
pub struct PublicKeyError;

impl PublicKey {
    /// A public key out of its parts.
    ///
    /// # Errors
    /// [`PublicKeyError`] when the bytes are not a point of the curve.
    pub fn new(id: KeyId, validity: Validity, bytes: [u8; 32]) -> Result<Self, PublicKeyError> {
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| PublicKeyError)?;
        Ok(Self { id, validity, key })
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Whether `signature` was made over `document` for `purpose` by the other half.
    #[must_use]
    pub fn verifies(&self, purpose: Purpose, document: &str, signature: &Signature) -> bool {
        let message = [purpose.prefix(), document].concat();
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.key.verify(message.as_bytes(), &signature).is_ok()
    }

    /// The key as a JWK (RFC 8037 §2) with its validity as members of our own.
    #[must_use]
    pub fn jwk(&self, purpose: Purpose) -> Object {
        Object::new()
            .with("kty", "OKP")
            .with("crv", "Ed25519")
            .with("alg", "EdDSA")
            .with("use", "sig")
            .with("kid", self.id.as_str())
            .with("x", Base64UrlUnpadded::encode_string(self.key.as_bytes()))
            .with("prefix", purpose.prefix())
            .with("from", String::from(self.validity.from))
            .with("until", self.validity.until.map(String::from))
            .with("compromised_at", self.validity.compromised_at.map(String::from))
    }
}

/// The JWK set (RFC 7517 §5) of all public keys.
#[must_use]
pub fn jwk_set(keys: Vec<Object>) -> Object {
    Object::new().with("keys", Json::from(keys))
}

macro_rules! key {
    ($name:ident) => {
        impl Key for $name {
            fn id(&self) -> &KeyId {
                &self.id
            }

            fn validity(&self) -> &Validity {
                &self.validity
            }
        }

        impl fmt::Debug for $name {
            /// Names the key and keeps its bytes out of logs.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.id).finish()
            }
        }
    };
}

key!(HmacKey);
key!(Ed25519Key);
key!(PublicKey);

/// Reading keys from configuration: a JSON array of
/// `{"kid", "secret": base64url of 32 bytes, "from", "until"?, "compromised_at"?}`.
#[cfg(feature = "serde")]
mod configured {
    use alloc::borrow::Cow;
    use alloc::vec::Vec;

    use base64ct::{Base64UrlUnpadded, Encoding};
    use serde::Deserialize;
    use serde::de::{Deserializer, Error as _};

    use super::{Ed25519Key, HmacKey, KeyId, Ring, Validity};
    use crate::time::Timestamp;

    struct Secret([u8; 32]);

    impl<'de> Deserialize<'de> for Secret {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = Cow::<str>::deserialize(deserializer)?;
            let mut bytes = [0; 32];
            match Base64UrlUnpadded::decode(text.as_bytes(), &mut bytes) {
                Ok(read) if read.len() == 32 => Ok(Self(bytes)),
                // The error never shows the value.
                _ => Err(D::Error::custom("a secret is 32 bytes as 43 characters of base64url")),
            }
        }
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Configured {
        kid: KeyId,
        secret: Secret,
        from: Timestamp,
        #[serde(default)]
        until: Option<Timestamp>,
        #[serde(default)]
        compromised_at: Option<Timestamp>,
    }

    impl<K> Ring<K> {
        fn read(
            json: &str,
            key: impl Fn(KeyId, Validity, [u8; 32]) -> K,
        ) -> Result<Self, serde_json::Error> {
            let keys: Vec<Configured> = serde_json::from_str(json)?;
            let keys = keys.into_iter().map(|configured| {
                let Configured { kid, secret, from, until, compromised_at } = configured;
                key(kid, Validity { from, until, compromised_at }, secret.0)
            });
            Ok(Self(keys.collect()))
        }
    }

    impl Ring<HmacKey> {
        /// Reads a ring from configuration.
        ///
        /// # Errors
        /// The reader's, which names the member and never its value.
        pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
            Self::read(json, HmacKey::new)
        }
    }

    impl Ring<Ed25519Key> {
        /// Reads a ring from configuration.
        ///
        /// # Errors
        /// The reader's, which names the member and never its value.
        pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
            Self::read(json, Ed25519Key::new)
        }
    }
}
