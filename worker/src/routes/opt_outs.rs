//! `/opt-out` and `/api/opt-out`: consumers ask; `/api/opt-outs`: companies decide.

use econsent_core::access::Permission;
use econsent_core::certificate_id::CertificateId;
use econsent_core::consumer::Action;
use econsent_core::ids::{OptOutId, OrderId};
use econsent_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use worker::{Response, Url};

use super::consumers::{Why, checked, contact};
use super::{id, moment, optional_moment};
use crate::app::App;
use crate::auth;
use crate::body;
use crate::consumer::{self, Act};
use crate::jobs::{self, Job};
use crate::opt_out;
use crate::pages;
use crate::problem::Problem;
use crate::request::Request;
use crate::store::StoreError;
use crate::store::opt_outs::{self, OptOut};

/// More than any honest call has.
const BODY_BYTES: usize = 4 * 1_024;
/// Items of one page.
const PAGE: u32 = 100;

/// A consumer who asks companies to stop.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OptOutRequest {
    /// As people write it; a number without a country is North American.
    #[serde(default)]
    #[schema(example = "(305) 555-0123", max_length = 64)]
    phone: Option<String>,
    #[serde(default)]
    #[schema(example = "maria.lopez@example.com", max_length = 254)]
    email: Option<String>,
}

/// What everybody is told.
#[derive(Serialize, ToSchema)]
#[schema(as = OptOutReceived)]
pub struct Received {
    #[schema(inline)]
    status: &'static str,
}

/// The form.
pub fn page() -> Result<Response, Problem> {
    Ok(pages::answer_form(&pages::opt_out::form(None), 200)?)
}

/// The form as browsers send it.
pub async fn submit(mut request: Request, app: &App) -> Result<Response, Problem> {
    let header = request.headers().get("Content-Type")?.unwrap_or_default();
    if header.starts_with("application/json") {
        return self::request(request, app).await;
    }
    let body = body::text(&mut request, BODY_BYTES).await?;
    let (mut phone, mut email) = (None, None);
    // A form's body is a query.
    if let Ok(form) = Url::parse(&format!("http://form/?{body}")) {
        for (name, value) in form.query_pairs() {
            match &*name {
                "phone" => phone = Some(value.into_owned()),
                "email" => email = Some(value.into_owned()),
                _ => {}
            }
        }
    }
    match receive(&request, app, phone.as_deref(), email.as_deref()).await {
        Ok(()) => Ok(pages::answer_form(&pages::opt_out::received(), 202)?),
        Err(problem) if problem.status() == 422 => {
            let form = pages::opt_out::form(Some(problem.detail()));
            Ok(pages::answer_form(&form, 422)?)
        }
        Err(problem) => Err(problem),
    }
}

/// Asks every company that has a certificate under this phone or e-mail to stop.
///
/// The answer never says whether there is one, and nothing changes by the request itself: each
/// company is shown it with the deadline of 47 CFR 64.1200(a)(10), and revokes.
#[utoipa::path(post, path = "/api/opt-out", tag = "consumers", request_body = OptOutRequest,
    security(()), responses((status = 202, description = "Received.", body = Received)))]
pub async fn request(mut request: Request, app: &App) -> Result<Response, Problem> {
    let OptOutRequest { phone, email } = body::json(&mut request, BODY_BYTES).await?;
    receive(&request, app, phone.as_deref(), email.as_deref()).await?;
    Ok(Response::from_json(&Received { status: "received" })?.with_status(202))
}

async fn receive(
    request: &Request,
    app: &App,
    phone: Option<&str>,
    email: Option<&str>,
) -> Result<(), Problem> {
    let (phone, email) = contact(phone, email)?;
    let address = request.headers().get("CF-Connecting-IP")?.unwrap_or_default();
    opt_out::receive(app, &address, phone.as_ref(), email.as_ref()).await
}

/// How a company has decided.
#[derive(Deserialize, ToSchema, Clone, Copy)]
#[serde(rename_all = "lowercase")]
#[schema(as = OptOutStatus)]
pub enum Status {
    /// Not yet.
    Pending,
    /// It revokes.
    Confirmed,
    /// It does not, and has said why.
    Declined,
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Declined => "declined",
        }
    }
}

/// Which opt-outs.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Pending ones, unless it says otherwise.
    #[param(inline)]
    status: Option<Status>,
    /// `next_cursor` of the page before.
    cursor: Option<OptOutId>,
}

/// A consumer's opt-out that a company has to decide about.
#[derive(Serialize, ToSchema)]
#[schema(as = OptOut)]
pub struct View {
    id: OptOutId,
    received_at: Timestamp,
    /// Ten business days later (47 CFR 64.1200(a)(10)).
    due_at: Timestamp,
    #[schema(inline, value_type = Status)]
    status: String,
    /// While it is pending: the company's newest certificates of that consumer, up to 20.
    certificates: Vec<CertificateId>,
    decided_at: Option<Timestamp>,
    reason: Option<String>,
    /// What revokes the certificates.
    order_id: Option<OrderId>,
}

