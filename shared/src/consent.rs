//! What a consent record is: one tagged disclosure or control, normalised, with what the visitor
//! did to it (seed "Each consent record"; contract §1.1 to §1.6).

use alloc::string::String;
use core::fmt;

use crate::digest::Digest;
use crate::json::members::{Members, object};
use crate::limits;

/// What a publisher tagged an element as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConsentType {
    /// The main disclosure, agreed to by submitting.
    MainImplied,
    /// The main disclosure, agreed to by a control of its own.
    MainExplicit,
    /// A further disclosure, agreed to by submitting.
    SecondaryImplied,
    /// A further disclosure, agreed to by a control of its own.
    SecondaryExplicit,
}

/// How consent is expressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// By ticking, choosing or typing.
    Explicit,
    /// By submitting a form that shows the words.
    Implied,
}

/// Why a string names no consent type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a consent type is main-implied, main-explicit, secondary-implied or secondary-explicit")]
pub struct ConsentTypeError;

impl ConsentType {
    /// The four types, in the order in which certificates list them.
    pub const ALL: [Self; 4] =
        [Self::MainImplied, Self::MainExplicit, Self::SecondaryImplied, Self::SecondaryExplicit];

    /// Reads a tag as publishers write it: in any case, with space around it.
    ///
    /// # Errors
    /// [`ConsentTypeError`] when it is none of the four: the element is not a consent record.
    pub fn from_tag(tag: &str) -> Result<Self, ConsentTypeError> {
        let tag = tag.trim();
        Self::ALL
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(tag))
            .ok_or(ConsentTypeError)
    }

    /// The type as documents write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MainImplied => "main-implied",
            Self::MainExplicit => "main-explicit",
            Self::SecondaryImplied => "secondary-implied",
            Self::SecondaryExplicit => "secondary-explicit",
        }
    }

    /// What the type means, for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::MainImplied => "Main disclosure, agreed to by submitting",
            Self::MainExplicit => "Main disclosure, agreed to by a control of its own",
            Self::SecondaryImplied => "Further disclosure, agreed to by submitting",
            Self::SecondaryExplicit => "Further disclosure, agreed to by a control of its own",
        }
    }

    /// Explicit or implied.
    #[must_use]
    pub const fn category(self) -> Category {
        match self {
            Self::MainImplied | Self::SecondaryImplied => Category::Implied,
            Self::MainExplicit | Self::SecondaryExplicit => Category::Explicit,
        }
    }
}

impl fmt::Display for ConsentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl core::str::FromStr for ConsentType {
    type Err = ConsentTypeError;

    /// Reads the documents' form; publishers' spellings are for [`ConsentType::from_tag`].
    fn from_str(text: &str) -> Result<Self, ConsentTypeError> {
        Self::ALL.into_iter().find(|known| known.as_str() == text).ok_or(ConsentTypeError)
    }
}

impl From<ConsentType> for String {
    fn from(consent_type: ConsentType) -> Self {
        consent_type.as_str().into()
    }
}

impl Category {
    /// `EXPLICIT` or `IMPLIED`, as in the seed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Explicit => "EXPLICIT",
            Self::Implied => "IMPLIED",
        }
    }
}

/// A consent id or value: up to 128 characters, no control characters, no space at its ends.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Label(String);

impl Label {
    /// Makes a label out of what a page says: control characters leave, the rest is trimmed, cut
    /// and trimmed again.
    #[must_use]
    pub fn of(raw: &str) -> Self {
        let visible: String = raw.chars().filter(|c| !c.is_control()).collect();
        Self(limits::cut(visible.trim(), limits::LABEL_CHARS).trim_end().into())
    }

    /// The label's characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// A disclosure's words: trimmed, at most 4,900 characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ConsentText(String);

impl ConsentText {
    /// Makes a text out of what a page says: trimmed (Unicode `White_Space`), cut, trimmed again.
    #[must_use]
    pub fn of(raw: &str) -> Self {
        Self(limits::cut(raw.trim(), limits::TEXT_CHARS).trim_end().into())
    }

    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// SHA-256 of the words in UTF-8: what the signed record holds of them.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }
}

impl fmt::Debug for ConsentText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl From<ConsentText> for String {
    fn from(text: ConsentText) -> Self {
        text.0
    }
}

/// What the visitor did: `visible` for implied consent, `true` or `false` for a box, the chosen
/// option, `provided` for something typed, empty for nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsentValue(Label);

impl ConsentValue {
    /// The value of a control of that type; for implied consent always `visible`.
    #[must_use]
    pub fn of(consent_type: ConsentType, raw: &str) -> Self {
        match consent_type.category() {
            Category::Implied => Self(Label::of("visible")),
            Category::Explicit => Self(Label::of(raw)),
        }
    }

