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

    /// The document or a shadow root.
    pub type Root;

    /// The data a form is about to send.
    pub type FormData;

    /// What the loader lends.
    pub type Hands;

    /// Sends a certificate's commit, and keeps it until the server has it: the id, its time and
    /// randomness, what it supersedes, what was dropped, records and withheld disclosures as
    /// canonical JSON with their texts in that order, the contact, where each record was found
    /// (see [`crate::extract::elements`]), and what submits.
    #[wasm_bindgen(method)]
    pub fn deliver(
        this: &Hands,
        id: &str,
        timestamp: &str,
        client_random: &str,
        supersedes: Option<String>,
        dropped_consents: u32,
        dropped_withheld: u32,
        consents: &str,
        withheld: &str,
        texts: Vec<String>,
        contact: &str,
        sources: Vec<JsValue>,
        form: Option<&Element>,
        submitter: Option<&Element>,
    );

    /// A submission showed no consent; whether it was a lead's.
    #[wasm_bindgen(method)]
    pub fn nothing(this: &Hands, is_lead: bool);

    /// A tagged element as it is now: its form, id, type, value, text, and whether it can be seen.
    #[wasm_bindgen(method)]
    pub fn saw(
        this: &Hands,
        element: &Element,
        form: &str,
        id: &str,
        consent_type: &str,
        value: &str,
        text: &str,
        is_visible: bool,
    );

    /// The selector of everything that is tagged: for us, for the two services that pages may come
    /// from, or by the property's settings.
    #[wasm_bindgen(method)]
    pub fn tags(this: &Hands) -> String;

    /// The type that an element is tagged as, by attribute or by the property's settings.
    #[wasm_bindgen(method)]
    pub fn tag(this: &Hands, element: &Element) -> Option<String>;

    /// The lead's phone and e-mail in an element, E.164 and lowercase with a space between; empty
    /// when there is neither.
    #[wasm_bindgen(method)]
    pub fn contact(this: &Hands, around: &Element) -> String;

    /// The page's outermost element.
    #[wasm_bindgen(method)]
    pub fn whole(this: &Hands) -> Element;

    /// What earlier steps of this form showed, five strings each: id, type, value, text, and a
    /// place: `h` when it was here on this page, `.` after the last of a step.
    #[wasm_bindgen(method)]
    pub fn steps(this: &Hands, form: &str) -> Vec<String>;

    /// Milliseconds since 1970 by the server's clock as far as known; never jumps in a page load.
    #[wasm_bindgen(method)]
    pub fn now(this: &Hands) -> f64;

    /// Random bytes from the browser's generator.
    #[wasm_bindgen(method)]
    pub fn random(this: &Hands, count: u32) -> Vec<u8>;

    /// The document and the shadow roots seen so far.
    #[wasm_bindgen(method)]
    pub fn roots(this: &Hands) -> Vec<Root>;

    /// The page's host name.
    #[wasm_bindgen(method)]
    pub fn domain(this: &Hands) -> String;

    /// Shows session and certificate to the page: global, cookies, and an event when the
    /// certificate is new.
    #[wasm_bindgen(method)]
    pub fn publish(this: &Hands, session: &str, certificate: Option<&str>, is_new: bool);

    #[wasm_bindgen(method, js_name = all)]
    fn all_in_root(this: &Hands, root: &Root, selector: &str) -> Vec<Element>;
    #[wasm_bindgen(method)]
    fn all(this: &Hands, element: &Element, selector: &str) -> Vec<Element>;
    #[wasm_bindgen(method, js_name = byId)]
    fn by_id(this: &Hands, element: &Element, id: &str) -> Option<Element>;
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
    fn text(this: &Hands, element: &Element) -> String;
    #[wasm_bindgen(method, js_name = drawn)]
    fn is_drawn(this: &Hands, element: &Element) -> bool;
    #[wasm_bindgen(method, js_name = box)]
    fn bounds(this: &Hands, element: &Element, of_contents: bool) -> Vec<f64>;
    #[wasm_bindgen(method, js_name = pageBox)]
    fn page_bounds(this: &Hands, on_screen: bool) -> Vec<f64>;
    #[wasm_bindgen(method)]
    fn list(this: &Hands, element: &Element, property: &str) -> Vec<Element>;
    #[wasm_bindgen(method)]
    fn style(this: &Hands, element: &Element, properties: &str) -> String;
    #[wasm_bindgen(method)]
    fn fill(this: &Hands, element: &Element, value: &str);
    #[wasm_bindgen(method)]
    fn add(this: &Hands, form: &Element, name: &str, value: &str);
    #[wasm_bindgen(method)]
    fn put(this: &Hands, data: &FormData, name: &str, value: &str);
}

