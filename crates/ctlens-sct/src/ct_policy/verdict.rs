use alloc::vec::Vec;
use core::fmt;
use ctlens_loglist::{LogStatus, UnixMillis};

/// What a policy says about the SCTs of one certificate, with every reason.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct PolicyVerdict {
    /// Whose policy.
    pub policy: &'static str,
    /// Where its text stands, and of when it is.
    pub source: &'static str,
    /// The verdict: either of the two ways below is enough.
    pub compliance: Compliance,
    /// What the SCTs in the certificate lack; nothing if they are enough by themselves.
    pub embedded: Vec<Unmet>,
    /// What the SCTs lack in the way of those that come over TLS or OCSP; nothing if they are enough.
    pub stapled: Vec<Unmet>,
    /// For each SCT, in the order given, whether and why it counts.
    pub standings: Vec<Standing>,
}

/// Whether a policy is complied with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Compliance {
    /// The SCTs are enough.
    Compliant,
    /// They are not.
    NotCompliant,
    /// The list of logs is too old to enforce the policy: any certificate passes.
    NotEnforced,
}

/// How an SCT whose signature is good stands with a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case", tag = "name"))]
#[non_exhaustive]
pub enum Standing {
    /// Counts: the log is live at the time of the check.
    Live,
    /// Counts among those in the certificate: the log was retired after it had signed, and after the certificate was made.
    OnceLive {
        /// When it was retired.
        retired: UnixMillis,
    },
    /// Signed when the log was retired already, or for a certificate that was made after that.
    TooLate {
        /// When it was retired.
        retired: UnixMillis,
    },
    /// Signed at a time that is still to come.
    Future,
    /// No log with this id is in the list of logs, or the list refuses it.
    UnknownLog,
    /// The list of logs does not say in which state the log is.
    NoState,
    /// The log is in a state that never counts.
    NotAccepted {
        /// In which.
        status: LogStatus,
    },
    /// The policy does not know SCTs that come in this way.
    Delivery,
    /// An SCT of a static-ct log that does not say the entry's index.
    NoLeafIndex,
}

impl Standing {
    /// Whether it counts at all.
    #[must_use]
    pub fn counts(self) -> bool {
        matches!(self, Self::Live | Self::OnceLive { .. })
    }
}

/// What SCTs lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case", tag = "name"))]
#[non_exhaustive]
pub enum Unmet {
    /// None of them comes over TLS or OCSP and counts.
    NoStapledSct,
    /// None of them is of a log that is live at the time of the check.
    NoLiveLog,
    /// They are of too few distinct logs.
    TooFewLogs {
        /// Of how many.
        counted: usize,
        /// Of how many they must be.
        required: usize,
    },
    /// They are of too few operators.
    TooFewOperators {
        /// Of how many.
        counted: usize,
        /// Of how many they must be.
        required: usize,
    },
    /// Of the SCTs of one operator only some count, and these are too few.
    OperatorMaximum {
        /// How many count.
        counted: usize,
        /// How many must.
        required: usize,
        /// How many of one operator count.
        of_each: usize,
    },
    /// None of them is of a log with the API of RFC 6962.
    NoRfc6962Log,
}

impl fmt::Display for Compliance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Compliant => "compliant",
            Self::NotCompliant => "not compliant",
            Self::NotEnforced => "not enforced: the list of logs is too old",
        })
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Live => f.write_str("counts"),
            Self::OnceLive { retired } => write!(f, "counts: the log was retired later, at {retired}"),
            Self::TooLate { retired } => {
                write!(
                    f,
                    "does not count: the log was retired at {retired}, before it signed or the certificate was made"
                )
            }
            Self::Future => f.write_str("does not count: signed in the future"),
            Self::UnknownLog => f.write_str("does not count: the log is unknown"),
            Self::NoState => f.write_str("does not count: the list does not say in which state the log is"),
            Self::NotAccepted { status } => write!(f, "does not count: the log is {status}"),
            Self::Delivery => f.write_str("does not count: not in an OCSP response"),
            Self::NoLeafIndex => f.write_str("does not count: of a static-ct log, without leaf_index"),
        }
    }
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoStapledSct => f.write_str("no SCT over TLS or OCSP"),
            Self::NoLiveLog => f.write_str("no SCT of a log that is live now"),
            Self::TooFewLogs { counted, required } => {
                let logs = if *counted == 1 { "log" } else { "distinct logs" };
                write!(f, "SCTs of {counted} {logs}, {required} are required")
            }
            Self::TooFewOperators { counted, required } => {
                let operators = if *counted == 1 { "operator" } else { "operators" };
                write!(f, "SCTs of {counted} {operators}, {required} are required")
            }
            Self::OperatorMaximum { counted, required, of_each } => {
                let count = if *counted == 1 { "SCT counts" } else { "SCTs count" };
                write!(f, "{counted} {count}, {required} are required: at most {of_each} of each operator count")
            }
            Self::NoRfc6962Log => f.write_str("no SCT of a log with the API of RFC 6962"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn one_is_singular() {
        for (unmet, text) in [
            (Unmet::TooFewOperators { counted: 1, required: 2 }, "SCTs of 1 operator, 2 are required"),
            (Unmet::TooFewOperators { counted: 0, required: 2 }, "SCTs of 0 operators, 2 are required"),
            (Unmet::TooFewLogs { counted: 1, required: 2 }, "SCTs of 1 log, 2 are required"),
            (
                Unmet::OperatorMaximum { counted: 1, required: 2, of_each: 1 },
                "1 SCT counts, 2 are required: at most 1 of each operator count",
            ),
        ] {
            assert_eq!(unmet.to_string(), text);
        }
    }
}
