//! What an octet can mean in a value that should be a name.

/// A lower-case letter, digit, hyphen or underscore.
pub(crate) const PLAIN: u8 = 1;
/// An upper-case letter.
pub(crate) const UPPER: u8 = 1 << 1;
/// The dot.
pub(crate) const DOT: u8 = 1 << 2;
/// The asterisk.
pub(crate) const STAR: u8 = 1 << 3;
/// The octet that ends a string in C.
pub(crate) const NUL: u8 = 1 << 4;
/// White space, comma and semicolon: where several names stand in one value.
pub(crate) const SEPARATOR: u8 = 1 << 5;
/// What surrounds the host in a URL or an e-mail address.
pub(crate) const URL: u8 = 1 << 6;
/// Everything else.
pub(crate) const OTHER: u8 = 1 << 7;

const CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [OTHER; 256];
    let mut octet = 0_usize;
    while octet < 256 {
        #[expect(
            clippy::indexing_slicing,
            clippy::cast_possible_truncation,
            reason = "octet < 256, evaluated once at compile time"
        )]
        {
            classes[octet] = match octet as u8 {
                b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => PLAIN,
                b'A'..=b'Z' => UPPER,
                b'.' => DOT,
                b'*' => STAR,
                0 => NUL,
                b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c | b',' | b';' => SEPARATOR,
                b'/' | b'\\' | b'?' | b'#' | b'@' | b':' | b'[' | b']' | b'%' => URL,
                _ => OTHER,
            };
        }
        octet = octet.wrapping_add(1);
    }
    classes
}

/// The class of an octet.
#[inline]
pub(crate) fn class(octet: u8) -> u8 {
    #[expect(clippy::indexing_slicing, reason = "256 classes, an octet")]
    CLASSES[usize::from(octet)]
}

/// The classes of all octets together.
#[inline]
pub(crate) fn classes_of(octets: &[u8]) -> u8 {
    octets.iter().fold(0, |classes, &octet| classes | class(octet))
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// Eight octets, the first in the lowest bits.
#[inline]
pub(crate) fn word(octets: &[u8], at: usize) -> Option<u64> {
    octets.get(at..)?.first_chunk().copied().map(u64::from_le_bytes)
}

/// Not zero where one of the eight octets is no lower-case letter, digit, hyphen or dot.
#[inline]
pub(crate) fn odd_octets(word: u64) -> u64 {
    let ascii = word & !HIGH;
    let letters = at_least(ascii, b'a') & !at_least(ascii, b'z' + 1);
    // 2d '-' 2e '.' 2f '/' 30 '0' … 39 '9'
    let rest = at_least(ascii, b'-') & !at_least(ascii, b'9' + 1) & !equal(ascii, b'/');
    (word | !(letters | rest)) & HIGH
}

/// One bit for each of the eight octets, the first in the lowest bit: whether it is a dot.
#[inline]
pub(crate) fn dots(word: u64) -> u64 {
    let dots = equal(word & !HIGH, b'.') & !word;
    // The eight marks, 8 bits apart, to the top octet: the products of marks and factors stand in different bits.
    (dots >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// The top bit of each octet, which must be below 80: whether it is at least `least`, which is at most 80.
#[inline]
fn at_least(ascii: u64, least: u8) -> u64 {
    ascii.wrapping_add(u64::from(0x80_u8.wrapping_sub(least)).wrapping_mul(ONES)) & HIGH
}

/// The top bit of each octet, which must be below 80: whether it is `octet`.
#[inline]
fn equal(ascii: u64, octet: u8) -> u64 {
    !(ascii ^ u64::from(octet).wrapping_mul(ONES)).wrapping_add(HIGH.wrapping_sub(ONES)) & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_see_what_octets_are() {
        for octet in 0..=u8::MAX {
            for at in 0..8 {
                let mut octets = *b"a.b-9z0-";
                octets[at] = octet;
                let word = word(&octets, 0).unwrap();
                let plain = matches!(octet, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
                assert_eq!(odd_octets(word) == 0, plain, "{octet:#x} at {at}");
                let marks = octets.iter().rev().fold(0, |marks, &octet| marks << 1 | u64::from(octet == b'.'));
                assert_eq!(dots(word), marks, "{octet:#x} at {at}");
            }
        }
    }

    #[test]
    fn a_word_ends_in_the_slice() {
        assert_eq!(word(b"abcdefgh", 0), Some(u64::from_le_bytes(*b"abcdefgh")));
        assert_eq!(word(b"abcdefgh", 1), None);
        assert_eq!(word(b"", 9), None);
    }
}
