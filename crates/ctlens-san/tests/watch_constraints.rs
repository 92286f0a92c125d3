//! CA certificates whose name constraints overlap a watch list.

use core::net::{IpAddr, Ipv4Addr};
use core::ops::ControlFlow;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use ctlens_san::{Grade, Item, Outcome, Prefix, Reading, Relation, Source, Undecided, WatchList};
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name, der};
use ctlens_x509::Tbs;
use proptest::prelude::*;

const EMAIL: u8 = 0x81;
const DNS: u8 = 0x82;
const DIRECTORY: u8 = 0xa4;
const URI: u8 = 0x86;
const IP: u8 = 0x87;

static MAKER: LazyLock<(Ca, Vec<u8>)> = LazyLock::new(|| {
    let ca = Ca::root(Key::new(1, "ca"), &Name::new().common_name("Root"), 0, 4_000_000_000);
    (ca, Key::new(1, "sub").spki_der().to_vec())
});

fn authority(value: Option<&[u8]>) -> Vec<u8> {
    let builder = CertificateBuilder::authority(&MAKER.1, None);
    value.into_iter().fold(builder, |builder, value| builder.extension("2.5.29.30", true, value)).precert_tbs(&MAKER.0)
}

fn constrained(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Vec<u8> {
    let list = |number, bases: &[Vec<u8>]| {
        let subtrees: Vec<_> = bases.iter().map(|base| der::sequence(&[base])).collect();
        (!bases.is_empty()).then(|| der::explicit(number, &subtrees))
    };
    let lists: Vec<_> = [list(0, permitted), list(1, excluded)].into_iter().flatten().collect();
    authority(Some(&der::sequence(&lists)))
}

fn list(items: &[&str]) -> WatchList<String> {
    let mut list = WatchList::new(0x5eed);
    for item in items {
        list.insert(&item.parse().unwrap(), (*item).to_owned()).unwrap();
    }
    list
}

type Row = (String, Relation, Reading, Grade);

/// The hits of a CA, the items of each sorted.
fn rows(list: &WatchList<String>, ca: &[u8]) -> (Vec<Row>, Outcome) {
    let tbs = Tbs::from_der(ca).unwrap();
    let mut rows = Vec::new();
    let outcome = list.watch_constraints(&tbs, |hit| {
        assert_eq!(&ca[hit.offset..hit.offset + hit.octets.len()], hit.octets);
        let items: BTreeSet<&str> = hit.items().map(|entry| entry.payload().as_str()).collect();
        assert!(!items.is_empty());
        rows.push((items.into_iter().collect::<Vec<_>>().join(" "), hit.relation, hit.reading, hit.grade));
        ControlFlow::Continue(())
    });
    assert_eq!(outcome.tally().delivered, rows.len());
    (rows, outcome)
}

#[test]
fn subtrees_and_items() {
    let list = list(&[
        "example.com",
        ".example.net",
        "a.b.example.org",
        "b.example.org",
        "192.0.2.0/24",
        "192.0.2.7",
        "2001:db8::/32",
    ]);
    let exact = |item: &str| (item.to_owned(), Relation::Exact, Reading::Standard, Grade::Rfc9525);
    let below = |item: &str| (item.to_owned(), Relation::Below, Reading::Standard, Grade::Rfc9525);
    let holds = |items: &str| (items.to_owned(), Relation::Range, Reading::Standard, Grade::Rfc9525);
    let lies_in =
        |item: &str, length| (item.to_owned(), Relation::Prefix { length }, Reading::Standard, Grade::Rfc9525);
    let read = |(items, relation, ..): Row, reading, grade| (items, relation, reading, grade);
    let names = "example.com .example.net a.b.example.org b.example.org";
    let sorted = |items: &str| {
        let items: BTreeSet<&str> = items.split(' ').collect();
        items.into_iter().collect::<Vec<_>>().join(" ")
    };
    let dns = |name: &str| der::tlv(DNS, name.as_bytes());
    let ip = |octets: &[u8]| der::tlv(IP, octets);
    for (what, base, expected) in [
        ("the item", dns("Example.COM"), vec![exact("example.com")]),
        ("below a name", dns("www.example.com"), vec![]),
        (".the item", dns(".example.com"), vec![]),
        ("beside", dns("badexample.com"), vec![]),
        ("a subtree", dns("example.net"), vec![exact(".example.net")]),
        ("below a subtree", dns("a.example.net"), vec![below(".example.net")]),
        (".a subtree", dns(".example.net"), vec![below(".example.net")]),
        ("above one", dns("net"), vec![holds(".example.net")]),
        ("above several", dns("example.org"), vec![holds("a.b.example.org b.example.org")]),
        (".above several", dns(".example.org"), vec![holds("a.b.example.org b.example.org")]),
        ("one and above one", dns("b.example.org"), vec![exact("b.example.org"), holds("a.b.example.org")]),
        ("all names", dns(""), vec![holds(&sorted(names))]),
        (
            "a mailbox",
            der::tlv(EMAIL, b"me@example.com"),
            vec![read(exact("example.com"), Reading::EmailDomain, Grade::Nobody)],
        ),
        (
            "a mail host below a subtree",
            der::tlv(EMAIL, b"mail.example.net"),
            vec![read(below(".example.net"), Reading::EmailDomain, Grade::Nobody)],
        ),
        ("a mail host above", der::tlv(EMAIL, b"example.org"), vec![]),
        (
            "a mail domain above",
            der::tlv(EMAIL, b".example.org"),
            vec![read(holds("a.b.example.org b.example.org"), Reading::EmailDomain, Grade::Nobody)],
        ),
        (
            "a URI host",
            der::tlv(URI, b"example.com"),
            vec![read(exact("example.com"), Reading::UriHost, Grade::SomeClient)],
        ),
        (
            "a range in a prefix, around an address",
            ip(&[192, 0, 2, 0, 255, 255, 255, 128]),
            vec![lies_in("192.0.2.0/24", 24), holds("192.0.2.7")],
        ),
        ("a range around both", ip(&[192, 0, 0, 0, 255, 255, 0, 0]), vec![holds("192.0.2.0/24 192.0.2.7")]),
        ("one address", ip(&[192, 0, 2, 7, 255, 255, 255, 255]), vec![lies_in("192.0.2.0/24", 24), exact("192.0.2.7")]),
        ("all of IPv4", ip(&[0; 8]), vec![holds("192.0.2.0/24 192.0.2.7")]),
        ("all of IPv6", ip(&[0; 32]), vec![holds("2001:db8::/32")]),
        ("elsewhere", ip(&[10, 0, 0, 0, 255, 0, 0, 0]), vec![]),
        // Nonsense with a name in it.
        (
            "a wildcard",
            dns("*.example.org"),
            vec![read(holds("a.b.example.org b.example.org"), Reading::Host, Grade::Nobody)],
        ),
        ("a dot at the end", dns("example.com."), vec![read(exact("example.com"), Reading::Host, Grade::Nobody)]),
        ("a URL", dns("https://example.com/"), vec![read(exact("example.com"), Reading::Host, Grade::Nobody)]),
        (
            "a mask with gaps",
            ip(&[192, 0, 2, 0, 255, 0, 255, 0]),
            vec![read(holds("192.0.2.0/24 192.0.2.7"), Reading::AddressAndMask, Grade::Nobody)],
        ),
        (
            "an address without a mask",
            ip(&[192, 0, 2, 1]),
            vec![read(lies_in("192.0.2.0/24", 24), Reading::Standard, Grade::Nobody)],
        ),
        ("a directory name", der::tlv(DIRECTORY, &Name::new().organization("Example").to_der()), vec![]),
    ] {
        let ca = constrained(&[dns("elsewhere.example"), base], &[dns("example.com"), ip(&[0; 8])]);
        let (rows, outcome) = rows(&list, &ca);
        assert_eq!(rows, expected, "{what}");
        assert_eq!(matches!(outcome, Outcome::NoMatch), expected.is_empty(), "{what}: {outcome:?}");
        assert!(!matches!(outcome, Outcome::Undecidable { .. }), "{what}");
    }
}

#[test]
fn nothing_permitted_is_no_hit() {
    let list = list(&["example.com"]);
    let dns = |name: &str| der::tlv(DNS, name.as_bytes());
    for ca in [authority(None), constrained(&[], &[dns("example.com")]), constrained(&[der::tlv(IP, &[0; 8])], &[])] {
        assert_eq!(rows(&list, &ca), (vec![], Outcome::NoMatch));
    }
}

#[test]
fn what_cannot_be_decided_is_delivered() {
    let list = list(&["example.com", "192.0.2.7"]);
    let dns = |name: &[u8]| der::tlv(DNS, name);
    for (what, ca, items) in [
        ("an empty extension", authority(Some(&[])), "192.0.2.7 example.com"),
        ("no SEQUENCE", authority(Some(&der::null())), "192.0.2.7 example.com"),
        (
            "a subtree with a maximum",
            {
                let subtree = der::sequence(&[&dns(b"other.example")[..], &[0x81, 1, 0]]);
                authority(Some(&der::sequence(&[der::explicit(0, &[subtree])])))
            },
            "192.0.2.7 example.com",
        ),
        ("no name", constrained(&[dns(b"exa mple")], &[]), "192.0.2.7 example.com"),
        ("an address of five octets", constrained(&[der::tlv(IP, &[0; 5])], &[]), "192.0.2.7"),
    ] {
        let (rows, outcome) = rows(&list, &ca);
        let [(found, Relation::Undecided(_), Reading::Undecoded, Grade::Nobody)] = &rows[..] else {
            panic!("{what}: {rows:?}")
        };
        assert_eq!(found, items, "{what}");
        assert!(matches!(outcome, Outcome::Undecidable { .. }), "{what}");
    }
    let ca = constrained(&[dns(b"good.example"), dns(b"exa mple")], &[]);
    let tbs = Tbs::from_der(&ca).unwrap();
    let mut texts = Vec::new();
    let outcome = list.watch_constraints(&tbs, |hit| {
        assert_eq!(hit.source, Source::PermittedSubtree { index: 1 });
        assert!(matches!(hit.relation, Relation::Undecided(Undecided::Subtree(_))));
        texts.push(hit.to_string());
        ControlFlow::Continue(())
    });
    assert_eq!(outcome.tally().undecided, 1);
    assert_eq!(
        texts,
        ["`exa mple` in permittedSubtrees[1] may stand for any of 2 items; undecided: subtree that is no domain name"]
    );
}

#[test]
fn hits_in_one_line_and_counted() {
    let list = list(&["a.example.com", "b.example.com", ".example.com"]);
    let ca = constrained(&[der::tlv(DNS, b"com"), der::tlv(DNS, b"www.example.com")], &[]);
    let tbs = Tbs::from_der(&ca).unwrap();
    let mut texts = Vec::new();
    let outcome = list.watch_constraints(&tbs, |hit| {
        texts.push(hit.to_string());
        ControlFlow::Break(())
    });
    assert_eq!((outcome.tally().delivered, outcome.tally().left_out), (1, 1));
    let [text] = &texts[..] else { panic!("{texts:?}") };
    assert!(text.starts_with("`com` in permittedSubtrees[0] holds items such as "), "{text}");
    assert!(text.ends_with("example.com; valid by RFC 9525"), "{text}");
}

#[test]
fn items_that_were_taken_out_are_no_hits() {
    let mut list = list(&[]);
    let ids = ["a.example.com", ".example.com", "192.0.2.0/24", "192.0.2.7"]
        .map(|item| list.insert(&item.parse().unwrap(), item.to_owned()).unwrap());
    let ca = constrained(&[der::tlv(DNS, b"com"), der::tlv(DNS, b""), der::tlv(IP, &[0; 8])], &[]);
    assert_eq!(rows(&list, &ca).0.len(), 3);
    for id in ids {
        list.remove(id).unwrap();
    }
    assert_eq!(rows(&list, &ca), (vec![], Outcome::NoMatch));
}

/// A CA with a hundred thousand subtrees takes a look for each.
#[test]
fn many_subtrees() {
    let list = list(&["a.example.com", "b.example.com"]);
    let bases: Vec<_> =
        (0..100_000).map(|number| der::tlv(DNS, [b"com".to_vec(), vec![]][number % 2].as_slice())).collect();
    let tbs = constrained(&bases, &[]);
    let outcome = list.watch_constraints(&Tbs::from_der(&tbs).unwrap(), |_| ControlFlow::Continue(()));
    // Each asks for one node or more of the list, until the work is done that one certificate may ask for.
    let tally = outcome.tally();
    assert_eq!(tally.delivered, 100_000);
    assert!(tally.undecided > 0 && tally.undecided < 100_000);
}

fn labels() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(vec!["a", "b"]), 1..4)
}

