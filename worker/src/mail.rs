//! The one port that mail goes through: a provider's HTTP API where one is configured, else the
//! rows stay for the development outbox. Providers are asked in the form of Resend's
//! `POST /emails`, which is `{from, to, subject, text}` with a bearer token.

use std::time::Duration;

use econsent_core::credentials::LinkToken;
use econsent_core::time::Timestamp;
use econsent_core::webhook::retry_after;
use serde::Serialize;
use worker::console_error;

use crate::app::App;
use crate::fetch::{self, Call};
use crate::problem::Problem;
use crate::store::mails::{self, Row};

/// Where mail is handed over.
pub struct Mailer {
    /// The provider's address.
    pub url: String,
    /// The sender.
    pub from: String,
    /// The provider's key.
    pub token: String,
}

/// Confirms a new account's address.
pub const VERIFY: &str = "verify_email";
/// Somebody signed up with an address that has an account.
pub const HAS_ACCOUNT: &str = "has_account";
/// Leads to a new password.
pub const RESET: &str = "reset";
/// A password was changed.
pub const CHANGED: &str = "password_changed";
/// Leads into a company.
pub const INVITATION: &str = "invitation";
/// Asks for a partnership.
pub const PARTNERSHIP: &str = "partnership";

/// A mail as it is read.
pub struct Letter {
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The link in it.
    pub link: Option<String>,
}

/// Writes a mail out; the token of its link is derived here and nowhere kept.
///
/// # Errors
/// A 500 when the link's key is gone.
pub fn write(app: &App, row: &Row) -> Result<Letter, Problem> {
    let company = row.company_name.as_deref().unwrap_or("a company");
    let page = match row.kind.as_str() {
        VERIFY => "/verify-email.html",
        RESET => "/reset.html",
        INVITATION => "/invitation.html",
        PARTNERSHIP => "/partnership.html",
        _ => "/sign-in.html",
    };
    let token = match (&row.link_id, &row.kid) {
        (Some(link), Some(kid)) => Some(LinkToken::derive(app.keys.tokens.get(kid)?, link)),
        _ => None,
    };
    // Behind the #, so that the token is in no server's log and in no Referer.
    let link = token.map(|token| app.public_url.with(&format!("{page}#{}", token.reveal())));
    let (subject, text) = match row.kind.as_str() {
        VERIFY => (
            "Confirm your e-mail address".into(),
            "Confirm your address and enter the password that you chose:".into(),
        ),
        HAS_ACCOUNT => (
            "You already have an account".into(),
            "Somebody signed up with your address, which has an account already. If it was you, \
             sign in, or ask for a new password."
                .into(),
        ),
        RESET => (
            "Choose a new password".into(),
            "Choose a new password within the hour. If you did not ask for it, do nothing.".into(),
        ),
        INVITATION => (
            format!("{company} invites you"),
            format!("Join {company} on econsent within seven days:"),
        ),
        PARTNERSHIP => (
            format!("{company} wants to share consent certificates with you"),
            format!(
                "{company} sells leads to your company and wants to share the proof of consent \
                 that comes with them. Sign in with this address, or make an account for it, and \
                 accept for your company within seven days:"
            ),
        ),
        _ => (
            "Your password was changed".into(),
            "Your password was changed and other sign-ins have ended. If it was not you, ask for \
             a new password now."
                .into(),
        ),
    };
    let text = [Some(text), link.clone()].into_iter().flatten().collect::<Vec<_>>().join("\n\n");
    Ok(Letter { subject, text, link })
}

/// Hands over what is due.
///
/// # Errors
/// The store's.
pub async fn send_due(app: &App, now: Timestamp) -> Result<(), Problem> {
    let Some(mailer) = app.mailer() else {
        return Ok(());
    };
    for row in mails::take(&app.db, now).await? {
        let next = match hand_over(app, &mailer, &row).await {
            Ok(()) => {
                mails::sent(&app.db, &row.mail_id, App::now()).await?;
                continue;
            }
            Err(error) => {
                console_error!("mail {}: {error}", row.mail_id);
                retry_after(row.attempts as usize).map(|wait| App::now() + wait)
            }
        };
        mails::failed(&app.db, &row.mail_id, next).await?;
    }
    Ok(())
}

async fn hand_over(app: &App, mailer: &Mailer, row: &Row) -> Result<(), String> {
    #[derive(Serialize)]
    struct Body<'a> {
        from: &'a str,
        to: [&'a str; 1],
        subject: &'a str,
        text: &'a str,
    }
    let letter = write(app, row).map_err(|problem| problem.code().to_owned())?;
    let body = Body {
        from: &mailer.from,
        to: [row.recipient.as_str()],
        subject: &letter.subject,
        text: &letter.text,
    };
    let body = serde_json::to_string(&body).map_err(|error| error.to_string())?;
    let authorization = format!("Bearer {}", mailer.token);
    let headers = [("Authorization", authorization.as_str()), ("Idempotency-Key", &row.mail_id)];
    let call = Call { url: &mailer.url, headers: &headers, body: &body };
    match fetch::post(&call, Duration::from_secs(20)).await? {
        200..=299 => Ok(()),
        status => Err(format!("the provider answered {status}")),
    }
}
