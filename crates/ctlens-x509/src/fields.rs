//! Fields of certificates that few ask for.

use crate::certificate::Certificate;
use crate::error::{Error, ErrorKind};
use crate::oid::Oid;
use crate::tbs::{ISSUER_UNIQUE_ID, SUBJECT_UNIQUE_ID, Tbs, VERSION};
use crate::tlv::{INTEGER, Reader, SEQUENCE};
use crate::value::{oid, small_number, sole};

impl<'a> Tbs<'a> {
    /// The version by its name: 1, 2 or 3 for v1, v2 and v3, which are encoded as 0, 1 and 2 (RFC 5280 §4.1.2.1). Where
    /// the field is not there it is v1.
    ///
    /// # Errors
    ///
    /// Where the field is no number of this kind.
    pub fn version(self) -> Result<u8, Error> {
        let Some(explicit) = self.fields()?.optional(VERSION)? else { return Ok(1) };
        let number = sole(explicit.reader(), INTEGER)?;
        u8::try_from(small_number(number)?)
            .ok()
            .and_then(|version| version.checked_add(1))
            .ok_or(Error::new(ErrorKind::InvalidValue, number.value_offset()))
    }

    /// Which algorithm the inner AlgorithmIdentifier names (RFC 5280 §4.1.2.3).
    ///
    /// # Errors
    ///
    /// Where it does not begin with an OBJECT IDENTIFIER.
    pub fn signature_algorithm_oid(self) -> Result<Oid<'a>, Error> {
        let mut fields = self.fields()?;
        fields.optional(VERSION)?;
        fields.expect(INTEGER)?;
        oid(fields.expect(SEQUENCE)?.reader().read()?)
    }

    /// The contents octets of issuerUniqueID (RFC 5280 §4.1.2.8): the count of unused bits, then the bits.
    ///
    /// # Errors
    ///
    /// Where what follows the public key cannot be walked.
    pub fn issuer_unique_id(self) -> Result<Option<&'a [u8]>, Error> {
        let id = self.behind_public_key().optional(ISSUER_UNIQUE_ID)?;
        Ok(id.map(|id| id.value()))
    }

    /// The contents octets of subjectUniqueID (RFC 5280 §4.1.2.8): the count of unused bits, then the bits.
    ///
    /// # Errors
    ///
    /// Where what follows the public key cannot be walked.
    pub fn subject_unique_id(self) -> Result<Option<&'a [u8]>, Error> {
        let mut fields = self.behind_public_key();
        fields.optional(ISSUER_UNIQUE_ID)?;
        Ok(fields.optional(SUBJECT_UNIQUE_ID)?.map(|id| id.value()))
    }

    fn fields(self) -> Result<Reader<'a>, Error> {
        Ok(Reader::new(self.as_bytes()).expect(SEQUENCE)?.reader())
    }
}

impl<'a> Certificate<'a> {
    /// Which algorithm the outer AlgorithmIdentifier names (RFC 5280 §4.1.1.2).
    ///
    /// # Errors
    ///
    /// Where it does not begin with an OBJECT IDENTIFIER. The offset counts from the first octet of the AlgorithmIdentifier.
    pub fn signature_algorithm_oid(self) -> Result<Oid<'a>, Error> {
        oid(sole(Reader::new(self.signature_algorithm()), SEQUENCE)?.reader().read()?)
    }
}
