//! `GET /api/activity`: how many certificates a company has captured, by day and property.

use econsent_core::access::Permission;
use econsent_core::ids::PropertyId;
use econsent_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use worker::Response;

use super::moment;
use crate::app::App;
use crate::auth;
use crate::problem::Problem;
use crate::query;
use crate::request::Request;
use crate::store::activity::{self, Line};

/// Days unless the caller says how many.
const DAYS: u32 = 30;
/// A quarter: what is read grows with it.
const MOST: u32 = 92;

/// How far back.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Days up to today; 30 unless said.
    #[param(minimum = 1, maximum = 92)]
    days: Option<u32>,
}

/// Certificates that a property captured on one day: all that were received, whatever became of
/// them since. Days without any are left out.
#[derive(Serialize, ToSchema)]
pub struct ActivityDay<'a> {
    /// The day, at its beginning in UTC.
    day: Timestamp,
    property_id: &'a PropertyId,
    property: &'a str,
    certificates: u32,
}

impl<'a> From<&'a Line> for ActivityDay<'a> {
    fn from(line: &'a Line) -> Self {
        Self {
            day: moment(line.day),
            property_id: &line.property_id,
            property: &line.property,
            certificates: line.count,
        }
    }
}

/// How many certificates the company's properties captured, by day (UTC) and property, the oldest
/// day first.
#[utoipa::path(get, path = "/api/activity", tag = "certificates", params(Asked),
    security(("cookie" = []), ("key" = ["read"])),
    responses((status = 200, description = "Today and the days before it.", body = [ActivityDay])))]
pub async fn list(request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::View).await?;
    let asked: Asked = query::read(&request)?;
    let days = asked.days.unwrap_or(DAYS);
    if !(1..=MOST).contains(&days) {
        return Err(query::invalid(format!("days is 1 to {MOST}.")));
    }
    let lines = activity::of(&app.db, &caller.company, days, App::now()).await?;
    let listed: Vec<ActivityDay<'_>> = lines.iter().map(ActivityDay::from).collect();
    Ok(Response::from_json(&listed)?)
}
