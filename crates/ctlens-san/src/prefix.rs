use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

use crate::error::{ParseError, ParseErrorKind};
use crate::prefix_trie::Key;

/// An address prefix (RFC 4632 §3.1, RFC 4291 §2.3): all addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    address: IpAddr,
    length: u8,
}

impl Prefix {
    /// The addresses whose first `length` bits are those of `address`.
    ///
    /// # Errors
    ///
    /// Where the length is more than the address has bits, or the bits behind it are not zero.
    pub fn new(address: IpAddr, length: u8) -> Result<Self, ParseErrorKind> {
        let maximum = Self::width(address);
        if length > maximum {
            return Err(ParseErrorKind::PrefixLength { maximum });
        }
        let network = Self::of(address, length);
        if network.address == address { Ok(network) } else { Err(ParseErrorKind::HostBits { network }) }
    }

    /// The prefix that holds the address. The length is at most the number of its bits.
    pub(crate) fn of(address: IpAddr, length: u8) -> Self {
        Self { address: mask(address, length), length }
    }

    /// The first address.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// The number of bits that all addresses share.
    #[must_use]
    pub fn length(&self) -> u8 {
        self.length
    }

    /// Whether the address begins with the bits of the prefix. An IPv4-mapped IPv6 address is an IPv6 address here.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        mask(address, self.length) == self.address
    }

    fn width(address: IpAddr) -> u8 {
        match address {
            IpAddr::V4(_) => u32::WIDTH,
            IpAddr::V6(_) => u128::WIDTH,
        }
    }
}

fn mask(address: IpAddr, length: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & u32::mask(length))),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & u128::mask(length))),
    }
}

impl FromStr for Prefix {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let Some((address, length)) = text.split_once('/') else {
            let kind = if text.is_empty() { ParseErrorKind::Empty } else { ParseErrorKind::NoPrefixLength };
            return Err(ParseError::new(kind, text.len()));
        };
        let length_offset = address.len().saturating_add(1);
        let address: IpAddr = address.parse().map_err(|_| ParseError::new(ParseErrorKind::Address, 0))?;
        let length = Some(length)
            .filter(|length| length.len() <= 3 && length.bytes().all(|octet| octet.is_ascii_digit()))
            .and_then(|length| length.parse::<u8>().ok())
            .ok_or(ParseErrorKind::PrefixLength { maximum: Self::width(address) })
            .map_err(|kind| ParseError::new(kind, length_offset))?;
        Self::new(address, length).map_err(|kind| {
            let offset = if matches!(kind, ParseErrorKind::HostBits { .. }) { 0 } else { length_offset };
            ParseError::new(kind, offset)
        })
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Prefix {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Prefix {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::item::deserialize_text(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn good_prefixes() {
        for text in ["0.0.0.0/0", "192.0.2.0/24", "192.0.2.1/32", "128.0.0.0/1", "::/0", "2001:db8::/32", "::1/128"] {
            assert_eq!(text.parse::<Prefix>().map(|prefix| prefix.to_string()), Ok(text.to_string()));
        }
    }

    #[test]
    fn bad_prefixes() {
        use ParseErrorKind as E;
        let network = "192.0.2.0/24".parse().unwrap();
        for (text, kind, offset) in [
            ("", E::Empty, 0),
            ("192.0.2.0", E::NoPrefixLength, 9),
            ("192.0.2/24", E::Address, 0),
            ("example.com/24", E::Address, 0),
            ("192.0.2.0/33", E::PrefixLength { maximum: 32 }, 10),
            ("2001:db8::/129", E::PrefixLength { maximum: 128 }, 11),
            ("192.0.2.0/", E::PrefixLength { maximum: 32 }, 10),
            ("192.0.2.0/+8", E::PrefixLength { maximum: 32 }, 10),
            ("192.0.2.0/0024", E::PrefixLength { maximum: 32 }, 10),
            ("192.0.2.7/24", E::HostBits { network }, 0),
        ] {
            assert_eq!(text.parse::<Prefix>(), Err(ParseError::new(kind, offset)), "{text:?}");
        }
    }

    #[test]
    fn containment() {
        let prefix: Prefix = "192.0.2.0/25".parse().unwrap();
        assert!(prefix.contains("192.0.2.127".parse().unwrap()));
        assert!(!prefix.contains("192.0.2.128".parse().unwrap()));
        assert!(!prefix.contains("::ffff:192.0.2.1".parse().unwrap()));
    }
}
