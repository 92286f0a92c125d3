//! A data tile of a static-ct log: framing, leaf hashes, root, view, identifiers, watch list, beside its hashes alone.

use ctlens_benches::{Comparison, bare_tile_root, watched_names};
use ctlens_log::{Fetch, Follower, Position, Step, TileLeaves};
use ctlens_loglist::LogKey;
use ctlens_merkle::{Frontier, Hash};
use ctlens_san::{Item, Outcome, WatchList};
use ctlens_testkit::{Corpus, Demo, LogFiles};
use ctlens_x509::Tbs;
use sha2::{Digest, Sha256};
use std::hint::black_box;
use std::ops::{ControlFlow, Range};

const WIDTH: usize = 256;
/// As many as a cache holds that is shared by the cores: a tile comes from a network or a disk, so it is in there.
const TILES: usize = 8;

fn main() {
    let one = watch_list(1);
    let million = watch_list(1_000_000);
    let demo = Demo::of_size(Demo::SEED, TILES * WIDTH);
    let files = demo.files();
    let tiles: Vec<DataTile> = (0..TILES)
        .map(|tile| DataTile::new(files.get(&format!("tile/data/{tile:03}")).expect("a full tile").to_vec()))
        .collect();
    scan("the demonstration log", &tiles, &one, &million);
    let real = real_tiles();
    if !real.is_empty() {
        scan("a real log", &real, &one, &million);
    }
    follow(&demo, &files, &million);
}

/// Full tiles of the corpus, none where there is no corpus.
fn real_tiles() -> Vec<DataTile> {
    let files = Corpus::open().map(|corpus| corpus.files("merkle/sunlight-navigli2025h2/tile/data"));
    let octets = files.unwrap_or_default().into_iter().map(|file| std::fs::read(file).expect("a file of the corpus"));
    octets.map(DataTile::new).filter(|tile| tile.leaves.len() == WIDTH).collect()
}

struct DataTile {
    octets: Vec<u8>,
    /// Where the part of each entry stands that its leaf hash covers.
    leaves: Vec<Range<usize>>,
}

impl DataTile {
    fn new(octets: Vec<u8>) -> Self {
        let (mut leaves, mut start) = (Vec::new(), 0);
        for leaf in TileLeaves::new(&octets).map(|leaf| leaf.expect("an entry")) {
            leaves.push(start..start + leaf.leaf_bytes().len());
            start += leaf.as_bytes().len();
        }
        Self { octets, leaves }
    }
}

fn watch_list(count: usize) -> WatchList<()> {
    let mut list = WatchList::new(1);
    for name in watched_names(count) {
        list.insert(&Item::Subtree(name.parse().expect("a name")), ()).expect("room");
    }
    list
}

fn scan(whose: &str, tiles: &[DataTile], one: &WatchList<()>, million: &WatchList<()>) {
    let octets: usize = tiles.iter().map(|tile| tile.octets.len()).sum();
    let entries = tiles.len() * WIDTH;
    println!("\n{} tiles of {whose}, {} octets an entry", tiles.len(), octets / entries);
    assert!(tiles.iter().all(|tile| sha2_root(tile) == root(&tile.octets, &mut buffer()).0));
    let (mut leaves, mut leaves_of_one, mut leaves_of_million) = (buffer(), buffer(), buffer());
    Comparison::new(format!("a data tile of {whose}"), "entry")
        .case("leaf hashes and tile root alone, sha2", WIDTH, each_in_turn(tiles, sha2_root))
        .case(
            "ctlens: framing, leaf hashes, tile root",
            WIDTH,
            each_in_turn(tiles, |tile| root(&tile.octets, &mut leaves)),
        )
        .case(
            "ctlens: and names beside 1 item",
            WIDTH,
            each_in_turn(tiles, |tile| scanned(tile, &mut leaves_of_one, one)),
        )
        .case(
            "ctlens: and names beside 1,000,000 items",
            WIDTH,
            each_in_turn(tiles, |tile| scanned(tile, &mut leaves_of_million, million)),
        )
        .bar("ctlens: and names beside 1,000,000 items", 1.40, "leaf hashes and tile root alone, sha2")
        .bar("ctlens: and names beside 1,000,000 items", 1.15, "ctlens: and names beside 1 item")
        .without_allocations("ctlens: and names beside 1,000,000 items")
        .run();
}

