use alloc::vec::Vec;

use ctlens_x509::Tbs;

use crate::constraints::directory::{Directory, Likeness};
use crate::constraints::{ConstraintError, Constraints, Refusal};

/// A name in a certification path that a CA above it does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChainRefusal<'c> {
    /// The place in the path of the CA certificate with the constraints.
    pub ca: usize,
    /// The place in the path of the certificate with the name.
    pub certificate: usize,
    /// The name, and why it is not allowed.
    pub refusal: Refusal<'c, 'c>,
}

/// Name constraints in a certification path that cannot be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("certificate {ca} of the path: {error}")]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ChainError {
    /// The place in the path of the CA certificate.
    pub ca: usize,
    /// What is wrong.
    pub error: ConstraintError,
}

/// The names in a certification path that a CA above them does not allow, none if all are allowed (RFC 5280 §6.1.3 (b)
/// and (c)).
///
/// The path begins with the end-entity certificate; each other one is that of the issuer of the one before, the last perhaps
/// a trust anchor. Whether that is so, and who signed what, is not looked at. "Name constraints are not applied to
/// self-issued certificates (unless the certificate is the final certificate in the path)." Each pair of certificates may
/// take [`Constraints::WORK_LIMIT`] comparisons.
///
/// # Errors
///
/// As [`Constraints::of`] and [`Constraints::check`], for the first CA from the end-entity certificate on.
pub fn check_chain<'c>(path: &[Tbs<'c>]) -> Result<Vec<ChainRefusal<'c>>, ChainError> {
    let mut refusals = Vec::new();
    for (ca, issuer) in path.iter().enumerate().skip(1) {
        let failed = |error| ChainError { ca, error };
        let Some(constraints) = Constraints::of(issuer).map_err(failed)? else { continue };
        for (certificate, tbs) in path.iter().enumerate().take(ca) {
            if certificate > 0 && is_self_issued(tbs) {
                continue;
            }
            let refused = constraints.check(tbs).map_err(failed)?;
            refusals.extend(refused.into_iter().map(|refusal| ChainRefusal { ca, certificate, refusal }));
        }
    }
    Ok(refusals)
}

/// RFC 5280 §6.1: "A certificate is self-issued if the same DN appears in the subject and issuer fields (the two DNs are the
/// same if they match according to the rules specified in Section 7.1)."
fn is_self_issued(tbs: &Tbs<'_>) -> bool {
    let (subject, issuer) = (tbs.subject(), tbs.issuer());
    let same = |(subject, issuer): (Directory<'_>, Directory<'_>)| subject.is_same(&issuer) == Likeness::Same;
    subject.as_bytes() == issuer.as_bytes() || Directory::read(subject).zip(Directory::read(issuer)).is_some_and(same)
}
