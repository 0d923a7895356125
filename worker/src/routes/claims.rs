//! `/certificate-sharing/certificates/claim/{token}`: what a token gives, for machines and for
//! people, and claiming it.

use econsent_core::access::Permission;
use econsent_core::claim::ClaimToken;
use econsent_core::rules::{self, Compliance, Level, Verdict};
use econsent_core::share::{ClaimId, ShareStatus};
use econsent_core::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use worker::Response;

use crate::app::App;
use crate::auth::{self, Caller};
use crate::claiming::{self, Claimed};
use crate::pages::claim::{self as page, Offered, Reader};
use crate::problem::Problem;
use crate::request::Request;
use crate::store::claims;

/// What a token gives; nothing of the consumer's.
#[derive(Serialize, ToSchema)]
#[schema(as = ClaimPreview)]
pub struct PreviewView {
    certificate_id: String,
    publisher_name: String,
    property_domain: String,
    consent_captured_at: Option<Timestamp>,
    has_recording: bool,
    status: ShareStatus,
    expires_at: Timestamp,
}

/// Whether a browser asks, for a person to read.
fn is_browser(request: &Request) -> Result<bool, Problem> {
    Ok(request.headers().get("Accept")?.is_some_and(|accept| accept.contains("text/html")))
}

fn token(text: &str) -> Result<ClaimToken, Problem> {
    ClaimToken::parse(text).map_err(|error| Problem::invalid("invalid_claim_token", error))
}

/// Shows what a token gives. Anybody who has it may look; looking changes nothing.
#[utoipa::path(get, path = "/certificate-sharing/certificates/claim/{token}", tag = "sharing",
    security(()), params(("token" = String, Path, description = "clm_ and 48 hex digits",)),
    responses((status = 200, description = "A page for browsers.", body = PreviewView)))]
pub async fn preview(request: Request, app: &App, text: &str) -> Result<Response, Problem> {
    let browser = is_browser(&request)?;
    match find(&request, app, text).await {
        Ok((token, preview)) if browser => {
            let reader = reader(&request, app).await?;
            let offered = Offered { token: &token, preview: &preview, reader };
            Ok(page::answer(&page::offer(&offered), 200)?)
        }
        Ok((_, preview)) => Ok(Response::from_json(&preview)?),
        Err(problem) if browser => Ok(page::answer(&page::refused(&problem), problem.status())?),
        Err(problem) => Err(problem),
    }
}

async fn find(
    request: &Request,
    app: &App,
    text: &str,
) -> Result<(ClaimToken, PreviewView), Problem> {
    let token = token(text)?;
    let Some(offer) = claims::preview(&app.db, &token.digest()).await? else {
        let address = request.headers().get("CF-Connecting-IP")?.unwrap_or_default();
        return Err(claiming::unknown_token(app, &address).await?);
    };
    let head = offer.stored.head.as_ref();
    let record = offer.stored.record.as_ref();
    let preview = PreviewView {
        certificate_id: head.map(|h| h.head.certificate_id.to_string()).unwrap_or_default(),
        publisher_name: offer.publisher_name,
        property_domain: offer.domain,
        consent_captured_at: record.map(|record| record.timestamp),
        has_recording: offer.has_recording,
        status: offer.share.status_at(App::now()),
        expires_at: offer.share.expires_at,
    };
    Ok((token, preview))
}

/// Who looks at the page, if anybody has signed in.
async fn reader(request: &Request, app: &App) -> Result<Reader, Problem> {
    if auth::presented(request, app)?.is_none() {
        return Ok(Reader::Nobody);
    }
    match auth::caller(request, app).await {
        Ok(Caller { company_name, .. }) => Ok(Reader::Company(company_name)),
        Err(problem) if problem.status() == 401 => Ok(Reader::Nobody),
        Err(problem) => Err(problem),
    }
}

/// What automated text matching found. It is not legal advice.
#[derive(Serialize, ToSchema)]
#[schema(as = ClaimCompliance)]
pub struct ComplianceView {
    /// Matched phrases in a hundred; none when no rule applied.
    #[schema(minimum = 0, maximum = 100, value_type = Option<u8>)]
    score: Option<rules::Score>,
    /// What was found, as the rules spell it.
    matched: Vec<String>,
    /// What was not; several wordings as `a | b`.
    missing: Vec<String>,
    status: Verdict,
    level: Level,
    /// What is there and must not be.
    forbidden_found: Vec<String>,
    /// What weakens the result.
    reasons: Vec<rules::Doubt>,
    notice: &'static str,
}

