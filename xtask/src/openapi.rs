//! The API's document, made by the worker's own types before there is a worker.

use std::path::Path;

use anyhow::{Context, Result};

use crate::assets::{empty, write};
use crate::edge::crate_inputs;
use crate::process;
use crate::progress;
use crate::stamp::Stamp;
use crate::workspace::Workspace;

/// Writes `openapi.json` into a folder of its own; says whether it did.
pub fn build(workspace: &Workspace, out: &Path) -> Result<bool> {
    let inputs = crate_inputs(workspace)?
        .path(&workspace.path("worker/src"))?
        .path(&workspace.path("worker/examples"))?
        .text(include_str!("openapi.rs"));
    let stamp = Stamp::new(workspace.scratch("openapi.stamp"), inputs.digest());
    let document = out.join("openapi.json");
    if stamp.is_fresh(std::slice::from_ref(&document)) {
        progress::unchanged("openapi.json");
        return Ok(false);
    }
    let example = ["-p", "econsent-worker", "--example", "openapi"];
    let mut build = workspace.command("cargo");
    process::step("openapi.json", build.arg("build").args(example))?;
    let mut print = workspace.command("cargo");
    let text = process::answer(print.args(["run", "--quiet"]).args(example))
        .context("the document of the API cannot be written")?;
    empty(out)?;
    write(&document, text.as_bytes())?;
    stamp.write()?;
    Ok(true)
}
