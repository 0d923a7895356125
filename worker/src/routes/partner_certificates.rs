//! `/certificate-sharing/partner-certificates`: what a company was given, its evidence, and checking
//! it again.

use econsent_core::access::Permission;
use econsent_core::bundle::{Bundle, BundledEvent, NamedSignatures};
use econsent_core::commitment::Salt;
use econsent_core::custody::{Actor, EventType};
use econsent_core::head::{DetailedEvent, SignedHead, Step};
use econsent_core::ids::{CompanyId, PropertyId};
use econsent_core::json::Object;
use econsent_core::partner::AccessLevel;
use econsent_core::rules::{self, Level};
use econsent_core::share::{ClaimId, HoldingStatus};
use econsent_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use worker::Response;

use super::{id, moment, optional_moment};
use crate::app::App;
use crate::auth::{self, Caller, Who};
use crate::claiming::{self, Check};
use crate::evidence::Held;
use crate::limit::{self, Limit};
use crate::problem::Problem;
use crate::query;
use crate::recordings;
use crate::request::Request;
use crate::routes::claims::ComplianceView;
use crate::sharing;
use crate::store::bundles::{self, Found, Kept};
use crate::store::claims::{self, Outcome};
use crate::store::holders::{self, Holding};
use crate::store::partner_certificates::{self, Filter, Order, Row, Search};
use crate::store::{StoreError, custody, evidence, rules as rules_store};

/// How often an event that lost the race for its chain's head is made anew.
const ROUNDS: u32 = 8;
/// Longest search.
const SEARCH_CHARS: usize = 200;

/// Which to list, and how.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// From 1.
    page: Option<u32>,
    /// 25 unless given; 100 at most.
    limit: Option<u32>,
    /// pending, claimed, flagged or rejected.
    status: Option<String>,
    /// How a certificate id, session id, domain or publisher's name begins.
    search: Option<String>,
    /// shared_at, captured_at or score; with a hyphen before it from the latest or highest. -shared_at
    /// unless given.
    sort: Option<String>,
}

/// What a company was given.
#[derive(Serialize, ToSchema)]
pub struct HoldingRow {
    #[schema(value_type = u64)]
    claim_id: ClaimId,
    certificate_id: String,
    property_id: PropertyId,
    publisher_company_id: CompanyId,
    publisher_name: String,
    property_domain: String,
    consent_captured_at: Timestamp,
    /// When it first became visible.
    shared_at: Timestamp,
    claimed_at: Option<Timestamp>,
    /// The consumer's state by IP address.
    state: Option<String>,
    /// The consumer's state by the phone's area code, once claimed.
    state_by_phone: Option<String>,
    /// Of the last check; see the notice.
    #[schema(value_type = Option<u8>)]
    score: Option<rules::Score>,
    level: Level,
    status: HoldingStatus,
    has_recording: bool,
    access_level: AccessLevel,
    /// While it can be claimed.
    claim_url: Option<String>,
    /// Until when it can be claimed.
    claim_before: Option<Timestamp>,
}

/// A page of what a company was given.
#[derive(Serialize, ToSchema)]
pub struct HoldingsView {
    items: Vec<HoldingRow>,
    page: u32,
    limit: u32,
    total: u32,
    /// What stands beside every score.
    notice: &'static str,
}

/// What publishers have shared with the company.
#[utoipa::path(get, path = "/certificate-sharing/partner-certificates", tag = "sharing",
    params(ListQuery), security(("cookie" = []), ("key" = ["read"])),
    responses((status = 200, description = "A page.", body = HoldingsView)))]
pub async fn list(request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::View).await?;
    let asked: ListQuery = query::read(&request)?;
    let (page, limit) = query::page(asked.page, asked.limit)?;
    let search = asked.search.as_deref().map(str::trim).filter(|search| !search.is_empty());
    if search.is_some_and(|search| search.chars().count() > SEARCH_CHARS) {
        return Err(query::invalid(format!("search has at most {SEARCH_CHARS} characters.")));
    }
    let search = search.map(|text| Search::of(text, &query::host(text)));
    let sort = asked.sort.as_deref().unwrap_or("-shared_at");
    let (ascending, column) = match sort.strip_prefix('-') {
        Some(column) => (false, column),
        None => (true, sort),
    };
    let order = match column {
        "shared_at" => Order::Shared,
        "captured_at" => Order::Captured,
        "score" => Order::Score,
        _ => return Err(query::invalid("sort is one of shared_at, captured_at, score.")),
    };
    let filter = Filter {
        status: query::word(asked.status.as_deref(), "status")?,
        search: search.as_ref(),
        order,
        ascending,
        offset: query::offset(page, limit),
        limit: limit.into(),
    };
    let (rows, total) = partner_certificates::list(&app.db, &caller.company, &filter).await?;
    let now = App::now();
    let items: Result<Vec<_>, Problem> = rows.into_iter().map(|r| row(app, r, now)).collect();
    let view = HoldingsView { items: items?, page, limit, total, notice: rules::NOTICE };
    Ok(Response::from_json(&view)?)
}

