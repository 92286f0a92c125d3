use core::fmt;

use crate::{
    Hash, Node, ProofError, Subtree, TreeHead,
    hash::Climber,
    path::{set_bits, shl, shr},
    verify_inclusion,
};

/// The right edge of a growing tree: what is needed to append leaves and to give the root at any time.
///
/// A tree of 13 leaves is three perfect trees of 8, 4 and 1 leaves: one for each set bit of its size. The frontier keeps
/// their roots and nothing else; it holds 64 hashes in place (2 KiB) and never allocates.
#[derive(Clone)]
pub struct Frontier {
    size: u64,
    /// The root of the perfect tree of `2^i` leaves where bit `i` of `size` is set; meaningless elsewhere.
    roots: [Hash; 64],
}

impl Frontier {
    /// The frontier of the tree without leaves.
    #[must_use]
    pub const fn new() -> Self {
        Self { size: 0, roots: [Hash([0; 32]); 64] }
    }

    /// The frontier of the tree under `head`, from the inclusion proof of its last leaf: for a reader who begins at the end
    /// of a log.
    ///
    /// # Errors
    /// As [`verify_inclusion`] for the leaf `head.size − 1`.
    pub fn from_last_leaf(leaf: &Hash, proof: &[Hash], head: &TreeHead) -> Result<Self, ProofError> {
        let index = head.size.saturating_sub(1);
        verify_inclusion(leaf, index, proof, head)?;
        // The last leaf has nothing on its right: its proof is the frontier of the tree without it, from the smallest.
        let mut frontier = Self { size: index, ..Self::new() };
        for (level, hash) in set_bits(index).zip(proof) {
            frontier.set(level, *hash);
        }
        frontier.append(leaf)?;
        Ok(frontier)
    }

    /// The frontier of the tree under `head`, from the hashes of its nodes, such as `HashTiles::node` gives
    /// them. The result has the root of `head`, whatever `node` returns.
    ///
    /// # Errors
    /// What `node` returns, [`ProofError::RootMismatch`], or [`ProofError::EmptyTreeRoot`] if `head` is of an empty tree and
    /// has another root.
    pub fn from_nodes<E: From<ProofError>>(
        head: &TreeHead,
        mut node: impl FnMut(Node) -> Result<Hash, E>,
    ) -> Result<Self, E> {
        head.check_empty_root()?;
        let mut frontier = Self { size: head.size, ..Self::new() };
        for next in Subtree::of_tree(head.size).nodes() {
            frontier.set(next.level.into(), node(next)?);
        }
        let computed = frontier.root();
        if computed != head.root {
            return Err(ProofError::RootMismatch { size: head.size, expected: head.root, computed }.into());
        }
        Ok(frontier)
    }

    /// The number of leaves so far.
    #[must_use]
    #[inline]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree of all leaves so far: as many node hashes as `size` has set bits, less one.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut perfect = set_bits(self.size).map(|level| self.get(level));
        let Some(smallest) = perfect.next() else {
            return Hash::EMPTY_TREE;
        };
        let mut root = Climber::new(&smallest);
        perfect.for_each(|left| root.join_left(&left));
        root.hash()
    }

    /// Size and root.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root() }
    }

    /// The nodes that the frontier keeps, from the right, which is from the smallest.
    pub fn nodes(&self) -> impl Iterator<Item = (Node, Hash)> {
        Subtree::of_tree(self.size).nodes().map(|node| (node, self.get(node.level.into())))
    }

    /// Appends a leaf: one node hash on average, 63 at most.
    ///
    /// # Errors
    /// [`ProofError::TreeFull`] if the tree has 2^64 − 1 leaves.
    #[inline]
    pub fn append(&mut self, leaf: &Hash) -> Result<(), ProofError> {
        self.append_perfect(0, leaf)
    }

    /// Appends leaves. A full tile costs the 255 node hashes of its own tree and what its root takes above it.
    ///
    /// # Errors
    /// [`ProofError::TreeFull`] if the tree would have more than 2^64 − 1 leaves; nothing is appended then.
    pub fn extend(&mut self, leaves: &[Hash]) -> Result<(), ProofError> {
        let more = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
        if self.size.checked_add(more).is_none() {
            return Err(ProofError::TreeFull { size: self.size, more });
        }
        leaves.iter().try_for_each(|leaf| self.append(leaf))
    }

    /// Appends the leaves of a range that begins where the tree ends, without hashing them again.
    ///
    /// # Errors
    /// [`ProofError::NotAdjacent`] if the range begins elsewhere.
    #[cfg(feature = "alloc")]
    pub fn merge(&mut self, range: &crate::CompactRange) -> Result<(), ProofError> {
        if range.start() != self.size {
            return Err(ProofError::NotAdjacent { end: self.size, start: range.start() });
        }
        range.nodes().try_for_each(|(node, hash)| self.append_perfect(node.level.into(), &hash))
    }

    /// Appends a perfect tree of `2^level` leaves. The size must be a multiple of that.
    #[inline]
    fn append_perfect(&mut self, level: u32, root: &Hash) -> Result<(), ProofError> {
        let more = shl(1, level);
        let Some(size) = self.size.checked_add(more) else {
            return Err(ProofError::TreeFull { size: self.size, more });
        };
        // Adding 2^level to the size carries over the bits that are set from there on; each carry joins two trees.
        let free = level.saturating_add(shr(self.size, level).trailing_ones());
        let mut joined = Climber::new(root);
        (level..free).for_each(|level| joined.join_left(&self.get(level)));
        self.set(free, joined.hash());
        self.size = size;
        Ok(())
    }

    #[inline]
    fn get(&self, level: u32) -> Hash {
        self.roots.get(level as usize).copied().unwrap_or(Hash::EMPTY_TREE)
    }

    #[inline]
    fn set(&mut self, level: u32, root: Hash) {
        if let Some(slot) = self.roots.get_mut(level as usize) {
            *slot = root;
        }
    }
}

impl Default for Frontier {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for Frontier {
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size && self.nodes().eq(other.nodes())
    }
}

impl Eq for Frontier {}

impl fmt::Debug for Frontier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frontier").field("size", &self.size).field("root", &self.root()).finish()
    }
}
