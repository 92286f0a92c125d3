//! What each field of a certificate means to a watch list.

use core::ops::ControlFlow;
use std::sync::Arc;

use ctlens_san::{Grade, Hit, Item, ItemId, ListFull, Outcome, Reading, Relation, Source, Tally, Undecided, WatchList};
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name, der};
use ctlens_x509::{Certificate, ErrorKind, GeneralNameKind};

use Grade::{Nobody, Rfc9525, SomeClient};
use Reading::Standard;
use Relation::{Below, Exact, Range, Wildcard};

/// A list of items in text form; the text is the payload.
fn list<'t>(items: &[&'t str]) -> WatchList<&'t str> {
    let mut list = WatchList::new(7);
    for text in items {
        list.insert(&text.parse().unwrap(), *text).unwrap();
    }
    list
}

/// Items with blanks between them, and what the hit says.
type Expected<'e> = (&'e str, Relation, Reading, Grade);

/// What a hit says: its items, sorted.
type Row = (Vec<String>, Relation, Reading, Grade);

fn row(hit: &Hit<'_, '_, &str>) -> Row {
    let mut items: Vec<_> = hit.items().map(|entry| entry.item().to_string()).collect();
    assert!(hit.items().all(|entry| entry.item().to_string() == *entry.payload()));
    items.sort_unstable();
    if let Some(count) = hit.count() {
        assert_eq!(count, items.len());
    }
    match hit.relation {
        Exact | Below | Relation::Prefix { .. } => assert_eq!(hit.item().unwrap().item().to_string(), items[0]),
        _ => assert!(hit.item().is_none()),
    }
    (items, hit.relation, hit.reading, hit.grade)
}

fn rows(list: &WatchList<&str>, kind: GeneralNameKind, octets: &[u8]) -> Vec<Row> {
    let mut rows = Vec::new();
    let outcome = list.look_up(kind, octets, |hit| {
        assert_eq!((hit.octets, hit.offset, hit.source), (octets, 0, Source::SubjectAltName { index: 0 }));
        rows.push(row(&hit));
        ControlFlow::Continue(())
    });
    assert_eq!(outcome.tally().delivered, rows.len());
    assert_eq!(matches!(outcome, Outcome::NoMatch), rows.is_empty());
    rows
}

