//! Following logs of the testkit: honest, growing, misbehaving, damaged.

use std::collections::BTreeMap;

use ctlens_log::{
    Fault, Fetch, Follower, LeafIndexError, Misbehaviour, NoteError, ObservedFault, Position, PositionError,
    SignatureError, SignedTreeHead, Step, TreeHeadError, VerifiedTile, VerifierKeyError,
};
use ctlens_loglist::{LogKey, VerifyError};
use ctlens_merkle::{Hash, ProofError, Tile, TileError, TileKind};
use ctlens_testkit::{LogEntry, LogFiles, Misbehaviour as Wrong, Rng, StaticLog, TestLog};
use proptest::prelude::*;

const ORIGIN: &str = "log.example/2025";
const TIME: u64 = 1_750_000_000_000;

/// A log of entries that are no certificates: whoever follows it must not care.
fn log_of(entries: usize, label: &str) -> StaticLog {
    let entry = |index: u64| LogEntry::certificate(index, TIME + index, format!("{label} {index}").into_bytes(), &[]);
    StaticLog::new(TestLog::new(7, ORIGIN), (0..entries as u64).map(entry).collect(), [])
}

fn log_key() -> LogKey {
    LogKey::from_spki_der(TestLog::new(7, ORIGIN).key().spki_der()).unwrap()
}

fn follower() -> Follower {
    let key = log_key();
    Follower::new(&key, Position::start(ORIGIN, key.log_id())).unwrap()
}

/// Files by path; what is not there is a 404.
type Files = BTreeMap<String, Vec<u8>>;

fn files(log: &LogFiles) -> Files {
    log.iter().map(|(path, octets)| (path.to_owned(), octets.to_vec())).collect()
}

/// What came out of a log, by index: the encoded entry, or `None` where it is undecidable.
type Seen = Vec<(u64, Option<Vec<u8>>)>;

/// Runs a follower until it is up to date; gives what it fetched.
fn run(follower: &mut Follower, files: &Files, seen: &mut Seen) -> Result<Vec<String>, Fault> {
    let mut fetched = Vec::new();
    loop {
        let wanted = follower.wanted();
        let (fetch, octets) = match files.get(&wanted.to_string()) {
            Some(octets) => (wanted, octets),
            None => {
                let full = follower.missing(wanted)?;
                match files.get(&full.to_string()) {
                    Some(octets) => (full, octets),
                    None => return Err(follower.missing(full).unwrap_err()),
                }
            }
        };
        fetched.push(fetch.to_string());
        match follower.supply(fetch, octets)? {
            Step::UpToDate => return Ok(fetched),
            Step::Entries(tile) => {
                let indices = tile.indices();
                assert_eq!(tile.leaf_hashes().len() as u64, indices.end - indices.start);
                let before = seen.len();
                for (entry, leaf_hash) in tile.entries().zip(tile.leaf_hashes()) {
                    let entry = entry.unwrap();
                    assert_eq!(entry.leaf_hash, *leaf_hash);
                    assert_eq!(entry.leaf.leaf_hash(), *leaf_hash);
                    seen.push((entry.index, Some(entry.leaf.as_bytes().to_vec())));
                }
                assert!(seen[before..].iter().map(|(index, _)| *index).eq(indices));
                tile.commit();
            }
            _ => {}
        }
    }
}

/// The entries of a tile of which none is undecidable.
fn all(tile: &VerifiedTile<'_, '_>) -> Seen {
    tile.entries()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.index, Some(entry.leaf.as_bytes().to_vec())))
        .collect()
}

fn expected(log: &StaticLog, entries: std::ops::Range<usize>) -> Seen {
    entries.map(|index| (index as u64, Some(log.entries()[index].tile_leaf()))).collect()
}

fn position_of(index: u64) -> usize {
    usize::try_from(index).unwrap()
}

fn assert_verified(follower: &Follower, log: &StaticLog, size: usize) {
    let position = follower.position();
    assert_eq!((position.size(), position.tree().root.0), (size as u64, log.root(size)));
    assert_eq!(position.verified_head().map(SignedTreeHead::head), Some(position.tree()));
    assert!(position.target_head().is_none());
}

#[test]
fn an_honest_log_gives_all_its_entries_once() {
    let log = log_of(1100, "a");
    for size in [0, 1, 2, 255, 256, 257, 511, 512, 513, 1024, 1100] {
        let mut follower = follower();
        let mut seen = Vec::new();
        let fetched = run(&mut follower, &files(&log.files(size, TIME)), &mut seen).unwrap();
        assert_eq!(seen, expected(&log, 0..size), "{size}");
        assert_verified(&follower, &log, size);
        // Two checkpoints, the edge, the data: here all tiles of hashes that are needed lie at the edge.
        let edge = Tile::partial_of_tree(size as u64).count();
        let expected = if size == 0 { 1 } else { 2 + edge + size.div_ceil(256) };
        assert_eq!(fetched.len(), expected, "{size}: {fetched:?}");
    }
}

