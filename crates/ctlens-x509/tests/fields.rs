//! Typed fields: what is there, what is not, and damage that is never taken for absence.

use ctlens_testkit::{Ca, CertificateBuilder, Key, Name, der};
use ctlens_x509::{Certificate, Error, ErrorKind, GeneralName, GeneralNameKind, KeyUsage, Oid, Spki, Tbs, Undecodable};
use proptest::prelude::*;

const ISSUER_ALT_NAME: &str = "2.5.29.18";
const BASIC_CONSTRAINTS: &str = "2.5.29.19";
const KEY_USAGE: &str = "2.5.29.15";
const NAME_CONSTRAINTS: &str = "2.5.29.30";
const CRL_DISTRIBUTION_POINTS: &str = "2.5.29.31";
const POLICIES: &str = "2.5.29.32";
const AUTHORITY_KEY: &str = "2.5.29.35";
const SUBJECT_KEY: &str = "2.5.29.14";
const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
const INFO_ACCESS: &str = "1.3.6.1.5.5.7.1.1";

fn ca() -> Ca {
    Ca::root(Key::new(9, "ca"), &Name::new().common_name("Root"), 0, 4_000_000_000)
}

fn bare() -> CertificateBuilder {
    CertificateBuilder::bare(Key::new(9, "leaf").spki_der())
}

/// Asks a certificate with this one extension.
fn with<T>(oid: &str, value: &[u8], ask: impl FnOnce(Tbs<'_>) -> T) -> T {
    let der = bare().extension(oid, false, value).certificate(&ca());
    ask(*Certificate::from_der(&der).unwrap().tbs())
}

type Item<'a> = Result<GeneralName<'a>, Undecodable<'a>>;
/// Index, tag and octets.
type Found = Result<(usize, u8, Vec<u8>), ErrorKind>;

fn names<'a>(names: impl Iterator<Item = Item<'a>>) -> Vec<Found> {
    names
        .map(|name| name.map(|name| (name.index, name.tag, name.value.to_vec())).map_err(|damage| damage.error.kind))
        .collect()
}

fn uri(text: &str) -> Vec<u8> {
    der::implicit(6, text.as_bytes())
}

#[test]
fn versions() {
    for (version, expected) in [(None, 1), (Some(0), 1), (Some(1), 2), (Some(2), 3), (Some(0x7f), 0x80)] {
        let der = bare().version(version).certificate(&ca());
        assert_eq!(Certificate::from_der(&der).unwrap().tbs().version(), Ok(expected), "{version:?}");
    }
    let der = bare().version(Some(0xff)).certificate(&ca());
    let negative = Certificate::from_der(&der).unwrap().tbs().version().unwrap_err();
    // Three octets of header of the TBS certificate, four of `a0 03 02 01`.
    assert_eq!((negative.kind, negative.offset), (ErrorKind::InvalidValue, 3 + 4));
}

