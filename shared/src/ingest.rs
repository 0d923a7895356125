//! Taking evidence in: what a page commits is read strictly, held against its session token, its
//! origin and its own id, and either becomes part of a certificate or is refused with a reason
//! (contract §1, "Session token", "When it is minted"). Nothing here trusts the page.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Deserializer};

use crate::certificate_id::{CertificateId, CertificateIdError};
use crate::consent::{ConsentText, Dropped, Withheld, withheld_document};
use crate::consents::Consents;
use crate::contact::{Email, Phone};
use crate::digest::Digest;
use crate::fingerprint::{self, Moment, Random};
use crate::ids::{CompanyId, Origin, PropertyId};
use crate::keys::{HmacKey, Ring};
use crate::limits;
use crate::presentation::Presentation;
use crate::record::{Attached, Attestation, Clock, MintedBy};
use crate::recording::Manifest;
use crate::time::Timestamp;
use crate::timezone::TimeZone;
use crate::token::{SessionToken, TokenError};
use crate::wire;

/// By how much the page's time may differ from the server's.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(5);
/// How old a submit may be when its evidence arrives.
const CLOCK_MAX_AGE: Duration = Duration::from_secs(24 * 60 * 60);
/// Longest tracker version, in bytes.
const TRACKER_BYTES: usize = 32;

/// What a page sends at submit: one JSON object.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// The version of this shape: 1.
    pub v: u32,
    /// The id that the page put into the form.
    pub certificate_id: CertificateId,
    /// The publisher.
    pub company_id: CompanyId,
    /// The publisher's website.
    pub property_id: PropertyId,
    /// When the form was submitted, by the page's time.
    pub timestamp: Timestamp,
    /// The page's URL.
    pub page: String,
    /// The browser's language.
    pub language: String,
    /// The tracker's version.
    pub tracker: String,
    /// The session token, when the page had one.
    pub token: Option<String>,
    /// The page's randomness.
    #[serde(deserialize_with = "wire::random")]
    pub client_random: Random,
    /// The certificate that this one replaces.
    pub supersedes: Option<CertificateId>,
    /// What went beyond the limits.
    pub dropped: Dropped,
    /// The consent records, words by digest.
    pub consents: Consents,
    /// The disclosures that do not count, words by digest.
    pub withheld: Vec<Withheld>,
    /// The words by digest, but for those that the page has staged (see [`Self::missing_texts`]).
    pub texts: BTreeMap<Digest, String>,
    /// Whom the lead is about, when the form says.
    #[serde(default)]
    pub contact: Contact,
    /// How the records looked, when the page says.
    #[serde(default)]
    pub presentation: Presentation,
    /// What the session has recorded by then, when it records.
    #[serde(default)]
    pub recording: Option<Manifest>,
}

/// The lead's phone and e-mail as the page has normalised them. What is neither is no contact to
/// bind to, and no reason to lose the rest of the evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Contact {
    /// E.164.
    #[serde(deserialize_with = "if_normal")]
    pub phone: Option<Phone>,
    /// Trimmed and in lowercase.
    #[serde(deserialize_with = "if_normal")]
    pub email: Option<Email>,
}

fn if_normal<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: DeserializeOwned,
    D: Deserializer<'de>,
{
    let sent = Option::<String>::deserialize(deserializer)?;
    let read =
        |text| T::deserialize(IntoDeserializer::<serde::de::value::Error>::into_deserializer(text));
    Ok(sent.and_then(|text| read(text).ok()))
}

