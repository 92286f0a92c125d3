use crate::error::{Error, ErrorKind};

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// The element that a [`Reader`] stood on: identifier octets, length octets and value.
#[derive(Debug, Clone, Copy)]
pub struct Tlv<'a> {
    tag: u8,
    /// Octets before the value.
    header: usize,
    /// From the first identifier octet to the end of the reader.
    from_here: &'a [u8],
    value: &'a [u8],
    reader_end: usize,
}

impl<'a> Tlv<'a> {
    /// The first identifier octet (X.690 §8.1.2). Where it says that the tag number follows (`1f`), the number's octets
    /// belong to neither the tag nor the value.
    #[inline]
    #[must_use]
    pub fn tag(&self) -> u8 {
        self.tag
    }

    /// The whole element.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.from_here.get(..self.header.wrapping_add(self.value.len())).unwrap_or_default()
    }

    /// The contents octets.
    #[inline]
    #[must_use]
    pub fn value(&self) -> &'a [u8] {
        self.value
    }

    /// Where the element begins, in octets as the reader counts them.
    #[inline]
    #[must_use]
    pub fn offset(&self) -> usize {
        self.reader_end.wrapping_sub(self.from_here.len())
    }

    /// Where the contents octets begin, in octets as the reader counts them.
    #[inline]
    #[must_use]
    pub fn value_offset(&self) -> usize {
        self.offset().wrapping_add(self.header)
    }

    /// Where the element ends, in octets as the reader counts them.
    #[inline]
    pub(crate) fn end_offset(&self) -> usize {
        self.value_offset().wrapping_add(self.value.len())
    }

    /// A reader of the elements inside this one; offsets go on counting as they do here.
    #[inline]
    #[must_use]
    pub fn reader(&self) -> Reader<'a> {
        Reader { rest: self.value, end: self.end_offset() }
    }

    /// This element if its identifier octet is `expected`.
    #[inline]
    pub(crate) fn expect(self, expected: u8) -> Result<Self, Error> {
        if self.tag == expected {
            Ok(self)
        } else {
            Err(Error::new(ErrorKind::UnexpectedTag { expected, found: self.tag }, self.offset()))
        }
    }
}

/// Reads one definite-length BER element after the other, without looking inside and without recursion.
///
/// Length octets that are not minimal are followed: logs hold certificates with them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reader<'a> {
    rest: &'a [u8],
    /// Where the rest ends, so that only the rest changes: its length says where it begins.
    end: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the first octet of `bytes`.
    #[inline]
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self::at(bytes, 0)
    }

    /// A reader whose first octet counts as `offset`.
    #[inline]
    #[must_use]
    pub fn at(bytes: &'a [u8], offset: usize) -> Self {
        Self { rest: bytes, end: offset.wrapping_add(bytes.len()) }
    }

    /// Whether nothing is left.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is left.
    #[inline]
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Where the rest begins, in octets.
    #[inline]
    #[must_use]
    pub fn offset(&self) -> usize {
        self.end.wrapping_sub(self.rest.len())
    }

    /// The identifier octet of the next element, if one is there.
    #[inline]
    #[must_use]
    pub fn peek_tag(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Reads the next element. After an error the reader stands where it stood.
    ///
    /// # Errors
    ///
    /// Where the header is cut off, the length is indefinite or points beyond the end.
    #[inline(always)]
    pub fn read(&mut self) -> Result<Tlv<'a>, Error> {
        // Nearly every element has a one-octet tag and a length of one octet, or of `82` or `81` and two or one more.
        let (tag, header, length, behind) = match *self.rest {
            [tag, length @ 0..=0x7f, ref behind @ ..] if tag & 0x1f != 0x1f => (tag, 2, usize::from(length), behind),
            [tag, 0x82, high, low, ref behind @ ..] if tag & 0x1f != 0x1f => {
                (tag, 4, usize::from(u16::from_be_bytes([high, low])), behind)
            }
            [tag, 0x81, length, ref behind @ ..] if tag & 0x1f != 0x1f => (tag, 3, usize::from(length), behind),
            _ => rare_header(self.rest).map_err(|kind| Error::new(kind, self.offset()))?,
        };
        let Some((value, rest)) = behind.split_at_checked(length) else {
            let kind = ErrorKind::LengthBeyondEnd { announced: length, available: behind.len() };
            return Err(Error::new(kind, self.offset()));
        };
        let tlv = Tlv { tag, header, from_here: self.rest, value, reader_end: self.end };
        self.rest = rest;
        Ok(tlv)
    }

    /// Reads the next element, which must have the identifier octet `expected`. After an error the reader stands where it
    /// stood.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read), and where another element stands here.
    #[inline(always)]
    pub fn expect(&mut self, expected: u8) -> Result<Tlv<'a>, Error> {
        if self.peek_tag() == Some(expected) { self.read() } else { Err(self.unexpected(expected)) }
    }

    /// What is wrong where the identifier octet is not `expected`.
    #[cold]
    fn unexpected(mut self, expected: u8) -> Error {
        let offset = self.offset();
        match self.read() {
            Ok(other) => Error::new(ErrorKind::UnexpectedTag { expected, found: other.tag }, offset),
            Err(error) => error,
        }
    }

    /// Reads the next element if it has the identifier octet `tag`.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    #[inline]
    pub fn optional(&mut self, tag: u8) -> Result<Option<Tlv<'a>>, Error> {
        if self.peek_tag() == Some(tag) { self.read().map(Some) } else { Ok(None) }
    }
}

