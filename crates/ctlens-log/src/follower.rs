use alloc::{boxed::Box, vec::Vec};
use core::{fmt, mem};

use ctlens_loglist::LogKey;
use ctlens_merkle::{
    CompactRange, Frontier, Hash, HashTiles, ProofError, ProofPlan, Subtree, Tile, TileError, TileKind,
};

use crate::fault::{Fault, Misbehaviour, ObservedFault};
use crate::position::{Position, PositionError};
use crate::tile_leaf::TileLeaves;
use crate::tree_head::SignedTreeHead;
use crate::verifier_key::VerifierKey;

mod path;
mod plan;
mod tile;

use path::{Leaves, TilePath};
use plan::Plan;
use tile::Served;
pub use tile::{Undecidable, VerifiedEntry, VerifiedTile};

/// Follows a log of the static API without trusting it. It says what to fetch, takes the bytes, and gives entries in order,
/// each under a signed head, none left out.
///
/// ```text
/// checkpoint ─ signature ─▶ signed head
///                             │ root
/// partial hash tiles ─────────┴▶ right edge       one tile a level
///                             │ hash of a full tile, level by level down
/// full hash tiles ────────────┴▶ path             one tile a level
///                             │ hash of 256 entries
/// data tile ──────────────────┴▶ entries          the caller's bytes
/// ```
///
/// So nothing is yielded that the newest head does not vouch for. The entries also go through a [`Frontier`], whose root must
/// be that of each head when its last entry is reached: that the tree only ever grew is checked entry by entry, before the
/// first new one is yielded.
///
/// What it keeps is bounded: at most two tiles of hashes for each of eight levels, and the leaf hashes of one data tile.
/// Level-0 tiles are fetched at the right edge only, the others follow from the data.
///
/// It does no I/O and knows no clock: how long to wait between checkpoints, how often to retry and when to give up are the
/// caller's matter.
#[derive(Debug)]
pub struct Follower {
    verifier: VerifierKey,
    position: Position,
    /// The tiles at the right edge of the target's tree, as far as they have come. Without bytes once they are in `path`.
    edge: Vec<(Tile, Vec<u8>)>,
    /// There when the edge is complete and has given the target's root.
    path: Option<TilePath>,
    /// Whether the target's tree was found to begin with the verified entries.
    extends: bool,
    /// The leaf hashes of the data tile at hand, in the tree of the target.
    leaves: Vec<Hash>,
    /// The frontier after the data tile at hand.
    after: Frontier,
}

/// Something to fetch. `Display` writes the path below the log's monitoring prefix: `checkpoint`, `tile/data/x001/234`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fetch {
    /// The log's newest signed head. Never from a cache.
    Checkpoint,
    /// A tile, which does not change.
    Tile(Tile),
}

/// What came of bytes that were supplied.
#[derive(Debug)]
#[non_exhaustive]
pub enum Step<'f, 'a> {
    /// The checkpoint says nothing new. All entries are verified and done; ask again later.
    UpToDate,
    /// The checkpoint has new entries; [`Position::target_head`] is the head.
    NewHead,
    /// A tile of hashes was taken.
    Hashes,
    /// Entries that are under the signed head.
    Entries(VerifiedTile<'f, 'a>),
}

impl Follower {
    /// A follower that goes on from a position. `key` is the log's key from a log list.
    ///
    /// # Errors
    /// A position of another log, one whose parts contradict each other, or an origin with a scheme or a trailing slash.
    pub fn new(key: &LogKey, position: Position) -> Result<Self, PositionError> {
        let verifier = position.check(key)?;
        Ok(Self {
            verifier,
            position,
            edge: Vec::new(),
            path: None,
            extends: false,
            leaves: Vec::new(),
            after: Frontier::new(),
        })
    }

    /// How far it has come, for storage.
    #[must_use]
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// What it wants next. After a fault it wants the same again, with two exceptions: all tiles of the right edge if they
    /// do not give the root of the head, and another checkpoint after [`Fault::Proven`].
    #[must_use]
    pub fn wanted(&self) -> Fetch {
        self.upcoming().next().unwrap_or(Fetch::Checkpoint)
    }

