//! Webhooks and their deliveries. A delivery is written in the batch of what it tells of: the
//! outbox while it waits, the log afterwards.

use econsent_core::ids::{CompanyId, KeyId, WebhookId};
use econsent_core::time::Timestamp;
use econsent_core::webhook::WebhookEvent;
use serde::Deserialize;

use super::mails::LEASE;
use super::{Bind, Db, StoreError};

/// An address that a company is told at.
#[derive(Deserialize)]
pub struct Row {
    /// Which.
    pub webhook_id: WebhookId,
    /// Where.
    pub url: String,
    /// A JSON array of events.
    pub events: String,
    /// Since when.
    pub created_at: i64,
}

/// Every webhook of a company.
pub async fn list(db: &Db, company: &CompanyId) -> Result<Vec<Row>, StoreError> {
    // By webhooks_by_company.
    let sql = "
        SELECT webhook_id, url, events, created_at FROM webhooks
        WHERE company_id = ?1 ORDER BY created_at, webhook_id LIMIT 100";
    db.all(sql, &[Bind::Text(company.as_str())]).await
}

/// A new webhook; false when the company has as many as it may.
pub async fn create(
    db: &Db,
    company: &CompanyId,
    (id, kid): (&WebhookId, &KeyId),
    (url, events): (&str, &[WebhookEvent]),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "
        INSERT INTO webhooks (webhook_id, company_id, url, events, kid, created_at)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6
        WHERE (SELECT count(*) FROM webhooks WHERE company_id = ?2) < 20";
    let events = serde_json::to_string(events).map_err(|e| StoreError::Failed(e.to_string()))?;
    let binds = [
        Bind::Text(id.as_str()),
        Bind::Text(company.as_str()),
        Bind::Text(url),
        Bind::Text(&events),
        Bind::Text(kid.as_str()),
        Bind::Number(now.millis()),
    ];
    Ok(db.run(sql, &binds).await? == 1)
}

/// Removes a webhook and its log; false when the company has no such one.
pub async fn remove(db: &Db, company: &CompanyId, id: &WebhookId) -> Result<bool, StoreError> {
    let sql = "DELETE FROM webhooks WHERE webhook_id = ?1 AND company_id = ?2";
    Ok(db.run(sql, &[Bind::Text(id.as_str()), Bind::Text(company.as_str())]).await? > 0)
}

/// Something to tell a company.
pub struct Event<'a> {
    /// Whom.
    pub company: &'a CompanyId,
    /// What happened.
    pub event: WebhookEvent,
    /// To which certificate.
    pub about: Option<&'a str>,
    /// The body of every delivery.
    pub body: &'a str,
    /// When it happened.
    pub now: Timestamp,
    /// When to tell.
    pub due: Timestamp,
}

/// Inserts a delivery for each of the company's webhooks that asked for the event; its values are
/// [`Event::binds`]. Belongs into the batch of what it tells of.
pub(super) const INSERT: &str = "
    INSERT INTO deliveries (delivery_id, webhook_id, event, about, body, created_at, next_attempt_at)
    SELECT lower(hex(randomblob(16))), w.webhook_id, ?2, ?3, ?4, ?5, ?6 FROM webhooks w
    WHERE w.company_id = ?1
        AND EXISTS (SELECT 1 FROM json_each(w.events) e WHERE e.value = ?2)";

/// Takes back what has not been told yet of a certificate that another one has taken the place of.
/// Bound to the company and the certificate.
pub(super) const FORGET_SUPERSEDED: &str = "
    DELETE FROM deliveries
    WHERE about = ?2 AND event = 'session.certificate.created' AND attempts = 0
        AND webhook_id IN (SELECT webhook_id FROM webhooks WHERE company_id = ?1)";

impl Event<'_> {
    pub(super) fn binds(&self) -> [Bind<'_>; 6] {
        [
            Bind::Text(self.company.as_str()),
            Bind::Text(self.event.as_str()),
            Bind::Maybe(self.about),
            Bind::Text(self.body),
            Bind::Number(self.now.millis()),
            Bind::Number(self.due.millis()),
        ]
    }
}

/// Writes a test delivery; false when the company has no such webhook.
pub async fn test(
    db: &Db,
    company: &CompanyId,
    id: &WebhookId,
    (delivery, body): (&str, &str),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "
        INSERT INTO deliveries (delivery_id, webhook_id, event, body, created_at, next_attempt_at)
        SELECT ?3, webhook_id, 'test', ?4, ?5, ?5 FROM webhooks
        WHERE webhook_id = ?1 AND company_id = ?2";
    let binds = [
        Bind::Text(id.as_str()),
        Bind::Text(company.as_str()),
        Bind::Text(delivery),
        Bind::Text(body),
        Bind::Number(now.millis()),
    ];
    Ok(db.run(sql, &binds).await? == 1)
}

