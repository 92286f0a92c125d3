//! Which identifiers of a certificate concern which assets, and how far each reaches.

use crate::certificate::{quoted_name, shown_name};
use crate::finding::{Finding, Identifier};
use crate::hash::Sha256Hash;
use crate::policy::Policy;
use crate::text::{hex, shorten, word};
use ctlens_lint::{Location, Part};
use ctlens_san::{Grade, Hit, Item, Outcome, Reading, Relation, Source, Undecided};
use ctlens_x509::{GeneralNameKind, Tbs};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::ops::ControlFlow;

/// A certificate may hold a hundred thousand names, and one name (`*.com`) may stand for a million items. What goes beyond
/// these is counted in `left_out`, and makes no certificate expected.
const MOST_PAIRS: usize = 256;
pub(super) const MOST_ITEMS: usize = 4096;
const LONGEST_TEXT: usize = 256;

/// The hits of one certificate, by asset and identifier.
#[derive(Default)]
pub(super) struct Matches<'c> {
    /// By the index of the asset and the digest of the identifier's text, folded so that a common name that repeats a SAN is
    /// no second one.
    pub(super) pairs: BTreeMap<(u32, Sha256Hash), Pair<'c>>,
    /// The field of the last hit: the hits of a field come one after another, and there may be as many as it has words.
    pub(super) field: Option<Field>,
    #[cfg(test)]
    pub(super) fields_read: usize,
    pub(super) hits: usize,
    pub(super) doubts: Vec<Doubt<'c>>,
    /// How many assets there are: what comes behind them on the watch list is denied.
    assets: u32,
    /// The names in the SAN, and the common names, that are an asset's, or may be.
    pub(super) names_met: NamesMet,
    pub(super) kinds: Option<Vec<(usize, GeneralNameKind)>>,
    pub(super) items: usize,
    pub(super) left_out: usize,
}

/// By their indices.
#[derive(Default)]
pub(super) struct NamesMet {
    pub(super) in_san: BTreeSet<usize>,
    pub(super) common: BTreeSet<usize>,
}

/// What is the same for all hits of a field.
pub(super) struct Field {
    source: Source,
    offset: usize,
    text: String,
    /// In an explanation.
    quoted: String,
    /// Of what identifiers are compared by.
    folded: Sha256Hash,
    /// Whether something in it begins with a dot, which may stand for all that ends so.
    has_suffix: bool,
    /// The one address that it is.
    address: Option<IpAddr>,
    /// `example.com` of `*.example.com`; `None` where the octets are anything but labels of which only the first is an
    /// asterisk.
    parent: Option<String>,
}

/// An identifier that concerns an asset.
pub(super) struct Pair<'c> {
    pub(super) text: String,
    /// In an explanation.
    pub(super) quoted: String,
    pub(super) octets: &'c [u8],
    pub(super) location: Location,
    pub(super) also_at: Vec<Location>,
    pub(super) reading: Reading,
    pub(super) relation: Relation,
    pub(super) grade: Grade,
    /// By what the octets can be taken for: `None` as they stand, `Some` hit for another reading, which may be one of many
    /// words. Of the items that one thing stands for, the widest counts.
    pub(super) extents: BTreeMap<Option<usize>, Extent>,
}

/// Something that nobody can read.
pub(super) struct Doubt<'c> {
    pub(super) why: Undecided,
    pub(super) location: Location,
    pub(super) octets: &'c [u8],
}

/// How far an identifier reaches. A grant over an asset is consent for what lies in the asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Extent {
    /// It stands for something outside the asset too, or for nothing that can be told.
    Beyond,
    /// `*.example.com` for the asset `www.example.com`.
    WildcardAbove,
    /// All that it stands for lies in the asset.
    Inside,
}

impl<'c> Matches<'c> {
    /// All that the certificate says, so that whom it does not meet is known too.
    pub(super) fn of(policy: &Policy, tbs: &Tbs<'c>) -> (Self, Outcome) {
        let assets = u32::try_from(policy.assets.len()).unwrap_or(u32::MAX);
        let mut matches = Self { assets, ..Self::default() };
        let outcome = policy.watch_list.watch(tbs, |hit| {
            matches.take(&hit, tbs);
            ControlFlow::Continue(())
        });
        (matches, outcome)
    }

