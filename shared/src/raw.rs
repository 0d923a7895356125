//! Raw evidence: what a page shows when it submits before the tracker is there, or where it cannot
//! come. The server collects and mints (contract §1, "When it is minted"); such a certificate says
//! so, and its id never was in the form.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;

use crate::collect::{Element, collect};
use crate::consent::ConsentType;
use crate::consents::Consents;
use crate::contact::{CallingCode, Email, Phone};
use crate::fingerprint::{self, Moment, Random};
use crate::ids::{CompanyId, Origin, PropertyId, SessionId};
use crate::ingest::{
    Commit, Contact, Documents, Evidence, Refusal, check_lengths, is_page_of, language,
};
use crate::keys::HmacKey;
use crate::limits;
use crate::presentation::Presentation;
use crate::record::{Attestation, Clock, MintedBy};
use crate::time::Timestamp;

/// What is sent again within one or two of these windows, in milliseconds, is the same evidence.
const WINDOW: i64 = 10 * 60 * 1_000;

/// What the loader sends: one JSON object.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawCommit {
    /// The version of this shape: 1.
    pub v: u32,
    /// The publisher.
    pub company_id: CompanyId,
    /// The publisher's website.
    pub property_id: PropertyId,
    /// The tracker's version.
    pub tracker: String,
    /// The page's URL.
    pub page: String,
    /// The browser's language.
    pub language: String,
    /// The tagged elements in document order, as the page has them.
    pub elements: Vec<RawElement>,
    /// What the fields for phone and e-mail hold, as it was typed.
    #[serde(default)]
    pub contact: Vec<String>,
}

/// A tagged element, nothing about it normalised.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawElement {
    /// `data-consent-id`, else `id`, else `name`, else empty.
    pub id: String,
    /// What it is tagged as; anything, since the page says so.
    #[serde(rename = "type")]
    pub consent_type: String,
    /// What the visitor did to it.
    pub value: String,
    /// Its words.
    pub text: String,
    /// Whether it could be seen.
    pub visible: bool,
}

/// The first that is a phone number, North American unless it names a country, and the first that
/// is an e-mail address.
fn contact(typed: &[String]) -> Contact {
    Contact {
        phone: typed.iter().find_map(|text| Phone::parse(text, CallingCode::NANP).ok()),
        email: typed.iter().find_map(|text| Email::parse(text).ok()),
    }
}

impl RawCommit {
    /// Reads raw evidence.
    ///
    /// # Errors
    /// [`Refusal`] names the first thing that is wrong.
    pub fn parse(json: &str) -> Result<Self, Refusal> {
        let raw: Self = serde_json::from_str(json)?;
        if raw.v != 1 {
            return Err(Refusal::Version(raw.v));
        }
        check_lengths(&raw.page, &raw.tracker)?;
        if raw.elements.len() > limits::ELEMENTS {
            return Err(Refusal::Limit("elements"));
        }
        Ok(raw)
    }

    /// The sessions that this evidence has if it came before: that of this window, and of the one
    /// before it. `sent` is what was sent, byte for byte, and by whom. None without a contact: two
    /// visitors behind one address may show the same and be two.
    #[must_use]
    pub fn sessions(
        &self,
        sent: &[&str],
        key: &HmacKey,
        received_at: Timestamp,
    ) -> Option<[SessionId; 2]> {
        let Contact { phone, email } = contact(&self.contact);
        if phone.is_none() && email.is_none() {
            return None;
        }
        let lengths: Vec<[u8; 8]> =
            sent.iter().map(|part| (part.len() as u64).to_be_bytes()).collect();
        let session = |window: i64| {
            let start = window.saturating_mul(WINDOW);
            let at = start.to_be_bytes();
            let mut parts: Vec<&[u8]> = Vec::from([b"econsent-raw-v1\n".as_slice(), &at]);
            for (length, part) in lengths.iter().zip(sent) {
                parts.extend([length.as_slice(), part.as_bytes()]);
            }
            let mut random = [0; 10];
            let derived = key.derive(&parts);
            random.iter_mut().zip(derived.as_bytes()).for_each(|(to, from)| *to = *from);
            let start = Timestamp::from_millis(start).unwrap_or(received_at);
            SessionId::new(&self.property_id, start, random)
        };
        let window = received_at.millis().div_euclid(WINDOW);
        Some([session(window), session(window.saturating_sub(1))])
    }