/// A delivery as it goes out.
#[derive(Deserialize)]
pub struct Due {
    /// Which; the same at every attempt.
    pub delivery_id: String,
    /// For which webhook.
    pub webhook_id: WebhookId,
    /// Where to.
    pub url: String,
    /// The key that the secret is derived from.
    pub kid: KeyId,
    /// What happened.
    pub event: WebhookEvent,
    /// The body.
    pub body: String,
    /// How often it was tried, this time included.
    pub attempts: u32,
}

/// Takes deliveries that are due: nobody else takes them during the lease, and a worker that dies
/// meanwhile has lost nothing.
pub async fn take(db: &Db, now: Timestamp) -> Result<Vec<Due>, StoreError> {
    // By deliveries_due.
    let sql = "
        UPDATE deliveries SET attempts = attempts + 1, next_attempt_at = ?2
        WHERE delivery_id IN (
            SELECT delivery_id FROM deliveries WHERE next_attempt_at <= ?1
            ORDER BY next_attempt_at LIMIT 20
        )
        RETURNING delivery_id, webhook_id, event, body, attempts,
            (SELECT w.url FROM webhooks w WHERE w.webhook_id = deliveries.webhook_id) AS url,
            (SELECT w.kid FROM webhooks w WHERE w.webhook_id = deliveries.webhook_id) AS kid";
    let binds = [Bind::Number(now.millis()), Bind::Number((now + LEASE).millis())];
    db.all(sql, &binds).await
}

/// How an attempt ended.
pub struct Outcome<'a> {
    /// The status that came back.
    pub status: Option<u16>,
    /// Why none did.
    pub error: Option<&'a str>,
    /// When it arrived, if it did.
    pub delivered_at: Option<Timestamp>,
    /// When to try again, if ever.
    pub next_attempt_at: Option<Timestamp>,
}

/// Notes how an attempt ended.
pub async fn note(db: &Db, delivery: &str, outcome: &Outcome<'_>) -> Result<(), StoreError> {
    let sql = "
        UPDATE deliveries SET last_status = ?2, last_error = ?3, delivered_at = ?4,
            next_attempt_at = ?5
        WHERE delivery_id = ?1";
    let binds = [
        Bind::Text(delivery),
        Bind::MaybeNumber(outcome.status.map(i64::from)),
        Bind::Maybe(outcome.error),
        Bind::MaybeNumber(outcome.delivered_at.map(Timestamp::millis)),
        Bind::MaybeNumber(outcome.next_attempt_at.map(Timestamp::millis)),
    ];
    db.run(sql, &binds).await?;
    Ok(())
}

/// A line of the log.
#[derive(Deserialize)]
pub struct Logged {
    /// Which.
    pub delivery_id: String,
    /// What happened.
    pub event: WebhookEvent,
    /// To which certificate.
    pub about: Option<String>,
    /// When.
    pub created_at: i64,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub next_attempt_at: Option<i64>,
    /// When it arrived.
    pub delivered_at: Option<i64>,
    /// The last status that came back.
    pub last_status: Option<u16>,
    /// Why none did.
    pub last_error: Option<String>,
}

/// The newest deliveries of a webhook; none when the company has no such one.
pub async fn log(
    db: &Db,
    company: &CompanyId,
    id: &WebhookId,
) -> Result<Option<Vec<Logged>>, StoreError> {
    #[derive(Deserialize)]
    struct Found {
        log: String,
    }
    // By deliveries_by_webhook; bodies stay out of it.
    let sql = "
        SELECT (SELECT json_group_array(json_object(
            'delivery_id', delivery_id, 'event', event, 'about', about, 'created_at', created_at,
            'attempts', attempts, 'next_attempt_at', next_attempt_at,
            'delivered_at', delivered_at, 'last_status', last_status, 'last_error', last_error
        )) FROM (
            SELECT * FROM deliveries d WHERE d.webhook_id = w.webhook_id
            ORDER BY created_at DESC, delivery_id LIMIT 100
        )) AS log
        FROM webhooks w WHERE w.webhook_id = ?1 AND w.company_id = ?2";
    let binds = [Bind::Text(id.as_str()), Bind::Text(company.as_str())];
    let found: Option<Found> = db.first(sql, &binds).await?;
    found
        .map(|found| serde_json::from_str(&found.log))
        .transpose()
        .map_err(|error| StoreError::Failed(error.to_string()))
}

/// Removes the log of what was delivered or given up more than 30 days ago.
pub async fn sweep(db: &Db, now: Timestamp) -> Result<(), StoreError> {
    const DAY: i64 = 24 * 60 * 60 * 1_000;
    let sql = "DELETE FROM deliveries WHERE next_attempt_at IS NULL AND created_at <= ?1";
    db.run(sql, &[Bind::Number(now.millis() - 30 * DAY)]).await?;
    Ok(())
}
