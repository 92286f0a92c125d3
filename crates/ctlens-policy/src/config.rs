//! From TOML to tables whose ids, references, hashes and times are known to be good.

use crate::config_error::{ConfigError, ConfigErrors, Problem};
use crate::hash::Sha256Hash;
use crate::suggest::nearest;
use ctlens_san::{Item, ParseError, ParseErrorKind};
use ctlens_x509::UnixSeconds;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use toml::value::{Datetime, Offset};

/// A configuration without mistakes. References are indices.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) owners: Vec<Owner>,
    pub(crate) assets: Vec<Asset>,
    pub(crate) issuers: Vec<Issuer>,
    pub(crate) grants: Vec<Grant>,
}

#[derive(Debug)]
pub(crate) struct Owner {
    pub(crate) id: String,
    pub(crate) contact: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Asset {
    pub(crate) id: String,
    pub(crate) owner: usize,
    pub(crate) items: Vec<Item>,
}

#[derive(Debug)]
pub(crate) struct Issuer {
    pub(crate) id: String,
    pub(crate) keys: Vec<Sha256Hash>,
}

/// Consent: these issuers may issue for these assets, in certificates whose validity begins in the window.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) id: String,
    pub(crate) assets: Vec<usize>,
    pub(crate) issuers: Vec<usize>,
    pub(crate) not_before: UnixSeconds,
    /// Inclusive, as in certificates.
    pub(crate) not_after: UnixSeconds,
    pub(crate) wildcards_above: bool,
}

/// What decides where no grant does.
pub(crate) const DEFAULT_DENY: &str = "default-deny";

impl Config {
    pub(crate) fn read(text: &str, file: &str) -> Result<Self, ConfigErrors> {
        let mut reader = ConfigReader { text, lines: Lines::of(text), errors: Vec::new() };
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

/// A table as it stands in the file.
trait Record: for<'de> Deserialize<'de> {
    const TABLE: &'static str;
    const REQUIRED: &'static [&'static str];
    const OPTIONAL: &'static [&'static str];
    fn id(&self) -> &Spanned<String>;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnerRecord {
    id: Spanned<String>,
    contact: Option<String>,
}

impl Record for OwnerRecord {
    const TABLE: &'static str = "owner";
    const REQUIRED: &'static [&'static str] = &["id"];
    const OPTIONAL: &'static [&'static str] = &["contact"];
    fn id(&self) -> &Spanned<String> {
        &self.id
    }
}

type Texts = Spanned<Vec<Spanned<String>>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AssetRecord {
    id: Spanned<String>,
    owner: Spanned<String>,
    ip: Option<Texts>,
    dns: Option<Texts>,
}

impl Record for AssetRecord {
    const TABLE: &'static str = "asset";
    const REQUIRED: &'static [&'static str] = &["id", "owner"];
    const OPTIONAL: &'static [&'static str] = &["ip", "dns"];
    fn id(&self) -> &Spanned<String> {
        &self.id
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IssuerRecord {
    id: Spanned<String>,
    spki_sha256: Texts,
}

impl Record for IssuerRecord {
    const TABLE: &'static str = "issuer";
    const REQUIRED: &'static [&'static str] = &["id", "spki_sha256"];
    const OPTIONAL: &'static [&'static str] = &[];
    fn id(&self) -> &Spanned<String> {
        &self.id
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantRecord {
    id: Spanned<String>,
    assets: Texts,
    issuers: Texts,
    not_before: Spanned<Datetime>,
    not_after: Spanned<Datetime>,
    approved_by: Spanned<String>,
    reason: Spanned<String>,
    evidence_sha256: Option<Spanned<String>>,
    wildcards_above: Option<bool>,
}

impl Record for GrantRecord {
    const TABLE: &'static str = "grant";
    const REQUIRED: &'static [&'static str] =
        &["id", "assets", "issuers", "not_before", "not_after", "approved_by", "reason"];
    const OPTIONAL: &'static [&'static str] = &["evidence_sha256", "wildcards_above"];
    fn id(&self) -> &Spanned<String> {
        &self.id
    }
}

const VERSION: &str = "version";
const TOP: [&str; 5] = [VERSION, OwnerRecord::TABLE, AssetRecord::TABLE, IssuerRecord::TABLE, GrantRecord::TABLE];

/// The tables of one kind.
struct Tables<R> {
    /// Those that could be decoded, in the order of the file.
    records: Vec<R>,
    /// The ids of all of them, with their index among `records` where that is good.
    ids: BTreeMap<String, Option<usize>>,
}

