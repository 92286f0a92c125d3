use ctlens_san::Prefix;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Who holds which addresses, in the words of one source.
///
/// Made by [`from_delegated_statistics`](Self::from_delegated_statistics) and [`from_vrps`](Self::from_vrps), or claim by claim.
#[derive(Debug, Clone)]
pub struct OwnershipSource {
    pub(super) name: String,
    pub(super) kind: HolderKind,
    /// Those of one prefix in a row, a prefix before all that lies in it.
    claims: Vec<Claim>,
    holders: Vec<String>,
}

/// What a source calls a holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum HolderKind {
    /// By an id of the policy's owners, or what else the caller agreed upon.
    Owner,
    /// By registry and opaque id, `apnic:A91872ED`: the holder of a delegation of a regional internet registry.
    Registry,
    /// By AS number, `AS13335`: who may announce the addresses, by the word of their holder. Often that is the holder; it may be
    /// a provider.
    AutonomousSystem,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    /// IPv4 first.
    is_v6: bool,
    first: u128,
    length: u8,
    holder: u32,
}

/// Gathers claims.
pub(super) struct Claims {
    claims: Vec<Claim>,
    by_holder: BTreeMap<String, u32>,
}

impl Claims {
    pub(super) fn new() -> Self {
        Self { claims: Vec::new(), by_holder: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, prefix: Prefix, holder: &str) {
        let next = u32::try_from(self.by_holder.len()).unwrap_or(u32::MAX);
        let holder = match self.by_holder.get(holder) {
            Some(known) => *known,
            None => *self.by_holder.entry(holder.to_owned()).or_insert(next),
        };
        let (is_v6, first) = bits(prefix.address());
        self.claims.push(Claim { is_v6, first, length: prefix.length(), holder });
    }

    pub(super) fn into_source(self, name: String, kind: HolderKind) -> OwnershipSource {
        let Self { mut claims, by_holder } = self;
        claims.sort_unstable();
        claims.dedup();
        claims.shrink_to_fit();
        let mut holders: Vec<(u32, String)> = by_holder.into_iter().map(|(holder, index)| (index, holder)).collect();
        holders.sort_unstable();
        OwnershipSource { name, kind, claims, holders: holders.into_iter().map(|(_, holder)| holder).collect() }
    }
}

impl OwnershipSource {
    /// What some other source says. `name` is what findings call it.
    #[must_use]
    pub fn new<'h>(name: &str, kind: HolderKind, claims: impl IntoIterator<Item = (Prefix, &'h str)>) -> Self {
        let mut gathered = Claims::new();
        claims.into_iter().for_each(|(prefix, holder)| gathered.add(prefix, holder));
        gathered.into_source(name.to_owned(), kind)
    }

    /// What findings call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it calls a holder.
    #[must_use]
    pub fn kind(&self) -> HolderKind {
        self.kind
    }

    /// How many claims it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.claims.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.claims.is_empty()
    }

    /// Who holds these addresses: by the claims over the smallest prefix that holds all of them, then by those over parts of
    /// them, in the order of the addresses.
    pub fn holders_of(&self, prefix: Prefix) -> impl Iterator<Item = (Prefix, &str)> {
        let over_all = (0..=prefix.length()).rev().find_map(|length| {
            let run = self.run(prefix, length);
            (!run.is_empty()).then_some(run)
        });
        let within = self.within(prefix);
        let claims = over_all.unwrap_or_default().iter().chain(within);
        claims.filter_map(|claim| {
            let holder = self.holders.get(usize::try_from(claim.holder).ok()?)?;
            Some((claim.prefix()?, holder.as_str()))
        })
    }

    /// The claims over the prefix of this length that holds `inner`.
    fn run(&self, inner: Prefix, length: u8) -> &[Claim] {
        let (is_v6, first) = bits(inner.address());
        let first = first & mask(is_v6, length);
        let key = (is_v6, first, length);
        let start = self.claims.partition_point(|claim| (claim.is_v6, claim.first, claim.length) < key);
        let end = self.claims.partition_point(|claim| (claim.is_v6, claim.first, claim.length) <= key);
        self.claims.get(start..end).unwrap_or_default()
    }

    /// The claims over prefixes inside `outer` that are smaller.
    fn within(&self, outer: Prefix) -> impl Iterator<Item = &Claim> {
        let (is_v6, first) = bits(outer.address());
        let last = first | (mask(is_v6, width(is_v6)) ^ mask(is_v6, outer.length()));
        let start = self.claims.partition_point(|claim| (claim.is_v6, claim.first) < (is_v6, first));
        let end = self.claims.partition_point(|claim| (claim.is_v6, claim.first) <= (is_v6, last));
        let inside = self.claims.get(start..end).unwrap_or_default();
        inside.iter().filter(move |claim| claim.length > outer.length())
    }
}

