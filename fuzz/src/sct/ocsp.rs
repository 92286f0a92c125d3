//! Lists out of stapled OCSP responses.

use crate::x509::naive::Element;
use ctlens_sct::SctList;
use ctlens_testkit::der;

/// The serial number that is asked for.
pub(crate) const SERIAL: &[u8] = &[7];
pub(crate) const BASIC: &str = "1.3.6.1.5.5.7.48.1.1";
pub(crate) const SCT_LIST: &str = "1.3.6.1.4.1.11129.2.4.5";

/// Bytes as an OCSP response: the list that is found is that of the one single response for the certificate.
pub fn ocsp_response(data: &[u8]) {
    let found = SctList::from_ocsp_response(data, SERIAL);
    let Some(values) = values(data) else { return assert!(found.is_err(), "{found:?}") };
    match values[..] {
        [] => assert!(matches!(found, Ok(None)), "{found:?}"),
        [value] => {
            let plain = SctList::from_octet_string(value.contents(data));
            assert_eq!(found.is_ok(), plain.is_ok(), "{found:?}");
            if let (Ok(Some(found)), Ok(plain)) = (found, plain) {
                let moved = plain.iter().map(|sct| sct.map_err(|error| (error.kind, error.offset + value.value)));
                assert!(found.iter().map(|sct| sct.map_err(|error| (error.kind, error.offset))).eq(moved));
            }
        }
        _ => assert!(found.is_err(), "{found:?}"),
    }
}

/// The extension values for the serial number; `None` where the response cannot be read that far.
fn values(data: &[u8]) -> Option<Vec<Element>> {
    let mut outer = Fields::of(data, Element::expect(data, 0, data.len(), der::SEQUENCE)?);
    outer.expect(0x0a)?;
    if outer.peek() != Some(0xa0) {
        return Some(Vec::new());
    }
    let bytes = outer.expect(0xa0)?;
    let mut bytes = Fields::of(data, Fields::of(data, bytes).expect(der::SEQUENCE)?);
    if bytes.expect(der::OBJECT_IDENTIFIER)?.whole(data).get(2..) != Some(&der::oid(BASIC)[2..]) {
        return Some(Vec::new());
    }
    let basic = bytes.expect(der::OCTET_STRING)?;
    let basic = Fields::of(data, basic).expect(der::SEQUENCE)?;
    let mut fields = Fields::of(data, Fields::of(data, basic).expect(der::SEQUENCE)?);
    fields.skip(0xa0)?;
    fields.next()?;
    fields.expect(der::GENERALIZED_TIME)?;
    let mut responses = Fields::of(data, fields.expect(der::SEQUENCE)?);
    let mut values = Vec::new();
    while responses.peek().is_some() {
        let mut single = Fields::of(data, responses.expect(der::SEQUENCE)?);
        let mut id = Fields::of(data, single.expect(der::SEQUENCE)?);
        id.expect(der::SEQUENCE)?;
        id.expect(der::OCTET_STRING)?;
        id.expect(der::OCTET_STRING)?;
        if id.expect(der::INTEGER)?.contents(data) != SERIAL {
            continue;
        }
        single.next()?;
        single.expect(der::GENERALIZED_TIME)?;
        single.skip(0xa0)?;
        if single.peek() != Some(0xa1) {
            continue;
        }
        let extensions = single.expect(0xa1)?;
        let mut extensions = Fields::of(data, Fields::of(data, extensions).expect(der::SEQUENCE)?);
        while extensions.peek().is_some() {
            let mut extension = Fields::of(data, extensions.expect(der::SEQUENCE)?);
            if extension.expect(der::OBJECT_IDENTIFIER)?.contents(data) == &der::oid(SCT_LIST)[2..] {
                extension.skip(der::BOOLEAN)?;
                values.push(extension.expect(der::OCTET_STRING)?);
            }
        }
    }
    Some(values)
}

/// The elements inside an element, one after the other.
struct Fields<'d> {
    data: &'d [u8],
    at: usize,
    end: usize,
}

impl<'d> Fields<'d> {
    fn of(data: &'d [u8], outer: Element) -> Self {
        Self { data, at: outer.value, end: outer.end }
    }

    fn peek(&self) -> Option<u8> {
        self.data[..self.end].get(self.at).copied()
    }

    fn next(&mut self) -> Option<Element> {
        let element = Element::read(self.data, self.at, self.end)?;
        self.at = element.end;
        Some(element)
    }

    fn expect(&mut self, tag: u8) -> Option<Element> {
        self.next().filter(|element| element.tag == tag)
    }

    /// An element that may be there.
    fn skip(&mut self, tag: u8) -> Option<()> {
        if self.peek() == Some(tag) { self.next().map(drop) } else { Some(()) }
    }
}
