//! Along what a list walks: the entries of a company, a facet, a session or one certificate, by an index
//! that has them in the list's order, and what each of them shows.

use econsent_core::certificate_id::CertificateId;
use econsent_core::consent::ConsentType;
use econsent_core::custody::Status;
use econsent_core::ids::SessionId;
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::columns::moment;
use super::lists::{Listed, Place};

/// Along what a list walks.
#[derive(Clone)]
pub(super) enum Way {
    Company,
    Facet(i64),
    Session(SessionId),
    Certificate(CertificateId),
}

impl Way {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Session(session) => session.as_str().into(),
            Self::Certificate(id) => id.hash().hex(),
            Self::Company | Self::Facet(_) => String::new(),
        }
    }

    pub(super) const fn items(&self) -> &'static str {
        match self {
            Self::Company => COMPANY_ITEMS,
            Self::Facet(_) => FACET_ITEMS,
            Self::Session(_) => SESSION_ITEMS,
            Self::Certificate(_) => CERTIFICATE_ITEMS,
        }
    }

    pub(super) const fn end(&self) -> &'static str {
        match self {
            Self::Company => COMPANY_END,
            Self::Facet(_) => FACET_END,
            Self::Session(_) => SESSION_END,
            Self::Certificate(_) => CERTIFICATE_END,
        }
    }
}

