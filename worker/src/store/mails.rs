//! Mail that follows a change: a row in the same batch, until a provider has taken it.

use std::time::Duration;

use econsent_core::contact::Email;
use econsent_core::ids::KeyId;
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::{Bind, Db, StoreError};

/// A mail to send.
pub struct NewMail<'a> {
    /// Names the row, and keeps a provider from sending it twice.
    pub id: &'a str,
    /// What it says.
    pub kind: &'static str,
    /// To whom.
    pub recipient: &'a Email,
    /// The link in it, and the key that its token is derived with.
    pub link: Option<(&'a str, &'a KeyId)>,
    /// The company that it is about.
    pub company: Option<&'a str>,
    /// When it was written.
    pub now: Timestamp,
}

/// Inserts a mail; its values are [`NewMail::binds`].
pub(super) const INSERT: &str = "
    INSERT INTO mails (mail_id, kind, recipient, link_id, kid, company_name, created_at,
        next_attempt_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)";

impl NewMail<'_> {
    pub(super) fn binds(&self) -> [Bind<'_>; 7] {
        [
            Bind::Text(self.id),
            Bind::Text(self.kind),
            Bind::Text(self.recipient.as_str()),
            Bind::Maybe(self.link.map(|(link, _)| link)),
            Bind::Maybe(self.link.map(|(_, key)| key.as_str())),
            Bind::Maybe(self.company),
            Bind::Number(self.now.millis()),
        ]
    }
}

/// A mail as it waits.
#[derive(Deserialize)]
pub struct Row {
    /// Which.
    pub mail_id: String,
    /// What it says.
    pub kind: String,
    /// To whom.
    pub recipient: Email,
    /// The link in it.
    pub link_id: Option<String>,
    /// The key that the link's token is derived with.
    pub kid: Option<KeyId>,
    /// The company that it is about.
    pub company_name: Option<String>,
    /// When it was written.
    pub created_at: i64,
    /// How often a provider was asked to take it.
    pub attempts: u32,
}

/// Writes a mail that nothing else is written with.
pub async fn write(db: &Db, mail: &NewMail<'_>) -> Result<(), StoreError> {
    db.batch(&[(INSERT, &mail.binds())]).await
}

/// The newest mails, for development.
pub async fn newest(db: &Db) -> Result<Vec<Row>, StoreError> {
    // By mails_by_age.
    let sql = "
        SELECT mail_id, kind, recipient, link_id, kid, company_name, created_at, attempts
        FROM mails WHERE created_at >= 0 ORDER BY created_at DESC, mail_id LIMIT 100";
    db.all(sql, &[]).await
}

/// For how long whoever took a row to deliver has it to themselves.
pub const LEASE: Duration = Duration::from_secs(60);

/// Takes mails that are due: nobody else takes them during the lease.
pub async fn take(db: &Db, now: Timestamp) -> Result<Vec<Row>, StoreError> {
    // By mails_due.
    let sql = "
        UPDATE mails SET attempts = attempts + 1, next_attempt_at = ?2
        WHERE mail_id IN (
            SELECT mail_id FROM mails WHERE next_attempt_at <= ?1 ORDER BY next_attempt_at LIMIT 20
        )
        RETURNING mail_id, kind, recipient, link_id, kid, company_name, created_at, attempts";
    let binds = [Bind::Number(now.millis()), Bind::Number((now + LEASE).millis())];
    db.all(sql, &binds).await
}

/// A provider has taken it.
pub async fn sent(db: &Db, id: &str, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE mails SET next_attempt_at = NULL, sent_at = ?2 WHERE mail_id = ?1";
    db.run(sql, &[Bind::Text(id), Bind::Number(now.millis())]).await?;
    Ok(())
}

/// It was not taken: when to try again, or never.
pub async fn failed(db: &Db, id: &str, next: Option<Timestamp>) -> Result<(), StoreError> {
    let sql = "UPDATE mails SET next_attempt_at = ?2 WHERE mail_id = ?1";
    db.run(sql, &[Bind::Text(id), Bind::MaybeNumber(next.map(Timestamp::millis))]).await?;
    Ok(())
}
