//! `POST /api/sessions`: a page load begins or goes on with a session.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use econsent_core::ids::{CompanyId, PropertyId, SessionId, StreamId};
use econsent_core::time::Timestamp;
use econsent_core::token::SessionToken;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::Response;

use super::{origin_of, registered};
use crate::app::App;
use crate::body;
use crate::jobs::{self, Seen};
use crate::problem::Problem;
use crate::request::Request;
use crate::settings::{self, TrackerSettings};

/// More than any honest call has.
const BODY_BYTES: usize = 4 * 1_024;

/// A page load that begins.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SessionStart)]
pub struct Start {
    /// The version of this shape: 1.
    #[serde(rename = "v")]
    _v: u32,
    company_id: CompanyId,
    property_id: PropertyId,
    /// The tracker's version.
    #[serde(rename = "tracker")]
    _tracker: String,
    /// Of the session to go on with.
    token: Option<String>,
}

/// A session, and what the tracker does in it.
#[derive(Serialize, ToSchema)]
pub struct Started {
    session_id: SessionId,
    token: String,
    nonce: String,
    stream: StreamId,
    server_time: Timestamp,
    settings: TrackerSettings,
}

/// Hands out a token. Going on with a session takes its token, since session ids are public; with
/// any other token, or none, a new session begins. The tracker's settings come along, so that a
/// page load is one round trip.
#[utoipa::path(post, path = "/api/sessions", tag = "tracker", request_body = Start, security(()),
    responses((status = 200, description = "The session.", body = Started)))]
pub async fn start(mut request: Request, app: &App) -> Result<Response, Problem> {
    let origin = origin_of(&request)?;
    let start: Start = body::json(&mut request, BODY_BYTES).await?;
    let (property, company) = (&start.property_id, &start.company_id);
    let found = settings::find(app, property, company, &origin).await?;
    let settings = registered(app, property, &origin, found).await?;
    let now = App::now();
    jobs::seen(app, Seen::outcome(property, &origin, "session", now)).await;
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
        settings,
    };
    Ok(Response::from_json(&started)?)
}
