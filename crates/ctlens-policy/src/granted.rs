//! Everything that is granted, found by a misspelling of it.

use crate::config::Asset;
use crate::likely_typo::{likely_typo, spelt_out};
use ctlens_san::Item;
use std::net::IpAddr;

/// The granted items of a policy, so that those one edit away from an identifier are found without looking at all of them.
///
/// Two texts are one edit apart only where they are the same with at most one character taken out of each. So each name and
/// address stands under the hashes of its text, and of its text without each of its characters (a symmetric delete index).
/// What has one of these hashes in common is compared; prefixes, of which there are few, are compared one by one.
#[derive(Debug, Default)]
pub(crate) struct Granted {
    /// In order. Apart from the items, so that more of them are in the cache.
    hashes: Vec<u32>,
    /// For each hash the number of the item.
    numbers: Vec<u32>,
    /// Where the hashes with the same leading bits begin.
    buckets: Vec<u32>,
    bucket_bits: u32,
    /// A bit for each value of some leading bits of a hash: whether there is such a hash. Most that is asked for is not there.
    bits: Vec<u64>,
    /// How many other bits a hash has.
    other_bits: u32,
    /// Whether any text has as many octets.
    has_length: Vec<bool>,
    /// (asset, item of it)
    items: Vec<(usize, usize)>,
    prefixes: Vec<(usize, usize)>,
}

/// How many hashes there are at most: 16 MiB of them. What is not among them is nobody's likely typing error.
const MOST_HASHES: usize = 1 << 21;

/// How long an identifier may be, in octets: names have at most 253.
const LONGEST: usize = 256;

impl Granted {
    /// Of the assets over which there is a grant, whichever order the file has them in.
    pub(crate) fn of(assets: &[Asset], grants_over: &[Vec<usize>]) -> Self {
        let granted = assets.iter().zip(grants_over).enumerate().filter(|(_, (_, grants))| !grants.is_empty());
        let mut granted: Vec<(usize, &Asset)> = granted.map(|(index, (asset, _))| (index, asset)).collect();
        granted.sort_unstable_by_key(|(_, asset)| &asset.id);
        let (mut index, mut by_hash) = (Self::default(), Vec::new());
        for (asset, items) in granted.into_iter().map(|(index, asset)| (index, &asset.items)) {
            for (at, item) in items.iter().enumerate() {
                index.add((asset, at), item, &mut by_hash);
            }
        }
        by_hash.sort_unstable();
        (index.hashes, index.numbers) = by_hash.into_iter().unzip();
        index.divide();
        index.mark();
        index
    }

    fn add(&mut self, at: (usize, usize), item: &Item, by_hash: &mut Vec<(u32, u32)>) {
        let text = match item {
            Item::Name(name) | Item::Subtree(name) => name.as_str().to_owned(),
            Item::Address(address) => spelt_out(*address),
            _ => return self.prefixes.push(at),
        };
        let Ok(number) = u32::try_from(self.items.len()) else { return };
        let ends = Ends::of(text.as_bytes());
        if by_hash.len().saturating_add(text.len()) >= MOST_HASHES {
            return;
        }
        if self.has_length.len() <= text.len() {
            self.has_length.resize(text.len().saturating_add(1), false);
        }
        if let Some(has_length) = self.has_length.get_mut(text.len()) {
            *has_length = true;
        }
        self.items.push(at);
        by_hash.extend(ends.without_one(0).chain([ends.whole(0)]).map(|hash| (hash, number)));
    }

    /// About four hashes to a bucket.
    fn divide(&mut self) {
        let buckets = (self.hashes.len() / 4).next_power_of_two();
        self.bucket_bits = buckets.trailing_zeros();
        let ends = (1..=buckets).map(|end| self.hashes.partition_point(|hash| self.bucket(*hash) < end));
        let ends = ends.map(|end| u32::try_from(end).unwrap_or(u32::MAX));
        self.buckets = std::iter::once(0).chain(ends).collect();
    }

    /// Eight bits or more to a hash.
    fn mark(&mut self) {
        let words = self.hashes.len().div_ceil(8).next_power_of_two();
        self.bits = vec![0; words];
        self.other_bits = u32::BITS.saturating_sub(words.trailing_zeros().saturating_add(6));
        for hash in &self.hashes {
            let (word, bit) = self.bit(*hash);
            if let Some(word) = self.bits.get_mut(word) {
                *word |= bit;
            }
        }
    }

    fn has(&self, hash: u32) -> bool {
        let (word, bit) = self.bit(hash);
        self.bits.get(word).is_some_and(|word| word & bit != 0)
    }

    fn bit(&self, hash: u32) -> (usize, u64) {
        let leading = hash.checked_shr(self.other_bits).unwrap_or(0);
        (usize::try_from(leading / 64).unwrap_or(usize::MAX), 1 << (leading % 64))
    }

