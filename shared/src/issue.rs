//! Issuing a certificate: from admitted evidence to the signed record, its first two custody
//! events and their signed head (seed "How generation works" 7; contract §1, §4).

use alloc::string::String;
use alloc::vec::Vec;

use crate::beginning::Beginning;
use crate::commitment::{Disclosures, Personal, Salt};
use crate::contact::{Email, Phone};
use crate::custody::{State, Tip};
use crate::digest::Digest;
use crate::head::{DetailedEvent, Signatures, SignedHead, SigningKeys};
use crate::ingest::Evidence;
use crate::keys::{Key as _, KeyError};
use crate::packed::{Seed, Seeded};
use crate::record::{Geo, Record, RecordKeys};
use crate::recording::Manifest;
use crate::retention::Term;
use crate::signature::Purpose;

/// What the edge sees of the consumer besides the evidence.
#[derive(Debug, Clone, Default)]
pub struct Visitor {
    /// The IP address.
    pub ip: Option<String>,
    /// The user agent.
    pub user_agent: Option<String>,
    /// The city that the address lies in.
    pub city: Option<String>,
    /// Country and region that it lies in.
    pub geo: Option<Geo>,
}

/// A certificate with everything that is written in one batch.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The record.
    pub record: Record,
    /// Its signatures.
    pub signatures: Signatures,
    /// The salted personal values.
    pub personal: Seeded,
    /// SHA-256 of the canonical record.
    pub record_sha256: Digest,
    /// The salts of both events' details.
    pub salts: [Salt; 2],
    /// `created` and `signed`.
    pub events: Vec<DetailedEvent>,
    /// The head after them.
    pub head: SignedHead,
}

/// Makes a certificate out of admitted evidence, to be kept for `term`. `random` gives 16
/// fresh bytes per call, for the salts.
///
/// # Errors
/// [`KeyError::NoneValid`] when no key may sign now; what `random` fails with.
pub fn issue<E: From<KeyError>>(
    evidence: &Evidence,
    visitor: Visitor,
    term: Term,
    keys: &SigningKeys,
    mut random: impl FnMut() -> Result<[u8; 16], E>,
) -> Result<Issued, E> {
    let now = evidence.received_at;
    let commit = &evidence.commit;
    let certificate_id = &commit.certificate_id;
    let (hmac, ed25519) = (keys.record_hmac.current(now)?, keys.record_ed25519.current(now)?);

    let seed = random().map(Seed::new)?;
    let values = [
        (Personal::Ip, visitor.ip),
        (Personal::UserAgent, visitor.user_agent),
        (Personal::Page, Some(commit.page.clone())),
        (Personal::Language, Some(commit.language.clone())),
        (Personal::City, visitor.city),
        (Personal::Phone, commit.contact.phone.as_ref().map(|phone| phone.as_str().into())),
        (Personal::Email, commit.contact.email.as_ref().map(|email| email.as_str().into())),
    ];
    let values = values
        .into_iter()
        .filter_map(|(personal, value)| Some((personal, value.filter(|value| !value.is_empty())?)));
    let personal = Seeded::new(seed, values);
    let record = Record {
        certificate_id: certificate_id.clone(),
        company_id: commit.company_id.clone(),
        property_id: commit.property_id.clone(),
        timestamp: commit.timestamp,
        received_at: now,
        domain: evidence.origin.domain().into(),
        origin: evidence.origin.clone(),
        nonce: evidence.nonce,
        client_random: commit.client_random,
        minted_by: evidence.minted_by,
        attestation: evidence.attestation,
        clock: evidence.clock,
        tracker: commit.tracker.clone(),
        supersedes: commit.supersedes.clone(),
        dropped: commit.dropped,
        consents: commit.consents.clone(),
        geo: visitor.geo,
        committed: personal.disclosures().commit(),
        attached: evidence.documents.attached(),
        keys: RecordKeys { hmac: hmac.id().clone(), ed25519: ed25519.id().clone() },
    };
    let document = record.canonical();
    let signatures = Signatures {
        hmac: hmac.sign(Purpose::Record, &document),
        ed25519: ed25519.sign(Purpose::Record, &document),
    };

    let record_sha256 = Digest::of(document.as_bytes());
    let salts = [random().map(Salt::new)?, random().map(Salt::new)?];
    let beginning = Beginning {
        certificate_id,
        company_id: &commit.company_id,
        property_id: &commit.property_id,
        origin: evidence.origin.as_str(),
        received_at: now,
        record_sha256: &record_sha256,
        hmac_kid: hmac.id(),
        hmac: &signatures.hmac,
        salts: &salts,
    };
    let events = beginning.events();
    let tip = events.last().map_or(Tip::START, |last| Tip::from(&last.event));
    let head = keys.sign_head(
        certificate_id.clone(),
        tip,
        State::NEW,
        term.expires_at(now, false, []),
        now,
    )?;
    Ok(Issued { record, signatures, personal, record_sha256, salts, events, head })
}

/// Whether evidence that arrives again under an id is the evidence that the certificate holds.
/// The id binds the records, the time and the page; this compares what it does not bind. Personal
/// values can only be compared while they have not been erased.
#[must_use]
pub fn is_same_evidence(evidence: &Evidence, record: &Record, known: &Disclosures) -> bool {
    let commit = &evidence.commit;
    let attached = evidence.documents.attached();
    let same_value = |personal, value: &str| {
        known.get(personal).is_none_or(|disclosure| disclosure.value == value)
    };
    // What was committed to, or not, stays so even when its value has been erased.
    let same_if_any = |personal, value: Option<&str>| {
        record.committed.get(personal).is_some() == value.is_some()
            && value.is_none_or(|value| same_value(personal, value))
    };
    let contact = &commit.contact;
    commit.certificate_id == record.certificate_id
        && evidence.origin == record.origin
        && commit.tracker == record.tracker
        && commit.supersedes == record.supersedes
        && commit.dropped == record.dropped
        && attached.withheld == record.attached.withheld
        && attached.presentation == record.attached.presentation
        && is_same_recording(commit.recording.as_ref(), record)
        && same_value(Personal::Page, &commit.page)
        && same_if_any(Personal::Language, Some(commit.language.as_str()).filter(|l| !l.is_empty()))
        && same_if_any(Personal::Phone, contact.phone.as_ref().map(Phone::as_str))
        && same_if_any(Personal::Email, contact.email.as_ref().map(Email::as_str))
}

/// A commit that comes again when its token has expired attaches no recording any more, and is the
/// same evidence nevertheless; so is one whose recording was not taken the first time.
fn is_same_recording(sent: Option<&Manifest>, record: &Record) -> bool {
    let sent = sent.filter(|manifest| !manifest.streams().is_empty());
    record.attached.recording.is_none_or(|held| sent.map(Manifest::recording_hash) == Some(held))
}
