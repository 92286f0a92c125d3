use crate::{Hash, Tile};

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
    /// The leaves do not make a subtree: their end lies before their start, or the start is not aligned to their number.
    #[error("[{start}, {end}) is not a subtree")]
    InvalidSubtree {
        /// First leaf.
        start: u64,
        /// Leaf after the last.
        end: u64,
    },
    /// The subtree reaches beyond the tree.
    #[error("the subtree [{start}, {end}) is not within a tree of {size} leaves")]
    SubtreeOutOfRange {
        /// First leaf of the subtree.
        start: u64,
        /// Leaf after the last of the subtree.
        end: u64,
        /// Leaves in the tree.
        size: u64,
    },
    /// The subtree has no leaves, so that nothing follows from it.
    #[error("from the empty subtree at {start} no root follows")]
    EmptySubtree {
        /// Where the subtree begins and ends.
        start: u64,
    },
    /// The leaf index lies outside the subtree.
    #[error("leaf {index} is outside the subtree [{start}, {end})")]
    IndexOutsideSubtree {
        /// Index asked for.
        index: u64,
        /// First leaf of the subtree.
        start: u64,
        /// Leaf after the last of the subtree.
        end: u64,
    },
    /// The hashes do not lead to the hash of the subtree.
    #[error("the hashes lead to {computed} for the subtree [{start}, {end}), expected is {expected}")]
    SubtreeMismatch {
        /// First leaf of the subtree.
        start: u64,
        /// Leaf after the last of the subtree.
        end: u64,
        /// The hash that the subtree is said to have.
        expected: Hash,
        /// The hash that follows from the proof.
        computed: Hash,
    },
    /// The range to be merged does not begin where the other one ends.
    #[error("a range that begins at leaf {start} cannot be merged to one that ends before leaf {end}")]
    NotAdjacent {
        /// Leaf after the last of the range on the left.
        end: u64,
        /// First leaf of the range on the right.
        start: u64,
    },
    /// A serialised frontier or range has a wrong number of hashes for its size.
    #[error("{got} hashes were given for the nodes of [{start}, {end}), which are {expected}")]
    NodeCount {
        /// First leaf.
        start: u64,
        /// Leaf after the last.
        end: u64,
        /// Number of nodes.
        expected: usize,
        /// Number of hashes given.
        got: usize,
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
    /// The bytes are not as many as the tile has.
    #[error("{tile} has {expected} bytes, not {got}")]
    Length {
        /// The tile.
        tile: Tile,
        /// Bytes that such a tile has.
        expected: usize,
        /// Bytes given.
        got: usize,
    },
    /// An entry bundle ends within an entry or before its last one.
    #[error("entry {entry} of {width} does not fit in the {rest} bytes that are left")]
    EntryTruncated {
        /// Number of the entry in the bundle, from 0.
        entry: u16,
        /// Entries that the bundle should have.
        width: u16,
        /// Bytes from the entry's length on.
        rest: usize,
    },
    /// An entry bundle goes on after its last entry.
    #[error("{excess} bytes follow the {entries} entries of the bundle")]
    TrailingBytes {
        /// Entries in the bundle.
        entries: u16,
        /// Bytes after them.
        excess: usize,
    },
    /// The tree has no such tile of hashes, or one that is wider.
    #[error("{tile} is not a tile of hashes of a tree of {size} leaves")]
    NotInTree {
        /// The tile.
        tile: Tile,
        /// Leaves in the tree.
        size: u64,
    },
    /// The tree has no such node.
    #[error("a tree of {size} leaves has no complete node {index} at level {level}")]
    NodeNotInTree {
        /// Level of the node.
        level: u8,
        /// Index of the node.
        index: u64,
        /// Leaves in the tree.
        size: u64,
    },
    /// A tile is needed that is not here.
    #[error("{tile} is missing")]
    Missing {
        /// The tile.
        tile: Tile,
    },
    /// The hashes of a tile are not those of the tree.
    #[error("{tile} is not that of the tree: its hashes give {computed}, expected is {expected}")]
    NotAuthentic {
        /// The tile.
        tile: Tile,
        /// The hash that the tree has.
        expected: Hash,
        /// The hash that was given, or follows from those given.
        computed: Hash,
    },
    /// The tiles at the right edge do not give the root of the head.
    #[error(transparent)]
    Proof(#[from] ProofError),
}
