//! How each consent record looked (contract §1, "Presentation facts"): what the page measured, read
//! leniently, since a fact that cannot be read is no reason to lose the evidence, and written as one
//! canonical document beside the record.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::consent::{ConsentRecord, Label};
use crate::json::{Json, Object};
use crate::record::word;
use crate::timezone::TimeZone;

/// No page is larger than this, in CSS pixels.
const PIXELS: i64 = 10_000_000;
/// Fonts and contrasts are in hundredths; WCAG contrast goes up to 21.
const HUNDREDTHS: i64 = 1_000_000;
/// Longer than any visit, in milliseconds: a week.
const MILLIS: i64 = 7 * 24 * 60 * 60 * 1_000;

word!(
    /// What made an element consent.
    TaggedBy, TaggedByError {
        /// `data-consent-type`.
        Attribute = "attribute",
        /// A selector in the property's settings.
        Selector = "selector",
        /// A tag for TrustedForm, mapped to our types.
        TrustedForm = "trustedform",
        /// A tag for LeadiD, mapped to our types.
        LeadId = "leadid"
    }
);
word!(
    /// How a record came by its value.
    Interaction, InteractionError {
        /// The visitor operated the control.
        Manual = "manual",
        /// It was chosen before the visitor came, and left so.
        PreSelected = "pre-selected",
        /// There is no control, or nobody touched it and nothing was chosen.
        NonInteractive = "non-interactive"
    }
);
word!(
    /// Where words stand to the control that submits.
    Order, OrderError {
        /// Before it, in reading order.
        Before = "before",
        /// After it.
        After = "after"
    }
);

/// How one record looked when the form was submitted, or when its step was left. Pixels are CSS
/// pixels; the box is in page coordinates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The record.
    pub id: Label,
    /// What made it consent.
    pub tagged_by: Option<TaggedBy>,
    /// Size of the font that most of its words have, in hundredths of a pixel.
    pub font_px_100: Option<i64>,
    /// Contrast of its words with what is behind them (WCAG 2.2, 1.4.3), in hundredths.
    pub contrast_100: Option<i64>,
    /// Left edge of its box.
    pub left_px: Option<i64>,
    /// Upper edge.
    pub top_px: Option<i64>,
    /// Width.
    pub width_px: Option<i64>,
    /// Height.
    pub height_px: Option<i64>,
    /// Whether the window showed any of it at that moment.
    pub in_viewport: Option<bool>,
    /// For how long the window showed half of it, or was half filled by it.
    pub in_viewport_ms: Option<i64>,
    /// Where it stands to the control that submits.
    pub order: Option<Order>,
    /// Pixels between its box and that control's; 0 when they touch.
    pub distance_px: Option<i64>,
    /// What that control says.
    pub submit_text: Option<Label>,
    /// Whether its box was ticked before the visitor did anything.
    pub pre_checked: Option<bool>,
    /// How it came by its value.
    pub interaction: Option<Interaction>,
}

impl Facts {
    /// What a page says of a record; what is none, or goes beyond its limits, is left out.
    fn read(value: &Value) -> Option<Self> {
        let integer = |name: &str, least: i64, most: i64| {
            value.get(name)?.as_i64().filter(|number| (least..=most).contains(number))
        };
        let flag = |name: &str| value.get(name)?.as_bool();
        let text = |name: &str| value.get(name)?.as_str();
        Some(Self {
            id: Label::of(text("id")?),
            tagged_by: text("tagged_by").and_then(|word| word.parse().ok()),
            font_px_100: integer("font_px_100", 0, HUNDREDTHS),
            contrast_100: integer("contrast_100", 100, 2_100),
            left_px: integer("left_px", -PIXELS, PIXELS),
            top_px: integer("top_px", -PIXELS, PIXELS),
            width_px: integer("width_px", 0, PIXELS),
            height_px: integer("height_px", 0, PIXELS),
            in_viewport: flag("in_viewport"),
            in_viewport_ms: integer("in_viewport_ms", 0, MILLIS),
            order: text("order").and_then(|word| word.parse().ok()),
            distance_px: integer("distance_px", 0, PIXELS),
            submit_text: text("submit_text").map(Label::of),
            pre_checked: flag("pre_checked"),
            interaction: text("interaction").and_then(|word| word.parse().ok()),
        })
    }

    fn document(&self) -> Object {
        let mut object = Object::new().with("id", self.id.as_str());
        for (name, number) in [
            ("font_px_100", self.font_px_100),
            ("contrast_100", self.contrast_100),
            ("left_px", self.left_px),
            ("top_px", self.top_px),
            ("width_px", self.width_px),
            ("height_px", self.height_px),
            ("in_viewport_ms", self.in_viewport_ms),
            ("distance_px", self.distance_px),
        ] {
            if let Some(number) = number {
                object.set(name, Json::Integer(number));
            }
        }
        for (name, flag) in [("in_viewport", self.in_viewport), ("pre_checked", self.pre_checked)] {
            if let Some(flag) = flag {
                object.set(name, Json::Bool(flag));
            }
        }
        for (name, word) in [
            ("tagged_by", self.tagged_by.map(TaggedBy::as_str)),
            ("order", self.order.map(Order::as_str)),
            ("interaction", self.interaction.map(Interaction::as_str)),
            ("submit_text", self.submit_text.as_ref().map(Label::as_str)),
        ] {
            if let Some(word) = word {
                object.set(name, word);
            }
        }
        object
    }
}

