//! Serial numbers of an issuer that cannot hold 64 random bits.
//!
//! BR §7.1.2.7: a serial number contains at least 64 bits from a CSPRNG. One certificate never shows whether it does (a rule
//! that tried was wrong for one in 256); a population of them does. Taken for granted is that the random bits stand at the
//! same places, counted from the end, in all of [`SAMPLE`] consecutive serial numbers. What else is in them (a time, a
//! counter, zeros) does not matter.
//!
//! A bit is *biased* if it, or its exclusive or with the same bit of the serial number one, two or four before, is the same in
//! three quarters of the sample. So are constants, the upper bits of times, and all bits of a counter. Of what is left, the
//! affine rank over GF(2) says how many bits are independent: a copy of a bit adds nothing. Fewer than 64 are an alert.
//!
//! How often that is wrong: for a bit that is random, each of the four series is one of n ≥ 252 fair coins, so that by
//! Hoeffding's inequality it strays by a quarter with a probability of at most 2·exp(-2·(n/4)²/n) = 2·exp(-n/8) < 4.2e-14; 64
//! bits with four series each: below 1.1e-11. 64 random bits have a lower rank in 255 differences with a probability below
//! 2^64 · 2^-255. Together less than one false alert in 9e10 samples, that is in 2.3e13 certificates.
//!
//! What it does not see: numbers that only look random, such as the hash of a counter.

use super::alert::{Alert, AlertEvidence, Draft, History};
use super::event::StreamEvent;
use super::generations::{self, Generations, Seed};
use super::limits::DetectorLimits;
use crate::cause::Cause;
use crate::hash::Sha256Hash;
use ctlens_lint::{Level, RuleId};
use serde::{Deserialize, Serialize};

pub(super) const RULE: RuleId = RuleId::from_static("stream.serial_entropy");

/// Serial numbers in a sample.
const SAMPLE: usize = 256;
/// RFC 5280 §4.1.2.2: at most so many octets.
const OCTETS: usize = 20;
const BITS: usize = 160;
/// BR §7.1.2.7.
const RANDOM_BITS: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Populations {
    issuers: Generations<Population>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Population {
    serials: Vec<[u8; OCTETS]>,
    /// Whether the sample before this one had too few: that was said, and stays true until one has enough.
    was_low: bool,
}

impl Populations {
    pub(super) fn new(limits: &DetectorLimits) -> Self {
        Self { issuers: Generations::new(Self::entries(limits)) }
    }

    fn entries(limits: &DetectorLimits) -> usize {
        limits.entries / SAMPLE
    }

    /// `copies`: of the table that tells copies, which are counted once more where it has forgotten the first.
    pub(super) fn observe(
        &mut self,
        event: &StreamEvent,
        issuer: Sha256Hash,
        seed: Seed,
        copies: History,
        alerts: &mut Vec<Alert>,
    ) {
        let Some(serial) = last_octets(event.serial_octets()) else { return };
        let key = seed.key([&issuer.0]);
        let Some(population) = self.issuers.get_mut(&key, event.timestamp_ms) else {
            self.issuers.insert(key, Population { serials: vec![serial], was_low: false }, event.timestamp_ms);
            return;
        };
        population.serials.push(serial);
        if population.serials.len() < SAMPLE {
            return;
        }
        let random_bits = random_bits(&population.serials);
        population.serials.clear();
        let is_low = random_bits < RANDOM_BITS;
        let was_low = std::mem::replace(&mut population.was_low, is_low);
        if !is_low || was_low {
            return;
        }
        let draft = Draft {
            rule: RULE,
            level: Level::Warning,
            cause: Cause::ProfileViolation,
            explanation: format!(
                "of the bits of the last {SAMPLE} serial numbers of the key {}… only {random_bits} can be random, where \
                 {RANDOM_BITS} have to be",
                issuer.short()
            ),
            evidence: AlertEvidence::SerialEntropy { serials: SAMPLE, random_bits },
            history: self.history().and(copies),
        };
        alerts.push(draft.about(event, &issuer.to_string()));
    }

    pub(super) fn history(&self) -> History {
        self.issuers.history()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.issuers.heap_bytes(|population| population.serials.capacity().saturating_mul(OCTETS))
    }

    pub(super) fn most_heap_bytes(limits: &DetectorLimits) -> usize {
        generations::most_heap_bytes::<Population>(Self::entries(limits), SAMPLE.saturating_mul(OCTETS))
    }
}

/// The number in as many octets as serial numbers have at most; `None` where it is larger.
fn last_octets(octets: impl DoubleEndedIterator<Item = u8>) -> Option<[u8; OCTETS]> {
    let mut serial = [0; OCTETS];
    let mut places = serial.iter_mut();
    for octet in octets.rev() {
        match places.next() {
            Some(place) => *place = octet,
            None if octet == 0 => {}
            None => return None,
        }
    }
    Some(serial)
}

/// The bits of a serial number, the last one first.
type Bits = [u64; BITS.div_ceil(64)];

fn bits(serial: &[u8; OCTETS]) -> Bits {
    let (words, rest) = serial.as_chunks::<8>();
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(octet, rest)| *octet = *rest);
    let mut words = words.iter().chain([&last]);
    std::array::from_fn(|_| words.next().map_or(0, |word| u64::from_le_bytes(*word)))
}

