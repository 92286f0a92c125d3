//! Addresses in the form of text, and in that of a reverse name.

use core::net::{Ipv4Addr, Ipv6Addr};
use core::str;

use crate::name_walk::split_last_label;
use crate::prefix_trie::Key;

/// Addresses that agree with `key` in the bits of `known`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Range {
    V4 { key: u32, known: u32 },
    V6 { key: u128, known: u128 },
}

impl Range {
    fn v4(address: Ipv4Addr) -> Self {
        Self::V4 { key: address.to_bits(), known: u32::MAX }
    }

    fn v6(address: Ipv6Addr) -> Self {
        Self::V6 { key: address.to_bits(), known: u128::MAX }
    }
}

/// How an address was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Four decimal octets, or RFC 4291 §2.2.
    Standard,
    /// An IPv6 address in brackets, as in a URL.
    Bracketed,
    /// Four octets, of which some are asterisks.
    Wildcard,
    /// Hex, octal, fewer than four numbers, a zone, a prefix length.
    Odd,
}

/// No address is longer, with brackets, zone and mask.
const MAX_TEXT: usize = 128;

/// The addresses that a text may mean. Two where octets with leading zeros can be octal or decimal.
pub(crate) fn read(text: &[u8]) -> [Option<(Range, Style)>; 2] {
    // The rest is about texts that begin as an address does.
    let begins = text.first().is_some_and(|&octet| octet.is_ascii_hexdigit() || b"[:*".contains(&octet));
    if !begins || text.len() > MAX_TEXT {
        return [None; 2];
    }
    let Ok(text) = str::from_utf8(text) else { return [None; 2] };
    if let Ok(address) = text.parse() {
        return [Some((Range::v4(address), Style::Standard)), None];
    }
    if let Ok(address) = text.parse() {
        return [Some((Range::v6(address), Style::Standard)), None];
    }
    if let Some((inside, behind)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        let style = if behind.is_empty() { Style::Bracketed } else { Style::Odd };
        let v6 = || read_v6_with_zone(inside).map(|range| (range, style));
        return [inside.parse().map_or_else(|_| v6(), |address| Some((Range::v4(address), Style::Odd))), None];
    }
    if let Some(range) = text.split_once('/').and_then(|(address, mask)| read_with_mask(address, mask)) {
        return [Some((range, Style::Odd)), None];
    }
    if text.contains(':') {
        let range = read_v6_with_zone(text).or_else(|| read_v6_with_port(text));
        return [range.map(|range| (range, Style::Odd)), None];
    }
    if text.contains('*') {
        return [read_v4_wildcard(text).map(|range| (range, Style::Wildcard)), None];
    }
    let octal = read_v4_numbers(text, 8);
    let decimal = read_v4_numbers(text, 10).filter(|decimal| Some(decimal) != octal.as_ref());
    [octal, decimal].map(|address| address.map(|address| (Range::v4(address), Style::Odd)))
}

/// The text in the octets of an IPv6 address, if they can be one: `2001:db8::1:2:33`, or what stands before NULs in the
/// sixteen octets that C gives an IPv4 address as text.
pub(crate) fn of_sixteen_octets(octets: &[u8]) -> Option<&[u8]> {
    let text = octets.split(|&octet| octet == 0).next()?;
    let is_filled = octets.iter().skip(text.len()).all(|&octet| octet == 0);
    let of_addresses = |octet: &u8| octet.is_ascii_hexdigit() || b".:".contains(octet);
    let is_text = is_filled && text.iter().all(of_addresses) && text.iter().any(|octet| b".:".contains(octet));
    (octets.len() == 16 && is_text).then_some(text)
}

/// `fe80::1%eth0`: RFC 4007 §11.
fn read_v6_with_zone(text: &str) -> Option<Range> {
    let address = text.split('%').next()?;
    address.parse().ok().map(Range::v6)
}

/// `2001:db8::0:0:1:443` is an address of its own; where that is one group too many, the last is a port.
fn read_v6_with_port(text: &str) -> Option<Range> {
    let (address, port) = text.rsplit_once(':')?;
    let is_port = (1..=5).contains(&port.len()) && port.bytes().all(|octet| octet.is_ascii_digit());
    address.parse().ok().filter(|_| is_port).map(Range::v6)
}

/// `192.0.2.0/24` and `192.0.2.0/255.255.255.0`.
fn read_with_mask(address: &str, mask: &str) -> Option<Range> {
    if let Ok(address) = address.parse::<Ipv4Addr>() {
        let known = match mask.parse::<u8>() {
            Ok(length) => u32::mask(Some(length).filter(|&length| length <= u32::WIDTH)?),
            Err(_) => mask.parse::<Ipv4Addr>().ok()?.to_bits(),
        };
        return Some(Range::V4 { key: address.to_bits() & known, known });
    }
    let address: Ipv6Addr = address.parse().ok()?;
    let known = match mask.parse::<u8>() {
        Ok(length) => u128::mask(Some(length).filter(|&length| length <= u128::WIDTH)?),
        Err(_) => mask.parse::<Ipv6Addr>().ok()?.to_bits(),
    };
    Some(Range::V6 { key: address.to_bits() & known, known })
}

