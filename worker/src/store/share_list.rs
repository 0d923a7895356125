//! A publisher's list of its shares.

use econsent_core::certificate_id::CertificateId;
use econsent_core::ids::{CompanyId, KeyId, ShareId};
use econsent_core::partner::AccessLevel;
use econsent_core::share::ShareStatus;
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::partners::partner_revoked;
use super::properties::flag;
use super::{Bind, Db, StoreError, rows};

/// A share in its publisher's list.
#[derive(Deserialize)]
pub struct Listed {
    /// The certificate's session.
    pub session_id: String,
    /// Hex of the certificate's hash.
    pub hash: String,
    /// Of which property; unreadable when somebody changed it.
    pub property_id: String,
    /// Its routing tag's share.
    pub share_id: ShareId,
    /// Whom it is for.
    pub target_company_id: Option<CompanyId>,
    /// What that company is called.
    pub target_name: Option<String>,
    /// What it lets them do.
    pub access_level: AccessLevel,
    /// A company, or `system`.
    pub shared_by: String,
    /// How it stands.
    pub status: ShareStatus,
    /// When it was made.
    pub created_at: i64,
    /// Until when it can be claimed.
    pub expires_at: i64,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// Who has claimed it.
    pub claimed_by: Option<CompanyId>,
    /// The key that its token is derived from.
    pub kid: KeyId,
    /// Whether its partnership has been revoked since.
    #[serde(deserialize_with = "flag")]
    pub partner_revoked: bool,
}

/// Which of a publisher's shares are listed.
pub struct Filter<'a> {
    /// How they stand.
    pub status: Option<ShareStatus>,
    /// Of which certificate.
    pub certificate: Option<&'a CertificateId>,
    /// How many are passed over.
    pub offset: i64,
    /// How many are listed at most.
    pub limit: i64,
    /// Now.
    pub now: Timestamp,
}

/// A page of a publisher's shares, the newest first, and how many there are.
pub async fn of(
    db: &Db,
    company: &CompanyId,
    filter: &Filter<'_>,
) -> Result<(Vec<Listed>, u32), StoreError> {
    #[derive(Deserialize)]
    struct Total {
        total: u32,
    }
    // What has run out is pending in its row until something else happens to the certificate.
    let stored = match filter.status {
        Some(ShareStatus::Expired) => r#"["pending", "expired"]"#.into(),
        Some(status) => format!("[\"{}\"]", status.as_str()),
        None => r#"["pending", "claimed", "revoked", "expired"]"#.into(),
    };
    let expired = match filter.status {
        Some(ShareStatus::Pending) => Some(0),
        Some(ShareStatus::Expired) => Some(1),
        _ => None,
    };
    let hash = filter.certificate.map(|id| id.hash().hex());
    let binds = [
        Bind::Text(company.as_str()),
        Bind::Text(&stored),
        Bind::MaybeNumber(expired),
        Bind::Number(filter.now.millis()),
        Bind::Maybe(hash.as_deref()),
        Bind::Number(filter.offset),
        Bind::Number(filter.limit),
    ];
    let (counted, _) = binds.split_at(5);
    let (page, total) = match filter.certificate {
        Some(_) => (PAGE_OF_CERTIFICATE, TOTAL_OF_CERTIFICATE),
        None => (PAGE, TOTAL),
    };
    let results = db.read(&[(page, &binds), (total, counted)]).await?;
    let total: Vec<Total> = rows(results.get(1))?;
    Ok((rows(results.first())?, total.first().map_or(0, |row| row.total)))
}

macro_rules! of_publisher {
    ($select:expr, $by:literal, $end:literal) => {
        concat!(
            $select,
            "
        FROM shares s JOIN certificates c ON c.certificate = s.certificate
        LEFT JOIN companies target ON target.company_id = s.target_company_id
        WHERE s.company_id = ?1 AND s.status IN (SELECT value FROM json_each(?2))
            AND (?3 IS NULL OR ?3 = (s.status = 'expired' OR s.expires_at <= ?4))
            AND ",
            $by,
            $end
        )
    };
}

macro_rules! page {
    ($by:literal) => {
        of_publisher!(
            concat!(
                "SELECT c.session_id, lower(hex(c.hash)) AS hash, c.property_id, s.share_id,
            s.target_company_id, target.name AS target_name, s.access_level, s.shared_by, s.status,
            s.created_at, s.expires_at, s.ended_at, s.claimed_by, s.kid, ",
                partner_revoked!(),
                " AS partner_revoked"
            ),
            $by,
            " ORDER BY s.created_at DESC, s.share_id DESC LIMIT ?7 OFFSET ?6"
        )
    };
}

/// By shares_by_company.
const PAGE: &str = page!("?5 IS NULL");
const TOTAL: &str = of_publisher!("SELECT count(*) AS total", "?5 IS NULL", "");
/// By the unique index on `hash` and shares_by_certificate.
const PAGE_OF_CERTIFICATE: &str = page!("c.hash = unhex(?5)");
const TOTAL_OF_CERTIFICATE: &str =
    of_publisher!("SELECT count(*) AS total", "c.hash = unhex(?5)", "");
