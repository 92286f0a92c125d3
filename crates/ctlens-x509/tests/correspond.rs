//! Whether a certificate is the one that a precertificate promised, and in what it is not.

use ctlens_testkit::{Ca, CertificateBuilder, Key, Name, der};
use ctlens_x509::{Certificate, ReconstructError, Tbs, TbsField, corresponds};
use proptest::prelude::*;

const SAN: &str = "2.5.29.17";

fn ca() -> Ca {
    Ca::root(Key::new(4, "ca"), &Name::new().common_name("Root"), 0, 4_000_000_000)
}

fn leaf() -> CertificateBuilder {
    CertificateBuilder::leaf(Key::new(4, "leaf").spki_der()).dns("one.example").transparency_here()
}

fn bare() -> CertificateBuilder {
    CertificateBuilder::bare(Key::new(4, "leaf").spki_der())
}

/// The part that differs, and the octets at the offsets on both sides.
fn compare(precertificate: &[u8], certificate: &[u8]) -> Option<(String, Option<u8>, Option<u8>)> {
    let [precertificate, certificate] =
        [precertificate, certificate].map(|der| *Certificate::from_der(der).unwrap().tbs());
    corresponds(&precertificate, &certificate).unwrap().map(|difference| {
        let octet = |tbs: Tbs<'_>, at: usize| tbs.as_bytes().get(at).copied();
        let octets = (octet(precertificate, difference.precertificate), octet(certificate, difference.certificate));
        assert!(difference.precertificate > 0 && difference.certificate > 0);
        assert!(difference.to_string().contains(&difference.part.to_string()));
        (difference.part.to_string(), octets.0, octets.1)
    })
}

#[test]
fn what_a_ca_should_issue() {
    let ca = ca();
    let promised = leaf().precertificate(&ca);
    for list in [0, 1, 130, 300, 70_000] {
        assert_eq!(compare(&promised, &leaf().certificate_with_scts(&ca, &vec![5; list])), None);
    }
    assert_eq!(compare(&promised, &promised), None);
    let issued = leaf().certificate_with_scts(&ca, &[5; 130]);
    let logged = leaf().precert_tbs(&ca);
    let certificate = Certificate::from_der(&issued).unwrap();
    assert_eq!(corresponds(&Tbs::from_der(&logged).unwrap(), certificate.tbs()), Ok(None), "what a log carries");

    // Nothing is left of the extensions: either reading will do.
    let [promised, issued] = [bare().precertificate(&ca), bare().certificate_with_scts(&ca, &[])];
    let logged = bare().precert_tbs(&ca);
    let issued_tbs = *Certificate::from_der(&issued).unwrap().tbs();
    let kept = issued_tbs.precert_tbs().unwrap().to_vec();
    assert_ne!(kept, logged);
    for promise in [
        *Certificate::from_der(&promised).unwrap().tbs(),
        Tbs::from_der(&logged).unwrap(),
        Tbs::from_der(&kept).unwrap(),
    ] {
        assert_eq!(corresponds(&promise, &issued_tbs), Ok(None));
    }
}

