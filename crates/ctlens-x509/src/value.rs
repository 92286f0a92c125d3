//! What the values of several extensions are made of.

use crate::error::{Error, ErrorKind, Undecodable};
use crate::general_name::GeneralName;
use crate::oid::Oid;
use crate::tlv::{OBJECT_IDENTIFIER, Reader, Tlv};

/// The element that must be all of what the reader holds.
pub(crate) fn sole(mut reader: Reader<'_>, tag: u8) -> Result<Tlv<'_>, Error> {
    let element = reader.expect(tag)?;
    ended(reader)?;
    Ok(element)
}

/// That the reader holds nothing more.
pub(crate) fn ended(reader: Reader<'_>) -> Result<(), Error> {
    if reader.is_empty() { Ok(()) } else { Err(Error::new(ErrorKind::TrailingData, reader.offset())) }
}

pub(crate) fn oid(element: Tlv<'_>) -> Result<Oid<'_>, Error> {
    element.expect(OBJECT_IDENTIFIER).map(|oid| Oid::from_contents(oid.value()))
}

/// X.690 §8.3: an INTEGER that is neither negative nor larger than 32 bits; more octets than it needs do not matter.
pub(crate) fn small_number(integer: Tlv<'_>) -> Result<u32, Error> {
    let invalid = || Error::new(ErrorKind::InvalidValue, integer.value_offset());
    match integer.value() {
        [] | [0x80..=0xff, ..] => Err(invalid()),
        octets => octets
            .iter()
            .try_fold(0_u32, |number, &octet| Ok(number.checked_mul(256).ok_or_else(invalid)? | u32::from(octet))),
    }
}

/// `SEQUENCE OF`, one element after the other. What one element hides does not hide the next, unless the framing fails.
pub(crate) fn list<'a, T>(
    mut elements: Reader<'a>,
    read: impl Fn(Tlv<'a>) -> Result<T, Error>,
) -> impl Iterator<Item = Result<T, Error>> {
    core::iter::from_fn(move || {
        if elements.is_empty() {
            return None;
        }
        let element = elements.read();
        if element.is_err() {
            elements = Reader::default();
        }
        Some(element.and_then(&read))
    })
}

/// `GeneralNames`, without the header around them. What cannot be walked is an item too.
pub(crate) fn names<'a>(
    mut elements: Reader<'a>,
) -> impl Iterator<Item = Result<GeneralName<'a>, Undecodable<'a>>> + use<'a> {
    let mut index = 0_usize;
    core::iter::from_fn(move || {
        if elements.is_empty() {
            return None;
        }
        let name = elements.read().map_err(|error| Undecodable::rest(error, core::mem::take(&mut elements)));
        Some(name.map(|name| general_name(name, next(&mut index))))
    })
}

pub(crate) fn general_name(element: Tlv<'_>, index: usize) -> GeneralName<'_> {
    GeneralName { index, tag: element.tag(), value: element.value(), offset: element.value_offset() }
}

pub(crate) fn next(index: &mut usize) -> usize {
    core::mem::replace(index, index.saturating_add(1))
}
