//! What the statements of `evidence` give of a certificate: its columns, and the record, the head and
//! the documents that they are.

use std::collections::BTreeMap;

use econsent_core::certificate_id::CertificateId;
use econsent_core::commitment::Committed;
use econsent_core::consent::{Dropped, Withheld, withheld_document};
use econsent_core::consents::Consents;
use econsent_core::custody::{Head, State};
use econsent_core::digest::Digest;
use econsent_core::fingerprint::Random;
use econsent_core::head::{Signatures, SignedHead};
use econsent_core::ids::{CompanyId, KeyId, PropertyId, SessionId};
use econsent_core::keys::Signature;
use econsent_core::record::{Attached, Attestation, Clock, Geo, MintedBy, Record, RecordKeys};
use econsent_core::signature::Tag;
use econsent_core::time::Timestamp;
use econsent_core::verify::Stored;
use serde::Deserialize;

use super::columns::{
    Unhex as _, Words, count, hexed, hexed_or_null, moment, moment_or_null, parsed, parsed_or_null,
    text,
};
use super::{InJson, StoreError};

/// What `select_stored` gives.
#[derive(Deserialize)]
pub(super) struct Selected {
    stored: InJson<Row>,
    texts: InJson<BTreeMap<String, Words>>,
}

impl Selected {
    pub(super) fn row(self) -> Row {
        let named = self.texts.0.into_iter();
        let texts = named.filter_map(|(hex, words)| Some((Digest::unhex(&hex)?, words.0?)));
        Row { texts: texts.collect(), ..self.stored.0 }
    }
}

/// In the order of `select_stored`, as its parts.
#[derive(Deserialize)]
pub(super) struct Row {
    head: HeadRow,
    #[serde(deserialize_with = "parsed")]
    pub(super) company_id: Option<CompanyId>,
    #[serde(deserialize_with = "parsed")]
    pub(super) property_id: Option<PropertyId>,
    #[serde(deserialize_with = "text")]
    domain: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(super) origin: Option<String>,
    #[serde(deserialize_with = "moment")]
    timestamp: Option<Timestamp>,
    #[serde(deserialize_with = "moment")]
    pub(super) received_at: Option<Timestamp>,
    #[serde(deserialize_with = "parsed")]
    pub(super) hmac_kid: Option<KeyId>,
    #[serde(deserialize_with = "parsed")]
    pub(super) ed25519_kid: Option<KeyId>,
    #[serde(deserialize_with = "hexed")]
    pub(super) hmac: Option<Tag>,
    captured: CapturedRow,
    pub(super) documents: DocumentRows,
    revoked_at: BTreeMap<String, i64>,
    /// The words, by the digests that they are stored under.
    #[serde(skip)]
    pub(super) texts: BTreeMap<Digest, String>,
}

/// What the page sent; empty once the evidence is gone.
#[derive(Deserialize)]
struct CapturedRow {
    #[serde(deserialize_with = "hexed")]
    nonce: Option<Random>,
    #[serde(deserialize_with = "hexed")]
    client_random: Option<Random>,
    #[serde(deserialize_with = "parsed")]
    minted_by: Option<MintedBy>,
    #[serde(deserialize_with = "parsed")]
    attestation: Option<Attestation>,
    #[serde(deserialize_with = "parsed")]
    clock: Option<Clock>,
    #[serde(deserialize_with = "text")]
    tracker: Option<String>,
    #[serde(deserialize_with = "parsed_or_null")]
    supersedes: Option<Option<CertificateId>>,
    #[serde(deserialize_with = "count")]
    dropped_consents: Option<u32>,
    #[serde(deserialize_with = "count")]
    dropped_withheld: Option<u32>,
    #[serde(deserialize_with = "parsed_or_null")]
    country: Option<Option<String>>,
    #[serde(deserialize_with = "parsed_or_null")]
    region: Option<Option<String>>,
    #[serde(deserialize_with = "hexed")]
    committed: Option<Committed>,
}

/// The documents that the record names, and their names.
#[derive(Deserialize)]
pub(super) struct DocumentRows {
    #[serde(deserialize_with = "text")]
    consents: Option<String>,
    #[serde(deserialize_with = "hexed")]
    consents_sha256: Option<Digest>,
    #[serde(deserialize_with = "text")]
    pub(super) withheld: Option<String>,
    #[serde(deserialize_with = "hexed_or_null")]
    withheld_sha256: Option<Option<Digest>>,
    #[serde(deserialize_with = "text")]
    pub(super) presentation: Option<String>,
    #[serde(deserialize_with = "hexed_or_null")]
    presentation_sha256: Option<Option<Digest>>,
    #[serde(deserialize_with = "hexed_or_null")]
    recording_sha256: Option<Option<Digest>>,
}

