//! The proofs and the frontier against the recursive definition of the tree, and at all sizes up to 2^64 − 1.

use ctlens_merkle::{
    Frontier, Hash, ProofError, TreeHead, leaf_hash, root_from_inclusion, roots_from_consistency, verify_consistency,
    verify_inclusion,
};
use ctlens_testkit::tree;
use proptest::{array, prelude::*, test_runner::RngSeed};

#[test]
fn every_proof_of_every_small_tree_verifies_and_fits_nothing_else() {
    let leaves = leaves(70);
    let naive = naive(&leaves);
    for size in 1..=leaves.len() {
        let head = head(&leaves[..size]);
        for index in 0..size {
            let proof = hashes(tree::inclusion_proof(index, &naive[..size]));
            assert_eq!(verify_inclusion(&leaves[index], index as u64, &proof, &head), Ok(()));
            for other in (0..size).filter(|&other| other != index) {
                assert!(verify_inclusion(&leaves[index], other as u64, &proof, &head).is_err());
            }
            assert!(verify_inclusion(&leaves[(index + 1) % 70], index as u64, &proof, &head).is_err());
        }
        for old in 1..=size {
            let proof = hashes(tree::consistency_proof(old, &naive[..size]));
            let old_head = self::head(&leaves[..old]);
            assert_eq!(verify_consistency(&old_head, &head, &proof), Ok(()));
            assert_eq!(roots_from_consistency(&old_head, size as u64, &proof), Ok((old_head.root, head.root)));
            for other in (1..=size).filter(|&other| other != old) {
                assert!(verify_consistency(&self::head(&leaves[..other]), &head, &proof).is_err());
            }
        }
    }
}

#[test]
fn the_frontier_has_the_recursive_root_at_every_size() {
    let leaves = leaves(1300);
    let levels = tree::Levels::new(naive(&leaves));
    let mut frontier = Frontier::new();
    assert_eq!(frontier.head(), TreeHead::EMPTY);
    for (i, leaf) in leaves.iter().enumerate() {
        frontier.append(leaf).unwrap();
        assert_eq!(frontier.head(), TreeHead { size: i as u64 + 1, root: Hash(levels.root(i + 1)) });
    }
}

