use core::fmt::{self, Write as _};

use crate::watch_list::{Entry, Items, WatchList};

/// One way in which a certificate concerns a watch list.
///
/// `Display` says it in one line of bounded length, without control characters: which octets (escaped, the first 64) in
/// which field, how they were read, for what they stand, and who accepts that. Of several items it names one.
#[derive(Debug)]
#[non_exhaustive]
pub struct Hit<'l, 'c, T> {
    /// Which field of the certificate.
    pub source: Source,
    /// The octets of the field, undecoded.
    pub octets: &'c [u8],
    /// Where the octets begin, in octets from the start of the TBS certificate.
    pub offset: usize,
    /// How the octets had to be read.
    pub reading: Reading,
    /// How what they say stands to the item or items.
    pub relation: Relation,
    /// Who would accept the certificate for it.
    pub grade: Grade,
    pub(crate) list: &'l WatchList<T>,
    pub(crate) cover: crate::scan::Cover<'c>,
}

impl<T> Clone for Hit<'_, '_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Hit<'_, '_, T> {}

impl<'l, 'c, T> Hit<'l, 'c, T> {
    /// The item, where the hit concerns exactly one: always for [`Relation::Exact`], [`Relation::Below`] and
    /// [`Relation::Prefix`], never for the others.
    #[must_use]
    pub fn item(&self) -> Option<Entry<'l, T>> {
        match self.cover {
            crate::scan::Cover::Item(link) => Some(self.list.entry(link)),
            _ => None,
        }
    }

    /// All items that the hit concerns. They are looked for while the iterator goes on: `*.com` may concern millions.
    #[must_use]
    pub fn items(&self) -> Items<'l, 'c, T> {
        Items::new(self.list, self.cover)
    }

    /// How many items the hit concerns, where that is known without looking for them.
    #[must_use]
    pub fn count(&self) -> Option<usize> {
        self.list.count(&self.cover)
    }
}

/// So many octets of a field are shown.
const SHOWN: usize = 64;

impl<T> fmt::Display for Hit<'_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_quoted(f, self.octets)?;
        write!(f, " in {}", self.source)?;
        if !matches!(self.reading, Reading::Standard | Reading::Undecoded) {
            write!(f, " ({})", self.reading)?;
        }
        write!(f, " {} ", self.relation)?;
        self.write_items(f)?;
        match self.relation {
            Relation::Undecided(why) => write!(f, "; undecided: {why}"),
            _ => write!(f, "; {}", self.grade),
        }
    }
}

impl<T> Hit<'_, '_, T> {
    fn write_items(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.count();
        // Where nothing was decided, looking for an item could take long.
        let first = match self.relation {
            Relation::Undecided(_) => self.item(),
            _ => self.items().next(),
        };
        let first = first.map(|entry| entry.item());
        match (first, count) {
            (Some(item), Some(1)) => write!(f, "{item}"),
            (Some(item), Some(count)) => {
                write!(f, "{count} items: {item} and {} more", count.saturating_sub(1))
            }
            (Some(item), None) => write!(f, "items such as {item}"),
            (None, Some(1)) => f.write_str("one item"),
            (None, Some(count)) => write!(f, "any of {count} items"),
            (None, None) => f.write_str("items of the list"),
        }
    }
}

/// Between grave accents, escaped so that none stands inside.
pub(crate) fn write_quoted(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    f.write_char('`')?;
    for &octet in octets.iter().take(SHOWN) {
        match octet {
            b'`' => f.write_str("\\x60")?,
            b'\'' | b'"' => f.write_char(octet.into())?,
            _ => write!(f, "{}", octet.escape_ascii())?,
        }
    }
    match octets.len() {
        0..=SHOWN => f.write_char('`'),
        length => write!(f, "…` ({length} octets)"),
    }
}

/// A field of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Source {
    /// An entry of a subject alternative name.
    SubjectAltName {
        /// Its place among the names of all SAN extensions, from 0.
        index: usize,
    },
    /// A common name of the subject.
    CommonName {
        /// Its place among the common names, from 0.
        index: usize,
    },
    /// The subject, or a part of it that cannot be walked.
    Subject,
    /// A permitted subtree of the name constraints of a CA.
    PermittedSubtree {
        /// Its place among the permitted subtrees, from 0.
        index: usize,
    },
    /// A part of the extensions that cannot be walked.
    Extensions,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SubjectAltName { index } => write!(f, "subjectAltName[{index}]"),
            Self::CommonName { index } => write!(f, "commonName[{index}]"),
            Self::Subject => f.write_str("the subject"),
            Self::PermittedSubtree { index } => write!(f, "permittedSubtrees[{index}]"),
            Self::Extensions => f.write_str("the extensions"),
        }
    }
}

