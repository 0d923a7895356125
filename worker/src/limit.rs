//! Limits. Flood control is the platform's, by address, and says no by 429; limits that protect
//! somebody are counted in D1, by whom they protect.

use std::time::Duration;

use econsent_core::digest::Digest;
use worker::console_error;

use crate::app::App;
use crate::problem::Problem;
use crate::request::Request;
use crate::store::attempts;

/// The period of the platform's limiter, in wrangler.toml: when it has said no, that is how long
/// to wait.
const FLOOD_SECONDS: u64 = 60;

/// Something that is limited per subject.
#[derive(Clone, Copy)]
pub enum Limit {
    /// Attempts to sign in, per account: passwords cannot be guessed.
    SignIn,
    /// Mails to one address that a stranger can cause.
    MailTo,
    /// Invitations by one company: nobody sends spam in our name.
    Invite,
    /// Opt-out requests from one address: nobody fills the table.
    OptOutFrom,
    /// Opt-out requests for one phone or e-mail; the first is enough.
    OptOutFor,
    /// Claim tokens that nobody was given, by who tries: tokens cannot be guessed.
    ClaimToken,
    /// Trials of rules on one certificate by one company: each is an event of its chain, which
    /// everybody who looks at the certificate has to read.
    Trial,
    /// Looks at the evidence of one certificate by one company, for the same reason.
    Look,
    /// Checks of one certificate by one company, for the same reason.
    Check,
}

impl Limit {
    const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::MailTo => "mail-to",
            Self::Invite => "invite",
            Self::OptOutFrom => "opt-out-from",
            Self::OptOutFor => "opt-out-for",
            Self::ClaimToken => "claim-token",
            Self::Trial => "trial",
            Self::Look => "look",
            Self::Check => "check",
        }
    }

    /// How many, within how long.
    const fn measure(self) -> (u32, Duration) {
        match self {
            Self::SignIn => (10, Duration::from_secs(15 * 60)),
            Self::MailTo => (5, Duration::from_secs(60 * 60)),
            Self::Invite => (100, Duration::from_secs(60 * 60)),
            Self::OptOutFrom => (100, Duration::from_secs(60 * 60)),
            Self::OptOutFor => (5, Duration::from_secs(24 * 60 * 60)),
            Self::ClaimToken => (50, Duration::from_secs(60 * 60)),
            Self::Trial | Self::Look | Self::Check => (60, Duration::from_secs(60 * 60)),
        }
    }

    fn subject(self, whom: &str) -> Digest {
        Digest::of_parts(&[self.name().as_bytes(), b"\n", whom.as_bytes()])
    }
}

/// Counts an attempt and says whether it is within the limit.
///
/// # Errors
/// The store's.
pub async fn within(app: &App, limit: Limit, whom: &str) -> Result<bool, Problem> {
    let (most, window) = limit.measure();
    let count = attempts::count(&app.db, &limit.subject(whom), window, App::now()).await?;
    Ok(count <= most)
}

/// Counts an attempt.
///
/// # Errors
/// 429 `too_many_attempts` beyond the limit.
pub async fn check(app: &App, limit: Limit, whom: &str) -> Result<(), Problem> {
    if within(app, limit, whom).await? {
        return Ok(());
    }
    let (_, window) = limit.measure();
    Err(Problem::too_many(
        "too_many_attempts",
        "This was tried too often. Please try again later.",
        window.as_secs(),
    ))
}

/// Forgets attempts: who gets in starts afresh.
///
/// # Errors
/// The store's.
pub async fn forget(app: &App, limit: Limit, whom: &str) -> Result<(), Problem> {
    Ok(attempts::forget(&app.db, &limit.subject(whom)).await?)
}

/// How much one address may call, by the limiters in wrangler.toml.
#[derive(Clone, Copy)]
pub enum Flood {
    /// What people and their programs call: 600 a minute.
    Calls,
    /// What the visitors of every form and busy dialers call, many behind one address: 6,000 a
    /// minute.
    Busy,
}

impl Flood {
    const fn binding(self) -> &'static str {
        match self {
            Self::Calls => "CALLS_LIMITER",
            Self::Busy => "BUSY_LIMITER",
        }
    }
}

/// Flood control by the address that calls. A limiter that fails lets everybody in: it protects
/// the service, and nobody's account.
///
/// # Errors
/// 429 `too_many_requests`.
pub async fn flood(request: &Request, app: &App, flood: Flood) -> Result<(), Problem> {
    let Some(limiter) = app.limiter(flood.binding())? else { return Ok(()) };
    let address = request.headers().get("CF-Connecting-IP")?.unwrap_or_default();
    match limiter.limit(address).await {
        Ok(outcome) if !outcome.success => Err(Problem::too_many(
            "too_many_requests",
            "Too many requests from this address. Please slow down.",
            FLOOD_SECONDS,
        )),
        Ok(_) => Ok(()),
        Err(error) => {
            console_error!("limiter: {error:?}");
            Ok(())
        }
    }
}
