//! Retention: which certificates' time is over, and taking their evidence away.

use econsent_core::certificate_id::CertificateId;
use econsent_core::head::{DetailedEvent, SignedHead};
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::{Bind, Db, StoreError, custody};

/// Up to `limit` certificates whose evidence has to go, the longest overdue first.
pub async fn overdue(
    db: &Db,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<CertificateId>, StoreError> {
    #[derive(Deserialize)]
    struct Row {
        session_id: String,
        hash: String,
    }
    // By the partial index certificates_expiring.
    let sql = "
        SELECT session_id, lower(hex(hash)) AS hash FROM certificates
        WHERE expires_at <= ?1 AND state ->> 'status' = 'active' ORDER BY expires_at LIMIT ?2";
    let binds = [Bind::Number(now.millis()), Bind::Number(limit.into())];
    let rows: Vec<Row> = db.all(sql, &binds).await?;
    let ids = rows.into_iter().filter_map(|row| {
        Some(CertificateId::new(row.session_id.parse().ok()?, row.hash.parse().ok()?))
    });
    Ok(ids.collect())
}

/// Writes `expired` and takes record and personal values away, in one batch.
///
/// # Errors
/// [`StoreError::Conflict`] when something else happened to the certificate first.
pub async fn expire(db: &Db, event: &DetailedEvent, after: &SignedHead) -> Result<(), StoreError> {
    let hash = after.head.certificate_id.hash().hex();
    let certificate = [Bind::Text(&hash)];
    let effects: custody::Effects<'_> = &[
        (DELETE_RECORD, &certificate),
        (DELETE_DISCLOSURES, &certificate),
        (DELETE_LOOKUPS, &certificate),
    ];
    custody::append(db, event, after, effects).await
}

const DELETE_RECORD: &str = "
    DELETE FROM records
    WHERE certificate = (SELECT certificate FROM certificates WHERE hash = unhex(?1))";

const DELETE_DISCLOSURES: &str = "
    DELETE FROM disclosures
    WHERE certificate = (SELECT certificate FROM certificates WHERE hash = unhex(?1))";

const DELETE_LOOKUPS: &str = "
    DELETE FROM contact_lookups
    WHERE certificate = (SELECT certificate FROM certificates WHERE hash = unhex(?1))";
