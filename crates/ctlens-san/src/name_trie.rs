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
    /// By the length of their labels, the first of the nodes that are free. A free node keeps the room of its label.
    free_nodes: [u32; MAX_LABEL + 1],
    /// For nodes that have children.
    families: Vec<Family>,
    free_family: u32,
    /// Each label with its length in front.
    labels: Vec<u8>,
    /// Places, with some bits of the hash above them.
    table: HashTable<u32>,
    keys: Keys,
    top_level: TopLevel,
}

/// A node without an item and without children is dead: it waits among its siblings for the name to come back, or for
/// half of them to be dead too.
#[derive(Debug, Clone)]
struct Node {
    parent: u32,
    /// Where the label stands.
    label: u32,
    /// The next sibling, or the next node that is free.
    next: u32,
    /// The head of its items; where it has children, [`FAMILY`] and the number of the family, which has the head.
    down: u32,
}

#[derive(Debug, Clone)]
struct Family {
    /// Or the next family that is free.
    first_child: u32,
    head: u32,
    /// How many items the children hold, without what is below them.
    items: u32,
    children: u32,
    /// How many of them are dead.
    dead: u32,
}

/// Heads are smaller.
const FAMILY: u32 = 1 << 31;

impl NameTrie {
    pub(crate) fn new(seed: u64) -> Self {
        let root = Node { parent: NONE, label: 0, next: NONE, down: NONE };
        Self {
            nodes: vec![root],
            free_nodes: [NONE; MAX_LABEL + 1],
            families: Vec::new(),
            free_family: NONE,
            labels: vec![0],
            table: HashTable::new(),
            keys: Keys { seed, shared: SharedSeed::from_u64(seed) },
            top_level: TopLevel::new(),
        }
    }

    /// The node of a name, which is added if it is missing. It is to get a head.
    pub(crate) fn insert(&mut self, name: &DnsName) -> Result<u32, ListFull> {
        let mut at = ROOT;
        for label in name.labels().rev() {
            at = match self.child(at, label.as_bytes()) {
                Some(child) => {
                    if self.node(child).down == NONE
                        && let Some(family) = self.family_mut(at)
                    {
                        family.dead = family.dead.saturating_sub(1);
                    }
                    child
                }
                None => self.add(at, label.as_bytes())?,
            };
        }
        Ok(at)
    }

    /// The node of a name.
    pub(crate) fn find_name(&self, name: &DnsName) -> Option<u32> {
        name.labels().rev().try_fold(ROOT, |at, label| self.child(at, label.as_bytes()))
    }

