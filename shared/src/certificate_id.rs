//! The certificate id `EC-{session_id}-{base64url(hash)}`: how it is read and written
//! (seed "format"; contract §1, "The id"; vectors `certificate_ids.json`).

use alloc::string::String;
use core::fmt;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};

use crate::digest::Digest;
use crate::ids::SessionId;

/// Characters of an unpadded base64 SHA-256.
const HASH_CHARS: usize = 43;
const PREFIX: &str = "EC-";

/// Names a certificate and, through its hash, binds everything the visitor saw.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertificateId {
    session: SessionId,
    hash: Digest,
}

/// Why a string is not a certificate id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateIdError {
    /// It does not begin with `EC-`.
    #[error("a certificate id begins with EC-")]
    Prefix,
    /// It does not end in a hyphen and the 43 base64 characters of a SHA-256.
    #[error("a certificate id ends with a hyphen and 43 characters of base64url")]
    Hash,
    /// What stands between is no session id.
    #[error("the part between EC- and the hash is not a session id")]
    Session,
}

impl CertificateId {
    /// The id of a session's certificate with that hash.
    #[must_use]
    pub const fn new(session: SessionId, hash: Digest) -> Self {
        Self { session, hash }
    }

    /// Reads the canonical form only, as in paths: base64url without padding.
    ///
    /// # Errors
    /// [`CertificateIdError`] names the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, CertificateIdError> {
        Self::parse_with(text, |hash| {
            let mut bytes = [0; 32];
            Base64UrlUnpadded::decode(hash, &mut bytes).ok()?;
            Some(bytes)
        })
    }

    /// Reads an id as it may come back from a CRM, in JSON and forms: either base64 alphabet,
    /// padded or not. The session id has no `+`, `/` or `=`, so only the hash can hold them.
    ///
    /// # Errors
    /// [`CertificateIdError`] names the part that is wrong.
    pub fn parse_lenient(text: &str) -> Result<Self, CertificateIdError> {
        Self::parse_with(text.strip_suffix('=').unwrap_or(text), |hash| {
            let mut padded = [b'='; HASH_CHARS + 1];
            for (to, from) in padded.iter_mut().zip(hash.bytes()) {
                *to = match from {
                    b'-' => b'+',
                    b'_' => b'/',
                    other => other,
                };
            }
            let mut bytes = [0; 33];
            let read = Base64::decode(padded, &mut bytes).ok()?;
            read.try_into().ok()
        })
    }

    /// Parses from the end, where the hash always has the same length.
    fn parse_with(
        text: &str,
        decode: impl FnOnce(&str) -> Option<[u8; 32]>,
    ) -> Result<Self, CertificateIdError> {
        let rest = text.strip_prefix(PREFIX).ok_or(CertificateIdError::Prefix)?;
        let (session, hash) = rest
            .len()
            .checked_sub(HASH_CHARS)
            .and_then(|at| rest.split_at_checked(at))
            .ok_or(CertificateIdError::Hash)?;
        let hash = decode(hash).ok_or(CertificateIdError::Hash)?;
        let session = session.strip_suffix('-').ok_or(CertificateIdError::Hash)?;
        let session = SessionId::parse(session).map_err(|_| CertificateIdError::Session)?;
        Ok(Self { session, hash: Digest::from_bytes(hash) })
    }

    /// The session in which consent was given.
    #[must_use]
    pub const fn session(&self) -> &SessionId {
        &self.session
    }

    /// SHA-256 over the payload and the entropy.
    #[must_use]
    pub const fn hash(&self) -> &Digest {
        &self.hash
    }
}

impl fmt::Display for CertificateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        f.write_str(self.session.as_str())?;
        f.write_str("-")?;
        f.write_str(&self.hash.base64url())
    }
}

impl fmt::Debug for CertificateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::str::FromStr for CertificateId {
    type Err = CertificateIdError;

    fn from_str(text: &str) -> Result<Self, CertificateIdError> {
        Self::parse(text)
    }
}

impl From<CertificateId> for String {
    fn from(id: CertificateId) -> Self {
        Self::from(&id)
    }
}

impl From<&CertificateId> for String {
    fn from(id: &CertificateId) -> Self {
        [PREFIX, id.session.as_str(), "-", &id.hash.base64url()].concat()
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::{CertificateId, CertificateIdError};

    const HASH: &str = "Gg-VoeWa_DkQ6dI_qkGkEoKSr83sswF3oHFY6ixaDQM";

    #[test]
    fn a_session_id_may_itself_look_like_an_id() {
        let text = alloc::format!("EC-EC-a--b-{HASH}");
        let id = CertificateId::parse(&text).unwrap();
        assert_eq!(id.session().as_str(), "EC-a--b");
        assert_eq!(id.to_string(), text);
    }

    #[test]
    fn paths_take_the_canonical_form_and_crms_may_bring_others() {
        let crm = "EC-s-Gg+VoeWa/DkQ6dI/qkGkEoKSr83sswF3oHFY6ixaDQM=";
        assert_eq!(CertificateId::parse(crm), Err(CertificateIdError::Hash));
        let id = CertificateId::parse_lenient(crm).unwrap();
        assert_eq!(id.to_string(), alloc::format!("EC-s-{HASH}"));
    }

    #[test]
    fn the_error_names_the_part_that_is_wrong() {
        let parse = |text: &str| CertificateId::parse_lenient(text).unwrap_err();
        assert_eq!(parse("Hello"), CertificateIdError::Prefix);
        assert_eq!(parse("EC-é"), CertificateIdError::Hash);
        assert_eq!(parse(&alloc::format!("EC-a b-{HASH}")), CertificateIdError::Session);
        assert_eq!(parse(&alloc::format!("EC-s-{HASH}==")), CertificateIdError::Hash);
    }
}
