use crate::error::{Error, ErrorKind};
use crate::oid::Oid;
use crate::tlv::{BOOLEAN, OCTET_STRING, Reader, SEQUENCE};
use alloc::vec::Vec;

/// What looks like names in octets that cannot be walked.
///
/// None of it was decoded. A name here may be none, and a name may be hidden that is not here; so these octets are
/// *undecidable*, whatever was found, and what was found only says whom to tell first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Salvage<'a> {
    /// In the order in which their elements begin, at most [`MAX_NAMES`](Self::MAX_NAMES).
    pub names: Vec<SuspectName<'a>>,
    /// Where there are more names: the octets from the next one on, which were not searched. Empty otherwise.
    pub unsearched: &'a [u8],
}

impl Salvage<'_> {
    /// After so many names the search ends.
    pub const MAX_NAMES: usize = 1000;
}

/// Octets that look like a name. That they are one is a guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SuspectName<'a> {
    /// What would be the identifier octet: `82` of a dNSName, `87` of an iPAddress, …, or that of a string in a common name.
    pub tag: u8,
    /// What would be the contents octets, as far as they are there.
    pub octets: &'a [u8],
    /// Where those begin, in octets from the start of what was searched.
    pub offset: usize,
    /// Whether it stands in line behind the object identifier of a SAN, or of a common name. Where not, it only has the
    /// shape of a dNSName or an iPAddress.
    pub in_line: bool,
}

/// Looks for names where [`Certificate::from_der`](crate::Certificate::from_der) finds no certificate and
/// [`Tbs::from_der`](crate::Tbs::from_der) no TBSCertificate, or in what is [`Undecodable`](crate::Undecodable): behind the object identifiers of SANs, whatever the lengths
/// around the names say, behind those of common names, and everywhere for what has the shape of a dNSName with a dot in it
/// or of an iPAddress of 4 or 16 octets.
///
/// The time grows with the number of octets.
#[must_use]
pub fn salvage(octets: &[u8]) -> Salvage<'_> {
    let mut names = Vec::new();
    // Where the next name of a SAN stands, if there is one.
    let mut next_in_line = None;
    for at in 0..octets.len() {
        let rest = octets.get(at..).unwrap_or_default();
        let found = if next_in_line == Some(at) {
            let name = name_in_line(rest);
            next_in_line = name.filter(|name| name.is_whole).map(|name| name.end(at));
            name
        } else if let Some(behind) = rest.strip_prefix(Oid::SUBJECT_ALT_NAME.as_bytes()) {
            next_in_line = Some(octets.len().saturating_sub(names_of_san(behind).len()));
            None
        } else {
            common_name(rest).or_else(|| dns_name(rest)).or_else(|| address(rest))
        };
        if let Some(found) = found {
            if names.len() == Salvage::MAX_NAMES {
                return Salvage { names, unsearched: rest };
            }
            names.push(SuspectName {
                tag: found.tag,
                octets: found.octets,
                offset: at.saturating_add(found.header),
                in_line: found.in_line,
            });
        }
    }
    Salvage { names, unsearched: &[] }
}

#[derive(Clone, Copy)]
struct Found<'a> {
    tag: u8,
    /// Octets before the contents octets.
    header: usize,
    octets: &'a [u8],
    is_whole: bool,
    in_line: bool,
}

impl<'a> Found<'a> {
    /// The next element, or what is there of it.
    fn element(rest: &'a [u8]) -> Option<Self> {
        let tag = *rest.first()?;
        match Reader::new(rest).read() {
            Ok(element) => {
                let (header, octets) = (element.value_offset(), element.value());
                Some(Self { tag, header, octets, is_whole: true, in_line: true })
            }
            Err(Error { kind: ErrorKind::LengthBeyondEnd { available, .. }, .. }) => {
                let (header, octets) = rest.split_at_checked(rest.len().saturating_sub(available))?;
                Some(Self { tag, header: header.len(), octets, is_whole: false, in_line: true })
            }
            Err(_) => None,
        }
    }

    fn end(&self, start: usize) -> usize {
        start.saturating_add(self.header).saturating_add(self.octets.len())
    }
}

/// What follows `extnID`: `critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING`, and in it a SEQUENCE.
fn names_of_san(mut behind: &[u8]) -> &[u8] {
    if let [BOOLEAN, 1, _, rest @ ..] = behind {
        behind = rest;
    }
    for tag in [OCTET_STRING, SEQUENCE] {
        behind = match *behind {
            [first, 0..=0x80, ref rest @ ..] if first == tag => rest,
            [first, length, ref rest @ ..] if first == tag => {
                rest.get(usize::from(length & 0x7f)..).unwrap_or_default()
            }
            _ => behind,
        };
    }
    behind
}

/// An element of any tag, as names of unknown tags are names; but a SEQUENCE, as the next extension is one and what follows
/// the last.
fn name_in_line(rest: &[u8]) -> Option<Found<'_>> {
    rest.first().filter(|&&tag| tag != SEQUENCE)?;
    Found::element(rest)
}

fn common_name(rest: &[u8]) -> Option<Found<'_>> {
    let oid = Oid::COMMON_NAME.as_bytes();
    let value = rest.strip_prefix(oid)?;
    let string = value.first().is_some_and(|tag| matches!(tag, 0x0c | 0x12..=0x14 | 0x16 | 0x1a | 0x1c | 0x1e));
    let found = string.then(|| Found::element(value)).flatten()?;
    Some(Found { header: found.header.saturating_add(oid.len()), ..found })
}

/// The tag of a dNSName, then as many octets of host names as the length says. No such octet is a tag of a dNSName, so that
/// none is looked at for a second name.
fn dns_name(rest: &[u8]) -> Option<Found<'_>> {
    let (tag, header, octets) = match *rest {
        [tag @ (0x82 | 0xa2), 0x81, length @ 0x80..=0xff, ref behind @ ..] => {
            (tag, 3, behind.get(..usize::from(length))?)
        }
        [tag @ (0x82 | 0xa2), length @ 1..=0x7f, ref behind @ ..] => (tag, 2, behind.get(..usize::from(length))?),
        _ => return None,
    };
    let of_host = |octet: &u8| octet.is_ascii_alphanumeric() || b"-._*".contains(octet);
    let is_host = octets.iter().all(of_host) && octets.contains(&b'.');
    is_host.then_some(Found { tag, header, octets, is_whole: true, in_line: false })
}

fn address(rest: &[u8]) -> Option<Found<'_>> {
    let [tag @ 0x87, length @ (4 | 16), behind @ ..] = rest else { return None };
    let octets = behind.get(..usize::from(*length))?;
    Some(Found { tag: *tag, header: 2, octets, is_whole: true, in_line: false })
}
