use core::fmt;

use crate::{
    Hash, ProofError, node_hash,
    path::{bit_length, set_bits, shl, shr},
};

/// A subtree: the leaves `[start, end)`, so aligned that one proof can tie their hash to every larger tree.
///
/// `start` is a multiple of the smallest power of two that is not below the size (Merkle Tree Certificates draft,
/// "Definition of a Subtree", editor's copy of August 2026). Every `[0, n)` is one, and so is every empty `[n, n)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subtree {
    start: u64,
    end: u64,
}

impl Subtree {
    /// The subtree of those leaves.
    ///
    /// # Errors
    /// [`ProofError::InvalidSubtree`] if `end < start` or `start` is not aligned to the size.
    pub fn new(start: u64, end: u64) -> Result<Self, ProofError> {
        let valid = end.checked_sub(start).is_some_and(|size| match size.checked_next_power_of_two() {
            Some(bit_ceil) => start & bit_ceil.saturating_sub(1) == 0,
            // BIT_CEIL is 2^64.
            None => start == 0,
        });
        if valid { Ok(Self { start, end }) } else { Err(ProofError::InvalidSubtree { start, end }) }
    }

    pub(crate) fn new_unchecked(start: u64, end: u64) -> Self {
        debug_assert!(Self::new(start, end).is_ok(), "[{start}, {end})");
        Self { start, end }
    }

    /// The whole tree of `size` leaves.
    #[must_use]
    pub const fn of_tree(size: u64) -> Self {
        Self { start: 0, end: size }
    }

    /// The two adjacent subtrees that cover the leaves `[start, end)` with the least excess: none after `end`, and before
    /// `start` less than half of the first subtree. For less than two leaves the second one is empty.
    ///
    /// (Merkle Tree Certificates draft, "Selecting Two Subtrees".)
    ///
    /// # Errors
    /// [`ProofError::InvalidSubtree`] if `end < start`.
    pub fn covering(start: u64, end: u64) -> Result<[Self; 2], ProofError> {
        let size = end.checked_sub(start).ok_or(ProofError::InvalidSubtree { start, end })?;
        let Some(last) = end.checked_sub(1).filter(|_| size > 1) else {
            return Ok([Self { start, end }, Self { start: end, end }]);
        };
        // The level below which the paths to the first and the last leaf are apart; the second subtree begins there.
        let split = bit_length(start ^ last).saturating_sub(1);
        let below = !shl(u64::MAX, split);
        let middle = last & !below;
        // The path to `start` runs along the right edge of what is left of it from this level on.
        let left_split = bit_length(!start & below);
        let left_start = start & shl(u64::MAX, left_split);
        Ok([Self { start: left_start, end: middle }, Self { start: middle, end }])
    }

    /// The first leaf.
    #[must_use]
    pub const fn start(&self) -> u64 {
        self.start
    }

    /// The leaf after the last.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// The number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// The perfect trees that the subtree consists of, one for each set bit of its size, from the right, which is from
    /// the smallest.
    pub fn nodes(&self) -> impl Iterator<Item = Node> + Clone + use<> {
        set_bits(self.size()).scan(self.end, |end, level| {
            *end = end.checked_sub(shl(1, level))?;
            let index = shr(*end, level);
            u8::try_from(level).ok().map(|level| Node { level, index })
        })
    }

    /// The hash of the subtree, its root, from the hashes of its [`nodes`](Self::nodes).
    ///
    /// # Errors
    /// What `node` returns.
    pub fn hash<E>(&self, mut node: impl FnMut(Node) -> Result<Hash, E>) -> Result<Hash, E> {
        let mut hash = None;
        for next in self.nodes() {
            let left = node(next)?;
            hash = Some(hash.map_or(left, |right| node_hash(&left, &right)));
        }
        Ok(hash.unwrap_or(Hash::EMPTY_TREE))
    }
}

impl fmt::Display for Subtree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}, {})", self.start, self.end)
    }
}

/// A node of the tree with a complete (perfect) tree under it: number `index` of its level, from the left.
///
/// It spans the leaves `index * 2^level` to `(index + 1) * 2^level − 1`, and its hash never changes. Level 0 are the leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// Height over the leaves, 0 to 63.
    pub level: u8,
    /// Number in the level.
    pub index: u64,
}
