use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::dns_name::DnsName;
use crate::error::ListFull;
use crate::item::Item;
use crate::name_trie::NameTrie;
use crate::prefix::Prefix;
use crate::prefix_trie::{Key, PrefixTrie};

/// No node, no link.
pub(crate) const NONE: u32 = u32::MAX;
/// Places (nodes of a trie) are smaller: a link keeps the kind of its item in the bits above.
pub(crate) const MAX_PLACE: u32 = 1 << KIND_SHIFT;
const KIND_SHIFT: u32 = 29;

/// IPv4 addresses in IPv6 form, ::ffff:0:0/96 (RFC 4291 §2.5.5.2).
pub(crate) const MAPPED: u128 = 0xffff << 32;
pub(crate) const MAPPED_LENGTH: u8 = 96;

/// The items of a watch list without what their owner attached to them.
///
/// Each item is a link in the chain of those at the same place: the node of a trie.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    pub(crate) names: NameTrie,
    pub(crate) v4: PrefixTrie<u32>,
    pub(crate) v6: PrefixTrie<u128>,
    /// Whether an item lies inside ::ffff:0:0/96.
    pub(crate) has_mapped: bool,
    addresses: usize,
    links: Vec<Link>,
}

/// The first item of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head(u32);

impl Head {
    const MAX_LINK: u32 = 1 << 28;
    /// Whether the item is one name or one address, not a subtree or a prefix.
    const SINGLE: u32 = 1 << 28;
    /// Whether other items follow.
    const MORE: u32 = 1 << 29;

    fn new(link: u32, kind: Kind, more: bool) -> Self {
        let single = if kind.is_single() { Self::SINGLE } else { 0 };
        Self(link | single | if more { Self::MORE } else { 0 })
    }

    pub(crate) fn from_bits(bits: u32) -> Option<Self> {
        (bits != NONE).then_some(Self(bits))
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

#[derive(Debug, Clone, Copy)]
struct Link {
    /// Node and kind.
    place: u32,
    next: u32,
}

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

impl Link {
    fn new(place: u32, kind: Kind, next: u32) -> Self {
        Self { place: place | (kind as u32).wrapping_shl(KIND_SHIFT), next }
    }

    fn place(self) -> u32 {
        self.place & MAX_PLACE.wrapping_sub(1)
    }

    fn kind(self) -> Kind {
        Kind::ALL.get((self.place >> KIND_SHIFT) as usize).copied().unwrap_or(Kind::Name)
    }
}

impl Index {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            names: NameTrie::new(seed),
            v4: PrefixTrie::new(),
            v6: PrefixTrie::new(),
            has_mapped: false,
            addresses: 0,
            links: Vec::new(),
        }
    }

    pub(crate) fn insert(&mut self, item: &Item) -> Result<u32, ListFull> {
        let link = u32::try_from(self.links.len()).ok().filter(|&link| link < Head::MAX_LINK).ok_or(ListFull)?;
        let (kind, place, before) = match item {
            Item::Name(name) => self.put_name(name, Kind::Name, link)?,
            Item::Subtree(name) => self.put_name(name, Kind::Subtree, link)?,
            Item::Address(IpAddr::V4(address)) => {
                let (key, kind) = (address.to_bits(), Kind::AddressV4);
                put_prefix(&mut self.v4, &self.links, key, u32::WIDTH, kind, link)?
            }
            Item::Address(IpAddr::V6(address)) => self.put_v6(address.to_bits(), u128::WIDTH, Kind::AddressV6, link)?,
            Item::Prefix(prefix) => match prefix.address() {
                IpAddr::V4(address) => {
                    let (key, kind) = (address.to_bits(), Kind::PrefixV4);
                    put_prefix(&mut self.v4, &self.links, key, prefix.length(), kind, link)?
                }
                IpAddr::V6(address) => self.put_v6(address.to_bits(), prefix.length(), Kind::PrefixV6, link)?,
            },
        };
        push(&mut self.links, Link::new(place, kind, before.map_or(NONE, Head::link)));
        self.addresses = self.addresses.saturating_add(usize::from(kind.is_address()));
        Ok(link)
    }

    fn put_name(&mut self, name: &DnsName, kind: Kind, link: u32) -> Result<Put, ListFull> {
        let place = self.names.insert(name)?;
        self.names.count_item(place);
        let first = self.names.first_link_mut(place);
        let before = Head::from_bits(*first);
        *first = Head::new(link, kind, before.is_some()).0;
        Ok((kind, place, before))
    }

    fn put_v6(&mut self, key: u128, length: u8, kind: Kind, link: u32) -> Result<Put, ListFull> {
        self.has_mapped |= length >= MAPPED_LENGTH && key.and(u128::mask(MAPPED_LENGTH)) == MAPPED;
        put_prefix(&mut self.v6, &self.links, key, length, kind, link)
    }

    /// Whether no item has to do with an address. False is no answer, as where the address has another one inside.
    #[inline]
    pub(crate) fn is_unrelated_address(&self, octets: &[u8], with_embedded: bool) -> bool {
        if let Ok(octets) = octets.try_into() {
            let address = u32::from_be_bytes(octets);
            return !self.has_mapped && self.v4.covering(address, u32::WIDTH).next().is_none();
        }
        let Ok(octets) = octets.try_into() else { return false };
        let address = u128::from_be_bytes(octets);
        !with_embedded
            && address.and(u128::mask(MAPPED_LENGTH)) != MAPPED
            && self.v6.covering(address, u128::WIDTH).next().is_none()
    }

