use alloc::vec::Vec;

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::error::ListFull;
use crate::index::{MAX_PLACE, NONE, push};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Name,
    Subtree,
    AddressV4,
    PrefixV4,
    AddressV6,
    PrefixV6,
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::Name, Self::Subtree, Self::AddressV4, Self::PrefixV4, Self::AddressV6, Self::PrefixV6];

    pub(crate) fn is_address(self) -> bool {
        !matches!(self, Self::Name | Self::Subtree)
    }

    /// Whether the item stands for one name or address, not for a subtree or the prefix of all bits.
    fn is_single(self) -> bool {
        matches!(self, Self::Name | Self::AddressV4 | Self::AddressV6)
    }
}

/// The first item of a place, and what most need to know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head(u32);

impl Head {
    const MAX_LINK: u32 = 1 << 28;
    /// Whether the item is one name or one address, not a subtree or a prefix.
    const SINGLE: u32 = 1 << 28;
    /// Whether other items follow.
    const MORE: u32 = 1 << 29;

    pub(crate) fn new(link: u32, kind: Kind, more: bool) -> Self {
        let single = if kind.is_single() { Self::SINGLE } else { 0 };
        Self(link | single | if more { Self::MORE } else { 0 })
    }

    /// The head that a trie keeps at a place.
    pub(crate) fn from_bits(bits: u32) -> Option<Self> {
        (bits != NONE).then_some(Self(bits))
    }

    pub(crate) fn bits(self) -> u32 {
        self.0
    }

    pub(crate) fn link(self) -> u32 {
        self.0 & Self::MAX_LINK.wrapping_sub(1)
    }

    fn is_single(self) -> bool {
        self.0 & Self::SINGLE != 0
    }

    fn has_more(self) -> bool {
        self.0 & Self::MORE != 0
    }
}

/// For each item by its number where it is, and which others are at the same place.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    links: Vec<Link>,
    /// The first number that is free. Each leads to the next.
    free: u32,
    count: usize,
    /// Items at one place, as few are.
    twins: HashMap<u32, Twin, FixedState>,
}

/// A place, with the kind of the item in the bits above; or the next free number, with the kind that there is not.
#[derive(Debug, Clone, Copy)]
struct Link(u32);

#[derive(Debug, Clone, Copy)]
struct Twin {
    before: u32,
    next: u32,
}

const KIND_SHIFT: u32 = MAX_PLACE.ilog2();
const FREE: u32 = 7;

impl Link {
    fn new(place: u32, kind: Kind) -> Self {
        Self(place | (kind as u32).wrapping_shl(KIND_SHIFT))
    }

    fn free(next: u32) -> Self {
        Self(next & MAX_PLACE.wrapping_sub(1) | FREE.wrapping_shl(KIND_SHIFT))
    }

    /// Or what follows a free number.
    fn place(self) -> u32 {
        self.0 & MAX_PLACE.wrapping_sub(1)
    }

    fn kind(self) -> Option<Kind> {
        Kind::ALL.get((self.0 >> KIND_SHIFT) as usize).copied()
    }
}

impl Links {
    pub(crate) fn new() -> Self {
        Self { links: Vec::new(), free: NONE, count: 0, twins: HashMap::with_hasher(FixedState::default()) }
    }

    /// How many items there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// All numbers are below.
    pub(crate) fn end(&self) -> u32 {
        u32::try_from(self.links.len()).unwrap_or(NONE)
    }

    /// The number of the next item.
    pub(crate) fn next_number(&self) -> Result<u32, ListFull> {
        let link = if self.is_free(self.free) { self.free } else { self.end() };
        if link < Head::MAX_LINK { Ok(link) } else { Err(ListFull) }
    }

    fn is_free(&self, link: u32) -> bool {
        self.links.get(link as usize).is_some_and(|link| link.kind().is_none())
    }

    /// Gives the next number to an item, which comes before those that are at its place.
    pub(crate) fn insert(&mut self, link: u32, place: u32, kind: Kind, before: Option<Head>) {
        let new = Link::new(place, kind);
        match self.links.get_mut(link as usize) {
            Some(free) => {
                self.free = free.place();
                *free = new;
            }
            None => push(&mut self.links, new),
        }
        self.count = self.count.saturating_add(1);
        if let Some(head) = before {
            let next = head.link();
            self.twins.insert(link, Twin { before: NONE, next });
            self.twins.entry(next).or_insert(Twin { before: NONE, next: NONE }).before = link;
        }
    }

    /// Takes an item out. What its place's head is then.
    pub(crate) fn remove(&mut self, link: u32, head: Head) -> Option<Head> {
        if let Some(removed) = self.links.get_mut(link as usize) {
            *removed = Link::free(self.free);
            self.free = link;
            self.count = self.count.saturating_sub(1);
        }
        let Twin { before, next } = self.twins.remove(&link)?;
        if let Some(twin) = self.twins.get_mut(&next) {
            twin.before = before;
        }
        if let Some(twin) = self.twins.get_mut(&before) {
            twin.next = next;
        }
        let first = if before == NONE { next } else { head.link() };
        let more = self.next(first) != NONE;
        if !more {
            self.twins.remove(&first);
        }
        Some(Head::new(first, self.kind(first)?, more))
    }

    pub(crate) fn kind(&self, link: u32) -> Option<Kind> {
        self.links.get(link as usize).and_then(|link| link.kind())
    }

    pub(crate) fn place(&self, link: u32) -> u32 {
        self.links.get(link as usize).map_or(NONE, |link| link.place())
    }

    /// The items of a place, and whether each stands for one name or address alone.
    #[inline]
    pub(crate) fn chain(&self, head: u32) -> impl Iterator<Item = (u32, bool)> + '_ {
        let mut head = Head::from_bits(head);
        core::iter::from_fn(move || {
            let this = head?;
            // That of an only item says all, and spares a look at the link.
            let next = if this.has_more() { self.next(this.link()) } else { NONE };
            head = self.kind(next).map(|kind| Head::new(next, kind, true));
            Some((this.link(), this.is_single()))
        })
    }

    /// The item at the same place that follows.
    pub(crate) fn next(&self, link: u32) -> u32 {
        self.twins.get(&link).map_or(NONE, |twin| twin.next)
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.links.shrink_to_fit();
        self.twins.shrink_to_fit();
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.links.capacity().saturating_mul(size_of::<Link>()).saturating_add(self.twins.allocation_size())
    }
}
