//! Recordings: chunks as they come, what certificates seal of them, and what is there to replay.
//! Purging is in `purge.rs`.

use econsent_core::certificate_id::CertificateId;
use econsent_core::digest::Digest;
use econsent_core::ids::{CompanyId, PropertyId, SessionId, StreamId};
use econsent_core::json::Object;
use econsent_core::record::Record;
use econsent_core::recording::admission::Known;
use econsent_core::recording::{Chunk, Held, Manifest};
use econsent_core::time::Timestamp;
use econsent_core::token;
use serde::Deserialize;

use super::{Bind, Db, StoreError, json_rows};

/// Whose recording it is.
#[derive(Clone, Copy)]
pub struct Whose<'a> {
    /// The visit.
    pub session: &'a SessionId,
    /// The publisher.
    pub company: &'a CompanyId,
    /// The publisher's website.
    pub property: &'a PropertyId,
}

/// Where a chunk lies in its recording.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The page load.
    pub stream: &'a StreamId,
    /// From 0.
    pub number: u32,
}

/// What is known when a chunk arrives.
pub struct Before {
    /// Whether the property's pages are recorded.
    pub wanted: bool,
    /// Whether the recording is going already.
    pub closed: bool,
    /// What the core decides by.
    pub known: Known,
}

/// What is known of the property, the session and the place; none for a property that the company
/// does not have.
pub async fn before(
    db: &Db,
    whose: Whose<'_>,
    place: Place<'_>,
) -> Result<Option<Before>, StoreError> {
    #[derive(Deserialize)]
    struct Row {
        wanted: u8,
        closed: Option<u8>,
        minted_at: Option<i64>,
        bytes: Option<u64>,
        chunks: Option<u32>,
        sealed: Option<u32>,
        sha256: Option<String>,
    }
    // By primary keys, and the unique index on the session.
    let sql = "
        SELECT p.recording AS wanted, r.closed, r.minted_at, r.bytes, r.chunks, s.chunks AS sealed,
            CASE WHEN c.sha256 IS NULL THEN NULL ELSE lower(hex(c.sha256)) END AS sha256
        FROM properties p
        LEFT JOIN recordings r ON r.session_id = ?3
        LEFT JOIN recording_seals s ON s.recording = r.recording AND s.stream = unhex(?4)
        LEFT JOIN recording_chunks c
            ON c.recording = r.recording AND c.stream = unhex(?4) AND c.number = ?5
        WHERE p.property_id = ?1 AND p.company_id = ?2";
    let binds = [
        Bind::Text(whose.property.as_str()),
        Bind::Text(whose.company.as_str()),
        Bind::Text(whose.session.as_str()),
        Bind::Text(place.stream.as_str()),
        Bind::Number(place.number.into()),
    ];
    let row: Option<Row> = db.first(sql, &binds).await?;
    Ok(row.map(|row| Before {
        wanted: row.wanted == 1,
        closed: row.closed == Some(1),
        known: Known {
            same_number: row.sha256.and_then(|hex| hex.parse().ok()),
            sealed: row.sealed,
            minted_at: row.minted_at.and_then(|millis| Timestamp::from_millis(millis).ok()),
            bytes: row.bytes.unwrap_or_default(),
            chunks: row.chunks.unwrap_or_default(),
        },
    }))
}

/// Notes a chunk whose bytes are in R2.
///
/// # Errors
/// [`StoreError::Conflict`] when its place was taken meanwhile, or the recording is going.
pub async fn note(
    db: &Db,
    whose: Whose<'_>,
    place: Place<'_>,
    chunk: Chunk,
    bytes: usize,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sha256 = chunk.sha256.hex();
    let bytes = Bind::Number(i64::try_from(bytes).unwrap_or(i64::MAX));
    let session = Bind::Text(whose.session.as_str());
    db.batch(&[
        (
            BEGIN,
            &[
                session.clone(),
                Bind::Text(whose.company.as_str()),
                Bind::Text(whose.property.as_str()),
                Bind::Number(due(now).millis()),
            ],
        ),
        (GROW, &[session.clone(), bytes.clone(), Bind::Number(due(now).millis())]),
        (GUARD_OPEN, core::slice::from_ref(&session)),
        (
            INSERT_CHUNK,
            &[
                session.clone(),
                Bind::Text(place.stream.as_str()),
                Bind::Number(place.number.into()),
                Bind::Number(chunk.events.into()),
                bytes,
                Bind::Text(&sha256),
                Bind::Number(now.millis()),
            ],
        ),
    ])
    .await
}

