//! Issuing a certificate: from admitted evidence to the signed record, its first two custody
//! events and their signed head (seed "How generation works" 7; contract §1, §4).

use alloc::string::String;
use alloc::vec::Vec;

use crate::certificate_id::CertificateId;
use crate::commitment::{Disclosure, Disclosures, Personal, Salt};
use crate::custody::{Actor, Event, EventType, Head, State, Tip, extend};
use crate::digest::Digest;
use crate::ingest::Evidence;
use crate::json::Object;
use crate::keys::{Ed25519Key, HmacKey, Key as _, KeyError, Ring, Signature};
use crate::record::{Attached, Geo, Record, RecordKeys};
use crate::retention::{Retention, Term};
use crate::signature::{Purpose, Tag};
use crate::time::Timestamp;

/// The rings that sign certificates; each purpose has its own keys.
#[derive(Debug, Clone)]
pub struct SigningKeys {
    /// HMAC over records.
    pub record_hmac: Ring<HmacKey>,
    /// Ed25519 over records.
    pub record_ed25519: Ring<Ed25519Key>,
    /// HMAC over custody heads, and over what is kept until when.
    pub head_hmac: Ring<HmacKey>,
    /// Ed25519 over custody heads.
    pub head_ed25519: Ring<Ed25519Key>,
}

/// A document's two signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signatures {
    /// HMAC-SHA256: checked here.
    pub hmac: Tag,
    /// Ed25519: checked by everyone else.
    pub ed25519: Signature,
}

/// A head with its signatures and the name of the Ed25519 key, which the head itself has no
/// member for.
#[derive(Debug, Clone)]
pub struct SignedHead {
    /// The head; its `kid` is the HMAC key's.
    pub head: Head,
    /// What the events have made of the certificate.
    pub state: State,
    /// Until when the evidence is kept; no end for what is claimed.
    pub expires_at: Option<Timestamp>,
    /// HMAC over `expires_at`, under the head's key: the head itself has no member for it.
    pub expiry_hmac: Tag,
    /// The key of the Ed25519 signature.
    pub ed25519_kid: crate::ids::KeyId,
    /// Both signatures.
    pub signatures: Signatures,
}

impl SignedHead {
    /// Until when the certificate's evidence is kept.
    #[must_use]
    pub fn retention(&self) -> Retention {
        let certificate_id = self.head.certificate_id.clone();
        Retention { certificate_id, expires_at: self.expires_at }
    }
}

impl SigningKeys {
    /// Signs the head of a chain that ends at `tip` in `state`.
    ///
    /// # Errors
    /// [`KeyError::NoneValid`] when no key may sign at that moment.
    pub fn sign_head(
        &self,
        certificate_id: CertificateId,
        tip: Tip,
        state: State,
        expires_at: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<SignedHead, KeyError> {
        let (hmac, ed25519) = (self.head_hmac.current(at)?, self.head_ed25519.current(at)?);
        let head = Head::new(certificate_id, tip, &state, hmac.id().clone());
        let document = head.canonical();
        let signatures = Signatures {
            hmac: hmac.sign(Purpose::Head, &document),
            ed25519: ed25519.sign(Purpose::Head, &document),
        };
        let retention = Retention { certificate_id: head.certificate_id.clone(), expires_at };
        let expiry_hmac = hmac.sign(Purpose::Retention, &retention.canonical());
        let ed25519_kid = ed25519.id().clone();
        Ok(SignedHead { head, state, expires_at, expiry_hmac, ed25519_kid, signatures })
    }

    /// Whether a head, its state and its expiry are what was signed.
    #[must_use]
    pub fn head_holds(&self, signed: &SignedHead) -> bool {
        let Ok(key) = self.head_hmac.get(&signed.head.kid) else { return false };
        key.sign(Purpose::Head, &signed.head.canonical()) == signed.signatures.hmac
            && key.sign(Purpose::Retention, &signed.retention().canonical()) == signed.expiry_hmac
            && signed.state.document().digest() == signed.head.state_sha256
    }
}

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

/// A custody event with the details that it holds the digest of.
#[derive(Debug, Clone)]
pub struct DetailedEvent {
    /// The link.
    pub event: Event,
    /// Its details, with a salt.
    pub details: Object,
}

/// A certificate with everything that is written in one batch.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The record.
    pub record: Record,
    /// Its signatures.
    pub signatures: Signatures,
    /// The salted personal values.
    pub disclosures: Disclosures,
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
    let mut salt = || random().map(Salt::new);
    let now = evidence.received_at;
    let commit = &evidence.commit;
    let certificate_id = &commit.certificate_id;
    let (hmac, ed25519) = (keys.record_hmac.current(now)?, keys.record_ed25519.current(now)?);

    let mut disclosures = Disclosures::default();
    for (personal, value) in [
        (Personal::Ip, visitor.ip),
        (Personal::UserAgent, visitor.user_agent),
        (Personal::Page, Some(commit.page.clone())),
        (Personal::Language, Some(commit.language.clone())),
        (Personal::City, visitor.city),
    ] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            disclosures.set(personal, Disclosure { salt: salt()?, value });
        }
    }
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
        committed: disclosures.commit(),
        attached: Attached {
            withheld: evidence.withheld_json().map(|json| Digest::of(json.as_bytes())),
            ..Attached::default()
        },
        keys: RecordKeys { hmac: hmac.id().clone(), ed25519: ed25519.id().clone() },
    };
    let document = record.canonical();
    let signatures = Signatures {
        hmac: hmac.sign(Purpose::Record, &document),
        ed25519: ed25519.sign(Purpose::Record, &document),
    };

    let mut detail = || salt().map(|salt| Object::new().with("salt", String::from(salt)));
    let created = detail()?
        .with("property_id", commit.property_id.as_str())
        .with("origin", evidence.origin.as_str())
        .with("record_sha256", Digest::of(document.as_bytes()));
    let signed = detail()?
        .with("algorithm", "HMAC-SHA256")
        .with("key_id", hmac.id().as_str())
        .with("signature", signatures.hmac.hex());
    let steps = [
        (EventType::Created, Actor::Company(commit.company_id.clone()), created),
        (EventType::Signed, Actor::System, signed),
    ];
    let events = extend(Tip::START, certificate_id, now, &steps);
    let tip = events.last().map_or(Tip::START, Tip::from);
    let head = keys.sign_head(
        certificate_id.clone(),
        tip,
        State::NEW,
        term.expires_at(now, false, []),
        now,
    )?;
    let events = events
        .into_iter()
        .zip(steps)
        .map(|(event, (_, _, details))| DetailedEvent { event, details })
        .collect();
    Ok(Issued { record, signatures, disclosures, events, head })
}

/// Whether evidence that arrives again under an id is the evidence that the certificate holds.
/// The id binds the records, the time and the page; this compares what it does not bind. Personal
/// values can only be compared while they have not been erased.
#[must_use]
pub fn is_same_evidence(evidence: &Evidence, record: &Record, known: &Disclosures) -> bool {
    let commit = &evidence.commit;
    let withheld = evidence.withheld_json().map(|json| Digest::of(json.as_bytes()));
    let same_value = |personal, value: &str| {
        known.get(personal).is_none_or(|disclosure| disclosure.value == value)
    };
    commit.certificate_id == record.certificate_id
        && commit.tracker == record.tracker
        && commit.supersedes == record.supersedes
        && commit.dropped == record.dropped
        && withheld == record.attached.withheld
        && same_value(Personal::Page, &commit.page)
        && same_value(Personal::Language, &commit.language)
}
