use crate::error::{Error, ErrorKind, Undecodable};
use crate::extension::{Extension, Extensions};
use crate::general_name::Names;
use crate::name::{Attribute, Name};
use crate::oid::Oid;
use crate::spki::Spki;
use crate::time::Validity;
use crate::tlv::{INTEGER, Reader, SEQUENCE, Tlv};
use sha2::{Digest, Sha256};

const VERSION: u8 = 0xa0;
const ISSUER_UNIQUE_ID: u8 = 0x81;
const SUBJECT_UNIQUE_ID: u8 = 0x82;
const EXTENSIONS: u8 = 0xa3;

/// A TBSCertificate (RFC 5280 §4.1.2), borrowed from its octets: of a certificate, of a precertificate, or bare as log
/// entries carry it.
///
/// ```text
/// TBSCertificate ::= SEQUENCE {
///     version          [0] EXPLICIT Version DEFAULT v1,
///     serialNumber         CertificateSerialNumber,
///     signature            AlgorithmIdentifier,
///     issuer               Name,
///     validity             Validity,
///     subject              Name,
///     subjectPublicKeyInfo SubjectPublicKeyInfo,
///     issuerUniqueID   [1] IMPLICIT UniqueIdentifier OPTIONAL,
///     subjectUniqueID  [2] IMPLICIT UniqueIdentifier OPTIONAL,
///     extensions       [3] EXPLICIT Extensions OPTIONAL }
/// ```
///
/// All offsets that the view hands out count from the first octet of the TBSCertificate.
#[derive(Debug, Clone, Copy)]
pub struct Tbs<'a> {
    bytes: &'a [u8],
    trailing: &'a [u8],
    serial: Span,
    signature: Span,
    issuer: Span,
    validity: Span,
    subject: Span,
    spki: Span,
    /// The element `[3]`; empty where there is none.
    explicit_extensions: Span,
    /// What stands inside the SEQUENCE inside `[3]`.
    extension_elements: Span,
    san: Found,
    sct_list: Found,
    poison: Found,
    /// An extension whose type cannot be read: any of the above may be in it.
    unreadable_extension: bool,
    /// What is wrong behind the public key, but for what is wrong inside the list of extensions.
    damage: Option<(Error, Span)>,
}

impl<'a> Tbs<'a> {
    /// Views a TBSCertificate. The seven fields up to the public key must stand in their order; damage behind them is
    /// kept and reported by what it concerns: [`extensions`](Self::extensions), [`names`](Self::names) and the look-ups.
    ///
    /// # Errors
    ///
    /// Where the fields up to the public key cannot be walked. The offset counts from the first octet of `der`.
    #[inline]
    pub fn from_der(der: &'a [u8]) -> Result<Self, Error> {
        if u32::try_from(der.len()).is_err() {
            return Err(Error::new(ErrorKind::TooLarge, 0));
        }
        let mut outer = Reader::new(der);
        let tbs = outer.expect(SEQUENCE)?;
        let mut fields = tbs.reader();
        fields.optional(VERSION)?;
        let serial = Span::of_value(&fields.expect(INTEGER)?);
        let signature = Span::of(&fields.expect(SEQUENCE)?);
        let issuer = Span::of(&fields.expect(SEQUENCE)?);
        let validity = Span::of(&fields.expect(SEQUENCE)?);
        let subject = Span::of(&fields.expect(SEQUENCE)?);
        let spki = Span::of(&fields.expect(SEQUENCE)?);
        let mut view = Self {
            bytes: tbs.as_bytes(),
            trailing: outer.rest(),
            serial,
            signature,
            issuer,
            validity,
            subject,
            spki,
            explicit_extensions: Span::EMPTY,
            extension_elements: Span::EMPTY,
            san: Found::No,
            sct_list: Found::No,
            poison: Found::No,
            unreadable_extension: false,
            damage: None,
        };
        if let Err(error) = view.read_tail(&mut fields) {
            view.damage = Some((error, Span::of_rest(&fields)));
        }
        view.find_extensions();
        Ok(view)
    }

