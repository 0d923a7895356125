//! SHA-256 digests (FIPS 180-4) and the two ways they are written: hex inside documents,
//! unpadded base64url (RFC 4648 §5) inside ids and commitments.

use alloc::string::String;
use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest: 32 bytes, shown as 64 lowercase hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// Why a string is not a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 digest: 64 lowercase hex digits are expected")]
pub struct DigestError;

impl Digest {
    /// The digest of nothing yet: what the first custody event has for `prev` (contract §4).
    pub const ZERO: Self = Self([0; 32]);

    /// The SHA-256 of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_parts(&[bytes])
    }

    /// The SHA-256 of the parts, one after the other.
    #[must_use]
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// Takes 32 bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lowercase hex digits.
    #[must_use]
    pub fn hex(&self) -> String {
        base16ct::lower::encode_string(&self.0)
    }

    /// Reads 64 lowercase hex digits.
    ///
    /// # Errors
    /// [`DigestError`] for any other length or character.
    pub fn from_hex(hex: &str) -> Result<Self, DigestError> {
        let mut bytes = [0; 32];
        match base16ct::lower::decode(hex, &mut bytes) {
            Ok(read) if read.len() == 32 => Ok(Self(bytes)),
            _ => Err(DigestError),
        }
    }

    /// 43 characters of unpadded base64url.
    #[must_use]
    pub fn base64url(&self) -> String {
        Base64UrlUnpadded::encode_string(&self.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl core::str::FromStr for Digest {
    type Err = DigestError;

    fn from_str(hex: &str) -> Result<Self, DigestError> {
        Self::from_hex(hex)
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn the_published_value_for_abc_comes_out() {
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Digest::of(b"abc").hex(), hex);
        assert_eq!(Digest::of_parts(&[b"a", b"", b"bc"]).hex(), hex);
        assert_eq!(Digest::from_hex(hex), Ok(Digest::of(b"abc")));
    }

    #[test]
    fn only_64_lowercase_hex_digits_are_a_digest() {
        let hex = Digest::of(b"abc").hex();
        for wrong in
            [&hex.replacen('b', "", 1), &hex.to_uppercase(), "", &alloc::format!("{hex}00")]
        {
            assert!(Digest::from_hex(wrong).is_err(), "{wrong}");
        }
    }
}
