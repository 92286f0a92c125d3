//! Each identifier before the denials and the grants over its asset.

use super::matching::{Doubt, Extent, Pair, identifier};
use crate::attribution::IssuerAttribution;
use crate::cause::Cause;
use crate::certificate::tbs_sha256;
use crate::config::{ALLOWED_LEVEL, Asset, ByDefault, DEFAULT_ALLOW, DEFAULT_DENY, Denial, Grant, Issuer};
use crate::context::Context;
use crate::draft::Draft;
use crate::environment::Environment;
use crate::finding::{Finding, Identifier};
use crate::hash::Sha256Hash;
use crate::policy::Policy;
use crate::rules::{
    BEYOND_GRANT, CERTIFICATE_NOT_PINNED, DENIED, GRANT_EXPIRED, GRANT_NOT_YET, KEY_NOT_PINNED, NO_GRANT,
    UNATTRIBUTED_ISSUER, UNDECIDABLE, WRONG_ENVIRONMENT, WRONG_ISSUER,
};
use crate::text::{hex, shorten, word};
use crate::trust::Standing;
use ctlens_lint::{Level, Location, Part, RuleId};
use ctlens_san::{Grade, Reading, Relation};
use ctlens_x509::{Tbs, Validity};
use std::cell::{Cell, OnceCell, RefCell};

/// How much is looked at for what the issuer of one certificate may have meant: some hundred for each name.
const MOST_COMPARED: usize = 1 << 14;

/// A certificate before the policy.
pub(super) struct Case<'p> {
    pub(super) policy: &'p Policy,
    pub(super) tbs: &'p Tbs<'p>,
    pub(super) tbs_sha256: Sha256Hash,
    pub(super) issuer: &'p IssuerAttribution,
    pub(super) context: &'p Context<'p>,
    pub(super) validity: Option<Validity>,
    pub(super) typo_budget: Cell<usize>,
    /// The last one, with its asset: many names of a certificate are of one asset.
    drafted: RefCell<Option<(String, Extent, Option<Draft>)>>,
    may_be_ca: OnceCell<bool>,
}

pub(super) enum Decision {
    /// By these grants.
    Granted(Vec<String>),
    /// By no grant: this in the configuration lets it pass.
    Allowed(String),
    /// Nobody owns it, and the denial that names it is about other issuers.
    NotForbidden,
    Refused(Box<Refused>),
    Undecidable(Box<Finding>),
}

pub(super) struct Refused {
    pub(super) finding: Finding,
    /// Whether the configuration says at which level, so that nothing else does.
    pub(super) level_is_given: bool,
}

/// Why no grant permits an identifier.
struct Refusal {
    rule: RuleId,
    cause: Cause,
    because: String,
}

impl<'p> Case<'p> {
    pub(super) fn new(
        policy: &'p Policy,
        tbs: &'p Tbs<'p>,
        issuer: &'p IssuerAttribution,
        context: &'p Context<'p>,
    ) -> Self {
        Self {
            policy,
            tbs,
            tbs_sha256: tbs_sha256(tbs),
            issuer,
            context,
            validity: tbs.validity().ok(),
            typo_budget: Cell::new(MOST_COMPARED),
            drafted: RefCell::new(None),
            may_be_ca: OnceCell::new(),
        }
    }

    pub(super) fn decide(&self, index: u32, pair: &Pair<'_>) -> Decision {
        let number = usize::try_from(index).unwrap_or(usize::MAX);
        if let Some(asset) = self.policy.assets.get(number) {
            return self.decide_owned(asset, number, pair);
        }
        match self.policy.denial_of(number) {
            Some(denial) => self.decide_denied(denial, pair),
            None => Decision::Undecidable(Box::new(self.of_unknown_asset(index, pair))),
        }
    }

