use core::ops::Neg;
use p256::Scalar;
use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::scalar::IsHigh;

/// A scalar k or n - k, whichever is below 2^255, in signed digits of w bits: k = Σ d_i 2^(w i) with
/// -2^(w-1) < d_i <= 2^(w-1).
pub(super) struct Digits {
    limbs: [u64; 4],
    /// Whether the digits are those of n - k.
    negated: bool,
    window: u32,
    at: u32,
    carry: u64,
}

/// A digit that is not zero: a multiple in a table, and its sign.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digit {
    pub(super) position: u32,
    /// At least 1, at most 2^(w-1).
    pub(super) magnitude: u32,
    pub(super) negative: bool,
}

impl Digits {
    /// `window` is w, 2 to 16.
    pub(super) fn new(scalar: &Scalar, window: u32) -> Self {
        let negated = bool::from(scalar.is_high());
        let octets: [u8; 32] = if negated { scalar.neg() } else { *scalar }.to_repr().into();
        let mut limbs = [0; 4];
        for (limb, eight) in limbs.iter_mut().rev().zip(octets.as_chunks::<8>().0) {
            *limb = u64::from_be_bytes(*eight);
        }
        Self { limbs, negated, window, at: 0, carry: 0 }
    }

    /// How many positions there are: w times this is at least 256, so that no carry leaves the last of them.
    pub(super) const fn positions(window: u32) -> u32 {
        256_u32.div_ceil(window)
    }

    /// The w bits of the scalar from bit `at`.
    #[inline]
    fn bits(&self, at: u32) -> u64 {
        let limb = |index: u32| self.limbs.get(index as usize).copied().unwrap_or(0);
        let (index, shift) = (at / 64, at % 64);
        let low = limb(index) >> shift;
        let high = limb(index.wrapping_add(1)).checked_shl(64_u32.wrapping_sub(shift)).unwrap_or(0);
        (low | high) & (1_u64 << self.window).wrapping_sub(1)
    }
}

impl Iterator for Digits {
    type Item = Digit;

    #[inline]
    fn next(&mut self) -> Option<Digit> {
        while self.at < Self::positions(self.window) {
            let position = self.at;
            self.at = position.wrapping_add(1);
            let value = self.bits(position.wrapping_mul(self.window)).wrapping_add(self.carry);
            let borrow = value > 1 << (self.window.wrapping_sub(1));
            self.carry = u64::from(borrow);
            let magnitude = if borrow { (1_u64 << self.window).wrapping_sub(value) } else { value };
            if magnitude != 0 {
                return Some(Digit {
                    position,
                    magnitude: u32::try_from(magnitude).ok()?,
                    negative: borrow != self.negated,
                });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::elliptic_curve::Field;
    use p256::elliptic_curve::ops::Reduce;
    use proptest::prelude::*;

    /// Horner's rule on the digits gives the scalar back.
    fn sum(scalar: &Scalar, window: u32) -> Scalar {
        let base = Scalar::from(1_u64 << window);
        let half = 1 << (window - 1);
        let mut last = None;
        Digits::new(scalar, window).fold(Scalar::ZERO, |sum, digit| {
            assert!((1..=half).contains(&digit.magnitude) && digit.position < Digits::positions(window));
            assert!(last.replace(digit.position).is_none_or(|last| last < digit.position));
            let weight = Field::pow_vartime(&base, [u64::from(digit.position)]);
            let term = weight * Scalar::from(u64::from(digit.magnitude));
            if digit.negative { sum - term } else { sum + term }
        })
    }

    #[test]
    fn at_the_edges() {
        for window in 2..=16 {
            let two = Scalar::from(2_u64);
            for shift in 0..256_u64 {
                let power = Field::pow_vartime(&two, [shift]);
                for scalar in [power, -power, power - Scalar::ONE, Scalar::ONE - power, power + Scalar::ONE] {
                    assert_eq!(sum(&scalar, window), scalar, "{window} {shift}");
                }
            }
            assert_eq!(Digits::new(&Scalar::ZERO, window).next(), None);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..Default::default() })]

        #[test]
        fn they_are_the_scalar(octets: [u8; 32], window in 2..=16_u32) {
            let scalar = Scalar::reduce(&p256::FieldBytes::from(octets));
            prop_assert_eq!(sum(&scalar, window), scalar);
        }
    }
}
