//! The chain of custody: every change of a certificate's state is an event that continues the one
//! before it, and the signed head makes changing, reordering or cutting them visible, by position
//! (seed "Chain of custody"; contract §4; vectors `custody.json`, head in `record.json`).

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::certificate_id::CertificateId;
use crate::digest::Digest;
use crate::ids::{CompanyId, KeyId};
use crate::json::members::object;
use crate::json::{Json, Object};
use crate::record::word;
use crate::time::Timestamp;

word!(
    /// What happened to a certificate.
    EventType, EventTypeError {
        /// The evidence arrived and became a certificate.
        Created = "created",
        /// Both signatures were made.
        Signed = "signed",
        /// The publisher gave a share away.
        Shared = "shared",
        /// The publisher took a share back.
        ShareRevoked = "share_revoked",
        /// A buyer claimed it.
        Claimed = "claimed",
        /// A buyer's rules refused it.
        Rejected = "rejected",
        /// Its words were checked against a buyer's rules.
        ComplianceChecked = "compliance_checked",
        /// The consumer opted out with a company.
        Revoked = "revoked",
        /// A company took an opt-out back.
        Restored = "restored",
        /// Its time was over and its evidence went.
        Expired = "expired",
        /// One consumer's personal values went.
        Erased = "erased",
        /// A company looked at the evidence.
        AccessedEvidence = "accessed_evidence"
    }
);

/// Who made an event happen; never a person's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A publisher or buyer.
    Company(CompanyId),
    /// The service itself.
    System,
    /// The consumer whose consent it is.
    Consumer,
}

/// Why a string names no actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an actor is a company id, system or consumer")]
pub struct ActorError;

impl Actor {
    /// The actor as documents write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Company(id) => id.as_str(),
            Self::System => "system",
            Self::Consumer => "consumer",
        }
    }
}

impl core::str::FromStr for Actor {
    type Err = ActorError;

    fn from_str(text: &str) -> Result<Self, ActorError> {
        match text {
            "system" => Ok(Self::System),
            "consumer" => Ok(Self::Consumer),
            _ => CompanyId::parse(text).map(Self::Company).map_err(|_| ActorError),
        }
    }
}

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its place, from 1.
    pub seq: u32,
    /// What happened.
    pub event_type: EventType,
    /// When.
    pub at: Timestamp,
    /// Through whom.
    pub actor: Actor,
    /// SHA-256 of the JCS details, which lie elsewhere and may be erased.
    pub details_sha256: Digest,
    /// The hash of the link before; zeros for the first.
    pub prev: Digest,
    /// SHA-256 over all of the above and the certificate id.
    pub hash: Digest,
}

impl Event {
    /// Whether the event's hash is that of its content.
    #[must_use]
    pub fn holds(&self, certificate: &CertificateId) -> bool {
        self.computed_hash(certificate) == self.hash
    }

    /// The hash that the event's content gives.
    fn computed_hash(&self, certificate: &CertificateId) -> Digest {
        let document = object(|members| {
            members
                .text("actor", self.actor.as_str())
                .text("at", &String::from(self.at))
                .text("certificate_id", &String::from(certificate))
                .text("details_sha256", &self.details_sha256.hex())
                .text("prev", &self.prev.hex())
                .number("seq", self.seq)
                .text("type", self.event_type.as_str());
        });
        Digest::of(document.as_bytes())
    }
}

/// The last link: where the next one goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// Number of events so far.
    pub seq: u32,
    /// Hash of the last one; zeros before the first.
    pub hash: Digest,
}

impl Tip {
    /// Before the first event.
    pub const START: Self = Self { seq: 0, hash: Digest::ZERO };

    /// The event that comes next. `details` carry a random salt of their own.
    #[must_use]
    pub fn next(
        self,
        certificate: &CertificateId,
        event_type: EventType,
        at: Timestamp,
        actor: Actor,
        details: &Object,
    ) -> Event {
        let mut event = Event {
            seq: self.seq.saturating_add(1),
            event_type,
            at,
            actor,
            details_sha256: details.digest(),
            prev: self.hash,
            hash: Digest::ZERO,
        };
        event.hash = event.computed_hash(certificate);
        event
    }
}

impl From<&Event> for Tip {
    fn from(event: &Event) -> Self {
        Self { seq: event.seq, hash: event.hash }
    }
}

word!(
    /// Whether a certificate's evidence is there.
    Status, StatusError {
        /// It is.
        Active = "active",
        /// Its retention is over; id, digest, signatures and chain stay.
        Expired = "expired"
    }
);

/// What the events have made of a certificate; its digest is part of the signed head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// Whether the evidence is there.
    pub status: Status,
    /// The companies that claimed it.
    pub claims: BTreeSet<CompanyId>,
    /// The companies with which the consumer has opted out.
    pub revoked: BTreeSet<CompanyId>,
}

impl State {
    /// A certificate that was just created.
    pub const NEW: Self =
        Self { status: Status::Active, claims: BTreeSet::new(), revoked: BTreeSet::new() };

    /// The canonical text of [`Self::document`], which `state_sha256` is taken over.
    #[must_use]
    pub fn canonical(&self) -> String {
        object(|members| {
            members
                .texts("claims", self.claims.iter().map(CompanyId::as_str))
                .texts("revoked", self.revoked.iter().map(CompanyId::as_str))
                .text("status", self.status.as_str());
        })
    }

