//! Writing new shares and the ends of others, many certificates at a time. Each certificate is written
//! whole, with its events, or not at all; one that changed in the meantime spoils no other.

use std::collections::BTreeSet;

use econsent_core::digest::Digest;
use econsent_core::head::{DetailedEvent, SignedHead};
use econsent_core::ids::{CompanyId, KeyId, ShareId};
use econsent_core::json::{Json, Object};
use econsent_core::partner::{AccessLevel, Terms};
use econsent_core::share::ShareStatus;
use econsent_core::time::Timestamp;
use econsent_core::webhook::WebhookEvent;
use serde::Deserialize;

use super::custody::{HeadColumns, links};
use super::{Bind, Db, StoreError, json_rows, rows};

/// Certificates written in one round trip.
pub const CHUNK: usize = 100;

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
    /// The partnership that it rests on: it is made while that stands as it is here.
    pub partnership: Option<Terms>,
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
            (INSERT_SIGNERS, &heads),
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
                let new = change.new.as_ref();
                let target = new.and_then(|new| new.target.as_ref());
                let terms = new.and_then(|new| new.partnership);
                named(change)
                    .with("before", change.before.head.hash)
                    .with("events", links(&change.events))
                    .with("target", target.map(|target| Json::from(target.as_str())))
                    .with("terms", terms.map(|terms| Json::from(written(terms))))
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

/// Terms as a statement compares them.
fn written(terms: Terms) -> String {
    format!("{} {}", terms.access_level.as_str(), u8::from(terms.auto_share))
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

/// Events of those certificates whose head is still the one that they start from, and of shares
/// whose partnership is still what they rest on, or is still none; triggers refuse what does not
/// continue the head. By the unique index on `hash`, as in all statements here, and by
/// partners_active.
const INSERT_EVENTS: &str = "
    INSERT INTO custody_events (certificate, seq, type, at, actor, details_sha256, prev, hash)
    SELECT c.certificate, e.value ->> 'seq', e.value ->> 'type', e.value ->> 'at',
        e.value ->> 'actor', unhex(e.value ->> 'details_sha256'), unhex(e.value ->> 'prev'),
        unhex(e.value ->> 'hash')
    FROM json_each(?1) q CROSS JOIN certificates c ON c.hash = unhex(q.value ->> 'hash')
        CROSS JOIN json_each(q.value ->> 'events') e
    WHERE c.head_hash = unhex(q.value ->> 'before')
        AND (q.value ->> 'target' IS NULL OR q.value ->> 'terms' IS (
            SELECT k.access_level || ' ' || k.auto_share FROM partners k
            WHERE k.property_id = c.property_id AND k.status = 'active'
                AND k.partner_company_id = q.value ->> 'target'
        ))
    ORDER BY q.key, e.key";

/// From here on, a certificate whose head is the new one has taken its change, and no other has.
const INSERT_DETAILS: &str = "
    INSERT INTO custody_details (certificate, seq, details)
    SELECT c.certificate, e.value ->> 'seq', e.value ->> 'details'
    FROM json_each(?1) q CROSS JOIN certificates c ON c.hash = unhex(q.value ->> 'hash')
        CROSS JOIN json_each(q.value ->> 'events') e
    WHERE c.head_hash = unhex(q.value ->> 'head')";

/// Known ones stay as they are.
const INSERT_SIGNERS: &str = "
    INSERT INTO signers (hmac_kid, ed25519_kid)
    SELECT DISTINCT q.value ->> 'kid', q.value ->> 'ed25519_kid' FROM json_each(?1) q";

const UPDATE_HEADS: &str = "
    UPDATE certificate_rows SET expires_at = q.value ->> 'expires_at',
        expiry_hmac = unhex(q.value ->> 'expiry_hmac'), state = q.value ->> 'state',
        head_signer = (SELECT s.signer FROM signers s
            WHERE s.hmac_kid = q.value ->> 'kid' AND s.ed25519_kid = q.value ->> 'ed25519_kid'),
        head_hmac = unhex(q.value ->> 'hmac'), head_ed25519 = unhex(q.value ->> 'ed25519')
    FROM json_each(?1) q
    WHERE certificate_rows.hash = unhex(q.value ->> 'hash')
        AND certificate_rows.head_hash = unhex(q.value ->> 'head')";

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
