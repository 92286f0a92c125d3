//! Distinguished names with any attribute, any string kind and any octets.

use crate::der;

/// A Name (RFC 5280 §4.1.2.4) in the making: one attribute for each RDN, in the order of the calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    rdns: Vec<Vec<u8>>,
}

impl Name {
    /// The empty name.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an attribute of the given type (dotted OID), string tag ([`der::UTF8_STRING`], …) and octets.
    #[must_use]
    pub fn attribute(self, oid: &str, tag: u8, octets: &[u8]) -> Self {
        let attribute = der::sequence(&[der::oid(oid), der::tlv(tag, octets)]);
        self.rdn_der(der::set(&[attribute]))
    }

    /// Adds an RDN as it is: a SET, or whatever a bad certificate has there.
    #[must_use]
    pub fn rdn_der(mut self, rdn: Vec<u8>) -> Self {
        self.rdns.push(rdn);
        self
    }

    /// Adds countryName (PrintableString).
    #[must_use]
    pub fn country(self, value: &str) -> Self {
        self.attribute("2.5.4.6", der::PRINTABLE_STRING, value.as_bytes())
    }

    /// Adds localityName (UTF8String).
    #[must_use]
    pub fn locality(self, value: &str) -> Self {
        self.attribute("2.5.4.7", der::UTF8_STRING, value.as_bytes())
    }

    /// Adds stateOrProvinceName (UTF8String).
    #[must_use]
    pub fn state(self, value: &str) -> Self {
        self.attribute("2.5.4.8", der::UTF8_STRING, value.as_bytes())
    }

    /// Adds organizationName (UTF8String).
    #[must_use]
    pub fn organization(self, value: &str) -> Self {
        self.attribute("2.5.4.10", der::UTF8_STRING, value.as_bytes())
    }

    /// Adds commonName (UTF8String).
    #[must_use]
    pub fn common_name(self, value: &str) -> Self {
        self.attribute("2.5.4.3", der::UTF8_STRING, value.as_bytes())
    }

    /// The DER of the Name.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        der::sequence(&self.rdns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_sequence_of_sets() {
        let name = Name::new().country("HR").attribute("2.5.4.3", der::TELETEX_STRING, b"caf\xe9");
        let expected = b"\x30\x1c\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02HR\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x14\x04caf\xe9";
        assert_eq!(name.to_der(), expected);
        assert_eq!(Name::new().to_der(), [0x30, 0]);
    }
}
