//! What runs on the edge: Rust to wasm, with worker-build and only local tools.

use anyhow::Result;

use crate::process;
use crate::progress;
use crate::stamp::{Inputs, Stamp};
use crate::tools::Tools;
use crate::workspace::Workspace;

/// The runtime has these instructions everywhere, and hashing is much of what verifying costs.
pub const INSTRUCTIONS: (&str, &str) = ("CARGO_ENCODED_RUSTFLAGS", "-Ctarget-feature=+simd128");

/// Builds `worker/build`, which worker/entry.js brings in, unless it is up to date.
pub fn build(workspace: &Workspace, tools: &Tools) -> Result<()> {
    build_in(workspace, tools, "worker", "worker wasm")
}

/// Builds the bare route that verifying is held against, unless it is up to date.
pub fn build_bare(workspace: &Workspace, tools: &Tools) -> Result<()> {
    build_in(workspace, tools, "tests/bench/bare", "bare route wasm")
}

fn build_in(workspace: &Workspace, tools: &Tools, folder: &str, title: &'static str) -> Result<()> {
    let inputs = crate_inputs(workspace)?
        .path(&workspace.path(folder))?
        .path(&workspace.path("package-lock.json"))?
        .text(&tools.wasm_bindgen.id)
        .text(&tools.worker_build.id)
        .text(include_str!("edge.rs"));
    let stamp = format!("{}.stamp", folder.replace('/', "-"));
    let stamp = Stamp::new(workspace.scratch(&stamp), inputs.digest());
    let outputs =
        ["index.js", "index_bg.wasm"].map(|name| workspace.path(folder).join("build").join(name));
    if stamp.is_fresh(&outputs) {
        progress::unchanged(title);
        return Ok(());
    }
    let mut command = workspace.with_web_tools(workspace.command(&tools.worker_build.path))?;
    command
        .args([folder, "--release"])
        .envs([INSTRUCTIONS])
        .env("WASM_BINDGEN_BIN", &tools.wasm_bindgen.path)
        .env("WASM_OPT_BIN", workspace.node_bin("wasm-opt"))
        .env("ESBUILD_BIN", workspace.node_bin("esbuild"));
    process::step(title, &mut command)?;
    stamp.write()
}

/// What every wasm build depends on: the core, the versions, the compiler.
pub fn crate_inputs(workspace: &Workspace) -> Result<Inputs> {
    let mut rustc = workspace.command("rustc");
    let compiler = process::answer(rustc.arg("-vV")).unwrap_or_default();
    Inputs::new()
        .text(&compiler)
        .path(&workspace.path("Cargo.toml"))?
        .path(&workspace.path("Cargo.lock"))?
        .path(&workspace.path(".cargo"))?
        .path(&workspace.path("shared/Cargo.toml"))?
        .path(&workspace.path("shared/src"))
}
