//! From text to a configuration, with all its mistakes at once.

use super::json;
use super::place::Lines;
use super::records::{
    AssetRecord, DefaultsRecord, DenyRecord, GrantRecord, IssuerRecord, LimitRecord, OwnerRecord, Record,
    SuppressRecord, Table, Text, Texts,
};
use super::{
    Asset, ByDefault, Config, DEFAULT_ALLOW, DEFAULT_DENY, Defaults, Denial, Format, Grant, Issuer, Limit, Owner,
    Suppression,
};
use crate::authorities::Authorities;
use crate::config_error::{ConfigError, ConfigErrors, Problem};
use crate::environment::Environment;
use crate::hash::Sha256Hash;
use crate::rules;
use crate::suggest::nearest;
use ctlens_lint::{Level, RuleId};
use ctlens_san::{Item, ParseError, ParseErrorKind};
use ctlens_x509::UnixSeconds;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use toml::value::{Datetime, Offset};

impl Config {
    pub(crate) fn read(
        text: &str,
        file: &str,
        format: Format,
        authorities: &Authorities,
    ) -> Result<Self, ConfigErrors> {
        let shared_ids = BTreeMap::new();
        let mut reader =
            ConfigReader { text, format, authorities, lines: Lines::of(text), shared_ids, errors: Vec::new() };
        let config = reader.config();
        let ConfigReader { lines, mut errors, .. } = reader;
        match config {
            Some(config) if errors.is_empty() => Ok(config),
            _ => {
                errors.sort_by_key(|(offset, _)| *offset);
                let located = errors.into_iter().map(|(offset, problem)| {
                    let (line, column) = lines.position(text, offset);
                    ConfigError { line, column, problem }
                });
                Err(ConfigErrors { file: file.to_owned(), errors: located.collect() })
            }
        }
    }
}

pub(super) const VERSION: &str = "version";
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
}

struct ConfigReader<'t> {
    text: &'t str,
    format: Format,
    authorities: &'t Authorities,
    lines: Lines,
    /// The ids of what decides, with the line of each: in a verdict nobody could tell two apart.
    shared_ids: BTreeMap<String, usize>,
    /// With the offset in bytes at which each stands.
    errors: Vec<(usize, Problem)>,
}

impl<'t> ConfigReader<'t> {
    /// `None`, or errors, where something is wrong.
    fn config(&mut self) -> Option<Config> {
        let mut top = self.parse()?;
        self.check_fields(&mut top, 0, "", &[VERSION], &TOP);
        self.check_version(&top);
        let defaults = self.table::<DefaultsRecord>(&mut top);
        let levels = self.levels(&mut top);
        let owners = self.tables::<OwnerRecord>(&mut top);
        let assets = self.tables::<AssetRecord>(&mut top);
        let issuers = self.tables::<IssuerRecord>(&mut top);
        let grants = self.tables::<GrantRecord>(&mut top);
        let denials = self.tables::<DenyRecord>(&mut top);
        let limits = self.tables::<LimitRecord>(&mut top);
        let suppressions = self.tables::<SuppressRecord>(&mut top);
        if assets.ids.is_empty() && denials.ids.is_empty() && limits.ids.is_empty() && self.errors.is_empty() {
            self.error(0, Problem::NoAsset);
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
        Some(Config {
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
        })
    }

    fn parse(&mut self) -> Option<DeTable<'t>> {
        match self.format {
            Format::Toml => {
                let (top, syntax) = DeTable::parse_recoverable(self.text);
                if syntax.is_empty() {
                    return Some(top.into_inner());
                }
                for error in syntax {
                    let offset = error.span().map_or(self.text.len(), |span| span.start);
                    self.error(offset, Problem::Syntax { language: "TOML", said: error.message().to_owned() });
                }
                None
            }
            Format::Json => {
                let (top, errors) = json::parse(self.text, &self.lines);
                self.errors.extend(errors);
                top
            }
        }
    }

    fn error(&mut self, offset: usize, problem: Problem) {
        self.errors.push((offset, problem));
    }

