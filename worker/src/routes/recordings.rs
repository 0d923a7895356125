//! `POST /api/recordings`: a page sends a chunk of what it records (contract §6).
//!
//! The body is a line of JSON, the head, and after it the chunk: rrweb events, one JSON line each,
//! as they are or in gzip. Nobody but the page whose session token names that stream can write into
//! it, and nothing that is there is ever written over.

use std::io::Write as _;

use econsent_core::digest::Digest;
use econsent_core::ids::{SessionId, StreamId};
use econsent_core::ingest::Refusal;
use econsent_core::limits;
use econsent_core::recording::Chunk;
use econsent_core::recording::admission::{Admission, Arrival};
use econsent_core::token::SessionToken;
use flate2::write::GzDecoder;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::Response;

use super::origin_of;
use crate::app::App;
use crate::body;
use crate::problem::Problem;
use crate::recordings::{self, Put};
use crate::request::Request;
use crate::store::recordings::{self as store, Place, Whose};
use crate::store::{StoreError, properties};

/// Longest head, in bytes.
const HEAD_BYTES: usize = 4 * 1_024;

/// How a chunk's bytes are sent.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Encoding {
    /// As they are.
    Identity,
    /// As gzip (RFC 1952).
    Gzip,
}

/// The first line of the body.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    v: u32,
    token: String,
    number: u32,
    /// Of the chunk's bytes, uncompressed.
    sha256: Digest,
    encoding: Encoding,
}

/// A chunk that is kept.
#[derive(Serialize, ToSchema)]
pub struct ChunkReceived<'a> {
    session_id: &'a SessionId,
    stream: &'a StreamId,
    number: u32,
    events: u32,
    #[schema(value_type = String)]
    sha256: Digest,
}

/// Keeps a chunk of a recording. The same chunk again is the same (200); other bytes under its
/// number are refused.
#[utoipa::path(post, path = "/api/recordings", tag = "tracker",
    request_body(content = String, content_type = "text/plain",
        description = "A line of JSON `{v: 1, token, number, sha256, encoding: identity|gzip}`, a \
            line feed, and the chunk: rrweb events, one JSON line each; at most 2 MB as sent and \
            4 MB uncompressed."),
    security(()), responses(
        (status = 201, description = "Kept.", body = ChunkReceived),
        (status = 200, description = "The same was received before.", body = ChunkReceived)))]
pub async fn receive(mut request: Request, app: &App) -> Result<Response, Problem> {
    let origin = origin_of(&request)?;
    let body = body::bytes(&mut request, HEAD_BYTES + limits::CHUNK_SENT_BYTES).await?;
    let (head, sent) = split(&body)?;
    let now = App::now();
    let token = SessionToken::open(&head.token, &app.keys.tokens).map_err(Refusal::Token)?;
    if token.origin != origin {
        return Err(Refusal::ForeignToken.into());
    }
    if !token.attests(now) {
        return Err(Problem::new(403, "token_expired", "The session token has expired."));
    }
    let bytes = decoded(head.encoding, sent)?;
    let chunk =
        Chunk::parse(&bytes).map_err(|error| Problem::new(422, "invalid_recording", error))?;
    if chunk.sha256 != head.sha256 {
        return Err(Problem::invalid("digest_mismatch", "The chunk is not what its digest says."));
    }

    let whose =
        Whose { session: &token.session, company: &token.company, property: &token.property };
    let place = Place { stream: &token.stream, number: head.number };
    let before = store::before(&app.db, whose, place).await?.ok_or_else(properties::not_found)?;
    if !before.wanted {
        return Err(Problem::new(403, "recording_off", "This property's pages are not recorded."));
    }
    let arrival = Arrival {
        number: head.number,
        sha256: chunk.sha256,
        bytes: bytes.len(),
        loaded_at: token.issued_at,
        now,
    };
    let received = ChunkReceived {
        session_id: &token.session,
        stream: &token.stream,
        number: head.number,
        events: chunk.events,
        sha256: chunk.sha256,
    };
    let admission = if before.closed { Admission::Over } else { before.known.admit(&arrival) };
    match admission {
        Admission::Known => Ok(Response::from_json(&received)?),
        Admission::Conflict => Err(conflict()),
        Admission::Over => Err(over()),
        Admission::Full => Err(Problem::new(
            413,
            "recording_full",
            "This session has recorded as much as is kept.",
        )),
        Admission::New => {
            keep(app, whose, place, chunk, bytes).await?;
            Ok(Response::from_json(&received)?.with_status(201))
        }
    }
}

/// Bytes first, then their row: what the database knows of is there.
async fn keep(
    app: &App,
    whose: Whose<'_>,
    place: Place<'_>,
    chunk: Chunk,
    bytes: Vec<u8>,
) -> Result<(), Problem> {
    let length = bytes.len();
    if recordings::put(app, whose, place, bytes, &chunk.sha256).await? == Put::Other {
        return Err(conflict());
    }
    match store::note(&app.db, whose, place, chunk, length, App::now()).await {
        Err(StoreError::Conflict(_)) => {}
        result => return Ok(result?),
    }
    // The same chunk came twice at once, or the recording went away meanwhile.
    let after = store::before(&app.db, whose, place).await?;
    if after.is_some_and(|after| after.known.same_number == Some(chunk.sha256) && !after.closed) {
        return Ok(());
    }
    recordings::take_back(app, whose, place).await?;
    Err(over())
}

fn split(body: &[u8]) -> Result<(Head, &[u8]), Problem> {
    let malformed = |detail: &str| Problem::invalid("invalid_body", detail);
    let end = body.iter().take(HEAD_BYTES).position(|byte| *byte == b'\n');
    let (head, rest) = end
        .and_then(|end| body.split_at_checked(end))
        .ok_or_else(|| malformed("The body does not begin with a line of JSON."))?;
    let head = std::str::from_utf8(head).map_err(|_| malformed("The head is not UTF-8."))?;
    let head: Head = body::read(head)?;
    if head.v != 1 {
        return Err(malformed("This version of the head is not known here."));
    }
    Ok((head, rest.get(1..).unwrap_or_default()))
}

/// The chunk's bytes, never more than a chunk may have, however much the gzip would give.
fn decoded(encoding: Encoding, sent: &[u8]) -> Result<Vec<u8>, Problem> {
    match encoding {
        Encoding::Identity => Ok(sent.to_vec()),
        Encoding::Gzip => {
            let mut decoder = GzDecoder::new(Bounded(Vec::new()));
            let written = decoder.write_all(sent).and_then(|()| decoder.try_finish());
            match written {
                Ok(()) => Ok(decoder.finish().map_err(broken)?.0),
                Err(error) if error.kind() == std::io::ErrorKind::StorageFull => {
                    let most = limits::CHUNK_BYTES;
                    let detail = format!("A chunk has at most {most} bytes.");
                    Err(Problem::new(413, "body_too_large", detail))
                }
                Err(error) => Err(broken(error)),
            }
        }
    }
}

fn broken(_: std::io::Error) -> Problem {
    Problem::invalid("invalid_body", "The chunk is not gzip, or was cut.")
}

/// Takes a chunk's bytes and no more.
struct Bounded(Vec<u8>);

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > limits::CHUNK_BYTES {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn conflict() -> Problem {
    Problem::new(409, "recording_conflict", "Other bytes have been received under this number.")
}

fn over() -> Problem {
    Problem::new(409, "recording_over", "This recording is over, and no certificate sealed this.")
}