impl Claim {
    fn prefix(&self) -> Option<Prefix> {
        let address = if self.is_v6 {
            IpAddr::V6(Ipv6Addr::from_bits(self.first))
        } else {
            IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(self.first).ok()?))
        };
        Prefix::new(address, self.length).ok()
    }
}

fn bits(address: IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(address) => (false, u128::from(address.to_bits())),
        IpAddr::V6(address) => (true, address.to_bits()),
    }
}

fn width(is_v6: bool) -> u8 {
    if is_v6 { 128 } else { 32 }
}

/// The first `length` bits of an address of this kind.
fn mask(is_v6: bool, length: u8) -> u128 {
    let width = width(is_v6);
    let all = u128::MAX.checked_shr(u32::from(128_u8.saturating_sub(width))).unwrap_or(0);
    let behind = all.checked_shr(u32::from(length)).unwrap_or(0);
    all ^ behind
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(source: &OwnershipSource, prefix: &str) -> Vec<String> {
        source.holders_of(prefix.parse().unwrap()).map(|(prefix, holder)| format!("{prefix} {holder}")).collect()
    }

    #[test]
    fn the_smallest_that_holds_all_and_the_parts() {
        let claims = [
            ("10.0.0.0/8", "a"),
            ("10.1.0.0/16", "b"),
            ("10.1.0.0/16", "c"),
            ("10.1.2.0/24", "d"),
            ("::/0", "six"),
            ("0.0.0.0/0", "all"),
        ];
        let source = OwnershipSource::new(
            "s",
            HolderKind::Owner,
            claims.map(|(prefix, holder)| (prefix.parse().unwrap(), holder)),
        );
        assert_eq!(source.len(), 6);
        assert_eq!(shown(&source, "10.1.2.3/32"), ["10.1.2.0/24 d"]);
        assert_eq!(shown(&source, "10.1.0.0/16"), ["10.1.0.0/16 b", "10.1.0.0/16 c", "10.1.2.0/24 d"]);
        assert_eq!(shown(&source, "10.2.0.0/16"), ["10.0.0.0/8 a"]);
        assert_eq!(shown(&source, "11.0.0.0/8"), ["0.0.0.0/0 all"]);
        assert_eq!(shown(&source, "2001:db8::/32"), ["::/0 six"]);
        // IPv4 addresses as numbers are no IPv6 addresses.
        assert_eq!(shown(&source, "::a01:203/128"), ["::/0 six"]);
    }

    proptest! {
        /// Against every claim, one by one.
        #[test]
        fn as_by_hand(claims in proptest::collection::vec((0_u8..16, 26_u8..=32, 0_u8..3), 0..20), at in 0_u8..16, length in 26_u8..=32) {
            let prefix = |at: u8, length: u8| {
                let mask = u32::MAX << (32 - u32::from(length));
                Prefix::new(IpAddr::V4(Ipv4Addr::from_bits(u32::from_be_bytes([10, 0, 0, at * 4]) & mask)), length).unwrap()
            };
            let holds = |outer: &Prefix, inner: &Prefix| outer.length() <= inner.length() && outer.contains(inner.address());
            let claims: Vec<(Prefix, String)> =
                claims.into_iter().map(|(at, length, holder)| (prefix(at, length), holder.to_string())).collect();
            let asked = prefix(at, length);
            let source = OwnershipSource::new("s", HolderKind::Owner, claims.iter().map(|(prefix, holder)| (*prefix, holder.as_str())));
            let found: std::collections::BTreeSet<(Prefix, String)> =
                source.holders_of(asked).map(|(prefix, holder)| (prefix, holder.to_owned())).collect();
            let smallest = claims.iter().filter(|(claim, _)| holds(claim, &asked)).map(|(claim, _)| claim.length()).max();
            let expected = claims.into_iter().filter(|(claim, _)| {
                (holds(claim, &asked) && Some(claim.length()) == smallest)
                    || (holds(&asked, claim) && claim.length() > asked.length())
            });
            prop_assert_eq!(found, expected.collect::<std::collections::BTreeSet<_>>());
        }
    }
}
