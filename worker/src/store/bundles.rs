//! Reading everything that anyone may have of a certificate: record, words, documents, chain,
//! signatures and names, in one round trip.

use econsent_core::beginning::{BEGINNING, Beginning};
use econsent_core::bundle::{Bundle, BundledEvent, Documents, NamedSignatures, Stated, head_of};
use econsent_core::certificate_id::CertificateId;
use econsent_core::commitment::{Personal, Salt};
use econsent_core::custody::{Actor, Event, EventType};
use econsent_core::digest::Digest;
use econsent_core::head::{DetailedEvent, Signatures, SignedHead};
use econsent_core::ids::CompanyId;
use econsent_core::keys::Signature;
use econsent_core::mask::ip_network;
use econsent_core::signature::Tag;
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::columns::{count, hexed, moment, parsed};
use super::evidence;
use super::stored_rows::Row;
use super::{Bind, Db, StoreError, claims, rows, verifications};
use crate::settings::PublicLevel;

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
    /// Whose it is.
    pub owner: CompanyId,
    /// How much of it the publisher shows to everybody.
    pub public_level: PublicLevel,
}

impl Found {
    /// The head of the chain as it was signed.
    pub fn signed_head(&self) -> Option<SignedHead> {
        let bundle = &self.bundle;
        Some(SignedHead {
            head: head_of(bundle)?,
            state: bundle.state.clone(),
            expires_at: bundle.stated.expires_at,
            expiry_hmac: self.expiry_hmac,
            ed25519_kid: bundle.head_signatures.ed25519_kid.clone(),
            signatures: bundle.head_signatures.signatures,
        })
    }
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
    let Some(row) = evidence::row(Some(stored))? else {
        return Ok(None);
    };
    let besides = rows::<Besides>(Some(besides))?.into_iter().next();
    let events = rows::<EventRow>(Some(events))?;
    let found = besides.and_then(|besides| assemble(id, &row, besides, events, url, None));
    Ok(Some(found.map_or(Kept::Unreadable, |found| Kept::Readable(Box::new(found)))))
}

/// A certificate as a company that holds it sees it.
pub struct Held {
    /// The certificate, with the personal values that the company itself holds.
    pub kept: Kept,
    /// What the company's rules said of it, the newest first.
    pub results: Vec<claims::Past>,
    /// Who has verified it, as far as the company may know, the newest first.
    pub verifications: Vec<verifications::Line>,
}

/// The certificate with everything that concerns one of its holders, in one round trip.
pub async fn find_held(
    db: &Db,
    id: &CertificateId,
    url: &str,
    holder: &CompanyId,
) -> Result<Option<Held>, StoreError> {
    let hash = id.hash().hex();
    let binds = [Bind::Text(&hash), Bind::Text(id.session().as_str())];
    let by_hash = [Bind::Text(&hash)];
    let own = [Bind::Text(&hash), Bind::Text(holder.as_str())];
    let results = db
        .read(&[
            (evidence::SELECT_STORED, &binds),
            (SELECT_BESIDES, &by_hash),
            (SELECT_EVENTS, &by_hash),
            (evidence::SELECT_DISCLOSURES, &own),
            (claims::SELECT_RESULTS, &own),
            (verifications::SELECT, &own),
        ])
        .await?;
    let Some(row) = evidence::row(results.first())? else {
        return Ok(None);
    };
    let besides = rows::<Besides>(results.get(1))?.into_iter().next();
    let events = rows::<EventRow>(results.get(2))?;
    let own = rows::<evidence::Held>(results.get(3))?.into_iter().next();
    let own = own.map(|own| own.disclosures()).transpose();
    let kept = besides
        .zip(own.ok())
        .and_then(|(besides, own)| {
            let mut found = assemble(id, &row, besides, events, url, Some(holder))?;
            found.bundle.disclosures = own;
            Some(Kept::Readable(Box::new(found)))
        })
        .unwrap_or(Kept::Unreadable);
    Ok(Some(Held { kept, results: rows(results.get(4))?, verifications: rows(results.get(5))? }))
}

/// By the unique index on `hash`, then primary keys.
const SELECT_BESIDES: &str = "
    SELECT lower(hex(c.ed25519)) AS ed25519, company.name AS company, property.name AS property,
        property.public_level, lower(hex(c.record_sha256)) AS record_sha256,
        lower(hex(c.created_salt)) AS created_salt, lower(hex(c.signed_salt)) AS signed_salt,
        recording.body AS recording, iif(d.body IS NULL, NULL, lower(hex(d.body))) AS disclosures
    FROM certificates c
    LEFT JOIN companies company ON company.company_id = c.company_id
    LEFT JOIN properties property ON property.property_id = c.property_id
    LEFT JOIN records r ON r.certificate = c.certificate
    LEFT JOIN documents recording ON recording.document = r.recording
    LEFT JOIN disclosures d ON d.certificate = c.certificate AND d.holder = ''
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
    #[serde(deserialize_with = "hexed")]
    ed25519: Option<Signature>,
    company: Option<String>,
    property: Option<String>,
    public_level: Option<PublicLevel>,
    #[serde(deserialize_with = "hexed")]
    record_sha256: Option<Digest>,
    #[serde(deserialize_with = "hexed")]
    created_salt: Option<[u8; 16]>,
    #[serde(deserialize_with = "hexed")]
    signed_salt: Option<[u8; 16]>,
    recording: Option<String>,
    disclosures: Option<String>,
}

