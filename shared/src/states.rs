//! US states: which one an IP address and a phone's area code point to. State laws look at both
//! (Florida, Fla. Stat. 501.059(8)(d), and Oklahoma, Okla. Stat. tit. 15 §775C.3, presume that
//! whoever has one of their area codes is there), so neither hides the other (contract §2).

use core::fmt;

use crate::area_codes;
use crate::contact::Phone;
use crate::record::Geo;

/// A state, district, territory or military region that the US Postal Service has a code for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct State(&'static str);

/// Why a string is not a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a state is one of the two-letter codes of the US Postal Service, such as FL")]
pub struct StateError;

/// USPS Publication 28, appendix B: code and name, ordered by code.
const STATES: [(&str, &str); 62] = [
    ("AA", "Armed Forces Americas"),
    ("AE", "Armed Forces Europe"),
    ("AK", "Alaska"),
    ("AL", "Alabama"),
    ("AP", "Armed Forces Pacific"),
    ("AR", "Arkansas"),
    ("AS", "American Samoa"),
    ("AZ", "Arizona"),
    ("CA", "California"),
    ("CO", "Colorado"),
    ("CT", "Connecticut"),
    ("DC", "District of Columbia"),
    ("DE", "Delaware"),
    ("FL", "Florida"),
    ("FM", "Federated States of Micronesia"),
    ("GA", "Georgia"),
    ("GU", "Guam"),
    ("HI", "Hawaii"),
    ("IA", "Iowa"),
    ("ID", "Idaho"),
    ("IL", "Illinois"),
    ("IN", "Indiana"),
    ("KS", "Kansas"),
    ("KY", "Kentucky"),
    ("LA", "Louisiana"),
    ("MA", "Massachusetts"),
    ("MD", "Maryland"),
    ("ME", "Maine"),
    ("MH", "Marshall Islands"),
    ("MI", "Michigan"),
    ("MN", "Minnesota"),
    ("MO", "Missouri"),
    ("MP", "Northern Mariana Islands"),
    ("MS", "Mississippi"),
    ("MT", "Montana"),
    ("NC", "North Carolina"),
    ("ND", "North Dakota"),
    ("NE", "Nebraska"),
    ("NH", "New Hampshire"),
    ("NJ", "New Jersey"),
    ("NM", "New Mexico"),
    ("NV", "Nevada"),
    ("NY", "New York"),
    ("OH", "Ohio"),
    ("OK", "Oklahoma"),
    ("OR", "Oregon"),
    ("PA", "Pennsylvania"),
    ("PR", "Puerto Rico"),
    ("PW", "Palau"),
    ("RI", "Rhode Island"),
    ("SC", "South Carolina"),
    ("SD", "South Dakota"),
    ("TN", "Tennessee"),
    ("TX", "Texas"),
    ("UT", "Utah"),
    ("VA", "Virginia"),
    ("VI", "Virgin Islands"),
    ("VT", "Vermont"),
    ("WA", "Washington"),
    ("WI", "Wisconsin"),
    ("WV", "West Virginia"),
    ("WY", "Wyoming"),
];

impl State {
    /// Reads a two-letter code, in capitals.
    ///
    /// # Errors
    /// [`StateError`] when the Postal Service has no such code.
    ///
    /// ```
    /// use econsent_core::states::State;
    ///
    /// assert_eq!(State::parse("FL").map(State::name), Ok("Florida"));
    /// assert!(State::parse("Florida").is_err());
    /// ```
    pub fn parse(code: &str) -> Result<Self, StateError> {
        let found = STATES.binary_search_by_key(&code, |(code, _)| code);
        let state = found.ok().and_then(|at| STATES.get(at));
        state.map(|(code, _)| Self(code)).ok_or(StateError)
    }

    /// Every state, by code.
    pub fn all() -> impl Iterator<Item = Self> {
        STATES.iter().map(|(code, _)| Self(code))
    }

    /// The state that a North American area code belongs to; none for other countries, for
    /// territories, and for codes that belong to no place, such as 800.
    #[must_use]
    pub fn of_area_code(area_code: u16) -> Option<Self> {
        let lists = area_codes::BY_STATE.iter();
        let found = lists
            .filter(|(_, codes)| codes.binary_search(&area_code).is_ok())
            .map(|(code, _)| *code)
            .next()?;
        Self::parse(found).ok()
    }

