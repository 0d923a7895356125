//! Records: what is written reads back, and a changed byte is always found.

use econsent_core::certificate_id::CertificateId;
use econsent_core::commitment::{Disclosure, Disclosures, Personal, Salt};
use econsent_core::consent::{
    ConsentRecord, ConsentText, ConsentType, ConsentValue, Dropped, Label,
};
use econsent_core::consents::Consents;
use econsent_core::digest::Digest;
use econsent_core::fingerprint::{Moment, mint};
use econsent_core::ids::{CompanyId, KeyId, Origin, PropertyId, SessionId};
use econsent_core::keys::{Ed25519Key, HmacKey, Validity};
use econsent_core::record::{Attached, Attestation, Clock, Geo, MintedBy, Record, RecordKeys};
use econsent_core::signature::Purpose;
use econsent_core::time::Timestamp;
use proptest::prelude::*;

fn validity() -> Validity {
    Validity { from: Timestamp::from_millis(0).unwrap(), until: None, compromised_at: None }
}

fn consent() -> impl Strategy<Value = ConsentRecord> {
    let consent_type = prop::sample::select(ConsentType::ALL.to_vec());
    (any::<String>(), 1..9_u32, consent_type, any::<String>(), any::<String>()).prop_map(
        |(id, step, consent_type, value, words)| ConsentRecord {
            id: Label::of(&id),
            step,
            consent_type,
            value: ConsentValue::of(consent_type, &value),
            text_sha256: ConsentText::of(&words).digest(),
        },
    )
}

fn disclosures() -> impl Strategy<Value = Disclosures> {
    let disclosure = (any::<[u8; 16]>(), any::<String>());
    prop::collection::btree_map(prop::sample::select(Personal::ALL.to_vec()), disclosure, 0..8)
        .prop_map(|values| {
            let mut disclosures = Disclosures::default();
            for (personal, (salt, value)) in values {
                disclosures.set(personal, Disclosure { salt: Salt::new(salt), value });
            }
            disclosures
        })
}

