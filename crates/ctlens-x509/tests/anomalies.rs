//! What is not DER or not RFC 5280 is named, with its place.

use AnomalyKind as Kind;
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name, der};
use ctlens_x509::{AnomalyKind, Certificate, ErrorKind, Tbs};
use proptest::prelude::*;

const SAN: &str = "2.5.29.17";
const SCT_LIST: &str = "1.3.6.1.4.1.11129.2.4.2";
const POISON: &str = "1.3.6.1.4.1.11129.2.4.3";

fn ca() -> Ca {
    Ca::root(Key::new(4, "ca"), &Name::new().common_name("Root"), 0, 4_000_000_000)
}

fn spki() -> Vec<u8> {
    Key::new(4, "leaf").spki_der().to_vec()
}

fn bare() -> CertificateBuilder {
    CertificateBuilder::bare(&spki()).dns("one.example")
}

fn anomalies(der: &[u8]) -> Vec<(Kind, usize)> {
    let certificate = Certificate::from_der(der).unwrap();
    certificate.anomalies().map(|anomaly| (anomaly.kind, anomaly.offset)).collect()
}

#[test]
fn nothing_to_say_of_good_certificates() {
    let root = ca();
    let intermediate = root.intermediate(Key::new(4, "issuing"), &Name::new().country("XX").common_name("CA"), 0, 1);
    let leaf = CertificateBuilder::leaf(&spki())
        .subject(&Name::new().country("XX").organization("Zürich").common_name("one.example"))
        .validity(2_524_607_999, 2_524_608_000) // the last second of UTCTime, the first of GeneralizedTime
        .dns("one.example")
        .ip([1, 1, 1, 1])
        .ip([0; 16])
        .general_name_der(&der::explicit(4, &[Name::new().common_name("x").to_der()]))
        .general_name_der(&der::tlv(0xa0, &[der::oid("1.2.3"), der::explicit(0, &[der::tlv(0x0c, b"x")])].concat()))
        .general_name(0x88, &[0x55, 0x04, 0x03])
        .transparency_here()
        .extension("1.2.3", false, &[0xff, 0xff]); // no syntax is known of it
    for der in [
        root.certificate().to_vec(),
        intermediate.certificate().to_vec(),
        leaf.certificate(&intermediate),
        leaf.precertificate(&intermediate),
        leaf.certificate_with_scts(&intermediate, &der::octet_string(&[1, 2, 3])),
        CertificateBuilder::bare(&spki()).version(None).certificate(&intermediate),
    ] {
        assert_eq!(anomalies(&der), []);
    }
    let tbs = leaf.precert_tbs(&root);
    assert_eq!(Tbs::from_der(&tbs).unwrap().anomalies().count(), 0);
}

