//! Partners of a publisher's properties. A row is never deleted; how it ended stays.

use std::time::Duration;

use econsent_core::contact::Email;
use econsent_core::digest::Digest;
use econsent_core::ids::{CompanyId, PropertyId, UserId};
use econsent_core::partner::{AccessLevel, PartnerId, PartnerStatus};
use econsent_core::time::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use worker::D1Result;

use super::mails::NewMail;
use super::properties::flag;
use super::{Bind, Db, StoreError, mails};

/// For how long the link in an invitation works.
pub const LINK_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Most partnerships that a publisher has at a time, invitations included.
pub const MOST: u32 = 1_000;

/// A partnership.
#[derive(Deserialize)]
pub struct Row {
    /// Which.
    pub partner_id: PartnerId,
    /// Whose certificates are shared.
    pub property_id: PropertyId,
    /// The publisher.
    pub company_id: CompanyId,
    /// The publisher's name.
    pub company_name: String,
    /// The buyer, once there is one.
    pub partner_company_id: Option<CompanyId>,
    /// The buyer's name.
    pub partner_name: Option<String>,
    /// Who was invited, if it began that way.
    pub email: Option<Email>,
    /// What the buyer may do.
    pub access_level: AccessLevel,
    /// Whether every new certificate is shared.
    #[serde(deserialize_with = "flag")]
    pub auto_share: bool,
    /// How it stands.
    pub status: PartnerStatus,
    /// Since when there is one.
    pub created_at: i64,
    /// When an invitation was accepted.
    pub accepted_at: Option<i64>,
    /// When it was revoked or declined.
    pub ended_at: Option<i64>,
}

/// A partnership with the names of both companies; completed by a condition on `p`.
macro_rules! select {
    ($where:literal) => {
        concat!(
            "
        SELECT p.partner_id, p.property_id, p.company_id, c.name AS company_name,
            p.partner_company_id, b.name AS partner_name, p.email, p.access_level, p.auto_share,
            p.status, p.created_at, p.accepted_at, p.ended_at
        FROM partners p
        JOIN companies c ON c.company_id = p.company_id
        LEFT JOIN companies b ON b.company_id = p.partner_company_id
        WHERE ",
            $where
        )
    };
}

/// Whether the partnership that a share `s` of a certificate `c` was made under has been revoked
/// since. One that is made anew brings no earlier share back. By partners_by_partner_company.
macro_rules! partner_revoked {
    () => {
        "EXISTS (
            SELECT 1 FROM partners p
            WHERE p.partner_company_id = s.target_company_id AND p.status = 'revoked'
                AND p.property_id = c.property_id AND p.ended_at >= s.created_at
        )"
    };
}
pub(super) use partner_revoked;

/// Which partnerships of a company are listed.
pub struct Filter<'a> {
    /// How they stand.
    pub status: PartnerStatus,
    /// Of which property; none for all.
    pub property: Option<&'a PropertyId>,
}

/// Partnerships of a publisher, the newest first.
pub async fn of_publisher(
    db: &Db,
    company: &CompanyId,
    filter: &Filter<'_>,
) -> Result<Vec<Row>, StoreError> {
    // By partners_by_company.
    let sql = select!(
        "p.company_id = ?1 AND p.status = ?2 AND (?3 IS NULL OR p.property_id = ?3)
        ORDER BY p.partner_id DESC LIMIT 1000"
    );
    db.all(sql, &filter.binds(company)).await
}

/// Partnerships of a buyer, the newest first.
pub async fn of_buyer(
    db: &Db,
    company: &CompanyId,
    filter: &Filter<'_>,
) -> Result<Vec<Row>, StoreError> {
    // By partners_by_partner_company.
    let sql = select!(
        "p.partner_company_id = ?1 AND p.status = ?2 AND (?3 IS NULL OR p.property_id = ?3)
        ORDER BY p.partner_id DESC LIMIT 1000"
    );
    db.all(sql, &filter.binds(company)).await
}

impl Filter<'_> {
    fn binds<'b>(&'b self, company: &'b CompanyId) -> [Bind<'b>; 3] {
        let property = self.property.map(PropertyId::as_str);
        [Bind::Text(company.as_str()), Bind::Text(self.status.as_str()), Bind::Maybe(property)]
    }
}

/// A partnership of that publisher, ended ones included.
pub async fn find(db: &Db, company: &CompanyId, id: PartnerId) -> Result<Option<Row>, StoreError> {
    // By primary key.
    let sql = select!("p.partner_id = ?1 AND p.company_id = ?2");
    db.first(sql, &[number(id), Bind::Text(company.as_str())]).await
}

