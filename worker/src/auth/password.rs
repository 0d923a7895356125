//! Hashing passwords: Argon2id with the least memory that OWASP's cheat sheet allows (19 MiB, two
//! passes, one lane), since an isolate has 128 MB for everything. Kept in the PHC string form with
//! its parameters, so that they can be raised.

use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64Unpadded, Encoding as _};
use econsent_core::password::Password;
use subtle::ConstantTimeEq as _;

use crate::problem::Problem;

const MEMORY_KIB: u32 = 19 * 1_024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const HASH_BYTES: usize = 32;

/// What an account that does not exist is compared with, so that it takes as long as one that
/// does. Nothing hashes to it but by chance.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
                      AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes a new password.
///
/// # Errors
/// A 500 when the hash cannot be computed.
pub fn hash(password: &Password, salt: [u8; 16]) -> Result<String, Problem> {
    let hash = compute(password, &salt, (MEMORY_KIB, PASSES, LANES))
        .ok_or_else(|| Problem::deployment("argon2", &"no memory"))?;
    Ok(format!(
        "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${}${}",
        Base64Unpadded::encode_string(&salt),
        Base64Unpadded::encode_string(&hash),
    ))
}

/// Whether it is the password of that hash; with none, the same work and false.
pub fn holds(password: &Password, stored: Option<&str>) -> bool {
    let matches = check(password, stored.unwrap_or(NOBODY)).unwrap_or(false);
    matches && stored.is_some()
}

fn check(password: &Password, stored: &str) -> Option<bool> {
    let rest = stored.strip_prefix("$argon2id$v=19$")?;
    let (costs, rest) = rest.split_once('$')?;
    let (salt, expected) = rest.split_once('$')?;
    let mut numbers = ["m=", "t=", "p="]
        .into_iter()
        .zip(costs.split(','))
        .filter_map(|(name, cost)| cost.strip_prefix(name)?.parse::<u32>().ok());
    let costs = (numbers.next()?, numbers.next()?, numbers.next()?);
    let salt = Base64Unpadded::decode_vec(salt).ok()?;
    let expected = Base64Unpadded::decode_vec(expected).ok()?;
    let hash = compute(password, &salt, costs)?;
    Some(hash.ct_eq(expected.as_slice()).into())
}

fn compute(
    password: &Password,
    salt: &[u8],
    (memory, passes, lanes): (u32, u32, u32),
) -> Option<[u8; HASH_BYTES]> {
    let params = Params::new(memory, passes, lanes, Some(HASH_BYTES)).ok()?;
    let mut hash = [0; HASH_BYTES];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into(password.as_bytes(), salt, &mut hash).ok()?;
    Some(hash)
}

#[cfg(test)]
mod tests {
    use econsent_core::password::Password;

    use super::{hash, holds};

    #[test]
    fn a_password_holds_for_its_own_hash_only() {
        let password = Password::typed("correct horse battery").unwrap();
        let stored = hash(&password, [7; 16]).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw$"));
        assert!(holds(&password, Some(&stored)));
        assert!(!holds(&Password::typed("correct horse batterz").unwrap(), Some(&stored)));
        assert_ne!(stored, hash(&password, [8; 16]).unwrap());
    }

    #[test]
    fn nobody_has_a_password() {
        let password = Password::typed("correct horse battery").unwrap();
        assert!(!holds(&password, None));
        assert!(!holds(&password, Some("")));
        assert!(!holds(&password, Some("$argon2id$v=19$m=1,t=0,p=0$$")));
    }

    /// Made with the reference implementation's command: `echo -n password | argon2 somesalt -id
    /// -m 16 -t 2 -p 1`, which its own test suite lists.
    #[test]
    fn the_reference_implementation_agrees() {
        let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        assert!(holds(&Password::typed("password").unwrap(), Some(stored)));
    }
}
