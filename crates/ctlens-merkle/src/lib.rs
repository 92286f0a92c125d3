//! Certificate Transparency's Merkle tree: tree heads, inclusion and consistency proofs, frontiers, tiles.
