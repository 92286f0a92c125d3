//! Each rule on certificates that the testkit builds: both sides of every boundary.

use ctlens_lint::{Findings, Level, Location, OctetRange, Part, RuleSet, Status};
use ctlens_testkit::der::unix_seconds;
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name};
use ctlens_x509::{Certificate, GeneralNameKind, Tbs, UnixSeconds};

const DAY: i64 = 86_400;

fn ca() -> Ca {
    Ca::root(Key::new(1, "lint ca"), &Name::new().common_name("Lint CA"), 0, 4_102_444_800)
}

fn builder() -> CertificateBuilder {
    let from = unix_seconds(2026, 4, 1, 0, 0, 0);
    CertificateBuilder::leaf(Key::new(1, "lint leaf").spki_der()).validity(from, from + 90 * DAY - 1)
}

fn status(builder: &CertificateBuilder, rule: &str) -> Status {
    let der = builder.certificate(&ca());
    status_of(Certificate::from_der(&der).unwrap().tbs(), rule)
}

fn status_of(tbs: &Tbs<'_>, rule: &str) -> Status {
    let mut statuses = RuleSet::BASELINE_REQUIREMENTS.check(tbs).filter(|(checked, _)| checked.id.as_str() == rule);
    let (_, status) = statuses.next().unwrap();
    status
}

fn findings(status: Status) -> Findings {
    match status {
        Status::Findings(findings) => findings,
        other => panic!("{other:?}"),
    }
}

fn word(status: &Status) -> &'static str {
    match status {
        Status::NotApplicable => "not applicable",
        Status::NotEffective => "not effective",
        Status::Pass => "pass",
        Status::Findings(_) => "finding",
        Status::Undecidable(_) => "undecidable",
        _ => "new",
    }
}

#[test]
fn a_modern_certificate_keeps_every_rule() {
    let der = builder().dns("www.example.com").ip([1, 1, 1, 1]).certificate(&ca());
    let certificate = Certificate::from_der(&der).unwrap();
    for (rule, status) in RuleSet::BASELINE_REQUIREMENTS.check(certificate.tbs()) {
        assert!(matches!(status, Status::Pass | Status::NotEffective), "{}: {status:?}", rule.id);
    }
}

/// BR §6.3.2: the table of maximum validity periods, and a day of 86,400 seconds with the last second included.
#[test]
fn validity_periods() {
    let day = |year, month, day| unix_seconds(year, month, day, 0, 0, 0);
    for (not_before, seconds, rule, expected) in [
        (day(2020, 8, 31) + DAY - 1, 398 * DAY + 1, "validity.max_398d", "not effective"),
        (day(2020, 9, 1), 398 * DAY, "validity.max_398d", "pass"),
        (day(2020, 9, 1), 398 * DAY + 1, "validity.max_398d", "finding"),
        (day(2026, 3, 15) - 1, 398 * DAY + 1, "validity.max_398d", "finding"),
        (day(2026, 3, 15), 398 * DAY + 1, "validity.max_398d", "not effective"),
        (day(2026, 3, 15) - 1, 200 * DAY + 1, "validity.max_200d", "not effective"),
        (day(2026, 3, 15), 200 * DAY, "validity.max_200d", "pass"),
        (day(2026, 3, 15), 200 * DAY + 1, "validity.max_200d", "finding"),
        (day(2027, 3, 15) - 1, 200 * DAY + 1, "validity.max_200d", "finding"),
        (day(2027, 3, 15), 200 * DAY + 1, "validity.max_200d", "not effective"),
        (day(2027, 3, 15), 100 * DAY, "validity.max_100d", "pass"),
        (day(2027, 3, 15), 100 * DAY + 1, "validity.max_100d", "finding"),
        (day(2029, 3, 15), 100 * DAY + 1, "validity.max_100d", "not effective"),
        (day(2029, 3, 15) - 1, 47 * DAY + 1, "validity.max_47d", "not effective"),
        (day(2029, 3, 15), 47 * DAY, "validity.max_47d", "pass"),
        (day(2029, 3, 15), 47 * DAY + 1, "validity.max_47d", "finding"),
        (day(2049, 3, 15), -1, "validity.max_47d", "pass"),
    ] {
        let certificate = builder().dns("a.example").validity(not_before, not_before + seconds - 1);
        let status = status(&certificate, rule);
        assert_eq!(word(&status), expected, "{rule}: {seconds} s from {}", UnixSeconds(not_before));
    }
}

