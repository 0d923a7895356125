//! `/api/properties`: a company's websites, what their tracker does, and whether it is there.

use econsent_core::access::Permission;
use econsent_core::contact::CallingCode;
use econsent_core::ids::{Origin, PropertyId};
use econsent_core::name::Name;
use econsent_core::origins::OriginPattern;
use econsent_core::retention::Term;
use econsent_core::selector::{self, Selector};
use econsent_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::Response;

use super::{id, moment, optional_moment};
use crate::app::App;
use crate::auth;
use crate::body;
use crate::jobs::SeenConsent;
use crate::problem::Problem;
use crate::request::Request;
use crate::settings::{self, ConsentSelector, PublicLevel};
use crate::store::properties::{self, Row, Values};
use crate::store::{StoreError, installs};

/// Room for every list at its longest.
const BODY_BYTES: usize = 128 * 1_024;
/// Patterns of one property.
const ORIGINS: usize = 100;

/// A property to make, or everything that one is set to from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PropertyInput {
    name: Name,
    /// Where it may be used; none switches it off.
    #[serde(default)]
    #[schema(max_items = 100)]
    origins: Vec<OriginPattern>,
    /// Elements that are consent without being tagged.
    #[serde(default)]
    #[schema(max_items = 64)]
    consent_selectors: Vec<ConsentSelector>,
    /// Fields that a recording may show.
    #[serde(default)]
    #[schema(max_items = 64)]
    unmasked: Vec<Selector>,
    /// What is taken to stand before phone numbers: 1 unless given.
    #[serde(default = "north_america")]
    calling_code: CallingCode,
    /// What a certificate's public page shows: everything that may be public unless given.
    #[serde(default = "full")]
    public_level: PublicLevel,
    /// How long unclaimed evidence is kept: five years unless given.
    #[serde(default)]
    retention: Term,
    /// Whether recording waits until a notice was shown.
    #[serde(default)]
    record_after_notice: bool,
    /// Whether pages are recorded at all: they are unless given.
    #[serde(default = "yes")]
    recording: bool,
}

const fn yes() -> bool {
    true
}

const fn north_america() -> CallingCode {
    CallingCode::NANP
}

const fn full() -> PublicLevel {
    PublicLevel::Full
}

/// A property.
#[derive(Serialize, ToSchema)]
pub struct PropertyView {
    id: PropertyId,
    name: Name,
    origins: Vec<OriginPattern>,
    consent_selectors: Vec<ConsentSelector>,
    unmasked: Vec<Selector>,
    calling_code: CallingCode,
    public_level: PublicLevel,
    retention: Term,
    record_after_notice: bool,
    recording: bool,
    created_at: Timestamp,
    /// What its owner should know about these settings.
    warnings: Vec<&'static str>,
    /// The script tag to paste into every page with a form.
    snippet: String,
}

/// Every property of the company.
#[utoipa::path(get, path = "/api/properties", tag = "properties",
    security(("cookie" = []), ("key" = ["manage"])),
    responses((status = 200, description = "In the order they were made.", body = [PropertyView])))]
pub async fn list(request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    let rows = properties::list(&app.db, &caller.company).await?;
    let views: Result<Vec<_>, _> = rows.into_iter().map(|row| PropertyView::of(app, row)).collect();
    Ok(Response::from_json(&views?)?)
}

/// Makes a property.
#[utoipa::path(post, path = "/api/properties", tag = "properties", request_body = PropertyInput,
    security(("cookie" = []), ("key" = ["manage"])),
    responses((status = 201, description = "Made.", body = PropertyView)))]
pub async fn create(mut request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    let asked: PropertyInput = body::json(&mut request, BODY_BYTES).await?;
    let property = PropertyId::new(App::random()?);
    let values = asked.values()?;
    properties::write(&app.db, &caller.company, &property, &values, Some(App::now())).await?;
    Ok(answer(app, &caller.company, &property).await?.with_status(201))
}

/// A property.
#[utoipa::path(get, path = "/api/properties/{id}", tag = "properties",
    security(("cookie" = []), ("key" = ["manage"])), params(("id" = PropertyId, Path,)),
    responses((status = 200, description = "As it is set.", body = PropertyView)))]
pub async fn read(request: Request, app: &App, property: &str) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    answer(app, &caller.company, &id(property, "property")?).await
}

/// Sets a property anew, whole: what is left out is as for a new one.
#[utoipa::path(put, path = "/api/properties/{id}", tag = "properties",
    request_body = PropertyInput, security(("cookie" = []), ("key" = ["manage"])),
    params(("id" = PropertyId, Path,)),
    responses((status = 200, description = "As it is set now.", body = PropertyView)))]
pub async fn update(mut request: Request, app: &App, property: &str) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    let property: PropertyId = id(property, "property")?;
    let asked: PropertyInput = body::json(&mut request, BODY_BYTES).await?;
    match properties::write(&app.db, &caller.company, &property, &asked.values()?, None).await {
        Err(StoreError::Conflict(_)) => Err(Problem::not_found("property")),
        result => {
            result?;
            answer(app, &caller.company, &property).await
        }
    }
}

