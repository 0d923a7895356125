//! A consumer's request to opt out: taken without saying whether anybody is concerned, and put
//! before the companies that are, in steps that are bounded and may be cut off anywhere.

use econsent_core::contact::{Email, Phone};
use econsent_core::keys::Key as _;
use econsent_core::sealed::{self, NONCE_BYTES};
use econsent_core::signature::hmac_sha256;
use serde::{Deserialize, Serialize};
use worker::console_error;

use crate::app::App;
use crate::consumer;
use crate::jobs::{self, Job};
use crate::limit::{self, Limit};
use crate::problem::Problem;
use crate::store::opt_outs::{self, Request};

/// Requests that one job goes on with.
const REQUESTS: u32 = 10;

/// Whom a request is about, as it is sealed.
#[derive(Serialize, Deserialize)]
struct Contact {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    email: Option<String>,
}

/// Takes a request. It costs the same whether or not anybody is concerned; what goes beyond the
/// limits is not kept, and looks the same too.
pub async fn receive(
    app: &App,
    address: &str,
    phone: Option<&Phone>,
    email: Option<&Email>,
) -> Result<(), Problem> {
    let now = App::now();
    let key = app.keys.lookups.current(now)?;
    // Limits are kept under an HMAC: a plain digest of a phone number is guessed in seconds.
    let subject = |value: &str| {
        let secret = key.derive(&[b"econsent-opt-out-limit-v1\n"]);
        hmac_sha256(secret.as_bytes(), &[value.as_bytes()]).hex()
    };
    let mut within = limit::within(app, Limit::OptOutFrom, &subject(address)).await?;
    for contact in phone.map(Phone::as_str).into_iter().chain(email.map(Email::as_str)) {
        within &= limit::within(app, Limit::OptOutFor, &subject(contact)).await?;
    }
    if !within {
        return Ok(());
    }
    let contact = Contact {
        phone: phone.map(|phone| phone.as_str().into()),
        email: email.map(|email| email.as_str().into()),
    };
    let text = serde_json::to_string(&contact).map_err(|e| Problem::deployment("json", &e))?;
    let id = base16ct::lower::encode_string(&App::random::<12>()?);
    let sealed = sealed::seal(key, &id, &text, App::random::<NONCE_BYTES>()?)
        .map_err(|error| Problem::deployment("opt-out", &error))?;
    opt_outs::receive(&app.db, &id, (key.id(), &sealed), now).await?;
    jobs::send(app, &Job::OptOuts).await;
    Ok(())
}

/// Puts waiting requests before the companies that they concern; what is left asks for another go.
pub async fn spread(app: &App) -> Result<(), Problem> {
    let waiting = opt_outs::waiting(&app.db, REQUESTS).await?;
    for request in &waiting {
        step(app, request).await?;
    }
    if !waiting.is_empty() {
        jobs::send(app, &Job::OptOuts).await;
    }
    Ok(())
}

/// One step: as many companies as one round trip takes.
async fn step(app: &App, request: &Request) -> Result<(), Problem> {
    let companies = opt_outs::companies(&app.db, &request.after).await?;
    let Some(last) = companies.last() else {
        return Ok(opt_outs::done(&app.db, request).await?);
    };
    let Some((phone, email)) = open(app, request) else {
        // Nobody will ever read it: its key is gone, or it was changed.
        console_error!("opt-out {}: it cannot be opened", request.request_id);
        return Ok(opt_outs::done(&app.db, request).await?);
    };
    let lookups: Vec<_> = companies
        .iter()
        .flat_map(|company| {
            let found = consumer::lookups(app, company, phone.as_ref(), email.as_ref());
            found.into_iter().map(move |lookup| (company, lookup))
        })
        .collect();
    Ok(opt_outs::put(&app.db, request, &lookups, last).await?)
}

fn open(app: &App, request: &Request) -> Option<(Option<Phone>, Option<Email>)> {
    let key = app.keys.lookups.get(&request.kid).ok()?;
    let sealed = base16ct::lower::decode_vec(&request.sealed).ok()?;
    let text = sealed::open(key, &request.request_id, &sealed).ok()?;
    let Contact { phone, email } = serde_json::from_str(&text).ok()?;
    let phone = phone.as_deref().map(Phone::from_e164).transpose().ok()?;
    let email = email.as_deref().map(Email::parse).transpose().ok()?;
    Some((phone, email))
}
