//! What lets a second start take seconds: a step whose inputs have the digest
//! that they had when its outputs were made is skipped.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest as _, Sha256};

/// Folders that hold outputs, never inputs.
const OUTPUTS: [&str; 4] = ["build", "dist", "node_modules", "target"];

/// Collects what a step depends on.
pub struct Inputs {
    hash: Sha256,
}

impl Inputs {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { hash: Sha256::new() }
    }

    /// A word that matters: a version, an option.
    pub fn text(mut self, text: &str) -> Self {
        self.add("text", text.as_bytes());
        self
    }

    /// A file, or all files below a folder; what is absent counts as absent.
    pub fn path(mut self, path: &Path) -> Result<Self> {
        let mut files = Vec::new();
        collect(path, &mut files)?;
        files.sort();
        for file in files {
            let content = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
            let name = file.strip_prefix(path).unwrap_or(&file);
            self.add(&name.to_string_lossy(), &content);
        }
        Ok(self)
    }

    /// The digest of all of it.
    pub fn digest(self) -> String {
        base16ct::lower::encode_string(&self.hash.finalize())
    }

    fn add(&mut self, name: &str, content: &[u8]) {
        for part in [name.as_bytes(), content] {
            self.hash.update((part.len() as u64).to_be_bytes());
            self.hash.update(part);
        }
    }
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if path.is_file() {
        files.push(path.to_path_buf());
    } else if path.is_dir() {
        for entry in fs::read_dir(path).with_context(|| format!("reading {}", path.display()))? {
            let entry = entry?;
            let name = entry.file_name();
            if !OUTPUTS.iter().any(|output| name == *output) {
                collect(&entry.path(), files)?;
            }
        }
    }
    Ok(())
}

/// A file that remembers the digest of the inputs its outputs were made from.
pub struct Stamp {
    path: PathBuf,
    digest: String,
}

impl Stamp {
    /// A stamp at this place for these inputs.
    pub fn new(path: PathBuf, digest: String) -> Self {
        Self { path, digest }
    }

    /// Whether the outputs exist and were made from the same inputs.
    pub fn is_fresh(&self, outputs: &[PathBuf]) -> bool {
        let same = fs::read_to_string(&self.path).is_ok_and(|stored| stored == self.digest);
        same && outputs.iter().all(|output| output.exists())
    }

    /// The outputs are made: remember from what.
    pub fn write(&self) -> Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
        }
        fs::write(&self.path, &self.digest)
            .with_context(|| format!("writing {}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_that_only_run_together_differ() {
        let one = Inputs::new().text("ab").text("c").digest();
        let other = Inputs::new().text("a").text("bc").digest();
        assert_ne!(one, other);
    }

    #[test]
    fn a_stamp_is_fresh_only_for_its_inputs_and_with_its_outputs() {
        let folder = std::env::temp_dir().join(format!("econsent-stamp-{}", std::process::id()));
        let path = folder.join("stamp");
        let stamp = Stamp::new(path.clone(), "one".into());
        assert!(!stamp.is_fresh(&[]));
        stamp.write().unwrap();
        assert!(stamp.is_fresh(std::slice::from_ref(&path)));
        assert!(!stamp.is_fresh(&[folder.join("absent")]));
        assert!(!Stamp::new(path, "two".into()).is_fresh(&[]));
        fs::remove_dir_all(folder).unwrap();
    }
}
