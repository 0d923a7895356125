//! A disclosure of 5 kB against 1 to 1,000 phrases: one automaton, built before and used again,
//! beside a plain `contains` for each phrase.
//!
//! ```sh
//! cargo bench -p econsent-core --bench rules
//! ```

#![allow(missing_docs, reason = "criterion's macros write public functions")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "benchmarks are ours alone")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use econsent_core::consent::{ConsentRecord, ConsentText, ConsentType, ConsentValue, Label};
use econsent_core::record::{Attestation, Clock};
use econsent_core::rules::{Evidence, Mode, Phrase, PhraseSet, Rule, RuleDraft, RuleSet};
use econsent_core::text::canonical;

const SENTENCES: [&str; 4] = [
    "By clicking “Get My Quote” I consent to receive marketing calls and texts from Acme Insurance \
     and its agents at the number provided, including by autodialer or prerecorded voice.",
    "Consent is not required as a condition of purchase.",
    "Message and data rates may apply, and I can reply STOP at any time.",
    "My information may be shared with lending, solar and home security partners no. ",
];

/// As long as a consent text can be, of sentences as disclosures have them.
fn disclosure() -> String {
    let mut text = String::new();
    for n in 0.. {
        for sentence in SENTENCES {
            text.push_str(sentence);
            text.push_str(&format!(" {n} "));
        }
        if text.len() > 5_000 {
            break;
        }
    }
    text.truncate(text.floor_char_boundary(5_000));
    text
}

/// Phrases as buyers write them; one in ten is in the disclosure.
fn phrases(count: usize) -> Vec<String> {
    let there = [
        "Acme Insurance",
        "autodialer",
        "consent is not required as a condition of purchase",
        "reply STOP at any time",
    ];
    let sellers = ["Beta Solar", "Gamma Home Security", "Delta Mortgage", "Epsilon Health"];
    let phrase = |n: usize| match n % 10 {
        9 if n < 40 => there[n / 10 % 4].to_owned(),
        9 => format!("solar and home security partners no. {}", n / 10 % 12),
        _ => format!("{} {n} may contact me about offers", sellers[n % 4]),
    };
    (0..count).map(phrase).collect()
}

fn searches(c: &mut Criterion) {
    let text = canonical(&disclosure());
    let mut group = c.benchmark_group("phrases in 5 kB");
    for count in [1, 2, 4, 8, 16, 32, 100, 1_000] {
        let phrases = phrases(count);
        let all = phrases.iter().map(String::as_str);
        let together = PhraseSet::with_limit(all.clone(), 0);
        let each = PhraseSet::with_limit(all, usize::MAX);
        assert_eq!(together.find_canonical(&text), each.find_canonical(&text));
        group.bench_function(BenchmarkId::new("automaton", count), |b| {
            b.iter(|| together.find_canonical(black_box(&text)));
        });
        group.bench_function(BenchmarkId::new("contains", count), |b| {
            b.iter(|| each.find_canonical(black_box(&text)));
        });
    }
    group.finish();
}

fn around_it(c: &mut Criterion) {
    let disclosure = disclosure();
    c.bench_function("canonical form of 5 kB", |b| b.iter(|| canonical(black_box(&disclosure))));

    let text = ConsentText::of(&disclosure);
    let record = ConsentRecord {
        id: Label::of("tcpa"),
        step: 1,
        consent_type: ConsentType::MainImplied,
        value: ConsentValue::of(ConsentType::MainImplied, "visible"),
        text_sha256: text.digest(),
    };
    let evidence = Evidence {
        consents: vec![(&record, text.as_str())],
        states: vec![],
        attestation: Attestation::Attested,
        clock: Clock::Verified,
    };
    let thousands = vec![evidence.clone(); 1_000];
    for count in [1, 100, 1_000] {
        let draft = RuleDraft {
            rule_name: "r".into(),
            required_phrases: phrases(count).into_iter().map(Phrase::One).collect(),
            forbidden_phrases: vec![],
            full_text: None,
            mode: Mode::Warn,
            states: vec![],
        };
        let rule = Rule::new(draft).unwrap();
        let rules = RuleSet::new(vec![rule.clone()]).unwrap();
        let mut group = c.benchmark_group(format!("rules with {count} phrases"));
        group.bench_function("build", |b| b.iter(|| RuleSet::new(vec![rule.clone()])));
        group.bench_function("check one certificate", |b| {
            b.iter(|| rules.check(black_box(&evidence)));
        });
        group.sample_size(20);
        group.bench_function("check 1,000 certificates that share a text", |b| {
            b.iter(|| rules.check_all(black_box(&thousands)));
        });
        group.finish();
    }
}

criterion_group!(benches, searches, around_it);
criterion_main!(benches);
