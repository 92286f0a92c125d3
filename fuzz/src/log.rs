//! ctlens-log: notes, checkpoints, entries of both APIs, and a follower that is lied to.

use crate::input::Input;
use base64ct::{Base64, Encoding};
use ctlens_log::{
    Checkpoint, DecodeErrorKind, ExtraData, Fault, Fetch, Follower, LogEntry, MerkleTreeLeaf, Misbehaviour,
    ObservedFault, Position, SignedNote, SignedTreeHead, Step, TileLeaf, TileLeaves, TimestampedEntry, Undecidable,
    VerifiedEntry, VerifierKey,
};
use ctlens_loglist::{LogId, LogKey};
use ctlens_merkle::{Hash, Tile, TreeHead};
use ctlens_sct::CtExtensions;
use ctlens_testkit as testkit;
use ctlens_testkit::{LogFiles, StaticLog, TestLog, tree};
use std::sync::LazyLock;

const ORIGIN: &str = "log.example/2025";

/// Bytes as a note: it is written back as it was, and only what the log has signed is verified.
pub fn note(data: &[u8]) {
    let parsed = SignedNote::parse(data);
    if let Err(error) = &parsed {
        let _ = error.to_string();
    }
    let Ok(note) = parsed else { return };
    let mut written = format!("{}\n", note.text());
    for signature in note.signatures() {
        let octets = [&signature.key_id[..], &signature.signature].concat();
        written.push_str(&format!("\u{2014} {} {}\n", signature.name, Base64::encode_string(&octets)));
        assert!(!signature.name.contains([' ', '+', '\n']) && !signature.name.is_empty());
    }
    assert_eq!(written.as_bytes(), data);
    assert!((1..=SignedNote::MAX_SIGNATURES).contains(&note.signatures().len()));
    if let Ok(verified) = note.verify(std::slice::from_ref(&WORLD.verifier)) {
        for signature in verified {
            check_signed(&signature.tree_head.expect("the key of a log signs tree heads"));
        }
    }
}

/// A true checkpoint with some octets changed, or arbitrary octets: what verifies, the log has signed.
pub fn checkpoint(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(checkpoint) = Checkpoint::parse(text)
    {
        let TreeHead { size, root } = checkpoint.head();
        let mut written = format!("{}\n{size}\n{}\n", checkpoint.origin(), Base64::encode_string(&root.0));
        checkpoint.extension_lines().for_each(|line| written.push_str(&format!("{line}\n")));
        assert_eq!(written, text);
        assert!(!checkpoint.origin().is_empty() && (size > 0 || root == Hash::EMPTY_TREE));
    }

    let mut input = Input::new(data);
    let (fork, size) = (input.below(FORKS), SIZES[input.below(SIZES.len())]);
    let mut note = WORLD.file(fork, size, "checkpoint").expect("every size has one").to_vec();
    while !input.is_empty() {
        let at = input.below(note.len());
        match input.octet() % 3 {
            0 => note[at] = input.octet(),
            1 => note.insert(at, input.octet()),
            _ => drop(note.remove(at)),
        }
        if note.is_empty() {
            return;
        }
    }
    let head = SignedTreeHead::from_checkpoint(&note, ORIGIN, &WORLD.key);
    assert!(head.is_ok() || WORLD.file(fork, size, "checkpoint") != Some(&note));
    if let Ok(head) = head {
        check_signed(&head);
    }
}

/// A head that was ever signed; and it goes into a checkpoint and back.
fn check_signed(head: &SignedTreeHead) {
    assert!(WORLD.heads().any(|signed| signed == head.head()), "{head:?}");
    assert_eq!(head.log_id(), WORLD.key.log_id());
    assert_eq!(head.verify(&WORLD.key), Ok(()));
    let again = SignedTreeHead::from_checkpoint(head.to_checkpoint(ORIGIN).as_bytes(), ORIGIN, &WORLD.key);
    assert_eq!(again.as_ref(), Ok(head));
}

/// Bytes as the text of a key for notes.
pub fn verifier_key(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let parsed = text.parse::<VerifierKey>();
    match &parsed {
        Ok(key) => {
            // The id can be in upper case.
            assert!(key.to_string().eq_ignore_ascii_case(text));
            assert_eq!(key.to_string().parse(), Ok(key.clone()));
            assert!(text.starts_with(key.name()));
        }
        Err(error) => drop(error.to_string()),
    }
}

