//! How each file of vectors is read and what has to come out; used natively and in wasm.

#![allow(clippy::expect_used, reason = "a malformed file of vectors ends the test")]

mod consents;
mod custody;
mod primitives;
mod record;
mod rules;

use serde_json::Value;

/// What became of one file.
pub enum Answer {
    /// No test reads a file of that name.
    Unknown,
    /// One outcome per case.
    Checked(Vec<Result<(), String>>),
}

/// Checks all cases of a file.
pub fn check_file(name: &str, json: &str) -> Answer {
    let file: Value = serde_json::from_str(json).expect("vectors are JSON");
    let check: fn(&Value) -> Outcome = match name {
        "certificate_ids" => return Answer::Checked(primitives::certificate_ids(&file)),
        "consents" => consents::check,
        "custody" => custody::check,
        "hmac" => primitives::hmac,
        "jcs" => primitives::jcs,
        "record" => record::check,
        "text" => primitives::text_case,
        "rules" => rules::check,
        _ => return Answer::Unknown,
    };
    let cases = file.as_array().expect("a file of vectors is an array of cases");
    let outcome = |(at, case): (usize, &Value)| {
        check(case).map_err(|fault| {
            let title = case.get("name").and_then(Value::as_str).unwrap_or_default();
            format!("{name}[{at}] {title}: {fault}")
        })
    };
    Answer::Checked(cases.iter().enumerate().map(outcome).collect())
}

pub type Outcome = Result<(), String>;

/// Fails when the two differ, saying which value of the case it is.
pub fn same(what: &str, got: impl Into<Value>, expected: &Value) -> Outcome {
    let got = got.into();
    if got == *expected { Ok(()) } else { Err(format!("{what}: got {got}, expected {expected}")) }
}

/// The string at a JSON pointer.
pub fn text<'a>(case: &'a Value, pointer: &str) -> Result<&'a str, String> {
    case.pointer(pointer).and_then(Value::as_str).ok_or_else(|| format!("no string at {pointer}"))
}

/// The value at a JSON pointer.
pub fn value<'a>(case: &'a Value, pointer: &str) -> Result<&'a Value, String> {
    case.pointer(pointer).ok_or_else(|| format!("nothing at {pointer}"))
}

/// The array at a JSON pointer.
pub fn list<'a>(case: &'a Value, pointer: &str) -> Result<&'a Vec<Value>, String> {
    case.pointer(pointer).and_then(Value::as_array).ok_or_else(|| format!("no list at {pointer}"))
}

/// Bytes written in hex at a JSON pointer.
pub fn hex<const N: usize>(case: &Value, pointer: &str) -> Result<[u8; N], String> {
    hex_bytes(text(case, pointer)?)?.try_into().map_err(|_| format!("{pointer}: wrong length"))
}

/// Bytes written in hex.
pub fn hex_bytes(hex: &str) -> Result<Vec<u8>, String> {
    base16ct::lower::decode_vec(hex).map_err(|error| format!("{hex}: {error}"))
}

/// Parses a typed value at a JSON pointer.
pub fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(
    case: &Value,
    pointer: &str,
) -> Result<T, String> {
    text(case, pointer)?.parse().map_err(|error| format!("{pointer}: {error}"))
}
