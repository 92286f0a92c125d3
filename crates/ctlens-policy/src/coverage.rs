use crate::config::Issuer;
use crate::hash::Sha256Hash;
use crate::policy::Policy;
use crate::rules::{DENIED, NO_GRANT, WRONG_ISSUER};
use crate::text::visible;
use crate::time;
use crate::verdict::Verdict;
use ctlens_lint::Level;
use ctlens_san::Item;
use ctlens_x509::{GeneralNameKind, UnixSeconds};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::ops::ControlFlow;

/// What a policy says about one asset before any certificate is there: who may issue for it, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AssetCoverage {
    /// The asset.
    pub asset: String,
    /// Its owner.
    pub owner: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Where it is known from.
    pub sources: Vec<String>,
    /// The names and addresses of it, in the form of the configuration.
    pub items: Vec<String>,
    /// What is to be said first about it.
    pub status: CoverageStatus,
    /// The grants over it, in the order of the configuration.
    pub grants: Vec<CoveringGrant>,
}

/// How well an asset is watched: the first of these that is so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
#[non_exhaustive]
pub enum CoverageStatus {
    /// A certificate for it that begins now may expire on a day for which none of the logs that are followed takes it: it
    /// would not be seen.
    NoLogCoverage {
        /// The first such day.
        #[serde(with = "time::seconds")]
        from: UnixSeconds,
    },
    /// A certificate for it by whoever has no grant wakes up nobody.
    Suppressed {
        /// Until this second.
        #[serde(with = "time::seconds")]
        until: UnixSeconds,
    },
    /// No grant is in force: every certificate for it is a finding, unless the configuration says otherwise.
    NoGrant,
    /// All of it lies in another asset too, whose grants in force leave out an issuer that its own name: no certificate by that
    /// one is expected.
    Shadowed {
        /// The other asset; the first by its id, where there are several.
        by: String,
        /// The issuer; the first by its id.
        issuer: String,
    },
    /// A grant is in force.
    Covered,
}

/// What is known about the watching itself.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CoverageFacts<'a> {
    /// The time.
    pub now: UnixSeconds,
    /// The logs that are followed. `None`: nobody says.
    pub logs: Option<&'a [FollowedLog]>,
    /// What decided so far. `None`: nobody counted.
    pub usage: Option<&'a Usage>,
}

/// A log that is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowedLog {
    /// What people call it.
    pub name: String,
    /// The certificates that it takes: those whose last second is the first of these or later, and before the other. `None`:
    /// all.
    pub accepts: Option<(UnixSeconds, UnixSeconds)>,
}

/// What of a configuration has decided anything in a run: the grants by which a certificate was expected, and the
/// suppressions that something fell under.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    used: BTreeSet<String>,
}

/// What a policy says before any certificate is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Coverage {
    /// Each asset, in the order of the configuration.
    pub assets: Vec<AssetCoverage>,
    /// What somebody should mend, the worst first.
    pub complaints: Vec<Complaint>,
}

/// Something in a configuration that does not do what it was written for, or no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Complaint {
    /// An error for an asset that is not covered, where the configuration says `deny_uncovered`; a warning otherwise.
    pub level: Level,
    /// What kind.
    pub kind: ComplaintKind,
    /// The id of the asset, grant or suppression.
    pub id: String,
    /// For a person, in one sentence without a full stop.
    pub explanation: String,
}

/// What a complaint is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ComplaintKind {
    /// An asset that is anything but covered.
    Uncovered,
    /// A grant that has ended.
    GrantExpired,
    /// A grant in force by which nothing was expected.
    GrantUnused,
    /// A suppression that has ended.
    SuppressionExpired,
    /// A suppression in force that nothing fell under.
    SuppressionUnused,
}

/// A grant, seen from an asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CoveringGrant {
    /// Its id.
    pub grant: String,
    /// The issuers that it names.
    pub issuers: Vec<String>,
    /// Certificates may begin from this second on,
    #[serde(with = "time::seconds")]
    pub not_before: UnixSeconds,
    /// until this second.
    #[serde(with = "time::seconds")]
    pub not_after: UnixSeconds,
    /// Whether it is in force at the time that was asked about.
    pub in_force: InForce,
    /// Who approved it.
    pub approved_by: String,
    /// Why.
    pub reason: String,
    /// SHA-256 of the approval's record, where the configuration says it.
    #[serde(default)]
    pub evidence_sha256: Option<Sha256Hash>,
}

