//! A certificate's consent records with their document: what the entropy is taken over, what the
//! signed record holds, and what is stored once for all who saw the same page. It is made when the
//! records come in, or read from where it was stored, and all of these take it as it is.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Deref;

use crate::consent::ConsentRecord;
use crate::digest::Digest;
use crate::json::members::array;

/// Consent records in the order of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consents {
    records: Vec<ConsentRecord>,
    document: String,
    digest: Digest,
}

impl Consents {
    /// The JCS array of the records; of [`Self::stored`] ones what was stored.
    #[must_use]
    pub fn document(&self) -> &str {
        &self.document
    }

    /// SHA-256 of the document.
    #[must_use]
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Reads a document as it was stored. That it is in canonical form is left to the signature
    /// over what holds it: bytes that were never signed do not become the ones that were.
    ///
    /// # Errors
    /// When it is no array of consent records.
    #[cfg(feature = "serde")]
    pub fn stored(document: String) -> Result<Self, serde_json::Error> {
        let records = serde_json::from_str(&document)?;
        Ok(Self { records, digest: Digest::of(document.as_bytes()), document })
    }
}

impl From<Vec<ConsentRecord>> for Consents {
    fn from(records: Vec<ConsentRecord>) -> Self {
        let document = array(&records, ConsentRecord::write);
        Self { records, digest: Digest::of(document.as_bytes()), document }
    }
}

impl Deref for Consents {
    type Target = [ConsentRecord];

    fn deref(&self) -> &[ConsentRecord] {
        &self.records
    }
}

impl<'a> IntoIterator for &'a Consents {
    type Item = &'a ConsentRecord;
    type IntoIter = core::slice::Iter<'a, ConsentRecord>;

    fn into_iter(self) -> Self::IntoIter {
        self.records.iter()
    }
}
