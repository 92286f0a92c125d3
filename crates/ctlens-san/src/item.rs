use core::fmt;
use core::net::IpAddr;
use core::str::FromStr;

use crate::dns_name::DnsName;
use crate::error::{ParseError, ParseErrorKind};
use crate::prefix::Prefix;

/// What a watch list can hold.
///
/// In text: `example.com`, `.example.com`, `192.0.2.1` or `2001:db8::1`, `192.0.2.0/24` or `2001:db8::/32`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// One name.
    Name(DnsName),
    /// A name and all names below it.
    Subtree(DnsName),
    /// One address.
    Address(IpAddr),
    /// All addresses of a prefix.
    Prefix(Prefix),
}

/// Why an item may not be what its owner means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ItemWarning {
    /// A subtree that is a public suffix (`.co.uk`): what is below it belongs to many, and all of it is reported.
    PublicSuffix,
}

impl fmt::Display for ItemWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PublicSuffix => {
                "a public suffix: the names below it belong to many, and every one of them is watched"
            }
        })
    }
}

impl Item {
    /// Why the item may not be what was meant. Public suffixes are found with the feature `psl` only, as the list stood
    /// when the crate `psl` was released.
    #[must_use]
    pub fn warning(&self) -> Option<ItemWarning> {
        #[cfg(feature = "psl")]
        if let Self::Subtree(name) = self {
            let name = name.as_str();
            // A rule may be about what is below it alone: `*.ck`.
            let is_suffix = is_public_suffix(name) || is_public_suffix(&alloc::format!("x.{name}"));
            return is_suffix.then_some(ItemWarning::PublicSuffix);
        }
        None
    }
}

/// Names that no rule is about have the suffix of their last label: that is somebody's own.
#[cfg(feature = "psl")]
fn is_public_suffix(name: &str) -> bool {
    psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() == name.as_bytes())
}

impl FromStr for Item {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if let Some(name) = text.strip_prefix('.') {
            return name.parse().map(Self::Subtree).map_err(|error: ParseError| error.moved(1));
        }
        if text.split_once('/').is_some_and(|(address, _)| is_meant_as_address(address)) {
            return text.parse().map(Self::Prefix);
        }
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        if text.contains(':') && is_meant_as_address(text) {
            return Err(ParseError::new(ParseErrorKind::Address, 0));
        }
        text.parse().map(Self::Name)
    }
}

/// Whether a text begins as an IPv6 address does, or consists of what an IPv4 address consists of: not a URL or a host
/// with a port, of which it is better said that they are no names.
fn is_meant_as_address(text: &str) -> bool {
    match text.split_once(':') {
        Some((group, _)) => group.starts_with('[') || group.bytes().all(|octet| octet.is_ascii_hexdigit()),
        None => text.bytes().all(|octet| octet.is_ascii_digit() || octet == b'.'),
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "{name}"),
            Self::Subtree(name) => write!(f, ".{name}"),
            Self::Address(address) => write!(f, "{address}"),
            Self::Prefix(prefix) => write!(f, "{prefix}"),
        }
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Item {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Item {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer)
    }
}

/// A value in the form that it has in text.
#[cfg(feature = "serde")]
pub(crate) fn deserialize_text<'de, D, V>(deserializer: D) -> Result<V, D::Error>
where
    D: serde::Deserializer<'de>,
    V: FromStr<Err = ParseError>,
{
    let text: alloc::borrow::Cow<'de, str> = serde::Deserialize::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn items_print_as_they_are_read() {
        for text in ["example.com", ".example.com", "192.0.2.1", "2001:db8::1", "192.0.2.0/24", "2001:db8::/32", ".com"]
        {
            assert_eq!(text.parse::<Item>().map(|item| item.to_string()), Ok(text.to_string()));
        }
        assert_eq!(".Example.COM.".parse::<Item>().unwrap().to_string(), ".example.com");
        assert_eq!("2001:DB8:0::1".parse::<Item>().unwrap().to_string(), "2001:db8::1");
    }

    #[test]
    fn bad_items() {
        use ParseErrorKind as E;
        for (text, kind, offset) in [
            ("", E::Empty, 0),
            (".", E::Empty, 1),
            ("..example", E::EmptyLabel, 1),
            (".*.example", E::Wildcard, 1),
            ("*.example", E::Wildcard, 0),
            ("192.0.2", E::NumericLastLabel, 6),
            ("2001:db8", E::Address, 0),
            ("[::1]", E::Address, 0),
            ("fe80::1%eth0", E::Address, 0),
            ("2001:db8::/129", E::PrefixLength { maximum: 128 }, 11),
            ("192.0.2/24", E::Address, 0),
            ("/24", E::Address, 0),
            ("http://example.com", E::Character { found: ':' }, 4),
            ("https://x.example/", E::Character { found: ':' }, 5),
            ("x.example/", E::Character { found: '/' }, 9),
            ("x.example:443", E::Character { found: ':' }, 9),
            (" example.com", E::Character { found: ' ' }, 0),
        ] {
            assert_eq!(text.parse::<Item>(), Err(ParseError::new(kind, offset)), "{text:?}");
        }
    }
}
