use crate::authorities::Authorities;
use crate::config::{Asset, ByDefault, Config, Defaults, Denial, Format, Grant, Issuer, Limit, Owner, Suppression};
use crate::config_error::{ConfigError, ConfigErrors, Problem};
use crate::finding::Finding;
use crate::granted::Granted;
use crate::hash::Sha256Hash;
use crate::rules;
use ctlens_lint::{Level, RuleId};
use ctlens_san::{Item, ListFull, WatchList};
use std::collections::{BTreeMap, BTreeSet};

/// Who may issue for what: compiled once, asked for every certificate.
///
/// Decisions are pure functions of the policy, the certificate and what is known of its issuer: no clock, no network, no
/// state. What happens over time is the matter of [`Issuances`](crate::Issuances).
#[derive(Debug)]
pub struct Policy {
    pub(crate) digest: Sha256Hash,
    /// Each item with the index of its asset.
    pub(crate) watch_list: WatchList<u32>,
    pub(crate) owners: Vec<Owner>,
    pub(crate) assets: Vec<Asset>,
    pub(crate) issuers: Vec<Issuer>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) denials: Vec<Denial>,
    /// In the order of their ids.
    pub(crate) limits: Vec<Limit>,
    /// What the limits list, each item with the index of its limit.
    pub(crate) limited: WatchList<usize>,
    pub(crate) suppressions: Vec<Suppression>,
    pub(crate) defaults: Defaults,
    levels: BTreeMap<RuleId, Option<Level>>,
    /// For each asset the indices of the grants over it.
    pub(crate) grants_over: Vec<Vec<usize>>,
    /// For each asset the indices of the denials over it.
    denials_over: Vec<Vec<usize>>,
    /// What is granted, by its misspellings.
    pub(crate) granted: Granted,
    /// For each key the indices of the issuers that have it.
    issuers_by_key: BTreeMap<Sha256Hash, Vec<usize>>,
    /// For each issuer the indices of the limits on it.
    limits_on: Vec<Vec<usize>>,
    /// For each scope the index of the suppression that counts as long as any does: the last to end.
    suppression_of: BTreeMap<Scope, usize>,
    /// Of all assets: what nobody can read may be any.
    pub(crate) strictest_malformed: ByDefault,
    /// The ids of grants, denials, limits and suppressions.
    pub(crate) deciders: BTreeSet<String>,
}

/// The findings that a suppression is about.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Scope {
    rule: RuleId,
    asset: Option<String>,
    tbs_sha256: Option<Sha256Hash>,
}

/// How a configuration is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct CompileOptions<'a> {
    /// Its language.
    pub format: Format,
    /// Seeds the hash table of the watch list, and changes no verdict. `None`: from the text. Where a stranger knows the text
    /// and the list is large, the caller gives one.
    pub seed: Option<u64>,
    /// What is known of CAs that the configuration names by their owners or certificates.
    pub authorities: Option<&'a Authorities>,
}

impl Policy {
    /// Reads a configuration in TOML; `file` is the name that mistakes are reported under.
    ///
    /// # Errors
    ///
    /// All mistakes that are found, each with its line and column.
    pub fn compile(text: &str, file: &str) -> Result<Self, ConfigErrors> {
        Self::compile_with(text, file, CompileOptions::default())
    }

    /// Reads a configuration in JSON.
    ///
    /// # Errors
    ///
    /// As [`compile`](Self::compile).
    pub fn compile_json(text: &str, file: &str) -> Result<Self, ConfigErrors> {
        Self::compile_with(text, file, CompileOptions { format: Format::Json, ..CompileOptions::default() })
    }

