//! One file per resource. A handler parses, asks the core, calls the store, answers.

pub mod certificates;
pub mod demo;
pub mod pages;
pub mod sessions;
pub mod verify;
pub mod well_known;

use econsent_core::ids::Origin;
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