/// The entries of a walk behind a place, by an index that has them in order; then by primary keys,
/// what each item shows. `types` are those of the company's facets that the certificate has.
macro_rules! select_items {
    ($way:literal) => {
        concat!(
            "
    SELECT c.session_id, lower(hex(c.hash)) AS hash, c.received_at, c.certificate, c.property_id,
        p.name AS property, c.domain, c.timestamp, c.expires_at, c.state, r.country, r.region,
        r.attestation, r.clock, v.revoked_at,
        (SELECT group_concat(f.value) FROM facets f CROSS JOIN entries x
            WHERE f.company_id = ?1 AND f.kind = 'type' AND x.facet = f.facet
                AND x.received_at = w.received_at AND x.certificate = w.certificate) AS types
    FROM (
        SELECT e.received_at, e.certificate FROM (",
            $way,
            ") e
        WHERE NOT EXISTS (
            SELECT 1 FROM json_each(?9) k WHERE NOT EXISTS (
                SELECT 1 FROM json_each(k.value) f CROSS JOIN entries x
                WHERE x.facet = f.value AND x.received_at = e.received_at
                    AND x.certificate = e.certificate))
        ORDER BY e.received_at DESC, e.certificate DESC LIMIT ?8
    ) w
    CROSS JOIN certificates c ON c.certificate = w.certificate AND c.company_id = ?1
    LEFT JOIN properties p ON p.property_id = c.property_id
    LEFT JOIN records r ON r.certificate = c.certificate
    LEFT JOIN revocations v ON v.certificate = c.certificate AND v.company_id = ?1"
        )
    };
}

/// Where such a walk has to stop: the last entry that it looks at; none when it gets to the end.
macro_rules! select_end {
    ($way:literal) => {
        concat!(
            "
    SELECT c.session_id, lower(hex(c.hash)) AS hash, c.received_at, c.certificate
    FROM (SELECT certificate FROM (",
            $way,
            ") LIMIT 1 OFFSET ?7 - 1) w
    CROSS JOIN certificates c ON c.certificate = w.certificate AND c.company_id = ?1"
        )
    };
}

const COMPANY_ITEMS: &str = select_items!(
    "SELECT received_at, certificate FROM certificates
        WHERE company_id = ?1 AND ?2 = 0 AND received_at >= ?3 AND received_at < ?4
            AND (received_at, certificate) < (?5, ?6)
        ORDER BY received_at DESC, certificate DESC LIMIT ?7"
);
const COMPANY_END: &str = select_end!(
    "SELECT received_at, certificate FROM certificates
        WHERE company_id = ?1 AND ?2 = 0 AND received_at >= ?3 AND received_at < ?4
            AND (received_at, certificate) < (?5, ?6)
        ORDER BY received_at DESC, certificate DESC LIMIT ?7"
);
const FACET_ITEMS: &str = select_items!(
    "SELECT received_at, certificate FROM entries
        WHERE facet = ?2 AND received_at >= ?3 AND received_at < ?4
            AND (received_at, certificate) < (?5, ?6)
        ORDER BY received_at DESC, certificate DESC LIMIT ?7"
);
const FACET_END: &str = select_end!(
    "SELECT received_at, certificate FROM entries
        WHERE facet = ?2 AND received_at >= ?3 AND received_at < ?4
            AND (received_at, certificate) < (?5, ?6)
        ORDER BY received_at DESC, certificate DESC LIMIT ?7"
);
const SESSION_ITEMS: &str = select_items!(
    "SELECT received_at, certificate FROM certificate_rows INDEXED BY certificates_by_session
        WHERE session = iif(lower(hex(unhex(?2))) = ?2, unhex(?2), ?2) AND company_id = ?1 AND received_at >= ?3 AND received_at < ?4
            AND (received_at, certificate) < (?5, ?6)
        ORDER BY received_at DESC, certificate DESC LIMIT ?7"
);
const SESSION_END: &str = select_end!(
    "SELECT received_at, certificate FROM certificate_rows INDEXED BY certificates_by_session
        WHERE session = iif(lower(hex(unhex(?2))) = ?2, unhex(?2), ?2) AND company_id = ?1 AND received_at >= ?3 AND received_at < ?4
            AND (received_at, certificate) < (?5, ?6)
        ORDER BY received_at DESC, certificate DESC LIMIT ?7"
);
const CERTIFICATE_ITEMS: &str = select_items!(
    "SELECT received_at, certificate FROM certificates
        WHERE hash = unhex(?2) AND company_id = ?1 AND received_at >= ?3 AND received_at < ?4
            AND (received_at, certificate) < (?5, ?6) LIMIT ?7"
);
const CERTIFICATE_END: &str = select_end!(
    "SELECT received_at, certificate FROM certificates
        WHERE hash = unhex(?2) AND company_id = ?1 AND received_at >= ?3 AND received_at < ?4
            AND (received_at, certificate) < (?5, ?6) LIMIT ?7"
);

#[derive(Deserialize, Clone)]
pub(super) struct PlaceRow {
    session_id: String,
    hash: String,
    received_at: i64,
    certificate: i64,
}

impl PlaceRow {
    pub(super) const fn key(&self) -> (i64, i64) {
        (self.received_at, self.certificate)
    }

    pub(super) fn place(self) -> Option<Place> {
        Some(Place {
            id: CertificateId::new(self.session_id.parse().ok()?, self.hash.parse().ok()?),
            received_at: self.received_at,
            certificate: self.certificate,
        })
    }
}

#[derive(Deserialize)]
pub(super) struct Row {
    #[serde(flatten)]
    pub(super) place: PlaceRow,
    property_id: Option<String>,
    property: Option<String>,
    domain: Option<String>,
    #[serde(deserialize_with = "moment")]
    timestamp: Option<Timestamp>,
    #[serde(deserialize_with = "moment")]
    expires_at: Option<Timestamp>,
    state: String,
    country: Option<String>,
    region: Option<String>,
    attestation: Option<String>,
    clock: Option<String>,
    #[serde(deserialize_with = "moment")]
    revoked_at: Option<Timestamp>,
    types: Option<String>,
}

/// As much of a certificate's state as a list shows.
#[derive(Deserialize)]
struct StateRow {
    status: Status,
    claims: Vec<String>,
}

impl Row {
    pub(super) fn listed(self) -> Option<Listed> {
        let state = serde_json::from_str::<StateRow>(&self.state).ok();
        let types = self.types.unwrap_or_default();
        let mut consent_types: Vec<ConsentType> =
            types.split(',').filter_map(|word| word.parse().ok()).collect();
        consent_types.sort_by_key(|found| ConsentType::ALL.iter().position(|one| one == found));
        let place = self.place.place()?;
        Some(Listed {
            received_at: Timestamp::from_millis(place.received_at).ok()?,
            id: place.id,
            property_id: self.property_id?.parse().ok()?,
            property: self.property.unwrap_or_default(),
            domain: self.domain?,
            timestamp: self.timestamp?,
            consent_types,
            place: self.country.zip(self.region),
            attestation: self.attestation.and_then(|word| word.parse().ok()),
            clock: self.clock.and_then(|word| word.parse().ok()),
            claims: state.as_ref().map_or(0, |state| state.claims.len()),
            revoked_at: self.revoked_at,
            expires_at: self.expires_at,
            status: state.map(|state| state.status),
        })
    }
}
