//! JSON in the canonical form of RFC 8785 (JCS), written by hand: the tracker has to produce these
//! bytes too, and a general serialiser would be most of its download.
//!
//! What is signed uses strings, booleans, null and safe integers only. Reading JSON, and numbers
//! with fractions, exist behind the `serde` feature, for verifiers and for RFC 8785's own examples.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::digest::Digest;
use crate::digits;

pub(crate) mod members;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer; exact in JSON up to 2^53 − 1 in size (RFC 8785 §3.2.2.3).
    Integer(i64),
    /// A number with a fraction or an exponent; never part of a signed document.
    #[cfg(feature = "serde")]
    Float(f64),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object.
    Object(Object),
}

/// The members of a JSON object, each name once, in the order of RFC 8785 §3.2.3. Most names are
/// constants of the format.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Object(Vec<(Cow<'static, str>, Json)>);

impl Object {
    /// An object without members.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The object with `name` set to `value`, in its place; an earlier value of that name goes.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Json>) -> Self {
        self.set(name, value);
        self
    }

    /// Sets `name` to `value`.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Json>) {
        self.put(name.into(), value.into());
    }

    fn put(&mut self, name: Cow<'static, str>, value: Json) {
        let place = self.0.binary_search_by(|(other, _)| by_utf16(other, &name));
        match place {
            Ok(at) => {
                if let Some(member) = self.0.get_mut(at) {
                    member.1 = value;
                }
            }
            Err(at) => self.0.insert(at, (name, value)),
        }
    }

    /// The members in canonical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// True without members.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The canonical bytes of this object, as text.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut out = String::new();
        write_object(self, &mut out);
        out
    }

    /// SHA-256 of the canonical bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.canonical().as_bytes())
    }
}

impl Json {
    /// The canonical bytes of this value, as text.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut out = String::new();
        write_value(self, &mut out);
        out
    }
}

/// RFC 8785 §3.2.3: names are ordered by their UTF-16 code units, which for ASCII are its bytes.
fn by_utf16(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() {
        return a.cmp(b);
    }
    a.encode_utf16().cmp(b.encode_utf16())
}

fn write_value(value: &Json, out: &mut String) {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(true) => out.push_str("true"),
        Json::Bool(false) => out.push_str("false"),
        Json::Integer(number) => {
            if *number < 0 {
                out.push('-');
            }
            digits::push(out, number.unsigned_abs(), 0);
        }
        #[cfg(feature = "serde")]
        Json::Float(number) => out.push_str(ryu_js::Buffer::new().format(*number)),
        Json::Text(text) => write_text(text, out),
        Json::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_value(item, out);
            }
            out.push(']');
        }
        Json::Object(object) => write_object(object, out),
    }
}

fn write_object(object: &Object, out: &mut String) {
    out.push('{');
    for (at, (name, value)) in object.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        write_text(name, out);
        out.push(':');
        write_value(value, out);
    }
    out.push('}');
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    // Words hardly ever have anything to escape, and a look that never leaves early takes many bytes
    // at once.
    if text.bytes().fold(false, |found, byte| found | is_escaped(byte)) {
        write_escaped(text, out);
    } else {
        out.push_str(text);
    }
    out.push('"');
}

const fn is_escaped(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

/// RFC 8785 §3.2.2.2: the short escapes where JSON has them, `\u00xx` for other controls, and
/// everything else as it is.
fn write_escaped(text: &str, out: &mut String) {
    const HEX: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        if !is_escaped(byte) {
            continue;
        }
        out.push_str(text.get(written..at).unwrap_or_default());
        written = at + 1;
        match byte {
            0x08 => out.push_str("\\b"),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            0x0c => out.push_str("\\f"),
            b'\r' => out.push_str("\\r"),
            0..=0x1f => {
                out.push_str(if byte < 0x10 { "\\u000" } else { "\\u001" });
                out.extend(HEX.get(usize::from(byte & 15)));
            }
            _ => out.extend(['\\', char::from(byte)]),
        }
    }
    out.push_str(text.get(written..).unwrap_or_default());
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u32> for Json {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<Object> for Json {
    fn from(object: Object) -> Self {
        Self::Object(object)
    }
}

impl From<Digest> for Json {
    /// A digest inside a document is hex.
    fn from(digest: Digest) -> Self {
        Self::Text(digest.hex())
    }
}

impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(feature = "serde")]
impl From<serde_json::Value> for Json {
    /// Numbers become what ECMAScript would read: integers up to 2^53 − 1 stay exact.
    fn from(value: serde_json::Value) -> Self {
        const SAFE: i64 = (1 << 53) - 1;
        match value {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(value),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(integer) if (-SAFE..=SAFE).contains(&integer) => Self::Integer(integer),
                _ => Self::Float(number.as_f64().unwrap_or_default()),
            },
            serde_json::Value::String(text) => Self::Text(text),
            serde_json::Value::Array(items) => {
                Self::List(items.into_iter().map(Into::into).collect())
            }
            serde_json::Value::Object(members) => {
                let mut object = Object::new();
                for (name, value) in members {
                    object.set(name, value);
                }
                Self::Object(object)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Json, Object};

    #[test]
    fn controls_are_escaped_and_everything_else_is_written_as_it_is() {
        let text = Json::from("\u{20ac}$\u{f}\nA'B\"\\\\\"/\u{7f}\u{1f}");
        assert_eq!(text.canonical(), "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\u{7f}\\u001f\"");
    }

    #[test]
    fn names_are_ordered_by_utf16_units_and_appear_once() {
        let object = Object::new()
            .with("\u{fb33}", 1u32)
            .with("\u{1f600}", 2u32)
            .with("a", 3u32)
            .with("a", 4u32);
        assert_eq!(object.canonical(), "{\"a\":4,\"\u{1f600}\":2,\"\u{fb33}\":1}");
    }

    /// RFC 8785 §3.2.2 and appendix B.
    #[cfg(feature = "serde")]
    #[test]
    fn the_published_examples_of_rfc_8785_come_out() {
        let sample = r#"{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
            "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}"#;
        let value: serde_json::Value = serde_json::from_str(sample).unwrap();
        assert_eq!(
            Json::from(value).canonical(),
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\
             \"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"
        );
        for (bits, text) in [
            (0x0000_0000_0000_0000_u64, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        ] {
            assert_eq!(Json::Float(f64::from_bits(bits)).canonical(), text);
        }
    }
}
