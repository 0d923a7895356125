//! Words by the digest that they have: what was changed has another one, so it is not found under the
//! name that a record has for it.

use alloc::collections::BTreeMap;
use alloc::string::String;

use crate::digest::Digest;

/// The words that a certificate's records name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts(BTreeMap<Digest, String>);

impl Texts {
    /// The words of that digest.
    #[must_use]
    pub fn get(&self, digest: &Digest) -> Option<&str> {
        self.0.get(digest).map(String::as_str)
    }

    /// All of them, by their digests.
    #[must_use]
    pub const fn by_digest(&self) -> &BTreeMap<Digest, String> {
        &self.0
    }
}

impl FromIterator<String> for Texts {
    fn from_iter<I: IntoIterator<Item = String>>(texts: I) -> Self {
        Self(texts.into_iter().map(|text| (Digest::of(text.as_bytes()), text)).collect())
    }
}
