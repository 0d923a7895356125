//! `POST /api/verify/match` (and `/verify/match`): does this certificate hold these words?
//! `POST /api/verify/batch`: the same for a list.

use std::collections::BTreeSet;

use econsent_core::access::Permission;
use econsent_core::certificate_id::{CertificateId, CertificateIdError};
use econsent_core::consent::ConsentType;
use econsent_core::ids::{CompanyId, Origin, PropertyId};
use econsent_core::record::{Attestation, Clock};
use econsent_core::recording::Completeness;
use econsent_core::time::Timestamp;
use econsent_core::verify::{Answer, Caller, Party, Question, Reason, Stored, verify};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use worker::Response;

use crate::app::App;
use crate::auth;
use crate::body;
use crate::jobs;
use crate::problem::Problem;
use crate::recordings::{self, State};
use crate::request::Request;
use crate::store::evidence::{self, Several};
use crate::store::verifications::Verified;

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
    fn certificate_id(&self) -> Result<CertificateId, CertificateIdError> {
        CertificateId::parse_lenient(&self.certificate_id)
    }

    const fn question<'a>(&'a self, caller: Option<Caller<'a>>) -> Question<'a> {
        Question {
            company_id: &self.company_id,
            caller,
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
    verification_type: Party,
    attestation: Option<Attestation>,
    clock: Option<Clock>,
    /// `complete`, `missing n`, `changed`, `gone` or `not read`; null when there is none. A changed
    /// recording makes the certificate invalid; one that lacks chunks does not.
    recording: Option<String>,
}

/// Whether a certificate holds these words.
///
/// Without a key the company that is named has to be the publisher (`first_party`). With a key of
/// another company, that one relies on the certificate (`third_party`): by a claim or a share.
#[utoipa::path(post, path = "/api/verify/match", tag = "verify", request_body = Asked,
    security((), ("key" = [])),
    responses((status = 200, description = "The verdict.", body = Answered)))]
pub async fn match_consent(mut request: Request, app: &App) -> Result<Response, Problem> {
    let caller = caller(&request, app).await?;
    let asked: Asked = body::json(&mut request, BODY_BYTES).await?;
    let certificate_id = asked.certificate_id()?;
    let (stored, shared) = match &caller {
        Some(company) => evidence::find_for(&app.db, &certificate_id, company).await?.unzip(),
        None => (evidence::find(&app.db, &certificate_id).await?, None),
    };
    let shared = shared.unwrap_or_default();
    let question = asked.question(caller.as_ref().map(|company| Caller { company, shared }));
    let stored = stored.as_ref();
    let now = App::now();
    let mut reason = match verify(&question, stored, &app.keys.signing, now) {
        Answer::Valid => None,
        Answer::Invalid(reason) => Some(reason),
        Answer::Forbidden => return Err(forbidden()),
        Answer::OptedOut => {
            note(app, &certificate_id, caller.as_ref(), stored, now).await;
            return Err(opted_out().since(revoked_at(&question, stored)));
        }
    };
    note(app, &certificate_id, caller.as_ref(), stored, now).await;
    let recording = match stored.filter(|stored| is_telling(reason) && has_recording(stored)) {
        Some(stored) => {
            let claimant = caller.as_ref().filter(|company| stored.is_claimed_by(company));
            recordings::state(app, &certificate_id, claimant).await?
        }
        None => None,
    };
    if recording == Some(State::Read(Completeness::Changed)) {
        reason = Some(Reason::SignatureInvalid);
    }
    let mut answer = answered(&certificate_id, &question, reason, stored);
    answer.recording = recording.map(|state| state.to_string());
    Ok(Response::from_json(&answer)?)
}

fn has_recording(stored: &Stored) -> bool {
    stored.record.as_ref().is_some_and(|record| record.attached.recording.is_some())
}

/// Whether the certificate holds and is of the asked property, whatever its words are.
const fn is_telling(reason: Option<Reason>) -> bool {
    matches!(reason, None | Some(Reason::NotVisible | Reason::NotGiven | Reason::TextMismatch))
}

/// Whose key came along. Here a cookie is none: pages of ours are not what relies on certificates.
async fn caller(request: &Request, app: &App) -> Result<Option<CompanyId>, Problem> {
    if request.headers().get("Authorization")?.is_none() {
        return Ok(None);
    }
    Ok(Some(auth::require(request, app, Permission::Verify).await?.company))
}

/// For the log of who has verified.
pub async fn note(
    app: &App,
    id: &CertificateId,
    company: Option<&CompanyId>,
    stored: Option<&Stored>,
    now: Timestamp,
) {
    if stored.is_some() {
        let at = now.millis();
        let company_id = company.cloned();
        jobs::verified(app, vec![Verified { certificate_id: id.clone(), company_id, at }]).await;
    }
}

