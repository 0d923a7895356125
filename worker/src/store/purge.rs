//! Recordings that no certificate keeps: found, closed, and forgotten once their bytes are gone.

use econsent_core::ids::{CompanyId, PropertyId, SessionId};
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::{Bind, Db, StoreError};

/// A recording that is going.
#[derive(Deserialize)]
pub struct Going {
    /// Which.
    pub recording: i64,
    /// The visit.
    pub session_id: SessionId,
    /// The publisher.
    pub company_id: CompanyId,
    /// The publisher's website.
    pub property_id: PropertyId,
}

/// Closes up to `limit` recordings whose time to look has come and that nothing keeps, and gives
/// them; those that a certificate keeps are let alone. Closing is what is repeated harmlessly.
pub async fn close(db: &Db, now: Timestamp, limit: u32) -> Result<Vec<Going>, StoreError> {
    let binds = [Bind::Number(now.millis()), Bind::Number(limit.into())];
    // By the partial index recordings_due; keepers by their index.
    let results = db
        .read(&[
            (
                "UPDATE recordings SET due_at = NULL
                 WHERE recording IN (
                    SELECT recording FROM recordings WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2
                 ) AND EXISTS (
                    SELECT 1 FROM recording_keepers k WHERE k.recording = recordings.recording
                 )",
                &binds,
            ),
            (
                "UPDATE recordings SET closed = 1
                 WHERE recording IN (
                    SELECT recording FROM recordings WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2
                 ) AND NOT EXISTS (
                    SELECT 1 FROM recording_keepers k WHERE k.recording = recordings.recording
                 )",
                &binds,
            ),
            (
                "SELECT recording, session_id, company_id, property_id FROM recordings
                 WHERE due_at <= ?1 AND closed = 1 AND NOT EXISTS (
                    SELECT 1 FROM recording_keepers k WHERE k.recording = recordings.recording
                 ) ORDER BY due_at LIMIT ?2",
                &binds,
            ),
        ])
        .await?;
    let Some(going) = results.last() else { return Ok(Vec::new()) };
    going.results().map_err(super::classify)
}

/// Forgets a recording whose bytes are gone.
pub async fn forget(db: &Db, recording: i64) -> Result<(), StoreError> {
    let which = [Bind::Number(recording)];
    db.batch(&[
        ("DELETE FROM recording_chunks WHERE recording = ?1", &which),
        ("DELETE FROM recording_seals WHERE recording = ?1", &which),
        ("DELETE FROM recordings WHERE recording = ?1 AND closed = 1", &which),
    ])
    .await
}
