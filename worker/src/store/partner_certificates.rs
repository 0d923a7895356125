//! A buyer's list of what it was given: a projection, written from the certificates' own database
//! and read with the orders, filters and searches that a hundred thousand of them need.

use econsent_core::ids::{CompanyId, KeyId, PropertyId, ShareId};
use econsent_core::partner::AccessLevel;
use econsent_core::rules::{Level, Score};
use econsent_core::share::{ClaimId, HoldingStatus};
use econsent_core::text::canonical;
use serde::{Deserialize, Serialize};

use super::properties::flag;
use super::{Bind, Db, StoreError, rows};

/// What a company was given, as both databases have it.
#[derive(Serialize, Deserialize)]
pub struct Given {
    /// Under which id.
    pub claim_id: ClaimId,
    /// The certificate.
    pub certificate_id: String,
    /// Of which website.
    pub property_id: PropertyId,
    /// Of which publisher.
    pub publisher_company_id: CompanyId,
    /// What that company is called.
    pub publisher_name: String,
    /// The website's host.
    pub domain: String,
    /// When consent was given.
    pub captured_at: i64,
    /// When it first became visible.
    pub shared_at: i64,
    /// When it was claimed.
    pub claimed_at: Option<i64>,
    /// The consumer's state by IP address.
    pub by_ip: Option<String>,
    /// The consumer's state by area code, for those who have claimed.
    pub by_phone: Option<String>,
    /// Of the last check.
    pub score: Option<Score>,
    /// Of the last check.
    pub level: Level,
    /// Whether there is a recording.
    #[serde(deserialize_with = "flag")]
    pub has_recording: bool,
    /// What the company may do.
    pub access_level: AccessLevel,
    /// What makes the claim URL.
    pub share_id: Option<ShareId>,
    /// The key that its token is derived from.
    pub kid: Option<KeyId>,
    /// Until when it works.
    pub claim_before: Option<i64>,
}

/// The columns of what was [`Given`], each between two pieces of SQL.
macro_rules! given {
    ($before:literal, $after:literal) => {
        given!($before, $after, "claim_id", "certificate_id", "property_id",
            "publisher_company_id", "publisher_name", "domain", "captured_at", "shared_at",
            "claimed_at", "by_ip", "by_phone", "score", "level", "has_recording", "access_level",
            "share_id", "kid"; "claim_before")
    };
    ($before:literal, $after:literal, $($column:literal),+; $last:literal) => {
        concat!($($before, $column, $after, ", ",)+ $before, $last, $after)
    };
}

/// A row as the certificate's database gives it.
#[derive(Serialize)]
pub struct Projected {
    /// Whose list it is in.
    pub company_id: CompanyId,
    /// From which state of the holding.
    pub version: i64,
    /// How it stands; none when the company is not given it any more.
    pub status: Option<HoldingStatus>,
    /// The publisher's name as it is searched for.
    pub publisher_canonical: String,
    /// What it shows.
    #[serde(flatten)]
    pub given: Given,
}

/// Writes rows over older states of them.
pub async fn project(db: &Db, projected: &[Projected]) -> Result<(), StoreError> {
    let list =
        serde_json::to_string(projected).map_err(|error| StoreError::Failed(error.to_string()))?;
    db.run(PROJECT, &[Bind::Text(&list)]).await?;
    Ok(())
}

/// By primary key. What does not change is in indexes, and is left alone.
const PROJECT: &str = concat!(
    "
    INSERT INTO partner_certificates (company_id, version, status, publisher_canonical, ",
    given!("", ""),
    ")
    SELECT q.value ->> 'company_id', q.value ->> 'version',
        coalesce(q.value ->> 'status', 'gone'), q.value ->> 'publisher_canonical', ",
    given!("q.value ->> '", "'"),
    "
    FROM json_each(?1) q WHERE true
    ON CONFLICT (company_id, claim_id) DO UPDATE SET version = excluded.version,
        publisher_name = excluded.publisher_name,
        publisher_canonical = excluded.publisher_canonical, claimed_at = excluded.claimed_at,
        by_ip = excluded.by_ip, by_phone = excluded.by_phone, score = excluded.score,
        level = excluded.level, status = excluded.status,
        has_recording = excluded.has_recording, access_level = excluded.access_level,
        share_id = excluded.share_id, kid = excluded.kid, claim_before = excluded.claim_before
    WHERE excluded.version > partner_certificates.version"
);

/// A row of the list.
#[derive(Deserialize)]
pub struct Row {
    /// How it stands.
    pub status: HoldingStatus,
    /// What it shows.
    #[serde(flatten)]
    pub given: Given,
}

/// What a list is ordered by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// When it first became visible.
    Shared,
    /// When consent was given.
    Captured,
    /// Its score; what was not checked comes as the lowest.
    Score,
}

