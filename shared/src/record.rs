//! The signed record: everything a certificate says, as one JSON object in canonical form
//! (contract §1, "The signed record"; vectors `record.json`). Its bytes are frozen at `v: 1`.

use alloc::string::String;

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::certificate_id::CertificateId;
use crate::commitment::Committed;
use crate::consent::Dropped;
use crate::consents::Consents;
use crate::digest::Digest;
use crate::fingerprint::{self, Moment, Random};
use crate::ids::{CompanyId, KeyId, Origin, PropertyId};
use crate::json::members::{Members, object};
use crate::time::Timestamp;

macro_rules! word {
    ($(#[$doc:meta])* $name:ident, $error:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        #[doc = concat!("Why a string is no [`", stringify!($name), "`].")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
        #[error("expected one of: {}", [$($word),+].join(", "))]
        pub struct $error;

        impl $name {
            /// Every word, in the order of the variants.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word in documents.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl core::str::FromStr for $name {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($error),
                }
            }
        }
    };
}
pub(crate) use word;

word!(
    /// Who computed the certificate id.
    MintedBy, MintedByError {
        /// The page, while the form was being submitted.
        Page = "page",
        /// The server, from raw evidence of a page that submitted before the tracker was there.
        Server = "server"
    }
);
word!(
    /// Whether the evidence came with a session token of ours.
    Attestation, AttestationError {
        /// It carried a token for this session, property and origin.
        Attested = "attested",
        /// It came from a registered origin, without a token that was still good.
        Unattested = "unattested"
    }
);
word!(
    /// Whether the page's time agrees with the server's.
    Clock, ClockError {
        /// Between session start and receipt, five seconds aside.
        Verified = "verified",
        /// Outside that, older than a day, or without a session start to compare with.
        Unverified = "unverified"
    }
);

/// Where the consumer's IP address lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Geo {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// The region's code within the country (for the US the state's two letters); empty when
    /// unknown.
    pub region: String,
}

/// Digests of the documents that may grow, each stored beside the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attached {
    /// How each record looked.
    pub presentation: Option<Digest>,
    /// What was on the page and does not count.
    pub withheld: Option<Digest>,
    /// The manifest of the session's recording.
    pub recording: Option<Digest>,
}

/// The keys that sign a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordKeys {
    /// For the HMAC-SHA256, which the server checks.
    pub hmac: KeyId,
    /// For the Ed25519 signature, which anybody checks.
    pub ed25519: KeyId,
}

/// A certificate's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its name; holds the session id and the hash over all evidence.
    pub certificate_id: CertificateId,
    /// The publisher.
    pub company_id: CompanyId,
    /// The publisher's website.
    pub property_id: PropertyId,
    /// When the form was submitted, by the page's time.
    pub timestamp: Timestamp,
    /// When the evidence arrived, by the server's.
    pub received_at: Timestamp,
    /// The page's host name.
    pub domain: String,
    /// The page's origin.
    pub origin: Origin,
    /// Of the session token; zeros without one.
    pub nonce: Random,
    /// Of the page.
    pub client_random: Random,
    /// Who computed the id.
    pub minted_by: MintedBy,
    /// Whether a session token came with it.
    pub attestation: Attestation,
    /// Whether `timestamp` is plausible.
    pub clock: Clock,
    /// The tracker's version.
    pub tracker: String,
    /// The certificate of the same form that this one replaces.
    pub supersedes: Option<CertificateId>,
    /// What went beyond the limits.
    pub dropped: Dropped,
    /// What the visitor saw and did.
    pub consents: Consents,
    /// Where the IP address lies, when known.
    pub geo: Option<Geo>,
    /// Personal values, by commitment.
    pub committed: Committed,
    /// Documents beside the record, by digest.
    pub attached: Attached,
    /// The keys that sign it.
    pub keys: RecordKeys,
}

impl Record {
    /// What the certificate id was computed from.
    #[must_use]
    pub fn moment(&self) -> Moment<'_> {
        Moment {
            session: self.certificate_id.session(),
            company: &self.company_id,
            property: &self.property_id,
            timestamp: self.timestamp,
            domain: &self.domain,
            nonce: self.nonce,
            client_random: self.client_random,
        }
    }

    /// Whether the id is the one that this evidence gives.
    #[must_use]
    pub fn id_holds(&self) -> bool {
        fingerprint::mint(&self.moment(), &self.consents) == self.certificate_id
    }

    /// SHA-256 over nonce, client randomness and consents.
    #[must_use]
    pub fn entropy(&self) -> Digest {
        fingerprint::entropy(&self.nonce, &self.client_random, self.consents.digest())
    }

    /// The canonical bytes, as text: what both signatures are made over, behind their prefix. Where
    /// the consents are what was stored, they stand in it as they are, and the signature tells.
    #[must_use]
    pub fn canonical(&self) -> String {
        let supersedes = self.supersedes.as_ref().map(String::from);
        object(|members| {
            members
                .object("attached", |members| self.attached.write(members))
                .text("attestation", self.attestation.as_str())
                .text("certificate_id", &String::from(&self.certificate_id))
                .text("client_random", &Base64UrlUnpadded::encode_string(&self.client_random))
                .text("clock", self.clock.as_str())
                .object("committed", |members| self.committed.write(members))
                .text("company_id", self.company_id.as_str())
                .json("consents", self.consents.document())
                .text("domain", &self.domain)
                .object("dropped", |members| self.dropped.write(members));
            members.text("entropy", &self.entropy().base64url());
            match &self.geo {
                Some(geo) => members.object("geo", |members| geo.write(members)),
                None => members.json("geo", "null"),
            };
            members
                .object("keys", |members| self.keys.write(members))
                .text("minted_by", self.minted_by.as_str())
                .text("nonce", &Base64UrlUnpadded::encode_string(&self.nonce))
                .text("origin", self.origin.as_str())
                .text("property_id", self.property_id.as_str())
                .text("received_at", &String::from(self.received_at))
                .text("session_id", self.certificate_id.session().as_str())
                .text_or_null("supersedes", supersedes.as_deref())
                .text("timestamp", &String::from(self.timestamp))
                .text("tracker", &self.tracker)
                .number("v", 1);
        })
    }
}

impl Geo {
    fn write(&self, members: &mut Members<'_>) {
        members.text("country", &self.country).text("region", &self.region);
    }
}

impl Attached {
    fn write(self, members: &mut Members<'_>) {
        for (name, digest) in [
            ("presentation", self.presentation),
            ("recording", self.recording),
            ("withheld", self.withheld),
        ] {
            if let Some(digest) = digest {
                members.text(name, &digest.hex());
            }
        }
    }
}

impl RecordKeys {
    fn write(&self, members: &mut Members<'_>) {
        for (name, kid, alg) in
            [("ed25519", &self.ed25519, "EdDSA"), ("hmac", &self.hmac, "HMAC-SHA256")]
        {
            members.object(name, |members| {
                members.text("alg", alg).text("kid", kid.as_str());
            });
        }
    }
}
