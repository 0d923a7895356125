//! The files that a PDF carries (ISO 32000-2 §7.11.3, file specifications).

use std::collections::BTreeMap;

use hayro_syntax::Pdf;
use hayro_syntax::object::{Dict, Object, Stream, String as PdfString};

/// More than a certificate with every limit reached has in one file.
const FILE_BYTES: usize = 4 << 20;
/// More files than a certificate can have.
const FILES: usize = 256;

/// Why the files of a PDF cannot be got at.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// It is damaged.
    #[error("the PDF cannot be read")]
    Damaged,
    /// A file in it is damaged.
    #[error("the attached file {0} cannot be read")]
    File(String),
    /// Two files have the same name, so that readers could show either.
    #[error("two attached files are named {0}")]
    Repeated(String),
    /// It holds more, or larger files than a certificate has.
    #[error("the PDF carries more than a certificate has")]
    TooLarge,
}

/// Every attached file by name.
pub fn attachments(file: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, PdfError> {
    let pdf = Pdf::new(file.to_vec()).map_err(|_| PdfError::Damaged)?;
    let mut files = BTreeMap::new();
    for object in pdf.objects() {
        let Object::Dict(specification) = object else { continue };
        let Some(embedded) = specification.get::<Dict<'_>>("EF") else { continue };
        let name = ["UF", "F"].into_iter().find_map(|key| specification.get::<PdfString<'_>>(key));
        let name = name.map(|name| text(name.as_bytes())).unwrap_or_default();
        let stream = ["F", "UF"].into_iter().find_map(|key| embedded.get::<Stream<'_>>(key));
        let content = stream.and_then(|stream| Some(stream.decoded().ok()?.into_owned()));
        let content = content.ok_or_else(|| PdfError::File(name.clone()))?;
        if content.len() > FILE_BYTES || files.len() == FILES {
            return Err(PdfError::TooLarge);
        }
        if files.insert(name.clone(), content).is_some() {
            return Err(PdfError::Repeated(name));
        }
    }
    Ok(files)
}

/// A text string (ISO 32000-2 §7.9.2.2): UTF-16 or UTF-8 behind a mark, else one byte each.
fn text(bytes: &[u8]) -> String {
    if let Some(units) = bytes.strip_prefix(&[0xfe, 0xff]) {
        let (pairs, _) = units.as_chunks::<2>();
        let units = pairs.iter().map(|pair| u16::from_be_bytes(*pair));
        return char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect();
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    String::from_utf8_lossy(bytes).into_owned()
}
