//! What a company does about one consumer: revocation, reinstatement and erasure, of one certificate
//! or of all that the consumer's phone or e-mail leads to.

use econsent_core::access::Permission;
use econsent_core::certificate_id::CertificateId;
use econsent_core::consumer::Action;
use econsent_core::contact::{CallingCode, Email, Phone};
use econsent_core::ids::OrderId;
use econsent_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::Response;

use super::{id, moment, optional_moment};
use crate::app::App;
use crate::auth;
use crate::body;
use crate::consumer::{self, Act, Outcome};
use crate::jobs::{self, Job};
use crate::problem::Problem;
use crate::request::Request;
use crate::store::orders::{self, Order};

/// More than any honest call has.
const BODY_BYTES: usize = 4 * 1_024;
/// Longest reason, in characters.
const REASON_CHARS: usize = 200;

/// Why a company does something.
#[derive(Deserialize, ToSchema, Default)]
#[serde(deny_unknown_fields)]
pub struct Why {
    /// One line, for the company's own file; personal values do not belong here.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub(super) reason: Option<String>,
}

/// What a company has done about a certificate.
#[derive(Serialize, ToSchema)]
#[schema(as = ConsumerAction)]
pub struct Acted {
    certificate_id: CertificateId,
    /// Whether this call did it; it may have been done before.
    changed: bool,
    /// Since when the consumer has opted out with this company.
    revoked_at: Option<Timestamp>,
}

/// The consumer has opted out with this company: from now on verifying answers `opted_out` to it.
#[utoipa::path(post, path = "/api/certificates/{id}/revoke", tag = "consumers",
    params(("id" = CertificateId, Path,)), request_body = Why,
    responses((status = 200, description = "Revoked.", body = Acted)))]
pub async fn revoke(request: Request, app: &App, id: &str) -> Result<Response, Problem> {
    act(request, app, id, Action::Revoke).await
}

/// Takes a revocation back, for consent that the consumer has given anew.
#[utoipa::path(post, path = "/api/certificates/{id}/restore", tag = "consumers",
    params(("id" = CertificateId, Path,)), request_body = Why,
    responses((status = 200, description = "Restored.", body = Acted)))]
pub async fn restore(request: Request, app: &App, id: &str) -> Result<Response, Problem> {
    act(request, app, id, Action::Restore).await
}

/// Erases the personal values that this company holds; the certificate still verifies.
#[utoipa::path(post, path = "/api/certificates/{id}/erase", tag = "consumers",
    params(("id" = CertificateId, Path,)), request_body = Why,
    responses((status = 200, description = "Erased.", body = Acted)))]
pub async fn erase(request: Request, app: &App, id: &str) -> Result<Response, Problem> {
    act(request, app, id, Action::Erase).await
}

async fn act(
    mut request: Request,
    app: &App,
    path: &str,
    action: Action,
) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    let certificate_id = CertificateId::parse(path)?;
    let Why { reason } = body::json(&mut request, BODY_BYTES).await?;
    let reason = checked(reason)?;
    let act = Act { action, company: &caller.company, reason: reason.as_deref() };
    match consumer::act(app, &certificate_id, &act).await? {
        Outcome::Done { changed, revoked_at } => {
            Ok(Response::from_json(&Acted { certificate_id, changed, revoked_at })?)
        }
        Outcome::NotFound => Err(Problem::not_found("certificate")),
        Outcome::Broken => Err(Problem::new(
            409,
            "custody_invalid",
            "What is stored of this certificate was changed; nothing is added to it.",
        )),
    }
}

/// One line of at most 200 characters.
pub fn checked(reason: Option<String>) -> Result<Option<String>, Problem> {
    let reason = reason.map(|reason| String::from(reason.trim())).filter(|text| !text.is_empty());
    match reason {
        Some(text) if text.chars().count() > REASON_CHARS || text.chars().any(char::is_control) => {
            Err(Problem::new(422, "limit_exceeded", "A reason is one line of 200 characters."))
        }
        reason => Ok(reason),
    }
}

/// A consumer, by phone, e-mail or both: whatever one of them leads to is meant.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consumer {
    /// As people write it; a number without a country is North American.
    #[serde(default)]
    #[schema(example = "(305) 555-0123", max_length = 64)]
    phone: Option<String>,
    #[serde(default)]
    #[schema(example = "maria.lopez@example.com", max_length = 254)]
    email: Option<String>,
    /// One line, for the company's own file; personal values do not belong here.
    #[serde(default)]
    #[schema(max_length = 200)]
    reason: Option<String>,
}

