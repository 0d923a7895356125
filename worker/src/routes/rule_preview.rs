//! `POST /certificate-sharing/consent-rules/preview`: what a rule would say, before it is saved.

use econsent_core::access::Permission;
use econsent_core::consent::{ConsentRecord, ConsentText, ConsentType, ConsentValue, Label};
use econsent_core::limits;
use econsent_core::record::{Attestation, Clock};
use econsent_core::rules::{Evidence, Rule, RuleDraft, RuleSet};
use econsent_core::states::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::{Request, Response};

use super::rules::{BODY_BYTES, refused};
use crate::app::App;
use crate::auth;
use crate::body;
use crate::compliance::ComplianceView;
use crate::problem::Problem;
use crate::store::rules::{self, Rules};

/// By the address and by the phone.
const STATES: usize = 2;

/// A rule to try, and what on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// The rule, which is not saved; the company's own rules if there is none.
    #[schema(nullable = false)]
    rule: Option<RuleDraft>,
    /// A disclosure, as if somebody had agreed to it.
    #[schema(max_length = 4900, nullable = false)]
    text: Option<String>,
    /// The consumer's states, by address and by phone, for rules that are bound to some.
    #[serde(default)]
    #[schema(max_items = 2)]
    states: Vec<State>,
}

/// What the rule says.
#[derive(Serialize, ToSchema)]
#[schema(as = RulePreview)]
pub struct PreviewView {
    #[serde(flatten)]
    compliance: ComplianceView,
    /// The words that were looked at: places are in these.
    consents: Vec<PreviewedConsent>,
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

/// Tries a rule on words, without saving anything.
#[utoipa::path(post, path = "/certificate-sharing/consent-rules/preview", tag = "consent rules",
    request_body = Preview, security(("cookie" = []), ("key" = ["rules"])),
    responses((status = 200, description = "What it would say.", body = PreviewView)))]
pub async fn preview(mut request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Rules).await?;
    let asked: Preview = body::json(&mut request, BODY_BYTES).await?;
    let rules = match asked.rule {
        Some(draft) => unsaved(draft)?,
        None => Rules::of(&rules::list(&app.db, &caller.company).await?)?,
    };
    if asked.states.len() > STATES {
        return Err(Problem::new(422, "limit_exceeded", "A consumer has at most two states."));
    }
    let text = pasted(asked.text.as_deref().ok_or_else(nothing_to_check)?)?;
    let consents = [(record(&text), text)];
    let examination = rules.set.examine(&Evidence {
        consents: consents.iter().map(|(record, text)| (record, text.as_str())).collect(),
        states: asked.states,
        attestation: Attestation::Attested,
        clock: Clock::Verified,
    });
    let view = PreviewView {
        compliance: ComplianceView::of(examination, &rules.versions),
        consents: consents.into_iter().map(PreviewedConsent::of).collect(),
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

fn nothing_to_check() -> Problem {
    Problem::new(422, "nothing_to_check", "A rule is tried on a text.")
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

impl PreviewedConsent {
    fn of((record, text): (ConsentRecord, ConsentText)) -> Self {
        Self {
            given: record.is_given(),
            id: record.id,
            consent_type: record.consent_type,
            text: text.into(),
        }
    }
}
