//! Makes the tracker's wasm and the glue that wasm-bindgen wrote for it smaller together: short
//! names for what they call each other, and no loading code but our own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::process;
use crate::workspace::Workspace;

/// Binaryen's pass that renames, and prints what it renamed.
const RENAME: &str = "--minify-imports-and-exports-and-modules";

/// wasm-bindgen's own loading code warns of deprecated calls and of servers' mistakes at length.
/// This takes its place, of what that file has; esbuild drops the rest.
const INSTANTIATE: &str = "
export async function instantiate(source) {
  const response = await source;
  if (!response.ok) {
    throw new Error(response.status);
  }
  const bytes = await response.arrayBuffer();
  const { instance, module } = await WebAssembly.instantiate(bytes, __wbg_get_imports());
  __wbg_finalize_init(instance, module);
}
";

/// What wasm-opt renamed: `imports` by module, name and new name, `exports` by name and new name.
type Names = BTreeMap<String, Vec<Vec<String>>>;

/// Renames between `wasm` (changed in place) and `glue`, and gives the glue its entry.
pub fn shrink(workspace: &Workspace, wasm: &Path, glue: &Path) -> Result<()> {
    let mut rename = workspace.web_command("wasm-opt")?;
    rename.arg(wasm).arg(RENAME).arg("-o").arg(wasm);
    let names = process::answer(&mut rename).context("wasm-opt does not rename")?;
    let names: Names = serde_json::from_str(&names).context("wasm-opt's list of names")?;
    let script = fs::read_to_string(glue).with_context(|| format!("reading {}", glue.display()))?;
    let script = renamed(&script, &names)? + INSTANTIATE;
    fs::write(glue, script).with_context(|| format!("writing {}", glue.display()))
}

/// The glue with the short names; an error when it does not have one of the long ones.
fn renamed(script: &str, names: &Names) -> Result<String> {
    let mut script = script.to_owned();
    let mut replace = |from: &str, to: &str| {
        let is_there = script.contains(from);
        script = script.replace(from, to);
        is_there
    };
    for import in names.get("imports").into_iter().flatten() {
        let [_, long, short] = import.as_slice() else { bail!("an import has two names") };
        let found = replace(&format!(" {long}:"), &format!(" {short}:"));
        ensure!(found, "the glue has no {long}");
    }
    ensure!(replace("\"./econsent_tracker_bg.js\":", "a:"), "the glue names no module");
    let mut exports: Vec<_> = names.get("exports").into_iter().flatten().collect();
    // Longer names first, so that none is taken for the beginning of another.
    exports.sort_by_key(|export| std::cmp::Reverse(export.first().map(String::len)));
    for export in exports {
        let [long, short] = export.as_slice() else { bail!("an export has two names") };
        // Some are for other loaders.
        replace(&format!("wasm.{long}"), &format!("wasm.{short}"));
    }
    Ok(script)
}

#[cfg(test)]
mod tests {
    use super::{Names, renamed};

    #[test]
    fn glue_and_wasm_call_each_other_by_the_same_short_names() {
        let names: Names = serde_json::from_str(
            r#"{"imports": [["./econsent_tracker_bg.js", "__wbg_now_fd93", "A"]],
                "exports": [["start", "b"], ["start_again", "$"]]}"#,
        )
        .unwrap();
        let glue = "imports = { __wbg_now_fd93: () => 1 }; \
            return { \"./econsent_tracker_bg.js\": imports }; wasm.start_again(); wasm.start(2);";
        assert_eq!(
            renamed(glue, &names).unwrap(),
            "imports = { A: () => 1 }; return { a: imports }; wasm.$(); wasm.b(2);"
        );
        assert!(renamed("return {}", &names).is_err());
    }
}