    fn decide_owned(&self, asset: &Asset, index: usize, pair: &Pair<'_>) -> Decision {
        let grants: Vec<&Grant> = self.policy.grants_over(index).collect();
        if pair.reading == Reading::UnparsableLabel {
            let because = "part of it cannot be read and may be any label, so that nobody can tell";
            return self.cannot_tell(asset, pair, &grants, because);
        }
        let mut denials: Vec<&Denial> =
            self.policy.denials_over(index).filter(|denial| self.is_forbidden_by(denial)).collect();
        denials.sort_by_key(|denial| &denial.id);
        if let Some(first) = denials.first() {
            let decided_by = denials.iter().map(|denial| denial.id.clone()).collect();
            let finding = self.finding(asset, pair, DENIED, Cause::Forbidden, &self.forbidden_because(first));
            let level = self.policy.level_of(DENIED).unwrap_or(Level::Critical);
            // No grant would help.
            let finding = Finding { level, decided_by, missing_issuer: None, missing_grant: None, ..finding };
            return self.refused(finding, false);
        }
        match self.permitting(pair, &grants) {
            Ok(Some(by)) => Decision::Granted(by),
            Ok(None) => {
                let because = "its validity cannot be read, so that no grant can be applied";
                self.cannot_tell(asset, pair, &grants, because)
            }
            Err(Refusal { rule, cause, because }) => {
                let level = self.policy.level_of(rule);
                let level = match asset.owned_without_grant {
                    ByDefault::Allow => return Decision::Allowed(DEFAULT_ALLOW.to_owned()),
                    ByDefault::Warn => level.map(|level| level.min(Level::Warning)),
                    ByDefault::Deny => level,
                };
                let Some(level) = level else { return Decision::Allowed(format!("{ALLOWED_LEVEL}{rule}")) };
                let finding = self.finding(asset, pair, rule, cause, &because);
                let finding = Finding { level, decided_by: by_default(&grants), ..finding };
                self.refused(finding, asset.owned_without_grant == ByDefault::Warn)
            }
        }
    }

    /// Something that a denial names itself, and nobody here owns.
    fn decide_denied(&self, denial: &Denial, pair: &Pair<'_>) -> Decision {
        let named = |rule, level, cause, because: &str| {
            let id = self.finding_id(rule, &pair.location.part, &format!("\n{}", denial.id));
            let explanation = format!("{} can be taken for what {} forbids, and {because}", pair.quoted, denial.id);
            pair.also_at(Finding {
                identifier: Some(pair.identifier()),
                decided_by: vec![denial.id.clone()],
                ..Finding::new(id, rule, level, cause, pair.location.clone(), explanation)
            })
        };
        if !self.is_forbidden_by(denial) {
            return Decision::NotForbidden;
        }
        if pair.reading == Reading::UnparsableLabel {
            let because = "part of it cannot be read and may be any label, so that nobody can tell";
            let finding = named(UNDECIDABLE, self.malformed_level(None), Cause::Unparsable, because);
            return Decision::Undecidable(Box::new(finding));
        }
        let level = self.policy.level_of(DENIED).unwrap_or(Level::Critical);
        self.refused(named(DENIED, level, Cause::Forbidden, &self.forbidden_because(denial)), false)
    }

    fn refused(&self, finding: Finding, is_warned: bool) -> Decision {
        let level_is_given = is_warned || self.policy.configured(finding.rule).is_some();
        Decision::Refused(Box::new(Refused { finding, level_is_given }))
    }

    /// Unless it is certain that another issued.
    fn is_forbidden_by(&self, denial: &Denial) -> bool {
        denial.issuers.is_empty() || self.issuer.proven_key().is_none_or(|key| self.policy.is_of(&denial.issuers, &key))
    }

    fn forbidden_because(&self, denial: &Denial) -> String {
        let reason = shorten(&denial.reason, 256);
        let is_certain = denial.issuers.is_empty() || self.issuer.proven_key().is_some();
        let issuer =
            if is_certain { String::new() } else { format!(" (by whom it is issued is not certain: {})", self.issuer) };
        format!("{} forbids it: {reason}{issuer}", denial.id)
    }

