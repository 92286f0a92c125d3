use alloc::vec;
use alloc::vec::Vec;
use core::hash::Hasher;

use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;
use hashbrown::HashTable;

use crate::bytes::{Shape, label_words, shape};
use crate::dns_name::{DnsName, MAX_LABEL};
use crate::error::ListFull;
use crate::index::{MAX_PLACE, NONE, extend, push};

/// The node above all top-level domains.
pub(crate) const ROOT: u32 = 0;

/// A trie of names, from the last label to the first. One table finds the child of a node by its label.
///
/// ```text
///            ROOT
///           /    \
///         com    org          parent ← child links are in the nodes,
///        /   \                (parent, label) → child in the table,
///    example  test            parent → first child → next sibling for walks
///     /
///   www
/// ```
#[derive(Debug, Clone)]
pub(crate) struct NameTrie {
    nodes: Vec<Node>,
    /// For nodes that have children.
    families: Vec<Family>,
    /// Each label with its length in front.
    labels: Vec<u8>,
    /// Places, with some bits of the hash above them.
    table: HashTable<u32>,
    keys: Keys,
    top_level: TopLevel,
}

#[derive(Debug, Clone)]
struct Node {
    parent: u32,
    /// Where the label stands.
    label: u32,
    next_sibling: u32,
    family: u32,
    first_link: u32,
}

#[derive(Debug, Clone)]
struct Family {
    first_child: u32,
    /// How many items the children hold, without what is below them.
    items: u32,
}

impl NameTrie {
    pub(crate) fn new(seed: u64) -> Self {
        let root = Node { parent: NONE, label: 0, next_sibling: NONE, family: NONE, first_link: NONE };
        Self {
            nodes: vec![root],
            families: Vec::new(),
            labels: vec![0],
            table: HashTable::new(),
            keys: Keys { seed, shared: SharedSeed::from_u64(seed) },
            top_level: TopLevel::new(),
        }
    }

    /// The node of a name, which is added if it is missing.
    pub(crate) fn insert(&mut self, name: &DnsName) -> Result<u32, ListFull> {
        let mut at = ROOT;
        for label in name.labels().rev() {
            at = match self.child(at, label.as_bytes()) {
                Some(child) => child,
                None => self.add(at, label.as_bytes())?,
            };
        }
        Ok(at)
    }

    fn add(&mut self, parent: u32, label: &[u8]) -> Result<u32, ListFull> {
        let place = u32::try_from(self.nodes.len()).ok().filter(|&place| place < MAX_PLACE).ok_or(ListFull)?;
        let start = u32::try_from(self.labels.len()).map_err(|_| ListFull)?;
        let length = u8::try_from(label.len()).map_err(|_| ListFull)?;
        let next_sibling = match self.family(parent) {
            Some(family) => family.first_child,
            None => {
                let family = u32::try_from(self.families.len()).map_err(|_| ListFull)?;
                push(&mut self.families, Family { first_child: NONE, items: 0 });
                self.node_mut(parent).family = family;
                NONE
            }
        };
        push(&mut self.labels, length);
        extend(&mut self.labels, label);
        push(&mut self.nodes, Node { parent, label: start, next_sibling, family: NONE, first_link: NONE });
        if let Some(family) = self.family_mut(parent) {
            family.first_child = place;
        }
        let hash = self.hash(parent, label);
        let (nodes, labels, keys) = (&self.nodes, &self.labels, &self.keys);
        self.table.insert_unique(hash, place | tag(hash), |&slot| {
            let node = nodes.get((slot & PLACE) as usize);
            node.map_or(0, |node| keys.hash(node.parent, label_at(labels, node.label)))
        });
        if parent == ROOT {
            self.top_level.insert(label, place);
        }
        Ok(place)
    }

    pub(crate) fn first_link_mut(&mut self, place: u32) -> &mut u32 {
        &mut self.node_mut(place).first_link
    }

    /// Notes that the node has one item more.
    pub(crate) fn count_item(&mut self, place: u32) {
        let parent = self.node(place).parent;
        if let Some(family) = self.family_mut(parent) {
            family.items = family.items.saturating_add(1);
        }
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.nodes.shrink_to_fit();
        self.families.shrink_to_fit();
        self.labels.shrink_to_fit();
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        [
            self.nodes.capacity().saturating_mul(size_of::<Node>()),
            self.families.capacity().saturating_mul(size_of::<Family>()),
            self.labels.capacity(),
            self.table.allocation_size(),
            self.top_level.slots.capacity().saturating_mul(size_of::<(u64, u32)>()),
        ]
        .into_iter()
        .fold(0, usize::saturating_add)
    }

    /// The labels of a node from left to right.
    pub(crate) fn labels(&self, place: u32) -> impl Iterator<Item = &[u8]> {
        let mut at = place;
        core::iter::from_fn(move || {
            if at == ROOT {
                return None;
            }
            let label = self.label(at);
            at = self.node(at).parent;
            Some(label)
        })
    }

