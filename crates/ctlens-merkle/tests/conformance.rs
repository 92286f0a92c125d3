//! Agreement with proofs, roots, tiles and paths that others made. See CONTRIBUTING.md for `CTLENS_CORPUS`.

#![cfg(feature = "alloc")]

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use base64ct::{Base64, Encoding};
use ctlens_merkle::{
    Frontier, Hash, HashTiles, Node, ProofError, ProofPlan, Subtree, Tile, TileKind, TlogProof, TreeHead, leaf_hash,
    node_hash, verify_consistency, verify_inclusion, verify_subtree_consistency, verify_subtree_inclusion,
};
use ctlens_testkit::{Corpus, Tally};
use serde_json::Value;

#[test]
fn inclusion_probes() {
    probes("merkle/tdev-merkle-probes/inclusion", |probe| {
        let head = TreeHead { size: number(probe, "treeSize"), root: base64_hash(&probe["root"])? };
        let leaf = base64_hash(&probe["leafHash"])?;
        Some(verify_inclusion(&leaf, number(probe, "leafIdx"), &base64_proof(probe)?, &head).is_ok())
    });
}

#[test]
fn consistency_probes() {
    probes("merkle/tdev-merkle-probes/consistency", |probe| {
        let old = TreeHead { size: number(probe, "size1"), root: base64_hash(&probe["root1"])? };
        let new = TreeHead { size: number(probe, "size2"), root: base64_hash(&probe["root2"])? };
        Some(verify_consistency(&old, &new, &base64_proof(probe)?).is_ok())
    });
}

#[test]
fn subtree_inclusion_probes() {
    probes("merkle/tdev-merkle-probes/subtreeinclusion", |probe| {
        let (leaf, hash) = (base64_hash(&probe["leafHash"])?, base64_hash(&probe["root"])?);
        let proof = base64_proof(probe)?;
        let Ok(subtree) = Subtree::new(number(probe, "start"), number(probe, "end")) else { return Some(false) };
        Some(verify_subtree_inclusion(&leaf, number(probe, "leafIdx"), &proof, subtree, &hash).is_ok())
    });
}

#[test]
fn subtree_consistency_probes() {
    probes("merkle/tdev-merkle-probes/subtreeconsistency", |probe| {
        let (hash, root) = (base64_hash(&probe["root1"])?, base64_hash(&probe["root2"])?);
        let proof = base64_proof(probe)?;
        let Ok(subtree) = Subtree::new(number(probe, "start"), number(probe, "end")) else { return Some(false) };
        let head = TreeHead { size: number(probe, "size"), root };
        Some(verify_subtree_consistency(subtree, &hash, &proof, &head).is_ok())
    });
}