/// Bytes as a data tile: the entries are the bytes, in order, and each is what it is made of.
pub fn data_tile(data: &[u8]) {
    let mut leaves = TileLeaves::new(data);
    let mut at = 0;
    let mut count = 0;
    while let Some(leaf) = leaves.next() {
        match leaf {
            Ok(leaf) => {
                assert!(data[at..].starts_with(leaf.as_bytes()));
                check_leaf(&leaf);
                at += leaf.as_bytes().len();
                count += 1;
                assert_eq!(leaves.rest(), &data[at..]);
            }
            Err(error) => {
                assert_eq!((error.entry, error.undecoded), (count, data.len() - at));
                assert!((at..=data.len()).contains(&error.error.offset), "{error}");
                assert!(leaves.next().is_none());
                return;
            }
        }
    }
    assert_eq!(at, data.len());
}

fn check_leaf(leaf: &TileLeaf<'_>) {
    let entry = leaf.timestamped_entry();
    check_entry(entry);
    assert_eq!(leaf.leaf_bytes(), entry.as_bytes());
    assert_eq!(leaf.leaf_hash(), entry.leaf_hash());
    let behind = leaf.as_bytes().strip_prefix(entry.as_bytes()).expect("the entry comes first");
    let behind = match leaf.unauthenticated_precertificate() {
        Some(precertificate) => behind
            .strip_prefix(&length_24(precertificate))
            .and_then(|behind| behind.strip_prefix(precertificate))
            .expect("the precertificate comes next"),
        None => behind,
    };
    assert_eq!(leaf.unauthenticated_precertificate().is_some(), matches!(entry.entry, LogEntry::Precert { .. }));
    let (length, chain) = behind.split_at(2);
    assert_eq!(length, u16::try_from(chain.len()).expect("two octets of length").to_be_bytes());
    match leaf.unauthenticated_chain() {
        Ok(fingerprints) => assert_eq!(fingerprints.as_flattened(), chain),
        Err(error) => {
            assert_eq!(error.kind, DecodeErrorKind::FingerprintsLength { octets: chain.len() });
            assert!(chain.len() % 32 != 0);
        }
    }
}

/// The entry, written by the testkit from what it says, is the entry.
fn check_entry(entry: &TimestampedEntry<'_>) {
    let signed = match entry.entry {
        LogEntry::X509 { certificate } => testkit::SignedEntry::X509(certificate.to_vec()),
        LogEntry::Precert { issuer_key_hash, tbs } => {
            testkit::SignedEntry::Precert { issuer_key_hash: *issuer_key_hash, tbs: tbs.to_vec() }
        }
    };
    let written = testkit::timestamped_entry(entry.timestamp.0, &signed, entry.extensions);
    assert_eq!(entry.as_bytes(), written);
    assert_eq!(entry.leaf_hash().0, tree::leaf_hash(&[&[0, 0], &written[..]].concat()));
    if let Err(error) = entry.entry.tbs() {
        assert!(error.offset <= entry.entry.octets().len());
    }
    // ctlens-sct reads the same extensions. It passes over two of an unknown type, which static-ct-api forbids.
    let theirs = CtExtensions::new(entry.extensions).leaf_index();
    match entry.leaf_index() {
        Ok(index) => {
            assert_eq!(theirs, Ok(index));
            let expected = index.unwrap_or(0);
            assert_eq!(entry.check_leaf_index(expected).is_ok(), index.is_some());
            assert!(entry.check_leaf_index(expected ^ 1).is_err());
        }
        Err(error) => {
            let known_to_both = !matches!(error.kind, DecodeErrorKind::DuplicateExtension(1..));
            assert!(theirs.is_err() || !known_to_both, "{error}");
            assert!((entry.as_bytes().len() - entry.extensions.len()..=entry.as_bytes().len()).contains(&error.offset));
        }
    }
}

