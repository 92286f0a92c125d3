use crate::error::{Error, ErrorKind};
use crate::extension::Extension;
use crate::oid::Oid;
use crate::tbs::Tbs;
use crate::tlv::{BIT_STRING, BOOLEAN, INTEGER};
use crate::value::{ended, list, oid, small_number, sole};
use core::fmt;

/// What a CA may do (RFC 5280 §4.2.1.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct BasicConstraints {
    /// Whether the subject is a CA.
    pub ca: bool,
    /// How many intermediate certificates may follow in a path. `None`: any number.
    pub path_length: Option<u32>,
}

/// What a key may do (RFC 5280 §4.2.1.3): a set of bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(transparent))]
pub struct KeyUsage(u32);

impl KeyUsage {
    /// Bit 0.
    pub const DIGITAL_SIGNATURE: Self = Self::bit(0);
    /// Bit 1, also called nonRepudiation.
    pub const CONTENT_COMMITMENT: Self = Self::bit(1);
    /// Bit 2.
    pub const KEY_ENCIPHERMENT: Self = Self::bit(2);
    /// Bit 3.
    pub const DATA_ENCIPHERMENT: Self = Self::bit(3);
    /// Bit 4.
    pub const KEY_AGREEMENT: Self = Self::bit(4);
    /// Bit 5.
    pub const KEY_CERT_SIGN: Self = Self::bit(5);
    /// Bit 6.
    pub const CRL_SIGN: Self = Self::bit(6);
    /// Bit 7.
    pub const ENCIPHER_ONLY: Self = Self::bit(7);
    /// Bit 8.
    pub const DECIPHER_ONLY: Self = Self::bit(8);

    const fn bit(number: u8) -> Self {
        Self(0x8000_0000 >> number)
    }

    /// Whether all bits of `usage` are set.
    #[must_use]
    pub const fn contains(self, usage: Self) -> bool {
        self.0 & usage.0 == usage.0
    }

    /// The bits; bit 0 of the standard is the most significant. Bits that the standard does not name are there too.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    const NAMES: [(Self, &'static str); 9] = [
        (Self::DIGITAL_SIGNATURE, "digitalSignature"),
        (Self::CONTENT_COMMITMENT, "contentCommitment"),
        (Self::KEY_ENCIPHERMENT, "keyEncipherment"),
        (Self::DATA_ENCIPHERMENT, "dataEncipherment"),
        (Self::KEY_AGREEMENT, "keyAgreement"),
        (Self::KEY_CERT_SIGN, "keyCertSign"),
        (Self::CRL_SIGN, "cRLSign"),
        (Self::ENCIPHER_ONLY, "encipherOnly"),
        (Self::DECIPHER_ONLY, "decipherOnly"),
    ];
}

/// The names of the bits that are set; bits without a name in hex.
impl fmt::Display for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.0;
        let mut separator = "";
        for (usage, name) in Self::NAMES.into_iter().filter(|(usage, _)| self.contains(*usage)) {
            write!(f, "{separator}{name}")?;
            separator = ", ";
            left &= !usage.0;
        }
        if left != 0 { write!(f, "{separator}{left:#010x}") } else { Ok(()) }
    }
}

impl fmt::Debug for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyUsage({self})")
    }
}

impl<'a> Tbs<'a> {
    /// Basic constraints: whether the subject is a CA.
    ///
    /// # Errors
    ///
    /// As [`extension`](Self::extension), and where the value is damaged or the path length negative or beyond 32 bits.
    pub fn basic_constraints(self) -> Result<Option<BasicConstraints>, Error> {
        self.extension(Oid::BASIC_CONSTRAINTS)?.map(read_basic_constraints).transpose()
    }

    /// Key usage: what the key may do.
    ///
    /// # Errors
    ///
    /// As [`extension`](Self::extension), and where the value is damaged or has bits that are set behind the 32nd.
    pub fn key_usage(self) -> Result<Option<KeyUsage>, Error> {
        self.extension(Oid::KEY_USAGE)?.map(read_key_usage).transpose()
    }

    /// Extended key usage: for which purposes the key is.
    ///
    /// # Errors
    ///
    /// As [`extension`](Self::extension), and where the value is no SEQUENCE; an item is an error where it is no OBJECT
    /// IDENTIFIER.
    pub fn extended_key_usage(self) -> Result<Option<impl Iterator<Item = Result<Oid<'a>, Error>>>, Error> {
        let purposes = self.extension(Oid::EXTENDED_KEY_USAGE)?.map(Extension::sequence).transpose()?;
        Ok(purposes.map(|purposes| list(purposes, oid)))
    }

    /// Whether its extended key usage lets it sign precertificates for the CA that issued it (RFC 6962 §3.1). Whether it is
    /// a CA and that CA has signed it is for the caller to find out.
    ///
    /// # Errors
    ///
    /// Where the purposes cannot be read to their end.
    pub fn is_precert_signer(self) -> Result<bool, Error> {
        let Some(purposes) = self.extended_key_usage()? else { return Ok(false) };
        let mut found = false;
        for purpose in purposes {
            found |= purpose? == Oid::PRECERT_SIGNING;
        }
        Ok(found)
    }
}

/// `BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL }`
fn read_basic_constraints(extension: Extension<'_>) -> Result<BasicConstraints, Error> {
    let mut fields = extension.sequence()?;
    let ca = fields.optional(BOOLEAN)?.is_some_and(|ca| ca.value().iter().any(|&octet| octet != 0));
    let path_length = fields.optional(INTEGER)?.map(small_number).transpose()?;
    ended(fields)?;
    Ok(BasicConstraints { ca, path_length })
}

/// `KeyUsage ::= BIT STRING`, of which DER leaves out the zero bits at the end and others do not. Unused bits are none of its
/// bits, whatever they are (X.690 §8.6.2).
fn read_key_usage(extension: Extension<'_>) -> Result<KeyUsage, Error> {
    let bits = sole(extension.reader(), BIT_STRING)?;
    let invalid = Error::new(ErrorKind::InvalidValue, bits.value_offset());
    let (unused, octets) = match bits.value() {
        [0] => (0, &[][..]),
        [unused @ 0..=7, octets @ ..] if !octets.is_empty() => (*unused, octets),
        _ => return Err(invalid),
    };
    let mut usage = [0; 4];
    for (n, &octet) in octets.iter().enumerate() {
        let is_last = n.checked_add(1) == Some(octets.len());
        let octet = if is_last { octet & (0xff << unused) } else { octet };
        match usage.get_mut(n) {
            Some(place) => *place = octet,
            None if octet != 0 => return Err(invalid),
            None => {}
        }
    }
    Ok(KeyUsage(u32::from_be_bytes(usage)))
}
