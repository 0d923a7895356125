//! `GET /api/certificates/{id}/accesses`: who has verified a publisher's certificate, by day.

use econsent_core::access::Permission;
use econsent_core::certificate_id::CertificateId;
use econsent_core::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use worker::Response;

use super::moment;
use crate::app::App;
use crate::auth;
use crate::problem::Problem;
use crate::request::Request;
use crate::store::verifications::{self, Line};

/// How often a company has verified a certificate on one day.
#[derive(Serialize, ToSchema)]
pub struct Access<'a> {
    /// Who; null for everybody without a key, who are counted together.
    company_id: Option<&'a str>,
    /// The day, at its beginning in UTC.
    day: Timestamp,
    verifications: u32,
    /// When last.
    last_at: Timestamp,
}

impl<'a> From<&'a Line> for Access<'a> {
    fn from(line: &'a Line) -> Self {
        Self {
            company_id: Some(line.company_id.as_str()).filter(|id| !id.is_empty()),
            day: moment(line.day),
            verifications: line.count,
            last_at: moment(line.last_at),
        }
    }
}

/// Who has verified a certificate of the company's own, the newest first.
#[utoipa::path(get, path = "/api/certificates/{id}/accesses", tag = "certificates",
    params(("id" = CertificateId, Path,)), security(("cookie" = []), ("key" = ["read"])),
    responses((status = 200, description = "Of the last 500 days and companies.",
        body = [Access])))]
pub async fn list(request: Request, app: &App, path: &str) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::View).await?;
    let id = CertificateId::parse(path)?;
    let lines = verifications::of(&app.db, &id, &caller.company).await?;
    let lines = lines.ok_or_else(|| Problem::not_found("certificate"))?;
    let accesses: Vec<Access<'_>> = lines.iter().map(Access::from).collect();
    Ok(Response::from_json(&accesses)?)
}
