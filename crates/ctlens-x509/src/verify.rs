use crate::certificate::Certificate;
use crate::error::Error;
use crate::spki::Spki;
use crate::tlv::{INTEGER, OBJECT_IDENTIFIER, Reader, SEQUENCE};
use crate::value::small_number;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::signature::Verifier;
use rsa::{BoxedUint, PublicKey, pss};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Why a signature was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The algorithm outside the TBSCertificate is not the one inside (RFC 5280 §4.1.1.2 wants the same).
    #[error("the signature algorithms inside and outside the TBS certificate differ")]
    AlgorithmsDiffer,
    /// An algorithm that is not verified here: nothing is known about the signature.
    #[error("unsupported signature algorithm")]
    UnsupportedAlgorithm,
    /// An issuer's key that is not verified with here: nothing is known about the signature.
    #[error("unsupported kind or size of key")]
    UnsupportedKey,
    /// A signature of one kind and a key of another, or one that the key's parameters do not allow (RFC 4055 §3.3).
    #[error("the signature is of another kind than the issuer's key")]
    KeyMismatch,
    /// Octets of the algorithm, the key or the signature that are not what they claim to be.
    #[error("malformed signature or key")]
    Malformed,
    /// A signature of something else, or by another key.
    #[error("the signature does not belong to these octets and this key")]
    Mismatch,
}

impl From<Error> for SignatureError {
    fn from(_: Error) -> Self {
        Self::Malformed
    }
}

impl Certificate<'_> {
    /// Verifies this certificate's signature with the issuer's public key: see [`Spki::verify`].
    ///
    /// This is one link. It says that the holder of the key signed; it says nothing about names, validity, constraints or
    /// trust.
    ///
    /// # Errors
    ///
    /// See [`SignatureError`].
    pub fn verify_signature(&self, issuer: &Spki<'_>) -> Result<(), SignatureError> {
        if self.signature_algorithm() != self.tbs().signature_algorithm() {
            return Err(SignatureError::AlgorithmsDiffer);
        }
        issuer.verify(self.signature_algorithm(), self.tbs().as_bytes(), whole_octets(self.signature_bits())?)
    }
}

impl Spki<'_> {
    /// Verifies a signature over `message` with this key, in an algorithm that is given as the DER of an AlgorithmIdentifier
    /// (RFC 5280 §4.1.1.2): RSASSA-PKCS1-v1_5, RSASSA-PSS, and ECDSA with P-256 or P-384, each with SHA-256, SHA-384 or
    /// SHA-512. The octets of the signature are those of a BIT STRING behind its count of unused bits. For what is no
    /// certificate: a CRL, an OCSP response.
    ///
    /// Verification takes variable time: nothing in it is secret.
    ///
    /// # Errors
    ///
    /// See [`SignatureError`]; never [`SignatureError::AlgorithmsDiffer`], for there is one.
    pub fn verify(&self, algorithm: &[u8], message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        let algorithm = Algorithm::read(algorithm)?;
        match (algorithm.scheme, Key::read(self)?) {
            (Scheme::Ecdsa, key @ (Key::P256(_) | Key::P384(_))) => {
                let hash = |verify: &dyn Fn(&[u8]) -> Result<(), SignatureError>| match algorithm.hash {
                    Hash::Sha256 => verify(&Sha256::digest(message)),
                    Hash::Sha384 => verify(&Sha384::digest(message)),
                    Hash::Sha512 => verify(&Sha512::digest(message)),
                };
                hash(&|hash| key.verify_ecdsa(hash, signature))
            }
            (Scheme::Pkcs1, Key::Rsa { key, restriction: Restriction::None }) => match algorithm.hash {
                Hash::Sha256 => key.pkcs1v15_verify::<Sha256>(message, signature),
                Hash::Sha384 => key.pkcs1v15_verify::<Sha384>(message, signature),
                Hash::Sha512 => key.pkcs1v15_verify::<Sha512>(message, signature),
            }
            .map_err(|_| SignatureError::Mismatch),
            (Scheme::Pss { salt }, Key::Rsa { key, restriction }) if restriction.allows(algorithm.hash, salt) => {
                let signature = pss::Signature::try_from(signature).map_err(|_| SignatureError::Malformed)?;
                match algorithm.hash {
                    Hash::Sha256 => {
                        pss::VerifyingKey::<Sha256>::new_with_salt_len(key, salt).verify(message, &signature)
                    }
                    Hash::Sha384 => {
                        pss::VerifyingKey::<Sha384>::new_with_salt_len(key, salt).verify(message, &signature)
                    }
                    Hash::Sha512 => {
                        pss::VerifyingKey::<Sha512>::new_with_salt_len(key, salt).verify(message, &signature)
                    }
                }
                .map_err(|_| SignatureError::Mismatch)
            }
            _ => Err(SignatureError::KeyMismatch),
        }
    }
}

