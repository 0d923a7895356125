//! Partners: the companies that a publisher's property sells its leads to (seed "Adding a
//! Distribution Partner").

use core::fmt;

use crate::record::word;

word!(
    /// What a partner may do with the certificates that are shared with it.
    AccessLevel, AccessLevelError {
        /// View them.
        Read = "read",
        /// Claim them, and view them.
        Claim = "claim"
    }
);

word!(
    /// How a partnership stands.
    PartnerStatus, PartnerStatusError {
        /// Somebody was asked by e-mail and has not answered; nothing is shared.
        Invited = "invited",
        /// Certificates may be shared.
        Active = "active",
        /// Who was asked does not want to.
        Declined = "declined",
        /// The publisher has ended it.
        Revoked = "revoked"
    }
);

/// What a partnership that is active lets be shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// What the partner may do.
    pub access_level: AccessLevel,
    /// Whether every new certificate is shared.
    pub auto_share: bool,
}

impl Terms {
    /// What a share with a company lets it do: what its partnership says, everything without one.
    /// None where there is nothing to share: the service itself shares only what an active
    /// partnership asks it to.
    ///
    /// ```
    /// use econsent_core::partner::{AccessLevel, Terms};
    ///
    /// let partner = Terms { access_level: AccessLevel::Read, auto_share: false };
    /// assert_eq!(Terms::access(Some(partner), false), Some(AccessLevel::Read));
    /// assert_eq!(Terms::access(Some(partner), true), None);
    /// assert_eq!(Terms::access(None, false), Some(AccessLevel::Claim));
    /// assert_eq!(Terms::access(None, true), None);
    /// ```
    #[must_use]
    pub fn access(terms: Option<Self>, by_itself: bool) -> Option<AccessLevel> {
        match terms {
            Some(terms) => (terms.auto_share || !by_itself).then_some(terms.access_level),
            None => (!by_itself).then_some(AccessLevel::Claim),
        }
    }
}

/// Names a partnership: a whole number, as in the seed. It is n × 256 + the routing tag of the
/// property, so that it leads to the property's database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "u64", try_from = "u64"))]
pub struct PartnerId(u64);

/// Why something is not the number of a partnership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a partner's id is a whole number above 0")]
pub struct PartnerIdError;

/// Above it, numbers in JSON are no longer exact (RFC 8259 §6).
const LARGEST: u64 = (1 << 53) - 1;

impl PartnerId {
    /// Takes a number that was given out.
    ///
    /// # Errors
    /// [`PartnerIdError`] for 0 and for what JSON cannot carry.
    pub fn new(number: u64) -> Result<Self, PartnerIdError> {
        if (1..=LARGEST).contains(&number) { Ok(Self(number)) } else { Err(PartnerIdError) }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl From<PartnerId> for u64 {
    fn from(id: PartnerId) -> Self {
        id.0
    }
}

impl TryFrom<u64> for PartnerId {
    type Error = PartnerIdError;

    fn try_from(number: u64) -> Result<Self, PartnerIdError> {
        Self::new(number)
    }
}

impl fmt::Display for PartnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl core::str::FromStr for PartnerId {
    type Err = PartnerIdError;

    /// Digits, and the first is none of 0: each partnership has one address.
    fn from_str(text: &str) -> Result<Self, PartnerIdError> {
        let plain = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
        let number = text.parse().ok().filter(|_| plain);
        number.ok_or(PartnerIdError).and_then(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::{PartnerId, PartnerIdError};

    #[test]
    fn a_partnership_has_one_written_number() {
        assert_eq!("353".parse().map(PartnerId::get), Ok(353));
        for wrong in ["", "0", "01", "+1", "-1", "1.0", "1e3", "９", "9007199254740992", "x"] {
            assert_eq!(wrong.parse::<PartnerId>(), Err(PartnerIdError), "{wrong}");
        }
    }
}
