use core::{iter, mem, ops::Range};

use ctlens_merkle::{Hash, Tile};

use super::Follower;
use crate::entry::LeafIndexError;
use crate::fault::ObservedFault;
use crate::position::Position;
use crate::tile_leaf::{TileLeaf, TileLeaves};

/// Entries of a data tile that are under a signed head and have not been committed yet.
///
/// Dropped without [`commit`](Self::commit), it leaves the follower where it was.
#[derive(Debug)]
pub struct VerifiedTile<'f, 'a> {
    follower: &'f mut Follower,
    tile: Tile,
    /// Entries at the front that were committed earlier.
    done: usize,
    served: Served<'a>,
}

/// The octets of a data tile.
#[derive(Debug, Clone, Copy)]
pub(super) struct Served<'a> {
    pub(super) data: &'a [u8],
    /// Whether nothing is to follow the last entry, as it may in a full tile that stands for a partial one.
    pub(super) ends_there: bool,
    /// Whether the entries are known to have the leaf hashes of the tree.
    pub(super) is_whole: bool,
}

/// An entry under a signed head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifiedEntry<'a> {
    /// Its index in the log.
    pub index: u64,
    /// Its leaf hash.
    pub leaf_hash: Hash,
    /// The entry. Its certificate may be anything: the log vouches for octets only.
    pub leaf: TileLeaf<'a>,
}

/// Entries of which the log's tree has the leaf hashes, but which were not to be had: what they are is not known. Only
/// [`Follower::salvage`] gives them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("entries {} to {} are undecidable ({} octets): {cause}", indices.start, indices.end, octets.len())]
#[non_exhaustive]
pub struct Undecidable<'a> {
    /// Their indices in the log. Empty for octets that belong to no entry.
    pub indices: Range<u64>,
    /// All that was served in their place, possibly nothing.
    pub octets: &'a [u8],
    /// Why they are not the entries.
    pub cause: ObservedFault,
}

impl<'f, 'a> VerifiedTile<'f, 'a> {
    pub(super) fn new(follower: &'f mut Follower, tile: Tile, done: usize, served: Served<'a>) -> Self {
        Self { follower, tile, done, served }
    }

    /// The data tile, as wide as the head makes it.
    #[must_use]
    pub fn tile(&self) -> Tile {
        self.tile
    }

    /// The indices of the entries. A tile that grew has only the new ones.
    #[must_use]
    pub fn indices(&self) -> Range<u64> {
        let first = self.tile.index().saturating_mul(256);
        let end = first.saturating_add(self.tile.width().into());
        self.follower.position.size()..end
    }

    /// The leaf hashes of the entries in the log's tree, the undecidable ones included.
    #[must_use]
    pub fn leaf_hashes(&self) -> &[Hash] {
        self.follower.leaves.get(self.done..).unwrap_or(&[])
    }

    /// The position before these entries; its [target](Position::target_head) is the head over them.
    #[must_use]
    pub fn position(&self) -> &Position {
        &self.follower.position
    }

    /// The entries in their order. Every index is given exactly once, as an entry or as part of an [`Undecidable`] one.
    pub fn entries(&self) -> impl Iterator<Item = Result<VerifiedEntry<'a>, Undecidable<'a>>> {
        let mut leaves = TileLeaves::new(self.served.data);
        let indices = self.indices();
        let mut hashes = indices.clone().zip(self.leaf_hashes());
        // Entries that were dealt with under an earlier head. What cannot be framed ends the iterator for good.
        let mut lost = None;
        for _ in 0..self.done {
            let rest = leaves.rest();
            if let Some(Err(error)) = leaves.next() {
                lost = Some((rest, ObservedFault::Framing { tile: self.tile, error }));
            }
        }
        iter::from_fn(move || {
            let rest = leaves.rest();
            let Some((index, &leaf_hash)) = hashes.next() else {
                return self.trailing(mem::replace(&mut leaves, TileLeaves::new(&[])), indices.end);
            };
            let (octets, cause) = match leaves.next() {
                Some(Ok(leaf)) if self.served.is_whole || leaf.leaf_hash() == leaf_hash => {
                    return Some(Ok(VerifiedEntry { index, leaf_hash, leaf }));
                }
                Some(Ok(leaf)) => {
                    let cause = ObservedFault::Entry { index, expected: leaf_hash, computed: leaf.leaf_hash() };
                    let indices = index..index.saturating_add(1);
                    return Some(Err(Undecidable { indices, octets: leaf.as_bytes(), cause }));
                }
                Some(Err(error)) => (rest, ObservedFault::Framing { tile: self.tile, error }),
                None => lost.take().unwrap_or_else(|| {
                    let got = usize::try_from(index % 256).unwrap_or(0);
                    (rest, ObservedFault::EntriesMissing { tile: self.tile, got })
                }),
            };
            // Where the next entry begins is not known, so this is about all that are left.
            hashes.by_ref().for_each(drop);
            Some(Err(Undecidable { indices: index..indices.end, octets, cause }))
        })
    }

    /// Of the entries that are verified, those that do not claim the index which they have (static-ct-api, "SCT Extension").
    /// A fault of the log; the entries are authentic all the same.
    pub fn leaf_index_faults(&self) -> impl Iterator<Item = ObservedFault> {
        self.entries().flatten().filter_map(|entry| entry.check_leaf_index().err().map(ObservedFault::LeafIndex))
    }

    /// Moves the follower behind these entries. To be called when every one of them has been dealt with.
    pub fn commit(self) {
        self.follower.commit();
    }

    /// Octets after the last entry.
    fn trailing(&self, leaves: TileLeaves<'a>, end: u64) -> Option<Result<VerifiedEntry<'a>, Undecidable<'a>>> {
        let octets = leaves.rest();
        if octets.is_empty() || !self.served.ends_there {
            return None;
        }
        let cause = ObservedFault::TrailingData { tile: self.tile, octets: octets.len() };
        Some(Err(Undecidable { indices: end..end, octets, cause }))
    }
}

impl<'a> VerifiedEntry<'a> {
    /// Checks that the entry claims the index that it has.
    ///
    /// # Errors
    /// As [`TimestampedEntry::check_leaf_index`](crate::TimestampedEntry::check_leaf_index).
    pub fn check_leaf_index(&self) -> Result<(), LeafIndexError> {
        self.leaf.timestamped_entry().check_leaf_index(self.index)
    }
}
