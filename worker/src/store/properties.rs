//! Properties: which company's they are, where they may be used, how long evidence is kept.

use econsent_core::ids::{CompanyId, Origin, PropertyId};
use econsent_core::retention::Term;
use serde::Deserialize;

use super::{Bind, Db, StoreError};
use crate::problem::Problem;

/// What ingest needs to know of a property.
#[derive(Deserialize)]
pub struct Property {
    /// Whether pages of that origin may use it.
    #[serde(deserialize_with = "flag")]
    pub origin_registered: bool,
    /// How long unclaimed evidence is kept.
    pub retention: Term,
}

fn flag<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(u8::deserialize(deserializer)? == 1)
}

/// The property of that company, and whether that origin is registered with it.
pub async fn find(
    db: &Db,
    property: &PropertyId,
    company: &CompanyId,
    origin: &Origin,
) -> Result<Option<Property>, StoreError> {
    // By primary key, both.
    let sql = "
        SELECT p.retention, EXISTS (
            SELECT 1 FROM property_origins o WHERE o.property_id = p.property_id AND o.origin = ?3
        ) AS origin_registered
        FROM properties p WHERE p.property_id = ?1 AND p.company_id = ?2";
    let binds =
        [Bind::Text(property.as_str()), Bind::Text(company.as_str()), Bind::Text(origin.as_str())];
    db.first(sql, &binds).await
}

/// Another company's property, and one that does not exist, look the same.
pub fn not_found() -> Problem {
    Problem::new(404, "property_not_found", "This company has no such property.")
}
