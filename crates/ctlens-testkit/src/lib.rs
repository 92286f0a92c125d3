#![doc = include_str!("../README.md")]

mod authority;
mod certificate;
mod corpus;
mod demo;
pub mod der;
pub mod incident;
mod key;
mod log_list;
mod multiples;
mod name;
mod rng;
mod sct;
mod static_log;
pub mod tree;

pub use authority::Ca;
pub use certificate::CertificateBuilder;
pub use corpus::{Corpus, KnownDifference, Tally, read_certificate};
pub use demo::{Demo, Planted, PlantedCertificate, PlantedKind};
pub use key::Key;
pub use log_list::{ListedLog, chrome_log_list};
pub use name::Name;
pub use rng::Rng;
pub use sct::{Issued, Sct, SignedEntry, TestLog, leaf_index_extension, sct_list, sct_list_value, timestamped_entry};
pub use static_log::{LogEntry, LogFiles, Misbehaviour, StaticLog, checkpoint_key_id};
