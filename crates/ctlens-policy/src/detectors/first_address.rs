//! An issuer that never issued for an address before.

use super::alert::{Alert, AlertEvidence, Draft, History};
use super::event::StreamEvent;
use super::generations::{self, Generations, Seed};
use super::limits::DetectorLimits;
use crate::cause::Cause;
use crate::hash::Sha256Hash;
use ctlens_lint::{Level, RuleId};
use serde::{Deserialize, Serialize};

pub(super) const RULE: RuleId = RuleId::from_static("stream.first_address");

/// So many certificates without an address make it unusual that one has.
const MANY: u64 = 32;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct FirstAddresses {
    /// For each issuer how many certificates had none, until one has.
    issuers: Generations<Before>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Before {
    certificates: u64,
    has_address: bool,
}

impl FirstAddresses {
    pub(super) fn new(limits: &DetectorLimits) -> Self {
        Self { issuers: Generations::new(limits.entries) }
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
        let key = seed.key([&issuer.0]);
        let has_address = event.first_address.is_some();
        let before = match self.issuers.get_mut(&key, event.timestamp_ms) {
            Some(known) => {
                let before = *known;
                known.has_address |= has_address;
                known.certificates = known.certificates.saturating_add(u64::from(!known.has_address));
                before
            }
            None => {
                let known = Before { certificates: u64::from(!has_address), has_address };
                self.issuers.insert(key, known, event.timestamp_ms);
                Before { certificates: 0, has_address: false }
            }
        };
        let (Some(address), false) = (&event.first_address, before.has_address) else { return };
        let certificates_before = before.certificates;
        let after = match certificates_before {
            0 => "nothing else of it is known".to_owned(),
            1 => "one certificate before had none".to_owned(),
            before => format!("{before} certificates before had none"),
        };
        let draft = Draft {
            rule: RULE,
            level: if certificates_before < MANY { Level::Notice } else { Level::Warning },
            cause: Cause::Anomaly,
            explanation: format!(
                "the key {}… has issued for an address ({address}) for the first time: {after}",
                issuer.short()
            ),
            evidence: AlertEvidence::FirstAddress { address: address.clone(), certificates_before },
            history: self.history().and(copies),
        };
        alerts.push(draft.about(event, ""));
    }

    pub(super) fn history(&self) -> History {
        self.issuers.history()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.issuers.heap_bytes(|_| 0)
    }

    pub(super) fn most_heap_bytes(limits: &DetectorLimits) -> usize {
        generations::most_heap_bytes::<Before>(limits.entries, 0)
    }
}
