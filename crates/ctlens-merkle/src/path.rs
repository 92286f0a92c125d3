use core::cmp::{max, min};

use crate::{Hash, ProofError, Subtree, hash::Climber};

/// The way from the right edge of a subtree up to the root of the tree that contains it.
///
/// A subtree consistency proof (Merkle Tree Certificates draft, "Verifying a Subtree Consistency Proof") is the general
/// case: with `start = 0` it is RFC 9162 §2.1.4.2, with a subtree of one leaf it is the inclusion proof of §2.1.3.2. The
/// loops of those texts shift three cursors until bits are set or equal; here the levels are computed first, which gives
/// the exact length of the proof. For the subtree [8, 13) of a tree of 14 leaves, and `*` the hashes of the proof:
///
/// ```text
/// level
///   4            o               from `border` up, the paths to the last leaf of the subtree and to that
///            /       \           of the tree are one: only hashes on the left, one for each set bit of `last`
///   3       *         o
///        [0, 8)     /   \
///   2              *     o       below it, one hash for each level: on the left where that bit of `last`
///              [8, 12)   |       is set, else on the right
///   1                    o
///                       / \
///   0                  *   *     from `base` up: the highest node on the subtree's right edge that the tree has too;
///                     12   13    the proof begins with it, unless it is the subtree itself
/// ```
#[derive(Clone, Debug)]
pub(crate) struct Path {
    /// Last leaf of the subtree.
    last: u64,
    /// Last leaf of the tree.
    tree_last: u64,
    /// Level of the node to start from.
    base: u32,
    /// Level of the subtree's root; below it, a hash on the left belongs to the subtree too.
    height: u32,
    /// Level from which `last` and `tree_last` lie under the same node.
    border: u32,
}

impl Path {
    /// The path of one leaf: an inclusion proof.
    #[inline]
    pub(crate) fn of_leaf(index: u64, size: u64) -> Result<Self, ProofError> {
        match size.checked_sub(1) {
            Some(tree_last) if index <= tree_last => Ok(Self::new(index, index, tree_last)),
            _ => Err(ProofError::IndexOutOfRange { index, size }),
        }
    }

    /// The path of an older tree: a consistency proof, which RFC 9162 §2.1.4 defines for `0 < first < second`.
    pub(crate) fn of_older_tree(old: u64, new: u64) -> Result<Self, ProofError> {
        let last = old.checked_sub(1).ok_or(ProofError::FromEmptyTree { new })?;
        match new.checked_sub(1) {
            Some(tree_last) if last <= tree_last => Ok(Self::new(0, last, tree_last)),
            _ => Err(ProofError::TreeShrinks { old, new }),
        }
    }

    /// The path of a subtree, `None` if it is empty: an empty subtree has no place in the tree.
    pub(crate) fn of_subtree(subtree: Subtree, size: u64) -> Result<Option<Self>, ProofError> {
        let (start, end) = (subtree.start(), subtree.end());
        let Some((last, tree_last)) = end.checked_sub(1).zip(size.checked_sub(1)).filter(|_| start < end) else {
            return if end <= size { Ok(None) } else { Err(ProofError::SubtreeOutOfRange { start, end, size }) };
        };
        if last > tree_last {
            return Err(ProofError::SubtreeOutOfRange { start, end, size });
        }
        Ok(Some(Self::new(start, last, tree_last)))
    }

    /// It must hold that `start <= last <= tree_last` and that `start` is aligned to the subtree.
    #[inline]
    fn new(start: u64, last: u64, tree_last: u64) -> Self {
        let height = bit_length(start ^ last);
        let base = if last == tree_last { height } else { min(height, last.trailing_ones()) };
        let border = max(base, bit_length(last ^ tree_last));
        Self { last, tree_last, base, height, border }
    }

    /// Whether the subtree's root is itself a node of the tree; if not, the proof begins with the node at `base`.
    #[inline]
    fn subtree_is_a_node(&self) -> bool {
        self.base == self.height
    }

    /// Whether the hash of this inner level goes on the left.
    #[inline]
    fn goes_left(&self, level: u32) -> bool {
        shr(self.last, level) & 1 == 1
    }

