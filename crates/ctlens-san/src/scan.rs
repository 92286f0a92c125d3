//! From the fields of a certificate to what they say.

use ctlens_x509::{GeneralNameKind, Reader, Undecodable};

use crate::address_text::{self, Range, Style};
use crate::bytes::{self, class, classes_of};
use crate::hit::{Grade, Reading, Relation, Undecided};
use crate::index::{Budget, Index, MAPPED, MAPPED_LENGTH};
use crate::name_scan::is_valid;
use crate::name_walk::{Names, Pattern};
use crate::prefix_trie::{Addresses, Key, PrefixTrie, PrefixWalk};

/// Which items something concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cover<'t> {
    Item(u32),
    Names(Names<'t>),
    V4(Addresses<u32>),
    V6(Addresses<u128>),
    AllAddresses,
    All,
}

/// A hit without the field that it comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sighting<'t> {
    pub(crate) reading: Reading,
    pub(crate) relation: Relation,
    pub(crate) grade: Grade,
    pub(crate) cover: Cover<'t>,
}

/// What kind of field a text stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    DnsName,
    CommonName {
        /// Whether the SAN has a dNSName that every client can read.
        beside_dns_names: bool,
    },
    Uri,
    Email,
    /// SRVName and XmppAddr, which clients of those protocols look at, or another otherName.
    OtherName {
        of_a_service: bool,
    },
    /// An iPAddress whose octets are text.
    Address,
    /// A tag that GeneralName does not have.
    Unknown,
}

/// What a text turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Text {
    Address,
    /// A name as RFC 9525 wants it.
    Name,
    Other,
}

/// A text to look up, and how it came about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate<'t> {
    pub(crate) text: &'t [u8],
    pub(crate) reading: Reading,
    pub(crate) field: Field,
}

impl Candidate<'_> {
    /// The best grade that a name in it can have.
    pub(crate) fn name_grade(&self) -> Grade {
        let of_field = match self.field {
            Field::DnsName => Grade::Rfc9525,
            // Clients that still look at common names do so where there is no dNSName that they can read.
            Field::CommonName { beside_dns_names: false } => Grade::SomeClient,
            // RFC 9525 §6.1 knows URI-ID and SRV-ID too; only clients of such protocols look for them.
            Field::Uri | Field::OtherName { of_a_service: true } => Grade::SomeClient,
            Field::CommonName { .. } | Field::OtherName { .. } | Field::Email | Field::Address | Field::Unknown => {
                Grade::Nobody
            }
        };
        of_field.min(self.reading_grade())
    }

    /// The best grade that an address in it can have. `8.8.8.8` as a common name still works in some clients, beside
    /// dNSNames too; as a dNSName in none, but in brackets.
    fn address_grade(&self, style: Style) -> Grade {
        match (self.field, style) {
            (Field::CommonName { .. }, Style::Standard | Style::Wildcard) | (Field::DnsName, Style::Bracketed) => {
                Grade::SomeClient.min(self.reading_grade())
            }
            _ => Grade::Nobody,
        }
    }

    fn reading_grade(&self) -> Grade {
        match self.reading {
            Reading::Standard => Grade::Rfc9525,
            Reading::TrailingDot | Reading::UriHost | Reading::OtherName => Grade::SomeClient,
            _ => Grade::Nobody,
        }
    }
}

/// Looks the fields of one certificate up.
pub(crate) struct Scan<'s, 't> {
    pub(crate) index: &'s Index,
    pub(crate) budget: &'s mut Budget,
    pub(crate) emit: &'s mut dyn FnMut(Sighting<'t>),
}

