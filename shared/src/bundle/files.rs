//! The bundle as single files, for documents that carry attachments: each piece by itself for
//! people and for programs of other makers, the bundle for ours, and a list of digests in the form
//! that `sha256sum -c` reads.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;

use super::report::{Outcome, Report, What};
use super::{Bundle, NamedSignatures};
use crate::digest::Digest;
use crate::ids::KeyId;
use crate::json::Json;
use crate::jwks::PublicKeys;
use crate::keys::{PublicKey, Ring};

/// The name of the file that holds the whole bundle.
pub const BUNDLE: &str = "bundle.json";
/// The name of the file with the public keys.
pub const JWKS: &str = "jwks.json";
/// The name of the file with the digests of all others.
pub const SUMS: &str = "SHA256SUMS";

/// A file to attach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// What it is, for people.
    pub about: &'static str,
    /// Its content.
    pub content: String,
}

impl Bundle {
    /// Every file of the certificate, `jwks` being the public keys as they are published.
    #[must_use]
    pub fn files(&self, jwks: &str) -> Vec<File> {
        const JSON: &str = "application/json";
        let file = |name: &str, about, content: &str| File {
            name: name.into(),
            media_type: JSON,
            about,
            content: content.into(),
        };
        let mut files = vec![file(
            BUNDLE,
            "Everything below in one document, for econsent-verify and the page /verify",
            &self.document().canonical(),
        )];
        if let Some(record) = &self.record {
            files.push(file("record.json", "The signed record, in canonical form", record));
        }
        for (digest, words) in &self.texts {
            let short: String = digest.hex().chars().take(12).collect();
            files.push(File {
                name: format!("text-{short}.txt"),
                media_type: "text/plain",
                about: "A consent text; its SHA-256 is in the record",
                content: words.clone(),
            });
        }
        for (name, text) in self.documents.iter() {
            let about = match name {
                "withheld" => "Disclosures that were on the page and do not count",
                "presentation" => "How each consent record looked",
                _ => "Digests of the session's recording",
            };
            files.push(file(&format!("{name}.json"), about, text));
        }
        let custody =
            Json::from(self.custody.iter().map(super::BundledEvent::document).collect::<Vec<_>>());
        files.push(file("custody.json", "The chain of custody", &custody.canonical()));
        files.push(file("head.json", "The signed end of the chain", &self.head));
        let signatures = self.signatures_document().canonical();
        files.push(file("signatures.json", "All signatures and their keys", &signatures));
        if let Some(disclosures) = &self.disclosures {
            let disclosures = disclosures.document().canonical();
            let about = "Personal values with the salts that open the record's commitments";
            files.push(file("disclosures.json", about, &disclosures));
        }
        files.push(file(JWKS, "The public keys, as published by the service", jwks));
        let sums: String = files
            .iter()
            .map(|file| format!("{}  {}\n", Digest::of(file.content.as_bytes()), file.name))
            .collect();
        files.push(File {
            name: SUMS.into(),
            media_type: "text/plain",
            about: "SHA-256 of every other file, for sha256sum -c",
            content: sums,
        });
        files
    }

    /// Checks the files of a document against each other and its bundle against `keys`. Each file
    /// that is not what it was is named.
    #[must_use]
    pub fn check_files(found: &BTreeMap<String, Vec<u8>>, keys: &PublicKeys) -> Report {
        let text = |name: &str| found.get(name).and_then(|bytes| str::from_utf8(bytes).ok());
        let bundle = text(BUNDLE).ok_or_else(|| "is missing, or is no text".to_string());
        let bundle = bundle.and_then(|text| Self::parse(text).map_err(|error| error.to_string()));
        let bundle = match bundle {
            Ok(bundle) => bundle,
            Err(reason) => {
                let mut report = Report::nothing();
                report.add(What::File(BUNDLE.into()), Outcome::Failed(reason));
                return report;
            }
        };
        let mut report = bundle.check(keys);
        let jwks = text(JWKS).unwrap_or_default();
        let listed = listed(text(SUMS).unwrap_or_default());
        let expected = bundle.files(jwks);
        let mut sums = Outcome::of(
            listed.len() + 1 == expected.len(),
            "it does not list every file of the certificate once",
        );
        for file in expected.iter().filter(|file| file.name != SUMS) {
            let bytes = found.get(&file.name).map(Vec::as_slice);
            let same = bytes == Some(file.content.as_bytes());
            let digest = bytes.map(Digest::of);
            let is_listed = digest.is_some() && listed.get(file.name.as_str()) == digest.as_ref();
            // Nothing but the list vouches for these two byte by byte.
            let needs_list = [BUNDLE, JWKS].contains(&file.name.as_str());
            let outcome = match bytes {
                None => Outcome::Failed("it is missing".into()),
                Some(_) if !same => Outcome::Failed("it is not what the bundle holds".into()),
                Some(_) if needs_list && !is_listed => {
                    Outcome::Failed(format!("it is not the file that {SUMS} lists"))
                }
                Some(_) if file.name == JWKS => bundle.keys_outcome(jwks, keys),
                Some(_) => Outcome::Passed,
            };
            if !is_listed && sums == Outcome::Passed {
                sums = Outcome::Failed(format!("it does not list {} as it is", file.name));
            }
            report.add(What::File(file.name.clone()), outcome);
        }
        if !found.contains_key(SUMS) {
            sums = Outcome::Failed("it is missing".into());
        }
        report.add(What::File(SUMS.into()), sums);
        for name in found.keys().filter(|name| !expected.iter().any(|file| file.name == **name)) {
            let reason = "the certificate has no such file".into();
            report.add(What::File(name.clone()), Outcome::Failed(reason));
        }
        report
    }

    /// The attached keys prove nothing by themselves; those that signed must be the ones that the
    /// reader already trusts.
    fn keys_outcome(&self, attached: &str, trusted: &PublicKeys) -> Outcome {
        let attached = match PublicKeys::parse(attached) {
            Ok(attached) => attached,
            Err(error) => return Outcome::Failed(error.to_string()),
        };
        let same = |attached: &Ring<PublicKey>, trusted: &Ring<PublicKey>, kid: &KeyId| match (
            attached.get(kid),
            trusted.get(kid),
        ) {
            (Ok(attached), Ok(trusted)) => attached.as_bytes() == trusted.as_bytes(),
            _ => false,
        };
        let NamedSignatures { ed25519_kid: record, .. } = &self.record_signatures;
        let NamedSignatures { ed25519_kid: head, .. } = &self.head_signatures;
        Outcome::of(
            same(&attached.record, &trusted.record, record)
                && same(&attached.head, &trusted.head, head),
            "its keys are not the ones that the check was given",
        )
    }
}

/// `digest  name` by line; a line of another form is not listed.
fn listed(sums: &str) -> BTreeMap<&str, Digest> {
    sums.lines()
        .filter_map(|line| {
            let (digest, name) = line.split_once("  ")?;
            Some((name, digest.parse().ok()?))
        })
        .collect()
}
