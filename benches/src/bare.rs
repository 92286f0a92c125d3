//! What a proof and a tile cost at least: the compressions, with nothing around them but the bytes that they take.

use sha2::block_api::compress256;

/// Hashes along a path, each of which waits for the one before it: one node for each of `siblings`.
///
/// The fastest of the forms that were tried: what is the same for all nodes stays in place.
#[must_use]
pub fn bare_chain<'a>(seed: &[u8; 32], siblings: impl IntoIterator<Item = &'a [u8; 32]>) -> [u8; 32] {
    let mut blocks = PADDED;
    blocks[33..65].copy_from_slice(seed);
    for sibling in siblings {
        blocks[1..33].copy_from_slice(sibling);
        let mut state = INITIAL;
        compress256(&mut state, blocks.as_chunks().0);
        write(state, &mut blocks[33..65]);
    }
    std::array::from_fn(|i| blocks[33 + i])
}

/// As many pairs of compressions, each on the state that the one before it left, over the same two blocks: no hash is
/// written into a block, so this is no Merkle tree, but no tree can cost less.
#[must_use]
pub fn compressions_alone(seed: &[u8; 32], nodes: usize) -> [u8; 32] {
    let mut blocks = PADDED;
    blocks[33..65].copy_from_slice(seed);
    let mut state = INITIAL;
    for _ in 0..nodes {
        compress256(&mut state, blocks.as_chunks().0);
    }
    let mut hash = [0; 32];
    write(state, &mut hash);
    hash
}

/// The root over 256 hashes: 255 nodes, level by level, none of which waits for its neighbour.
#[must_use]
pub fn bare_tile_root(leaves: &[[u8; 32]; 256]) -> [u8; 32] {
    let mut nodes = [[0; 32]; 128];
    for (node_of, [left, right]) in nodes.iter_mut().zip(leaves.as_chunks().0) {
        *node_of = node(left, right);
    }
    let mut width = nodes.len();
    while width > 1 {
        width /= 2;
        for i in 0..width {
            nodes[i] = node(&nodes[2 * i], &nodes[2 * i + 1]);
        }
    }
    nodes[0]
}

/// SHA-256(01 || left || right): two blocks, of which nothing but the hashes changes.
fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let mut blocks = PADDED;
    blocks[1..33].copy_from_slice(left);
    blocks[33..65].copy_from_slice(right);
    let mut state = INITIAL;
    compress256(&mut state, blocks.as_chunks().0);
    let mut hash = [0; 32];
    write(state, &mut hash);
    hash
}

fn write(state: [u32; 8], bytes: &mut [u8]) {
    for (bytes, word) in bytes.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
}

const PADDED: [u8; 128] = {
    let mut blocks = [0; 128];
    blocks[0] = 0x01;
    blocks[65] = 0x80;
    // 65 bytes are 520 bits.
    blocks[126] = 0x02;
    blocks[127] = 0x08;
    blocks
};

/// FIPS 180-4 §5.3.3.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

#[cfg(test)]
mod tests {
    use super::*;
    use ctlens_testkit::tree;

    #[test]
    fn they_are_the_tree_s_hashes() {
        let leaves: [[u8; 32]; 256] = std::array::from_fn(|n| tree::leaf_hash(&n.to_be_bytes()));
        assert_eq!(bare_tile_root(&leaves), tree::root(&leaves));
        let chained = leaves[1..].iter().fold(leaves[0], |right, left| tree::node_hash(left, &right));
        assert_eq!(bare_chain(&leaves[0], &leaves[1..]), chained);
    }
}
