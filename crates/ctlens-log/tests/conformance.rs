//! Real checkpoints, tree heads, tiles and entries.

use std::collections::BTreeMap;
use std::path::Path;

use base64ct::{Base64, Encoding};
use ctlens_log::{
    Checkpoint, CheckpointError, DecodeErrorKind, ExtraData, LogEntry, MerkleTreeLeaf, NoteError, SignedNote,
    SignedTreeHead, TileLeaf, TileLeaves, TreeHeadError, VerifierKey,
};
use ctlens_loglist::{LogKey, UnixMillis, VerifyError};
use ctlens_merkle::{Hash, TreeHead};
use ctlens_testkit::{Corpus, KnownDifference, Tally, checkpoint_key_id, tree::sha256};
use serde_json::Value;

/// The signature lines of each note: which are of known keys, and what they say.
#[test]
fn real_checkpoints() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(json) = read(&corpus, "merkle/real_checkpoints.json") else { return };
    let mut tally = Tally::new("merkle/real_checkpoints, signature lines", &[]);
    for case in items(&json["checkpoints"]) {
        let name = text(&case["name"]);
        let keys: Vec<VerifierKey> = items(&case["keys"]).map(verifier_key).collect();
        let note = SignedNote::parse(text(&case["note"]).as_bytes()).unwrap();
        let checkpoint = Checkpoint::parse(note.text()).unwrap();
        assert_eq!(checkpoint.origin(), text(&case["origin"]), "{name}");
        assert_eq!(checkpoint.head(), TreeHead { size: case["size"].as_u64().unwrap(), root: hash(&case["root"]) });

        let lines = items(&case["signatures"]);
        assert_eq!(note.signatures().len(), lines.len(), "{name}");
        let verified = match note.verify(&keys) {
            Ok(verified) => verified,
            Err(NoteError::NoKnownSignature { .. }) => Vec::new(),
            Err(error) => panic!("{name}: {error}"),
        };
        let mut verified = verified.iter();
        for (line, signature) in lines.zip(note.signatures()) {
            let key_id = signature.key_id.map(|octet| format!("{octet:02x}")).concat();
            assert_eq!((signature.name, &*key_id), (text(&line["key_name"]), text(&line["key_id"])), "{name}");
            let case = format!("{name}, {} {key_id}", signature.name);
            let is_known = text(&line["status"]) == "ok";
            let got = is_known.then(|| verified.next().unwrap());
            let is_right = got.is_none_or(|got| {
                let millis = match line["type"].as_str() {
                    Some("0x05") => line["timestamp"].as_u64(),
                    Some("0x04") => line["timestamp"].as_u64().map(|seconds| seconds * 1000),
                    _ => None,
                };
                (got.key.name(), got.key.id(), got.timestamp)
                    == (signature.name, signature.key_id, millis.map(UnixMillis))
            });
            tally.case(&case, is_right, || format!("{got:?}"));
        }
        assert_eq!(verified.next(), None, "{name}");

        // Of a note that verifies, none with another text does.
        if !keys.is_empty() {
            let changed = text(&case["note"]).replacen('\n', "x\n", 1);
            assert!(SignedNote::parse(changed.as_bytes()).unwrap().verify(&keys).is_err(), "{name}");
        }
    }
    tally.finish();
}

fn verifier_key(key: &Value) -> VerifierKey {
    let (name, octets) = (text(&key["name"]), base64(&key["key_b64"]));
    let log_key = || LogKey::from_spki_der(&octets).unwrap();
    match key["type"].as_u64() {
        Some(1) => VerifierKey::ed25519(name, octets.as_slice().try_into().unwrap()),
        Some(2) => VerifierKey::ecdsa(name, log_key()),
        Some(4) => VerifierKey::cosignature_v1(name, octets.as_slice().try_into().unwrap()),
        Some(5) => VerifierKey::rfc6962(name, log_key()),
        other => panic!("{name}: type {other:?}"),
    }
    .unwrap()
}