/// `leaf_input` after its length in two octets, and `extra_data`.
pub fn merkle_tree_leaf(data: &[u8]) {
    let mut input = Input::new(data);
    let leaf_input = input.long();
    let extra_data = input.rest();
    let leaf = match MerkleTreeLeaf::from_bytes(leaf_input) {
        Ok(leaf) => leaf,
        Err(error) => return assert!(error.offset <= leaf_input.len(), "{error}"),
    };
    let entry = leaf.timestamped_entry();
    check_entry(entry);
    assert_eq!(leaf.as_bytes(), leaf_input);
    assert_eq!([&[0, 0], entry.as_bytes(), leaf.trailing()].concat(), leaf_input);
    assert_eq!(leaf.leaf_hash().0, tree::leaf_hash(leaf_input));

    let extra = match ExtraData::from_bytes(&entry.entry, extra_data) {
        Ok(extra) => extra,
        Err(error) => return assert!(error.offset <= extra_data.len(), "{error}"),
    };
    let mut written = Vec::new();
    if let Some(precertificate) = extra.unauthenticated_precertificate() {
        written = [&length_24(precertificate)[..], precertificate].concat();
    }
    assert_eq!(extra.unauthenticated_precertificate().is_some(), matches!(entry.entry, LogEntry::Precert { .. }));
    let chain = &extra_data[written.len()..];
    let mut certificates = Vec::new();
    for certificate in extra.unauthenticated_chain() {
        match certificate {
            Ok(certificate) => certificates.extend([&length_24(certificate)[..], certificate].concat()),
            Err(error) => {
                assert!(chain[3..].starts_with(&certificates) && chain.len() - 3 > certificates.len());
                assert!(error.offset <= extra_data.len());
                return;
            }
        }
    }
    assert_eq!(chain, [&length_24(&certificates)[..], &certificates].concat());
}

fn length_24(octets: &[u8]) -> [u8; 3] {
    let [_, length @ ..] = u32::try_from(octets.len()).expect("three octets of length").to_be_bytes();
    length
}

/// A log that rewrote its history, and served either of it at several sizes.
struct World {
    key: LogKey,
    verifier: VerifierKey,
    forks: [StaticLog; FORKS],
    files: [Vec<LogFiles>; FORKS],
}

const FORKS: usize = 2;
const SIZES: [usize; 8] = [0, 1, 5, 255, 256, 257, 300, 520];
/// Where the second history departs from the first.
const FORK: u64 = 200;

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let log = TestLog::new(1, ORIGIN);
    let key = LogKey::from_spki_der(log.key().spki_der()).expect("a P-256 key");
    let entry = |fork: u8, index: u64| {
        let certificate = if index < FORK { vec![0x30, 0] } else { vec![0x30, 1, fork] };
        let chain = [vec![fork]];
        let mut entry = testkit::LogEntry::certificate(index, 1_700_000_000_000 + index, certificate.clone(), &chain);
        if index % 3 == 1 {
            entry.entry = testkit::SignedEntry::Precert { issuer_key_hash: [7; 32], tbs: certificate.clone() };
            entry.precertificate = Some(certificate);
        }
        entry
    };
    let forks = [0, 1].map(|fork| {
        let entries = (0..SIZES[SIZES.len() - 1] as u64).map(|index| entry(fork, index)).collect();
        StaticLog::new(log.clone(), entries, [])
    });
    let files = [0, 1].map(|fork: usize| {
        SIZES.iter().map(|size| forks[fork].files(*size, 1_700_000_000_000 + *size as u64)).collect()
    });
    let verifier = VerifierKey::rfc6962(ORIGIN, key.clone()).expect("a name");
    World { key, verifier, forks, files }
});

impl World {
    fn file(&self, fork: usize, size: usize, path: &str) -> Option<&[u8]> {
        let which = SIZES.iter().position(|known| *known == size)?;
        self.files[fork][which].get(path)
    }

    fn heads(&self) -> impl Iterator<Item = TreeHead> {
        self.forks.iter().flat_map(|fork| SIZES.map(|size| TreeHead { size: size as u64, root: Hash(fork.root(size)) }))
    }
}