    /// All that it will want under the head that it has, in that order, the [`wanted`](Self::wanted) first. A caller can
    /// fetch ahead as far as it likes, and in parallel, and supply the results in order.
    pub fn upcoming(&self) -> impl Iterator<Item = Fetch> + use<> {
        let target = self.position.target.as_ref().map(SignedTreeHead::head);
        let checkpoint = target.is_none().then_some(Fetch::Checkpoint);
        let plan = target.map(|target| {
            let path = self.path.as_ref().map(TilePath::indices).unwrap_or_default();
            Plan::new(target.size, self.edge.len(), self.position.size(), path)
        });
        checkpoint.into_iter().chain(plan.into_iter().flatten().map(Fetch::Tile))
    }

    /// Takes what was wanted, or its [fallback](Fetch::fallback), uncompressed.
    ///
    /// Nothing advances before the caller [commits](VerifiedTile::commit) the entries that it was given.
    ///
    /// # Errors
    /// See [`Fault`]. The position has not moved, and [`wanted`](Self::wanted) says what to fetch (again).
    pub fn supply<'f, 'a>(&'f mut self, fetch: Fetch, bytes: &'a [u8]) -> Result<Step<'f, 'a>, Fault> {
        let wanted = self.wanted();
        if fetch != wanted && Some(fetch) != wanted.fallback() {
            return Err(ObservedFault::NotWanted { wanted, got: fetch }.into());
        }
        let (Fetch::Tile(tile), Fetch::Tile(wanted)) = (fetch, wanted) else {
            return self.supply_checkpoint(bytes);
        };
        if wanted.kind() == TileKind::Data {
            self.read_leaves(tile, wanted, bytes)?;
            return self
                .verified(wanted, Served { data: bytes, ends_there: tile == wanted, is_whole: true })
                .map(Step::Entries);
        }
        match &mut self.path {
            Some(path) => path.add(wanted, bytes).map_err(ObservedFault::Tile)?,
            None => self.supply_edge(tile, bytes)?,
        }
        Ok(Step::Hashes)
    }

    /// What to fetch in place of something that is not there (HTTP status 404 or 410).
    ///
    /// # Errors
    /// [`ObservedFault::Missing`] where there is no substitute: the log, or its server, lacks what the signed head says is
    /// there. It is never the end of the log.
    pub fn missing(&self, fetch: Fetch) -> Result<Fetch, Fault> {
        let size = self.position.target.as_ref().map_or(self.position.size(), |target| target.head().size);
        fetch.fallback().ok_or_else(|| ObservedFault::Missing { fetch, size }.into())
    }

    /// Steps over a data tile that stays damaged or away, with nothing lost silently: the level-0 tile in
    /// `leaf_hashes` (see [`Fetch::leaf_hashes`]) says which entries belong there, those that are right are given as verified,
    /// and the others as [`Undecidable`].
    ///
    /// `data` are the octets that [`supply`](Self::supply) refused, possibly none.
    ///
    /// # Errors
    /// Hashes that are not those of the tree, and all that is not about the entries.
    pub fn salvage<'f, 'a>(
        &'f mut self,
        fetch: Fetch,
        data: &'a [u8],
        leaf_hashes: &[u8],
    ) -> Result<VerifiedTile<'f, 'a>, Fault> {
        let wanted = self.wanted();
        let is_wanted = fetch == wanted || Some(fetch) == wanted.fallback();
        let (true, Fetch::Tile(tile), Some(Fetch::Tile(hashes))) = (is_wanted, wanted, wanted.leaf_hashes()) else {
            return Err(ObservedFault::NotWanted { wanted, got: fetch }.into());
        };
        let whole = if leaf_hashes.len() == FULL_TILE_OCTETS { hashes.to_full() } else { hashes };
        let in_tree = whole.hashes(leaf_hashes).map_err(ObservedFault::Tile)?.take(tile.width().into());
        self.leaves.clear();
        self.leaves.extend(in_tree);
        self.verified(tile, Served { data, ends_there: fetch == wanted, is_whole: false })
    }

