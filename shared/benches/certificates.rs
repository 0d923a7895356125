//! Certificates per second: minting one out of 20 consent records of 1 kB, and checking it.
//!
//! ```sh
//! cargo bench -p econsent-core --bench certificates
//! ```

#![allow(missing_docs, reason = "criterion's macros write public functions")]
#![allow(clippy::unwrap_used, reason = "benchmarks are ours alone")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use econsent_core::collect::{Collected, Element, collect};
use econsent_core::commitment::Committed;
use econsent_core::consent::ConsentType;
use econsent_core::consents::Consents;
use econsent_core::digest::Digest;
use econsent_core::fingerprint::{Moment, mint};
use econsent_core::ids::{CompanyId, KeyId, Origin, PropertyId, SessionId};
use econsent_core::keys::{Ed25519Key, HmacKey, Signature, Validity};
use econsent_core::record::{Attached, Attestation, Clock, MintedBy, Record, RecordKeys};
use econsent_core::signature::{Purpose, Tag};
use econsent_core::time::Timestamp;

const DISCLOSURE: &str = "I consent to receive marketing calls and texts from Acme Insurance at \
    the number provided, including by autodialer or prerecorded voice. ";

fn elements() -> Vec<Element> {
    let text: String = DISCLOSURE.chars().cycle().take(1_000).collect();
    let element = |n| {
        let text = format!("{n} {text}");
        Element::new(&format!("c{n}"), ConsentType::MainExplicit, "true", &text, 1, true)
    };
    (0..20).map(element).collect()
}

struct Keys {
    hmac: HmacKey,
    ed25519: Ed25519Key,
}

fn keys() -> Keys {
    let validity =
        Validity { from: Timestamp::from_millis(0).unwrap(), until: None, compromised_at: None };
    let id = |id| KeyId::parse(id).unwrap();
    Keys {
        hmac: HmacKey::new(id("r-hmac-1"), validity, [7; 32]),
        ed25519: Ed25519Key::new(id("r-ed-1"), validity, [8; 32]),
    }
}

/// What the page does at submit: records, fingerprint, entropy, id.
fn minted(elements: Vec<Element>) -> (Record, Collected) {
    let collected = collect(elements);
    let consents: Vec<_> = collected.consents.iter().map(|(record, _)| record.clone()).collect();
    let consents = Consents::from(consents);
    let session = SessionId::parse("610193c1e7b2017c008000000000000001").unwrap();
    let company_id = CompanyId::parse("67fa8acb61f623d0e200ec4d").unwrap();
    let property_id = PropertyId::parse("67fa8d40a96f513ae019c85c").unwrap();
    let timestamp = Timestamp::parse("2026-04-17T11:00:01.137Z").unwrap();
    let moment = Moment {
        session: &session,
        company: &company_id,
        property: &property_id,
        timestamp,
        domain: "forms.leadgen.com",
        nonce: [1; 16],
        client_random: [2; 16],
    };
    let record = Record {
        certificate_id: mint(&moment, &consents),
        company_id,
        property_id,
        timestamp,
        received_at: timestamp,
        domain: "forms.leadgen.com".into(),
        origin: Origin::parse("https://forms.leadgen.com").unwrap(),
        nonce: [1; 16],
        client_random: [2; 16],
        minted_by: MintedBy::Page,
        attestation: Attestation::Attested,
        clock: Clock::Verified,
        tracker: "0.1.0".into(),
        supersedes: None,
        dropped: collected.dropped,
        consents,
        geo: None,
        committed: Committed::default(),
        attached: Attached::default(),
        keys: RecordKeys {
            hmac: KeyId::parse("r-hmac-1").unwrap(),
            ed25519: KeyId::parse("r-ed-1").unwrap(),
        },
    };
    (record, collected)
}

/// What the edge adds: canonical bytes and both signatures.
fn signed(record: &Record, keys: &Keys) -> (String, Tag, Signature) {
    let canonical = record.canonical();
    let tag = keys.hmac.sign(Purpose::Record, &canonical);
    let signature = keys.ed25519.sign(Purpose::Record, &canonical);
    (canonical, tag, signature)
}

/// What online verify does: bytes, id, texts and HMAC.
fn holds(stored: &str, tag: &Tag, texts: &[&str], keys: &Keys) -> bool {
    let Ok(record) = Record::parse(stored) else { return false };
    let digests = texts.iter().map(|text| Digest::of(text.as_bytes()));
    keys.hmac.sign(Purpose::Record, stored) == *tag
        && digests.eq(record.consents.iter().map(|consent| consent.text_sha256))
}

fn certificates(c: &mut Criterion) {
    let keys = keys();
    let (record, collected) = minted(elements());
    let (stored, tag, signature) = signed(&record, &keys);
    let texts: Vec<&str> = collected.consents.iter().map(|(_, text)| text.as_str()).collect();
    let public = keys.ed25519.public();
    assert!(holds(&stored, &tag, &texts, &keys));

    let mut group = c.benchmark_group("certificate");
    group.throughput(Throughput::Elements(1));
    group.bench_function("mint (page)", |b| {
        b.iter_batched(elements, minted, criterion::BatchSize::SmallInput);
    });
    group.bench_function("sign (edge)", |b| b.iter(|| signed(black_box(&record), &keys)));
    group.bench_function("mint and sign", |b| {
        b.iter_batched(
            elements,
            |elements| signed(&minted(elements).0, &keys),
            criterion::BatchSize::SmallInput,
        );
    });
    group.bench_function("check", |b| {
        b.iter(|| holds(black_box(&stored), &tag, &texts, &keys));
    });
    group.bench_function("check Ed25519 too", |b| {
        b.iter(|| {
            holds(black_box(&stored), &tag, &texts, &keys)
                && public.verifies(Purpose::Record, &stored, &signature)
        });
    });
    group.finish();
}

criterion_group!(benches, certificates);
criterion_main!(benches);
