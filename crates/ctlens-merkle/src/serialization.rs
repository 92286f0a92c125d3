//! Hashes are hexadecimal in human-readable formats and 32 bytes in others; whatever has conditions is checked again when it
//! is read.

use alloc::{borrow::Cow, vec::Vec};
use core::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, Unexpected, Visitor},
};

use crate::{CompactRange, Frontier, Hash, Subtree, Tile, TreeHead};

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_bytes(&self.0) }
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(HashVisitor)
        } else {
            deserializer.deserialize_bytes(HashVisitor)
        }
    }
}

struct HashVisitor;

impl Visitor<'_> for HashVisitor {
    type Value = Hash;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a hash of 32 bytes, in text 64 hexadecimal digits")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Hash, E> {
        Hash::from_hex(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Hash, E> {
        bytes.try_into().map(Hash).map_err(|_| E::invalid_length(bytes.len(), &self))
    }
}

impl Serialize for Tile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Tile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "TreeHead")]
struct TreeHeadFields {
    size: u64,
    root: Hash,
}

impl Serialize for TreeHead {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        TreeHeadFields { size: self.size, root: self.root }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for TreeHead {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let TreeHeadFields { size, root } = Deserialize::deserialize(deserializer)?;
        Ok(Self { size, root })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "Subtree")]
struct SubtreeFields {
    start: u64,
    end: u64,
}

impl Serialize for Subtree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        SubtreeFields { start: self.start(), end: self.end() }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Subtree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let SubtreeFields { start, end } = Deserialize::deserialize(deserializer)?;
        Self::new(start, end).map_err(D::Error::custom)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "CompactRange")]
struct RangeFields {
    start: u64,
    end: u64,
    nodes: Vec<Hash>,
}

impl Serialize for CompactRange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nodes = self.nodes().map(|(_, hash)| hash).collect();
        RangeFields { start: self.start(), end: self.end(), nodes }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CompactRange {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let RangeFields { start, end, nodes } = Deserialize::deserialize(deserializer)?;
        Self::from_hashes(start, end, &nodes).map_err(D::Error::custom)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename = "Frontier")]
struct FrontierFields {
    size: u64,
    nodes: Vec<Hash>,
}

impl Serialize for Frontier {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut nodes: Vec<Hash> = self.nodes().map(|(_, hash)| hash).collect();
        // From left to right, as in a range.
        nodes.reverse();
        FrontierFields { size: self.size(), nodes }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Frontier {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let FrontierFields { size, nodes } = Deserialize::deserialize(deserializer)?;
        let range = CompactRange::from_hashes(0, size, &nodes).map_err(D::Error::custom)?;
        let mut frontier = Self::new();
        frontier.merge(&range).map_err(D::Error::custom)?;
        Ok(frontier)
    }
}