    /// The grants that permit an identifier, `None` where nobody can tell, or how near the nearest comes to it.
    fn permitting(&self, pair: &Pair<'_>, grants: &[&Grant]) -> Result<Option<Vec<String>>, Refusal> {
        let refuse = |rule, cause, because| Err(Refusal { rule, cause, because });
        if grants.is_empty() {
            let because = "no grant lets anybody issue a certificate for it".to_owned();
            return Err(self.or_typo(pair, Refusal { rule: NO_GRANT, cause: Cause::NoConsent, because }));
        }
        let Some(key) = self.issuer.proven_key() else {
            let because = format!("who issued is not certain ({}), so that no grant can permit it", self.issuer);
            return refuse(UNATTRIBUTED_ISSUER, Cause::IssuerUnproven, because);
        };
        let for_issuer: Vec<&Grant> =
            grants.iter().copied().filter(|grant| self.policy.is_of(&grant.issuers, &key)).collect();
        if for_issuer.is_empty() {
            let because = format!("the key that issued ({}…) has no grant", key.short());
            return Err(self.or_typo(pair, Refusal { rule: WRONG_ISSUER, cause: Cause::WrongIssuer, because }));
        }
        let for_environment: Vec<&Grant> =
            for_issuer.iter().copied().filter(|grant| self.is_environment_of(grant, &key)).collect();
        let nearest = for_issuer.iter().min_by_key(|grant| &grant.id);
        if let (true, Some(Grant { id, env: Some(env), .. })) = (for_environment.is_empty(), nearest) {
            let found = self.environment().map_or("of none that is known", Environment::as_str);
            let because = format!("the issuer's grant {id} is for {env}, and the certificate is {found}");
            return refuse(WRONG_ENVIRONMENT, Cause::TestInProduction, because);
        }
        let Some(validity) = self.validity else { return Ok(None) };
        let begins = validity.not_before;
        let in_time: Vec<&Grant> = for_environment
            .iter()
            .copied()
            .filter(|grant| grant.not_before <= begins && begins <= grant.not_after)
            .collect();
        if in_time.is_empty() {
            let ended = for_environment.iter().filter(|grant| grant.not_after < begins);
            if let Some(Grant { id, not_after, .. }) = ended.max_by_key(|grant| (grant.not_after, &grant.id)) {
                let because =
                    format!("the issuer's grant {id} ended at {not_after}, before the certificate begins ({begins})");
                return refuse(GRANT_EXPIRED, Cause::ConsentExpired, because);
            }
            let first = for_environment.iter().min_by_key(|grant| (grant.not_before, &grant.id));
            let because = first.map_or_else(String::new, |Grant { id, not_before, .. }| {
                format!("the issuer's grant {id} begins at {not_before}, after the certificate does ({begins})")
            });
            return refuse(GRANT_NOT_YET, Cause::ConsentNotYet, because);
        }
        let covering: Vec<&Grant> = in_time
            .into_iter()
            .filter(|grant| match pair.extent() {
                Extent::Inside => true,
                Extent::WildcardAbove => grant.wildcards_above,
                Extent::Beyond => false,
            })
            .filter(|grant| !self.may_be_ca() || grant.tbs_pins.contains(&self.tbs_sha256))
            .collect();
        if covering.is_empty() && self.may_be_ca() {
            let because =
                "it is a certificate of a CA, or nobody can tell, with which certificates for any name can be issued: \
                           only a grant for this very certificate permits it"
                    .to_owned();
            return refuse(BEYOND_GRANT, Cause::BeyondGrant, because);
        }
        if covering.is_empty() {
            let because =
                "the issuer's grant does not reach as far: it stands for more than the asset, or for something else"
                    .to_owned();
            return refuse(BEYOND_GRANT, Cause::BeyondGrant, because);
        }
        self.pinned(&covering).map(Some)
    }