    pub(super) fn take(&mut self, hit: &Hit<'_, 'c, u32>, tbs: &Tbs<'c>) {
        let kind = self.kind(hit.source, tbs);
        let location = Location::at(part(hit.source, kind), hit.offset, hit.octets.len());
        match (hit.relation, hit.reading) {
            (Relation::Undecided(why), _) => {
                self.meet(hit.source);
                self.doubt(Doubt { why, location, octets: hit.octets });
                return;
            }
            // What a client makes of an address with a mask, or spelt out, nobody can tell either.
            (_, Reading::AddressAndMask | Reading::AddressAsText) => {
                let why = Undecided::AddressLength { octets: hit.octets.len() };
                self.doubt(Doubt { why, location: location.clone(), octets: hit.octets });
            }
            _ => {}
        }
        self.hits = self.hits.saturating_add(1);
        // A reverse name is a name, whatever address it is about.
        let is_literal = matches!(hit.reading, Reading::Standard | Reading::TrailingDot | Reading::ReverseName);
        let meaning = (!is_literal).then_some(self.hits);
        let field = match self.field.take() {
            Some(field) if field.source == hit.source && field.offset == hit.offset => field,
            _ => {
                #[cfg(test)]
                {
                    self.fields_read = self.fields_read.saturating_add(1);
                }
                Field::of(hit, kind)
            }
        };
        self.take_items(hit, &field, meaning, &location);
        self.field = Some(field);
    }

    fn take_items(&mut self, hit: &Hit<'_, 'c, u32>, field: &Field, meaning: Option<usize>, location: &Location) {
        if self.items >= MOST_ITEMS {
            // It may be an asset's: that is all that is asked then.
            self.meet(hit.source);
            self.left_out = self.left_out.saturating_add(hit.count().unwrap_or(1));
            return;
        }
        for (walked, entry) in hit.items().enumerate() {
            if self.items >= MOST_ITEMS {
                let rest = hit.count().map_or(1, |count| count.saturating_sub(walked));
                self.left_out = self.left_out.saturating_add(rest);
                return;
            }
            self.items = self.items.saturating_add(1);
            let extent = extent(hit, field, || entry.item());
            let key = (*entry.payload(), field.folded);
            // What a denial names is nobody's.
            if *entry.payload() < self.assets {
                self.meet(hit.source);
            }
            if self.pairs.len() >= MOST_PAIRS && !self.pairs.contains_key(&key) {
                self.left_out = self.left_out.saturating_add(1);
                continue;
            }
            let pair = Pair {
                text: field.text.clone(),
                quoted: field.quoted.clone(),
                octets: hit.octets,
                location: location.clone(),
                also_at: Vec::new(),
                reading: hit.reading,
                relation: hit.relation,
                grade: hit.grade,
                extents: BTreeMap::from([(meaning, extent)]),
            };
            match self.pairs.get_mut(&key) {
                Some(known) => known.join(pair),
                None => {
                    self.pairs.insert(key, pair);
                }
            }
        }
    }

    fn meet(&mut self, source: Source) {
        match source {
            Source::SubjectAltName { index } => self.names_met.in_san.insert(index),
            Source::CommonName { index } => self.names_met.common.insert(index),
            _ => false,
        };
    }

