//! `POST /certificate-sharing/consent-rules/preview`: what a rule would say, before it is saved.

use econsent_core::access::Permission;
use econsent_core::commitment::Salt;
use econsent_core::consent::{ConsentRecord, ConsentText, ConsentType, ConsentValue, Label};
use econsent_core::ids::RuleId;
use econsent_core::limits;
use econsent_core::record::{Attestation, Clock};
use econsent_core::rules::{Evidence, Rule, RuleDraft, RuleResult, RuleSet};
use econsent_core::share::ClaimId;
use econsent_core::states::State;
use econsent_core::verify::Stored;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::Response;

use super::claims::ComplianceView;
use super::partner_certificates::{access, not_found, visible};
use super::rules::{BODY_BYTES, refused};
use crate::app::App;
use crate::auth::{self, Caller};
use crate::body;
use crate::claiming;
use crate::limit::{self, Limit};
use crate::problem::Problem;
use crate::request::Request;
use crate::sharing;
use crate::store::rules::{self, Rules};
use crate::store::{StoreError, custody, evidence};

/// By the address and by the phone.
const STATES: usize = 2;
/// How often an event that lost the race for its chain's head is made anew.
const ROUNDS: u32 = 8;

/// A rule to try, and what on: a text or a certificate.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// The rule, which is not saved; the company's own rules if there is none.
    #[schema(nullable = false)]
    rule: Option<RuleDraft>,
    /// A disclosure, as if somebody had agreed to it.
    #[schema(max_length = 4900, nullable = false)]
    text: Option<String>,
    /// The states of a text's consumer, by address and by phone, for rules that are bound to some.
    #[serde(default)]
    #[schema(max_items = 2)]
    states: Vec<State>,
    /// A certificate that the company has claimed, or that is shared with it.
    #[schema(value_type = Option<u64>, nullable = false)]
    claim_id: Option<ClaimId>,
}

/// What the rules say.
#[derive(Serialize, ToSchema)]
#[schema(as = RulePreview)]
pub struct PreviewView {
    #[serde(flatten)]
    compliance: ComplianceView,
    /// What each rule says, and what it found where.
    rules: Vec<FoundByRule>,
    /// The words that were looked at: places are in these.
    consents: Vec<PreviewedConsent>,
    /// The consumer's states that rules were applied for.
    states: Vec<State>,
}

/// What one rule says.
#[derive(Serialize, ToSchema)]
pub struct FoundByRule {
    /// Which rule; none for one that is only tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    rule_id: Option<RuleId>,
    /// Its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    version: Option<u32>,
    #[serde(flatten)]
    result: RuleResult,
}

/// One consent record that was looked at.
#[derive(Serialize, ToSchema)]
pub struct PreviewedConsent {
    /// Its name in the certificate; `text` for words that were pasted.
    id: Label,
    #[serde(rename = "type")]
    consent_type: ConsentType,
    /// Whether consent was given: rules look at no other records.
    given: bool,
    text: String,
}

/// Tries a rule on words, or on a certificate, without saving anything. Who tries it on a certificate
/// sees its words, so that is written into the chain of custody as looking at the evidence is.
#[utoipa::path(post, path = "/certificate-sharing/consent-rules/preview", tag = "consent rules",
    request_body = Preview, security(("cookie" = []), ("key" = ["rules", "read"])),
    responses((status = 200, description = "What it would say.", body = PreviewView)))]
pub async fn preview(mut request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Rules).await?;
    let asked: Preview = body::json(&mut request, BODY_BYTES).await?;
    let rules = match asked.rule {
        Some(draft) => unsaved(draft)?,
        None => Rules::of(&rules::list(&app.db, &caller.company).await?)?,
    };
    let view = match (asked.text, asked.claim_id) {
        (Some(text), None) => on_text(&rules, &text, asked.states)?,
        (None, Some(claim)) if asked.states.is_empty() => {
            on_certificate(&rules, app, &caller, claim).await?
        }
        (None, Some(_)) => {
            let why = "A certificate has its consumer's states; states go with a text.";
            return Err(Problem::new(422, "states_known", why));
        }
        _ => {
            let why = "A rule is tried on a text or on a claim_id, one of them.";
            return Err(Problem::new(422, "nothing_to_check", why));
        }
    };
    Ok(Response::from_json(&view)?)
}