fn row(app: &App, Row { status, given }: Row, now: Timestamp) -> Result<HoldingRow, Problem> {
    let claim_before = optional_moment(given.claim_before).filter(|before| *before > now);
    let offered = given.share_id.zip(given.kid);
    let offered =
        offered.filter(|_| claim_before.is_some() && given.access_level == AccessLevel::Claim);
    let claim_url = offered.map(|(share, kid)| {
        let token = sharing::token(app, &kid, &given.property_id, &share)?;
        Ok::<_, Problem>(sharing::claim_url(app, &token))
    });
    let claim_url = claim_url.transpose()?;
    Ok(HoldingRow {
        claim_id: given.claim_id,
        certificate_id: given.certificate_id,
        property_id: given.property_id,
        publisher_company_id: given.publisher_company_id,
        publisher_name: given.publisher_name,
        property_domain: given.domain,
        consent_captured_at: moment(given.captured_at),
        shared_at: moment(given.shared_at),
        claimed_at: optional_moment(given.claimed_at),
        state: given.by_ip,
        state_by_phone: given.by_phone,
        score: given.score,
        level: given.level,
        status,
        has_recording: given.has_recording,
        access_level: given.access_level,
        claim_before: claim_before.filter(|_| claim_url.is_some()),
        claim_url,
    })
}

/// The evidence of what the company claimed, or of what is shared with it to be viewed. Looking is
/// written into the chain of custody. Personal values are for those who have claimed.
#[utoipa::path(get, path = "/certificate-sharing/partner-certificates/{id}/evidence",
    tag = "sharing", security(("cookie" = []), ("key" = ["read"])),
    params(("id" = u64, Path, description = "A claim id",)),
    responses((status = 200, description = "Everything, checked just now.", body = Object)))]
pub async fn evidence(request: Request, app: &App, claim: &str) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::View).await?;
    let claim_id: ClaimId = id(claim, "partner certificate")?;
    let holding = visible(app, &caller.company, claim_id).await?;
    let certificate = holding.certificate_id().ok_or_else(not_found)?;
    limit::check(app, Limit::Look, &format!("{} {certificate}", caller.company)).await?;
    let url = app.public_url.with(&format!("/certificate/{certificate}"));
    for _ in 0..ROUNDS {
        let held = bundles::find_held(&app.db, &certificate, &url, &caller.company).await?;
        let held = held.ok_or_else(not_found)?;
        let Kept::Readable(mut found) = held.kept else { return Err(sharing::broken()) };
        if found.bundle.record.is_none() && found.bundle.stated.expires_at.is_some() {
            return Err(gone());
        }
        match look(app, &mut found, &caller).await {
            Ok(()) => {}
            Err(StoreError::Conflict(_)) => continue,
            Err(error) => return Err(error.into()),
        }
        let mut report = found.bundle.check_here(&app.keys.signing, &found.expiry_hmac);
        let claimant = holding.claimed_at.map(|_| &caller.company);
        let recording = recordings::check(app, &found.bundle, claimant, &mut report).await?;
        let evidence = Held {
            bundle: &found.bundle,
            report: &report,
            results: &held.results,
            verifications: &held.verifications,
            recording,
            claimed: holding.claimed_at.is_some(),
        };
        let mut document = evidence.document();
        let about = json!({
            "claim_id": claim_id,
            "certificate_id": certificate,
            "certificate_url": url,
            "publisher": { "id": holding.publisher, "name": found.bundle.stated.company },
            "property": { "name": found.bundle.stated.property },
            "claimed_at": optional_moment(holding.claimed_at),
        });
        if let (Some(document), Some(about)) = (document.as_object_mut(), about.as_object()) {
            document.extend(about.clone());
        }
        return Ok(Response::from_json(&document)?);
    }
    Err(Problem::busy())
}

pub(super) fn not_found() -> Problem {
    Problem::not_found("partner certificate")
}

fn gone() -> Problem {
    Problem::new(
        410,
        "certificate_expired",
        "The evidence of this certificate is gone: its retention is over.",
    )
}

/// What the company holds under that id, if it may look at it.
pub(super) async fn visible(
    app: &App,
    company: &CompanyId,
    id: ClaimId,
) -> Result<Holding, Problem> {
    let holding = holders::find(&app.db, company, id).await?.ok_or_else(not_found)?;
    if holding.claimed_at.is_some() || holding.visible {
        return Ok(holding);
    }
    if holding.rejected {
        return Err(Problem::new(
            409,
            "not_claimed",
            "Your consent rules have rejected this certificate, so you have no evidence of it.",
        ));
    }
    Err(not_found())
}