    /// Reads a configuration in either language, with what it refers to.
    ///
    /// # Errors
    ///
    /// As [`compile`](Self::compile); and where the configuration names an owner of CAs or a CA's certificate that
    /// `options.authorities` does not have.
    pub fn compile_with(text: &str, file: &str, options: CompileOptions<'_>) -> Result<Self, ConfigErrors> {
        let nothing = Authorities::new();
        let authorities = options.authorities.unwrap_or(&nothing);
        let mut config = Config::read(text, file, options.format, authorities)?;
        config.limits.sort_by(|one, other| one.id.cmp(&other.id));
        let digest = digest(text, &config);
        let Sha256Hash([a, b, c, d, e, f, g, h, ..]) = digest;
        let seed = options.seed.unwrap_or(u64::from_be_bytes([a, b, c, d, e, f, g, h]));
        // What is denied is watched too, whoever owns it.
        let of_assets = config.assets.iter().map(|asset| asset.items.iter());
        let of_denials = config.denials.iter().map(|denial| denial.items.iter());
        let watched = (0_u32..).zip(of_assets.chain(of_denials));
        let of_limits = config.limits.iter().map(|limit| limit.names.iter().chain(&limit.addresses).flatten());
        let is_full = |_| ConfigErrors {
            file: file.to_owned(),
            errors: vec![ConfigError { line: 1, column: 1, problem: Problem::ListFull }],
        };
        let watch_list = list_of(seed, watched).map_err(is_full)?;
        let limited = list_of(seed, of_limits.enumerate()).map_err(is_full)?;
        let assets = config.assets.len();
        let grants_over = by_asset(assets, config.grants.iter().map(|grant| grant.assets.as_slice()));
        Ok(Self {
            digest,
            watch_list,
            granted: Granted::of(&config.assets, &grants_over),
            issuers_by_key: by_key(&config.issuers),
            deciders: deciders(&config),
            grants_over,
            denials_over: by_asset(assets, config.denials.iter().map(|denial| denial.assets.as_slice())),
            limits_on: by_asset(config.issuers.len(), config.limits.iter().map(|limit| limit.issuers.as_slice())),
            limited,
            suppression_of: by_scope(&config),
            strictest_malformed: strictest_malformed(&config),
            owners: config.owners,
            assets: config.assets,
            issuers: config.issuers,
            grants: config.grants,
            denials: config.denials,
            limits: config.limits,
            suppressions: config.suppressions,
            defaults: config.defaults,
            levels: config.levels,
        })
    }

    /// Which policy a verdict comes from: SHA-256 of the configuration's text. Where keys were looked up in
    /// [`Authorities`], of that hash and of those keys.
    #[must_use]
    pub fn digest(&self) -> Sha256Hash {
        self.digest
    }

    /// The grants over an asset.
    pub(crate) fn grants_over(&self, asset: usize) -> impl Iterator<Item = &Grant> {
        let indices = self.grants_over.get(asset).map(Vec::as_slice).unwrap_or_default();
        indices.iter().filter_map(|&index| self.grants.get(index))
    }

    /// The issuers that a grant names.
    pub(crate) fn issuers_of<'p>(&'p self, grant: &'p Grant) -> impl Iterator<Item = &'p Issuer> {
        grant.issuers.iter().filter_map(|&index| self.issuers.get(index))
    }

    /// The denials over an asset.
    pub(crate) fn denials_over(&self, asset: usize) -> impl Iterator<Item = &Denial> {
        let indices = self.denials_over.get(asset).map(Vec::as_slice).unwrap_or_default();
        indices.iter().filter_map(|&index| self.denials.get(index))
    }

    /// What stands on the watch list behind the assets.
    pub(crate) fn denial_of(&self, number: usize) -> Option<&Denial> {
        self.denials.get(number.checked_sub(self.assets.len())?)
    }

    /// The id of an asset or, behind all of them, of a denial: an order that is not that of the file.
    pub(crate) fn owned_as(&self, index: u32) -> (bool, &str) {
        let number = usize::try_from(index).unwrap_or(usize::MAX);
        match self.assets.get(number) {
            Some(asset) => (false, &asset.id),
            None => (true, self.denial_of(number).map_or("", |denial| &denial.id)),
        }
    }

    /// The limits on those who have a key, by their indices; one that names several of them comes more than once.
    pub(crate) fn limits_on(&self, key: &Sha256Hash) -> impl Iterator<Item = usize> {
        let issuers = self.issuers_by_key.get(key).map(Vec::as_slice).unwrap_or_default();
        issuers.iter().filter_map(|&issuer| self.limits_on.get(issuer)).flatten().copied()
    }

    /// The suppressions that a finding falls under, in force or not, but for those that end before another of their scope.
    pub(crate) fn suppressions_of(
        &self,
        finding: &Finding,
        tbs_sha256: Sha256Hash,
    ) -> impl Iterator<Item = &Suppression> {
        let tbs_sha256 = Some(tbs_sha256);
        let scopes = match &finding.asset {
            _ if self.suppressions.is_empty() => [None, None, None],
            None => [Some((None, tbs_sha256)), None, None],
            Some(asset) => [Some((None, tbs_sha256)), Some((Some(asset), None)), Some((Some(asset), tbs_sha256))],
        };
        let rule = finding.rule;
        let scopes = scopes.into_iter().flatten();
        let scopes = scopes.map(move |(asset, tbs_sha256)| Scope { rule, asset: asset.cloned(), tbs_sha256 });
        scopes.filter_map(|scope| self.suppressions.get(*self.suppression_of.get(&scope)?))
    }

