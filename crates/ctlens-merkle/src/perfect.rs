//! Perfect trees within a tile.

use crate::{Hash, node_hash};

/// Hashes, or entries, in a full tile.
pub(crate) const TILE_WIDTH: usize = 256;

/// Levels of the tree in a tile.
pub(crate) const TILE_HEIGHT: u32 = TILE_WIDTH.trailing_zeros();

/// The root over up to 256 hashes, whose number must be a power of two.
///
/// Level by level, so that no hash waits for the one before it.
pub(crate) fn perfect_root(hashes: &[Hash]) -> Hash {
    debug_assert!(hashes.len().is_power_of_two() && hashes.len() <= TILE_WIDTH);
    if let [hash] = hashes {
        return *hash;
    }
    let mut nodes = [Hash([0; 32]); TILE_WIDTH / 2];
    let mut width = 0_usize;
    for (node, [left, right]) in nodes.iter_mut().zip(hashes.as_chunks().0) {
        *node = node_hash(left, right);
        width = width.saturating_add(1);
    }
    while width > 1 {
        width /= 2;
        for i in 0..width {
            #[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "2 i + 1 < 2 width <= 128")]
            let node = node_hash(&nodes[2 * i], &nodes[2 * i + 1]);
            if let Some(slot) = nodes.get_mut(i) {
                *slot = node;
            }
        }
    }
    nodes[0]
}

/// Splits leaves that are to be appended to `size` others into those that fill up the last tile, full tiles, and the rest.
pub(crate) fn split_at_tiles(size: u64, leaves: &[Hash]) -> (&[Hash], &[[Hash; TILE_WIDTH]], &[Hash]) {
    let in_tile = usize::try_from(size % 256).unwrap_or(0);
    let to_next_tile = TILE_WIDTH.saturating_sub(in_tile) % TILE_WIDTH;
    let (first, rest) = leaves.split_at_checked(to_next_tile).unwrap_or((leaves, &[]));
    let (tiles, last) = rest.as_chunks();
    (first, tiles, last)
}