impl<'t> Scan<'_, 't> {
    /// A name of the SAN. Whether it is a dNSName as RFC 9525 wants it.
    pub(crate) fn general_name(&mut self, kind: GeneralNameKind, octets: &'t [u8], offset: usize) -> bool {
        match kind {
            GeneralNameKind::DnsName => return self.value(octets, Field::DnsName) == Text::Name,
            GeneralNameKind::IpAddress => self.ip_address(octets),
            GeneralNameKind::UniformResourceIdentifier => self.uri(octets),
            GeneralNameKind::Rfc822Name => self.email(octets),
            GeneralNameKind::OtherName => self.other_name(octets, offset),
            // RFC 5280 §4.2.1.6: no host names in them.
            GeneralNameKind::X400Address
            | GeneralNameKind::DirectoryName
            | GeneralNameKind::EdiPartyName
            | GeneralNameKind::RegisteredId => {}
            _ => {
                self.value(octets, Field::Unknown);
            }
        }
        false
    }

    /// A common name with its string tag.
    pub(crate) fn common_name(&mut self, tag: u8, octets: &'t [u8], beside_dns_names: bool) {
        self.string(tag, octets, Field::CommonName { beside_dns_names });
    }

    pub(crate) fn undecodable(&mut self, damage: &Undecodable<'t>) {
        self.undecided(Undecided::Undecodable(damage.error), Cover::All);
    }

    fn undecided(&mut self, why: Undecided, cover: Cover<'t>) {
        let (reading, relation) = (Reading::Undecoded, Relation::Undecided(why));
        (self.emit)(Sighting { reading, relation, grade: Grade::Nobody, cover });
    }

    fn string(&mut self, tag: u8, octets: &'t [u8], field: Field) {
        const UNIVERSAL_STRING: u8 = 0x1c;
        const BMP_STRING: u8 = 0x1e;
        match tag {
            BMP_STRING => self.wide_string::<2>(octets, field),
            UNIVERSAL_STRING => self.wide_string::<4>(octets, field),
            _ => {
                self.value(octets, field);
            }
        }
    }

    /// Characters of two or four octets each.
    fn wide_string<const OCTETS: usize>(&mut self, octets: &[u8], field: Field) {
        let mut text = [0_u8; 256];
        let mut characters = 0_usize;
        for character in octets.chunks(OCTETS) {
            if let Some(octet) = text.get_mut(characters) {
                *octet = match character.split_last() {
                    Some((&octet, zeros)) if octet.is_ascii() && zeros.iter().all(|&zero| zero == 0) => octet,
                    _ => u8::MAX,
                };
            }
            characters = characters.saturating_add(1);
        }
        let why = Undecided::WideString { characters };
        let Some(text) = text.get(..characters) else {
            return self.undecided(why, Cover::All);
        };
        let emit = &mut *self.emit;
        let mut emit_without_text = |sighting: Sighting<'_>| {
            let (relation, cover) = match sighting.cover {
                Cover::Names(names) => match names.pattern.without_text() {
                    Some(pattern) => (sighting.relation, Cover::Names(Names { node: names.node, pattern })),
                    None => {
                        let below = Names { node: names.node, pattern: Pattern::Descendants };
                        (Relation::Undecided(why), Cover::Names(below))
                    }
                },
                Cover::Item(link) => (sighting.relation, Cover::Item(link)),
                Cover::V4(set) => (sighting.relation, Cover::V4(set)),
                Cover::V6(set) => (sighting.relation, Cover::V6(set)),
                Cover::AllAddresses => (sighting.relation, Cover::AllAddresses),
                Cover::All => (sighting.relation, Cover::All),
            };
            emit(Sighting { relation, cover, reading: sighting.reading, grade: sighting.grade });
        };
        Scan { index: self.index, budget: self.budget, emit: &mut emit_without_text }.value(text, field);
    }

    fn uri(&mut self, octets: &'t [u8]) {
        let octets = trim(octets);
        let authority = match find(octets, b"://") {
            Some(_) => host_of(octets),
            // sip:user@example.com;transport=tls
            None => match octets.iter().position(|&octet| octet == b':') {
                Some(colon) => {
                    let (_, rest) = split_around(octets, colon);
                    let end = rest.iter().position(|octet| b";?".contains(octet)).unwrap_or(rest.len());
                    host_of(rest.get(..end).unwrap_or(rest))
                }
                None => octets,
            },
        };
        self.read_all(authority, Reading::UriHost, Field::Uri);
    }

    fn email(&mut self, octets: &'t [u8]) {
        let domain = match octets.iter().rposition(|&octet| octet == b'@') {
            Some(at) => split_around(octets, at).1,
            None => octets,
        };
        self.read_all(domain, Reading::EmailDomain, Field::Email);
    }

    /// `OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }`, the tag of the SEQUENCE replaced.
    fn other_name(&mut self, octets: &'t [u8], offset: usize) {
        const OBJECT_IDENTIFIER: u8 = 0x06;
        const VALUE: u8 = 0xa0;
        /// UTF8String, PrintableString, TeletexString, IA5String, VisibleString, UniversalString, BMPString
        const STRINGS: [u8; 7] = [0x0c, 0x13, 0x14, 0x16, 0x1a, 0x1c, 0x1e];
        /// id-on-xmppAddr 1.3.6.1.5.5.7.8.5 (RFC 6120 §13.7.1.4)
        const XMPP: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08, 0x05];
        /// id-on-dnsSRV 1.3.6.1.5.5.7.8.7 (RFC 4985 §2)
        const SRV: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08, 0x07];

        let mut fields = Reader::at(octets, offset);
        let parts = fields.expect(OBJECT_IDENTIFIER).and_then(|oid| {
            let string = fields.expect(VALUE)?.reader().read()?;
            Ok((oid.value(), string))
        });
        let (oid, string) = match parts {
            Ok(parts) => parts,
            Err(error) => return self.undecided(Undecided::Undecodable(error), Cover::All),
        };
        if !STRINGS.contains(&string.tag()) {
            return;
        }
        let text = string.value();
        let name = if oid == SRV {
            // `_Service.Name`
            text.iter().position(|&octet| octet == b'.').map_or(text, |dot| split_around(text, dot).1)
        } else {
            text.iter().rposition(|&octet| octet == b'@').map_or(text, |at| split_around(text, at).1)
        };
        let field = Field::OtherName { of_a_service: [XMPP, SRV].contains(&oid) };
        if name.len() == text.len() {
            self.string(string.tag(), text, field);
        } else {
            self.read_all(name, Reading::OtherName, field);
        }
    }

    fn ip_address(&mut self, octets: &'t [u8]) {
        if let Ok(octets) = <[u8; 4]>::try_from(octets) {
            return self.range_v4(
                u32::from_be_bytes(octets),
                u32::MAX,
                Reading::Standard,
                Grade::Rfc9525,
                Relation::Range,
            );
        }
        if let Ok(octets) = <[u8; 16]>::try_from(octets) {
            return self.range_v6(
                u128::from_be_bytes(octets),
                u128::MAX,
                Reading::Standard,
                Grade::Rfc9525,
                Relation::Range,
            );
        }
        if octets.iter().all(|octet| (b' '..=b'~').contains(octet))
            && self.read_all(octets, Reading::AddressAsText, Field::Address) != Text::Other
        {
            return;
        }
        let (reading, grade) = (Reading::AddressAndMask, Grade::Nobody);
        match octets.len() {
            8 => {
                if let Some((&address, &mask)) = octets.first_chunk().zip(octets.last_chunk()) {
                    let (address, mask) = (u32::from_be_bytes(address), u32::from_be_bytes(mask));
                    self.range_v4(address & mask, mask, reading, grade, Relation::Range);
                }
            }
            32 => {
                if let Some((&address, &mask)) = octets.first_chunk().zip(octets.last_chunk()) {
                    let (address, mask) = (u128::from_be_bytes(address), u128::from_be_bytes(mask));
                    self.range_v6(address & mask, mask, reading, grade, Relation::Range);
                }
            }
            octets if self.index.addresses() > 0 => {
                self.undecided(Undecided::AddressLength { octets }, Cover::AllAddresses);
            }
            _ => {}
        }
    }

    /// A text in which a name or an address should stand.
    fn value(&mut self, octets: &'t [u8], field: Field) -> Text {
        let reading = match field {
            Field::OtherName { .. } => Reading::OtherName,
            _ => Reading::Standard,
        };
        self.read_all(octets, reading, field)
    }

    /// All readings of a text.
    fn read_all(&mut self, octets: &'t [u8], reading: Reading, field: Field) -> Text {
        if classes_of(octets) & (bytes::SEPARATOR | bytes::URL | bytes::NUL) == 0 {
            return self.candidate(Candidate { text: octets, reading, field });
        }
        let beyond = |other| if reading == Reading::Standard { other } else { reading };
        let whole = trim(octets);
        let several = classes_of(whole) & bytes::SEPARATOR != 0;
        let before_nul = whole.split(|&octet| octet == 0).next().unwrap_or_default();
        let behind_nul = whole.get(before_nul.len()..).unwrap_or_default();
        let mut text = Text::Other;
        // A common name of several words is the name of a person or a product; its words are looked up. And what differs
        // from a name in NULs at the end alone is that name.
        let is_prose = several && matches!(field, Field::CommonName { .. });
        if !is_prose && (behind_nul.is_empty() || behind_nul.iter().any(|&octet| octet != 0)) {
            text = if whole.len() == octets.len() {
                self.candidate_or_host(Candidate { text: whole, reading, field })
            } else {
                let reading = beyond(Reading::Trimmed);
                match self.candidate_or_host(Candidate { text: whole, reading, field }) {
                    Text::Address => Text::Address,
                    _ => Text::Other,
                }
            };
        }
        if !behind_nul.is_empty() {
            self.candidate_or_host(Candidate { text: trim(before_nul), reading: Reading::NulPrefix, field });
        }
        if several {
            for word in whole.split(|&octet| class(octet) == bytes::SEPARATOR) {
                self.candidate_or_host(Candidate { text: unquote(word), reading: Reading::Word, field });
            }
        }
        text
    }

    /// The host in a text, or else the text.
    fn candidate_or_host(&mut self, candidate: Candidate<'t>) -> Text {
        let host = host_of(candidate.text);
        if host.len() == candidate.text.len() {
            return self.candidate(candidate);
        }
        // `192.0.2.0/24` is an address before it is anything else.
        if self.addresses(&candidate) {
            return Text::Address;
        }
        self.candidate(Candidate { text: host, reading: Reading::Host, ..candidate });
        Text::Other
    }

    /// One text, as an address, as a reverse name and as a name.
    fn candidate(&mut self, mut candidate: Candidate<'t>) -> Text {
        let dots = candidate.text.iter().rev().take_while(|&&octet| octet == b'.').count();
        if let Some(length) = candidate.text.len().checked_sub(dots).filter(|_| dots > 0) {
            candidate.text = candidate.text.get(..length).unwrap_or_default();
            if candidate.reading == Reading::Standard {
                candidate.reading = if dots == 1 { Reading::TrailingDot } else { Reading::SurplusDots };
            }
        }
        if candidate.text.is_empty() {
            return Text::Other;
        }
        if self.addresses(&candidate) {
            return Text::Address;
        }
        if let Some(range) = address_text::read_reverse(candidate.text) {
            self.range(range, Reading::ReverseName, Grade::Nobody, Relation::Range);
        }
        self.name(candidate);
        if dots == 0 && is_valid(candidate.text) { Text::Name } else { Text::Other }
    }

    /// The items that a text meets as an address. Whether it is one, and nothing else.
    fn addresses(&mut self, candidate: &Candidate<'t>) -> bool {
        let mut is_address = false;
        for (range, style) in address_text::read(candidate.text).into_iter().flatten() {
            let grade = candidate.address_grade(style);
            let relation = if style == Style::Wildcard { Relation::Wildcard } else { Relation::Range };
            let reading = match candidate.reading {
                reading @ Reading::AddressAsText => reading,
                _ => Reading::TextualAddress,
            };
            self.range(range, reading, grade, relation);
            // Asterisks stand for labels of names as well as for octets.
            is_address |= style != Style::Wildcard;
        }
        is_address
    }

    fn range(&mut self, range: Range, reading: Reading, grade: Grade, relation: Relation) {
        match range {
            Range::V4 { key, known } => self.range_v4(key, known, reading, grade, relation),
            Range::V6 { key, known } => self.range_v6(key, known, reading, grade, relation),
        }
    }

    /// The items that share an address with a range; also those in IPv4-mapped form.
    fn range_v4(&mut self, key: u32, known: u32, reading: Reading, grade: Grade, relation: Relation) {
        let index = self.index;
        let view = RangeView { key, known, least: 0, reading, grade, relation };
        self.range_in(&index.v4, &view, Cover::V4);
        if index.has_mapped {
            let mapped = RangeView {
                key: MAPPED | u128::from(key),
                known: u128::mask(MAPPED_LENGTH) | u128::from(known),
                // Whoever watches a prefix that happens to hold all mapped addresses does not mean the whole of IPv4.
                least: MAPPED_LENGTH,
                reading: mapped_reading(reading),
                grade: grade.min(Grade::SomeClient),
                relation,
            };
            self.range_in(&index.v6, &mapped, Cover::V6);
        }
    }

    /// The items that share an address with a range; also those of IPv4 where it lies in ::ffff:0:0/96.
    fn range_v6(&mut self, key: u128, known: u128, reading: Reading, grade: Grade, relation: Relation) {
        let index = self.index;
        let view = RangeView { key, known, least: 0, reading, grade, relation };
        self.range_in(&index.v6, &view, Cover::V6);
        let network = u128::mask(MAPPED_LENGTH);
        if known & network == network && key & network == MAPPED {
            let low = |bits: u128| u32::try_from(bits & u128::from(u32::MAX)).unwrap_or_default();
            let view = RangeView {
                key: low(key),
                known: low(known),
                least: 0,
                reading: mapped_reading(reading),
                grade: grade.min(Grade::SomeClient),
                relation,
            };
            self.range_in(&index.v4, &view, Cover::V4);
        }
    }

    fn range_in<K: Key>(&mut self, trie: &PrefixTrie<K>, view: &RangeView<K>, cover: fn(Addresses<K>) -> Cover<'t>) {
        let RangeView { key, known, reading, grade, .. } = *view;
        let mut rest = Addresses { key, known, least: view.least };
        if let Some(length) = known.mask_length() {
            for (first, prefix_length) in trie.covering(key, length) {
                if prefix_length < view.least {
                    continue;
                }
                for (link, kind) in self.index.chain(first) {
                    let exact = kind.is_single_address();
                    let relation = if exact { Relation::Exact } else { Relation::Prefix { length: prefix_length } };
                    (self.emit)(Sighting { reading, relation, grade, cover: Cover::Item(link) });
                }
            }
            if length == K::WIDTH {
                return;
            }
            rest.least = rest.least.max(length.saturating_add(1));
        }
        if trie.is_empty() {
            return;
        }
        if PrefixWalk::new(trie, rest).next(self.budget).is_some() {
            (self.emit)(Sighting { reading, relation: view.relation, grade, cover: cover(rest) });
        } else if self.budget.is_overdrawn() {
            let relation = Relation::Undecided(Undecided::WorkLimit);
            (self.emit)(Sighting { reading, relation, grade, cover: cover(rest) });
        }
    }
}

