//! Invitations: a link to a mailbox, by which its reader joins a company.

use econsent_core::access::Role;
use econsent_core::contact::Email;
use econsent_core::digest::Digest;
use econsent_core::ids::{CompanyId, InvitationId, UserId};
use econsent_core::name::Name;
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::mails::NewMail;
use super::sign_ins::{self, NewSignIn};
use super::{Bind, Db, StoreError, mails};

/// An invitation as its company sees it.
#[derive(Deserialize)]
pub struct Row {
    /// Which.
    pub link_id: InvitationId,
    /// Whom.
    pub email: Email,
    /// As what.
    pub role: Role,
    /// When.
    pub invited_at: i64,
    /// Until when the link works.
    pub expires_at: i64,
}

/// Everybody who is invited and has not come yet.
pub async fn list(db: &Db, company: &CompanyId, now: Timestamp) -> Result<Vec<Row>, StoreError> {
    // By the unique index on company and address.
    let sql = "
        SELECT link_id, email, role, invited_at, expires_at FROM invitations
        WHERE company_id = ?1 AND expires_at > ?2 ORDER BY invited_at DESC, link_id LIMIT 500";
    db.all(sql, &[Bind::Text(company.as_str()), Bind::Number(now.millis())]).await
}

/// Somebody to invite.
pub struct NewInvitation<'a> {
    /// The link, and the digest of its token.
    pub link: (&'a InvitationId, &'a Digest),
    /// Into which company.
    pub company: &'a CompanyId,
    /// Whom.
    pub email: &'a Email,
    /// As what.
    pub role: Role,
    /// When.
    pub now: Timestamp,
    /// Until when the link works.
    pub expires_at: Timestamp,
}

/// Writes an invitation and its mail; an earlier one for the same address is worth nothing then.
///
/// # Errors
/// [`StoreError::Conflict`] when they are in the company already.
pub async fn create(
    db: &Db,
    new: &NewInvitation<'_>,
    mail: &NewMail<'_>,
) -> Result<(), StoreError> {
    // One row where nobody of that address is a member.
    let guard = "
        INSERT INTO guard SELECT NOT EXISTS (
            SELECT 1 FROM users u JOIN memberships m ON m.user_id = u.user_id AND m.company_id = ?1
            WHERE u.email = ?2
        )";
    let earlier = "DELETE FROM invitations WHERE company_id = ?1 AND email = ?2";
    let sql = "
        INSERT INTO invitations (link_id, token_sha256, company_id, email, role, invited_at,
            expires_at)
        VALUES (?1, unhex(?2), ?3, ?4, ?5, ?6, ?7)";
    let (link, token) = new.link;
    let binds = [
        Bind::Text(link.as_str()),
        Bind::Text(&token.hex()),
        Bind::Text(new.company.as_str()),
        Bind::Text(new.email.as_str()),
        Bind::Text(new.role.as_str()),
        Bind::Number(new.now.millis()),
        Bind::Number(new.expires_at.millis()),
    ];
    let to = [Bind::Text(new.company.as_str()), Bind::Text(new.email.as_str())];
    db.batch(&[(guard, &to), (earlier, &to), (sql, &binds), (mails::INSERT, &mail.binds())]).await
}

/// Takes an invitation back. None when the company has no such one; else as what it was.
pub async fn find(
    db: &Db,
    company: &CompanyId,
    id: &InvitationId,
) -> Result<Option<Row>, StoreError> {
    let sql = "
        SELECT link_id, email, role, invited_at, expires_at FROM invitations
        WHERE link_id = ?1 AND company_id = ?2";
    db.first(sql, &[Bind::Text(id.as_str()), Bind::Text(company.as_str())]).await
}

/// Takes an invitation back.
pub async fn revoke(db: &Db, company: &CompanyId, id: &InvitationId) -> Result<(), StoreError> {
    let sql = "DELETE FROM invitations WHERE link_id = ?1 AND company_id = ?2";
    db.run(sql, &[Bind::Text(id.as_str()), Bind::Text(company.as_str())]).await?;
    Ok(())
}

/// An invitation as its reader finds it.
#[derive(Deserialize)]
pub struct Open {
    /// Which.
    pub link_id: InvitationId,
    /// Into which company.
    pub company_id: CompanyId,
    /// Whom.
    pub email: Email,
    /// The account of that address, if there is one.
    pub user_id: Option<UserId>,
    /// The hash of its password.
    pub password: Option<String>,
}

/// The invitation that a link leads to, unless it is over.
pub async fn open(db: &Db, token: &Digest, now: Timestamp) -> Result<Option<Open>, StoreError> {
    let sql = "
        SELECT i.link_id, i.company_id, i.email, u.user_id, u.password
        FROM invitations i LEFT JOIN users u ON u.email = i.email
        WHERE i.token_sha256 = unhex(?1) AND i.expires_at > ?2";
    db.first(sql, &[Bind::Text(&token.hex()), Bind::Number(now.millis())]).await
}

/// A new account for somebody who was invited.
pub struct NewUser<'a> {
    /// Their name.
    pub name: &'a Name,
    /// The hash of the password.
    pub password: &'a str,
}

/// Joins the company and signs in; the account is made if there is none.
///
/// # Errors
/// [`StoreError::Conflict`] when the invitation was used or taken back meanwhile.
pub async fn accept(
    db: &Db,
    invitation: &Open,
    user: Option<&NewUser<'_>>,
    new: &NewSignIn<'_>,
) -> Result<(), StoreError> {
    let hex = new.token.hex();
    let link = Bind::Text(invitation.link_id.as_str());
    let guard = "INSERT INTO guard SELECT count(*) FROM invitations WHERE link_id = ?1";
    let join = "
        INSERT INTO memberships (company_id, user_id, role, since)
        SELECT company_id, ?2, role, ?3 FROM invitations WHERE link_id = ?1";
    let create = "
        INSERT INTO users (user_id, email, name, password, created_at)
        SELECT ?2, email, ?3, ?4, ?5 FROM invitations WHERE link_id = ?1";
    let link_of = || Bind::Text(invitation.link_id.as_str());
    let create_binds = user.map(|user| {
        [
            link_of(),
            Bind::Text(new.user.as_str()),
            Bind::Text(user.name.as_str()),
            Bind::Text(user.password),
            Bind::Number(new.now.millis()),
        ]
    });
    let link = [link];
    let join_binds = [link_of(), Bind::Text(new.user.as_str()), Bind::Number(new.now.millis())];
    let sign_in = sign_ins::binds(new, &hex);
    let mut statements: Vec<(&str, &[Bind<'_>])> = vec![(guard, &link)];
    if let Some(binds) = &create_binds {
        statements.push((create, binds));
    }
    statements.extend::<[(&str, &[Bind<'_>]); 3]>([
        (join, &join_binds),
        (sign_ins::INSERT, &sign_in),
        ("DELETE FROM invitations WHERE link_id = ?1", &link),
    ]);
    db.batch(&statements).await
}
