//! `/api/keys`: what machines sign in with.

use econsent_core::access::{Permission, Scope, Scopes};
use econsent_core::credentials::ApiKey;
use econsent_core::ids::ApiKeyId;
use econsent_core::name::Name;
use econsent_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::Response;

use super::{id, moment, optional_moment};
use crate::app::App;
use crate::auth;
use crate::body;
use crate::problem::Problem;
use crate::request::Request;
use crate::store::keys;

/// More than any honest call has.
const BODY_BYTES: usize = 4 * 1_024;
/// Twice as many as there are: room for a scope to come, and for one named twice.
const SCOPES: usize = 12;

/// A key to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What it is for.
    name: Name,
    /// What it may do.
    #[schema(min_items = 1, max_items = 12)]
    scopes: Vec<Scope>,
}

/// A key. The key itself is shown once, when it is made.
#[derive(Serialize, ToSchema)]
pub struct KeyView {
    id: ApiKeyId,
    name: Name,
    scopes: Vec<Scope>,
    /// Its last four digits.
    hint: String,
    created_at: Timestamp,
    /// To the minute.
    last_used_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    /// The key itself: only in the answer that makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    key: Option<String>,
}

/// Every key of the company, the newest first.
#[utoipa::path(get, path = "/api/keys", tag = "keys", security(("cookie" = [])),
    responses((status = 200, description = "Every key, revoked ones included.", body = [KeyView])))]
pub async fn list(request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require_person(&request, app, Permission::People).await?;
    let rows = keys::list(&app.db, &caller.company).await?;
    let views: Vec<_> = rows.into_iter().map(KeyView::of).collect();
    Ok(Response::from_json(&views)?)
}

/// Makes a key; it is shown in this answer and never again.
#[utoipa::path(post, path = "/api/keys", tag = "keys", request_body = NewKey,
    security(("cookie" = [])),
    responses((status = 201, description = "The key, shown this once.", body = KeyView)))]
pub async fn create(mut request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require_person(&request, app, Permission::People).await?;
    let asked: NewKey = body::json(&mut request, BODY_BYTES).await?;
    if asked.scopes.len() > SCOPES {
        return Err(Problem::new(422, "limit_exceeded", "A key has at most 12 scopes."));
    }
    let scopes =
        Scopes::new(asked.scopes).map_err(|error| Problem::new(422, "no_scopes", error))?;
    let (id, key) = (ApiKeyId::new(App::random()?), ApiKey::new(App::random()?));
    let now = App::now();
    keys::create(&app.db, &caller.company, (&id, &key), (&asked.name, &scopes), now).await?;
    let view = KeyView {
        id,
        name: asked.name,
        scopes: scopes.as_slice().to_vec(),
        hint: key.hint().into(),
        created_at: now,
        last_used_at: None,
        revoked_at: None,
        key: Some(key.reveal().into()),
    };
    Ok(Response::from_json(&view)?.with_status(201))
}

/// Revokes a key at once and for good.
#[utoipa::path(delete, path = "/api/keys/{id}", tag = "keys", security(("cookie" = [])),
    params(("id" = ApiKeyId, Path,)), responses((status = 204, description = "Revoked.")))]
pub async fn revoke(request: Request, app: &App, key: &str) -> Result<Response, Problem> {
    let caller = auth::require_person(&request, app, Permission::People).await?;
    let key: ApiKeyId = id(key, "key")?;
    if !keys::revoke(&app.db, &caller.company, &key, App::now()).await? {
        return Err(Problem::not_found("key"));
    }
    Ok(Response::empty()?.with_status(204))
}

impl KeyView {
    fn of(row: keys::Row) -> Self {
        Self {
            id: row.key_id,
            name: row.name,
            scopes: Scopes::from_column(&row.scopes)
                .map(|scopes| scopes.as_slice().to_vec())
                .unwrap_or_default(),
            hint: row.hint,
            created_at: moment(row.created_at),
            last_used_at: optional_moment(row.last_used_at),
            revoked_at: optional_moment(row.revoked_at),
            key: None,
        }
    }
}
