//! Hash tiles, frontiers and ranges that are read, joined and refused; entry bundles.

#![cfg(feature = "alloc")]

use std::collections::BTreeMap;

use ctlens_merkle::{
    CompactRange, Frontier, Hash, HashTiles, Node, ProofError, ProofPlan, Subtree, Tile, TileError, TileKind, TreeHead,
    leaf_hash, verify_inclusion,
};
use ctlens_testkit::tree;
use proptest::{prelude::*, sample::Index, test_runner::RngSeed};

/// A log of 70,000 leaves, as the tiles that tlog-tiles counts for it, with every older size.
struct Log {
    levels: tree::Levels,
}

const SIZE: usize = 70_000;

impl Log {
    fn new() -> Self {
        Self { levels: tree::Levels::new((0..SIZE).map(|i| tree::leaf_hash(&i.to_be_bytes())).collect()) }
    }

    fn head(&self, size: usize) -> TreeHead {
        TreeHead { size: size as u64, root: Hash(self.levels.root(size)) }
    }

    /// The bytes of a tile, as far as the whole log fills it.
    fn tile(&self, tile: Tile) -> Vec<u8> {
        let hashes = self.levels.at(8 * usize::from(tile.level()), SIZE);
        let start = usize::try_from(tile.index()).unwrap() * 256;
        hashes[start..start + usize::from(tile.width())].concat()
    }

    fn edge(&self, size: usize) -> Vec<(Tile, Vec<u8>)> {
        Tile::partial_of_tree(size as u64).map(|tile| (tile, self.tile(tile))).collect()
    }
}

#[test]
fn tiles_authenticate_each_other_from_the_head_down() {
    let log = Log::new();
    let head = log.head(SIZE);
    let mut tiles = HashTiles::new(&head, log.edge(SIZE)).unwrap();
    assert_eq!(tiles.head(), head);

    let plan = ProofPlan::inclusion(1000, SIZE as u64).unwrap();
    let missing = tiles.missing_for(plan.nodes()).unwrap();
    let paths: Vec<String> = missing.iter().map(Tile::to_string).collect();
    assert_eq!(paths, ["tile/1/000", "tile/0/003"]);
    assert_eq!(tiles.node(Node { level: 0, index: 1000 }), Err(TileError::Missing { tile: missing[1] }));

    // The tile above has to be there first.
    let leaf_tile = log.tile(missing[1]);
    assert_eq!(tiles.add(missing[1], &leaf_tile), Err(TileError::Missing { tile: missing[0] }));
    tiles.add(missing[0], &log.tile(missing[0])).unwrap();

    // Every changed bit is refused, and what was refused is not kept.
    for bit in (0..leaf_tile.len() * 8).step_by(997) {
        let mut changed = leaf_tile.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let refused = tiles.add(missing[1], &changed);
        assert!(matches!(refused, Err(TileError::NotAuthentic { tile, .. }) if tile == missing[1]), "{refused:?}");
        assert_eq!(tiles.missing_for(plan.nodes()), Ok(vec![missing[1]]));
    }
    tiles.add(missing[1], &leaf_tile).unwrap();
    assert_eq!(tiles.missing_for(plan.nodes()), Ok(vec![]));

    let proof: Vec<Hash> = plan.hashes(|node| tiles.node(node)).collect::<Result<_, _>>().unwrap();
    let leaf = tiles.node(Node { level: 0, index: 1000 }).unwrap();
    assert_eq!(verify_inclusion(&leaf, 1000, &proof, &head), Ok(()));
}

