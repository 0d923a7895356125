//! Shares: what a publisher's certificates were handed on by, as whoever decides about them reads it.

use std::collections::BTreeMap;

use econsent_core::certificate_id::CertificateId;
use econsent_core::digest::Digest;
use econsent_core::head::SignedHead;
use econsent_core::ids::{CompanyId, KeyId, PropertyId, ShareId};
use econsent_core::json::Object;
use econsent_core::partner::{AccessLevel, Terms};
use econsent_core::retention::Term;
use econsent_core::share::{Share, ShareStatus};
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::columns::moment;
use super::evidence::head_json;
use super::properties::flag;
use super::stored_rows::HeadRow;
use super::{Bind, Db, InJson, StoreError, json_rows, rows};

/// Pending shares that one certificate has at most.
pub const PENDING: usize = 100;

/// A share as it is stored.
#[derive(Deserialize)]
pub struct Row {
    /// Which.
    pub share_id: ShareId,
    /// Whom it is for.
    pub target_company_id: Option<CompanyId>,
    /// What it lets them do.
    pub access_level: AccessLevel,
    /// How it stands.
    pub status: ShareStatus,
    /// Until when it can be claimed.
    pub expires_at: i64,
    /// Who has claimed it.
    pub claimed_by: Option<CompanyId>,
    /// What its caller named it by.
    pub idempotency: Option<Digest>,
    /// The key that its token is derived from.
    pub kid: KeyId,
    /// Whether its partnership has been revoked since.
    #[serde(deserialize_with = "flag")]
    pub partner_revoked: bool,
}

impl Row {
    /// What the decisions about it need to know.
    pub fn share(&self) -> Share {
        Share {
            target: self.target_company_id.clone(),
            access_level: self.access_level,
            status: self.status,
            expires_at: Timestamp::from_millis(self.expires_at).unwrap_or(Timestamp::MAX),
            claimed_by: self.claimed_by.clone(),
            idempotency: self.idempotency,
            partner_revoked: self.partner_revoked,
        }
    }
}

/// The members of a [`Row`] as JSON, of a share `s` of a certificate `c`.
macro_rules! share_json {
    () => {
        concat!(
            "json_object('share_id', s.share_id, 'target_company_id', s.target_company_id,
            'access_level', s.access_level, 'status', s.status, 'expires_at', s.expires_at,
            'claimed_by', s.claimed_by,
            'idempotency', iif(s.idempotency IS NULL, NULL, lower(hex(s.idempotency))),
            'kid', s.kid,
            'partner_revoked', ",
            $crate::store::partners::partner_revoked!(),
            ")"
        )
    };
}
pub(super) use share_json;

/// A certificate that is to be shared, or whose shares are to end.
pub struct Shareable {
    /// Whose website it is of.
    pub property: PropertyId,
    /// The head of its chain; none when that cannot be read.
    pub head: Option<SignedHead>,
    /// When its evidence arrived.
    pub received_at: Timestamp,
    /// For how long its property keeps evidence.
    pub term: Term,
    /// What the property's partnership with the target says, while there is one.
    pub partnership: Option<Terms>,
    /// Its pending shares, and others that the wish may name.
    pub shares: Vec<Row>,
}

/// What sharing needs to know.
pub struct Before {
    /// Whether there is a company of the target's id; true without a target.
    pub target_known: bool,
    /// The publisher's certificates among those that were asked for.
    pub certificates: BTreeMap<CertificateId, Shareable>,
}

/// Whose certificates are read, and for which wish.
pub struct Asked<'a> {
    /// The publisher.
    pub company: &'a CompanyId,
    /// Whom they are to be shared with.
    pub target: Option<&'a CompanyId>,
    /// What the caller names the shares by.
    pub idempotency: Option<&'a Digest>,
}

