use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use crate::error::{ParseError, ParseErrorKind};

pub(crate) const MAX_LABEL: usize = 63;
pub(crate) const MAX_NAME: usize = 253;
/// So many labels of one octet fit into 253 octets.
pub(crate) const MAX_LABELS: usize = 127;

/// A DNS name that stands for one host or domain: labels of letters, digits, hyphens and underscores, in lower case,
/// without the trailing dot. U-labels are written as A-labels.
///
/// With the feature `idna` a text may have U-labels (UTS 46, non-transitional; hyphens and ASCII as in RFC 5890 §2.3.1);
/// what becomes of them are A-labels. Without the feature they are an error. A-labels are compared as they are, whatever
/// they decode to (RFC 9525 §6.3).
///
/// Names that the DNS can hold and clients ask for are accepted although host names of RFC 1123 §2.1 exclude them:
/// underscores, and hyphens at either end of a label. A number as last label is refused, since clients take that for an
/// address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DnsName(Box<str>);

impl DnsName {
    /// The name in lower case, without a trailing dot.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The labels from left to right.
    #[must_use]
    pub fn labels(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('.')
    }

    /// Joins labels that come from names.
    pub(crate) fn from_labels<'a>(labels: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut name = String::new();
        for label in labels {
            if !name.is_empty() {
                name.push('.');
            }
            name.extend(label.iter().map(|&octet| char::from(octet)));
        }
        Self(name.into_boxed_str())
    }
}

impl FromStr for DnsName {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let name = text.strip_suffix('.').unwrap_or(text);
        #[cfg(feature = "idna")]
        if !name.is_ascii() {
            return crate::u_label::read(name);
        }
        Self::from_ascii(name)
    }
}

impl DnsName {
    /// The name without the dot at its end.
    pub(crate) fn from_ascii(name: &str) -> Result<Self, ParseError> {
        if name.is_empty() {
            return Err(ParseError::new(ParseErrorKind::Empty, 0));
        }
        let mut offset = 0_usize;
        let mut last = "";
        for label in name.split('.') {
            check_label(label).map_err(|error| error.moved(offset))?;
            last = label;
            offset = offset.saturating_add(label.len()).saturating_add(1);
        }
        if name.len() > MAX_NAME {
            return Err(ParseError::new(ParseErrorKind::NameTooLong { octets: name.len() }, MAX_NAME));
        }
        if last.bytes().all(|octet| octet.is_ascii_digit()) {
            let offset = name.len().saturating_sub(last.len());
            return Err(ParseError::new(ParseErrorKind::NumericLastLabel, offset));
        }
        Ok(Self(name.to_ascii_lowercase().into_boxed_str()))
    }
}

pub(crate) fn check_label(label: &str) -> Result<(), ParseError> {
    if label.is_empty() {
        return Err(ParseError::new(ParseErrorKind::EmptyLabel, 0));
    }
    for (offset, found) in label.char_indices() {
        let kind = match found {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => continue,
            '*' => ParseErrorKind::Wildcard,
            '\u{80}'.. => ParseErrorKind::NonAscii { found },
            _ => ParseErrorKind::Character { found },
        };
        return Err(ParseError::new(kind, offset));
    }
    if label.len() > MAX_LABEL {
        return Err(ParseError::new(ParseErrorKind::LabelTooLong { octets: label.len() }, MAX_LABEL));
    }
    Ok(())
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for DnsName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for DnsName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for DnsName {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::item::deserialize_text(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;

    #[test]
    fn good_names() {
        let long_label = "a".repeat(63);
        let longest = format!("{long_label}.{long_label}.{long_label}.{}", "b".repeat(61));
        assert_eq!(longest.len(), 253);
        for (text, name) in [
            ("example.com", "example.com"),
            ("EXAMPLE.Com.", "example.com"),
            ("localhost", "localhost"),
            ("_dmarc.a_b.example", "_dmarc.a_b.example"),
            ("-a-.example", "-a-.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("1.2.3.4.com", "1.2.3.4.com"),
            ("1.1a", "1.1a"),
            (&*longest, &*longest),
        ] {
            assert_eq!(text.parse::<DnsName>().map(|name| name.to_string()), Ok(name.to_string()), "{text}");
        }
    }

    #[test]
    fn bad_names() {
        use ParseErrorKind as E;
        let label_64 = format!("a.{}.b", "x".repeat(64));
        let label_63 = "a".repeat(63);
        let name_254 = format!("{label_63}.{label_63}.{label_63}.{}", "b".repeat(62));
        for (text, kind, offset) in [
            ("", E::Empty, 0),
            (".", E::Empty, 0),
            ("..", E::EmptyLabel, 0),
            (".example", E::EmptyLabel, 0),
            ("a..b", E::EmptyLabel, 2),
            ("a.b..", E::EmptyLabel, 4),
            (&*label_64, E::LabelTooLong { octets: 64 }, 65),
            (&*name_254, E::NameTooLong { octets: 254 }, 253),
            ("a b.example", E::Character { found: ' ' }, 1),
            ("example.com/", E::Character { found: '/' }, 11),
            ("a.b\0.example", E::Character { found: '\0' }, 3),
            #[cfg(not(feature = "idna"))]
            ("bücher.example", E::NonAscii { found: 'ü' }, 1),
            ("*.example", E::Wildcard, 0),
            ("w*w.example", E::Wildcard, 1),
            ("192.0.2.1", E::NumericLastLabel, 8),
            ("a.1", E::NumericLastLabel, 2),
            ("1", E::NumericLastLabel, 0),
        ] {
            assert_eq!(text.parse::<DnsName>(), Err(ParseError::new(kind, offset)), "{text:?}");
        }
    }
}