/// How octets had to be read to say what they say. Where several of these were needed, the one that strays furthest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Reading {
    /// As the standard says.
    Standard,
    /// One dot at the end was left out.
    TrailingDot,
    /// Dots at the beginning, or more than one at the end, were left out. What begins with a dot may stand for all that
    /// ends so.
    SurplusDots,
    /// Empty labels in the middle were left out.
    EmptyLabels,
    /// White space around was left out.
    Trimmed,
    /// One of several words in the value.
    Word,
    /// White space in the middle was left out.
    Joined,
    /// Escapes for octets of names (`%2e`, `\046`, `\x2e`) were resolved.
    Escapes,
    /// The host in something like a URL or an e-mail address, or what stands beside a colon (`DNS:example.com`).
    Host,
    /// What stands before a NUL.
    NulPrefix,
    /// The host of a URI.
    UriHost,
    /// The domain of an e-mail address (rfc822Name).
    EmailDomain,
    /// A name in an otherName: SRVName (RFC 4985), an XMPP address, a user principal name, or what looks like a name in
    /// any other.
    OtherName,
    /// A name inside a directoryName (its common names, and the domains of its e-mail addresses), or what looks like a
    /// name in an x400Address, ediPartyName or registeredID.
    InnerName,
    /// An address in the form of text.
    TextualAddress,
    /// The address of a reverse name, below in-addr.arpa or ip6.arpa.
    ReverseName,
    /// An IPv4 address in IPv6 form (::ffff:0:0/96), or the other way round.
    MappedAddress,
    /// The IPv4 address inside an IPv6 address of 6to4 or NAT64: see [`WatchList::with_embedded_addresses`].
    EmbeddedAddress,
    /// An iPAddress of 8 or 32 octets as address and mask.
    AddressAndMask,
    /// An iPAddress whose octets are text.
    AddressAsText,
    /// A label cannot be read and was taken for any label; or an ideographic full stop (U+3002, U+FF0E, U+FF61) was taken
    /// for a dot; or the end of a URL's path was taken for a name.
    UnparsableLabel,
    /// Not at all.
    Undecoded,
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Standard => "as it stands",
            Self::TrailingDot => "without the dot at the end",
            Self::SurplusDots => "without surplus dots",
            Self::EmptyLabels => "without empty labels",
            Self::Trimmed => "without white space around it",
            Self::Word => "one of its words",
            Self::Joined => "without the white space in it",
            Self::Escapes => "with its escapes resolved",
            Self::Host => "the host in it",
            Self::NulPrefix => "what stands before the NUL",
            Self::UriHost => "the host of the URI",
            Self::EmailDomain => "the domain of the e-mail address",
            Self::OtherName => "the name in the otherName",
            Self::InnerName => "a name inside it",
            Self::TextualAddress => "as the text of an address",
            Self::ReverseName => "the address of the reverse name",
            Self::MappedAddress => "by way of the IPv4-mapped address",
            Self::EmbeddedAddress => "the IPv4 address inside the IPv6 address",
            Self::AddressAndMask => "as address and mask",
            Self::AddressAsText => "octets of the iPAddress as text",
            Self::UnparsableLabel => "an unreadable label as any label",
            Self::Undecoded => "not decoded",
        })
    }
}

/// How an identifier of a certificate stands to an item.
///
/// `Display` is the verb between the identifier and the item: `is`, `is below`, `stands for`, …
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Relation {
    /// The same name or address. A subtree is met exactly by its own name.
    Exact,
    /// A name below a subtree.
    Below,
    /// A pattern that stands for the item, or for names that the item holds: `*.com` for `example.com`.
    Wildcard,
    /// An address, or a range of addresses, in a prefix.
    Prefix {
        /// The prefix's length in bits.
        length: u8,
    },
    /// A range of addresses, or a subtree of names, that holds the item.
    Range,
    /// It may stand for the items; that could not be decided.
    Undecided(Undecided),
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exact => "is",
            Self::Below => "is below",
            Self::Wildcard => "stands for",
            Self::Prefix { .. } => "lies in",
            Self::Range => "holds",
            Self::Undecided(_) => "may stand for",
        })
    }
}

