//! `POST /api/certificates`: a page commits the evidence of a submit.

use econsent_core::certificate_id::CertificateId;
use econsent_core::ids::{CompanyId, Origin, PropertyId, SessionId};
use econsent_core::ingest::{Commit, Evidence, Refusal};
use econsent_core::issue::{Visitor, is_same_evidence, issue};
use econsent_core::limits;
use econsent_core::raw::RawCommit;
use econsent_core::record::{Attestation, Clock, Geo, MintedBy, Record};
use econsent_core::retention::Term;
use econsent_core::time::Timestamp;
use econsent_core::timezone::TimeZone;
use econsent_core::webhook;
use serde::Serialize;
use utoipa::ToSchema;
use worker::{Cf, Response};

use super::{origin_of, registered};
use crate::app::App;
use crate::body;
use crate::consumer;
use crate::jobs::{self, Seen, SeenConsent};
use crate::problem::Problem;
use crate::request::Request;
use crate::settings::Found;
use crate::store::{StoreError, certificates, evidence, properties, texts};

/// Longest user agent that is kept, in bytes.
const USER_AGENT_BYTES: usize = 512;

/// A certificate that was received.
#[derive(Serialize, ToSchema)]
pub struct Received<'a> {
    certificate_id: &'a CertificateId,
    session_id: &'a SessionId,
    received_at: Timestamp,
    attestation: Attestation,
    clock: Clock,
}

impl Received<'_> {
    fn response(record: &Record, status: u16) -> Result<Response, Problem> {
        let received = Received {
            certificate_id: &record.certificate_id,
            session_id: record.certificate_id.session(),
            received_at: record.received_at,
            attestation: record.attestation,
            clock: record.clock,
        };
        Ok(Response::from_json(&received)?.with_status(status))
    }
}

/// Signs and stores a certificate. The same evidence again is the same certificate (200); other
/// evidence under its id is refused.
#[utoipa::path(post, path = "/api/certificates", tag = "tracker",
    request_body(content = String, content_type = "text/plain",
        description = "The commit as the tracker writes it, JSON of mostly less than 4 kB."),
    security(()), responses(
        (status = 201, description = "Signed and stored.", body = Received),
        (status = 200, description = "The same evidence was received before.", body = Received)))]
pub async fn receive(mut request: Request, app: &App) -> Result<Response, Problem> {
    let origin = origin_of(&request)?;
    let body = body::text(&mut request, limits::COMMIT_BYTES).await?;
    let commit = Commit::parse(&body)?;
    let term = term(app, &commit.property_id, &commit.company_id, &origin).await?;
    find_staged(&commit, app).await?;
    let evidence = commit.admit(origin, App::now(), &app.keys.tokens)?;
    let whole = request.whole();
    let visitor = visitor(&request, whole.cf())?;
    keep(&evidence.of_zone(timezone(whole.cf())), visitor, term, app).await
}

/// Mints, signs and stores a certificate out of what a page showed before its tracker was there.
/// The same of the same visitor within a few minutes is the same certificate (200).
#[utoipa::path(post, path = "/api/certificates/raw", tag = "tracker",
    request_body(content = String, content_type = "text/plain",
        description = "The raw evidence, at most 64 kB of JSON, as the loader writes it."),
    security(()), responses(
        (status = 201, description = "Minted, signed and stored.", body = Received),
        (status = 200, description = "The same evidence was received before.", body = Received)))]
pub async fn receive_raw(mut request: Request, app: &App) -> Result<Response, Problem> {
    let origin = origin_of(&request)?;
    let body = body::text(&mut request, limits::COMMIT_BYTES).await?;
    let raw = RawCommit::parse(&body)?;
    let term = term(app, &raw.property_id, &raw.company_id, &origin).await?;
    let now = App::now();
    let whole = request.whole();
    let visitor = visitor(&request, whole.cf())?;
    let session = match sessions(&raw, &body, &visitor, app, now)? {
        Some([this, before]) => match minted_in([&this, &before], app).await? {
            Some(record) => return Received::response(&record, 200),
            None => this,
        },
        None => SessionId::new(&raw.property_id, now, App::random()?),
    };
    let evidence = raw.mint(origin, session, App::random()?, now)?;
    keep(&evidence.of_zone(timezone(whole.cf())), visitor, term, app).await
}

/// The sessions in which the same evidence of the same visitor would be, if it came before.
fn sessions(
    raw: &RawCommit,
    body: &str,
    visitor: &Visitor,
    app: &App,
    now: Timestamp,
) -> Result<Option<[SessionId; 2]>, Problem> {
    let ip = visitor.ip.as_deref().unwrap_or_default();
    let user_agent = visitor.user_agent.as_deref().unwrap_or_default();
    Ok(raw.sessions(&[body, ip, user_agent], app.keys.lookups.current(now)?, now))
}

