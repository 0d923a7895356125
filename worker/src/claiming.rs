//! Claiming: a token, a company and its rules come to a claim, a rejection or a refusal (contract
//! §3). Two round trips after the caller is known: everything is read in one and written in one.

use std::rc::Rc;

use econsent_core::claim::ClaimToken;
use econsent_core::commitment::{Disclosures, Personal, Salt};
use econsent_core::contact::{Email, Phone};
use econsent_core::custody::{Actor, EventType};
use econsent_core::digest::Digest;
use econsent_core::head::Step;
use econsent_core::ids::CompanyId;
use econsent_core::json::{Json, Object};
use econsent_core::record::Record;
use econsent_core::rules::{Compliance, Evidence, Verdict};
use econsent_core::share::{Attempt, ClaimId, ClaimRefusal, Claiming, claim};
use econsent_core::states::ConsumerStates;
use econsent_core::time::Timestamp;
use econsent_core::verify::Stored;
use econsent_core::webhook::WebhookEvent;

use crate::app::App;
use crate::consumer;
use crate::limit::{self, Limit};
use crate::problem::Problem;
use crate::sharing::{refused, told};
use crate::store::claims::{self, Checked, Offer, Outcome};
use crate::store::rules::Rules;
use crate::store::webhooks::Event;
use crate::store::{StoreError, rules};

/// How often an attempt that lost the race for its chain's head is made again.
const ROUNDS: u32 = 8;

/// What an attempt came to.
pub struct Claimed {
    /// Under which id the company holds the certificate.
    pub claim_id: ClaimId,
    /// The certificate.
    pub certificate_id: String,
    /// When it was claimed; none when it was rejected.
    pub claimed_at: Option<Timestamp>,
    /// What the rules said.
    pub compliance: Compliance,
}