#[test]
fn a_finding_says_what_and_where() {
    let from = unix_seconds(2026, 3, 15, 0, 0, 0);
    let long = builder().dns("a.example").validity(from, from + 200 * DAY);
    let found = findings(status(&long, "validity.max_200d"));
    assert_eq!(
        found.shown[0].explanation,
        "valid from 2026-03-15T00:00:00Z through 2026-10-01T00:00:00Z: 200 days and 1 second, 1 second more than 200 days"
    );
    let der = long.certificate(&ca());
    let Location { part: Part::Validity, octets: Some(OctetRange { offset, length }) } = found.shown[0].location else {
        panic!("{:?}", found.shown[0].location)
    };
    let certificate = Certificate::from_der(&der).unwrap();
    // Two UTCTimes (RFC 5280 §4.1.2.5).
    let times = b"\x17\x0d260315000000Z\x17\x0d261001000000Z";
    assert_eq!(certificate.tbs().as_bytes()[offset..offset + length], *times);

    let der = builder().dns("a.example").ip([10, 1, 2, 3]).certificate(&ca());
    let certificate = Certificate::from_der(&der).unwrap();
    let found = findings(status_of(certificate.tbs(), "san.ip_reserved"));
    assert_eq!(found.shown[0].explanation, "10.1.2.3 is reserved: it lies in 10.0.0.0/8 (Private-Use, RFC 1918)");
    let Location { part, octets: Some(OctetRange { offset, length }) } = &found.shown[0].location else { panic!() };
    assert_eq!(*part, Part::SubjectAltName { index: 1, kind: GeneralNameKind::IpAddress });
    assert_eq!(certificate.tbs().as_bytes()[*offset..offset + length], [10, 1, 2, 3]);
}

#[test]
fn serial_numbers() {
    let mut twenty = [0xff_u8; 20];
    twenty[0] = 0x7f;
    for (octets, positive, length) in [
        (&[1][..], "pass", "pass"),
        (&[0], "finding", "pass"),
        (&[0, 0], "finding", "pass"),
        (&[], "finding", "pass"),
        (&[0x80], "finding", "pass"),
        (&[0, 0x80], "pass", "pass"),
        (&twenty, "pass", "pass"),
        (&[&[0][..], &[0xff; 20]].concat(), "pass", "finding"),
        (&[0x80; 21], "finding", "finding"),
    ] {
        let certificate = builder().dns("a.example").serial(octets);
        assert_eq!(word(&status(&certificate, "serial.positive")), positive, "{octets:02x?}");
        assert_eq!(word(&status(&certificate, "serial.length")), length, "{octets:02x?}");
    }
    let negative = builder().dns("a.example").serial(&[0xfe, 1]);
    let der = negative.certificate(&ca());
    let certificate = Certificate::from_der(&der).unwrap();
    let found = findings(status_of(certificate.tbs(), "serial.positive"));
    assert_eq!(found.shown[0].explanation, "the serial number fe01 is negative");
    let Location { part: Part::SerialNumber, octets: Some(OctetRange { offset, length }) } = found.shown[0].location
    else {
        panic!("{:?}", found.shown[0].location)
    };
    assert_eq!(certificate.tbs().as_bytes()[offset..offset + length], [0xfe, 1]);
}

