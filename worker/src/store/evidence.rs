//! Reading a certificate back whole, in one statement: its columns are the record, so what was
//! signed is written again from them. A column that cannot be read is a record that does not hold.

use std::collections::{BTreeMap, BTreeSet};

use econsent_core::certificate_id::CertificateId;
use econsent_core::commitment::{Committed, Disclosures};
use econsent_core::consent::{ConsentRecord, Dropped, Withheld, withheld_document};
use econsent_core::custody::{Head, State};
use econsent_core::digest::Digest;
use econsent_core::head::{Signatures, SignedHead};
use econsent_core::ids::{CompanyId, SessionId};
use econsent_core::json::Object;
use econsent_core::keys::Signature;
use econsent_core::presentation::Presentation;
use econsent_core::record::{Attached, Geo, Record, RecordKeys};
use econsent_core::signature::Tag;
use econsent_core::time::Timestamp;
use econsent_core::timezone::TimeZone;
use econsent_core::verify::Stored;
use serde::Deserialize;

use super::partners::partner_revoked;
use super::{Bind, Db, StoreError, json_rows, rows};

/// What is stored of a certificate; none under an id that was never received.
pub async fn find(db: &Db, id: &CertificateId) -> Result<Option<Stored>, StoreError> {
    let hash = id.hash().hex();
    let binds = [Bind::Text(&hash), Bind::Text(id.session().as_str())];
    let row: Option<Row> = db.first(SELECT_STORED, &binds).await?;
    row.map(Row::stored).transpose()
}

/// The same, and whether a share lets a company see the certificate.
pub async fn find_for(
    db: &Db,
    id: &CertificateId,
    caller: &CompanyId,
) -> Result<Option<(Stored, bool)>, StoreError> {
    let hash = id.hash().hex();
    let list = json_rows(core::iter::once(Object::new().with("hash", *id.hash())));
    let results = db
        .read(&[
            (SELECT_STORED, &[Bind::Text(&hash), Bind::Text(id.session().as_str())]),
            (SELECT_SHARED, &[Bind::Text(&list), Bind::Text(caller.as_str())]),
        ])
        .await?;
    let stored = rows::<Row>(results.first())?.into_iter().next();
    let shared = !rows::<SharedRow>(results.get(1))?.is_empty();
    Ok(stored.map(Row::stored).transpose()?.map(|stored| (stored, shared)))
}

/// What is stored of several certificates, and which of them are shared with who asks.
pub struct Several {
    /// By id; those that were never received are not among them.
    pub stored: BTreeMap<CertificateId, Stored>,
    /// Hashes in hex.
    pub shared: BTreeSet<String>,
}

/// What is stored of up to [`LISTED`] certificates, in one round trip.
///
/// # Errors
/// [`StoreError::Failed`] for a longer list.
pub async fn find_listed(
    db: &Db,
    ids: &[&CertificateId],
    caller: Option<&CompanyId>,
) -> Result<Several, StoreError> {
    if ids.len() > LISTED {
        return Err(StoreError::Failed("a list is longer than one round trip may have".into()));
    }
    let list =
        json_rows(ids.iter().map(|id| {
            Object::new().with("hash", *id.hash()).with("session", id.session().as_str())
        }));
    let asked = [Bind::Text(&list)];
    let of_caller = [Bind::Text(&list), Bind::Text(caller.map_or("", CompanyId::as_str))];
    let results = match caller {
        Some(_) => db.read(&[(SELECT_LISTED, &asked), (SELECT_SHARED, &of_caller)]).await?,
        None => db.read(&[(SELECT_LISTED, &asked)]).await?,
    };
    let mut stored = BTreeMap::new();
    for row in rows::<Row>(results.first())? {
        if let Some(id) = row.certificate_id() {
            stored.insert(id, row.stored()?);
        }
    }
    let shared = match results.get(1) {
        Some(result) => rows::<SharedRow>(Some(result))?,
        None => Vec::new(),
    };
    Ok(Several { stored, shared: shared.into_iter().map(|row| row.hash).collect() })
}

/// Certificates read in one round trip: most have a few kilobytes, and what a batch takes in memory
/// does not grow with its length.
pub const LISTED: usize = 100;

/// The salted personal values that a company holds; none when they were erased.
pub async fn disclosures(
    db: &Db,
    id: &CertificateId,
    holder: &CompanyId,
) -> Result<Disclosures, StoreError> {
    let hash = id.hash().hex();
    let binds = [Bind::Text(&hash), Bind::Text(holder.as_str())];
    let held: Option<Held> = db.first(SELECT_DISCLOSURES, &binds).await?;
    held.map_or_else(|| Ok(Disclosures::default()), |held| held.disclosures())
}

