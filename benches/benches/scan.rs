//! A data tile of a static-ct log: framing, leaf hashes, root, view, identifiers, watch list, beside its hashes alone.

use ctlens_benches::{Comparison, bare_tile_root, watched_names};
use ctlens_log::{Fetch, Follower, Position, Step, TileLeaves};
use ctlens_loglist::LogKey;
use ctlens_merkle::{Frontier, Hash};
use ctlens_san::{Item, Outcome, WatchList};
use ctlens_testkit::{Demo, LogEntry, LogFiles};
use ctlens_x509::Tbs;
use sha2::{Digest, Sha256};
use std::hint::black_box;
use std::ops::{ControlFlow, Range};

const WIDTH: usize = 256;
/// More than the caches next to a core hold.
const TILES: usize = 32;

fn main() {
    let demo = Demo::of_size(Demo::SEED, TILES * WIDTH);
    let tiles: Vec<DataTile> = demo.log().entries().chunks_exact(WIDTH).map(DataTile::new).collect();
    let octets: usize = tiles.iter().map(|tile| tile.octets.len()).sum();
    println!("\n{TILES} tiles of {WIDTH} entries, {} octets an entry", octets / (TILES * WIDTH));

    let one = watch_list(1);
    let million = watch_list(1_000_000);
    scan(&tiles, &one, &million);
    follow(&demo, &million);
}

struct DataTile {
    octets: Vec<u8>,
    /// Where the part of each entry stands that its leaf hash covers.
    leaves: Vec<Range<usize>>,
}

impl DataTile {
    fn new(entries: &[LogEntry]) -> Self {
        let (mut octets, mut leaves) = (Vec::new(), Vec::new());
        for entry in entries {
            // The Merkle tree leaf begins with two octets that are not in the tile.
            leaves.push(octets.len()..octets.len() + entry.merkle_tree_leaf().len() - 2);
            octets.extend(entry.tile_leaf());
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

fn scan(tiles: &[DataTile], one: &WatchList<()>, million: &WatchList<()>) {
    let (mut leaves, mut leaves_of_one, mut leaves_of_million) = (buffer(), buffer(), buffer());
    Comparison::new("a data tile", "entry")
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
fn follow(demo: &Demo, list: &WatchList<()>) {
    let log = demo.log().log();
    let key = LogKey::from_spki_der(log.key().spki_der()).expect("a log's key");
    let files = demo.log().files(TILES * WIDTH, Demo::NOW_MS);
    Comparison::new("a log through a follower, its checkpoint's signature included", "entry")
        .case("ctlens: all, beside 1,000,000 items", TILES * WIDTH, || {
            let start = Position::start(log.origin(), key.log_id());
            let mut follower = Follower::new(&key, start).expect("a position");
            black_box(follow_to_the_end(&mut follower, &files, list));
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