#[test]
fn algorithms_and_keys() {
    let der = bare().certificate(&ca());
    let certificate = Certificate::from_der(&der).unwrap();
    assert_eq!(certificate.signature_algorithm_oid().unwrap().to_string(), "1.2.840.10045.4.3.2");
    assert_eq!(certificate.tbs().signature_algorithm_oid(), certificate.signature_algorithm_oid());
    let spki = certificate.tbs().spki();
    assert_eq!(spki.curve().unwrap().unwrap().to_string(), "1.2.840.10045.3.1.7");
    assert_eq!(spki.rsa_modulus(), Ok(None));
    assert_eq!(spki.algorithm_identifier().unwrap()[0], 0x30);

    let of_key = |algorithm: &[u8], key: &[u8], ask: &dyn Fn(Spki<'_>)| {
        let spki = der::sequence(&[algorithm.to_vec(), der::bit_string(key)]);
        let der = CertificateBuilder::bare(&spki).certificate(&ca());
        ask(Certificate::from_der(&der).unwrap().tbs().spki());
    };
    let rsa = der::sequence(&[der::oid("1.2.840.113549.1.1.1"), der::null()]);
    let rsa_key = |modulus: &[u8], exponent: &[u8]| der::sequence(&[der::integer(modulus), der::integer(exponent)]);
    for (modulus, bits) in
        [(&[0, 0x80, 0, 1][..], 24), (&[0x7f, 0xff], 15), (&[0, 0, 1, 0], 9), (&[0], 0), (&[0, 0xff], 8)]
    {
        of_key(&rsa, &rsa_key(modulus, &[1, 0, 1]), &|spki| {
            assert_eq!(spki.rsa_modulus_bits(), Ok(Some(bits)));
            assert_eq!(spki.rsa_modulus(), Ok(Some(modulus)));
            assert_eq!(spki.rsa_exponent(), Ok(Some(&[1, 0, 1][..])));
            assert_eq!(spki.curve(), Ok(None));
        });
    }
    let kind = |error: Error| error.kind;
    of_key(&rsa, &rsa_key(&[0x80, 1], &[3]), &|spki| {
        assert_eq!(spki.rsa_modulus_bits().map_err(kind), Err(ErrorKind::InvalidValue));
    });
    of_key(&rsa, &der::sequence(&[der::integer(&[3])]), &|spki| {
        assert_eq!(spki.rsa_exponent().map_err(kind), Err(ErrorKind::TruncatedHeader));
        assert_eq!(spki.rsa_modulus_bits().map_err(kind), Err(ErrorKind::TruncatedHeader));
    });
    of_key(&rsa, &[rsa_key(&[3], &[3]), vec![0]].concat(), &|spki| {
        assert_eq!(spki.rsa_modulus().map_err(kind), Err(ErrorKind::TrailingData));
    });
    of_key(&der::sequence(&[der::oid("1.2.840.10045.2.1"), der::null()]), &[4], &|spki| {
        let expected = ErrorKind::UnexpectedTag { expected: 0x06, found: 0x05 };
        assert_eq!(spki.curve().map_err(kind), Err(expected), "the curve of the issuer's key, as X9.62 has it");
    });
    of_key(&der::sequence(&[der::oid("1.2.840.10045.2.1")]), &[4], &|spki| {
        assert_eq!(spki.curve().map_err(kind), Err(ErrorKind::TruncatedHeader));
    });
}

#[test]
fn unique_identifiers() {
    let good = bare().precert_tbs(&ca());
    let (mut rest, mut fields) = (der::take(&mut &good[..]).1, Vec::new());
    while !rest.is_empty() {
        let (tag, value) = der::take(&mut rest);
        fields.extend_from_slice(&der::tlv(tag, value));
    }
    for (tail, issuer, subject) in [
        (vec![], None, None),
        (der::tlv(0x81, &[0, 7]), Some(&[0, 7][..]), None),
        (der::tlv(0x82, &[4, 0xf0]), None, Some(&[4, 0xf0][..])),
        ([der::tlv(0x81, &[]), der::tlv(0x82, &[0])].concat(), Some(&[][..]), Some(&[0][..])),
    ] {
        let tbs = der::tlv(0x30, &[&fields[..], &tail].concat());
        let tbs = Tbs::from_der(&tbs).unwrap();
        assert_eq!((tbs.issuer_unique_id(), tbs.subject_unique_id()), (Ok(issuer), Ok(subject)));
    }
    let tbs = der::tlv(0x30, &[&fields[..], &[0x81, 5]].concat());
    let tbs = Tbs::from_der(&tbs).unwrap();
    let cut = ErrorKind::LengthBeyondEnd { announced: 5, available: 0 };
    assert_eq!(tbs.issuer_unique_id().unwrap_err().kind, cut);
    assert_eq!(tbs.subject_unique_id().unwrap_err().kind, cut);
}