/// Four decimal octets, some of which have asterisks in them: those may be any octet.
fn read_v4_wildcard(text: &str) -> Option<Range> {
    let (mut key, mut known) = ([0_u8; 4], [0_u8; 4]);
    let mut parts = text.split('.');
    for (key, known) in key.iter_mut().zip(&mut known) {
        let part = parts.next()?;
        if part.contains('*') {
            if !part.bytes().all(|octet| octet == b'*' || octet.is_ascii_digit()) {
                return None;
            }
        } else {
            *key = part.parse().ok()?;
            *known = u8::MAX;
        }
    }
    let whole = parts.next().is_none();
    whole.then_some(Range::V4 { key: u32::from_be_bytes(key), known: u32::from_be_bytes(known) })
}

/// One to four numbers, hexadecimal with `0x` in front, to the base `leading_zero` with `0` in front, else decimal; the
/// last fills all octets that are left (inet_aton of POSIX).
fn read_v4_numbers(text: &str, leading_zero: u32) -> Option<Ipv4Addr> {
    let mut address = 0_u64;
    let mut octets_left = 4_u32;
    let mut parts = text.split('.').peekable();
    while let Some(part) = parts.next() {
        let (digits, base) = match part.as_bytes() {
            [b'0', b'x' | b'X', ..] => (part.get(2..)?, 16),
            [b'0', _, ..] => (part, leading_zero),
            _ => (part, 10),
        };
        if !digits.bytes().all(|octet| octet.is_ascii_hexdigit()) {
            return None;
        }
        // `0x` alone is a zero to some.
        let number = if digits.is_empty() && base == 16 { 0 } else { u64::from_str_radix(digits, base).ok()? };
        let octets = if parts.peek().is_some() { 1 } else { octets_left };
        octets_left = octets_left.checked_sub(octets)?;
        if octets == 0 || number >= 1_u64.checked_shl(octets.checked_mul(8)?)? {
            return None;
        }
        address = address.checked_shl(octets.checked_mul(8)?)? | number;
    }
    u32::try_from(address).ok().map(Ipv4Addr::from_bits)
}

/// The addresses that a reverse name stands for (RFC 1035 §3.5, RFC 3596 §2.5): one, or the prefix of so many octets or
/// nibbles as it has. What stands to the left of them changes nothing.
pub(crate) fn read_reverse(name: &[u8]) -> Option<Range> {
    let (rest, top) = split_last_label(name);
    let (rest, second) = split_last_label(rest?);
    let is = |label: &[u8], other: &[u8]| label.eq_ignore_ascii_case(other);
    if is(top, b"arpa") && is(second, b"in-addr") {
        let (key, length) = read_digits(rest?, 4, 8, 10)?;
        let (key, known) = (u32::try_from(key).ok()?, u32::mask(length));
        return Some(Range::V4 { key, known });
    }
    if (is(top, b"arpa") || is(top, b"int")) && is(second, b"ip6") {
        let (key, length) = read_digits(rest?, 32, 4, 16)?;
        return Some(Range::V6 { key, known: u128::mask(length) });
    }
    None
}

