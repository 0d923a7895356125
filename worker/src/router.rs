//! Every route on one screen, in the order of the seeds.

use worker::{Context, Env, Headers, Method, Response};

use crate::app::App;
use crate::limit::Flood;
use crate::problem::Problem;
use crate::request::Request;
use crate::routes::{
    accesses, activity, auth, certificates, claims, consumers, demo, dev, installs, keys, leads,
    lists, opt_outs, pages, partner_certificates, partners, people, properties, recordings, replay,
    rule_preview, rules, sessions, shares, texts, verify, webhooks, well_known,
};
use crate::{development, jobs, limit, openapi};

/// What a path names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Route {
    Sessions,
    Texts,
    Installs,
    Certificates,
    RawCertificates,
    Recordings,
    Certificate,
    CertificatePdf,
    Replay,
    ReplayManifest,
    ReplayChunk,
    ReplayLink,
    List,
    Export,
    Revoke,
    Restore,
    Erase,
    Accesses,
    Activity,
    RevokeAll,
    EraseAll,
    Order,
    OptOutPage,
    OptOut,
    OptOuts,
    ConfirmOptOut,
    DeclineOptOut,
    VerifyMatch,
    VerifyBatch,
    MatchLead,
    Jwks,
    Partners,
    Partner,
    PartnerInvitations,
    AcceptPartnership,
    DeclinePartnership,
    Share,
    BatchShare,
    Shares,
    OneShare,
    Claim,
    PartnerCertificates,
    Evidence,
    Check,
    Rules,
    Rule,
    Packs,
    RulePreview,
    SignUp,
    VerifyEmail,
    SignIn,
    SignOut,
    ResetRequest,
    Reset,
    Password,
    Me,
    Switch,
    People,
    Person,
    Invitations,
    Invitation,
    Accept,
    Keys,
    Key,
    Properties,
    Property,
    Install,
    Webhooks,
    Webhook,
    WebhookTest,
    Deliveries,
    Outbox,
    Statements,
    OpenApi,
    DemoLeads,
}