#[test]
fn what_is_not_there_is_none() {
    let der = bare().certificate(&ca());
    let tbs = *Certificate::from_der(&der).unwrap().tbs();
    assert_eq!(tbs.basic_constraints(), Ok(None));
    assert_eq!(tbs.key_usage(), Ok(None));
    assert!(tbs.extended_key_usage().unwrap().is_none());
    assert_eq!(tbs.is_precert_signer(), Ok(false));
    assert_eq!(tbs.subject_key_identifier(), Ok(None));
    assert!(tbs.authority_key_identifier().unwrap().is_none());
    assert!(tbs.issuer_alt_names().unwrap().is_none());
    assert!(tbs.name_constraints().unwrap().is_none());
    assert!(tbs.certificate_policies().unwrap().is_none());
    assert!(tbs.authority_info_access().unwrap().is_none());
    assert!(tbs.crl_distribution_points().unwrap().is_none());
}

#[test]
fn two_of_a_kind_and_damage_beside_it_are_errors() {
    let value = der::sequence(&[der::oid("1.3.6.1.5.5.7.3.1")]);
    let twice = bare().extension(EXTENDED_KEY_USAGE, false, &value).extension(EXTENDED_KEY_USAGE, false, &value);
    let beside = bare().extension(EXTENDED_KEY_USAGE, false, &value).extension_der(der::sequence(&[der::null()]));
    for (builder, kind) in
        [(twice, ErrorKind::DuplicateExtension), (beside, ErrorKind::UnexpectedTag { expected: 0x06, found: 0x05 })]
    {
        let der = builder.certificate(&ca());
        let tbs = *Certificate::from_der(&der).unwrap().tbs();
        assert_eq!(tbs.extended_key_usage().map(|_| ()).unwrap_err().kind, kind);
        assert_eq!(tbs.is_precert_signer().unwrap_err().kind, kind);
    }
}

#[test]
fn basic_constraints() {
    let constraints = |parts: &[Vec<u8>]| {
        with(BASIC_CONSTRAINTS, &der::sequence(parts), |tbs| {
            let constraints = tbs.basic_constraints().map_err(|error| error.kind);
            constraints.map(|constraints| constraints.map(|found| (found.ca, found.path_length)).unwrap())
        })
    };
    let (yes, no) = (der::boolean(true), der::boolean(false));
    let invalid = Err(ErrorKind::InvalidValue);
    for (parts, expected) in [
        (vec![], Ok((false, None))),
        (vec![no], Ok((false, None))),
        (vec![yes.clone()], Ok((true, None))),
        (vec![der::tlv(0x01, &[1])], Ok((true, None))),
        (vec![yes.clone(), der::integer(&[0])], Ok((true, Some(0)))),
        (vec![yes.clone(), der::integer(&[0, 0, 0, 0, 0, 3])], Ok((true, Some(3)))),
        (vec![der::integer(&[0, 0xff, 0xff, 0xff, 0xff])], Ok((false, Some(u32::MAX)))),
        (vec![yes.clone(), der::integer(&[0xff])], invalid),
        (vec![yes.clone(), der::integer(&[])], invalid),
        (vec![yes.clone(), der::integer(&[1, 0, 0, 0, 0])], invalid),
        (vec![yes.clone(), yes.clone()], Err(ErrorKind::TrailingData)),
    ] {
        assert_eq!(constraints(&parts), expected, "{parts:02x?}");
    }
    let behind = [der::sequence(&[yes]), der::null()].concat();
    with(BASIC_CONSTRAINTS, &behind, |tbs| {
        assert_eq!(tbs.basic_constraints().unwrap_err().kind, ErrorKind::TrailingData);
    });
}

