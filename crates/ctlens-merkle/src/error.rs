use crate::Hash;

/// Why a proof proves nothing, or what about the tree makes the question impossible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The leaf index lies outside the tree.
    #[error("leaf {index} is outside a tree of {size} leaves")]
    IndexOutOfRange {
        /// Index asked for.
        index: u64,
        /// Leaves in the tree.
        size: u64,
    },
    /// The tree that should be the newer one has fewer leaves.
    #[error("the newer tree has {new} leaves, the older one {old}")]
    TreeShrinks {
        /// Leaves in the older tree.
        old: u64,
        /// Leaves in the newer tree.
        new: u64,
    },
    /// There is no consistency proof from an empty tree; [`TreeHead::extends`](crate::TreeHead::extends) covers that case.
    #[error("there is no consistency proof from an empty tree (to {new} leaves)")]
    FromEmptyTree {
        /// Leaves in the newer tree.
        new: u64,
    },
    /// A head of size 0 whose root is not that of the empty tree.
    #[error("a tree without leaves cannot have the root {root}")]
    EmptyTreeRoot {
        /// The root that the head claims.
        root: Hash,
    },
    /// The proof does not have exactly as many hashes as the position and the sizes require.
    #[error("the proof has {got} hashes where {expected} are required")]
    ProofLength {
        /// Required number of hashes.
        expected: usize,
        /// Number of hashes in the proof.
        got: usize,
    },
    /// The hashes do not lead to the root of the (newer) tree.
    #[error("the hashes lead to the root {computed}, the head of {size} leaves has {expected}")]
    RootMismatch {
        /// Leaves in the tree.
        size: u64,
        /// Root in the head.
        expected: Hash,
        /// Root that follows from the proof.
        computed: Hash,
    },
    /// The hashes do not lead to the root of the older tree.
    #[error("the hashes lead to the older root {computed}, the older head of {size} leaves has {expected}")]
    OldRootMismatch {
        /// Leaves in the older tree.
        size: u64,
        /// Root in the older head.
        expected: Hash,
        /// Root that follows from the proof.
        computed: Hash,
    },
    /// The tree would have more than 2^64 − 1 leaves.
    #[error("a tree of {size} leaves cannot take {more} more")]
    TreeFull {
        /// Leaves in the tree.
        size: u64,
        /// Leaves to be added.
        more: u64,
    },
}

/// Why something is not a tile, or not this tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TileError {
    /// The path does not begin with `tile/`.
    #[error("a tile path begins with \"tile/\"")]
    Prefix,
    /// The second element of the path is neither a level from 0 to 63 without leading zeros nor `entries`, `data` or `names`.
    #[error("the path does not name a level from 0 to 63, or entries, data or names")]
    Kind,
    /// The index is not written in groups of three digits, all but the last after an `x`, without needless groups.
    #[error("the tile index is not written in groups of three digits")]
    IndexSyntax,
    /// The index exceeds 2^64 − 1.
    #[error("the tile index exceeds 64 bits")]
    IndexTooLarge,
    /// The suffix is not `.p/` and a number from 1 to 255 without leading zeros.
    #[error("the suffix of a partial tile is not .p/ and a width from 1 to 255")]
    PartialSyntax,
    /// A level above 63.
    #[error("level {level} is above 63")]
    Level {
        /// The level.
        level: u8,
    },
    /// A width that is not in 1..=256.
    #[error("a tile cannot be {width} wide")]
    Width {
        /// The width.
        width: u16,
    },
}
