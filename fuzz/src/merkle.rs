//! ctlens-merkle: proofs, tiles, bundles and tlog-proofs.

mod naive;

use crate::input::Input;
use ctlens_merkle::{
    CompactRange, Frontier, Hash, HashTiles, Node, ProofError, ProofPlan, Subtree, Tile, TileError, TileKind,
    TlogProof, TreeHead, root_from_inclusion, root_from_subtree_inclusion, roots_from_consistency,
    roots_from_subtree_consistency, verify_consistency, verify_inclusion, verify_subtree_consistency,
    verify_subtree_inclusion,
};
use ctlens_testkit::tree::{self, Levels};
use std::sync::LazyLock;

/// Proofs of any sizes and of any hashes, against the recursive definitions; and honest proofs of small trees with damage
/// done to them.
pub fn proof(data: &[u8]) {
    let mut input = Input::new(data);
    match input.octet() % 5 {
        0 => inclusion(input),
        1 => consistency(input),
        2 => subtree_inclusion(input),
        3 => subtree_consistency(input),
        _ => small_tree(input),
    }
}

fn inclusion(mut input: Input<'_>) {
    let (index, size, leaf) = (input.number(), input.number(), hash(&mut input));
    let plan = (index < size).then(|| naive::inclusion_plan(index, (0, size)));
    assert_eq!(ProofPlan::inclusion(index, size).ok().map(|ours| ranges(&ours)), plan);
    let proof = hashes(&mut input, plan.as_ref().map(Vec::len));
    let Some(plan) = plan else {
        let expected = Err(ProofError::IndexOutOfRange { index, size });
        assert_eq!(root_from_inclusion(&leaf, index, size, &proof), expected);
        return;
    };
    let computed = root_from_inclusion(&leaf, index, size, &proof);
    assert_eq!(computed.ok(), naive::inclusion_root(leaf, index, size, &proof));
    let Ok(root) = check_length(computed, &plan, &proof) else { return };

    let head = TreeHead { size, root };
    assert_eq!(verify_inclusion(&leaf, index, &proof, &head), Ok(()));
    let other = TreeHead { size, root: flipped(root) };
    let mismatch = ProofError::RootMismatch { size, expected: other.root, computed: root };
    assert_eq!(verify_inclusion(&leaf, index, &proof, &other), Err(mismatch));
    if index == size - 1 {
        let frontier = Frontier::from_last_leaf(&leaf, &proof, &head).expect("the proof verifies");
        assert_eq!(frontier.head(), head);
        assert_eq!(Frontier::from_last_leaf(&leaf, &proof, &other), Err(mismatch));
    }
}

fn consistency(mut input: Input<'_>) {
    let (old_size, new_size, root) = (input.number(), input.number(), hash(&mut input));
    let old = TreeHead { size: old_size, root };
    let plan =
        (0 < old_size && old_size <= new_size).then(|| naive::consistency_plan((0, old_size), (0, new_size), true));
    assert_eq!(ProofPlan::consistency(old_size, new_size).ok().map(|ours| ranges(&ours)), plan);
    let proof = hashes(&mut input, plan.as_ref().map(Vec::len));
    let computed = roots_from_consistency(&old, new_size, &proof);
    let Some(plan) = plan else {
        let expected = if old_size == 0 {
            ProofError::FromEmptyTree { new: new_size }
        } else {
            ProofError::TreeShrinks { old: old_size, new: new_size }
        };
        assert_eq!(computed, Err(expected));
        let new = TreeHead { size: new_size, root };
        let from_empty = new.extends(&TreeHead::EMPTY, &proof);
        assert_eq!(from_empty.is_ok(), proof.is_empty() && (new_size > 0 || root == Hash::EMPTY_TREE));
        return;
    };
    assert_eq!(computed.ok(), naive::consistency_roots((0, old_size), root, (0, new_size), &proof, true));
    let Ok((old_root, new_root)) = check_length(computed, &plan, &proof) else { return };

    let (old, new) = (TreeHead { size: old_size, root: old_root }, TreeHead { size: new_size, root: new_root });
    // Where the older tree is a node of the newer one, its root went into the computation.
    assert!(old_root == root || !old_size.is_power_of_two());
    assert_eq!(verify_consistency(&old, &new, &proof), Ok(()));
    assert_eq!(new.extends(&old, &proof), Ok(()));
    let other = TreeHead { root: flipped(new_root), ..new };
    let mismatch = ProofError::RootMismatch { size: new_size, expected: other.root, computed: new_root };
    assert_eq!(verify_consistency(&old, &other, &proof), Err(mismatch));
    assert!(verify_consistency(&TreeHead { root: flipped(old_root), ..old }, &new, &proof).is_err());
}

