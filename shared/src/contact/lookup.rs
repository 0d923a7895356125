//! Finding a contact again without keeping it: an HMAC under a key of the company's own. A plain
//! digest of a phone number is guessed in seconds, so none is ever made (contract §1).

use alloc::string::String;
use core::fmt;

use super::{Email, Phone};
use crate::ids::CompanyId;
use crate::keys::HmacKey;
use crate::signature::{Tag, hmac_sha256};

/// What comes before the company id when its key is derived.
const PREFIX: &[u8] = b"econsent-lookup-v1\n";

/// The lookup keys of one company: the same contact has different ones with every company.
#[derive(Clone)]
pub struct LookupKeys(Tag);

/// Under what a contact is found: the first half of an HMAC, in an index outside the record, which
/// can be made again under another master key, and erased.
#[derive(Clone, PartialEq, Eq)]
pub struct LookupKey([u8; 16]);

impl LookupKeys {
    /// Derives a company's key: `HMAC(master, "econsent-lookup-v1\n" ‖ company id)`.
    #[must_use]
    pub fn of(master: &HmacKey, company: &CompanyId) -> Self {
        Self(master.derive(&[PREFIX, company.as_str().as_bytes()]))
    }

    /// The first half of `HMAC(company's key, "+13055550123")`.
    #[must_use]
    pub fn phone(&self, phone: &Phone) -> LookupKey {
        self.value(phone.as_str())
    }

    /// The first half of `HMAC(company's key, "jorg@example.com")`. A phone begins with a `+` and has no `@`, so
    /// the two never meet.
    #[must_use]
    pub fn email(&self, email: &Email) -> LookupKey {
        self.value(email.as_str())
    }

    fn value(&self, value: &str) -> LookupKey {
        let tag = hmac_sha256(self.0.as_bytes(), &[value.as_bytes()]);
        let mut half = [0; 16];
        half.iter_mut().zip(tag.as_bytes()).for_each(|(half, byte)| *half = *byte);
        LookupKey(half)
    }
}

impl LookupKey {
    /// 32 lowercase hex digits.
    #[must_use]
    pub fn hex(&self) -> String {
        base16ct::lower::encode_string(&self.0)
    }
}

impl fmt::Debug for LookupKeys {
    /// Keys stay out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookupKeys(…)")
    }
}

impl fmt::Debug for LookupKey {
    /// Who holds the key could guess the contact from it, so it stays out of logs too.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookupKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::LookupKeys;
    use crate::contact::{CallingCode, Email, Phone};
    use crate::ids::{CompanyId, KeyId};
    use crate::keys::{HmacKey, Validity};
    use crate::signature::hmac_sha256;
    use crate::time::Timestamp;

    fn master(secret: u8) -> HmacKey {
        let validity = Validity {
            from: Timestamp::from_millis(0).unwrap(),
            until: None,
            compromised_at: None,
        };
        HmacKey::new(KeyId::parse("lookup-1").unwrap(), validity, [secret; 32])
    }

    #[test]
    fn one_company_finds_its_contact_and_another_cannot_tell_that_it_is_the_same() {
        let publisher = CompanyId::parse("67fa8acb61f623d0e200ec4d").unwrap();
        let buyer = CompanyId::parse("68a1b2c3d4e5f6a7b8c9d0e1").unwrap();
        let typed = Phone::parse("(305) 555-0123", CallingCode::NANP).unwrap();
        let stored = Phone::from_e164("+13055550123").unwrap();
        let keys = LookupKeys::of(&master(7), &publisher);
        assert_eq!(keys.phone(&typed), keys.phone(&stored));
        assert_ne!(keys.phone(&typed), LookupKeys::of(&master(7), &buyer).phone(&typed));
        assert_ne!(keys.phone(&typed), LookupKeys::of(&master(8), &publisher).phone(&typed));

        let email = Email::parse("jorg@example.com").unwrap();
        let company_key = hmac_sha256(&[7; 32], &[b"econsent-lookup-v1\n67fa8acb61f623d0e200ec4d"]);
        let expected = hmac_sha256(company_key.as_bytes(), &[b"jorg@example.com"]);
        assert_eq!(Some(keys.email(&email).hex().as_str()), expected.hex().get(..32));
    }
}
