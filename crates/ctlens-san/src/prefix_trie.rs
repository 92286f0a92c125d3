use alloc::vec::Vec;
use core::fmt;

use crate::bit_blocks::{Block, Blocks, LEAD, STRIDE, Slot, first_of};
use crate::error::ListFull;
use crate::index::{Budget, MAX_PLACE, NONE, push};

/// The bits of an address.
pub(crate) trait Key: Copy + Eq + fmt::Debug {
    const WIDTH: u8;
    const ZERO: Self;
    /// How many words of 32 bits.
    const WORDS: usize;

    /// The first `length` bits set.
    fn mask(length: u8) -> Self;

    fn and(self, other: Self) -> Self;

    /// The [`STRIDE`] bits behind the first `depth`, as a number. [`LEAD`] zeros stand in front of the key, and any number
    /// behind it.
    fn step(self, depth: u8) -> u8;

    fn from_words(words: &[u32]) -> Self;

    fn write_words(self, words: &mut [u32]);

    /// How many bits two keys share before the first in which they differ.
    fn common(self, other: Self) -> u8;

    /// The length of a mask; none where bits are set behind one that is not.
    fn mask_length(self) -> Option<u8>;
}

macro_rules! key {
    ($key:ty, $width:expr) => {
        impl Key for $key {
            const WIDTH: u8 = $width;
            const ZERO: Self = 0;
            const WORDS: usize = $width / 32;

            #[inline]
            fn mask(length: u8) -> Self {
                Self::MAX.checked_shl(u32::from(Self::WIDTH.saturating_sub(length))).unwrap_or(0)
            }

            #[inline]
            fn and(self, other: Self) -> Self {
                self & other
            }

            #[inline]
            #[expect(clippy::cast_possible_truncation, reason = "six bits")]
            fn step(self, depth: u8) -> u8 {
                let above = Self::BITS.wrapping_sub(STRIDE.into());
                match depth.checked_sub(LEAD) {
                    Some(depth) => (self.wrapping_shl(depth.into()) >> above) as u8,
                    None => (self >> above.wrapping_add(LEAD.wrapping_sub(depth).into())) as u8,
                }
            }

            #[inline]
            fn from_words(words: &[u32]) -> Self {
                words.iter().fold(0, |key, &word| key.checked_shl(u32::BITS).unwrap_or(0) | Self::from(word))
            }

            fn write_words(self, words: &mut [u32]) {
                for (word, &octets) in words.iter_mut().zip(self.to_be_bytes().as_chunks().0) {
                    *word = u32::from_be_bytes(octets);
                }
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

/// Prefixes, found by the bits that they begin with: a multi-bit trie, in which chains of nodes with one reference are cut
/// short.
///
/// Each prefix has a value, its head. Prefixes that end in a node have it in the node; one that stands alone below a node
/// has a record there.
///
/// ```text
///          node at depth 6: end 10.0.0.0/8
///             /                   \
///       node at depth 18     record 10.192.0.0/12
///          /    |    \
/// ```
#[derive(Debug, Clone)]
pub(crate) struct PrefixTrie<K: Key> {
    records: Vec<Record<K>>,
    /// The first record that is free.
    free: u32,
    blocks: Blocks<K>,
    root: u32,
}

/// A prefix of the list.
#[derive(Debug, Clone, Copy)]
#[repr(Rust, packed(4))]
struct Record<K: Key> {
    key: K,
    /// Of a prefix that stands alone. Of a record that is free, the next that is.
    head: u32,
    length: u8,
}

/// A reference of a child with this bit leads to a record, another to a node. Heads are smaller.
pub(crate) const RECORD: u32 = 1 << 31;

/// Where a reference stands.
#[derive(Debug, Clone, Copy)]
enum Parent {
    Root,
    Node(u32, Slot),
}

impl<K: Key> PrefixTrie<K> {
    pub(crate) fn new() -> Self {
        Self { records: Vec::new(), free: NONE, blocks: Blocks::new(), root: NONE }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.root == NONE
    }

    pub(crate) fn prefix(&self, place: u32) -> (K, u8) {
        let record = self.record(place);
        (record.key, record.length)
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.records.shrink_to_fit();
        self.blocks.shrink_to_fit();
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.records.capacity().saturating_mul(size_of::<Record<K>>()).saturating_add(self.blocks.heap_bytes())
    }

    /// The head of a prefix, if it is there.
    pub(crate) fn head(&self, key: K, length: u8) -> Option<u32> {
        match self.covering(key, length).last() {
            Some((head, longest)) if longest == length => Some(head),
            _ => None,
        }
    }

    /// Changes the head of the prefix at a place.
    pub(crate) fn set_head(&mut self, place: u32, head: u32) {
        let (key, length) = self.prefix(place);
        let mut at = self.root;
        while at & RECORD == 0 {
            let block = self.blocks.block(at);
            let slot = Slot::of(key, length, block.depth);
            if matches!(slot, Slot::End(_)) {
                self.blocks.set(at, slot, head);
                return;
            }
            at = self.blocks.get(&block, slot).unwrap_or(NONE);
        }
        debug_assert_eq!(at, place | RECORD, "where the prefix leads");
        self.set_head_of_record(place, head);
    }

    #[expect(clippy::indexing_slicing, reason = "places come from this trie")]
    fn set_head_of_record(&mut self, place: u32, head: u32) {
        self.records[place as usize].head = head;
    }

    /// Adds a prefix that is not there yet. Its place. Bits behind `length` must be zero.
    pub(crate) fn insert(&mut self, key: K, length: u8, head: u32) -> Result<u32, ListFull> {
        let place = self.add(key, length, head)?;
        let linked = self.link(place);
        if linked.is_err() {
            self.release(place);
        }
        linked.map(|()| place)
    }

    fn link(&mut self, place: u32) -> Result<(), ListFull> {
        let Record { key, head, length } = *self.record(place);
        let mut parent = Parent::Root;
        let mut at = self.root;
        if at == NONE {
            self.root = place | RECORD;
            return Ok(());
        }
        // What stands in the way, where it parts from the new prefix, and what it becomes below a node there.
        let (other, shared, to_other) = loop {
            if at & RECORD != 0 {
                let Record { key: other, head, length: other_length } = *self.record(at & !RECORD);
                let shared = key.common(other).min(length).min(other_length);
                let slot = Slot::of(other, other_length, depth_of(shared));
                break (slot, shared, if matches!(slot, Slot::End(_)) { head } else { at });
            }
            let block = self.blocks.block(at);
            let shared = key.common(block.key).min(length);
            if shared.saturating_add(LEAD) < block.depth {
                break (Slot::Child(block.key.step(depth_of(shared))), shared, at);
            }
            let slot = Slot::of(key, length, block.depth);
            let Some(below) = self.blocks.get(&block, slot) else {
                let moved = self.blocks.insert(at, slot, reference(slot, place, head))?;
                self.refer(parent, moved);
                return Ok(());
            };
            parent = Parent::Node(at, slot);
            at = below;
        };
        let slot = Slot::of(key, length, depth_of(shared));
        let node = self.blocks.add(key, depth_of(shared), [(other, to_other), (slot, reference(slot, place, head))])?;
        self.refer(parent, node);
        Ok(())
    }

    /// Takes a prefix out. `place_of` says the place of a head.
    pub(crate) fn remove(&mut self, place: u32, place_of: impl FnOnce(u32) -> u32) {
        let (key, length) = self.prefix(place);
        let mut above = Parent::Root;
        let mut parent = Parent::Root;
        let mut at = self.root;
        while at & RECORD == 0 {
            let block = self.blocks.block(at);
            let slot = Slot::of(key, length, block.depth);
            above = parent;
            parent = Parent::Node(at, slot);
            if matches!(slot, Slot::End(_)) {
                break;
            }
            at = self.blocks.get(&block, slot).unwrap_or(NONE);
        }
        match parent {
            Parent::Root => self.root = NONE,
            Parent::Node(node, slot) => {
                let block = self.blocks.block(node);
                let left = if block.len() > 2 {
                    self.blocks.remove(node, slot)
                } else {
                    // The other one takes the place of the node.
                    let (slot, other) = self.blocks.other(&block, slot);
                    self.blocks.free(node);
                    match slot {
                        Slot::Child(_) => other,
                        Slot::End(_) => {
                            let place = place_of(other);
                            self.set_head_of_record(place, other);
                            place | RECORD
                        }
                    }
                };
                self.refer(above, left);
            }
        }
        self.release(place);
    }

    fn refer(&mut self, parent: Parent, reference: u32) {
        match parent {
            Parent::Root => self.root = reference,
            Parent::Node(node, slot) => self.blocks.set(node, slot, reference),
        }
    }

    fn add(&mut self, key: K, length: u8, head: u32) -> Result<u32, ListFull> {
        let record = Record { key, head, length };
        let free = self.free;
        if let Some(slot) = self.records.get_mut(free as usize) {
            self.free = slot.head;
            *slot = record;
            return Ok(free);
        }
        let place = u32::try_from(self.records.len()).ok().filter(|&place| place < MAX_PLACE).ok_or(ListFull)?;
        push(&mut self.records, record);
        Ok(place)
    }

    fn release(&mut self, place: u32) {
        self.set_head_of_record(place, self.free);
        self.free = place;
    }

    /// All prefixes of the list that hold the whole of a prefix, the shortest first: their heads and lengths.
    #[inline]
    pub(crate) fn covering(&self, key: K, length: u8) -> Covering<'_, K> {
        Covering { trie: self, key, length, block: Block::EMPTY, ends: 0, next: self.root }
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "places come from this trie")]
    fn record(&self, place: u32) -> &Record<K> {
        &self.records[place as usize]
    }
}

/// The depth of a node in which what shares so many bits parts.
fn depth_of(shared: u8) -> u8 {
    let shared = shared.saturating_add(LEAD);
    shared.saturating_sub(shared % STRIDE)
}

fn reference(slot: Slot, place: u32, head: u32) -> u32 {
    match slot {
        Slot::End(_) => head,
        Slot::Child(_) => place | RECORD,
    }
}

/// The prefixes that hold another, the shortest first: their heads and lengths.
#[derive(Debug, Clone)]
pub(crate) struct Covering<'l, K: Key> {
    trie: &'l PrefixTrie<K>,
    key: K,
    length: u8,
    /// The node, and which of its ends are still to come.
    block: Block<K>,
    ends: u64,
    /// What comes behind them.
    next: u32,
}

impl<K: Key> Iterator for Covering<'_, K> {
    type Item = (u32, u8);

    #[inline]
    fn next(&mut self) -> Option<(u32, u8)> {
        let blocks = &self.trie.blocks;
        loop {
            if self.ends != 0 {
                let (end, rest) = first_of(self.ends);
                self.ends = rest;
                return Some((blocks.get(&self.block, Slot::End(end))?, self.block.length(end)));
            }
            let reference = core::mem::replace(&mut self.next, NONE);
            if reference == NONE {
                return None;
            }
            if reference & RECORD != 0 {
                let Record { key, head, length } = *self.trie.record(reference & !RECORD);
                let holds = length <= self.length && self.key.and(K::mask(length)) == key;
                return holds.then_some((head, length));
            }
            let block = blocks.block(reference);
            let bits = self.length.saturating_add(LEAD).checked_sub(block.depth)?;
            if self.key.and(K::mask(block.depth.saturating_sub(LEAD))) != block.key {
                return None;
            }
            let step = self.key.step(block.depth);
            self.ends = block.ends_above(step, bits);
            if bits >= STRIDE
                && let Some(child) = blocks.get(&block, Slot::Child(step))
            {
                self.next = child;
            }
            self.block = block;
        }
    }
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
pub(crate) struct PrefixWalk<'l, K: Key> {
    trie: &'l PrefixTrie<K>,
    set: Addresses<K>,
    /// The nodes from the root down to where the walk is, each with what is still to be visited. Every one looks at other
    /// bits of the key.
    path: [Visit<K>; 23],
    count: usize,
    /// What comes before all that.
    first: u32,
}

