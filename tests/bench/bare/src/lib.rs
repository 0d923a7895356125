//! The least that a route with one query is in the bindings that the worker is written with: reads a
//! body, asks the database, answers. `cargo xtask bench throughput` holds verifying against it, and
//! against the same in JavaScript. It is called and woken as the worker is, by `worker/entry.js`.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::{Deserialize, Serialize};
use worker::js_sys::futures::{JsFuture, spawn_local};
use worker::js_sys::{Reflect, Uint8Array, global};
use worker::wasm_bindgen::JsValue;
use worker::{Context, Env, FromRequest, Response, Result, event, web_sys};

/// A request, of which nothing is read that is not needed.
struct Request(web_sys::Request);

impl FromRequest for Request {
    fn from_raw(raw: web_sys::Request) -> Result<Self, impl Into<Box<dyn std::error::Error>>> {
        Ok::<_, worker::Error>(Self(raw))
    }
}

#[derive(Deserialize)]
struct Asked {
    certificate_id: String,
}

#[derive(Serialize, Deserialize)]
struct Row {
    session_id: String,
    domain: String,
    received_at: f64,
}

#[event(start)]
fn start() {
    _ = Reflect::set(&global(), &"queueMicrotask".into(), &JsValue::UNDEFINED);
    spawn_local(async {});
}

#[event(fetch)]
async fn fetch(request: Request, env: Env, _context: Context) -> Result<Response> {
    let body = JsFuture::from(request.0.array_buffer()?).await?;
    let asked: Asked = serde_json::from_slice(&Uint8Array::new(&body).to_vec())?;
    let id = asked.certificate_id;
    let hash = id.len().checked_sub(43).and_then(|at| id.get(at..)).unwrap_or_default();
    let hash = Base64UrlUnpadded::decode_vec(hash).unwrap_or_default();
    let row: Option<Row> = env
        .d1("DB")?
        .prepare("SELECT session_id, domain, received_at FROM certificates WHERE hash = unhex(?1)")
        .bind(&[base16ct::lower::encode_string(&hash).into()])?
        .first(None)
        .await?;
    Response::from_json(&row)
}