#[test]
fn key_usage() {
    let usage = |contents: &[u8]| {
        with(KEY_USAGE, &der::tlv(0x03, contents), |tbs| {
            tbs.key_usage().map(|usage| usage.unwrap().bits()).map_err(|error| error.kind)
        })
    };
    let invalid = Err(ErrorKind::InvalidValue);
    for (contents, expected) in [
        (&[7, 0x80][..], Ok(0x8000_0000)),
        (&[0], Ok(0)),
        (&[7, 0xff], Ok(0x8000_0000)),
        (&[1, 0xff, 0xff], Ok(0xfffe_0000)),
        (&[0, 0], Ok(0)),
        (&[1, 0x06], Ok(0x0600_0000)),
        (&[7, 0x00, 0x80], Ok(0x0080_0000)),
        (&[7, 0x80, 0, 1, 0x80], Ok(0x8000_0180)),
        (&[0, 0, 0, 0, 1, 0], Ok(1)),
        (&[7, 0, 0, 0, 1, 0x7f], Ok(1)),
        (&[0, 0, 0, 0, 0, 1], invalid),
        (&[], invalid),
        (&[1], invalid),
        (&[8, 0x80], invalid),
    ] {
        assert_eq!(usage(contents), expected, "{contents:02x?}");
    }
    with(KEY_USAGE, &der::named_bits(&[5, 6]), |tbs| {
        let usage = tbs.key_usage().unwrap().unwrap();
        assert!(usage.contains(KeyUsage::KEY_CERT_SIGN) && usage.contains(KeyUsage::CRL_SIGN));
        assert!(!usage.contains(KeyUsage::DIGITAL_SIGNATURE));
        assert_eq!(usage.to_string(), "keyCertSign, cRLSign");
    });
    let all = [0_u8, 1, 2, 3, 4, 5, 6, 7, 8, 12];
    with(KEY_USAGE, &der::named_bits(&all), |tbs| {
        let text = "digitalSignature, contentCommitment, keyEncipherment, dataEncipherment, keyAgreement, keyCertSign, \
                    cRLSign, encipherOnly, decipherOnly, 0x00080000";
        assert_eq!(tbs.key_usage().unwrap().unwrap().to_string(), text);
    });
}

#[test]
fn purposes() {
    let signer = der::oid("1.3.6.1.4.1.11129.2.4.4");
    let purposes = [der::oid("1.3.6.1.5.5.7.3.1"), signer.clone()];
    with(EXTENDED_KEY_USAGE, &der::sequence(&purposes), |tbs| {
        let found: Vec<_> = tbs.extended_key_usage().unwrap().unwrap().map(|oid| oid.unwrap().to_string()).collect();
        assert_eq!(found, ["1.3.6.1.5.5.7.3.1", "1.3.6.1.4.1.11129.2.4.4"]);
        assert_eq!(tbs.is_precert_signer(), Ok(true));
    });
    // What one element hides does not hide the next; but nobody can say what the list is.
    with(EXTENDED_KEY_USAGE, &der::sequence(&[der::null(), signer]), |tbs| {
        let found: Vec<_> = tbs.extended_key_usage().unwrap().unwrap().collect();
        assert!(found[0].is_err() && found[1] == Ok(Oid::PRECERT_SIGNING) && found.len() == 2);
        assert!(tbs.is_precert_signer().is_err());
    });
}

#[test]
fn key_identifiers() {
    with(SUBJECT_KEY, &der::octet_string(&[1, 2, 3]), |tbs| {
        assert_eq!(tbs.subject_key_identifier(), Ok(Some(&[1, 2, 3][..])));
    });
    with(SUBJECT_KEY, &[1, 2, 3], |tbs| {
        assert!(tbs.subject_key_identifier().is_err());
    });
    let parts = [der::implicit(0, &[7; 20]), der::tlv(0xa1, &uri("http://ca.example/")), der::implicit(2, &[0, 0x9c])];
    with(AUTHORITY_KEY, &der::sequence(&parts), |tbs| {
        let found = tbs.authority_key_identifier().unwrap().unwrap();
        assert_eq!(found.key_identifier, Some(&[7; 20][..]));
        assert_eq!(found.serial, Some(&[0, 0x9c][..]));
        assert_eq!(names(found.issuer()), [Ok((0, 0x86, b"http://ca.example/".to_vec()))]);
    });
    with(AUTHORITY_KEY, &der::sequence::<&[u8]>(&[]), |tbs| {
        let found = tbs.authority_key_identifier().unwrap().unwrap();
        assert_eq!((found.key_identifier, found.serial, found.issuer().count()), (None, None, 0));
    });
    with(AUTHORITY_KEY, &der::octet_string(&[7; 20]), |tbs| {
        let expected = ErrorKind::UnexpectedTag { expected: 0x30, found: 0x04 };
        assert_eq!(tbs.authority_key_identifier().unwrap_err().kind, expected);
    });
}

