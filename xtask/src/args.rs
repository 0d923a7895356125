//! The command line: few enough words to read by hand.

/// What `cargo xtask` prints when asked, or when it does not understand.
pub const HELP: &str = "\
cargo xtask run [--port 8787]   set up what is missing, build, and serve locally
cargo xtask test [--only checks|unit|e2e] [-- PLAYWRIGHT-ARGUMENTS]
                                run every check and test
cargo xtask soak                races, failing round trips and calls of the API's document, each
                                many more times than in a test run
cargo xtask build [pages|worker]
                                set up and build, start nothing
cargo xtask bench data|holdings [--sizes FEW,MANY] | throughput [--seconds N] | tracker |
                 recorder | dashboard
                                 measure what is built: the owner's and the buyer's list with few
                                 and many certificates, verifying beside the least that a route
                                 can be, what tracker and recorder cost a page, and how soon the
                                 dashboard's list is there
cargo xtask secrets             print fresh local secrets, as .dev.vars holds them";

/// The port of the local worker when none is given.
const DEFAULT_PORT: u16 = 8787;

/// What was asked for.
#[derive(Debug, PartialEq)]
pub enum Task {
    /// Say what there is.
    Help,
    /// Build and serve.
    Run(RunOptions),
    /// Build only.
    Build(Part),
    /// Print generated secrets.
    Secrets,
    /// Run the tests.
    Test(TestOptions),
    /// Run what is left to chance many times.
    Soak,
    /// Measure.
    Bench(Vec<String>),
}

/// What `build` builds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Part {
    /// The worker, the tracker and the pages.
    All,
    /// The tracker and the static pages.
    Pages,
    /// The worker.
    Worker,
}

/// Options of `run`.
#[derive(Debug, PartialEq)]
pub struct RunOptions {
    /// Where the worker listens, on loopback.
    pub port: u16,
}

/// Options of `test`.
#[derive(Debug, Default, PartialEq)]
pub struct TestOptions {
    /// One stage instead of all.
    pub only: Option<Stage>,
    /// Handed to Playwright as they are.
    pub playwright: Vec<String>,
}

/// The three stages of `test`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stage {
    /// Format, lints, builds.
    Checks,
    /// Unit, property and documentation tests.
    Unit,
    /// The worker and the browser.
    EndToEnd,
}

/// Reads the arguments; the error is one line for the person at the keyboard.
pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Task, String> {
    let mut arguments = arguments.into_iter();
    match arguments.next().as_deref() {
        None | Some("help" | "--help" | "-h") => Ok(Task::Help),
        Some("run") => parse_run(arguments).map(Task::Run),
        Some("test") => parse_test(arguments).map(Task::Test),
        Some("soak") => nothing_more(arguments, Task::Soak),
        Some("build") => parse_build(arguments).map(Task::Build),
        Some("bench") => parse_bench(arguments).map(Task::Bench),
        Some("secrets") => nothing_more(arguments, Task::Secrets),
        Some(other) => Err(format!("unknown task `{other}`")),
    }
}

fn nothing_more<T>(mut rest: impl Iterator<Item = String>, read: T) -> Result<T, String> {
    match rest.next() {
        None => Ok(read),
        Some(extra) => Err(format!("unexpected `{extra}`")),
    }
}

fn parse_build(mut rest: impl Iterator<Item = String>) -> Result<Part, String> {
    let part = match rest.next().as_deref() {
        None => Part::All,
        Some("pages") => Part::Pages,
        Some("worker") => Part::Worker,
        Some(_) => return Err("build takes pages, worker or nothing".into()),
    };
    nothing_more(rest, part)
}

fn parse_bench(rest: impl Iterator<Item = String>) -> Result<Vec<String>, String> {
    let arguments: Vec<String> = rest.collect();
    match arguments.first().map(String::as_str) {
        Some("data" | "holdings" | "throughput" | "tracker" | "recorder" | "dashboard") => {
            Ok(arguments)
        }
        _ => Err("bench takes data, holdings, throughput, tracker, recorder or dashboard".into()),
    }
}

fn parse_run(mut rest: impl Iterator<Item = String>) -> Result<RunOptions, String> {
    let mut options = RunOptions { port: DEFAULT_PORT };
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--port" => {
                let value = rest.next().ok_or("--port needs a number")?;
                options.port = value.parse().map_err(|_| format!("`{value}` is no port"))?;
            }
            other => return Err(format!("unexpected `{other}`")),
        }
    }
    Ok(options)
}

fn parse_test(mut rest: impl Iterator<Item = String>) -> Result<TestOptions, String> {
    let mut options = TestOptions::default();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--only" => {
                options.only = Some(match rest.next().as_deref() {
                    Some("checks") => Stage::Checks,
                    Some("unit") => Stage::Unit,
                    Some("e2e") => Stage::EndToEnd,
                    _ => return Err("--only takes checks, unit or e2e".into()),
                });
            }
            "--" => options.playwright = rest.by_ref().collect(),
            other => return Err(format!("unexpected `{other}`")),
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Task, String> {
        parse(line.split_whitespace().map(String::from))
    }

    #[test]
    fn run_listens_on_8787_unless_told_otherwise() {
        assert_eq!(parsed("run"), Ok(Task::Run(RunOptions { port: 8787 })));
        assert_eq!(parsed("run --port 9000"), Ok(Task::Run(RunOptions { port: 9000 })));
        assert_eq!(parsed("run --port x"), Err("`x` is no port".into()));
    }

    #[test]
    fn what_follows_two_dashes_is_for_playwright() {
        let task = parsed("test --only e2e -- --grep smoke");
        let playwright = vec!["--grep".into(), "smoke".into()];
        let only = Some(Stage::EndToEnd);
        assert_eq!(task, Ok(Task::Test(TestOptions { only, playwright })));
    }

    #[test]
    fn build_takes_the_half_that_changed() {
        assert_eq!(parsed("build"), Ok(Task::Build(Part::All)));
        assert_eq!(parsed("build pages"), Ok(Task::Build(Part::Pages)));
        assert_eq!(parsed("build worker"), Ok(Task::Build(Part::Worker)));
        assert!(parsed("build worker pages").is_err());
    }

    #[test]
    fn bench_says_what_it_measures() {
        let data = vec!["data".into(), "--sizes".into(), "1000,2000".into()];
        assert_eq!(parsed("bench data --sizes 1000,2000"), Ok(Task::Bench(data)));
        assert!(parsed("bench").is_err());
    }

    #[test]
    fn an_unknown_word_is_refused() {
        assert!(parsed("deploy").is_err());
        assert!(parsed("build now").is_err());
        assert!(parsed("test --only everything").is_err());
    }
}
