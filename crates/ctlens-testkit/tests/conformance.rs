//! The log writer against real logs: what it writes for their entries is what they serve.

use base64ct::{Base64, Encoding};
use ctlens_testkit::{Corpus, LogEntry, SignedEntry, Tally, checkpoint_key_id, tree};
use serde_json::Value;

/// Every entry of the real data tiles, taken apart here and written again, is the same octets, and its leaf hash is the
/// one in the level-0 tile.
#[test]
fn data_tiles_of_a_real_log() {
    let Some(corpus) = Corpus::open() else { return };
    let mut tally = Tally::new("merkle/sunlight-navigli2025h2/tile", &[]);
    for tile in ["000", "001", "002", "003", "003.p/10"] {
        let log = "merkle/sunlight-navigli2025h2/tile";
        let (Some(data), Some(hashes)) =
            (corpus.read(&format!("{log}/data/{tile}")), corpus.read(&format!("{log}/0/{tile}")))
        else {
            continue;
        };
        let mut rest = &data[..];
        for (index, hash) in hashes.chunks(32).enumerate() {
            let before = rest;
            let entry = take_tile_leaf(&mut rest);
            let octets = &before[..before.len() - rest.len()];
            let same = entry.tile_leaf() == octets && entry.leaf_hash()[..] == *hash;
            tally.case(&format!("{tile} {index}"), same, || format!("{entry:?}"));
        }
        assert!(rest.is_empty(), "{tile}: {} octets follow the last entry", rest.len());
    }
    tally.finish();
}

/// The ids of real checkpoint keys of type 0x05.
#[test]
fn key_ids_of_real_checkpoints() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(text) = corpus.read_text("merkle/real_checkpoints.json") else { return };
    let mut tally = Tally::new("merkle/real_checkpoints.json", &[]);
    let all: Value = serde_json::from_str(&text).unwrap();
    for checkpoint in all["checkpoints"].as_array().unwrap() {
        let signatures = checkpoint["signatures"].as_array().unwrap();
        for signature in signatures.iter().filter(|signature| signature["type"] == "0x05") {
            let name = signature["key_name"].as_str().unwrap();
            let keys = checkpoint["keys"].as_array().unwrap().iter();
            let ids: Vec<String> = keys
                .filter(|key| key["type"] == 5 && key["name"] == name)
                .map(|key| {
                    let spki = Base64::decode_vec(key["key_b64"].as_str().unwrap()).unwrap();
                    u32::from_be_bytes(checkpoint_key_id(name, &tree::sha256(&spki)))
                })
                .map(|id| format!("{id:08x}"))
                .collect();
            let expected = signature["key_id"].as_str().unwrap();
            tally.case(name, ids.iter().any(|id| id == expected), || format!("{expected} is not in {ids:?}"));
        }
    }
    tally.finish();
}

/// static-ct-api, "Log entries", read in the plainest way.
fn take_tile_leaf(rest: &mut &[u8]) -> LogEntry {
    let timestamp_ms = take_number(rest, 8);
    let (entry, precert) = match take_number(rest, 2) {
        0 => (SignedEntry::X509(take_vector(rest, 3)), false),
        1 => {
            let issuer_key_hash = take(rest, 32).try_into().unwrap();
            (SignedEntry::Precert { issuer_key_hash, tbs: take_vector(rest, 3) }, true)
        }
        other => panic!("entry type {other}"),
    };
    let extensions = take_vector(rest, 2);
    let precertificate = precert.then(|| take_vector(rest, 3));
    let chain = take_vector(rest, 2).chunks(32).map(|hash| hash.try_into().unwrap()).collect();
    LogEntry { timestamp_ms, entry, extensions, precertificate, chain }
}

fn take_vector(rest: &mut &[u8], length_octets: usize) -> Vec<u8> {
    let length = take_number(rest, length_octets);
    take(rest, usize::try_from(length).unwrap()).to_vec()
}

fn take_number(rest: &mut &[u8], octets: usize) -> u64 {
    take(rest, octets).iter().fold(0, |number, &octet| number << 8 | u64::from(octet))
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, after) = rest.split_at(length);
    *rest = after;
    taken
}