#[test]
fn issuer_alternative_names() {
    let cut = [uri("http://ca.example/"), vec![0x82, 9, b'x']].concat();
    with(ISSUER_ALT_NAME, &der::tlv(0x30, &cut), |tbs| {
        let cut = Err(ErrorKind::LengthBeyondEnd { announced: 9, available: 1 });
        let found = names(tbs.issuer_alt_names().unwrap().unwrap());
        assert_eq!(found, [Ok((0, 0x86, b"http://ca.example/".to_vec())), cut]);
    });
}

#[test]
fn directory_names() {
    let name = Name::new().country("XX").common_name("x");
    let explicit = |parts: &[Vec<u8>]| der::explicit(4, parts);
    let all = [
        explicit(&[name.to_der()]),
        explicit(&[Name::new().to_der()]),
        explicit(&[name.to_der(), der::null()]),
        explicit(&[]),
        der::implicit(2, b"x"),
    ];
    with(ISSUER_ALT_NAME, &der::sequence(&all), |tbs| {
        let names = tbs.issuer_alt_names().unwrap().unwrap().map(|found| found.unwrap().directory_name());
        let names: Vec<_> = names.map(|found| found.map_err(|error| error.kind)).collect();
        let first = names[0].unwrap().unwrap();
        assert_eq!(first.as_bytes(), name.to_der());
        let attributes: Vec<_> = first.attributes().map(|attribute| attribute.unwrap()).collect();
        assert_eq!(attributes.iter().map(|attribute| attribute.text().unwrap()).collect::<Vec<_>>(), ["XX", "x"]);
        assert_eq!(&tbs.as_bytes()[attributes[1].offset..][..1], b"x");
        assert_eq!(names[1].unwrap().unwrap().attributes().count(), 0);
        assert_eq!(names[2].unwrap_err(), ErrorKind::TrailingData);
        assert_eq!(names[3].unwrap_err(), ErrorKind::TruncatedHeader);
        assert_eq!(names[4], Ok(None));
    });
}

#[test]
fn name_constraints() {
    let dns = |name: &str| der::implicit(2, name.as_bytes());
    let subtree = |parts: &[Vec<u8>]| der::sequence(parts);
    let permitted = [
        subtree(&[dns("one.example")]),
        subtree(&[dns("two.example"), der::implicit(0, &[0])]),
        subtree(&[dns("three.example"), der::implicit(0, &[1])]),
        subtree(&[dns("four.example"), der::implicit(1, &[0])]),
        subtree(&[]),
        subtree(&[der::implicit(7, &[10, 0, 0, 0, 255, 0, 0, 0])]),
    ];
    let value = der::sequence(&[der::tlv(0xa0, &permitted.concat()), der::tlv(0xa1, &subtree(&[dns("")]))]);
    with(NAME_CONSTRAINTS, &value, |tbs| {
        let constraints = tbs.name_constraints().unwrap().unwrap();
        assert_eq!(
            names(constraints.permitted()),
            [
                Ok((0, 0x82, b"one.example".to_vec())),
                Ok((1, 0x82, b"two.example".to_vec())),
                Err(ErrorKind::InvalidValue),
                Err(ErrorKind::TrailingData),
                Err(ErrorKind::TruncatedHeader),
                Ok((5, 0x87, vec![10, 0, 0, 0, 255, 0, 0, 0])),
            ]
        );
        assert_eq!(names(constraints.excluded()), [Ok((0, 0x82, vec![]))]);
        let damage = constraints.permitted().find_map(Result::err).unwrap();
        assert_eq!(damage.octets, permitted[2]);
        assert_eq!(&tbs.as_bytes()[damage.offset..][..damage.octets.len()], damage.octets);
    });
    let swapped = der::sequence(&[der::tlv(0xa1, &[]), der::tlv(0xa0, &[])]);
    with(NAME_CONSTRAINTS, &swapped, |tbs| {
        assert_eq!(tbs.name_constraints().unwrap_err().kind, ErrorKind::TrailingData);
    });
}

