//! One signature link, against what an independent verifier said of the same pairs.

use ctlens_testkit::{Ca, CertificateBuilder, Corpus, Key, Name, Tally, der, read_certificate};
use ctlens_x509::{Certificate, SignatureError};
use proptest::prelude::*;
use serde_json::Value;
use std::path::Path;

#[test]
fn testkit_chain() {
    let root = Ca::root(Key::new(5, "root"), &Name::new().common_name("Root"), 0, 4_000_000_000);
    let intermediate = root.intermediate(Key::new(5, "ca"), &Name::new().common_name("CA"), 0, 4_000_000_000);
    let leaf = CertificateBuilder::leaf(Key::new(5, "leaf").spki_der()).dns("one.example").certificate(&intermediate);

    let [root, intermediate, certificate] =
        [root.certificate(), intermediate.certificate(), &leaf].map(|der| Certificate::from_der(der).unwrap());
    assert_eq!(certificate.verify_signature(&intermediate.tbs().spki()), Ok(()));
    assert_eq!(intermediate.verify_signature(&root.tbs().spki()), Ok(()));
    assert_eq!(root.verify_signature(&root.tbs().spki()), Ok(()));
    // The right name does not help the wrong key.
    assert_eq!(certificate.verify_signature(&root.tbs().spki()), Err(SignatureError::Mismatch));
    assert_eq!(intermediate.tbs().subject().as_bytes(), certificate.tbs().issuer().as_bytes());

    // Every bit of the TBS certificate counts.
    let start = certificate.tbs_offset();
    let end = start + certificate.tbs().as_bytes().len();
    for at in (start..end).step_by(7) {
        let mut changed = leaf.clone();
        changed[at] ^= 1;
        let verified =
            Certificate::from_der(&changed).map(|changed| changed.verify_signature(&intermediate.tbs().spki()));
        assert_ne!(verified, Ok(Ok(())), "octet {at}");
    }
}

