//! The watch list: what looking up a SAN costs, how long building takes, how much memory an item takes.
//!
//! `cargo bench -p ctlens-benches --bench san -- ten-million` adds a list of ten million items: it takes 4 GiB of memory.

use ctlens_benches::{Comparison, figure, presented_names, timed, watched_names};
use ctlens_san::{Item, Outcome, Undecided, WatchList, read_items};
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name, Rng};
use ctlens_x509::{Certificate, GeneralNameKind};
use std::collections::HashSet;
use std::fmt::Write;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::hint::black_box;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::ControlFlow;

/// Names that are looked up in a call: more than a cache next to a core holds.
const PRESENTED: usize = 1 << 16;

fn main() {
    let only = |part: &str| std::env::args().any(|argument| argument == part);
    if only("addresses") {
        return addresses();
    }
    let million = watched_names(1_000_000);
    let presented = presented_names(PRESENTED, &million);
    let list = build(&million);
    let list = changes(list);
    names(&list, &million, &presented);
    scale(&list, &presented);
    tile(&list, &presented);
    hostile_certificates(&list, &presented);
    drop(list);
    hostile_names();
    addresses();
}

/// Builds the list, and prints what that costs.
fn build(names: &[String]) -> WatchList<u32> {
    // As its owner writes it: registered domains with all below them, single hosts without.
    let text = names.iter().fold(String::new(), |mut text, name| {
        let dot = if name.matches('.').count() == 1 { "." } else { "" };
        writeln!(text, "{dot}{name}").expect("memory");
        text
    });
    let (items, parsing) = timed(|| read_items(&text).map(|item| item.expect("an item").item).collect::<Vec<Item>>());
    let (mut list, building) = timed(|| watch_list(&items));
    println!("\na watch list of {} items", items.len());
    figure("items from text", parsing, "s", None);
    figure("built", building, "s", (items.len() == 1_000_000).then_some(1.0));
    figure("memory, as built", bytes_an_item(&list), "bytes/item", Some(60.0));
    #[cfg(feature = "allocations")]
    figure("memory, as the allocator counts it", counted_bytes_an_item(&items), "bytes/item", Some(60.0));
    list.shrink_to_fit();
    figure("memory, shrunk", bytes_an_item(&list), "bytes/item", Some(60.0));
    list
}

/// What it costs to copy a list, and to change it: one item in ten goes, and comes back.
fn changes(list: WatchList<u32>) -> WatchList<u32> {
    let (mut copy, copying) = timed(|| list.clone());
    let mut rng = Rng::new(1, "changes");
    let mut entries: Vec<_> = list.items().map(|entry| (entry.id(), entry.item(), *entry.payload())).collect();
    for last in (1..entries.len()).rev() {
        let other = rng.below(last as u64 + 1);
        entries.swap(last, usize::try_from(other).expect("a place"));
    }
    entries.truncate(list.len() / 10);
    // After so many small ones were given back, the next large allocation takes the allocator long.
    drop(black_box(vec![1_u64; copy.len()]));
    let ((), converting) = timed(|| assert!(copy.remove(entries[0].0).is_some()));
    let ((), removing) = timed(|| {
        for (id, ..) in &entries[1..] {
            black_box(copy.remove(*id));
        }
    });
    let ((), inserting) = timed(|| {
        for (_, item, payload) in &entries {
            copy.insert(item, *payload).expect("room");
        }
    });
    assert_eq!(copy.len(), list.len());
    #[expect(clippy::cast_precision_loss, reason = "less than 2^53")]
    let each = |seconds: f64| seconds * 1e9 / entries.len() as f64;
    figure("copied", copying * 1e3, "ms", None);
    figure("the first removal", converting * 1e3, "ms", None);
    figure("another removal", each(removing), "ns", None);
    figure("an insertion", each(inserting), "ns", None);
    figure("memory of the changed copy", bytes_an_item(&copy), "bytes/item", None);
    list
}

#[cfg(feature = "allocations")]
#[expect(clippy::cast_precision_loss, reason = "less than 2^53")]
fn counted_bytes_an_item(items: &[Item]) -> f64 {
    let mut list = None;
    let info = allocation_counter::measure(|| list = Some(watch_list(items)));
    drop(list);
    info.bytes_current as f64 / items.len() as f64
}

