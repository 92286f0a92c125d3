#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod action;
mod attribution;
mod authorities;
mod caa;
mod cause;
mod certificate;
mod config;
mod config_error;
mod consent;
mod context;
mod coverage;
mod crl;
mod detectors;
mod draft;
mod environment;
mod evaluate;
mod event_log;
mod evidence;
mod facts;
mod finding;
mod granted;
mod hash;
mod incident_report;
mod issuance_revocation;
mod issuances;
mod json;
mod jsonl;
mod likely_typo;
mod ownership;
mod policy;
mod revocation;
mod rules;
mod sarif;
mod several_issuers;
mod suggest;
mod test_shaped;
mod text;
mod throttle;
mod time;
mod trust;
mod verdict;

pub use action::Action;
pub use attribution::IssuerAttribution;
pub use authorities::Authorities;
pub use caa::{CaaAnswer, CaaRecord, CaaVerdict, NotInCertificate, caa_permits};
pub use cause::Cause;
pub use certificate::CertificateFacts;
pub use config::Format;
pub use config_error::{ConfigError, ConfigErrors, Problem};
pub use consent::Consent;
pub use context::Context;
pub use coverage::{
    AssetCoverage, Complaint, ComplaintKind, Coverage, CoverageFacts, CoverageStatus, CoveringGrant, FollowedLog,
    InForce, Usage,
};
pub use crl::{Crl, CrlError};
pub use detectors::{Alert, AlertEvidence, DetectorLimits, Detectors, EventAsset, History, StreamEvent};
pub use environment::Environment;
pub use evaluate::PreIssuance;
pub use event_log::{EventChain, EventHead, EventLogError, IssuanceEvent};
pub use evidence::{SctFact, SignedCertificate};
pub use facts::{CaaFacts, CtFact, RevocationFact};
pub use finding::{Finding, Identifier, Suppressed};
pub use hash::{HexError, Sha256Hash};
pub use incident_report::IncidentReport;
pub use issuance_revocation::IssuanceRevocation;
pub use issuances::{EntryKind, Issuance, Issuances, Observation};
pub use jsonl::LineError;
pub use ownership::{
    HolderKind, Ownership, OwnershipAnswer, OwnershipCheck, OwnershipSource, SourceError, SourceProblem,
};
pub use policy::{CompileOptions, Policy};
pub use revocation::{CrlReason, NoAnswer, RevocationClock, RevocationItem, RevocationState, RevocationStatus};
pub use sarif::{to_sarif, to_sarif_with_alerts};
pub use throttle::{Counted, Delivery, Throttle, ThrottleRate};
pub use trust::{RootProgramme, Standing, TrustView};
pub use verdict::Verdict;
