//! Two certificates of one issuer with one serial number.

use super::alert::{Alert, AlertEvidence, Draft, History};
use super::event::StreamEvent;
use super::generations::{self, Generations, Seed};
use super::limits::DetectorLimits;
use crate::cause::Cause;
use crate::hash::Sha256Hash;
use ctlens_lint::{Level, RuleId};
use serde::{Deserialize, Serialize};

pub(super) const RULE: RuleId = RuleId::from_static("stream.duplicate_serial");

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Serials {
    by_issuer_and_serial: Generations<First>,
}

/// The certificate that had it first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct First {
    tbs_sha256: Sha256Hash,
    is_folded: bool,
}

impl Serials {
    pub(super) fn new(limits: &DetectorLimits) -> Self {
        Self { by_issuer_and_serial: Generations::new(limits.entries) }
    }

    /// RFC 5280 §4.1.2.2: the serial number "MUST be unique for each certificate issued by a given CA". A precertificate has
    /// that of its certificate (RFC 6962 §3.1), and is one with it by its TBS hash.
    pub(super) fn observe(&mut self, event: &StreamEvent, issuer: Sha256Hash, seed: Seed, alerts: &mut Vec<Alert>) {
        let key = seed.key([&issuer.0, event.serial.as_bytes()]);
        let this = First { tbs_sha256: event.tbs_sha256, is_folded: event.is_folded };
        let Some(&mut first) = self.by_issuer_and_serial.get_mut(&key, event.timestamp_ms) else {
            self.by_issuer_and_serial.insert(key, this, event.timestamp_ms);
            return;
        };
        if first.tbs_sha256 == event.tbs_sha256 {
            return;
        }
        let may_be_one = !(first.is_folded && this.is_folded);
        let (serial, other) = (&event.serial, first.tbs_sha256);
        let doubt =
            if may_be_one { ", unless one is the other's precertificate, which cannot be told of these" } else { "" };
        let draft = Draft {
            rule: RULE,
            level: if may_be_one { Level::Warning } else { Level::Error },
            cause: Cause::ProfileViolation,
            explanation: format!(
                "the key {}… has issued two certificates with the serial number {serial}, this and {}…{doubt}",
                issuer.short(),
                other.short()
            ),
            evidence: AlertEvidence::DuplicateSerial { serial: serial.clone(), other_tbs_sha256: other, may_be_one },
            // What is forgotten is a repetition that is missed, and none that is made up.
            history: self.history(),
        };
        alerts.push(draft.about(event, serial));
    }

    pub(super) fn history(&self) -> History {
        self.by_issuer_and_serial.history()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.by_issuer_and_serial.heap_bytes(|_| 0)
    }

    pub(super) fn most_heap_bytes(limits: &DetectorLimits) -> usize {
        generations::most_heap_bytes::<First>(limits.entries, 0)
    }
}