    pub(crate) fn len(&self) -> usize {
        self.links.len()
    }

    /// How many items are addresses or prefixes.
    pub(crate) fn addresses(&self) -> usize {
        self.addresses
    }

    pub(crate) fn kind(&self, link: u32) -> Option<Kind> {
        self.links.get(link as usize).map(|link| link.kind())
    }

    /// The items of a chain, and whether each stands for one name or address alone.
    #[inline]
    pub(crate) fn chain(&self, head: u32) -> impl Iterator<Item = (u32, bool)> + '_ {
        let mut head = Head::from_bits(head);
        core::iter::from_fn(move || {
            let this = head?;
            // That of an only item says all, and spares a look at the link.
            let next = if this.has_more() { self.next_in_chain(this.link()) } else { NONE };
            head = self.links.get(next as usize).map(|link| Head::new(next, link.kind(), true));
            Some((this.link(), this.is_single()))
        })
    }

    pub(crate) fn next_in_chain(&self, link: u32) -> u32 {
        self.links.get(link as usize).map_or(NONE, |link| link.next)
    }

    /// The item as it was inserted.
    pub(crate) fn item(&self, link: u32) -> Item {
        #[expect(clippy::indexing_slicing, reason = "links come from this index")]
        let link = self.links[link as usize];
        let place = link.place();
        let name = || DnsName::from_labels(self.names.labels(place));
        let v4 = || {
            let (key, length) = self.v4.prefix(place);
            Prefix::of(IpAddr::V4(Ipv4Addr::from_bits(key)), length)
        };
        let v6 = || {
            let (key, length) = self.v6.prefix(place);
            Prefix::of(IpAddr::V6(Ipv6Addr::from_bits(key)), length)
        };
        match link.kind() {
            Kind::Name => Item::Name(name()),
            Kind::Subtree => Item::Subtree(name()),
            Kind::AddressV4 => Item::Address(v4().address()),
            Kind::AddressV6 => Item::Address(v6().address()),
            Kind::PrefixV4 => Item::Prefix(v4()),
            Kind::PrefixV6 => Item::Prefix(v6()),
        }
    }

    /// How many octets the name of an item has, 0 for an address.
    pub(crate) fn name_length(&self, link: u32) -> usize {
        match self.links.get(link as usize) {
            Some(link) if !link.kind().is_address() => {
                let octets = |length: usize, label: &[u8]| length.saturating_add(label.len()).saturating_add(1);
                self.names.labels(link.place()).fold(0, octets).saturating_sub(1)
            }
            _ => 0,
        }
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        self.names.shrink_to_fit();
        self.v4.shrink_to_fit();
        self.v6.shrink_to_fit();
        self.links.shrink_to_fit();
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        [
            self.names.heap_bytes(),
            self.v4.heap_bytes(),
            self.v6.heap_bytes(),
            self.links.capacity().saturating_mul(size_of::<Link>()),
        ]
        .into_iter()
        .fold(0, usize::saturating_add)
    }
}

/// A kind, a place, and the head that was there before.
type Put = (Kind, u32, Option<Head>);

fn put_prefix<K: Key>(
    trie: &mut PrefixTrie<K>,
    links: &[Link],
    key: K,
    length: u8,
    kind: Kind,
    link: u32,
) -> Result<Put, ListFull> {
    let before = trie.head(key, length).and_then(Head::from_bits);
    let place = match before.and_then(|head| links.get(head.link() as usize)) {
        Some(first) => {
            trie.set_head(first.place(), Head::new(link, kind, true).0);
            first.place()
        }
        None => trie.insert(key, length, Head::new(link, kind, false).0)?,
    };
    Ok((kind, place, before))
}

/// How many nodes may still be visited.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    left: u32,
    limited: bool,
    overdrawn: bool,
}

impl Budget {
    pub(crate) fn of(nodes: u32) -> Self {
        Self { left: nodes, limited: true, overdrawn: false }
    }

    pub(crate) fn unlimited() -> Self {
        Self { left: 0, limited: false, overdrawn: false }
    }

    /// Whether one more node may be visited.
    #[inline]
    pub(crate) fn spend(&mut self) -> bool {
        if !self.limited {
            return true;
        }
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => self.overdrawn = true,
        }
        !self.overdrawn
    }

    /// Whether a visit was refused.
    pub(crate) fn is_overdrawn(&self) -> bool {
        self.overdrawn
    }
}

/// Appends, growing by an eighth: a list of a million items shall not hold room for two.
pub(crate) fn push<T>(list: &mut Vec<T>, value: T) {
    if list.len() == list.capacity() {
        list.reserve_exact(grown(list.len()));
    }
    list.push(value);
}

/// Appends octets, growing by an eighth.
pub(crate) fn extend(list: &mut Vec<u8>, octets: &[u8]) {
    if list.capacity().saturating_sub(list.len()) < octets.len() {
        list.reserve_exact(grown(list.len()).max(octets.len()));
    }
    list.extend_from_slice(octets);
}

pub(crate) fn grown(length: usize) -> usize {
    (length / 8).max(16)
}
