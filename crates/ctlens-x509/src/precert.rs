use crate::error::{Error, ErrorKind};
use crate::extension::Extension;
use crate::oid::Oid;
use crate::tbs::{EXTENSIONS, Tbs};
use crate::tlv::{BOOLEAN, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE};
use crate::value::sole;
use alloc::vec::Vec;
use sha2::{Digest, Sha256};

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
    extensions_are_empty: bool,
}

/// Three headers, three parts of the fields, and the extensions: before, between and behind two cuts, and between two of
/// these one extension with two headers, its type and its value.
const MAX_PIECES: usize = 13;

/// Why there is no such TBSCertificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReconstructError {
    /// The extensions cannot be walked, or one of those to cut stands there twice.
    #[error("the extensions cannot be cut: {0}")]
    Extensions(#[from] Error),
    /// It has no poison, and so is no precertificate.
    #[error("no precertificate: it has no poison")]
    NotAPrecertificate,
    /// The extensions of the signing certificate cannot be read. The offset counts in its TBSCertificate.
    #[error("the precertificate signing certificate cannot be read: {0}")]
    Signer(Error),
    /// The certificate is not for signing precertificates: it lacks that extended key usage.
    #[error("no precertificate signing certificate: it lacks that extended key usage")]
    NotAPrecertSigner,
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

    /// The TBSCertificate that a log signed for this precertificate, which not the CA itself signed but the holder of
    /// `signer`, a precertificate signing certificate that the CA issued (RFC 6962 §3.1 and §3.2): without poison, with the
    /// issuer of `signer` as issuer and the authority key identifier of `signer` as authority key identifier.
    ///
    /// The standard does not say what becomes of an authority key identifier that only one of the two has. As logs do it,
    /// one that `signer` lacks is cut, and one that the precertificate lacks comes last, not critical.
    ///
    /// The `issuer_key_hash` of such an entry is of the CA's key, not of `signer`'s. That `signer` is a CA, that the CA has
    /// signed it and that it has signed the precertificate is for the caller to verify.
    ///
    /// # Errors
    ///
    /// Where this is no precertificate or `signer` is not for signing such, and as [`precert_tbs`](Self::precert_tbs) for
    /// both.
    pub fn precert_tbs_signed_by(self, signer: &Tbs<'a>) -> Result<PrecertTbs<'a>, ReconstructError> {
        if !signer.is_precert_signer().map_err(ReconstructError::Signer)? {
            return Err(ReconstructError::NotAPrecertSigner);
        }
        let poison = self.poison()?.ok_or(ReconstructError::NotAPrecertificate)?.element();
        let value = signer.extension(Oid::AUTHORITY_KEY_IDENTIFIER).map_err(ReconstructError::Signer)?;
        let value = value.map(|identifier| identifier.value);
        let elements = self.extension_elements();
        let (place, kind) = match self.extension(Oid::AUTHORITY_KEY_IDENTIFIER)? {
            Some(identifier) => (identifier.element(), self.type_of(&identifier)?),
            None => {
                let end = elements.offset().saturating_add(elements.rest().len());
                (end..end, AUTHORITY_KEY_IDENTIFIER_TYPE)
            }
        };
        let identifier = value.map_or([Piece::EMPTY; 4], |value| {
            let inner = Header::new(OCTET_STRING, value.len());
            let contents = kind.len().saturating_add(inner.with_contents(value.len()));
            let outer = Header::new(SEQUENCE, contents);
            [Piece::Written(outer), Piece::Copied(kind), Piece::Written(inner), Piece::Copied(value)]
        });
        let [a, b, c, d] = identifier;
        let extensions = if poison.start < place.start {
            let before = between(elements, 0, poison.start);
            let middle = between(elements, poison.end, place.start);
            [before, middle, a, b, c, d, between(elements, place.end, usize::MAX)]
        } else {
            let before = between(elements, 0, place.start);
            let middle = between(elements, place.end, poison.start);
            [before, a, b, c, d, middle, between(elements, poison.end, usize::MAX)]
        };
        let [start, _, _, issuer, validity, .., end] = self.field_offsets();
        let part = |start, end| self.as_bytes().get(start..end).unwrap_or_default();
        let fields = [part(start, issuer), signer.issuer().as_bytes(), part(validity, end)];
        let whole = PrecertTbs::new(fields, extensions);
        if u32::try_from(whole.octets()).is_err() {
            return Err(Error::new(ErrorKind::TooLarge, 0).into());
        }
        Ok(whole)
    }

    fn without(&self, extension: Option<Extension<'a>>) -> PrecertTbs<'a> {
        let Some(cut) = extension.map(|extension| extension.element()) else {
            return PrecertTbs::unchanged(self.as_bytes());
        };
        let elements = self.extension_elements();
        let mut extensions = [Piece::EMPTY; 7];
        extensions[0] = between(elements, 0, cut.start);
        extensions[1] = between(elements, cut.end, usize::MAX);
        PrecertTbs::new([self.fields_before_extensions(), &[], &[]], extensions)
    }

    /// What stands before `[3]`.
    fn fields_before_extensions(self) -> &'a [u8] {
        let [start, .., end] = self.field_offsets();
        self.as_bytes().get(start..end).unwrap_or_default()
    }

    /// The octets of an extension that stand before its value: type and criticality.
    fn type_of(self, extension: &Extension<'a>) -> Result<&'a [u8], Error> {
        let element = self.as_bytes().get(extension.element()).unwrap_or_default();
        let fields = sole(Reader::at(element, extension.element().start), SEQUENCE)?.reader();
        let mut behind = fields;
        behind.expect(OBJECT_IDENTIFIER)?;
        behind.optional(BOOLEAN)?;
        Ok(octets_between(fields, fields.offset(), behind.offset()))
    }
}

/// `OBJECT IDENTIFIER 2.5.29.35`
const AUTHORITY_KEY_IDENTIFIER_TYPE: &[u8] = &[OBJECT_IDENTIFIER, 3, 0x55, 0x1d, 0x23];

fn between(elements: Reader<'_>, start: usize, end: usize) -> Piece<'_> {
    Piece::Copied(octets_between(elements, start, end))
}

/// The octets from one offset to another, as far as the reader has them.
fn octets_between(elements: Reader<'_>, start: usize, end: usize) -> &[u8] {
    let rest = elements.rest();
    let [start, end] = [start, end].map(|at| at.saturating_sub(elements.offset()).min(rest.len()));
    rest.get(start..end).unwrap_or_default()
}

impl<'a> PrecertTbs<'a> {
    fn unchanged(tbs: &'a [u8]) -> Self {
        let mut pieces = [Piece::EMPTY; MAX_PIECES];
        pieces[0] = Piece::Copied(tbs);
        Self { pieces, extensions_are_empty: false }
    }

    fn new(fields: [&'a [u8]; 3], extensions: [Piece<'a>; 7]) -> Self {
        let length = octets(&extensions);
        let list = Header::new(SEQUENCE, length);
        let explicit = Header::new(EXTENSIONS, list.with_contents(length));
        let contents = explicit.with_contents(list.with_contents(length));
        let contents = fields.iter().fold(contents, |sum, part| sum.saturating_add(part.len()));
        let [whole, explicit, list] = [Header::new(SEQUENCE, contents), explicit, list].map(Piece::Written);
        let [before, issuer, behind] = fields.map(Piece::Copied);
        let [a, b, c, d, e, f, g] = extensions;
        let pieces = [whole, before, issuer, behind, explicit, list, a, b, c, d, e, f, g];
        Self { pieces, extensions_are_empty: length == 0 }
    }

    /// The other reading, where the cut left no extension.
    ///
    /// RFC 6962 does not say whether `[3]` then stays with an empty list in it (which [`Tbs::precert_tbs`] gives, as most
    /// logs do) or goes too (which RFC 5280 §4.1 would ask for, `SIZE (1..MAX)`); logs differ. `None` where an extension
    /// is left and there is only one reading.
    #[must_use]
    pub fn without_extensions(&self) -> Option<Self> {
        let [_, before, issuer, behind, ..] = self.pieces;
        self.extensions_are_empty.then(|| {
            let mut pieces = [Piece::EMPTY; MAX_PIECES];
            let whole = Piece::Written(Header::new(SEQUENCE, octets(&[before, issuer, behind])));
            pieces.iter_mut().zip([whole, before, issuer, behind]).for_each(|(piece, filled)| *piece = filled);
            Self { pieces, extensions_are_empty: false }
        })
    }

    /// How many octets it has.
    #[must_use]
    pub fn octets(&self) -> usize {
        octets(&self.pieces)
    }

    /// The octets, piece by piece.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.pieces.iter().map(Piece::as_bytes).filter(|piece| !piece.is_empty())
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

fn octets(pieces: &[Piece<'_>]) -> usize {
    pieces.iter().fold(0, |sum, piece| sum.saturating_add(piece.as_bytes().len()))
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
    length: u8,
}

impl Header {
    #[expect(clippy::cast_possible_truncation, reason = "Tbs::from_der refuses 4 GiB, and what grows is checked")]
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
        self.octets.get(..usize::from(self.length)).unwrap_or_default()
    }

    fn with_contents(&self, contents: usize) -> usize {
        usize::from(self.length).saturating_add(contents)
    }
}
