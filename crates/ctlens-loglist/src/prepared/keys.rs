use super::field::FieldElement;
use super::sum::{Batch, add_up_to};
use super::table::{Table, Window};
use crate::id::LogId;
use crate::key::LogKey;
use crate::spki::Material;
use crate::verify::VerifyError;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Mul;
use p256::ecdsa::Signature;
use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::ops::Reduce;
use p256::{AffinePoint, FieldBytes, Scalar};

/// Keys of logs with tables of their multiples, under which a signature costs a few microseconds instead of a few dozen.
///
/// Log keys are few, and what they have signed is much: the tables of a key are worth their making (for the
/// [default window](Window) 7 ms for each key, and 85 ms for the generator, once) from some fifty signatures on. Other keys
/// than P-256 have none, and neither have keys that were not prepared: their signatures are verified plainly, by the same
/// calls.
///
/// Verification takes variable time, in the key, the message and the signature: all three are public. What the tables do not
/// show to be good is verified once more without them before it is called bad, so that a bad signature costs more time than a
/// good one, and an error in this arithmetic cannot make a good one bad.
pub struct PreparedKeys {
    generator: Table,
    keys: BTreeMap<LogId, Table>,
    window: Window,
}

/// A signature of a log, the SHA-256 of what it is over, and the log's key.
#[derive(Debug, Clone, Copy)]
pub struct SignedDigest<'a> {
    /// Who signed.
    pub key: &'a LogKey,
    /// Over what, hashed.
    pub sha256: [u8; 32],
    /// As for [`LogKey::verify`].
    pub signature: &'a [u8],
}

/// So many sums at a time have their addends in the cache of the second level.
const SUMS_AT_ONCE: usize = 64;

