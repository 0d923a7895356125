//! Verifying online: is there such a certificate, does it hold as it is stored, and does it hold
//! these words? (seed "Verification API"; contract §2, `verify/match`)

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::consent::{ConsentType, Withheld, withheld_document};
use crate::custody::Status;
use crate::digest::Digest;
use crate::head::{SignedHead, SigningKeys};
use crate::ids::{CompanyId, PropertyId};
use crate::keys::Key as _;
use crate::matching::{Match, match_text};
use crate::record::{Record, word};
use crate::signature::{Purpose, Tag};
use crate::time::Timestamp;

/// What is stored of a certificate, as far as verifying needs it.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The publisher, as the database has it; none when that is no company id.
    pub company_id: Option<CompanyId>,
    /// The website, as the database has it; none when that is no property id.
    pub property_id: Option<PropertyId>,
    /// The record; none when it is gone, or a column of it cannot be read.
    pub record: Option<Record>,
    /// The record's HMAC.
    pub record_hmac: Tag,
    /// The words by digest.
    pub texts: BTreeMap<Digest, String>,
    /// The disclosures that do not count.
    pub withheld: Vec<Withheld>,
    /// SHA-256 of the document of how the records looked, taken of what is stored.
    pub presentation: Option<Digest>,
    /// The chain's head; none when its columns cannot be read.
    pub head: Option<SignedHead>,
    /// Since when the consumer has opted out with which company. That it has is in the signed
    /// state; this is the date.
    pub revoked_at: BTreeMap<CompanyId, Timestamp>,
}

/// A company that has shown who it is.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// Which.
    pub company: &'a CompanyId,
    /// Whether a share lets it see the certificate.
    pub shared: bool,
}

word!(
    /// Whose certificate it is to the company that relies on it.
    Party, PartyError {
        /// Its own.
        First = "first_party",
        /// Its by a claim or a share.
        Third = "third_party"
    }
);

/// What somebody wants to know.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The company that is named: the publisher, or with a key the company that relies on the
    /// certificate.
    pub company_id: &'a CompanyId,
    /// Who asks, when they have shown it.
    pub caller: Option<Caller<'a>>,
    /// The website where consent is said to have been given.
    pub property_id: &'a PropertyId,
    /// The words that the consumer is said to have seen.
    pub consent: &'a str,
}

word!(
    /// Why a certificate does not answer a question with yes.
    Reason, ReasonError {
        /// No evidence has arrived under this id.
        NotReceived = "not_received",
        /// It was made on another property.
        PropertyMismatch = "property_mismatch",
        /// The record, a text or an index column is not what was signed.
        SignatureInvalid = "signature_invalid",
        /// The chain of custody is not what was signed.
        CustodyInvalid = "custody_invalid",
        /// Its retention is over.
        Expired = "expired",
        /// The words were on the page and could not be seen.
        NotVisible = "not_visible",
        /// The words were shown and not agreed to.
        NotGiven = "not_given",
        /// The words were not on the page.
        TextMismatch = "text_mismatch"
    }
);

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The certificate holds these words, given.
    Valid,
    /// It does not, and why.
    Invalid(Reason),
    /// The company that asks is neither the owner nor a holder.
    Forbidden,
    /// The consumer has opted out with the company that asks.
    OptedOut,
}

impl<'a> Question<'a> {
    /// As whom the question may be asked, and which company relies on the answer; none when it may
    /// not be asked (contract §7).
    #[must_use]
    pub fn party(&self, stored: &Stored) -> Option<(Party, &'a CompanyId)> {
        let owner = stored.company_id.as_ref()?;
        match self.caller {
            Some(caller) if caller.company != owner => {
                let named = self.company_id == caller.company || self.company_id == owner;
                let holds = caller.shared || stored.is_claimed_by(caller.company);
                (named && holds).then_some((Party::Third, caller.company))
            }
            _ => (self.company_id == owner).then_some((Party::First, self.company_id)),
        }
    }
}

impl Stored {
    /// Whether a company has claimed the certificate, as far as what is stored says; whether that
    /// is what was signed is for the checks that follow.
    #[must_use]
    pub fn is_claimed_by(&self, company: &CompanyId) -> bool {
        self.head.as_ref().is_some_and(|head| head.state.claims.contains(company))
    }

