//! What a configuration says about a certificate, decided a second time by the words of the README.

use super::{ISSUERS, KEY, OTHER_KEY, YEAR, tbs};
use crate::input::Input;
use crate::san::naive;
use ctlens_lint::Level;
use ctlens_policy::{
    Context, EntryKind, Environment, Finding, Issuance, Issuances, IssuerAttribution, Observation, Policy, PreIssuance,
    Sha256Hash, Verdict,
};
use ctlens_san::Item;
use ctlens_testkit::{der, tree};
use ctlens_x509::{Tbs, UnixSeconds};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

pub(super) const ITEMS: [&str; 10] = [
    "example.com",
    "www.example.com",
    ".example.net",
    ".b.example.net",
    "a.example.org",
    ".com",
    "1.1.1.1",
    "10.0.0.0/8",
    "2001:db8::/32",
    "::ffff:192.0.2.1",
];
const NAMES: [&str; 13] = [
    "example.com",
    "EXAMPLE.com.",
    "www.example.com",
    "*.example.com",
    "*.com",
    "example.net",
    "x.example.net",
    "*.example.net",
    "*.b.example.net",
    "*.example.org",
    "a.example.org",
    "other.test",
    "*.org",
];
const ADDRESSES: [&str; 6] = ["1.1.1.1", "10.1.2.3", "192.0.2.1", "2001:db8::1", "::ffff:1.1.1.1", "::1"];

/// The rules that are decided here, each with its level in the README.
const RULES: [(&str, Level); 11] = [
    ("ownership.no_grant", Level::Critical),
    ("ownership.wrong_issuer", Level::Critical),
    ("ownership.grant_expired", Level::Error),
    ("ownership.grant_not_yet", Level::Error),
    ("ownership.beyond_grant", Level::Error),
    ("ownership.key_not_pinned", Level::Error),
    ("ownership.certificate_not_pinned", Level::Error),
    ("ownership.wrong_environment", Level::Error),
    ("ownership.unattributed_issuer", Level::Error),
    ("issuance.beyond_limit", Level::Error),
    (DENIED, Level::Critical),
];
const DENIED: &str = "ownership.denied";
const LEVELS: [Option<Level>; 5] =
    [None, Some(Level::Notice), Some(Level::Warning), Some(Level::Error), Some(Level::Critical)];
const ENVIRONMENTS: [Option<Environment>; 3] = [None, Some(Environment::Production), Some(Environment::Test)];

/// A configuration and a certificate: who is refused what, and why, by the words of the README.
pub fn policy_decision(data: &[u8]) {
    let mut input = Input::new(data);
    let assets: Vec<Vec<Item>> = (0..1 + input.below(3)).map(|_| items(&mut input)).collect();
    let grants: Vec<Grant> = (0..input.below(4)).map(|_| Grant::read(&mut input, assets.len())).collect();
    let names: Vec<&str> = (0..input.below(4)).map(|_| NAMES[input.below(NAMES.len())]).collect();
    let addresses: Vec<IpAddr> =
        (0..input.below(3)).filter_map(|_| ADDRESSES[input.below(ADDRESSES.len())].parse().ok()).collect();
    let begins = i64::from(input.octet() % 8) * YEAR;
    let issuer = ISSUERS[input.below(ISSUERS.len())];
    let bytes = tbs(&names, &addresses, begins);
    let mut config = Config { assets, grants, ..Config::default() };
    config.read_more(&mut input, Sha256Hash(tree::sha256(&bytes)));
    let mut context = Context::default();
    context.environment = ENVIRONMENTS[input.below(3)];
    context.now = input.flag().then(|| UnixSeconds(i64::from(input.octet() % 4) * YEAR));

    let text = config.text();
    let policy = Policy::compile(&text, "f.toml").unwrap_or_else(|errors| panic!("{errors}\n{text}"));
    let tbs = Tbs::from_der(&bytes).expect("every field has its tag");
    let case =
        Case { config: &config, names: &names, addresses: &addresses, begins, issuer, asked: context.environment };
    let expected = case.decide();
    let about =
        format!("{text}\n{names:?} {addresses:?} {begins} {issuer} {:?} {:?}", context.environment, context.now);

    let verdict = policy.evaluate_in(&tbs, &issuer, &context);
    assert_eq!(decided(verdict.findings()), expected.findings, "{about}");
    assert_eq!(verdict == Verdict::Unowned, !expected.is_owned && expected.findings.is_empty(), "{about}");
    if let Verdict::Expected { grants } = &verdict {
        assert_eq!(grants.iter().cloned().collect::<BTreeSet<String>>(), expected.by, "{about}");
    }
    for finding in verdict.findings() {
        let suppressed = context.now.and_then(|now| config.suppressed_by(finding, now.0));
        assert_eq!(finding.suppressed.as_ref().map(|suppressed| suppressed.id.clone()), suppressed, "{about}");
    }
    let is_undecidable = matches!(verdict, Verdict::Undecidable { .. });
    let is_silent = verdict.findings().all(|finding| finding.suppressed.is_some());
    assert_eq!(verdict.is_quiet(), is_silent && !is_undecidable, "{about}");
    check_gate(&policy, &tbs, &case, &about);
    check_issuance(&policy, &tbs, issuer, &context, &verdict);
}

