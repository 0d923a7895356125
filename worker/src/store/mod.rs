//! All SQL, one file per aggregate; each function is one round trip, named for what it means, and
//! takes the database that it works on: one today, many later, by the routing tag in the id.

pub mod accounts;
pub mod attempts;
pub mod bundles;
pub mod certificates;
pub mod custody;
pub mod evidence;
pub mod installs;
pub mod invitations;
pub mod keys;
pub mod mails;
pub mod people;
pub mod properties;
pub mod purge;
pub mod recordings;
pub mod retention;
pub mod sign_ins;
pub mod webhooks;

use econsent_core::json::{Json, Object};
use serde::de::DeserializeOwned;
use worker::wasm_bindgen::JsValue;
use worker::{D1Database, D1PreparedStatement, D1Result};

/// One database.
pub struct Db(D1Database);

/// Why the database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A guard or a uniqueness rule refused the batch: somebody else was first.
    #[error("refused: {0}")]
    Conflict(String),
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

/// A value bound to a statement.
#[derive(Clone)]
pub enum Bind<'a> {
    /// Text, hex of a blob, or JSON.
    Text(&'a str),
    /// Text, or NULL.
    Maybe(Option<&'a str>),
    /// An integer below 2^53; D1 takes numbers as JavaScript has them.
    Number(i64),
    /// Such an integer, or NULL.
    MaybeNumber(Option<i64>),
}

impl Bind<'_> {
    fn value(&self) -> JsValue {
        match self {
            Self::Text(text) | Self::Maybe(Some(text)) => JsValue::from_str(text),
            Self::Maybe(None) | Self::MaybeNumber(None) => JsValue::NULL,
            #[expect(clippy::cast_precision_loss, reason = "moments and counts are below 2^53")]
            Self::Number(number) | Self::MaybeNumber(Some(number)) => {
                JsValue::from_f64(*number as f64)
            }
        }
    }
}

impl Db {
    /// A database by its binding.
    pub const fn new(database: D1Database) -> Self {
        Self(database)
    }

    fn statement(&self, sql: &str, binds: &[Bind<'_>]) -> Result<D1PreparedStatement, StoreError> {
        let values: Vec<JsValue> = binds.iter().map(Bind::value).collect();
        self.0.prepare(sql).bind(&values).map_err(classify)
    }

    /// One row, in one round trip.
    async fn first<T: DeserializeOwned>(
        &self,
        sql: &str,
        binds: &[Bind<'_>],
    ) -> Result<Option<T>, StoreError> {
        self.statement(sql, binds)?.first(None).await.map_err(classify)
    }

    /// All rows, in one round trip.
    async fn all<T: DeserializeOwned>(
        &self,
        sql: &str,
        binds: &[Bind<'_>],
    ) -> Result<Vec<T>, StoreError> {
        let result = self.statement(sql, binds)?.all().await.map_err(classify)?;
        result.results().map_err(classify)
    }

    /// Changes rows and says how many, in one round trip.
    async fn run(&self, sql: &str, binds: &[Bind<'_>]) -> Result<usize, StoreError> {
        let result = self.statement(sql, binds)?.run().await.map_err(classify)?;
        let meta = result.meta().map_err(classify)?;
        Ok(meta.and_then(|meta| meta.changes).unwrap_or_default())
    }

    /// What several statements give, in one round trip.
    async fn read(&self, statements: &[(&str, &[Bind<'_>])]) -> Result<Vec<D1Result>, StoreError> {
        let prepared: Result<_, _> =
            statements.iter().map(|(sql, binds)| self.statement(sql, binds)).collect();
        self.0.batch(prepared?).await.map_err(classify)
    }

    /// All statements or none, in one round trip.
    async fn batch(&self, statements: &[(&str, &[Bind<'_>])]) -> Result<(), StoreError> {
        self.read(statements).await?;
        Ok(())
    }
}

/// A JSON array of objects: how lists go into a statement, since it takes 100 values at most.
fn json_rows(rows: impl Iterator<Item = Object>) -> String {
    Json::List(rows.map(Json::Object).collect()).canonical()
}

/// Tells a refusal of our own rules from a failure. Formatting a D1 error throws, so its cause is
/// read instead.
fn classify(error: worker::Error) -> StoreError {
    let cause = match error {
        worker::Error::D1(error) => error.cause(),
        worker::Error::UnknownJsError { message, .. } => message,
        other => format!("{other:?}"),
    };
    let refused = ["custody: ", "certificate: ", "record: ", "guard: ", "UNIQUE constraint failed"];
    if refused.iter().any(|rule| cause.contains(rule)) {
        StoreError::Conflict(cause)
    } else {
        StoreError::Failed(cause)
    }
}
