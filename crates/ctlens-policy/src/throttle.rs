use crate::attribution::IssuerAttribution;
use crate::detectors::Alert;
use crate::finding::Finding;
use crate::hash::Sha256Hash;
use crate::issuances::Issuance;
use crate::time;
use ctlens_lint::{Level, RuleId};
use ctlens_x509::UnixSeconds;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Decides which issuances and alerts somebody is told about at once, so that one thing is told once.
///
/// What was told already is not told again, however often an issuance is settled, unless it got worse; of the same kind
/// (rule, level, asset and issuer's key) only so many are told in a time. What is above that is counted and not lost: every
/// issuance is in the output all the same, and the counts come with the next one that is told, or from [`over`](Self::over).
///
/// Serialisable, so that a restart tells nothing twice: a snapshot says its version, and none is read that is of another, or
/// holds more than a throttle does. Bounded: of more than it holds, it tells rather twice than never.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Snapshot", into = "Snapshot")]
pub struct Throttle {
    rate: ThrottleRate,
    /// By the digest of what makes a kind.
    kinds: BTreeMap<Sha256Hash, Counted>,
    /// By the id of a finding or an alert.
    known: BTreeMap<Sha256Hash, Known>,
    /// How many things were seen.
    next: u64,
}

/// What was told of a finding or an alert, or counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    /// The worst of it.
    level: Level,
    /// Its place in the order of what was seen.
    nth: u64,
}

/// The form in which a throttle is written down.
#[derive(Serialize, Deserialize)]
struct Snapshot {
    version: u32,
    rate: ThrottleRate,
    kinds: Vec<Counted>,
    known: BTreeMap<Sha256Hash, Known>,
}

const VERSION: u32 = 1;

/// How often somebody is told of things of the same kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThrottleRate {
    /// So many issuances, or alerts, and one at least,
    pub most: u64,
    /// in so many seconds.
    pub within_s: i64,
}

/// What to do with an issuance or an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[must_use]
pub enum Delivery {
    /// Nothing: nobody has to look at it, or it was told before.
    Silent,
    /// Tell somebody.
    Tell {
        /// How many of the same kind were only counted since the last one that was told.
        counted: u64,
    },
    /// Write it down and wake up nobody: enough of the same kind were told.
    Count,
}

/// Issuances, or alerts, of the same kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Counted {
    /// Which rule.
    pub rule: RuleId,
    /// How bad.
    pub level: Level,
    /// Which asset.
    pub asset: Option<String>,
    /// Whose key issued, where that is known.
    pub issuer_sha256: Option<Sha256Hash>,
    /// When the first of them was told.
    #[serde(with = "time::seconds")]
    pub since: UnixSeconds,
    /// How many were told since.
    pub told: u64,
    /// How many were only counted since.
    pub counted: u64,
}

impl Throttle {
    /// How many kinds are held.
    pub const MOST_KINDS: usize = 4096;
    /// How many findings and alerts are remembered.
    pub const MOST_KNOWN: usize = 1 << 16;

    /// Nothing was told yet.
    #[must_use]
    pub fn new(rate: ThrottleRate) -> Self {
        Self { rate, kinds: BTreeMap::new(), known: BTreeMap::new(), next: 0 }
    }

    /// What to do with an issuance at `now`. To be asked whenever one was settled, in whatever order.
    pub fn take(&mut self, issuance: &Issuance, now: UnixSeconds) -> Delivery {
        if issuance.verdict.is_quiet() {
            return Delivery::Silent;
        }
        let found = issuance.verdict.loud_findings();
        self.take_all(found.map(|finding| (finding.id, Counted::of(finding, issuance, now))), now)
    }

    /// What to do with an alert at `now`: the same for what detectors notice, whose kinds are apart from those of findings.
    pub fn take_alert(&mut self, alert: &Alert, now: UnixSeconds) -> Delivery {
        self.take_all([(alert.id, Counted::of_alert(alert, now))], now)
    }

