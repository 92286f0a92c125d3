use core::fmt;

use sha2::{Digest, Sha256, block_api::compress256};

/// A SHA-256 value: the hash of a leaf, of an inner node or of a whole tree. 32 bytes.
///
/// Displayed as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The length of a hash in bytes.
    pub const LEN: usize = 32;

    /// The root of the empty tree, `SHA-256("")` (RFC 9162 §2.1.1).
    pub const EMPTY_TREE: Self = Self([
        0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae,
        0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
    ]);

    /// The hash that 64 hexadecimal digits denote; `None` for anything else.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != Self::LEN || !rest.is_empty() {
            return None;
        }
        let mut hash = [0; Self::LEN];
        for (byte, [high, low]) in hash.iter_mut().zip(pairs) {
            let digit = |digit: u8| u8::try_from(char::from(digit).to_digit(16)?).ok();
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Some(Self(hash))
    }

    /// The 32 bytes.
    #[must_use]
    #[inline]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The hash of a leaf: `SHA-256(0x00 || data)`.
#[must_use]
#[inline]
pub fn leaf_hash(data: &[u8]) -> Hash {
    leaf_hash_of_parts([data])
}

/// The hash of a leaf whose data is given in pieces: `SHA-256(0x00 || part || part || …)`.
///
/// A log entry is usually a constant head followed by a slice of a tile; so it needs no copy.
#[must_use]
#[inline]
pub fn leaf_hash_of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Hash {
    // RFC 9162 §2.1.1: leaves and nodes are hashed with different first bytes, so that none can pass for the other.
    let mut sha256 = Sha256::new();
    sha256.update([0x00]);
    for part in parts {
        sha256.update(part);
    }
    Hash(sha256.finalize().into())
}

/// The hash of an inner node: `SHA-256(0x01 || left || right)`.
#[must_use]
#[inline]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut node = NODE;
    node[1..33].copy_from_slice(&left.0);
    node[33..65].copy_from_slice(&right.0);
    let mut parent = Climber { state: SHA256_INITIAL };
    compress256(&mut parent.state, node.as_chunks().0);
    parent.hash()
}

/// A hash on its way up a path, in the form in which SHA-256 leaves it: eight words.
///
/// Each step waits for the one before it, so what lies between two compressions is paid in full. The steps are functions of
/// their own that work in place: inlined into a loop, or returning a [`Hash`], they take up to a tenth longer.
pub(crate) struct Climber {
    state: [u32; 8],
}

impl Climber {
    #[inline]
    pub(crate) fn new(hash: &Hash) -> Self {
        let mut state = [0; 8];
        for (word, bytes) in state.iter_mut().zip(hash.0.as_chunks().0) {
            *word = u32::from_be_bytes(*bytes);
        }
        Self { state }
    }

    /// Goes to the parent, whose other child is `left`.
    #[inline(never)]
    pub(crate) fn join_left(&mut self, left: &Hash) {
        let mut node = NODE;
        node[1..33].copy_from_slice(&left.0);
        self.write(&mut node[33..65]);
        self.state = SHA256_INITIAL;
        compress256(&mut self.state, node.as_chunks().0);
    }

    /// Goes to the parent, whose other child is `right`.
    #[inline(never)]
    pub(crate) fn join_right(&mut self, right: &Hash) {
        let mut node = NODE;
        self.write(&mut node[1..33]);
        node[33..65].copy_from_slice(&right.0);
        self.state = SHA256_INITIAL;
        compress256(&mut self.state, node.as_chunks().0);
    }

    #[inline]
    pub(crate) fn hash(&self) -> Hash {
        let mut hash = Hash([0; Hash::LEN]);
        self.write(&mut hash.0);
        hash
    }

    #[inline]
    fn write(&self, bytes: &mut [u8]) {
        for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(self.state) {
            *bytes = word.to_be_bytes();
        }
    }
}

/// The 65 bytes of a node with their padding, which fill exactly two blocks. Only the hashes differ from node to node.
///
/// ```text
/// 01 | left, 32 bytes | right, 32 bytes | 80 | 54 zeros | length in bits, 8 bytes
/// ```
const NODE: [u8; 128] = {
    let mut node = [0; 128];
    node[0] = 0x01;
    node[65] = 0x80;
    let [high, low] = (65_u16 * 8).to_be_bytes();
    node[126] = high;
    node[127] = low;
    node
};

/// FIPS 180-4 §5.3.3.
const SHA256_INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl From<[u8; 32]> for Hash {
    #[inline]
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl From<Hash> for [u8; 32] {
    #[inline]
    fn from(hash: Hash) -> Self {
        hash.0
    }
}

impl AsRef<[u8]> for Hash {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::format;

    use super::*;

    #[test]
    fn the_two_blocks_of_a_node_are_sha256_of_its_65_bytes() {
        for i in 0..=255_u8 {
            let (left, right) = (leaf_hash(&[i]), leaf_hash(&[i, i]));
            let expected = Sha256::new().chain_update([0x01]).chain_update(left).chain_update(right).finalize();
            assert_eq!(node_hash(&left, &right).as_ref(), expected.as_slice());
        }
    }

    #[test]
    fn the_empty_tree_has_the_hash_of_no_bytes() {
        assert_eq!(Hash::EMPTY_TREE.as_ref(), Sha256::digest([]).as_slice());
    }

    #[test]
    fn pieces_hash_like_their_concatenation() {
        assert_eq!(leaf_hash_of_parts([&b"ab"[..], b"", b"c"]), leaf_hash(b"abc"));
        assert_eq!(leaf_hash_of_parts([]), leaf_hash(b""));
    }

    #[test]
    fn hashes_are_written_in_hexadecimal() {
        let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(format!("{}", Hash::EMPTY_TREE), text);
        assert_eq!(Hash::from_hex(text), Some(Hash::EMPTY_TREE));
        assert_eq!(Hash::from_hex(&text.to_uppercase()), Some(Hash::EMPTY_TREE));
        for wrong in
            ["", &text[1..], &text[2..], &format!("{text}00"), &text.replace('e', "g"), &text.replace("e3", "+3")]
        {
            assert_eq!(Hash::from_hex(wrong), None, "{wrong}");
        }
        assert_eq!(format!("{:?}", Hash::EMPTY_TREE), format!("Hash({text})"));
    }
}
