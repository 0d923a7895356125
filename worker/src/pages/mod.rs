//! Pages that the worker writes: HTML without a script, whose every value is escaped by the
//! template, under a policy that would run no script if one got in.

pub mod certificate;
mod checks;
pub mod claim;
mod evidence;
pub mod opt_out;
pub mod reduced;
pub mod replay;
mod text;

use maud::{DOCTYPE, Markup, html};
use worker::Response;

/// Nothing may load but this site's own style sheet and icon; nothing may frame or post.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// A whole page around its content.
fn page(title: &str, content: &Markup) -> Markup {
    page_with(title, "/certificate.css", content)
}

/// The same, with a style sheet of its own.
fn page_with(title: &str, style: &str, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex, nofollow";
                title { (title) }
                link rel="icon" href="/favicon.svg";
                link rel="stylesheet" href=(style);
            }
            body { (content) }
        }
    }
}

/// A page with a form of ours, as it is answered.
pub fn answer_form(markup: &Markup, status: u16) -> worker::Result<Response> {
    let mut response = answer(markup, status)?;
    let policy = POLICY.replace("form-action 'none'", "form-action 'self'");
    response.headers_mut().set("Content-Security-Policy", &policy)?;
    Ok(response)
}

/// A page as it is answered: kept by nobody, found by no search engine, and silent about where a
/// reader came from.
pub fn answer(markup: &Markup, status: u16) -> worker::Result<Response> {
    let mut response = Response::from_html(markup.0.as_str())?.with_status(status);
    private(&mut response)?;
    response.headers_mut().set("Content-Security-Policy", POLICY)?;
    Ok(response)
}

/// Our own script and no other, in the frame of the recorded page neither; styles as the recorded
/// page had them; nothing from elsewhere, and no frame that leads anywhere.
const REPLAY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src data:; media-src data:; \
    connect-src 'self'; frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";
/// The same, with images, fonts and styles from anywhere, for somebody who asked for them.
const REMOTE_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self' 'unsafe-inline' https: http:; img-src 'self' data: https: http:; \
    font-src data: https: http:; media-src data:; connect-src 'self'; frame-src 'none'; \
    object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page that plays a recording.
pub fn replay_answer(markup: &Markup, status: u16, remote: bool) -> worker::Result<Response> {
    let mut response = answer(markup, status)?;
    let policy = if remote { REMOTE_POLICY } else { REPLAY_POLICY };
    response.headers_mut().set("Content-Security-Policy", policy)?;
    Ok(response)
}

/// The headers of everything that shows a certificate.
pub fn private(response: &mut Response) -> worker::Result<()> {
    let headers = response.headers_mut();
    headers.set("Cache-Control", "no-store")?;
    headers.set("Referrer-Policy", "no-referrer")?;
    headers.set("X-Robots-Tag", "noindex, nofollow")?;
    headers.set("Vary", "Accept")
}
