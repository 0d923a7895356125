//! Columns as what they stand for. Somebody with the database may have changed one: what
//! cannot be read is none, and that nobody signed it is found by whoever needs it.

use std::str::FromStr;

use econsent_core::commitment::Committed;
use econsent_core::digest::Digest;
use econsent_core::keys::Signature;
use econsent_core::signature::Tag;
use econsent_core::time::Timestamp;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// A value as D1 gives it, or JSON that SQLite has made.
enum Value<'a> {
    Null,
    Number(f64),
    Text(&'a str),
}

impl Value<'_> {
    fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    fn number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }
}

/// Text.
pub(super) fn text<'de, D: Deserializer<'de>>(column: D) -> Result<Option<String>, D::Error> {
    read(column, |value| value.text().map(String::from))
}

/// What is written as text.
pub(super) fn parsed<'de, D: Deserializer<'de>, T: FromStr>(
    column: D,
) -> Result<Option<T>, D::Error> {
    read(column, |value| value.text()?.parse().ok())
}

/// The same where there may be none: `Some(None)` for NULL.
pub(super) fn parsed_or_null<'de, D: Deserializer<'de>, T: FromStr>(
    column: D,
) -> Result<Option<Option<T>>, D::Error> {
    read(column, |value| match value {
        Value::Null => Some(None),
        value => value.text()?.parse().ok().map(Some),
    })
}

/// Bytes, from hex.
pub(super) fn hexed<'de, D: Deserializer<'de>, T: Unhex>(column: D) -> Result<Option<T>, D::Error> {
    read(column, |value| T::unhex(value.text()?))
}

/// The same where there may be none: `Some(None)` for the hex of NULL.
pub(super) fn hexed_or_null<'de, D: Deserializer<'de>, T: Unhex>(
    column: D,
) -> Result<Option<Option<T>>, D::Error> {
    read(column, |value| match value.text()? {
        "" => Some(None),
        hex => T::unhex(hex).map(Some),
    })
}

/// A moment, from milliseconds.
pub(super) fn moment<'de, D: Deserializer<'de>>(column: D) -> Result<Option<Timestamp>, D::Error> {
    read(column, |value| to_moment(value.number()?))
}

/// The same where there may be none: `Some(None)` for NULL.
pub(super) fn moment_or_null<'de, D: Deserializer<'de>>(
    column: D,
) -> Result<Option<Option<Timestamp>>, D::Error> {
    read(column, |value| match value {
        Value::Null => Some(None),
        value => to_moment(value.number()?).map(Some),
    })
}

/// A count.
pub(super) fn count<'de, D: Deserializer<'de>>(column: D) -> Result<Option<u32>, D::Error> {
    read(column, |value| {
        let number = value.number()?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within u32")]
        (0.0..=f64::from(u32::MAX)).contains(&number).then_some(number as u32)
    })
}

/// A moment as the database has it; none when it is no moment.
fn to_moment(millis: f64) -> Option<Timestamp> {
    const EXACT: f64 = 9_007_199_254_740_991.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
    let whole = (0.0..=EXACT).contains(&millis).then_some(millis as i64)?;
    Timestamp::from_millis(whole).ok()
}

/// What is kept as bytes; SQLite's `hex` writes capitals.
pub(super) trait Unhex: Sized {
    /// None for another number of bytes, and for what is no hex.
    fn unhex(hex: &str) -> Option<Self>;
}

impl<const N: usize> Unhex for [u8; N] {
    fn unhex(hex: &str) -> Option<Self> {
        let mut bytes = [0; N];
        let read = base16ct::mixed::decode(hex, &mut bytes).ok()?.len();
        (read == N).then_some(bytes)
    }
}

macro_rules! unhex {
    ($($name:ident),+) => {$(
        impl Unhex for $name {
            fn unhex(hex: &str) -> Option<Self> {
                Unhex::unhex(hex).map(Self::from_bytes)
            }
        }
    )+};
}
unhex!(Digest, Tag, Signature);

impl Unhex for Committed {
    fn unhex(hex: &str) -> Option<Self> {
        Self::from_packed(&base16ct::mixed::decode_vec(hex).ok()?).ok()
    }
}

/// Words, as they are or in a list of one as hex: one character beyond Latin-1, and the runtime keeps
/// the whole answer of the database at twice its size, several times over.
///
/// None when they are no text: SQLite keeps any bytes, and the runtime makes U+FFFD of those that are
/// none, which somebody may have signed. So what really has one comes as hex.
pub(super) struct Words(pub(super) Option<String>);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(words: D) -> Result<Self, D::Error> {
        struct AsWords;
        impl<'de> Visitor<'de> for AsWords {
            type Value = Words;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("words, or their hex in a list")
            }

