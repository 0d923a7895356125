//! Business days, for the deadline of a consumer's opt-out: within ten of them a company has to
//! honour it (47 CFR 64.1200(a)(10)). As the Commission counts time (47 CFR 1.4(e)), a business day
//! is no Saturday, no Sunday and no federal holiday (5 U.S.C. 6103).

use time::{Date, Duration, Month, OffsetDateTime, Weekday};

use crate::time::Timestamp;

/// Business days that a company has for an opt-out.
pub const OPT_OUT_DAYS: u32 = 10;

/// The same time of day that many business days later, in UTC; the day of the moment itself does
/// not count (47 CFR 1.4(c)).
///
/// ```
/// use econsent_core::business_days::after;
/// use econsent_core::time::Timestamp;
///
/// // A Friday; Thanksgiving lies between.
/// let received_at = Timestamp::parse("2026-11-20T15:00:00.000Z").unwrap();
/// assert_eq!(after(received_at, 10).to_string(), "2026-12-07T15:00:00.000Z");
/// ```
#[must_use]
pub fn after(moment: Timestamp, days: u32) -> Timestamp {
    let later = || {
        let start = OffsetDateTime::from_unix_timestamp(moment.millis() / 1_000).ok()?;
        let mut date = start.date();
        let mut left = days;
        while left > 0 {
            date = date.next_day()?;
            if is_business_day(date) {
                left -= 1;
            }
        }
        let end = start.replace_date(date).unix_timestamp();
        Timestamp::from_millis(end * 1_000 + moment.millis() % 1_000).ok()
    };
    later().unwrap_or(Timestamp::MAX)
}

fn is_business_day(date: Date) -> bool {
    !is_weekend(date) && !is_holiday(date)
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// Whether a federal holiday is kept on a weekday: one on a Saturday is kept the Friday before
/// (5 U.S.C. 6103(b)), one on a Sunday the Monday after (Executive Order 11582 §3).
fn is_holiday(date: Date) -> bool {
    let shifted = |days| date.checked_add(Duration::days(days));
    is_date(date)
        || is_monday_or_thursday(date)
        || date.weekday() == Weekday::Friday && shifted(1).is_some_and(is_date)
        || date.weekday() == Weekday::Monday && shifted(-1).is_some_and(is_date)
}

/// New Year's Day, Juneteenth, Independence Day, Veterans Day, Christmas Day.
fn is_date(date: Date) -> bool {
    matches!(
        (date.month(), date.day()),
        (Month::January, 1)
            | (Month::June, 19)
            | (Month::July, 4)
            | (Month::November, 11)
            | (Month::December, 25)
    )
}

/// Those that are a certain Monday of their month, and Thanksgiving.
fn is_monday_or_thursday(date: Date) -> bool {
    let nth = date.day().div_ceil(7);
    match (date.weekday(), date.month()) {
        // Birthday of Martin Luther King, Jr.; Washington's Birthday.
        (Weekday::Monday, Month::January | Month::February) => nth == 3,
        // Memorial Day: the last.
        (Weekday::Monday, Month::May) => date.day() > 24,
        // Labor Day.
        (Weekday::Monday, Month::September) => nth == 1,
        // Columbus Day.
        (Weekday::Monday, Month::October) => nth == 2,
        // Thanksgiving Day.
        (Weekday::Thursday, Month::November) => nth == 4,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;

    use time::{Date, Month};

    use super::{after, is_holiday, is_weekend};
    use crate::time::Timestamp;

    fn holidays(year: i32) -> Vec<String> {
        let mut date = Date::from_calendar_date(year, Month::January, 1).unwrap();
        let mut found = Vec::new();
        while date.year() == year {
            if is_holiday(date) && !is_weekend(date) {
                found.push(alloc::format!("{:02}-{:02}", u8::from(date.month()), date.day()));
            }
            date = date.next_day().unwrap();
        }
        found
    }

    /// As the Office of Personnel Management publishes them.
    #[test]
    fn federal_holidays_are_kept_on_the_days_that_the_government_publishes() {
        assert_eq!(
            holidays(2026),
            [
                "01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "09-07", "10-12", "11-11",
                "11-26", "12-25"
            ]
        );
        // Independence Day on a Sunday, Juneteenth and Christmas on a Saturday; the New Year's Day
        // of 2028 is kept in 2027.
        assert_eq!(
            holidays(2027),
            [
                "01-01", "01-18", "02-15", "05-31", "06-18", "07-05", "09-06", "10-11", "11-11",
                "11-25", "12-24", "12-31"
            ]
        );
    }

    #[test]
    fn ten_business_days_pass_over_weekends_and_holidays() {
        for (received, due) in [
            ("2026-04-17T11:00:00.123Z", "2026-05-01T11:00:00.123Z"),
            ("2026-04-18T23:59:59.999Z", "2026-05-01T23:59:59.999Z"),
            ("2026-12-24T00:00:00.000Z", "2027-01-11T00:00:00.000Z"),
            ("2026-06-29T08:00:00.000Z", "2026-07-14T08:00:00.000Z"),
        ] {
            let received = Timestamp::parse(received).unwrap();
            assert_eq!(after(received, 10).to_string(), due, "{received}");
        }
        assert_eq!(after(Timestamp::MAX, 10), Timestamp::MAX);
    }
}
