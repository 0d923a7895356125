//! What a chunk may hold: rrweb events, one JSON line each, within the limits of a recording. The
//! page is a stranger's, so each line is read before its bytes are kept: its type, its moment and
//! the members without which no replayer could go on (rrweb 2, `eventWithTime`).

use core::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::Chunk;
use crate::limits;

/// Why bytes are no chunk of a recording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// It holds nothing.
    #[error("a chunk has at least one event")]
    Empty,
    /// It does not end with a line feed, so its last event may have been cut.
    #[error("the last event is not followed by a line feed")]
    Cut,
    /// Longer than a chunk may be.
    #[error("a chunk has at most {} bytes", limits::CHUNK_BYTES)]
    Bytes,
    /// More events than a chunk may have.
    #[error("a chunk has at most {} events", limits::CHUNK_EVENTS)]
    Events,
    /// A line, from 1, that is no event of rrweb.
    #[error("line {0} is not an rrweb event")]
    Line(usize),
    /// A line, from 1, that is longer than an event may be.
    #[error("line {line} has more than {} bytes", limits::EVENT_BYTES, line = .0)]
    Event(usize),
}

impl Chunk {
    /// Reads the bytes of a chunk that a page has sent.
    ///
    /// # Errors
    /// [`ChunkError`] names the first thing that is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, ChunkError> {
        if bytes.len() > limits::CHUNK_BYTES {
            return Err(ChunkError::Bytes);
        }
        let lines = match bytes.strip_suffix(b"\n") {
            Some(lines) => lines,
            None if bytes.is_empty() => return Err(ChunkError::Empty),
            None => return Err(ChunkError::Cut),
        };
        for (number, line) in (1..).zip(lines.split(|byte| *byte == b'\n')) {
            if number > limits::CHUNK_EVENTS {
                return Err(ChunkError::Events);
            }
            if line.len() > limits::EVENT_BYTES {
                return Err(ChunkError::Event(number));
            }
            if !is_event(line) {
                return Err(ChunkError::Line(number));
            }
        }
        Ok(Self::of(bytes))
    }
}

/// rrweb's `EventType`.
mod kind {
    pub const DOM_CONTENT_LOADED: u8 = 0;
    pub const LOAD: u8 = 1;
    pub const FULL_SNAPSHOT: u8 = 2;
    pub const INCREMENTAL_SNAPSHOT: u8 = 3;
    pub const META: u8 = 4;
    pub const CUSTOM: u8 = 5;
    pub const PLUGIN: u8 = 6;
}

/// The last of rrweb's `IncrementalSource`: `CustomElement`.
const LAST_SOURCE: u8 = 16;
/// The last moment of a JavaScript date, in milliseconds.
const LAST_MOMENT: f64 = 8.64e15;

fn is_event(line: &[u8]) -> bool {
    /// What every event has.
    #[derive(Deserialize)]
    struct Event {
        r#type: u8,
        timestamp: f64,
        #[serde(rename = "data")]
        _data: AnyObject,
    }
    // A struct may also be written as an array; an event may not.
    if line.first() != Some(&b'{') {
        return false;
    }
    let Ok(event) = serde_json::from_slice::<Event>(line) else { return false };
    if !(event.timestamp > 0.0 && event.timestamp <= LAST_MOMENT) {
        return false;
    }
    match event.r#type {
        kind::DOM_CONTENT_LOADED | kind::LOAD => true,
        kind::FULL_SNAPSHOT => has::<FullSnapshot>(line),
        kind::INCREMENTAL_SNAPSHOT => {
            read::<Incremental>(line).is_some_and(|data| data.source <= LAST_SOURCE)
        }
        kind::META => has::<Meta>(line),
        kind::CUSTOM => has::<Custom>(line),
        kind::PLUGIN => has::<Plugin>(line),
        _ => false,
    }
}

fn read<'de, T: Deserialize<'de>>(line: &'de [u8]) -> Option<T> {
    #[derive(Deserialize)]
    struct Event<T> {
        data: T,
    }
    serde_json::from_slice::<Event<T>>(line).ok().map(|event| event.data)
}

fn has<'de, T: Deserialize<'de>>(line: &'de [u8]) -> bool {
    read::<T>(line).is_some()
}

#[derive(Deserialize)]
struct FullSnapshot {
    #[serde(rename = "node")]
    _node: AnyObject,
    #[serde(rename = "initialOffset")]
    _offset: Offset,
}

#[derive(Deserialize)]
struct Offset {
    #[serde(rename = "top")]
    _top: f64,
    #[serde(rename = "left")]
    _left: f64,
}

#[derive(Deserialize)]
struct Incremental {
    source: u8,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "href")]
    _href: alloc::string::String,
    #[serde(rename = "width")]
    _width: f64,
    #[serde(rename = "height")]
    _height: f64,
}

#[derive(Deserialize)]
struct Custom {
    #[serde(rename = "tag")]
    _tag: alloc::string::String,
}

#[derive(Deserialize)]
struct Plugin {
    #[serde(rename = "plugin")]
    _plugin: alloc::string::String,
}