/// How a grant stands to a point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InForce {
    /// It begins later.
    NotYet,
    /// It is in force.
    Now,
    /// It has ended.
    Expired,
}

impl<'a> CoverageFacts<'a> {
    /// At this time, and nothing more.
    #[must_use]
    pub fn at(now: UnixSeconds) -> Self {
        Self { now, logs: None, usage: None }
    }

    /// And these logs are followed.
    #[must_use]
    pub fn with_logs(self, logs: &'a [FollowedLog]) -> Self {
        Self { logs: Some(logs), ..self }
    }

    /// And this has decided so far.
    #[must_use]
    pub fn with_usage(self, usage: &'a Usage) -> Self {
        Self { usage: Some(usage), ..self }
    }
}

impl Usage {
    /// Counts what decided in a verdict.
    pub fn add(&mut self, verdict: &Verdict) {
        let suppressed = verdict.findings().filter_map(|finding| finding.suppressed.as_ref());
        self.used.extend(suppressed.map(|suppressed| suppressed.id.clone()));
        if let Verdict::Expected { grants } = verdict {
            self.used.extend(grants.iter().cloned());
        }
    }

    fn has(&self, id: &str) -> bool {
        self.used.contains(id)
    }
}

impl Policy {
    /// Who may issue for each asset at `now`. An asset without a grant in force is watched all the same: every certificate
    /// for it is then a finding, unless the configuration says otherwise.
    #[must_use]
    pub fn coverage(&self, now: UnixSeconds) -> Vec<AssetCoverage> {
        let assets = 0..self.assets.len();
        assets.filter_map(|index| self.asset_coverage(index, &CoverageFacts::at(now), None)).collect()
    }

    /// The same, with what is known about the watching, and what somebody should mend.
    #[must_use]
    pub fn check_coverage(&self, facts: &CoverageFacts<'_>) -> Coverage {
        let gap = facts.logs.and_then(|logs| gap(logs, facts.now));
        let assets: Vec<AssetCoverage> =
            (0..self.assets.len()).filter_map(|index| self.asset_coverage(index, facts, gap)).collect();
        let level = if self.defaults.deny_uncovered { Level::Error } else { Level::Warning };
        let uncovered = assets.iter().filter(|asset| asset.status != CoverageStatus::Covered);
        let mut complaints: Vec<Complaint> = uncovered
            .map(|asset| Complaint {
                level,
                kind: ComplaintKind::Uncovered,
                id: asset.asset.clone(),
                explanation: format!("asset {} of {}: {}", asset.asset, asset.owner, asset.status),
            })
            .collect();
        for grant in &self.grants {
            let (ended, begun) = (grant.not_after < facts.now, grant.not_before <= facts.now);
            complaints.extend(self.complaint(facts, "grant", &grant.id, ended.then_some(grant.not_after), begun));
        }
        for suppression in &self.suppressions {
            let ended = (suppression.until < facts.now).then_some(suppression.until);
            complaints.extend(self.complaint(facts, "suppression", &suppression.id, ended, true));
        }
        complaints.sort_by_key(|complaint| Reverse(complaint.level));
        Coverage { assets, complaints }
    }

    /// Of a grant or suppression that has ended, or is in force and decides nothing.
    fn complaint(
        &self,
        facts: &CoverageFacts<'_>,
        what: &str,
        id: &str,
        ended: Option<UnixSeconds>,
        begun: bool,
    ) -> Option<Complaint> {
        let is_grant = what == "grant";
        let (kind, explanation) = match ended {
            Some(ended) if is_grant => (ComplaintKind::GrantExpired, format!("{what} {id} ended at {ended}")),
            Some(ended) => (ComplaintKind::SuppressionExpired, format!("{what} {id} ended at {ended}")),
            None if !begun || facts.usage.is_none_or(|usage| usage.has(id)) => return None,
            None if is_grant => (ComplaintKind::GrantUnused, format!("nothing was expected by {what} {id} so far")),
            None => (ComplaintKind::SuppressionUnused, format!("nothing fell under {what} {id} so far")),
        };
        Some(Complaint { level: Level::Warning, kind, id: id.to_owned(), explanation })
    }

