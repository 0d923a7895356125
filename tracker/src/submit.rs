//! Ways in which a page submits, and where the certificate id has to be by then.

use crate::dom::{Element, FormData, Hands};
use crate::extract::Submission;
use crate::mint;

/// The hidden field, found by id or by name.
const FIELD: &str = "econsent_hidden";
const FIELDS: &str = "input[name=econsent_hidden],input[id=econsent_hidden]";

/// A form is being submitted, or its data is being read: the certificate is minted and its id is
/// put into the form and into the data.
pub fn form(
    hands: &Hands,
    form: &Element,
    submitter: Option<&Element>,
    data: Option<&FormData>,
) -> Option<String> {
    let fields = hands.fields(Some(form), FIELDS);
    let submission = Submission { form: Some(form), submitter, around: Some(form) };
    let id = mint::certificate(hands, &submission, !fields.is_empty())?;
    if let Some(data) = data {
        // Too late for the form's fields: their values have been read.
        data.set(FIELD, &id);
        for field in &fields {
            if let Some(name) = field.attribute("name") {
                data.set(&name, &id);
            }
        }
    }
    if fields.is_empty() {
        form.add_field(FIELD, &id);
    }
    for field in fields {
        field.fill(&id);
    }
    Some(id)
}

/// Fills the hidden fields that belong to no form, for scripts that read them.
pub fn fill_loose_fields(hands: &Hands, id: &str) {
    for field in hands.fields(None, FIELDS) {
        field.fill(id);
    }
}
