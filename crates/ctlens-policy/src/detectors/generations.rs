//! A table of bounded size that forgets what it has not met for the longest time.

use super::alert::History;
use crate::text::hex;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// What the keys of all tables depend on besides what they stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Seed(pub(super) u64);

impl Seed {
    /// The key of a sequence of octet strings: no other sequence has the same.
    pub(super) fn key<const N: usize>(self, parts: [&[u8]; N]) -> Key {
        let mut hasher = Sha256::new();
        hasher.update(self.0.to_be_bytes());
        for part in parts {
            hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hasher.update(part);
        }
        let hash: [u8; 32] = hasher.finalize().into();
        Key(*hash.first_chunk().unwrap_or(&[0; 16]))
    }
}

/// Half of a SHA-256 hash: so many that two are the same do not come by chance, and who does not know the seed cannot make
/// them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key([u8; 16]);

impl Hash for Key {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        hasher.write_u64(u64::from_be_bytes(*self.0.first_chunk().unwrap_or(&[0; 8])));
    }
}

/// For keys that are hashes.
#[derive(Debug, Default, Clone)]
struct Unchanged(u64);

impl Hasher for Unchanged {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, octets: &[u8]) {
        for octet in octets {
            self.0 = self.0.rotate_left(8) ^ u64::from(*octet);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

type Table<V> = HashMap<Key, V, BuildHasherDefault<Unchanged>>;

/// Two tables. What is met goes to the young one; when that is full, the old one is emptied and becomes the young. So
/// what is forgotten was not met for at least as long as it takes to fill half the space, and nothing depends on the order
/// in which a hash table stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Generations<V> {
    /// In each of the two.
    most: usize,
    young: Table<V>,
    old: Table<V>,
    forgotten: u64,
    /// When the old generation began: whatever came later is there. 0: nothing was ever forgotten.
    complete_since_ms: u64,
    young_since_ms: u64,
}

impl<V> Generations<V> {
    pub(super) fn new(entries: usize) -> Self {
        Self {
            most: most_of_each(entries),
            young: Table::default(),
            old: Table::default(),
            forgotten: 0,
            complete_since_ms: 0,
            young_since_ms: 0,
        }
    }

    /// What is known of a key, which counts as met.
    pub(super) fn get_mut(&mut self, key: &Key, now_ms: u64) -> Option<&mut V> {
        if !self.young.contains_key(key) {
            let value = self.old.remove(key)?;
            self.insert(*key, value, now_ms);
        }
        self.young.get_mut(key)
    }

    pub(super) fn insert(&mut self, key: Key, value: V, now_ms: u64) {
        // A hash table that is full grows also where a value is only replaced.
        if let Some(known) = self.young.get_mut(&key) {
            *known = value;
            return;
        }
        if self.young.len() >= self.most {
            self.forget(now_ms);
        }
        self.old.remove(&key);
        self.young.insert(key, value);
    }

    fn forget(&mut self, now_ms: u64) {
        if !self.old.is_empty() {
            self.forgotten = self.forgotten.saturating_add(u64::try_from(self.old.len()).unwrap_or(u64::MAX));
            self.complete_since_ms = self.young_since_ms;
        }
        self.old.clear();
        std::mem::swap(&mut self.young, &mut self.old);
        self.young_since_ms = now_ms;
    }

    pub(super) fn history(&self) -> History {
        History { forgotten: self.forgotten, complete_since_ms: self.complete_since_ms }
    }

    /// `of_value`: what a value holds besides itself.
    pub(super) fn heap_bytes(&self, of_value: impl Fn(&V) -> usize) -> usize {
        let tables = [&self.young, &self.old].into_iter();
        let bytes = tables.map(|table| {
            let entry = size_of::<(Key, V)>().saturating_add(1);
            let values = table.values().map(&of_value).fold(0, usize::saturating_add);
            buckets(table.capacity()).saturating_mul(entry).saturating_add(values)
        });
        bytes.fold(0, usize::saturating_add)
    }
}

fn most_of_each(entries: usize) -> usize {
    (entries / 2).max(1)
}

/// Hash tables are at most seven eighths full, and have a power of two of places.
fn buckets(capacity: usize) -> usize {
    match capacity {
        0 => 0,
        1..8 => 8,
        _ => capacity.saturating_mul(8).div_ceil(7).checked_next_power_of_two().unwrap_or(usize::MAX),
    }
}

/// What a table of so many entries takes at most, with so many octets that each value holds besides itself.
pub(super) fn most_heap_bytes<V>(entries: usize, of_value: usize) -> usize {
    let most = most_of_each(entries);
    let entry = size_of::<(Key, V)>().saturating_add(1);
    let each = buckets(most).saturating_mul(entry).saturating_add(most.saturating_mul(of_value));
    each.saturating_mul(2)
}

/// In the order of the keys.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Snapshot<T> {
    most: usize,
    forgotten: u64,
    complete_since_ms: u64,
    young_since_ms: u64,
    young: Vec<(Key, T)>,
    old: Vec<(Key, T)>,
}

