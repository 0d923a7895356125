//! What handlers work with: the database, the keys, the settings. What few of them need is looked up
//! when they ask for it: on the way to every other answer it would only cost.

use std::cell::Cell;
use std::rc::Rc;

use econsent_core::ids::{IdError, Origin};
use econsent_core::time::Timestamp;
use worker::js_sys::Date;
use worker::{Bucket, Env, Fetcher, KvStore, Queue, RateLimiter};

use crate::configured::Configured;
use crate::keys::Keys;
use crate::mail::Mailer;
use crate::problem::Problem;
use crate::store::Db;

/// One request's view of the service.
pub struct App {
    env: Env,
    /// The database of certificates.
    pub db: Db,
    /// Every signing key.
    pub keys: Rc<Keys>,
    /// Whether the demo form's receiver answers; set in development only.
    pub demo: bool,
    /// Where people reach this service.
    pub public_url: Rc<PublicUrl>,
    /// Set when something waits for what follows a commit.
    pub follow_up: Cell<bool>,
    /// Whether tests may let round trips fail; set in development only.
    pub faults: bool,
    /// Whether webhooks may go to this machine; set in development only.
    pub webhooks_loopback: bool,
    /// Whether flood control is off.
    floods: bool,
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

impl App {
    /// Gathers what a request needs from the environment.
    ///
    /// # Errors
    /// A 500 when the deployment lacks a binding or a secret that every request needs.
    pub fn new(env: &Env) -> Result<Self, Problem> {
        let Configured { database, keys, public_url, demo, faults, webhooks_loopback, floods } =
            Configured::of(env)?;
        Ok(Self {
            db: Db::new(database, faults),
            keys,
            demo,
            public_url,
            follow_up: Cell::new(false),
            faults,
            webhooks_loopback,
            floods,
            env: env.clone(),
        })
    }

    /// The static files.
    ///
    /// # Errors
    /// A 500 when the deployment lacks them; so of the other bindings.
    pub fn assets(&self) -> Result<Fetcher, Problem> {
        self.env.assets("ASSETS").map_err(|error| Problem::deployment("ASSETS", &error))
    }

    /// Tracker settings of properties.
    ///
    /// # Errors
    /// As of [`Self::assets`].
    pub fn settings(&self) -> Result<KvStore, Problem> {
        self.env.kv("SETTINGS").map_err(|error| Problem::deployment("SETTINGS", &error))
    }

    /// The bytes of recordings.
    ///
    /// # Errors
    /// As of [`Self::assets`].
    pub fn recordings(&self) -> Result<Bucket, Problem> {
        self.env.bucket("RECORDINGS").map_err(|error| Problem::deployment("RECORDINGS", &error))
    }

    /// What follows a commit.
    ///
    /// # Errors
    /// As of [`Self::assets`].
    pub fn jobs(&self) -> Result<Queue, Problem> {
        self.env.queue("JOBS").map_err(|error| Problem::deployment("JOBS", &error))
    }

    /// A limiter of the platform by its binding; none where a test has switched flood control off.
    ///
    /// # Errors
    /// As of [`Self::assets`].
    pub fn limiter(&self, name: &'static str) -> Result<Option<RateLimiter>, Problem> {
        if self.floods {
            return Ok(None);
        }
        let limiter = self.env.rate_limiter(name);
        limiter.map(Some).map_err(|error| Problem::deployment(name, &error))
    }

    /// How mail goes out; none where nobody takes it.
    pub fn mailer(&self) -> Option<Mailer> {
        variable(&self.env, "MAIL_URL").map(|url| Mailer {
            url,
            from: variable(&self.env, "MAIL_FROM").unwrap_or_default(),
            token: self.env.secret("MAIL_TOKEN").map(|token| token.to_string()).unwrap_or_default(),
        })
    }

    /// The server's time.
    pub fn now() -> Timestamp {
        #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
        Timestamp::from_millis(Date::now() as i64).unwrap_or(Timestamp::MAX)
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

fn variable(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|value| value.to_string())
}
