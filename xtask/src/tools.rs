//! The command-line tools that cargo builds: exactly the versions that belong
//! to the libraries in Cargo.lock, kept under their version outside the clone.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail};

use crate::process;
use crate::progress;
use crate::system;
use crate::workspace::Workspace;

/// Runs tests that were compiled to wasm; part of wasm-bindgen-cli.
const TEST_RUNNER: &str = "wasm-bindgen-test-runner";

/// The tools, each ready to be started.
pub struct Tools {
    /// `wasm-bindgen`, the same release as the library.
    pub wasm_bindgen: Tool,
    /// `worker-build`, released together with the `worker` crate.
    pub worker_build: Tool,
}

/// An installed program.
pub struct Tool {
    /// Where it is.
    pub path: PathBuf,
    /// Its name and version, for stamps.
    pub id: String,
}

struct Recipe {
    package: &'static str,
    program: &'static str,
    /// Further programs of the package, which lie beside it.
    companions: &'static [&'static str],
    version: String,
    /// wasm-bindgen-cli's own lock file names a release that was withdrawn.
    locked: bool,
}

impl Tools {
    /// Runs tests that were compiled to wasm, in Node.
    pub fn wasm_test_runner(&self) -> PathBuf {
        self.wasm_bindgen.path.with_file_name(TEST_RUNNER)
    }

    /// Finds the tools, and builds those that are missing.
    pub fn prepare(workspace: &Workspace) -> Result<Self> {
        let wasm_bindgen = Recipe {
            package: "wasm-bindgen-cli",
            program: "wasm-bindgen",
            companions: &[TEST_RUNNER],
            version: workspace.locked_version("wasm-bindgen")?,
            locked: false,
        };
        let worker_build = Recipe {
            package: "worker-build",
            program: "worker-build",
            companions: &[],
            version: workspace.locked_version("worker")?,
            locked: true,
        };
        let tools = Self {
            wasm_bindgen: wasm_bindgen.prepare(workspace)?,
            worker_build: worker_build.prepare(workspace)?,
        };
        // Both builds share most of their dependencies; afterwards the
        // intermediate files are only in the way.
        let leftovers = build_folder(workspace);
        if leftovers.exists() {
            fs::remove_dir_all(&leftovers)
                .with_context(|| format!("removing {}", leftovers.display()))?;
        } else {
            progress::unchanged("tools");
        }
        Ok(tools)
    }
}

impl Recipe {
    fn prepare(&self, workspace: &Workspace) -> Result<Tool> {
        let id = format!("{}-{}", self.package, self.version);
        let root = workspace.cache.join("tools").join(&id);
        let cached = root.join("bin").join(self.program);
        if self.is_right(&cached) {
            return Ok(Tool { path: cached, id });
        }
        if let Some(path) = system::find(self.program).filter(|path| self.is_right(path)) {
            return Ok(Tool { path, id });
        }
        self.install(workspace, &root)?;
        if !self.is_right(&cached) {
            bail!("{} was installed but does not answer with version {}", id, self.version);
        }
        Ok(Tool { path: cached, id })
    }

    fn is_right(&self, path: &Path) -> bool {
        system::is_program(path)
            && self.companions.iter().all(|name| system::is_program(&path.with_file_name(name)))
            && process::answer(Command::new(path).arg("--version"))
                .is_some_and(|text| text.split_whitespace().last() == Some(self.version.as_str()))
    }

    /// Unoptimised: quicker to build, and about one second slower for
    /// each build of the worker.
    fn install(&self, workspace: &Workspace, root: &Path) -> Result<()> {
        require_openssl(workspace)?;
        fs::create_dir_all(root).with_context(|| format!("creating {}", root.display()))?;
        let mut cargo = workspace.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .current_dir(&workspace.cache)
            .args(["install", self.package, "--version", &self.version])
            .args(["--bin", self.program])
            .args(self.companions.iter().flat_map(|name| ["--bin", name]))
            .arg("--root")
            .arg(root)
            .args(["--no-track", "--force"])
            .env("CARGO_TARGET_DIR", build_folder(workspace))
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0");
        if self.locked {
            cargo.arg("--locked");
        }
        process::step(&format!("{} {} (once)", self.package, self.version), &mut cargo)
    }
}

fn build_folder(workspace: &Workspace) -> PathBuf {
    workspace.cache.join("tools/target")
}

/// On Linux the tools link the system's OpenSSL, though a local build never
/// opens a connection with it.
fn require_openssl(workspace: &Workspace) -> Result<()> {
    let found = || {
        let mut pkg_config = Command::new("pkg-config");
        process::answer(pkg_config.args(["--modversion", "openssl"])).is_some()
    };
    if !cfg!(target_os = "linux") || env::var_os("OPENSSL_DIR").is_some() || found() {
        return Ok(());
    }
    if !system::can_apt() {
        bail!(
            "OpenSSL's headers are missing: install them with pkg-config (Debian: apt install libssl-dev pkg-config)"
        );
    }
    system::apt_install(workspace, "OpenSSL headers", &["libssl-dev", "pkg-config"])
}
