//! The two fonts of a document: what they can show, how wide it is, and how what they cannot show
//! is written.

use econsent_core::shown::{Piece, code_point, pieces};
use krilla::text::Font;
use rustybuzz::{Face, UnicodeBuffer};

/// Regular and bold, of one family.
pub struct Fonts {
    regular: Loaded,
    bold: Loaded,
}

struct Loaded {
    font: Font,
    bytes: Vec<u8>,
}

/// Why bytes are no font.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a TrueType font")]
pub struct FontError;

impl Fonts {
    /// Reads two TrueType files.
    ///
    /// # Errors
    /// [`FontError`] when one is none.
    pub fn new(regular: Vec<u8>, bold: Vec<u8>) -> Result<Self, FontError> {
        Ok(Self { regular: Loaded::new(regular)?, bold: Loaded::new(bold)? })
    }

    fn of(&self, bold: bool) -> &Loaded {
        if bold { &self.bold } else { &self.regular }
    }

    /// The font to draw with.
    pub(crate) fn font(&self, bold: bool) -> Font {
        self.of(bold).font.clone()
    }

    /// What measures text in that font.
    pub(crate) fn face(&self, bold: bool) -> Option<Face<'_>> {
        Face::from_slice(&self.of(bold).bytes, 0)
    }
}

impl Loaded {
    fn new(bytes: Vec<u8>) -> Result<Self, FontError> {
        let font = Font::new(bytes.clone().into(), 0).ok_or(FontError)?;
        Face::from_slice(&bytes, 0).ok_or(FontError)?;
        Ok(Self { font, bytes })
    }
}

/// The text as this font shows it: characters that it lacks, and those that would mislead, are
/// written out in brackets.
pub(crate) fn spelled(text: &str, face: &Face<'_>) -> String {
    let mut spelled = String::with_capacity(text.len());
    for piece in pieces(text) {
        match (&piece, piece.written_out()) {
            (_, Some(written)) => spelled.extend(["[", &written, "]"]),
            (Piece::Words(words), None) => {
                for c in words.chars() {
                    match c {
                        '\n' => spelled.push('\n'),
                        '\t' => spelled.push(' '),
                        // Shape what is around them and have no glyph of their own.
                        '\u{200c}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' | '\u{ad}' => {}
                        _ if face.glyph_index(c).is_some_and(|glyph| glyph.0 != 0) => {
                            spelled.push(c);
                        }
                        _ => spelled.extend(["[", &code_point(c), "]"]),
                    }
                }
            }
            _ => {}
        }
    }
    spelled
}

/// How wide a character is by itself, at one point.
pub(crate) fn advance(face: &Face<'_>, c: char) -> f32 {
    let glyph = face.glyph_index(c).unwrap_or_default();
    f32::from(face.glyph_hor_advance(glyph).unwrap_or_default())
        / f32::from(face.units_per_em() as u16)
}

/// How wide a run of one direction is once it is shaped, at one point.
pub(crate) fn shaped_width(face: &Face<'_>, text: &str) -> f32 {
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.guess_segment_properties();
    let glyphs = rustybuzz::shape(face, &[], buffer);
    let units: i32 = glyphs.glyph_positions().iter().map(|position| position.x_advance).sum();
    #[expect(clippy::cast_precision_loss, reason = "a line is thousands of units wide")]
    let units = units as f32;
    units / f32::from(face.units_per_em() as u16)
}
