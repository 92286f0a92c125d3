//! Names come out whatever surrounds them, and what hides them comes out too.

use ctlens_testkit::{Ca, CertificateBuilder, Key, Name, der};
use ctlens_x509::{Certificate, ErrorKind, GeneralNameKind};

fn ca() -> Ca {
    Ca::root(Key::new(3, "ca"), &Name::new().common_name("Root"), 0, 4_000_000_000)
}

fn bare() -> CertificateBuilder {
    CertificateBuilder::bare(Key::new(3, "leaf").spki_der())
}

const SAN: &str = "2.5.29.17";

/// Index and octets of a name, or what is wrong and how many octets it hides.
type Found = Result<(usize, Vec<u8>), (ErrorKind, usize)>;

fn names(builder: &CertificateBuilder) -> Vec<Found> {
    let der = builder.certificate(&ca());
    let certificate = Certificate::from_der(&der).unwrap();
    let names = certificate.tbs().names();
    names
        .map(|name| {
            name.map(|name| (name.index, name.value.to_vec()))
                .map_err(|damage| (damage.error.kind, damage.octets.len()))
        })
        .collect()
}

#[test]
fn names_of_any_tag_and_length() {
    let der = bare()
        .general_name(0xa0, &[1, 2])
        .general_name(0x81, b"a@b.example")
        .dns("")
        .general_name(0xa2, b"constructed.example")
        .general_name(0xa4, &[])
        .general_name(0x86, b"http://b.example/")
        .ip([1, 1, 1, 1, 0])
        .general_name(0x8e, b"x")
        .general_name_der(&[0x9f, 0x81, 0x01, 0x01, 0x07])
        .certificate(&ca());
    let certificate = Certificate::from_der(&der).unwrap();
    let kinds: Vec<_> =
        certificate.tbs().names().map(|name| name.unwrap()).map(|name| (name.kind(), name.value.len())).collect();
    assert_eq!(
        kinds,
        [
            (GeneralNameKind::OtherName, 2),
            (GeneralNameKind::Rfc822Name, 11),
            (GeneralNameKind::DnsName, 0),
            (GeneralNameKind::DnsName, 19),
            (GeneralNameKind::DirectoryName, 0),
            (GeneralNameKind::UniformResourceIdentifier, 17),
            (GeneralNameKind::IpAddress, 5),
            (GeneralNameKind::Unknown, 1),
            (GeneralNameKind::Unknown, 1),
        ]
    );
}

#[test]
fn names_of_two_extensions_are_counted_through() {
    let second = der::sequence(&[der::implicit(2, b"two.example")]);
    let builder = bare().dns("one.example").policy("1.2.3").extension(SAN, false, &second);
    assert_eq!(names(&builder), [Ok((0, b"one.example".to_vec())), Ok((1, b"two.example".to_vec()))]);
}

#[test]
fn damage_is_an_item_among_the_names() {
    let one = der::implicit(2, b"one.example");
    let one_and_a_half = [&one[..], &[0x82, 0x20, b'x']].concat();
    let found = || Ok((0, b"one.example".to_vec()));
    for (what, builder, expected) in [
        ("no SAN", bare().policy("1.2.3"), vec![]),
        ("an empty SAN", bare().extension(SAN, false, &der::sequence::<&[u8]>(&[])), vec![]),
        (
            "the last name is cut off",
            bare().extension(SAN, false, &der::tlv(0x30, &one_and_a_half)),
            vec![found(), Err((ErrorKind::LengthBeyondEnd { announced: 32, available: 1 }, 3))],
        ),
        (
            "a name behind the SEQUENCE",
            bare().extension(SAN, false, &[der::sequence(&[&one]), one.clone()].concat()),
            vec![found(), Err((ErrorKind::TrailingData, one.len()))],
        ),
        (
            "a SET of names",
            bare().extension(SAN, false, &der::set(&[&one])),
            vec![Err((ErrorKind::UnexpectedTag { expected: 0x30, found: 0x31 }, 15))],
        ),
        (
            "an extension without a value",
            bare().extension_der(der::sequence(&[der::oid(SAN)])),
            vec![Err((ErrorKind::TruncatedHeader, 7))],
        ),
        (
            "something behind the value of a SAN",
            bare().extension_der(der::sequence(&[
                der::oid(SAN),
                der::octet_string(&der::sequence(&[der::implicit(2, b"one.example")])),
                der::null(),
            ])),
            vec![found(), Err((ErrorKind::TrailingData, 26))],
        ),
        (
            "an extension without an identifier, then a good SAN",
            bare().extension_der(der::sequence(&[der::null()])).dns("one.example"),
            vec![Err((ErrorKind::UnexpectedTag { expected: 0x06, found: 0x05 }, 4)), found()],
        ),
        (
            "a good SAN, then extensions that cannot be walked",
            bare().dns("one.example").extension_der(vec![0x30, 0x80, 0, 0]),
            vec![found(), Err((ErrorKind::IndefiniteLength, 4))],
        ),
    ] {
        assert_eq!(names(&builder), expected, "{what}");
    }
}

