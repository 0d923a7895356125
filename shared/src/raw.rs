//! Raw evidence: what a page shows when it submits before the tracker is there, or where it cannot
//! come. The server collects and mints (contract §1, "When it is minted"); such a certificate says
//! so, and its id never was in the form.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;

use crate::collect::{Element, collect};
use crate::consent::ConsentType;
use crate::contact::{CallingCode, Email, Phone};
use crate::fingerprint::{self, Moment, Random};
use crate::ids::{CompanyId, Origin, PropertyId, SessionId};
use crate::ingest::{
    Commit, Contact, Documents, Evidence, Refusal, check_lengths, is_page_of, language,
};
use crate::limits;
use crate::presentation::Presentation;
use crate::record::{Attestation, Clock, MintedBy};
use crate::time::Timestamp;

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
