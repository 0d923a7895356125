//! `GET /certificate/{id}/replay`: the session as the consumer saw it, for the publisher, for whoever
//! the certificate was shared with, and by a signed link that expires (contract §6).

use std::time::Duration;

use econsent_core::access::Permission;
use econsent_core::certificate_id::CertificateId;
use econsent_core::replay_link::{ReplayLink, ReplayLinkError};
use econsent_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::Response;

use super::partner_certificates::look;
use crate::app::App;
use crate::auth::{self, Caller};
use crate::body;
use crate::limit::{self, Limit};
use crate::pages::{self, replay as markup};
use crate::problem::Problem;
use crate::recordings::{self, path};
use crate::request::Request;
use crate::store::StoreError;
use crate::store::bundles::{self, Kept};
use crate::store::holders::{self, Sight};
use crate::store::recordings::{self as store, Place, Stored, Whose};

/// How often an event that lost the race for its chain's head is made anew.
const ROUNDS: u32 = 5;
/// More than any honest call has.
const BODY_BYTES: usize = 1_024;
/// For how long a link may work, in hours.
const LINK_HOURS: u32 = 30 * 24;
/// Two days: a link is for one conversation.
const fn two_days() -> u32 {
    48
}

/// What is asked for by a link's credential in the query.
#[derive(Deserialize)]
struct Query {
    link: Option<String>,
    /// Whether remote images and fonts may be fetched.
    #[serde(default)]
    remote: u8,
}

/// The page. Whoever may not see the recording is told how it can be seen, and nothing of it.
pub async fn page(request: Request, id: &str, app: &App) -> Result<Response, Problem> {
    let remote = request.whole().query::<Query>().is_ok_and(|query| query.remote == 1);
    let admitted = admit(&request, id, app).await;
    let response = match admitted {
        Ok(Admitted { id, .. }) => pages::replay_answer(&markup::player(&id), 200, remote),
        Err(problem) => match problem.status() {
            status @ (400 | 401 | 403 | 404 | 410) => {
                pages::answer(&markup::closed(status), status)
            }
            _ => return Err(problem),
        },
    };
    Ok(response?)
}

/// What was sealed of a recording, and what is left of it.
#[derive(Serialize, ToSchema)]
pub struct ReplayManifest {
    certificate_id: CertificateId,
    /// Where the recording lies.
    recording_path: String,
    /// SHA-256 of the manifest, as the signed record names it; null when none was sealed.
    recording_hash: Option<String>,
    /// The manifest's canonical document.
    manifest: Option<String>,
    /// `complete`, `missing n`, `changed`, `gone` or `not read`; null when none was sealed.
    state: Option<String>,
}

/// The manifest of a certificate's recording, and whether every stored byte is what was sealed.
#[utoipa::path(get, path = "/certificate/{id}/replay/manifest", tag = "replay",
    security(("cookie" = []), ("key" = ["read"]), ()), params(("id" = CertificateId, Path,),
        ("link" = Option<String>, Query, description = "A signed link's credential.")),
    responses((status = 200, description = "The manifest.", body = ReplayManifest)))]
pub async fn manifest(request: Request, id: &str, app: &App) -> Result<Response, Problem> {
    let Admitted { id, stored, holder } = admit(&request, id, app).await?;
    if let Some(holder) = &holder {
        log(&id, holder, app).await?;
    }
    let state = recordings::state_of(app, &id, &stored).await?;
    let (recording_hash, manifest) = match stored.sealed {
        Some(sealed) => (Some(sealed.hash), Some(sealed.document)),
        None => (None, None),
    };
    let mut response = Response::from_json(&ReplayManifest {
        recording_path: path(&stored.company, &stored.property, id.session()),
        certificate_id: id,
        recording_hash,
        manifest,
        state: state.map(|state| state.to_string()),
    })?;
    pages::private(&mut response)?;
    Ok(response)
}

/// A chunk of a recording as it is stored now: rrweb events, one JSON line each. Whoever plays it
/// holds its digest against the manifest.
#[utoipa::path(get, path = "/certificate/{id}/replay/{chunk}", tag = "replay",
    security(("cookie" = []), ("key" = ["read"]), ()), params(("id" = CertificateId, Path,),
        ("chunk" = String, Path, description = "`{stream}.{number}`"),
        ("link" = Option<String>, Query, description = "A signed link's credential.")),
    responses((status = 200, description = "The events.", body = String,
        content_type = "application/x-ndjson")))]
