//! Ways in which a page submits, and where the certificate id has to be by then.

use crate::dom::{Element, FormData, Hands};
use crate::extract::{self, Submission};
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
    let fields = fields(hands, Some(form));
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
    for field in fields(hands, None) {
        field.fill(id);
    }
}

/// The hidden fields of a form, inside it or tied to it by `form=`, or those of none.
fn fields(hands: &Hands, form: Option<&Element>) -> Vec<Element> {
    let mut fields: Vec<Element> = hands.roots().iter().flat_map(|root| root.all(FIELDS)).collect();
    fields.retain(|field| match extract::owner(field) {
        Some(owner) => form.is_some_and(|form| form.is(&owner)),
        None => form.is_none(),
    });
    fields
}
