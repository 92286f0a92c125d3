use alloc::{collections::BTreeMap, vec::Vec};
use core::cmp::Reverse;

use crate::{
    Frontier, Hash, Node, Tile, TileError, TileKind, TreeHead,
    path::{shl, shr},
};

/// Hash tiles of a tree, every hash of which follows from a signed head.
///
/// The partial tiles at the right edge together give the root, so the head vouches for them. Each full tile is vouched for
/// by the tile above it, which holds its root. Nothing that fails its check is kept.
///
/// It fetches nothing: [`Tile::partial_of_tree`] says what [`new`](Self::new) needs, [`missing_for`](Self::missing_for) what
/// a proof needs, and [`add`](Self::add) takes it.
///
/// ```no_run
/// # use ctlens_merkle::{Hash, HashTiles, ProofPlan, Tile, TileError, TreeHead};
/// # fn fetch(path: &str) -> Vec<u8> { unimplemented!() }
/// # fn example(head: TreeHead) -> Result<(), Box<dyn std::error::Error>> {
/// let edge = Tile::partial_of_tree(head.size).map(|tile| (tile, fetch(&tile.to_string())));
/// let mut tiles = HashTiles::new(&head, edge)?;
///
/// let plan = ProofPlan::inclusion(1_000_000, head.size)?;
/// for tile in tiles.missing_for(plan.nodes())? {
///     tiles.add(tile, &fetch(&tile.to_string()))?;
/// }
/// let proof: Vec<Hash> = plan.hashes(|node| tiles.node(node)).collect::<Result<_, _>>()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct HashTiles {
    frontier: Frontier,
    /// By level and index.
    tiles: BTreeMap<(u8, u64), Vec<Hash>>,
}

impl HashTiles {
    /// The tiles at the right edge of the tree under `head`, after checking that they give its root.
    ///
    /// `edge` holds the tiles of [`Tile::partial_of_tree`] with their bytes, in any order. Where a partial tile is gone, the
    /// full tile (or a wider partial one) with the same index can stand for it; of that, only the hashes of this tree are used.
    ///
    /// # Errors
    /// [`TileError::NotInTree`] for a tile that does not belong there, [`TileError::Length`], [`TileError::Missing`], and
    /// [`TileError::Proof`] if the root is another.
    pub fn new<B: AsRef<[u8]>>(head: &TreeHead, edge: impl IntoIterator<Item = (Tile, B)>) -> Result<Self, TileError> {
        let mut tiles = BTreeMap::new();
        for (tile, bytes) in edge {
            let in_tree = counterpart_in_tree(tile, head.size)?;
            if in_tree.is_full() {
                return Err(TileError::NotInTree { tile, size: head.size });
            }
            tiles.insert((in_tree.level(), in_tree.index()), hashes_in_tree(tile, in_tree, bytes.as_ref())?);
        }
        let frontier = Frontier::from_nodes(head, |node| node_in(&tiles, node, head.size))?;
        Ok(Self { frontier, tiles })
    }