#[derive(Deserialize)]
struct EventRow {
    #[serde(deserialize_with = "count")]
    seq: Option<u32>,
    #[serde(deserialize_with = "parsed")]
    r#type: Option<EventType>,
    #[serde(deserialize_with = "moment")]
    at: Option<Timestamp>,
    #[serde(deserialize_with = "parsed")]
    actor: Option<Actor>,
    #[serde(deserialize_with = "hexed")]
    details_sha256: Option<Digest>,
    #[serde(deserialize_with = "hexed")]
    prev: Option<Digest>,
    #[serde(deserialize_with = "hexed")]
    hash: Option<Digest>,
    details: Option<String>,
}

impl EventRow {
    /// The details are for those whom they concern.
    fn bundled(self, reader: Option<&Reader<'_>>) -> Option<BundledEvent> {
        let event = Event {
            seq: self.seq?,
            event_type: self.r#type?,
            at: self.at?,
            actor: self.actor?,
            details_sha256: self.details_sha256?,
            prev: self.prev?,
            hash: self.hash?,
        };
        let public = event.event_type == EventType::Expired;
        let details = self.details.filter(|details| {
            public || reader.is_some_and(|reader| reader.concerns(&event, details))
        });
        Some(BundledEvent { event, details })
    }
}

/// A company that a certificate is shown to.
struct Reader<'a> {
    company: &'a CompanyId,
    /// Whether it has claimed the certificate.
    claimed: bool,
}

impl Reader<'_> {
    /// Whether an event is about the company: by it, or a share that is meant for it. What its
    /// rules said names the state that the phone gives, which is for those who have claimed.
    fn concerns(&self, event: &Event, details: &str) -> bool {
        #[derive(Deserialize)]
        struct Meant {
            target_company_id: Option<CompanyId>,
        }
        if event.event_type == EventType::ComplianceChecked && !self.claimed {
            return false;
        }
        let meant = || serde_json::from_str::<Meant>(details).ok()?.target_company_id;
        event.actor == Actor::Company(self.company.clone())
            || meant().as_ref() == Some(self.company)
    }
}

fn assemble(
    id: &CertificateId,
    row: &Row,
    besides: Besides,
    events: Vec<EventRow>,
    url: &str,
    reader: Option<&CompanyId>,
) -> Option<Found> {
    let head = row.head()?;
    let reader =
        reader.map(|company| Reader { company, claimed: head.state.claims.contains(company) });
    let disclosures = besides.disclosures.as_deref().map(evidence::unpacked);
    // Values that cannot be read are values that do not open their commitments.
    let disclosures = disclosures.transpose().ok()?;
    let ip = disclosures.as_ref().and_then(|values| values.get(Personal::Ip));
    let stated = Stated {
        company: besides.company.clone().unwrap_or_default(),
        property: besides.property.clone().unwrap_or_default(),
        url: url.into(),
        expires_at: head.expires_at,
        ip_network: ip.and_then(|ip| ip_network(&ip.value)),
    };
    let custody = custody(id, row, &besides, &head, events, reader.as_ref())?;
    let bundle = Bundle {
        certificate_id: id.clone(),
        record: row.record().map(|record| record.canonical()),
        record_signatures: NamedSignatures {
            hmac_kid: row.hmac_kid.clone()?,
            ed25519_kid: row.ed25519_kid.clone()?,
            signatures: Signatures { hmac: row.hmac?, ed25519: besides.ed25519? },
        },
        texts: row.texts.clone(),
        documents: Documents {
            presentation: row.documents.presentation.clone(),
            withheld: row.documents.withheld.clone(),
            recording: besides.recording,
        },
        custody,
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
    // Without its property nobody knows what may be shown.
    let public_level = besides.public_level.unwrap_or(PublicLevel::Reduced);
    let owner = row.company_id.clone()?;
    Some(Found { bundle, expiry_hmac: head.expiry_hmac, owner, public_level })
}

/// The chain: how every one begins, made again from the certificate, and what is stored after that.
fn custody(
    id: &CertificateId,
    row: &Row,
    besides: &Besides,
    head: &SignedHead,
    events: Vec<EventRow>,
    reader: Option<&Reader<'_>>,
) -> Option<Vec<BundledEvent>> {
    let beginning = Beginning {
        certificate_id: id,
        company_id: row.company_id.as_ref()?,
        property_id: row.property_id.as_ref()?,
        origin: row.origin.as_deref()?,
        received_at: row.received_at?,
        record_sha256: besides.record_sha256.as_ref()?,
        hmac_kid: row.hmac_kid.as_ref()?,
        hmac: row.hmac.as_ref()?,
        salts: &[Salt::new(besides.created_salt?), Salt::new(besides.signed_salt?)],
    };
    // They name nobody but the publisher.
    let beginning = beginning.events().into_iter().map(|DetailedEvent { event, details }| {
        BundledEvent { event, details: Some(details.canonical()) }
    });
    let mut chain: Vec<BundledEvent> = beginning.collect();
    for event in events {
        chain.push(event.bundled(reader)?);
    }
    // Where the beginning ended is kept by what came next, unless that was changed itself, and by
    // the head until then.
    let ended = match chain.get(2).map(|next| &next.event) {
        Some(next) if next.seq == BEGINNING + 1 && next.holds(id) => Some(next.prev),
        None if head.head.seq == BEGINNING => Some(head.head.hash),
        _ => None,
    };
    if let Some((signed, ended)) = chain.get_mut(1).zip(ended) {
        signed.event.hash = ended;
    }
    Some(chain)
}
