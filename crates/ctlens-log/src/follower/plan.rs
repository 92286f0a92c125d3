use ctlens_merkle::{Tile, TileKind};

/// Which tiles to fetch, in order, to read a tree from an entry on.
///
/// First the tiles at the right edge, from the bottom up, then each data tile, before it those tiles of hashes above it that
/// are not the ones in use already, from the top down.
#[derive(Debug)]
pub(super) struct Plan {
    size: u64,
    /// Tiles of the edge that are here.
    edge: usize,
    /// The next data tile.
    next: u64,
    /// By level, from 1: the full tile of hashes in use.
    path: [Option<u64>; LEVELS],
}

/// Levels 1 to 7; no tree of less than 2^64 leaves has a hash above.
pub(super) const LEVELS: usize = 7;

impl Plan {
    pub(super) fn new(size: u64, edge: usize, entry: u64, path: [Option<u64>; LEVELS]) -> Self {
        Self { size, edge, next: entry / 256, path }
    }

    /// The highest tile that is lacking over the data tile, marked as in use. Above it there is one in use, or the edge.
    fn missing_above(&mut self, data: Tile) -> Option<Tile> {
        let mut missing = None;
        let mut index = data.index();
        for (level, slot) in (1..).zip(&mut self.path) {
            index /= 256;
            let kind = TileKind::Hashes { level };
            match Tile::in_tree(kind, index, self.size) {
                Some(tile) if tile.is_full() && *slot != Some(index) => missing = Some((tile, slot)),
                _ => break,
            }
        }
        missing.map(|(tile, slot)| {
            *slot = Some(tile.index());
            tile
        })
    }
}

impl Iterator for Plan {
    type Item = Tile;

    fn next(&mut self) -> Option<Tile> {
        if let Some(tile) = Tile::partial_of_tree(self.size).nth(self.edge) {
            self.edge = self.edge.saturating_add(1);
            return Some(tile);
        }
        let data = Tile::in_tree(TileKind::Data, self.next, self.size)?;
        if data.is_full()
            && let Some(missing) = self.missing_above(data)
        {
            return Some(missing);
        }
        self.next = self.next.checked_add(1)?;
        Some(data)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::{collections::BTreeSet, vec::Vec};

    use proptest::prelude::*;

    use super::*;

    fn plan(size: u64, entry: u64) -> impl Iterator<Item = Tile> {
        Plan::new(size, 0, entry, [None; LEVELS])
    }

    /// The full tiles of hashes above a data tile, from the bottom up.
    fn above(data: Tile, size: u64) -> impl Iterator<Item = Tile> {
        let above = (1..8).map(move |level| (TileKind::Hashes { level }, data.index() >> (8 * level)));
        above.map_while(move |(kind, index)| {
            Tile::in_tree(kind, index, size).filter(|tile| data.is_full() && tile.is_full())
        })
    }

    proptest! {
        #[test]
        fn each_tile_once_and_after_those_above_it(size in 1_u64..2_000_000, back in 1_u64..400_000) {
            let entry = size.saturating_sub(back);
            let mut expected: BTreeSet<Tile> = Tile::partial_of_tree(size).collect();
            for data in Tile::for_range(TileKind::Data, entry..size, size) {
                expected.insert(data);
                expected.extend(above(data, size));
            }
            let mut before = BTreeSet::new();
            let mut next = entry / 256;
            for tile in plan(size, entry) {
                if tile.kind() == TileKind::Data {
                    prop_assert_eq!(tile.index(), next);
                    prop_assert!(above(tile, size).all(|above| before.contains(&above)));
                    next += 1;
                }
                prop_assert!(before.insert(tile), "{} twice", tile);
            }
            prop_assert_eq!(before, expected);
        }

        #[test]
        fn no_size_is_too_large(size: u64, entry: u64) {
            let entry = entry % size.max(1);
            let tiles: Vec<Tile> = plan(size, entry).take(40).collect();
            prop_assert!(tiles.iter().all(|tile| Tile::in_tree(tile.kind(), tile.index(), size) == Some(*tile)));
            let data = tiles.iter().find(|tile| tile.kind() == TileKind::Data);
            prop_assert_eq!(data.map(Tile::index), (entry < size).then_some(entry / 256));
        }
    }

    #[test]
    fn at_the_end_of_the_largest_tree() {
        let tiles: Vec<Tile> = plan(u64::MAX, u64::MAX - 1).collect();
        assert_eq!(tiles.len(), 8 + 1);
        assert_eq!(tiles.last(), Tile::in_tree(TileKind::Data, u64::MAX / 256, u64::MAX).as_ref());
    }
}
