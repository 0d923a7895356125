//! What handlers work with: the database, the keys, the settings. Read once per isolate where it
//! cannot change within one.

use std::cell::{Cell, OnceCell};
use std::rc::Rc;

use econsent_core::head::SigningKeys;
use econsent_core::ids::{IdError, Origin};
use econsent_core::keys::{Ed25519Key, HmacKey, Ring};
use econsent_core::time::Timestamp;
use worker::{Bucket, Date, Env, Fetcher, KvStore, Queue, RateLimiter};

use crate::mail::Mailer;
use crate::problem::Problem;
use crate::store::Db;

/// One request's view of the service.
pub struct App {
    /// The database of certificates.
    pub db: Db,
    /// Every signing key.
    pub keys: Rc<Keys>,
    /// Whether the demo form's receiver answers; set in development only.
    pub demo: bool,
    /// The static files.
    pub assets: Fetcher,
    /// Where people reach this service.
    pub public_url: PublicUrl,
    /// What follows a commit.
    pub jobs: Queue,
    /// Tracker settings of properties.
    pub settings: KvStore,
    /// The bytes of recordings.
    pub recordings: Bucket,
    /// Flood control; none where a test has switched it off.
    pub limiters: Option<Limiters>,
    /// How mail goes out; none where nobody takes it.
    pub mailer: Option<Mailer>,
    /// Set when something waits for what follows a commit.
    pub follow_up: Cell<bool>,
    /// Whether tests may let round trips fail; set in development only.
    pub faults: bool,
    /// Whether webhooks may go to this machine; set in development only.
    pub webhooks_loopback: bool,
}

/// Where people reach this service: links are made from it, and only its own pages change state.
#[derive(Debug, Clone)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// Reads an origin, with or without a slash at the end.
    ///
    /// # Errors
    /// [`IdError::Origin`] for anything else.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let origin = text.strip_suffix('/').unwrap_or(text);
        Origin::parse(origin).map(|origin| Self(origin.into()))
    }

    /// As browsers put it in the `Origin` header.
    pub fn origin(&self) -> &str {
        &self.0
    }

    /// Whether it is reached over https.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// The address of a path that begins with a slash.
    pub fn with(&self, path: &str) -> String {
        [&self.0, path].concat()
    }
}

/// Keys from the secrets; parsing them and expanding Ed25519 seeds costs more than a request.
pub struct Keys {
    /// Keys of records and custody heads.
    pub signing: SigningKeys,
    /// Keys of session tokens.
    pub tokens: Ring<HmacKey>,
    /// Master keys of the contact index.
    pub lookups: Ring<HmacKey>,
    /// Keys that webhooks' secrets are derived from.
    pub webhooks: Ring<HmacKey>,
}

thread_local! {
    static KEYS: OnceCell<Rc<Keys>> = const { OnceCell::new() };
}

impl App {
    /// Gathers what a request needs from the environment.
    ///
    /// # Errors
    /// A 500 when the deployment lacks a binding or a secret.
    pub fn new(env: &Env) -> Result<Self, Problem> {
        let keys = KEYS.with(|cell| match cell.get() {
            Some(keys) => Ok(Rc::clone(keys)),
            None => {
                let keys = Rc::new(Keys::read(env)?);
                // A request that came first has filled it with the same keys.
                _ = cell.set(Rc::clone(&keys));
                Ok::<_, Problem>(keys)
            }
        })?;
        let db = env.d1("DB").map_err(|error| Problem::deployment("DB", &error))?;
        let variable = |name| env.var(name).ok().map(|value| value.to_string());
        let is_set = |name| variable(name).is_some_and(|value| value == "true");
        let public_url = PublicUrl::parse(&variable("PUBLIC_URL").unwrap_or_default())
            .map_err(|error| Problem::deployment("PUBLIC_URL", &error))?;
        // Never where people reach it over https.
        let faults = is_set("FAULTS") && !public_url.is_https();
        Ok(Self {
            db: Db::new(db, faults),
            keys,
            demo: is_set("DEMO"),
            assets: env.assets("ASSETS").map_err(|e| Problem::deployment("ASSETS", &e))?,
            public_url,
            jobs: env.queue("JOBS").map_err(|error| Problem::deployment("JOBS", &error))?,
            settings: env.kv("SETTINGS").map_err(|e| Problem::deployment("SETTINGS", &e))?,
            recordings: env
                .bucket("RECORDINGS")
                .map_err(|error| Problem::deployment("RECORDINGS", &error))?,
            limiters: limiters(env)?,
            mailer: variable("MAIL_URL").map(|url| Mailer {
                url,
                from: variable("MAIL_FROM").unwrap_or_default(),
                token: env.secret("MAIL_TOKEN").map(|token| token.to_string()).unwrap_or_default(),
            }),
            follow_up: Cell::new(false),
            faults,
            webhooks_loopback: is_set("WEBHOOKS_LOOPBACK"),
        })
    }

    /// The server's time.
    pub fn now() -> Timestamp {
        let millis = i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millis(millis).unwrap_or(Timestamp::MAX)
    }

    /// 16 random bytes from the runtime's generator.
    ///
    /// # Errors
    /// A 500 when there is none: nothing is ever signed over predictable bytes.
    pub fn random<const N: usize>() -> Result<[u8; N], Problem> {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes).map_err(|error| Problem::deployment("randomness", &error))?;
        Ok(bytes)
    }
}

/// The platform's limiters, by how much one address may ask.
pub struct Limiters {
    /// Of what people and their programs call.
    pub calls: RateLimiter,
    /// Of what the visitors of every form and busy dialers call, many behind one address.
    pub busy: RateLimiter,
}

fn limiters(env: &Env) -> Result<Option<Limiters>, Problem> {
    if env.var("FLOOD_CONTROL").is_ok_and(|control| control.to_string() == "off") {
        return Ok(None);
    }
    let limiter = |name| env.rate_limiter(name).map_err(|e| Problem::deployment(name, &e));
    Ok(Some(Limiters { calls: limiter("CALLS_LIMITER")?, busy: limiter("BUSY_LIMITER")? }))
}

impl Keys {
    fn read(env: &Env) -> Result<Self, Problem> {
        let secret = |name: &'static str| {
            env.secret(name)
                .map(|secret| secret.to_string())
                .map_err(|error| Problem::deployment(name, &error))
        };
        let hmac = |name| {
            Ring::<HmacKey>::parse(&secret(name)?)
                .map_err(|error| Problem::deployment(name, &error))
        };
        let ed25519 = |name| {
            Ring::<Ed25519Key>::parse(&secret(name)?)
                .map_err(|error| Problem::deployment(name, &error))
        };
        Ok(Self {
            signing: SigningKeys {
                record_hmac: hmac("RECORD_HMAC_KEYS")?,
                record_ed25519: ed25519("RECORD_ED25519_KEYS")?,
                head_hmac: hmac("HEAD_HMAC_KEYS")?,
                head_ed25519: ed25519("HEAD_ED25519_KEYS")?,
            },
            tokens: hmac("TOKEN_KEYS")?,
            lookups: hmac("LOOKUP_KEYS")?,
            webhooks: hmac("WEBHOOK_KEYS")?,
        })
    }
}
