//! Names inside names: otherName, directoryName, x400Address, ediPartyName, registeredID.

use ctlens_x509::{Error, Reader, Tlv};

use crate::bytes::{self, class, classes_of};
use crate::hit::{Reading, Undecided};
use crate::scan::{BMP_STRING, Candidate, Cover, Field, Scan, UNIVERSAL_STRING, is_wide, split_around};

const OBJECT_IDENTIFIER: u8 = 0x06;
/// UTF8String, NumericString, PrintableString, TeletexString, VideotexString, IA5String, GraphicString, VisibleString,
/// GeneralString and those two.
const STRINGS: [u8; 11] = [0x0c, 0x12, 0x13, 0x14, 0x15, 0x16, 0x19, 0x1a, 0x1b, UNIVERSAL_STRING, BMP_STRING];
/// X.690 §8.1.2.5: other elements are inside.
const CONSTRUCTED: u8 = 0x20;

impl<'t> Scan<'_, 't> {
    /// `OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }`, the tag of the SEQUENCE replaced.
    pub(crate) fn other_name(&mut self, octets: &'t [u8], offset: usize) {
        const VALUE: u8 = 0xa0;
        /// id-on-xmppAddr 1.3.6.1.5.5.7.8.5 (RFC 6120 §13.7.1.4)
        const XMPP: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08, 0x05];
        /// id-on-dnsSRV 1.3.6.1.5.5.7.8.7 (RFC 4985 §2)
        const SRV: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08, 0x07];

        let mut fields = Reader::at(octets, offset);
        let parts = fields.expect(OBJECT_IDENTIFIER).and_then(|oid| Ok((oid.value(), fields.expect(VALUE)?)));
        let (oid, value) = match parts {
            Ok(parts) => parts,
            Err(error) => return self.undecided(Undecided::Undecodable(error), Cover::All),
        };
        let is_srv = oid == SRV;
        let field = Field::OtherName { of_a_service: is_srv || oid == XMPP };
        // Everything behind the header of the value, elements inside elements too: a Kerberos realm is two levels down.
        let start = value.value_offset().saturating_sub(offset);
        for leaf in leaves(octets.get(start..).unwrap_or_default(), value.value_offset()) {
            match leaf {
                Ok(leaf) if STRINGS.contains(&leaf.tag()) => {
                    self.other_string(leaf.tag(), leaf.value(), is_srv, field);
                }
                Ok(leaf) => self.names_among_octets(leaf.value(), field),
                Err(error) => self.undecided(Undecided::Undecodable(error), Cover::All),
            }
        }
    }

    /// The common names and e-mail addresses among the attributes: those of a subject that name hosts.
    pub(crate) fn directory_name(&mut self, octets: &'t [u8], offset: usize) {
        /// id-at-commonName 2.5.4.3 (RFC 5280 appendix A.1)
        const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
        /// id-emailAddress 1.2.840.113549.1.9.1 (RFC 5280 appendix A.1)
        const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01];

        let mut attribute: &[u8] = &[];
        for leaf in leaves(octets, offset) {
            match leaf {
                Ok(leaf) if leaf.tag() == OBJECT_IDENTIFIER => attribute = leaf.value(),
                Ok(leaf) if attribute == EMAIL_ADDRESS && !is_wide(leaf.tag()) => {
                    self.email(leaf.value());
                }
                Ok(leaf) if [COMMON_NAME, EMAIL_ADDRESS].contains(&attribute) => {
                    self.string(leaf.tag(), leaf.value(), Field::Inner);
                }
                Ok(_) => {}
                Err(error) => self.undecided(Undecided::Undecodable(error), Cover::All),
            }
        }
    }

    /// Whatever text there is.
    pub(crate) fn inner_names(&mut self, octets: &'t [u8], offset: usize) {
        for leaf in leaves(octets, offset) {
            match leaf {
                Ok(leaf) if STRINGS.contains(&leaf.tag()) => self.string(leaf.tag(), leaf.value(), Field::Inner),
                Ok(leaf) => self.names_among_octets(leaf.value(), Field::Inner),
                Err(error) => self.undecided(Undecided::Undecodable(error), Cover::All),
            }
        }
    }

    fn other_string(&mut self, tag: u8, text: &'t [u8], is_srv: bool, field: Field) {
        let width = match tag {
            UNIVERSAL_STRING => 4,
            BMP_STRING => 2,
            _ => 1,
        };
        let is = |character: &[u8], wanted: u8| character.last() == Some(&wanted);
        if is_srv {
            // `_Service.Name`
            if let Some(dot) = text.chunks(width).position(|character| is(character, b'.')) {
                let name = text.get(dot.saturating_add(1).saturating_mul(width)..).unwrap_or_default();
                self.string(tag, name, field);
                // `_Service._Proto.Name`, as the DNS has it (RFC 2782).
                let mut characters = name.chunks(width);
                if characters.next().is_some_and(|character| is(character, b'_'))
                    && let Some(dot) = characters.position(|character| is(character, b'.'))
                {
                    let name = name.get(dot.saturating_add(2).saturating_mul(width)..).unwrap_or_default();
                    self.string(tag, name, Field::OtherName { of_a_service: false });
                }
                if text.chunks(width).next().is_some_and(|character| is(character, b'_')) {
                    return;
                }
            }
        }
        let name = text.iter().rposition(|&octet| octet == b'@').map_or(text, |at| split_around(text, at).1);
        if name.len() == text.len() || name.is_empty() || width > 1 {
            self.string(tag, text, field);
        } else {
            self.read_all(name, Reading::OtherName, field);
        }
    }

    /// Octets that need not be text: what of them could be a name with a dot in it, or all of them a name.
    pub(crate) fn names_among_octets(&mut self, octets: &'t [u8], field: Field) {
        let of_names = bytes::PLAIN | bytes::UPPER | bytes::DOT | bytes::STAR;
        for text in octets.split(|&octet| class(octet) & of_names == 0) {
            let is_name = text.contains(&b'.') || text.len() == octets.len();
            if is_name && classes_of(text) & (bytes::PLAIN | bytes::UPPER) != 0 {
                self.candidate(Candidate { text, reading: Reading::of(field), field });
            }
        }
    }
}

/// The elements that hold no others, in their order, also those inside others: a header that announces others is passed, and
/// nothing else. The last may be an error. There is at least one.
fn leaves(octets: &[u8], offset: usize) -> impl Iterator<Item = Result<Tlv<'_>, Error>> {
    let mut elements = Some(Reader::at(octets, offset));
    let mut is_first = true;
    core::iter::from_fn(move || {
        loop {
            let reader = elements.as_mut().filter(|reader| is_first || !reader.is_empty())?;
            is_first = false;
            match reader.read() {
                Ok(element) if element.tag() & CONSTRUCTED != 0 => {
                    let start = element.value_offset().saturating_sub(offset);
                    *reader = Reader::at(octets.get(start..).unwrap_or_default(), element.value_offset());
                }
                Ok(element) => return Some(Ok(element)),
                Err(error) => {
                    elements = None;
                    return Some(Err(error));
                }
            }
        }
    })
}