/// Every subtree hash, inclusion proof, consistency proof and covering pair of all trees of up to 130 leaves, as rolling
/// hashes; each of the proofs verifies too, and a sample of them with each bit changed and each hash left out does not.
#[test]
fn accumulated_subtree_vectors() {
    let name = "merkle/mtc_accumulated.json";
    let Some(expected) = corpus_json(name) else { return };
    let mut tally = Tally::new(name, &[]);
    let max = u8::try_from(number(&expected, "max_size")).unwrap();
    let leaves: Vec<[u8; 32]> = (0..max).map(|i| leaf_hash(&[i]).0).collect();
    let levels = ctlens_testkit::tree::Levels::new(leaves);
    let node = |node: Node| {
        let hash = levels.at(node.level.into(), max.into())[usize::try_from(node.index).unwrap()];
        Ok::<_, ProofError>(Hash(hash))
    };
    let max = u64::from(max);
    let subtrees = |end: u64| (0..=end).filter_map(move |start| Subtree::new(start, end).ok());
    let [mut hashes, mut inclusion, mut consistency, mut covering] = [(); 4].map(|()| String::new());
    let (mut proofs, mut mutations) = (0, 0);

    for end in 0..=max {
        for subtree in subtrees(end) {
            let hash = subtree.hash(node).unwrap();
            writeln!(hashes, "{subtree} {hash}").unwrap();
            for index in subtree.start()..end {
                let plan = ProofPlan::subtree_inclusion(index, subtree).unwrap();
                let proof: Vec<Hash> = plan.hashes(node).collect::<Result<_, _>>().unwrap();
                write_proof(&mut inclusion, &format!("{index} {subtree}"), &proof);
                let leaf = node(Node { level: 0, index }).unwrap();
                let verify = |proof: &[Hash]| verify_subtree_inclusion(&leaf, index, proof, subtree, &hash);
                assert_eq!(verify(&proof), Ok(()), "{index} {subtree}");
                proofs += 1;
                if (7 * index + 3 * subtree.start() + end) % 211 == 0 {
                    mutations += all_changes_are_refused(&proof, |proof| verify(proof).is_err());
                }
            }
        }
        for start in 0..=end {
            let [left, right] = Subtree::covering(start, end).unwrap();
            writeln!(covering, "{left} {right}").unwrap();
        }
    }
    for size in 0..=max {
        let head = TreeHead { size, root: Subtree::of_tree(size).hash(node).unwrap() };
        for subtree in (0..=size).flat_map(subtrees) {
            let hash = subtree.hash(node).unwrap();
            let plan = ProofPlan::subtree_consistency(subtree, size).unwrap();
            let proof: Vec<Hash> = plan.hashes(node).collect::<Result<_, _>>().unwrap();
            write_proof(&mut consistency, &format!("{subtree} {size}"), &proof);
            let verify = |proof: &[Hash]| verify_subtree_consistency(subtree, &hash, proof, &head);
            assert_eq!(verify(&proof), Ok(()), "{subtree} {size}");
            proofs += 1;
            if (7 * subtree.start() + 3 * subtree.end() + size) % 211 == 0 {
                mutations += all_changes_are_refused(&proof, |proof| verify(proof).is_err());
            }
        }
    }
    for (key, text) in [
        ("subtree_hashes", hashes),
        ("subtree_inclusion", inclusion),
        ("subtree_consistency", consistency),
        ("covering", covering),
    ] {
        tally.compare(key, hex_hash(&expected[key]), Hash(ctlens_testkit::tree::sha256(text.as_bytes())));
    }
    println!("{name}: {proofs} proofs verify, {mutations} changed ones are refused");
    tally.finish();
}

fn write_proof(text: &mut String, name: &str, proof: &[Hash]) {
    write!(text, "{name}").unwrap();
    for hash in proof {
        write!(text, " {hash}").unwrap();
    }
    text.push('\n');
}

/// Every bit of the proof changed, every hash left out, and every hash doubled.
fn all_changes_are_refused(proof: &[Hash], refused: impl Fn(&[Hash]) -> bool) -> usize {
    let mut changed = Vec::new();
    for i in 0..proof.len() {
        for bit in 0..256 {
            let mut proof = proof.to_vec();
            proof[i] = flipped(proof[i], bit);
            changed.push(proof);
        }
        let (mut shorter, mut longer) = (proof.to_vec(), proof.to_vec());
        shorter.remove(i);
        longer.insert(i, proof[i]);
        changed.extend([shorter, longer]);
    }
    assert!(changed.iter().all(|proof| refused(proof)), "{proof:?}");
    changed.len()
}

/// The bundles whose inclusion proof is what is wrong with them; the faults of the others lie elsewhere.
const BAD_INCLUSION: [&str; 2] = ["inclusion-proof-corrupted-hash_fail", "invalid-inclusion-proof_fail"];

#[test]
fn inclusion_proofs_in_sigstore_bundles() {
    let name = "merkle/sigstore-bundles";
    let Some(folder) = Corpus::open().and_then(|corpus| corpus.path(name)) else { return };
    let mut tally = Tally::new(name, &[]);
    for path in files_below(&folder) {
        let bundle = read_json(&path);
        let name = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
        for entry in bundle["verificationMaterial"]["tlogEntries"].as_array().into_iter().flatten() {
            let Some(proof) = entry.get("inclusionProof").filter(|proof| proof.is_object()) else { continue };
            let leaf = leaf_hash(&Base64::decode_vec(text(entry, "canonicalizedBody")).unwrap());
            let decimal = |key| text(proof, key).parse::<u64>().unwrap();
            let root = base64_hash(&proof["rootHash"]).unwrap();
            let hashes: Vec<Hash> =
                proof["hashes"].as_array().into_iter().flatten().map(|hash| base64_hash(hash).unwrap()).collect();
            let index = proof["logIndex"].as_str().unwrap_or("0").parse().unwrap();
            let head = TreeHead { size: decimal("treeSize"), root };
            let verified = verify_inclusion(&leaf, index, &hashes, &head).is_ok();
            tally.compare(name, !BAD_INCLUSION.contains(&name), verified);
        }
    }
    tally.finish();
}