/// What the server has minted in one of these sessions.
async fn minted_in(sessions: [&SessionId; 2], app: &App) -> Result<Option<Record>, Problem> {
    match certificates::minted_in(&app.db, sessions).await? {
        Some(id) => Ok(evidence::find(&app.db, &id).await?.and_then(|stored| stored.record)),
        None => Ok(None),
    }
}

/// Makes sure that words which did not come along are here already.
async fn find_staged(commit: &Commit, app: &App) -> Result<(), Problem> {
    let missing = commit.missing_texts();
    if missing.is_empty() {
        return Ok(());
    }
    let known = texts::known(&app.db, &commit.property_id, &missing).await?;
    match missing.difference(&known).next() {
        Some(digest) => Err(Refusal::TextMissing(*digest).into()),
        None => Ok(()),
    }
}

/// For how long the property keeps evidence, if it is the company's and knows the origin.
async fn term(
    app: &App,
    property_id: &PropertyId,
    company: &CompanyId,
    origin: &Origin,
) -> Result<Term, Problem> {
    let found = match properties::find(&app.db, property_id, company, origin).await? {
        Some(property) if property.origin_registered => Found::Registered(property.retention),
        Some(_) => Found::OtherOrigin,
        None => Found::Nothing,
    };
    registered(app, property_id, origin, found).await
}

/// Issues and stores the certificate of admitted evidence.
async fn keep(
    evidence: &Evidence,
    visitor: Visitor,
    term: Term,
    app: &App,
) -> Result<Response, Problem> {
    let issued = issue(evidence, visitor, term, &app.keys.signing, App::random)?;
    let Commit { company_id, contact, .. } = &evidence.commit;
    let contact = (contact.phone.as_ref(), contact.email.as_ref());
    let lookups = consumer::contact_lookups(app, company_id, contact, evidence.received_at)?;
    match certificates::create(&app.db, evidence, &issued, &lookups).await {
        Ok(()) => {
            follow_up(app, evidence).await;
            Received::response(&issued.record, 201)
        }
        Err(StoreError::Conflict(_)) => known_already(evidence, app).await,
        Err(error) => Err(error.into()),
    }
}

/// What is not worth waiting for: the install check, and webhooks once the certificate settled.
async fn follow_up(app: &App, evidence: &Evidence) {
    let consents = evidence.commit.consents.iter().map(|consent| SeenConsent {
        id: consent.id.as_str().into(),
        consent_type: consent.consent_type.as_str().into(),
    });
    let (property, at) = (&evidence.commit.property_id, evidence.received_at);
    let seen = Seen::outcome(property, &evidence.origin, "certificate", at);
    jobs::seen(app, Seen { consents: consents.collect(), ..seen }).await;
    let settles = u32::try_from(webhook::SETTLES.as_secs()).unwrap_or(u32::MAX);
    jobs::settling(app, at, settles).await;
}

/// Answers evidence whose id is taken.
async fn known_already(evidence: &Evidence, app: &App) -> Result<Response, Problem> {
    let id = &evidence.commit.certificate_id;
    if evidence.minted_by == MintedBy::Server {
        let record = minted_in([id.session(), id.session()], app).await?;
        return Received::response(&record.ok_or_else(Problem::busy)?, 200);
    }
    let stored = evidence::find(&app.db, id).await?.and_then(|stored| stored.record);
    // The network that it comes from may be another one by now, and so may its time zone.
    let evidence = evidence.clone().of_zone(evidence::timezone(&app.db, id).await?);
    let disclosures = evidence::disclosures(&app.db, id, &evidence.commit.company_id).await?;
    match stored {
        Some(record) if is_same_evidence(&evidence, &record, &disclosures) => {
            Received::response(&record, 200)
        }
        _ => Err(Problem::new(
            409,
            "certificate_conflict",
            "Other evidence has been received under this certificate id.",
        )),
    }
}

/// Where the consumer's clock stands, by the network address.
fn timezone(place: Option<&Cf>) -> Option<TimeZone> {
    TimeZone::parse(&place?.timezone_name()).ok()
}

/// What the edge sees of the consumer.
fn visitor(request: &Request, place: Option<&Cf>) -> Result<Visitor, Problem> {
    let headers = request.headers();
    let mut user_agent = headers.get("User-Agent")?;
    if let Some(user_agent) = &mut user_agent {
        user_agent.truncate(user_agent.floor_char_boundary(USER_AGENT_BYTES));
    }
    Ok(Visitor {
        ip: headers.get("CF-Connecting-IP")?,
        user_agent,
        city: place.and_then(Cf::city),
        geo: place.and_then(|place| {
            Some(Geo { country: place.country()?, region: place.region_code().unwrap_or_default() })
        }),
    })
}