#[test]
fn the_first_difference_has_a_name() {
    let ca = ca();
    let other_ca = Ca::root(Key::new(4, "ca"), &Name::new().common_name("Rook"), 0, 4_000_000_000);
    let promised = leaf().precertificate(&ca);
    let issue = |builder: CertificateBuilder| builder.certificate_with_scts(&ca, &[0; 50]);
    let other_key = CertificateBuilder::leaf(Key::new(4, "another").spki_der()).dns("one.example").transparency_here();
    for (part, issued) in [
        ("version", issue(leaf().version(Some(1)))),
        ("serialNumber", issue(leaf().serial(&[2]))),
        ("issuer", leaf().certificate_with_scts(&other_ca, &[0; 50])),
        ("validity", issue(leaf().validity(0, 1))),
        ("subject", issue(leaf().subject(&Name::new().common_name("one.example")))),
        ("subjectPublicKeyInfo", issue(other_key)),
        ("extension 2.5.29.17", issue(leaf().dns("two.example"))),
        ("extension 1.2.3", issue(leaf().extension("1.2.3", false, &[]))),
    ] {
        let (found, on_one, on_the_other) = compare(&promised, &issued).unwrap();
        assert_eq!(found, part);
        assert_ne!(on_one, on_the_other, "{part}");
    }
    assert_eq!(compare(&promised, &issue(leaf().serial(&[2]))), Some(("serialNumber".into(), Some(1), Some(2))));

    // One extension of two is missing: the offset on the shorter side is where the list ends.
    let [more, less] =
        [bare().policy("1.2.3").dns("x"), bare().policy("1.2.3")].map(|builder| issue(builder.transparency_here()));
    let [more, less] = [&more, &less].map(|der| *Certificate::from_der(der).unwrap().tbs());
    let difference = corresponds(&more, &less).unwrap().unwrap();
    assert_eq!(difference.certificate, less.as_bytes().len());
    assert_eq!(&more.as_bytes()[difference.precertificate..][..2], [0x30, 0x0c]);
    let TbsField::Extension(oid) = difference.part else { panic!("{difference}") };
    assert_eq!(oid.to_string(), SAN);

    // The order of extensions is part of what was promised.
    let [one, two] = [bare().policy("1.2.3").dns("x"), bare().dns("x").policy("1.2.3")].map(issue);
    assert_eq!(compare(&one, &two).unwrap().0, "extension 2.5.29.32");
    // So is how the lengths were written that neither cut writes anew.
    let long = der::tlv_with_long_length(0x30, 3, &[der::oid("1.2.3"), der::octet_string(&[])].concat());
    let [one, two] = [bare().extension_der(long), bare().extension("1.2.3", false, &[])].map(issue);
    assert_eq!(compare(&one, &two).unwrap().0, "extension 1.2.3");
}

/// Of a TBS certificate from which nothing is cut, the lengths count too.
#[test]
fn a_difference_in_nothing_but_the_framing() {
    let logged = leaf().precert_tbs(&ca());
    let (header, contents) = logged.split_at(4);
    assert_eq!(header[1], 0x82);
    let long = der::tlv_with_long_length(0x30, 3, contents);
    let [logged, long] = [&logged, &long].map(|der| Tbs::from_der(der).unwrap());
    assert_eq!(corresponds(&logged, &long).unwrap().unwrap().part, TbsField::Framing);
}

#[test]
fn nothing_is_known_where_the_extensions_cannot_be_cut() {
    let ca = ca();
    let good = leaf().certificate_with_scts(&ca, &[]);
    let bad = leaf().extension_der(der::null()).precertificate(&ca);
    let [good, bad] = [&good, &bad].map(|der| *Certificate::from_der(der).unwrap().tbs());
    for (one, two) in [(good, bad), (bad, good), (bad, bad)] {
        assert!(matches!(corresponds(&one, &two), Err(ReconstructError::Extensions(_))));
    }
}

proptest! {
    /// Every changed octet of a certificate is found, where both can still be read.
    #[test]
    fn any_change(at in any::<prop::sample::Index>(), octet in any::<u8>()) {
        let ca = ca();
        let promised = leaf().precertificate(&ca);
        let issued = leaf().certificate_with_scts(&ca, &[0; 20]);
        let mut changed = issued.clone();
        let at = at.index(changed.len());
        changed[at] = octet;
        let [promised, issued] = [&promised, &issued].map(|der| *Certificate::from_der(der).unwrap().tbs());
        let Ok(certificate) = Certificate::from_der(&changed) else { return Ok(()) };
        let changed = *certificate.tbs();
        let Ok(rebuilt) = changed.precert_tbs() else { return Ok(()) };
        let same = rebuilt.to_vec() == issued.precert_tbs().unwrap().to_vec();
        let difference = corresponds(&promised, &changed).unwrap();
        prop_assert_eq!(difference.is_none(), same);
        prop_assert_eq!(corresponds(&changed, &changed).map(|_| ()).is_ok(), true);
        if let Some(difference) = difference {
            prop_assert!(difference.precertificate <= promised.as_bytes().len());
            prop_assert!(difference.certificate <= changed.as_bytes().len());
        }
    }
}
