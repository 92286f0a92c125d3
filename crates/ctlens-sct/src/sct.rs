use crate::cursor::Cursor;
use crate::error::{Error, ErrorKind};
use crate::extensions::CtExtensions;
use ctlens_loglist::{LogId, UnixMillis};

/// A signed certificate timestamp of version 1, borrowed from its octets.
///
/// ```text
/// struct {
///     Version sct_version;                   v1 is 0
///     LogID id;                              32 octets
///     uint64 timestamp;
///     CtExtensions extensions;               opaque<0..2^16-1>
///     digitally-signed struct { … };         hash, algorithm, opaque<0..2^16-1>
/// } SignedCertificateTimestamp;                                             RFC 6962 §3.2
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Sct<'a> {
    /// Which log claims to have signed it.
    pub log_id: LogId,
    /// When, by the log's clock.
    pub timestamp: UnixMillis,
    /// The extensions, undecoded: see [`leaf_index`](Self::leaf_index). They are part of what is signed.
    pub extensions: &'a [u8],
    /// RFC 5246 §7.4.1.4.1 `HashAlgorithm`: 4 is SHA-256, the only one that RFC 6962 §2.1.4 allows.
    pub hash_algorithm: u8,
    /// RFC 5246 §7.4.1.4.1 `SignatureAlgorithm`: 3 is ECDSA, 1 is RSA; RFC 6962 §2.1.4 allows no other.
    pub signature_algorithm: u8,
    /// The signature, in the encoding of its algorithm.
    pub signature: &'a [u8],
}

impl<'a> Sct<'a> {
    /// Decodes one SCT.
    ///
    /// # Errors
    ///
    /// Where it is of another version, cut off, or followed by something.
    pub fn from_tls(sct: &'a [u8]) -> Result<Self, Error> {
        Self::read(sct, 0)
    }

    #[inline]
    pub(crate) fn read(sct: &'a [u8], offset: usize) -> Result<Self, Error> {
        let mut cursor = Cursor::new(sct, offset);
        let [version] = cursor.array()?;
        if version != 0 {
            return Err(Error::new(ErrorKind::UnsupportedVersion { version }, offset));
        }
        let sct = Self {
            log_id: LogId(cursor.array()?),
            timestamp: UnixMillis(u64::from_be_bytes(cursor.array()?)),
            extensions: cursor.vector_16()?,
            hash_algorithm: cursor.array::<1>()?[0],
            signature_algorithm: cursor.array::<1>()?[0],
            signature: cursor.vector_16()?,
        };
        if !cursor.rest.is_empty() {
            return Err(cursor.error(ErrorKind::TrailingInSct { octets: cursor.rest.len() }));
        }
        Ok(sct)
    }

    /// The SCT that a log answers to a submission (RFC 6962 §4.1: `id`, `timestamp`, `extensions`, `signature`, the
    /// octets out of their base64; `sct_version` must be 0).
    ///
    /// `signature` is the whole digitally-signed struct (RFC 5246 §4.7): hash, algorithm, length, octets.
    ///
    /// # Errors
    ///
    /// Where `signature` is cut off or followed by something, or `extensions` have more than 2^16 - 1 octets. Offsets
    /// count from the first octet of that field.
    pub fn from_add_chain(
        log_id: LogId,
        timestamp: UnixMillis,
        extensions: &'a [u8],
        signature: &'a [u8],
    ) -> Result<Self, Error> {
        if u16::try_from(extensions.len()).is_err() {
            return Err(Error::new(ErrorKind::ExtensionsLength { octets: extensions.len() }, 0));
        }
        let mut cursor = Cursor::new(signature, 0);
        let [hash_algorithm, signature_algorithm] = cursor.array()?;
        let signature = cursor.vector_16()?;
        if !cursor.rest.is_empty() {
            return Err(cursor.error(ErrorKind::TrailingInSct { octets: cursor.rest.len() }));
        }
        Ok(Self { log_id, timestamp, extensions, hash_algorithm, signature_algorithm, signature })
    }

    /// The extensions one by one, as <https://c2sp.org/static-ct-api> gives them a structure. In RFC 6962 they are opaque,
    /// so an SCT whose extensions do not decode is no worse an SCT.
    #[must_use]
    pub fn ct_extensions(&self) -> CtExtensions<'a> {
        CtExtensions::new(self.extensions)
    }

    /// Where a static-ct log will put the entry, counted from 0; `None` where the SCT does not say.
    ///
    /// # Errors
    ///
    /// Where the extensions do not decode, or `leaf_index` stands there twice or has not 5 octets. Offsets count from the
    /// first octet of the extensions.
    pub fn leaf_index(&self) -> Result<Option<u64>, Error> {
        self.ct_extensions().leaf_index()
    }
}
