//! `econsent-verify FILE --jwks FILE`: checks a certificate without any network.

use std::fs;
use std::io::{ErrorKind, Write as _, stdout};
use std::process::ExitCode;

use econsent_core::bundle::{Outcome, Report, Verdict};
use econsent_core::jwks::PublicKeys;

const HELP: &str = "\
econsent-verify FILE --jwks FILE [--json]

Checks a certificate, a PDF or the JSON of the same, with nothing but these two files.
The public keys are at /.well-known/jwks.json of the service that issued it: get them from there
once and keep them, since keys that come along with a certificate prove nothing.

Ends with 0 when the certificate holds or has expired, 1 when it does not hold, 2 when there is
nothing that could be checked, 3 when it cannot be judged.";

struct Arguments {
    file: String,
    jwks: String,
    json: bool,
}

fn main() -> ExitCode {
    let arguments = match parse(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            return say(HELP).unwrap_or(ExitCode::SUCCESS);
        }
        Err(complaint) => return complain(&format!("{complaint}\n\n{HELP}")),
    };
    match run(&arguments) {
        Ok(report) => {
            let text =
                if arguments.json { report.document().canonical() } else { in_words(&report) };
            say(&text).unwrap_or(match report.verdict() {
                Verdict::Holds | Verdict::Expired => ExitCode::SUCCESS,
                Verdict::Fails => ExitCode::from(1),
                Verdict::Undecided => ExitCode::from(3),
            })
        }
        Err(complaint) => complain(&complaint),
    }
}

/// Writes an answer. Who reads no further, as `head` does, has enough; any other failure is one, since
/// half an answer could be taken for the whole.
fn say(text: &str) -> Option<ExitCode> {
    match writeln!(stdout(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Some(complain(&format!("writing the answer: {error}")))
        }
        _ => None,
    }
}

fn complain(complaint: &str) -> ExitCode {
    eprintln!("{complaint}");
    ExitCode::from(2)
}

fn parse(arguments: impl Iterator<Item = String>) -> Result<Option<Arguments>, String> {
    let (mut file, mut jwks, mut json) = (None, None, false);
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--help" | "-h" => return Ok(None),
            "--json" => json = true,
            "--jwks" => jwks = Some(arguments.next().ok_or("--jwks needs a file")?),
            other if other.starts_with('-') => return Err(format!("unknown option `{other}`")),
            _ if file.is_some() => return Err("one file at a time".into()),
            _ => file = Some(argument),
        }
    }
    let file = file.ok_or("a file to check is missing")?;
    let jwks = jwks.ok_or("--jwks FILE is missing")?;
    Ok(Some(Arguments { file, jwks, json }))
}

fn run(arguments: &Arguments) -> Result<Report, String> {
    let read = |path: &str| fs::read(path).map_err(|error| format!("{path}: {error}"));
    let jwks = String::from_utf8(read(&arguments.jwks)?)
        .map_err(|_| format!("{}: not text", arguments.jwks))?;
    let keys = PublicKeys::parse(&jwks).map_err(|error| format!("{}: {error}", arguments.jwks))?;
    econsent_verify::check(&read(&arguments.file)?, &keys)
        .map_err(|error| format!("{}: {error}", arguments.file))
}

fn in_words(report: &Report) -> String {
    let mut lines = Vec::new();
    if let Some(id) = &report.certificate_id {
        lines.extend([id.to_string(), String::new()]);
    }
    for check in &report.checks {
        let mark = match check.outcome {
            Outcome::Passed => "ok  ",
            Outcome::Failed(_) => "FAIL",
            Outcome::Unchecked(_) => "?   ",
        };
        lines.push(format!("{mark}  {:<17} {}", check.what.as_str(), check.what.sentence()));
        if let Some(reason) = check.outcome.reason() {
            lines.push(format!("      {:<17} {reason}", ""));
        }
    }
    lines.extend([String::new(), report.verdict().as_str().into()]);
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn parsed(line: &str) -> Result<Option<(String, String)>, String> {
        let arguments = parse(line.split_whitespace().map(String::from))?;
        Ok(arguments.map(|arguments| (arguments.file, arguments.jwks)))
    }

    #[test]
    fn both_files_are_needed() {
        let expected = Ok(Some(("c.pdf".into(), "keys.json".into())));
        assert_eq!(parsed("c.pdf --jwks keys.json"), expected);
        assert_eq!(parsed("--jwks keys.json c.pdf"), expected);
        assert!(parsed("c.pdf").is_err() && parsed("--jwks keys.json").is_err());
        assert!(parsed("a b --jwks k").is_err() && parsed("--fetch").is_err());
        assert_eq!(parsed("--help"), Ok(None));
    }
}