/// The bodies there have roots of any length, which this crate refuses: each is also tried with a root of 32 octets.
#[test]
fn checkpoint_bodies() {
    const LISTED: &[KnownDifference] = &[KnownDifference {
        case: "valid with trailing newlines",
        cause: "C2SP tlog-checkpoint, Note text: extension lines \"MUST be non-empty\"; the oracle ignores what follows",
    }];
    let Some(corpus) = Corpus::open() else { return };
    let Some(json) = read(&corpus, "merkle/checkpoint_body_formats.json") else { return };
    let mut tally = Tally::new("merkle/checkpoint_body_formats", LISTED);
    for case in items(&json["cases"]) {
        let (name, body) = (text(&case["desc"]), text(&case["body"]));
        let is_bad = case["wantErr"].as_bool().unwrap();
        let mut lines: Vec<&str> = body.split('\n').collect();
        let root = Base64::encode_string(&[7; 32]);
        if let Some(third) = lines.get_mut(2)
            && let Ok(octets) = Base64::decode_vec(third)
            && !octets.is_empty()
        {
            if !is_bad && !LISTED.iter().any(|listed| listed.case == name) {
                let wrong_length = CheckpointError::RootLength { octets: octets.len() };
                assert_eq!(Checkpoint::parse(body), Err(wrong_length), "{name}");
            }
            *third = &root;
        }
        tally.compare(name, is_bad, Checkpoint::parse(&lines.join("\n")).is_err());
    }
    tally.finish();
}

#[test]
fn checkpoints_of_certspotter() {
    const LISTED: &[KnownDifference] = &[KnownDifference {
        case: "accept 5",
        cause: "C2SP signed-note, Format: a signature line has a space between name and signature; the oracle skips the line",
    }];
    let Some(corpus) = Corpus::open() else { return };
    let Some(json) = read(&corpus, "merkle/checkpoint_parse_certspotter.json") else { return };
    let log_id: [u8; 32] = hex(text(&json["log_id_hex"])).try_into().unwrap();
    let mut tally = Tally::new("merkle/checkpoint_parse_certspotter", LISTED);
    for (verdict, is_good) in [("accept", true), ("reject", false)] {
        for (index, note) in items(&json[verdict]).enumerate() {
            let accepts = SignedNote::parse(text(note).as_bytes()).is_ok_and(|note| {
                let by_log = |origin: &str| {
                    let key_id = checkpoint_key_id(origin, &log_id);
                    note.signatures().iter().any(|line| line.name == origin && line.key_id == key_id)
                };
                Checkpoint::parse(note.text()).is_ok_and(|checkpoint| by_log(checkpoint.origin()))
            });
            tally.compare(&format!("{verdict} {index}"), is_good, accepts);
        }
    }
    tally.finish();
}

#[test]
fn real_tree_heads() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(json) = read(&corpus, "merkle/real_sths.json") else { return };
    let mut tally = Tally::new("merkle/real_sths", &[]);
    for case in items(&json["sths"]) {
        let name = text(&case["name"]);
        let key = LogKey::from_spki_der(&base64(&case["key_spki_b64"])).unwrap();
        let signed = tree_head(case, &key);
        tally.compare(name, case["verified_here"].as_bool(), Some(signed.is_ok()));
        let Ok(signed) = signed else { continue };
        // As a checkpoint it says the same.
        let note = signed.to_checkpoint("some.example/log");
        let again = SignedTreeHead::from_checkpoint(note.as_bytes(), "some.example/log", &key);
        assert_eq!(again, Ok(signed), "{name}");
        let mut changed = case.clone();
        changed["tree_size"] = (case["tree_size"].as_u64().unwrap() + 1).into();
        assert_eq!(tree_head(&changed, &key), Err(TreeHeadError::Key(VerifyError::Mismatch)), "{name}");
    }
    tally.finish();
}