    /// What follows the public key. After an error, `fields` stands where it occurred.
    #[inline]
    fn read_tail(&mut self, fields: &mut Reader<'a>) -> Result<(), Error> {
        fields.optional(ISSUER_UNIQUE_ID)?;
        fields.optional(SUBJECT_UNIQUE_ID)?;
        let before = *fields;
        if let Some(explicit) = fields.optional(EXTENSIONS)? {
            let mut inner = explicit.reader();
            let list = inner.expect(SEQUENCE).inspect_err(|_| *fields = before)?;
            self.explicit_extensions = Span::of(&explicit);
            self.extension_elements = Span::of_value(&list);
            if !inner.is_empty() {
                *fields = inner;
                return Err(Error::new(ErrorKind::TrailingData, inner.offset()));
            }
        }
        if fields.is_empty() { Ok(()) } else { Err(Error::new(ErrorKind::TrailingData, fields.offset())) }
    }

    /// Notes where the extensions stand that every reader of a log asks for.
    #[inline]
    fn find_extensions(&mut self) {
        let mut elements = self.reader(self.extension_elements);
        while !elements.is_empty() {
            let Ok(element) = elements.read() else {
                self.unreadable_extension = true;
                return;
            };
            match Extension::read_oid(element) {
                Ok((Oid::SUBJECT_ALT_NAME, _)) => self.san.add(&element),
                Ok((Oid::SCT_LIST, _)) => self.sct_list.add(&element),
                Ok((Oid::POISON, _)) => self.poison.add(&element),
                Ok(_) => {}
                Err(_) => self.unreadable_extension = true,
            }
        }
    }

    /// The octets of the TBSCertificate, without what trails it.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What came after the TBSCertificate in the slice that it was read from.
    #[inline]
    #[must_use]
    pub fn trailing(&self) -> &'a [u8] {
        self.trailing
    }

    /// SHA-256 of the octets.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.bytes).into()
    }

    /// The contents octets of the serial number, a signed big-endian integer.
    #[inline]
    #[must_use]
    pub fn serial(&self) -> &'a [u8] {
        self.slice(self.serial)
    }

    /// The inner AlgorithmIdentifier, a whole element.
    #[inline]
    #[must_use]
    pub fn signature_algorithm(&self) -> &'a [u8] {
        self.slice(self.signature)
    }

    /// Who claims to have issued it.
    #[inline]
    #[must_use]
    pub fn issuer(&self) -> Name<'a> {
        Name::new(self.slice(self.issuer), self.issuer.start())
    }

    /// Whom it names outside the SAN.
    #[inline]
    #[must_use]
    pub fn subject(&self) -> Name<'a> {
        Name::new(self.slice(self.subject), self.subject.start())
    }

    /// The common names of the subject, all of them.
    #[inline]
    pub fn common_names(&self) -> impl Iterator<Item = Result<Attribute<'a>, Undecodable<'a>>> + use<'a> {
        self.subject().attributes().filter(|attribute| !matches!(attribute, Ok(other) if other.oid != Oid::COMMON_NAME))
    }

    /// From when until when.
    ///
    /// # Errors
    ///
    /// Where it is not two times.
    #[inline]
    pub fn validity(&self) -> Result<Validity, Error> {
        Validity::read(self.reader(self.validity).expect(SEQUENCE)?.reader())
    }

    /// The subject's public key.
    #[inline]
    #[must_use]
    pub fn spki(&self) -> Spki<'a> {
        Spki::new(self.slice(self.spki), self.spki.start())
    }

    /// All extensions in their order, damage included.
    #[must_use]
    pub fn extensions(&self) -> Extensions<'a> {
        let damage = self.damage.map(|(error, span)| Undecodable::new(error, self.slice(span), span.start()));
        Extensions::new(self.reader(self.extension_elements), damage)
    }

    /// The extension of a type.
    ///
    /// # Errors
    ///
    /// Where there are two of the type, or it cannot be read, or something cannot be read that may be it.
    pub fn extension(&self, oid: Oid<'_>) -> Result<Option<Extension<'a>>, Error> {
        let mut found = Found::No;
        let mut extensions = self.extensions();
        while let Some(element) = extensions.next_element() {
            let element = element.map_err(|damage| damage.error)?;
            if Extension::read_oid(element)?.0 == oid {
                found.add(&element);
            }
        }
        self.read_found(found)
    }

    /// The names of all SAN extensions, damage included.
    #[inline]
    #[must_use]
    pub fn names(&self) -> Names<'a> {
        match self.san {
            Found::Once(span) if !self.is_damaged() => match self.reader(span).read() {
                Ok(element) => Names::of_one(element),
                Err(_) => Names::of_all(self.extensions()),
            },
            Found::No if !self.is_damaged() => Names::of_all(Extensions::new(Reader::new(&[]), None)),
            _ => Names::of_all(self.extensions()),
        }
    }

    /// The list of SCTs (RFC 6962 §3.3).
    ///
    /// # Errors
    ///
    /// As [`extension`](Self::extension).
    #[inline]
    pub fn sct_list(&self) -> Result<Option<Extension<'a>>, Error> {
        if self.is_damaged() { self.extension(Oid::SCT_LIST) } else { self.read_found(self.sct_list) }
    }

    /// The poison that makes a precertificate of it (RFC 6962 §3.1).
    ///
    /// # Errors
    ///
    /// As [`extension`](Self::extension).
    #[inline]
    pub fn poison(&self) -> Result<Option<Extension<'a>>, Error> {
        if self.is_damaged() { self.extension(Oid::POISON) } else { self.read_found(self.poison) }
    }

    #[inline]
    fn read_found(&self, found: Found) -> Result<Option<Extension<'a>>, Error> {
        match found {
            Found::No => Ok(None),
            Found::Once(span) => Extension::read(self.reader(span).read()?).map(Some),
            Found::Again(span) => Err(Error::new(ErrorKind::DuplicateExtension, span.start())),
        }
    }

    /// Whether something stands where an extension may be that cannot be read.
    #[inline]
    fn is_damaged(&self) -> bool {
        self.unreadable_extension || self.damage.is_some()
    }

    /// The two parts that stay when extensions are cut out of the middle.
    pub(crate) fn frame(&self) -> Frame<'a> {
        let contents = Reader::new(self.bytes).read().map_or(0, |tbs| tbs.value_offset());
        Frame {
            fields: self.bytes.get(contents..self.explicit_extensions.start()).unwrap_or_default(),
            extensions: self.slice(self.extension_elements),
            extensions_offset: self.extension_elements.start(),
        }
    }

    #[inline]
    fn slice(&self, span: Span) -> &'a [u8] {
        self.bytes.get(span.start()..span.end()).unwrap_or_default()
    }

    #[inline]
    fn reader(&self, span: Span) -> Reader<'a> {
        Reader::at(self.slice(span), span.start())
    }
}

