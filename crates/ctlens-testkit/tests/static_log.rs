//! The log writer: what a log of each size serves, and what a misbehaving one does.

use std::collections::BTreeSet;

use base64ct::{Base64, Encoding};
use ctlens_testkit::{
    Ca, CertificateBuilder, Key, ListedLog, LogEntry, LogFiles, Misbehaviour, Name, SignedEntry, StaticLog, TestLog,
    chrome_log_list, leaf_index_extension, sct_list, tree,
};
use serde_json::{Value, json};

const NOW_MS: u64 = 1_756_857_600_000;

fn small_log(entries: u64) -> StaticLog {
    let entries = (0..entries).map(|index| LogEntry::certificate(index, index, index.to_be_bytes().to_vec(), &[]));
    StaticLog::new(TestLog::new(1, "log.example/2025"), entries.collect(), [])
}

fn paths(files: &LogFiles) -> BTreeSet<&str> {
    files.iter().map(|(path, _)| path).collect()
}

/// The example of static-ct-api, "Partial Tiles": a tree of size 70,000.
#[test]
fn tiles_of_the_example_of_the_standard() {
    let log = small_log(70_000);
    let files = log.files(70_000, NOW_MS);
    let of =
        |prefix: &str| -> Vec<&str> { paths(&files).into_iter().filter(|path| path.starts_with(prefix)).collect() };
    assert_eq!(of("tile/0/").len(), 274);
    assert_eq!(files.get("tile/0/273.p/112").map(<[u8]>::len), Some(112 * 32));
    assert_eq!(files.get("tile/0/272").map(<[u8]>::len), Some(8_192));
    assert_eq!(of("tile/1/"), ["tile/1/000", "tile/1/001.p/17"]);
    assert_eq!(files.get("tile/1/001.p/17").map(<[u8]>::len), Some(17 * 32));
    assert_eq!(of("tile/2/"), ["tile/2/000.p/1"]);
    assert_eq!(of("tile/data/").len(), 274);
    assert!(of("tile/3/").is_empty());
    // "a tree of size 256 will be represented by a full level 0 tile and a partial level 1 tile of width 1".
    let of_256 = log.files(256, NOW_MS);
    let expected = ["checkpoint", "log.v3.json", "tile/0/000", "tile/1/000.p/1", "tile/data/000"];
    assert_eq!(paths(&of_256), expected.into_iter().collect());
    assert_eq!(paths(&log.files(0, NOW_MS)), ["checkpoint", "log.v3.json"].into_iter().collect());
}

/// Each level's hashes are the recursive tree's over the level-0 hashes, and so is the checkpoint's root.
#[test]
fn tiles_hold_the_tree() {
    let log = small_log(600);
    let files = log.files(600, NOW_MS);
    let leaves: Vec<tree::Hash> = log.entries().iter().map(LogEntry::leaf_hash).collect();
    let level_0 = [files.get("tile/0/000"), files.get("tile/0/001"), files.get("tile/0/002.p/88")];
    assert_eq!(level_0.map(Option::unwrap).concat(), leaves.concat());
    let level_1: Vec<u8> = leaves.chunks_exact(256).flat_map(tree::root).collect();
    assert_eq!(files.get("tile/1/000.p/2"), Some(&level_1[..]));
    assert_eq!(log.root(600), tree::root(&leaves));
}

/// A checkpoint, taken apart line by line, names this log and bears its signature over this tree head.
#[test]
fn checkpoints_are_signed_tree_heads() {
    let log = small_log(300);
    let (key, root) = (log.log().key(), log.root(300));
    let (head, signature) = verified_checkpoint(&log.checkpoint(300, NOW_MS), log.log());
    assert_eq!((head.0, &head.1[..]), (300, &root[..]));
    let signed = [&[0, 1], &NOW_MS.to_be_bytes()[..], &300u64.to_be_bytes(), &root].concat();
    assert!(key.verifies(&signed, &signature));
}

