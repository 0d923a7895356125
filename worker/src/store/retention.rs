//! Retention: which certificates' time is over, and taking their evidence away.

use econsent_core::certificate_id::CertificateId;
use econsent_core::head::{DetailedEvent, SignedHead};
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::{Bind, Db, StoreError, custody, holders, recordings};

/// A certificate whose evidence has to go.
pub struct Overdue {
    /// Its name.
    pub id: CertificateId,
    /// Where the next page goes on.
    pub place: Place,
}

/// A place among the overdue certificates.
#[derive(Clone, Copy, Default)]
pub struct Place {
    expires_at: i64,
    certificate: i64,
}

/// Up to `limit` overdue certificates after a place, the longest overdue first.
pub async fn overdue(
    db: &Db,
    now: Timestamp,
    after: Place,
    limit: u32,
) -> Result<Vec<Overdue>, StoreError> {
    #[derive(Deserialize)]
    struct Row {
        session_id: String,
        hash: String,
        expires_at: i64,
        certificate: i64,
    }
    // By the partial index certificates_expiring; records by primary key.
    let sql = "
        SELECT c.session_id, lower(hex(c.hash)) AS hash, c.expires_at, c.certificate
        FROM certificates c
        WHERE c.expires_at <= ?1 AND (c.expires_at, c.certificate) > (?2, ?3)
            AND EXISTS (SELECT 1 FROM records r WHERE r.certificate = c.certificate)
        ORDER BY c.expires_at, c.certificate LIMIT ?4";
    let binds = [
        Bind::Number(now.millis()),
        Bind::Number(after.expires_at),
        Bind::Number(after.certificate),
        Bind::Number(limit.into()),
    ];
    let rows: Vec<Row> = db.all(sql, &binds).await?;
    let overdue = rows.into_iter().filter_map(|row| {
        let id = CertificateId::new(row.session_id.parse().ok()?, row.hash.parse().ok()?);
        let place = Place { expires_at: row.expires_at, certificate: row.certificate };
        Some(Overdue { id, place })
    });
    Ok(overdue.collect())
}

/// Writes `expired` and takes record and personal values away, in one batch.
///
/// # Errors
/// [`StoreError::Conflict`] when something else happened to the certificate first.
pub async fn expire(db: &Db, event: &DetailedEvent, after: &SignedHead) -> Result<(), StoreError> {
    let hash = after.head.certificate_id.hash().hex();
    let certificate = [Bind::Text(&hash)];
    let [due, release] = recordings::RELEASE;
    let effects: custody::Effects<'_> = &[
        (due, &certificate),
        (release, &certificate),
        (DELETE_RECORD, &certificate),
        (DELETE_DISCLOSURES, &certificate),
        (DELETE_LOOKUPS, &certificate),
        (holders::CHANGED, &certificate),
    ];
    custody::append(db, core::slice::from_ref(event), after, effects).await?;
    Ok(())
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
