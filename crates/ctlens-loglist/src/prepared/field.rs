use fiat_crypto::p256_64 as fiat;
use p256::NistP256;
use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::hazmat::FieldArithmetic;
use p256::elliptic_curve::ops::Invert;

/// An element of the field of P-256, in fiat-crypto's Montgomery domain and always reduced, so that equal elements have
/// equal limbs.
#[derive(Clone, Copy)]
pub(super) struct FieldElement(fiat::fiat_p256_montgomery_domain_field_element);

type Unary = fn(&mut fiat::fiat_p256_montgomery_domain_field_element, &fiat::fiat_p256_montgomery_domain_field_element);

impl FieldElement {
    const ZERO: Self = Self(fiat::fiat_p256_montgomery_domain_field_element([0; 4]));

    pub(super) const ONE: Self = {
        let mut one = Self::ZERO;
        fiat::fiat_p256_set_one(&mut one.0);
        one
    };

    /// Of 32 octets, big-endian, which must be below the field's order.
    pub(super) fn from_be_bytes(octets: &[u8; 32]) -> Self {
        let mut little = *octets;
        little.reverse();
        let mut plain = [0; 4];
        fiat::fiat_p256_from_bytes(&mut plain, &little);
        let mut element = Self::ZERO;
        fiat::fiat_p256_to_montgomery(&mut element.0, &fiat::fiat_p256_non_montgomery_domain_field_element(plain));
        element
    }

    #[inline]
    fn unary(self, operation: Unary) -> Self {
        let mut out = Self::ZERO;
        operation(&mut out.0, &self.0);
        out
    }

    #[inline]
    pub(super) fn times(&self, other: &Self) -> Self {
        let mut out = Self::ZERO;
        fiat::fiat_p256_mul(&mut out.0, &self.0, &other.0);
        out
    }

    #[inline]
    pub(super) fn minus(&self, other: &Self) -> Self {
        let mut out = Self::ZERO;
        fiat::fiat_p256_sub(&mut out.0, &self.0, &other.0);
        out
    }

    #[inline]
    pub(super) fn square(self) -> Self {
        self.unary(fiat::fiat_p256_square)
    }

    #[inline]
    pub(super) fn negated(self) -> Self {
        self.unary(fiat::fiat_p256_opp)
    }

    #[inline]
    pub(super) fn is_zero(&self) -> bool {
        self.0.0 == [0; 4]
    }

    #[inline]
    pub(super) fn equals(&self, other: &Self) -> bool {
        self.0.0 == other.0.0
    }

    fn to_be_bytes(self) -> [u8; 32] {
        let mut plain = fiat::fiat_p256_non_montgomery_domain_field_element([0; 4]);
        fiat::fiat_p256_from_montgomery(&mut plain, &self.0);
        let mut octets = [0; 32];
        fiat::fiat_p256_to_bytes(&mut octets, &plain.0);
        octets.reverse();
        octets
    }

    /// The inverse; `None` of zero. It is p256's, and the product is fiat-crypto's.
    pub(super) fn inverse(self) -> Option<Self> {
        type Theirs = <NistP256 as FieldArithmetic>::FieldElement;

        let theirs = Option::<Theirs>::from(Theirs::from_repr(self.to_be_bytes().into()))?;
        let inverse = Option::<Theirs>::from(Invert::invert_vartime(&theirs))?;
        let inverse = Self::from_be_bytes(&inverse.to_repr().into());
        inverse.times(&self).equals(&Self::ONE).then_some(inverse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    type Theirs = <NistP256 as FieldArithmetic>::FieldElement;

    fn both(octets: [u8; 32]) -> Option<(FieldElement, Theirs)> {
        let theirs = Option::<Theirs>::from(Theirs::from_repr(octets.into()))?;
        Some((FieldElement::from_be_bytes(&octets), theirs))
    }

    fn same(ours: FieldElement, theirs: Theirs) -> bool {
        let octets: [u8; 32] = theirs.to_repr().into();
        ours.equals(&FieldElement::from_be_bytes(&octets))
    }

    fn check(a: [u8; 32], b: [u8; 32]) -> Result<(), TestCaseError> {
        let (Some((a, their_a)), Some((b, their_b))) = (both(a), both(b)) else { return Ok(()) };
        prop_assert!(same(a.times(&b), their_a * their_b));
        prop_assert!(same(a.minus(&b), their_a - their_b));
        prop_assert!(same(a.square(), their_a.square()));
        prop_assert!(same(a.negated(), -their_a));
        prop_assert_eq!(a.is_zero(), bool::from(their_a.is_zero()));
        prop_assert_eq!(a.equals(&b), their_a == their_b);
        match (a.inverse(), Option::<Theirs>::from(their_a.invert())) {
            (Some(ours), Some(theirs)) => prop_assert!(same(ours, theirs)),
            (ours, theirs) => prop_assert!(ours.is_none() && theirs.is_none()),
        }
        let octets: [u8; 32] = their_a.to_repr().into();
        prop_assert_eq!(a.to_be_bytes(), octets);
        Ok(())
    }

    /// FIPS 186-4 §D.1.2.3: 2^256 - 2^224 + 2^192 + 2^96 - 1, less one, and its neighbours at limbs of 64 bits.
    #[test]
    fn at_the_edges() {
        let mut largest = [0xff; 32];
        largest[4..8].copy_from_slice(&[0, 0, 0, 1]);
        largest[8..20].fill(0);
        largest[31] = 0xfe;
        let mut edges = Vec::from([[0; 32], largest]);
        for at in 0..32 {
            let mut one = [0; 32];
            one[at] = 1;
            edges.push(one);
            let mut ones = [0; 32];
            ones[at..].fill(0xff);
            edges.push(ones);
        }
        assert!(both(largest).is_some());
        assert!(FieldElement::from_be_bytes(&largest).negated().equals(&FieldElement::ONE));
        for a in &edges {
            for b in &edges {
                check(*a, *b).unwrap();
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..Default::default() })]

        #[test]
        fn as_p256_computes(a: [u8; 32], b: [u8; 32]) {
            check(a, b)?;
        }
    }
}
