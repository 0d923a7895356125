//! What the end-to-end tests read PDF files and QR codes with: other people's
//! programs, found, or installed from Debian's packages.

use anyhow::{Result, bail};

use crate::system;
use crate::workspace::Workspace;

/// Each program and the Debian package it is in.
const PROGRAMS: [(&str, &str); 6] = [
    ("qpdf", "qpdf"),
    ("pdfdetach", "poppler-utils"),
    ("pdffonts", "poppler-utils"),
    ("pdftoppm", "poppler-utils"),
    ("pdftotext", "poppler-utils"),
    ("zbarimg", "zbar-tools"),
];
const PACKAGES: [&str; 3] = ["qpdf", "poppler-utils", "zbar-tools"];

/// Makes sure that all of them are there.
pub fn prepare(workspace: &Workspace) -> Result<()> {
    if missing().next().is_none() {
        return Ok(());
    }
    if system::can_apt() {
        system::apt_install(workspace, "PDF and QR code readers", &PACKAGES)?;
    }
    match missing().next() {
        None => Ok(()),
        Some((program, package)) => bail!("{program} is missing (Debian: apt install {package})"),
    }
}

fn missing() -> impl Iterator<Item = (&'static str, &'static str)> {
    PROGRAMS.into_iter().filter(|(program, _)| system::find(program).is_none())
}
