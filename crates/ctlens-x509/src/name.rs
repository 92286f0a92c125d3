use crate::error::{Error, Undecodable};
use crate::general_name::{GeneralName, GeneralNameKind};
use crate::oid::Oid;
use crate::tlv::{OBJECT_IDENTIFIER, Reader, SEQUENCE, SET, Tlv};
use crate::value::sole;

/// A distinguished name (RFC 5280 §4.1.2.4), as its octets.
///
/// ```text
/// RDNSequence ::= SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Name<'a> {
    pub(crate) fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { bytes, offset }
    }

    /// The whole element.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Where it begins, in octets from the start of the TBS certificate.
    #[inline]
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// All attributes, in order.
    #[inline]
    #[must_use]
    pub fn attributes(&self) -> Attributes<'a> {
        let whole = Reader::at(self.bytes, self.offset);
        let mut reader = whole;
        match reader.expect(SEQUENCE) {
            Ok(name) => Attributes { rdns: name.reader(), rdn: Reader::default(), damage: None },
            Err(error) => Attributes {
                rdns: Reader::default(),
                rdn: Reader::default(),
                damage: Some(Undecodable::rest(error, whole)),
            },
        }
    }
}

impl<'a> GeneralName<'a> {
    /// The name in a directoryName, `None` for other kinds. What is in it is not looked at.
    ///
    /// # Errors
    ///
    /// Where a directoryName does not hold one SEQUENCE.
    pub fn directory_name(self) -> Result<Option<Name<'a>>, Error> {
        if self.kind() != GeneralNameKind::DirectoryName {
            return Ok(None);
        }
        let name = sole(Reader::at(self.value, self.offset), SEQUENCE)?;
        Ok(Some(Name::new(name.as_bytes(), name.offset())))
    }
}

/// One attribute of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attribute<'a> {
    /// Its type.
    pub oid: Oid<'a>,
    /// The identifier octet of its value: the kind of string.
    pub tag: u8,
    /// The contents octets of its value, undecoded.
    pub value: &'a [u8],
    /// Where `value` begins, in octets from the start of the TBS certificate.
    pub offset: usize,
}

/// Walks the attributes of a [`Name`]. What cannot be walked is an item too; the walk goes on behind it where the framing
/// allows.
#[derive(Debug, Clone)]
pub struct Attributes<'a> {
    rdns: Reader<'a>,
    rdn: Reader<'a>,
    damage: Option<Undecodable<'a>>,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, Undecodable<'a>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if !self.rdn.is_empty() {
                return Some(match self.rdn.read() {
                    Ok(element) => read_attribute(element).map_err(|error| Undecodable::element(error, element)),
                    Err(error) => Err(Undecodable::rest(error, core::mem::take(&mut self.rdn))),
                });
            }
            if self.rdns.is_empty() {
                return self.damage.take().map(Err);
            }
            match self.rdns.read() {
                Ok(element) => match element.expect(SET) {
                    Ok(set) => self.rdn = set.reader(),
                    Err(error) => return Some(Err(Undecodable::element(error, element))),
                },
                Err(error) => return Some(Err(Undecodable::rest(error, core::mem::take(&mut self.rdns)))),
            }
        }
    }
}

#[inline]
fn read_attribute(element: Tlv<'_>) -> Result<Attribute<'_>, Error> {
    let mut fields = element.expect(SEQUENCE)?.reader();
    let oid = Oid::from_contents(fields.expect(OBJECT_IDENTIFIER)?.value());
    let value = fields.read()?;
    Ok(Attribute { oid, tag: value.tag(), value: value.value(), offset: value.value_offset() })
}
