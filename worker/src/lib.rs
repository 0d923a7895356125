//! The edge: signs, stores, verifies and shows certificates. This file is the events that the
//! runtime sends and nothing else.

mod app;
mod auth;
mod auto_share;
mod body;
mod claiming;
mod configured;
mod consumer;
mod cron;
mod delivery;
mod development;
mod evidence;
mod fetch;
mod jobs;
mod keys;
mod limit;
mod local;
mod mail;
pub mod openapi;
mod opt_out;
mod pages;
mod problem;
mod query;
mod recordings;
mod request;
mod router;
mod routes;
mod settings;
mod sharing;
mod store;

use worker::js_sys::futures::spawn_local;
use worker::js_sys::{Reflect, global};
use worker::wasm_bindgen::{JsValue, intern};
use worker::{
    Context, Env, MessageBatch, Response, Result, ScheduleContext, ScheduledEvent, console_error,
    event,
};

use crate::app::App;
use crate::jobs::Job;
use crate::request::Request;

/// Rows, records and documents are many small strings, for which it is faster than Rust's own.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Names and values that most requests hand to the runtime, whose strings for them are kept: decoding
/// strings took 11 µs of a call of `verify/match`, and takes 3 since.
const INTERNED: [&str; 11] = [
    "*",
    "Access-Control-Allow-Origin",
    "Authorization",
    "Cache-Control",
    "Content-Length",
    "Transfer-Encoding",
    "X-Content-Type-Options",
    "application/json",
    "content-type",
    "no-store",
    "nosniff",
];

/// Once per isolate, before anything else. The bindings wake their futures by `queueMicrotask`, for
/// which workerd leaves its engine and comes back each time; where it is missing they take the
/// reaction of a settled promise, at a fraction of the cost. Nothing else here asks for it.
#[event(start)]
fn start() {
    _ = Reflect::set(&global(), &"queueMicrotask".into(), &JsValue::UNDEFINED);
    for text in INTERNED {
        intern(text);
    }
    // It is made by the first future that is woken, and is to be of no request.
    spawn_local(async {});
}

/// An HTTP request; every failure has become a problem document by the time it gets here.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> Result<Response> {
    router::answer(request, &env, &context).await
}

/// Work that follows a commit. It never fails as a whole: what could not be done is a row that the
/// next sweep finds.
#[event(queue)]
async fn queue(batch: MessageBatch<Job>, env: Env, _context: Context) -> Result<()> {
    let Ok(app) = App::new(&env) else {
        batch.retry_all();
        return Ok(());
    };
    // A message of a release that is gone cannot be read, and is let go.
    jobs::run(&app, batch.iter().flatten().map(|message| message.into_body()).collect()).await;
    Ok(())
}

/// The clock. A run that fails is made up for by the next one.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let Ok(app) = App::new(&env) else { return };
    jobs::sweep(&app).await;
    if let Err(problem) = cron::expire_overdue(&app).await {
        console_error!("cron: {problem:?}");
    }
    if let Err(problem) = recordings::purge(&app).await {
        console_error!("recordings: {problem:?}");
    }
}