    /// Whether the record, the texts and the documents beside it are what was signed.
    #[must_use]
    pub fn record_holds(&self, keys: &SigningKeys) -> bool {
        let Some(record) = &self.record else {
            return false;
        };
        let Ok(key) = keys.record_hmac.get(&record.keys.hmac) else {
            return false;
        };
        // The moment is signed; a key that was not in use then has no business with the record.
        if !key.validity().covers(record.received_at) {
            return false;
        }
        let withheld = (!self.withheld.is_empty()).then(|| withheld_document(&self.withheld));
        let withheld = withheld.map(|document| Digest::of(document.as_bytes()));
        key.sign(Purpose::Record, &record.canonical()) == self.record_hmac
            && withheld == record.attached.withheld
            && self.presentation == record.attached.presentation
            && self.text_digests().all(|digest| {
                self.texts.get(digest).is_some_and(|text| Digest::of(text.as_bytes()) == *digest)
            })
    }

    fn text_digests(&self) -> impl Iterator<Item = &Digest> {
        let consents = self.record.iter().flat_map(|record| record.consents.iter());
        let consents = consents.map(|consent| &consent.text_sha256);
        consents.chain(self.withheld.iter().map(|withheld| &withheld.text_sha256))
    }

    /// The chain's head, when it, its state and its expiry are what was signed.
    #[must_use]
    pub fn held_head(&self, keys: &SigningKeys) -> Option<&SignedHead> {
        let signed = self.head.as_ref()?;
        keys.head_holds(signed).then_some(signed)
    }

    /// The words to a digest.
    fn words(&self, digest: &Digest) -> &str {
        self.texts.get(digest).map_or("", String::as_str)
    }

    /// The types under which consent was given, each once, in the order of the records.
    #[must_use]
    pub fn consent_types(&self) -> Vec<ConsentType> {
        let mut types = Vec::new();
        for consent in self.record.iter().flat_map(|record| record.consents.iter()) {
            if consent.is_given() && !types.contains(&consent.consent_type) {
                types.push(consent.consent_type);
            }
        }
        types
    }
}

/// What stands against a certificate whatever it is asked: that it does not hold, that its time is
/// over, that the consumer has opted out with the company that relies on it.
#[must_use]
pub fn standing(
    stored: &Stored,
    company: &CompanyId,
    keys: &SigningKeys,
    now: Timestamp,
) -> Option<Answer> {
    let head = stored.held_head(keys);
    // An expired certificate has no record left; only its signed state can say that it expired.
    let gone = head.is_some_and(|head| head.state.status == Status::Expired);
    if !gone && !stored.record_holds(keys) {
        return Some(Answer::Invalid(Reason::SignatureInvalid));
    }
    let Some(head) = head else {
        return Some(Answer::Invalid(Reason::CustodyInvalid));
    };
    if gone || head.retention().is_over(now) {
        return Some(Answer::Invalid(Reason::Expired));
    }
    head.state.revoked.contains(company).then_some(Answer::OptedOut)
}

/// Answers a question about a certificate, by checks in the order of the contract.
#[must_use]
pub fn verify(
    question: &Question<'_>,
    stored: Option<&Stored>,
    keys: &SigningKeys,
    now: Timestamp,
) -> Answer {
    let Some(stored) = stored else {
        return Answer::Invalid(Reason::NotReceived);
    };
    let Some((_, company)) = question.party(stored) else {
        return Answer::Forbidden;
    };
    if stored.property_id.as_ref() != Some(question.property_id) {
        return Answer::Invalid(Reason::PropertyMismatch);
    }
    if let Some(answer) = standing(stored, company, keys, now) {
        return answer;
    }
    let consents = stored.record.iter().flat_map(|record| record.consents.iter());
    let consents = consents.map(|consent| (consent, stored.words(&consent.text_sha256)));
    let withheld = stored.withheld.iter().map(|item| (item, stored.words(&item.text_sha256)));
    match match_text(question.consent, consents, withheld) {
        Match::Given => Answer::Valid,
        Match::NotVisible => Answer::Invalid(Reason::NotVisible),
        Match::NotGiven => Answer::Invalid(Reason::NotGiven),
        Match::TextMismatch => Answer::Invalid(Reason::TextMismatch),
    }
}
