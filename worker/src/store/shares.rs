//! Shares: what a publisher's certificates were handed on by, and writing new ones and their ends,
//! many certificates at a time. Each certificate is written whole, with its events, or not at all;
//! one that changed in the meantime spoils no other.

use std::collections::{BTreeMap, BTreeSet};

use econsent_core::certificate_id::CertificateId;
use econsent_core::digest::Digest;
use econsent_core::head::{DetailedEvent, SignedHead};
use econsent_core::ids::{CompanyId, KeyId, PropertyId, ShareId};
use econsent_core::json::{Json, Object};
use econsent_core::partner::AccessLevel;
use econsent_core::retention::Term;
use econsent_core::share::{Share, ShareStatus};
use econsent_core::time::Timestamp;
use econsent_core::webhook::WebhookEvent;
use serde::Deserialize;

use super::custody::{HeadColumns, links};
use super::evidence::{HeadRow, head_columns, moment};
use super::properties::flag;
use super::{Bind, Db, StoreError, json_rows, rows};

/// Certificates written in one round trip.
pub const CHUNK: usize = 100;

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

/// The members of a [`Row`] as JSON, of a share `s` of a certificate `c`. A partnership that was
/// revoked and made anew does not bring its earlier shares back.
macro_rules! share_json {
    () => {
        "json_object('share_id', s.share_id, 'target_company_id', s.target_company_id,
            'access_level', s.access_level, 'status', s.status, 'expires_at', s.expires_at,
            'claimed_by', s.claimed_by,
            'idempotency', iif(s.idempotency IS NULL, NULL, lower(hex(s.idempotency))),
            'kid', s.kid,
            'partner_revoked', EXISTS (
                SELECT 1 FROM partners p
                WHERE p.partner_company_id = s.target_company_id AND p.status = 'revoked'
                    AND p.property_id = c.property_id AND p.ended_at >= s.created_at
            ))"
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
    /// What the target's partnership with the property lets it do, if there is one.
    pub access_level: Option<AccessLevel>,
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
    #[serde(flatten)]
    head: HeadRow,
    property_id: PropertyId,
    received_at: f64,
    retention: Term,
    access_level: Option<AccessLevel>,
    shares: String,
}

