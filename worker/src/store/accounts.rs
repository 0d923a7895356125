//! Accounts: sign-ups that wait for their mailbox to be shown, users, forgotten passwords.

use econsent_core::access::Role;
use econsent_core::contact::Email;
use econsent_core::digest::Digest;
use econsent_core::ids::{CompanyId, UserId};
use econsent_core::name::Name;
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::mails::NewMail;
use super::sign_ins::{self, NewSignIn};
use super::{Bind, Db, StoreError, mails};

/// What signing in needs to know of an account.
#[derive(Deserialize)]
pub struct Account {
    /// Who.
    pub user_id: UserId,
    /// The hash of the password.
    pub password: String,
    /// The company that they joined first; none when they left all.
    pub company_id: Option<CompanyId>,
}

/// The account of an address.
pub async fn find(db: &Db, email: &Email) -> Result<Option<Account>, StoreError> {
    // By the unique index on the address, then memberships_by_user.
    let sql = "
        SELECT u.user_id, u.password, (
            SELECT m.company_id FROM memberships m WHERE m.user_id = u.user_id
            ORDER BY m.since, m.company_id LIMIT 1
        ) AS company_id
        FROM users u WHERE u.email = ?1";
    db.first(sql, &[Bind::Text(email.as_str())]).await
}

/// Somebody as they see themselves.
#[derive(Deserialize)]
pub struct Profile {
    /// Their verified address.
    pub email: Email,
    /// Their name.
    pub name: Name,
    /// A JSON array of the companies they are in.
    pub companies: String,
}

/// A company that somebody is in.
#[derive(Deserialize)]
pub struct Company {
    /// Which.
    pub id: CompanyId,
    /// Its name.
    pub name: Name,
    /// What they are there.
    pub role: Role,
}

/// Who somebody is, and every company they are in.
pub async fn profile(db: &Db, user: &UserId) -> Result<Option<Profile>, StoreError> {
    let sql = "
        SELECT u.email, u.name, (
            SELECT json_group_array(json_object('id', id, 'name', name, 'role', role)) FROM (
                SELECT c.company_id AS id, c.name, m.role
                FROM memberships m JOIN companies c ON c.company_id = m.company_id
                WHERE m.user_id = u.user_id ORDER BY m.since, c.company_id LIMIT 100
            )
        ) AS companies
        FROM users u WHERE u.user_id = ?1";
    db.first(sql, &[Bind::Text(user.as_str())]).await
}

/// Somebody who wants an account.
pub struct NewSignUp<'a> {
    /// The link to their mailbox, and the digest of its token.
    pub link: (&'a str, &'a Digest),
    /// The address.
    pub email: &'a Email,
    /// Their name.
    pub name: &'a Name,
    /// The company's name.
    pub company_name: &'a Name,
    /// The hash of the password.
    pub password: &'a str,
    /// Until when the link works.
    pub expires_at: Timestamp,
}

/// Writes a sign-up and the mail that leads back to it. Several may wait for one address: only who
/// reads its mailbox, and knows the password of the one, gets an account.
pub async fn sign_up(db: &Db, new: &NewSignUp<'_>, mail: &NewMail<'_>) -> Result<(), StoreError> {
    let sql = "
        INSERT INTO sign_ups (link_id, token_sha256, email, name, company_name, password, expires_at)
        VALUES (?1, unhex(?2), ?3, ?4, ?5, ?6, ?7)";
    let (link, token) = new.link;
    let binds = [
        Bind::Text(link),
        Bind::Text(&token.hex()),
        Bind::Text(new.email.as_str()),
        Bind::Text(new.name.as_str()),
        Bind::Text(new.company_name.as_str()),
        Bind::Text(new.password),
        Bind::Number(new.expires_at.millis()),
    ];
    db.batch(&[(sql, &binds), (mails::INSERT, &mail.binds())]).await
}

/// A sign-up that waits.
#[derive(Deserialize)]
pub struct SignUp {
    /// Its link.
    pub link_id: String,
    /// The hash of the password.
    pub password: String,
}

/// The sign-up that a link leads to, unless it is over.
pub async fn waiting(
    db: &Db,
    token: &Digest,
    now: Timestamp,
) -> Result<Option<SignUp>, StoreError> {
    let sql = "
        SELECT link_id, password FROM sign_ups
        WHERE token_sha256 = unhex(?1) AND expires_at > ?2";
    db.first(sql, &[Bind::Text(&token.hex()), Bind::Number(now.millis())]).await
}

/// Makes a company and its first owner out of a sign-up, and signs them in.
///
/// # Errors
/// [`StoreError::Conflict`] when the sign-up is gone, or the address has an account by now.
pub async fn create(db: &Db, sign_up: &str, new: &NewSignIn<'_>) -> Result<(), StoreError> {
    let hex = new.token.hex();
    let link = [Bind::Text(sign_up)];
    let member = [
        Bind::Text(sign_up),
        Bind::Text(new.company.as_str()),
        Bind::Text(new.user.as_str()),
        Bind::Number(new.now.millis()),
    ];
    db.batch(&[
        ("INSERT INTO guard SELECT count(*) FROM sign_ups WHERE link_id = ?1", &link),
        (CREATE_COMPANY, &member),
        (CREATE_USER, &member),
        (CREATE_OWNER, &member),
        (sign_ins::INSERT, &sign_ins::binds(new, &hex)),
        (DELETE_SIGN_UPS, &link),
    ])
    .await
}