/// 65,536 entries are a full tile of level 1.
#[test]
fn a_log_with_three_levels_of_tiles() {
    let log = log_of(66_100, "a");
    let all = files(&log.files(66_100, TIME));
    let mut follower = follower();
    let mut seen = Vec::new();
    let fetched = run(&mut follower, &all, &mut seen).unwrap();
    assert!(seen == expected(&log, 0..66_100));
    assert_verified(&follower, &log, 66_100);
    let tiles: Vec<&str> = fetched.iter().map(String::as_str).filter(|path| !path.starts_with("tile/data")).collect();
    let edge = ["tile/0/258.p/52", "tile/1/001.p/2", "tile/2/000.p/1"];
    assert_eq!(tiles, [&["checkpoint"], &edge[..], &["tile/1/000", "checkpoint"]].concat());

    // Grown, from the middle of that tree on: the path is fetched anew, and the old tree is found in the new one.
    let mut follower = self::follower();
    let mut seen = Vec::new();
    run(&mut follower, &files(&log.files(300, TIME)), &mut seen).unwrap();
    let fetched = run(&mut follower, &all, &mut seen).unwrap();
    assert!(seen == expected(&log, 0..66_100));
    assert_eq!(&fetched[4..7], ["tile/1/000", "tile/data/001", "tile/data/002"]);

    // A flipped bit in the tile that is neither data nor edge.
    let mut wrong = all.clone();
    wrong.get_mut("tile/1/000").unwrap()[99] ^= 1;
    let mut follower = self::follower();
    let fault = run(&mut follower, &wrong, &mut Vec::new()).unwrap_err();
    let tile: Tile = "tile/1/000".parse().unwrap();
    let Fault::Observed(ObservedFault::Tile(TileError::NotAuthentic { tile: got, .. })) = fault else {
        panic!("{fault}");
    };
    assert_eq!((got, follower.wanted(), follower.position().size()), (tile, Fetch::Tile(tile), 0));
    // Fetched again, it goes on.
    run(&mut follower, &all, &mut Vec::new()).unwrap();
    assert_verified(&follower, &log, 66_100);
}

#[test]
fn partial_tiles_are_read_once_a_head_and_only_new_entries_come_out() {
    let log = log_of(600, "a");
    let mut follower = follower();
    let mut seen = Vec::new();
    for (size, data) in [
        (3, &["tile/data/000.p/3"][..]),
        (3, &[]),
        (200, &["tile/data/000.p/200"]),
        (256, &["tile/data/000"]),
        (300, &["tile/data/001.p/44"]),
        (600, &["tile/data/001", "tile/data/002.p/88"]),
    ] {
        let fetched = run(&mut follower, &files(&log.files(size, TIME)), &mut seen).unwrap();
        let fetched: Vec<_> = fetched.into_iter().filter(|path| path.starts_with("tile/data")).collect();
        assert_eq!(fetched, data, "{size}");
        assert_eq!(seen, expected(&log, 0..size));
        assert_verified(&follower, &log, size);
    }
}

#[test]
fn the_full_tile_stands_for_a_partial_one() {
    // The checkpoint of 300 entries, in a log that has grown and has deleted the partial tiles of that time.
    let log = log_of(600, "a");
    let mut served = files(&log.files(600, TIME));
    served.insert("checkpoint".into(), log.checkpoint(300, TIME).into_bytes());
    served.insert("tile/1/000.p/1".into(), log.levels().at(8, 300).concat());
    assert!(!served.contains_key("tile/0/001.p/44"));
    let mut follower = follower();
    let mut seen = Vec::new();
    let fetched = run(&mut follower, &served, &mut seen).unwrap();
    assert_eq!(seen, expected(&log, 0..300));
    assert_verified(&follower, &log, 300);
    assert_eq!(fetched[1..5], ["tile/0/001", "tile/1/000.p/1", "tile/data/000", "tile/data/001"]);
}

#[test]
fn what_is_uncommitted_comes_again() {
    let log = log_of(300, "a");
    let served = files(&log.files(300, TIME));
    let mut follower = follower();
    let mut supplied = 0;
    let tile = |follower: &mut Follower| loop {
        let wanted = follower.wanted();
        if matches!(wanted, Fetch::Tile(tile) if tile.kind() == TileKind::Data) {
            return wanted;
        }
        follower.supply(wanted, &served[&wanted.to_string()]).unwrap();
    };
    for _ in 0..3 {
        let wanted = tile(&mut follower);
        assert_eq!(wanted.to_string(), "tile/data/000");
        let octets = &served[&wanted.to_string()];
        let Step::Entries(tile) = follower.supply(wanted, octets).unwrap() else { panic!() };
        supplied += tile.entries().count();
        assert_eq!(tile.position().target_head().unwrap().head().size, 300);
    }
    assert_eq!((supplied, follower.position().size()), (3 * 256, 0));
    let mut seen = Vec::new();
    run(&mut follower, &served, &mut seen).unwrap();
    assert_eq!(seen, expected(&log, 0..300));
}

#[test]
fn what_is_upcoming_is_what_will_be_wanted() {
    let log = log_of(66_100, "a");
    let served = files(&log.files(66_100, TIME));
    let mut follower = follower();
    assert_eq!(follower.upcoming().collect::<Vec<_>>(), [Fetch::Checkpoint]);
    follower.supply(Fetch::Checkpoint, &served["checkpoint"]).unwrap();
    let upcoming: Vec<Fetch> = follower.upcoming().collect();
    let mut wanted = Vec::new();
    while follower.wanted() != Fetch::Checkpoint {
        if wanted.len() == 40 {
            assert!(follower.upcoming().eq(upcoming[40..].iter().copied()));
        }
        let fetch = follower.wanted();
        wanted.push(fetch);
        if let Step::Entries(tile) = follower.supply(fetch, &served[&fetch.to_string()]).unwrap() {
            tile.commit();
        }
    }
    assert!(wanted == upcoming);
}

