//! The statements that an isolate has made, so that tests can ask the database how it goes about
//! each of them: in development only.

use std::cell::RefCell;
use std::collections::BTreeSet;

thread_local! {
    static MADE: RefCell<BTreeSet<String>> = const { RefCell::new(BTreeSet::new()) };
}

/// Remembers a statement.
pub(super) fn remember(sql: &str) {
    MADE.with_borrow_mut(|made| {
        if !made.contains(sql) {
            made.insert(sql.into());
        }
    });
}

/// All that were made so far, each once.
pub fn made() -> Vec<String> {
    MADE.with_borrow(|made| made.iter().cloned().collect())
}
