//! Collecting: from the tagged elements of a page to consent records and withheld disclosures
//! (seed "How generation works" 1 to 3; contract §1.1 to §1.6; vectors `consents.json`).

use alloc::string::String;
use alloc::vec::Vec;

use crate::consent::{
    ConsentRecord, ConsentText, ConsentType, ConsentValue, Dropped, Label, Withheld, WithheldReason,
};
use crate::{digits, limits};

/// A tagged element as the page saw it at submit, or when its step was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// `data-consent-id`, else `id`, else `name`, else empty.
    pub id: Label,
    /// What it was tagged as.
    pub consent_type: ConsentType,
    /// What the visitor did to it.
    pub value: ConsentValue,
    /// The words, as long as the page has them: the longer of two copies is the more complete one.
    pub text: ConsentText,
    /// Characters of the trimmed words before they were cut.
    pub text_chars: usize,
    /// The step of the funnel, from 1.
    pub step: u32,
    /// Whether a visitor could see it.
    pub visible: bool,
    /// Its place in the caller's list, from 0; [`collect`] numbers the elements.
    place: usize,
}

impl Element {
    /// Reads an element from raw strings.
    #[must_use]
    pub fn new(
        id: &str,
        consent_type: ConsentType,
        value: &str,
        text: &str,
        step: u32,
        visible: bool,
    ) -> Self {
        Self {
            id: Label::of(id),
            consent_type,
            value: ConsentValue::of(consent_type, value),
            text: ConsentText::of(text),
            text_chars: text.trim().chars().count(),
            step,
            visible,
            place: 0,
        }
    }

    /// Which of two copies is more complete: given before not given, then the longer words.
    fn completeness(&self) -> (bool, usize) {
        (self.value.is_given(), self.text_chars)
    }

    fn withheld(self, reason: WithheldReason) -> (Withheld, ConsentText) {
        let withheld = Withheld {
            id: self.id,
            step: self.step,
            consent_type: self.consent_type,
            reason,
            text_sha256: self.text.digest(),
        };
        (withheld, self.text)
    }
}

/// What a page's elements come to, each record beside its words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Collected {
    /// At most 64 consent records with unique ids, in document order.
    pub consents: Vec<(ConsentRecord, ConsentText)>,
    /// For each record the place of its element in the caller's list, from 0.
    pub places: Vec<usize>,
    /// At most 64 disclosures that do not count, in the order in which that was found.
    pub withheld: Vec<(Withheld, ConsentText)>,
    /// What went beyond the limits.
    pub dropped: Dropped,
}

/// Turns elements, in document order per step, into records. Fed its own result, it returns it.
#[must_use]
pub fn collect(elements: Vec<Element>) -> Collected {
    let mut elements = elements;
    for (place, element) in elements.iter_mut().enumerate() {
        element.place = place;
    }
    name_the_nameless(&mut elements);
    let taken: Vec<Label> = elements.iter().map(|element| element.id.clone()).collect();

    let (kept, mut withheld) = dedupe_within_steps(elements);
    let (mut consents, mut places) = dedupe_across_steps(kept, &taken);

    let dropped = Dropped {
        consents: cut_to(&mut consents, limits::CONSENTS),
        withheld: cut_to(&mut withheld, limits::WITHHELD),
    };
    places.truncate(limits::CONSENTS);
    Collected { consents, places, withheld, dropped }
}

/// Gives `auto-1`, `auto-2`, … to elements without an id, passing over numbers that an element of
/// the session already uses.
fn name_the_nameless(elements: &mut [Element]) {
    let taken: Vec<Label> = elements.iter().map(|element| element.id.clone()).collect();
    let mut numbers = 1_u64..;
    for element in elements.iter_mut().filter(|element| element.id.as_str().is_empty()) {
        let mut names = (&mut numbers).map(|n| numbered("auto", '-', n));
        if let Some(free) = names.find(|name| !taken.contains(name)) {
            element.id = free;
        }
    }
}

type WithheldTexts = Vec<(Withheld, ConsentText)>;

/// One element per id and step, the most complete one, in the place of the first; the others are
/// withheld when their words differ.
fn dedupe_within_steps(elements: Vec<Element>) -> (Vec<Element>, WithheldTexts) {
    let mut kept: Vec<Element> = Vec::new();
    let mut withheld = Vec::new();
    for mut element in elements {
        if !element.visible {
            withheld.push(element.withheld(WithheldReason::NotVisible));
            continue;
        }
        let twin = kept.iter_mut().find(|k| k.step == element.step && k.id == element.id);
        let Some(twin) = twin else {
            kept.push(element);
            continue;
        };
        if element.completeness() > twin.completeness() {
            core::mem::swap(twin, &mut element);
        }
        if element.text != twin.text {
            withheld.push(element.withheld(WithheldReason::Duplicate));
        }
    }
    (kept, withheld)
}