    /// Whether whoever has the certificate's key may issue certificates with it, or nobody can tell.
    fn may_be_ca(&self) -> bool {
        *self.may_be_ca.get_or_init(|| match self.tbs.basic_constraints() {
            Ok(constraints) => constraints.is_some_and(|constraints| constraints.ca),
            Err(_) => true,
        })
    }

    /// Those of the grants that are for this key and this certificate.
    fn pinned(&self, covering: &[&Grant]) -> Result<Vec<String>, Refusal> {
        let first =
            |grants: &[&Grant]| grants.iter().map(|grant| grant.id.as_str()).min().unwrap_or_default().to_owned();
        let has_pins = covering.iter().any(|grant| !grant.key_pins.is_empty());
        let key = has_pins.then(|| Sha256Hash(self.tbs.spki().sha256()));
        let for_key: Vec<&Grant> = covering
            .iter()
            .copied()
            .filter(|grant| grant.key_pins.is_empty() || key.is_some_and(|key| grant.key_pins.contains(&key)))
            .collect();
        if for_key.is_empty() {
            let key = key.map(|key| key.short()).unwrap_or_default();
            let because = format!("the issuer's grant {} is for other keys than {key}…", first(covering));
            return Err(Refusal { rule: KEY_NOT_PINNED, cause: Cause::KeyNotPinned, because });
        }
        let for_tbs =
            for_key.iter().filter(|grant| grant.tbs_pins.is_empty() || grant.tbs_pins.contains(&self.tbs_sha256));
        let permitting: Vec<String> = for_tbs.map(|grant| grant.id.clone()).collect();
        if permitting.is_empty() {
            let because = format!("the issuer's grant {} is for other certificates than this", first(&for_key));
            return Err(Refusal { rule: CERTIFICATE_NOT_PINNED, cause: Cause::KeyNotPinned, because });
        }
        Ok(permitting)
    }

    /// The same, if the issuer seems to have meant something else.
    fn or_typo(&self, pair: &Pair<'_>, refusal: Refusal) -> Refusal {
        let meant = self.issuer.proven_key().and_then(|key| self.meant(pair, &key));
        match meant {
            Some((meant, grant)) => {
                let because =
                    format!("{}; {meant}, which {grant} lets it issue for, is one edit away", refusal.because);
                Refusal { cause: Cause::LikelyTypo, because, ..refusal }
            }
            None => refusal,
        }
    }

    /// What the certificate was asked for, or what the configuration says that its issuer is for: of a stranger's CA it says
    /// nothing, and that names in its certificates look like tests is no news beside that nobody consented.
    pub(super) fn environment(&self) -> Option<Environment> {
        self.context.environment.or_else(|| self.stated_environment(&self.issuer.proven_key()?))
    }

    /// One that is for production is, whatever else it is for; and so is one that a root programme trusts.
    pub(super) fn environment_of_issuer(&self) -> Option<Environment> {
        let key = self.issuer.proven_key()?;
        if self.is_trusted(&key) { Some(Environment::Production) } else { self.stated_environment(&key) }
    }

    fn stated_environment(&self, key: &Sha256Hash) -> Option<Environment> {
        self.policy.issuers_with(key).filter_map(|issuer| issuer.env).min()
    }

    fn is_trusted(&self, key: &Sha256Hash) -> bool {
        let standing = self.context.trust.map(|trust| trust.standing(key, self.validity.as_ref()));
        matches!(standing, Some(Standing::Trusted { .. }))
    }

    fn is_environment_of(&self, grant: &Grant, key: &Sha256Hash) -> bool {
        let Some(env) = grant.env else { return true };
        if self.context.environment.is_some_and(|asked_for| asked_for != env) {
            return false;
        }
        let is_for = |issuer: &Issuer| issuer.keys.contains(key) && issuer.env == Some(env);
        self.policy.issuers_of(grant).any(is_for)
    }

