use crate::prefix::Prefix;

/// Why a text is no name, address, prefix or item, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (at offset {offset})")]
#[non_exhaustive]
pub struct ParseError {
    /// What is wrong.
    pub kind: ParseErrorKind,
    /// Where, in bytes from the start of the text.
    pub offset: usize,
}

impl ParseError {
    pub(crate) fn new(kind: ParseErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }

    /// The same error, seen from a text that begins `by` bytes earlier.
    pub(crate) fn moved(self, by: usize) -> Self {
        Self { offset: self.offset.saturating_add(by), ..self }
    }
}

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// Nothing there.
    #[error("empty: expected a name, an address or a prefix")]
    Empty,
    /// Two dots in a row, or a dot at the beginning of a name.
    #[error("empty label: expected a letter, digit, hyphen or underscore")]
    EmptyLabel,
    /// RFC 1035 §2.3.4 allows 63 octets.
    #[error("label of {octets} octets: expected at most 63")]
    LabelTooLong {
        /// How long it is.
        octets: usize,
    },
    /// RFC 1035 §2.3.4 allows 255 octets on the wire, which are 253 in text.
    #[error("name of {octets} octets: expected at most 253")]
    NameTooLong {
        /// How long it is.
        octets: usize,
    },
    /// A character that stands in no host name.
    #[error("character {found:?}: expected a letter, digit, hyphen, underscore or dot")]
    Character {
        /// The character.
        found: char,
    },
    /// A U-label, which the feature `idna` reads.
    #[error(
        "character {found:?} is not ASCII: write the label in its A-label form (xn--…), or build with the feature idna"
    )]
    NonAscii {
        /// The character.
        found: char,
    },
    /// A name in Unicode that stands for none (UTS 46 with the rules for hyphens, ASCII, joiners and direction).
    #[error("IDNA has no A-label for this name: expected letters, digits and hyphens of one writing direction")]
    NoIdn,
    /// A wildcard.
    #[error("a wildcard is not an item: write .example.com for example.com and all names below it")]
    Wildcard,
    /// The last label is a number: clients take that for an address.
    #[error("the last label is a number: expected a name, or an IPv4 address of four decimal octets")]
    NumericLastLabel,
    /// Neither an IPv4 nor an IPv6 address.
    #[error("expected an IPv4 address (192.0.2.1) or an IPv6 address (2001:db8::1)")]
    Address,
    /// Neither an IPv4 nor an IPv6 prefix.
    #[error("expected a prefix: an address, a slash and a length")]
    NoPrefixLength,
    /// The length is no decimal number from 0 to `maximum`.
    #[error("prefix length: expected a number from 0 to {maximum}")]
    PrefixLength {
        /// 32 or 128.
        maximum: u8,
    },
    /// Address bits behind the prefix are not zero.
    #[error("bits set behind the prefix: expected {network}")]
    HostBits {
        /// The prefix of this length that holds the address.
        network: Prefix,
    },
}

/// Why a line of a watch list is no item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {kind}")]
#[non_exhaustive]
pub struct TextError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub kind: TextErrorKind,
}

/// What is wrong with a line of a watch list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextErrorKind {
    /// The item cannot be read.
    #[error(transparent)]
    Item(ParseErrorKind),
    /// More than one item on the line.
    #[error("text behind the item: expected the end of the line or a comment")]
    TrailingText,
}

/// The watch list holds as much as its indices can number: 2^29 labels and prefixes, 2^32 − 2 items or 4 GiB of labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the watch list is full")]
pub struct ListFull;
