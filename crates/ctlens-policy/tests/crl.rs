//! What a CRL says about a certificate, and what it does not say.

use ctlens_policy::{Crl, CrlError, CrlReason, NoAnswer, RevocationStatus};
use ctlens_testkit::der::{explicit, implicit, oid, rfc3339, sequence, time, tlv, unix_seconds, unsigned_integer};
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name, der};
use ctlens_x509::{Certificate, UnixSeconds};
use proptest::prelude::*;
use std::collections::BTreeMap;
use x509_cert::certificate::Rfc5280;
use x509_cert::crl::CertificateList;
use x509_cert::der::Decode;

/// Made by OpenSSL 3.0 (`openssl ca -gencrl`): three entries, for one distribution point, server certificates only.
const BY_OPENSSL: &str = "3082018030820127020101300a06082a8648ce3d040302302d310b3009060355040613024852310d300b060355\
    040a0c0454657374310f300d06035504030c0643524c204341170d3235303931393030303030305a170d3235303932363030303030305a3069\
    301202011b170d3235303930333038303030305a3021020200ff170d3235303930343038303030305a300c300a0603551d1504030a01013030\
    021100d3167efd77cad759000000005fc7c672170d3235303930353132303030305a300c300a0603551d1504030a0104a05e305c301f060355\
    1d23041830168014aa15b3ac58ce7be2ee7e6179ca412f4c015a74d6302d0603551d1c0101ff04233021a01ca01a8618687474703a2f2f6372\
    6c2e6578616d706c652f312e63726c8101ff300a0603551d140403020101300a06082a8648ce3d040302034700304402203dd6bcd6b11cef2b\
    8d1da1155ce6a3caf6fb70c77e4c994dde08cc1f93001c0f022060a4011437957a8d5589930d915efcc7ff3efd2ccd0f0dbe9ae07a68d7dd2d\
    3f";
const KEY_IDENTIFIER: &str = "aa15b3ac58ce7be2ee7e6179ca412f4c015a74d6";