/// A rule by itself.
fn unsaved(draft: RuleDraft) -> Result<Rules, Problem> {
    let rule = Rule::new(draft).map_err(refused)?;
    let set =
        RuleSet::new(vec![rule]).map_err(|error| Problem::new(422, "limit_exceeded", error))?;
    Ok(Rules { versions: Vec::new(), set })
}

impl PreviewView {
    fn of(rules: &Rules, evidence: &Evidence<'_>) -> Self {
        let examination = rules.set.examine(evidence);
        let mut versions = rules.versions.iter().cloned();
        let found = examination.rules.into_iter().map(|result| {
            let (rule_id, version) = versions.next().unzip();
            FoundByRule { rule_id, version, result }
        });
        let consents = evidence.consents.iter().map(|(record, text)| PreviewedConsent {
            id: record.id.clone(),
            consent_type: record.consent_type,
            given: record.is_given(),
            text: (*text).into(),
        });
        Self {
            compliance: examination.compliance.into(),
            rules: found.collect(),
            consents: consents.collect(),
            states: evidence.states.clone(),
        }
    }
}

fn on_text(rules: &Rules, text: &str, states: Vec<State>) -> Result<PreviewView, Problem> {
    if states.len() > STATES {
        return Err(Problem::new(422, "limit_exceeded", "A consumer has at most two states."));
    }
    let text = pasted(text)?;
    let record = record(&text);
    Ok(PreviewView::of(
        rules,
        &Evidence {
            consents: vec![(&record, text.as_str())],
            states,
            attestation: Attestation::Attested,
            clock: Clock::Verified,
        },
    ))
}

/// Words that were pasted, if a page could have shown them.
fn pasted(text: &str) -> Result<ConsentText, Problem> {
    let cut = ConsentText::of(text);
    if cut.as_str().is_empty() {
        return Err(Problem::new(422, "empty_text", "text has no words."));
    }
    if cut.as_str().len() < text.trim().len() {
        let detail = format!("text has at most {} characters.", limits::TEXT_CHARS);
        return Err(Problem::new(422, "limit_exceeded", detail));
    }
    Ok(cut)
}

/// A record as it would be if somebody had agreed to those words.
fn record(text: &ConsentText) -> ConsentRecord {
    ConsentRecord {
        id: Label::of("text"),
        step: 1,
        consent_type: ConsentType::MainImplied,
        value: ConsentValue::of(ConsentType::MainImplied, "visible"),
        text_sha256: text.digest(),
    }
}

async fn on_certificate(
    rules: &Rules,
    app: &App,
    caller: &Caller,
    claim: ClaimId,
) -> Result<PreviewView, Problem> {
    // Its words are evidence: a key that changes rules does not read it by that alone.
    caller.require(Permission::View)?;
    let holding = visible(app, &caller.company, claim).await?;
    let certificate = holding.certificate_id().ok_or_else(not_found)?;
    limit::check(app, Limit::Trial, &format!("{} {certificate}", caller.company)).await?;
    for _ in 0..ROUNDS {
        let stored = evidence::find(&app.db, &certificate).await?.ok_or_else(not_found)?;
        claiming::holds(app, &stored, App::now())?;
        match look(app, &stored, caller).await {
            Ok(()) => {}
            Err(Looking::Lost) => continue,
            Err(Looking::Refused(problem)) => return Err(problem),
        }
        let own = evidence::disclosures(&app.db, &certificate, &caller.company).await?;
        let record = stored.record.as_ref().ok_or_else(not_found)?;
        let states = claiming::states(&stored, &own);
        return Ok(PreviewView::of(rules, &claiming::evidence(record, &stored, states)));
    }
    Err(Problem::busy())
}

/// Why looking was not written down.
enum Looking {
    /// Something else happened to the certificate first.
    Lost,
    Refused(Problem),
}

impl From<Problem> for Looking {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

/// Writes into the chain that the company looks.
async fn look(app: &App, stored: &Stored, caller: &Caller) -> Result<(), Looking> {
    let head = stored.head.as_ref().ok_or_else(sharing::broken)?;
    let step = access(caller, App::now(), head.expires_at);
    let salt = Salt::new(App::random()?);
    let next = head.go_on(step, &salt, &app.keys.signing);
    let (event, after) = next.map_err(|error| sharing::refused(&error))?;
    match custody::append(&app.db, std::slice::from_ref(&event), &after, &[]).await {
        Ok(_) => Ok(()),
        Err(StoreError::Conflict(_)) => Err(Looking::Lost),
        Err(error) => Err(Looking::Refused(error.into())),
    }
}
