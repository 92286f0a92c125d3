//! Whether somebody meant another name or address: one that is granted, and one edit away.

use ctlens_san::Item;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The identifier as it would lie in a granted item if one character had been inserted, deleted, replaced or swapped with its
/// neighbour: 10.1.1.1 for 1.1.1.1. What the item holds as it is has not been misspelt.
///
/// The text of a name is in lower case and has no dot at its end; that of an address is [spelt out](spelt_out).
pub(crate) fn likely_typo(text: &str, address: Option<IpAddr>, granted: &Item) -> Option<String> {
    match (address, granted) {
        (Some(_), Item::Address(granted)) => {
            is_one_edit(text.as_bytes(), spelt_out(*granted).as_bytes()).then(|| granted.to_string())
        }
        (Some(address), Item::Prefix(granted)) => meant_address(address, granted.address(), granted.length()),
        (None, Item::Name(granted)) => meant_name(text, granted.as_str()),
        (None, Item::Subtree(granted)) => meant_below(text, granted.as_str()),
        _ => None,
    }
}

/// An address group by group, without `::`.
pub(crate) fn spelt_out(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => address.segments().map(|group| format!("{group:x}")).join(":"),
    }
}

fn meant_name(name: &str, granted: &str) -> Option<String> {
    is_one_edit(name.as_bytes(), granted.as_bytes()).then(|| granted.to_owned())
}

/// A name whose end is misspelt, or lacks the dot before it.
fn meant_below(name: &str, granted: &str) -> Option<String> {
    if let Some(head) = name.strip_suffix(granted) {
        let lacks_dot = !head.is_empty() && !head.ends_with('.');
        return lacks_dot.then(|| format!("{head}.{granted}"));
    }
    // An edit adds a dot at most, or takes one away.
    let most_labels = granted.split('.').count().saturating_add(1);
    let dots = name.rmatch_indices('.').map(|(dot, _)| dot.saturating_add(1));
    dots.chain([0]).take(most_labels).find_map(|start| {
        let (head, end) = name.split_at_checked(start)?;
        is_one_edit(end.as_bytes(), granted.as_bytes()).then(|| format!("{head}{granted}"))
    })
}

/// Whether one insertion, deletion, replacement or swap of neighbours makes one of the other.
fn is_one_edit(one: &[u8], other: &[u8]) -> bool {
    if one.len().abs_diff(other.len()) > 1 {
        return false;
    }
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let (mut one, mut other) = (one.get(same..).unwrap_or_default(), other.get(same..).unwrap_or_default());
    while let ([one_rest @ .., one_last], [other_rest @ .., other_last]) = (one, other)
        && one_last == other_last
    {
        (one, other) = (one_rest, other_rest);
    }
    match (one, other) {
        ([_], []) | ([], [_]) | ([_], [_]) => true,
        ([a, b], [c, d]) => a == d && b == c,
        _ => false,
    }
}

/// The address with a mistake undone, if that lies in the prefix.
fn meant_address(address: IpAddr, network: IpAddr, length: u8) -> Option<String> {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let [address, network] = [address, network].map(|address| address.octets().map(u32::from));
            let octets = DECIMAL.meant(address, network, length)?.map(|group| u8::try_from(group).unwrap_or_default());
            Some(Ipv4Addr::from(octets).to_string())
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let [address, network] = [address, network].map(|address| address.segments().map(u32::from));
            let groups = HEXADECIMAL.meant(address, network, length)?;
            Some(Ipv6Addr::from(groups.map(|group| u16::try_from(group).unwrap_or_default())).to_string())
        }
        _ => None,
    }
}

/// How the groups of an address are spelt.
struct Spelling {
    bits: u32,
    digits: &'static str,
}

const DECIMAL: Spelling = Spelling { bits: 8, digits: "0123456789" };
const HEXADECIMAL: Spelling = Spelling { bits: 16, digits: "0123456789abcdef" };

impl Spelling {
    fn meant<const N: usize>(&self, address: [u32; N], network: [u32; N], length: u8) -> Option<[u32; N]> {
        let masks: [u32; N] = std::array::from_fn(|group| self.mask(length, group));
        let differs = |address: &[u32; N]| {
            let groups = address.iter().zip(&network).zip(&masks);
            let mut differs = groups.map(|((address, network), mask)| (address ^ network) & mask != 0);
            let first = differs.position(|differs| differs);
            (first, differs.filter(|differs| *differs).count())
        };
        let (Some(first), more @ 0..=1) = differs(&address) else { return None };
        if more == 0
            && let (Some(&found), Some(&granted), Some(&mask)) =
                (address.get(first), network.get(first), masks.get(first))
            && let Some(meant) = self.meant_group(found, granted, mask)
        {
            return with(address, first, meant);
        }
        // A digit that is swapped with the separator beside it changes two groups.
        let lefts = [first.checked_sub(1), Some(first)].into_iter().flatten();
        let mut swapped = lefts.flat_map(|left| self.swaps(address, left)).flatten();
        swapped.find(|swapped| differs(swapped).0.is_none())
    }

