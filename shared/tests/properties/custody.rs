//! Chains of custody: whatever is done to the events shows against the signed head, and where.

use econsent_core::certificate_id::CertificateId;
use econsent_core::custody::{
    Actor, BrokenChain, ChainFault, Event, EventType, Head, State, Tip, replay,
};
use econsent_core::digest::Digest;
use econsent_core::ids::{CompanyId, KeyId};
use econsent_core::json::Object;
use econsent_core::time::Timestamp;
use proptest::prelude::*;

fn certificate() -> CertificateId {
    CertificateId::parse("EC-session123-XHDrNP18CtjsdDzhObrLLqsAFD6CdFnaypdepEoB_ww").unwrap()
}

fn company(n: usize) -> Actor {
    Actor::Company(CompanyId::parse(&format!("67fa8acb61f623d0e200ec{n:02x}")).unwrap())
}

fn at(n: usize) -> Timestamp {
    Timestamp::from_millis(1_776_423_600_000 + i64::try_from(n).unwrap()).unwrap()
}

fn details(salt: u32) -> Object {
    Object::new().with("salt", salt)
}

const LATER: [EventType; 8] = [
    EventType::Signed,
    EventType::Shared,
    EventType::Claimed,
    EventType::Revoked,
    EventType::Restored,
    EventType::ComplianceChecked,
    EventType::AccessedEvidence,
    EventType::Erased,
];

/// A chain as a certificate's life may write it, and its head.
fn chain() -> impl Strategy<Value = (Vec<Event>, Head)> {
    prop::collection::vec((prop::sample::select(LATER.to_vec()), 0..3_usize), 0..12).prop_map(
        |life| {
            let certificate = certificate();
            let mut events = vec![Tip::START.next(
                &certificate,
                EventType::Created,
                at(0),
                company(0),
                &details(0),
            )];
            let mut state = State::NEW;
            for (event_type, actor) in life {
                let actor = company(actor);
                let Ok(next) = state.after(event_type, &actor) else { continue };
                state = next;
                let tip = Tip::from(events.last().unwrap());
                let n = events.len();
                events.push(tip.next(&certificate, event_type, at(n), actor, &details(7)));
            }
            let kid = KeyId::parse("h-hmac-1").unwrap();
            let head = Head::new(certificate, Tip::from(events.last().unwrap()), &state, kid);
            (events, head)
        },
    )
}

fn fault(events: &[Event], head: &Head) -> BrokenChain {
    replay(events, head).expect_err("the chain was changed")
}

fn seq(place: usize) -> u32 {
    u32::try_from(place + 1).unwrap()
}

/// One field of an event, changed.
fn changed(event: &Event, field: usize) -> Event {
    let mut event = event.clone();
    match field {
        0 => {
            event.event_type = match event.event_type {
                EventType::Signed => EventType::Shared,
                _ => EventType::Signed,
            }
        }
        1 => event.at = at(999),
        2 => event.actor = company(99),
        _ => event.details_sha256 = Digest::of(b"other details"),
    }
    event
}

proptest! {
    #[test]
    fn an_honest_chain_gives_its_state((events, head) in chain()) {
        let state = replay(&events, &head).unwrap();
        prop_assert_eq!(state.canonical(), state.document().canonical());
        prop_assert_eq!(state.document().digest(), head.state_sha256);
    }

    #[test]
    fn a_changed_event_is_found_at_its_place(
        (events, head) in chain(), place in any::<prop::sample::Index>(), field in 0..4_usize,
    ) {
        let place = place.index(events.len());
        let mut forged = events;
        forged[place] = changed(&forged[place], field);
        prop_assert_eq!(fault(&forged, &head), BrokenChain { seq: seq(place), fault: ChainFault::Hash });
    }

    #[test]
    fn a_changed_event_with_a_hash_made_for_it_is_found_where_the_chain_goes_on(
        (events, head) in chain(), place in any::<prop::sample::Index>(),
    ) {
        let place = place.index(events.len());
        let tip = place.checked_sub(1).map_or(Tip::START, |before| Tip::from(&events[before]));
        let mut forged = events;
        let event = forged[place].clone();
        forged[place] =
            tip.next(&head.certificate_id, event.event_type, event.at, event.actor, &details(8));
        let expected = match place + 1 == forged.len() {
            true => BrokenChain { seq: seq(place), fault: ChainFault::End },
            false => BrokenChain { seq: seq(place + 1), fault: ChainFault::Link },
        };
        prop_assert_eq!(fault(&forged, &head), expected);
    }

    #[test]
    fn swapped_events_are_found_at_the_first_place(
        (events, head) in chain(), a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>(),
    ) {
        let (a, b) = (a.index(events.len()), b.index(events.len()));
        prop_assume!(a != b);
        let mut forged = events;
        forged.swap(a, b);
        let expected = BrokenChain { seq: seq(a.min(b)), fault: ChainFault::Number };
        prop_assert_eq!(fault(&forged, &head), expected);
    }

    #[test]
    fn an_inserted_event_is_found_at_its_place_or_at_the_next(
        (events, head) in chain(), place in any::<prop::sample::Index>(), well_made in any::<bool>(),
    ) {
        let place = place.index(events.len()) + 1;
        let tip = Tip::from(&events[place - 1]);
        let mut inserted =
            tip.next(&head.certificate_id, EventType::Signed, at(0), Actor::System, &details(9));
        if !well_made {
            inserted = events[place - 1].clone();
        }
        let at_end = place == events.len();
        let mut forged = events;
        forged.insert(place, inserted);
        let expected = match (well_made, at_end) {
            (false, _) => BrokenChain { seq: seq(place), fault: ChainFault::Number },
            (true, false) => BrokenChain { seq: seq(place + 1), fault: ChainFault::Number },
            (true, true) => BrokenChain { seq: seq(place), fault: ChainFault::End },
        };
        prop_assert_eq!(fault(&forged, &head), expected);
    }

    #[test]
    fn cut_events_are_found_where_they_are_missing(
        (events, head) in chain(), from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>(),
    ) {
        let (from, to) = (from.index(events.len()), to.index(events.len()));
        let (from, to) = (from.min(to), from.max(to) + 1);
        let tail = to == events.len();
        let mut forged = events;
        forged.drain(from..to);
        let broken = fault(&forged, &head);
        if tail {
            prop_assert_eq!(broken, BrokenChain { seq: seq(from), fault: ChainFault::End });
        } else {
            prop_assert_eq!(broken, BrokenChain { seq: seq(from), fault: ChainFault::Number });
        }
    }

    #[test]
    fn a_chain_does_not_pass_for_that_of_another_certificate((events, head) in chain()) {
        let other = "EC-session124-XHDrNP18CtjsdDzhObrLLqsAFD6CdFnaypdepEoB_ww";
        let head = Head { certificate_id: CertificateId::parse(other).unwrap(), ..head };
        prop_assert_eq!(fault(&events, &head), BrokenChain { seq: 1, fault: ChainFault::Hash });
    }
}
