//! Names of a certificate and subtrees, each read once, and how one lies in the other.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ctlens_x509::{GeneralName, GeneralNameKind, Name};

use crate::constraints::directory::{Directory, Likeness};
use crate::constraints::{ConstraintError, ConstraintErrorKind as E};
use crate::name_scan::is_valid;

/// RFC 5321 §4.5.3.1.1, in octets.
const MAX_LOCAL_PART: usize = 64;

/// The base of a subtree.
#[derive(Debug)]
pub(crate) enum Base<'k> {
    /// Every name of its form.
    All,
    /// A domain and what is below it.
    Domain(&'k [u8]),
    /// What is below a domain.
    Below(&'k [u8]),
    /// A host by itself.
    Host(&'k [u8]),
    Mailbox(Mailbox<'k>),
    V4 {
        network: u32,
        mask: u32,
    },
    V6 {
        network: u128,
        mask: u128,
    },
    Directory(Directory<'k>),
}

/// A name of a certificate.
#[derive(Debug)]
pub(super) enum Presented<'c> {
    Name(&'c [u8]),
    /// The one label that the asterisk stands for, and this behind it.
    Wildcard(&'c [u8]),
    Address(IpAddr),
    Mailbox(Mailbox<'c>),
    Host(&'c [u8]),
    Directory(Directory<'c>),
}

#[derive(Debug)]
pub(crate) struct Mailbox<'n> {
    local: Cow<'n, [u8]>,
    domain: &'n [u8],
}

/// How much of what a name stands for lies in a subtree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overlap {
    All,
    /// Something, or nobody can say.
    Some,
    None,
}

impl<'k> Base<'k> {
    /// RFC 5280 §4.2.1.10.
    pub(crate) fn read(base: GeneralName<'k>) -> Result<Self, ConstraintError> {
        let (octets, error) = (base.value, |kind| ConstraintError::new(kind, base.offset));
        match base.kind() {
            GeneralNameKind::DnsName => match octets {
                [] => Ok(Self::All),
                // Not in the standard; every client that was looked at reads it so.
                [b'.', domain @ ..] if is_domain(domain) => Ok(Self::Below(domain)),
                domain if is_domain(domain) => Ok(Self::Domain(domain)),
                _ => Err(error(E::DomainName)),
            },
            GeneralNameKind::Rfc822Name if octets.contains(&b'@') => {
                Mailbox::read(octets, Charset::Ascii).map(Self::Mailbox).ok_or(error(E::Mailbox))
            }
            GeneralNameKind::Rfc822Name => Self::host(octets).ok_or(error(E::Mailbox)),
            GeneralNameKind::UniformResourceIdentifier => Self::host(octets).ok_or(error(E::DomainName)),
            GeneralNameKind::IpAddress => {
                let no_prefix = ConstraintError::new(E::Mask, base.offset.saturating_add(octets.len() / 2));
                match (octets.as_chunks(), octets.as_chunks()) {
                    (([address, mask], []), _) => {
                        let (address, mask) = (u32::from_be_bytes(*address), u32::from_be_bytes(*mask));
                        let is_prefix = mask.leading_ones() == mask.count_ones();
                        is_prefix.then_some(Self::V4 { network: address & mask, mask }).ok_or(no_prefix)
                    }
                    (_, ([address, mask], [])) => {
                        let (address, mask) = (u128::from_be_bytes(*address), u128::from_be_bytes(*mask));
                        let is_prefix = mask.leading_ones() == mask.count_ones();
                        is_prefix.then_some(Self::V6 { network: address & mask, mask }).ok_or(no_prefix)
                    }
                    _ => Err(error(E::AddressLength { octets: octets.len() })),
                }
            }
            GeneralNameKind::DirectoryName => directory(base).map(Self::Directory).ok_or(error(E::DirectoryName)),
            _ => Err(error(E::UnsupportedForm)),
        }
    }

    /// "a particular host" or, with a dot in front, "all hosts in the domain". Nothing at all is no restriction.
    fn host(octets: &'k [u8]) -> Option<Self> {
        match octets {
            [] => Some(Self::All),
            [b'.', domain @ ..] if is_domain(domain) => Some(Self::Below(domain)),
            host if is_domain(host) => Some(Self::Host(host)),
            _ => None,
        }
    }
}

impl<'c> Presented<'c> {
    pub(super) fn read(name: GeneralName<'c>) -> Option<Self> {
        match name.kind() {
            GeneralNameKind::DnsName => Self::dns(name.value),
            GeneralNameKind::IpAddress => address(name.value).map(Self::Address),
            GeneralNameKind::Rfc822Name => Self::mailbox(name.value),
            GeneralNameKind::UniformResourceIdentifier => uri_host(name.value).map(Self::Host),
            GeneralNameKind::DirectoryName => directory(name).map(Self::Directory),
            _ => None,
        }
    }

    /// RFC 9525 §6.3, which other wildcards stand for is not known.
    pub(super) fn dns(octets: &'c [u8]) -> Option<Self> {
        match octets {
            _ if !is_valid(octets) => None,
            [b'*', b'.', domain @ ..] => Some(Self::Wildcard(domain)),
            _ => Some(Self::Name(octets)),
        }
    }

    pub(super) fn mailbox(octets: &'c [u8]) -> Option<Self> {
        Mailbox::read(octets, Charset::Ascii).map(Self::Mailbox)
    }

    pub(super) fn utf8_mailbox(octets: &'c [u8]) -> Option<Self> {
        Mailbox::read(octets, Charset::Utf8).map(Self::Mailbox)
    }

    pub(super) fn subject(name: Name<'c>) -> Option<Self> {
        Directory::read(name).map(Self::Directory)
    }

    pub(super) fn overlap(&self, base: &Base<'_>) -> Overlap {
        let is_inside = match (self, base) {
            (_, Base::All) => true,
            // "Any DNS name that can be constructed by simply adding zero or more labels to the left-hand side"
            (Self::Name(name), Base::Domain(domain)) => is_same(name, domain) || is_below(name, domain),
            (Self::Name(name) | Self::Host(name), Base::Below(domain)) => is_below(name, domain),
            (Self::Wildcard(behind), Base::Domain(domain) | Base::Below(domain)) => {
                let is_inside = is_same(behind, domain) || is_below(behind, domain);
                // The asterisk can be the first label of the domain.
                let meets = matches!(base, Base::Domain(_)) && parent(domain).is_some_and(|it| is_same(it, behind));
                if meets && !is_inside {
                    return Overlap::Some;
                }
                is_inside
            }
            (Self::Host(name), Base::Host(host)) => is_same(name, host),
            (Self::Mailbox(mailbox), Base::Host(host)) => is_same(mailbox.domain, host),
            (Self::Mailbox(mailbox), Base::Below(domain)) => is_below(mailbox.domain, domain),
            // The local part means what its host wants: no two spellings are taken for one but for the quotes.
            (Self::Mailbox(mailbox), Base::Mailbox(other)) => {
                mailbox.local == other.local && is_same(mailbox.domain, other.domain)
            }
            (Self::Address(IpAddr::V4(address)), Base::V4 { network, mask }) => address.to_bits() & mask == *network,
            (Self::Address(IpAddr::V6(address)), Base::V6 { network, mask }) => address.to_bits() & mask == *network,
            (Self::Directory(name), Base::Directory(base)) => {
                return match name.begins_with(base) {
                    Likeness::Same => Overlap::All,
                    Likeness::Unclear => Overlap::Some,
                    Likeness::Different => Overlap::None,
                };
            }
            _ => false,
        };
        if is_inside { Overlap::All } else { Overlap::None }
    }
}

/// Which octets a local part may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Charset {
    Ascii,
    /// RFC 9598: SmtpUTF8Mailbox.
    Utf8,
}

impl<'n> Mailbox<'n> {
    pub(crate) fn domain(&self) -> &'n [u8] {
        self.domain
    }

    /// `Mailbox = Local-part "@" Domain` (RFC 5321 §4.1.2), without address literals.
    fn read(octets: &'n [u8], charset: Charset) -> Option<Self> {
        let is_foreign = |octet: u8| charset == Charset::Utf8 && !octet.is_ascii();
        let (local, domain) = match octets {
            [b'"', rest @ ..] => {
                let (local, rest) = unquote(rest, is_foreign)?;
                (Cow::Owned(local), rest.strip_prefix(b"@")?)
            }
            _ => {
                let at = octets.iter().position(|&octet| octet == b'@')?;
                let (local, domain) = (octets.get(..at)?, octets.get(at.checked_add(1)?..)?);
                let is_atom = |atom: &[u8]| {
                    !atom.is_empty() && atom.iter().all(|&octet| is_atom_character(octet) || is_foreign(octet))
                };
                local.split(|&octet| octet == b'.').all(is_atom).then_some((Cow::Borrowed(local), domain))?
            }
        };
        let is_text = charset == Charset::Ascii || str::from_utf8(octets).is_ok();
        (local.len() <= MAX_LOCAL_PART && is_text && is_domain(domain)).then_some(Self { local, domain })
    }
}

/// What stands before the closing quote, without backslashes, and what stands behind it (RFC 5321 §4.1.2).
fn unquote(text: &[u8], is_foreign: impl Fn(u8) -> bool) -> Option<(Vec<u8>, &[u8])> {
    let mut local = Vec::new();
    let mut octets = text.iter().enumerate();
    while let Some((at, &octet)) = octets.next() {
        let octet = match octet {
            b'"' => return Some((local, text.get(at.checked_add(1)?..)?)),
            b'\\' => octets.next().map(|(_, &octet)| octet).filter(|octet| (b' '..=b'~').contains(octet))?,
            b' '..=b'~' => octet,
            _ if is_foreign(octet) => octet,
            _ => return None,
        };
        if local.len() == MAX_LOCAL_PART {
            return None;
        }
        local.push(octet);
    }
    None
}

/// RFC 5322 §3.2.3.
fn is_atom_character(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&octet)
}

/// The host of a URI with an authority (RFC 3986 §3.2). An address is none: "the application MUST reject".
fn uri_host(uri: &[u8]) -> Option<&[u8]> {
    let colon = uri.iter().position(|&octet| octet == b':')?;
    let is_scheme = match uri.get(..colon)? {
        [first, rest @ ..] => {
            let is_of_scheme = |octet: &u8| octet.is_ascii_alphanumeric() || b"+-.".contains(octet);
            first.is_ascii_alphabetic() && rest.iter().all(is_of_scheme)
        }
        [] => false,
    };
    let rest = uri.get(colon.checked_add(1)?..)?.strip_prefix(b"//").filter(|_| is_scheme)?;
    let authority = rest.split(|octet| b"/?#".contains(octet)).next()?;
    let is_of_authority = |octet: &u8| octet.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@".contains(octet);
    let host_and_port = authority.rsplit(|&octet| octet == b'@').next()?;
    let has_one_user = authority.iter().filter(|&&octet| octet == b'@').count() <= 1;
    let mut parts = host_and_port.split(|&octet| octet == b':');
    let (host, port) = (parts.next()?, parts.next().unwrap_or_default());
    let is_well_formed = parts.next().is_none() && port.iter().all(u8::is_ascii_digit);
    let is_well_formed = is_well_formed && has_one_user && authority.iter().all(is_of_authority);
    (is_well_formed && is_domain(host) && !ends_in_number(host)).then_some(host)
}

/// Whether clients take a host for an address: its last label is a number, decimal or hexadecimal.
fn ends_in_number(host: &[u8]) -> bool {
    match host.rsplit(|&octet| octet == b'.').next().unwrap_or_default() {
        [b'0', b'x' | b'X', digits @ ..] => digits.iter().all(u8::is_ascii_hexdigit),
        label => label.iter().all(u8::is_ascii_digit),
    }
}

/// "4 octets … 16 octets" (RFC 5280 §4.2.1.6).
fn address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(|octets| IpAddr::V4(Ipv4Addr::from(octets)));
    v4.or_else(|_| <[u8; 16]>::try_from(octets).map(|octets| IpAddr::V6(Ipv6Addr::from(octets)))).ok()
}

fn directory(name: GeneralName<'_>) -> Option<Directory<'_>> {
    Directory::read(name.directory_name().ok()??)
}

/// A name without a wildcard.
pub(crate) fn is_domain(octets: &[u8]) -> bool {
    is_valid(octets) && !octets.contains(&b'*')
}

fn is_same(name: &[u8], other: &[u8]) -> bool {
    name.eq_ignore_ascii_case(other)
}

/// Whether a name has labels more than the domain in front.
fn is_below(name: &[u8], domain: &[u8]) -> bool {
    let split = name.len().checked_sub(domain.len()).and_then(|at| name.split_at_checked(at));
    split.is_some_and(|(labels, rest)| labels.ends_with(b".") && is_same(rest, domain))
}

/// A domain without its first label.
fn parent(domain: &[u8]) -> Option<&[u8]> {
    let dot = domain.iter().position(|&octet| octet == b'.')?;
    domain.get(dot.checked_add(1)?..)
}
