//! The certificate in words, in the order of its page (seed "professional, PDF-style layout").

use econsent_core::bundle::{Bundle, NamedSignatures, Outcome};
use econsent_core::commitment::Personal;
use econsent_core::consent::{ConsentRecord, ConsentType};
use econsent_core::custody::Actor;
use econsent_core::digest::Digest;
use econsent_core::fingerprint::{fingerprint, payload};
use econsent_core::record::Record;
use econsent_core::signature::Purpose;

use crate::Paper;
use crate::fonts::Fonts;
use crate::layout::{Layout, Style};
use crate::qr::Code;

const TITLE: Style = Style { size: 18.0, bold: true, gray: 20 };
const HEADING: Style = Style { size: 11.5, bold: true, gray: 20 };
const SUBHEADING: Style = Style { size: 9.0, bold: true, gray: 20 };
const BODY: Style = Style { size: 9.0, bold: false, gray: 20 };
const STRONG: Style = Style { size: 9.0, bold: true, gray: 20 };
const SMALL: Style = Style { size: 7.5, bold: false, gray: 20 };
const NOTE: Style = Style { size: 7.5, bold: false, gray: 90 };

/// Lays the whole certificate out.
pub(crate) fn lay_out<'a>(paper: &Paper<'_>, fonts: &'a Fonts) -> Layout<'a> {
    let bundle = paper.bundle;
    let id = bundle.certificate_id.to_string();
    let mut layout = Layout::new(fonts, &id);
    if let Some(code) = Code::of(&format!("{}/certificate/{id}/replay", paper.origin)) {
        layout.code(&code, "Session replay");
    }
    layout.text("Consent certificate", NOTE, 0.0);
    layout.text(&bundle.stated.company, TITLE, 0.0);
    layout.text(&bundle.stated.property, BODY, 0.0);
    layout.text(&id, SMALL, 0.0);
    layout.skip(10.0);
    let summary = bundle.summary(paper.report, paper.now);
    layout.text(summary.title, HEADING, 0.0);
    layout.text(&summary.sentence, BODY, 0.0);
    layout.text(&format!("As of {}.", paper.now), NOTE, 0.0);

    let record = bundle.record.as_deref().and_then(|text| Record::parse(text).ok());
    if let Some(record) = &record {
        consents(&mut layout, bundle, record);
        withheld(&mut layout, bundle);
        session(&mut layout, paper, record);
    } else {
        remains(&mut layout, bundle);
    }
    custody(&mut layout, bundle);
    if let Some(record) = &record {
        identity(&mut layout, record);
    }
    signatures(&mut layout, paper);
    checks(&mut layout, paper);
    files(&mut layout, paper);
    layout
}

fn heading(layout: &mut Layout<'_>, text: &str) {
    layout.skip(14.0);
    layout.need(48.0);
    layout.text(text, HEADING, 0.0);
    layout.rule();
}

fn consents(layout: &mut Layout<'_>, bundle: &Bundle, record: &Record) {
    heading(layout, "Consent evidence");
    if record.consents.is_empty() {
        let none = "No consent record was visible on the page when the form was submitted.";
        layout.text(none, BODY, 0.0);
    }
    for consent_type in ConsentType::ALL {
        let mut group =
            record.consents.iter().filter(|c| c.consent_type == consent_type).peekable();
        if group.peek().is_some() {
            layout.need(60.0);
            layout.text(&format!("{} ({consent_type})", consent_type.title()), SUBHEADING, 0.0);
        }
        for consent in group {
            one(layout, bundle, consent);
        }
    }
    let dropped = record.dropped;
    if dropped.consents > 0 || dropped.withheld > 0 {
        let text = format!(
            "Beyond the limits of a certificate and not kept: {} consent records, {} withheld \
             disclosures.",
            dropped.consents, dropped.withheld
        );
        layout.text(&text, NOTE, 0.0);
    }
}