fn observed(fault: Fault) -> ObservedFault {
    match fault {
        Fault::Observed(fault) => fault,
        Fault::Proven(misbehaviour) => panic!("{misbehaviour}"),
    }
}

/// The entry `index` of the log, as a fault of the server would change it.
fn hash_of(log: &StaticLog, index: usize) -> Hash {
    Hash(log.entries()[index].leaf_hash())
}

#[test]
fn a_misbehaving_server_is_found_out() {
    let log = log_of(600, "a");
    let at = |path: &str| path.parse::<Tile>().unwrap();
    type Check = Box<dyn Fn(&ObservedFault) -> bool>;
    let check = |check: fn(&ObservedFault) -> bool| -> Check { Box::new(check) };
    let missing = |path: &'static str| -> Check {
        Box::new(move |fault| *fault == ObservedFault::Missing { fetch: Fetch::Tile(path.parse().unwrap()), size: 600 })
    };
    // (what, entries seen before it, the fault)
    let cases: Vec<(Wrong, usize, Check)> = vec![
        (
            Wrong::FlippedBit { entry: 0, octet: 7 },
            0,
            Box::new(
                move |fault| matches!(fault, ObservedFault::Tile(TileError::NotAuthentic { tile, .. }) if *tile == at("tile/data/000")),
            ),
        ),
        // An octet of the certificate.
        (
            Wrong::FlippedBit { entry: 300, octet: 14 },
            256,
            Box::new(
                move |fault| matches!(fault, ObservedFault::Tile(TileError::NotAuthentic { tile, .. }) if *tile == at("tile/data/001")),
            ),
        ),
        // In a partial tile the entry is known.
        (Wrong::FlippedBit { entry: 555, octet: 0 }, 512, {
            let expected = hash_of(&log, 555);
            Box::new(
                move |fault| matches!(fault, ObservedFault::Entry { index: 555, expected: hash, computed } if *hash == expected && computed != hash),
            )
        }),
        // The entry type becomes that of a precertificate, with which the framing is lost.
        (
            Wrong::FlippedBit { entry: 511, octet: 9 },
            256,
            Box::new(move |fault| match fault {
                ObservedFault::Framing { tile, error } => *tile == at("tile/data/001") && error.entry == 255,
                _ => false,
            }),
        ),
        (
            Wrong::WrongRoot,
            0,
            check(|fault| {
                matches!(fault, ObservedFault::Tile(TileError::Proof(ProofError::RootMismatch { size: 600, .. })))
            }),
        ),
        (
            Wrong::WrongSignature,
            0,
            check(|fault| {
                let mismatch = SignatureError::TreeHead(TreeHeadError::Key(VerifyError::Mismatch));
                matches!(fault, ObservedFault::Checkpoint(NoteError::Signature { reason, .. }) if *reason == mismatch)
            }),
        ),
        (Wrong::MissingFile("tile/data/001".into()), 256, missing("tile/data/001")),
        (Wrong::MissingFile("tile/data/002.p/88".into()), 512, missing("tile/data/002")),
        (Wrong::MissingFile("tile/0/002.p/88".into()), 0, missing("tile/0/002")),
        (Wrong::MissingFile("tile/1/000.p/2".into()), 0, missing("tile/1/000")),
        (
            Wrong::MissingFile("checkpoint".into()),
            0,
            check(|fault| *fault == ObservedFault::Missing { fetch: Fetch::Checkpoint, size: 0 }),
        ),
    ];
    for (wrong, before, is_right) in cases {
        let mut follower = follower();
        let mut seen = Vec::new();
        let fault = run(&mut follower, &files(&log.misbehaving_files(600, TIME, &wrong)), &mut seen).unwrap_err();
        let fault = observed(fault);
        assert!(is_right(&fault), "{wrong:?}: {fault:?}");
        assert_eq!(seen, expected(&log, 0..before), "{wrong:?}");
        assert_eq!(follower.position().size(), before as u64, "{wrong:?}");
        // A root that the log has signed takes another checkpoint; all else heals by itself.
        if wrong == Wrong::WrongRoot {
            run(&mut follower, &files(&log.files(600, TIME)), &mut seen).unwrap_err();
            assert_ne!(follower.abandon_target().unwrap().head().root.0, log.root(600));
        }
        run(&mut follower, &files(&log.files(600, TIME)), &mut seen).unwrap();
        assert_eq!(seen, expected(&log, 0..600), "{wrong:?}");
        assert_verified(&follower, &log, 600);
    }
}

#[test]
fn a_wrong_leaf_index_is_a_fault_of_an_authentic_entry() {
    let log = log_of(600, "a");
    let served = files(&log.misbehaving_files(600, TIME, &Wrong::WrongLeafIndex { entry: 300, claimed: 5 }));
    let mut follower = follower();
    let mut faults = Vec::new();
    let mut entries = 0;
    loop {
        let fetch = follower.wanted();
        match follower.supply(fetch, &served[&fetch.to_string()]).unwrap() {
            Step::Entries(tile) => {
                entries += tile.entries().filter(Result::is_ok).count();
                faults.extend(tile.leaf_index_faults());
                tile.commit();
            }
            Step::UpToDate => break,
            _ => {}
        }
    }
    assert_eq!(entries, 600);
    assert_eq!(faults, [ObservedFault::LeafIndex(LeafIndexError::Differs { expected: 300, claimed: 5 })]);
}

