use crate::id::LogId;
use crate::key::LogKey;
use crate::list::{LogList, RejectReason, RejectedLog};
#[cfg(feature = "rsa")]
use crate::list_key::ListKey;
use crate::log::{FinalTreeHead, Log, LogKind, LogState, LogStatus, LogType, PreviousOperator, TemporalInterval};
use crate::time::{ParseTimeError, UnixMillis};
use crate::verify::VerifyError;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use base64ct::{Base64, Encoding};
use core::time::Duration;
use serde::Deserialize;
use serde_json::value::RawValue;

impl LogList {
    /// Reads a list of Chrome's schema, version 3 (`log_list.json`, `all_logs_list.json`), and its relatives: Apple's
    /// `current_log_list.json` (schema version 5, no timestamp), and what others publish in the same form about Mozilla's
    /// logs, those for BIMI, or all logs that there ever were.
    ///
    /// Unknown fields, empty arrays and logs without a state are normal; an `mmd` of 0 is one that is not known. Where a
    /// log has several states, as in the list of Mozilla's logs, they are its history, if they follow each other as
    /// states of a log can; the last is the present one. An entry that is not as the schema wants it, a
    /// log whose id is not the hash of its key, a mimic: each is one element of [`rejected`](Self::rejected), and so is
    /// an operator, or one of its two arrays, that cannot be read at all.
    ///
    /// The list's signature is not checked here.
    ///
    /// # Errors
    /// Only what makes the whole list unreadable: see [`ListError`].
    pub fn from_chrome_v3(json: &[u8]) -> Result<Self, ListError> {
        let text = core::str::from_utf8(json).map_err(|error| ListError::NotUtf8 { offset: error.valid_up_to() })?;
        let wire: WireList<'_> = serde_json::from_str(text)
            .map_err(|error| ListError::Json { line: error.line(), column: error.column() })?;
        if wire.logs.is_some() {
            return Err(ListError::Version1);
        }
        let timestamp = wire.log_list_timestamp.map(|text| text.parse()).transpose().map_err(ListError::Timestamp)?;
        let mut list = Self::default();
        list.version = wire.version;
        list.timestamp = timestamp;
        for operator in wire.operators.ok_or(ListError::Missing { field: "operators" })? {
            list.add_operator(text, operator);
        }
        Ok(list)
    }

    /// The same for a list with a detached signature, such as Chrome's: nothing is read before it verifies.
    ///
    /// # Errors
    /// As [`from_chrome_v3`](Self::from_chrome_v3), and [`ListError::Signature`].
    #[cfg(feature = "rsa")]
    pub fn from_signed_chrome_v3(json: &[u8], signature: &[u8], key: &ListKey) -> Result<Self, ListError> {
        key.verify(json, signature).map_err(ListError::Signature)?;
        Self::from_chrome_v3(json)
    }

    fn add_operator(&mut self, text: &str, raw: &RawValue) {
        let operator: WireOperator<'_> = match serde_json::from_str(raw.get()) {
            Ok(operator) => operator,
            Err(error) => return self.reject_entry(text, raw, None, structure(text, raw, &error)),
        };
        let name = operator.name.as_deref();
        // The schema demands `logs`. Its absence is said, so that a misspelt or renamed array is not an empty one.
        if operator.logs.is_none() {
            self.reject_entry(text, raw, name, RejectReason::Missing { field: "logs" });
        }
        for (array, tiled) in [(operator.logs, false), (operator.tiled_logs, true)] {
            let Some(array) = array else { continue };
            match serde_json::from_str::<Vec<&RawValue>>(array.get()) {
                Ok(logs) => logs.into_iter().for_each(|log| self.add_entry(text, log, name, tiled)),
                Err(error) => self.reject_entry(text, array, name, structure(text, array, &error)),
            }
        }
    }

    fn add_entry(&mut self, text: &str, raw: &RawValue, operator: Option<&str>, tiled: bool) {
        let wire: WireLog = match serde_json::from_str(raw.get()) {
            Ok(wire) => wire,
            Err(error) => return self.reject_entry(text, raw, operator, structure(text, raw, &error)),
        };
        let offset = Some(offset_in(text, raw));
        let id = wire.log_id.as_deref().and_then(|id| id.parse().ok());
        let description = wire.description.clone();
        match wire.into_log(operator, tiled) {
            Ok(log) => self.add(log, offset),
            Err(reason) => {
                let operator = operator.map(String::from);
                self.reject(RejectedLog { id, description, operator, offset, reason });
            }
        }
    }

    fn reject_entry(&mut self, text: &str, raw: &RawValue, operator: Option<&str>, reason: RejectReason) {
        self.reject(RejectedLog {
            id: None,
            description: None,
            operator: operator.map(String::from),
            offset: Some(offset_in(text, raw)),
            reason,
        });
    }
}

