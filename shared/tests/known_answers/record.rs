//! The signed record and the signed head: bytes, digest, HMAC, Ed25519, commitments.

use econsent_core::certificate_id::CertificateId;
use econsent_core::commitment::{Disclosures, Personal};
use econsent_core::custody::{Head, State, Status, Tip};
use econsent_core::digest::Digest;
use econsent_core::fingerprint::{fingerprint, payload};
use econsent_core::ids::{CompanyId, KeyId};
use econsent_core::keys::{Ed25519Key, HmacKey, PublicKey, Validity};
use econsent_core::record::Record;
use econsent_core::signature::Purpose;
use econsent_core::time::Timestamp;
use serde_json::Value;

use super::custody::object;
use super::{Outcome, hex, list, parse, same, text, value};

pub fn check(case: &Value) -> Outcome {
    let canonical = text(case, "/expect/canonical")?;
    same("jcs of the record", object(value(case, "/record")?)?.canonical(), &canonical.into())?;
    let record = Record::parse(canonical).map_err(|error| error.to_string())?;
    same("canonical", record.canonical(), &canonical.into())?;
    let fingerprint = fingerprint(&record.consents);
    same("payload", payload(&record.moment(), &fingerprint), value(case, "/payload")?)?;
    signed(case, "/expect", Purpose::Record, &record.canonical())?;

    let texts = list(case, "/texts")?.iter().map(|text| text.as_str().unwrap_or_default());
    for (consent, words) in record.consents.iter().zip(texts) {
        let digest = Digest::of(words.as_bytes());
        same("text_sha256", consent.text_sha256.hex(), &digest.hex().into())?;
    }
    for (name, digest) in [
        ("presentation", record.attached.presentation),
        ("withheld", record.attached.withheld),
        ("recording", record.attached.recording),
    ] {
        let document = case.pointer(&format!("/attached/{name}"));
        let expected = document.map(|document| object(document).map(|o| o.digest())).transpose()?;
        if digest != expected {
            return Err(format!("attached.{name}: got {digest:?}, expected {expected:?}"));
        }
    }

    let disclosures: Disclosures = serde_json::from_value(value(case, "/disclosures")?.clone())
        .map_err(|error| error.to_string())?;
    if let Some(personal) = disclosures.first_unopened(&record.committed) {
        return Err(format!("{} does not open its commitment", personal.as_str()));
    }
    let committed = disclosures.commit();
    let missing = |personal: &Personal| committed.get(*personal) != record.committed.get(*personal);
    if let Some(personal) = Personal::ALL.iter().find(|personal| missing(personal)) {
        return Err(format!("{} is committed to and not disclosed", personal.as_str()));
    }

    if case.get("head").is_some() {
        head(case)?;
    }
    Ok(())
}

fn head(case: &Value) -> Outcome {
    let certificate: CertificateId = parse(case, "/head/certificate_id")?;
    let seq = value(case, "/head/seq")?.as_u64().and_then(|seq| u32::try_from(seq).ok());
    let tip = Tip { seq: seq.ok_or("seq is a small number")?, hash: parse(case, "/head/hash")? };
    let companies = |pointer| -> Result<_, String> {
        list(case, pointer)?
            .iter()
            .map(|id| {
                CompanyId::parse(id.as_str().unwrap_or_default()).map_err(|error| error.to_string())
            })
            .collect()
    };
    let state = State {
        status: parse::<Status>(case, "/head_state/status")?,
        claims: companies("/head_state/claims")?,
        revoked: companies("/head_state/revoked")?,
    };
    let head = Head::new(certificate, tip, &state, parse(case, "/head/kid")?);
    same("state_sha256", head.state_sha256.hex(), value(case, "/head/state_sha256")?)?;
    signed(case, "/expect_head", Purpose::Head, &head.canonical())
}

/// Canonical bytes, digest, HMAC tag and Ed25519 signature of one document.
fn signed(case: &Value, expect: &str, purpose: Purpose, document: &str) -> Outcome {
    let expected = |name: &str| value(case, &format!("{expect}/{name}"));
    same("canonical", document, expected("canonical")?)?;
    let sha256 = Digest::of(document.as_bytes());
    same("sha256_hex", sha256.hex(), expected("sha256_hex")?)?;

    let from = Timestamp::from_millis(0).map_err(|error| error.to_string())?;
    let validity = Validity { from, until: None, compromised_at: None };
    let kid = KeyId::parse("k").map_err(|error| error.to_string())?;
    let hmac = HmacKey::new(kid.clone(), validity, hex(case, "/hmac_key_hex")?);
    let tag = hmac.sign(purpose, document);
    same("hmac_hex", format!("{tag:?}"), expected("hmac_hex")?)?;

    let key = Ed25519Key::new(kid.clone(), validity, hex(case, "/ed25519_seed_hex")?);
    let signature = key.sign(purpose, document);
    same("ed25519_signature_hex", format!("{signature:?}"), expected("ed25519_signature_hex")?)?;
    let public = PublicKey::new(kid, validity, hex(case, "/ed25519_public_hex")?)
        .map_err(|error| error.to_string())?;
    if public.verifies(purpose, document, &signature) {
        Ok(())
    } else {
        Err("the public key does not verify the signature".into())
    }
}
