//! Reading a certificate back whole, in one statement: its columns are the record, so what was
//! signed is written again from them. A column that cannot be read is a record that does not hold.

use std::collections::{BTreeMap, BTreeSet};

use econsent_core::certificate_id::CertificateId;
use econsent_core::commitment::Disclosures;
use econsent_core::ids::CompanyId;
use econsent_core::json::Object;
use econsent_core::presentation::Presentation;
use econsent_core::timezone::TimeZone;
use econsent_core::verify::Stored;
use serde::Deserialize;
use worker::D1Result;

use super::partners::partner_revoked;
use super::stored_rows::{Row, Selected};
use super::{Bind, Db, StoreError, json_rows, rows};

/// The certificate that a statement of a batch has found.
pub(super) fn row(result: Option<&D1Result>) -> Result<Option<Row>, StoreError> {
    Ok(rows::<Selected>(result)?.into_iter().next().map(Selected::row))
}

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

/// A [`HeadRow`](super::stored_rows::HeadRow) of a certificate `c`, as JSON: of the view `certificates`, or of the table with the
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
/// its own, which takes as long to prepare as all the rest. Words of up to 2,000 bytes that are not
/// all ASCII go as hex, and so do all with a U+FFFD (see [`super::columns::Words`]). By the unique
/// index on `hash`, then primary keys and document_texts_by_document.
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
            (SELECT json_group_object(hex(t.sha256), iif(instr(CAST(t.text AS BLOB), x'EFBFBD') = 0 \
                    AND (octet_length(t.text) = length(t.text) OR octet_length(t.text) > 2000), \
                    t.text, json_array(hex(t.text)))) \
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
