//! Each identifier before the grants over its asset.

use super::matching::{Doubt, Extent, Pair, identifier};
use crate::attribution::IssuerAttribution;
use crate::cause::Cause;
use crate::config::{Asset, DEFAULT_DENY, Grant};
use crate::draft::Draft;
use crate::finding::{Finding, Identifier};
use crate::hash::Sha256Hash;
use crate::policy::Policy;
use crate::rules::{
    BEYOND_GRANT, GRANT_EXPIRED, GRANT_NOT_YET, NO_GRANT, UNATTRIBUTED_ISSUER, UNDECIDABLE, WRONG_ISSUER,
};
use crate::text::{hex, shorten, word};
use ctlens_lint::{Level, Location, Part, RuleId};
use ctlens_san::{Grade, Reading, Relation};
use ctlens_x509::Validity;

/// A certificate before the policy.
pub(super) struct Case<'p> {
    pub(super) policy: &'p Policy,
    pub(super) tbs_sha256: Sha256Hash,
    pub(super) issuer: &'p IssuerAttribution,
    pub(super) validity: Option<Validity>,
}

pub(super) enum Decision {
    /// By these grants.
    Permitted(Vec<String>),
    Refused(Box<Finding>),
    Undecidable(Box<Finding>),
}

impl Case<'_> {
    pub(super) fn decide(&self, asset_index: u32, pair: &Pair<'_>) -> Decision {
        let index = usize::try_from(asset_index).unwrap_or(usize::MAX);
        let Some(asset) = self.policy.assets.get(index) else {
            return Decision::Undecidable(Box::new(self.of_unknown_asset(asset_index, pair)));
        };
        let grants: Vec<&Grant> = self.policy.grants_over(index).collect();
        let refuse = |rule, level, cause, because: String| {
            Decision::Refused(Box::new(self.finding(asset, pair, &grants, rule, level, cause, &because)))
        };

        if pair.reading == Reading::UnparsableLabel {
            let because = "part of it cannot be read and may be any label, so that nobody can tell";
            let finding = self.finding(asset, pair, &grants, UNDECIDABLE, Level::Error, Cause::Unparsable, because);
            return Decision::Undecidable(Box::new(finding));
        }
        if grants.is_empty() {
            let because = "no grant lets anybody issue a certificate for it".to_owned();
            return refuse(NO_GRANT, Level::Critical, Cause::NoConsent, because);
        }
        let Some(key) = self.issuer.proven_key() else {
            let because = format!("who issued is not certain ({}), so that no grant can permit it", self.issuer);
            return refuse(UNATTRIBUTED_ISSUER, Level::Error, Cause::IssuerUnproven, because);
        };
        let for_issuer: Vec<&Grant> = grants
            .iter()
            .copied()
            .filter(|grant| self.policy.issuers_of(grant).any(|issuer| issuer.keys.contains(&key)))
            .collect();
        if for_issuer.is_empty() {
            let because = format!("the key that issued ({}…) has no grant", key.short());
            return refuse(WRONG_ISSUER, Level::Critical, Cause::WrongIssuer, because);
        }
        let Some(validity) = self.validity else {
            let because = "its validity cannot be read, so that no grant can be applied";
            let finding = self.finding(asset, pair, &grants, UNDECIDABLE, Level::Error, Cause::Unparsable, because);
            return Decision::Undecidable(Box::new(finding));
        };
        let begins = validity.not_before;
        let in_time = for_issuer.iter().filter(|grant| grant.not_before <= begins && begins <= grant.not_after);
        let covering = in_time.clone().filter(|grant| match pair.extent() {
            Extent::Inside => true,
            Extent::WildcardAbove => grant.wildcards_above,
            Extent::Beyond => false,
        });
        let permitting: Vec<String> = covering.map(|grant| grant.id.clone()).collect();
        if !permitting.is_empty() {
            return Decision::Permitted(permitting);
        }
        if in_time.count() > 0 {
            let because = "the issuer's grant does not reach as far: it stands for more than the asset".to_owned();
            return refuse(BEYOND_GRANT, Level::Error, Cause::BeyondGrant, because);
        }
        let ended = for_issuer.iter().filter(|grant| grant.not_after < begins);
        if let Some(grant) = ended.max_by_key(|grant| (grant.not_after, &grant.id)) {
            let because = format!(
                "the issuer's grant {} ended at {}, before the certificate begins ({begins})",
                grant.id, grant.not_after
            );
            return refuse(GRANT_EXPIRED, Level::Error, Cause::ConsentExpired, because);
        }
        let first = for_issuer.iter().min_by_key(|grant| (grant.not_before, &grant.id));
        let because = match first {
            Some(grant) => format!(
                "the issuer's grant {} begins at {}, after the certificate does ({begins})",
                grant.id, grant.not_before
            ),
            None => String::new(),
        };
        refuse(GRANT_NOT_YET, Level::Error, Cause::ConsentNotYet, because)
    }

    #[expect(clippy::too_many_arguments, reason = "what is found, and why")]
    fn finding(
        &self,
        asset: &Asset,
        pair: &Pair<'_>,
        grants: &[&Grant],
        rule: RuleId,
        level: Level,
        cause: Cause,
        because: &str,
    ) -> Finding {
        let owner = self.policy.owner_of(asset);
        let owner_id = owner.map_or("nobody", |owner| owner.id.as_str());
        let is_plain = pair.reading == Reading::Standard && pair.extent() == Extent::Inside;
        let what = if is_plain {
            format!("{} belongs to {owner_id} (asset {})", pair.quoted, asset.id)
        } else {
            format!("{} can be taken for asset {} of {owner_id}", pair.quoted, asset.id)
        };
        let (missing_issuer, missing_grant) = match self.draft(asset, pair.extent()) {
            Some(Draft { issuer, grant }) => (issuer, Some(grant)),
            None => (None, None),
        };
        let mut decided_by: Vec<String> = grants.iter().map(|grant| grant.id.clone()).collect();
        decided_by.sort_unstable();
        decided_by.insert(0, DEFAULT_DENY.to_owned());
        let id = self.finding_id(rule, &pair.location.part, &asset.id);
        let explanation = format!("{what}, and {because}");
        Finding {
            asset: Some(asset.id.clone()),
            owner: owner.map(|owner| owner.id.clone()),
            contact: owner.and_then(|owner| owner.contact.clone()),
            identifier: Some(pair.identifier()),
            also_at: pair.also_at.clone(),
            decided_by,
            missing_issuer,
            missing_grant,
            ..Finding::new(id, rule, level, cause, pair.location.clone(), explanation)
        }
    }

    /// The watch list knows an asset that the policy does not: no policy that compiles does so.
    fn of_unknown_asset(&self, asset: u32, pair: &Pair<'_>) -> Finding {
        let Pair { quoted, location, also_at, .. } = pair;
        let explanation =
            format!("{quoted} is on the watch list for asset number {asset}, which the policy does not have");
        Finding {
            identifier: Some(pair.identifier()),
            also_at: also_at.clone(),
            ..self.undecidable(&asset.to_string(), location.clone(), explanation)
        }
    }

    pub(super) fn undecidable(&self, apart: &str, location: Location, explanation: String) -> Finding {
        let id = self.finding_id(UNDECIDABLE, &location.part, apart);
        Finding::new(id, UNDECIDABLE, Level::Error, Cause::Unparsable, location, explanation)
    }

    fn draft(&self, asset: &Asset, extent: Extent) -> Option<Draft> {
        let (key, begins) = (self.issuer.proven_key()?, self.validity?.not_before);
        match extent {
            Extent::Beyond => None,
            Extent::WildcardAbove => Some(Draft::new(self.policy, asset, key, begins, true)),
            Extent::Inside => Some(Draft::new(self.policy, asset, key, begins, false)),
        }
    }

    pub(super) fn doubt(&self, doubt: &Doubt<'_>) -> Finding {
        let octets = shorten(&hex(doubt.octets), 64);
        let shown = if octets.is_empty() { String::new() } else { format!(" ({octets})") };
        // Several pieces of one part may be unreadable, and no asset tells them apart.
        let apart = Sha256Hash::of(doubt.octets).to_string();
        let explanation = format!("{}{shown}: it may stand for an asset, and nobody can tell", doubt.why);
        Finding {
            identifier: Some(Identifier {
                relation: word(&Relation::Undecided(doubt.why)),
                reading: word(&Reading::Undecoded),
                grade: word(&Grade::Nobody),
                ..identifier(format!("#{octets}"), doubt.octets)
            }),
            ..self.undecidable(&apart, doubt.location.clone(), explanation)
        }
    }

    /// Without the octets' place, which is another in the certificate than in its precertificate.
    pub(super) fn finding_id(&self, rule: RuleId, part: &Part, asset: &str) -> Sha256Hash {
        let tbs = self.tbs_sha256;
        Sha256Hash::of(format!("ctlens.finding/1\n{rule}\n{tbs}\n{part}\n{asset}").as_bytes())
    }
}
