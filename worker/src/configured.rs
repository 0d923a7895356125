//! What a deployment is told by its variables, secrets and bindings. Parsing keys and expanding
//! Ed25519 seeds costs more than a request, so an isolate keeps what it made of them for as long as
//! they are the same: the platform may go on with an isolate whose secrets have changed, and a key
//! that was taken back must sign nothing more.

use std::cell::RefCell;
use std::rc::Rc;

use worker::js_sys::Reflect;
use worker::wasm_bindgen::JsValue;
use worker::{D1Database, Env, EnvBinding as _};

use crate::app::PublicUrl;
use crate::keys::Keys;
use crate::problem::Problem;

/// What every request needs of it.
#[derive(Clone)]
pub struct Configured {
    /// The database of certificates.
    pub database: Rc<D1Database>,
    /// Every signing key.
    pub keys: Rc<Keys>,
    /// Where people reach this service.
    pub public_url: Rc<PublicUrl>,
    /// Whether the demo form's receiver answers; set in development only.
    pub demo: bool,
    /// Whether tests may let round trips fail; set in development only.
    pub faults: bool,
    /// Whether webhooks may go to this machine; set in development only.
    pub webhooks_loopback: bool,
    /// Whether addresses may call as much as they like, where a test has switched flood control off.
    pub floods: bool,
}

thread_local! {
    static KEPT: RefCell<Option<Kept<JsValue, Configured>>> = const { RefCell::new(None) };
}

impl Configured {
    /// What an environment says.
    ///
    /// # Errors
    /// A 500 when the deployment lacks a binding or a secret that every request needs, or has one
    /// that cannot be read.
    pub fn of(env: &Env) -> Result<Self, Problem> {
        let look_up = |name: &JsValue| Reflect::get(env, name).unwrap_or(JsValue::UNDEFINED);
        KEPT.with_borrow_mut(|kept| Kept::of(kept, look_up, Self::read))
    }

    fn read(told: &dyn Fn(&'static str) -> JsValue) -> Result<Self, Problem> {
        let text = |name| told(name).as_string();
        let is = |name, word| text(name).is_some_and(|value| value == word);
        let missing = |name| Problem::deployment(name, &"it is missing");
        let database = Some(told("DB")).filter(|database| !database.is_undefined());
        let database = D1Database::get(database.ok_or_else(|| missing("DB"))?)
            .map_err(|error| Problem::deployment("DB", &error))?;
        let public_url = PublicUrl::parse(&text("PUBLIC_URL").unwrap_or_default())
            .map_err(|error| Problem::deployment("PUBLIC_URL", &error))?;
        Ok(Self {
            database: Rc::new(database),
            keys: Rc::new(Keys::read(|name| text(name).ok_or_else(|| missing(name)))?),
            demo: is("DEMO", "true"),
            // Never where people reach it over https.
            faults: is("FAULTS", "true") && !public_url.is_https(),
            webhooks_loopback: is("WEBHOOKS_LOOPBACK", "true"),
            floods: is("FLOOD_CONTROL", "off"),
            public_url: Rc::new(public_url),
        })
    }
}

/// Something that was made of values, and what they were: each with the name it was read by.
struct Kept<V, T> {
    read: Vec<(V, V)>,
    made: T,
}

impl<V, T> Kept<V, T>
where
    V: From<&'static str> + PartialEq + Clone,
    T: Clone,
{
    /// What is kept, if all that it was made of is still the same; or else it is made again.
    fn of<E>(
        kept: &mut Option<Self>,
        look_up: impl Fn(&V) -> V,
        make: impl FnOnce(&dyn Fn(&'static str) -> V) -> Result<T, E>,
    ) -> Result<T, E> {
        match kept {
            Some(kept) if kept.read.iter().all(|(name, value)| look_up(name) == *value) => {
                Ok(kept.made.clone())
            }
            _ => {
                let read = RefCell::new(Vec::new());
                let made = make(&|name| {
                    let name = V::from(name);
                    let value = look_up(&name);
                    read.borrow_mut().push((name, value.clone()));
                    value
                })?;
                *kept = Some(Self { read: read.into_inner(), made: made.clone() });
                Ok(made)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use econsent_core::keys::Key;
    use econsent_core::time::Timestamp;

    use super::Kept;
    use crate::keys::Keys;
    use crate::problem::Problem;

    type KeptKeys = Option<Kept<String, Rc<Keys>>>;

    /// A ring whose key is called like its secret, but for the one that is rotated.
    fn secret(name: &str, rotated: &str) -> String {
        let number = if name == rotated { 2 } else { 1 };
        let (name, secret) = (name.to_lowercase(), "dGhpcnR5LXR3byBieXRlcyBmb3IgdGVzdHMgb25seSE");
        let kid = format!("{}-{number}", name.replace('_', "-"));
        format!(r#"[{{"kid":"{kid}","secret":"{secret}","from":"2026-01-01T00:00:00.000Z"}}]"#)
    }

    fn keys(kept: &mut KeptKeys, rotated: &str) -> Rc<Keys> {
        let make = |told: &dyn Fn(&'static str) -> String| Keys::read(|name| Ok(told(name)));
        let made = Kept::of(kept, |name| secret(name, rotated), |told| make(told).map(Rc::new));
        made.map_err(|problem: Problem| format!("{problem:?}")).unwrap()
    }

    fn signs(keys: &Keys) -> String {
        let now = Timestamp::parse("2026-11-22T00:00:00.000Z").unwrap();
        keys.signing.record_hmac.current(now).unwrap().id().to_string()
    }

    #[test]
    fn keys_are_parsed_once_for_as_long_as_the_secrets_are_the_same() {
        let mut kept = None;
        let first = keys(&mut kept, "");
        assert!(Rc::ptr_eq(&first, &keys(&mut kept, "")));
    }

    #[test]
    fn a_secret_that_changed_holds_for_the_next_request_of_the_same_isolate() {
        let mut kept = None;
        assert_eq!(signs(&keys(&mut kept, "")), "record-hmac-keys-1");
        assert_eq!(signs(&keys(&mut kept, "RECORD_HMAC_KEYS")), "record-hmac-keys-2");
        let first = keys(&mut kept, "RECORD_HMAC_KEYS");
        assert!(!Rc::ptr_eq(&first, &keys(&mut kept, "WEBHOOK_KEYS")));
    }

    #[test]
    fn what_cannot_be_made_is_not_kept() {
        let mut kept: Option<Kept<String, ()>> = None;
        let failed = Kept::of(&mut kept, String::clone, |told| Err(told("RECORD_HMAC_KEYS")));
        assert_eq!(failed, Err("RECORD_HMAC_KEYS".to_owned()));
        assert!(kept.is_none());
    }
}
