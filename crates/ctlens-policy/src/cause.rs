use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a certificate is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// No grant lets anybody issue for the asset.
    NoConsent,
    /// There are grants over the asset, and none for the key that issued.
    WrongIssuer,
    /// A grant for the issuer's key ended before the certificate's validity begins.
    ConsentExpired,
    /// A grant for the issuer's key begins after the certificate's validity does.
    ConsentNotYet,
    /// The issuer has a grant over the asset, but the identifier stands for more than the asset, or for something else.
    BeyondGrant,
    /// The issuer has a grant over the asset, but for other keys or certificates than this.
    KeyNotPinned,
    /// A denial forbids it, whatever a grant says.
    Forbidden,
    /// One slip of the pen away from an identifier that was granted to the issuer.
    LikelyTypo,
    /// What is made for tests, from an issuer or by a request that is for production.
    TestInProduction,
    /// The issuer may issue for some names and addresses only, and this is none of them.
    BeyondLimits,
    /// There are grants over the asset, but who issued is not certain.
    IssuerUnproven,
    /// The CAA records that were handed in do not let the issuer issue.
    CaaMismatch,
    /// Sources contradict each other about who owns the asset.
    OwnershipConflict,
    /// The certificate's key is known to be in other hands than its owner's.
    CompromisedKey,
    /// A root programme or the owner has disallowed the certificate, its key or its issuer.
    Disallowed,
    /// Clients that want its issuance logged may not accept it.
    CtNotCompliant,
    /// The CA was told what is wrong with it, and did not revoke it in time.
    RevocationOverdue,
    /// Nothing forbids it, and nothing like it was seen before.
    Anomaly,
    /// The certificate breaks a rule for all certificates.
    ProfileViolation,
    /// Something cannot be read that may stand for an asset.
    Unparsable,
    /// There is more than is looked at.
    LeftOut,
}

impl Cause {
    /// The words that stand for it in every output for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoConsent => "no consent",
            Self::WrongIssuer => "wrong issuer",
            Self::ConsentExpired => "consent expired",
            Self::ConsentNotYet => "consent not yet given",
            Self::BeyondGrant => "beyond the grant",
            Self::KeyNotPinned => "key not pinned",
            Self::Forbidden => "forbidden",
            Self::LikelyTypo => "likely a typing error",
            Self::TestInProduction => "test in production",
            Self::BeyondLimits => "beyond the issuer's limits",
            Self::IssuerUnproven => "issuer unproven",
            Self::CaaMismatch => "CAA mismatch",
            Self::OwnershipConflict => "ownership conflict",
            Self::CompromisedKey => "compromised key",
            Self::Disallowed => "disallowed",
            Self::CtNotCompliant => "CT not compliant",
            Self::RevocationOverdue => "revocation overdue",
            Self::Anomaly => "anomaly",
            Self::ProfileViolation => "profile violation",
            Self::Unparsable => "unparsable",
            Self::LeftOut => "left out",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
