//! `POST /api/verify/match` (and `/verify/match`): does this certificate hold these words?

use econsent_core::certificate_id::CertificateId;
use econsent_core::consent::ConsentType;
use econsent_core::ids::{CompanyId, Origin, PropertyId};
use econsent_core::record::{Attestation, Clock};
use econsent_core::time::Timestamp;
use econsent_core::verify::{Answer, Question, Reason, Stored, verify};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::{Request, Response};

use crate::app::App;
use crate::body;
use crate::problem::Problem;
use crate::store::evidence;

/// A text of 4,900 characters, each escaped as a surrogate pair, and the ids.
const BODY_BYTES: usize = 64 * 1_024;

/// A question about a certificate.
#[derive(Deserialize, ToSchema)]
#[schema(as = MatchQuestion)]
pub struct Asked {
    /// In either base64 alphabet, padded or not.
    certificate_id: String,
    company_id: CompanyId,
    property_id: PropertyId,
    /// The words.
    consent: String,
}

/// What the certificate says, as far as it may be told.
#[derive(Serialize, ToSchema)]
#[schema(as = MatchAnswer)]
pub struct Answered<'a> {
    valid: bool,
    reason: Option<Reason>,
    certificate_id: &'a CertificateId,
    consent_opt_in: Option<Timestamp>,
    received_at: Option<Timestamp>,
    origin: Option<&'a Origin>,
    consent_types: Vec<ConsentType>,
    verification_type: &'static str,
    attestation: Option<Attestation>,
    clock: Option<Clock>,
}

/// Whether a certificate holds these words.
///
/// First party: the company that asks is the certificate's owner.
#[utoipa::path(post, path = "/api/verify/match", tag = "verify", request_body = Asked,
    security(()), responses((status = 200, description = "The verdict.", body = Answered)))]
pub async fn match_consent(mut request: Request, app: &App) -> Result<Response, Problem> {
    let asked: Asked = body::json(&mut request, BODY_BYTES).await?;
    let certificate_id = CertificateId::parse_lenient(&asked.certificate_id)
        .map_err(|error| Problem::invalid("invalid_certificate_id", error))?;
    let stored = evidence::find(&app.db, &certificate_id).await?;
    let question = Question {
        company_id: &asked.company_id,
        property_id: &asked.property_id,
        consent: &asked.consent,
    };
    let reason = match verify(&question, stored.as_ref(), &app.keys.signing, App::now()) {
        Answer::Valid => None,
        Answer::Invalid(reason) => Some(reason),
        Answer::Forbidden => return Err(forbidden()),
        Answer::OptedOut => return Err(opted_out()),
    };
    Ok(Response::from_json(&answered(&certificate_id, reason, stored.as_ref()))?)
}

/// What a certificate says is told once its signatures hold and it is of the asked property.
fn answered<'a>(
    certificate_id: &'a CertificateId,
    reason: Option<Reason>,
    stored: Option<&'a Stored>,
) -> Answered<'a> {
    let telling =
        matches!(reason, None | Some(Reason::NotVisible | Reason::NotGiven | Reason::TextMismatch));
    let stored = stored.filter(|_| telling);
    let record = stored.and_then(|stored| stored.record.as_ref());
    Answered {
        valid: reason.is_none(),
        reason,
        certificate_id,
        consent_opt_in: record.map(|record| record.timestamp),
        received_at: record.map(|record| record.received_at),
        origin: record.map(|record| &record.origin),
        consent_types: stored.map(Stored::consent_types).unwrap_or_default(),
        verification_type: "first_party",
        attestation: record.map(|record| record.attestation),
        clock: record.map(|record| record.clock),
    }
}

fn forbidden() -> Problem {
    Problem::new(403, "forbidden", "This company may not verify this certificate.")
}

fn opted_out() -> Problem {
    Problem::new(403, "opted_out", "The consumer has opted out with this company.")
}
