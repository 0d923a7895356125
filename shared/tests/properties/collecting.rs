//! Collecting: idempotent, stable in order, and nothing a visitor saw is lost.

use econsent_core::collect::{Collected, Element, collect};
use econsent_core::consent::ConsentType;
use proptest::prelude::*;

/// Few ids, values and texts, so that elements meet; names such as `tcpa~2` and `auto-1`, which
/// collecting gives out itself, among them.
fn element() -> impl Strategy<Value = Element> {
    (
        prop::sample::select(vec!["", "tcpa", "tcpa~2", "auto-1", "auto-2", "optin"]),
        prop::sample::select(ConsentType::ALL.to_vec()),
        prop::sample::select(vec!["", "true", "false", "Weekday mornings"]),
        prop::sample::select(vec!["", "I agree", "I agree to calls", " I agree ", "Terms apply."]),
        1..4_u32,
        prop::bool::weighted(0.8),
    )
        .prop_map(|(id, consent_type, value, text, step, visible)| {
            Element::new(id, consent_type, value, text, step, visible)
        })
}

/// In document order per step, as a page reports them.
fn elements() -> impl Strategy<Value = Vec<Element>> {
    prop::collection::vec(element(), 0..24).prop_map(|mut elements| {
        elements.sort_by_key(|element| element.step);
        elements
    })
}

fn again(collected: &Collected) -> Vec<Element> {
    let element = |(record, text): &(econsent_core::consent::ConsentRecord, _)| {
        let text: &econsent_core::consent::ConsentText = text;
        let (id, value) = (record.id.as_str(), record.value.as_str());
        Element::new(id, record.consent_type, value, text.as_str(), record.step, true)
    };
    collected.consents.iter().map(element).collect()
}

proptest! {
    #[test]
    fn fed_its_own_result_collecting_returns_it(elements in elements()) {
        let once = collect(elements);
        let twice = collect(again(&once));
        prop_assert_eq!(twice.consents, once.consents);
        prop_assert!(twice.withheld.is_empty());
    }

    #[test]
    fn ids_are_unique(elements in elements()) {
        let collected = collect(elements);
        let mut ids: Vec<_> = collected.consents.iter().map(|(record, _)| record.id.clone()).collect();
        let all = ids.len();
        ids.sort();
        ids.dedup();
        prop_assert_eq!(ids.len(), all);
    }

    #[test]
    fn records_stand_in_the_order_in_which_the_page_first_shows_their_ids(elements in elements()) {
        // Without the names that collecting may change, each record's place can be looked up.
        let named: Vec<Element> = elements
            .into_iter()
            .filter(|element| matches!(element.id.as_str(), "tcpa" | "optin"))
            .collect();
        let collected = collect(named.clone());
        let places: Vec<usize> = collected
            .consents
            .iter()
            .map(|(record, _)| {
                let id = record.id.as_str().split('~').next().unwrap();
                let first = |e: &Element| e.visible && e.step == record.step && e.id.as_str() == id;
                named.iter().position(first).unwrap()
            })
            .collect();
        prop_assert!(places.is_sorted(), "{:?}", places);
    }

    #[test]
    fn no_disclosure_is_lost(elements in elements()) {
        let collected = collect(elements.clone());
        for element in elements {
            let kept = collected.consents.iter().any(|(_, text)| *text == element.text);
            let withheld = collected.withheld.iter().any(|(_, text)| *text == element.text);
            let there = if element.visible { kept || withheld } else { withheld };
            prop_assert!(there, "{:?}", element);
        }
    }
}
