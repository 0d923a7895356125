//! Minting: what a submission shows becomes a certificate id, at once and without the network,
//! and its commit is on its way before the form's own request.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use econsent_core::certificate_id::CertificateId;
use econsent_core::collect::{Collected, collect};
use econsent_core::consent::{ConsentRecord, Withheld, withheld_document};
use econsent_core::digest::Digest;
use econsent_core::fingerprint::{self, Moment, Random};
use econsent_core::ids::SessionId;
use econsent_core::json::{Json, Object};
use econsent_core::time::Timestamp;
use econsent_core::{consent, limits};

use crate::TRACKER;
use crate::dom::{Contact, Element, Hands};
use crate::extract::{self, Submission};
use crate::state::{self, Minted, Session};

/// The certificate of this submission: the one there is already when nothing changed, else a new
/// one. Nothing when the page shows no consent here and does not ask for an id.
pub fn certificate(hands: &Hands, submission: &Submission<'_>, is_wanted: bool) -> Option<String> {
    let collected = collect(extract::elements(hands, submission));
    if !is_wanted && collected.consents.is_empty() && collected.withheld.is_empty() {
        return None;
    }
    let contact = submission.form.map(Element::contact).unwrap_or_default();
    let evidence = Evidence::of(collected);
    let form = extract::form_key(submission.form);
    let content = evidence.content(&contact);
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

    let (id, commit) = evidence.mint(hands, latest, &contact)?;
    let text = String::from(id.clone());
    hands.deliver(&text, &commit, !contact.is_empty());
    state::with(|state| {
        state.minted.push(Minted { form, content, id: id.clone() });
    });
    hands.publish(id.session().as_str(), Some(&text), true);
    Some(text)
}

struct Evidence {
    consents: Vec<ConsentRecord>,
    withheld: Vec<Withheld>,
    dropped: consent::Dropped,
    texts: Object,
}

impl Evidence {
    fn of(collected: Collected) -> Self {
        let mut texts = Object::new();
        for (record, text) in &collected.consents {
            texts.set(&record.text_sha256.hex(), text.as_str());
        }
        for (withheld, text) in &collected.withheld {
            texts.set(&withheld.text_sha256.hex(), text.as_str());
        }
        Self {
            consents: collected.consents.into_iter().map(|(r, _)| r).collect(),
            withheld: collected.withheld.into_iter().map(|(w, _)| w).collect(),
            dropped: collected.dropped,
            texts,
        }
    }

    /// What decides whether a certificate is a new one.
    fn content(&self, contact: &Contact) -> Digest {
        Digest::of_parts(&[
            consent::consents_document(&self.consents).canonical().as_bytes(),
            withheld_document(&self.withheld).canonical().as_bytes(),
            contact.phone.as_deref().unwrap_or_default().as_bytes(),
            b" ",
            contact.email.as_deref().unwrap_or_default().as_bytes(),
        ])
    }

    fn mint(
        self,
        hands: &Hands,
        supersedes: Option<CertificateId>,
        contact: &Contact,
    ) -> Option<(CertificateId, String)> {
        let timestamp = Timestamp::from_millis(hands.now() as i64).ok()?;
        let client_random: Random = hands.random(16).try_into().ok()?;
        let in_page: [u8; 10] = hands.random(10).try_into().ok()?;
        let (company, property, session) = state::with(|state| {
            let property = &state.property;
            // A submit before the server's answer does not wait for it.
            let session = state.session.get_or_insert_with(|| Session {
                id: SessionId::new(property, timestamp, in_page),
                token: None,
                nonce: Random::default(),
            });
            (state.company.clone(), property.clone(), session.clone())
        })?;
        let moment = Moment {
            session: &session.id,
            company: &company,
            property: &property,
            timestamp,
            domain: &hands.domain(),
            nonce: session.nonce,
            client_random,
        };
        let id = fingerprint::mint(&moment, &self.consents);
        let consents = self.consents.iter().map(|c| Json::from(c.document()));
        let withheld = self.withheld.iter().map(|w| Json::from(w.document()));
        let body = Object::new()
            .with("v", 1_u32)
            .with("certificate_id", String::from(id.clone()))
            .with("company_id", company.as_str())
            .with("property_id", property.as_str())
            .with("timestamp", String::from(timestamp))
            .with("page", within(&hands.page(), limits::URL_BYTES))
            .with("language", hands.language())
            .with("tracker", TRACKER)
            .with("token", session.token)
            .with("client_random", Base64UrlUnpadded::encode_string(&client_random))
            .with("supersedes", supersedes.map(String::from))
            .with("dropped", self.dropped.document())
            .with("consents", Json::List(consents.collect()))
            .with("withheld", Json::List(withheld.collect()))
            .with("texts", self.texts)
            .with("contact", contact.document());
        Some((id, body.canonical()))
    }
}

/// The longest beginning of at most that many bytes.
fn within(text: &str, bytes: usize) -> &str {
    (0..=bytes.min(text.len())).rev().find_map(|end| text.get(..end)).unwrap_or_default()
}