    fn asset_coverage(
        &self,
        index: usize,
        facts: &CoverageFacts<'_>,
        gap: Option<UnixSeconds>,
    ) -> Option<AssetCoverage> {
        let asset = self.assets.get(index)?;
        let now = facts.now;
        let grants: Vec<CoveringGrant> = self
            .grants_over(index)
            .map(|grant| CoveringGrant {
                grant: grant.id.clone(),
                issuers: self.issuers_of(grant).map(|issuer| issuer.id.clone()).collect(),
                not_before: grant.not_before,
                not_after: grant.not_after,
                in_force: match () {
                    () if now < grant.not_before => InForce::NotYet,
                    () if now > grant.not_after => InForce::Expired,
                    () => InForce::Now,
                },
                approved_by: grant.approved_by.clone(),
                reason: grant.reason.clone(),
                evidence_sha256: grant.evidence_sha256,
            })
            .collect();
        let status = match (gap, self.suppressed_until(index, now), self.shadow(index, now)) {
            (Some(from), ..) => CoverageStatus::NoLogCoverage { from },
            (_, Some(until), _) => CoverageStatus::Suppressed { until },
            _ if !grants.iter().any(|grant| grant.in_force == InForce::Now) => CoverageStatus::NoGrant,
            (_, _, Some((by, issuer))) => CoverageStatus::Shadowed { by: by.to_owned(), issuer: issuer.to_owned() },
            _ => CoverageStatus::Covered,
        };
        Some(AssetCoverage {
            asset: asset.id.clone(),
            owner: self.owner_of(asset).map(|owner| owner.id.clone()).unwrap_or_default(),
            tags: asset.tags.clone(),
            sources: asset.sources.clone(),
            items: asset.items.iter().map(ToString::to_string).collect(),
            status,
            grants,
        })
    }

    /// Until when that rule is suppressed for all of an asset which a stranger's certificate breaks.
    fn suppressed_until(&self, asset: usize, now: UnixSeconds) -> Option<UnixSeconds> {
        let rule = match () {
            () if self.denials_over(asset).any(|denial| denial.issuers.is_empty()) => DENIED,
            () if self.grants_over(asset).next().is_none() => NO_GRANT,
            () => WRONG_ISSUER,
        };
        let of_asset = self.suppressions.iter().filter(|suppression| {
            let is_whole = suppression.asset == Some(asset) && suppression.tbs_sha256.is_none();
            is_whole && suppression.rule == rule && now <= suppression.until
        });
        of_asset.map(|suppression| suppression.until).max()
    }

    /// The asset in which all of another lies, and an issuer that has a grant in force over that other only.
    fn shadow(&self, index: usize, now: UnixSeconds) -> Option<(&str, &str)> {
        let mut items = self.assets.get(index)?.items.iter();
        let mut around = self.assets_around(items.next()?, index);
        for item in items {
            if around.is_empty() {
                break;
            }
            let also = self.assets_around(item, index);
            around.retain(|asset| also.contains(asset));
        }
        let without = |other: &usize| {
            let granted: BTreeSet<&Sha256Hash> =
                self.granted_issuers(*other, now).flat_map(|issuer| &issuer.keys).collect();
            let left_out = |issuer: &&Issuer| issuer.keys.iter().any(|key| !granted.contains(key));
            self.granted_issuers(index, now).filter(left_out).min_by_key(|issuer| &issuer.id)
        };
        let shadows = around.iter().filter_map(|other| Some((self.assets.get(*other)?, without(other)?)));
        shadows.map(|(other, issuer)| (other.id.as_str(), issuer.id.as_str())).min()
    }

    /// The issuers that have a grant in force over an asset.
    fn granted_issuers(&self, asset: usize, now: UnixSeconds) -> impl Iterator<Item = &Issuer> {
        let in_force = self.grants_over(asset).filter(move |grant| grant.not_before <= now && now <= grant.not_after);
        in_force.flat_map(|grant| self.issuers_of(grant))
    }