/// At a CA's gate the same is found, what is an error is no yes, and no suppression counts.
fn check_gate(policy: &Policy, tbs: &Tbs<'_>, case: &Case<'_>, about: &str) {
    for environment in [Environment::Production, Environment::Test] {
        let issuer = IssuerAttribution::SignatureChecked { key_sha256: KEY };
        let expected = Case { issuer, asked: Some(environment), ..*case }.decide();
        let gate = policy.pre_issuance(tbs, KEY, &Context::default().requested_for(environment));
        let (worse, notes) = match &gate {
            PreIssuance::Allowed { notes, .. } => (&[][..], notes),
            PreIssuance::Refused { reasons, notes } => (&reasons[..], notes),
            PreIssuance::Undecidable { why, notes } => (&why[..], notes),
            _ => panic!("a gate of another kind"),
        };
        let found = || worse.iter().chain(notes);
        assert_eq!(decided(found()), expected.findings, "{about}");
        assert!(found().all(|finding| finding.suppressed.is_none()));
        let is_refused = expected.findings.iter().any(|(.., level, _)| *level >= Level::Error);
        assert!(!is_refused || !gate.is_allowed(), "{about}");
        if let PreIssuance::Allowed { grants, .. } = &gate {
            assert_eq!(grants.iter().cloned().collect::<BTreeSet<String>>(), expected.by, "{about}");
        }
    }
}

/// The same through a log, and as a line of JSON and back.
fn check_issuance(policy: &Policy, tbs: &Tbs<'_>, issuer: IssuerAttribution, context: &Context<'_>, verdict: &Verdict) {
    let mut issuances = Issuances::new();
    let seen = || Observation {
        log: "log.example".to_owned(),
        log_id: None,
        index: 7,
        timestamp_ms: 1_767_225_600_123,
        entry: EntryKind::Precertificate,
        issuer,
        verified: true,
    };
    let hash = issuances.observe(policy, tbs, seen);
    assert_eq!(hash.is_some(), policy.concerns_issued(tbs, &issuer));
    assert!(hash.is_some() || *verdict == Verdict::Unowned);
    assert_eq!(issuances.len(), usize::from(hash.is_some()));
    for issuance in issuances.settle_in(policy, |_| *context) {
        assert_eq!(issuance.verdict, *verdict);
        let line = issuance.to_json_line();
        assert!(!line.contains('\n'));
        assert_eq!(Issuance::from_json_line(&line), Ok(issuance.clone()));
        let _ = issuance.to_string();
    }
}