/// What is refused, and with which numbers.
#[test]
fn refusals_name_the_condition_and_its_numbers() {
    let [a, b, c, d] = leaves(4).try_into().unwrap();
    let one = head(&[a]);
    let two = head(&[a, b]);
    let three = head(&[a, b, c]);
    let four = head(&[a, b, c, d]);
    let empty_with_root = TreeHead { size: 0, root: a };
    let with_root = |head: TreeHead, root| TreeHead { root, ..head };

    let cases = [
        (
            "a leaf of the empty tree",
            verify_inclusion(&a, 0, &[], &TreeHead::EMPTY),
            ProofError::IndexOutOfRange { index: 0, size: 0 },
        ),
        (
            "the index after the last",
            verify_inclusion(&a, 3, &[], &three),
            ProofError::IndexOutOfRange { index: 3, size: 3 },
        ),
        (
            "the largest index",
            verify_inclusion(&a, u64::MAX, &[], &three),
            ProofError::IndexOutOfRange { index: u64::MAX, size: 3 },
        ),
        ("too short", verify_inclusion(&a, 0, &[b], &three), ProofError::ProofLength { expected: 2, got: 1 }),
        ("too long", verify_inclusion(&c, 2, &[two.root, c], &three), ProofError::ProofLength { expected: 1, got: 2 }),
        (
            "another leaf",
            verify_inclusion(&b, 0, &[], &one),
            ProofError::RootMismatch { size: 1, expected: a, computed: b },
        ),
        ("from nothing", verify_consistency(&TreeHead::EMPTY, &three, &[]), ProofError::FromEmptyTree { new: 3 }),
        (
            "from nothing to nothing",
            verify_consistency(&TreeHead::EMPTY, &TreeHead::EMPTY, &[]),
            ProofError::FromEmptyTree { new: 0 },
        ),
        ("smaller", verify_consistency(&three, &two, &[]), ProofError::TreeShrinks { old: 3, new: 2 }),
        ("to nothing", verify_consistency(&one, &TreeHead::EMPTY, &[]), ProofError::TreeShrinks { old: 1, new: 0 }),
        ("no proof", verify_consistency(&two, &three, &[]), ProofError::ProofLength { expected: 1, got: 0 }),
        ("equal sizes, a proof", verify_consistency(&two, &two, &[a]), ProofError::ProofLength { expected: 0, got: 1 }),
        (
            "equal sizes, other roots",
            verify_consistency(&two, &with_root(two, a), &[]),
            ProofError::RootMismatch { size: 2, expected: a, computed: two.root },
        ),
        (
            "another old root, not in the tree",
            verify_consistency(&with_root(three, a), &four, &[c, d, two.root]),
            ProofError::OldRootMismatch { size: 3, expected: a, computed: three.root },
        ),
        (
            "another new root",
            verify_consistency(&two, &with_root(three, a), &[c]),
            ProofError::RootMismatch { size: 3, expected: a, computed: three.root },
        ),
        ("empty tree with a root", three.extends(&empty_with_root, &[]), ProofError::EmptyTreeRoot { root: a }),
        (
            "to an empty tree with a root",
            empty_with_root.extends(&TreeHead::EMPTY, &[]),
            ProofError::EmptyTreeRoot { root: a },
        ),
        (
            "from nothing with a proof",
            three.extends(&TreeHead::EMPTY, &[a]),
            ProofError::ProofLength { expected: 0, got: 1 },
        ),
        ("extends smaller", two.extends(&three, &[]), ProofError::TreeShrinks { old: 3, new: 2 }),
    ];
    for (description, result, error) in cases {
        assert_eq!(result, Err(error), "{description}");
    }
    assert_eq!(verify_consistency(&three, &four, &[c, d, two.root]), Ok(()));
    assert_eq!(three.extends(&TreeHead::EMPTY, &[]), Ok(()));
    assert_eq!(TreeHead::EMPTY.extends(&TreeHead::EMPTY, &[]), Ok(()));
    assert_eq!(three.extends(&two, &[c]), Ok(()));
}

