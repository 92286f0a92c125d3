use super::burst::Bursts;
use super::co_names::CoNames;
use super::first_address::FirstAddresses;
use super::first_issuer::FirstIssuers;
use super::generations;
use super::key_kind::KeyKinds;
use super::repeated_serial::Serials;
use super::serial_entropy::Populations;
use super::subject_keys::SubjectKeys;

/// How much the detectors remember, and how much is too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DetectorLimits {
    /// How many entries each table holds: certificates, serial numbers, keys, pairs of an asset and an issuer, and so on; at
    /// least 2. Those with a history in each entry hold fewer, so that all take memory of the same order.
    pub entries: usize,
    /// More certificates than this for an asset
    pub burst: u16,
    /// within so many milliseconds are a burst.
    pub burst_window_ms: u64,
}

/// A million entries; more than 20 certificates for an asset in an hour.
impl Default for DetectorLimits {
    fn default() -> Self {
        Self { entries: 1 << 20, burst: 20, burst_window_ms: 3_600_000 }
    }
}

impl DetectorLimits {
    /// The defaults with another number of entries.
    #[must_use]
    pub fn with_entries(entries: usize) -> Self {
        Self { entries, ..Self::default() }
    }

    /// What the tables take at most, in octets, whatever goes by.
    #[must_use]
    pub fn most_heap_bytes(&self) -> usize {
        let tables = [
            generations::most_heap_bytes::<bool>(self.entries, 0),
            FirstIssuers::most_heap_bytes(self),
            FirstAddresses::most_heap_bytes(self),
            Bursts::most_heap_bytes(self),
            CoNames::most_heap_bytes(self),
            KeyKinds::most_heap_bytes(self),
            Serials::most_heap_bytes(self),
            Populations::most_heap_bytes(self),
            SubjectKeys::most_heap_bytes(self),
        ];
        tables.into_iter().fold(0, usize::saturating_add)
    }
}
