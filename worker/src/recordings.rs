//! The bytes of recordings in R2: written once, read back against their digests, and taken away
//! when no certificate keeps them. Each chunk is an object of its own, uncompressed, so that its
//! digest is the digest that was sealed.

use std::collections::BTreeMap;

use econsent_core::bundle::{Bundle, Outcome, Report, What};
use econsent_core::certificate_id::CertificateId;
use econsent_core::digest::Digest;
use econsent_core::ids::{CompanyId, PropertyId, SessionId};
use econsent_core::recording::{Chunk, Completeness, Held};
use futures_util::{StreamExt as _, stream};
use worker::{Conditional, Object, console_error};

use crate::app::App;
use crate::problem::Problem;
use crate::store::purge::{self, Going};
use crate::store::recordings::{self, Place, Stored, Whose};

/// Objects read at the same time: six is what a Worker may have open (Cloudflare, "Simultaneous
/// open connections").
const AT_ONCE: usize = 6;
/// What a check of a certificate reads of its recording, in bytes; a longer one is checked by its
/// replay.
const CHECKED_BYTES: u64 = 16 * 1_024 * 1_024;
/// Recordings that one run of the cron takes away.
const PURGED: u32 = 50;
/// Objects of one listing, which are what one deletion takes (R2: 1,000).
const LISTED: u32 = 1_000;

/// Where the recording of a session lies, with a slash at the end.
pub fn path(company: &CompanyId, property: &PropertyId, session: &SessionId) -> String {
    format!("recordings/{company}/{property}/{session}/")
}

fn key(whose: Whose<'_>, place: Place<'_>) -> String {
    let path = path(whose.company, whose.property, whose.session);
    format!("{path}{}/{}", place.stream, place.number)
}

/// Whether bytes are where they belong now.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// They are.
    Done,
    /// Other bytes lie there already.
    Other,
}

/// Writes a chunk where nothing lies yet. What a cut-off call has left there is the same bytes or a
/// conflict: an object is never written over.
pub async fn put(
    app: &App,
    whose: Whose<'_>,
    place: Place<'_>,
    bytes: Vec<u8>,
    sha256: &Digest,
) -> Result<Put, Problem> {
    let key = key(whose, place);
    let nothing_there =
        Conditional { etag_does_not_match: Some("*".into()), ..Conditional::default() };
    let bucket = app.recordings()?;
    let put = bucket.put(&key, bytes).sha256(sha256.as_bytes().to_vec());
    if put.only_if(nothing_there).execute().await?.is_some() {
        return Ok(Put::Done);
    }
    let there = bucket.head(&key).await?;
    let same = there.and_then(|object| object.checksum().sha256);
    Ok(if same.as_deref() == Some(sha256.as_bytes().as_slice()) { Put::Done } else { Put::Other })
}

/// Takes back a chunk that could not be noted.
pub async fn take_back(app: &App, whose: Whose<'_>, place: Place<'_>) -> Result<(), Problem> {
    Ok(app.recordings()?.delete(key(whose, place)).await?)
}

/// The bytes of a chunk as they are now; none when they are gone.
pub async fn read(
    app: &App,
    whose: Whose<'_>,
    place: Place<'_>,
) -> Result<Option<Vec<u8>>, Problem> {
    let key = key(whose, place);
    let Some(object) = app.recordings()?.get(key).execute().await? else { return Ok(None) };
    match object.body() {
        Some(body) => Ok(Some(body.bytes().await?)),
        None => Ok(None),
    }
}

/// What is left of a certificate's recording.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// What was read is all that was sealed, is less than it, or is something else.
    Read(Completeness),
    /// Not kept any more: its time is over, or it was erased.
    Gone,
    /// Too long to be read with every look at the certificate.
    Unread,
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Read(completeness) => completeness.fmt(f),
            Self::Gone => f.write_str("gone"),
            Self::Unread => f.write_str("not read"),
        }
    }
}

