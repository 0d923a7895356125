//! Recordings: what a session's chunks come to, sealed when a certificate is minted, and whether
//! what is stored is still that (contract §6). Chunk bytes are the events, one JSON line each;
//! digests are over them uncompressed, made in the page as they come.

pub mod admission;
#[cfg(feature = "serde")]
pub mod events;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use sha2::{Digest as _, Sha256};

use crate::digest::Digest;
use crate::ids::StreamId;
use crate::json::{Json, Object};
use crate::limits;

/// One chunk of a stream, by digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// How many events it holds.
    pub events: u32,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
}

impl Chunk {
    /// Reads the bytes of a chunk: one event a line.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let lines = bytes.split(|byte| *byte == b'\n');
        let events = lines.filter(|line| !line.is_empty()).count();
        Self { events: u32::try_from(events).unwrap_or(u32::MAX), sha256: Digest::of(bytes) }
    }
}

/// What one page load has recorded so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// The page load.
    pub stream: StreamId,
    /// How many chunks are sealed; they are numbered from 0.
    pub chunks: u32,
    /// How many events they hold.
    pub events: u32,
    /// SHA-256 over the 32 raw bytes of each chunk's digest, in order.
    pub sha256: Digest,
}

impl Stream {
    /// Seals chunks, given in order.
    #[must_use]
    pub fn seal(stream: StreamId, chunks: &[Chunk]) -> Self {
        let mut hasher = Sha256::new();
        let mut events = 0_u32;
        for chunk in chunks {
            hasher.update(chunk.sha256.as_bytes());
            events = events.saturating_add(chunk.events);
        }
        Self {
            stream,
            chunks: u32::try_from(chunks.len()).unwrap_or(u32::MAX),
            events,
            sha256: Digest::from_bytes(hasher.finalize().into()),
        }
    }
}

/// A session's recording as sealed by one certificate.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Manifest(Vec<Stream>);

/// Why streams are no manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// One page load twice.
    #[error("a stream is listed twice")]
    RepeatedStream,
    /// More page loads, or more chunks of one, than are kept.
    #[error("more streams or chunks than a recording may have")]
    Limit,
    /// Another version than 1.
    #[error("version {0} of the recording's manifest is not known here")]
    Version(u32),
}

/// The chunks that are stored, by stream and number.
pub type Held = BTreeMap<StreamId, BTreeMap<u32, Chunk>>;

/// What is left of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// Everything, as it was sealed.
    Complete,
    /// Everything but so many chunks, which have not arrived or are gone; what is there cannot be
    /// held against the seal without them.
    Missing(u32),
    /// Not what was sealed.
    Changed,
}

impl fmt::Display for Completeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Complete => f.write_str("complete"),
            Self::Missing(chunks) => write!(f, "missing {chunks}"),
            Self::Changed => f.write_str("changed"),
        }
    }
}

impl Manifest {
    /// A manifest of these streams, in the order in which the pages were loaded.
    ///
    /// # Errors
    /// [`ManifestError`] when a stream comes twice or there is too much.
    pub fn new(streams: Vec<Stream>) -> Result<Self, ManifestError> {
        let too_long = |stream: &Stream| stream.chunks > limits::CHUNKS;
        if streams.len() > limits::STREAMS || streams.iter().any(too_long) {
            return Err(ManifestError::Limit);
        }
        let mut ids: Vec<&StreamId> = streams.iter().map(|stream| &stream.stream).collect();
        ids.sort_unstable();
        if ids.is_sorted_by(|a, b| a < b) {
            Ok(Self(streams))
        } else {
            Err(ManifestError::RepeatedStream)
        }
    }

    /// The streams.
    #[must_use]
    pub fn streams(&self) -> &[Stream] {
        &self.0
    }

    /// The document whose digest is the record's `attached.recording`.
    #[must_use]
    pub fn document(&self) -> Object {
        let streams = self.0.iter().map(|stream| {
            Json::from(
                Object::new()
                    .with("stream", stream.stream.as_str())
                    .with("chunks", stream.chunks)
                    .with("events", stream.events)
                    .with("sha256", stream.sha256),
            )
        });
        Object::new().with("v", 1_u32).with("streams", Json::List(streams.collect()))
    }

    /// The recording's hash: SHA-256 of the canonical document.
    #[must_use]
    pub fn recording_hash(&self) -> Digest {
        self.document().digest()
    }

    /// Whether a chunk that arrives now belongs to what was sealed: late ones do, later ones are
    /// of the next certificate or of nobody.
    #[must_use]
    pub fn seals(&self, stream: &StreamId, number: u32) -> bool {
        self.0.iter().any(|sealed| sealed.stream == *stream && number < sealed.chunks)
    }

    /// Holds what is stored against the seal. Chunks beyond the seal do not matter.
    #[must_use]
    pub fn completeness(&self, held: &Held) -> Completeness {
        let mut missing = 0_u32;
        let mut changed = false;
        for sealed in &self.0 {
            let there: Vec<Chunk> = held
                .get(&sealed.stream)
                .into_iter()
                .flat_map(|chunks| chunks.range(..sealed.chunks))
                .map(|(_, chunk)| *chunk)
                .collect();
            let found = u32::try_from(there.len()).unwrap_or(u32::MAX);
            let lacking = sealed.chunks.saturating_sub(found);
            missing = missing.saturating_add(lacking);
            changed |= lacking == 0 && Stream::seal(sealed.stream.clone(), &there) != *sealed;
        }
        match (changed, missing) {
            (true, _) => Completeness::Changed,
            (false, 0) => Completeness::Complete,
            (false, missing) => Completeness::Missing(missing),
        }
    }
}

