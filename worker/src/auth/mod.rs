//! Who calls: a person by the cookie of a sign-in, or a machine by its key; and whether the
//! contract's table lets them.

pub mod cookie;
pub mod password;

use econsent_core::access::{Permission, Role, Scopes};
use econsent_core::credentials::{ApiKey, SignInToken};
use econsent_core::digest::Digest;
use econsent_core::ids::{ApiKeyId, CompanyId, UserId};
use econsent_core::time::Timestamp;
use worker::Method;

use crate::app::App;
use crate::jobs::{self, Job};
use crate::problem::Problem;
use crate::request::Request;
use crate::store::{keys, sign_ins};

/// Somebody who has shown who they are.
pub struct Caller {
    /// The company they act for.
    pub company: CompanyId,
    /// Its name.
    pub company_name: String,
    /// Who it is.
    pub who: Who,
}

/// A person or a machine.
pub enum Who {
    /// Somebody who signed in.
    Person(Person),
    /// A key.
    Machine(Machine),
}

/// Somebody who signed in.
pub struct Person {
    /// Who.
    pub user: UserId,
    /// What they are in the company.
    pub role: Role,
    /// The sign-in that they act by.
    pub sign_in: Digest,
}

/// A machine with a key.
pub struct Machine {
    /// Which key.
    pub key: ApiKeyId,
    /// What it may do.
    pub scopes: Scopes,
}

impl Caller {
    /// Refuses what a call turns out to need beyond what it began with.
    ///
    /// # Errors
    /// 403 `role_required` or `scope_required`.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        if self.allows(permission) { Ok(()) } else { Err(not_allowed(self, permission)) }
    }

    fn allows(&self, permission: Permission) -> bool {
        match &self.who {
            Who::Person(person) => person.role.allows(permission),
            Who::Machine(machine) => machine.scopes.allow(permission),
        }
    }
}

/// Who calls.
///
/// # Errors
/// 401 `unauthenticated`; 403 `cross_site` for a cookie that another site's page sends along.
pub async fn caller(request: &Request, app: &App) -> Result<Caller, Problem> {
    // Who states a key means it: a cookie that comes along does not mend a wrong one.
    match request.headers().get("Authorization")? {
        Some(header) => by_key(bearer(&header).ok_or_else(unauthenticated)?, app).await,
        None => by_cookie(request, app).await,
    }
}

/// Who calls, if the contract's table lets them.
///
/// # Errors
/// Those of [`caller`]; 403 `role_required` or `scope_required`.
pub async fn require(
    request: &Request,
    app: &App,
    permission: Permission,
) -> Result<Caller, Problem> {
    let caller = caller(request, app).await?;
    caller.require(permission)?;
    Ok(caller)
}

/// Who calls, where anybody may: none for those who are unknown or lack the permission.
///
/// # Errors
/// The store's, and 401 for a key that is none.
pub async fn known(
    request: &Request,
    app: &App,
    permission: Permission,
) -> Result<Option<Caller>, Problem> {
    let has_key = request.headers().has("Authorization")?;
    if !has_key && presented(request, app)?.is_none() {
        return Ok(None);
    }
    match caller(request, app).await {
        Ok(caller) => Ok(Some(caller).filter(|caller| caller.allows(permission))),
        // A cookie that is over is no reason to hide what everybody may see.
        Err(problem) if !has_key && problem.code() == "unauthenticated" => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// A person in the company that they act for.
pub struct Member {
    /// The company.
    pub company: CompanyId,
    /// Its name.
    pub company_name: String,
    /// Who.
    pub person: Person,
}

/// The person who calls, where a key is never enough.
///
/// # Errors
/// Those of [`require`].
pub async fn require_person(
    request: &Request,
    app: &App,
    permission: Permission,
) -> Result<Member, Problem> {
    let Caller { company, company_name, who } = require(request, app, permission).await?;
    match who {
        Who::Person(person) => Ok(Member { company, company_name, person }),
        Who::Machine(_) => Err(people_only()),
    }
}

/// Refuses what pages of other sites make a browser send: state is changed from our own only.
///
/// # Errors
/// 403 `cross_site`.
pub fn own_site(request: &Request, app: &App) -> Result<(), Problem> {
    match request.headers().get("Origin")? {
        Some(origin) if origin != app.public_url.origin() => Err(cross_site()),
        _ => Ok(()),
    }
}

/// The sign-in whose cookie the request carries, whether or not it is still good.
///
/// # Errors
/// The runtime's.
pub fn presented(request: &Request, app: &App) -> Result<Option<SignInToken>, Problem> {
    let header = request.headers().get("Cookie")?;
    Ok(header.and_then(|cookies| cookie::read(&app.public_url, &cookies)))
}

async fn by_key(presented: &str, app: &App) -> Result<Caller, Problem> {
    let key = ApiKey::parse(presented).map_err(|_| unauthenticated())?;
    let now = App::now();
    let found = keys::find(&app.db, &key.digest()).await?.ok_or_else(unauthenticated)?;
    let scopes = Scopes::from_column(&found.scopes).map_err(|_| unauthenticated())?;
    if is_worth_noting(found.last_used_at, now) {
        jobs::send(app, &Job::KeyUsed { key_id: found.key_id.clone(), at: now }).await;
    }
    Ok(Caller {
        company: found.company_id,
        company_name: found.company_name,
        who: Who::Machine(Machine { key: found.key_id, scopes }),
    })
}

/// "Last used" is told to the minute, so that a busy key is not a write per request.
fn is_worth_noting(last: Option<i64>, now: Timestamp) -> bool {
    const MINUTE: i64 = 60_000;
    last.is_none_or(|last| last + MINUTE <= now.millis())
}

async fn by_cookie(request: &Request, app: &App) -> Result<Caller, Problem> {
    let token = presented(request, app)?.ok_or_else(unauthenticated)?;
    // Browsers state the origin of everything that is not a GET or HEAD; what comes without one
    // does not come from our pages.
    let changes = !matches!(request.method(), Method::Get | Method::Head);
    let origin = request.headers().get("Origin")?;
    if changes && origin.as_deref() != Some(app.public_url.origin()) {
        return Err(cross_site());
    }
    let digest = token.digest();
    let found = sign_ins::find(&app.db, &digest, App::now()).await?.ok_or_else(unauthenticated)?;
    Ok(Caller {
        company: found.company_id,
        company_name: found.company_name,
        who: Who::Person(Person { user: found.user_id, role: found.role, sign_in: digest }),
    })
}

/// The credentials of `Authorization: Bearer …` (RFC 6750 §2.1); the scheme in any case.
fn bearer(header: &str) -> Option<&str> {
    let (scheme, credentials) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| credentials.trim())
}

fn unauthenticated() -> Problem {
    Problem::new(401, "unauthenticated", "Sign in, or send an API key as a bearer token.")
        .with_header("WWW-Authenticate", "Bearer")
}

fn cross_site() -> Problem {
    Problem::new(403, "cross_site", "This call is taken from this service's own pages only.")
}

fn people_only() -> Problem {
    Problem::new(403, "person_required", "This takes a person who signed in; a key is not enough.")
}

fn not_allowed(caller: &Caller, permission: Permission) -> Problem {
    match (&caller.who, permission.scope()) {
        (Who::Person(_), _) => {
            let least = permission.least_role().as_str();
            Problem::new(403, "role_required", format!("This takes the role {least} at least."))
        }
        (Who::Machine(_), Some(scope)) => {
            let scope = scope.as_str();
            Problem::new(403, "scope_required", format!("This takes a key with the scope {scope}."))
        }
        (Who::Machine(_), None) => people_only(),
    }
}
