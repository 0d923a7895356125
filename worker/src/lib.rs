//! The edge: signs, stores, verifies and shows certificates. This file is the events that the
//! runtime sends and nothing else.

mod app;
mod body;
mod problem;
mod router;
mod routes;
mod store;

use worker::{Context, Env, Request, Response, Result, event};

/// An HTTP request; every failure has become a problem document by the time it gets here.
#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    router::answer(request, &env).await
}
