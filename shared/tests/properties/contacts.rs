//! Phones and e-mails: one written form, however often it is normalised.

use econsent_core::contact::{CallingCode, Email, Phone};
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_north_american_number_is_the_same_in_every_spelling(
        area in "[2-9][0-8][02-9]", exchange in "[2-9][0-9][02-9]", line in "[0-9]{4}",
        separators in "[ ().-]{0,3}", extension in "( ?(x|ext\\.? ?|#)[0-9]{1,5})?", one in "(\\+?1 ?)?",
    ) {
        let typed = format!("{one}{area}{separators}{exchange}{separators}{line}{extension}");
        let phone = Phone::parse(&typed, CallingCode::NANP).unwrap();
        prop_assert_eq!(phone.as_str(), format!("+1{area}{exchange}{line}"));
        prop_assert_eq!(phone.area_code(), area.parse().ok());
    }

    #[test]
    fn a_normalised_contact_stays_as_it_is(text in any::<String>(), digits in "[+0-9 ()x.-]{0,24}") {
        for typed in [&text, &digits] {
            for home in ["1", "44", "39", "7", "353"] {
                let home = CallingCode::parse(home).unwrap();
                if let Ok(phone) = Phone::parse(typed, home) {
                    prop_assert_eq!(Phone::parse(phone.as_str(), home), Ok(phone.clone()));
                    prop_assert_eq!(Phone::from_e164(phone.as_str()), Ok(phone));
                }
            }
            if let Ok(email) = Email::parse(typed) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email));
            }
        }
    }

    #[test]
    fn an_address_stays_as_it_is(name in "[A-Za-zÀ-ž0-9.+_'İẞΣ-]{1,12}", host in "[A-Za-zØ-öø-ž0-9]{1,8}") {
        let email = Email::parse(&format!(" {name}@{host}.Example ")).unwrap();
        prop_assert_eq!(Email::parse(email.as_str()), Ok(email));
    }
}