/// A certificate that OpenSSL 3.0.19 signed with its own key: `openssl req -x509 -new -key KEY -HASH`, with `-sigopt
/// rsa_padding_mode:pss` and `-sigopt rsa_pss_saltlen:N` or `rsa_mgf1_md:HASH` where the name says so.
fn vector(name: &str) -> Vec<u8> {
    read_certificate(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/signatures").join(name).with_extension("pem"))
}

const SUPPORTED: [&str; 16] = [
    "rsa-pkcs1-sha256",
    "rsa-pkcs1-sha384",
    "rsa-pkcs1-sha512",
    "rsa-pss-sha256",
    "rsa-pss-sha384",
    "rsa-pss-sha512",
    "rsa-pss-sha256-salt-0",
    "rsa-pss-sha256-salt-20",
    "rsa-pss-sha256-salt-max",
    "pss-key-sha256",
    "p256-sha256",
    "p256-sha384",
    "p256-sha512",
    "p384-sha256",
    "p384-sha384",
    "p384-sha512",
];

#[test]
fn every_algorithm() {
    let all = SUPPORTED.map(vector);
    let certificates = all.each_ref().map(|der| Certificate::from_der(der).unwrap());
    for (name, certificate) in SUPPORTED.iter().zip(&certificates) {
        assert_eq!(certificate.verify_signature(&certificate.tbs().spki()), Ok(()), "{name}");
        // Another key of the kind, or of another kind, has not signed.
        for (other, key) in SUPPORTED.iter().zip(certificates.map(|certificate| certificate.tbs().spki())) {
            if key.as_bytes() != certificate.tbs().spki().as_bytes() {
                let refused = certificate.verify_signature(&key).unwrap_err();
                let is_rsa = |name: &str| name.starts_with("rsa") || name.starts_with("pss");
                let of_a_kind =
                    is_rsa(name) == is_rsa(other) && (*other != "pss-key-sha256" || !name.starts_with("rsa-pkcs1"));
                let expected = match refused {
                    // Numbers of P-384 are none of P-256.
                    SignatureError::Malformed => of_a_kind && name.starts_with("p384"),
                    SignatureError::Mismatch => of_a_kind,
                    SignatureError::KeyMismatch => !of_a_kind,
                    _ => false,
                };
                assert!(expected, "{name} under the key of {other}: {refused}");
            }
        }
    }
    let restricted = vector("pss-key-restricted-sha384");
    let restricted = Certificate::from_der(&restricted).unwrap();
    assert_eq!(restricted.verify_signature(&restricted.tbs().spki()), Ok(()), "its key allows SHA-384 and 40 octets");
}

#[test]
fn what_is_not_supported_is_not_wrong() {
    for (name, expected) in [
        ("rsa-pkcs1-sha1", SignatureError::UnsupportedAlgorithm),
        ("rsa-pss-sha1", SignatureError::UnsupportedAlgorithm),
        ("rsa-pss-sha256-mgf1-sha512", SignatureError::UnsupportedAlgorithm),
        ("p256-sha1", SignatureError::UnsupportedAlgorithm),
        ("ed25519", SignatureError::UnsupportedAlgorithm),
        ("p521-sha512", SignatureError::UnsupportedKey),
        ("p256-explicit-sha256", SignatureError::UnsupportedKey),
    ] {
        let der = vector(name);
        let certificate = Certificate::from_der(&der).unwrap();
        assert_eq!(certificate.verify_signature(&certificate.tbs().spki()), Err(expected), "{name}");
    }
}

/// RFC 4055 §1.2 and §3.3: what is said of a key binds its signatures.
#[test]
fn keys_for_pss_alone() {
    let pss = |parameters: &[Vec<u8>]| {
        let oid = der::oid("1.2.840.113549.1.1.10");
        der::sequence(&[&[oid][..], parameters].concat())
    };
    let hash = |oid: &str| der::sequence(&[der::oid(oid), der::null()]);
    let parameters = |oid: &str, salt: u8| {
        let mask = der::sequence(&[der::oid("1.2.840.113549.1.1.8"), hash(oid)]);
        der::sequence(&[
            der::explicit(0, &[hash(oid)]),
            der::explicit(1, &[mask]),
            der::explicit(2, &[der::integer(&[salt])]),
        ])
    };
    let [sha256, sha384] = ["2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.2"];
    let (salt_32, pkcs1) = (vector("rsa-pss-sha256"), vector("rsa-pkcs1-sha256"));
    let max_salt = vector("rsa-pss-sha256-salt-max");
    for (what, der, algorithm, expected) in [
        ("no parameters", &max_salt, pss(&[]), Ok(())),
        ("the same hash", &max_salt, pss(&[parameters(sha256, 32)]), Ok(())),
        (
            "a longer salt",
            &vector("rsa-pss-sha256-salt-20"),
            pss(&[parameters(sha256, 21)]),
            Err(SignatureError::KeyMismatch),
        ),
        ("another hash", &salt_32, pss(&[parameters(sha384, 32)]), Err(SignatureError::KeyMismatch)),
        ("PKCS #1", &pkcs1, pss(&[]), Err(SignatureError::KeyMismatch)),
        (
            "the defaults, which are of SHA-1",
            &salt_32,
            pss(&[der::sequence::<&[u8]>(&[])]),
            Err(SignatureError::UnsupportedKey),
        ),
    ] {
        let certificate = Certificate::from_der(der).unwrap();
        let bits = certificate.tbs().spki().key_bits().unwrap();
        let spki = der::sequence(&[algorithm, der::tlv(0x03, bits)]);
        let issuer = CertificateBuilder::bare(&spki).certificate(&test_ca());
        let issuer = Certificate::from_der(&issuer).unwrap();
        assert_eq!(certificate.verify_signature(&issuer.tbs().spki()), expected, "{what}");
    }
}

fn test_ca() -> Ca {
    Ca::root(Key::new(5, "root"), &Name::new().common_name("Root"), 0, 4_000_000_000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every bit counts: of what was signed, of the signature and of the key.
    #[test]
    fn any_changed_bit(name in prop::sample::select(&SUPPORTED[..]), at in any::<prop::sample::Index>(), bit in 0..8) {
        let good = vector(name);
        let mut bad = good.clone();
        let at = at.index(bad.len());
        bad[at] ^= 1_u8 << bit;
        let key = Certificate::from_der(&good).unwrap();
        let own = Certificate::from_der(&bad).map(|certificate| certificate.verify_signature(&certificate.tbs().spki()));
        prop_assert_ne!(own, Ok(Ok(())), "with its own key");
        let verified = Certificate::from_der(&bad).map(|certificate| certificate.verify_signature(&key.tbs().spki()));
        prop_assert_ne!(verified, Ok(Ok(())));
    }
}

/// `sct/expected.json`: `issuer_signature_ok` by Python's cryptography.
#[test]
fn corpus_links() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(text) = corpus.read_text("sct/expected.json") else { return };
    let json: Value = serde_json::from_str(&text).unwrap();
    let mut tally = Tally::new("sct/expected: issuer's signature", &[]);
    let mut unsupported = 0;
    for case in json["cases"].as_array().unwrap() {
        let (Some(certificate), Some(issuer)) = (case["cert"].as_str(), case["issuer"].as_str()) else { continue };
        let Some(oracle) = case["issuer_signature_ok"].as_bool() else { continue };
        let files = [certificate, issuer].map(|file| corpus.read(&format!("sct/{file}")));
        let [Some(certificate), Some(issuer)] = files else { continue };
        let [certificate, issuer] = [&certificate, &issuer].map(|der| Certificate::from_der(der).unwrap());
        match certificate.verify_signature(&issuer.tbs().spki()) {
            Err(SignatureError::UnsupportedAlgorithm | SignatureError::UnsupportedKey) => unsupported += 1,
            verified => {
                let agrees = oracle == verified.is_ok();
                tally.case(case["id"].as_str().unwrap(), agrees, || format!("oracle {oracle}, computed {verified:?}"));
            }
        }
    }
    println!("sct/expected: issuer's signature: {unsupported} unsupported");
    tally.finish();
}

/// A signature over anything: here over what could be a CRL.
#[test]
fn of_what_is_no_certificate() {
    const ECDSA_WITH_SHA256: &[u8] = &[0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
    let ca = Ca::root(Key::new(1, "ca"), &Name::new().common_name("CA"), 0, 1);
    let der = CertificateBuilder::leaf(Key::new(2, "leaf").spki_der()).certificate(&ca);
    let certificate = Certificate::from_der(&der).unwrap();
    let key = certificate.tbs().spki();
    let (message, signature) = (b"tbsCertList", Key::new(2, "leaf").sign(b"tbsCertList"));
    assert_eq!(key.verify(ECDSA_WITH_SHA256, message, &signature), Ok(()));
    assert_eq!(key.verify(ECDSA_WITH_SHA256, b"tbsCertlist", &signature), Err(SignatureError::Mismatch));
    let of_other = Key::new(3, "other").sign(message);
    assert_eq!(key.verify(ECDSA_WITH_SHA256, message, &of_other), Err(SignatureError::Mismatch));
    assert_eq!(key.verify(ECDSA_WITH_SHA256, message, &[]), Err(SignatureError::Malformed));
    assert_eq!(key.verify(&[0x30, 0x00], message, &signature), Err(SignatureError::Malformed));
}