/// Why a whole list cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// Not UTF-8.
    #[error("not UTF-8 at offset {offset}")]
    NotUtf8 {
        /// Where, in octets.
        offset: usize,
    },
    /// Not JSON, or the outermost object is not a list's.
    #[error("not a log list in JSON, line {line}, column {column}")]
    Json {
        /// Counted from 1.
        line: usize,
        /// In octets, counted from 1.
        column: usize,
    },
    /// A field that every list has is not there.
    #[error("{field} is missing")]
    Missing {
        /// Its name.
        field: &'static str,
    },
    /// `logs` at the outermost level: the schema of 2018, which has no operators to look through.
    #[error("a list of the schema's first version")]
    Version1,
    /// `log_list_timestamp` is not a time: the age of the list is unknown.
    #[error("log_list_timestamp: {0}")]
    Timestamp(#[source] ParseTimeError),
    /// The detached signature does not verify.
    #[error("signature of the list: {0}")]
    Signature(#[source] VerifyError),
}

#[derive(Deserialize)]
struct WireList<'a> {
    version: Option<String>,
    log_list_timestamp: Option<String>,
    #[serde(borrow)]
    operators: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    logs: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireOperator<'a> {
    name: Option<String>,
    #[serde(borrow)]
    logs: Option<&'a RawValue>,
    #[serde(borrow)]
    tiled_logs: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireLog {
    description: Option<String>,
    log_id: Option<String>,
    key: Option<String>,
    url: Option<String>,
    submission_url: Option<String>,
    monitoring_url: Option<String>,
    mmd: Option<u64>,
    state: Option<BTreeMap<String, WireState>>,
    temporal_interval: Option<WireInterval>,
    previous_operators: Option<Vec<WirePreviousOperator>>,
    log_type: Option<String>,
}

#[derive(Deserialize)]
struct WireState {
    timestamp: Option<String>,
    final_tree_head: Option<WireTreeHead>,
}

#[derive(Deserialize)]
struct WireTreeHead {
    sha256_root_hash: Option<String>,
    tree_size: Option<u64>,
}

#[derive(Deserialize)]
struct WireInterval {
    start_inclusive: Option<String>,
    end_exclusive: Option<String>,
}

#[derive(Deserialize)]
struct WirePreviousOperator {
    name: Option<String>,
    end_time: Option<String>,
}

impl WireLog {
    fn into_log(self, operator: Option<&str>, tiled: bool) -> Result<Log, RejectReason> {
        let id: LogId = required("log_id", self.log_id)?.parse()?;
        if id.is_mimic() {
            return Err(RejectReason::Mimic);
        }
        let key = Base64::decode_vec(&required("key", self.key)?).map_err(|_| RejectReason::KeyEncoding)?;
        let key = LogKey::from_spki_der(&key)?;
        // RFC 6962 §3.2: the LogID is "the SHA-256 hash of the log's public key".
        if key.log_id() != id {
            return Err(RejectReason::IdMismatch { computed: key.log_id() });
        }
        let kind = if tiled {
            LogKind::Tiled {
                submission_url: required("submission_url", self.submission_url)?,
                monitoring_url: required("monitoring_url", self.monitoring_url)?,
            }
        } else {
            LogKind::Rfc6962 { url: required("url", self.url)? }
        };
        let states = self.state.map_or(Ok(States::default()), States::read)?;
        Ok(Log {
            description: self.description,
            operator: operator.map(String::from),
            previous_operators: self
                .previous_operators
                .unwrap_or_default()
                .into_iter()
                .map(WirePreviousOperator::into_previous)
                .collect::<Result<_, _>>()?,
            kind: Some(kind),
            state: states.present,
            previous_states: states.previous,
            final_tree_head: states.final_tree_head,
            temporal_interval: self.temporal_interval.map(WireInterval::into_interval).transpose()?,
            mmd: self.mmd.filter(|seconds| *seconds != 0).map(Duration::from_secs),
            log_type: self.log_type.map(|name| match name.as_str() {
                "prod" => LogType::Prod,
                "test" => LogType::Test,
                "monitoring_only" => LogType::MonitoringOnly,
                _ => LogType::Other(name),
            }),
            ..Log::new(key)
        })
    }
}

impl WireInterval {
    fn into_interval(self) -> Result<TemporalInterval, RejectReason> {
        let start = time("start_inclusive", self.start_inclusive)?;
        let end = time("end_exclusive", self.end_exclusive)?;
        if start >= end {
            return Err(RejectReason::Interval { start, end });
        }
        Ok(TemporalInterval { start, end })
    }
}

impl WirePreviousOperator {
    fn into_previous(self) -> Result<PreviousOperator, RejectReason> {
        Ok(PreviousOperator {
            name: required("previous_operators.name", self.name)?,
            end: time("previous_operators.end_time", self.end_time)?,
        })
    }
}

/// What the member `state` says; `{}` is as good as none.
#[derive(Default)]
struct States {
    present: Option<LogState>,
    previous: Vec<LogState>,
    final_tree_head: Option<FinalTreeHead>,
}

impl States {
    fn read(wire: BTreeMap<String, WireState>) -> Result<Self, RejectReason> {
        let count = wire.len();
        let mut states = Self::default();
        for (name, state) in wire {
            let since = time("state.timestamp", state.timestamp)?;
            let status = match name.as_str() {
                "pending" => LogStatus::Pending,
                "qualified" => LogStatus::Qualified,
                "usable" => LogStatus::Usable,
                "readonly" => LogStatus::ReadOnly,
                "retired" => LogStatus::Retired,
                "rejected" => LogStatus::Rejected,
                _ => LogStatus::Unrecognised,
            };
            states.previous.push(LogState { status, since });
            if let Some(head) = state.final_tree_head {
                states.final_tree_head = Some(head.read()?);
            }
        }
        // A list that says both "retired" and, later, "usable" says nothing: only the order of a log's life is a history.
        states.previous.sort_by_key(|state| (state.since, state.status));
        if !states.previous.is_sorted_by_key(|state| state.status)
            || count > 1 && states.previous.iter().any(|state| state.status == LogStatus::Unrecognised)
        {
            return Err(RejectReason::States { count });
        }
        states.present = states.previous.pop();
        Ok(states)
    }
}

impl WireTreeHead {
    fn read(self) -> Result<FinalTreeHead, RejectReason> {
        let mut root = [0; 32];
        let text = required("final_tree_head.sha256_root_hash", self.sha256_root_hash)?;
        match Base64::decode(&text, &mut root) {
            Ok(octets) if octets.len() == 32 => {}
            _ => return Err(RejectReason::RootHash),
        }
        let tree_size = required("final_tree_head.tree_size", self.tree_size)?;
        Ok(FinalTreeHead { tree_size, sha256_root_hash: root })
    }
}

fn required<T>(field: &'static str, value: Option<T>) -> Result<T, RejectReason> {
    value.ok_or(RejectReason::Missing { field })
}

fn time(field: &'static str, text: Option<String>) -> Result<UnixMillis, RejectReason> {
    required(field, text)?.parse().map_err(|error| RejectReason::Time { field, error })
}

/// serde_json counts lines and columns from the beginning of `raw`; the list's reader wants the place in the list.
fn structure(text: &str, raw: &RawValue, error: &serde_json::Error) -> RejectReason {
    let before: usize = raw.get().split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let in_raw = before.saturating_add(error.column().saturating_sub(1)).min(raw.get().len());
    RejectReason::Structure { offset: offset_in(text, raw).saturating_add(in_raw) }
}

/// Where `raw`, which was borrowed from `text`, begins in it.
fn offset_in(text: &str, raw: &RawValue) -> usize {
    raw.get().as_ptr().addr().saturating_sub(text.as_ptr().addr())
}
