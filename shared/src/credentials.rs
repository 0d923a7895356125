//! Secrets that people and machines show to be recognised: API keys, the cookie of a sign-in, links
//! sent by mail. Of each only the SHA-256 is stored; they are long enough that it tells nothing.

use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::digest::Digest;
use crate::keys::HmacKey;
use crate::signature::Purpose;

/// Why a string is none of these secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Not `eck_` and 48 hex digits.
    #[error("an API key is eck_ and 48 lowercase hex digits")]
    ApiKey,
    /// Not 64 hex digits.
    #[error("not the token of a sign-in")]
    SignIn,
    /// Not 64 hex digits.
    #[error("the token of a link is 64 lowercase hex digits")]
    Link,
}

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $digits:literal, $error:expr) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(String);

        impl $name {
            /// Reads the secret from its one written form.
            ///
            /// # Errors
            /// The [`CredentialError`] of this type.
            pub fn parse(text: &str) -> Result<Self, CredentialError> {
                let digits = text.strip_prefix($prefix).unwrap_or_default();
                let hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
                if digits.len() == $digits && digits.bytes().all(hex) {
                    Ok(Self(text.into()))
                } else {
                    Err($error)
                }
            }

            /// What is stored and looked up.
            #[must_use]
            pub fn digest(&self) -> Digest {
                Digest::of(self.0.as_bytes())
            }

            /// The secret, for whom it is meant.
            #[must_use]
            pub fn reveal(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            /// Never in a log.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        impl core::str::FromStr for $name {
            type Err = CredentialError;

            fn from_str(text: &str) -> Result<Self, CredentialError> {
                Self::parse(text)
            }
        }
    };
}

secret!(
    /// What a machine sends as `Authorization: Bearer`.
    ApiKey, "eck_", 48, CredentialError::ApiKey
);
secret!(
    /// What the browser of somebody who signed in keeps in a cookie.
    SignInToken, "", 64, CredentialError::SignIn
);
secret!(
    /// What a link in a mail ends with: it works once, for whoever reads that mailbox.
    LinkToken, "", 64, CredentialError::Link
);

impl ApiKey {
    /// A new key.
    #[must_use]
    pub fn new(random: [u8; 24]) -> Self {
        Self(format!("eck_{}", base16ct::lower::encode_string(&random)))
    }

    /// Its last four digits, by which people tell their keys apart.
    #[must_use]
    pub fn hint(&self) -> &str {
        self.0.get(self.0.len() - 4..).unwrap_or_default()
    }
}

impl SignInToken {
    /// A new sign-in.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        Self(base16ct::lower::encode_string(&random))
    }
}

impl LinkToken {
    /// The token of a link: `HMAC(key, "econsent-link-v1\n" ‖ link id)`. A mail that waits to be
    /// sent names the link, and no table holds what would open an account.
    #[must_use]
    pub fn derive(key: &HmacKey, link_id: &str) -> Self {
        Self(key.sign(Purpose::Link, link_id).hex())
    }
}

#[cfg(test)]
mod tests {
    use super::{ApiKey, CredentialError, LinkToken, SignInToken};
    use crate::digest::Digest;
    use crate::ids::KeyId;
    use crate::keys::{HmacKey, Validity};
    use crate::signature::hmac_sha256;
    use crate::time::Timestamp;

    #[test]
    fn secrets_have_one_form_and_are_found_by_their_digest() {
        let key = ApiKey::new([0xa7; 24]);
        assert_eq!(key.reveal(), alloc::format!("eck_{}", "a7".repeat(24)));
        assert_eq!(key.hint(), "a7a7");
        assert_eq!(key.digest(), Digest::of(key.reveal().as_bytes()));
        assert!(ApiKey::parse(key.reveal()).is_ok());
        for wrong in
            ["", "eck_", &key.reveal().to_uppercase(), &alloc::format!("{}0", key.reveal())]
        {
            assert_eq!(ApiKey::parse(wrong).err(), Some(CredentialError::ApiKey), "{wrong}");
        }
        assert!(SignInToken::parse(SignInToken::new([1; 32]).reveal()).is_ok());
    }

    #[test]
    fn a_link_can_be_written_again_from_its_id() {
        let validity = Validity {
            from: Timestamp::from_millis(0).unwrap(),
            until: None,
            compromised_at: None,
        };
        let key = HmacKey::new(KeyId::parse("t-1").unwrap(), validity, [5; 32]);
        let link = LinkToken::derive(&key, "6a1b");
        let expected = hmac_sha256(&[5; 32], &[b"econsent-link-v1\n6a1b"]).hex();
        assert_eq!(link.reveal(), expected);
        assert!(LinkToken::parse(link.reveal()).is_ok());
    }

    #[test]
    fn secrets_are_not_written_to_logs() {
        assert_eq!(alloc::format!("{:?}", ApiKey::new([1; 24])), "ApiKey(…)");
        assert_eq!(alloc::format!("{:?}", SignInToken::new([1; 32])), "SignInToken(…)");
    }
}
