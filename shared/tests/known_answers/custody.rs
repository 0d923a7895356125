//! Events to the chain, link by link.

use econsent_core::certificate_id::CertificateId;
use econsent_core::custody::{Actor, EventType, Tip};
use econsent_core::json::{Json, Object};
use econsent_core::time::Timestamp;
use serde_json::{Value, json};

use super::{Outcome, list, parse, same, value};

pub fn check(case: &Value) -> Outcome {
    let certificate: CertificateId = parse(case, "/certificate_id")?;
    let mut tip = Tip::START;
    let mut chain = Vec::new();
    for event in list(case, "/events")? {
        let event_type: EventType = parse(event, "/type")?;
        let at: Timestamp = parse(event, "/at")?;
        let actor: Actor = parse(event, "/actor")?;
        let details = object(value(event, "/details")?)?;
        let link = tip.next(&certificate, event_type, at, actor, &details);
        tip = Tip::from(&link);
        chain.push(json!({
            "certificate_id": certificate.to_string(), "seq": link.seq,
            "type": link.event_type.as_str(), "at": link.at.to_string(),
            "actor": link.actor.as_str(), "details_sha256": link.details_sha256.hex(),
            "prev": link.prev.hex(), "hash": link.hash.hex(),
        }));
    }
    same("chain", chain, value(case, "/expect")?)
}

/// A JSON object in the core's own type.
pub fn object(value: &Value) -> Result<Object, String> {
    match Json::from(value.clone()) {
        Json::Object(object) => Ok(object),
        other => Err(format!("expected an object, got {other:?}")),
    }
}
