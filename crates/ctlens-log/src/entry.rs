use core::iter;

use ctlens_loglist::UnixMillis;
use ctlens_merkle::{Hash, leaf_hash_of_parts};
use ctlens_x509::{Certificate, Tbs};

use crate::cursor::{Cursor, DecodeError, DecodeErrorKind};

/// What a log vouches for: RFC 6962 §3.4 `TimestampedEntry`, the part of an entry that its leaf hash covers.
///
/// ```text
/// struct {
///     uint64 timestamp;
///     LogEntryType entry_type;                 // 2 octets
///     select(entry_type) {
///         case x509_entry:    ASN.1Cert;       // 3 octets of length, certificate
///         case precert_entry: PreCert;         // 32 octets, 3 octets of length, TBSCertificate
///     } signed_entry;
///     CtExtensions extensions;                 // 2 octets of length, extensions
/// } TimestampedEntry;
/// ```
///
/// A certificate of no octets, or of octets that are no certificate, is an entry like any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimestampedEntry<'a> {
    /// When the log took the entry, in its own words.
    pub timestamp: UnixMillis,
    /// The certificate, or what it will be.
    pub entry: LogEntry<'a>,
    /// The `CtExtensions` without their length.
    pub extensions: &'a [u8],
    /// Where the extensions begin in `bytes`.
    extensions_offset: usize,
    bytes: &'a [u8],
}

/// The two kinds of log entries (RFC 6962 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogEntry<'a> {
    /// A certificate.
    X509 {
        /// Its octets, whatever they are.
        certificate: &'a [u8],
    },
    /// The promise of a certificate.
    Precert {
        /// SHA-256 of the SubjectPublicKeyInfo of the CA that will issue it (RFC 6962 §3.2).
        issuer_key_hash: &'a [u8; 32],
        /// The octets of its TBSCertificate without poison and SCTs, whatever they are.
        tbs: &'a [u8],
    },
}

impl<'a> LogEntry<'a> {
    /// The TBSCertificate, of which all the names are.
    ///
    /// # Errors
    /// Where the octets are no certificate or TBSCertificate that can be walked, or more than one: such an entry is
    /// *undecidable*. Offsets
    /// count from the first octet of the certificate, or of the TBSCertificate of a precertificate entry.
    #[inline]
    pub fn tbs(&self) -> Result<Tbs<'a>, ctlens_x509::Error> {
        match self {
            Self::X509 { certificate } => {
                let certificate = Certificate::from_der(certificate)?;
                certificate.check_end()?;
                Ok(*certificate.tbs())
            }
            Self::Precert { tbs, .. } => {
                let tbs = Tbs::from_der(tbs)?;
                tbs.check_end()?;
                Ok(tbs)
            }
        }
    }

    /// The certificate, or the TBSCertificate of a precertificate entry.
    #[inline]
    #[must_use]
    pub fn octets(&self) -> &'a [u8] {
        match self {
            Self::X509 { certificate } => certificate,
            Self::Precert { tbs, .. } => tbs,
        }
    }
}

impl<'a> TimestampedEntry<'a> {
    /// Reads an entry from the front.
    #[inline]
    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Result<Self, DecodeError> {
        let (start, all) = (cursor.offset(), cursor.rest());
        let timestamp = UnixMillis(cursor.u64()?);
        let entry_type_offset = cursor.offset();
        let entry = match cursor.u16()? {
            0 => LogEntry::X509 { certificate: cursor.vector_24()? },
            1 => LogEntry::Precert { issuer_key_hash: cursor.array()?, tbs: cursor.vector_24()? },
            unknown => {
                return Err(DecodeError { kind: DecodeErrorKind::EntryType(unknown), offset: entry_type_offset });
            }
        };
        let extensions = cursor.vector_16()?;
        let octets = cursor.offset().saturating_sub(start);
        let bytes = all.get(..octets).unwrap_or(all);
        let extensions_offset = octets.saturating_sub(extensions.len());
        Ok(Self { timestamp, entry, extensions, extensions_offset, bytes })
    }

