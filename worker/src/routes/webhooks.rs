//! `/api/webhooks`: where a company is told of what happened.

use econsent_core::access::Permission;
use econsent_core::ids::WebhookId;
use econsent_core::json::Object;
use econsent_core::time::Timestamp;
use econsent_core::webhook::{WebhookEvent, WebhookSecret};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::Response;

use super::auth::hex;
use super::{id, moment, optional_moment};
use crate::app::App;
use crate::auth;
use crate::body;
use crate::delivery::Endpoint;
use crate::jobs::{self, Job};
use crate::problem::Problem;
use crate::request::Request;
use crate::store::webhooks;

/// More than any honest call has.
const BODY_BYTES: usize = 8 * 1_024;
/// Twice as many as there are: room for one to come, and for one named twice.
const EVENTS: usize = 12;

/// A webhook to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// https on port 443, a public host name.
    #[schema(max_length = 1024, examples("https://hooks.acme-insurance.com/econsent"))]
    url: String,
    /// What to be told of.
    #[schema(min_items = 1, max_items = 12)]
    events: Vec<WebhookEvent>,
}

/// A webhook.
#[derive(Serialize, ToSchema)]
pub struct WebhookView {
    id: WebhookId,
    url: String,
    events: Vec<WebhookEvent>,
    created_at: Timestamp,
    /// What deliveries are signed with: only in the answer that makes the webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    secret: Option<String>,
}

/// Every webhook of the company.
#[utoipa::path(get, path = "/api/webhooks", tag = "webhooks",
    security(("cookie" = []), ("key" = ["manage"])),
    responses((status = 200, description = "In the order they were made.", body = [WebhookView])))]
pub async fn list(request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    let rows = webhooks::list(&app.db, &caller.company).await?;
    let views: Result<Vec<_>, Problem> = rows
        .into_iter()
        .map(|row| {
            Ok(WebhookView {
                id: row.webhook_id,
                url: row.url,
                events: crate::settings::read(&row.events)?,
                created_at: moment(row.created_at),
                secret: None,
            })
        })
        .collect();
    Ok(Response::from_json(&views?)?)
}

/// Makes a webhook; its secret is shown in this answer and never again.
#[utoipa::path(post, path = "/api/webhooks", tag = "webhooks", request_body = NewWebhook,
    security(("cookie" = []), ("key" = ["manage"])),
    responses((status = 201, description = "With the secret, this once.", body = WebhookView)))]
pub async fn create(mut request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    let asked: NewWebhook = body::json(&mut request, BODY_BYTES).await?;
    let endpoint = Endpoint::parse(&asked.url, app.webhooks_loopback)
        .map_err(|error| Problem::new(422, "webhook_url", error))?;
    let mut events = asked.events;
    if events.len() > EVENTS {
        return Err(Problem::new(422, "limit_exceeded", "A webhook names at most 12 events."));
    }
    events.sort_unstable();
    events.dedup();
    if events.is_empty() {
        return Err(Problem::new(422, "no_events", "A webhook is told of one event at least."));
    }
    let now = App::now();
    let webhook = WebhookId::new(App::random()?);
    let key = app.keys.webhooks.current(now)?;
    let kid = econsent_core::keys::Key::id(key);
    let made = (endpoint.as_str(), events.as_slice());
    if !webhooks::create(&app.db, &caller.company, (&webhook, kid), made, now).await? {
        return Err(Problem::new(422, "limit_exceeded", "A company has at most 20 webhooks."));
    }
    let view = WebhookView {
        secret: Some(WebhookSecret::derive(key, &webhook).reveal().into()),
        id: webhook,
        url: endpoint.as_str().into(),
        events,
        created_at: now,
    };
    Ok(Response::from_json(&view)?.with_status(201))
}

/// Removes a webhook, what it waits for and its log.
#[utoipa::path(delete, path = "/api/webhooks/{id}", tag = "webhooks",
    security(("cookie" = []), ("key" = ["manage"])), params(("id" = WebhookId, Path,)),
    responses((status = 204, description = "Removed.")))]
pub async fn remove(request: Request, app: &App, webhook: &str) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    if !webhooks::remove(&app.db, &caller.company, &id(webhook, "webhook")?).await? {
        return Err(Problem::not_found("webhook"));
    }
    Ok(Response::empty()?.with_status(204))
}

/// A test delivery.
#[derive(Serialize, ToSchema)]
pub struct TestView {
    /// As in `X-EConsent-Delivery`.
    delivery_id: String,
}

/// Sends a test delivery, within seconds.
#[utoipa::path(post, path = "/api/webhooks/{id}/test", tag = "webhooks",
    security(("cookie" = []), ("key" = ["manage"])), params(("id" = WebhookId, Path,)),
    responses((status = 202, description = "On its way.", body = TestView)))]
pub async fn test(request: Request, app: &App, webhook: &str) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    let webhook: WebhookId = id(webhook, "webhook")?;
    let now = App::now();
    let delivery_id = hex(App::random::<16>()?);
    let body = Object::new()
        .with("type", WebhookEvent::Test.as_str())
        .with("created_at", String::from(now))
        .with("data", Object::new())
        .canonical();
    let delivery = (delivery_id.as_str(), body.as_str());
    if !webhooks::test(&app.db, &caller.company, &webhook, delivery, now).await? {
        return Err(Problem::not_found("webhook"));
    }
    jobs::send(app, &Job::Outbox).await;
    Ok(Response::from_json(&TestView { delivery_id })?.with_status(202))
}

/// A delivery in the log, without its body and without what came back.
#[derive(Serialize, ToSchema)]
pub struct DeliveryView {
    id: String,
    event: WebhookEvent,
    certificate_id: Option<String>,
    created_at: Timestamp,
    attempts: u32,
    /// When it is tried next.
    next_attempt_at: Option<Timestamp>,
    delivered_at: Option<Timestamp>,
    /// The last status that came back.
    last_status: Option<u16>,
    /// Why none did.
    last_error: Option<String>,
}

/// The newest deliveries of a webhook.
#[utoipa::path(get, path = "/api/webhooks/{id}/deliveries", tag = "webhooks",
    security(("cookie" = []), ("key" = ["manage"])), params(("id" = WebhookId, Path,)),
    responses((status = 200, description = "The newest first.", body = [DeliveryView])))]
pub async fn deliveries(request: Request, app: &App, webhook: &str) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    let log = webhooks::log(&app.db, &caller.company, &id(webhook, "webhook")?).await?;
    let log = log.ok_or_else(|| Problem::not_found("webhook"))?;
    let views: Vec<_> = log
        .into_iter()
        .map(|row| DeliveryView {
            id: row.delivery_id,
            event: row.event,
            certificate_id: row.about,
            created_at: moment(row.created_at),
            attempts: row.attempts,
            next_attempt_at: optional_moment(row.next_attempt_at),
            delivered_at: optional_moment(row.delivered_at),
            last_status: row.last_status,
            last_error: row.last_error,
        })
        .collect();
    Ok(Response::from_json(&views)?)
}
