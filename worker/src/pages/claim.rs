//! The page of a claim token: what it gives, and a button that claims it. No script; nothing of the
//! consumer's (seed "Claiming a Certificate").

use econsent_core::claim::ClaimToken;
use econsent_core::rules;
use econsent_core::share::ShareStatus;
use maud::{Markup, html};
use worker::Response;

use super::page_with;
use super::text::inline;
use crate::problem::Problem;
use crate::routes::claims::{ClaimView, PreviewView};

/// As for other pages, but for the one form that posts to this site. With `no-referrer`, browsers
/// would state no origin with that form, by which cross-site posts are told apart.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

/// Who looks.
pub enum Reader {
    /// Nobody has signed in.
    Nobody,
    /// Somebody of the company of that name.
    Company(String),
}

/// What is shown.
pub struct Offered<'a> {
    /// The token.
    pub token: &'a ClaimToken,
    /// What it gives.
    pub preview: &'a PreviewView,
    /// Who looks.
    pub reader: Reader,
}

/// Where a token is claimed, on this site.
fn path(token: &ClaimToken) -> String {
    format!("/certificate-sharing/certificates/claim/{}", token.as_str())
}

/// Where to sign in and come back.
pub fn sign_in(token: &ClaimToken) -> String {
    format!("/sign-in.html?next={}", path(token))
}

/// A page as it is answered.
pub fn answer(markup: &Markup, status: u16) -> worker::Result<Response> {
    let mut response = super::answer(markup, status)?;
    let headers = response.headers_mut();
    headers.set("Content-Security-Policy", POLICY)?;
    headers.set("Referrer-Policy", "same-origin")?;
    headers.set("Vary", "Accept, Cookie")?;
    Ok(response)
}

/// What a token gives, and what can be done about it.
pub fn offer(offered: &Offered<'_>) -> Markup {
    let Offered { token, preview, reader } = offered;
    let content = html! {
        main {
            h1 { "A consent certificate for you" }
            p {
                "A publisher gives you the proof of a consumer's consent. It holds nothing about "
                "the consumer before you claim it."
            }
            dl {
                @for (name, fact) in preview.facts() {
                    dt { (name) }
                    dd { bdi.long { (inline(&fact)) } }
                }
            }
            (action(preview.status(), token, reader))
        }
    };
    page_with("Claim a consent certificate", "/claim.css", &content)
}

fn action(status: ShareStatus, token: &ClaimToken, reader: &Reader) -> Markup {
    html! {
        @match (status, reader) {
            (ShareStatus::Claimed, _) => (notice("It has been claimed. If that was you, it is in \
                your Partner Certificates.")),
            (ShareStatus::Revoked, _) => (notice("The publisher has taken it back.")),
            (ShareStatus::Expired, _) => (notice("The time to claim it is over. Ask the publisher \
                for a new one.")),
            (ShareStatus::Pending, Reader::Nobody) => {
                a.button href=(sign_in(token)) { "Claim" }
                p.note { "You sign in first, or make an account, and come back here." }
            }
            (ShareStatus::Pending, Reader::Company(name)) => {
                form method="post" action=(path(token)) {
                    button type="submit" { "Claim" }
                }
                p.note { "For " bdi.long { (inline(name)) } ". Your consent rules are applied." }
            }
        }
    }
}

fn notice(text: &str) -> Markup {
    html! { p.notice role="status" { (text) } }
}

/// What an attempt came to.
pub fn claimed(view: &ClaimView) -> Markup {
    let compliance = view.compliance();
    let content = html! {
        main {
            @if view.is_claimed() {
                h1 { "Claimed" }
                p role="status" { "The certificate is in your Partner Certificates, for good." }
            } @else {
                h1 { "Rejected by your consent rules" }
                p role="status" {
                    "The certificate was not claimed and its token is not spent. Your rules ask "
                    "for words that it does not have."
                }
            }
            p { code.long { (view.certificate_id()) } }
            @if let Some(score) = compliance.score() {
                p { "Compliance score: " strong { (score) "%" } }
            } @else {
                p { "Not checked: no consent rule of yours applies." }
            }
            (list("Missing", compliance.missing()))
            (list("There, and must not be", compliance.forbidden_found()))
            p.note { (rules::NOTICE) }
            p { a.button href="/dashboard/partner-certificates" { "Partner Certificates" } }
        }
    };
    page_with("Claim a consent certificate", "/claim.css", &content)
}

fn list(title: &str, phrases: &[String]) -> Markup {
    html! {
        @if !phrases.is_empty() {
            h2 { (title) }
            ul { @for phrase in phrases { li { bdi.long { (inline(phrase)) } } } }
        }
    }
}

/// Why a token cannot be claimed, or gives nothing.
pub fn refused(problem: &Problem) -> Markup {
    let content = html! {
        main {
            h1 { "This cannot be claimed" }
            p.notice role="status" { (problem.detail()) }
        }
    };
    page_with("Claim a consent certificate", "/claim.css", &content)
}