/// Across steps the same record again is dropped, and the same id with anything different is kept
/// under `id~2`, `id~3`, …
fn dedupe_across_steps(
    kept: Vec<Element>,
    taken: &[Label],
) -> (Vec<(ConsentRecord, ConsentText)>, Vec<usize>) {
    struct Named {
        page_id: Label,
        record: ConsentRecord,
        text: ConsentText,
        place: usize,
    }
    let mut named: Vec<Named> = Vec::new();
    for element in kept {
        let mut record = ConsentRecord {
            id: element.id.clone(),
            step: element.step,
            consent_type: element.consent_type,
            value: element.value,
            text_sha256: element.text.digest(),
        };
        let mut earlier = named.iter().filter(|n| n.page_id == element.id).peekable();
        if earlier.peek().is_some() {
            let again = earlier.any(|n| {
                n.record.consent_type == record.consent_type
                    && n.record.value == record.value
                    && n.record.text_sha256 == record.text_sha256
            });
            if again {
                continue;
            }
            let in_use =
                |id: &Label| taken.contains(id) || named.iter().any(|n| n.record.id == *id);
            if let Some(id) =
                (2_u64..).map(|n| numbered(element.id.as_str(), '~', n)).find(|id| !in_use(id))
            {
                record.id = id;
            }
        }
        let Element { id: page_id, text, place, .. } = element;
        named.push(Named { page_id, record, text, place });
    }
    named.into_iter().map(|n| ((n.record, n.text), n.place)).unzip()
}

/// The name, the mark and the number, the name shortened where both would be longer than a label may be.
fn numbered(name: &str, mark: char, number: u64) -> Label {
    let mut suffix = String::from(mark);
    digits::push(&mut suffix, number, 0);
    let room = limits::LABEL_CHARS.saturating_sub(suffix.len());
    Label::of(&[limits::cut(name, room), &suffix].concat())
}

/// Shortens a list to `limit` and says how many left it.
fn cut_to<T>(list: &mut Vec<T>, limit: usize) -> u32 {
    let over = list.len().saturating_sub(limit);
    list.truncate(limit);
    u32::try_from(over).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};
    use alloc::vec;
    use alloc::vec::Vec;

    use super::{Collected, Element, collect};
    use crate::consent::ConsentType::{MainExplicit, MainImplied};

    fn ids(collected: &Collected) -> Vec<String> {
        collected.consents.iter().map(|(record, _)| record.id.to_string()).collect()
    }

    #[test]
    fn a_generated_id_passes_over_names_that_the_page_uses() {
        let collected = collect(vec![
            Element::new("", MainImplied, "", "First", 1, true),
            Element::new("auto-1", MainImplied, "", "Second", 1, true),
            Element::new("", MainImplied, "", "Third", 2, true),
        ]);
        assert_eq!(ids(&collected), ["auto-2", "auto-1", "auto-3"]);
    }

    #[test]
    fn a_renamed_copy_passes_over_names_that_the_page_uses() {
        let collected = collect(vec![
            Element::new("tcpa", MainImplied, "", "Step one words", 1, true),
            Element::new("tcpa", MainImplied, "", "Step two words", 2, true),
            Element::new("tcpa~2", MainImplied, "", "Another", 2, true),
            Element::new("tcpa", MainImplied, "", "Step two words", 3, true),
        ]);
        assert_eq!(ids(&collected), ["tcpa", "tcpa~3", "tcpa~2"]);
        assert_eq!(collected.places, [0, 1, 2]);
    }

    #[test]
    fn a_record_is_that_of_its_most_complete_copy() {
        let collected = collect(vec![
            Element::new("hidden", MainImplied, "", "Words nobody saw", 1, false),
            Element::new("tcpa", MainExplicit, "false", "I agree", 1, true),
            Element::new("tcpa", MainExplicit, "true", "I agree", 1, true),
        ]);
        assert_eq!((ids(&collected), collected.places), (vec!["tcpa".into()], vec![2]));
    }

    #[test]
    fn what_goes_beyond_the_limits_is_counted() {
        let many = |visible| {
            (0..70).map(move |n| {
                Element::new(
                    &alloc::format!("c{n}-{visible}"),
                    MainExplicit,
                    "true",
                    "I agree",
                    1,
                    visible,
                )
            })
        };
        let collected = collect(many(true).chain(many(false)).collect());
        assert_eq!((collected.consents.len(), collected.withheld.len()), (64, 64));
        assert_eq!((collected.dropped.consents, collected.dropped.withheld), (6, 6));
        assert_eq!(collected.places.len(), 64);
    }

    #[test]
    fn the_longest_possible_id_can_still_be_told_apart() {
        let id = "x".repeat(128);
        let collected = collect(vec![
            Element::new(&id, MainImplied, "", "Step one words", 1, true),
            Element::new(&id, MainImplied, "", "Step two words", 2, true),
        ]);
        assert_eq!(ids(&collected), [id.clone(), "x".repeat(126) + "~2"]);
    }
}
