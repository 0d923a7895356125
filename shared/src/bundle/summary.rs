//! What a reader is told first about a certificate, the same on its page and on paper.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Bundle;
use super::report::{Report, Verdict};
use crate::custody::EventType;
use crate::presentation::Presentation;
use crate::time::Timestamp;
use crate::timezone::TimeZone;

/// One line and its explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// `holds`, `expired`, `revoked`, `undecided` or `fails`.
    pub name: &'static str,
    /// The line.
    pub title: &'static str,
    /// What it means.
    pub sentence: String,
}

impl Bundle {
    /// What the checks and the state come to at that moment.
    #[must_use]
    pub fn summary(&self, report: &Report, now: Timestamp) -> Summary {
        let over = self.stated.expires_at.is_some_and(|end| end <= now);
        let (name, title, sentence) = match report.verdict() {
            Verdict::Fails => ("fails", "This certificate does not hold", failures(report)),
            Verdict::Undecided => (
                "undecided",
                "This certificate cannot be judged",
                "Something that is needed could not be checked; see below.".into(),
            ),
            Verdict::Expired => (
                "expired",
                "This certificate has expired",
                "Its time is over and its evidence has been removed. Its id, the digest of its \
                 record, its signatures and its chain of custody stay."
                    .into(),
            ),
            Verdict::Holds if !self.state.revoked.is_empty() => {
                ("revoked", "Consent was revoked", self.revocations())
            }
            Verdict::Holds if over => (
                "expired",
                "This certificate has expired",
                "Its time is over; its evidence will be removed shortly.".into(),
            ),
            Verdict::Holds => (
                "holds",
                "This certificate holds",
                "Record, texts, chain of custody and signatures are what was signed.".into(),
            ),
        };
        Summary { name, title, sentence }
    }

    /// Since when with which company the consumer has opted out.
    fn revocations(&self) -> String {
        let since = |company: &str| {
            let events = self.custody.iter().map(|bundled| &bundled.event).rev();
            let mut revoked = events.filter(|event| {
                event.event_type == EventType::Revoked && event.actor.as_str() == company
            });
            revoked.next().map_or_else(String::new, |event| format!(" on {}", event.at))
        };
        let companies = self.state.revoked.iter();
        let companies: Vec<_> =
            companies.map(|company| format!("{company}{}", since(company.as_str()))).collect();
        format!(
            "The consumer opted out with {}. What follows is what had been agreed to before.",
            companies.join(" and with ")
        )
    }

    /// The consumer's time zone, as the edge took it from the network address.
    #[must_use]
    pub fn timezone(&self) -> Option<TimeZone> {
        Presentation::timezone_in(self.documents.presentation.as_deref()?)
    }

    /// How a consent record looked: names and values for people.
    #[must_use]
    pub fn presentation_of(&self, id: &str) -> Vec<(String, String)> {
        #[derive(Deserialize)]
        struct Document {
            items: Vec<Map<String, Value>>,
        }
        let text = self.documents.presentation.as_deref().unwrap_or("{}");
        let document: Result<Document, _> = serde_json::from_str(text);
        let items = document.map(|document| document.items).unwrap_or_default();
        let facts = items.iter().find(|facts| facts.get("id").is_some_and(|it| it == id));
        let facts = facts.into_iter().flatten().filter(|(name, _)| *name != "id");
        facts.map(|(name, value)| (fact_name(name), fact_value(name, value))).collect()
    }
}

fn failures(report: &Report) -> String {
    let failed = report.failures().map(|check| {
        format!("{}: {}", check.what.as_str(), check.outcome.reason().unwrap_or_default())
    });
    let failed: Vec<_> = failed.collect();
    format!(
        "What is stored is not what was signed, so nothing in it can be relied on. {}.",
        failed.join("; ")
    )
}

/// Facts by name; one of a later release is shown under its own.
fn fact_name(name: &str) -> String {
    let known = match name {
        "contrast_100" => "Contrast with the background",
        "distance_px" => "Distance to the submit control, px",
        "font_px_100" => "Font size, px",
        "height_px" => "Height, px",
        "in_viewport" => "In the window when submitted",
        "in_viewport_ms" => "Time in the window, ms",
        "interaction" => "Interaction",
        "left_px" => "Left edge on the page, px",
        "order" => "Place to the submit control",
        "pre_checked" => "Ticked beforehand",
        "submit_text" => "Submit control says",
        "tagged_by" => "Tagged by",
        "top_px" => "Upper edge on the page, px",
        "width_px" => "Width, px",
        other => return other.replace('_', " "),
    };
    known.into()
}

/// Hundredths are shown with a point; everything else as the document has it.
fn fact_value(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".into(),
        Value::Bool(false) => "no".into(),
        Value::Number(number) => match number.as_u64().filter(|_| name.ends_with("_100")) {
            Some(hundredths) => format!("{}.{:02}", hundredths / 100, hundredths % 100),
            None => number.to_string(),
        },
        other => other.to_string(),
    }
}
