//! Holding a lead against a certificate: its bound contacts, and what was tried before.

use econsent_core::certificate_id::CertificateId;
use econsent_core::commitment::Disclosures;
use econsent_core::ids::CompanyId;
use serde::Deserialize;

use super::{Bind, Db, StoreError, rows};

/// Wrong contacts that a company may try with one certificate.
pub const WRONG: u32 = 5;

/// What a certificate is bound to, for one company.
pub struct Bound {
    /// The publisher's lookup keys, in hex.
    pub lookups: Vec<String>,
    /// The personal values that the company itself holds; none that cannot be read.
    pub disclosures: Option<Disclosures>,
}

/// What a certificate is bound to.
pub async fn bound(db: &Db, id: &CertificateId, company: &CompanyId) -> Result<Bound, StoreError> {
    #[derive(Deserialize)]
    struct Lookup {
        lookup: String,
    }
    let hash = id.hash().hex();
    let results = db
        .read(&[
            (SELECT_LOOKUPS, &[Bind::Text(&hash)]),
            (
                super::evidence::SELECT_DISCLOSURES,
                &[Bind::Text(&hash), Bind::Text(company.as_str())],
            ),
        ])
        .await?;
    let lookups = rows::<Lookup>(results.first())?;
    let held = rows::<super::evidence::Held>(results.get(1))?;
    Ok(Bound {
        lookups: lookups.into_iter().map(|row| row.lookup).collect(),
        disclosures: held.first().and_then(|held| held.disclosures().ok()),
    })
}

/// By the unique index on `hash`, then contact_lookups_by_certificate.
const SELECT_LOOKUPS: &str = "
    SELECT lower(hex(l.lookup)) AS lookup FROM certificates c
    JOIN contact_lookups l ON l.certificate = c.certificate AND l.holder IS NULL
    WHERE c.hash = unhex(?1)";

/// Notes that a company tries a contact, by an HMAC of it; false when it has tried too many wrong
/// ones, and this is none that it knows the answer to.
pub async fn try_value(
    db: &Db,
    id: &CertificateId,
    company: &CompanyId,
    (value, matches): (&str, bool),
) -> Result<bool, StoreError> {
    #[derive(Deserialize)]
    struct Known {
        known: i64,
    }
    let hash = id.hash().hex();
    let binds = [
        Bind::Text(&hash),
        Bind::Text(company.as_str()),
        Bind::Text(value),
        Bind::Number(matches.into()),
        Bind::Number(WRONG.into()),
    ];
    let which = [Bind::Text(&hash), Bind::Text(company.as_str()), Bind::Text(value)];
    let results = db.read(&[(INSERT, &binds), (SELECT_KNOWN, &which)]).await?;
    let known = rows::<Known>(results.get(1))?;
    Ok(known.first().is_some_and(|row| row.known == 1))
}

/// One statement, so that attempts at the same time are all counted; by primary key.
const INSERT: &str = "
    INSERT INTO lead_matches (certificate, company_id, value, matches)
    SELECT c.certificate, ?2, unhex(?3), ?4 FROM certificates c
    WHERE c.hash = unhex(?1) AND ?5 > (
        SELECT count(*) FROM lead_matches m
        WHERE m.certificate = c.certificate AND m.company_id = ?2 AND m.matches = 0)
    ON CONFLICT DO NOTHING";

const SELECT_KNOWN: &str = "
    SELECT EXISTS (
        SELECT 1 FROM lead_matches m
        WHERE m.certificate = c.certificate AND m.company_id = ?2 AND m.value = unhex(?3)
    ) AS known
    FROM certificates c WHERE c.hash = unhex(?1)";
