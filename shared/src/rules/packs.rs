//! Starter packs: rules as dated data, each with the law it follows (`packs/*.json`). They are a
//! place to begin from, not advice: [`NOTICE`](super::NOTICE) goes with them too.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::phrase::Phrase;
use super::rule::{Rule, RuleDraft, RuleError};

/// Where a pack's phrase names the company that wants to call.
const SELLER: &str = "{seller}";

const FILES: [&str; 4] = [
    include_str!("../../packs/tcpa-prior-express-written-consent.json"),
    include_str!("../../packs/florida-telephone-solicitation.json"),
    include_str!("../../packs/oklahoma-telephone-solicitation.json"),
    include_str!("../../packs/tcpa-espanol.json"),
];

/// A law or decision that a pack follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Source {
    /// As lawyers cite it.
    pub citation: String,
    /// Where it can be read.
    pub url: String,
}

/// Rules to begin from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pack {
    /// Its name, for links and logs.
    pub pack: String,
    /// Its name for people.
    pub title: String,
    /// The language of the forms that it is for (BCP 47).
    pub language: String,
    /// The day on which it was last held against its sources.
    pub as_of: String,
    /// What it follows.
    pub sources: Vec<Source>,
    /// What it looks for and what it cannot see.
    pub about: String,
    /// The rules, with `{seller}` where the company's name goes.
    pub rules: Vec<RuleDraft>,
}

/// Every pack.
///
/// ```
/// use econsent_core::rules::packs;
///
/// let florida = packs::all().find(|pack| pack.pack == "florida-telephone-solicitation").unwrap();
/// let rules = florida.rules_for("Acme Insurance")?;
/// assert_eq!(rules[0].states()[0].name(), "Florida");
/// # Ok::<(), econsent_core::rules::RuleError>(())
/// ```
pub fn all() -> impl Iterator<Item = Pack> {
    // A test reads every file, so none is left out here.
    FILES.iter().filter_map(|json| serde_json::from_str(json).ok())
}

impl Pack {
    /// The rules for one company's name.
    ///
    /// # Errors
    /// [`RuleError`] when the name cannot be a phrase.
    pub fn rules_for(&self, seller: &str) -> Result<Vec<Rule>, RuleError> {
        let named = |phrase: &mut Phrase| match phrase {
            Phrase::One(wording) => *wording = wording.replace(SELLER, seller),
            Phrase::AnyOf(wordings) => {
                for wording in wordings {
                    *wording = wording.replace(SELLER, seller);
                }
            }
        };
        let rules = self.rules.iter().cloned().map(|mut draft| {
            draft.required_phrases.iter_mut().for_each(named);
            draft.forbidden_phrases.iter_mut().for_each(named);
            Rule::new(draft)
        });
        rules.collect()
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString as _};
    use alloc::vec;
    use alloc::vec::Vec;

    use super::{FILES, Pack, all};
    use crate::consent::{ConsentRecord, ConsentText, ConsentType, ConsentValue, Label};
    use crate::record::{Attestation, Clock};
    use crate::rules::{Compliance, Evidence, Level, RuleSet};
    use crate::states::State;
    use crate::time::Timestamp;

    fn check(pack: &str, seller: &str, words: &str, states: &[&str]) -> Compliance {
        let pack = all().find(|known| known.pack == pack).unwrap();
        let rules = RuleSet::new(pack.rules_for(seller).unwrap()).unwrap();
        let text = ConsentText::of(words);
        let record = ConsentRecord {
            id: Label::of("tcpa"),
            step: 1,
            consent_type: ConsentType::MainImplied,
            value: ConsentValue::of(ConsentType::MainImplied, "visible"),
            text_sha256: text.digest(),
        };
        rules.check(&Evidence {
            consents: vec![(&record, text.as_str())],
            states: states.iter().map(|code| State::parse(code).unwrap()).collect(),
            attestation: Attestation::Attested,
            clock: Clock::Verified,
        })
    }