// What only controls have is read where it is: no form stands in between.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(method, getter, js_name = tagName)]
    fn tag(this: &Element) -> String;
    #[wasm_bindgen(method, getter, js_name = type)]
    fn kind_of(this: &Element) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    pub fn checked(this: &Element) -> bool;
    #[wasm_bindgen(method, getter, js_name = value)]
    fn value_of(this: &Element) -> Option<String>;
    /// The control of a label.
    #[wasm_bindgen(method, getter)]
    pub fn control(this: &Element) -> Option<Element>;
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

/// Where something is drawn, in viewport coordinates.
#[derive(Clone, Copy)]
pub struct Bounds {
    /// Left edge.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
    /// How far its content is scrolled to the right.
    pub scroll_left: f64,
    /// How far its content is scrolled down.
    pub scroll_top: f64,
}

impl Bounds {
    fn of(numbers: &[f64]) -> Option<Self> {
        match *numbers {
            [left, top, right, bottom, scroll_left, scroll_top] => {
                Some(Self { left, top, right, bottom, scroll_left, scroll_top })
            }
            _ => None,
        }
    }
}

/// What the window shows now, or can show by scrolling, in viewport coordinates.
pub fn page_bounds(on_screen: bool) -> Option<Bounds> {
    Bounds::of(&ask(|hands| hands.page_bounds(on_screen)))
}

impl Root {
    /// The elements that match, in document order.
    pub fn all(&self, selector: &str) -> Vec<Element> {
        ask(|hands| hands.all_in_root(self, selector))
    }
}

impl Element {
    /// Whether both are the very same element.
    pub fn is(&self, other: &Self) -> bool {
        let other: &JsValue = other.as_ref();
        AsRef::<JsValue>::as_ref(self) == other
    }

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

    /// The element of this id beside it: in the same document or shadow root.
    pub fn by_id(&self, id: &str) -> Option<Self> {
        ask(|hands| hands.by_id(self, id))
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

    /// The words as they are rendered; of what is not rendered, the words in the source.
    pub fn text(&self) -> String {
        ask(|hands| hands.text(self))
    }

    /// Whether the browser draws it: display, visibility, opacity, its own and its ancestors'.
    pub fn is_drawn(&self) -> bool {
        ask(|hands| hands.is_drawn(self))
    }

    /// The box of the element or of what it contains.
    pub fn bounds(&self, of_contents: bool) -> Option<Bounds> {
        Bounds::of(&ask(|hands| hands.bounds(self, of_contents)))
    }

    /// Computed values of properties, named with spaces between, one per line.
    pub fn style(&self, properties: &str) -> String {
        ask(|hands| hands.style(self, properties))
    }

    /// `INPUT`, `DIV`, …
    pub fn tag_name(&self) -> String {
        self.tag()
    }

    /// `checkbox`, `select-one`, …; empty for what is no control.
    pub fn kind(&self) -> String {
        self.kind_of().unwrap_or_default()
    }

    /// A control's value.
    pub fn value(&self) -> String {
        self.value_of().unwrap_or_default()
    }

    /// A control's labels.
    pub fn labels(&self) -> Vec<Self> {
        ask(|hands| hands.list(self, "labels"))
    }

    /// A select's chosen options.
    pub fn chosen(&self) -> Vec<Self> {
        ask(|hands| hands.list(self, "selectedOptions"))
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
