//! What the machine itself has to offer: looked for, installed through apt
//! where that is possible, otherwise named in one line.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use anyhow::{Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// A program's place in PATH.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| is_program(file))
}

/// Whether a file is there that could be started.
pub fn is_program(file: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// Names, one line each, what xtask cannot set up by itself.
pub fn require_basics() -> Result<()> {
    let needed = [
        ("npm", "npm is missing: install Node.js 18 or newer with npm (Debian: apt install npm)"),
        ("rustup", "rustup is missing: install Rust through https://rustup.rs (it adds targets)"),
        ("cc", "a C linker is missing: install gcc or clang (Debian: apt install build-essential)"),
    ];
    let missing: Vec<_> = needed
        .iter()
        .filter(|(program, _)| find(program).is_none())
        .map(|(_, advice)| *advice)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!("{}", missing.join("\n       "))
}

/// Whether Debian packages can be installed without asking anybody.
pub fn can_apt() -> bool {
    find("apt-get").is_some()
        && process::answer(Command::new("id").arg("-u")).is_some_and(|id| id == "0")
}

/// Installs Debian packages; only where [`can_apt`] says so.
pub fn apt_install(workspace: &Workspace, title: &str, packages: &[&str]) -> Result<()> {
    let mut update = workspace.command("apt-get");
    update.args(["update", "-q"]);
    process::step("list of Debian packages", &mut update)?;
    let mut install = workspace.command("apt-get");
    install
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["install", "-y", "-q", "--no-install-recommends"])
        .args(packages);
    process::step(title, &mut install)
}
