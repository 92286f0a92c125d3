//! ctlens-san: watch lists and their text, names and addresses against matching by definition.

mod constraints;
pub(crate) mod naive;

pub use constraints::name_constraints;

use crate::input::Input;
use crate::san::naive::Bits;
use ctlens_san::{
    DnsName, Entry, Grade, Hit, Identification, Item, Outcome, Prefix, Reference, Relation, Source, Tally, WatchList,
    identifies, read_items,
};
use ctlens_testkit::der;
use ctlens_x509::{GeneralNameKind, Tbs};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv6Addr};
use std::ops::ControlFlow;

/// What every list of `watch_list` has.
const ITEMS: [&str; 14] = [
    "example.com",
    ".example.net",
    "a.b.example.org",
    ".org",
    "localhost",
    "_srv.example.com",
    "xn--bcher-kva.example",
    ".in-addr.arpa",
    "1.1.1.1",
    "192.0.2.0/24",
    "2001:db8::/32",
    "::ffff:8.8.8.8",
    "::1",
    "0.0.0.0/0",
];

/// A certificate of arbitrary names and common names: what a client accepts is reported, damage too, and the counts are right.
pub fn watch_list(data: &[u8]) {
    let mut input = Input::new(data);
    let own = String::from_utf8_lossy(input.short());
    let items: Vec<Item> = ITEMS.iter().copied().chain(own.lines()).filter_map(|line| line.parse().ok()).collect();
    let bytes = tbs(input);
    let tbs = Tbs::from_der(&bytes).expect("every field has its tag");
    let list = list(&items, 1);
    let mut hits = Vec::new();
    let outcome = list.watch(&tbs, |hit| {
        hits.push(hit);
        ControlFlow::Continue(())
    });
    check_outcome(&outcome, &hits, 0);
    for hit in &hits {
        assert_eq!(bytes[hit.offset..hit.offset + hit.octets.len()], *hit.octets);
        check_hit(hit, &items);
    }

    // Another seed is the same list; a sink that breaks off learns how much it did not see.
    let mut first = None;
    let broken_off = self::list(&items, 2).watch(&tbs, |hit| {
        first = Some(seen(&hit));
        ControlFlow::Break(())
    });
    assert_eq!(first, hits.first().map(seen));
    assert_eq!(broken_off.tally().undecided, outcome.tally().undecided);
    assert_eq!(broken_off.tally().delivered + broken_off.tally().left_out, hits.len());
    let mut again = Vec::new();
    let second = self::list(&items, 2).watch(&tbs, |hit| {
        again.push(seen(&hit));
        ControlFlow::Continue(())
    });
    assert_eq!((second, again), (outcome, hits.iter().map(seen).collect()));

    let damaged = tbs.names().any(|name| name.is_err()) || tbs.common_names().any(|name| name.is_err());
    assert!(!damaged || matches!(outcome, Outcome::Undecidable { .. }));
    for (number, item) in items.iter().enumerate() {
        for reference in references(item) {
            check_reference(&tbs, &hits, number, &reference);
        }
    }
}

/// Names that RFC 9525 lets a client accept for a host are hits of the grade that says so.
fn check_reference(tbs: &Tbs<'_>, hits: &[Hit<'_, '_, usize>], item: usize, reference: &Reference) {
    match identifies(tbs, reference) {
        Identification::Identified(name) => {
            let source = Source::SubjectAltName { index: name.index };
            let reported = hits.iter().any(|hit| {
                hit.source == source
                    && hit.grade == Grade::Rfc9525
                    && hit.items().any(|entry| entry.id().index() == item)
            });
            assert!(reported, "{reference} is accepted for {:?} and not reported for item {item}", name.value);
        }
        Identification::NotIdentified(reasons) => assert_eq!(reasons.len(), tbs.names().count()),
    }
}

