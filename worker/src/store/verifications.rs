//! The log of who has verified a certificate: by company and day. It is written through the Queue,
//! which may bring the same twice, and is no part of the chain.

use econsent_core::certificate_id::CertificateId;
use econsent_core::ids::CompanyId;
use econsent_core::json::{Json, Object};
use serde::{Deserialize, Serialize};

use super::{Bind, Db, StoreError, json_rows, rows};

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

/// The newest lines of a certificate's log, as a company may see them: all of them for the
/// publisher; its own and those of nobody in particular for others. Bound to hash and company; by
/// primary key.
pub(super) const SELECT: &str = "
    SELECT v.company_id, v.day, v.count, v.last_at FROM certificates c
    JOIN verifications v ON v.certificate = c.certificate
    WHERE c.hash = unhex(?1) AND (v.company_id IN (?2, '') OR c.company_id = ?2)
    ORDER BY v.day DESC, v.company_id LIMIT 500";

/// The log of a publisher's certificate; none when the company has no such certificate.
pub async fn of(
    db: &Db,
    id: &CertificateId,
    company: &CompanyId,
) -> Result<Option<Vec<Line>>, StoreError> {
    // By the unique index on `hash`.
    let owned = "
        SELECT c.session_id FROM certificates c
        WHERE c.hash = unhex(?1) AND c.company_id = ?2 AND c.session_id = ?3";
    let hash = id.hash().hex();
    let (by_hash, whose) = (Bind::Text(&hash), Bind::Text(company.as_str()));
    let named = [by_hash.clone(), whose.clone(), Bind::Text(id.session().as_str())];
    let results = db.read(&[(owned, &named), (SELECT, &[by_hash, whose])]).await?;
    let found = !rows::<serde::de::IgnoredAny>(results.first())?.is_empty();
    Ok(if found { Some(rows(results.get(1))?) } else { None })
}
