//! A Chromium for the browser tests: found, or installed from Debian's
//! packages. Test tools' own browser downloads are not used.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::system;
use crate::workspace::Workspace;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const ADVICE: &str = "no Chromium found: install it (Debian: apt install chromium fonts-liberation) \
                      or set CHROMIUM to the path of one";

/// The browser's path.
pub fn prepare(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(path) = env::var_os("CHROMIUM").map(PathBuf::from) {
        if system::is_program(&path) {
            return Ok(path);
        }
        bail!("CHROMIUM names {}, which cannot be started", path.display());
    }
    if let Some(path) = find() {
        return Ok(path);
    }
    if !system::can_apt() {
        bail!(ADVICE);
    }
    system::apt_install(workspace, "Chromium", &["chromium", "fonts-liberation"])?;
    find().context(ADVICE)
}

fn find() -> Option<PathBuf> {
    NAMES.iter().find_map(|name| system::find(name))
}