fn one(layout: &mut Layout<'_>, bundle: &Bundle, consent: &ConsentRecord) {
    layout.skip(4.0);
    layout.need(40.0);
    layout.text(if consent.is_given() { "Given" } else { "Shown, not given" }, STRONG, 0.0);
    words(layout, bundle, &consent.text_sha256);
    layout.skip(2.0);
    layout.pair("Id", consent.id.as_str(), SMALL);
    let value = consent.value.as_str();
    layout.pair("Value", if value.is_empty() { "(empty)" } else { value }, SMALL);
    layout.pair("Category", consent.consent_type.category().as_str(), SMALL);
    layout.pair("Step of the form", &consent.step.to_string(), SMALL);
    layout.pair("SHA-256 of the text", &consent.text_sha256.hex(), SMALL);
    for (name, value) in bundle.presentation_of(consent.id.as_str()) {
        layout.pair(&name, &value, SMALL);
    }
    layout.skip(6.0);
}

fn words(layout: &mut Layout<'_>, bundle: &Bundle, digest: &Digest) {
    match bundle.texts.get(digest) {
        Some(words) => layout.quote(words, BODY),
        None => layout.text("The words to this digest are missing.", STRONG, 0.0),
    }
}

fn withheld(layout: &mut Layout<'_>, bundle: &Bundle) {
    let items = bundle.withheld();
    if items.is_empty() {
        return;
    }
    heading(layout, "On the page, and not counted as consent");
    for item in items {
        layout.skip(4.0);
        layout.need(40.0);
        layout.text(&format!("Withheld: {}", item.reason.sentence()), STRONG, 0.0);
        words(layout, bundle, &item.text_sha256);
        layout.skip(2.0);
        layout.pair("Id", item.id.as_str(), SMALL);
        layout.pair("Type", item.consent_type.as_str(), SMALL);
        layout.pair("Reason", item.reason.as_str(), SMALL);
        layout.pair("SHA-256 of the text", &item.text_sha256.hex(), SMALL);
        layout.skip(6.0);
    }
}

fn session(layout: &mut Layout<'_>, paper: &Paper<'_>, record: &Record) {
    heading(layout, "Session and times");
    let bundle = paper.bundle;
    let stated = &bundle.stated;
    layout.pair("Company", &format!("{} ({})", stated.company, record.company_id), SMALL);
    layout.pair("Property", &format!("{} ({})", stated.property, record.property_id), SMALL);
    layout.pair("Origin", record.origin.as_str(), SMALL);
    layout.pair("Session", record.certificate_id.session().as_str(), SMALL);
    let submitted = format!("{} (clock {})", record.timestamp, record.clock.as_str());
    layout.pair("Submitted, page's clock", &submitted, SMALL);
    layout.pair("Received", &record.received_at.to_string(), SMALL);
    if let Some(local) = paper.local {
        layout.pair("Time zone by IP address", local.zone.as_str(), SMALL);
        for (name, moment) in [
            ("Submitted, in that zone", &local.submitted),
            ("Received, in that zone", &local.received),
        ] {
            if let Some(moment) = moment {
                layout.pair(name, moment, SMALL);
            }
        }
    }
    layout.pair("Session attested", record.attestation.as_str(), SMALL);
    layout.pair("Id computed by", record.minted_by.as_str(), SMALL);
    layout.pair("Tracker", &record.tracker, SMALL);
    if let Some(geo) = &record.geo {
        layout.pair("Location by IP address", &format!("{} {}", geo.country, geo.region), SMALL);
    }
    if let Some(network) = &stated.ip_network {
        layout.pair("Consumer's network", network, SMALL);
    }
    if let Some(earlier) = &record.supersedes {
        layout.pair("Replaces", &earlier.to_string(), SMALL);
    }
    expiry(layout, bundle);
    let digest = Digest::of(bundle.record.as_deref().unwrap_or_default().as_bytes());
    layout.pair("SHA-256 of the record", &digest.hex(), SMALL);
    layout.skip(4.0);
    for personal in Personal::ALL {
        let name = personal.as_str().replace('_', " ");
        let disclosed = bundle.disclosures.as_ref().and_then(|values| values.get(personal));
        match (disclosed, record.committed.get(personal)) {
            (Some(disclosure), _) => layout.pair(&name, &disclosure.value, SMALL),
            (None, Some(commitment)) => {
                layout.pair(&name, &format!("masked; commitment {commitment}"), SMALL);
            }
            (None, None) => {}
        }
    }
}