#[test]
fn tiles_of_the_wrong_size_are_refused() {
    let log = log_of(600, "a");
    let good = files(&log.files(600, TIME));
    let change = |path: &str, change: fn(&mut Vec<u8>)| {
        let mut files = good.clone();
        change(files.get_mut(path).unwrap());
        observed(run(&mut follower(), &files, &mut Vec::new()).unwrap_err())
    };
    let shorter = |octets: &mut Vec<u8>| octets.truncate(octets.len() - 1);
    let tile: Tile = "tile/0/002.p/88".parse().unwrap();
    let length = |got| ObservedFault::Tile(TileError::Length { tile, expected: 88 * 32, got });
    assert_eq!(change("tile/0/002.p/88", shorter), length(88 * 32 - 1));
    assert_eq!(change("tile/0/002.p/88", |octets| octets.extend([0; 32])), length(89 * 32));
    assert_eq!(change("tile/0/002.p/88", Vec::clear), length(0));

    let tile: Tile = "tile/data/001".parse().unwrap();
    let framing = change("tile/data/001", shorter);
    assert!(matches!(framing, ObservedFault::Framing { error, .. } if error.entry == 255), "{framing}");
    assert_eq!(change("tile/data/001", Vec::clear), ObservedFault::EntriesMissing { tile, got: 0 });
    let trailing = change("tile/data/001", |octets| octets.extend(b"more"));
    assert_eq!(trailing, ObservedFault::TrailingData { tile, octets: 4 });
    // One tile in the place of another.
    let mut swapped = good.clone();
    let other = swapped["tile/data/000"].clone();
    swapped.insert("tile/data/001".into(), other);
    let fault = observed(run(&mut follower(), &swapped, &mut Vec::new()).unwrap_err());
    assert!(matches!(fault, ObservedFault::Tile(TileError::NotAuthentic { tile: got, .. }) if got == tile), "{fault}");
}

#[test]
fn what_was_not_asked_for_is_refused() {
    let log = log_of(300, "a");
    let served = files(&log.files(300, TIME));
    let mut follower = follower();
    let tile = Fetch::Tile("tile/data/000".parse().unwrap());
    let refused = |wanted, got| Some(Fault::Observed(ObservedFault::NotWanted { wanted, got }));
    assert_eq!(follower.supply(tile, &served["tile/data/000"]).err(), refused(Fetch::Checkpoint, tile));
    assert_eq!(follower.salvage(tile, &[], &[]).err(), refused(Fetch::Checkpoint, tile));
    follower.supply(Fetch::Checkpoint, &served["checkpoint"]).unwrap();
    let edge = Fetch::Tile("tile/0/001.p/44".parse().unwrap());
    assert_eq!(follower.wanted(), edge);
    for got in [Fetch::Checkpoint, tile, Fetch::Tile("tile/0/001.p/45".parse().unwrap())] {
        assert_eq!(follower.supply(got, &[]).err(), refused(edge, got));
        assert_eq!(follower.salvage(got, &[], &[]).err(), refused(edge, got));
    }
}

#[test]
fn an_older_checkpoint_is_not_news() {
    let log = log_of(600, "a");
    let mut follower = follower();
    let mut seen = Vec::new();
    run(&mut follower, &files(&log.files(600, TIME)), &mut seen).unwrap();
    let fault = run(&mut follower, &files(&log.files(300, TIME + 1)), &mut seen).unwrap_err();
    assert_eq!(observed(fault), ObservedFault::OlderCheckpoint { held: 600, got: 300 });
    assert_verified(&follower, &log, 600);

    // The same tree signed again: the newest signature is kept.
    let timestamp = |follower: &Follower| follower.position().verified_head().unwrap().timestamp().0;
    for (served, held) in [(TIME + 5, TIME + 5), (TIME + 4, TIME + 5)] {
        run(&mut follower, &files(&log.files(600, served)), &mut seen).unwrap();
        assert_eq!(timestamp(&follower), held);
    }
    assert_eq!(seen.len(), 600);
}

/// The log `changed` differs in its entries from `first` on, and signs with the same key.
fn forked(size: usize, first: usize) -> (StaticLog, StaticLog) {
    let log = log_of(size, "a");
    let mut entries = log.entries().to_vec();
    for (index, entry) in entries.iter_mut().enumerate().skip(first) {
        *entry = LogEntry::certificate(index as u64, TIME, format!("b {index}").into_bytes(), &[]);
    }
    (log, StaticLog::new(TestLog::new(7, ORIGIN), entries, []))
}

fn assert_convincing(misbehaviour: &Misbehaviour) {
    assert_eq!(misbehaviour.verify(&log_key()), Ok(()));
    let other = LogKey::from_spki_der(TestLog::new(8, ORIGIN).key().spki_der()).unwrap();
    assert!(misbehaviour.verify(&other).is_err());
    // Each head can be handed on as a note that anybody can verify.
    let (one, other) = misbehaviour.heads();
    for head in [one, other] {
        let note = head.to_checkpoint(ORIGIN);
        assert_eq!(SignedTreeHead::from_checkpoint(note.as_bytes(), ORIGIN, &log_key()).as_ref(), Ok(head));
    }
}

