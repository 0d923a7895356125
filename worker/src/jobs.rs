//! Work that follows a commit, through the Queue: nothing here is lost when a message is, since
//! the rows that ask for it stay until it is done and the cron looks for them too.

use std::cell::RefCell;
use std::collections::HashMap;

use econsent_core::ids::{ApiKeyId, Origin, PropertyId};
use econsent_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use worker::{Env, MessageBuilder, console_error};

use crate::app::App;
use crate::problem::Problem;
use crate::routes::installs::NoCertificate;
use crate::store::verifications::{self, Verified};
use crate::store::{accounts, holders, installs, keys, texts, webhooks};
use crate::{auto_share, consumer, delivery, mail, opt_out};

/// What is to be done.
#[derive(Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    /// Mails and deliveries may be due.
    Outbox,
    /// Orders of companies are open.
    Orders,
    /// Consumers have asked to opt out.
    OptOuts,
    /// A key was used.
    KeyUsed {
        /// Which.
        key_id: ApiKeyId,
        /// When.
        at: Timestamp,
    },
    /// A tracker was seen.
    Seen(Seen),
    /// Certificates were verified.
    Verified {
        /// By whom, and when.
        each: Vec<Verified>,
    },
}

/// What a tracker was seen to do.
#[derive(Serialize, Deserialize, Clone)]
pub struct Seen {
    /// Of which property.
    pub property_id: PropertyId,
    /// On which origin.
    pub origin: Origin,
    /// When, in milliseconds.
    pub at: i64,
    /// `session`, `certificate`, the code of the refusal, or the reason that a page gave.
    pub outcome: String,
    /// Whether the page gave it, for a submit without a certificate.
    #[serde(default)]
    pub is_reason: bool,
    /// The consents of a certificate.
    pub consents: Vec<SeenConsent>,
}

impl Seen {
    /// How a call ended.
    pub fn outcome(property: &PropertyId, origin: &Origin, outcome: &str, at: Timestamp) -> Self {
        Self {
            property_id: property.clone(),
            origin: origin.clone(),
            at: at.millis(),
            outcome: outcome.into(),
            is_reason: false,
            consents: Vec::new(),
        }
    }

    /// Why a submit came without a certificate.
    pub fn reason(
        property: &PropertyId,
        origin: &Origin,
        reason: NoCertificate,
        at: Timestamp,
    ) -> Self {
        Self { is_reason: true, ..Self::outcome(property, origin, reason.as_str(), at) }
    }
}

/// A consent record by name.
#[derive(Serialize, Deserialize, Clone, utoipa::ToSchema)]
pub struct SeenConsent {
    /// Its id.
    pub id: String,
    /// Its type.
    #[serde(rename = "type")]
    pub consent_type: String,
}

/// Sends a job. Failing is not the caller's concern: rows wait for the cron, notes may be lost.
pub async fn send(app: &App, job: &Job) {
    let Ok(jobs) = app.jobs() else { return };
    if let Err(error) = jobs.send(job).await {
        console_error!("queue: {error:?}");
    }
}

/// Sends a job that is due later.
pub async fn send_later(app: &App, job: &Job, seconds: u32) {
    let Ok(jobs) = app.jobs() else { return };
    let job = MessageBuilder::new(job).delay_seconds(seconds).build();
    if let Err(error) = jobs.send(job).await {
        console_error!("queue: {error:?}");
    }
}

/// For how long an isolate keeps the same note to itself, in milliseconds.
const COALESCED: i64 = 10_000;
/// Notes that an isolate remembers.
const REMEMBERED: usize = 1_000;

thread_local! {
    static NOTED: RefCell<HashMap<String, i64>> = RefCell::new(HashMap::new());
}

/// Whether a note of that name is the first in a while; the borrow ends before anything is awaited.
fn is_news(name: String, at: i64) -> bool {
    NOTED.with_borrow_mut(|noted| {
        if noted.get(&name).is_some_and(|last| at < last + COALESCED) {
            return false;
        }
        if noted.len() >= REMEMBERED {
            noted.clear();
        }
        noted.insert(name, at);
        true
    })
}

/// Notes what a tracker was seen to do, unless the same was noted just now.
pub async fn seen(app: &App, seen: Seen) {
    let name = format!("{} {} {}", seen.property_id, seen.origin, seen.outcome);
    if is_news(name, seen.at) {
        send(app, &Job::Seen(seen)).await;
    }
}

/// Asks for deliveries of certificates that will have settled; many at once ask once.
pub async fn settling(app: &App, now: Timestamp, seconds: u32) {
    if is_news("settling".into(), now.millis()) {
        // Late enough for what comes while this isolate keeps quiet.
        let quiet = u32::try_from(COALESCED / 1_000).unwrap_or(10);
        send_later(app, &Job::Outbox, seconds).await;
        send_later(app, &Job::Outbox, seconds + quiet).await;
    }
}

