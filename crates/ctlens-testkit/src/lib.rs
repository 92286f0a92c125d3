#![doc = include_str!("../README.md")]

mod authority;
mod certificate;
mod corpus;
pub mod der;
mod key;
mod log_list;
mod name;
mod rng;
mod sct;
mod static_log;
pub mod tree;

pub use authority::Ca;
pub use certificate::CertificateBuilder;
pub use corpus::{Corpus, KnownDifference, Tally};
pub use key::Key;
pub use log_list::{ListedLog, chrome_log_list};
pub use name::Name;
pub use rng::Rng;
pub use sct::{Issued, Sct, SignedEntry, TestLog, leaf_index_extension, sct_list, sct_list_value, timestamped_entry};
pub use static_log::{LogEntry, LogFiles, Misbehaviour, StaticLog, checkpoint_key_id};
