//! The state of the local worker: its secrets and its D1 database, under
//! `.wrangler/state`. Removing that folder starts afresh.

use anyhow::Result;

use crate::process;
use crate::progress;
use crate::secrets;
use crate::stamp::{Inputs, Stamp};
use crate::workspace::Workspace;

/// Where wrangler keeps D1, KV, R2 and queues, relative to the repository.
pub const STATE: &str = ".wrangler/state";
const MIGRATIONS: &str = "worker/migrations";
const DEMO_SEED: &str = "worker/seeds/demo.sql";

/// Local secrets, migrations and the demo company, each where missing.
pub fn prepare(workspace: &Workspace) -> Result<()> {
    if secrets::complete(&workspace.path(".dev.vars"))? {
        println!("  ✓ local secrets written to .dev.vars");
    }
    let migrations = workspace.path(MIGRATIONS);
    let digest = Inputs::new().path(&migrations)?.path(&workspace.path(DEMO_SEED))?.digest();
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
    if workspace.path(DEMO_SEED).exists() {
        let mut seed = workspace.web_command("wrangler")?;
        seed.args(["d1", "execute", "DB", "--local", "--persist-to", STATE, "--file", DEMO_SEED]);
        process::step("demo company", &mut seed)?;
    }
    stamp.write()
}

fn has_files(folder: &std::path::Path) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}
