//! What a submission shows, as the core collects it (contract §1.1 to §1.5). The page's side of it
//! is in `read.ts` and `steps.ts`.

use econsent_core::collect;
use econsent_core::consent::ConsentType;
use econsent_core::limits;

use crate::dom::Element;

/// What is being submitted.
pub struct Submission<'a> {
    /// The form, where there is one.
    pub form: Option<&'a Element>,
    /// The control that submits.
    pub submitter: Option<&'a Element>,
    /// What holds the lead's contact fields.
    pub around: Option<&'a Element>,
}

/// The tagged elements of a submission out of what [`crate::disclose`] takes, and the number
/// of each in it.
pub fn elements(shown: &str) -> (Vec<collect::Element>, Vec<u32>) {
    let mut parts = shown.split('\0');
    let mut found = Vec::new();
    let mut number = 0;
    while let (Some(id), Some(tag), Some(value), Some(text), Some(step), Some(visible)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    {
        if let (Ok(consent_type), Ok(step)) = (ConsentType::from_tag(tag), step.parse()) {
            let is_visible = !visible.is_empty();
            let element = collect::Element::new(id, consent_type, value, text, step, is_visible);
            found.push((element, number));
        }
        number += 1;
    }
    found.truncate(limits::ELEMENTS);
    found.into_iter().unzip()
}