/// A range of addresses to look up in one trie.
struct RangeView<K> {
    key: K,
    known: K,
    /// Shorter prefixes are left out.
    least: u8,
    reading: Reading,
    grade: Grade,
    /// To items inside the range.
    relation: Relation,
}

fn mapped_reading(reading: Reading) -> Reading {
    if reading == Reading::Standard { Reading::MappedAddress } else { reading }
}

/// The part of a URL, an e-mail address or a host with a port that is the host; the text itself if it is none of them.
fn host_of(text: &[u8]) -> &[u8] {
    let mut host = text;
    if let Some(scheme) = find(host, b"://") {
        host = host.get(scheme.saturating_add(3)..).unwrap_or_default();
    }
    // A question mark that begins a label is one of a redacted name (`?.example.com`).
    let ends = |at: usize, octet| match octet {
        b'/' | b'\\' | b'#' => true,
        b'?' => at.checked_sub(1).and_then(|before| host.get(before)).is_some_and(|&before| before != b'.'),
        _ => false,
    };
    if let Some(end) = host.iter().enumerate().position(|(at, &octet)| ends(at, octet)) {
        host = split_around(host, end).0;
    }
    if let Some(at) = host.iter().rposition(|&octet| octet == b'@') {
        host = split_around(host, at).1;
    }
    // The colon before the port; more than one stand in an IPv6 address.
    let mut colons = host.iter().enumerate().filter(|&(_, &octet)| octet == b':');
    match (host.first(), colons.next(), colons.next()) {
        (Some(b'['), _, _) | (_, None, _) | (_, _, Some(_)) => host,
        (_, Some((colon, _)), None) => split_around(host, colon).0,
    }
}

fn find(text: &[u8], pattern: &[u8]) -> Option<usize> {
    text.windows(pattern.len()).position(|window| window == pattern)
}

/// What stands before and behind an octet.
fn split_around(text: &[u8], at: usize) -> (&[u8], &[u8]) {
    match text.split_at_checked(at) {
        Some((before, [_, behind @ ..])) => (before, behind),
        _ => (text, &[]),
    }
}

fn trim(text: &[u8]) -> &[u8] {
    strip(text, |octet| class(octet) == bytes::SEPARATOR)
}

fn unquote(word: &[u8]) -> &[u8] {
    strip(word, |octet| b"()<>{}\"'=".contains(&octet))
}

fn strip(mut text: &[u8], surrounds: impl Fn(u8) -> bool) -> &[u8] {
    while let [first, rest @ ..] = text
        && surrounds(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && surrounds(*last)
    {
        text = rest;
    }
    text
}