/// The invitations that wait for that person, the newest first.
pub async fn invitations(db: &Db, user: &UserId) -> Result<Vec<Row>, StoreError> {
    // By partners_by_email.
    let sql = select!(
        "p.email = (SELECT u.email FROM users u WHERE u.user_id = ?1) AND p.status = 'invited'
        ORDER BY p.partner_id DESC LIMIT 1000"
    );
    db.all(sql, &[Bind::Text(user.as_str())]).await
}

/// The invitation of that number, if it waits for that person.
pub async fn invitation(db: &Db, id: PartnerId, user: &UserId) -> Result<Option<Row>, StoreError> {
    // By primary key.
    let sql = select!(
        "p.partner_id = ?1 AND p.email = (SELECT u.email FROM users u WHERE u.user_id = ?2)
            AND p.status = 'invited'"
    );
    db.first(sql, &[number(id), Bind::Text(user.as_str())]).await
}

/// The invitation that a link leads to, unless it is over.
pub async fn by_link(db: &Db, token: &Digest, now: Timestamp) -> Result<Option<Row>, StoreError> {
    // By the unique index on the digest.
    let sql =
        select!("p.token_sha256 = unhex(?1) AND p.token_expires_at > ?2 AND p.status = 'invited'");
    db.first(sql, &[Bind::Text(&token.hex()), Bind::Number(now.millis())]).await
}

fn number(id: PartnerId) -> Bind<'static> {
    Bind::Number(i64::try_from(id.get()).unwrap_or(i64::MAX))
}

/// What has to be known before a partnership is made.
#[derive(Deserialize)]
pub struct Before {
    /// Whether the property is the publisher's.
    #[serde(deserialize_with = "flag")]
    pub owned: bool,
    /// Whether there is a company of that id.
    #[serde(deserialize_with = "flag")]
    pub known: bool,
    /// How many partnerships the publisher has.
    pub live: u32,
}

/// What has to be known before a partnership is made.
pub async fn before(
    db: &Db,
    company: &CompanyId,
    property: &PropertyId,
    partner: Option<&CompanyId>,
) -> Result<Before, StoreError> {
    // By primary keys, and partners_by_company.
    let sql = "
        SELECT EXISTS (
            SELECT 1 FROM properties o WHERE o.property_id = ?2 AND o.company_id = ?1
        ) AS owned, EXISTS (
            SELECT 1 FROM companies c WHERE c.company_id = ?3
        ) AS known, (
            SELECT count(*) FROM partners p
            WHERE p.company_id = ?1 AND p.status IN ('active', 'invited')
        ) AS live";
    let binds = [
        Bind::Text(company.as_str()),
        Bind::Text(property.as_str()),
        Bind::Maybe(partner.map(CompanyId::as_str)),
    ];
    let before: Option<Before> = db.first(sql, &binds).await?;
    before.ok_or_else(|| StoreError::Failed("a row without a condition was not there".into()))
}

/// Whom a partnership is made with.
pub enum Partner<'a> {
    /// A company, by its id: at once.
    Company(&'a CompanyId),
    /// Whoever accepts, by a mail with a link, of which this is the token's digest.
    Invited(&'a NewMail<'a>, &'a Digest),
}

/// A partnership to make.
pub struct NewPartner<'a> {
    /// Whose certificates are shared.
    pub property: &'a PropertyId,
    /// The publisher.
    pub company: &'a CompanyId,
    /// The buyer.
    pub partner: Partner<'a>,
    /// What the buyer may do.
    pub access_level: AccessLevel,
    /// Whether every new certificate is shared.
    pub auto_share: bool,
    /// When.
    pub now: Timestamp,
}