#[test]
fn policies() {
    let qualifier = der::sequence(&[der::oid("1.3.6.1.5.5.7.2.1"), der::tlv(0x16, b"http://cps.example/")]);
    let value = der::sequence(&[
        der::sequence(&[der::oid("2.23.140.1.2.1")]),
        der::null(),
        der::sequence(&[der::oid("1.2.3"), der::sequence(&[qualifier, der::sequence(&[der::null()])])]),
    ]);
    with(POLICIES, &value, |tbs| {
        let found: Vec<_> = tbs.certificate_policies().unwrap().unwrap().collect();
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].unwrap().oid.to_string(), "2.23.140.1.2.1");
        assert_eq!(found[0].unwrap().qualifiers().count(), 0);
        assert_eq!(tbs.as_bytes()[found[0].unwrap().offset..][..3], [0x30, 8, 0x06]);
        assert!(found[1].is_err());
        let qualifiers: Vec<_> = found[2].unwrap().qualifiers().collect();
        let (kind, text) = qualifiers[0].unwrap();
        assert_eq!((kind.to_string().as_str(), text.value()), ("1.3.6.1.5.5.7.2.1", &b"http://cps.example/"[..]));
        assert!(qualifiers[1].is_err() && qualifiers.len() == 2);
    });
}

#[test]
fn where_to_ask_about_revocation() {
    let access = |method: &str, location: &[u8]| der::sequence(&[der::oid(method), location.to_vec()]);
    let value = der::sequence(&[
        access("1.3.6.1.5.5.7.48.1", &uri("http://ocsp.example/")),
        der::sequence(&[der::oid("1.3.6.1.5.5.7.48.2")]),
        access("1.3.6.1.5.5.7.48.2", &uri("http://ca.example/")),
    ]);
    with(INFO_ACCESS, &value, |tbs| {
        let found: Vec<_> = tbs.authority_info_access().unwrap().unwrap().collect();
        let (first, third) = (found[0].unwrap(), found[2].unwrap());
        assert_eq!((first.method.to_string().as_str(), first.location.index), ("1.3.6.1.5.5.7.48.1", 0));
        assert_eq!(first.location.kind(), GeneralNameKind::UniformResourceIdentifier);
        assert_eq!(found[1].unwrap_err().kind, ErrorKind::TruncatedHeader);
        assert_eq!((third.location.value, third.location.index), (&b"http://ca.example/"[..], 2));
    });

    let full = |names: &[Vec<u8>]| der::explicit(0, &[der::tlv(0xa0, &names.concat())]);
    let value = der::sequence(&[
        der::sequence(&[full(&[uri("http://one.example/"), uri("http://two.example/")])]),
        der::sequence(&[
            der::explicit(0, &[der::tlv(0xa1, &[1, 2])]),
            der::tlv(0x81, &[1, 0x60]),
            der::tlv(0xa2, &der::implicit(2, b"x")),
        ]),
        der::sequence(&[der::null()]),
    ]);
    with(CRL_DISTRIBUTION_POINTS, &value, |tbs| {
        let found: Vec<_> = tbs.crl_distribution_points().unwrap().unwrap().collect();
        let (one, two) = (found[0].unwrap(), found[1].unwrap());
        let uris: Vec<_> = names(one.full_name()).into_iter().map(|name| name.unwrap().2).collect();
        assert_eq!(uris, [b"http://one.example/", b"http://two.example/"]);
        assert_eq!((one.reasons, one.relative_name, one.crl_issuer().count()), (None, None, 0));
        assert_eq!((two.reasons, two.relative_name), (Some(&[1, 0x60][..]), Some(&[1, 2][..])));
        assert_eq!((two.full_name().count(), names(two.crl_issuer())), (0, vec![Ok((0, 0x82, b"x".to_vec()))]));
        assert_eq!(found[2].unwrap_err().kind, ErrorKind::TrailingData);
    });
}

