//! Matching: does a certificate hold the words that somebody says the consumer saw?
//! (contract §2, `verify/match`)

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
    let wanted = canonical(ConsentText::of(text).as_str());
    if wanted.is_empty() {
        // A box without words holds no words.
        return Match::TextMismatch;
    }
    let mut not_given = false;
    for (record, words) in consents {
        if canonical(words) == wanted {
            if record.is_given() {
                return Match::Given;
            }
            not_given = true;
        }
    }
    if withheld.into_iter().any(|(_, words)| canonical(words) == wanted) {
        Match::NotVisible
    } else if not_given {
        Match::NotGiven
    } else {
        Match::TextMismatch
    }
}
