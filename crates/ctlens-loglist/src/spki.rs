use crate::key::{KeyError, KeyKind};
use p256::ecdsa::VerifyingKey;
#[cfg(feature = "rsa")]
use rsa::{BoxedUint, PublicKey};

/// What a SubjectPublicKeyInfo holds, as far as RFC 6962 §2.1.4 allows it for a log.
#[derive(Debug, Clone)]
pub(crate) enum Material {
    P256(VerifyingKey),
    Rsa {
        bits: u32,
        /// None where the modulus or the exponent is beyond what is verified here.
        #[cfg(feature = "rsa")]
        key: Option<PublicKey>,
    },
}

impl Material {
    /// ```text
    /// SubjectPublicKeyInfo ::= SEQUENCE {
    ///     algorithm         SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL },
    ///     subjectPublicKey  BIT STRING }                              RFC 5280 §4.1
    /// ```
    pub(crate) fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        let mut outer = Der { bytes: der, offset: 0 };
        let mut spki = outer.nested(SEQUENCE)?;
        outer.end()?;
        let mut algorithm = spki.nested(SEQUENCE)?;
        let key = spki.nested(BIT_STRING)?.without_unused_bits()?;
        spki.end()?;

        let oid = algorithm.nested(OBJECT_IDENTIFIER)?;
        match oid.bytes {
            ID_EC_PUBLIC_KEY => {
                let curve = algorithm.nested(OBJECT_IDENTIFIER)?;
                algorithm.end()?;
                if curve.bytes != SECP256R1 {
                    return Err(KeyError::UnsupportedCurve { offset: curve.offset });
                }
                p256_point(&key)
            }
            RSA_ENCRYPTION => {
                // RFC 3279 §2.3.1: the parameters "MUST" be NULL.
                algorithm.nested(NULL)?.end()?;
                algorithm.end()?;
                rsa_key(key)
            }
            _ => Err(KeyError::UnsupportedAlgorithm { offset: oid.offset }),
        }
    }

    pub(crate) fn kind(&self) -> KeyKind {
        match self {
            Self::P256(_) => KeyKind::EcdsaP256,
            Self::Rsa { bits, .. } => KeyKind::Rsa { bits: *bits },
        }
    }
}

/// RFC 5480 §2.2: the uncompressed form, and the compressed one that an implementation may take.
fn p256_point(key: &Der<'_>) -> Result<Material, KeyError> {
    match (key.bytes.first(), key.bytes.len()) {
        (Some(4), 65) | (Some(2 | 3), 33) => {}
        _ => return Err(KeyError::Malformed { offset: key.offset }),
    }
    VerifyingKey::from_sec1_bytes(key.bytes).map(Material::P256).map_err(|_| KeyError::NotOnCurve)
}

/// `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }`, RFC 8017 A.1.1.
fn rsa_key(mut key: Der<'_>) -> Result<Material, KeyError> {
    let mut numbers = key.nested(SEQUENCE)?;
    key.end()?;
    let modulus = numbers.nested(INTEGER)?.positive()?;
    let exponent = numbers.nested(INTEGER)?.positive()?;
    numbers.end()?;

    let leading = modulus.first().map_or(0, |octet| octet.leading_zeros());
    let bits = u32::try_from(modulus.len()).unwrap_or(u32::MAX).saturating_mul(8).saturating_sub(leading);
    // RFC 6962 §2.1.4: RSA signatures need "a key of at least 2048 bits".
    if bits < 2048 {
        return Err(KeyError::WeakRsa { bits });
    }
    #[cfg(not(feature = "rsa"))]
    let _ = exponent;
    Ok(Material::Rsa {
        bits,
        #[cfg(feature = "rsa")]
        key: {
            let number = BoxedUint::from_be_slice_vartime;
            PublicKey::new(number(modulus), number(exponent)).ok()
        },
    })
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const NULL: u8 = 0x05;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// 1.2.840.10045.2.1, RFC 5480 §2.1.1.
const ID_EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.2.840.10045.3.1.7, RFC 5480 §2.1.1.1.
const SECP256R1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
/// 1.2.840.113549.1.1.1, RFC 3279 §2.3.1.
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// The rest of a value, and where it begins in the key. Strict DER, values below 64 KiB.
struct Der<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Der<'a> {
    fn malformed(&self) -> KeyError {
        KeyError::Malformed { offset: self.offset }
    }

    fn octet(&mut self) -> Result<u8, KeyError> {
        let (first, rest) = self.bytes.split_first().ok_or(self.malformed())?;
        self.bytes = rest;
        self.offset = self.offset.saturating_add(1);
        Ok(*first)
    }

    /// The content of the next element, which must have this tag.
    fn nested(&mut self, tag: u8) -> Result<Self, KeyError> {
        let malformed = self.malformed();
        if self.octet()? != tag {
            return Err(malformed);
        }
        // X.690 §10.1: the definite form, in the minimum number of octets.
        let length = match self.octet()? {
            short @ 0..=0x7f => usize::from(short),
            0x81 => Some(usize::from(self.octet()?)).filter(|length| *length >= 0x80).ok_or(malformed)?,
            0x82 => {
                let length = u16::from_be_bytes([self.octet()?, self.octet()?]);
                Some(usize::from(length)).filter(|length| *length >= 0x100).ok_or(malformed)?
            }
            _ => return Err(malformed),
        };
        let (content, rest) = self.bytes.split_at_checked(length).ok_or(malformed)?;
        let nested = Self { bytes: content, offset: self.offset };
        self.bytes = rest;
        self.offset = self.offset.saturating_add(length);
        Ok(nested)
    }

    fn without_unused_bits(mut self) -> Result<Self, KeyError> {
        match self.octet()? {
            0 => Ok(self),
            _ => Err(self.malformed()),
        }
    }

    /// The octets of a positive INTEGER, without the sign octet.
    fn positive(&self) -> Result<&'a [u8], KeyError> {
        match self.bytes {
            // X.690 §8.3.2: the first nine bits are not all equal.
            [0, rest @ ..] if rest.first().is_some_and(|octet| *octet >= 0x80) => Ok(rest),
            [1..=0x7f, ..] => Ok(self.bytes),
            _ => Err(self.malformed()),
        }
    }

    fn end(&self) -> Result<(), KeyError> {
        if self.bytes.is_empty() { Ok(()) } else { Err(self.malformed()) }
    }
}
