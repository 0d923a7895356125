//! econsent-tracker: thin hands on a publisher's page. What a consent record and a certificate id
//! are is decided by the core crate, the same code as at the edge; here is only what needs a DOM.
//!
//! The loader (`loader.ts`) listens and calls the plain functions below, each inside a try block:
//! whatever goes wrong in here, the page's form goes its way.

mod click;
mod disclosed;
mod dom;
mod extract;
mod mint;
mod state;
mod submit;

use econsent_core::digest::Digest;
use econsent_core::ids::{CompanyId, PropertyId, SessionId};
use wasm_bindgen::prelude::*;

use dom::{Element, FormData, Hands};

// The page runs this module in one thread, and a certificate needs little memory for a moment: a
// free list will do, and is 3 kB less to download than the usual allocator.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: lol_alloc::AssumeSingleThreaded<lol_alloc::FreeListAllocator> =
    // SAFETY: wasm without the threads feature has one thread.
    unsafe { lol_alloc::AssumeSingleThreaded::new(lol_alloc::FreeListAllocator::new()) };

/// Begins a page load for a property; false when the script tag's ids are malformed.
#[wasm_bindgen]
pub fn start(hands: Hands, company: &str, property: &str) -> bool {
    match (CompanyId::parse(company), PropertyId::parse(property)) {
        (Ok(company), Ok(property)) => state::begin(company, property) && dom::lend(hands),
        _ => false,
    }
}

/// The server's session, to mint in from now on.
#[wasm_bindgen]
pub fn session(id: &str, nonce: &[u8]) {
    if let (Ok(id), Ok(nonce)) = (SessionId::parse(id), nonce.try_into()) {
        state::with(|state| state.session = Some(state::Session { id, nonce }));
    }
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

/// Something was clicked. Gives the certificate's id when the click submits.
#[wasm_bindgen]
pub fn clicked(target: &Element) -> Option<String> {
    dom::with_hands(|hands| click::certificate(hands, target)).flatten()
}

/// The owner asks for a certificate, of a form or of what the page shows outside of forms.
#[wasm_bindgen]
pub fn capture(form: Option<Element>) -> Option<String> {
    dom::with_hands(|hands| match &form {
        Some(form) => submit::form(hands, form, None, None),
        None => click::without_form(hands, None, &hands.whole()),
    })
    .flatten()
}

/// Makes records of what the page shows, and gives the number that `Hands::shown` names it by: for
/// each tagged element its id, type, value, text, step, and something when it can be seen, with
/// U+0000 between.
#[wasm_bindgen]
pub fn disclose(shown: &str) -> u32 {
    dom::with_hands(|hands| mint::disclose(hands, shown)).unwrap_or_default()
}

/// SHA-256 in hex, for the recorder: at once, where the browser's own makes one wait.
#[wasm_bindgen]
pub fn digest(bytes: &[u8]) -> String {
    Digest::of(bytes).hex()
}

/// Goes through what a submit of this form would do, without a certificate: a browser compiles what
/// runs for the first time, and the submit that counts is not to wait for that.
#[wasm_bindgen]
pub fn rehearse(form: Option<Element>) {
    dom::with_hands(|hands| mint::rehearse(hands, form.as_ref()));
}
