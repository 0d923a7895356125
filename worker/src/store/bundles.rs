//! Reading everything that anyone may have of a certificate: record, words, documents, chain,
//! signatures and names, in one round trip.

use econsent_core::bundle::{Bundle, BundledEvent, Documents, NamedSignatures, Stated};
use econsent_core::certificate_id::CertificateId;
use econsent_core::commitment::{Disclosures, Personal};
use econsent_core::custody::{Event, EventType};
use econsent_core::head::Signatures;
use econsent_core::keys::Signature;
use econsent_core::mask::ip_network;
use econsent_core::signature::Tag;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use worker::D1Result;

use super::evidence::{self, bytes, count, moment};
use super::{Bind, Db, StoreError, classify};

/// A certificate as it is stored.
pub enum Kept {
    /// It can be read; whether it holds is for its checks.
    Readable(Box<Found>),
    /// Columns that every certificate has cannot be read: somebody changed them.
    Unreadable,
}

/// A certificate that can be read.
pub struct Found {
    /// The bundle, with the publisher's own copy of the personal values.
    pub bundle: Bundle,
    /// The tag over `expires_at`.
    pub expiry_hmac: Tag,
}

/// The certificate; none under an id that was never received. `url` is where it is shown.
pub async fn find(db: &Db, id: &CertificateId, url: &str) -> Result<Option<Kept>, StoreError> {
    let hash = id.hash().hex();
    let binds = [Bind::Text(&hash), Bind::Text(id.session().as_str())];
    let by_hash = [Bind::Text(&hash)];
    let results = db
        .read(&[
            (evidence::SELECT_STORED, &binds),
            (SELECT_BESIDES, &by_hash),
            (SELECT_EVENTS, &by_hash),
        ])
        .await?;
    let [stored, besides, events] = results.as_slice() else {
        return Err(StoreError::Failed("a batch of three gives three results".into()));
    };
    let Some(row) = rows::<evidence::Row>(stored)?.into_iter().next() else {
        return Ok(None);
    };
    let besides = rows::<Besides>(besides)?.into_iter().next();
    let events = rows::<EventRow>(events)?;
    let found = besides.and_then(|besides| assemble(id, &row, besides, events, url));
    Ok(Some(found.map_or(Kept::Unreadable, |found| Kept::Readable(Box::new(found)))))
}

fn rows<T: DeserializeOwned>(result: &D1Result) -> Result<Vec<T>, StoreError> {
    result.results().map_err(classify)
}

/// By the unique index on `hash`, then primary keys.
const SELECT_BESIDES: &str = "
    SELECT lower(hex(c.ed25519)) AS ed25519, company.name AS company, property.name AS property,
        recording.body AS recording, d.body AS disclosures
    FROM certificates c
    LEFT JOIN companies company ON company.company_id = c.company_id
    LEFT JOIN properties property ON property.property_id = c.property_id
    LEFT JOIN records r ON r.certificate = c.certificate
    LEFT JOIN documents recording ON recording.document = r.recording
    LEFT JOIN disclosures d ON d.certificate = c.certificate AND d.holder = c.company_id
    WHERE c.hash = unhex(?1)";

/// By the unique index on `hash`, then primary keys in order.
const SELECT_EVENTS: &str = "
    SELECT e.seq, e.type, e.at, e.actor, lower(hex(e.details_sha256)) AS details_sha256,
        lower(hex(e.prev)) AS prev, lower(hex(e.hash)) AS hash, d.details
    FROM certificates c
    JOIN custody_events e ON e.certificate = c.certificate
    LEFT JOIN custody_details d ON d.certificate = e.certificate AND d.seq = e.seq
    WHERE c.hash = unhex(?1) ORDER BY e.seq";

#[derive(Deserialize)]
struct Besides {
    ed25519: String,
    company: Option<String>,
    property: Option<String>,
    recording: Option<String>,
    disclosures: Option<String>,
}

#[derive(Deserialize)]
struct EventRow {
    seq: f64,
    r#type: String,
    at: f64,
    actor: String,
    details_sha256: String,
    prev: String,
    hash: String,
    details: Option<String>,
}

impl EventRow {
    /// Details of the first two events name nobody but the publisher; the others' are for those
    /// whom they concern.
    fn bundled(self) -> Option<BundledEvent> {
        let event = Event {
            seq: count(self.seq)?,
            event_type: self.r#type.parse().ok()?,
            at: moment(self.at)?,
            actor: self.actor.parse().ok()?,
            details_sha256: self.details_sha256.parse().ok()?,
            prev: self.prev.parse().ok()?,
            hash: self.hash.parse().ok()?,
        };
        let public =
            matches!(event.event_type, EventType::Created | EventType::Signed | EventType::Expired);
        let details = self.details.filter(|_| public);
        Some(BundledEvent { event, details })
    }
}

fn assemble(
    id: &CertificateId,
    row: &evidence::Row,
    besides: Besides,
    events: Vec<EventRow>,
    url: &str,
) -> Option<Found> {
    let head = row.head()?;
    let disclosures = besides.disclosures.as_deref().map(serde_json::from_str::<Disclosures>);
    // Values that cannot be read are values that do not open their commitments.
    let disclosures = disclosures.transpose().ok()?;
    let ip = disclosures.as_ref().and_then(|values| values.get(Personal::Ip));
    let stated = Stated {
        company: besides.company.unwrap_or_default(),
        property: besides.property.unwrap_or_default(),
        url: url.into(),
        expires_at: head.expires_at,
        ip_network: ip.and_then(|ip| ip_network(&ip.value)),
    };
    let texts = row.texts.as_deref().unwrap_or("{}");
    let bundle = Bundle {
        certificate_id: id.clone(),
        record: row.record().map(|record| record.canonical()),
        record_signatures: NamedSignatures {
            hmac_kid: row.hmac_kid.parse().ok()?,
            ed25519_kid: row.ed25519_kid.parse().ok()?,
            signatures: Signatures {
                hmac: Tag::from_bytes(bytes(&row.hmac)?),
                ed25519: Signature::from_bytes(bytes(&besides.ed25519)?),
            },
        },
        texts: serde_json::from_str(texts).unwrap_or_default(),
        documents: Documents {
            presentation: row.presentation.clone(),
            withheld: row.withheld.clone(),
            recording: besides.recording,
        },
        custody: events.into_iter().map(EventRow::bundled).collect::<Option<_>>()?,
        head: head.head.canonical(),
        head_signatures: NamedSignatures {
            hmac_kid: head.head.kid,
            ed25519_kid: head.ed25519_kid,
            signatures: head.signatures,
        },
        state: head.state,
        disclosures,
        stated,
    };
    Some(Found { bundle, expiry_hmac: head.expiry_hmac })
}