fn tree_head(sth: &Value, key: &LogKey) -> Result<SignedTreeHead, TreeHeadError> {
    let head = TreeHead { size: sth["tree_size"].as_u64().unwrap(), root: hash(&sth["sha256_root_hash"]) };
    let timestamp = UnixMillis(sth["timestamp"].as_u64().unwrap());
    SignedTreeHead::new(key, timestamp, head, &base64(&sth["tree_head_signature"]))
}

/// Every entry of the data tiles has the hash that stands in the tile of leaf hashes, and its own index.
#[test]
fn navigli_tiles() {
    let Some(corpus) = Corpus::open() else { return };
    for folder in ["merkle/sunlight-navigli2025h2", "sct/static-ct/navigli2025h2"] {
        let Some(folder_path) = corpus.path(folder) else { continue };
        let mut tally = Tally::new(&format!("{folder}, leaf hashes"), &[]);
        for (path, data) in data_tiles(&folder_path.join("tile/data")) {
            let hashes = std::fs::read(folder_path.join("tile/0").join(&path)).unwrap();
            let index: u64 = path[..3].parse().unwrap();
            let leaves: Vec<TileLeaf<'_>> = TileLeaves::new(&data).map(|leaf| leaf.unwrap()).collect();
            assert_eq!(leaves.len() * 32, hashes.len(), "{path}");
            for ((index, leaf), hash) in (index * 256..).zip(&leaves).zip(hashes.chunks(32)) {
                tally.compare(&format!("{path} {index}"), hash, leaf.leaf_hash().as_ref());
                assert_eq!(leaf.timestamped_entry().check_leaf_index(index), Ok(()));
                assert!(leaf.timestamped_entry().entry.tbs().is_ok());
            }
        }
        tally.finish();
    }
}

/// The tiles of a folder by path, partial ones included.
fn data_tiles(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut tiles = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            let inner = data_tiles(&entry.path());
            tiles.extend(inner.into_iter().map(|(path, octets)| (format!("{name}/{path}"), octets)));
        } else {
            tiles.insert(name, std::fs::read(entry.path()).unwrap());
        }
    }
    tiles
}

#[test]
fn navigli_entries() {
    let Some(corpus) = Corpus::open() else { return };
    let folder = "sct/static-ct/navigli2025h2";
    let Some(rows) = read(&corpus, &format!("{folder}/expected.json")) else { return };
    let mut tally = Tally::new(&format!("{folder}/expected"), &[]);
    let mut rows = items(&rows);
    for (path, data) in data_tiles(&corpus.folder().join(folder).join("tile/data")) {
        for leaf in TileLeaves::new(&data) {
            let (leaf, row) = (leaf.unwrap(), rows.next().unwrap());
            let entry = leaf.timestamped_entry();
            let (entry_type, issuer_key_hash) = type_and_key(&entry.entry);
            let chain: Vec<String> = leaf.unauthenticated_chain().unwrap().iter().map(to_hex).collect();
            let computed = serde_json::json!({
                "leaf_index": entry.leaf_index().unwrap(),
                "timestamp_ms": entry.timestamp.0,
                "entry_type": entry_type,
                "issuer_key_hash": issuer_key_hash,
                "extensions": to_hex(&entry.extensions),
                "tbs_sha256": to_hex(&sha256(entry.entry.octets())),
                "precert_sha256": leaf.unauthenticated_precertificate().map(|octets| to_hex(&sha256(octets))),
                "chain": chain,
                "leaf_hash": leaf.leaf_hash().to_string(),
            });
            let case = format!("{path} {}", row["leaf_index"]);
            tally.case(&case, is_part_of(&computed, row), || format!("oracle {row}, computed {computed}"));
        }
    }
    assert!(rows.next().is_none());
    tally.finish();
}

