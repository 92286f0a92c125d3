//! Agreement with proofs, roots, tiles and paths that others made. See CONTRIBUTING.md for `CTLENS_CORPUS`.

use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding};
use ctlens_merkle::{
    Frontier, Hash, Tile, TileKind, TreeHead, leaf_hash, node_hash, verify_consistency, verify_inclusion,
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

/// `accepts` is `None` where the probe has hashes that are not 32 bytes long: such a proof ends at decoding.
fn probes(folder: &str, accepts: impl Fn(&Value) -> Option<bool>) {
    let Some(folder) = Corpus::open().and_then(|corpus| corpus.path(folder)) else { return };
    let mut tally = Tally::new(&folder.display().to_string(), &[]);
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
        let mut from_tile = Frontier::new();
        let mut from_entries = Frontier::new();
        if let Ok(tile) = Tile::new(TileKind::Hashes { level: 0 }, 0, size) {
            let hashes = std::fs::read(folder.join(tile.to_string())).unwrap();
            from_tile.extend(&hashes_of(&hashes)).unwrap();
            let bundle = tile.counterpart(TileKind::Entries).unwrap();
            let mut bytes = &std::fs::read(folder.join(bundle.to_string())).unwrap()[..];
            while let Some((length, rest)) = bytes.split_first_chunk() {
                let (entry, rest) = rest.split_at(u16::from_be_bytes(*length).into());
                from_entries.append(&leaf_hash(entry)).unwrap();
                bytes = rest;
            }
        }
        tally.compare(&format!("root of hash tile, {size}"), head, from_tile.head());
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
