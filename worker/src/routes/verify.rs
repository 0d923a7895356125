//! `POST /api/verify/match` (and `/verify/match`): does this certificate hold these words?
//! `POST /api/verify/batch`: the same for a list.

use std::collections::{BTreeMap, BTreeSet};

use econsent_core::certificate_id::CertificateId;
use econsent_core::consent::ConsentType;
use econsent_core::ids::{CompanyId, Origin, PropertyId};
use econsent_core::record::{Attestation, Clock};
use econsent_core::recording::Completeness;
use econsent_core::time::Timestamp;
use econsent_core::verify::{Answer, Question, Reason, Stored, verify};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use worker::{Request, Response};

use crate::app::App;
use crate::body;
use crate::problem::Problem;
use crate::recordings::{self, State};
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

impl Asked {
    fn certificate_id(&self) -> Result<CertificateId, Problem> {
        CertificateId::parse_lenient(&self.certificate_id)
            .map_err(|error| Problem::invalid("invalid_certificate_id", error))
    }

    const fn question(&self) -> Question<'_> {
        Question {
            company_id: &self.company_id,
            property_id: &self.property_id,
            consent: self.consent.as_str(),
        }
    }
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
    /// `complete`, `missing n`, `changed`, `gone` or `not read`; null when there is none. A changed
    /// recording makes the certificate invalid; one that lacks chunks does not.
    recording: Option<String>,
}

/// Whether a certificate holds these words.
///
/// First party: the company that asks is the certificate's owner.
#[utoipa::path(post, path = "/api/verify/match", tag = "verify", request_body = Asked,
    security(()), responses((status = 200, description = "The verdict.", body = Answered)))]
pub async fn match_consent(mut request: Request, app: &App) -> Result<Response, Problem> {
    let asked: Asked = body::json(&mut request, BODY_BYTES).await?;
    let certificate_id = asked.certificate_id()?;
    let stored = evidence::find(&app.db, &certificate_id).await?;
    let mut reason = match verify(&asked.question(), stored.as_ref(), &app.keys.signing, App::now())
    {
        Answer::Valid => None,
        Answer::Invalid(reason) => Some(reason),
        Answer::Forbidden => return Err(forbidden()),
        Answer::OptedOut => return Err(opted_out()),
    };
    let recording = match stored.as_ref().filter(|stored| told(reason, stored)) {
        Some(_) => recordings::state(app, &certificate_id).await?,
        None => None,
    };
    if recording == Some(State::Read(Completeness::Changed)) {
        reason = Some(Reason::SignatureInvalid);
    }
    let mut answer = answered(&certificate_id, reason, stored.as_ref());
    answer.recording = recording.map(|state| state.to_string());
    Ok(Response::from_json(&answer)?)
}

/// Whether the certificate holds so far, and has a recording to look at.
fn told(reason: Option<Reason>, stored: &Stored) -> bool {
    is_telling(reason)
        && stored.record.as_ref().is_some_and(|record| record.attached.recording.is_some())
}

/// Whether the certificate holds, whatever its words are.
const fn is_telling(reason: Option<Reason>) -> bool {
    matches!(reason, None | Some(Reason::NotVisible | Reason::NotGiven | Reason::TextMismatch))
}

/// What a certificate says is told once its signatures hold and it is of the asked property.
fn answered<'a>(
    certificate_id: &'a CertificateId,
    reason: Option<Reason>,
    stored: Option<&'a Stored>,
) -> Answered<'a> {
    let stored = stored.filter(|_| is_telling(reason));
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
        recording: record
            .filter(|record| record.attached.recording.is_some())
            .map(|_| State::Unread.to_string()),
    }
}

fn forbidden() -> Problem {
    Problem::new(403, "forbidden", "This company may not verify this certificate.")
}

fn opted_out() -> Problem {
    Problem::new(403, "opted_out", "The consumer has opted out with this company.")
}

/// Items of one batch.
const ITEMS: usize = 1_000;
/// A thousand items with the longest texts.
const BATCH_BYTES: usize = 16 * 1_024 * 1_024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedBatch {
    items: Vec<Value>,
}

/// An item that has no answer: why, by the code that the single call has for it.
#[derive(Serialize)]
struct Unanswered {
    valid: bool,
    reason: &'static str,
    certificate_id: Option<CertificateId>,
}

/// Up to a thousand questions, answered in their order. One item that is wrong spoils no other.
/// Certificates are read and let go of a hundred at a time, so that neither the number of round
/// trips nor the memory depends on how large they are.
pub async fn batch(mut request: Request, app: &App) -> Result<Response, Problem> {
    let AskedBatch { items } = body::json(&mut request, BATCH_BYTES).await?;
    if items.len() > ITEMS {
        return Err(Problem::new(422, "limit_exceeded", "A batch has at most 1000 items."));
    }
    let now = App::now();
    let mut answers = Vec::with_capacity(items.len());
    for chunk in items.chunks(evidence::LISTED) {
        let asked: Vec<_> = chunk.iter().map(read_item).collect();
        let ids: BTreeSet<_> = asked.iter().flatten().map(|(id, _)| id).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let stored = evidence::find_listed(&app.db, &ids).await?;
        for item in &asked {
            answers.push(match item {
                Ok((id, asked)) => answer_item(id, asked, &stored, app, now)?,
                Err(reason) => unanswered(reason, None)?,
            });
        }
    }
    Ok(Response::from_json(&serde_json::json!({ "items": answers }))?)
}

fn read_item(item: &Value) -> Result<(CertificateId, Asked), &'static str> {
    let asked = Asked::deserialize(item).map_err(|_| "invalid_item")?;
    let id = asked.certificate_id().map_err(|_| "invalid_certificate_id")?;
    Ok((id, asked))
}

fn answer_item(
    id: &CertificateId,
    asked: &Asked,
    stored: &BTreeMap<CertificateId, Stored>,
    app: &App,
    now: Timestamp,
) -> Result<Value, Problem> {
    let stored = stored.get(id);
    let reason = match verify(&asked.question(), stored, &app.keys.signing, now) {
        Answer::Valid => None,
        Answer::Invalid(reason) => Some(reason),
        Answer::Forbidden => return unanswered("forbidden", Some(id)),
        Answer::OptedOut => return unanswered("opted_out", Some(id)),
    };
    value(&answered(id, reason, stored))
}

fn unanswered(reason: &'static str, id: Option<&CertificateId>) -> Result<Value, Problem> {
    value(&Unanswered { valid: false, reason, certificate_id: id.cloned() })
}

fn value(answer: &impl Serialize) -> Result<Value, Problem> {
    serde_json::to_value(answer).map_err(|error| Problem::deployment("json", &error))
}
