//! `cargo xtask test`: every check there is, in order, each counted; a failed
//! one does not keep the later ones from saying what they found. The last line
//! is always `N passed, N failed`.

use std::process::{Command, ExitCode};
use std::thread;

use anyhow::{Result, anyhow};

use crate::args::{Stage, TestOptions};
use crate::process;
use crate::progress::{self, Mark, Step};
use crate::tally::Tally;
use crate::tools::Tools;
use crate::workspace::Workspace;
use crate::{assets, chromium, edge, interrupt, pdf_tools, schemathesis, setup};

/// Features of the core that work without an operating system: all of them.
const CORE_FEATURES: &str = "sign,rules,serde";

/// Runs what was asked for.
pub fn test(workspace: &Workspace, options: &TestOptions) -> Result<ExitCode> {
    let wants = |stage| options.only.is_none_or(|only| only == stage);
    let mut tally = Tally::default();
    let tools = setup::prepare(workspace, &[setup::WASM, setup::BARE_METAL])?;
    let is_built = thread::scope(|scope| {
        let needs_builds = wants(Stage::Checks) || wants(Stage::EndToEnd);
        // Linking the worker keeps one core busy for minutes, and these leave one free.
        let builds = needs_builds.then(|| scope.spawn(|| builds(workspace, &tools)));
        if wants(Stage::Checks) {
            tally += source_checks(workspace)?;
        }
        if wants(Stage::Unit) {
            tally += unit_tests(workspace, &tools)?;
        }
        let Some(builds) = builds else { return Ok(false) };
        let built = builds.join().map_err(|_| anyhow!("the builds ended in a panic"))??;
        tally += built;
        Ok::<_, anyhow::Error>(built.failed == 0)
    })?;
    if wants(Stage::Checks) {
        tally += build_checks(workspace)?;
    }
    if wants(Stage::EndToEnd) {
        tally += end_to_end(workspace, is_built, &options.playwright, &[])?;
    }
    Ok(told(tally))
}

/// Runs what is left to chance far more often than a test run has time for.
pub fn soak(workspace: &Workspace) -> Result<ExitCode> {
    let tools = setup::prepare(workspace, &[setup::WASM])?;
    let mut tally = builds(workspace, &tools)?;
    let files = ["sharing-races", "openapi"].map(String::from);
    let extent = [
        ("ECONSENT_ROUNDS", "20"),
        ("ECONSENT_FAULT_ROUNDS", "100"),
        ("SCHEMATHESIS_EXAMPLES", "100"),
    ];
    tally += end_to_end(workspace, tally.failed == 0, &files, &extent)?;
    Ok(told(tally))
}