/// Opt-outs, the oldest first.
#[derive(Serialize, ToSchema)]
#[schema(as = OptOutList)]
pub struct List {
    items: Vec<View>,
    next_cursor: Option<OptOutId>,
}

/// The opt-outs that this company has to decide about, or has decided.
#[utoipa::path(get, path = "/api/opt-outs", tag = "consumers", params(Asked),
    responses((status = 200, description = "The oldest first.", body = List)))]
pub async fn list(request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    let asked: Asked = request
        .whole()
        .query()
        .map_err(|_| Problem::invalid("invalid_parameter", "expected status and cursor"))?;
    let status = asked.status.unwrap_or(Status::Pending).as_str();
    let cursor = asked.cursor.as_ref();
    let found = opt_outs::list(&app.db, &caller.company, status, cursor, PAGE + 1).await?;
    let items: Vec<View> = found.into_iter().map(View::of).collect();
    let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let more = items.len() > page;
    let items: Vec<View> = items.into_iter().take(page).collect();
    let next_cursor = items.last().filter(|_| more).map(|last| last.id.clone());
    Ok(Response::from_json(&List { items, next_cursor })?)
}

/// Honours an opt-out: every certificate of that consumer is revoked.
#[utoipa::path(post, path = "/api/opt-outs/{id}/confirm", tag = "consumers",
    params(("id" = OptOutId, Path,)), request_body = Why,
    responses((status = 200, description = "Confirmed.", body = View)))]
pub async fn confirm(mut request: Request, app: &App, path: &str) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    let id: OptOutId = id(path, "opt-out")?;
    let Why { reason } = body::json(&mut request, BODY_BYTES).await?;
    let reason = checked(reason)?;
    let found = opt_outs::find(&app.db, &caller.company, &id).await?;
    let found = found.ok_or_else(|| Problem::not_found("opt-out"))?;
    if let Some(lookup) = found.lookup {
        let company = &caller.company;
        let act = Act { action: Action::Revoke, company, reason: reason.as_deref() };
        let now = App::now();
        let order = consumer::order(OrderId::new(App::random()?), &act, &[lookup], now)?;
        match opt_outs::confirm(&app.db, company, &id, &order, now).await {
            Ok(()) => {
                consumer::step(app, &order).await?;
                jobs::send(app, &Job::Orders).await;
            }
            // Somebody else has decided meanwhile: what came of it is told below.
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    decided(app, &caller.company, &id, "confirmed").await
}

/// Why an opt-out is not honoured.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Declined {
    /// One line.
    #[schema(min_length = 1, max_length = 200)]
    reason: String,
}

/// Does not honour an opt-out, with the reason on file.
#[utoipa::path(post, path = "/api/opt-outs/{id}/decline", tag = "consumers",
    params(("id" = OptOutId, Path,)), request_body = Declined,
    responses((status = 200, description = "Declined.", body = View)))]
pub async fn decline(mut request: Request, app: &App, path: &str) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    let id: OptOutId = id(path, "opt-out")?;
    let Declined { reason } = body::json(&mut request, BODY_BYTES).await?;
    let reason = checked(Some(reason))?
        .ok_or_else(|| Problem::new(422, "no_reason", "Say why it is declined."))?;
    let found = opt_outs::find(&app.db, &caller.company, &id).await?;
    let found = found.ok_or_else(|| Problem::not_found("opt-out"))?;
    if found.lookup.is_some() {
        match opt_outs::decline(&app.db, &caller.company, &id, &reason, App::now()).await {
            Ok(()) | Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    decided(app, &caller.company, &id, "declined").await
}

/// What was decided, when it is what the caller asked for.
async fn decided(
    app: &App,
    company: &econsent_core::ids::CompanyId,
    id: &OptOutId,
    asked: &str,
) -> Result<Response, Problem> {
    let found = opt_outs::find(&app.db, company, id).await?;
    let found = found.ok_or_else(|| Problem::not_found("opt-out"))?;
    if found.status != asked {
        return Err(Problem::new(409, "already_decided", "This opt-out was decided otherwise."));
    }
    Ok(Response::from_json(&View::of(found))?)
}

impl View {
    fn of(row: OptOut) -> Self {
        let pairs: Vec<(String, String)> =
            serde_json::from_str(&row.certificates).unwrap_or_default();
        let certificates = pairs.into_iter().filter_map(|(session, hash)| {
            Some(CertificateId::new(session.parse().ok()?, hash.parse().ok()?))
        });
        Self {
            id: row.opt_out_id,
            received_at: moment(row.received_at),
            due_at: moment(row.due_at),
            status: row.status,
            certificates: certificates.collect(),
            decided_at: optional_moment(row.decided_at),
            reason: row.reason,
            order_id: row.order_id,
        }
    }
}