    /// The other assets that an item lies in.
    fn assets_around(&self, item: &Item, index: usize) -> BTreeSet<usize> {
        let mut around = BTreeSet::new();
        let (kind, octets) = match item {
            Item::Name(name) | Item::Subtree(name) => (GeneralNameKind::DnsName, name.as_str().as_bytes().to_vec()),
            Item::Address(address) => (GeneralNameKind::IpAddress, octets(*address)),
            Item::Prefix(prefix) => (GeneralNameKind::IpAddress, octets(prefix.address())),
        };
        let _ = self.watch_list.look_up(kind, &octets, |hit| {
            for entry in hit.items().filter(|entry| holds(&entry.item(), item)) {
                around.extend(usize::try_from(*entry.payload()).ok());
            }
            ControlFlow::Continue(())
        });
        around.retain(|&other| other != index && other < self.assets.len());
        around
    }
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// Of two items whose first name or address is in both.
fn holds(outer: &Item, inner: &Item) -> bool {
    match (outer, inner) {
        (Item::Subtree(_), Item::Name(_) | Item::Subtree(_)) => true,
        (Item::Name(_), Item::Name(_)) | (Item::Address(_), Item::Address(_)) => true,
        (Item::Prefix(_), Item::Address(_)) => true,
        (Item::Prefix(outer), Item::Prefix(inner)) => outer.length() <= inner.length(),
        _ => false,
    }
}

/// The first second, of those on which a certificate that begins now may expire, for which no log takes it.
fn gap(logs: &[FollowedLog], now: UnixSeconds) -> Option<UnixSeconds> {
    let mut accepted: Vec<(i64, i64)> =
        logs.iter().map(|log| log.accepts.map_or((i64::MIN, i64::MAX), |(from, until)| (from.0, until.0))).collect();
    accepted.sort_unstable();
    let mut reached = now.0;
    for (from, until) in accepted {
        if from > reached {
            break;
        }
        reached = reached.max(until);
    }
    (reached <= now.0.saturating_add(longest_validity(now))).then_some(UnixSeconds(reached))
}

/// Baseline Requirements §6.3.2 (SC081v3), in seconds, for certificates that begin at this time.
fn longest_validity(begins: UnixSeconds) -> i64 {
    const DAY: i64 = 86_400;
    // 2026-03-15, 2027-03-15, 2029-03-15.
    let days = match begins.0 {
        1_868_227_200.. => 47,
        1_805_068_800.. => 100,
        1_773_532_800.. => 200,
        _ => 398,
    };
    DAY.saturating_mul(days)
}

impl Coverage {
    /// Whether nothing is an error.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.complaints.iter().all(|complaint| complaint.level < Level::Error)
    }
}

impl fmt::Display for CoverageStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLogCoverage { from } => {
                write!(f, "no log is followed that takes certificates which expire at {from}")
            }
            Self::Suppressed { until } => write!(f, "suppressed until {until}"),
            Self::NoGrant => f.write_str("no grant is in force"),
            Self::Shadowed { by, issuer } => {
                write!(f, "all of it lies in asset {by} too, over which {issuer} has no grant in force")
            }
            Self::Covered => f.write_str("covered"),
        }
    }
}

/// `warning: grant resolver-2025 ended at 2026-01-01T00:00:00Z`
impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.level, self.explanation)
    }
}

impl AssetCoverage {
    /// Whether a grant is in force.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        self.grants.iter().any(|grant| grant.in_force == InForce::Now)
    }
}

/// `resolver-v4 (resolver-team) 1.1.1.0/24: our-ca until 2027-01-01T00:00:00Z by resolver-2026 (alice@example.net: CHG-1042)`
impl fmt::Display for AssetCoverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST_ITEMS: usize = 4;
        write!(f, "{} ({})", self.asset, self.owner)?;
        self.items.iter().take(MOST_ITEMS).try_for_each(|item| write!(f, " {item}"))?;
        match self.items.len().saturating_sub(MOST_ITEMS) {
            0 => f.write_str(": ")?,
            more => write!(f, " and {more} more: ")?,
        }
        if self.grants.is_empty() {
            return f.write_str("no grant: every certificate is a finding");
        }
        for (n, grant) in self.grants.iter().enumerate() {
            let separator = if n == 0 { "" } else { "; " };
            let CoveringGrant { grant, issuers, not_before, not_after, in_force, approved_by, reason, .. } = grant;
            let issuers = issuers.join(", ");
            match in_force {
                InForce::NotYet => write!(f, "{separator}{issuers} from {not_before} by {grant} (not yet)")?,
                InForce::Now => write!(f, "{separator}{issuers} until {not_after} by {grant}")?,
                InForce::Expired => write!(f, "{separator}{issuers} until {not_after} by {grant} (expired)")?,
            }
            write!(f, " ({}: {})", visible(approved_by), visible(reason))?;
        }
        Ok(())
    }
}
