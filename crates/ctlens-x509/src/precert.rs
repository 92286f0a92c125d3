use crate::error::Error;
use crate::extension::Extension;
use crate::tbs::Tbs;
use crate::tlv::SEQUENCE;
use alloc::vec::Vec;
use sha2::{Digest, Sha256};

const EXPLICIT_EXTENSIONS: u8 = 0xa3;

/// The TBSCertificate that a log signed (RFC 6962 §3.2): without poison or list of SCTs.
///
/// It is the same for a precertificate and for the certificate that follows it. Untouched octets are copied as they are,
/// however odd; only the lengths of the three elements around the cut are written anew:
///
/// ```text
/// SEQUENCE ─ header written anew
///   version … subjectPublicKeyInfo, unique ids ─ as they are
///   [3] ─ header written anew
///     SEQUENCE ─ header written anew
///       extensions before and behind the cut ─ as they are
/// ```
///
/// It stays in pieces until somebody wants it whole, so that hashing it allocates nothing.
#[derive(Debug, Clone, Copy)]
pub struct PrecertTbs<'a> {
    pieces: [Piece<'a>; MAX_PIECES],
    fields: &'a [u8],
    extensions_are_empty: bool,
}

/// Three headers, the fields before the extensions, and the extensions before and behind the cut.
const MAX_PIECES: usize = 6;

/// Why there is no such TBSCertificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReconstructError {
    /// The extensions cannot be walked, or one of the two to cut stands there twice.
    #[error("the extensions cannot be cut: {0}")]
    Extensions(#[from] Error),
}

impl<'a> Tbs<'a> {
    /// The TBSCertificate that a log signed for this one: without the list of SCTs where there is one, as for a
    /// certificate (RFC 6962 §3.3), else without the poison, as for a precertificate (§3.1). Where neither is there it is
    /// this one, octet for octet.
    ///
    /// A certificate that has both is no certificate of that standard. Its list is cut and its poison stays, which is
    /// what a verifier of the list has to look at; [`without_poison`](Self::without_poison) gives what a log would have
    /// signed for it as a precertificate.
    ///
    /// # Errors
    ///
    /// Where the extensions cannot be walked to their end, or list or poison stand there twice: then no two readers
    /// would cut the same.
    pub fn precert_tbs(&self) -> Result<PrecertTbs<'a>, ReconstructError> {
        let poison = self.poison()?;
        let sct_list = self.sct_list()?;
        Ok(self.without(sct_list.or(poison)))
    }

    /// The TBSCertificate without the poison and with all else, also a list of SCTs.
    ///
    /// # Errors
    ///
    /// As [`precert_tbs`](Self::precert_tbs).
    pub fn without_poison(&self) -> Result<PrecertTbs<'a>, ReconstructError> {
        Ok(self.without(self.poison()?))
    }

    fn without(&self, extension: Option<Extension<'a>>) -> PrecertTbs<'a> {
        let Some(cut) = extension.map(|extension| extension.element()) else {
            return PrecertTbs::unchanged(self.as_bytes());
        };
        let frame = self.frame();
        let [start, end] = [cut.start, cut.end].map(|at| at.saturating_sub(frame.extensions_offset));
        let before = frame.extensions.get(..start).unwrap_or_default();
        let behind = frame.extensions.get(end..).unwrap_or_default();
        PrecertTbs::new(frame.fields, before, behind)
    }
}

impl<'a> PrecertTbs<'a> {
    fn unchanged(tbs: &'a [u8]) -> Self {
        let mut pieces = [Piece::EMPTY; MAX_PIECES];
        pieces[0] = Piece::Copied(tbs);
        Self { pieces, fields: &[], extensions_are_empty: false }
    }

    fn new(fields: &'a [u8], before: &'a [u8], behind: &'a [u8]) -> Self {
        let extensions = before.len().saturating_add(behind.len());
        let list = Header::new(SEQUENCE, extensions);
        let explicit = Header::new(EXPLICIT_EXTENSIONS, list.with_contents(extensions));
        let contents = fields.len().saturating_add(explicit.with_contents(list.with_contents(extensions)));
        Self {
            pieces: [
                Piece::Written(Header::new(SEQUENCE, contents)),
                Piece::Copied(fields),
                Piece::Written(explicit),
                Piece::Written(list),
                Piece::Copied(before),
                Piece::Copied(behind),
            ],
            fields,
            extensions_are_empty: extensions == 0,
        }
    }

    /// The other reading, where the cut left no extension.
    ///
    /// RFC 6962 does not say whether `[3]` then stays with an empty list in it (which [`Tbs::precert_tbs`] gives, as most
    /// logs do) or goes too (which RFC 5280 §4.1 would ask for, `SIZE (1..MAX)`); logs differ. `None` where an extension
    /// is left and there is only one reading.
    #[must_use]
    pub fn without_extensions(&self) -> Option<Self> {
        self.extensions_are_empty.then(|| {
            let mut pieces = [Piece::EMPTY; MAX_PIECES];
            pieces[0] = Piece::Written(Header::new(SEQUENCE, self.fields.len()));
            pieces[1] = Piece::Copied(self.fields);
            Self { pieces, fields: self.fields, extensions_are_empty: false }
        })
    }

    /// How many octets it has.
    #[must_use]
    pub fn octets(&self) -> usize {
        self.pieces().fold(0, |sum, piece| sum.saturating_add(piece.len()))
    }

    /// The octets, piece by piece.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.pieces.iter().map(Piece::as_bytes)
    }

    /// The octets in one allocation.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        let mut whole = Vec::with_capacity(self.octets());
        self.pieces().for_each(|piece| whole.extend_from_slice(piece));
        whole
    }

    /// SHA-256 of the octets.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        self.pieces().for_each(|piece| hash.update(piece));
        hash.finalize().into()
    }
}

#[derive(Debug, Clone, Copy)]
enum Piece<'a> {
    Copied(&'a [u8]),
    Written(Header),
}

impl Piece<'_> {
    const EMPTY: Self = Self::Copied(&[]);

    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Copied(octets) => octets,
            Self::Written(header) => header.as_bytes(),
        }
    }
}

/// Identifier octet and length octets in DER: at most `84` and four octets, for less than 4 GiB.
#[derive(Debug, Clone, Copy)]
struct Header {
    octets: [u8; 6],
    length: usize,
}

impl Header {
    #[expect(clippy::cast_possible_truncation, reason = "Tbs::from_der refuses 4 GiB, and lengths only shrink")]
    fn new(tag: u8, contents: usize) -> Self {
        let [a, b, c, d] = (contents as u32).to_be_bytes();
        let (octets, length) = match contents {
            0..=0x7f => ([tag, d, 0, 0, 0, 0], 2),
            0x80..=0xff => ([tag, 0x81, d, 0, 0, 0], 3),
            0x100..=0xffff => ([tag, 0x82, c, d, 0, 0], 4),
            0x1_0000..=0xff_ffff => ([tag, 0x83, b, c, d, 0], 5),
            _ => ([tag, 0x84, a, b, c, d], 6),
        };
        Self { octets, length }
    }

    fn as_bytes(&self) -> &[u8] {
        self.octets.get(..self.length).unwrap_or_default()
    }

    fn with_contents(&self, contents: usize) -> usize {
        self.length.saturating_add(contents)
    }
}
