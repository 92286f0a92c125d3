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

/// A name of at least eight octets at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Whether every octet is a lower-case letter, digit, hyphen or dot. If not, the dots mean nothing.
    pub(crate) is_plain: bool,
    /// Where dots are among the last 64 octets; bit 63 is the last octet.
    pub(crate) dots: u64,
    /// The last eight octets, the last in the highest bits.
    pub(crate) last: u64,
}

/// Looks at eight octets at once, at places that depend on the length alone: no branch hangs on what is in the name.
#[inline]
pub(crate) fn shape(name: &[u8]) -> Option<Shape> {
    let last = u64::from_le_bytes(*name.last_chunk()?);
    // Words may overlap at the start of the name.
    let start = |from_end: usize| name.len().saturating_sub(from_end);
    let marks = |word, from_end: usize| dots(word).wrapping_shl(64_u32.wrapping_sub(bits(from_end.min(name.len()))));
    let word = |from_end: usize| word(name, start(from_end)).unwrap_or(u64::MAX);
    let (second, third, fourth) = (word(16), word(24), word(32));
    let mut oddities = oddities(last) | oddities(second) | oddities(third) | oddities(fourth);
    let mut dots = marks(last, 8) | marks(second, 16) | marks(third, 24) | marks(fourth, 32);
    if name.len() > 32 {
        (oddities, dots) = look_at_start(name, oddities, dots);
    }
    Some(Shape { is_plain: oddities & HIGH == 0, dots, last })
}

/// What stands before the last 32 octets.
#[inline(never)]
fn look_at_start(name: &[u8], mut odd: u64, mut marks: u64) -> (u64, u64) {
    let mut end = name.len().saturating_sub(32);
    while end > 0 {
        let start = end.saturating_sub(8);
        let word = word(name, start).unwrap_or(u64::MAX);
        odd |= oddities(word);
        let from_end = name.len().saturating_sub(start);
        if from_end <= 64 {
            marks |= dots(word).wrapping_shl(64_u32.wrapping_sub(bits(from_end)));
        }
        end = start;
    }
    (odd, marks)
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "at most 64")]
fn bits(octets: usize) -> u32 {
    octets as u32
}

/// A label of at most sixteen octets, which ends at `end` in a text: its last eight octets, the last in the highest bits;
/// and those before them. Zeros in front of the label.
#[inline]
pub(crate) fn label_words(text: &[u8], end: usize, length: usize) -> Option<[u64; 2]> {
    if length > 16 {
        return None;
    }
    let middle = end.saturating_sub(8);
    Some([last_octets(text, end, length.min(8)), last_octets(text, middle, length.saturating_sub(8))])
}

/// Up to eight octets in front of `end`.
#[inline]
fn last_octets(text: &[u8], end: usize, length: usize) -> u64 {
    let start = end.saturating_sub(8);
    let missing = 8_usize.saturating_sub(end.saturating_sub(start));
    let word = word_or_start(text, start).checked_shl(bits(missing).wrapping_mul(8)).unwrap_or(0);
    let mask = u64::MAX.checked_shl(64_u32.saturating_sub(bits(length).wrapping_mul(8))).unwrap_or(0);
    word & mask
}

/// Eight octets, or what there is of them.
#[inline]
fn word_or_start(text: &[u8], start: usize) -> u64 {
    word(text, start).unwrap_or_else(|| {
        let rest = text.get(start..).unwrap_or_default();
        rest.iter().rev().fold(0, |word, &octet| word << 8 | u64::from(octet))
    })
}

/// Eight octets, the first in the lowest bits.
#[inline]
fn word(octets: &[u8], at: usize) -> Option<u64> {
    octets.get(at..)?.first_chunk().copied().map(u64::from_le_bytes)
}

/// The highest bit of some octet set where one of the eight is no lower-case letter, digit, hyphen or dot.
#[inline]
fn oddities(word: u64) -> u64 {
    // Sums overflow into the next octet only behind an octet from 80 on, and then the word is odd anyhow.
    let letters = at_least(word, b'a') & !at_least(word, b'z' + 1);
    // 2d '-' 2e '.' 2f '/' 30 '0' … 39 '9'
    let others = at_least(word, b'-') & !at_least(word, b'9' + 1) & differs(word, b'/');
    word | !(letters | others)
}

/// One bit for each of the eight octets, the first in the lowest bit: whether it is a dot, if no octet is odd.
#[inline]
fn dots(word: u64) -> u64 {
    // The eight marks, 8 bits apart, to the top octet: the products of marks and factors stand in different bits.
    (!differs(word, b'.') & HIGH).wrapping_mul(0x0002_0408_1020_4081) >> 56
}

/// The highest bit of each octet: whether it is at least `least`, if it is below 80.
#[inline]
fn at_least(word: u64, least: u8) -> u64 {
    word.wrapping_add(u64::from(0x80_u8.wrapping_sub(least)).wrapping_mul(ONES))
}

/// The highest bit of each octet: whether it is not `octet`, if it is below 80.
#[inline]
fn differs(word: u64, octet: u8) -> u64 {
    (word ^ u64::from(octet).wrapping_mul(ONES)).wrapping_add(HIGH.wrapping_sub(ONES))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn naive(name: &[u8]) -> Option<Shape> {
        let last = name.iter().rev().take(8).fold(0, |word, &octet| word << 8 | u64::from(octet));
        let dots = name
            .iter()
            .rev()
            .take(64)
            .enumerate()
            .fold(0, |dots, (at, &octet)| dots | u64::from(octet == b'.') << (63 - at));
        let is_plain = name.iter().all(|octet| matches!(octet, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'));
        (name.len() >= 8).then_some(Shape { is_plain, dots: if is_plain { dots } else { 0 }, last })
    }

    fn checked(name: &[u8]) -> Option<Shape> {
        shape(name).map(|shape| Shape { dots: if shape.is_plain { shape.dots } else { 0 }, ..shape })
    }

    #[test]
    fn every_octet_at_every_place() {
        for length in 7..=100 {
            let name: Vec<u8> = b"a.-z0b9.y".iter().copied().cycle().take(length).collect();
            assert_eq!(checked(&name), naive(&name));
            for at in [0, 1, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, length - 1] {
                for octet in 0..=u8::MAX {
                    let mut name = name.clone();
                    if let Some(place) = name.get_mut(at) {
                        *place = octet;
                    }
                    assert_eq!(checked(&name), naive(&name), "{octet:#x} at {at} of {length}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn shapes_are_what_is_there(name in "[a-z.\\-09]{0,140}") {
            prop_assert_eq!(checked(name.as_bytes()), naive(name.as_bytes()));
        }

        #[test]
        fn labels_are_words(text in "[a-z]{0,40}", end in 0_usize..=40, length in 0_usize..=20) {
            let (end, text) = (end.min(text.len()), text.as_bytes());
            let length = length.min(end);
            let mut octets = [0; 16];
            let words = (length <= 16).then(|| {
                octets[16 - length..].copy_from_slice(&text[end - length..end]);
                let (before, last) = octets.split_at(8);
                [last, before].map(|half| u64::from_le_bytes(half.try_into().unwrap()))
            });
            prop_assert_eq!(label_words(text, end, length), words);
        }
    }
}