/// Personal values that somebody holds: packed, in hex.
#[derive(Deserialize)]
pub(super) struct Held {
    body: String,
}

impl Held {
    /// The values.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when they cannot be read.
    pub(super) fn disclosures(&self) -> Result<Disclosures, StoreError> {
        unpacked(&self.body)
    }
}

/// Personal values out of the hex of what they are packed in.
pub(super) fn unpacked(hex: &str) -> Result<Disclosures, StoreError> {
    let packed = base16ct::lower::decode_vec(hex).ok();
    let read = packed.and_then(|packed| Disclosures::from_packed(&packed).ok());
    read.ok_or_else(|| StoreError::Failed("disclosures that cannot be read".into()))
}

/// The time zone that a certificate says its consumer was in.
pub async fn timezone(db: &Db, id: &CertificateId) -> Result<Option<TimeZone>, StoreError> {
    #[derive(Deserialize)]
    struct Presented {
        body: String,
    }
    // By the unique index on `hash`, then primary keys.
    let sql = "
        SELECT d.body FROM certificates c
        JOIN records r ON r.certificate = c.certificate
        JOIN documents d ON d.document = r.presentation
        WHERE c.hash = unhex(?1)";
    let presented: Option<Presented> = db.first(sql, &[Bind::Text(&id.hash().hex())]).await?;
    Ok(presented.and_then(|presented| Presentation::timezone_in(&presented.body)))
}

/// The columns of a [`HeadRow`], of a certificate `c`.
macro_rules! head_columns {
    () => {
        "c.session_id, lower(hex(c.hash)) AS hash, c.expires_at,
        lower(hex(c.expiry_hmac)) AS expiry_hmac, c.head_seq, lower(hex(c.head_hash)) AS head_hash,
        c.state, c.head_kid, c.head_ed25519_kid, lower(hex(c.head_hmac)) AS head_hmac,
        lower(hex(c.head_ed25519)) AS head_ed25519"
    };
}
pub(super) use head_columns;

/// By the unique index on `hash`, then primary keys. A body that is no JSON gives no texts.
macro_rules! select_stored {
    ($from:literal, $where:literal) => {
        concat!(
            "
    SELECT ",
            $crate::store::evidence::head_columns!(),
            ", c.company_id, c.property_id, c.timestamp,
        c.received_at, c.domain, c.hmac_kid, c.ed25519_kid, lower(hex(c.hmac)) AS hmac,
        c.origin, lower(hex(r.nonce)) AS nonce, lower(hex(r.client_random)) AS client_random,
        r.minted_by, r.attestation, r.clock, r.tracker, r.supersedes, r.dropped_consents,
        r.dropped_withheld, r.country, r.region, lower(hex(r.committed)) AS committed,
        consents.body AS consents,
        lower(hex(consents.sha256)) AS consents_sha256, withheld.body AS withheld,
        presentation.body AS presentation, lower(hex(presentation.sha256)) AS presentation_sha256,
        lower(hex(withheld.sha256)) AS withheld_sha256,
        lower(hex(recording.sha256)) AS recording_sha256,
        (SELECT json_group_object(lower(hex(t.sha256)), t.text) FROM texts t WHERE t.sha256 IN (
            SELECT unhex(e.value ->> 'text_sha256')
            FROM json_each(iif(json_valid(consents.body), consents.body, NULL)) e
            WHERE e.type = 'object'
            UNION ALL
            SELECT unhex(e.value ->> 'text_sha256')
            FROM json_each(iif(json_valid(withheld.body), withheld.body, NULL), '$.items') e
            WHERE e.type = 'object'
        )) AS texts,
        (SELECT json_group_object(v.company_id, v.revoked_at) FROM revocations v
            WHERE v.certificate = c.certificate) AS revoked_at
    FROM ",
            $from,
            "
    LEFT JOIN records r ON r.certificate = c.certificate
    LEFT JOIN documents consents ON consents.document = r.consents
    LEFT JOIN documents presentation ON presentation.document = r.presentation
    LEFT JOIN documents withheld ON withheld.document = r.withheld
    LEFT JOIN documents recording ON recording.document = r.recording
    ",
            $where
        )
    };
}

pub(super) use select_stored;

pub(super) const SELECT_STORED: &str =
    select_stored!("certificates c", "WHERE c.hash = unhex(?1) AND c.session_id = ?2");

/// The same for a list of ids. CROSS JOIN keeps the order, so that the list leads to the index.
const SELECT_LISTED: &str = select_stored!(
    "json_each(?1) q CROSS JOIN certificates c
        ON c.hash = unhex(q.value ->> 'hash') AND c.session_id = q.value ->> 'session'",
    ""
);