async fn answer(
    app: &App,
    company: &econsent_core::ids::CompanyId,
    property: &PropertyId,
) -> Result<Response, Problem> {
    let row = properties::read(&app.db, company, property).await?;
    let row = row.ok_or_else(|| Problem::not_found("property"))?;
    // Whoever looks at the settings mends what KV may have old.
    settings::publish(app, &row).await?;
    Ok(Response::from_json(&PropertyView::of(app, row)?)?)
}

/// What was seen of the tracker on one origin.
#[derive(Serialize, ToSchema)]
pub struct InstallView {
    origin: Origin,
    /// Whether the property may be used there.
    registered: bool,
    /// When a page last started a session.
    session_at: Option<Timestamp>,
    /// When a certificate last came.
    certificate_at: Option<Timestamp>,
    /// The consents in it.
    consents: Vec<SeenConsent>,
    /// `session`, `certificate`, or the code of the refusal.
    outcome: String,
    outcome_at: Timestamp,
    /// Why a page last submitted without a certificate: `no_tagged_consent`, `wasm_blocked`,
    /// `not_loaded` or `failed`.
    reason: Option<String>,
    reason_at: Option<Timestamp>,
}

/// Where the tracker was seen, when last, with which consents and outcome; some seconds behind.
#[utoipa::path(get, path = "/api/properties/{id}/install", tag = "properties",
    security(("cookie" = []), ("key" = ["manage"])), params(("id" = PropertyId, Path,)),
    responses((status = 200, description = "The last seen first.", body = [InstallView])))]
pub async fn install(request: Request, app: &App, property: &str) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    let property: PropertyId = id(property, "property")?;
    let row = properties::read(&app.db, &caller.company, &property).await?;
    let row = row.ok_or_else(|| Problem::not_found("property"))?;
    let patterns: Vec<OriginPattern> = settings::read(&row.origins)?;
    let seen = installs::list(&app.db, &property).await?;
    let views: Result<Vec<_>, Problem> = seen
        .into_iter()
        .map(|seen| {
            Ok(InstallView {
                registered: patterns.iter().any(|pattern| pattern.matches(&seen.origin)),
                origin: seen.origin,
                session_at: optional_moment(seen.session_at),
                certificate_at: optional_moment(seen.certificate_at),
                consents: settings::read(&seen.consents)?,
                outcome: seen.outcome,
                outcome_at: moment(seen.outcome_at),
                reason: seen.reason,
                reason_at: optional_moment(seen.reason_at),
            })
        })
        .collect();
    Ok(Response::from_json(&views?)?)
}

impl PropertyInput {
    /// Within the limits, each origin once.
    fn values(&self) -> Result<Values<'_>, Problem> {
        let lists = [
            (self.origins.len(), ORIGINS, "origins"),
            (self.consent_selectors.len(), selector::MOST, "consent_selectors"),
            (self.unmasked.len(), selector::MOST, "unmasked"),
        ];
        for (length, most, name) in lists {
            if length > most {
                let detail = format!("{name} has at most {most} items.");
                return Err(Problem::new(422, "limit_exceeded", detail));
            }
        }
        let mut sorted: Vec<_> = self.origins.iter().collect();
        sorted.sort_unstable();
        if sorted.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(Problem::new(422, "repeated_origin", "An origin is listed twice."));
        }
        Ok(Values {
            name: &self.name,
            origins: &self.origins,
            selectors: &self.consent_selectors,
            unmasked: &self.unmasked,
            calling_code: self.calling_code,
            public_level: self.public_level,
            retention: self.retention,
            record_after_notice: self.record_after_notice,
            recording: self.recording,
        })
    }
}

impl PropertyView {
    fn of(app: &App, row: Row) -> Result<Self, Problem> {
        let origins: Vec<OriginPattern> = settings::read(&row.origins)?;
        let mut warnings = Vec::new();
        if row.retention.is_short() {
            warnings.push(
                "16 CFR 310.5 asks sellers to keep proof of consent for five years; this \
                 property's goes earlier.",
            );
        }
        if origins.is_empty() {
            warnings.push("No origin is registered, so no page can use this property.");
        }
        let snippet = format!(
            "<script src=\"{}\" data-company=\"{}\" data-property=\"{}\" async></script>",
            app.public_url.with("/tracker.js"),
            row.company_id,
            row.property_id,
        );
        Ok(Self {
            id: row.property_id,
            name: row.name,
            origins,
            consent_selectors: settings::read(&row.selectors)?,
            unmasked: settings::read(&row.unmasked)?,
            calling_code: row.calling_code,
            public_level: row.public_level,
            retention: row.retention,
            record_after_notice: row.record_after_notice,
            recording: row.recording,
            created_at: moment(row.created_at),
            warnings,
            snippet,
        })
    }
}