/// A follower that is given true files of either history, damaged ones, and arbitrary octets. Whatever it is given: what it
/// yields as verified is the entry under its signed head, no index is left out, and evidence convinces.
pub fn follower(data: &[u8]) {
    let mut input = Input::new(data);
    let mut follower = start(Position::start(ORIGIN, WORLD.key.log_id()));
    let mut served = Served { fork: 0, size: SIZES[SIZES.len() - 1] };
    let mut edge = Edge::Sound;
    for _ in 0..200 {
        if input.is_empty() {
            break;
        }
        match input.octet() {
            0..=15 => served = Served { fork: input.below(FORKS), size: SIZES[input.below(SIZES.len())] },
            16 => {
                follower.abandon_target();
                edge = Edge::Sound;
            }
            17 => {
                follower = start(follower.position().clone());
                edge = Edge::Sound;
            }
            18 => salvage(&mut follower, served, &mut input),
            19 => {
                let fetch = follower.wanted();
                let fallback = follower.missing(fetch);
                assert_eq!(fallback.is_ok(), matches!(fetch, Fetch::Tile(tile) if !tile.is_full()));
            }
            octet => supply(&mut follower, served, &mut edge, octet, &mut input),
        }
        check_position(&follower);
    }
}

/// Whether all tiles at the right edge that the follower holds are those of its head. It can tell only when it has them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    Sound,
    Damaged,
}

#[derive(Clone, Copy, Debug)]
struct Served {
    fork: usize,
    size: usize,
}

impl Served {
    /// The tree under the follower's head; what the server has at hand may be another one.
    fn has(self, target: TreeHead) -> bool {
        target == TreeHead { size: self.size as u64, root: Hash(WORLD.forks[self.fork].root(self.size)) }
    }
}

fn start(position: Position) -> Follower {
    Follower::new(&WORLD.key, position).expect("a position of this log")
}

fn supply(follower: &mut Follower, served: Served, edge: &mut Edge, octet: u8, input: &mut Input<'_>) {
    let wanted = follower.wanted();
    let fetch = match octet {
        20 => wanted.fallback().unwrap_or(wanted),
        21 => Fetch::Checkpoint,
        _ => wanted,
    };
    let honest = WORLD.file(served.fork, served.size, &fetch.to_string());
    let bytes = match (octet, honest) {
        (22, _) | (_, None) => input.short().to_vec(),
        (23..=40, Some(honest)) => damaged(honest, input),
        (_, Some(honest)) => honest.to_vec(),
    };
    let target = follower.position().target_head().map(SignedTreeHead::head);
    let known = follower.position().tree();
    let is_true = honest == Some(&bytes[..]) && target.is_none_or(|target| served.has(target));
    let step = match follower.supply(fetch, &bytes) {
        Ok(step) => step,
        Err(fault) => {
            check_fault(&fault);
            match fault {
                // The log has rewritten its history, or gone back in it, or this is not what was asked for.
                Fault::Proven(_) => *edge = Edge::Sound,
                Fault::Observed(
                    ObservedFault::OtherPrefix { .. }
                    | ObservedFault::OlderCheckpoint { .. }
                    | ObservedFault::NotWanted { .. },
                ) => {}
                Fault::Observed(fault) if is_true => {
                    assert_eq!(*edge, Edge::Damaged, "{fault} for the true {fetch} of {served:?}");
                    *edge = Edge::Sound;
                }
                Fault::Observed(_) => {}
            }
            return;
        }
    };
    match step {
        Step::UpToDate => assert_eq!((target, fetch), (None, Fetch::Checkpoint)),
        Step::NewHead => {
            let head = follower.position().target_head().expect("there is a new one");
            assert!(head.head().size > known.size && WORLD.heads().any(|signed| signed == head.head()));
            *edge = Edge::Sound;
        }
        Step::Hashes => {
            assert!(matches!(fetch, Fetch::Tile(_)));
            if !is_true {
                *edge = Edge::Damaged;
            }
        }
        Step::Entries(tile) => {
            let target = target.expect("entries are under a head");
            let indices = tile.indices();
            assert_eq!((indices.start, tile.leaf_hashes().len() as u64), (known.size, indices.end - indices.start));
            let mut next = indices.start;
            for entry in tile.entries() {
                let entry = entry.expect("a tile that was taken is whole");
                assert_eq!(entry.index, next);
                check_verified(&entry, target);
                next += 1;
            }
            assert_eq!(next, indices.end);
            assert!(tile.leaf_index_faults().next().is_none());
            let done = if input.octet() == 1 {
                known.size
            } else {
                tile.commit();
                indices.end
            };
            assert_eq!(follower.position().size(), done);
        }
        other => panic!("{other:?}"),
    }
}

