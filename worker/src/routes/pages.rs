//! `GET /certificate/{id}`: the certificate as a page, or as the bundle that anyone can check;
//! `GET /certificate/{id}/pdf`: as a document with the bundle inside.

use std::cell::OnceCell;
use std::rc::Rc;

use econsent_core::bundle::Report;
use econsent_core::certificate_id::CertificateId;
use econsent_paper::{Fonts, Paper};
use worker::{Request, Response};

use super::well_known::jwks_document;
use crate::app::App;
use crate::pages;
use crate::pages::certificate::{Shown, malformed, never_received, render, unreadable};
use crate::problem::Problem;
use crate::recordings;
use crate::store::bundles::{self, Found, Kept};

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
pub async fn certificate(request: Request, id: &str, app: &App) -> Result<Response, Problem> {
    let form = Form::wanted(&request)?;
    let id = match CertificateId::parse(id) {
        Ok(id) => id,
        Err(_) if form == Form::Page => return Ok(pages::answer(&malformed(), 400)?),
        Err(error) => return Err(Problem::invalid("invalid_certificate_id", error)),
    };
    let url = app.public_url.with(&format!("/certificate/{id}"));
    match (bundles::find(&app.db, &id, &url).await?, form) {
        (None, Form::Page) => Ok(pages::answer(&never_received(&id), 404)?),
        (None, Form::Json) => Err(not_received()),
        (Some(Kept::Unreadable), Form::Page) => Ok(pages::answer(&unreadable(&id), 200)?),
        (Some(Kept::Unreadable), Form::Json) => Err(changed()),
        (Some(Kept::Readable(found)), form) => {
            let (report, found) = checked(*found, app).await?;
            match form {
                Form::Page => page(&report, &found, app),
                Form::Json => json(&report, &found),
            }
        }
    }
}

/// Checks a certificate, its recording byte by byte, with the personal values that the publisher holds, and lets go of them.
pub async fn checked(mut found: Found, app: &App) -> Result<(Report, Found), Problem> {
    let mut report = found.bundle.check_here(&app.keys.signing, &found.expiry_hmac);
    found.bundle.disclosures = None;
    recordings::check(app, &found.bundle, &mut report).await?;
    Ok((report, found))
}

fn page(report: &Report, found: &Found, app: &App) -> Result<Response, Problem> {
    let shown =
        Shown { bundle: &found.bundle, report, origin: app.public_url.origin(), now: App::now() };
    Ok(pages::answer(&render(&shown), 200)?)
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
pub async fn pdf(id: &str, app: &App) -> Result<Response, Problem> {
    let id = CertificateId::parse(id)
        .map_err(|error| Problem::invalid("invalid_certificate_id", error))?;
    let url = app.public_url.with(&format!("/certificate/{id}"));
    let found = match bundles::find(&app.db, &id, &url).await? {
        None => return Err(not_received()),
        Some(Kept::Unreadable) => return Err(changed()),
        Some(Kept::Readable(found)) => found,
    };
    let (report, found) = checked(*found, app).await?;
    let fonts = fonts(app).await?;
    let paper = Paper {
        bundle: &found.bundle,
        report: &report,
        jwks: &jwks_document(app),
        origin: app.public_url.origin(),
        now: App::now(),
    };
    let pdf = paper.pdf(&fonts).map_err(|error| Problem::deployment("pdf", &error))?;
    let mut response = Response::from_bytes(pdf)?;
    pages::private(&mut response)?;
    let headers = response.headers_mut();
    headers.set("Content-Type", "application/pdf")?;
    headers.set("Content-Disposition", &format!("attachment; filename=\"{id}.pdf\""))?;
    Ok(response)
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
    let mut answer = app.assets.fetch(format!("http://assets/fonts/{name}"), None).await?;
    Ok(answer.bytes().await?)
}

fn not_received() -> Problem {
    Problem::new(404, "not_received", "Nothing was ever received under this certificate id.")
}

fn changed() -> Problem {
    Problem::new(500, "signature_invalid", "What is stored of this certificate was changed.")
}
