//! The edge: signs, stores, verifies and shows certificates. This file is the events that the
//! runtime sends and nothing else.

mod app;
mod body;
mod cron;
mod pages;
mod problem;
mod router;
mod routes;
mod store;

use worker::{
    Context, Env, Request, Response, Result, ScheduleContext, ScheduledEvent, console_error, event,
};

/// An HTTP request; every failure has become a problem document by the time it gets here.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    router::answer(request, &env).await
}

/// The clock. A run that fails is made up for by the next one.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    let run = async { cron::expire_overdue(&app::App::new(&env)?).await };
    if let Err(problem) = run.await {
        console_error!("cron: {problem:?}");
    }
}