fn record() -> impl Strategy<Value = (Record, Disclosures)> {
    (
        prop::collection::vec(consent(), 0..5),
        disclosures(),
        "[a-z0-9-]{1,40}",
        0..253_402_300_799_999_i64,
        any::<[[u8; 16]; 2]>(),
        any::<[bool; 4]>(),
        prop::option::of(("[A-Z]{2}", any::<String>())),
        any::<[Option<[u8; 32]>; 3]>(),
    )
        .prop_map(|(consents, disclosures, session, millis, random, flags, geo, attached)| {
            let [presentation, withheld, recording] =
                attached.map(|digest| digest.map(Digest::from_bytes));
            let session = SessionId::parse(&session).unwrap();
            let company_id = CompanyId::parse("67fa8acb61f623d0e200ec4d").unwrap();
            let property_id = PropertyId::parse("67fa8d40a96f513ae019c85c").unwrap();
            let timestamp = Timestamp::from_millis(millis).unwrap();
            let [nonce, client_random] = random;
            let moment = Moment {
                session: &session,
                company: &company_id,
                property: &property_id,
                timestamp,
                domain: "forms.leadgen.com",
                nonce,
                client_random,
            };
            let consents = Consents::from(consents);
            let certificate_id = mint(&moment, &consents);
            let record = Record {
                supersedes: flags[3].then(|| certificate_id.clone()),
                certificate_id,
                company_id,
                property_id,
                timestamp,
                received_at: timestamp,
                domain: "forms.leadgen.com".into(),
                origin: Origin::parse("https://forms.leadgen.com").unwrap(),
                nonce,
                client_random,
                minted_by: if flags[0] { MintedBy::Page } else { MintedBy::Server },
                attestation: if flags[1] { Attestation::Attested } else { Attestation::Unattested },
                clock: if flags[2] { Clock::Verified } else { Clock::Unverified },
                tracker: "0.1.0".into(),
                dropped: Dropped::default(),
                consents,
                geo: geo.map(|(country, region)| Geo { country, region }),
                committed: disclosures.commit(),
                attached: Attached { presentation, withheld, recording },
                keys: RecordKeys {
                    hmac: KeyId::parse("r-hmac-1").unwrap(),
                    ed25519: KeyId::parse("r-ed-1").unwrap(),
                },
            };
            (record, disclosures)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_record_reads_back_as_it_was_written((record, disclosures) in record()) {
        let written = record.canonical();
        let read = Record::parse(&written).unwrap();
        prop_assert_eq!(read.canonical(), written);
        prop_assert!(read.id_holds());
        prop_assert_eq!(disclosures.first_unopened(&read.committed), None);
    }

    #[test]
    fn a_changed_byte_never_verifies(
        (record, _) in record(), at in any::<prop::sample::Index>(), flip in 1..=255_u8,
    ) {
        let written = record.canonical();
        let hmac = HmacKey::new(KeyId::parse("r-hmac-1").unwrap(), validity(), [7; 32]);
        let ed25519 = Ed25519Key::new(KeyId::parse("r-ed-1").unwrap(), validity(), [8; 32]);
        let tag = hmac.sign(Purpose::Record, &written);
        let signature = ed25519.sign(Purpose::Record, &written);
        prop_assert!(ed25519.public().verifies(Purpose::Record, &written, &signature));

        let mut bytes = written.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let Ok(changed) = String::from_utf8(bytes) else { return Ok(()) };
        prop_assert!(hmac.sign(Purpose::Record, &changed) != tag);
        prop_assert!(!ed25519.public().verifies(Purpose::Record, &changed, &signature));
        // What still reads as a record is another one: nothing is normalised back.
        if let Ok(other) = Record::parse(&changed) {
            prop_assert_eq!(other.canonical(), changed);
        }
    }

    #[test]
    fn a_certificate_id_binds_every_consent((record, _) in record(), words in any::<String>()) {
        prop_assume!(!record.consents.is_empty());
        let text_sha256 = ConsentText::of(&words).digest();
        let mut consents = record.consents.to_vec();
        prop_assume!(consents[0].text_sha256 != text_sha256);
        consents[0].text_sha256 = text_sha256;
        let forged = Record { consents: consents.into(), ..record };
        prop_assert!(!forged.id_holds());
        prop_assert!(Record::parse(&forged.canonical()).is_err());
    }

    #[test]
    fn a_withheld_disclosure_verifies_and_a_changed_one_does_not(
        disclosures in disclosures(), erased in prop::sample::select(Personal::ALL.to_vec()),
        other in any::<String>(), salt in any::<[u8; 16]>(),
    ) {
        let committed = disclosures.commit();
        let mut partial = Disclosures::default();
        for personal in Personal::ALL.into_iter().filter(|personal| *personal != erased) {
            if let Some(disclosure) = disclosures.get(personal) {
                partial.set(personal, disclosure.clone());
            }
        }
        prop_assert_eq!(partial.first_unopened(&committed), None);

        for personal in Personal::ALL {
            let Some(known) = disclosures.get(personal) else {
                // A value that the record never committed to is not believed either.
                let mut added = disclosures.clone();
                added.set(personal, Disclosure { salt: Salt::new(salt), value: other.clone() });
                prop_assert_eq!(added.first_unopened(&committed), Some(personal));
                continue;
            };
            let value = Disclosure { salt: known.salt.clone(), value: format!("{}x", known.value) };
            let resalted = Disclosure { salt: Salt::new(salt), value: known.value.clone() };
            for changed in [value, resalted] {
                prop_assume!(changed != *known);
                let mut forged = disclosures.clone();
                forged.set(personal, changed);
                prop_assert_eq!(forged.first_unopened(&committed), Some(personal));
            }
        }
    }

    #[test]
    fn no_string_makes_a_parser_fall_over(text in any::<String>()) {
        prop_assert!(Record::parse(&text).is_err());
        prop_assert!(CertificateId::parse(&text).is_err());
    }
}
