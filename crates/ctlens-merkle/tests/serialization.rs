//! What is written with serde is read again, and what breaks a condition is refused.

#![cfg(feature = "serde")]

use std::fmt::Debug;

use ctlens_merkle::{CompactRange, Frontier, Hash, Subtree, Tile, TreeHead, leaf_hash, node_hash};
use proptest::{prelude::*, test_runner::RngSeed};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;

#[test]
fn the_json_of_each_type() {
    let leaves = [0, 1, 2].map(|i| leaf_hash(&[i]));
    let hex = leaves.map(|hash| hash.to_string());
    let pair = node_hash(&leaves[0], &leaves[1]).to_string();
    assert_json(&leaves[0], json!(hex[0]));
    assert_json(&TreeHead { size: 3, root: leaves[0] }, json!({"size": 3, "root": hex[0]}));
    assert_json(&Subtree::new(8, 13).unwrap(), json!({"start": 8, "end": 13}));
    assert_json(&"tile/0/x001/000.p/7".parse::<Tile>().unwrap(), json!("tile/0/x001/000.p/7"));

    let mut frontier = Frontier::new();
    assert_json(&frontier, json!({"size": 0, "nodes": []}));
    frontier.extend(&leaves).unwrap();
    assert_json(&frontier, json!({"size": 3, "nodes": [pair, hex[2]]}));

    let mut range = CompactRange::new(1);
    range.extend(&leaves[1..]).unwrap();
    assert_json(&range, json!({"start": 1, "end": 3, "nodes": [hex[1], hex[2]]}));
}

#[test]
fn refused_json() {
    let hash = Hash::EMPTY_TREE.to_string();
    assert!(serde_json::from_value::<Hash>(json!(hash[1..])).is_err());
    assert!(serde_json::from_value::<Hash>(json!(vec![0; 32])).is_err());
    assert!(serde_json::from_value::<Subtree>(json!({"start": 2, "end": 5})).is_err());
    assert!(serde_json::from_value::<Tile>(json!("tile/0/1")).is_err());
    assert!(serde_json::from_value::<Frontier>(json!({"size": 3, "nodes": [hash]})).is_err());
    assert!(serde_json::from_value::<Frontier>(json!({"size": 0, "nodes": [hash]})).is_err());
    assert!(serde_json::from_value::<Frontier>(json!({"size": u64::MAX, "nodes": [hash]})).is_err());
    assert!(serde_json::from_value::<CompactRange>(json!({"start": 3, "end": 2, "nodes": []})).is_err());
    assert!(serde_json::from_value::<CompactRange>(json!({"start": 1, "end": u64::MAX, "nodes": [hash]})).is_err());
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(8259), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn ranges_and_frontiers_come_back(start in 0..2000_u64, length in 0..700_u32) {
        let leaves: Vec<Hash> = (0..length).map(|i| leaf_hash(&i.to_be_bytes())).collect();
        let (mut range, mut frontier) = (CompactRange::new(start), Frontier::new());
        range.extend(&leaves).unwrap();
        frontier.extend(&leaves).unwrap();
        prop_assert_eq!(round_trip(&range), range);
        prop_assert_eq!(round_trip(&frontier), frontier);
    }
}

fn assert_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, json: serde_json::Value) {
    assert_eq!(serde_json::to_value(value).unwrap(), json);
    assert_eq!(&serde_json::from_value::<T>(json).unwrap(), value);
}

fn round_trip<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}
