//! `POST /api/verify/match-lead`: is this certificate the one of this lead? A certificate that is
//! not bound to phone and e-mail can be attached to somebody else's.

use econsent_core::access::Permission;
use econsent_core::certificate_id::CertificateId;
use econsent_core::commitment::Personal;
use econsent_core::contact::{Email, LookupKeys, Phone};
use econsent_core::ids::CompanyId;
use econsent_core::signature::hmac_sha256;
use econsent_core::verify::{Answer, Caller, Question, Reason, Stored, standing};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::Response;

use super::consumers::contact;
use super::verify::{forbidden, note, opted_out};
use crate::app::App;
use crate::auth;
use crate::body;
use crate::problem::Problem;
use crate::request::Request;
use crate::store::evidence;
use crate::store::leads::{self, Bound};

/// More than any honest call has.
const BODY_BYTES: usize = 4 * 1_024;

/// A lead.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = LeadQuestion)]
pub struct Asked {
    /// In either base64 alphabet, padded or not.
    certificate_id: String,
    /// As people write it; a number without a country is North American.
    #[serde(default)]
    #[schema(example = "(305) 555-0123", max_length = 64)]
    phone: Option<String>,
    #[serde(default)]
    #[schema(example = "maria.lopez@example.com", max_length = 254)]
    email: Option<String>,
}

/// How a contact compares with the certificate's.
#[derive(Serialize, ToSchema, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
#[schema(as = ContactMatch)]
pub enum Compared {
    /// It is the one.
    Match,
    /// It is another.
    Mismatch,
    /// The form had none, or none that could be read.
    NotBound,
    /// It was erased; the commitment alone does not tell.
    Erased,
}

/// Whether the certificate is the lead's.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadAnswer)]
pub struct Answered {
    /// Whether everything that was asked matches.
    valid: bool,
    #[schema(inline)]
    reason: Option<&'static str>,
    certificate_id: CertificateId,
    /// None when it was not asked.
    phone: Option<Compared>,
    /// None when it was not asked.
    email: Option<Compared>,
}

/// Whether a lead's phone and e-mail are those that the certificate is bound to.
///
/// For the publisher and for companies with a claim or share. Few wrong contacts may be tried with
/// one certificate, so that nobody finds a consumer's number by trying.
#[utoipa::path(post, path = "/api/verify/match-lead", tag = "verify", request_body = Asked,
    responses((status = 200, description = "The verdict.", body = Answered)))]
pub async fn match_lead(mut request: Request, app: &App) -> Result<Response, Problem> {
    let company = auth::require(&request, app, Permission::Verify).await?.company;
    let asked: Asked = body::json(&mut request, BODY_BYTES).await?;
    let certificate_id = CertificateId::parse_lenient(&asked.certificate_id)?;
    let (phone, email) = contact(asked.phone.as_deref(), asked.email.as_deref())?;
    let Some((stored, shared)) = evidence::find_for(&app.db, &certificate_id, &company).await?
    else {
        return Ok(Response::from_json(&Answered::no(certificate_id, Reason::NotReceived))?);
    };
    if !may_ask(&stored, &company, shared) {
        return Err(forbidden());
    }
    let now = App::now();
    match standing(&stored, &company, &app.keys.signing, now) {
        None | Some(Answer::Valid) => {}
        Some(Answer::Invalid(reason)) => {
            return Ok(Response::from_json(&Answered::no(certificate_id, reason))?);
        }
        Some(Answer::Forbidden) => return Err(forbidden()),
        Some(Answer::OptedOut) => {
            return Err(opted_out().since(stored.revoked_at.get(&company).copied()));
        }
    }
    let lead = Lead { app, id: &certificate_id, company: &company, stored: &stored };
    let bound = leads::bound(&app.db, &certificate_id, &company).await?;
    let phone = lead.compare(Personal::Phone, phone.as_ref().map(Phone::as_str), &bound).await?;
    let email = lead.compare(Personal::Email, email.as_ref().map(Email::as_str), &bound).await?;
    note(app, &certificate_id, Some(&company), Some(&stored), now).await;
    let compared: Vec<_> = phone.into_iter().chain(email).collect();
    let reason = [
        (Compared::Mismatch, "contact_mismatch"),
        (Compared::Erased, "contact_erased"),
        (Compared::NotBound, "contact_not_bound"),
    ];
    let reason = reason.into_iter().find(|(wrong, _)| compared.contains(wrong));
    let reason = reason.map(|(_, reason)| reason);
    let valid = reason.is_none();
    Ok(Response::from_json(&Answered { valid, reason, certificate_id, phone, email })?)
}

