//! What checking comes to, as it is answered: the same for a claim, for a check again and for trying
//! a rule out.

use econsent_core::ids::RuleId;
use econsent_core::rules::{Compliance, Examination, NOTICE, RuleResult};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The result of checking a certificate against rules.
#[derive(Serialize, ToSchema)]
pub struct ComplianceView {
    #[serde(flatten)]
    compliance: Compliance,
    /// What each rule says, and what it found where.
    rules: Vec<CheckedRule>,
    /// What stands beside every score.
    notice: &'static str,
}

/// What one rule says, as it was at the time.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct CheckedRule {
    /// Which rule; none for one that is only tried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub rule_id: Option<RuleId>,
    /// Its version then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub version: Option<u32>,
    /// What it says.
    #[serde(flatten)]
    pub result: RuleResult,
}

impl ComplianceView {
    /// An examination by rules that are saved, each with its id and version, or by one that is not.
    pub fn of(examination: Examination, versions: &[(RuleId, u32)]) -> Self {
        let mut versions = versions.iter().cloned();
        let rules = examination.rules.into_iter().map(|result| {
            let (rule_id, version) = versions.next().unzip();
            CheckedRule { rule_id, version, result }
        });
        Self { rules: rules.collect(), compliance: examination.compliance, notice: NOTICE }
    }
}