/// Hosts that an item is about.
fn references(item: &Item) -> Vec<Reference> {
    let below = |name: &DnsName| format!("x.{name}").parse().ok().map(Reference::Name);
    match item {
        Item::Name(name) => vec![Reference::Name(name.clone())],
        Item::Subtree(name) => [Some(Reference::Name(name.clone())), below(name)].into_iter().flatten().collect(),
        Item::Address(address) => vec![Reference::Address(*address)],
        Item::Prefix(prefix) => vec![Reference::Address(prefix.address())],
    }
}

/// Two SANs, other extensions and a subject, of what the input says.
fn tbs(mut input: Input<'_>) -> Vec<u8> {
    let mut sans = [Vec::new(), Vec::new()];
    let mut subject = Vec::new();
    let mut extensions = Vec::new();
    while !input.is_empty() {
        let kind = input.octet();
        match kind % 16 {
            0..=4 => sans[0].extend(der::implicit(2, input.short())),
            5 => sans[1].extend(der::implicit(2, input.short())),
            6 => sans[0].extend(der::implicit(7, input.short())),
            7 => {
                let octets = input.take(if kind < 128 { 4 } else { 16 });
                sans[0].extend(der::implicit(7, octets));
            }
            8 => sans[0].extend(der::tlv(input.octet(), input.short())),
            9 => {
                let oid = ["1.3.6.1.5.5.7.8.7", "1.3.6.1.5.5.7.8.5", "1.3.6.1.4.1.311.20.2.3"][input.below(3)];
                let value = der::explicit(0, &[der::tlv(input.octet(), input.short())]);
                sans[0].extend(der::explicit(0, &[der::oid(oid), value]));
            }
            10 => sans[0].extend_from_slice(input.short()),
            11 | 12 => {
                let attribute = der::sequence(&[der::oid("2.5.4.3"), der::tlv(input.octet(), input.short())]);
                subject.extend(der::set(&[attribute]));
            }
            13 => subject.extend(der::set(&[input.short()])),
            14 => extensions.extend_from_slice(input.short()),
            _ => sans[0].extend(der::implicit(if kind < 128 { 1 } else { 6 }, input.short())),
        }
    }
    for san in sans.iter().filter(|san| !san.is_empty()) {
        let value = der::octet_string(&der::tlv(der::SEQUENCE, san));
        extensions.extend(der::sequence(&[der::oid("2.5.29.17"), value]));
    }
    let empty = der::tlv(der::SEQUENCE, &[]);
    let subject = der::tlv(der::SEQUENCE, &subject);
    let fields: [&[u8]; 6] = [&der::integer(&[1]), &empty, &empty, &empty, &subject, &empty];
    der::sequence(&[&fields.concat()[..], &der::explicit(3, &[der::tlv(der::SEQUENCE, &extensions)])])
}

fn list(items: &[Item], seed: u64) -> WatchList<usize> {
    let mut list = WatchList::new(seed);
    for (number, item) in items.iter().enumerate() {
        let id = list.insert(item, number).expect("a short list");
        assert_eq!(id.index(), number);
    }
    assert_eq!(list.len(), items.len());
    assert!(list.items().map(|entry| entry.item()).eq(items.iter().cloned()));
    list
}

fn check_outcome(outcome: &Outcome, hits: &[Hit<'_, '_, usize>], left_out: usize) {
    let Tally { delivered, undecided, .. } = outcome.tally();
    assert_eq!((delivered, outcome.tally().left_out), (hits.len(), left_out));
    let naive = hits.iter().filter(|hit| matches!(hit.relation, Relation::Undecided(_))).count();
    assert_eq!(undecided, naive);
    match outcome {
        Outcome::NoMatch => assert_eq!(delivered, 0),
        Outcome::Match(_) => assert!(delivered > 0 && undecided == 0),
        Outcome::Undecidable { why, .. } => {
            assert!(undecided > 0);
            let _ = why.to_string();
        }
    }
}