impl From<Compliance> for ComplianceView {
    fn from(compliance: Compliance) -> Self {
        Self {
            score: compliance.score,
            matched: compliance.matched,
            missing: compliance.missing,
            status: compliance.status,
            level: compliance.level,
            forbidden_found: compliance.forbidden_found,
            reasons: compliance.reasons,
            notice: rules::NOTICE,
        }
    }
}

/// What an attempt came to.
#[derive(Serialize, ToSchema)]
pub struct ClaimView {
    #[schema(value_type = u64)]
    claim_id: ClaimId,
    certificate_id: String,
    /// claimed or rejected.
    status: &'static str,
    /// None when it was rejected.
    claimed_at: Option<Timestamp>,
    compliance: ComplianceView,
}

impl ClaimView {
    fn of(claimed: Claimed) -> Self {
        Self {
            claim_id: claimed.claim_id,
            certificate_id: claimed.certificate_id,
            status: if claimed.claimed_at.is_some() { "claimed" } else { "rejected" },
            claimed_at: claimed.claimed_at,
            compliance: claimed.compliance.into(),
        }
    }

    /// Whether the company has the certificate now.
    pub const fn is_claimed(&self) -> bool {
        self.claimed_at.is_some()
    }

    /// The certificate.
    pub fn certificate_id(&self) -> &str {
        &self.certificate_id
    }

    /// What the rules said.
    pub const fn compliance(&self) -> &ComplianceView {
        &self.compliance
    }
}

impl ComplianceView {
    /// Matched phrases in a hundred.
    pub fn score(&self) -> Option<u8> {
        self.score.map(rules::Score::get)
    }

    /// What was not found.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// What must not be there.
    pub fn forbidden_found(&self) -> &[String] {
        &self.forbidden_found
    }
}

impl PreviewView {
    /// The lines of the page.
    pub fn facts(&self) -> [(&'static str, String); 6] {
        let captured = self.consent_captured_at.map_or("gone".into(), |at| at.to_string());
        let recording = if self.has_recording { "There is one" } else { "None" };
        [
            ("Publisher", self.publisher_name.clone()),
            ("Website", self.property_domain.clone()),
            ("Consent captured (UTC)", captured),
            ("Session recording", recording.into()),
            ("Claim before (UTC)", self.expires_at.to_string()),
            ("Certificate", self.certificate_id.clone()),
        ]
    }

    /// How the share stands.
    pub const fn status(&self) -> ShareStatus {
        self.status
    }
}

/// Claims the certificate of a token, once the company's rules have been applied.
///
/// Claiming again gives the same claim. What the company's own rules reject is not claimed, and its
/// token is not spent.
#[utoipa::path(post, path = "/certificate-sharing/certificates/claim/{token}", tag = "sharing",
    security(("cookie" = []), ("key" = ["claim"])),
    params(("token" = String, Path, description = "clm_ and 48 hex digits",)),
    responses((status = 200, description = "Claimed, or rejected by the company's rules.",
        body = ClaimView)))]
pub async fn claim(request: Request, app: &App, text: &str) -> Result<Response, Problem> {
    let browser = is_browser(&request)?;
    match attempt(&request, app, text).await {
        Ok(view) if browser => Ok(page::answer(&page::claimed(&view), 200)?),
        Ok(view) => Ok(Response::from_json(&view)?),
        // Who is not signed in, or not any more, comes back here afterwards.
        Err(problem) if browser && problem.status() == 401 => {
            let token = token(text)?;
            let mut response = Response::empty()?.with_status(303);
            response.headers_mut().set("Location", &page::sign_in(&token))?;
            Ok(response)
        }
        Err(problem) if browser => Ok(page::answer(&page::refused(&problem), problem.status())?),
        Err(problem) => Err(problem),
    }
}

async fn attempt(request: &Request, app: &App, text: &str) -> Result<ClaimView, Problem> {
    let caller = auth::require(request, app, Permission::Claim).await?;
    Ok(ClaimView::of(claiming::attempt(app, &token(text)?, &caller.company).await?))
}
