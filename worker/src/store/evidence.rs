//! Reading a certificate back whole, in one statement: its columns are the record, so what was
//! signed is written again from them. A column that cannot be read is a record that does not hold.

use std::collections::{BTreeMap, BTreeSet};

use econsent_core::certificate_id::CertificateId;
use econsent_core::commitment::{Committed, Disclosures};
use econsent_core::consent::{Dropped, Withheld, withheld_document};
use econsent_core::consents::Consents;
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
use worker::D1Result;

use super::partners::partner_revoked;
use super::{Bind, Db, InJson, StoreError, json_rows, rows};

/// What is stored of a certificate; none under an id that was never received.
pub async fn find(db: &Db, id: &CertificateId) -> Result<Option<Stored>, StoreError> {
    let hash = id.hash().hex();
    let binds = [Bind::Text(&hash), Bind::Text(id.session().as_str())];
    let selected: Option<Selected> = db.first(SELECT_STORED, &binds).await?;
    selected.map(|selected| selected.row().stored()).transpose()
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
    let stored = row(results.first())?;
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
    for row in rows::<Selected>(results.first())?.into_iter().map(Selected::row) {
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

/// The session in the id of a certificate `c`, as the view `certificates` has it.
macro_rules! session_id {
    () => {
        "iif(typeof(c.session) = 'blob', lower(hex(c.session)), c.session)"
    };
}
pub(super) use session_id;

/// A [`HeadRow`] of a certificate `c`, as JSON: of the view `certificates`, or of the table with the
/// expressions for what is not in it.
macro_rules! head_json {
    () => {
        $crate::store::evidence::head_json!(
            "c.session_id",
            "c.state",
            "c.head_kid",
            "c.head_ed25519_kid"
        )
    };
    ($session:expr, $state:literal, $kid:literal, $ed25519_kid:literal) => {
        concat!(
            "json_array(",
            $session,
            ", hex(c.hash), c.expires_at, hex(c.expiry_hmac), c.head_seq, hex(c.head_hash), ",
            $state,
            ", ",
            $kid,
            ", ",
            $ed25519_kid,
            ", hex(c.head_hmac), hex(c.head_ed25519))"
        )
    };
}
pub(super) use head_json;

/// A [`Row`] as a column of JSON and one with the words, since a value has at most 2 MB: a row of
/// fifty columns costs the runtime more than all that is decided about it, and naming the values
/// costs the database. They come in the order in which [`Row`] and its parts name them. The view
/// `certificates` would ask for each column of where it is from and who signed it by a subquery of
/// its own, which takes as long to prepare as all the rest. By the unique index on `hash`, then
/// primary keys and document_texts_by_document.
macro_rules! select_stored {
    ($from:literal, $($where:tt)+) => {
        concat!(
            "SELECT json_array(",
            $crate::store::evidence::head_json!(
                $crate::store::evidence::session_id!(),
                "coalesce(c.state, '{\"claims\":[],\"revoked\":[],\"status\":\"active\"}')",
                "head_signer.hmac_kid",
                "head_signer.ed25519_kid"
            ),
            ", c.company_id, place.property_id, place.domain, place.origin, c.timestamp, \
            c.received_at, signer.hmac_kid, signer.ed25519_kid, hex(c.hmac), \
            json_array(hex(r.nonce), hex(r.client_random), r.minted_by, r.attestation, r.clock, \
                r.tracker, r.supersedes, r.dropped_consents, r.dropped_withheld, r.country, \
                r.region, hex(r.committed)), \
            json_array(consents.body, hex(consents.sha256), withheld.body, hex(withheld.sha256), \
                presentation.body, hex(presentation.sha256), hex(recording.sha256)), \
            json((SELECT json_group_object(v.company_id, v.revoked_at) \
                FROM revocations v WHERE v.certificate = c.certificate))) AS stored, \
            (SELECT json_group_object(hex(t.sha256), t.text) \
                FROM document_texts d JOIN texts t ON t.sha256 = d.sha256 \
                WHERE d.document IN (r.consents, r.withheld)) AS texts \
            FROM ",
            $from,
            "certificate_rows c \
            LEFT JOIN places place ON place.place = c.place \
            LEFT JOIN signers signer ON signer.signer = c.signer \
            LEFT JOIN signers head_signer ON head_signer.signer = c.head_signer \
            LEFT JOIN records r ON r.certificate = c.certificate \
            LEFT JOIN documents consents ON consents.document = r.consents \
            LEFT JOIN documents presentation ON presentation.document = r.presentation \
            LEFT JOIN documents withheld ON withheld.document = r.withheld \
            LEFT JOIN documents recording ON recording.document = r.recording ",
            $($where)+
        )
    };
}

pub(super) use select_stored;

pub(super) const SELECT_STORED: &str =
    select_stored!("", "WHERE c.hash = unhex(?1) AND ?2 = ", session_id!());

/// The same for a list of ids. CROSS JOIN keeps the order, so that the list leads to the index.
const SELECT_LISTED: &str = select_stored!(
    "json_each(?1) q CROSS JOIN ",
    "WHERE c.hash = unhex(q.value ->> 'hash') AND q.value ->> 'session' = ",
    session_id!()
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

/// The columns of a certificate's name and head, in the order of [`head_json`].
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

/// What [`select_stored`] gives.
#[derive(Deserialize)]
struct Selected {
    stored: InJson<Row>,
    texts: InJson<BTreeMap<String, String>>,
}

impl Selected {
    fn row(self) -> Row {
        let named = self.texts.0.into_iter();
        let texts = named.filter_map(|(hex, text)| Some((digest(&hex)?, text)));
        Row { texts: texts.collect(), ..self.stored.0 }
    }
}

/// The certificate that a statement of a batch has found.
pub(super) fn row(result: Option<&D1Result>) -> Result<Option<Row>, StoreError> {
    Ok(rows::<Selected>(result)?.into_iter().next().map(Selected::row))
}

/// In the order of [`select_stored`], as its parts.
#[derive(Deserialize)]
pub(super) struct Row {
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
    captured: CapturedRow,
    pub(super) documents: DocumentRows,
    revoked_at: BTreeMap<String, i64>,
    /// The words, by their digests.
    #[serde(skip)]
    pub(super) texts: BTreeMap<Digest, String>,
}

/// What the page sent; empty once the evidence is gone.
#[derive(Deserialize)]
struct CapturedRow {
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
}

/// The documents that the record names, and their names.
#[derive(Deserialize)]
pub(super) struct DocumentRows {
    consents: Option<String>,
    consents_sha256: String,
    pub(super) withheld: Option<String>,
    withheld_sha256: String,
    pub(super) presentation: Option<String>,
    presentation_sha256: String,
    recording_sha256: String,
}

/// The document of withheld disclosures.
#[derive(Deserialize)]
struct WithheldDocument {
    items: Vec<Withheld>,
}

impl Row {
    pub(super) fn stored(self) -> Result<Stored, StoreError> {
        let hmac = bytes(&self.hmac).ok_or_else(|| StoreError::Failed("hmac: no tag".into()))?;
        Ok(Stored {
            company_id: self.company_id.parse().ok(),
            property_id: self.property_id.as_deref().and_then(|id| id.parse().ok()),
            record_hmac: Tag::from_bytes(hmac),
            record: self.record(),
            head: self.head(),
            withheld: self.documents.withheld().unwrap_or_default(),
            revoked_at: self.revoked_at(),
            presentation: self
                .documents
                .presentation
                .as_deref()
                .map(|body| Digest::of(body.as_bytes())),
            texts: self.texts,
        })
    }

    pub(super) fn certificate_id(&self) -> Option<CertificateId> {
        self.head.certificate_id()
    }

    pub(super) fn record(&self) -> Option<Record> {
        let Self { captured, documents, .. } = self;
        let supersedes = captured.supersedes.as_deref().map(CertificateId::parse);
        let geo = match (&captured.country, &captured.region) {
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
            nonce: bytes(&captured.nonce)?,
            client_random: bytes(&captured.client_random)?,
            minted_by: captured.minted_by.as_deref()?.parse().ok()?,
            attestation: captured.attestation.as_deref()?.parse().ok()?,
            clock: captured.clock.as_deref()?.parse().ok()?,
            tracker: captured.tracker.clone()?,
            supersedes: supersedes.transpose().ok()?,
            dropped: Dropped {
                consents: count(captured.dropped_consents?)?,
                withheld: count(captured.dropped_withheld?)?,
            },
            consents: documents.consents()?,
            geo,
            committed: captured.committed()?,
            attached: Attached {
                presentation: digest_or_none(&documents.presentation_sha256)?,
                withheld: digest_or_none(&documents.withheld_sha256)?,
                recording: digest_or_none(&documents.recording_sha256)?,
            },
            keys: RecordKeys {
                hmac: self.hmac_kid.as_deref()?.parse().ok()?,
                ed25519: self.ed25519_kid.as_deref()?.parse().ok()?,
            },
        })
    }

    fn revoked_at(&self) -> BTreeMap<CompanyId, Timestamp> {
        let since = self.revoked_at.iter().filter_map(|(company, at)| {
            Some((company.parse().ok()?, Timestamp::from_millis(*at).ok()?))
        });
        since.collect()
    }

    pub(super) fn head(&self) -> Option<SignedHead> {
        self.head.signed()
    }
}

impl CapturedRow {
    fn committed(&self) -> Option<Committed> {
        Committed::from_packed(&base16ct::mixed::decode_vec(&self.committed).ok()?).ok()
    }
}

impl DocumentRows {
    /// The records, when their document is what its name says: other certificates rely on it too.
    fn consents(&self) -> Option<Consents> {
        let consents = Consents::stored(self.consents.clone()?).ok()?;
        (*consents.digest() == digest(&self.consents_sha256)?).then_some(consents)
    }

    /// The withheld disclosures; an unreadable document is none, which the record's digest shows.
    fn withheld(&self) -> Option<Vec<Withheld>> {
        let body = self.withheld.as_deref()?;
        let document: WithheldDocument = serde_json::from_str(body).ok()?;
        (withheld_document(&document.items) == body).then_some(document.items)
    }
}

impl HeadRow {
    pub(super) fn certificate_id(&self) -> Option<CertificateId> {
        let session: SessionId = self.session_id.parse().ok()?;
        Some(CertificateId::new(session, digest(&self.hash)?))
    }

    /// The head, when its columns can be read.
    pub(super) fn signed(&self) -> Option<SignedHead> {
        let state: State = serde_json::from_str(&self.state).ok()?;
        if state.document().canonical() != self.state {
            return None;
        }
        let state_sha256 = Digest::of(self.state.as_bytes());
        let expires_at = match self.expires_at {
            Some(millis) => Some(moment(millis)?),
            None => None,
        };
        Some(SignedHead {
            head: Head {
                certificate_id: self.certificate_id()?,
                seq: count(self.head_seq)?,
                hash: digest(&self.head_hash)?,
                state_sha256,
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
    base16ct::mixed::decode_vec(hex).ok()?.try_into().ok()
}

/// A digest, from hex.
fn digest(hex: &str) -> Option<Digest> {
    bytes(hex).map(Digest::from_bytes)
}

/// `Some(None)` for the hex of NULL; `None` when it is no digest.
fn digest_or_none(hex: &str) -> Option<Option<Digest>> {
    if hex.is_empty() { Some(None) } else { digest(hex).map(Some) }
}
