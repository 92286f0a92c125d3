//! The structures against definitions that are spelt out.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::ops::ControlFlow;
use std::collections::BTreeSet;

use ctlens_san::{
    DnsName, Grade, Identification, Item, ItemId, Outcome, Prefix, Reading, Reference, Relation, WatchList, identifies,
};
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name};
use ctlens_x509::{Certificate, GeneralNameKind, Tbs};
use proptest::prelude::*;

fn list_of(items: &[Item]) -> WatchList<usize> {
    let mut list = WatchList::new(0x5eed);
    for (number, item) in items.iter().enumerate() {
        let id = list.insert(item, number).unwrap();
        assert_eq!(id.index(), number);
    }
    list
}

/// The numbers of all items of all hits.
fn found(list: &WatchList<usize>, kind: GeneralNameKind, octets: &[u8]) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let _ = list.look_up(kind, octets, |hit| {
        let before = found.len();
        found.extend(hit.items().map(|entry| *entry.payload()));
        assert!(hit.items().next().is_some(), "a hit without an item: {hit:?}");
        if hit.relation == Relation::Exact && hit.reading == Reading::Standard {
            assert_eq!(found.len(), before + 1, "an item twice: {hit:?}");
        }
        ControlFlow::Continue(())
    });
    found
}

/// What a label of a certificate's name can stand for.
fn label_matches(pattern: &str, label: &str) -> bool {
    let readable =
        !pattern.is_empty() && pattern.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"-_*".contains(&octet));
    !readable || glob(pattern.as_bytes(), label.as_bytes())
}

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) if glob(rest, text) => true,
        (Some((b'*', _)), Some((_, behind))) => glob(pattern, behind),
        (Some((octet, rest)), Some((first, behind))) => octet.eq_ignore_ascii_case(first) && glob(rest, behind),
        _ => false,
    }
}

/// Whether some reading of a name meets an item.
fn meets(name: &str, item: &Item) -> bool {
    let name = name.trim_end_matches('.');
    let inner = name.trim_start_matches('.');
    if inner.is_empty() {
        return false;
    }
    let with_empty: Vec<&str> = inner.split('.').collect();
    let without_empty: Vec<&str> = inner.split('.').filter(|label| !label.is_empty()).collect();
    [with_empty, without_empty].iter().any(|labels| {
        let (item, is_subtree) = match item {
            Item::Name(item) => (item, false),
            Item::Subtree(item) => (item, true),
            _ => return false,
        };
        let own: Vec<&str> = item.labels().collect();
        // From the last label on, as far as both go.
        let meets = own.iter().rev().zip(labels.iter().rev()).all(|(own, label)| label_matches(label, own));
        let long_enough = if is_subtree { own.len() <= labels.len() } else { own.len() == labels.len() };
        // A dot in front: all that ends so.
        let is_plain = labels.iter().all(|label| {
            label_matches(label, "\0") == label.is_empty() && !label.contains('*') && !label.contains('!')
        });
        let below = inner.len() < name.len() && is_plain && own.len() > labels.len();
        meets && (long_enough || below)
    })
}

fn item_names() -> impl Strategy<Value = Item> {
    (proptest::collection::vec("a|b|ab|ba|aa|x1|1", 0..3), "a|b|ab", any::<bool>()).prop_map(
        |(mut labels, last, subtree)| {
            labels.push(last);
            let name: DnsName = labels.join(".").parse().unwrap();
            if subtree { Item::Subtree(name) } else { Item::Name(name) }
        },
    )
}

/// Few labels, so that names meet; of up to more octets than are hashed at once.
fn ordinary_labels(count: core::ops::Range<usize>) -> impl Strategy<Value = Vec<String>> {
    let labels = "www|mail|gamma-ray|sixteen-octets-1|seventeen-octets1|a-label-of-forty-octets-more-than-one-word";
    let last = "com|example|international|xn--p1ai";
    (proptest::collection::vec(labels, count), last).prop_map(|(mut labels, last)| {
        labels.push(last);
        labels
    })
}

fn ordinary_items() -> impl Strategy<Value = Item> {
    (ordinary_labels(0..4), any::<bool>()).prop_map(|(labels, subtree)| {
        let name: DnsName = labels.join(".").parse().unwrap();
        if subtree { Item::Subtree(name) } else { Item::Name(name) }
    })
}