    fn check_version(&mut self, top: &DeTable<'_>) {
        let Some(version) = top.get(VERSION) else { return };
        let offset = version.span().start;
        match i64::deserialize(ValueDeserializer::from(version.clone())) {
            Ok(1) => {}
            Ok(found) => self.error(offset, Problem::Version { found }),
            Err(error) => self.error(offset, Problem::Type { said: error.message().to_owned() }),
        }
    }

    /// Reports unknown fields, and takes them out so that the rest can still be decoded; reports those that are missing.
    fn check_fields(
        &mut self,
        table: &mut DeTable<'_>,
        offset: usize,
        name: &'static str,
        required: &[&'static str],
        known: &[&'static str],
    ) {
        let unknown: Vec<_> = table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())).cloned().collect();
        for key in unknown {
            table.remove(&key);
            let field = key.get_ref().clone().into_owned();
            let suggestion = nearest(&field, known.iter().copied());
            self.error(key.span().start, Problem::UnknownField { field, suggestion, expected: known.to_vec() });
        }
        for &field in required {
            if !table.contains_key(field) {
                self.error(offset, Problem::MissingField { table: name, field });
            }
        }
    }

    /// The only table of a name.
    fn table<T: Table>(&mut self, top: &mut DeTable<'t>) -> Option<T> {
        let value = top.remove(T::NAME)?;
        let span = value.span();
        let DeValue::Table(table) = value.into_inner() else {
            self.error(span.start, Problem::NotOneTable { table: T::NAME });
            return None;
        };
        self.decode(span, table)
    }

    fn levels(&mut self, top: &mut DeTable<'t>) -> BTreeMap<RuleId, Option<Level>> {
        let mut levels = BTreeMap::new();
        let Some(value) = top.remove(LEVELS) else { return levels };
        let start = value.span().start;
        let DeValue::Table(table) = value.into_inner() else {
            self.error(start, Problem::NotOneTable { table: LEVELS });
            return levels;
        };
        for (key, value) in table {
            let rule = self.rule(&Spanned::new(key.span(), key.get_ref().as_ref().to_owned()));
            let word = match Text::deserialize(ValueDeserializer::from(value)) {
                Ok(word) => word,
                // The rule's id was not put in quotes, so that its dot made a table of it.
                Err(_) if rule.is_none() => continue,
                Err(error) => {
                    let offset = error.span().map_or(key.span().start, |span| span.start);
                    self.error(offset, Problem::Type { said: error.message().to_owned() });
                    continue;
                }
            };
            let level = self.word("levels", &word, &LEVEL_WORDS);
            let (Some(rule), Some(level)) = (rule, level) else { continue };
            if level.is_none() && rules::NEVER_OFF.contains(&rule) {
                self.error(word.span().start, Problem::NeverOff { rule });
                continue;
            }
            levels.insert(rule, level);
        }
        levels
    }