/// Which of the rows.
pub struct Filter<'a> {
    /// How they stand; none for all.
    pub status: Option<HoldingStatus>,
    /// How certificate id, session id, domain or publisher begin; none for all.
    pub search: Option<&'a Search>,
    /// By what they are ordered.
    pub order: Order,
    /// From the lowest or earliest.
    pub ascending: bool,
    /// How many are passed over.
    pub offset: i64,
    /// How many are listed at most.
    pub limit: i64,
}

/// A page of a company's list, and how many rows the filter leaves. Rows that are equal in the
/// chosen order are in the order of their ids, so that pages never overlap.
pub async fn list(
    db: &Db,
    company: &CompanyId,
    filter: &Filter<'_>,
) -> Result<(Vec<Row>, u32), StoreError> {
    #[derive(Deserialize)]
    struct Total {
        total: u32,
    }
    let (page, total) = (filter.page(), filter.total());
    let bounds = filter.search.map(Search::bounds);
    let mut binds =
        vec![Bind::Text(company.as_str()), Bind::Number(filter.limit), Bind::Number(filter.offset)];
    let mut counted = vec![Bind::Text(company.as_str())];
    if let Some(bounds) = &bounds {
        binds.extend(bounds.iter().map(|bound| Bind::Text(bound)));
        counted.clone_from(&binds);
    }
    let results = db.read(&[(&page, &binds), (&total, &counted)]).await?;
    let total: Vec<Total> = rows(results.get(1))?;
    Ok((rows(results.first())?, total.first().map_or(0, |row| row.total)))
}

impl Order {
    const fn column(self) -> &'static str {
        match self {
            Self::Shared => "shared_at",
            Self::Captured => "captured_at",
            Self::Score => "score",
        }
    }
}

/// Words of ours only; what strangers wrote is bound.
impl Filter<'_> {
    /// By the index of the order, with or without a status. A search begins with what it finds by
    /// the indexes on id, domain and publisher, so that it costs as much as there is to find.
    fn page(&self) -> String {
        let (columns, from, condition) = (given!("", ""), self.from(), self.condition());
        let (column, direction) =
            (self.order.column(), if self.ascending { "ASC" } else { "DESC" });
        format!(
            "SELECT status, {columns} FROM {from} WHERE {condition}
            ORDER BY {column} {direction}, claim_id {direction} LIMIT ?2 OFFSET ?3"
        )
    }

    /// By primary key: the database counts rows as they come and change.
    fn total(&self) -> String {
        let (from, condition) = (self.from(), self.condition());
        if self.search.is_some() {
            return format!("SELECT count(*) AS total FROM {from} WHERE {condition}");
        }
        format!(
            "SELECT coalesce(sum(count), 0) AS total FROM partner_certificate_counts
            WHERE {condition}"
        )
    }

    const fn from(&self) -> &'static str {
        if self.search.is_some() { SEARCHED } else { "partner_certificates" }
    }

    fn condition(&self) -> String {
        let status = self.status.map(|status| format!(" AND status = '{}'", status.as_str()));
        format!("company_id = ?1 AND status <> 'gone'{}", status.unwrap_or_default())
    }
}

const SEARCHED: &str = "(
        SELECT claim_id AS found FROM partner_certificates
        WHERE company_id = ?1 AND status <> 'gone' AND certificate_id >= ?4 AND certificate_id < ?5
        UNION SELECT claim_id FROM partner_certificates
        WHERE company_id = ?1 AND status <> 'gone' AND domain >= ?6 AND domain < ?7
        UNION SELECT claim_id FROM partner_certificates
        WHERE company_id = ?1 AND status <> 'gone'
            AND publisher_canonical >= ?8 AND publisher_canonical < ?9
    ) CROSS JOIN partner_certificates ON company_id = ?1 AND claim_id = found";

/// What is searched for, as the indexes have it.
pub struct Search {
    id: String,
    domain: String,
    name: String,
}

impl Search {
    /// From what was typed, and the host that it may be. A session id is how a certificate id goes
    /// on after `EC-`.
    pub fn of(text: &str, host: &str) -> Self {
        let id = if text.starts_with("EC-") { text.into() } else { format!("EC-{text}") };
        Self { id, domain: host.to_lowercase(), name: canonical(text) }
    }

    /// From where to where what begins like this lies in an index.
    fn bounds(&self) -> [String; 6] {
        let until = |start: &str| format!("{start}\u{10ffff}");
        let bounds = |start: &String| [start.clone(), until(start)];
        let ([a, b], [c, d], [e, f]) = (bounds(&self.id), bounds(&self.domain), bounds(&self.name));
        [a, b, c, d, e, f]
    }
}
