use crate::hash::{HexError, Sha256Hash};
use crate::text::{shorten, visible};
use ctlens_lint::RuleId;
use ctlens_san::ParseErrorKind;
use ctlens_x509::UnixSeconds;
use std::fmt;

/// All that is wrong with a configuration, in the order of the file.
///
/// Displayed as one line for each mistake, at most [`ConfigErrors::MOST_SHOWN`]: `monitor.toml:12:8: unknown field …`. What a
/// terminal would act on is escaped, and what is too long is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigErrors {
    /// The name of the file, as it was given.
    pub file: String,
    /// The mistakes; at least one.
    pub errors: Vec<ConfigError>,
}

impl ConfigErrors {
    /// How many mistakes are displayed.
    pub const MOST_SHOWN: usize = 1000;
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST_LINE: usize = 1024;
        for (n, error) in self.errors.iter().enumerate().take(Self::MOST_SHOWN) {
            let separator = if n == 0 { "" } else { "\n" };
            let line = shorten(&error.to_string(), LONGEST_LINE);
            write!(f, "{separator}{}:{}", self.file, visible(&line))?;
        }
        match self.errors.len().saturating_sub(Self::MOST_SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n{}: and {more} more mistakes", self.file),
        }
    }
}

impl std::error::Error for ConfigErrors {}

