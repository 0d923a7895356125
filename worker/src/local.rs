//! What the consumer's clock showed: the runtime knows the time zone database, so that the code needs
//! none of its own (ECMA-402 §11, `timeZoneName`).

use econsent_core::bundle::Bundle;
use econsent_core::record::Record;
use econsent_core::time::Timestamp;
use econsent_core::timezone::{LocalTimes, Offset, TimeZone};
use worker::js_sys::{Date, Function, Object, Reflect};
use worker::wasm_bindgen::{JsCast as _, JsValue};

/// A certificate's moments in its consumer's time zone; none when it names no zone.
pub fn times(bundle: &Bundle) -> Option<LocalTimes> {
    let record = Record::parse(bundle.record.as_deref()?).ok()?;
    let zone = bundle.timezone()?;
    let local = |moment| Some(offset(&zone, moment)?.local(moment));
    let (submitted, received) = (local(record.timestamp), local(record.received_at));
    Some(LocalTimes { zone, submitted, received })
}

/// How far a zone is from UTC at a moment; none for a zone that the runtime does not know, which
/// it says by throwing.
fn offset(zone: &TimeZone, moment: Timestamp) -> Option<Offset> {
    #[expect(clippy::cast_precision_loss, reason = "moments are below 2^53")]
    let date = Date::new(&JsValue::from_f64(moment.millis() as f64));
    let options = Object::new();
    Reflect::set(&options, &"timeZone".into(), &zone.as_str().into()).ok()?;
    Reflect::set(&options, &"timeZoneName".into(), &"longOffset".into()).ok()?;
    let write = Reflect::get(&date, &"toLocaleTimeString".into()).ok()?;
    let write: Function = write.dyn_into().ok()?;
    let text = write.call2(&date, &"en-US".into(), &options).ok()?.as_string()?;
    Offset::parse(text.get(text.rfind("GMT")?..)?)
}