/// There is no oracle for it: it must be taken apart without rest, and its indices must follow each other.
#[test]
fn tesseract_tile() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(data) = corpus.read("merkle/tesseract/example_tile") else { return };
    let leaves: Vec<TileLeaf<'_>> = TileLeaves::new(&data).map(|leaf| leaf.unwrap()).collect();
    let indices: Vec<u64> = leaves.iter().map(|leaf| leaf.timestamped_entry().leaf_index().unwrap().unwrap()).collect();
    assert!(indices.windows(2).all(|pair| pair[1] == pair[0] + 1), "{indices:?}");
    assert!(leaves.iter().all(|leaf| leaf.timestamped_entry().entry.tbs().is_ok()));
    println!("merkle/tesseract/example_tile: {} entries from {:?}", leaves.len(), indices.first());
}

#[test]
fn rfc6962_entries() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(lines) = corpus.read_text("sct/rfc6962_entries.jsonl") else { return };
    let mut tally = Tally::new("sct/rfc6962_entries", &[]);
    for (number, line) in lines.lines().enumerate() {
        let row: Value = serde_json::from_str(line).unwrap();
        let (input, extra) = (base64(&row["leaf_input"]), base64(&row["extra_data"]));
        let leaf = MerkleTreeLeaf::from_bytes(&input).unwrap();
        let entry = leaf.timestamped_entry();
        let (entry_type, issuer_key_hash) = type_and_key(&entry.entry);
        let extra = ExtraData::from_bytes(&entry.entry, &extra).unwrap();
        assert_eq!(extra.unauthenticated_precertificate().is_some(), entry_type == 1);
        let computed = serde_json::json!({
            "timestamp_ms": entry.timestamp.0,
            "entry_type": entry_type,
            "issuer_key_hash": issuer_key_hash,
            "extensions": to_hex(&entry.extensions),
            "leaf_hash": leaf.leaf_hash().to_string(),
            "chain_len": extra.unauthenticated_chain().collect::<Result<Vec<_>, _>>().unwrap().len(),
        });
        assert!(leaf.trailing().is_empty() && entry.entry.tbs().is_ok());
        tally.case(&format!("line {}", number + 1), is_part_of(&computed, &row), || format!("{computed}"));
    }
    tally.finish();
}

#[test]
fn rfc6962_responses() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(json) = read(&corpus, "merkle/rfc6962_responses.json") else { return };
    let responses = &json["responses"];
    let (mut x509, mut precert) = (0, 0);
    for entry in items(&responses["get_entries"]["entries"]).chain([&responses["get_entry_and_proof"]]) {
        let (input, extra) = (base64(&entry["leaf_input"]), base64(&entry["extra_data"]));
        let leaf = MerkleTreeLeaf::from_bytes(&input).unwrap();
        match leaf.timestamped_entry().entry {
            LogEntry::X509 { .. } => x509 += 1,
            LogEntry::Precert { .. } => precert += 1,
        }
        assert!(leaf.timestamped_entry().entry.tbs().is_ok());
        // The extra data of get-entry-and-proof are invented there: the word "Extra".
        let is_real = extra != b"Extra\n";
        assert_eq!(ExtraData::from_bytes(&leaf.timestamped_entry().entry, &extra).is_ok(), is_real);
    }
    println!("merkle/rfc6962_responses: {} entries, {x509} certificates, {precert} precertificates", x509 + precert);

    // The tree head there is that of Google's Pilot, whose key is in another file.
    let Some(sths) = read(&corpus, "merkle/real_sths.json") else { return };
    let sth = &responses["get_sth"];
    let key = items(&sths["sths"]).find(|other| other["sha256_root_hash"] == sth["sha256_root_hash"]).unwrap();
    let key = LogKey::from_spki_der(&base64(&key["key_spki_b64"])).unwrap();
    assert!(tree_head(sth, &key).is_ok());
}