#[expect(clippy::cast_precision_loss, reason = "less than 2^53")]
fn bytes_an_item(list: &WatchList<u32>) -> f64 {
    list.heap_bytes() as f64 / list.len() as f64
}

fn watch_list(items: &[Item]) -> WatchList<u32> {
    let mut list = WatchList::new(1);
    for (item, number) in items.iter().zip(0..) {
        list.insert(item, number).expect("room");
    }
    list
}

fn hits(list: &WatchList<u32>, kind: GeneralNameKind, octets: &[u8]) -> usize {
    let outcome = list.look_up(kind, octets, |hit| {
        black_box(hit.item().map(|item| item.id()));
        ControlFlow::Continue(())
    });
    match outcome {
        Outcome::NoMatch => 0,
        Outcome::Match(tally) | Outcome::Undecidable { tally, .. } => tally.delivered,
    }
}

fn names(list: &WatchList<u32>, watched: &[String], presented: &[String]) {
    let ours = |name: &String| hits(list, GeneralNameKind::DnsName, name.as_bytes());
    let set: HashSet<String, BuildHasherDefault<DefaultHasher>> = watched.iter().cloned().collect();
    let quick_set: HashSet<String, foldhash::fast::FixedState> = watched.iter().cloned().collect();
    println!(
        "{} of {PRESENTED} dNSNames hit; {} or a parent of them are in the HashSet",
        presented.iter().map(ours).sum::<usize>(),
        presented.iter().map(|name| probed(name, |name| set.contains(name))).sum::<usize>(),
    );
    let comparison = Comparison::new("a dNSName beside 1,000,000 items", "SAN")
        .case("ctlens-san", PRESENTED, || {
            for name in presented {
                black_box(ours(name));
            }
        })
        .case("HashSet<String>, each label", PRESENTED, || {
            for name in presented {
                black_box(probed(name, |name| set.contains(name)));
            }
        })
        .case("HashSet<String> with foldhash, each label", PRESENTED, || {
            for name in presented {
                black_box(probed(name, |name| quick_set.contains(name)));
            }
        });
    #[cfg(feature = "peers")]
    let comparison = {
        let fst = peers::reversed_names(watched);
        let bytes = fst.as_fst().as_bytes().len() / watched.len();
        println!("{bytes} bytes/item in the fst");
        comparison.case("fst 0.4 of reversed names", PRESENTED, move || {
            for name in presented {
                black_box(peers::fst_hits(&fst, name));
            }
        })
    };
    comparison.bar("ctlens-san", 0.60, "HashSet<String>, each label").without_allocations("ctlens-san").run();
}

/// How many of the name and its parents are in a set. It knows no wildcards above an item and no odd spellings.
fn probed(name: &str, contains: impl Fn(&str) -> bool) -> usize {
    let name = name.strip_prefix("*.").unwrap_or(name);
    let parents = name.match_indices('.').map(|(dot, _)| &name[dot + 1..]);
    std::iter::once(name).chain(parents).filter(|name| contains(name)).count()
}

/// The same names beside lists of other lengths.
fn scale(million: &WatchList<u32>, presented: &[String]) {
    const TEN_MILLION: &str = "10,000,000 items";
    let look_up_all = |list: &WatchList<u32>, presented: &[String]| {
        for name in presented {
            black_box(hits(list, GeneralNameKind::DnsName, name.as_bytes()));
        }
    };
    let few = watched_names(1_000);
    let presented_to_few = presented_names(PRESENTED, &few);
    let few = build(&few);
    let mut comparison = Comparison::new("a dNSName, by length of the list", "SAN")
        .case("1,000 items", PRESENTED, || look_up_all(&few, &presented_to_few))
        .case("1,000,000 items", PRESENTED, || look_up_all(million, presented));
    if std::env::args().any(|argument| argument == "ten-million") {
        let names = watched_names(10_000_000);
        let presented = presented_names(PRESENTED, &names);
        let list = build(&names);
        drop(names);
        comparison = comparison.case(TEN_MILLION, PRESENTED, move || look_up_all(&list, &presented));
    }
    comparison.bar(TEN_MILLION, 5.0, "1,000 items").run();
}

