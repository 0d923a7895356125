//! Minting: what a submission shows becomes a certificate id, at once and without the network,
//! and its commit is on its way before the form's own request.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use econsent_core::certificate_id::CertificateId;
use econsent_core::collect::{Collected, collect};
use econsent_core::consent::{ConsentRecord, Withheld, consents_document, withheld_document};
use econsent_core::digest::Digest;
use econsent_core::fingerprint::{self, Moment, Random};
use econsent_core::ids::SessionId;
use econsent_core::time::Timestamp;
use wasm_bindgen::JsValue;

use crate::dom::Hands;
use crate::extract::{self, Submission};
use crate::state::{self, Minted, Session};

/// The certificate of this submission: the one there is already when nothing changed, else a new
/// one. Nothing when the page shows no consent here and does not ask for an id.
pub fn certificate(hands: &Hands, submission: &Submission<'_>, is_wanted: bool) -> Option<String> {
    let (elements, sources) = extract::elements(hands, submission);
    let collected = collect(elements);
    let contact = submission.around.map(|around| hands.contact(around)).unwrap_or_default();
    if collected.consents.is_empty() && collected.withheld.is_empty() {
        hands.nothing(!contact.is_empty());
        if !is_wanted {
            return None;
        }
    }
    let Collected { consents, places, withheld, dropped } = collected;
    let (consents, mut texts): (Vec<ConsentRecord>, Vec<String>) =
        consents.into_iter().map(|(record, text)| (record, text.into())).unzip();
    let mut hidden: Vec<Withheld> = Vec::new();
    for (item, text) in withheld {
        hidden.push(item);
        texts.push(text.into());
    }
    let shown_json = consents_document(&consents).canonical();
    let hidden_json = withheld_document(&hidden).canonical();

    let form = extract::form_key(submission.form);
    // What decides whether a certificate is a new one.
    let content =
        Digest::of_parts(&[shown_json.as_bytes(), hidden_json.as_bytes(), contact.as_bytes()]);
    let (same, latest) = state::with(|state| {
        let mut earlier = state.minted.iter().rev().filter(|m| m.form == form);
        let latest = earlier.clone().next().map(|minted| minted.id.clone());
        let same = earlier.find(|minted| minted.content == content);
        (same.map(|minted| minted.id.clone()), latest)
    })?;
    if let Some(id) = same {
        let text = String::from(id.clone());
        hands.publish(id.session().as_str(), Some(&text), false);
        return Some(text);
    }

    let timestamp = Timestamp::from_millis(hands.now() as i64).ok()?;
    let client_random: Random = hands.random(16).try_into().ok()?;
    let id = mint(hands, timestamp, client_random, &consents)?;
    let text = String::from(id.clone());
    let sources = places.into_iter().filter_map(|place| sources.get(place).cloned());
    hands.deliver(
        &text,
        &String::from(timestamp),
        &Base64UrlUnpadded::encode_string(&client_random),
        latest.map(String::from),
        dropped.consents,
        dropped.withheld,
        &shown_json,
        &hidden_json,
        texts,
        &contact,
        sources.collect::<Vec<JsValue>>(),
        submission.form,
        submission.submitter,
    );
    state::with(|state| {
        state.minted.push(Minted { form, content, id: id.clone() });
    });
    hands.publish(id.session().as_str(), Some(&text), true);
    Some(text)
}

fn mint(
    hands: &Hands,
    timestamp: Timestamp,
    client_random: Random,
    consents: &[ConsentRecord],
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
        fingerprint::mint(&moment, consents)
    })
}
