use crate::error::{Error, ErrorKind};
use crate::name::Attribute;
use alloc::borrow::Cow;
use alloc::string::String;

pub(crate) const UTF8_STRING: u8 = 0x0c;
pub(crate) const NUMERIC_STRING: u8 = 0x12;
pub(crate) const PRINTABLE_STRING: u8 = 0x13;
pub(crate) const TELETEX_STRING: u8 = 0x14;
pub(crate) const IA5_STRING: u8 = 0x16;
pub(crate) const VISIBLE_STRING: u8 = 0x1a;
pub(crate) const UNIVERSAL_STRING: u8 = 0x1c;
pub(crate) const BMP_STRING: u8 = 0x1e;

impl<'a> Attribute<'a> {
    /// The value as text, after the kind of string that [`tag`](Self::tag) says: UTF8String (`0c`), NumericString (`12`),
    /// PrintableString (`13`), TeletexString (`14`), IA5String (`16`), VisibleString (`1a`), UniversalString (`1c`) or
    /// BMPString (`1e`).
    ///
    /// ASCII outside the set of a PrintableString is text all the same. A TeletexString is read as ISO 8859-1, which is what
    /// CAs have put in it, not as T.61; a BMPString as UTF-16.
    ///
    /// # Errors
    ///
    /// Where the value is no such string, or has octets that its kind does not have.
    pub fn text(&self) -> Result<Cow<'a, str>, Error> {
        let invalid = || Error::new(ErrorKind::InvalidText, self.offset);
        match self.tag {
            UTF8_STRING => str::from_utf8(self.value).map(Cow::Borrowed).map_err(|_| invalid()),
            NUMERIC_STRING | PRINTABLE_STRING | IA5_STRING | VISIBLE_STRING => {
                ascii(self.value).map(Cow::Borrowed).ok_or_else(invalid)
            }
            TELETEX_STRING => Ok(ascii(self.value)
                .map_or_else(|| Cow::Owned(self.value.iter().copied().map(char::from).collect()), Cow::Borrowed)),
            UNIVERSAL_STRING => universal(self.value).map(Cow::Owned).ok_or_else(invalid),
            BMP_STRING => bmp(self.value).map(Cow::Owned).ok_or_else(invalid),
            found => Err(Error::new(ErrorKind::UnexpectedTag { expected: UTF8_STRING, found }, self.offset)),
        }
    }
}

fn ascii(octets: &[u8]) -> Option<&str> {
    octets.is_ascii().then(|| str::from_utf8(octets).ok()).flatten()
}

/// X.690 §8.21.7: four octets a character.
pub(crate) fn universal(octets: &[u8]) -> Option<String> {
    let (characters, rest) = octets.as_chunks::<4>();
    let text = characters.iter().map(|octets| char::from_u32(u32::from_be_bytes(*octets))).collect::<Option<_>>();
    text.filter(|_| rest.is_empty())
}

/// X.690 §8.21.8: two octets a character. Surrogates are none of them, but encoders write them.
pub(crate) fn bmp(octets: &[u8]) -> Option<String> {
    let (units, rest) = octets.as_chunks::<2>();
    let text = char::decode_utf16(units.iter().map(|octets| u16::from_be_bytes(*octets))).collect::<Result<_, _>>();
    text.ok().filter(|_| rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oid::Oid;
    use alloc::string::ToString;

    #[test]
    fn kinds_of_strings() {
        let text = |tag, value: &'static [u8]| {
            let attribute = Attribute { oid: Oid::COMMON_NAME, tag, value, offset: 7 };
            attribute.text().map(|text| (text.to_string(), matches!(text, Cow::Borrowed(_))))
        };
        for (tag, value, expected, borrowed) in [
            (UTF8_STRING, "Zürich".as_bytes(), "Zürich", true),
            (PRINTABLE_STRING, b"a_b@c", "a_b@c", true),
            (NUMERIC_STRING, b"12 3", "12 3", true),
            (IA5_STRING, b"a@b.example", "a@b.example", true),
            (VISIBLE_STRING, b"x", "x", true),
            (TELETEX_STRING, b"ascii", "ascii", true),
            (TELETEX_STRING, b"Z\xfcrich", "Zürich", false),
            (BMP_STRING, &[0x00, 0x5a, 0x20, 0xac, 0xd8, 0x3d, 0xde, 0x00], "Z€😀", false),
            (UNIVERSAL_STRING, &[0, 0, 0x20, 0xac, 0, 1, 0xf6, 0], "€😀", false),
            (UTF8_STRING, b"", "", true),
            (BMP_STRING, b"", "", false),
        ] {
            assert_eq!(text(tag, value), Ok((expected.to_string(), borrowed)), "{tag:#04x} {value:02x?}");
        }
        for (what, tag, value) in [
            ("not UTF-8", UTF8_STRING, &b"Z\xfcrich"[..]),
            ("latin 1", PRINTABLE_STRING, b"Z\xfcrich"),
            ("latin 1", IA5_STRING, b"\xe9"),
            ("half a character", BMP_STRING, &[0x20]),
            ("half a surrogate pair", BMP_STRING, &[0xd8, 0x3d]),
            ("three quarters of a character", UNIVERSAL_STRING, &[0, 0, 0x20]),
            ("beyond Unicode", UNIVERSAL_STRING, &[0, 0x11, 0, 0]),
            ("a surrogate", UNIVERSAL_STRING, &[0, 0, 0xd8, 0]),
        ] {
            assert_eq!(text(tag, value), Err(Error::new(ErrorKind::InvalidText, 7)), "{what}");
        }
        let error = text(0x30, &[]).unwrap_err();
        assert_eq!(error.kind, ErrorKind::UnexpectedTag { expected: UTF8_STRING, found: 0x30 });
    }
}
