//! Commitments to personal values, and the disclosures that open them (contract §1, "The signed
//! record"): the record stays verifiable when the values are masked or erased.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use subtle::ConstantTimeEq as _;

use crate::digest::Digest;
use crate::json::members::Members;
use crate::json::{Json, Object};

/// A personal value that a record can commit to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Personal {
    /// The consumer's IP address.
    Ip,
    /// The browser's user agent.
    UserAgent,
    /// The page's full URL.
    Page,
    /// The browser's language.
    Language,
    /// The city that the IP address lies in.
    City,
    /// The lead's phone, E.164.
    Phone,
    /// The lead's e-mail, lowercase.
    Email,
}

impl Personal {
    /// Every value there is.
    pub const ALL: [Self; 7] = [
        Self::Ip,
        Self::UserAgent,
        Self::Page,
        Self::Language,
        Self::City,
        Self::Phone,
        Self::Email,
    ];

    /// The member name in `committed` and in the disclosures.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::UserAgent => "user_agent",
            Self::Page => "page",
            Self::Language => "language",
            Self::City => "city",
            Self::Phone => "phone",
            Self::Email => "email",
        }
    }
}

/// Why a string names no personal value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a personal value that a record commits to")]
pub struct PersonalError;

impl core::str::FromStr for Personal {
    type Err = PersonalError;

    fn from_str(name: &str) -> Result<Self, PersonalError> {
        Self::ALL.into_iter().find(|known| known.as_str() == name).ok_or(PersonalError)
    }
}

/// `SHA-256(salt16 ‖ JCS(value))`, written as 43 characters of base64url.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Commitment(Digest);

/// Why a string is not a commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a commitment is 43 characters of unpadded base64url")]
pub struct CommitmentError;

impl Commitment {
    /// Commits to a value under a salt.
    #[must_use]
    pub fn to(value: &str, salt: &Salt) -> Self {
        Self(Digest::of_parts(&[&salt.0, Json::from(value).canonical().as_bytes()]))
    }

    /// Reads the written form.
    ///
    /// # Errors
    /// [`CommitmentError`] when it is none.
    pub fn parse(text: &str) -> Result<Self, CommitmentError> {
        let mut bytes = [0; 32];
        match Base64UrlUnpadded::decode(text, &mut bytes) {
            Ok(read) if read.len() == 32 => Ok(Self(Digest::from_bytes(bytes))),
            _ => Err(CommitmentError),
        }
    }

    /// A commitment that is kept as its 32 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Digest::from_bytes(bytes))
    }

    /// Its 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Whether a salted value is the one committed to; in constant time.
    #[must_use]
    pub fn opens_with(&self, disclosure: &Disclosure) -> bool {
        let other = Self::to(&disclosure.value, &disclosure.salt);
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.base64url())
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::str::FromStr for Commitment {
    type Err = CommitmentError;

    fn from_str(text: &str) -> Result<Self, CommitmentError> {
        Self::parse(text)
    }
}

/// 16 random bytes that keep a committed value from being guessed.
#[derive(Clone, PartialEq, Eq)]
pub struct Salt([u8; 16]);

/// Why a string is not a salt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a salt is 22 characters of unpadded base64url")]
pub struct SaltError;

impl Salt {
    /// A salt of 16 random bytes.
    #[must_use]
    pub const fn new(random: [u8; 16]) -> Self {
        Self(random)
    }

    /// Its 16 bytes as 32 lowercase hex digits.
    #[must_use]
    pub fn hex(&self) -> String {
        base16ct::lower::encode_string(&self.0)
    }

    /// Reads 22 characters of base64url.
    ///
    /// # Errors
    /// [`SaltError`] when they are none.
    pub fn parse(text: &str) -> Result<Self, SaltError> {
        let mut bytes = [0; 16];
        match Base64UrlUnpadded::decode(text, &mut bytes) {
            Ok(read) if read.len() == 16 => Ok(Self(bytes)),
            _ => Err(SaltError),
        }
    }
}

impl fmt::Display for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&Base64UrlUnpadded::encode_string(&self.0))
    }
}

impl From<Salt> for String {
    fn from(salt: Salt) -> Self {
        alloc::format!("{salt}")
    }
}

impl fmt::Debug for Salt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Salt(…)")
    }
}

impl core::str::FromStr for Salt {
    type Err = SaltError;

    fn from_str(text: &str) -> Result<Self, SaltError> {
        Self::parse(text)
    }
}

/// A salted value: opens its commitment.
#[derive(Clone, PartialEq, Eq)]
pub struct Disclosure {
    /// The salt.
    pub salt: Salt,
    /// The personal value.
    pub value: String,
}

impl fmt::Debug for Disclosure {
    /// Personal values stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Disclosure(…)")
    }
}

/// The commitments of one record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Committed(Vec<(Personal, Commitment)>);

impl Committed {
    /// Sets the commitment to one value.
    pub fn set(&mut self, personal: Personal, commitment: Commitment) {
        self.0.retain(|(other, _)| *other != personal);
        self.0.push((personal, commitment));
    }

    /// The commitment to a value, if the record has one.
    #[must_use]
    pub fn get(&self, personal: Personal) -> Option<&Commitment> {
        self.0.iter().find(|(other, _)| *other == personal).map(|(_, commitment)| commitment)
    }

    /// Every commitment.
    pub fn iter(&self) -> impl Iterator<Item = (Personal, &Commitment)> {
        self.0.iter().map(|(personal, commitment)| (*personal, commitment))
    }

    /// The `committed` member of the record.
    pub(crate) fn write(&self, members: &mut Members<'_>) {
        let mut sorted: Vec<_> = self.iter().collect();
        sorted.sort_unstable_by_key(|(personal, _)| personal.as_str());
        for (personal, commitment) in sorted {
            members.text(personal.as_str(), &commitment.0.base64url());
        }
    }
}

/// The salted values of one record: given to its owner and to holders of a claim, and erasable.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Disclosures(Vec<(Personal, Disclosure)>);

impl Disclosures {
    /// Adds a value under its salt.
    pub fn set(&mut self, personal: Personal, disclosure: Disclosure) {
        self.0.retain(|(other, _)| *other != personal);
        self.0.push((personal, disclosure));
    }

    /// The salted value, unless there is none or it was erased.
    #[must_use]
    pub fn get(&self, personal: Personal) -> Option<&Disclosure> {
        self.0.iter().find(|(other, _)| *other == personal).map(|(_, disclosure)| disclosure)
    }

    /// The commitments that these values open.
    #[must_use]
    pub fn commit(&self) -> Committed {
        let mut committed = Committed::default();
        for (personal, disclosure) in &self.0 {
            committed.set(*personal, Commitment::to(&disclosure.value, &disclosure.salt));
        }
        committed
    }

    /// The first value that does not open its commitment in `committed`.
    #[must_use]
    pub fn first_unopened(&self, committed: &Committed) -> Option<Personal> {
        self.0
            .iter()
            .find(|(personal, disclosure)| {
                !committed.get(*personal).is_some_and(|c| c.opens_with(disclosure))
            })
            .map(|(personal, _)| *personal)
    }

    /// `{"ip": {"salt": …, "value": …}, …}`.
    #[must_use]
    pub fn document(&self) -> Object {
        let mut object = Object::new();
        for (personal, disclosure) in &self.0 {
            let salted = Object::new()
                .with("salt", alloc::format!("{}", disclosure.salt))
                .with("value", disclosure.value.as_str());
            object.set(personal.as_str(), salted);
        }
        object
    }
}
