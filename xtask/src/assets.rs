//! `www/dist`: the static pages, and the tracker under a URL that holds the
//! digest of everything it consists of. A cached glue script therefore never
//! meets another build's wasm, and a pinned script never changes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use base64ct::{Base64, Encoding};
use sha2::{Digest as _, Sha256, Sha384};

use crate::edge::crate_inputs;
use crate::openapi;
use crate::process;
use crate::progress;
use crate::setup::WASM;
use crate::shrink::shrink;
use crate::stamp::{Inputs, Stamp};
use crate::tools::Tools;
use crate::verifier;
use crate::workspace::Workspace;

/// Stands in the bundled loader until the digest, which covers the loader too,
/// is known.
const HASH_PLACEHOLDER: &str = "@TRACKER_HASH@";
const HASH_CHARACTERS: usize = 16;
/// Browsers from 2020 on, like wasm-bindgen's glue.
const BROWSERS: &str = "--target=es2020";

/// What PDF documents are set in (DejaVu, free to use and to embed), and its licence.
const FONTS: [(&str, &str); 3] = [
    ("ttf/DejaVuSans.ttf", "DejaVuSans.ttf"),
    ("ttf/DejaVuSans-Bold.ttf", "DejaVuSans-Bold.ttf"),
    ("LICENSE", "LICENSE.txt"),
];

/// Builds the tracker and the pages, and assembles `www/dist` from them.
pub fn build(workspace: &Workspace, tools: &Tools) -> Result<()> {
    let parts = ["tracker", "verifier", "openapi", "www"].map(|part| workspace.scratch(part));
    let [tracker, verifier, openapi, pages] = &parts;
    let mut changed = build_tracker(workspace, tools, tracker)?;
    changed |= verifier::build(workspace, tools, verifier)?;
    changed |= openapi::build(workspace, openapi)?;
    changed |= build_pages(workspace, pages)?;
    let dist = workspace.path("www/dist");
    if changed || !dist.join("tracker.js").exists() {
        empty(&dist)?;
        for part in &parts {
            copy_tree(part, &dist)?;
        }
    }
    Ok(())
}

