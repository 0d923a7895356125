//! Holders: the companies that a certificate has become visible to, under a claim id that stays,
//! and what the list of each of them has yet to follow.

use econsent_core::certificate_id::CertificateId;
use econsent_core::ids::{CompanyId, KeyId, PropertyId, ShareId};
use econsent_core::partner::AccessLevel;
use econsent_core::rules::{Compliance, Level, Verdict};
use econsent_core::share::{ClaimId, HoldingStatus};
use econsent_core::text::canonical;
use serde::Deserialize;
use worker::{D1Result, console_error};

use super::partner_certificates::{self, Given, Projected};
use super::partners::partner_revoked;
use super::properties::flag;
use super::shares::Named;
use super::{Bind, Db, StoreError, rows};

/// Every holder of a certificate has something to follow. Bound to the certificate's hash.
pub(super) const CHANGED: &str = "
    UPDATE holders SET changes = changes + 1
    WHERE certificate = (SELECT certificate FROM certificates WHERE hash = unhex(?1))";

/// A company holds a certificate from now on, or has something to follow. Bound to hash, company,
/// tag and moment.
pub(super) const HOLD: &str = "
    INSERT INTO holders (tag, certificate, company_id, since)
    SELECT ?3, c.certificate, ?2, ?4 FROM certificates c WHERE c.hash = unhex(?1)
    ON CONFLICT (certificate, company_id) DO UPDATE SET changes = changes + 1";

/// The claim id of a company's holding. Bound to hash and company.
pub(super) const SELECT_ID: &str = "
    SELECT h.n, h.tag FROM certificates c
    JOIN holders h ON h.certificate = c.certificate AND h.company_id = ?2
    WHERE c.hash = unhex(?1)";

/// A claim id as a statement gives it.
#[derive(Deserialize)]
pub(super) struct IdRow {
    n: u64,
    tag: u8,
}

impl IdRow {
    pub(super) fn claim_id(&self) -> Result<ClaimId, StoreError> {
        ClaimId::new(self.n, self.tag).map_err(|error| StoreError::Failed(error.to_string()))
    }
}

/// What [`SELECT_ID`] gave.
pub(super) fn claim_id(result: Option<&D1Result>) -> Result<ClaimId, StoreError> {
    let found: Vec<IdRow> = rows(result)?;
    let first = found.first().ok_or_else(|| StoreError::Failed("a claim has no id".into()))?;
    first.claim_id()
}

/// What a company holds, under its claim id.
#[derive(Deserialize)]
pub struct Holding {
    #[serde(flatten)]
    named: Named,
    /// Whose the certificate is.
    pub publisher: CompanyId,
    /// When it was claimed, if it was.
    pub claimed_at: Option<i64>,
    /// Whether a share that is meant for the company lets it look.
    #[serde(deserialize_with = "flag")]
    pub visible: bool,
    /// Whether the company's rules have rejected it.
    #[serde(deserialize_with = "flag")]
    pub rejected: bool,
}

impl Holding {
    /// Which certificate.
    pub fn certificate_id(&self) -> Option<CertificateId> {
        self.named.certificate_id()
    }
}

/// What a company holds under that claim id.
pub async fn find(
    db: &Db,
    company: &CompanyId,
    id: ClaimId,
) -> Result<Option<Holding>, StoreError> {
    // By primary key; claims by theirs, shares by shares_by_target and shares_by_certificate.
    let sql = concat!(
        "
        SELECT c.session_id, lower(hex(c.hash)) AS hash, c.company_id AS publisher,
            (SELECT k.claimed_at FROM claims k
                WHERE k.certificate = c.certificate AND k.company_id = h.company_id) AS claimed_at,
            EXISTS (
                SELECT 1 FROM shares s WHERE s.certificate = c.certificate
                    AND s.target_company_id = h.company_id AND s.status IN ('pending', 'expired')
                    AND NOT ",
        partner_revoked!(),
        "
            ) AS visible,
            EXISTS (
                SELECT 1 FROM shares s JOIN rejections x
                    ON x.share_id = s.share_id AND x.company_id = h.company_id
                WHERE s.certificate = c.certificate
            ) AS rejected
        FROM holders h JOIN certificates c ON c.certificate = h.certificate
        WHERE h.n = ?1 AND h.tag = ?2 AND h.company_id = ?3"
    );
    let binds = [
        Bind::Number(i64::try_from(id.n()).unwrap_or(i64::MAX)),
        Bind::Number(id.routing_tag().into()),
        Bind::Text(company.as_str()),
    ];
    db.first(sql, &binds).await
}

/// By what a company may look at another's certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// It has claimed it.
    Claim,
    /// A share that is meant for it lets it look.
    Share,
}