/// What is done with all certificates of a consumer, and how far it is.
#[derive(Serialize, ToSchema)]
#[schema(as = ConsumerOrder)]
pub struct OrderView {
    id: OrderId,
    #[schema(inline)]
    action: &'static str,
    ordered_at: Timestamp,
    /// Certificates that it has changed so far.
    certificates: u32,
    /// Certificates that it could not change, since what is stored of them was changed.
    skipped: u32,
    /// None while it goes on.
    done_at: Option<Timestamp>,
}

/// Revokes every certificate of a consumer that the company has by now: at once for a few, in the
/// background for more.
#[utoipa::path(post, path = "/api/revocations", tag = "consumers", request_body = Consumer,
    responses((status = 202, description = "Ordered; often done already.", body = OrderView)))]
pub async fn revoke_all(request: Request, app: &App) -> Result<Response, Problem> {
    order(request, app, Action::Revoke).await
}

/// Erases the personal values of a consumer in every certificate that the company has by now.
#[utoipa::path(post, path = "/api/erasures", tag = "consumers", request_body = Consumer,
    responses((status = 202, description = "Ordered; often done already.", body = OrderView)))]
pub async fn erase_all(request: Request, app: &App) -> Result<Response, Problem> {
    order(request, app, Action::Erase).await
}

/// How far a revocation or erasure of all certificates of a consumer is.
#[utoipa::path(get, path = "/api/orders/{id}", tag = "consumers", params(("id" = OrderId, Path,)),
    responses((status = 200, description = "The order.", body = OrderView)))]
pub async fn show(request: Request, app: &App, path: &str) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    let order = orders::find(&app.db, &caller.company, &id(path, "order")?).await?;
    let order = order.ok_or_else(|| Problem::not_found("order"))?;
    Ok(Response::from_json(&OrderView::of(&order))?)
}

async fn order(mut request: Request, app: &App, action: Action) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    let Consumer { phone, email, reason } = body::json(&mut request, BODY_BYTES).await?;
    let (phone, email) = contact(phone.as_deref(), email.as_deref())?;
    let reason = checked(reason)?;
    let act = Act { action, company: &caller.company, reason: reason.as_deref() };
    let lookups = consumer::lookups(app, &caller.company, phone.as_ref(), email.as_ref());
    let order = consumer::order(OrderId::new(App::random()?), &act, &lookups, App::now())?;
    orders::create(&app.db, &order).await?;
    // What the caller waits for is little; the rest goes on without them.
    consumer::step(app, &order).await?;
    let order = orders::find(&app.db, &caller.company, &order.order_id).await?;
    let order = order.ok_or_else(|| Problem::not_found("order"))?;
    if order.done_at.is_none() {
        jobs::send(app, &Job::Orders).await;
    }
    Ok(Response::from_json(&OrderView::of(&order))?.with_status(202))
}

/// A consumer's phone and e-mail in normal form; at least one.
///
/// # Errors
/// 422 `invalid_phone`, `invalid_email` or `no_contact`.
pub fn contact(
    phone: Option<&str>,
    email: Option<&str>,
) -> Result<(Option<Phone>, Option<Email>), Problem> {
    let typed = |text: &&str| !text.trim().is_empty();
    let phone = phone.filter(typed).map(|phone| Phone::parse(phone, CallingCode::NANP));
    let phone = phone.transpose().map_err(|error| Problem::new(422, "invalid_phone", error))?;
    let email = email.filter(typed).map(Email::parse);
    let email = email.transpose().map_err(|error| Problem::new(422, "invalid_email", error))?;
    if phone.is_none() && email.is_none() {
        return Err(Problem::new(422, "no_contact", "Name a phone number or an e-mail address."));
    }
    Ok((phone, email))
}

impl OrderView {
    fn of(order: &Order) -> Self {
        Self {
            id: order.order_id.clone(),
            action: order.action.as_str(),
            ordered_at: moment(order.ordered_at),
            certificates: order.certificates,
            skipped: order.skipped,
            done_at: optional_moment(order.done_at),
        }
    }
}