/// Names of labels that items have, of patterns, and of anything.
fn presented_names() -> impl Strategy<Value = String> {
    let labels = proptest::collection::vec("a|b|ab|ba|aa|A|bA|x1|1|\\*|a\\*|\\*b|\\*a\\*|!|a!||aaaaaaaaa", 1..5);
    let odd_labels = proptest::collection::vec("a|b|ab|A|x1|\\*|[ab1!/\\\\?#:@ \0]{0,4}", 1..5);
    prop_oneof![
        3 => labels.prop_map(|labels| labels.join(".")),
        1 => "[abA1*!.]{0,9}",
        2 => odd_labels.prop_map(|labels| labels.join(".")),
        1 => "[abA1*!./\\\\?#:@ \0]{0,12}",
    ]
}

/// What surrounds a host, or separates names. Such a text is looked up in pieces besides.
fn has_surroundings(name: &str) -> bool {
    name.contains(['/', '\\', '?', '#', ':', '@', ' ', '\0'])
}

/// The least that must be found: the items that a text ends in as it stands, in lower case.
fn ends_in(octets: &[u8], item: &Item) -> bool {
    let octets = octets.to_ascii_lowercase();
    match item {
        Item::Subtree(name) => octets == name.to_string().as_bytes() || octets.ends_with(format!(".{name}").as_bytes()),
        Item::Name(name) => octets == name.to_string().as_bytes(),
        _ => false,
    }
}

/// Octets as anybody may put them in front of a name: of any value, and of those with which clients part texts.
fn any_octets() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..40),
        "[ab1.*:/@%\\[\\]\\\\?# ,;\0()='\"\u{e9}\u{3002}\u{ff0e}]{0,20}".prop_map(String::into_bytes),
        "(https?|DNS|IP|[a-z]{1,3})?:?/{0,3}([a-z.]{0,5}@)?(192\\.0\\.2\\.1|\\[?::1\\]?|[ab.]{0,4})(%[a-z0-9]{0,3})?(:[0-9]{0,4})?[/?#]?[a-z.]{0,5}"
            .prop_map(String::into_bytes),
    ]
}

/// Names of which the long way knows more readings than one: numbers, reverse names, long labels, many labels, dots.
fn hostile_names() -> impl Strategy<Value = String> {
    let label = "[a-f0-9]|0x[0-9a-f]{1,2}|[0-9]{1,3}|www|mail|a-b|a_b|xn--p1ai|\\*|\\*a|ip6|in-addr|[a-z]{60,66}|";
    let last = "com|example|int|arpa|[0-9a-f]\\.ip6\\.int|ip6\\.arpa|in-addr\\.arpa|co\\.uk|[0-9]{1,3}|0x[0-9a-f]{1,8}|eightlet|ninelette|-a|\\*";
    (0..4_u8, proptest::collection::vec(label, 0..12), last, "|\\.|\\.\\.").prop_map(
        |(front, mut labels, last, dots)| {
            labels.push(last);
            format!("{}{}{dots}", ["", "*.", ".", "*.."][usize::from(front)], labels.join("."))
        },
    )
}

fn hostile_items() -> impl Strategy<Value = Item> {
    let name =
        "(www\\.|mail\\.|[a-f]\\.){0,3}(com|example|int|arpa|ip6\\.int|in-addr\\.arpa|co\\.uk|eightlet|ninelette|-a)";
    let name = (name, any::<bool>()).prop_map(|(name, subtree)| format!("{}{name}", if subtree { "." } else { "" }));
    prop_oneof![name, "[0-9]\\.0\\.0\\.0/8", "[0-9a-f]000::/4"].prop_filter_map("no item", |text| text.parse().ok())
}

fn addresses() -> impl Strategy<Value = IpAddr> {
    let v4 = (0_u32..16).prop_map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits.rotate_right(2) | bits << 10)));
    let v6 = (0_u128..16).prop_map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits.rotate_right(2) | bits << 70)));
    let mapped = (0_u128..16)
        .prop_map(|bits| IpAddr::V6(Ipv6Addr::from_bits(0xffff << 32 | (bits & 3) << 30 | bits >> 2 | bits << 10)));
    prop_oneof![v4, v6, mapped]
}