/// The sizes at which other implementations panic or overflow.
#[test]
fn proofs_at_the_end_of_the_number_range() {
    let proof = leaves(130);
    let sizes = [1 << 63, (1 << 63) + 1, u64::MAX - 1, u64::MAX];
    for size in sizes {
        for index in [0, 1, (1 << 63) - 1, 1 << 63, size - 2, size - 1, size] {
            let length = expected_length(root_from_inclusion(&proof[0], index, size, &proof));
            assert_eq!(length, inclusion_length(index, size), "leaf {index} of {size}");
            if let Some(length) = length {
                let root = root_from_inclusion(&proof[0], index, size, &proof[..length]).unwrap();
                let head = TreeHead { size, root };
                assert_eq!(verify_inclusion(&proof[0], index, &proof[..length], &head), Ok(()));
            }
        }
        let old = TreeHead { size, root: proof[0] };
        assert_eq!(roots_from_consistency(&old, size, &[]), Ok((proof[0], proof[0])));
    }
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(6962), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn proofs_of_random_trees(size in 1..600_usize, index in any::<prop::sample::Index>(), old in any::<prop::sample::Index>()) {
        let leaves = leaves(size);
        let naive = naive(&leaves);
        let (index, old) = (index.index(size), old.index(size) + 1);
        let head = head(&leaves);
        let proof = hashes(tree::inclusion_proof(index, &naive));
        prop_assert_eq!(verify_inclusion(&leaves[index], index as u64, &proof, &head), Ok(()));
        let proof = hashes(tree::consistency_proof(old, &naive));
        prop_assert_eq!(verify_consistency(&self::head(&leaves[..old]), &head, &proof), Ok(()));
    }

    #[test]
    fn extending_in_any_pieces_is_appending(cuts in prop::collection::vec(0..900_usize, 0..6)) {
        let leaves = leaves(900);
        let (mut pieces, mut single) = (Frontier::new(), Frontier::new());
        let mut cuts = cuts;
        cuts.sort_unstable();
        let mut start = 0;
        for cut in cuts {
            pieces.extend(&leaves[start..cut]).unwrap();
            leaves[start..cut].iter().for_each(|leaf| single.append(leaf).unwrap());
            prop_assert_eq!(&pieces, &single);
            prop_assert_eq!(pieces.root(), single.root());
            start = cut;
        }
    }

    /// The exact length is the only length that is not refused for its length, and nothing panics.
    #[test]
    fn any_numbers(index in number(), size in number(), other in number(), hash in array::uniform32(any::<u8>()), length in 0..130_usize) {
        let proof = vec![Hash(hash); length];
        let inclusion = root_from_inclusion(&Hash(hash), index, size, &proof);
        match inclusion_length(index, size) {
            None => prop_assert_eq!(inclusion, Err(ProofError::IndexOutOfRange { index, size })),
            Some(expected) if expected == length => prop_assert!(inclusion.is_ok()),
            Some(expected) => prop_assert_eq!(inclusion, Err(ProofError::ProofLength { expected, got: length })),
        }
        let old = TreeHead { size: other, root: Hash(hash) };
        let consistency = roots_from_consistency(&old, size, &proof);
        match consistency_length(other, size) {
            None => prop_assert!(consistency.is_err()),
            Some(expected) if expected == length => prop_assert!(consistency.is_ok()),
            Some(expected) => prop_assert_eq!(consistency, Err(ProofError::ProofLength { expected, got: length })),
        }
    }
}

/// Numbers of every magnitude, and those beside powers of two.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        (any::<u64>(), 0..64_u32).prop_map(|(n, shift)| n >> shift),
        (0..64_u32, 0..3_u64).prop_map(|(bit, offset)| (1_u64 << bit).wrapping_add(offset).wrapping_sub(1)),
        Just(u64::MAX),
    ]
}

/// The length of PATH(index, D[size]) by its recursive definition, in 128-bit numbers.
fn inclusion_length(index: u64, size: u64) -> Option<usize> {
    let (mut index, mut size) = (u128::from(index), u128::from(size));
    let mut length = 0;
    (index < size).then(|| {
        while size > 1 {
            let k = size.next_power_of_two() / 2;
            (index, size) = if index < k { (index, k) } else { (index - k, size - k) };
            length += 1;
        }
        length
    })
}

/// The length of PROOF(old, D[new]) by its recursive definition, in 128-bit numbers.
fn consistency_length(old: u64, new: u64) -> Option<usize> {
    let (mut old, mut new) = (u128::from(old), u128::from(new));
    let (mut length, mut complete) = (0, true);
    (0 < old && old <= new).then(|| {
        while old < new {
            let k = new.next_power_of_two() / 2;
            (old, new, complete) = if old <= k { (old, k, complete) } else { (old - k, new - k, false) };
            length += 1;
        }
        length + usize::from(!complete)
    })
}

fn expected_length(result: Result<Hash, ProofError>) -> Option<usize> {
    match result {
        Err(ProofError::ProofLength { expected, .. }) => Some(expected),
        _ => None,
    }
}

fn leaves(n: usize) -> Vec<Hash> {
    (0..n as u64).map(|i| leaf_hash(&i.to_be_bytes())).collect()
}

fn head(leaves: &[Hash]) -> TreeHead {
    TreeHead { size: leaves.len() as u64, root: Hash(tree::root(&naive(leaves))) }
}

fn naive(leaves: &[Hash]) -> Vec<tree::Hash> {
    leaves.iter().map(|hash| hash.0).collect()
}

fn hashes(proof: Vec<tree::Hash>) -> Vec<Hash> {
    proof.into_iter().map(Hash).collect()
}
