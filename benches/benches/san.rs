//! The watch list: what looking up a SAN costs, how long building takes, how much memory an item takes.
//!
//! `cargo bench -p ctlens-benches --bench san -- ten-million` adds a list of ten million items: it takes 4 GiB of memory.

use ctlens_benches::{Comparison, figure, presented_names, timed, watched_names};
use ctlens_san::{Item, Outcome, WatchList, read_items};
use ctlens_testkit::Rng;
use ctlens_x509::GeneralNameKind;
use std::collections::HashSet;
use std::fmt::Write;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::hint::black_box;
use std::net::Ipv4Addr;
use std::ops::ControlFlow;

/// Names that are looked up in a call: more than a cache next to a core holds.
const PRESENTED: usize = 1 << 16;

fn main() {
    let million = watched_names(1_000_000);
    let presented = presented_names(PRESENTED, &million);
    let list = build(&million);
    names(&list, &million, &presented);
    scale(&list, &presented);
    drop(list);
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
    let (items, parsing) = timed(|| read_items(&text).map(|item| item.expect("an item").1).collect::<Vec<Item>>());
    let (mut list, building) = timed(|| watch_list(&items));
    println!("\na watch list of {} items", items.len());
    figure("items from text", parsing, "s", None);
    figure("built", building, "s", (items.len() == 1_000_000).then_some(1.0));
    figure("memory, as built", bytes_an_item(&list), "bytes/item", Some(60.0));
    list.shrink_to_fit();
    figure("memory, shrunk", bytes_an_item(&list), "bytes/item", Some(60.0));
    list
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

/// Distinct IPv4 prefixes, most of 24 or 32 bits, in a quarter of the space: as close as those of a full routing table.
fn prefixes(count: usize) -> Vec<(u32, u8)> {
    let mut rng = Rng::new(1, "prefixes");
    let prefixes = (0..count).map(|_| {
        let length = match rng.below(100) {
            0..60 => 24,
            60..80 => 32,
            80..90 => 17 + u8::try_from(rng.below(7)).expect("below 7"),
            _ => 25 + u8::try_from(rng.below(7)).expect("below 7"),
        };
        (address(&mut rng) & !ASIDE & u32::MAX << (32 - length), length)
    });
    let mut prefixes: Vec<(u32, u8)> = prefixes.collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    prefixes
}

/// The bit that tells an address beside all prefixes.
const ASIDE: u32 = 1 << 15;

fn address(rng: &mut Rng) -> u32 {
    let bits = u32::try_from(rng.below(1 << 32)).expect("32 bits");
    bits & 0x3fff_ffff | 0x4000_0000
}

/// Addresses in no order, of which so many in a thousand are the first of a prefix.
fn presented_addresses(prefixes: &[(u32, u8)], inside: u64) -> Vec<[u8; 4]> {
    let mut rng = Rng::new(1, "addresses");
    let mut pick = || match rng.below(1_000) < inside {
        true => rng.pick(prefixes).0,
        false => address(&mut rng) | ASIDE,
    };
    (0..PRESENTED).map(|_| pick().to_be_bytes()).collect()
}

fn addresses() {
    let prefixes = prefixes(1_000_000);
    let text = prefixes.iter().map(|&(bits, length)| format!("{}/{length}", Ipv4Addr::from(bits)));
    let items: Vec<Item> = text.map(|prefix| prefix.parse().expect("a prefix")).collect();
    let (list, building) = timed(|| watch_list(&items));
    println!("\na watch list of {} IPv4 prefixes", items.len());
    figure("built", building, "s", Some(1.0));
    figure("memory, as built", bytes_an_item(&list), "bytes/item", Some(60.0));

    #[cfg(feature = "peers")]
    let map = peers::prefix_map(&prefixes);
    for (what, inside) in [("1 of 1,000 in a prefix", 1), ("each in a prefix", 1_000)] {
        let addresses = presented_addresses(&prefixes, inside);
        let hits = |address: &[u8; 4]| hits(&list, GeneralNameKind::IpAddress, address);
        println!("{} hits of {} iPAddresses", addresses.iter().map(hits).sum::<usize>(), addresses.len());
        let comparison = Comparison::new(format!("an iPAddress beside {} IPv4 prefixes, {what}", items.len()), "SAN")
            .case("ctlens-san, all covering prefixes", addresses.len(), || {
                for address in &addresses {
                    black_box(hits(address));
                }
            });
        #[cfg(feature = "peers")]
        let comparison = comparison
            .case("prefix-trie 0.10, longest prefix", addresses.len(), || {
                for &address in &addresses {
                    black_box(map.get_lpm(&peers::host(address)));
                }
            })
            .case("prefix-trie 0.10, all covering prefixes", addresses.len(), || {
                for &address in &addresses {
                    black_box(map.cover(&peers::host(address)).count());
                }
            });
        comparison
            .bar("ctlens-san, all covering prefixes", 1.1, "prefix-trie 0.10, longest prefix")
            .bar("ctlens-san, all covering prefixes", 1.1, "prefix-trie 0.10, all covering prefixes")
            .without_allocations("ctlens-san, all covering prefixes")
            .run();
    }
}

#[cfg(feature = "peers")]
mod peers {
    use fst::Set;
    use ipnet::Ipv4Net;
    use prefix_trie::PrefixMap;
    use std::net::Ipv4Addr;

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

    pub(super) fn prefix_map(prefixes: &[(u32, u8)]) -> PrefixMap<Ipv4Net, u32> {
        let net = |(bits, length): (u32, u8)| Ipv4Net::new(bits.into(), length).expect("a length of 32 or less");
        prefixes.iter().map(|&prefix| net(prefix)).zip(0..).collect()
    }

    pub(super) fn host(address: [u8; 4]) -> Ipv4Net {
        Ipv4Net::from(Ipv4Addr::from(address))
    }
}
