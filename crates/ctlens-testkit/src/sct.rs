//! Signed certificate timestamps and the logs that sign them.

use crate::authority::Ca;
use crate::certificate::CertificateBuilder;
use crate::der;
use crate::key::Key;

/// A log's identity: its origin (the submission prefix without scheme) and a P-256 key from a seed.
#[derive(Clone, Debug)]
pub struct TestLog {
    origin: String,
    key: Key,
}

/// What a log signs: RFC 6962 §3.2 `LogEntryType` and `signed_entry`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedEntry {
    /// `x509_entry`: a certificate, DER.
    X509(Vec<u8>),
    /// `precert_entry`.
    Precert {
        /// SHA-256 of the SubjectPublicKeyInfo of the certificate's issuer.
        issuer_key_hash: [u8; 32],
        /// The TBSCertificate without poison, DER.
        tbs: Vec<u8>,
    },
}

/// A signed certificate timestamp (RFC 6962 §3.2); every field may be changed before it is encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sct {
    /// 0 is version 1.
    pub version: u8,
    /// SHA-256 of the log's SubjectPublicKeyInfo.
    pub log_id: [u8; 32],
    /// Unix milliseconds.
    pub timestamp_ms: u64,
    /// `CtExtensions` without its length.
    pub extensions: Vec<u8>,
    /// RFC 5246 §7.4.1.4.1 `HashAlgorithm`: 4 is SHA-256.
    pub hash_algorithm: u8,
    /// RFC 5246 §7.4.1.4.1 `SignatureAlgorithm`: 3 is ECDSA, 1 is RSA.
    pub signature_algorithm: u8,
    /// The signature: for ECDSA the DER `ECDSA-Sig-Value`.
    pub signature: Vec<u8>,
}

/// One issuance: precertificate and certificate with the SCTs between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The precertificate, DER.
    pub precertificate: Vec<u8>,
    /// What the logs signed for it: the issuer's key hash and the TBSCertificate without poison.
    pub precert_entry: SignedEntry,
    /// The SCTs in the certificate.
    pub scts: Vec<Sct>,
    /// The certificate with the SCT list, DER.
    pub certificate: Vec<u8>,
}

impl TestLog {
    /// The log of a seed and an origin such as `log.example/2025h2`.
    #[must_use]
    pub fn new(seed: u64, origin: &str) -> Self {
        Self::with_key(origin, Key::new(seed, &format!("log {origin}")))
    }

    /// The log of an origin and a key.
    #[must_use]
    pub fn with_key(origin: &str, key: Key) -> Self {
        Self { origin: origin.to_owned(), key }
    }

    /// The submission prefix without scheme and trailing slash, which is also the name of its checkpoint key.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The log's key.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The log's id: SHA-256 of its SubjectPublicKeyInfo (RFC 6962 §3.2).
    #[must_use]
    pub fn id(&self) -> [u8; 32] {
        self.key.spki_sha256()
    }

    /// An SCT over the entry. `extensions` are `CtExtensions` without their length, such as [`leaf_index_extension`].
    #[must_use]
    pub fn sign_sct(&self, entry: &SignedEntry, timestamp_ms: u64, extensions: &[u8]) -> Sct {
        // version v1, signature_type certificate_timestamp, then the TimestampedEntry.
        let message = [&[0, 0], &timestamped_entry(timestamp_ms, entry, extensions)[..]].concat();
        Sct {
            version: 0,
            log_id: self.id(),
            timestamp_ms,
            extensions: extensions.to_vec(),
            hash_algorithm: 4,
            signature_algorithm: 3,
            signature: self.key.sign(&message),
        }
    }
}

impl Sct {
    /// The encoded `SignedCertificateTimestamp`.
    ///
    /// # Panics
    ///
    /// If extensions or signature are longer than their length fields can say.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [
            &[self.version],
            &self.log_id[..],
            &self.timestamp_ms.to_be_bytes(),
            &vector_16(&self.extensions),
            &[self.hash_algorithm, self.signature_algorithm],
            &vector_16(&self.signature),
        ]
        .concat()
    }
}

impl CertificateBuilder {
    /// Issues: builds the precertificate, asks `logs` for SCTs over its entry, and builds the certificate with them.
    #[must_use]
    pub fn issue(&self, ca: &Ca, logs: impl FnOnce(&SignedEntry) -> Vec<Sct>) -> Issued {
        let precert_entry = SignedEntry::Precert { issuer_key_hash: ca.key().spki_sha256(), tbs: self.precert_tbs(ca) };
        let scts = logs(&precert_entry);
        let encoded: Vec<Vec<u8>> = scts.iter().map(Sct::encode).collect();
        let certificate = self.certificate_with_scts(ca, &sct_list_value(&sct_list(&encoded)));
        Issued { precertificate: self.precertificate(ca), precert_entry, scts, certificate }
    }
}

/// `TimestampedEntry` of RFC 6962 §3.4 without the leaf's version and type: what SCTs, leaves and data tiles share.
///
/// # Panics
///
/// If a field is longer than its length field can say.
#[must_use]
pub fn timestamped_entry(timestamp_ms: u64, entry: &SignedEntry, extensions: &[u8]) -> Vec<u8> {
    let entry = match entry {
        SignedEntry::X509(certificate) => [&[0, 0], &vector_24(certificate)[..]].concat(),
        SignedEntry::Precert { issuer_key_hash, tbs } => [&[0, 1], &issuer_key_hash[..], &vector_24(tbs)].concat(),
    };
    [&timestamp_ms.to_be_bytes(), &entry[..], &vector_16(extensions)].concat()
}

/// The static-ct `leaf_index` extension: type 0, and the index in 5 octets (c2sp.org/static-ct-api, "SCT Extension").
///
/// # Panics
///
/// If the index does not fit in 40 bits.
#[must_use]
pub fn leaf_index_extension(index: u64) -> Vec<u8> {
    assert!(index < 1 << 40, "the index {index} has more than 40 bits");
    [&[0], &vector_16(&index.to_be_bytes()[3..])[..]].concat()
}

/// `SignedCertificateTimestampList` of encoded SCTs (RFC 6962 §3.3): what the TLS extension carries.
///
/// # Panics
///
/// If an item or the list is longer than its length field can say.
#[must_use]
pub fn sct_list(encoded: &[Vec<u8>]) -> Vec<u8> {
    let items: Vec<Vec<u8>> = encoded.iter().map(|sct| vector_16(sct)).collect();
    vector_16(&items.concat())
}

/// The list as the X.509 and OCSP extensions carry it: in an OCTET STRING *inside* extnValue's own (RFC 6962 §3.3).
#[must_use]
pub fn sct_list_value(list: &[u8]) -> Vec<u8> {
    der::octet_string(list)
}

/// A vector of TLS (RFC 5246 §4.3) with a length field of two octets.
pub(crate) fn vector_16(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).expect("at most 2^16 - 1 octets");
    [&length.to_be_bytes(), content].concat()
}

/// A vector of TLS (RFC 5246 §4.3) with a length field of three octets.
pub(crate) fn vector_24(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).ok().filter(|length| length >> 24 == 0);
    [&length.expect("at most 2^24 - 1 octets").to_be_bytes()[1..], content].concat()
}