fn build_tracker(workspace: &Workspace, tools: &Tools, out: &Path) -> Result<bool> {
    let inputs = crate_inputs(workspace)?
        .path(&workspace.path("tracker"))?
        .path(&workspace.path("package-lock.json"))?
        .text(&tools.wasm_bindgen.id)
        .text(include_str!("assets.rs"))
        .text(include_str!("shrink.rs"));
    let stamp = Stamp::new(workspace.scratch("tracker.stamp"), inputs.digest());
    if stamp.is_fresh(&[out.join("tracker.js")]) {
        progress::unchanged("tracker wasm");
        return Ok(false);
    }
    let work = workspace.scratch("tracker-build");
    empty(&work)?;
    let mut cargo = workspace.command("cargo");
    cargo.args(["build", "-p", "econsent-tracker", "--target", WASM, "--profile", "tracker"]);
    // SHA-256 with its rounds in a loop: a fifth of the code, and fast enough for one page.
    let small_sha =
        r#"target.wasm32-unknown-unknown.rustflags=["--cfg", 'sha2_backend_soft="compact"']"#;
    cargo.args(["--config", small_sha]);
    process::step("tracker wasm", &mut cargo)?;

    let mut bindgen = workspace.command(&tools.wasm_bindgen.path);
    bindgen
        .args(["--target", "web", "--no-typescript", "--omit-default-module-path"])
        .args(["--remove-name-section", "--remove-producers-section", "--out-dir"])
        .arg(&work)
        .arg(workspace.path("target").join(WASM).join("tracker/econsent_tracker.wasm"));
    process::step("tracker glue", &mut bindgen)?;

    let mut wasm_opt = workspace.web_command("wasm-opt")?;
    // Flattening first lets the size passes see more; the memory that the module starts with is
    // zeros, and nothing lies at its first addresses.
    wasm_opt.args(["--low-memory-unused", "--zero-filled-memory", "--flatten", "--rereloop"]);
    wasm_opt.args(["-Oz", "-Oz", "--converge", "--strip-debug", "--strip-producers"]);
    wasm_opt.arg(work.join("econsent_tracker_bg.wasm")).arg("-o").arg(work.join("small.wasm"));
    process::step("tracker wasm, smaller", &mut wasm_opt)?;
    shrink(workspace, &work.join("small.wasm"), &work.join("econsent_tracker.js"))?;

    let mut glue = workspace.web_command("esbuild")?;
    let bindings = work.join("econsent_tracker.js");
    glue.args(["tracker/glue.ts", "--bundle", "--minify", "--format=esm", BROWSERS])
        .arg(format!("--alias:econsent-tracker-wasm={}", bindings.display()))
        .arg(concat!("--define:TRACKER_VERSION=\"", env!("CARGO_PKG_VERSION"), "\""))
        .arg(out_file(&work.join("small.js")));
    process::step("tracker glue, smaller", &mut glue)?;

    // Loaded when the page is idle, and no part of what a form waits for.
    let mut recorder = workspace.web_command("esbuild")?;
    recorder
        .args(["tracker/recorder.ts", "--bundle", "--minify", "--format=esm", BROWSERS])
        .arg("--banner:js=/* with rrweb, MIT licence, (c) its contributors: https://github.com/rrweb-io/rrweb */")
        .arg(out_file(&work.join("recorder.js")));
    process::step("tracker recorder", &mut recorder)?;

    let mut loader = workspace.web_command("esbuild")?;
    loader
        .args(["tracker/loader.ts", "--bundle", "--minify", "--format=iife", BROWSERS])
        .arg(format!("--define:TRACKER_HASH=\"{HASH_PLACEHOLDER}\""))
        .arg(out_file(&work.join("loader.js")));
    process::step("tracker loader", &mut loader)?;

    lay_out_tracker(&work, out)?;
    stamp.write()?;
    Ok(true)
}

fn lay_out_tracker(work: &Path, out: &Path) -> Result<()> {
    let wasm = read(&work.join("small.wasm"))?;
    let glue = read(&work.join("small.js"))?;
    let recorder = read(&work.join("recorder.js"))?;
    let loader = read(&work.join("loader.js"))?;
    let hash = digest(&[&wasm, &glue, &recorder, &loader]);
    let loader = String::from_utf8(loader)
        .context("the loader is no text")?
        .replace(HASH_PLACEHOLDER, &hash)
        .into_bytes();

    empty(out)?;
    let pinned = out.join("t").join(&hash);
    write(&pinned.join("econsent_tracker_bg.wasm"), &wasm)?;
    write(&pinned.join("econsent_tracker.js"), &glue)?;
    write(&pinned.join("econsent_recorder.js"), &recorder)?;
    write(&pinned.join("tracker.js"), &loader)?;
    write(&out.join("tracker.js"), &loader)?;
    // What a site that pins its script tag needs to know.
    let integrity = format!("sha384-{}", Base64::encode_string(&Sha384::digest(&loader)));
    let pin = serde_json::json!({
        "hash": hash,
        "src": format!("/t/{hash}/tracker.js"),
        "integrity": integrity,
    });
    write(&out.join("tracker.json"), format!("{pin}\n").as_bytes())
}

fn digest(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(Sha256::digest(part));
    }
    base16ct::lower::encode_string(&hash.finalize()).chars().take(HASH_CHARACTERS).collect()
}