    /// Things by their ids, of which somebody is told in one.
    fn take_all(&mut self, found: impl IntoIterator<Item = (Sha256Hash, Counted)>, now: UnixSeconds) -> Delivery {
        let mut kinds: BTreeMap<Sha256Hash, Counted> = BTreeMap::new();
        for (id, kind) in found {
            let known = self.known.get(&id).map(|known| known.level);
            let level = known.map_or(kind.level, |known| known.max(kind.level));
            self.known.insert(id, Known { level, nth: self.next });
            self.next = self.next.saturating_add(1);
            if known < Some(level) {
                kinds.insert(kind.digest(), kind);
            }
        }
        self.forget(now);
        if kinds.is_empty() {
            return Delivery::Silent;
        }
        // Told if anything in it may still be told, and then for all that is in it.
        let is_told = kinds.keys().any(|kind| self.kinds.get(kind).is_none_or(|known| self.rate.allows(known, now)));
        let mut counted = 0_u64;
        for (digest, kind) in kinds {
            if self.kinds.len() >= Self::MOST_KINDS && !self.kinds.contains_key(&digest) {
                continue;
            }
            let known = self.kinds.entry(digest).or_insert(kind);
            if self.rate.is_over(known, now) {
                counted = counted.saturating_add(known.counted);
                (known.since, known.told, known.counted) = (now, 0, 0);
            }
            let count = if is_told { &mut known.told } else { &mut known.counted };
            *count = count.saturating_add(1);
        }
        if is_told { Delivery::Tell { counted } } else { Delivery::Count }
    }

    /// Takes out the kinds whose time is over at `now`, and gives those of which any was only counted: somebody should be told
    /// how many. To be asked now and then.
    pub fn over(&mut self, now: UnixSeconds) -> Vec<Counted> {
        let (over, kept) =
            std::mem::take(&mut self.kinds).into_iter().partition(|(_, kind)| self.rate.is_over(kind, now));
        self.kinds = kept;
        let over: BTreeMap<Sha256Hash, Counted> = over;
        over.into_values().filter(|kind| kind.counted > 0).collect()
    }

    /// What becomes too much: the older half of the findings, and the kinds whose time is over and of which none was counted.
    fn forget(&mut self, now: UnixSeconds) {
        if self.known.len() > Self::MOST_KNOWN {
            let mut order: Vec<(u64, Sha256Hash)> = self.known.iter().map(|(id, known)| (known.nth, *id)).collect();
            let middle = order.len() / 2;
            let (_, median, _) = order.select_nth_unstable(middle);
            let median = *median;
            self.known.retain(|id, known| (known.nth, *id) > median);
        }
        if self.kinds.len() >= Self::MOST_KINDS {
            let rate = self.rate;
            self.kinds.retain(|_, kind| kind.counted > 0 || !rate.is_over(kind, now));
        }
    }
}

impl From<Throttle> for Snapshot {
    fn from(Throttle { rate, kinds, known, next: _ }: Throttle) -> Self {
        Self { version: VERSION, rate, kinds: kinds.into_values().collect(), known }
    }
}

impl TryFrom<Snapshot> for Throttle {
    type Error = String;

    fn try_from(Snapshot { version, rate, kinds, known }: Snapshot) -> Result<Self, String> {
        if version != VERSION {
            return Err(format!("snapshot of version {version}: expected {VERSION}"));
        }
        let held = kinds.len();
        let kinds: BTreeMap<Sha256Hash, Counted> = kinds.into_iter().map(|kind| (kind.digest(), kind)).collect();
        if kinds.len() != held {
            return Err("the same kind twice".to_owned());
        }
        if kinds.len() > Self::MOST_KINDS || known.len() > Self::MOST_KNOWN {
            let (most_kinds, most_known) = (Self::MOST_KINDS, Self::MOST_KNOWN);
            return Err(format!("expected at most {most_kinds} kinds and {most_known} findings"));
        }
        let next = known.values().map(|known| known.nth.saturating_add(1)).max().unwrap_or(0);
        Ok(Self { rate, kinds, known, next })
    }
}

impl ThrottleRate {
    fn allows(&self, kind: &Counted, now: UnixSeconds) -> bool {
        kind.told < self.most || self.is_over(kind, now)
    }

    fn is_over(&self, kind: &Counted, now: UnixSeconds) -> bool {
        now.0 >= kind.since.0.saturating_add(self.within_s)
    }
}

impl Counted {
    fn of(finding: &Finding, issuance: &Issuance, now: UnixSeconds) -> Self {
        Self {
            rule: finding.rule,
            level: finding.level,
            asset: finding.asset.clone(),
            issuer_sha256: finding.issuers.first().or(issuance.issuers.first()).and_then(IssuerAttribution::proven_key),
            since: now,
            told: 0,
            counted: 0,
        }
    }

    fn of_alert(alert: &Alert, now: UnixSeconds) -> Self {
        Self {
            rule: alert.rule,
            level: alert.level,
            asset: alert.asset.clone(),
            issuer_sha256: alert.issuer,
            since: now,
            told: 0,
            counted: 0,
        }
    }

    fn digest(&self) -> Sha256Hash {
        let Self { rule, level, asset, issuer_sha256, .. } = self;
        Sha256Hash::of(format!("{rule}\n{level}\n{asset:?}\n{issuer_sha256:?}").as_bytes())
    }
}
