//! Showing words that strangers wrote, on pages and on paper: as they are, but for characters that
//! would make a reader see something else than what is there, or that would fill the page. Those
//! are written out. The exact words are in the bundle.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use unicode_normalization::char::is_combining_mark;

/// Marks on one letter that are shown: more than any living language puts there.
const MARKS: usize = 4;
/// Line feeds in a row that are shown.
const LINES: usize = 3;

/// A piece of a shown text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words as they are.
    Words(&'a str),
    /// A character that is written out, such as U+202E.
    Control(char),
    /// Further marks on the same letter.
    Marks(usize),
    /// Further empty lines.
    Lines(usize),
}

impl Piece<'_> {
    /// What stands for the piece, without the brackets around it; none for words.
    #[must_use]
    pub fn written_out(&self) -> Option<String> {
        match self {
            Self::Words(_) => None,
            Self::Control(c) => Some(code_point(*c)),
            Self::Marks(n) => Some(format!("{n} more combining marks")),
            Self::Lines(n) => Some(format!("{n} more empty lines")),
        }
    }
}

/// How a character is written out.
#[must_use]
pub fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

/// Controls, and characters that turn the direction of what follows (Unicode Bidirectional
/// Algorithm, explicit formatting; the trick is known as Trojan Source, CVE-2021-42574).
const fn is_hidden_control(c: char) -> bool {
    matches!(c, '\u{0}'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// What a character does to the shown text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Word,
    Control,
    Mark,
    Line,
}

fn role(c: char) -> Role {
    match c {
        '\n' => Role::Line,
        _ if is_hidden_control(c) => Role::Control,
        _ if is_combining_mark(c) => Role::Mark,
        _ => Role::Word,
    }
}

/// A text in the pieces that are shown.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    // The words so far, and how often the last role has come in a row.
    let (mut start, mut last, mut run) = (0, Role::Word, 0_usize);
    for (at, c) in text.char_indices() {
        let role = role(c);
        run = if role == last { run + 1 } else { 1 };
        last = role;
        let further = match role {
            Role::Word => continue,
            Role::Mark if run <= MARKS => continue,
            Role::Line if run <= LINES => continue,
            Role::Mark => Piece::Marks(1),
            Role::Line => Piece::Lines(1),
            Role::Control => Piece::Control(c),
        };
        if let Some(words) = text.get(start..at).filter(|words| !words.is_empty()) {
            pieces.push(Piece::Words(words));
        }
        start = at + c.len_utf8();
        match (pieces.last_mut(), further) {
            (Some(Piece::Marks(n)), Piece::Marks(_)) | (Some(Piece::Lines(n)), Piece::Lines(_)) => {
                *n += 1;
            }
            (_, further) => pieces.push(further),
        }
    }
    if let Some(words) = text.get(start..).filter(|words| !words.is_empty()) {
        pieces.push(Piece::Words(words));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec;

    use super::{Piece, pieces};

    #[test]
    fn direction_overrides_are_written_out_and_marks_of_living_scripts_stay() {
        let text = "I do \u{202e}not\u{202c} agree, \u{5d0}\u{200f} e\u{301}\n";
        assert_eq!(
            pieces(text),
            [
                Piece::Words("I do "),
                Piece::Control('\u{202e}'),
                Piece::Words("not"),
                Piece::Control('\u{202c}'),
                Piece::Words(" agree, \u{5d0}\u{200f} e\u{301}\n"),
            ]
        );
        assert_eq!(pieces(""), vec![]);
    }

    #[test]
    fn piles_of_marks_and_of_empty_lines_are_counted() {
        let text = String::from("a") + &"\u{301}".repeat(4_899) + "b";
        let shown = String::from("a") + &"\u{301}".repeat(4);
        let expected = [Piece::Words(&shown), Piece::Marks(4_895), Piece::Words("b")];
        assert_eq!(pieces(&text), expected);
        let text = "\n".repeat(4_000) + "end";
        assert_eq!(
            pieces(&text),
            [Piece::Words("\n\n\n"), Piece::Lines(3_997), Piece::Words("end")]
        );
        let tail = Piece::Marks(4_895).written_out();
        assert_eq!(tail.as_deref(), Some("4895 more combining marks"));
    }
}
