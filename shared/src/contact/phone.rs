//! Phone numbers in E.164 form: `+`, country calling code, national number.

use alloc::string::{String, ToString as _};
use core::fmt;

use super::is_invisible;

/// A phone number in E.164 form, such as `+13055550123`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(String);

/// Why a string is not a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Letters, or signs that phone numbers are not written with.
    #[error("a phone number is digits, with + ( ) - . / and spaces between")]
    Character,
    /// Too few or too many digits for a number of that country.
    #[error("not as many digits as a phone number of that country has")]
    Length,
    /// An area code that begins with 0 or 1, ends in 11 (a service), or has 9 in the middle
    /// (kept for longer numbers).
    #[error("no such area code in North America")]
    AreaCode,
    /// An exchange that begins with 0 or 1, or ends in 11 (a service).
    #[error("no such exchange in North America")]
    Exchange,
}

/// A country calling code of ITU-T E.164: what a property's visitors leave out when they type
/// their number. North America's 1 unless the property says another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallingCode(u16);

/// Why a string is not a calling code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a country calling code is one to three digits, such as 44")]
pub struct CallingCodeError;

/// How numbers are written inside a country: what is dialled before them and left out after the
/// calling code, and how many digits they have.
struct Plan {
    code: u16,
    trunk: &'static str,
    shortest: usize,
    longest: usize,
}

/// ITU-T national numbering plans of the countries that leads come from most; what is not listed
/// is taken to drop one 0 and to have 5 to 12 digits.
const PLANS: [Plan; 24] = [
    plan(1, "1", 10, 10),  // North America
    plan(7, "8", 10, 10),  // Russia, Kazakhstan
    plan(31, "0", 9, 9),   // Netherlands
    plan(32, "0", 8, 9),   // Belgium
    plan(33, "0", 9, 9),   // France
    plan(34, "", 9, 9),    // Spain
    plan(36, "06", 8, 9),  // Hungary
    plan(39, "", 6, 11),   // Italy: the 0 is part of the number
    plan(41, "0", 9, 9),   // Switzerland
    plan(44, "0", 9, 10),  // United Kingdom
    plan(45, "", 8, 8),    // Denmark
    plan(47, "", 8, 8),    // Norway
    plan(48, "", 9, 9),    // Poland
    plan(52, "", 10, 10),  // Mexico
    plan(55, "0", 10, 11), // Brazil
    plan(57, "", 10, 10),  // Colombia
    plan(61, "0", 9, 9),   // Australia
    plan(64, "0", 8, 10),  // New Zealand
    plan(91, "0", 10, 10), // India
    plan(225, "", 10, 10), // Côte d'Ivoire: the 0 is part of the number
    plan(241, "", 8, 9),   // Gabon: the 0 is part of the number
    plan(242, "", 9, 9),   // Congo: the 0 is part of the number
    plan(351, "", 9, 9),   // Portugal
    plan(378, "", 6, 10),  // San Marino: the 0 is part of the number
];

const fn plan(code: u16, trunk: &'static str, shortest: usize, longest: usize) -> Plan {
    Plan { code, trunk, shortest, longest }
}

/// E.164 §6.2.1: at most 15 digits with the calling code.
const LONGEST: usize = 15;

impl CallingCode {
    /// The United States, Canada and the other countries of the North American plan.
    pub const NANP: Self = Self(1);

    /// Reads one to three digits, with or without a `+`.
    ///
    /// # Errors
    /// [`CallingCodeError`] when no country could have that code.
    pub fn parse(text: &str) -> Result<Self, CallingCodeError> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        match split_code(digits) {
            Some((code, "")) => Ok(code),
            _ => Err(CallingCodeError),
        }
    }

    fn plan(self) -> Plan {
        let known = PLANS.into_iter().find(|plan| plan.code == self.0);
        known.unwrap_or(plan(self.0, "0", 5, 12))
    }
}

impl core::str::FromStr for CallingCode {
    type Err = CallingCodeError;

    fn from_str(text: &str) -> Result<Self, CallingCodeError> {
        Self::parse(text)
    }
}