fn expiry(layout: &mut Layout<'_>, bundle: &Bundle) {
    let end = bundle.stated.expires_at.map(|end| end.to_string());
    let end = end.as_deref().unwrap_or("for good, as a company has claimed it");
    layout.pair("Evidence kept until", end, SMALL);
}

fn remains(layout: &mut Layout<'_>, bundle: &Bundle) {
    heading(layout, "What is left");
    layout.pair("Session", bundle.certificate_id.session().as_str(), SMALL);
    if let Some(digest) = bundle.record_digest() {
        layout.pair("SHA-256 of the record", &digest.hex(), SMALL);
    }
    expiry(layout, bundle);
}

fn custody(layout: &mut Layout<'_>, bundle: &Bundle) {
    heading(layout, "Chain of custody");
    for event in bundle.custody.iter().map(|bundled| &bundled.event) {
        let by = match &event.actor {
            Actor::Company(company) => format!("company {company}"),
            other => other.as_str().into(),
        };
        let name = format!("{}. {}", event.seq, event.event_type.as_str().replace('_', " "));
        layout.pair(&name, &format!("{} by {by}", event.at), SMALL);
        layout.pair("", &event.hash.hex(), NOTE);
    }
}

fn identity(layout: &mut Layout<'_>, record: &Record) {
    heading(layout, "How the id was computed");
    let fingerprint = fingerprint(&record.consents);
    layout.pair("Fingerprint", &fingerprint, SMALL);
    layout.pair("Payload", &payload(&record.moment(), &fingerprint), SMALL);
    layout.pair("Entropy", &record.entropy().base64url(), SMALL);
    let hash = record.certificate_id.hash().base64url();
    layout.pair("SHA-256 of payload and entropy", &hash, SMALL);
}

fn signatures(layout: &mut Layout<'_>, paper: &Paper<'_>) {
    heading(layout, "Signatures");
    for (title, purpose, names) in [
        ("Record", Purpose::Record, &paper.bundle.record_signatures),
        ("End of the chain of custody", Purpose::Head, &paper.bundle.head_signatures),
    ] {
        let NamedSignatures { hmac_kid, ed25519_kid, signatures } = names;
        layout.need(60.0);
        layout.text(title, SUBHEADING, 0.0);
        let hmac = format!("{} key {hmac_kid}", signatures.hmac.hex());
        layout.pair("HMAC-SHA256", &hmac, SMALL);
        let ed25519 = format!("{} key {ed25519_kid}", signatures.ed25519.hex());
        layout.pair("Ed25519", &ed25519, SMALL);
        layout.pair("Signed behind", purpose.prefix().trim_end(), SMALL);
        layout.skip(4.0);
    }
    let how = format!(
        "To check this document without asking anybody: drop it on {}/verify, or run \
         econsent-verify FILE --jwks jwks.json. The public keys are at \
         {}/.well-known/jwks.json. The attached files are what is checked; these pages show them.",
        paper.origin, paper.origin
    );
    layout.text(&how, NOTE, 0.0);
    layout.text(
        "The signatures prove what the service received and when. That the publisher's page was \
         shown to the consumer as it says, they do not prove; the session's recording and its \
         times are the evidence for that. Not legal advice.",
        NOTE,
        0.0,
    );
}

fn checks(layout: &mut Layout<'_>, paper: &Paper<'_>) {
    heading(layout, "What was checked when this document was made");
    for check in &paper.report.checks {
        let outcome = match &check.outcome {
            Outcome::Passed => "Holds".into(),
            Outcome::Failed(reason) => format!("Does not hold: {reason}"),
            Outcome::Unchecked(reason) => format!("Not checked: {reason}"),
        };
        layout.text(&format!("{}. {outcome}", check.what.sentence()), SMALL, 0.0);
    }
}

fn files(layout: &mut Layout<'_>, paper: &Paper<'_>) {
    heading(layout, "Attached files");
    for file in paper.bundle.files(paper.jwks) {
        layout.pair(&file.name, file.about, SMALL);
    }
    layout.skip(4.0);
    layout.text(
        "Characters that this document's font lacks are written as U+ and their number; the exact \
         words are in the attached texts.",
        NOTE,
        0.0,
    );
}
