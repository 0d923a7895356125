//! `cargo xtask bench`: measures what `cargo xtask build` has built; the measuring itself is in
//! `tests/bench`, on the runtime that the end-to-end tests use.

use std::env;

use anyhow::{Context, Result, ensure};

use crate::interrupt;
use crate::workspace::Workspace;

const SCRIPT: &str = "tests/bench/main.ts";
const BUILT: &str = "worker/build/index_bg.wasm";

/// Measures one thing and prints the figures.
pub fn bench(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    ensure!(workspace.path(BUILT).exists(), "nothing is built: run `cargo xtask build` first");
    let mut node = workspace.web_command("node")?;
    node.args(["--disable-warning=ExperimentalWarning", SCRIPT]).args(arguments);
    // Makes the keys of the worker that is measured.
    node.env("ECONSENT_XTASK", env::current_exe().context("where this program is")?);
    let status = node.status().context("starting node")?;
    interrupt::check()?;
    ensure!(status.success(), "{} ended with {status}", arguments.join(" "));
    Ok(())
}
