//! Matching by definition: item by item, label by label, bit by bit.

use ctlens_san::{Item, Prefix};
use std::net::IpAddr;

/// Whether a dNSName of letters, digits, hyphens, underscores, asterisks and dots, without empty labels, stands for an item, or
/// for something in it. An asterisk stands for any octets of a label, or none.
pub(crate) fn name_meets(name: &str, item: &Item) -> bool {
    let pattern: Vec<&str> = name.split('.').collect();
    let meets = |pattern: &[&str], labels: &[&str]| {
        pattern.len() == labels.len() && pattern.iter().zip(labels).all(|(pattern, label)| glob(pattern, label))
    };
    match item {
        Item::Name(own) => meets(&pattern, &own.labels().collect::<Vec<_>>()),
        Item::Subtree(own) => {
            let labels: Vec<&str> = own.labels().collect();
            // Some name that the pattern stands for is the top of the tree or below it.
            pattern.len().checked_sub(labels.len()).is_some_and(|above| meets(&pattern[above..], &labels))
        }
        Item::Address(_) | Item::Prefix(_) => false,
    }
}

/// RFC 9525 §6.3: a name whose left-most label may be one asterisk, if others follow it.
pub(crate) fn is_valid(name: &str) -> bool {
    let labels: Vec<&str> = name.split('.').collect();
    name.len() <= 253
        && labels.iter().enumerate().all(|(place, label)| {
            let wildcard = *label == "*" && place == 0 && labels.len() > 1;
            (1..=63).contains(&label.len()) && (wildcard || !label.contains('*'))
        })
}

/// The pattern against a label, which is in lower case and has no more than 63 octets.
fn glob(pattern: &str, label: &str) -> bool {
    let (pattern, label) = (pattern.to_ascii_lowercase(), label.as_bytes());
    let mut ends = vec![true];
    ends.resize(label.len() + 1, false);
    for octet in pattern.bytes() {
        let before = ends.clone();
        for end in 0..ends.len() {
            ends[end] = match octet {
                b'*' => before[..=end].contains(&true),
                _ => end > 0 && before[end - 1] && label[end - 1] == octet,
            };
        }
    }
    ends[label.len()]
}

/// Addresses of one family that agree with `key` in the bits of `known`, from the left of 128 bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bits {
    pub(crate) is_v4: bool,
    pub(crate) key: u128,
    pub(crate) known: u128,
}

const MAPPED: u128 = 0xffff << 32;

impl Bits {
    pub(crate) fn of(octets: &[u8], mask: &[u8]) -> Self {
        let number = |octets: &[u8]| {
            let mut whole = [0; 16];
            whole[..octets.len()].copy_from_slice(octets);
            u128::from_be_bytes(whole)
        };
        Self { is_v4: octets.len() == 4, key: number(octets) & number(mask), known: number(mask) }
    }

    fn of_prefix(address: IpAddr, length: u8) -> Self {
        let octets = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        let mask: Vec<u8> = (0..octets.len() * 8)
            .collect::<Vec<_>>()
            .chunks(8)
            .map(|bits| bits.iter().fold(0, |octet, bit| octet << 1 | u8::from(*bit < usize::from(length))))
            .collect();
        Self::of(&octets, &mask)
    }

    fn of_item(item: &Item) -> Option<Self> {
        Some(match item {
            Item::Address(address) => Self::of_prefix(*address, if address.is_ipv4() { 32 } else { 128 }),
            Item::Prefix(prefix) => Self::of_prefix(prefix.address(), prefix.length()),
            Item::Name(_) | Item::Subtree(_) => return None,
        })
    }

    /// The same addresses in the other family: IPv4-mapped ones, or those that these are the mapped form of.
    fn mapped(self) -> Option<Self> {
        let network = u128::MAX << 32;
        if self.is_v4 {
            return Some(Self { is_v4: false, key: MAPPED | self.key >> 96, known: network | self.known >> 96 });
        }
        let all_mapped = self.known & network == network && self.key & network == MAPPED;
        all_mapped.then_some(Self { is_v4: true, key: self.key << 96, known: self.known << 96 })
    }

    fn share_an_address(self, other: Self) -> bool {
        self.is_v4 == other.is_v4 && (self.key ^ other.key) & self.known & other.known == 0
    }
}