/// Certificates of three names each, one by one and many at once.
fn tile(list: &WatchList<u32>, presented: &[String]) {
    const TILE: usize = 256;
    let ders: Vec<Vec<u8>> =
        presented.chunks(3).take(4_096).map(|names| certificate(names.iter().map(String::as_str))).collect();
    let certificates: Vec<Certificate<'_>> =
        ders.iter().map(|der| Certificate::from_der(der).expect("a certificate")).collect();
    let watch = |certificate: &Certificate<'_>| {
        let outcome = list.watch(certificate.tbs(), |hit| {
            black_box(hit.grade);
            ControlFlow::Continue(())
        });
        usize::from(outcome != Outcome::NoMatch)
    };
    let candidates = |tile: &[Certificate<'_>]| {
        let places = list.candidates(tile.iter().map(Certificate::tbs));
        places.map(|place| watch(&tile[place])).sum::<usize>()
    };
    let by_one: usize = certificates.iter().map(watch).sum();
    assert_eq!(certificates.chunks(TILE).map(candidates).sum::<usize>(), by_one);
    Comparison::new(format!("a certificate of three names, beside {} items", list.len()), "certificate")
        .case("one by one", certificates.len(), || {
            for certificate in &certificates {
                black_box(watch(certificate));
            }
        })
        .case("the candidates of a tile", certificates.len(), || {
            for tile in certificates.chunks(TILE) {
                black_box(candidates(tile));
            }
        })
        .bar("the candidates of a tile", 0.8, "one by one")
        .without_allocations("the candidates of a tile")
        .run();
}

/// Certificates that are made to cost time, beside a million items: a name costs as much in a long certificate as in a
/// short one.
fn hostile_certificates(list: &WatchList<u32>, presented: &[String]) {
    let misses: Vec<&String> =
        presented.iter().filter(|name| hits(list, GeneralNameKind::DnsName, name.as_bytes()) == 0).collect();
    let unrelated = |place: usize| misses[place % misses.len()].as_str();
    by_length("names that meet no item", list, unrelated, [1_000, 10_000, 100_000], true);
    by_length("`*.com`", list, |_| "*.com", [10, 100, 1_000], false);
    by_length("names with an unreadable label", list, |_| "no-such-host.!.com", [10, 100, 1_000], false);
    // No domain has three: half a million labels would have to be tried.
    let der = certificate((0..1_000).map(|_| "*q*q*q*.com"));
    let certificate = Certificate::from_der(&der).expect("a certificate");
    let (outcome, limit) = timed(|| list.watch(certificate.tbs(), |_| ControlFlow::Continue(())));
    assert!(matches!(outcome, Outcome::Undecidable { why: Undecided::WorkLimit, .. }), "{outcome:?}");
    println!();
    figure("a certificate that reaches the work limit", limit * 1e3, "ms", None);
}

/// The same names in a hundred certificates, in ten and in one.
fn by_length<'n>(
    what: &str,
    list: &WatchList<u32>,
    name: impl Fn(usize) -> &'n str,
    lengths: [usize; 3],
    without_allocations: bool,
) {
    const CASES: [&str; 3] =
        ["a hundred certificates", "ten of ten times the length", "one of a hundred times the length"];
    let [few, _, all] = lengths;
    let title = format!("certificates of {few} to {all} {what}, beside {} items", list.len());
    let mut comparison = Comparison::new(title, "name");
    for (case, length) in CASES.into_iter().zip(lengths) {
        let certificates: Vec<Vec<u8>> =
            (0..all).step_by(length).map(|start| certificate((start..start + length).map(&name))).collect();
        comparison = comparison.case(case, all, move || {
            for der in &certificates {
                let certificate = Certificate::from_der(der).expect("a certificate");
                let _ = black_box(list.watch(certificate.tbs(), |hit| {
                    black_box(hit.grade);
                    ControlFlow::Continue(())
                }));
            }
        });
        if without_allocations {
            comparison = comparison.without_allocations(case);
        }
    }
    comparison.bar(CASES[1], 1.5, CASES[0]).bar(CASES[2], 1.5, CASES[0]).run();
}

