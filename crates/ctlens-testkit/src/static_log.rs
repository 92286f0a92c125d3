//! Static-ct logs (c2sp.org/static-ct-api) as folders of tiles, honest or not.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use base64ct::{Base64, Encoding};

use crate::log_list::{ListedLog, log_json};
use crate::sct::{Issued, SignedEntry, TestLog, leaf_index_extension, timestamped_entry, vector_16, vector_24};
use crate::tree::{Hash, Levels, leaf_hash, sha256};

/// Hashes in a full tile.
const TILE_WIDTH: usize = 256;

/// One entry of a log; every field may be anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Unix milliseconds.
    pub timestamp_ms: u64,
    /// What the log signed.
    pub entry: SignedEntry,
    /// `CtExtensions` without their length.
    pub extensions: Vec<u8>,
    /// The precertificate of a precertificate entry, DER. It lies outside the leaf hash.
    pub precertificate: Option<Vec<u8>>,
    /// SHA-256 of the issuers' certificates. They lie outside the leaf hash.
    pub chain: Vec<Hash>,
}

impl LogEntry {
    /// The entry at `index` for a certificate and its issuers' certificates (DER).
    #[must_use]
    pub fn certificate(index: u64, timestamp_ms: u64, certificate: Vec<u8>, chain: &[Vec<u8>]) -> Self {
        Self::new(index, timestamp_ms, SignedEntry::X509(certificate), None, chain)
    }

    /// The entry at `index` for the precertificate of an issuance and its issuers' certificates (DER).
    #[must_use]
    pub fn precertificate(index: u64, timestamp_ms: u64, issued: &Issued, chain: &[Vec<u8>]) -> Self {
        let precertificate = Some(issued.precertificate.clone());
        Self::new(index, timestamp_ms, issued.precert_entry.clone(), precertificate, chain)
    }

    fn new(
        index: u64,
        timestamp_ms: u64,
        entry: SignedEntry,
        precertificate: Option<Vec<u8>>,
        chain: &[Vec<u8>],
    ) -> Self {
        let extensions = leaf_index_extension(index);
        let chain = chain.iter().map(|certificate| sha256(certificate)).collect();
        Self { timestamp_ms, entry, extensions, precertificate, chain }
    }

    /// `MerkleTreeLeaf` of RFC 6962 §3.4, what the leaf hash covers: version, leaf type, `TimestampedEntry`.
    #[must_use]
    pub fn merkle_tree_leaf(&self) -> Vec<u8> {
        [&[0, 0], &self.timestamped_entry()[..]].concat()
    }

    /// The hash of the `MerkleTreeLeaf`.
    #[must_use]
    pub fn leaf_hash(&self) -> Hash {
        leaf_hash(&self.merkle_tree_leaf())
    }

    /// `TileLeaf` of static-ct: the `TimestampedEntry`, the precertificate if there is one, the fingerprints.
    #[must_use]
    pub fn tile_leaf(&self) -> Vec<u8> {
        let precertificate = self.precertificate.as_deref().map(vector_24).unwrap_or_default();
        [self.timestamped_entry(), precertificate, vector_16(&self.chain.concat())].concat()
    }

    fn timestamped_entry(&self) -> Vec<u8> {
        timestamped_entry(self.timestamp_ms, &self.entry, &self.extensions)
    }
}

/// A static-ct log: its entries, the tree over them, the issuers that they name.
#[derive(Clone, Debug)]
pub struct StaticLog {
    log: TestLog,
    entries: Vec<LogEntry>,
    levels: Levels,
    issuers: BTreeMap<Hash, Vec<u8>>,
    temporal_interval: Option<(i64, i64)>,
}

/// What a log, or whoever serves its files, does wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misbehaviour {
    /// The lowest bit of one octet of this entry's `TileLeaf` is changed in the data tile; the tree covers the original.
    FlippedBit {
        /// The entry's index.
        entry: usize,
        /// The octet's place in the `TileLeaf`; 0 to 7 are the timestamp, which the leaf hash covers.
        octet: usize,
    },
    /// The checkpoint signs a root that is not that of the entries.
    WrongRoot,
    /// The checkpoint's signature is that of another tree head.
    WrongSignature,
    /// This file (`tile/0/000`, `tile/data/001`, …) is not there.
    MissingFile(String),
    /// The entry's `leaf_index` is not its position; tree and signature cover it as it is.
    WrongLeafIndex {
        /// The entry's true index.
        entry: usize,
        /// The index that it claims.
        claimed: u64,
    },
}

