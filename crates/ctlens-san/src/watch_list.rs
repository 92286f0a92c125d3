use alloc::boxed::Box;
use core::fmt;
use core::ops::{ControlFlow, Range};

use ctlens_x509::{GeneralNameKind, Tbs};

use crate::candidates::Candidates;
use crate::error::ListFull;
use crate::hit::{Hit, Outcome, Relation, Source, Tally, Undecided};
use crate::index::{Budget, Index, NONE};
use crate::item::Item;
use crate::links::{Head, Kind};
use crate::name_walk::{NameWalk, Pattern};
use crate::payloads::Payloads;
use crate::prefix_trie::PrefixWalk;
use crate::scan::{Cover, Scan, Sighting, is_wide};

/// The names and addresses that someone watches, each with what the owner attached to it.
///
/// The answer covers every client there is, and what none accepts but may stand for an item: see the crate's
/// documentation. The time for a name depends on the length of the name, not on that of the list.
#[derive(Clone)]
pub struct WatchList<T> {
    index: Index,
    payloads: Payloads<T>,
    with_embedded: bool,
}

impl<T> WatchList<T> {
    /// How many nodes of the list the patterns of one certificate may visit. Patterns with asterisks inside, or that
    /// cannot be read, have to try every label below a node; what goes beyond is [`Undecided::WorkLimit`]. Ordinary
    /// wildcards (`*.example.com`) visit none.
    pub const WORK_LIMIT: u32 = 1 << 16;

