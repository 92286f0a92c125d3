//! Subtrees, the making of proofs, and what is read from tiles, against the definitions.

use ctlens_merkle::{
    Hash, Node, ProofError, ProofPlan, Subtree, TreeHead, leaf_hash, node_hash, root_from_subtree_inclusion,
    roots_from_subtree_consistency, verify_consistency, verify_inclusion, verify_subtree_consistency,
    verify_subtree_inclusion,
};
use ctlens_testkit::tree;
use proptest::{prelude::*, sample::Index, test_runner::RngSeed};

#[test]
fn the_examples_of_the_draft() {
    let subtree = |start, end| Subtree::new(start, end).unwrap();
    let consistency = |inner, size| {
        ProofPlan::subtree_consistency(inner, size).unwrap().subtrees().map(|part| part.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(consistency(subtree(4, 8), 14), ["[0, 4)", "[8, 14)"]);
    assert_eq!(consistency(subtree(8, 13), 14), ["[12, 13)", "[13, 14)", "[8, 12)", "[0, 8)"]);
    let inclusion = ProofPlan::subtree_inclusion(10, subtree(8, 13)).unwrap();
    assert_eq!(inclusion.subtrees().collect::<Vec<_>>(), [subtree(11, 12), subtree(8, 10), subtree(12, 13)]);
    assert_eq!(Subtree::covering(5, 13), Ok([subtree(4, 8), subtree(8, 13)]));
    assert_eq!(Subtree::covering(7, 8), Ok([subtree(7, 8), subtree(8, 8)]));
    assert_eq!(Subtree::covering(7, 7), Ok([subtree(7, 7), subtree(7, 7)]));
    assert_eq!(Subtree::covering(7, 9), Ok([subtree(7, 8), subtree(8, 9)]));
}

#[test]
fn which_leaves_make_a_subtree() {
    for (start, end, valid) in [
        (0, 0, true),
        (7, 7, true),
        (u64::MAX, u64::MAX, true),
        (0, u64::MAX, true),
        (1 << 63, u64::MAX, true),
        (u64::MAX - 1, u64::MAX, true),
        (8, 13, true),
        (8, 17, false),
        (2, 5, false),
        (1, 0, false),
        (1, u64::MAX, false),
        (1 << 62, u64::MAX, false),
        (u64::MAX, 0, false),
    ] {
        let expected = if valid { Ok((start, end)) } else { Err(ProofError::InvalidSubtree { start, end }) };
        assert_eq!(Subtree::new(start, end).map(|subtree| (subtree.start(), subtree.end())), expected);
    }
    assert_eq!(Subtree::covering(2, 1), Err(ProofError::InvalidSubtree { start: 2, end: 1 }));
}

#[test]
fn refusals_name_the_condition_and_its_numbers() {
    let [a, b, c, d] = [0, 1, 2, 3].map(|i| leaf_hash(&[i]));
    let head = TreeHead { size: 3, root: node_hash(&node_hash(&a, &b), &c) };
    let subtree = |start, end| Subtree::new(start, end).unwrap();
    let pair = node_hash(&a, &b);
    let empty = Hash::EMPTY_TREE;
    // [0, 3) is no node of the tree of four leaves, so its hash does not enter into the root.
    let four = TreeHead { size: 4, root: node_hash(&pair, &node_hash(&c, &d)) };
    let cases = [
        (
            "beyond the tree",
            verify_subtree_consistency(subtree(2, 4), &c, &[], &head),
            ProofError::SubtreeOutOfRange { start: 2, end: 4, size: 3 },
        ),
        (
            "empty beyond the tree",
            verify_subtree_consistency(subtree(4, 4), &empty, &[], &head),
            ProofError::SubtreeOutOfRange { start: 4, end: 4, size: 3 },
        ),
        (
            "in an empty tree",
            verify_subtree_consistency(subtree(0, 1), &a, &[], &TreeHead::EMPTY),
            ProofError::SubtreeOutOfRange { start: 0, end: 1, size: 0 },
        ),
        (
            "empty with a proof",
            verify_subtree_consistency(subtree(1, 1), &empty, &[a], &head),
            ProofError::ProofLength { expected: 0, got: 1 },
        ),
        (
            "empty with another hash",
            verify_subtree_consistency(subtree(1, 1), &a, &[], &head),
            ProofError::SubtreeMismatch { start: 1, end: 1, expected: a, computed: empty },
        ),
        (
            "nothing follows from an empty one",
            roots_from_subtree_consistency(subtree(1, 1), &empty, 3, &[]).map(drop),
            ProofError::EmptySubtree { start: 1 },
        ),
        (
            "another hash of a subtree that is no node",
            verify_subtree_consistency(subtree(0, 3), &a, &[c, d, pair], &four),
            ProofError::SubtreeMismatch { start: 0, end: 3, expected: a, computed: head.root },
        ),
        (
            "another root",
            verify_subtree_consistency(subtree(0, 2), &pair, &[a], &head),
            ProofError::RootMismatch { size: 3, expected: head.root, computed: node_hash(&pair, &a) },
        ),
        (
            "before the subtree",
            verify_subtree_inclusion(&a, 0, &[], subtree(2, 3), &c),
            ProofError::IndexOutsideSubtree { index: 0, start: 2, end: 3 },
        ),
        (
            "after the subtree",
            verify_subtree_inclusion(&a, 3, &[], subtree(2, 3), &c),
            ProofError::IndexOutsideSubtree { index: 3, start: 2, end: 3 },
        ),
        (
            "in an empty subtree",
            verify_subtree_inclusion(&a, 2, &[], subtree(2, 2), &empty),
            ProofError::IndexOutsideSubtree { index: 2, start: 2, end: 2 },
        ),
        (
            "another hash",
            verify_subtree_inclusion(&b, 2, &[], subtree(2, 3), &c),
            ProofError::SubtreeMismatch { start: 2, end: 3, expected: c, computed: b },
        ),
        (
            "a hash too many",
            verify_subtree_inclusion(&c, 2, &[a], subtree(2, 3), &c),
            ProofError::ProofLength { expected: 0, got: 1 },
        ),
    ];
    for (description, result, error) in cases {
        assert_eq!(result, Err(error), "{description}");
    }
    // The root does not matter for an empty subtree.
    assert_eq!(verify_subtree_consistency(subtree(1, 1), &empty, &[], &TreeHead { size: 3, root: a }), Ok(()));
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(9162), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    /// The prover, from nodes, makes what the recursive definitions make, from leaves.
    #[test]
    fn proofs_are_those_of_the_definitions(size in 1..400_usize, index in any::<Index>(), old in any::<Index>()) {
        let leaves: Vec<tree::Hash> = (0..size).map(|i| tree::leaf_hash(&i.to_be_bytes())).collect();
        let levels = tree::Levels::new(leaves.clone());
        let node = |node: Node| Ok(Hash(levels.at(node.level.into(), size)[usize::try_from(node.index).unwrap()]));
        let (index, old) = (index.index(size), old.index(size) + 1);

        let made = proof(&ProofPlan::inclusion(index as u64, size as u64).unwrap(), node);
        prop_assert_eq!(made, hashes(tree::inclusion_proof(index, &leaves)));
        let made = proof(&ProofPlan::consistency(old as u64, size as u64).unwrap(), node);
        prop_assert_eq!(made, hashes(tree::consistency_proof(old, &leaves)));
        prop_assert_eq!(Subtree::of_tree(size as u64).hash(node), Ok(Hash(tree::root(&leaves))));
    }

    #[test]
    fn subtree_proofs_are_those_of_the_definition(size in 1..300_usize, cut in any::<[Index; 2]>(), right in any::<bool>(), index in any::<Index>()) {
        let leaves: Vec<tree::Hash> = (0..size).map(|i| tree::leaf_hash(&i.to_be_bytes())).collect();
        let levels = tree::Levels::new(leaves.clone());
        let node = |node: Node| Ok(Hash(levels.at(node.level.into(), size)[usize::try_from(node.index).unwrap()]));
        let head = TreeHead { size: size as u64, root: Hash(tree::root(&leaves)) };
        let [a, b] = cut.map(|cut| cut.index(size + 1) as u64);
        let subtree = Subtree::covering(a.min(b), a.max(b)).unwrap()[usize::from(right)];
        let (start, end) = (usize::try_from(subtree.start()).unwrap(), usize::try_from(subtree.end()).unwrap());
        let hash = Hash(tree::root(&leaves[start..end]));

        let expected = hashes(subtree_proof(start, end, &leaves));
        let made = proof(&ProofPlan::subtree_consistency(subtree, size as u64).unwrap(), node);
        prop_assert_eq!(&made, &expected);
        prop_assert_eq!(verify_subtree_consistency(subtree, &hash, &expected, &head), Ok(()));
        if start < end {
            let index = index.index(end - start);
            let expected = hashes(tree::inclusion_proof(index, &leaves[start..end]));
            let index = (start + index) as u64;
            let made = proof(&ProofPlan::subtree_inclusion(index, subtree).unwrap(), node);
            prop_assert_eq!(&made, &expected);
            let leaf = Hash(leaves[usize::try_from(index).unwrap()]);
            prop_assert_eq!(verify_subtree_inclusion(&leaf, index, &expected, subtree, &hash), Ok(()));
        }
    }

    /// In a tree of any size whose leaves are all equal, each node has the hash of its level: so the prover works there too.
    #[test]
    fn proofs_in_trees_of_any_size((subtree, size) in subtree_and_size(), index in any::<Index>(), bit in 0..256_usize, at in any::<Index>()) {
        let levels = equal_leaves();
        let node = |node: Node| Ok(levels[usize::from(node.level)]);
        let head = TreeHead { size, root: Subtree::of_tree(size).hash(node)? };
        let hash = subtree.hash(node)?;

        let plan = ProofPlan::subtree_consistency(subtree, size).unwrap();
        let mut consistency = proof(&plan, node);
        prop_assert_eq!(consistency.len(), plan.proof_length());
        prop_assert!(consistency.len() <= 65);
        prop_assert_eq!(verify_subtree_consistency(subtree, &hash, &consistency, &head), Ok(()));
        if subtree.size() == 0 {
            return Ok(());
        }
        prop_assert_eq!(roots_from_subtree_consistency(subtree, &hash, size, &consistency), Ok((hash, head.root)));
        if subtree.start() == 0 {
            let old = TreeHead { size: subtree.size(), root: hash };
            prop_assert_eq!(verify_consistency(&old, &head, &consistency), Ok(()));
        }
        if !consistency.is_empty() {
            let at = at.index(consistency.len());
            consistency[at].0[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(verify_subtree_consistency(subtree, &hash, &consistency, &head).is_err());
        }

        let index = subtree.start() + index.index(usize::try_from(subtree.size()).unwrap()) as u64;
        let mut inclusion = proof(&ProofPlan::subtree_inclusion(index, subtree).unwrap(), node);
        prop_assert_eq!(verify_subtree_inclusion(&levels[0], index, &inclusion, subtree, &hash), Ok(()));
        prop_assert_eq!(root_from_subtree_inclusion(&levels[0], index, subtree, &inclusion), Ok(hash));
        if !inclusion.is_empty() {
            let at = at.index(inclusion.len());
            inclusion[at].0[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(verify_subtree_inclusion(&levels[0], index, &inclusion, subtree, &hash).is_err());
        }
        let inclusion = proof(&ProofPlan::inclusion(index, size).unwrap(), node);
        prop_assert_eq!(verify_inclusion(&levels[0], index, &inclusion, &head), Ok(()));
    }

    /// The three properties that the draft states for the covering pair.
    #[test]
    fn two_subtrees_cover_any_leaves(a in number(), b in number()) {
        let (start, end) = (a.min(b), a.max(b));
        let [left, right] = Subtree::covering(start, end).unwrap();
        for subtree in [left, right] {
            prop_assert_eq!(Subtree::new(subtree.start(), subtree.end()), Ok(subtree));
        }
        prop_assert_eq!(left.end(), right.start());
        prop_assert!(left.start() <= start);
        prop_assert_eq!(right.end(), end);
        prop_assert!(start == end || start - left.start() < left.end() - start);
    }

    #[test]
    fn any_numbers(start in number(), end in number(), size in number(), index in number(), length in 0..70_usize) {
        let hash = leaf_hash(b"");
        let proof = vec![hash; length];
        let _ = ProofPlan::inclusion(index, size).map(|plan| plan.nodes().count());
        let _ = ProofPlan::consistency(index, size).map(|plan| plan.nodes().count());
        let _ = Subtree::covering(start, end);
        if let Ok(subtree) = Subtree::new(start, end) {
            let _ = verify_subtree_inclusion(&hash, index, &proof, subtree, &hash);
            let _ = verify_subtree_consistency(subtree, &hash, &proof, &TreeHead { size, root: hash });
            let _ = ProofPlan::subtree_inclusion(index, subtree).map(|plan| plan.nodes().count());
            let _ = ProofPlan::subtree_consistency(subtree, size).map(|plan| plan.nodes().count());
            prop_assert_eq!(subtree.nodes().count(), subtree.size().count_ones() as usize);
        }
    }
}

fn proof(plan: &ProofPlan, node: impl FnMut(Node) -> Result<Hash, ProofError>) -> Vec<Hash> {
    plan.hashes(node).collect::<Result<_, _>>().unwrap()
}

/// SUBTREE_PROOF(start, end, D_n) of the draft, by its recursive definition.
fn subtree_proof(start: usize, end: usize, leaves: &[tree::Hash]) -> Vec<tree::Hash> {
    if start == end { Vec::new() } else { subtree_subproof(start, end, leaves, true) }
}

fn subtree_subproof(start: usize, end: usize, leaves: &[tree::Hash], known: bool) -> Vec<tree::Hash> {
    if start == 0 && end == leaves.len() {
        return if known { Vec::new() } else { vec![tree::root(leaves)] };
    }
    let k = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(k);
    let (mut proof, other) = if end <= k {
        (subtree_subproof(start, end, left, known), right)
    } else if k <= start {
        (subtree_subproof(start - k, end - k, right, known), left)
    } else {
        (subtree_subproof(0, end - k, right, false), left)
    };
    proof.push(tree::root(other));
    proof
}

fn equal_leaves() -> [Hash; 64] {
    let mut levels = [leaf_hash(b"equal"); 64];
    for level in 1..64 {
        levels[level] = node_hash(&levels[level - 1], &levels[level - 1]);
    }
    levels
}

/// A subtree of every magnitude and alignment, and a tree that contains it.
fn subtree_and_size() -> impl Strategy<Value = (Subtree, u64)> {
    (number(), number(), number()).prop_map(|(a, b, c)| {
        let mut numbers = [a, b, c];
        numbers.sort_unstable();
        let [a, b, size] = numbers;
        let [left, right] = Subtree::covering(a, b).unwrap();
        (if c % 2 == 0 { left } else { right }, size)
    })
}

/// Numbers of every magnitude, and those beside powers of two.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        (any::<u64>(), 0..64_u32).prop_map(|(n, shift)| n >> shift),
        (0..64_u32, 0..3_u64).prop_map(|(bit, offset)| (1_u64 << bit).wrapping_add(offset).wrapping_sub(1)),
        Just(u64::MAX),
    ]
}

fn hashes(proof: Vec<tree::Hash>) -> Vec<Hash> {
    proof.into_iter().map(Hash).collect()
}
