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
    let fields = fields(hands, form);
    let submission = Submission { form: Some(form), submitter };
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
    for field in hands.roots().iter().flat_map(|root| root.all(FIELDS)) {
        if field.closest("form").is_none() {
            field.fill(id);
        }
    }
}

/// The hidden fields of a form: inside it, or elsewhere and tied to it by `form=`.
fn fields(hands: &Hands, form: &Element) -> Vec<Element> {
    let mut fields: Vec<Element> = form.all(FIELDS);
    if fields.is_empty()
        && let Some(id) = form.attribute("id")
    {
        fields = hands
            .roots()
            .iter()
            .flat_map(|root| root.all(FIELDS))
            .filter(|field| field.attribute("form").as_deref() == Some(&id))
            .collect();
    }
    fields
}
