//! `GET /certificate/{id}`: the certificate as a page that needs no script and prints as a
//! document (seed "Certificate public page"; contract §7).

use econsent_core::bundle::{Bundle, Report};
use econsent_core::certificate_id::CertificateId;
use econsent_core::custody::Actor;
use econsent_core::digest::Digest;
use econsent_core::fingerprint::{fingerprint, payload};
use econsent_core::record::Record;
use econsent_core::time::Timestamp;
use econsent_core::timezone::LocalTimes;
use econsent_paper::qr::Code;
use maud::{Markup, html};

use super::checks::{checks, signatures};
use super::evidence::{consents, withheld};
use super::page;
use super::text::inline;

/// A certificate with what its checks came to.
pub struct Shown<'a> {
    /// The certificate, without personal values.
    pub bundle: &'a Bundle,
    /// What was checked.
    pub report: &'a Report,
    /// The origin of links.
    pub origin: &'a str,
    /// When the page is made.
    pub now: Timestamp,
    /// Its moments as the consumer's clock showed them, if it says where that stood.
    pub local: Option<&'a LocalTimes>,
}

/// The page.
pub fn render(shown: &Shown<'_>) -> Markup {
    let Shown { bundle, report, origin, local, .. } = shown;
    let record = bundle.record.as_deref().and_then(|text| Record::parse(text).ok());
    let summary = bundle.summary(report, shown.now);
    let content = html! {
        header {
            div {
                p.kind { "Consent certificate" }
                h1 { bdi.long { (inline(&bundle.stated.company)) } }
                p { bdi.long { (inline(&bundle.stated.property)) } }
                p.id { code.hex { (bundle.certificate_id) } }
            }
            (replay(&bundle.certificate_id, origin))
        }
        main {
            div role="status" class={ "banner " (summary.name) } {
                strong { (summary.title) }
                p { (summary.sentence) }
            }
            @if let Some(record) = &record {
                (consents(bundle, record))
                (withheld(bundle))
                (session(bundle, record, *local))
            } @else {
                (remains(bundle))
            }
            (custody(bundle))
            @if let Some(record) = &record { (fingerprints(record)) }
            (signatures(bundle, origin))
            (checks(report))
        }
        footer {
            p {
                "Made by " (origin) " on " (time(shown.now)) ". Not legal advice."
            }
        }
    };
    page("Consent certificate", &content)
}

/// The code that leads to the session's recording, behind its gate.
fn replay(id: &CertificateId, origin: &str) -> Markup {
    let url = format!("{origin}/certificate/{id}/replay");
    html! {
        @if let Some(code) = Code::of(&url) {
            figure {
                svg viewBox={ "0 0 " (code.size()) " " (code.size()) } role="img"
                    shape-rendering="crispEdges" aria-label="QR code that leads to the session replay" {
                    rect width="100%" height="100%" fill="#fff" {}
                    path d=(code.path()) fill="#000" {}
                }
                figcaption { a href=(url) { "Session replay" } }
            }
        }
    }
}

pub(super) fn time(moment: Timestamp) -> Markup {
    let text = moment.to_string();
    html! { time datetime=(text) { (text) } }
}

/// Whose it is, when and where it was made, how long it is kept.
fn session(bundle: &Bundle, record: &Record, local: Option<&LocalTimes>) -> Markup {
    let stated = &bundle.stated;
    html! {
        section {
            h2 { "Session and times" }
            dl {
                dt { "Company" }
                dd { bdi.long { (inline(&stated.company)) } " " code { (record.company_id) } }
                dt { "Property" }
                dd { bdi.long { (inline(&stated.property)) } " " code { (record.property_id) } }
                dt { "Origin" } dd { code.long { (record.origin) } }
                dt { "Session" } dd { code.hex { (record.certificate_id.session()) } }
                dt { "Submitted, by the page's clock (UTC)" }
                dd { (time(record.timestamp)) " " code { (record.clock.as_str()) } }
                dt { "Received by this service (UTC)" } dd { (time(record.received_at)) }
                @if let Some(local) = local {
                    dt { "Consumer's time zone by IP address" } dd { (local.zone) }
                    @if let Some(submitted) = &local.submitted {
                        dt { "Submitted, in that zone" }
                        dd { time datetime=(submitted) { (submitted) } }
                    }
                    @if let Some(received) = &local.received {
                        dt { "Received, in that zone" }
                        dd { time datetime=(received) { (received) } }
                    }
                }
                dt { "Session attested" } dd { code { (record.attestation.as_str()) } }
                dt { "Id computed by" } dd { code { (record.minted_by.as_str()) } }
                dt { "Tracker" } dd { bdi.long { (inline(&record.tracker)) } }
                @if let Some(geo) = &record.geo {
                    dt { "Consumer's location by IP address" }
                    dd { (geo.country) @if !geo.region.is_empty() { ", " (geo.region) } }
                }
                dt { "Consumer's network" }
                dd { @match &stated.ip_network {
                    Some(network) => code { (network) },
                    None => "not shown",
                } }
                @if let Some(earlier) = &record.supersedes {
                    dt { "Replaces" } dd { code.hex { (earlier) } }
                }
                (expiry(bundle))
                dt { "SHA-256 of the record" }
                dd { code.hex {
                    (Digest::of(bundle.record.as_deref().unwrap_or_default().as_bytes()))
                } }
            }
            h3 { "Personal values" }
            p.note {
                "They are not public. The record holds a commitment to each, which the value and "
                "its salt open; the publisher and companies that claimed this certificate have both."
            }
            dl {
                @for (personal, commitment) in record.committed.iter() {
                    dt { (personal.as_str().replace('_', " ")) }
                    dd { code.hex { (commitment) } }
                }
            }
        }
    }
}

