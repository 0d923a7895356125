//! The evidence: what the visitor saw and did, grouped by type, and what was on the page and does
//! not count.

use econsent_core::bundle::Bundle;
use econsent_core::consent::{ConsentRecord, ConsentType, Withheld};
use econsent_core::digest::Digest;
use econsent_core::record::Record;
use maud::{Markup, html};

use super::text::{inline, quoted};

/// All consent records.
pub fn consents(bundle: &Bundle, record: &Record) -> Markup {
    html! {
        section {
            h2 { "Consent evidence" }
            @if record.consents.is_empty() {
                p { "No consent record was visible on the page when the form was submitted." }
            }
            @for consent_type in ConsentType::ALL {
                @let group = record.consents.iter().filter(|c| c.consent_type == consent_type);
                @let group: Vec<_> = group.collect();
                @if !group.is_empty() {
                    h3 { (consent_type.title()) " " code { (consent_type) } }
                    @for consent in group {
                        (one(bundle, consent))
                    }
                }
            }
            @if record.dropped.consents > 0 || record.dropped.withheld > 0 {
                p.note {
                    "Beyond the limits of a certificate and not kept: " (record.dropped.consents)
                    " consent records, " (record.dropped.withheld) " withheld disclosures."
                }
            }
        }
    }
}

fn one(bundle: &Bundle, consent: &ConsentRecord) -> Markup {
    html! {
        article class=(if consent.is_given() { "given" } else { "not-given" }) {
            p.verdict {
                @if consent.is_given() { "Given" } @else { "Shown, not given" }
            }
            (words(bundle, &consent.text_sha256))
            dl {
                dt { "Id" } dd { bdi.long { (inline(consent.id.as_str())) } }
                dt { "Value" } dd { bdi.long { (inline(value(consent))) } }
                dt { "Category" } dd { (consent.consent_type.category().as_str()) }
                dt { "Step of the form" } dd { (consent.step) }
                dt { "SHA-256 of the text" } dd { code.hex { (consent.text_sha256) } }
                @for (name, fact) in bundle.presentation_of(consent.id.as_str()) {
                    dt { (name) } dd { bdi.long { (inline(&fact)) } }
                }
            }
        }
    }
}

fn value(consent: &ConsentRecord) -> &str {
    match consent.value.as_str() {
        "" => "(empty)",
        value => value,
    }
}

fn words(bundle: &Bundle, digest: &Digest) -> Markup {
    match bundle.texts.get(digest) {
        Some(words) => quoted(words),
        None => html! { p.missing { "The words to this digest are missing." } },
    }
}

/// The disclosures that do not count.
pub fn withheld(bundle: &Bundle) -> Markup {
    let items = bundle.withheld();
    html! {
        @if !items.is_empty() {
            section {
                h2 { "On the page, and not counted as consent" }
                p.note {
                    "These were tagged as disclosures and are kept so that nothing can be said to "
                    "have been missing. They are no part of what the consumer agreed to."
                }
                @for item in &items { (one_withheld(bundle, item)) }
            }
        }
    }
}

fn one_withheld(bundle: &Bundle, item: &Withheld) -> Markup {
    html! {
        article.withheld {
            p.verdict {
                "Withheld: "
                (item.reason.sentence())
            }
            (words(bundle, &item.text_sha256))
            dl {
                dt { "Id" } dd { bdi.long { (inline(item.id.as_str())) } }
                dt { "Type" } dd { code { (item.consent_type) } }
                dt { "Reason" } dd { code { (item.reason.as_str()) } }
                dt { "Step of the form" } dd { (item.step) }
                dt { "SHA-256 of the text" } dd { code.hex { (item.text_sha256) } }
            }
        }
    }
}
