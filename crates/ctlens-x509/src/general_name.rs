use crate::error::{Error, ErrorKind, Undecodable};
use crate::extension::{Extension, Extensions};
use crate::oid::Oid;
use crate::tlv::{BOOLEAN, OCTET_STRING, Reader, SEQUENCE, Tlv};
use crate::value::ended;
use core::net::IpAddr;

/// One entry of a subject alternative name, with its octets as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct GeneralName<'a> {
    /// Its place among the names of all SAN extensions of the certificate, from 0.
    pub index: usize,
    /// Its identifier octet.
    pub tag: u8,
    /// Its contents octets, undecoded.
    pub value: &'a [u8],
    /// Where `value` begins, in octets from the start of the TBS certificate.
    pub offset: usize,
}

/// What the tag of a [`GeneralName`] says (RFC 5280 §4.2.1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
#[non_exhaustive]
pub enum GeneralNameKind {
    /// `[0]`
    OtherName,
    /// `[1]`
    Rfc822Name,
    /// `[2]`
    #[cfg_attr(feature = "serde", serde(rename = "dNSName"))]
    DnsName,
    /// `[3]`
    X400Address,
    /// `[4]`
    DirectoryName,
    /// `[5]`
    EdiPartyName,
    /// `[6]`
    UniformResourceIdentifier,
    /// `[7]`
    #[cfg_attr(feature = "serde", serde(rename = "iPAddress"))]
    IpAddress,
    /// `[8]`
    RegisteredId,
    /// A tag that the syntax does not know.
    Unknown,
}

impl GeneralNameKind {
    /// The address that the contents octets of a name of this kind are: an iPAddress of four or of sixteen octets (RFC 5280
    /// §4.2.1.6).
    #[must_use]
    pub fn address(self, value: &[u8]) -> Option<IpAddr> {
        if self != Self::IpAddress {
            return None;
        }
        let v4 = <[u8; 4]>::try_from(value).map(IpAddr::from);
        v4.or_else(|_| <[u8; 16]>::try_from(value).map(IpAddr::from)).ok()
    }
}

impl GeneralName<'_> {
    /// The address, where the name is one.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.kind().address(self.value)
    }

    /// What the tag says. Whether the element is marked constructed is left out of account: a dNSName is looked at as one
    /// also where an encoder set that bit.
    #[inline]
    #[must_use]
    pub fn kind(&self) -> GeneralNameKind {
        match self.tag & !0x20 {
            0x80 => GeneralNameKind::OtherName,
            0x81 => GeneralNameKind::Rfc822Name,
            0x82 => GeneralNameKind::DnsName,
            0x83 => GeneralNameKind::X400Address,
            0x84 => GeneralNameKind::DirectoryName,
            0x85 => GeneralNameKind::EdiPartyName,
            0x86 => GeneralNameKind::UniformResourceIdentifier,
            0x87 => GeneralNameKind::IpAddress,
            0x88 => GeneralNameKind::RegisteredId,
            _ => GeneralNameKind::Unknown,
        }
    }
}

/// Walks the names of every SAN extension. What cannot be walked is an item too: a name may be in it.
#[derive(Debug, Clone)]
pub struct Names<'a> {
    names: Reader<'a>,
    index: usize,
    damage: Option<Undecodable<'a>>,
    extensions: Extensions<'a>,
}

impl<'a> Names<'a> {
    /// All SANs of the extensions that are still to come.
    #[inline]
    pub(crate) fn of_all(extensions: Extensions<'a>) -> Self {
        Self { names: Reader::default(), index: 0, damage: None, extensions }
    }

    /// The names of one SAN extension, of which the value is given.
    #[inline]
    pub(crate) fn of_one(value: Reader<'a>) -> Self {
        let mut names = Self::none();
        names.enter(value);
        names
    }

    #[inline]
    pub(crate) fn none() -> Self {
        Self::of_all(Extensions::new(Reader::default(), None))
    }

    /// `GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName`
    #[inline]
    fn enter(&mut self, mut value: Reader<'a>) {
        match value.expect(SEQUENCE) {
            Ok(names) => {
                self.names = names.reader();
                if !value.is_empty() {
                    let error = Error::new(ErrorKind::TrailingData, value.offset());
                    self.damage = Some(Undecodable::rest(error, value));
                }
            }
            Err(error) => self.damage = Some(Undecodable::rest(error, value)),
        }
    }
}

impl<'a> Iterator for Names<'a> {
    type Item = Result<GeneralName<'a>, Undecodable<'a>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if !self.names.is_empty() {
                let name = match self.names.read() {
                    Ok(name) => name,
                    Err(error) => return Some(Err(Undecodable::rest(error, core::mem::take(&mut self.names)))),
                };
                let index = self.index;
                self.index = index.saturating_add(1);
                let (tag, value, offset) = (name.tag(), name.value(), name.value_offset());
                return Some(Ok(GeneralName { index, tag, value, offset }));
            }
            if let Some(damage) = self.damage.take() {
                return Some(Err(damage));
            }
            match self.extensions.next_element()? {
                Err(damage) => return Some(Err(damage)),
                Ok(element) => match san_value(element) {
                    Ok(Some((value, None))) => self.enter(value),
                    Ok(Some((value, Some(error)))) => {
                        self.enter(value);
                        self.damage = Some(Undecodable::element(error, element));
                    }
                    Ok(None) => {}
                    Err(error) => return Some(Err(Undecodable::element(error, element))),
                },
            }
        }
    }
}

/// The value of an extension if it is a SAN, and what is wrong behind it.
fn san_value(element: Tlv<'_>) -> Result<Option<(Reader<'_>, Option<Error>)>, Error> {
    let (oid, mut fields) = Extension::read_oid(element)?;
    if !oid.can_be(Oid::SUBJECT_ALT_NAME) {
        return Ok(None);
    }
    fields.optional(BOOLEAN)?;
    let value = fields.expect(OCTET_STRING)?;
    Ok(Some((value.reader(), ended(fields).err())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let kind = GeneralNameKind::IpAddress;
        assert_eq!(kind.address(&[1, 1, 1, 1]), "1.1.1.1".parse().ok());
        assert_eq!(kind.address(&[0; 16]), "::".parse().ok());
        assert_eq!(kind.address(&[1, 1, 1, 1, 1]), None);
        assert_eq!(kind.address(&[]), None);
        assert_eq!(GeneralNameKind::DnsName.address(&[1, 1, 1, 1]), None);
        let name = GeneralName { index: 0, tag: 0x87, value: &[1, 1, 1, 1], offset: 0 };
        assert_eq!(name.address(), "1.1.1.1".parse().ok());
    }
}
