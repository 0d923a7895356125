//! The page as the tracker sees it. Every DOM method comes from the loader, which took it from
//! its prototype when it ran: a page that replaces methods later does not reach the tracker, and a
//! form control named like a method cannot stand in front of it.

use std::cell::OnceCell;

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// A node of the page that is an element.
    #[derive(Clone)]
    pub type Element;

    /// The data a form is about to send.
    pub type FormData;

    /// What the loader lends.
    pub type Hands;

    /// Keeps under a number what commits need of what was shown: records and withheld disclosures
    /// as canonical JSON, their texts in that order (U+0000 between), and the number of each record
    /// in what was shown.
    #[wasm_bindgen(method)]
    pub fn keep(
        this: &Hands,
        number: u32,
        consents: &str,
        withheld: &str,
        texts: &str,
        sources: &[u32],
    );

    /// Sends a certificate's commit, and keeps it until the server has it, or only gets it ready
    /// for a rehearsal: the id, its time and randomness, what it supersedes, what was dropped, what
    /// was shown by the number that it was kept under, the contact, and what submits.
    #[wasm_bindgen(method)]
    pub fn deliver(
        this: &Hands,
        is_rehearsal: bool,
        id: &str,
        timestamp: &str,
        client_random: &str,
        supersedes: Option<String>,
        dropped_consents: u32,
        dropped_withheld: u32,
        disclosed: u32,
        contact: &str,
        form: Option<&Element>,
        submitter: Option<&Element>,
    );

    /// A submission showed no consent; whether it was a lead's.
    #[wasm_bindgen(method)]
    pub fn nothing(this: &Hands, is_lead: bool);

    /// What a submission shows, by the number that [`crate::disclose`] has given it.
    #[wasm_bindgen(method)]
    pub fn shown(this: &Hands, form: Option<&Element>, submitter: Option<&Element>) -> u32;

    /// What tells two forms of a page apart and survives a framework's replacing the element.
    #[wasm_bindgen(method)]
    pub fn key(this: &Hands, form: Option<&Element>) -> String;

    /// The fields of a form that match, wherever they stand, or those that belong to no form.
    #[wasm_bindgen(method)]
    pub fn fields(this: &Hands, form: Option<&Element>, selector: &str) -> Vec<Element>;

    /// The selector of everything that is tagged: for us, for the two services that pages may come
    /// from, or by the property's settings.
    #[wasm_bindgen(method)]
    pub fn tags(this: &Hands) -> String;

    /// The lead's phone and e-mail in an element, E.164 and lowercase with a space between; empty
    /// when there is neither.
    #[wasm_bindgen(method)]
    pub fn contact(this: &Hands, around: &Element) -> String;

    /// The page's outermost element.
    #[wasm_bindgen(method)]
    pub fn whole(this: &Hands) -> Element;

    /// Milliseconds since 1970 by the server's clock as far as known; never jumps in a page load.
    #[wasm_bindgen(method)]
    pub fn now(this: &Hands) -> f64;

    /// Random bytes from the browser's generator.
    #[wasm_bindgen(method)]
    pub fn random(this: &Hands, count: u32) -> Vec<u8>;

    /// The page's host name.
    #[wasm_bindgen(method)]
    pub fn domain(this: &Hands) -> String;

    /// Shows session and certificate to the page: global, cookies, and an event when the
    /// certificate is new.
    #[wasm_bindgen(method)]
    pub fn publish(this: &Hands, session: &str, certificate: Option<&str>, is_new: bool);

    #[wasm_bindgen(method)]
    fn all(this: &Hands, element: &Element, selector: &str) -> Vec<Element>;
    #[wasm_bindgen(method)]
    fn owner(this: &Hands, element: &Element) -> Option<Element>;
    #[wasm_bindgen(method, js_name = outer)]
    fn drawn_in(this: &Hands, element: &Element) -> Option<Element>;
    #[wasm_bindgen(method, js_name = host)]
    fn shadow_host(this: &Hands, element: &Element) -> Option<Element>;
    #[wasm_bindgen(method)]
    fn caption(this: &Hands, element: &Element) -> String;
    #[wasm_bindgen(method, js_name = getAttribute)]
    fn attribute(this: &Hands, element: &Element, name: &str) -> Option<String>;
    #[wasm_bindgen(method)]
    fn closest(this: &Hands, element: &Element, selector: &str) -> Option<Element>;
    #[wasm_bindgen(method)]
    fn matches(this: &Hands, element: &Element, selector: &str) -> bool;
    #[wasm_bindgen(method)]
    fn cursor(this: &Hands, element: &Element) -> String;
    #[wasm_bindgen(method)]
    fn fill(this: &Hands, element: &Element, value: &str);
    #[wasm_bindgen(method)]
    fn add(this: &Hands, form: &Element, name: &str, value: &str);
    #[wasm_bindgen(method)]
    fn put(this: &Hands, data: &FormData, name: &str, value: &str);
}

thread_local! {
    static HANDS: OnceCell<Hands> = const { OnceCell::new() };
}

/// Takes the loader's loan; true the first time.
pub fn lend(hands: Hands) -> bool {
    HANDS.with(|cell| cell.set(hands).is_ok())
}

/// Works with the loader's loan; nothing is done before it is there.
pub fn with_hands<T>(work: impl FnOnce(&Hands) -> T) -> Option<T> {
    HANDS.with(|cell| cell.get().map(work))
}

fn ask<T: Default>(question: impl FnOnce(&Hands) -> T) -> T {
    with_hands(question).unwrap_or_default()
}

impl Element {
    /// An attribute's trimmed value, when there is something in it.
    pub fn attribute(&self, name: &str) -> Option<String> {
        let value = ask(|hands| hands.attribute(self, name))?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.into())
    }

    /// The nearest ancestor that matches, itself included.
    pub fn closest(&self, selector: &str) -> Option<Self> {
        ask(|hands| hands.closest(self, selector))
    }

    /// Whether it matches.
    pub fn matches(&self, selector: &str) -> bool {
        ask(|hands| hands.matches(self, selector))
    }

    /// The descendants that match, in document order.
    pub fn all(&self, selector: &str) -> Vec<Self> {
        ask(|hands| hands.all(self, selector))
    }

    /// The form that it belongs to; `form=` goes before ancestors.
    pub fn owner(&self) -> Option<Self> {
        ask(|hands| hands.owner(self))
    }

    /// The element that this one is drawn in, across slots and shadow roots.
    pub fn drawn_in(&self) -> Option<Self> {
        ask(|hands| hands.drawn_in(self))
    }

    /// The element in whose shadow this one lies.
    pub fn shadow_host(&self) -> Option<Self> {
        ask(|hands| hands.shadow_host(self))
    }

    /// What a button says, in lower case.
    pub fn caption(&self) -> String {
        ask(|hands| hands.caption(self))
    }

    /// Whom the fields in it are about.
    pub fn contact(&self) -> String {
        ask(|hands| hands.contact(self))
    }

    /// The computed `cursor`.
    pub fn cursor(&self) -> String {
        ask(|hands| hands.cursor(self))
    }

    /// Sets a field's value.
    pub fn fill(&self, value: &str) {
        with_hands(|hands| hands.fill(self, value));
    }

    /// Adds a hidden field to a form.
    pub fn add_field(&self, name: &str, value: &str) {
        with_hands(|hands| hands.add(self, name, value));
    }
}

impl FormData {
    /// Sets a field of the data.
    pub fn set(&self, name: &str, value: &str) {
        with_hands(|hands| hands.put(self, name, value));
    }
}