/// When to look whether a certificate keeps a recording: once no token of its can be good any more.
fn due(now: Timestamp) -> Timestamp {
    now + token::LIFETIME + token::LIFETIME / 24
}

/// A recording that is there already stays as it is; a session is never of two properties.
const BEGIN: &str = "
    INSERT INTO recordings (session_id, company_id, property_id, due_at) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (session_id) DO NOTHING";

const GROW: &str = "
    UPDATE recordings SET bytes = bytes + ?2, chunks = chunks + 1,
        due_at = CASE WHEN due_at IS NULL THEN NULL ELSE ?3 END
    WHERE session_id = ?1 AND closed = 0";

const GUARD_OPEN: &str = "
    INSERT INTO guard SELECT count(*) FROM recordings WHERE session_id = ?1 AND closed = 0";

const INSERT_CHUNK: &str = "
    INSERT INTO recording_chunks (recording, stream, number, events, bytes, sha256, received_at)
    SELECT r.recording, unhex(?2), ?3, ?4, ?5, unhex(?6), ?7
    FROM recordings r WHERE r.session_id = ?1";

/// What a certificate seals, as the values of the statements below.
pub struct Seal {
    session: String,
    company: String,
    property: String,
    now: i64,
    due: i64,
    streams: String,
    hash: String,
}

impl Seal {
    /// The seal of a new certificate.
    pub fn of(manifest: &Manifest, record: &Record) -> Self {
        let (id, now) = (&record.certificate_id, record.received_at);
        let streams = manifest.streams().iter().map(|sealed| {
            Object::new().with("stream", sealed.stream.as_str()).with("chunks", sealed.chunks)
        });
        Self {
            session: id.session().as_str().into(),
            company: record.company_id.as_str().into(),
            property: record.property_id.as_str().into(),
            now: now.millis(),
            due: due(now).millis(),
            streams: json_rows(streams),
            hash: id.hash().hex(),
        }
    }

    /// The statements that go with the certificate's own, after it has been inserted.
    pub fn statements(&self) -> [(&'static str, Vec<Bind<'_>>); 4] {
        let session = Bind::Text(&self.session);
        [
            (
                BEGIN,
                vec![
                    session.clone(),
                    Bind::Text(&self.company),
                    Bind::Text(&self.property),
                    Bind::Number(self.due),
                ],
            ),
            (
                "UPDATE recordings SET minted_at = max(coalesce(minted_at, 0), ?2),
                    due_at = CASE WHEN closed = 0 THEN NULL ELSE due_at END
                 WHERE session_id = ?1",
                vec![session.clone(), Bind::Number(self.now)],
            ),
            (
                "INSERT INTO recording_seals (recording, stream, chunks)
                 SELECT r.recording, unhex(e.value ->> 'stream'), e.value ->> 'chunks'
                 FROM recordings r, json_each(?2) e WHERE r.session_id = ?1
                 ON CONFLICT (recording, stream) DO UPDATE SET chunks = max(chunks, excluded.chunks)",
                vec![session.clone(), Bind::Text(&self.streams)],
            ),
            (
                "INSERT INTO recording_keepers (certificate, holder, recording)
                 SELECT c.certificate, c.company_id, r.recording FROM certificates c, recordings r
                 WHERE c.hash = unhex(?2) AND r.session_id = ?1 AND r.closed = 0",
                vec![session, Bind::Text(&self.hash)],
            ),
        ]
    }
}

/// Lets a certificate's recording go, whoever keeps it: beside the event that ends its evidence.
/// Bound to the certificate's hash. The recording stays while another certificate keeps it.
pub const RELEASE: [&str; 2] = [
    "UPDATE recordings SET due_at = 0 WHERE recording IN (
        SELECT k.recording FROM recording_keepers k JOIN certificates c USING (certificate)
        WHERE c.hash = unhex(?1)
    )",
    "DELETE FROM recording_keepers
     WHERE certificate = (SELECT certificate FROM certificates WHERE hash = unhex(?1))",
];

/// Lets a session's recording go as far as one company keeps it: beside the event that says that the
/// company erases the consumer. Bound to session and company. What was recorded is one consumer's,
/// whichever of the session's certificates is named; nothing more is taken in once nobody keeps it.
pub(super) const ERASE: [&str; 2] = [
    "UPDATE recordings SET closed = 1, due_at = 0
     WHERE session_id = ?1 AND EXISTS (
        SELECT 1 FROM recording_keepers k
        WHERE k.recording = recordings.recording AND k.holder = ?2
     ) AND NOT EXISTS (
        SELECT 1 FROM recording_keepers k
        WHERE k.recording = recordings.recording AND k.holder <> ?2
     )",
    "DELETE FROM recording_keepers
     WHERE recording = (SELECT recording FROM recordings WHERE session_id = ?1) AND holder = ?2",
];

