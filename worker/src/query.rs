//! What stands behind the question mark of an address: pages of lists, and words.

use std::borrow::Cow;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use worker::Url;

use crate::problem::Problem;
use crate::request::Request;

/// Rows of a page unless the caller says otherwise.
const LIMIT: u32 = 25;
/// Rows of a page at most (seed: 100).
const MOST: u32 = 100;
/// The last page, far beyond any list: so that no sum runs over.
const PAGES: u32 = 1_000_000;

/// Reads the parameters of an address.
///
/// # Errors
/// 400 `invalid_parameter` for what is unknown or cannot be read.
pub fn read<T: DeserializeOwned>(request: &Request) -> Result<T, Problem> {
    request.whole().query().map_err(|error| match error {
        worker::Error::RustError(error) => invalid(error),
        error => error.into(),
    })
}

/// A parameter that is not of its form.
pub fn invalid(detail: impl std::fmt::Display) -> Problem {
    Problem::invalid("invalid_parameter", detail)
}

/// Page and rows per page.
///
/// # Errors
/// 400 `invalid_parameter` outside 1 to 1,000,000 and 1 to 100.
pub fn page(page: Option<u32>, limit: Option<u32>) -> Result<(u32, u32), Problem> {
    let (page, limit) = (page.unwrap_or(1), limit.unwrap_or(LIMIT));
    if !(1..=PAGES).contains(&page) || !(1..=MOST).contains(&limit) {
        return Err(invalid(format!("page is 1 to {PAGES}, limit is 1 to {MOST}.")));
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
/// 400 `invalid_parameter`.
pub fn word<T: FromStr<Err: std::fmt::Display>>(
    text: Option<&str>,
    name: &str,
) -> Result<Option<T>, Problem> {
    text.map(str::parse).transpose().map_err(|error| invalid(format!("{name}: {error}.")))
}

/// A host name in the ASCII form that browsers give it (WHATWG URL, "domain to ASCII"); whatever is
/// none, as it was typed.
pub fn host(typed: &str) -> Cow<'_, str> {
    if typed.is_ascii() || !typed.contains('.') {
        return typed.into();
    }
    let whole = if typed.contains("://") { typed.into() } else { format!("https://{typed}") };
    let url = Url::parse(&whole).ok();
    url.and_then(|url| url.host_str().map(String::from)).map_or(typed.into(), Cow::from)
}
