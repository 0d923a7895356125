//! Whom a lead is about: phone and e-mail in one written form each, so that a certificate stays
//! with the lead it was made for (contract §1, "Contact binding"). The page and the server
//! normalise alike; what cannot be normalised is no contact and is not committed to.

mod email;
#[cfg(feature = "sign")]
mod lookup;
mod phone;

pub use email::{Email, EmailError};
#[cfg(feature = "sign")]
pub use lookup::{LookupKey, LookupKeys};
pub use phone::{CallingCode, CallingCodeError, Phone, PhoneError};

/// Characters that people paste along without seeing them: zero-width ones, direction marks as
/// address books put them around numbers, the byte order mark.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
    )
}

/// Reading what the page has normalised: another spelling than ours is not taken.
#[cfg(feature = "serde")]
mod wire {
    use alloc::borrow::Cow;

    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer};

    use super::{Email, Phone};

    impl<'de> Deserialize<'de> for Phone {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Self::from_e164(&Cow::<str>::deserialize(deserializer)?).map_err(D::Error::custom)
        }
    }

    impl<'de> Deserialize<'de> for Email {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = Cow::<str>::deserialize(deserializer)?;
            match Self::parse(&text).map_err(D::Error::custom)? {
                email if email.as_str() == text => Ok(email),
                _ => Err(D::Error::custom("an e-mail address is sent trimmed and in lowercase")),
            }
        }
    }
}
