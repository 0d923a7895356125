//! Claim tokens: `clm_`, two hex digits that route to the certificate's database, 46 hex digits
//! derived from the share, so that a token can be shown again and is never stored (contract §3).

use alloc::format;
use alloc::string::String;
use core::fmt;
use core::time::Duration;

use crate::digest::Digest;
use crate::ids::PropertyId;
use crate::keys::HmacKey;
use crate::signature::Purpose;

/// For how long a token can be claimed, and a live share holds the evidence (seed: 90 days).
pub const LIFETIME: Duration = Duration::from_secs(90 * 24 * 60 * 60);

const PREFIX: &str = "clm_";
/// Hex digits: routing tag and secret.
const TAG_DIGITS: usize = 2;
const SECRET_DIGITS: usize = 46;

/// A claim token: who holds it may claim the certificate that it was made for.
#[derive(Clone)]
pub struct ClaimToken(String);

/// Why a string is not a claim token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a claim token is clm_ and 48 lowercase hex digits")]
pub struct ClaimTokenError;

impl ClaimToken {
    /// The token of a share: `HMAC(key, "econsent-claim-v1\n" ‖ share id)`, behind the tag that
    /// session ids of the property begin with.
    #[must_use]
    pub fn derive(key: &HmacKey, property: &PropertyId, share_id: &str) -> Self {
        let secret = key.sign(Purpose::Claim, share_id).hex();
        let secret = secret.get(..SECRET_DIGITS).unwrap_or_default();
        Self(format!("{PREFIX}{:02x}{secret}", property.routing_tag()))
    }

    /// Reads a token as it is written in links and leads.
    ///
    /// # Errors
    /// [`ClaimTokenError`] for any other form.
    ///
    /// ```
    /// use econsent_core::claim::ClaimToken;
    ///
    /// let link = "clm_61a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0c1d2e3";
    /// assert_eq!(ClaimToken::parse(link).map(|token| token.routing_tag()), Ok(0x61));
    /// ```
    pub fn parse(text: &str) -> Result<Self, ClaimTokenError> {
        let digits = text.strip_prefix(PREFIX).ok_or(ClaimTokenError)?;
        let hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() == TAG_DIGITS + SECRET_DIGITS && digits.bytes().all(hex) {
            Ok(Self(text.into()))
        } else {
            Err(ClaimTokenError)
        }
    }

    /// Which database the certificate lies in.
    #[must_use]
    pub fn routing_tag(&self) -> u8 {
        let digits = self.0.get(PREFIX.len()..PREFIX.len() + TAG_DIGITS);
        digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()).unwrap_or_default()
    }

    /// SHA-256 of the token: under what a share is looked up, so that no table holds tokens.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }

    /// The token, for whoever may claim with it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClaimToken {
    /// A token in a log is a token given away.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimToken(…)")
    }
}

impl core::str::FromStr for ClaimToken {
    type Err = ClaimTokenError;

    fn from_str(text: &str) -> Result<Self, ClaimTokenError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::ClaimToken;
    use crate::digest::Digest;
    use crate::ids::{KeyId, PropertyId, SessionId};
    use crate::keys::{HmacKey, Validity};
    use crate::signature::hmac_sha256;
    use crate::time::Timestamp;

    fn key() -> HmacKey {
        let validity = Validity {
            from: Timestamp::from_millis(0).unwrap(),
            until: None,
            compromised_at: None,
        };
        HmacKey::new(KeyId::parse("claim-1").unwrap(), validity, [9; 32])
    }

    #[test]
    fn a_share_has_one_token_that_can_be_shown_again() {
        let property = PropertyId::parse("67fa8d40a96f513ae019c85c").unwrap();
        let token = ClaimToken::derive(&key(), &property, "share-42");
        let again = ClaimToken::derive(&key(), &property, "share-42");
        let other = ClaimToken::derive(&key(), &property, "share-43");
        assert_eq!(token.as_str(), again.as_str());
        assert_ne!(token.as_str(), other.as_str());

        let tag = hmac_sha256(&[9; 32], &[b"econsent-claim-v1\nshare-42"]).hex();
        assert_eq!(token.as_str(), alloc::format!("clm_61{}", tag.split_at(46).0));
        assert_eq!(token.digest(), Digest::of(token.as_str().as_bytes()));
        assert_eq!(alloc::format!("{token:?}"), "ClaimToken(…)");
    }

    #[test]
    fn a_token_and_a_session_of_one_property_lead_to_the_same_database() {
        let property = PropertyId::parse("67fa8d40a96f513ae019c85c").unwrap();
        let at = Timestamp::parse("2026-04-17T11:00:00.000Z").unwrap();
        let session = SessionId::new(&property, at, [0; 10]);
        let token = ClaimToken::derive(&key(), &property, "share-42");
        let tag = alloc::format!("{:02x}", token.routing_tag());
        assert!(session.as_str().starts_with(&tag));
        let read = ClaimToken::parse(token.as_str()).unwrap();
        assert_eq!(read.routing_tag(), property.routing_tag());
    }

    #[test]
    fn only_the_one_form_is_a_token() {
        let right = "clm_61a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0c1d2e3";
        assert!(ClaimToken::parse(right).is_ok());
        for wrong in [
            "",
            "clm_",
            "clm_xxx",
            &right.to_uppercase(),
            right.trim_end_matches('3'),
            &alloc::format!("{right}0"),
            &right.replace("clm_", "CLM_"),
            &right.replace("a1", "é"),
        ] {
            assert!(ClaimToken::parse(wrong).is_err(), "{wrong}");
        }
    }
}