/// Claims the certificate of a token for a company.
pub async fn attempt(
    app: &App,
    token: &ClaimToken,
    company: &CompanyId,
) -> Result<Claimed, Problem> {
    for _ in 0..ROUNDS {
        let (offer, rules) = claims::find(&app.db, &token.digest(), company).await?;
        let Some(offer) = offer else { return Err(unknown_token(app, company.as_str()).await?) };
        match once(app, &offer, &rules, company).await {
            Ok(Ok(claimed)) => return Ok(claimed),
            // Somebody else was first; what that means is in what is read next.
            Err(StoreError::Conflict(_)) => {}
            Ok(Err(problem)) => return Err(problem),
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::busy())
}

/// A token that nobody was given. Guessing is limited by who tries.
pub async fn unknown_token(app: &App, whom: &str) -> Result<Problem, Problem> {
    limit::check(app, Limit::ClaimToken, whom).await?;
    Ok(Problem::new(404, "not_found", "There is no share of this token."))
}

/// One attempt: refused as `Ok(Err)`, lost to somebody else as `Err`.
async fn once(
    app: &App,
    offer: &Offer,
    rows: &[rules::Row],
    company: &CompanyId,
) -> Result<Result<Claimed, Problem>, StoreError> {
    let now = App::now();
    let attempt = Attempt {
        company,
        publisher: &offer.publisher,
        has_claim: offer.claim.is_some(),
        rejections: offer.rejections,
    };
    match (claim(&offer.share, &attempt, now), &offer.claim) {
        (Claiming::Refused(refusal), _) => return Ok(Err(problem(refusal))),
        (_, Some(known)) => {
            return Ok(Ok(Claimed {
                claim_id: known.claim_id()?,
                certificate_id: certificate_id(&offer.stored),
                claimed_at: Timestamp::from_millis(known.claimed_at).ok(),
                compliance: known.compliance()?,
            }));
        }
        (Claiming::Same, None) => return Err(StoreError::Failed("a claim is missing".into())),
        (Claiming::Open, None) => {}
    }
    if let Err(problem) = holds(app, &offer.stored, now) {
        return Ok(Err(problem));
    }
    let rules = compiled(company, rows)?;
    let states = states(&offer.stored, &offer.disclosures);
    let check = Check::of(rules.as_deref(), &offer.stored, states);
    decide(app, offer, company, &check, now).await
}

fn certificate_id(stored: &Stored) -> String {
    stored.head.as_ref().map(|head| head.head.certificate_id.to_string()).unwrap_or_default()
}

/// The contract's codes of the table of claims.
fn problem(refusal: ClaimRefusal) -> Problem {
    let (status, code) = match refusal {
        ClaimRefusal::Own => (409, "own_certificate"),
        ClaimRefusal::NotForYou => (403, "not_for_you"),
        ClaimRefusal::AlreadyClaimed => (409, "already_claimed"),
        ClaimRefusal::Revoked => (410, "share_revoked"),
        ClaimRefusal::Expired => (410, "share_expired"),
        ClaimRefusal::ReadOnly => (403, "read_only"),
        ClaimRefusal::RejectedOften => (409, "rejected_too_often"),
    };
    Problem::new(status, code, refusal)
}

/// What is claimed or checked is what was signed, and is there.
pub fn holds(app: &App, stored: &Stored, now: Timestamp) -> Result<(), Problem> {
    let head = stored.held_head(&app.keys.signing).ok_or_else(crate::sharing::broken)?;
    if stored.record.is_none() && head.retention().is_over(now) {
        return Err(Problem::new(
            410,
            "certificate_expired",
            "The evidence of this certificate is gone: its retention is over.",
        ));
    }
    if stored.record_holds(&app.keys.signing) {
        return Ok(());
    }
    Err(Problem::new(
        409,
        "signature_invalid",
        "The evidence of this certificate is not what was signed.",
    ))
}

thread_local! {
    /// The rules that were compiled last: who claims much claims with the same ones.
    static COMPILED: std::cell::RefCell<Option<(Digest, Rc<Rules>)>> =
        const { std::cell::RefCell::new(None) };
}

/// A company's rules, compiled; none when it has none.
pub fn compiled(company: &CompanyId, rows: &[rules::Row]) -> Result<Option<Rc<Rules>>, StoreError> {
    if rows.is_empty() {
        return Ok(None);
    }
    // By version too: a rule that was changed and changed back is not the one that it was.
    let versions: Vec<String> = rows.iter().map(|row| row.version.to_string()).collect();
    let parts = rows.iter().zip(&versions).flat_map(|(row, version)| {
        [row.rule_id.as_str().as_bytes(), b"\n", version.as_bytes(), b"\n", row.rule.as_bytes()]
    });
    let parts: Vec<&[u8]> = std::iter::once(company.as_str().as_bytes()).chain(parts).collect();
    let name = Digest::of_parts(&parts);
    let kept = COMPILED.with_borrow(|kept| {
        kept.as_ref().filter(|(known, _)| *known == name).map(|(_, rules)| Rc::clone(rules))
    });
    if let Some(rules) = kept {
        return Ok(Some(rules));
    }
    let rules = Rc::new(Rules::of(rows)?);
    COMPILED.with_borrow_mut(|kept| *kept = Some((name, Rc::clone(&rules))));
    Ok(Some(rules))
}

/// The consumer's states: by the record's place, and by a phone that opens the record's
/// commitment.
pub fn states(stored: &Stored, disclosures: &Disclosures) -> ConsumerStates {
    let place = stored.record.as_ref().and_then(|record| record.geo.as_ref());
    ConsumerStates::of(place, phone(stored, disclosures).as_ref())
}

fn phone(stored: &Stored, disclosures: &Disclosures) -> Option<Phone> {
    Phone::from_e164(opened(stored, disclosures, Personal::Phone)?).ok()
}

fn email(stored: &Stored, disclosures: &Disclosures) -> Option<Email> {
    Email::parse(opened(stored, disclosures, Personal::Email)?).ok()
}

/// A personal value that opens the record's commitment.
fn opened<'a>(
    stored: &Stored,
    disclosures: &'a Disclosures,
    personal: Personal,
) -> Option<&'a str> {
    let committed = stored.record.as_ref()?.committed.get(personal)?;
    let value = disclosures.get(personal)?;
    committed.opens_with(value).then_some(value.value.as_str())
}

/// What a company's rules say of a certificate.
pub struct Check {
    /// What they say.
    pub compliance: Compliance,
    /// The rules as they are, in canonical form; none when there are none.
    pub rules: Option<String>,
    /// Where the consumer may be.
    pub states: ConsumerStates,
}

impl Check {
    /// Checks a certificate.
    pub fn of(rules: Option<&Rules>, stored: &Stored, states: ConsumerStates) -> Self {
        let (Some(rules), Some(record)) = (rules, &stored.record) else {
            return Self { compliance: Compliance::NOT_CHECKED, rules: None, states };
        };
        let compliance = rules.set.check(&evidence(record, stored, states));
        Self { compliance, rules: Some(document(rules)), states }
    }

