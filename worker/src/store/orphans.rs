//! Pending shares whose partnership was revoked, until their chains say so: a sweep that goes around
//! all of them, so that those whose chain cannot go on stand in nobody's way.

use econsent_core::certificate_id::CertificateId;
use econsent_core::ids::CompanyId;
use econsent_core::json::Json;
use econsent_core::json::Object;
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::properties::flag;
use super::shares::Named;
use super::{Bind, Db, StoreError};

/// A certificate with pending shares whose partnership was revoked.
pub struct Orphan {
    /// Which.
    pub id: CertificateId,
    /// The publisher.
    pub company_id: CompanyId,
}

/// What a step of the sweep has found.
pub struct Step {
    /// Certificates whose shares are to end, each once.
    pub orphans: Vec<Orphan>,
    /// Where the next step begins.
    pub next: Place,
}

/// Behind which pending share of which ended partnership a step begins; none for the first one.
pub struct Place(Option<String>);

#[derive(Deserialize)]
struct Looked {
    #[serde(flatten)]
    named: Named,
    company_id: CompanyId,
    ended_at: i64,
    partner_id: i64,
    created_at: i64,
    share_id: String,
    #[serde(deserialize_with = "flag")]
    orphaned: bool,
}

impl Looked {
    fn place(&self) -> String {
        Object::new()
            .with("ended_at", Json::Integer(self.ended_at))
            .with("partner_id", Json::Integer(self.partner_id))
            .with("created_at", Json::Integer(self.created_at))
            .with("share_id", self.share_id.as_str())
            .canonical()
    }
}

/// Looks at up to `limit` pending shares with companies whose partnerships have ended since a
/// moment, from where the last step ended.
pub async fn step(db: &Db, since: Timestamp, limit: u32) -> Result<Step, StoreError> {
    let binds = [Bind::Number(since.millis()), Bind::Number(limit.into())];
    let looked: Vec<Looked> = db.all(SELECT_LOOKED, &binds).await?;
    // A page that is not full was the last one: the next step begins anew.
    let last = looked.last().filter(|_| u32::try_from(looked.len()) == Ok(limit));
    let next = Place(last.map(Looked::place));
    let mut orphans: Vec<Orphan> = Vec::new();
    for looked in looked.into_iter().filter(|looked| looked.orphaned) {
        let Some(id) = looked.named.certificate_id() else { continue };
        if orphans.iter().all(|orphan| orphan.id != id) {
            orphans.push(Orphan { id, company_id: looked.company_id });
        }
    }
    Ok(Step { orphans, next })
}

/// Keeps where the next step begins.
pub async fn went_on(db: &Db, next: &Place) -> Result<(), StoreError> {
    let sql = "
        INSERT INTO sweeps (sweep, place) VALUES ('orphans', coalesce(?1, '{}'))
        ON CONFLICT (sweep) DO UPDATE SET place = excluded.place WHERE place <> excluded.place";
    db.run(sql, &[Bind::Maybe(next.0.as_deref())]).await?;
    Ok(())
}

/// By partners_ended and shares_by_target, in their order. Pending shares of the same company with
/// others are looked at too, and count as much as any: so a step costs the same wherever it is.
const SELECT_LOOKED: &str = "
    SELECT c.session_id, lower(hex(c.hash)) AS hash, c.company_id, w.ended_at, w.partner_id,
        w.created_at, w.share_id, c.property_id = w.property_id AS orphaned
    FROM (
        SELECT p.ended_at, p.partner_id, p.property_id, s.created_at, s.share_id, s.certificate
        FROM (
            SELECT coalesce(v.place ->> 'ended_at', 0) AS ended_at,
                coalesce(v.place ->> 'partner_id', 0) AS partner_id,
                coalesce(v.place ->> 'created_at', 0) AS created_at,
                coalesce(v.place ->> 'share_id', '') AS share_id
            FROM (SELECT 1) LEFT JOIN sweeps v ON v.sweep = 'orphans'
        ) f
        CROSS JOIN partners p ON p.status = 'revoked' AND p.ended_at > ?1
            AND p.ended_at >= f.ended_at AND (p.ended_at, p.partner_id) >= (f.ended_at, f.partner_id)
        CROSS JOIN shares s ON s.target_company_id = p.partner_company_id
            AND s.status = 'pending' AND s.created_at <= p.ended_at
            AND (s.created_at, s.share_id) >
                (iif(p.partner_id = f.partner_id, f.created_at, 0),
                    iif(p.partner_id = f.partner_id, f.share_id, ''))
        ORDER BY p.ended_at, p.partner_id, s.created_at, s.share_id LIMIT ?2
    ) w
    CROSS JOIN certificates c ON c.certificate = w.certificate
    ORDER BY w.ended_at, w.partner_id, w.created_at, w.share_id";
