//! The owner's list of certificates, the newest first. A list walks along the entries of one facet,
//! or of a few that are merged, and looks at no more of them than a page may cost, however many
//! certificates there are and however few of them a filter lets through.

use econsent_core::certificate_id::CertificateId;
use econsent_core::consent::ConsentType;
use econsent_core::custody::Status;
use econsent_core::ids::{CompanyId, PropertyId};
use econsent_core::json::Object;
use econsent_core::listing::{Search, Standing};
use econsent_core::record::{Attestation, Clock};
use econsent_core::time::Timestamp;
use serde::Deserialize;
use worker::D1Result;

use super::list_ways::{PlaceRow, Row, Way};
use super::{Bind, Db, StoreError, json_rows, rows};

/// Entries that one page looks at when several conditions have to hold.
const WINDOW: u32 = 1_000;
/// Texts with the same words that are looked through at once.
const FACETS: usize = 64;

/// What a list is narrowed by.
#[derive(Clone, Default)]
pub struct Filter {
    /// What was typed.
    pub search: Option<Search>,
    /// A website.
    pub property: Option<PropertyId>,
    /// A type of consent that was given.
    pub consent_type: Option<ConsentType>,
    /// What the certificate is to the owner.
    pub standing: Option<Standing>,
    /// Received then or later.
    pub from: Option<Timestamp>,
    /// Received before.
    pub to: Option<Timestamp>,
}

/// A certificate in a list.
pub struct Listed {
    /// Which.
    pub id: CertificateId,
    /// Of which website.
    pub property_id: PropertyId,
    /// What the website is called.
    pub property: String,
    /// The page's host.
    pub domain: String,
    /// When the form was submitted.
    pub timestamp: Timestamp,
    /// When it arrived.
    pub received_at: Timestamp,
    /// The types of consent that was given.
    pub consent_types: Vec<ConsentType>,
    /// The consumer's country and region by IP address.
    pub place: Option<(String, String)>,
    /// None once the evidence is gone.
    pub attestation: Option<Attestation>,
    /// None once the evidence is gone.
    pub clock: Option<Clock>,
    /// Companies that claimed it.
    pub claims: usize,
    /// Since when the consumer has opted out with the owner.
    pub revoked_at: Option<Timestamp>,
    /// Until when the evidence is kept.
    pub expires_at: Option<Timestamp>,
    /// Whether the evidence is there; none when that was changed behind the service's back.
    pub status: Option<Status>,
}

/// One page of a list.
pub struct Page {
    /// The newest first.
    pub items: Vec<Listed>,
    /// Behind which certificate the next page begins; none at the end. A page may be short, or
    /// empty, and not the last.
    pub next: Option<Place>,
}

/// A place in the list.
#[derive(Clone)]
pub struct Place {
    /// The certificate there.
    pub id: CertificateId,
    pub(super) received_at: i64,
    pub(super) certificate: i64,
}

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The words are in more texts than are looked through at once.
    #[error("more than 64 of the company's texts have these words; add one")]
    Broad,
    /// The page begins behind a certificate that the company does not have.
    #[error("the cursor is not of this list")]
    Cursor,
    /// The store's.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A filter as the database walks it.
#[derive(Clone)]
pub struct Walk {
    ways: Vec<Way>,
    conditions: Vec<Vec<i64>>,
    from: i64,
    to: i64,
    after: Option<Place>,
}

