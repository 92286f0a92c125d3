//! Proofs and the root of a tile, beside the compressions that they need.

use ctlens_benches::{Comparison, bare_chain, bare_tile_root, compressions_alone};
use ctlens_merkle::{
    Frontier, Hash, ProofPlan, TreeHead, root_from_inclusion, roots_from_consistency, verify_consistency,
    verify_inclusion,
};
use ctlens_testkit::Rng;
use std::hint::black_box;

/// Distinct proofs of each kind.
const PROOFS: usize = 1_000;

fn main() {
    for height in [20, 30, 40] {
        let proofs = inclusion_proofs(height);
        inclusion(height, &proofs);
        consistency(height, &consistency_proofs(height));
        #[cfg(feature = "peers")]
        if height == 20 {
            beside_ct_merkle(&proofs);
        }
    }
    tile_root();
}

/// Whose proof it is does not matter to the verifier's work: the hashes are any, and the root is what follows from them.
struct InclusionProof {
    leaf: Hash,
    index: u64,
    proof: Vec<Hash>,
    head: TreeHead,
}

fn inclusion_proofs(height: u32) -> Vec<InclusionProof> {
    let size = 1 << height;
    let mut rng = Rng::new(1, &format!("inclusion {height}"));
    (0..PROOFS as u64)
        .map(|number| {
            let (leaf, index) = (ctlens_merkle::leaf_hash(&number.to_be_bytes()), rng.below(size));
            let proof = hashes(&mut rng, plan_length(ProofPlan::inclusion(index, size)));
            let root = root_from_inclusion(&leaf, index, size, &proof).expect("a proof of the right length");
            InclusionProof { leaf, index, proof, head: TreeHead { size, root } }
        })
        .collect()
}

fn inclusion(height: u32, proofs: &[InclusionProof]) {
    Comparison::new(format!("inclusion in 2^{height} leaves"), "proof")
        .case("bare compressions", proofs.len(), || {
            for InclusionProof { leaf, proof, .. } in proofs {
                black_box(bare_chain(leaf.as_bytes(), proof.iter().map(Hash::as_bytes)));
            }
        })
        .case("ctlens-merkle", proofs.len(), || {
            for InclusionProof { leaf, index, proof, head } in proofs {
                assert!(verify_inclusion(leaf, *index, proof, head).is_ok());
            }
        })
        .case("compressions alone, no hash moved", proofs.len(), || {
            for InclusionProof { leaf, proof, .. } in proofs {
                black_box(compressions_alone(leaf.as_bytes(), proof.len()));
            }
        })
        .bar("ctlens-merkle", 1.05, "bare compressions")
        .without_allocations("ctlens-merkle")
        .run();
}

struct ConsistencyProof {
    old: TreeHead,
    new: TreeHead,
    proof: Vec<Hash>,
    /// How many nodes both roots take.
    nodes: usize,
}

fn consistency_proofs(height: u32) -> Vec<ConsistencyProof> {
    let mut rng = Rng::new(1, &format!("consistency {height}"));
    (0..PROOFS)
        .map(|_| {
            let (old_size, new_size) = (1 + rng.below((1 << height) - 1), 1 << height);
            let proof = hashes(&mut rng, plan_length(ProofPlan::consistency(old_size, new_size)));
            let mut old = TreeHead { size: old_size, root: Hash(rng.octets()) };
            let roots = roots_from_consistency(&old, new_size, &proof).expect("a proof of the right length");
            old.root = roots.0;
            let new = TreeHead { size: new_size, root: roots.1 };
            ConsistencyProof { old, new, nodes: consistency_nodes(old_size, new_size, proof.len()), proof }
        })
        .collect()
}

/// How many nodes the verification of RFC 9162 §2.1.4.2 hashes.
fn consistency_nodes(old: u64, new: u64, length: usize) -> usize {
    let (mut fnode, mut snode) = (old - 1, new - 1);
    while fnode & 1 == 1 {
        (fnode, snode) = (fnode >> 1, snode >> 1);
    }
    let mut nodes = 0;
    for _ in usize::from(!old.is_power_of_two())..length {
        if fnode & 1 == 1 || fnode == snode {
            nodes += 2;
            while fnode & 1 == 0 && fnode != 0 {
                (fnode, snode) = (fnode >> 1, snode >> 1);
            }
        } else {
            nodes += 1;
        }
        (fnode, snode) = (fnode >> 1, snode >> 1);
    }
    nodes
}

