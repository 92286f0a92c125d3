use super::event::StreamEvent;
use crate::cause::Cause;
use crate::hash::Sha256Hash;
use crate::issuances::Observation;
use crate::text::visible;
use crate::time;
use ctlens_lint::{Level, RuleId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Something that a detector noticed at an issuance. Nothing is decided by it: consent is a matter of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Alert {
    /// The same whenever the same is noticed at the same issuance: SHA-256 over rule, TBS hash and what sets it apart.
    pub id: Sha256Hash,
    /// Which detector: `stream.…`.
    pub rule: RuleId,
    /// How bad it is.
    pub level: Level,
    /// Why: an anomaly, or a violation that one certificate alone does not show.
    pub cause: Cause,
    /// For a person, in one sentence without a full stop.
    pub explanation: String,
    /// The issuance at which it was noticed.
    pub tbs_sha256: Sha256Hash,
    /// Its time in Unix milliseconds (in JSON: RFC 3339).
    #[serde(rename = "timestamp", with = "time::millis")]
    pub timestamp_ms: u64,
    /// Its issuer's key, where that is certain.
    pub issuer: Option<Sha256Hash>,
    /// The asset; `None` where it is about an issuer or a key as such.
    pub asset: Option<String>,
    /// The asset's owner.
    pub owner: Option<String>,
    /// What was noticed.
    pub evidence: AlertEvidence,
    /// How far the detector remembers: "first" and "new" hold for that long.
    pub history: History,
    /// The entry of a log in which the issuance was seen. Detectors are not shown that: `None`, unless the caller fills it in.
    #[serde(default)]
    pub seen: Option<Observation>,
}

/// What a detector noticed, in numbers and names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum AlertEvidence {
    /// `stream.first_issuer`: the issuer's key is new for the asset. A warning, or a notice where the asset had no issuer yet.
    FirstIssuer {
        /// How many other keys have issued for the asset.
        known_issuers: u64,
    },
    /// `stream.first_address`: the issuer's first certificate with an iPAddress. A warning where many had none, else a
    /// notice.
    FirstAddress {
        /// The first address in it.
        address: String,
        /// How many certificates of the issuer had none.
        certificates_before: u64,
    },
    /// `stream.burst`: more certificates for the asset than are usual. It is said again once a window has passed.
    Burst {
        /// The certificates since it was last said, or those in the window.
        certificates: u64,
        /// The window in milliseconds.
        window_ms: u64,
    },
    /// `stream.new_co_names`: names that are nobody's here, in one certificate with the asset for the first time.
    NewCoNames {
        /// The first of them, at most [`AlertEvidence::MOST_NAMES`].
        names: Vec<String>,
        /// How many more there are, or were not looked at.
        more: usize,
    },
    /// `stream.new_key_kind`: another kind of key than the asset had before.
    NewKeyKind {
        /// The kind: `RSA 2048`, `P-256`, …
        key_kind: String,
        /// How many kinds it had.
        known_kinds: u64,
    },
    /// `stream.duplicate_serial`: two certificates of one issuer with one serial number (RFC 5280 §4.1.2.2, BR §7.1.2.7).
    DuplicateSerial {
        /// The contents octets of the serial number in hexadecimal.
        serial: String,
        /// The other certificate.
        other_tbs_sha256: Sha256Hash,
        /// Whether the two may be a precertificate and its certificate all the same, because one of them cannot be brought
        /// into the form that logs sign.
        may_be_one: bool,
    },
    /// `stream.serial_entropy`: an issuer's serial numbers with fewer than 64 bits that can be random (BR §7.1.2.7).
    SerialEntropy {
        /// How many consecutive serial numbers were looked at.
        serials: usize,
        /// How many bits of them can be random and independent.
        random_bits: usize,
    },
    /// `stream.key_across_owners`: a subject's key in certificates for assets of two owners.
    KeyAcrossOwners {
        /// SHA-256 of the key's SubjectPublicKeyInfo.
        spki_sha256: Sha256Hash,
        /// The other owner.
        other_owner: String,
        /// An earlier certificate with the key, for an asset of the other owner; the same where both are in one.
        other_tbs_sha256: Sha256Hash,
    },
    /// `stream.unlisted_names`: the key of an asset's certificate in a certificate for no asset. Something may be missing on
    /// the list.
    UnlistedNames {
        /// SHA-256 of the key's SubjectPublicKeyInfo.
        spki_sha256: Sha256Hash,
        /// The first names of the certificate for no asset, at most [`AlertEvidence::MOST_NAMES`]; none where that is the other
        /// one.
        names: Vec<String>,
        /// How many more there are.
        more: usize,
        /// The other certificate with the key.
        other_tbs_sha256: Sha256Hash,
    },
}

impl AlertEvidence {
    /// How many names are shown.
    pub const MOST_NAMES: usize = 8;
}

/// How far a detector remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct History {
    /// How many entries it has forgotten for want of room. `0`: none, so that it knows everything that it was shown.
    pub forgotten: u64,
    /// What came after the issuance with this time (Unix milliseconds; in JSON: RFC 3339) is all remembered. `0` where nothing
    /// was forgotten.
    #[serde(rename = "complete_since", with = "time::millis")]
    pub complete_since_ms: u64,
}

impl History {
    /// Of two tables that both have to be right.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            forgotten: self.forgotten.saturating_add(other.forgotten),
            complete_since_ms: self.complete_since_ms.max(other.complete_since_ms),
        }
    }
}

/// Nothing, or how far one can rely on it.
impl fmt::Display for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.forgotten {
            0 => Ok(()),
            forgotten => {
                let since = time::show_millis(self.complete_since_ms);
                write!(
                    f,
                    ", as far as is remembered (all since {since}; {forgotten} entries before that are forgotten)"
                )
            }
        }
    }
}

/// What is the same in all alerts about an issuance.
pub(super) struct Draft {
    pub(super) rule: RuleId,
    pub(super) level: Level,
    pub(super) cause: Cause,
    /// Without its limits, which are put behind.
    pub(super) explanation: String,
    pub(super) evidence: AlertEvidence,
    pub(super) history: History,
}

impl Draft {
    /// Of an asset, by its place in the event.
    pub(super) fn about_asset(self, event: &StreamEvent, index: usize) -> Alert {
        let asset = event.assets.get(index);
        let (id, owner) = asset.map(|asset| (asset.asset.clone(), asset.owner.clone())).unzip();
        Alert { asset: id.clone(), owner, ..self.about(event, id.as_deref().unwrap_or_default()) }
    }

    pub(super) fn about(self, event: &StreamEvent, apart: &str) -> Alert {
        let Self { rule, level, cause, explanation, evidence, history } = self;
        let tbs = event.tbs_sha256;
        Alert {
            id: Sha256Hash::of(format!("ctlens.alert/1\n{rule}\n{tbs}\n{apart}").as_bytes()),
            rule,
            level,
            cause,
            explanation: format!("{explanation}{history}"),
            tbs_sha256: tbs,
            timestamp_ms: event.timestamp_ms,
            issuer: event.issuer,
            asset: None,
            owner: None,
            evidence,
            history,
            seen: None,
        }
    }
}

/// `warning stream.first_issuer: …`
impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.level, self.rule, visible(&self.explanation))
    }
}
