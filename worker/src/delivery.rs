//! Delivering webhooks: where they may go, and one attempt after the other.

use std::time::Duration;

use econsent_core::time::Timestamp;
use econsent_core::webhook::{WebhookSecret, retry_after};
use futures_util::future::join_all;
use worker::{Url, console_error};

use crate::app::App;
use crate::fetch::{self, Call};
use crate::problem::Problem;
use crate::store::webhooks::{self, Due, Outcome};

/// For how long the other side may take.
const LIMIT: Duration = Duration::from_secs(10);
/// Longest address, in bytes.
const URL_BYTES: usize = 1_024;

/// An address that webhooks may be sent to.
#[derive(Debug, PartialEq, Eq)]
pub struct Endpoint(String);

/// Why an address is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Not a URL, too long, or with a name and password in it.
    #[error("expected an address such as https://hooks.example.com/econsent")]
    Form,
    /// Not https on port 443.
    #[error("webhooks go to https on port 443 only")]
    Scheme,
    /// An IP address, or a name that means this machine or a private network.
    #[error("webhooks go to public host names only")]
    Host,
}

/// Top-level names that no public resolver has (RFC 6761, RFC 6762, RFC 9476, ICANN's .internal).
const PRIVATE: [&str; 12] = [
    "alt",
    "corp",
    "example",
    "home",
    "internal",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "test",
];

impl Endpoint {
    /// Reads an address as browsers do, so that no odd way of writing an IP address gets by.
    /// `loopback` lets plain http to this machine pass too: for development.
    ///
    /// # Errors
    /// [`EndpointError`] says what is wrong with it.
    pub fn parse(text: &str, loopback: bool) -> Result<Self, EndpointError> {
        let url = Url::parse(text.trim()).map_err(|_| EndpointError::Form)?;
        let plain = url.username().is_empty() && url.password().is_none();
        if text.len() > URL_BYTES || !plain || url.fragment().is_some() {
            return Err(EndpointError::Form);
        }
        let host = url.host_str().ok_or(EndpointError::Form)?;
        if loopback && url.scheme() == "http" && matches!(host, "127.0.0.1" | "localhost") {
            return Ok(Self(url.into()));
        }
        if url.scheme() != "https" || url.port().is_some() {
            return Err(EndpointError::Scheme);
        }
        // An IP address never parses as a name.
        let name = url.domain().ok_or(EndpointError::Host)?;
        let name = name.strip_suffix('.').unwrap_or(name);
        match name.rsplit_once('.') {
            Some((below, top)) if !below.is_empty() && !PRIVATE.contains(&top) => {
                Ok(Self(url.into()))
            }
            _ => Err(EndpointError::Host),
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Delivers what is due, a handful at a time.
///
/// # Errors
/// The store's.
pub async fn send_due(app: &App, now: Timestamp) -> Result<(), Problem> {
    let due = webhooks::take(&app.db, now).await?;
    for result in join_all(due.iter().map(|due| attempt(app, due))).await {
        result?;
    }
    Ok(())
}

async fn attempt(app: &App, due: &Due) -> Result<(), Problem> {
    let result = send(app, due).await;
    let now = App::now();
    let arrived = matches!(result, Ok(200..=299));
    let next = retry_after(due.attempts as usize).filter(|_| !arrived).map(|wait| now + wait);
    let outcome = Outcome {
        status: result.as_ref().ok().copied(),
        error: result.as_ref().err().map(String::as_str),
        delivered_at: arrived.then_some(now),
        next_attempt_at: next,
    };
    webhooks::note(&app.db, &due.delivery_id, &outcome).await?;
    Ok(())
}

async fn send(app: &App, due: &Due) -> Result<u16, String> {
    // Checked again: rules may be stricter than when the address was saved.
    let endpoint = Endpoint::parse(&due.url, app.webhooks_loopback).map_err(|e| e.to_string())?;
    let key = app.keys.webhooks.get(&due.kid).map_err(|error| {
        console_error!("webhook {}: {error}", due.webhook_id);
        "the signing key is gone".to_owned()
    })?;
    let at = App::now();
    let signature = WebhookSecret::derive(key, &due.webhook_id).signature(at, &due.body);
    let headers = [
        ("X-EConsent-Event", due.event.as_str()),
        ("X-EConsent-Delivery", due.delivery_id.as_str()),
        ("X-EConsent-Timestamp", &String::from(at)),
        ("X-EConsent-Signature", &signature),
        ("User-Agent", "econsent-webhooks/1"),
    ];
    fetch::post(&Call { url: endpoint.as_str(), headers: &headers, body: &due.body }, LIMIT).await
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, EndpointError};

    #[test]
    fn webhooks_go_to_public_names_over_https() {
        for good in [
            "https://hooks.acme-insurance.com/econsent?team=7",
            "https://hooks.acme-insurance.com:443/",
            "https://hooks.acme-insurance.com./",
        ] {
            assert!(Endpoint::parse(good, false).is_ok(), "{good}");
        }
    }

    #[test]
    fn nothing_leads_to_this_machine_or_a_private_network() {
        for (bad, why) in [
            ("hooks.acme.com", EndpointError::Form),
            ("https://user:pass@acme.com/", EndpointError::Form),
            ("https://acme.com/#part", EndpointError::Form),
            ("http://acme.com/", EndpointError::Scheme),
            ("https://acme.com:8443/", EndpointError::Scheme),
            ("ftp://acme.com/", EndpointError::Scheme),
            ("https://127.0.0.1/", EndpointError::Host),
            ("https://2130706433/", EndpointError::Host),
            ("https://0x7f.1/", EndpointError::Host),
            ("https://0177.0.0.1/", EndpointError::Host),
            ("https://[::1]/", EndpointError::Host),
            ("https://[::ffff:10.0.0.1]/", EndpointError::Host),
            ("https://１２７.0.0.1/", EndpointError::Host),
            ("https://169.254.169.254/latest/meta-data", EndpointError::Host),
            ("https://localhost/", EndpointError::Host),
            ("https://localhost./", EndpointError::Host),
            ("https://LOCALHOST/", EndpointError::Host),
            ("https://api.localhost/", EndpointError::Host),
            ("https://intranet/", EndpointError::Host),
            ("https://printer.local/", EndpointError::Host),
            ("https://metadata.google.internal/", EndpointError::Host),
        ] {
            assert_eq!(Endpoint::parse(bad, false), Err(why), "{bad}");
            assert!(Endpoint::parse(bad, true).is_err(), "{bad}");
        }
        assert!(Endpoint::parse("http://127.0.0.1:9000/hook", false).is_err());
        assert!(Endpoint::parse("http://127.0.0.1:9000/hook", true).is_ok());
    }
}