fn address_items() -> impl Strategy<Value = Item> {
    let prefix = |address: IpAddr, length: u8| {
        let network = match address {
            IpAddr::V4(address) => {
                let length = length.min(32);
                let bits = u64::from(address.to_bits()) >> (32 - length) << (32 - length);
                (IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(bits).unwrap())), length)
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
                (IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask)), length)
            }
        };
        Item::Prefix(Prefix::new(network.0, network.1).unwrap())
    };
    prop_oneof![
        addresses().prop_map(Item::Address),
        (addresses(), prop_oneof![0..=8_u8, 18..=32_u8, 90..=128_u8])
            .prop_map(move |(address, length)| prefix(address, length)),
    ]
}

/// RFC 9525 §6.4 and, for IPv4-mapped addresses, the items on the other side.
fn address_meets(address: IpAddr, item: &Item) -> bool {
    let meets = |address: IpAddr, least: u8| match item {
        Item::Address(item) => *item == address,
        Item::Prefix(prefix) => prefix.length() >= least && prefix.contains(address),
        _ => false,
    };
    let other = match address {
        IpAddr::V4(address) => meets(IpAddr::V6(address.to_ipv6_mapped()), 96),
        IpAddr::V6(address) => address.to_ipv4_mapped().is_some_and(|address| meets(IpAddr::V4(address), 0)),
    };
    meets(address, 0) || other
}

