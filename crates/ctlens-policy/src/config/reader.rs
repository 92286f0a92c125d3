//! From text to a configuration, with all its mistakes at once.

use super::document::{Document, Table, Text, Texts, VERSION, read_addresses, read_names};
use super::records::{
    AssetRecord, DefaultsRecord, DenyRecord, GrantRecord, IssuerRecord, LimitRecord, OwnerRecord, Record,
    SuppressRecord,
};
use super::{Asset, ByDefault, Config, Defaults, Denial, Format, Grant, Issuer, Limit, Owner, Suppression};
use crate::authorities::Authorities;
use crate::config_error::{ConfigErrors, Problem};
use crate::detectors::{StreamRule, stream_rules};
use crate::environment::Environment;
use crate::hash::Sha256Hash;
use crate::rules;
use crate::suggest::nearest;
use ctlens_lint::{Level, RuleId};
use ctlens_san::Item;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

impl Config {
    pub(crate) fn read(
        text: &str,
        file: &str,
        format: Format,
        authorities: &Authorities,
    ) -> Result<Self, ConfigErrors> {
        Document::read(text, file, format, &TOP, |document, top| {
            ConfigReader { document, authorities, shared_ids: BTreeMap::new() }.config(top)
        })
    }
}

const LEVELS: &str = "levels";

pub(super) const TOP: [&str; 10] = [
    VERSION,
    DefaultsRecord::NAME,
    LEVELS,
    OwnerRecord::NAME,
    AssetRecord::NAME,
    IssuerRecord::NAME,
    GrantRecord::NAME,
    DenyRecord::NAME,
    LimitRecord::NAME,
    SuppressRecord::NAME,
];

pub(super) const BY_DEFAULT: [(&str, ByDefault); 3] =
    [("deny", ByDefault::Deny), ("warn", ByDefault::Warn), ("allow", ByDefault::Allow)];
/// What nobody can read is never quiet.
pub(super) const MALFORMED: [(&str, ByDefault); 2] = [("deny", ByDefault::Deny), ("warn", ByDefault::Warn)];
pub(super) const ENVIRONMENTS: [(&str, Environment); 2] =
    [("production", Environment::Production), ("test", Environment::Test)];
pub(super) const LEVEL_WORDS: [(&str, Option<Level>); 5] = [
    ("allow", None),
    ("notice", Some(Level::Notice)),
    ("warning", Some(Level::Warning)),
    ("error", Some(Level::Error)),
    ("critical", Some(Level::Critical)),
];

/// The tables of one kind.
struct Tables<R> {
    /// Those that could be decoded, in the order of the file.
    records: Vec<R>,
    /// The ids of all of them, with their index among `records` where that is good.
    ids: BTreeMap<String, Option<usize>>,
    /// Whether one has no id that can be read: what refers to nothing may mean that one.
    has_nameless: bool,
}

struct ConfigReader<'d, 't> {
    document: &'d mut Document<'t>,
    authorities: &'d Authorities,
    /// The ids of what decides, with the line of each: in a verdict nobody could tell two apart.
    shared_ids: BTreeMap<String, usize>,
}