/// Which certificates of a list a company sees by a share that is meant for it: by the unique index
/// on `hash`, then by shares_by_certificate.
const SELECT_SHARED: &str = concat!(
    "
    SELECT lower(hex(c.hash)) AS hash
    FROM json_each(?1) q CROSS JOIN certificates c ON c.hash = unhex(q.value ->> 'hash')
    WHERE EXISTS (
        SELECT 1 FROM shares s WHERE s.certificate = c.certificate
            AND s.target_company_id = ?2 AND s.status IN ('pending', 'expired')
            AND NOT ",
    partner_revoked!(),
    "
    )"
);

#[derive(Deserialize)]
struct SharedRow {
    hash: String,
}

pub(super) const SELECT_DISCLOSURES: &str = "
    SELECT lower(hex(d.body)) AS body FROM certificates c
    JOIN disclosures d ON d.certificate = c.certificate
        AND d.holder = iif(c.company_id = ?2, '', ?2)
    WHERE c.hash = unhex(?1)";

/// The columns of a certificate's name and head.
#[derive(Deserialize)]
pub(super) struct HeadRow {
    session_id: String,
    hash: String,
    expires_at: Option<f64>,
    expiry_hmac: String,
    head_seq: f64,
    head_hash: String,
    state: String,
    // None when somebody changed who signed.
    head_kid: Option<String>,
    head_ed25519_kid: Option<String>,
    head_hmac: String,
    head_ed25519: String,
}

#[derive(Deserialize)]
pub(super) struct Row {
    #[serde(flatten)]
    head: HeadRow,
    pub(super) company_id: String,
    // None when somebody changed from which place it is.
    pub(super) property_id: Option<String>,
    domain: Option<String>,
    pub(super) origin: Option<String>,
    timestamp: f64,
    pub(super) received_at: f64,
    pub(super) hmac_kid: Option<String>,
    pub(super) ed25519_kid: Option<String>,
    pub(super) hmac: String,
    // The rest is NULL once the evidence is gone.
    nonce: String,
    client_random: String,
    minted_by: Option<String>,
    attestation: Option<String>,
    clock: Option<String>,
    tracker: Option<String>,
    supersedes: Option<String>,
    dropped_consents: Option<f64>,
    dropped_withheld: Option<f64>,
    country: Option<String>,
    region: Option<String>,
    committed: String,
    consents: Option<String>,
    consents_sha256: String,
    pub(super) withheld: Option<String>,
    pub(super) presentation: Option<String>,
    presentation_sha256: String,
    withheld_sha256: String,
    recording_sha256: String,
    pub(super) texts: Option<String>,
    revoked_at: String,
}

/// The document of withheld disclosures.
#[derive(Deserialize)]
struct WithheldDocument {
    items: Vec<Withheld>,
}

impl Row {
    pub(super) fn stored(self) -> Result<Stored, StoreError> {
        let hmac = bytes(&self.hmac).ok_or_else(|| StoreError::Failed("hmac: no tag".into()))?;
        let texts = self.texts.as_deref().unwrap_or("{}");
        Ok(Stored {
            company_id: self.company_id.parse().ok(),
            property_id: self.property_id.as_deref().and_then(|id| id.parse().ok()),
            record_hmac: Tag::from_bytes(hmac),
            record: self.record(),
            head: self.head(),
            texts: serde_json::from_str::<BTreeMap<Digest, String>>(texts).unwrap_or_default(),
            withheld: self.withheld().unwrap_or_default(),
            revoked_at: self.revoked_at(),
            presentation: self.presentation.as_deref().map(|body| Digest::of(body.as_bytes())),
        })
    }

    pub(super) fn certificate_id(&self) -> Option<CertificateId> {
        self.head.certificate_id()
    }

