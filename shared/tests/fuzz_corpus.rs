//! Replays the fuzzer's corpus: written examples, and inputs that once were a finding.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a corpus that cannot be read ends the test")]

#[path = "../fuzz/targets.rs"]
mod targets;

use std::path::Path;

fn replay(target: &str, check: fn(&str)) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut inputs = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        // The fuzzer hands over valid UTF-8 only.
        if let Ok(text) = std::str::from_utf8(&bytes) {
            check(text);
            inputs += 1;
        }
    }
    assert!(inputs > 0, "no inputs for {target}");
}

#[test]
fn ids_and_contacts_of_the_corpus_hold() {
    replay("certificate_id", targets::certificate_id);
}

#[test]
fn documents_of_the_corpus_hold() {
    replay("record", targets::record);
}

#[test]
fn texts_of_the_corpus_hold() {
    replay("text", targets::text);
}

#[test]
fn rules_of_the_corpus_hold() {
    replay("rules", targets::rules);
}
