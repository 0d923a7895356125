//! What a company does about one consumer's certificates, each as one batch with its event.

use econsent_core::certificate_id::CertificateId;
use econsent_core::head::{DetailedEvent, SignedHead};
use econsent_core::ids::CompanyId;
use econsent_core::time::Timestamp;
use econsent_core::webhook::WebhookEvent;
use serde::Deserialize;

use super::webhooks::Event;
use super::{Bind, Db, StoreError, custody, recordings, webhooks};

/// Whether a company still has what is the consumer's of a certificate: personal values, a lookup key
/// or the recording.
pub async fn holds_values(
    db: &Db,
    id: &CertificateId,
    company: &CompanyId,
) -> Result<bool, StoreError> {
    #[derive(Deserialize)]
    struct Held {
        held: i64,
    }
    // By the unique index on `hash`, then by primary key and contact_lookups_by_certificate.
    let sql = "
        SELECT EXISTS (
            SELECT 1 FROM disclosures d WHERE d.certificate = c.certificate
                AND d.holder = iif(c.company_id = ?2, '', ?2)
        ) OR EXISTS (
            SELECT 1 FROM contact_lookups l WHERE l.certificate = c.certificate
                AND coalesce(l.holder, c.company_id) = ?2
        ) OR EXISTS (
            SELECT 1 FROM recording_keepers k
            WHERE k.certificate = c.certificate AND k.holder = ?2
        ) AS held
        FROM certificates c WHERE c.hash = unhex(?1)";
    let binds = [Bind::Text(&id.hash().hex()), Bind::Text(company.as_str())];
    let held: Option<Held> = db.first(sql, &binds).await?;
    Ok(held.is_some_and(|held| held.held == 1))
}

/// Writes `revoked`, and tells the company's webhooks of it.
///
/// # Errors
/// [`StoreError::Conflict`] when something else happened to the certificate first.
pub async fn revoke(
    db: &Db,
    event: &DetailedEvent,
    after: &SignedHead,
    (company, body): (&CompanyId, &str),
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = after.head.certificate_id.to_string();
    let told = Event {
        company,
        event: WebhookEvent::ConsentRevoked,
        about: Some(&id),
        body,
        now,
        due: now,
    };
    let effects: custody::Effects<'_> = &[(webhooks::INSERT, &told.binds())];
    custody::append(db, core::slice::from_ref(event), after, effects).await?;
    Ok(())
}

/// Writes `restored`.
///
/// # Errors
/// Those of [`revoke`].
pub async fn restore(db: &Db, event: &DetailedEvent, after: &SignedHead) -> Result<(), StoreError> {
    custody::append(db, core::slice::from_ref(event), after, &[]).await?;
    Ok(())
}

/// Writes `erased` and takes away what the company holds of the consumer. Commitments and chain
/// stay, and so does what another company holds by a claim.
///
/// # Errors
/// Those of [`revoke`].
pub async fn erase(
    db: &Db,
    event: &DetailedEvent,
    after: &SignedHead,
    company: &CompanyId,
) -> Result<(), StoreError> {
    let hash = after.head.certificate_id.hash().hex();
    let whose = [Bind::Text(&hash), Bind::Text(company.as_str())];
    let session = after.head.certificate_id.session().as_str();
    let of_session = [Bind::Text(session), Bind::Text(company.as_str())];
    let [close, release] = recordings::ERASE;
    let effects: custody::Effects<'_> = &[
        (DELETE_DISCLOSURES, &whose),
        (DELETE_LOOKUPS, &whose),
        (DELETE_MATCHES, &whose),
        (close, &of_session),
        (release, &of_session),
    ];
    custody::append(db, core::slice::from_ref(event), after, effects).await?;
    Ok(())
}

const DELETE_DISCLOSURES: &str = "
    DELETE FROM disclosures WHERE (certificate, holder) IN (
        SELECT certificate, iif(company_id = ?2, '', ?2) FROM certificates WHERE hash = unhex(?1)
    )";

const DELETE_LOOKUPS: &str = "
    DELETE FROM contact_lookups
    WHERE certificate = (SELECT certificate FROM certificates WHERE hash = unhex(?1))
        AND ?2 = coalesce(holder, (SELECT company_id FROM certificates WHERE hash = unhex(?1)))";

const DELETE_MATCHES: &str = "
    DELETE FROM lead_matches WHERE company_id = ?2
        AND certificate = (SELECT certificate FROM certificates WHERE hash = unhex(?1))";
