//! Names of sessions, companies, properties and page loads: parsed once at the edge, so that what
//! holds one of these types is well formed (contract §1, "The id").

use alloc::string::String;
use core::fmt;

use crate::digest::Digest;
use crate::time::Timestamp;

/// Which id a string failed to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not 1 to 64 characters of `A-Z a-z 0-9 -`.
    #[error("a session id is 1 to 64 letters, digits and hyphens")]
    Session,
    /// Not 24 lowercase hex digits.
    #[error("a company id is 24 lowercase hex digits")]
    Company,
    /// Not 24 lowercase hex digits.
    #[error("a property id is 24 lowercase hex digits")]
    Property,
    /// Not 32 lowercase hex digits.
    #[error("a stream id is 32 lowercase hex digits")]
    Stream,
    /// Neither `http` nor `https` with a host and, where it is not the usual one, a port.
    #[error("an origin is http:// or https://, a host name and perhaps a port, without a path")]
    Origin,
    /// Not 24 lowercase hex digits.
    #[error("an id is 24 lowercase hex digits")]
    Account,
    /// Not 1 to 64 characters of `A-Z a-z 0-9 . _ -`.
    #[error("a key id is 1 to 64 letters, digits, dots, underscores and hyphens")]
    Key,
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_word(text: &str, extra: &[u8]) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || extra.contains(&b))
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $error:expr, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Reads the id from its one written form.
            ///
            /// # Errors
            /// The [`IdError`] of this type.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) { Ok(Self(text.into())) } else { Err($error) }
            }

            /// The id as it is written everywhere.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl core::str::FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

id!(
    /// One visit to a publisher's form; public, as it is part of every certificate id.
    SessionId, IdError::Session, |text| is_word(text, b"-")
);
id!(
    /// A publisher or buyer: 24 hex digits, as in the seeds.
    CompanyId, IdError::Company, |text| is_hex(text, 24)
);
id!(
    /// A publisher's website: 24 hex digits, as in the seeds.
    PropertyId, IdError::Property, |text| is_hex(text, 24)
);
id!(
    /// One page load of a session; recordings are kept per stream (contract §6).
    StreamId, IdError::Stream, |text| is_hex(text, 32)
);
id!(
    /// A person.
    UserId, IdError::Account, |text| is_hex(text, 24)
);
id!(
    /// A machine's key.
    ApiKeyId, IdError::Account, |text| is_hex(text, 24)
);
id!(
    /// An invitation into a company.
    InvitationId, IdError::Account, |text| is_hex(text, 24)
);
id!(
    /// An address that a company wants to be told at.
    WebhookId, IdError::Account, |text| is_hex(text, 24)
);
id!(
    /// What a company has ordered for all certificates of a consumer.
    OrderId, IdError::Account, |text| is_hex(text, 24)
);
id!(
    /// A consumer's opt-out that a company has to decide about.
    OptOutId, IdError::Account, |text| is_hex(text, 24)
);
id!(
    /// A buyer's consent rule.
    RuleId, IdError::Account, |text| is_hex(text, 24)
);
id!(
    /// A certificate handed on; its token is derived from it.
    ShareId, IdError::Account, |text| is_hex(text, 24)
);
id!(
    /// Names a signing key, so that keys can rotate.
    KeyId, IdError::Key, |text| is_word(text, b"._-")
);

id!(
    /// Where a page comes from, as browsers put it in the `Origin` header: `https://host[:port]`
    /// (RFC 6454 §6.2). `null`, which opaque frames send, is none.
    Origin, IdError::Origin, |text| origin_host(text).is_some()
);

/// The host of a serialised origin: lowercase, as the URL standard writes hosts.
fn origin_host(origin: &str) -> Option<&str> {
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"))?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let name = host.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_'));
    let address = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .is_some_and(|v6| v6.bytes().all(|b| matches!(b, b'a'..=b'f' | b'0'..=b'9' | b':')));
    let length = (1..=crate::limits::DOMAIN_BYTES).contains(&host.len());
    let port = port.is_none_or(|port| {
        (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit())
    });
    (length && port && (name || address)).then_some(host)
}

impl Origin {
    /// The host name: what certificates call the domain.
    #[must_use]
    pub fn domain(&self) -> &str {
        origin_host(&self.0).unwrap_or_default()
    }
}