/// Of the bad responses, those that are JSON with base64: what is in it must be refused by this crate. (The others are
/// refused by whatever reads JSON.)
#[test]
fn rfc6962_bad_responses() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(json) = read(&corpus, "merkle/rfc6962_bad_responses.json") else { return };
    let key = LogKey::from_spki_der(ctlens_testkit::Key::new(1, "any").spki_der()).unwrap();
    let mut tally = Tally::new("merkle/rfc6962_bad_responses, with binary content", &[]);
    for (number, case) in items(&json["cases"]).enumerate() {
        let Ok(body) = serde_json::from_str::<Value>(text(&case["body"])) else { continue };
        let octets = |value: &Value| value.as_str().and_then(|text| Base64::decode_vec(text).ok());
        let entries = body["entries"].as_array().into_iter().flatten().chain([&body]);
        for input in entries.filter_map(|entry| octets(&entry["leaf_input"])) {
            tally.case(&format!("{number}"), MerkleTreeLeaf::from_bytes(&input).is_err(), || "accepted".into());
        }
        if let (Some(root), Some(signature)) = (octets(&body["sha256_root_hash"]), octets(&body["tree_head_signature"]))
        {
            let (size, timestamp) = (body["tree_size"].as_u64().unwrap(), body["timestamp"].as_u64().unwrap());
            let error = root.try_into().ok().map(|root| {
                let head = TreeHead { size, root: Hash(root) };
                SignedTreeHead::new(&key, UnixMillis(timestamp), head, &signature).unwrap_err()
            });
            let is_right = match (text(&case["want"]), &error) {
                ("tls: syntax error", Some(TreeHeadError::Encoding(error))) => {
                    matches!(error.kind, DecodeErrorKind::Truncated { .. })
                }
                ("trailing data", Some(TreeHeadError::Encoding(error))) => {
                    matches!(error.kind, DecodeErrorKind::TrailingData { .. })
                }
                ("hash is invalid length", None) => true,
                _ => false,
            };
            tally.case(&format!("{number}"), is_right, || format!("{case}: {error:?}"));
        }
    }
    tally.finish();
}

/// Two real failures: all the heads are signed, so that only the entries or a proof can show what is wrong.
#[test]
fn heads_of_failed_logs() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(json) = read(&corpus, "logs/log-failures.json") else { return };
    let mut tally = Tally::new("logs/log-failures, tree heads", &[]);
    for failure in items(&json) {
        let key = LogKey::from_spki_der(&base64(&failure["log_key_spki"])).unwrap();
        assert_eq!(key.log_id().to_base64(), text(&failure["log_id"]));
        for sth in items(&failure["sths"]) {
            let case = format!("{} {}", failure["id"], sth["tree_size"]);
            tally.compare(&case, sth["signature_valid"].as_bool(), Some(tree_head(sth, &key).is_ok()));
        }
    }
    tally.finish();
}

fn type_and_key(entry: &LogEntry<'_>) -> (u8, Option<String>) {
    match entry {
        LogEntry::X509 { .. } => (0, None),
        LogEntry::Precert { issuer_key_hash, .. } => (1, Some(to_hex(issuer_key_hash))),
    }
}

fn is_part_of(part: &Value, whole: &Value) -> bool {
    part.as_object().unwrap().iter().all(|(field, value)| whole[field] == *value)
}

fn read(corpus: &Corpus, name: &str) -> Option<Value> {
    corpus.read(name).map(|octets| serde_json::from_slice(&octets).unwrap())
}

fn items(array: &Value) -> std::slice::Iter<'_, Value> {
    array.as_array().unwrap().iter()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn base64(value: &Value) -> Vec<u8> {
    Base64::decode_vec(text(value)).unwrap()
}

fn hash(value: &Value) -> Hash {
    Hash(base64(value).try_into().unwrap())
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn to_hex(octets: &impl AsRef<[u8]>) -> String {
    octets.as_ref().iter().map(|octet| format!("{octet:02x}")).collect()
}