/// Path, what it names, its methods.
const ROUTES: [(&str, Route, &str); 76] = [
    ("/api/sessions", Route::Sessions, "POST"),
    ("/api/texts", Route::Texts, "POST"),
    ("/api/installs", Route::Installs, "POST"),
    ("/api/certificates", Route::Certificates, "POST"),
    ("/api/certificates/raw", Route::RawCertificates, "POST"),
    ("/api/recordings", Route::Recordings, "POST"),
    ("/certificate/{id}", Route::Certificate, "GET"),
    ("/certificate/{id}/pdf", Route::CertificatePdf, "GET"),
    ("/certificate/{id}/replay", Route::Replay, "GET"),
    ("/certificate/{id}/replay/manifest", Route::ReplayManifest, "GET"),
    ("/certificate/{id}/replay/{chunk}", Route::ReplayChunk, "GET"),
    ("/api/certificates/{id}/replay-link", Route::ReplayLink, "POST"),
    ("/certificates", Route::List, "GET"),
    ("/certificates/export", Route::Export, "GET"),
    ("/api/certificates/{id}/revoke", Route::Revoke, "POST"),
    ("/api/certificates/{id}/restore", Route::Restore, "POST"),
    ("/api/certificates/{id}/erase", Route::Erase, "POST"),
    ("/api/certificates/{id}/accesses", Route::Accesses, "GET"),
    ("/api/activity", Route::Activity, "GET"),
    ("/api/revocations", Route::RevokeAll, "POST"),
    ("/api/erasures", Route::EraseAll, "POST"),
    ("/api/orders/{id}", Route::Order, "GET"),
    ("/opt-out", Route::OptOutPage, "GET, POST"),
    ("/api/opt-out", Route::OptOut, "POST"),
    ("/api/opt-outs", Route::OptOuts, "GET"),
    ("/api/opt-outs/{id}/confirm", Route::ConfirmOptOut, "POST"),
    ("/api/opt-outs/{id}/decline", Route::DeclineOptOut, "POST"),
    ("/api/verify/match", Route::VerifyMatch, "POST"),
    ("/verify/match", Route::VerifyMatch, "POST"),
    ("/api/verify/batch", Route::VerifyBatch, "POST"),
    ("/api/verify/match-lead", Route::MatchLead, "POST"),
    ("/.well-known/jwks.json", Route::Jwks, "GET"),
    ("/certificate-sharing/partners", Route::Partners, "GET, POST"),
    ("/certificate-sharing/partners/{id}", Route::Partner, "PUT, DELETE"),
    ("/certificate-sharing/partners/invitations", Route::PartnerInvitations, "GET"),
    ("/certificate-sharing/partners/invitations/accept", Route::AcceptPartnership, "POST"),
    ("/certificate-sharing/partners/invitations/decline", Route::DeclinePartnership, "POST"),
    ("/certificate-sharing/certificates/{id}/share", Route::Share, "POST"),
    ("/certificate-sharing/certificates/batch-share", Route::BatchShare, "POST"),
    ("/certificate-sharing/shares", Route::Shares, "GET"),
    ("/certificate-sharing/shares/{id}", Route::OneShare, "DELETE"),
    ("/certificate-sharing/certificates/claim/{token}", Route::Claim, "GET, POST"),
    ("/certificate-sharing/partner-certificates", Route::PartnerCertificates, "GET"),
    ("/certificate-sharing/partner-certificates/{id}/evidence", Route::Evidence, "GET"),
    ("/certificate-sharing/partner-certificates/{id}/check", Route::Check, "POST"),
    ("/certificate-sharing/consent-rules", Route::Rules, "GET, POST"),
    ("/certificate-sharing/consent-rules/{id}", Route::Rule, "GET, PUT, DELETE"),
    ("/certificate-sharing/consent-rules/packs", Route::Packs, "GET"),
    ("/certificate-sharing/consent-rules/preview", Route::RulePreview, "POST"),
    ("/api/auth/sign-up", Route::SignUp, "POST"),
    ("/api/auth/verify-email", Route::VerifyEmail, "POST"),
    ("/api/auth/sign-in", Route::SignIn, "POST"),
    ("/api/auth/sign-out", Route::SignOut, "POST"),
    ("/api/auth/reset-request", Route::ResetRequest, "POST"),
    ("/api/auth/reset", Route::Reset, "POST"),
    ("/api/auth/password", Route::Password, "POST"),
    ("/api/auth/me", Route::Me, "GET"),
    ("/api/auth/switch", Route::Switch, "POST"),
    ("/api/people", Route::People, "GET"),
    ("/api/people/{id}", Route::Person, "PUT, DELETE"),
    ("/api/invitations", Route::Invitations, "GET, POST"),
    ("/api/invitations/accept", Route::Accept, "POST"),
    ("/api/invitations/{id}", Route::Invitation, "DELETE"),
    ("/api/keys", Route::Keys, "GET, POST"),
    ("/api/keys/{id}", Route::Key, "DELETE"),
    ("/api/properties", Route::Properties, "GET, POST"),
    ("/api/properties/{id}", Route::Property, "GET, PUT"),
    ("/api/properties/{id}/install", Route::Install, "GET"),
    ("/api/webhooks", Route::Webhooks, "GET, POST"),
    ("/api/webhooks/{id}", Route::Webhook, "DELETE"),
    ("/api/webhooks/{id}/test", Route::WebhookTest, "POST"),
    ("/api/webhooks/{id}/deliveries", Route::Deliveries, "GET"),
    ("/api/dev/outbox", Route::Outbox, "GET"),
    ("/api/dev/statements", Route::Statements, "GET"),
    ("/openapi.json", Route::OpenApi, "GET"),
    ("/demo/leads", Route::DemoLeads, "POST"),
];

impl Route {
    /// Called by pages of every publisher, and by anybody who checks a certificate.
    const fn is_open(self) -> bool {
        matches!(
            self,
            Self::Sessions
                | Self::Texts
                | Self::Installs
                | Self::Certificates
                | Self::RawCertificates
                | Self::Recordings
                | Self::VerifyMatch
                | Self::VerifyBatch
        )
    }

