use alloc::vec::Vec;

use crate::error::ListFull;
use crate::index::{Budget, MAX_PLACE, NONE, push};

/// The bits of an address.
pub(crate) trait Key: Copy + Eq {
    const WIDTH: u8;

    /// The first `length` bits set.
    fn mask(length: u8) -> Self;

    fn and(self, other: Self) -> Self;

    /// Whether the bit behind the first `length` is set; false where there is none.
    fn bit(self, length: u8) -> bool;

    /// How many bits two keys share before the first in which they differ.
    fn common(self, other: Self) -> u8;

    /// The length of a mask; none where bits are set behind one that is not.
    fn mask_length(self) -> Option<u8>;
}

macro_rules! key {
    ($key:ty, $width:expr) => {
        impl Key for $key {
            const WIDTH: u8 = $width;

            #[inline]
            fn mask(length: u8) -> Self {
                Self::MAX.checked_shl(u32::from(Self::WIDTH.saturating_sub(length))).unwrap_or(0)
            }

            #[inline]
            fn and(self, other: Self) -> Self {
                self & other
            }

            #[inline]
            fn bit(self, length: u8) -> bool {
                let shift = u32::from(Self::WIDTH).checked_sub(u32::from(length).saturating_add(1));
                shift.and_then(|shift| self.checked_shr(shift)).is_some_and(|bits| bits & 1 == 1)
            }

            #[inline]
            #[expect(clippy::cast_possible_truncation, reason = "at most 128")]
            fn common(self, other: Self) -> u8 {
                (self ^ other).leading_zeros() as u8
            }

            #[expect(clippy::cast_possible_truncation, reason = "at most 128")]
            fn mask_length(self) -> Option<u8> {
                let length = self.leading_ones() as u8;
                (Self::mask(length) == self).then_some(length)
            }
        }
    };
}

key!(u32, 32);
key!(u128, 128);

/// A binary trie in which chains of nodes with one child are cut short: every node is a prefix of the list, or has two
/// children.
///
/// ```text
///              10.0.0.0/8
///             /          \
///     10.1.0.0/16     10.128.0.0/9
/// ```
#[derive(Debug, Clone)]
pub(crate) struct PrefixTrie<K> {
    nodes: Vec<Node<K>>,
    root: u32,
}

#[derive(Debug, Clone)]
struct Node<K> {
    key: K,
    /// By the bit behind the prefix.
    children: [u32; 2],
    first_link: u32,
    length: u8,
}

impl<K: Key> PrefixTrie<K> {
    pub(crate) fn new() -> Self {
        Self { nodes: Vec::new(), root: NONE }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.root == NONE
    }

    pub(crate) fn prefix(&self, place: u32) -> (K, u8) {
        let node = self.node(place);
        (node.key, node.length)
    }

    pub(crate) fn first_link_mut(&mut self, place: u32) -> &mut u32 {
        &mut self.node_mut(place).first_link
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.nodes.shrink_to_fit();
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.nodes.capacity().saturating_mul(size_of::<Node<K>>())
    }

    /// The node of a prefix, which is added if it is missing. Bits behind `length` must be zero.
    pub(crate) fn insert(&mut self, key: K, length: u8) -> Result<u32, ListFull> {
        let mut from = None;
        let mut at = self.root;
        loop {
            if at == NONE {
                let leaf = self.add(key, length, [NONE; 2])?;
                self.link(from, leaf);
                return Ok(leaf);
            }
            let node = self.node(at);
            let shared = key.common(node.key).min(length).min(node.length);
            if shared == node.length {
                if shared == length {
                    return Ok(at);
                }
                let side = key.bit(shared);
                from = Some((at, side));
                at = child(node, side);
                continue;
            }
            // The new prefix parts from this node, or ends above it.
            let below = node.key.bit(shared);
            let above = if shared == length {
                self.add(key, length, if below { [NONE, at] } else { [at, NONE] })?
            } else {
                let leaf = self.add(key, length, [NONE; 2])?;
                let children = if below { [leaf, at] } else { [at, leaf] };
                self.add(key.and(K::mask(shared)), shared, children)?
            };
            self.link(from, above);
            if shared == length {
                return Ok(above);
            }
            let [left, right] = self.node(above).children;
            return Ok(if below { left } else { right });
        }
    }

