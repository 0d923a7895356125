//! QR codes as SVG paths: sharp at every size, and nothing to fetch.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// Modules of white around a code (ISO/IEC 18004 §9.1).
const QUIET: usize = 4;

/// A QR code's dark modules.
pub struct Code {
    side: usize,
    dark: Vec<bool>,
}

impl Code {
    /// The code of a text; none when it is too long for any.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let side = code.width();
        let dark = code.into_colors().into_iter().map(|color| color == Color::Dark).collect();
        Some(Self { side, dark })
    }

    /// Modules on a side, the quiet zone included.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.side + 2 * QUIET
    }

    /// Runs of dark modules: column, row and length of each, the quiet zone included.
    #[must_use]
    pub fn runs(&self) -> Vec<(usize, usize, usize)> {
        let mut runs: Vec<(usize, usize, usize)> = Vec::new();
        for (y, row) in self.dark.chunks(self.side.max(1)).enumerate() {
            for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
                match runs.last_mut() {
                    Some((start, line, length))
                        if *line == y + QUIET && *start + *length == x + QUIET =>
                    {
                        *length += 1;
                    }
                    _ => runs.push((x + QUIET, y + QUIET, 1)),
                }
            }
        }
        runs
    }

    /// The `d` attribute of a path that fills every dark module.
    #[must_use]
    pub fn path(&self) -> String {
        self.runs().into_iter().fold(String::new(), |mut path, (x, y, length)| {
            // Writing to a String cannot fail.
            _ = write!(path, "M{x} {y}h{length}v1h-{length}z");
            path
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn a_code_begins_with_its_finder_pattern_inside_the_quiet_zone() {
        let code = Code::of("https://app.econsent.org/certificate/EC-s1-abc/replay").unwrap();
        let path = code.path();
        assert!(path.starts_with("M4 4h7v1h-7z"), "{path}");
        assert!(code.runs().iter().all(|(x, y, n)| x + n <= code.size() - 4 && *y >= 4));
        assert!(Code::of(&"x".repeat(5_000)).is_none());
    }
}
