use crate::id::{LogId, ParseLogIdError};
use crate::key::{self, KeyError, LogKey};
use crate::log::{Log, LogStatus};
use crate::time::{ParseTimeError, UnixMillis};
use alloc::collections::BTreeMap;
use alloc::collections::btree_map::Entry;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

/// The logs that somebody knows, by id.
///
/// An entry that cannot be used stands under [`rejected`](Self::rejected) and takes nothing else with it.
#[derive(Debug, Clone, Default)]
pub struct LogList {
    logs: Vec<Log>,
    by_id: BTreeMap<LogId, usize>,
    rejected: Vec<RejectedLog>,
    pub(crate) version: Option<String>,
    pub(crate) timestamp: Option<UnixMillis>,
}

impl LogList {
    /// A list of these logs. [Mimics](crate::MIMIC_LOG_IDS) are rejected, and so is the second log with the same key.
    #[must_use]
    pub fn from_logs(logs: impl IntoIterator<Item = Log>) -> Self {
        let mut list = Self::default();
        logs.into_iter().for_each(|log| list.add(log, None));
        list
    }

    /// A list of bare keys, each a SubjectPublicKeyInfo in DER. Those that no log can have are rejected.
    #[must_use]
    pub fn from_keys<K: AsRef<[u8]>>(spki_ders: impl IntoIterator<Item = K>) -> Self {
        let mut list = Self::default();
        for der in spki_ders {
            match LogKey::from_spki_der(der.as_ref()) {
                Ok(key) => list.add(Log::new(key), None),
                Err(error) => list.reject(RejectedLog {
                    id: Some(key::log_id(der.as_ref())),
                    description: None,
                    operator: None,
                    offset: None,
                    reason: RejectReason::Key(error),
                }),
            }
        }
        list
    }

    /// The good logs, in the order of the list.
    #[must_use]
    pub fn logs(&self) -> &[Log] {
        &self.logs
    }

    /// The entries that cannot be used, in the order of the list.
    #[must_use]
    pub fn rejected(&self) -> &[RejectedLog] {
        &self.rejected
    }

    /// The log with this id.
    #[inline]
    #[must_use]
    pub fn get(&self, id: &LogId) -> Option<&Log> {
        self.by_id.get(id).and_then(|index| self.logs.get(*index))
    }

    /// The first rejected entry that claims this id.
    #[must_use]
    pub fn get_rejected(&self, id: &LogId) -> Option<&RejectedLog> {
        self.rejected.iter().find(|rejected| rejected.id.as_ref() == Some(id))
    }

    /// The version of a published list, such as `89.25`.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// When a published list was made.
    #[must_use]
    pub fn timestamp(&self) -> Option<UnixMillis> {
        self.timestamp
    }

    /// How old a published list is at `now`: `None` where it does not say when it was made, zero where that is still to
    /// come.
    #[must_use]
    pub fn age_at(&self, now: UnixMillis) -> Option<Duration> {
        self.timestamp.map(|timestamp| Duration::from_millis(now.0.saturating_sub(timestamp.0)))
    }

    /// The logs that are accepted at `time`, as far as the list says (see [`Log::status_at`]): qualified, usable or
    /// read-only.
    pub fn live_at(&self, time: UnixMillis) -> impl Iterator<Item = &Log> {
        self.logs.iter().filter(move |log| log.status_at(time).is_some_and(LogStatus::is_live))
    }

    /// The logs into which a certificate with this notAfter belongs, whatever their state.
    pub fn taking(&self, not_after: UnixMillis) -> impl Iterator<Item = &Log> {
        self.logs.iter().filter(move |log| log.takes(not_after))
    }

    pub(crate) fn add(&mut self, log: Log, offset: Option<usize>) {
        let id = log.id();
        let reason = match self.by_id.entry(id) {
            _ if id.is_mimic() => RejectReason::Mimic,
            Entry::Occupied(_) => RejectReason::Duplicate,
            Entry::Vacant(place) => {
                place.insert(self.logs.len());
                self.logs.push(log);
                return;
            }
        };
        self.reject(RejectedLog { id: Some(id), description: log.description, operator: log.operator, offset, reason });
    }

    pub(crate) fn reject(&mut self, rejected: RejectedLog) {
        self.rejected.push(rejected);
    }
}

/// An entry of a list that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RejectedLog {
    /// The id that the entry claims.
    pub id: Option<LogId>,
    /// Its name for people.
    pub description: Option<String>,
    /// Under which operator it stands.
    pub operator: Option<String>,
    /// Where the entry begins in the list's bytes.
    pub offset: Option<usize>,
    /// Why.
    pub reason: RejectReason,
}

/// Why an entry of a list cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RejectReason {
    /// One of the [mimic logs](crate::MIMIC_LOG_IDS).
    #[error("a mimic log: its private key is published, so anybody can sign in its name")]
    Mimic,
    /// A log with the same key stands further up.
    #[error("a log with the same key stands further up in the list")]
    Duplicate,
    /// Not a key that a log can have.
    #[error("key: {0}")]
    Key(#[from] KeyError),
    /// The key is not base64.
    #[error("the key is not base64")]
    KeyEncoding,
    /// The id is not 32 octets in base64.
    #[error("log_id: {0}")]
    LogId(#[from] ParseLogIdError),
    /// The id is not the hash of the key.
    #[error("the key's hash is {computed}, not the log_id of the list")]
    IdMismatch {
        /// SHA-256 of the key.
        computed: LogId,
    },
    /// A field that every log of its kind has is not there.
    #[error("{field} is missing")]
    Missing {
        /// Its name.
        field: &'static str,
    },
    /// A time that is not RFC 3339.
    #[error("{field}: {error}")]
    Time {
        /// The field's name.
        field: &'static str,
        /// What is wrong with it.
        error: ParseTimeError,
    },
    /// The temporal interval ends before it begins, or is empty.
    #[error("the temporal interval from {start} to {end} is empty")]
    Interval {
        /// `start_inclusive`.
        start: UnixMillis,
        /// `end_exclusive`.
        end: UnixMillis,
    },
    /// More than one state, in an order that no log goes through.
    #[error("{count} states that contradict each other")]
    States {
        /// How many.
        count: usize,
    },
    /// The root hash of the final tree head is not 32 octets in base64.
    #[error("final_tree_head.sha256_root_hash is not 32 octets in base64")]
    RootHash,
    /// JSON of another shape than the schema's.
    #[error("not the schema's structure at offset {offset}")]
    Structure {
        /// Where, in octets from the beginning of the list.
        offset: usize,
    },
}
