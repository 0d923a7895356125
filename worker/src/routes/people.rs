//! `/api/people` and `/api/invitations`: who is in a company, and who is asked to come.

use std::time::Duration;

use econsent_core::access::{Permission, Role};
use econsent_core::contact::Email;
use econsent_core::credentials::{LinkToken, SignInToken};
use econsent_core::ids::{InvitationId, UserId};
use econsent_core::name::Name;
use econsent_core::password::Password;
use econsent_core::time::Timestamp;
use econsent_core::wire;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::Response;

use super::auth::{BODY_BYTES, Me, admit, link_invalid, mail_with_link, signed_in, used_up};
use super::{id, moment};
use crate::app::App;
use crate::auth::{self, cookie, password};
use crate::body;
use crate::jobs::{self, Job};
use crate::limit::{self, Limit};
use crate::mail;
use crate::problem::Problem;
use crate::request::Request;
use crate::store::StoreError;
use crate::store::invitations::{self, NewInvitation, NewUser};
use crate::store::mails::NewMail;
use crate::store::people;
use crate::store::sign_ins::NewSignIn;

/// Somebody in the company.
#[derive(Serialize, ToSchema)]
pub struct PersonView {
    id: UserId,
    email: Email,
    name: Name,
    role: Role,
    since: Timestamp,
}

/// Everybody in the company.
#[utoipa::path(get, path = "/api/people", tag = "people", security(("cookie" = [])),
    responses((status = 200, description = "In the order they came.", body = [PersonView])))]
pub async fn list(request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require_person(&request, app, Permission::People).await?;
    let rows = people::list(&app.db, &caller.company).await?;
    let views: Vec<_> = rows
        .into_iter()
        .map(|row| PersonView {
            id: row.user_id,
            email: row.email,
            name: row.name,
            role: row.role,
            since: moment(row.since),
        })
        .collect();
    Ok(Response::from_json(&views)?)
}

/// What somebody is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRole {
    role: Role,
}

/// Changes what somebody is; owners are for owners only, and one always stays.
#[utoipa::path(put, path = "/api/people/{id}", tag = "people", request_body = ChangeRole,
    security(("cookie" = [])), params(("id" = UserId, Path,)),
    responses((status = 204, description = "Changed.")))]
pub async fn change_role(mut request: Request, app: &App, who: &str) -> Result<Response, Problem> {
    let caller = auth::require_person(&request, app, Permission::People).await?;
    let who: UserId = id(who, "person")?;
    let asked: ChangeRole = body::json(&mut request, BODY_BYTES).await?;
    let person = people::find(&app.db, &caller.company, &who).await?;
    let person = person.ok_or_else(|| Problem::not_found("person"))?;
    if !caller.person.role.manages(person.role) || !caller.person.role.manages(asked.role) {
        return Err(owners_only());
    }
    let changed = people::change_role(&app.db, &caller.company, &who, person.role, asked.role);
    done(changed.await)
}

/// Removes somebody, and with them their sign-ins here. Everybody may leave by removing themselves.
#[utoipa::path(delete, path = "/api/people/{id}", tag = "people", security(("cookie" = [])),
    params(("id" = UserId, Path,)), responses((status = 204, description = "Removed.")))]
pub async fn remove(request: Request, app: &App, who: &str) -> Result<Response, Problem> {
    let caller = auth::require_person(&request, app, Permission::View).await?;
    let who: UserId = id(who, "person")?;
    let leaves = caller.person.user == who;
    if !leaves && !caller.person.role.allows(Permission::People) {
        return Err(Problem::new(403, "role_required", "This takes the role admin at least."));
    }
    let person = people::find(&app.db, &caller.company, &who).await?;
    let person = person.ok_or_else(|| Problem::not_found("person"))?;
    if !leaves && !caller.person.role.manages(person.role) {
        return Err(owners_only());
    }
    done(people::remove(&app.db, &caller.company, &who, person.role).await)
}

fn done(changed: Result<bool, StoreError>) -> Result<Response, Problem> {
    match changed {
        Ok(true) => Ok(Response::empty()?.with_status(204)),
        Ok(false) => Err(Problem::new(409, "conflict", "Somebody else changed this meanwhile.")),
        Err(StoreError::Conflict(_)) => {
            Err(Problem::new(409, "last_owner", "A company keeps at least one owner."))
        }
        Err(error @ StoreError::Failed(_)) => Err(error.into()),
    }
}

/// Somebody who is asked to come.
#[derive(Serialize, ToSchema)]
pub struct InvitationView {
    id: InvitationId,
    email: Email,
    role: Role,
    invited_at: Timestamp,
    expires_at: Timestamp,
}

impl InvitationView {
    fn of(row: invitations::Row) -> Self {
        Self {
            id: row.link_id,
            email: row.email,
            role: row.role,
            invited_at: moment(row.invited_at),
            expires_at: moment(row.expires_at),
        }
    }
}

/// Everybody who is asked to come and has not.
#[utoipa::path(get, path = "/api/invitations", tag = "people", security(("cookie" = [])),
    responses((status = 200, description = "The newest first.", body = [InvitationView])))]