fn check(list: &WatchList<&str>, kind: GeneralNameKind, octets: &[u8], expected: &[Expected<'_>]) {
    let expected: Vec<Row> = expected
        .iter()
        .map(|&(items, relation, reading, grade)| {
            (items.split(' ').map(str::to_owned).collect(), relation, reading, grade)
        })
        .collect();
    assert_eq!(rows(list, kind, octets), expected, "{}", octets.escape_ascii());
}

#[test]
fn dns_names() {
    let list = list(&[
        "example.com",
        "www.example.com",
        ".example.net",
        "a.b.example.org",
        "localhost",
        ".co.uk",
        "www.interior.example",
    ]);
    let rows: &[(&str, &[Expected<'_>])] = &[
        // Names that stand for themselves.
        ("example.com", &[("example.com", Exact, Standard, Rfc9525)]),
        ("EXAMPLE.Com", &[("example.com", Exact, Standard, Rfc9525)]),
        ("localhost", &[("localhost", Exact, Standard, Rfc9525)]),
        ("example.net", &[(".example.net", Exact, Standard, Rfc9525)]),
        ("a.b.c.example.net", &[(".example.net", Below, Standard, Rfc9525)]),
        ("a_b.example.net", &[(".example.net", Below, Standard, Rfc9525)]),
        ("ftp.example.com", &[]),
        ("notexample.com", &[]),
        ("com", &[]),
        ("b.example.org", &[]),
        ("", &[]),
        (".", &[]),
        // A name whose tail is longer than a word, and one longer than the ordinary.
        ("x.y.z.a-very-long-label-that-is-long.example.net", &[(".example.net", Below, Standard, Rfc9525)]),
        (
            "a-very-long-label-that-is-long.another-very-long-label-that-is-long.example.net",
            &[(".example.net", Below, Standard, Rfc9525)],
        ),
        // Wildcards, spec table §1.1.
        ("*.example.com", &[("www.example.com", Wildcard, Standard, Rfc9525)]),
        ("*.example.net", &[(".example.net", Below, Standard, Rfc9525)]),
        ("*.com", &[("example.com", Wildcard, Standard, Rfc9525)]),
        ("*.net", &[(".example.net", Wildcard, Standard, Rfc9525)]),
        ("*.uk", &[(".co.uk", Wildcard, Standard, Rfc9525)]),
        ("*.co.uk", &[(".co.uk", Below, Standard, Rfc9525)]),
        ("*.org", &[]),
        ("*.interior.example", &[("www.interior.example", Wildcard, Standard, Rfc9525)]),
        ("ftp.interior.example", &[]),
        ("interior.example", &[]),
        ("*.www.example.com", &[]),
        ("*", &[("localhost", Wildcard, Standard, SomeClient)]),
        ("w*.example.com", &[("www.example.com", Wildcard, Standard, SomeClient)]),
        ("W*W.example.com", &[("www.example.com", Wildcard, Standard, SomeClient)]),
        ("w*x.example.com", &[]),
        ("**.example.com", &[("www.example.com", Wildcard, Standard, SomeClient)]),
        ("www.*.com", &[("www.example.com", Wildcard, Standard, SomeClient)]),
        ("*.*.com", &[("www.example.com", Wildcard, Standard, SomeClient)]),
        ("a.*.*.org", &[("a.b.example.org", Wildcard, Standard, SomeClient)]),
        ("a.b.ex*e.org", &[("a.b.example.org", Wildcard, Standard, SomeClient)]),
        ("x.*.net", &[(".example.net", Wildcard, Standard, SomeClient)]),
        ("x.y.*.net", &[(".example.net", Wildcard, Standard, SomeClient)]),
        ("example.*", &[(".example.net example.com", Wildcard, Standard, SomeClient)]),
        ("*.*", &[(".co.uk .example.net example.com", Wildcard, Standard, SomeClient)]),
        // Dots too many.
        ("example.com.", &[("example.com", Exact, Reading::TrailingDot, SomeClient)]),
        ("*.com.", &[("example.com", Wildcard, Reading::TrailingDot, SomeClient)]),
        ("example.com..", &[("example.com", Exact, Reading::SurplusDots, Nobody)]),
        (
            ".example.com",
            &[
                ("example.com", Exact, Reading::SurplusDots, Nobody),
                ("www.example.com", Wildcard, Reading::SurplusDots, Nobody),
            ],
        ),
        ("..org", &[("a.b.example.org", Wildcard, Reading::SurplusDots, Nobody)]),
        ("www..example.com", &[("www.example.com", Exact, Reading::EmptyLabels, Nobody)]),
        ("a..example.org", &[("a.b.example.org", Wildcard, Reading::UnparsableLabel, Nobody)]),
        // Octets around the name, and what stands before a NUL.
        (" example.com\n", &[("example.com", Exact, Reading::Trimmed, Nobody)]),
        ("example.com\0", &[("example.com", Exact, Reading::NulPrefix, Nobody)]),
        (
            "example.com\0.example.net",
            &[(".example.net", Below, Standard, SomeClient), ("example.com", Exact, Reading::NulPrefix, Nobody)],
        ),
        ("https://www.example.com/path?x#y", &[("www.example.com", Exact, Reading::Host, Nobody)]),
        ("http://user:password@example.com:8080", &[("example.com", Exact, Reading::Host, Nobody)]),
        ("example.com:443", &[("example.com", Exact, Reading::Host, Nobody)]),
        ("example.com/path", &[("example.com", Exact, Reading::Host, Nobody)]),
        ("user@example.com", &[("example.com", Exact, Reading::Host, Nobody)]),
        (
            "example.com, www.example.com",
            &[("example.com", Exact, Reading::Word, Nobody), ("www.example.com", Exact, Reading::Word, Nobody)],
        ),
        // Labels that cannot be read stand for any label.
        ("w w.example.com", &[("www.example.com", Wildcard, Reading::UnparsableLabel, Nobody)]),
        ("?.example.com", &[("www.example.com", Wildcard, Reading::UnparsableLabel, Nobody)]),
        ("caf\u{e9}.example.com", &[("www.example.com", Wildcard, Reading::UnparsableLabel, Nobody)]),
        ("www.(redacted).com", &[("www.example.com", Wildcard, Reading::UnparsableLabel, Nobody)]),
        ("caf\u{e9}.example.net", &[(".example.net", Below, Standard, SomeClient)]),
    ];
    for (name, expected) in rows {
        check(&list, GeneralNameKind::DnsName, name.as_bytes(), expected);
    }
}

/// Whatever octet came out wrong, and wherever a host is cut out of a text: the text itself is looked at, too.
#[test]
fn what_surrounds_a_host_hides_no_name() {
    let list = list(&["example.com", ".example.com", "www.example.com", "1.1.1.1", "2001:db8::/32"]);
    for (name, expected) in [
        ("m?nchen.example.com", ".example.com www.example.com"),
        ("www.m?nchen.example.com", ".example.com"),
        ("f??.example.com", ".example.com www.example.com"),
        ("DNS:www.example.com", ".example.com www.example.com"),
        ("DNS:www.example.com:443", ".example.com www.example.com"),
        ("IP:1.1.1.1", "1.1.1.1"),
        ("IP Address:1.1.1.1", "1.1.1.1"),
        ("IP Address:2001:db8::1", "2001:db8::/32"),
        ("[1.1.1.1]", "1.1.1.1"),
        ("[IPv6:2001:db8::1]", "2001:db8::/32"),
        ("\\*.example.com", ".example.com www.example.com"),
        ("\\052.example.com", ".example.com www.example.com"),
        ("//example.com", ".example.com example.com"),
        ("/example.com", ".example.com example.com"),
        ("https:/example.com", ".example.com example.com"),
        ("https:www.example.com", ".example.com www.example.com"),
        ("https//www.example.com", ".example.com www.example.com"),
        ("a/b.example.com", ".example.com www.example.com"),
        ("foo#1.example.com", ".example.com www.example.com"),
        ("foo:bar.example.com", ".example.com www.example.com"),
        ("http://other.example/x.example.com", ".example.com"),
        ("::1%.example.com", ".example.com www.example.com"),
        ("[::1].example.com", ".example.com www.example.com"),
        ("www\u{3002}example\u{3002}com", ".example.com www.example.com"),
        ("www\u{ff0e}example\u{ff61}com\u{3002}", ".example.com www.example.com"),
        ("\u{3002}example.com", ".example.com example.com www.example.com"),
        ("www\u{3002}.example.com", ".example.com www.example.com"),
        ("0/25.1.1.1.in-addr.arpa", "1.1.1.1"),
        // Well-formed texts say which part of them is the host.
        ("user@example.org", ""),
        ("user@mail.example.com", ".example.com"),
        ("https://example.org:443/com", ""),
        ("https://mail.example.com:443/", ".example.com"),
        ("example.org:443", ""),
        ("mail.example.com/", ".example.com"),
    ] {
        let fields = [GeneralNameKind::DnsName, GeneralNameKind::Unknown];
        for kind in fields {
            let found: std::collections::BTreeSet<String> =
                rows(&list, kind, name.as_bytes()).into_iter().flat_map(|(items, ..)| items).collect();
            // A label that cannot be read stands for any, at every level that the text has.
            for item in expected.split_whitespace() {
                assert!(found.contains(item), "{name} for {item}: {found:?}");
            }
            if !name.contains([':', '?', '/', '#', '\\', '\u{3002}']) || expected.is_empty() {
                assert_eq!(found.into_iter().collect::<Vec<_>>().join(" "), expected, "{name}");
            }
        }
        let der = certificate(|builder| builder.subject(&Name::new().common_name(name)));
        assert_eq!(watch(&list, &der).0.is_empty(), expected.is_empty(), "{name} as a common name");
    }
    for uri in [
        "//www.example.com:443",
        "https:/www.example.com",
        "www.example.com:443",
        "https:///www.example.com",
        "https://x/\\.example.com",
    ] {
        assert!(!rows(&list, GeneralNameKind::UniformResourceIdentifier, uri.as_bytes()).is_empty(), "{uri}");
    }
    for email in ["root@[1.1.1.1]", "root@[IPv6:2001:db8::1]", "www.example.com@", "<root@example.com>"] {
        assert!(!rows(&list, GeneralNameKind::Rfc822Name, email.as_bytes()).is_empty(), "{email}");
    }
    // That a label could not be read is said, whatever else had to be done.
    let rows = rows(&list, GeneralNameKind::DnsName, b" caf\xc3\xa9.example.com");
    let expected = [
        one(".example.com", Below, Reading::Trimmed, Nobody),
        one("www.example.com", Wildcard, Reading::UnparsableLabel, Nobody),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn addresses_as_names() {
    let list = list(&["192.0.2.0/24", "192.0.2.1", "2001:db8::/32", "2001:db8::1", "0.0.0.0/0"]);
    let all = "0.0.0.0/0";
    let network = "192.0.2.0/24";
    let address = "192.0.2.1";
    let text = Reading::TextualAddress;
    let prefix = |length| Relation::Prefix { length };
    for name in [
        "192.0.2.1",
        "0xc0.0.2.1",
        "0300.0.2.1",
        "0xc0000201",
        "3221225985",
        "192.0.513",
        "192.0.2.1.",
        "http://192.0.2.1/",
    ] {
        check(
            &list,
            GeneralNameKind::DnsName,
            name.as_bytes(),
            &[(all, prefix(0), text, Nobody), (network, prefix(24), text, Nobody), (address, Exact, text, Nobody)],
        );
    }
    for (name, grade) in [("2001:db8::1", Nobody), ("[2001:DB8:0::1]", SomeClient), ("2001:db8::1%eth0", Nobody)] {
        check(
            &list,
            GeneralNameKind::DnsName,
            name.as_bytes(),
            &[("2001:db8::/32", prefix(32), text, grade), ("2001:db8::1", Exact, text, grade)],
        );
    }
    check(
        &list,
        GeneralNameKind::DnsName,
        b"192.0.2.0/25",
        &[(all, prefix(0), text, Nobody), (network, prefix(24), text, Nobody), (address, Range, text, Nobody)],
    );
    check(
        &list,
        GeneralNameKind::DnsName,
        b"192.0.2.2/31",
        &[(all, prefix(0), text, Nobody), (network, prefix(24), text, Nobody)],
    );
    check(&list, GeneralNameKind::DnsName, b"*.0.2.1", &[("0.0.0.0/0 192.0.2.0/24 192.0.2.1", Wildcard, text, Nobody)]);
    let with_name = self::list(&["192.0.2.1", "a.b.c.example"]);
    check(
        &with_name,
        GeneralNameKind::DnsName,
        b"*.*.*.*",
        &[("192.0.2.1", Wildcard, text, Nobody), ("a.b.c.example", Wildcard, Standard, SomeClient)],
    );
    check(&list, GeneralNameKind::DnsName, b"*.0.3.1", &[("0.0.0.0/0", Wildcard, text, Nobody)]);

    // A name to some.
    check(
        &self::list(&["0.0.0.1", "0x1", "0x1.0x1"]),
        GeneralNameKind::DnsName,
        b"0x1",
        &[("0.0.0.1", Exact, text, Nobody), ("0x1", Exact, Standard, Rfc9525)],
    );

    let reverse = Reading::ReverseName;
    check(
        &list,
        GeneralNameKind::DnsName,
        b"1.2.0.192.in-addr.arpa",
        &[(all, prefix(0), reverse, Nobody), (network, prefix(24), reverse, Nobody), (address, Exact, reverse, Nobody)],
    );
    check(
        &list,
        GeneralNameKind::DnsName,
        b"*.0.192.in-addr.arpa",
        &[(all, prefix(0), reverse, Nobody), ("192.0.2.0/24 192.0.2.1", Range, reverse, Nobody)],
    );
    for name in ["8.b.d.0.1.0.0.2.ip6.arpa", "8.b.d.0.1.0.0.2.ip6.int", "8.B.D.0.1.0.0.2.IP6.INT"] {
        check(
            &list,
            GeneralNameKind::DnsName,
            name.as_bytes(),
            &[("2001:db8::/32", prefix(32), reverse, Nobody), ("2001:db8::1", Range, reverse, Nobody)],
        );
    }
}

#[test]
fn ip_addresses() {
    let ip = GeneralNameKind::IpAddress;
    let prefix = |length| Relation::Prefix { length };
    let list_v4 = list(&["1.1.1.0/24", "1.1.1.1", "1.0.0.0/8", "8.8.8.8", "example.com"]);
    check(
        &list_v4,
        ip,
        &[1, 1, 1, 1],
        &[
            ("1.0.0.0/8", prefix(8), Standard, Rfc9525),
            ("1.1.1.0/24", prefix(24), Standard, Rfc9525),
            ("1.1.1.1", Exact, Standard, Rfc9525),
        ],
    );
    check(&list_v4, ip, &[1, 2, 3, 4], &[("1.0.0.0/8", prefix(8), Standard, Rfc9525)]);
    check(&list_v4, ip, &[2, 2, 3, 4], &[]);
    let mapped: Vec<u8> = [&[0; 10][..], &[0xff; 2], &[8; 4]].concat();
    check(&list_v4, ip, &mapped, &[("8.8.8.8", Exact, Reading::MappedAddress, SomeClient)]);
    check(&list_v4, ip, &[0; 16], &[]);
    // Odd lengths: text, address and mask, and what nobody can tell.
    check(&list_v4, ip, b"8.8.8.8", &[("8.8.8.8", Exact, Reading::AddressAsText, Nobody)]);
    check(&list_v4, ip, &[8, 8, 8, 9, 255, 255, 255, 0], &[("8.8.8.8", Range, Reading::AddressAndMask, Nobody)]);
    check(
        &list_v4,
        ip,
        &[1, 1, 1, 0, 255, 255, 255, 0],
        &[
            ("1.0.0.0/8", prefix(8), Reading::AddressAndMask, Nobody),
            ("1.1.1.0/24", prefix(24), Reading::AddressAndMask, Nobody),
            ("1.1.1.1", Range, Reading::AddressAndMask, Nobody),
        ],
    );
    check(
        &list_v4,
        ip,
        &[0, 8, 8, 8, 0, 255, 255, 255],
        &[("1.0.0.0/8 8.8.8.8", Range, Reading::AddressAndMask, Nobody)],
    );
    for octets in [&[][..], &[1, 1, 1, 1, 1], b"\x01", b"?"] {
        let undecided = Relation::Undecided(Undecided::AddressLength { octets: octets.len() });
        check(&list_v4, ip, octets, &[("1.0.0.0/8 1.1.1.0/24 1.1.1.1 8.8.8.8", undecided, Reading::Undecoded, Nobody)]);
        check(&list(&["example.com"]), ip, octets, &[]);
    }
    // A name among the octets does not decide which address they are; nor do words around an address.
    let undecided = |octets| Relation::Undecided(Undecided::AddressLength { octets });
    let addresses = "1.0.0.0/8 1.1.1.0/24 1.1.1.1 8.8.8.8";
    for (octets, name) in [(&b"example.com"[..], Some("example.com")), (b"1.1.1.1-1.1.1.9", None), (b"foo.text", None)]
    {
        let name = name.map(|name| (name, Exact, Reading::AddressAsText, Nobody));
        let expected: Vec<_> =
            name.into_iter().chain([(addresses, undecided(octets.len()), Reading::Undecoded, Nobody)]).collect();
        check(&list_v4, ip, octets, &expected);
    }

    // ::ffff:0.0.0.0/96 with a mask that leaves the first bits open is more than IPv4.
    let with_mask = |mask: u128| [(0xffff_u128 << 32).to_be_bytes(), mask.to_be_bytes()].concat();
    let all_v4 = "1.0.0.0/8 1.1.1.0/24 1.1.1.1 8.8.8.8";
    check(&list_v4, ip, &with_mask(u128::MAX << 32), &[(all_v4, Range, Reading::AddressAndMask, Nobody)]);
    check(&list_v4, ip, &with_mask(0xffff << 32), &[]);

    let list_v6 = list(&["::ffff:1.1.1.1", "::ffff:1.0.0.0/104", "::/0", "2001:db8::/32"]);
    check(
        &list_v6,
        ip,
        &[1, 1, 1, 1],
        &[
            ("::ffff:1.0.0.0/104", prefix(104), Reading::MappedAddress, SomeClient),
            ("::ffff:1.1.1.1", Exact, Reading::MappedAddress, SomeClient),
        ],
    );
    let address: Vec<u8> = [&[0x20, 0x01, 0x0d, 0xb8][..], &[1; 12]].concat();
    check(
        &list_v6,
        ip,
        &address,
        &[("::/0", prefix(0), Standard, Rfc9525), ("2001:db8::/32", prefix(32), Standard, Rfc9525)],
    );
    let with_mask: Vec<u8> = [&address[..4], &[0; 12], &[0xff; 4], &[0; 12]].concat();
    check(
        &list_v6,
        ip,
        &with_mask,
        &[
            ("::/0", prefix(0), Reading::AddressAndMask, Nobody),
            ("2001:db8::/32", prefix(32), Reading::AddressAndMask, Nobody),
        ],
    );
}

#[test]
fn other_kinds_of_names() {
    let list = list(&["example.com", ".example.net", "192.0.2.1"]);
    let uri = GeneralNameKind::UniformResourceIdentifier;
    let host = Reading::UriHost;
    for text in [
        "https://example.com/path",
        "https://example.com:443",
        "https://user@Example.COM?x",
        "sip:user@example.com;transport=tls",
        "sip:example.com",
        "example.com",
    ] {
        check(&list, uri, text.as_bytes(), &[("example.com", Exact, host, SomeClient)]);
    }
    check(&list, uri, b"spiffe://a.example.net/service", &[(".example.net", Below, host, SomeClient)]);
    check(&list, uri, b"https://other.org/ https://example.com/", &[("example.com", Exact, Reading::Word, Nobody)]);
    check(&list, uri, b"mailto:a@example.com,b@other.org", &[("example.com", Exact, Reading::Word, Nobody)]);
    check(&list, uri, b"https://192.0.2.1/", &[("192.0.2.1", Exact, Reading::TextualAddress, Nobody)]);
    check(&list, uri, b"urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", &[]);

    let email = GeneralNameKind::Rfc822Name;
    check(&list, email, b"user@example.com", &[("example.com", Exact, Reading::EmailDomain, Nobody)]);
    check(&list, email, b"a@b@EXAMPLE.com", &[("example.com", Exact, Reading::EmailDomain, Nobody)]);
    check(&list, email, b"a@example.com, b@other.org", &[("example.com", Exact, Reading::Word, Nobody)]);
    check(&list, email, b"b@other.org, a@example.com", &[("example.com", Exact, Reading::EmailDomain, Nobody)]);
    check(&list, email, b".example.net", &[(".example.net", Exact, Reading::EmailDomain, Nobody)]);

    let other = |oid, tag, text: &str| [der::oid(oid), der::tlv(0xa0, &der::tlv(tag, text.as_bytes()))].concat();
    let kind = GeneralNameKind::OtherName;
    for (oid, tag, text, items, relation, grade) in [
        ("1.3.6.1.5.5.7.8.7", 0x16, "_imap.example.com", "example.com", Exact, SomeClient),
        ("1.3.6.1.5.5.7.8.7", 0x16, "_ldap._tcp.example.com", "example.com", Exact, Nobody),
        ("1.3.6.1.5.5.7.8.5", 0x0c, "chat.example.net", ".example.net", Below, SomeClient),
        ("1.3.6.1.5.5.7.8.5", 0x0c, "user@example.com", "example.com", Exact, SomeClient),
        ("1.3.6.1.4.1.311.20.2.3", 0x0c, "user@example.com", "example.com", Exact, Nobody),
    ] {
        check(&list, kind, &other(oid, tag, text), &[(items, relation, Reading::OtherName, grade)]);
    }
    // What is no string may hold one: bare among octets, or an element further in.
    let service = "1.3.6.1.5.5.7.8.7";
    check(
        &list,
        kind,
        &other("1.3.6.1.4.1.311.25.1", 0x04, "\u{1}example.com\0 x"),
        &[("example.com", Exact, Reading::OtherName, Nobody)],
    );
    check(&list, kind, &other("1.3.6.1.4.1.311.25.1", 0x04, "\u{1}.*\u{3}example\u{4}com."), &[]);
    let realm = der::tlv(0x30, &der::tlv(0xa0, &der::tlv(0x1b, b"a.example.net")));
    let kerberos = [der::oid("1.3.6.1.5.2.2"), der::tlv(0xa0, &realm)].concat();
    check(&list, kind, &kerberos, &[(".example.net", Below, Reading::OtherName, Nobody)]);
    for broken in [
        [der::oid(service), der::tlv(0xa0, &[0x30, 0x03, 0x0c, 0x09, 0])].concat(),
        [der::oid(service), der::tlv(0xa0, &[])].concat(),
        [der::oid(service), der::tlv(0xa0, &der::tlv(0x05, &[])), vec![0x30]].concat(),
    ] {
        let outcome = list.look_up(kind, &broken, |_| ControlFlow::Continue(()));
        assert!(matches!(outcome, Outcome::Undecidable { .. }), "{broken:x?}");
    }
    let wide: Vec<u8> = "x@example.com".bytes().flat_map(|octet| [0, octet]).collect();
    let wide = [der::oid("1.3.6.1.4.1.311.20.2.3"), der::tlv(0xa0, &der::tlv(0x1e, &wide))].concat();
    check(&list, kind, &wide, &[("example.com", Exact, Reading::Host, Nobody)]);
    let wide: Vec<u8> = "_imap.example.com".bytes().flat_map(|octet| [0, octet]).collect();
    let wide = [der::oid(service), der::tlv(0xa0, &der::tlv(0x1e, &wide))].concat();
    check(&list, kind, &wide, &[("example.com", Exact, Reading::OtherName, SomeClient)]);
    check(&list, kind, &other(service, 0x16, "example.com"), &[("example.com", Exact, Reading::OtherName, SomeClient)]);
    check(&list, kind, &other(service, 0x16, "_example"), &[]);

    check(&list, GeneralNameKind::Unknown, b"example.com", &[("example.com", Exact, Standard, Nobody)]);
    check(&list, GeneralNameKind::Unknown, &[192, 0, 2, 1], &[("192.0.2.1", Exact, Standard, Nobody)]);
    check(&list, GeneralNameKind::Unknown, &[4, 4, 192, 0, 2, 1], &[("192.0.2.1", Exact, Standard, Nobody)]);
    let mapped = [&[0; 10][..], &[0xff; 2], &[192, 0, 2, 1]].concat();
    check(&list, GeneralNameKind::Unknown, &mapped, &[("192.0.2.1", Exact, Reading::MappedAddress, Nobody)]);
    check(&list, GeneralNameKind::Unknown, &[192, 0, 2, 2], &[]);
}

/// Sixteen octets are an address, and may be the text of another.
#[test]
fn sixteen_octets_that_are_text() {
    let list = list(&["2001:db8::/32", "192.0.2.0/24"]);
    let (ip, text) = (GeneralNameKind::IpAddress, Reading::AddressAsText);
    let prefix = |length| Relation::Prefix { length };
    check(&list, ip, b"2001:db8::1:2:33", &[("2001:db8::/32", prefix(32), text, Nobody)]);
    check(&list, ip, b"192.0.2.101\0\0\0\0\0", &[("192.0.2.0/24", prefix(24), text, Nobody)]);
    check(&list, ip, b"192.0.2.1\0\0.\0\0\0\0", &[]);
    check(&list, ip, b"198.51.100.101\0\0", &[]);
}

/// Octets that look like an ordinary name are none in a string of wide characters, alone and among others.
#[test]
fn wide_characters_that_look_ordinary() {
    let list = list(&["localhost"]);
    let subject = Name::new().attribute("2.5.4.3", 0x1e, b"abcdefgh.other.org");
    let der = certificate(|leaf| leaf.subject(&subject));
    let (hits, _) = watch(&list, &der);
    assert_eq!(hits.len(), 1);
    assert_eq!(hits[0].2, one("localhost", Wildcard, Reading::UnparsableLabel, Nobody));
    assert_eq!(list.candidates([Certificate::from_der(&der).unwrap().tbs()]).count(), 1);
}

/// A pattern costs the same for each name that it is held against, however long it is.
#[test]
fn long_patterns_are_not_held_against_every_name() {
    let mut list = WatchList::new(7);
    for number in 0..2_000 {
        list.insert(&format!("host-{number}.example").parse().unwrap(), ()).unwrap();
    }
    // Nothing on the list has so many octets: as a glob it would be compared with all of them.
    let name = format!("{}q.example", "*".repeat(127));
    let mut hits = Vec::new();
    let outcome = list.look_up(GeneralNameKind::DnsName, name.as_bytes(), |hit| {
        hits.push((hit.reading, hit.grade, hit.count()));
        ControlFlow::Continue(())
    });
    assert_eq!(hits, [(Reading::UnparsableLabel, Nobody, Some(2_000))]);
    assert!(matches!(outcome, Outcome::Match(_)));
}

/// Kinds of names that are not for hosts.
#[test]
fn names_inside_other_kinds() {
    let list = list(&["example.com", ".example.net", "192.0.2.1"]);
    let inner = Reading::InnerName;
    let directory = GeneralNameKind::DirectoryName;
    let name = |name: Name| name.to_der();
    let host = Name::new().country("XX").organization("example.com").common_name("example.com");
    check(&list, directory, &name(host), &[("example.com", Exact, inner, Nobody)]);
    let address = Name::new().common_name("192.0.2.1").common_name("Server a.example.net");
    let word = Reading::Word;
    check(
        &list,
        directory,
        &name(address),
        &[("192.0.2.1", Exact, Reading::TextualAddress, Nobody), (".example.net", Below, word, Nobody)],
    );
    let email = Name::new().attribute("1.2.840.113549.1.9.1", 0x16, b"root@a.example.net");
    check(&list, directory, &name(email), &[(".example.net", Below, Reading::EmailDomain, Nobody)]);
    let wide: Vec<u8> = "example.com".bytes().flat_map(|octet| [0, octet]).collect();
    let wide = Name::new().attribute("2.5.4.3", 0x1e, &wide);
    check(&list, directory, &name(wide), &[("example.com", Exact, inner, Nobody)]);
    check(&list, directory, &name(Name::new().organization("example.com")), &[]);
    check(&list, directory, &name(Name::new()), &[]);

    let network_address = der::tlv(0x80, b"x.example.net");
    check(&list, GeneralNameKind::X400Address, &network_address, &[(".example.net", Below, inner, Nobody)]);
    let party =
        [der::tlv(0xa0, &der::tlv(0x0c, b"Assigner")), der::tlv(0xa1, &der::tlv(0x13, b"example.com"))].concat();
    check(&list, GeneralNameKind::EdiPartyName, &party, &[("example.com", Exact, inner, Nobody)]);
    check(&list, GeneralNameKind::RegisteredId, b"example.com", &[("example.com", Exact, inner, Nobody)]);
    check(&list, GeneralNameKind::RegisteredId, &[0x2a, 0x86, 0x48, 0x86, 0xf7], &[]);

    for kind in [directory, GeneralNameKind::X400Address, GeneralNameKind::EdiPartyName] {
        for broken in [&[][..], &[0x30], &[0x30, 0x03, 0x0c, 0x09, 0]] {
            let outcome = list.look_up(kind, broken, |_| ControlFlow::Continue(()));
            assert!(matches!(outcome, Outcome::Undecidable { .. }), "{kind:?} {broken:x?}");
        }
    }
    // Damage hides nothing in front of it.
    let damaged = [&name(Name::new().common_name("example.com"))[..], &[0x30, 0x7f]].concat();
    let hits = rows(&list, directory, &damaged);
    assert_eq!(hits.len(), 2);
    assert_eq!(hits[0], one("example.com", Exact, inner, Nobody));
}

/// `www%2eexample%2ecom` is one label, and `www. example .com` has white space in it.
#[test]
fn what_is_written_another_way() {
    let list = list(&["www.example.com", ".example.net", "192.0.2.1", "a.b.c.example", "x.d.c.example"]);
    let hidden = |octets| Relation::Undecided(Undecided::HiddenPattern { octets });
    let escapes = Reading::Escapes;
    let dns = GeneralNameKind::DnsName;
    for (name, expected) in [
        ("www%2eexample%2ecom", &[("www.example.com", Exact, escapes, Nobody)][..]),
        ("%57ww%2Eexample%2Ecom.", &[("www.example.com", Exact, escapes, Nobody)]),
        (r"www\046example\046com", &[("www.example.com", Exact, escapes, Nobody)]),
        ("x%2ea%2eexample%2enet", &[(".example.net", Below, escapes, Nobody)]),
        ("%2a%2eexample%2ecom", &[("www.example.com", Wildcard, escapes, Nobody)]),
        ("192%2e0%2e2%2e1", &[("192.0.2.1", Exact, Reading::TextualAddress, Nobody)]),
        ("a%2e%2a%2ec%2eexample", &[("a.b.c.example x.d.c.example", hidden(21), escapes, Nobody)]),
        ("https://www%2eexample%2ecom/a%20b", &[("www.example.com", Exact, escapes, Nobody)]),
        ("www%2fexample%2fcom", &[]),
        ("100%", &[]),
    ] {
        let rows = rows(&list, dns, name.as_bytes());
        let found: Vec<_> = rows.iter().filter(|row| row.2 != Reading::UnparsableLabel).cloned().collect();
        let expected: Vec<Row> = expected
            .iter()
            .map(|&(items, relation, reading, grade)| {
                (items.split(' ').map(str::to_owned).collect(), relation, reading, grade)
            })
            .collect();
        assert_eq!(found, expected, "{name}");
    }
    let uri = GeneralNameKind::UniformResourceIdentifier;
    check(&list, uri, b"https://www%2eexample%2ecom/", &[("www.example.com", Exact, escapes, Nobody)]);
    // Of a long text the end.
    let long = format!("{}%2eexample%2enet", "x".repeat(1_000));
    check(&list, dns, long.as_bytes(), &[(".example.net", Below, escapes, Nobody)]);

    let joined = Reading::Joined;
    for (text, expected) in [
        ("www. example.com", &[("www.example.com", Exact, joined, Nobody)][..]),
        // `.com` alone stands for all that ends so.
        (
            "www. example .com",
            &[("www.example.com", Wildcard, Reading::Word, Nobody), ("www.example.com", Exact, joined, Nobody)],
        ),
        ("x.exam ple.net", &[(".example.net", Below, joined, Nobody)]),
        ("Server x.example.net", &[(".example.net", Below, Reading::Word, Nobody)]),
        ("www.exam ple.com", &[("www.example.com", Exact, joined, Nobody)]),
        ("192.0. 2.1", &[("192.0.2.1", Exact, Reading::TextualAddress, Nobody)]),
        ("a. *.c.example", &[("a.b.c.example x.d.c.example", hidden(14), joined, Nobody)]),
        ("Server www.example.com", &[("www.example.com", Exact, Reading::Word, Nobody)]),
        ("www.example.com, x.example.org", &[("www.example.com", Exact, Reading::Word, Nobody)]),
        ("Example Inc.", &[]),
        ("Example Inc. com", &[]),
        ("A. N. Other", &[]),
    ] {
        let der = certificate(|builder| builder.subject(&Name::new().common_name(text)));
        let found: Vec<Row> = watch(&list, &der).0.into_iter().map(|(.., row)| row).collect();
        let expected: Vec<Row> = expected
            .iter()
            .map(|&(items, relation, reading, grade)| {
                (items.split(' ').map(str::to_owned).collect(), relation, reading, grade)
            })
            .collect();
        assert_eq!(found, expected, "{text}");
    }
}

/// 6to4 and NAT64, if asked for.
#[test]
fn addresses_inside_addresses() {
    let octets = |address: &str| address.parse::<std::net::Ipv6Addr>().unwrap().octets();
    let texts = ["192.0.2.0/24", "192.0.2.1", "2002::/16"];
    let without = list(&texts);
    let with = list(&texts).with_embedded_addresses();
    let ip = GeneralNameKind::IpAddress;
    let embedded = Reading::EmbeddedAddress;
    let prefix = |length| Relation::Prefix { length };
    let inner = [("192.0.2.0/24", prefix(24), embedded, Nobody), ("192.0.2.1", Exact, embedded, Nobody)];
    let outer = ("2002::/16", prefix(16), Standard, Rfc9525);
    for (address, expected) in [
        ("2002:c000:0201::1", &[outer, inner[0], inner[1]][..]),
        ("2002:c000:0202:1::", &[outer, inner[0]]),
        ("2002:c000:0301::1", &[outer]),
        ("64:ff9b::c000:201", &inner),
        ("64:ff9b::1:c000:201", &[]),
        ("64:ff9b:1::c000:201", &[]),
        ("2003:c000:0201::1", &[]),
    ] {
        check(&with, ip, &octets(address), expected);
        let own: Vec<_> = expected.iter().filter(|row| row.2 != embedded).copied().collect();
        check(&without, ip, &octets(address), &own);
    }
    // An address and a mask, a text, a reverse name.
    let with_mask = [octets("2002:c000:0200::"), octets("ffff:ffff:ff00::")].concat();
    let mask = Reading::AddressAndMask;
    check(
        &with,
        ip,
        &with_mask,
        &[
            ("2002::/16", prefix(16), mask, Nobody),
            ("192.0.2.0/24", prefix(24), mask, Nobody),
            ("192.0.2.1", Range, mask, Nobody),
        ],
    );
    let text = Reading::TextualAddress;
    check(
        &with,
        GeneralNameKind::DnsName,
        b"64:ff9b::192.0.2.1",
        &[("192.0.2.0/24", prefix(24), text, Nobody), ("192.0.2.1", Exact, text, Nobody)],
    );
    let reverse = Reading::ReverseName;
    check(
        &with,
        GeneralNameKind::DnsName,
        b"2.0.0.0.0.c.2.0.0.2.ip6.arpa",
        &[
            ("2002::/16", prefix(16), reverse, Nobody),
            ("192.0.2.0/24", prefix(24), reverse, Nobody),
            ("192.0.2.1", Range, reverse, Nobody),
        ],
    );
}

/// A certificate's DER.
fn certificate(build: impl FnOnce(CertificateBuilder) -> CertificateBuilder) -> Vec<u8> {
    let ca = Ca::root(Key::new(1, "ca"), &Name::new().common_name("Root"), 0, 4_000_000_000);
    build(CertificateBuilder::leaf(Key::new(1, "leaf").spki_der())).precertificate(&ca)
}

/// All hits of a certificate: field, octets, and what the hit says.
fn watch(list: &WatchList<&str>, der: &[u8]) -> (Vec<(Source, Vec<u8>, Row)>, Outcome) {
    let certificate = Certificate::from_der(der).unwrap();
    let tbs = certificate.tbs();
    let mut hits = Vec::new();
    let outcome = list.watch(tbs, |hit| {
        assert_eq!(&tbs.as_bytes()[hit.offset..][..hit.octets.len()], hit.octets, "the offset leads to the octets");
        hits.push((hit.source, hit.octets.to_vec(), row(&hit)));
        ControlFlow::Continue(())
    });
    (hits, outcome)
}

fn san(index: usize) -> Source {
    Source::SubjectAltName { index }
}

fn cn(index: usize) -> Source {
    Source::CommonName { index }
}

fn one(item: &str, relation: Relation, reading: Reading, grade: Grade) -> Row {
    (vec![item.to_owned()], relation, reading, grade)
}

#[test]
fn every_field_of_a_certificate() {
    let list = list(&["a.example", ".b.example", "192.0.2.1"]);
    let der = certificate(|builder| {
        builder
            .dns("other.example.org")
            .dns("a.example")
            .ip([192, 0, 2, 1])
            .dns("x.b.example")
            .subject(&Name::new().common_name("a.example").organization("b.example").common_name("y.b.example"))
    });
    let (hits, outcome) = watch(&list, &der);
    let expected = [
        (san(1), b"a.example".to_vec(), one("a.example", Exact, Standard, Rfc9525)),
        (san(2), vec![192, 0, 2, 1], one("192.0.2.1", Exact, Standard, Rfc9525)),
        (san(3), b"x.b.example".to_vec(), one(".b.example", Below, Standard, Rfc9525)),
        (cn(0), b"a.example".to_vec(), one("a.example", Exact, Standard, Nobody)),
        (cn(1), b"y.b.example".to_vec(), one(".b.example", Below, Standard, Nobody)),
    ];
    assert_eq!(hits, expected);
    assert!(matches!(outcome, Outcome::Match(Tally { delivered: 5, left_out: 0, undecided: 0, .. })));

    let (hits, outcome) = watch(&list, &certificate(|builder| builder.dns("c.example").ip([192, 0, 2, 2])));
    assert_eq!((hits.len(), outcome), (0, Outcome::NoMatch));
}

#[test]
fn common_names() {
    let list = list(&["a.example", "8.8.8.8", ".b.example", "x.c.example"]);
    let utf8 = der::UTF8_STRING;
    let wide = |text: &str| text.bytes().flat_map(|octet| [0, octet]).collect::<Vec<u8>>();
    let universal = |text: &str| text.bytes().flat_map(|octet| [0, 0, 0, octet]).collect::<Vec<u8>>();
    let text = Reading::TextualAddress;
    let many = Relation::Undecided(Undecided::WideString { characters: 300 });
    let pattern = Relation::Undecided(Undecided::WideString { characters: 11 });
    let all = "8.8.8.8 .b.example a.example x.c.example";
    let below = ".b.example a.example x.c.example";
    let rows: &[(&str, u8, Vec<u8>, &[Expected<'_>])] = &[
        ("a name", utf8, b"A.example".to_vec(), &[("a.example", Exact, Standard, SomeClient)]),
        ("an address", utf8, b"8.8.8.8".to_vec(), &[("8.8.8.8", Exact, text, SomeClient)]),
        ("a wildcard address", utf8, b"*.8.8.8".to_vec(), &[("8.8.8.8", Wildcard, text, SomeClient)]),
        ("an odd address", utf8, b"0x8.8.8.8".to_vec(), &[("8.8.8.8", Exact, text, Nobody)]),
        ("a person", utf8, b"Example User".to_vec(), &[]),
        ("words", utf8, b"Server (a.example)".to_vec(), &[("a.example", Exact, Reading::Word, Nobody)]),
        ("an e-mail address", utf8, b"user@a.example".to_vec(), &[("a.example", Exact, Reading::Host, Nobody)]),
        ("TeletexString", 0x14, b"z.b.example".to_vec(), &[(".b.example", Below, Standard, SomeClient)]),
        ("BMPString", 0x1e, wide("a.example"), &[("a.example", Exact, Standard, SomeClient)]),
        ("UniversalString", 0x1c, universal("a.example"), &[("a.example", Exact, Standard, SomeClient)]),
        ("a wildcard, wide", 0x1e, wide("*.c.example"), &[("x.c.example", Wildcard, Standard, SomeClient)]),
        ("a pattern, wide", 0x1e, wide("x*c.example"), &[]),
        ("a pattern that may meet", 0x1e, wide("x.*.example"), &[(below, pattern, Standard, SomeClient)]),
        ("text for a BMPString", 0x1e, b"a.example".to_vec(), &[("a.example", Exact, Standard, SomeClient)]),
        (
            "ideographic full stops, wide",
            0x1e,
            [&b"\0x\x30\x02"[..], &wide("b"), b"\xff\x0e", &wide("example"), b"\xff\x61"].concat(),
            &[(".b.example", Below, Reading::UnparsableLabel, Nobody)],
        ),
        ("a long wide string", 0x1e, wide(&"x".repeat(300)), &[(all, many, Reading::Undecoded, Nobody)]),
    ];
    for (what, tag, octets, expected) in rows {
        let der = certificate(|builder| builder.subject(&Name::new().attribute("2.5.4.3", *tag, octets)));
        let (hits, _) = watch(&list, &der);
        let expected: Vec<_> = expected
            .iter()
            .map(|&(items, relation, reading, grade)| {
                let mut items: Vec<_> = items.split(' ').map(str::to_owned).collect();
                items.sort_unstable();
                (cn(0), octets.clone(), (items, relation, reading, grade))
            })
            .collect();
        assert_eq!(hits, expected, "{what}");
    }

    // GnuTLS looks at the common name where it can read none of the dNSNames.
    for (dns, grade) in [
        ("good.example", Nobody),
        ("*.good.example", Nobody),
        ("a_b.example", Nobody),
        ("bad..example", SomeClient),
        ("bad.example.", SomeClient),
        (" bad.example", SomeClient),
        ("192.0.2.1", SomeClient),
    ] {
        let der = certificate(|builder| builder.dns(dns).subject(&Name::new().common_name("a.example")));
        let (hits, _) = watch(&list, &der);
        let grade_of_cn = hits.iter().find(|(source, ..)| *source == cn(0)).map(|(.., row)| row.3);
        assert_eq!(grade_of_cn, Some(grade), "{dns}");
    }
}

#[test]
fn what_cannot_be_walked_may_be_anything() {
    let list = list(&["a.example", "192.0.2.1"]);
    let garbage = [0x30, 0x05, 0x82, 0x7f, b'x', 0, 0];
    let rows: &[(&str, Vec<u8>, Source)] = &[
        (
            "a SAN that ends early",
            certificate(|builder| builder.extension("2.5.29.17", false, &garbage)),
            Source::Extensions,
        ),
        (
            "a SAN that is no SEQUENCE",
            certificate(|builder| builder.extension("2.5.29.17", false, b"\x04\x00")),
            Source::Extensions,
        ),
        (
            "an extension that is none",
            certificate(|builder| builder.extension_der(vec![0x30, 0x02, 0x06, 0x7f])),
            Source::Extensions,
        ),
        (
            "a subject that is none",
            certificate(|builder| builder.subject_der(der::sequence(&[[0x31, 0x7f]]))),
            Source::Subject,
        ),
    ];
    for (what, der, source) in rows {
        let (hits, outcome) = watch(&list, der);
        assert_eq!(hits.len(), 1, "{what}");
        let (found, _, (items, relation, reading, grade)) = &hits[0];
        assert_eq!((found, items.len(), *reading, *grade), (source, 2, Reading::Undecoded, Nobody), "{what}");
        let Relation::Undecided(Undecided::Undecodable(error)) = relation else { panic!("{what}: {relation:?}") };
        assert!(matches!(outcome, Outcome::Undecidable { why: Undecided::Undecodable(why), .. } if why == *error));
        let (hits, outcome) = watch(&WatchList::new(1), der);
        assert_eq!((hits.len(), outcome), (0, Outcome::NoMatch), "{what}: nothing is watched");
    }

    // Damage hides no name in front of it.
    let names = [der::tlv(0x82, b"a.example"), vec![0x82, 0x30, b'b']].concat();
    let der = certificate(|builder| builder.extension("2.5.29.17", false, &der::tlv(0x30, &names)));
    let (hits, outcome) = watch(&list, &der);
    assert_eq!(hits.iter().map(|hit| hit.0).collect::<Vec<_>>(), [san(0), Source::Extensions]);
    let tally = outcome.tally();
    assert_eq!((tally.delivered, tally.undecided), (2, 1));
    let Outcome::Undecidable { why: Undecided::Undecodable(error), .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(error.kind, ErrorKind::LengthBeyondEnd { announced: 0x30, available: 1 });

    // An otherName that is none.
    let (hits, outcome) = watch(&list, &certificate(|builder| builder.general_name(0xa0, &[0x06, 0x50])));
    assert_eq!(hits.len(), 1);
    assert!(matches!(outcome, Outcome::Undecidable { .. }));
}

#[test]
fn a_sink_that_breaks_off_learns_what_it_did_not_see() {
    let list = list(&["a.example", ".example"]);
    let der = certificate(|builder| builder.dns("a.example").dns("b.example").dns("c.example").ip([1]).ip([2]));
    let certificate = Certificate::from_der(&der).unwrap();
    for stop_after in 1..=6 {
        let mut seen = 0;
        let outcome = list.watch(certificate.tbs(), |_| {
            seen += 1;
            if seen == stop_after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let Outcome::Match(tally) = outcome else { panic!("{outcome:?}") };
        assert_eq!((tally.delivered, tally.left_out), (stop_after.min(4), 4 - stop_after.min(4)));
        assert_eq!(seen, tally.delivered);
    }
}

#[test]
fn a_wildcard_above_many_items_is_one_hit() {
    let names: Vec<_> = (0..2_000).map(|n| format!("name-{n}.com")).collect();
    let mut texts: Vec<&str> = names.iter().map(String::as_str).collect();
    texts.extend(["www.name-1.com", ".name-2.com", "name-3.com", "com"]);
    let list = list(&texts);
    let der = certificate(|builder| (0..1_000).fold(builder, |builder, _| builder.dns("*.com")));
    let certificate = Certificate::from_der(&der).unwrap();
    let mut hits = 0;
    let outcome = list.watch(certificate.tbs(), |hit| {
        assert_eq!((hit.relation, hit.count()), (Wildcard, Some(2_002)));
        if hits == 0 {
            assert_eq!(hit.items().count(), 2_002);
        }
        hits += 1;
        ControlFlow::Continue(())
    });
    assert_eq!((hits, outcome.tally().delivered), (1_000, 1_000));
}

#[test]
fn patterns_beyond_the_work_limit_are_undecided() {
    // One name more below com than may be visited, and the one that matches is inserted first: walks begin with the last.
    let limit = WatchList::<u32>::WORK_LIMIT;
    let mut list = WatchList::new(3);
    list.insert(&"www.first.com".parse().unwrap(), 0).unwrap();
    for number in 1..=limit {
        list.insert(&format!("n{number}.com").parse().unwrap(), number).unwrap();
    }
    let der = certificate(|builder| builder.dns("www.*.com").dns("www.f*t.com").dns("n5.com").dns("*.com"));
    let certificate = Certificate::from_der(&der).unwrap();
    let mut hits = Vec::new();
    let outcome = list.watch(certificate.tbs(), |hit| {
        hits.push(hit);
        ControlFlow::Continue(())
    });
    let relations: Vec<_> = hits.iter().map(|hit| hit.relation).collect();
    let undecided = Relation::Undecided(Undecided::WorkLimit);
    assert_eq!(relations, [undecided, undecided, Exact, Wildcard], "what needs no walk is decided all the same");
    assert!(matches!(outcome, Outcome::Undecidable { why: Undecided::WorkLimit, tally } if tally.undecided == 2));
    // Whoever needs to know can walk on.
    for hit in &hits[..2] {
        assert_eq!(hit.items().map(|entry| *entry.payload()).collect::<Vec<_>>(), [0]);
    }
    assert_eq!(hits[3].count(), Some(limit as usize));
}

#[test]
fn long_and_many_labels() {
    let deep = vec!["a"; 127].join(".");
    let deeper = format!("b.{deep}");
    let subtree = format!(".{deep}");
    let list = list(&[&deep, &subtree, "x.example"]);
    let dns = GeneralNameKind::DnsName;
    assert_eq!(rows(&list, dns, deep.as_bytes()).len(), 2);
    check(&list, dns, deeper.as_bytes(), &[(&subtree, Below, Standard, SomeClient)]);
    let pattern = vec!["*"; 127].join(".");
    check(&list, dns, pattern.as_bytes(), &[(&format!("{subtree} {deep}"), Wildcard, Standard, SomeClient)]);
    let pattern = vec!["*"; 60_000].join(".");
    check(&list, dns, pattern.as_bytes(), &[(&subtree, Wildcard, Standard, SomeClient)]);
    let stars = format!("{}.example", "*".repeat(60_000));
    check(&list, dns, stars.as_bytes(), &[("x.example", Wildcard, Reading::UnparsableLabel, Nobody)]);
    let stars = format!("{}.example", "*".repeat(127));
    check(&list, dns, stars.as_bytes(), &[("x.example", Wildcard, Standard, SomeClient)]);
    check(
        &list,
        dns,
        format!("{}!.example", "x".repeat(60_000)).as_bytes(),
        &[("x.example", Wildcard, Reading::UnparsableLabel, Nobody)],
    );
    check(&list, dns, format!("{}.example", "x".repeat(64)).as_bytes(), &[]);
}

#[test]
fn items_and_their_numbers() -> Result<(), ListFull> {
    let mut list = WatchList::new(0);
    assert!(list.is_empty());
    let texts = ["example.com", ".example.com", "example.com", "192.0.2.1", "192.0.2.1/32", "::1", "::1/128", "::/0"];
    let ids: Vec<ItemId> =
        texts.iter().map(|text| list.insert(&text.parse().unwrap(), *text)).collect::<Result<_, _>>()?;
    assert_eq!(list.len(), texts.len());
    for (number, (id, text)) in ids.into_iter().zip(texts).enumerate() {
        let entry = list.get(id).unwrap();
        assert_eq!((entry.id(), id.index(), *entry.payload()), (id, number, text));
        assert_eq!(entry.item(), text.parse::<Item>().unwrap());
    }
    assert_eq!(list.items().count(), texts.len());
    let first = list.items().next().unwrap().id();
    assert!(WatchList::<()>::new(0).get(first).is_none(), "a number of another list");
    Ok(())
}

/// RFC 6761 names and random labels; a million would take long in a test.
#[test]
fn an_item_takes_little_memory() {
    let mut list = WatchList::new(9);
    let count = 50_000;
    for number in 0..count {
        list.insert(&format!("host-{number:05}.example").parse().unwrap(), 0_u32).unwrap();
    }
    let bytes = list.heap_bytes() / count;
    assert!(bytes <= 60, "{bytes} bytes an item");
}

#[test]
fn a_list_that_changes_does_not_grow() {
    let mut list = WatchList::new(9);
    let items = |round: usize| {
        (0..2_000).map(move |number| -> Item {
            let text = match number % 4 {
                0 => format!("{round:03}-{number:05}.example"),
                1 => format!(".host.{round:03}-{number:05}.t{}", number * 7 % 100),
                2 => format!("10.{round}.{}.{}", number / 256, number % 256),
                _ => format!("2001:db8:{round:x}:{number:x}::/64"),
            };
            text.parse().unwrap()
        })
    };
    let mut sizes = Vec::new();
    for round in 0..30 {
        let ids: Vec<_> = items(round).map(|item| list.insert(&item, round).unwrap()).collect();
        assert_eq!(list.len(), 2_000);
        sizes.push(list.heap_bytes());
        // In an order that is neither that of insertion nor its reverse.
        for place in (0..ids.len()).map(|place| place * 777 % ids.len()) {
            assert_eq!(list.remove(ids[place]), Some(round));
        }
        assert!(list.is_empty());
    }
    assert!(sizes[29] <= sizes[1] * 11 / 10, "{sizes:?}");
}

/// What readers hold stays as it is.
#[test]
fn a_snapshot_stays() {
    let item: Item = ".watched.example".parse().unwrap();
    let mut current = Arc::new(WatchList::new(9));
    let id = Arc::make_mut(&mut current).insert(&item, "a").unwrap();
    let snapshot = Arc::clone(&current);
    assert_eq!(Arc::make_mut(&mut current).remove(id), Some("a"));
    Arc::make_mut(&mut current).insert(&"other.example".parse().unwrap(), "b").unwrap();
    let is_found = |list: &WatchList<&str>| {
        let sink = |_: Hit<'_, '_, &str>| ControlFlow::Continue(());
        list.look_up(GeneralNameKind::DnsName, b"www.watched.example", sink) != Outcome::NoMatch
    };
    assert!(is_found(&snapshot) && !is_found(&current));
    assert_eq!(snapshot.get(id).map(|entry| entry.item()), Some(item));
    assert_eq!(current.len(), 1);
}

/// Among many certificates none is passed over that `watch` has something to say about, and ordinary ones are.
#[test]
fn candidates_of_many_certificates() {
    let list = list(&["a.watched.example", ".b.watched.example", "192.0.2.0/24", "2001:db8::1"]);
    let leaf = || CertificateBuilder::leaf(Key::new(1, "leaf").spki_der());
    let ca = Ca::root(Key::new(1, "ca"), &Name::new().common_name("Root"), 0, 4_000_000_000);
    let long = "a-label-of-thirty-octets-or-so.";
    let ordinary = [
        leaf(),
        leaf().dns("www.other.example"),
        leaf().dns("*.other.example").dns("other.example").dns("c.watched.example"),
        leaf().ip([198, 51, 100, 1]).dns(format!("{long}{long}{long}watched.example")),
        leaf().subject(&Name::new().common_name("www.other.example")),
        // More names than are looked up at once.
        (0..150).fold(leaf(), |leaf, number| leaf.dns(format!("host-{number}.watched.example"))),
    ];
    let watched = [
        leaf().dns("www.other.example").dns("a.watched.example"),
        leaf().dns("*.watched.example"),
        leaf().dns("x.b.watched.example.").dns("x.example"),
        leaf().dns("A.watched.EXAMPLE"),
        leaf().ip([192, 0, 2, 1]),
        leaf().ip([1, 2, 3]),
        leaf().subject(&Name::new().common_name("a.watched.example")),
        leaf().general_name(0x86, b"https://a.watched.example/"),
        (0..150).fold(leaf(), |leaf, number| leaf.dns(format!("host-{number}.b.watched.example"))),
        (0..100).fold(leaf(), |leaf, number| leaf.dns(format!("host-{number}.example"))).dns("a.watched.example"),
    ];
    let ders = |leaves: &[CertificateBuilder]| leaves.iter().map(|leaf| leaf.precertificate(&ca)).collect::<Vec<_>>();
    let (ordinary, watched) = (ders(&ordinary), ders(&watched));
    let parse = |der| Certificate::from_der(der).unwrap();
    // Every place among 64 has a certificate of every kind in some group.
    let certificates: Vec<_> = (0..1_003)
        .map(|place| match place % 7 {
            0 => (true, parse(&watched[place / 7 % watched.len()])),
            _ => (false, parse(&ordinary[place % ordinary.len()])),
        })
        .collect();
    let expected: Vec<usize> =
        certificates.iter().enumerate().filter(|(_, (is_watched, _))| *is_watched).map(|(place, _)| place).collect();
    for (place, (is_watched, certificate)) in certificates.iter().enumerate() {
        let outcome = list.watch(certificate.tbs(), |_| ControlFlow::Continue(()));
        assert_eq!(outcome != Outcome::NoMatch, *is_watched, "{place}");
    }
    let candidates: Vec<usize> =
        list.candidates(certificates.iter().map(|(_, certificate)| certificate.tbs())).collect();
    assert_eq!(candidates, expected);
    assert_eq!(list.candidates([]).count(), 0);
}
