//! From tagged elements to what the core collects: id, type, value, words, visibility
//! (contract §1.1 to §1.5).

use econsent_core::collect;
use econsent_core::consent::ConsentType;
use econsent_core::limits;
use wasm_bindgen::JsValue;

use crate::dom::{Element, Hands};
use crate::visibility::is_visible;

/// The other services' boxes that stand for a disclosure elsewhere.
const OPT_IN: &str = "input[data-tf-element-role=consent-opt-in]";
/// What a tagged label or box may hold as its control.
const CONTROLS: &str =
    "input:not([type=hidden]),select,textarea,[role=checkbox],[role=switch],[role=radio]";

/// What is being submitted.
pub struct Submission<'a> {
    /// The form, where there is one.
    pub form: Option<&'a Element>,
    /// The control that submits.
    pub submitter: Option<&'a Element>,
    /// What holds the lead's contact fields.
    pub around: Option<&'a Element>,
}

/// Everything that is tagged and belongs to this submission, as it is now, after the steps that
/// came before it; and where each was found: an element, or a number among what steps showed.
pub fn elements(
    hands: &Hands,
    submission: &Submission<'_>,
) -> (Vec<collect::Element>, Vec<JsValue>) {
    let (mut found, mut here, mut step) = (Vec::new(), Vec::new(), 1);
    let earlier = hands.steps(&form_key(submission.form));
    for (n, seen) in earlier.chunks_exact(5).enumerate() {
        if let [id, tag, value, text, place] = seen
            && let Ok(consent_type) = ConsentType::from_tag(tag)
        {
            let element = collect::Element::new(id, consent_type, value, text, step, true);
            if place.contains('h') {
                here.push(element.clone());
            }
            found.push((element, JsValue::from_f64(n as f64)));
            step += u32::from(place.ends_with('.'));
        }
    }
    let tagged = tagged(hands);
    let belongs =
        |element: &&Element| owner(element).is_none_or(|owner| is_same(&owner, submission.form));
    let opt_in = tagged.iter().filter(belongs).find(|element| element.matches(OPT_IN));
    for element in tagged.iter().filter(belongs) {
        if let Some(now) = read(hands, element, opt_in, submission.submitter, step) {
            // What a closed pane showed is not to be seen now, and was consent when it was.
            let was_seen =
                !now.visible && here.iter().any(|h| h.id == now.id && h.text == now.text);
            if !was_seen {
                found.push((now, element.clone().into()));
            }
        }
    }
    found.truncate(limits::ELEMENTS);
    found.into_iter().unzip()
}

/// Tells the glue of every tagged element, of all forms, as it is now.
pub fn look(hands: &Hands) {
    for element in tagged(hands) {
        if let Some(read) = read(hands, &element, None, None, 1) {
            hands.saw(
                &element,
                &form_key(owner(&element).as_ref()),
                read.id.as_str(),
                read.consent_type.as_str(),
                read.value.as_str(),
                read.text.as_str(),
                read.visible,
            );
        }
    }
}

fn tagged(hands: &Hands) -> Vec<Element> {
    let tags = hands.tags();
    hands.roots().iter().flat_map(|root| root.all(&tags)).collect()
}

/// What tells two forms of a page apart and survives a framework's replacing the element.
pub fn form_key(form: Option<&Element>) -> String {
    let name = |name| form.and_then(|form| form.attribute(name)).unwrap_or_default();
    [name("id"), name("name"), name("action")].join(" ")
}

/// The type of our own tag, or of the property's selector; of the other services' tags the type that they come to: a box, or words
/// with a box, are the main explicit consent, other words the main implied one.
fn consent_type(hands: &Hands, element: &Element, opt_in: Option<&Element>) -> Option<ConsentType> {
    if let Some(tag) = hands.tag(element) {
        return ConsentType::from_tag(&tag).ok();
    }
    // A label beside its box, both tagged, is one consent, and the box is read with its label.
    let is_label_of_box = |control: Element| control.matches(&hands.tags()) && !control.is(element);
    if element.control().is_some_and(is_label_of_box) {
        return None;
    }
    let is_explicit = !controls_of(element).is_empty() || speaks_for(element, opt_in);
    Some(if is_explicit { ConsentType::MainExplicit } else { ConsentType::MainImplied })
}

/// Whether words are tagged as the disclosure of a box that is tagged as its opt-in.
fn speaks_for(element: &Element, opt_in: Option<&Element>) -> bool {
    opt_in.is_some()
        && element.attribute("data-tf-element-role").as_deref() == Some("consent-language")
}

/// The element itself where it is a control, its label's control, or the controls within it.
fn controls_of(element: &Element) -> Vec<Element> {
    match element.control() {
        _ if element.matches(CONTROLS) => vec![element.clone()],
        Some(control) => vec![control],
        None => element.all(CONTROLS),
    }
}

/// The form of an element; `form=` goes before ancestors.
pub fn owner(element: &Element) -> Option<Element> {
    let named = element.attribute("form").and_then(|id| element.by_id(&id));
    named.or_else(|| element.closest("form"))
}

