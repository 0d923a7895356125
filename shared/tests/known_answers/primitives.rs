//! Certificate ids, HMAC, JCS and canonical text.

use econsent_core::certificate_id::CertificateId;
use econsent_core::json::Json;
use econsent_core::signature::hmac_sha256;
use serde_json::Value;

use super::{Outcome, hex_bytes, list, same, text, value};

pub fn certificate_ids(file: &Value) -> Vec<Outcome> {
    let valid = list(file, "/valid").expect("the file lists valid ids").iter().map(|case| {
        let id = CertificateId::parse_lenient(text(case, "/input")?)
            .map_err(|error| format!("{case}: {error}"))?;
        same("session_id", id.session().as_str(), value(case, "/session_id")?)?;
        same("hash_hex", id.hash().hex(), value(case, "/hash_hex")?)?;
        same("canonical", id.to_string(), value(case, "/canonical")?)?;
        let again = CertificateId::parse(&id.to_string()).map_err(|error| error.to_string())?;
        if again == id { Ok(()) } else { Err(format!("{case}: does not read back")) }
    });
    let invalid = list(file, "/invalid").expect("the file lists invalid ids").iter().map(|input| {
        let input = input.as_str().ok_or("not a string")?;
        match CertificateId::parse_lenient(input) {
            Ok(_) => Err(format!("{input:?} was taken for a certificate id")),
            Err(_) => Ok(()),
        }
    });
    valid.chain(invalid).collect()
}

pub fn hmac(case: &Value) -> Outcome {
    let key = hex_bytes(text(case, "/key_hex")?)?;
    let tag = hmac_sha256(&key, &[text(case, "/message")?.as_bytes()]);
    same("hmac_hex", format!("{tag:?}"), value(case, "/hmac_hex")?)
}

pub fn jcs(case: &Value) -> Outcome {
    let canonical = Json::from(value(case, "/value")?.clone()).canonical();
    same("canonical", canonical, value(case, "/canonical")?)
}

pub fn text_case(case: &Value) -> Outcome {
    let canonical = econsent_core::text::canonical(text(case, "/input")?);
    same("canonical", canonical, value(case, "/canonical")?)
}