    /// Gives up on the head that is being followed, because its tiles do not come or do not give its root whatever one tries,
    /// and wants another checkpoint. The position stays.
    ///
    /// The head is handed back, as the log has signed it and is bound by it: keep it with the faults that it caused.
    pub fn abandon_target(&mut self) -> Option<SignedTreeHead> {
        self.forget_tiles();
        self.position.target.take()
    }

    fn supply_checkpoint<'f, 'a>(&mut self, note: &[u8]) -> Result<Step<'f, 'a>, Fault> {
        let signed = SignedTreeHead::from_checkpoint_by(note, &self.verifier).map_err(ObservedFault::Checkpoint)?;
        let (head, known) = (signed.head(), self.position.tree());
        if head.size > known.size {
            self.position.target = Some(signed);
            self.forget_tiles();
            return Ok(Step::NewHead);
        }
        if head.size < known.size {
            return Err(ObservedFault::OlderCheckpoint { held: known.size, got: head.size }.into());
        }
        if head.root != known.root {
            return Err(match self.position.signed_tree() {
                Some(first) => Box::new(Misbehaviour::TwoRoots { first: first.clone(), second: signed }).into(),
                None => other_prefix(known.size, known.root, head.root).into(),
            });
        }
        let is_newer = self.position.signed_tree().is_none_or(|held| held.timestamp() < signed.timestamp());
        if is_newer {
            self.position.verified = Some(signed);
        }
        Ok(Step::UpToDate)
    }

