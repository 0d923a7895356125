//! What handlers work with: the database, the keys, the settings. Read once per isolate where it
//! cannot change within one.

use std::cell::OnceCell;
use std::rc::Rc;

use econsent_core::head::SigningKeys;
use econsent_core::keys::{Ed25519Key, HmacKey, Ring};
use econsent_core::time::Timestamp;
use worker::{Date, Env, Fetcher};

use crate::problem::Problem;
use crate::store::Db;

/// One request's view of the service.
pub struct App {
    /// The database of certificates.
    pub db: Db,
    /// Every signing key.
    pub keys: Rc<Keys>,
    /// The static files, fonts among them.
    pub assets: Fetcher,
    /// The origin in every link that leaves here: pages, QR codes.
    pub public_url: String,
    /// Whether the demo form's receiver answers; set in development only.
    pub demo: bool,
}

/// Keys from the secrets; parsing them and expanding Ed25519 seeds costs more than a request.
pub struct Keys {
    /// Keys of records and custody heads.
    pub signing: SigningKeys,
    /// Keys of session tokens.
    pub tokens: Ring<HmacKey>,
    /// Master keys of the contact index.
    pub lookups: Ring<HmacKey>,
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
        let demo = env.var("DEMO").is_ok_and(|demo| demo.to_string() == "true");
        let assets = env.assets("ASSETS").map_err(|error| Problem::deployment("ASSETS", &error))?;
        let public_url =
            env.var("PUBLIC_URL").map_or_else(|_| String::new(), |url| url.to_string());
        Ok(Self { db: Db::new(db), keys, assets, public_url, demo })
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
        })
    }
}
