//! Somebody else's names beside an asset, never seen beside it before.

use super::alert::{Alert, AlertEvidence, Draft, History};
use super::event::StreamEvent;
use super::generations::{self, Generations, Seed};
use super::limits::DetectorLimits;
use crate::cause::Cause;
use ctlens_lint::{Level, RuleId};
use serde::{Deserialize, Serialize};

pub(super) const RULE: RuleId = RuleId::from_static("stream.new_co_names");

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct CoNames {
    /// Of an asset and a name.
    pairs: Generations<()>,
}

impl CoNames {
    pub(super) fn new(limits: &DetectorLimits) -> Self {
        Self { pairs: Generations::new(limits.entries) }
    }

    pub(super) fn observe(&mut self, event: &StreamEvent, seed: Seed, alerts: &mut Vec<Alert>) {
        for (index, asset) in event.assets.iter().enumerate() {
            let mut names = Vec::new();
            let mut more = 0_usize;
            for name in &event.foreign_names {
                let pair = seed.key([asset.asset.as_bytes(), name.as_bytes()]);
                if self.pairs.get_mut(&pair, event.timestamp_ms).is_some() {
                    continue;
                }
                self.pairs.insert(pair, (), event.timestamp_ms);
                if names.len() < AlertEvidence::MOST_NAMES {
                    names.push(name.clone());
                } else {
                    more = more.saturating_add(1);
                }
            }
            if names.is_empty() {
                continue;
            }
            let more = more.saturating_add(event.left_out);
            let draft = Draft {
                rule: RULE,
                level: Level::Warning,
                cause: Cause::Anomaly,
                explanation: format!(
                    "asset {} is in one certificate with {} for the first time",
                    asset.asset,
                    listed(&names, more)
                ),
                evidence: AlertEvidence::NewCoNames { names, more },
                history: self.history(),
            };
            alerts.push(draft.about_asset(event, index));
        }
    }

    pub(super) fn history(&self) -> History {
        self.pairs.history()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.pairs.heap_bytes(|()| 0)
    }

    pub(super) fn most_heap_bytes(limits: &DetectorLimits) -> usize {
        generations::most_heap_bytes::<()>(limits.entries, 0)
    }
}

/// Names that are not the policy's in a sentence.
pub(super) fn listed(names: &[String], more: usize) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    match more {
        0 => quoted.join(", "),
        more => format!("{} and {more} more", quoted.join(", ")),
    }
}
