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

mod access;
mod anomaly;
mod certificate;
mod constraints;
mod correspond;
mod error;
mod extension;
mod fields;
mod general_name;
mod hex;
mod key_identifier;
mod name;
mod oid;
mod policies;
mod precert;
mod salvage;
mod spki;
mod syntax;
mod tbs;
mod text;
mod time;
mod tlv;
mod usage;
mod value;
#[cfg(feature = "verify")]
mod verify;
mod walk;

pub use access::{AccessDescription, DistributionPoint};
pub use anomaly::{Anomaly, AnomalyKind};
pub use certificate::Certificate;
pub use constraints::NameConstraints;
pub use correspond::{Difference, TbsField, corresponds};
pub use error::{Error, ErrorKind, Undecodable};
pub use extension::{Extension, Extensions};
pub use general_name::{GeneralName, GeneralNameKind, Names};
pub use hex::Hex;
pub use key_identifier::AuthorityKeyIdentifier;
pub use name::{Attribute, Attributes, Name};
pub use oid::Oid;
pub use policies::CertificatePolicy;
pub use precert::{PrecertTbs, ReconstructError};
pub use salvage::{Salvage, SuspectName, salvage};
pub use spki::Spki;
pub use tbs::Tbs;
pub use time::{UnixSeconds, Validity};
pub use tlv::{Reader, Tlv};
pub use usage::{BasicConstraints, KeyUsage};
#[cfg(feature = "verify")]
pub use verify::SignatureError;
