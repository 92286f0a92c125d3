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

#[cfg(feature = "json")]
mod chrome_v3;
mod id;
mod key;
mod list;
#[cfg(feature = "rsa")]
mod list_key;
mod log;
#[cfg(feature = "prepared")]
mod prepared;
mod spki;
mod time;
mod verify;

#[cfg(feature = "json")]
pub use chrome_v3::ListError;
pub use id::{LogId, MIMIC_LOG_IDS, ParseLogIdError};
pub use key::{KeyError, KeyKind, LogKey};
pub use list::{LogList, RejectReason, RejectedLog};
#[cfg(feature = "rsa")]
pub use list_key::ListKey;
pub use log::{FinalTreeHead, Log, LogKind, LogState, LogStatus, LogType, PreviousOperator, TemporalInterval};
#[cfg(feature = "prepared")]
pub use prepared::{PreparedKeys, SignedDigest, Window};
pub use time::{ParseTimeError, UnixMillis};
pub use verify::VerifyError;
