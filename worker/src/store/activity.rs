//! How many certificates each property has captured on each day: counted in the batch that writes
//! the certificate, and never taken back.

use econsent_core::ids::{CompanyId, PropertyId};
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::{Bind, Db, StoreError};

/// Milliseconds of a day.
const DAY: i64 = 24 * 60 * 60 * 1_000;

/// One more of a company's property on a day; bound by [`captured`]. By primary key.
pub(super) const COUNT: &str = "
    INSERT INTO certificate_days (company_id, day, property_id, count) VALUES (?1, ?2, ?3, 1)
    ON CONFLICT (company_id, day, property_id) DO UPDATE SET count = count + 1";

/// The values of [`COUNT`].
pub(super) fn captured<'a>(
    company: &'a CompanyId,
    property: &'a PropertyId,
    at: Timestamp,
) -> [Bind<'a>; 3] {
    let day = Bind::Number(beginning(at));
    [Bind::Text(company.as_str()), day, Bind::Text(property.as_str())]
}

/// When the day of a moment began (UTC), in milliseconds.
pub fn beginning(at: Timestamp) -> i64 {
    at.millis() - at.millis().rem_euclid(DAY)
}

/// What a property has captured on a day.
#[derive(Deserialize)]
pub struct Line {
    /// Which day, in milliseconds at its beginning (UTC).
    pub day: i64,
    /// Which property.
    pub property_id: PropertyId,
    /// Its name.
    pub property: String,
    /// How many certificates.
    pub count: u32,
}

/// What a company's properties have captured on so many days up to now, the oldest day first.
pub async fn of(
    db: &Db,
    company: &CompanyId,
    days: u32,
    now: Timestamp,
) -> Result<Vec<Line>, StoreError> {
    // By the primary key of each.
    let sql = "
        SELECT d.day, d.property_id, p.name AS property, d.count
        FROM certificate_days d CROSS JOIN properties p ON p.property_id = d.property_id
        WHERE d.company_id = ?1 AND d.day > ?2 ORDER BY d.day, d.property_id";
    let after = beginning(now) - i64::from(days) * DAY;
    db.all(sql, &[Bind::Text(company.as_str()), Bind::Number(after)]).await
}