#[test]
fn reserved_addresses() {
    for (address, expected) in [
        ("1.1.1.1", None),
        ("192.0.2.1", Some("192.0.2.0/24 (Documentation (TEST-NET-1), RFC 5737)")),
        ("192.0.0.9", Some("192.0.0.9/32 (Port Control Protocol Anycast, RFC 7723)")),
        ("127.0.0.1", Some("127.0.0.0/8 (Loopback, RFC 1122)")),
        ("224.0.0.1", None),
        ("2606:4700:4700::1111", None),
        ("::ffff:1.1.1.1", Some("::ffff:0.0.0.0/96 (IPv4-mapped Address, RFC 4291)")),
        ("3fff::1", Some("3fff::/20 (Documentation, RFC 9637)")),
        ("fe80::1", Some("fe80::/10 (Link-Local Unicast, RFC 4291)")),
    ] {
        let address: std::net::IpAddr = address.parse().unwrap();
        let octets = match address {
            std::net::IpAddr::V4(address) => address.octets().to_vec(),
            std::net::IpAddr::V6(address) => address.octets().to_vec(),
        };
        let status = status(&builder().ip(octets), "san.ip_reserved");
        let found = match status {
            Status::Pass => None,
            status => Some(findings(status).shown[0].explanation.clone()),
        };
        assert_eq!(found, expected.map(|block| format!("{address} is reserved: it lies in {block}")));
    }
}

