//! Points in time as every document writes them: UTC, whole milliseconds,
//! `2026-04-17T11:00:00.000Z` (contract §1). The calendar is the `time` crate's.

use alloc::string::String;
use core::fmt;
use core::ops::{Add, Sub};
use core::time::Duration;

use crate::digits;
use time::{Date, Month, OffsetDateTime, Time};

/// Milliseconds since 1970-01-01T00:00:00Z, between the years 1970 and 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Why a value is not a timestamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// The text has another shape than `2026-04-17T11:00:00.000Z`, or names no real date.
    #[error("not a timestamp of the form 2026-04-17T11:00:00.000Z")]
    Form,
    /// The moment lies before 1970 or after 9999.
    #[error("a timestamp lies between the years 1970 and 9999")]
    Range,
}

impl Timestamp {
    /// The last moment that four digits of year can write.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// A moment given as milliseconds since 1970.
    ///
    /// # Errors
    /// [`TimestampError::Range`] outside 1970 to 9999.
    pub const fn from_millis(millis: i64) -> Result<Self, TimestampError> {
        if millis < 0 || millis > Self::MAX.0 {
            return Err(TimestampError::Range);
        }
        Ok(Self(millis))
    }

    /// Milliseconds since 1970; below 2^53, so exact as a JavaScript number.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Reads `2026-04-17T11:00:00.000Z` and no other way of writing it.
    ///
    /// # Errors
    /// [`TimestampError::Form`] for anything else.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        let read = || {
            let bytes: &[u8; 24] = text.as_bytes().try_into().ok()?;
            let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T', rest @ ..] = bytes else {
                return None;
            };
            let [h0, h1, b':', n0, n1, b':', s0, s1, b'.', t0, t1, t2, b'Z'] = rest else {
                return None;
            };
            let year = i32::from(number(&[*y0, *y1, *y2, *y3])?);
            let month = Month::try_from(u8::try_from(number(&[*m0, *m1])?).ok()?).ok()?;
            let day = u8::try_from(number(&[*d0, *d1])?).ok()?;
            let [hour, minute, second] = [[*h0, *h1], [*n0, *n1], [*s0, *s1]]
                .map(|pair| number(&pair).and_then(|n| u8::try_from(n).ok()));
            let time =
                Time::from_hms_milli(hour?, minute?, second?, number(&[*t0, *t1, *t2])?).ok()?;
            let moment = Date::from_calendar_date(year, month, day).ok()?.with_time(time);
            let moment = moment.assume_utc();
            Self::from_millis(moment.unix_timestamp() * 1_000 + i64::from(moment.millisecond()))
                .ok()
        };
        read().ok_or(TimestampError::Form)
    }

    /// This moment plus `span`, at most [`Timestamp::MAX`].
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(millis).min(Self::MAX.0))
    }

    /// This moment less `span`, at the earliest 1970.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(millis).max(0))
    }
}

/// The value of decimal digits, at most four of them.
fn number(digits: &[u8]) -> Option<u16> {
    digits.iter().try_fold(0_u16, |sum, digit| {
        digit.is_ascii_digit().then(|| sum * 10 + u16::from(digit - b'0'))
    })
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, span: Duration) -> Self {
        self.plus(span)
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, span: Duration) -> Self {
        self.minus(span)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from(*self))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::str::FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, TimestampError> {
        Self::parse(text)
    }
}

impl From<Timestamp> for String {
    fn from(at: Timestamp) -> Self {
        let moment = OffsetDateTime::from_unix_timestamp(at.0 / 1_000);
        let moment = moment.unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (year, millis) = (moment.year().unsigned_abs(), at.0.unsigned_abs() % 1_000);
        let mut out = Self::new();
        for (number, width, mark) in [
            (year.into(), 4, '-'),
            (u8::from(moment.month()).into(), 2, '-'),
            (moment.day().into(), 2, 'T'),
            (moment.hour().into(), 2, ':'),
            (moment.minute().into(), 2, ':'),
            (moment.second().into(), 2, '.'),
            (millis, 3, 'Z'),
        ] {
            digits::push(&mut out, number, width);
            out.push(mark);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::{Timestamp, TimestampError};

    #[test]
    fn a_timestamp_reads_back_as_it_was_written() {
        for (text, millis) in [
            ("1970-01-01T00:00:00.000Z", 0),
            ("2024-02-29T23:59:59.999Z", 1_709_251_199_999),
            ("2026-04-17T11:00:00.000Z", 1_776_423_600_000),
            ("9999-12-31T23:59:59.999Z", Timestamp::MAX.millis()),
        ] {
            assert_eq!(Timestamp::parse(text).map(Timestamp::millis), Ok(millis));
            assert_eq!(Timestamp::from_millis(millis).unwrap().to_string(), text);
        }
    }

    #[test]
    fn only_the_one_form_and_real_dates_are_read() {
        for wrong in [
            "",
            "2026-04-17T11:00:00Z",
            "2026-04-17T11:00:00.000+00:00",
            "2026-04-17 11:00:00.000Z",
            "2026-02-29T11:00:00.000Z",
            "2026-04-17T24:00:00.000Z",
            "2026-04-17T11:00:60.000Z",
            "1969-12-31T23:59:59.999Z",
            "2026-04-17T11:00:00.000Z ",
            "+026-04-17T11:00:00.000Z",
        ] {
            assert_eq!(Timestamp::parse(wrong), Err(TimestampError::Form), "{wrong}");
        }
    }
}