/// Every name of up to four labels.
fn universe() -> Vec<Vec<&'static str>> {
    let mut names: Vec<Vec<&str>> = vec![vec![]];
    for start in [0, 1, 3, 7] {
        let longer: Vec<_> =
            names[start..].iter().flat_map(|name| ["a", "b"].map(|label| [&[label], &name[..]].concat())).collect();
        names.extend(longer);
    }
    names
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    /// An item is found where some name is the item's and permitted.
    #[test]
    fn names_in_common(
        items in prop::collection::vec((labels(), any::<bool>()), 1..8), subtree in labels(), form in 0..4_usize,
    ) {
        let mut list = WatchList::new(7);
        for (number, (labels, with_below)) in items.iter().enumerate() {
            let text = [if *with_below { "." } else { "" }, &labels.join(".")].concat();
            list.insert(&text.parse::<Item>().unwrap(), number).unwrap();
        }
        let is_permitted = |name: &[&str]| match form {
            0 => name.ends_with(&subtree),
            1 => name.ends_with(&subtree) && name.len() > subtree.len(),
            2 => name == subtree,
            _ => true,
        };
        let is_owned = |(labels, with_below): &(Vec<&str>, bool), name: &[&str]| {
            if *with_below { name.ends_with(labels) } else { name == labels }
        };
        let expected: BTreeSet<usize> = (0..items.len())
            .filter(|number| universe().iter().any(|name| is_permitted(name) && is_owned(&items[*number], name)))
            .collect();

        let name = subtree.join(".");
        let base = match form {
            0 => der::tlv(DNS, name.as_bytes()),
            1 => der::tlv(URI, format!(".{name}").as_bytes()),
            2 => der::tlv(EMAIL, format!("x@{name}").as_bytes()),
            _ => der::tlv(DNS, b""),
        };
        prop_assert_eq!(found(&list, &base), expected);
    }

    /// The same for addresses, of which the first octet alone differs.
    #[test]
    fn addresses_in_common(
        items in prop::collection::vec((any::<u8>(), 0..=9_u8), 1..8), first in any::<u8>(), length in 0..=8_u32,
    ) {
        let mut list = WatchList::new(7);
        let mask = |length: u8| u8::try_from(0xff00_u32 >> length.min(8) & 0xff).unwrap();
        for (number, (first, length)) in items.iter().enumerate() {
            let item = match length {
                9 => Item::Address(IpAddr::V4(Ipv4Addr::new(*first, 0, 0, 0))),
                _ => Item::Prefix(Prefix::new(IpAddr::V4(Ipv4Addr::new(first & mask(*length), 0, 0, 0)), *length).unwrap()),
            };
            list.insert(&item, number).unwrap();
        }
        let permitted_mask = mask(u8::try_from(length).unwrap());
        let expected: BTreeSet<usize> = (0..items.len())
            .filter(|number| {
                let (own, length) = items[*number];
                (0..=255_u8).any(|octet| (octet ^ own) & mask(length) == 0 && (octet ^ first) & permitted_mask == 0)
            })
            .collect();
        let base = der::tlv(IP, &[first, 0, 0, 0, permitted_mask, 0, 0, 0]);
        prop_assert_eq!(found(&list, &base), expected);
    }
}

/// The items of all hits, each of which comes once.
fn found(list: &WatchList<usize>, base: &[u8]) -> BTreeSet<usize> {
    let ca = constrained(&[base.to_vec()], &[]);
    let mut found = BTreeSet::new();
    let _ = list.watch_constraints(&Tbs::from_der(&ca).unwrap(), |hit| {
        assert_eq!(hit.source, Source::PermittedSubtree { index: 0 });
        for entry in hit.items() {
            assert!(found.insert(*entry.payload()), "an item twice");
        }
        ControlFlow::Continue(())
    });
    found
}
