//! Tile paths and which tiles a tree has.

use ctlens_merkle::{Tile, TileError, TileKind};
use proptest::{prelude::*, test_runner::RngSeed};

const LEVEL_0: TileKind = TileKind::Hashes { level: 0 };

#[test]
fn refused_paths() {
    let cases = [
        ("empty", "", TileError::Prefix),
        ("another folder", "tiles/0/000", TileError::Prefix),
        ("absolute", "/tile/0/000", TileError::Prefix),
        ("no level", "tile/", TileError::Kind),
        ("no index", "tile/0", TileError::Kind),
        ("level 64", "tile/64/000", TileError::Kind),
        ("level -1", "tile/-1/000", TileError::Kind),
        ("level +1", "tile/+1/000", TileError::Kind),
        ("level 00", "tile/00/000", TileError::Kind),
        ("level 01", "tile/01/000", TileError::Kind),
        ("level 256", "tile/256/000", TileError::Kind),
        ("unknown kind", "tile/issuer/000", TileError::Kind),
        ("kind in capitals", "tile/Data/000", TileError::Kind),
        ("empty index", "tile/0/", TileError::IndexSyntax),
        ("one digit", "tile/0/1", TileError::IndexSyntax),
        ("four digits", "tile/0/0001", TileError::IndexSyntax),
        ("a sign", "tile/0/+01", TileError::IndexSyntax),
        ("no x", "tile/0/001/000", TileError::IndexSyntax),
        ("x at the end", "tile/0/x001", TileError::IndexSyntax),
        ("x at the end of two", "tile/0/x001/x000", TileError::IndexSyntax),
        ("group of zeros in front", "tile/0/x000/001", TileError::IndexSyntax),
        ("double slash", "tile/0//001", TileError::IndexSyntax),
        ("slash at the end", "tile/0/001/", TileError::IndexSyntax),
        ("letters", "tile/0/abc", TileError::IndexSyntax),
        ("digits of another script", "tile/0/٠٠١", TileError::IndexSyntax),
        ("space", "tile/0/001 ", TileError::IndexSyntax),
        ("2^64", "tile/0/x018/x446/x744/x073/x709/x551/616", TileError::IndexTooLarge),
        ("many groups", "tile/0/x999/x999/x999/x999/x999/x999/x999/999", TileError::IndexTooLarge),
        ("width 0", "tile/0/000.p/0", TileError::PartialSyntax),
        ("width 256", "tile/0/000.p/256", TileError::PartialSyntax),
        ("width 01", "tile/0/000.p/01", TileError::PartialSyntax),
        ("width of four digits", "tile/0/000.p/1000", TileError::PartialSyntax),
        ("no width", "tile/0/000.p/", TileError::PartialSyntax),
        ("suffix twice", "tile/0/000.p/1.p/1", TileError::PartialSyntax),
        ("suffix without slash", "tile/0/000.p", TileError::IndexSyntax),
    ];
    for (description, path, error) in cases {
        assert_eq!(path.parse::<Tile>(), Err(error), "{description}: {path}");
    }
}

#[test]
fn accepted_paths() {
    let cases = [
        ("tile/0/000", LEVEL_0, 0, 256),
        ("tile/63/999.p/255", TileKind::Hashes { level: 63 }, 999, 255),
        ("tile/data/x001/x234/067.p/1", TileKind::Data, 1_234_067, 1),
        ("tile/names/x001/000", TileKind::Names, 1000, 256),
        ("tile/entries/x018/x446/x744/x073/x709/x551/615", TileKind::Entries, u64::MAX, 256),
        ("tile/0/x001/x000/x000/000", LEVEL_0, 1_000_000_000, 256),
    ];
    for (path, kind, index, width) in cases {
        let tile = Tile::new(kind, index, width).unwrap();
        assert_eq!(path.parse(), Ok(tile), "{path}");
        assert_eq!(tile.to_string(), path);
    }
    assert_eq!(Tile::new(TileKind::Hashes { level: 64 }, 0, 1), Err(TileError::Level { level: 64 }));
    assert_eq!(Tile::new(LEVEL_0, 0, 0), Err(TileError::Width { width: 0 }));
    assert_eq!(Tile::new(LEVEL_0, 0, 257), Err(TileError::Width { width: 257 }));
}