const CREATE_COMPANY: &str = "
    INSERT INTO companies (company_id, name, created_at)
    SELECT ?2, company_name, ?4 FROM sign_ups WHERE link_id = ?1 AND ?3 IS NOT NULL";

const CREATE_USER: &str = "
    INSERT INTO users (user_id, email, name, password, created_at)
    SELECT ?3, email, name, password, ?4 FROM sign_ups WHERE link_id = ?1 AND ?2 IS NOT NULL";

const CREATE_OWNER: &str = "
    INSERT INTO memberships (company_id, user_id, role, since)
    SELECT ?2, ?3, 'owner', ?4 FROM sign_ups WHERE link_id = ?1";

const DELETE_SIGN_UPS: &str = "
    DELETE FROM sign_ups WHERE email = (SELECT email FROM sign_ups WHERE link_id = ?1)";

/// Writes a link to a new password, and the mail with it.
pub async fn ask_for_reset(
    db: &Db,
    user: &UserId,
    (link, token): (&str, &Digest),
    expires_at: Timestamp,
    mail: &NewMail<'_>,
) -> Result<(), StoreError> {
    let sql = "
        INSERT INTO resets (link_id, token_sha256, user_id, expires_at)
        VALUES (?1, unhex(?2), ?3, ?4)";
    let binds = [
        Bind::Text(link),
        Bind::Text(&token.hex()),
        Bind::Text(user.as_str()),
        Bind::Number(expires_at.millis()),
    ];
    db.batch(&[(sql, &binds), (mails::INSERT, &mail.binds())]).await
}

/// Whose password a link is for.
#[derive(Deserialize)]
pub struct Reset {
    /// Its link.
    pub link_id: String,
    /// Who.
    pub user_id: UserId,
    /// Their address.
    pub email: Email,
}

/// The account that a link to a new password is for, unless it is over.
pub async fn resetting(
    db: &Db,
    token: &Digest,
    now: Timestamp,
) -> Result<Option<Reset>, StoreError> {
    let sql = "
        SELECT r.link_id, r.user_id, u.email FROM resets r JOIN users u ON u.user_id = r.user_id
        WHERE r.token_sha256 = unhex(?1) AND r.expires_at > ?2";
    db.first(sql, &[Bind::Text(&token.hex()), Bind::Number(now.millis())]).await
}

const SET_PASSWORD: &str = "UPDATE users SET password = ?2 WHERE user_id = ?1";
const DELETE_RESETS: &str = "DELETE FROM resets WHERE user_id = ?1";

/// Sets a new password by a link: every sign-in and every other link to a new password ends.
///
/// # Errors
/// [`StoreError::Conflict`] when the link has been used meanwhile.
pub async fn reset(
    db: &Db,
    reset: &Reset,
    password: &str,
    mail: &NewMail<'_>,
) -> Result<(), StoreError> {
    let user = [Bind::Text(reset.user_id.as_str())];
    let guard = "INSERT INTO guard SELECT count(*) FROM resets WHERE link_id = ?1";
    db.batch(&[
        (guard, &[Bind::Text(&reset.link_id)]),
        (SET_PASSWORD, &[Bind::Text(reset.user_id.as_str()), Bind::Text(password)]),
        (DELETE_RESETS, &user),
        ("DELETE FROM sign_ins WHERE user_id = ?1", &user),
        (mails::INSERT, &mail.binds()),
    ])
    .await
}

/// Sets a new password for somebody who knew the old one: every other sign-in ends.
pub async fn change_password(
    db: &Db,
    user: &UserId,
    password: &str,
    keep: &Digest,
    mail: &NewMail<'_>,
) -> Result<(), StoreError> {
    let others = "DELETE FROM sign_ins WHERE user_id = ?1 AND token_sha256 <> unhex(?2)";
    db.batch(&[
        (SET_PASSWORD, &[Bind::Text(user.as_str()), Bind::Text(password)]),
        (DELETE_RESETS, &[Bind::Text(user.as_str())]),
        (others, &[Bind::Text(user.as_str()), Bind::Text(&keep.hex())]),
        (mails::INSERT, &mail.binds()),
    ])
    .await
}

/// The hash of somebody's password.
pub async fn password(db: &Db, user: &UserId) -> Result<Option<Account>, StoreError> {
    let sql = "SELECT user_id, password, NULL AS company_id FROM users WHERE user_id = ?1";
    db.first(sql, &[Bind::Text(user.as_str())]).await
}

/// Removes what is over: sign-ins, links, attempts, mail that was sent.
pub async fn sweep(db: &Db, now: Timestamp) -> Result<(), StoreError> {
    const DAY: i64 = 24 * 60 * 60 * 1_000;
    let over = [Bind::Number(now.millis())];
    db.batch(&[
        ("DELETE FROM sign_ins WHERE expires_at <= ?1", &over),
        ("DELETE FROM sign_ups WHERE expires_at <= ?1", &over),
        ("DELETE FROM resets WHERE expires_at <= ?1", &over),
        ("DELETE FROM invitations WHERE expires_at <= ?1", &over),
        ("DELETE FROM attempts WHERE since <= ?1", &[Bind::Number(now.millis() - DAY)]),
        ("DELETE FROM mails WHERE created_at <= ?1", &[Bind::Number(now.millis() - 7 * DAY)]),
    ])
    .await
}
