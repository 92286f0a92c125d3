//! Octets that are written as escapes.

use crate::bytes::{self, class};

/// No name and no address needs more.
pub(crate) const MOST: usize = 256;

/// Resolves `%2e` (RFC 3986 §2.1), `\046` (RFC 1035 §5.1; asterisk and dot also in octal) and `\x2e` where they stand for octets of names. `None` where
/// there are none. Of a long text the end, and its first octet is one that cannot be read.
pub(crate) fn resolve<'b>(text: &[u8], buffer: &'b mut [u8; MOST]) -> Option<&'b [u8]> {
    let length = Resolved { rest: text }.count();
    if length == text.len() {
        return None;
    }
    let left_out = length.saturating_sub(MOST);
    for (place, octet) in buffer.iter_mut().zip(Resolved { rest: text }.skip(left_out)) {
        *place = octet;
    }
    if let ([first, ..], 1..) = (&mut *buffer, left_out) {
        *first = u8::MAX;
    }
    buffer.get(..length.min(MOST))
}

/// The octets of a text, with escapes resolved.
struct Resolved<'t> {
    rest: &'t [u8],
}

impl Iterator for Resolved<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (&first, behind) = self.rest.split_first()?;
        let digits = |from: usize, count: usize, base| number(behind.get(from..)?.get(..count)?, base);
        let (octet, length) = match (first, behind.first()) {
            (b'%', _) => (digits(0, 2, 16), 2),
            (b'\\', Some(b'x' | b'X')) => (digits(1, 2, 16), 3),
            // In octal: nobody writes digits, which 52 and 56 are in decimal, as escapes.
            (b'\\', _) if behind.starts_with(b"052") => (Some(b'*'), 3),
            (b'\\', _) if behind.starts_with(b"056") => (Some(b'.'), 3),
            (b'\\', _) => (digits(0, 3, 10), 3),
            _ => (None, 0),
        };
        let of_names = bytes::PLAIN | bytes::UPPER | bytes::DOT | bytes::STAR;
        let resolved = octet.filter(|&octet| class(octet) & of_names != 0);
        self.rest = resolved.and_then(|_| behind.get(length..)).unwrap_or(behind);
        Some(resolved.unwrap_or(first))
    }
}

fn number(digits: &[u8], base: u32) -> Option<u8> {
    let digits = str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u8::from_str_radix(digits, base).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn escapes() {
        for (text, resolved) in [
            ("www%2eexample%2Ecom", Some("www.example.com")),
            ("%77ww.example.com", Some("www.example.com")),
            (r"www\046example\046com", Some("www.example.com")),
            (r"www\x2eexample\X2ecom", Some("www.example.com")),
            (r"\042.a\052.example\056com", Some("*.a*.example.com")),
            // What stands for no octet of a name stays, and nothing is resolved twice.
            ("a%20b%2e", Some("a%20b.")),
            ("%25%32e", Some("%252e")),
            ("%%32e", Some("%2e")),
            ("a%2", None),
            ("%+2", None),
            (r"\256", None),
            (r"\.", None),
            (r"\+46", None),
            ("", None),
        ] {
            let mut buffer = [0; MOST];
            assert_eq!(resolve(text.as_bytes(), &mut buffer), resolved.map(str::as_bytes), "{text}");
        }
    }

    #[test]
    fn the_end_of_a_long_text() {
        let text = [&[b'x'; 300][..], b"%2eexample"].concat();
        let mut buffer = [0; MOST];
        let resolved = resolve(&text, &mut buffer).map(<[u8]>::to_vec);
        let expected: Vec<u8> = [&[u8::MAX][..], &[b'x'; 247], b".example"].concat();
        assert_eq!(resolved, Some(expected));
    }
}