    /// The value as documents write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether this value says yes: anything but empty and `false`.
    #[must_use]
    pub fn is_given(&self) -> bool {
        !matches!(self.as_str(), "" | "false")
    }
}

/// One consent record as the signed record holds it: its words by digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentRecord {
    /// Unique within the certificate.
    pub id: Label,
    /// Which step of a funnel it was seen in, from 1.
    pub step: u32,
    /// What it was tagged as.
    pub consent_type: ConsentType,
    /// What the visitor did.
    pub value: ConsentValue,
    /// SHA-256 of its words.
    pub text_sha256: Digest,
}

impl ConsentRecord {
    /// Whether consent was given (contract §1.2): matching and rules look at given records only.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.value.is_given()
    }

    /// The members that `record.json` shows, `category` included.
    pub(crate) fn write(&self, members: &mut Members<'_>) {
        members
            .text("category", self.consent_type.category().as_str())
            .text("id", self.id.as_str())
            .number("step", self.step)
            .text("text_sha256", &self.text_sha256.hex())
            .text("type", self.consent_type.as_str())
            .text("value", self.value.as_str());
    }
}

/// Why a disclosure is not a consent record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WithheldReason {
    /// It could not be seen at submit.
    NotVisible,
    /// A more complete copy with the same id and other words was kept.
    Duplicate,
}

/// Why a string names no reason for withholding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a disclosure is withheld as not_visible or duplicate")]
pub struct WithheldReasonError;

impl WithheldReason {
    /// What the reason means, for people.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NotVisible => "it could not be seen when the form was submitted",
            Self::Duplicate => "a more complete copy with the same id was kept",
        }
    }

    /// The reason as documents write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotVisible => "not_visible",
            Self::Duplicate => "duplicate",
        }
    }
}

impl core::str::FromStr for WithheldReason {
    type Err = WithheldReasonError;

    fn from_str(text: &str) -> Result<Self, WithheldReasonError> {
        match text {
            "not_visible" => Ok(Self::NotVisible),
            "duplicate" => Ok(Self::Duplicate),
            _ => Err(WithheldReasonError),
        }
    }
}

/// A disclosure that was on the page and does not count (contract §1.2): kept, so that nothing
/// that was there can be said to have been missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// The element's id; more than one may share it.
    pub id: Label,
    /// Which step it was found in.
    pub step: u32,
    /// What it was tagged as.
    pub consent_type: ConsentType,
    /// Why it does not count.
    pub reason: WithheldReason,
    /// SHA-256 of its words.
    pub text_sha256: Digest,
}

impl Withheld {
    fn write(&self, members: &mut Members<'_>) {
        members
            .text("id", self.id.as_str())
            .text("reason", self.reason.as_str())
            .number("step", self.step)
            .text("text_sha256", &self.text_sha256.hex())
            .text("type", self.consent_type.as_str());
    }
}

/// The JCS document whose digest is `attached.withheld`.
#[must_use]
pub fn withheld_document(withheld: &[Withheld]) -> String {
    object(|members| {
        members.array("items", withheld, Withheld::write).number("v", 1);
    })
}

/// How many records went beyond the limits (contract §1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dropped {
    /// Consent records beyond 64.
    pub consents: u32,
    /// Withheld disclosures beyond 64.
    pub withheld: u32,
}

impl Dropped {
    /// The `dropped` member of the record.
    pub(crate) fn write(self, members: &mut Members<'_>) {
        members.number("consents", self.consents).number("withheld", self.withheld);
    }
}

#[cfg(test)]
mod tests {
    use super::{ConsentText, ConsentType, ConsentValue, Label};

    #[test]
    fn publishers_may_write_a_type_in_any_case() {
        assert_eq!(ConsentType::from_tag("  Main-IMPLIED\n"), Ok(ConsentType::MainImplied));
        assert!(ConsentType::from_tag("marketing").is_err());
        assert!("Main-Implied".parse::<ConsentType>().is_err());
    }

    #[test]
    fn labels_and_texts_are_already_normal_when_they_exist() {
        let long = "x".repeat(127) + " tail";
        assert_eq!(Label::of(&long).as_str(), "x".repeat(127));
        assert_eq!(Label::of(" tc\u{0}pa\u{7} ").as_str(), "tcpa");
        let text = "y".repeat(4_899) + "\u{a0}z";
        assert_eq!(ConsentText::of(&text).as_str(), "y".repeat(4_899));
    }

    #[test]
    fn only_a_value_that_says_yes_is_given() {
        let given = |raw| ConsentValue::of(ConsentType::MainExplicit, raw).is_given();
        assert!(given("true") && given("provided") && given("Weekday mornings"));
        assert!(!given("false") && !given("") && !given(" \n"));
        assert!(ConsentValue::of(ConsentType::MainImplied, "false").is_given());
    }
}