    fn tables<R: Record>(&mut self, top: &mut DeTable<'t>) -> Tables<R> {
        let mut tables = Tables { records: Vec::new(), ids: BTreeMap::new() };
        let Some(value) = top.remove(R::NAME) else { return tables };
        let span = value.span();
        let elements: Vec<Spanned<DeValue<'_>>> = match value.into_inner() {
            DeValue::Array(array) => array.into_iter().collect(),
            other => {
                self.not_tables(span.start, R::NAME);
                // Its id is known all the same.
                Vec::from_iter(matches!(other, DeValue::Table(_)).then(|| Spanned::new(span, other)))
            }
        };
        let mut first_lines = BTreeMap::new();
        for value in elements {
            let span = value.span();
            let DeValue::Table(table) = value.into_inner() else {
                self.not_tables(span.start, R::NAME);
                continue;
            };
            // Also the ids of tables with mistakes are known, lest every reference to one is another mistake.
            if let Some(DeValue::String(id)) = table.get("id").map(Spanned::get_ref) {
                tables.ids.entry(id.clone().into_owned()).or_insert(None);
            }
            let errors = self.errors.len();
            let Some(record) = self.decode::<R>(span, table) else { continue };
            self.check_id::<R>(&record, &mut first_lines);
            if self.errors.len() == errors {
                tables.ids.insert(record.id().get_ref().clone(), Some(tables.records.len()));
            }
            tables.records.push(record);
        }
        tables
    }

    fn not_tables(&mut self, offset: usize, table: &'static str) {
        let problem = match self.format {
            Format::Toml => Problem::NotTables { table },
            Format::Json => Problem::NotObjects { table },
        };
        self.error(offset, problem);
    }

    fn decode<T: Table>(&mut self, span: Range<usize>, mut table: DeTable<'_>) -> Option<T> {
        let known = [T::REQUIRED, T::OPTIONAL].concat();
        self.check_fields(&mut table, span.start, T::NAME, T::REQUIRED, &known);
        if T::REQUIRED.iter().any(|&field| !table.contains_key(field)) {
            return None;
        }
        if self.format == Format::Json && !self.read_times(&mut table, T::TIMES) {
            return None;
        }
        let start = span.start;
        let table = Spanned::new(span, DeValue::Table(table));
        let decoded = T::deserialize(ValueDeserializer::from(table));
        let wrong = |error: toml::de::Error| {
            let offset = error.span().map_or(start, |span| span.start);
            self.error(offset, Problem::Type { said: error.message().to_owned() });
        };
        decoded.map_err(wrong).ok()
    }

    /// Times in JSON are strings.
    fn read_times(&mut self, table: &mut DeTable<'_>, fields: &[&str]) -> bool {
        let errors = self.errors.len();
        for field in fields {
            let Some(value) = table.get_mut(*field) else { continue };
            let offset = value.span().start;
            let DeValue::String(text) = value.get_ref() else { continue };
            match text.parse() {
                Ok(time) => *value.get_mut() = DeValue::Datetime(time),
                Err(_) => self.error(offset, Problem::NoSuchTime),
            }
        }
        self.errors.len() == errors
    }

    fn check_id<R: Record>(&mut self, record: &R, first_lines: &mut BTreeMap<String, usize>) {
        let (id, offset) = (record.id().get_ref(), record.id().span().start);
        let allowed = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'_' | b'-');
        if id.is_empty() || id.len() > 64 || !id.bytes().all(allowed) {
            self.error(offset, Problem::Id { id: id.clone() });
        }
        if id == DEFAULT_DENY || id == DEFAULT_ALLOW {
            self.error(offset, Problem::ReservedId { id: id.clone() });
        }
        let seen = if R::DECIDES { &mut self.shared_ids } else { first_lines };
        let Some(&first_line) = seen.get(id) else {
            let (line, _) = self.lines.position(self.text, offset);
            seen.insert(id.clone(), line);
            return;
        };
        self.error(offset, Problem::DuplicateId { table: R::NAME, id: id.clone(), first_line });
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
            self.error(record.id.span().start, problem);
        }
        let items = self.all_items(record.ip.as_ref(), record.dns.as_ref());
        let tags = self.words("tags", record.tags.as_ref());
        let sources = self.words("sources", record.sources.as_ref());
        let owned_without_grant = self.by_default(record.owned_without_grant.as_ref()).unwrap_or(without_grant);
        let malformed_near_asset = self.malformed(record.malformed_near_asset.as_ref()).unwrap_or(malformed);
        let id = record.id.get_ref().clone();
        Some(Asset { id, owner: owner?, items, tags, sources, owned_without_grant, malformed_near_asset })
    }

    fn all_items(&mut self, ip: Option<&Texts>, dns: Option<&Texts>) -> Vec<Item> {
        let mut items = self.items("ip", ip, read_addresses);
        items.extend(self.items("dns", dns, read_names));
        items
    }

    fn items(
        &mut self,
        field: &'static str,
        texts: Option<&Texts>,
        read: fn(&str) -> Result<Item, (ParseErrorKind, usize)>,
    ) -> Vec<Item> {
        let Some(texts) = texts else { return Vec::new() };
        self.check_not_empty(field, texts);
        let mut items = Vec::new();
        for text in texts.get_ref() {
            match read(text.get_ref()) {
                Ok(item) => items.push(item),
                Err((kind, offset)) => {
                    let value = text.get_ref();
                    let belongs_in = if is_address(value) { "ip" } else { "dns" };
                    if belongs_in != field && (is_address(value) || read_names(value).is_ok()) {
                        let problem = Problem::Misplaced { field, text: value.clone(), belongs_in };
                        self.error(self.offset_in(text, 0), problem);
                        continue;
                    }
                    let offset = self.offset_in(text, offset);
                    self.error(offset, Problem::Item { field, text: value.clone(), kind });
                }
            }
        }
        items
    }

    /// Texts that stand for themselves.
    fn words(&mut self, field: &'static str, texts: Option<&Texts>) -> Vec<String> {
        let Some(texts) = texts else { return Vec::new() };
        self.check_not_empty(field, texts);
        for text in texts.get_ref() {
            self.check_text(field, text);
        }
        texts.get_ref().iter().map(|text| text.get_ref().clone()).collect()
    }

    fn issuer(
        &mut self,
        index: usize,
        record: &IssuerRecord,
        looked_up: &mut Vec<(usize, Sha256Hash)>,
    ) -> Option<Issuer> {
        let IssuerRecord { id, spki_sha256, certificate_sha256, owner, env } = record;
        if spki_sha256.is_none() && certificate_sha256.is_none() && owner.is_none() {
            self.error(id.span().start, Problem::NoKey { issuer: id.get_ref().clone() });
        }
        let mut keys = self.hashes("spki_sha256", spki_sha256.as_ref());
        let authorities = self.authorities;
        for (certificate, offset) in self.hashes_with_offsets("certificate_sha256", certificate_sha256.as_ref()) {
            match authorities.key_of(&certificate) {
                Some(key) => looked_up.push((index, key)),
                None => self.error(offset, Problem::UnknownCertificate { certificate }),
            }
        }
        if let Some(owners) = owner {
            self.check_not_empty("owner", owners);
            for owner in owners.get_ref() {
                let known = authorities.keys_of_owner(owner.get_ref());
                if known.is_empty() {
                    let suggestion = nearest(owner.get_ref(), authorities.owners()).map(str::to_owned);
                    let problem = Problem::UnknownCaOwner { owner: owner.get_ref().clone(), suggestion };
                    self.error(owner.span().start, problem);
                }
                looked_up.extend(known.iter().map(|key| (index, *key)));
            }
        }
        keys.extend(looked_up.iter().filter(|(issuer, _)| *issuer == index).map(|(_, key)| *key));
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
        let not_before = self.time(&record.not_before);
        let not_after = self.time(&record.not_after);
        if let (Some(not_before), Some(not_after)) = (not_before, not_after)
            && not_after < not_before
        {
            let problem = Problem::WindowEndsBeforeItBegins { not_before, not_after };
            self.error(record.not_after.span().start, problem);
        }
        self.check_text("approved_by", &record.approved_by);
        self.check_text("reason", &record.reason);
        if let Some(evidence) = &record.evidence_sha256 {
            self.hash(evidence);
        }
        let key_pins = self.hashes("key_sha256", record.key_sha256.as_ref());
        let tbs_pins = self.hashes("tbs_sha256", record.tbs_sha256.as_ref());
        let env = self.environment(record.env.as_ref());
        Some(Grant {
            id: record.id.get_ref().clone(),
            assets,
            issuers,
            not_before: not_before?,
            not_after: not_after?,
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
            self.error(record.id.span().start, Problem::NothingDenied { deny: record.id.get_ref().clone() });
        }
        let assets = self.references("assets", record.assets.as_ref(), assets);
        let items = self.all_items(record.ip.as_ref(), record.dns.as_ref());
        let issuers = self.references("issuers", record.issuers.as_ref(), issuers);
        self.check_text("reason", &record.reason);
        let reason = record.reason.get_ref().clone();
        Some(Denial { id: record.id.get_ref().clone(), assets, items, issuers, reason })
    }

    fn limit(&mut self, record: &LimitRecord, issuers: &Tables<IssuerRecord>) -> Option<Limit> {
        let LimitRecord { id, ip, dns, addresses, reason, .. } = record;
        let issuers = self.references("issuers", Some(&record.issuers), issuers);
        let may_have_addresses = addresses.as_ref().map(|addresses| *addresses.get_ref());
        match (ip, dns, may_have_addresses) {
            (None, None, None | Some(true)) => {
                self.error(id.span().start, Problem::NoLimit { limit: id.get_ref().clone() });
            }
            (Some(ip), _, Some(_)) => self.error(ip.span().start, Problem::BothAddresses),
            _ => {}
        }
        // What is in neither list is beyond the limit: who writes `.hr` does not mean all addresses.
        let is_list = ip.is_some() || dns.is_some();
        let names = is_list.then(|| self.items("dns", dns.as_ref(), read_names));
        let is_limited = !may_have_addresses.unwrap_or(!is_list);
        let addresses = is_limited.then(|| self.items("ip", ip.as_ref(), read_addresses));
        self.check_text("reason", reason);
        let (id, reason) = (id.get_ref().clone(), reason.get_ref().clone());
        Some(Limit { id, issuers, names, addresses, reason })
    }

    fn suppression(&mut self, record: &SuppressRecord, assets: &Tables<AssetRecord>) -> Option<Suppression> {
        let rule = self.rule(&record.rule);
        if record.asset.is_none() && record.tbs_sha256.is_none() {
            self.error(record.id.span().start, Problem::NoScope { suppress: record.id.get_ref().clone() });
        }
        let asset = record.asset.as_ref().map(|asset| self.reference(asset, assets));
        let tbs_sha256 = record.tbs_sha256.as_ref().map(|hash| self.hash(hash));
        let until = self.time(&record.until);
        self.check_text("by", &record.by);
        self.check_text("reason", &record.reason);
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
        self.word("owned_without_grant", word?, &BY_DEFAULT)
    }

    fn malformed(&mut self, word: Option<&Text>) -> Option<ByDefault> {
        self.word("malformed_near_asset", word?, &MALFORMED)
    }

    fn environment(&mut self, word: Option<&Text>) -> Option<Environment> {
        self.word("env", word?, &ENVIRONMENTS)
    }

    /// One of the words that a field knows.
    fn word<T: Copy>(&mut self, field: &'static str, word: &Text, known: &[(&'static str, T)]) -> Option<T> {
        let found = known.iter().find(|(known, _)| known == word.get_ref());
        if found.is_none() {
            let expected: Vec<&'static str> = known.iter().map(|(known, _)| *known).collect();
            let suggestion = nearest(word.get_ref(), expected.iter().copied());
            let problem = Problem::Word { field, word: word.get_ref().clone(), suggestion, expected };
            self.error(word.span().start, problem);
        }
        found.map(|(_, value)| *value)
    }

    fn rule(&mut self, text: &Text) -> Option<RuleId> {
        let known = rules::level_of(text.get_ref());
        if known.is_none() {
            let all: Vec<&'static str> = rules::known().collect();
            let suggestion = nearest(text.get_ref(), all);
            self.error(text.span().start, Problem::UnknownRule { rule: text.get_ref().clone(), suggestion });
        }
        known.and_then(|_| text.get_ref().parse().ok())
    }

    fn check_text(&mut self, field: &'static str, text: &Text) {
        if text.get_ref().trim().is_empty() {
            self.error(text.span().start, Problem::EmptyText { field });
        }
    }

    fn check_not_empty(&mut self, field: &'static str, texts: &Texts) {
        if texts.get_ref().is_empty() {
            self.error(texts.span().start, Problem::EmptyList { field });
        }
    }

    fn references<R: Record>(&mut self, field: &'static str, ids: Option<&Texts>, tables: &Tables<R>) -> Vec<usize> {
        let Some(ids) = ids else { return Vec::new() };
        self.check_not_empty(field, ids);
        ids.get_ref().iter().filter_map(|id| self.reference(id, tables)).collect()
    }

    fn reference<R: Record>(&mut self, id: &Text, tables: &Tables<R>) -> Option<usize> {
        if let Some(index) = tables.ids.get(id.get_ref()) {
            return *index;
        }
        // Of the first mistakes only: a long list against another long list would take its time.
        let near = if self.errors.len() < 100 { usize::MAX } else { 0 };
        let ids = tables.ids.keys().map(String::as_str).take(near);
        let suggestion = nearest(id.get_ref(), ids).map(str::to_owned);
        let problem = Problem::UnknownId { table: R::NAME, id: id.get_ref().clone(), suggestion };
        self.error(id.span().start, problem);
        None
    }

    fn hashes(&mut self, field: &'static str, texts: Option<&Texts>) -> Vec<Sha256Hash> {
        self.hashes_with_offsets(field, texts).into_iter().map(|(hash, _)| hash).collect()
    }

    fn hashes_with_offsets(&mut self, field: &'static str, texts: Option<&Texts>) -> Vec<(Sha256Hash, usize)> {
        let Some(texts) = texts else { return Vec::new() };
        self.check_not_empty(field, texts);
        let texts = texts.get_ref().iter();
        texts.filter_map(|text| Some((self.hash(text)?, text.span().start))).collect()
    }

    fn hash(&mut self, text: &Text) -> Option<Sha256Hash> {
        let parsed = text.get_ref().parse();
        parsed.map_err(|error| self.error(text.span().start, Problem::Hash(error))).ok()
    }

    fn time(&mut self, time: &Spanned<Datetime>) -> Option<UnixSeconds> {
        let seconds = unix_seconds(time.get_ref());
        seconds.map_err(|problem| self.error(time.span().start, problem)).ok()
    }

    /// Where a byte of a text's value stands in the file. Where escapes make that unclear: where the text begins.
    fn offset_in(&self, text: &Text, offset: usize) -> usize {
        let Range { start, end } = text.span();
        let first = start.saturating_add(1);
        let quoted = self.text.get(first..end.saturating_sub(1));
        if quoted == Some(text.get_ref()) { first.saturating_add(offset) } else { start }
    }
}