/// Each case has one cause; the octets are those at the offset.
#[test]
fn one_cause_each() {
    let extension = |oid: &str, value: &[u8]| bare().extension(oid, false, value);
    let name = |name: &[u8]| CertificateBuilder::bare(&spki()).general_name_der(name);
    let subject = |name: &Name| bare().subject(name);
    let attribute = |oid: &str, tag: u8, value: &[u8]| subject(&Name::new().attribute(oid, tag, value));
    let serial = |octets: &[u8]| bare().serial(octets);
    let validity = |tag: u8, text: &str| {
        let end = der::tlv(0x17, b"490101000000Z");
        bare().validity_der(der::sequence(&[der::tlv(tag, text.as_bytes()), end]))
    };
    let constraints = |parts: &[Vec<u8>]| extension("2.5.29.19", &der::sequence(parts));
    let key = |bits: &[u8]| {
        let algorithm = der::sequence(&[der::oid("1.2.840.113549.1.1.1"), der::null()]);
        CertificateBuilder::bare(&der::sequence(&[algorithm, der::tlv(0x03, bits)])).dns("one.example")
    };
    let rsa = |numbers: &[Vec<u8>]| key(&[vec![0], der::sequence(numbers)].concat());
    let two = |first: &[u8], second: &[u8]| [first, second].concat();
    let country = der::sequence(&[der::oid("2.5.4.6"), der::tlv(0x13, b"XX")]);
    let common_name = der::sequence(&[der::oid("2.5.4.3"), der::tlv(0x0c, b"x")]);
    let cut = |announced, available| Kind::Unreadable(ErrorKind::LengthBeyondEnd { announced, available });
    let text = |tag| Kind::StringCharacters { tag };
    let cases: Vec<(&str, CertificateBuilder, Kind, Vec<u8>)> = vec![
        // Encoding
        (
            "the list of SCTs in a long form, as Camerfirma did in 2018",
            extension(SCT_LIST, &der::tlv_with_long_length(0x04, 1, &[0, 0])),
            Kind::NonMinimalLength,
            vec![0x04, 0x81, 2],
        ),
        (
            "the length of an extension",
            bare().extension_der(der::tlv_with_long_length(0x30, 3, &two(&der::oid("1.2.3"), &der::octet_string(&[])))),
            Kind::NonMinimalLength,
            vec![0x30, 0x83, 0, 0, 6],
        ),
        (
            "a name with a long length",
            name(&der::tlv_with_long_length(0x82, 2, b"x")),
            Kind::NonMinimalLength,
            vec![0x82, 0x82],
        ),
        ("tag 2 written long", name(&[0x9f, 0x02, 1, b'x']), Kind::NonMinimalTag, vec![0x9f, 0x02]),
        ("tag 31 padded", name(&[0x9f, 0x80, 0x1f, 0]), Kind::NonMinimalTag, vec![0x9f, 0x80]),
        ("a name cut off", name(&[0x82, 5, b'x']), cut(5, 1), vec![0x82, 5, b'x']),
        (
            "an indefinite length",
            extension("2.5.29.37", &[0x30, 0x80, 0, 0]),
            Kind::Unreadable(ErrorKind::IndefiniteLength),
            vec![0x30, 0x80],
        ),
        ("a constructed dNSName", name(&[0xa2, 0]), Kind::WrongConstruction, vec![0xa2, 0]),
        ("a primitive directoryName", name(&[0x84, 2, 0x30, 0]), Kind::WrongConstruction, vec![0x84, 2]),
        ("a string in pieces", attribute("1.2.3", 0x2c, &[0x0c, 0]), Kind::WrongConstruction, vec![0x2c, 2]),
        ("a primitive SEQUENCE", attribute("1.2.3", 0x10, &[]), Kind::WrongConstruction, vec![0x10, 0]),
        (
            "BOOLEAN 01",
            bare().extension_der(der::sequence(&[der::oid("1.2.3"), der::tlv(1, &[1]), der::octet_string(&[])])),
            Kind::BooleanValue,
            vec![1, 1, 1],
        ),
        ("BOOLEAN of two octets", constraints(&[der::tlv(1, &[0xff, 0xff])]), Kind::BooleanValue, vec![1, 2, 0xff]),
        (
            "a path length of two octets",
            constraints(&[der::boolean(true), der::integer(&[0, 3])]),
            Kind::NonMinimalInteger,
            vec![2, 2, 0, 3],
        ),
        (
            "a modulus of too many octets",
            rsa(&[der::integer(&[0, 0x7f]), der::integer(&[3])]),
            Kind::NonMinimalInteger,
            vec![2, 2, 0, 0x7f],
        ),
        ("an exponent of no octets", rsa(&[der::integer(&[3]), der::integer(&[])]), Kind::EmptyInteger, vec![2, 0]),
        ("no count of unused bits", extension("2.5.29.15", &der::tlv(3, &[])), Kind::UnusedBits, vec![3, 0]),
        ("eight unused bits", extension("2.5.29.15", &der::tlv(3, &[8, 0x80])), Kind::UnusedBits, vec![3, 2, 8]),
        ("unused bits of nothing", extension("2.5.29.15", &der::tlv(3, &[1])), Kind::UnusedBits, vec![3, 1, 1]),
        (
            "unused bits that are set",
            extension("2.5.29.15", &der::tlv(3, &[7, 0x81])),
            Kind::PaddingBits,
            vec![3, 2, 7],
        ),
        (
            "digitalSignature with seven zeros",
            extension("2.5.29.15", &der::tlv(3, &[0, 0x80])),
            Kind::TrailingZeroBits,
            vec![3, 2, 0],
        ),
        ("a poison with contents", extension(POISON, &[5, 1, 0]), Kind::NullContents, vec![5, 1, 0]),
        ("an OID of no octets", attribute_of(&[6, 0]), Kind::InvalidOid, vec![6, 0]),
        ("an OID cut off", attribute_of(&[6, 2, 0x55, 0x84]), Kind::InvalidOid, vec![6, 2]),
        ("an OID with padding", attribute_of(&[6, 3, 0x55, 0x80, 0x04]), Kind::InvalidOid, vec![6, 3]),
        (
            "an unsorted SET OF",
            subject(&Name::new().rdn_der(der::tlv(0x31, &two(&country, &common_name)))),
            Kind::SetOrder,
            common_name.clone(),
        ),
        (
            "critical FALSE",
            bare().extension_der(der::sequence(&[der::oid("1.2.3"), der::boolean(false), der::octet_string(&[])])),
            Kind::EncodedDefault,
            vec![1, 1, 0],
        ),
        ("cA FALSE", constraints(&[der::boolean(false)]), Kind::EncodedDefault, vec![1, 1, 0]),
        (
            "version 1 written out",
            CertificateBuilder::bare(&spki()).version(Some(0)),
            Kind::EncodedDefault,
            vec![0xa0, 3, 2, 1, 0],
        ),
        // Syntax
        (
            "no SEQUENCE of constraints",
            extension("2.5.29.19", &[4, 0]),
            Kind::UnexpectedElement { found: 4 },
            vec![4, 0],
        ),
        (
            "a purpose that is none",
            extension("2.5.29.37", &der::sequence(&[der::null()])),
            Kind::UnexpectedElement { found: 5 },
            vec![5, 0],
        ),
        ("a list of SCTs without the inner octets", extension(SCT_LIST, &[]), Kind::MissingElement, vec![]),
        ("one number of a key", rsa(&[der::integer(&[3])]), Kind::MissingElement, vec![]),
        (
            "behind a SAN",
            extension("2.5.29.18", &two(&der::sequence(&[der::implicit(2, b"x")]), &der::null())),
            Kind::TrailingData,
            vec![5, 0],
        ),
        (
            "behind a list of SCTs",
            extension(SCT_LIST, &two(&der::octet_string(&[]), &[1, 1, 0xff])),
            Kind::TrailingData,
            vec![1, 1],
        ),
        (
            "a third number of a key",
            rsa(&[der::integer(&[3]), der::integer(&[3]), der::integer(&[4])]),
            Kind::TrailingData,
            vec![2, 1, 4],
        ),
        (
            "an alternative name without names",
            CertificateBuilder::bare(&spki()).extension(SAN, false, &[0x30, 0]),
            Kind::EmptySequence,
            vec![0x30, 0],
        ),
        ("no constraints at all", extension("2.5.29.30", &[0x30, 0]), Kind::EmptySequence, vec![0x30, 0]),
        (
            "an RDN without attributes",
            subject(&Name::new().rdn_der(der::set::<&[u8]>(&[]))),
            Kind::EmptySequence,
            vec![0x31, 0],
        ),
        ("an issuer without a name", bare().issuer_der(vec![0x30, 0]), Kind::EmptySequence, vec![0x30, 0]),
        // Strings and names
        ("@ in a PrintableString", attribute("2.5.4.3", 0x13, b"a@b"), text(0x13), vec![0x13, 3]),
        ("Latin-1 in an IA5String", attribute("0.9.2342.19200300.100.1.25", 0x16, b"\xe9"), text(0x16), vec![0x16, 1]),
        ("half a UTF-8 sequence", attribute("2.5.4.3", 0x0c, b"\xc3"), text(0x0c), vec![0x0c, 1]),
        ("half a BMP character", attribute("1.2.3", 0x1e, b"\0x\0"), text(0x1e), vec![0x1e, 3]),
        ("DEL in a VisibleString", attribute("1.2.3", 0x1a, b"\x7f"), text(0x1a), vec![0x1a, 1]),
        ("a letter in a NumericString", attribute("1.2.3", 0x12, b"1a"), text(0x12), vec![0x12, 2]),
        ("a country in UTF-8", attribute("2.5.4.6", 0x0c, b"XX"), Kind::StringType { tag: 0x0c }, vec![0x0c, 2]),
        (
            "an organization in T.61",
            attribute("2.5.4.10", 0x14, b"\xfc"),
            Kind::StringType { tag: 0x14 },
            vec![0x14, 1],
        ),
        (
            "a mail address in UTF-8",
            attribute("1.2.840.113549.1.9.1", 0x0c, b"x"),
            Kind::StringType { tag: 0x0c },
            vec![0x0c, 1],
        ),
        ("a dNSName that is not ASCII", name(&der::implicit(2, "ü.example".as_bytes())), text(0x16), vec![0x82, 10]),
        ("a SAN entry of tag 9", name(&[0x89, 1, 0]), Kind::UnknownNameTag { tag: 0x89 }, vec![0x89]),
        ("a SAN entry of a universal tag", name(&[0x16, 1, b'x']), Kind::UnknownNameTag { tag: 0x16 }, vec![0x16]),
        (
            "an address of five octets",
            name(&[0x87, 5, 1, 1, 1, 1, 0]),
            Kind::AddressLength { octets: 5 },
            vec![0x87, 5],
        ),
        ("an address of none", name(&[0x87, 0]), Kind::AddressLength { octets: 0 }, vec![0x87, 0]),
        (
            "a constraint without a mask",
            extension(
                "2.5.29.30",
                &der::sequence(&[der::explicit(0, &[der::sequence(&[der::implicit(7, &[1, 1, 1, 1])])])]),
            ),
            Kind::AddressLength { octets: 4 },
            vec![0x87, 4],
        ),
        // Numbers, times, versions, extensions
        ("serial 0", serial(&[0]), Kind::ZeroSerial, vec![2, 1, 0]),
        ("serial -1", serial(&[0xff]), Kind::NegativeSerial, vec![2, 1, 0xff]),
        ("serial of 21 octets", serial(&[1; 21]), Kind::LongSerial, vec![2, 21]),
        (
            "serial of 21 octets, of which one for the sign",
            serial(&[&[0][..], &[0x80; 20]].concat()),
            Kind::LongSerial,
            vec![2, 21],
        ),
        ("serial with a zero before it", serial(&[0, 1]), Kind::NonMinimalInteger, vec![2, 2, 0, 1]),
        ("serial of no octets", serial(&[]), Kind::EmptyInteger, vec![2, 0]),
        ("without seconds", validity(0x17, "2402010000Z"), Kind::TimeWithoutSeconds, vec![0x17, 11]),
        ("with an offset", validity(0x17, "240201010000+0100"), Kind::TimeWithOffset, vec![0x17, 17]),
        ("31 February", validity(0x17, "240231000000Z"), Kind::InvalidTime, vec![0x17, 13]),
        ("a fraction of a second", validity(0x18, "20500101000000.5Z"), Kind::InvalidTime, vec![0x18, 17]),
        ("GeneralizedTime of 2049", validity(0x18, "20491231235959Z"), Kind::GeneralizedTimeBefore2050, vec![0x18, 15]),
        (
            "a time that is text",
            validity(0x0c, "240201000000Z"),
            Kind::UnexpectedElement { found: 0x0c },
            vec![0x0c, 13],
        ),
        ("extensions in version 2", bare().version(Some(1)), Kind::VersionMismatch, vec![0xa0, 3, 2, 1, 1]),
        ("extensions in version 1", bare().version(None), Kind::VersionMismatch, vec![2, 1, 1]),
        ("version 4", bare().version(Some(3)), Kind::UnknownVersion, vec![2, 1, 3]),
        (
            "two SANs",
            bare().extension(SAN, false, &der::sequence(&[der::implicit(2, b"x")])),
            Kind::DuplicateExtension,
            der::oid(SAN),
        ),
    ];
    for (what, builder, kind, octets) in &cases {
        let found = anomalies(&builder.certificate(&ca()));
        let der = builder.certificate(&ca());
        // An unknown tag in an otherwise good name, and where fields end, are looked at besides.
        let found: Vec<_> = match kind {
            Kind::NonMinimalTag => {
                found.into_iter().filter(|(kind, _)| !matches!(kind, Kind::UnknownNameTag { .. })).collect()
            }
            _ => found,
        };
        let [(found, offset)] = found[..] else { panic!("{what}: {found:?}") };
        assert_eq!(found, *kind, "{what}");
        assert!(der[offset..].starts_with(octets), "{what}: {:02x?}", &der[offset..][..5]);
        let tbs_offset = Certificate::from_der(&der).unwrap().tbs_offset();
        let in_tbs: Vec<_> = Certificate::from_der(&der).unwrap().tbs().anomalies().collect();
        assert!(in_tbs.iter().any(|anomaly| (anomaly.kind, anomaly.offset + tbs_offset) == (*kind, offset)), "{what}");
    }
    println!("{} cases", cases.len());
}

