//! What the certificate builder writes, against encodings written out here and against each other.

use ctlens_testkit::{Ca, CertificateBuilder, Key, Name, der};

fn ca() -> Ca {
    Ca::root(Key::new(1, "root"), &Name::new().common_name("R"), 0, 1_000_000_000)
}

/// tbsCertificate, signatureAlgorithm and signature of a certificate; the signature without the count of unused bits.
fn parts(certificate: &[u8]) -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let mut rest = certificate;
    let (tag, mut rest_of_certificate) = der::take(&mut rest);
    assert_eq!((tag, rest), (der::SEQUENCE, &[][..]));
    let [tbs, algorithm, signature] = std::array::from_fn(|_| der::take(&mut rest_of_certificate));
    assert!(rest_of_certificate.is_empty());
    assert_eq!((signature.0, signature.1[0]), (der::BIT_STRING, 0));
    (der::tlv(tbs.0, tbs.1), der::tlv(algorithm.0, algorithm.1), signature.1[1..].to_vec())
}

/// The Extension elements of a TBSCertificate, in order.
fn extensions(tbs: &[u8]) -> Vec<Vec<u8>> {
    let (_, mut fields) = der::take(&mut &tbs[..]);
    while !fields.is_empty() {
        if let (0xa3, mut list) = der::take(&mut fields) {
            let (_, mut items) = der::take(&mut list);
            let mut extensions = Vec::new();
            while !items.is_empty() {
                let (tag, content) = der::take(&mut items);
                extensions.push(der::tlv(tag, content));
            }
            return extensions;
        }
    }
    Vec::new()
}

const POISON: &[u8] = b"\x30\x13\x06\x0a\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x03\x01\x01\xff\x04\x02\x05\x00";

/// RFC 5280 §4.1, octet by octet.
#[test]
fn a_bare_tbs_is_as_the_standard_draws_it() {
    let tbs = CertificateBuilder::bare(b"\x30\x00")
        .serial(&[0x00, 0xd3])
        .validity(0, 2_524_608_000)
        .subject(&Name::new().common_name("a"))
        .dns(b"a\0b")
        .ip([1, 1, 1, 1])
        .precert_tbs(&ca());
    let expected = [
        b"\x30\x6f\xa0\x03\x02\x01\x02\x02\x02\x00\xd3".as_slice(),
        b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
        b"\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01R",
        b"\x30\x20\x17\x0d700101000000Z\x18\x0f20500101000000Z",
        b"\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01a",
        b"\x30\x00",
        b"\xa3\x18\x30\x16\x30\x14\x06\x03\x55\x1d\x11\x04\x0d\x30\x0b\x82\x03a\0b\x87\x04\x01\x01\x01\x01",
    ]
    .concat();
    assert_eq!(tbs, expected);
}

/// RFC 6962 §3.1 and §3.2: the precertificate has the poison, the certificate the list, the TBS that logs sign has
/// neither; all else is equal and in the same order, wherever the two stand.
#[test]
fn precertificate_certificate_and_tbs_differ_in_one_extension() {
    let ca = ca();
    let leaf = CertificateBuilder::leaf(Key::new(1, "leaf").spki_der()).dns("a.example").ip([1, 1, 1, 1]);
    let in_the_middle = CertificateBuilder::bare(Key::new(1, "leaf").spki_der())
        .key_usage(&[0])
        .transparency_here()
        .dns("a.example")
        .subject_key_identifier();
    for (builder, place) in [(leaf, 9), (in_the_middle, 1)] {
        let tbs = builder.precert_tbs(&ca);
        let (precertificate, _, _) = parts(&builder.precertificate(&ca));
        let (certificate, _, _) = parts(&builder.certificate_with_scts(&ca, &[4, 1, 9]));
        let mut with_poison = extensions(&tbs);
        with_poison.insert(place, POISON.to_vec());
        assert_eq!(extensions(&precertificate), with_poison);
        let mut with_list = extensions(&tbs);
        let list = b"\x30\x11\x06\x0a\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02\x04\x03\x04\x01\x09".to_vec();
        with_list.insert(place, list);
        assert_eq!(extensions(&certificate), with_list);
        assert_eq!(parts(&builder.certificate(&ca)).0, tbs);
        assert_eq!(precertificate.len(), tbs.len() + POISON.len());
    }
}

#[test]
fn certificates_bear_their_issuers_signature() {
    let root = ca();
    let name = Name::new().country("HR").common_name("Issuing");
    let issuing = root.intermediate(Key::new(1, "issuing"), &name, 0, 1_000_000_000);
    let signer = issuing.precertificate_signer(Key::new(1, "signer"), &Name::new().common_name("PSC"), 0, 1);
    let leaf = CertificateBuilder::leaf(Key::new(1, "leaf").spki_der()).dns("a.example");
    let cases = [
        (root.certificate().to_vec(), &root),
        (issuing.certificate().to_vec(), &root),
        (signer.certificate().to_vec(), &issuing),
        (leaf.certificate(&issuing), &issuing),
        (leaf.precertificate(&issuing), &issuing),
        (leaf.precertificate(&signer), &signer),
        (leaf.certificate_with_scts(&issuing, &[]), &issuing),
    ];
    for (certificate, issuer) in cases {
        let (tbs, algorithm, signature) = parts(&certificate);
        assert_eq!(algorithm, der::sequence(&[der::oid("1.2.840.10045.4.3.2")]));
        assert!(issuer.key().verifies(&tbs, &signature));
        assert!(!Key::new(1, "other").verifies(&tbs, &signature));
    }
    assert_eq!(signer.chain(), [signer.certificate(), issuing.certificate(), root.certificate()]);
}

/// Critical by RFC 5280 §4.2.1.6 exactly if the subject is empty.
#[test]
fn names_are_critical_if_the_subject_is_empty() {
    let leaf = CertificateBuilder::leaf(Key::new(1, "leaf").spki_der()).dns("a.example");
    let named = leaf.clone().subject(&Name::new().common_name("a.example"));
    let critical = b"\x30\x17\x06\x03\x55\x1d\x11\x01\x01\xff\x04\x0d\x30\x0b\x82\x09a.example";
    let not_critical = b"\x30\x14\x06\x03\x55\x1d\x11\x04\x0d\x30\x0b\x82\x09a.example";
    assert!(extensions(&leaf.precert_tbs(&ca())).contains(&critical.to_vec()));
    assert!(extensions(&named.precert_tbs(&ca())).contains(&not_critical.to_vec()));
}

#[test]
fn whatever_is_given_is_written() {
    let builder = CertificateBuilder::bare(b"\x30\x00")
        .version(None)
        .serial(&[])
        .issuer_der(b"\x31\x00".to_vec())
        .validity_der(b"\x04\x01v".to_vec())
        .subject_der(b"\x05\x00".to_vec())
        .general_name_der(&der::tlv_with_long_length(0x82, 3, b"a"))
        .extension_der(b"\x0c\x01x".to_vec());
    let expected = b"\x02\x00\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x31\x00\x04\x01v\x05\x00\x30\x00\
        \xa3\x16\x30\x14\x30\x0f\x06\x03\x55\x1d\x11\x04\x08\x30\x06\x82\x83\x00\x00\x01a\x0c\x01x";
    assert_eq!(builder.precert_tbs(&ca()), der::tlv(der::SEQUENCE, expected));
}
