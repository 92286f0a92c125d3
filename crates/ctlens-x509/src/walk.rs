use crate::anomaly::{Anomaly, AnomalyKind};
use crate::oid::Oid;
use crate::syntax::{self, Field, List, Presence, Type};
use crate::text::{
    BMP_STRING, IA5_STRING, NUMERIC_STRING, PRINTABLE_STRING, UNIVERSAL_STRING, UTF8_STRING, VISIBLE_STRING, bmp,
    universal,
};
use crate::time::{UnixSeconds, read_time};
use crate::tlv::{
    BIT_STRING, BOOLEAN, GENERALIZED_TIME, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, Tlv, UTC_TIME,
};
use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;

const CONSTRUCTED: u8 = 0x20;
const MAX_DEPTH: usize = 32;

/// Walks octets beside the syntax that they should follow, with a stack of its own in place of recursion. Every element is
/// looked at once.
pub(crate) struct Walk<'a> {
    stack: Vec<Level<'a>>,
    found: VecDeque<Anomaly>,
    /// What follows the outermost element.
    trailing: Option<Anomaly>,
    extensions: BTreeSet<Oid<'a>>,
    /// The types last met, which say what a value is that follows.
    extension: Oid<'a>,
    attribute: Oid<'a>,
    key: Oid<'a>,
}

/// The elements of one container that are still to come.
struct Level<'a> {
    elements: Reader<'a>,
    expected: Expected<'a>,
}