/// What a certificate says is told once its signatures hold and it is of the asked property.
fn answered<'a>(
    certificate_id: &'a CertificateId,
    question: &Question<'_>,
    reason: Option<Reason>,
    stored: Option<&'a Stored>,
) -> Answered<'a> {
    let party = stored.and_then(|stored| question.party(stored));
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
        verification_type: party.map_or(Party::First, |(party, _)| party),
        attestation: record.map(|record| record.attestation),
        clock: record.map(|record| record.clock),
        recording: stored.filter(|stored| has_recording(stored)).map(|_| State::Unread.to_string()),
    }
}

pub fn forbidden() -> Problem {
    Problem::new(403, "forbidden", "This company may not verify this certificate.")
}

fn revoked_at(question: &Question<'_>, stored: Option<&Stored>) -> Option<Timestamp> {
    let stored = stored?;
    let (_, company) = question.party(stored)?;
    stored.revoked_at.get(company).copied()
}

pub fn opted_out() -> Problem {
    Problem::new(403, "opted_out", "The consumer has opted out with this company.")
}

/// Items of one batch.
const ITEMS: usize = 1_000;
/// A thousand items with the longest texts.
const BATCH_BYTES: usize = 16 * 1_024 * 1_024;

/// A list of questions.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BatchQuestion)]
pub struct AskedBatch {
    /// Up to 1,000 questions, each as the single call takes it; what cannot be read as one is
    /// answered as such, and spoils no other.
    #[schema(max_items = 1000)]
    items: Vec<Value>,
}

/// An item that has no answer: why, by the code that the single call has for it.
#[derive(Serialize)]
struct Unanswered {
    valid: bool,
    reason: &'static str,
    certificate_id: Option<CertificateId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
}

/// What a batch says, item by item.
#[derive(Serialize, ToSchema)]
#[schema(as = MatchBatch)]
pub struct Batch {
    /// Each as the single call answers it, or `valid`, `reason` and `certificate_id` only.
    #[schema(value_type = Vec<Object>)]
    items: Vec<Value>,
}

/// Up to a thousand questions, answered in their order. One item that is wrong spoils no other.
///
/// Certificates are read and let go of a hundred at a time, so that neither the number of round
/// trips nor the memory depends on how large they are.
#[utoipa::path(post, path = "/api/verify/batch", tag = "verify",
    request_body = AskedBatch, security((), ("key" = [])),
    responses((status = 200, description = "The verdicts.", body = Batch)))]
pub async fn batch(mut request: Request, app: &App) -> Result<Response, Problem> {
    let caller = caller(&request, app).await?;
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
        let found = evidence::find_listed(&app.db, &ids, caller.as_ref()).await?;
        for item in &asked {
            answers.push(match item {
                Ok((id, asked)) => answer_item(id, asked, caller.as_ref(), &found, app, now)?,
                Err(reason) => unanswered(reason, None, None)?,
            });
        }
        let verified = found.stored.keys().map(|id| Verified {
            certificate_id: id.clone(),
            company_id: caller.clone(),
            at: now.millis(),
        });
        jobs::verified(app, verified.collect()).await;
    }
    Ok(Response::from_json(&Batch { items: answers })?)
}

fn read_item(item: &Value) -> Result<(CertificateId, Asked), &'static str> {
    let asked = Asked::deserialize(item).map_err(|_| "invalid_item")?;
    let id = asked.certificate_id().map_err(|_| "invalid_certificate_id")?;
    Ok((id, asked))
}

fn answer_item(
    id: &CertificateId,
    asked: &Asked,
    caller: Option<&CompanyId>,
    found: &Several,
    app: &App,
    now: Timestamp,
) -> Result<Value, Problem> {
    let stored = found.stored.get(id);
    let shared = found.shared.contains(&id.hash().hex());
    let question = asked.question(caller.map(|company| Caller { company, shared }));
    let reason = match verify(&question, stored, &app.keys.signing, now) {
        Answer::Valid => None,
        Answer::Invalid(reason) => Some(reason),
        Answer::Forbidden => return unanswered("forbidden", Some(id), None),
        Answer::OptedOut => {
            return unanswered("opted_out", Some(id), revoked_at(&question, stored));
        }
    };
    value(&answered(id, &question, reason, stored))
}

fn unanswered(
    reason: &'static str,
    id: Option<&CertificateId>,
    revoked_at: Option<Timestamp>,
) -> Result<Value, Problem> {
    value(&Unanswered { valid: false, reason, certificate_id: id.cloned(), revoked_at })
}

fn value(answer: &impl Serialize) -> Result<Value, Problem> {
    serde_json::to_value(answer).map_err(|error| Problem::deployment("json", &error))
}