fn octets_of(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

fn expected(items: &[Item], meets: impl Fn(&Item) -> bool) -> BTreeSet<usize> {
    items.iter().enumerate().filter(|(_, item)| meets(item)).map(|(number, _)| number).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn names_are_a_naive_scan(items in proptest::collection::vec(item_names(), 0..25), name in presented_names()) {
        let list = list_of(&items);
        let found = found(&list, GeneralNameKind::DnsName, name.as_bytes());
        if has_surroundings(&name) {
            let least = expected(&items, |item| ends_in(name.as_bytes(), item));
            prop_assert!(least.is_subset(&found), "{:?} in {:?}: {:?}", name, list, found);
        } else {
            prop_assert_eq!(found, expected(&items, |item| meets(&name, item)), "{} in {:?}", name, list);
        }
    }

    /// Names that go the short way of ordinary names, beside those of other lengths.
    #[test]
    fn ordinary_names_are_a_naive_scan(
        items in proptest::collection::vec(ordinary_items(), 0..25),
        labels in ordinary_labels(1..8),
        wildcard in any::<bool>(),
    ) {
        let list = list_of(&items);
        let name = format!("{}{}", if wildcard { "*." } else { "" }, labels.join("."));
        let found = found(&list, GeneralNameKind::DnsName, name.as_bytes());
        prop_assert_eq!(found, expected(&items, |item| meets(&name, item)), "{} in {:?}", name, list);
    }

    /// The short way of ordinary names, which only lower case can go, says what the long way says.
    #[test]
    fn upper_case_changes_nothing(
        items in proptest::collection::vec(prop_oneof![hostile_items(), item_names(), address_items()], 0..25),
        name in hostile_names(),
    ) {
        let list = list_of(&items);
        let lower = name.to_ascii_lowercase();
        let kind = GeneralNameKind::DnsName;
        let short = said(&list, kind, lower.as_bytes());
        prop_assert_eq!(&short, &said(&list, kind, lower.to_ascii_uppercase().as_bytes()), "{} in {:?}", lower, list);

        // In a SAN and as a common name, alone and as one of many.
        let ca = Ca::root(Key::new(1, "ca"), &Name::new().common_name("Root"), 0, 4_000_000_000);
        let leaf = || CertificateBuilder::leaf(Key::new(1, "leaf").spki_der());
        for build in [leaf().dns(&lower), leaf().subject(&Name::new().common_name(&lower))] {
            let der = build.precert_tbs(&ca);
            let tbs = Tbs::from_der(&der).unwrap();
            let is_watched = list.watch(&tbs, |_| ControlFlow::Continue(())) != Outcome::NoMatch;
            let is_prose = lower.contains([' ', ',', ';', '\t']);
            prop_assert!(is_prose || is_watched != short.is_empty(), "{} in {:?}", lower, list);
            prop_assert!(!is_watched || list.candidates([&tbs]).count() == 1, "{} in {:?}", lower, list);
        }
    }

    #[test]
    fn addresses_are_a_naive_scan(items in proptest::collection::vec(address_items(), 0..40), address in addresses()) {
        let list = list_of(&items);
        let found = found(&list, GeneralNameKind::IpAddress, &octets_of(address));
        prop_assert_eq!(found, expected(&items, |item| address_meets(address, item)), "{}", address);
    }

    #[test]
    fn addresses_as_text_are_addresses(items in proptest::collection::vec(address_items(), 0..40), address in addresses()) {
        let list = list_of(&items);
        let octets = found(&list, GeneralNameKind::IpAddress, &octets_of(address));
        prop_assert_eq!(&found(&list, GeneralNameKind::DnsName, address.to_string().as_bytes()), &octets);
        let reverse = match address {
            IpAddr::V4(address) => {
                let [a, b, c, d] = address.octets();
                format!("{d}.{c}.{b}.{a}.in-addr.arpa")
            }
            IpAddr::V6(address) => {
                let nibbles: Vec<_> =
                    address.octets().iter().rev().map(|octet| format!("{:x}.{:x}", octet & 15, octet >> 4)).collect();
                format!("{}.ip6.arpa", nibbles.join("."))
            }
        };
        prop_assert_eq!(&found(&list, GeneralNameKind::DnsName, reverse.as_bytes()), &octets);
    }

    #[test]
    fn items_are_given_back(items in proptest::collection::vec(prop_oneof![item_names(), address_items()], 0..40)) {
        let list = list_of(&items);
        prop_assert_eq!(list.items().map(|entry| entry.item()).collect::<Vec<_>>(), items);
    }

    /// Any octets in any kind of name: no panic, and the counts agree.
    #[test]
    fn anything_is_looked_up(
        items in proptest::collection::vec(prop_oneof![item_names(), address_items()], 0..10),
        octets in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..80),
            "[ab1.*:/@%\\[\\]\\\\?# ,;\0\u{e9}]{0,40}".prop_map(String::into_bytes),
            (any_octets(), "\\.|", "a|b|aa\\.b|A\\.B|a\\.b\\.ab").prop_map(|(mut octets, dot, name)| {
                octets.extend(dot.bytes().chain(name.bytes()));
                octets
            }),
        ],
        kind in prop_oneof![
            Just(GeneralNameKind::DnsName), Just(GeneralNameKind::IpAddress), Just(GeneralNameKind::OtherName),
            Just(GeneralNameKind::Rfc822Name), Just(GeneralNameKind::UniformResourceIdentifier), Just(GeneralNameKind::Unknown),
        ],
    ) {
        let list = list_of(&items);
        let mut hits = 0;
        let mut found = BTreeSet::new();
        let outcome = list.look_up(kind, &octets, |hit| {
            hits += 1;
            let before = found.len();
            found.extend(hit.items().map(|entry| *entry.payload()));
            assert!(found.len() > before || hit.items().next().is_some());
            ControlFlow::Continue(())
        });
        // An otherName has a structure, and 4 or 16 octets are an address.
        let is_text = match kind {
            GeneralNameKind::OtherName => false,
            GeneralNameKind::IpAddress => ![4, 16].contains(&octets.len()),
            _ => true,
        };
        // What an iPAddress of another length says cannot be decided, if it is not text.
        if is_text && (kind != GeneralNameKind::IpAddress || octets.iter().all(|octet| (b' '..=b'~').contains(octet))) {
            let least = expected(&items, |item| ends_in(&octets, item));
            prop_assert!(least.is_subset(&found), "{} in {:?}: {:?}", octets.escape_ascii(), list, found);
        }
        prop_assert_eq!(outcome.tally().delivered, hits);
        prop_assert_eq!(outcome == Outcome::NoMatch, hits == 0);
    }
}