/// Asset, identifier, rule, level, and who decided.
type Decided = (Option<String>, String, String, Level, BTreeSet<String>);

/// Of the rules that are decided here.
fn decided<'f>(findings: impl Iterator<Item = &'f Finding>) -> BTreeSet<Decided> {
    let is_known = |finding: &&Finding| RULES.iter().any(|(rule, _)| *rule == finding.rule.as_str());
    let of_finding = |finding: &Finding| {
        let identifier = finding.identifier.as_ref().expect("it is about an identifier");
        let text = identifier.text.trim_end_matches('.').to_ascii_lowercase();
        let by = finding.decided_by.iter().cloned().collect();
        (finding.asset.clone(), text, finding.rule.to_string(), finding.level, by)
    };
    findings.filter(is_known).map(of_finding).collect()
}

#[derive(Default)]
pub(super) struct Config {
    pub(super) assets: Vec<Vec<Item>>,
    pub(super) grants: Vec<Grant>,
    pub(super) denials: Vec<Denial>,
    pub(super) limits: Vec<Limit>,
    pub(super) suppressions: Vec<Suppression>,
    pub(super) levels: BTreeMap<&'static str, Option<Level>>,
    /// Of the first issuer and the second.
    pub(super) environments: [Option<Environment>; 2],
    /// Of each asset: 0 deny, 1 warn, 2 allow.
    pub(super) by_default: Vec<usize>,
}

#[derive(Default)]
pub(super) struct Grant {
    pub(super) assets: BTreeSet<usize>,
    /// Of the first key, of the second.
    pub(super) issuers: BTreeSet<usize>,
    pub(super) not_before: i64,
    pub(super) not_after: i64,
    pub(super) wildcards_above: bool,
    pub(super) key_pin: Option<Sha256Hash>,
    pub(super) tbs_pin: Option<Sha256Hash>,
    pub(super) env: Option<Environment>,
}

pub(super) struct Denial {
    assets: BTreeSet<usize>,
    items: Vec<Item>,
    /// Everybody, if there are none.
    issuers: BTreeSet<usize>,
}

pub(super) struct Limit {
    issuers: BTreeSet<usize>,
    /// `None`: no address, any name.
    items: Option<Vec<Item>>,
}

pub(super) struct Suppression {
    rule: &'static str,
    asset: usize,
    until: i64,
}

impl Grant {
    fn read(input: &mut Input<'_>, assets: usize) -> Self {
        let mut chosen = BTreeSet::from([input.below(assets)]);
        chosen.extend(input.flag().then_some(0));
        let not_before = i64::from(input.octet() % 8) * YEAR;
        Self {
            assets: chosen,
            issuers: issuers(input),
            not_before,
            not_after: not_before + i64::from(input.octet() % 4) * YEAR,
            wildcards_above: input.flag(),
            ..Self::default()
        }
    }
}

fn items(input: &mut Input<'_>) -> Vec<Item> {
    let chosen: BTreeSet<&str> = (0..1 + input.below(3)).map(|_| ITEMS[input.below(ITEMS.len())]).collect();
    chosen.into_iter().map(|item| item.parse().expect("an item")).collect()
}

fn issuers(input: &mut Input<'_>) -> BTreeSet<usize> {
    [&[0][..], &[1], &[0, 1]][input.below(3)].iter().copied().collect()
}