    fn add(&mut self, key: K, length: u8, children: [u32; 2]) -> Result<u32, ListFull> {
        let place = u32::try_from(self.nodes.len()).ok().filter(|&place| place < MAX_PLACE).ok_or(ListFull)?;
        push(&mut self.nodes, Node { key, children, first_link: NONE, length });
        Ok(place)
    }

    fn link(&mut self, from: Option<(u32, bool)>, place: u32) {
        match from {
            None => self.root = place,
            Some((parent, side)) => {
                let [left, right] = &mut self.node_mut(parent).children;
                *if side { right } else { left } = place;
            }
        }
    }

    /// All prefixes of the list that hold the whole of a prefix, the shortest first: their first links and lengths.
    #[inline]
    pub(crate) fn covering(&self, key: K, length: u8) -> impl Iterator<Item = (u32, u8)> + '_ {
        let mut at = self.root;
        core::iter::from_fn(move || {
            while at != NONE {
                let node = self.node(at);
                if node.length > length || key.and(K::mask(node.length)) != node.key {
                    break;
                }
                at = if node.length == length { NONE } else { child(node, key.bit(node.length)) };
                if node.first_link != NONE {
                    return Some((node.first_link, node.length));
                }
            }
            at = NONE;
            None
        })
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "places come from this trie, which never loses a node")]
    fn node(&self, place: u32) -> &Node<K> {
        &self.nodes[place as usize]
    }

    #[expect(clippy::indexing_slicing, reason = "places come from this trie, which never loses a node")]
    fn node_mut(&mut self, place: u32) -> &mut Node<K> {
        &mut self.nodes[place as usize]
    }
}

#[inline]
fn child<K>(node: &Node<K>, side: bool) -> u32 {
    let [left, right] = node.children;
    if side { right } else { left }
}

/// A set of addresses: those that agree with `key` in the bits that are set in `known`; and a bound on the prefixes that
/// are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Addresses<K> {
    pub(crate) key: K,
    pub(crate) known: K,
    /// Prefixes of fewer bits are passed over.
    pub(crate) least: u8,
}

/// Walks the prefixes that share an address with a set.
#[derive(Debug, Clone)]
pub(crate) struct PrefixWalk<'l, K> {
    trie: &'l PrefixTrie<K>,
    set: Addresses<K>,
    /// Nodes to visit. Each level of the trie adds at most one to those that wait, and two at the last.
    waiting: [u32; 130],
    count: usize,
}

impl<'l, K: Key> PrefixWalk<'l, K> {
    pub(crate) fn new(trie: &'l PrefixTrie<K>, set: Addresses<K>) -> Self {
        let mut walk = Self { trie, set, waiting: [NONE; 130], count: 0 };
        walk.wait(trie.root);
        walk
    }

    fn wait(&mut self, place: u32) {
        if place != NONE
            && let Some(slot) = self.waiting.get_mut(self.count)
        {
            *slot = place;
            self.count = self.count.saturating_add(1);
        }
    }