#[derive(Debug, Clone, Copy)]
struct Visit<K> {
    block: Block<K>,
    ends: u64,
    children: u64,
}

impl<'l, K: Key> PrefixWalk<'l, K> {
    pub(crate) fn new(trie: &'l PrefixTrie<K>, set: Addresses<K>) -> Self {
        let visit = Visit { block: Block::EMPTY, ends: 0, children: 0 };
        Self { trie, set, path: [visit; 23], count: 0, first: trie.root }
    }

    /// The head of the next prefix; none at the end, or when the budget is spent.
    pub(crate) fn next(&mut self, budget: &mut Budget) -> Option<u32> {
        loop {
            let reference = if self.first != NONE {
                if !budget.spend() {
                    return None;
                }
                core::mem::replace(&mut self.first, NONE)
            } else {
                let visit = self.path.get_mut(self.count.checked_sub(1)?)?;
                if visit.ends == 0 && visit.children == 0 {
                    self.count = self.count.saturating_sub(1);
                    continue;
                }
                if !budget.spend() {
                    return None;
                }
                if visit.ends != 0 {
                    let (end, rest) = first_of(visit.ends);
                    visit.ends = rest;
                    let head = self.trie.blocks.get(&visit.block, Slot::End(end))?;
                    if visit.block.length(end) >= self.set.least {
                        return Some(head);
                    }
                    continue;
                }
                let (child, rest) = first_of(visit.children);
                visit.children = rest;
                self.trie.blocks.get(&visit.block, Slot::Child(child))?
            };
            if reference & RECORD != 0 {
                let Record { key, head, length } = *self.trie.record(reference & !RECORD);
                if length >= self.set.least && self.meets(key, length) {
                    return Some(head);
                }
                continue;
            }
            let block = self.trie.blocks.block(reference);
            if !self.meets(block.key, block.depth.saturating_sub(LEAD)) {
                continue;
            }
            let (step, known) = (self.set.key.step(block.depth), self.set.known.step(block.depth));
            let visit = Visit { block, ends: block.ends_like(step, known), children: block.children_like(step, known) };
            if let Some(next) = self.path.get_mut(self.count) {
                *next = visit;
                self.count = self.count.saturating_add(1);
            }
        }
    }

