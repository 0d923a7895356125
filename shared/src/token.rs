//! Session tokens: what the server hands to a page at session start and recognises again without
//! having stored it (contract §1, "Session token").

use alloc::string::String;
use core::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::fingerprint::Random;
use crate::ids::{CompanyId, Origin, PropertyId, SessionId, StreamId};
use crate::json::Object;
use crate::keys::{HmacKey, Key as _, KeyError, Ring};
use crate::signature::{Purpose, Tag};
use crate::time::Timestamp;
use crate::wire;

/// For how long a token attests evidence.
pub const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionToken {
    /// The visit.
    pub session: SessionId,
    /// The publisher.
    pub company: CompanyId,
    /// The publisher's website.
    pub property: PropertyId,
    /// The page's origin, checked against the property's.
    pub origin: Origin,
    /// Enters the certificate id.
    pub nonce: Random,
    /// This page load.
    pub stream: StreamId,
    /// The server's time when it was made.
    pub issued_at: Timestamp,
}

/// Why a string is not a token of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It has another form.
    #[error("not the form of a session token")]
    Form,
    /// Its key is not one of ours.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Its key was not in use then, or is not to be trusted.
    #[error("the session token's key was not in use when it was made, or is compromised")]
    Retired,
    /// Somebody else made or changed it.
    #[error("the session token was not made here")]
    Tag,
}

impl SessionToken {
    /// Writes the token: the document and its tag, both base64url, with a dot between.
    #[must_use]
    pub fn seal(&self, key: &HmacKey) -> String {
        let document = Object::new()
            .with("session", self.session.as_str())
            .with("company", self.company.as_str())
            .with("property", self.property.as_str())
            .with("origin", self.origin.as_str())
            .with("nonce", Base64UrlUnpadded::encode_string(&self.nonce))
            .with("stream", self.stream.as_str())
            .with("issued_at", String::from(self.issued_at))
            .with("kid", key.id().as_str())
            .canonical();
        let tag = key.sign(Purpose::Token, &document);
        let document = Base64UrlUnpadded::encode_string(document.as_bytes());
        [document, Base64UrlUnpadded::encode_string(tag.as_bytes())].join(".")
    }

    /// Reads a token and checks its tag. Whether it is still good is for [`Self::attests`].
    ///
    /// # Errors
    /// [`TokenError`] when it is none of ours.
    pub fn open(text: &str, keys: &Ring<HmacKey>) -> Result<Self, TokenError> {
        let (document, tag) = text.split_once('.').ok_or(TokenError::Form)?;
        let document = Base64UrlUnpadded::decode_vec(document).map_err(|_| TokenError::Form)?;
        let document = String::from_utf8(document).map_err(|_| TokenError::Form)?;
        let mut bytes = [0; 32];
        let tag = match Base64UrlUnpadded::decode(tag, &mut bytes) {
            Ok(read) if read.len() == 32 => Tag::from_bytes(bytes),
            _ => return Err(TokenError::Form),
        };
        let token: wire::Token = serde_json::from_str(&document).map_err(|_| TokenError::Form)?;
        let key = keys.get(&token.kid)?;
        if key.sign(Purpose::Token, &document) != tag {
            return Err(TokenError::Tag);
        }
        // Who got hold of a key can write any time into a token: outside its validity, and once
        // it is known to be compromised, a key makes nobody's session.
        if !key.validity().covers(token.issued_at) || key.validity().compromised_at.is_some() {
            return Err(TokenError::Retired);
        }
        Ok(token.into())
    }

    /// Whether a page of that property and origin goes on with this token's session.
    #[must_use]
    pub fn goes_on(&self, property: &PropertyId, origin: &Origin, now: Timestamp) -> bool {
        self.attests(now) && self.property == *property && self.origin == *origin
    }

    /// Whether evidence received at that moment is attested by this token.
    #[must_use]
    pub fn attests(&self, received_at: Timestamp) -> bool {
        self.issued_at <= received_at && received_at < self.issued_at + LIFETIME
    }
}
