use alloc::{boxed::Box, vec::Vec};

use ctlens_loglist::LogKey;
use ctlens_merkle::{Hash, ProofError, Tile, TileError, TreeHead, verify_consistency};

use crate::entry::LeafIndexError;
use crate::follower::Fetch;
use crate::note::NoteError;
use crate::tile_leaf::TileLeafError;
use crate::tree_head::{SignedTreeHead, TreeHeadError};

/// What is wrong with a log, or with what stands between it and its reader.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Seen, but not provable to others: a cache, a proxy or a broken disk can do the same. Fetch again, some time later and
    /// over another way if there is one, before accusing anybody; the follower wants the same thing as before.
    #[error(transparent)]
    Observed(#[from] ObservedFault),
    /// Signed by the log, and convincing to anybody who has its key.
    #[error(transparent)]
    Proven(#[from] Box<Misbehaviour>),
}

/// What was fetched, and why it cannot be right. A transcript, not a proof.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ObservedFault {
    /// The checkpoint is not a note with the log's signature.
    #[error("checkpoint: {0}")]
    Checkpoint(#[from] NoteError),
    /// The checkpoint is older than what was verified already. Caches do that, and logs with several front ends.
    #[error("the checkpoint has {got} entries, {held} are known")]
    OlderCheckpoint {
        /// Entries under the newest head known.
        held: u64,
        /// Entries under the head that was served.
        got: u64,
    },
    /// Something that the log's signed head says must be there is not, neither itself nor the full tile in its place.
    #[error("{fetch} is missing although the log has {size} entries")]
    Missing {
        /// What was asked for.
        fetch: Fetch,
        /// Entries under the head.
        size: u64,
    },
    /// A tile of hashes has the wrong length, or the tiles do not lead to the root of the signed head: see
    /// [`TileError::NotAuthentic`] (which tile, expected and computed hash) and [`TileError::Proof`] (the tiles at the right
    /// edge, of which any can be the wrong one). Also a full data tile whose entries are not those of the tree.
    #[error(transparent)]
    Tile(#[from] TileError),
    /// An entry is not that of the tree.
    #[error("entry {index} has the leaf hash {computed}, the tree has {expected}")]
    Entry {
        /// Its index in the log.
        index: u64,
        /// Leaf hash in the tree.
        expected: Hash,
        /// Leaf hash of what was served.
        computed: Hash,
    },
    /// A data tile cannot be taken apart into its entries, so that none behind the damage can be verified.
    #[error("{tile}: {error}")]
    Framing {
        /// The tile.
        tile: Tile,
        /// Which entry, where, and how much was not decoded.
        error: TileLeafError,
    },
    /// A data tile ends before its last entry.
    #[error("{tile} has {got} entries")]
    EntriesMissing {
        /// The tile; its width is the number of entries that it should have.
        tile: Tile,
        /// Entries that are there.
        got: usize,
    },
    /// A data tile goes on after its last entry.
    #[error("{tile} has {octets} octets after its last entry")]
    TrailingData {
        /// The tile.
        tile: Tile,
        /// How many octets.
        octets: usize,
    },
    /// An entry that is authentic does not claim the index that it has.
    #[error(transparent)]
    LeafIndex(#[from] LeafIndexError),
    /// The log's tree begins otherwise than what was verified, and no signed head is at hand that would prove it.
    #[error("the first {size} entries now have the root {computed}, {expected} was verified")]
    OtherPrefix {
        /// Entries that were verified.
        size: u64,
        /// Their root.
        expected: Hash,
        /// Root of as many entries in the tree of the new head.
        computed: Hash,
    },
    /// The entries do not have the root of the signed head.
    #[error(transparent)]
    Root(#[from] ProofError),
    /// Something was handed over that was not asked for.
    #[error("{got} was supplied where {wanted} is wanted")]
    NotWanted {
        /// What the follower wants.
        wanted: Fetch,
        /// What it was given.
        got: Fetch,
    },
}

/// Two signed statements of a log that cannot both be true: evidence that stands on its own.
///
/// [`verify`](Self::verify) is what a third party does with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Misbehaviour {
    /// Two heads over the same number of entries with different roots.
    #[error("log {} signed two roots for {} entries: {} and {}",
        first.log_id(), first.head().size, first.head().root, second.head().root)]
    TwoRoots {
        /// One head.
        first: SignedTreeHead,
        /// The other one.
        second: SignedTreeHead,
    },
    /// A tree that does not begin with the entries of a smaller tree which the log signed: something was changed or removed.
    #[error("log {} signed a tree of {} entries that does not contain its tree of {} entries",
        old.log_id(), new.head().size, old.head().size)]
    Rewritten {
        /// The head over fewer entries.
        old: SignedTreeHead,
        /// The head over more entries.
        new: SignedTreeHead,
        /// The root that as many entries as `old` has do have in the tree of `new`.
        root_in_new: Hash,
        /// The consistency proof (RFC 9162 §2.1.4.1) from `root_in_new` to `new`.
        proof: Vec<Hash>,
    },
}

impl Misbehaviour {
    /// Checks the evidence with the key of the log.
    ///
    /// # Errors
    /// Evidence that proves nothing.
    pub fn verify(&self, key: &LogKey) -> Result<(), EvidenceError> {
        let (one, other) = self.heads();
        one.verify(key)?;
        other.verify(key)?;
        let (one, other) = (one.head(), other.head());
        match self {
            Self::TwoRoots { .. } => {
                if one.size != other.size || one.root == other.root {
                    return Err(EvidenceError::NoContradiction);
                }
            }
            Self::Rewritten { root_in_new, proof, .. } => {
                let prefix = TreeHead { size: one.size, root: *root_in_new };
                verify_consistency(&prefix, &other, proof)?;
                if *root_in_new == one.root {
                    return Err(EvidenceError::NoContradiction);
                }
            }
        }
        Ok(())
    }

    /// The two signed heads. Each can be written as a note: [`SignedTreeHead::to_checkpoint`].
    #[must_use]
    pub fn heads(&self) -> (&SignedTreeHead, &SignedTreeHead) {
        match self {
            Self::TwoRoots { first, second } => (first, second),
            Self::Rewritten { old, new, .. } => (old, new),
        }
    }
}

/// Why evidence proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// A head is not signed by the log.
    #[error(transparent)]
    TreeHead(#[from] TreeHeadError),
    /// The consistency proof does not hold.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// Both heads can be true.
    #[error("the two tree heads do not contradict each other")]
    NoContradiction,
}
