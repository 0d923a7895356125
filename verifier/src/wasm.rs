//! What the page `/verify` calls.

use econsent_core::json::Object;
use econsent_core::jwks::PublicKeys;
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