    fn bucket(&self, hash: u32) -> usize {
        let shift = u32::BITS.saturating_sub(self.bucket_bits);
        usize::try_from(hash.checked_shr(shift).unwrap_or(0)).unwrap_or(usize::MAX)
    }

    /// Hands over each asset of which an item may have been meant, and what: the identifier with the mistake undone.
    ///
    /// `budget` says how much may still be looked at, and is counted down: for all identifiers of a certificate together, so
    /// that many identifiers beside many grants end too. To find nothing says nothing: what is denied stays denied.
    pub(crate) fn meant_by(
        &self,
        identifier: &str,
        assets: &[Asset],
        budget: &mut usize,
        mut meant: impl FnMut(usize, String),
    ) {
        if identifier.len() > LONGEST {
            return;
        }
        let address = identifier.parse::<IpAddr>().ok();
        let text = address.map_or_else(|| identifier.to_ascii_lowercase(), spelt_out);
        let text = text.strip_suffix('.').unwrap_or(&text);
        let hashes = self.hashes(text, address.is_none(), budget);
        // All of them first: each waits for memory, and none for another.
        let hashes: Vec<u32> = hashes.into_iter().filter(|hash| self.has(*hash)).collect();
        let prefixes = if address.is_some() { self.prefixes.as_slice() } else { &[] };
        let near = hashes.into_iter().flat_map(|hash| self.with_hash(hash));
        for (asset, item) in near.chain(prefixes.iter().copied()) {
            let Some(left) = budget.checked_sub(1) else { return };
            *budget = left;
            let item = assets.get(asset).and_then(|asset| asset.items.get(item));
            if let Some(text) = item.and_then(|item| likely_typo(text, address, item)) {
                meant(asset, text);
            }
        }
    }

    /// Those of the text; of a name also of what stands at its end, below which the rest is: after a dot, or where the dot is
    /// missing.
    fn hashes(&self, text: &str, is_name: bool, budget: &mut usize) -> Vec<u32> {
        let ends = Ends::of(text.as_bytes());
        let has_length = |length: usize| self.has_length.get(length).copied().unwrap_or(false);
        let mut hashes = Vec::with_capacity(LONGEST);
        let mut after_dot = true;
        for (start, octet) in text.bytes().enumerate().take(if is_name { LONGEST } else { 1 }) {
            let is_label = std::mem::replace(&mut after_dot, octet == b'.');
            let length = text.len().saturating_sub(start);
            let is_same = has_length(length);
            if is_same || is_label && has_length(length.saturating_add(1)) {
                hashes.push(ends.whole(start));
            }
            if is_label && (is_same || has_length(length.saturating_sub(1)) || has_length(length.saturating_add(1))) {
                hashes.extend(ends.without_one(start));
            }
            if hashes.len() > *budget {
                break;
            }
        }
        hashes.truncate(*budget);
        *budget = budget.saturating_sub(hashes.len());
        hashes
    }

    /// The items with a hash.
    fn with_hash(&self, hash: u32) -> impl Iterator<Item = (usize, usize)> {
        let start = |bucket: usize| self.buckets.get(bucket).and_then(|&start| usize::try_from(start).ok());
        let bucket = self.bucket(hash);
        let range = start(bucket).unwrap_or(0)..start(bucket.saturating_add(1)).unwrap_or(0);
        let hashes = self.hashes.get(range.clone()).unwrap_or_default();
        let numbers = self.numbers.get(range).unwrap_or_default();
        let same = hashes.iter().zip(numbers).filter(move |(other, _)| **other == hash);
        same.filter_map(|(_, &number)| self.items.get(usize::try_from(number).ok()?).copied())
    }
}

/// The hashes of all ends of a text: sums of its octets times powers of an odd number, so that those of an end without one of
/// its characters follow from them.
struct Ends {
    /// Of what begins at each octet, and of nothing.
    ends: Vec<u64>,
}

impl Ends {
    const BASE: u64 = 0x9e37_79b9_7f4a_7c15;
    const INVERSE: u64 = inverse(Self::BASE);

    fn of(text: &[u8]) -> Self {
        let mut ends = vec![0; text.len().saturating_add(1)];
        let (mut power, mut sum) = (1_u64, 0_u64);
        for (end, &octet) in ends.iter_mut().rev().skip(1).zip(text.iter().rev()) {
            sum = sum.wrapping_add(power.wrapping_mul(u64::from(octet).wrapping_add(1)));
            power = power.wrapping_mul(Self::BASE);
            *end = sum;
        }
        Self { ends }
    }

    /// Of the text from here on.
    fn whole(&self, start: usize) -> u32 {
        shortened(self.ends.get(start).copied().unwrap_or(0))
    }