fn read(found: Vec<ShareableRow>) -> Result<BTreeMap<CertificateId, Shareable>, StoreError> {
    let mut certificates = BTreeMap::new();
    for row in found {
        let Some(id) = row.head.certificate_id() else { continue };
        let shares = serde_json::from_str(&row.shares)
            .map_err(|error| StoreError::Failed(format!("shares of {id}: {error}")))?;
        let shareable = Shareable {
            property: row.property_id,
            head: row.head.signed(),
            received_at: moment(row.received_at).unwrap_or(Timestamp::MAX),
            term: row.retention,
            access_level: row.access_level,
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
    head_columns!(),
    ", c.property_id, c.received_at, p.retention,
        (SELECT k.access_level FROM partners k WHERE k.property_id = c.property_id
            AND k.partner_company_id = ?3 AND k.status = 'active') AS access_level,
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
    WHERE c.company_id = ?2"
);

/// A new share.
pub struct NewShare {
    /// Which.
    pub id: ShareId,
    /// SHA-256 of its token.
    pub token: Digest,
    /// The key that the token is derived from.
    pub kid: KeyId,
    /// The publisher.
    pub company: CompanyId,
    /// Whom it is for.
    pub target: Option<CompanyId>,
    /// What it lets them do.
    pub access_level: AccessLevel,
    /// A company, or `system`.
    pub shared_by: String,
    /// What its caller named it by.
    pub idempotency: Option<Digest>,
    /// When.
    pub created_at: Timestamp,
    /// Until when it can be claimed.
    pub expires_at: Timestamp,
    /// The routing tag of its property.
    pub tag: u8,
}

/// What happens to one certificate.
pub struct Change {
    /// The head that it starts from.
    pub before: SignedHead,
    /// The events.
    pub events: Vec<DetailedEvent>,
    /// The head after them.
    pub after: SignedHead,
    /// Shares that end, and how.
    pub ends: Vec<(ShareId, ShareStatus)>,
    /// The share that begins.
    pub new: Option<NewShare>,
    /// What webhooks tell of it.
    pub told: Option<String>,
}

/// Writes what happens to several certificates, at most [`CHUNK`] of them, and says which were as
/// their change expects: the others are as they were.
pub async fn write(
    db: &Db,
    changes: &[Change],
    now: Timestamp,
) -> Result<BTreeSet<Digest>, StoreError> {
    #[derive(Deserialize)]
    struct Taken {
        hash: Digest,
    }
    let written = Written::of(changes);
    let events = [Bind::Text(&written.events)];
    let heads = [Bind::Text(&written.heads)];
    let ends = [Bind::Text(&written.ends), Bind::Number(now.millis())];
    let ended = [Bind::Text(&written.ends)];
    let new = [Bind::Text(&written.new)];
    let told = [Bind::Text(&written.told), Bind::Number(now.millis())];
    let results = db
        .read(&[
            (INSERT_EVENTS, &events),
            (INSERT_DETAILS, &events),
            (UPDATE_HEADS, &heads),
            (END_SHARES, &ends),
            (INSERT_SHARES, &new),
            (INSERT_HOLDERS, &new),
            (CHANGE_HOLDERS, &ended),
            (FORGET_AUTO_SHARES, &new),
            (INSERT_DELIVERIES, &told),
            (SELECT_TAKEN, &heads),
        ])
        .await?;
    let taken: Vec<Taken> = rows(results.last())?;
    Ok(taken.into_iter().map(|row| row.hash).collect())
}

/// Changes as parameters of statements.
struct Written {
    events: String,
    heads: String,
    ends: String,
    new: String,
    told: String,
}

impl Written {
    fn of(changes: &[Change]) -> Self {
        let named = |change: &Change| {
            Object::new()
                .with("hash", *change.after.head.certificate_id.hash())
                .with("head", change.after.head.hash)
        };
        Self {
            events: json_rows(changes.iter().map(|change| {
                named(change)
                    .with("before", change.before.head.hash)
                    .with("events", links(&change.events))
            })),
            heads: json_rows(changes.iter().map(|change| {
                let signed = HeadColumns::of(&change.after);
                named(change)
                    .with(
                        "expires_at",
                        change.after.expires_at.map(|end| Json::Integer(end.millis())),
                    )
                    .with("expiry_hmac", signed.expiry_hmac)
                    .with("state", signed.state)
                    .with("kid", change.after.head.kid.as_str())
                    .with("ed25519_kid", change.after.ed25519_kid.as_str())
                    .with("hmac", signed.hmac)
                    .with("ed25519", signed.ed25519)
            })),
            ends: json_rows(changes.iter().flat_map(|change| {
                change.ends.iter().map(move |(share, status)| {
                    named(change).with("share_id", share.as_str()).with("status", status.as_str())
                })
            })),
            new: json_rows(changes.iter().filter_map(|change| {
                let new = change.new.as_ref()?;
                Some(new.document(named(change)))
            })),
            told: json_rows(changes.iter().filter_map(|change| {
                let (body, new) = (change.told.as_ref()?, change.new.as_ref()?);
                let about = String::from(change.after.head.certificate_id.clone());
                Some(
                    named(change)
                        .with("company", new.company.as_str())
                        .with(
                            "target",
                            new.target.as_ref().map(|target| Json::from(target.as_str())),
                        )
                        .with("event", WebhookEvent::CertificateShared.as_str())
                        .with("about", about)
                        .with("body", body.as_str()),
                )
            })),
        }
    }
}

impl NewShare {
    fn document(&self, named: Object) -> Object {
        named
            .with("share_id", self.id.as_str())
            .with("company", self.company.as_str())
            .with("token_sha256", self.token)
            .with("kid", self.kid.as_str())
            .with("target", self.target.as_ref().map(|target| Json::from(target.as_str())))
            .with("access_level", self.access_level.as_str())
            .with("shared_by", self.shared_by.as_str())
            .with("idempotency", self.idempotency.map(|name| Json::from(name.hex())))
            .with("created_at", Json::Integer(self.created_at.millis()))
            .with("expires_at", Json::Integer(self.expires_at.millis()))
            .with("tag", u32::from(self.tag))
    }
}

/// Events of those certificates whose head is still the one that they start from; triggers refuse
/// what does not continue it. By the unique index on `hash`, as in all statements here.
const INSERT_EVENTS: &str = "
    INSERT INTO custody_events (certificate, seq, type, at, actor, details_sha256, prev, hash)
    SELECT c.certificate, e.value ->> 'seq', e.value ->> 'type', e.value ->> 'at',
        e.value ->> 'actor', unhex(e.value ->> 'details_sha256'), unhex(e.value ->> 'prev'),
        unhex(e.value ->> 'hash')
    FROM json_each(?1) q CROSS JOIN certificates c ON c.hash = unhex(q.value ->> 'hash')
        CROSS JOIN json_each(q.value ->> 'events') e
    WHERE c.head_hash = unhex(q.value ->> 'before') ORDER BY q.key, e.key";

/// From here on, a certificate whose head is the new one has taken its change, and no other has.
const INSERT_DETAILS: &str = "
    INSERT INTO custody_details (certificate, seq, details)
    SELECT c.certificate, e.value ->> 'seq', e.value ->> 'details'
    FROM json_each(?1) q CROSS JOIN certificates c ON c.hash = unhex(q.value ->> 'hash')
        CROSS JOIN json_each(q.value ->> 'events') e
    WHERE c.head_hash = unhex(q.value ->> 'head')";

const UPDATE_HEADS: &str = "
    UPDATE certificates SET expires_at = q.value ->> 'expires_at',
        expiry_hmac = unhex(q.value ->> 'expiry_hmac'), state = q.value ->> 'state',
        head_kid = q.value ->> 'kid', head_ed25519_kid = q.value ->> 'ed25519_kid',
        head_hmac = unhex(q.value ->> 'hmac'), head_ed25519 = unhex(q.value ->> 'ed25519')
    FROM json_each(?1) q
    WHERE certificates.hash = unhex(q.value ->> 'hash')
        AND certificates.head_hash = unhex(q.value ->> 'head')";

/// By primary key.
const END_SHARES: &str = "
    UPDATE shares SET status = q.value ->> 'status', ended_at = ?2
    FROM json_each(?1) q CROSS JOIN certificates c ON c.hash = unhex(q.value ->> 'hash')
    WHERE shares.share_id = q.value ->> 'share_id' AND shares.certificate = c.certificate
        AND shares.status = 'pending' AND c.head_hash = unhex(q.value ->> 'head')";

const INSERT_SHARES: &str = "
    INSERT INTO shares (share_id, certificate, company_id, token_sha256, kid, target_company_id,
        access_level, shared_by, idempotency, created_at, expires_at)
    SELECT q.value ->> 'share_id', c.certificate, q.value ->> 'company',
        unhex(q.value ->> 'token_sha256'), q.value ->> 'kid', q.value ->> 'target',
        q.value ->> 'access_level', q.value ->> 'shared_by', unhex(q.value ->> 'idempotency'),
        q.value ->> 'created_at', q.value ->> 'expires_at'
    FROM json_each(?1) q CROSS JOIN certificates c ON c.hash = unhex(q.value ->> 'hash')
    WHERE c.head_hash = unhex(q.value ->> 'head')";

/// Whoever a certificate becomes visible to holds it from now on.
const INSERT_HOLDERS: &str = "
    INSERT INTO holders (tag, certificate, company_id, since)
    SELECT q.value ->> 'tag', c.certificate, q.value ->> 'target', q.value ->> 'created_at'
    FROM json_each(?1) q CROSS JOIN certificates c ON c.hash = unhex(q.value ->> 'hash')
    WHERE c.head_hash = unhex(q.value ->> 'head') AND q.value ->> 'target' IS NOT NULL
    ON CONFLICT (certificate, company_id) DO UPDATE SET changes = changes + 1";

/// By the unique index on certificate and company.
const CHANGE_HOLDERS: &str = "
    UPDATE holders SET changes = changes + 1 WHERE certificate IN (
        SELECT c.certificate
        FROM json_each(?1) q CROSS JOIN certificates c ON c.hash = unhex(q.value ->> 'hash')
        WHERE c.head_hash = unhex(q.value ->> 'head')
    )";

/// What a company was given waits for it no longer. By primary key.
const FORGET_AUTO_SHARES: &str = "
    DELETE FROM auto_shares WHERE (certificate, company_id) IN (
        SELECT c.certificate, q.value ->> 'target'
        FROM json_each(?1) q CROSS JOIN certificates c ON c.hash = unhex(q.value ->> 'hash')
        WHERE c.head_hash = unhex(q.value ->> 'head')
    )";

/// By webhooks_by_company.
const INSERT_DELIVERIES: &str = "
    INSERT INTO deliveries (delivery_id, webhook_id, event, about, body, created_at, next_attempt_at)
    SELECT lower(hex(randomblob(16))), w.webhook_id, q.value ->> 'event', q.value ->> 'about',
        q.value ->> 'body', ?2, ?2
    FROM json_each(?1) q CROSS JOIN certificates c ON c.hash = unhex(q.value ->> 'hash')
        CROSS JOIN webhooks w ON w.company_id IN (q.value ->> 'company', q.value ->> 'target')
    WHERE c.head_hash = unhex(q.value ->> 'head')
        AND EXISTS (SELECT 1 FROM json_each(w.events) e WHERE e.value = q.value ->> 'event')";

const SELECT_TAKEN: &str = "
    SELECT q.value ->> 'hash' AS hash
    FROM json_each(?1) q CROSS JOIN certificates c ON c.hash = unhex(q.value ->> 'hash')
    WHERE c.head_hash = unhex(q.value ->> 'head')";

/// A share in its publisher's list.
#[derive(Deserialize)]
pub struct Listed {
    /// The certificate's session.
    pub session_id: String,
    /// Hex of the certificate's hash.
    pub hash: String,
    /// Of which property.
    pub property_id: PropertyId,
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
pub async fn list_of(
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
    ($select:literal, $by:literal, $end:literal) => {
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
            "SELECT c.session_id, lower(hex(c.hash)) AS hash, c.property_id, s.share_id,
            s.target_company_id, target.name AS target_name, s.access_level, s.shared_by, s.status,
            s.created_at, s.expires_at, s.ended_at, s.claimed_by, s.kid, EXISTS (
                SELECT 1 FROM partners p
                WHERE p.partner_company_id = s.target_company_id AND p.status = 'revoked'
                    AND p.property_id = c.property_id AND p.ended_at >= s.created_at
            ) AS partner_revoked",
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

/// Pending shares whose partnership was revoked: whose certificates they are, and which.
#[derive(Deserialize)]
pub struct Orphan {
    #[serde(flatten)]
    named: Named,
    /// The publisher.
    pub company_id: CompanyId,
}

impl Orphan {
    /// The certificate.
    pub fn certificate_id(&self) -> Option<CertificateId> {
        self.named.certificate_id()
    }
}

/// Up to `limit` certificates with pending shares whose partnership was revoked since a moment.
pub async fn orphans(db: &Db, since: Timestamp, limit: u32) -> Result<Vec<Orphan>, StoreError> {
    // By partners_ended and shares_by_target.
    let sql = "
        SELECT DISTINCT c.session_id, lower(hex(c.hash)) AS hash, c.company_id
        FROM partners p
        CROSS JOIN shares s ON s.target_company_id = p.partner_company_id AND s.status = 'pending'
            AND s.created_at <= p.ended_at
        JOIN certificates c ON c.certificate = s.certificate AND c.property_id = p.property_id
        WHERE p.status = 'revoked' AND p.ended_at > ?1 LIMIT ?2";
    db.all(sql, &[Bind::Number(since.millis()), Bind::Number(limit.into())]).await
}
