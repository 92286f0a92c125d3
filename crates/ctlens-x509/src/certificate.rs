use crate::error::{Error, ErrorKind};
use crate::tbs::Tbs;
use crate::tlv::{BIT_STRING, Reader, SEQUENCE};
use sha2::{Digest, Sha256};

/// A certificate or precertificate (RFC 5280 §4.1), borrowed from its octets.
///
/// ```text
/// Certificate ::= SEQUENCE {
///     tbsCertificate      TBSCertificate,
///     signatureAlgorithm  AlgorithmIdentifier,
///     signatureValue      BIT STRING }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Certificate<'a> {
    bytes: &'a [u8],
    tbs: Tbs<'a>,
    tbs_offset: usize,
    signature_algorithm: &'a [u8],
    signature: &'a [u8],
    trailing: &'a [u8],
}

impl<'a> Certificate<'a> {
    /// Views a certificate in DER; PEM is to be decoded first. Only the skeleton is walked; what is inside the fields is
    /// decoded when it is asked for, and damage there costs that field alone.
    ///
    /// # Errors
    ///
    /// Where the skeleton cannot be walked. Its offset counts from the first octet of `der`.
    #[inline]
    pub fn from_der(der: &'a [u8]) -> Result<Self, Error> {
        let mut outer = Reader::new(der);
        let certificate = outer.expect(SEQUENCE)?;
        let mut fields = certificate.reader();
        let tbs = fields.expect(SEQUENCE)?;
        let signature_algorithm = fields.expect(SEQUENCE)?;
        let signature = fields.expect(BIT_STRING)?;
        Ok(Self {
            bytes: certificate.as_bytes(),
            tbs: Tbs::from_der(tbs.as_bytes()).map_err(|error| error.moved(tbs.offset()))?,
            tbs_offset: tbs.offset(),
            signature_algorithm: signature_algorithm.as_bytes(),
            signature: signature.value(),
            trailing: outer.rest(),
        })
    }

    /// The octets of the certificate, without what trails it.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What the issuer signed.
    #[inline]
    #[must_use]
    pub fn tbs(&self) -> &Tbs<'a> {
        &self.tbs
    }

    /// What to add to an offset inside [`tbs`](Self::tbs) to get one inside the certificate, in octets.
    #[inline]
    #[must_use]
    pub fn tbs_offset(&self) -> usize {
        self.tbs_offset
    }

    /// The outer AlgorithmIdentifier, a whole element.
    #[inline]
    #[must_use]
    pub fn signature_algorithm(&self) -> &'a [u8] {
        self.signature_algorithm
    }

    /// The contents octets of signatureValue: the count of unused bits, then the signature.
    #[inline]
    #[must_use]
    pub fn signature_bits(&self) -> &'a [u8] {
        self.signature
    }

    /// What came after the certificate in the slice that it was read from.
    #[inline]
    #[must_use]
    pub fn trailing(&self) -> &'a [u8] {
        self.trailing
    }

    /// Checks that nothing trails the certificate: a reader of a log entry is to answer for all of its octets.
    ///
    /// # Errors
    ///
    /// Where something does.
    pub fn check_end(&self) -> Result<(), Error> {
        if self.trailing.is_empty() { Ok(()) } else { Err(Error::new(ErrorKind::TrailingData, self.bytes.len())) }
    }

    /// The SHA-256 fingerprint.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.bytes).into()
    }
}