impl fmt::Display for CallingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Splits the calling code off. No code begins another one (E.164 annex D), and those of one and
/// two digits are these; all others have three.
fn split_code(digits: &str) -> Option<(CallingCode, &str)> {
    let width = match digits.as_bytes() {
        [b'1' | b'7', ..] => 1,
        [b'2', b'0' | b'7', ..]
        | [b'3', b'0'..=b'4' | b'6' | b'9', ..]
        | [b'4', b'0' | b'1' | b'3'..=b'9', ..]
        | [b'5', b'1'..=b'8', ..]
        | [b'6', b'0'..=b'6', ..]
        | [b'8', b'1' | b'2' | b'4' | b'6', ..]
        | [b'9', b'0'..=b'5' | b'8', ..] => 2,
        [b'2'..=b'9', ..] => 3,
        _ => return None,
    };
    let (code, rest) = digits.split_at_checked(width)?;
    Some((CallingCode(code.parse().ok()?), rest))
}

impl Phone {
    /// Normalises what a visitor typed. A number without a calling code is one of `home`; an
    /// extension is left out, since it reaches the same line.
    ///
    /// # Errors
    /// [`PhoneError`] says what is wrong with it.
    ///
    /// ```
    /// use econsent_core::contact::{CallingCode, Phone};
    ///
    /// let phone = Phone::parse("(305) 555-0123 ext. 4", CallingCode::NANP).unwrap();
    /// assert_eq!(phone.as_str(), "+13055550123");
    /// let phone = Phone::parse("+44 (0)20 7946 0958", CallingCode::NANP).unwrap();
    /// assert_eq!(phone.as_str(), "+442079460958");
    /// ```
    pub fn parse(typed: &str, home: CallingCode) -> Result<Self, PhoneError> {
        let (digits, international) = digits(without_extension(typed))?;
        let prefixes: &[&str] = match (international, home) {
            (true, _) => &[""],
            // North America dials 011 to leave the country; 00 begins no number there either.
            (false, CallingCode::NANP) => &["011", "00"],
            (false, _) => &["00"],
        };
        let abroad = prefixes.iter().find_map(|prefix| digits.strip_prefix(prefix));
        if let Some(abroad) = abroad {
            let (code, national) = split_code(abroad).ok_or(PhoneError::Length)?;
            return Self::of(code, national);
        }
        Self::of(home, &digits)
    }

    /// Normalises a number that a form asks for in several fields, such as area code, exchange
    /// and line, or calling code and number.
    ///
    /// # Errors
    /// [`PhoneError`] says what is wrong with the whole.
    pub fn join<'a>(
        fields: impl IntoIterator<Item = &'a str>,
        home: CallingCode,
    ) -> Result<Self, PhoneError> {
        let mut whole = String::new();
        for field in fields {
            whole.push_str(field);
            whole.push(' ');
        }
        Self::parse(&whole, home)
    }

    /// Reads the E.164 form itself, as it comes back from storage.
    ///
    /// # Errors
    /// [`PhoneError`] when it is another form or no number.
    pub fn from_e164(text: &str) -> Result<Self, PhoneError> {
        let phone = Self::parse(text, CallingCode::NANP)?;
        if phone.0 == text { Ok(phone) } else { Err(PhoneError::Character) }
    }

    /// A national number as people of that country write it: with or without what is dialled
    /// before it, and sometimes with the calling code and no `+`, as CRMs store them.
    fn of(code: CallingCode, typed: &str) -> Result<Self, PhoneError> {
        let plan = code.plan();
        // Where a 0 is dialled before the number, no number begins with one.
        let stray = |n: &str| plan.trunk.starts_with('0') && n.starts_with('0');
        let fits = |n: &&str| (plan.shortest..=plan.longest).contains(&n.len()) && !stray(n);
        let without = |prefix: &str| match prefix {
            "" => None,
            prefix => typed.strip_prefix(prefix).filter(fits),
        };
        let national = without(plan.trunk)
            .or_else(|| Some(typed).filter(fits))
            .or_else(|| without(&code.to_string()))
            .ok_or(PhoneError::Length)?;
        if code == CallingCode::NANP {
            check_nanp(national.as_bytes())?;
        }
        let number = alloc::format!("+{code}{national}");
        if number.len() > LONGEST.saturating_add(1) {
            return Err(PhoneError::Length);
        }
        Ok(Self(number))
    }

    /// The number in E.164 form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The area code of a North American number.
    #[must_use]
    pub fn area_code(&self) -> Option<u16> {
        self.0.strip_prefix("+1")?.get(..3)?.parse().ok()
    }
}