fn buffer() -> Vec<Hash> {
    Vec::with_capacity(WIDTH)
}

/// Each call does the next tile.
fn each_in_turn<'a, R>(tiles: &'a [DataTile], mut work: impl FnMut(&'a DataTile) -> R + 'a) -> impl FnMut() + 'a {
    let mut tiles = tiles.iter().cycle();
    move || {
        black_box(tiles.next().map(&mut work));
    }
}

/// RFC 6962 §2.1 over octets whose place is known.
fn sha2_root(tile: &DataTile) -> [u8; 32] {
    let leaf =
        |leaf: &Range<usize>| Sha256::new().chain_update([0; 3]).chain_update(&tile.octets[leaf.clone()]).finalize();
    let mut hashes = [[0; 32]; WIDTH];
    for (hash, place) in hashes.iter_mut().zip(&tile.leaves) {
        *hash = leaf(place).into();
    }
    bare_tile_root(&hashes)
}

/// The root of the entries in a tile.
fn root(tile: &[u8], leaves: &mut Vec<Hash>) -> Hash {
    leaves.clear();
    leaves.extend(TileLeaves::new(tile).map(|leaf| leaf.expect("an entry").leaf_hash()));
    let mut frontier = Frontier::new();
    frontier.extend(leaves).expect("a small tree");
    frontier.root()
}

/// The root, and the number of entries that concern the list or may do so. Nothing is read before the root is known, as
/// it would have to be compared.
fn scanned(tile: &DataTile, leaves: &mut Vec<Hash>, list: &WatchList<()>) -> (Hash, usize) {
    let root = root(&tile.octets, leaves);
    let entries = TileLeaves::new(&tile.octets).map(|leaf| leaf.expect("an entry").timestamped_entry().entry);
    (root, entries.filter(|entry| concerns(entry.tbs(), list)).count())
}

fn concerns(tbs: Result<Tbs<'_>, ctlens_x509::Error>, list: &WatchList<()>) -> bool {
    let Ok(tbs) = tbs else { return true };
    let outcome = list.watch(&tbs, |hit| {
        black_box(hit.grade);
        ControlFlow::Continue(())
    });
    outcome != Outcome::NoMatch
}

/// All tiles through a follower, which also verifies the checkpoint and reads the tiles of hashes.
fn follow(demo: &Demo, files: &LogFiles, list: &WatchList<()>) {
    let log = demo.log().log();
    let key = LogKey::from_spki_der(log.key().spki_der()).expect("a log's key");
    Comparison::new("a log through a follower, its checkpoint's signature included", "entry")
        .case("ctlens: all, beside 1,000,000 items", TILES * WIDTH, || {
            let start = Position::start(log.origin(), key.log_id());
            let mut follower = Follower::new(&key, start).expect("a position");
            black_box(follow_to_the_end(&mut follower, files, list));
        })
        .run();
}

fn follow_to_the_end(follower: &mut Follower, files: &LogFiles, list: &WatchList<()>) -> usize {
    let mut concern = 0;
    loop {
        let fetch: Fetch = follower.wanted();
        let octets = files.get(&fetch.to_string()).expect("the file of an honest log");
        match follower.supply(fetch, octets).expect("an honest log") {
            Step::UpToDate => return concern,
            Step::Entries(tile) => {
                let entries = tile.entries().map(|entry| entry.expect("an entry").leaf.timestamped_entry().entry);
                concern += entries.filter(|entry| concerns(entry.tbs(), list)).count();
                tile.commit();
            }
            _ => {}
        }
    }
}
