//! `/certificate-sharing/certificates/…/share`, `batch-share` and `/certificate-sharing/shares`: a
//! publisher hands certificates on, sees what it handed on, and takes it back.

use std::collections::BTreeSet;

use econsent_core::access::Permission;
use econsent_core::certificate_id::CertificateId;
use econsent_core::custody::Actor;
use econsent_core::digest::Digest;
use econsent_core::ids::{CompanyId, PropertyId, ShareId};
use econsent_core::partner::AccessLevel;
use econsent_core::share::ShareStatus;
use econsent_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use worker::Response;

use super::{id, moment, optional_moment};
use crate::app::App;
use crate::auth::{self, Caller};
use crate::body;
use crate::problem::Problem;
use crate::query;
use crate::request::Request;
use crate::sharing::{self, Order, Revoked, Shared};
use crate::store::share_list::{self, Filter, Listed};

/// More than any honest call has.
const BODY_BYTES: usize = 4 * 1_024;
/// A thousand ids of the longest form.
const BATCH_BYTES: usize = 256 * 1_024;
/// Certificates of one call.
const BATCH: usize = 1_000;
/// Longest Idempotency-Key.
const KEY_BYTES: usize = 255;

/// Whom to share with.
#[derive(Deserialize, Default, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareInput {
    /// Without it, whoever has the token may claim, once.
    #[serde(default)]
    target_company_id: Option<CompanyId>,
}

/// A share.
#[derive(Serialize, ToSchema)]
pub struct ShareView {
    #[schema(pattern = "^clm_[0-9a-f]{48}$")]
    claim_token: String,
    claim_url: String,
    expires_at: Timestamp,
}

/// Shares a certificate with a company, or with whoever has the token.
///
/// The same certificate to the same company is the same share while it is pending. For open ones,
/// the same `Idempotency-Key` is.
#[utoipa::path(post, path = "/certificate-sharing/certificates/{id}/share", tag = "sharing",
    request_body = ShareInput, security(("cookie" = []), ("key" = ["share"])),
    params(("id" = CertificateId, Path,), ("Idempotency-Key" = Option<String>, Header,)),
    responses((status = 200, description = "The share.", body = ShareView)))]
pub async fn share(
    mut request: Request,
    app: &App,
    certificate: &str,
) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Share).await?;
    let certificate = CertificateId::parse(certificate)?;
    let idempotency = idempotency(&request)?;
    // A share that anybody may claim needs nothing said.
    let text = body::text(&mut request, BODY_BYTES).await?;
    let asked: ShareInput =
        if text.is_empty() { ShareInput::default() } else { body::read(&text)? };
    let order = Order {
        publisher: &caller.company,
        ids: std::slice::from_ref(&certificate),
        target: asked.target_company_id.as_ref(),
        actor: Actor::Company(caller.company.clone()),
        idempotency,
        name_ends: false,
    };
    let shared = sharing::share_all(app, &order).await?;
    let shared = shared.get(&certificate).ok_or_else(|| Problem::not_found("certificate"))?;
    Ok(Response::from_json(&view(app, shared))?)
}

fn view(app: &App, shared: &Shared) -> ShareView {
    ShareView {
        claim_token: shared.token.as_str().into(),
        claim_url: sharing::claim_url(app, &shared.token),
        expires_at: shared.expires_at,
    }
}

/// What the caller names its call by: any 1 to 255 visible characters.
fn idempotency(request: &Request) -> Result<Option<Digest>, Problem> {
    let Some(key) = request.headers().get("Idempotency-Key")? else { return Ok(None) };
    if key.is_empty() || key.len() > KEY_BYTES || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Problem::invalid(
            "invalid_idempotency_key",
            "An Idempotency-Key is 1 to 255 visible ASCII characters.",
        ));
    }
    Ok(Some(Digest::of_parts(&[b"key\n", key.as_bytes()])))
}

/// Certificates to share.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchInput {
    /// In either base64 alphabet, padded or not.
    #[schema(min_items = 1, max_items = 1000)]
    certificate_ids: Vec<String>,
    /// Without it, each certificate has an open share.
    #[serde(default)]
    target_company_id: Option<CompanyId>,
}

/// The share of one certificate.
#[derive(Serialize, ToSchema)]
pub struct BatchView<'a> {
    certificate_id: &'a CertificateId,
    #[schema(pattern = "^clm_[0-9a-f]{48}$")]
    claim_token: String,
    claim_url: String,
}

