use core::fmt;

use crate::{Hash, ProofError, TreeHead, node_hash, proof::set_bits, tile::TILE_WIDTH};

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

    /// The number of leaves so far.
    #[must_use]
    #[inline]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree of all leaves so far: as many node hashes as `size` has set bits, less one.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut perfect = set_bits(self.size).filter_map(|level| self.roots.get(level as usize));
        let Some(&smallest) = perfect.next() else {
            return Hash::EMPTY_TREE;
        };
        perfect.fold(smallest, |right, left| node_hash(left, &right))
    }

    /// Size and root.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        TreeHead { size: self.size, root: self.root() }
    }

    /// Appends a leaf: one node hash on average, 63 at most.
    ///
    /// # Errors
    /// [`ProofError::TreeFull`] if the tree has 2^64 − 1 leaves.
    #[inline]
    pub fn append(&mut self, leaf: &Hash) -> Result<(), ProofError> {
        self.append_perfect(0, leaf)
    }

    /// Appends leaves. Where 256 of them complete a tile, they cost exactly the 255 node hashes of that tile and what
    /// the tile's root takes above it.
    ///
    /// # Errors
    /// [`ProofError::TreeFull`] if the tree would have more than 2^64 − 1 leaves; nothing is appended then.
    pub fn extend(&mut self, leaves: &[Hash]) -> Result<(), ProofError> {
        let more = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
        if self.size.checked_add(more).is_none() {
            return Err(ProofError::TreeFull { size: self.size, more });
        }
        let in_tile = usize::try_from(self.size % 256).unwrap_or(0);
        let to_next_tile = TILE_WIDTH.wrapping_sub(in_tile) % TILE_WIDTH;
        let (first, rest) = leaves.split_at_checked(to_next_tile).unwrap_or((leaves, &[]));
        let (tiles, last) = rest.as_chunks::<TILE_WIDTH>();
        for leaf in first {
            self.append(leaf)?;
        }
        for tile in tiles {
            self.append_perfect(TILE_WIDTH.trailing_zeros(), &full_tile_root(tile))?;
        }
        for leaf in last {
            self.append(leaf)?;
        }
        Ok(())
    }

    /// Appends a perfect tree of `2^level` leaves. The size must be a multiple of that.
    fn append_perfect(&mut self, level: u32, root: &Hash) -> Result<(), ProofError> {
        let more = 1_u64.checked_shl(level).unwrap_or(0);
        let Some(size) = self.size.checked_add(more) else {
            return Err(ProofError::TreeFull { size: self.size, more });
        };
        // Adding 2^level to the size carries over the bits that are set from there on; each carry joins two trees.
        let carries = self.size.checked_shr(level).unwrap_or(0).trailing_ones();
        let free = level.saturating_add(carries) as usize;
        let joined =
            self.roots.iter().take(free).skip(level as usize).fold(*root, |right, left| node_hash(left, &right));
        if let Some(slot) = self.roots.get_mut(free) {
            *slot = joined;
        }
        self.size = size;
        Ok(())
    }
}

/// The root of the tree over the 256 hashes of a full tile.
fn full_tile_root(tile: &[Hash; TILE_WIDTH]) -> Hash {
    let mut level: [Hash; TILE_WIDTH / 2] = [Hash([0; 32]); TILE_WIDTH / 2];
    for (parent, [left, right]) in level.iter_mut().zip(tile.as_chunks().0) {
        *parent = node_hash(left, right);
    }
    let mut width = level.len();
    while width > 1 {
        width /= 2;
        for i in 0..width {
            #[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "2 i + 1 < 2 width <= 128")]
            let parent = node_hash(&level[2 * i], &level[2 * i + 1]);
            if let Some(slot) = level.get_mut(i) {
                *slot = parent;
            }
        }
    }
    level[0]
}

impl Default for Frontier {
    fn default() -> Self {
        Self::new()
    }
}

impl PartialEq for Frontier {
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size
            && set_bits(self.size).all(|level| self.roots.get(level as usize) == other.roots.get(level as usize))
    }
}

impl Eq for Frontier {}

impl fmt::Debug for Frontier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frontier").field("size", &self.size).field("root", &self.root()).finish()
    }
}
