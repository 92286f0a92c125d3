//! Signatures under prepared keys, made to lead to any sum of multiples, against p256.

use crate::input::Input;
use ctlens_loglist::{LogKey, PreparedKeys, SignedDigest, Window};
use ctlens_testkit::{Key, der};
use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::{AffinePoint, FieldBytes, ProjectivePoint, Scalar};
use std::sync::LazyLock;

/// Keys whose private scalars are small, near the order, or ordinary; all but the last are prepared.
struct Keys {
    keys: Vec<(Scalar, LogKey)>,
    prepared: PreparedKeys,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let ordinary = Scalar::reduce(&FieldBytes::from([0xa7; 32]));
    let scalars =
        [Scalar::ONE, -Scalar::ONE, Scalar::from(2_u64), Scalar::from(1_u64 << 63), ordinary, ordinary + ordinary];
    let keys: Vec<(Scalar, LogKey)> = scalars
        .into_iter()
        .map(|scalar| {
            let key = Key::from_scalar(&scalar.to_repr().into()).expect("neither 0 nor the order");
            (scalar, LogKey::from_spki_der(key.spki_der()).expect("a P-256 key"))
        })
        .collect();
    let prepared = PreparedKeys::new(keys[..keys.len() - 1].iter().map(|(_, key)| key), Window::SMALLEST);
    Keys { keys, prepared }
});

/// Some signatures, true ones and altered ones, one by one and all at once: each verdict is that of the key alone.
pub fn prepared_keys(data: &[u8]) {
    let mut input = Input::new(data);
    let mut signed: Vec<(&LogKey, [u8; 32], Vec<u8>)> = Vec::new();
    while !input.is_empty() && signed.len() < 4 {
        let (d, key) = &KEYS.keys[input.below(KEYS.keys.len())];
        let (u1, u2) = (scalar(&mut input, d), scalar(&mut input, d));
        let Some(case) = Case::leading_to(&u1, &u2, d) else { continue };
        let verdict = key.verify_digest(&case.digest(), &case.signature());
        assert_eq!(verdict.is_ok(), case.is_true, "{verdict:?}");
        let altered = case.altered(&mut input);
        signed.push((
            key,
            altered.digest(),
            if input.octet() == 1 { input.short().to_vec() } else { altered.signature() },
        ));
    }
    let batch: Vec<SignedDigest<'_>> =
        signed.iter().map(|(key, sha256, signature)| SignedDigest { key, sha256: *sha256, signature }).collect();
    let verdicts = KEYS.prepared.verify_batch(&batch);
    assert_eq!(verdicts.len(), batch.len());
    for (signed, verdict) in batch.iter().zip(verdicts) {
        let alone = signed.key.verify_digest(&signed.sha256, signed.signature);
        assert_eq!(verdict, alone);
        assert_eq!(KEYS.prepared.verify_digest(signed.key, &signed.sha256, signed.signature), alone);
    }
}

#[derive(Clone, Copy)]
struct Case {
    r: Scalar,
    s: Scalar,
    z: Scalar,
    is_true: bool,
}

impl Case {
    /// What leads a verifier to u1 G + u2 Q: s = r / u2, z = u1 s. A sum without x is no signature, whatever r is.
    fn leading_to(u1: &Scalar, u2: &Scalar, d: &Scalar) -> Option<Self> {
        let sum = (ProjectivePoint::GENERATOR * (*u1 + *u2 * d)).to_affine();
        let is_true = sum != AffinePoint::IDENTITY;
        let r = if is_true { Scalar::reduce(&sum.x()) } else { *u1 + Scalar::ONE };
        let s = r * Option::<Scalar>::from(u2.invert_vartime())?;
        let is_signature = r != Scalar::ZERO && s != Scalar::ZERO;
        is_signature.then_some(Self { r, s, z: *u1 * s, is_true })
    }

    /// With one number moved by some amount, which may be nothing.
    fn altered(mut self, input: &mut Input<'_>) -> Self {
        let place = match input.octet() % 4 {
            0 => &mut self.r,
            1 => &mut self.s,
            2 => &mut self.z,
            _ => return self,
        };
        *place += Scalar::from(input.number());
        self
    }

    fn digest(&self) -> [u8; 32] {
        self.z.to_repr().into()
    }

    fn signature(&self) -> Vec<u8> {
        der::sequence(&[der::unsigned_integer(&self.r.to_repr()), der::unsigned_integer(&self.s.to_repr())])
    }
}

/// A scalar with a shape: small, near the order, few bits, related to the key, or ordinary.
fn scalar(input: &mut Input<'_>, d: &Scalar) -> Scalar {
    match input.octet() % 6 {
        0 => Scalar::from(input.number()),
        1 => -Scalar::from(input.number()),
        2 => {
            let mut octets = [0; 32];
            octets[input.below(32)] = input.octet();
            octets[input.below(32)] = input.octet();
            Scalar::reduce(&FieldBytes::from(octets))
        }
        3 => *d + Scalar::from(input.number()),
        4 => -*d + Scalar::from(input.number()),
        _ => Scalar::reduce(&FieldBytes::from(input.array::<32>())),
    }
}