    /// The encoded `TimestampedEntry`.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The hash of the Merkle tree leaf of this entry.
    ///
    /// The leaf is a `MerkleTreeLeaf` (RFC 6962 §3.4): version v1 and type `timestamped_entry`, an octet of zero each, then
    /// the entry.
    #[inline]
    #[must_use]
    pub fn leaf_hash(&self) -> Hash {
        leaf_hash_of_parts([&[0, 0], self.bytes])
    }

    /// The index that the entry claims to have in its log (static-ct-api, "SCT Extension"). `None` where there is no such
    /// extension, as in all logs that do not serve the static API.
    ///
    /// # Errors
    /// Extensions that static-ct-api does not allow. RFC 6962 gives them no form, so an entry can hold any octets here. The
    /// offset counts from the first octet of [`as_bytes`](Self::as_bytes).
    pub fn leaf_index(&self) -> Result<Option<u64>, DecodeError> {
        let mut leaf_index = None;
        let mut seen = [false; 256];
        for extension in self.ct_extensions() {
            let Extension { extension_type, data, offset } = extension?;
            // static-ct-api: the order "is arbitrary and MUST be ignored", duplicates "MUST NOT be included".
            if let Some(seen) = seen.get_mut(usize::from(extension_type))
                && core::mem::replace(seen, true)
            {
                return Err(DecodeError { kind: DecodeErrorKind::DuplicateExtension(extension_type), offset });
            }
            if extension_type == LEAF_INDEX {
                let &[a, b, c, d, e] = data else {
                    let octets = data.len();
                    return Err(DecodeError { kind: DecodeErrorKind::LeafIndexLength { octets }, offset });
                };
                leaf_index = Some(u64::from_be_bytes([0, 0, 0, a, b, c, d, e]));
            }
        }
        Ok(leaf_index)
    }

    /// Checks that the entry claims the index that it has.
    ///
    /// # Errors
    /// Each way in which it does not. Logs that were copied from the RFC 6962 API into tiles have no index in their entries:
    /// that is worth a note, and no reason to refuse the entry.
    pub fn check_leaf_index(&self, expected: u64) -> Result<(), LeafIndexError> {
        match self.leaf_index() {
            Ok(Some(claimed)) if claimed == expected => Ok(()),
            Ok(Some(claimed)) => Err(LeafIndexError::Differs { expected, claimed }),
            Ok(None) => Err(LeafIndexError::Missing { expected }),
            Err(error) => Err(LeafIndexError::Malformed { expected, error }),
        }
    }

    /// ```text
    /// struct {
    ///     ExtensionType extension_type;           // 1 octet
    ///     opaque extension_data<0..2^16-1>;
    /// } Extension;
    /// ```
    fn ct_extensions(&self) -> impl Iterator<Item = Result<Extension<'a>, DecodeError>> {
        let mut cursor = Cursor::new(self.extensions, self.extensions_offset);
        iter::from_fn(move || {
            let offset = cursor.offset();
            if cursor.rest().is_empty() {
                return None;
            }
            let extension = cursor
                .u8()
                .and_then(|extension_type| Ok(Extension { extension_type, data: cursor.vector_16()?, offset }));
            if extension.is_err() {
                cursor = Cursor::new(&[], offset);
            }
            Some(extension)
        })
    }
}

const LEAF_INDEX: u8 = 0;

struct Extension<'a> {
    extension_type: u8,
    data: &'a [u8],
    offset: usize,
}

/// Why the index in an entry is not the index of the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LeafIndexError {
    /// The entry has no `leaf_index` extension.
    #[error("entry {expected} carries no leaf index")]
    Missing {
        /// Where the entry stands.
        expected: u64,
    },
    /// The entry claims another index.
    #[error("entry {expected} claims to be entry {claimed}")]
    Differs {
        /// Where the entry stands.
        expected: u64,
        /// Where it says that it stands.
        claimed: u64,
    },
    /// The extensions cannot be decoded.
    #[error("the extensions of entry {expected} are malformed: {error}")]
    Malformed {
        /// Where the entry stands.
        expected: u64,
        /// What is wrong with them; the offset counts from the first octet of the `TimestampedEntry`.
        error: DecodeError,
    },
}