    /// Whether the set has addresses that begin with the first `length` bits of a key.
    fn meets(&self, key: K, length: u8) -> bool {
        let fixed = self.set.known.and(K::mask(length));
        self.set.key.and(fixed) == key.and(fixed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    /// A trie whose heads are the numbers of the prefixes: of equal ones, that of the last.
    fn build<K: Key>(prefixes: &[(K, u8)]) -> PrefixTrie<K> {
        let mut trie = PrefixTrie::new();
        for (number, &(key, length)) in prefixes.iter().enumerate().rev() {
            let key = key.and(K::mask(length));
            if trie.head(key, length).is_none() {
                trie.insert(key, length, u32::try_from(number).unwrap()).unwrap();
            }
        }
        trie.check();
        trie
    }

    impl<K: Key> PrefixTrie<K> {
        fn free_records(&self) -> impl Iterator<Item = u32> + '_ {
            let mut at = self.free;
            core::iter::from_fn(move || {
                let free = at;
                at = self.records.get(free as usize)?.head;
                Some(free)
            })
        }

        /// Whether it is as a list of the same prefixes alone would be, whatever was removed from it.
        fn check(&self) {
            let mut prefixes = 0;
            let mut waiting = match self.root {
                NONE => Vec::new(),
                root => Vec::from([(root, 0, None::<(Block<K>, u8)>)]),
            };
            while let Some((reference, least_depth, above)) = waiting.pop() {
                let (key, shared) = match reference & RECORD {
                    0 => {
                        let block = self.blocks.block(reference);
                        assert!(block.len() >= 2 && block.depth.is_multiple_of(STRIDE) && block.depth >= least_depth);
                        assert_eq!(block.key, block.key.and(K::mask(block.depth.saturating_sub(LEAD))));
                        prefixes += block.ends.count_ones() as usize;
                        for child in 0..64 {
                            if let Some(below) = self.blocks.get(&block, Slot::Child(child)) {
                                waiting.push((below, block.depth + STRIDE, Some((block, child))));
                            }
                        }
                        (block.key, block.depth.saturating_sub(LEAD))
                    }
                    _ => {
                        prefixes += 1;
                        self.prefix(reference & !RECORD)
                    }
                };
                if let Some((above, child)) = above {
                    let depth = above.depth.saturating_sub(LEAD);
                    assert_eq!((key.and(K::mask(depth)), key.step(above.depth)), (above.key, child));
                    assert!(shared + LEAD >= above.depth + STRIDE);
                }
            }
            assert_eq!(prefixes + self.free_records().count(), self.records.len());
        }
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

    fn check_changes<K: Key>(changes: &[(bool, K, u8)]) {
        let mut trie = PrefixTrie::new();
        let mut prefixes: Vec<(K, u8)> = Vec::new();
        for &(adds, key, length) in changes {
            let (key, length) = (key.and(K::mask(length)), length);
            let known = prefixes.iter().position(|&other| other == (key, length));
            assert_eq!(trie.head(key, length).is_some(), known.is_some());
            match (adds, known) {
                // The head is the place.
                (true, None) => {
                    let place = trie.insert(key, length, 0).unwrap();
                    trie.set_head(place, place);
                    prefixes.push((key, length));
                }
                (false, Some(known)) => {
                    let place = trie.head(key, length).unwrap();
                    trie.remove(place, |head| head);
                    prefixes.swap_remove(known);
                }
                _ => {}
            }
            trie.check();
        }
        for (&(key, length), number) in prefixes.iter().zip(0..) {
            trie.set_head(trie.head(key, length).unwrap(), number);
        }
        for &(_, key, length) in changes {
            let mut covering: Vec<_> = trie.covering(key, length).map(|(link, _)| link).collect();
            covering.sort_unstable();
            assert_eq!(covering, scan(&prefixes, |other, bits| bits <= length && other == key.and(K::mask(bits))));
            let inside = Addresses { key, known: K::mask(length), least: length };
            let mut walk = PrefixWalk::new(&trie, inside);
            let mut inside: Vec<_> = core::iter::from_fn(|| walk.next(&mut Budget::unlimited())).collect();
            inside.sort_unstable();
            let mask = K::mask(length);
            assert_eq!(inside, scan(&prefixes, |other, bits| bits >= length && other.and(mask) == key.and(mask)));
        }
    }

    proptest! {
        #[test]
        fn changes_are_those_of_a_list_v4(
            changes in proptest::collection::vec((proptest::bool::weighted(0.7), 0_u32..256, 0_u8..=32), 0..150),
        ) {
            let spread = |bits: u32| bits.rotate_right(4) | bits << 11;
            let changes: Vec<_> =
                changes.into_iter().map(|(adds, key, length)| (adds, spread(key), length)).collect();
            check_changes(&changes);
        }

        #[test]
        fn changes_are_those_of_a_list_v6(
            changes in proptest::collection::vec((proptest::bool::weighted(0.7), 0_u128..256, 0_u8..=128), 0..150),
        ) {
            let spread = |bits: u128| bits.rotate_right(4) | bits << 61 | bits;
            let changes: Vec<_> =
                changes.into_iter().map(|(adds, key, length)| (adds, spread(key), length)).collect();
            check_changes(&changes);
        }
    }

    /// A node with all that it can refer to, filled and emptied.
    #[test]
    fn a_full_node() {
        let all: Vec<_> = (12..=18).flat_map(|length| (0_u32..64).map(move |bits| (bits << 14, length))).collect();
        for shift in [1, 5, 38, 251] {
            let turned = |at: usize| all[at * shift % all.len()];
            let changes: Vec<_> = (0..all.len())
                .map(|at| (true, turned(at)))
                .chain((0..all.len()).map(|at| (false, turned(at + shift))))
                .map(|(adds, (key, length))| (adds, key, length))
                .collect();
            check_changes(&changes[..all.len()]);
            check_changes(&changes);
        }
    }

    #[test]
    fn bits() {
        assert_eq!((u32::mask(0), u32::mask(1), u32::mask(32)), (0, 1 << 31, u32::MAX));
        assert_eq!((u128::mask(0), u128::mask(128)), (0, u128::MAX));
        assert_eq!((u32::MAX.step(0), u32::MAX.step(6), u32::MAX.step(36), 1_u32.step(30)), (1, 0x3f, 0x20, 0));
        assert_eq!((u128::MAX.step(0), 5_u128.step(126), 5_u128.step(132)), (1, 2, 0x20));
        assert_eq!((1_u32.common(0), 5_u128.common(5)), (31, 128));
    }
}
