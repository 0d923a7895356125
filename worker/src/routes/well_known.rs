//! `GET /.well-known/jwks.json`: the public keys that certificates can be checked against offline.

use econsent_core::json::Object;
use econsent_core::keys::{Ed25519Key, Ring, jwk_set};
use econsent_core::signature::Purpose;
use worker::Response;

use crate::app::App;
use crate::problem::Problem;

/// Every Ed25519 key, the retired ones included, with its validity.
pub fn jwks_document(app: &App) -> String {
    fn public(ring: &Ring<Ed25519Key>, purpose: Purpose) -> impl Iterator<Item = Object> {
        ring.iter().map(move |key| key.public().jwk(purpose))
    }
    let signing = &app.keys.signing;
    let keys = public(&signing.record_ed25519, Purpose::Record)
        .chain(public(&signing.head_ed25519, Purpose::Head));
    jwk_set(keys.collect()).canonical()
}

/// The keys for anyone to keep.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "verify", security(()),
    responses((status = 200, description = "A JWK set (RFC 7517).",
        content_type = "application/jwk-set+json", body = Object)))]
pub fn jwks(app: &App) -> Result<Response, Problem> {
    let mut response = Response::ok(jwks_document(app))?;
    let headers = response.headers_mut();
    headers.set("Content-Type", "application/jwk-set+json")?;
    headers.set("Cache-Control", "public, max-age=300")?;
    headers.set("Access-Control-Allow-Origin", "*")?;
    Ok(response)
}