fn subtree_inclusion(mut input: Input<'_>) {
    let (Some(subtree), index, leaf) = (subtree(&mut input), input.number(), hash(&mut input)) else { return };
    let (start, end) = (subtree.start(), subtree.end());
    let plan = (start <= index && index < end).then(|| naive::inclusion_plan(index, (start, end)));
    assert_eq!(ProofPlan::subtree_inclusion(index, subtree).ok().map(|ours| ranges(&ours)), plan);
    let proof = hashes(&mut input, plan.as_ref().map(Vec::len));
    let computed = root_from_subtree_inclusion(&leaf, index, subtree, &proof);
    let Some(plan) = plan else {
        assert_eq!(computed, Err(ProofError::IndexOutsideSubtree { index, start, end }));
        return;
    };
    assert_eq!(computed.ok(), naive::inclusion_root(leaf, index - start, end - start, &proof));
    let Ok(hash) = check_length(computed, &plan, &proof) else { return };
    assert_eq!(verify_subtree_inclusion(&leaf, index, &proof, subtree, &hash), Ok(()));
    assert!(verify_subtree_inclusion(&leaf, index, &proof, subtree, &flipped(hash)).is_err());
}

fn subtree_consistency(mut input: Input<'_>) {
    let (Some(subtree), size, hash) = (subtree(&mut input), input.number(), hash(&mut input)) else { return };
    let range = (subtree.start(), subtree.end());
    let [a, b] = Subtree::covering(range.0, range.1).expect("the range is not backwards");
    assert!(a.start() <= range.0 && a.end() == b.start() && b.end() == range.1, "{a} {b} cover {subtree}");
    let in_tree = range.1 <= size;
    let plan = (in_tree && subtree.size() > 0).then(|| naive::consistency_plan(range, (0, size), true));
    let ours = ProofPlan::subtree_consistency(subtree, size);
    assert_eq!(ours.is_ok(), in_tree);
    assert_eq!(ours.map_or(Vec::new(), |ours| ranges(&ours)), plan.clone().unwrap_or_default());
    let proof = hashes(&mut input, plan.as_ref().map(Vec::len));
    let head = TreeHead { size, root: hash };
    let computed = roots_from_subtree_consistency(subtree, &hash, size, &proof);
    let Some(plan) = plan else {
        assert!(computed.is_err());
        let accepted = verify_subtree_consistency(subtree, &hash, &proof, &head).is_ok();
        assert_eq!(accepted, in_tree && proof.is_empty() && hash == Hash::EMPTY_TREE);
        return;
    };
    assert_eq!(computed.ok(), naive::consistency_roots(range, hash, (0, size), &proof, true));
    let Ok((subtree_hash, root)) = check_length(computed, &plan, &proof) else { return };
    let head = TreeHead { size, root };
    assert_eq!(verify_subtree_consistency(subtree, &subtree_hash, &proof, &head), Ok(()));
    assert!(verify_subtree_consistency(subtree, &flipped(subtree_hash), &proof, &head).is_err());
    let other = TreeHead { root: flipped(root), ..head };
    assert!(verify_subtree_consistency(subtree, &subtree_hash, &proof, &other).is_err());
}