    /// The bits of a group that lie in a prefix.
    fn mask(&self, length: u8, group: usize) -> u32 {
        let before = u32::try_from(group).unwrap_or(u32::MAX).saturating_mul(self.bits);
        let free = self.bits.saturating_sub(u32::from(length).saturating_sub(before));
        self.most() & u32::MAX.checked_shl(free).unwrap_or(0)
    }

    fn most(&self) -> u32 {
        1_u32.checked_shl(self.bits).unwrap_or(0).wrapping_sub(1)
    }

    /// The group, or one like it under the mask, that is one edit away.
    fn meant_group(&self, found: u32, granted: u32, mask: u32) -> Option<u32> {
        let found = self.spell(found);
        if mask == self.most() {
            return is_one_edit(found.as_bytes(), self.spell(granted).as_bytes()).then_some(granted);
        }
        let edited = (0..=found.len()).flat_map(|at| self.edits(&found, at));
        edited.filter_map(|edited| self.read(&edited)).find(|edited| (edited ^ granted) & mask == 0)
    }

    /// What one edit at a place makes of a group: nothing but digits.
    fn edits<'t>(&'t self, text: &'t str, at: usize) -> impl Iterator<Item = String> + 't {
        let (head, tail) = text.split_at_checked(at).unwrap_or((text, ""));
        let rest = tail.get(1..);
        let deleted = rest.map(|rest| format!("{head}{rest}"));
        let swapped = match tail.as_bytes() {
            [one, other, ..] => {
                tail.get(2..).map(|rest| format!("{head}{}{}{rest}", char::from(*other), char::from(*one)))
            }
            _ => None,
        };
        let written = self.digits.chars().flat_map(move |digit| {
            let replaced = rest.map(|rest| format!("{head}{digit}{rest}"));
            replaced.into_iter().chain([format!("{head}{digit}{tail}")])
        });
        deleted.into_iter().chain(swapped).chain(written)
    }

    /// Two groups with the separator between them moved by one digit, to the left and to the right.
    fn swaps<const N: usize>(&self, address: [u32; N], left: usize) -> [Option<[u32; N]>; 2] {
        let right = left.saturating_add(1);
        let (Some(&one), Some(&other)) = (address.get(left), address.get(right)) else { return [None, None] };
        let text = format!("{}{}", self.spell(one), self.spell(other));
        let middle = self.spell(one).len();
        [middle.checked_sub(1), middle.checked_add(1)].map(|middle| {
            let (one, other) = text.split_at_checked(middle?)?;
            with(with(address, left, self.read(one)?)?, right, self.read(other)?)
        })
    }

    fn spell(&self, group: u32) -> String {
        if self.digits.len() == 10 { format!("{group}") } else { format!("{group:x}") }
    }

    /// `None` where nobody spells a group so: without digits, with zeros before it, or too large.
    fn read(&self, text: &str) -> Option<u32> {
        let base = u32::try_from(self.digits.len()).ok()?;
        let group = u32::from_str_radix(text, base).ok()?;
        (group <= self.most() && (text == "0" || !text.starts_with('0'))).then_some(group)
    }
}

