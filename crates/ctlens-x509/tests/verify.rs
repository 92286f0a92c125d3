//! One signature link, against what an independent verifier said of the same pairs.

use ctlens_testkit::{Ca, CertificateBuilder, Corpus, Key, Name, Tally};
use ctlens_x509::{Certificate, SignatureError};
use serde_json::Value;

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
