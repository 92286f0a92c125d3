use alloc::vec::Vec;
use core::marker::PhantomData;

use crate::error::ListFull;
use crate::index::{NONE, grown};
use crate::prefix_trie::Key;

/// How many bits of a key a node looks at.
pub(crate) const STRIDE: u8 = 6;
/// Depths count so many zeros in front of a key: then /24 and /48 are the longest prefixes that end in a node, not the
/// shortest, and need no node of their own.
pub(crate) const LEAD: u8 = 5;

/// Nodes of a multi-bit trie, each with its references in one piece of memory.
///
/// A node at depth `d` stands for what shares its first `d` bits. Prefixes of `d` to `d + 5` bits end in it, told apart by
/// their bits behind the first `d`, and it has one child for each value of six bits. Two bitmaps say which of these there
/// are, and the references stand behind them without gaps: the words are
///
/// ```text
/// children (2) | ends (2) | depth, capacity | key (1 or 4) | references of children … | those of ends … | room
/// ```
#[derive(Debug, Clone)]
pub(crate) struct Blocks<K> {
    words: Vec<u32>,
    /// For each capacity the first of the blocks that are free. The first word of a free block leads to the next.
    free: [u32; CAPACITIES.len()],
    key: PhantomData<K>,
}

/// The words in front of the key.
const HEADER: usize = 5;
/// How many references a block has room for.
const CAPACITIES: [u8; 16] = [2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 26, 34, 46, 64, 92, 127];
const LARGEST: u8 = 15;

/// What a node says about itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block<K> {
    pub(crate) children: u64,
    /// The prefixes that end in the node: one of `n` bits behind the first `depth` is bit `2^n` plus those `n` bits. So
    /// shorter ones come first.
    pub(crate) ends: u64,
    /// A multiple of [`STRIDE`].
    pub(crate) depth: u8,
    /// An index of [`CAPACITIES`].
    capacity: u8,
    at: u32,
    /// What all that is below begins with; zeros behind it.
    pub(crate) key: K,
}

/// One of the two bitmaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    End(u8),
    Child(u8),
}

impl Slot {
    /// Where a prefix belongs in a node at a depth.
    #[inline]
    pub(crate) fn of<K: Key>(key: K, length: u8, depth: u8) -> Self {
        let step = key.step(depth);
        match length.saturating_add(LEAD).saturating_sub(depth) {
            bits if bits < STRIDE => Self::End(end(step, bits)),
            _ => Self::Child(step),
        }
    }
}

/// The number of the end that is `bits` bits of a step.
const fn end(step: u8, bits: u8) -> u8 {
    step.wrapping_shr(STRIDE.wrapping_sub(bits) as u32) | 1_u8.wrapping_shl(bits as u32)
}

/// The ends that are the first bits of each step.
#[expect(clippy::indexing_slicing, reason = "computed by the compiler")]
const ENDS_OF_STEP: [u64; 64] = {
    let mut of_step = [0; 64];
    let mut step = 0;
    while step < 64 {
        let mut bits = 0;
        while bits < STRIDE {
            of_step[step as usize] |= 1 << end(step, bits);
            bits += 1;
        }
        step += 1;
    }
    of_step
};

/// For each bit of a number below 64, the lowest first, the numbers that have it.
const WITH_BIT: [u64; 6] = [
    0xaaaa_aaaa_aaaa_aaaa,
    0xcccc_cccc_cccc_cccc,
    0xf0f0_f0f0_f0f0_f0f0,
    0xff00_ff00_ff00_ff00,
    0xffff_0000_ffff_0000,
    0xffff_ffff_0000_0000,
];

impl<K: Key> Block<K> {
    /// The ends that hold what follows the depth: `step`, of which `bits` bits count.
    #[inline]
    pub(crate) fn ends_above(&self, step: u8, bits: u8) -> u64 {
        let of_step = ENDS_OF_STEP.get(usize::from(step)).copied().unwrap_or_default();
        // Those of n bits are below bit 2^(n + 1). Nothing is beyond bit 63.
        let beyond = match bits {
            0..STRIDE => 2_u64.wrapping_shl(2_u32.wrapping_shl(bits.into()).wrapping_sub(1)),
            _ => 0,
        };
        self.ends & of_step & beyond.wrapping_sub(1)
    }

    /// The ends that agree with `step` in those of their bits that are set in `known`.
    pub(crate) fn ends_like(&self, step: u8, known: u8) -> u64 {
        (0..STRIDE).fold(0, |ends, bits| {
            let above = u32::from(STRIDE.wrapping_sub(bits));
            let first = u32::from(1_u8.wrapping_shl(bits.into()));
            let level = 1_u64.wrapping_shl(first).wrapping_sub(1);
            ends | (like(step.wrapping_shr(above), known.wrapping_shr(above)) & level).wrapping_shl(first)
        }) & self.ends
    }