impl Row {
    /// What verifying needs.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when the record's HMAC is none.
    pub(super) fn stored(self) -> Result<Stored, StoreError> {
        let record = self.record();
        Ok(Stored {
            company_id: self.company_id,
            property_id: self.property_id,
            record,
            record_hmac: self.hmac.ok_or_else(|| StoreError::Failed("hmac: no tag".into()))?,
            withheld: self.documents.withheld().unwrap_or_default(),
            presentation: self
                .documents
                .presentation
                .as_deref()
                .map(|body| Digest::of(body.as_bytes())),
            head: self.head.signed(),
            revoked_at: self
                .revoked_at
                .iter()
                .filter_map(|(company, at)| {
                    Some((company.parse().ok()?, Timestamp::from_millis(*at).ok()?))
                })
                .collect(),
            texts: self.texts,
        })
    }

    /// The id that it is stored under.
    pub(super) fn certificate_id(&self) -> Option<CertificateId> {
        self.head.certificate_id()
    }

    /// The record; none when it is gone, or a column of it cannot be read.
    pub(super) fn record(&self) -> Option<Record> {
        let Self { captured, documents, .. } = self;
        let geo = match (captured.country.clone()?, captured.region.clone()?) {
            (Some(country), Some(region)) => Some(Geo { country, region }),
            (None, None) => None,
            _ => return None,
        };
        Some(Record {
            certificate_id: self.certificate_id()?,
            company_id: self.company_id.clone()?,
            property_id: self.property_id.clone()?,
            timestamp: self.timestamp?,
            received_at: self.received_at?,
            domain: self.domain.clone()?,
            origin: self.origin.as_deref()?.parse().ok()?,
            nonce: captured.nonce?,
            client_random: captured.client_random?,
            minted_by: captured.minted_by?,
            attestation: captured.attestation?,
            clock: captured.clock?,
            tracker: captured.tracker.clone()?,
            supersedes: captured.supersedes.clone()?,
            dropped: Dropped {
                consents: captured.dropped_consents?,
                withheld: captured.dropped_withheld?,
            },
            consents: documents.consents()?,
            geo,
            committed: captured.committed.clone()?,
            attached: Attached {
                presentation: documents.presentation_sha256?,
                withheld: documents.withheld_sha256?,
                recording: documents.recording_sha256?,
            },
            keys: RecordKeys { hmac: self.hmac_kid.clone()?, ed25519: self.ed25519_kid.clone()? },
        })
    }

    /// The head of its chain; none when a column of it cannot be read.
    pub(super) fn head(&self) -> Option<SignedHead> {
        self.head.signed()
    }
}

impl DocumentRows {
    /// The records, when their document is what its name says: other certificates rely on it too.
    fn consents(&self) -> Option<Consents> {
        let consents = Consents::stored(self.consents.clone()?).ok()?;
        (Some(*consents.digest()) == self.consents_sha256).then_some(consents)
    }

    /// The withheld disclosures; an unreadable document is none, which the record's digest shows.
    fn withheld(&self) -> Option<Vec<Withheld>> {
        #[derive(Deserialize)]
        struct Document {
            items: Vec<Withheld>,
        }
        let body = self.withheld.as_deref()?;
        let document: Document = serde_json::from_str(body).ok()?;
        (withheld_document(&document.items) == body).then_some(document.items)
    }
}

/// The columns of a certificate's name and head, in the order of `head_json`.
#[derive(Deserialize)]
pub(super) struct HeadRow {
    #[serde(deserialize_with = "parsed")]
    session_id: Option<SessionId>,
    #[serde(deserialize_with = "hexed")]
    hash: Option<Digest>,
    #[serde(deserialize_with = "moment_or_null")]
    expires_at: Option<Option<Timestamp>>,
    #[serde(deserialize_with = "hexed")]
    expiry_hmac: Option<Tag>,
    #[serde(deserialize_with = "count")]
    head_seq: Option<u32>,
    #[serde(deserialize_with = "hexed")]
    head_hash: Option<Digest>,
    #[serde(deserialize_with = "text")]
    state: Option<String>,
    #[serde(deserialize_with = "parsed")]
    head_kid: Option<KeyId>,
    #[serde(deserialize_with = "parsed")]
    head_ed25519_kid: Option<KeyId>,
    #[serde(deserialize_with = "hexed")]
    head_hmac: Option<Tag>,
    #[serde(deserialize_with = "hexed")]
    head_ed25519: Option<Signature>,
}

impl HeadRow {
    pub(super) fn certificate_id(&self) -> Option<CertificateId> {
        Some(CertificateId::new(self.session_id.clone()?, self.hash?))
    }

    /// The head; none when a column of it cannot be read.
    pub(super) fn signed(&self) -> Option<SignedHead> {
        let document = self.state.as_deref()?;
        let state: State = serde_json::from_str(document).ok()?;
        if state.canonical() != document {
            return None;
        }
        Some(SignedHead {
            head: Head {
                certificate_id: self.certificate_id()?,
                seq: self.head_seq?,
                hash: self.head_hash?,
                state_sha256: Digest::of(document.as_bytes()),
                kid: self.head_kid.clone()?,
            },
            state,
            expires_at: self.expires_at?,
            expiry_hmac: self.expiry_hmac?,
            ed25519_kid: self.head_ed25519_kid.clone()?,
            signatures: Signatures { hmac: self.head_hmac?, ed25519: self.head_ed25519? },
        })
    }
}