/// Who claims a certificate keeps its recording too, as far as the publisher does. Bound to hash and
/// company.
pub(super) const KEEP: &str = "
    INSERT INTO recording_keepers (certificate, holder, recording)
    SELECT k.certificate, ?2, k.recording FROM certificates c
    JOIN recording_keepers k ON k.certificate = c.certificate AND k.holder = c.company_id
    WHERE c.hash = unhex(?1)
    ON CONFLICT DO NOTHING";

/// What is there of a certificate's recording.
pub struct Stored {
    /// The publisher.
    pub company: CompanyId,
    /// The publisher's website.
    pub property: PropertyId,
    /// What the certificate has sealed; none when it has sealed nothing, or its record is gone.
    pub sealed: Option<Sealed>,
    /// Whether the recording is still kept by whom it was asked for; expiry and erasure take it away.
    pub kept: bool,
    /// The chunks by their rows.
    pub held: Held,
    /// All of them, in bytes.
    pub bytes: u64,
}

/// What a certificate has sealed.
pub struct Sealed {
    /// The manifest's canonical document.
    pub document: String,
    /// Its digest, as the record names it.
    pub hash: String,
}

impl Sealed {
    /// The manifest; none when its document is not the one that was sealed.
    pub fn manifest(&self) -> Option<Manifest> {
        Manifest::sealed(&self.document, &self.hash.parse::<Digest>().ok()?)
    }
}

/// The recording of a certificate as a company with a claim keeps it, or else as its publisher does;
/// none under an id that was never received.
pub async fn find(
    db: &Db,
    id: &CertificateId,
    claimant: Option<&CompanyId>,
) -> Result<Option<Stored>, StoreError> {
    #[derive(Deserialize)]
    struct Row {
        company_id: CompanyId,
        property_id: PropertyId,
        manifest: Option<String>,
        recording_hash: Option<String>,
        kept: u8,
        chunks: String,
    }
    #[derive(Deserialize)]
    struct ChunkRow {
        stream: String,
        number: u32,
        events: u32,
        bytes: u64,
        sha256: String,
    }
    // By the unique index on `hash`, then primary keys; chunks in the order of theirs.
    let sql = "
        SELECT c.company_id, c.property_id, d.body AS manifest,
            lower(hex(d.sha256)) AS recording_hash, k.recording IS NOT NULL AS kept, (
            SELECT json_group_array(json_object(
                'stream', lower(hex(h.stream)), 'number', h.number, 'events', h.events,
                'bytes', h.bytes, 'sha256', lower(hex(h.sha256))
            )) FROM recording_chunks h WHERE h.recording = k.recording
        ) AS chunks
        FROM certificates c
        LEFT JOIN records r ON r.certificate = c.certificate
        LEFT JOIN documents d ON d.document = r.recording
        LEFT JOIN recording_keepers k ON k.certificate = c.certificate
            AND k.holder = coalesce(?3, c.company_id)
        WHERE c.hash = unhex(?1) AND c.session_id = ?2";
    let hash = id.hash().hex();
    let binds = [
        Bind::Text(&hash),
        Bind::Text(id.session().as_str()),
        Bind::Maybe(claimant.map(CompanyId::as_str)),
    ];
    let Some(row) = db.first::<Row>(sql, &binds).await? else { return Ok(None) };
    let chunks: Vec<ChunkRow> =
        serde_json::from_str(&row.chunks).map_err(|error| StoreError::Failed(error.to_string()))?;
    let bytes = chunks.iter().map(|chunk| chunk.bytes).sum();
    let mut held = Held::new();
    for chunk in chunks {
        let (Ok(stream), Ok(sha256)) = (chunk.stream.parse::<StreamId>(), chunk.sha256.parse())
        else {
            continue;
        };
        let row = Chunk { events: chunk.events, sha256 };
        held.entry(stream).or_default().insert(chunk.number, row);
    }
    let sealed = row.manifest.zip(row.recording_hash);
    Ok(Some(Stored {
        company: row.company_id,
        property: row.property_id,
        sealed: sealed.map(|(document, hash)| Sealed { document, hash }),
        kept: row.kept == 1,
        held,
        bytes,
    }))
}