impl<'t> ConfigReader<'_, 't> {
    /// Good where no mistake was found.
    fn config(&mut self, top: &mut DeTable<'t>) -> Config {
        let defaults = self.document.table::<DefaultsRecord>(top);
        let levels = self.levels(top);
        let owners = self.tables::<OwnerRecord>(top);
        let assets = self.tables::<AssetRecord>(top);
        let issuers = self.tables::<IssuerRecord>(top);
        let grants = self.tables::<GrantRecord>(top);
        let denials = self.tables::<DenyRecord>(top);
        let limits = self.tables::<LimitRecord>(top);
        let suppressions = self.tables::<SuppressRecord>(top);
        if assets.ids.is_empty() && denials.ids.is_empty() && limits.ids.is_empty() && self.document.mistakes() == 0 {
            self.document.error(0, Problem::NoAsset);
        }
        let without_grant = self.by_default(defaults.as_ref().and_then(|table| table.owned_without_grant.as_ref()));
        let malformed = self.malformed(defaults.as_ref().and_then(|table| table.malformed_near_asset.as_ref()));
        let without_grant = without_grant.unwrap_or(ByDefault::Deny);
        let defaults = Defaults {
            malformed_near_asset: malformed.unwrap_or(ByDefault::Deny),
            deny_uncovered: defaults.and_then(|table| table.deny_uncovered).unwrap_or(false),
        };
        let of_asset = (without_grant, defaults.malformed_near_asset);
        let mut looked_up = Vec::new();
        let read_issuers = issuers.records.iter().enumerate();
        let read_issuers =
            read_issuers.filter_map(|(index, record)| self.issuer(index, record, &mut looked_up)).collect();
        Config {
            assets: assets.records.iter().filter_map(|record| self.asset(record, &owners, of_asset)).collect(),
            grants: grants.records.iter().filter_map(|record| self.grant(record, &assets, &issuers)).collect(),
            denials: denials.records.iter().filter_map(|record| self.denial(record, &assets, &issuers)).collect(),
            limits: limits.records.iter().filter_map(|record| self.limit(record, &issuers)).collect(),
            suppressions: suppressions.records.iter().filter_map(|record| self.suppression(record, &assets)).collect(),
            issuers: read_issuers,
            owners: owners.records.into_iter().map(OwnerRecord::into_owner).collect(),
            levels,
            defaults,
            looked_up,
        }
    }

    fn levels(&mut self, top: &mut DeTable<'t>) -> BTreeMap<RuleId, Option<Level>> {
        let mut levels = BTreeMap::new();
        let Some(value) = top.remove(LEVELS) else { return levels };
        let start = value.span().start;
        let DeValue::Table(table) = value.into_inner() else {
            self.document.error(start, Problem::NotOneTable { table: LEVELS });
            return levels;
        };
        for (key, value) in table {
            let rule = Spanned::new(key.span(), key.get_ref().as_ref().to_owned());
            let rule = self.rule(&rule, rules::known().chain(stream_rules()));
            let word = match Text::deserialize(ValueDeserializer::from(value)) {
                Ok(word) => word,
                // The rule's id was not put in quotes, so that its dot made a table of it.
                Err(_) if rule.is_none() => continue,
                Err(error) => {
                    let offset = error.span().map_or(key.span().start, |span| span.start);
                    let problem = self.document.wrong_type(error.message());
                    self.document.error(offset, problem);
                    continue;
                }
            };
            let level = self.document.word("levels", &word, &LEVEL_WORDS);
            let (Some(rule), Some(level)) = (rule, level) else { continue };
            if level.is_none() && rules::NEVER_OFF.contains(&rule) {
                self.document.error(word.span().start, Problem::NeverOff { rule });
                continue;
            }
            levels.insert(rule, level);
        }
        levels
    }

    fn tables<R: Record>(&mut self, top: &mut DeTable<'t>) -> Tables<R> {
        let mut tables = Tables { records: Vec::new(), ids: BTreeMap::new(), has_nameless: false };
        let mut first_lines = BTreeMap::new();
        for (span, mut table) in self.document.elements(top, R::NAME) {
            let mistakes = self.document.mistakes();
            self.document.check::<R>(&span, &mut table);
            // Also the ids of tables with mistakes are known, lest every reference to one is another mistake.
            match table.get("id").map(Spanned::get_ref) {
                Some(DeValue::String(id)) => {
                    tables.ids.entry(id.clone().into_owned()).or_insert(None);
                }
                _ => tables.has_nameless = true,
            }
            let Some(record) = self.document.decode_checked::<R>(span, table) else { continue };
            self.check_id::<R>(&record, &mut first_lines);
            if self.document.mistakes() == mistakes {
                tables.ids.insert(record.id().get_ref().clone(), Some(tables.records.len()));
            }
            tables.records.push(record);
        }
        tables
    }

    fn check_id<R: Record>(&mut self, record: &R, first_lines: &mut BTreeMap<String, usize>) {
        let (id, offset) = (record.id().get_ref(), record.id().span().start);
        self.document.check_id(record.id());
        let seen = if R::DECIDES { &mut self.shared_ids } else { first_lines };
        let Some(&first_line) = seen.get(id) else {
            seen.insert(id.clone(), self.document.line(offset));
            return;
        };
        self.document.error(offset, Problem::DuplicateId { table: R::NAME, id: id.clone(), first_line });
    }

    fn asset(
        &mut self,
        record: &AssetRecord,
        owners: &Tables<OwnerRecord>,
        (without_grant, malformed): (ByDefault, ByDefault),
    ) -> Option<Asset> {
        let owner = self.reference(&record.owner, owners);
        if record.ip.is_none() && record.dns.is_none() {
            let problem = Problem::NothingToWatch { asset: record.id.get_ref().clone() };
            self.document.error(record.id.span().start, problem);
        }
        let items = self.all_items(record.ip.as_ref(), record.dns.as_ref());
        let tags = self.document.words("tags", record.tags.as_ref());
        let sources = self.document.words("sources", record.sources.as_ref());
        let owned_without_grant = self.by_default(record.owned_without_grant.as_ref()).unwrap_or(without_grant);
        let malformed_near_asset = self.malformed(record.malformed_near_asset.as_ref()).unwrap_or(malformed);
        let id = record.id.get_ref().clone();
        Some(Asset { id, owner: owner?, items, tags, sources, owned_without_grant, malformed_near_asset })
    }

    fn all_items(&mut self, ip: Option<&Texts>, dns: Option<&Texts>) -> Vec<Item> {
        let mut items = self.document.items("ip", ip, read_addresses);
        items.extend(self.document.items("dns", dns, read_names));
        items
    }

    fn issuer(
        &mut self,
        index: usize,
        record: &IssuerRecord,
        looked_up: &mut Vec<(usize, Sha256Hash)>,
    ) -> Option<Issuer> {
        let IssuerRecord { id, spki_sha256, certificate_sha256, owner, env } = record;
        if spki_sha256.is_none() && certificate_sha256.is_none() && owner.is_none() {
            self.document.error(id.span().start, Problem::NoKey { issuer: id.get_ref().clone() });
        }
        let mut keys = self.document.hashes("spki_sha256", spki_sha256.as_ref());
        let first = looked_up.len();
        let authorities = self.authorities;
        for (certificate, offset) in
            self.document.hashes_with_offsets("certificate_sha256", certificate_sha256.as_ref())
        {
            match authorities.key_of(&certificate) {
                Some(key) => looked_up.push((index, key)),
                None => self.document.error(offset, Problem::UnknownCertificate { certificate }),
            }
        }
        if let Some(owners) = owner {
            self.document.check_not_empty("owner", owners);
            for owner in owners.get_ref() {
                let known = authorities.keys_of_owner(owner.get_ref());
                if known.is_empty() {
                    let owners = authorities.owners().take(self.compared());
                    let suggestion = nearest(owner.get_ref(), owners).map(str::to_owned);
                    let problem = Problem::UnknownCaOwner { owner: owner.get_ref().clone(), suggestion };
                    self.document.error(owner.span().start, problem);
                }
                looked_up.extend(known.iter().map(|key| (index, *key)));
            }
        }
        keys.extend(looked_up.iter().skip(first).map(|(_, key)| *key));
        let env = self.environment(env.as_ref());
        Some(Issuer { id: id.get_ref().clone(), keys, env })
    }

    fn grant(
        &mut self,
        record: &GrantRecord,
        assets: &Tables<AssetRecord>,
        issuers: &Tables<IssuerRecord>,
    ) -> Option<Grant> {
        let assets = self.references("assets", Some(&record.assets), assets);
        let issuers = self.references("issuers", Some(&record.issuers), issuers);
        let not_before = self.document.time(&record.not_before);
        let not_after = self.document.time(&record.not_after);
        if let (Some(not_before), Some(not_after)) = (not_before, not_after)
            && not_after < not_before
        {
            let problem = Problem::WindowEndsBeforeItBegins { not_before, not_after };
            self.document.error(record.not_after.span().start, problem);
        }
        self.document.check_text("approved_by", &record.approved_by);
        self.document.check_text("reason", &record.reason);
        let evidence_sha256 = record.evidence_sha256.as_ref().and_then(|evidence| self.document.hash(evidence));
        let key_pins = self.document.hashes("key_sha256", record.key_sha256.as_ref());
        let tbs_pins = self.document.hashes("tbs_sha256", record.tbs_sha256.as_ref());
        let env = self.environment(record.env.as_ref());
        Some(Grant {
            id: record.id.get_ref().clone(),
            assets,
            issuers,
            not_before: not_before?,
            not_after: not_after?,
            approved_by: record.approved_by.get_ref().clone(),
            reason: record.reason.get_ref().clone(),
            evidence_sha256,
            wildcards_above: record.wildcards_above.unwrap_or(false),
            key_pins,
            tbs_pins,
            env,
        })
    }

    fn denial(
        &mut self,
        record: &DenyRecord,
        assets: &Tables<AssetRecord>,
        issuers: &Tables<IssuerRecord>,
    ) -> Option<Denial> {
        if record.assets.is_none() && record.ip.is_none() && record.dns.is_none() {
            self.document.error(record.id.span().start, Problem::NothingDenied { deny: record.id.get_ref().clone() });
        }
        let assets = self.references("assets", record.assets.as_ref(), assets);
        let items = self.all_items(record.ip.as_ref(), record.dns.as_ref());
        let issuers = self.references("issuers", record.issuers.as_ref(), issuers);
        self.document.check_text("reason", &record.reason);
        let reason = record.reason.get_ref().clone();
        Some(Denial { id: record.id.get_ref().clone(), assets, items, issuers, reason })
    }

    fn limit(&mut self, record: &LimitRecord, issuers: &Tables<IssuerRecord>) -> Option<Limit> {
        let LimitRecord { id, ip, dns, addresses, reason, .. } = record;
        let issuers = self.references("issuers", Some(&record.issuers), issuers);
        let may_have_addresses = addresses.as_ref().map(|addresses| *addresses.get_ref());
        match (ip, dns, may_have_addresses) {
            (None, None, None | Some(true)) => {
                self.document.error(id.span().start, Problem::NoLimit { limit: id.get_ref().clone() });
            }
            (Some(ip), _, Some(_)) => self.document.error(ip.span().start, Problem::BothAddresses),
            _ => {}
        }
        // What is in neither list is beyond the limit: who writes `.hr` does not mean all addresses.
        let is_list = ip.is_some() || dns.is_some();
        let names = is_list.then(|| self.document.items("dns", dns.as_ref(), read_names));
        let is_limited = !may_have_addresses.unwrap_or(!is_list);
        let addresses = is_limited.then(|| self.document.items("ip", ip.as_ref(), read_addresses));
        self.document.check_text("reason", reason);
        let (id, reason) = (id.get_ref().clone(), reason.get_ref().clone());
        Some(Limit { id, issuers, names, addresses, reason })
    }

    fn suppression(&mut self, record: &SuppressRecord, assets: &Tables<AssetRecord>) -> Option<Suppression> {
        let rule = self.rule_of_findings(&record.rule);
        if record.asset.is_none() && record.tbs_sha256.is_none() {
            self.document.error(record.id.span().start, Problem::NoScope { suppress: record.id.get_ref().clone() });
        }
        let asset = record.asset.as_ref().map(|asset| self.reference(asset, assets));
        let tbs_sha256 = record.tbs_sha256.as_ref().map(|hash| self.document.hash(hash));
        let until = self.document.time(&record.until);
        self.document.check_text("by", &record.by);
        self.document.check_text("reason", &record.reason);
        Some(Suppression {
            id: record.id.get_ref().clone(),
            rule: rule?,
            asset: asset.map_or(Some(None), |asset| asset.map(Some))?,
            tbs_sha256: tbs_sha256.map_or(Some(None), |hash| hash.map(Some))?,
            until: until?,
            by: record.by.get_ref().clone(),
            reason: record.reason.get_ref().clone(),
        })
    }

    fn by_default(&mut self, word: Option<&Text>) -> Option<ByDefault> {
        self.document.word("owned_without_grant", word?, &BY_DEFAULT)
    }

    fn malformed(&mut self, word: Option<&Text>) -> Option<ByDefault> {
        self.document.word("malformed_near_asset", word?, &MALFORMED)
    }

    fn environment(&mut self, word: Option<&Text>) -> Option<Environment> {
        self.document.word("env", word?, &ENVIRONMENTS)
    }

    fn rule_of_findings(&mut self, text: &Text) -> Option<RuleId> {
        if StreamRule::named(text.get_ref()).is_some() {
            self.document.error(text.span().start, Problem::NoFindings { rule: text.get_ref().clone() });
            return None;
        }
        self.rule(text, rules::known())
    }

    fn rule(&mut self, text: &Text, known: impl Iterator<Item = &'static str> + Clone) -> Option<RuleId> {
        if !known.clone().any(|rule| rule == text.get_ref()) {
            let suggestion = nearest(text.get_ref(), known.take(self.compared()));
            self.document.error(text.span().start, Problem::UnknownRule { rule: text.get_ref().clone(), suggestion });
            return None;
        }
        text.get_ref().parse().ok()
    }

    /// With how many candidates an unknown word is compared: of the first mistakes only, for a long list against another long
    /// list would take its time.
    fn compared(&self) -> usize {
        if self.document.mistakes() < 100 { usize::MAX } else { 0 }
    }

    fn references<R: Record>(&mut self, field: &'static str, ids: Option<&Texts>, tables: &Tables<R>) -> Vec<usize> {
        let Some(ids) = ids else { return Vec::new() };
        self.document.check_not_empty(field, ids);
        ids.get_ref().iter().filter_map(|id| self.reference(id, tables)).collect()
    }

    fn reference<R: Record>(&mut self, id: &Text, tables: &Tables<R>) -> Option<usize> {
        if let Some(index) = tables.ids.get(id.get_ref()) {
            return *index;
        }
        if tables.has_nameless {
            return None;
        }
        let ids = tables.ids.keys().map(String::as_str).take(self.compared());
        let suggestion = nearest(id.get_ref(), ids).map(str::to_owned);
        let problem = Problem::UnknownId { table: R::NAME, id: id.get_ref().clone(), suggestion };
        self.document.error(id.span().start, problem);
        None
    }
}

impl OwnerRecord {
    fn into_owner(self) -> Owner {
        Owner { id: self.id.into_inner(), contact: self.contact }
    }
}
