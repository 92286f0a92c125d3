//! Many multiples of P-256's base point, cheaply: for the keys and nonces of a log of thousands of entries.

use std::sync::OnceLock;

use p256::elliptic_curve::BatchNormalize;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::{AffinePoint, FieldBytes, ProjectivePoint, Scalar};

use crate::rng::Rng;
use crate::tree::Hash;

/// Entries of a table, and how many bits of a hash choose one.
const ENTRIES: usize = 1 << BITS;
const BITS: usize = 10;

/// Tables of scalars k and points k·G. A sum of one entry from each is one of 2^40 pairs of that kind, for the price of
/// three additions instead of a multiplication. Keys of this crate are public anyway, and so may its nonces be.
pub(crate) struct Multiples {
    tables: [Vec<(Scalar, AffinePoint)>; 4],
}

impl Multiples {
    /// The tables, which depend on nothing.
    pub(crate) fn tables() -> &'static Self {
        static TABLES: OnceLock<Multiples> = OnceLock::new();
        TABLES.get_or_init(|| Self { tables: std::array::from_fn(table) })
    }

    /// The scalar and the point that a hash chooses.
    pub(crate) fn chosen_by(&self, hash: &Hash) -> (Scalar, AffinePoint) {
        let digits = u64::from_be_bytes(std::array::from_fn(|i| hash[i]));
        let mut sum = (Scalar::ZERO, ProjectivePoint::IDENTITY);
        for (place, table) in self.tables.iter().enumerate() {
            let digit = usize::try_from(digits >> (place * BITS)).expect("64 bits") % ENTRIES;
            sum = (sum.0 + table[digit].0, sum.1 + table[digit].1);
        }
        (sum.0, sum.1.to_affine())
    }
}

/// h, 2h, 3h, … and the points, for an h that only the place determines.
fn table(place: usize) -> Vec<(Scalar, AffinePoint)> {
    let step = reduce(&Rng::new(0, &format!("multiples {place}")).octets());
    let point = ProjectivePoint::GENERATOR * step;
    let multiples = std::iter::successors(Some((step, point)), |(k, p)| Some((k + &step, p + &point)));
    let (scalars, points): (Vec<Scalar>, Vec<ProjectivePoint>) = multiples.take(ENTRIES).unzip();
    let points: Vec<AffinePoint> = ProjectivePoint::batch_normalize(&points[..]);
    scalars.into_iter().zip(points).collect()
}

/// An integer modulo the group's order.
pub(crate) fn reduce(integer: &[u8; 32]) -> Scalar {
    Scalar::reduce(&FieldBytes::from(*integer))
}

/// A point's x-coordinate modulo the group's order: an ECDSA signature's r.
pub(crate) fn r_of(point: &AffinePoint) -> Scalar {
    Scalar::reduce(&point.x())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::sha256;

    #[test]
    fn the_point_is_the_scalars_multiple_of_the_generator() {
        for number in 0..20u8 {
            let (scalar, point) = Multiples::tables().chosen_by(&sha256(&[number]));
            assert_eq!(point, (ProjectivePoint::GENERATOR * scalar).to_affine());
        }
    }
}