impl Config {
    /// All tables but the first ones.
    fn read_more(&mut self, input: &mut Input<'_>, tbs_sha256: Sha256Hash) {
        // Of an empty SubjectPublicKeyInfo.
        let key = Sha256Hash(tree::sha256(&der::tlv(der::SEQUENCE, &[])));
        for grant in &mut self.grants {
            let octet = input.octet();
            grant.key_pin = [None, Some(key), Some(KEY)][usize::from(octet % 4).min(2)];
            grant.tbs_pin = [None, Some(tbs_sha256), Some(KEY)][usize::from(octet >> 2 & 3).min(2)];
            grant.env = ENVIRONMENTS[usize::from(octet >> 4 & 3).min(2)];
        }
        let assets = self.assets.len();
        self.by_default = (0..assets).map(|_| input.below(3)).collect();
        self.environments = [ENVIRONMENTS[input.below(3)], ENVIRONMENTS[input.below(3)]];
        for _ in 0..input.below(3) {
            let (what, who) = (input.below(3), input.below(4));
            self.denials.push(Denial {
                assets: if what == 0 { BTreeSet::new() } else { BTreeSet::from([input.below(assets)]) },
                items: if what == 1 { Vec::new() } else { items(input) },
                issuers: if who == 0 { BTreeSet::new() } else { issuers(input) },
            });
        }
        for _ in 0..input.below(3) {
            let items = input.flag().then(|| items(input));
            self.limits.push(Limit { issuers: issuers(input), items });
        }
        for _ in 0..input.below(4) {
            let (rule, _) = RULES[input.below(RULES.len())];
            let level = LEVELS[input.below(LEVELS.len())];
            self.levels.insert(rule, if rule == DENIED { level.or(Some(Level::Notice)) } else { level });
        }
        for _ in 0..input.below(3) {
            let (rule, _) = RULES[input.below(RULES.len())];
            let (asset, until) = (input.below(assets), i64::from(input.octet() % 4) * YEAR);
            self.suppressions.push(Suppression { rule, asset, until });
        }
    }

    pub(super) fn text(&self) -> String {
        let mut text = "version = 1\n[[owner]]\nid = \"owner\"\n".to_owned();
        for (number, items) in self.assets.iter().enumerate() {
            text += &format!("[[asset]]\nid = \"asset-{number}\"\nowner = \"owner\"\n{}", lists_of(items));
            if let Some(&by_default) = self.by_default.get(number) {
                text += &format!("owned_without_grant = \"{}\"\n", ["deny", "warn", "allow"][by_default]);
            }
        }
        for (number, key) in [KEY, OTHER_KEY].iter().enumerate() {
            text += &format!("[[issuer]]\nid = \"issuer-{number}\"\nspki_sha256 = [\"{key}\"]\n");
            text += &env(self.environments[number]);
        }
        if !self.levels.is_empty() {
            text += "[levels]\n";
        }
        for (rule, level) in &self.levels {
            let word = level.map_or("allow".to_owned(), |level| level.to_string());
            text += &format!("\"{rule}\" = \"{word}\"\n");
        }
        for (number, Denial { assets, items, issuers }) in self.denials.iter().enumerate() {
            text += &format!("[[deny]]\nid = \"deny-{number}\"\nreason = \"r\"\n{}", lists_of(items));
            text += &if assets.is_empty() { String::new() } else { format!("assets = {}\n", ids("asset", assets)) };
            text += &if issuers.is_empty() { String::new() } else { format!("issuers = {}\n", ids("issuer", issuers)) };
        }
        for (number, Limit { issuers, items }) in self.limits.iter().enumerate() {
            let issuers = ids("issuer", issuers);
            text += &format!("[[limit]]\nid = \"limit-{number}\"\nreason = \"r\"\nissuers = {issuers}\n");
            text += &items.as_ref().map_or("addresses = false\n".to_owned(), |items| lists_of(items));
        }
        for (number, Suppression { rule, asset, until }) in self.suppressions.iter().enumerate() {
            text += &format!(
                "[[suppress]]\nid = \"suppress-{number}\"\nrule = \"{rule}\"\nasset = \"asset-{asset}\"\nuntil = {}\n\
                 by = \"b\"\nreason = \"r\"\n",
                der::rfc3339(*until)
            );
        }
        for (number, grant) in self.grants.iter().enumerate() {
            let pin =
                |field, pin: Option<Sha256Hash>| pin.map_or_else(String::new, |pin| format!("{field} = [\"{pin}\"]\n"));
            text += &format!(
                "[[grant]]\nid = \"grant-{number}\"\nassets = {}\nissuers = {}\nnot_before = {}\nnot_after = {}\n\
                 approved_by = \"a\"\nreason = \"r\"\nwildcards_above = {}\n{}{}{}",
                ids("asset", &grant.assets),
                ids("issuer", &grant.issuers),
                der::rfc3339(grant.not_before),
                der::rfc3339(grant.not_after),
                grant.wildcards_above,
                pin("key_sha256", grant.key_pin),
                pin("tbs_sha256", grant.tbs_pin),
                env(grant.env),
            );
        }
        text
    }