    /// Of the text from here on without each of its characters.
    fn without_one(&self, start: usize) -> impl Iterator<Item = u32> {
        let ends = self.ends.get(start..).unwrap_or_default();
        let whole = ends.first().copied().unwrap_or(0);
        // What stands before the character moves one place to the end.
        ends.iter().zip(ends.iter().skip(1)).map(move |(with, behind)| {
            let before = whole.wrapping_sub(*with).wrapping_mul(Self::INVERSE);
            shortened(before.wrapping_add(*behind))
        })
    }
}

/// The upper bits depend on all octets.
fn shortened(hash: u64) -> u32 {
    let [.., a, b, c, d] = (hash ^ hash >> 32).wrapping_mul(Ends::BASE).to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// Of an odd number modulo 2^64: each step doubles the bits that are right.
const fn inverse(odd: u64) -> u64 {
    let mut inverse = odd;
    let mut right = 3;
    while right < u64::BITS {
        inverse = inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
        right = right.saturating_mul(2);
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use proptest::prelude::*;

    /// The policy that grants each of these items, one to an asset.
    fn policy(items: &[String]) -> Policy {
        let mut text = "version = 1\n[[owner]]\nid = \"me\"\n[[issuer]]\nid = \"ca\"\nspki_sha256 = [\"".to_owned();
        text.push_str(&"22".repeat(32));
        text.push_str("\"]\n");
        for (n, item) in items.iter().enumerate() {
            let is_address = item.parse::<IpAddr>().is_ok() || item.contains('/');
            let kind = if is_address { "ip" } else { "dns" };
            text.push_str(&format!("[[asset]]\nid = \"a{n}\"\nowner = \"me\"\n{kind} = [\"{item}\"]\n"));
        }
        let assets: Vec<String> = (0..items.len()).map(|n| format!("\"a{n}\"")).collect();
        text.push_str(&format!("[[grant]]\nid = \"g\"\nassets = [{}]\nissuers = [\"ca\"]\n", assets.join(",")));
        text.push_str("not_before = 2026-01-01T00:00:00Z\nnot_after = 2027-01-01T00:00:00Z\napproved_by = \"a\"\nreason = \"r\"\n");
        Policy::compile(&text, "policy.toml").unwrap_or_else(|errors| panic!("{errors}"))
    }

    fn meant(policy: &Policy, identifier: &str, mut budget: usize) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        policy.granted.meant_by(identifier, &policy.assets, &mut budget, |asset, meant| found.push((asset, meant)));
        found.sort();
        found.dedup();
        found
    }

    #[test]
    fn as_it_is_written() {
        let policy = policy(&["www.example.com".to_owned(), "10.1.1.1".to_owned(), "2001:db8::2".to_owned()]);
        for (identifier, expected) in [
            ("WWW.Exmaple.com.", Some((0, "www.example.com"))),
            ("www.example.com", None),
            ("1.1.1.1", Some((1, "10.1.1.1"))),
            ("2001:DB8:0::3", Some((2, "2001:db8::2"))),
            ("", None),
        ] {
            let expected: Vec<(usize, String)> = expected.into_iter().map(|(n, text)| (n, text.to_owned())).collect();
            assert_eq!(meant(&policy, identifier, 1000), expected, "{identifier}");
        }
        assert_eq!(meant(&policy, &"a".repeat(257), 1000), []);
    }

    #[test]
    fn no_more_than_the_budget() {
        let policy = policy(&["9.0.0.0/8".to_owned(), "8.0.0.0/8".to_owned(), "10.0.0.0/8".to_owned()]);
        assert_eq!(meant(&policy, "1.1.1.1", 2).len(), 2);
        assert_eq!(meant(&policy, "1.1.1.1", 3).len(), 3);
        assert_eq!(meant(&policy, "1.1.1.1", 0), []);
    }

    fn items() -> impl Strategy<Value = String> {
        let name = "[ab]{1,3}(\\.[ab]{1,3}){1,2}";
        let address = "(1|10|11)\\.(1|12|21)\\.(1|2)\\.(1|0)";
        prop_oneof![name, name.prop_map(|name| format!(".{name}")), address, Just("1.1.0.0/16".to_owned())]
    }

    proptest! {
        /// What comparing all of them, one by one, finds too.
        #[test]
        fn all_that_is_one_edit_away(items in prop::collection::btree_set(items(), 1..12), identifier in items()) {
            let items: Vec<String> = items.into_iter().collect();
            let policy = policy(&items);
            let identifier = identifier.strip_prefix('.').map_or_else(|| identifier.clone(), |end| format!("www.{end}"));
            let address = identifier.parse().ok();
            let mut expected = Vec::new();
            for (asset, item) in items.iter().enumerate() {
                let found = likely_typo(&identifier, address, &item.parse().unwrap());
                expected.extend(found.map(|meant| (asset, meant)));
            }
            prop_assert_eq!(meant(&policy, &identifier, usize::MAX), expected);
        }
    }
}
