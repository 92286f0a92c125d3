use crate::extension::Extension;
use crate::oid::Oid;
use crate::precert::{PrecertTbs, ReconstructError};
use crate::tbs::Tbs;
use crate::tlv::Tlv;
use core::fmt;

/// The first difference between a precertificate and a certificate, beyond poison and list of SCTs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference<'a> {
    /// Where it lies.
    pub part: TbsField<'a>,
    /// The first octet that is another, or the end of the part where it is shorter, in octets from the start of the
    /// precertificate's TBSCertificate.
    pub precertificate: usize,
    /// The same in the certificate's TBSCertificate.
    pub certificate: usize,
}

impl fmt::Display for Difference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, precertificate, certificate } = self;
        write!(f, "{part}: offset {precertificate} in the precertificate's TBS, {certificate} in the certificate's")
    }
}

/// A part of a TBSCertificate (RFC 5280 §4.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TbsField<'a> {
    /// version
    Version,
    /// serialNumber
    SerialNumber,
    /// signature, the AlgorithmIdentifier
    SignatureAlgorithm,
    /// issuer
    Issuer,
    /// validity
    Validity,
    /// subject
    Subject,
    /// subjectPublicKeyInfo
    PublicKey,
    /// issuerUniqueID and subjectUniqueID
    UniqueIds,
    /// An extension: of this type, or where the types differ too, the type in the precertificate. One that is missing or
    /// stands elsewhere is a difference at its place.
    Extension(Oid<'a>),
    /// Nothing but the identifier and length octets around fields and extensions.
    Framing,
}

/// The name in the standard.
impl fmt::Display for TbsField<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Version => "version",
            Self::SerialNumber => "serialNumber",
            Self::SignatureAlgorithm => "signature algorithm",
            Self::Issuer => "issuer",
            Self::Validity => "validity",
            Self::Subject => "subject",
            Self::PublicKey => "subjectPublicKeyInfo",
            Self::UniqueIds => "unique identifiers",
            Self::Extension(oid) => return write!(f, "extension {oid}"),
            Self::Framing => "framing",
        })
    }
}

/// Whether a certificate is the one that a precertificate promised: the same TBSCertificate, octet for octet, but for the
/// poison of the one and the list of SCTs of the other (RFC 6962 §3.1 and §3.3). `None` says that it is.
///
/// Instead of a precertificate the TBSCertificate of a log's entry will do. Where no extension is left either reading of
/// the empty list counts (see [`PrecertTbs::without_extensions`]). A precertificate that a precertificate signing
/// certificate has signed differs in the issuer; compare what [`Tbs::precert_tbs_signed_by`] makes of it.
///
/// # Errors
///
/// Where the extensions of one of the two cannot be cut: nothing is known then.
pub fn corresponds<'a>(
    precertificate: &Tbs<'a>,
    certificate: &Tbs<'a>,
) -> Result<Option<Difference<'a>>, ReconstructError> {
    let poison = precertificate.poison()?;
    let sct_list = certificate.sct_list()?.or(certificate.poison()?);
    if same_octets(&precertificate.without_poison()?, &certificate.precert_tbs()?) {
        return Ok(None);
    }
    let difference = first_field(*precertificate, *certificate)
        .or_else(|| first_extension((*precertificate, poison), (*certificate, sct_list)))
        .unwrap_or_else(|| {
            let [precertificate, certificate] =
                [precertificate, certificate].map(|tbs| tbs.extension_elements().offset());
            Difference { part: TbsField::Framing, precertificate, certificate }
        });
    Ok(Some(difference))
}

/// In one of the readings.
fn same_octets(promised: &PrecertTbs<'_>, issued: &PrecertTbs<'_>) -> bool {
    readings(promised)
        .any(|promised| readings(issued).any(|issued| promised.pieces().flatten().eq(issued.pieces().flatten())))
}

fn readings<'a>(tbs: &PrecertTbs<'a>) -> impl Iterator<Item = PrecertTbs<'a>> + use<'a> {
    [Some(*tbs), tbs.without_extensions()].into_iter().flatten()
}

fn first_field<'a>(precertificate: Tbs<'a>, certificate: Tbs<'a>) -> Option<Difference<'a>> {
    const PARTS: [TbsField<'static>; 8] = [
        TbsField::Version,
        TbsField::SerialNumber,
        TbsField::SignatureAlgorithm,
        TbsField::Issuer,
        TbsField::Validity,
        TbsField::Subject,
        TbsField::PublicKey,
        TbsField::UniqueIds,
    ];
    let fields = |tbs: Tbs<'a>| {
        let offsets = tbs.field_offsets();
        let ends = offsets.into_iter().skip(1);
        offsets
            .into_iter()
            .zip(ends)
            .map(move |(start, end)| (start, tbs.as_bytes().get(start..end).unwrap_or_default()))
    };
    PARTS
        .into_iter()
        .zip(fields(precertificate).zip(fields(certificate)))
        .find_map(|(part, (promised, issued))| Difference::between(part, promised, issued))
}

fn first_extension<'a>(
    precertificate: (Tbs<'a>, Option<Extension<'a>>),
    certificate: (Tbs<'a>, Option<Extension<'a>>),
) -> Option<Difference<'a>> {
    let elements = |(tbs, cut): (Tbs<'a>, Option<Extension<'a>>)| {
        let mut elements = tbs.extension_elements();
        let cut = cut.map(|extension| extension.element().start);
        let end = elements.offset().saturating_add(elements.rest().len());
        let kept =
            core::iter::from_fn(move || elements.read().ok()).filter(move |element| Some(element.offset()) != cut);
        kept.map(Some).chain(core::iter::repeat(None)).map(move |element| (element, end))
    };
    let both = elements(precertificate).zip(elements(certificate));
    both.take_while(|((promised, _), (issued, _))| promised.is_some() || issued.is_some()).find_map(
        |((promised, promised_end), (issued, issued_end))| {
            let oid = promised.or(issued).and_then(|element| Extension::read_oid(element).ok());
            let part = oid.map_or(TbsField::Framing, |(oid, _)| TbsField::Extension(oid));
            let octets = |element: Option<Tlv<'a>>, end| {
                element.map_or((end, Default::default()), |element| (element.offset(), element.as_bytes()))
            };
            Difference::between(part, octets(promised, promised_end), octets(issued, issued_end))
        },
    )
}

impl<'a> Difference<'a> {
    /// Of two parts, each with its offset.
    fn between(part: TbsField<'a>, promised: (usize, &[u8]), issued: (usize, &[u8])) -> Option<Self> {
        if promised.1 == issued.1 {
            return None;
        }
        let same = promised.1.iter().zip(issued.1).take_while(|(promised, issued)| promised == issued).count();
        let [precertificate, certificate] = [promised.0, issued.0].map(|start| start.saturating_add(same));
        Some(Self { part, precertificate, certificate })
    }
}