pub async fn invitations(request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require_person(&request, app, Permission::People).await?;
    let rows = invitations::list(&app.db, &caller.company, App::now()).await?;
    let views: Vec<_> = rows.into_iter().map(InvitationView::of).collect();
    Ok(Response::from_json(&views)?)
}

/// Somebody to ask.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    #[serde(deserialize_with = "wire::typed")]
    email: Email,
    role: Role,
}

/// Asks somebody to come, by a link to their mailbox; an earlier link is worth nothing then.
#[utoipa::path(post, path = "/api/invitations", tag = "people", request_body = Invite,
    security(("cookie" = [])),
    responses((status = 201, description = "A mail is on its way.", body = InvitationView)))]
pub async fn invite(mut request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require_person(&request, app, Permission::People).await?;
    let asked: Invite = body::json(&mut request, BODY_BYTES).await?;
    if !caller.person.role.manages(asked.role) {
        return Err(owners_only());
    }
    limit::check(app, Limit::Invite, caller.company.as_str()).await?;
    let now = App::now();
    let id = InvitationId::new(App::random()?);
    let key = app.keys.tokens.current(now)?;
    let token = LinkToken::derive(key, id.as_str()).digest();
    let expires_at = now + Duration::from_secs(7 * 24 * 60 * 60);
    let invitation = NewInvitation {
        link: (&id, &token),
        company: &caller.company,
        email: &asked.email,
        role: asked.role,
        now,
        expires_at,
    };
    let mail = NewMail {
        company: Some(&caller.company_name),
        ..mail_with_link(id.as_str(), mail::INVITATION, &asked.email, key, now)
    };
    match invitations::create(&app.db, &invitation, &mail).await {
        Err(StoreError::Conflict(_)) => {
            return Err(Problem::new(409, "already_here", "They are in this company already."));
        }
        result => result?,
    }
    jobs::send(app, &Job::Outbox).await;
    let view =
        InvitationView { id, email: asked.email, role: asked.role, invited_at: now, expires_at };
    Ok(Response::from_json(&view)?.with_status(201))
}

/// Takes an invitation back.
#[utoipa::path(delete, path = "/api/invitations/{id}", tag = "people", security(("cookie" = [])),
    params(("id" = InvitationId, Path,)), responses((status = 204, description = "Taken back.")))]
pub async fn revoke(request: Request, app: &App, which: &str) -> Result<Response, Problem> {
    let caller = auth::require_person(&request, app, Permission::People).await?;
    let which: InvitationId = id(which, "invitation")?;
    let found = invitations::find(&app.db, &caller.company, &which).await?;
    let found = found.ok_or_else(|| Problem::not_found("invitation"))?;
    if !caller.person.role.manages(found.role) {
        return Err(owners_only());
    }
    invitations::revoke(&app.db, &caller.company, &which).await?;
    Ok(Response::empty()?.with_status(204))
}

/// Comes along by a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    token: LinkToken,
    /// Of the account that the invited address has; else of the one that is made.
    password: Password,
    /// For an account that is made.
    name: Option<Name>,
}

/// Joins the company and signs in. Who has an account shows its password; who has none gets one,
/// since the link has shown that the address is theirs.
#[utoipa::path(post, path = "/api/invitations/accept", tag = "people", request_body = Accept,
    security(()), responses((status = 200, description = "Signed in.", body = Me)))]
pub async fn accept(mut request: Request, app: &App) -> Result<Response, Problem> {
    auth::own_site(&request, app)?;
    let asked: Accept = body::json(&mut request, BODY_BYTES).await?;
    let now = App::now();
    let token = asked.token.digest();
    limit::check(app, Limit::SignIn, &token.hex()).await?;
    let open = invitations::open(&app.db, &token, now).await?.ok_or_else(link_invalid)?;
    let hash = match &open.password {
        Some(stored) if password::holds(&asked.password, Some(stored)) => None,
        Some(_) => {
            return Err(Problem::new(403, "wrong_password", "The account has another password."));
        }
        None => {
            admit(&asked.password, &open.email)?;
            Some(password::hash(&asked.password, App::random()?)?)
        }
    };
    let user = open.user_id.clone().map_or_else(|| App::random().map(UserId::new), Ok)?;
    let new_user = match (&hash, &asked.name) {
        (None, _) => None,
        (Some(password), Some(name)) => Some(NewUser { name, password }),
        (Some(_), None) => {
            return Err(Problem::new(422, "name_required", "A new account has a name."));
        }
    };
    let cookie = SignInToken::new(App::random()?);
    let digest = cookie.digest();
    let new = NewSignIn {
        token: &digest,
        user: &user,
        company: &open.company_id,
        now,
        expires_at: now + cookie::LIFETIME,
    };
    invitations::accept(&app.db, &open, new_user.as_ref(), &new).await.map_err(used_up)?;
    signed_in(app, &user, &open.company_id, &cookie).await
}

fn owners_only() -> Problem {
    Problem::new(403, "role_required", "Only an owner invites, changes or removes owners.")
}