/// Reading a manifest back, strictly.
#[cfg(feature = "serde")]
mod read {
    use alloc::vec::Vec;

    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer};

    use super::{Manifest, ManifestError, Stream};
    use crate::digest::Digest;
    use crate::ids::StreamId;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct StreamWire {
        stream: StreamId,
        chunks: u32,
        events: u32,
        sha256: Digest,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct ManifestWire {
        v: u32,
        streams: Vec<StreamWire>,
    }

    impl Manifest {
        /// Reads the document that was sealed under that digest; none when it is another one.
        #[must_use]
        pub fn sealed(document: &str, recording_hash: &Digest) -> Option<Self> {
            let same = Digest::of(document.as_bytes()) == *recording_hash;
            if same { serde_json::from_str(document).ok() } else { None }
        }
    }

    impl<'de> Deserialize<'de> for Manifest {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let ManifestWire { v, streams } = ManifestWire::deserialize(deserializer)?;
            if v != 1 {
                return Err(D::Error::custom(ManifestError::Version(v)));
            }
            let streams = streams.into_iter().map(|wire| Stream {
                stream: wire.stream,
                chunks: wire.chunks,
                events: wire.events,
                sha256: wire.sha256,
            });
            Self::new(streams.collect()).map_err(D::Error::custom)
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;
    use alloc::string::ToString as _;
    use alloc::vec;
    use alloc::vec::Vec;

    use super::{Chunk, Completeness, Held, Manifest, ManifestError, Stream};
    use crate::digest::Digest;
    use crate::ids::StreamId;

    const TYPING: &[u8] = b"{\"type\":3,\"data\":{\"source\":5,\"text\":\"***\"}}\n{\"type\":3}\n";
    const CLICK: &[u8] = b"{\"type\":3,\"data\":{\"source\":2,\"type\":2}}\n";

    fn stream(n: u8) -> StreamId {
        StreamId::new([n; 16])
    }

    fn recorded() -> (Manifest, Held) {
        let landing = [Chunk::of(TYPING), Chunk::of(CLICK)];
        let form = [Chunk::of(CLICK)];
        let sealed = vec![Stream::seal(stream(1), &landing), Stream::seal(stream(2), &form)];
        let numbered = |chunks: &[Chunk]| (0..).zip(chunks.iter().copied()).collect();
        let held: Held =
            BTreeMap::from([(stream(1), numbered(&landing)), (stream(2), numbered(&form))]);
        (Manifest::new(sealed).unwrap(), held)
    }

    #[test]
    fn a_stream_is_sealed_over_the_raw_digests_of_its_chunks() {
        let (manifest, _) = recorded();
        let raw: Vec<u8> =
            [TYPING, CLICK].iter().flat_map(|bytes| *Digest::of(bytes).as_bytes()).collect();
        let landing = &manifest.streams()[0];
        assert_eq!((landing.chunks, landing.events), (2, 3));
        assert_eq!(landing.sha256, Digest::of(&raw));
        assert_eq!(
            manifest.recording_hash(),
            Digest::of(manifest.document().canonical().as_bytes())
        );
    }

    #[test]
    fn a_recording_is_complete_lacks_chunks_or_was_changed() {
        let (manifest, whole) = recorded();
        assert_eq!(manifest.completeness(&whole), Completeness::Complete);

        let mut late = whole.clone();
        late.get_mut(&stream(2)).unwrap().insert(1, Chunk::of(TYPING));
        assert_eq!(manifest.completeness(&late), Completeness::Complete);

        let mut short = whole.clone();
        short.get_mut(&stream(1)).unwrap().remove(&0);
        short.remove(&stream(2));
        assert_eq!(manifest.completeness(&short).to_string(), "missing 2");

        let mut changed = whole.clone();
        changed.get_mut(&stream(2)).unwrap().insert(0, Chunk::of(TYPING));
        assert_eq!(manifest.completeness(&changed), Completeness::Changed);

        let mut swapped = whole;
        let landing = swapped.get_mut(&stream(1)).unwrap();
        *landing = BTreeMap::from([(0, Chunk::of(CLICK)), (1, Chunk::of(TYPING))]);
        assert_eq!(manifest.completeness(&swapped), Completeness::Changed);
    }

    #[test]
    fn late_chunks_below_the_sealed_count_are_taken_and_others_are_not() {
        let (manifest, _) = recorded();
        assert!(manifest.seals(&stream(1), 1) && manifest.seals(&stream(2), 0));
        assert!(!manifest.seals(&stream(1), 2) && !manifest.seals(&stream(3), 0));
    }

    #[test]
    fn a_stream_is_listed_once() {
        let sealed = Stream::seal(stream(1), &[Chunk::of(CLICK)]);
        let twice = Manifest::new(vec![sealed.clone(), sealed]);
        assert_eq!(twice, Err(ManifestError::RepeatedStream));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_manifest_reads_back_as_it_was_written() {
        let (manifest, _) = recorded();
        let json = manifest.document().canonical();
        assert_eq!(serde_json::from_str::<Manifest>(&json).unwrap(), manifest);
        assert_eq!(Manifest::sealed(&json, &manifest.recording_hash()), Some(manifest));
        assert_eq!(Manifest::sealed(&json, &Digest::of(b"another")), None);
        for wrong in [
            json.replace("\"v\":1", "\"v\":2"),
            json.replace("\"chunks\":2", "\"chunks\":-2"),
            json.replace("\"chunks\":2", "\"chunks\":2,\"more\":1"),
        ] {
            assert!(serde_json::from_str::<Manifest>(&wrong).is_err(), "{wrong}");
        }
    }
}
