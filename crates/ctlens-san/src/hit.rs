use core::fmt;

use crate::watch_list::{Entry, Items, WatchList};

/// One way in which a certificate concerns a watch list.
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
    /// A part of the subject that cannot be walked.
    Subject,
    /// A part of the extensions that cannot be walked.
    Extensions,
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
    /// The host in something like a URL or an e-mail address.
    Host,
    /// What stands before a NUL.
    NulPrefix,
    /// The host of a URI.
    UriHost,
    /// The domain of an e-mail address (rfc822Name).
    EmailDomain,
    /// The name in an otherName: SRVName (RFC 4985), an XMPP address, a user principal name.
    OtherName,
    /// An address in the form of text.
    TextualAddress,
    /// The address of a reverse name, below in-addr.arpa or ip6.arpa.
    ReverseName,
    /// An IPv4 address in IPv6 form (::ffff:0:0/96), or the other way round.
    MappedAddress,
    /// An iPAddress of 8 or 32 octets as address and mask.
    AddressAndMask,
    /// An iPAddress whose octets are text.
    AddressAsText,
    /// A label cannot be read and was taken for any label.
    UnparsableLabel,
    /// Not at all.
    Undecoded,
}

/// How an identifier of a certificate stands to an item.
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
    /// A range of addresses that holds the item.
    Range,
    /// It may stand for the items; that could not be decided.
    Undecided(Undecided),
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
    /// The patterns of the certificate ask for more nodes of the list than [`WatchList::WORK_LIMIT`].
    WorkLimit,
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undecodable(error) => write!(f, "cannot be decoded: {error}"),
            Self::AddressLength { octets } => write!(f, "iPAddress of {octets} octets, which is no address"),
            Self::WideString { characters } => write!(f, "string of {characters} wide characters"),
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

/// What came of looking a certificate up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[must_use = "a certificate may be undecidable without any hit that the sink took"]
pub enum Outcome {
    /// Nothing in the certificate can stand for an item.
    NoMatch,
    /// There are hits.
    Match(Tally),
    /// There may be hits, besides those that there are.
    Undecidable {
        /// The first reason.
        why: Undecided,
        /// What there is.
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
