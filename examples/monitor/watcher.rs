//! What becomes of an entry: nothing, or an observation of an issuance that concerns an asset.

use crate::evidence;
use crate::folder::Folder;
use crate::follow::{Sink, seconds};
use ctlens_log::{LogEntry, TileLeaf};
use ctlens_loglist::{LogId, LogList};
use ctlens_policy::{
    Alert, Delivery, Detectors, EntryKind, Issuances, IssuerAttribution, Observation, Policy, RevocationStatus,
    Sha256Hash, StreamEvent, Throttle,
};
use ctlens_x509::{Certificate, UnixSeconds};
use std::collections::BTreeMap;
use std::error::Error;
use std::ops::Range;

pub(crate) struct Watcher<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) folder: &'a Folder,
    /// What the log is called, and its id where its head was verified.
    pub(crate) log: String,
    pub(crate) log_id: Option<LogId>,
    /// The list that the log stands on: whose SCTs are verified.
    pub(crate) logs: Option<&'a LogList>,
    /// CRLs, DER.
    pub(crate) crls: &'a [Vec<u8>],
    pub(crate) issuances: Issuances,
    /// What CRLs say, by the hash of the issuance.
    pub(crate) revocations: BTreeMap<Sha256Hash, RevocationStatus>,
    pub(crate) detectors: Detectors,
    /// What the detectors noticed, and how much of one kind is kept.
    pub(crate) alerts: Vec<Alert>,
    pub(crate) throttle: Throttle,
    /// Entries that could not be had.
    pub(crate) lost: Vec<(Range<u64>, String)>,
    /// The newest timestamp that an entry has, in Unix milliseconds.
    pub(crate) newest_ms: u64,
    /// How many certificates that concern an asset came with an issuer's certificate that is not in the folder.
    pub(crate) without_issuer: u64,
}

impl Watcher<'_> {
    /// The time of the newest entry.
    pub(crate) fn newest(&self) -> UnixSeconds {
        seconds(self.newest_ms)
    }

    /// How many entries could not be had.
    pub(crate) fn lost_entries(&self) -> u64 {
        self.lost.iter().map(|(indices, _)| indices.end - indices.start).sum()
    }
}

impl Sink for Watcher<'_> {
    fn entry(&mut self, index: u64, leaf: &TileLeaf<'_>) {
        let entry = leaf.timestamped_entry();
        self.newest_ms = self.newest_ms.max(entry.timestamp.0);
        let (log, log_id, folder) = (&self.log, self.log_id, self.folder);
        let without_issuer = &mut self.without_issuer;
        let observation = || Observation {
            log: log.clone(),
            log_id: log_id.map(|id| Sha256Hash(id.0)),
            index,
            timestamp_ms: entry.timestamp.0,
            entry: match entry.entry {
                LogEntry::X509 { .. } => EntryKind::Certificate,
                LogEntry::Precert { .. } => EntryKind::Precertificate,
            },
            issuer: IssuerAttribution::Unknown,
            verified: log_id.is_some(),
        };
        let mut seen = || Observation { issuer: attribute(folder, leaf, without_issuer), ..observation() };
        match entry.entry.tbs() {
            Ok(tbs) => {
                let mut issuer = bound_issuer(&entry.entry);
                let kept = self.issuances.observe(self.policy, &tbs, || {
                    let seen = seen();
                    issuer = seen.issuer;
                    seen
                });
                // Under no signed head, the issuer that a leaf names is but claimed.
                let settled = if log_id.is_some() { issuer } else { issuer.unverified() };
                if let Some(hash) = kept {
                    let der = direct_issuer(folder, leaf);
                    let certificate = der.as_deref().and_then(|der| Certificate::from_der(der).ok());
                    if let Some(signed) = evidence::signed(leaf, certificate.as_ref(), self.logs) {
                        self.issuances.attach(&hash, signed);
                    }
                    if let Some(status) = evidence::revocation(self.crls, &tbs, &settled, certificate.as_ref()) {
                        self.revocations.insert(hash, status);
                    }
                }
                let event = StreamEvent::of(self.policy, &tbs, &settled, entry.timestamp.0);
                let alerts = self.detectors.observe(&event).into_iter();
                for mut alert in alerts.filter_map(|alert| self.policy.level_alert(alert)) {
                    if let Delivery::Tell { .. } = self.throttle.take_alert(&alert, seconds(entry.timestamp.0)) {
                        alert.seen = Some(Observation { issuer, ..observation() });
                        self.alerts.push(alert);
                    }
                }
            }
            Err(why) => {
                self.issuances.observe_unparsable(entry.entry.octets(), why, seen());
            }
        }
    }

    fn lost(&mut self, indices: Range<u64>, why: &dyn Error) {
        self.lost.push((indices, why.to_string()));
    }
}

/// What the leaf itself says, which is enough for the certificates of strangers.
fn bound_issuer(entry: &LogEntry<'_>) -> IssuerAttribution {
    match entry {
        LogEntry::Precert { issuer_key_hash, .. } => {
            IssuerAttribution::LeafBound { key_sha256: Sha256Hash(**issuer_key_hash) }
        }
        LogEntry::X509 { .. } => IssuerAttribution::Unknown,
    }
}

/// The certificate of whoever is said to have issued it.
fn direct_issuer(folder: &Folder, leaf: &TileLeaf<'_>) -> Option<Vec<u8>> {
    leaf.unauthenticated_chain().ok().and_then(<[_]>::first).and_then(|fingerprint| folder.issuer(fingerprint))
}

/// Who issued it, as far as the entry shows. The chain and the precertificate lie outside the leaf hash: they are claims until
/// a signature over what is under the leaf hash was verified with the key that they name.
fn attribute(folder: &Folder, leaf: &TileLeaf<'_>, without_issuer: &mut u64) -> IssuerAttribution {
    let issuer = direct_issuer(folder, leaf);
    let issuer = issuer.as_deref().and_then(|der| Certificate::from_der(der).ok());
    match leaf.timestamped_entry().entry {
        LogEntry::Precert { issuer_key_hash, tbs } => {
            let key_sha256 = Sha256Hash(*issuer_key_hash);
            let is_signed = issuer
                .filter(|issuer| issuer.tbs().spki().sha256() == *issuer_key_hash)
                .zip(leaf.unauthenticated_precertificate().and_then(|der| Certificate::from_der(der).ok()))
                .is_some_and(|(issuer, precertificate)| {
                    precertificate.tbs().without_poison().is_ok_and(|signed| signed.to_vec() == tbs)
                        && precertificate.verify_signature(&issuer.tbs().spki()).is_ok()
                });
            // Without the signature, the key is the log's word.
            if is_signed {
                IssuerAttribution::SignatureChecked { key_sha256 }
            } else {
                IssuerAttribution::LeafBound { key_sha256 }
            }
        }
        LogEntry::X509 { certificate } => {
            let Some(issuer) = issuer else {
                *without_issuer += 1;
                return IssuerAttribution::Unknown;
            };
            let key_sha256 = Sha256Hash(issuer.tbs().spki().sha256());
            match Certificate::from_der(certificate)
                .map(|certificate| certificate.verify_signature(&issuer.tbs().spki()))
            {
                Ok(Ok(())) => IssuerAttribution::SignatureChecked { key_sha256 },
                _ => IssuerAttribution::Claimed { key_sha256 },
            }
        }
    }
}