impl OwnerRecord {
    fn into_owner(self) -> Owner {
        Owner { id: self.id.into_inner(), contact: self.contact }
    }
}

fn read_addresses(text: &str) -> Result<Item, (ParseErrorKind, usize)> {
    if let Ok(address) = text.parse() {
        return Ok(Item::Address(address));
    }
    if !text.contains('/') {
        return Err((ParseErrorKind::Address, 0));
    }
    text.parse().map(Item::Prefix).map_err(|error: ParseError| (error.kind, error.offset))
}

/// With a length behind it or without.
fn is_address(text: &str) -> bool {
    let address = text.split_once('/').map_or(text, |(address, _)| address);
    address.parse::<IpAddr>().is_ok()
}

/// A leading dot makes the name the root of all below it.
fn read_names(text: &str) -> Result<Item, (ParseErrorKind, usize)> {
    let item = if text.starts_with('.') { text.parse() } else { text.parse().map(Item::Name) };
    item.map_err(|error: ParseError| (error.kind, error.offset))
}

fn unix_seconds(time: &Datetime) -> Result<UnixSeconds, Problem> {
    let (Some(date), Some(clock), Some(offset)) = (time.date, time.time, time.offset) else {
        return Err(Problem::NoOffset);
    };
    let minutes = match offset {
        Offset::Z => 0,
        Offset::Custom { minutes } => i64::from(minutes),
    };
    let minute_of_day =
        i64::from(clock.hour).saturating_mul(60).saturating_add(i64::from(clock.minute)).saturating_sub(minutes);
    let second_of_day = minute_of_day.saturating_mul(60).saturating_add(i64::from(clock.second.unwrap_or(0)));
    let midnight = UnixSeconds::from_civil(date.year.into(), date.month, date.day);
    let seconds = midnight.and_then(|UnixSeconds(midnight)| midnight.checked_add(second_of_day));
    seconds.map(UnixSeconds).ok_or(Problem::NoSuchTime)
}
