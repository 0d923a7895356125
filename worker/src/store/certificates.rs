//! Writing certificates: a new one in one batch, with its first events and its signed head.

use econsent_core::certificate_id::CertificateId;
use econsent_core::contact::LookupKey;
use econsent_core::digest::Digest;
use econsent_core::ids::{KeyId, SessionId};
use econsent_core::ingest::Evidence;
use econsent_core::issue::Issued;
use econsent_core::json::{Json, Object};
use econsent_core::record::MintedBy;
use econsent_core::time::Timestamp;
use econsent_core::webhook::{SETTLES, WebhookEvent};

use super::custody::{self, HeadColumns};
use super::shares::Named;
use super::{Bind, Db, StoreError, activity, auto_shares, json_rows, recordings, texts, webhooks};

/// Under what the lead's contacts are found.
pub struct ContactLookups {
    /// The master key.
    pub kid: KeyId,
    /// One per contact.
    pub keys: Vec<LookupKey>,
}

impl ContactLookups {
    /// The keys as a statement takes them.
    pub(super) fn list(&self) -> String {
        Json::List(self.keys.iter().map(|key| Json::from(key.hex())).collect()).canonical()
    }
}

/// Writes a new certificate: texts and documents that are not there yet, the record, its salted
/// personal values, both first events and the signed head, or nothing of it.
///
/// # Errors
/// [`StoreError::Conflict`] when the id is taken.
pub async fn create(
    db: &Db,
    evidence: &Evidence,
    issued: &Issued,
    lookups: &ContactLookups,
) -> Result<(), StoreError> {
    let Issued { record, signatures, disclosures, events, head } = issued;
    let hash = record.certificate_id.hash().hex();
    let consents = evidence.documents.consents.sha256.hex();
    let withheld = record.attached.withheld.as_ref().map(Digest::hex);
    let presentation = record.attached.presentation.as_ref().map(Digest::hex);
    let recording = record.attached.recording.as_ref().map(Digest::hex);

    let staged = texts::listed(&evidence.commit.missing_texts());
    let words =
        json_rows(evidence.commit.texts.iter().map(|(digest, text)| texts::row(*digest, text)));
    let documents = json_rows(evidence.documents.iter().map(|document| {
        Object::new().with("sha256", document.sha256).with("body", document.body.as_str())
    }));
    let contacts = lookups.list();
    let links = custody::links(events);
    let signed = HeadColumns::of(head);
    let committed = record.committed.document().canonical();
    let disclosures = disclosures.document().canonical();
    let supersedes = record.supersedes.as_ref().map(CertificateId::to_string);
    let (nonce, client_random) = (
        base16ct::lower::encode_string(&record.nonce),
        base16ct::lower::encode_string(&record.client_random),
    );
    let (hmac, ed25519) = (signatures.hmac.hex(), signatures.ed25519.hex());

    let id = record.certificate_id.to_string();
    let body = created_body(evidence, issued);
    let event = webhooks::Event {
        company: &record.company_id,
        event: WebhookEvent::CertificateCreated,
        about: Some(&id),
        body: &body,
        now: record.received_at,
        due: record.received_at + SETTLES,
    };
    let replaced = record.supersedes.as_ref().map(|earlier| earlier.hash().hex());
    let company = Bind::Text(record.company_id.as_str());
    let counted = activity::captured(&record.company_id, &record.property_id, record.received_at);

    // What the server mints stands alone in its session, so that sending it again changes nothing.
    let session = [Bind::Text(record.certificate_id.session().as_str())];
    let alone: &[(&str, &[Bind<'_>])] = match record.minted_by {
        MintedBy::Server => &[(GUARD_SESSION, &session)],
        MintedBy::Page => &[],
    };
    let seal = evidence.recording().map(|manifest| recordings::Seal::of(manifest, record));
    let seal: Vec<_> = seal.iter().flat_map(recordings::Seal::statements).collect();
    let sealing: Vec<(&str, &[Bind<'_>])> =
        seal.iter().map(|(sql, binds)| (*sql, binds.as_slice())).collect();

    let statements: &[(&str, &[Bind<'_>])] = &[
        (INSERT_TEXTS, &[Bind::Text(&words)]),
        (texts::TAKE, &[Bind::Text(record.property_id.as_str()), Bind::Text(&staged)]),
        (texts::GUARD, &[Bind::Text(&staged)]),
        (INSERT_DOCUMENTS, &[Bind::Text(&documents)]),
        (
            INSERT_CERTIFICATE,
            &[
                Bind::Text(&hash),
                Bind::Text(record.certificate_id.session().as_str()),
                Bind::Text(record.company_id.as_str()),
                Bind::Text(record.property_id.as_str()),
                Bind::Number(record.timestamp.millis()),
                Bind::Number(record.received_at.millis()),
                Bind::Text(&record.domain),
                Bind::Text(record.keys.hmac.as_str()),
                Bind::Text(record.keys.ed25519.as_str()),
                Bind::Text(&hmac),
                Bind::Text(&ed25519),
                Bind::MaybeNumber(head.expires_at.map(Timestamp::millis)),
                Bind::Text(&signed.expiry_hmac),
                Bind::Text(&signed.state),
                Bind::Text(head.head.kid.as_str()),
                Bind::Text(head.ed25519_kid.as_str()),
                Bind::Text(&signed.hmac),
                Bind::Text(&signed.ed25519),
            ],
        ),
        (
            INSERT_RECORD,
            &[
                Bind::Text(&hash),
                Bind::Text(record.origin.as_str()),
                Bind::Text(&nonce),
                Bind::Text(&client_random),
                Bind::Text(record.minted_by.as_str()),
                Bind::Text(record.attestation.as_str()),
                Bind::Text(record.clock.as_str()),
                Bind::Text(&record.tracker),
                Bind::Maybe(supersedes.as_deref()),
                Bind::Number(record.dropped.consents.into()),
                Bind::Number(record.dropped.withheld.into()),
                Bind::Maybe(record.geo.as_ref().map(|geo| geo.country.as_str())),
                Bind::Maybe(record.geo.as_ref().map(|geo| geo.region.as_str())),
                Bind::Text(&committed),
                Bind::Text(&consents),
                Bind::Maybe(withheld.as_deref()),
                Bind::Maybe(presentation.as_deref()),
                Bind::Maybe(recording.as_deref()),
            ],
        ),
        (
            INSERT_DISCLOSURES,
            &[Bind::Text(&hash), Bind::Text(record.company_id.as_str()), Bind::Text(&disclosures)],
        ),
        (
            INSERT_LOOKUPS,
            &[Bind::Text(&hash), Bind::Text(&contacts), Bind::Text(lookups.kid.as_str())],
        ),
        (custody::INSERT_EVENTS, &[Bind::Text(&hash), Bind::Text(&links)]),
        (custody::INSERT_DETAILS, &[Bind::Text(&hash), Bind::Text(&links)]),
        (
            custody::GUARD_HEAD,
            &[Bind::Text(&hash), Bind::Number(head.head.seq.into()), Bind::Text(&signed.hash)],
        ),
        (
            webhooks::FORGET_SUPERSEDED,
            &[Bind::Text(record.company_id.as_str()), Bind::Maybe(supersedes.as_deref())],
        ),
        (webhooks::INSERT, &event.binds()),
        (auto_shares::FORGET_SUPERSEDED, &[Bind::Maybe(replaced.as_deref()), company.clone()]),
        (auto_shares::INSERT, &[Bind::Text(&hash), Bind::Number(event.due.millis())]),
        (activity::COUNT, &counted),
    ];
    db.batch(&[alone, statements, &sealing].concat()).await
}

/// By certificates_by_session.
const GUARD_SESSION: &str = "
    INSERT INTO guard
    SELECT NOT EXISTS (SELECT 1 FROM certificates c WHERE c.session_id = ?1)";

/// The certificate that the server has minted in one of these sessions.
pub async fn minted_in(
    db: &Db,
    [this, before]: [&SessionId; 2],
) -> Result<Option<CertificateId>, StoreError> {
    // By certificates_by_session, then by primary key.
    let sql = "
        SELECT c.session_id, lower(hex(c.hash)) AS hash
        FROM certificates c JOIN records r ON r.certificate = c.certificate
        WHERE c.session_id IN (?1, ?2) AND r.minted_by = 'server'
        ORDER BY c.received_at DESC LIMIT 1";
    let binds = [Bind::Text(this.as_str()), Bind::Text(before.as_str())];
    let named: Option<Named> = db.first(sql, &binds).await?;
    Ok(named.and_then(|named| named.certificate_id()))
}

/// What webhooks tell of a new certificate: nothing of the consumer's.
fn created_body(evidence: &Evidence, issued: &Issued) -> String {
    let record = &issued.record;
    let types = evidence.commit.consents.iter().map(|consent| consent.consent_type.as_str().into());
    let data = Object::new()
        .with("certificate_id", record.certificate_id.to_string())
        .with("session_id", record.certificate_id.session().as_str())
        .with("property_id", record.property_id.as_str())
        .with("domain", record.domain.as_str())
        .with("consent_types", Json::List(types.collect()))
        .with("attestation", record.attestation.as_str())
        .with("clock", record.clock.as_str())
        .with("supersedes", record.supersedes.as_ref().map(CertificateId::to_string));
    Object::new()
        .with("type", WebhookEvent::CertificateCreated.as_str())
        .with("created_at", String::from(record.received_at))
        .with("data", data)
        .canonical()
}

const INSERT_TEXTS: &str = "
    INSERT INTO texts (sha256, text, canonical)
    SELECT unhex(value ->> 'sha256'), value ->> 'text', value ->> 'canonical' FROM json_each(?1)";

const INSERT_DOCUMENTS: &str = "
    INSERT INTO documents (sha256, body)
    SELECT unhex(value ->> 'sha256'), value ->> 'body' FROM json_each(?1)";

const INSERT_CERTIFICATE: &str = "
    INSERT INTO certificates (
        hash, session_id, company_id, property_id, timestamp, received_at, domain,
        hmac_kid, ed25519_kid, hmac, ed25519, expires_at, expiry_hmac,
        state, head_kid, head_ed25519_kid, head_hmac, head_ed25519
    ) VALUES (
        unhex(?1), ?2, ?3, ?4, ?5, ?6, ?7,
        ?8, ?9, unhex(?10), unhex(?11), ?12, unhex(?13),
        ?14, ?15, ?16, unhex(?17), unhex(?18)
    )";

const INSERT_RECORD: &str = "
    INSERT INTO records (
        certificate, origin, nonce, client_random, minted_by, attestation, clock, tracker,
        supersedes, dropped_consents, dropped_withheld, country, region, committed,
        consents, withheld, presentation, recording
    ) SELECT
        c.certificate, ?2, unhex(?3), unhex(?4), ?5, ?6, ?7, ?8,
        ?9, ?10, ?11, ?12, ?13, ?14,
        (SELECT document FROM documents WHERE sha256 = unhex(?15)),
        (SELECT document FROM documents WHERE sha256 = unhex(?16)),
        (SELECT document FROM documents WHERE sha256 = unhex(?17)),
        (SELECT document FROM documents WHERE sha256 = unhex(?18))
    FROM certificates c WHERE c.hash = unhex(?1)";

const INSERT_DISCLOSURES: &str = "
    INSERT INTO disclosures (certificate, holder, body)
    SELECT c.certificate, ?2, ?3 FROM certificates c WHERE c.hash = unhex(?1)";

const INSERT_LOOKUPS: &str = "
    INSERT INTO contact_lookups (lookup, certificate, kid)
    SELECT unhex(e.value), c.certificate, ?3
    FROM certificates c, json_each(?2) e WHERE c.hash = unhex(?1)";
