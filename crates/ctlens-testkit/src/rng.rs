//! Numbers that depend on a seed and on nothing else.

use crate::tree::sha256;

/// A deterministic generator: SHA-256 of seed, label and a counter. For tests only; nothing about it is secret.
#[derive(Clone, Debug)]
pub struct Rng {
    seed: [u8; 32],
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl Rng {
    /// The generator of a seed and a label; another label is another, unrelated sequence.
    #[must_use]
    pub fn new(seed: u64, label: &str) -> Self {
        let seed = sha256(&[&seed.to_be_bytes(), label.as_bytes()].concat());
        Self { seed, counter: 0, block: [0; 32], used: 32 }
    }

    /// The next octet.
    pub fn octet(&mut self) -> u8 {
        if self.used == self.block.len() {
            self.block = sha256(&[&self.seed[..], &self.counter.to_be_bytes()].concat());
            self.counter += 1;
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    /// The next `N` octets.
    pub fn octets<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.octet())
    }

    /// The next number of 64 bits.
    pub fn number(&mut self) -> u64 {
        u64::from_be_bytes(self.octets())
    }

    /// A number below `bound` (slightly uneven for huge bounds, which tests do not mind).
    ///
    /// # Panics
    ///
    /// If `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        assert!(bound > 0, "there is no number below 0");
        self.number() % bound
    }

    /// True in `permille` of 1,000 cases.
    pub fn chance(&mut self, permille: u64) -> bool {
        self.below(1_000) < permille
    }

    /// One of the items.
    ///
    /// # Panics
    ///
    /// If there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let index = self.below(items.len() as u64);
        &items[usize::try_from(index).expect("an index of a slice")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seed_and_label_give_equal_numbers() {
        let draw = |seed, label| -> Vec<u64> {
            let mut rng = Rng::new(seed, label);
            (0..100).map(|_| rng.number()).collect()
        };
        assert_eq!(draw(1, "a"), draw(1, "a"));
        assert_ne!(draw(1, "a"), draw(2, "a"));
        assert_ne!(draw(1, "a"), draw(1, "b"));
    }

    #[test]
    fn every_number_below_the_bound_comes_up() {
        let mut rng = Rng::new(7, "below");
        let mut seen = [false; 10];
        for _ in 0..500 {
            seen[usize::try_from(rng.below(10)).unwrap()] = true;
        }
        assert_eq!(seen, [true; 10]);
    }
}
