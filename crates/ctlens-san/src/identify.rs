use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;
use core::str::FromStr;

use ctlens_x509::{GeneralName, GeneralNameKind, Tbs, Undecodable};

use crate::dns_name::DnsName;
use crate::error::{ParseError, ParseErrorKind};
use crate::name_scan::is_valid;

/// Whom a client wants to talk to: its reference identifier (RFC 9525 §6.1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// A host name (DNS-ID).
    Name(DnsName),
    /// An address (IP-ID).
    Address(IpAddr),
}

impl FromStr for Reference {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        if text.contains(':') {
            return Err(ParseError::new(ParseErrorKind::Address, 0));
        }
        text.parse().map(Self::Name)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "{name}"),
            Self::Address(address) => write!(f, "{address}"),
        }
    }
}

/// Whether a certificate identifies a host, as a client that follows RFC 9525 sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Identification<'c> {
    /// This name does, the first that does.
    Identified(GeneralName<'c>),
    /// None does: one reason for each name. Without names there are no reasons.
    NotIdentified(Vec<Mismatch<'c>>),
}

/// Why one name of a SAN does not identify a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch<'c> {
    /// It identifies another host.
    Other(GeneralName<'c>),
    /// It is of a type that is not compared with such a reference (RFC 9525 §6.2: "DNS-ID" with dNSName, §6.4: "IP-ID"
    /// with iPAddress).
    OtherType(GeneralName<'c>),
    /// It is no DNS name: such an identifier is ignored (RFC 9525 §6.3).
    InvalidName(GeneralName<'c>),
    /// It has more than one asterisk, or one that is not the whole of the left-most label of several (RFC 9525 §6.3).
    InvalidWildcard(GeneralName<'c>),
    /// It has neither 4 nor 16 octets (RFC 5280 §4.2.1.6).
    InvalidAddress(GeneralName<'c>),
    /// Octets among the names that cannot be walked.
    Undecodable(Undecodable<'c>),
}

/// Whether the certificate is one for `reference`, by the rules of RFC 9525: names only in the SAN, wildcards only as the
/// whole left-most label and for exactly one label, addresses octet for octet.
///
/// RFC 9525 leaves public suffixes to the client (§7.1): `*.com` identifies `example.com` here.
pub fn identifies<'c>(tbs: &Tbs<'c>, reference: &Reference) -> Identification<'c> {
    let mut mismatches = Vec::new();
    for name in tbs.names() {
        let mismatch = match name {
            Err(damage) => Mismatch::Undecodable(damage),
            Ok(name) => match (reference, name.kind()) {
                (Reference::Name(reference), GeneralNameKind::DnsName) => match dns_id(name.value, reference) {
                    Presented::Same => return Identification::Identified(name),
                    Presented::Other => Mismatch::Other(name),
                    Presented::InvalidName => Mismatch::InvalidName(name),
                    Presented::InvalidWildcard => Mismatch::InvalidWildcard(name),
                },
                (Reference::Address(reference), GeneralNameKind::IpAddress) => match (reference, name.value.len()) {
                    (IpAddr::V4(address), _) if address.octets() == name.value => {
                        return Identification::Identified(name);
                    }
                    (IpAddr::V6(address), _) if address.octets() == name.value => {
                        return Identification::Identified(name);
                    }
                    (_, 4 | 16) => Mismatch::Other(name),
                    _ => Mismatch::InvalidAddress(name),
                },
                _ => Mismatch::OtherType(name),
            },
        };
        mismatches.push(mismatch);
    }
    Identification::NotIdentified(mismatches)
}

enum Presented {
    Same,
    Other,
    InvalidName,
    InvalidWildcard,
}

/// RFC 9525 §6.3.
fn dns_id(presented: &[u8], reference: &DnsName) -> Presented {
    let reference = reference.as_str().as_bytes();
    if !is_valid(presented) {
        return if presented.contains(&b'*') { Presented::InvalidWildcard } else { Presented::InvalidName };
    }
    let same = match presented {
        // "the wildcard character matches exactly one label"
        [b'*', domain @ ..] => {
            let dot = reference.iter().position(|&octet| octet == b'.').unwrap_or(reference.len());
            reference.get(dot..).is_some_and(|rest| domain.eq_ignore_ascii_case(rest))
        }
        name => name.eq_ignore_ascii_case(reference),
    };
    if same { Presented::Same } else { Presented::Other }
}