/// Shares up to 1,000 certificates: all are the company's own, or nothing is done.
///
/// Safe to repeat: what was shared is the same share again. A repeated call without a target finds
/// the open shares of an earlier one as long as they are pending.
#[utoipa::path(post, path = "/certificate-sharing/certificates/batch-share", tag = "sharing",
    request_body = BatchInput, security(("cookie" = []), ("key" = ["share"])),
    params(("Idempotency-Key" = Option<String>, Header,)),
    responses((status = 200, description = "In the order of the request.", body = [BatchView<'static>])))]
pub async fn batch(mut request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Share).await?;
    let named = idempotency(&request)?;
    let asked: BatchInput = body::json(&mut request, BATCH_BYTES).await?;
    if asked.certificate_ids.is_empty() || asked.certificate_ids.len() > BATCH {
        return Err(Problem::new(
            422,
            "limit_exceeded",
            format!("A batch has 1 to {BATCH} certificates."),
        ));
    }
    let read = |(at, text): (usize, &String)| {
        CertificateId::parse_lenient(text).map_err(|error| {
            Problem::invalid("invalid_certificate_id", format!("certificate_ids[{at}]: {error}"))
        })
    };
    let ids: Result<Vec<_>, _> = asked.certificate_ids.iter().enumerate().map(read).collect();
    let ids = ids?;
    let each: BTreeSet<_> = ids.iter().cloned().collect();
    let each: Vec<_> = each.into_iter().collect();
    let unnamed = asked.target_company_id.is_none() && named.is_none();
    let order = Order {
        publisher: &caller.company,
        ids: &each,
        target: asked.target_company_id.as_ref(),
        actor: Actor::Company(caller.company.clone()),
        idempotency: named.or_else(|| unnamed.then(|| Digest::of(b"batch"))),
        name_ends: unnamed,
    };
    let shared = sharing::share_all(app, &order).await?;
    let views: Result<Vec<_>, Problem> = ids
        .iter()
        .map(|certificate_id| {
            let shared =
                shared.get(certificate_id).ok_or_else(|| Problem::not_found("certificate"))?;
            let ShareView { claim_token, claim_url, .. } = view(app, shared);
            Ok(BatchView { certificate_id, claim_token, claim_url })
        })
        .collect();
    Ok(Response::from_json(&views?)?)
}

/// Which shares to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SharesQuery {
    /// From 1.
    page: Option<u32>,
    /// 25 unless given; 100 at most.
    limit: Option<u32>,
    /// pending, claimed, revoked or expired.
    status: Option<String>,
    /// Those of one certificate.
    certificate_id: Option<String>,
}

/// A share in its publisher's list.
#[derive(Serialize, ToSchema)]
pub struct ShareRow {
    id: ShareId,
    certificate_id: CertificateId,
    /// None when somebody has changed where the certificate comes from; it has no token then.
    property_id: Option<PropertyId>,
    /// Whom it is for; none for whoever has the token.
    target_company_id: Option<CompanyId>,
    target_name: Option<String>,
    access_level: AccessLevel,
    /// A company id, or `system` for what was shared by itself.
    shared_by: String,
    status: ShareStatus,
    created_at: Timestamp,
    expires_at: Timestamp,
    ended_at: Option<Timestamp>,
    /// Who has claimed it.
    claimed_by: Option<CompanyId>,
    /// While it is pending.
    claim_token: Option<String>,
    /// While it is pending.
    claim_url: Option<String>,
}

/// A page of shares.
#[derive(Serialize, ToSchema)]
pub struct SharesView {
    items: Vec<ShareRow>,
    page: u32,
    limit: u32,
    total: u32,
}

/// What the company has shared, the newest first.
#[utoipa::path(get, path = "/certificate-sharing/shares", tag = "sharing", params(SharesQuery),
    security(("cookie" = []), ("key" = ["share"])),
    responses((status = 200, description = "A page.", body = SharesView)))]
pub async fn list(request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Share).await?;
    let asked: SharesQuery = query::read(&request)?;
    let (page, limit) = query::page(asked.page, asked.limit)?;
    let certificate =
        asked.certificate_id.as_deref().map(CertificateId::parse_lenient).transpose()?;
    let filter = Filter {
        status: query::word(asked.status.as_deref(), "status")?,
        certificate: certificate.as_ref(),
        offset: query::offset(page, limit),
        limit: limit.into(),
        now: App::now(),
    };
    let (listed, total) = share_list::of(&app.db, &caller.company, &filter).await?;
    let items: Result<Vec<_>, Problem> =
        listed.into_iter().map(|listed| row(app, listed, filter.now)).collect();
    Ok(Response::from_json(&SharesView { items: items?, page, limit, total })?)
}

fn row(app: &App, row: Listed, now: Timestamp) -> Result<ShareRow, Problem> {
    let unreadable = || Problem::not_found("certificate");
    let certificate_id = CertificateId::new(
        row.session_id.parse().map_err(|_| unreadable())?,
        row.hash.parse().map_err(|_| unreadable())?,
    );
    let status = match row.status {
        ShareStatus::Pending if row.partner_revoked => ShareStatus::Revoked,
        ShareStatus::Pending if moment(row.expires_at) <= now => ShareStatus::Expired,
        status => status,
    };
    let property_id: Option<PropertyId> = row.property_id.parse().ok();
    let token = match &property_id {
        Some(property) if status == ShareStatus::Pending => {
            Some(sharing::token(app, &row.kid, property, &row.share_id)?)
        }
        _ => None,
    };
    Ok(ShareRow {
        id: row.share_id,
        certificate_id,
        property_id,
        target_company_id: row.target_company_id,
        target_name: row.target_name,
        access_level: row.access_level,
        shared_by: row.shared_by,
        status,
        created_at: moment(row.created_at),
        expires_at: moment(row.expires_at),
        ended_at: optional_moment(row.ended_at),
        claimed_by: row.claimed_by,
        claim_url: token.as_ref().map(|token| sharing::claim_url(app, token)),
        claim_token: token.map(|token| token.as_str().into()),
    })
}

/// Takes a pending share back. Doing it again changes nothing.
#[utoipa::path(delete, path = "/certificate-sharing/shares/{id}", tag = "sharing",
    security(("cookie" = []), ("key" = ["share"])), params(("id" = ShareId, Path,)),
    responses((status = 204, description = "Nobody can claim it any more.")))]
pub async fn revoke(request: Request, app: &App, share: &str) -> Result<Response, Problem> {
    let Caller { company, .. } = auth::require(&request, app, Permission::Share).await?;
    match sharing::revoke(app, &company, &id(share, "share")?).await? {
        Revoked::Now | Revoked::Before(ShareStatus::Revoked | ShareStatus::Expired) => {
            Ok(Response::empty()?.with_status(204))
        }
        Revoked::Before(_) => Err(Problem::new(
            409,
            "already_claimed",
            "This share was claimed. Claims are permanent.",
        )),
    }
}
