//! `POST /demo/leads`: what a publisher's own server would be, for the demo form. Answers in
//! development only.

use std::fmt::Write as _;

use worker::{FormEntry, Response};

use crate::app::App;
use crate::problem::Problem;
use crate::request::Request;

/// The demo form's fields, in its order.
const FIELDS: [&str; 6] = ["econsent_hidden", "name", "email", "phone", "zip", "calls"];

/// Shows the lead as it arrived, the certificate id in it. Stores nothing.
pub async fn receive_lead(request: Request, app: &App) -> Result<Response, Problem> {
    if !app.demo {
        return Err(Problem::new(404, "not_found", "There is nothing at this address."));
    }
    let form = request
        .whole()
        .form_data()
        .await
        .map_err(|_| Problem::invalid("invalid_form", "The lead is not a form."))?;
    let mut rows = String::new();
    for name in FIELDS {
        if let Some(FormEntry::Field(value)) = form.get(name) {
            // Writing to a String cannot fail.
            _ = write!(rows, "<dt>{name}</dt><dd id=\"{name}\">{}</dd>", escape(&value));
        }
    }
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Lead received</title>\
         <link rel=\"stylesheet\" href=\"/style.css\"><main><h1>Lead received</h1>\
         <p>This is what the publisher's server got from the form.</p><dl>{rows}</dl></main></html>"
    );
    let mut response = Response::from_html(page)?;
    let policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'";
    response.headers_mut().set("Content-Security-Policy", policy)?;
    Ok(response)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
