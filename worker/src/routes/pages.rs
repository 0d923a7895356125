//! `GET /certificate/{id}`: the certificate as a page, or as the bundle that anyone can check;
//! `GET /certificate/{id}/pdf`: as a document with the bundle inside.

use std::cell::OnceCell;
use std::rc::Rc;

use econsent_core::access::Permission;
use econsent_core::bundle::Report;
use econsent_core::certificate_id::CertificateId;
use econsent_core::commitment::Disclosures;
use econsent_core::ids::CompanyId;
use econsent_paper::{Fonts, Paper};
use worker::Response;

use super::well_known::jwks_document;
use crate::app::App;
use crate::auth;
use crate::local;
use crate::pages;
use crate::pages::certificate::{Shown, malformed, never_received, render, unreadable};
use crate::pages::reduced::Reduced;
use crate::problem::{Document, Problem};
use crate::recordings;
use crate::request::Request;
use crate::settings::PublicLevel;
use crate::store::bundles::{self, Found, Kept};
use crate::store::evidence;

thread_local! {
    static FONTS: OnceCell<Rc<Fonts>> = const { OnceCell::new() };
}

/// What a caller wants to have.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Page,
    Json,
}

impl Form {
    /// A page, unless JSON is named and HTML is not.
    fn wanted(request: &Request) -> Result<Self, Problem> {
        let accept = request.headers().get("Accept")?.unwrap_or_default();
        let json = accept.contains("application/json") && !accept.contains("text/html");
        Ok(if json { Self::Json } else { Self::Page })
    }
}

/// Shows a certificate to whoever has its id.
///
/// A page, or under `Accept: application/json` the bundle that anyone can check offline.
#[utoipa::path(get, path = "/certificate/{id}", tag = "certificates", security(()),
    params(("id" = String, Path, description = "In canonical form.")),
    responses(
        (status = 200, description = "The certificate.",
            content((String = "text/html"), (Object = "application/json"))),
        (status = 400, description = "No certificate id.",
            content((String = "text/html"), (Document = "application/problem+json"))),
        (status = 404, description = "Nothing was ever received under this id.",
            content((String = "text/html"), (Document = "application/problem+json"))),
        (status = 500, description = "What is stored was changed.",
            content((Document = "application/problem+json"))),
    ))]
pub async fn certificate(request: Request, id: &str, app: &App) -> Result<Response, Problem> {
    let form = Form::wanted(&request)?;
    let id = match CertificateId::parse(id) {
        Ok(id) => id,
        Err(_) if form == Form::Page => return Ok(pages::answer(&malformed(), 400)?),
        Err(error) => return Err(error.into()),
    };
    let url = app.public_url.with(&format!("/certificate/{id}"));
    match (bundles::find(&app.db, &id, &url).await?, form) {
        (None, Form::Page) => Ok(pages::answer(&never_received(&id), 404)?),
        (None, Form::Json) => Err(not_received()),
        (Some(Kept::Unreadable), Form::Page) => Ok(pages::answer(&unreadable(&id), 200)?),
        (Some(Kept::Unreadable), Form::Json) => Err(changed()),
        (Some(Kept::Readable(found)), form) => {
            // The publisher's own people see everything.
            let reduced = found.public_level == PublicLevel::Reduced
                && viewer(&request, app).await?.as_ref() != Some(&found.owner);
            let (report, found) = checked(*found, app).await?;
            let (bundle, origin) = (&found.bundle, app.public_url.origin());
            let local = local::times(bundle);
            let now = App::now();
            let shown = Shown { bundle, report: &report, origin, now, local: local.as_ref() };
            match (reduced, form) {
                (false, Form::Page) => Ok(pages::answer(&render(&shown), 200)?),
                (false, Form::Json) => json(&report, &found),
                (true, Form::Page) => Ok(pages::answer(&pages::reduced::render(&shown), 200)?),
                (true, Form::Json) => reduced_json(&shown),
            }
        }
    }
}

/// The company of whoever asks, if they show who they are.
async fn viewer(request: &Request, app: &App) -> Result<Option<CompanyId>, Problem> {
    Ok(auth::known(request, app, Permission::View).await?.map(|caller| caller.company))
}

/// Checks a certificate with the personal values that the publisher holds, and lets go of them; its
/// recording byte by byte.
pub async fn checked(mut found: Found, app: &App) -> Result<(Report, Found), Problem> {
    let mut report = found.bundle.check_here(&app.keys.signing, &found.expiry_hmac);
    found.bundle.disclosures = None;
    recordings::check(app, &found.bundle, None, &mut report).await?;
    Ok((report, found))
}

