use crate::error::{Error, ErrorKind, Undecodable};
use crate::oid::Oid;
use crate::tlv::{BOOLEAN, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE, Tlv};
use crate::value::sole;
use core::ops::Range;

/// One extension (RFC 5280 §4.2).
///
/// ```text
/// Extension ::= SEQUENCE {
///     extnID     OBJECT IDENTIFIER,
///     critical   BOOLEAN DEFAULT FALSE,
///     extnValue  OCTET STRING }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Extension<'a> {
    /// Which extension.
    pub oid: Oid<'a>,
    /// Whether it is marked critical: a BOOLEAN that is not zero.
    pub critical: bool,
    /// The contents octets of extnValue.
    pub value: &'a [u8],
    /// Where `value` begins, in octets from the start of the TBS certificate.
    pub offset: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl<'a> Extension<'a> {
    pub(crate) fn read(element: Tlv<'a>) -> Result<Self, Error> {
        let (oid, fields) = Self::read_oid(element)?;
        Self::read_behind_oid(element, oid, fields)
    }

    /// The extension whose type was read already; `fields` stands behind it.
    #[inline]
    pub(crate) fn read_behind_oid(element: Tlv<'a>, oid: Oid<'a>, mut fields: Reader<'a>) -> Result<Self, Error> {
        let critical = fields.optional(BOOLEAN)?.is_some_and(|boolean| boolean.value().iter().any(|&octet| octet != 0));
        let value = fields.expect(OCTET_STRING)?;
        if !fields.is_empty() {
            return Err(Error::new(ErrorKind::TrailingData, fields.offset()));
        }
        Ok(Self {
            oid,
            critical,
            value: value.value(),
            offset: value.value_offset(),
            start: element.offset(),
            end: element.end_offset(),
        })
    }

    /// Where the whole element stands, in octets from the start of the TBS certificate.
    #[must_use]
    pub fn element(&self) -> Range<usize> {
        self.start..self.end
    }

    /// A reader of the value.
    pub(crate) fn reader(self) -> Reader<'a> {
        Reader::at(self.value, self.offset)
    }

    /// The elements of the SEQUENCE that the value must be.
    pub(crate) fn sequence(self) -> Result<Reader<'a>, Error> {
        sole(self.reader(), SEQUENCE).map(|sequence| sequence.reader())
    }

    /// The type alone, and a reader of what follows it.
    #[inline(always)]
    pub(crate) fn read_oid(element: Tlv<'a>) -> Result<(Oid<'a>, Reader<'a>), Error> {
        let mut fields = element.expect(SEQUENCE)?.reader();
        let oid = Oid::from_contents(fields.expect(OBJECT_IDENTIFIER)?.value());
        Ok((oid, fields))
    }
}

/// Walks the extensions of a certificate in their order. What cannot be walked is an item too; the walk goes on behind it
/// where the framing allows.
#[derive(Debug, Clone)]
pub struct Extensions<'a> {
    elements: Reader<'a>,
    damage: Option<Undecodable<'a>>,
}

impl<'a> Extensions<'a> {
    /// The elements of the list, then what is wrong around it.
    pub(crate) fn new(elements: Reader<'a>, damage: Option<Undecodable<'a>>) -> Self {
        Self { elements, damage }
    }

    /// The next extension as an element of which nothing but the frame is known.
    #[inline]
    pub(crate) fn next_element(&mut self) -> Option<Result<Tlv<'a>, Undecodable<'a>>> {
        if self.elements.is_empty() {
            return self.damage.take().map(Err);
        }
        Some(self.elements.read().map_err(|error| Undecodable::rest(error, core::mem::take(&mut self.elements))))
    }
}

impl<'a> Iterator for Extensions<'a> {
    type Item = Result<Extension<'a>, Undecodable<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(
            self.next_element()?
                .and_then(|element| Extension::read(element).map_err(|error| Undecodable::element(error, element))),
        )
    }
}