#[test]
fn two_roots_for_one_size_are_proven() {
    let (log, fork) = forked(600, 599);
    let mut follower = follower();
    let mut seen = Vec::new();
    run(&mut follower, &files(&log.files(600, TIME)), &mut seen).unwrap();
    let fault = run(&mut follower, &files(&fork.files(600, TIME + 9)), &mut seen).unwrap_err();
    let Fault::Proven(misbehaviour) = fault else { panic!("{fault}") };
    assert_convincing(&misbehaviour);
    let Misbehaviour::TwoRoots { first, second } = *misbehaviour else { panic!("{misbehaviour}") };
    assert_eq!((first.head().root.0, second.head().root.0), (log.root(600), fork.root(600)));
    assert_verified(&follower, &log, 600);
    // Twice the same is no evidence.
    let nothing = Misbehaviour::TwoRoots { first: first.clone(), second: first };
    assert!(nothing.verify(&log_key()).is_err());
}

/// Sizes at which the older tree is a node of the newer one, at which it ends with a tile, and others.
#[test]
fn a_rewritten_tree_is_proven_before_a_new_entry_is_seen() {
    for (old, new, changed) in [
        (1, 2, 0),
        (3, 4, 0),
        (4, 7, 3),
        (8, 9, 7),
        (200, 600, 199),
        (255, 256, 0),
        (256, 257, 0),
        (256, 600, 255),
        (300, 301, 299),
        (300, 600, 0),
        (512, 1000, 256),
        (513, 1024, 512),
        (768, 1000, 300),
    ] {
        let (log, fork) = forked(new, changed);
        let mut follower = follower();
        let mut seen = Vec::new();
        run(&mut follower, &files(&log.files(old, TIME)), &mut seen).unwrap();
        let fault = run(&mut follower, &files(&fork.files(new, TIME + 1)), &mut seen).unwrap_err();
        let Fault::Proven(misbehaviour) = fault else { panic!("{old} {new}: {fault}") };
        assert_convincing(&misbehaviour);
        assert_eq!(seen, expected(&log, 0..old), "{old} {new}");
        let (one, other) = misbehaviour.heads();
        assert_eq!((one.head().root.0, other.head().root.0), (log.root(old), fork.root(new)));
        // The verified tree stands; the log can still come back to it.
        assert_eq!(follower.wanted(), Fetch::Checkpoint);
        run(&mut follower, &files(&log.files(new, TIME + 2)), &mut seen).unwrap();
        assert_eq!(seen, expected(&log, 0..new), "{old} {new}");
    }
}

#[test]
fn a_large_rewritten_tree_is_proven() {
    let (log, fork) = forked(66_100, 60_000);
    for old in [65_536, 65_537, 66_048, 66_099] {
        let mut follower = follower();
        run(&mut follower, &files(&log.files(old, TIME)), &mut Vec::new()).unwrap();
        let mut seen = Vec::new();
        let fault = run(&mut follower, &files(&fork.files(66_100, TIME)), &mut seen).unwrap_err();
        let Fault::Proven(misbehaviour) = fault else { panic!("{old}: {fault}") };
        assert_convincing(&misbehaviour);
        assert!(seen.is_empty(), "{old}");
    }
}

#[test]
fn evidence_that_proves_nothing() {
    let log = log_of(10, "a");
    let head = |log: &StaticLog, size| {
        SignedTreeHead::from_checkpoint(log.checkpoint(size, TIME).as_bytes(), ORIGIN, &log_key()).unwrap()
    };
    let leaves: Vec<_> = log.entries().iter().map(LogEntry::leaf_hash).collect();
    let proof: Vec<Hash> = ctlens_testkit::tree::consistency_proof(6, &leaves).into_iter().map(Hash).collect();
    let (old, new) = (head(&log, 6), head(&log, 10));
    let rewritten = |root_in_new, proof: &[Hash]| {
        Misbehaviour::Rewritten { old: old.clone(), new: new.clone(), root_in_new, proof: proof.to_vec() }
            .verify(&log_key())
    };
    // The honest proof, and a root for which there is none.
    assert!(rewritten(old.head().root, &proof).is_err());
    assert!(rewritten(Hash([1; 32]), &proof).is_err());
    assert!(rewritten(Hash([1; 32]), &[]).is_err());
    assert!(Misbehaviour::TwoRoots { first: old, second: new }.verify(&log_key()).is_err());
}

/// Which indices came out of `salvage`, and how.
fn salvage(served: &Files, honest: &Files, path: &str, data: Option<&[u8]>) -> (Seen, Vec<String>, Follower) {
    let mut follower = follower();
    let mut seen = Vec::new();
    let mut causes = Vec::new();
    let fault = run(&mut follower, served, &mut seen).unwrap_err();
    observed(fault);
    let fetch = follower.wanted();
    assert_eq!(fetch.to_string(), path);
    let hashes = &honest[&fetch.leaf_hashes().unwrap().to_string()];

    // Hashes that are not those of the tree help nobody.
    let mut wrong = hashes.clone();
    wrong[0] ^= 1;
    let data = data.unwrap_or(&[]);
    assert!(matches!(follower.salvage(fetch, data, &wrong), Err(Fault::Observed(_))));
    assert!(matches!(follower.salvage(fetch, data, &wrong[32..]), Err(Fault::Observed(_))));

    let tile = follower.salvage(fetch, data, hashes).unwrap();
    for entry in tile.entries() {
        match entry {
            Ok(entry) => seen.push((entry.index, Some(entry.leaf.as_bytes().to_vec()))),
            Err(undecidable) => {
                seen.extend(undecidable.indices.clone().map(|index| (index, None)));
                causes.push(undecidable.to_string());
            }
        }
    }
    tile.commit();
    run(&mut follower, honest, &mut seen).unwrap();
    (seen, causes, follower)
}