fn check_hit(hit: &Hit<'_, '_, usize>, items: &[Item]) {
    let met: Vec<usize> = hit.items().map(|entry: Entry<'_, usize>| *entry.payload()).collect();
    assert!(!met.is_empty(), "{hit:?} is about nothing");
    assert_eq!(met.iter().collect::<BTreeSet<_>>().len(), met.len(), "{hit:?} says something twice");
    assert!(hit.count().is_none_or(|count| count == met.len()));
    assert!(met.iter().all(|number| *number < items.len()));
    if let Some(entry) = hit.item() {
        assert_eq!(met, [*entry.payload()]);
        assert_eq!(entry.item(), items[met[0]]);
    }
    if matches!(hit.relation, Relation::Exact | Relation::Below | Relation::Prefix { .. }) {
        assert!(hit.item().is_some());
    }
}

fn seen(hit: &Hit<'_, '_, usize>) -> String {
    let mut items: Vec<usize> = hit.items().map(|entry| *entry.payload()).collect();
    items.sort_unstable();
    format!("{:?} {:?} {:?} {:?} {} {items:?}", hit.source, hit.reading, hit.relation, hit.grade, hit.offset)
}

/// Labels that meet each other often.
const LABELS: [&str; 14] =
    ["a", "b", "ab", "com", "example", "www", "xn--a", "_x", "-", "0x1", "1", "in-addr", "arpa", "A"];

/// A name of these labels and of asterisks against items of them: the items met are those that the definition says, no more and
/// no less, and RFC 9525's grade is given to what RFC 9525 allows.
pub fn watch_name(data: &[u8]) {
    let mut input = Input::new(data);
    let mut items: Vec<Item> = Vec::new();
    for _ in 0..1 + input.below(8) {
        let dot = if input.flag() { "." } else { "" };
        items.extend(format!("{dot}{}", labels(&mut input, false).join(".")).parse::<Item>());
    }
    let name = labels(&mut input, true).join(".");
    let with_dot = input.octet() == 1;
    let octets = format!("{name}{}", if with_dot { "." } else { "" });
    let list = list(&items, 3);
    let mut met = vec![None; items.len()];
    let outcome = list.look_up(GeneralNameKind::DnsName, octets.as_bytes(), |hit| {
        check_hit(&hit, &items);
        for entry in hit.items() {
            let grade: &mut Option<Grade> = &mut met[*entry.payload()];
            *grade = (*grade).max(Some(hit.grade));
        }
        ControlFlow::Continue(())
    });
    assert!(!matches!(outcome, Outcome::Undecidable { .. }), "{outcome:?}");
    for (item, grade) in items.iter().zip(met) {
        if matches!(item, Item::Address(_) | Item::Prefix(_)) {
            continue;
        }
        assert_eq!(grade.is_some(), naive::name_meets(&name, item), "{octets} and {item}");
        let valid = naive::is_valid(&name) && !with_dot;
        assert_eq!(grade == Some(Grade::Rfc9525), grade.is_some() && valid, "{octets} and {item}: {grade:?}");
    }
}

/// One label or more: of the list, of letters and hyphens, or, in a pattern, with asterisks in them.
fn labels(input: &mut Input<'_>, pattern: bool) -> Vec<String> {
    let count = 1 + input.below(5);
    let mut label = || {
        let octet = input.octet();
        match octet % 8 {
            0..=4 => LABELS[input.below(LABELS.len())].to_owned(),
            5 if pattern => "*".to_owned(),
            _ => {
                let alphabet: &[u8] = if pattern { b"ab-_*C" } else { b"ab-_cC" };
                let octets = input.octet() % 70;
                (0..octets.max(1)).map(|_| char::from(alphabet[input.below(alphabet.len())])).collect()
            }
        }
    };
    (0..count).map(|_| label()).collect()
}

/// An iPAddress of an address, or of an address and a mask, against addresses and prefixes.
pub fn watch_address(data: &[u8]) {
    let mut input = Input::new(data);
    let mut items: Vec<Item> = Vec::new();
    for _ in 0..1 + input.below(10) {
        let address = address(&mut input);
        let length = input.octet() % 129;
        let prefix = (0..=length).rev().find_map(|length| Prefix::new(address, length).ok());
        items.push(match prefix {
            Some(prefix) if length < 128 => Item::Prefix(prefix),
            _ => Item::Address(address),
        });
    }
    let octets = match address(&mut input) {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    let mask = input.flag().then(|| {
        let mask: Vec<u8> = octets.iter().map(|_| [0xff, 0, 0xf0, input.octet()][input.below(4)]).collect();
        mask
    });
    let value = [&octets[..], mask.as_deref().unwrap_or_default()].concat();
    // Octets that are text are read as text; sixteen also with NULs at their end.
    let text = match value.split(|octet| *octet == 0).next() {
        Some(text @ [_, ..]) if value.len() == 16 && value[text.len()..].iter().all(|octet| *octet == 0) => text,
        _ => &value[..],
    };
    if (mask.is_some() || value.len() == 16) && text.iter().all(|octet| (b' '..=b'~').contains(octet)) {
        return;
    }
    let bits = Bits::of(&octets, &mask.clone().unwrap_or(vec![0xff; octets.len()]));
    let with_embedded = input.flag();
    let list = list(&items, 4);
    let list = if with_embedded { list.with_embedded_addresses() } else { list };
    let mut met = vec![None; items.len()];
    let outcome = list.look_up(GeneralNameKind::IpAddress, &value, |hit| {
        check_hit(&hit, &items);
        for entry in hit.items() {
            let grade: &mut Option<Grade> = &mut met[*entry.payload()];
            *grade = (*grade).max(Some(hit.grade));
        }
        ControlFlow::Continue(())
    });
    assert!(!matches!(outcome, Outcome::Undecidable { .. }), "{outcome:?}");
    for (item, grade) in items.iter().zip(met) {
        let by_embedded = with_embedded && naive::embedded_meets(bits, item);
        let by_itself = naive::address_meets(bits, item);
        assert_eq!(grade.is_some(), by_itself || by_embedded, "{bits:?} and {item}");
        assert!(by_itself || grade.is_none_or(|grade| grade == Grade::Nobody), "{bits:?} and {item}: {grade:?}");
        if let Item::Address(own) = item
            && mask.is_none()
            && by_itself
        {
            let same = Bits::of(&octets, &vec![0xff; octets.len()]).is_v4 == own.is_ipv4();
            assert!(grade.is_none() || (grade == Some(Grade::Rfc9525)) == same);
        }
    }
}

/// An address as somebody may write it, in a dNSName, a URI or an e-mail address, against addresses and prefixes: it is the
/// address, and where only one can be meant nothing else is.
pub fn watch_address_text(data: &[u8]) {
    let mut input = Input::new(data);
    let items: Vec<Item> = (0..1 + input.below(6))
        .map(|_| {
            let address = address(&mut input);
            let length = input.octet() % 129;
            let prefix = (0..=length).rev().find_map(|length| Prefix::new(address, length).ok());
            prefix.filter(|_| length < 128).map_or(Item::Address(address), Item::Prefix)
        })
        .collect();
    let address = address(&mut input);
    let style = input.octet();
    let (text, is_sure) = naive::written(address, style);
    let (kind, value) = match input.octet() % 6 {
        0 => (GeneralNameKind::UniformResourceIdentifier, format!("https://{text}/")),
        1 => (GeneralNameKind::UniformResourceIdentifier, format!("https://user@{text}:443/a.b")),
        2 => (GeneralNameKind::Rfc822Name, format!("root@{text}")),
        3 => (GeneralNameKind::DnsName, format!(" {text}\n")),
        4 => (GeneralNameKind::Unknown, text.clone()),
        _ => (GeneralNameKind::DnsName, text.clone()),
    };
    let octets = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    // An address with a port behind it and no brackets may be another address.
    if value.contains(&format!("{text}:443")) && format!("{text}:443").parse::<Ipv6Addr>().is_ok() {
        return;
    }
    let bits = Bits::of(&octets, &vec![0xff; octets.len()]);
    let list = list(&items, 5);
    let mut met = BTreeSet::new();
    let outcome = list.look_up(kind, value.as_bytes(), |hit| {
        check_hit(&hit, &items);
        assert!(hit.grade < Grade::Rfc9525, "{hit}");
        met.extend(hit.items().map(|entry| *entry.payload()));
        ControlFlow::Continue(())
    });
    assert!(!matches!(outcome, Outcome::Undecidable { .. }), "{value}: {outcome:?}");
    for (number, item) in items.iter().enumerate() {
        let meets = naive::address_meets(bits, item);
        assert!(met.contains(&number) || !meets, "{value} and {item}");
        // Four or sixteen octets of an unknown kind may be those of an address.
        let is_bare = kind == GeneralNameKind::Unknown && [4, 6, 16, 18].contains(&value.len());
        assert!(meets || !met.contains(&number) || !is_sure || is_bare, "{value} and {item}: {address}");
    }
}

/// A name behind and between what may surround it, in any field and with any octets in front: it is found all the same.
pub fn watch_text(data: &[u8]) {
    let mut input = Input::new(data);
    let name = labels(&mut input, false).join(".");
    let Ok(name) = name.parse::<DnsName>() else { return };
    let subtree = Item::Subtree(name.clone());
    let list = list(&[Item::Name(name.clone()), subtree], 6);
    let text = match input.octet() % 4 {
        0 => name.as_str().to_ascii_uppercase(),
        1 => format!("{name}."),
        2 => {
            let escape = |octet: u8| match input.octet() % 5 {
                0 => format!("%{octet:02x}"),
                1 => format!("\\x{octet:02X}"),
                _ => char::from(octet).to_string(),
            };
            name.as_str().bytes().map(escape).collect()
        }
        _ => name.as_str().to_owned(),
    };
    let (what, wanted) = (input.octet() % 12, [0, 1]);
    let (kind, octets, wanted) = match what {
        0 => (GeneralNameKind::DnsName, text.into_bytes(), &wanted[..]),
        1 => (GeneralNameKind::DnsName, format!("\t{text} \r\n").into_bytes(), &wanted[..]),
        2 => (GeneralNameKind::DnsName, [text.as_bytes(), &[0], input.short()].concat(), &wanted[..]),
        3 => (GeneralNameKind::DnsName, format!("https://{text}:443/path?query#fragment").into_bytes(), &wanted[..]),
        4 => (GeneralNameKind::UniformResourceIdentifier, format!("ftp://u:p@{text}/x.y").into_bytes(), &wanted[..]),
        5 => (GeneralNameKind::Rfc822Name, format!("root@{text}").into_bytes(), &wanted[..]),
        6 => {
            let value = der::explicit(0, &[der::tlv(0x0c, text.as_bytes())]);
            let oid = der::oid("1.3.6.1.5.5.7.8.5");
            (GeneralNameKind::OtherName, [oid, value].concat(), &wanted[..])
        }
        7 => {
            let attribute = der::sequence(&[der::oid("2.5.4.3"), der::tlv(0x0c, text.as_bytes())]);
            (GeneralNameKind::DirectoryName, der::sequence(&[der::set(&[attribute])]), &wanted[..])
        }
        8 => (GeneralNameKind::EdiPartyName, der::tlv(0xa1, &der::tlv(0x0c, text.as_bytes())), &wanted[..]),
        9 => (GeneralNameKind::X400Address, der::tlv(0x30, &der::tlv(0x80, name.as_str().as_bytes())), &wanted[..]),
        10 => (GeneralNameKind::Unknown, text.into_bytes(), &wanted[..]),
        // Whatever stands in front of a name, it is below it.
        _ => (GeneralNameKind::DnsName, [input.short(), format!(".{name}").as_bytes()].concat(), &wanted[1..]),
    };
    // Octets of other kinds are looked up where they look like a name.
    if (8..=9).contains(&what) && !name.as_str().contains('.') {
        return;
    }
    let mut met = BTreeSet::new();
    let _ = list.look_up(kind, &octets, |hit| {
        met.extend(hit.items().map(|entry| *entry.payload()));
        ControlFlow::Continue(())
    });
    for number in wanted {
        assert!(met.contains(number), "{name} in {}", octets.escape_ascii());
    }
}

/// An address that is often near another one.
fn address(input: &mut Input<'_>) -> IpAddr {
    match input.octet() % 6 {
        4 => {
            let [a, b, c, d, e, f] = input.array();
            let (high, low) = (u16::from_be_bytes([a % 2, b]), u16::from_be_bytes([c, d]));
            IpAddr::from([0x2002, high, low, u16::from(e), 0, 0, 0, u16::from(f)])
        }
        5 => {
            let [a, b, c, d] = input.array();
            IpAddr::from([0x64, 0xff9b, 0, 0, 0, 0, u16::from_be_bytes([a % 2, b]), u16::from_be_bytes([c, d])])
        }
        0 => IpAddr::from([1, 1, input.octet() % 2, input.octet()]),
        1 => IpAddr::from(input.array::<4>()),
        2 => {
            let [a, b, c, d] = input.array();
            IpAddr::from([0, 0, 0, 0, 0, 0xffff, u16::from_be_bytes([a % 2, b]), u16::from_be_bytes([c, d])])
        }
        _ => IpAddr::from(input.array::<16>()),
    }
}

/// Bytes as the text of a watch list and of its parts: what is accepted, and where the errors are.
pub fn watch_item(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let parsed = text.parse::<Item>();
    assert_eq!(parsed.is_ok(), naive::is_item(text), "{text:?}: {parsed:?}");
    match parsed {
        Ok(item) => {
            assert_eq!(item.to_string().parse(), Ok(item.clone()));
            if let Item::Prefix(prefix) = item {
                assert_eq!(text.parse(), Ok(prefix));
                let mut input = Input::new(data);
                let other = address(&mut input);
                assert_eq!(prefix.contains(other), naive::holds(&prefix, other));
                assert!(prefix.contains(prefix.address()));
            }
        }
        Err(error) => {
            assert!(error.offset <= text.len(), "{error}");
            let _ = error.to_string();
        }
    }
    let reference = text.parse::<Reference>();
    let naive = naive::is_item(text) && !text.starts_with('.') && !text.contains('/');
    assert_eq!(reference.is_ok(), naive, "{text:?}: {reference:?}");
    if let Ok(reference) = reference {
        assert_eq!(reference.to_string().parse(), Ok(reference));
    }

    let lines: Vec<&str> = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()).collect();
    let mut results = read_items(text);
    for (number, line) in (1..).zip(lines).filter(|(_, line)| !line.is_empty()) {
        match results.next().expect("each line that is not blank is an item or an error") {
            Ok(own) => {
                assert_eq!((own.line, Ok(own.item)), (number, line.parse()));
                let whole = text.lines().nth(number - 1).expect("the line is there");
                assert!(whole.chars().skip(own.column - 1).collect::<String>().starts_with(line));
            }
            Err(error) => {
                assert_eq!(error.line, number);
                let whole = text.lines().nth(number - 1).expect("the line is there");
                assert!((1..=whole.chars().count() + 1).contains(&error.column), "{error}");
                assert!(!naive::is_item(line));
            }
        }
    }
    assert!(results.next().is_none());
}
