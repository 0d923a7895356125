//! What the tracker remembers during one page load. Borrowed only inside this module's short
//! closures, never across a call into the page, which might come back.

use std::cell::RefCell;
use std::rc::Rc;

use econsent_core::certificate_id::CertificateId;
use econsent_core::digest::Digest;
use econsent_core::fingerprint::Random;
use econsent_core::ids::{CompanyId, PropertyId, SessionId};

use crate::disclosed::Disclosed;

/// Of what was shown, so much is remembered; the page remembers as much (`steps.ts`).
const REMEMBERED: usize = 4;

/// A session the server started, or one made in the page before the server answered.
pub struct Session {
    /// The visit.
    pub id: SessionId,
    /// The nonce of its token; zeros without one.
    pub nonce: Random,
}

/// A certificate minted on this page.
pub struct Minted {
    /// Which form it is for.
    pub form: String,
    /// What it is over.
    pub content: Digest,
    /// Its id.
    pub id: CertificateId,
}

/// Everything remembered.
pub struct State {
    /// The publisher.
    pub company: CompanyId,
    /// The publisher's website.
    pub property: PropertyId,
    /// The running session.
    pub session: Option<Session>,
    /// Every certificate of this page load, the latest last.
    pub minted: Vec<Minted>,
    /// What forms have shown last.
    pub disclosed: Shown,
}

/// What was shown last, the latest at the end.
#[derive(Default)]
pub struct Shown {
    last: Vec<Rc<Disclosed>>,
    made: u32,
}

impl Shown {
    /// The number that what is disclosed next goes by.
    pub const fn name(&mut self) -> u32 {
        self.made = self.made.wrapping_add(1);
        self.made
    }

    /// What was disclosed under a number; none when that was long ago.
    pub fn recall(&self, number: u32) -> Option<Rc<Disclosed>> {
        self.last.iter().find(|one| one.number == number).cloned()
    }

    /// Remembers what was disclosed, and forgets what was disclosed long ago.
    pub fn remember(&mut self, disclosed: Rc<Disclosed>) {
        self.last.push(disclosed);
        if self.last.len() > REMEMBERED {
            self.last.remove(0);
        }
    }
}

thread_local! {
    static STATE: RefCell<Option<State>> = const { RefCell::new(None) };
}

/// Begins a page load; false when one has begun already.
pub fn begin(company: CompanyId, property: PropertyId) -> bool {
    STATE.with(|cell| {
        let mut state = cell.borrow_mut();
        let is_first = state.is_none();
        state.get_or_insert(State {
            company,
            property,
            session: None,
            minted: Vec::new(),
            disclosed: Shown::default(),
        });
        is_first
    })
}

/// Reads or changes the state; nothing before [`begin`]. `work` must not call into the page.
pub fn with<T>(work: impl FnOnce(&mut State) -> T) -> Option<T> {
    STATE.with(|cell| cell.borrow_mut().as_mut().map(work))
}