    /// The issuers that have a key.
    pub(crate) fn issuers_with(&self, key: &Sha256Hash) -> impl Iterator<Item = &Issuer> {
        let indices = self.issuers_by_key.get(key).map(Vec::as_slice).unwrap_or_default();
        indices.iter().filter_map(|&index| self.issuers.get(index))
    }

    /// Whether one of these issuers has the key.
    pub(crate) fn is_of(&self, issuers: &[usize], key: &Sha256Hash) -> bool {
        self.issuers_by_key.get(key).is_some_and(|with_key| issuers.iter().any(|index| with_key.contains(index)))
    }

    /// The level that the configuration gives a rule: `Some(None)` is off.
    pub(crate) fn configured(&self, rule: RuleId) -> Option<Option<Level>> {
        self.levels.get(&rule).copied()
    }

    /// The level of one of the crate's own rules; `None` where it is off.
    pub(crate) fn level_of(&self, rule: RuleId) -> Option<Level> {
        self.configured(rule).unwrap_or_else(|| rules::level_of(rule.as_str()))
    }

    pub(crate) fn owner_of(&self, asset: &Asset) -> Option<&Owner> {
        self.owners.get(asset.owner)
    }
}

/// Of the text, which says all but which keys an owner or a certificate stands for.
fn digest(text: &str, config: &Config) -> Sha256Hash {
    let of_text = Sha256Hash::of(text.as_bytes());
    if config.looked_up.is_empty() {
        return of_text;
    }
    let mut octets = of_text.0.to_vec();
    let mut keys: Vec<(&str, Sha256Hash)> = config
        .looked_up
        .iter()
        .filter_map(|(issuer, key)| Some((config.issuers.get(*issuer)?.id.as_str(), *key)))
        .collect();
    keys.sort_unstable();
    for (issuer, key) in keys {
        octets.extend_from_slice(format!("{issuer} {key}\n").as_bytes());
    }
    Sha256Hash::of(&octets)
}

fn list_of<'i, T: Copy>(
    seed: u64,
    lists: impl Iterator<Item = (T, impl Iterator<Item = &'i Item>)>,
) -> Result<WatchList<T>, ListFull> {
    let mut watch_list = WatchList::new(seed);
    for (of, items) in lists {
        for item in items {
            watch_list.insert(item, of)?;
        }
    }
    watch_list.shrink_to_fit();
    Ok(watch_list)
}

fn by_scope(config: &Config) -> BTreeMap<Scope, usize> {
    let mut by_scope = BTreeMap::new();
    for (index, suppression) in config.suppressions.iter().enumerate() {
        let asset = suppression.asset.and_then(|asset| config.assets.get(asset));
        let asset = asset.map(|asset| asset.id.clone());
        let scope = Scope { rule: suppression.rule, asset, tbs_sha256: suppression.tbs_sha256 };
        let last = by_scope.entry(scope).or_insert(index);
        if config.suppressions.get(*last).is_some_and(|last| last.order() < suppression.order()) {
            *last = index;
        }
    }
    by_scope
}

fn strictest_malformed(config: &Config) -> ByDefault {
    let of_assets = config.assets.iter().map(|asset| asset.malformed_near_asset).max();
    of_assets.unwrap_or(config.defaults.malformed_near_asset)
}

fn by_key(issuers: &[Issuer]) -> BTreeMap<Sha256Hash, Vec<usize>> {
    let mut by_key: BTreeMap<Sha256Hash, Vec<usize>> = BTreeMap::new();
    for (index, issuer) in issuers.iter().enumerate() {
        for key in &issuer.keys {
            by_key.entry(*key).or_default().push(index);
        }
    }
    by_key
}

fn deciders(config: &Config) -> BTreeSet<String> {
    let grants = config.grants.iter().map(|grant| &grant.id);
    let denials = config.denials.iter().map(|denial| &denial.id);
    let limits = config.limits.iter().map(|limit| &limit.id);
    let suppressions = config.suppressions.iter().map(|suppression| &suppression.id);
    grants.chain(denials).chain(limits).chain(suppressions).cloned().collect()
}

/// For each asset, or issuer, the indices of those that are over it, each once.
fn by_asset<'a>(assets: usize, over: impl Iterator<Item = &'a [usize]>) -> Vec<Vec<usize>> {
    let mut by_asset = vec![Vec::new(); assets];
    for (index, of_one) in over.enumerate() {
        for &asset in of_one {
            if let Some(over) = by_asset.get_mut(asset)
                && over.last() != Some(&index)
            {
                over.push(index);
            }
        }
    }
    by_asset
}
