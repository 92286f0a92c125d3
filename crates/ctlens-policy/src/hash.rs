use crate::text::hex;
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// A SHA-256 hash: of a TBS certificate, of a SubjectPublicKeyInfo, of a policy, a log's id. Hexadecimal in every output.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256Hash(pub [u8; 32]);

/// Text that is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HexError {
    /// A character that is no digit.
    #[error("{found:?} is no hexadecimal digit: expected 64 of 0-9 and a-f")]
    Digit {
        /// The character.
        found: char,
        /// Where it stands, in bytes.
        offset: usize,
    },
    /// Another number of digits than a SHA-256 hash has.
    #[error("{digits} hexadecimal digits: expected 64")]
    Length {
        /// How many there are.
        digits: usize,
    },
}

impl Sha256Hash {
    /// The hash of octets.
    #[must_use]
    pub fn of(octets: &[u8]) -> Self {
        Self(Sha256::digest(octets).into())
    }

    /// The first eight hexadecimal digits: enough to recognise it by, never to decide by.
    #[must_use]
    pub fn short(&self) -> String {
        let Self([a, b, c, d, ..]) = *self;
        hex(&[a, b, c, d])
    }
}

impl fmt::Display for Sha256Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Sha256Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256Hash({self})")
    }
}

impl FromStr for Sha256Hash {
    type Err = HexError;

    fn from_str(text: &str) -> Result<Self, HexError> {
        let mut hash = [0; 32];
        let mut digits = 0_usize;
        for (offset, found) in text.char_indices() {
            let digit = found.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            let digit = digit.ok_or(HexError::Digit { found, offset })?;
            if let Some(octet) = hash.get_mut(digits / 2) {
                *octet = *octet << 4 | digit;
            }
            digits = digits.saturating_add(1);
        }
        if digits == 64 { Ok(Self(hash)) } else { Err(HexError::Length { digits }) }
    }
}

impl serde::Serialize for Sha256Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Sha256Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: std::borrow::Cow<'de, str> = serde::Deserialize::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4, the example of one block: "abc".
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn text_and_back() {
        assert_eq!(Sha256Hash::of(b"abc").to_string(), ABC);
        assert_eq!(ABC.to_uppercase().parse(), Ok(Sha256Hash::of(b"abc")));
        assert_eq!(Sha256Hash::of(b"abc").short(), "ba7816bf");
    }

    #[test]
    fn not_64_digits() {
        for (text, error) in [
            ("", HexError::Length { digits: 0 }),
            (&ABC[1..], HexError::Length { digits: 63 }),
            (&*format!("{ABC}0"), HexError::Length { digits: 65 }),
            ("ba:78", HexError::Digit { found: ':', offset: 2 }),
            ("bä", HexError::Digit { found: 'ä', offset: 1 }),
        ] {
            assert_eq!(text.parse::<Sha256Hash>(), Err(error), "{text}");
        }
    }
}
