//! Counts what passed and what failed, whoever ran it.

use std::path::Path;
use std::{fs, ops::AddAssign};

use serde_json::Value;

/// How many tests and checks came out which way.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Passed.
    pub passed: u64,
    /// Failed, or not run because something before it failed.
    pub failed: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl Tally {
    /// One check that came out this way.
    pub fn one(success: bool) -> Self {
        Self { passed: success.into(), failed: (!success).into() }
    }

    /// The sum of cargo's `test result:` lines. A run that failed without
    /// counting a failure (it did not compile) counts as one.
    pub fn of_cargo(log: &str, success: bool) -> Self {
        let mut sum = Self::default();
        for line in log.lines().filter_map(|line| line.trim().strip_prefix("test result: ")) {
            sum += Self { passed: before(line, " passed"), failed: before(line, " failed") };
        }
        sum.or_failed(success)
    }

    /// Playwright's own count from its JSON report. What it skipped did not pass.
    pub fn of_playwright(report: &Path, success: bool) -> Self {
        let stats = fs::read_to_string(report)
            .ok()
            .and_then(|text| serde_json::from_str::<Value>(&text).ok())
            .and_then(|report| report.get("stats").cloned())
            .unwrap_or_default();
        let count = |name: &str| stats.get(name).and_then(Value::as_u64).unwrap_or(0);
        let sum = Self { passed: count("expected"), failed: count("unexpected") + count("flaky") };
        sum.or_failed(success)
    }

    fn or_failed(mut self, success: bool) -> Self {
        if !success && self.failed == 0 {
            self.failed = 1;
        }
        self
    }
}

fn before(line: &str, word: &str) -> u64 {
    line.split([';', '.'])
        .find_map(|part| part.trim().strip_suffix(word)?.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "\
test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s
test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s";

    #[test]
    fn cargo_results_are_added_up() {
        assert_eq!(Tally::of_cargo(LOG, false), Tally { passed: 15, failed: 2 });
    }

    #[test]
    fn a_run_that_does_not_compile_is_a_failure() {
        assert_eq!(Tally::of_cargo("error: no", false), Tally { passed: 0, failed: 1 });
        assert_eq!(Tally::of_playwright(Path::new("/nowhere"), false), Tally::one(false));
    }
}
