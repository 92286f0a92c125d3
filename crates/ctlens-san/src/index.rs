use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ctlens_x509::GeneralNameKind;

use crate::address_text;
use crate::dns_name::DnsName;
use crate::error::ListFull;
use crate::item::Item;
use crate::links::{Head, Kind, Links};
use crate::name_trie::NameTrie;
use crate::prefix::Prefix;
use crate::prefix_trie::{Key, PrefixTrie};

/// No node, no link.
pub(crate) const NONE: u32 = u32::MAX;
/// Places (nodes of a trie) are smaller: a link keeps the kind of its item in the bits above.
pub(crate) const MAX_PLACE: u32 = 1 << 29;

/// IPv4 addresses in IPv6 form, ::ffff:0:0/96 (RFC 4291 §2.5.5.2).
pub(crate) const MAPPED: u128 = 0xffff << 32;
pub(crate) const MAPPED_LENGTH: u8 = 96;

/// The items of a watch list without what their owner attached to them.
///
/// A place is a node of the names' trie, or a prefix of one of the others, which keep the first of the items there.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    pub(crate) names: NameTrie,
    pub(crate) v4: PrefixTrie<u32>,
    pub(crate) v6: PrefixTrie<u128>,
    pub(crate) links: Links,
    addresses: usize,
    /// How many items lie inside ::ffff:0:0/96.
    mapped: usize,
}

