//! The page that plays a recording. It holds nothing of the recording itself: its script fetches
//! the events, holds them against the manifest, and plays them in a frame that runs no script.

use econsent_core::certificate_id::CertificateId;
use maud::{DOCTYPE, Markup, html};

/// The player's page.
pub fn player(id: &CertificateId) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex, nofollow";
                title { "Session replay" }
                link rel="icon" href="/favicon.svg";
                link rel="stylesheet" href="/certificate.css";
                link rel="stylesheet" href="/replay/player.css";
                script type="module" src="/replay/player.js" {}
            }
            body data-certificate=(id) {
                header {
                    div {
                        p.kind { "Session replay" }
                        p.id { a href={ "/certificate/" (id) } { code.hex { (id) } } }
                    }
                }
                main {
                    div #verdict role="status" class="banner" { strong { "Reading the recording…" } }
                    div #pages {}
                    div #player {}
                    section #about hidden {
                        ol #marks {}
                        p.note {
                            "Space plays and pauses, the arrow keys go back and on by five seconds, "
                            "1 to 4 set the speed, S skips inactivity, F fills the screen. "
                            a #remote href="?remote=1" { "Load remote images and fonts" }
                            " (asks the servers that the page had them from)."
                        }
                    }
                }
            }
        }
    }
}

/// What somebody sees who may not see the recording.
pub fn closed(status: u16) -> Markup {
    let (title, sentence) = match status {
        400 => (
            "This is no certificate id",
            "An id reads EC-, a session id, a hyphen and 43 characters.",
        ),
        403 => (
            "This link does not open the recording",
            "It was not made for this certificate, or your key or role does not allow it.",
        ),
        410 => ("This link has expired", "Ask whoever gave it to you for a new one."),
        404 => (
            "There is nothing to show you here",
            "There is no such certificate, or it was not shared with your company.",
        ),
        _ => (
            "This recording is not public",
            "The publisher, companies that the certificate was shared with, and whoever has a \
             signed link can see it. Please sign in.",
        ),
    };
    let content = html! {
        main {
            div role="status" class="banner fails" { strong { (title) } p { (sentence) } }
        }
    };
    super::page("Session replay", &content)
}
