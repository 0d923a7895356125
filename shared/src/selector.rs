//! CSS selectors in a property's settings: which elements are consent without being tagged, which
//! fields a recording may show.

use alloc::string::String;
use core::fmt;

/// Selectors of one kind in one property.
pub const MOST: usize = 64;
/// Longest selector, in bytes.
pub const LONGEST_BYTES: usize = 256;

/// A CSS selector, as far as that can be said without a browser: the tracker skips one that the
/// page's own parser refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector(String);

/// Why a string is no selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a selector is CSS such as #consent or label.tcpa, of at most 256 bytes on one line")]
pub struct SelectorError;

impl Selector {
    /// Trims and checks what an owner typed.
    ///
    /// # Errors
    /// [`SelectorError`] for what is empty, too long, or can be no selector.
    pub fn parse(typed: &str) -> Result<Self, SelectorError> {
        let text = typed.trim();
        let impossible = |c: char| c.is_control() || matches!(c, '{' | '}' | '<' | ';' | '@');
        if (1..=LONGEST_BYTES).contains(&text.len()) && !text.chars().any(impossible) {
            Ok(Self(text.into()))
        } else {
            Err(SelectorError)
        }
    }

    /// The selector.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::str::FromStr for Selector {
    type Err = SelectorError;

    fn from_str(typed: &str) -> Result<Self, SelectorError> {
        Self::parse(typed)
    }
}

#[cfg(test)]
mod tests {
    use super::{Selector, SelectorError};

    #[test]
    fn a_selector_is_one_line_of_css() {
        for good in ["#consent", " label.tcpa > span ", "[data-legal='tcpa']", "p:nth-child(2)"] {
            assert!(Selector::parse(good).is_ok(), "{good}");
        }
        for bad in ["", " ", "p { color: red }", "<script>", "a\nb", "@import x", &"p".repeat(257)]
        {
            assert_eq!(Selector::parse(bad), Err(SelectorError), "{bad:?}");
        }
    }
}
