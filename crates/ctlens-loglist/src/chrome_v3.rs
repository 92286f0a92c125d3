use crate::id::LogId;
use crate::key::LogKey;
use crate::list::{LogList, RejectReason, RejectedLog};
use crate::log::{Log, LogKind, LogState, LogStatus, LogType, PreviousOperator, TemporalInterval};
use crate::time::{ParseTimeError, UnixMillis};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use base64ct::{Base64, Encoding};
use core::time::Duration;
use serde::Deserialize;
use serde_json::value::RawValue;

impl LogList {
    /// Reads a list of Chrome's schema, version 3 (`log_list.json`, `all_logs_list.json`).
    ///
    /// Unknown fields, empty arrays and logs without a state are normal. An entry that is not as the schema wants it, a
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
            state: self.state.map_or(Ok(None), state)?,
            temporal_interval: self.temporal_interval.map(WireInterval::into_interval).transpose()?,
            mmd: self.mmd.map(Duration::from_secs),
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

/// `{}` is as good as no state.
fn state(states: BTreeMap<String, WireState>) -> Result<Option<LogState>, RejectReason> {
    let count = states.len();
    let mut states = states.into_iter();
    match (states.next(), states.next()) {
        (None, _) => Ok(None),
        (Some((name, state)), None) => {
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
            Ok(Some(LogState { status, since }))
        }
        (Some(_), Some(_)) => Err(RejectReason::States { count }),
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
