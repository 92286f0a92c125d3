use crate::hash::Sha256Hash;
use crate::issuances::EntryKind;
use crate::time;
use serde::{Deserialize, Serialize};

/// A certificate or precertificate of an issuance as it was signed, and the SCTs that came with it.
///
/// Evidence for people: it is what the caller says, partly from outside of the leaf hash, and decides nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SignedCertificate {
    /// SHA-256 of its DER: what people look certificates up by.
    pub sha256: Sha256Hash,
    /// Which of the two it is.
    pub entry: EntryKind,
    /// What is known about its SCTs.
    pub scts: Vec<SctFact>,
}

/// What is known about an SCT.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SctFact {
    /// The log that it names.
    pub log_id: Sha256Hash,
    /// Its timestamp in Unix milliseconds (in JSON: RFC 3339).
    #[serde(rename = "timestamp", with = "time::millis")]
    pub timestamp_ms: u64,
    /// Whether the log has signed it for this certificate.
    pub valid: bool,
    /// What was found, in words.
    pub verdict: String,
}
