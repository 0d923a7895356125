//! `/certificate-sharing/consent-rules`: which words a buyer wants to find (seed "Consent Language
//! Rules"; contract §2).

use econsent_core::access::Permission;
use econsent_core::ids::RuleId;
use econsent_core::limits;
use econsent_core::rules::packs::{self, Pack};
use econsent_core::rules::{NOTICE, Rule, RuleDraft, RuleError};
use econsent_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::Response;

use super::{id, moment};
use crate::app::App;
use crate::auth;
use crate::body;
use crate::problem::Problem;
use crate::query;
use crate::request::Request;
use crate::store::StoreError;
use crate::store::rules::{self, Row, Written};

/// The longest rule, and room for how JSON may write it.
pub(super) const BODY_BYTES: usize = 2 * limits::RULE_SET_BYTES;

/// A rule.
#[derive(Serialize, ToSchema)]
pub struct RuleView {
    id: RuleId,
    #[serde(flatten)]
    rule: RuleDraft,
    /// What the full text was broken into: each is looked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sentences: Vec<String>,
    /// How often it was changed, from 1; results say which version they are of.
    version: u32,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl RuleView {
    fn of(row: Row) -> Result<Self, StoreError> {
        let rule = row.rule()?;
        Ok(Self {
            id: row.rule_id,
            sentences: rule.sentences().map(ToString::to_string).collect(),
            rule: rule.into(),
            version: row.version,
            created_at: moment(row.created_at),
            updated_at: moment(row.updated_at),
        })
    }
}

/// Every rule of the company.
#[utoipa::path(get, path = "/certificate-sharing/consent-rules", tag = "consent rules",
    security(("cookie" = []), ("key" = ["rules"])),
    responses((status = 200, description = "In the order they were made.", body = [RuleView])))]
pub async fn list(request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Rules).await?;
    let rows = rules::list(&app.db, &caller.company).await?;
    let views: Result<Vec<_>, _> = rows.into_iter().map(RuleView::of).collect();
    Ok(Response::from_json(&views?)?)
}

/// Makes a rule: it is checked at every claim from now on.
#[utoipa::path(post, path = "/certificate-sharing/consent-rules", tag = "consent rules",
    request_body = RuleDraft, security(("cookie" = []), ("key" = ["rules"])),
    responses((status = 201, description = "Made.", body = RuleView)))]
pub async fn create(mut request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Rules).await?;
    let draft: RuleDraft = body::json(&mut request, BODY_BYTES).await?;
    let rule = Rule::new(draft).map_err(refused)?;
    let (id, now) = (RuleId::new(App::random()?), App::now());
    if !rules::create(&app.db, &caller.company, &id, &Written::of(&rule)?, now).await? {
        return Err(too_much());
    }
    let view = RuleView {
        id,
        sentences: rule.sentences().map(ToString::to_string).collect(),
        rule: rule.into(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    Ok(Response::from_json(&view)?.with_status(201))
}

/// A rule.
#[utoipa::path(get, path = "/certificate-sharing/consent-rules/{id}", tag = "consent rules",
    security(("cookie" = []), ("key" = ["rules"])), params(("id" = RuleId, Path,)),
    responses((status = 200, description = "As it is.", body = RuleView)))]
pub async fn read(request: Request, app: &App, rule: &str) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Rules).await?;
    let row = rules::find(&app.db, &caller.company, &id(rule, "rule")?).await?;
    let row = row.ok_or_else(not_found)?;
    Ok(Response::from_json(&RuleView::of(row)?)?)
}

/// Writes a rule anew, whole. What it said of certificates before stays as it was.
#[utoipa::path(put, path = "/certificate-sharing/consent-rules/{id}", tag = "consent rules",
    request_body = RuleDraft, security(("cookie" = []), ("key" = ["rules"])),
    params(("id" = RuleId, Path,)),
    responses((status = 200, description = "As it is now.", body = RuleView)))]
pub async fn update(mut request: Request, app: &App, rule: &str) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Rules).await?;
    let which: RuleId = id(rule, "rule")?;
    let draft: RuleDraft = body::json(&mut request, BODY_BYTES).await?;
    let written = Written::of(&Rule::new(draft).map_err(refused)?)?;
    let row = rules::update(&app.db, &caller.company, &which, &written, App::now()).await?;
    match row {
        Some(row) => Ok(Response::from_json(&RuleView::of(row)?)?),
        None => match rules::find(&app.db, &caller.company, &which).await? {
            Some(_) => Err(too_much()),
            None => Err(not_found()),
        },
    }
}

/// Deletes a rule. What it said of certificates stays.
#[utoipa::path(delete, path = "/certificate-sharing/consent-rules/{id}", tag = "consent rules",
    security(("cookie" = []), ("key" = ["rules"])), params(("id" = RuleId, Path,)),
    responses((status = 204, description = "Deleted.")))]
pub async fn remove(request: Request, app: &App, rule: &str) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Rules).await?;
    if !rules::delete(&app.db, &caller.company, &id(rule, "rule")?, App::now()).await? {
        return Err(not_found());
    }
    Ok(Response::empty()?.with_status(204))
}

/// A starter pack: rules to begin from, with the company's name where it belongs.
#[derive(Serialize, ToSchema)]
pub struct PackView {
    #[serde(flatten)]
    pack: Pack,
    /// What stands beside every pack.
    notice: &'static str,
}

/// Whose name the packs look for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seller {
    seller: Option<String>,
}

/// Rules to begin from: each can be posted as it is, or changed before.
#[utoipa::path(get, path = "/certificate-sharing/consent-rules/packs", tag = "consent rules",
    security(("cookie" = []), ("key" = ["rules"])),
    params(("seller" = Option<String>, Query,
        description = "The name that disclosures call the buyer by; the company's if unsaid.")),
    responses((status = 200, description = "Every pack.", body = [PackView])))]
pub async fn starter_packs(request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Rules).await?;
    let Seller { seller } = query::read(&request)?;
    let seller = seller.unwrap_or(caller.company_name);
    let views: Result<Vec<_>, RuleError> = packs::all()
        .map(|mut pack| {
            pack.rules = pack.rules_for(&seller)?.into_iter().map(RuleDraft::from).collect();
            Ok(PackView { pack, notice: NOTICE })
        })
        .collect();
    Ok(Response::from_json(&views.map_err(refused)?)?)
}

/// A rule that could never work is not saved.
pub(super) fn refused(error: RuleError) -> Problem {
    let code = match error {
        RuleError::Name => "invalid_name",
        RuleError::Nothing | RuleError::NoSentence => "empty_rule",
        RuleError::EmptyPhrase(_) | RuleError::NoWording(_) => "empty_phrase",
        RuleError::LongPhrase(_) | RuleError::ManyPhrases | RuleError::MuchText => "limit_exceeded",
        RuleError::State(_) | RuleError::RepeatedState(_) => "invalid_state",
    };
    Problem::new(422, code, error)
}

fn too_much() -> Problem {
    Problem::new(
        422,
        "limit_exceeded",
        format!(
            "A company has at most {} rules, and in all of them {} phrases and {} bytes.",
            limits::RULES,
            limits::RULE_SET_PHRASES,
            limits::RULE_SET_BYTES
        ),
    )
}

fn not_found() -> Problem {
    Problem::not_found("rule")
}
