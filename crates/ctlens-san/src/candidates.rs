use ctlens_x509::{GeneralNameKind, Tbs};

use crate::index::Index;
use crate::name_trie::Glance;
use crate::scan::is_wide;

/// Tells the certificates that may concern an item, 64 at a time.
pub(crate) struct Candidates<'l, I> {
    index: &'l Index,
    with_embedded: bool,
    certificates: I,
    /// How many certificates were looked at.
    count: usize,
    /// Those of the last group that are still to be told: bit n is the nth of the group.
    marked: u64,
    start: usize,
}

impl<'l, 't, 'c: 't, I: Iterator<Item = &'t Tbs<'c>>> Candidates<'l, I> {
    pub(crate) fn new(index: &'l Index, with_embedded: bool, certificates: I) -> Self {
        Self { index, with_embedded, certificates, count: 0, marked: 0, start: 0 }
    }

    /// Looks at the next certificates. Whether there were any.
    fn look_at_group(&mut self) -> bool {
        self.start = self.count;
        let mut window = Window::new(self.index);
        for bit in 0..u64::BITS {
            let Some(tbs) = self.certificates.next() else { break };
            self.count = self.count.saturating_add(1);
            let mark = 1_u64.wrapping_shl(bit);
            if self.needs_a_look(tbs, mark, &mut window) {
                window.marked |= mark;
            }
        }
        window.look_up();
        self.marked = window.marked;
        self.count > self.start
    }

    /// Whether a certificate is to be looked at whatever its ordinary names are, which go to the window.
    fn needs_a_look(&self, tbs: &Tbs<'c>, mark: u64, window: &mut Window<'l, 'c>) -> bool {
        for name in tbs.names() {
            let is_unrelated = match name {
                Ok(name) if name.kind() == GeneralNameKind::DnsName => window.is_unrelated_or_waits(name.value, mark),
                Ok(name) => self.index.is_unrelated(name.kind(), name.value, self.with_embedded),
                Err(_) => false,
            };
            if !is_unrelated {
                return true;
            }
        }
        let mut common_names = tbs.common_names();
        common_names
            .any(|name| !name.is_ok_and(|name| !is_wide(name.tag) && window.is_unrelated_or_waits(name.value, mark)))
    }
}

impl<'t, 'c: 't, I: Iterator<Item = &'t Tbs<'c>>> Iterator for Candidates<'_, I> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        while self.marked == 0 {
            if !self.look_at_group() {
                return None;
            }
        }
        let first = self.marked.trailing_zeros() as usize;
        self.marked &= self.marked.wrapping_sub(1);
        Some(self.start.saturating_add(first))
    }
}

/// Names whose hashes are known, before any of them is looked up. The looks at the table depend on nothing but them, so
/// that the processor need not wait for one to begin the next.
struct Window<'l, 'c> {
    index: &'l Index,
    hashes: [u64; WINDOW],
    /// Each name, and the bit of its certificate.
    names: [(&'c [u8], u64); WINDOW],
    count: usize,
    /// The certificates that need a closer look.
    marked: u64,
}

const WINDOW: usize = 64;

impl<'l, 'c> Window<'l, 'c> {
    fn new(index: &'l Index) -> Self {
        Self { index, hashes: [0; WINDOW], names: [(&[], 0); WINDOW], count: 0, marked: 0 }
    }

    /// Whether a name is known to have to do with no item, or is to be looked up.
    #[inline]
    fn is_unrelated_or_waits(&mut self, name: &'c [u8], mark: u64) -> bool {
        let hash = match self.index.names.glance(name) {
            Glance::Known { is_unrelated } => return is_unrelated,
            Glance::Hash(hash) => hash,
        };
        if self.count == WINDOW {
            self.look_up();
        }
        if let (Some(hash_here), Some(name_here)) = (self.hashes.get_mut(self.count), self.names.get_mut(self.count)) {
            (*hash_here, *name_here) = (hash, (name, mark));
            self.count = self.count.saturating_add(1);
        }
        true
    }

    fn look_up(&mut self) {
        let trie = &self.index.names;
        let hashes = self.hashes.get(..self.count).unwrap_or_default();
        let found = hashes.iter().rev().fold(0_u64, |found, &hash| found << 1 | u64::from(trie.may_have(hash)));
        for (place, &(name, mark)) in self.names.iter().take(self.count).enumerate() {
            let may_be = found.unbounded_shr(u32::try_from(place).unwrap_or(u64::BITS)) & 1 == 1;
            if may_be && !trie.is_unrelated(name) {
                self.marked |= mark;
            }
        }
        self.count = 0;
    }
}