    fn supply_edge(&mut self, tile: Tile, bytes: &[u8]) -> Result<(), ObservedFault> {
        let Some(target) = &self.position.target else { return Ok(()) };
        let head = target.head();
        tile.hashes(bytes).map(drop)?;
        self.edge.push((tile, bytes.into()));
        if self.edge.len() < Tile::partial_of_tree(head.size).count() {
            return Ok(());
        }
        match HashTiles::new(&head, self.edge.iter().map(|(tile, bytes)| (*tile, bytes))) {
            Ok(edge) => {
                self.path = Some(TilePath::new(edge));
                self.edge.iter_mut().for_each(|(_, bytes)| *bytes = Vec::new());
            }
            Err(error) => {
                // Any of them can be the wrong one.
                self.edge.clear();
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// Computes the leaf hashes of the entries in the tile `given`, as far as `wanted` is wide.
    fn read_leaves(&mut self, given: Tile, wanted: Tile, data: &[u8]) -> Result<(), ObservedFault> {
        let width = usize::from(wanted.width());
        let mut entries = TileLeaves::new(data);
        self.leaves.clear();
        for leaf in entries.by_ref().take(width) {
            let leaf = leaf.map_err(|error| ObservedFault::Framing { tile: given, error })?;
            self.leaves.push(leaf.leaf_hash());
        }
        if self.leaves.len() < width {
            return Err(ObservedFault::EntriesMissing { tile: given, got: self.leaves.len() });
        }
        // What a full tile has beyond the signed head is none of its business.
        let octets = entries.rest().len();
        if given == wanted && octets > 0 {
            return Err(ObservedFault::TrailingData { tile: given, octets });
        }
        Ok(())
    }

    /// Checks `self.leaves` against everything that is known about them.
    fn verified<'f, 'a>(&'f mut self, tile: Tile, served: Served<'a>) -> Result<VerifiedTile<'f, 'a>, Fault> {
        let first = tile.index().saturating_mul(256);
        let (Some(path), Some(target)) = (&self.path, &self.position.target) else {
            return Err(ObservedFault::NotWanted { wanted: self.wanted(), got: Fetch::Tile(tile) }.into());
        };
        let leaves = Leaves { tile: tile.index(), hashes: &self.leaves };
        let target = target.head();

        let mut range = CompactRange::new(first);
        if tile.is_full() {
            range.extend(leaves.hashes).map_err(ObservedFault::Root)?;
            let (_, computed) = range.subtree().map_err(ObservedFault::Root)?;
            let expected = path.full_tile(tile).map_err(ObservedFault::Tile)?;
            if computed != expected {
                return Err(ObservedFault::Tile(TileError::NotAuthentic { tile, expected, computed }).into());
            }
        } else {
            for (index, &computed) in (first..).zip(leaves.hashes) {
                let expected = path.leaf(index).map_err(ObservedFault::Tile)?;
                if computed != expected {
                    return Err(ObservedFault::Entry { index, expected, computed }.into());
                }
            }
        }

        if !self.extends {
            self.check_prefix()?;
            self.extends = true;
        }

        let known = self.position.size();
        let done = usize::try_from(known.saturating_sub(first)).unwrap_or(usize::MAX);
        self.after.clone_from(&self.position.frontier);
        if done == 0 && tile.is_full() {
            self.after.merge(&range).map_err(ObservedFault::Root)?;
        } else {
            self.after.extend(self.leaves.get(done..).unwrap_or(&[])).map_err(ObservedFault::Root)?;
        }
        if self.after.size() == target.size {
            let computed = self.after.root();
            if computed != target.root {
                let mismatch = ProofError::RootMismatch { size: target.size, expected: target.root, computed };
                return Err(ObservedFault::Root(mismatch).into());
            }
        }
        Ok(VerifiedTile::new(self, tile, done, served))
    }

    /// Checks that the tree of the target begins with the entries that are verified. `self.leaves` are those of the tile in
    /// which the first new entry is.
    fn check_prefix(&mut self) -> Result<(), Fault> {
        let (Some(path), Some(new)) = (&self.path, &self.position.target) else { return Ok(()) };
        let known = self.position.tree();
        let leaves = Leaves { tile: known.size / 256, hashes: &self.leaves };
        let node = |node| path.node(node, leaves);
        let root_in_new = Subtree::of_tree(known.size).hash(node).map_err(ObservedFault::Tile)?;
        if root_in_new == known.root {
            return Ok(());
        }
        let Some(old) = self.position.signed_tree() else {
            return Err(other_prefix(known.size, known.root, root_in_new).into());
        };
        let plan = ProofPlan::consistency(known.size, new.head().size).map_err(ObservedFault::Root)?;
        let proof = plan.hashes(node).collect::<Result<_, _>>().map_err(ObservedFault::Tile)?;
        let evidence = Misbehaviour::Rewritten { old: old.clone(), new: new.clone(), root_in_new, proof };
        self.abandon_target();
        Err(Box::new(evidence).into())
    }

    fn commit(&mut self) {
        mem::swap(&mut self.position.frontier, &mut self.after);
        let is_complete = |target: &mut SignedTreeHead| target.head().size == self.position.frontier.size();
        if let Some(target) = self.position.target.take_if(is_complete) {
            self.position.verified = Some(target);
            self.forget_tiles();
        }
    }

    fn forget_tiles(&mut self) {
        self.edge.clear();
        self.path = None;
        self.extends = false;
    }
}

const FULL_TILE_OCTETS: usize = 256 * Hash::LEN;

fn other_prefix(size: u64, expected: Hash, computed: Hash) -> ObservedFault {
    ObservedFault::OtherPrefix { size, expected, computed }
}

impl Fetch {
    /// The full tile that may be there where a partial one is gone: a log may omit "any partial tile for which the
    /// corresponding full tile is available" (static-ct-api, "Partial Tiles").
    #[must_use]
    pub fn fallback(&self) -> Option<Self> {
        match self {
            Self::Tile(tile) if !tile.is_full() => Some(Self::Tile(tile.to_full())),
            _ => None,
        }
    }

    /// For a data tile, the tile with its leaf hashes.
    #[must_use]
    pub fn leaf_hashes(&self) -> Option<Self> {
        match self {
            Self::Tile(tile) if tile.kind() == TileKind::Data => {
                tile.counterpart(TileKind::Hashes { level: 0 }).map(Self::Tile)
            }
            _ => None,
        }
    }
}

impl fmt::Display for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkpoint => f.write_str("checkpoint"),
            Self::Tile(tile) => tile.fmt(f),
        }
    }
}
