//! Rules: which words a buyer wants on its publishers' forms, and whether a certificate has them
//! (seed "Consent Language Rules"; contract §2; vectors `rules.json`).
//!
//! A [`Rule`] is read once, with everything refused that could never work. A [`RuleSet`] compiles
//! a buyer's rules into one search that looks at each text once, however many phrases there are.
//! [`RuleSet::check`] gives the [`Compliance`] of one certificate, [`RuleSet::check_all`] that of
//! many, [`RuleSet::examine`] where in its words everything was found. What it says is text matching, so wherever it is shown, [`NOTICE`] is shown with it.
//!
//! ```
//! use econsent_core::consent::{ConsentRecord, ConsentText, ConsentType, ConsentValue, Label};
//! use econsent_core::record::{Attestation, Clock};
//! use econsent_core::rules::{Evidence, Level, Mode, Phrase, Rule, RuleDraft, RuleSet};
//!
//! let rule = Rule::new(RuleDraft {
//!     rule_name: "TCPA Express Consent".into(),
//!     required_phrases: vec![
//!         Phrase::from("Acme Insurance"),
//!         Phrase::any_of(["automatic telephone dialing system", "autodialer"]),
//!     ],
//!     forbidden_phrases: vec![],
//!     full_text: None,
//!     mode: Mode::Warn,
//!     states: vec![],
//! })?;
//! let rules = RuleSet::new(vec![rule])?;
//!
//! let text = ConsentText::of("Acme Insurance may call me by autodialer.");
//! let record = ConsentRecord {
//!     id: Label::of("tcpa"),
//!     step: 1,
//!     consent_type: ConsentType::MainExplicit,
//!     value: ConsentValue::of(ConsentType::MainExplicit, "true"),
//!     text_sha256: text.digest(),
//! };
//! let compliance = rules.check(&Evidence {
//!     consents: vec![(&record, text.as_str())],
//!     states: vec![],
//!     attestation: Attestation::Attested,
//!     clock: Clock::Verified,
//! });
//! assert_eq!(compliance.matched, ["Acme Insurance", "autodialer"]);
//! assert_eq!(compliance.level, Level::Compliant);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod check;
mod examination;
#[cfg(feature = "serde")]
pub mod packs;
mod phrase;
mod phrases;
mod rule;
mod rule_set;
mod sentences;

pub use check::{
    Compliance, Doubt, DoubtError, Level, LevelError, Score, ScoreError, Verdict, VerdictError,
};
pub use examination::{Examination, PhraseResult, Place, RuleResult};
pub use phrase::Phrase;
pub use phrases::{Found, PhraseSet};
pub use rule::{Mode, ModeError, Rule, RuleDraft, RuleError, Where};
pub use rule_set::{Evidence, RuleSet, RuleSetError};
pub use sentences::sentences;

/// What stands beside every score.
pub const NOTICE: &str = "Automated text matching. It is not legal advice.";
