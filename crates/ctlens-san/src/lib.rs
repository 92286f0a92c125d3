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

mod address_text;
mod bit_blocks;
mod bytes;
mod candidates;
mod constraint_scan;
mod constraints;
mod dns_name;
mod error;
mod escapes;
mod glob;
mod hit;
mod host_part;
mod identify;
mod index;
mod inner_names;
mod item;
mod item_text;
mod links;
mod name_scan;
mod name_trie;
mod name_walk;
mod payloads;
mod prefix;
mod prefix_trie;
mod scan;
#[cfg(feature = "idna")]
mod u_label;
mod watch_list;

pub use constraints::{
    ChainError, ChainRefusal, ConstraintError, ConstraintErrorKind, Constraints, Refusal, RefusalReason, Subtree,
    SubtreeList, check_chain,
};
pub use dns_name::DnsName;
pub use error::{ListFull, ParseError, ParseErrorKind, TextError, TextErrorKind};
pub use hit::{Grade, Hit, Outcome, Reading, Relation, Source, Tally, Undecided};
pub use identify::{Identification, Mismatch, Reference, identifies};
pub use item::{Item, ItemWarning};
pub use item_text::{TextItem, read_items};
pub use prefix::Prefix;
pub use watch_list::{Entry, ItemId, Items, WatchList};
