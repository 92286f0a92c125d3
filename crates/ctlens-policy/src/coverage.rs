use crate::policy::Policy;
use crate::time;
use ctlens_x509::UnixSeconds;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a policy says about one asset before any certificate is there: who may issue for it, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AssetCoverage {
    /// The asset.
    pub asset: String,
    /// Its owner.
    pub owner: String,
    /// The names and addresses of it, in the form of the configuration.
    pub items: Vec<String>,
    /// The grants over it, in the order of the configuration.
    pub grants: Vec<CoveringGrant>,
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

impl Policy {
    /// Who may issue for each asset at `now`. An asset without a grant in force is watched all the same: every certificate
    /// for it is then a finding.
    #[must_use]
    pub fn coverage(&self, now: UnixSeconds) -> Vec<AssetCoverage> {
        let assets = self.assets.iter().enumerate();
        let coverage = assets.map(|(index, asset)| AssetCoverage {
            asset: asset.id.clone(),
            owner: self.owner_of(asset).map(|owner| owner.id.clone()).unwrap_or_default(),
            items: asset.items.iter().map(ToString::to_string).collect(),
            grants: self
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
                })
                .collect(),
        });
        coverage.collect()
    }
}

impl AssetCoverage {
    /// Whether a grant is in force.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        self.grants.iter().any(|grant| grant.in_force == InForce::Now)
    }
}

/// `resolver-v4 (resolver-team) 1.1.1.0/24: our-ca until 2027-01-01T00:00:00Z by resolver-2026`
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
            let CoveringGrant { grant, issuers, not_before, not_after, in_force } = grant;
            let issuers = issuers.join(", ");
            match in_force {
                InForce::NotYet => write!(f, "{separator}{issuers} from {not_before} by {grant} (not yet)")?,
                InForce::Now => write!(f, "{separator}{issuers} until {not_after} by {grant}")?,
                InForce::Expired => write!(f, "{separator}{issuers} until {not_after} by {grant} (expired)")?,
            }
        }
        Ok(())
    }
}