#[test]
fn damage_behind_the_public_key_is_an_item_too() {
    let ca = ca();
    let good = bare().dns("one.example").extension("1.2.3", false, &[0; 300]).precert_tbs(&ca);
    let certificate = |tail: &[u8]| {
        let (header, contents) = good.split_at(4);
        assert_eq!(header[1], 0x82, "the length takes two octets");
        let tbs = der::tlv(0x30, &[contents, tail].concat());
        der::sequence(&[tbs, der::sequence(&[der::oid("1.2.3")]), der::bit_string(&[])])
    };
    for (what, tail, kind, hidden) in [
        ("a second list of extensions", der::explicit(3, &[der::sequence(&[der::null()])]), ErrorKind::TrailingData, 6),
        ("a cut element", vec![0xa3, 0x05, 0x00], ErrorKind::TrailingData, 3),
    ] {
        let der = certificate(&tail);
        let certificate = Certificate::from_der(&der).unwrap();
        let tbs = certificate.tbs();
        let names: Vec<_> = tbs.names().collect();
        assert_eq!(names.len(), 2, "{what}");
        assert_eq!(names[0].unwrap().value, b"one.example", "{what}");
        let damage = names[1].unwrap_err();
        assert_eq!((damage.error.kind, damage.octets.len()), (kind, hidden), "{what}");
        assert_eq!(&tbs.as_bytes()[damage.offset..], damage.octets, "{what}");
        assert!(tbs.poison().is_err() && tbs.precert_tbs().is_err(), "{what}: not a claim that there is none");
    }
}

#[test]
fn common_names_of_any_string_type_and_place() {
    let subject = Name::new()
        .common_name("one.example")
        .organization("Test")
        .attribute("2.5.4.3", 0x1e, &[0, b'x'])
        .rdn_der(der::set(&[der::sequence(&[der::oid("2.5.4.3")])]))
        .rdn_der(der::sequence(&[der::null()]))
        .common_name("1.1.1.1");
    let der = bare().subject(&subject).certificate(&ca());
    let certificate = Certificate::from_der(&der).unwrap();
    let found: Vec<_> = certificate
        .tbs()
        .common_names()
        .map(|name| name.map(|name| (name.tag, name.value)).map_err(|damage| damage.error.kind))
        .collect();
    assert_eq!(
        found,
        [
            Ok((0x0c, &b"one.example"[..])),
            Ok((0x1e, &[0, b'x'][..])),
            Err(ErrorKind::TruncatedHeader),
            Err(ErrorKind::UnexpectedTag { expected: 0x31, found: 0x30 }),
            Ok((0x0c, &b"1.1.1.1"[..])),
        ]
    );
}

#[test]
fn a_tbs_certificate_alone_is_the_one_of_its_certificate() {
    let ca = ca();
    let builder = bare().serial(&[0x00, 0xd3]).dns("one.example");
    let der = builder.certificate(&ca);
    let certificate = Certificate::from_der(&der).unwrap();
    let logged = builder.precert_tbs(&ca);
    let tbs = ctlens_x509::Tbs::from_der(&logged).unwrap();
    assert_eq!(certificate.tbs().as_bytes(), logged);
    assert_eq!(&der[certificate.tbs_offset()..][..logged.len()], logged);
    assert_eq!(tbs.serial(), [0x00, 0xd3]);
    assert_eq!(tbs.issuer().as_bytes(), ca.name_der());
    assert_eq!(tbs.spki().sha256(), Key::new(3, "leaf").spki_sha256());
    assert_eq!(tbs.spki().algorithm().unwrap().to_string(), "1.2.840.10045.2.1");
    assert_eq!(tbs.spki().key_bits().unwrap().len(), 66);
    assert!(tbs.trailing().is_empty() && certificate.trailing().is_empty());
}
