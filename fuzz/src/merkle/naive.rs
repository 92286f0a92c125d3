//! Proofs read off the recursive definitions, for trees of any size: the recursion halves, so it is never deeper than 64.
//! Leaves are numbers, ranges of leaves are `(start, end)`.

use ctlens_merkle::Hash;
use ctlens_testkit::tree::node_hash;

type Range = (u64, u64);

/// PATH(m, D\[n\]) of RFC 6962 §2.1.1, as the ranges whose hashes it consists of.
pub(super) fn inclusion_plan(index: u64, (start, end): Range) -> Vec<Range> {
    if end - start == 1 {
        return Vec::new();
    }
    let middle = start + split(end - start);
    let (half, sibling) =
        if index < middle { ((start, middle), (middle, end)) } else { ((middle, end), (start, middle)) };
    let mut plan = inclusion_plan(index, half);
    plan.push(sibling);
    plan
}

/// The root to which PATH leads; `None` if the path has another length.
pub(super) fn inclusion_root(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if size == 1 {
        return path.is_empty().then_some(leaf);
    }
    let (last, path) = path.split_last()?;
    let k = split(size);
    Some(if index < k {
        join(inclusion_root(leaf, index, k, path)?, *last)
    } else {
        join(*last, inclusion_root(leaf, index - k, size - k, path)?)
    })
}

/// SUBTREE_PROOF(start, end, D\[n\]) of the Merkle Tree Certificates draft, as ranges. With start 0 it is PROOF(m, D\[n\]) of
/// RFC 6962 §2.1.2. `complete` is the b of the definition.
pub(super) fn consistency_plan(subtree: Range, (start, end): Range, complete: bool) -> Vec<Range> {
    if subtree == (start, end) {
        return if complete { Vec::new() } else { vec![subtree] };
    }
    let middle = start + split(end - start);
    let (left, right) = ((start, middle), (middle, end));
    let (mut plan, sibling) = if subtree.1 <= middle {
        (consistency_plan(subtree, left, complete), right)
    } else if middle <= subtree.0 {
        (consistency_plan(subtree, right, complete), left)
    } else {
        (consistency_plan((middle, subtree.1), right, false), left)
    };
    plan.push(sibling);
    plan
}

/// The hash of the subtree and the root to which SUBTREE_PROOF leads; `None` if the proof has another length.
pub(super) fn consistency_roots(
    subtree: Range,
    hash: Hash,
    (start, end): Range,
    proof: &[Hash],
    complete: bool,
) -> Option<(Hash, Hash)> {
    if subtree == (start, end) {
        return match proof {
            [] if complete => Some((hash, hash)),
            [own] if !complete => Some((*own, *own)),
            _ => None,
        };
    }
    let (&last, proof) = proof.split_last()?;
    let middle = start + split(end - start);
    Some(if subtree.1 <= middle {
        let (hash, root) = consistency_roots(subtree, hash, (start, middle), proof, complete)?;
        (hash, join(root, last))
    } else if middle <= subtree.0 {
        let (hash, root) = consistency_roots(subtree, hash, (middle, end), proof, complete)?;
        (hash, join(last, root))
    } else {
        let (hash, root) = consistency_roots((middle, subtree.1), hash, (middle, end), proof, false)?;
        (join(last, hash), join(last, root))
    })
}

/// The largest power of two smaller than `n`, which is at least 2.
fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

fn join(left: Hash, right: Hash) -> Hash {
    Hash(node_hash(&left.0, &right.0))
}
