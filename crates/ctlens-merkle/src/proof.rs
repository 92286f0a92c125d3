use core::cmp::max;
use core::cmp::min;

use crate::{Hash, ProofError, TreeHead, node_hash};

/// Verifies that the leaf with hash `leaf` is number `index` (from 0) of the tree under `head`.
///
/// The proof is the audit path of RFC 6962 §2.1.1, from the leaf's sibling up.
///
/// # Errors
/// [`ProofError::IndexOutOfRange`], [`ProofError::ProofLength`] (found before anything is hashed) or
/// [`ProofError::RootMismatch`].
pub fn verify_inclusion(leaf: &Hash, index: u64, proof: &[Hash], head: &TreeHead) -> Result<(), ProofError> {
    let computed = root_from_inclusion(leaf, index, head.size, proof)?;
    if computed != head.root {
        return Err(ProofError::RootMismatch { size: head.size, expected: head.root, computed });
    }
    Ok(())
}

/// Verifies that the first `old.size` leaves of the tree under `new` are those of the tree under `old`.
///
/// Equal sizes take an empty proof and equal roots. The older tree cannot be empty: see [`TreeHead::extends`].
///
/// # Errors
/// [`ProofError::FromEmptyTree`], [`ProofError::TreeShrinks`], [`ProofError::ProofLength`] (these before anything is
/// hashed), [`ProofError::OldRootMismatch`] or [`ProofError::RootMismatch`].
pub fn verify_consistency(old: &TreeHead, new: &TreeHead, proof: &[Hash]) -> Result<(), ProofError> {
    let (old_root, new_root) = roots_from_consistency(old, new.size, proof)?;
    if old_root != old.root {
        return Err(ProofError::OldRootMismatch { size: old.size, expected: old.root, computed: old_root });
    }
    if new_root != new.root {
        return Err(ProofError::RootMismatch { size: new.size, expected: new.root, computed: new_root });
    }
    Ok(())
}

/// The root that follows from a leaf and its inclusion proof in a tree of `size` leaves. Nothing is verified until it
/// has been compared with the root of a signed head.
///
/// # Errors
/// [`ProofError::IndexOutOfRange`] or [`ProofError::ProofLength`].
pub fn root_from_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash]) -> Result<Hash, ProofError> {
    let (Some(_), Some(tree_last)) = (size.checked_sub(index).filter(|&rest| rest > 0), size.checked_sub(1)) else {
        return Err(ProofError::IndexOutOfRange { index, size });
    };
    let path = Path::new(index, index, tree_last);
    Ok(path.climb(leaf, proof)?.1)
}

/// The older and the newer root that follow from a consistency proof between `old` and a tree of `new_size` leaves.
/// Nothing is verified until both have been compared.
///
/// The root of `old` goes into the computation where the older tree is a node of the newer one.
///
/// # Errors
/// [`ProofError::FromEmptyTree`], [`ProofError::TreeShrinks`] or [`ProofError::ProofLength`].
pub fn roots_from_consistency(old: &TreeHead, new_size: u64, proof: &[Hash]) -> Result<(Hash, Hash), ProofError> {
    // RFC 9162 §2.1.4 defines the proof for 0 < first < second only.
    let Some(last) = old.size.checked_sub(1) else {
        return Err(ProofError::FromEmptyTree { new: new_size });
    };
    let Some(tree_last) = new_size.checked_sub(1).filter(|&tree_last| tree_last >= last) else {
        return Err(ProofError::TreeShrinks { old: old.size, new: new_size });
    };
    Path::new(0, last, tree_last).climb(&old.root, proof)
}

/// The way from the right edge of a subtree up to the root of the tree that contains it.
///
/// A subtree consistency proof (Merkle Tree Certificates draft, "Verifying a Subtree Consistency Proof") is the general
/// case: with `start = 0` it is RFC 9162 §2.1.4.2, with a subtree of one leaf it is the inclusion proof of §2.1.3.2. The
/// loops of those texts shift three cursors until bits are set or equal; here the numbers of levels are computed first,
/// which gives the exact length of the proof.
///
/// ```text
/// level
///   4              o        border: `last` and `tree_last` are the same node; the path has hashes
///   3      h ------o        on its left only, one for each set bit of `last`
///          |        \
///   2      .   h --- o      inner: the paths of `last` and `tree_last` differ; one hash for each level,
///   1             o --- h   on the left if that bit of `last` is set, on the right otherwise
///   0            / \
///             start last    base: the highest node that lies in the subtree and in the tree
/// ```
struct Path {
    /// Last leaf of the subtree.
    last: u64,
    /// Level of the node to start from.
    base: u32,
    /// Level of the subtree's root; below it, a hash on the left belongs to the subtree too.
    height: u32,
    /// Level from which `last` and `tree_last` lie under the same node.
    border: u32,
}

impl Path {
    /// The path of the subtree from leaf `start` to leaf `last` in the tree whose last leaf is `tree_last`.
    ///
    /// It must hold that `start <= last <= tree_last` and that `start` is aligned to the subtree.
    fn new(start: u64, last: u64, tree_last: u64) -> Self {
        let height = bit_length(start ^ last);
        let base = if last == tree_last { height } else { min(height, last.trailing_ones()) };
        let border = max(base, bit_length(last ^ tree_last));
        Self { last, base, height, border }
    }

    /// Whether the subtree's root is itself a node of the tree; if not, the proof begins with the node at `base`.
    fn subtree_is_a_node(&self) -> bool {
        self.base == self.height
    }

    fn border_bits(&self) -> u64 {
        u64::MAX.checked_shl(self.border).unwrap_or(0) & self.last
    }

    fn proof_length(&self) -> usize {
        let first = u32::from(!self.subtree_is_a_node());
        let inner = self.border.saturating_sub(self.base);
        let border = self.border_bits().count_ones();
        // At most 1 + 64 + 64.
        first.saturating_add(inner).saturating_add(border) as usize
    }

    /// The hash of the subtree and the root of the tree that follow from the proof.
    #[inline]
    fn climb(&self, subtree: &Hash, proof: &[Hash]) -> Result<(Hash, Hash), ProofError> {
        let expected = self.proof_length();
        let wrong_length = ProofError::ProofLength { expected, got: proof.len() };
        if proof.len() != expected {
            return Err(wrong_length);
        }
        let mut proof = proof.iter();
        let seed = if self.subtree_is_a_node() { subtree } else { proof.next().ok_or(wrong_length)? };
        let (mut subtree, mut root) = (*seed, *seed);

        for (level, hash) in (self.base..self.border).zip(proof.by_ref()) {
            if self.last.checked_shr(level).unwrap_or(0) & 1 == 0 {
                root = node_hash(&root, hash);
            } else {
                if level < self.height {
                    subtree = node_hash(hash, &subtree);
                }
                root = node_hash(hash, &root);
            }
        }
        for (level, hash) in set_bits(self.border_bits()).zip(proof) {
            if level < self.height {
                subtree = node_hash(hash, &subtree);
            }
            root = node_hash(hash, &root);
        }
        Ok((subtree, root))
    }
}

/// The positions of the set bits, from the lowest.
pub(crate) fn set_bits(mut bits: u64) -> impl Iterator<Item = u32> {
    core::iter::from_fn(move || {
        let lower = bits.checked_sub(1)?;
        let level = bits.trailing_zeros();
        bits &= lower;
        Some(level)
    })
}

/// The number of bits that the number takes; 0 for 0.
fn bit_length(n: u64) -> u32 {
    u64::BITS.saturating_sub(n.leading_zeros())
}