/// By what a company may look at a certificate of another; none when it may not.
pub async fn sight(
    db: &Db,
    company: &CompanyId,
    certificate: &CertificateId,
) -> Result<Option<Sight>, StoreError> {
    #[derive(Deserialize)]
    struct Row {
        #[serde(deserialize_with = "flag")]
        claimed: bool,
        #[serde(deserialize_with = "flag")]
        shared: bool,
    }
    // By the unique index on `hash`; claims by primary key, shares by shares_by_certificate.
    let sql = "
        SELECT EXISTS (
            SELECT 1 FROM claims k WHERE k.certificate = c.certificate AND k.company_id = ?2
        ) AS claimed, EXISTS (
            SELECT 1 FROM shares s WHERE s.certificate = c.certificate
                AND s.target_company_id = ?2 AND s.status IN ('pending', 'expired')
                AND NOT EXISTS (
                    SELECT 1 FROM partners p
                    WHERE p.partner_company_id = s.target_company_id AND p.status = 'revoked'
                        AND p.property_id = c.property_id AND p.ended_at >= s.created_at
                )
        ) AS shared
        FROM certificates c WHERE c.hash = unhex(?1) AND c.session_id = ?3";
    let hash = certificate.hash().hex();
    let binds = [
        Bind::Text(&hash),
        Bind::Text(company.as_str()),
        Bind::Text(certificate.session().as_str()),
    ];
    Ok(match db.first::<Row>(sql, &binds).await? {
        Some(row) if row.claimed => Some(Sight::Claim),
        Some(row) if row.shared => Some(Sight::Share),
        _ => None,
    })
}

/// Holdings whose lists are brought up to date in one go.
const BEHIND: u32 = 200;

/// Brings lists up to date with up to [`BEHIND`] holdings that have changed; true when there may be
/// more. Three round trips, and any of them may be lost: what was done twice is as if done once,
/// and an older state never takes a newer one's place.
pub async fn project(db: &Db) -> Result<bool, StoreError> {
    let binds = [Bind::Number(BEHIND.into())];
    let behind: Vec<Behind> = db.all(SELECT_BEHIND, &binds).await?;
    if behind.is_empty() {
        return Ok(false);
    }
    // One that cannot be read, since somebody changed it, stands in nobody's way.
    let projected = behind.iter().filter_map(|row| match row.projected() {
        Ok(projected) => Some(projected),
        Err(error) => {
            console_error!("list: {error}");
            None
        }
    });
    let projected: Vec<Projected> = projected.collect();
    partner_certificates::project(db, &projected).await?;
    let done = behind.iter().map(|row| serde_json::json!({ "n": row.n, "changes": row.changes }));
    let done = serde_json::Value::from_iter(done).to_string();
    db.run(UPDATE_PROJECTED, &[Bind::Text(&done)]).await?;
    Ok(behind.len() == BEHIND as usize)
}

/// By primary key.
const UPDATE_PROJECTED: &str = "
    UPDATE holders SET projected = q.value ->> 'changes' FROM json_each(?1) q
    WHERE holders.n = q.value ->> 'n' AND holders.projected < q.value ->> 'changes'";

/// By holders_behind; the rest by primary keys, shares_by_certificate and shares_by_target. Of
/// several shares the one that can be claimed longest counts.
const SELECT_BEHIND: &str = concat!(
    "
    SELECT h.n, h.tag, h.changes, h.company_id, h.since, c.session_id, lower(hex(c.hash)) AS hash,
        c.property_id, c.company_id AS publisher, publisher.name AS publisher_name, c.domain,
        c.timestamp AS captured_at, r.certificate IS NOT NULL AS retained,
        iif(r.country = 'US' AND length(r.region) = 2, r.region, NULL) AS by_ip,
        r.recording IS NOT NULL AND EXISTS (
            SELECT 1 FROM recording_keepers k WHERE k.certificate = c.certificate AND k.holder = iif(
                EXISTS (SELECT 1 FROM claims m
                    WHERE m.certificate = c.certificate AND m.company_id = h.company_id),
                h.company_id, c.company_id)
        ) AS has_recording,
        (SELECT k.claimed_at FROM claims k
            WHERE k.certificate = c.certificate AND k.company_id = h.company_id) AS claimed_at,
        (SELECT json_object('by_phone', x.by_phone, 'result', json(x.result))
            FROM compliance_results x
            WHERE x.certificate = c.certificate AND x.company_id = h.company_id
            ORDER BY x.seq DESC LIMIT 1) AS checked,
        (SELECT json_object('share_id', s.share_id, 'kid', s.kid, 'expires_at', s.expires_at,
                'access_level', s.access_level, 'pending', s.status = 'pending')
            FROM shares s
            WHERE s.certificate = c.certificate AND s.target_company_id = h.company_id
                AND s.status IN ('pending', 'expired') AND NOT ",
    partner_revoked!(),
    "
            ORDER BY s.expires_at DESC LIMIT 1) AS meant,
        (SELECT json_object('share_id', s.share_id, 'kid', s.kid, 'expires_at', s.expires_at,
                'access_level', s.access_level, 'pending', s.status = 'pending')
            FROM shares s JOIN rejections x
                ON x.share_id = s.share_id AND x.company_id = h.company_id
            WHERE s.certificate = c.certificate
            ORDER BY s.status = 'pending' DESC, s.expires_at DESC LIMIT 1) AS rejected
    FROM holders h
    JOIN certificates c ON c.certificate = h.certificate
    JOIN companies publisher ON publisher.company_id = c.company_id
    LEFT JOIN records r ON r.certificate = c.certificate
    WHERE h.projected < h.changes ORDER BY h.n LIMIT ?1"
);