    /// The first link of the next prefix; none at the end, or when the budget is spent.
    pub(crate) fn next(&mut self, budget: &mut Budget) -> Option<u32> {
        loop {
            let count = self.count.checked_sub(1)?;
            if !budget.spend() {
                return None;
            }
            let place = *self.waiting.get(count)?;
            self.count = count;
            let node = self.trie.node(place);
            let fixed = self.set.known.and(K::mask(node.length));
            if self.set.key.and(fixed) != node.key.and(fixed) {
                continue;
            }
            let [left, right] = node.children;
            self.wait(right);
            self.wait(left);
            if node.first_link != NONE && node.length >= self.set.least {
                return Some(node.first_link);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    /// A trie whose links are the numbers of the prefixes.
    fn build<K: Key>(prefixes: &[(K, u8)]) -> PrefixTrie<K> {
        let mut trie = PrefixTrie::new();
        for (number, &(key, length)) in prefixes.iter().enumerate() {
            let place = trie.insert(key.and(K::mask(length)), length).unwrap();
            *trie.first_link_mut(place) = u32::try_from(number).unwrap();
        }
        trie
    }

    /// The numbers of the prefixes that are the last of their kind and fulfil the condition.
    fn scan<K: Key>(prefixes: &[(K, u8)], condition: impl Fn(K, u8) -> bool) -> Vec<u32> {
        let mut found = Vec::new();
        for (number, &(key, length)) in prefixes.iter().enumerate() {
            let last = !prefixes[number + 1..]
                .iter()
                .any(|&(other, same)| same == length && other.and(K::mask(length)) == key.and(K::mask(length)));
            if last && condition(key.and(K::mask(length)), length) {
                found.push(u32::try_from(number).unwrap());
            }
        }
        found
    }

    fn check<K: Key>(prefixes: &[(K, u8)], key: K, length: u8, known: K) {
        let trie = build(prefixes);
        let covering: Vec<_> = trie.covering(key, length).collect();
        assert!(covering.is_sorted_by_key(|&(_, length)| length));
        let mut covering: Vec<_> = covering.into_iter().map(|(link, _)| link).collect();
        covering.sort_unstable();
        assert_eq!(covering, scan(prefixes, |other, bits| bits <= length && other == key.and(K::mask(bits))));

        for known in [known, K::mask(length)] {
            for least in [0, length] {
                let mut walk = PrefixWalk::new(&trie, Addresses { key, known, least });
                let mut budget = Budget::unlimited();
                let mut found: Vec<_> = core::iter::from_fn(|| walk.next(&mut budget)).collect();
                found.sort_unstable();
                let shares = |other: K, bits| {
                    bits >= least && key.and(known).and(K::mask(bits)) == other.and(known).and(K::mask(bits))
                };
                assert_eq!(found, scan(prefixes, shares));
            }
        }
    }

    proptest! {
        /// Few distinct bits, so that prefixes nest.
        #[test]
        fn trie_is_a_naive_scan_v4(
            prefixes in proptest::collection::vec((0_u32..64, 0_u8..=32), 0..60),
            key in 0_u32..64, length in 0_u8..=32, known in 0_u32..64,
        ) {
            let spread = |bits: u32| bits.rotate_right(3) | bits << 11;
            let prefixes: Vec<_> = prefixes.into_iter().map(|(key, length)| (spread(key), length)).collect();
            check(&prefixes, spread(key), length, !spread(known));
        }

        #[test]
        fn trie_is_a_naive_scan_v6(
            prefixes in proptest::collection::vec((0_u128..64, 0_u8..=128), 0..60),
            key in 0_u128..64, length in 0_u8..=128, known in 0_u128..64,
        ) {
            let spread = |bits: u128| bits.rotate_right(3) | bits << 61 | bits;
            let prefixes: Vec<_> = prefixes.into_iter().map(|(key, length)| (spread(key), length)).collect();
            check(&prefixes, spread(key), length, !spread(known));
        }
    }

    #[test]
    fn every_length_of_one_address() {
        let prefixes: Vec<_> = (0..=128).map(|length| (u128::MAX, length)).collect();
        check(&prefixes, u128::MAX, 128, 0);
        let both: Vec<_> = (0..=32).flat_map(|length| [(u32::MAX, length), (0, length)]).collect();
        check(&both, 0, 32, 0);
    }

    #[test]
    fn bits() {
        assert_eq!((u32::mask(0), u32::mask(1), u32::mask(32)), (0, 1 << 31, u32::MAX));
        assert_eq!((u128::mask(0), u128::mask(128)), (0, u128::MAX));
        assert!(u32::bit(1, 31) && !u32::bit(1, 30) && !u32::bit(1, 32));
        assert_eq!((1_u32.common(0), 5_u128.common(5)), (31, 128));
    }
}