/// The examples of C2SP tlog-tiles, "Partial Tiles".
#[test]
fn the_tiles_of_the_standard_s_examples() {
    let of = |size| Tile::partial_of_tree(size).map(|tile| tile.to_string()).collect::<Vec<_>>();
    assert_eq!(of(70_000), ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
    assert_eq!(of(256), ["tile/1/000.p/1"]);
    assert_eq!(of(0), Vec::<String>::new());

    let all: Vec<Tile> = Tile::of_tree(70_000).collect();
    let count = |level, full| all.iter().filter(|tile| tile.level() == level && tile.is_full() == full).count();
    assert_eq!([count(0, true), count(0, false), count(1, true), count(1, false), count(2, true)], [273, 1, 1, 1, 0]);
    assert_eq!(all.len(), 277);
    assert_eq!(Tile::of_tree(0).count(), 0);
}

#[test]
fn the_largest_tree() {
    let widths: Vec<_> = Tile::partial_of_tree(u64::MAX).map(|tile| (tile.level(), tile.width())).collect();
    assert_eq!(widths, (0..8).map(|level| (level, 255)).collect::<Vec<_>>());
    assert_eq!(Tile::in_tree(LEVEL_0, u64::MAX >> 8, u64::MAX).unwrap().width(), 255);
    assert_eq!(Tile::in_tree(LEVEL_0, u64::MAX, u64::MAX), None);
    let last: Vec<_> =
        Tile::for_range(TileKind::Data, u64::MAX - 256..u64::MAX, u64::MAX).map(|tile| tile.width()).collect();
    assert_eq!(last, [256, 255]);
}

#[test]
fn tiles_to_read_a_range() {
    let paths = |kind, range, size| Tile::for_range(kind, range, size).map(|tile| tile.to_string()).collect::<Vec<_>>();
    assert_eq!(paths(TileKind::Data, 0..1, 1), ["tile/data/000.p/1"]);
    assert_eq!(paths(TileKind::Data, 255..257, 300), ["tile/data/000", "tile/data/001.p/44"]);
    assert_eq!(paths(TileKind::Data, 256..300, 300), ["tile/data/001.p/44"]);
    assert_eq!(paths(TileKind::Data, 0..1000, 300), ["tile/data/000", "tile/data/001.p/44"]);
    assert_eq!(paths(TileKind::Data, 300..400, 300), Vec::<String>::new());
    assert_eq!(paths(TileKind::Data, 7..7, 300), Vec::<String>::new());
    assert_eq!(paths(TileKind::Hashes { level: 1 }, 0..300, 300), ["tile/1/000.p/1"]);
}

#[test]
fn spans_counterparts_and_full_tiles() {
    let tile: Tile = "tile/0/001.p/44".parse().unwrap();
    assert_eq!(tile.leaves(), Some(256..300));
    assert_eq!(tile.counterpart(TileKind::Data).unwrap().to_string(), "tile/data/001.p/44");
    assert_eq!(tile.to_full().to_string(), "tile/0/001");
    let above: Tile = "tile/1/002.p/3".parse().unwrap();
    assert_eq!(above.leaves(), Some(131_072..131_840));
    assert_eq!(above.counterpart(TileKind::Data), None);
    let top: Tile = "tile/7/000.p/255".parse().unwrap();
    assert_eq!(top.leaves(), Some(0..255 << 56));
    for beyond in ["tile/7/000", "tile/7/001.p/1", "tile/8/000.p/1", "tile/63/000.p/1"] {
        assert_eq!(beyond.parse::<Tile>().unwrap().leaves(), None, "{beyond}");
    }
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(6962), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn paths_are_read_as_they_are_written(kind in kind(), index in any::<u64>(), shift in 0..64_u32, width in 1..=256_u16) {
        let tile = Tile::new(kind, index >> shift, width).unwrap();
        prop_assert_eq!(tile.to_string().parse(), Ok(tile));
    }

    /// Whatever is read is written the same, so that there is one path for each tile.
    #[test]
    fn nothing_else_is_read(path in "tile/([0-9]{1,2}|data|entries|names)/(x?[0-9]{2,3}/){0,3}[0-9]{3}(\\.p/[0-9]{1,3})?") {
        if let Ok(tile) = path.parse::<Tile>() {
            prop_assert_eq!(tile.to_string(), path);
        }
    }

    #[test]
    fn the_tiles_of_a_tree_hold_each_hash_once(size in 0..200_000_u64) {
        for level in 0..3_u8 {
            let tiles: Vec<Tile> = Tile::of_tree(size).filter(|tile| tile.level() == level).collect();
            let widths: u64 = tiles.iter().map(|tile| u64::from(tile.width())).sum();
            prop_assert_eq!(widths, size >> (8 * level));
            prop_assert!(tiles.iter().rev().skip(1).all(Tile::is_full));
            let partial: Vec<Tile> = tiles.iter().copied().filter(|tile| !tile.is_full()).collect();
            let expected: Vec<Tile> = Tile::partial_of_tree(size).filter(|tile| tile.level() == level).collect();
            prop_assert_eq!(partial, expected);
        }
    }
}

fn kind() -> impl Strategy<Value = TileKind> {
    prop_oneof![
        (0..=63_u8).prop_map(|level| TileKind::Hashes { level }),
        Just(TileKind::Entries),
        Just(TileKind::Data),
        Just(TileKind::Names),
    ]
}
