//! What is to be shared by itself once it has settled: a row for each new certificate of a property
//! and each partner that it is shared with.

use econsent_core::certificate_id::CertificateId;
use econsent_core::ids::CompanyId;
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::shares::Named;
use super::{Bind, Db, StoreError};

/// Asks for a new certificate to be shared. Belongs into the batch that makes it; bound to its hash
/// and the moment when it will have settled. By partners_auto_sharing.
pub(super) const INSERT: &str = "
    INSERT INTO auto_shares (certificate, company_id, due_at)
    SELECT c.certificate, p.partner_company_id, ?2 FROM certificates c
    JOIN partners p ON p.property_id = c.property_id AND p.status = 'active' AND p.auto_share = 1
    WHERE c.hash = unhex(?1)";

/// Takes back what has not been shared yet of a certificate that another one has taken the place
/// of. Bound to the earlier one's hash and the company whose both are. By primary key.
pub(super) const FORGET_SUPERSEDED: &str = "
    DELETE FROM auto_shares WHERE certificate = (
        SELECT certificate FROM certificates WHERE hash = unhex(?1) AND company_id = ?2
    )";

/// A certificate that has settled.
#[derive(Deserialize)]
pub struct Due {
    #[serde(flatten)]
    named: Named,
    /// The publisher.
    pub company_id: CompanyId,
    /// Whom it is shared with.
    pub target: CompanyId,
}

impl Due {
    /// Which certificate.
    pub fn certificate_id(&self) -> Option<CertificateId> {
        self.named.certificate_id()
    }
}

/// Up to `limit` certificates that have settled, with partners that are still to be shared with.
/// What belongs to a partnership that has ended is let go.
pub async fn due(db: &Db, now: Timestamp, limit: u32) -> Result<Vec<Due>, StoreError> {
    // By auto_shares_due, primary keys and partners_active.
    let ended = "
        DELETE FROM auto_shares WHERE (certificate, company_id) IN (
            SELECT a.certificate, a.company_id FROM auto_shares a
            JOIN certificates c ON c.certificate = a.certificate
            WHERE a.due_at <= ?1 AND NOT EXISTS (
                SELECT 1 FROM partners p
                WHERE p.property_id = c.property_id AND p.partner_company_id = a.company_id
                    AND p.status = 'active' AND p.auto_share = 1
            ) ORDER BY a.due_at LIMIT 1000
        )";
    let sql = "
        SELECT c.session_id, lower(hex(c.hash)) AS hash, c.company_id, a.company_id AS target
        FROM auto_shares a JOIN certificates c ON c.certificate = a.certificate
        WHERE a.due_at <= ?1 ORDER BY a.due_at, a.certificate LIMIT ?2";
    let now = Bind::Number(now.millis());
    let before = [now.clone()];
    let results = db.read(&[(ended, &before), (sql, &[now, Bind::Number(limit.into())])]).await?;
    super::rows(results.last())
}

/// Lets go of what cannot be shared, or is shared already. By primary key.
pub async fn forget(db: &Db, ids: &[CertificateId], target: &CompanyId) -> Result<(), StoreError> {
    let sql = "
        DELETE FROM auto_shares WHERE company_id = ?2 AND certificate IN (
            SELECT c.certificate FROM json_each(?1) q
            CROSS JOIN certificates c ON c.hash = unhex(q.value)
        )";
    let hashes: Vec<String> = ids.iter().map(|id| id.hash().hex()).collect();
    let hashes = serde_json::Value::from(hashes).to_string();
    db.run(sql, &[Bind::Text(&hashes), Bind::Text(target.as_str())]).await?;
    Ok(())
}
