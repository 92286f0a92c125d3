//! More certificates for an asset than are usual.

use super::alert::{Alert, AlertEvidence, Draft, History};
use super::event::StreamEvent;
use super::generations::{self, Generations, Key, Seed};
use super::limits::DetectorLimits;
use crate::cause::Cause;
use ctlens_lint::{Level, RuleId};
use serde::{Deserialize, Serialize};

pub(super) const RULE: RuleId = RuleId::from_static("stream.burst");

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bursts {
    most: usize,
    window_ms: u64,
    assets: Generations<Recent>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recent {
    /// The latest times, sorted; one more than are usual at most.
    times_ms: Vec<u64>,
    /// When it was last said that there are too many, and how many came since.
    said: Option<Said>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    at_ms: u64,
    since: u64,
}

impl Bursts {
    pub(super) fn new(limits: &DetectorLimits) -> Self {
        let assets = Generations::new(Self::entries(limits));
        Self { most: usize::from(limits.burst), window_ms: limits.burst_window_ms, assets }
    }

    fn entries(limits: &DetectorLimits) -> usize {
        limits.entries.checked_div(usize::from(limits.burst).saturating_add(1)).unwrap_or_default()
    }

    /// `copies`: of the table that tells copies, which are counted once more where it has forgotten the first.
    pub(super) fn observe(&mut self, event: &StreamEvent, seed: Seed, copies: History, alerts: &mut Vec<Alert>) {
        for (index, asset) in event.assets.iter().enumerate() {
            let key = seed.key([asset.asset.as_bytes()]);
            let Some(certificates) = self.count(key, event.timestamp_ms) else { continue };
            let window_ms = self.window_ms;
            let draft = Draft {
                rule: RULE,
                level: Level::Warning,
                cause: Cause::Anomaly,
                explanation: format!(
                    "{certificates} certificates for asset {} where more than {} in {} s are unusual",
                    asset.asset,
                    self.most,
                    window_ms / 1000
                ),
                evidence: AlertEvidence::Burst { certificates, window_ms },
                history: self.history().and(copies),
            };
            alerts.push(draft.about_asset(event, index));
        }
    }

    /// How many there are where they are too many.
    fn count(&mut self, key: Key, now_ms: u64) -> Option<u64> {
        if self.assets.get_mut(&key, now_ms).is_none() {
            self.assets.insert(key, Recent::default(), now_ms);
        }
        let (most, window_ms) = (self.most, self.window_ms);
        let recent = self.assets.get_mut(&key, now_ms)?;
        // Logs are read one after the other: times come out of order.
        let at = recent.times_ms.partition_point(|&time| time <= now_ms);
        recent.times_ms.insert(at, now_ms);
        if recent.times_ms.len() > most.saturating_add(1) {
            recent.times_ms.remove(0);
        }
        if let Some(said) = &mut recent.said {
            said.since = said.since.saturating_add(1);
        }
        let (Some(&first), Some(&last)) = (recent.times_ms.first(), recent.times_ms.last()) else { return None };
        let is_burst = recent.times_ms.len() > most && last.saturating_sub(first) <= window_ms;
        let is_said = recent.said.is_some_and(|said| last.saturating_sub(said.at_ms) <= window_ms);
        if !is_burst || is_said {
            return None;
        }
        let in_window = u64::try_from(recent.times_ms.len()).unwrap_or(u64::MAX);
        let certificates = recent.said.map_or(in_window, |said| said.since.max(in_window));
        recent.said = Some(Said { at_ms: last, since: 0 });
        Some(certificates)
    }

    pub(super) fn history(&self) -> History {
        self.assets.history()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.assets.heap_bytes(|recent| recent.times_ms.capacity().saturating_mul(size_of::<u64>()))
    }

    pub(super) fn most_heap_bytes(limits: &DetectorLimits) -> usize {
        // Vectors grow by doubling, and hold one time more before the first is taken away.
        let times = usize::from(limits.burst).saturating_add(2).next_power_of_two().max(4);
        generations::most_heap_bytes::<Recent>(Self::entries(limits), times.saturating_mul(size_of::<u64>()))
    }
}