fn certificate<'n>(names: impl Iterator<Item = &'n str>) -> Vec<u8> {
    let ca = Ca::root(Key::new(1, "ca"), &Name::new().common_name("Root"), 0, 4_000_000_000);
    let leaf = CertificateBuilder::leaf(Key::new(1, "leaf").spki_der());
    names.fold(leaf, CertificateBuilder::dns).precertificate(&ca)
}

/// Names that are made to cost time: a label costs as much in a long name as in a short one (but for those short enough for
/// the short way), an asterisk as much among fifty as among ten.
fn hostile_names() {
    const NAMES: usize = 256;
    let deep = |labels: usize, first: &str| format!("{first}{}", ".a".repeat(labels - 1));
    let mut list = WatchList::new(1);
    for labels in [16, 64, 127] {
        list.insert(&deep(labels, "x").parse().expect("a name"), 0).expect("room");
    }
    let look_up = |list: &WatchList<u32>, name: &str| {
        for _ in 0..NAMES {
            black_box(hits(list, GeneralNameKind::DnsName, black_box(name).as_bytes()));
        }
    };
    let [short, middle, long] = [16, 64, 127].map(|labels| deep(labels, "y"));
    Comparison::new("a name of many labels, all but the first on the list", "label")
        .case("16 labels", 16 * NAMES, || look_up(&list, &short))
        .case("64 labels", 64 * NAMES, || look_up(&list, &middle))
        .case("127 labels", 127 * NAMES, || look_up(&list, &long))
        .bar("127 labels", 1.5, "64 labels")
        .without_allocations("127 labels")
        .run();

    let mut list = WatchList::new(1);
    for first in 'a'..='z' {
        let name = format!("{first}{}.example.com", "a".repeat(60));
        list.insert(&name.parse().expect("a name"), 0).expect("room");
    }
    let [few, many] = [10, 50].map(|stars| format!("{}b.example.com", "*a".repeat(stars)));
    Comparison::new("a label of many asterisks, which almost matches 26 labels of 61 octets", "asterisk")
        .case("10 asterisks", 10 * NAMES, || look_up(&list, &few))
        .case("50 asterisks", 50 * NAMES, || look_up(&list, &many))
        .bar("50 asterisks", 1.5, "10 asterisks")
        .without_allocations("50 asterisks")
        .run();
}

/// A prefix: the bits of an address, and how many of them count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Net {
    V4(u32, u8),
    V6(u128, u8),
}

impl Net {
    fn v4(bits: u32, length: u8) -> Self {
        Self::V4(bits & u32::MAX.unbounded_shl(32 - u32::from(length)), length)
    }

    fn v6(bits: u128, length: u8) -> Self {
        Self::V6(bits & u128::MAX.unbounded_shl(128 - u32::from(length)), length)
    }

    fn item(self) -> Item {
        let text = match self {
            Self::V4(bits, length) => format!("{}/{length}", Ipv4Addr::from(bits)),
            Self::V6(bits, length) => format!("{}/{length}", Ipv6Addr::from(bits)),
        };
        text.parse().expect("a prefix")
    }
}

fn bits_of(rng: &mut Rng) -> u128 {
    u128::from(rng.number()) << 64 | u128::from(rng.number())
}

/// Distinct prefixes.
fn distinct(count: usize, mut pick: impl FnMut() -> Net) -> Vec<Net> {
    let mut known = HashSet::new();
    std::iter::from_fn(|| Some(pick())).filter(|&net| known.insert(net)).take(count).collect()
}

/// IPv4 prefixes, most of 24 or 32 bits, in a quarter of the space: as close as those of a full routing table.
fn routing_table(rng: &mut Rng) -> Net {
    let length = match rng.below(100) {
        0..60 => 24,
        60..80 => 32,
        80..90 => 17 + below(rng, 7),
        _ => 25 + below(rng, 7),
    };
    Net::v4(v4(rng) & 0x3fff_ffff | 0x4000_0000, length)
}

