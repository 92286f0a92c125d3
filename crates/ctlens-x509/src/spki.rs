use crate::error::{Error, ErrorKind};
use crate::oid::Oid;
use crate::tlv::{BIT_STRING, INTEGER, OBJECT_IDENTIFIER, Reader, SEQUENCE, Tlv};
use crate::value::{ended, oid, sole};
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

    /// The whole AlgorithmIdentifier, a whole element.
    ///
    /// # Errors
    ///
    /// Where the octets are not `SEQUENCE { SEQUENCE …`.
    pub fn algorithm_identifier(&self) -> Result<&'a [u8], Error> {
        self.fields()?.expect(SEQUENCE).map(|algorithm| algorithm.as_bytes())
    }

    /// The named curve of an elliptic-curve key (RFC 5480 §2.1.1), `None` for other keys.
    ///
    /// # Errors
    ///
    /// Where the algorithm cannot be read, or the parameters of an elliptic-curve key do not name a curve.
    pub fn curve(&self) -> Result<Option<Oid<'a>>, Error> {
        let mut algorithm = self.fields()?.expect(SEQUENCE)?.reader();
        if oid(algorithm.read()?)? != Oid::EC_PUBLIC_KEY {
            return Ok(None);
        }
        oid(algorithm.read()?).map(Some)
    }

    /// The modulus of an RSA key, the contents octets of an INTEGER; `None` for other keys.
    ///
    /// # Errors
    ///
    /// Where the key is not what its algorithm says.
    pub fn rsa_modulus(&self) -> Result<Option<&'a [u8]>, Error> {
        Ok(self.rsa_numbers()?.map(|[modulus, _]| modulus.value()))
    }

    /// The public exponent of an RSA key, the contents octets of an INTEGER; `None` for other keys.
    ///
    /// # Errors
    ///
    /// Where the key is not what its algorithm says.
    pub fn rsa_exponent(&self) -> Result<Option<&'a [u8]>, Error> {
        Ok(self.rsa_numbers()?.map(|[_, exponent]| exponent.value()))
    }

    /// The size of an RSA key: the bits of the modulus from its first that is set; `None` for other keys.
    ///
    /// # Errors
    ///
    /// Where the key is not what its algorithm says, or the modulus is negative.
    pub fn rsa_modulus_bits(&self) -> Result<Option<usize>, Error> {
        let Some([modulus, _]) = self.rsa_numbers()? else { return Ok(None) };
        match modulus.value() {
            [] | [0x80..=0xff, ..] => Err(Error::new(ErrorKind::InvalidValue, modulus.value_offset())),
            octets => {
                let zeros = octets.iter().take_while(|&&octet| octet == 0).count();
                let leading = octets.get(zeros).map_or(0, |octet| octet.leading_zeros() as usize);
                Ok(Some(octets.len().saturating_sub(zeros).saturating_mul(8).saturating_sub(leading)))
            }
        }
    }

    /// `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }` (RFC 8017 appendix A.1.1)
    fn rsa_numbers(&self) -> Result<Option<[Tlv<'a>; 2]>, Error> {
        if !matches!(self.algorithm()?, Oid::RSA_ENCRYPTION | Oid::RSASSA_PSS) {
            return Ok(None);
        }
        let mut fields = self.fields()?;
        fields.expect(SEQUENCE)?;
        let bits = fields.expect(BIT_STRING)?;
        let Some((0, key)) = bits.value().split_first() else {
            return Err(Error::new(ErrorKind::InvalidValue, bits.value_offset()));
        };
        let key = Reader::at(key, bits.value_offset().saturating_add(1));
        let mut numbers = sole(key, SEQUENCE)?.reader();
        let both = [numbers.expect(INTEGER)?, numbers.expect(INTEGER)?];
        ended(numbers)?;
        Ok(Some(both))
    }

    fn fields(&self) -> Result<Reader<'a>, Error> {
        Reader::at(self.bytes, self.offset).expect(SEQUENCE).map(|spki: Tlv<'a>| spki.reader())
    }
}