#[test]
fn tlog_proofs_to_refuse() {
    let name = "merkle/tlog_proof_reject_formats.json";
    let Some(cases) = corpus_json(name) else { return };
    let mut tally = Tally::new(name, &[]);
    for case in list(&cases["reject"]) {
        tally.case(text(case, "name"), text(case, "proof").parse::<TlogProof>().is_err(), || "accepted".to_owned());
    }
    tally.finish();
}

/// `accepts` is `None` where the probe has hashes that are not 32 bytes long: such a proof ends at decoding.
fn probes(folder: &str, accepts: impl Fn(&Value) -> Option<bool>) {
    let mut tally = Tally::new(folder, &[]);
    let Some(folder) = Corpus::open().and_then(|corpus| corpus.path(folder)) else { return };
    for path in files_below(&folder) {
        let probe = read_json(&path);
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        let accepted = accepts(&probe);
        // A root that is no hash, equal to itself: our types cannot hold it.
        let is_placeholder = name.contains("sizes-are-equal-one-and-proof-is-empty")
            || name.contains("subtree-is-empty") && name.contains("tree-root-random");
        if accepted.is_none() && is_placeholder {
            println!("skipped: {name} (its hash is not 32 bytes)");
            continue;
        }
        tally.compare(&name, probe["wantErr"].as_bool().unwrap(), accepted != Some(true));
    }
    tally.finish();
}

#[test]
fn reference_roots() {
    let name = "merkle/rfc6962_reference_roots.json";
    let Some(reference) = corpus_json(name) else { return };
    let mut tally = Tally::new(name, &[]);
    let mut frontier = Frontier::new();
    tally.compare("empty", hex_hash(&reference["empty_root_hex"]), frontier.root());
    for (leaf, root) in list(&reference["leaves_hex"]).iter().zip(list(&reference["roots_hex"])) {
        frontier.append(&leaf_hash(&hex(leaf))).unwrap();
        tally.compare(&format!("{} leaves", frontier.size()), hex_hash(root), frontier.root());
    }
    let node = &reference["node"];
    let computed = node_hash(&hex_hash(&node["left"]), &hex_hash(&node["right"]));
    tally.compare("node", hex_hash(&node["hash"]), computed);
    let leaf = &reference["leaf"];
    tally.compare("leaf", hex_hash(&leaf["hash"]), leaf_hash(&hex(&leaf["data"])));
    tally.finish();
}

#[test]
fn a_real_proof_and_all_its_one_bit_changes() {
    let name = "merkle/real_pilot_inclusion.json";
    let Some(real) = corpus_json(name) else { return };
    let mut tally = Tally::new(name, &[]);
    let (index, size) = (number(&real, "leaf_index"), number(&real, "tree_size"));
    let leaf = leaf_hash(&hex(&real["leaf_input_hex"]));
    tally.compare("leaf hash", hex_hash(&real["leaf_hash"]), leaf);
    let mut proof: Vec<Hash> = list(&real["audit_path"]).iter().map(hex_hash).collect();
    let root = hex_hash(&real["root"]);
    let head = TreeHead { size, root };
    let accepts =
        |leaf: &Hash, index, proof: &[Hash], head: &TreeHead| verify_inclusion(leaf, index, proof, head).is_ok();
    tally.compare("as logged", true, accepts(&leaf, index, &proof, &head));
    for bit in 0..256 {
        tally.compare(&format!("leaf bit {bit}"), false, accepts(&flipped(leaf, bit), index, &proof, &head));
        let other = TreeHead { size, root: flipped(root, bit) };
        tally.compare(&format!("root bit {bit}"), false, accepts(&leaf, index, &proof, &other));
    }
    for i in 0..proof.len() {
        for bit in 0..256 {
            let original = proof[i];
            proof[i] = flipped(original, bit);
            tally.compare(&format!("proof {i} bit {bit}"), false, accepts(&leaf, index, &proof, &head));
            proof[i] = original;
        }
    }
    for bit in 0..64 {
        tally.compare(&format!("index bit {bit}"), false, accepts(&leaf, index ^ 1 << bit, &proof, &head));
    }
    tally.finish();
}

