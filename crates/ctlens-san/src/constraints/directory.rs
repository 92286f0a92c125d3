use alloc::string::String;
use alloc::vec::Vec;

use ctlens_x509::{Name, Reader};

const OBJECT_IDENTIFIER: u8 = 0x06;
const UTF8_STRING: u8 = 0x0c;
const NUMERIC_STRING: u8 = 0x12;
const PRINTABLE_STRING: u8 = 0x13;
const TELETEX_STRING: u8 = 0x14;
const IA5_STRING: u8 = 0x16;
const VISIBLE_STRING: u8 = 0x1a;
const UNIVERSAL_STRING: u8 = 0x1c;
const BMP_STRING: u8 = 0x1e;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;

/// A distinguished name, read so that it can be compared many times.
#[derive(Debug)]
pub(crate) struct Directory<'n> {
    rdns: Vec<Vec<Attribute<'n>>>,
}

/// Ordered by type, then value.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Attribute<'n> {
    oid: &'n [u8],
    value: Value<'n>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value<'n> {
    Text(String),
    /// In T.61, which nobody uses as it is: whether it is the same as another kind of string is not known.
    Teletex(String),
    /// A string with octets that its kind does not have.
    Unreadable(u8, &'n [u8]),
    /// No string.
    Octets(u8, &'n [u8]),
}

/// Whether two names are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Likeness {
    Same,
    Different,
    /// They would have to be normalised as RFC 4518 §2 says to tell, which is not done here.
    Unclear,
}

impl<'n> Directory<'n> {
    /// `None` where it cannot be walked to its end.
    pub(crate) fn read(name: Name<'n>) -> Option<Self> {
        let mut whole = Reader::new(name.as_bytes());
        let mut sets = whole.expect(SEQUENCE).ok().filter(|_| whole.is_empty())?.reader();
        let mut rdns = Vec::new();
        while !sets.is_empty() {
            let mut set = sets.expect(SET).ok()?.reader();
            let mut rdn = Vec::new();
            while !set.is_empty() {
                let mut fields = set.expect(SEQUENCE).ok()?.reader();
                let oid = fields.expect(OBJECT_IDENTIFIER).ok()?.value();
                let value = fields.read().ok().filter(|_| fields.is_empty())?;
                rdn.push(Attribute { oid, value: Value::read(value.tag(), value.value()) });
            }
            rdn.sort_unstable();
            rdns.push(rdn);
        }
        Some(Self { rdns })
    }

    /// RFC 5280 §7.1: "a distinguished name DN1 is within the subtree defined by the distinguished name DN2 if DN1 contains
    /// at least as many RDNs as DN2, and DN1 and DN2 are a match when trailing RDNs in DN1 are ignored".
    pub(crate) fn begins_with(&self, base: &Directory<'_>) -> Likeness {
        if self.rdns.len() < base.rdns.len() {
            return Likeness::Different;
        }
        let mut likeness = Likeness::Same;
        for (own, other) in self.rdns.iter().zip(&base.rdns) {
            match compare(own, other) {
                Likeness::Same => {}
                Likeness::Different => return Likeness::Different,
                Likeness::Unclear => likeness = Likeness::Unclear,
            }
        }
        likeness
    }

    pub(crate) fn is_same(&self, other: &Directory<'_>) -> Likeness {
        if self.rdns.len() == other.rdns.len() { self.begins_with(other) } else { Likeness::Different }
    }
}

/// "Two relative distinguished names RDN1 and RDN2 match if they have the same number of naming attributes and for each
/// naming attribute in RDN1 there is a matching naming attribute in RDN2." Both are in order.
fn compare(rdn: &[Attribute<'_>], other: &[Attribute<'_>]) -> Likeness {
    if !rdn.iter().map(|attribute| attribute.oid).eq(other.iter().map(|attribute| attribute.oid)) {
        return Likeness::Different;
    }
    match (rdn, other) {
        ([own], [other]) => own.value.compare(&other.value),
        _ if rdn == other => Likeness::Same,
        _ if rdn.iter().chain(other).all(|attribute| attribute.value.is_clear()) => Likeness::Different,
        _ => Likeness::Unclear,
    }
}

impl<'n> Value<'n> {
    /// caseIgnoreMatch, as far as letters of ASCII go (RFC 4518 §2.2 and §2.6.1).
    fn read(tag: u8, octets: &'n [u8]) -> Self {
        let text = match tag {
            UTF8_STRING => str::from_utf8(octets).ok().map(|text| fold(text.chars())),
            NUMERIC_STRING | PRINTABLE_STRING | TELETEX_STRING | IA5_STRING | VISIBLE_STRING => {
                octets.is_ascii().then(|| fold(octets.iter().copied().map(char::from)))
            }
            BMP_STRING => {
                let (units, rest) = octets.as_chunks::<2>();
                let characters = char::decode_utf16(units.iter().map(|unit| u16::from_be_bytes(*unit)));
                let is_text = rest.is_empty() && characters.clone().all(|character| character.is_ok());
                is_text.then(|| fold(characters.flatten()))
            }
            UNIVERSAL_STRING => {
                let (characters, rest) = octets.as_chunks::<4>();
                let characters = characters.iter().map(|octets| char::from_u32(u32::from_be_bytes(*octets)));
                let is_text = rest.is_empty() && characters.clone().all(|character| character.is_some());
                is_text.then(|| fold(characters.flatten()))
            }
            _ => return Self::Octets(tag, octets),
        };
        match text {
            Some(text) if tag == TELETEX_STRING => Self::Teletex(text),
            Some(text) => Self::Text(text),
            None => Self::Unreadable(tag, octets),
        }
    }

    fn compare(&self, other: &Self) -> Likeness {
        match (self, other) {
            _ if self == other => Likeness::Same,
            (Self::Text(own) | Self::Teletex(own), Self::Text(other) | Self::Teletex(other))
                if own != other && is_plain(own) && is_plain(other) =>
            {
                Likeness::Different
            }
            _ if self.is_clear() && other.is_clear() => Likeness::Different,
            _ => Likeness::Unclear,
        }
    }

    /// Whether other values are different from it.
    fn is_clear(&self) -> bool {
        match self {
            Self::Text(text) => is_plain(text),
            Self::Teletex(_) | Self::Unreadable(..) => false,
            Self::Octets(..) => true,
        }
    }
}

/// Whether normalisation does nothing more to a text.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|octet| (b' '..=b'~').contains(&octet))
}

/// In lower case, without white space at either end, and with one space where there is more.
fn fold(characters: impl Iterator<Item = char>) -> String {
    let mut text = String::new();
    let mut has_space = false;
    for character in characters {
        if character.is_whitespace() {
            has_space = true;
            continue;
        }
        if has_space && !text.is_empty() {
            text.push(' ');
        }
        has_space = false;
        text.extend(character.to_lowercase());
    }
    text
}
