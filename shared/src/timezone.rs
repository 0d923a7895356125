//! Where the consumer's clock stood: the name of a zone of the IANA time zone database, and what a
//! moment reads there, given how far that zone was from UTC then.

use alloc::format;
use alloc::string::String;
use core::fmt;
use core::time::Duration;

use crate::time::Timestamp;

/// Longest name, in bytes; the longest in the database of 2025 has 32.
const NAME_BYTES: usize = 64;
/// No zone has ever been further from UTC, in minutes (RFC 9557 knows none beyond a day).
const MOST_MINUTES: u64 = 24 * 60;

/// The name of a time zone, as `America/New_York`. Whether the database has it is not looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeZone(String);

/// Why something names no time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time zone reads like America/New_York")]
pub struct TimeZoneError;

impl TimeZone {
    /// Takes a name of up to three parts of letters, digits, `_`, `+` and `-` (theory.html of the
    /// database, "Timezone identifiers").
    ///
    /// # Errors
    /// [`TimeZoneError`] for anything else.
    ///
    /// ```
    /// use econsent_core::timezone::TimeZone;
    ///
    /// assert!(TimeZone::parse("America/Argentina/Buenos_Aires").is_ok());
    /// assert!(TimeZone::parse("Etc/GMT+5").is_ok());
    /// for none in ["", "/", "America/", "a/b/c/d", "../etc", "<b>", "America/New York"] {
    ///     assert!(TimeZone::parse(none).is_err(), "{none}");
    /// }
    /// ```
    pub fn parse(name: &str) -> Result<Self, TimeZoneError> {
        let part = |part: &str| {
            part.starts_with(|c: char| c.is_ascii_alphabetic())
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+-".contains(&b))
        };
        let named = name.len() <= NAME_BYTES && name.split('/').all(part);
        if named && name.split('/').count() <= 3 {
            Ok(Self(name.into()))
        } else {
            Err(TimeZoneError)
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far a zone is from UTC at a moment, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset {
    west: bool,
    minutes: u64,
}

impl Offset {
    /// Reads `GMT-05:00`, and `GMT` for none: the long offset of ECMA-402's `timeZoneName`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let offset = text.strip_prefix("GMT")?;
        if offset.is_empty() {
            return Some(Self { west: false, minutes: 0 });
        }
        let west = offset.starts_with(['-', '\u{2212}']);
        let (hours, minutes) = offset.strip_prefix(['+', '-', '\u{2212}'])?.split_once(':')?;
        let number = |text: &str| {
            let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
            if digits { text.parse::<u64>().ok() } else { None }
        };
        let minutes = number(hours)? * 60 + number(minutes)?;
        (minutes <= MOST_MINUTES).then_some(Self { west, minutes })
    }

    /// What a clock in that zone shows, with the offset behind it (RFC 3339).
    ///
    /// ```
    /// use econsent_core::time::Timestamp;
    /// use econsent_core::timezone::Offset;
    ///
    /// let moment = Timestamp::parse("2026-04-17T03:00:00.000Z").unwrap();
    /// let local = |offset| Offset::parse(offset).unwrap().local(moment);
    /// assert_eq!(local("GMT-05:00"), "2026-04-16T22:00:00.000-05:00");
    /// assert_eq!(local("GMT+05:30"), "2026-04-17T08:30:00.000+05:30");
    /// assert_eq!(local("GMT"), "2026-04-17T03:00:00.000+00:00");
    /// ```
    #[must_use]
    pub fn local(self, moment: Timestamp) -> String {
        let shift = Duration::from_secs(self.minutes * 60);
        let shown = if self.west { moment - shift } else { moment + shift };
        let text = String::from(shown);
        let sign = if self.west { '-' } else { '+' };
        let (hours, minutes) = (self.minutes / 60, self.minutes % 60);
        format!("{}{sign}{hours:02}:{minutes:02}", text.trim_end_matches('Z'))
    }
}

/// A certificate's moments as the consumer's clock showed them.
#[derive(Debug, Clone)]
pub struct LocalTimes {
    /// Where that clock stood.
    pub zone: TimeZone,
    /// The submit; none where nobody knows how far the zone was from UTC.
    pub submitted: Option<String>,
    /// The receipt.
    pub received: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::{NAME_BYTES, Offset, TimeZone};

    #[test]
    fn a_name_is_bounded() {
        assert!(TimeZone::parse(&"a".repeat(NAME_BYTES)).is_ok());
        assert!(TimeZone::parse(&"a".repeat(NAME_BYTES + 1)).is_err());
    }

    #[test]
    fn an_offset_is_read_strictly() {
        for none in ["", "-05:00", "GMT-5", "GMT-05", "GMT05:00", "GMT+24:01", "GMT+1:00", "UTC"] {
            assert_eq!(Offset::parse(none), None, "{none}");
        }
    }
}
