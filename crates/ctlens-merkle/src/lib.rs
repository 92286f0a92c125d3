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

mod error;
mod frontier;
mod hash;
mod head;
mod proof;
mod tile;

pub use error::{ProofError, TileError};
pub use frontier::Frontier;
pub use hash::{Hash, leaf_hash, leaf_hash_of_parts, node_hash};
pub use head::TreeHead;
pub use proof::{root_from_inclusion, roots_from_consistency, verify_consistency, verify_inclusion};
pub use tile::{Tile, TileKind};
