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

#[cfg(feature = "alloc")]
extern crate alloc;

mod bundle;
mod error;
mod frontier;
mod hash;
mod head;
mod path;
mod plan;
mod proof;
#[cfg(feature = "alloc")]
mod range;
#[cfg(feature = "serde")]
mod serialization;
mod subtree;
mod tile;
#[cfg(feature = "alloc")]
mod tiles;
#[cfg(feature = "alloc")]
mod tlog_proof;

pub use bundle::Entries;
pub use error::{ProofError, TileError};
pub use frontier::Frontier;
pub use hash::{Hash, leaf_hash, leaf_hash_of_parts, node_hash};
pub use head::TreeHead;
pub use plan::ProofPlan;
pub use proof::{
    root_from_inclusion, root_from_subtree_inclusion, roots_from_consistency, roots_from_subtree_consistency,
    verify_consistency, verify_inclusion, verify_subtree_consistency, verify_subtree_inclusion,
};
#[cfg(feature = "alloc")]
pub use range::CompactRange;
pub use subtree::{Node, Subtree};
pub use tile::{Tile, TileKind};
#[cfg(feature = "alloc")]
pub use tiles::HashTiles;
#[cfg(feature = "alloc")]
pub use tlog_proof::{TlogProof, TlogProofError};
