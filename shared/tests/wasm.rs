//! The known answers again, in wasm under node: what the page and the worker compute is what the
//! native tests compute. One command, the runner being the one of wasm-bindgen-cli:
//!
//! ```sh
//! CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner \
//!     cargo test -p econsent-core --target wasm32-unknown-unknown --test wasm
//! ```
//!
//! Reads `tests/vectors`, or the directory that `ECONSENT_VECTORS` names, when it runs: a file
//! that is put there is checked, and none is skipped.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on ends")]

mod known_answers;

use known_answers::{Answer, check_file};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

#[wasm_bindgen(module = "node:fs")]
extern "C" {
    #[wasm_bindgen(js_name = readdirSync)]
    fn read_dir(path: &str) -> Vec<String>;
    #[wasm_bindgen(js_name = readFileSync)]
    fn read_file(path: &str, encoding: &str) -> String;
}

#[wasm_bindgen(module = "node:process")]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = env)]
    static ENV: js_sys::Object;
}

fn directory() -> String {
    let named = ENV.with(|env| js_sys::Reflect::get(env, &"ECONSENT_VECTORS".into()));
    let named = named.ok().and_then(|value| value.as_string());
    named.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors").into())
}

#[wasm_bindgen_test]
fn every_known_answer_comes_out_in_wasm() {
    let directory = directory();
    let mut names: Vec<String> = read_dir(&directory);
    names.retain(|name| name.ends_with(".json"));
    names.sort();
    assert!(!names.is_empty(), "no vectors in {directory}");

    let mut faults = Vec::new();
    for file in names {
        let name = file.trim_end_matches(".json");
        match check_file(name, &read_file(&format!("{directory}/{file}"), "utf8")) {
            Answer::Unknown => faults.push(format!("{name}: no test reads this file")),
            Answer::Checked(outcomes) => {
                console_log!("{name}: {} cases", outcomes.len());
                assert!(!outcomes.is_empty(), "{name} has no cases");
                faults.extend(outcomes.into_iter().filter_map(Result::err));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
