use alloc::vec::Vec;

use ctlens_merkle::{Frontier, Hash, HashTiles, Node, Tile, TileError, TileKind};

use super::plan::LEVELS;

/// The hash tiles from the root of a tree down to a data tile, every one of them authentic.
#[derive(Debug)]
pub(super) struct TilePath {
    edge: HashTiles,
    /// By level, from 1: a full tile, its index and its hashes.
    full: [Option<(u64, Vec<Hash>)>; LEVELS],
}

/// Leaf hashes of the beginning of a tile of level 0, not necessarily authentic.
#[derive(Clone, Copy)]
pub(super) struct Leaves<'a> {
    pub(super) tile: u64,
    pub(super) hashes: &'a [Hash],
}

impl TilePath {
    /// `edge` holds the tiles at the right edge and nothing else.
    pub(super) fn new(edge: HashTiles) -> Self {
        Self { edge, full: [const { None }; LEVELS] }
    }

    /// By level, from 1: which full tile is here.
    pub(super) fn indices(&self) -> [Option<u64>; LEVELS] {
        self.full.each_ref().map(|slot| slot.as_ref().map(|(index, _)| *index))
    }

    /// Takes a full tile of hashes in place of the one of its level, if it is that of the tree.
    pub(super) fn add(&mut self, tile: Tile, bytes: &[u8]) -> Result<(), TileError> {
        let hashes: Vec<Hash> = tile.hashes(bytes)?.collect();
        let (expected, computed) = (self.full_tile(tile)?, perfect_root(&hashes)?);
        if computed != expected {
            return Err(TileError::NotAuthentic { tile, expected, computed });
        }
        if let Some(slot) = usize::from(tile.level()).checked_sub(1).and_then(|level| self.full.get_mut(level)) {
            *slot = Some((tile.index(), hashes));
        }
        Ok(())
    }

    /// The root of a full tile of hashes, or of the leaf hashes of a full data tile.
    pub(super) fn full_tile(&self, tile: Tile) -> Result<Hash, TileError> {
        let level = tile.level().saturating_add(1).saturating_mul(8);
        self.node(Node { level, index: tile.index() }, Leaves { tile: 0, hashes: &[] })
    }

    /// A leaf hash in the partial tile of level 0.
    pub(super) fn leaf(&self, index: u64) -> Result<Hash, TileError> {
        self.edge.node(Node { level: 0, index })
    }

    /// The hash of a node whose tile is here; `leaves` stand for one of level 0.
    pub(super) fn node(&self, node: Node, leaves: Leaves<'_>) -> Result<Hash, TileError> {
        let (level, height) = (node.level / 8, u32::from(node.level % 8));
        let first = node.index.checked_shl(height).unwrap_or(u64::MAX);
        let tile = first / 256;
        let here = match usize::from(level).checked_sub(1) {
            None => (leaves.tile == tile).then_some(leaves.hashes),
            Some(slot) => self
                .full
                .get(slot)
                .and_then(|slot| slot.as_ref().filter(|(index, _)| *index == tile).map(|(_, hashes)| &hashes[..])),
        };
        let Some(hashes) = here else { return self.edge.node(node) };
        let start = usize::try_from(first % 256).unwrap_or(usize::MAX);
        let count = 1_usize.checked_shl(height).unwrap_or(usize::MAX);
        match hashes.get(start..).and_then(|hashes| hashes.get(..count)) {
            Some(hashes) => Ok(perfect_root(hashes)?),
            None => Err(TileError::Missing { tile: Tile::new(TileKind::Hashes { level }, tile, 256)? }),
        }
    }
}

fn perfect_root(hashes: &[Hash]) -> Result<Hash, TileError> {
    let mut frontier = Frontier::new();
    frontier.extend(hashes)?;
    Ok(frontier.root())
}
