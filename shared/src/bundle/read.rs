//! Reading a bundle back, strictly: every member known, so that nothing travels along that no
//! check looks at.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer};

use super::{Bundle, BundledEvent, Documents, FORMAT, NamedSignatures, Stated};
use crate::certificate_id::CertificateId;
use crate::commitment::Disclosures;
use crate::custody::{Actor, Event, EventType, Head, State};
use crate::digest::Digest;
use crate::head::Signatures;
use crate::ids::KeyId;
use crate::keys::Signature;
use crate::signature::Tag;
use crate::time::Timestamp;

/// Why a text is not a bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// It is not JSON of the bundle's shape.
    #[error("not a certificate bundle: {0}")]
    Form(#[from] serde_json::Error),
    /// A newer version, which this release cannot read.
    #[error("version {0} of the bundle is not known here")]
    Version(u32),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BundleWire {
    format: Cow<'static, str>,
    v: u32,
    certificate_id: CertificateId,
    // Present even when null: `Option` alone would let the member be absent.
    #[serde(deserialize_with = "Option::deserialize")]
    record: Option<String>,
    signatures: SignaturesWire,
    texts: BTreeMap<Digest, String>,
    documents: DocumentsWire,
    custody: Vec<EventWire>,
    head: String,
    state: State,
    stated: StatedWire,
    #[serde(default)]
    disclosures: Option<Disclosures>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignaturesWire {
    record: PairWire,
    head: PairWire,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PairWire {
    hmac: SignatureWire<32>,
    ed25519: SignatureWire<64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureWire<const N: usize> {
    alg: Cow<'static, str>,
    kid: KeyId,
    #[serde(deserialize_with = "hex")]
    hex: [u8; N],
}

fn hex<'de, D: Deserializer<'de>, const N: usize>(deserializer: D) -> Result<[u8; N], D::Error> {
    use serde::de::Error as _;
    let text = Cow::<str>::deserialize(deserializer)?;
    let bytes = base16ct::lower::decode_vec(text.as_bytes()).ok();
    let bytes = bytes.and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| D::Error::custom("expected a signature as lowercase hex digits"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentsWire {
    #[serde(default)]
    presentation: Option<String>,
    #[serde(default)]
    withheld: Option<String>,
    #[serde(default)]
    recording: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventWire {
    seq: u32,
    #[serde(rename = "type")]
    event_type: EventType,
    at: Timestamp,
    actor: Actor,
    details_sha256: Digest,
    prev: Digest,
    hash: Digest,
    #[serde(default)]
    details: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatedWire {
    company: String,
    property: String,
    url: String,
    #[serde(deserialize_with = "Option::deserialize")]
    expires_at: Option<Timestamp>,
    #[serde(deserialize_with = "Option::deserialize")]
    ip_network: Option<String>,
}

impl PairWire {
    fn named(self) -> Result<NamedSignatures, serde_json::Error> {
        use serde::de::Error as _;
        if self.hmac.alg != "HMAC-SHA256" || self.ed25519.alg != "EdDSA" {
            return Err(serde_json::Error::custom("expected HMAC-SHA256 and EdDSA"));
        }
        Ok(NamedSignatures {
            hmac_kid: self.hmac.kid,
            ed25519_kid: self.ed25519.kid,
            signatures: Signatures {
                hmac: Tag::from_bytes(self.hmac.hex),
                ed25519: Signature::from_bytes(self.ed25519.hex),
            },
        })
    }
}

impl Bundle {
    /// Reads a bundle. Whether it holds is for [`Bundle::check`].
    ///
    /// # Errors
    /// [`BundleError`] when it is none.
    pub fn parse(json: &str) -> Result<Self, BundleError> {
        use serde::de::Error as _;
        let wire: BundleWire = serde_json::from_str(json)?;
        if wire.format != FORMAT {
            return Err(serde_json::Error::custom("the format is another").into());
        }
        if wire.v != 1 {
            return Err(BundleError::Version(wire.v));
        }
        let DocumentsWire { presentation, withheld, recording } = wire.documents;
        let StatedWire { company, property, url, expires_at, ip_network } = wire.stated;
        let custody = wire.custody.into_iter().map(|wire| {
            let EventWire { seq, event_type, at, actor, details_sha256, prev, hash, details } =
                wire;
            let event = Event { seq, event_type, at, actor, details_sha256, prev, hash };
            BundledEvent { event, details }
        });
        Ok(Self {
            certificate_id: wire.certificate_id,
            record: wire.record,
            record_signatures: wire.signatures.record.named()?,
            texts: wire.texts,
            documents: Documents { presentation, withheld, recording },
            custody: custody.collect(),
            head: wire.head,
            head_signatures: wire.signatures.head.named()?,
            state: wire.state,
            disclosures: wire.disclosures,
            stated: Stated { company, property, url, expires_at, ip_network },
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadWire {
    certificate_id: CertificateId,
    seq: u32,
    hash: Digest,
    state_sha256: Digest,
    kid: KeyId,
}

/// The head that a canonical text says; none when it is no such text.
pub(super) fn head(canonical: &str) -> Option<Head> {
    let wire: HeadWire = serde_json::from_str(canonical).ok()?;
    let HeadWire { certificate_id, seq, hash, state_sha256, kid } = wire;
    let head = Head { certificate_id, seq, hash, state_sha256, kid };
    (head.canonical() == canonical).then_some(head)
}
