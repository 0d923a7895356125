//! Properties: which company's they are, where they may be used, what their tracker does, how long
//! evidence is kept.

use econsent_core::contact::CallingCode;
use econsent_core::ids::{CompanyId, Origin, PropertyId};
use econsent_core::name::Name;
use econsent_core::origins::{OriginPattern, patterns_of};
use econsent_core::retention::Term;
use econsent_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Bind, Db, StoreError};
use crate::problem::Problem;
use crate::settings::{ConsentSelector, PublicLevel};

/// What ingest needs to know of a property.
#[derive(Deserialize)]
pub struct Property {
    /// Whether pages of that origin may use it.
    #[serde(deserialize_with = "flag")]
    pub origin_registered: bool,
    /// How long unclaimed evidence is kept.
    pub retention: Term,
}

/// A column that is 0 or 1.
pub(super) fn flag<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(u8::deserialize(deserializer)? == 1)
}

/// The property of that company, and whether that origin is registered with it, by itself or by
/// a pattern.
pub async fn find(
    db: &Db,
    property: &PropertyId,
    company: &CompanyId,
    origin: &Origin,
) -> Result<Option<Property>, StoreError> {
    // By primary key, both.
    let sql = "
        SELECT p.retention, EXISTS (
            SELECT 1 FROM property_origins o
            WHERE o.property_id = p.property_id AND o.origin IN (SELECT value FROM json_each(?3))
        ) AS origin_registered
        FROM properties p WHERE p.property_id = ?1 AND p.company_id = ?2";
    let patterns = json(&patterns_of(origin))?;
    let binds =
        [Bind::Text(property.as_str()), Bind::Text(company.as_str()), Bind::Text(&patterns)];
    db.first(sql, &binds).await
}

/// Another company's property, and one that does not exist, look the same.
pub fn not_found() -> Problem {
    Problem::new(404, "property_not_found", "This company has no such property.")
}

/// A property with everything it is set to.
#[derive(Deserialize)]
pub struct Row {
    /// Which.
    pub property_id: PropertyId,
    /// Whose.
    pub company_id: CompanyId,
    /// What it is called.
    pub name: Name,
    /// How long unclaimed evidence is kept.
    pub retention: Term,
    /// A JSON array of consent selectors.
    pub selectors: String,
    /// A JSON array of selectors of fields that a recording may show.
    pub unmasked: String,
    /// What is taken to stand before phone numbers.
    pub calling_code: CallingCode,
    /// What a certificate's public page shows.
    pub public_level: PublicLevel,
    /// Whether recording waits for a notice.
    #[serde(deserialize_with = "flag")]
    pub record_after_notice: bool,
    /// Whether its pages are recorded at all.
    #[serde(deserialize_with = "flag")]
    pub recording: bool,
    /// Since when there is one.
    pub created_at: i64,
    /// A JSON array of patterns.
    pub origins: String,
}

const SELECT: &str = "
    SELECT p.property_id, p.company_id, p.name, p.retention, p.selectors, p.unmasked,
        p.calling_code, p.public_level, p.record_after_notice, p.recording, p.created_at,
        (SELECT json_group_array(o.origin) FROM property_origins o
            WHERE o.property_id = p.property_id) AS origins
    FROM properties p";

/// Every property of a company, in the order they were made.
pub async fn list(db: &Db, company: &CompanyId) -> Result<Vec<Row>, StoreError> {
    // By properties_by_company.
    let sql =
        format!("{SELECT} WHERE p.company_id = ?1 ORDER BY p.created_at, p.property_id LIMIT 1000");
    db.all(&sql, &[Bind::Text(company.as_str())]).await
}

/// A property of that company.
pub async fn read(
    db: &Db,
    company: &CompanyId,
    property: &PropertyId,
) -> Result<Option<Row>, StoreError> {
    let sql = format!("{SELECT} WHERE p.property_id = ?1 AND p.company_id = ?2");
    db.first(&sql, &[Bind::Text(property.as_str()), Bind::Text(company.as_str())]).await
}

/// What an owner sets.
pub struct Values<'a> {
    /// What it is called.
    pub name: &'a Name,
    /// Where it may be used.
    pub origins: &'a [OriginPattern],
    /// Which elements are consent without being tagged.
    pub selectors: &'a [ConsentSelector],
    /// Which fields a recording may show.
    pub unmasked: &'a [econsent_core::selector::Selector],
    /// What is taken to stand before phone numbers.
    pub calling_code: CallingCode,
    /// What a certificate's public page shows.
    pub public_level: PublicLevel,
    /// How long unclaimed evidence is kept.
    pub retention: Term,
    /// Whether recording waits for a notice.
    pub record_after_notice: bool,
    /// Whether its pages are recorded at all.
    pub recording: bool,
}

/// Writes a property whole: a new one, or over what it was set to.
///
/// # Errors
/// [`StoreError::Conflict`] when the company has no such property to write over.
pub async fn write(
    db: &Db,
    company: &CompanyId,
    property: &PropertyId,
    values: &Values<'_>,
    made: Option<Timestamp>,
) -> Result<(), StoreError> {
    let (origins, selectors, unmasked) =
        (json(values.origins)?, json(values.selectors)?, json(values.unmasked)?);
    let code = values.calling_code.to_string();
    let which = || [Bind::Text(property.as_str()), Bind::Text(company.as_str())];
    let [id, of] = which();
    let (made_id, made_of, made_name) = (
        Bind::Text(property.as_str()),
        Bind::Text(company.as_str()),
        Bind::Text(values.name.as_str()),
    );
    let make = [made_id, made_of, made_name, Bind::MaybeNumber(made.map(Timestamp::millis))];
    let update = [
        id,
        of,
        Bind::Text(values.name.as_str()),
        Bind::Text(values.retention.as_str()),
        Bind::Text(&selectors),
        Bind::Text(&unmasked),
        Bind::Text(&code),
        Bind::Text(values.public_level.as_str()),
        Bind::Number(values.record_after_notice.into()),
        Bind::Number(values.recording.into()),
    ];
    db.batch(&[
        (MAKE, &make),
        (GUARD, &which()),
        (UPDATE, &update),
        ("DELETE FROM property_origins WHERE property_id = ?1", &[Bind::Text(property.as_str())]),
        (INSERT_ORIGINS, &[Bind::Text(property.as_str()), Bind::Text(&origins)]),
    ])
    .await
}

const MAKE: &str = "
    INSERT INTO properties (property_id, company_id, name, created_at)
    SELECT ?1, ?2, ?3, ?4 WHERE ?4 IS NOT NULL";

const GUARD: &str = "
    INSERT INTO guard SELECT count(*) FROM properties WHERE property_id = ?1 AND company_id = ?2";

const UPDATE: &str = "
    UPDATE properties SET name = ?3, retention = ?4, selectors = ?5, unmasked = ?6,
        calling_code = ?7, public_level = ?8, record_after_notice = ?9, recording = ?10
    WHERE property_id = ?1 AND company_id = ?2";

const INSERT_ORIGINS: &str = "
    INSERT INTO property_origins (property_id, origin) SELECT ?1, value FROM json_each(?2)";

fn json<T: Serialize + ?Sized>(list: &T) -> Result<String, StoreError> {
    serde_json::to_string(list).map_err(|error| StoreError::Failed(error.to_string()))
}
