//! What becomes of an entry: nothing, or an observation of an issuance that concerns an asset.

use crate::folder::Folder;
use crate::follow::Sink;
use ctlens_log::{LogEntry, TileLeaf};
use ctlens_loglist::LogId;
use ctlens_policy::{EntryKind, Issuances, IssuerAttribution, Observation, Policy, Sha256Hash};
use ctlens_x509::Certificate;
use std::error::Error;
use std::ops::Range;

pub(crate) struct Watcher<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) folder: &'a Folder,
    /// What the log is called, and its id where its head was verified.
    pub(crate) log: String,
    pub(crate) log_id: Option<LogId>,
    pub(crate) issuances: Issuances,
    /// Entries that could not be had.
    pub(crate) lost: Vec<(Range<u64>, String)>,
    /// The newest timestamp that an entry has, in Unix milliseconds.
    pub(crate) newest_ms: u64,
}

impl Sink for Watcher<'_> {
    fn entry(&mut self, index: u64, leaf: &TileLeaf<'_>) {
        let entry = leaf.timestamped_entry();
        self.newest_ms = self.newest_ms.max(entry.timestamp.0);
        let (log, log_id, folder) = (&self.log, self.log_id, self.folder);
        let seen = || Observation {
            log: log.clone(),
            log_id: log_id.map(|id| Sha256Hash(id.0)),
            index,
            timestamp_ms: entry.timestamp.0,
            entry: match entry.entry {
                LogEntry::X509 { .. } => EntryKind::Certificate,
                LogEntry::Precert { .. } => EntryKind::Precertificate,
            },
            issuer: attribute(folder, leaf),
            verified: log_id.is_some(),
        };
        match entry.entry.tbs() {
            Ok(tbs) => {
                self.issuances.observe(self.policy, &tbs, seen);
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

/// Who issued it, as far as the entry shows.
fn attribute(folder: &Folder, leaf: &TileLeaf<'_>) -> IssuerAttribution {
    let certificate = match leaf.timestamped_entry().entry {
        LogEntry::Precert { issuer_key_hash, .. } => {
            return IssuerAttribution::LeafBound { key_sha256: Sha256Hash(*issuer_key_hash) };
        }
        LogEntry::X509 { certificate } => certificate,
    };
    // The chain lies outside the leaf hash: it is a claim until the signature was verified with the key that it names.
    let Ok([fingerprint, ..]) = leaf.unauthenticated_chain() else { return IssuerAttribution::Unknown };
    let Some(issuer) = folder.issuer(fingerprint) else { return IssuerAttribution::Unknown };
    let (Ok(certificate), Ok(issuer)) = (Certificate::from_der(certificate), Certificate::from_der(&issuer)) else {
        return IssuerAttribution::Unknown;
    };
    let key_sha256 = Sha256Hash(issuer.tbs().spki().sha256());
    match certificate.verify_signature(&issuer.tbs().spki()) {
        Ok(()) => IssuerAttribution::SignatureChecked { key_sha256 },
        Err(_) => IssuerAttribution::Claimed { key_sha256 },
    }
}
