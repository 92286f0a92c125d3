use super::digits::{Digit, Digits};
use super::field::FieldElement;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::AddAssign;
use p256::Scalar;
use p256::elliptic_curve::BatchNormalize;
use p256::elliptic_curve::ops::Double;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::{AffinePoint, ProjectivePoint};

/// How many bits of a scalar one addition takes, and with it how large the table of a key is.
///
/// | bits | additions for a key | octets of its table |
/// |---|---|---|
/// | 4 | 64 | 32 KiB |
/// | 5 | 52 | 52 KiB |
/// | 6 | 43 | 86 KiB |
/// | 7 | 37 | 148 KiB |
/// | 8 | 32 | 256 KiB |
///
/// The generator has a table of four bits more, once for all keys: 256 to 2816 KiB, and 32 to 22 additions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window(u32);

impl Window {
    /// The largest tables and the quickest verification.
    pub const LARGEST: Self = Self(8);
    /// The smallest tables.
    pub const SMALLEST: Self = Self(4);

    /// A window of 4 to 8 bits; `None` for others.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Option<Self> {
        if bits >= Self::SMALLEST.0 && bits <= Self::LARGEST.0 { Some(Self(bits)) } else { None }
    }

    /// How many bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The size of a key's table, in octets.
    #[must_use]
    pub const fn octets_of_a_table(self) -> usize {
        self.additions().saturating_mul(self.largest_digit()).saturating_mul(size_of::<Affine>())
    }

    /// That of the generator.
    pub(super) const fn wider(self) -> Self {
        Self(self.0.saturating_add(4))
    }

    /// How many multiples add up to that by a scalar, at most.
    pub(super) const fn additions(self) -> usize {
        Digits::positions(self.0) as usize
    }

    const fn largest_digit(self) -> usize {
        1 << self.0.saturating_sub(1)
    }
}

/// The largest: 256 KiB for each key, and 2816 KiB for the generator.
impl Default for Window {
    fn default() -> Self {
        Self::LARGEST
    }
}

/// A point of the curve that is not the one at infinity, in one line of the cache.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Affine {
    pub(super) x: FieldElement,
    pub(super) y: FieldElement,
}

impl Affine {
    fn of(point: &AffinePoint) -> Option<Self> {
        let octets = point.to_sec1_point(false);
        let [4, coordinates @ ..] = octets.as_bytes() else { return None };
        let (x, y) = coordinates.split_first_chunk::<32>()?;
        Some(Self { x: FieldElement::from_be_bytes(x), y: FieldElement::from_be_bytes(y.try_into().ok()?) })
    }
}

/// The multiples j 2^(w i) P of a point P, for each position i of a scalar's digits and each magnitude j of a digit.
pub(super) struct Table {
    window: Window,
    multiples: Box<[Affine]>,
}

impl Table {
    pub(super) fn new(point: &AffinePoint, window: Window) -> Self {
        let mut multiples = Vec::new();
        let mut base = ProjectivePoint::from(*point);
        for _ in 0..Digits::positions(window.0) {
            let mut multiple = base;
            for _ in 1..window.largest_digit() {
                multiples.push(multiple);
                multiple.add_assign(base);
            }
            multiples.push(multiple);
            // 2 (2^(w-1) P) = 2^w P
            base = multiple.double();
        }
        let normal = <ProjectivePoint as BatchNormalize<[ProjectivePoint]>>::batch_normalize(&multiples);
        // The group's order is a prime above every multiple: none is the point at infinity.
        Self { window, multiples: normal.iter().filter_map(Affine::of).collect() }
    }

    /// Copies the multiples that add up to `scalar` times the point behind those in `addends`. The loads miss the caches and
    /// are the cost: which they are is known before the first, and their signs come last, so that nothing waits for one.
    #[inline]
    pub(super) fn gather(&self, scalar: &Scalar, addends: &mut Vec<Affine>) {
        let mut digits = [Digit::default(); MOST_DIGITS];
        let places = digits.iter_mut().zip(Digits::new(scalar, self.window.0));
        let count = places.map(|(place, digit)| *place = digit).count();
        let digits = digits.get(..count).unwrap_or_default();
        let multiple = |digit: &Digit| {
            let first = (digit.position as usize).wrapping_mul(self.window.largest_digit());
            self.multiples.get(first.wrapping_add(digit.magnitude as usize).wrapping_sub(1))
        };
        let start = addends.len();
        // Every digit has its multiple; without one the sum is wrong, and p256 says what is right.
        addends.extend(digits.iter().filter_map(|digit| multiple(digit).copied()));
        for (addend, digit) in addends.iter_mut().skip(start).zip(digits) {
            if digit.negative {
                addend.y = addend.y.negated();
            }
        }
    }
}

/// Of the smallest window.
const MOST_DIGITS: usize = Digits::positions(Window::SMALLEST.0) as usize;

#[cfg(test)]
mod tests {
    use super::*;
    use p256::elliptic_curve::Field;

    #[test]
    fn sizes() {
        for (bits, kib) in [(4, 32), (5, 52), (6, 86), (7, 148), (8, 256)] {
            let window = Window::from_bits(bits).unwrap();
            assert_eq!((window.bits(), window.octets_of_a_table()), (bits, kib * 1024));
        }
        assert_eq!((Window::from_bits(3), Window::from_bits(9)), (None, None));
        assert_eq!(Window::default().bits(), 8);
        assert_eq!(Window::default().wider().octets_of_a_table(), 2816 * 1024);
    }

    /// Each multiple, against p256's multiplication of the point.
    #[test]
    fn multiples() {
        let point = AffinePoint::from(ProjectivePoint::GENERATOR * Scalar::from(77_u64));
        for window in [Window::SMALLEST, Window(5)] {
            let table = Table::new(&point, window);
            assert_eq!(size_of_val(&*table.multiples), window.octets_of_a_table());
            for (index, multiple) in table.multiples.iter().enumerate() {
                let (position, digit) = (index / window.largest_digit(), index % window.largest_digit() + 1);
                let weight = Field::pow_vartime(&Scalar::from(1_u64 << window.0), [position as u64]);
                let expected = ProjectivePoint::from(point) * (weight * Scalar::from(digit as u64));
                let expected = Affine::of(&expected.to_affine()).unwrap();
                assert!(multiple.x.equals(&expected.x) && multiple.y.equals(&expected.y), "{index}");
            }
        }
    }
}