/// NXX-NXX-XXXX, N from 2 to 9 (ATIS-0300055, NPA and central office code assignment guidelines).
fn check_nanp(number: &[u8]) -> Result<(), PhoneError> {
    let (area_code, exchange) = match number {
        [a, b, c, d, e, f, ..] => ([*a, *b, *c], [*d, *e, *f]),
        _ => return Err(PhoneError::Length),
    };
    match area_code {
        [b'0' | b'1', ..] | [_, b'1', b'1'] | [_, b'9', _] => return Err(PhoneError::AreaCode),
        _ => {}
    }
    match exchange {
        [b'0' | b'1', ..] | [_, b'1', b'1'] => Err(PhoneError::Exchange),
        _ => Ok(()),
    }
}

/// What stands before an extension: `x 12`, `ext. 12`, `extension 12`, `#12`, `;ext=12`.
fn without_extension(typed: &str) -> &str {
    let is_digit_or_space = |c: char| c.is_ascii_digit() || c.is_whitespace();
    let head = typed.trim_end_matches(is_digit_or_space);
    if head.len() == typed.trim_end().len() {
        return typed;
    }
    let head = head.trim_end_matches(['.', ':', '=']).trim_end();
    for mark in [";ext", "extension", "extn", "ext", "x", "#"] {
        let at = head.len().saturating_sub(mark.len());
        let (Some(number), Some(end)) = (head.get(..at), head.get(at..)) else {
            continue;
        };
        if end.eq_ignore_ascii_case(mark) {
            return number.trim_end().trim_end_matches([',', ';']);
        }
    }
    typed
}

/// The digits, and whether a `+` stands before them.
fn digits(typed: &str) -> Result<(String, bool), PhoneError> {
    let typed = typed.trim_start_matches(|c: char| c.is_whitespace() || is_invisible(c));
    let typed = match typed.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => typed.get(4..).unwrap_or_default(),
        _ => typed,
    };
    let mut digits = String::new();
    let mut international = false;
    // The 0 that +44 (0)20 … shows for callers inside the country is not part of the number.
    for part in typed.split_inclusive("(0)") {
        let part = match part.strip_suffix("(0)") {
            Some(before) if international || before.contains('+') => before,
            _ => part,
        };
        for c in part.chars() {
            match c {
                '0'..='9' => digits.push(c),
                '+' if digits.is_empty() && !international => international = true,
                '(' | ')' | '-' | '.' | '/' | '\u{2010}'..='\u{2015}' | '\u{2212}' => {}
                _ if c.is_whitespace() || is_invisible(c) => {}
                _ => return Err(PhoneError::Character),
            }
        }
    }
    Ok((digits, international))
}

impl fmt::Debug for Phone {
    /// Personal values stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(…)")
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::{CallingCode, Phone, PhoneError};

    fn parse(typed: &str) -> Result<String, PhoneError> {
        Phone::parse(typed, CallingCode::NANP).map(|phone| phone.as_str().into())
    }

    fn at_home(code: &str, typed: &str) -> Result<String, PhoneError> {
        let home = CallingCode::parse(code).unwrap();
        Phone::parse(typed, home).map(|phone| phone.as_str().into())
    }

    #[test]
    fn however_it_is_typed_it_is_the_same_number() {
        for typed in [
            "3055550123",
            "13055550123",
            "+13055550123",
            "(305) 555-0123",
            "305.555.0123",
            " 1-305-555-0123 ",
            "+1 (305) 555\u{2011}0123",
            "\u{202a}+1 (305) 555-0123\u{202c}",
            "305\u{a0}555\u{a0}0123",
            "305/555-0123",
            "tel:+1-305-555-0123",
            "011 1 305 555 0123",
            "305-555-0123 x12",
            "305-555-0123 ext. 4567",
            "305-555-0123, Extension 4",
            "305-555-0123 #9",
            "tel:+1-305-555-0123;ext=12",
        ] {
            assert_eq!(parse(typed).as_deref(), Ok("+13055550123"), "{typed:?}");
        }
    }

