use super::alert::History;
use super::generations::{self, Generations, Key};
use serde::{Deserialize, Serialize};

/// Which things were seen together with which subject, and how many with each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Novelty {
    pairs: Generations<()>,
    known: Generations<u64>,
}

impl Novelty {
    pub(super) fn new(entries: usize) -> Self {
        Self { pairs: Generations::new(entries), known: Generations::new(entries) }
    }

    /// Where the pair is new: how many others the subject has.
    pub(super) fn note(&mut self, subject: Key, pair: Key, now_ms: u64) -> Option<u64> {
        let is_known = self.pairs.get_mut(&pair, now_ms).is_some();
        let others = self.known.get_mut(&subject, now_ms).map_or(0, |known| {
            let others = *known;
            *known = known.saturating_add(u64::from(!is_known));
            others
        });
        if is_known {
            return None;
        }
        self.pairs.insert(pair, (), now_ms);
        if others == 0 {
            self.known.insert(subject, 1, now_ms);
        }
        Some(others)
    }

    pub(super) fn history(&self) -> History {
        self.pairs.history().and(self.known.history())
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.pairs.heap_bytes(|()| 0).saturating_add(self.known.heap_bytes(|_| 0))
    }

    pub(super) fn most_heap_bytes(entries: usize) -> usize {
        generations::most_heap_bytes::<()>(entries, 0).saturating_add(generations::most_heap_bytes::<u64>(entries, 0))
    }
}
