//! `/api/auth/*`: accounts of people. Nothing here tells a stranger whether an address has one.

use std::time::Duration;

use econsent_core::access::{Permission, Role};
use econsent_core::contact::Email;
use econsent_core::credentials::{LinkToken, SignInToken};
use econsent_core::digest::Digest;
use econsent_core::ids::{ApiKeyId, CompanyId, UserId};
use econsent_core::name::Name;
use econsent_core::password::Password;
use econsent_core::wire;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use worker::Response;

use crate::app::App;
use crate::auth::{self, Caller, Machine, Person, Who, cookie, password};
use crate::body;
use crate::jobs::{self, Job};
use crate::limit::{self, Limit};
use crate::mail;
use crate::problem::Problem;
use crate::request::Request;
use crate::store::StoreError;
use crate::store::accounts::{self, NewSignUp};
use crate::store::mails::{self, NewMail};
use crate::store::sign_ins::{self, NewSignIn};

/// More than any honest call has.
pub(super) const BODY_BYTES: usize = 8 * 1_024;

/// Somebody who wants an account for a company of their own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    #[serde(deserialize_with = "wire::typed")]
    email: Email,
    password: Password,
    /// Their name.
    name: Name,
    /// The company's name.
    company_name: Name,
}

/// What was asked for is on its way by mail, if there is anything to send.
#[derive(Serialize, ToSchema)]
pub struct OnItsWay {
    /// The same for every address.
    detail: &'static str,
}

impl OnItsWay {
    fn response() -> Result<Response, Problem> {
        let detail = "If this address can be written to, a mail with a link is on its way.";
        Ok(Response::from_json(&Self { detail })?.with_status(202))
    }
}

/// Asks for an account. Nothing is made before the address is shown to be theirs: the answer is
/// the same for every address.
#[utoipa::path(post, path = "/api/auth/sign-up", tag = "auth", request_body = SignUp, security(()),
    responses((status = 202, description = "A mail is on its way.", body = OnItsWay)))]
pub async fn sign_up(mut request: Request, app: &App) -> Result<Response, Problem> {
    auth::own_site(&request, app)?;
    let asked: SignUp = body::json(&mut request, BODY_BYTES).await?;
    admit(&asked.password, &asked.email)?;
    let password = password::hash(&asked.password, App::random()?)?;
    if !limit::within(app, Limit::MailTo, asked.email.as_str()).await? {
        return OnItsWay::response();
    }
    let now = App::now();
    let id = hex(App::random::<12>()?);
    if accounts::find(&app.db, &asked.email).await?.is_some() {
        let mail = NewMail {
            id: &id,
            kind: mail::HAS_ACCOUNT,
            recipient: &asked.email,
            link: None,
            company: None,
            now,
        };
        mails::write(&app.db, &mail).await?;
    } else {
        let key = app.keys.tokens.current(now)?;
        let token = LinkToken::derive(key, &id).digest();
        let sign_up = NewSignUp {
            link: (&id, &token),
            email: &asked.email,
            name: &asked.name,
            company_name: &asked.company_name,
            password: &password,
            expires_at: now + Duration::from_secs(24 * 60 * 60),
        };
        let mail = mail_with_link(&id, mail::VERIFY, &asked.email, key, now);
        accounts::sign_up(&app.db, &sign_up, &mail).await?;
    }
    jobs::send(app, &Job::Outbox).await;
    OnItsWay::response()
}

/// Shows that a mailbox is theirs. The password is asked for again, so that nobody can have an
/// account confirmed that somebody else made in their name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyEmail {
    token: LinkToken,
    /// The one from signing up.
    password: Password,
}

/// Makes the account and its company, and signs in.
#[utoipa::path(post, path = "/api/auth/verify-email", tag = "auth", request_body = VerifyEmail,
    security(()), responses((status = 200, description = "Signed in.", body = Me)))]
