use crate::environment::Environment;
use crate::facts::{CaaFacts, CtFact, RevocationFact};
use crate::hash::Sha256Hash;
use crate::ownership::Ownership;
use crate::trust::TrustView;
use ctlens_x509::UnixSeconds;

/// What is known beside one certificate and its issuer. The caller hands it in; without it nothing is assumed.
///
/// The time, the trust view and the ownership are the same for many certificates; the rest is about this one.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Context<'f> {
    /// The time. Without one no suppression is in force, for nobody could say that it has not ended.
    pub now: Option<UnixSeconds>,
    /// What the certificate was asked for. A CA knows that of its own; without it the issuer's environment counts.
    pub environment: Option<Environment>,
    /// The SHA-256 of the certificate as a whole, and of its precertificate, which a TBS certificate does not show. Lists of
    /// certificates need them. Those that were [attached](crate::Issuances::attach) to an issuance are known there.
    pub certificate_sha256: &'f [Sha256Hash],
    /// Who trusts the issuer, who disallows it, and which keys are in wrong hands.
    pub trust: Option<&'f TrustView>,
    /// The CAA records of the certificate's names, and by which names its issuer goes in them.
    pub caa: Option<&'f CaaFacts>,
    /// Who holds addresses, by others than the policy.
    pub ownership: Option<&'f Ownership>,
    /// What CT policies make of the certificate.
    pub ct: &'f [CtFact],
    /// Whether it is revoked.
    pub revocation: Option<RevocationFact>,
}

impl Context<'_> {
    /// At this time, and nothing more.
    #[must_use]
    pub fn at(now: UnixSeconds) -> Self {
        Self { now: Some(now), ..Self::default() }
    }

    /// The same, for a certificate that was asked for in this environment.
    #[must_use]
    pub fn requested_for(self, environment: Environment) -> Self {
        Self { environment: Some(environment), ..self }
    }
}