#[test]
fn a_block_is_reserved_from_its_allocation() {
    // 3fff::/20: July 2024.
    let address = [0x3f, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    for (year, month, day, expected) in [(2024, 6, 30, "pass"), (2024, 7, 1, "finding")] {
        let from = unix_seconds(year, month, day, 0, 0, 0);
        let certificate = builder().ip(address).validity(from, from + DAY - 1);
        assert_eq!(word(&status(&certificate, "san.ip_reserved")), expected);
    }
}

#[test]
fn old_certificates_with_reserved_addresses_had_until_november_2015() {
    let from = unix_seconds(2014, 1, 1, 0, 0, 0);
    let end = unix_seconds(2015, 11, 1, 0, 0, 0);
    for (not_after, expected) in [(end - 1, "not applicable"), (end, "finding")] {
        let certificate = builder().ip([10, 0, 0, 1]).validity(from, not_after);
        assert_eq!(word(&status(&certificate, "san.ip_reserved")), expected);
    }
}

#[test]
fn names() {
    let old = |builder: CertificateBuilder| {
        builder.validity(unix_seconds(2026, 3, 14, 23, 59, 59), unix_seconds(2026, 5, 1, 0, 0, 0))
    };
    for (what, certificate, rule, expected) in [
        ("no extension", builder(), "san.missing", "finding"),
        ("a name", builder().dns("a.example"), "san.missing", "pass"),
        ("an e-mail address", builder().general_name(0x81, b"a@b.example"), "san.type_forbidden", "finding"),
        ("a tag that nobody knows", builder().general_name(0x8c, b"x"), "san.type_forbidden", "finding"),
        ("names and addresses", builder().dns("a.example").ip([1, 1, 1, 1]), "san.type_forbidden", "pass"),
        ("no address", builder().dns("a.example").ip([1, 1, 1]), "san.ip_length", "finding"),
        ("address and mask", builder().ip([1, 1, 1, 1, 255, 255, 255, 255]), "san.ip_length", "finding"),
        ("an empty address", builder().ip([]), "san.ip_length", "finding"),
        ("addresses", builder().ip([1, 1, 1, 1]).ip([0x20; 16]), "san.ip_length", "pass"),
        ("no address is not reserved", builder().ip([10, 0, 0]), "san.ip_reserved", "pass"),
        ("reverse name", builder().dns("1.1.1.1.in-addr.arpa"), "san.arpa", "finding"),
        ("reverse zone", builder().dns("IP6.ARPA."), "san.arpa", "finding"),
        ("another arpa", builder().dns("home.arpa"), "san.arpa", "pass"),
        ("not the whole label", builder().dns("xip6.arpa"), "san.arpa", "pass"),
        ("not at the end", builder().dns("ip6.arpa.example"), "san.arpa", "pass"),
        ("as a common name", builder().subject(&Name::new().common_name("1.in-addr.arpa")), "san.arpa", "finding"),
        ("no name at all", builder().ip([1, 1, 1, 1]), "san.arpa", "pass"),
        ("no extension, no type", builder(), "san.type_forbidden", "not applicable"),
        ("before the ballot", old(builder().dns("1.1.1.1.in-addr.arpa")), "san.arpa", "not effective"),
    ] {
        assert_eq!(word(&status(&certificate, rule)), expected, "{what}");
    }
}

/// BR §1.6.1, §4.2.2: a name "that does not end with a Top Level Domain registered in IANA's Root Zone Database".
#[test]
fn internal_names() {
    let cn = |text: &str| builder().subject(&Name::new().common_name(text));
    let cn_of_kind = |tag, octets: &[u8]| builder().subject(&Name::new().attribute("2.5.4.3", tag, octets));
    for (what, certificate, expected) in [
        ("a name", builder().dns("www.example.com"), "pass"),
        ("in capitals", builder().dns("WWW.EXAMPLE.COM"), "pass"),
        ("with the dot of the root", builder().dns("www.example.com."), "pass"),
        ("a wildcard", builder().dns("*.example.com"), "pass"),
        ("a top-level domain itself: matter of other rules", builder().dns("com"), "pass"),
        ("a country's", builder().dns("test1.hr"), "pass"),
        ("an internationalised one", builder().dns("xn--e1afmkfd.xn--p1ai"), "pass"),
        ("the infrastructure of the DNS", builder().dns("home.arpa"), "pass"),
        ("a host name", builder().dns("ssltest5"), "finding"),
        ("a host name with the dot of the root", builder().dns("ssltest5."), "finding"),
        ("a name of a private network", builder().dns("mail.corp.internal"), "finding"),
        ("a wildcard of a private network", builder().dns("*.corp.local"), "finding"),
        ("a name for documentation", builder().dns("www.example"), "finding"),
        ("a name for tests", builder().dns("www.test"), "finding"),
        ("this host", builder().dns("localhost"), "finding"),
        ("no top-level domain as U-label", builder().dns("пример.рф"), "finding"),
        ("a wildcard over everything", builder().dns("*"), "finding"),
        ("no octets", builder().dns(""), "finding"),
        ("the root", builder().dns("."), "finding"),
        ("two dots", builder().dns("example.com.."), "finding"),
        ("white space", builder().dns("example.com "), "finding"),
        ("an octet of zeros at the end", builder().dns(b"example.com\0"), "finding"),
        ("the text of an address where names are", builder().dns("1.1.1.1"), "finding"),
        ("the text of an IPv6 address where names are", builder().dns("2606:4700:4700::1111"), "finding"),
        // BR Appendix B.
        ("an onion name", builder().dns(format!("{}.onion", "a".repeat(56))), "pass"),
        ("one among others", builder().dns("a.example.com").dns("b.lan").dns("c.example.com"), "finding"),
        ("an address", builder().ip([1, 1, 1, 1]), "pass"),
        ("a type that other rules are about", builder().general_name(0x86, b"http://intranet/"), "pass"),
        ("no names", builder(), "not applicable"),
        ("a common name", cn("www.example.com"), "pass"),
        ("a host name as common name", cn("ssltest5"), "finding"),
        ("a common name that is no name", cn("Financijska agencija"), "finding"),
        ("an address as common name", cn("1.1.1.1"), "pass"),
        ("an IPv6 address as common name", cn("2606:4700:4700::1111"), "pass"),
        ("an empty common name", cn_of_kind(0x0c, b""), "pass"),
        ("UTF-16", cn_of_kind(0x1e, b"\0a\0.\0c\0o\0m"), "pass"),
        ("UTF-16 of a host name", cn_of_kind(0x1e, b"\0l\0a\0n"), "finding"),
        ("half a character", cn_of_kind(0x1e, b"\0a\0.\0c\0o\0m\0"), "undecidable"),
        ("a number as common name", cn_of_kind(0x02, &[1]), "undecidable"),
        ("a CA's", CertificateBuilder::authority(Key::new(1, "lint leaf").spki_der(), None), "not applicable"),
    ] {
        assert_eq!(word(&status(&certificate, "san.internal_name")), expected, "{what}");
    }
}

/// What the registries say of one day need not hold on another.
#[test]
fn a_name_is_internal_while_its_top_level_domain_is_not_in_the_root_zone() {
    let at = |year, month, day, second| unix_seconds(year, month, day, 0, 0, 0) + second;
    for (name, not_before, expected) in [
        // Delegated on 2015-08-28.
        ("www.aaa", at(2015, 8, 27, DAY - 1), Some("\"aaa\" became a top-level domain on 2015-08-28")),
        ("www.aaa", at(2015, 8, 28, 0), None),
        // Removed on 2023-06-05.
        ("www.abarth", at(2016, 8, 3, DAY - 1), Some("\"abarth\" became a top-level domain on 2016-08-04")),
        ("www.abarth", at(2023, 6, 5, DAY - 1), None),
        ("www.abarth", at(2023, 6, 6, 0), Some("\"abarth\" was a top-level domain until 2023-06-05")),
        // The Netherlands Antilles: removed on 2015-07-31.
        ("www.an", at(2015, 7, 31, 0), None),
        ("www.an", at(2015, 8, 1, 0), Some("\"an\" was a top-level domain until 2015-07-31")),
        // Ballot 144: 2015-02-18.
        ("a.onion", at(2015, 2, 17, DAY - 1), Some("\"onion\" is no top-level domain (root zone of 2026-07-23)")),
        ("a.onion", at(2015, 2, 18, 0), None),
    ] {
        let certificate = builder().dns(name).validity(not_before, at(2030, 1, 1, 0));
        let found = match status(&certificate, "san.internal_name") {
            Status::Pass => None,
            status => Some(findings(status).shown[0].explanation.clone()),
        };
        let expected = expected.map(|why| format!("\"{name}\" is an internal name: {why}"));
        assert_eq!(found, expected, "{}", UnixSeconds(not_before));
    }
    // BR §9.2.1 of version 1.0.
    for (not_before, not_after, expected) in [
        (at(2012, 6, 30, DAY - 1), at(2020, 1, 1, 0), "not effective"),
        (at(2012, 7, 1, 0), at(2015, 11, 1, -1), "pass"),
        (at(2012, 7, 1, 0), at(2015, 11, 1, 0), "finding"),
        (at(2015, 11, 1, 0), at(2015, 10, 1, 0), "finding"),
    ] {
        let certificate = builder().dns("intranet").validity(not_before, not_after);
        assert_eq!(word(&status(&certificate, "san.internal_name")), expected, "{}", UnixSeconds(not_before));
    }
}

#[test]
fn an_internal_name_is_shown_where_it_is_and_cut_where_it_is_long() {
    let subject = Name::new().organization("lan").common_name("ssltest5");
    let der = builder().subject(&subject).dns("a.example.com").dns("b\"\n.lan").certificate(&ca());
    let certificate = Certificate::from_der(&der).unwrap();
    let found = findings(status_of(certificate.tbs(), "san.internal_name"));
    let expected = [
        (Part::SubjectAltName { index: 1, kind: GeneralNameKind::DnsName }, "b\"\n.lan", r#""b\"\n.lan" is"#),
        (Part::CommonName { index: 0 }, "ssltest5", r#""ssltest5" is"#),
    ];
    assert_eq!(found.shown.len(), expected.len());
    for (finding, (part, text, begin)) in found.shown.iter().zip(expected) {
        let OctetRange { offset, length } = finding.location.octets.unwrap();
        assert_eq!(finding.location.part, part);
        assert_eq!(certificate.tbs().as_bytes()[offset..offset + length], *text.as_bytes());
        assert!(finding.explanation.starts_with(begin), "{}", finding.explanation);
    }
    let long = findings(status(&builder().dns(vec![0xff; 10_000]), "san.internal_name"));
    let shown = format!("\"{}…\" (10000 octets) is an internal name: ", "\\xff".repeat(253));
    assert!(long.shown[0].explanation.starts_with(&shown) && long.shown[0].explanation.len() < 2000);
}

#[test]
fn rules_know_whom_they_are_about() {
    let spki = Key::new(1, "lint leaf").spki_der().to_vec();
    let from = unix_seconds(2026, 4, 1, 0, 0, 0);
    let years = |builder: CertificateBuilder| builder.validity(from, from + 3650 * DAY);
    let bare = || CertificateBuilder::bare(&spki);
    for (what, certificate, expected) in [
        ("a server's", years(bare().extended_key_usage(&["1.3.6.1.5.5.7.3.1"])), "finding"),
        ("for any purpose", years(bare().extended_key_usage(&["2.5.29.37.0"])), "finding"),
        ("without purposes", years(bare()), "finding"),
        (
            "a client's that claims to follow the requirements",
            years(bare().extended_key_usage(&["1.3.6.1.5.5.7.3.2"]).policy("2.23.140.1.2.1")),
            "finding",
        ),
        ("no purpose", years(bare().extension("2.5.29.37", false, &[0x30, 0])), "finding"),
        ("a client's", years(bare().extended_key_usage(&["1.3.6.1.5.5.7.3.2"])), "not applicable"),
        ("a CA's", years(CertificateBuilder::authority(&spki, None)), "not applicable"),
        ("purposes that cannot be read", years(bare().extension("2.5.29.37", false, &[0x30, 5])), "finding"),
        ("constraints that cannot be read", years(bare().extension("2.5.29.19", false, &[0x30, 5])), "finding"),
    ] {
        assert_eq!(word(&status(&certificate, "validity.max_200d")), expected, "{what}");
    }
}

#[test]
fn what_cannot_be_read_is_not_passed() {
    let torn = builder().extension("2.5.29.17", false, &[0x30, 0x05, 0x82]);
    for rule in ["san.type_forbidden", "san.ip_length", "san.ip_reserved", "san.internal_name", "san.arpa"] {
        assert_eq!(word(&status(&torn, rule)), "undecidable", "{rule}");
    }
    let lost = builder().extension_der(vec![0x30, 0x02, 0x04, 0x00]);
    for rule in
        ["san.missing", "san.type_forbidden", "san.ip_length", "san.ip_reserved", "san.internal_name", "san.arpa"]
    {
        assert_eq!(word(&status(&lost, rule)), "undecidable", "{rule}");
    }
    let timeless = builder().dns("a.example").validity_der(vec![0x30, 0]);
    for rule in ["validity.max_200d", "san.missing", "serial.length"] {
        assert_eq!(word(&status(&timeless, rule)), "undecidable", "{rule}");
    }
    // A rule without dates needs no date.
    assert_eq!(word(&status(&builder().ip([1]).validity_der(vec![0x30, 0]), "san.ip_length")), "finding");
}

#[test]
fn many_findings_are_counted() {
    let many = (0..50_u8).fold(builder(), |builder, last| builder.ip([10, 0, 0, last]));
    let found = findings(status(&many, "san.ip_reserved"));
    assert_eq!((found.shown.len(), found.more), (Findings::MOST, 50 - Findings::MOST));
}

#[test]
fn a_preview_asks_for_a_day_to_come() {
    let der = builder().dns("a.example.com").certificate(&ca());
    let certificate = Certificate::from_der(&der).unwrap();
    let at = UnixSeconds(unix_seconds(2029, 3, 15, 0, 0, 0));
    let broken: Vec<_> = RuleSet::BASELINE_REQUIREMENTS
        .check_as_of(certificate.tbs(), at)
        .filter(|(_, status)| matches!(status, Status::Findings(_)))
        .map(|(rule, _)| rule.id.as_str())
        .collect();
    assert_eq!(broken, ["validity.max_47d"]);
}

#[test]
fn the_table_of_rules_is_sound() {
    let rules = RuleSet::BASELINE_REQUIREMENTS.rules;
    for rule in rules {
        assert_eq!(rules.iter().filter(|other| other.id == rule.id).count(), 1, "{}", rule.id);
        assert_eq!(RuleSet::BASELINE_REQUIREMENTS.rule(rule.id.as_str()).unwrap().title, rule.title);
        assert!(rule.level >= Level::Error && !rule.source.section.is_empty(), "{}", rule.id);
        if let (Some(effective), Some(until)) = (rule.effective, rule.until) {
            assert!(effective < until, "{}", rule.id);
        }
    }
    assert!(RuleSet::BASELINE_REQUIREMENTS.rule("san.nothing").is_none());
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 64, failure_persistence: None, ..Default::default() })]

    /// Any octets anywhere: no panic, and a result for every rule.
    #[test]
    fn any_certificate_gets_a_status_for_every_rule(
        serial in proptest::collection::vec(0_u8.., 0..24),
        tag in 0_u8..,
        name in proptest::collection::vec(0_u8.., 0..40),
        san in proptest::option::of(proptest::collection::vec(0_u8.., 0..40)),
    ) {
        let mut builder = builder().serial(&serial).general_name(tag & 0xdf, &name);
        if let Some(san) = san {
            builder = builder.extension("2.5.29.17", false, &san);
        }
        let der = builder.certificate(&ca());
        let certificate = Certificate::from_der(&der).unwrap();
        let statuses = RuleSet::BASELINE_REQUIREMENTS.check(certificate.tbs()).count();
        proptest::prop_assert_eq!(statuses, RuleSet::BASELINE_REQUIREMENTS.rules.len());
    }
    /// What stands before the last label, its case and the dot of the root say nothing about whether a name is internal.
    #[test]
    fn only_the_last_label_and_the_day_make_a_name_internal(
        before in proptest::collection::vec(0_u8.., 0..20),
        (label, days) in proptest::sample::select(vec![
            ("com", Some((0, i64::MAX))),
            ("hr", Some((0, i64::MAX))),
            ("aaa", Some((unix_seconds(2015, 8, 28, 0, 0, 0), i64::MAX))),
            ("abarth", Some((unix_seconds(2016, 8, 4, 0, 0, 0), unix_seconds(2023, 6, 6, 0, 0, 0)))),
            ("internal", None),
            ("com-", None),
        ]),
        capitals in 0_u8..,
        root in proptest::bool::ANY,
        not_before in unix_seconds(2012, 7, 1, 0, 0, 0)..unix_seconds(2030, 1, 1, 0, 0, 0),
    ) {
        let mut name = before;
        name.push(b'.');
        name.extend(label.bytes().enumerate().map(|(n, octet)| {
            if capitals >> (n % 8) & 1 == 1 { octet.to_ascii_uppercase() } else { octet }
        }));
        name.extend(root.then_some(b'.'));
        let certificate = builder().dns(name).validity(not_before, unix_seconds(2031, 1, 1, 0, 0, 0));
        let existed = days.is_some_and(|(from, until)| from <= not_before && not_before < until);
        let expected = if existed { "pass" } else { "finding" };
        proptest::prop_assert_eq!(word(&status(&certificate, "san.internal_name")), expected);
    }
}
