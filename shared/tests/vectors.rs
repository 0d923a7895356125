//! Known answers of an independent implementation: every case of every file has to come out.
//!
//! Reads `tests/vectors`, or the directory that `ECONSENT_VECTORS` names. A file that nothing here
//! reads, and a case that is not of the known shape, fail: no case is ever skipped.

mod known_answers;

use std::path::PathBuf;

use known_answers::{Answer, check_file};

#[test]
fn every_known_answer_comes_out() {
    let directory = std::env::var_os("ECONSENT_VECTORS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors")),
        PathBuf::from,
    );
    let mut files: Vec<PathBuf> = std::fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no vectors in {}", directory.display());

    let mut faults = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let json = std::fs::read_to_string(&file).unwrap();
        match check_file(&name, &json) {
            Answer::Unknown => faults.push(format!("{name}: no test reads this file")),
            Answer::Checked(outcomes) => {
                println!("{name}: {} cases", outcomes.len());
                assert!(!outcomes.is_empty(), "{name} has no cases");
                faults.extend(outcomes.into_iter().filter_map(Result::err));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