#[test]
fn a_damaged_tile_costs_the_damaged_entries_only() {
    let log = log_of(600, "a");
    let honest = files(&log.files(600, TIME));
    let lost = |lost: std::ops::Range<usize>| -> Seen {
        let mut seen = expected(&log, 0..600);
        seen[lost].iter_mut().for_each(|(_, entry)| *entry = None);
        seen
    };
    // A bit in the certificate: one entry.
    for (entry, path) in [(300, "tile/data/001"), (555, "tile/data/002.p/88")] {
        let served = files(&log.misbehaving_files(600, TIME, &Wrong::FlippedBit { entry, octet: 14 }));
        let (seen, causes, follower) = salvage(&served, &honest, path, Some(&served[path]));
        assert!(seen == lost(entry..entry + 1), "{entry}");
        assert_eq!(causes.len(), 1);
        assert_verified(&follower, &log, 600);
    }
    // The entry type: all entries behind it in the tile, too.
    for (entry, path, end) in
        [(300, "tile/data/001", 512), (256, "tile/data/001", 512), (555, "tile/data/002.p/88", 600)]
    {
        let served = files(&log.misbehaving_files(600, TIME, &Wrong::FlippedBit { entry, octet: 8 }));
        let (seen, causes, follower) = salvage(&served, &honest, path, Some(&served[path]));
        assert!(seen == lost(entry..end), "{entry}");
        assert_eq!(causes.len(), 1, "{causes:?}");
        assert_verified(&follower, &log, 600);
    }
    // No tile at all.
    let served = files(&log.misbehaving_files(600, TIME, &Wrong::MissingFile("tile/data/000".into())));
    let (seen, causes, _) = salvage(&served, &honest, "tile/data/000", None);
    assert!(seen == lost(0..256));
    assert_eq!(causes, ["entries 0 to 256 are undecidable (0 octets): tile/data/000 has 0 entries"]);
    // Octets that belong to no entry.
    let mut served = honest.clone();
    served.get_mut("tile/data/001").unwrap().extend(b"more");
    let (seen, causes, _) = salvage(&served, &honest, "tile/data/001", Some(&served["tile/data/001"]));
    assert!(seen == lost(0..0));
    assert_eq!(
        causes,
        ["entries 512 to 512 are undecidable (4 octets): tile/data/001 has 4 octets after its last entry"]
    );
}

/// The damage lies in front of the new entries of a tile that grew.
#[test]
fn a_grown_tile_that_is_damaged_gives_each_index_once() {
    let log = log_of(300, "a");
    for (octet, lost) in [(14, 0), (8, 156)] {
        let mut follower = follower();
        let mut seen = Vec::new();
        run(&mut follower, &files(&log.files(100, TIME)), &mut seen).unwrap();
        let served = files(&log.misbehaving_files(300, TIME, &Wrong::FlippedBit { entry: 50, octet }));
        run(&mut follower, &served, &mut seen).unwrap_err();
        let honest = files(&log.files(300, TIME));
        let tile = follower.salvage(follower.wanted(), &served["tile/data/000"], &honest["tile/0/000"]).unwrap();
        assert_eq!(tile.indices(), 100..256);
        let mut undecidable = 0;
        for entry in tile.entries() {
            match entry {
                Ok(entry) => assert_eq!(entry.leaf.as_bytes(), log.entries()[position_of(entry.index)].tile_leaf()),
                Err(error) => {
                    assert!(matches!(error.cause, ObservedFault::Framing { .. }), "{error}");
                    undecidable += error.indices.count();
                }
            }
        }
        assert_eq!(undecidable, lost);
        tile.commit();
        run(&mut follower, &honest, &mut Vec::new()).unwrap();
        assert_verified(&follower, &log, 300);
    }
}

/// After giving up on a head the position lies where no head was signed: nothing about it is provable, and all else goes on.
#[test]
fn an_abandoned_head_leaves_the_position() {
    let log = log_of(700, "a");
    let stopped = || {
        let mut follower = follower();
        let mut seen = Vec::new();
        run(&mut follower, &files(&log.files(100, TIME)), &mut seen).unwrap();
        let served = files(&log.misbehaving_files(600, TIME, &Wrong::MissingFile("tile/data/001".into())));
        run(&mut follower, &served, &mut seen).unwrap_err();
        assert_eq!(follower.abandon_target().unwrap().head().size, 600);
        assert_eq!((follower.position().size(), follower.wanted()), (256, Fetch::Checkpoint));
        (Follower::new(&log_key(), follower.position().clone()).unwrap(), seen)
    };
    let (mut follower, mut seen) = stopped();
    run(&mut follower, &files(&log.files(700, TIME)), &mut seen).unwrap();
    assert_eq!(seen, expected(&log, 0..700));
    assert_verified(&follower, &log, 700);

    let (mut follower, mut seen) = stopped();
    run(&mut follower, &files(&log.files(256, TIME)), &mut seen).unwrap();
    assert_verified(&follower, &log, 256);

    let (_, fork) = forked(700, 0);
    for size in [256, 700] {
        let (mut follower, mut seen) = stopped();
        let fault = observed(run(&mut follower, &files(&fork.files(size, TIME)), &mut seen).unwrap_err());
        let (expected, computed) = (Hash(log.root(256)), Hash(fork.root(256)));
        assert_eq!(fault, ObservedFault::OtherPrefix { size: 256, expected, computed });
        assert_eq!(seen.len(), 256);
    }
    let (mut follower, mut seen) = stopped();
    let fault = run(&mut follower, &files(&log.files(200, TIME)), &mut seen).unwrap_err();
    assert_eq!(observed(fault), ObservedFault::OlderCheckpoint { held: 256, got: 200 });
}

