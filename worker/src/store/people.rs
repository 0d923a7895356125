//! People of a company and what they are there.

use econsent_core::access::Role;
use econsent_core::contact::Email;
use econsent_core::ids::{CompanyId, UserId};
use econsent_core::name::Name;
use serde::Deserialize;

use super::{Bind, Db, StoreError};

/// Somebody in a company.
#[derive(Deserialize)]
pub struct Row {
    /// Who.
    pub user_id: UserId,
    /// Their verified address.
    pub email: Email,
    /// Their name.
    pub name: Name,
    /// What they are.
    pub role: Role,
    /// Since when.
    pub since: i64,
}

/// Everybody in a company, in the order they came.
pub async fn list(db: &Db, company: &CompanyId) -> Result<Vec<Row>, StoreError> {
    // By primary key.
    let sql = "
        SELECT m.user_id, u.email, u.name, m.role, m.since
        FROM memberships m JOIN users u ON u.user_id = m.user_id
        WHERE m.company_id = ?1 ORDER BY m.since, m.user_id LIMIT 500";
    db.all(sql, &[Bind::Text(company.as_str())]).await
}

/// Somebody in a company.
pub async fn find(db: &Db, company: &CompanyId, user: &UserId) -> Result<Option<Row>, StoreError> {
    let sql = "
        SELECT m.user_id, u.email, u.name, m.role, m.since
        FROM memberships m JOIN users u ON u.user_id = m.user_id
        WHERE m.company_id = ?1 AND m.user_id = ?2";
    db.first(sql, &[Bind::Text(company.as_str()), Bind::Text(user.as_str())]).await
}

/// Changes what somebody is, if they still are what the decision was made for.
///
/// # Errors
/// [`StoreError::Conflict`] when they are the last owner.
pub async fn change_role(
    db: &Db,
    company: &CompanyId,
    user: &UserId,
    from: Role,
    to: Role,
) -> Result<bool, StoreError> {
    let sql = "
        UPDATE memberships SET role = ?4 WHERE company_id = ?1 AND user_id = ?2 AND role = ?3";
    let binds = [
        Bind::Text(company.as_str()),
        Bind::Text(user.as_str()),
        Bind::Text(from.as_str()),
        Bind::Text(to.as_str()),
    ];
    Ok(db.run(sql, &binds).await? > 0)
}

/// Removes somebody, and with them their sign-ins in this company.
///
/// # Errors
/// [`StoreError::Conflict`] when they are the last owner.
pub async fn remove(
    db: &Db,
    company: &CompanyId,
    user: &UserId,
    role: Role,
) -> Result<bool, StoreError> {
    let sql = "DELETE FROM memberships WHERE company_id = ?1 AND user_id = ?2 AND role = ?3";
    let binds =
        [Bind::Text(company.as_str()), Bind::Text(user.as_str()), Bind::Text(role.as_str())];
    Ok(db.run(sql, &binds).await? > 0)
}
