//! The service's keys, from its secrets. Parsing them and expanding Ed25519 seeds costs more than a
//! request, so an isolate keeps them for as long as the secrets are the same: the platform may go on
//! with an isolate whose secrets have changed, and a key that was taken back must sign nothing more.

use std::cell::RefCell;
use std::rc::Rc;

use econsent_core::head::SigningKeys;
use econsent_core::keys::{Ed25519Key, HmacKey, Ring};
use worker::Env;

use crate::problem::Problem;

/// Every key of the service.
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

/// In the order of [`Keys::parse`].
const NAMES: [&str; 7] = [
    "RECORD_HMAC_KEYS",
    "RECORD_ED25519_KEYS",
    "HEAD_HMAC_KEYS",
    "HEAD_ED25519_KEYS",
    "TOKEN_KEYS",
    "LOOKUP_KEYS",
    "WEBHOOK_KEYS",
];

/// A secret and its name.
type Secret = (&'static str, String);
type Secrets = [Secret; NAMES.len()];

thread_local! {
    static KEPT: RefCell<Option<(Secrets, Rc<Keys>)>> = const { RefCell::new(None) };
}

impl Keys {
    /// The keys of a deployment.
    ///
    /// # Errors
    /// A 500 when it lacks a secret, or has one that is no ring of keys.
    pub fn of(env: &Env) -> Result<Rc<Self>, Problem> {
        Self::kept(read(env)?)
    }

    fn kept(secrets: Secrets) -> Result<Rc<Self>, Problem> {
        KEPT.with_borrow_mut(|kept| match kept {
            Some((of, keys)) if *of == secrets => Ok(Rc::clone(keys)),
            _ => {
                let keys = Rc::new(Self::parse(&secrets)?);
                *kept = Some((secrets, Rc::clone(&keys)));
                Ok(keys)
            }
        })
    }

    fn parse(secrets: &Secrets) -> Result<Self, Problem> {
        let [record_hmac, record_ed25519, head_hmac, head_ed25519, tokens, lookups, webhooks] =
            secrets;
        let hmac = |(name, secret): &Secret| {
            Ring::<HmacKey>::parse(secret).map_err(|error| Problem::deployment(name, &error))
        };
        let ed25519 = |(name, secret): &Secret| {
            Ring::<Ed25519Key>::parse(secret).map_err(|error| Problem::deployment(name, &error))
        };
        Ok(Self {
            signing: SigningKeys {
                record_hmac: hmac(record_hmac)?,
                record_ed25519: ed25519(record_ed25519)?,
                head_hmac: hmac(head_hmac)?,
                head_ed25519: ed25519(head_ed25519)?,
            },
            tokens: hmac(tokens)?,
            lookups: hmac(lookups)?,
            webhooks: hmac(webhooks)?,
        })
    }
}

fn read(env: &Env) -> Result<Secrets, Problem> {
    let mut secrets = NAMES.map(|name| (name, String::new()));
    for (name, secret) in &mut secrets {
        let found = env.secret(name).map_err(|error| Problem::deployment(name, &error))?;
        *secret = found.to_string();
    }
    Ok(secrets)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use econsent_core::keys::Key;
    use econsent_core::time::Timestamp;

    use super::{Keys, NAMES, Secrets};

    fn secrets() -> Secrets {
        let ring = |name| {
            let secret = "dGhpcnR5LXR3byBieXRlcyBmb3IgdGVzdHMgb25seSE";
            format!(
                r#"[{{"kid":"{name}-1","secret":"{secret}","from":"2026-01-01T00:00:00.000Z"}}]"#
            )
        };
        NAMES.map(|name| (name, ring(name.to_lowercase().replace('_', "-"))))
    }

    fn signs(keys: &Keys) -> String {
        let now = Timestamp::parse("2026-11-22T00:00:00.000Z").unwrap();
        keys.signing.record_hmac.current(now).unwrap().id().to_string()
    }

    #[test]
    fn keys_are_parsed_once_for_as_long_as_the_secrets_are_the_same() {
        let first = Keys::kept(secrets()).unwrap();
        assert!(Rc::ptr_eq(&first, &Keys::kept(secrets()).unwrap()));
    }

    #[test]
    fn a_secret_that_changed_holds_for_the_next_request_of_the_same_isolate() {
        assert_eq!(signs(&Keys::kept(secrets()).unwrap()), "record-hmac-keys-1");
        let mut rotated = secrets();
        rotated[0].1 = rotated[0].1.replace("keys-1", "keys-2");
        assert_eq!(signs(&Keys::kept(rotated).unwrap()), "record-hmac-keys-2");
    }
}