    /// `None`: off.
    fn level_of(&self, rule: &str) -> Option<Level> {
        let (_, level) = RULES.iter().find(|(known, _)| *known == rule).expect("one of those above");
        self.levels.get(rule).copied().unwrap_or(Some(*level))
    }

    /// The one that ends last, and of those the first by its id.
    fn suppressed_by(&self, finding: &Finding, now: i64) -> Option<String> {
        let meant = self.suppressions.iter().enumerate().filter(|(_, suppression)| {
            let asset = format!("asset-{}", suppression.asset);
            let is_of = finding.rule.as_str() == suppression.rule && finding.asset.as_ref() == Some(&asset);
            is_of && now <= suppression.until
        });
        let chosen = meant.max_by_key(|(number, suppression)| (suppression.until, Reverse(*number)));
        chosen.map(|(number, _)| format!("suppress-{number}"))
    }
}

fn list(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| format!("{text:?}")).collect();
    format!("[{}]", quoted.join(", "))
}

fn ids(what: &str, numbers: &BTreeSet<usize>) -> String {
    list(&numbers.iter().map(|number| format!("{what}-{number}")).collect::<Vec<_>>())
}

fn lists_of(items: &[Item]) -> String {
    let (names, addresses): (Vec<&Item>, Vec<&Item>) =
        items.iter().partition(|item| matches!(item, Item::Name(_) | Item::Subtree(_)));
    let mut text = String::new();
    for (field, items) in [("dns", names), ("ip", addresses)] {
        if !items.is_empty() {
            let texts: Vec<String> = items.iter().map(ToString::to_string).collect();
            text += &format!("{field} = {}\n", list(&texts));
        }
    }
    text
}

fn env(environment: Option<Environment>) -> String {
    environment.map_or_else(String::new, |environment| format!("env = \"{}\"\n", environment.as_str()))
}

/// An identifier of the certificate, in lower case and without a dot at its end.
#[derive(Clone, Copy)]
enum Identifier<'n> {
    Name(&'n str),
    Address(IpAddr),
}

#[derive(Clone, Copy)]
struct Case<'c> {
    config: &'c Config,
    names: &'c [&'c str],
    addresses: &'c [IpAddr],
    begins: i64,
    issuer: IssuerAttribution,
    /// For what it was asked for.
    asked: Option<Environment>,
}

/// What a case comes to.
#[derive(Default)]
struct Outcome {
    findings: BTreeSet<Decided>,
    /// By which grants, or by what else in the configuration, that passes which does.
    by: BTreeSet<String>,
    /// Whether anything is an asset's, or denied to whoever issued.
    is_owned: bool,
}

