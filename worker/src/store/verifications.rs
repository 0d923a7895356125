//! The log of who has verified a certificate: by company and day. It is written through the Queue,
//! which may bring the same twice, and is no part of the chain.

use econsent_core::certificate_id::CertificateId;
use econsent_core::ids::CompanyId;
use econsent_core::json::{Json, Object};
use serde::{Deserialize, Serialize};

use super::{Bind, Db, StoreError, json_rows};

/// Somebody has verified a certificate.
#[derive(Serialize, Deserialize, Clone)]
pub struct Verified {
    /// Which.
    pub certificate_id: CertificateId,
    /// Who; none without a key.
    pub company_id: Option<CompanyId>,
    /// When, in milliseconds.
    pub at: i64,
}

/// Adds to the log. By the unique index on `hash`, then by primary key.
pub async fn add(db: &Db, verified: &[Verified]) -> Result<(), StoreError> {
    let sql = "
        INSERT INTO verifications (certificate, company_id, day, count, last_at)
        SELECT c.certificate, q.value ->> 'company_id', q.value ->> 'day', count(*),
            max(q.value ->> 'at')
        FROM json_each(?1) q CROSS JOIN certificates c ON c.hash = unhex(q.value ->> 'hash')
        GROUP BY c.certificate, q.value ->> 'company_id', q.value ->> 'day'
        ON CONFLICT (certificate, company_id, day) DO UPDATE SET
            count = count + excluded.count, last_at = max(last_at, excluded.last_at)";
    const DAY: i64 = 24 * 60 * 60 * 1_000;
    let list = json_rows(verified.iter().map(|one| {
        Object::new()
            .with("hash", *one.certificate_id.hash())
            .with("company_id", one.company_id.as_ref().map_or("", CompanyId::as_str))
            .with("day", Json::Integer(one.at - one.at.rem_euclid(DAY)))
            .with("at", Json::Integer(one.at))
    }));
    db.run(sql, &[Bind::Text(&list)]).await?;
    Ok(())
}

/// A line of the log.
#[derive(Deserialize)]
pub struct Line {
    /// Who; empty for everybody without a key.
    pub company_id: String,
    /// On which day, in milliseconds at its beginning.
    pub day: i64,
    /// How often.
    pub count: u32,
    /// When last.
    pub last_at: i64,
}

/// The newest lines of a certificate's log. Bound to its hash; by primary key.
pub(super) const SELECT: &str = "
    SELECT v.company_id, v.day, v.count, v.last_at FROM certificates c
    JOIN verifications v ON v.certificate = c.certificate
    WHERE c.hash = unhex(?1) ORDER BY v.day DESC, v.company_id LIMIT 500";
