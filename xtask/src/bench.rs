//! `cargo xtask bench`: measures what `cargo xtask build` has built, and builds what that is held
//! against; the measuring itself is in `tests/bench`, on the runtime and the browser that the
//! end-to-end tests use.

use std::env;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::workspace::Workspace;
use crate::{chromium, edge, interrupt, progress, setup};

const SCRIPT: &str = "tests/bench/main.ts";
const BROWSER: &str = "tests/bench/playwright.config.ts";
const BUILT: &str = "worker/build/index_bg.wasm";

/// Measures one thing and prints the figures.
pub fn bench(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    ensure!(workspace.path(BUILT).exists(), "nothing is built: run `cargo xtask build` first");
    let mut command = match arguments {
        [what] if matches!(what.as_str(), "tracker" | "recorder" | "dashboard") => {
            in_browser(workspace, what)?
        }
        _ => {
            if arguments.first().is_some_and(|what| what == "throughput") {
                let tools = setup::prepare(workspace, &[setup::WASM])?;
                progress::heading("Build");
                edge::build_bare(workspace, &tools)?;
            }
            let mut node = workspace.web_command("node")?;
            node.arg(SCRIPT).args(arguments);
            node
        }
    };
    command.env("NODE_OPTIONS", "--disable-warning=ExperimentalWarning");
    // Makes the keys of the worker that is measured.
    command.env("ECONSENT_XTASK", env::current_exe().context("where this program is")?);
    let status = command.status().context("starting the bench")?;
    interrupt::check()?;
    ensure!(status.success(), "{} ended with {status}", arguments.join(" "));
    Ok(())
}

fn in_browser(workspace: &Workspace, what: &str) -> Result<Command> {
    let chromium = chromium::prepare(workspace)?;
    let mut playwright = workspace.web_command("playwright")?;
    playwright
        .args(["test", "--config", BROWSER, &format!("{what}.bench.ts")])
        .env("CHROMIUM", chromium);
    Ok(playwright)
}
