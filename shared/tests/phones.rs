//! Phone numbers that the page reads by its own, smaller rules: the core reads the same. The page's
//! half of these cases is `tests/api/phones.spec.ts`.

#![allow(clippy::unwrap_used, reason = "test data that does not read ends the test")]

use econsent_core::contact::{CallingCode, Phone};

#[test]
fn what_the_page_reads_the_core_reads_alike() {
    let cases: Vec<(String, Option<String>)> =
        serde_json::from_str(include_str!("phones.json")).unwrap();
    let home: CallingCode = "1".parse().unwrap();
    for (typed, expected) in cases {
        let read = Phone::parse(&typed, home).ok();
        let read = read.as_ref().map(Phone::as_str);
        assert_eq!(read, expected.as_deref(), "{typed}");
    }
}
