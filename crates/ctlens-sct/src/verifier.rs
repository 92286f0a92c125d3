use crate::entry::{IssuerKeyHash, SignedEntry};
use crate::error::{Error, ErrorKind};
use crate::list::SctList;
use crate::message::SignedMessage;
use crate::sct::Sct;
use crate::verdict::{Delivery, SctVerdict, TbsReading, Verdict};
use alloc::vec::Vec;
use ctlens_loglist::{KeyKind, Log, LogList, UnixMillis, VerifyError};
#[cfg(feature = "prepared")]
use ctlens_loglist::{PreparedKeys, SignedDigest};
use ctlens_x509::{Certificate, UnixSeconds};

/// RFC 5246 §7.4.1.4.1.
const SHA256: u8 = 4;
const RSA: u8 = 1;
const ECDSA: u8 = 3;

/// Verifies SCTs against a list of logs.
#[derive(Debug, Clone, Copy)]
pub struct Verifier<'l> {
    logs: &'l LogList,
    #[cfg(feature = "prepared")]
    prepared: Option<&'l PreparedKeys>,
    now: Option<UnixMillis>,
}

impl<'l> Verifier<'l> {
    /// A verifier that knows these logs, and no time: it takes SCTs from the future.
    #[must_use]
    pub fn new(logs: &'l LogList) -> Self {
        Self {
            logs,
            #[cfg(feature = "prepared")]
            prepared: None,
            now: None,
        }
    }

    /// The same, but SCTs with a later timestamp than `now` are not valid.
    #[must_use]
    pub fn at(self, now: UnixMillis) -> Self {
        Self { now: Some(now), ..self }
    }

    /// The same, but signatures are verified with these keys' tables, all of a certificate at a time. Which logs are known
    /// does not change: a key without a table takes longer, a table without a log is of no use.
    #[cfg(feature = "prepared")]
    #[must_use]
    pub fn prepared(self, keys: &'l PreparedKeys) -> Self {
        Self { prepared: Some(keys), ..self }
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
        let entry = entry.as_ref().map_err(|why| *why);
        let before = |sct: Result<Sct<'a>, Error>| {
            let log = sct.ok().and_then(|sct| self.logs.get(&sct.log_id));
            let signed = match sct {
                Ok(sct) => self.before_signature(&sct, log),
                Err(Error { kind: ErrorKind::UnsupportedVersion { version }, .. }) => {
                    Err(Verdict::UnsupportedVersion { version })
                }
                Err(error) => Err(Verdict::Malformed(error)),
            };
            (sct.ok(), log, signed)
        };
        let scts: Vec<_> = list.iter().map(before).collect();
        let signed: Vec<_> =
            scts.iter().filter_map(|(sct, _, log)| Some(Signed { sct: (*sct)?, log: log.ok()? })).collect();
        let mut found = entry.map_or_else(|_| Vec::new(), |entry| self.check_signatures(&signed, entry)).into_iter();
        scts.into_iter()
            .enumerate()
            .map(|(index, (sct, log, signed))| {
                let verdict = match (signed, sct, entry) {
                    (Err(verdict), ..) | (_, _, Err(verdict)) => verdict,
                    (Ok(log), Some(sct), Ok(_)) => {
                        let found = found.next().unwrap_or(Err(VerifyError::Mismatch));
                        match (self.after_signature(&sct, found), not_after) {
                            (verdict @ Verdict::Valid { .. }, Some(not_after)) => {
                                outside_interval(log, not_after).unwrap_or(verdict)
                            }
                            (verdict, _) => verdict,
                        }
                    }
                    (Ok(_), None, Ok(_)) => Verdict::BadSignature(VerifyError::Mismatch),
                };
                SctVerdict { index, delivery, sct, log, verdict }
            })
            .collect()
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
        match self.before_signature(sct, self.logs.get(&sct.log_id)) {
            Ok(log) => {
                let found = self.check_signatures(&[Signed { sct: *sct, log }], entry).pop();
                self.after_signature(sct, found.unwrap_or(Err(VerifyError::Mismatch)))
            }
            Err(verdict) => verdict,
        }
    }

    /// What can be said without looking at the signature, or the log that it must be of.
    fn before_signature<'a>(&self, sct: &Sct<'_>, log: Option<&'a Log>) -> Result<&'a Log, Verdict> {
        let Some(log) = log else {
            let refused = self.logs.get_rejected(&sct.log_id);
            return Err(refused.map_or(Verdict::UnknownLog, |refused| Verdict::RefusedLog(refused.reason)));
        };
        check_algorithms(sct, log.key.kind())?;
        Ok(log)
    }

    fn after_signature(&self, sct: &Sct<'_>, found: Result<TbsReading, VerifyError>) -> Verdict {
        match (found, self.now) {
            (Ok(_), Some(now)) if now < sct.timestamp => Verdict::Future { timestamp: sct.timestamp, now },
            (Ok(reading), _) => Verdict::Valid { reading },
            (Err(VerifyError::UnsupportedKey(kind)), _) => Verdict::UnsupportedKey(kind),
            (Err(error), _) => Verdict::BadSignature(error),
        }
    }

    /// For each SCT the reading of the entry that its log has signed.
    fn check_signatures(
        &self,
        signed: &[Signed<'_, '_>],
        entry: &SignedEntry<'_>,
    ) -> Vec<Result<TbsReading, VerifyError>> {
        let Some(other) = entry.other_reading() else {
            return self.verify(signed, entry).into_iter().map(|found| found.map(|()| TbsReading::Only)).collect();
        };
        let kept = self.verify(signed, entry).into_iter().zip(signed);
        kept.map(|(found, signed)| match found {
            Err(VerifyError::Mismatch) => {
                let omitted = self.verify(core::slice::from_ref(signed), &other).pop();
                omitted.unwrap_or(Err(VerifyError::Mismatch)).map(|()| TbsReading::ExtensionsOmitted)
            }
            found => found.map(|()| TbsReading::EmptyExtensionsKept),
        })
        .collect()
    }

    fn verify(&self, signed: &[Signed<'_, '_>], entry: &SignedEntry<'_>) -> Vec<Result<(), VerifyError>> {
        let digest = |signed: &Signed<'_, '_>| SignedMessage::new(&signed.sct, entry).sha256();
        #[cfg(feature = "prepared")]
        if let Some(keys) = self.prepared {
            let digests = signed.iter().map(|signed| SignedDigest {
                key: &signed.log.key,
                sha256: digest(signed),
                signature: signed.sct.signature,
            });
            return keys.verify_batch(&digests.collect::<Vec<_>>());
        }
        signed.iter().map(|signed| signed.log.key.verify_digest(&digest(signed), signed.sct.signature)).collect()
    }
}

#[derive(Clone, Copy)]
struct Signed<'a, 'l> {
    sct: Sct<'a>,
    log: &'l Log,
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