#[derive(Clone, Copy)]
enum Expected<'a> {
    Fields(&'static [Field]),
    List { list: List, before: &'a [u8] },
    Anything,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(octets: &'a [u8], syntax: &'static [Field], trailing: &[u8]) -> Self {
        let trailing =
            (!trailing.is_empty()).then_some(Anomaly { kind: AnomalyKind::TrailingData, offset: octets.len() });
        let none = Oid::from_contents(&[]);
        Self {
            stack: Vec::from([Level { elements: Reader::new(octets), expected: Expected::Fields(syntax) }]),
            found: VecDeque::new(),
            trailing,
            extensions: BTreeSet::new(),
            extension: none,
            attribute: none,
            key: none,
        }
    }

    pub(crate) fn report(&mut self, kind: AnomalyKind, offset: usize) {
        self.found.push_back(Anomaly { kind, offset });
    }

    /// Looks at the next element, or leaves the level behind its last. `false` at the end of all.
    fn step(&mut self) -> bool {
        let Some(level) = self.stack.last_mut() else { return false };
        if level.elements.is_empty() {
            let missing = level.expected.is_missing_something();
            let offset = level.elements.offset();
            self.stack.pop();
            if missing {
                self.report(AnomalyKind::MissingElement, offset);
            }
            return true;
        }
        match level.elements.read() {
            Ok(element) => {
                let (kind, problem) = level.expected.next(element);
                if let Some(problem) = problem {
                    self.report(problem, element.offset());
                }
                self.header(element);
                self.element(element, kind);
            }
            Err(error) => {
                self.stack.pop();
                self.report(AnomalyKind::Unreadable(error.kind), error.offset);
            }
        }
        true
    }

    /// X.690 §10.1 and §8.1.2.4: identifier and length octets, as few as can be.
    fn header(&mut self, element: Tlv<'a>) {
        let octets = element.as_bytes();
        let tag_octets = match octets {
            [tag, behind @ ..] if tag & 0x1f == 0x1f => {
                if matches!(behind, [0..=0x1e | 0x80, ..]) {
                    self.report(AnomalyKind::NonMinimalTag, element.offset());
                }
                behind.iter().take_while(|&&octet| octet & 0x80 != 0).count().saturating_add(2)
            }
            _ => 1,
        };
        let length = element.value().len();
        let significant = length.checked_ilog2().unwrap_or(0) / 8;
        let least = if length < 0x80 { 1 } else { significant.saturating_add(2) as usize };
        let header = octets.len().saturating_sub(length);
        if header.saturating_sub(tag_octets) > least {
            self.report(AnomalyKind::NonMinimalLength, element.offset());
        }
    }

    fn element(&mut self, element: Tlv<'a>, kind: Type) {
        let kind = match kind {
            Type::GeneralName(alternatives) => {
                match alternatives.iter().find(|alternative| alternative.accepts(element.tag())) {
                    Some(alternative) => alternative.kind,
                    None => {
                        self.report(AnomalyKind::UnknownNameTag { tag: element.tag() }, element.offset());
                        Type::Any
                    }
                }
            }
            kind => kind,
        };
        let constructed = element.tag() & CONSTRUCTED != 0;
        let reader = element.reader();
        let should_be_constructed = match kind {
            Type::Any | Type::AttributeValue => return self.anything(element, kind),
            Type::Fields(_) | Type::SomeFields(_) | Type::List(_) => true,
            _ => false,
        };
        if constructed != should_be_constructed {
            self.report(AnomalyKind::WrongConstruction, element.offset());
            // A primitive type in pieces; what is in them is not looked at.
            if constructed {
                return;
            }
        }
        if reader.is_empty() && matches!(kind, Type::SomeFields(_) | Type::List(List { may_be_empty: false, .. })) {
            self.report(AnomalyKind::EmptySequence, element.offset());
        }
        match kind {
            Type::Fields(fields) | Type::SomeFields(fields) => self.enter(reader, Expected::Fields(fields)),
            Type::List(list) => self.enter(reader, Expected::List { list, before: &[] }),
            kind => self.primitive(element, kind),
        }
    }

    /// An element of which only its own identifier octet says what it is.
    fn anything(&mut self, element: Tlv<'a>, kind: Type) {
        let tag = element.tag();
        if matches!(kind, Type::AttributeValue) {
            let allowed = syntax::attribute_value(self.attribute);
            if !allowed.is_empty() && !allowed.contains(&tag) {
                self.report(AnomalyKind::StringType { tag }, element.offset());
            }
        }
        // X.680 §8.6: SEQUENCE, SET, EXTERNAL and EMBEDDED PDV are constructed, the other universal types primitive in DER.
        let is_universal = tag & 0xc0 == 0 && tag & 0x1f != 0x1f;
        let should_be_constructed = matches!(tag & 0x1f, 0x08 | 0x0b | 0x10 | 0x11);
        let constructed = tag & CONSTRUCTED != 0;
        if is_universal && constructed != should_be_constructed {
            self.report(AnomalyKind::WrongConstruction, element.offset());
        }
        if constructed {
            return self.enter(element.reader(), Expected::Anything);
        }
        match tag {
            BOOLEAN => self.primitive(element, Type::Boolean),
            INTEGER => self.primitive(element, Type::Integer),
            BIT_STRING => self.primitive(element, Type::BitString),
            0x05 => self.primitive(element, Type::Null),
            OBJECT_IDENTIFIER => self.primitive(element, Type::ObjectIdentifier),
            OCTET_STRING => self.primitive(element, Type::OctetString),
            _ => self.string(element, tag),
        }
    }

    fn primitive(&mut self, element: Tlv<'a>, kind: Type) {
        let (value, offset) = (element.value(), element.offset());
        match kind {
            Type::Boolean => {
                if !matches!(value, [0 | 0xff]) {
                    self.report(AnomalyKind::BooleanValue, offset);
                }
            }
            Type::Integer => self.integer(element),
            Type::Version => {
                self.integer(element);
                if !matches!(value, [0..=2]) {
                    self.report(AnomalyKind::UnknownVersion, offset);
                }
            }
            Type::Serial => {
                self.integer(element);
                // RFC 5280 §4.1.2.2: positive, and not more than 20 octets.
                match value {
                    [0x80..=0xff, ..] => self.report(AnomalyKind::NegativeSerial, offset),
                    [0, ..] if value.iter().all(|&octet| octet == 0) => self.report(AnomalyKind::ZeroSerial, offset),
                    _ => {}
                }
                if value.len() > 20 {
                    self.report(AnomalyKind::LongSerial, offset);
                }
            }
            Type::BitString | Type::NamedBits | Type::Signature | Type::Key => self.bits(element, kind),
            Type::ExtensionValue => {
                if let Some(syntax) = syntax::extension_value(self.extension) {
                    self.enter(element.reader(), Expected::Fields(syntax));
                }
            }
            Type::Null => {
                if !value.is_empty() {
                    self.report(AnomalyKind::NullContents, offset);
                }
            }
            Type::ObjectIdentifier => self.identifier(element),
            Type::AttributeId => {
                self.attribute = Oid::from_contents(value);
                self.identifier(element);
            }
            Type::KeyAlgorithm => {
                self.key = Oid::from_contents(value);
                self.identifier(element);
            }
            Type::ExtensionId => {
                self.extension = Oid::from_contents(value);
                self.identifier(element);
                if !self.extensions.insert(self.extension) {
                    self.report(AnomalyKind::DuplicateExtension, offset);
                }
            }
            Type::Ia5String => self.string(element, IA5_STRING),
            Type::Time => self.time(element),
            Type::Address if matches!(value.len(), 4 | 16) => {}
            Type::AddressAndMask if matches!(value.len(), 8 | 32) => {}
            Type::Address | Type::AddressAndMask => {
                self.report(AnomalyKind::AddressLength { octets: value.len() }, offset);
            }
            Type::OctetString
            | Type::Any
            | Type::AttributeValue
            | Type::GeneralName(_)
            | Type::Fields(_)
            | Type::SomeFields(_)
            | Type::List(_) => {}
        }
    }

    fn integer(&mut self, element: Tlv<'_>) {
        match element.value() {
            [] => self.report(AnomalyKind::EmptyInteger, element.offset()),
            [0, 0..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => {
                self.report(AnomalyKind::NonMinimalInteger, element.offset());
            }
            _ => {}
        }
    }

    fn bits(&mut self, element: Tlv<'a>, kind: Type) {
        let offset = element.offset();
        let (unused, bits) = match element.value().split_first() {
            Some((&unused @ 0..=7, bits)) if unused == 0 || !bits.is_empty() => (unused, bits),
            _ => return self.report(AnomalyKind::UnusedBits, offset),
        };
        if unused != 0 && matches!(kind, Type::Signature | Type::Key) {
            self.report(AnomalyKind::UnusedBits, offset);
        }
        let last = bits.last().copied().unwrap_or(0);
        if last.trailing_zeros() < u32::from(unused) {
            self.report(AnomalyKind::PaddingBits, offset);
        } else if matches!(kind, Type::NamedBits) && !bits.is_empty() && last >> unused & 1 == 0 {
            self.report(AnomalyKind::TrailingZeroBits, offset);
        }
        if matches!(kind, Type::Key) && self.key == Oid::RSA_ENCRYPTION {
            let key = Reader::at(bits, element.value_offset().saturating_add(1));
            self.enter(key, Expected::Fields(&syntax::RSA_KEY));
        }
    }

    /// X.690 §8.19.2: the last octet of each subidentifier, and only that, has its top bit unset; the first is not `80`.
    fn identifier(&mut self, element: Tlv<'_>) {
        let octets = element.value();
        let ends = |octet: &u8| octet & 0x80 == 0;
        let starts = core::iter::once(true).chain(octets.iter().map(ends));
        let padded = octets.iter().zip(starts).any(|(&octet, starts)| starts && octet == 0x80);
        if padded || !octets.last().is_some_and(ends) {
            self.report(AnomalyKind::InvalidOid, element.offset());
        }
    }

    /// X.680 §41: which octets a type of string has.
    fn string(&mut self, element: Tlv<'_>, tag: u8) {
        let octets = element.value();
        let is_printable = |octet: &u8| octet.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(octet);
        let valid = match tag {
            UTF8_STRING => str::from_utf8(octets).is_ok(),
            NUMERIC_STRING => octets.iter().all(|octet| octet.is_ascii_digit() || *octet == b' '),
            PRINTABLE_STRING => octets.iter().all(is_printable),
            IA5_STRING => octets.is_ascii(),
            VISIBLE_STRING => octets.iter().all(|octet| matches!(octet, 0x20..=0x7e)),
            UNIVERSAL_STRING => universal(octets).is_some(),
            BMP_STRING => bmp(octets).is_some(),
            _ => true,
        };
        if !valid {
            self.report(AnomalyKind::StringCharacters { tag }, element.offset());
        }
    }

    /// RFC 5280 §4.1.2.5: `YYMMDDHHMMSSZ` through 2049, then `YYYYMMDDHHMMSSZ`.
    fn time(&mut self, element: Tlv<'_>) {
        const START_OF_2050: UnixSeconds = UnixSeconds(2_524_608_000);
        let offset = element.offset();
        let (whole, is_general) = match element.tag() & !CONSTRUCTED {
            UTC_TIME => (13, false),
            _ => (15, true),
        };
        let value = element.value();
        let Ok(time) = read_time(element) else { return self.report(AnomalyKind::InvalidTime, offset) };
        let digits = value.iter().take_while(|octet| octet.is_ascii_digit()).count();
        if value.last() != Some(&b'Z') {
            self.report(AnomalyKind::TimeWithOffset, offset);
        }
        if digits.saturating_add(1) < whole {
            self.report(AnomalyKind::TimeWithoutSeconds, offset);
        }
        if is_general && element.tag() == GENERALIZED_TIME && time < START_OF_2050 {
            self.report(AnomalyKind::GeneralizedTimeBefore2050, offset);
        }
    }

    fn enter(&mut self, elements: Reader<'a>, expected: Expected<'a>) {
        if self.stack.len() < MAX_DEPTH {
            self.stack.push(Level { elements, expected });
        } else {
            self.report(AnomalyKind::NestedTooDeep, elements.offset());
        }
    }
}

impl Iterator for Walk<'_> {
    type Item = Anomaly;

    fn next(&mut self) -> Option<Anomaly> {
        loop {
            if let Some(anomaly) = self.found.pop_front() {
                return Some(anomaly);
            }
            if !self.step() {
                return self.trailing.take();
            }
        }
    }
}

impl<'a> Expected<'a> {
    /// What the next element is, and what is wrong with its being here.
    fn next(&mut self, element: Tlv<'a>) -> (Type, Option<AnomalyKind>) {
        let unexpected = AnomalyKind::UnexpectedElement { found: element.tag() };
        match self {
            Self::Fields(fields) => loop {
                let Some((field, rest)) = fields.split_first() else {
                    *self = Self::Anything;
                    return (Type::Any, Some(AnomalyKind::TrailingData));
                };
                *fields = rest;
                match field.presence {
                    Presence::Required if !field.accepts(element.tag()) => return (Type::Any, Some(unexpected)),
                    _ if !field.accepts(element.tag()) => {}
                    Presence::Default(contents) if contents == element.value() => {
                        return (field.kind, Some(AnomalyKind::EncodedDefault));
                    }
                    _ => return (field.kind, None),
                }
            },
            Self::List { list, before } => {
                let last = core::mem::replace(before, element.as_bytes());
                if !list.of.accepts(element.tag()) {
                    return (Type::Any, Some(unexpected));
                }
                let misplaced = list.ordered && last > element.as_bytes();
                (list.of.kind, misplaced.then_some(AnomalyKind::SetOrder))
            }
            Self::Anything => (Type::Any, None),
        }
    }

    fn is_missing_something(&self) -> bool {
        matches!(self, Self::Fields(fields) if fields.iter().any(|field| matches!(field.presence, Presence::Required)))
    }
}