/// An object whose members do not matter; passed over without recursion, as pages nest deeply.
struct AnyObject;

impl<'de> Deserialize<'de> for AnyObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = AnyObject;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AnyObject, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(AnyObject)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::{String, ToString as _};

    use super::{Chunk, ChunkError};
    use crate::digest::Digest;
    use crate::limits;

    const META: &str = r#"{"type":4,"data":{"href":"https://forms.leadgen.com/quote","width":1280,"height":720},"timestamp":1776423660000}"#;
    const SNAPSHOT: &str = r#"{"type":2,"data":{"node":{"type":0,"childNodes":[],"id":1},"initialOffset":{"left":0,"top":0}},"timestamp":1776423660001}"#;
    const TICK: &str = r#"{"type":3,"data":{"source":5,"text":"on","isChecked":true,"id":42},"timestamp":1776423664200,"delay":-12}"#;
    const MARK: &str =
        r#"{"type":5,"data":{"tag":"submit","payload":{}},"timestamp":1776423664900}"#;

    fn lines(events: &[&str]) -> String {
        events.iter().map(|event| format!("{event}\n")).collect()
    }

    #[test]
    fn a_chunk_is_events_of_rrweb_line_by_line() {
        let bytes = lines(&[META, SNAPSHOT, TICK, MARK]);
        let chunk = Chunk::parse(bytes.as_bytes()).unwrap();
        assert_eq!(chunk, Chunk { events: 4, sha256: Digest::of(bytes.as_bytes()) });
    }

    #[test]
    fn what_no_replayer_could_play_is_no_event() {
        for wrong in [
            "",
            "null",
            "[3,1776423664200,{}]",
            r#"{"type":3,"timestamp":1776423664200}"#,
            r#"{"type":3,"data":[5],"timestamp":1776423664200}"#,
            r#"{"type":3,"data":{"source":17},"timestamp":1776423664200}"#,
            r#"{"type":9,"data":{},"timestamp":1776423664200}"#,
            r#"{"type":"3","data":{"source":5},"timestamp":1776423664200}"#,
            r#"{"type":3,"data":{"source":5},"timestamp":-1}"#,
            r#"{"type":3,"data":{"source":5},"timestamp":"now"}"#,
            r#"{"type":2,"data":{"node":7,"initialOffset":{"left":0,"top":0}},"timestamp":1}"#,
            r#"{"type":2,"data":{"node":{}},"timestamp":1}"#,
            r#"{"type":4,"data":{"href":"https://forms.leadgen.com/"},"timestamp":1}"#,
            r#"{"type":5,"data":{"payload":{}},"timestamp":1}"#,
            r#"{"type":3,"data":{"source":5},"timestamp":1} {}"#,
            r#"{"type":3,"data":{"source":5},"timestamp":1"#,
        ] {
            let bytes = lines(&[META, wrong]);
            assert_eq!(Chunk::parse(bytes.as_bytes()), Err(ChunkError::Line(2)), "{wrong}");
        }
    }

    #[test]
    fn a_chunk_that_was_cut_or_is_empty_is_refused() {
        assert_eq!(Chunk::parse(b""), Err(ChunkError::Empty));
        assert_eq!(Chunk::parse(TICK.as_bytes()), Err(ChunkError::Cut));
        assert_eq!(Chunk::parse(b"\n"), Err(ChunkError::Line(1)));
    }

    #[test]
    fn a_page_may_nest_as_deeply_as_it_likes() {
        let deep = format!(
            r#"{{"type":2,"data":{{"node":{}{},"initialOffset":{{"left":0,"top":0}}}},"timestamp":1}}"#,
            r#"{"type":2,"childNodes":["#.repeat(5_000),
            "]}".repeat(5_000),
        );
        assert!(Chunk::parse(lines(&[&deep]).as_bytes()).is_ok());
    }

    #[test]
    fn bytes_events_and_the_length_of_each_are_limited() {
        let long = |bytes: usize| {
            let event = |text: &str| {
                format!(r#"{{"type":3,"data":{{"source":0,"text":"{text}"}},"timestamp":1}}"#)
            };
            event(&"x".repeat(bytes - event("").len()))
        };
        let longest = long(limits::EVENT_BYTES);
        assert!(Chunk::parse(lines(&[&longest]).as_bytes()).is_ok());
        let too_long = long(limits::EVENT_BYTES + 1);
        assert_eq!(Chunk::parse(lines(&[&too_long]).as_bytes()), Err(ChunkError::Event(1)));
        let too_many = lines(&[MARK]).repeat(limits::CHUNK_EVENTS + 1);
        assert_eq!(Chunk::parse(too_many.as_bytes()), Err(ChunkError::Events));
        let huge = lines(&[&long(limits::EVENT_BYTES)]).repeat(3);
        assert_eq!(Chunk::parse(huge.as_bytes()), Err(ChunkError::Bytes));
        assert_eq!(ChunkError::Line(3).to_string(), "line 3 is not an rrweb event");
    }
}
