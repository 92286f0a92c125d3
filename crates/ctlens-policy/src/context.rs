use crate::environment::Environment;
use ctlens_x509::UnixSeconds;

/// What is known beside a certificate and its issuer. The caller hands it in; without it nothing is assumed.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Context {
    /// The time. Without one no suppression is in force, for nobody could say that it has not ended.
    pub now: Option<UnixSeconds>,
    /// What the certificate was asked for. A CA knows that of its own; without it the issuer's environment counts.
    pub environment: Option<Environment>,
}

impl Context {
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
