use super::field::FieldElement;
use super::table::Affine;
use alloc::vec::Vec;

/// A sum of points as (X, Y, ZZ, ZZZ): x = X / ZZ, y = Y / ZZZ, ZZ^3 = ZZZ^2.
struct Extended {
    x: FieldElement,
    y: FieldElement,
    zz: FieldElement,
    zzz: FieldElement,
}

impl Extended {
    fn of(point: &Affine) -> Self {
        Self { x: point.x, y: point.y, zz: FieldElement::ONE, zzz: FieldElement::ONE }
    }

    /// The sum of two points; `None` if they are the same or opposite, for which the formula does not hold.
    ///
    /// Explicit-Formulas Database, short Weierstrass curves, XYZZ coordinates, `mmadd-2008-s`
    /// (<https://hyperelliptic.org/EFD/g1p/auto-shortw-xyzz.html>).
    fn of_two(first: &Affine, second: &Affine) -> Option<Self> {
        let p = second.x.minus(&first.x);
        if p.is_zero() {
            return None;
        }
        let r = second.y.minus(&first.y);
        let pp = p.square();
        let ppp = p.times(&pp);
        let q = first.x.times(&pp);
        let x = r.square().minus(&ppp).minus(&q).minus(&q);
        let y = r.times(&q.minus(&x)).minus(&first.y.times(&ppp));
        Some(Self { x, y, zz: pp, zzz: ppp })
    }

    /// Adds a point; `None` if it is the sum or its opposite, for which the formula does not hold.
    #[inline]
    fn plus(&self, other: &Affine) -> Option<Self> {
        let Addition { r, pp, ppp, q, x } = self.half_plus(other)?;
        let y = r.times(&q.minus(&x)).minus(&self.y.times(&ppp));
        Some(Self { x, y, zz: self.zz.times(&pp), zzz: self.zzz.times(&ppp) })
    }

    /// Whether the sum with one more point has this x; `None` as from [`plus`](Self::plus).
    fn plus_has_x(&self, other: &Affine, x: &FieldElement) -> Option<bool> {
        let sum = self.half_plus(other)?;
        Some(sum.x.equals(&x.times(&self.zz.times(&sum.pp))))
    }

    /// `madd-2008-s`, from where [`of_two`](Self::of_two) is, as far as x.
    #[inline(always)]
    fn half_plus(&self, other: &Affine) -> Option<Addition> {
        let p = other.x.times(&self.zz).minus(&self.x);
        if p.is_zero() {
            return None;
        }
        let r = other.y.times(&self.zzz).minus(&self.y);
        let pp = p.square();
        let ppp = p.times(&pp);
        let q = self.x.times(&pp);
        let x = r.square().minus(&ppp).minus(&q).minus(&q);
        Some(Addition { r, pp, ppp, q, x })
    }
}

/// What an addition has found when it has found X: the names are those of the formula.
struct Addition {
    r: FieldElement,
    pp: FieldElement,
    ppp: FieldElement,
    q: FieldElement,
    x: FieldElement,
}

/// Whether the points, in the order given, add up to one with this x. `None` where they cannot be added by the formulas, and
/// where there are none.
pub(super) fn add_up_to<'a>(
    addends: impl IntoIterator<IntoIter = impl DoubleEndedIterator<Item = &'a Affine>>,
    x: &FieldElement,
) -> Option<bool> {
    let mut addends = addends.into_iter();
    let last = addends.next_back()?;
    let Some(first) = addends.next() else { return Some(last.x.equals(x)) };
    let start = match addends.next() {
        Some(second) => Extended::of_two(first, second)?,
        None => Extended::of(first),
    };
    addends.try_fold(start, |sum, point| sum.plus(point))?.plus_has_x(last, x)
}

/// Sums side by side, so that their inversions become one.
pub(super) struct Batch {
    pub(super) addends: Vec<Affine>,
    /// Where each sum's addends end.
    ends: Vec<usize>,
    /// Whether each sum can still be had.
    possible: Vec<bool>,
    differences: Vec<FieldElement>,
    products: Vec<FieldElement>,
}

/// An inversion costs about as much as 180 multiplications, and saves four for each of the additions that share it.
const WORTH_AN_INVERSION: usize = 45;

