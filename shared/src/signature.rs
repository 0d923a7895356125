//! HMAC-SHA256 (RFC 2104) with a prefix per purpose, so that a tag made for one kind of document
//! never passes for another (contract §1, "The signed record").

use alloc::string::String;
use core::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

/// What is signed; each purpose has its own prefix and its own keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The signed record of a certificate.
    Record,
    /// The head of a custody chain.
    Head,
    /// Until when a certificate is kept.
    Retention,
    /// A session token.
    Token,
    /// A claim token.
    Claim,
    /// The token of a link sent by mail.
    Link,
    /// The secret of a webhook.
    WebhookSecret,
    /// A webhook's delivery.
    Webhook,
    /// A link to a recording.
    Replay,
}

impl Purpose {
    /// The bytes that go before the document.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Record => "econsent-record-v1\n",
            Self::Head => "econsent-head-v1\n",
            Self::Retention => "econsent-retention-v1\n",
            Self::Token => "econsent-token-v1\n",
            Self::Claim => "econsent-claim-v1\n",
            Self::Link => "econsent-link-v1\n",
            Self::WebhookSecret => "econsent-webhook-secret-v1\n",
            Self::Webhook => "econsent-webhook-v1\n",
            Self::Replay => "econsent-replay-v1\n",
        }
    }
}

/// HMAC-SHA256 over the parts, one after the other, under a key of any length.
#[must_use]
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Tag {
    // HMAC takes keys of every length, so this cannot fail; an empty tag would verify nothing.
    Hmac::new_from_slice(key).map_or(Tag([0; 32]), |mac| Mac(mac).sign(parts))
}

/// A key of HMAC-SHA256 that is used more than once: what every tag under it begins and ends with is
/// hashed already, which for a short document is half of the work.
#[derive(Clone)]
pub struct Mac(Hmac<Sha256>);

impl Mac {
    /// A key of 32 bytes.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        // Filled up to a block of the hash (RFC 2104, 2).
        let mut block = [0; 64];
        block.iter_mut().zip(key).for_each(|(padded, byte)| *padded = *byte);
        Self(Hmac::new(&block.into()))
    }

    /// The tag over the parts, one after the other.
    #[must_use]
    pub fn sign(&self, parts: &[&[u8]]) -> Tag {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        Tag(mac.finalize().into_bytes().into())
    }
}

/// An HMAC-SHA256 tag. Comparing two takes the same time wherever they differ.
#[derive(Clone, Copy)]
pub struct Tag([u8; 32]);

impl Tag {
    /// Takes 32 bytes as they are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lowercase hex digits.
    #[must_use]
    pub fn hex(&self) -> String {
        base16ct::lower::encode_string(&self.0)
    }
}

impl PartialEq for Tag {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Tag {}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

#[cfg(test)]
mod tests {
    use super::hmac_sha256;

    /// RFC 4231 §4: test cases 1, 2, 3, 4, 6 and 7 (5 shows truncation, which is not used here).
    #[test]
    fn the_published_values_of_rfc_4231_come_out() {
        let counting: alloc::vec::Vec<u8> = (1..=25).collect();
        let cases: [(&[u8], &[u8], &str); 6] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
            (&counting, &[0xcd; 50], "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
            (
                &[0xaa; 131],
                b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
        ];
        for (key, message, expected) in cases {
            assert_eq!(alloc::format!("{:?}", hmac_sha256(key, &[message])), expected);
        }
    }
}