/// Reads the recording that a certificate has sealed and holds every byte against the seal; none
/// when the certificate has sealed none. A byte that was changed in R2, a row that was changed in
/// the database and a manifest that was changed all come to `changed`.
pub async fn state(
    app: &App,
    id: &CertificateId,
    claimant: Option<&CompanyId>,
) -> Result<Option<State>, Problem> {
    match recordings::find(&app.db, id, claimant).await? {
        Some(stored) => state_of(app, id, &stored).await,
        None => Ok(None),
    }
}

/// The same of what the database has given already.
pub async fn state_of(
    app: &App,
    id: &CertificateId,
    stored: &Stored,
) -> Result<Option<State>, Problem> {
    let Some(sealed) = &stored.sealed else { return Ok(None) };
    let Some(manifest) = sealed.manifest() else {
        return Ok(Some(State::Read(Completeness::Changed)));
    };
    if !stored.kept {
        return Ok(Some(State::Gone));
    }
    if stored.bytes > CHECKED_BYTES {
        return Ok(Some(State::Unread));
    }
    let whose =
        Whose { session: id.session(), company: &stored.company, property: &stored.property };
    let sealed: Vec<_> = stored
        .held
        .iter()
        .flat_map(|(stream, chunks)| {
            chunks.iter().map(move |(number, row)| (stream, *number, *row))
        })
        .filter(|(stream, number, _)| manifest.seals(stream, *number))
        .collect();
    let mut reads = stream::iter(sealed)
        .map(|(stream, number, row)| async move {
            let bytes = read(app, whose, Place { stream, number }).await?;
            Ok::<_, Problem>((stream, number, row, bytes.map(|bytes| Chunk::of(&bytes))))
        })
        .buffer_unordered(AT_ONCE);
    let mut held: Held = BTreeMap::new();
    while let Some(read) = reads.next().await {
        let (stream, number, row, found) = read?;
        match found {
            // Also where another chunk of the stream is missing, and the seal cannot tell.
            Some(found) if found != row => {
                return Ok(Some(State::Read(Completeness::Changed)));
            }
            Some(found) => _ = held.entry(stream.clone()).or_default().insert(number, found),
            None => {}
        }
    }
    Ok(Some(State::Read(manifest.completeness(&held))))
}

/// What a certificate's recording is now, if it has sealed one; the report says so as well.
pub async fn check(
    app: &App,
    bundle: &Bundle,
    claimant: Option<&CompanyId>,
    report: &mut Report,
) -> Result<Option<State>, Problem> {
    if bundle.documents.recording.is_none() {
        return Ok(None);
    }
    let state = state(app, &bundle.certificate_id, claimant).await?;
    if let Some(state) = state {
        report.add(What::Replay, outcome(state));
    }
    Ok(state)
}

fn outcome(state: State) -> Outcome {
    match state {
        State::Read(Completeness::Complete) => Outcome::Passed,
        State::Read(Completeness::Changed) => {
            Outcome::Failed("the stored recording is not the one that was sealed".into())
        }
        State::Read(Completeness::Missing(chunks)) => Outcome::Unchecked(format!(
            "{chunks} of its chunks have not arrived or are gone, so the rest cannot be held \
             against the seal"
        )),
        State::Gone => Outcome::Unchecked("the recording is not kept any more".into()),
        State::Unread => Outcome::Unchecked("it is long, and checked when it is replayed".into()),
    }
}

/// Takes away recordings that no certificate keeps: first they are closed, then their bytes go a
/// thousand objects at a time, and last their rows. Cut off anywhere, it goes on with the next run.
pub async fn purge(app: &App) -> Result<(), Problem> {
    for going in purge::close(&app.db, App::now(), PURGED).await? {
        if let Err(problem) = purge_one(app, &going).await {
            console_error!("recordings: {}: {}", going.session_id, problem.code());
        }
    }
    Ok(())
}

async fn purge_one(app: &App, going: &Going) -> Result<(), Problem> {
    let prefix = path(&going.company_id, &going.property_id, &going.session_id);
    let bucket = app.recordings()?;
    loop {
        let listed = bucket.list().prefix(prefix.clone()).limit(LISTED).execute().await?;
        let keys: Vec<String> = listed.objects().iter().map(Object::key).collect();
        if keys.is_empty() {
            break;
        }
        bucket.delete_multiple(keys).await?;
    }
    Ok(purge::forget(&app.db, going.recording).await?)
}