fn attribute_of(oid: &[u8]) -> CertificateBuilder {
    bare().subject(&Name::new().rdn_der(der::set(&[der::sequence(&[oid.to_vec(), der::tlv(0x0c, b"x")])])))
}

/// What the builder cannot write.
#[test]
fn around_the_tbs_certificate() {
    let tbs = bare().precert_tbs(&ca());
    let algorithm = der::sequence(&[der::oid("1.2.840.10045.4.3.2")]);
    let other = der::sequence(&[der::oid("1.2.840.10045.4.3.2"), der::null()]);
    let signature = der::bit_string(&[1, 2]);
    let at = |certificate: &[u8]| anomalies(certificate);
    let whole = |parts: &[&[u8]]| der::sequence(parts);
    let good = whole(&[&tbs, &algorithm, &signature]);
    let end = good.len();
    assert_eq!(at(&good), []);
    assert_eq!(at(&[&good[..], &[0]].concat()), [(Kind::TrailingData, end)]);
    assert_eq!(at(&whole(&[&tbs, &algorithm, &signature, &[5, 0]])), [(Kind::TrailingData, end)]);
    assert_eq!(at(&whole(&[&tbs, &algorithm, &[3, 2, 1, 2]])), [(Kind::UnusedBits, end - 5)]);
    assert_eq!(at(&der::tlv_with_long_length(0x30, 3, der::take(&mut &good[..]).1)), [(Kind::NonMinimalLength, 0)]);

    let differing = at(&whole(&[&tbs, &other, &signature]));
    let [(Kind::AlgorithmsDiffer, offset)] = differing[..] else { panic!("{differing:?}") };
    assert_eq!(&good[offset..][..algorithm.len()], algorithm);

    // Behind the extensions, behind the TBS certificate, inside an extension.
    let contents = der::take(&mut &tbs[..]).1;
    let behind = der::tlv(0x30, &[contents, &[5, 0]].concat());
    let header = good.len() - der::take(&mut &good[..]).1.len();
    assert_eq!(at(&whole(&[&behind, &algorithm, &signature])), [(Kind::TrailingData, header + tbs.len())]);
    let bare_tbs = Tbs::from_der(&[&tbs[..], &[9]].concat())
        .unwrap()
        .anomalies()
        .map(|found| (found.kind, found.offset))
        .collect::<Vec<_>>();
    assert_eq!(bare_tbs, [(Kind::TrailingData, tbs.len())]);
    let inside = der::sequence(&[der::oid("1.2.3"), der::octet_string(&[]), der::null()]);
    let inside = anomalies(&bare().extension_der(inside).certificate(&ca()));
    assert!(matches!(inside[..], [(Kind::TrailingData, _)]), "{inside:?}");

    // RFC 5280 §4.1.2.8: unique identifiers want version 2.
    let with_id = |version: Option<u8>| {
        let tbs = CertificateBuilder::bare(&spki()).version(version).precert_tbs(&ca());
        let contents = der::take(&mut &tbs[..]).1;
        let tbs = der::tlv(0x30, &[contents, &der::tlv(0x81, &[0, 7])].concat());
        at(&whole(&[&tbs, &algorithm, &signature]))
    };
    assert!(matches!(with_id(None)[..], [(Kind::VersionMismatch, _)]));
    assert_eq!(with_id(Some(1)), []);
}