struct Algorithm {
    scheme: Scheme,
    hash: Hash,
}

enum Scheme {
    Ecdsa,
    Pkcs1,
    /// With the length of the salt in octets.
    Pss {
        salt: usize,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

const ID_EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]; // 1.2.840.10045.2.1
const SECP256R1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]; // 1.2.840.10045.3.1.7
const SECP384R1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22]; // 1.3.132.0.34
const ECDSA_WITH_SHA2: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03]; // 1.2.840.10045.4.3, and 2 to 4
const PKCS1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01]; // 1.2.840.113549.1.1
const SHA2: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02]; // 2.16.840.1.101.3.4.2, and 1 to 3

const RSA_ENCRYPTION: u8 = 1;
const MGF1: u8 = 8;
const RSASSA_PSS: u8 = 10;

impl Algorithm {
    /// `AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }`
    fn read(identifier: &[u8]) -> Result<Self, SignatureError> {
        let mut fields = Reader::new(identifier).expect(SEQUENCE)?.reader();
        let oid = fields.expect(OBJECT_IDENTIFIER)?.value();
        match oid.split_last().ok_or(SignatureError::Malformed)? {
            // RFC 5758 §3.2
            (2, ECDSA_WITH_SHA2) => Ok(Self { scheme: Scheme::Ecdsa, hash: Hash::Sha256 }),
            (3, ECDSA_WITH_SHA2) => Ok(Self { scheme: Scheme::Ecdsa, hash: Hash::Sha384 }),
            (4, ECDSA_WITH_SHA2) => Ok(Self { scheme: Scheme::Ecdsa, hash: Hash::Sha512 }),
            // RFC 4055 §5
            (11, PKCS1) => Ok(Self { scheme: Scheme::Pkcs1, hash: Hash::Sha256 }),
            (12, PKCS1) => Ok(Self { scheme: Scheme::Pkcs1, hash: Hash::Sha384 }),
            (13, PKCS1) => Ok(Self { scheme: Scheme::Pkcs1, hash: Hash::Sha512 }),
            (&RSASSA_PSS, PKCS1) => {
                let (hash, salt) = read_pss(fields)?;
                Ok(Self { scheme: Scheme::Pss { salt }, hash })
            }
            _ => Err(SignatureError::UnsupportedAlgorithm),
        }
    }
}

/// RFC 4055 §3.1: hash, and octets of salt. Every default is SHA-1's and so not supported.
///
/// ```text
/// RSASSA-PSS-params ::= SEQUENCE {
///     hashAlgorithm     [0] HashAlgorithm DEFAULT sha1,
///     maskGenAlgorithm  [1] MaskGenAlgorithm DEFAULT mgf1SHA1,
///     saltLength        [2] INTEGER DEFAULT 20,
///     trailerField      [3] INTEGER DEFAULT 1 }
/// ```
fn read_pss(mut parameters: Reader<'_>) -> Result<(Hash, usize), SignatureError> {
    let mut fields = parameters.expect(SEQUENCE)?.reader();
    let unsupported = SignatureError::UnsupportedAlgorithm;
    let hash = Hash::read(fields.optional(0xa0)?.ok_or(unsupported)?.reader())?;

    let mut mask = fields.optional(0xa1)?.ok_or(unsupported)?.reader().expect(SEQUENCE)?.reader();
    let function = mask.expect(OBJECT_IDENTIFIER)?.value();
    if function.split_last() != Some((&MGF1, PKCS1)) || Hash::read(mask)? != hash {
        return Err(unsupported);
    }
    let salt = match fields.optional(0xa2)? {
        None => 20,
        Some(length) => {
            let length = small_number(length.reader().expect(INTEGER)?).map_err(|_| unsupported)?;
            usize::try_from(length).map_err(|_| unsupported)?
        }
    };
    if !fields.is_empty() && fields.expect(0xa3)?.reader().expect(INTEGER)?.value() != [1] {
        return Err(unsupported);
    }
    Ok((hash, salt))
}