/// Whether an iPAddress stands for an address of the item, in its own family or in mapped form. A short IPv6 prefix that happens
/// to hold the mapped addresses does not mean IPv4.
pub(crate) fn address_meets(address: Bits, item: &Item) -> bool {
    let Some(own) = Bits::of_item(item) else { return false };
    let mapped = address.mapped().filter(|_| own.is_v4 || own.known.leading_ones() >= 96);
    address.share_an_address(own) || mapped.is_some_and(|mapped| mapped.share_an_address(own))
}

/// Whether an IPv6 address has an IPv4 address of the item inside: behind 2002::/16, or behind 64:ff9b::/96.
pub(crate) fn embedded_meets(address: Bits, item: &Item) -> bool {
    let Some(own) = Bits::of_item(item) else { return false };
    let is_in = |prefix: u128, length: u32| {
        let network = !(u128::MAX >> length);
        address.known & network == network && address.key & network == prefix
    };
    let shift = match (is_in(0x2002 << 112, 16), is_in(0x0064_ff9b << 96, 96)) {
        _ if address.is_v4 => return false,
        (true, _) => 16,
        (_, true) => 96,
        _ => return false,
    };
    let first = !(u128::MAX >> 32);
    let inner = Bits { is_v4: true, key: address.key << shift & first, known: address.known << shift & first };
    inner.share_an_address(own)
}

/// An address as text in one of the ways of writing it, and whether no other address can be meant.
pub(crate) fn written(address: IpAddr, style: u8) -> (String, bool) {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            let (two, three) = (u16::from_be_bytes([c, d]), u32::from_be_bytes([0, b, c, d]));
            let text = match style % 12 {
                0 => format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
                1 => format!("{:#x}", address.to_bits()),
                2 => format!("{}", address.to_bits()),
                3 => format!("{a}.{three}"),
                4 => format!("{a}.{b}.{two}"),
                5 => format!("{a}.{b}.{c}.{d}."),
                6 => format!("{d}.{c}.{b}.{a}.in-addr.arpa"),
                7 => format!("x.{d}.{c}.{b}.{a}.IN-ADDR.ARPA"),
                8 => format!("{a}%2e{b}%2e{c}%2e{d}"),
                9 => format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
                10 => format!("{a:03}.{b:03}.{c:03}.{d:03}"),
                _ => address.to_string(),
            };
            // A zero in front: octal to some.
            (text, !(9..=10).contains(&(style % 12)))
        }
        IpAddr::V6(address) => {
            let groups = address.segments().map(|group| format!("{group:04X}")).join(":");
            let nibbles: Vec<_> =
                address.octets().iter().rev().map(|octet| format!("{:x}.{:x}", octet & 15, octet >> 4)).collect();
            let text = match style % 6 {
                0 => groups,
                1 => format!("[{address}]"),
                2 => format!("{}.ip6.arpa", nibbles.join(".")),
                3 => format!("{}.IP6.INT", nibbles.join(".")),
                4 => format!("[{groups}]"),
                _ => address.to_string(),
            };
            (text, true)
        }
    }
}

/// Whether the prefix holds the address, bit by bit.
pub(crate) fn holds(prefix: &Prefix, address: IpAddr) -> bool {
    let whole = if address.is_ipv4() { 32 } else { 128 };
    Bits::of_prefix(prefix.address(), prefix.length()).share_an_address(Bits::of_prefix(address, whole))
}

/// One line of a list, or an item by itself: `example.com`, `.example.com`, an address, a prefix.
pub(crate) fn is_item(text: &str) -> bool {
    if let Some((address, length)) = text.split_once('/').filter(|_| !text.starts_with('.')) {
        let (Ok(address), Ok(length)) = (address.parse::<IpAddr>(), length.parse::<u8>()) else { return false };
        let canonical = text.ends_with(|digit: char| digit.is_ascii_digit())
            && text.rsplit('/').next().is_some_and(|length| !length.starts_with('+') && length.len() <= 3);
        let width = if address.is_ipv4() { 32 } else { 128 };
        let whole = Bits::of_prefix(address, width);
        return canonical && length <= width && whole.key & !Bits::of_prefix(address, length).known == 0;
    }
    text.parse::<IpAddr>().is_ok() || is_name(text.strip_prefix('.').unwrap_or(text))
}

fn is_name(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_')
    };
    let number = |label: &str| label.bytes().all(|octet| octet.is_ascii_digit());
    name.len() <= 253 && name.split('.').all(label) && !name.rsplit('.').next().is_some_and(number)
}
