//! Names that people give to themselves, companies, properties and keys.

use alloc::string::String;
use core::fmt;

/// Most characters of a name.
pub const LONGEST: usize = 100;

/// A name on one line: trimmed, not empty, without control characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(String);

/// Why a string is no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to 100 characters on one line")]
pub struct NameError;

impl Name {
    /// Trims and checks what was typed.
    ///
    /// # Errors
    /// [`NameError`] for what is empty, too long or not one line.
    pub fn parse(typed: &str) -> Result<Self, NameError> {
        let name = typed.trim();
        let length = name.chars().count();
        if (1..=LONGEST).contains(&length) && !name.chars().any(char::is_control) {
            Ok(Self(name.into()))
        } else {
            Err(NameError)
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::str::FromStr for Name {
    type Err = NameError;

    fn from_str(typed: &str) -> Result<Self, NameError> {
        Self::parse(typed)
    }
}

#[cfg(test)]
mod tests {
    use super::{Name, NameError};

    #[test]
    fn a_name_is_one_trimmed_line() {
        assert_eq!(Name::parse("  LeadGen Co ").as_ref().map(Name::as_str), Ok("LeadGen Co"));
        for wrong in ["", " ", "a\nb", "a\u{7}", &"n".repeat(101)] {
            assert_eq!(Name::parse(wrong), Err(NameError), "{wrong:?}");
        }
    }
}
