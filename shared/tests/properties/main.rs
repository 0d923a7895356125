//! What holds for everything, not only for examples.
//!
//! Native only: the known answers run in wasm too, and show that both compute the same.

#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on ends"
)]

mod collecting;
mod contacts;
mod custody;
mod ids;
mod records;
mod rules;
mod texts;