    /// An empty list. Keys of the hash table come out of certificates, that is from anybody: give a random seed where
    /// the list is large.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { index: Index::new(seed), payloads: Payloads::new(), with_embedded: false }
    }

    /// The same list, which takes an IPv6 address of 6to4 (2002::/16, RFC 3056 §2) or NAT64 (64:ff9b::/96, RFC 6052 §2.1)
    /// for the IPv4 address inside it too. No client takes such a certificate for one of the IPv4 address itself: the grade
    /// is [`crate::Grade::Nobody`].
    #[must_use]
    pub fn with_embedded_addresses(self) -> Self {
        Self { with_embedded: true, ..self }
    }

    /// Adds an item. The same item twice is two items, each with its payload.
    ///
    /// # Errors
    ///
    /// Where the list is full.
    pub fn insert(&mut self, item: &Item, payload: T) -> Result<ItemId, ListFull> {
        let link = self.index.insert(item)?;
        self.payloads.insert(link as usize, payload);
        Ok(ItemId(link))
    }

    /// Takes an item out, and gives its payload back: none if there is no such item. All others stay as they are; the time
    /// depends on the item, not on the length of the list.
    ///
    /// The first removal takes longer: from then on there is room for payloads that are missing.
    pub fn remove(&mut self, id: ItemId) -> Option<T> {
        if self.index.remove(id.0) { self.payloads.remove(id.index()) } else { None }
    }

    /// All entries for exactly this item, the last that was inserted first.
    ///
    /// ```
    /// # use ctlens_san::WatchList;
    /// let mut list = WatchList::new(0x5eed);
    /// for owner in ["alice", "bob"] {
    ///     list.insert(&".example.com".parse()?, owner)?;
    /// }
    /// let entry = list.find(&".example.com".parse()?).find(|entry| *entry.payload() == "alice");
    /// let id = entry.expect("alice has it").id();
    /// assert_eq!(list.remove(id), Some("alice"));
    /// assert_eq!(list.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn find(&self, item: &Item) -> Items<'_, 'static, T> {
        let (first, kind) = self.index.find(item);
        Items { list: self, walk: Walk::Chain { next: first, kind } }
    }

    /// An item by its number.
    #[must_use]
    pub fn get(&self, id: ItemId) -> Option<Entry<'_, T>> {
        self.index.links.kind(id.0).map(|_| self.entry(id.0))
    }

    /// All items in the order of their numbers.
    #[must_use]
    pub fn items(&self) -> Items<'_, 'static, T> {
        Items::new(self, Cover::All)
    }

    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.index.links.count()
    }

    /// Whether there is no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives memory back that was reserved for more items.
    pub fn shrink_to_fit(&mut self) {
        self.index.shrink_to_fit();
        self.payloads.shrink_to_fit();
    }

    /// The memory that the list holds, in bytes, without what the payloads hold themselves.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.index.heap_bytes().saturating_add(self.payloads.heap_bytes())
    }

    /// Looks up all that a certificate can be valid for: every name of its SANs and every common name.
    ///
    /// All hits go to `sink`, in the order of the fields. After the sink has broken off, hits are only counted.
    pub fn watch<'l, 'c, F>(&'l self, tbs: &Tbs<'c>, sink: F) -> Outcome
    where
        F: FnMut(Hit<'l, 'c, T>) -> ControlFlow<()>,
    {
        let mut watch = Watch::new(self, sink);
        let mut has_dns_name = false;
        for name in tbs.names() {
            match name {
                Ok(name) if self.is_unrelated(name.kind(), name.value) => {
                    has_dns_name |= name.kind() == GeneralNameKind::DnsName;
                }
                Ok(name) => {
                    let source = Source::SubjectAltName { index: name.index };
                    has_dns_name |= watch.look(source, name.value, name.offset, |scan| {
                        scan.general_name(name.kind(), name.value, name.offset)
                    });
                }
                Err(damage) => {
                    watch.look(Source::Extensions, damage.octets, damage.offset, |scan| scan.undecodable(&damage));
                }
            }
        }
        for (attribute, index) in tbs.common_names().zip(0_usize..) {
            match attribute {
                Ok(name) if !is_wide(name.tag) && self.index.names.is_unrelated(name.value) => {}
                Ok(name) => {
                    let source = Source::CommonName { index };
                    watch.look(source, name.value, name.offset, |scan| {
                        scan.common_name(name.tag, name.value, has_dns_name);
                    });
                }
                Err(damage) => {
                    watch.look(Source::Subject, damage.octets, damage.offset, |scan| scan.undecodable(&damage));
                }
            }
        }
        watch.outcome()
    }

    /// Which of many certificates may concern an item, by their places. To all others [`watch`](Self::watch) would say
    /// [`Outcome::NoMatch`]; to these it may say so too.
    ///
    /// Beside a long list that takes two thirds of the time, because the memory that many names need is waited for at once.
    /// The entries of a tile are enough of them.
    ///
    /// ```
    /// # use core::ops::ControlFlow;
    /// # use ctlens_san::WatchList;
    /// # use ctlens_x509::Tbs;
    /// fn watch_tile(list: &WatchList<u32>, tile: &[Tbs<'_>]) {
    ///     for place in list.candidates(tile) {
    ///         let outcome = list.watch(&tile[place], |hit| {
    ///             println!("entry {place}: {hit}");
    ///             ControlFlow::Continue(())
    ///         });
    ///     }
    /// }
    /// ```
    pub fn candidates<'t, 'c: 't>(
        &self,
        certificates: impl IntoIterator<Item = &'t Tbs<'c>>,
    ) -> impl Iterator<Item = usize> {
        Candidates::new(&self.index, self.with_embedded, certificates.into_iter())
    }

    /// Looks up one name of a SAN that comes without its certificate. Hits say index 0 and offset 0.
    pub fn look_up<'l, 'c, F>(&'l self, kind: GeneralNameKind, octets: &'c [u8], sink: F) -> Outcome
    where
        F: FnMut(Hit<'l, 'c, T>) -> ControlFlow<()>,
    {
        if self.is_unrelated(kind, octets) {
            return Outcome::NoMatch;
        }
        let mut watch = Watch::new(self, sink);
        watch.look(Source::SubjectAltName { index: 0 }, octets, 0, |scan| scan.general_name(kind, octets, 0));
        watch.outcome()
    }

    /// Whether no item has to do with a name or an address of a SAN, as nearly always. False is no answer: look closer.
    #[inline]
    fn is_unrelated(&self, kind: GeneralNameKind, octets: &[u8]) -> bool {
        self.index.is_unrelated(kind, octets, self.with_embedded)
    }

    pub(crate) fn entry(&self, link: u32) -> Entry<'_, T> {
        Entry { list: self, id: ItemId(link) }
    }

    pub(crate) fn count(&self, cover: &Cover<'_>) -> Option<usize> {
        match cover {
            Cover::Item(_) => Some(1),
            Cover::Names(names) if names.pattern == Pattern::Child => {
                Some(self.index.names.items_of_children(names.node))
            }
            Cover::AllAddresses => Some(self.index.addresses()),
            Cover::All => Some(self.len()),
            Cover::Names(_) | Cover::V4(_) | Cover::V6(_) => None,
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for WatchList<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.items().map(|entry| (entry.item(), entry.payload()))).finish()
    }
}

/// Hands on what a scan finds, and counts it.
pub(crate) struct Watch<'l, T, F> {
    list: &'l WatchList<T>,
    budget: Budget,
    sink: F,
    stopped: bool,
    tally: Tally,
    why: Option<Undecided>,
}

impl<'l, T, F> Watch<'l, T, F> {
    #[inline]
    pub(crate) fn new(list: &'l WatchList<T>, sink: F) -> Self {
        let budget = Budget::of(WatchList::<T>::WORK_LIMIT);
        Self { list, budget, sink, stopped: false, tally: Tally::default(), why: None }
    }

