use crate::{Hash, ProofError, verify_consistency};

/// What a tree head says about a tree: how many leaves it has and its root.
///
/// The two belong together: a proof does not bind the size (one proof can fit several sizes), so a size is to be
/// trusted only as far as the signed head that states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TreeHead {
    /// Number of leaves.
    pub size: u64,
    /// The Merkle tree hash of those leaves.
    pub root: Hash,
}

impl TreeHead {
    /// The head of the tree without leaves.
    pub const EMPTY: Self = Self { size: 0, root: Hash::EMPTY_TREE };

    /// Checks that a tree with this head contains everything that the `older` tree does, the older one being possibly
    /// empty.
    ///
    /// [`verify_consistency`] refuses to start from an empty tree, because RFC 9162 defines no proof for it and
    /// everything extends nothing. Whoever follows a log from its beginning, and a witness (C2SP tlog-witness: from
    /// size zero the proof must be empty), calls this instead.
    ///
    /// # Errors
    /// [`ProofError::EmptyTreeRoot`] if either head has size 0 and another root than the empty tree's,
    /// [`ProofError::ProofLength`] if the older tree is empty and the proof is not, otherwise as [`verify_consistency`].
    pub fn extends(&self, older: &TreeHead, proof: &[Hash]) -> Result<(), ProofError> {
        if older.size > 0 {
            return verify_consistency(older, self, proof);
        }
        older.check_empty_root()?;
        self.check_empty_root()?;
        if !proof.is_empty() {
            return Err(ProofError::ProofLength { expected: 0, got: proof.len() });
        }
        Ok(())
    }

    /// Checks that a head of size 0 has the root of the empty tree. Of any other head it says nothing.
    ///
    /// # Errors
    /// [`ProofError::EmptyTreeRoot`].
    pub fn check_empty_root(&self) -> Result<(), ProofError> {
        if self.size == 0 && self.root != Hash::EMPTY_TREE {
            return Err(ProofError::EmptyTreeRoot { root: self.root });
        }
        Ok(())
    }
}