/// Size, root and signature of a note of three lines, an empty one and a signature line.
fn verified_checkpoint(note: &str, log: &TestLog) -> ((u64, Vec<u8>), Vec<u8>) {
    let lines: Vec<&str> = note.split('\n').collect();
    let [origin, size, root, "", signature, ""] = lines[..] else { panic!("{note:?}") };
    assert_eq!(origin, log.origin());
    let signature = signature.strip_prefix(&format!("\u{2014} {origin} ")).unwrap();
    let signature = Base64::decode_vec(signature).unwrap();
    let key_id = tree::sha256(&[origin.as_bytes(), b"\n\x05", &log.id()].concat());
    assert_eq!(signature[..4], key_id[..4]);
    assert_eq!(signature[4..12], NOW_MS.to_be_bytes());
    assert_eq!(signature[12..14], [4, 3]);
    assert_eq!(usize::from(signature[14]) << 8 | usize::from(signature[15]), signature.len() - 16);
    ((size.parse().unwrap(), Base64::decode_vec(root).unwrap()), signature[16..].to_vec())
}

#[test]
fn each_misbehaviour_changes_only_what_it_says() {
    let log = small_log(300);
    let honest = log.files(300, NOW_MS);
    let cases: &[(Misbehaviour, &[&str])] = &[
        (Misbehaviour::FlippedBit { entry: 299, octet: 0 }, &["tile/data/001.p/44"]),
        (Misbehaviour::FlippedBit { entry: 7, octet: 10 }, &["tile/data/000"]),
        (Misbehaviour::WrongRoot, &["checkpoint"]),
        (Misbehaviour::WrongSignature, &["checkpoint"]),
        (Misbehaviour::MissingFile("tile/0/000".to_owned()), &["tile/0/000"]),
        (
            Misbehaviour::WrongLeafIndex { entry: 3, claimed: 4 },
            &["checkpoint", "tile/0/000", "tile/1/000.p/1", "tile/data/000"],
        ),
    ];
    for (misbehaviour, expected) in cases {
        let served = log.misbehaving_files(300, NOW_MS, misbehaviour);
        let changed: Vec<&str> =
            paths(&honest).into_iter().filter(|path| honest.get(path) != served.get(path)).collect();
        assert_eq!(changed, *expected, "{misbehaviour:?}");
    }
}

#[test]
fn a_flipped_bit_is_in_the_entry_named() {
    let log = small_log(300);
    let honest = log.files(300, NOW_MS);
    let served = log.misbehaving_files(300, NOW_MS, &Misbehaviour::FlippedBit { entry: 2, octet: 9 });
    let tiles = honest.get("tile/data/000").unwrap().iter().zip(served.get("tile/data/000").unwrap());
    let differing: Vec<usize> = tiles.enumerate().filter(|(_, (a, b))| a != b).map(|(place, _)| place).collect();
    assert_eq!(differing, [2 * log.entries()[0].tile_leaf().len() + 9]);
}

#[test]
fn a_wrong_signature_and_a_wrong_root_are_wrong() {
    let log = small_log(20);
    let note = |misbehaviour| {
        let files = log.misbehaving_files(20, NOW_MS, &misbehaviour);
        String::from_utf8(files.get("checkpoint").unwrap().to_vec()).unwrap()
    };
    let valid = |note: &str| {
        let ((size, root), signature) = verified_checkpoint(note, log.log());
        let signed = [&[0, 1], &NOW_MS.to_be_bytes()[..], &size.to_be_bytes(), &root].concat();
        (log.log().key().verifies(&signed, &signature), root == log.root(20))
    };
    assert_eq!(valid(&log.checkpoint(20, NOW_MS)), (true, true));
    assert_eq!(valid(&note(Misbehaviour::WrongSignature)), (false, true));
    assert_eq!(valid(&note(Misbehaviour::WrongRoot)), (true, false));
}

/// An entry as RFC 6962 §3.4 and static-ct-api draw it, octet by octet.
#[test]
fn entries_are_written_as_the_standards_draw_them() {
    let entry = LogEntry {
        timestamp_ms: 0x0102_0304_0506_0708,
        entry: SignedEntry::Precert { issuer_key_hash: [0xaa; 32], tbs: vec![0x30, 0] },
        extensions: leaf_index_extension(0x01_0000_0002),
        precertificate: Some(vec![0x30, 1, 5]),
        chain: vec![[0xbb; 32], [0xcc; 32]],
    };
    let timestamped =
        [&[1, 2, 3, 4, 5, 6, 7, 8, 0, 1][..], &[0xaa; 32], &[0, 0, 2, 0x30, 0], &[0, 8, 0, 0, 5, 1, 0, 0, 0, 2]]
            .concat();
    assert_eq!(entry.merkle_tree_leaf(), [&[0, 0], &timestamped[..]].concat());
    assert_eq!(entry.leaf_hash(), tree::sha256(&[&[0, 0, 0], &timestamped[..]].concat()));
    let rest = [&[0, 0, 3, 0x30, 1, 5, 0, 64][..], &[0xbb; 32], &[0xcc; 32]].concat();
    assert_eq!(entry.tile_leaf(), [timestamped, rest].concat());
    let x509 = LogEntry::certificate(0, 9, vec![0x30, 0], &[]);
    assert_eq!(x509.tile_leaf(), [0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 2, 0x30, 0, 0, 8, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]);
}

