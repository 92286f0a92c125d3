use crate::{Hash, Node, ProofError, Subtree, path::Path, proof::path_in_subtree};

/// What a proof consists of: the recipe from which a log, a mirror or a reader of tiles makes it.
///
/// [`subtrees`](Self::subtrees) says of which leaves each hash of the proof is the hash, [`nodes`](Self::nodes) which nodes
/// of the tree that takes, and [`hashes`](Self::hashes) makes the proof from any source of node hashes.
///
/// ```
/// use ctlens_merkle::{Hash, Node, ProofError, ProofPlan, leaf_hash, node_hash};
///
/// let leaves = [leaf_hash(b"a"), leaf_hash(b"b"), leaf_hash(b"c")];
/// let source = |node: Node| -> Result<Hash, ProofError> {
///     Ok(if node.level == 0 { leaves[node.index as usize] } else { node_hash(&leaves[0], &leaves[1]) })
/// };
/// let plan = ProofPlan::inclusion(2, 3)?;
/// let proof: Vec<Hash> = plan.hashes(source).collect::<Result<_, _>>()?;
/// assert_eq!(proof, [node_hash(&leaves[0], &leaves[1])]);
/// # Ok::<(), ProofError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ProofPlan {
    /// None for the proof of an empty subtree, which is empty.
    path: Option<Path>,
    /// The leaf from which the path counts.
    origin: u64,
}

impl ProofPlan {
    /// The plan of the proof that leaf `index` is in the tree of `size` leaves (RFC 9162 §2.1.3.1).
    ///
    /// # Errors
    /// [`ProofError::IndexOutOfRange`].
    pub fn inclusion(index: u64, size: u64) -> Result<Self, ProofError> {
        Ok(Self { path: Some(Path::of_leaf(index, size)?), origin: 0 })
    }

    /// The plan of the proof that the tree of `old` leaves is the beginning of that of `new` leaves (RFC 9162 §2.1.4.1).
    ///
    /// # Errors
    /// [`ProofError::FromEmptyTree`] or [`ProofError::TreeShrinks`].
    pub fn consistency(old: u64, new: u64) -> Result<Self, ProofError> {
        Ok(Self { path: Some(Path::of_older_tree(old, new)?), origin: 0 })
    }

    /// The plan of the proof that leaf `index` of the tree is in the subtree (Merkle Tree Certificates draft, "Subtree
    /// Inclusion Proofs").
    ///
    /// # Errors
    /// [`ProofError::IndexOutsideSubtree`].
    pub fn subtree_inclusion(index: u64, subtree: Subtree) -> Result<Self, ProofError> {
        Ok(Self { path: Some(path_in_subtree(index, subtree)?), origin: subtree.start() })
    }

    /// The plan of the proof that the subtree is part of the tree of `size` leaves (Merkle Tree Certificates draft,
    /// "Generating a Subtree Consistency Proof").
    ///
    /// # Errors
    /// [`ProofError::SubtreeOutOfRange`].
    pub fn subtree_consistency(subtree: Subtree, size: u64) -> Result<Self, ProofError> {
        Ok(Self { path: Path::of_subtree(subtree, size)?, origin: 0 })
    }

    /// The number of hashes in the proof, at most 65.
    #[must_use]
    pub fn proof_length(&self) -> usize {
        self.path.as_ref().map_or(0, Path::proof_length)
    }

    /// The subtrees whose hashes are the proof, in its order.
    pub fn subtrees(&self) -> impl Iterator<Item = Subtree> {
        self.path.iter().flat_map(Path::subtrees).map(|subtree| {
            let place = |leaf: u64| self.origin.saturating_add(leaf);
            Subtree::new_unchecked(place(subtree.start()), place(subtree.end()))
        })
    }

    /// The nodes whose hashes the proof is made from. All but one of the hashes of a proof are those of single nodes; the one
    /// at the tree's right edge can take several.
    pub fn nodes(&self) -> impl Iterator<Item = Node> {
        self.subtrees().flat_map(|subtree| subtree.nodes())
    }

    /// The hashes of the proof, in its order, from the hashes of the nodes.
    pub fn hashes<E>(&self, mut node: impl FnMut(Node) -> Result<Hash, E>) -> impl Iterator<Item = Result<Hash, E>> {
        self.subtrees().map(move |subtree| subtree.hash(&mut node))
    }
}