    /// What the tracker calls has many visitors behind one address, and a dialer asks all day.
    const fn flood(self) -> Flood {
        match self {
            Self::Sessions
            | Self::Texts
            | Self::Installs
            | Self::Certificates
            | Self::RawCertificates
            | Self::Recordings
            | Self::ReplayChunk
            | Self::VerifyMatch
            | Self::MatchLead
            | Self::Claim
            | Self::Jwks
            | Self::DemoLeads => Flood::Busy,
            _ => Flood::Calls,
        }
    }
}

thread_local! {
    static ROUTER: matchit::Router<(Route, &'static str)> = {
        let mut router = matchit::Router::new();
        for (path, route, methods) in ROUTES {
            if let Err(error) = router.insert(path, (route, methods)) {
                worker::console_error!("route {path}: {error}");
            }
        }
        router
    };
}

/// A path as the router reads it.
struct Place {
    route: Route,
    methods: &'static str,
    /// What stands for the path's variable part, if it has one.
    id: String,
    /// What stands for its second one.
    part: String,
}

fn locate(path: &str) -> Option<Place> {
    ROUTER.with(|router| {
        let found = router.at(path).ok()?;
        let (route, methods) = *found.value;
        let mut params = found.params.iter().map(|(_, value)| value.to_owned());
        let mut next = || params.next().unwrap_or_default();
        Some(Place { route, methods, id: next(), part: next() })
    })
}

/// Answers a request; failures as problem documents.
///
/// # Errors
/// The runtime's, when it cannot build a response at all.
pub async fn answer(request: Request, env: &Env, context: &Context) -> worker::Result<Response> {
    let place = locate(&request.path());
    let open = place.as_ref().is_some_and(|place| place.route.is_open());
    let is_preflight = request.method() == Method::Options;
    let is_post = request.method() == Method::Post;
    let mut response = match dispatch(request, place, env, context).await {
        Ok(response) => response,
        Err(problem) => problem.response()?,
    };
    let headers = response.headers_mut();
    headers.set("X-Content-Type-Options", "nosniff")?;
    if open {
        allow_any_origin(headers, is_preflight)?;
    }
    // What is told to one company is kept by no cache. None keeps an answer to a POST that does not
    // say for how long (RFC 9110, 9.3.3), so the busiest calls do without.
    let may_be_kept = !open || !is_post;
    if may_be_kept && !headers.has("Cache-Control")? {
        headers.set("Cache-Control", "no-store")?;
    }
    Ok(response)
}

async fn dispatch(
    request: Request,
    place: Option<Place>,
    env: &Env,
    context: &Context,
) -> Result<Response, Problem> {
    let Some(place) = place else {
        return Err(Problem::new(404, "not_found", "There is nothing at this address."));
    };
    let methods = place.methods;
    if request.method() == Method::Options {
        return Ok(Response::empty()?.with_status(204));
    }
    if !methods.split(", ").any(|method| request.is(method)) {
        return Err(not_allowed(methods));
    }
    let app = App::new(env)?;
    limit::flood(&request, &app, place.route.flood()).await?;
    development::prepare(&request, &app)?;
    // What streams goes on with its part of the service after the answer has begun.
    if place.route == Route::Export {
        return lists::export(request, app).await;
    }
    let answer = handle(request, place, &app).await;
    if app.follow_up.get() {
        // Nobody waits for it, and the cron finds what is left of it.
        let env = env.clone();
        context.wait_until(async move { jobs::follow_up(&env).await });
    }
    development::report(answer, &app)
}

