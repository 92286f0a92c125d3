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

mod certificate;
mod error;
mod extension;
mod general_name;
mod name;
mod oid;
mod precert;
mod spki;
mod tbs;
mod time;
mod tlv;
#[cfg(feature = "verify")]
mod verify;

pub use certificate::Certificate;
pub use error::{Error, ErrorKind, Undecodable};
pub use extension::{Extension, Extensions};
pub use general_name::{GeneralName, GeneralNameKind, Names};
pub use name::{Attribute, Attributes, Name};
pub use oid::Oid;
pub use precert::{PrecertTbs, ReconstructError};
pub use spki::Spki;
pub use tbs::Tbs;
pub use time::{UnixSeconds, Validity};
pub use tlv::{Reader, Tlv};
#[cfg(feature = "verify")]
pub use verify::SignatureError;
