use crate::entry::EntryError;
use crate::error::Error;
use crate::sct::Sct;
use core::fmt;
use ctlens_loglist::{KeyKind, Log, LogId, RejectReason, TemporalInterval, UnixMillis, VerifyError};
use ctlens_x509::UnixSeconds;

/// How SCTs come to a client (RFC 6962 §3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "lowercase"))]
pub enum Delivery {
    /// In the certificate. They are for the precertificate: precert_entry.
    Embedded,
    /// In the TLS extension `signed_certificate_timestamp`: x509_entry.
    Tls,
    /// In an extension of a stapled OCSP response: x509_entry.
    Ocsp,
}

/// One SCT of a list and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SctVerdict<'a, 'l> {
    /// Which in the list, counted from 0.
    pub index: usize,
    /// How the list came.
    pub delivery: Delivery,
    /// The SCT, where it could be read.
    pub sct: Option<Sct<'a>>,
    /// Its log, where the list of logs has it.
    pub log: Option<&'l Log>,
    /// Good or bad, and why.
    pub verdict: Verdict,
}

impl SctVerdict<'_, '_> {
    /// The SCT as a policy takes it, where its log has signed it for this certificate: then the verdict is
    /// [`Valid`](Verdict::Valid), [`Future`](Verdict::Future), or [`OutsideInterval`](Verdict::OutsideInterval).
    #[must_use]
    pub fn verified(&self) -> Option<VerifiedSct> {
        let signed =
            matches!(self.verdict, Verdict::Valid { .. } | Verdict::Future { .. } | Verdict::OutsideInterval { .. });
        let sct = self.sct.filter(|_| signed)?;
        Some(VerifiedSct {
            log_id: sct.log_id,
            timestamp: sct.timestamp,
            delivery: self.delivery,
            has_leaf_index: matches!(sct.leaf_index(), Ok(Some(_))),
        })
    }
}

/// An SCT whose signature is good, as [policies](crate::CtPolicy) count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct VerifiedSct {
    /// Which log has signed it.
    pub log_id: LogId,
    /// When, by the log's clock.
    pub timestamp: UnixMillis,
    /// How it came.
    pub delivery: Delivery,
    /// Whether it says the index of the entry in its log.
    pub has_leaf_index: bool,
}

/// What is to be said about one SCT.
///
/// Only [`Valid`](Self::Valid) is good. Whether a valid SCT counts for a browser is a question of policy: the state of
/// the log, its operator, the number of SCTs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The log has signed it for this certificate.
    Valid {
        /// For which reading of it.
        reading: TbsReading,
    },
    /// The log has signed it for this certificate, but at a time that is still to come. "TLS clients MUST reject SCTs
    /// whose timestamp is in the future" (RFC 6962 §5.2).
    Future {
        /// When it says it was signed.
        timestamp: UnixMillis,
        /// When it was looked at.
        now: UnixMillis,
    },
    /// The log has signed it for this certificate, which does not belong into this log: the log takes certificates by
    /// their notAfter, and this one's is outside of its temporal interval. No browser's policy asks for it.
    OutsideInterval {
        /// The certificate's notAfter.
        not_after: UnixSeconds,
        /// What the log takes.
        interval: TemporalInterval,
    },
    /// The signature is not this log's for this certificate, in no reading of it. With [`VerifyError::Mismatch`] of an embedded
    /// SCT it may also be that the issuer is not the one given: its key is part of what the log signed.
    BadSignature(VerifyError),
    /// No log with this id is in the list of logs.
    UnknownLog,
    /// The list of logs has this id, but refuses the log: a mimic, or a key that no log may have.
    RefusedLog(RejectReason),
    /// Another hash than SHA-256 (RFC 6962 §2.1.4).
    WrongHashAlgorithm {
        /// Its number in RFC 5246 §7.4.1.4.1.
        found: u8,
    },
    /// Neither ECDSA nor RSA (RFC 6962 §2.1.4).
    WrongSignatureAlgorithm {
        /// Its number in RFC 5246 §7.4.1.4.1.
        found: u8,
    },
    /// ECDSA by an RSA key, or RSA by an ECDSA key.
    KeyTypeMismatch {
        /// The algorithm's number in RFC 5246 §7.4.1.4.1.
        signature_algorithm: u8,
        /// The log's key.
        key: KeyKind,
    },
    /// This build does not verify with this key: RSA without the feature `rsa`, or of unusual parameters. Nothing is
    /// known about the signature.
    UnsupportedKey(KeyKind),
    /// An SCT of another version than v1, to be skipped (RFC 6962 §3.3).
    UnsupportedVersion {
        /// The version's number; v1 has 0.
        version: u8,
    },
    /// It cannot be decoded.
    Malformed(Error),
    /// Without the issuer's key it cannot be said what the log has signed: nothing is known about the signature.
    IssuerUnknown,
    /// There is nothing that a log can have signed for this certificate.
    NoEntry(EntryError),
}