#[test]
fn tiles_that_are_refused() {
    let log = Log::new();
    let head = log.head(SIZE);
    let edge = || log.edge(SIZE);
    let path = |path: &str| path.parse::<Tile>().unwrap();
    let with = |replace: usize, tile: &str, bytes: Vec<u8>| {
        let mut edge = edge();
        edge[replace] = (path(tile), bytes);
        HashTiles::new(&head, edge).map(drop)
    };
    let leaf_edge = log.tile(path("tile/0/273.p/112"));
    let mut changed = leaf_edge.clone();
    changed[0] ^= 1;

    let not_in_tree = |tile: &str| TileError::NotInTree { tile: path(tile), size: 70_000 };
    let cases = [
        ("a changed hash", with(0, "tile/0/273.p/112", changed.clone()), None),
        (
            "a tile too narrow",
            with(0, "tile/0/273.p/111", leaf_edge[32..].to_vec()),
            Some(not_in_tree("tile/0/273.p/111")),
        ),
        ("another tile", with(0, "tile/0/272", log.tile(path("tile/0/272"))), Some(not_in_tree("tile/0/272"))),
        ("a tile beyond the tree", with(0, "tile/0/274", vec![0; 8192]), Some(not_in_tree("tile/0/274"))),
        (
            "a tile of entries",
            with(0, "tile/entries/273.p/112", leaf_edge.clone()),
            Some(not_in_tree("tile/entries/273.p/112")),
        ),
        (
            "bytes of another length",
            with(0, "tile/0/273.p/112", leaf_edge[1..].to_vec()),
            Some(TileError::Length { tile: path("tile/0/273.p/112"), expected: 3584, got: 3583 }),
        ),
        (
            "a tile twice instead of another",
            with(0, "tile/2/000.p/1", log.tile(path("tile/2/000.p/1"))),
            Some(TileError::Missing { tile: path("tile/0/273.p/112") }),
        ),
    ];
    for (description, result, error) in cases {
        match error {
            Some(error) => assert_eq!(result, Err(error), "{description}"),
            None => assert!(matches!(result, Err(TileError::Proof(ProofError::RootMismatch { .. }))), "{description}"),
        }
    }

    let mut tiles = HashTiles::new(&head, edge()).unwrap();
    assert_eq!(tiles.add(path("tile/0/273.p/112"), &leaf_edge), Ok(()));
    let refused = tiles.add(path("tile/0/273.p/112"), &changed);
    assert!(matches!(refused, Err(TileError::NotAuthentic { .. })), "{refused:?}");
    assert_eq!(tiles.add(path("tile/3/000"), &[0; 8192]), Err(not_in_tree("tile/3/000")));
    assert_eq!(tiles.add(path("tile/data/000"), &[0; 8192]), Err(not_in_tree("tile/data/000")));

    for (level, index) in [
        (0, 70_000),
        (16, 1),
        (17, 0),
        (63, 0),
        (63, 1),
        (64, 0),
        (255, 0),
        (7, u64::MAX),
        (0, u64::MAX),
        (1, 1 << 63),
        (7, 1 << 57),
    ] {
        let error = TileError::NodeNotInTree { level, index, size: 70_000 };
        assert_eq!(tiles.node(Node { level, index }), Err(error));
        assert_eq!(tiles.missing_for([Node { level, index }]), Err(error));
    }
}

#[test]
fn an_empty_tree_has_no_tiles() {
    let none: [(Tile, &[u8]); 0] = [];
    assert_eq!(HashTiles::new(&TreeHead::EMPTY, none).unwrap().head(), TreeHead::EMPTY);
    let wrong = TreeHead { size: 0, root: leaf_hash(b"") };
    let error = ProofError::EmptyTreeRoot { root: wrong.root };
    assert_eq!(HashTiles::new(&wrong, none).map(drop), Err(TileError::Proof(error)));
}

#[test]
fn the_range_may_end_at_the_last_possible_leaf() {
    let leaf = leaf_hash(b"");
    let mut range = CompactRange::new(u64::MAX - 1);
    range.append(&leaf).unwrap();
    assert_eq!(range.append(&leaf), Err(ProofError::TreeFull { size: u64::MAX, more: 1 }));
    assert_eq!(range.extend(&[leaf]), Err(ProofError::TreeFull { size: u64::MAX, more: 1 }));
    assert_eq!(range.extend(&[]), Ok(()));
    assert_eq!(range.subtree(), Ok((Subtree::new(u64::MAX - 1, u64::MAX).unwrap(), leaf)));

    let mut range = CompactRange::new(u64::MAX - 2);
    assert_eq!(range.extend(&[leaf; 3]), Err(ProofError::TreeFull { size: u64::MAX - 2, more: 3 }));
    assert_eq!(range, CompactRange::new(u64::MAX - 2));

    // A frontier of 2^64 − 1 equal leaves.
    let mut level = leaf;
    let mut levels = vec![];
    for _ in 0..64 {
        levels.push(level);
        level = ctlens_merkle::node_hash(&level, &level);
    }
    let node = |node: Node| Ok::<_, ProofError>(levels[usize::from(node.level)]);
    let head = TreeHead { size: u64::MAX, root: Subtree::of_tree(u64::MAX).hash(node).unwrap() };
    let mut frontier = Frontier::from_nodes(&head, node).unwrap();
    assert_eq!(frontier.head(), head);
    assert_eq!(frontier.append(&leaf), Err(ProofError::TreeFull { size: u64::MAX, more: 1 }));
    assert_eq!(frontier.extend(&[leaf, leaf]), Err(ProofError::TreeFull { size: u64::MAX, more: 2 }));
    assert_eq!(frontier.head(), head);

    let plan = ProofPlan::inclusion(u64::MAX - 1, u64::MAX).unwrap();
    let proof: Vec<Hash> = plan.hashes(node).collect::<Result<_, _>>().unwrap();
    assert_eq!(Frontier::from_last_leaf(&leaf, &proof, &head), Ok(frontier));
}

