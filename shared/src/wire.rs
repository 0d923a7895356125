//! Reading documents back from JSON: strict (every member known, every value in its one written
//! form), so that what parses is what was written.

use alloc::borrow::Cow;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::access::{Role, Scope};
use crate::certificate_id::CertificateId;
use crate::commitment::{Commitment, Committed, Disclosure, Disclosures, Personal, Salt};
use crate::consent::{
    ConsentRecord, ConsentType, ConsentValue, Dropped, Label, Withheld, WithheldReason,
};
use crate::consents::Consents;
use crate::contact::{CallingCode, Email};
#[cfg(feature = "sign")]
use crate::credentials::LinkToken;
use crate::custody::{Actor, EventType, State, Status};
use crate::digest::Digest;
use crate::fingerprint::Random;
use crate::ids::{
    ApiKeyId, CompanyId, InvitationId, KeyId, OptOutId, OrderId, Origin, PropertyId, RuleId,
    SessionId, ShareId, StreamId, UserId, WebhookId,
};
use crate::limits;
use crate::name::Name;
use crate::origins::OriginPattern;
use crate::partner::{AccessLevel, PartnerStatus};
#[cfg(feature = "rules")]
use crate::password::Password;
use crate::record::{Attached, Attestation, Clock, Geo, MintedBy, Record, RecordKeys};
use crate::retention::Term;
#[cfg(feature = "rules")]
use crate::rules::{Doubt, Level, Mode, Verdict};
use crate::selector::Selector;
use crate::share::{HoldingStatus, ShareStatus};
use crate::time::Timestamp;
#[cfg(feature = "sign")]
use crate::token::SessionToken;
#[cfg(feature = "sign")]
use crate::webhook::WebhookEvent;

/// Types whose JSON form is the string that `FromStr` reads.
macro_rules! string_form {
    ($($name:ty),+ $(,)?) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    )+};
}

string_form!(
    SessionId,
    CompanyId,
    PropertyId,
    StreamId,
    KeyId,
    Origin,
    Digest,
    Timestamp,
    ConsentType,
    WithheldReason,
    Personal,
    Commitment,
    Salt,
    EventType,
    Actor,
    Status,
    MintedBy,
    Attestation,
    Clock,
    Term,
    UserId,
    ApiKeyId,
    InvitationId,
    WebhookId,
    OrderId,
    OptOutId,
    RuleId,
    ShareId,
    Name,
    OriginPattern,
    CallingCode,
    Selector,
    Role,
    Scope,
    AccessLevel,
    PartnerStatus,
    ShareStatus,
    HoldingStatus,
);
#[cfg(feature = "sign")]
string_form!(WebhookEvent, LinkToken);
#[cfg(feature = "rules")]
string_form!(Password);

impl<'de> Deserialize<'de> for CertificateId {
    /// JSON takes either base64 alphabet, padded or not; what is written is canonical.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse_lenient(&Cow::<str>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

macro_rules! shown_as_string {
    ($($name:ty),+ $(,)?) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )+};
}

shown_as_string!(
    SessionId,
    CompanyId,
    PropertyId,
    StreamId,
    KeyId,
    Origin,
    CertificateId,
    Digest,
    Timestamp,
    ConsentType,
    UserId,
    ApiKeyId,
    InvitationId,
    WebhookId,
    OrderId,
    OptOutId,
    RuleId,
    ShareId,
    Name,
    OriginPattern,
    CallingCode,
    Selector,
);

macro_rules! shown_as_word {
    ($($name:ty),+ $(,)?) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    )+};
}

#[cfg(all(feature = "sign", feature = "rules"))]
shown_as_word!(crate::verify::Party, crate::verify::Reason);
#[cfg(feature = "rules")]
shown_as_word!(Mode, Level, Verdict, Doubt);
#[cfg(feature = "rules")]
string_form!(Mode, Level, Verdict, Doubt);
shown_as_word!(crate::consumer::Action);
string_form!(crate::consumer::Action);
#[cfg(feature = "rules")]
shown_as_word!(crate::listing::Standing);
#[cfg(feature = "rules")]
string_form!(crate::listing::Standing);
shown_as_word!(MintedBy, Attestation, Clock, EventType, Status, WithheldReason, Label, Term);
shown_as_word!(crate::states::State);
string_form!(crate::states::State);
shown_as_word!(Role, Scope, Email, AccessLevel, PartnerStatus, ShareStatus, HoldingStatus);
#[cfg(feature = "sign")]
shown_as_word!(WebhookEvent);