/// Asks for everything; what is found lies inside the octets.
fn exercise(octets: &[u8]) {
    let bare = Tbs::from_der(octets).ok();
    let certificate = Certificate::from_der(octets).ok();
    if let Some(certificate) = certificate {
        let _ = certificate.signature_algorithm_oid();
    }
    for tbs in bare.into_iter().chain(certificate.map(|certificate| *certificate.tbs())) {
        let inside = |part: &[u8], offset: usize| assert_eq!(tbs.as_bytes()[offset..].get(..part.len()), Some(part));
        let names = |names: &mut dyn Iterator<Item = Item<'_>>| {
            names.for_each(|name| match name {
                Ok(name) => inside(name.value, name.offset),
                Err(damage) => inside(damage.octets, damage.offset),
            });
        };
        let _ = (tbs.version(), tbs.signature_algorithm_oid(), tbs.issuer_unique_id(), tbs.subject_unique_id());
        let spki = tbs.spki();
        let _ = (spki.curve(), spki.rsa_modulus_bits(), spki.rsa_exponent(), spki.algorithm_identifier());
        let _ = (tbs.basic_constraints(), tbs.key_usage(), tbs.subject_key_identifier(), tbs.is_precert_signer());
        for attribute in tbs.subject().attributes().chain(tbs.issuer().attributes()).flatten() {
            let _ = attribute.text();
        }
        if let Ok(Some(purposes)) = tbs.extended_key_usage() {
            purposes.for_each(drop);
        }
        if let Ok(Some(found)) = tbs.issuer_alt_names() {
            names(&mut { found });
        }
        if let Ok(Some(authority)) = tbs.authority_key_identifier() {
            names(&mut authority.issuer());
        }
        if let Ok(Some(constraints)) = tbs.name_constraints() {
            names(&mut constraints.permitted().chain(constraints.excluded()));
        }
        if let Ok(Some(policies)) = tbs.certificate_policies() {
            policies.flatten().for_each(|policy| policy.qualifiers().for_each(drop));
        }
        if let Ok(Some(descriptions)) = tbs.authority_info_access() {
            descriptions.flatten().for_each(|access| inside(access.location.value, access.location.offset));
        }
        if let Ok(Some(points)) = tbs.crl_distribution_points() {
            points.flatten().for_each(|point| names(&mut point.full_name().chain(point.crl_issuer())));
        }
    }
}

fn everything() -> Vec<u8> {
    let rsa = der::sequence(&[
        der::sequence(&[der::oid("1.2.840.113549.1.1.1"), der::null()]),
        der::bit_string(&der::sequence(&[der::integer(&[0, 0x80, 1]), der::integer(&[3])])),
    ]);
    let dns = der::implicit(2, b"one.example");
    CertificateBuilder::leaf(&rsa)
        .dns("one.example")
        .extension(ISSUER_ALT_NAME, false, &der::sequence(&[&dns]))
        .extension(NAME_CONSTRAINTS, true, &der::sequence(&[der::tlv(0xa0, &der::sequence(&[&dns]))]))
        .certificate(&ca())
}

proptest! {
    #[test]
    fn any_octets(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        exercise(&octets);
    }

    #[test]
    fn any_value(oid in prop::sample::select(vec![
        ISSUER_ALT_NAME, BASIC_CONSTRAINTS, KEY_USAGE, NAME_CONSTRAINTS, CRL_DISTRIBUTION_POINTS, POLICIES, AUTHORITY_KEY,
        SUBJECT_KEY, EXTENDED_KEY_USAGE, INFO_ACCESS,
    ]), value in prop::collection::vec(prop_oneof![any::<u8>(), Just(0x30), Just(0xa0), Just(2)], 0..40)) {
        exercise(&bare().extension(oid, false, &value).certificate(&ca()));
    }

    #[test]
    fn any_changes(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut der = everything();
        for (at, octet) in changes {
            let at = at.index(der.len());
            der[at] = octet;
        }
        exercise(&der);
    }
}