    /// The head that vouches for the tiles.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.frontier.head()
    }

    /// The frontier of the tree, which needs the tiles at the edge only.
    #[must_use]
    pub fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The tiles that are to be [added](Self::add), in this order, before all of those nodes can be given: the tiles that
    /// hold them and those above these, as far as they are not here.
    ///
    /// # Errors
    /// [`TileError::NodeNotInTree`] for a node that the tree does not have.
    pub fn missing_for(&self, nodes: impl IntoIterator<Item = Node>) -> Result<Vec<Tile>, TileError> {
        let mut missing = Vec::new();
        for node in nodes {
            let mut next = Some(tile_of(node, self.frontier.size())?);
            while let Some(tile) = next
                && !self.tiles.contains_key(&(tile.level(), tile.index()))
            {
                missing.push(tile);
                next = self.above(tile).map(|(tile, _)| tile);
            }
        }
        missing.sort_unstable_by_key(|tile| (Reverse(tile.level()), tile.index()));
        missing.dedup();
        Ok(missing)
    }

    /// Adds a full tile of hashes after checking it against the tile above it.
    ///
    /// A tile of the right edge is here already: its bytes are compared.
    ///
    /// # Errors
    /// [`TileError::NotInTree`], [`TileError::Length`], [`TileError::Missing`] if the tile above is to be added first, and
    /// [`TileError::NotAuthentic`] if the hashes are not those of the tree.
    pub fn add(&mut self, tile: Tile, bytes: &[u8]) -> Result<(), TileError> {
        let in_tree = counterpart_in_tree(tile, self.frontier.size())?;
        let hashes = hashes_in_tree(tile, in_tree, bytes)?;
        let key = (in_tree.level(), in_tree.index());
        if let Some(known) = self.tiles.get(&key) {
            let differing = known.iter().zip(&hashes).find(|(known, given)| known != given);
            return differing
                .map_or(Ok(()), |(&expected, &computed)| Err(TileError::NotAuthentic { tile, expected, computed }));
        }
        let missing = TileError::Missing { tile: in_tree };
        let (above, position) = self.above(in_tree).ok_or(missing)?;
        let above_hashes = self.tiles.get(&(above.level(), above.index()));
        let above_hashes = above_hashes.ok_or(TileError::Missing { tile: above })?;
        let expected = *above_hashes.get(position).ok_or(missing)?;
        let computed = root_over(&hashes)?;
        if computed != expected {
            return Err(TileError::NotAuthentic { tile, expected, computed });
        }
        self.tiles.insert(key, hashes);
        Ok(())
    }

    /// The hash of a node of the tree.
    ///
    /// # Errors
    /// [`TileError::Missing`] if the tile that holds it is not here, [`TileError::NodeNotInTree`].
    pub fn node(&self, node: Node) -> Result<Hash, TileError> {
        node_in(&self.tiles, node, self.frontier.size())
    }

    /// The tile that holds the root of a full tile, and where. `None` for a partial tile.
    fn above(&self, tile: Tile) -> Option<(Tile, usize)> {
        let kind = TileKind::Hashes { level: tile.level().checked_add(1)? };
        let above = Tile::in_tree(kind, tile.index() / 256, self.frontier.size())?;
        tile.is_full().then_some((above, usize::try_from(tile.index() % 256).ok()?))
    }
}

/// The tile of the tree with the same coordinates, if it is not wider than `tile`.
fn counterpart_in_tree(tile: Tile, size: u64) -> Result<Tile, TileError> {
    let is_hashes = matches!(tile.kind(), TileKind::Hashes { .. });
    let in_tree = Tile::in_tree(tile.kind(), tile.index(), size).filter(|_| is_hashes);
    in_tree.filter(|in_tree| in_tree.width() <= tile.width()).ok_or(TileError::NotInTree { tile, size })
}

/// The hashes in the bytes of `tile` that are in the tree.
fn hashes_in_tree(tile: Tile, in_tree: Tile, bytes: &[u8]) -> Result<Vec<Hash>, TileError> {
    Ok(tile.hashes(bytes)?.take(in_tree.width().into()).collect())
}

fn node_in(tiles: &BTreeMap<(u8, u64), Vec<Hash>>, node: Node, size: u64) -> Result<Hash, TileError> {
    let tile = tile_of(node, size)?;
    let hashes = tiles.get(&(tile.level(), tile.index())).ok_or(TileError::Missing { tile })?;
    let (first, count) = place_in_tile(node);
    let hashes = hashes.get(first..).and_then(|hashes| hashes.get(..count));
    root_over(hashes.ok_or(TileError::Missing { tile })?)
}

/// The tile that holds the node's hash or, where the node lies between the levels of tiles, the hashes right under it.
fn tile_of(node: Node, size: u64) -> Result<Tile, TileError> {
    let not_in_tree = TileError::NodeNotInTree { level: node.level, index: node.index, size };
    let first_hash = shl(node.index, (node.level % 8).into());
    if shr(first_hash, (node.level % 8).into()) != node.index {
        return Err(not_in_tree);
    }
    let kind = TileKind::Hashes { level: node.level / 8 };
    let tile = Tile::in_tree(kind, first_hash / 256, size).ok_or(not_in_tree)?;
    let (first, count) = place_in_tile(node);
    let end = first.saturating_add(count);
    if end > tile.width().into() { Err(not_in_tree) } else { Ok(tile) }
}

/// Where in its tile the node begins, and how many hashes it spans.
fn place_in_tile(node: Node) -> (usize, usize) {
    let height = u32::from(node.level % 8);
    let first = usize::try_from(shl(node.index, height) % 256).unwrap_or(0);
    (first, 1_usize.checked_shl(height).unwrap_or(0))
}

/// The root of the tree over the hashes.
fn root_over(hashes: &[Hash]) -> Result<Hash, TileError> {
    let mut frontier = Frontier::new();
    frontier.extend(hashes)?;
    Ok(frontier.root())
}
