//! The chain of custody: an event, its details, the head after it and whatever the event changes
//! are one batch. Two who append to the same head race; the database lets one through.

use econsent_core::custody::State;
use econsent_core::head::{DetailedEvent, SignedHead};
use econsent_core::json::{Json, Object};
use econsent_core::time::Timestamp;
use worker::D1Result;

use super::{Bind, Db, StoreError, json_rows};

/// Statements that an event carries with it, after the head has moved.
pub type Effects<'a> = &'a [(&'a str, &'a [Bind<'a>])];

/// Appends events to the head that `after` was made from, and gives what the last of the effects
/// gives.
///
/// # Errors
/// [`StoreError::Conflict`] when that head is not the head any more: nothing was written.
pub async fn append(
    db: &Db,
    events: &[DetailedEvent],
    after: &SignedHead,
    effects: Effects<'_>,
) -> Result<Option<D1Result>, StoreError> {
    let hash = after.head.certificate_id.hash().hex();
    let links = links(events);
    let signed = HeadColumns::of(after);
    let head = [
        Bind::Text(&hash),
        Bind::Number(after.head.seq.into()),
        Bind::Text(&signed.hash),
        Bind::MaybeNumber(after.expires_at.map(Timestamp::millis)),
        Bind::Text(&signed.expiry_hmac),
        Bind::Maybe(signed.state.as_deref()),
        Bind::Text(after.head.kid.as_str()),
        Bind::Text(after.ed25519_kid.as_str()),
        Bind::Text(&signed.hmac),
        Bind::Text(&signed.ed25519),
    ];
    let [hash_bind, seq, head_hash, ..] = &head;
    let guard = [hash_bind.clone(), seq.clone(), head_hash.clone()];
    let mut statements: Vec<(&str, &[Bind<'_>])> = Vec::new();
    let events = [Bind::Text(&hash), Bind::Text(&links)];
    let signer = [Bind::Text(after.head.kid.as_str()), Bind::Text(after.ed25519_kid.as_str())];
    statements.push((INSERT_SIGNER, &signer));
    statements.push((INSERT_EVENTS, &events));
    statements.push((INSERT_DETAILS, &events));
    statements.push((UPDATE_HEAD, &head));
    statements.push((GUARD_HEAD, &guard));
    statements.extend(effects);
    Ok(db.read(&statements).await?.pop())
}

/// Events with their details as one JSON parameter.
pub fn links(events: &[DetailedEvent]) -> String {
    json_rows(events.iter().map(|detailed| {
        let event = &detailed.event;
        Object::new()
            .with("seq", event.seq)
            .with("type", event.event_type.as_str())
            .with("at", Json::Integer(event.at.millis()))
            .with("actor", event.actor.as_str())
            .with("details_sha256", event.details_sha256)
            .with("prev", event.prev)
            .with("hash", event.hash)
            .with("details", detailed.details.canonical())
    }))
}

/// A signed head as its columns have it.
pub struct HeadColumns {
    /// Hex.
    pub hash: String,
    /// Canonical JSON; none for the state in which every certificate begins.
    pub state: Option<String>,
    /// Hex.
    pub hmac: String,
    /// Hex.
    pub ed25519: String,
    /// Hex.
    pub expiry_hmac: String,
}

impl HeadColumns {
    /// Writes a head's columns.
    pub fn of(head: &SignedHead) -> Self {
        Self {
            hash: head.head.hash.hex(),
            state: (head.state != State::NEW).then(|| head.state.canonical()),
            hmac: head.signatures.hmac.hex(),
            ed25519: head.signatures.ed25519.hex(),
            expiry_hmac: head.expiry_hmac.hex(),
        }
    }
}

/// Links in order; triggers refuse one that does not continue the head, and move the head.
const INSERT_EVENTS: &str = "
    INSERT INTO custody_events (certificate, seq, type, at, actor, details_sha256, prev, hash)
    SELECT c.certificate, e.value ->> 'seq', e.value ->> 'type', e.value ->> 'at',
        e.value ->> 'actor', unhex(e.value ->> 'details_sha256'), unhex(e.value ->> 'prev'),
        unhex(e.value ->> 'hash')
    FROM certificates c, json_each(?2) e WHERE c.hash = unhex(?1) ORDER BY e.key";

/// The details of the same links.
const INSERT_DETAILS: &str = "
    INSERT INTO custody_details (certificate, seq, details)
    SELECT c.certificate, e.value ->> 'seq', e.value ->> 'details'
    FROM certificates c, json_each(?2) e WHERE c.hash = unhex(?1)";

/// Two keys that sign together; known ones stay as they are.
pub const INSERT_SIGNER: &str = "INSERT INTO signers (hmac_kid, ed25519_kid) VALUES (?1, ?2)";

const UPDATE_HEAD: &str = "
    UPDATE certificate_rows SET expires_at = ?4, expiry_hmac = unhex(?5), state = ?6,
        head_signer = (SELECT signer FROM signers WHERE hmac_kid = ?7 AND ed25519_kid = ?8),
        head_hmac = unhex(?9), head_ed25519 = unhex(?10)
    WHERE hash = unhex(?1) AND head_seq = ?2 AND head_hash = unhex(?3)";

/// Fails the batch unless the certificate's head is the signed one.
const GUARD_HEAD: &str = "
    INSERT INTO guard SELECT count(*) FROM certificates
    WHERE hash = unhex(?1) AND head_seq = ?2 AND head_hash = unhex(?3)";
