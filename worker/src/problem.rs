//! Every failure as an RFC 9457 problem document: a stable `code` for programs, a sentence for
//! people, and nothing of ours inside. What only we should know goes to the log.

use std::fmt::Display;

use econsent_core::certificate_id::CertificateIdError;
use econsent_core::ingest::Refusal;
use econsent_core::keys::KeyError;
use econsent_core::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use worker::{Response, console_error};

use crate::store::StoreError;

/// A failure as it is answered.
#[derive(Debug)]
pub struct Problem {
    status: u16,
    code: &'static str,
    detail: String,
    header: Option<(&'static str, String)>,
    revoked_at: Option<Timestamp>,
}

/// An RFC 9457 problem: what went wrong, for programs by its code, for people in a sentence.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Document<'a> {
    /// Always `about:blank`.
    r#type: &'static str,
    /// The status phrase.
    title: &'static str,
    /// The status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// Stable: what a program decides by.
    code: &'static str,
    /// What to change, or why not.
    detail: &'a str,
    /// With `opted_out`: since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    revoked_at: Option<Timestamp>,
}

impl Problem {
    /// A failure that is the caller's: `code` is stable, `detail` says what to change.
    pub fn new(status: u16, code: &'static str, detail: impl Display) -> Self {
        Self { status, code, detail: detail.to_string(), header: None, revoked_at: None }
    }

    /// The same, with a header that the status asks for.
    pub fn with_header(mut self, name: &'static str, value: impl Display) -> Self {
        self.header = Some((name, value.to_string()));
        self
    }

    /// The same, with the date of an opt-out.
    pub const fn since(mut self, revoked_at: Option<Timestamp>) -> Self {
        self.revoked_at = revoked_at;
        self
    }

    /// Too much of something for now: when to come back, in seconds.
    pub fn too_many(code: &'static str, detail: impl Display, seconds: u64) -> Self {
        Self::new(429, code, detail).with_header("Retry-After", seconds)
    }

    /// Every attempt at a certificate's chain was lost to somebody else's.
    pub fn busy() -> Self {
        Self::new(409, "conflict", "This certificate is busy. Please try again.")
    }

    /// What does not exist and what is somebody else's look the same.
    pub fn not_found(what: &str) -> Self {
        Self::new(404, "not_found", format!("This company has no such {what}."))
    }

    /// A value of the request that could not be read.
    pub fn invalid(code: &'static str, detail: impl Display) -> Self {
        Self::new(400, code, detail)
    }

    /// What programs tell failures apart by.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The status that it is answered with.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// What to change, or why not.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// A binding or secret that the deployment lacks. The log says which, the answer does not.
    pub fn deployment(what: &str, error: &dyn Display) -> Self {
        console_error!("deployment: {what}: {error}");
        Self::internal()
    }

    fn internal() -> Self {
        Self::new(500, "internal", "The service could not answer. Please try again later.")
    }

    /// The answer.
    ///
    /// # Errors
    /// The runtime's, when it cannot build one.
    pub fn response(&self) -> worker::Result<Response> {
        let document = Document {
            r#type: "about:blank",
            title: title(self.status),
            status: self.status,
            code: self.code,
            detail: &self.detail,
            revoked_at: self.revoked_at,
        };
        let mut response = Response::from_json(&document)?.with_status(self.status);
        let headers = response.headers_mut();
        headers.set("Content-Type", "application/problem+json")?;
        headers.set("Cache-Control", "no-store")?;
        if let Some((name, value)) = &self.header {
            headers.set(name, value)?;
        }
        Ok(response)
    }
}

/// The status phrase (RFC 9110 §15), which `about:blank` wants for a title (RFC 9457 §4.2.1).
const fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        410 => "Gone",
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}

impl From<CertificateIdError> for Problem {
    fn from(error: CertificateIdError) -> Self {
        Self::invalid("invalid_certificate_id", error)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(_) => Self::new(
                409,
                "conflict",
                "Somebody else changed this at the same time. Please try again.",
            ),
            StoreError::Failed(cause) => {
                console_error!("store: {cause}");
                Self::new(503, "unavailable", "The store could not answer. Please try again later.")
            }
        }
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        Self::deployment("keys", &error)
    }
}

impl From<worker::Error> for Problem {
    fn from(error: worker::Error) -> Self {
        console_error!("runtime: {error:?}");
        Self::internal()
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (status, code) = match refusal {
            Refusal::Form(_) => (400, "invalid_commit"),
            Refusal::CertificateId(_) => (400, "invalid_certificate_id"),
            Refusal::Supersedes => (422, "supersedes_itself"),
            Refusal::Version(_) => (400, "unknown_version"),
            Refusal::Limit(_) => (422, "limit_exceeded"),
            Refusal::RepeatedId => (422, "repeated_id"),
            Refusal::TextMissing(_) => (422, "text_missing"),
            Refusal::TextMismatch(_) => (422, "text_digest_mismatch"),
            Refusal::Page => (422, "page_mismatch"),
            Refusal::Token(_) => (403, "token_invalid"),
            Refusal::ForeignToken => (403, "token_foreign"),
            Refusal::EvidenceMismatch => (422, "evidence_mismatch"),
        };
        Self::new(status, code, refusal)
    }
}
