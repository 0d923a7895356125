//! Links to a recording that work for whoever has them, until they expire: the certificate and the
//! moment, signed by the service (contract §6, "signed expiring link"). Nothing is stored of them.

use alloc::string::String;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Deserialize;

use crate::certificate_id::CertificateId;
use crate::ids::KeyId;
use crate::json::Object;
use crate::keys::{HmacKey, Key as _, Ring};
use crate::signature::{Purpose, Tag};
use crate::time::Timestamp;

/// A link's meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayLink {
    /// Whose recording it shows.
    pub certificate_id: CertificateId,
    /// Until when.
    pub until: Timestamp,
}

/// Why a link opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplayLinkError {
    /// Nobody here made it, or it is for another certificate.
    #[error("this link was not made here for this certificate")]
    Invalid,
    /// Its time is over.
    #[error("this link has expired")]
    Expired,
}

impl ReplayLink {
    /// Writes the link's credential: the document and its tag, both base64url, a dot between.
    #[must_use]
    pub fn seal(&self, key: &HmacKey) -> String {
        let document = Object::new()
            .with("certificate_id", String::from(self.certificate_id.clone()))
            .with("until", String::from(self.until))
            .with("kid", key.id().as_str())
            .canonical();
        let tag = key.sign(Purpose::Replay, &document);
        let document = Base64UrlUnpadded::encode_string(document.as_bytes());
        [document, Base64UrlUnpadded::encode_string(tag.as_bytes())].join(".")
    }

    /// Whether a credential opens the recording of that certificate now.
    ///
    /// # Errors
    /// [`ReplayLinkError`] says why not.
    pub fn open(
        text: &str,
        certificate_id: &CertificateId,
        keys: &Ring<HmacKey>,
        now: Timestamp,
    ) -> Result<Self, ReplayLinkError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Wire {
            certificate_id: CertificateId,
            until: Timestamp,
            kid: KeyId,
        }
        let invalid = ReplayLinkError::Invalid;
        let (document, tag) = text.split_once('.').ok_or(invalid)?;
        let document = Base64UrlUnpadded::decode_vec(document).map_err(|_| invalid)?;
        let document = String::from_utf8(document).map_err(|_| invalid)?;
        let mut bytes = [0; 32];
        let read = Base64UrlUnpadded::decode(tag, &mut bytes).map_err(|_| invalid)?;
        if read.len() != 32 {
            return Err(invalid);
        }
        let wire: Wire = serde_json::from_str(&document).map_err(|_| invalid)?;
        let key = keys.get(&wire.kid).map_err(|_| invalid)?;
        let made_here = key.sign(Purpose::Replay, &document) == Tag::from_bytes(bytes);
        let is_trusted = key.validity().compromised_at.is_none();
        if !made_here || !is_trusted || wire.certificate_id != *certificate_id {
            return Err(invalid);
        }
        if now >= wire.until {
            return Err(ReplayLinkError::Expired);
        }
        Ok(Self { certificate_id: wire.certificate_id, until: wire.until })
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::{ReplayLink, ReplayLinkError};
    use crate::certificate_id::CertificateId;
    use crate::digest::Digest;
    use crate::ids::SessionId;
    use crate::keys::{HmacKey, Ring};
    use crate::time::Timestamp;

    const KEYS: &str = r#"[{"kid":"token-2026-1","from":"2026-01-01T00:00:00.000Z","secret":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}]"#;

    fn id(session: &str) -> CertificateId {
        CertificateId::new(SessionId::parse(session).unwrap(), Digest::of(session.as_bytes()))
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_link_opens_its_certificate_until_it_expires() {
        let keys = Ring::<HmacKey>::parse(KEYS).unwrap();
        let now = at("2026-04-17T11:00:00.000Z");
        let link =
            ReplayLink { certificate_id: id("visit-1"), until: at("2026-04-18T11:00:00.000Z") };
        let text = link.seal(keys.current(now).unwrap());
        assert_eq!(ReplayLink::open(&text, &id("visit-1"), &keys, now), Ok(link.clone()));
        let other = ReplayLink::open(&text, &id("visit-2"), &keys, now);
        assert_eq!(other, Err(ReplayLinkError::Invalid));
        let later = ReplayLink::open(&text, &id("visit-1"), &keys, link.until);
        assert_eq!(later, Err(ReplayLinkError::Expired));
    }

    #[test]
    fn a_link_that_was_changed_opens_nothing() {
        let keys = Ring::<HmacKey>::parse(KEYS).unwrap();
        let now = at("2026-04-17T11:00:00.000Z");
        let link =
            ReplayLink { certificate_id: id("visit-1"), until: at("2026-04-18T11:00:00.000Z") };
        let text = link.seal(keys.current(now).unwrap());
        let later = ReplayLink { until: at("2027-04-18T11:00:00.000Z"), ..link };
        let later = later.seal(keys.current(now).unwrap());
        let (document, _) = later.split_once('.').unwrap();
        let (_, tag) = text.split_once('.').unwrap();
        for wrong in [[document, tag].join("."), String::new(), "x.y".into(), text.replace('.', "")]
        {
            let opened = ReplayLink::open(&wrong, &id("visit-1"), &keys, now);
            assert_eq!(opened, Err(ReplayLinkError::Invalid), "{wrong}");
        }
    }
}
