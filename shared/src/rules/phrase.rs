//! One thing that a rule looks for.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// What is looked for: one wording, or any of several.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(untagged, expecting = "a phrase is a string or an array of strings")
)]
pub enum Phrase {
    /// This wording.
    One(String),
    /// The first of these that is found; together they count once.
    AnyOf(Vec<String>),
}

impl Phrase {
    /// Any of several wordings.
    pub fn any_of<'a>(wordings: impl IntoIterator<Item = &'a str>) -> Self {
        Self::AnyOf(wordings.into_iter().map(String::from).collect())
    }

    /// The wordings as the rule spells them.
    #[must_use]
    pub fn wordings(&self) -> &[String] {
        match self {
            Self::One(wording) => core::slice::from_ref(wording),
            Self::AnyOf(wordings) => wordings,
        }
    }
}

impl From<&str> for Phrase {
    fn from(wording: &str) -> Self {
        Self::One(wording.into())
    }
}

impl fmt::Display for Phrase {
    /// How a missing phrase is listed: `autodialer | ATDS`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.wordings().join(" | "))
    }
}