pub(super) fn expiry(bundle: &Bundle) -> Markup {
    html! {
        dt { "Evidence kept until" }
        dd { @match bundle.stated.expires_at {
            Some(end) => (time(end)),
            None => "for good, as a company has claimed it",
        } }
    }
}

/// What stays when the evidence cannot be shown.
fn remains(bundle: &Bundle) -> Markup {
    html! {
        section {
            h2 { "What is left" }
            dl {
                dt { "Company" } dd { bdi.long { (inline(&bundle.stated.company)) } }
                dt { "Property" } dd { bdi.long { (inline(&bundle.stated.property)) } }
                dt { "Session" } dd { code.hex { (bundle.certificate_id.session()) } }
                @if let Some(digest) = bundle.record_digest() {
                    dt { "SHA-256 of the record" } dd { code.hex { (digest) } }
                }
                (expiry(bundle))
            }
        }
    }
}

fn custody(bundle: &Bundle) -> Markup {
    html! {
        section {
            h2 { "Chain of custody" }
            div.scroll {
                table {
                    thead { tr {
                        th scope="col" { "#" } th scope="col" { "Event" }
                        th scope="col" { "Time (UTC)" } th scope="col" { "By" }
                        th scope="col" { "Hash of the link" }
                    } }
                    tbody {
                        @for event in bundle.custody.iter().map(|bundled| &bundled.event) {
                            tr {
                                td { (event.seq) }
                                td { (event.event_type.as_str().replace('_', " ")) }
                                td { (time(event.at)) }
                                td { @match &event.actor {
                                    Actor::Company(company) => code.hex { (company) },
                                    other => (other.as_str()),
                                } }
                                td { code.hex { (event.hash) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn fingerprints(record: &Record) -> Markup {
    let fingerprint = fingerprint(&record.consents);
    let payload = payload(&record.moment(), &fingerprint);
    html! {
        section {
            h2 { "How the id was computed" }
            dl {
                dt { "Fingerprint" } dd { code.long { (inline(&fingerprint)) } }
                dt { "Payload" } dd { code.long { (inline(&payload)) } }
                dt { "Entropy" } dd { code.hex { (record.entropy().base64url()) } }
                dt { "SHA-256 of payload and entropy" }
                dd { code.hex { (record.certificate_id.hash().base64url()) } }
            }
        }
    }
}

/// The page of an id under which nothing was ever received.
pub fn never_received(id: &CertificateId) -> Markup {
    nothing_to_show(
        "No such certificate",
        "There is no such certificate",
        "Nothing was ever received under this id. Whoever gave it to you does not have a \
         certificate of this service by it.",
        Some(id),
    )
}

/// The page of a certificate whose columns cannot be read.
pub fn unreadable(id: &CertificateId) -> Markup {
    nothing_to_show(
        "Consent certificate",
        "This certificate does not hold",
        "What is stored of it was changed so that it cannot even be read. Nothing about it can be \
         relied on.",
        Some(id),
    )
}

/// The page of an address that holds no certificate id.
pub fn malformed() -> Markup {
    nothing_to_show(
        "No certificate id",
        "This is no certificate id",
        "An id reads EC-, a session id, a hyphen and 43 characters.",
        None,
    )
}

fn nothing_to_show(title: &str, line: &str, why: &str, id: Option<&CertificateId>) -> Markup {
    let content = html! {
        main {
            div role="status" class="banner fails" {
                strong { (line) }
                p { (why) }
            }
            @if let Some(id) = id {
                p.id { code.hex { (id) } }
            }
        }
    };
    page(title, &content)
}