#[derive(Deserialize)]
struct Behind {
    n: u64,
    tag: u8,
    changes: i64,
    company_id: CompanyId,
    since: i64,
    session_id: String,
    hash: String,
    // What somebody changed concerns one row: it is read when the others have been.
    property_id: String,
    publisher: CompanyId,
    publisher_name: String,
    domain: String,
    captured_at: i64,
    #[serde(deserialize_with = "flag")]
    retained: bool,
    by_ip: Option<String>,
    #[serde(deserialize_with = "flag")]
    has_recording: bool,
    claimed_at: Option<i64>,
    checked: Option<String>,
    meant: Option<String>,
    rejected: Option<String>,
}

#[derive(Deserialize)]
struct Checked {
    by_phone: Option<String>,
    result: Compliance,
}

#[derive(Deserialize)]
struct Offered {
    share_id: ShareId,
    kid: KeyId,
    expires_at: i64,
    access_level: AccessLevel,
    #[serde(deserialize_with = "flag")]
    pending: bool,
}

impl Behind {
    fn projected(&self) -> Result<Projected, StoreError> {
        let failed = |what: &str| StoreError::Failed(format!("holder {}: {what}", self.n));
        let certificate_id = Named::id(&self.session_id, &self.hash).ok_or_else(|| failed("id"))?;
        let property_id: PropertyId = self.property_id.parse().map_err(|_| failed("property"))?;
        let checked: Option<Checked> = read(self.checked.as_deref())?;
        let meant: Option<Offered> = read(self.meant.as_deref())?;
        let rejected: Option<Offered> = read(self.rejected.as_deref())?;
        let is_rejected = rejected.is_some();
        let offered = meant.or(rejected);
        let result = checked.as_ref().map(|checked| &checked.result);
        let in_order = result
            .is_none_or(|result| matches!(result.status, Verdict::Pass | Verdict::NotChecked));
        let claimed = self.claimed_at.is_some();
        let given = claimed || (self.retained && offered.is_some());
        let claimable = offered.as_ref().filter(|offered| !claimed && offered.pending);
        let claim_id =
            ClaimId::new(self.n, self.tag).map_err(|error| failed(&error.to_string()))?;
        // What the phone tells is for those who have claimed, as the phone itself is.
        let by_phone = checked.as_ref().filter(|_| claimed).and_then(|c| c.by_phone.clone());
        Ok(Projected {
            company_id: self.company_id.clone(),
            version: self.changes,
            status: given.then(|| HoldingStatus::of(claimed, is_rejected, in_order)),
            publisher_canonical: canonical(&self.publisher_name),
            given: Given {
                claim_id,
                certificate_id: certificate_id.to_string(),
                property_id,
                publisher_company_id: self.publisher.clone(),
                publisher_name: self.publisher_name.clone(),
                domain: self.domain.clone(),
                captured_at: self.captured_at,
                shared_at: self.since,
                claimed_at: self.claimed_at,
                by_ip: self.by_ip.clone(),
                by_phone,
                score: result.and_then(|result| result.score),
                level: result.map_or(Level::NotChecked, |result| result.level),
                has_recording: self.has_recording,
                access_level: offered.as_ref().map_or(AccessLevel::Claim, |o| o.access_level),
                share_id: claimable.map(|o| o.share_id.clone()),
                kid: claimable.map(|o| o.kid.clone()),
                claim_before: claimable.map(|o| o.expires_at),
            },
        })
    }
}

fn read<T: serde::de::DeserializeOwned>(json: Option<&str>) -> Result<Option<T>, StoreError> {
    json.map(serde_json::from_str)
        .transpose()
        .map_err(|error| StoreError::Failed(format!("a holding: {error}")))
}