/// An SCT, taken apart by RFC 6962 §3.2, bears the log's signature over the precertificate entry.
#[test]
fn scts_are_signed_over_the_precertificate_entry() {
    let ca = Ca::root(Key::new(1, "ca"), &Name::new().common_name("Test CA"), 0, 1 << 32);
    let log = TestLog::new(1, "log.example/2025");
    let builder = CertificateBuilder::leaf(Key::new(1, "leaf").spki_der()).dns("a.example");
    let issued = builder.issue(&ca, |entry| vec![log.sign_sct(entry, NOW_MS, &leaf_index_extension(5))]);
    let sct = issued.scts[0].encode();
    assert_eq!(sct[0], 0);
    assert_eq!(sct[1..33], log.key().spki_sha256());
    assert_eq!(sct[33..41], NOW_MS.to_be_bytes());
    assert_eq!(sct[41..51], [0, 8, 0, 0, 5, 0, 0, 0, 0, 5]);
    assert_eq!(sct[51..53], [4, 3]);
    let signature = &sct[55..];
    assert_eq!(usize::from(sct[54]), signature.len());
    let tbs = builder.precert_tbs(&ca);
    let length = u16::try_from(tbs.len()).unwrap().to_be_bytes();
    let signed = [
        &[0, 0][..],
        &NOW_MS.to_be_bytes(),
        &[0, 1],
        &ca.key().spki_sha256(),
        &[0, length[0], length[1]],
        &tbs,
        &[0, 8, 0, 0, 5, 0, 0, 0, 0, 5],
    ]
    .concat();
    assert!(log.key().verifies(&signed, signature));
    // SignedCertificateTimestampList: the list's length, the item's length, the item.
    let list = sct_list(std::slice::from_ref(&sct));
    let item = u16::try_from(sct.len()).unwrap();
    assert_eq!(list, [&(item + 2).to_be_bytes()[..], &item.to_be_bytes(), &sct].concat());
}

#[test]
fn a_log_list_has_the_form_of_chromes() {
    let logs = ["a.example/2025", "b.example/2025", "c.example/2025"].map(|origin| TestLog::new(1, origin));
    let listed = [
        ListedLog { temporal_interval: Some((0, 86_400)), ..ListedLog::usable(&logs[0], "Operator \"A\"", 1) },
        ListedLog { tiled: false, previous_operators: &[("Old", 60)], ..ListedLog::usable(&logs[1], "B", 0) },
        ListedLog {
            state: "readonly",
            final_tree_head: Some((7, [0; 32])),
            ..ListedLog::usable(&logs[2], "Operator \"A\"", 0)
        },
    ];
    let list: Value = serde_json::from_str(&chrome_log_list("1.2", 1_756_857_600, &listed)).unwrap();
    assert_eq!(list["version"], "1.2");
    assert_eq!(list["log_list_timestamp"], "2025-09-03T00:00:00Z");
    let [a, b] = &list["operators"].as_array().unwrap()[..] else { panic!("{list}") };
    assert_eq!((&a["name"], &b["name"]), (&json!("Operator \"A\""), &json!("B")));
    assert_eq!(a["logs"], json!([]));
    assert_eq!(a["tiled_logs"][0]["submission_url"], "https://a.example/2025/");
    assert_eq!(a["tiled_logs"][0]["state"], json!({"usable": {"timestamp": "1970-01-01T00:00:01Z"}}));
    let interval = json!({"start_inclusive": "1970-01-01T00:00:00Z", "end_exclusive": "1970-01-02T00:00:00Z"});
    assert_eq!(a["tiled_logs"][0]["temporal_interval"], interval);
    assert_eq!(a["tiled_logs"][1]["state"]["readonly"]["final_tree_head"]["tree_size"], 7);
    assert_eq!(b["logs"][0]["url"], "https://b.example/2025/");
    assert_eq!(b["logs"][0]["previous_operators"], json!([{"name": "Old", "end_time": "1970-01-01T00:01:00Z"}]));
}