    #[test]
    fn every_pack_is_valid_dated_and_says_where_it_comes_from() {
        let packs: Vec<Pack> = all().collect();
        assert_eq!(packs.len(), FILES.len());
        for pack in packs {
            assert!(!pack.sources.is_empty() && !pack.about.is_empty(), "{}", pack.pack);
            assert!(pack.sources.iter().all(|source| source.url.starts_with("https://")));
            let date = [pack.as_of.as_str(), "T00:00:00.000Z"].concat();
            assert!(Timestamp::parse(&date).is_ok(), "{}", pack.as_of);
            assert!(!pack.rules_for("Acme Insurance").unwrap().is_empty());
            let refused = pack.rules_for(" \u{200b}").unwrap_err();
            assert_eq!(refused.to_string(), "required_phrases[0] is empty");
        }
    }

    const TCPA: &str = "By clicking “Get My Quote” I give my consent to Acme Insurance to send me \
        marketing calls and texts at the number I have provided, using an automatic telephone \
        dialing system or a prerecorded voice. My agreement is not a condition of any purchase. \
        Message and data rates may apply.";

    const FLORIDA: &str = "By checking this box as my electronic signature I authorize Acme \
        Insurance to make telephonic sales calls, send text messages and leave voicemails at the \
        telephone number I entered, using an automated system for the selection and dialing of \
        telephone numbers or a recorded message. I am not required to sign this as a condition \
        of purchasing any property, goods or services.";

    const SPANISH: &str = "Al hacer clic en «Enviar», doy mi consentimiento para que Seguros Acme \
        me haga llamadas y me envíe mensajes de texto de mercadeo al número que proporcioné, \
        mediante un sistema automático de marcación o una voz pregrabada. Mi consentimiento no \
        es una condición de compra.";

    #[test]
    fn compliant_wording_has_everything() {
        for (pack, seller, words, states) in [
            ("tcpa-prior-express-written-consent", "Acme Insurance", TCPA, &["TX"]),
            ("florida-telephone-solicitation", "Acme Insurance", FLORIDA, &["FL"]),
            ("oklahoma-telephone-solicitation", "Acme Insurance", FLORIDA, &["OK"]),
            ("tcpa-espanol", "Seguros Acme", SPANISH, &["TX"]),
        ] {
            let compliance = check(pack, seller, words, states);
            assert_eq!(compliance.missing, Vec::<String>::new(), "{pack}");
            assert_eq!(compliance.level, Level::Compliant, "{pack}");
        }
    }

    #[test]
    fn wording_without_a_part_lacks_that_part() {
        let missing = |pack, seller, words: &str, states| {
            let compliance = check(pack, seller, words, states);
            assert_ne!(compliance.level, Level::Compliant, "{words}");
            compliance.missing.len()
        };
        let tcpa = "tcpa-prior-express-written-consent";
        assert_eq!(missing(tcpa, "Acme Insurance", "I agree to the terms of use.", &["TX"]), 6);
        assert_eq!(missing(tcpa, "Beta Solar", TCPA, &["TX"]), 1);
        let bound = TCPA.replace("is not a condition", "is part");
        assert_eq!(missing(tcpa, "Acme Insurance", &bound, &["TX"]), 1);
        // The federal wording names no selection of numbers, which Florida asks for.
        assert_eq!(missing("florida-telephone-solicitation", "Acme Insurance", TCPA, &["FL"]), 1);
        let bare = "Al hacer clic, acepto recibir llamadas de Seguros Acme.";
        assert_eq!(missing("tcpa-espanol", "Seguros Acme", bare, &["TX"]), 4);
    }

    #[test]
    fn consent_that_a_purchase_depends_on_is_never_compliant() {
        let words = [TCPA, " Your consent is required to purchase a policy."].concat();
        let compliance =
            check("tcpa-prior-express-written-consent", "Acme Insurance", &words, &["TX"]);
        assert_eq!(compliance.level, Level::Partial);
        assert_eq!(compliance.forbidden_found, ["consent is required to purchase"]);
    }

    #[test]
    fn a_state_pack_leaves_other_states_alone() {
        let compliance = check("florida-telephone-solicitation", "Acme Insurance", TCPA, &["TX"]);
        assert_eq!(compliance, Compliance::NOT_CHECKED);
    }
}