/// Three in four of IPv4; of the lengths that are usual, or of all from 16 and 32 bits on.
fn mixed(rng: &mut Rng, usual: bool) -> Net {
    match (rng.below(4) > 0, usual) {
        (true, true) => Net::v4(v4(rng), *rng.pick(&[16, 20, 22, 24, 28, 30, 32])),
        (true, false) => Net::v4(v4(rng), 16 + below(rng, 17)),
        (false, true) => Net::v6(v6(rng), *rng.pick(&[32, 36, 40, 44, 48, 56, 64, 128])),
        (false, false) => Net::v6(v6(rng), 32 + below(rng, 97)),
    }
}

fn below(rng: &mut Rng, bound: u64) -> u8 {
    u8::try_from(rng.below(bound)).expect("a small bound")
}

fn v4(rng: &mut Rng) -> u32 {
    u32::try_from(rng.below(1 << 32)).expect("32 bits")
}

/// In 2000::/3.
fn v6(rng: &mut Rng) -> u128 {
    bits_of(rng) >> 3 | 1 << 125
}

/// Addresses in no order. Of those inside a prefix, all bits behind it are any; of the others, half are any addresses, and
/// half differ from an address inside in one bit.
fn presented_addresses(nets: &[Net], inside: u64, mut any: impl FnMut(&mut Rng) -> Net) -> Vec<Net> {
    let set: HashSet<Net> = nets.iter().copied().collect();
    let is_inside = |net: Net| match net {
        Net::V4(bits, _) => (0..=32).any(|length| set.contains(&Net::v4(bits, length))),
        Net::V6(bits, _) => (0..=128).any(|length| set.contains(&Net::v6(bits, length))),
    };
    let mut rng = Rng::new(1, "addresses");
    let inside_of = |net: Net, rng: &mut Rng| match net {
        Net::V4(bits, length) => Net::V4(bits | v4(rng) & u32::MAX.unbounded_shr(length.into()), 32),
        Net::V6(bits, length) => Net::V6(bits | bits_of(rng) & u128::MAX.unbounded_shr(length.into()), 128),
    };
    let mut pick = || {
        if rng.below(1_000) < inside {
            return inside_of(*rng.pick(nets), &mut rng);
        }
        loop {
            let near = rng.below(2) == 0;
            let net = if near { *rng.pick(nets) } else { any(&mut rng) };
            let address = match inside_of(net, &mut rng) {
                Net::V4(bits, _) if near => Net::V4(bits ^ 1 << rng.below(24), 32),
                Net::V6(bits, _) if near => Net::V6(bits ^ 1 << rng.below(112), 128),
                address => address,
            };
            if !is_inside(address) {
                return address;
            }
        }
    };
    (0..PRESENTED).map(|_| pick()).collect()
}

fn addresses() {
    let mut rng = Rng::new(1, "prefixes");
    addresses_among("IPv4 prefixes as in a routing table", &[1, 1_000], &mut rng, routing_table);
    addresses_among("prefixes of usual lengths, 3 in 4 IPv4", &[500], &mut rng, |rng| mixed(rng, true));
    addresses_among("prefixes of all lengths, 3 in 4 IPv4", &[500], &mut rng, |rng| mixed(rng, false));
}

fn addresses_among(what: &str, inside: &[u64], rng: &mut Rng, any: impl Fn(&mut Rng) -> Net + Copy) {
    let nets = distinct(1_000_000, || any(rng));
    let items: Vec<Item> = nets.iter().map(|net| net.item()).collect();
    let (list, building) = timed(|| watch_list(&items));
    println!("\na watch list of {} {what}", items.len());
    figure("built", building, "s", Some(1.0));
    figure("memory, as built", bytes_an_item(&list), "bytes/item", Some(60.0));

    #[cfg(feature = "peers")]
    let maps = peers::Prefixes::new(&nets);
    for &inside in inside {
        let addresses = presented_addresses(&nets, inside, any);
        let octets: Vec<([u8; 16], usize)> = addresses.iter().map(|&address| octets_of(address)).collect();
        let hits = |(octets, length): &([u8; 16], usize)| hits(&list, GeneralNameKind::IpAddress, &octets[..*length]);
        println!("{} hits of {} iPAddresses", octets.iter().map(hits).sum::<usize>(), octets.len());
        let name = format!("an iPAddress beside {} {what}, {inside} of 1,000 inside", items.len());
        let comparison = Comparison::new(name, "SAN").case("ctlens-san, all covering prefixes", PRESENTED, || {
            for address in &octets {
                black_box(hits(address));
            }
        });
        #[cfg(feature = "peers")]
        let comparison = comparison
            .case("prefix-trie 0.10, longest prefix", PRESENTED, || {
                for &address in &addresses {
                    black_box(maps.longest(address));
                }
            })
            .case("prefix-trie 0.10, all covering prefixes", PRESENTED, || {
                for &address in &addresses {
                    black_box(maps.covering(address));
                }
            });
        comparison
            .bar("ctlens-san, all covering prefixes", 1.1, "prefix-trie 0.10, longest prefix")
            .bar("ctlens-san, all covering prefixes", 1.1, "prefix-trie 0.10, all covering prefixes")
            .without_allocations("ctlens-san, all covering prefixes")
            .run();
    }
}

