//! Where the tracker was seen, with what outcome: what the install check shows.

use econsent_core::ids::{Origin, PropertyId};
use serde::Deserialize;

use super::{Bind, Db, StoreError};
use crate::jobs::Seen;

/// What was seen of a property's tracker on one origin.
#[derive(Deserialize)]
pub struct Row {
    /// Where.
    pub origin: Origin,
    /// When a page last started a session.
    pub session_at: Option<i64>,
    /// When a certificate last came.
    pub certificate_at: Option<i64>,
    /// A JSON array of the consents in it.
    pub consents: String,
    /// How the last call ended.
    pub outcome: String,
    /// When.
    pub outcome_at: i64,
    /// Why a submit last came without a certificate.
    pub reason: Option<String>,
    /// When.
    pub reason_at: Option<i64>,
}

/// Every origin that a property was seen on, the last one first.
pub async fn list(db: &Db, property: &PropertyId) -> Result<Vec<Row>, StoreError> {
    // By primary key.
    let sql = "
        SELECT origin, session_at, certificate_at, consents, outcome, outcome_at, reason, reason_at
        FROM install_checks WHERE property_id = ?1 ORDER BY outcome_at DESC, origin LIMIT 200";
    db.all(sql, &[Bind::Text(property.as_str())]).await
}

/// Writes what was seen, all in one batch; an older note changes nothing. Origins that a stranger
/// made up are kept up to a number, so that nobody fills the table.
pub async fn note(db: &Db, seen: &[Seen]) -> Result<(), StoreError> {
    let notes = serde_json::to_string(seen).map_err(|e| StoreError::Failed(e.to_string()))?;
    db.batch(&[(NOTE, &[Bind::Text(&notes)])]).await
}

const NOTE: &str = "
    INSERT INTO install_checks (property_id, origin, session_at, certificate_at, consents, outcome,
        outcome_at, reason, reason_at)
    SELECT s.property_id, s.origin, iif(s.outcome = 'session', s.at, NULL),
        iif(s.outcome = 'certificate', s.at, NULL), s.consents, s.outcome, s.at,
        iif(s.is_reason, s.outcome, NULL), iif(s.is_reason, s.at, NULL)
    FROM (
        SELECT value ->> 'property_id' AS property_id, value ->> 'origin' AS origin,
            value ->> 'at' AS at, value ->> 'outcome' AS outcome, value -> 'consents' AS consents,
            value ->> 'is_reason' AS is_reason
        FROM json_each(?1)
    ) s
    JOIN properties p ON p.property_id = s.property_id
    WHERE s.outcome IN ('session', 'certificate')
        OR (SELECT count(*) FROM install_checks i WHERE i.property_id = s.property_id) < 100
    ON CONFLICT (property_id, origin) DO UPDATE SET
        session_at = nullif(max(coalesce(session_at, 0), coalesce(excluded.session_at, 0)), 0),
        certificate_at = nullif(
            max(coalesce(certificate_at, 0), coalesce(excluded.certificate_at, 0)), 0),
        consents = iif(excluded.outcome = 'certificate', excluded.consents, consents),
        outcome = iif(excluded.reason IS NULL AND excluded.outcome_at >= outcome_at,
            excluded.outcome, outcome),
        outcome_at = iif(excluded.reason IS NULL, max(outcome_at, excluded.outcome_at), outcome_at),
        reason = iif(coalesce(excluded.reason_at, 0) >= coalesce(reason_at, 0),
            coalesce(excluded.reason, reason), reason),
        reason_at = nullif(max(coalesce(reason_at, 0), coalesce(excluded.reason_at, 0)), 0)";
