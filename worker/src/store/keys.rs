//! API keys of a company.

use econsent_core::access::Scopes;
use econsent_core::credentials::ApiKey;
use econsent_core::digest::Digest;
use econsent_core::ids::{ApiKeyId, CompanyId};
use econsent_core::name::Name;
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::{Bind, Db, StoreError};

/// What a presented key stands for.
#[derive(Deserialize)]
pub struct Presented {
    /// Which key.
    pub key_id: ApiKeyId,
    /// Whose.
    pub company_id: CompanyId,
    /// The company's name.
    pub company_name: String,
    /// Its scopes, with commas between.
    pub scopes: String,
    /// When it was last noted to be used.
    pub last_used_at: Option<i64>,
}

/// The key of that digest, unless it was revoked.
pub async fn find(db: &Db, token: &Digest) -> Result<Option<Presented>, StoreError> {
    // By the unique index on the digest.
    let sql = "
        SELECT k.key_id, k.company_id, c.name AS company_name, k.scopes, k.last_used_at
        FROM api_keys k JOIN companies c ON c.company_id = k.company_id
        WHERE k.token_sha256 = unhex(?1) AND k.revoked_at IS NULL";
    db.first(sql, &[Bind::Text(&token.hex())]).await
}

/// A key as its company sees it.
#[derive(Deserialize)]
pub struct Row {
    /// Which key.
    pub key_id: ApiKeyId,
    /// What it is called.
    pub name: Name,
    /// Its scopes, with commas between.
    pub scopes: String,
    /// Its last four digits.
    pub hint: String,
    /// Since when there is one.
    pub created_at: i64,
    /// When it was last used, to the minute.
    pub last_used_at: Option<i64>,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
}

/// Every key of a company, the newest first; revoked ones stay in the list.
pub async fn list(db: &Db, company: &CompanyId) -> Result<Vec<Row>, StoreError> {
    // By api_keys_by_company.
    let sql = "
        SELECT key_id, name, scopes, hint, created_at, last_used_at, revoked_at FROM api_keys
        WHERE company_id = ?1 ORDER BY created_at DESC, key_id LIMIT 500";
    db.all(sql, &[Bind::Text(company.as_str())]).await
}

/// Writes a new key.
pub async fn create(
    db: &Db,
    company: &CompanyId,
    (id, key): (&ApiKeyId, &ApiKey),
    (name, scopes): (&Name, &Scopes),
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "
        INSERT INTO api_keys (key_id, token_sha256, company_id, name, scopes, hint, created_at)
        VALUES (?1, unhex(?2), ?3, ?4, ?5, ?6, ?7)";
    let binds = [
        Bind::Text(id.as_str()),
        Bind::Text(&key.digest().hex()),
        Bind::Text(company.as_str()),
        Bind::Text(name.as_str()),
        Bind::Text(&scopes.column()),
        Bind::Text(key.hint()),
        Bind::Number(now.millis()),
    ];
    db.batch(&[(sql, &binds)]).await
}

/// Revokes a key from now on; again, nothing changes. False when the company has no such key.
pub async fn revoke(
    db: &Db,
    company: &CompanyId,
    id: &ApiKeyId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "
        UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?3)
        WHERE key_id = ?1 AND company_id = ?2";
    let binds = [Bind::Text(id.as_str()), Bind::Text(company.as_str()), Bind::Number(now.millis())];
    Ok(db.run(sql, &binds).await? == 1)
}

/// Notes that keys were used; an older note changes nothing.
pub async fn used(db: &Db, id: &ApiKeyId, at: Timestamp) -> Result<(), StoreError> {
    let sql = "
        UPDATE api_keys SET last_used_at = ?2
        WHERE key_id = ?1 AND coalesce(last_used_at, 0) < ?2";
    db.run(sql, &[Bind::Text(id.as_str()), Bind::Number(at.millis())]).await?;
    Ok(())
}
