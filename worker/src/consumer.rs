//! Revoking, restoring and erasing: one certificate at a time, and all certificates of one consumer
//! in steps that are bounded and may be cut off anywhere.

use econsent_core::certificate_id::CertificateId;
use econsent_core::commitment::Salt;
use econsent_core::consumer::{Action, concerns};
use econsent_core::contact::{Email, LookupKeys, Phone};
use econsent_core::custody::Actor;
use econsent_core::head::{SignedHead, Step, StepError};
use econsent_core::ids::{CompanyId, OrderId};
use econsent_core::json::Object;
use econsent_core::keys::Key as _;
use econsent_core::time::Timestamp;
use econsent_core::verify::Stored;
use econsent_core::webhook::WebhookEvent;
use worker::console_error;

use crate::app::App;
use crate::jobs::{self, Job};
use crate::problem::Problem;
use crate::store::certificates::ContactLookups;
use crate::store::orders::{self, Order};
use crate::store::{StoreError, consumers, evidence};

/// How often an event that lost the race for its chain's head is made anew.
const ATTEMPTS: u32 = 4;
/// Certificates of one step of an order: each takes a few round trips.
const STEP: u32 = 20;
/// Orders that one job goes on with.
const ORDERS: u32 = 4;

/// Somebody who does something about a consumer.
pub struct Act<'a> {
    /// What.
    pub action: Action,
    /// Which company.
    pub company: &'a CompanyId,
    /// Why, as the company says.
    pub reason: Option<&'a str>,
}

/// What came of it.
pub enum Outcome {
    /// It was done now, or had been before.
    Done {
        /// Whether it was done now.
        changed: bool,
        /// Since when the consumer has opted out with the company.
        revoked_at: Option<Timestamp>,
    },
    /// The company has no such certificate.
    NotFound,
    /// The chain is not what was signed: nothing is built on it.
    Broken,
}

/// Acts on one certificate.
///
/// # Errors
/// 409 `conflict` when others were faster several times.
pub async fn act(app: &App, id: &CertificateId, act: &Act<'_>) -> Result<Outcome, Problem> {
    for _ in 0..ATTEMPTS {
        let Some(stored) = evidence::find(&app.db, id).await? else { return Ok(Outcome::NotFound) };
        let head = match held(&stored, act.company, app) {
            Ok(head) => head,
            Err(outcome) => return Ok(outcome),
        };
        let now = App::now();
        let holds_values = act.action == Action::Erase
            && consumers::holds_values(&app.db, id, act.company).await?;
        if !act.action.is_open(&head.state, act.company, holds_values) {
            let revoked_at = stored.revoked_at.get(act.company).copied();
            return Ok(Outcome::Done { changed: false, revoked_at });
        }
        match write(app, head, act, now).await? {
            Ok(()) => {
                // What it writes has webhooks, or lists, to follow it.
                if act.action != Action::Restore {
                    jobs::send(app, &Job::Outbox).await;
                }
                let revoked_at = match act.action {
                    Action::Revoke => Some(now),
                    Action::Restore => None,
                    Action::Erase => stored.revoked_at.get(act.company).copied(),
                };
                return Ok(Outcome::Done { changed: true, revoked_at });
            }
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::new(409, "conflict", "Others are changing this certificate. Please try again."))
}

/// The head that an event of the company may continue.
fn held<'a>(stored: &'a Stored, company: &CompanyId, app: &App) -> Result<&'a SignedHead, Outcome> {
    let publisher = stored.company_id.as_ref();
    match stored.held_head(&app.keys.signing) {
        Some(head) if concerns(publisher, &head.state, company) => Ok(head),
        None if publisher == Some(company) => Err(Outcome::Broken),
        _ => Err(Outcome::NotFound),
    }
}

async fn write(
    app: &App,
    head: &SignedHead,
    act: &Act<'_>,
    now: Timestamp,
) -> Result<Result<(), StoreError>, Problem> {
    let step = Step {
        event_type: act.action.event_type(),
        actor: Actor::Company(act.company.clone()),
        at: now,
        details: Object::new().with("reason", act.reason.map(String::from)),
        expires_at: head.expires_at,
    };
    let salt = Salt::new(App::random()?);
    let (event, after) = match head.go_on(step, &salt, &app.keys.signing) {
        Ok(next) => next,
        Err(StepError::Key(error)) => return Err(error.into()),
        // The head was checked, and what is not open was not tried.
        Err(error) => return Err(Problem::deployment("custody", &error)),
    };
    Ok(match act.action {
        Action::Revoke => {
            let body = revoked_body(&after, now);
            consumers::revoke(&app.db, &event, &after, (act.company, &body), now).await
        }
        Action::Restore => consumers::restore(&app.db, &event, &after).await,
        Action::Erase => consumers::erase(&app.db, &event, &after, act.company).await,
    })
}

