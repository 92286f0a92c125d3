//! What the fuzzers of ctlens do with an input: exercise a parser, and compare what comes out with a second reading of the
//! same bytes, with what they were made from, or with another library.
//!
//! Each target is a function of bytes that panics where something is wrong. `fuzz_targets/` has five lines for each, for
//! `cargo +nightly fuzz run TARGET`; `tests/replay.rs` runs all of them over their seeds and over the inputs in `crashes/`,
//! on stable.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod input;
pub mod lint;
pub mod log;
pub mod loglist;
pub mod merkle;
pub mod policy;
pub mod san;
pub mod sct;
mod seeds;
mod target;
pub mod x509;

pub use target::{TARGETS, Target};
