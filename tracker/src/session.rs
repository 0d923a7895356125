//! The session: started on the server, continued on the next page of the same tab by its token,
//! and made in the page when a submit comes before the server's answer (contract §1, "Session
//! token").

use base64ct::{Base64UrlUnpadded, Encoding};
use econsent_core::fingerprint::Random;
use econsent_core::ids::SessionId;
use econsent_core::json::{Json, Object};
use econsent_core::time::Timestamp;

use crate::dom::Hands;
use crate::state::{self, Request, Session};
use crate::{TRACKER, deliver};

/// Where the running session lies in `sessionStorage`: property, session id, nonce, clock and
/// token, a line each. The token is for this tab alone, so it is in no cookie.
const KEY: &str = "econsent.session";

/// Goes on with the session of the tab, if there is one, and asks the server for its token.
pub fn start(hands: &Hands) {
    let kept = hands.load(KEY).and_then(|text| read(&text));
    let token = kept.as_ref().and_then(|(session, _)| session.token.clone());
    if let Some((session, clock_ahead)) = kept {
        hands.publish(session.id.as_str(), None, false);
        state::with(|state| {
            state.session = Some(session);
            state.clock_ahead = clock_ahead;
        });
    }
    ask(hands, token);
}

fn ask(hands: &Hands, token: Option<String>) {
    let request = state::with(|state| {
        let number = state.ask(Request::Session { with_token: token.is_some() });
        let body = Object::new()
            .with("v", 1_u32)
            .with("company_id", state.company.as_str())
            .with("property_id", state.property.as_str())
            .with("tracker", TRACKER)
            .with("token", token);
        (number, body.canonical())
    });
    if let Some((number, body)) = request {
        hands.send("/api/sessions", &body, false, number);
    }
}

/// The server's answer to a session start.
pub fn started(hands: &Hands, with_token: bool, answer: &deliver::Answer) {
    let session = answer.session.as_ref().and_then(|started| {
        Some(Session {
            id: SessionId::parse(&started.session_id).ok()?,
            token: Some(started.token.clone()),
            nonce: random_of(&started.nonce)?,
        })
    });
    let Some(session) = session else {
        let is_refused = (400..500).contains(&answer.status) && answer.status != 429;
        if is_refused && with_token {
            // The token of another property or of long ago: this is a new visit.
            hands.save(KEY, None);
            state::with(|state| state.session = None);
            ask(hands, None);
        } else {
            hands.problem(if is_refused { "session_refused" } else { "server_unreachable" });
        }
        return;
    };
    let server_time = answer.session.as_ref().map_or(0.0, |s| s.server_time);
    let clock_ahead = server_time - hands.now();
    let id = session.id.clone();
    let kept = state::with(|state| {
        let kept = [
            state.property.as_str(),
            id.as_str(),
            &Base64UrlUnpadded::encode_string(&session.nonce),
            &(clock_ahead as i64).to_string(),
            session.token.as_deref().unwrap_or_default(),
        ]
        .join("\n");
        state.session = Some(session);
        state.clock_ahead = clock_ahead;
        kept
    });
    hands.save(KEY, kept.as_deref());
    hands.publish(id.as_str(), None, false);
}

/// Reads what an earlier page of this tab kept, when it is of this property.
fn read(text: &str) -> Option<(Session, f64)> {
    let mut lines = text.split('\n');
    let property = lines.next()?;
    if state::with(|state| state.property.as_str() != property)? {
        return None;
    }
    let id = SessionId::parse(lines.next()?).ok()?;
    let nonce = random_of(lines.next()?)?;
    let clock_ahead: i64 = lines.next()?.parse().ok()?;
    let token = Some(lines.next()?.into());
    Some((Session { id, token, nonce }, clock_ahead as f64))
}

/// The session to mint in, made here when there is none yet, and the time in it.
pub fn current(hands: &Hands) -> Option<(Session, Timestamp)> {
    let (session, clock_ahead, property) =
        state::with(|s| (s.session.clone(), s.clock_ahead, s.property.clone()))?;
    let now = Timestamp::from_millis((hands.now() + clock_ahead) as i64).ok()?;
    let session = match session {
        Some(session) => session,
        None => {
            let random = hands.random(10).try_into().ok()?;
            let session = Session {
                id: SessionId::new(&property, now, random),
                token: None,
                nonce: Random::default(),
            };
            state::with(|state| state.session = Some(session.clone()));
            session
        }
    };
    Some((session, now))
}

fn random_of(text: &str) -> Option<Random> {
    let mut bytes = Random::default();
    let read = Base64UrlUnpadded::decode(text, &mut bytes).ok()?;
    (read.len() == bytes.len()).then_some(bytes)
}

/// Bytes as documents write them.
pub fn base64url(bytes: &Random) -> Json {
    Base64UrlUnpadded::encode_string(bytes).into()
}
