//! Matching: does a certificate hold the words that somebody says the consumer saw?
//! (contract §2, `verify/match`)

use core::cell::LazyCell;

use crate::consent::{ConsentRecord, ConsentText, Withheld};
use crate::text::canonical;

/// What a text is to a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// The words of a record to which consent was given.
    Given,
    /// Only among the disclosures that do not count, such as one in `display: none`.
    NotVisible,
    /// Only in a record that was shown and not agreed to, such as an unticked box.
    NotGiven,
    /// Nowhere.
    TextMismatch,
}

/// Looks for `text`, cut like a record's, among the records and the withheld disclosures; both
/// sides in canonical form.
pub fn match_text<'a>(
    text: &str,
    consents: impl IntoIterator<Item = (&'a ConsentRecord, &'a str)>,
    withheld: impl IntoIterator<Item = (&'a Withheld, &'a str)>,
) -> Match {
    let text = ConsentText::of(text);
    let text = text.as_str();
    let wanted = LazyCell::new(|| canonical(text));
    // Most who ask have the very words, and making both sides canonical is most of the work.
    let is_wanted = |words: &str| words == text || canonical(words) == *wanted;
    if !text.contains(|c: char| c.is_ascii_alphanumeric()) && wanted.is_empty() {
        // A box without words holds no words.
        return Match::TextMismatch;
    }
    let mut not_given = false;
    for (record, words) in consents {
        if is_wanted(words) {
            if record.is_given() {
                return Match::Given;
            }
            not_given = true;
        }
    }
    if withheld.into_iter().any(|(_, words)| is_wanted(words)) {
        Match::NotVisible
    } else if not_given {
        Match::NotGiven
    } else {
        Match::TextMismatch
    }
}