impl Case<'_> {
    fn decide(&self) -> Outcome {
        let config = self.config;
        let names: Vec<String> =
            self.names.iter().map(|name| name.trim_end_matches('.').to_ascii_lowercase()).collect();
        let identifiers: Vec<Identifier<'_>> = names
            .iter()
            .map(|name| Identifier::Name(name))
            .chain(self.addresses.iter().map(|address| Identifier::Address(*address)))
            .collect();
        let is_foreign =
            |identifier: &Identifier<'_>| config.assets.iter().all(|items| identifier.extent(items).is_none());
        let is_beside = identifiers.iter().any(is_foreign);
        let mut outcome = Outcome::default();
        for identifier in identifiers {
            for (number, items) in config.assets.iter().enumerate() {
                let Some(extent) = identifier.extent(items) else { continue };
                outcome.is_owned = true;
                let (rule, by) = match self.refusal(number, extent) {
                    Ok(by) => {
                        outcome.by.extend(by);
                        continue;
                    }
                    Err(refused) => refused,
                };
                let by_default = if rule == DENIED { 0 } else { config.by_default.get(number).copied().unwrap_or(0) };
                let level = match (by_default, config.level_of(rule)) {
                    (2, _) => {
                        outcome.by.insert("default-allow".to_owned());
                        continue;
                    }
                    (_, None) => {
                        outcome.by.insert(format!("allowed-level:{rule}"));
                        continue;
                    }
                    (1, Some(level)) => level.min(Level::Warning),
                    (_, Some(level)) => level,
                };
                let is_given = by_default == 1 || config.levels.contains_key(rule);
                let level = if is_beside && !is_given { one_worse(level) } else { level };
                outcome.findings.insert((
                    Some(format!("asset-{number}")),
                    identifier.text(),
                    rule.to_owned(),
                    level,
                    by,
                ));
            }
            for (number, denial) in config.denials.iter().enumerate() {
                if identifier.extent(&denial.items).is_some() && self.is_forbidden(denial) {
                    outcome.is_owned = true;
                    let level = config.level_of(DENIED).expect("it is never off");
                    let by = BTreeSet::from([format!("deny-{number}")]);
                    outcome.findings.insert((None, identifier.text(), DENIED.to_owned(), level, by));
                }
            }
            let rule = "issuance.beyond_limit";
            let broken: BTreeSet<String> = (0..)
                .zip(&config.limits)
                .filter(|(_, limit)| self.key().is_some_and(|key| limit.issuers.contains(&key)))
                .filter(|(_, limit)| !identifier.is_within(limit))
                .map(|(number, _): (usize, _)| format!("limit-{number}"))
                .collect();
            if let (false, Some(level)) = (broken.is_empty(), config.level_of(rule)) {
                outcome.findings.insert((None, identifier.text(), rule.to_owned(), level, broken));
            }
        }
        outcome
    }

    /// Which of the two keys issued, if that is certain.
    fn key(&self) -> Option<usize> {
        self.issuer.proven_key().map(|key| usize::from(key == OTHER_KEY))
    }

    fn is_forbidden(&self, denial: &Denial) -> bool {
        denial.issuers.is_empty() || self.key().is_none_or(|key| denial.issuers.contains(&key))
    }

    /// The grants that permit it, or which rule is broken, and who decided.
    fn refusal(&self, asset: usize, extent: Extent) -> Result<BTreeSet<String>, (&'static str, BTreeSet<String>)> {
        let denials = self.config.denials.iter().enumerate();
        let forbidding: BTreeSet<String> = denials
            .filter(|(_, denial)| denial.assets.contains(&asset) && self.is_forbidden(denial))
            .map(|(number, _)| format!("deny-{number}"))
            .collect();
        if !forbidding.is_empty() {
            return Err((DENIED, forbidding));
        }
        let over: Vec<(usize, &Grant)> =
            self.config.grants.iter().enumerate().filter(|(_, grant)| grant.assets.contains(&asset)).collect();
        let ids = |grants: &[(usize, &Grant)]| -> BTreeSet<String> {
            grants.iter().map(|(number, _)| format!("grant-{number}")).collect()
        };
        let mut by_default = ids(&over);
        by_default.insert("default-deny".to_owned());
        let refuse = |rule| Err((rule, by_default.clone()));
        if over.is_empty() {
            return refuse("ownership.no_grant");
        }
        let Some(key) = self.key() else { return refuse("ownership.unattributed_issuer") };
        let ended = |grant: &Grant| grant.not_after < self.begins;
        let mut left = over;
        left.retain(|(_, grant)| grant.issuers.contains(&key));
        if left.is_empty() {
            return refuse("ownership.wrong_issuer");
        }
        left.retain(|(_, grant)| {
            grant.env.is_none_or(|env| {
                self.asked.is_none_or(|asked| asked == env) && self.config.environments[key] == Some(env)
            })
        });
        if left.is_empty() {
            return refuse("ownership.wrong_environment");
        }
        let is_over = left.iter().any(|(_, grant)| ended(grant));
        left.retain(|(_, grant)| (grant.not_before..=grant.not_after).contains(&self.begins));
        if left.is_empty() {
            return refuse(if is_over { "ownership.grant_expired" } else { "ownership.grant_not_yet" });
        }
        left.retain(|(_, grant)| extent == Extent::Inside || extent == Extent::WildcardAbove && grant.wildcards_above);
        if left.is_empty() {
            return refuse("ownership.beyond_grant");
        }
        // A pin that is not of this certificate is `KEY`.
        left.retain(|(_, grant)| grant.key_pin != Some(KEY));
        if left.is_empty() {
            return refuse("ownership.key_not_pinned");
        }
        left.retain(|(_, grant)| grant.tbs_pin != Some(KEY));
        if left.is_empty() {
            return refuse("ownership.certificate_not_pinned");
        }
        Ok(ids(&left))
    }
}

