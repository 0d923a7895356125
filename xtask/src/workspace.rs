//! Where things are: the repository, the cache outside of it, and the
//! environment that every tool is started with.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// The crates that are tested and used natively. Selected together each time, they agree on the
/// features of what they share, and nothing of that is compiled twice.
const NATIVE: &str =
    "-p econsent-core -p econsent-paper -p econsent-verify -p econsent-worker -p xtask";

/// The places xtask works in.
pub struct Workspace {
    /// The repository.
    pub root: PathBuf,
    /// Built tools, shared by all clones of one user.
    pub cache: PathBuf,
}

impl Workspace {
    /// The repository that this xtask was compiled from.
    pub fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask lies in no repository")?
            .to_path_buf();
        Ok(Self { root, cache: cache_dir()? })
    }

    /// A path inside the repository.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Where xtask keeps stamps and intermediate files.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.root.join("target/xtask").join(name)
    }

    /// A program of `node_modules/.bin`.
    pub fn node_bin(&self, name: &str) -> PathBuf {
        self.root.join("node_modules/.bin").join(name)
    }

    /// A command in the repository with the machine's own PATH.
    pub fn command(&self, program: impl Into<OsString>) -> Command {
        let mut command = Command::new(program.into());
        command.current_dir(&self.root);
        command
    }

    /// A cargo command for all crates that run natively.
    pub fn native(&self, action: &str, rest: &str) -> Command {
        let mut command = self.command("cargo");
        command.arg(action).args(NATIVE.split(' ')).args(rest.split(' '));
        command
    }

    /// A program of the web side, ready to run.
    pub fn web_command(&self, program: &str) -> Result<Command> {
        self.with_web_tools(self.command(self.node_bin(program)))
    }

    /// Puts the web side's programs, Node 22 among them, first in PATH; and
    /// wrangler neither asks nor reports anything to anybody.
    pub fn with_web_tools(&self, mut command: Command) -> Result<Command> {
        let mut path = vec![self.path("node_modules/.bin")];
        path.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        command
            .env("PATH", env::join_paths(path).context("PATH cannot be extended")?)
            .env("WRANGLER_SEND_METRICS", "false")
            .env("WRANGLER_HIDE_BANNER", "true")
            .env("WRANGLER_REGISTRY_PATH", self.path(".wrangler/registry"))
            .env("WRANGLER_LOG_PATH", self.path(".wrangler/logs"))
            .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
            .env("CI", "1");
        Ok(command)
    }

    /// The version of a package as Cargo.lock has it, so that a library and
    /// its command-line tool cannot drift apart.
    pub fn locked_version(&self, package: &str) -> Result<String> {
        let path = self.path("Cargo.lock");
        let lock =
            fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        version_in_lock(&lock, package).with_context(|| format!("Cargo.lock has no {package}"))
    }
}

fn version_in_lock(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    let version = lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Some(version.to_owned())
}

fn cache_dir() -> Result<PathBuf> {
    if let Some(dir) = env::var_os("ECONSENT_CACHE") {
        return std::path::absolute(dir).context("ECONSENT_CACHE is no path");
    }
    if let Some(dir) = env::var_os("XDG_CACHE_HOME").filter(|dir| !dir.is_empty()) {
        return Ok(PathBuf::from(dir).join("econsent"));
    }
    let home =
        env::home_dir().context("no home directory: set ECONSENT_CACHE to a writable one")?;
    Ok(home.join(".cache/econsent"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_the_lock_file() {
        let lock = "[[package]]\nname = \"worker-sys\"\nversion = \"1\"\n\n\
                    [[package]]\nname = \"worker\"\nversion = \"0.8.7\"\n";
        assert_eq!(version_in_lock(lock, "worker").as_deref(), Some("0.8.7"));
        assert_eq!(version_in_lock(lock, "work"), None);
    }
}