struct ConfigReader<'t> {
    text: &'t str,
    lines: Lines,
    /// With the offset in bytes at which each stands.
    errors: Vec<(usize, Problem)>,
}

impl<'t> ConfigReader<'t> {
    /// `None`, or errors, where something is wrong.
    fn config(&mut self) -> Option<Config> {
        let (top, syntax) = DeTable::parse_recoverable(self.text);
        if !syntax.is_empty() {
            for error in syntax {
                let offset = error.span().map_or(self.text.len(), |span| span.start);
                self.errors.push((offset, Problem::Syntax { said: error.message().to_owned() }));
            }
            return None;
        }
        let mut top = top.into_inner();
        self.check_fields(&mut top, 0, "", &[VERSION], &TOP);
        self.check_version(&top);
        let owners = self.tables::<OwnerRecord>(&mut top);
        let assets = self.tables::<AssetRecord>(&mut top);
        let issuers = self.tables::<IssuerRecord>(&mut top);
        let grants = self.tables::<GrantRecord>(&mut top);
        if assets.ids.is_empty() && self.errors.is_empty() {
            self.error(0, Problem::NoAsset);
        }
        Some(Config {
            assets: assets.records.iter().filter_map(|record| self.asset(record, &owners)).collect(),
            grants: grants.records.iter().filter_map(|record| self.grant(record, &assets, &issuers)).collect(),
            issuers: issuers.records.iter().filter_map(|record| self.issuer(record)).collect(),
            owners: owners.records.into_iter().map(OwnerRecord::into_owner).collect(),
        })
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

    fn tables<R: Record>(&mut self, top: &mut DeTable<'t>) -> Tables<R> {
        let mut tables = Tables { records: Vec::new(), ids: BTreeMap::new() };
        let Some(value) = top.remove(R::TABLE) else { return tables };
        let span = value.span();
        let elements: Vec<Spanned<DeValue<'_>>> = match value.into_inner() {
            DeValue::Array(array) => array.into_iter().collect(),
            other => {
                self.error(span.start, Problem::NotTables { table: R::TABLE });
                // Its id is known all the same.
                Vec::from_iter(matches!(other, DeValue::Table(_)).then(|| Spanned::new(span, other)))
            }
        };
        let known = [R::REQUIRED, R::OPTIONAL].concat();
        let mut first_lines = BTreeMap::new();
        for value in elements {
            let span = value.span();
            let DeValue::Table(mut table) = value.into_inner() else {
                self.error(span.start, Problem::NotTables { table: R::TABLE });
                continue;
            };
            // Also the ids of tables with mistakes are known, lest every reference to one is another mistake.
            if let Some(DeValue::String(id)) = table.get("id").map(Spanned::get_ref) {
                tables.ids.entry(id.clone().into_owned()).or_insert(None);
            }
            let errors = self.errors.len();
            self.check_fields(&mut table, span.start, R::TABLE, R::REQUIRED, &known);
            let is_complete = R::REQUIRED.iter().all(|&field| table.contains_key(field));
            if !is_complete {
                continue;
            }
            let table = Spanned::new(span.clone(), DeValue::Table(table));
            match R::deserialize(ValueDeserializer::from(table)) {
                Ok(record) => {
                    self.check_id::<R>(&record, &mut first_lines);
                    if self.errors.len() == errors {
                        tables.ids.insert(record.id().get_ref().clone(), Some(tables.records.len()));
                    }
                    tables.records.push(record);
                }
                Err(error) => {
                    let offset = error.span().map_or(span.start, |span| span.start);
                    self.error(offset, Problem::Type { said: error.message().to_owned() });
                }
            }
        }
        tables
    }