    fn add(&mut self, parent: u32, label: &[u8]) -> Result<u32, ListFull> {
        let place = self.node_for(label)?;
        let Some(family) = self.family_of(parent) else {
            self.release(place);
            return Err(ListFull);
        };
        family.children = family.children.saturating_add(1);
        let next = core::mem::replace(&mut family.first_child, place);
        let node = self.node_mut(place);
        (node.parent, node.next) = (parent, next);
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

    /// A node with a label and nothing else.
    fn node_for(&mut self, label: &[u8]) -> Result<u32, ListFull> {
        let length = u8::try_from(label.len()).map_err(|_| ListFull)?;
        let first_free = self.free_nodes.get_mut(usize::from(length)).ok_or(ListFull)?;
        if let Some(free) = self.nodes.get_mut(*first_free as usize) {
            let place = core::mem::replace(first_free, free.next);
            let start = (free.label as usize).saturating_add(1);
            if let Some(room) = self.labels.get_mut(start..start.saturating_add(label.len())) {
                room.copy_from_slice(label);
            }
            return Ok(place);
        }
        let place = u32::try_from(self.nodes.len()).ok().filter(|&place| place < MAX_PLACE).ok_or(ListFull)?;
        let start = u32::try_from(self.labels.len()).map_err(|_| ListFull)?;
        push(&mut self.labels, length);
        extend(&mut self.labels, label);
        push(&mut self.nodes, Node { parent: NONE, label: start, next: NONE, down: NONE });
        Ok(place)
    }

    fn release(&mut self, place: u32) {
        let length = self.label(place).len();
        if let Some(first_free) = self.free_nodes.get_mut(length) {
            let next = core::mem::replace(first_free, place);
            let node = self.node_mut(place);
            (node.next, node.down) = (next, NONE);
        }
    }

    /// The family of a node, which it gets if it has none.
    fn family_of(&mut self, place: u32) -> Option<&mut Family> {
        let down = self.node(place).down;
        if down == NONE || down & FAMILY == 0 {
            let family = Family { first_child: NONE, head: down, items: 0, children: 0, dead: 0 };
            let number = match self.families.get_mut(self.free_family as usize) {
                Some(free) => {
                    let next = free.first_child;
                    *free = family;
                    core::mem::replace(&mut self.free_family, next)
                }
                None => {
                    let number = u32::try_from(self.families.len()).ok().filter(|&number| number < MAX_PLACE)?;
                    push(&mut self.families, family);
                    number
                }
            };
            self.node_mut(place).down = FAMILY | number;
        }
        self.family_mut(place)
    }

    /// The head of a node's items.
    #[inline]
    pub(crate) fn head(&self, place: u32) -> u32 {
        match self.node(place).down {
            NONE => NONE,
            down if down & FAMILY != 0 => self.family(place).map_or(NONE, |family| family.head),
            head => head,
        }
    }

    /// Changes the head of a node that has one, or is new.
    pub(crate) fn set_head(&mut self, place: u32, head: u32) {
        match self.family_mut(place) {
            Some(family) => family.head = head,
            None => self.node_mut(place).down = head,
        }
    }

    /// Notes that a node has an item more, or less.
    pub(crate) fn count_item(&mut self, place: u32, more: bool) {
        let parent = self.node(place).parent;
        if let Some(family) = self.family_mut(parent) {
            family.items = if more { family.items.saturating_add(1) } else { family.items.saturating_sub(1) };
        }
    }

    /// Takes away the head of a node, and what no item needs any more. Each node is visited a few times in its life, at
    /// most: half of those that a sweep visits have died since the last.
    pub(crate) fn remove_head(&mut self, place: u32) {
        self.set_head(place, NONE);
        let mut at = place;
        while at != ROOT && self.node(at).down == NONE {
            at = self.node(at).parent;
            let Some(family) = self.family_mut(at) else { return };
            family.dead = family.dead.saturating_add(1);
            if family.dead.saturating_mul(2) <= family.children {
                return;
            }
            self.sweep(at);
        }
    }

    /// Frees the dead among the children of a node.
    fn sweep(&mut self, parent: u32) {
        let mut child = self.first_child(parent);
        let (mut first, mut last, mut children) = (NONE, NONE, 0_u32);
        while child != NONE {
            let next = self.node(child).next;
            if self.node(child).down == NONE {
                self.unlist(child);
            } else {
                children = children.saturating_add(1);
                match last {
                    NONE => first = child,
                    _ => self.node_mut(last).next = child,
                }
                last = child;
            }
            child = next;
        }
        if last != NONE {
            self.node_mut(last).next = NONE;
        }
        let free_family = self.free_family;
        let number = self.node(parent).down & !FAMILY;
        let Some(family) = self.family_mut(parent) else { return };
        (family.first_child, family.children, family.dead) = (first, children, 0);
        if first == NONE {
            let head = family.head;
            family.first_child = free_family;
            self.free_family = number;
            self.node_mut(parent).down = head;
        }
    }

    /// Takes a node out of the table, and frees it.
    fn unlist(&mut self, place: u32) {
        let hash = self.hash(self.parent(place), self.label(place));
        if let Ok(entry) = self.table.find_entry(hash, |&slot| slot & PLACE == place) {
            entry.remove();
        }
        if self.parent(place) == ROOT {
            self.top_level.remove(label_at(&self.labels, self.node(place).label));
        }
        self.release(place);
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
        self.node(place).next
    }

    /// How many items the children of a node hold.
    pub(crate) fn items_of_children(&self, place: u32) -> usize {
        self.family(place).map_or(0, |family| family.items as usize)
    }

    /// Whether a dNSName is an ordinary one that no item has to do with. False is no answer: look closer.
    ///
    /// Ordinary are names of at least 8 lower-case letters, digits, hyphens and dots, with a top-level domain of at most 8
    /// octets that is neither a number nor one of reverse names, and with or without `*.` in front. Nearly every name is one, and the
    /// lengths of its labels are anything: hence as few branches on them as can be.
    #[inline]
    pub(crate) fn is_unrelated(&self, name: &[u8]) -> bool {
        let (name, wildcard) = without_wildcard(name);
        let mut step = match self.first_step(name) {
            Ok(step) => step,
            Err(is_unrelated) => return is_unrelated,
        };
        loop {
            let label = name.get(step.start..step.end).unwrap_or_default();
            let Some(child) = self.find(step.hash, step.at, label) else { return true };
            if self.head(child) != NONE {
                return false;
            }
            if step.start == 0 {
                return !wildcard;
            }
            step = match self.step(name, child, step.dots, step.start.saturating_sub(1)) {
                Some(step) => step,
                None => return false,
            };
        }
    }

    /// The hash of the first label whose child has to be looked for; or the answer, where that is not needed.
    #[inline]
    fn first_step(&self, name: &[u8]) -> Result<Step, bool> {
        let Some(Shape { is_plain: true, dots, last }) = shape(name) else { return Err(false) };
        let top_level_length = dots.leading_zeros();
        if !(1..=8).contains(&top_level_length) {
            return Err(false);
        }
        let top_level = last.wrapping_shr(64_u32.wrapping_sub(top_level_length.wrapping_mul(8)));
        if [ARPA, INT].contains(&top_level) || (top_level & 0xff) < u64::from(b'a') {
            return Err(false);
        }
        let at = match self.top_level.find(top_level) {
            Lookup::Missing => return Err(true),
            Lookup::Unknown => return Err(false),
            Lookup::Found(place) => place,
        };
        if self.head(at) != NONE {
            return Err(false);
        }
        let behind = top_level_length.wrapping_add(1);
        let end = name.len().saturating_sub(behind as usize);
        self.step(name, at, dots.wrapping_shl(behind), end).ok_or(false)
    }

    /// The step to the child whose label ends at `end`; none where the label is empty, or where dots are not marked.
    #[inline]
    fn step(&self, name: &[u8], at: u32, dots: u64, end: usize) -> Option<Step> {
        let length = (dots.leading_zeros() as usize).min(end);
        let start = end.saturating_sub(length);
        // Dots further to the left are not marked.
        let first_marked = name.len().saturating_sub(64);
        if length == 0 || start < first_marked {
            return None;
        }
        let hash = match label_words(name, end, length) {
            Some(words) => self.hash_words(at, words),
            None => self.hash(at, name.get(start..end).unwrap_or_default()),
        };
        let dots = dots.wrapping_shl(bits(length)).wrapping_shl(1);
        Some(Step { at, hash, start, end, dots })
    }

    /// What is known of a name before the table is looked at.
    #[inline]
    pub(crate) fn glance(&self, name: &[u8]) -> Glance {
        match self.first_step(without_wildcard(name).0) {
            Ok(step) => Glance::Hash(step.hash),
            Err(is_unrelated) => Glance::Known { is_unrelated },
        }
    }

    /// Whether the table may have a child with this hash.
    #[inline]
    pub(crate) fn may_have(&self, hash: u64) -> bool {
        let tag = tag(hash);
        self.table.find(hash, |&slot| slot & !PLACE == tag).is_some()
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
    #[expect(clippy::indexing_slicing, reason = "places come from this trie")]
    fn node(&self, place: u32) -> &Node {
        &self.nodes[place as usize]
    }

    #[expect(clippy::indexing_slicing, reason = "places come from this trie")]
    fn node_mut(&mut self, place: u32) -> &mut Node {
        &mut self.nodes[place as usize]
    }

    #[inline]
    fn family(&self, place: u32) -> Option<&Family> {
        let down = self.node(place).down;
        // No family has the number that NONE would stand for.
        if down & FAMILY != 0 { self.families.get((down & !FAMILY) as usize) } else { None }
    }

    fn family_mut(&mut self, place: u32) -> Option<&mut Family> {
        let down = self.node(place).down;
        if down & FAMILY != 0 { self.families.get_mut((down & !FAMILY) as usize) } else { None }
    }
}

const PLACE: u32 = MAX_PLACE - 1;

/// Bits of a hash that the table does not look at, where a place has none.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "some bits are all that is wanted")]
fn tag(hash: u64) -> u32 {
    (hash >> 24) as u32 & !PLACE
}

fn without_wildcard(name: &[u8]) -> (&[u8], bool) {
    match name {
        [b'*', b'.', rest @ ..] => (rest, true),
        _ => (name, false),
    }
}

/// A child that is to be looked for.
struct Step {
    /// Its parent.
    at: u32,
    hash: u64,
    /// Where its label stands.
    start: usize,
    end: usize,
    /// Where dots are in front of it.
    dots: u64,
}

/// What is known of a name before the table is looked at.
pub(crate) enum Glance {
    Known { is_unrelated: bool },
    Hash(u64),
}

/// Where reverse names are: in-addr.arpa and ip6.arpa, and once ip6.int.
const ARPA: u64 = u64::from_le_bytes(*b"arpa\0\0\0\0");
const INT: u64 = u64::from_le_bytes(*b"int\0\0\0\0\0");

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
    /// Open addressing; a power of two, at least half of it free. No label is 0; a label that was removed has no place.
    slots: Vec<(u64, u32)>,
    taken: usize,
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
        Self { slots: vec![(0, NONE); 64], taken: 0, complete: true }
    }

