//! JSON as the tables that TOML makes, each value with its place: what reads one then reads the other.

use super::place::Lines;
use crate::config_error::Problem;
use serde::de::IgnoredAny;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeString, DeTable, DeValue};

/// A list of tables with lists in them is four deep.
const DEEPEST: usize = 8;

/// The object that the text is, without what is wrong in it; and that, with the offset in bytes at which each stands.
pub(super) fn parse<'t>(text: &'t str, lines: &Lines) -> (Option<DeTable<'t>>, Vec<(usize, Problem)>) {
    // After this the text is known to be JSON: below, only where values begin and end is looked for.
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        let offset = lines.offset(text, error.line(), error.column());
        let said = error.to_string();
        let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said).to_owned();
        return (None, vec![(offset, Problem::Syntax { language: "JSON", said })]);
    }
    let mut parser = Parser { text, at: 0, has_stopped: false, errors: Vec::new() };
    let value = parser.value(0).map(Spanned::into_inner);
    if parser.has_stopped {
        return (None, parser.errors);
    }
    let table = match value {
        Some(DeValue::Table(table)) => Some(table),
        Some(other) => {
            let said = format!("invalid type: {}, expected an object", other.type_str());
            parser.errors.push((0, Problem::Type { said }));
            None
        }
        None => None,
    };
    (table, parser.errors)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    /// Where that is so the rest was not read, and nothing can be said about it.
    has_stopped: bool,
    errors: Vec<(usize, Problem)>,
}

impl<'t> Parser<'t> {
    /// `None`, and an error, for what no table can hold.
    fn value(&mut self, depth: usize) -> Option<Spanned<DeValue<'t>>> {
        self.skip_space();
        let start = self.at;
        let value = match self.peek() {
            Some(b'{' | b'[') if depth >= DEEPEST => {
                let said = format!("nested deeper than {DEEPEST}, which nothing here is");
                self.errors.push((start, Problem::Type { said }));
                self.stop();
                None
            }
            Some(b'{') => Some(DeValue::Table(self.object(depth))),
            Some(b'[') => Some(DeValue::Array(self.array(depth))),
            Some(b'"') => self.string().map(|text| DeValue::String(text.into_inner())),
            _ => self.word(),
        };
        value.map(|value| Spanned::new(start..self.at, value))
    }

    fn object(&mut self, depth: usize) -> DeTable<'t> {
        let mut table = DeTable::new();
        self.skip();
        while self.has_more(b'}') {
            let Some(key) = self.string() else { continue };
            self.skip_past(b':');
            let Some(value) = self.value(depth.saturating_add(1)) else { continue };
            if table.contains_key(&key) {
                self.errors.push((key.span().start, Problem::DuplicateField { field: key.into_inner().into_owned() }));
            } else {
                table.insert(key, value);
            }
        }
        table
    }

    fn array(&mut self, depth: usize) -> DeArray<'t> {
        let mut array = DeArray::default();
        self.skip();
        while self.has_more(b']') {
            if let Some(value) = self.value(depth.saturating_add(1)) {
                array.push(value);
            }
        }
        array
    }

    fn string(&mut self) -> Option<Spanned<DeString<'t>>> {
        let start = self.at;
        self.skip();
        while let Some(octet) = self.peek() {
            self.skip();
            match octet {
                b'"' => break,
                b'\\' => self.skip(),
                _ => {}
            }
        }
        let span = start..self.at;
        let text = match serde_json::from_str::<Borrowed<'t>>(self.text.get(span.clone()).unwrap_or_default()) {
            Ok(Borrowed(text)) => text,
            // Half of a surrogate pair.
            Err(error) => {
                self.syntax(span, &error);
                self.stop();
                return None;
            }
        };
        Some(Spanned::new(span, text))
    }

    /// A number, `true`, `false` or `null`. TOML writes all but the last alike.
    fn word(&mut self) -> Option<DeValue<'t>> {
        let start = self.at;
        self.skip();
        while self.peek().is_some_and(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.')) {
            self.skip();
        }
        let word = self.text.get(start..self.at).unwrap_or_default();
        match DeValue::parse(word) {
            Ok(value) => Some(value.into_inner()),
            Err(_) => {
                let said = format!("invalid type: {word}, which nothing here is");
                self.errors.push((start, Problem::Type { said }));
                None
            }
        }
    }

    /// Whether another element comes, and goes there; past the end, if none does.
    fn has_more(&mut self, end: u8) -> bool {
        self.skip_space();
        if self.peek() == Some(b',') {
            self.skip();
            self.skip_space();
        }
        match self.peek() {
            None => false,
            Some(octet) if octet == end => {
                self.skip();
                false
            }
            Some(_) => true,
        }
    }

    fn skip_past(&mut self, octet: u8) {
        self.skip_space();
        if self.peek() == Some(octet) {
            self.skip();
        }
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|octet| octet.is_ascii_whitespace()) {
            self.skip();
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn stop(&mut self) {
        self.at = self.text.len();
        self.has_stopped = true;
    }

    fn syntax(&mut self, span: Range<usize>, error: &serde_json::Error) {
        let said = error.to_string();
        let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said).to_owned();
        self.errors.push((span.start, Problem::Syntax { language: "JSON", said }));
    }
}

#[derive(serde::Deserialize)]
struct Borrowed<'t>(#[serde(borrow)] DeString<'t>);