thread_local! {
    static UNNAMED: RefCell<(i64, Vec<Verified>)> = const { RefCell::new((0, Vec::new())) };
}

/// Verifications without a key that an isolate keeps to itself before it tells of them.
const UNNAMED_MOST: usize = 200;

/// Notes that certificates were verified. Those of a key are told at once; those of nobody in
/// particular are only counted, a while's together, and what an isolate ends with is lost.
pub async fn verified(app: &App, verified: Vec<Verified>) {
    let (named, unnamed): (Vec<_>, Vec<_>) =
        verified.into_iter().partition(|one| one.company_id.is_some());
    let counted = UNNAMED.with_borrow_mut(|(since, kept)| {
        kept.extend(unnamed);
        let last = kept.last()?.at;
        if kept.len() < UNNAMED_MOST && last < *since + COALESCED {
            return None;
        }
        *since = last;
        Some(std::mem::take(kept))
    });
    for each in [named, counted.unwrap_or_default()] {
        if !each.is_empty() {
            send(app, &Job::Verified { each }).await;
        }
    }
}

/// Does a batch of jobs, each kind once. What fails is logged; the cron does it later.
pub async fn run(app: &App, jobs: Vec<Job>) {
    let now = App::now();
    let (mut outbox, mut orders, mut opt_outs) = (false, false, false);
    let mut verified = Vec::new();
    let mut used: HashMap<ApiKeyId, Timestamp> = HashMap::new();
    let mut notes: HashMap<(PropertyId, Origin, String), Seen> = HashMap::new();
    for job in jobs {
        match job {
            Job::Outbox => outbox = true,
            Job::Orders => orders = true,
            Job::OptOuts => opt_outs = true,
            Job::Verified { each } => verified.extend(each),
            Job::KeyUsed { key_id, at } => {
                let last = used.entry(key_id).or_insert(at);
                *last = (*last).max(at);
            }
            Job::Seen(seen) => {
                let name = (seen.property_id.clone(), seen.origin.clone(), seen.outcome.clone());
                match notes.get_mut(&name) {
                    Some(noted) if noted.at >= seen.at => {}
                    _ => _ = notes.insert(name, seen),
                }
            }
        }
    }
    for (key, at) in used {
        log("keys", keys::used(&app.db, &key, at).await.map_err(Problem::from));
    }
    if !notes.is_empty() {
        let mut notes: Vec<_> = notes.into_values().collect();
        notes.sort_by_key(|seen| seen.at);
        log("installs", installs::note(&app.db, &notes).await.map_err(Problem::from));
    }
    if opt_outs {
        log("opt-outs", opt_out::spread(app).await);
    }
    if orders {
        log("orders", consumer::go_on(app).await);
    }
    if !verified.is_empty() {
        log("verifications", verifications::add(&app.db, &verified).await.map_err(Problem::from));
    }
    if outbox {
        log("mail", mail::send_due(app, now).await);
        share_and_project(app).await;
        log("deliveries", delivery::send_due(app, now).await);
    }
}

/// What follows a share or a claim at once: the lists of those whom it concerns, and webhooks.
pub async fn follow_up(env: &Env) {
    let Ok(app) = App::new(env) else { return };
    log("lists", project(&app).await);
    send(&app, &Job::Outbox).await;
}

/// Lists brought up to date in one go.
const PAGES: u32 = 20;

/// Brings lists up to date.
async fn project(app: &App) -> Result<(), Problem> {
    for _ in 0..PAGES {
        if !holders::project(&app.db).await? {
            break;
        }
    }
    Ok(())
}

/// Shares what has settled, ends what was shared under partnerships that were revoked, and brings
/// lists up to date.
async fn share_and_project(app: &App) {
    log("auto-share", auto_share::share_due(app).await);
    log("revoked partners", auto_share::end_orphans(app).await);
    log("lists", project(app).await);
}

/// What the cron does: everything that is due, and tidying up.
pub async fn sweep(app: &App) {
    let now = App::now();
    log("mail", mail::send_due(app, now).await);
    share_and_project(app).await;
    log("deliveries", delivery::send_due(app, now).await);
    log("opt-outs", opt_out::spread(app).await);
    log("orders", consumer::go_on(app).await);
    log("accounts", accounts::sweep(&app.db, now).await.map_err(Problem::from));
    log("staged texts", texts::sweep(&app.db, now).await.map_err(Problem::from));
    log("delivery log", webhooks::sweep(&app.db, now).await.map_err(Problem::from));
}

fn log(what: &str, result: Result<(), Problem>) {
    if let Err(problem) = result {
        console_error!("{what}: {}", problem.code());
    }
}
