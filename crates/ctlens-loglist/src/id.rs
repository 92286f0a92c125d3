use alloc::string::String;
use base64ct::{Base64, Encoding};
use core::fmt;
use core::str::FromStr;

/// The identity of a log: the SHA-256 of its key's SubjectPublicKeyInfo, in DER (RFC 6962 §3.2).
///
/// `Display` writes 64 lower-case hex digits. `FromStr` reads these, or the 44 characters of base64 that log lists use.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogId(pub [u8; 32]);

/// The two *mimic* logs, whose private keys Google has published.
///
/// Since 2026 the lists served to third-party libraries contain them in the state "usable", so that a list which is
/// used against the [acceptable-use rule](crate#acceptable-use) authenticates nothing. Anybody can sign in their name:
/// a [`LogList`](crate::LogList) refuses them whatever a list says.
pub const MIMIC_LOG_IDS: [LogId; 2] = [
    // 9EGV1vAOLbVUNcrdV3iS5T4VrUFwWPh44U/2uRh0FYk=
    LogId([
        0xf4, 0x41, 0x95, 0xd6, 0xf0, 0x0e, 0x2d, 0xb5, 0x54, 0x35, 0xca, 0xdd, 0x57, 0x78, 0x92, 0xe5, 0x3e, 0x15,
        0xad, 0x41, 0x70, 0x58, 0xf8, 0x78, 0xe1, 0x4f, 0xf6, 0xb9, 0x18, 0x74, 0x15, 0x89,
    ]),
    // si9+3rWvav5QPeBAgbLXTBJThJL+3yyypSZQPO9TztI=
    LogId([
        0xb2, 0x2f, 0x7e, 0xde, 0xb5, 0xaf, 0x6a, 0xfe, 0x50, 0x3d, 0xe0, 0x40, 0x81, 0xb2, 0xd7, 0x4c, 0x12, 0x53,
        0x84, 0x92, 0xfe, 0xdf, 0x2c, 0xb2, 0xa5, 0x26, 0x50, 0x3c, 0xef, 0x53, 0xce, 0xd2,
    ]),
];

impl LogId {
    /// Whether this is one of the [`MIMIC_LOG_IDS`].
    #[must_use]
    pub fn is_mimic(&self) -> bool {
        MIMIC_LOG_IDS.contains(self)
    }

    /// Standard base64 with padding, as in log lists and in `add-chain` responses.
    #[must_use]
    pub fn to_base64(&self) -> String {
        Base64::encode_string(&self.0)
    }
}

impl FromStr for LogId {
    type Err = ParseLogIdError;

    fn from_str(text: &str) -> Result<Self, ParseLogIdError> {
        let mut id = [0; 32];
        match text.len() {
            44 => {
                let decoded = Base64::decode(text, &mut id).map_err(|_| ParseLogIdError::NotBase64)?;
                if decoded.len() != 32 {
                    return Err(ParseLogIdError::Length { characters: 44 });
                }
            }
            64 => {
                for (octet, pair) in id.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
                    let [high, low] = pair else { return Err(ParseLogIdError::NotHex) };
                    *octet = hex_digit(*high)? << 4 | hex_digit(*low)?;
                }
            }
            characters => return Err(ParseLogIdError::Length { characters }),
        }
        Ok(Self(id))
    }
}

fn hex_digit(character: u8) -> Result<u8, ParseLogIdError> {
    char::from(character).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or(ParseLogIdError::NotHex)
}

impl fmt::Display for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for LogId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogId({self})")
    }
}

/// A text that is not a log id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseLogIdError {
    /// Neither 44 characters of base64 nor 64 hex digits: a log id has 32 octets.
    #[error("{characters} characters are not the base64 or hex of 32 octets")]
    Length {
        /// Length of the text, in octets.
        characters: usize,
    },
    /// Not canonical standard base64 with padding.
    #[error("not base64")]
    NotBase64,
    /// Not hex digits.
    #[error("not hex digits")]
    NotHex,
}

#[cfg(feature = "serde")]
mod serialisation {
    use super::LogId;
    use alloc::string::String;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    /// As 64 hex digits.
    impl Serialize for LogId {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(self)
        }
    }

    impl<'de> Deserialize<'de> for LogId {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn mimic_ids_are_the_published_ones() {
        let published =
            ["9EGV1vAOLbVUNcrdV3iS5T4VrUFwWPh44U/2uRh0FYk=", "si9+3rWvav5QPeBAgbLXTBJThJL+3yyypSZQPO9TztI="];
        for (id, base64) in MIMIC_LOG_IDS.iter().zip(published) {
            assert_eq!(base64.parse(), Ok(*id));
            assert_eq!(id.to_base64(), base64);
            assert!(id.is_mimic());
        }
        assert!(!LogId([0; 32]).is_mimic());
    }

    #[test]
    fn text_forms() {
        let id = LogId(core::array::from_fn(|i| u8::try_from(i * 7 % 256).unwrap()));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_base64().parse(), Ok(id));
        assert_eq!(LogId([0xab; 32]).to_string(), "ab".repeat(32));

        let rejected: &[(&str, &str, ParseLogIdError)] = &[
            ("empty", "", ParseLogIdError::Length { characters: 0 }),
            ("31 octets", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==", ParseLogIdError::Length { characters: 44 }),
            ("no padding", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", ParseLogIdError::Length { characters: 43 }),
            ("bits after the end", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=", ParseLogIdError::NotBase64),
            ("URL alphabet", "-_ECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", ParseLogIdError::NotBase64),
            ("a blank", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8 ", ParseLogIdError::NotBase64),
            ("hex with a sign", &["+f", &"00".repeat(31)].concat(), ParseLogIdError::NotHex),
        ];
        for (what, text, error) in rejected {
            assert_eq!(text.parse::<LogId>(), Err(*error), "{what}");
        }
    }
}