/// Writes into the chain that the company looks, unless the chain does not hold: what was tampered
/// with is shown as it is, and nothing is built on it.
pub(super) async fn look(app: &App, found: &mut Found, caller: &Caller) -> Result<(), StoreError> {
    let bundle = &found.bundle;
    let events: Vec<_> = bundle.custody.iter().map(|bundled| bundled.event.clone()).collect();
    let holds = econsent_core::bundle::head_of(bundle)
        .is_some_and(|head| econsent_core::custody::replay(&events, &head).is_ok());
    let Some(head) = found.signed_head().filter(|_| holds) else { return Ok(()) };
    let step = access(caller, App::now(), head.expires_at);
    let salt = App::random().map_err(|_| StoreError::Failed("no randomness".into()))?;
    let Ok((event, after)) = head.go_on(step, &Salt::new(salt), &app.keys.signing) else {
        return Ok(());
    };
    custody::append(&app.db, std::slice::from_ref(&event), &after, &[]).await?;
    advance(&mut found.bundle, event, &after);
    found.expiry_hmac = after.expiry_hmac;
    Ok(())
}

/// That somebody looks at evidence.
pub(super) fn access(caller: &Caller, now: Timestamp, expires_at: Option<Timestamp>) -> Step {
    let accessor = match &caller.who {
        Who::Person(person) => person.user.to_string(),
        Who::Machine(machine) => machine.key.to_string(),
    };
    Step {
        event_type: EventType::AccessedEvidence,
        actor: Actor::Company(caller.company.clone()),
        at: now,
        details: Object::new().with("accessor_id", accessor),
        expires_at,
    }
}

/// The bundle with one event more.
fn advance(bundle: &mut Bundle, event: DetailedEvent, after: &SignedHead) {
    let details = Some(event.details.canonical());
    bundle.custody.push(BundledEvent { event: event.event, details });
    bundle.head = after.head.canonical();
    bundle.head_signatures = NamedSignatures {
        hmac_kid: after.head.kid.clone(),
        ed25519_kid: after.ed25519_kid.clone(),
        signatures: after.signatures,
    };
    bundle.state = after.state.clone();
    bundle.stated.expires_at = after.expires_at;
}

/// What checking again came to.
#[derive(Serialize, ToSchema)]
pub struct CheckView {
    #[schema(value_type = u64)]
    claim_id: ClaimId,
    certificate_id: String,
    checked_at: Timestamp,
    compliance: ComplianceView,
}

/// Checks a claimed certificate against the company's rules as they are now. Earlier results stay
/// as they were, and so does the claim.
#[utoipa::path(post, path = "/certificate-sharing/partner-certificates/{id}/check",
    tag = "sharing", security(("cookie" = []), ("key" = ["claim"])),
    params(("id" = u64, Path, description = "A claim id",)),
    responses((status = 200, description = "The new result.", body = CheckView)))]
pub async fn check(request: Request, app: &App, claim: &str) -> Result<Response, Problem> {
    let Caller { company, .. } = auth::require(&request, app, Permission::Claim).await?;
    let claim_id: ClaimId = id(claim, "partner certificate")?;
    let holding = visible(app, &company, claim_id).await?;
    let certificate = holding.certificate_id().ok_or_else(not_found)?;
    if holding.claimed_at.is_none() {
        return Err(Problem::new(409, "not_claimed", "Claim the certificate first."));
    }
    limit::check(app, Limit::Check, &format!("{company} {certificate}")).await?;
    let rows = rules_store::list(&app.db, &company).await?;
    let Some(rules) = claiming::compiled(&company, &rows)? else {
        return Err(Problem::new(422, "no_rules", "Your company has no consent rules."));
    };
    for _ in 0..ROUNDS {
        let now = App::now();
        let stored = evidence::find(&app.db, &certificate).await?.ok_or_else(not_found)?;
        claiming::holds(app, &stored, now)?;
        let own = evidence::disclosures(&app.db, &certificate, &company).await?;
        let check = Check::of(Some(&rules), &stored, claiming::states(&stored, &own));
        let head = stored.head.as_ref().ok_or_else(sharing::broken)?;
        let Some(step) = check.step(&company, now, head.expires_at) else {
            return Err(not_found());
        };
        let (event, after) = head
            .go_on(step, &Salt::new(App::random()?), &app.keys.signing)
            .map_err(|error| sharing::refused(&error))?;
        let outcome = Outcome {
            company: &company,
            tag: claim_id.routing_tag(),
            now,
            events: std::slice::from_ref(&event),
            after: &after,
            checked: check.checked(after.head.seq),
            told: &[],
        };
        match claims::check(&app.db, &outcome).await {
            Ok(_) => {}
            Err(StoreError::Conflict(_)) => continue,
            Err(error) => return Err(error.into()),
        }
        app.follow_up.set(true);
        return Ok(Response::from_json(&CheckView {
            claim_id,
            certificate_id: certificate.to_string(),
            checked_at: now,
            compliance: check.compliance.into(),
        })?);
    }
    Err(Problem::busy())
}