pub async fn verify_email(mut request: Request, app: &App) -> Result<Response, Problem> {
    auth::own_site(&request, app)?;
    let asked: VerifyEmail = body::json(&mut request, BODY_BYTES).await?;
    let now = App::now();
    let token = asked.token.digest();
    limit::check(app, Limit::SignIn, &token.hex()).await?;
    let waiting = accounts::waiting(&app.db, &token, now).await?.ok_or_else(link_invalid)?;
    if !password::holds(&asked.password, Some(&waiting.password)) {
        return Err(wrong_credentials());
    }
    let (user, company) = (UserId::new(App::random()?), CompanyId::new(App::random()?));
    let cookie = SignInToken::new(App::random()?);
    let digest = cookie.digest();
    let new = NewSignIn {
        token: &digest,
        user: &user,
        company: &company,
        now,
        expires_at: now + cookie::LIFETIME,
    };
    accounts::create(&app.db, &waiting.link_id, &new).await.map_err(used_up)?;
    signed_in(app, &user, &company, &cookie).await
}

/// Who they are and what they know.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    #[serde(deserialize_with = "wire::typed")]
    email: Email,
    password: Password,
}

/// Signs in, always with a new cookie: one that somebody slipped in beforehand is worth nothing.
#[utoipa::path(post, path = "/api/auth/sign-in", tag = "auth", request_body = SignIn, security(()),
    responses((status = 200, description = "Signed in.", body = Me)))]
pub async fn sign_in(mut request: Request, app: &App) -> Result<Response, Problem> {
    auth::own_site(&request, app)?;
    let before = auth::presented(&request, app)?.map(|token| token.digest());
    let asked: SignIn = body::json(&mut request, BODY_BYTES).await?;
    limit::check(app, Limit::SignIn, asked.email.as_str()).await?;
    let account = accounts::find(&app.db, &asked.email).await?;
    let stored = account.as_ref().map(|account| account.password.as_str());
    let holds = password::holds(&asked.password, stored);
    let account = account.filter(|_| holds).ok_or_else(wrong_credentials)?;
    limit::forget(app, Limit::SignIn, asked.email.as_str()).await?;
    let company = account.company_id.ok_or_else(no_company)?;
    start(app, &account.user_id, &company, before.as_ref()).await
}

/// Ends this sign-in. Without one, nothing happens.
#[utoipa::path(post, path = "/api/auth/sign-out", tag = "auth", security((), ("cookie" = [])),
    responses((status = 204, description = "Signed out.")))]
pub async fn sign_out(request: Request, app: &App) -> Result<Response, Problem> {
    auth::own_site(&request, app)?;
    if let Some(token) = auth::presented(&request, app)? {
        sign_ins::end(&app.db, &token.digest()).await?;
    }
    with_cookie(Response::empty()?.with_status(204), &cookie::clear(&app.public_url))
}

/// Whose password was forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskForReset {
    #[serde(deserialize_with = "wire::typed")]
    email: Email,
}

/// Asks for a link to a new password. The answer is the same for every address.
#[utoipa::path(post, path = "/api/auth/reset-request", tag = "auth", request_body = AskForReset,
    security(()), responses((status = 202, description = "A mail is on its way.", body = OnItsWay)))]
pub async fn reset_request(mut request: Request, app: &App) -> Result<Response, Problem> {
    auth::own_site(&request, app)?;
    let asked: AskForReset = body::json(&mut request, BODY_BYTES).await?;
    if !limit::within(app, Limit::MailTo, asked.email.as_str()).await? {
        return OnItsWay::response();
    }
    if let Some(account) = accounts::find(&app.db, &asked.email).await? {
        let now = App::now();
        let id = hex(App::random::<12>()?);
        let key = app.keys.tokens.current(now)?;
        let token = LinkToken::derive(key, &id).digest();
        let mail = mail_with_link(&id, mail::RESET, &asked.email, key, now);
        let expires_at = now + Duration::from_secs(60 * 60);
        accounts::ask_for_reset(&app.db, &account.user_id, (&id, &token), expires_at, &mail)
            .await?;
        jobs::send(app, &Job::Outbox).await;
    }
    OnItsWay::response()
}

/// A new password by a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    token: LinkToken,
    /// The new one.
    password: Password,
}

/// Sets a new password; every sign-in ends.
#[utoipa::path(post, path = "/api/auth/reset", tag = "auth", request_body = Reset, security(()),
    responses((status = 204, description = "The password is set.")))]