/// What the log signed, where RFC 6962 leaves open what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum TbsReading {
    /// There is only one reading.
    Only,
    /// No extension was left, and the empty list of extensions stayed.
    EmptyExtensionsKept,
    /// No extension was left, and the field went too.
    ExtensionsOmitted,
}

impl Verdict {
    /// Whether the log has signed the SCT for this certificate, at a time that is not to come.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        matches!(self, Self::Valid { .. })
    }

    /// A short name that does not change, for reports.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Valid { .. } => "valid",
            Self::Future { .. } => "future",
            Self::OutsideInterval { .. } => "outside-interval",
            Self::BadSignature(_) => "bad-signature",
            Self::UnknownLog => "unknown-log",
            Self::RefusedLog(_) => "refused-log",
            Self::WrongHashAlgorithm { .. } => "wrong-hash-algorithm",
            Self::WrongSignatureAlgorithm { .. } => "wrong-signature-algorithm",
            Self::KeyTypeMismatch { .. } => "key-type-mismatch",
            Self::UnsupportedKey(_) => "unsupported-key",
            Self::UnsupportedVersion { .. } => "unsupported-version",
            Self::Malformed(_) => "malformed",
            Self::IssuerUnknown => "issuer-unknown",
            Self::NoEntry(_) => "no-entry",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Valid { reading: TbsReading::Only } => f.write_str("valid"),
            Self::Valid { reading: TbsReading::EmptyExtensionsKept } => {
                f.write_str("valid, with the empty list of extensions kept")
            }
            Self::Valid { reading: TbsReading::ExtensionsOmitted } => {
                f.write_str("valid, with the empty list of extensions omitted")
            }
            Self::Future { timestamp, now } => write!(f, "signed in the future: {timestamp}, and it is {now}"),
            Self::OutsideInterval { not_after, interval: TemporalInterval { start, end } } => {
                write!(
                    f,
                    "the log takes certificates with a notAfter from {start} to {end}, and this one's is {not_after}"
                )
            }
            Self::BadSignature(error @ VerifyError::Mismatch) => {
                write!(f, "bad signature: {error}, or (of an embedded SCT) the issuer is not the one given")
            }
            Self::BadSignature(error) => write!(f, "bad signature: {error}"),
            Self::UnknownLog => f.write_str("the log is unknown"),
            Self::RefusedLog(reason) => write!(f, "the log is refused: {reason}"),
            Self::WrongHashAlgorithm { found } => write!(f, "hash algorithm {found} instead of SHA-256 (4)"),
            Self::WrongSignatureAlgorithm { found } => {
                write!(f, "signature algorithm {found} instead of ECDSA (3) or RSA (1)")
            }
            Self::KeyTypeMismatch { signature_algorithm, key } => {
                write!(f, "signature algorithm {signature_algorithm}, but the log's key is {key}")
            }
            Self::UnsupportedKey(key) => write!(f, "signatures of this {key} key cannot be verified by this build"),
            Self::UnsupportedVersion { version } => write!(f, "SCT of the unknown version {version}"),
            Self::Malformed(error) => write!(f, "malformed: {error}"),
            Self::IssuerUnknown => f.write_str("the issuer's key is unknown"),
            Self::NoEntry(error) => write!(f, "no log can have signed for the certificate: {error}"),
        }
    }
}

#[cfg(feature = "serde")]
mod serialisation {
    use super::{SctVerdict, Verdict};
    use serde::ser::{Serialize, SerializeStruct, Serializer};

    /// Its name, and the reason in words.
    impl Serialize for Verdict {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut object = serializer.serialize_struct("Verdict", 2)?;
            object.serialize_field("name", self.name())?;
            object.serialize_field("reason", &format_args!("{self}"))?;
            object.end()
        }
    }

    /// Flat, with null for what is not known.
    impl Serialize for SctVerdict<'_, '_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut object = serializer.serialize_struct("SctVerdict", 8)?;
            let log = self.log;
            object.serialize_field("index", &self.index)?;
            object.serialize_field("delivery", &self.delivery)?;
            object.serialize_field("log_id", &self.sct.map(|sct| sct.log_id))?;
            object.serialize_field("log", &log.and_then(|log| log.description.as_deref()))?;
            let operator = self.sct.and_then(|sct| log.and_then(|log| log.operator_at(sct.timestamp)));
            object.serialize_field("operator", &operator)?;
            object.serialize_field("timestamp_ms", &self.sct.map(|sct| sct.timestamp))?;
            object.serialize_field("leaf_index", &self.sct.and_then(|sct| sct.leaf_index().ok().flatten()))?;
            object.serialize_field("verdict", &self.verdict)?;
            object.end()
        }
    }
}