/// Real proofs of a real tree, made in every way that there is; then damaged.
fn small_tree(mut input: Input<'_>) {
    let size = 1 + input.below(100);
    let naive = LEVELS.at(0, size);
    let leaves: Vec<Hash> = naive.iter().copied().map(Hash).collect();
    let head = |size: usize| TreeHead { size: size as u64, root: Hash(LEVELS.root(size)) };
    grow(&mut input, &leaves, &head(size));

    let node = |node: Node| -> Result<Hash, ProofError> {
        let index = usize::try_from(node.index).expect("a small tree");
        Ok(Hash(LEVELS.at(node.level.into(), size)[index]))
    };
    let made = |plan: ProofPlan| plan.hashes(node).collect::<Result<Vec<Hash>, _>>().expect("every node is there");
    let (index, old) = (input.below(size), 1 + input.below(size));
    let inclusion = made(ProofPlan::inclusion(index as u64, size as u64).expect("the leaf is in the tree"));
    let consistency = made(ProofPlan::consistency(old as u64, size as u64).expect("the older tree is not larger"));
    assert_eq!(inclusion, tree::inclusion_proof(index, naive).into_iter().map(Hash).collect::<Vec<_>>());
    assert_eq!(consistency, tree::consistency_proof(old, naive).into_iter().map(Hash).collect::<Vec<_>>());

    let damaged = damage(&mut input, &inclusion);
    let verdict = verify_inclusion(&leaves[index], index as u64, &damaged, &head(size));
    assert_eq!(verdict.is_ok(), damaged == inclusion, "{verdict:?}");
    let damaged = damage(&mut input, &consistency);
    let verdict = verify_consistency(&head(old), &head(size), &damaged);
    assert_eq!(verdict.is_ok(), damaged == consistency, "{verdict:?}");
    let other = input.below(size);
    let verdict = verify_inclusion(&leaves[index], other as u64, &inclusion, &head(size));
    assert_eq!(verdict.is_ok(), other == index, "{verdict:?}");
}

/// Appends the leaves one by one, in slices, and as ranges that are merged.
fn grow(input: &mut Input<'_>, leaves: &[Hash], head: &TreeHead) {
    let mut frontier = Frontier::new();
    let mut range = CompactRange::new(0);
    let mut rest = leaves;
    while !rest.is_empty() {
        let (next, behind) = rest.split_at(1 + input.below(rest.len()));
        let mut part = CompactRange::new(range.end());
        part.extend(next).expect("a small tree");
        match input.octet() % 3 {
            0 => next.iter().for_each(|leaf| frontier.append(leaf).expect("a small tree")),
            1 => frontier.extend(next).expect("a small tree"),
            _ => frontier.merge(&part).expect("the part begins where the tree ends"),
        }
        range.merge(&part).expect("the part begins where the range ends");
        rest = behind;
    }
    assert_eq!(frontier.head(), *head);
    assert_eq!(range.subtree(), Ok((Subtree::of_tree(head.size), head.root)));
    assert!(frontier.nodes().map(|(node, _)| node).eq(Subtree::of_tree(head.size).nodes()));
}

/// Bytes as a tile's path, against a reading of tlog-tiles that splits and compares; and coordinates as a path.
pub fn tile_path(data: &[u8]) {
    let Ok(path) = std::str::from_utf8(data) else { return };
    let parsed: Result<Tile, TileError> = path.parse();
    assert_eq!(parsed.ok().map(coordinates), naive_path(path));
    if let Ok(tile) = parsed {
        assert_eq!(tile.to_string(), path);
        check_leaves(tile);
    }

    let mut input = Input::new(data);
    let kind = match input.octet() {
        0 => TileKind::Entries,
        1 => TileKind::Data,
        2 => TileKind::Names,
        level => TileKind::Hashes { level: level - 3 },
    };
    let (index, size) = (input.number(), input.number());
    let width = u16::from_be_bytes(input.array()) % 300;
    let bad_level = matches!(kind, TileKind::Hashes { level: 64.. });
    let tile = Tile::new(kind, index, width);
    assert_eq!(tile.is_ok(), !bad_level && (1..=256).contains(&width));
    if let Ok(tile) = tile {
        assert_eq!(tile.to_string().parse(), Ok(tile));
        check_leaves(tile);
    }
    check_in_tree(kind, index, size);
    for tile in Tile::partial_of_tree(size) {
        assert!(!tile.is_full());
        assert_eq!(Tile::in_tree(tile.kind(), tile.index(), size), Some(tile));
    }
    let range = index..index.saturating_add(u64::from(width) * 3);
    let tiles: Vec<Tile> = Tile::for_range(TileKind::Data, range.clone(), size).collect();
    let first = range.start / 256;
    let end = if range.start < range.end.min(size) { range.end.min(size).div_ceil(256) } else { first };
    assert!(tiles.iter().map(Tile::index).eq(first..end), "{range:?} of {size}: {tiles:?}");
    assert!(tiles.iter().all(|tile| Tile::in_tree(TileKind::Data, tile.index(), size) == Some(*tile)));
}

