use alloc::vec::Vec;
use core::fmt;

use crate::{
    Hash, Node, ProofError, Subtree, node_hash,
    path::{shl, shr},
};

/// Consecutive leaves anywhere in a tree, as the nodes over them: what part of a log contributes to its root.
///
/// Several workers can each hash their part of a log into such a range; [`merge`](Self::merge) and
/// [`Frontier::merge`](crate::Frontier::merge) join the parts. At most 126 nodes.
#[derive(Clone, PartialEq, Eq)]
pub struct CompactRange {
    start: u64,
    end: u64,
    /// From left to right; first ascending, then descending levels.
    nodes: Vec<(u32, Hash)>,
}

impl CompactRange {
    /// The empty range at leaf `start`.
    #[must_use]
    pub const fn new(start: u64) -> Self {
        Self { start, end: start, nodes: Vec::new() }
    }

    /// The range with those hashes of its nodes, from left to right.
    #[cfg(feature = "serde")]
    pub(crate) fn from_hashes(start: u64, end: u64, hashes: &[Hash]) -> Result<Self, ProofError> {
        let mut range = Self::new(start);
        let mut hashes_left = hashes.iter();
        let mut expected = 0_usize;
        while let Some(left) = end.checked_sub(range.end).filter(|&left| left > 0) {
            // The largest perfect tree that may begin here and does not go beyond the end.
            let level = range.end.trailing_zeros().min(left.ilog2());
            expected = expected.saturating_add(1);
            if let Some(hash) = hashes_left.next() {
                range.nodes.push((level, *hash));
            }
            range.end = range.end.saturating_add(shl(1, level));
        }
        if start > end || hashes.len() != expected {
            return Err(ProofError::NodeCount { start, end, expected, got: hashes.len() });
        }
        Ok(range)
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

    /// The nodes over the leaves with their hashes, from left to right.
    pub fn nodes(&self) -> impl Iterator<Item = (Node, Hash)> {
        let place = move |start: &mut u64, &(level, hash): &(u32, Hash)| {
            let node = Node { level: u8::try_from(level).ok()?, index: shr(*start, level) };
            *start = start.wrapping_add(shl(1, level));
            Some((node, hash))
        };
        self.nodes.iter().scan(self.start, place)
    }

    /// The hash of the leaves as a subtree, if they make one: the root if the range begins at 0.
    ///
    /// # Errors
    /// [`ProofError::InvalidSubtree`].
    pub fn subtree(&self) -> Result<(Subtree, Hash), ProofError> {
        let subtree = Subtree::new(self.start, self.end)?;
        let joined = self.nodes.iter().map(|&(_, hash)| hash).rev().reduce(|right, left| node_hash(&left, &right));
        Ok((subtree, joined.unwrap_or(Hash::EMPTY_TREE)))
    }

    /// Appends a leaf.
    ///
    /// # Errors
    /// [`ProofError::TreeFull`] if the leaf would be number 2^64 − 1.
    pub fn append(&mut self, leaf: &Hash) -> Result<(), ProofError> {
        self.append_perfect(0, leaf)
    }

    /// Appends leaves.
    ///
    /// # Errors
    /// [`ProofError::TreeFull`] if one of the leaves would be number 2^64 − 1; nothing is appended then.
    pub fn extend(&mut self, leaves: &[Hash]) -> Result<(), ProofError> {
        let more = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
        if self.end.checked_add(more).is_none() {
            return Err(ProofError::TreeFull { size: self.end, more });
        }
        leaves.iter().try_for_each(|leaf| self.append(leaf))
    }

    /// Appends the leaves of a range that begins where this one ends.
    ///
    /// # Errors
    /// [`ProofError::NotAdjacent`] if it begins elsewhere.
    pub fn merge(&mut self, right: &Self) -> Result<(), ProofError> {
        if right.start != self.end {
            return Err(ProofError::NotAdjacent { end: self.end, start: right.start });
        }
        right.nodes.iter().try_for_each(|(level, hash)| self.append_perfect(*level, hash))
    }

    /// Appends a perfect tree of `2^level` leaves. The end must be a multiple of that.
    fn append_perfect(&mut self, mut level: u32, hash: &Hash) -> Result<(), ProofError> {
        let more = shl(1, level);
        let end = self.end.checked_add(more).ok_or(ProofError::TreeFull { size: self.end, more })?;
        let mut hash = *hash;
        // A node with an odd number has its sibling on the left, if the range reaches that far.
        while shr(self.end, level) & 1 == 1
            && let Some((_, left)) = self.nodes.pop_if(|(left_level, _)| *left_level == level)
        {
            hash = node_hash(&left, &hash);
            level = level.saturating_add(1);
        }
        self.nodes.push((level, hash));
        self.end = end;
        Ok(())
    }
}

impl fmt::Debug for CompactRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompactRange").field("start", &self.start).field("end", &self.end).finish_non_exhaustive()
    }
}
