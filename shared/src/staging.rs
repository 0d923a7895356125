//! Staging: long words that a page hands over while there is time, so that the commit of a submit
//! is small (contract §1, "When it is minted"). The server takes every digest itself.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;

use crate::consent::ConsentText;
use crate::digest::Digest;
use crate::ids::{Origin, PropertyId};
use crate::ingest::Refusal;
use crate::keys::{HmacKey, Ring};
use crate::limits;
use crate::time::Timestamp;
use crate::token::{SessionToken, TokenError};

/// What a page hands over: one JSON object.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Staging {
    /// The version of this shape: 1.
    pub v: u32,
    /// The session's token; nobody else may leave words here.
    pub token: String,
    /// The words as the page has them.
    pub texts: Vec<String>,
}

/// Words that are kept for a while.
#[derive(Debug, Clone)]
pub struct Staged {
    /// For whose certificates.
    pub property: PropertyId,
    /// Normalised, by digest.
    pub texts: BTreeMap<Digest, ConsentText>,
}

impl Staging {
    /// Reads what a page hands over.
    ///
    /// # Errors
    /// [`Refusal`] names the first thing that is wrong.
    pub fn parse(json: &str) -> Result<Self, Refusal> {
        let staging: Self = serde_json::from_str(json)?;
        if staging.v != 1 {
            return Err(Refusal::Version(staging.v));
        }
        if staging.texts.len() > limits::CONSENTS {
            return Err(Refusal::Limit("texts"));
        }
        Ok(staging)
    }

    /// Holds it against its token.
    ///
    /// # Errors
    /// [`Refusal::Token`] and [`Refusal::ForeignToken`].
    pub fn admit(
        self,
        origin: &Origin,
        now: Timestamp,
        tokens: &Ring<HmacKey>,
    ) -> Result<Staged, Refusal> {
        let token = SessionToken::open(&self.token, tokens)?;
        if token.origin != *origin {
            return Err(Refusal::ForeignToken);
        }
        if !token.attests(now) {
            return Err(TokenError::Retired.into());
        }
        let texts = self.texts.iter().map(|text| ConsentText::of(text));
        let texts = texts.map(|text| (text.digest(), text)).collect();
        Ok(Staged { property: token.property, texts })
    }
}