#[test]
fn a_position_belongs_to_one_log() {
    let key = log_key();
    let other = TestLog::new(8, ORIGIN);
    let other_key = LogKey::from_spki_der(other.key().spki_der()).unwrap();
    let refused = Follower::new(&other_key, Position::start(ORIGIN, key.log_id())).err();
    assert_eq!(refused, Some(PositionError::OtherLog { expected: key.log_id(), got: other_key.log_id() }));
    let refused = Follower::new(&key, Position::start("no name", key.log_id())).err();
    assert_eq!(refused, Some(PositionError::Origin(VerifierKeyError::Name)));
    for origin in ["https://log.example/2025", "log.example/2025/", "https://log.example/2025/"] {
        let refused = Follower::new(&key, Position::start(origin, key.log_id())).err();
        assert_eq!(refused, Some(PositionError::Origin(VerifierKeyError::Origin)), "{origin}");
    }

    // Another log's checkpoint is nobody's.
    let other = StaticLog::new(other, log_of(1, "a").entries().to_vec(), []);
    let fault = run(&mut follower(), &files(&other.files(1, TIME)), &mut Vec::new()).unwrap_err();
    let fault = observed(fault);
    assert!(matches!(fault, ObservedFault::Checkpoint(NoteError::NoKnownSignature { .. })), "{fault}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// However a log grows and however often the reader stops in between, each entry comes out exactly once.
    #[test]
    fn growth_and_interruptions(sizes in prop::collection::btree_set(0_usize..1200, 1..6), seed: u64, full_only: bool) {
        let log = log_of(1200, "a");
        let mut rng = Rng::new(seed, "interruptions");
        let mut follower = follower();
        let mut seen = Vec::new();
        for size in sizes {
            let mut served = files(&log.files(size, TIME + size as u64));
            if full_only {
                // The log has grown since: full tiles of level 0 and of data in place of partial ones.
                let later = files(&log.files(1024, TIME));
                served.retain(|path, _| !path.contains(".p/") || !(path.starts_with("tile/0") || path.starts_with("tile/data")));
                let absent: Vec<_> = later.into_iter().filter(|(path, _)| !served.contains_key(path)).collect();
                served.extend(absent);
                if size > 1024 {
                    continue;
                }
            }
            loop {
                let wanted = follower.wanted();
                let octets = served.get(&wanted.to_string());
                let fetch = if octets.is_some() { wanted } else { follower.missing(wanted).unwrap() };
                let octets = &served[&fetch.to_string()];
                match rng.below(8) {
                    // The process dies.
                    0 => follower = Follower::new(&log_key(), follower.position().clone()).unwrap(),
                    // The network does.
                    1 => {
                        let cut = position_of(rng.below(octets.len() as u64));
                        // Of a full tile that stands for a partial one, the end does not matter.
                        prop_assert!(follower.supply(fetch, &octets[..cut]).is_err() || fetch != wanted);
                    }
                    fate => match follower.supply(fetch, octets).unwrap() {
                        Step::UpToDate => break,
                        Step::Entries(tile) if fate > 2 => {
                            seen.extend(all(&tile));
                            tile.commit();
                        }
                        _ => {}
                    },
                }
            }
            prop_assert_eq!(&seen, &expected(&log, 0..size));
            assert_verified(&follower, &log, size);
        }
    }

    /// A changed bit in any file is found, or changes nothing that the follower gives as authentic.
    #[test]
    fn a_changed_bit_anywhere(size in 1_usize..900, file: prop::sample::Index, at: prop::sample::Index, bit in 0_u8..8) {
        let log = log_of(900, "a");
        let mut served = files(&log.files(size, TIME));
        served.retain(|path, _| path == "checkpoint" || path.starts_with("tile/"));
        let path = file.get(&served.keys().cloned().collect::<Vec<_>>()).clone();
        let octets = served.get_mut(&path).unwrap();
        let at = at.index(octets.len());
        octets[at] ^= 1 << bit;
        let mut seen = Vec::new();
        let result = run(&mut follower(), &served, &mut seen);
        let leaf = |(index, entry): &(u64, Option<Vec<u8>>)| {
            let entry = ctlens_log::TileLeaves::new(entry.as_ref().unwrap()).next().unwrap().unwrap();
            (*index, Hash(log.entries()[position_of(*index)].leaf_hash()) == entry.leaf_hash())
        };
        prop_assert!(seen.iter().map(leaf).all(|(_, same)| same));
        match result {
            Ok(fetched) => prop_assert!(seen.len() == size && (path.starts_with("tile/data") || !fetched.contains(&path))),
            Err(fault) => prop_assert!(matches!(fault, Fault::Observed(_))),
        }
    }

    /// No bytes are taken for what they are not. Those of the right edge are judged together.
    #[test]
    fn any_bytes(size in 0_usize..600, octets: Vec<u8>, edge: bool, steps in 0_usize..8) {
        let log = log_of(600, "a");
        let served = files(&log.files(size, TIME));
        let mut follower = follower();
        let mut seen = Vec::new();
        for _ in 0..steps {
            let wanted = follower.wanted();
            prop_assert!(follower.salvage(wanted, &octets, &octets).is_err());
            let octets = match wanted {
                Fetch::Tile(tile) if edge && tile.kind() != TileKind::Data => vec![7; 32 * usize::from(tile.width())],
                _ => octets.clone(),
            };
            match follower.supply(wanted, &octets) {
                Err(Fault::Observed(_)) => {}
                Ok(Step::Hashes) => {
                    let fault = observed(run(&mut follower, &served, &mut seen).unwrap_err());
                    prop_assert!(matches!(fault, ObservedFault::Tile(TileError::Proof(_))));
                    break;
                }
                other => prop_assert!(false, "{:?}", other),
            }
            if let Step::Entries(tile) = follower.supply(follower.wanted(), &served[&follower.wanted().to_string()]).unwrap() {
                seen.extend(all(&tile));
                tile.commit();
            }
        }
        run(&mut follower, &served, &mut seen).unwrap();
        prop_assert_eq!(seen, expected(&log, 0..size));
    }
}

/// A signed size is a claim like any other.
#[test]
fn absurd_sizes() {
    let log = TestLog::new(7, ORIGIN);
    for size in [1 << 40, (1 << 40) + 1, 1 << 56, 1 << 63, (1 << 63) + 1, u64::MAX - 1, u64::MAX] {
        let mut follower = follower();
        follower.supply(Fetch::Checkpoint, log.checkpoint(size, &[1; 32], TIME).as_bytes()).unwrap();
        let upcoming: Vec<Fetch> = follower.upcoming().take(20).collect();
        assert_eq!(upcoming.len(), 20, "{size}");
        let edge = Tile::partial_of_tree(size).count();
        let mut fault = None;
        for _ in 0..edge {
            let Fetch::Tile(tile) = follower.wanted() else { panic!() };
            fault = follower.supply(Fetch::Tile(tile), &vec![0; usize::from(tile.width()) * 32]).err();
        }
        assert!(matches!(fault, Some(Fault::Observed(ObservedFault::Tile(TileError::Proof(_))))), "{size}: {fault:?}");
    }
}

#[cfg(feature = "serde")]
mod serialised {
    use super::*;

    #[test]
    fn a_position_survives_storage() {
        let log = log_of(700, "a");
        let served = files(&log.files(700, TIME));
        let mut follower = follower();
        let mut seen = Vec::new();
        run(&mut follower, &files(&log.files(300, TIME)), &mut seen).unwrap();
        loop {
            let stored = serde_json::to_string(follower.position()).unwrap();
            let position: Position = serde_json::from_str(&stored).unwrap();
            assert_eq!(&position, follower.position());
            follower = Follower::new(&log_key(), position).unwrap();
            // One data tile in each life.
            loop {
                let fetch = follower.wanted();
                match follower.supply(fetch, &served[&fetch.to_string()]).unwrap() {
                    Step::UpToDate => {
                        assert_eq!(seen, expected(&log, 0..700));
                        return assert_verified(&follower, &log, 700);
                    }
                    Step::Entries(tile) => {
                        seen.extend(all(&tile));
                        tile.commit();
                        break;
                    }
                    _ => {}
                }
            }
        }
    }

    #[test]
    fn a_stored_position_that_was_changed_is_refused() {
        let log = log_of(700, "a");
        let mut follower = follower();
        run(&mut follower, &files(&log.files(300, TIME)), &mut Vec::new()).unwrap();
        let later = files(&log.files(700, TIME));
        follower.supply(Fetch::Checkpoint, &later["checkpoint"]).unwrap();
        let stored = serde_json::to_value(follower.position()).unwrap();
        assert!(Follower::new(&log_key(), serde_json::from_value(stored.clone()).unwrap()).is_ok());
        let with = |change: fn(&mut serde_json::Value)| {
            let mut stored = stored.clone();
            change(&mut stored);
            Follower::new(&log_key(), serde_json::from_value(stored).unwrap()).err()
        };
        let error = with(|stored| stored["verified"]["head"]["size"] = 301.into());
        assert_eq!(error, Some(PositionError::TreeHead(TreeHeadError::Key(VerifyError::Mismatch))));
        let error = with(|stored| stored["target"]["timestamp"] = 1.into());
        assert_eq!(error, Some(PositionError::TreeHead(TreeHeadError::Key(VerifyError::Mismatch))));
        let error = with(|stored| stored["frontier"]["nodes"][0] = "00".repeat(32).into());
        assert_eq!(error, Some(PositionError::Inconsistent { size: 300 }));
        let error = with(|stored| stored["target"] = stored["verified"].clone());
        assert_eq!(error, Some(PositionError::Inconsistent { size: 300 }));
        let error = with(|stored| stored["origin"] = "".into());
        assert!(matches!(error, Some(PositionError::Origin(_))));
    }

    #[test]
    fn evidence_survives_storage() {
        let (log, fork) = forked(600, 100);
        let mut follower = follower();
        run(&mut follower, &files(&log.files(300, TIME)), &mut Vec::new()).unwrap();
        let fault = run(&mut follower, &files(&fork.files(600, TIME)), &mut Vec::new()).unwrap_err();
        let Fault::Proven(misbehaviour) = fault else { panic!("{fault}") };
        let stored = serde_json::to_string(&misbehaviour).unwrap();
        let read: Misbehaviour = serde_json::from_str(&stored).unwrap();
        assert_eq!(read, *misbehaviour);
        assert_convincing(&read);
    }
}