/// Tag numbers from 31 on, and every other form of length: identifier octet, octets of the header, length, and what
/// is behind the header.
#[cold]
fn rare_header(rest: &[u8]) -> Result<(u8, usize, usize, &[u8]), ErrorKind> {
    const MAX_TAG_OCTETS: usize = 4;
    let mut octets = rest.iter().copied().enumerate();
    let (_, tag) = octets.next().ok_or(ErrorKind::TruncatedHeader)?;
    if tag & 0x1f == 0x1f {
        // X.690 §8.1.2.4: subsequent octets, the last without its top bit.
        loop {
            let (at, octet) = octets.next().ok_or(ErrorKind::TruncatedHeader)?;
            if octet & 0x80 == 0 {
                break;
            }
            if at >= MAX_TAG_OCTETS {
                return Err(ErrorKind::TagTooLarge);
            }
        }
    }
    // X.690 §8.1.3: the short form, or the number of octets that hold the length.
    let (_, first) = octets.next().ok_or(ErrorKind::TruncatedHeader)?;
    let mut length = 0_usize;
    match first {
        0..=0x7f => length = usize::from(first),
        0x80 => return Err(ErrorKind::IndefiniteLength),
        0xff => return Err(ErrorKind::LengthTooLarge),
        0x81..=0xfe => {
            for _ in 0..first & 0x7f {
                let (_, octet) = octets.next().ok_or(ErrorKind::TruncatedHeader)?;
                length = length
                    .checked_mul(256)
                    .and_then(|length| length.checked_add(usize::from(octet)))
                    .ok_or(ErrorKind::LengthTooLarge)?;
            }
        }
    }
    let header = octets.next().map_or(rest.len(), |(at, _)| at);
    Ok((tag, header, length, rest.get(header..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        // (what, octets, tag, value length) after X.690 §8.1
        let good: &[(&str, &[u8], u8, usize)] = &[
            ("short form", &[0x04, 0x02, 1, 2], 0x04, 2),
            ("empty", &[0x05, 0x00], 0x05, 0),
            ("81 that could be short", &[0x04, 0x81, 0x02, 1, 2], 0x04, 2),
            ("82 that could be short", &[0x04, 0x82, 0x00, 0x01, 9], 0x04, 1),
            ("five octets with leading zeros", &[0x04, 0x85, 0, 0, 0, 0, 1, 9], 0x04, 1),
            (
                "126 length octets",
                &{
                    let mut bytes = [0_u8; 2 + 126 + 1];
                    bytes[0] = 0x04;
                    bytes[1] = 0xfe;
                    bytes[127] = 1;
                    bytes
                },
                0x04,
                1,
            ),
            ("tag number 31 in two octets", &[0xbf, 0x1f, 0x01, 7], 0xbf, 1),
        ];
        for (what, bytes, tag, length) in good {
            let mut reader = Reader::new(bytes);
            let tlv = reader.read().unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!((tlv.tag(), tlv.value().len()), (*tag, *length), "{what}");
            assert_eq!(tlv.value_offset() + tlv.value().len(), bytes.len(), "{what}");
            assert!(reader.is_empty(), "{what}");
        }
        let bad: &[(&str, &[u8], ErrorKind)] = &[
            ("nothing", &[], ErrorKind::TruncatedHeader),
            ("no length", &[0x30], ErrorKind::TruncatedHeader),
            ("cut length", &[0x30, 0x82, 0x01], ErrorKind::TruncatedHeader),
            ("cut tag", &[0x1f, 0x81], ErrorKind::TruncatedHeader),
            ("indefinite", &[0x30, 0x80, 0, 0], ErrorKind::IndefiniteLength),
            ("reserved", &[0x30, 0xff, 0, 0], ErrorKind::LengthTooLarge),
            ("tag of six octets", &[0x1f, 0x81, 0x81, 0x81, 0x81, 0x81, 0x01, 0], ErrorKind::TagTooLarge),
            ("too short", &[0x04, 3, 1, 2], ErrorKind::LengthBeyondEnd { announced: 3, available: 2 }),
            (
                "2^64 - 1",
                &[0x04, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0],
                ErrorKind::LengthBeyondEnd { announced: usize::MAX, available: 1 },
            ),
            ("2^64", &[0x04, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0], ErrorKind::LengthTooLarge),
        ];
        for (what, bytes, kind) in bad {
            let mut reader = Reader::new(bytes);
            assert_eq!(reader.read().unwrap_err(), Error::new(*kind, 0), "{what}");
            assert_eq!(reader.rest(), *bytes, "{what}: the reader stays");
        }
    }
}
