//! Round trips of one request to a database: how many there were, and the one that a test has asked
//! to fail. The worst that a network does is lose an answer to something that was done.

use std::cell::Cell;
use std::future::Future;

use worker::D1Result;

use super::{StoreError, classify};

/// The round trips of one request.
#[derive(Default)]
pub struct Trips {
    made: Cell<u32>,
    rows: Cell<usize>,
    fault: Cell<Option<Fault>>,
}

/// A round trip that fails, counted from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// Nothing arrives.
    Before(u32),
    /// Everything was done, and the answer is lost.
    After(u32),
}

impl std::str::FromStr for Fault {
    type Err = ();

    /// `before 3` or `after 3`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (when, trip) = text.split_once(' ').ok_or(())?;
        let trip = trip.parse().map_err(|_| ())?;
        match when {
            "before" => Ok(Self::Before(trip)),
            "after" => Ok(Self::After(trip)),
            _ => Err(()),
        }
    }
}

impl Trips {
    /// How many were made.
    pub const fn made(&self) -> u32 {
        self.made.get()
    }

    /// How many rows the database has read for them, by its own count.
    pub const fn rows(&self) -> usize {
        self.rows.get()
    }

    /// Counts what it has read for one.
    pub(super) fn read(&self, results: &[D1Result]) {
        let read = |result: &D1Result| result.meta().ok().flatten()?.rows_read;
        self.rows.set(self.rows.get() + results.iter().filter_map(read).sum::<usize>());
    }

    /// Lets one of them fail.
    pub fn fail(&self, fault: Fault) {
        self.fault.set(Some(fault));
    }

    /// Makes one.
    pub(super) async fn make<T>(
        &self,
        trip: impl Future<Output = worker::Result<T>>,
    ) -> Result<T, StoreError> {
        let number = self.made.get().saturating_add(1);
        self.made.set(number);
        let lost = || Err(StoreError::Failed("a fault that a test asked for".into()));
        if self.fault.get() == Some(Fault::Before(number)) {
            return lost();
        }
        let answer = trip.await.map_err(classify)?;
        if self.fault.get() == Some(Fault::After(number)) { lost() } else { Ok(answer) }
    }
}
