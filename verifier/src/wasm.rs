//! What the pages `/verify` and `/certificate/{id}/replay` call.

use econsent_core::digest::Digest;
use econsent_core::json::Object;
use econsent_core::jwks::PublicKeys;
use econsent_core::recording::{Chunk, Held, Manifest};
use wasm_bindgen::prelude::wasm_bindgen;

/// The report on a file as JSON; `{"error": …}` when there is nothing that could be checked.
#[wasm_bindgen]
#[must_use]
pub fn check(file: &[u8], jwks: &str) -> String {
    let report = PublicKeys::parse(jwks)
        .map_err(|error| error.to_string())
        .and_then(|keys| crate::check(file, &keys).map_err(|error| error.to_string()));
    match report {
        Ok(report) => report.document(),
        Err(error) => Object::new().with("error", error),
    }
    .canonical()
}

/// A recording that is held against its manifest while it is read.
#[wasm_bindgen]
pub struct Recording {
    /// None when the document is not the one that was sealed.
    manifest: Option<Manifest>,
    held: Held,
}

#[wasm_bindgen]
impl Recording {
    /// Begins with the manifest's document and the digest that the certificate has of it, in hex.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(document: &str, recording_hash: &str) -> Self {
        let hash = recording_hash.parse::<Digest>().ok();
        let manifest = hash.and_then(|hash| Manifest::sealed(document, &hash));
        Self { manifest, held: Held::new() }
    }

    /// Whether the manifest is the one that was sealed.
    #[must_use]
    pub fn readable(&self) -> bool {
        self.manifest.is_some()
    }

    /// Takes the bytes of a chunk; false when they are no events.
    pub fn chunk(&mut self, stream: &str, number: u32, bytes: &[u8]) -> bool {
        let Ok(stream) = stream.parse() else { return false };
        self.held.entry(stream).or_default().insert(number, Chunk::of(bytes));
        Chunk::parse(bytes).is_ok()
    }

    /// `complete`, `missing n` or `changed`, by what has been taken so far.
    #[must_use]
    pub fn verdict(&self) -> String {
        match &self.manifest {
            Some(manifest) => manifest.completeness(&self.held).to_string(),
            None => "changed".into(),
        }
    }
}
