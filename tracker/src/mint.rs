//! Minting: what a submission shows becomes a certificate id, at once and without the network,
//! and its commit is on its way before the form's own request.

use std::rc::Rc;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use econsent_core::certificate_id::CertificateId;
use econsent_core::digest::Digest;
use econsent_core::fingerprint::{self, Moment, Random};
use econsent_core::ids::SessionId;
use econsent_core::time::Timestamp;

use crate::disclosed::Disclosed;
use crate::dom::{Element, Hands};
use crate::extract::Submission;
use crate::state::{self, Minted, Session};

/// What a submission comes to.
struct Content {
    disclosed: Rc<Disclosed>,
    contact: String,
    /// What decides whether a certificate is a new one.
    digest: Digest,
}

impl Content {
    fn of(hands: &Hands, submission: &Submission<'_>) -> Option<Self> {
        let shown = hands.shown(submission.form, submission.submitter);
        let disclosed = state::with(|state| state.disclosed.recall(shown))??;
        let contact = submission.around.map(|around| hands.contact(around)).unwrap_or_default();
        let parts = [disclosed.records.as_bytes(), disclosed.hidden.as_bytes(), contact.as_bytes()];
        Some(Self { digest: Digest::of_parts(&parts), contact, disclosed })
    }
}

/// Makes records of the page's words, to be remembered for a while under a number.
pub fn disclose(hands: &Hands, shown: &str) -> u32 {
    let number = state::with(|state| state.disclosed.name()).unwrap_or_default();
    let disclosed = Rc::new(Disclosed::of(hands, number, shown));
    state::with(|state| state.disclosed.remember(disclosed));
    number
}

/// The certificate of this submission: the one there is already when nothing changed, else a new
/// one. Nothing when the page shows no consent here and does not ask for an id.
pub fn certificate(hands: &Hands, submission: &Submission<'_>, is_wanted: bool) -> Option<String> {
    make(hands, submission, is_wanted, false)
}

/// Goes through all that a submit of this form would take, and makes no certificate.
pub fn rehearse(hands: &Hands, form: Option<&Element>) {
    make(hands, &Submission { form, submitter: None, around: form }, true, true);
}

fn make(
    hands: &Hands,
    submission: &Submission<'_>,
    is_wanted: bool,
    is_rehearsal: bool,
) -> Option<String> {
    let Content { disclosed, contact, digest } = Content::of(hands, submission)?;
    if disclosed.is_empty && !is_rehearsal {
        hands.nothing(!contact.is_empty());
        if !is_wanted {
            return None;
        }
    }
    let form = hands.key(submission.form);
    let (same, latest) = state::with(|state| {
        let mut earlier = state.minted.iter().rev().filter(|m| m.form == form);
        let latest = earlier.clone().next().map(|minted| minted.id.clone());
        let same = earlier.find(|minted| minted.content == digest);
        (same.map(|minted| minted.id.clone()), latest)
    })?;
    if let Some(id) = same.filter(|_| !is_rehearsal) {
        let text = String::from(id.clone());
        hands.publish(id.session().as_str(), Some(&text), false);
        return Some(text);
    }

    let timestamp = Timestamp::from_millis(hands.now() as i64).ok()?;
    let client_random: Random = hands.random(16).try_into().ok()?;
    let id = mint(hands, timestamp, client_random, &disclosed)?;
    let text = String::from(id.clone());
    hands.deliver(
        is_rehearsal,
        &text,
        &String::from(timestamp),
        &Base64UrlUnpadded::encode_string(&client_random),
        latest.map(String::from),
        disclosed.dropped.consents,
        disclosed.dropped.withheld,
        disclosed.number,
        &contact,
        submission.form,
        submission.submitter,
    );
    if is_rehearsal {
        return None;
    }
    state::with(|state| {
        state.minted.push(Minted { form, content: digest, id: id.clone() });
    });
    hands.publish(id.session().as_str(), Some(&text), true);
    Some(text)
}

fn mint(
    hands: &Hands,
    timestamp: Timestamp,
    client_random: Random,
    disclosed: &Disclosed,
) -> Option<CertificateId> {
    let in_page: [u8; 10] = hands.random(10).try_into().ok()?;
    let domain = hands.domain();
    state::with(|state| {
        let property = &state.property;
        // A submit before the server's answer does not wait for it.
        let session = state.session.get_or_insert_with(|| Session {
            id: SessionId::new(property, timestamp, in_page),
            nonce: Random::default(),
        });
        let moment = Moment {
            session: &session.id,
            company: &state.company,
            property,
            timestamp,
            domain: &domain,
            nonce: session.nonce,
            client_random,
        };
        fingerprint::mint_over(&moment, &disclosed.fingerprint, &disclosed.records)
    })
}
