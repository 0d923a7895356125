//! Canonical text that knows where it comes from, so that what was found in it can be shown where
//! the reader sees it.

use alloc::string::String;
use alloc::vec::Vec;

use unicode_normalization::char::{canonical_combining_class, decompose_compatible};
use unicode_normalization::{IsNormalized, is_nfkc_quick};

use super::{canonical, fold, is_default_ignorable, nfkc};

/// A part of a text, in Unicode scalar values from its beginning (in JavaScript, places in
/// `[...text]`): from `start`, up to and without `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Span {
    /// The first character.
    pub start: usize,
    /// The one after the last.
    pub end: usize,
}

/// A text's canonical form, with the place that each part of it has in the text.
///
/// ```
/// use econsent_core::text::{Span, Traced};
///
/// let traced = Traced::of("Calls by  Auto‑Dialer.");
/// assert_eq!(traced.as_str(), "calls by auto-dialer.");
/// assert_eq!(traced.span(9, 20), Some(Span { start: 10, end: 21 }));
/// ```
#[derive(Debug, Clone)]
pub struct Traced {
    text: String,
    /// Where each character of the canonical form begins, and the part of the text it comes from.
    sources: Vec<(usize, Span)>,
}

impl Traced {
    /// The canonical form of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let canonical = canonical(text);
        let mut sources = Sources::default();
        let mut group = String::new();
        let mut span = Span { start: 0, end: 0 };
        for (at, c) in text.chars().enumerate() {
            if is_default_ignorable(c) {
                continue;
            }
            let c = fold(c);
            if begins(c) && !group.is_empty() {
                sources.add(&group, span);
                group.clear();
            }
            if group.is_empty() {
                span.start = at;
            }
            group.push(c);
            span.end = at.saturating_add(1);
        }
        sources.add(&group, span);
        // What is put together from parts is the whole (`tests/properties/texts.rs`). If that were
        // ever wrong, no place is better than a wrong one.
        let sources = if sources.bytes == canonical.len() { sources.list } else { Vec::new() };
        Self { text: canonical, sources }
    }

    /// The canonical form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What part of the text those bytes of the canonical form come from. A character that stands
    /// for several, such as a ligature, comes whole.
    #[must_use]
    pub fn span(&self, start: usize, end: usize) -> Option<Span> {
        let before = |byte: usize| self.sources.partition_point(|(from, _)| *from <= byte);
        let (_, first) = self.sources.get(before(start).checked_sub(1)?)?;
        let (_, last) = self.sources.get(before(end.checked_sub(1)?).checked_sub(1)?)?;
        Some(Span { start: first.start, end: last.end })
    }
}

/// Whether a text's form up to that character does not depend on what follows from it on: it is
/// never composed with what is before it (UAX #15 §9.1).
fn begins(c: char) -> bool {
    if c.is_ascii() {
        return true;
    }
    // What it is taken apart into decides by its first part.
    let mut first = None;
    decompose_compatible(c, |part| first = first.or(Some(part)));
    let first = first.unwrap_or(c);
    canonical_combining_class(first) == 0
        && is_nfkc_quick(core::iter::once(first)) == IsNormalized::Yes
}

/// The places of a canonical form that is written from its beginning.
#[derive(Default)]
struct Sources {
    list: Vec<(usize, Span)>,
    bytes: usize,
    /// White space that is written if anything follows.
    space: Option<Span>,
}

impl Sources {
    fn add(&mut self, group: &str, span: Span) {
        let mut chars = group.chars();
        if let (Some(c), None) = (chars.next(), chars.next())
            && c.is_ascii()
        {
            return self.push(c.to_ascii_lowercase(), span);
        }
        for c in nfkc(nfkc(group.into()).to_lowercase()).chars() {
            self.push(fold(c), span);
        }
    }

    fn push(&mut self, c: char, span: Span) {
        if c == ' ' {
            if self.bytes > 0 {
                let start = self.space.map_or(span.start, |space| space.start);
                self.space = Some(Span { start, end: span.end });
            }
            return;
        }
        if let Some(space) = self.space.take() {
            self.write(' ', space);
        }
        self.write(c, span);
    }

    fn write(&mut self, c: char, span: Span) {
        self.list.push((self.bytes, span));
        self.bytes = self.bytes.saturating_add(c.len_utf8());
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::{Span, Traced};
    use crate::text::canonical;

    /// What stands in the text where `needle` is found in its canonical form.
    fn shown(text: &str, needle: &str) -> String {
        let traced = Traced::of(text);
        let start = traced.as_str().find(&canonical(needle)).unwrap();
        let Span { start, end } = traced.span(start, start + canonical(needle).len()).unwrap();
        text.chars().skip(start).take(end - start).collect()
    }

    #[test]
    fn what_is_found_is_shown_as_it_was_written() {
        let text = "  By clicking “Get\u{a0}My \n Quote” I agree to Auto\u{ad}dialer calls from \
                    A\u{301}CME Finance\u{feff}.";
        assert_eq!(shown(text, "\"get my quote\""), "“Get\u{a0}My \n Quote”");
        assert_eq!(shown(text, "autodialer"), "Auto\u{ad}dialer");
        assert_eq!(shown(text, "ácme finance"), "A\u{301}CME Finance");
        assert_eq!(shown(text, "."), ".");
    }

    #[test]
    fn a_character_that_stands_for_several_is_shown_whole() {
        assert_eq!(shown("¼ of the ﬁnance", "inance"), "ﬁnance");
        assert_eq!(shown("in ¼ of cases", "1⁄4"), "¼");
        assert_eq!(shown("ΟΔΟΣ ΣΑΣ", "σας"), "ΣΑΣ");
        assert_eq!(
            shown("Straße İstanbul", "istanbul".replace('i', "i\u{307}").as_str()),
            "İstanbul"
        );
    }

    #[test]
    fn nothing_comes_from_nowhere() {
        let traced = Traced::of(" \u{200b} ");
        assert_eq!((traced.as_str(), traced.span(0, 1)), ("", None));
        assert_eq!(Traced::of("a").span(0, 0), None);
    }
}
