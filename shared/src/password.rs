//! Which passwords are good enough (NIST SP 800-63B-4 §3.1.1.2): long, not of a few signs, and not
//! the account's own address; no rules about kinds of characters, which only make worse ones.

use alloc::collections::BTreeSet;
use alloc::string::String;
use core::fmt;

use unicode_normalization::UnicodeNormalization as _;

use crate::contact::Email;

/// Fewest characters of a new password.
pub const SHORTEST: usize = 12;
/// Most bytes: hashing takes time by length.
pub const LONGEST_BYTES: usize = 512;
/// Fewest different characters of a new password.
const FEWEST_DIFFERENT: usize = 5;

/// A password as it is hashed: normalised, so that every keyboard types the same one.
#[derive(Clone)]
pub struct Password(String);

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short.
    #[error("a password has at least 12 characters")]
    Short,
    /// Too long.
    #[error("a password has at most 512 bytes")]
    Long,
    /// Such as `aaaaaaaaaaaa`.
    #[error("a password has at least 5 different characters")]
    Monotonous,
    /// The first thing that anybody tries.
    #[error("a password does not contain the account's e-mail address or its name")]
    Address,
}

impl Password {
    /// What somebody typed to sign in.
    ///
    /// # Errors
    /// [`PasswordError::Long`]; everything else is a wrong password like any other.
    pub fn typed(text: &str) -> Result<Self, PasswordError> {
        let text: String = text.nfkc().collect();
        if text.len() > LONGEST_BYTES { Err(PasswordError::Long) } else { Ok(Self(text)) }
    }

    /// Whether it may become the password of that account.
    ///
    /// # Errors
    /// [`PasswordError`] says what is wrong with it.
    pub fn admit(&self, email: &Email) -> Result<(), PasswordError> {
        if self.0.chars().count() < SHORTEST {
            return Err(PasswordError::Short);
        }
        if self.0.chars().collect::<BTreeSet<_>>().len() < FEWEST_DIFFERENT {
            return Err(PasswordError::Monotonous);
        }
        let lower = self.0.to_lowercase();
        let name = email.as_str().split('@').next().unwrap_or_default();
        let only_name = lower.trim_matches(|c: char| !c.is_alphabetic()) == name;
        if lower.contains(email.as_str()) || only_name {
            return Err(PasswordError::Address);
        }
        Ok(())
    }

    /// The bytes that are hashed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Password {
    /// Never in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl core::str::FromStr for Password {
    type Err = PasswordError;

    fn from_str(text: &str) -> Result<Self, PasswordError> {
        Self::typed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Password, PasswordError};
    use crate::contact::Email;

    fn admit(text: &str) -> Result<(), PasswordError> {
        Password::typed(text)?.admit(&Email::parse("maria.lopez@leadgen.com").unwrap())
    }

    #[test]
    fn long_passwords_are_taken_whatever_they_are_made_of() {
        for good in [
            "correct horse battery",
            "ñandú ñandú 12",
            "Tr0ub4dor&3-and-more",
            "十二字以上のパスワードです。",
        ] {
            assert_eq!(admit(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn what_is_guessed_first_is_refused_with_the_reason() {
        for (bad, why) in [
            ("", PasswordError::Short),
            ("11 letters.", PasswordError::Short),
            ("aaaaaaaaaaaa", PasswordError::Monotonous),
            ("abababababab", PasswordError::Monotonous),
            ("maria.lopez@leadgen.com", PasswordError::Address),
            ("Maria.Lopez2026!", PasswordError::Address),
        ] {
            assert_eq!(admit(bad), Err(why), "{bad}");
        }
        assert_eq!(admit(&"long enough ".repeat(50)), Err(PasswordError::Long));
    }

    #[test]
    fn one_password_typed_on_two_keyboards_is_one() {
        let (composed, decomposed) = ("jos\u{e9} y la luna", "jose\u{301} y la luna");
        let bytes = |text| Password::typed(text).unwrap().as_bytes().to_vec();
        assert_eq!(bytes(composed), bytes(decomposed));
        assert_eq!(alloc::format!("{:?}", Password::typed(composed).unwrap()), "Password(…)");
    }
}