fn octets(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn ca() -> Ca {
    named_ca(&Name::new().country("HR").organization("Test").common_name("CRL CA"))
}

fn named_ca(name: &Name) -> Ca {
    Ca::root(Key::new(9, "crl ca"), name, 0, 4_102_444_800)
}

fn leaf() -> CertificateBuilder {
    let from = unix_seconds(2025, 5, 26, 0, 0, 0);
    CertificateBuilder::bare(Key::new(9, "leaf").spki_der()).validity(from, from + 365 * 86_400 - 1)
}

fn with_authority_key(builder: CertificateBuilder, identifier: &[u8]) -> CertificateBuilder {
    builder.extension("2.5.29.35", false, &sequence(&[implicit(0, identifier)]))
}

fn with_point(builder: CertificateBuilder, uri: &str) -> CertificateBuilder {
    builder.extension("2.5.29.31", false, &sequence(&[sequence(&[explicit(0, &[explicit(0, &[uri_name(uri)])])])]))
}

fn uri_name(uri: &str) -> Vec<u8> {
    implicit(6, uri.as_bytes())
}

fn answer(crl: &[u8], builder: &CertificateBuilder) -> RevocationStatus {
    answer_by(&ca(), crl, builder)
}

fn answer_by(ca: &Ca, crl: &[u8], builder: &CertificateBuilder) -> RevocationStatus {
    let der = builder.certificate(ca);
    let certificate = Certificate::from_der(&der).unwrap();
    Crl::from_der(crl).unwrap_or_else(|error| panic!("{error}")).status_of(certificate.tbs())
}

fn unknown(why: NoAnswer) -> RevocationStatus {
    RevocationStatus::Unknown { why }
}

fn at(text: &str, status: RevocationStatus) {
    let at = match status {
        RevocationStatus::Revoked { at, reason } => format!("{} {reason}", rfc3339(at.0)),
        RevocationStatus::NotRevoked { as_of } => format!("not until {}", rfc3339(as_of.0)),
        other => format!("{other:?}"),
    };
    assert_eq!(at, text);
}

#[test]
fn of_openssl() {
    let der = octets(BY_OPENSSL);
    let crl = Crl::from_der(&der).unwrap();
    assert_eq!(crl.len(), 3);
    assert_eq!(crl.this_update(), UnixSeconds(unix_seconds(2025, 9, 19, 0, 0, 0)));
    assert_eq!(crl.next_update(), Some(UnixSeconds(unix_seconds(2025, 9, 26, 0, 0, 0))));
    assert_eq!((crl.signed_octets().len(), crl.signature().len()), (4 + 0x127, 0x46));

    let here = with_point(with_authority_key(leaf(), &octets(KEY_IDENTIFIER)), "http://crl.example/1.crl");
    let serial = octets("00d3167efd77cad759000000005fc7c672");
    at("2025-09-05T12:00:00Z superseded", answer(&der, &here.clone().serial(&serial)));
    at("2025-09-04T08:00:00Z keyCompromise", answer(&der, &here.clone().serial(&[0, 0xff])));
    at("2025-09-03T08:00:00Z unspecified", answer(&der, &here.clone().serial(&[0x1b])));
    at("2025-09-03T08:00:00Z unspecified", answer(&der, &here.clone().serial(&[0, 0, 0x1b])));
    at("not until 2025-09-19T00:00:00Z", answer(&der, &here.clone().serial(&[0x1c])));
    // -1 is not 255.
    at("not until 2025-09-19T00:00:00Z", answer(&der, &here.clone().serial(&[0xff])));
}

#[test]
fn it_answers_for_its_own_only() {
    let der = octets(BY_OPENSSL);
    let (key, url) = (octets(KEY_IDENTIFIER), "http://crl.example/1.crl");
    let revoked = |builder: CertificateBuilder| builder.serial(&[0x1b]);
    let here = with_point(with_authority_key(leaf(), &key), url);

    let other = named_ca(&Name::new().country("HR").organization("Test").common_name("CRL CB"));
    assert_eq!(answer_by(&other, &der, &revoked(here.clone())), unknown(NoAnswer::OtherIssuer));
    let other_key = with_point(with_authority_key(leaf(), &[7; 20]), url);
    assert_eq!(answer(&der, &revoked(other_key)), unknown(NoAnswer::OtherKey));
    let damaged = leaf().extension("2.5.29.35", false, &[0x30, 9]);
    assert_eq!(answer(&der, &revoked(damaged)), unknown(NoAnswer::CertificateDamaged));
    // What stands in it is revoked wherever the certificate points; what does not may stand in another.
    at("2025-09-03T08:00:00Z unspecified", answer(&der, &revoked(leaf())));
    let elsewhere = with_point(leaf(), "http://crl.example/2.crl");
    assert_eq!(answer(&der, &elsewhere), unknown(NoAnswer::OutOfScope));
    assert_eq!(answer(&der, &leaf()), unknown(NoAnswer::OutOfScope));
    let authority = here.clone().extension("2.5.29.19", true, &sequence(&[der::boolean(true)]));
    assert_eq!(answer(&der, &authority), unknown(NoAnswer::OutOfScope));
    let ended = here.validity(0, unix_seconds(2025, 9, 18, 23, 59, 59));
    assert_eq!(answer(&der, &ended), unknown(NoAnswer::AfterItsEnd));
}

/// Serial, seconds, extensions.
type Entry = (Vec<u8>, i64, Vec<Vec<u8>>);

fn crl(entries: &[Entry], extensions: &[Vec<u8>]) -> Vec<u8> {
    let entries: Vec<Vec<u8>> = entries
        .iter()
        .map(|(serial, at, extensions)| {
            let mut fields = vec![unsigned_integer(serial), time(*at)];
            fields.extend((!extensions.is_empty()).then(|| sequence(extensions)));
            sequence(&fields)
        })
        .collect();
    let mut fields = vec![
        der::integer(&[1]),
        algorithm(),
        ca().name_der().to_vec(),
        time(unix_seconds(2025, 9, 19, 0, 0, 0)),
        time(unix_seconds(2025, 9, 26, 0, 0, 0)),
    ];
    fields.extend((!entries.is_empty()).then(|| sequence(&entries)));
    fields.extend((!extensions.is_empty()).then(|| explicit(0, &[sequence(extensions)])));
    signed(&fields)
}

fn algorithm() -> Vec<u8> {
    sequence(&[oid("1.2.840.10045.4.3.2")])
}

fn signed(fields: &[Vec<u8>]) -> Vec<u8> {
    sequence(&[sequence(fields), algorithm(), der::bit_string(&[1, 2, 3])])
}

fn extension(id: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    sequence(&[oid(id), der::boolean(critical), der::octet_string(value)])
}

fn reason(code: u8) -> Vec<u8> {
    extension("2.5.29.21", false, &tlv(0x0a, &[code]))
}

const AT: i64 = 1_757_000_000;

#[test]
fn extensions_that_change_the_meaning() {
    let scope = |fields: &[Vec<u8>]| extension("2.5.29.28", true, &sequence(fields));
    let relative = explicit(0, &[implicit(1, &[])]);
    let revoked = RevocationStatus::Revoked { at: UnixSeconds(AT), reason: CrlReason::UNSPECIFIED };
    let not_revoked = RevocationStatus::NotRevoked { as_of: UnixSeconds(unix_seconds(2025, 9, 19, 0, 0, 0)) };
    let (beyond, elsewhere) = (unknown(NoAnswer::CriticalExtension), unknown(NoAnswer::OutOfScope));
    let set = |number: u8| implicit(number, &[0xff]);
    // (what, extension of the CRL, of one that stands in it, of one that does not)
    for (what, of_crl, listed, not_listed) in [
        ("none", None, revoked, not_revoked),
        ("an unknown one", Some(extension("1.2.3", false, &[])), revoked, not_revoked),
        ("an unknown critical one", Some(extension("1.2.3", true, &[])), beyond, beyond),
        ("a delta", Some(extension("2.5.29.27", true, &der::integer(&[1]))), beyond, beyond),
        ("indirect", Some(scope(&[set(4)])), beyond, beyond),
        ("servers only", Some(scope(&[set(1)])), revoked, not_revoked),
        ("authorities only", Some(scope(&[set(2)])), revoked, elsewhere),
        ("some reasons only", Some(scope(&[implicit(3, &[6, 0x40])])), revoked, elsewhere),
        ("attribute certificates only", Some(scope(&[set(5)])), revoked, elsewhere),
        ("a relative point", Some(scope(&[relative])), revoked, elsewhere),
    ] {
        let der = crl(&[(vec![7], AT, vec![])], of_crl.as_slice());
        assert_eq!(answer(&der, &leaf().serial(&[7])), listed, "{what}");
        assert_eq!(answer(&der, &leaf().serial(&[8])), not_listed, "{what}");
    }
    for (what, of_entry, status) in [
        ("key compromise", reason(1), RevocationStatus::Revoked { at: UnixSeconds(AT), reason: CrlReason(1) }),
        ("an unknown reason", reason(77), RevocationStatus::Revoked { at: UnixSeconds(AT), reason: CrlReason(77) }),
        ("off hold", reason(8), beyond),
        ("another issuer's", extension("2.5.29.29", true, &sequence::<Vec<u8>>(&[])), beyond),
        ("unknown", extension("1.2.3", false, &[]), revoked),
    ] {
        let der = crl(&[(vec![7], AT, vec![of_entry])], &[]);
        assert_eq!(answer(&der, &leaf().serial(&[7])), status, "{what}");
    }
}

#[test]
fn damage_is_an_error() {
    let whole = octets(BY_OPENSSL);
    for length in 0..whole.len() {
        assert!(Crl::from_der(&whole[..length]).is_err(), "{length} octets");
    }
    let trailing = [whole.as_slice(), &[0]].concat();
    assert_eq!(Crl::from_der(&trailing).unwrap_err(), CrlError::Trailing { offset: whole.len() });

    let entry = |fields: &[Vec<u8>]| {
        let base = [algorithm(), ca().name_der().to_vec(), time(AT), sequence(&[sequence(fields)])];
        signed(&base)
    };
    assert!(Crl::from_der(&entry(&[der::integer(&[1]), time(AT)])).is_ok());
    for (what, der) in [
        ("a serial without octets", entry(&[der::integer(&[]), time(AT)])),
        ("no serial", entry(&[time(AT)])),
        ("no date", entry(&[der::integer(&[1])])),
        ("more than there is", entry(&[der::integer(&[1]), time(AT), sequence::<Vec<u8>>(&[]), der::null()])),
        (
            "a reason of two octets",
            entry(&[der::integer(&[1]), time(AT), sequence(&[extension("2.5.29.21", false, &tlv(0x0a, &[0, 1]))])]),
        ),
        ("February 30", entry(&[der::integer(&[1]), tlv(0x17, b"250230000000Z")])),
        ("a time without seconds", entry(&[der::integer(&[1]), tlv(0x17, b"2502280000Z")])),
        ("a time with an offset", entry(&[der::integer(&[1]), tlv(0x17, b"250228000000+0100")])),
        ("second 60", entry(&[der::integer(&[1]), tlv(0x18, b"20250228000060Z")])),
        ("letters", entry(&[der::integer(&[1]), tlv(0x18, b"2025O228000000Z")])),
        ("version 3", signed(&[der::integer(&[2]), algorithm(), ca().name_der().to_vec(), time(AT)])),
        ("a length beyond the end", vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0]),
        ("no CRL", der::null()),
    ] {
        assert!(Crl::from_der(&der).is_err(), "{what}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Exactly what was put in is found, and x509-cert reads the same entries.
    #[test]
    fn what_was_put_in(
        entries in proptest::collection::btree_map(1_u32..5000, (0_i64..4_000_000_000, proptest::option::of(1_u8..7)), 0..40),
        asked in proptest::collection::vec(1_u32..5000, 0..20),
    ) {
        let list: Vec<Entry> = entries
            .iter()
            .map(|(serial, (at, code))| (serial.to_be_bytes().to_vec(), *at, code.map(reason).into_iter().collect()))
            .collect();
        let der = crl(&list, &[]);
        let ours = Crl::from_der(&der).unwrap();
        prop_assert_eq!(ours.len(), entries.len());
        let theirs = CertificateList::<Rfc5280>::from_der(&der).unwrap();
        let theirs: BTreeMap<Vec<u8>, u64> = theirs.tbs_cert_list.revoked_certificates.unwrap_or_default().iter()
            .map(|entry| (entry.serial_number.as_bytes().to_vec(), entry.revocation_date.to_unix_duration().as_secs()))
            .collect();
        prop_assert_eq!(theirs.len(), entries.len());
        for serial in asked.into_iter().chain(entries.keys().copied().take(5)) {
            let integer = unsigned_integer(&serial.to_be_bytes());
            let contents = &integer[2..];
            let status = answer(&der, &leaf().serial(contents));
            let at = match status {
                RevocationStatus::Revoked { at, reason } => {
                    prop_assert_eq!(reason.0, entries[&serial].1.unwrap_or(0));
                    Some(at.0)
                }
                RevocationStatus::NotRevoked { .. } => None,
                other => return Err(TestCaseError::fail(format!("{other:?}"))),
            };
            prop_assert_eq!(at, entries.get(&serial).map(|(at, _)| *at));
            prop_assert_eq!(at, theirs.get(contents).map(|at| i64::try_from(*at).unwrap()));
        }
    }

    /// Damage of any octet gives an error or a CRL, and never a panic.
    #[test]
    fn damaged_anywhere(at in 0_usize..388, to: u8) {
        let mut der = octets(BY_OPENSSL);
        if let Some(octet) = der.get_mut(at) {
            *octet = to;
        }
        if let Ok(crl) = Crl::from_der(&der) {
            let certificate = leaf().serial(&[0x1b]).certificate(&ca());
            let _ = crl.status_of(Certificate::from_der(&certificate).unwrap().tbs());
        }
    }
}
