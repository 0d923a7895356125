//! What holds and what does not, and how a reader can find out without us.

use econsent_core::bundle::{Bundle, NamedSignatures, Outcome, Report};
use econsent_core::signature::Purpose;
use maud::{Markup, html};

/// Every check with what it came to.
pub fn checks(report: &Report) -> Markup {
    html! {
        section {
            h2 { "What was checked when this page was made" }
            ul.checks {
                @for check in &report.checks {
                    li class=(check.outcome.as_str()) {
                        b {
                            @match check.outcome {
                                Outcome::Passed => "Holds",
                                Outcome::Failed(_) => "Does not hold",
                                Outcome::Unchecked(_) => "Not checked",
                            }
                        }
                        " " (check.what.sentence()) "."
                        @if let Some(reason) = check.outcome.reason() { " " i { "(" (reason) ")" } }
                    }
                }
            }
        }
    }
}

/// Both signatures of the record and of the chain's end, and how to check them.
pub fn signatures(bundle: &Bundle, origin: &str) -> Markup {
    html! {
        section {
            h2 { "Signatures" }
            (pair("Record", Purpose::Record, &bundle.record_signatures))
            (pair("End of the chain of custody", Purpose::Head, &bundle.head_signatures))
            h3 { "How to check them without asking us" }
            ol {
                li {
                    "Save this certificate as JSON (the same address with "
                    code { "Accept: application/json" } ") or as PDF, which has the same inside."
                }
                li {
                    "Drop the file on " a href="/verify" { (origin) "/verify" }
                    ", which checks it in your browser and sends nothing, or run "
                    code { "econsent-verify FILE --jwks jwks.json" } "."
                }
                li {
                    "With tools of your own: the Ed25519 signature is made over the line "
                    code { (Purpose::Record.prefix().trim_end()) } ", a line feed, and the text "
                    "in " code { "record" } "; for the chain, "
                    code { (Purpose::Head.prefix().trim_end()) } " and the text in "
                    code { "head" } ". The public keys are at "
                    a href="/.well-known/jwks.json" { (origin) "/.well-known/jwks.json" } "."
                }
            }
            p.note {
                "The signatures prove what this service received and when. That the publisher's "
                "page was shown to the consumer as it says, they do not prove; the session's "
                "recording and its times are the evidence for that."
            }
        }
    }
}

fn pair(title: &str, purpose: Purpose, names: &NamedSignatures) -> Markup {
    html! {
        h3 { (title) }
        dl {
            dt { "HMAC-SHA256" }
            dd { code.hex { (names.signatures.hmac.hex()) } " key " code { (names.hmac_kid) } }
            dt { "Ed25519" }
            dd {
                code.hex { (names.signatures.ed25519.hex()) } " key "
                code { (names.ed25519_kid) }
            }
            dt { "Signed behind" }
            dd { code { (purpose.prefix().trim_end()) } }
        }
    }
}