impl<'de> Deserialize<'de> for Label {
    /// Refuses what is not in normal form: a reader never changes what it reads.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Cow::<str>::deserialize(deserializer)?;
        let label = Self::of(&raw);
        if label.as_str() == raw {
            Ok(label)
        } else {
            Err(D::Error::custom("expected up to 128 characters, trimmed, without controls"))
        }
    }
}

/// 16 bytes as 22 characters of base64url.
struct Bytes16(Random);

impl<'de> Deserialize<'de> for Bytes16 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let mut bytes = [0; 16];
        match Base64UrlUnpadded::decode(text.as_bytes(), &mut bytes) {
            Ok(read) if read.len() == 16 => Ok(Self(bytes)),
            _ => Err(D::Error::custom("expected 16 bytes as 22 characters of base64url")),
        }
    }
}

/// Reads 16 random bytes from 22 characters of base64url; for `#[serde(deserialize_with)]`.
///
/// # Errors
/// The deserializer's, when they are none.
pub fn random<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Random, D::Error> {
    Bytes16::deserialize(deserializer).map(|bytes| bytes.0)
}

/// Reads a value as a person typed it, where documents would take its one written form only; for
/// `#[serde(deserialize_with)]`.
///
/// # Errors
/// The deserializer's, when it is none.
pub fn typed<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: core::str::FromStr<Err: core::fmt::Display>,
    D: Deserializer<'de>,
{
    Cow::<str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// A step of a funnel: 1 to [`limits::STEPS`].
fn step<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let step = u32::deserialize(deserializer)?;
    if (1..=limits::STEPS).contains(&step) {
        Ok(step)
    } else {
        Err(D::Error::custom("a step is a number from 1 to 10000"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsentWire {
    id: Label,
    #[serde(deserialize_with = "step")]
    step: u32,
    #[serde(rename = "type")]
    consent_type: ConsentType,
    category: Cow<'static, str>,
    value: Label,
    text_sha256: Digest,
}

impl<'de> Deserialize<'de> for ConsentRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = ConsentWire::deserialize(deserializer)?;
        if wire.category != wire.consent_type.category().as_str() {
            return Err(D::Error::custom("the category is not that of the type"));
        }
        let value = ConsentValue::of(wire.consent_type, wire.value.as_str());
        if value.as_str() != wire.value.as_str() {
            return Err(D::Error::custom("the value of implied consent is visible"));
        }
        Ok(Self {
            id: wire.id,
            step: wire.step,
            consent_type: wire.consent_type,
            value,
            text_sha256: wire.text_sha256,
        })
    }
}

impl<'de> Deserialize<'de> for Consents {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<ConsentRecord>::deserialize(deserializer).map(Self::from)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithheldWire {
    id: Label,
    #[serde(deserialize_with = "step")]
    step: u32,
    #[serde(rename = "type")]
    consent_type: ConsentType,
    reason: WithheldReason,
    text_sha256: Digest,
}

impl<'de> Deserialize<'de> for Withheld {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let WithheldWire { id, step, consent_type, reason, text_sha256 } =
            WithheldWire::deserialize(deserializer)?;
        Ok(Self { id, step, consent_type, reason, text_sha256 })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DroppedWire {
    consents: u32,
    withheld: u32,
}

impl<'de> Deserialize<'de> for Dropped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let DroppedWire { consents, withheld } = DroppedWire::deserialize(deserializer)?;
        Ok(Self { consents, withheld })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GeoWire {
    country: String,
    region: String,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct AttachedWire {
    presentation: Option<Digest>,
    withheld: Option<Digest>,
    recording: Option<Digest>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyWire {
    kid: KeyId,
    alg: Cow<'static, str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeysWire {
    hmac: KeyWire,
    ed25519: KeyWire,
}

impl<'de> Deserialize<'de> for Committed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut committed = Self::default();
        for (name, commitment) in BTreeMap::<String, Commitment>::deserialize(deserializer)? {
            committed.set(name.parse().map_err(D::Error::custom)?, commitment);
        }
        Ok(committed)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DisclosureWire {
    salt: Salt,
    value: String,
}

impl<'de> Deserialize<'de> for Disclosures {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut disclosures = Self::default();
        for (name, wire) in BTreeMap::<String, DisclosureWire>::deserialize(deserializer)? {
            let disclosure = Disclosure { salt: wire.salt, value: wire.value };
            disclosures.set(name.parse().map_err(D::Error::custom)?, disclosure);
        }
        Ok(disclosures)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordWire {
    v: u32,
    certificate_id: CertificateId,
    session_id: SessionId,
    company_id: CompanyId,
    property_id: PropertyId,
    timestamp: Timestamp,
    received_at: Timestamp,
    domain: String,
    origin: Origin,
    nonce: Bytes16,
    client_random: Bytes16,
    entropy: Cow<'static, str>,
    minted_by: MintedBy,
    attestation: Attestation,
    clock: Clock,
    tracker: String,
    // Present even when null: `Option` alone would let the member be absent.
    #[serde(deserialize_with = "Option::deserialize")]
    supersedes: Option<CertificateId>,
    dropped: Dropped,
    consents: Consents,
    #[serde(deserialize_with = "Option::deserialize")]
    geo: Option<GeoWire>,
    committed: Committed,
    attached: AttachedWire,
    keys: KeysWire,
}

/// Why a JSON text is not a record that could have been signed here.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It is not JSON of the record's shape.
    #[error("not a record: {0}")]
    Form(#[from] serde_json::Error),
    /// A newer version, which this release cannot read.
    #[error("version {0} of the record is not known here")]
    Version(u32),
    /// `session_id` is not the one in `certificate_id`.
    #[error("the session id is not the one in the certificate id")]
    Session,
    /// A signing algorithm other than HMAC-SHA256 and EdDSA.
    #[error("a key has another algorithm than HMAC-SHA256 and EdDSA")]
    Algorithm,
    /// `entropy` does not follow from nonce, client randomness and consents.
    #[error("the entropy does not follow from nonce, client randomness and consents")]
    Entropy,
    /// The id does not follow from the evidence.
    #[error("the certificate id does not follow from the evidence")]
    Hash,
    /// The bytes are not in RFC 8785 form, so they are not the ones that were signed.
    #[error("the record is not in canonical form")]
    NotCanonical,
}

impl Record {
    /// Reads the canonical bytes of a record and checks everything that follows from itself: the
    /// entropy, the id, and that these are the very bytes that get signed.
    ///
    /// # Errors
    /// [`RecordError`] names the first thing that does not hold.
    pub fn parse(json: &str) -> Result<Self, RecordError> {
        let wire: RecordWire = serde_json::from_str(json)?;
        if wire.v != 1 {
            return Err(RecordError::Version(wire.v));
        }
        if wire.session_id != *wire.certificate_id.session() {
            return Err(RecordError::Session);
        }
        let KeysWire { hmac, ed25519 } = wire.keys;
        if hmac.alg != "HMAC-SHA256" || ed25519.alg != "EdDSA" {
            return Err(RecordError::Algorithm);
        }
        let record = Self {
            certificate_id: wire.certificate_id,
            company_id: wire.company_id,
            property_id: wire.property_id,
            timestamp: wire.timestamp,
            received_at: wire.received_at,
            domain: wire.domain,
            origin: wire.origin,
            nonce: wire.nonce.0,
            client_random: wire.client_random.0,
            minted_by: wire.minted_by,
            attestation: wire.attestation,
            clock: wire.clock,
            tracker: wire.tracker,
            supersedes: wire.supersedes,
            dropped: wire.dropped,
            consents: wire.consents,
            geo: wire.geo.map(|geo| Geo { country: geo.country, region: geo.region }),
            committed: wire.committed,
            attached: Attached {
                presentation: wire.attached.presentation,
                withheld: wire.attached.withheld,
                recording: wire.attached.recording,
            },
            keys: RecordKeys { hmac: hmac.kid, ed25519: ed25519.kid },
        };
        if record.entropy().base64url() != wire.entropy {
            return Err(RecordError::Entropy);
        }
        if !record.id_holds() {
            return Err(RecordError::Hash);
        }
        if record.canonical() != json {
            return Err(RecordError::NotCanonical);
        }
        Ok(record)
    }
}

#[cfg(feature = "sign")]
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Token {
    session: SessionId,
    company: CompanyId,
    property: PropertyId,
    origin: Origin,
    nonce: Bytes16,
    stream: StreamId,
    pub(crate) issued_at: Timestamp,
    pub(crate) kid: KeyId,
}

#[cfg(feature = "sign")]
impl From<Token> for SessionToken {
    fn from(token: Token) -> Self {
        let Token { session, company, property, origin, nonce, stream, issued_at, kid: _ } = token;
        Self { session, company, property, origin, nonce: nonce.0, stream, issued_at }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StateWire {
    status: Status,
    claims: BTreeSet<CompanyId>,
    revoked: BTreeSet<CompanyId>,
}

impl<'de> Deserialize<'de> for State {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let StateWire { status, claims, revoked } = StateWire::deserialize(deserializer)?;
        Ok(Self { status, claims, revoked })
    }
}
