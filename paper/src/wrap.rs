//! Breaking text into lines: at spaces and after hyphens and slashes where possible, otherwise
//! inside the word, so that no line is ever wider than its box.

use rustybuzz::Face;

use crate::fonts::advance;

/// The lines of a text that fit into `width` at `size`. Never empty.
pub(crate) fn lines(text: &str, face: &Face<'_>, size: f32, width: f32) -> Vec<String> {
    text.split('\n').flat_map(|paragraph| paragraph_lines(paragraph, face, size, width)).collect()
}

fn paragraph_lines(text: &str, face: &Face<'_>, size: f32, width: f32) -> Vec<String> {
    let mut lines = Vec::new();
    // The line so far, how wide it is, and where and how wide it would be broken best.
    let (mut line, mut used) = (String::new(), 0.0_f32);
    let mut breakable: Option<(usize, f32)> = None;
    for c in text.chars() {
        let wide = advance(face, c) * size;
        if used + wide > width && !line.is_empty() && c != ' ' {
            let (at, kept) = breakable.take().unwrap_or((line.len(), used));
            let rest = line.split_off(at.min(line.len()));
            lines.push(line.trim_end().to_owned());
            (line, used) = (rest, used - kept);
        }
        line.push(c);
        used += wide;
        if matches!(c, ' ' | '-' | '/' | ']' | ',' | ':') {
            breakable = Some((line.len(), used));
        }
    }
    lines.push(line.trim_end().to_owned());
    lines
}