            fn visit_str<E: Error>(self, words: &str) -> Result<Words, E> {
                Ok(Words((!words.contains(char::REPLACEMENT_CHARACTER)).then(|| words.into())))
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut list: A,
            ) -> Result<Words, A::Error> {
                let hex: Option<String> = list.next_element()?;
                let bytes = hex.and_then(|hex| base16ct::mixed::decode_vec(&hex).ok());
                Ok(Words(bytes.and_then(|bytes| String::from_utf8(bytes).ok())))
            }
        }
        words.deserialize_any(AsWords)
    }
}

fn read<'de, D: Deserializer<'de>, T>(
    column: D,
    made: impl FnOnce(Value<'_>) -> T,
) -> Result<T, D::Error> {
    struct Column<F>(F);
    impl<T, F: FnOnce(Value<'_>) -> T> Visitor<'_> for Column<F> {
        type Value = T;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a column")
        }

        fn visit_unit<E: Error>(self) -> Result<T, E> {
            Ok(self.0(Value::Null))
        }

        fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
            Ok(self.0(Value::Number(number)))
        }

        #[expect(clippy::cast_precision_loss, reason = "JavaScript has no others")]
        fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
            Ok(self.0(Value::Number(number as f64)))
        }

        #[expect(clippy::cast_precision_loss, reason = "JavaScript has no others")]
        fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
            Ok(self.0(Value::Number(number as f64)))
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            Ok(self.0(Value::Text(text)))
        }
    }
    column.deserialize_any(Column(made))
}

#[cfg(test)]
mod tests {
    use econsent_core::digest::Digest;
    use econsent_core::ids::CompanyId;
    use econsent_core::time::Timestamp;
    use serde::Deserialize;

    use super::{Words, count, hexed, hexed_or_null, moment, moment_or_null, parsed, text};

    #[derive(Deserialize, Debug, PartialEq, Default)]
    struct Columns {
        #[serde(deserialize_with = "text")]
        domain: Option<String>,
        #[serde(deserialize_with = "parsed")]
        company_id: Option<CompanyId>,
        #[serde(deserialize_with = "hexed")]
        hash: Option<Digest>,
        #[serde(deserialize_with = "hexed_or_null")]
        recording: Option<Option<Digest>>,
        #[serde(deserialize_with = "moment")]
        received_at: Option<Timestamp>,
        #[serde(deserialize_with = "moment_or_null")]
        expires_at: Option<Option<Timestamp>>,
        #[serde(deserialize_with = "count")]
        seq: Option<u32>,
    }

    fn read(json: &str) -> Columns {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn columns_are_read_as_what_they_stand_for() {
        let digest = Digest::of(b"abc");
        let hex = digest.hex().to_uppercase();
        let json = format!(
            r#"["forms.leadgen.com","67fa8acb61f623d0e200ec4d","{hex}","",1776423600000,null,2]"#
        );
        let at = Timestamp::from_millis(1_776_423_600_000).unwrap();
        let expected = Columns {
            domain: Some("forms.leadgen.com".into()),
            company_id: CompanyId::parse("67fa8acb61f623d0e200ec4d").ok(),
            hash: Some(digest),
            recording: Some(None),
            received_at: Some(at),
            expires_at: Some(None),
            seq: Some(2),
        };
        assert_eq!(read(&json), expected);
    }

    #[test]
    fn a_column_that_was_changed_to_something_else_is_none_and_spoils_no_other() {
        for changed in [
            "[null,null,null,null,null,\"later\",null]",
            "[7,\"LeadGen\",\"ab\",\"xy\",-1,-1,-1]",
            "[1.5,2,3,4,\"1776423600000\",1e300,4294967296]",
        ] {
            assert_eq!(read(changed), Columns::default(), "{changed}");
        }
    }

    #[test]
    fn words_come_as_they_are_or_as_hex() {
        let words = |json: &str| serde_json::from_str::<Words>(json).unwrap().0;
        assert_eq!(words(r#""Yes, text me.""#).as_deref(), Some("Yes, text me."));
        let hex = base16ct::upper::encode_string("Sí, “llámeme”".as_bytes());
        assert_eq!(words(&format!(r#"["{hex}"]"#)).as_deref(), Some("Sí, “llámeme”"));
        assert_eq!(words(r#"["EFBFBD"]"#).as_deref(), Some("\u{fffd}"));
        assert_eq!(words(r#"["FF"]"#), None);
        assert_eq!(words("\"\u{fffd}\""), None);
    }
}