    fn doubt(&mut self, doubt: Doubt<'c>) {
        if self.doubts.iter().any(|known| known.location == doubt.location && known.why == doubt.why) {
            return;
        }
        if self.doubts.len() < MOST_PAIRS {
            self.doubts.push(doubt);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// The type of the name that a hit comes from, looked up without walking the names again for each.
    fn kind(&mut self, source: Source, tbs: &Tbs<'c>) -> GeneralNameKind {
        let Source::SubjectAltName { index } = source else { return GeneralNameKind::Unknown };
        let kinds = self
            .kinds
            .get_or_insert_with(|| tbs.names().filter_map(Result::ok).map(|name| (name.index, name.kind())).collect());
        let found = kinds.binary_search_by_key(&index, |&(index, _)| index).ok();
        found.and_then(|at| kinds.get(at)).map_or(GeneralNameKind::Unknown, |&(_, kind)| kind)
    }
}

impl Field {
    fn of(hit: &Hit<'_, '_, u32>, kind: GeneralNameKind) -> Self {
        let shown = shown_name(kind, hit.octets);
        let text = shorten(&shown, LONGEST_TEXT);
        let folded = shown.to_ascii_lowercase();
        Self {
            source: hit.source,
            offset: hit.offset,
            quoted: quoted_name(kind, hit.octets, &text),
            text,
            folded: Sha256Hash::of(folded.strip_suffix('.').unwrap_or(&folded).as_bytes()),
            has_suffix: hit
                .octets
                .split(|octet| !is_of_name(*octet) && *octet != b'*')
                .any(|word| word.starts_with(b".")),
            address: shown.parse().ok(),
            parent: parent(hit.octets),
        }
    }
}

/// What a pattern stands below. Nothing but letters, digits, hyphens, underscores and dots: what holds anything else may say
/// more than one thing.
fn parent(octets: &[u8]) -> Option<String> {
    let parent = octets.strip_suffix(b".").unwrap_or(octets).strip_prefix(b"*.")?;
    parent.iter().all(|octet| is_of_name(*octet)).then(|| String::from_utf8_lossy(parent).to_ascii_lowercase())
}

fn is_of_name(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.')
}

impl Pair<'_> {
    /// The same identifier again: as another field, in another reading, or for another item of the same asset.
    fn join(&mut self, other: Self) {
        let mut weaker = other;
        if weaker.grade > self.grade {
            std::mem::swap(self, &mut weaker);
            self.also_at = std::mem::take(&mut weaker.also_at);
            self.also_at.pop_if(|last| *last == self.location);
            std::mem::swap(&mut self.extents, &mut weaker.extents);
        }
        for (meaning, extent) in weaker.extents {
            let known = self.extents.entry(meaning).or_insert(extent);
            *known = extent.max(*known);
        }
        // The hits of a field come one after another.
        if weaker.location != self.location && self.also_at.last() != Some(&weaker.location) {
            self.also_at.push(weaker.location);
        }
    }

    /// The finding with the places where the identifier is too, as far as they are shown.
    pub(super) fn also_at(&self, finding: Finding) -> Finding {
        let also_at = self.also_at.iter().take(Finding::MOST_ALSO_AT).cloned().collect();
        Finding { also_at, also_at_total: self.also_at.len(), ..finding }
    }

    pub(super) fn identifier(&self) -> Identifier {
        Identifier {
            relation: word(&self.relation),
            reading: word(&self.reading),
            grade: word(&self.grade),
            ..identifier(self.text.clone(), self.octets)
        }
    }

    /// Everything that the identifier can be taken for has to lie in the asset.
    pub(super) fn extent(&self) -> Extent {
        self.extents.values().min().copied().unwrap_or(Extent::Beyond)
    }
}

pub(super) fn part(source: Source, kind: GeneralNameKind) -> Part {
    match source {
        Source::SubjectAltName { index } => Part::SubjectAltName { index, kind },
        Source::CommonName { index } => Part::CommonName { index },
        Source::Subject => Part::Subject,
        _ => Part::TbsCertificate,
    }
}

fn extent(hit: &Hit<'_, '_, u32>, field: &Field, item: impl Fn() -> Item) -> Extent {
    match hit.reading {
        // What stands behind the NUL may be any name.
        Reading::NulPrefix | Reading::UnparsableLabel | Reading::Undecoded => return Extent::Beyond,
        // `.www.example.com` may stand for all that ends so, which lies in a subtree and not in a name.
        _ if field.has_suffix && matches!(item(), Item::Name(_)) => return Extent::Beyond,
        // Who has the zone of reverse names may not be who has the addresses, and no client takes one for the other.
        Reading::ReverseName => return Extent::Beyond,
        // What is more than the text of one address (`1.1.1.0/24`, `https://1.1.1.1`, `0x1010101`) is read in many ways.
        Reading::TextualAddress if field.address.is_none() => return Extent::Beyond,
        _ => {}
    }
    match hit.relation {
        Relation::Exact | Relation::Below | Relation::Prefix { .. } => Extent::Inside,
        Relation::Wildcard => {
            let parent = field.parent.as_deref();
            parent.and_then(|parent| wildcard_extent(parent, &item())).unwrap_or(Extent::Beyond)
        }
        _ => Extent::Beyond,
    }
}

/// `None` where the item is no name.
fn wildcard_extent(parent: &str, item: &Item) -> Option<Extent> {
    let (name, is_subtree) = match item {
        Item::Name(name) => (name.as_str(), false),
        Item::Subtree(name) => (name.as_str(), true),
        _ => return None,
    };
    let lies_below = parent == name || parent.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    if is_subtree && lies_below {
        return Some(Extent::Inside);
    }
    // Nobody consents to all of a top-level domain for the sake of one name.
    let is_above = name.split_once('.').is_some_and(|(_, above)| above == parent) && parent.contains('.');
    Some(if is_above { Extent::WildcardAbove } else { Extent::Beyond })
}

pub(super) fn identifier(text: String, octets: &[u8]) -> Identifier {
    let shown = octets.get(..Identifier::MOST).unwrap_or(octets);
    Identifier {
        text,
        octets: hex(shown),
        length: octets.len(),
        relation: String::new(),
        reading: String::new(),
        grade: String::new(),
    }
}