    /// The child with a label in lower case.
    #[inline]
    pub(crate) fn child(&self, parent: u32, label: &[u8]) -> Option<u32> {
        self.find(self.hash(parent, label), parent, label)
    }

    #[inline]
    fn find(&self, hash: u64, parent: u32, label: &[u8]) -> Option<u32> {
        let tag = tag(hash);
        let is_child = |&slot: &u32| {
            // The tag spares most of the look-ups in cold memory that the table's own seven bits of hash do not.
            if slot & !PLACE != tag {
                return false;
            }
            let node = self.node(slot & PLACE);
            node.parent == parent && label_at(&self.labels, node.label) == label
        };
        self.table.find(hash, is_child).map(|slot| slot & PLACE)
    }

    /// The child with a label in any case.
    pub(crate) fn child_in_any_case(&self, parent: u32, label: &[u8]) -> Option<u32> {
        let mut lower = [0_u8; MAX_LABEL];
        let lower = lower.get_mut(..label.len())?;
        lower.copy_from_slice(label);
        lower.make_ascii_lowercase();
        self.child(parent, lower)
    }

    pub(crate) fn first_link(&self, place: u32) -> u32 {
        self.node(place).first_link
    }

    pub(crate) fn parent(&self, place: u32) -> u32 {
        self.node(place).parent
    }

    pub(crate) fn label(&self, place: u32) -> &[u8] {
        label_at(&self.labels, self.node(place).label)
    }

    pub(crate) fn first_child(&self, place: u32) -> u32 {
        self.family(place).map_or(NONE, |family| family.first_child)
    }

    pub(crate) fn next_sibling(&self, place: u32) -> u32 {
        self.node(place).next_sibling
    }

    /// How many items the children of a node hold.
    pub(crate) fn items_of_children(&self, place: u32) -> usize {
        self.family(place).map_or(0, |family| family.items as usize)
    }

    /// Whether a dNSName is an ordinary one that no item has to do with. False is no answer: look closer.
    ///
    /// Ordinary are names of at least 8 lower-case letters, digits, hyphens and dots, with a top-level domain of at most 8
    /// octets that is neither a number nor `arpa`, and with or without `*.` in front. Nearly every name is one, and the
    /// lengths of its labels are anything: hence as few branches on them as can be.
    #[inline]
    pub(crate) fn is_unrelated(&self, name: &[u8]) -> bool {
        let wildcard = name.first() == Some(&b'*') && name.get(1) == Some(&b'.');
        let name = name.get(usize::from(wildcard).wrapping_mul(2)..).unwrap_or_default();
        let Some(Shape { is_plain: true, dots, last }) = shape(name) else { return false };
        let top_level_length = dots.leading_zeros();
        if !(1..=8).contains(&top_level_length) {
            return false;
        }
        let top_level = last.wrapping_shr(64_u32.wrapping_sub(top_level_length.wrapping_mul(8)));
        if top_level == ARPA || (top_level & 0xff) < u64::from(b'a') {
            return false;
        }
        let mut at = match self.top_level.find(top_level) {
            Lookup::Missing => return true,
            Lookup::Unknown => return false,
            Lookup::Found(place) => place,
        };
        if self.node(at).first_link != NONE {
            return false;
        }
        let behind = top_level_length.wrapping_add(1);
        let mut rest = dots.wrapping_shl(behind);
        let mut end = name.len().saturating_sub(behind as usize);
        // Dots further to the left are not marked.
        let first_marked = name.len().saturating_sub(64);
        loop {
            let length = (rest.leading_zeros() as usize).min(end);
            let start = end.saturating_sub(length);
            if length == 0 || start < first_marked {
                return false;
            }
            let label = name.get(start..end).unwrap_or_default();
            let hash = match label_words(name, end, length) {
                Some(words) => self.hash_words(at, words),
                None => self.hash(at, label),
            };
            let child = self.find(hash, at, label);
            let Some(child) = child else { return true };
            if self.node(child).first_link != NONE {
                return false;
            }
            if start == 0 {
                return !wildcard;
            }
            at = child;
            rest = rest.wrapping_shl(bits(length)).wrapping_shl(1);
            end = start.saturating_sub(1);
        }
    }

    #[inline]
    fn hash(&self, parent: u32, label: &[u8]) -> u64 {
        self.keys.hash(parent, label)
    }

    #[inline]
    fn hash_words(&self, parent: u32, words: [u64; 2]) -> u64 {
        self.keys.hash_words(parent, words)
    }

    #[inline]
    #[expect(clippy::indexing_slicing, reason = "places come from this trie, which never loses a node")]
    fn node(&self, place: u32) -> &Node {
        &self.nodes[place as usize]
    }

    #[expect(clippy::indexing_slicing, reason = "places come from this trie, which never loses a node")]
    fn node_mut(&mut self, place: u32) -> &mut Node {
        &mut self.nodes[place as usize]
    }

