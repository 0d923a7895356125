//! Calls to other people's servers: one POST, no redirect followed, no body read, a time limit.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use worker::{
    AbortController, Delay, Fetch, Headers, Method, Request, RequestInit, RequestRedirect,
};

/// What to send where.
pub struct Call<'a> {
    /// The address.
    pub url: &'a str,
    /// Headers beside the content type.
    pub headers: &'a [(&'a str, &'a str)],
    /// A JSON body.
    pub body: &'a str,
}

/// Sends it and says with which status it was answered.
///
/// # Errors
/// Why there was no answer, in words without anything of the other side's.
pub async fn post(call: &Call<'_>, limit: Duration) -> Result<u16, String> {
    let request = request(call).map_err(|_| "the request could not be made".to_owned())?;
    let controller = AbortController::default();
    let signal = controller.signal();
    let fetch = Fetch::Request(request);
    let sent = pin!(fetch.send_with_signal(&signal));
    match select(sent, Delay::from(limit)).await {
        Either::Left((Ok(response), _)) => Ok(response.status_code()),
        Either::Left((Err(_), _)) => Err("no connection".into()),
        Either::Right(_) => {
            controller.abort();
            Err(format!("no answer within {} seconds", limit.as_secs()))
        }
    }
}

fn request(call: &Call<'_>) -> worker::Result<Request> {
    let headers = Headers::new();
    headers.set("Content-Type", "application/json")?;
    for (name, value) in call.headers {
        headers.set(name, value)?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual)
        .with_body(Some(call.body.into()));
    Request::new_with_init(call.url, &init)
}