/// Scripts and styles directly in `www/src` are entry points, each bundled with
/// what it imports from the folders below; everything else directly there, and
/// all of `www/src/static`, is copied.
fn build_pages(workspace: &Workspace, out: &Path) -> Result<bool> {
    let source = workspace.path("www/src");
    let inputs = Inputs::new()
        .path(&source)?
        .path(&workspace.path("package-lock.json"))?
        .text(include_str!("assets.rs"));
    let stamp = Stamp::new(workspace.scratch("www.stamp"), inputs.digest());
    if stamp.is_fresh(&[out.to_path_buf()]) {
        progress::unchanged("pages");
        return Ok(false);
    }
    empty(out)?;
    let mut esbuild = workspace.web_command("esbuild")?;
    esbuild.args(["--bundle", "--minify", "--format=esm", "--target=es2022"]);
    // What several pages of the dashboard share, and what one of them alone needs, are files of
    // their own that load on demand.
    esbuild.args(["--splitting", "--chunk-names=app/[name]-[hash]"]);
    esbuild.args(["--jsx=automatic", "--jsx-import-source=preact"]);
    esbuild.arg(format!("--outdir={}", out.display()));
    let graph = workspace.scratch("www-graph.json");
    esbuild.arg(format!("--metafile={}", graph.display()));
    let mut entries = 0;
    for entry in fs::read_dir(&source).with_context(|| format!("reading {}", source.display()))? {
        let file = entry?.path();
        let extension = file.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("ts" | "tsx" | "css")) {
            esbuild.arg(&file);
            entries += 1;
        } else if let (true, Some(name)) = (file.is_file(), file.file_name()) {
            fs::copy(&file, out.join(name))
                .with_context(|| format!("copying {}", file.display()))?;
        }
    }
    copy_tree(&source.join("static"), out)?;
    for (file, name) in FONTS {
        let from = workspace.path("node_modules/dejavu-fonts-ttf").join(file);
        copy(&from, &out.join("fonts").join(name))?;
    }
    if entries > 0 {
        process::step("pages", &mut esbuild)?;
        name_pieces(out, &read(&graph)?)?;
    }
    stamp.write()?;
    Ok(true)
}

/// Names the pieces of the dashboard's script in its page, so that a browser fetches them together
/// with it and not after it.
fn name_pieces(out: &Path, graph: &[u8]) -> Result<()> {
    let graph: serde_json::Value =
        serde_json::from_slice(graph).context("reading esbuild's graph")?;
    let outputs = graph
        .get("outputs")
        .and_then(|outputs| outputs.as_object())
        .context("esbuild's graph has no outputs")?;
    let entry = outputs
        .values()
        .find(|output| output["entryPoint"] == "www/src/app.tsx")
        .context("the dashboard is not in esbuild's graph")?;
    let pieces = entry["imports"].as_array().into_iter().flatten();
    let links: String = pieces
        .filter(|piece| piece["kind"] == "import-statement")
        .filter_map(|piece| Path::new(piece["path"].as_str()?).file_name()?.to_str())
        .map(|name| format!("<link rel=\"modulepreload\" href=\"/app/{name}\">\n    "))
        .collect();
    let page = out.join("app.html");
    let text = String::from_utf8(read(&page)?).context("the dashboard's page is no text")?;
    let script = "<script type=\"module\"";
    ensure!(text.contains(script), "the dashboard's page has no script");
    write(&page, text.replacen(script, &format!("{links}{script}"), 1).as_bytes())
}

/// How esbuild is told where its output goes.
pub fn out_file(path: &Path) -> String {
    format!("--outfile={}", path.display())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("reading {}", path.display()))
}

/// Copies a file.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    write(to, &read(from)?)
}

/// Writes a file, and the folders that lead to it.
pub fn write(path: &Path, content: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    }
    fs::write(path, content).with_context(|| format!("writing {}", path.display()))
}

/// Makes a folder that holds nothing.
pub fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("emptying {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(to).with_context(|| format!("creating {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let entry = entry?;
        let target: PathBuf = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)
                .with_context(|| format!("writing {}", target.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_the_tracker_changes_with_each_of_its_parts() {
        let one = digest(&[b"wasm", b"glue", b"loader"]);
        assert_eq!(one.len(), HASH_CHARACTERS);
        assert_ne!(one, digest(&[b"wasm", b"glue", b"loader2"]));
        assert_ne!(one, digest(&[b"wasmg", b"lue", b"loader"]));
    }
}
