//! `GET /certificates`: the owner's list, its search and filters; `GET /certificates/export`: all
//! that a filter lets through, as a stream.

use std::collections::VecDeque;

use econsent_core::access::Permission;
use econsent_core::certificate_id::CertificateId;
use econsent_core::consent::ConsentType;
use econsent_core::custody::Status;
use econsent_core::ids::{CompanyId, PropertyId, SessionId};
use econsent_core::listing::{Search, Standing, csv_cell, end, moment};
use econsent_core::record::{Attestation, Clock};
use econsent_core::time::Timestamp;
use futures_util::stream;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use worker::{Response, console_error};

use crate::app::App;
use crate::auth;
use crate::problem::Problem;
use crate::query::{self, invalid};
use crate::request::Request;
use crate::store::lists::{self, Filter, ListError, Listed, Page, Walk};

/// Items of one page, unless the caller says how many.
const PAGE: usize = 50;
/// Most items of one page.
const LONGEST_PAGE: usize = 100;
/// Items that an export reads, writes and lets go of at once.
const EXPORTED: usize = 500;

/// What a list is narrowed by; all of it has to hold.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// A certificate id, a session id, a domain, a state (`FL` or its name), or words that one of
    /// the certificate's consent texts has.
    search: Option<String>,
    /// Of this website.
    property_id: Option<PropertyId>,
    /// Consent of this type was given.
    r#type: Option<ConsentType>,
    /// What the certificate is to the owner.
    status: Option<Standing>,
    /// Received on this day (UTC) or at this moment, or later.
    #[param(example = "2026-04-01")]
    from: Option<String>,
    /// Received on this day (UTC) at the latest, or before this moment.
    #[param(example = "2026-04-30")]
    to: Option<String>,
    /// Items of a page.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<CertificateId>,
    /// Of an export: `csv` or `json`.
    format: Option<Format>,
}

/// What an export is written in.
#[derive(Deserialize, ToSchema, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
#[schema(as = ExportFormat)]
pub enum Format {
    /// RFC 4180, with a header line; cells that a spreadsheet would take for formulas have an
    /// apostrophe in front.
    Csv,
    /// An array.
    Json,
}

/// A certificate in a list.
#[derive(Serialize, ToSchema)]
#[schema(as = ListedCertificate)]
pub struct Item {
    certificate_id: CertificateId,
    session_id: SessionId,
    property_id: PropertyId,
    property: String,
    domain: String,
    /// When the form was submitted.
    timestamp: Timestamp,
    received_at: Timestamp,
    /// Of the consent that was given.
    consent_types: Vec<ConsentType>,
    country: Option<String>,
    /// By IP address.
    state: Option<String>,
    attestation: Option<Attestation>,
    clock: Option<Clock>,
    /// None when what is stored was changed.
    status: Option<Standing>,
    /// Companies that hold a claim.
    claims: usize,
    /// Since when the consumer has opted out with this company.
    revoked_at: Option<Timestamp>,
    /// Until when the evidence is kept; for good while it is claimed.
    expires_at: Option<Timestamp>,
}

/// A page of a list, the newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = CertificateList)]
pub struct List {
    items: Vec<Item>,
    limit: usize,
    /// Where the next page begins; none at the end. A page may be short and not be the last one.
    next_cursor: Option<CertificateId>,
}

/// The company's certificates, the newest first.
#[utoipa::path(get, path = "/certificates", tag = "certificates", params(Asked),
    responses((status = 200, description = "A page of the list.", body = List)))]
pub async fn list(request: Request, app: &App) -> Result<Response, Problem> {
    let caller = auth::require(&request, app, Permission::View).await?;
    let asked: Asked = query::read(&request)?;
    let limit = asked.limit.unwrap_or(PAGE);
    if !(1..=LONGEST_PAGE).contains(&limit) {
        return Err(Problem::new(422, "limit_exceeded", "A page has 1 to 100 items."));
    }
    let walk =
        lists::walk(&app.db, &caller.company, &asked.filter()?, asked.cursor.as_ref()).await?;
    let Page { items, next } = lists::page(&app.db, &caller.company, &walk, limit).await?;
    let now = App::now();
    let list = List {
        items: items.into_iter().map(|listed| Item::of(listed, now)).collect(),
        limit,
        next_cursor: next.map(|place| place.id),
    };
    Ok(Response::from_json(&list)?)
}

/// Everything that a filter lets through, as a stream: no more of it is held at once than one
/// chunk. What breaks off is an answer that was cut short, and never one that looks complete.
#[utoipa::path(get, path = "/certificates/export", tag = "certificates", params(Asked),
    responses((status = 200, description = "The certificates.", content(
        (Vec<Item> = "application/json"), (String = "text/csv")))))]
pub async fn export(request: Request, app: App) -> Result<Response, Problem> {
    let caller = auth::require(&request, &app, Permission::View).await?;
    let asked: Asked = query::read(&request)?;
    if asked.limit.is_some() || asked.cursor.is_some() {
        return Err(invalid("An export has neither a limit nor a cursor."));
    }
    let format = asked.format.unwrap_or(Format::Json);
    let walk = lists::walk(&app.db, &caller.company, &asked.filter()?, None).await?;
    let export = Export { app, company: caller.company, format, walk: Some(walk), empty: true };
    let start = VecDeque::from([export.start()]);
    let chunks = stream::try_unfold((export, start), |(mut export, mut ready)| async move {
        loop {
            if let Some(chunk) = ready.pop_front() {
                return Ok(Some((chunk.into_bytes(), (export, ready))));
            }
            match export.chunk().await {
                Ok(Some(chunk)) => ready.push_back(chunk),
                Ok(None) => return Ok(None),
                Err(problem) => {
                    console_error!("export: {}", problem.code());
                    return Err(worker::Error::RustError("the export broke off".into()));
                }
            }
        }
    });
    let mut response = Response::from_stream(chunks)?;
    let headers = response.headers_mut();
    let (mime, name) = match format {
        Format::Csv => ("text/csv; charset=utf-8; header=present", "certificates.csv"),
        Format::Json => ("application/json", "certificates.json"),
    };
    headers.set("Content-Type", mime)?;
    headers.set("Content-Disposition", &format!("attachment; filename=\"{name}\""))?;
    Ok(response)
}

