//! Values that have to wait and must not be read while they do: sealed with XChaCha20-Poly1305
//! under a key of ours, and bound to the row that they lie in.

use alloc::string::String;
use alloc::vec::Vec;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};

use crate::keys::HmacKey;

/// What comes before nothing else when the sealing key is derived.
const PREFIX: &[u8] = b"econsent-sealed-v1\n";
/// Bytes of randomness that every sealing takes (draft-irtf-cfrg-xchacha §2.1: enough to be drawn).
pub const NONCE_BYTES: usize = 24;

/// Why sealed bytes do not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes were not sealed under this key for this row")]
pub struct SealError;

fn cipher(key: &HmacKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(*key.derive(&[PREFIX]).as_bytes()))
}

/// Seals a text for a row: the nonce, then the ciphertext.
///
/// # Errors
/// [`SealError`] for a text of many gigabytes.
pub fn seal(
    key: &HmacKey,
    row: &str,
    text: &str,
    nonce: [u8; NONCE_BYTES],
) -> Result<Vec<u8>, SealError> {
    let payload = Payload { msg: text.as_bytes(), aad: row.as_bytes() };
    let sealed = cipher(key).encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Opens what was sealed for a row.
///
/// # Errors
/// [`SealError`] under another key, for another row, or when a byte was changed.
pub fn open(key: &HmacKey, row: &str, sealed: &[u8]) -> Result<String, SealError> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(SealError)?;
    let payload = Payload { msg: sealed, aad: row.as_bytes() };
    let text = cipher(key).decrypt(&XNonce::from(*nonce), payload).map_err(|_| SealError)?;
    String::from_utf8(text).map_err(|_| SealError)
}

#[cfg(test)]
mod tests {
    use super::{SealError, open, seal};
    use crate::ids::KeyId;
    use crate::keys::{HmacKey, Validity};
    use crate::time::Timestamp;

    fn key(secret: u8) -> HmacKey {
        let from = Timestamp::from_millis(0).unwrap();
        let validity = Validity { from, until: None, compromised_at: None };
        HmacKey::new(KeyId::parse("lookup-1").unwrap(), validity, [secret; 32])
    }

    #[test]
    fn what_is_sealed_opens_under_its_key_and_for_its_row_only() {
        let sealed = seal(&key(7), "row-1", "+13055550123", [3; 24]).unwrap();
        assert_eq!(open(&key(7), "row-1", &sealed).as_deref(), Ok("+13055550123"));
        assert_eq!(open(&key(8), "row-1", &sealed), Err(SealError));
        assert_eq!(open(&key(7), "row-2", &sealed), Err(SealError));
        assert!(!sealed.windows(4).any(|window| window == b"3055"));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&key(7), "row-1", &changed), Err(SealError));
        }
        assert_eq!(open(&key(7), "row-1", &sealed[..20]), Err(SealError));
    }
}
