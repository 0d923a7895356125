//! `/verifier` and `/replay` of `www/dist`: the offline check in wasm, with the
//! scripts of the pages that run it.

use std::path::Path;

use anyhow::Result;

use crate::assets::{copy, empty, out_file};
use crate::edge::crate_inputs;
use crate::process;
use crate::progress;
use crate::setup::WASM;
use crate::stamp::Stamp;
use crate::tools::Tools;
use crate::workspace::Workspace;

/// Builds the folder unless it is up to date; says whether it was built.
pub fn build(workspace: &Workspace, tools: &Tools, out: &Path) -> Result<bool> {
    let inputs = crate_inputs(workspace)?
        .path(&workspace.path("verifier"))?
        .path(&workspace.path("package-lock.json"))?
        .text(&tools.wasm_bindgen.id)
        .text(include_str!("verifier.rs"));
    let stamp = Stamp::new(workspace.scratch("verifier.stamp"), inputs.digest());
    let script = out.join("verifier/page.js");
    if stamp.is_fresh(std::slice::from_ref(&script)) {
        progress::unchanged("verifier wasm");
        return Ok(false);
    }
    let work = workspace.scratch("verifier-build");
    empty(&work)?;
    let mut cargo = workspace.command("cargo");
    cargo.args(["build", "-p", "econsent-verify", "--lib", "--target", WASM]);
    process::step("verifier wasm", cargo.args(["--profile", "tracker"]))?;

    let mut bindgen = workspace.command(&tools.wasm_bindgen.path);
    bindgen
        .args(["--target", "web", "--no-typescript", "--omit-default-module-path"])
        .args(["--remove-name-section", "--remove-producers-section", "--out-dir"])
        .arg(&work)
        .arg(workspace.path("target").join(WASM).join("tracker/econsent_verify.wasm"));
    process::step("verifier glue", &mut bindgen)?;

    let mut wasm_opt = workspace.web_command("wasm-opt")?;
    wasm_opt.args(["-Oz", "--strip-debug", "--strip-producers"]);
    wasm_opt.arg(work.join("econsent_verify_bg.wasm")).arg("-o").arg(work.join("small.wasm"));
    process::step("verifier wasm, smaller", &mut wasm_opt)?;

    empty(out)?;
    let mut page = workspace.web_command("esbuild")?;
    let bindings = work.join("econsent_verify.js");
    page.args(["verifier/page.ts", "--bundle", "--minify", "--format=esm", "--target=es2022"])
        .arg(format!("--alias:econsent-verify-wasm={}", bindings.display()))
        .arg(out_file(&script));
    process::step("verifier page", &mut page)?;
    let mut replay = workspace.web_command("esbuild")?;
    replay
        .args(["verifier/replay.ts", "--bundle", "--minify", "--format=esm", "--target=es2022"])
        .arg(format!("--alias:econsent-verify-wasm={}", bindings.display()))
        .arg(out_file(&out.join("replay/player.js")));
    process::step("replay page", &mut replay)?;
    let mut style = workspace.web_command("esbuild")?;
    style.args(["verifier/replay.css", "--bundle", "--minify"]);
    process::step("replay style", style.arg(out_file(&out.join("replay/player.css"))))?;
    copy(&work.join("small.wasm"), &out.join("verifier/econsent_verify_bg.wasm"))?;
    stamp.write()?;
    Ok(true)
}
