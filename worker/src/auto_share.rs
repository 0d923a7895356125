//! Sharing by itself: every new certificate of a property with an auto-share partner, once it has
//! settled (seed "Auto-Sharing"; contract §1, §3). At least once, and the same share every time.

use std::collections::BTreeMap;

use econsent_core::certificate_id::CertificateId;
use econsent_core::claim;
use econsent_core::custody::Actor;
use econsent_core::ids::CompanyId;
use worker::console_error;

use crate::app::App;
use crate::problem::Problem;
use crate::sharing::{self, Order};
use crate::store::auto_shares;
use crate::store::orphans::{self, Orphan};

/// Certificates shared in one go.
const PAGE: u32 = 500;
/// Pending shares of partnerships that have ended that are looked at in one go.
const ORPHANS: u32 = 200;

/// Shares what has settled.
pub async fn share_due(app: &App) -> Result<(), Problem> {
    let due = auto_shares::due(&app.db, App::now(), PAGE).await?;
    let mut orders: BTreeMap<(CompanyId, CompanyId), Vec<CertificateId>> = BTreeMap::new();
    for due in due {
        let Some(id) = due.certificate_id() else { continue };
        orders.entry((due.company_id, due.target)).or_default().push(id);
    }
    for ((publisher, target), ids) in orders {
        let shared = share(app, &publisher, &target, &ids).await;
        if shared.is_err() {
            // One that cannot be shared stands in nobody's way.
            for id in &ids {
                one(app, &publisher, &target, id).await;
            }
        }
    }
    Ok(())
}

async fn share(
    app: &App,
    publisher: &CompanyId,
    target: &CompanyId,
    ids: &[CertificateId],
) -> Result<(), Problem> {
    let order = Order {
        publisher,
        ids,
        target: Some(target),
        actor: Actor::System,
        idempotency: None,
        name_ends: false,
    };
    sharing::share_all(app, &order).await?;
    // What was shared before, by hand or by a run that broke off, waits for nothing.
    Ok(auto_shares::forget(&app.db, ids, target).await?)
}

async fn one(app: &App, publisher: &CompanyId, target: &CompanyId, id: &CertificateId) {
    let Err(problem) = share(app, publisher, target, std::slice::from_ref(id)).await else {
        return;
    };
    console_error!("auto-share: {id}: {}", problem.code());
    // What is gone, or was tampered with, will not be shared by trying again.
    let hopeless =
        matches!(problem.status(), 404 | 410 | 422) || problem.code() == "custody_invalid";
    if hopeless
        && let Err(error) = auto_shares::forget(&app.db, std::slice::from_ref(id), target).await
    {
        console_error!("auto-share: {id}: {error}");
    }
}

/// Writes into the chains that shares ended with their partnership. What cannot be written is
/// passed over, and met again when the sweep has gone around.
pub async fn end_orphans(app: &App) -> Result<(), Problem> {
    // Older ones have run out by themselves.
    let since = App::now() - claim::LIFETIME;
    let step = orphans::step(&app.db, since, ORPHANS).await?;
    for Orphan { id, company_id } in &step.orphans {
        if let Err(problem) = sharing::end_orphans(app, company_id, id).await {
            console_error!("revoked partners: {id}: {}", problem.code());
        }
    }
    Ok(orphans::went_on(&app.db, &step.next).await?)
}
