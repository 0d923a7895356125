//! A buyer's list of what it was given: a projection, written from the certificates' own database
//! and read with the orders, filters and searches that a hundred thousand of them need.

use econsent_core::ids::{CompanyId, KeyId, PropertyId, ShareId};
use econsent_core::partner::AccessLevel;
use econsent_core::rules::{Level, Score};
use econsent_core::share::{ClaimId, HoldingStatus};
use serde::{Deserialize, Serialize};

use super::{Bind, Db, StoreError, rows};

/// A row as the certificate's database gives it.
#[derive(Serialize)]
pub struct Projected {
    /// Whose list it is in.
    pub company_id: CompanyId,
    /// Under which id.
    pub claim_id: ClaimId,
    /// From which state of the holding.
    pub version: i64,
    /// The certificate.
    pub certificate_id: String,
    /// Of which website.
    pub property_id: PropertyId,
    /// Of which publisher.
    pub publisher: CompanyId,
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
    /// How it stands; none when the company is not given it any more.
    pub status: Option<HoldingStatus>,
    /// Whether there is a recording.
    pub has_recording: bool,
    /// What the company may do.
    pub access_level: AccessLevel,
    /// What makes the claim URL.
    pub share: Option<(ShareId, KeyId)>,
    /// Until when it works.
    pub claim_before: Option<i64>,
}

/// Writes rows over older states of them.
pub async fn project(db: &Db, projected: &[Projected]) -> Result<(), StoreError> {
    let list =
        serde_json::to_string(projected).map_err(|error| StoreError::Failed(error.to_string()))?;
    // By primary key.
    let sql = "
        INSERT INTO partner_certificates (company_id, claim_id, version, certificate_id,
            property_id, publisher_company_id, publisher_name, domain, captured_at, shared_at,
            claimed_at, by_ip, by_phone, score, level, status, has_recording, access_level,
            share_id, kid, claim_before)
        SELECT q.value ->> 'company_id', q.value ->> 'claim_id', q.value ->> 'version',
            q.value ->> 'certificate_id', q.value ->> 'property_id', q.value ->> 'publisher',
            q.value ->> 'publisher_name', q.value ->> 'domain', q.value ->> 'captured_at',
            q.value ->> 'shared_at', q.value ->> 'claimed_at', q.value ->> 'by_ip',
            q.value ->> 'by_phone', q.value ->> 'score', q.value ->> 'level',
            coalesce(q.value ->> 'status', 'gone'), q.value ->> 'has_recording',
            q.value ->> 'access_level', q.value ->> '$.share[0]', q.value ->> '$.share[1]',
            q.value ->> 'claim_before'
        FROM json_each(?1) q WHERE true
        ON CONFLICT (company_id, claim_id) DO UPDATE SET version = excluded.version,
            publisher_name = excluded.publisher_name, claimed_at = excluded.claimed_at,
            by_ip = excluded.by_ip, by_phone = excluded.by_phone, score = excluded.score,
            level = excluded.level, status = excluded.status,
            has_recording = excluded.has_recording, access_level = excluded.access_level,
            share_id = excluded.share_id, kid = excluded.kid, claim_before = excluded.claim_before
        WHERE excluded.version > partner_certificates.version";
    db.run(sql, &[Bind::Text(&list)]).await?;
    Ok(())
}

/// A row of the list.
#[derive(Deserialize)]
pub struct Row {
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
    /// The consumer's state by area code.
    pub by_phone: Option<String>,
    /// Of the last check.
    pub score: Option<Score>,
    /// Of the last check.
    pub level: Level,
    /// How it stands.
    pub status: HoldingStatus,
    /// Whether there is a recording.
    pub has_recording: u8,
    /// What the company may do.
    pub access_level: AccessLevel,
    /// What makes the claim URL.
    pub share_id: Option<ShareId>,
    /// The key that its token is derived from.
    pub kid: Option<KeyId>,
    /// Until when it works.
    pub claim_before: Option<i64>,
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
    pub search: Option<&'a str>,
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
    let condition = filter.condition();
    let (column, direction) =
        (filter.order.column(), if filter.ascending { "ASC" } else { "DESC" });
    let page = format!(
        "SELECT claim_id, certificate_id, property_id, publisher_company_id, publisher_name, domain,
            captured_at, shared_at, claimed_at, by_ip, by_phone, score, level, status,
            has_recording, access_level, share_id, kid, claim_before
        FROM partner_certificates WHERE {condition}
        ORDER BY {column} {direction}, claim_id {direction} LIMIT ?2 OFFSET ?3"
    );
    let total = format!("SELECT count(*) AS total FROM partner_certificates WHERE {condition}");
    let search = filter.search.map(Search::of);
    let bounds = search.as_ref().map(Search::bounds);
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

impl Filter<'_> {
    /// Words of ours only; what strangers wrote is bound. By the index of the order, with or
    /// without a status; a search by the indexes on id, domain and publisher.
    fn condition(&self) -> String {
        let mut condition = String::from("company_id = ?1 AND status <> 'gone'");
        if let Some(status) = self.status {
            condition.push_str(&format!(" AND status = '{}'", status.as_str()));
        }
        if self.search.is_some() {
            condition.push_str(SEARCHED);
        }
        condition
    }
}

const SEARCHED: &str = " AND claim_id IN (
        SELECT claim_id FROM partner_certificates
        WHERE company_id = ?1 AND status <> 'gone' AND certificate_id >= ?4 AND certificate_id < ?5
        UNION SELECT claim_id FROM partner_certificates
        WHERE company_id = ?1 AND status <> 'gone' AND domain >= ?6 AND domain < ?7
        UNION SELECT claim_id FROM partner_certificates
        WHERE company_id = ?1 AND status <> 'gone' AND publisher_name >= ?6 AND publisher_name < ?7
    )";

/// What is searched for.
struct Search {
    id: String,
    name: String,
}

impl Search {
    /// A session id is how a certificate id goes on after `EC-`.
    fn of(text: &str) -> Self {
        let text = text.trim();
        let id = if text.starts_with("EC-") { text.into() } else { format!("EC-{text}") };
        Self { id, name: text.to_lowercase() }
    }

    /// From where to where what begins like this lies in an index.
    fn bounds(&self) -> [String; 4] {
        let until = |start: &str| format!("{start}\u{10ffff}");
        [self.id.clone(), until(&self.id), self.name.clone(), until(&self.name)]
    }
}
