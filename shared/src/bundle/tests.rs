use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;

use super::{
    Bundle, BundledEvent, Documents, JWKS, NamedSignatures, Report, Stated, Verdict, What,
};
use crate::consent::{ConsentRecord, ConsentText, ConsentType, ConsentValue, Label};
use crate::consents::Consents;
use crate::custody::{Actor, EventType, State, Status, Tip};
use crate::fingerprint::{Moment, mint};
use crate::head::SigningKeys;
use crate::ids::{CompanyId, KeyId, Origin, PropertyId, SessionId};
use crate::ingest::Commit;
use crate::issue::{Issued, Visitor, issue};
use crate::json::Object;
use crate::jwks::PublicKeys;
use crate::keys::{Ed25519Key, HmacKey, KeyError, Ring, Validity, jwk_set};
use crate::retention::Term;
use crate::signature::Purpose;
use crate::time::Timestamp;

const TCPA: &str = "By clicking “Get My Quote” I agree to receive marketing calls and texts from \
    Acme Insurance at the number I gave. Consent is not required as a condition of purchase.";
const HIDDEN: &str = "My details may be shared with the lenders listed on this page.";

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn validity() -> Validity {
    Validity { from: at("2026-01-01T00:00:00.000Z"), until: None, compromised_at: None }
}

fn keys() -> SigningKeys {
    let hmac =
        |kid, n| Ring::new(vec![HmacKey::new(KeyId::parse(kid).unwrap(), validity(), [n; 32])]);
    let ed25519 =
        |kid, n| Ring::new(vec![Ed25519Key::new(KeyId::parse(kid).unwrap(), validity(), [n; 32])]);
    SigningKeys {
        record_hmac: hmac("r-hmac-1", 1),
        record_ed25519: ed25519("r-ed-1", 2),
        head_hmac: hmac("h-hmac-1", 3),
        head_ed25519: ed25519("h-ed-1", 4),
    }
}

fn jwks() -> String {
    let SigningKeys { record_ed25519, head_ed25519, .. } = keys();
    let record = record_ed25519.iter().map(|key| key.public().jwk(Purpose::Record));
    let head = head_ed25519.iter().map(|key| key.public().jwk(Purpose::Head));
    jwk_set(record.chain(head).collect()).canonical()
}

fn public() -> PublicKeys {
    PublicKeys::parse(&jwks()).unwrap()
}

fn issued() -> (Issued, Commit) {
    let session = SessionId::parse("610193c1e7b2017c008000000000000001").unwrap();
    let company = CompanyId::parse("67fa8acb61f623d0e200ec4d").unwrap();
    let property = PropertyId::parse("67fa8d40a96f513ae019c85c").unwrap();
    let consents = Consents::from(vec![ConsentRecord {
        id: Label::of("tcpa"),
        step: 1,
        consent_type: ConsentType::MainImplied,
        value: ConsentValue::of(ConsentType::MainImplied, "visible"),
        text_sha256: ConsentText::of(TCPA).digest(),
    }]);
    let moment = Moment {
        session: &session,
        company: &company,
        property: &property,
        timestamp: at("2026-04-17T11:00:00.000Z"),
        domain: "forms.leadgen.com",
        nonce: [0; 16],
        client_random: [7; 16],
    };
    let id = String::from(mint(&moment, &consents));
    let text = |words: &str| (ConsentText::of(words).digest().hex(), words.to_string());
    let texts: BTreeMap<String, String> = [text(TCPA), text(HIDDEN)].into();
    let commit = serde_json::json!({
        "v": 1, "certificate_id": id, "company_id": company.as_str(),
        "property_id": property.as_str(), "timestamp": "2026-04-17T11:00:00.000Z",
        "page": "https://forms.leadgen.com/quote", "language": "en-US", "tracker": "0.1.0",
        "token": null, "client_random": "BwcHBwcHBwcHBwcHBwcHBw", "supersedes": null,
        "dropped": {"consents": 0, "withheld": 0},
        "consents": [{
            "id": "tcpa", "step": 1, "type": "main-implied", "category": "IMPLIED",
            "value": "visible", "text_sha256": text(TCPA).0,
        }],
        "withheld": [{
            "id": "partners", "step": 1, "type": "secondary-implied", "reason": "not_visible",
            "text_sha256": text(HIDDEN).0,
        }],
        "texts": texts,
    });
    let commit = Commit::parse(&commit.to_string()).unwrap();
    let origin = Origin::parse("https://forms.leadgen.com").unwrap();
    let evidence =
        commit.clone().admit(origin, at("2026-04-17T11:00:01.000Z"), &Ring::new(vec![])).unwrap();
    let visitor = Visitor { ip: Some("203.0.113.7".into()), ..Visitor::default() };
    let random = || Ok::<_, KeyError>([9; 16]);
    (issue(&evidence, visitor, Term::Years5, &keys(), random).unwrap(), commit)
}

