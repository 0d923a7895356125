//! What happens by the clock, in steps that are bounded and may be cut off anywhere.

use econsent_core::certificate_id::CertificateId;
use econsent_core::commitment::Salt;
use econsent_core::custody::{Actor, EventType};
use econsent_core::head::{Step, StepError};
use econsent_core::json::Object;
use worker::{console_error, console_log};

use crate::app::App;
use crate::problem::Problem;
use crate::store::retention::{Overdue, Place};
use crate::store::{StoreError, evidence, retention};

/// Certificates looked at in one go.
const PAGE: u32 = 50;
/// Goes in one run; what remains is for the next one.
const PAGES: u32 = 10;
/// How often an event that lost the race for its chain's head is made anew.
const ATTEMPTS: u32 = 3;

/// Takes the evidence of certificates whose retention is over. Those that cannot expire, since
/// their chain does not hold, are passed over and stand in nobody's way.
pub async fn expire_overdue(app: &App) -> Result<(), Problem> {
    let (mut expired, mut kept) = (0_u32, 0_u32);
    let mut place = Place::default();
    for _ in 0..PAGES {
        let overdue = retention::overdue(&app.db, App::now(), place, PAGE).await?;
        let Some(last) = overdue.last() else { break };
        place = last.place;
        for Overdue { id, .. } in &overdue {
            match expire(app, id).await {
                Ok(true) => expired += 1,
                Ok(false) => kept += 1,
                Err(problem) => console_error!("retention: {id}: {problem:?}"),
            }
        }
    }
    if expired + kept > 0 {
        console_log!("retention: {expired} certificates expired, {kept} overdue ones kept");
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
            Err(StepError::Illegal(_) | StepError::Broken) => return Ok(false),
            Err(StepError::Key(error)) => return Err(error.into()),
        };
        match retention::expire(&app.db, &event, &after).await {
            Ok(()) => return Ok(true),
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(false)
}
