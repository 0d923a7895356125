//! Elements to consent records, fingerprint, payload, hash and certificate id.

use econsent_core::certificate_id::CertificateId;
use econsent_core::collect::{Element, collect};
use econsent_core::consent::{ConsentRecord, ConsentType};
use econsent_core::digest::Digest;
use econsent_core::fingerprint::{Moment, fingerprint, hash, payload};
use econsent_core::ids::{CompanyId, PropertyId, SessionId};
use econsent_core::time::Timestamp;
use serde_json::{Value, json};

use super::{Outcome, hex, list, parse, same, text, value};

pub fn check(case: &Value) -> Outcome {
    let mut elements = Vec::new();
    for element in list(case, "/elements")? {
        let Ok(consent_type) = ConsentType::from_tag(text(element, "/type")?) else {
            continue;
        };
        let step = value(element, "/step")?.as_u64().and_then(|step| u32::try_from(step).ok());
        elements.push(Element::new(
            text(element, "/id")?,
            consent_type,
            text(element, "/value")?,
            text(element, "/text")?,
            step.ok_or("step is a small number")?,
            value(element, "/visible")?.as_bool().ok_or("visible is a boolean")?,
        ));
    }
    let collected = collect(elements);

    let consents: Vec<Value> = collected
        .consents
        .iter()
        .map(|(record, text)| {
            json!({
                "id": record.id.as_str(), "step": record.step,
                "type": record.consent_type.as_str(),
                "category": record.consent_type.category().as_str(),
                "value": record.value.as_str(), "text": text.as_str(),
            })
        })
        .collect();
    let withheld: Vec<Value> = collected
        .withheld
        .iter()
        .map(|(withheld, text)| {
            json!({
                "id": withheld.id.as_str(), "step": withheld.step,
                "type": withheld.consent_type.as_str(), "reason": withheld.reason.as_str(),
                "text": text.as_str(),
            })
        })
        .collect();
    let dropped = json!({
        "consents": collected.dropped.consents, "withheld": collected.dropped.withheld,
    });
    same("consents", consents, value(case, "/expect/consents")?)?;
    same("withheld", withheld, value(case, "/expect/withheld")?)?;
    same("dropped", dropped, value(case, "/expect/dropped")?)?;

    let records: Vec<ConsentRecord> = collected.consents.into_iter().map(|(r, _)| r).collect();
    let fingerprint = fingerprint(&records);
    same("fingerprint", fingerprint.as_str(), value(case, "/expect/fingerprint")?)?;

    let session: SessionId = parse(case, "/session_id")?;
    let company: CompanyId = parse(case, "/company_id")?;
    let property: PropertyId = parse(case, "/property_id")?;
    let timestamp: Timestamp = parse(case, "/timestamp")?;
    let moment = Moment {
        session: &session,
        company: &company,
        property: &property,
        timestamp,
        domain: text(case, "/domain")?,
        nonce: [0; 16],
        client_random: [0; 16],
    };
    let payload = payload(&moment, &fingerprint);
    same("payload", payload.as_str(), value(case, "/expect/payload")?)?;

    let hash = hash(&payload, &Digest::from_bytes(hex(case, "/entropy_hex")?));
    same("hash_hex", hash.hex(), value(case, "/expect/hash_hex")?)?;
    let id = CertificateId::new(session, hash);
    same("certificate_id", id.to_string(), value(case, "/expect/certificate_id")?)
}