impl Hash {
    /// The next AlgorithmIdentifier (RFC 4055 §2.1).
    fn read(mut reader: Reader<'_>) -> Result<Self, SignatureError> {
        let oid = reader.expect(SEQUENCE)?.reader().expect(OBJECT_IDENTIFIER)?.value();
        match oid.split_last() {
            Some((1, SHA2)) => Ok(Self::Sha256),
            Some((2, SHA2)) => Ok(Self::Sha384),
            Some((3, SHA2)) => Ok(Self::Sha512),
            _ => Err(SignatureError::UnsupportedAlgorithm),
        }
    }
}

enum Key {
    P256(p256::ecdsa::VerifyingKey),
    P384(p384::ecdsa::VerifyingKey),
    Rsa { key: PublicKey, restriction: Restriction },
}

/// What an RSA key may be used for (RFC 4055 §1.2).
enum Restriction {
    /// A key under `rsaEncryption`.
    None,
    /// A key under `id-RSASSA-PSS`.
    Pss,
    /// The same, with parameters: this hash, and at least as long a salt (RFC 4055 §3.3).
    PssWith { hash: Hash, salt: usize },
}

impl Restriction {
    fn allows(&self, hash: Hash, salt: usize) -> bool {
        match *self {
            Self::None | Self::Pss => true,
            Self::PssWith { hash: only, salt: least } => hash == only && salt >= least,
        }
    }
}

impl Key {
    fn read(spki: &Spki<'_>) -> Result<Self, SignatureError> {
        let mut algorithm = Reader::new(spki.as_bytes()).expect(SEQUENCE)?.reader().expect(SEQUENCE)?.reader();
        let oid = algorithm.expect(OBJECT_IDENTIFIER)?.value();
        let key = whole_octets(spki.key_bits()?)?;
        if oid == ID_EC_PUBLIC_KEY {
            // RFC 5480 §2.1.1: a named curve, or nothing that is looked at.
            return match algorithm.optional(OBJECT_IDENTIFIER)?.map(|curve| curve.value()) {
                Some(SECP256R1) => p256::ecdsa::VerifyingKey::from_sec1_bytes(key).map(Self::P256),
                Some(SECP384R1) => p384::ecdsa::VerifyingKey::from_sec1_bytes(key).map(Self::P384),
                _ => return Err(SignatureError::UnsupportedKey),
            }
            .map_err(|_| SignatureError::Malformed);
        }
        match oid.split_last() {
            Some((&RSA_ENCRYPTION, PKCS1)) => Self::read_rsa(key, Restriction::None),
            Some((&RSASSA_PSS, PKCS1)) if algorithm.is_empty() => Self::read_rsa(key, Restriction::Pss),
            Some((&RSASSA_PSS, PKCS1)) => {
                let (hash, salt) = read_pss(algorithm).map_err(|_| SignatureError::UnsupportedKey)?;
                Self::read_rsa(key, Restriction::PssWith { hash, salt })
            }
            _ => Err(SignatureError::UnsupportedKey),
        }
    }

    /// `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }` (RFC 8017 appendix A.1.1)
    fn read_rsa(key: &[u8], restriction: Restriction) -> Result<Self, SignatureError> {
        let mut numbers = Reader::new(key).expect(SEQUENCE)?.reader();
        let mut number = || match numbers.expect(INTEGER)?.value() {
            [] | [0x80..=0xff, ..] => Err(SignatureError::Malformed),
            positive => Ok(BoxedUint::from_be_slice_vartime(positive)),
        };
        let (modulus, exponent) = (number()?, number()?);
        let key = PublicKey::new(modulus, exponent).map_err(|_| SignatureError::UnsupportedKey)?;
        Ok(Self::Rsa { key, restriction })
    }

    fn verify_ecdsa(&self, hash: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        match self {
            Self::P256(key) => {
                let signature = p256::ecdsa::Signature::from_der(signature).map_err(|_| SignatureError::Malformed)?;
                key.verify_prehash(hash, &signature)
            }
            Self::P384(key) => {
                let signature = p384::ecdsa::Signature::from_der(signature).map_err(|_| SignatureError::Malformed)?;
                key.verify_prehash(hash, &signature)
            }
            Self::Rsa { .. } => return Err(SignatureError::KeyMismatch),
        }
        .map_err(|_| SignatureError::Mismatch)
    }
}

/// The octets of a BIT STRING without unused bits.
fn whole_octets(bits: &[u8]) -> Result<&[u8], SignatureError> {
    match bits {
        [0, octets @ ..] => Ok(octets),
        _ => Err(SignatureError::Malformed),
    }
}