fn bundle() -> Bundle {
    let (issued, commit) = issued();
    let Issued { record, signatures, personal, events, head, .. } = issued;
    let withheld = crate::consent::withheld_document(&commit.withheld);
    Bundle {
        certificate_id: record.certificate_id.clone(),
        record: Some(record.canonical()),
        record_signatures: NamedSignatures {
            hmac_kid: record.keys.hmac,
            ed25519_kid: record.keys.ed25519,
            signatures,
        },
        texts: commit.texts,
        documents: Documents { withheld: Some(withheld), ..Documents::default() },
        custody: events
            .into_iter()
            .map(|detailed| BundledEvent {
                event: detailed.event,
                details: Some(detailed.details.canonical()),
            })
            .collect(),
        head: head.head.canonical(),
        head_signatures: NamedSignatures {
            hmac_kid: head.head.kid,
            ed25519_kid: head.ed25519_kid,
            signatures: head.signatures,
        },
        state: head.state,
        disclosures: Some(personal.disclosures().clone()),
        stated: Stated {
            company: "LeadGen Co".into(),
            property: "Quotes".into(),
            url: "https://app.econsent.org/certificate/x".into(),
            expires_at: head.expires_at,
            ip_network: Some("203.0.113.0/24".into()),
        },
    }
}

fn failed(report: &Report) -> Vec<&str> {
    report.failures().map(|check| check.what.as_str()).collect()
}

#[test]
fn a_bundle_reads_back_as_it_was_written_and_holds() {
    let json = bundle().document().canonical();
    let read = Bundle::parse(&json).unwrap();
    assert_eq!(read.document().canonical(), json);
    let report = read.check(&public());
    assert_eq!(failed(&report), [""; 0]);
    assert_eq!(report.verdict(), Verdict::Holds);
}