fn told(tally: Tally) -> ExitCode {
    println!("\n{} passed, {} failed", tally.passed, tally.failed);
    if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn source_checks(workspace: &Workspace) -> Result<Tally> {
    progress::heading("Format and lints, beside the builds");
    let mut tally = Tally::default();
    tally += check("rustfmt", cargo(workspace, "fmt --all --check"))?;
    let native = "clippy -p econsent-core -p econsent-paper -p econsent-verify -p xtask --all-targets --all-features -- -D warnings";
    tally += check("clippy, native crates", cargo(workspace, native))?;
    let wasm = "clippy -p econsent-bare -p econsent-tracker -p econsent-verify -p econsent-worker --target wasm32-unknown-unknown -- -D warnings";
    tally += check("clippy, wasm crates", cargo(workspace, wasm))?;
    tally += check("TypeScript, pages and loader", web(workspace, "tsc", "-p www")?)?;
    tally += check("TypeScript, tests", web(workspace, "tsc", "-p tests")?)?;
    tally += check("biome", web(workspace, "biome", "ci --error-on-warnings --colors=off")?)?;
    Ok(tally)
}

fn unit_tests(workspace: &Workspace, tools: &Tools) -> Result<Tally> {
    progress::heading("Unit and property tests");
    let mut tally = Tally::default();
    // What the wasm crates do is tested where they run, in the end-to-end stage; what they decide
    // with lies in the core. Of the worker's own, what needs no runtime is tested here.
    let mut step = Step::start("native crates");
    let outcome = process::watch(&mut step, &mut workspace.native("test", "--no-fail-fast"))?;
    let counted = Tally::of_cargo(&outcome.log, outcome.success);
    finish(step, outcome.success, &format!("{} passed", counted.passed), &outcome.log);
    tally += counted;
    // The known answers once more, in wasm as the edge runs it, which holds what pages mint against
    // its own in the end-to-end stage.
    let arguments = "test -p econsent-core --target wasm32-unknown-unknown --test wasm";
    let mut wasm = workspace.with_web_tools(cargo(workspace, arguments))?;
    wasm.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", tools.wasm_test_runner());
    wasm.envs([edge::INSTRUCTIONS]);
    tally += check("known answers in wasm", wasm)?;
    Ok(tally)
}

/// The same builds that `run` makes; the end-to-end tests drive exactly these.
fn builds(workspace: &Workspace, tools: &Tools) -> Result<Tally> {
    let mut tally = Tally::default();
    // The longest first.
    for build in [edge::build, assets::build] {
        let built = build(workspace, tools);
        interrupt::check()?;
        if let Err(error) = &built {
            println!("    {error:#}");
        }
        tally += Tally::one(built.is_ok());
    }
    tally += check("econsent-verify", workspace.native("build", "--bin econsent-verify"))?;
    Ok(tally)
}

fn build_checks(workspace: &Workspace) -> Result<Tally> {
    let mut tally = Tally::default();
    let bare =
        format!("build -p econsent-core --target {} --no-default-features", setup::BARE_METAL);
    tally += check("core without std", cargo(workspace, &bare))?;
    let full = format!("{bare} --features {CORE_FEATURES}");
    tally += check("core without std, all features", cargo(workspace, &full))?;
    for (title, arguments) in [
        (
            "documentation, native crates",
            "doc --no-deps -p econsent-core -p econsent-paper -p econsent-verify -p xtask --document-private-items",
        ),
        (
            "documentation, wasm crates",
            "doc --no-deps -p econsent-bare -p econsent-tracker -p econsent-worker --target wasm32-unknown-unknown --document-private-items",
        ),
    ] {
        let mut command = cargo(workspace, arguments);
        command.env("RUSTDOCFLAGS", "-D warnings");
        tally += check(title, command)?;
    }
    let out = workspace.scratch("dry-run");
    let mut deploy = web(workspace, "wrangler", "deploy --dry-run --outdir")?;
    deploy.arg(out);
    tally += check("deployment, dry run", deploy)?;
    Ok(tally)
}

fn end_to_end(
    workspace: &Workspace,
    built: bool,
    arguments: &[String],
    extent: &[(&str, &str)],
) -> Result<Tally> {
    progress::heading("End to end");
    if !built {
        println!("  ✗ not run: a build failed");
        return Ok(Tally::one(false));
    }
    let ready = chromium::prepare(workspace).and_then(|chromium| {
        pdf_tools::prepare(workspace)?;
        Ok((chromium, schemathesis::prepare(workspace)?))
    });
    let (chromium, schemathesis) = match ready {
        Ok(paths) => paths,
        Err(error) => {
            interrupt::check()?;
            println!("  ✗ {error:#}");
            return Ok(Tally::one(false));
        }
    };
    let report = workspace.path("tests/results/report.json");
    // A report of an earlier run must not be counted.
    let _ = std::fs::remove_file(&report);
    let mut playwright = web(workspace, "playwright", "test --config tests/playwright.config.ts")?;
    playwright
        .args(arguments)
        .envs(extent.iter().copied())
        // node:sqlite, which every test process would announce as new.
        .env("NODE_OPTIONS", "--disable-warning=ExperimentalWarning")
        .env("CHROMIUM", chromium)
        .env("SCHEMATHESIS", schemathesis)
        .env("ECONSENT_XTASK", std::env::current_exe()?);
    let success = process::show(&mut playwright)?;
    Ok(Tally::of_playwright(&report, success))
}

/// One check that counts as one; its output is shown when it fails.
fn check(title: &str, mut command: Command) -> Result<Tally> {
    let mut step = Step::start(title);
    let outcome = process::watch(&mut step, &mut command)?;
    finish(step, outcome.success, "", &outcome.log);
    Ok(Tally::one(outcome.success))
}

fn finish(step: Step, success: bool, note: &str, log: &str) {
    if success {
        step.finish(Mark::Done, note);
    } else {
        step.finish(Mark::Failed, note);
        process::explain(log);
    }
}

fn cargo(workspace: &Workspace, arguments: &str) -> Command {
    let mut command = workspace.command("cargo");
    command.args(arguments.split_whitespace());
    command
}

fn web(workspace: &Workspace, program: &str, arguments: &str) -> Result<Command> {
    let mut command = workspace.web_command(program)?;
    command.args(arguments.split_whitespace());
    Ok(command)
}
