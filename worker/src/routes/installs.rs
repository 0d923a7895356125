//! `POST /api/installs`: a page says why a submit came without a certificate.

use econsent_core::ids::{CompanyId, PropertyId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::Response;

use super::{origin_of, registered};
use crate::app::App;
use crate::body;
use crate::jobs::{self, Seen};
use crate::problem::Problem;
use crate::request::Request;
use crate::settings;

/// More than any honest call has.
const BODY_BYTES: usize = 4 * 1_024;

/// Why a submit came without a certificate.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoCertificate {
    /// A lead's form was submitted, and nothing on the page is tagged as consent.
    NoTaggedConsent,
    /// The page's content security policy forbids wasm.
    WasmBlocked,
    /// The tracker's code did not come.
    NotLoaded,
    /// The tracker failed, or the page made it fail.
    Failed,
}

impl NoCertificate {
    /// The word in columns.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoTaggedConsent => "no_tagged_consent",
            Self::WasmBlocked => "wasm_blocked",
            Self::NotLoaded => "not_loaded",
            Self::Failed => "failed",
        }
    }
}

/// What a page reports, each reason once.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InstallReport)]
pub struct Report {
    /// The version of this shape: 1.
    #[serde(rename = "v")]
    _v: u32,
    company_id: CompanyId,
    property_id: PropertyId,
    /// The tracker's version.
    #[serde(rename = "tracker")]
    _tracker: String,
    reason: NoCertificate,
}

/// Takes the reason to the owner's install check; the same one from many pages is written once in
/// a while.
#[utoipa::path(post, path = "/api/installs", tag = "tracker", request_body = Report, security(()),
    responses((status = 204, description = "Noted.")))]
pub async fn report(mut request: Request, app: &App) -> Result<Response, Problem> {
    let origin = origin_of(&request)?;
    let report: Report = body::json(&mut request, BODY_BYTES).await?;
    let property = &report.property_id;
    let found = settings::find(app, property, &report.company_id, &origin).await?;
    registered(app, property, &origin, found).await?;
    jobs::seen(app, Seen::reason(property, &origin, report.reason, App::now())).await;
    Ok(Response::empty()?.with_status(204))
}