    fn family(&self, place: u32) -> Option<&Family> {
        self.families.get(self.node(place).family as usize)
    }

    fn family_mut(&mut self, place: u32) -> Option<&mut Family> {
        let family = self.node(place).family;
        self.families.get_mut(family as usize)
    }
}

const PLACE: u32 = MAX_PLACE - 1;

/// Bits of a hash that the table does not look at, where a place has none.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "some bits are all that is wanted")]
fn tag(hash: u64) -> u32 {
    (hash >> 24) as u32 & !PLACE
}

const ARPA: u64 = u64::from_le_bytes(*b"arpa\0\0\0\0");

/// A number of octets of a name, at most 64, as a number of bits to shift.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "at most 64")]
fn bits(octets: usize) -> u32 {
    octets as u32
}

/// What keys the hash of a label below a parent.
#[derive(Debug, Clone)]
struct Keys {
    seed: u64,
    shared: SharedSeed,
}

impl Keys {
    #[inline]
    fn hash(&self, parent: u32, label: &[u8]) -> u64 {
        match label_words(label, label.len(), label.len()) {
            Some(words) => self.hash_words(parent, words),
            None => {
                let mut hasher = self.hasher(parent);
                hasher.write(label);
                hasher.finish()
            }
        }
    }

    #[inline]
    fn hash_words(&self, parent: u32, [last, before]: [u64; 2]) -> u64 {
        let mut hasher = self.hasher(parent);
        hasher.write_u64(last);
        hasher.write_u64(before);
        hasher.finish()
    }

    #[inline]
    fn hasher(&self, parent: u32) -> FoldHasher<'_> {
        // The multiplication spreads the parent over all bits, or it would cancel out against octets of the label.
        FoldHasher::with_seed(self.seed ^ u64::from(parent).wrapping_mul(0x9e37_79b9_7f4a_7c15), &self.shared)
    }
}

#[inline]
fn label_at(labels: &[u8], start: u32) -> &[u8] {
    match labels.get(start as usize..) {
        Some([length, rest @ ..]) => rest.get(..usize::from(*length)).unwrap_or_default(),
        _ => &[],
    }
}

/// The top-level domains of at most eight octets, as numbers: nearly every name ends in one of a few hundred.
#[derive(Debug, Clone)]
struct TopLevel {
    /// Open addressing; a power of two, at least half of it free. No label is 0.
    slots: Vec<(u64, u32)>,
    count: usize,
    complete: bool,
}

enum Lookup {
    Found(u32),
    Missing,
    Unknown,
}

impl TopLevel {
    /// There are 1,500 top-level domains. A list with more than this is of another kind, and its names take the long way.
    const MOST: usize = 1 << 13;

    fn new() -> Self {
        Self { slots: vec![(0, NONE); 64], count: 0, complete: true }
    }

    fn insert(&mut self, label: &[u8], place: u32) {
        let Some(key) = key_of(label).filter(|_| self.complete) else { return };
        if self.count >= Self::MOST {
            *self = Self { slots: vec![(0, NONE); 1], count: 0, complete: false };
            return;
        }
        self.count = self.count.saturating_add(1);
        if self.count.saturating_mul(2) > self.slots.len() {
            let doubled = vec![(0, NONE); self.slots.len().saturating_mul(2)];
            for (key, place) in core::mem::replace(&mut self.slots, doubled) {
                if key != 0 {
                    self.put(key, place);
                }
            }
        }
        self.put(key, place);
    }

    fn put(&mut self, key: u64, place: u32) {
        let mut slot = self.slot(key);
        while self.slots.get(slot).is_some_and(|&(taken, _)| taken != 0) {
            slot = self.behind(slot);
        }
        if let Some(free) = self.slots.get_mut(slot) {
            *free = (key, place);
        }
    }

    #[inline]
    fn find(&self, key: u64) -> Lookup {
        let mut slot = self.slot(key);
        while let Some(&(taken, place)) = self.slots.get(slot) {
            if taken == key {
                return Lookup::Found(place);
            }
            if taken == 0 {
                break;
            }
            slot = self.behind(slot);
        }
        if self.complete { Lookup::Missing } else { Lookup::Unknown }
    }

    #[inline]
    fn slot(&self, key: u64) -> usize {
        let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (hash >> 32) as usize & self.slots.len().wrapping_sub(1)
    }

    #[inline]
    fn behind(&self, slot: usize) -> usize {
        slot.wrapping_add(1) & self.slots.len().wrapping_sub(1)
    }
}

/// A label of at most eight octets as a number, the first octet lowest.
fn key_of(label: &[u8]) -> Option<u64> {
    let mut octets = [0_u8; 8];
    octets.get_mut(..label.len())?.copy_from_slice(label);
    Some(u64::from_le_bytes(octets))
}
