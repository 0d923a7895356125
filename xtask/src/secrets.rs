//! Keys for a local worker, one random key per purpose, in the form that
//! `.dev.vars` and the end-to-end tests' env file share. Production keys are
//! made the same way and stored with `wrangler secret put`.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use base64ct::{Base64UrlUnpadded, Encoding};
use time::OffsetDateTime;

/// Each setting and the id of its first key.
const KEYS: [(&str, &str); 7] = [
    ("RECORD_HMAC_KEYS", "r-hmac-1"),
    ("RECORD_ED25519_KEYS", "r-ed-1"),
    ("HEAD_HMAC_KEYS", "h-hmac-1"),
    ("HEAD_ED25519_KEYS", "h-ed-1"),
    ("TOKEN_KEYS", "t-1"),
    ("LOOKUP_KEYS", "l-1"),
    ("WEBHOOK_KEYS", "w-1"),
];

const KEY_BYTES: usize = 32;

/// All settings with fresh keys, valid from now.
pub fn generate() -> Result<String> {
    let from = iso(OffsetDateTime::now_utc());
    let mut text = String::new();
    for (name, kid) in KEYS {
        text.push_str(&line(name, kid, &from)?);
    }
    Ok(text)
}

/// Adds to a `.dev.vars` what it lacks and leaves the rest alone; says whether
/// anything was added.
pub fn complete(path: &Path) -> Result<bool> {
    let mut text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
    };
    let missing: Vec<_> = KEYS.iter().filter(|(name, _)| !has(&text, name)).collect();
    if missing.is_empty() {
        return Ok(false);
    }
    if text.is_empty() {
        text.push_str("# Made by `cargo xtask run` for this machine only. Never commit it.\n");
    } else if !text.ends_with('\n') {
        text.push('\n');
    }
    let from = iso(OffsetDateTime::now_utc());
    for (name, kid) in missing {
        text.push_str(&line(name, kid, &from)?);
    }
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))?;
    Ok(true)
}

fn has(text: &str, name: &str) -> bool {
    text.lines().filter_map(|line| line.split_once('=')).any(|(key, _)| key.trim() == name)
}

/// Single quotes, since the env file's reader would take a `#` or the inner
/// double quotes of unquoted JSON its own way.
fn line(name: &str, kid: &str, from: &str) -> Result<String> {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(|error| anyhow!("no randomness: {error}"))?;
    let secret = Base64UrlUnpadded::encode_string(&key);
    let ring = serde_json::json!([{ "kid": kid, "secret": secret, "from": from }]);
    Ok(format!("{name}='{ring}'\n"))
}

fn iso(at: OffsetDateTime) -> String {
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.millisecond()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_has_a_key_of_its_own() {
        let text = generate().unwrap();
        let mut secrets = Vec::new();
        for ((name, kid), line) in KEYS.iter().zip(text.lines()) {
            let ring = line.strip_prefix(&format!("{name}='")).unwrap().strip_suffix('\'').unwrap();
            let ring: serde_json::Value = serde_json::from_str(ring).unwrap();
            assert_eq!(ring[0]["kid"], *kid);
            let secret = ring[0]["secret"].as_str().unwrap().to_owned();
            assert_eq!(Base64UrlUnpadded::decode_vec(&secret).unwrap().len(), KEY_BYTES);
            assert!(!secrets.contains(&secret));
            secrets.push(secret);
        }
        assert_eq!(secrets.len(), KEYS.len());
    }

    #[test]
    fn keys_that_exist_are_kept() {
        let path = std::env::temp_dir().join(format!("econsent-vars-{}", std::process::id()));
        fs::write(&path, "TOKEN_KEYS='[]'\nMINE=1").unwrap();
        assert!(complete(&path).unwrap());
        assert!(!complete(&path).unwrap());
        let text = fs::read_to_string(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(text.starts_with("TOKEN_KEYS='[]'\nMINE=1\nRECORD_HMAC_KEYS='[{"));
        assert_eq!(text.matches("TOKEN_KEYS=").count(), 1);
    }

    #[test]
    fn times_are_written_with_milliseconds_in_utc() {
        let at = OffsetDateTime::from_unix_timestamp_nanos(1_776_423_600_007_000_000).unwrap();
        assert_eq!(iso(at), "2026-04-17T11:00:00.007Z");
    }
}