pub async fn reset(mut request: Request, app: &App) -> Result<Response, Problem> {
    auth::own_site(&request, app)?;
    let asked: Reset = body::json(&mut request, BODY_BYTES).await?;
    let now = App::now();
    let reset = accounts::resetting(&app.db, &asked.token.digest(), now).await?;
    let reset = reset.ok_or_else(link_invalid)?;
    admit(&asked.password, &reset.email)?;
    let password = password::hash(&asked.password, App::random()?)?;
    let id = hex(App::random::<12>()?);
    let mail = changed_mail(&id, &reset.email, now);
    accounts::reset(&app.db, &reset, &password, &mail).await.map_err(used_up)?;
    limit::forget(app, Limit::SignIn, reset.email.as_str()).await?;
    jobs::send(app, &Job::Outbox).await;
    Ok(Response::empty()?.with_status(204))
}

/// A new password by somebody who knows the old one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The old one.
    current: Password,
    /// The new one.
    password: Password,
}

/// Changes the password; every other sign-in ends.
#[utoipa::path(post, path = "/api/auth/password", tag = "auth", request_body = ChangePassword,
    security(("cookie" = [])), responses((status = 204, description = "The password is set.")))]
pub async fn change_password(mut request: Request, app: &App) -> Result<Response, Problem> {
    let person = auth::require_person(&request, app, Permission::View).await?.person;
    let asked: ChangePassword = body::json(&mut request, BODY_BYTES).await?;
    limit::check(app, Limit::SignIn, person.user.as_str()).await?;
    let account = accounts::password(&app.db, &person.user).await?;
    let profile = accounts::profile(&app.db, &person.user).await?.ok_or_else(wrong_credentials)?;
    if !password::holds(&asked.current, account.as_ref().map(|account| account.password.as_str())) {
        return Err(Problem::new(403, "wrong_password", "The current password is another one."));
    }
    limit::forget(app, Limit::SignIn, person.user.as_str()).await?;
    admit(&asked.password, &profile.email)?;
    let password = password::hash(&asked.password, App::random()?)?;
    let id = hex(App::random::<12>()?);
    let mail = changed_mail(&id, &profile.email, App::now());
    accounts::change_password(&app.db, &person.user, &password, &person.sign_in, &mail).await?;
    jobs::send(app, &Job::Outbox).await;
    Ok(Response::empty()?.with_status(204))
}

/// Who calls.
#[derive(Serialize, ToSchema)]
pub struct Me {
    /// The person, unless a key calls.
    user: Option<User>,
    /// The key, unless a person calls.
    key: Option<KeyInfo>,
    /// The company that they act for.
    company: CompanyInfo,
    /// What the person is there.
    role: Option<Role>,
    /// Every company that the person is in.
    companies: Vec<MembershipInfo>,
}

/// A person.
#[derive(Serialize, ToSchema)]
pub struct User {
    id: UserId,
    email: Email,
    name: Name,
}

/// A key.
#[derive(Serialize, ToSchema)]
pub struct KeyInfo {
    id: ApiKeyId,
    scopes: Vec<econsent_core::access::Scope>,
}

/// A company.
#[derive(Serialize, ToSchema)]
pub struct CompanyInfo {
    id: CompanyId,
    name: String,
}

/// A company, and what the person is there.
#[derive(Serialize, ToSchema)]
pub struct MembershipInfo {
    id: CompanyId,
    name: String,
    role: Role,
}

/// Says who calls.
#[utoipa::path(get, path = "/api/auth/me", tag = "auth", security(("cookie" = []), ("key" = [])),
    responses((status = 200, description = "Who calls.", body = Me)))]
pub async fn me(request: Request, app: &App) -> Result<Response, Problem> {
    let Caller { company, company_name, who } = auth::caller(&request, app).await?;
    match who {
        Who::Person(Person { user, .. }) => {
            Ok(Response::from_json(&describe(app, &user, &company).await?)?)
        }
        Who::Machine(Machine { key, scopes }) => {
            let me = Me {
                user: None,
                key: Some(KeyInfo { id: key, scopes: scopes.as_slice().to_vec() }),
                company: CompanyInfo { id: company, name: company_name },
                role: None,
                companies: Vec::new(),
            };
            Ok(Response::from_json(&me)?)
        }
    }
}

/// Another company.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// One that the person is in.
    company_id: CompanyId,
}

