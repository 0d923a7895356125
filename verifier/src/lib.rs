//! Checks a certificate offline, from the JSON that the service gives or from the files inside its
//! PDF. The same code is the command `econsent-verify` and, in wasm, the page `/verify`.
#![forbid(unsafe_code)]

mod pdf;
#[cfg(target_arch = "wasm32")]
mod wasm;

use econsent_core::bundle::{Bundle, BundleError, Report};
use econsent_core::jwks::PublicKeys;

pub use pdf::PdfError;

/// Why a file has nothing that could be checked.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// A PDF whose files cannot be got at.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// Neither a PDF nor text.
    #[error("the file is neither a PDF nor JSON")]
    Kind,
    /// JSON of another kind.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

/// Checks a file: a bundle as JSON, or a PDF with everything attached. Of a PDF the attached files
/// are checked, not what its pages look like.
///
/// # Errors
/// [`FileError`] when there is no certificate in it.
pub fn check(file: &[u8], keys: &PublicKeys) -> Result<Report, FileError> {
    if file.starts_with(b"%PDF-") {
        return Ok(Bundle::check_files(&pdf::attachments(file)?, keys));
    }
    let text = str::from_utf8(file).map_err(|_| FileError::Kind)?;
    Ok(Bundle::parse(text)?.check(keys))
}