/// An export on its way.
struct Export {
    app: App,
    company: CompanyId,
    format: Format,
    /// None at the end.
    walk: Option<Walk>,
    empty: bool,
}

impl Export {
    fn start(&self) -> String {
        match self.format {
            Format::Json => "[".into(),
            Format::Csv => format!("{}\r\n", COLUMNS.map(csv_cell).join(",")),
        }
    }

    /// What comes next; none after the end.
    async fn chunk(&mut self) -> Result<Option<String>, Problem> {
        let Some(walk) = self.walk.take() else { return Ok(None) };
        let Page { items, next } =
            lists::page(&self.app.db, &self.company, &walk, EXPORTED).await?;
        let now = App::now();
        let mut chunk = String::new();
        for listed in items {
            let item = Item::of(listed, now);
            match self.format {
                Format::Csv => {
                    chunk.push_str(&item.csv());
                    chunk.push_str("\r\n");
                }
                Format::Json => {
                    chunk.push_str(if self.empty { "\n" } else { ",\n" });
                    let json = serde_json::to_string(&item)
                        .map_err(|error| Problem::deployment("json", &error))?;
                    chunk.push_str(&json);
                }
            }
            self.empty = false;
        }
        match next {
            Some(place) => self.walk = Some(walk.behind(place)),
            None if self.format == Format::Json => chunk.push_str("\n]\n"),
            None => {}
        }
        Ok(Some(chunk))
    }
}

/// The columns of a CSV export, by the members of an item.
const COLUMNS: [&str; 16] = [
    "certificate_id",
    "session_id",
    "property_id",
    "property",
    "domain",
    "timestamp",
    "received_at",
    "consent_types",
    "country",
    "state",
    "attestation",
    "clock",
    "status",
    "claims",
    "revoked_at",
    "expires_at",
];

impl Item {
    fn of(listed: Listed, now: Timestamp) -> Self {
        let status = listed.status.map(|status| {
            let over = listed.expires_at.is_some_and(|end| end <= now);
            match (status, listed.revoked_at, listed.claims) {
                (Status::Expired, ..) => Standing::Expired,
                _ if over => Standing::Expired,
                (_, Some(_), _) => Standing::Revoked,
                (_, None, 0) => Standing::Active,
                _ => Standing::Claimed,
            }
        });
        let (country, region) = listed.place.unzip();
        Self {
            session_id: listed.id.session().clone(),
            certificate_id: listed.id,
            property_id: listed.property_id,
            property: listed.property,
            domain: listed.domain,
            timestamp: listed.timestamp,
            received_at: listed.received_at,
            consent_types: listed.consent_types,
            country,
            state: region.filter(|region| !region.is_empty()),
            attestation: listed.attestation,
            clock: listed.clock,
            status,
            claims: listed.claims,
            revoked_at: listed.revoked_at,
            expires_at: listed.expires_at,
        }
    }

    fn csv(&self) -> String {
        let moment = |moment: Option<Timestamp>| moment.map(String::from).unwrap_or_default();
        let types: Vec<_> = self.consent_types.iter().map(|found| found.as_str()).collect();
        let cells: [String; 16] = [
            self.certificate_id.to_string(),
            self.session_id.to_string(),
            self.property_id.to_string(),
            self.property.clone(),
            self.domain.clone(),
            self.timestamp.to_string(),
            self.received_at.to_string(),
            types.join(" "),
            self.country.clone().unwrap_or_default(),
            self.state.clone().unwrap_or_default(),
            self.attestation.map(|word| word.as_str().into()).unwrap_or_default(),
            self.clock.map(|word| word.as_str().into()).unwrap_or_default(),
            self.status.map(|word| word.as_str().into()).unwrap_or_default(),
            self.claims.to_string(),
            moment(self.revoked_at),
            moment(self.expires_at),
        ];
        cells.map(|cell| csv_cell(&cell)).join(",")
    }
}

impl Asked {
    fn filter(&self) -> Result<Filter, Problem> {
        let search = self.search.as_deref().map(str::trim).filter(|typed| !typed.is_empty());
        let date = |read: fn(&str) -> Option<Timestamp>, text: &Option<String>| {
            let read = |text: &String| {
                read(text)
                    .ok_or_else(|| invalid("A date reads 2026-04-17 or 2026-04-17T11:00:00.000Z."))
            };
            text.as_ref().map(read).transpose()
        };
        Ok(Filter {
            search: search
                .map(|typed| Search::parse(&query::host(typed)))
                .transpose()
                .map_err(invalid)?,
            property: self.property_id.clone(),
            consent_type: self.r#type,
            standing: self.status,
            from: date(moment, &self.from)?,
            to: date(end, &self.to)?,
        })
    }
}

impl From<ListError> for Problem {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Broad => Self::new(422, "search_too_broad", error),
            ListError::Cursor => Self::invalid("invalid_cursor", error),
            ListError::Store(error) => error.into(),
        }
    }
}
