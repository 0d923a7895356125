//! Words that pages handed over before a submit.

use std::collections::BTreeSet;
use std::time::Duration;

use econsent_core::digest::Digest;
use econsent_core::ids::PropertyId;
use econsent_core::json::{Json, Object};
use econsent_core::listing::searchable;
use econsent_core::staging::Staged;
use econsent_core::time::Timestamp;
use serde::Deserialize;

use super::{Bind, Db, StoreError, json_rows};

/// For how long words wait for a certificate that needs them: longer than a session's token lives.
const KEPT: Duration = Duration::from_secs(48 * 60 * 60);
/// Words that were handed over less than an hour ago are not written again, in milliseconds.
const FRESH: i64 = 60 * 60 * 1_000;

/// Words as statements take them, with the form in which they are searched.
pub(super) fn row(digest: Digest, text: &str) -> Object {
    let canonical = searchable(text).map(Json::from);
    Object::new().with("sha256", digest).with("text", text).with("canonical", canonical)
}

/// Keeps words for a while.
pub async fn stage(db: &Db, staged: &Staged, now: Timestamp) -> Result<(), StoreError> {
    let rows = json_rows(staged.texts.iter().map(|(digest, text)| row(*digest, text.as_str())));
    let binds = [
        Bind::Text(staged.property.as_str()),
        Bind::Text(&rows),
        Bind::Number(now.millis()),
        Bind::Number(FRESH),
    ];
    // By primary key. `WHERE true` tells the parser that ON begins no join.
    let sql = "
        INSERT INTO staged_texts (property_id, sha256, text, canonical, staged_at)
        SELECT ?1, unhex(value ->> 'sha256'), value ->> 'text', value ->> 'canonical', ?3
        FROM json_each(?2) WHERE true
        ON CONFLICT (property_id, sha256) DO UPDATE SET staged_at = excluded.staged_at
        WHERE staged_at < excluded.staged_at - ?4";
    db.run(sql, &binds).await.map(drop)
}

/// Which of these words wait at a property.
pub async fn known(
    db: &Db,
    property: &PropertyId,
    digests: &BTreeSet<Digest>,
) -> Result<BTreeSet<Digest>, StoreError> {
    #[derive(Deserialize)]
    struct Row {
        sha256: Digest,
    }
    let list = listed(digests);
    // By primary key.
    let sql = "
        SELECT lower(hex(s.sha256)) AS sha256 FROM json_each(?2) e
        CROSS JOIN staged_texts s ON s.property_id = ?1 AND s.sha256 = unhex(e.value)";
    let rows: Vec<Row> = db.all(sql, &[Bind::Text(property.as_str()), Bind::Text(&list)]).await?;
    Ok(rows.into_iter().map(|row| row.sha256).collect())
}

/// Digests as a statement takes them.
pub(super) fn listed(digests: &BTreeSet<Digest>) -> String {
    Json::List(digests.iter().map(|digest| Json::from(*digest)).collect()).canonical()
}

/// In a certificate's batch: moves words that wait to the texts that stay.
pub(super) const TAKE: &str = "
    INSERT INTO texts (sha256, text, canonical)
    SELECT s.sha256, s.text, s.canonical FROM json_each(?2) e
    CROSS JOIN staged_texts s ON s.property_id = ?1 AND s.sha256 = unhex(e.value)";

/// After it: fails the batch unless all of these words are there.
pub(super) const GUARD: &str = "
    INSERT INTO guard (changed)
    SELECT count(*) = json_array_length(?1) FROM json_each(?1) e
    JOIN texts t ON t.sha256 = unhex(e.value)";

/// Lets words go that no certificate needed.
pub async fn sweep(db: &Db, now: Timestamp) -> Result<(), StoreError> {
    // By staged_texts_by_age.
    let sql = "DELETE FROM staged_texts WHERE staged_at < ?1";
    db.run(sql, &[Bind::Number((now - KEPT).millis())]).await.map(drop)
}
