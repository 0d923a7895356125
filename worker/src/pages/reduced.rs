//! A certificate of a property that shows everybody no more than ids, times and status
//! (contract §7): as a page and as JSON. What is told was checked over all of the evidence.

use econsent_core::bundle::Bundle;
use econsent_core::certificate_id::CertificateId;
use econsent_core::ids::{CompanyId, PropertyId};
use econsent_core::record::Record;
use econsent_core::time::Timestamp;
use maud::{Markup, html};
use serde::Serialize;

use super::certificate::{Shown, expiry, time};
use super::page;

/// What everybody may know.
#[derive(Serialize)]
pub struct Reduced<'a> {
    level: &'static str,
    certificate_id: &'a CertificateId,
    company_id: Option<CompanyId>,
    property_id: Option<PropertyId>,
    /// What the checks came to.
    verdict: &'static str,
    /// `holds`, `expired`, `revoked`, `undecided` or `fails`.
    status: &'static str,
    timestamp: Option<Timestamp>,
    received_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
}

impl<'a> Reduced<'a> {
    /// What is left of a certificate.
    pub fn of(shown: &Shown<'a>) -> Self {
        let Shown { bundle, report, now, .. } = shown;
        let record = record(bundle);
        Self {
            level: "reduced",
            certificate_id: &bundle.certificate_id,
            company_id: record.as_ref().map(|record| record.company_id.clone()),
            property_id: record.as_ref().map(|record| record.property_id.clone()),
            verdict: report.verdict().as_str(),
            status: bundle.summary(report, *now).name,
            timestamp: record.as_ref().map(|record| record.timestamp),
            received_at: record.as_ref().map(|record| record.received_at),
            expires_at: bundle.stated.expires_at,
        }
    }
}

fn record(bundle: &Bundle) -> Option<Record> {
    bundle.record.as_deref().and_then(|text| Record::parse(text).ok())
}

/// The page.
pub fn render(shown: &Shown<'_>) -> Markup {
    let Shown { bundle, report, origin, .. } = shown;
    let summary = bundle.summary(report, shown.now);
    let content = html! {
        header {
            div {
                p.kind { "Consent certificate" }
                h1 { code.hex { (bundle.certificate_id) } }
            }
        }
        main {
            div role="status" class={ "banner " (summary.name) } {
                strong { (summary.title) }
                p { (summary.sentence) }
            }
            section {
                h2 { "Ids and times" }
                dl {
                    dt { "Session" } dd { code.hex { (bundle.certificate_id.session()) } }
                    @if let Some(record) = record(bundle) {
                        dt { "Company" } dd { code.hex { (record.company_id) } }
                        dt { "Property" } dd { code.hex { (record.property_id) } }
                        dt { "Submitted, by the page's clock (UTC)" } dd { (time(record.timestamp)) }
                        dt { "Received by this service (UTC)" } dd { (time(record.received_at)) }
                    }
                    (expiry(bundle))
                }
                p.note {
                    "The publisher shows the evidence to its own people and to companies that it "
                    "shares the certificate with. The banner above comes from checking all of it."
                }
            }
        }
        footer { p { "Made by " (origin) " on " (time(shown.now)) ". Not legal advice." } }
    };
    page("Consent certificate", &content)
}
