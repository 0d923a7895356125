//! econsent-tracker: thin hands on a publisher's page. What a consent record and a certificate id
//! are is decided by the core crate, the same code as at the edge; here is only what needs a DOM.
//!
//! The loader (`loader.ts`) listens and calls the plain functions below, each inside a try block:
//! whatever goes wrong in here, the page's form goes its way.
#![allow(clippy::future_not_send)]

mod deliver;
mod dom;
mod extract;
mod mint;
mod session;
mod state;
mod submit;
mod visibility;

use econsent_core::ids::{CompanyId, PropertyId};
use wasm_bindgen::prelude::*;

use dom::{Element, FormData, Hands};

/// The version in every payload.
const TRACKER: &str = env!("CARGO_PKG_VERSION");

/// Begins a page load for a property; false when the script tag's ids are malformed or the page
/// was begun before.
#[wasm_bindgen]
pub fn start(hands: Hands, company: &str, property: &str) -> bool {
    let (Ok(company), Ok(property)) = (CompanyId::parse(company), PropertyId::parse(property))
    else {
        hands.problem("wrong_ids");
        return false;
    };
    if !dom::lend(hands) {
        return false;
    }
    state::begin(state::State::new(company, property));
    dom::with_hands(|hands| {
        session::start(hands);
        deliver::send_unanswered(hands);
    });
    true
}

/// A form is being submitted, or (with `data`) its data is being read. Gives the certificate's id.
#[wasm_bindgen]
pub fn submitted(
    form: &Element,
    submitter: Option<Element>,
    data: Option<FormData>,
) -> Option<String> {
    dom::with_hands(|hands| submit::form(hands, form, submitter.as_ref(), data.as_ref())).flatten()
}

/// The server answered a request, or (status 0) did not.
#[wasm_bindgen]
pub fn answered(
    number: u32,
    status: u16,
    session_id: Option<String>,
    token: Option<String>,
    nonce: Option<String>,
    server_time: f64,
) {
    let session = match (session_id, token, nonce) {
        (Some(session_id), Some(token), Some(nonce)) => {
            Some(deliver::StartedSession { session_id, token, nonce, server_time })
        }
        _ => None,
    };
    dom::with_hands(|hands| deliver::answered(hands, number, &deliver::Answer { status, session }));
}
