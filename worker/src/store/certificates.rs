//! Writing certificates: a new one in one batch, with its first events and its signed head.

use econsent_core::certificate_id::CertificateId;
use econsent_core::commitment::Salt;
use econsent_core::contact::LookupKey;
use econsent_core::digest::Digest;
use econsent_core::ids::{KeyId, SessionId};
use econsent_core::ingest::Evidence;
use econsent_core::issue::Issued;
use econsent_core::json::{Json, Object};
use econsent_core::record::MintedBy;
use econsent_core::time::Timestamp;
use econsent_core::webhook::{SETTLES, WebhookEvent};

use super::custody::{HeadColumns, INSERT_SIGNER};
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

/// A session id as the column `session` has it: bytes for one of hex digits, else its text.
macro_rules! session {
    ($id:literal) => {
        concat!("iif(lower(hex(unhex(", $id, "))) = ", $id, ", unhex(", $id, "), ", $id, ")")
    };
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
    let Issued { record, signatures, personal, record_sha256, salts, events: _, head } = issued;
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
    let signed = HeadColumns::of(head);
    let committed = base16ct::lower::encode_string(&record.committed.packed());
    let disclosures = base16ct::lower::encode_string(&personal.packed());
    let record_sha256 = record_sha256.hex();
    let [created_salt, signed_salt] = salts.each_ref().map(Salt::hex);
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

    let hmac_kid = Bind::Text(record.keys.hmac.as_str());
    let ed25519_kid = Bind::Text(record.keys.ed25519.as_str());
    let head_kid = Bind::Text(head.head.kid.as_str());
    let head_ed25519_kid = Bind::Text(head.ed25519_kid.as_str());
    let statements: &[(&str, &[Bind<'_>])] = &[
        (INSERT_TEXTS, &[Bind::Text(&words)]),
        (texts::TAKE, &[Bind::Text(record.property_id.as_str()), Bind::Text(&staged)]),
        (texts::GUARD, &[Bind::Text(&staged)]),
        (INSERT_DOCUMENTS, &[Bind::Text(&documents)]),
        (
            INSERT_PLACE,
            &[
                Bind::Text(record.property_id.as_str()),
                Bind::Text(record.origin.as_str()),
                Bind::Text(&record.domain),
            ],
        ),
        (INSERT_SIGNER, &[hmac_kid.clone(), ed25519_kid.clone()]),
        (INSERT_SIGNER, &[head_kid.clone(), head_ed25519_kid.clone()]),
        (
            INSERT_CERTIFICATE,
            &[
                Bind::Text(&hash),
                Bind::Text(record.certificate_id.session().as_str()),
                Bind::Text(record.company_id.as_str()),
                Bind::Text(record.property_id.as_str()),
                Bind::Number(record.timestamp.millis()),
                Bind::Number(record.received_at.millis()),
                Bind::Text(record.origin.as_str()),
                hmac_kid,
                ed25519_kid,
                Bind::Text(&hmac),
                Bind::Text(&ed25519),
                Bind::MaybeNumber(head.expires_at.map(Timestamp::millis)),
                Bind::Text(&signed.expiry_hmac),
                Bind::Number(head.head.seq.into()),
                Bind::Text(&signed.hash),
                head_kid,
                head_ed25519_kid,
                Bind::Text(&signed.hmac),
                Bind::Text(&signed.ed25519),
                Bind::Text(&record_sha256),
                Bind::Text(&created_salt),
                Bind::Text(&signed_salt),
                Bind::Text(&record.domain),
            ],
        ),
        (
            INSERT_RECORD,
            &[
                Bind::Text(&hash),
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
        (INSERT_DISCLOSURES, &[Bind::Text(&hash), Bind::Text(&disclosures)]),
        (
            INSERT_LOOKUPS,
            &[Bind::Text(&hash), Bind::Text(&contacts), Bind::Text(lookups.kid.as_str())],
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
const GUARD_SESSION: &str = concat!(
    "
    INSERT INTO guard
    SELECT NOT EXISTS (SELECT 1 FROM certificate_rows c WHERE c.session = ",
    session!("?1"),
    ")"
);

/// The certificate that the server has minted in one of these sessions.
pub async fn minted_in(
    db: &Db,
    [this, before]: [&SessionId; 2],
) -> Result<Option<CertificateId>, StoreError> {
    // By certificates_by_session, then by primary key.
    let sql = concat!(
        "
        SELECT c.session_id, lower(hex(c.hash)) AS hash
        FROM certificate_rows s JOIN records r ON r.certificate = s.certificate
        JOIN certificates c ON c.certificate = s.certificate
        WHERE s.session IN (",
        session!("?1"),
        ", ",
        session!("?2"),
        ") AND r.minted_by = 'server'
        ORDER BY s.received_at DESC LIMIT 1"
    );
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

const INSERT_PLACE: &str = "
    INSERT INTO places (property_id, origin, domain) VALUES (?1, ?2, ?3)";

/// In the state in which every certificate begins, which is written as NULL.
const INSERT_CERTIFICATE: &str = concat!(
    "
    INSERT INTO certificate_rows (
        hash, session, company_id, place, timestamp, received_at,
        signer, hmac, ed25519, expires_at, expiry_hmac,
        head_seq, head_hash, head_signer, head_hmac, head_ed25519,
        record_sha256, created_salt, signed_salt
    ) VALUES (
        unhex(?1), ",
    session!("?2"),
    ", ?3, (SELECT place FROM places WHERE property_id = ?4 AND origin = ?7 AND domain = ?23), ?5, ?6,
        (SELECT signer FROM signers WHERE hmac_kid = ?8 AND ed25519_kid = ?9),
        unhex(?10), unhex(?11), ?12, unhex(?13), ?14, unhex(?15),
        (SELECT signer FROM signers WHERE hmac_kid = ?16 AND ed25519_kid = ?17),
        unhex(?18), unhex(?19),
        unhex(?20), unhex(?21), unhex(?22)
    )"
);

const INSERT_RECORD: &str = "
    INSERT INTO records (
        certificate, nonce, client_random, minted_by, attestation, clock, tracker,
        supersedes, dropped_consents, dropped_withheld, country, region, committed,
        consents, withheld, presentation, recording
    ) SELECT
        c.certificate, unhex(?2), unhex(?3), ?4, ?5, ?6, ?7,
        ?8, ?9, ?10, ?11, ?12, unhex(?13),
        (SELECT document FROM documents WHERE sha256 = unhex(?14)),
        (SELECT document FROM documents WHERE sha256 = unhex(?15)),
        (SELECT document FROM documents WHERE sha256 = unhex(?16)),
        (SELECT document FROM documents WHERE sha256 = unhex(?17))
    FROM certificates c WHERE c.hash = unhex(?1)";

/// The publisher holds them.
const INSERT_DISCLOSURES: &str = "
    INSERT INTO disclosures (certificate, holder, body)
    SELECT c.certificate, '', unhex(?2) FROM certificates c WHERE c.hash = unhex(?1)";

const INSERT_LOOKUPS: &str = "
    INSERT INTO contact_lookups (lookup, certificate, kid)
    SELECT unhex(e.value), c.certificate, ?3
    FROM certificates c, json_each(?2) e WHERE c.hash = unhex(?1)";
