use crate::error::Error;
use crate::oid::Oid;
use crate::tlv::{BIT_STRING, OBJECT_IDENTIFIER, Reader, SEQUENCE, Tlv};
use sha2::{Digest, Sha256};

/// A SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), as its octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spki<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Spki<'a> {
    pub(crate) fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { bytes, offset }
    }

    /// The whole element.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// SHA-256 of the whole element: RFC 6962's `issuer_key_hash` where the key is the issuer's.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.bytes).into()
    }

    /// Which kind of key.
    ///
    /// # Errors
    ///
    /// Where the octets are not `SEQUENCE { SEQUENCE { OBJECT IDENTIFIER …`.
    pub fn algorithm(&self) -> Result<Oid<'a>, Error> {
        let mut algorithm = self.fields()?.expect(SEQUENCE)?.reader();
        Ok(Oid::from_contents(algorithm.expect(OBJECT_IDENTIFIER)?.value()))
    }

    /// The contents octets of subjectPublicKey: the count of unused bits, then the key.
    ///
    /// # Errors
    ///
    /// Where the octets are not `SEQUENCE { SEQUENCE …, BIT STRING …`.
    pub fn key_bits(&self) -> Result<&'a [u8], Error> {
        let mut fields = self.fields()?;
        fields.expect(SEQUENCE)?;
        fields.expect(BIT_STRING).map(|key| key.value())
    }

    fn fields(&self) -> Result<Reader<'a>, Error> {
        Reader::at(self.bytes, self.offset).expect(SEQUENCE).map(|spki: Tlv<'a>| spki.reader())
    }
}
