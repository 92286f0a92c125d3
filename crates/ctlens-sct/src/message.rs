use crate::entry::SignedEntry;
use crate::sct::Sct;
use alloc::vec::Vec;
use ctlens_loglist::UnixMillis;
use sha2::{Digest, Sha256};

/// What the signature of an SCT covers, in pieces: hashing it copies nothing.
///
/// ```text
/// digitally-signed struct {
///     Version sct_version;                                          v1(0)
///     SignatureType signature_type = certificate_timestamp;         0
///     uint64 timestamp;
///     LogEntryType entry_type;                                      2 octets
///     select(entry_type) { case x509_entry: ASN.1Cert; case precert_entry: PreCert; } signed_entry;
///     CtExtensions extensions;
/// };                                                                RFC 6962 §3.2
/// ```
///
/// Public, so that anybody can verify with another implementation of ECDSA or RSA.
#[derive(Debug, Clone, Copy)]
pub struct SignedMessage<'a> {
    /// Everything before certificate or TBSCertificate; the first `head_octets` of it.
    head: [u8; HEAD_OCTETS],
    head_octets: usize,
    entry: &'a SignedEntry<'a>,
    extensions_length: [u8; 2],
    extensions: &'a [u8],
}

/// Version, type, timestamp, entry type, issuer_key_hash, length.
const HEAD_OCTETS: usize = 1 + 1 + 8 + 2 + 32 + 3;

impl<'a> SignedMessage<'a> {
    /// What `sct` says about `entry`.
    #[must_use]
    pub fn new(sct: &Sct<'a>, entry: &'a SignedEntry<'a>) -> Self {
        let (head, head_octets) = head(sct.timestamp, entry);
        // An Sct is decoded from a vector with a length of two octets.
        let extensions_length = u16::try_from(sct.extensions.len()).unwrap_or(u16::MAX).to_be_bytes();
        Self { head, head_octets, entry, extensions_length, extensions: sct.extensions }
    }

    /// The octets, piece by piece.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        core::iter::once(self.head.get(..self.head_octets).unwrap_or_default())
            .chain(self.entry.pieces())
            .chain([&self.extensions_length[..], self.extensions])
    }

    /// The octets in one allocation.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        self.pieces().flatten().copied().collect()
    }

    /// SHA-256 of the octets.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        self.pieces().for_each(|piece| hash.update(piece));
        hash.finalize().into()
    }
}

fn head(timestamp: UnixMillis, entry: &SignedEntry<'_>) -> ([u8; HEAD_OCTETS], usize) {
    const V1: u8 = 0;
    const CERTIFICATE_TIMESTAMP: u8 = 0;
    const X509_ENTRY: [u8; 2] = [0, 0];
    const PRECERT_ENTRY: [u8; 2] = [0, 1];

    let timestamp = timestamp.0.to_be_bytes();
    let length = entry.length();
    let (entry_type, issuer) = match entry.issuer() {
        Some(issuer) => (PRECERT_ENTRY, &issuer.0[..]),
        None => (X509_ENTRY, &[][..]),
    };
    let mut head = [0; HEAD_OCTETS];
    let octets = [&[V1, CERTIFICATE_TIMESTAMP], &timestamp[..], &entry_type, issuer, &length].into_iter().flatten();
    let count = head.iter_mut().zip(octets).map(|(place, octet)| *place = *octet).count();
    (head, count)
}
