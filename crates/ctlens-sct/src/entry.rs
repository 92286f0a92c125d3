use core::fmt;
use ctlens_x509::{Certificate, PrecertTbs, ReconstructError, Spki};

/// SHA-256 of the SubjectPublicKeyInfo of the CA that issues the certificate itself, never that of a precertificate
/// signing certificate (RFC 6962 §3.2, `issuer_key_hash`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IssuerKeyHash(pub [u8; 32]);

impl IssuerKeyHash {
    /// The hash of the issuer's key, which stands in the issuer's certificate.
    #[must_use]
    pub fn of(issuer_key: Spki<'_>) -> Self {
        Self(issuer_key.sha256())
    }
}

impl fmt::Display for IssuerKeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

/// What a log says that it has seen (RFC 6962 §3.2, `signed_entry` with its `entry_type`).
///
/// ```text
/// enum { x509_entry(0), precert_entry(1), (65535) } LogEntryType;
/// opaque ASN.1Cert<1..2^24-1>;
/// struct { opaque issuer_key_hash[32]; opaque TBSCertificate<1..2^24-1>; } PreCert;
/// ```
///
/// SCTs in a certificate are for a precert_entry; those of the TLS extension and of OCSP for an x509_entry.
#[derive(Debug, Clone, Copy)]
pub struct SignedEntry<'a> {
    /// `None` in an x509_entry.
    issuer: Option<IssuerKeyHash>,
    /// The length of certificate or TBSCertificate.
    length: [u8; 3],
    /// One of these holds it; the other is empty.
    whole: &'a [u8],
    pieces: Option<PrecertTbs<'a>>,
}

/// Why there is nothing that a log can have signed for a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// The TBSCertificate of the precertificate cannot be rebuilt.
    #[error(transparent)]
    Reconstruct(#[from] ReconstructError),
    /// Not a certificate, but a precertificate: the poison is in it (RFC 6962 §3.1).
    #[error("it is a precertificate: the poison is in it")]
    Poisoned,
    /// Certificate or TBSCertificate has no octets, or more than 2^24 - 1.
    #[error("{octets} octets do not fit into a log entry")]
    Length {
        /// How many it has.
        octets: usize,
    },
}

impl<'a> SignedEntry<'a> {
    /// x509_entry of a certificate, DER: the whole of it, with what SCTs may be in it.
    ///
    /// # Errors
    ///
    /// [`EntryError::Length`].
    pub fn x509(certificate: &'a [u8]) -> Result<Self, EntryError> {
        Ok(Self { issuer: None, length: length_24(certificate.len())?, whole: certificate, pieces: None })
    }

    /// precert_entry of a TBSCertificate that is at hand as the log signed it, as in a log entry.
    ///
    /// # Errors
    ///
    /// [`EntryError::Length`].
    pub fn precert(issuer: IssuerKeyHash, tbs: &'a [u8]) -> Result<Self, EntryError> {
        Ok(Self { issuer: Some(issuer), length: length_24(tbs.len())?, whole: tbs, pieces: None })
    }

    /// precert_entry of a TBSCertificate in pieces.
    ///
    /// # Errors
    ///
    /// [`EntryError::Length`].
    pub fn precert_in_pieces(issuer: IssuerKeyHash, tbs: PrecertTbs<'a>) -> Result<Self, EntryError> {
        Ok(Self { issuer: Some(issuer), length: length_24(tbs.octets())?, whole: &[], pieces: Some(tbs) })
    }

    /// precert_entry for the SCTs that are in a certificate: its TBSCertificate without the list of SCTs.
    ///
    /// Where that leaves no extension this is the reading that most logs sign: see
    /// [`other_reading`](Self::other_reading).
    ///
    /// # Errors
    ///
    /// See [`EntryError`].
    pub fn embedded(issuer: IssuerKeyHash, certificate: &Certificate<'a>) -> Result<Self, EntryError> {
        let tbs = certificate.tbs();
        if tbs.poison().map_err(ReconstructError::from)?.is_some() {
            return Err(EntryError::Poisoned);
        }
        Self::precert_in_pieces(issuer, tbs.precert_tbs()?)
    }

    /// The entry without the empty list of extensions, where there is one. RFC 6962 does not say whether a log keeps it,
    /// and logs differ.
    #[must_use]
    pub fn other_reading(&self) -> Option<Self> {
        Self::precert_in_pieces(self.issuer?, self.pieces?.without_extensions()?).ok()
    }

    pub(crate) fn issuer(&self) -> Option<&IssuerKeyHash> {
        self.issuer.as_ref()
    }

    pub(crate) fn length(&self) -> [u8; 3] {
        self.length
    }

    /// Certificate or TBSCertificate.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        core::iter::once(self.whole).chain(self.pieces.iter().flat_map(PrecertTbs::pieces))
    }
}

fn length_24(octets: usize) -> Result<[u8; 3], EntryError> {
    match u32::try_from(octets).map(u32::to_be_bytes) {
        Ok([0, a, b, c]) if octets != 0 => Ok([a, b, c]),
        _ => Err(EntryError::Length { octets }),
    }
}