impl PropertyId {
    /// The first byte of SHA-256 over the id: by it, session ids and claim tokens lead to the
    /// database that holds the property's certificates.
    #[must_use]
    pub fn routing_tag(&self) -> u8 {
        let [tag, ..] = *Digest::of(self.as_str().as_bytes()).as_bytes();
        tag
    }
}

impl SessionId {
    /// A new session id: a routing tag (the first byte of SHA-256 over the property id, two hex
    /// digits), then 32 hex digits that begin with the time and go on with randomness, so that
    /// ids of one property sort by time and cannot be guessed.
    #[must_use]
    pub fn new(property: &PropertyId, at: Timestamp, random: [u8; 10]) -> Self {
        let tag = property.routing_tag();
        let [_, _, m0, m1, m2, m3, m4, m5] = at.millis().to_be_bytes();
        let mut bytes = [tag, m0, m1, m2, m3, m4, m5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        bytes.iter_mut().skip(7).zip(random).for_each(|(to, from)| *to = from);
        Self(base16ct::lower::encode_string(&bytes))
    }
}

/// New ids out of 12 random bytes.
macro_rules! new_id {
    ($($name:ident),+) => {$(
        impl $name {
            /// A new id out of 12 random bytes.
            #[must_use]
            pub fn new(random: [u8; 12]) -> Self {
                Self(base16ct::lower::encode_string(&random))
            }
        }
    )+};
}

new_id!(
    CompanyId,
    PropertyId,
    UserId,
    ApiKeyId,
    InvitationId,
    WebhookId,
    RuleId,
    OrderId,
    OptOutId
);

impl ShareId {
    /// A new share of a certificate of that property: the property's routing tag, then 22 random
    /// hex digits, so that the id leads to the certificate's database.
    #[must_use]
    pub fn new(property: &PropertyId, random: [u8; 11]) -> Self {
        let mut bytes = [0; 12];
        let all = core::iter::once(property.routing_tag()).chain(random);
        bytes.iter_mut().zip(all).for_each(|(to, from)| *to = from);
        Self(base16ct::lower::encode_string(&bytes))
    }
}

impl StreamId {
    /// A new stream id out of 16 random bytes.
    #[must_use]
    pub fn new(random: [u8; 16]) -> Self {
        Self(base16ct::lower::encode_string(&random))
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::{CompanyId, IdError, Origin, PropertyId, SessionId};
    use crate::time::Timestamp;

    #[test]
    fn ids_have_one_written_form() {
        assert!(SessionId::parse("session-123").is_ok());
        assert_eq!(SessionId::parse(""), Err(IdError::Session));
        assert_eq!(SessionId::parse("a:b"), Err(IdError::Session));
        assert_eq!(SessionId::parse(&"a".repeat(65)), Err(IdError::Session));
        assert!(CompanyId::parse("67fa8acb61f623d0e200ec4d").is_ok());
        assert_eq!(CompanyId::parse("67FA8ACB61F623D0E200EC4D"), Err(IdError::Company));
        assert_eq!(PropertyId::parse("your-property-id"), Err(IdError::Property));
    }

    #[test]
    fn an_origin_has_a_host_and_no_path() {
        let host = |text| Origin::parse(text).map(|origin| String::from(origin.domain()));
        assert_eq!(host("https://forms.leadgen.com").as_deref(), Ok("forms.leadgen.com"));
        assert_eq!(host("http://localhost:8787").as_deref(), Ok("localhost"));
        assert_eq!(host("http://[::1]:8787").as_deref(), Ok("[::1]"));
        for wrong in [
            "null",
            "",
            "https://",
            "ftp://a.com",
            "https://a.com/",
            "https://a.com:",
            "https://A.com",
            "https://a.com:80:80",
            "https://a b",
            "https://u@a.com",
        ] {
            assert_eq!(host(wrong), Err(IdError::Origin), "{wrong}");
        }
    }

    #[test]
    fn a_new_session_id_is_routed_by_its_property_and_sorts_by_time() {
        let property = PropertyId::parse("67fa8d40a96f513ae019c85c").unwrap();
        let at = |millis| Timestamp::from_millis(millis).unwrap();
        let early = SessionId::new(&property, at(1_776_423_600_000), [255; 10]);
        let late = SessionId::new(&property, at(1_776_423_600_001), [0; 10]);
        assert_eq!(early.as_str(), "61019d9b18ff80ffffffffffffffffffff");
        assert!(early < late);
    }
}