/// `floor(s / 256**l)` hashes at level l, 256 to a tile.
fn check_in_tree(kind: TileKind, index: u64, size: u64) {
    let level = if let TileKind::Hashes { level } = kind { level } else { 0 };
    let items = u128::from(size) >> (8 * u32::from(level)).min(127);
    let width = items.saturating_sub(u128::from(index) * 256).min(256);
    let expected = (width > 0 && level < 64).then_some((kind, index, width));
    let ours = Tile::in_tree(kind, index, size).map(|tile| (tile.kind(), tile.index(), tile.width().into()));
    assert_eq!(ours, expected);
}

fn check_leaves(tile: Tile) {
    let item = 1_u128.checked_shl(8 * u32::from(tile.level())).filter(|item| *item < 1 << 64);
    let naive = item.map(|item| {
        let first = u128::from(tile.index()) * 256;
        (first.saturating_mul(item), (first + u128::from(tile.width())).saturating_mul(item))
    });
    let naive = naive.filter(|(_, end)| *end <= u64::MAX.into());
    assert_eq!(tile.leaves().map(|leaves| (leaves.start.into(), leaves.end.into())), naive);
}

fn coordinates(tile: Tile) -> (TileKind, u64, u16) {
    (tile.kind(), tile.index(), tile.width())
}

/// C2SP tlog-tiles: `tile/<L>/<N>[.p/<W>]`, L and W in decimal without leading zeros, N in groups of three digits, all but the
/// last of which begin with x. Of all ways to write N, the shortest.
fn naive_path(path: &str) -> Option<(TileKind, u64, u16)> {
    let elements: Vec<&str> = path.split('/').collect();
    let ["tile", kind, ref index @ .., last] = elements[..] else { return None };
    let kind = match kind {
        "entries" => TileKind::Entries,
        "data" => TileKind::Data,
        "names" => TileKind::Names,
        level => TileKind::Hashes { level: (0..64).find(|number: &u8| number.to_string() == level)? },
    };
    let (width, last, before) = match index {
        [before @ .., partial] if partial.ends_with(".p") => {
            let width = (1..256).find(|number: &u16| number.to_string() == last)?;
            (width, partial.strip_suffix(".p")?, before)
        }
        before => (256, last, before),
    };
    let three = |digits: &str| digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit());
    let mut number = String::new();
    for group in before {
        number.push_str(group.strip_prefix('x').filter(|digits| three(digits))?);
    }
    number.push_str(Some(last).filter(|digits| three(digits))?);
    if number.len() > 3 && number.starts_with("000") {
        return None;
    }
    Some((kind, number.parse().ok()?, width))
}

/// Bytes as a tlog-proof: what is accepted is written back as it was, and says what the naive reading of the proof says.
pub fn tlog_proof(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(proof) = text.parse::<TlogProof>() else { return };
    assert_eq!(proof.to_string(), text);
    assert!(proof.hashes.len() <= 64 && !proof.checkpoint.is_empty());
    let leaf = Hash(tree::leaf_hash(&proof.extra));
    for size in [proof.index, proof.index.wrapping_add(1), proof.index.wrapping_mul(2), u64::MAX] {
        let naive =
            (proof.index < size).then(|| naive::inclusion_root(leaf, proof.index, size, &proof.hashes)).flatten();
        let head = TreeHead { size, root: naive.unwrap_or(Hash::EMPTY_TREE) };
        assert_eq!(proof.verify(&leaf, &head).is_ok(), naive.is_some());
    }
}