/// Makes a partnership, and sends its invitation if it begins with one.
///
/// # Errors
/// [`StoreError::Conflict`] when the property has that partner, or such an invitation, already.
pub async fn create(db: &Db, new: &NewPartner<'_>) -> Result<PartnerId, StoreError> {
    // The number is this database's next one: rows are never deleted, so none comes again. 256 is
    // written out: a bound number is a real one, and so would be the quotient.
    let sql = "
        INSERT INTO partners (partner_id, property_id, company_id, partner_company_id, email,
            access_level, auto_share, status, created_at, token_sha256, token_expires_at)
        SELECT (coalesce(max(partner_id), 0) / 256 + 1) * 256 + ?1, ?2, ?3, ?4, ?5, ?6, ?7,
            iif(?4 IS NULL, 'invited', 'active'), ?8, unhex(?9), ?10
        FROM partners
        RETURNING partner_id";
    let (company, mail, token) = match &new.partner {
        Partner::Company(company) => (Some(*company), None, None),
        Partner::Invited(mail, token) => (None, Some(*mail), Some(token.hex())),
    };
    let ends = token.is_some().then(|| (new.now + LINK_LIFETIME).millis());
    let binds = [
        Bind::Number(new.property.routing_tag().into()),
        Bind::Text(new.property.as_str()),
        Bind::Text(new.company.as_str()),
        Bind::Maybe(company.map(CompanyId::as_str)),
        Bind::Maybe(mail.map(|mail| mail.recipient.as_str())),
        Bind::Text(new.access_level.as_str()),
        Bind::Number(new.auto_share.into()),
        Bind::Number(new.now.millis()),
        Bind::Maybe(token.as_deref()),
        Bind::MaybeNumber(ends),
    ];
    let mail = mail.map(NewMail::binds);
    let mut statements: Vec<(&str, &[Bind<'_>])> = vec![(sql, &binds)];
    if let Some(mail) = &mail {
        statements.push((mails::INSERT, mail));
    }
    made(&db.read(&statements).await?)
}

fn made(results: &[D1Result]) -> Result<PartnerId, StoreError> {
    #[derive(Deserialize)]
    struct Made {
        partner_id: PartnerId,
    }
    Ok(one::<Made>(results.first())?.partner_id)
}

/// The row that a statement of a batch gives.
fn one<T: DeserializeOwned>(result: Option<&D1Result>) -> Result<T, StoreError> {
    let none = || StoreError::Failed("a statement gave no row".into());
    let rows = result.ok_or_else(none)?.results().map_err(super::classify)?;
    rows.into_iter().next().ok_or_else(none)
}

/// What is to change about a partnership; what is none stays.
pub struct Change {
    /// What the buyer may do.
    pub access_level: Option<AccessLevel>,
    /// Whether every new certificate is shared.
    pub auto_share: Option<bool>,
}

/// Changes a partnership that has not ended; false when the publisher has no such one.
pub async fn update(
    db: &Db,
    company: &CompanyId,
    id: PartnerId,
    change: &Change,
) -> Result<bool, StoreError> {
    let sql = "
        UPDATE partners SET access_level = coalesce(?3, access_level),
            auto_share = coalesce(?4, auto_share)
        WHERE partner_id = ?1 AND company_id = ?2 AND status IN ('invited', 'active')";
    let binds = [
        number(id),
        Bind::Text(company.as_str()),
        Bind::Maybe(change.access_level.map(AccessLevel::as_str)),
        Bind::MaybeNumber(change.auto_share.map(i64::from)),
    ];
    Ok(db.run(sql, &binds).await? == 1)
}

/// Ends a partnership: nothing is shared from now on, by hand or by itself. Claims stay. One that has
/// ended stays as it is.
pub async fn revoke(db: &Db, partner: &Row, now: Timestamp) -> Result<(), StoreError> {
    let sql = "
        UPDATE partners SET status = 'revoked', ended_at = ?3, token_sha256 = NULL,
            token_expires_at = NULL
        WHERE partner_id = ?1 AND company_id = ?2 AND status IN ('invited', 'active')";
    let company = Bind::Text(partner.company_id.as_str());
    let binds = [number(partner.partner_id), company, Bind::Number(now.millis())];
    // Whoever reads a pending share looks whether its partnership has ended since; the events that
    // say so follow (`store::orphans`).
    db.batch(&[(sql, &binds)]).await
}

/// Accepts an invitation for a company, and gives the partnership; the link is worth nothing then.
///
/// # Errors
/// [`StoreError::Conflict`] when the invitation is over, or the company is a partner already.
pub async fn accept(
    db: &Db,
    id: PartnerId,
    (user, company): (&UserId, &CompanyId),
    now: Timestamp,
) -> Result<Row, StoreError> {
    let guard = "
        INSERT INTO guard SELECT count(*) FROM partners
        WHERE partner_id = ?1 AND status = 'invited'
            AND email = (SELECT u.email FROM users u WHERE u.user_id = ?2)";
    let sql = "
        UPDATE partners SET status = 'active', partner_company_id = ?2, accepted_at = ?3,
            token_sha256 = NULL, token_expires_at = NULL
        WHERE partner_id = ?1";
    let whose = [number(id), Bind::Text(user.as_str())];
    let binds = [number(id), Bind::Text(company.as_str()), Bind::Number(now.millis())];
    let accepted = select!("p.partner_id = ?1");
    let results = db.read(&[(guard, &whose), (sql, &binds), (accepted, &[number(id)])]).await?;
    one(results.last())
}

/// Declines an invitation; false when it is over.
pub async fn decline(
    db: &Db,
    id: PartnerId,
    user: &UserId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "
        UPDATE partners SET status = 'declined', ended_at = ?3, token_sha256 = NULL,
            token_expires_at = NULL
        WHERE partner_id = ?1 AND status = 'invited'
            AND email = (SELECT u.email FROM users u WHERE u.user_id = ?2)";
    let binds = [number(id), Bind::Text(user.as_str()), Bind::Number(now.millis())];
    Ok(db.run(sql, &binds).await? == 1)
}