/// How many bits are not biased, and independent.
fn random_bits(serials: &[[u8; OCTETS]]) -> usize {
    let serials: Vec<Bits> = serials.iter().map(bits).collect();
    let mut unbiased: Bits = [u64::MAX; 3];
    for lag in [0, 1, 2, 4] {
        let changes = serials.iter().zip(serials.get(lag..).unwrap_or_default());
        let series = changes.map(|(one, other)| if lag == 0 { *one } else { xor(one, other) });
        let fair = not_biased(series, serials.len().saturating_sub(lag));
        unbiased.iter_mut().zip(fair).for_each(|(bits, fair)| *bits &= fair);
    }
    let Some(first) = serials.first() else { return 0 };
    let mut basis: Vec<Bits> = Vec::new();
    for serial in serials.iter().skip(1) {
        let mut difference = xor(serial, first);
        difference.iter_mut().zip(unbiased).for_each(|(bits, unbiased)| *bits &= unbiased);
        // A member has none of the first bits of those before it.
        for member in &basis {
            if first_bit(member).is_some_and(|bit| has(&difference, bit)) {
                difference = xor(&difference, member);
            }
        }
        if first_bit(&difference).is_some() {
            basis.push(difference);
        }
    }
    basis.len()
}

/// The bits that are set in more than a quarter and less than three quarters of a series.
fn not_biased(series: impl Iterator<Item = Bits>, length: usize) -> Bits {
    let mut ones = [0_usize; BITS];
    for bits in series {
        for (word, start) in bits.iter().zip((0_usize..).step_by(64)) {
            let mut word = *word;
            while word != 0 {
                let bit = start.saturating_add(word.trailing_zeros() as usize);
                if let Some(ones) = ones.get_mut(bit) {
                    *ones = ones.saturating_add(1);
                }
                word &= word.wrapping_sub(1);
            }
        }
    }
    let quarter = length / 4;
    let mut fair: Bits = [0; 3];
    for (bit, ones) in ones.into_iter().enumerate() {
        let is_fair = ones > quarter && length.saturating_sub(ones) > quarter;
        if let Some(word) = fair.get_mut(bit / 64) {
            *word |= u64::from(is_fair) << (bit % 64);
        }
    }
    fair
}

fn xor(one: &Bits, other: &Bits) -> Bits {
    let [a, b, c] = *one;
    let [d, e, f] = *other;
    [a ^ d, b ^ e, c ^ f]
}

fn first_bit(bits: &Bits) -> Option<usize> {
    let (word, at) = bits.iter().zip((0_usize..).step_by(64)).find(|(word, _)| **word != 0)?;
    Some(at.saturating_add(word.trailing_zeros() as usize))
}

