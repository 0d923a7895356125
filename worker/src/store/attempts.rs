//! Limits that protect somebody: how often something was tried, per subject, within a time.

use std::time::Duration;

use econsent_core::digest::Digest;
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::{Bind, Db, StoreError};

/// Counts an attempt and says how many there were since the first one of the last `window`.
pub async fn count(
    db: &Db,
    subject: &Digest,
    window: Duration,
    now: Timestamp,
) -> Result<u32, StoreError> {
    #[derive(Deserialize)]
    struct Counted {
        count: u32,
    }
    // One statement, so that attempts at the same time are all counted.
    let sql = "
        INSERT INTO attempts (subject, since, count) VALUES (unhex(?1), ?2, 1)
        ON CONFLICT (subject) DO UPDATE SET
            count = iif(since > ?3, count + 1, 1), since = iif(since > ?3, since, ?2)
        RETURNING count";
    let binds = [
        Bind::Text(&subject.hex()),
        Bind::Number(now.millis()),
        Bind::Number((now - window).millis()),
    ];
    let counted: Option<Counted> = db.first(sql, &binds).await?;
    Ok(counted.map_or(1, |counted| counted.count))
}

/// Forgets them: who gets in starts afresh.
pub async fn forget(db: &Db, subject: &Digest) -> Result<(), StoreError> {
    let sql = "DELETE FROM attempts WHERE subject = unhex(?1)";
    db.batch(&[(sql, &[Bind::Text(&subject.hex())])]).await
}
