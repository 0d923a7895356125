//! Every route on one screen, in the order of the seeds.

use worker::{Env, Headers, Method, Request, Response};

use crate::app::App;
use crate::problem::Problem;
use crate::routes::{certificates, demo, pages, sessions, verify, well_known};

/// What a path names.
#[derive(Clone, Copy)]
enum Route {
    Sessions,
    Certificates,
    RawCertificates,
    Certificate,
    CertificatePdf,
    VerifyMatch,
    VerifyBatch,
    Jwks,
    DemoLeads,
}

const ROUTES: [(&str, Route); 10] = [
    ("/api/sessions", Route::Sessions),
    ("/api/certificates", Route::Certificates),
    ("/api/certificates/raw", Route::RawCertificates),
    ("/certificate/{id}", Route::Certificate),
    ("/certificate/{id}/pdf", Route::CertificatePdf),
    ("/api/verify/match", Route::VerifyMatch),
    ("/verify/match", Route::VerifyMatch),
    ("/api/verify/batch", Route::VerifyBatch),
    ("/.well-known/jwks.json", Route::Jwks),
    ("/demo/leads", Route::DemoLeads),
];

thread_local! {
    static ROUTER: matchit::Router<Route> = {
        let mut router = matchit::Router::new();
        for (path, route) in ROUTES {
            if let Err(error) = router.insert(path, route) {
                worker::console_error!("route {path}: {error}");
            }
        }
        router
    };
}

/// Answers a request; failures as problem documents.
///
/// # Errors
/// The runtime's, when it cannot build a response at all.
pub async fn answer(request: Request, env: &Env) -> worker::Result<Response> {
    let path = request.path();
    // Pages of every publisher call these, without credentials.
    let open = path.starts_with("/api/") || path.starts_with("/verify/");
    let mut response = match dispatch(request, &path, env).await {
        Ok(response) => response,
        Err(problem) => problem.response()?,
    };
    let headers = response.headers_mut();
    headers.set("X-Content-Type-Options", "nosniff")?;
    if open {
        allow_any_origin(headers)?;
    }
    Ok(response)
}

async fn dispatch(request: Request, path: &str, env: &Env) -> Result<Response, Problem> {
    let route = ROUTER.with(|router| {
        let found = router.at(path).ok()?;
        Some((*found.value, found.params.get("id").unwrap_or_default().to_owned()))
    });
    let Some((route, id)) = route else {
        return Err(Problem::new(404, "not_found", "There is nothing at this address."));
    };
    let method = request.method();
    if method == Method::Options {
        return Ok(Response::empty()?.with_status(204));
    }
    let app = App::new(env)?;
    match (method, route) {
        (Method::Post, Route::Sessions) => sessions::start(request, &app).await,
        (Method::Post, Route::Certificates) => certificates::receive(request, &app).await,
        (Method::Post, Route::RawCertificates) => certificates::receive_raw(request, &app).await,
        (Method::Get, Route::Certificate) => pages::certificate(request, &id, &app).await,
        (Method::Get, Route::CertificatePdf) => pages::pdf(&id, &app).await,
        (Method::Post, Route::VerifyMatch) => verify::match_consent(request, &app).await,
        (Method::Post, Route::VerifyBatch) => verify::batch(request, &app).await,
        (Method::Get, Route::Jwks) => well_known::jwks(&app),
        (Method::Post, Route::DemoLeads) => demo::receive_lead(request, &app).await,
        _ => Err(Problem::new(405, "method_not_allowed", "This address takes another method.")),
    }
}

/// CORS without credentials: what these calls answer, anybody may read.
fn allow_any_origin(headers: &mut Headers) -> worker::Result<()> {
    headers.set("Access-Control-Allow-Origin", "*")?;
    headers.set("Access-Control-Allow-Methods", "GET, POST")?;
    headers.set("Access-Control-Allow-Headers", "Authorization, Content-Type")?;
    headers.set("Access-Control-Max-Age", "86400")
}