    #[test]
    fn what_north_america_never_assigns_is_refused() {
        for (typed, fault) in [
            ("", PhoneError::Length),
            ("555-0123", PhoneError::Length),
            ("305-555-012", PhoneError::Length),
            ("305-555-01234", PhoneError::Length),
            ("23055550123", PhoneError::Length),
            ("105-555-0123", PhoneError::AreaCode),
            ("911-555-0123", PhoneError::AreaCode),
            ("395-555-0123", PhoneError::AreaCode),
            ("000-000-0000", PhoneError::Length),
            ("305-155-0123", PhoneError::Exchange),
            ("305-911-0123", PhoneError::Exchange),
            ("1-800-FLOWERS", PhoneError::Character),
            ("305-555-0123 or 305-555-0199", PhoneError::Character),
            ("305+555+0123", PhoneError::Character),
            ("jorg@example.com", PhoneError::Character),
            ("x123", PhoneError::Length),
        ] {
            assert_eq!(parse(typed), Err(fault), "{typed}");
        }
    }

    #[test]
    fn fields_that_a_form_splits_are_joined() {
        let join = |fields: &[&str], home: &str| {
            let home = CallingCode::parse(home).unwrap();
            Phone::join(fields.iter().copied(), home).map(|phone| String::from(phone.as_str()))
        };
        for fields in [
            ["", "305", "555", "0123"],
            ["+1", "305", "555", "0123"],
            ["1", "(305)", "555-", "0123"],
        ] {
            assert_eq!(join(&fields, "1").as_deref(), Ok("+13055550123"));
        }
        assert_eq!(join(&["+44", "020 7946 0958"], "1").as_deref(), Ok("+442079460958"));
        assert_eq!(join(&["305", "", "0123"], "1"), Err(PhoneError::Length));
    }

    #[test]
    fn a_property_in_another_country_takes_its_own_numbers_and_others_with_a_plus() {
        assert_eq!(at_home("44", "020 7946 0958").as_deref(), Ok("+442079460958"));
        assert_eq!(at_home("44", "0044 20 7946 0958").as_deref(), Ok("+442079460958"));
        assert_eq!(at_home("44", "442079460958").as_deref(), Ok("+442079460958"));
        assert_eq!(at_home("44", "+1 305 555 0123").as_deref(), Ok("+13055550123"));
        assert_eq!(at_home("34", "612 345 678").as_deref(), Ok("+34612345678"));
        assert_eq!(at_home("39", "06 1234 5678").as_deref(), Ok("+390612345678"));
        assert_eq!(at_home("49", "030 123456").as_deref(), Ok("+4930123456"));
        assert_eq!(at_home("7", "8 495 123-45-67").as_deref(), Ok("+74951234567"));
        assert_eq!(at_home("45", "45 12 34 56").as_deref(), Ok("+4545123456"));
        assert_eq!(at_home("353", "087 123 4567").as_deref(), Ok("+353871234567"));
        assert_eq!(at_home("44", "12345"), Err(PhoneError::Length));
        // One 0 is dialled before a British number; two are a slip that no reading puts right.
        assert_eq!(at_home("44", "+44 0020 7946 095"), Err(PhoneError::Length));
        assert_eq!(at_home("44", "020 7946 09"), Err(PhoneError::Length));
        assert_eq!(parse("+999 1234567890123"), Err(PhoneError::Length));
    }

    #[test]
    fn a_calling_code_is_one_that_a_country_could_have() {
        for right in ["1", "+1", "7", "20", "44", "91", "353", "998"] {
            assert!(CallingCode::parse(right).is_ok(), "{right}");
        }
        for wrong in ["", "0", "044", "4", "441", "US", "++1", "3530"] {
            assert!(CallingCode::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_was_stored_reads_back_and_stays_out_of_logs() {
        let phone = Phone::from_e164("+13055550123").unwrap();
        assert_eq!(phone.area_code(), Some(305));
        assert_eq!(alloc::format!("{phone:?}"), "Phone(…)");
        assert_eq!(Phone::from_e164("305-555-0123"), Err(PhoneError::Character));
        assert_eq!(Phone::from_e164("+442079460958").unwrap().area_code(), None);
    }
}
