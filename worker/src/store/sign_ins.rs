//! Sign-ins: which cookie is whom, in which company.

use econsent_core::access::Role;
use econsent_core::digest::Digest;
use econsent_core::ids::{CompanyId, UserId};
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::{Bind, Db, StoreError};

/// Whom a cookie stands for.
#[derive(Deserialize)]
pub struct SignIn {
    /// Who.
    pub user_id: UserId,
    /// In which company.
    pub company_id: CompanyId,
    /// The company's name.
    pub company_name: String,
    /// What they are there now.
    pub role: Role,
}

/// The sign-in of that cookie, unless it is over or they left the company.
pub async fn find(db: &Db, token: &Digest, now: Timestamp) -> Result<Option<SignIn>, StoreError> {
    // By primary keys, all three.
    let sql = "
        SELECT s.user_id, s.company_id, c.name AS company_name, m.role
        FROM sign_ins s
        JOIN memberships m ON m.company_id = s.company_id AND m.user_id = s.user_id
        JOIN companies c ON c.company_id = s.company_id
        WHERE s.token_sha256 = unhex(?1) AND s.expires_at > ?2";
    db.first(sql, &[Bind::Text(&token.hex()), Bind::Number(now.millis())]).await
}

/// A sign-in to write.
pub struct NewSignIn<'a> {
    /// Digest of the new cookie.
    pub token: &'a Digest,
    /// Who.
    pub user: &'a UserId,
    /// In which company.
    pub company: &'a CompanyId,
    /// Since when.
    pub now: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Inserts a sign-in; its values are [`binds`].
pub(super) const INSERT: &str = "
    INSERT INTO sign_ins (token_sha256, user_id, company_id, created_at, expires_at)
    VALUES (unhex(?1), ?2, ?3, ?4, ?5)";

/// The digest in hex has to live as long as what is bound.
pub(super) fn binds<'a>(new: &'a NewSignIn<'a>, hex: &'a str) -> [Bind<'a>; 5] {
    [
        Bind::Text(hex),
        Bind::Text(new.user.as_str()),
        Bind::Text(new.company.as_str()),
        Bind::Number(new.now.millis()),
        Bind::Number(new.expires_at.millis()),
    ]
}

const DELETE: &str = "DELETE FROM sign_ins WHERE token_sha256 = unhex(?1)";

/// Signs somebody in; the cookie that the browser had before is worth nothing afterwards.
///
/// # Errors
/// [`StoreError::Conflict`] when they are not in that company.
pub async fn start(
    db: &Db,
    new: &NewSignIn<'_>,
    before: Option<&Digest>,
) -> Result<(), StoreError> {
    let hex = new.token.hex();
    let before = before.map(Digest::hex).unwrap_or_default();
    let member = "INSERT INTO guard SELECT count(*) FROM memberships
        WHERE company_id = ?1 AND user_id = ?2";
    db.batch(&[
        (DELETE, &[Bind::Text(&before)]),
        (member, &[Bind::Text(new.company.as_str()), Bind::Text(new.user.as_str())]),
        (INSERT, &binds(new, &hex)),
    ])
    .await
}

/// Signs out.
pub async fn end(db: &Db, token: &Digest) -> Result<(), StoreError> {
    db.batch(&[(DELETE, &[Bind::Text(&token.hex())])]).await
}