    /// SHA-256 of its canonical text.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.canonical().as_bytes())
    }

    /// The state in documents.
    #[must_use]
    pub fn document(&self) -> Object {
        let ids = |set: &BTreeSet<CompanyId>| {
            Json::List(set.iter().map(|id| Json::from(id.as_str())).collect())
        };
        Object::new()
            .with("status", self.status.as_str())
            .with("claims", ids(&self.claims))
            .with("revoked", ids(&self.revoked))
    }

    /// The state after one more event.
    ///
    /// # Errors
    /// [`Illegal`] when such an event cannot happen in this state.
    pub fn after(&self, event_type: EventType, actor: &Actor) -> Result<Self, Illegal> {
        let mut next = self.clone();
        let legal = match (event_type, actor) {
            (EventType::Created, _) => false,
            (EventType::Claimed, Actor::Company(company)) => {
                self.status == Status::Active && next.claims.insert(company.clone())
            }
            (EventType::Revoked, Actor::Company(company)) => next.revoked.insert(company.clone()),
            (EventType::Restored, Actor::Company(company)) => next.revoked.remove(company),
            (EventType::Claimed | EventType::Revoked | EventType::Restored, _) => false,
            (EventType::Expired, _) => {
                next.status = Status::Expired;
                self.status == Status::Active && self.claims.is_empty()
            }
            (EventType::Shared | EventType::Rejected | EventType::ComplianceChecked, _) => {
                self.status == Status::Active
            }
            (
                EventType::Signed
                | EventType::ShareRevoked
                | EventType::Erased
                | EventType::AccessedEvidence,
                _,
            ) => true,
        };
        if legal { Ok(next) } else { Err(Illegal) }
    }
}

/// An event that the state before it does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the certificate's state does not allow this event")]
pub struct Illegal;

/// The signed head: how long the chain is, where it ends, and what it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The certificate whose chain it is.
    pub certificate_id: CertificateId,
    /// Number of events.
    pub seq: u32,
    /// Hash of the last one.
    pub hash: Digest,
    /// Digest of the state that they give.
    pub state_sha256: Digest,
    /// The key that signs the head.
    pub kid: KeyId,
}

impl Head {
    /// The head of a chain that ends at `tip` in `state`.
    #[must_use]
    pub fn new(certificate_id: CertificateId, tip: Tip, state: &State, kid: KeyId) -> Self {
        let state_sha256 = state.digest();
        Self { certificate_id, seq: tip.seq, hash: tip.hash, state_sha256, kid }
    }

    /// The canonical bytes, as text: what both signatures are made over, behind their prefix.
    #[must_use]
    pub fn canonical(&self) -> String {
        object(|members| {
            members
                .text("certificate_id", &String::from(&self.certificate_id))
                .text("hash", &self.hash.hex())
                .text("kid", self.kid.as_str())
                .number("seq", self.seq)
                .text("state_sha256", &self.state_sha256.hex());
        })
    }
}

/// What is wrong with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// The event at this place has another number.
    #[error("the number of the event does not follow")]
    Number,
    /// Its `prev` is not the hash of the one before.
    #[error("the event does not continue the one before it")]
    Link,
    /// Its hash is not the one that its content gives.
    #[error("the event was changed after it was written")]
    Hash,
    /// It cannot happen in the state before it.
    #[error("the event cannot happen in that state")]
    Illegal,
    /// The chain ends elsewhere than its signed head says: events were cut off or added.
    #[error("the chain ends elsewhere than its signed head says")]
    End,
    /// The events give another state than the signed head says.
    #[error("the events give another state than the signed head says")]
    State,
}

/// A fault and the place of the event that shows it, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("custody event {seq}: {fault}")]
pub struct BrokenChain {
    /// The event's place.
    pub seq: u32,
    /// What is wrong with it.
    pub fault: ChainFault,
}

/// Replays a whole chain and holds it against its head, whose signature the caller has checked.
///
/// # Errors
/// [`BrokenChain`] with the first place that does not hold.
pub fn replay(events: &[Event], head: &Head) -> Result<State, BrokenChain> {
    let mut tip = Tip::START;
    let mut state = State::NEW;
    for event in events {
        let seq = tip.seq.saturating_add(1);
        let broken = |fault| BrokenChain { seq, fault };
        if event.seq != seq {
            return Err(broken(ChainFault::Number));
        }
        if event.prev != tip.hash {
            return Err(broken(ChainFault::Link));
        }
        if event.hash != event.computed_hash(&head.certificate_id) {
            return Err(broken(ChainFault::Hash));
        }
        let first = event.event_type == EventType::Created;
        if first != (seq == 1) {
            return Err(broken(ChainFault::Illegal));
        }
        if !first {
            state = state
                .after(event.event_type, &event.actor)
                .map_err(|Illegal| broken(ChainFault::Illegal))?;
        }
        tip = Tip::from(event);
    }
    if (tip.seq, tip.hash) != (head.seq, head.hash) {
        // The first event that is missing or too many; with the right number of them, the last.
        let seq = match tip.seq.cmp(&head.seq) {
            Ordering::Less => tip.seq.saturating_add(1),
            Ordering::Equal => tip.seq,
            Ordering::Greater => head.seq.saturating_add(1),
        };
        return Err(BrokenChain { seq, fault: ChainFault::End });
    }
    if state.digest() != head.state_sha256 {
        return Err(BrokenChain { seq: tip.seq, fault: ChainFault::State });
    }
    Ok(state)
}

/// Builds several events on one tip, as a batch writes them.
#[must_use]
pub fn extend(
    tip: Tip,
    certificate: &CertificateId,
    at: Timestamp,
    events: &[(EventType, Actor, Object)],
) -> Vec<Event> {
    let mut tip = tip;
    events
        .iter()
        .map(|(event_type, actor, details)| {
            let event = tip.next(certificate, *event_type, at, actor.clone(), details);
            tip = Tip::from(&event);
            event
        })
        .collect()
}