#[test]
fn what_was_changed_is_named() {
    type Case<'a> = (&'a [&'a str], fn(&mut Bundle));
    let changes: [Case<'_>; 12] = [
        (&["certificate_id", "record_signature", "details"], |bundle| {
            let record = bundle.record.as_mut().unwrap();
            *record = record.replace("\"timestamp\":\"2026", "\"timestamp\":\"2025");
        }),
        (&["record_signature", "details"], |bundle| {
            let record = bundle.record.as_mut().unwrap();
            *record = record.replace("\"clock\":\"unverified\"", "\"clock\":\"verified\"");
        }),
        (&["record", "record_signature", "details"], |bundle| {
            bundle.record.as_mut().unwrap().push(' ');
        }),
        (&["record", "certificate_id", "record_signature", "record_key"], |bundle| {
            bundle.record = None;
        }),
        (&["texts"], |bundle| {
            bundle.texts.values_mut().for_each(|words| words.push('.'));
        }),
        (&["texts"], |bundle| {
            bundle.texts.pop_first();
        }),
        (&["texts", "withheld"], |bundle| bundle.documents.withheld = None),
        (&["presentation"], |bundle| bundle.documents.presentation = Some("{}".into())),
        (&["custody"], |bundle| _ = bundle.custody.pop()),
        (&["custody"], |bundle| bundle.custody.swap(0, 1)),
        (&["custody"], |bundle| bundle.state.status = Status::Expired),
        (&["custody", "head_signature"], |bundle| {
            bundle.head = bundle.head.replace("\"seq\":2", "\"seq\":3");
        }),
    ];
    for (at, (names, change)) in changes.into_iter().enumerate() {
        let mut bundle = bundle();
        change(&mut bundle);
        let report = bundle.check(&public());
        assert_eq!(failed(&report), names, "case {at}");
        assert_eq!(report.verdict(), Verdict::Fails);
    }
}

#[test]
fn a_broken_chain_is_told_by_position() {
    let mut bundle = bundle();
    bundle.custody.swap(0, 1);
    let report = bundle.check(&public());
    let custody = report.checks.iter().find(|check| check.what == What::Custody).unwrap();
    assert_eq!(
        custody.outcome.reason(),
        Some("custody event 1: the number of the event does not follow")
    );
}

#[test]
fn personal_values_are_checked_against_their_commitments() {
    let mut bundle = bundle();
    let json = bundle.document().canonical().replace("203.0.113.7", "203.0.113.8");
    bundle = Bundle::parse(&json).unwrap();
    assert_eq!(failed(&bundle.check(&public())), ["disclosures"]);
    bundle.disclosures = None;
    assert_eq!(bundle.check(&public()).verdict(), Verdict::Holds);
}

#[test]
fn a_key_counts_only_in_its_time_and_before_others_had_it() {
    let verdict = |from: &str, compromised: Option<&str>| {
        let mut json = jwks().replace("2026-01-01T00:00:00.000Z", from);
        if let Some(since) = compromised {
            let since = alloc::format!("\"compromised_at\":\"{since}\"");
            json = json.replace("\"compromised_at\":null", &since);
        }
        let report = bundle().check(&PublicKeys::parse(&json).unwrap());
        (report.verdict(), failed(&report).join(" "))
    };
    let early = "2026-01-01T00:00:00.000Z";
    let keys = "record_key head_key".to_string();
    assert_eq!(verdict("2026-05-01T00:00:00.000Z", None), (Verdict::Fails, keys.clone()));
    assert_eq!(verdict(early, Some("2026-03-01T00:00:00.000Z")), (Verdict::Fails, keys));
    let later = verdict(early, Some("2027-03-01T00:00:00.000Z"));
    assert_eq!(later, (Verdict::Undecided, String::new()));
    let none = bundle().check(&PublicKeys::parse("{\"keys\": []}").unwrap());
    assert_eq!(failed(&none), ["record_signature", "record_key", "head_signature", "head_key"]);
}

#[test]
fn after_its_time_the_chain_still_holds_without_the_evidence() {
    let mut bundle = bundle();
    let last = bundle.custody.last().map(|bundled| Tip::from(&bundled.event)).unwrap();
    let now = at("2031-04-18T00:00:00.000Z");
    let id = bundle.certificate_id.clone();
    let details = Object::new().with("salt", "AAAAAAAAAAAAAAAAAAAAAA");
    let event = last.next(&id, EventType::Expired, now, Actor::System, &details);
    let state = State { status: Status::Expired, ..State::NEW };
    let head = keys().sign_head(id, Tip::from(&event), state, None, now).unwrap();
    bundle.custody.push(BundledEvent { event, details: Some(details.canonical()) });
    (bundle.head, bundle.state) = (head.head.canonical(), head.state);
    bundle.head_signatures.signatures = head.signatures;
    bundle.record = None;
    bundle.texts.clear();
    bundle.documents = Documents::default();
    let report = bundle.check(&public());
    assert_eq!((report.verdict(), failed(&report)), (Verdict::Expired, vec![]));
}

#[test]
fn nothing_travels_in_a_bundle_that_no_check_looks_at() {
    let json = bundle().document().canonical();
    let extra = json.replacen('{', "{\"note\":1,", 1);
    assert!(Bundle::parse(&extra).unwrap_err().to_string().contains("unknown field"));
    assert!(Bundle::parse(&json.replace("\"v\":1}", "\"v\":2}")).is_err());
}

#[test]
fn one_flipped_bit_in_any_file_fails_and_names_the_file() {
    let bundle = bundle();
    let files: BTreeMap<String, Vec<u8>> = bundle
        .files(&jwks())
        .into_iter()
        .map(|file| (file.name, file.content.into_bytes()))
        .collect();
    assert_eq!(Bundle::check_files(&files, &public()).verdict(), Verdict::Holds);
    assert_eq!(files.len(), 11);
    for (name, content) in &files {
        for at in (0..content.len()).step_by(content.len() / 8 + 1) {
            let mut changed = files.clone();
            changed.get_mut(name).unwrap()[at] ^= 1;
            let report = Bundle::check_files(&changed, &public());
            assert_eq!(report.verdict(), Verdict::Fails, "{name}, byte {at}");
            assert!(failed(&report).contains(&name.as_str()), "{name}, byte {at}");
        }
        let mut without = files.clone();
        without.remove(name);
        assert!(failed(&Bundle::check_files(&without, &public())).contains(&name.as_str()));
    }
    let mut more = files;
    more.insert("invoice.xml".into(), vec![]);
    assert_eq!(failed(&Bundle::check_files(&more, &public())), ["invoice.xml"]);
}

#[test]
fn attached_keys_prove_nothing_by_themselves() {
    let bundle = bundle();
    let files = bundle.files(&jwks());
    let files: BTreeMap<String, Vec<u8>> =
        files.into_iter().map(|file| (file.name, file.content.into_bytes())).collect();
    let trusted = jwks().replace("r-ed-1", "r-ed-2");
    let report = Bundle::check_files(&files, &PublicKeys::parse(&trusted).unwrap());
    assert_eq!(failed(&report), ["record_signature", "record_key", JWKS]);
}

#[test]
fn the_service_also_checks_what_only_its_secrets_can() {
    let (issued, _) = issued();
    let expiry_hmac = issued.head.expiry_hmac;
    let report = bundle().check_here(&keys(), &expiry_hmac);
    assert_eq!((report.verdict(), failed(&report)), (Verdict::Holds, vec![]));
    let mut changed = bundle();
    changed.stated.expires_at = None;
    changed.record_signatures.signatures.hmac = changed.head_signatures.signatures.hmac;
    let report = changed.check_here(&keys(), &expiry_hmac);
    assert_eq!(failed(&report), ["record_hmac", "expiry_hmac"]);
}