/// Finds what a filter's conditions lead to, and where the page begins, in one round trip.
///
/// # Errors
/// [`ListError`].
pub async fn walk(
    db: &Db,
    company: &CompanyId,
    filter: &Filter,
    after: Option<&CertificateId>,
) -> Result<Walk, ListError> {
    let asked = Asked::of(company, filter);
    let cursor = after.map(|id| id.hash().hex()).unwrap_or_default();
    let results = db
        .read(&[
            (SELECT_FACETS, &[Bind::Text(company.as_str()), Bind::Text(&asked.values)]),
            (SELECT_TEXTS, &[Bind::Text(company.as_str()), Bind::Text(&asked.words)]),
            (SELECT_PLACE, &[Bind::Text(company.as_str()), Bind::Text(&cursor)]),
        ])
        .await?;
    let [facets, texts, places] = results.as_slice() else {
        return Err(StoreError::Failed("a batch of three gives three results".into()).into());
    };
    let place = rows::<PlaceRow>(Some(places))?.into_iter().next().and_then(PlaceRow::place);
    if after.is_some() && place.is_none() {
        return Err(ListError::Cursor);
    }
    // In the order of how few certificates each is likely to leave.
    let named: Vec<FacetRow> = rows(Some(facets))?;
    let of = |criterion| -> Vec<i64> {
        named.iter().filter(|row| row.criterion == criterion).map(|row| row.facet).collect()
    };
    let texts = facets_of(texts)?;
    if texts.len() > FACETS {
        return Err(ListError::Broad);
    }
    let rare = filter.standing.is_some_and(|standing| standing != Standing::Active);
    let mut conditions: Vec<(bool, Vec<i64>)> = vec![
        (rare, of("status")),
        (!asked.words.is_empty(), texts),
        (asked.domain, of("domain")),
        (asked.state, of("state")),
        (filter.property.is_some(), of("property")),
        (filter.consent_type.is_some(), of("type")),
        (filter.standing.is_some() && !rare, of("status")),
    ];
    conditions.retain(|(asked, _)| *asked);
    let mut conditions: Vec<Vec<i64>> = conditions.into_iter().map(|(_, facets)| facets).collect();
    let ways = match &filter.search {
        // Nothing has what was asked for.
        _ if conditions.iter().any(Vec::is_empty) => Vec::new(),
        Some(Search::Certificate(id)) => vec![Way::Certificate(id.clone())],
        Some(Search::Session(session)) => vec![Way::Session(session.clone())],
        _ if conditions.is_empty() => vec![Way::Company],
        _ => conditions.remove(0).into_iter().map(Way::Facet).collect(),
    };
    Ok(Walk {
        ways,
        conditions,
        from: filter.from.map_or(0, Timestamp::millis),
        to: filter.to.map_or(i64::from(u32::MAX) * 1_000_000, Timestamp::millis),
        after: place,
    })
}

/// The filter's conditions as values.
struct Asked {
    values: String,
    words: String,
    domain: bool,
    state: bool,
}

impl Asked {
    fn of(company: &CompanyId, filter: &Filter) -> Self {
        let (mut domain, mut state, mut words) = (None, None, String::new());
        match &filter.search {
            Some(Search::Domain(found)) => domain = Some(found.as_str()),
            Some(Search::State(found)) => state = Some(found.as_str()),
            Some(Search::Words(found)) => words = found.query(company.as_str()),
            Some(Search::Certificate(_) | Search::Session(_)) | None => {}
        }
        let values = [
            ("property", filter.property.as_ref().map(PropertyId::as_str)),
            ("type", filter.consent_type.map(ConsentType::as_str)),
            ("status", filter.standing.map(Standing::as_str)),
            ("domain", domain),
            ("state", state),
        ];
        let values = values.into_iter().filter_map(|(kind, value)| {
            Some(Object::new().with("kind", kind).with("value", value?))
        });
        Self { values: json_rows(values), words, domain: domain.is_some(), state: state.is_some() }
    }
}