/// How every record looked, in their order, and where the consumer's clock stood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presentation {
    items: Vec<Facts>,
    /// The consumer's time zone, as the edge tells it.
    pub timezone: Option<TimeZone>,
}

impl Presentation {
    /// What a page says, of these records only and once of each.
    #[must_use]
    pub fn of(self, consents: &[ConsentRecord]) -> Self {
        let mut said: BTreeSet<Label> = BTreeSet::new();
        let facts = self.items.into_iter().filter(|facts| {
            consents.iter().any(|consent| consent.id == facts.id) && said.insert(facts.id.clone())
        });
        Self { items: facts.collect(), ..self }
    }

    /// Of each record.
    pub fn iter(&self) -> impl Iterator<Item = &Facts> {
        self.items.iter()
    }

    /// The document whose digest is `attached.presentation`; none when nothing is known.
    #[must_use]
    pub fn canonical(&self) -> Option<String> {
        if self.items.is_empty() && self.timezone.is_none() {
            return None;
        }
        let items = self.items.iter().map(|facts| facts.document().into());
        let mut document =
            Object::new().with("v", 1_u32).with("items", Json::List(items.collect()));
        if let Some(timezone) = &self.timezone {
            document.set("timezone", timezone.as_str());
        }
        Some(document.canonical())
    }

    /// The consumer's time zone in such a document.
    #[must_use]
    pub fn timezone_in(document: &str) -> Option<TimeZone> {
        let document: Value = serde_json::from_str(document).ok()?;
        TimeZone::parse(document.get("timezone")?.as_str()?).ok()
    }
}

impl<'de> Deserialize<'de> for Presentation {
    /// Anything: what is no list of facts says nothing. A page says nothing of the time zone.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(Self { items: items.iter().filter_map(Facts::read).collect(), timezone: None })
    }
}

#[cfg(test)]
mod tests {
    use super::{Presentation, TimeZone};
    use crate::consent::{ConsentRecord, ConsentText, ConsentType, ConsentValue, Label};

    fn record(id: &str) -> ConsentRecord {
        let consent_type = ConsentType::MainImplied;
        ConsentRecord {
            id: Label::of(id),
            step: 1,
            consent_type,
            value: ConsentValue::of(consent_type, ""),
            text_sha256: ConsentText::of("I agree").digest(),
        }
    }

    #[test]
    fn what_a_page_measured_is_written_in_canonical_form() {
        let said: Presentation = serde_json::from_str(
            r#"[{"id":"tcpa","font_px_100":1400,"contrast_100":712,"left_px":-8,"pre_checked":false,
                "submit_text":" Get My Quote\n","interaction":"non-interactive","tagged_by":"leadid"}]"#,
        )
        .unwrap();
        assert_eq!(
            said.of(&[record("tcpa")]).canonical().unwrap(),
            r#"{"items":[{"contrast_100":712,"font_px_100":1400,"id":"tcpa","interaction":"non-interactive","left_px":-8,"pre_checked":false,"submit_text":"Get My Quote","tagged_by":"leadid"}],"v":1}"#
        );
    }

    #[test]
    fn a_time_zone_is_the_edges_to_tell() {
        let said: Presentation = serde_json::from_str(r#"[{"id":"tcpa"}]"#).unwrap();
        let timezone = TimeZone::parse("America/Chicago").ok();
        let told = Presentation { timezone: timezone.clone(), ..said.of(&[]) };
        let document = told.canonical().unwrap();
        assert_eq!(document, r#"{"items":[],"timezone":"America/Chicago","v":1}"#);
        assert_eq!(Presentation::timezone_in(&document), timezone);
        for none in ["", "{}", r#"{"timezone":7}"#, r#"{"timezone":"<script>"}"#] {
            assert_eq!(Presentation::timezone_in(none), None, "{none}");
        }
    }

    #[test]
    fn what_cannot_be_is_left_out_and_nothing_else_with_it() {
        let said: Presentation = serde_json::from_str(
            r#"[{"id":"tcpa","font_px_100":1e300,"contrast_100":99,"width_px":-1,"order":"sideways",
                "in_viewport":"yes","in_viewport_ms":4200},{"id":"tcpa"},{"id":"stray"},7,{"id":null}]"#,
        )
        .unwrap();
        let document = said.of(&[record("tcpa")]).canonical().unwrap();
        assert_eq!(document, r#"{"items":[{"id":"tcpa","in_viewport_ms":4200}],"v":1}"#);
        for nothing in ["null", "7", "{}", "[]"] {
            let said: Presentation = serde_json::from_str(nothing).unwrap();
            assert_eq!(said.of(&[record("tcpa")]).canonical(), None);
        }
    }
}
