//! `cargo xtask bench`: figures for people to read, which no test asserts.

use anyhow::{Result, ensure};

use crate::process;
use crate::tools::Tools;
use crate::workspace::Workspace;
use crate::{assets, chromium, edge, setup};

/// What the tracker costs the main thread of a page, in Chromium.
pub fn tracker(workspace: &Workspace) -> Result<()> {
    let tools: Tools = setup::prepare(workspace, &[setup::WASM])?;
    assets::build(workspace, &tools)?;
    edge::build(workspace, &tools)?;
    let chromium = chromium::prepare(workspace)?;
    let mut playwright = workspace.web_command("playwright")?;
    playwright
        .args(["test", "--config", "tests/bench/playwright.config.ts"])
        .env("NODE_OPTIONS", "--disable-warning=ExperimentalWarning")
        .env("CHROMIUM", chromium)
        .env("ECONSENT_XTASK", std::env::current_exe()?);
    ensure!(process::show(&mut playwright)?, "the bench did not run to its end");
    Ok(())
}
