//! Clicks that submit without a form's help: a link, a box or a button whose script reads the
//! fields and sends them by itself.

use crate::dom::{Element, Hands};
use crate::extract::Submission;
use crate::{mint, submit};

/// What the owner says submits.
const NAMED: &str = "[data-econsent-submit],[data-tf-element-role=submit]";
/// What people click on to submit.
const BUTTONS: &str =
    "button,a,[role=button],[onclick],input:is([type=button],[type=submit],[type=image])";
/// What people click on for other ends.
const OTHERS: &str = "[role=tab],[role=switch],[aria-expanded],[aria-haspopup],[aria-controls],\
    [data-toggle],[data-bs-toggle],[type=reset],summary,label";
/// A link elsewhere, unless it is dressed up as a button.
const LINKS: &str = "a[href]:not([href=''],[href^='#'],[href^='javascript:' i],[role=button],\
    [class*=btn i],[class*=button i],[class*=submit i],[class*=cta i])";
/// How captions begin that lead to another step, to the small print, or nowhere.
const STEPS: [&str; 22] = [
    "next",
    "back",
    "prev",
    "close",
    "cancel",
    "edit",
    "skip",
    "clear",
    "reset",
    "menu",
    "add",
    "remove",
    "siguiente",
    "atrás",
    "anterior",
    "cancelar",
    "terms",
    "privacy",
    "read more",
    "learn more",
    "términos",
    "política",
];

/// A click on `target`: when it submits, the certificate is there before the page's own listeners
/// hear of it.
pub fn certificate(hands: &Hands, target: &Element) -> Option<String> {
    if let Some(named) = closest(target, NAMED) {
        return match named.closest("form") {
            Some(form) => submit::form(hands, &form, Some(&named), None),
            None => {
                let around = around(&named, |within| !within.contact().is_empty());
                without_form(hands, Some(&named), around.as_ref().unwrap_or(&named))
            }
        };
    }
    let button = closest(target, BUTTONS)
        .or_else(|| (target.cursor() == "pointer").then(|| target.clone()))?;
    let is_other = button.matches(OTHERS)
        || button.matches(LINKS)
        || button.drawn_in().is_some_and(|within| closest(&within, &hands.tags()).is_some())
        || is_step(&button);
    if is_other {
        return None;
    }
    match button.owner() {
        Some(form) => {
            // A form that the browser would not submit is not submitted; asking by selector shows
            // no messages.
            let is_blocked = form.matches("form:invalid:not([novalidate])");
            let is_lead = shows_lead(hands, &form);
            (!is_blocked && is_lead)
                .then(|| submit::form(hands, &form, Some(&button), None))
                .flatten()
        }
        None => {
            let around = around(&button, |within| shows_lead(hands, within))?;
            without_form(hands, Some(&button), &around)
        }
    }
}

/// The certificate of what the page shows outside of forms, for the contact in `around`.
pub fn without_form(
    hands: &Hands,
    submitter: Option<&Element>,
    around: &Element,
) -> Option<String> {
    let submission = Submission { form: None, submitter, around: Some(around) };
    let id = mint::certificate(hands, &submission, true)?;
    submit::fill_loose_fields(hands, &id);
    Some(id)
}

/// The nearest box below the page itself that an element is drawn in and that `fits`.
fn around(element: &Element, fits: impl Fn(&Element) -> bool) -> Option<Element> {
    let mut within = element.drawn_in();
    while let Some(container) = within {
        if container.matches("html") {
            return None;
        }
        if fits(&container) {
            return Some(container);
        }
        within = container.drawn_in();
    }
    None
}

/// Whether tagged consent and a filled contact field stand in it.
fn shows_lead(hands: &Hands, element: &Element) -> bool {
    !element.all(&hands.tags()).is_empty() && !element.contact().is_empty()
}

fn is_step(button: &Element) -> bool {
    let caption = button.caption();
    STEPS.iter().any(|step| caption.starts_with(step))
}

/// The nearest match around an element, across shadow roots.
fn closest(element: &Element, selector: &str) -> Option<Element> {
    let mut next = Some(element.clone());
    while let Some(current) = next {
        if let Some(found) = current.closest(selector) {
            return Some(found);
        }
        next = current.shadow_host();
    }
    None
}