/// Up to `limit` certificates of a walk, in one round trip.
///
/// # Errors
/// The store's.
pub async fn page(
    db: &Db,
    company: &CompanyId,
    walk: &Walk,
    limit: usize,
) -> Result<Page, StoreError> {
    let conditions = serde_json::to_string(&walk.conditions)
        .map_err(|error| StoreError::Failed(error.to_string()))?;
    let more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    // Without further conditions every entry is an item.
    let window = if walk.conditions.is_empty() { more } else { more.max(WINDOW.into()) };
    let (received_at, certificate) = match &walk.after {
        Some(place) => (place.received_at, place.certificate),
        None => (LAST, LAST),
    };
    // An index is entered by one of both ends; the nearer one spares what lies between them.
    let to = walk.to.min(received_at.saturating_add(1));
    let binds: Vec<[Bind<'_>; 9]> = walk
        .ways
        .iter()
        .map(|way| {
            [
                Bind::Text(company.as_str()),
                Bind::Number(if let Way::Facet(facet) = way { *facet } else { 0 }),
                Bind::Number(walk.from),
                Bind::Number(to),
                Bind::Number(received_at),
                Bind::Number(certificate),
                Bind::Number(window),
                Bind::Number(more),
                Bind::Text(&conditions),
            ]
        })
        .collect();
    let names: Vec<String> = walk.ways.iter().map(Way::name).collect();
    let named: Vec<Vec<Bind<'_>>> = binds
        .iter()
        .zip(&names)
        .zip(&walk.ways)
        .map(|((binds, name), way)| {
            let mut binds = binds.to_vec();
            if let (Way::Session(_) | Way::Certificate(_), Some(second)) = (way, binds.get_mut(1)) {
                *second = Bind::Text(name);
            }
            binds
        })
        .collect();
    let ends: Vec<&[Bind<'_>]> = named.iter().filter_map(|binds| binds.get(..7)).collect();
    let mut statements: Vec<(&str, &[Bind<'_>])> = Vec::new();
    for ((way, binds), end) in walk.ways.iter().zip(&named).zip(ends) {
        statements.push((way.items(), binds));
        statements.push((way.end(), end));
    }
    if statements.is_empty() {
        return Ok(Page { items: Vec::new(), next: None });
    }
    let results = db.read(&statements).await?;
    let (mut found, mut floor) = (Vec::new(), None::<PlaceRow>);
    for pair in results.chunks(2) {
        let [items, end] = pair else { continue };
        found.extend(rows::<Row>(Some(items))?);
        let end = rows::<PlaceRow>(Some(end))?.into_iter().next();
        floor = floor.into_iter().chain(end).max_by_key(PlaceRow::key);
    }
    Ok(merge(found, floor, limit))
}

/// Moments and row numbers are far below.
const LAST: i64 = 9_007_199_254_740_991;

/// One list out of those that were walked along: the newest first, each certificate once, and
/// nothing from beyond where one of the walks stopped.
fn merge(mut found: Vec<Row>, floor: Option<PlaceRow>, limit: usize) -> Page {
    found.sort_by_key(|row| core::cmp::Reverse(row.place.key()));
    found.dedup_by_key(|row| row.place.key());
    let whole = found.len();
    if let Some(floor) = &floor {
        found.retain(|row| row.place.key() >= floor.key());
    }
    let cut = found.len() > limit;
    found.truncate(limit);
    let last = found.last().map(|row| row.place.clone());
    let next = match (cut, floor) {
        (true, _) => last,
        (false, Some(floor)) => Some(floor),
        (false, None) if whole > found.len() => last,
        (false, None) => None,
    };
    Page {
        items: found.into_iter().filter_map(Row::listed).collect(),
        next: next.and_then(PlaceRow::place),
    }
}

impl Walk {
    /// The same walk from another place on.
    pub fn behind(self, place: Place) -> Self {
        Self { after: Some(place), ..self }
    }
}

/// By the unique index of facets.
const SELECT_FACETS: &str = "
    SELECT j.value ->> 'kind' AS criterion, f.facet
    FROM json_each(?2) j CROSS JOIN facets f ON f.company_id = ?1
        AND f.kind = j.value ->> 'kind' AND f.value = j.value ->> 'value'";

/// By the words of the company's own texts, then by primary key.
const SELECT_TEXTS: &str = "
    SELECT f.facet FROM text_search s CROSS JOIN facets f
    WHERE ?2 <> '' AND s.text_search MATCH ?2 AND f.facet = s.rowid AND f.company_id = ?1
    LIMIT 65";

/// By the unique index on `hash`.
const SELECT_PLACE: &str = "
    SELECT c.session_id, lower(hex(c.hash)) AS hash, c.received_at, c.certificate
    FROM certificates c WHERE c.hash = unhex(?2) AND c.company_id = ?1";

fn facets_of(result: &D1Result) -> Result<Vec<i64>, StoreError> {
    #[derive(Deserialize)]
    struct Only {
        facet: i64,
    }
    Ok(rows::<Only>(Some(result))?.into_iter().map(|row| row.facet).collect())
}

#[derive(Deserialize)]
struct FacetRow {
    criterion: String,
    facet: i64,
}