fn octets_of(address: Net) -> ([u8; 16], usize) {
    let mut octets = [0; 16];
    match address {
        Net::V4(bits, _) => octets[..4].copy_from_slice(&bits.to_be_bytes()),
        Net::V6(bits, _) => octets = bits.to_be_bytes(),
    }
    (octets, if matches!(address, Net::V4(..)) { 4 } else { 16 })
}

#[cfg(feature = "peers")]
mod peers {
    use super::Net;
    use fst::Set;
    use ipnet::{Ipv4Net, Ipv6Net};
    use prefix_trie::PrefixMap;

    pub(super) fn reversed_names(names: &[String]) -> Set<Vec<u8>> {
        let mut reversed: Vec<Vec<u8>> = names.iter().map(|name| name.bytes().rev().collect()).collect();
        reversed.sort_unstable();
        Set::from_iter(reversed).expect("sorted names")
    }

    /// How many of the name and its parents are in the set, in one walk from the end.
    pub(super) fn fst_hits(set: &Set<Vec<u8>>, name: &str) -> usize {
        let name = name.strip_prefix("*.").unwrap_or(name);
        let fst = set.as_fst();
        let (mut node, mut hits) = (fst.root(), 0);
        for octet in name.bytes().rev() {
            hits += usize::from(octet == b'.' && node.is_final());
            let Some(transition) = node.find_input(octet) else { return hits };
            node = fst.node(node.transition_addr(transition));
        }
        hits + usize::from(node.is_final())
    }

    pub(super) struct Prefixes {
        v4: PrefixMap<Ipv4Net, u32>,
        v6: PrefixMap<Ipv6Net, u32>,
    }

    impl Prefixes {
        pub(super) fn new(nets: &[Net]) -> Self {
            let mut maps = Self { v4: PrefixMap::new(), v6: PrefixMap::new() };
            for (&net, number) in nets.iter().zip(0..) {
                match net {
                    Net::V4(bits, length) => maps.v4.insert(v4(bits, length), number),
                    Net::V6(bits, length) => maps.v6.insert(v6(bits, length), number),
                };
            }
            maps
        }

        pub(super) fn longest(&self, address: Net) -> Option<u32> {
            match address {
                Net::V4(bits, length) => self.v4.get_lpm(&v4(bits, length)).map(|(_, &value)| value),
                Net::V6(bits, length) => self.v6.get_lpm(&v6(bits, length)).map(|(_, &value)| value),
            }
        }

        /// The sum of the values: they are looked at.
        pub(super) fn covering(&self, address: Net) -> u64 {
            match address {
                Net::V4(bits, length) => self.v4.cover_values(&v4(bits, length)).map(|&value| u64::from(value)).sum(),
                Net::V6(bits, length) => self.v6.cover_values(&v6(bits, length)).map(|&value| u64::from(value)).sum(),
            }
        }
    }

    fn v4(bits: u32, length: u8) -> Ipv4Net {
        Ipv4Net::new(bits.into(), length).expect("a length of 32 or less")
    }

    fn v6(bits: u128, length: u8) -> Ipv6Net {
        Ipv6Net::new(bits.into(), length).expect("a length of 128 or less")
    }
}