impl<V: Serialize> Serialize for Generations<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn sorted<V>(table: &Table<V>) -> Vec<(Key, &V)> {
            let mut entries: Vec<(Key, &V)> = table.iter().map(|(key, value)| (*key, value)).collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            entries
        }
        let Self { most, forgotten, complete_since_ms, young_since_ms, .. } = *self;
        let (young, old) = (sorted(&self.young), sorted(&self.old));
        Snapshot { most, forgotten, complete_since_ms, young_since_ms, young, old }.serialize(serializer)
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Generations<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Snapshot { most, forgotten, complete_since_ms, young_since_ms, young, old } =
            Snapshot::deserialize(deserializer)?;
        if most == 0 || young.len() > most || old.len() > most {
            return Err(D::Error::custom("a table with more entries than it holds"));
        }
        let (young, old) = (young.into_iter().collect(), old.into_iter().collect());
        Ok(Self { most, young, old, forgotten, complete_since_ms, young_since_ms })
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let key = (text.len() == 32).then(|| u128::from_str_radix(&text, 16).ok()).flatten();
        let key =
            key.ok_or_else(|| D::Error::custom(format_args!("{text:?} is no key: expected 32 hexadecimal digits")))?;
        Ok(Self(key.to_be_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u64) -> Key {
        Seed(7).key([&number.to_be_bytes()])
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut table = Generations::new(8);
        for number in 0..8 {
            table.insert(key(number), number, number + 100);
        }
        assert_eq!(table.history(), History { forgotten: 0, complete_since_ms: 0 });
        // Met again, it is young.
        assert_eq!(table.get_mut(&key(1), 200), Some(&mut 1));
        assert_eq!(table.history(), History { forgotten: 3, complete_since_ms: 104 });
        for (number, kept) in [(0, false), (2, false), (3, false), (1, true), (4, true), (7, true)] {
            assert_eq!(table.get_mut(&key(number), 300).is_some(), kept, "{number}");
        }
        table.insert(key(4), 44, 400);
        assert_eq!(table.get_mut(&key(4), 400), Some(&mut 44));
    }

    #[test]
    fn keys_of_other_parts_are_others() {
        let keys = [
            Seed(7).key([b"ab", b"c"]),
            Seed(7).key([b"a", b"bc"]),
            Seed(8).key([b"ab", b"c"]),
            Seed(7).key([b"abc", b""]),
            Seed(7).key([b"abc"]),
        ];
        let distinct: std::collections::BTreeSet<Key> = keys.into();
        assert_eq!(distinct.len(), keys.len());
    }

    proptest::proptest! {
        /// Never more than there is room for, whatever comes; and what is there is what was put there last.
        #[test]
        fn bounded(entries in 0_usize..20, steps in proptest::collection::vec((0_u64..30, proptest::bool::ANY), 0..200)) {
            let mut table = Generations::new(entries);
            let mut all = HashMap::new();
            for (now, (number, is_insert)) in (0_u64..).zip(steps) {
                if is_insert {
                    table.insert(key(number), now, now);
                    all.insert(number, now);
                } else if let Some(found) = table.get_mut(&key(number), now) {
                    proptest::prop_assert_eq!(Some(&*found), all.get(&number));
                } else {
                    // Nothing is missing that was not counted.
                    proptest::prop_assert!(!all.contains_key(&number) || table.history().forgotten > 0);
                }
                let held = table.young.len() + table.old.len();
                proptest::prop_assert!(held <= entries.max(2));
                proptest::prop_assert!(table.heap_bytes(|_| 0) <= most_heap_bytes::<u64>(entries, 0));
                let json = serde_json::to_string(&table).unwrap();
                proptest::prop_assert_eq!(&serde_json::from_str::<Generations<u64>>(&json).unwrap(), &table);
            }
        }
    }
}
