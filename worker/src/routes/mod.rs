//! One file per resource. A handler parses, asks the core, calls the store, answers.

pub mod accesses;
pub mod activity;
pub mod auth;
pub mod certificates;
pub mod claims;
pub mod consumers;
pub mod demo;
pub mod dev;
pub mod installs;
pub mod keys;
pub mod leads;
pub mod lists;
pub mod opt_outs;
pub mod pages;
pub mod partner_certificates;
pub mod partners;
pub mod people;
pub mod properties;
pub mod recordings;
pub mod replay;
pub mod rule_preview;
pub mod rules;
pub mod sessions;
pub mod shares;
pub mod texts;
pub mod verify;
pub mod webhooks;
pub mod well_known;

use std::str::FromStr;

use econsent_core::ids::{Origin, PropertyId};
use econsent_core::time::Timestamp;

use crate::app::App;
use crate::jobs::{self, Seen};
use crate::problem::Problem;
use crate::request::Request;
use crate::settings::Found;

/// The origin of the page that calls, as the browser states it.
///
/// # Errors
/// 403 `origin_not_registered` without one: no property can have registered it.
fn origin_of(request: &Request) -> Result<Origin, Problem> {
    let stated = request.headers().get("Origin")?.unwrap_or_default();
    Origin::parse(&stated).map_err(|_| origin_not_registered())
}

/// What was found for a page, when its origin is registered with a property of that company. What
/// is refused is noted for the install check.
///
/// # Errors
/// 404 `property_not_found`; 403 `origin_not_registered`.
async fn registered<T>(
    app: &App,
    property: &PropertyId,
    origin: &Origin,
    found: Found<T>,
) -> Result<T, Problem> {
    match found {
        Found::Registered(found) => Ok(found),
        Found::OtherOrigin => {
            let seen = Seen::outcome(property, origin, "origin_not_registered", App::now());
            jobs::seen(app, seen).await;
            Err(origin_not_registered())
        }
        Found::Nothing => Err(crate::store::properties::not_found()),
    }
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