/// A publisher's certificates with what sharing them needs to know.
pub async fn before(
    db: &Db,
    asked: &Asked<'_>,
    ids: &[CertificateId],
) -> Result<Before, StoreError> {
    #[derive(Deserialize)]
    struct Known {
        #[serde(deserialize_with = "flag")]
        known: bool,
    }
    let list = list(ids);
    let idempotency = asked.idempotency.map(Digest::hex);
    let target = asked.target.map(CompanyId::as_str);
    let binds = [
        Bind::Text(&list),
        Bind::Text(asked.company.as_str()),
        Bind::Maybe(target),
        Bind::Maybe(idempotency.as_deref()),
    ];
    let whom = [Bind::Maybe(target)];
    let known = "
        SELECT ?1 IS NULL OR EXISTS (SELECT 1 FROM companies WHERE company_id = ?1) AS known";
    let results = db.read(&[(known, &whom), (SELECT_SHAREABLE, &binds)]).await?;
    let known: Vec<Known> = rows(results.first())?;
    Ok(Before {
        target_known: known.first().is_some_and(|row| row.known),
        certificates: read(rows(results.get(1))?)?,
    })
}

/// The list of ids as a statement takes it.
fn list(ids: &[CertificateId]) -> String {
    json_rows(
        ids.iter().map(|id| {
            Object::new().with("hash", *id.hash()).with("session", id.session().as_str())
        }),
    )
}

#[derive(Deserialize)]
struct ShareableRow {
    head: InJson<HeadRow>,
    property_id: PropertyId,
    #[serde(deserialize_with = "moment")]
    received_at: Option<Timestamp>,
    retention: Term,
    access_level: Option<AccessLevel>,
    auto_share: Option<u8>,
    shares: String,
}

fn read(found: Vec<ShareableRow>) -> Result<BTreeMap<CertificateId, Shareable>, StoreError> {
    let mut certificates = BTreeMap::new();
    for row in found {
        let InJson(head) = row.head;
        let Some(id) = head.certificate_id() else { continue };
        let shares = serde_json::from_str(&row.shares)
            .map_err(|error| StoreError::Failed(format!("shares of {id}: {error}")))?;
        let shareable = Shareable {
            property: row.property_id,
            head: head.signed(),
            received_at: row.received_at.unwrap_or(Timestamp::MAX),
            term: row.retention,
            partnership: row
                .access_level
                .map(|access_level| Terms { access_level, auto_share: row.auto_share == Some(1) }),
            shares,
        };
        certificates.insert(id, shareable);
    }
    Ok(certificates)
}

/// By the unique index on `hash`, primary keys, partners_active and shares_by_certificate. CROSS
/// JOIN keeps the order, so that the list leads to the index.
const SELECT_SHAREABLE: &str = concat!(
    "
    SELECT ",
    head_json!(),
    " AS head, c.property_id, c.received_at, p.retention, k.access_level, k.auto_share,
        (SELECT json_group_array(json(share)) FROM (
            SELECT ",
    share_json!(),
    " AS share FROM shares s
            WHERE s.certificate = c.certificate AND (s.status = 'pending'
                OR s.target_company_id = ?3 OR s.idempotency = unhex(?4))
            ORDER BY s.created_at DESC, s.share_id LIMIT 1000
        )) AS shares
    FROM json_each(?1) q CROSS JOIN certificates c
        ON c.hash = unhex(q.value ->> 'hash') AND c.session_id = q.value ->> 'session'
    JOIN properties p ON p.property_id = c.property_id
    LEFT JOIN partners k ON k.property_id = c.property_id AND k.partner_company_id = ?3
        AND k.status = 'active'
    WHERE c.company_id = ?2"
);

/// The certificate that a share of that publisher is of.
pub async fn certificate_of(
    db: &Db,
    company: &CompanyId,
    share: &ShareId,
) -> Result<Option<CertificateId>, StoreError> {
    // By primary keys.
    let sql = "
        SELECT c.session_id, lower(hex(c.hash)) AS hash
        FROM shares s JOIN certificates c ON c.certificate = s.certificate
        WHERE s.share_id = ?1 AND s.company_id = ?2";
    let binds = [Bind::Text(share.as_str()), Bind::Text(company.as_str())];
    let named: Option<Named> = db.first(sql, &binds).await?;
    Ok(named.and_then(|named| named.certificate_id()))
}

/// A certificate by name.
#[derive(Deserialize)]
pub(super) struct Named {
    session_id: String,
    hash: String,
}

impl Named {
    pub(super) fn certificate_id(&self) -> Option<CertificateId> {
        Self::id(&self.session_id, &self.hash)
    }

    pub(super) fn id(session: &str, hash: &str) -> Option<CertificateId> {
        Some(CertificateId::new(session.parse().ok()?, hash.parse().ok()?))
    }
}