    /// The two-letter code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The name in English.
    #[must_use]
    pub fn name(self) -> &'static str {
        let found = STATES.iter().find(|(code, _)| *code == self.0);
        found.map_or(self.0, |(_, name)| name)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl core::str::FromStr for State {
    type Err = StateError;

    fn from_str(code: &str) -> Result<Self, StateError> {
        Self::parse(code)
    }
}

/// Where a consumer may be, each way of telling kept apart so that both can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConsumerStates {
    /// By the region of the IP address.
    pub by_ip: Option<State>,
    /// By the phone's area code.
    pub by_phone: Option<State>,
}

impl ConsumerStates {
    /// Tells the states from what a certificate knows; an address outside the US says nothing.
    #[must_use]
    pub fn of(geo: Option<&Geo>, phone: Option<&Phone>) -> Self {
        let geo = geo.filter(|geo| geo.country == "US");
        Self {
            by_ip: geo.and_then(|geo| State::parse(&geo.region).ok()),
            by_phone: phone.and_then(Phone::area_code).and_then(State::of_area_code),
        }
    }

    /// The states that are known, each once.
    pub fn known(&self) -> impl Iterator<Item = State> + use<> {
        let by_phone = self.by_phone.filter(|state| Some(*state) != self.by_ip);
        self.by_ip.into_iter().chain(by_phone)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{ConsumerStates, STATES, State, StateError};
    use crate::area_codes;
    use crate::contact::{CallingCode, Phone};
    use crate::record::Geo;

    fn geo(country: &str, region: &str) -> Geo {
        Geo { country: country.into(), region: region.into() }
    }

    fn states(geo: Option<&Geo>, phone: &str) -> Vec<&'static str> {
        let phone = Phone::parse(phone, CallingCode::NANP).unwrap();
        let states = ConsumerStates::of(geo, Some(&phone));
        states.known().map(State::as_str).collect()
    }

    #[test]
    fn the_codes_are_in_order_so_that_each_is_found() {
        assert!(STATES.is_sorted());
        for (code, name) in STATES {
            assert_eq!(State::parse(code).map(State::name), Ok(name));
        }
        for wrong in ["", "F", "fl", "FLA", "XX", "ON"] {
            assert_eq!(State::parse(wrong), Err(StateError), "{wrong}");
        }
    }

    #[test]
    fn every_area_code_belongs_to_one_of_the_50_states_or_to_washington_dc() {
        let mut seen = Vec::new();
        for (code, area_codes) in area_codes::BY_STATE {
            assert!(State::parse(code).is_ok(), "{code}");
            assert!(area_codes.is_sorted() && !area_codes.is_empty(), "{code}");
            seen.extend(area_codes);
        }
        assert_eq!(area_codes::BY_STATE.len(), 51);
        let all = seen.len();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), all, "an area code has one state");
        // N9X is kept for longer numbers and N11 for services: neither is an area code.
        assert!(seen.iter().all(|n| (200..=999).contains(*n)));
        assert!(seen.iter().all(|n| *n % 100 != 11 && *n / 10 % 10 != 9));
    }

    #[test]
    fn a_florida_number_on_a_texan_connection_points_to_both() {
        assert_eq!(states(Some(&geo("US", "TX")), "(305) 555-0123"), ["TX", "FL"]);
        assert_eq!(states(Some(&geo("US", "OK")), "405-555-0100"), ["OK"]);
    }

    #[test]
    fn other_countries_and_numbers_without_a_place_say_nothing() {
        let nowhere: [&str; 0] = [];
        // Brazil's PA is Pará, not Pennsylvania.
        assert_eq!(states(Some(&geo("BR", "PA")), "800-555-0123"), nowhere);
        assert_eq!(states(Some(&geo("CA", "ON")), "416-555-0123"), nowhere);
        assert_eq!(states(None, "+44 20 7946 0958"), nowhere);
        assert_eq!(states(Some(&geo("US", "")), "340-555-0123"), nowhere);
    }
}