fn one_worse(level: Level) -> Level {
    match level {
        Level::Notice => Level::Warning,
        Level::Warning => Level::Error,
        _ => Level::Critical,
    }
}

/// How far an identifier reaches beyond an asset that it concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Extent {
    Beyond,
    WildcardAbove,
    Inside,
}

impl Identifier<'_> {
    fn text(&self) -> String {
        match self {
            Self::Name(name) => (*name).to_owned(),
            Self::Address(address) => address.to_string(),
        }
    }

    fn extent(&self, items: &[Item]) -> Option<Extent> {
        match self {
            Self::Name(name) => Extent::of_name(name, items),
            Self::Address(address) => Extent::of_address(*address, items),
        }
    }

    /// Whether all that it stands for lies in what is listed.
    fn is_within(&self, limit: &Limit) -> bool {
        let Some(items) = &limit.items else { return matches!(self, Self::Name(_)) };
        match self {
            Self::Address(address) => Extent::of_address(*address, items).is_some(),
            Self::Name(name) => items.iter().any(|item| match (item, name.strip_prefix("*.")) {
                (Item::Name(listed), None) => *name == listed.as_str(),
                (Item::Subtree(top), parent) => {
                    let host = parent.unwrap_or(name);
                    host == top.as_str() || host.ends_with(&format!(".{top}"))
                }
                _ => false,
            }),
        }
    }
}

impl Extent {
    fn of_name(name: &str, items: &[Item]) -> Option<Self> {
        let of_item = |item: &Item| match (item, name.strip_prefix("*.")) {
            (Item::Name(_) | Item::Subtree(_), None) => Self::Inside,
            (Item::Subtree(top), Some(parent)) if parent == top.as_str() || parent.ends_with(&format!(".{top}")) => {
                Self::Inside
            }
            (Item::Name(own) | Item::Subtree(own), Some(parent)) => match own.as_str().split_once('.') {
                // Nobody consents to all of a top-level domain for the sake of one name.
                Some((_, above)) if above == parent && parent.contains('.') => Self::WildcardAbove,
                _ => Self::Beyond,
            },
            (Item::Address(_) | Item::Prefix(_), _) => Self::Beyond,
        };
        items.iter().filter(|item| naive::name_meets(name, item)).map(of_item).max()
    }

    /// One address is as much as an item that holds it, or less.
    fn of_address(address: IpAddr, items: &[Item]) -> Option<Self> {
        let octets = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        let bits = naive::Bits::of(&octets, &vec![0xff; octets.len()]);
        items.iter().any(|item| naive::address_meets(bits, item)).then_some(Self::Inside)
    }
}
