//! `/openapi.json`: OpenAPI 3.1 made from the handlers' own types, so that it cannot say anything
//! else than what is parsed and answered. It is written when the service is built (by
//! `examples/openapi.rs`) and served from the static files: code that makes it would be a large
//! part of what every isolate loads.

use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, Ref, RefOr, ResponseBuilder, Schema};
use worker::Response;

use crate::app::App;
use crate::auth::cookie;
use crate::problem::{Document, Problem};
use crate::routes::{
    accesses, activity, auth, certificates, claims, consumers, dev, installs, keys, leads, lists,
    opt_outs, pages, partner_certificates, partners, people, properties, recordings, replay,
    rule_preview, rules, sessions, shares, texts, verify, webhooks, well_known,
};

/// Every call, in the order of the router.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "econsent",
        description = "Consent certificates: issued, verified, shared and claimed. Failures are \
            RFC 9457 problems with a stable `code`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        sessions::start,
        texts::stage,
        installs::report,
        certificates::receive,
        certificates::receive_raw,
        recordings::receive,
        pages::certificate,
        pages::pdf,
        replay::manifest,
        replay::chunk,
        replay::link,
        lists::list,
        lists::export,
        consumers::revoke,
        consumers::restore,
        consumers::erase,
        accesses::list,
        activity::list,
        consumers::revoke_all,
        consumers::erase_all,
        consumers::show,
        opt_outs::request,
        opt_outs::list,
        opt_outs::confirm,
        opt_outs::decline,
        verify::match_consent,
        verify::batch,
        leads::match_lead,
        well_known::jwks,
        partners::create,
        partners::list,
        partners::update,
        partners::revoke,
        partners::invitations,
        partners::accept,
        partners::decline,
        shares::share,
        shares::batch,
        shares::list,
        shares::revoke,
        claims::preview,
        claims::claim,
        partner_certificates::list,
        partner_certificates::evidence,
        partner_certificates::check,
        rules::create,
        rules::list,
        rules::read,
        rules::update,
        rules::remove,
        rules::starter_packs,
        rule_preview::preview,
        auth::sign_up,
        auth::verify_email,
        auth::sign_in,
        auth::sign_out,
        auth::reset_request,
        auth::reset,
        auth::change_password,
        auth::me,
        auth::switch,
        people::list,
        people::change_role,
        people::remove,
        people::invitations,
        people::invite,
        people::revoke,
        people::accept,
        keys::list,
        keys::create,
        keys::revoke,
        properties::list,
        properties::create,
        properties::read,
        properties::update,
        properties::install,
        webhooks::list,
        webhooks::create,
        webhooks::remove,
        webhooks::test,
        webhooks::deliveries,
        dev::outbox,
        dev::made,
        document,
    ),
    components(schemas(Document, lists::Format, partners::Side))
)]
struct Api;

/// The document among the static files.
const ASSET: &str = "http://assets/openapi.json";
/// The cookie of people who are signed in, as [`crate::auth::cookie`] names it on https.
const COOKIE: &str = "__Host-econsent_sign_in";

/// This document.
#[utoipa::path(get, path = "/openapi.json", tag = "documentation", security(()),
    responses((status = 200, description = "OpenAPI 3.1.", body = Object)))]
pub async fn document(app: &App) -> Result<Response, Problem> {
    // Only the path matters to the binding.
    let text = app.assets()?.fetch(ASSET, None).await?.text().await?;
    let mut response = Response::ok(text.replace(COOKIE, cookie::name(&app.public_url)))?;
    let headers = response.headers_mut();
    headers.set("Content-Type", "application/json")?;
    headers.set("Cache-Control", "public, max-age=300")?;
    headers.set("Access-Control-Allow-Origin", "*")?;
    Ok(response)
}

/// The document, for a service that is reached over https.
///
/// # Errors
/// Those of writing JSON.
pub fn text() -> serde_json::Result<String> {
    let mut api = Api::openapi();
    let components = api.components.get_or_insert_with(Components::new);
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
        COOKIE,
        "A person who signed in. Calls that change something are taken from this service's own \
         pages only: by the Origin header.",
    )));
    components.add_security_scheme("cookie", cookie);
    let mut key = Http::new(HttpAuthScheme::Bearer);
    key.description =
        Some("A machine's key: eck_ and 48 hex digits, with the scopes named.".into());
    components.add_security_scheme("key", SecurityScheme::Http(key));
    // What is answered has more beside it than what is sent, which takes nothing unknown.
    for name in ["RuleDraft", "Pack"] {
        if let Some(RefOr::T(Schema::Object(schema))) = components.schemas.get_mut(name) {
            schema.additional_properties = None;
        }
    }
    for (path, item) in &mut api.paths.paths {
        let operations = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("delete", &mut item.delete),
            ("patch", &mut item.patch),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                operation.operation_id = Some(operation_id(method, path));
                describe_failures(operation);
            }
        }
    }
    api.to_json()
}

/// What generators name a call by: unlike the handlers' names, no two calls share one.
fn operation_id(method: &str, path: &str) -> String {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    std::iter::once(method).chain(words).collect::<Vec<_>>().join("_")
}

/// Every call can fail with a problem document.
fn describe_failures(operation: &mut Operation) {
    let content = || {
        utoipa::openapi::ContentBuilder::new()
            .schema(Some(RefOr::<Schema>::Ref(Ref::from_schema_name("Problem"))))
            .build()
    };
    for (status, description) in
        [("4XX", "Refused: `code` says why."), ("503", "The store could not answer; try again.")]
    {
        let response = ResponseBuilder::new()
            .description(description)
            .content("application/problem+json", content());
        operation.responses.responses.insert(status.into(), response.build().into());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{COOKIE, text};
    use crate::app::PublicUrl;
    use crate::auth::cookie;
    use crate::router;

    #[test]
    fn the_document_names_the_cookie_that_people_get() {
        let url = PublicUrl::parse("https://app.econsent.org").unwrap();
        assert_eq!(COOKIE, cookie::name(&url));
        assert_eq!(text().unwrap().matches(COOKIE).count(), 1);
    }

    #[test]
    fn the_document_lists_the_routes_that_the_router_has_and_no_others() {
        let document: serde_json::Value = serde_json::from_str(&text().unwrap()).unwrap();
        assert_eq!(document["openapi"], "3.1.0");
        let mut described = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                described.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
        assert_eq!(described, router::described());
    }

    /// What only a parameter names is collected by nobody.
    #[test]
    fn what_the_document_refers_to_is_in_it() {
        let text = text().unwrap();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        let references =
            text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next());
        let missing: Vec<_> = references.filter(|path| document.pointer(path).is_none()).collect();
        assert_eq!(missing, Vec::<&str>::new());
    }

    #[test]
    fn no_two_calls_share_an_operation_id() {
        let document: serde_json::Value = serde_json::from_str(&text().unwrap()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let calls: Vec<_> = paths.values().flat_map(|item| item.as_object().unwrap()).collect();
        let ids: BTreeSet<_> = calls.iter().map(|(_, call)| call["operationId"].as_str()).collect();
        assert_eq!(ids.len(), calls.len());
    }
}
