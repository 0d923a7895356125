//! What has to be on the machine before anything builds: looked for each time,
//! set up once.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;
use crate::progress;
use crate::stamp::{Inputs, Stamp};
use crate::system;
use crate::tools::Tools;
use crate::workspace::Workspace;

/// What the page and the edge run.
pub const WASM: &str = "wasm32-unknown-unknown";
/// A machine without an operating system, which proves that the core needs none.
pub const BARE_METAL: &str = "thumbv7em-none-eabi";

/// Makes sure of the compiler targets, the npm packages and the tools.
pub fn prepare(workspace: &Workspace, targets: &[&str]) -> Result<Tools> {
    progress::heading("Set up");
    system::require_basics()?;
    compiler_targets(workspace, targets)?;
    npm_packages(workspace)?;
    Tools::prepare(workspace)
}

fn compiler_targets(workspace: &Workspace, targets: &[&str]) -> Result<()> {
    let sysroot = process::answer(Command::new("rustc").args(["--print", "sysroot"]))
        .context("rustc does not answer: install Rust through https://rustup.rs")?;
    let rustlib = Path::new(&sysroot).join("lib/rustlib");
    for target in targets {
        if rustlib.join(target).join("lib").is_dir() {
            continue;
        }
        let mut rustup = workspace.command("rustup");
        rustup.args(["target", "add", target]);
        process::step(&format!("target {target}"), &mut rustup)?;
    }
    Ok(())
}

/// `npm ci` with the machine's Node; what it installs brings the Node that
/// everything else runs on.
fn npm_packages(workspace: &Workspace) -> Result<()> {
    let inputs = Inputs::new().path(&workspace.path("package-lock.json"))?;
    let stamp = Stamp::new(workspace.path("node_modules/.econsent"), inputs.digest());
    let outputs: Vec<PathBuf> =
        ["node", "wrangler", "esbuild", "wasm-opt"].map(|name| workspace.node_bin(name)).into();
    if stamp.is_fresh(&outputs) {
        progress::unchanged("npm packages");
        return Ok(());
    }
    let mut npm = workspace.command("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]);
    process::step("npm packages", &mut npm)?;
    stamp.write()
}
