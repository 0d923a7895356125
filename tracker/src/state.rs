//! What the tracker remembers during one page load. Borrowed only inside this module's short
//! closures, never across a call into the page, which might come back.

use std::cell::RefCell;

use econsent_core::certificate_id::CertificateId;
use econsent_core::digest::Digest;
use econsent_core::fingerprint::Random;
use econsent_core::ids::{CompanyId, PropertyId, SessionId};

/// A session the server started, or one made in the page before the server answered.
#[derive(Clone)]
pub struct Session {
    /// The visit.
    pub id: SessionId,
    /// What attests it; nothing when it was made in the page.
    pub token: Option<String>,
    /// The token's nonce; zeros without one.
    pub nonce: Random,
}

/// A certificate minted on this page.
#[derive(Clone)]
pub struct Minted {
    /// Which form it is for.
    pub form: String,
    /// What it is over.
    pub content: Digest,
    /// Its id.
    pub id: CertificateId,
}

/// A request that the server has not answered yet.
#[derive(Clone)]
pub enum Request {
    /// A session start; it sent a token or not.
    Session {
        /// Whether the running session's token went along.
        with_token: bool,
    },
    /// A certificate's commit.
    Certificate(CertificateId),
}

/// Everything remembered.
pub struct State {
    /// The publisher.
    pub company: CompanyId,
    /// The publisher's website.
    pub property: PropertyId,
    /// The running session.
    pub session: Option<Session>,
    /// The server's clock less the page's, in milliseconds.
    pub clock_ahead: f64,
    /// Every certificate of this page load, the latest last.
    pub minted: Vec<Minted>,
    requests: Vec<(u32, Request)>,
    last_request: u32,
}

impl State {
    /// The state of a page that has only just begun.
    pub const fn new(company: CompanyId, property: PropertyId) -> Self {
        Self {
            company,
            property,
            session: None,
            clock_ahead: 0.0,
            minted: Vec::new(),
            requests: Vec::new(),
            last_request: 0,
        }
    }

    /// Remembers a request under a new number.
    pub fn ask(&mut self, request: Request) -> u32 {
        self.last_request = self.last_request.wrapping_add(1);
        self.requests.push((self.last_request, request));
        self.last_request
    }

    /// The request with that number, which is thereby over.
    pub fn take_request(&mut self, number: u32) -> Option<Request> {
        let at = self.requests.iter().position(|(n, _)| *n == number)?;
        Some(self.requests.swap_remove(at).1)
    }
}

thread_local! {
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
}

/// Begins a page load.
pub fn begin(state: State) {
    STATE.with(|cell| *cell.borrow_mut() = Some(state));
}

/// Reads or changes the state; nothing before [`begin`]. `work` must not call into the page.
pub fn with<T>(work: impl FnOnce(&mut State) -> T) -> Option<T> {
    STATE.with(|cell| cell.borrow_mut().as_mut().map(work))
}
