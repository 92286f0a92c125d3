//! A file of tables, in TOML or JSON: what is read from it, and all that is wrong in it, each mistake with its place.

use super::json;
use super::place::Lines;
use super::{DEFAULT_ALLOW, DEFAULT_DENY, Format};
use crate::config_error::{ConfigError, ConfigErrors, Problem};
use crate::draft::{WHO, WHY};
use crate::hash::Sha256Hash;
use crate::suggest::nearest;
use crate::text::is_unseen;
use ctlens_san::{Item, ParseError, ParseErrorKind};
use ctlens_x509::UnixSeconds;
use serde::Deserialize;
use std::net::IpAddr;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use toml::value::{Datetime, Offset};

/// A table and its fields.
pub(crate) trait Table: for<'de> Deserialize<'de> {
    const NAME: &'static str;
    const REQUIRED: &'static [&'static str];
    const OPTIONAL: &'static [&'static str];
    /// Those fields that hold a time, which JSON has no type for.
    const TIMES: &'static [&'static str] = &[];
}

pub(crate) type Text = Spanned<String>;
pub(crate) type Texts = Spanned<Vec<Text>>;

pub(super) const VERSION: &str = "version";

pub(crate) struct Document<'t> {
    text: &'t str,
    format: Format,
    lines: Lines,
    /// With the offset in bytes at which each stands.
    errors: Vec<(usize, Problem)>,
}

impl<'t> Document<'t> {
    /// Reads a file whose top has these fields, `version` among them.
    pub(crate) fn read<T>(
        text: &'t str,
        file: &str,
        format: Format,
        fields: &[&'static str],
        build: impl FnOnce(&mut Self, &mut DeTable<'t>) -> T,
    ) -> Result<T, ConfigErrors> {
        let mut document = Self { text, format, lines: Lines::of(text), errors: Vec::new() };
        let built = document.parse().map(|mut top| {
            document.check_fields(&mut top, 0, "", &[VERSION], fields);
            document.check_version(&top);
            build(&mut document, &mut top)
        });
        let Document { lines, mut errors, .. } = document;
        match built {
            Some(built) if errors.is_empty() => Ok(built),
            _ => {
                errors.sort_by_key(|(offset, _)| *offset);
                let mut position = lines.positions(text);
                let located = errors.into_iter().map(|(offset, problem)| {
                    let (line, column) = position(offset);
                    ConfigError { line, column, problem }
                });
                Err(ConfigErrors { file: file.to_owned(), errors: located.collect() })
            }
        }
    }

    /// How many mistakes there are so far.
    pub(super) fn mistakes(&self) -> usize {
        self.errors.len()
    }

    /// The line of a byte.
    pub(super) fn line(&self, offset: usize) -> usize {
        self.lines.line(offset)
    }

    /// The tables of one name, in the order of the file, those that cannot be decoded left out.
    pub(crate) fn list<T: Table>(&mut self, top: &mut DeTable<'t>) -> Vec<T> {
        let elements = self.elements(top, T::NAME);
        elements.into_iter().filter_map(|(span, table)| self.decode(span, table)).collect()
    }

    /// The same, not decoded yet.
    pub(super) fn elements(&mut self, top: &mut DeTable<'t>, name: &'static str) -> Vec<(Range<usize>, DeTable<'t>)> {
        let Some(value) = top.remove(name) else { return Vec::new() };
        let span = value.span();
        let values: Vec<Spanned<DeValue<'_>>> = match value.into_inner() {
            DeValue::Array(array) => array.into_iter().collect(),
            other => {
                self.not_tables(span.start, name);
                // Its id is known all the same.
                Vec::from_iter(matches!(other, DeValue::Table(_)).then(|| Spanned::new(span, other)))
            }
        };
        let mut tables = Vec::new();
        for value in values {
            let span = value.span();
            match value.into_inner() {
                DeValue::Table(table) => tables.push((span, table)),
                _ => self.not_tables(span.start, name),
            }
        }
        tables
    }

    /// The text under a name at the top.
    pub(crate) fn text(&mut self, top: &mut DeTable<'t>, name: &'static str) -> Option<Text> {
        let value = top.remove(name)?;
        let start = value.span().start;
        let text = Text::deserialize(ValueDeserializer::from(value));
        text.map_err(|error| {
            let offset = error.span().map_or(start, |span| span.start);
            self.error(offset, self.wrong_type(error.message()));
        })
        .ok()
    }

    pub(crate) fn check_id(&mut self, id: &Text) {
        let (id, offset) = (id.get_ref(), id.span().start);
        let allowed = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'_' | b'-');
        if id.is_empty() || id.len() > 64 || !id.bytes().all(allowed) {
            self.error(offset, Problem::Id { id: id.clone() });
        }
        if id == DEFAULT_DENY || id == DEFAULT_ALLOW {
            self.error(offset, Problem::ReservedId { id: id.clone() });
        }
    }