    /// The children that agree with `step` in the bits that are set in `known`.
    pub(crate) fn children_like(&self, step: u8, known: u8) -> u64 {
        like(step, known) & self.children
    }

    pub(crate) const EMPTY: Self = Self { children: 0, ends: 0, depth: 0, capacity: 0, at: 0, key: K::ZERO };

    /// The number of bits of an end.
    pub(crate) fn length(&self, end: u8) -> u8 {
        #[expect(clippy::cast_possible_truncation, reason = "at most 5")]
        let bits = end.checked_ilog2().unwrap_or_default() as u8;
        self.depth.saturating_add(bits).saturating_sub(LEAD)
    }

    #[inline]
    fn has(&self, slot: Slot) -> bool {
        match slot {
            Slot::End(end) => self.ends & bit(end) != 0,
            Slot::Child(child) => self.children & bit(child) != 0,
        }
    }

    fn with(self, slot: Slot, present: bool) -> Self {
        let change = |bitmap: u64, number| if present { bitmap | bit(number) } else { bitmap & !bit(number) };
        match slot {
            Slot::End(end) => Self { ends: change(self.ends, end), ..self },
            Slot::Child(child) => Self { children: change(self.children, child), ..self },
        }
    }

    /// How many references stand before that of a slot.
    #[inline]
    fn rank(&self, slot: Slot) -> usize {
        let before = match slot {
            Slot::Child(child) => (self.children & bit(child).wrapping_sub(1)).count_ones(),
            Slot::End(end) => {
                let ends = (self.ends & bit(end).wrapping_sub(1)).count_ones();
                self.children.count_ones().wrapping_add(ends)
            }
        };
        before as usize
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.count_ones().wrapping_add(self.children.count_ones()) as usize
    }

    #[inline]
    fn word(&self, rank: usize) -> usize {
        (self.at as usize).wrapping_add(HEADER).wrapping_add(K::WORDS).wrapping_add(rank)
    }
}

#[inline]
fn bit(number: u8) -> u64 {
    1_u64.wrapping_shl(number.into())
}

/// The number of the lowest bit, and the others.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "at most 64")]
pub(crate) fn first_of(bits: u64) -> (u8, u64) {
    (bits.trailing_zeros() as u8, bits & bits.wrapping_sub(1))
}

/// The numbers below 64 that agree with `step` in the bits that are set in `known`.
fn like(step: u8, known: u8) -> u64 {
    WITH_BIT.iter().zip(0_u32..).fold(u64::MAX, |like, (&with, bit)| {
        let is_set = |bits: u8| bits.wrapping_shr(bit) & 1 == 1;
        match (is_set(known), is_set(step)) {
            (false, _) => like,
            (true, true) => like & with,
            (true, false) => like & !with,
        }
    })
}

/// The index in [`CAPACITIES`] of the least that is enough.
fn capacity(references: usize) -> u8 {
    CAPACITIES
        .iter()
        .zip(0_u8..)
        .find(|&(&room, _)| usize::from(room) >= references)
        .map_or(LARGEST, |(_, index)| index)
}