#[test]
fn what_is_nested_deeply_is_not_followed() {
    // As parameters of an algorithm, which may be anything.
    let certificate = |parameters: &[u8]| {
        let algorithm = der::sequence(&[der::oid("1.2.3").as_slice(), parameters]);
        let tbs = CertificateBuilder::bare(&der::sequence(&[algorithm.clone(), der::bit_string(&[])]));
        let tbs = tbs.precert_tbs(&ca());
        der::sequence(&[&tbs[..], &der::sequence(&[der::oid("1.2.840.10045.4.3.2")]), &der::bit_string(&[])])
    };
    let mut nested = Vec::new();
    // Written from the inside: a length of `84` and four octets for each level.
    for level in (0..1 << 17).rev() {
        let inside = 6 * ((1 << 17) - 1 - level);
        nested.push([&[0x30, 0x84][..], &u32::to_be_bytes(inside)].concat());
    }
    nested.reverse();
    let nested = nested.concat();
    let found = anomalies(&certificate(&nested));
    let deep = found.iter().filter(|(kind, _)| *kind == Kind::NestedTooDeep).count();
    assert_eq!((deep, found.len() < 64), (1, true), "{found:?}");

    let indefinite = [0x30, 0x80].repeat(1 << 19);
    let found = anomalies(&certificate(&indefinite));
    assert!(matches!(found[..], [(Kind::Unreadable(ErrorKind::IndefiniteLength), _)]), "{found:?}");
    assert_eq!(Certificate::from_der(&indefinite).unwrap_err().kind, ErrorKind::IndefiniteLength);
    assert_eq!(Tbs::from_der(&indefinite).unwrap_err().kind, ErrorKind::IndefiniteLength);
    assert_eq!(Certificate::from_der(&nested).unwrap_err().kind, ErrorKind::TruncatedHeader);
}

