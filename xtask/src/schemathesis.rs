//! What the end-to-end tests fuzz the API with: schemathesis, in a Python environment of its own
//! outside the clone, with every package at the version that the tests name.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::process;
use crate::stamp::{Inputs, Stamp};
use crate::system;
use crate::workspace::Workspace;

const REQUIREMENTS: &str = "tests/fuzz/requirements.txt";

/// Finds the program, and sets it up where it is missing or of other versions.
pub fn prepare(workspace: &Workspace) -> Result<PathBuf> {
    let requirements = workspace.path(REQUIREMENTS);
    let environment = workspace.cache.join("tools/schemathesis");
    let program = environment.join("bin/schemathesis");
    let inputs = Inputs::new().path(&requirements)?;
    let stamp = Stamp::new(environment.join("econsent.stamp"), inputs.digest());
    if stamp.is_fresh(std::slice::from_ref(&program)) {
        return Ok(program);
    }
    if system::find("python3").is_none() {
        bail!("python3 is missing (Debian: apt install python3-venv)");
    }
    let mut venv = workspace.command("python3");
    venv.args(["-m", "venv", "--clear"]).arg(&environment);
    process::step("Python environment (once)", &mut venv)?;
    let mut pip = workspace.command(environment.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement"]);
    pip.arg(&requirements);
    process::step("schemathesis (once)", &mut pip)?;
    stamp.write()?;
    Ok(program)
}