fn has(bits: &Bits, bit: usize) -> bool {
    bits.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctlens_testkit::Rng;

    fn sample(seed: u64, serial: impl Fn(&mut Rng, u64) -> Vec<u8>) -> usize {
        let mut rng = Rng::new(seed, "serials");
        let serials: Vec<_> =
            (0..256).map(|n| last_octets(serial(&mut rng, n).into_iter()).expect("at most 20 octets")).collect();
        random_bits(&serials)
    }

    #[test]
    fn kinds_of_serial_numbers() {
        let counter = |n: u64| n.to_be_bytes();
        // The incident's: 64 bits that look random, 32 zeros, 32 bits of a counter that rises by a few thousands.
        let fina = |rng: &mut Rng, n: u64| {
            let counter = (0x5fc7_c672 + n * 4_391 + rng.below(3_000)).to_be_bytes();
            [&[0][..], &rng.octets::<8>(), &[0; 4], &counter[4..]].concat()
        };
        assert!((64..96).contains(&sample(1, fina)));
        assert_eq!(sample(1, |rng, _| rng.octets::<8>().to_vec()), 64);
        assert_eq!(sample(1, |rng, _| rng.octets::<16>().to_vec()), 128);
        assert_eq!(sample(1, |rng, _| rng.octets::<20>().to_vec()), 160);
        // Random bits, and a counter behind or before them.
        assert_eq!(sample(1, |rng, n| [&rng.octets::<8>()[..], &counter(n)].concat()), 64);
        assert_eq!(sample(1, |rng, n| [&counter(n)[..], &rng.octets::<8>()].concat()), 64);

        // 2019: the first bit of 64 was always zero.
        assert_eq!(sample(1, |rng, _| (rng.number() >> 1).to_be_bytes().to_vec()), 63);
        assert_eq!(sample(1, |rng, _| rng.octets::<4>().to_vec()), 32);
        assert_eq!(sample(1, |_, n| counter(n).to_vec()), 0);
        assert_eq!(sample(1, |_, n| counter(1_000_000 + 256 * n).to_vec()), 0);
        // Milliseconds.
        assert!(sample(1, |rng, n| counter(1_770_000_000_000 + 60_000 * n + rng.below(60_000)).to_vec()) < 24);
        // The same bits twice.
        assert_eq!(sample(1, |rng, _| rng.octets::<5>().repeat(2)), 40);
        // Half of the bits say nothing that the others do not: each is the exclusive or of two of them.
        let derived = |rng: &mut Rng, _| {
            let half = rng.number() >> 16;
            [&half.to_be_bytes()[..], &(half ^ half << 1).to_be_bytes()].concat()
        };
        assert_eq!(sample(1, derived), 48);
        assert_eq!(sample(1, |_, _| vec![7]), 0);
    }

    /// 64 random bits at any places of a serial number are enough, whatever is at the others.
    #[test]
    fn no_false_alert() {
        for seed in 0..300 {
            let mut rng = Rng::new(seed, "places");
            let offset = usize::try_from(rng.below(12)).unwrap();
            let rest: [u8; 12] = rng.octets();
            let serial = |rng: &mut Rng, _| [&rest[..offset], &rng.octets::<8>(), &rest[offset..]].concat();
            assert_eq!(sample(seed, serial), 64, "{seed}");
        }
    }

    #[test]
    fn numbers_and_their_octets() {
        assert_eq!(last_octets([1, 2].into_iter()).map(|octets| octets[..3].to_vec()), Some(vec![2, 1, 0]));
        assert!(last_octets([0; 30].into_iter()).is_some());
        assert_eq!(last_octets([1; 21].into_iter()), None);
        let mut serial = [0; OCTETS];
        serial[19] = 0x80;
        serial[0] = 1;
        assert_eq!(bits(&serial), [1, 0, 1 << 31]);
    }
}
