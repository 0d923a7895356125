//! All SQL, one file per aggregate; each function is one round trip, named for what it means, and
//! takes the database that it works on: one today, many later, by the routing tag in the id.

pub mod accounts;
pub mod activity;
pub mod attempts;
pub mod auto_shares;
pub mod bundles;
pub mod certificates;
pub mod claims;
mod columns;
pub mod consumers;
pub mod custody;
pub mod evidence;
pub mod holders;
pub mod installs;
pub mod invitations;
pub mod keys;
pub mod leads;
mod list_ways;
pub mod lists;
pub mod mails;
pub mod opt_outs;
pub mod orders;
pub mod orphans;
pub mod partner_certificates;
pub mod partners;
pub mod people;
pub mod properties;
pub mod purge;
pub mod recordings;
pub mod retention;
pub mod rules;
pub mod share_changes;
pub mod share_list;
pub mod shares;
pub mod sign_ins;
pub mod statements;
mod stored_rows;
pub mod texts;
pub mod trips;
pub mod verifications;
pub mod webhooks;

use std::rc::Rc;

use econsent_core::json::{Json, Object};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use worker::wasm_bindgen::JsValue;
use worker::{D1Database, D1PreparedStatement, D1Result};

use trips::Trips;

/// One database, as one request sees it.
pub struct Db {
    database: Rc<D1Database>,
    /// Its round trips.
    pub trips: Trips,
    /// Whether its statements and what they read are remembered, for tests to look at.
    remembers: bool,
}

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
    pub fn new(database: Rc<D1Database>, remembers: bool) -> Self {
        Self { database, trips: Trips::default(), remembers }
    }

    fn statement(&self, sql: &str, binds: &[Bind<'_>]) -> Result<D1PreparedStatement, StoreError> {
        if self.remembers {
            statements::remember(sql);
        }
        let values: Vec<JsValue> = binds.iter().map(Bind::value).collect();
        self.database.prepare(sql).bind(&values).map_err(classify)
    }

    /// One row, in one round trip.
    async fn first<T: DeserializeOwned>(
        &self,
        sql: &str,
        binds: &[Bind<'_>],
    ) -> Result<Option<T>, StoreError> {
        Ok(self.all(sql, binds).await?.into_iter().next())
    }

    /// All rows, in one round trip.
    async fn all<T: DeserializeOwned>(
        &self,
        sql: &str,
        binds: &[Bind<'_>],
    ) -> Result<Vec<T>, StoreError> {
        let statement = self.statement(sql, binds)?;
        let result = self.trips.make(statement.all()).await?;
        self.count(core::slice::from_ref(&result));
        result.results().map_err(classify)
    }

    /// Changes rows and says how many, in one round trip.
    async fn run(&self, sql: &str, binds: &[Bind<'_>]) -> Result<usize, StoreError> {
        let statement = self.statement(sql, binds)?;
        let result = self.trips.make(statement.run()).await?;
        self.count(core::slice::from_ref(&result));
        let meta = result.meta().map_err(classify)?;
        Ok(meta.and_then(|meta| meta.changes).unwrap_or_default())
    }

    /// What several statements give, in one round trip.
    async fn read(&self, statements: &[(&str, &[Bind<'_>])]) -> Result<Vec<D1Result>, StoreError> {
        let prepared: Result<_, _> =
            statements.iter().map(|(sql, binds)| self.statement(sql, binds)).collect();
        let results = self.trips.make(self.database.batch(prepared?)).await?;
        self.count(&results);
        Ok(results)
    }

    /// Counts the rows that were read, where somebody looks at the count.
    fn count(&self, results: &[D1Result]) {
        if self.remembers {
            self.trips.read(results);
        }
    }

    /// All statements or none, in one round trip.
    async fn batch(&self, statements: &[(&str, &[Bind<'_>])]) -> Result<(), StoreError> {
        self.read(statements).await?;
        Ok(())
    }
}

/// The rows that one statement of a batch gave.
fn rows<T: DeserializeOwned>(result: Option<&D1Result>) -> Result<Vec<T>, StoreError> {
    let result = result.ok_or_else(|| StoreError::Failed("a batch gave fewer results".into()))?;
    result.results().map_err(classify)
}

/// A column of JSON.
struct InJson<T>(T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for InJson<T> {
    fn deserialize<D: Deserializer<'de>>(column: D) -> Result<Self, D::Error> {
        let json = String::deserialize(column)?;
        // What stands in it is for no log.
        serde_json::from_str(&json).map(Self).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            D::Error::custom(format_args!("JSON that cannot be read, {line}:{column}"))
        })
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
    let refused = [
        "custody: ",
        "certificate: ",
        "record: ",
        "guard: ",
        "share: ",
        "claim: ",
        "holder: ",
        "compliance: ",
        "UNIQUE constraint failed",
    ];
    if refused.iter().any(|rule| cause.contains(rule)) {
        StoreError::Conflict(cause)
    } else {
        StoreError::Failed(cause)
    }
}