fn with<const N: usize>(mut groups: [u32; N], at: usize, value: u32) -> Option<[u32; N]> {
    *groups.get_mut(at)? = value;
    Some(groups)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctlens_san::Prefix;
    use proptest::prelude::*;

    fn meant(identifier: &str, granted: &[&str]) -> Option<String> {
        let address = identifier.parse().ok();
        let text = address.map_or_else(|| identifier.to_owned(), spelt_out);
        granted.iter().find_map(|granted| likely_typo(&text, address, &granted.parse().unwrap()))
    }

    #[test]
    fn what_was_meant() {
        for (identifier, granted, expected) in [
            // The incident's addresses, and a private one that a CA may well have meant.
            ("1.1.1.1", &["10.1.1.1"][..], Some("10.1.1.1")),
            ("1.1.1.1", &["10.0.0.0/8"], Some("10.1.1.1")),
            ("2.2.2.2", &["10.0.0.0/8"], None),
            ("1.1.1.1", &["1.1.1.1", "1.1.1.2"], Some("1.1.1.2")),
            ("1.1.1.1", &["1.1.1.0/24"], None),
            ("1.12.3.4", &["11.2.3.4"], Some("11.2.3.4")),
            ("1.12.3.4", &["1.1.23.4"], Some("1.1.23.4")),
            ("1.12.3.4", &["1.1.16.0/20"], Some("1.1.23.4")),
            ("12.1.1.1", &["21.0.0.0/8"], Some("21.1.1.1")),
            ("10.1.1.1", &["1.1.1.1"], Some("1.1.1.1")),
            ("255.1.1.1", &["25.1.1.1"], Some("25.1.1.1")),
            ("1.1.1.1", &["1.1.2.2"], None),
            ("1.1.1.1", &["100.1.1.1"], None),
            ("1.1.1.1", &["one.example"], None),
            ("2001:db8::1", &["2001:db8::2"], Some("2001:db8::2")),
            ("2001:db8::1", &["2001:bd8::/32"], Some("2001:bd8::1")),
            ("2001:db8::1", &["2001:da0::/28"], Some("2001:da8::1")),
            ("2001:db8::1", &["2001:db9::2"], None),
            ("::ffff:1.1.1.1", &["1.1.1.2"], None),
            ("www.exmaple.com", &["www.example.com"], Some("www.example.com")),
            ("www.example.com", &["www.example.com"], None),
            ("www.exmaple.com", &[".example.com"], Some("www.example.com")),
            ("*.exmaple.com", &[".example.com"], Some("*.example.com")),
            ("wwwexample.com", &[".example.com"], Some("www.example.com")),
            ("wwwe.xample.com", &[".example.com"], Some("wwwe.example.com")),
            ("www.exam.ple.com", &[".example.com"], Some("www.example.com")),
            ("www.examplecom", &[".example.com"], Some("www.example.com")),
            ("www.example.com", &[".example.com", "ww.example.com"], Some("ww.example.com")),
            ("www.exampel.con", &[".example.com"], None),
            ("", &["a", ".b"], Some("a")),
        ] {
            assert_eq!(meant(identifier, granted).as_deref(), expected, "{identifier} beside {granted:?}");
        }
    }

    /// Optimal string alignment, the whole table.
    fn distance(one: &str, other: &str) -> usize {
        let (a, b) = (one.as_bytes(), other.as_bytes());
        let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                table[i][j] = match (i, j) {
                    (0, _) => j,
                    (_, 0) => i,
                    _ => {
                        let replaced = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                        let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                        let swapped = if swapped { table[i - 2][j - 2] + 1 } else { usize::MAX };
                        (table[i - 1][j] + 1).min(table[i][j - 1] + 1).min(replaced).min(swapped)
                    }
                };
            }
        }
        table[a.len()][b.len()]
    }

    fn addresses() -> impl Strategy<Value = IpAddr> {
        let few = prop::array::uniform4(prop_oneof![Just(1_u8), Just(10), Just(11), any::<u8>()]);
        let groups = prop::array::uniform8(prop_oneof![Just(0_u16), Just(0xdb8), Just(0x1f), any::<u16>()]);
        prop_oneof![few.prop_map(IpAddr::from), groups.prop_map(IpAddr::from)]
    }

    proptest! {
        #[test]
        fn one_edit_is_a_distance_of_one(one in "[ab]{0,6}", other in "[ab]{0,6}") {
            prop_assert_eq!(is_one_edit(one.as_bytes(), other.as_bytes()), distance(&one, &other) == 1);
        }

        /// Every spelling that one edit makes of an address: the addresses among them are found.
        #[test]
        fn all_edits_of_an_address(address in addresses(), digit in 0_usize..16, at in any::<prop::sample::Index>()) {
            let text = spelt_out(address);
            let at = at.index(text.len());
            let digit = b"0123456789abcdef"[digit];
            let mut edits = [(); 4].map(|()| text.clone().into_bytes());
            edits[0].remove(at);
            edits[1].insert(at, digit);
            edits[2][at] = digit;
            edits[3].swap(at.saturating_sub(1), at);
            for edited in edits.iter().map(|edited| str::from_utf8(edited).unwrap()) {
                let Ok(other) = edited.parse::<IpAddr>() else { continue };
                if spelt_out(other) == edited && other != address {
                    let item = Item::Address(other);
                    let found = likely_typo(&text, Some(address), &item);
                    prop_assert_eq!(found, Some(other.to_string()));
                }
            }
        }

        /// What is found in a prefix lies there, and is one edit away; and if an address in it is that, one is found.
        #[test]
        fn addresses_in_prefixes(address in addresses(), group in 0_usize..8, bits in any::<u16>(), length in 0_u8..=128) {
            let (other, length) = match address {
                IpAddr::V4(address) => {
                    let mut octets = address.octets();
                    octets[group % 4] = bits.to_be_bytes()[1];
                    (IpAddr::from(octets), length.min(32))
                }
                IpAddr::V6(address) => {
                    let mut groups = address.segments();
                    groups[group] = bits;
                    (IpAddr::from(groups), length)
                }
            };
            let network = match other {
                IpAddr::V4(other) => {
                    let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
                    IpAddr::from(Ipv4Addr::from_bits(other.to_bits() & mask))
                }
                IpAddr::V6(other) => {
                    let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
                    IpAddr::from(Ipv6Addr::from_bits(other.to_bits() & mask))
                }
            };
            let prefix = Prefix::new(network, length).unwrap();
            let item = Item::Prefix(prefix);
            let found = likely_typo(&spelt_out(address), Some(address), &item);
            if prefix.contains(address) {
                prop_assert_eq!(found, None);
            } else if let Some(found) = found {
                let meant: IpAddr = found.parse().unwrap();
                prop_assert!(prefix.contains(meant));
                prop_assert_eq!(distance(&spelt_out(meant), &spelt_out(address)), 1);
            } else {
                prop_assert!(distance(&spelt_out(other), &spelt_out(address)) != 1);
            }
        }
    }
}
