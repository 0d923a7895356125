//! `POST /api/certificates`: a page commits the evidence of a submit.

use econsent_core::certificate_id::CertificateId;
use econsent_core::ingest::{Commit, Evidence};
use econsent_core::issue::{Visitor, is_same_evidence, issue};
use econsent_core::limits;
use econsent_core::record::{Attestation, Clock, Geo, Record};
use econsent_core::time::Timestamp;
use serde::Serialize;
use worker::{Request, Response};

use super::{origin_not_registered, origin_of};
use crate::app::App;
use crate::body;
use crate::problem::Problem;
use crate::store::{StoreError, certificates, evidence, properties};

/// Longest user agent that is kept, in bytes.
const USER_AGENT_BYTES: usize = 512;

#[derive(Serialize)]
struct Received<'a> {
    certificate_id: &'a CertificateId,
    received_at: Timestamp,
    attestation: Attestation,
    clock: Clock,
}

impl Received<'_> {
    fn response(record: &Record, status: u16) -> Result<Response, Problem> {
        let received = Received {
            certificate_id: &record.certificate_id,
            received_at: record.received_at,
            attestation: record.attestation,
            clock: record.clock,
        };
        Ok(Response::from_json(&received)?.with_status(status))
    }
}

/// Signs and stores a certificate. The same evidence again is the same certificate (200); other
/// evidence under its id is refused.
pub async fn receive(mut request: Request, app: &App) -> Result<Response, Problem> {
    let origin = origin_of(&request)?;
    let body = body::text(&mut request, limits::COMMIT_BYTES).await?;
    let commit = Commit::parse(&body)?;
    let property =
        properties::find(&app.db, &commit.property_id, &commit.company_id, &origin).await?;
    let property = property.ok_or_else(properties::not_found)?;
    if !property.origin_registered {
        return Err(origin_not_registered());
    }
    let evidence = commit.admit(origin, App::now(), &app.keys.tokens)?;
    let visitor = visitor(&request)?;
    let issued = issue(&evidence, visitor, property.retention, &app.keys.signing, App::random)?;
    match certificates::create(&app.db, &evidence, &issued).await {
        Ok(()) => Received::response(&issued.record, 201),
        Err(StoreError::Conflict(_)) => known_already(&evidence, app).await,
        Err(error) => Err(error.into()),
    }
}

/// Answers evidence whose id is taken.
async fn known_already(evidence: &Evidence, app: &App) -> Result<Response, Problem> {
    let id = &evidence.commit.certificate_id;
    let stored = evidence::find(&app.db, id).await?.and_then(|stored| stored.record);
    let disclosures = evidence::disclosures(&app.db, id, &evidence.commit.company_id).await?;
    match stored {
        Some(record) if is_same_evidence(evidence, &record, &disclosures) => {
            Received::response(&record, 200)
        }
        _ => Err(Problem::new(
            409,
            "certificate_conflict",
            "Other evidence has been received under this certificate id.",
        )),
    }
}

/// What the edge sees of the consumer.
fn visitor(request: &Request) -> Result<Visitor, Problem> {
    let headers = request.headers();
    let mut user_agent = headers.get("User-Agent")?;
    if let Some(user_agent) = &mut user_agent {
        user_agent.truncate(user_agent.floor_char_boundary(USER_AGENT_BYTES));
    }
    let cf = request.cf();
    Ok(Visitor {
        ip: headers.get("CF-Connecting-IP")?,
        user_agent,
        city: cf.and_then(worker::Cf::city),
        geo: cf.and_then(|cf| {
            Some(Geo { country: cf.country()?, region: cf.region_code().unwrap_or_default() })
        }),
    })
}