fn read(
    hands: &Hands,
    element: &Element,
    opt_in: Option<&Element>,
    submitter: Option<&Element>,
    step: u32,
) -> Option<collect::Element> {
    let consent_type = consent_type(hands, element, opt_in)?;
    let id = ["data-consent-id", "id", "name"]
        .into_iter()
        .find_map(|name| element.attribute(name))
        .unwrap_or_default();
    let voice = opt_in.filter(|_| speaks_for(element, opt_in) && controls_of(element).is_empty());
    let voice = voice.unwrap_or(element);
    let words = Words::of(element);
    let is_seen = words.sources.iter().any(|source| is_visible(source, false))
        || (words.sources.is_empty() && is_visible(element, true));
    let value = value(voice, submitter);
    Some(collect::Element::new(&id, consent_type, &value, &words.text, step, is_seen))
}

/// The words of a disclosure or control, and the elements that show them.
struct Words {
    text: String,
    sources: Vec<Element>,
}

impl Words {
    fn of(element: &Element) -> Self {
        match element.tag_name().as_str() {
            "INPUT" | "SELECT" | "TEXTAREA" => Self::of_control(element),
            _ => Self::shown_by(vec![element.clone()]),
        }
    }

    /// A control's labels; else what names it to screen readers; else the words beside it, when
    /// nothing else is there.
    fn of_control(control: &Element) -> Self {
        let mut named = control.labels();
        if let (true, Some(ids)) = (named.is_empty(), control.attribute("aria-labelledby")) {
            let ids = ids.split_ascii_whitespace();
            named = ids.filter_map(|id| control.by_id(id)).collect();
        }
        if !named.is_empty() {
            return Self::shown_by(named);
        }
        let is_button = matches!(control.kind().as_str(), "submit" | "button" | "reset");
        let shown = is_button.then(|| control.value());
        let name = shown.or_else(|| control.attribute("aria-label"));
        if let Some(text) = name.or_else(|| control.attribute("title")) {
            return Self { text, sources: Vec::new() };
        }
        let beside = control.drawn_in().filter(|parent| {
            !parent.matches("form,fieldset,body,main,section") && parent.all(CONTROLS).len() < 2
        });
        Self::shown_by(beside.into_iter().collect())
    }

    fn shown_by(sources: Vec<Element>) -> Self {
        let texts: Vec<String> = sources.iter().map(Element::text).collect();
        Self { text: texts.join(" "), sources }
    }
}

/// What the visitor did: `true` or `false` for boxes, the chosen option, `provided` for anything
/// typed, which itself never leaves the page here.
fn value(element: &Element, submitter: Option<&Element>) -> String {
    let labelled = element.control();
    match element.tag_name().as_str() {
        "INPUT" | "SELECT" | "TEXTAREA" => value_of_control(element, submitter),
        "BUTTON" => is_same(element, submitter).to_string(),
        _ if labelled.is_some() => {
            labelled.map(|control| value_of_control(&control, submitter)).unwrap_or_default()
        }
        _ if element.matches(CONTROLS) => value_of_control(element, submitter),
        _ => value_within(element, submitter),
    }
}

/// A tagged box around controls. Several boxes count only when all are ticked; of several radio
/// buttons the chosen one's value counts, unless it is a no.
fn value_within(element: &Element, submitter: Option<&Element>) -> String {
    let controls = element.all(CONTROLS);
    let is_radio = |control: &&Element| control.kind() == "radio";
    if controls.iter().filter(is_radio).count() > 1 {
        let chosen = controls.iter().filter(is_radio).find(|radio| radio.checked());
        return match chosen.map(Element::value) {
            Some(value) if !is_no(&value) => value,
            _ => "false".into(),
        };
    }
    let values = controls.iter().map(|control| value_of_control(control, submitter));
    let mut values = values.collect::<Vec<_>>().into_iter();
    let first = values.next().unwrap_or_default();
    if first == "true" && values.any(|other| other == "false") {
        return "false".into();
    }
    first
}

fn is_no(value: &str) -> bool {
    ["", "no", "n", "false", "0", "off", "none", "decline"]
        .iter()
        .any(|no| value.trim().eq_ignore_ascii_case(no))
}

fn value_of_control(control: &Element, submitter: Option<&Element>) -> String {
    match control.kind().as_str() {
        "checkbox" | "radio" => control.checked().to_string(),
        "submit" | "button" | "image" => is_same(control, submitter).to_string(),
        // No control of HTML's: a box that a script draws.
        "" => (control.attribute("aria-checked").as_deref() == Some("true")).to_string(),
        _ if control.value().trim().is_empty() => String::new(),
        "select-one" | "select-multiple" => {
            let chosen: Vec<String> = control.chosen().iter().map(Element::text).collect();
            chosen.join(", ")
        }
        _ => "provided".into(),
    }
}

fn is_same(element: &Element, other: Option<&Element>) -> bool {
    other.is_some_and(|other| element.is(other))
}
