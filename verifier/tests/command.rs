//! The native command as a shell runs it.

use std::fs::File;
use std::io::{self, pipe};
use std::process::{Command, Output, Stdio};

fn help_into(stdout: impl Into<Stdio>) -> io::Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_econsent-verify"));
    command.arg("--help").stdout(stdout).stderr(Stdio::piped()).spawn()?.wait_with_output()
}

#[test]
fn who_reads_no_further_gets_the_exit_code_all_the_same() {
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let output = help_into(writer).unwrap();
    assert_eq!(
        (output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()),
        (Some(0), "")
    );
}

#[test]
fn an_answer_that_cannot_be_written_is_a_failure() {
    // A device that is always full.
    let output = help_into(File::create("/dev/full").unwrap()).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("writing the answer: "));
}
