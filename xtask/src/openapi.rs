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
    process::step("openapi.json", &mut workspace.native("build", "--example openapi"))?;
    let program = workspace.path("target/debug/examples/openapi");
    let text = process::answer(&mut workspace.command(program))
        .context("the document of the API cannot be written")?;
    empty(out)?;
    write(&document, text.as_bytes())?;
    stamp.write()?;
    Ok(true)
}
