//! What happens by the clock, in steps that are bounded and may be cut off anywhere.

use econsent_core::certificate_id::CertificateId;
use econsent_core::commitment::Salt;
use econsent_core::custody::{Actor, EventType};
use econsent_core::head::{Step, StepError};
use econsent_core::json::Object;
use worker::{console_error, console_log};

use crate::app::App;
use crate::problem::Problem;
use crate::store::{StoreError, evidence, retention};

/// Certificates expired in one run; what remains is for the next one.
const EXPIRE_AT_ONCE: u32 = 100;
/// How often an event that lost the race for its chain's head is made anew.
const ATTEMPTS: u32 = 3;

/// Takes the evidence of certificates whose retention is over.
pub async fn expire_overdue(app: &App) -> Result<(), Problem> {
    let overdue = retention::overdue(&app.db, App::now(), EXPIRE_AT_ONCE).await?;
    let mut expired = 0_u32;
    for id in &overdue {
        match expire(app, id).await {
            Ok(true) => expired += 1,
            Ok(false) => {}
            Err(problem) => console_error!("retention: {id}: {problem:?}"),
        }
    }
    if !overdue.is_empty() {
        console_log!("retention: {expired} of {} overdue certificates expired", overdue.len());
    }
    Ok(())
}

/// Expires one certificate; false when that is not called for any more, or its chain does not
/// hold: evidence of tampering is not deleted.
async fn expire(app: &App, id: &CertificateId) -> Result<bool, Problem> {
    for _ in 0..ATTEMPTS {
        let now = App::now();
        let stored = evidence::find(&app.db, id).await?;
        let Some(head) = stored.and_then(|stored| stored.head) else { return Ok(false) };
        if !head.retention().is_over(now) {
            return Ok(false);
        }
        let step = Step {
            event_type: EventType::Expired,
            actor: Actor::System,
            at: now,
            details: Object::new(),
            expires_at: head.expires_at,
        };
        let (event, after) = match head.go_on(step, &Salt::new(App::random()?), &app.keys.signing) {
            Ok(next) => next,
            Err(StepError::Illegal(_)) => return Ok(false),
            Err(error) => return Err(Problem::deployment("custody", &error)),
        };
        match retention::expire(&app.db, &event, &after).await {
            Ok(()) => return Ok(true),
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(false)
}
