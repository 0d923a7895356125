//! Minting: what a submission shows becomes a certificate id, at once and without the network,
//! and its commit is on its way before the form's own request.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use econsent_core::certificate_id::CertificateId;
use econsent_core::collect::{Collected, collect};
use econsent_core::consent::{
    ConsentRecord, Dropped, Withheld, consents_document, withheld_document,
};
use econsent_core::digest::Digest;
use econsent_core::fingerprint::{self, Moment, Random};
use econsent_core::ids::SessionId;
use econsent_core::time::Timestamp;

use crate::dom::{Element, Hands};
use crate::extract::{self, Submission};
use crate::state::{self, Minted, Session};

/// What a submission comes to.
struct Content {
    consents: Vec<ConsentRecord>,
    /// Canonical JSON of the records.
    shown: String,
    /// Canonical JSON of the withheld disclosures.
    hidden: String,
    /// The words of both, in that order, with U+0000 between.
    texts: String,
    contact: String,
    /// The number of each record in what the page showed.
    sources: Vec<u32>,
    dropped: Dropped,
    /// The digest of the records.
    records: Digest,
    /// What decides whether a certificate is a new one.
    digest: Digest,
    is_empty: bool,
}

impl Content {
    fn of(hands: &Hands, submission: &Submission<'_>) -> Self {
        let (elements, numbers) = extract::elements(hands, submission);
        let Collected { consents, places, withheld, dropped } = collect(elements);
        let contact = submission.around.map(|around| hands.contact(around)).unwrap_or_default();
        let (consents, mut texts): (Vec<ConsentRecord>, Vec<String>) =
            consents.into_iter().map(|(record, text)| (record, text.into())).unzip();
        let (withheld, hidden): (Vec<Withheld>, Vec<String>) =
            withheld.into_iter().map(|(item, text)| (item, text.into())).unzip();
        texts.extend(hidden);
        let shown = consents_document(&consents).canonical();
        let hidden = withheld_document(&withheld).canonical();
        let records = Digest::of(shown.as_bytes());
        let digest = Digest::of_parts(&[records.as_bytes(), hidden.as_bytes(), contact.as_bytes()]);
        Self {
            is_empty: consents.is_empty() && withheld.is_empty(),
            sources: places.into_iter().filter_map(|at| numbers.get(at).copied()).collect(),
            texts: texts.join("\0"),
            consents,
            shown,
            hidden,
            contact,
            dropped,
            records,
            digest,
        }
    }
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
    let content = Content::of(hands, submission);
    if content.is_empty && !is_rehearsal {
        hands.nothing(!content.contact.is_empty());
        if !is_wanted {
            return None;
        }
    }
    let form = hands.key(submission.form);
    let (same, latest) = state::with(|state| {
        let mut earlier = state.minted.iter().rev().filter(|m| m.form == form);
        let latest = earlier.clone().next().map(|minted| minted.id.clone());
        let same = earlier.find(|minted| minted.content == content.digest);
        (same.map(|minted| minted.id.clone()), latest)
    })?;
    if let Some(id) = same.filter(|_| !is_rehearsal) {
        let text = String::from(id.clone());
        hands.publish(id.session().as_str(), Some(&text), false);
        return Some(text);
    }

    let timestamp = Timestamp::from_millis(hands.now() as i64).ok()?;
    let client_random: Random = hands.random(16).try_into().ok()?;
    let id = mint(hands, timestamp, client_random, &content)?;
    let text = String::from(id.clone());
    hands.deliver(
        is_rehearsal,
        &text,
        &String::from(timestamp),
        &Base64UrlUnpadded::encode_string(&client_random),
        latest.map(String::from),
        content.dropped.consents,
        content.dropped.withheld,
        &content.shown,
        &content.hidden,
        &content.texts,
        &content.contact,
        &content.sources,
        submission.form,
        submission.submitter,
    );
    if is_rehearsal {
        return None;
    }
    state::with(|state| {
        state.minted.push(Minted { form, content: content.digest, id: id.clone() });
    });
    hands.publish(id.session().as_str(), Some(&text), true);
    Some(text)
}

fn mint(
    hands: &Hands,
    timestamp: Timestamp,
    client_random: Random,
    content: &Content,
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
        fingerprint::mint_over(&moment, &content.consents, &content.records)
    })
}
