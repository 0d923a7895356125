//! `/openapi.json`: OpenAPI 3.1 made from the handlers' own types, so that it cannot say anything
//! else than what is parsed and answered.

use utoipa::OpenApi;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Components, Ref, RefOr, ResponseBuilder};
use worker::Response;

use crate::app::{App, PublicUrl};
use crate::problem::{Document, Problem};
use crate::routes::{
    auth, certificates, claims, dev, keys, partner_certificates, people, properties, recordings,
    replay, sessions, shares, verify, webhooks, well_known,
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
        certificates::receive,
        certificates::receive_raw,
        recordings::receive,
        replay::manifest,
        replay::chunk,
        replay::link,
        verify::match_consent,
        well_known::jwks,
        shares::share,
        shares::batch,
        shares::list,
        shares::revoke,
        claims::preview,
        claims::claim,
        partner_certificates::list,
        partner_certificates::evidence,
        partner_certificates::check,
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
        document,
    ),
    components(schemas(Document))
)]
struct Api;

/// This document.
#[utoipa::path(get, path = "/openapi.json", tag = "documentation", security(()),
    responses((status = 200, description = "OpenAPI 3.1.", body = Object)))]
pub fn document(app: &App) -> Result<Response, Problem> {
    let mut response = Response::ok(text(&app.public_url)?)?;
    let headers = response.headers_mut();
    headers.set("Content-Type", "application/json")?;
    headers.set("Cache-Control", "public, max-age=300")?;
    headers.set("Access-Control-Allow-Origin", "*")?;
    Ok(response)
}

fn text(url: &PublicUrl) -> Result<String, Problem> {
    let mut api = Api::openapi();
    let components = api.components.get_or_insert_with(Components::new);
    let scheme = if url.is_https() { "__Host-econsent_sign_in" } else { "econsent_sign_in" };
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
        scheme,
        "A person who signed in. Calls that change something are taken from this service's own \
         pages only: by the Origin header.",
    )));
    components.add_security_scheme("cookie", cookie);
    let mut key = Http::new(HttpAuthScheme::Bearer);
    key.description =
        Some("A machine's key: eck_ and 48 hex digits, with the scopes named.".into());
    components.add_security_scheme("key", SecurityScheme::Http(key));
    for item in api.paths.paths.values_mut() {
        let operations =
            [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        operations.into_iter().flatten().for_each(describe_failures);
    }
    api.to_json().map_err(|error| Problem::deployment("openapi", &error))
}

/// Every call can fail with a problem document.
fn describe_failures(operation: &mut Operation) {
    let content = || {
        utoipa::openapi::ContentBuilder::new()
            .schema(Some(RefOr::<utoipa::openapi::Schema>::Ref(Ref::from_schema_name("Problem"))))
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

    use super::text;
    use crate::app::PublicUrl;
    use crate::router;

    #[test]
    fn the_document_lists_the_routes_that_the_router_has_and_no_others() {
        let url = PublicUrl::parse("https://app.econsent.org").unwrap();
        let document: serde_json::Value = serde_json::from_str(&text(&url).unwrap()).unwrap();
        assert_eq!(document["openapi"], "3.1.0");
        let mut described = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                described.insert(format!("{} {path}", method.to_uppercase()));
            }
        }
        assert_eq!(described, router::described());
    }
}
