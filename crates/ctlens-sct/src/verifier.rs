use crate::entry::{IssuerKeyHash, SignedEntry};
use crate::error::{Error, ErrorKind};
use crate::list::SctList;
use crate::message::SignedMessage;
use crate::sct::Sct;
use crate::verdict::{Delivery, SctVerdict, TbsReading, Verdict};
use alloc::vec::Vec;
use ctlens_loglist::{KeyKind, Log, LogList, UnixMillis, VerifyError};
use ctlens_x509::{Certificate, UnixSeconds};

/// RFC 5246 §7.4.1.4.1.
const SHA256: u8 = 4;
const RSA: u8 = 1;
const ECDSA: u8 = 3;

/// Verifies SCTs against a list of logs.
#[derive(Debug, Clone, Copy)]
pub struct Verifier<'l> {
    logs: &'l LogList,
    now: Option<UnixMillis>,
}

impl<'l> Verifier<'l> {
    /// A verifier that knows these logs, and no time: it takes SCTs from the future.
    #[must_use]
    pub fn new(logs: &'l LogList) -> Self {
        Self { logs, now: None }
    }

    /// The same, but SCTs with a later timestamp than `now` are not valid.
    #[must_use]
    pub fn at(self, now: UnixMillis) -> Self {
        Self { now: Some(now), ..self }
    }

    /// The verdicts on all SCTs in a certificate, in their order; none where it carries no list.
    ///
    /// # Errors
    ///
    /// Where the list itself cannot be read: see [`SctList::embedded`].
    pub fn embedded<'a>(
        &self,
        certificate: &Certificate<'a>,
        issuer: Option<IssuerKeyHash>,
    ) -> Result<Vec<SctVerdict<'a, 'l>>, Error> {
        let list = SctList::embedded(certificate.tbs())?;
        Ok(list.map_or_else(Vec::new, |list| self.list(&list, Delivery::Embedded, certificate, issuer)))
    }

    /// The verdicts on all SCTs of a list that was delivered for this certificate. The issuer's key matters only for
    /// [`Delivery::Embedded`].
    #[must_use]
    pub fn list<'a>(
        &self,
        list: &SctList<'a>,
        delivery: Delivery,
        certificate: &Certificate<'_>,
        issuer: Option<IssuerKeyHash>,
    ) -> Vec<SctVerdict<'a, 'l>> {
        let entry = match (delivery, issuer) {
            (Delivery::Embedded, None) => Err(Verdict::IssuerUnknown),
            (Delivery::Embedded, Some(issuer)) => SignedEntry::embedded(issuer, certificate).map_err(Verdict::NoEntry),
            (Delivery::Tls | Delivery::Ocsp, _) => SignedEntry::x509(certificate.as_bytes()).map_err(Verdict::NoEntry),
        };
        let not_after = certificate.tbs().validity().ok().map(|validity| validity.not_after);
        let judge = |(index, sct): (usize, Result<Sct<'a>, Error>)| {
            let log = sct.ok().and_then(|sct| self.logs.get(&sct.log_id));
            let verdict = match &sct {
                Ok(sct) => match (self.judge(sct, log, entry.as_ref().map_err(|why| *why)), log, not_after) {
                    (verdict @ Verdict::Valid { .. }, Some(log), Some(not_after)) => {
                        outside_interval(log, not_after).unwrap_or(verdict)
                    }
                    (verdict, ..) => verdict,
                },
                Err(Error { kind: ErrorKind::UnsupportedVersion { version }, .. }) => {
                    Verdict::UnsupportedVersion { version: *version }
                }
                Err(error) => Verdict::Malformed(*error),
            };
            SctVerdict { index, delivery, sct: sct.ok(), log, verdict }
        };
        list.iter().enumerate().map(judge).collect()
    }

    /// The verdicts on all SCTs in a stapled OCSP response, DER, for this certificate; none where it carries no list.
    ///
    /// # Errors
    ///
    /// Where the response or its list cannot be read: see [`SctList::from_ocsp_response`].
    pub fn ocsp<'a>(
        &self,
        response: &'a [u8],
        certificate: &Certificate<'_>,
    ) -> Result<Vec<SctVerdict<'a, 'l>>, Error> {
        let list = SctList::from_ocsp_response(response, certificate.tbs().serial())?;
        Ok(list.map_or_else(Vec::new, |list| self.list(&list, Delivery::Ocsp, certificate, None)))
    }

    /// The verdict on one SCT for one entry, such as the answer of a log to a submission. Of an entry's certificate no
    /// notAfter is known here, so nothing is said about the log's temporal interval.
    #[must_use]
    pub fn sct(&self, sct: &Sct<'_>, entry: &SignedEntry<'_>) -> Verdict {
        self.judge(sct, self.logs.get(&sct.log_id), Ok(entry))
    }

    fn judge(&self, sct: &Sct<'_>, log: Option<&Log>, entry: Result<&SignedEntry<'_>, Verdict>) -> Verdict {
        let Some(log) = log else {
            let refused = self.logs.get_rejected(&sct.log_id);
            return refused.map_or(Verdict::UnknownLog, |refused| Verdict::RefusedLog(refused.reason));
        };
        if let Err(verdict) = check_algorithms(sct, log.key.kind()) {
            return verdict;
        }
        match entry.and_then(|entry| check_signature(sct, log, entry)) {
            Ok(reading) => match self.now {
                Some(now) if now < sct.timestamp => Verdict::Future { timestamp: sct.timestamp, now },
                _ => Verdict::Valid { reading },
            },
            Err(verdict) => verdict,
        }
    }
}