/// What webhooks tell of an opt-out: nothing of the consumer's.
fn revoked_body(after: &SignedHead, now: Timestamp) -> String {
    let data = Object::new()
        .with("certificate_id", after.head.certificate_id.to_string())
        .with("revoked_at", String::from(now));
    Object::new()
        .with("type", WebhookEvent::ConsentRevoked.as_str())
        .with("created_at", String::from(now))
        .with("data", data)
        .canonical()
}

/// Under what a company that holds a certificate will find it by its consumer's contacts.
pub fn contact_lookups(
    app: &App,
    company: &CompanyId,
    (phone, email): (Option<&Phone>, Option<&Email>),
    now: Timestamp,
) -> Result<ContactLookups, Problem> {
    let master = app.keys.lookups.current(now)?;
    let keys = LookupKeys::of(master, company);
    let found = [phone.map(|phone| keys.phone(phone)), email.map(|email| keys.email(email))];
    Ok(ContactLookups { kid: master.id().clone(), keys: found.into_iter().flatten().collect() })
}

/// Under what a company finds a consumer's certificates, under every master key that there is.
pub fn lookups(
    app: &App,
    company: &CompanyId,
    phone: Option<&Phone>,
    email: Option<&Email>,
) -> Vec<String> {
    let keys = app.keys.lookups.iter().map(|master| LookupKeys::of(master, company));
    let found = keys.flat_map(|keys| {
        [phone.map(|phone| keys.phone(phone)), email.map(|email| keys.email(email))]
    });
    found.flatten().map(|lookup| lookup.hex()).collect()
}

/// An order as it begins.
pub fn order(
    id: OrderId,
    act: &Act<'_>,
    lookups: &[String],
    now: Timestamp,
) -> Result<Order, Problem> {
    let lookups = serde_json::to_string(lookups).map_err(|e| Problem::deployment("json", &e))?;
    Ok(Order {
        order_id: id,
        company_id: act.company.clone(),
        action: act.action,
        lookups: Some(lookups),
        reason: act.reason.map(Into::into),
        ordered_at: now.millis(),
        after: 0,
        certificates: 0,
        skipped: 0,
        done_at: None,
    })
}

/// Goes on with orders that are not done; what is left asks for another go.
pub async fn go_on(app: &App) -> Result<(), Problem> {
    let open = orders::open(&app.db, ORDERS).await?;
    for order in &open {
        step(app, order).await?;
    }
    if !orders::open(&app.db, 1).await?.is_empty() {
        jobs::send(app, &Job::Orders).await;
    }
    Ok(())
}

/// One step of an order.
pub async fn step(app: &App, order: &Order) -> Result<(), Problem> {
    let now = App::now();
    let open: Vec<String> =
        serde_json::from_str(order.lookups.as_deref().unwrap_or("[]")).unwrap_or_default();
    let Some((lookup, rest)) = open.split_first() else {
        return Ok(orders::went_on(&app.db, order, (None, 0), (0, 0), now).await?);
    };
    let meant = orders::meant(&app.db, order, lookup, STEP).await?;
    let (mut changed, mut skipped) = (0, 0);
    let act_of =
        Act { action: order.action, company: &order.company_id, reason: order.reason.as_deref() };
    for id in meant.iter().map(|meant| meant.id.as_ref()) {
        match id {
            Some(id) => match act(app, id, &act_of).await? {
                Outcome::Done { changed: now, .. } => changed += u32::from(now),
                Outcome::NotFound | Outcome::Broken => {
                    console_error!("order {}: {id} was left as it is", order.order_id);
                    skipped += 1;
                }
            },
            None => skipped += 1,
        }
    }
    let whole = meant.len() < usize::try_from(STEP).unwrap_or(usize::MAX);
    let left = serde_json::to_string(rest).map_err(|e| Problem::deployment("json", &e))?;
    let (lookups, after) = match (whole, meant.last()) {
        (false, Some(last)) => (order.lookups.as_deref(), last.certificate),
        _ if rest.is_empty() => (None, 0),
        _ => (Some(left.as_str()), 0),
    };
    Ok(orders::went_on(&app.db, order, (lookups, after), (changed, skipped), now).await?)
}
