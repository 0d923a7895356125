//! Words that strangers wrote, in a box of their own.

use econsent_core::shown::pieces;
use maud::{Markup, html};

/// A consent text in a box out of which nothing of it reaches.
pub fn quoted(text: &str) -> Markup {
    html! {
        blockquote.words dir="auto" { (inline(text)) }
    }
}

/// A stranger's words inside a line, with their own direction.
pub fn inline(text: &str) -> Markup {
    html! {
        @for piece in pieces(text) {
            @match (&piece, piece.written_out()) {
                (_, Some(written)) => bdi.control { (written) },
                (econsent_core::shown::Piece::Words(words), None) => (words),
                _ => {},
            }
        }
    }
}