fn reduced_json(shown: &Shown<'_>) -> Result<Response, Problem> {
    let mut response = Response::from_json(&Reduced::of(shown))?;
    pages::private(&mut response)?;
    Ok(response)
}

/// A bundle claims nothing by itself; what the service found is told beside it.
fn json(report: &Report, found: &Found) -> Result<Response, Problem> {
    let mut response = Response::ok(found.bundle.document().canonical())?;
    pages::private(&mut response)?;
    let headers = response.headers_mut();
    headers.set("Content-Type", "application/json")?;
    headers.set("Econsent-Verdict", report.verdict().as_str())?;
    headers.set("Access-Control-Allow-Origin", "*")?;
    headers.set("Access-Control-Expose-Headers", "Econsent-Verdict")?;
    Ok(response)
}

/// The certificate as PDF/A-3b, at the level that its page has.
///
/// Whoever holds the personal values, and shows who they are, gets them attached.
#[utoipa::path(get, path = "/certificate/{id}/pdf", tag = "certificates",
    security((), ("cookie" = []), ("key" = ["read"])),
    params(("id" = String, Path, description = "In canonical form.")),
    responses(
        (status = 200, description = "The document.", content((Vec<u8> = "application/pdf"))),
        (status = 500, description = "What is stored was changed.",
            content((Document = "application/problem+json"))),
    ))]
pub async fn pdf(request: Request, id: &str, app: &App) -> Result<Response, Problem> {
    let id = CertificateId::parse(id)?;
    let url = app.public_url.with(&format!("/certificate/{id}"));
    let found = match bundles::find(&app.db, &id, &url).await? {
        None => return Err(not_received()),
        Some(Kept::Unreadable) => return Err(changed()),
        Some(Kept::Readable(found)) => found,
    };
    let viewer = viewer(&request, app).await?;
    let held = held(viewer.as_ref(), &id, app).await?;
    let own = viewer.as_ref() == Some(&found.owner);
    if found.public_level == PublicLevel::Reduced && held.is_none() && !own {
        return Err(not_public());
    }
    let (report, mut found) = checked(*found, app).await?;
    found.bundle.disclosures = held;
    let fonts = fonts(app).await?;
    let local = local::times(&found.bundle);
    let paper = Paper {
        bundle: &found.bundle,
        report: &report,
        jwks: &jwks_document(app),
        origin: app.public_url.origin(),
        now: App::now(),
        local: local.as_ref(),
    };
    let pdf = paper.pdf(&fonts).map_err(|error| Problem::deployment("pdf", &error))?;
    let mut response = Response::from_bytes(pdf)?;
    pages::private(&mut response)?;
    let headers = response.headers_mut();
    headers.set("Content-Type", "application/pdf")?;
    headers.set("Content-Disposition", &format!("attachment; filename=\"{id}.pdf\""))?;
    Ok(response)
}

/// The personal values that a company has a copy of: the publisher, or one with a claim.
async fn held(
    viewer: Option<&CompanyId>,
    id: &CertificateId,
    app: &App,
) -> Result<Option<Disclosures>, Problem> {
    let Some(company) = viewer else { return Ok(None) };
    let held = evidence::disclosures(&app.db, id, company).await?;
    Ok((held != Disclosures::default()).then_some(held))
}

/// The fonts, read once per isolate from the static files: in the code they would triple it.
async fn fonts(app: &App) -> Result<Rc<Fonts>, Problem> {
    if let Some(fonts) = FONTS.with(|cell| cell.get().cloned()) {
        return Ok(fonts);
    }
    let regular = asset(app, "DejaVuSans.ttf").await?;
    let bold = asset(app, "DejaVuSans-Bold.ttf").await?;
    let fonts = Fonts::new(regular, bold).map_err(|error| Problem::deployment("fonts", &error))?;
    // A request that came first has filled it with the same fonts.
    let fonts = FONTS.with(|cell| Rc::clone(cell.get_or_init(|| Rc::new(fonts))));
    Ok(fonts)
}

async fn asset(app: &App, name: &str) -> Result<Vec<u8>, Problem> {
    // Only the path matters to the binding.
    let mut answer = app.assets()?.fetch(format!("http://assets/fonts/{name}"), None).await?;
    Ok(answer.bytes().await?)
}

fn not_received() -> Problem {
    Problem::new(404, "not_received", "Nothing was ever received under this certificate id.")
}

fn not_public() -> Problem {
    Problem::new(
        404,
        "not_public",
        "The publisher shows this evidence to companies that it shares the certificate with.",
    )
}

fn changed() -> Problem {
    Problem::new(500, "signature_invalid", "What is stored of this certificate was changed.")
}
