use crate::certificate::Certificate;
use crate::error::ErrorKind;
use crate::syntax;
use crate::tbs::Tbs;
use crate::walk::Walk;
use core::fmt;

/// Something that is not DER (X.690) or not RFC 5280, and does not keep the view from reading on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Anomaly {
    /// What it is.
    pub kind: AnomalyKind,
    /// Where, in octets from the first octet of the certificate or TBSCertificate that was asked: the beginning of an
    /// element, or the octet behind the last for something that is missing.
    pub offset: usize,
}

/// The kinds of anomalies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum AnomalyKind {
    /// Octets that cannot be walked; what is behind them in the same element is not looked at.
    Unreadable(ErrorKind),
    /// An element deeper than 32 levels; what is in it is not looked at.
    NestedTooDeep,
    /// More length octets than the length needs (X.690 §10.1).
    NonMinimalLength,
    /// More identifier octets than the tag number needs (X.690 §8.1.2.4).
    NonMinimalTag,
    /// A primitive element marked constructed or the other way round (X.690 §10.2).
    WrongConstruction,
    /// Another element than the syntax allows here.
    UnexpectedElement {
        /// Its identifier octet.
        found: u8,
    },
    /// The elements end before the syntax allows it.
    MissingElement,
    /// Octets behind the last element that the syntax allows.
    TrailingData,
    /// A list without elements where the syntax wants one (`SIZE (1..MAX)`).
    EmptySequence,
    /// The elements of a SET OF are not in order (X.690 §11.6).
    SetOrder,
    /// A value that is the default and so should not be there (X.690 §11.5).
    EncodedDefault,
    /// A BOOLEAN other than one octet `00` or `ff` (X.690 §11.1).
    BooleanValue,
    /// More octets than the number needs (X.690 §8.3.2).
    NonMinimalInteger,
    /// An INTEGER without octets (X.690 §8.3.1).
    EmptyInteger,
    /// A BIT STRING whose count of unused bits is missing or impossible, or does not fit a signature or key.
    UnusedBits,
    /// Unused bits that are not zero (X.690 §11.2.1).
    PaddingBits,
    /// Zero bits at the end of a list of named bits (X.690 §11.2.2).
    TrailingZeroBits,
    /// A NULL with contents (X.690 §8.8.2).
    NullContents,
    /// An OBJECT IDENTIFIER that is empty, padded or cut off (X.690 §8.19.2).
    InvalidOid,
    /// A string with octets that its type does not have (X.680 §41).
    StringCharacters {
        /// Its type, as identifier octet; `16` for a name that is implicitly an IA5String.
        tag: u8,
    },
    /// A string of another type than the attribute has (RFC 5280 §4.1.2.4 and appendix A.1).
    StringType {
        /// Its type, as identifier octet.
        tag: u8,
    },
    /// A time that does not exist.
    InvalidTime,
    /// A time without seconds (RFC 5280 §4.1.2.5).
    TimeWithoutSeconds,
    /// A time with an offset from UTC (RFC 5280 §4.1.2.5).
    TimeWithOffset,
    /// A GeneralizedTime where RFC 5280 §4.1.2.5 wants UTCTime.
    GeneralizedTimeBefore2050,
    /// A version other than 1, 2 and 3 (RFC 5280 §4.1.2.1).
    UnknownVersion,
    /// Extensions in a certificate that is not version 3, or unique identifiers in version 1 (RFC 5280 §4.1.2.1).
    VersionMismatch,
    /// A serial number of zero (RFC 5280 §4.1.2.2).
    ZeroSerial,
    /// A serial number below zero (RFC 5280 §4.1.2.2).
    NegativeSerial,
    /// A serial number of more than 20 octets (RFC 5280 §4.1.2.2).
    LongSerial,
    /// The signature algorithms inside and outside the TBSCertificate differ (RFC 5280 §4.1.1.2).
    AlgorithmsDiffer,
    /// A second instance of an extension (RFC 5280 §4.2).
    DuplicateExtension,
    /// A GeneralName of a tag that does not exist (RFC 5280 §4.2.1.6).
    UnknownNameTag {
        /// Its identifier octet.
        tag: u8,
    },
    /// An iPAddress that is not of 4 or 16 octets, or of 8 or 32 as a constraint (RFC 5280 §4.2.1.6 and §4.2.1.10).
    AddressLength {
        /// How many octets it has.
        octets: usize,
    },
}