/// Bytes as an entry bundle of any width: the entries are the bytes, in order, and nothing is passed over in silence.
pub fn entry_bundle(data: &[u8]) {
    let mut input = Input::new(data);
    let width = 1 + u16::from(input.octet());
    let bundle = input.rest();
    let tile = Tile::new(TileKind::Entries, 0, width).expect("1 to 256");
    let mut entries = tile.entries(bundle);
    let mut rest = bundle;
    let mut count = 0;
    let error = loop {
        match entries.next() {
            Some(Ok(entry)) => {
                let length = u16::try_from(entry.len()).expect("a length of two octets").to_be_bytes();
                rest = rest.strip_prefix(&length).and_then(|rest| rest.strip_prefix(entry)).expect("entries in order");
                count += 1;
            }
            Some(Err(error)) => break Some(error),
            None => break None,
        }
    };
    assert!(entries.next().is_none());
    let naive = match rest {
        [] if count == width => None,
        _ if count == width => Some(TileError::TrailingBytes { entries: width, excess: rest.len() }),
        _ => Some(TileError::EntryTruncated { entry: count, width, rest: rest.len() }),
    };
    assert_eq!(error, naive);
    if let [high, low, behind @ ..] = rest {
        assert!(count == width || usize::from(u16::from_be_bytes([*high, *low])) > behind.len());
    }
}

/// A tree that has tiles on three levels.
static LEVELS: LazyLock<Levels> =
    LazyLock::new(|| Levels::new((0..LEAVES as u64).map(|leaf| tree::leaf_hash(&leaf.to_be_bytes())).collect()));

const LEAVES: usize = 66_000;

/// Tiles of a real tree, some of them damaged: whatever is accepted, no node has another hash than the tree's, and from
/// undamaged tiles every proof can be made.
pub fn hash_tiles(data: &[u8]) {
    let mut input = Input::new(data);
    let size = input.below(LEAVES + 1);
    let head = TreeHead { size: size as u64, root: Hash(LEVELS.root(size)) };
    let mut damaged = false;
    let edge: Vec<(Tile, Vec<u8>)> = Tile::partial_of_tree(head.size)
        .map(|tile| {
            let tile = if input.octet() == 1 { tile.to_full() } else { tile };
            let (bytes, changed) = tile_bytes(&mut input, tile);
            damaged |= changed;
            (tile, bytes)
        })
        .collect();
    let tiles = HashTiles::new(&head, edge);
    assert!(damaged || tiles.is_ok(), "{tiles:?}");
    let Ok(mut tiles) = tiles else { return };
    assert_eq!(tiles.head(), head);
    assert_eq!(tiles.frontier().head(), head);

    while !input.is_empty() {
        let node = Node { level: input.octet() % 70, index: input.number() };
        let in_tree = node.level < 64 && (u128::from(node.index) + 1) << node.level <= u128::from(head.size);
        let missing = tiles.missing_for([node]);
        assert_eq!(missing.is_ok(), in_tree, "{node:?} of {size}");
        for tile in missing.unwrap_or_default() {
            let (bytes, changed) = tile_bytes(&mut input, tile);
            let added = tiles.add(tile, &bytes);
            assert!(changed || added.is_ok(), "{tile}: {added:?}");
            if added.is_err() {
                break;
            }
        }
        if let Ok(hash) = tiles.node(node) {
            assert!(in_tree);
            let index = usize::try_from(node.index).expect("in the tree");
            assert_eq!(hash.0, LEVELS.at(node.level.into(), size)[index]);
        }
        if input.octet() == 1 && size > 0 {
            prove(&mut input, tiles.clone(), &head);
        }
    }
}

