//! What a check of a bundle looked at and what it came to, by stable names for programs and in
//! sentences for people.

use alloc::string::String;
use alloc::vec::Vec;

use crate::certificate_id::CertificateId;
use crate::json::{Json, Object};

/// What a check looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The record is a record, in canonical form.
    Record,
    /// The id follows from the evidence.
    CertificateId,
    /// The record's Ed25519 signature.
    RecordSignature,
    /// The key of that signature was good when the evidence was received.
    RecordKey,
    /// Every text is there and has its digest.
    Texts,
    /// The disclosures that do not count.
    Withheld,
    /// How each record looked.
    Presentation,
    /// The manifest of the recording.
    Recording,
    /// The recording itself, byte by byte, which only the service can read.
    Replay,
    /// The chain of custody, by position, and the state that it gives.
    Custody,
    /// Details of custody events, and that the first one names this record.
    Details,
    /// The head's Ed25519 signature.
    HeadSignature,
    /// The key of that signature was good at the last event.
    HeadKey,
    /// Personal values open the commitments of the record.
    Disclosures,
    /// The record's HMAC, which only the service can check.
    RecordHmac,
    /// The head's HMAC, likewise.
    HeadHmac,
    /// The HMAC over the expiry, likewise.
    ExpiryHmac,
    /// A file that a document has attached.
    File(String),
}

impl What {
    /// The check's stable name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Record => "record",
            Self::CertificateId => "certificate_id",
            Self::RecordSignature => "record_signature",
            Self::RecordKey => "record_key",
            Self::Texts => "texts",
            Self::Withheld => "withheld",
            Self::Presentation => "presentation",
            Self::Recording => "recording",
            Self::Replay => "replay",
            Self::Custody => "custody",
            Self::Details => "details",
            Self::HeadSignature => "head_signature",
            Self::HeadKey => "head_key",
            Self::Disclosures => "disclosures",
            Self::RecordHmac => "record_hmac",
            Self::HeadHmac => "head_hmac",
            Self::ExpiryHmac => "expiry_hmac",
            Self::File(name) => name,
        }
    }

    /// What holds when the check passes, for people.
    #[must_use]
    pub fn sentence(&self) -> &'static str {
        match self {
            Self::Record => "The record is complete and in canonical form",
            Self::CertificateId => "The certificate id follows from the evidence",
            Self::RecordSignature => "The record has its Ed25519 signature",
            Self::RecordKey => "The record's key was valid when the evidence was received",
            Self::Texts => "Every consent text is there, as it was signed",
            Self::Withheld => "The withheld disclosures are those that were signed",
            Self::Presentation => "The presentation facts are those that were signed",
            Self::Recording => "The recording's manifest is the one that was signed",
            Self::Replay => "The session's recording is complete and the one that was sealed",
            Self::Custody => "The chain of custody is unbroken and gives the signed state",
            Self::Details => "The details of custody events are those of the chain",
            Self::HeadSignature => "The end of the chain has its Ed25519 signature",
            Self::HeadKey => "The key of that signature was valid at the last event",
            Self::Disclosures => "The personal values open the record's commitments",
            Self::RecordHmac => "The record has its HMAC-SHA256, checked by the service",
            Self::HeadHmac => "The end of the chain has its HMAC-SHA256, checked by the service",
            Self::ExpiryHmac => "The expiry is the one that was signed, checked by the service",
            Self::File(_) => "The attached file is the one that was issued",
        }
    }
}

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not, and why.
    Failed(String),
    /// It could not be made, and why.
    Unchecked(String),
}

impl Outcome {
    /// Passed, or failed for that reason.
    pub(super) fn of(holds: bool, reason: impl Into<String>) -> Self {
        if holds { Self::Passed } else { Self::Failed(reason.into()) }
    }

    /// The outcome's stable name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Unchecked(_) => "unchecked",
        }
    }

    /// Why, unless it passed.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Passed => None,
            Self::Failed(reason) | Self::Unchecked(reason) => Some(reason),
        }
    }
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it looked at.
    pub what: What,
    /// What it came to.
    pub outcome: Outcome,
}

/// What all checks come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that was checked holds.
    Holds,
    /// The evidence is gone after its time; what stays of the certificate holds.
    Expired,
    /// Nothing is wrong, and something that is needed could not be checked.
    Undecided,
    /// Something is not what was signed.
    Fails,
}

impl Verdict {
    /// The verdict's stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Expired => "expired",
            Self::Undecided => "undecided",
            Self::Fails => "fails",
        }
    }
}

/// Every check of a bundle, in the order in which a person would make them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The certificate that was checked; none when there is none to be read.
    pub certificate_id: Option<CertificateId>,
    /// The checks.
    pub checks: Vec<Check>,
    /// Whether the certificate says that its evidence is gone.
    pub(super) expired: bool,
}

impl Report {
    /// What the checks come to together.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        // A signature or key that could not be judged decides; what a bundle need not hold does not.
        let undecided = |check: &Check| {
            matches!(check.outcome, Outcome::Unchecked(_))
                && matches!(check.what, What::RecordKey | What::HeadKey)
        };
        if self.failures().next().is_some() {
            Verdict::Fails
        } else if self.expired {
            Verdict::Expired
        } else if self.checks.iter().any(undecided) {
            Verdict::Undecided
        } else {
            Verdict::Holds
        }
    }

    /// The checks that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| matches!(check.outcome, Outcome::Failed(_)))
    }

    /// A report on something in which there is no bundle.
    pub(super) const fn nothing() -> Self {
        Self { certificate_id: None, checks: Vec::new(), expired: false }
    }

    /// Adds a check.
    pub fn add(&mut self, what: What, outcome: Outcome) {
        self.checks.push(Check { what, outcome });
    }

    /// The report as a document for programs.
    #[must_use]
    pub fn document(&self) -> Object {
        let checks = self.checks.iter().map(|check| {
            Object::new()
                .with("check", check.what.as_str())
                .with("outcome", check.outcome.as_str())
                .with("reason", check.outcome.reason().map(Json::from))
                .with("sentence", check.what.sentence())
        });
        Object::new()
            .with("certificate_id", self.certificate_id.clone().map(String::from))
            .with("verdict", self.verdict().as_str())
            .with("checks", checks.collect::<Vec<_>>())
    }
}