impl<K: Key> Blocks<K> {
    pub(crate) fn new() -> Self {
        Self { words: Vec::new(), free: [NONE; CAPACITIES.len()], key: PhantomData }
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "nodes are where references of the trie lead")]
    pub(crate) fn block(&self, at: u32) -> Block<K> {
        let start = at as usize;
        let words = &self.words[start..start.wrapping_add(HEADER).wrapping_add(K::WORDS)];
        let wide = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        let [depth, capacity, ..] = words[4].to_le_bytes();
        let key = K::from_words(&words[HEADER..]);
        Block { children: wide(words[0], words[1]), ends: wide(words[2], words[3]), depth, capacity, at, key }
    }

    /// What a slot refers to.
    #[inline]
    pub(crate) fn get(&self, block: &Block<K>, slot: Slot) -> Option<u32> {
        if block.has(slot) { self.words.get(block.word(block.rank(slot))).copied() } else { None }
    }

    /// The other slot of a node of two, and what it refers to.
    pub(crate) fn other(&self, block: &Block<K>, slot: Slot) -> (Slot, u32) {
        let rest = block.with(slot, false);
        let other = match rest.children {
            0 => Slot::End(first_of(rest.ends).0),
            _ => Slot::Child(first_of(rest.children).0),
        };
        (other, self.get(block, other).unwrap_or(NONE))
    }

    /// Changes what a slot refers to.
    pub(crate) fn set(&mut self, at: u32, slot: Slot, reference: u32) {
        let block = self.block(at);
        if let Some(word) = self.words.get_mut(block.word(block.rank(slot))) {
            *word = reference;
        }
    }

    /// A node that refers to two. Its key is the first bits of `key`.
    pub(crate) fn add(&mut self, key: K, depth: u8, pair: [(Slot, u32); 2]) -> Result<u32, ListFull> {
        let capacity = capacity(pair.len());
        let at = self.allocate(capacity)?;
        let [(first, to_first), (second, to_second)] = pair;
        let key = key.and(K::mask(depth.saturating_sub(LEAD)));
        let block = Block { children: 0, ends: 0, depth, capacity, at, key }.with(first, true).with(second, true);
        self.write_header(&block);
        self.set(at, first, to_first);
        self.set(at, second, to_second);
        Ok(at)
    }

    /// Adds a reference to a node, which may have to move. Where it is now.
    pub(crate) fn insert(&mut self, at: u32, slot: Slot, reference: u32) -> Result<u32, ListFull> {
        let old = self.block(at);
        let needed = capacity(old.len().wrapping_add(1));
        let old = if needed > old.capacity { self.moved(old, needed)? } else { old };
        let new = old.with(slot, true);
        let (place, end) = (new.word(new.rank(slot)), old.word(old.len()));
        self.words.copy_within(place..end, place.wrapping_add(1));
        self.write_header(&new);
        self.set(new.at, slot, reference);
        Ok(new.at)
    }

    /// Takes a reference out of a node of three or more, which may move. Where it is now.
    pub(crate) fn remove(&mut self, at: u32, slot: Slot) -> u32 {
        let old = self.block(at);
        let (place, end) = (old.word(old.rank(slot)), old.word(old.len()));
        self.words.copy_within(place.wrapping_add(1)..end, place);
        let new = old.with(slot, false);
        self.write_header(&new);
        // One capacity to spare, or the next insertion would move it back.
        let needed = capacity(new.len().wrapping_add(1));
        if needed < new.capacity { self.moved(new, needed).map_or(at, |block| block.at) } else { at }
    }

    /// Gives the memory of a node back.
    pub(crate) fn free(&mut self, at: u32) {
        let capacity = self.block(at).capacity;
        self.release(at, capacity);
    }

    fn moved(&mut self, old: Block<K>, capacity: u8) -> Result<Block<K>, ListFull> {
        let new = Block { at: self.allocate(capacity)?, capacity, ..old };
        self.words.copy_within(old.word(0)..old.word(old.len()), new.word(0));
        self.write_header(&new);
        self.release(old.at, old.capacity);
        Ok(new)
    }

    fn write_header(&mut self, block: &Block<K>) {
        let start = block.at as usize;
        #[expect(clippy::cast_possible_truncation, reason = "the halves of 64 bits")]
        let halves = |bits: u64| [bits as u32, (bits >> 32) as u32];
        let ([a, b], [c, d]) = (halves(block.children), halves(block.ends));
        let words = self.words.get_mut(start..start.wrapping_add(HEADER).wrapping_add(K::WORDS));
        if let Some((header, key)) = words.and_then(|words| words.split_at_mut_checked(HEADER)) {
            header.copy_from_slice(&[a, b, c, d, u32::from_le_bytes([block.depth, block.capacity, 0, 0])]);
            block.key.write_words(key);
        }
    }

    #[expect(clippy::indexing_slicing, reason = "capacities and free blocks are those of this arena")]
    fn allocate(&mut self, capacity: u8) -> Result<u32, ListFull> {
        let capacity = usize::from(capacity);
        let free = self.free[capacity];
        if free != NONE {
            self.free[capacity] = self.words[free as usize];
            return Ok(free);
        }
        let at = u32::try_from(self.words.len()).ok().filter(|&at| at < MAX_WORDS).ok_or(ListFull)?;
        let words = HEADER.wrapping_add(K::WORDS).wrapping_add(CAPACITIES[capacity].into());
        let length = self.words.len().saturating_add(words);
        if self.words.capacity() < length {
            self.words.reserve_exact(grown(self.words.len()).max(words));
        }
        self.words.resize(length, 0);
        Ok(at)
    }

    #[expect(clippy::indexing_slicing, reason = "capacities and blocks are those of this arena")]
    fn release(&mut self, at: u32, capacity: u8) {
        let capacity = usize::from(capacity);
        self.words[at as usize] = self.free[capacity];
        self.free[capacity] = at;
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.words.shrink_to_fit();
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.words.capacity().saturating_mul(size_of::<u32>())
    }
}

/// A reference is a place in the arena or, with its highest bit set, something else.
const MAX_WORDS: u32 = 1 << 31;