pub async fn chunk(
    request: Request,
    id: &str,
    chunk: &str,
    app: &App,
) -> Result<Response, Problem> {
    let Admitted { id, stored, .. } = admit(&request, id, app).await?;
    let none = || Problem::new(404, "chunk_not_found", "This recording has no such chunk.");
    let (stream, number) = chunk.split_once('.').ok_or_else(none)?;
    let (stream, number) =
        (stream.parse().map_err(|_| none())?, number.parse().map_err(|_| none())?);
    let sealed = stored.sealed.as_ref().and_then(store::Sealed::manifest);
    let is_sealed = sealed.is_some_and(|manifest| manifest.seals(&stream, number));
    if !stored.kept || !is_sealed {
        return Err(none());
    }
    let whose =
        Whose { session: id.session(), company: &stored.company, property: &stored.property };
    let place = Place { stream: &stream, number };
    let bytes = recordings::read(app, whose, place).await?.ok_or_else(none)?;
    let mut response = Response::from_bytes(bytes)?;
    pages::private(&mut response)?;
    response.headers_mut().set("Content-Type", "application/x-ndjson")?;
    Ok(response)
}

/// For how long a link is to work.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkInput {
    /// From now on; 48 unless given.
    #[serde(default = "two_days")]
    #[schema(minimum = 1, maximum = 720)]
    hours: u32,
}

/// A link that shows a recording to whoever has it.
#[derive(Serialize, ToSchema)]
pub struct LinkView {
    url: String,
    expires_at: Timestamp,
}

/// Makes a link to a recording of the company's own, for somebody who has no account.
#[utoipa::path(post, path = "/api/certificates/{id}/replay-link", tag = "replay",
    request_body = LinkInput, security(("cookie" = []), ("key" = ["share"])),
    params(("id" = CertificateId, Path,)),
    responses((status = 201, description = "The link.", body = LinkView)))]
pub async fn link(mut request: Request, id: &str, app: &App) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Share).await?;
    let id = CertificateId::parse(id)?;
    let asked: LinkInput = body::json(&mut request, BODY_BYTES).await?;
    if !(1..=LINK_HOURS).contains(&asked.hours) {
        let detail = format!("hours is a number from 1 to {LINK_HOURS}.");
        return Err(Problem::new(422, "limit_exceeded", detail));
    }
    let stored = store::find(&app.db, &id, None).await?;
    stored.filter(|stored| stored.company == caller.company).ok_or_else(not_found)?;
    let now = App::now();
    let expires_at = now + Duration::from_secs(u64::from(asked.hours) * 60 * 60);
    let link = ReplayLink { certificate_id: id.clone(), until: expires_at };
    let credential = link.seal(app.keys.tokens.current(now)?);
    let url = app.public_url.with(&format!("/certificate/{id}/replay?link={credential}"));
    Ok(Response::from_json(&LinkView { url, expires_at })?.with_status(201))
}

/// Who is let through the gate.
struct Admitted {
    id: CertificateId,
    stored: Stored,
    /// A company that holds another's certificate: its chain of custody says that it has looked.
    holder: Option<Caller>,
}

/// The gate: what is there of the recording, for those who may see it.
async fn admit(request: &Request, id: &str, app: &App) -> Result<Admitted, Problem> {
    let id = CertificateId::parse(id)?;
    let link = request.whole().query::<Query>().ok().and_then(|query| query.link);
    if let Some(link) = link {
        ReplayLink::open(&link, &id, &app.keys.tokens, App::now()).map_err(
            |error| match error {
                ReplayLinkError::Invalid => Problem::new(403, "link_invalid", error),
                ReplayLinkError::Expired => Problem::new(410, "link_expired", error),
            },
        )?;
        let stored = store::find(&app.db, &id, None).await?.ok_or_else(not_found)?;
        return Ok(Admitted { id, stored, holder: None });
    }
    let caller = auth::require(request, app, Permission::View).await?;
    let stored = store::find(&app.db, &id, None).await?.ok_or_else(not_found)?;
    if stored.company == caller.company {
        return Ok(Admitted { id, stored, holder: None });
    }
    let sight = holders::sight(&app.db, &caller.company, &id).await?.ok_or_else(not_found)?;
    // What a claim keeps stays, whatever the publisher erases.
    let stored = match sight {
        Sight::Share => stored,
        Sight::Claim => {
            store::find(&app.db, &id, Some(&caller.company)).await?.ok_or_else(not_found)?
        }
    };
    Ok(Admitted { id, stored, holder: Some(caller) })
}

/// A company that holds the certificate looks at its evidence, which its chain of custody says.
async fn log(id: &CertificateId, holder: &Caller, app: &App) -> Result<(), Problem> {
    limit::check(app, Limit::Look, &format!("{} {id}", holder.company)).await?;
    let url = app.public_url.with(&format!("/certificate/{id}"));
    for _ in 0..ROUNDS {
        let Some(Kept::Readable(mut found)) = bundles::find(&app.db, id, &url).await? else {
            return Ok(());
        };
        match look(app, &mut found, holder).await {
            Err(StoreError::Conflict(_)) => {}
            result => return Ok(result?),
        }
    }
    Err(Problem::busy())
}

fn not_found() -> Problem {
    Problem::not_found("certificate")
}