impl PreparedKeys {
    /// Prepares these keys: those on P-256, each once.
    #[must_use]
    pub fn new<'a>(keys: impl IntoIterator<Item = &'a LogKey>, window: Window) -> Self {
        let mut prepared =
            Self { generator: Table::new(&AffinePoint::GENERATOR, window.wider()), keys: BTreeMap::new(), window };
        keys.into_iter().for_each(|key| prepared.prepare(key));
        prepared
    }

    /// Prepares one more key.
    pub fn prepare(&mut self, key: &LogKey) {
        if let Material::P256(point) = &key.material {
            self.keys.entry(key.log_id()).or_insert_with(|| Table::new(point.as_affine(), self.window));
        }
    }

    /// Whether there is a table for the log with this id.
    #[must_use]
    pub fn contains(&self, id: &LogId) -> bool {
        self.keys.contains_key(id)
    }

    /// The size of all tables, in octets.
    #[must_use]
    pub fn octets(&self) -> usize {
        let keys = self.keys.len().saturating_mul(self.window.octets_of_a_table());
        self.window.wider().octets_of_a_table().saturating_add(keys)
    }

    /// The same as [`LogKey::verify_digest`], and faster for a key that is prepared.
    ///
    /// # Errors
    /// As [`LogKey::verify_digest`].
    pub fn verify_digest(&self, key: &LogKey, sha256: &[u8; 32], signature: &[u8]) -> Result<(), VerifyError> {
        let signed = SignedDigest { key, sha256: *sha256, signature };
        let Some(parts) = self.parts(&signed) else { return key.verify_digest(sha256, signature) };
        match self.quick(&parts?) {
            Some(true) => Ok(()),
            _ => key.verify_digest(sha256, signature),
        }
    }

    /// Verifies many signatures with shared inversions; the results stand in the order of the signatures. Any number is
    /// allowed, under any mixture of keys; from some thirty on nothing more is won.
    #[must_use]
    pub fn verify_batch(&self, signed: &[SignedDigest<'_>]) -> Vec<Result<(), VerifyError>> {
        let parts: Vec<_> = signed.iter().map(|signed| self.parts(signed)).collect();
        let pending: Vec<_> = parts.iter().filter_map(|parts| parts.as_ref()?.as_ref().ok()).collect();
        let mut accepted = self.quick_batch(&pending).into_iter();
        parts
            .iter()
            .zip(signed)
            .map(|(parts, signed)| match parts {
                Some(Err(error)) => Err(*error),
                Some(Ok(_)) if accepted.next() == Some(Some(true)) => Ok(()),
                _ => signed.key.verify_digest(&signed.sha256, signed.signature),
            })
            .collect()
    }

    /// `Some(true)` for a good signature. Everything else is for p256 to decide.
    pub(super) fn quick(&self, parts: &Parts<'_>) -> Option<bool> {
        let inverse = Option::<Scalar>::from(parts.s.invert_vartime())?;
        let mut addends = Vec::with_capacity(self.addends());
        parts.gather(&self.generator, &inverse, &mut addends);
        add_up_to(&addends, &parts.x())
    }

    /// The same for each of many.
    pub(super) fn quick_batch(&self, parts: &[&Parts<'_>]) -> Vec<Option<bool>> {
        let inverses = inverses(parts);
        let mut batch = Batch::with_capacity(parts.len().min(SUMS_AT_ONCE), self.addends());
        let mut accepted = Vec::with_capacity(parts.len());
        for (parts, inverses) in parts.chunks(SUMS_AT_ONCE).zip(inverses.chunks(SUMS_AT_ONCE)) {
            batch.clear();
            for (parts, inverse) in parts.iter().zip(inverses) {
                parts.gather(&self.generator, inverse, &mut batch.addends);
                batch.end_sum();
            }
            let xs: Vec<_> = parts.iter().map(|parts| parts.x()).collect();
            accepted.extend(batch.add_up_to(&xs));
        }
        accepted
    }

    /// How many points add up to that of a signature, at most.
    fn addends(&self) -> usize {
        self.window.additions().saturating_add(self.window.wider().additions())
    }

    /// `None` without a table for the key.
    pub(super) fn parts(&self, signed: &SignedDigest<'_>) -> Option<Result<Parts<'_>, VerifyError>> {
        let key = self.keys.get(&signed.key.log_id())?;
        let Ok(signature) = Signature::from_der(signed.signature) else {
            return Some(Err(VerifyError::SignatureEncoding));
        };
        let (r, s) = signature.split_scalars();
        let z = <Scalar as Reduce<FieldBytes>>::reduce(&signed.sha256.into());
        Some(Ok(Parts { key, r: *r, s: *s, z }))
    }
}

/// What a signature says about a point: (z / s) G + (r / s) Q has an x that is r modulo n (FIPS 186-5 §6.4.2).
pub(super) struct Parts<'a> {
    key: &'a Table,
    r: Scalar,
    s: Scalar,
    z: Scalar,
}

/// The inverses of all s, by one inversion (P. L. Montgomery, as in [`Batch`]). No s is 0 in a signature that was decoded; if
/// one were, p256 would say what is right.
fn inverses(parts: &[&Parts<'_>]) -> Vec<Scalar> {
    // Each in its place: the product of those before it.
    let mut inverses = Vec::with_capacity(parts.len());
    let product = parts.iter().fold(Scalar::ONE, |product, parts| {
        inverses.push(product);
        product.mul(&parts.s)
    });
    let mut inverse = Option::<Scalar>::from(product.invert_vartime()).unwrap_or(Scalar::ZERO);
    for (place, parts) in inverses.iter_mut().zip(parts).rev() {
        *place = inverse.mul(&*place);
        inverse = inverse.mul(&parts.s);
    }
    inverses
}

impl Parts<'_> {
    fn gather(&self, generator: &Table, inverse_of_s: &Scalar, addends: &mut Vec<super::table::Affine>) {
        generator.gather(&self.z.mul(inverse_of_s), addends);
        self.key.gather(&self.r.mul(inverse_of_s), addends);
    }

    /// r as an x. An x beyond n, which is r + n, comes up once in 2^128 honest signatures; it is not looked for here.
    fn x(&self) -> FieldElement {
        FieldElement::from_be_bytes(&self.r.to_repr().into())
    }
}

impl fmt::Debug for PreparedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedKeys")
            .field("keys", &self.keys.keys())
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}
