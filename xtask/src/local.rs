//! The state of the local worker: its secrets and its D1 database, under
//! `.wrangler/state`. Removing that folder starts afresh.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::process;
use crate::progress;
use crate::secrets;
use crate::stamp::{Inputs, Stamp};
use crate::workspace::Workspace;

/// Where wrangler keeps D1, KV, R2 and queues, relative to the repository.
pub const STATE: &str = ".wrangler/state";
const MIGRATIONS: &str = "worker/migrations";
const DEMO_SEED: &str = "worker/seeds/demo.sql";

/// The address that the demo seed names; another port takes its place.
const SEEDED_ORIGIN: &str = "http://localhost:8787";

/// Local secrets, migrations and the demo company, each where missing.
pub fn prepare(workspace: &Workspace, port: u16) -> Result<()> {
    if secrets::complete(&workspace.path(".dev.vars"))? {
        println!("  ✓ local secrets written to .dev.vars");
    }
    let migrations = workspace.path(MIGRATIONS);
    let seed = demo_seed(workspace, port)?;
    let digest = Inputs::new().path(&migrations)?.text(&seed).digest();
    // Kept beside the state it speaks of, so that both go together.
    let stamp = Stamp::new(workspace.path(STATE).join("econsent.stamp"), digest);
    if stamp.is_fresh(&[workspace.path(STATE).join("v3/d1")]) {
        progress::unchanged("local database");
        return Ok(());
    }
    if !has_files(&migrations) {
        return Ok(());
    }
    let mut migrate = workspace.web_command("wrangler")?;
    migrate.args(["d1", "migrations", "apply", "DB", "--local", "--persist-to", STATE]);
    process::step("local database", &mut migrate)?;
    if !seed.is_empty() {
        let file = workspace.scratch("demo.sql");
        fs::write(&file, seed).with_context(|| format!("writing {}", file.display()))?;
        let mut execute = workspace.web_command("wrangler")?;
        execute.args(["d1", "execute", "DB", "--local", "--persist-to", STATE, "--file"]).arg(file);
        process::step("demo company", &mut execute)?;
    }
    stamp.write()
}

/// The demo company's SQL for the port that its form is served from.
fn demo_seed(workspace: &Workspace, port: u16) -> Result<String> {
    let path = workspace.path(DEMO_SEED);
    if !path.exists() {
        return Ok(String::new());
    }
    let sql = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    Ok(sql.replace(SEEDED_ORIGIN, &format!("http://localhost:{port}")))
}

fn has_files(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}