impl StaticLog {
    /// The log of these entries in this order; `issuers` are the issuers' certificates that it serves (DER).
    #[must_use]
    pub fn new(log: TestLog, entries: Vec<LogEntry>, issuers: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let levels = Levels::new(entries.iter().map(LogEntry::leaf_hash).collect());
        let issuers = issuers.into_iter().map(|certificate| (sha256(&certificate), certificate)).collect();
        Self { log, entries, levels, issuers, temporal_interval: None }
    }

    /// The same log with a temporal interval (Unix seconds; from, and before) in its metadata.
    #[must_use]
    pub fn with_temporal_interval(self, start: i64, end: i64) -> Self {
        Self { temporal_interval: Some((start, end)), ..self }
    }

    /// Who it is and how it signs.
    #[must_use]
    pub fn log(&self) -> &TestLog {
        &self.log
    }

    /// Its entries.
    #[must_use]
    pub fn entries(&self) -> &[LogEntry] {
        &self.entries
    }

    /// The root over the first `size` entries.
    #[must_use]
    pub fn root(&self, size: usize) -> Hash {
        self.levels.root(size)
    }

    /// The complete subtrees of its tree.
    #[must_use]
    pub fn levels(&self) -> &Levels {
        &self.levels
    }

    /// The signed checkpoint over the first `size` entries.
    #[must_use]
    pub fn checkpoint(&self, size: usize, timestamp_ms: u64) -> String {
        self.log.checkpoint(size as u64, &self.root(size), timestamp_ms)
    }

    /// What the log serves when it has `size` entries: `checkpoint`, `log.v3.json`, the issuers, and every tile that a
    /// tree of this size has, partial ones included.
    ///
    /// # Panics
    ///
    /// If it has fewer entries.
    #[must_use]
    pub fn files(&self, size: usize, timestamp_ms: u64) -> LogFiles {
        let mut files = BTreeMap::new();
        files.insert("checkpoint".to_owned(), self.checkpoint(size, timestamp_ms).into_bytes());
        files.insert("log.v3.json".to_owned(), self.metadata().into_bytes());
        for (fingerprint, certificate) in &self.issuers {
            files.insert(format!("issuer/{}", hex(fingerprint)), certificate.clone());
        }
        for (index, entries) in self.entries[..size].chunks(TILE_WIDTH).enumerate() {
            let tile = entries.iter().flat_map(LogEntry::tile_leaf).collect();
            files.insert(tile_path("data", index, entries.len()), tile);
        }
        for level in 0..6 {
            // "the n-th tile at level l" holds the roots of 256^l entries each.
            let hashes = self.levels.at(8 * level, size);
            for (index, hashes) in hashes.chunks(TILE_WIDTH).enumerate() {
                files.insert(tile_path(&level.to_string(), index, hashes.len()), hashes.concat());
            }
        }
        LogFiles { files }
    }

