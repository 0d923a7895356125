//! The signed head of a chain of custody, and how a chain goes on: the event, its details and the
//! head after it come into being together (contract §4).

use alloc::string::String;
use alloc::vec::Vec;

use crate::certificate_id::CertificateId;
use crate::commitment::Salt;
use crate::custody::{Actor, Event, EventType, Head, Illegal, State, Tip};
use crate::ids::KeyId;
use crate::json::Object;
use crate::keys::{Ed25519Key, HmacKey, Key as _, KeyError, Ring, Signature};
use crate::retention::Retention;
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

/// A custody event with the details that it holds the digest of.
#[derive(Debug, Clone)]
pub struct DetailedEvent {
    /// The link.
    pub event: Event,
    /// Its details, with a salt.
    pub details: Object,
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
    pub ed25519_kid: KeyId,
    /// Both signatures.
    pub signatures: Signatures,
}

/// What happens next to a certificate.
#[derive(Debug, Clone)]
pub struct Step {
    /// What happens.
    pub event_type: EventType,
    /// Through whom.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// What is told of it, without the salt.
    pub details: Object,
    /// Until when the evidence is kept from then on.
    pub expires_at: Option<Timestamp>,
}

/// Why a chain does not go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// The head is not what was signed: nothing is built on a broken chain.
    #[error("the chain of custody is not what was signed")]
    Broken,
    /// The state does not allow the event.
    #[error(transparent)]
    Illegal(#[from] Illegal),
    /// No key may sign now.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl SignedHead {
    /// The event that a step adds to this head, and the head after it.
    ///
    /// # Errors
    /// [`StepError`] when this head does not hold, or the state does not allow the step.
    pub fn go_on(
        &self,
        step: Step,
        salt: &Salt,
        keys: &SigningKeys,
    ) -> Result<(DetailedEvent, Self), StepError> {
        let (mut events, after) = self.go_on_by([(step, salt.clone())], keys)?;
        // One step makes one event.
        events.pop().map(|event| (event, after)).ok_or(StepError::Illegal(Illegal))
    }

    /// The events that several steps add, and the one head after them; the last step says until
    /// when the evidence is kept.
    ///
    /// # Errors
    /// [`StepError`] when this head does not hold, or a state does not allow its step.
    pub fn go_on_by(
        &self,
        steps: impl IntoIterator<Item = (Step, Salt)>,
        keys: &SigningKeys,
    ) -> Result<(Vec<DetailedEvent>, Self), StepError> {
        if !keys.head_holds(self) {
            return Err(StepError::Broken);
        }
        let certificate = &self.head.certificate_id;
        let mut state = self.state.clone();
        let mut tip = Tip { seq: self.head.seq, hash: self.head.hash };
        let mut events = Vec::new();
        let mut last = None;
        for (Step { event_type, actor, at, details, expires_at }, salt) in steps {
            state = state.after(event_type, &actor)?;
            let details = details.with("salt", String::from(salt));
            let event = tip.next(certificate, event_type, at, actor, &details);
            tip = Tip::from(&event);
            events.push(DetailedEvent { event, details });
            last = Some((at, expires_at));
        }
        let (at, expires_at) = last.ok_or(Illegal)?;
        let head = keys.sign_head(certificate.clone(), tip, state, expires_at, at)?;
        Ok((events, head))
    }

    /// Until when the certificate's evidence is kept.
    #[must_use]
    pub fn retention(&self) -> Retention {
        let certificate_id = self.head.certificate_id.clone();
        Retention { certificate_id, head: self.head.hash, expires_at: self.expires_at }
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
        let certificate_id = head.certificate_id.clone();
        let retention = Retention { certificate_id, head: head.hash, expires_at };
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
            && signed.state.digest() == signed.head.state_sha256
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::{SignedHead, SigningKeys, Step, StepError};
    use crate::certificate_id::CertificateId;
    use crate::commitment::Salt;
    use crate::custody::{Actor, Event, EventType, State, Status, Tip, extend, replay};
    use crate::ids::{CompanyId, KeyId};
    use crate::json::Object;
    use crate::keys::{Ed25519Key, HmacKey, Ring, Validity};
    use crate::time::Timestamp;

    fn at(second: u8) -> Timestamp {
        Timestamp::from_millis(1_776_423_600_000 + i64::from(second) * 1_000).unwrap()
    }

    fn keys() -> SigningKeys {
        let validity = Validity { from: at(0), until: None, compromised_at: None };
        let id = |kid| KeyId::parse(kid).unwrap();
        let hmac = |n| Ring::new(vec![HmacKey::new(id("h"), validity, [n; 32])]);
        let ed25519 = |n| Ring::new(vec![Ed25519Key::new(id("e"), validity, [n; 32])]);
        SigningKeys {
            record_hmac: hmac(1),
            record_ed25519: ed25519(2),
            head_hmac: hmac(3),
            head_ed25519: ed25519(4),
        }
    }

    /// A certificate that was just made: its events and its head.
    fn new_certificate() -> (Vec<Event>, SignedHead) {
        let id = "EC-s1-Gg-VoeWa_DkQ6dI_qkGkEoKSr83sswF3oHFY6ixaDQM";
        let id = CertificateId::parse(id).unwrap();
        let steps = [
            (EventType::Created, Actor::System, Object::new()),
            (EventType::Signed, Actor::System, Object::new()),
        ];
        let events = extend(Tip::START, &id, at(0), &steps);
        let tip = Tip::from(events.last().unwrap());
        let head = keys().sign_head(id, tip, State::NEW, Some(at(60)), at(0)).unwrap();
        (events, head)
    }

    fn step(event_type: EventType, actor: Actor, expires_at: Option<Timestamp>) -> (Step, Salt) {
        let details = Object::new();
        (Step { event_type, actor, at: at(1), details, expires_at }, Salt::new([7; 16]))
    }

    #[test]
    fn several_steps_end_in_one_head_that_replays_to_its_state() {
        let buyer = CompanyId::new([1; 12]);
        let (mut events, head) = new_certificate();
        let company = || Actor::Company(buyer.clone());
        let steps = [
            step(EventType::Shared, Actor::System, Some(at(90))),
            step(EventType::ComplianceChecked, company(), None),
            step(EventType::Claimed, company(), None),
        ];
        let (added, after) = head.go_on_by(steps.clone(), &keys()).unwrap();
        events.extend(added.iter().map(|added| added.event.clone()));
        assert_eq!((after.head.seq, after.expires_at), (5, None));
        assert!(keys().head_holds(&after));
        let state = replay(&events, &after.head).unwrap();
        assert_eq!(state, after.state);
        assert_eq!((state.status, state.claims.contains(&buyer)), (Status::Active, true));

        // One by one they are the same chain.
        let mut single = head;
        for (step, salt) in steps {
            single = single.go_on(step, &salt, &keys()).unwrap().1;
        }
        assert_eq!(single.head, after.head);
    }

    #[test]
    fn one_step_that_cannot_be_spoils_all_and_nothing_is_built_on_a_broken_head() {
        let company = Actor::Company(CompanyId::new([1; 12]));
        let (_, head) = new_certificate();
        let twice = [
            step(EventType::Claimed, company.clone(), None),
            step(EventType::Claimed, company.clone(), None),
        ];
        assert!(matches!(head.go_on_by(twice, &keys()), Err(StepError::Illegal(_))));
        assert!(matches!(head.go_on_by([], &keys()), Err(StepError::Illegal(_))));
        let broken = SignedHead { expires_at: None, ..head };
        let claim = [step(EventType::Claimed, company, None)];
        assert!(matches!(broken.go_on_by(claim, &keys()), Err(StepError::Broken)));
    }
}