    /// Addresses and prefixes.
    pub(crate) fn addresses(&mut self, field: &'static str, texts: Option<&Texts>) -> Vec<Item> {
        self.items(field, texts, read_addresses)
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

    pub(crate) fn error(&mut self, offset: usize, problem: Problem) {
        self.errors.push((offset, problem));
    }

    fn check_version(&mut self, top: &DeTable<'_>) {
        let Some(version) = top.get(VERSION) else { return };
        let offset = version.span().start;
        match i64::deserialize(ValueDeserializer::from(version.clone())) {
            Ok(1) => {}
            Ok(found) => self.error(offset, Problem::Version { found }),
            Err(_) => {
                let said = "`version` is none that can be read: expected the whole number 1".to_owned();
                self.error(offset, Problem::Type { said });
            }
        }
    }

    /// Reports unknown fields, and takes them out or for what they are taken to mean, so that the rest can still be decoded;
    /// reports those that are missing.
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
            let value = table.remove(&key);
            let field = key.get_ref().clone().into_owned();
            let suggestion = nearest(&field, known.iter().copied());
            if let (Some(value), Some(meant)) = (value, suggestion)
                && !table.contains_key(meant)
            {
                table.insert(Spanned::new(key.span(), meant.into()), value);
            }
            self.error(key.span().start, Problem::UnknownField { field, suggestion, expected: known.to_vec() });
        }
        for &field in required {
            if !table.contains_key(field) {
                self.error(offset, Problem::MissingField { table: name, field });
            }
        }
    }

    /// The only table of a name.
    pub(crate) fn table<T: Table>(&mut self, top: &mut DeTable<'t>) -> Option<T> {
        let value = top.remove(T::NAME)?;
        let span = value.span();
        let DeValue::Table(table) = value.into_inner() else {
            self.error(span.start, Problem::NotOneTable { table: T::NAME });
            return None;
        };
        self.decode(span, table)
    }

    fn decode<T: Table>(&mut self, span: Range<usize>, mut table: DeTable<'_>) -> Option<T> {
        self.check::<T>(&span, &mut table);
        self.decode_checked(span, table)
    }

    /// Whether a table has the fields that it should have.
    pub(super) fn check<T: Table>(&mut self, span: &Range<usize>, table: &mut DeTable<'_>) {
        let known = [T::REQUIRED, T::OPTIONAL].concat();
        self.check_fields(table, span.start, T::NAME, T::REQUIRED, &known);
    }

    pub(super) fn decode_checked<T: Table>(&mut self, span: Range<usize>, mut table: DeTable<'_>) -> Option<T> {
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
            self.error(offset, self.wrong_type(error.message()));
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

    /// What the decoder says, in the words of the language.
    pub(super) fn wrong_type(&self, said: &str) -> Problem {
        let (a_table, a_time) = match self.format {
            Format::Toml => ("a table", "a time such as 2026-01-01T00:00:00Z, without quotes"),
            Format::Json => ("an object", "a string with a time such as 2026-01-01T00:00:00Z"),
        };
        let (found, expected) = said.rsplit_once(", expected ").unwrap_or((said, ""));
        let found = match found {
            "invalid type: sequence" => "invalid type: array".to_owned(),
            "invalid type: map" => format!("invalid type: {}", a_table.rsplit(' ').next().unwrap_or(a_table)),
            _ => found.to_owned(),
        };
        let expected = match expected {
            "a sequence" => "an array",
            "a map" => a_table,
            "a boolean" => "`true` or `false`",
            "u32" => "a whole number from 0 to 4294967295",
            "i64" => "a whole number",
            "a TOML datetime" => a_time,
            "" => return Problem::Type { said: said.to_owned() },
            other => other,
        };
        Problem::Type { said: format!("{found}, expected {expected}") }
    }

    fn not_tables(&mut self, offset: usize, table: &'static str) {
        let problem = match self.format {
            Format::Toml => Problem::NotTables { table },
            Format::Json => Problem::NotObjects { table },
        };
        self.error(offset, problem);
    }

    pub(crate) fn items(
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
    pub(crate) fn words(&mut self, field: &'static str, texts: Option<&Texts>) -> Vec<String> {
        let Some(texts) = texts else { return Vec::new() };
        self.check_not_empty(field, texts);
        for text in texts.get_ref() {
            self.check_text(field, text);
        }
        texts.get_ref().iter().map(|text| text.get_ref().clone()).collect()
    }

    /// One of the words that a field knows.
    pub(crate) fn word<T: Copy>(&mut self, field: &'static str, word: &Text, known: &[(&'static str, T)]) -> Option<T> {
        let found = known.iter().find(|(known, _)| known == word.get_ref());
        if found.is_none() {
            let expected: Vec<&'static str> = known.iter().map(|(known, _)| *known).collect();
            let suggestion = nearest(word.get_ref(), expected.iter().copied());
            let problem = Problem::Word { field, word: word.get_ref().clone(), suggestion, expected };
            self.error(word.span().start, problem);
        }
        found.map(|(_, value)| *value)
    }

    pub(crate) fn check_text(&mut self, field: &'static str, text: &Text) {
        // What is not seen names nobody, and makes no other text of the one that is to be replaced.
        let is_blank = |character: char| character.is_whitespace() || is_unseen(character);
        let expected = match text.get_ref().trim_matches(is_blank) {
            "" => return self.error(text.span().start, Problem::EmptyText { field }),
            WHO => "the name of whoever approved it",
            WHY => "why it was approved, such as the number of a ticket",
            _ => return,
        };
        self.error(text.span().start, Problem::NotSigned { text: text.get_ref().clone(), expected });
    }

    pub(crate) fn check_not_empty(&mut self, field: &'static str, texts: &Texts) {
        if texts.get_ref().is_empty() {
            self.error(texts.span().start, Problem::EmptyList { field });
        }
    }

    pub(crate) fn hashes(&mut self, field: &'static str, texts: Option<&Texts>) -> Vec<Sha256Hash> {
        self.hashes_with_offsets(field, texts).into_iter().map(|(hash, _)| hash).collect()
    }

    pub(crate) fn hashes_with_offsets(
        &mut self,
        field: &'static str,
        texts: Option<&Texts>,
    ) -> Vec<(Sha256Hash, usize)> {
        let Some(texts) = texts else { return Vec::new() };
        self.check_not_empty(field, texts);
        let texts = texts.get_ref().iter();
        texts.filter_map(|text| Some((self.hash(text)?, text.span().start))).collect()
    }

    pub(crate) fn hash(&mut self, text: &Text) -> Option<Sha256Hash> {
        let parsed = text.get_ref().parse();
        parsed.map_err(|error| self.error(text.span().start, Problem::Hash(error))).ok()
    }

    pub(crate) fn time(&mut self, time: &Spanned<Datetime>) -> Option<UnixSeconds> {
        let seconds = unix_seconds(time.get_ref());
        seconds.map_err(|problem| self.error(time.span().start, problem)).ok()
    }

    /// Where a byte of a text's value stands in the file. Where escapes make that unclear: where the text begins.
    pub(crate) fn offset_in(&self, text: &Text, offset: usize) -> usize {
        let Range { start, end } = text.span();
        let first = start.saturating_add(1);
        let quoted = self.text.get(first..end.saturating_sub(1));
        if quoted == Some(text.get_ref()) { first.saturating_add(offset) } else { start }
    }
}

pub(super) fn read_addresses(text: &str) -> Result<Item, (ParseErrorKind, usize)> {
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
pub(super) fn read_names(text: &str) -> Result<Item, (ParseErrorKind, usize)> {
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