    /// What a dishonest log, or a dishonest server, serves: as [`StaticLog::files`], with one thing wrong.
    ///
    /// # Panics
    ///
    /// If there is no such entry, octet or file.
    #[must_use]
    pub fn misbehaving_files(&self, size: usize, timestamp_ms: u64, misbehaviour: &Misbehaviour) -> LogFiles {
        let mut served = self.files(size, timestamp_ms);
        match misbehaviour {
            &Misbehaviour::FlippedBit { entry, octet } => {
                let index = entry / TILE_WIDTH;
                let first = index * TILE_WIDTH;
                let before: usize = self.entries[first..entry].iter().map(|entry| entry.tile_leaf().len()).sum();
                assert!(octet < self.entries[entry].tile_leaf().len(), "entry {entry} has no octet {octet}");
                let path = tile_path("data", index, TILE_WIDTH.min(size - first));
                served.files.get_mut(&path).expect("the tile of an entry below the size")[before + octet] ^= 1;
            }
            Misbehaviour::WrongRoot => {
                let mut root = self.root(size);
                root[0] ^= 1;
                served.set_checkpoint(self.log.checkpoint(size as u64, &root, timestamp_ms));
            }
            Misbehaviour::WrongSignature => {
                let honest = self.checkpoint(size, timestamp_ms);
                let other = self.log.checkpoint(size as u64 + 1, &self.root(size), timestamp_ms);
                let (body, _) = honest.split_once("\n\n").expect("a note has an empty line");
                let (_, signature) = other.split_once("\n\n").expect("a note has an empty line");
                served.set_checkpoint(format!("{body}\n\n{signature}"));
            }
            Misbehaviour::MissingFile(path) => {
                assert!(served.files.remove(path).is_some(), "the log has no {path}");
            }
            &Misbehaviour::WrongLeafIndex { entry, claimed } => {
                let mut entries = self.entries.clone();
                entries[entry].extensions = leaf_index_extension(claimed);
                let levels = Levels::new(entries.iter().map(LogEntry::leaf_hash).collect());
                served = Self { entries, levels, ..self.clone() }.files(size, timestamp_ms);
            }
        }
        served
    }

    fn metadata(&self) -> String {
        let listed = ListedLog::usable(&self.log, "", 0);
        log_json(&ListedLog { temporal_interval: self.temporal_interval, ..listed })
    }
}

/// The files of a log by their path below the monitoring prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFiles {
    files: BTreeMap<String, Vec<u8>>,
}

impl LogFiles {
    /// The bytes of a file such as `checkpoint` or `tile/data/000`.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// All files in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// Writes them below a folder.
    ///
    /// # Errors
    ///
    /// What the file system answers.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        for (path, bytes) in &self.files {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
            std::fs::write(path, bytes)?;
        }
        Ok(())
    }

    fn set_checkpoint(&mut self, note: String) {
        self.files.insert("checkpoint".to_owned(), note.into_bytes());
    }
}

impl TestLog {
    /// A signed checkpoint (c2sp.org/static-ct-api, "Checkpoints"): origin, size and root, then the RFC 6962 tree head
    /// signature in a note signature of type 0x05.
    #[must_use]
    pub fn checkpoint(&self, size: u64, root: &Hash, timestamp_ms: u64) -> String {
        let origin = self.origin();
        let signature = [
            &checkpoint_key_id(origin, &self.id())[..],
            &timestamp_ms.to_be_bytes(),
            &self.sign_tree_head(size, root, timestamp_ms),
        ]
        .concat();
        let (root, signature) = (Base64::encode_string(root), Base64::encode_string(&signature));
        format!("{origin}\n{size}\n{root}\n\n\u{2014} {origin} {signature}\n")
    }

    /// The `digitally-signed` `TreeHeadSignature` of RFC 6962 §3.5: hash algorithm, signature algorithm, signature.
    #[must_use]
    pub fn sign_tree_head(&self, size: u64, root: &Hash, timestamp_ms: u64) -> Vec<u8> {
        // version v1, signature_type tree_hash.
        let message = [&[0, 1], &timestamp_ms.to_be_bytes()[..], &size.to_be_bytes(), root].concat();
        [&[4, 3], &vector_16(&self.key().sign(&message))[..]].concat()
    }
}

/// The id of a checkpoint key of type 0x05: the first four octets of SHA-256(name || 0x0A || 0x05 || log id).
#[must_use]
pub fn checkpoint_key_id(name: &str, log_id: &[u8; 32]) -> [u8; 4] {
    let hash = sha256(&[name.as_bytes(), &[0x0a, 0x05], log_id].concat());
    std::array::from_fn(|i| hash[i])
}

/// `tile/<L>/<N>[.p/<W>]`: the index in groups of three digits, all but the last of which begin with `x`.
fn tile_path(level: &str, index: usize, width: usize) -> String {
    let mut path = format!("{:03}", index % 1_000);
    let mut rest = index / 1_000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1_000);
        rest /= 1_000;
    }
    let partial = if width < TILE_WIDTH { format!(".p/{width}") } else { String::new() };
    format!("tile/{level}/{path}{partial}")
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
