//! From the fields of a certificate to what they say.

use ctlens_x509::{GeneralNameKind, Undecodable};

use crate::address_text::{self, Range, Style};
use crate::bytes::{self, class, classes_of};
use crate::escapes;
use crate::hit::{Grade, Reading, Relation, Undecided};
use crate::host_part::{HostPart, find};
use crate::index::{Budget, Index, MAPPED, MAPPED_LENGTH};
use crate::name_scan::{Extent, is_valid};
use crate::name_walk::{Names, Pattern, without_last_dot};
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
    /// A name inside another kind of name, where nobody looks.
    Inner,
    /// An iPAddress whose octets are text.
    Address,
    /// A tag that GeneralName does not have.
    Unknown,
}

pub(crate) const UNIVERSAL_STRING: u8 = 0x1c;
pub(crate) const BMP_STRING: u8 = 0x1e;

/// Whether the characters of a string have several octets each: what the octets are as text says little then.
pub(crate) fn is_wide(tag: u8) -> bool {
    matches!(tag, BMP_STRING | UNIVERSAL_STRING)
}

/// What a text turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text {
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
            Field::CommonName { .. }
            | Field::OtherName { .. }
            | Field::Email
            | Field::Inner
            | Field::Address
            | Field::Unknown => Grade::Nobody,
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

    /// A part of it that is taken for the host.
    fn as_host(self) -> Self {
        let reading = if self.reading == Reading::Escapes { self.reading } else { Reading::Host };
        Self { reading, ..self }
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
    /// Whether IPv4 addresses inside those of 6to4 and NAT64 are looked up too.
    pub(crate) with_embedded: bool,
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
            // RFC 5280 §4.2.1.6 has no host names in these, but there may be some all the same.
            GeneralNameKind::DirectoryName => self.directory_name(octets, offset),
            GeneralNameKind::X400Address | GeneralNameKind::EdiPartyName => self.inner_names(octets, offset),
            GeneralNameKind::RegisteredId => self.names_among_octets(octets, Field::Inner),
            _ => {
                self.value(octets, Field::Unknown);
                // Whatever an unknown tag means, these may be the octets of an address, bare or as an element.
                self.address(octets, Grade::Nobody);
                if let [_, length, inner @ ..] = octets
                    && usize::from(*length) == inner.len()
                {
                    self.address(inner, Grade::Nobody);
                }
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

    pub(crate) fn undecided(&mut self, why: Undecided, cover: Cover<'t>) {
        let (reading, relation) = (Reading::Undecoded, Relation::Undecided(why));
        (self.emit)(Sighting { reading, relation, grade: Grade::Nobody, cover });
    }

    pub(crate) fn string(&mut self, tag: u8, octets: &'t [u8], field: Field) {
        match tag {
            BMP_STRING => self.wide_string::<2>(octets, field),
            UNIVERSAL_STRING => self.wide_string::<4>(octets, field),
            _ => {
                self.value(octets, field);
            }
        }
    }

    /// Characters of two or four octets each.
    fn wide_string<const OCTETS: usize>(&mut self, octets: &'t [u8], field: Field) {
        let mut text = [0_u8; 256];
        let mut characters = 0_usize;
        let mut has_stops = false;
        for character in octets.chunks(OCTETS) {
            if let Some(octet) = text.get_mut(characters) {
                *octet = match character.split_last() {
                    Some((&octet, zeros)) if octet.is_ascii() && zeros.iter().all(|&zero| zero == 0) => octet,
                    _ if matches!(character, [.., 0x30, 0x02] | [.., 0xff, 0x0e | 0x61]) => {
                        has_stops = true;
                        b'.'
                    }
                    _ => u8::MAX,
                };
            }
            characters = characters.saturating_add(1);
        }
        // Octets that are text as they stand.
        if octets.iter().all(|octet| (b' '..=b'~').contains(octet)) {
            self.value(octets, field);
        }
        let why = Undecided::WideString { characters };
        let Some(text) = text.get(..characters) else {
            return self.undecided(why, Cover::All);
        };
        let reading = if has_stops { Reading::UnparsableLabel } else { Reading::of(field) };
        self.decoded(text, reading, field, why);
    }

    /// A text that does not stand in the certificate as it is. What hits concern must do without it: of a pattern that is
    /// all below the node where the pattern begins.
    fn decoded(&mut self, text: &[u8], reading: Reading, field: Field, why: Undecided) {
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
            emit(Sighting { reading: sighting.reading, relation, grade: sighting.grade, cover });
        };
        let budget = &mut *self.budget;
        Scan { index: self.index, budget, with_embedded: self.with_embedded, emit: &mut emit_without_text }
            .read_all(text, reading, field);
    }

    fn uri(&mut self, octets: &'t [u8]) {
        let octets = trim(octets);
        let host_of = |text| HostPart::of(text).host;
        let (reading, field) = (Reading::UriHost, Field::Uri);
        let host = match (find(octets, b"://"), octets.iter().position(|&octet| octet == b':')) {
            (Some(_), _) => host_of(octets),
            // sip:user@example.com;transport=tls
            (None, Some(colon)) => {
                let (before, rest) = split_around(octets, colon);
                // No scheme: example.com:443
                let without_scheme = host_of(before);
                if without_scheme.contains(&b'.') {
                    self.read_all(without_scheme, reading, field);
                }
                let end = rest.iter().position(|octet| b";?".contains(octet)).unwrap_or(rest.len());
                host_of(rest.get(..end).unwrap_or(rest))
            }
            (None, None) => octets,
        };
        if host.is_empty() {
            self.read_all(octets, reading, field);
            return;
        }
        self.read_all(host, reading, field);
        self.further_hosts(octets, host, field);
        // The host ends at a backslash, also where one begins an escape.
        if octets.contains(&b'\\') {
            self.escapes(octets, field);
        }
        if !octets.ends_with(host) {
            self.names(Candidate { text: octets, reading: Reading::UnparsableLabel, field }, Extent::PlainTail);
        }
    }

    pub(crate) fn email(&mut self, octets: &'t [u8]) {
        let domain = match octets.iter().rposition(|&octet| octet == b'@') {
            Some(at) if octets.len().saturating_sub(at) > 1 => split_around(octets, at).1,
            _ => octets,
        };
        self.read_all(domain, Reading::EmailDomain, Field::Email);
        self.further_hosts(octets, domain, Field::Email);
    }

    /// The hosts of the other e-mail addresses or URLs, where several stand in one value.
    fn further_hosts(&mut self, octets: &'t [u8], host: &'t [u8], field: Field) {
        if classes_of(octets) & bytes::SEPARATOR == 0 {
            return;
        }
        for word in octets.split(|&octet| class(octet) == bytes::SEPARATOR).map(unquote) {
            let part = HostPart::of(word).host;
            if part != host && (word.contains(&b'@') || find(word, b"://").is_some()) {
                self.candidate(Candidate { text: part, reading: Reading::Word, field });
            }
        }
    }

    fn ip_address(&mut self, octets: &'t [u8]) {
        if self.address(octets, Grade::Rfc9525) {
            if let Some(text) = address_text::of_sixteen_octets(octets) {
                self.addresses(&Candidate { text, reading: Reading::AddressAsText, field: Field::Address });
            }
            return;
        }
        let is_text = octets.iter().all(|octet| (b' '..=b'~').contains(octet));
        if is_text && self.read_all(octets, Reading::AddressAsText, Field::Address) == Text::Address {
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
            _ => {}
        }
        // Text of 8 or 32 octets is hardly address and mask. It was looked up as a name, and may mean more.
        if is_text || ![8, 32].contains(&octets.len()) {
            self.undecided(Undecided::AddressLength { octets: octets.len() }, Cover::AllAddresses);
        }
    }

    /// RFC 9525 §6.4: the octets of an IPv4 or IPv6 address. Whether there are so many.
    fn address(&mut self, octets: &[u8], grade: Grade) -> bool {
        if let Ok(octets) = <[u8; 4]>::try_from(octets) {
            self.range_v4(u32::from_be_bytes(octets), u32::MAX, Reading::Standard, grade, Relation::Range);
        } else if let Ok(octets) = <[u8; 16]>::try_from(octets) {
            self.range_v6(u128::from_be_bytes(octets), u128::MAX, Reading::Standard, grade, Relation::Range);
        } else {
            return false;
        }
        true
    }

    /// A text in which a name or an address should stand.
    fn value(&mut self, octets: &'t [u8], field: Field) -> Text {
        self.read_all(octets, Reading::of(field), field)
    }

    /// All readings of a text.
    pub(crate) fn read_all(&mut self, octets: &'t [u8], reading: Reading, field: Field) -> Text {
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
        let is_prose = several && matches!(field, Field::CommonName { .. } | Field::Inner);
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
            self.joined(whole, field);
        }
        text
    }

    /// A name or an address with white space in it: `www. example .com`.
    fn joined(&mut self, text: &'t [u8], field: Field) {
        let octets = || text.iter().copied().filter(|octet| !octet.is_ascii_whitespace());
        let mut buffer = [0_u8; escapes::MOST];
        let mut length = 0_usize;
        for (place, octet) in buffer.iter_mut().zip(octets()) {
            *place = octet;
            length = length.saturating_add(1);
        }
        let joined = buffer.get(..length).unwrap_or_default();
        let of_names = bytes::PLAIN | bytes::UPPER | bytes::DOT | bytes::STAR | bytes::URL;
        let is_name = joined.contains(&b'.') && classes_of(joined) & !of_names == 0;
        if !is_name || octets().nth(escapes::MOST).is_some() {
            return;
        }
        // Subtrees that the last word lies in were met by that word.
        let last = text.rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
        let Scan { index, budget, with_embedded, emit } = self;
        let mut emit_new = |sighting: Sighting<'t>| {
            let is_known = match sighting.cover {
                Cover::Item(link) if sighting.relation == Relation::Below => index.name_length(link) < last.len(),
                _ => false,
            };
            if !is_known {
                emit(sighting);
            }
        };
        let why = Undecided::HiddenPattern { octets: text.len() };
        Scan { index, budget, with_embedded: *with_embedded, emit: &mut emit_new }.decoded(
            joined,
            Reading::Joined,
            field,
            why,
        );
    }

    /// A text, and the host in it; both once more where there are escapes in the text.
    fn candidate_or_host(&mut self, candidate: Candidate<'t>) -> Text {
        if classes_of(candidate.text) & bytes::URL == 0 {
            return self.candidate(candidate);
        }
        let text = self.host_and_whole(candidate);
        if candidate.reading != Reading::Escapes {
            self.escapes(candidate.text, candidate.field);
        }
        text
    }

    /// What a text says with its escapes resolved, if there are any.
    fn escapes(&mut self, text: &[u8], field: Field) {
        let mut buffer = [0_u8; escapes::MOST];
        if let Some(resolved) = escapes::resolve(text, &mut buffer) {
            let why = Undecided::HiddenPattern { octets: text.len() };
            self.decoded(resolved, Reading::Escapes, field, why);
        }
    }

    /// Something like a URL, or a name in which an octet came out wrong.
    fn host_and_whole(&mut self, candidate: Candidate<'t>) -> Text {
        let (candidate, _) = without_last_dots(candidate);
        // `192.0.2.0/24` is an address before it is anything else.
        if self.addresses(&candidate) {
            return Text::Address;
        }
        let text = candidate.text;
        let part = HostPart::of(text);
        if part.host.len() < text.len() {
            self.candidate(Candidate { text: part.host, ..candidate.as_host() });
        }
        self.around_colons(candidate, part.host);
        if !part.is_well_formed() {
            self.names(candidate, Extent::Whole);
        } else if !part.after.is_empty() {
            // What precedes the host hides nothing: then the text ends as the host does.
            self.names(Candidate { reading: Reading::UnparsableLabel, ..candidate }, Extent::PlainTail);
        }
        Text::Other
    }

    /// `DNS:example.com`, `IP:2001:db8::1`, `[IPv6:2001:db8::1]`: what stands before the first colon and behind the first
    /// and the last, where that is not the host that was found.
    fn around_colons(&mut self, candidate: Candidate<'t>, host: &'t [u8]) {
        if find(candidate.text, b"://").is_some() {
            return;
        }
        let text = match candidate.text {
            [b'[', inner @ .., b']'] => {
                self.candidate(Candidate { text: inner, ..candidate.as_host() });
                inner
            }
            text => text,
        };
        let Some(first) = text.iter().position(|&octet| octet == b':') else { return };
        let (before, behind_first) = split_around(text, first);
        let behind_last = behind_first
            .iter()
            .rposition(|&octet| octet == b':')
            .map_or(&[][..], |last| split_around(behind_first, last).1);
        for part in [before, behind_first, behind_last] {
            let part = HostPart::of(part).host;
            let is_port = part.len() <= 5 && part.iter().all(u8::is_ascii_digit);
            // One label that cannot be read says nothing.
            let is_name = part.contains(&b'.') || part.contains(&b':') || is_valid(part);
            if part != host && !is_port && is_name {
                self.candidate(Candidate { text: part, ..candidate.as_host() });
            }
        }
    }

    /// One text, as an address, as a reverse name and as a name.
    pub(crate) fn candidate(&mut self, candidate: Candidate<'t>) -> Text {
        let (candidate, dots) = without_last_dots(candidate);
        if self.addresses(&candidate) {
            return Text::Address;
        }
        self.names(candidate, Extent::Whole);
        if dots == 0 && is_valid(candidate.text) { Text::Name } else { Text::Other }
    }

    /// A text as a reverse name and as a name.
    fn names(&mut self, candidate: Candidate<'t>, extent: Extent) {
        if candidate.text.is_empty() {
            return;
        }
        if let Some(range) = address_text::read_reverse(candidate.text) {
            self.range(range, Reading::ReverseName, Grade::Nobody, Relation::Range);
        }
        self.name(candidate, extent);
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
            // Asterisks stand for labels of names as well as for octets, and there may be a name in `::1%.example.com`.
            let behind = candidate.text.iter().position(|octet| b"%]".contains(octet));
            let behind = behind.and_then(|at| candidate.text.get(at..)).unwrap_or_default();
            // To clients that do not know `0x1` it is a name.
            let is_hexadecimal =
                matches!(range, Range::V4 { .. }) && candidate.text.iter().any(|octet| b"xX".contains(octet));
            is_address |= style != Style::Wildcard && !behind.contains(&b'.') && !is_hexadecimal;
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
    pub(crate) fn range_v4(&mut self, key: u32, known: u32, reading: Reading, grade: Grade, relation: Relation) {
        let index = self.index;
        let view = RangeView { key, known, least: 0, reading, grade, relation };
        self.range_in(&index.v4, &view, Cover::V4);
        if index.has_mapped() {
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
    pub(crate) fn range_v6(&mut self, key: u128, known: u128, reading: Reading, grade: Grade, relation: Relation) {
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
        if self.with_embedded
            && let Some((key, known)) = embedded(key, known)
        {
            let reading = if reading == Reading::Standard { Reading::EmbeddedAddress } else { reading };
            let view = RangeView { key, known, least: 0, reading, grade: Grade::Nobody, relation };
            self.range_in(&index.v4, &view, Cover::V4);
        }
    }

    fn range_in<K: Key>(&mut self, trie: &PrefixTrie<K>, view: &RangeView<K>, cover: fn(Addresses<K>) -> Cover<'t>) {
        let RangeView { key, known, reading, grade, .. } = *view;
        let mut rest = Addresses { key, known, least: view.least };
        if let Some(length) = known.mask_length() {
            for (head, prefix_length) in trie.covering(key, length) {
                if prefix_length < view.least {
                    continue;
                }
                for (link, is_single) in self.index.links.chain(head) {
                    let relation = if is_single { Relation::Exact } else { Relation::Prefix { length: prefix_length } };
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

/// The IPv4 addresses inside IPv6 addresses: behind 2002::/16 (6to4, RFC 3056 §2) and behind 64:ff9b::/96 (NAT64, RFC 6052
/// §2.1, the well-known prefix).
fn embedded(key: u128, known: u128) -> Option<(u32, u32)> {
    const SIX_TO_FOUR: u128 = 0x2002 << 112;
    const NAT64: u128 = 0x0064_ff9b << 96;
    let is_in = |prefix: u128, length| {
        let network = u128::mask(length);
        known & network == network && key & network == prefix
    };
    let from_bit = |bit: u32| {
        let octets = |bits: u128| u32::try_from(bits.wrapping_shr(bit) & u128::from(u32::MAX)).unwrap_or_default();
        (octets(key), octets(known))
    };
    if is_in(SIX_TO_FOUR, 16) { Some(from_bit(80)) } else { is_in(NAT64, 96).then(|| from_bit(0)) }
}

impl Reading {
    /// How a text in a field is read that needs nothing else.
    pub(crate) fn of(field: Field) -> Self {
        match field {
            Field::OtherName { .. } => Self::OtherName,
            Field::Inner => Self::InnerName,
            _ => Self::Standard,
        }
    }
}

fn mapped_reading(reading: Reading) -> Reading {
    if reading == Reading::Standard { Reading::MappedAddress } else { reading }
}

/// What stands before and behind an octet.
pub(crate) fn split_around(text: &[u8], at: usize) -> (&[u8], &[u8]) {
    match text.split_at_checked(at) {
        Some((before, [_, behind @ ..])) => (before, behind),
        _ => (text, &[]),
    }
}

/// Leaves out the dots at the end, and says how many there were.
fn without_last_dots(mut candidate: Candidate<'_>) -> (Candidate<'_>, usize) {
    let mut dots = 0_usize;
    while let Some(text) = without_last_dot(candidate.text) {
        candidate.text = text;
        dots = dots.saturating_add(1);
    }
    if candidate.reading == Reading::Standard && dots > 0 {
        candidate.reading = if dots == 1 { Reading::TrailingDot } else { Reading::SurplusDots };
    }
    (candidate, dots)
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
