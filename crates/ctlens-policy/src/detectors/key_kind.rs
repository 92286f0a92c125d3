//! A kind of key that an asset never had before.

use super::alert::{Alert, AlertEvidence, Draft, History};
use super::event::StreamEvent;
use super::generations::Seed;
use super::limits::DetectorLimits;
use super::novelty::Novelty;
use crate::cause::Cause;
use ctlens_lint::{Level, RuleId};
use serde::{Deserialize, Serialize};

pub(super) const RULE: RuleId = RuleId::from_static("stream.new_key_kind");

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct KeyKinds(Novelty);

impl KeyKinds {
    pub(super) fn new(limits: &DetectorLimits) -> Self {
        Self(Novelty::new(limits.entries))
    }

    pub(super) fn observe(&mut self, event: &StreamEvent, seed: Seed, alerts: &mut Vec<Alert>) {
        for (index, asset) in event.assets.iter().enumerate() {
            let (id, key_kind) = (asset.asset.as_bytes(), &event.key_kind);
            let known = self.0.note(seed.key([id]), seed.key([id, key_kind.as_bytes()]), event.timestamp_ms);
            // An asset's first key is of some kind.
            let Some(known_kinds @ 1..) = known else { continue };
            let draft = Draft {
                rule: RULE,
                level: Level::Warning,
                cause: Cause::Anomaly,
                explanation: format!("asset {} has a key of the kind {key_kind} for the first time", asset.asset),
                evidence: AlertEvidence::NewKeyKind { key_kind: key_kind.clone(), known_kinds },
                history: self.history(),
            };
            alerts.push(draft.about_asset(event, index));
        }
    }

    pub(super) fn history(&self) -> History {
        self.0.history()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.0.heap_bytes()
    }

    pub(super) fn most_heap_bytes(limits: &DetectorLimits) -> usize {
        Novelty::most_heap_bytes(limits.entries)
    }
}
