//! Canonical text: two texts are the same words when their canonical forms are equal
//! (contract §2; vectors `text.json`).

use alloc::string::String;

use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfkc_quick};

mod traced;
pub use traced::{Span, Traced};

/// The canonical form: ignorable code points dropped; quotes, primes and dashes folded; NFKC,
/// lowercase, NFKC, folded again; runs of white space made one space; trimmed. Idempotent.
#[must_use]
pub fn canonical(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    folded.extend(text.chars().filter(|c| !is_default_ignorable(*c)).map(fold));
    let lower = nfkc(nfkc(folded).to_lowercase());
    let mut out = String::with_capacity(lower.len());
    let mut space = false;
    for c in lower.chars().map(fold) {
        if c == ' ' {
            space = !out.is_empty();
            continue;
        }
        if core::mem::take(&mut space) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// NFKC. Once quotes, dashes and spaces are folded, most disclosures are ASCII or composed
/// already, and finding that out takes a tenth of the time of composing them again.
fn nfkc(text: String) -> String {
    if text.is_ascii() || is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        text
    } else {
        text.nfkc().collect()
    }
}

/// Typographic variants of the apostrophe, the quotation mark, the hyphen and the space.
const fn fold(c: char) -> char {
    match c {
        '!'..='~' => c,
        '‘' | '’' | '‚' | '‛' | '′' => '\'',
        '“' | '”' | '„' | '‟' | '″' | '«' | '»' => '"',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => '-',
        other if other.is_whitespace() => ' ',
        other => other,
    }
}

/// `Default_Ignorable_Code_Point` of the Unicode Character Database (DerivedCoreProperties.txt,
/// 17.0): soft hyphens, joiners, direction marks, variation selectors, tags.
const fn is_default_ignorable(c: char) -> bool {
    !c.is_ascii()
        && matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fff8}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}
