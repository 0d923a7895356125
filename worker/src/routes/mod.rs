//! One file per resource. A handler parses, asks the core, calls the store, answers.

pub mod auth;
pub mod certificates;
pub mod claims;
pub mod demo;
pub mod dev;
pub mod keys;
pub mod pages;
pub mod partner_certificates;
pub mod people;
pub mod properties;
pub mod recordings;
pub mod replay;
pub mod sessions;
pub mod shares;
pub mod verify;
pub mod webhooks;
pub mod well_known;

use std::str::FromStr;

use econsent_core::ids::Origin;
use econsent_core::time::Timestamp;
use worker::Request;

use crate::problem::Problem;

/// The origin of the page that calls, as the browser states it.
///
/// # Errors
/// 403 `origin_not_registered` without one: no property can have registered it.
fn origin_of(request: &Request) -> Result<Origin, Problem> {
    let stated = request.headers().get("Origin")?.unwrap_or_default();
    Origin::parse(&stated).map_err(|_| origin_not_registered())
}

fn origin_not_registered() -> Problem {
    Problem::new(403, "origin_not_registered", "This origin is not registered with the property.")
}

/// An id in a path. One that cannot be an id names nothing, like one of another company.
///
/// # Errors
/// 404 `not_found`.
fn id<T: FromStr>(text: &str, what: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::not_found(what))
}

/// A column of milliseconds.
pub fn moment(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap_or(Timestamp::MAX)
}

fn optional_moment(millis: Option<i64>) -> Option<Timestamp> {
    millis.map(moment)
}