    fn check_id<R: Record>(&mut self, record: &R, first_lines: &mut BTreeMap<String, usize>) {
        let (id, offset) = (record.id().get_ref(), record.id().span().start);
        let allowed = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'_' | b'-');
        if id.is_empty() || id.len() > 64 || !id.bytes().all(allowed) {
            self.error(offset, Problem::Id { id: id.clone() });
        }
        if id == DEFAULT_DENY {
            self.error(offset, Problem::ReservedId { id: id.clone() });
        }
        if let Some(&first_line) = first_lines.get(id) {
            self.error(offset, Problem::DuplicateId { table: R::TABLE, id: id.clone(), first_line });
        } else {
            let (line, _) = self.lines.position(self.text, offset);
            first_lines.insert(id.clone(), line);
        }
    }

    fn asset(&mut self, record: &AssetRecord, owners: &Tables<OwnerRecord>) -> Option<Asset> {
        let owner = self.reference(&record.owner, owners);
        let mut items = Vec::new();
        if record.ip.is_none() && record.dns.is_none() {
            let problem = Problem::NothingToWatch { asset: record.id.get_ref().clone() };
            self.error(record.id.span().start, problem);
        }
        items.extend(self.items("ip", record.ip.as_ref(), read_addresses));
        items.extend(self.items("dns", record.dns.as_ref(), read_names));
        Some(Asset { id: record.id.get_ref().clone(), owner: owner?, items })
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

    fn issuer(&mut self, record: &IssuerRecord) -> Option<Issuer> {
        self.check_not_empty("spki_sha256", &record.spki_sha256);
        let texts = record.spki_sha256.get_ref();
        let keys: Vec<Sha256Hash> = texts.iter().filter_map(|text| self.hash(text)).collect();
        Some(Issuer { id: record.id.get_ref().clone(), keys })
    }

    fn grant(
        &mut self,
        record: &GrantRecord,
        assets: &Tables<AssetRecord>,
        issuers: &Tables<IssuerRecord>,
    ) -> Option<Grant> {
        self.check_not_empty("assets", &record.assets);
        self.check_not_empty("issuers", &record.issuers);
        let assets = record.assets.get_ref().iter().filter_map(|id| self.reference(id, assets)).collect();
        let issuers = record.issuers.get_ref().iter().filter_map(|id| self.reference(id, issuers)).collect();
        let not_before = self.time(&record.not_before);
        let not_after = self.time(&record.not_after);
        if let (Some(not_before), Some(not_after)) = (not_before, not_after)
            && not_after < not_before
        {
            let problem = Problem::WindowEndsBeforeItBegins { not_before, not_after };
            self.error(record.not_after.span().start, problem);
        }
        for (field, text) in [("approved_by", &record.approved_by), ("reason", &record.reason)] {
            if text.get_ref().trim().is_empty() {
                self.error(text.span().start, Problem::EmptyText { field });
            }
        }
        if let Some(evidence) = &record.evidence_sha256 {
            self.hash(evidence);
        }
        Some(Grant {
            id: record.id.get_ref().clone(),
            assets,
            issuers,
            not_before: not_before?,
            not_after: not_after?,
            wildcards_above: record.wildcards_above.unwrap_or(false),
        })
    }

    fn check_not_empty(&mut self, field: &'static str, texts: &Texts) {
        if texts.get_ref().is_empty() {
            self.error(texts.span().start, Problem::EmptyList { field });
        }
    }

    fn reference<R: Record>(&mut self, id: &Spanned<String>, tables: &Tables<R>) -> Option<usize> {
        if let Some(index) = tables.ids.get(id.get_ref()) {
            return *index;
        }
        // Of the first mistakes only: a long list against another long list would take its time.
        let near = if self.errors.len() < 100 { usize::MAX } else { 0 };
        let ids = tables.ids.keys().map(String::as_str).take(near);
        let suggestion = nearest(id.get_ref(), ids).map(str::to_owned);
        let problem = Problem::UnknownId { table: R::TABLE, id: id.get_ref().clone(), suggestion };
        self.error(id.span().start, problem);
        None
    }

    fn hash(&mut self, text: &Spanned<String>) -> Option<Sha256Hash> {
        let parsed = text.get_ref().parse();
        parsed.map_err(|error| self.error(text.span().start, Problem::Hash(error))).ok()
    }

    fn time(&mut self, time: &Spanned<Datetime>) -> Option<UnixSeconds> {
        let seconds = unix_seconds(time.get_ref());
        seconds.map_err(|problem| self.error(time.span().start, problem)).ok()
    }

    /// Where a byte of a text's value stands in the file. Where escapes make that unclear: where the text begins.
    fn offset_in(&self, text: &Spanned<String>, offset: usize) -> usize {
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

/// Where the lines of a text begin, in bytes.
struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|&(_, octet)| octet == b'\n');
        Self { starts: std::iter::once(0).chain(breaks.map(|(at, _)| at.saturating_add(1))).collect() }
    }

    /// The line and the column in characters of a byte, both from 1.
    fn position(&self, text: &str, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|&start| start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = text.get(start..offset).or(text.get(start..)).unwrap_or_default();
        (line, before.chars().count().saturating_add(1))
    }
}