#[test]
fn many_extensions_and_names() {
    let many = (0..20_000_u32).fold(bare(), |builder, n| builder.extension(&format!("1.2.3.{}", n / 2), false, &[]));
    let found = anomalies(&many.certificate(&ca()));
    assert_eq!(found.len(), 10_000);
    assert!(found.iter().all(|(kind, _)| *kind == Kind::DuplicateExtension));
    let names = (0..=255).cycle().take(20_000).fold(bare(), |builder, n| builder.ip([1, 1, 1, 1, n]));
    assert_eq!(anomalies(&names.certificate(&ca())).len(), 20_000);
}

#[test]
fn anomalies_have_words() {
    let der = bare().serial(&[0]).certificate(&ca());
    let certificate = Certificate::from_der(&der).unwrap();
    let anomaly = certificate.anomalies().next().unwrap();
    assert_eq!(anomaly.to_string(), format!("serial number of zero at offset {}", anomaly.offset));
}

fn exercise(octets: &[u8]) {
    let check = |kind: Kind, offset: usize| {
        assert!(offset <= octets.len(), "{kind} at {offset}");
    };
    if let Ok(certificate) = Certificate::from_der(octets) {
        certificate.anomalies().for_each(|found| check(found.kind, found.offset));
        // Each octet can be the cause of a few.
        assert!(certificate.anomalies().count() <= 4 * octets.len());
    }
    if let Ok(tbs) = Tbs::from_der(octets) {
        tbs.anomalies().for_each(|found| check(found.kind, found.offset));
    }
}

proptest! {
    #[test]
    fn any_octets(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        exercise(&octets);
    }

    #[test]
    fn any_changes(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let leaf = CertificateBuilder::leaf(&spki()).subject(&Name::new().country("XX").common_name("x")).dns("one.example");
        let mut der = leaf.ip([1, 1, 1, 1]).transparency_here().precertificate(&ca());
        for (at, octet) in changes {
            let at = at.index(der.len());
            der[at] = octet;
        }
        exercise(&der);
    }

    #[test]
    fn any_value(number in 0_u8..60, value in prop::collection::vec(prop_oneof![any::<u8>(), Just(0x30), Just(0xa0)], 0..40)) {
        exercise(&bare().extension(&format!("2.5.29.{number}"), false, &value).certificate(&ca()));
    }
}
