//! One implementation of consent, for the browser, the edge and anyone's verifier.
//!
//! Everything that decides what a certificate is, whether it holds, and whether its words comply
//! lives here. Nothing in this crate reads a clock, draws randomness or performs I/O: time and
//! entropy come in as arguments, so that every result can be computed again by somebody else.
//!
//! Reading order follows the life of a certificate: [`collect`] what the page showed, take its
//! [`fingerprint`], mint the [`certificate_id`], write the signed [`record`] with its
//! [`commitment`]s, keep its chain of [`custody`], compare words by [`matching`], check them
//! against a buyer's [`rules`].
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

extern crate alloc;
// Schemas are made by macros that name it and use its own.
#[cfg(feature = "openapi")]
#[macro_use]
extern crate std;

pub mod access;
mod area_codes;
pub mod business_days;
pub mod certificate_id;
pub mod collect;
pub mod commitment;
pub mod consent;
pub mod consents;
pub mod consumer;
pub mod contact;
pub mod custody;
pub mod digest;
mod digits;
pub mod fingerprint;
pub mod ids;
pub mod json;
pub mod limits;
pub mod mask;
pub mod name;
#[cfg(all(feature = "openapi", feature = "sign", feature = "rules"))]
mod openapi;
pub mod origins;
pub mod partner;
pub mod record;
pub mod recording;
pub mod retention;
pub mod selector;
pub mod share;
pub mod signature;
pub mod states;
pub mod time;
pub mod timezone;

#[cfg(feature = "sign")]
pub mod beginning;
#[cfg(all(feature = "serde", feature = "sign"))]
pub mod bundle;
#[cfg(feature = "sign")]
pub mod claim;
#[cfg(feature = "sign")]
pub mod credentials;
#[cfg(feature = "sign")]
pub mod head;
#[cfg(all(feature = "serde", feature = "sign"))]
pub mod ingest;
#[cfg(all(feature = "serde", feature = "sign"))]
pub mod issue;
#[cfg(all(feature = "serde", feature = "sign"))]
pub mod jwks;
#[cfg(feature = "sign")]
pub mod keys;
#[cfg(feature = "rules")]
pub mod listing;
#[cfg(feature = "rules")]
pub mod matching;
#[cfg(feature = "sign")]
pub mod packed;
#[cfg(feature = "rules")]
pub mod password;
#[cfg(feature = "serde")]
pub mod presentation;
#[cfg(all(feature = "serde", feature = "sign"))]
pub mod raw;
#[cfg(all(feature = "serde", feature = "sign"))]
pub mod replay_link;
#[cfg(feature = "rules")]
pub mod rules;
#[cfg(feature = "sign")]
pub mod sealed;
#[cfg(feature = "rules")]
pub mod shown;
#[cfg(all(feature = "serde", feature = "sign"))]
pub mod staging;
#[cfg(feature = "rules")]
pub mod text;
#[cfg(all(feature = "serde", feature = "sign"))]
pub mod token;
#[cfg(all(feature = "serde", feature = "sign", feature = "rules"))]
pub mod verify;
#[cfg(feature = "sign")]
pub mod webhook;

#[cfg(feature = "serde")]
pub mod wire;