#[test]
fn tessera_log_at_all_sizes() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(folder) = corpus.path("merkle/tessera-log") else { return };
    let mut tally = Tally::new("merkle/tessera-log", &[]);
    let mut heads = Vec::new();
    for size in 0..=15_u16 {
        let text = std::fs::read_to_string(folder.join(format!("checkpoint.{size}"))).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], size.to_string());
        let head = TreeHead { size: size.into(), root: base64_hash(&Value::from(lines[2])).unwrap() };
        let edge = Tile::partial_of_tree(head.size);
        let tiles =
            HashTiles::new(&head, edge.map(|tile| (tile, std::fs::read(folder.join(tile.to_string())).unwrap())));
        let mut from_entries = Frontier::new();
        if let Some(bundle) = Tile::in_tree(TileKind::Entries, 0, head.size) {
            let bytes = std::fs::read(folder.join(bundle.to_string())).unwrap();
            for entry in bundle.entries(&bytes) {
                from_entries.append(&leaf_hash(entry.unwrap())).unwrap();
            }
        }
        tally.compare(&format!("root of hash tile, {size}"), Ok(head), tiles.map(|tiles| tiles.frontier().head()));
        tally.compare(&format!("root of entries, {size}"), head, from_entries.head());
        heads.push(head);
    }
    let leaves = hashes_of(&std::fs::read(folder.join("tile/0/000.p/15")).unwrap());
    let naive: Vec<[u8; 32]> = leaves.iter().map(|hash| hash.0).collect();
    for (new, head) in heads.iter().enumerate() {
        for (old, older) in heads[..=new].iter().enumerate() {
            let proof = if old == 0 { Vec::new() } else { ctlens_testkit::tree::consistency_proof(old, &naive[..new]) };
            let proof: Vec<Hash> = proof.into_iter().map(Hash).collect();
            tally.compare(&format!("{old} to {new}"), Ok(()), head.extends(older, &proof));
            tally.compare(&format!("{old} to {new}"), old > 0, verify_consistency(older, head, &proof).is_ok());
        }
    }
    tally.finish();
}

#[test]
fn leaf_hashes_of_real_tiles() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(folder) = corpus.path("merkle/sunlight-navigli2025h2") else { return };
    // Four full tiles: appending by the tile or by the leaf gives the same frontier.
    let leaves: Vec<Hash> = (0..4)
        .map(|index| Tile::new(TileKind::Hashes { level: 0 }, index, 256).unwrap().to_string())
        .flat_map(|path| hashes_of(&std::fs::read(folder.join(path)).unwrap()))
        .collect();
    let mut by_tile = Frontier::new();
    by_tile.extend(&leaves).unwrap();
    let naive: Vec<[u8; 32]> = leaves.iter().map(|hash| hash.0).collect();
    assert_eq!(by_tile.head(), TreeHead { size: 1024, root: Hash(ctlens_testkit::tree::root(&naive)) });
    println!("merkle/sunlight-navigli2025h2: root of 1024 leaf hashes agrees");

    // The partial tile 003.p/10 and the full one that has superseded it serve the same head.
    let partial: Tile = "tile/0/003.p/10".parse().unwrap();
    let head = TreeHead { size: 778, root: Hash(ctlens_testkit::tree::root(&naive[..778])) };
    let above: Vec<u8> = naive[..768].chunks(256).flat_map(ctlens_testkit::tree::root).collect();
    for tile in [partial, partial.to_full()] {
        let bytes = std::fs::read(folder.join(tile.to_string())).unwrap();
        let edge = [(tile, &bytes), ("tile/1/000.p/3".parse().unwrap(), &above)];
        assert_eq!(HashTiles::new(&head, edge).unwrap().head(), head, "{tile}");
    }
    println!("merkle/sunlight-navigli2025h2: 003.p/10 and 003 give the root of 778 leaf hashes");
}