    fn cannot_tell(&self, asset: &Asset, pair: &Pair<'_>, grants: &[&Grant], because: &str) -> Decision {
        let finding = self.finding(asset, pair, UNDECIDABLE, Cause::Unparsable, because);
        let level = self.malformed_level(Some(asset));
        Decision::Undecidable(Box::new(Finding { level, decided_by: by_default(grants), ..finding }))
    }

    /// Where no asset can be named it may be any: the strictest counts.
    fn malformed_level(&self, asset: Option<&Asset>) -> Level {
        let level = self.policy.level_of(UNDECIDABLE).unwrap_or(Level::Error);
        let by_default = match asset {
            Some(asset) => asset.malformed_near_asset,
            None => self.policy.strictest_malformed,
        };
        if by_default == ByDefault::Deny { level } else { level.min(Level::Warning) }
    }

    /// At no level yet, and by nobody.
    fn finding(&self, asset: &Asset, pair: &Pair<'_>, rule: RuleId, cause: Cause, because: &str) -> Finding {
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
        let id = self.finding_id(rule, &pair.location.part, &asset.id);
        let explanation = format!("{what}, and {because}");
        pair.also_at(Finding {
            asset: Some(asset.id.clone()),
            owner: owner.map(|owner| owner.id.clone()),
            contact: owner.and_then(|owner| owner.contact.clone()),
            identifier: Some(pair.identifier()),
            missing_issuer,
            missing_grant,
            ..Finding::new(id, rule, Level::Error, cause, pair.location.clone(), explanation)
        })
    }

    /// The watch list knows an asset that the policy does not: no policy that compiles does so.
    fn of_unknown_asset(&self, asset: u32, pair: &Pair<'_>) -> Finding {
        let Pair { quoted, location, .. } = pair;
        let explanation =
            format!("{quoted} is on the watch list for asset number {asset}, which the policy does not have");
        pair.also_at(Finding {
            identifier: Some(pair.identifier()),
            ..self.undecidable(&asset.to_string(), location.clone(), explanation)
        })
    }

    pub(super) fn undecidable(&self, apart: &str, location: Location, explanation: String) -> Finding {
        let id = self.finding_id(UNDECIDABLE, &location.part, apart);
        Finding::new(id, UNDECIDABLE, self.malformed_level(None), Cause::Unparsable, location, explanation)
    }

    fn draft(&self, asset: &Asset, extent: Extent) -> Option<Draft> {
        let mut drafted = self.drafted.borrow_mut();
        match &*drafted {
            Some((of, reaching, draft)) if *of == asset.id && *reaching == extent => draft.clone(),
            _ => {
                let draft = self.new_draft(asset, extent);
                *drafted = Some((asset.id.clone(), extent, draft.clone()));
                draft
            }
        }
    }

    fn new_draft(&self, asset: &Asset, extent: Extent) -> Option<Draft> {
        let (key, begins) = (self.issuer.proven_key()?, self.validity?.not_before);
        match extent {
            Extent::Beyond => None,
            _ if self.may_be_ca() => None,
            Extent::WildcardAbove => Some(Draft::new(self.policy, asset, key, begins, true)),
            Extent::Inside => Some(Draft::new(self.policy, asset, key, begins, false)),
        }
    }

    /// What stands behind the TBS certificate is no part of it, and somebody may read it all the same.
    pub(super) fn trailing(&self) -> Option<Finding> {
        let octets = self.tbs.trailing().len();
        let location = Location::at(Part::TbsCertificate, self.tbs.as_bytes().len(), octets);
        let explanation = format!("{octets} octets stand behind the certificate, and any name may be in them");
        (octets > 0).then(|| self.undecidable("trailing", location, explanation))
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

/// The default first, then the grants that did not change it.
fn by_default(grants: &[&Grant]) -> Vec<String> {
    let mut decided_by: Vec<String> = grants.iter().map(|grant| grant.id.clone()).collect();
    decided_by.sort_unstable();
    decided_by.insert(0, DEFAULT_DENY.to_owned());
    decided_by
}