    #[cold]
    #[inline(never)]
    pub(crate) fn look<'c, R>(
        &mut self,
        source: Source,
        octets: &'c [u8],
        offset: usize,
        look: impl FnOnce(&mut Scan<'_, 'c>) -> R,
    ) -> R
    where
        F: FnMut(Hit<'l, 'c, T>) -> ControlFlow<()>,
    {
        let Self { list, budget, sink, stopped, tally, why } = self;
        let mut emit = |sighting: Sighting<'c>| {
            let Sighting { reading, relation, grade, cover } = sighting;
            if list.count(&cover) == Some(0) {
                return;
            }
            if let Relation::Undecided(reason) = relation {
                why.get_or_insert(reason);
                tally.undecided = tally.undecided.saturating_add(1);
            }
            if *stopped {
                tally.left_out = tally.left_out.saturating_add(1);
                return;
            }
            tally.delivered = tally.delivered.saturating_add(1);
            let hit = Hit { source, octets, offset, reading, relation, grade, list, cover };
            *stopped = sink(hit).is_break();
        };
        look(&mut Scan { index: &list.index, budget, with_embedded: list.with_embedded, emit: &mut emit })
    }

    #[inline]
    pub(crate) fn outcome(self) -> Outcome {
        let tally = self.tally;
        match self.why {
            Some(why) => Outcome::Undecidable { why, tally },
            None if tally == Tally::default() => Outcome::NoMatch,
            None => Outcome::Match(tally),
        }
    }
}

/// The number of an item in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ItemId(u32);

impl ItemId {
    /// The number: how many items were inserted before, or the number of an item that was removed since. Numbers are
    /// given again: one that was removed may name another item later.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// An item of a watch list.
#[derive(Debug)]
pub struct Entry<'l, T> {
    list: &'l WatchList<T>,
    id: ItemId,
}

impl<T> Clone for Entry<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Entry<'_, T> {}

impl<'l, T> Entry<'l, T> {
    /// Its number.
    #[must_use]
    pub fn id(&self) -> ItemId {
        self.id
    }

    /// What the owner attached to it.
    #[must_use]
    pub fn payload(&self) -> &'l T {
        self.list.payloads.of_item(self.id.index())
    }

    /// The item, put together again from the structures of the list.
    #[must_use]
    pub fn item(&self) -> Item {
        self.list.index.item(self.id.0)
    }
}

/// Walks items of a list, looking for them as it goes.
#[derive(Debug, Clone)]
pub struct Items<'l, 'c, T> {
    list: &'l WatchList<T>,
    walk: Walk<'l, 'c>,
}

#[derive(Debug, Clone)]
enum Walk<'l, 'c> {
    Links(Range<u32>),
    Addresses(Range<u32>),
    /// The items of one kind among those at one place.
    Chain {
        next: u32,
        kind: Kind,
    },
    Names(Box<NameWalk<'l, 'c>>),
    V4(Box<PrefixWalk<'l, u32>>, u32),
    V6(Box<PrefixWalk<'l, u128>>, u32),
}

impl<'l, 'c, T> Items<'l, 'c, T> {
    pub(crate) fn new(list: &'l WatchList<T>, cover: Cover<'c>) -> Self {
        let index = &list.index;
        let all = 0..index.links.end();
        let walk = match cover {
            Cover::Item(link) => Walk::Links(link..link.saturating_add(1)),
            Cover::All => Walk::Links(all),
            Cover::AllAddresses => Walk::Addresses(all),
            Cover::Names(names) => Walk::Names(Box::new(NameWalk::new(index, names))),
            Cover::V4(set) => Walk::V4(Box::new(PrefixWalk::new(&index.v4, set)), NONE),
            Cover::V6(set) => Walk::V6(Box::new(PrefixWalk::new(&index.v6, set)), NONE),
        };
        Self { list, walk }
    }
}

impl<'l, T> Iterator for Items<'l, '_, T> {
    type Item = Entry<'l, T>;

    fn next(&mut self) -> Option<Entry<'l, T>> {
        let index = &self.list.index;
        let mut budget = Budget::unlimited();
        let link = match &mut self.walk {
            Walk::Links(links) => links.find(|&link| index.links.kind(link).is_some())?,
            Walk::Addresses(links) => links.find(|&link| index.links.kind(link).is_some_and(Kind::is_address))?,
            Walk::Chain { next, kind } => loop {
                let link = *next;
                let this = index.links.kind(link)?;
                *next = index.links.next(link);
                if this == *kind {
                    break link;
                }
            },
            Walk::Names(walk) => walk.next(&mut budget)?,
            Walk::V4(walk, left) => {
                let link = if *left == NONE { Head::from_bits(walk.next(&mut budget)?)?.link() } else { *left };
                *left = index.links.next(link);
                link
            }
            Walk::V6(walk, left) => {
                let link = if *left == NONE { Head::from_bits(walk.next(&mut budget)?)?.link() } else { *left };
                *left = index.links.next(link);
                link
            }
        };
        Some(self.list.entry(link))
    }
}