/// Why evidence is refused; nothing of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Not JSON of the commit's shape.
    #[error("{0}")]
    Form(#[from] serde_json::Error),
    /// Its certificate id is none.
    #[error(transparent)]
    CertificateId(#[from] CertificateIdError),
    /// A certificate cannot replace itself.
    #[error("a certificate cannot supersede itself")]
    Supersedes,
    /// A shape that this release does not know.
    #[error("version {0} of the commit is not known here")]
    Version(u32),
    /// A member is longer or more numerous than the limits allow.
    #[error("{0} goes beyond its limit")]
    Limit(&'static str),
    /// Two records have the same id.
    #[error("two consent records have the same id")]
    RepeatedId,
    /// The words to a digest are not there.
    #[error("the text with digest {0} is missing")]
    TextMissing(Digest),
    /// Words that are not normal, do not have that digest, or belong to no record.
    #[error("the text under digest {0} is not the normalised text of a record with that digest")]
    TextMismatch(Digest),
    /// The page's URL is not of the origin that sent the evidence.
    #[error("the page is not of the origin that sent this")]
    Page,
    /// The token is not one of ours.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The token belongs to another session, company, property or origin.
    #[error("the session token belongs to another session, property or origin")]
    ForeignToken,
    /// The id is not the one that this evidence gives.
    #[error("the certificate id does not follow from the evidence")]
    EvidenceMismatch,
}

/// Evidence that will become a certificate.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// What the page sent.
    pub commit: Commit,
    /// What of it is stored beside the record.
    pub documents: Documents,
    /// The page's origin, which is registered with the property.
    pub origin: Origin,
    /// The token's nonce; zeros without a token.
    pub nonce: Random,
    /// Who computed the id.
    pub minted_by: MintedBy,
    /// Whether a good token came with it.
    pub attestation: Attestation,
    /// Whether the page's time is plausible.
    pub clock: Clock,
    /// When it arrived.
    pub received_at: Timestamp,
}

/// Canonical documents of a commit: what the record holds by digest, and its list of records, which
/// is stored once for all who saw the same.
#[derive(Debug, Clone)]
pub struct Documents {
    /// The array of consent records.
    pub consents: Document,
    /// The withheld disclosures, when there are any.
    pub withheld: Option<Document>,
    /// How the records looked, when the page said.
    pub presentation: Option<Document>,
    /// The recording's manifest, when there is one that counts.
    pub recording: Option<Document>,
}

/// A canonical document and its SHA-256.
#[derive(Debug, Clone)]
pub struct Document {
    /// JSON in canonical form.
    pub body: String,
    /// Of the body.
    pub sha256: Digest,
}

impl From<String> for Document {
    fn from(body: String) -> Self {
        Self { sha256: Digest::of(body.as_bytes()), body }
    }
}

impl From<&Consents> for Document {
    fn from(consents: &Consents) -> Self {
        Self { body: consents.document().into(), sha256: *consents.digest() }
    }
}

impl Documents {
    pub(crate) fn of(commit: &Commit, attestation: Attestation) -> Self {
        // Session ids are public: who cannot show the session's token has no say in what its
        // recording is.
        let recording = commit.recording.as_ref().filter(|manifest| {
            attestation == Attestation::Attested && !manifest.streams().is_empty()
        });
        let withheld = &commit.withheld;
        let withheld = (!withheld.is_empty()).then(|| withheld_document(withheld).into());
        Self {
            consents: Document::from(&commit.consents),
            withheld,
            presentation: commit.presentation.canonical().map(Document::from),
            recording: recording.map(|manifest| manifest.document().canonical().into()),
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Document> {
        let Self { consents, withheld, presentation, recording } = self;
        [Some(consents), withheld.as_ref(), presentation.as_ref(), recording.as_ref()]
            .into_iter()
            .flatten()
    }

    /// The digests that the record holds.
    #[must_use]
    pub fn attached(&self) -> Attached {
        let digest = |document: &Option<Document>| document.as_ref().map(|kept| kept.sha256);
        Attached {
            presentation: digest(&self.presentation),
            withheld: digest(&self.withheld),
            recording: digest(&self.recording),
        }
    }
}

impl Evidence {
    /// The same evidence, of a consumer in that time zone.
    #[must_use]
    pub fn of_zone(mut self, timezone: Option<TimeZone>) -> Self {
        self.commit.presentation.timezone = timezone;
        self.documents.presentation = self.commit.presentation.canonical().map(Document::from);
        self
    }
}

impl Commit {
    /// Reads a commit and everything about it that needs nobody else: shape, limits, normal form,
    /// and that every text stands under its own digest and belongs to a
    /// record.
    ///
    /// # Errors
    /// [`Refusal`] names the first thing that is wrong.
    pub fn parse(json: &str) -> Result<Self, Refusal> {
        let commit: Self = serde_json::from_str(json).map_err(|error| {
            /// What has an error code of its own.
            #[derive(Deserialize)]
            struct Named {
                certificate_id: String,
            }
            let named = serde_json::from_str::<Named>(json).ok();
            match named.map(|named| CertificateId::parse_lenient(&named.certificate_id)) {
                Some(Err(error)) => Refusal::CertificateId(error),
                _ => Refusal::Form(error),
            }
        })?;
        if commit.v != 1 {
            return Err(Refusal::Version(commit.v));
        }
        check_lengths(&commit.page, &commit.tracker)?;
        let commit = Self {
            language: language(&commit.language),
            presentation: commit.presentation.of(&commit.consents),
            ..commit
        };
        if commit.consents.len() > limits::CONSENTS {
            return Err(Refusal::Limit("consents"));
        }
        if commit.withheld.len() > limits::WITHHELD {
            return Err(Refusal::Limit("withheld"));
        }
        let ids: BTreeSet<&str> = commit.consents.iter().map(|c| c.id.as_str()).collect();
        if ids.len() != commit.consents.len() || ids.contains("") {
            return Err(Refusal::RepeatedId);
        }
        let wanted = commit.text_digests();
        for (digest, words) in &commit.texts {
            let text = ConsentText::of(words);
            let normal = text.as_str() == words;
            if !normal || text.digest() != *digest || !wanted.contains(digest) {
                return Err(Refusal::TextMismatch(*digest));
            }
        }
        Ok(commit)
    }

    /// The digests of texts that did not come along, and that the server must have by now.
    #[must_use]
    pub fn missing_texts(&self) -> BTreeSet<Digest> {
        let mut missing = self.text_digests();
        missing.retain(|digest| !self.texts.contains_key(digest));
        missing
    }

    /// The digest of every text that the records and withheld disclosures have.
    fn text_digests(&self) -> BTreeSet<Digest> {
        let consents = self.consents.iter().map(|consent| consent.text_sha256);
        consents.chain(self.withheld.iter().map(|withheld| withheld.text_sha256)).collect()
    }

    /// Holds the commit against what the server knows. That `origin` is registered with the
    /// property, and the property with the company, is for the caller to have checked.
    ///
    /// # Errors
    /// [`Refusal`] names the first thing that does not agree.
    pub fn admit(
        self,
        origin: Origin,
        received_at: Timestamp,
        tokens: &Ring<HmacKey>,
    ) -> Result<Evidence, Refusal> {
        if !is_page_of(&self.page, &origin) {
            return Err(Refusal::Page);
        }
        if self.supersedes.as_ref() == Some(&self.certificate_id) {
            return Err(Refusal::Supersedes);
        }
        let session = self.certificate_id.session();
        let token = match self.token.as_deref().map(|text| SessionToken::open(text, tokens)) {
            // Ours once: the evidence is kept, and nothing attests it.
            Some(Err(TokenError::Retired)) | None => None,
            Some(token) => Some(token?),
        };
        if let Some(token) = &token {
            let ours = token.session == *session
                && token.company == self.company_id
                && token.property == self.property_id
                && token.origin == origin;
            if !ours {
                return Err(Refusal::ForeignToken);
            }
        }
        let nonce = token.as_ref().map_or([0; 16], |token| token.nonce);
        let moment = Moment {
            session,
            company: &self.company_id,
            property: &self.property_id,
            timestamp: self.timestamp,
            domain: origin.domain(),
            nonce,
            client_random: self.client_random,
        };
        if fingerprint::mint(&moment, &self.consents) != self.certificate_id {
            return Err(Refusal::EvidenceMismatch);
        }
        let attested = token.as_ref().is_some_and(|token| token.attests(received_at));
        let attestation = if attested { Attestation::Attested } else { Attestation::Unattested };
        let started = token.as_ref().map(|token| token.issued_at);
        // Another session's certificate is not this page's to replace.
        let supersedes = self.supersedes.clone().filter(|earlier| earlier.session() == session);
        Ok(Evidence {
            nonce,
            minted_by: MintedBy::Page,
            attestation,
            clock: clock(self.timestamp, started, received_at),
            received_at,
            origin,
            documents: Documents::of(&self, attestation),
            commit: Self { supersedes, ..self },
        })
    }
}

impl Evidence {
    /// What the certificate seals of its session's recording.
    #[must_use]
    pub fn recording(&self) -> Option<&Manifest> {
        self.documents.recording.as_ref().and(self.commit.recording.as_ref())
    }
}

/// What every kind of evidence says of the page has its limits.
pub(crate) fn check_lengths(page: &str, tracker: &str) -> Result<(), Refusal> {
    let lengths =
        [("page", page.len(), limits::URL_BYTES), ("tracker", tracker.len(), TRACKER_BYTES)];
    match lengths.into_iter().find(|(_, length, limit)| length > limit) {
        Some((name, ..)) => Err(Refusal::Limit(name)),
        None => Ok(()),
    }
}

/// The beginning of a language tag, and of what pages put in its place.
pub(crate) fn language(tag: &str) -> String {
    limits::cut(tag, limits::LANGUAGE_CHARS).into()
}

/// Between session start and receipt, five seconds aside, and not older than a day.
fn clock(timestamp: Timestamp, started: Option<Timestamp>, received_at: Timestamp) -> Clock {
    let plausible = started.is_some_and(|started| {
        (started - CLOCK_TOLERANCE..=received_at + CLOCK_TOLERANCE).contains(&timestamp)
            && timestamp >= received_at - CLOCK_MAX_AGE
    });
    if plausible { Clock::Verified } else { Clock::Unverified }
}

/// Whether a URL is of an origin. A frame without a URL of its own (`about:srcdoc`) has its
/// parent's origin, and a `blob:` URL that of whoever made it (URL standard §4.7).
pub(crate) fn is_page_of(page: &str, origin: &Origin) -> bool {
    let rest = page.strip_prefix("blob:").unwrap_or(page).strip_prefix(origin.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
        || page.starts_with("about:")
}

#[cfg(test)]
mod tests {
    use super::{Clock, clock, is_page_of};
    use crate::ids::Origin;
    use crate::time::Timestamp;

    #[test]
    fn a_time_counts_when_it_lies_between_session_start_and_receipt() {
        let at = |text| Timestamp::parse(text).unwrap();
        let started = Some(at("2026-04-17T11:00:00.000Z"));
        let received = at("2026-04-17T11:10:00.000Z");
        for (submitted, expected) in [
            ("2026-04-17T10:59:54.999Z", Clock::Unverified),
            ("2026-04-17T10:59:55.000Z", Clock::Verified),
            ("2026-04-17T11:05:00.000Z", Clock::Verified),
            ("2026-04-17T11:10:05.000Z", Clock::Verified),
            ("2026-04-17T11:10:05.001Z", Clock::Unverified),
        ] {
            assert_eq!(clock(at(submitted), started, received), expected, "{submitted}");
        }
        let next_day = at("2026-04-18T11:05:00.001Z");
        assert_eq!(clock(at("2026-04-17T11:05:00.000Z"), started, next_day), Clock::Unverified);
        assert_eq!(clock(received, None, received), Clock::Unverified);
    }

    #[test]
    fn a_page_is_of_the_origin_that_sends_it() {
        let origin = Origin::parse("https://forms.leadgen.com").unwrap();
        for page in
            ["https://forms.leadgen.com", "https://forms.leadgen.com/q?zip=33101", "about:srcdoc"]
        {
            assert!(is_page_of(page, &origin), "{page}");
        }
        for page in ["https://forms.leadgen.com.evil.example/", "http://forms.leadgen.com/", ""] {
            assert!(!is_page_of(page, &origin), "{page}");
        }
    }
}