/// Steps over a damaged data tile: each index comes out, verified or undecidable.
fn salvage(follower: &mut Follower, served: Served, input: &mut Input<'_>) {
    let wanted = follower.wanted();
    let target = follower.position().target_head().map(SignedTreeHead::head);
    let hashes = wanted.leaf_hashes().and_then(|fetch| WORLD.file(served.fork, served.size, &fetch.to_string()));
    let data = WORLD.file(served.fork, served.size, &wanted.to_string()).unwrap_or_default();
    let data = damaged(data, input);
    let hashes = hashes.map(|hashes| if input.octet() == 1 { damaged(hashes, input) } else { hashes.to_vec() });
    let Ok(tile) = follower.salvage(wanted, &data, &hashes.unwrap_or_default()) else { return };
    let target = target.expect("entries are under a head");
    let indices = tile.indices();
    let mut next = indices.start;
    for entry in tile.entries() {
        match entry {
            Ok(entry) => {
                assert_eq!(entry.index, next);
                check_verified(&entry, target);
                next += 1;
            }
            Err(Undecidable { indices, cause, .. }) => {
                assert_eq!(indices.start, next);
                next = indices.end;
                let _ = cause.to_string();
            }
        }
    }
    assert_eq!(next, indices.end);
    if input.octet() != 1 {
        tile.commit();
    }
}

/// It is the entry of the history of which the head is.
fn check_verified(entry: &VerifiedEntry<'_>, target: TreeHead) {
    let size = usize::try_from(target.size).expect("a small tree");
    let index = usize::try_from(entry.index).expect("a small tree");
    let fork = WORLD.forks.iter().find(|fork| fork.root(size) == target.root.0).expect("one of the two has signed");
    let own = &fork.entries()[index];
    assert_eq!(entry.leaf_hash.0, own.leaf_hash());
    assert_eq!([&[0, 0], entry.leaf.leaf_bytes()].concat(), own.merkle_tree_leaf());
    assert!(index < size);
}

/// What was committed is the beginning of one of the histories.
fn check_position(follower: &Follower) {
    let position = follower.position();
    let tree = position.tree();
    let size = usize::try_from(tree.size).expect("a small tree");
    assert!(WORLD.forks.iter().any(|fork| fork.root(size) == tree.root.0));
    assert_eq!((position.origin(), position.log_id()), (ORIGIN, LogId(WORLD.forks[0].log().id())));
    assert!(position.verified_head().is_none_or(|head| head.head().size <= tree.size));
    assert!(position.target_head().is_none_or(|head| head.head().size > tree.size));
    let wanted = follower.wanted();
    assert_eq!(follower.upcoming().next().unwrap_or(Fetch::Checkpoint), wanted);
    if let Fetch::Tile(tile) = wanted {
        assert_eq!(tile.to_string().parse::<Tile>(), Ok(tile));
    }
}

fn check_fault(fault: &Fault) {
    let _ = fault.to_string();
    let Fault::Proven(evidence) = fault else { return };
    assert_eq!(evidence.verify(&WORLD.key), Ok(()));
    match &**evidence {
        Misbehaviour::TwoRoots { first, second } => assert_ne!(first.head().root, second.head().root),
        Misbehaviour::Rewritten { old, new, .. } => {
            assert!(FORK < old.head().size && old.head().size < new.head().size);
        }
        other => panic!("{other}"),
    }
}

/// The octets with something changed, or not.
fn damaged(octets: &[u8], input: &mut Input<'_>) -> Vec<u8> {
    let mut damaged = octets.to_vec();
    let at = input.below(damaged.len() + 1);
    match (input.octet() % 4, damaged.get_mut(at)) {
        (0, Some(octet)) => *octet ^= input.octet(),
        (1, _) => damaged.truncate(at),
        (2, _) => damaged.insert(at, input.octet()),
        (_, Some(_)) => drop(damaged.remove(at)),
        _ => {}
    }
    damaged
}