/// RFC 6962 §2.1.4: ECDSA on P-256, or RSA with 2048 bits and more; either with SHA-256, and as the log's key is.
fn check_algorithms(sct: &Sct<'_>, key: KeyKind) -> Result<(), Verdict> {
    if sct.hash_algorithm != SHA256 {
        return Err(Verdict::WrongHashAlgorithm { found: sct.hash_algorithm });
    }
    match (sct.signature_algorithm, key) {
        (ECDSA, KeyKind::EcdsaP256) | (RSA, KeyKind::Rsa { .. }) => Ok(()),
        (signature_algorithm @ (ECDSA | RSA), key) => Err(Verdict::KeyTypeMismatch { signature_algorithm, key }),
        (found, _) => Err(Verdict::WrongSignatureAlgorithm { found }),
    }
}

/// `TemporalInterval`: start <= notAfter < end. No log's interval reaches to times before 1970.
fn outside_interval(log: &Log, not_after: UnixSeconds) -> Option<Verdict> {
    let interval = log.temporal_interval?;
    let inside = UnixMillis::from_seconds(not_after.0).is_some_and(|not_after| interval.contains(not_after));
    (!inside).then_some(Verdict::OutsideInterval { not_after, interval })
}

fn check_signature(sct: &Sct<'_>, log: &Log, entry: &SignedEntry<'_>) -> Result<TbsReading, Verdict> {
    let verify = |entry: &SignedEntry<'_>| {
        log.key.verify_digest(&SignedMessage::new(sct, entry).sha256(), sct.signature).map_err(|error| match error {
            VerifyError::UnsupportedKey(kind) => Verdict::UnsupportedKey(kind),
            error => Verdict::BadSignature(error),
        })
    };
    let Some(other) = entry.other_reading() else {
        return verify(entry).map(|()| TbsReading::Only);
    };
    match verify(entry) {
        Ok(()) => Ok(TbsReading::EmptyExtensionsKept),
        Err(Verdict::BadSignature(VerifyError::Mismatch)) => verify(&other).map(|()| TbsReading::ExtensionsOmitted),
        Err(verdict) => Err(verdict),
    }
}