/// A TBSCertificate that has extensions, in two parts.
pub(crate) struct Frame<'a> {
    /// What stands before `[3]`, without the header of the SEQUENCE around it.
    pub(crate) fields: &'a [u8],
    /// The elements of the list of extensions.
    pub(crate) extensions: &'a [u8],
    /// Where they begin.
    pub(crate) extensions_offset: usize,
}

/// Where an extension of a type stands.
#[derive(Debug, Clone, Copy)]
enum Found {
    No,
    Once(Span),
    /// Where the second one stands.
    Again(Span),
}

impl Found {
    #[inline]
    fn add(&mut self, element: &Tlv<'_>) {
        *self = match *self {
            Self::No => Self::Once(Span::of(element)),
            Self::Once(_) => Self::Again(Span::of(element)),
            Self::Again(span) => Self::Again(span),
        }
    }
}

/// A part of the TBSCertificate. 32 bits suffice: `from_der` refuses more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    start: u32,
    end: u32,
}

impl Span {
    const EMPTY: Self = Self { start: 0, end: 0 };

    #[inline]
    fn of(tlv: &Tlv<'_>) -> Self {
        Self::new(tlv.offset(), tlv.as_bytes().len())
    }

    #[inline]
    fn of_value(tlv: &Tlv<'_>) -> Self {
        Self::new(tlv.value_offset(), tlv.value().len())
    }

    #[inline]
    fn of_rest(reader: &Reader<'_>) -> Self {
        Self::new(reader.offset(), reader.rest().len())
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "from_der refuses slices of more than 2^32 - 1 octets")]
    fn new(start: usize, length: usize) -> Self {
        Self { start: start as u32, end: start.saturating_add(length) as u32 }
    }

    #[inline]
    fn start(self) -> usize {
        self.start as usize
    }

    #[inline]
    fn end(self) -> usize {
        self.end as usize
    }
}
