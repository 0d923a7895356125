//! Which chunks are taken, when: recording goes on until the page is left or a little after the
//! last certificate, what was sealed may come late, and a session has its limits (contract §6).

use core::time::Duration;

use crate::digest::Digest;
use crate::limits;
use crate::time::Timestamp;

/// For how long a page records after its last certificate, for the next one.
pub const AFTER_MINT: Duration = Duration::from_secs(30);
/// How long the last of that may take to arrive.
pub const TRANSPORT: Duration = Duration::from_secs(60);

/// A chunk that arrives.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// Its number in its stream.
    pub number: u32,
    /// What its bytes come to.
    pub sha256: Digest,
    /// How many they are.
    pub bytes: usize,
    /// When its page was loaded, by the server's clock.
    pub loaded_at: Timestamp,
    /// Now.
    pub now: Timestamp,
}

/// What is known of a session when a chunk arrives.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known {
    /// What was received under the same number before.
    pub same_number: Option<Digest>,
    /// How many chunks of the stream certificates have sealed.
    pub sealed: Option<u32>,
    /// When the session's last certificate came.
    pub minted_at: Option<Timestamp>,
    /// All bytes of the session.
    pub bytes: u64,
    /// All chunks of the session.
    pub chunks: u32,
}

/// What becomes of a chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is kept.
    New,
    /// It is there already.
    Known,
    /// Other bytes are there already.
    Conflict,
    /// The recording is over, and nothing sealed this chunk.
    Over,
    /// The session has as much as is kept.
    Full,
}

impl Known {
    /// Decides about a chunk.
    #[must_use]
    pub fn admit(&self, chunk: &Arrival) -> Admission {
        match self.same_number {
            Some(digest) if digest == chunk.sha256 => return Admission::Known,
            Some(_) => return Admission::Conflict,
            None => {}
        }
        let is_sealed = self.sealed.is_some_and(|sealed| chunk.number < sealed);
        let goes_on = self.minted_at.is_none_or(|minted| {
            chunk.loaded_at > minted || chunk.now <= minted + AFTER_MINT + TRANSPORT
        });
        let bytes = u64::try_from(chunk.bytes).unwrap_or(u64::MAX);
        if !is_sealed && !goes_on {
            Admission::Over
        } else if chunk.number >= limits::CHUNKS
            || self.chunks >= limits::RECORDING_CHUNKS
            || self.bytes.saturating_add(bytes) > limits::RECORDING_BYTES
        {
            Admission::Full
        } else {
            Admission::New
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AFTER_MINT, Admission, Arrival, Known, TRANSPORT};
    use crate::digest::Digest;
    use crate::limits;
    use crate::time::Timestamp;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn arrival(number: u32, now: Timestamp) -> Arrival {
        Arrival {
            number,
            sha256: Digest::of(b"typing"),
            bytes: 6,
            loaded_at: at("2026-04-17T11:00:00.000Z"),
            now,
        }
    }

    #[test]
    fn the_same_bytes_again_are_known_and_other_bytes_are_refused() {
        let now = at("2026-04-17T11:01:00.000Z");
        let known =
            |bytes: &[u8]| Known { same_number: Some(Digest::of(bytes)), ..Known::default() };
        assert_eq!(known(b"typing").admit(&arrival(0, now)), Admission::Known);
        assert_eq!(known(b"clicks").admit(&arrival(0, now)), Admission::Conflict);
        assert_eq!(Known::default().admit(&arrival(0, now)), Admission::New);
    }

    #[test]
    fn after_the_last_certificate_only_what_it_sealed_is_taken() {
        let minted = at("2026-04-17T11:05:00.000Z");
        let known = Known { sealed: Some(3), minted_at: Some(minted), ..Known::default() };
        let soon = minted + AFTER_MINT + TRANSPORT;
        let late = at("2026-04-17T15:00:00.000Z");
        assert_eq!(known.admit(&arrival(3, soon)), Admission::New);
        assert_eq!(known.admit(&arrival(2, late)), Admission::New);
        assert_eq!(known.admit(&arrival(3, late)), Admission::Over);
        // The next page of the same visit records for the next certificate.
        let next_page = Arrival { loaded_at: at("2026-04-17T14:59:00.000Z"), ..arrival(0, late) };
        assert_eq!(Known { sealed: None, ..known }.admit(&next_page), Admission::New);
    }

    #[test]
    fn a_session_has_its_limits() {
        let now = at("2026-04-17T11:01:00.000Z");
        let admit = |known: Known, number| known.admit(&arrival(number, now));
        let almost = Known { bytes: limits::RECORDING_BYTES - 6, ..Known::default() };
        assert_eq!(admit(almost, 0), Admission::New);
        assert_eq!(admit(Known { bytes: almost.bytes + 1, ..almost }, 0), Admission::Full);
        let chunks = Known { chunks: limits::RECORDING_CHUNKS, ..Known::default() };
        assert_eq!(admit(chunks, 0), Admission::Full);
        assert_eq!(admit(Known::default(), limits::CHUNKS), Admission::Full);
    }
}