    /// What the chain says of it.
    pub fn step(
        &self,
        company: &CompanyId,
        now: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> Option<Step> {
        let rules = self.rules.as_ref()?;
        let state = |state: Option<econsent_core::states::State>| {
            state.map(|state| Json::from(state.as_str()))
        };
        Some(Step {
            event_type: EventType::ComplianceChecked,
            actor: Actor::Company(company.clone()),
            at: now,
            details: self
                .compliance
                .document()
                .with("rules_sha256", Digest::of(rules.as_bytes()))
                .with("state_by_ip", state(self.states.by_ip))
                .with("state_by_phone", state(self.states.by_phone)),
            expires_at,
        })
    }

    /// As it is written, beside the event at that place.
    pub fn checked(&self, seq: u32) -> Option<Checked<'_>> {
        let rules = self.rules.as_deref()?;
        Some(Checked { seq, rules, compliance: &self.compliance, states: self.states })
    }
}

/// What a certificate brings to a check.
pub fn evidence<'a>(
    record: &'a Record,
    stored: &'a Stored,
    states: ConsumerStates,
) -> Evidence<'a> {
    let words = |digest: &Digest| stored.texts.get(digest).map_or("", String::as_str);
    Evidence {
        consents: record.consents.iter().map(|c| (c, words(&c.text_sha256))).collect(),
        states: states.known().collect(),
        attestation: record.attestation,
        clock: record.clock,
    }
}

/// The rules as they are now, each with its name and version.
fn document(rules: &Rules) -> String {
    let list = rules.versions.iter().zip(rules.set.rules()).map(|((id, version), rule)| {
        serde_json::json!({ "id": id.as_str(), "version": version, "rule": rule })
    });
    serde_json::Value::from_iter(list).to_string()
}

async fn decide(
    app: &App,
    offer: &Offer,
    company: &CompanyId,
    check: &Check,
    now: Timestamp,
) -> Result<Result<Claimed, Problem>, StoreError> {
    let Some(head) = &offer.stored.head else { return Ok(Err(crate::sharing::broken())) };
    let rejected = check.compliance.status == Verdict::Reject;
    // A claim keeps the evidence for good.
    let expires_at = if rejected { head.expires_at } else { None };
    let (event_type, event) = if rejected {
        (EventType::Rejected, WebhookEvent::CertificateRejected)
    } else {
        (EventType::Claimed, WebhookEvent::CertificateClaimed)
    };
    let details = Object::new().with("share_id", offer.share_id.as_str());
    let actor = Actor::Company(company.clone());
    let outcome = Step { event_type, actor, at: now, details, expires_at };
    let mut steps = Vec::new();
    for step in check.step(company, now, expires_at).into_iter().chain([outcome]) {
        let salt = match App::random() {
            Ok(random) => Salt::new(random),
            Err(problem) => return Ok(Err(problem)),
        };
        steps.push((step, salt));
    }
    let (events, after) = match head.go_on_by(steps, &app.keys.signing) {
        Ok(next) => next,
        Err(error) => return Ok(Err(refused(&error))),
    };
    let id = certificate_id(&offer.stored);
    let data = Object::new()
        .with("certificate_id", id.as_str())
        .with("share_id", offer.share_id.as_str())
        .with("publisher_company_id", offer.publisher.as_str())
        .with("company_id", company.as_str())
        .with("score", check.compliance.score.map(|score| u32::from(score.get())))
        .with("status", check.compliance.status.as_str());
    let body = told(event, now, data);
    let tell = |company| Event { company, event, about: Some(&id), body: &body, now, due: now };
    let told = [tell(&offer.publisher), tell(company)];
    let tag = offer.stored.property_id.as_ref().map_or(0, |property| property.routing_tag());
    let outcome = Outcome {
        company,
        tag,
        now,
        events: &events,
        after: &after,
        checked: check.checked(head.head.seq.saturating_add(1)),
        told: &told,
    };
    let written = if rejected {
        claims::reject(&app.db, &offer.share_id, &outcome).await
    } else {
        let phone = phone(&offer.stored, &offer.disclosures);
        let email = email(&offer.stored, &offer.disclosures);
        let contact = (phone.as_ref(), email.as_ref());
        match consumer::contact_lookups(app, company, contact, now) {
            Ok(lookups) => claims::claim(&app.db, &offer.share_id, &outcome, &lookups).await,
            Err(problem) => return Ok(Err(problem)),
        }
    };
    let claim_id = written?;
    app.follow_up.set(true);
    let claimed_at = (!rejected).then_some(now);
    let compliance = check.compliance.clone();
    Ok(Ok(Claimed { claim_id, certificate_id: id, claimed_at, compliance }))
}