impl Batch {
    /// For so many sums of at most so many addends each.
    pub(super) fn with_capacity(sums: usize, addends: usize) -> Self {
        let all = sums.saturating_mul(addends);
        let pairs = all.div_ceil(2);
        Self {
            addends: Vec::with_capacity(all),
            ends: Vec::with_capacity(sums),
            possible: Vec::with_capacity(sums),
            differences: Vec::with_capacity(pairs),
            products: Vec::with_capacity(pairs),
        }
    }

    pub(super) fn clear(&mut self) {
        self.addends.clear();
        self.ends.clear();
    }

    /// Ends the sum of what was put into `addends` since the last one.
    pub(super) fn end_sum(&mut self) {
        self.ends.push(self.addends.len());
    }

    /// For each sum whether it has the x that stands at its place in `xs`, as [`add_up_to`] says it.
    ///
    /// In each round the addends of each sum are added in pairs, so that half are left: the first addend of a pair is
    /// replaced, and the pairs of the next round are twice as far apart.
    pub(super) fn add_up_to(&mut self, xs: &[FieldElement]) -> Vec<Option<bool>> {
        self.possible.clear();
        self.possible.resize(self.ends.len(), true);
        let mut apart = 1;
        while self.add_pairs(apart) {
            apart = apart.saturating_mul(2);
        }
        self.sums()
            .zip(xs)
            .zip(&self.possible)
            .map(|((sum, x), possible)| {
                let left = self.addends.get(sum)?.iter().step_by(apart);
                if *possible { add_up_to(left, x) } else { None }
            })
            .collect()
    }

    /// Where the addends of each sum are.
    fn sums(&self) -> impl DoubleEndedIterator<Item = core::ops::Range<usize>> + ExactSizeIterator + use<'_> {
        (0..self.ends.len()).map(|sum| {
            let start = sum.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
            start..self.ends.get(sum).copied().unwrap_or(0)
        })
    }

    /// One round; `false` if it has too few pairs and was left out.
    ///
    /// With λ = (y2 - y1) / (x2 - x1): x3 = λ² - x1 - x2, y3 = λ (x1 - x3) - y1 (RFC 6090 §3.1). The divisors of all
    /// pairs are inverted together: P. L. Montgomery, "Speeding the Pollard and elliptic curve methods of factorization",
    /// §10.3.1.
    fn add_pairs(&mut self, apart: usize) -> bool {
        let step = apart.saturating_mul(2);
        if self.sums().flat_map(|sum| self.pairs(sum, apart)).take(WORTH_AN_INVERSION).count() < WORTH_AN_INVERSION {
            return false;
        }
        let mut differences = core::mem::take(&mut self.differences);
        let mut products = core::mem::take(&mut self.products);
        let mut possible = core::mem::take(&mut self.possible);
        differences.clear();
        products.clear();
        let mut product = FieldElement::ONE;
        for (sum, possible) in self.sums().zip(&mut possible) {
            for (first, second) in self.pairs(sum, apart) {
                let mut difference = second.x.minus(&first.x);
                if difference.is_zero() {
                    // The same point, or its opposite: not a sum that this can have. The others must not suffer.
                    *possible = false;
                    difference = FieldElement::ONE;
                }
                differences.push(difference);
                products.push(product);
                product = product.times(&difference);
            }
        }
        let Some(mut inverse) = product.inverse() else {
            possible.fill(false);
            self.possible = possible;
            return false;
        };
        let mut shared = differences.iter().zip(&products).rev();
        let ranges: Vec<_> = self.sums().collect();
        for range in ranges.into_iter().rev() {
            let Some(addends) = self.addends.get_mut(range.clone()) else { continue };
            for pair in addends.chunks_mut(step).rev() {
                let Some((first, behind)) = pair.split_first_mut() else { continue };
                let Some(second) = behind.get(apart.saturating_sub(1)) else { continue };
                let Some((difference, product)) = shared.next() else { continue };
                let slope = second.y.minus(&first.y).times(&inverse.times(product));
                inverse = inverse.times(difference);
                let x = slope.square().minus(&first.x).minus(&second.x);
                let y = slope.times(&first.x.minus(&x)).minus(&first.y);
                *first = Affine { x, y };
            }
        }
        self.differences = differences;
        self.products = products;
        self.possible = possible;
        true
    }

    fn pairs(&self, sum: core::ops::Range<usize>, apart: usize) -> impl Iterator<Item = (&Affine, &Affine)> {
        let addends = self.addends.get(sum).unwrap_or_default();
        addends.chunks(apart.saturating_mul(2)).filter_map(move |pair| Some((pair.first()?, pair.get(apart)?)))
    }
}
