use crate::id::LogId;
use crate::key::LogKey;
use crate::time::UnixMillis;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

/// One log, as a list describes it. Only the key is always there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Log {
    /// Verifies what the log signs.
    pub key: LogKey,
    /// A name for people.
    pub description: Option<String>,
    /// Who runs the log now.
    pub operator: Option<String>,
    /// Who ran it before.
    pub previous_operators: Vec<PreviousOperator>,
    /// Protocol and addresses.
    pub kind: Option<LogKind>,
    /// The present state. Many logs of the larger lists have none.
    pub state: Option<LogState>,
    /// The states before it, oldest first. Chrome's and Apple's lists give none.
    pub previous_states: Vec<LogState>,
    /// Where the tree of a read-only log ends.
    pub final_tree_head: Option<FinalTreeHead>,
    /// The certificates that the log takes, by their notAfter.
    pub temporal_interval: Option<TemporalInterval>,
    /// Maximum merge delay (RFC 6962 §3): how long after its SCT an entry may be absent from the tree.
    pub mmd: Option<Duration>,
    /// For what the log is there, where the list says so.
    pub log_type: Option<LogType>,
}

impl Log {
    /// A log of which only the key is known.
    #[must_use]
    pub fn new(key: LogKey) -> Self {
        Self {
            key,
            description: None,
            operator: None,
            previous_operators: Vec::new(),
            kind: None,
            state: None,
            previous_states: Vec::new(),
            final_tree_head: None,
            temporal_interval: None,
            mmd: None,
            log_type: None,
        }
    }

    /// SHA-256 of the key (RFC 6962 §3.2).
    #[inline]
    #[must_use]
    pub fn id(&self) -> LogId {
        self.key.log_id()
    }

    /// Who ran the log at `time`: the previous operator that was the next to leave, or the present one. The end of an
    /// operator's time belongs to its successor.
    #[must_use]
    pub fn operator_at(&self, time: UnixMillis) -> Option<&str> {
        self.previous_operators
            .iter()
            .filter(|previous| time < previous.end)
            .min_by_key(|previous| previous.end)
            .map(|previous| previous.name.as_str())
            .or(self.operator.as_deref())
    }

    /// The status at `time`, as far as the list says: it knows the present one and since when. `None` if the list has
    /// none, or none for so early a time.
    #[must_use]
    pub fn status_at(&self, time: UnixMillis) -> Option<LogStatus> {
        self.state
            .iter()
            .chain(self.previous_states.iter().rev())
            .find(|state| state.since <= time)
            .map(|state| state.status)
    }

    /// Whether a certificate with this notAfter belongs into the log: a log without an interval takes all.
    #[must_use]
    pub fn takes(&self, not_after: UnixMillis) -> bool {
        self.temporal_interval.is_none_or(|interval| interval.contains(not_after))
    }
}

/// The last tree head of a log that takes no more entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FinalTreeHead {
    /// How many entries it has.
    pub tree_size: u64,
    /// The root of its tree (RFC 6962 §2.1).
    pub sha256_root_hash: [u8; 32],
}

/// An operator that handed the log over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousOperator {
    /// Its name.
    pub name: String,
    /// When its time ended, exclusive.
    pub end: UnixMillis,
}

/// How a log is written to and read from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogKind {
    /// The API of RFC 6962 §4.
    Rfc6962 {
        /// Its address, without `ct/v1/`.
        url: String,
    },
    /// Tiles to read (<https://c2sp.org/static-ct-api>), the API of RFC 6962 to write.
    Tiled {
        /// Where to submit, without `ct/v1/`.
        submission_url: String,
        /// Where checkpoint, tiles and issuers lie.
        monitoring_url: String,
    },
}

/// A state of a log in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogState {
    /// Which.
    pub status: LogStatus,
    /// Since when, inclusive.
    pub since: UnixMillis,
}

/// The states of Chrome's log list, whose meaning is in Chrome's log policy. Ordered as a log goes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
#[non_exhaustive]
pub enum LogStatus {
    /// Applied for, not yet accepted.
    Pending,
    /// Accepted, not yet in every client.
    Qualified,
    /// Accepted.
    Usable,
    /// Takes no more entries.
    ReadOnly,
    /// No longer trusted from a time on.
    Retired,
    /// Never trusted, or no longer.
    Rejected,
    /// A state that this version does not know. It counts for nothing.
    Unrecognised,
}

impl LogStatus {
    /// Whether it is one of the states of an accepted log: qualified, usable, read-only. Such a log is to be read, and
    /// its SCTs count.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(self, Self::Qualified | Self::Usable | Self::ReadOnly)
    }
}

impl fmt::Display for LogStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "pending",
            Self::Qualified => "qualified",
            Self::Usable => "usable",
            Self::ReadOnly => "readonly",
            Self::Retired => "retired",
            Self::Rejected => "rejected",
            Self::Unrecognised => "unrecognised",
        })
    }
}

/// Which certificates a log takes: those with `start <= notAfter < end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TemporalInterval {
    /// Inclusive.
    pub start: UnixMillis,
    /// Exclusive.
    pub end: UnixMillis,
}

impl TemporalInterval {
    /// Whether a certificate with this notAfter belongs into the log.
    #[must_use]
    pub fn contains(&self, not_after: UnixMillis) -> bool {
        self.start <= not_after && not_after < self.end
    }
}

/// For what a log is there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogType {
    /// Production.
    Prod,
    /// Tests.
    Test,
    /// Read by the list's owner, not asked for SCTs.
    MonitoringOnly,
    /// What else a list says.
    Other(String),
}
