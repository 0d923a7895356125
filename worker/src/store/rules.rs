//! Consent rules of a buyer. A rule is stored as it was written; what reads it back looks it
//! through again.

use econsent_core::ids::{CompanyId, RuleId};
use econsent_core::limits;
use econsent_core::rules::{Rule, RuleSet, RuleSetError};
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::{Bind, Db, StoreError};

/// A rule as it is stored.
#[derive(Deserialize)]
pub struct Row {
    /// Which.
    pub rule_id: RuleId,
    /// How often it was changed, from 1.
    pub version: u32,
    /// The rule as it was written, as JSON.
    pub rule: String,
    /// Since when there is one.
    pub created_at: i64,
    /// When it was last changed.
    pub updated_at: i64,
}

impl Row {
    /// The rule, looked through again.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when what is stored is no rule.
    pub fn rule(&self) -> Result<Rule, StoreError> {
        let read = serde_json::from_str(&self.rule);
        read.map_err(|error| StoreError::Failed(format!("rule {}: {error}", self.rule_id)))
    }
}

/// The rules of a company that a certificate is checked against, in their order. Bound to the
/// company; may stand in any batch. By consent_rules_live.
pub const SELECT_LIVE: &str = "
    SELECT rule_id, version, rule, created_at, updated_at FROM consent_rules
    WHERE company_id = ?1 AND deleted_at IS NULL ORDER BY created_at, rule_id LIMIT 100";

/// A company's rules, compiled, with the name and version of each.
pub struct Rules {
    /// Which rules, and as which version, in the order of the set.
    pub versions: Vec<(RuleId, u32)>,
    /// The rules themselves.
    pub set: RuleSet,
}

impl Rules {
    /// Compiles what [`SELECT_LIVE`] gives.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when what is stored cannot be used; saving has made sure that it can.
    pub fn of(rows: &[Row]) -> Result<Self, StoreError> {
        let rules: Result<Vec<Rule>, StoreError> = rows.iter().map(Row::rule).collect();
        let set = RuleSet::new(rules?)
            .map_err(|error: RuleSetError| StoreError::Failed(format!("rules: {error}")))?;
        let versions = rows.iter().map(|row| (row.rule_id.clone(), row.version)).collect();
        Ok(Self { versions, set })
    }
}

/// Every rule of a company, in the order they were made.
pub async fn list(db: &Db, company: &CompanyId) -> Result<Vec<Row>, StoreError> {
    db.all(SELECT_LIVE, &[Bind::Text(company.as_str())]).await
}

/// A rule of that company, unless it was deleted.
pub async fn find(db: &Db, company: &CompanyId, id: &RuleId) -> Result<Option<Row>, StoreError> {
    // By primary key.
    let sql = "
        SELECT rule_id, version, rule, created_at, updated_at FROM consent_rules
        WHERE rule_id = ?1 AND company_id = ?2 AND deleted_at IS NULL";
    db.first(sql, &[Bind::Text(id.as_str()), Bind::Text(company.as_str())]).await
}

/// A rule as it is written: its text and what it adds to the company's sums.
pub struct Written {
    rule: String,
    bytes: i64,
    wordings: i64,
}

impl Written {
    /// Writes a rule out.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when it cannot be written.
    pub fn of(rule: &Rule) -> Result<Self, StoreError> {
        let failed = |error: serde_json::Error| StoreError::Failed(error.to_string());
        let text = serde_json::to_string(rule).map_err(failed)?;
        // Either can be the longer one: invisible characters are no canonical text, and a single
        // ligature may become a sentence.
        let bytes = text.len().max(rule.bytes());
        Ok(Self { rule: text, bytes: count(bytes), wordings: count(rule.wordings()) })
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Writes a new rule; false when the company would have more than it may.
pub async fn create(
    db: &Db,
    company: &CompanyId,
    id: &RuleId,
    written: &Written,
    now: Timestamp,
) -> Result<bool, StoreError> {
    // One statement, so that no two of them can both be the last that fits.
    let sql = "
        INSERT INTO consent_rules (rule_id, company_id, rule, bytes, wordings, created_at,
            updated_at)
        SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?6 FROM (
            SELECT count(*) AS rules, total(bytes) AS bytes, total(wordings) AS wordings
            FROM consent_rules WHERE company_id = ?2 AND deleted_at IS NULL
        ) AS live
        WHERE live.rules < ?7 AND live.bytes + ?4 <= ?8 AND live.wordings + ?5 <= ?9";
    let binds = [
        Bind::Text(id.as_str()),
        Bind::Text(company.as_str()),
        Bind::Text(&written.rule),
        Bind::Number(written.bytes),
        Bind::Number(written.wordings),
        Bind::Number(now.millis()),
        Bind::Number(count(limits::RULES)),
        Bind::Number(count(limits::RULE_SET_BYTES)),
        Bind::Number(count(limits::RULE_SET_PHRASES)),
    ];
    Ok(db.run(sql, &binds).await? == 1)
}

/// Writes over a rule; the same text again is no new version. None when the company would have more
/// than it may, or has no such rule.
pub async fn update(
    db: &Db,
    company: &CompanyId,
    id: &RuleId,
    written: &Written,
    now: Timestamp,
) -> Result<Option<Row>, StoreError> {
    let sql = "
        UPDATE consent_rules SET rule = ?3, bytes = ?4, wordings = ?5,
            version = version + (rule <> ?3), updated_at = iif(rule <> ?3, ?6, updated_at)
        WHERE rule_id = ?1 AND company_id = ?2 AND deleted_at IS NULL AND (
            SELECT total(others.bytes) + ?4 <= ?7 AND total(others.wordings) + ?5 <= ?8
            FROM consent_rules others
            WHERE others.company_id = ?2 AND others.deleted_at IS NULL AND others.rule_id <> ?1
        )
        RETURNING rule_id, version, rule, created_at, updated_at";
    let binds = [
        Bind::Text(id.as_str()),
        Bind::Text(company.as_str()),
        Bind::Text(&written.rule),
        Bind::Number(written.bytes),
        Bind::Number(written.wordings),
        Bind::Number(now.millis()),
        Bind::Number(count(limits::RULE_SET_BYTES)),
        Bind::Number(count(limits::RULE_SET_PHRASES)),
    ];
    db.first(sql, &binds).await
}

/// Deletes a rule: results that it was part of keep it. False when the company has no such one.
pub async fn delete(
    db: &Db,
    company: &CompanyId,
    id: &RuleId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "
        UPDATE consent_rules SET deleted_at = ?3
        WHERE rule_id = ?1 AND company_id = ?2 AND deleted_at IS NULL";
    let binds = [Bind::Text(id.as_str()), Bind::Text(company.as_str()), Bind::Number(now.millis())];
    Ok(db.run(sql, &binds).await? == 1)
}