/// All that is said of a name, as far as it does not depend on the numbers of the items.
fn said(
    list: &WatchList<usize>,
    kind: GeneralNameKind,
    octets: &[u8],
) -> Vec<(String, Option<usize>, BTreeSet<usize>)> {
    let mut said = Vec::new();
    let _ = list.look_up(kind, octets, |hit| {
        let payloads: BTreeSet<usize> = hit.items().map(|entry| *entry.payload()).collect();
        assert!(hit.count().is_none_or(|count| count == hit.items().count()), "{hit:?}");
        said.push((format!("{:?} {:?} {:?}", hit.relation, hit.reading, hit.grade), hit.count(), payloads));
        ControlFlow::Continue(())
    });
    said.sort();
    said
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// After any insertions and removals a list says what one says that was built of the items that are left.
    #[test]
    fn changes_leave_what_a_new_list_has(
        changes in proptest::collection::vec(
            (proptest::bool::weighted(0.6), any::<proptest::sample::Index>(),
             prop_oneof![2 => item_names(), 2 => ordinary_items(), 1 => address_items()]),
            0..80,
        ),
        names in proptest::collection::vec(presented_names(), 4),
        labels in ordinary_labels(1..5),
        address in addresses(),
    ) {
        let mut list = WatchList::new(0x5eed);
        let mut left: Vec<(ItemId, Item, usize)> = Vec::new();
        for (payload, (inserts, pick, item)) in changes.into_iter().enumerate() {
            if inserts || left.is_empty() {
                let id = list.insert(&item, payload).unwrap();
                prop_assert!(left.iter().all(|(other, ..)| *other != id));
                left.push((id, item, payload));
            } else {
                let (id, _, payload) = left.swap_remove(pick.index(left.len()));
                prop_assert_eq!(list.remove(id), Some(payload));
                prop_assert_eq!(list.remove(id), None);
                prop_assert!(list.get(id).is_none());
            }
        }
        let mut new = WatchList::new(1);
        for (id, item, payload) in &left {
            new.insert(item, *payload).unwrap();
            let entry = list.get(*id).unwrap();
            prop_assert_eq!((entry.item(), *entry.payload()), (item.clone(), *payload));
            let same: BTreeSet<usize> = list.find(item).map(|entry| *entry.payload()).collect();
            let expected = left.iter().filter(|(_, other, _)| other == item).map(|&(.., payload)| payload);
            prop_assert_eq!(same, expected.collect());
        }
        prop_assert_eq!((list.len(), list.items().count()), (left.len(), left.len()));
        let texts = names.iter().cloned().chain([labels.join("."), format!("*.{}", labels.join("."))]);
        for name in texts.chain(["*.com", "*.example", "*.a", "*.b.a", "a\u{1}.a", "*"].map(str::to_owned)) {
            let kind = GeneralNameKind::DnsName;
            prop_assert_eq!(said(&list, kind, name.as_bytes()), said(&new, kind, name.as_bytes()), "{} in {:?}", name, new);
        }
        for octets in [octets_of(address), vec![1, 2, 3]] {
            let kind = GeneralNameKind::IpAddress;
            prop_assert_eq!(said(&list, kind, &octets), said(&new, kind, &octets), "{} in {:?}", address, new);
        }
        for (id, _, payload) in left {
            prop_assert_eq!(list.remove(id), Some(payload));
        }
        prop_assert!(list.is_empty() && list.items().next().is_none());
        prop_assert_eq!(said(&list, GeneralNameKind::DnsName, b"*.com"), vec![]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    /// No octets in front of a watched subtree hide it, in a dNSName nor in a common name.
    #[test]
    fn nothing_in_front_of_a_name_hides_it(octets in any_octets()) {
        let subtree: Item = ".watched.example".parse().unwrap();
        let list = list_of(&[subtree]);
        let name = [&octets, &b".watched.example"[..]].concat();
        prop_assert_eq!(found(&list, GeneralNameKind::DnsName, &name), BTreeSet::from([0]), "{}", name.escape_ascii());
        prop_assert_eq!(found(&list, GeneralNameKind::Unknown, &name), BTreeSet::from([0]), "{}", name.escape_ascii());
    }

    /// An octet that came out wrong inside a label hides no name that the label stands for.
    #[test]
    fn an_unreadable_label_stands_for_any(
        before in "[a-z]{0,3}",
        octet in prop_oneof![Just(b'?'), Just(b'#'), Just(b'\\'), Just(b':'), 0x80_u8..=0xff, 1_u8..=8],
        after in "[a-z]{0,3}",
    ) {
        let list = list_of(&["host.watched.example".parse().unwrap()]);
        let name = [before.as_bytes(), &[octet], after.as_bytes(), b".watched.example"].concat();
        prop_assert_eq!(found(&list, GeneralNameKind::DnsName, &name), BTreeSet::from([0]), "{}", name.escape_ascii());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whichever octets of a name or an address are escapes, and however they are written.
    #[test]
    fn escapes_hide_no_name(
        text in prop_oneof![Just("www.watched.example"), Just("192.0.2.1"), Just("x-1.watched.example")],
        styles in proptest::collection::vec(0..6_u8, 19),
    ) {
        let list = list_of(&[text.parse().unwrap()]);
        let escaped: String = text.bytes().zip(styles).map(|(octet, style)| match style {
            0 => format!("%{octet:02x}"),
            1 => format!("%{octet:02X}"),
            2 => format!("\\{octet:03}"),
            3 => format!("\\x{octet:02x}"),
            _ => char::from(octet).to_string(),
        }).collect();
        // In octal these are an asterisk and a dot.
        prop_assume!(!escaped.contains("\\052") && !escaped.contains("\\056"));
        for kind in [GeneralNameKind::DnsName, GeneralNameKind::UniformResourceIdentifier, GeneralNameKind::Unknown] {
            prop_assert_eq!(found(&list, kind, escaped.as_bytes()), BTreeSet::from([0]), "{} {:?}", escaped, kind);
        }
    }

    /// Wherever there is white space in a name or an address.
    #[test]
    fn white_space_hides_no_name(
        text in prop_oneof![Just("www.watched.example"), Just("192.0.2.1"), Just("x.watched.example")],
        spaces in proptest::collection::vec(prop_oneof![4 => Just(""), 1 => Just(" "), 1 => Just("\t ")], 19),
    ) {
        let list = list_of(&[text.parse().unwrap()]);
        let spaced: String = text.chars().zip(spaces).map(|(char, space)| format!("{space}{char}")).collect();
        for kind in [GeneralNameKind::DnsName, GeneralNameKind::Unknown, GeneralNameKind::Rfc822Name] {
            prop_assert_eq!(found(&list, kind, spaced.as_bytes()), BTreeSet::from([0]), "{:?} {:?}", spaced, kind);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The same for a common name, of any kind of string that is one octet a character.
    #[test]
    fn nothing_in_front_of_a_common_name_hides_it(
        octets in any_octets(),
        tag in prop_oneof![Just(0x0c_u8), Just(0x13), Just(0x14), Just(0x16)],
    ) {
        let list = list_of(&[".watched.example".parse().unwrap()]);
        let name = [&octets, &b".watched.example"[..]].concat();
        let ca = Ca::root(Key::new(1, "ca"), &Name::new().common_name("Root"), 0, 4_000_000_000);
        let subject = Name::new().attribute("2.5.4.3", tag, &name);
        let der = CertificateBuilder::leaf(Key::new(1, "leaf").spki_der()).subject(&subject).precertificate(&ca);
        let certificate = Certificate::from_der(&der).unwrap();
        let outcome = list.watch(certificate.tbs(), |_| ControlFlow::Continue(()));
        prop_assert!(outcome != Outcome::NoMatch, "{}", name.escape_ascii());
    }

    /// Whoever is identified by RFC 9525 is watched, with the grade that says so.
    #[test]
    fn what_identifies_is_watched(
        names in proptest::collection::vec(presented_names(), 0..5),
        octets in proptest::collection::vec(addresses(), 0..3),
        reference in prop_oneof![
            item_names().prop_map(|item| match item {
                Item::Name(name) | Item::Subtree(name) => (Item::Name(name.clone()), Reference::Name(name)),
                _ => unreachable!(),
            }),
            addresses().prop_map(|address| (Item::Address(address), Reference::Address(address))),
        ],
    ) {
        let ca = Ca::root(Key::new(1, "ca"), &Name::new().common_name("Root"), 0, 4_000_000_000);
        let leaf = CertificateBuilder::leaf(Key::new(1, "leaf").spki_der());
        let leaf = names.iter().fold(leaf, CertificateBuilder::dns);
        let leaf = octets.iter().fold(leaf, |leaf, &address| leaf.ip(octets_of(address)));
        let der = leaf.precertificate(&ca);
        let certificate = Certificate::from_der(&der).unwrap();
        let (item, reference) = reference;
        let list = list_of(&[item]);
        let mut best = None;
        let _ = list.watch(certificate.tbs(), |hit| {
            best = best.max(Some(hit.grade));
            ControlFlow::Continue(())
        });
        match identifies(certificate.tbs(), &reference) {
            Identification::Identified(_) => prop_assert_eq!(best, Some(Grade::Rfc9525)),
            Identification::NotIdentified(mismatches) => {
                prop_assert_eq!(mismatches.len(), names.len() + octets.len());
                prop_assert!(best < Some(Grade::Rfc9525), "{:?} {:?}", best, names);
            }
        }
    }
}
