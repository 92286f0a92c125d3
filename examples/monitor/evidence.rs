//! What belongs to a certificate that concerns an asset and is shown beside it: the certificate as it was signed, its SCTs, and
//! what CRLs say. None of it decides who issued, or what is found.

use ctlens_log::{LogEntry, TileLeaf};
use ctlens_loglist::LogList;
use ctlens_policy::{Crl, EntryKind, IssuerAttribution, RevocationStatus, SctFact, Sha256Hash, SignedCertificate};
use ctlens_sct::{IssuerKeyHash, Verifier};
use ctlens_x509::{Certificate, Tbs};

/// The certificate of the entry, or the precertificate beside it if that is the one which the leaf covers.
pub(crate) fn signed(
    leaf: &TileLeaf<'_>,
    issuer: Option<&Certificate<'_>>,
    logs: Option<&LogList>,
) -> Option<SignedCertificate> {
    let (entry, der) = match leaf.timestamped_entry().entry {
        LogEntry::X509 { certificate } => (EntryKind::Certificate, certificate),
        LogEntry::Precert { tbs, .. } => {
            let der = leaf.unauthenticated_precertificate()?;
            let precertificate = Certificate::from_der(der).ok()?;
            let is_it = precertificate.tbs().without_poison().is_ok_and(|signed| signed.to_vec() == tbs);
            (EntryKind::Precertificate, is_it.then_some(der)?)
        }
    };
    let certificate = Certificate::from_der(der).ok()?;
    let issuer = issuer.map(|issuer| IssuerKeyHash::of(issuer.tbs().spki()));
    let judged = logs.and_then(|logs| Verifier::new(logs).embedded(&certificate, issuer).ok()).unwrap_or_default();
    let facts = judged.iter().filter_map(|judged| {
        let sct = judged.sct?;
        Some(SctFact {
            log_id: Sha256Hash(sct.log_id.0),
            timestamp_ms: sct.timestamp.0,
            valid: judged.verdict.is_valid(),
            verdict: judged.verdict.to_string(),
        })
    });
    Some(SignedCertificate { sha256: Sha256Hash(certificate.sha256()), entry, scts: facts.collect() })
}

/// What the CRLs say that the key signed by which the certificate is known to be issued: that it is revoked, if one does, else
/// the newest.
pub(crate) fn revocation(
    crls: &[Vec<u8>],
    tbs: &Tbs<'_>,
    attribution: &IssuerAttribution,
    issuer: Option<&Certificate<'_>>,
) -> Option<RevocationStatus> {
    let key = issuer?.tbs().spki();
    if attribution.proven_key() != Some(Sha256Hash(key.sha256())) {
        return None;
    }
    let crls = crls.iter().filter_map(|der| Crl::from_der(der).ok());
    let signed = crls.filter(|crl| key.verify(crl.signature_algorithm(), crl.signed_octets(), crl.signature()).is_ok());
    signed.map(|crl| crl.status_of(tbs)).max_by_key(|status| match status {
        RevocationStatus::Revoked { at, .. } => (2, at.0),
        RevocationStatus::NotRevoked { as_of } => (1, as_of.0),
        _ => (0, 0),
    })
}
