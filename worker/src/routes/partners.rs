//! `/certificate-sharing/partners`: the companies that a property's leads are sold to (seed "Adding
//! a Distribution Partner"; contract §3).

use econsent_core::access::Permission;
use econsent_core::contact::Email;
use econsent_core::credentials::LinkToken;
use econsent_core::ids::{CompanyId, InvitationId, PropertyId};
use econsent_core::partner::{AccessLevel, PartnerId, PartnerStatus};
use econsent_core::time::Timestamp;
use econsent_core::wire;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::Response;

use super::auth::{BODY_BYTES, link_invalid, mail_with_link};
use super::{id, moment, optional_moment};
use crate::app::App;
use crate::auth;
use crate::body;
use crate::jobs::{self, Job};
use crate::limit::{self, Limit};
use crate::mail;
use crate::problem::Problem;
use crate::query;
use crate::request::Request;
use crate::store::StoreError;
use crate::store::mails::NewMail;
use crate::store::partners::{self, Change, Filter, NewPartner, Partner, Row};
use crate::store::{people, properties};

/// A partner to add: by the company's id, or whoever reads a mailbox.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddPartner {
    property_id: PropertyId,
    /// A company: it is a partner at once.
    partner_company_id: Option<CompanyId>,
    /// Somebody who is asked to accept for a company; nothing is shared before.
    #[serde(default, deserialize_with = "typed_email")]
    email: Option<Email>,
    /// What the partner may do.
    access_level: AccessLevel,
    /// Whether every new certificate of the property is shared with it.
    #[serde(default)]
    auto_share: bool,
}

fn typed_email<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Email>, D::Error> {
    wire::typed(from).map(Some)
}

/// A partnership.
#[derive(Serialize, ToSchema)]
pub struct PartnerView {
    id: PartnerId,
    property_id: PropertyId,
    publisher_company_id: CompanyId,
    /// `null` until an invitation is accepted.
    partner_company_id: Option<CompanyId>,
    access_level: AccessLevel,
    auto_share: bool,
    status: PartnerStatus,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    publisher_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    partner_name: Option<String>,
    /// Who was invited, if it began that way.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    email: Option<Email>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    accepted_at: Option<Timestamp>,
    /// When it was declined or revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ended_at: Option<Timestamp>,
}

impl PartnerView {
    fn of(row: Row) -> Self {
        Self {
            id: row.partner_id,
            property_id: row.property_id,
            publisher_company_id: row.company_id,
            partner_company_id: row.partner_company_id,
            access_level: row.access_level,
            auto_share: row.auto_share,
            status: row.status,
            created_at: moment(row.created_at),
            publisher_name: Some(row.company_name),
            partner_name: row.partner_name,
            email: row.email,
            accepted_at: optional_moment(row.accepted_at),
            ended_at: optional_moment(row.ended_at),
        }
    }
}

/// Adds a partner to a property.
#[utoipa::path(post, path = "/certificate-sharing/partners", tag = "partners",
    request_body = AddPartner, security(("cookie" = []), ("key" = ["manage"])),
    responses((status = 201, description = "Active, or invited.", body = PartnerView)))]
pub async fn create(mut request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    let asked: AddPartner = body::json(&mut request, BODY_BYTES).await?;
    let company = &caller.company;
    let whom = asked.whom()?;
    let known = match whom {
        Whom::Company(partner) => Some(partner),
        Whom::Email(_) => None,
    };
    if known == Some(company) {
        return Err(own_company());
    }
    let before = partners::before(&app.db, company, &asked.property_id, known).await?;
    if !before.owned {
        return Err(properties::not_found());
    }
    if known.is_some() && !before.known {
        return Err(Problem::new(404, "company_not_found", "There is no such company."));
    }
    if before.live >= partners::MOST {
        let detail = format!("A company has at most {} partners at a time.", partners::MOST);
        return Err(Problem::new(422, "limit_exceeded", detail));
    }
    let now = App::now();
    let new = |partner| NewPartner {
        property: &asked.property_id,
        company,
        partner,
        access_level: asked.access_level,
        auto_share: asked.auto_share,
        now,
    };
    let made = match whom {
        Whom::Company(partner) => partners::create(&app.db, &new(Partner::Company(partner))).await,
        Whom::Email(email) => {
            limit::check(app, Limit::Invite, company.as_str()).await?;
            let link = InvitationId::new(App::random()?);
            let key = app.keys.tokens.current(now)?;
            let token = LinkToken::derive(key, link.as_str()).digest();
            let mail = NewMail {
                company: Some(&caller.company_name),
                ..mail_with_link(link.as_str(), mail::PARTNERSHIP, email, key, now)
            };
            let made = partners::create(&app.db, &new(Partner::Invited(&mail, &token))).await;
            if made.is_ok() {
                jobs::send(app, &Job::Outbox).await;
            }
            made
        }
    };
    let view = PartnerView {
        id: made.map_err(already)?,
        property_id: asked.property_id,
        publisher_company_id: caller.company,
        status: match asked.partner_company_id {
            Some(_) => PartnerStatus::Active,
            None => PartnerStatus::Invited,
        },
        partner_company_id: asked.partner_company_id,
        access_level: asked.access_level,
        auto_share: asked.auto_share,
        created_at: now,
        publisher_name: None,
        partner_name: None,
        email: asked.email,
        accepted_at: None,
        ended_at: None,
    };
    Ok(Response::from_json(&view)?.with_status(201))
}

