//! Reading what stands behind the question mark: every name known, each at most once.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde_json::Value;
use worker::Request;

use crate::problem::Problem;

/// Rows of a page unless the caller says otherwise.
const LIMIT: u32 = 25;
/// Rows of a page at most (seed: 100).
const MOST: u32 = 100;
/// The last page, far beyond any list: so that no sum runs over.
const PAGES: u32 = 1_000_000;

/// Reads the parameters of an address. Digits are numbers where the shape has a number.
///
/// # Errors
/// 400 `invalid_query`.
pub fn read<T: DeserializeOwned>(request: &Request) -> Result<T, Problem> {
    let url = request.url()?;
    let mut members = BTreeMap::new();
    for (name, value) in url.query_pairs() {
        let value = match (name.as_ref(), value.parse::<u32>()) {
            ("page" | "limit", Ok(number)) => Value::from(number),
            _ => Value::from(value.into_owned()),
        };
        if members.insert(name.into_owned(), value).is_some() {
            return Err(Problem::invalid("invalid_query", "A parameter is given twice."));
        }
    }
    let shape = Value::from_iter(members);
    serde_json::from_value(shape).map_err(|_| {
        Problem::invalid("invalid_query", "A parameter is unknown, or not of its form.")
    })
}

/// Page and rows per page.
///
/// # Errors
/// 400 `invalid_query` outside 1 to 1,000,000 and 1 to 100.
pub fn page(page: Option<u32>, limit: Option<u32>) -> Result<(u32, u32), Problem> {
    let (page, limit) = (page.unwrap_or(1), limit.unwrap_or(LIMIT));
    if !(1..=PAGES).contains(&page) || !(1..=MOST).contains(&limit) {
        return Err(Problem::invalid(
            "invalid_query",
            format!("page is 1 to {PAGES}, limit is 1 to {MOST}."),
        ));
    }
    Ok((page, limit))
}

/// How many rows a page passes over.
pub fn offset(page: u32, limit: u32) -> i64 {
    i64::from(page.saturating_sub(1)).saturating_mul(i64::from(limit))
}

/// One of a few words, if it is given.
///
/// # Errors
/// 400 `invalid_query`.
pub fn word<T: FromStr<Err: std::fmt::Display>>(
    text: Option<&str>,
    name: &str,
) -> Result<Option<T>, Problem> {
    text.map(str::parse)
        .transpose()
        .map_err(|error| Problem::invalid("invalid_query", format!("{name}: {error}.")))
}
