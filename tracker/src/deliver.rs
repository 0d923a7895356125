//! Getting a certificate's commit to the server: sent at once, kept in the tab until the server
//! has answered, sent again on the next page of the same origin (contract §1, "When it is minted").

use econsent_core::certificate_id::CertificateId;

use crate::dom::Hands;
use crate::session;
use crate::state::{self, Request};

/// Before the id of every commit that the server has not acknowledged, in `sessionStorage`.
const UNANSWERED: &str = "econsent.commit.";

/// What the server said.
pub struct Answer {
    /// The HTTP status; 0 when there was no answer.
    pub status: u16,
    /// A started session, when that was asked for.
    pub session: Option<StartedSession>,
}

/// The members of a session start's answer.
pub struct StartedSession {
    /// The visit.
    pub session_id: String,
    /// What attests it.
    pub token: String,
    /// 16 bytes as base64url.
    pub nonce: String,
    /// Milliseconds since 1970.
    pub server_time: f64,
}

/// Sends a commit and remembers it until it is answered.
pub fn commit(hands: &Hands, id: &CertificateId, body: &str) {
    send(hands, id, body);
    hands.save(&key(id), Some(body));
}

/// Sends what earlier pages of this tab could not get through.
pub fn send_unanswered(hands: &Hands) {
    for key in hands.keys() {
        let Some(id) = key.strip_prefix(UNANSWERED) else {
            continue;
        };
        match (CertificateId::parse(id), hands.load(&key)) {
            (Ok(id), Some(body)) => send(hands, &id, &body),
            _ => hands.save(&key, None),
        }
    }
}

fn send(hands: &Hands, id: &CertificateId, body: &str) {
    if let Some(number) = state::with(|state| state.ask(Request::Certificate(id.clone()))) {
        hands.send("/api/certificates", body, true, number);
    }
}

/// An answer to the request with that number.
pub fn answered(hands: &Hands, number: u32, answer: &Answer) {
    match state::with(|state| state.take_request(number)).flatten() {
        Some(Request::Session { with_token }) => session::started(hands, with_token, answer),
        Some(Request::Certificate(id)) => received(hands, &id, answer.status),
        None => {}
    }
}

/// Only what the server acknowledged, or refuses for good, is forgotten.
fn received(hands: &Hands, id: &CertificateId, status: u16) {
    match status {
        200..300 => hands.save(&key(id), None),
        408 | 429 => hands.problem("certificate_delayed"),
        400..500 => {
            hands.save(&key(id), None);
            hands.problem("certificate_refused");
        }
        _ => hands.problem("certificate_delayed"),
    }
}

fn key(id: &CertificateId) -> String {
    [UNANSWERED, &String::from(id.clone())].concat()
}