#[test]
fn only_adjacent_ranges_merge() {
    let leaf = leaf_hash(b"");
    for (end, start) in [(3, 4), (3, 2), (0, 3), (3, 0)] {
        let (mut left, mut frontier) = (CompactRange::new(0), Frontier::new());
        let leaves = vec![leaf; end];
        left.extend(&leaves).unwrap();
        frontier.extend(&leaves).unwrap();
        let error = ProofError::NotAdjacent { end: end as u64, start };
        assert_eq!(left.merge(&CompactRange::new(start)), Err(error));
        assert_eq!(frontier.merge(&CompactRange::new(start)), Err(error));
    }
}

#[test]
fn entry_bundles() {
    let tile = |width| Tile::new(TileKind::Entries, 0, width).unwrap();
    let entries = |width, bytes: &'static [u8]| tile(width).entries(bytes).collect::<Vec<_>>();
    let truncated = |entry, width, rest| Err(TileError::EntryTruncated { entry, width, rest });
    type Yielded = Vec<Result<&'static [u8], TileError>>;
    let cases: [(&str, u16, &[u8], Yielded); 7] = [
        ("two", 2, &[0, 1, 7, 0, 2, 8, 9], vec![Ok(&[7]), Ok(&[8, 9])]),
        ("an empty entry", 1, &[0, 0], vec![Ok(&[])]),
        ("too long by a byte", 1, &[0, 0, 5], vec![Ok(&[]), Err(TileError::TrailingBytes { entries: 1, excess: 1 })]),
        ("an entry too many", 1, &[0, 0, 0, 0], vec![Ok(&[]), Err(TileError::TrailingBytes { entries: 1, excess: 2 })]),
        ("an entry too few", 2, &[0, 1, 7], vec![Ok(&[7]), truncated(1, 2, 0)]),
        ("half a length", 2, &[0, 1, 7, 0], vec![Ok(&[7]), truncated(1, 2, 1)]),
        ("an entry cut off", 2, &[0, 1, 7, 255, 255, 1], vec![Ok(&[7]), truncated(1, 2, 3)]),
    ];
    for (description, width, bytes, expected) in cases {
        assert_eq!(entries(width, bytes), expected, "{description}");
    }
    let longest = [&[0xff, 0xff][..], &[1; 0xffff]].concat();
    assert_eq!(tile(1).entries(&longest).collect::<Vec<_>>(), [Ok(&[1; 0xffff][..])]);
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(256), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_frontier_loads_from_tiles_and_from_the_last_proof(size in 1..2000_usize) {
        let leaves: Vec<Hash> = (0..size).map(|i| leaf_hash(&i.to_be_bytes())).collect();
        let mut expected = Frontier::new();
        expected.extend(&leaves).unwrap();
        let head = expected.head();
        let naive: Vec<tree::Hash> = leaves.iter().map(|hash| hash.0).collect();
        let levels = tree::Levels::new(naive.clone());

        let edge: BTreeMap<Tile, Vec<u8>> = Tile::partial_of_tree(size as u64)
            .map(|tile| {
                let hashes = levels.at(8 * usize::from(tile.level()), size);
                (tile, hashes[usize::try_from(tile.index()).unwrap() * 256..].concat())
            })
            .collect();
        let tiles = HashTiles::new(&head, edge).unwrap();
        prop_assert_eq!(tiles.frontier(), &expected);

        let mut proof: Vec<Hash> = tree::inclusion_proof(size - 1, &naive).into_iter().map(Hash).collect();
        prop_assert_eq!(Frontier::from_last_leaf(&leaves[size - 1], &proof, &head), Ok(expected));
        if let Some(hash) = proof.first_mut() {
            hash.0[31] ^= 1;
            prop_assert!(Frontier::from_last_leaf(&leaves[size - 1], &proof, &head).is_err());
        }
    }

    /// Ranges of any cut, joined in any order, are the range of all their leaves.
    #[test]
    fn ranges_merge(start in prop_oneof![Just(0), any::<u64>().prop_map(|n| n >> 1), 0..1000_u64], cuts in prop::collection::vec(0..1200_usize, 2..7), first in any::<Index>()) {
        let leaves: Vec<Hash> = (0..1200_u32).map(|i| leaf_hash(&i.to_be_bytes())).collect();
        let mut cuts = cuts;
        cuts.sort_unstable();
        let offset = |cut: usize| start + cut as u64;
        let mut parts: Vec<CompactRange> = cuts.windows(2).map(|cut| {
            let mut part = CompactRange::new(offset(cut[0]));
            part.extend(&leaves[cut[0]..cut[1]]).unwrap();
            part
        }).collect();
        let mut one_by_one = CompactRange::new(offset(cuts[0]));
        let last = cuts[cuts.len() - 1];
        leaves[cuts[0]..last].iter().for_each(|leaf| one_by_one.append(leaf).unwrap());

        if parts.len() > 1 {
            // Somewhere in the middle first.
            let at = first.index(parts.len() - 1);
            let right = parts.remove(at + 1);
            parts[at].merge(&right).unwrap();
        }
        let joined = parts.into_iter().reduce(|mut left, right| { left.merge(&right).unwrap(); left }).unwrap();
        prop_assert_eq!(&joined, &one_by_one);
        for (node, hash) in joined.nodes() {
            let first = usize::try_from((node.index << node.level) - start).unwrap();
            let naive: Vec<tree::Hash> = leaves[first..first + (1 << node.level)].iter().map(|hash| hash.0).collect();
            prop_assert_eq!(hash, Hash(tree::root(&naive)));
        }
        if let Ok((subtree, hash)) = joined.subtree() {
            prop_assert_eq!((subtree.start(), subtree.end()), (joined.start(), joined.end()));
            let naive: Vec<tree::Hash> = leaves[cuts[0]..last].iter().map(|hash| hash.0).collect();
            prop_assert_eq!(hash, Hash(tree::root(&naive)));
        }

        let mut frontier = Frontier::new();
        frontier.extend(&leaves[..cuts[0]]).unwrap();
        if start == 0 {
            frontier.merge(&joined).unwrap();
            let mut expected = Frontier::new();
            expected.extend(&leaves[..last]).unwrap();
            prop_assert_eq!(&frontier, &expected);
        } else if joined.start() != frontier.size() {
            let error = ProofError::NotAdjacent { end: frontier.size(), start: joined.start() };
            prop_assert_eq!(frontier.merge(&joined), Err(error));
        }
    }

    /// Any proof can be made from tiles that were all checked, whatever the size was when the tiles were written.
    #[test]
    fn proofs_from_tiles(size in 1..1500_usize, index in any::<Index>(), old in any::<Index>()) {
        let leaves: Vec<tree::Hash> = (0..1500_usize).map(|i| tree::leaf_hash(&i.to_be_bytes())).collect();
        let levels = tree::Levels::new(leaves.clone());
        let bytes = |tile: Tile| {
            let hashes = levels.at(8 * usize::from(tile.level()), 1500);
            let start = usize::try_from(tile.index()).unwrap() * 256;
            hashes[start..start + usize::from(tile.width())].concat()
        };
        let head = TreeHead { size: size as u64, root: Hash(levels.root(size)) };
        // The partial tile may be gone: then the full one, or as much as there is of it, stands in.
        let edge = Tile::partial_of_tree(head.size).map(|tile| {
            let newer = Tile::in_tree(tile.kind(), tile.index(), 1500).unwrap();
            (newer, bytes(newer))
        });
        let mut tiles = HashTiles::new(&head, edge).unwrap();
        let (index, old) = (index.index(size), old.index(size) + 1);
        let plans = [
            (ProofPlan::inclusion(index as u64, head.size).unwrap(), tree::inclusion_proof(index, &leaves[..size])),
            (ProofPlan::consistency(old as u64, head.size).unwrap(), tree::consistency_proof(old, &leaves[..size])),
        ];
        for (plan, expected) in plans {
            for tile in tiles.missing_for(plan.nodes()).unwrap() {
                tiles.add(tile, &bytes(tile)).unwrap();
            }
            let made: Vec<tree::Hash> = plan.hashes(|node| tiles.node(node)).map(|hash| hash.unwrap().0).collect();
            prop_assert_eq!(made, expected);
        }
    }

    /// Whatever the bytes, each of them is given or complained about, and the iterator ends.
    #[test]
    fn any_bundle(bytes in prop::collection::vec(prop_oneof![Just(0_u8), Just(1), any::<u8>()], 0..600), width in 1..=256_u16) {
        let tile = Tile::new(TileKind::Entries, 0, width).unwrap();
        let mut accounted = 0;
        let mut failed = false;
        for (i, entry) in tile.entries(&bytes).enumerate() {
            prop_assert!(!failed && i <= usize::from(width));
            match entry {
                Ok(entry) => accounted += 2 + entry.len(),
                Err(TileError::EntryTruncated { rest, .. }) => (accounted, failed) = (accounted + rest, true),
                Err(TileError::TrailingBytes { excess, .. }) => (accounted, failed) = (accounted + excess, true),
                Err(error) => prop_assert!(false, "{error}"),
            }
        }
        prop_assert_eq!(accounted, bytes.len());
    }
}
