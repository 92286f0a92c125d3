//! RFC 9525, row by row.

use ctlens_san::{Identification, Mismatch, ParseErrorKind, Reference, identifies};
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name, der};
use ctlens_x509::{Certificate, GeneralName};

/// What a certificate with these names says about a reference: the index of the name that identifies it, or the reasons.
fn identify(
    build: impl FnOnce(CertificateBuilder) -> CertificateBuilder,
    reference: &str,
) -> Result<usize, Vec<&'static str>> {
    let ca = Ca::root(Key::new(1, "ca"), &Name::new().common_name("Root"), 0, 4_000_000_000);
    let der = build(CertificateBuilder::leaf(Key::new(1, "leaf").spki_der())).precertificate(&ca);
    let certificate = Certificate::from_der(&der).unwrap();
    match identifies(certificate.tbs(), &reference.parse().unwrap()) {
        Identification::Identified(GeneralName { index, .. }) => Ok(index),
        Identification::NotIdentified(mismatches) => Err(mismatches.iter().map(reason).collect()),
    }
}

fn reason(mismatch: &Mismatch<'_>) -> &'static str {
    match mismatch {
        Mismatch::Other(_) => "other",
        Mismatch::OtherType(_) => "other type",
        Mismatch::InvalidName(_) => "invalid name",
        Mismatch::InvalidWildcard(_) => "invalid wildcard",
        Mismatch::InvalidAddress(_) => "invalid address",
        Mismatch::Undecodable(_) => "undecodable",
        _ => "unknown",
    }
}

#[test]
fn dns_ids() {
    for (presented, reference, expected) in [
        ("www.example.com", "www.example.com", Ok(0)),
        ("WWW.example.COM", "www.EXAMPLE.com.", Ok(0)),
        ("www.example.com", "example.com", Err("other")),
        ("example.com", "www.example.com", Err("other")),
        ("*.example.com", "www.example.com", Ok(0)),
        ("*.example.com", "xn--bcher-kva.example.com", Ok(0)),
        ("*.example.com", "a.www.example.com", Err("other")),
        ("*.example.com", "example.com", Err("other")),
        ("*.example.com", "www.example.net", Err("other")),
        ("*.com", "example.com", Ok(0)),
        ("*", "example", Err("invalid wildcard")),
        ("w*.example.com", "www.example.com", Err("invalid wildcard")),
        ("www.*.com", "www.example.com", Err("invalid wildcard")),
        ("*.*.com", "www.example.com", Err("invalid wildcard")),
        ("www.example.com.", "www.example.com", Err("invalid name")),
        (".example.com", "www.example.com", Err("invalid name")),
        ("", "www.example.com", Err("invalid name")),
        ("www.example.com\0", "www.example.com", Err("invalid name")),
        ("www example.com", "www.example.com", Err("invalid name")),
        ("192.0.2.1", "192.0.2.1", Err("other type")),
    ] {
        let found = identify(|builder| builder.dns(presented), reference);
        assert_eq!(found, expected.map_err(|reason| vec![reason]), "{presented} {reference}");
    }
}

#[test]
fn ip_ids() {
    let v6 = |text: &str| text.parse::<std::net::Ipv6Addr>().unwrap().octets().to_vec();
    for (presented, reference, expected) in [
        (vec![192, 0, 2, 1], "192.0.2.1", Ok(0)),
        (vec![192, 0, 2, 1], "192.0.2.2", Err("other")),
        (v6("2001:db8::1"), "2001:DB8:0::1", Ok(0)),
        (v6("2001:db8::1"), "2001:db8::2", Err("other")),
        (v6("::ffff:192.0.2.1"), "192.0.2.1", Err("other")),
        (vec![192, 0, 2, 1], "::ffff:192.0.2.1", Err("other")),
        (b"192.0.2.1".to_vec(), "192.0.2.1", Err("invalid address")),
        (vec![192, 0, 2, 1], "www.example.com", Err("other type")),
    ] {
        let found = identify(|builder| builder.ip(&presented), reference);
        assert_eq!(found, expected.map_err(|reason| vec![reason]), "{presented:?} {reference}");
    }
}

#[test]
fn one_reason_for_each_name() {
    let build = |builder: CertificateBuilder| {
        builder
            .dns("a.example")
            .ip([192, 0, 2, 1])
            .dns("!")
            .dns("b*.example")
            .subject(&Name::new().common_name("b.example"))
    };
    let reasons = vec!["other", "other type", "invalid name", "invalid wildcard"];
    assert_eq!(identify(build, "b.example"), Err(reasons));
    assert_eq!(identify(build, "192.0.2.1"), Ok(1));
    assert_eq!(identify(|builder| build(builder).dns("*.b.example").dns("c.b.example"), "c.b.example"), Ok(4));
    assert_eq!(identify(|builder| builder, "b.example"), Err(vec![]), "no names, no reasons");

    let names = [der::tlv(0x82, b"a.example"), vec![0x82, 0x30]].concat();
    let damaged = |builder: CertificateBuilder| builder.extension("2.5.29.17", false, &der::tlv(0x30, &names));
    assert_eq!(identify(damaged, "a.example"), Ok(0), "damage hides no name in front of it");
    assert_eq!(identify(damaged, "b.example"), Err(vec!["other", "undecodable"]));
}

#[test]
fn references() {
    for (text, shown) in
        [("WWW.Example.com.", "www.example.com"), ("192.0.2.1", "192.0.2.1"), ("2001:DB8::1", "2001:db8::1")]
    {
        assert_eq!(text.parse::<Reference>().unwrap().to_string(), shown);
    }
    for (text, kind) in [
        ("", ParseErrorKind::Empty),
        ("*.example.com", ParseErrorKind::Wildcard),
        ("192.0.2", ParseErrorKind::NumericLastLabel),
        ("[::1]", ParseErrorKind::Address),
        (".example.com", ParseErrorKind::EmptyLabel),
    ] {
        assert_eq!(text.parse::<Reference>().unwrap_err().kind, kind, "{text}");
    }
}
