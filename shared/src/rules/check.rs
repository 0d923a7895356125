//! What checking comes to: score, level, verdict, and what they rest on.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::json::{Json, Object};
use crate::record::word;

/// Matched phrases in a hundred, from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(into = "u8", try_from = "u8"))]
pub struct Score(u8);

/// Why a number is not a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a score is a whole number from 0 to 100")]
pub struct ScoreError;

impl From<Score> for u8 {
    fn from(score: Score) -> Self {
        score.0
    }
}

impl TryFrom<u8> for Score {
    type Error = ScoreError;

    fn try_from(number: u8) -> Result<Self, ScoreError> {
        if number <= 100 { Ok(Self(number)) } else { Err(ScoreError) }
    }
}

impl Score {
    /// Everything was found.
    pub const FULL: Self = Self(100);

    /// `matched / total × 100`, halves up, and never 100 while one is missing. (The seed shows 75
    /// for two of three; its own formula gives 67.) Of nothing, everything is found.
    ///
    /// ```
    /// use econsent_core::rules::Score;
    ///
    /// assert_eq!(Score::of(2, 3).get(), 67);
    /// assert_eq!(Score::of(199, 200).get(), 99);
    /// assert_eq!(Score::of(0, 0), Score::FULL);
    /// ```
    #[must_use]
    pub fn of(matched: usize, total: usize) -> Self {
        if matched >= total {
            return Self::FULL;
        }
        // 128 bits, so that no count can overflow.
        let (matched, total) = (matched as u128, total as u128);
        let rounded = (200 * matched + total) / (2 * total);
        Self(u8::try_from(rounded.min(99)).unwrap_or(99))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

word!(
    /// How much of what was asked for is there (seed "Understanding the Compliance Score").
    Level, LevelError {
        /// Everything: 100, green.
        Compliant = "compliant",
        /// 75 to 99, amber; also everything, beside something forbidden.
        Partial = "partial",
        /// Below 75, red.
        NonCompliant = "non_compliant",
        /// No rule applied, grey.
        NotChecked = "not_checked"
    }
);

impl Level {
    /// The level of a score; something forbidden caps it at partial.
    #[must_use]
    pub const fn of(score: Score, forbidden: bool) -> Self {
        match (score.0, forbidden) {
            (100.., false) => Self::Compliant,
            (75.., _) => Self::Partial,
            _ => Self::NonCompliant,
        }
    }
}

word!(
    /// What follows for a claim.
    Verdict, VerdictError {
        /// Every rule that applied found everything in order.
        Pass = "pass",
        /// It can be claimed and is flagged.
        Warn = "warn",
        /// A rule that rejects did not find everything in order.
        Reject = "reject",
        /// No rule applied.
        NotChecked = "not_checked"
    }
);

word!(
    /// Why a verdict is weaker than the words alone would give.
    #[derive(PartialOrd, Ord)]
    Doubt, DoubtError {
        /// The evidence came without a good session token, so it never simply passes.
        Unattested = "unattested",
        /// The page's time is not plausible, so it never simply passes.
        ClockUnverified = "clock_unverified",
        /// A rule of some states failed and the consumer's state is not known, so it only warns.
        StateUnknown = "state_unknown"
    }
);

/// The result of checking one certificate against a buyer's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Compliance {
    /// None when no rule applied.
    pub score: Option<Score>,
    /// How much is there.
    pub level: Level,
    /// What follows.
    pub status: Verdict,
    /// What was found, as the rules spell it; of several wordings the first that was found.
    pub matched: Vec<String>,
    /// What was not, several wordings as `a | b`.
    pub missing: Vec<String>,
    /// What is there and must not be.
    pub forbidden_found: Vec<String>,
    /// What weakens it, each once.
    pub reasons: Vec<Doubt>,
}

impl Compliance {
    /// No rule applied.
    pub const NOT_CHECKED: Self = Self {
        score: None,
        level: Level::NotChecked,
        status: Verdict::NotChecked,
        matched: Vec::new(),
        missing: Vec::new(),
        forbidden_found: Vec::new(),
        reasons: Vec::new(),
    };

    /// The result as documents and answers have it.
    #[must_use]
    pub fn document(&self) -> Object {
        let list = |items: &[String]| {
            Json::List(items.iter().map(|item| Json::from(item.as_str())).collect())
        };
        let reasons = self.reasons.iter().map(|doubt| Json::from(doubt.as_str())).collect();
        Object::new()
            .with("score", self.score.map(|score| u32::from(score.0)))
            .with("level", self.level.as_str())
            .with("status", self.status.as_str())
            .with("matched", list(&self.matched))
            .with("missing", list(&self.missing))
            .with("forbidden_found", list(&self.forbidden_found))
            .with("reasons", Json::List(reasons))
    }
}

#[cfg(test)]
mod tests {
    use super::{Compliance, Level, Score};

    #[test]
    fn a_score_is_rounded_half_up_and_is_100_only_when_nothing_is_missing() {
        let score = |matched, total| Score::of(matched, total).get();
        assert_eq!((score(0, 3), score(1, 3), score(2, 3), score(3, 3)), (0, 33, 67, 100));
        // 0.5, 12.5 and 62.5
        assert_eq!((score(1, 200), score(1, 8), score(5, 8)), (1, 13, 63));
        assert_eq!((score(199, 200), score(999, 1_000)), (99, 99));
        assert_eq!(score(usize::MAX - 1, usize::MAX), 99);
    }

    #[test]
    fn levels_begin_where_the_seed_says() {
        let level = |score, forbidden| Level::of(Score(score), forbidden);
        assert_eq!(level(100, false), Level::Compliant);
        assert_eq!(level(100, true), Level::Partial);
        assert_eq!((level(99, false), level(75, true)), (Level::Partial, Level::Partial));
        assert_eq!((level(74, false), level(0, true)), (Level::NonCompliant, Level::NonCompliant));
    }

    #[test]
    fn a_certificate_that_no_rule_applied_to_has_no_score() {
        let json = Compliance::NOT_CHECKED.document().canonical();
        assert!(json.contains("\"score\":null") && json.contains("\"status\":\"not_checked\""));
    }
}