/// Up to `most` labels from the right, each a number of `bits` bits to a base: the bits from the left of an address, and
/// their count. At least one.
fn read_digits(name: &[u8], most: u32, bits: u32, base: u32) -> Option<(u128, u8)> {
    let mut key = 0_u128;
    let mut count = 0_u32;
    let mut rest = Some(name);
    while let Some(name) = rest.filter(|_| count < most) {
        let (left, label) = split_last_label(name);
        let digits = str::from_utf8(label).ok().filter(|label| (1..=3).contains(&label.len()));
        let number = digits
            .filter(|digits| digits.bytes().all(|octet| octet.is_ascii_hexdigit()))
            .and_then(|digits| u128::from_str_radix(digits, base).ok())
            .filter(|number| number.checked_shr(bits) == Some(0));
        let Some(number) = number else { break };
        key = key.checked_shl(bits)? | number;
        count = count.saturating_add(1);
        rest = left;
    }
    if count == 0 {
        return None;
    }
    let key = key.checked_shl(most.saturating_sub(count).checked_mul(bits)?)?;
    let length = u8::try_from(count.checked_mul(bits)?).ok()?;
    Some((key, length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn v4(key: u32, known: u32) -> Range {
        Range::V4 { key, known }
    }

    #[test]
    fn texts() {
        let one = v4(0x0101_0101, u32::MAX);
        let loopback = v4(0x7f00_0001, u32::MAX);
        let documentation = Range::V6 { key: 0x2001_0db8 << 96 | 1, known: u128::MAX };
        for (text, expected) in [
            ("1.1.1.1", &[(one, Style::Standard)][..]),
            ("0x01.1.1.1", &[(one, Style::Odd)]),
            ("0x01010101", &[(one, Style::Odd)]),
            ("16843009", &[(one, Style::Odd)]),
            ("1.1.257", &[(one, Style::Odd)]),
            ("127.1", &[(loopback, Style::Odd)]),
            ("0177.0.0.1", &[(loopback, Style::Odd), (v4(0xb100_0001, u32::MAX), Style::Odd)]),
            ("01.01.01.01", &[(one, Style::Odd)]),
            ("1.1.1.09", &[(v4(0x0101_0109, u32::MAX), Style::Odd)]),
            ("*.0.0.1", &[(v4(1, 0x00ff_ffff), Style::Wildcard)]),
            ("1.1*.*.1", &[(v4(0x0100_0001, 0xff00_00ff), Style::Wildcard)]),
            ("1.1.1.0/24", &[(v4(0x0101_0100, 0xffff_ff00), Style::Odd)]),
            ("1.1.1.9/255.255.255.0", &[(v4(0x0101_0100, 0xffff_ff00), Style::Odd)]),
            ("2001:db8::1", &[(documentation, Style::Standard)]),
            ("2001:0DB8:0:0:0:0:0:1", &[(documentation, Style::Standard)]),
            ("2001:db8::0.0.0.1", &[(documentation, Style::Standard)]),
            ("[2001:db8::1]", &[(documentation, Style::Bracketed)]),
            ("[2001:db8::1]:443", &[(documentation, Style::Odd)]),
            ("[1.1.1.1]", &[(one, Style::Odd)]),
            ("[1.1.1.1]:443", &[(one, Style::Odd)]),
            ("2001:db8:0:0:0:0:0:1:443", &[(documentation, Style::Odd)]),
            ("2001:db8:0:0:0:0:0:1:x", &[]),
            ("2001:db8::0.0.0.1:443", &[(documentation, Style::Odd)]),
            ("2001:db8::1%eth0", &[(documentation, Style::Odd)]),
            ("2001:db8::/32", &[(Range::V6 { key: 0x2001_0db8 << 96, known: u128::MAX << 96 }, Style::Odd)]),
            ("", &[]),
            ("1.1.1.1.", &[]),
            ("1.1.1.256", &[]),
            ("256", &[(v4(256, u32::MAX), Style::Odd)]),
            ("4294967296", &[]),
            ("1.2.3.4.5", &[]),
            ("1.2.3.4/33", &[]),
            ("1..1", &[]),
            ("-1.1.1.1", &[]),
            ("+1.1.1.1", &[]),
            ("1.1.1.x", &[]),
            ("*.example", &[]),
            ("*.*.*", &[]),
            ("face.example", &[]),
            ("[::1", &[]),
            (":::", &[]),
        ] {
            let found: Vec<_> = read(text.as_bytes()).into_iter().flatten().collect();
            assert_eq!(found, expected, "{text}");
        }
        assert_eq!(read(&[b'1'; 129]), [None; 2]);
    }

    #[test]
    fn reverse_names() {
        let nibbles = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.IP6.ARPA";
        let documentation = 0x2001_0db8_u128 << 96;
        for (name, expected) in [
            ("4.3.2.1.in-addr.arpa", Some(v4(0x0102_0304, u32::MAX))),
            ("x.4.3.2.1.In-Addr.Arpa", Some(v4(0x0102_0304, u32::MAX))),
            ("2.1.in-addr.arpa", Some(v4(0x0102_0000, 0xffff_0000))),
            ("*.2.1.in-addr.arpa", Some(v4(0x0102_0000, 0xffff_0000))),
            ("0/25.3.2.1.in-addr.arpa", Some(v4(0x0102_0300, 0xffff_ff00))),
            ("256.1.in-addr.arpa", Some(v4(0x0100_0000, 0xff00_0000))),
            (nibbles, Some(Range::V6 { key: documentation | 1, known: u128::MAX })),
            ("8.b.d.0.1.0.0.2.ip6.int", Some(Range::V6 { key: documentation, known: u128::MAX << 96 })),
            ("10.2.ip6.arpa", Some(Range::V6 { key: 2 << 124, known: 0xf << 124 })),
            ("in-addr.arpa", None),
            ("*.in-addr.arpa", None),
            ("4.3.2.1.in-addr.example", None),
            ("arpa", None),
        ] {
            assert_eq!(read_reverse(name.as_bytes()), expected, "{name}");
        }
    }
}
