//! What a property's tracker is told. It comes from KV, which may be a minute old, and from D1
//! where KV has nothing or says no. What is old lets nothing wrong in: evidence is checked against
//! D1 when it comes.

use econsent_core::consent::ConsentType;
use econsent_core::contact::CallingCode;
use econsent_core::ids::{CompanyId, Origin, PropertyId};
use econsent_core::origins::OriginPattern;
use econsent_core::selector::Selector;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::{KvStore, console_error};

use crate::app::App;
use crate::problem::Problem;
use crate::store::properties::{self, Row};

/// Elements that are consent of a type without being tagged.
#[derive(Serialize, Deserialize, Clone, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentSelector {
    /// Which elements.
    pub selector: Selector,
    /// Of which type their consent is.
    #[serde(rename = "type")]
    pub consent_type: ConsentType,
}

/// What a certificate's public page shows.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PublicLevel {
    /// The consent, masked metadata, both signatures.
    Full,
    /// Ids, times and status.
    Reduced,
}

impl PublicLevel {
    /// The word in documents and columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Reduced => "reduced",
        }
    }
}

/// What the tracker does on a property's pages.
#[derive(Serialize, Deserialize, Clone, ToSchema)]
pub struct TrackerSettings {
    /// Which elements are consent without being tagged.
    pub consent_selectors: Vec<ConsentSelector>,
    /// Which fields a recording may show.
    pub unmasked: Vec<Selector>,
    /// What is taken to stand before phone numbers.
    pub calling_code: CallingCode,
    /// Whether recording waits until a notice was shown (wiretap law: consent comes first).
    pub record_after_notice: bool,
    /// Whether pages are recorded at all.
    pub recording: bool,
}

/// The document in KV.
#[derive(Serialize, Deserialize)]
struct Kept {
    company_id: CompanyId,
    origins: Vec<OriginPattern>,
    tracker: TrackerSettings,
}

/// For how long KV keeps it: settings that nobody asks for go by themselves.
const KEPT_SECONDS: u64 = 24 * 60 * 60;

/// What a page's property, company and origin lead to.
pub enum Found<T> {
    /// Its origin is registered.
    Registered(T),
    /// The property exists, and its owner has not registered that origin.
    OtherOrigin,
    /// The company has no such property.
    Nothing,
}

/// The settings of a property for a page of that origin.
///
/// # Errors
/// The store's. KV failing is no error: D1 knows.
pub async fn find(
    app: &App,
    property: &PropertyId,
    company: &CompanyId,
    origin: &Origin,
) -> Result<Found<TrackerSettings>, Problem> {
    let store = app.settings()?;
    let kept = store.get(&key(property)).json::<Kept>().await;
    if let Ok(Some(kept)) = kept
        && kept.company_id == *company
        && kept.origins.iter().any(|pattern| pattern.matches(origin))
    {
        return Ok(Found::Registered(kept.tracker));
    }
    let Some(row) = properties::read(&app.db, company, property).await? else {
        return Ok(Found::Nothing);
    };
    let kept = Kept::of(&row)?;
    if !kept.origins.iter().any(|pattern| pattern.matches(origin)) {
        return Ok(Found::OtherOrigin);
    }
    keep(&store, property, &kept).await;
    Ok(Found::Registered(kept.tracker))
}

/// Puts what an owner has just set into KV.
///
/// # Errors
/// A 500 when the row cannot be read.
pub async fn publish(app: &App, row: &Row) -> Result<(), Problem> {
    keep(&app.settings()?, &row.property_id, &Kept::of(row)?).await;
    Ok(())
}

fn key(property: &PropertyId) -> String {
    format!("settings:v2:{property}")
}

async fn keep(store: &KvStore, property: &PropertyId, kept: &Kept) {
    let put =
        async { store.put(&key(property), kept)?.expiration_ttl(KEPT_SECONDS).execute().await };
    if let Err(error) = put.await {
        console_error!("settings of {property}: {error:?}");
    }
}

impl Kept {
    fn of(row: &Row) -> Result<Self, Problem> {
        Ok(Self {
            company_id: row.company_id.clone(),
            origins: read(&row.origins)?,
            tracker: TrackerSettings {
                consent_selectors: read(&row.selectors)?,
                unmasked: read(&row.unmasked)?,
                calling_code: row.calling_code,
                record_after_notice: row.record_after_notice,
                recording: row.recording,
            },
        })
    }
}

/// A list that a column holds as JSON.
///
/// # Errors
/// A 500 when it cannot be read.
pub fn read<T: serde::de::DeserializeOwned>(column: &str) -> Result<Vec<T>, Problem> {
    serde_json::from_str(column).map_err(|error| Problem::deployment("a stored list", &error))
}