/// Why something could not be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Undecided {
    /// The octets cannot be walked: any name or address may be in them.
    Undecodable(ctlens_x509::Error),
    /// An iPAddress of a length that no address has.
    AddressLength {
        /// How long it is.
        octets: usize,
    },
    /// A BMPString or UniversalString of more characters than are decoded, or with a pattern in it.
    WideString {
        /// How many there are.
        characters: usize,
    },
    /// A text with a pattern in it that shows only when white space is left out or escapes are resolved.
    HiddenPattern {
        /// How long the text is.
        octets: usize,
    },
    /// A permitted subtree of name constraints that makes no sense.
    Subtree(crate::constraints::ConstraintErrorKind),
    /// The patterns of the certificate ask for more nodes of the list than [`WatchList::WORK_LIMIT`].
    WorkLimit,
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undecodable(error) => write!(f, "cannot be decoded: {error}"),
            Self::AddressLength { octets } => write!(f, "iPAddress of {octets} octets, which is no address"),
            Self::WideString { characters } => write!(f, "string of {characters} wide characters"),
            Self::HiddenPattern { octets } => write!(f, "pattern that is hidden in a text of {octets} octets"),
            Self::Subtree(kind) => write!(f, "{kind}"),
            Self::WorkLimit => f.write_str("patterns that ask for more nodes of the watch list than are visited"),
        }
    }
}

/// Who accepts a certificate for an item. The greater, the more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum Grade {
    /// No client that is known.
    Nobody,
    /// Some client, past or present.
    SomeClient,
    /// Every client that follows RFC 9525.
    Rfc9525,
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nobody => "accepted by no known client",
            Self::SomeClient => "accepted by some client",
            Self::Rfc9525 => "valid by RFC 9525",
        })
    }
}

/// What came of looking a certificate up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[must_use = "a certificate may be undecidable without any hit that the sink took"]
pub enum Outcome {
    /// Nothing in the certificate can stand for an item.
    NoMatch,
    /// There are hits.
    Match(Tally),
    /// There may be hits, besides those that there are: of those some may be certain, [`Tally::undecided`] are not.
    Undecidable {
        /// The first reason.
        why: Undecided,
        /// The hits that there are, the certain ones and those that are [`Relation::Undecided`].
        tally: Tally,
    },
}

impl Outcome {
    /// The counts of hits.
    #[must_use]
    pub fn tally(&self) -> Tally {
        match *self {
            Self::NoMatch => Tally::default(),
            Self::Match(tally) | Self::Undecidable { tally, .. } => tally,
        }
    }
}

/// How many hits there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Tally {
    /// Hits that the sink was given.
    pub delivered: usize,
    /// Hits that came after the sink had said stop.
    pub left_out: usize,
    /// How many of both are [`Relation::Undecided`].
    pub undecided: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::{String, ToString};
    use alloc::vec::Vec;
    use core::ops::ControlFlow;
    use ctlens_x509::GeneralNameKind;

    fn texts(items: &[&str], kind: GeneralNameKind, octets: &[u8]) -> Vec<String> {
        let mut list = WatchList::new(0);
        for item in items {
            list.insert(&item.parse().unwrap(), ()).unwrap();
        }
        let mut texts = Vec::new();
        let _ = list.look_up(kind, octets, |hit| {
            texts.push(hit.to_string());
            ControlFlow::Continue(())
        });
        texts
    }

    #[test]
    fn hits_in_one_line() {
        let (dns, ip) = (GeneralNameKind::DnsName, GeneralNameKind::IpAddress);
        let items = &["a.com", "b.com", "c.com", "192.0.2.1"][..];
        for (kind, octets, text) in [
            (dns, &b"A.com"[..], "`A.com` in subjectAltName[0] is a.com; valid by RFC 9525"),
            (dns, b"*.com", "`*.com` in subjectAltName[0] stands for 3 items: c.com and 2 more; valid by RFC 9525"),
            (
                dns,
                b"a.com\0`\"\x1b",
                r#"`a.com\x00\x60"\x1b` in subjectAltName[0] (what stands before the NUL) is a.com; accepted by no known client"#,
            ),
            (
                ip,
                b"\xc0\0\x02\x01\x01",
                r"`\xc0\x00\x02\x01\x01` in subjectAltName[0] may stand for one item; undecided: iPAddress of 5 octets, which is no address",
            ),
        ] {
            let texts = texts(items, kind, octets);
            assert!(texts.iter().any(|found| found == text), "{text}\n{texts:#?}");
        }
    }

    #[test]
    fn lines_are_bounded() {
        let mut octets = [b'\xff'; 100_000];
        octets[..6].copy_from_slice(b"a.com ");
        for text in texts(&["a.com"], GeneralNameKind::DnsName, &octets) {
            assert!(text.len() < 1000, "{}", text.len());
            assert!(text.contains("(100000 octets)") && !text.chars().any(char::is_control), "{text}");
        }
    }
}