#[test]
fn tile_paths() {
    let name = "merkle/tile_paths_tessera.json";
    let Some(cases) = corpus_json(name) else { return };
    let mut tally = Tally::new(name, &[]);
    for case in list(&cases["parse"]) {
        let path = format!("tile/{}/{}", text(case, "level"), text(case, "index"));
        let want = &case["want"];
        let expected = (!case["wantErr"].as_bool().unwrap()).then(|| {
            let level = u8::try_from(number(want, "level")).unwrap();
            (TileKind::Hashes { level }, number(want, "index"), width(number(want, "width")))
        });
        let parsed = path.parse::<Tile>().ok();
        tally.compare(&path, expected, parsed.map(|tile| (tile.kind(), tile.index(), tile.width())));
        if let Some(tile) = parsed {
            tally.compare(&path, path.clone(), tile.to_string());
        }
    }
    for case in list(&cases["format"]) {
        let kind = TileKind::Hashes { level: u8::try_from(number(case, "level")).unwrap() };
        let tile = Tile::new(kind, number(case, "index"), width(number(case, "partial"))).unwrap();
        tally.compare(text(case, "path"), text(case, "path"), tile.to_string());
    }
    for case in list(&cases["entries_path"]) {
        let product = |key| text(case, key).split(" * ").map(|factor| factor.parse::<u64>().unwrap()).product::<u64>();
        let tile = Tile::in_tree(TileKind::Entries, product("seq") / 256, product("log_size")).unwrap();
        tally.compare(text(case, "path"), text(case, "path"), tile.to_string());
    }
    tally.finish();
}

/// Go's checksum database has the height of its tiles in the path; ours is always 8, so only the shape can be compared.
#[test]
fn tile_paths_of_other_heights() {
    let name = "merkle/tile_paths_sumdb.json";
    let Some(cases) = corpus_json(name) else { return };
    let mut tally = Tally::new(name, &[]);
    for case in list(&cases["cases"]) {
        let path = text(case, "path");
        let (_, rest) = path.strip_prefix("tile/").unwrap().split_once('/').unwrap();
        let parsed = format!("tile/{rest}").parse::<Tile>().ok();
        let tile = &case["tile"];
        tally.compare(path, tile["N"].as_u64(), parsed.map(|tile| tile.index()));
        if let Some(parsed) = parsed {
            tally.compare(path, tile["L"] == -1, parsed.kind() == TileKind::Data);
            let full = 1 << number(tile, "H");
            let expected = if number(tile, "W") == full { 256 } else { number(tile, "W") };
            tally.compare(path, expected, u64::from(parsed.width()));
        }
    }
    tally.finish();
}

/// A width of 0 stands for a full tile there.
fn width(width: u64) -> u16 {
    if width == 0 { 256 } else { u16::try_from(width).unwrap() }
}

fn flipped(mut hash: Hash, bit: usize) -> Hash {
    hash.0[bit / 8] ^= 1 << (bit % 8);
    hash
}

fn hashes_of(bytes: &[u8]) -> Vec<Hash> {
    let (hashes, rest) = bytes.as_chunks();
    assert!(rest.is_empty());
    hashes.iter().copied().map(Hash).collect()
}

fn corpus_json(name: &str) -> Option<Value> {
    Some(read_json(&Corpus::open()?.path(name)?))
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or_else(|| panic!("{key} in {value}"))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} in {value}"))
}

fn base64_hash(value: &Value) -> Option<Hash> {
    Some(Hash(Base64::decode_vec(value.as_str()?).unwrap().try_into().ok()?))
}

fn base64_proof(probe: &Value) -> Option<Vec<Hash>> {
    probe["proof"].as_array().map_or(Some(Vec::new()), |proof| proof.iter().map(base64_hash).collect())
}

fn hex(value: &Value) -> Vec<u8> {
    let (pairs, rest) = value.as_str().unwrap().as_bytes().as_chunks::<2>();
    assert!(rest.is_empty());
    pairs.iter().map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn hex_hash(value: &Value) -> Hash {
    Hash(hex(value).try_into().unwrap())
}
