//! `/opt-out`: where a consumer asks companies to stop, on a page that needs no script.

use maud::{Markup, html};

use super::page_with;

const TITLE: &str = "Opt out";
/// A page with a form, as that of a claim is.
const STYLE: &str = "/claim.css";

/// The form; `mistake` says what could not be read.
pub fn form(mistake: Option<&str>) -> Markup {
    let content = html! {
        main {
            h1 { (TITLE) }
            @if let Some(mistake) = mistake {
                p.notice role="alert" { strong { "Please check what you entered." } " " (mistake) }
            }
            p {
                "Companies that call or text you may hold a certificate of consent under your "
                "phone number or e-mail address. Tell us either, and every such company is asked to "
                "stop. It has ten business days to do so (47 CFR 64.1200(a)(10))."
            }
            form method="post" action="/opt-out" {
                p {
                    label for="phone" { "Phone number" }
                    input id="phone" name="phone" type="tel" autocomplete="tel" maxlength="64";
                }
                p {
                    label for="email" { "E-mail address" }
                    input id="email" name="email" type="email" autocomplete="email"
                        maxlength="254";
                }
                p { button type="submit" { "Ask them to stop" } }
            }
            p.note {
                "What you enter is used for this request only. It is kept encrypted until the "
                "companies are found, and then deleted."
            }
        }
    };
    page_with(TITLE, STYLE, &content)
}

/// What everybody is told.
pub fn received() -> Markup {
    let content = html! {
        main {
            h1 { (TITLE) }
            div.notice role="status" {
                strong { "Your request was received" }
                p {
                    "Every company that holds a certificate of consent under what you entered is "
                    "asked to stop. For your protection this page never says whether there is one."
                }
            }
        }
    };
    page_with(TITLE, STYLE, &content)
}
