use crate::{Hash, ProofError, Subtree, TreeHead, path::Path};

/// Verifies that the leaf with hash `leaf` is number `index` (from 0) of the tree under `head`.
///
/// The proof is the audit path of RFC 6962 §2.1.1, from the leaf's sibling up; the verification that of RFC 9162 §2.1.3.2.
///
/// # Errors
/// [`ProofError::IndexOutOfRange`], [`ProofError::ProofLength`] (found before anything is hashed) or
/// [`ProofError::RootMismatch`].
pub fn verify_inclusion(leaf: &Hash, index: u64, proof: &[Hash], head: &TreeHead) -> Result<(), ProofError> {
    let computed = root_from_inclusion(leaf, index, head.size, proof)?;
    check_root(head, computed)
}

/// Verifies that the first `old.size` leaves of the tree under `new` are those of the tree under `old`.
///
/// The proof is that of RFC 6962 §2.1.2, the verification that of RFC 9162 §2.1.4.2. Equal sizes take an empty proof and
/// equal roots. The older tree cannot be empty: see [`TreeHead::extends`].
///
/// # Errors
/// [`ProofError::FromEmptyTree`], [`ProofError::TreeShrinks`], [`ProofError::ProofLength`] (these before anything is
/// hashed), [`ProofError::OldRootMismatch`] or [`ProofError::RootMismatch`].
pub fn verify_consistency(old: &TreeHead, new: &TreeHead, proof: &[Hash]) -> Result<(), ProofError> {
    let (old_root, new_root) = roots_from_consistency(old, new.size, proof)?;
    if old_root != old.root {
        return Err(ProofError::OldRootMismatch { size: old.size, expected: old.root, computed: old_root });
    }
    check_root(new, new_root)
}

/// Verifies that the leaf with hash `leaf` is number `index` of the whole tree and lies in `subtree`, whose hash is `hash`.
///
/// (Merkle Tree Certificates draft, "Verifying a Subtree Inclusion Proof".)
///
/// # Errors
/// [`ProofError::IndexOutsideSubtree`], [`ProofError::ProofLength`] (found before anything is hashed) or
/// [`ProofError::SubtreeMismatch`].
pub fn verify_subtree_inclusion(
    leaf: &Hash,
    index: u64,
    proof: &[Hash],
    subtree: Subtree,
    hash: &Hash,
) -> Result<(), ProofError> {
    let computed = root_from_subtree_inclusion(leaf, index, subtree, proof)?;
    check_subtree(subtree, hash, computed)
}

/// Verifies that the leaves of `subtree`, whose hash is `hash`, are leaves of the tree under `head` in those places.
///
/// With `[0, n)` this is [`verify_consistency`], with one leaf [`verify_inclusion`]. An empty subtree is accepted if its
/// hash is that of the empty tree and the proof is empty: it says nothing about the tree, and the root is not looked at
/// (Merkle Tree Certificates draft, "Verifying a Subtree Consistency Proof", step 2).
///
/// # Errors
/// [`ProofError::SubtreeOutOfRange`], [`ProofError::ProofLength`] (these before anything is hashed),
/// [`ProofError::SubtreeMismatch`] or [`ProofError::RootMismatch`].
pub fn verify_subtree_consistency(
    subtree: Subtree,
    hash: &Hash,
    proof: &[Hash],
    head: &TreeHead,
) -> Result<(), ProofError> {
    let Some(path) = Path::of_subtree(subtree, head.size)? else {
        if !proof.is_empty() {
            return Err(ProofError::ProofLength { expected: 0, got: proof.len() });
        }
        return check_subtree(subtree, hash, Hash::EMPTY_TREE);
    };
    let (computed, root) = path.climb(hash, proof)?;
    check_subtree(subtree, hash, computed)?;
    check_root(head, root)
}

/// The root that follows from a leaf and its inclusion proof in a tree of `size` leaves. Nothing is verified until it
/// has been compared with the root of a signed head.
///
/// # Errors
/// [`ProofError::IndexOutOfRange`] or [`ProofError::ProofLength`].
#[inline]
pub fn root_from_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash]) -> Result<Hash, ProofError> {
    Ok(Path::of_leaf(index, size)?.climb(leaf, proof)?.1)
}

/// The older and the newer root that follow from a consistency proof between `old` and a tree of `new_size` leaves.
/// Nothing is verified until both have been compared.
///
/// The root of `old` goes into the computation where the older tree is a node of the newer one.
///
/// # Errors
/// [`ProofError::FromEmptyTree`], [`ProofError::TreeShrinks`] or [`ProofError::ProofLength`].
pub fn roots_from_consistency(old: &TreeHead, new_size: u64, proof: &[Hash]) -> Result<(Hash, Hash), ProofError> {
    Path::of_older_tree(old.size, new_size)?.climb(&old.root, proof)
}

/// The hash of the subtree that follows from a leaf and its inclusion proof in it. Nothing is verified until it has been
/// compared.
///
/// # Errors
/// [`ProofError::IndexOutsideSubtree`] or [`ProofError::ProofLength`].
pub fn root_from_subtree_inclusion(
    leaf: &Hash,
    index: u64,
    subtree: Subtree,
    proof: &[Hash],
) -> Result<Hash, ProofError> {
    Ok(path_in_subtree(index, subtree)?.climb(leaf, proof)?.1)
}

/// The hash of the subtree and the root of the tree of `size` leaves that follow from a subtree consistency proof.
/// Nothing is verified until both have been compared.
///
/// `hash`, what the subtree's hash is said to be, goes into the computation where the subtree is a node of the tree.
///
/// # Errors
/// [`ProofError::EmptySubtree`] (from nothing follows no root), [`ProofError::SubtreeOutOfRange`] or
/// [`ProofError::ProofLength`].
pub fn roots_from_subtree_consistency(
    subtree: Subtree,
    hash: &Hash,
    size: u64,
    proof: &[Hash],
) -> Result<(Hash, Hash), ProofError> {
    let path = Path::of_subtree(subtree, size)?.ok_or(ProofError::EmptySubtree { start: subtree.start() })?;
    path.climb(hash, proof)
}

/// The path of leaf `index` in the subtree, counted from the subtree's start.
pub(crate) fn path_in_subtree(index: u64, subtree: Subtree) -> Result<Path, ProofError> {
    let outside = ProofError::IndexOutsideSubtree { index, start: subtree.start(), end: subtree.end() };
    let index = index.checked_sub(subtree.start()).ok_or(outside)?;
    Path::of_leaf(index, subtree.size()).map_err(|_| outside)
}

fn check_root(head: &TreeHead, computed: Hash) -> Result<(), ProofError> {
    if computed != head.root {
        return Err(ProofError::RootMismatch { size: head.size, expected: head.root, computed });
    }
    Ok(())
}

fn check_subtree(subtree: Subtree, expected: &Hash, computed: Hash) -> Result<(), ProofError> {
    if computed != *expected {
        let (start, end) = (subtree.start(), subtree.end());
        return Err(ProofError::SubtreeMismatch { start, end, expected: *expected, computed });
    }
    Ok(())
}
