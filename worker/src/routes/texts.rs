//! `POST /api/texts`: a page hands over long words before a submit needs them.

use econsent_core::limits;
use econsent_core::staging::Staging;
use worker::Response;

use super::origin_of;
use crate::app::App;
use crate::body;
use crate::problem::Problem;
use crate::request::Request;
use crate::store::texts;

/// Keeps the words for two days, for this property's certificates, which may then name them by
/// digest alone.
#[utoipa::path(post, path = "/api/texts", tag = "tracker",
    request_body(content = String, content_type = "text/plain",
        description = "`v`, the session's `token` and up to 64 `texts`, as JSON."),
    security(()), responses((status = 204, description = "Kept.")))]
pub async fn stage(mut request: Request, app: &App) -> Result<Response, Problem> {
    let origin = origin_of(&request)?;
    let body = body::text(&mut request, limits::COMMIT_BYTES).await?;
    let now = App::now();
    let staged = Staging::parse(&body)?.admit(&origin, now, &app.keys.tokens)?;
    texts::stage(&app.db, &staged, now).await?;
    Ok(Response::empty()?.with_status(204))
}