    /// Collects and mints in a session of its own. Time is the server's, which is as good as a
    /// checked one; nothing attests the rest.
    ///
    /// # Errors
    /// [`Refusal::Page`] when the page is not of that origin.
    pub fn mint(
        self,
        origin: Origin,
        session: SessionId,
        client_random: Random,
        received_at: Timestamp,
    ) -> Result<Evidence, Refusal> {
        if !is_page_of(&self.page, &origin) {
            return Err(Refusal::Page);
        }
        let elements = self.elements.iter().filter_map(|raw| {
            let consent_type = ConsentType::from_tag(&raw.consent_type).ok()?;
            Some(Element::new(&raw.id, consent_type, &raw.value, &raw.text, 1, raw.visible))
        });
        let collected = collect(elements.collect());
        let texts = collected
            .consents
            .iter()
            .map(|(record, text)| (record.text_sha256, String::from(text.clone())))
            .chain(
                collected
                    .withheld
                    .iter()
                    .map(|(withheld, text)| (withheld.text_sha256, String::from(text.clone()))),
            )
            .collect();
        let consents: Vec<_> = collected.consents.into_iter().map(|(record, _)| record).collect();
        let consents = Consents::from(consents);
        let moment = Moment {
            session: &session,
            company: &self.company_id,
            property: &self.property_id,
            timestamp: received_at,
            domain: origin.domain(),
            nonce: Random::default(),
            client_random,
        };
        let certificate_id = fingerprint::mint(&moment, &consents);
        let commit = Commit {
            v: 1,
            certificate_id,
            company_id: self.company_id,
            property_id: self.property_id,
            timestamp: received_at,
            page: self.page,
            language: language(&self.language),
            tracker: self.tracker,
            token: None,
            client_random,
            supersedes: None,
            dropped: collected.dropped,
            consents,
            withheld: collected.withheld.into_iter().map(|(withheld, _)| withheld).collect(),
            texts,
            contact: contact(&self.contact),
            presentation: Presentation::default(),
            recording: None,
        };
        Ok(Evidence {
            nonce: Random::default(),
            minted_by: MintedBy::Server,
            attestation: Attestation::Unattested,
            clock: Clock::Verified,
            received_at,
            origin,
            documents: Documents::of(&commit, Attestation::Unattested),
            commit,
        })
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::RawCommit;
    use crate::ids::{KeyId, SessionId};
    use crate::keys::{HmacKey, Validity};
    use crate::time::Timestamp;

    fn sessions(contact: &str, sent: &[&str], at: Timestamp) -> Option<[SessionId; 2]> {
        let key = HmacKey::new(
            KeyId::parse("l-1").unwrap(),
            Validity {
                from: Timestamp::parse("2026-01-01T00:00:00.000Z").unwrap(),
                until: None,
                compromised_at: None,
            },
            [7; 32],
        );
        let raw = RawCommit::parse(&alloc::format!(
            r#"{{"v":1,"company_id":"67fa8acb61f623d0e200ec4d","property_id":"67fa8d40a96f513ae019c85c",
                "tracker":"0.1.0","page":"https://forms.leadgen.com/","language":"en-US","elements":[],
                "contact":["{contact}"]}}"#
        ));
        raw.unwrap().sessions(sent, &key, at)
    }

    #[test]
    fn the_same_lead_is_in_the_same_session_for_ten_minutes_at_least() {
        let at = Timestamp::parse("2026-04-17T11:00:00.000Z").unwrap();
        let later = |minutes: u64| at + Duration::from_secs(minutes * 60);
        let of = |sent: &[&str], at| sessions("(305) 555-0123", sent, at).unwrap();
        let [first, _] = of(&["body", "203.0.113.7"], at);
        for minutes in 0..=10 {
            assert!(of(&["body", "203.0.113.7"], later(minutes)).contains(&first), "{minutes}");
        }
        assert!(!of(&["body", "203.0.113.7"], later(20)).contains(&first));
        // Where one part ends and the next begins is told apart.
        assert!(!of(&["body2", "03.0.113.7"], at).contains(&first));
        assert!(!of(&["body", "203.0.113.8"], at).contains(&first));
        assert_eq!(sessions("Maria", &["body", "203.0.113.7"], at), None);
    }
}
