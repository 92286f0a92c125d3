//! Keys that go across owners, and keys of assets in certificates for no asset.

use super::alert::{Alert, AlertEvidence, Draft, History};
use super::co_names::listed;
use super::event::{EventAsset, StreamEvent};
use super::generations::{self, Generations, Key, Seed};
use super::limits::DetectorLimits;
use crate::cause::Cause;
use crate::hash::Sha256Hash;
use ctlens_lint::{Level, RuleId};
use serde::{Deserialize, Serialize};

pub(super) const KEY_ACROSS_OWNERS: RuleId = RuleId::from_static("stream.key_across_owners");
pub(super) const UNLISTED_NAMES: RuleId = RuleId::from_static("stream.unlisted_names");

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubjectKeys {
    of_assets: Generations<First>,
    /// The first certificate for no asset with the key, until one for an asset comes.
    of_no_asset: Generations<Sha256Hash>,
    /// Keys with another owner, and keys with a name that is no asset: each is said once.
    said: Generations<()>,
}

/// The first certificate for an asset with the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct First {
    tbs_sha256: Sha256Hash,
    asset: Box<str>,
    owner: Box<str>,
}

impl SubjectKeys {
    pub(super) fn new(limits: &DetectorLimits) -> Self {
        let entries = limits.entries;
        Self {
            of_assets: Generations::new(entries),
            of_no_asset: Generations::new(entries),
            said: Generations::new(entries),
        }
    }

    pub(super) fn observe(&mut self, event: &StreamEvent, seed: Seed, alerts: &mut Vec<Alert>) {
        let key = seed.key([&event.spki_sha256.0]);
        let now_ms = event.timestamp_ms;
        let known = self.of_assets.get_mut(&key, now_ms).cloned();
        let Some(first_asset) = event.assets.first() else {
            match known {
                Some(known) => alerts.extend(self.names_of_no_asset(event, &known, seed)),
                None if self.of_no_asset.get_mut(&key, now_ms).is_none() => {
                    self.of_no_asset.insert(key, event.tbs_sha256, now_ms);
                }
                None => {}
            }
            return;
        };
        let first = known.unwrap_or_else(|| {
            let first = First {
                tbs_sha256: event.tbs_sha256,
                asset: first_asset.asset.as_str().into(),
                owner: first_asset.owner.as_str().into(),
            };
            self.of_assets.insert(key, first.clone(), now_ms);
            if let Some(&mut earlier) = self.of_no_asset.get_mut(&key, now_ms) {
                alerts.push(self.earlier_for_no_asset(event, first_asset, earlier));
            }
            first
        });
        for (index, asset) in event.assets.iter().enumerate() {
            let said = [&event.spki_sha256.0, &b"owner"[..], asset.owner.as_bytes()];
            if *asset.owner != *first.owner && self.say(seed.key(said), now_ms) {
                alerts.push(self.other_owner(event, index, asset, &first));
            }
        }
    }

    /// Whether it is to be said, because it was not.
    fn say(&mut self, said: Key, now_ms: u64) -> bool {
        let is_said = self.said.get_mut(&said, now_ms).is_some();
        if !is_said {
            self.said.insert(said, (), now_ms);
        }
        !is_said
    }

    fn other_owner(&self, event: &StreamEvent, index: usize, asset: &EventAsset, first: &First) -> Alert {
        let First { tbs_sha256, owner, .. } = first;
        let where_else = if *tbs_sha256 == event.tbs_sha256 {
            "in the same certificate".to_owned()
        } else {
            format!("in certificate {}…", tbs_sha256.short())
        };
        let draft = Draft {
            rule: KEY_ACROSS_OWNERS,
            level: Level::Warning,
            cause: Cause::Anomaly,
            explanation: format!(
                "the key {}… of asset {} of {} is a key of {owner} too, {where_else}",
                event.spki_sha256.short(),
                asset.asset,
                asset.owner
            ),
            evidence: AlertEvidence::KeyAcrossOwners {
                spki_sha256: event.spki_sha256,
                other_owner: owner.to_string(),
                other_tbs_sha256: *tbs_sha256,
            },
            history: self.history(),
        };
        draft.about_asset(event, index)
    }

    fn names_of_no_asset(&mut self, event: &StreamEvent, known: &First, seed: Seed) -> Option<Alert> {
        let mut names = Vec::new();
        let mut more = event.left_out;
        for name in &event.foreign_names {
            let said = seed.key([&event.spki_sha256.0, b"name", name.as_bytes()]);
            if !self.say(said, event.timestamp_ms) {
                continue;
            }
            if names.len() < AlertEvidence::MOST_NAMES {
                names.push(name.clone());
            } else {
                more = more.saturating_add(1);
            }
        }
        let no_name = seed.key([&event.spki_sha256.0, b"no name"]);
        let is_new = !names.is_empty() || event.foreign_names.is_empty() && self.say(no_name, event.timestamp_ms);
        if !is_new {
            return None;
        }
        let what = if names.is_empty() { "names of no kind that is shown".to_owned() } else { listed(&names, more) };
        let explanation = format!(
            "the key {}… of asset {} is in a certificate for {what}, no asset: is something missing on the list?",
            event.spki_sha256.short(),
            known.asset
        );
        let draft = self.unlisted(event, explanation, names, more, known.tbs_sha256);
        let (asset, owner) = (Some(known.asset.to_string()), Some(known.owner.to_string()));
        Some(Alert { asset, owner, ..draft.about(event, "") })
    }

    fn earlier_for_no_asset(&self, event: &StreamEvent, asset: &EventAsset, earlier: Sha256Hash) -> Alert {
        let explanation = format!(
            "the key {}… of asset {} is in certificate {}… too, which is for no asset: is something missing on the list?",
            event.spki_sha256.short(),
            asset.asset,
            earlier.short()
        );
        self.unlisted(event, explanation, Vec::new(), 0, earlier).about_asset(event, 0)
    }

    fn unlisted(
        &self,
        event: &StreamEvent,
        explanation: String,
        names: Vec<String>,
        more: usize,
        other_tbs_sha256: Sha256Hash,
    ) -> Draft {
        let spki_sha256 = event.spki_sha256;
        Draft {
            rule: UNLISTED_NAMES,
            level: Level::Warning,
            cause: Cause::Anomaly,
            explanation,
            evidence: AlertEvidence::UnlistedNames { spki_sha256, names, more, other_tbs_sha256 },
            history: self.history(),
        }
    }

    pub(super) fn history(&self) -> History {
        self.of_assets.history().and(self.of_no_asset.history()).and(self.said.history())
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let of_assets = self.of_assets.heap_bytes(|first| first.asset.len().saturating_add(first.owner.len()));
        let of_no_asset = self.of_no_asset.heap_bytes(|_| 0);
        of_assets.saturating_add(of_no_asset).saturating_add(self.said.heap_bytes(|()| 0))
    }

    pub(super) fn most_heap_bytes(limits: &DetectorLimits) -> usize {
        // Ids have at most 64 octets.
        let of_assets = generations::most_heap_bytes::<First>(limits.entries, 128);
        let of_no_asset = generations::most_heap_bytes::<Sha256Hash>(limits.entries, 0);
        let said = generations::most_heap_bytes::<()>(limits.entries, 0);
        of_assets.saturating_add(of_no_asset).saturating_add(said)
    }
}