/// Goes on in another company, with a new cookie.
#[utoipa::path(post, path = "/api/auth/switch", tag = "auth", request_body = Switch,
    security(("cookie" = [])), responses((status = 200, description = "Switched.", body = Me)))]
pub async fn switch(mut request: Request, app: &App) -> Result<Response, Problem> {
    let person = auth::require_person(&request, app, Permission::View).await?.person;
    let asked: Switch = body::json(&mut request, BODY_BYTES).await?;
    match start(app, &person.user, &asked.company_id, Some(&person.sign_in)).await {
        Err(problem) if problem.code() == "conflict" => {
            Err(Problem::new(404, "not_found", "You are in no such company."))
        }
        answer => answer,
    }
}

/// Signs somebody in and answers who they are.
pub(super) async fn start(
    app: &App,
    user: &UserId,
    company: &CompanyId,
    before: Option<&Digest>,
) -> Result<Response, Problem> {
    let now = App::now();
    let cookie = SignInToken::new(App::random()?);
    let digest = cookie.digest();
    let new = NewSignIn { token: &digest, user, company, now, expires_at: now + cookie::LIFETIME };
    sign_ins::start(&app.db, &new, before).await?;
    signed_in(app, user, company, &cookie).await
}

/// The answer to whoever has just signed in.
pub(super) async fn signed_in(
    app: &App,
    user: &UserId,
    company: &CompanyId,
    cookie: &SignInToken,
) -> Result<Response, Problem> {
    let me = describe(app, user, company).await?;
    with_cookie(Response::from_json(&me)?, &cookie::set(&app.public_url, cookie))
}

async fn describe(app: &App, user: &UserId, company: &CompanyId) -> Result<Me, Problem> {
    let profile = accounts::profile(&app.db, user).await?.ok_or_else(wrong_credentials)?;
    let companies: Vec<accounts::Company> = crate::settings::read(&profile.companies)?;
    let current = companies.iter().find(|c| c.id == *company).ok_or_else(no_company)?;
    Ok(Me {
        user: Some(User { id: user.clone(), email: profile.email, name: profile.name }),
        key: None,
        role: Some(current.role),
        company: CompanyInfo { id: current.id.clone(), name: current.name.to_string() },
        companies: companies
            .into_iter()
            .map(|c| MembershipInfo { id: c.id, name: c.name.to_string(), role: c.role })
            .collect(),
    })
}

fn with_cookie(mut response: Response, cookie: &str) -> Result<Response, Problem> {
    response.headers_mut().set("Set-Cookie", cookie)?;
    Ok(response)
}

/// Whether a password may become that account's.
pub(super) fn admit(password: &Password, email: &Email) -> Result<(), Problem> {
    password.admit(email).map_err(|error| Problem::new(422, "weak_password", error))
}

/// A mail with a link of the same id.
pub(super) fn mail_with_link<'a>(
    id: &'a str,
    kind: &'static str,
    recipient: &'a Email,
    key: &'a econsent_core::keys::HmacKey,
    now: econsent_core::time::Timestamp,
) -> NewMail<'a> {
    let kid = econsent_core::keys::Key::id(key);
    NewMail { id, kind, recipient, link: Some((id, kid)), company: None, now }
}

fn changed_mail<'a>(
    id: &'a str,
    recipient: &'a Email,
    now: econsent_core::time::Timestamp,
) -> NewMail<'a> {
    NewMail { id, kind: mail::CHANGED, recipient, link: None, company: None, now }
}

pub(super) fn hex<const N: usize>(bytes: [u8; N]) -> String {
    base16ct::lower::encode_string(&bytes)
}

/// Whoever was first has used the link.
pub(super) fn used_up(error: StoreError) -> Problem {
    match error {
        StoreError::Conflict(_) => link_invalid(),
        error @ StoreError::Failed(_) => error.into(),
    }
}

pub(super) fn link_invalid() -> Problem {
    Problem::new(404, "link_invalid", "This link has been used, has expired, or never was one.")
}

fn wrong_credentials() -> Problem {
    Problem::new(
        401,
        "wrong_credentials",
        "There is no account with this address and password, or its address is not confirmed yet.",
    )
    .with_header("WWW-Authenticate", "Bearer")
}

fn no_company() -> Problem {
    Problem::new(403, "no_company", "This account is in no company any more.")
}
