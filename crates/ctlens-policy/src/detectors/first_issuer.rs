//! A key that never issued for an asset before.

use super::alert::{Alert, AlertEvidence, Draft, History};
use super::event::StreamEvent;
use super::generations::Seed;
use super::limits::DetectorLimits;
use super::novelty::Novelty;
use crate::cause::Cause;
use crate::hash::Sha256Hash;
use ctlens_lint::{Level, RuleId};
use serde::{Deserialize, Serialize};

pub(super) const RULE: RuleId = RuleId::from_static("stream.first_issuer");

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct FirstIssuers(Novelty);

impl FirstIssuers {
    pub(super) fn new(limits: &DetectorLimits) -> Self {
        Self(Novelty::new(limits.entries))
    }

    pub(super) fn observe(&mut self, event: &StreamEvent, issuer: Sha256Hash, seed: Seed, alerts: &mut Vec<Alert>) {
        for (index, asset) in event.assets.iter().enumerate() {
            let id = asset.asset.as_bytes();
            let known = self.0.note(seed.key([id]), seed.key([id, &issuer.0]), event.timestamp_ms);
            let Some(known_issuers) = known else { continue };
            let others = match known_issuers {
                0 => "no other has either".to_owned(),
                1 => "one other has".to_owned(),
                known => format!("{known} others have"),
            };
            let draft = Draft {
                rule: RULE,
                level: if known_issuers == 0 { Level::Notice } else { Level::Warning },
                cause: Cause::Anomaly,
                explanation: format!(
                    "the key {}… has issued for asset {} for the first time, where {others}",
                    issuer.short(),
                    asset.asset
                ),
                evidence: AlertEvidence::FirstIssuer { known_issuers },
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