/// Whom to add.
#[derive(Clone, Copy)]
enum Whom<'a> {
    Company(&'a CompanyId),
    Email(&'a Email),
}

impl AddPartner {
    fn whom(&self) -> Result<Whom<'_>, Problem> {
        match (&self.partner_company_id, &self.email) {
            (Some(company), None) => Ok(Whom::Company(company)),
            (None, Some(email)) => Ok(Whom::Email(email)),
            _ => Err(Problem::new(
                422,
                "partner_unnamed",
                "A partner is named by partner_company_id or by email, one of them.",
            )),
        }
    }
}

/// Which partnerships to list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    status: Option<PartnerStatus>,
    property_id: Option<PropertyId>,
    #[serde(default)]
    side: Side,
}

/// On which side of a partnership the company stands.
#[derive(Deserialize, ToSchema, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// It shares.
    #[default]
    Publisher,
    /// It is shared with.
    Buyer,
}

/// The company's partnerships: those of its own properties, or those that it was taken into.
#[utoipa::path(get, path = "/certificate-sharing/partners", tag = "partners",
    security(("cookie" = []), ("key" = ["manage"])),
    params(
        ("status" = Option<PartnerStatus>, Query, description = "How they stand; active if unsaid."),
        ("property_id" = Option<PropertyId>, Query, description = "Of one property."),
        ("side" = Option<Side>, Query, description = "Where the company stands; publisher if unsaid."),
    ),
    responses((status = 200, description = "The newest first.", body = [PartnerView])))]
pub async fn list(request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    let asked: Asked = query::read(&request)?;
    let filter = Filter {
        status: asked.status.unwrap_or(PartnerStatus::Active),
        property: asked.property_id.as_ref(),
    };
    let rows = match asked.side {
        Side::Publisher => partners::of_publisher(&app.db, &caller.company, &filter).await?,
        Side::Buyer => partners::of_buyer(&app.db, &caller.company, &filter).await?,
    };
    let views: Vec<_> = rows.into_iter().map(PartnerView::of).collect();
    Ok(Response::from_json(&views)?)
}

/// What to change about a partnership; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePartner {
    #[schema(nullable = false)]
    access_level: Option<AccessLevel>,
    #[schema(nullable = false)]
    auto_share: Option<bool>,
}

/// Changes what a partner may do with what is shared from now on.
#[utoipa::path(put, path = "/certificate-sharing/partners/{id}", tag = "partners",
    request_body = ChangePartner, security(("cookie" = []), ("key" = ["manage"])),
    params(("id" = PartnerId, Path,)),
    responses((status = 200, description = "As it is now.", body = PartnerView)))]
pub async fn update(mut request: Request, app: &App, which: &str) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    let which: PartnerId = id(which, "partner")?;
    let asked: ChangePartner = body::json(&mut request, BODY_BYTES).await?;
    let change = Change { access_level: asked.access_level, auto_share: asked.auto_share };
    let changed = partners::update(&app.db, &caller.company, which, &change).await?;
    let row = partners::find(&app.db, &caller.company, which).await?;
    let row = row.ok_or_else(|| Problem::not_found("partner"))?;
    if !changed {
        return Err(Problem::new(409, "partner_ended", "This partnership has ended."));
    }
    Ok(Response::from_json(&PartnerView::of(row))?)
}

/// Ends a partnership, or takes an invitation back: nothing is shared from now on, what is pending
/// is taken back, claims stay. Again, nothing changes.
#[utoipa::path(delete, path = "/certificate-sharing/partners/{id}", tag = "partners",
    security(("cookie" = []), ("key" = ["manage"])), params(("id" = PartnerId, Path,)),
    responses((status = 204, description = "Revoked.")))]