impl Index {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            names: NameTrie::new(seed),
            v4: PrefixTrie::new(),
            v6: PrefixTrie::new(),
            links: Links::new(),
            addresses: 0,
            mapped: 0,
        }
    }

    pub(crate) fn insert(&mut self, item: &Item) -> Result<u32, ListFull> {
        let link = self.links.next_number()?;
        let at = At::of(item);
        let (place, before) = match at {
            At::Name(name, kind) => {
                let place = self.names.insert(name)?;
                let before = Head::from_bits(self.names.head(place));
                self.names.set_head(place, Head::new(link, kind, before.is_some()).bits());
                self.names.count_item(place, true);
                (place, before)
            }
            At::V4(key, length, kind) => put_prefix(&mut self.v4, &self.links, (key, length), kind, link)?,
            At::V6(key, length, kind) => put_prefix(&mut self.v6, &self.links, (key, length), kind, link)?,
        };
        self.links.insert(link, place, at.kind(), before);
        self.addresses = self.addresses.saturating_add(usize::from(at.kind().is_address()));
        self.mapped = self.mapped.saturating_add(usize::from(at.is_mapped()));
        Ok(link)
    }

    /// Takes an item out. Whether it was there.
    pub(crate) fn remove(&mut self, link: u32) -> bool {
        let Some(kind) = self.links.kind(link) else { return false };
        let place = self.links.place(link);
        match kind {
            Kind::Name | Kind::Subtree => {
                self.names.count_item(place, false);
                match Head::from_bits(self.names.head(place)).and_then(|head| self.links.remove(link, head)) {
                    Some(head) => self.names.set_head(place, head.bits()),
                    None => self.names.remove_head(place),
                }
            }
            Kind::AddressV4 | Kind::PrefixV4 => {
                take_prefix(&mut self.v4, &mut self.links, link, place);
                self.addresses = self.addresses.saturating_sub(1);
            }
            Kind::AddressV6 | Kind::PrefixV6 => {
                let (key, length) = self.v6.prefix(place);
                self.mapped = self.mapped.saturating_sub(usize::from(is_mapped(key, length)));
                take_prefix(&mut self.v6, &mut self.links, link, place);
                self.addresses = self.addresses.saturating_sub(1);
            }
        }
        true
    }

    /// The first of the items at the place of an item, and the item's kind.
    pub(crate) fn find(&self, item: &Item) -> (u32, Kind) {
        let at = At::of(item);
        let head = match at {
            At::Name(name, _) => self.names.find_name(name).map(|place| self.names.head(place)),
            At::V4(key, length, _) => self.v4.head(key, length),
            At::V6(key, length, _) => self.v6.head(key, length),
        };
        (head.and_then(Head::from_bits).map_or(NONE, Head::link), at.kind())
    }

    /// Whether an item lies inside ::ffff:0:0/96.
    pub(crate) fn has_mapped(&self) -> bool {
        self.mapped > 0
    }

    /// Whether no item has to do with a name or an address of a SAN, as nearly always. False is no answer: look closer.
    #[inline]
    pub(crate) fn is_unrelated(&self, kind: GeneralNameKind, octets: &[u8], with_embedded: bool) -> bool {
        match kind {
            GeneralNameKind::DnsName => self.names.is_unrelated(octets),
            GeneralNameKind::IpAddress => self.is_unrelated_address(octets, with_embedded),
            _ => false,
        }
    }

    /// Whether no item has to do with an address. False is no answer, as where the address has another one inside.
    #[inline]
    fn is_unrelated_address(&self, octets: &[u8], with_embedded: bool) -> bool {
        if let Ok(octets) = octets.try_into() {
            let address = u32::from_be_bytes(octets);
            return !self.has_mapped() && self.v4.covering(address, u32::WIDTH).next().is_none();
        }
        let Ok(bits) = octets.try_into() else { return false };
        let address = u128::from_be_bytes(bits);
        !with_embedded
            && address_text::of_sixteen_octets(octets).is_none()
            && address.and(u128::mask(MAPPED_LENGTH)) != MAPPED
            && self.v6.covering(address, u128::WIDTH).next().is_none()
    }

    /// How many items are addresses or prefixes.
    pub(crate) fn addresses(&self) -> usize {
        self.addresses
    }

    /// The item as it was inserted.
    pub(crate) fn item(&self, link: u32) -> Item {
        let place = self.links.place(link);
        let name = || DnsName::from_labels(self.names.labels(place));
        let v4 = || {
            let (key, length) = self.v4.prefix(place);
            Prefix::of(IpAddr::V4(Ipv4Addr::from_bits(key)), length)
        };
        let v6 = || {
            let (key, length) = self.v6.prefix(place);
            Prefix::of(IpAddr::V6(Ipv6Addr::from_bits(key)), length)
        };
        match self.links.kind(link) {
            None | Some(Kind::Name) => Item::Name(name()),
            Some(Kind::Subtree) => Item::Subtree(name()),
            Some(Kind::AddressV4) => Item::Address(v4().address()),
            Some(Kind::AddressV6) => Item::Address(v6().address()),
            Some(Kind::PrefixV4) => Item::Prefix(v4()),
            Some(Kind::PrefixV6) => Item::Prefix(v6()),
        }
    }

    /// How many octets the name of an item has, 0 for an address.
    pub(crate) fn name_length(&self, link: u32) -> usize {
        match self.links.kind(link) {
            Some(Kind::Name | Kind::Subtree) => {
                let octets = |length: usize, label: &[u8]| length.saturating_add(label.len()).saturating_add(1);
                self.names.labels(self.links.place(link)).fold(0, octets).saturating_sub(1)
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
        [self.names.heap_bytes(), self.v4.heap_bytes(), self.v6.heap_bytes(), self.links.heap_bytes()]
            .into_iter()
            .fold(0, usize::saturating_add)
    }
}

/// Where an item belongs.
#[derive(Clone, Copy)]
enum At<'i> {
    Name(&'i DnsName, Kind),
    V4(u32, u8, Kind),
    V6(u128, u8, Kind),
}

impl<'i> At<'i> {
    fn of(item: &'i Item) -> Self {
        match item {
            Item::Name(name) => Self::Name(name, Kind::Name),
            Item::Subtree(name) => Self::Name(name, Kind::Subtree),
            Item::Address(IpAddr::V4(address)) => Self::V4(address.to_bits(), u32::WIDTH, Kind::AddressV4),
            Item::Address(IpAddr::V6(address)) => Self::V6(address.to_bits(), u128::WIDTH, Kind::AddressV6),
            Item::Prefix(prefix) => match prefix.address() {
                IpAddr::V4(address) => Self::V4(address.to_bits(), prefix.length(), Kind::PrefixV4),
                IpAddr::V6(address) => Self::V6(address.to_bits(), prefix.length(), Kind::PrefixV6),
            },
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Name(_, kind) | Self::V4(_, _, kind) | Self::V6(_, _, kind) => kind,
        }
    }

    fn is_mapped(self) -> bool {
        matches!(self, Self::V6(key, length, _) if is_mapped(key, length))
    }
}

fn is_mapped(key: u128, length: u8) -> bool {
    length >= MAPPED_LENGTH && key.and(u128::mask(MAPPED_LENGTH)) == MAPPED
}

/// Puts an item in front of those of its prefix. The place, and the head that was there before.
fn put_prefix<K: Key>(
    trie: &mut PrefixTrie<K>,
    links: &Links,
    (key, length): (K, u8),
    kind: Kind,
    link: u32,
) -> Result<(u32, Option<Head>), ListFull> {
    let before = trie.head(key, length).and_then(Head::from_bits);
    let head = Head::new(link, kind, before.is_some()).bits();
    let place = match before {
        Some(before) => {
            let place = links.place(before.link());
            trie.set_head(place, head);
            place
        }
        None => trie.insert(key, length, head)?,
    };
    Ok((place, before))
}

fn take_prefix<K: Key>(trie: &mut PrefixTrie<K>, links: &mut Links, link: u32, place: u32) {
    let (key, length) = trie.prefix(place);
    let head = trie.head(key, length).and_then(Head::from_bits);
    match head.and_then(|head| links.remove(link, head)) {
        Some(head) => trie.set_head(place, head.bits()),
        None => trie.remove(place, |head| Head::from_bits(head).map_or(NONE, |head| links.place(head.link()))),
    }
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