    fn insert(&mut self, label: &[u8], place: u32) {
        let Some(key) = key_of(label).filter(|_| self.complete) else { return };
        if self.put(key, place) {
            return;
        }
        if self.taken >= Self::MOST {
            *self = Self { slots: vec![(0, NONE); 1], taken: 0, complete: false };
            return;
        }
        self.taken = self.taken.saturating_add(1);
        if self.taken.saturating_mul(2) <= self.slots.len() {
            return;
        }
        // Those that were removed are left behind.
        let live = self.slots.iter().filter(|&&(_, place)| place != NONE).count();
        let length = live.saturating_mul(4).next_power_of_two().max(64);
        let slots = core::mem::replace(&mut self.slots, vec![(0, NONE); length]);
        self.taken = live;
        for (key, place) in slots.into_iter().filter(|&(_, place)| place != NONE) {
            self.put(key, place);
        }
    }

    /// The key keeps its slot.
    fn remove(&mut self, label: &[u8]) {
        if let Some(key) = key_of(label).filter(|_| self.complete) {
            self.put(key, NONE);
        }
    }

    /// Sets the place of a key. Whether it had a slot.
    fn put(&mut self, key: u64, place: u32) -> bool {
        let mut slot = self.slot(key);
        while let Some(&(taken, _)) = self.slots.get(slot)
            && taken != 0
            && taken != key
        {
            slot = self.behind(slot);
        }
        let Some(found) = self.slots.get_mut(slot) else { return false };
        core::mem::replace(found, (key, place)).0 == key
    }

    #[inline]
    fn find(&self, key: u64) -> Lookup {
        let mut slot = self.slot(key);
        while let Some(&(taken, place)) = self.slots.get(slot) {
            if taken == key && place != NONE {
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