pub async fn revoke(request: Request, app: &App, which: &str) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::Manage).await?;
    let which: PartnerId = id(which, "partner")?;
    let row = partners::find(&app.db, &caller.company, which).await?;
    let row = row.ok_or_else(|| Problem::not_found("partner"))?;
    partners::revoke(&app.db, &row, App::now()).await?;
    // Its pending shares are worth nothing from now on; their chains are told by what follows.
    app.follow_up.set(true);
    Ok(Response::empty()?.with_status(204))
}

/// An invitation as its reader sees it.
#[derive(Serialize, ToSchema)]
pub struct PartnerInvitationView {
    id: PartnerId,
    property_id: PropertyId,
    publisher_company_id: CompanyId,
    publisher_name: String,
    access_level: AccessLevel,
    auto_share: bool,
    invited_at: Timestamp,
}

/// The partnerships that wait for whoever has this person's verified address.
#[utoipa::path(get, path = "/certificate-sharing/partners/invitations", tag = "partners",
    security(("cookie" = [])),
    responses((status = 200, description = "The newest first.", body = [PartnerInvitationView])))]
pub async fn invitations(request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require_person(&request, app, Permission::Manage).await?;
    let rows = partners::invitations(&app.db, &caller.person.user).await?;
    let views: Vec<_> = rows
        .into_iter()
        .map(|row| PartnerInvitationView {
            id: row.partner_id,
            property_id: row.property_id,
            publisher_company_id: row.company_id,
            publisher_name: row.company_name,
            access_level: row.access_level,
            auto_share: row.auto_share,
            invited_at: moment(row.created_at),
        })
        .collect();
    Ok(Response::from_json(&views)?)
}

/// Which invitation: by the link in the mail, or by its number in the list.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhichInvitation {
    #[schema(nullable = false)]
    token: Option<LinkToken>,
    #[schema(nullable = false)]
    id: Option<PartnerId>,
}

/// Accepts an invitation for the company that the person acts for.
#[utoipa::path(post, path = "/certificate-sharing/partners/invitations/accept", tag = "partners",
    request_body = WhichInvitation, security(("cookie" = [])),
    responses((status = 200, description = "Active now.", body = PartnerView)))]
pub async fn accept(mut request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require_person(&request, app, Permission::Manage).await?;
    let asked: WhichInvitation = body::json(&mut request, BODY_BYTES).await?;
    let row = asked.find(app, &caller).await?;
    if row.company_id == caller.company {
        return Err(own_company());
    }
    let by = (&caller.person.user, &caller.company);
    let row = partners::accept(&app.db, row.partner_id, by, App::now()).await.map_err(already)?;
    Ok(Response::from_json(&PartnerView::of(row))?)
}

/// Declines an invitation.
#[utoipa::path(post, path = "/certificate-sharing/partners/invitations/decline", tag = "partners",
    request_body = WhichInvitation, security(("cookie" = [])),
    responses((status = 204, description = "Declined.")))]
pub async fn decline(mut request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require_person(&request, app, Permission::Manage).await?;
    let asked: WhichInvitation = body::json(&mut request, BODY_BYTES).await?;
    let row = asked.find(app, &caller).await?;
    if !partners::decline(&app.db, row.partner_id, &caller.person.user, App::now()).await? {
        return Err(gone());
    }
    Ok(Response::empty()?.with_status(204))
}

impl WhichInvitation {
    /// The invitation, if it waits and is for the caller's verified address. Who has its link learns
    /// that it is for another one; a number alone tells nobody anything.
    async fn find(&self, app: &App, caller: &auth::Member) -> Result<Row, Problem> {
        let user = &caller.person.user;
        match (&self.token, self.id) {
            (Some(token), None) => {
                let found = partners::by_link(&app.db, &token.digest(), App::now()).await?;
                let found = found.ok_or_else(link_invalid)?;
                let person = people::find(&app.db, &caller.company, user).await?;
                if person.map(|person| person.email) == found.email {
                    Ok(found)
                } else {
                    Err(Problem::new(
                        403,
                        "other_address",
                        "This invitation is for another e-mail address than your account's.",
                    ))
                }
            }
            (None, Some(number)) => {
                let found = partners::invitation(&app.db, number, user).await?;
                found.ok_or_else(|| Problem::not_found("invitation"))
            }
            _ => Err(Problem::new(
                422,
                "invitation_unnamed",
                "An invitation is named by token or by id, one of them.",
            )),
        }
    }
}

fn own_company() -> Problem {
    Problem::new(422, "own_company", "A company is no partner of its own.")
}

fn already(error: StoreError) -> Problem {
    match error {
        StoreError::Conflict(_) => Problem::new(
            409,
            "already_partner",
            "This property has that partner, or such an invitation, already.",
        ),
        error @ StoreError::Failed(_) => error.into(),
    }
}

fn gone() -> Problem {
    Problem::new(409, "conflict", "This invitation was answered or taken back meanwhile.")
}