async fn handle(request: Request, place: Place, app: &App) -> Result<Response, Problem> {
    let Place { route, methods, id, part } = place;
    match (request.method(), route) {
        (Method::Post, Route::Sessions) => sessions::start(request, app).await,
        (Method::Post, Route::Texts) => texts::stage(request, app).await,
        (Method::Post, Route::Installs) => installs::report(request, app).await,
        (Method::Post, Route::Certificates) => certificates::receive(request, app).await,
        (Method::Post, Route::RawCertificates) => certificates::receive_raw(request, app).await,
        (Method::Post, Route::Recordings) => recordings::receive(request, app).await,
        (Method::Get, Route::Certificate) => pages::certificate(request, &id, app).await,
        (Method::Get, Route::CertificatePdf) => pages::pdf(request, &id, app).await,
        (Method::Get, Route::Replay) => replay::page(request, &id, app).await,
        (Method::Get, Route::ReplayManifest) => replay::manifest(request, &id, app).await,
        (Method::Get, Route::ReplayChunk) => replay::chunk(request, &id, &part, app).await,
        (Method::Post, Route::ReplayLink) => replay::link(request, &id, app).await,
        (Method::Get, Route::List) => lists::list(request, app).await,
        (Method::Post, Route::Revoke) => consumers::revoke(request, app, &id).await,
        (Method::Post, Route::Restore) => consumers::restore(request, app, &id).await,
        (Method::Post, Route::Erase) => consumers::erase(request, app, &id).await,
        (Method::Get, Route::Accesses) => accesses::list(request, app, &id).await,
        (Method::Get, Route::Activity) => activity::list(request, app).await,
        (Method::Post, Route::RevokeAll) => consumers::revoke_all(request, app).await,
        (Method::Post, Route::EraseAll) => consumers::erase_all(request, app).await,
        (Method::Get, Route::Order) => consumers::show(request, app, &id).await,
        (Method::Get, Route::OptOutPage) => opt_outs::page(),
        (Method::Post, Route::OptOutPage) => opt_outs::submit(request, app).await,
        (Method::Post, Route::OptOut) => opt_outs::request(request, app).await,
        (Method::Get, Route::OptOuts) => opt_outs::list(request, app).await,
        (Method::Post, Route::ConfirmOptOut) => opt_outs::confirm(request, app, &id).await,
        (Method::Post, Route::DeclineOptOut) => opt_outs::decline(request, app, &id).await,
        (Method::Post, Route::VerifyBatch) => verify::batch(request, app).await,
        (Method::Post, Route::MatchLead) => leads::match_lead(request, app).await,
        (Method::Post, Route::VerifyMatch) => verify::match_consent(request, app).await,
        (Method::Get, Route::Jwks) => well_known::jwks(app),
        (Method::Post, Route::Partners) => partners::create(request, app).await,
        (Method::Get, Route::Partners) => partners::list(request, app).await,
        (Method::Put, Route::Partner) => partners::update(request, app, &id).await,
        (Method::Delete, Route::Partner) => partners::revoke(request, app, &id).await,
        (Method::Get, Route::PartnerInvitations) => partners::invitations(request, app).await,
        (Method::Post, Route::AcceptPartnership) => partners::accept(request, app).await,
        (Method::Post, Route::DeclinePartnership) => partners::decline(request, app).await,
        (Method::Post, Route::Share) => shares::share(request, app, &id).await,
        (Method::Post, Route::BatchShare) => shares::batch(request, app).await,
        (Method::Get, Route::Shares) => shares::list(request, app).await,
        (Method::Delete, Route::OneShare) => shares::revoke(request, app, &id).await,
        (Method::Get, Route::Claim) => claims::preview(request, app, &id).await,
        (Method::Post, Route::Claim) => claims::claim(request, app, &id).await,
        (Method::Get, Route::PartnerCertificates) => partner_certificates::list(request, app).await,
        (Method::Get, Route::Evidence) => partner_certificates::evidence(request, app, &id).await,
        (Method::Post, Route::Check) => partner_certificates::check(request, app, &id).await,
        (Method::Post, Route::Rules) => rules::create(request, app).await,
        (Method::Get, Route::Rules) => rules::list(request, app).await,
        (Method::Get, Route::Rule) => rules::read(request, app, &id).await,
        (Method::Put, Route::Rule) => rules::update(request, app, &id).await,
        (Method::Delete, Route::Rule) => rules::remove(request, app, &id).await,
        (Method::Get, Route::Packs) => rules::starter_packs(request, app).await,
        (Method::Post, Route::RulePreview) => rule_preview::preview(request, app).await,
        (Method::Post, Route::SignUp) => auth::sign_up(request, app).await,
        (Method::Post, Route::VerifyEmail) => auth::verify_email(request, app).await,
        (Method::Post, Route::SignIn) => auth::sign_in(request, app).await,
        (Method::Post, Route::SignOut) => auth::sign_out(request, app).await,
        (Method::Post, Route::ResetRequest) => auth::reset_request(request, app).await,
        (Method::Post, Route::Reset) => auth::reset(request, app).await,
        (Method::Post, Route::Password) => auth::change_password(request, app).await,
        (Method::Get, Route::Me) => auth::me(request, app).await,
        (Method::Post, Route::Switch) => auth::switch(request, app).await,
        (Method::Get, Route::People) => people::list(request, app).await,
        (Method::Put, Route::Person) => people::change_role(request, app, &id).await,
        (Method::Delete, Route::Person) => people::remove(request, app, &id).await,
        (Method::Get, Route::Invitations) => people::invitations(request, app).await,
        (Method::Post, Route::Invitations) => people::invite(request, app).await,
        (Method::Post, Route::Accept) => people::accept(request, app).await,
        (Method::Delete, Route::Invitation) => people::revoke(request, app, &id).await,
        (Method::Get, Route::Keys) => keys::list(request, app).await,
        (Method::Post, Route::Keys) => keys::create(request, app).await,
        (Method::Delete, Route::Key) => keys::revoke(request, app, &id).await,
        (Method::Get, Route::Properties) => properties::list(request, app).await,
        (Method::Post, Route::Properties) => properties::create(request, app).await,
        (Method::Get, Route::Property) => properties::read(request, app, &id).await,
        (Method::Put, Route::Property) => properties::update(request, app, &id).await,
        (Method::Get, Route::Install) => properties::install(request, app, &id).await,
        (Method::Get, Route::Webhooks) => webhooks::list(request, app).await,
        (Method::Post, Route::Webhooks) => webhooks::create(request, app).await,
        (Method::Delete, Route::Webhook) => webhooks::remove(request, app, &id).await,
        (Method::Post, Route::WebhookTest) => webhooks::test(request, app, &id).await,
        (Method::Get, Route::Deliveries) => webhooks::deliveries(request, app, &id).await,
        (Method::Get, Route::Outbox) => dev::outbox(app).await,
        (Method::Get, Route::Statements) => dev::made(app).await,
        (Method::Get, Route::OpenApi) => openapi::document(app).await,
        (Method::Post, Route::DemoLeads) => demo::receive_lead(request, app).await,
        _ => Err(not_allowed(methods)),
    }
}

fn not_allowed(methods: &str) -> Problem {
    Problem::new(405, "method_not_allowed", "This address takes another method.")
        .with_header("Allow", methods)
}

/// What the document of the API has to list: everything but the demo and what is for people alone,
/// aliases once.
#[cfg(test)]
pub fn described() -> std::collections::BTreeSet<String> {
    ROUTES
        .into_iter()
        .filter(|(path, route, _)| {
            !matches!(route, Route::DemoLeads | Route::OptOutPage | Route::Replay)
                && *path != "/verify/match"
        })
        .flat_map(|(path, _, methods)| {
            methods.split(", ").map(move |method| format!("{method} {path}"))
        })
        .collect()
}

/// CORS without credentials: what these calls answer, anybody may read. What may be asked is for the
/// preflight to say (Fetch, 3.3.3).
fn allow_any_origin(headers: &mut Headers, is_preflight: bool) -> worker::Result<()> {
    headers.set("Access-Control-Allow-Origin", "*")?;
    if !is_preflight {
        return Ok(());
    }
    headers.set("Access-Control-Allow-Methods", "GET, POST")?;
    headers.set("Access-Control-Allow-Headers", "Authorization, Content-Type")?;
    headers.set("Access-Control-Max-Age", "86400")
}