    pub(super) fn record(&self) -> Option<Record> {
        let supersedes = self.supersedes.as_deref().map(CertificateId::parse).transpose().ok()?;
        let geo = match (&self.country, &self.region) {
            (Some(country), Some(region)) => {
                Some(Geo { country: country.clone(), region: region.clone() })
            }
            (None, None) => None,
            _ => return None,
        };
        Some(Record {
            certificate_id: self.certificate_id()?,
            company_id: self.company_id.parse().ok()?,
            property_id: self.property_id.as_deref()?.parse().ok()?,
            timestamp: moment(self.timestamp)?,
            received_at: moment(self.received_at)?,
            domain: self.domain.clone()?,
            origin: self.origin.as_deref()?.parse().ok()?,
            nonce: bytes(&self.nonce)?,
            client_random: bytes(&self.client_random)?,
            minted_by: self.minted_by.as_deref()?.parse().ok()?,
            attestation: self.attestation.as_deref()?.parse().ok()?,
            clock: self.clock.as_deref()?.parse().ok()?,
            tracker: self.tracker.clone()?,
            supersedes,
            dropped: Dropped {
                consents: count(self.dropped_consents?)?,
                withheld: count(self.dropped_withheld?)?,
            },
            consents: self.consents()?,
            geo,
            committed: self.committed()?,
            attached: Attached {
                presentation: digest_or_none(&self.presentation_sha256)?,
                withheld: digest_or_none(&self.withheld_sha256)?,
                recording: digest_or_none(&self.recording_sha256)?,
            },
            keys: RecordKeys {
                hmac: self.hmac_kid.as_deref()?.parse().ok()?,
                ed25519: self.ed25519_kid.as_deref()?.parse().ok()?,
            },
        })
    }

    /// The records, when their document is what its name says: other certificates rely on it too.
    fn consents(&self) -> Option<Vec<ConsentRecord>> {
        let body = self.consents.as_deref()?;
        let named = Digest::of(body.as_bytes()) == self.consents_sha256.parse().ok()?;
        if named { serde_json::from_str(body).ok() } else { None }
    }

    fn revoked_at(&self) -> BTreeMap<CompanyId, Timestamp> {
        let since: BTreeMap<String, i64> =
            serde_json::from_str(&self.revoked_at).unwrap_or_default();
        let since = since.into_iter().filter_map(|(company, at)| {
            Some((company.parse().ok()?, Timestamp::from_millis(at).ok()?))
        });
        since.collect()
    }

    fn committed(&self) -> Option<Committed> {
        Committed::from_packed(&base16ct::lower::decode_vec(&self.committed).ok()?).ok()
    }

    /// The withheld disclosures; an unreadable document is none, which the record's digest shows.
    fn withheld(&self) -> Option<Vec<Withheld>> {
        let body = self.withheld.as_deref()?;
        let document: WithheldDocument = serde_json::from_str(body).ok()?;
        (withheld_document(&document.items).canonical() == body).then_some(document.items)
    }

    pub(super) fn head(&self) -> Option<SignedHead> {
        self.head.signed()
    }
}

impl HeadRow {
    pub(super) fn certificate_id(&self) -> Option<CertificateId> {
        let session: SessionId = self.session_id.parse().ok()?;
        Some(CertificateId::new(session, self.hash.parse().ok()?))
    }

    /// The head, when its columns can be read.
    pub(super) fn signed(&self) -> Option<SignedHead> {
        let state: State = serde_json::from_str(&self.state).ok()?;
        if state.document().canonical() != self.state {
            return None;
        }
        let expires_at = match self.expires_at {
            Some(millis) => Some(moment(millis)?),
            None => None,
        };
        Some(SignedHead {
            head: Head {
                certificate_id: self.certificate_id()?,
                seq: count(self.head_seq)?,
                hash: self.head_hash.parse().ok()?,
                state_sha256: state.document().digest(),
                kid: self.head_kid.as_deref()?.parse().ok()?,
            },
            state,
            expires_at,
            expiry_hmac: Tag::from_bytes(bytes(&self.expiry_hmac)?),
            ed25519_kid: self.head_ed25519_kid.as_deref()?.parse().ok()?,
            signatures: Signatures {
                hmac: Tag::from_bytes(bytes(&self.head_hmac)?),
                ed25519: Signature::from_bytes(bytes(&self.head_ed25519)?),
            },
        })
    }
}

/// A moment as the database has it; none when it is no moment.
pub(super) fn moment(millis: f64) -> Option<Timestamp> {
    const EXACT: f64 = 9_007_199_254_740_991.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
    let whole = (0.0..=EXACT).contains(&millis).then_some(millis as i64)?;
    Timestamp::from_millis(whole).ok()
}

/// A count as the database has it; none when it is none.
pub(super) fn count(number: f64) -> Option<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within u32")]
    (0.0..=f64::from(u32::MAX)).contains(&number).then_some(number as u32)
}

/// Bytes of a known number, from hex.
pub(super) fn bytes<const N: usize>(hex: &str) -> Option<[u8; N]> {
    base16ct::lower::decode_vec(hex).ok()?.try_into().ok()
}

/// `Some(None)` for the hex of NULL; `None` when it is no digest.
fn digest_or_none(hex: &str) -> Option<Option<Digest>> {
    if hex.is_empty() { Some(None) } else { hex.parse().ok().map(Some) }
}
