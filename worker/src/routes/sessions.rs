//! `POST /api/sessions`: a page load begins or goes on with a session.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use econsent_core::ids::{CompanyId, PropertyId, SessionId, StreamId};
use econsent_core::time::Timestamp;
use econsent_core::token::SessionToken;
use serde::{Deserialize, Serialize};
use worker::{Request, Response};

use super::{origin_not_registered, origin_of};
use crate::app::App;
use crate::body;
use crate::problem::Problem;
use crate::store::properties;

/// More than any honest call has.
const BODY_BYTES: usize = 4 * 1_024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    #[serde(rename = "v")]
    _v: u32,
    company_id: CompanyId,
    property_id: PropertyId,
    #[serde(rename = "tracker")]
    _tracker: String,
    token: Option<String>,
}

#[derive(Serialize)]
struct Started {
    session_id: SessionId,
    token: String,
    nonce: String,
    stream: StreamId,
    server_time: Timestamp,
}

/// Hands out a token. Going on with a session takes its token, since session ids are public; with
/// any other token, or none, a new session begins.
pub async fn start(mut request: Request, app: &App) -> Result<Response, Problem> {
    let origin = origin_of(&request)?;
    let start: Start = body::json(&mut request, BODY_BYTES).await?;
    let property =
        properties::find(&app.db, &start.property_id, &start.company_id, &origin).await?;
    let property = property.ok_or_else(properties::not_found)?;
    if !property.origin_registered {
        return Err(origin_not_registered());
    }
    let now = App::now();
    let running = start
        .token
        .and_then(|token| SessionToken::open(&token, &app.keys.tokens).ok())
        .filter(|token| token.goes_on(&start.property_id, &origin, now));
    let session = match running {
        Some(token) => token.session,
        None => SessionId::new(&start.property_id, now, App::random()?),
    };
    let token = SessionToken {
        session,
        company: start.company_id,
        property: start.property_id,
        origin,
        nonce: App::random()?,
        stream: StreamId::new(App::random()?),
        issued_at: now,
    };
    let started = Started {
        token: token.seal(app.keys.tokens.current(now)?),
        nonce: Base64UrlUnpadded::encode_string(&token.nonce),
        session_id: token.session,
        stream: token.stream,
        server_time: now,
    };
    Ok(Response::from_json(&started)?)
}