    #[inline]
    fn border_bits(&self) -> u64 {
        shl(u64::MAX, self.border) & self.last
    }

    #[inline]
    pub(crate) fn proof_length(&self) -> usize {
        let first = u32::from(!self.subtree_is_a_node());
        let inner = self.border.saturating_sub(self.base);
        let border = self.border_bits().count_ones();
        // At most 1 + 64, for the inner levels and the border together are no more than 64.
        first.saturating_add(inner).saturating_add(border) as usize
    }

    /// The hash of the subtree and the root of the tree that follow from the proof.
    ///
    /// Inlined, so that for the path of a single leaf nothing is left of what concerns the subtree.
    #[inline(always)]
    pub(crate) fn climb(&self, subtree: &Hash, proof: &[Hash]) -> Result<(Hash, Hash), ProofError> {
        let expected = self.proof_length();
        let wrong_length = ProofError::ProofLength { expected, got: proof.len() };
        if proof.len() != expected {
            return Err(wrong_length);
        }
        let mut proof = proof.iter();
        let seed = if self.subtree_is_a_node() { subtree } else { proof.next().ok_or(wrong_length)? };
        let (mut subtree, mut root) = (Climber::new(seed), Climber::new(seed));

        // Up to the subtree's own height, what is on the left belongs to it too. For a single leaf that is nowhere.
        let split = self.height.clamp(self.base, self.border);
        for (level, hash) in (self.base..split).zip(proof.by_ref()) {
            if self.goes_left(level) {
                subtree.join_left(hash);
                root.join_left(hash);
            } else {
                root.join_right(hash);
            }
        }
        for (level, hash) in (split..self.border).zip(proof.by_ref()) {
            if self.goes_left(level) { root.join_left(hash) } else { root.join_right(hash) }
        }
        for (level, hash) in set_bits(self.border_bits()).zip(proof) {
            if level < self.height {
                subtree.join_left(hash);
            }
            root.join_left(hash);
        }
        Ok((subtree.hash(), root.hash()))
    }

    /// What the hashes of the proof are hashes of, in the order of the proof.
    pub(crate) fn subtrees(&self) -> impl Iterator<Item = Subtree> {
        let first = (!self.subtree_is_a_node()).then(|| self.node(self.base, shr(self.last, self.base)));
        let inner = (self.base..self.border).map(|level| {
            // The node beside the one that `last` lies under: the number with its last bit inverted.
            self.node(level, shr(self.last, level) ^ 1)
        });
        let border = set_bits(self.border_bits()).map(|level| self.node(level, shr(self.last, level) ^ 1));
        first.into_iter().chain(inner).chain(border)
    }

    /// The leaves under the node `index` of `level`, so far as the tree has them.
    fn node(&self, level: u32, index: u64) -> Subtree {
        let start = shl(index, level);
        let last = min(start | !shl(u64::MAX, level), self.tree_last);
        // A right sibling of a path that is still apart from that of `tree_last` is not beyond it, so last < u64::MAX.
        Subtree::new_unchecked(start, last.saturating_add(1))
    }
}

/// The positions of the set bits, from the lowest.
#[inline]
pub(crate) fn set_bits(mut bits: u64) -> impl Iterator<Item = u32> + Clone {
    core::iter::from_fn(move || {
        let lower = bits.checked_sub(1)?;
        let level = bits.trailing_zeros();
        bits &= lower;
        Some(level)
    })
}

/// The number of bits that the number takes; 0 for 0.
#[inline]
pub(crate) fn bit_length(n: u64) -> u32 {
    u64::BITS.saturating_sub(n.leading_zeros())
}

/// Shift to the left, by 64 and more too.
#[inline]
pub(crate) fn shl(n: u64, by: u32) -> u64 {
    n.checked_shl(by).unwrap_or(0)
}

/// Shift to the right, by 64 and more too.
#[inline]
pub(crate) fn shr(n: u64, by: u32) -> u64 {
    n.checked_shr(by).unwrap_or(0)
}