/// The publisher, or a company with a claim or share.
fn may_ask(stored: &Stored, company: &CompanyId, shared: bool) -> bool {
    let (Some(owner), Some(property_id)) = (&stored.company_id, &stored.property_id) else {
        return false;
    };
    let caller = Some(Caller { company, shared });
    let question = Question { company_id: owner, caller, property_id, consent: "" };
    question.party(stored).is_some()
}

/// A certificate that a lead is held against.
struct Lead<'a> {
    app: &'a App,
    id: &'a CertificateId,
    company: &'a CompanyId,
    stored: &'a Stored,
}

impl Lead<'_> {
    /// Compares one contact, if it was asked.
    async fn compare(
        &self,
        what: Personal,
        asked: Option<&str>,
        bound: &Bound,
    ) -> Result<Option<Compared>, Problem> {
        let Some(asked) = asked else { return Ok(None) };
        let record = self.stored.record.as_ref();
        let Some(commitment) = record.and_then(|record| record.committed.get(what)) else {
            return Ok(Some(Compared::NotBound));
        };
        let held = bound.disclosures.as_ref().and_then(|values| values.get(what));
        let matches = match held {
            // What the company holds itself is held against the signed commitment first.
            Some(held) if commitment.opens_with(held) => held.value == asked,
            _ if bound.lookups.is_empty() => return Ok(Some(Compared::Erased)),
            _ => self.lookups(what, asked).iter().any(|key| bound.lookups.contains(key)),
        };
        if leads::try_value(&self.app.db, self.id, self.company, (&self.trial(asked)?, matches))
            .await?
        {
            return Ok(Some(if matches { Compared::Match } else { Compared::Mismatch }));
        }
        Err(Problem::new(
            429,
            "too_many_mismatches",
            "This company has tried too many contacts with this certificate.",
        ))
    }

    /// The publisher's lookup keys of a contact, under every master key that there is.
    fn lookups(&self, what: Personal, asked: &str) -> Vec<String> {
        let Some(owner) = &self.stored.company_id else { return Vec::new() };
        let (phone, email) = match what {
            Personal::Phone => (Phone::from_e164(asked).ok(), None),
            _ => (None, Email::parse(asked).ok()),
        };
        let keys = self.app.keys.lookups.iter().map(|master| LookupKeys::of(master, owner));
        let keys = keys.flat_map(|keys| {
            let phone = phone.as_ref().map(|phone| keys.phone(phone));
            let email = email.as_ref().map(|email| keys.email(email));
            phone.into_iter().chain(email)
        });
        keys.map(|key| key.hex()).collect()
    }

    /// What is kept of a contact that was tried: nothing that it could be guessed from.
    fn trial(&self, asked: &str) -> Result<String, Problem> {
        let master = self.app.keys.lookups.current(App::now())?;
        let secret = master.derive(&[b"econsent-match-lead-v1\n"]);
        Ok(hmac_sha256(secret.as_bytes(), &[asked.as_bytes()]).hex())
    }
}

impl Answered {
    const fn no(certificate_id: CertificateId, reason: Reason) -> Self {
        let reason = Some(reason.as_str());
        Self { valid: false, reason, certificate_id, phone: None, email: None }
    }
}