impl<'a> Certificate<'a> {
    /// What is not DER or not RFC 5280 in this certificate, found by one walk in the order of the octets, without
    /// recursion and in time that grows with their number. Differences between fields come first.
    ///
    /// Values of extensions that RFC 5280 and RFC 6962 do not define are not looked into. An empty list does not say that
    /// the certificate follows RFC 5280 in all: whether its contents are what they should be is the matter of
    /// `ctlens-lint`.
    pub fn anomalies(self) -> impl Iterator<Item = Anomaly> + use<'a> {
        let mut walk = Walk::new(self.as_bytes(), &syntax::CERTIFICATE, self.trailing());
        if self.signature_algorithm() != self.tbs().signature_algorithm() {
            let [_, _, signature, ..] = self.tbs().field_offsets();
            walk.report(AnomalyKind::AlgorithmsDiffer, signature.saturating_add(self.tbs_offset()));
        }
        report_version(&mut walk, *self.tbs(), self.tbs_offset());
        walk
    }
}

impl<'a> Tbs<'a> {
    /// What is not DER or not RFC 5280 in this TBSCertificate; see [`Certificate::anomalies`].
    pub fn anomalies(self) -> impl Iterator<Item = Anomaly> + use<'a> {
        let mut walk = Walk::new(self.as_bytes(), &syntax::TBS_CERTIFICATE, self.trailing());
        report_version(&mut walk, self, 0);
        walk
    }
}

/// RFC 5280 §4.1.2.1: extensions want version 3, unique identifiers want 2 or 3.
fn report_version(walk: &mut Walk<'_>, tbs: Tbs<'_>, tbs_offset: usize) {
    let [version_offset, .., tail, extensions] = tbs.field_offsets();
    let least = match (extensions < tbs.as_bytes().len(), tail < extensions) {
        (true, _) => 3,
        (false, true) => 2,
        (false, false) => 1,
    };
    if tbs.version().is_ok_and(|version| version < least) {
        walk.report(AnomalyKind::VersionMismatch, version_offset.saturating_add(tbs_offset));
    }
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at offset {}", self.kind, self.offset)
    }
}

impl fmt::Display for AnomalyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unreadable(error) => return write!(f, "unreadable: {error}"),
            Self::NestedTooDeep => "nested too deep",
            Self::NonMinimalLength => "length octets that are not minimal",
            Self::NonMinimalTag => "identifier octets that are not minimal",
            Self::WrongConstruction => "primitive and constructed confused",
            Self::UnexpectedElement { found } => return write!(f, "unexpected element with tag {found:#04x}"),
            Self::MissingElement => "an element is missing",
            Self::TrailingData => "trailing data",
            Self::EmptySequence => "empty list",
            Self::SetOrder => "SET OF not in order",
            Self::EncodedDefault => "default value encoded",
            Self::BooleanValue => "BOOLEAN that is neither 00 nor ff",
            Self::NonMinimalInteger => "INTEGER that is not minimal",
            Self::EmptyInteger => "INTEGER without octets",
            Self::UnusedBits => "impossible count of unused bits",
            Self::PaddingBits => "unused bits that are not zero",
            Self::TrailingZeroBits => "named bits with zeros at the end",
            Self::NullContents => "NULL with contents",
            Self::InvalidOid => "invalid OBJECT IDENTIFIER",
            Self::StringCharacters { tag } => return write!(f, "octets that a string of tag {tag:#04x} does not have"),
            Self::StringType { tag } => return write!(f, "string of the wrong type {tag:#04x}"),
            Self::InvalidTime => "invalid time",
            Self::TimeWithoutSeconds => "time without seconds",
            Self::TimeWithOffset => "time with an offset from UTC",
            Self::GeneralizedTimeBefore2050 => "GeneralizedTime before 2050",
            Self::UnknownVersion => "unknown version",
            Self::VersionMismatch => "version too low for the fields",
            Self::ZeroSerial => "serial number of zero",
            Self::NegativeSerial => "negative serial number",
            Self::LongSerial => "serial number of more than 20 octets",
            Self::AlgorithmsDiffer => "signature algorithms inside and outside differ",
            Self::DuplicateExtension => "second instance of an extension",
            Self::UnknownNameTag { tag } => return write!(f, "GeneralName of unknown tag {tag:#04x}"),
            Self::AddressLength { octets } => return write!(f, "iPAddress of {octets} octets"),
        })
    }
}