/// One mistake in a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {problem}")]
#[non_exhaustive]
pub struct ConfigError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong in a configuration, and what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The text is not in the language that it should be in.
    #[error("no {language}: {said}")]
    Syntax {
        /// The language.
        language: &'static str,
        /// What the parser says.
        said: String,
    },
    /// A value of another type than the field has.
    #[error("{said}")]
    Type {
        /// What the decoder says.
        said: String,
    },
    /// A field that the table does not have.
    #[error("unknown field `{field}`{}: expected {}", did_you_mean(*.suggestion), one_of(.expected))]
    UnknownField {
        /// The field.
        field: String,
        /// The field that is spelt most like it.
        suggestion: Option<&'static str>,
        /// The fields that the table has.
        expected: Vec<&'static str>,
    },
    /// A field that must be there.
    #[error("missing field `{field}`{}", in_table(.table))]
    MissingField {
        /// The table that lacks it; empty for the top of the file.
        table: &'static str,
        /// The field.
        field: &'static str,
    },
    /// `[asset]` where there may be several.
    #[error("expected tables `[[{table}]]`, with two brackets")]
    NotTables {
        /// The name.
        table: &'static str,
    },
    /// A table in JSON where there may be several.
    #[error("expected a list of objects under `{table}`")]
    NotObjects {
        /// The name.
        table: &'static str,
    },
    /// `[[defaults]]`, or a value, where there is one table.
    #[error("expected one table `[{table}]`")]
    NotOneTable {
        /// The name.
        table: &'static str,
    },
    /// A field of an object that comes twice. (TOML calls that no TOML.)
    #[error("second `{field}`")]
    DuplicateField {
        /// The field.
        field: String,
    },
    /// A word that a field does not know.
    #[error("`{word}` in `{field}`{}: expected {}", did_you_mean(*.suggestion), one_of(.expected))]
    Word {
        /// The field.
        field: &'static str,
        /// What is there.
        word: String,
        /// The word that is spelt most like it.
        suggestion: Option<&'static str>,
        /// The words that the field knows.
        expected: Vec<&'static str>,
    },
    /// A version of the format that this version of the crate cannot read.
    #[error("version {found}: expected 1")]
    Version {
        /// What is there.
        found: i64,
    },
    /// A policy over nothing.
    #[error("no asset: expected at least one table `[[asset]]`, or there is nothing to watch")]
    NoAsset,
    /// An asset that names nothing.
    #[error("asset `{asset}` watches nothing: expected `ip` or `dns`")]
    NothingToWatch {
        /// The asset's id.
        asset: String,
    },
    /// A table `[[disallow]]` that names nothing.
    #[error("disallow `{disallow}` takes out nothing: expected `certificate_sha256`, `spki_sha256` or `serials`")]
    NothingDisallowed {
        /// Its id.
        disallow: String,
    },
    /// Serial numbers without their issuer, or an issuer without serial numbers.
    #[error(
        "disallow `{disallow}`: expected `serials` and `issuer_spki_sha256` together (an issuer alone is a `spki_sha256`)"
    )]
    SerialsOfNobody {
        /// Its id.
        disallow: String,
    },
    /// A serial number that cannot be read.
    #[error("{text:?} is no serial number: expected hexadecimal digits")]
    Serial {
        /// What is there.
        text: String,
    },
    /// A holder of nothing, who goes by no name.
    #[error("holder `{owner}` holds nothing: expected `ip`, `asn` or `registry`")]
    NothingHeld {
        /// The owner.
        owner: String,
    },
    /// A holder in a registry that cannot be read.
    #[error("{text:?} is no holder: expected one such as `apnic:A91872ED`")]
    RegistryHolder {
        /// What is there.
        text: String,
    },
    /// A denial of nothing.
    #[error("deny `{deny}` forbids nothing: expected `assets`, `ip` or `dns`")]
    NothingDenied {
        /// The denial's id.
        deny: String,
    },
    /// A limit that limits nothing.
    #[error("limit `{limit}` forbids nothing: expected `dns`, `ip` or `addresses = false`")]
    NoLimit {
        /// The limit's id.
        limit: String,
    },
    /// Some addresses, and all or none.
    #[error("`ip` beside `addresses`: expected one of them")]
    BothAddresses,
    /// A suppression of a rule for all certificates and assets.
    #[error("suppress `{suppress}` has no scope: expected `asset`, `tbs_sha256` or both; `[levels]` is for all")]
    NoScope {
        /// The suppression's id.
        suppress: String,
    },
    /// An issuer that nobody could be.
    #[error("issuer `{issuer}` has no key: expected `spki_sha256`, `certificate_sha256` or `owner`")]
    NoKey {
        /// The issuer's id.
        issuer: String,
    },
    /// A certificate of an issuer that the caller did not hand in.
    #[error("certificate {}… is none of those that were handed in, so that its key is not known: expected `spki_sha256`", .certificate.short())]
    UnknownCertificate {
        /// Its SHA-256.
        certificate: Sha256Hash,
    },
    /// An owner of CAs that the caller's table does not have.
    #[error("unknown owner of CAs {owner:?}{}: expected one of the table that was handed in", did_you_mean(.suggestion.as_deref()))]
    UnknownCaOwner {
        /// The owner.
        owner: String,
        /// The owner that is spelt most like it.
        suggestion: Option<String>,
    },
    /// A rule that is not there.
    #[error("unknown rule `{rule}`{}: expected the id of a rule (in quotes, where it is a key)", did_you_mean(*.suggestion))]
    UnknownRule {
        /// What is there.
        rule: String,
        /// The rule that is spelt most like it.
        suggestion: Option<&'static str>,
    },
    /// A suppression of a rule over the stream, which has alerts and no findings.
    #[error("`{rule}` is a rule over the stream: expected one of certificates; `[levels]` can switch it off")]
    NoFindings {
        /// The rule.
        rule: String,
    },
    /// A rule that cannot be switched off.
    #[error("`{rule}` cannot be switched off: expected a level")]
    NeverOff {
        /// The rule.
        rule: RuleId,
    },
    /// A list without elements.
    #[error("`{field}` is empty: expected at least one")]
    EmptyList {
        /// The field.
        field: &'static str,
    },
    /// A text without letters.
    #[error("`{field}` is empty: {}", in_place_of(.field))]
    EmptyText {
        /// The field.
        field: &'static str,
    },
    /// What a draft has in the place of who gave a consent, or why.
    #[error("{text:?} is to be replaced: expected {expected}")]
    NotSigned {
        /// What is there.
        text: String,
        /// What belongs there.
        expected: &'static str,
    },
    /// An id with other characters than ids have.
    #[error("{id:?} is no id: expected 1 to 64 letters, digits, `.`, `_` and `-`")]
    Id {
        /// What is there.
        id: String,
    },
    /// An id that stands for something in every policy.
    #[error("the id `{id}` is taken: it stands for what is decided where no grant is")]
    ReservedId {
        /// The id.
        id: String,
    },
    /// A second table with an id.
    #[error("second {table} `{id}`: the first is in line {first_line}")]
    DuplicateId {
        /// The kind of table.
        table: &'static str,
        /// The id.
        id: String,
        /// Where the first one stands.
        first_line: usize,
    },
    /// An id that no table has.
    #[error("unknown {table} `{id}`{}: expected the id of a table `[[{table}]]`", did_you_mean(.suggestion.as_deref()))]
    UnknownId {
        /// The kind of table.
        table: &'static str,
        /// The id.
        id: String,
        /// The id that is spelt most like it.
        suggestion: Option<String>,
    },
    /// An element of `ip` or `dns` that cannot be read.
    #[error("{text:?} in `{field}`: {kind}")]
    Item {
        /// The field.
        field: &'static str,
        /// What is there.
        text: String,
        /// What is wrong with it.
        kind: ParseErrorKind,
    },
    /// An address or prefix in `dns`, or a name in `ip`.
    #[error("{text:?} in `{field}` is {}: put it under `{belongs_in}`", if *.belongs_in == "ip" { "an address" } else { "a name" })]
    Misplaced {
        /// The field.
        field: &'static str,
        /// What is there.
        text: String,
        /// The field for such as it.
        belongs_in: &'static str,
    },
    /// A hash that cannot be read.
    #[error("{0}")]
    Hash(HexError),
    /// A time that says nothing about its zone.
    #[error("time without an offset: expected one such as 2026-01-01T00:00:00Z")]
    NoOffset,
    /// A time that no calendar has.
    #[error("no such time: expected one such as 2026-01-01T00:00:00Z")]
    NoSuchTime,
    /// A window that ends before it begins.
    #[error("the window ends ({not_after}) before it begins ({not_before})")]
    WindowEndsBeforeItBegins {
        /// When it begins.
        not_before: UnixSeconds,
        /// When it ends.
        not_after: UnixSeconds,
    },
    /// More items than a watch list holds.
    #[error("more names and addresses than a watch list holds")]
    ListFull,
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|suggestion| format!(" (did you mean `{suggestion}`?)")).unwrap_or_default()
}

fn in_place_of(field: &str) -> &'static str {
    match field {
        "tags" | "sources" => "expected a word",
        "approved_by" | "by" => "expected who can be asked about it later",
        _ => "expected why, for whoever asks later",
    }
}

fn in_table(table: &str) -> String {
    if table.is_empty() { " at the top of the file".to_owned() } else { format!(" in `[[{table}]]`") }
}

fn one_of(fields: &[&str]) -> String {
    let quoted: Vec<String> = fields.iter().map(|field| format!("`{field}`")).collect();
    quoted.join(", ")
}
