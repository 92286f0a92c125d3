#![doc = include_str!("../README.md")]
#![no_std]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

extern crate alloc;

mod ct_policy;
mod cursor;
mod entry;
mod error;
mod extensions;
mod list;
mod message;
mod ocsp;
mod sct;
mod verdict;
mod verifier;

pub use ct_policy::{Compliance, CtPolicy, MissingScts, PolicyVerdict, Standing, Unmet};
pub use entry::{EntryError, IssuerKeyHash, SignedEntry};
pub use error::{Error, ErrorKind};
pub use extensions::{CtExtension, CtExtensions};
pub use list::SctList;
pub use message::SignedMessage;
pub use sct::Sct;
pub use verdict::{Delivery, SctVerdict, TbsReading, Verdict, VerifiedSct};
pub use verifier::Verifier;