/// Adds what a proof needs, undamaged, and makes it.
fn prove(input: &mut Input<'_>, mut tiles: HashTiles, head: &TreeHead) {
    let index = input.number() % head.size;
    let plan = ProofPlan::inclusion(index, head.size).expect("the leaf is in the tree");
    for tile in tiles.missing_for(plan.nodes()).expect("the proof's nodes are in the tree") {
        let (bytes, _) = tile_bytes(&mut Input::new(&[]), tile);
        tiles.add(tile, &bytes).expect("the tile is the tree's");
    }
    let proof: Vec<Hash> = plan.hashes(|node| tiles.node(node)).collect::<Result<_, _>>().expect("nothing is missing");
    let leaf = Hash(tree::leaf_hash(&index.to_be_bytes()));
    assert_eq!(verify_inclusion(&leaf, index, &proof, head), Ok(()));
}

/// The bytes of a tile, and whether they were changed. Above what the tree has, a tile holds zeros.
fn tile_bytes(input: &mut Input<'_>, tile: Tile) -> (Vec<u8>, bool) {
    let level = LEVELS.at(8 * usize::from(tile.level()), LEAVES);
    let first = usize::try_from(tile.index()).expect("a small tree") * 256;
    let hashes = level.iter().skip(first).chain(std::iter::repeat(&[0; 32])).take(tile.width().into());
    let mut bytes: Vec<u8> = hashes.flatten().copied().collect();
    let original = bytes.clone();
    match input.octet() {
        1 => {
            let at = input.below(bytes.len());
            bytes[at] ^= input.octet();
        }
        2 => bytes.truncate(input.below(original.len())),
        3 => bytes.extend_from_slice(input.short()),
        _ => {}
    }
    let changed = bytes != original;
    (bytes, changed)
}

fn ranges(plan: &ProofPlan) -> Vec<(u64, u64)> {
    let ranges: Vec<(u64, u64)> = plan.subtrees().map(|subtree| (subtree.start(), subtree.end())).collect();
    assert_eq!(plan.proof_length(), ranges.len());
    ranges
}

/// The length is what decides whether a proof leads anywhere.
fn check_length<T>(computed: Result<T, ProofError>, plan: &[(u64, u64)], proof: &[Hash]) -> Result<T, ProofError> {
    if let Err(error) = &computed {
        assert_eq!(*error, ProofError::ProofLength { expected: plan.len(), got: proof.len() });
        assert_ne!(plan.len(), proof.len());
    }
    computed
}

fn subtree(input: &mut Input<'_>) -> Option<Subtree> {
    let (start, end) = (input.number(), input.number());
    let subtree = Subtree::new(start, end);
    // "start is a multiple of BIT_CEIL(end - start)"
    let valid = start <= end && u128::from(start) % u128::from(end - start).next_power_of_two() == 0;
    assert_eq!(subtree.is_ok(), valid, "[{start}, {end})");
    if let Ok(subtree) = subtree {
        let mut at = end;
        for node in subtree.nodes() {
            at -= 1 << node.level;
            assert_eq!(at, node.index << node.level);
        }
        assert_eq!(at, start);
    }
    subtree.ok()
}

/// As many hashes as the proof should have, or any number.
fn hashes(input: &mut Input<'_>, wanted: Option<usize>) -> Vec<Hash> {
    let any = input.octet();
    let count = wanted.filter(|_| any > 80).unwrap_or(any.into());
    (0..count).map(|_| hash(input)).collect()
}

fn hash(input: &mut Input<'_>) -> Hash {
    Hash([input.octet(); 32])
}

fn flipped(mut hash: Hash) -> Hash {
    hash.0[31] ^= 1;
    hash
}

/// The hashes with one thing changed, or nothing.
fn damage(input: &mut Input<'_>, proof: &[Hash]) -> Vec<Hash> {
    let mut damaged = proof.to_vec();
    let at = input.below(damaged.len() + 1);
    let value = input.octet();
    match (input.octet() % 5, damaged.get_mut(at)) {
        (0, Some(hash)) => hash.0[usize::from(value) / 8] ^= 1 << (value % 8),
        (1, Some(_)) => drop(damaged.remove(at)),
        (2, _) => damaged.insert(at, Hash([value; 32])),
        (3, Some(_)) => {
            let other = usize::from(value) % damaged.len();
            damaged.swap(at, other);
        }
        _ => {}
    }
    damaged
}
