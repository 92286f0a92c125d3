//! What no single certificate shows: detectors over the stream of issuances, in bounded memory.

mod alert;
mod burst;
mod co_names;
mod event;
mod first_address;
mod first_issuer;
mod generations;
mod key_kind;
mod levels;
mod limits;
mod line;
mod novelty;
mod repeated_serial;
mod serial_entropy;
mod subject_keys;

pub use alert::{Alert, AlertEvidence, History};
pub use event::{EventAsset, StreamEvent};
pub(crate) use levels::{StreamRule, stream_rules};
pub use limits::DetectorLimits;

use burst::Bursts;
use co_names::CoNames;
use first_address::FirstAddresses;
use first_issuer::FirstIssuers;
use generations::{Generations, Seed};
use key_kind::KeyKinds;
use repeated_serial::Serials;
use serde::{Deserialize, Deserializer, Serialize};
use serial_entropy::Populations;
use subject_keys::SubjectKeys;

/// Watches issuances go by, and says what is new, too much, or cannot be.
///
/// Holds what it has seen in tables of bounded size. A table that is full forgets what it has not met for the longest time;
/// each [`Alert`] says how much its detector has forgotten, so that a "first" is never more than it can be. The same events
/// in the same order give the same alerts, whatever the seed is.
///
/// It is its own snapshot: serialised (as JSON, or as anything else that serde writes) and read back, it goes on as if
/// nothing had been. Who may write a snapshot may make the detectors silent; and with the seed in it, it should be read by
/// nobody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detectors {
    #[serde(deserialize_with = "known_version")]
    version: u32,
    seed: Seed,
    events: u64,
    copies: u64,
    unattributed: u64,
    /// The TBS certificates that were seen, and whether their issuer was certain.
    seen: Generations<bool>,
    first_issuers: FirstIssuers,
    first_addresses: FirstAddresses,
    bursts: Bursts,
    co_names: CoNames,
    key_kinds: KeyKinds,
    serials: Serials,
    populations: Populations,
    subject_keys: SubjectKeys,
}

/// Of the snapshot's form.
const VERSION: u32 = 1;

fn known_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        VERSION => Ok(VERSION),
        other => Err(serde::de::Error::custom(format_args!("snapshot of version {other}: expected {VERSION}"))),
    }
}

impl Detectors {
    /// Detectors that have seen nothing. The seed is mixed into the keys of all tables: who knows it can choose certificates
    /// that make them slow, so that it should be random. It changes no alert.
    #[must_use]
    pub fn new(limits: &DetectorLimits, seed: u64) -> Self {
        Self {
            version: VERSION,
            seed: Seed(seed),
            events: 0,
            copies: 0,
            unattributed: 0,
            seen: Generations::new(limits.entries),
            first_issuers: FirstIssuers::new(limits),
            first_addresses: FirstAddresses::new(limits),
            bursts: Bursts::new(limits),
            co_names: CoNames::new(limits),
            key_kinds: KeyKinds::new(limits),
            serials: Serials::new(limits),
            populations: Populations::new(limits),
            subject_keys: SubjectKeys::new(limits),
        }
    }

    /// Takes an issuance, in the order in which they come.
    ///
    /// A copy of one that was seen (same TBS: a certificate after its precertificate, another log) says nothing new, unless it
    /// comes with an issuer that was not certain before: then the detectors that go by the issuer look at it.
    pub fn observe(&mut self, event: &StreamEvent) -> Vec<Alert> {
        let mut alerts = Vec::new();
        let key = self.seed.key([&event.tbs_sha256.0]);
        let known = match self.seen.get_mut(&key, event.timestamp_ms) {
            Some(known) => Some(std::mem::replace(known, *known || event.issuer.is_some())),
            None => {
                self.seen.insert(key, event.issuer.is_some(), event.timestamp_ms);
                None
            }
        };
        if known.is_some_and(|attributed| attributed || event.issuer.is_none()) {
            self.copies = self.copies.saturating_add(1);
            return alerts;
        }
        let copies = self.seen.history();
        if known.is_none() {
            self.events = self.events.saturating_add(1);
            self.bursts.observe(event, self.seed, copies, &mut alerts);
            self.co_names.observe(event, self.seed, &mut alerts);
            self.key_kinds.observe(event, self.seed, &mut alerts);
            self.subject_keys.observe(event, self.seed, &mut alerts);
        }
        let Some(issuer) = event.issuer else {
            self.unattributed = self.unattributed.saturating_add(1);
            return alerts;
        };
        if known.is_some() {
            self.unattributed = self.unattributed.saturating_sub(1);
        }
        self.first_issuers.observe(event, issuer, self.seed, &mut alerts);
        self.first_addresses.observe(event, issuer, self.seed, copies, &mut alerts);
        self.serials.observe(event, issuer, self.seed, &mut alerts);
        self.populations.observe(event, issuer, self.seed, copies, &mut alerts);
        alerts
    }

    /// How many issuances were taken, each once as long as it is remembered.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// How many copies of them were passed over.
    #[must_use]
    pub fn copies(&self) -> u64 {
        self.copies
    }

    /// How many of the issuances have no certain issuer: first issuers, first addresses, serial numbers and their populations
    /// were not asked of them.
    #[must_use]
    pub fn unattributed(&self) -> u64 {
        self.unattributed
    }

    /// What all tables together have forgotten, and since when each of them is complete. Of what was forgotten, repetitions
    /// are missed, and copies are taken for issuances.
    #[must_use]
    pub fn history(&self) -> History {
        let histories = [
            self.seen.history(),
            self.first_issuers.history(),
            self.first_addresses.history(),
            self.bursts.history(),
            self.co_names.history(),
            self.key_kinds.history(),
            self.serials.history(),
            self.populations.history(),
            self.subject_keys.history(),
        ];
        histories.into_iter().fold(History::default(), History::and)
    }

    /// The memory that the tables hold, in octets. At most [`DetectorLimits::most_heap_bytes`].
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let tables = [
            self.seen.heap_bytes(|_| 0),
            self.first_issuers.heap_bytes(),
            self.first_addresses.heap_bytes(),
            self.bursts.heap_bytes(),
            self.co_names.heap_bytes(),
            self.key_kinds.heap_bytes(),
            self.serials.heap_bytes(),
            self.populations.heap_bytes(),
            self.subject_keys.heap_bytes(),
        ];
        tables.into_iter().fold(0, usize::saturating_add)
    }
}
