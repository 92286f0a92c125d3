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

mod checkpoint;
mod cursor;
mod entry;
mod fault;
mod follower;
mod merkle_tree_leaf;
mod note;
mod position;
mod tile_leaf;
mod tree_head;
mod verifier_key;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use cursor::{DecodeError, DecodeErrorKind};
pub use entry::{LeafIndexError, LogEntry, TimestampedEntry};
pub use fault::{EvidenceError, Fault, Misbehaviour, ObservedFault};
pub use follower::{Fetch, Follower, Step, Undecidable, VerifiedEntry, VerifiedTile};
pub use merkle_tree_leaf::{ExtraData, MerkleTreeLeaf};
pub use note::{NoteError, NoteSignature, SignatureError, SignedNote, VerifiedSignature};
pub use position::{Position, PositionError};
pub use tile_leaf::{TileLeaf, TileLeafError, TileLeaves};
pub use tree_head::{SignedTreeHead, TreeHeadError};
pub use verifier_key::{VerifierKey, VerifierKeyError};