fn consistency(height: u32, proofs: &[ConsistencyProof]) {
    Comparison::new(format!("consistency of a smaller tree with 2^{height} leaves"), "proof")
        .case("bare compressions", proofs.len(), || {
            for ConsistencyProof { old, proof, nodes, .. } in proofs {
                let siblings = proof.iter().cycle().take(*nodes).map(Hash::as_bytes);
                black_box(bare_chain(old.root.as_bytes(), siblings));
            }
        })
        .case("ctlens-merkle", proofs.len(), || {
            for ConsistencyProof { old, new, proof, .. } in proofs {
                assert!(verify_consistency(old, new, proof).is_ok());
            }
        })
        .bar("ctlens-merkle", 1.05, "bare compressions")
        .without_allocations("ctlens-merkle")
        .run();
}

fn plan_length(plan: Result<ProofPlan, ctlens_merkle::ProofError>) -> usize {
    plan.expect("an index and sizes of a tree").subtrees().count()
}

fn hashes(rng: &mut Rng, count: usize) -> Vec<Hash> {
    (0..count).map(|_| Hash(rng.octets())).collect()
}

/// ct-merkle takes leaves, so both hash theirs.
#[cfg(feature = "peers")]
fn beside_ct_merkle(proofs: &[InclusionProof]) {
    use ct_merkle::{InclusionProof as Theirs, RootHash};
    use sha2::Sha256;

    let theirs: Vec<(RootHash<Sha256>, Theirs<Sha256>)> = proofs
        .iter()
        .map(|InclusionProof { proof, head, .. }| {
            let bytes = proof.iter().flat_map(|hash| hash.0).collect();
            (RootHash::new(head.root.0.into(), head.size), Theirs::from_bytes(bytes))
        })
        .collect();
    let leaves = || (0..PROOFS as u64).map(u64::to_be_bytes);
    Comparison::new("inclusion in 2^20 leaves, hash of a leaf of 8 octets included", "proof")
        .case("ctlens-merkle", proofs.len(), || {
            for (leaf, InclusionProof { index, proof, head, .. }) in leaves().zip(proofs) {
                assert!(verify_inclusion(&ctlens_merkle::leaf_hash(&leaf), *index, proof, head).is_ok());
            }
        })
        .case("ct-merkle 0.3", proofs.len(), || {
            for ((leaf, (root, proof)), InclusionProof { index, .. }) in leaves().zip(&theirs).zip(proofs) {
                assert!(root.verify_inclusion(&leaf, *index, proof).is_ok());
            }
        })
        .run();
}

fn tile_root() {
    let mut rng = Rng::new(1, "tiles");
    let tiles: Vec<[[u8; 32]; 256]> = (0..16).map(|_| std::array::from_fn(|_| rng.octets())).collect();
    let hashes: Vec<Vec<Hash>> = tiles.iter().map(|tile| tile.iter().map(|&hash| Hash(hash)).collect()).collect();
    let root = |leaves: &[Hash]| {
        let mut frontier = Frontier::new();
        frontier.extend(leaves).expect("a small tree");
        frontier.root()
    };
    assert!(tiles.iter().zip(&hashes).all(|(tile, hashes)| bare_tile_root(tile) == root(hashes).0));
    Comparison::new("root of a tile of 256 leaf hashes", "tile")
        .case("bare compressions of 255 nodes", tiles.len(), || {
            for tile in &tiles {
                black_box(bare_tile_root(tile));
            }
        })
        .case("ctlens-merkle", hashes.len(), || {
            for leaves in &hashes {
                black_box(root(leaves));
            }
        })
        .bar("ctlens-merkle", 1.02, "bare compressions of 255 nodes")
        .without_allocations("ctlens-merkle")
        .run();
}
