//! The Merkle tree straight from the definitions of RFC 6962 §2.1, recursive and slow, as an oracle for tests.
//!
//! Leaves are given as leaf *hashes*; [`leaf_hash`] makes one from an entry. The hash of the subtree `[start, end)` is
//! `root(&leaves[start..end])`.

use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// SHA-256.
#[must_use]
pub fn sha256(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// MTH({d(0)}) = SHA-256(0x00 || d(0)).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    sha256(&[&[0x00], entry].concat())
}

/// SHA-256(0x01 || left || right).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[0x01], &left[..], &right[..]].concat())
}

/// MTH(D\[n\]), the Merkle Tree Hash (§2.1).
#[must_use]
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => sha256(b""),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// PATH(m, D\[n\]), the audit path of leaf `index` (§2.1.1).
///
/// # Panics
///
/// If there is no such leaf.
#[must_use]
pub fn inclusion_proof(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    assert!(index < leaves.len(), "leaf {index} of {}", leaves.len());
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut path, sibling) =
        if index < k { (inclusion_proof(index, left), right) } else { (inclusion_proof(index - k, right), left) };
    path.push(root(sibling));
    path
}

/// PROOF(m, D\[n\]), the consistency proof from the first `old` leaves to all of them (§2.1.2).
///
/// # Panics
///
/// If `old` is 0 (undefined there) or more than there are leaves.
#[must_use]
pub fn consistency_proof(old: usize, leaves: &[Hash]) -> Vec<Hash> {
    assert!((1..=leaves.len()).contains(&old), "from {old} to {}", leaves.len());
    subproof(old, leaves, true)
}

/// SUBPROOF(m, D\[n\], b); `complete` is b.
fn subproof(old: usize, leaves: &[Hash], complete: bool) -> Vec<Hash> {
    if old == leaves.len() {
        return if complete { Vec::new() } else { vec![root(leaves)] };
    }
    let k = split(leaves.len());
    let (left, right) = leaves.split_at(k);
    let (mut proof, sibling) =
        if old <= k { (subproof(old, left, complete), right) } else { (subproof(old - k, right, false), left) };
    proof.push(root(sibling));
    proof
}

/// k: the largest power of two smaller than n.
fn split(n: usize) -> usize {
    n.next_power_of_two() / 2
}

/// The complete subtrees of every size, level by level: the same tree without recursion, for logs of some size.
#[derive(Clone, Debug)]
pub struct Levels {
    levels: Vec<Vec<Hash>>,
}

impl Levels {
    /// Hashes all complete subtrees over these leaf hashes.
    #[must_use]
    pub fn new(leaves: Vec<Hash>) -> Self {
        let mut levels = vec![leaves];
        while levels[levels.len() - 1].len() > 1 {
            let below = &levels[levels.len() - 1];
            let pairs = below.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
            levels.push(pairs);
        }
        Self { levels }
    }

    /// The hashes of the complete subtrees of 2^`height` leaves that lie within the first `size` leaves.
    ///
    /// # Panics
    ///
    /// If there are fewer leaves than `size`.
    #[must_use]
    pub fn at(&self, height: usize, size: usize) -> &[Hash] {
        assert!(size <= self.levels[0].len(), "{size} of {} leaves", self.levels[0].len());
        self.levels.get(height).map_or(&[], |level| &level[..size >> height])
    }

    /// The root over the first `size` leaves: the complete subtrees of its binary digits, joined from the right.
    ///
    /// # Panics
    ///
    /// If there are fewer leaves than `size`.
    #[must_use]
    pub fn root(&self, size: usize) -> Hash {
        let peaks = (0..self.levels.len()).filter(|height| size >> height & 1 == 1).map(|height| {
            let complete = self.at(height, size);
            complete[complete.len() - 1]
        });
        peaks.reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(|| sha256(b""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(hash: &Hash) -> String {
        hash.iter().map(|octet| format!("{octet:02x}")).collect()
    }

    fn numbered(n: u32) -> Vec<Hash> {
        (0..n).map(|i| leaf_hash(&i.to_be_bytes())).collect()
    }

    /// The hash of the empty string is published as a test vector of SHA-256 itself.
    #[test]
    fn the_empty_tree_is_the_hash_of_nothing() {
        assert_eq!(hex(&root(&[])), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    /// SHA-256 of one zero octet, the hash of the empty entry.
    #[test]
    fn the_empty_leaf() {
        assert_eq!(hex(&leaf_hash(b"")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    }

    /// The example of RFC 6962 §2.1.3: seven leaves d0…d6, with the names of the figure.
    #[test]
    fn the_example_of_the_standard() {
        let d = numbered(7);
        let (g, h) = (node_hash(&d[0], &d[1]), node_hash(&d[2], &d[3]));
        let (i, j) = (node_hash(&d[4], &d[5]), d[6]);
        let (k, l) = (node_hash(&g, &h), node_hash(&i, &j));
        assert_eq!(root(&d), node_hash(&k, &l));
        assert_eq!(inclusion_proof(0, &d), [d[1], h, l]);
        assert_eq!(inclusion_proof(3, &d), [d[2], g, l]);
        assert_eq!(inclusion_proof(4, &d), [d[5], j, k]);
        assert_eq!(inclusion_proof(6, &d), [i, k]);
        assert_eq!(consistency_proof(3, &d), [d[2], d[3], g, l]);
        assert_eq!(consistency_proof(4, &d), [l]);
        assert_eq!(consistency_proof(6, &d), [i, j, k]);
        assert!(consistency_proof(7, &d).is_empty());
    }

    #[test]
    fn the_levels_are_the_recursive_tree() {
        let leaves = numbered(300);
        let levels = Levels::new(leaves.clone());
        for size in 0..=leaves.len() {
            assert_eq!(levels.root(size), root(&leaves[..size]), "{size}");
        }
        for height in 0..10 {
            let complete: Vec<Hash> = leaves.chunks_exact(1 << height).map(root).collect();
            assert_eq!(levels.at(height, 300), complete, "height {height}");
        }
        assert_eq!(levels.at(2, 11).len(), 2);
    }
}
