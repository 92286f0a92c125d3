use crate::error::{Error, ErrorKind, Undecodable};
use crate::extension::{Extension, Extensions};
use crate::general_name::Names;
use crate::name::{Attribute, Name};
use crate::oid::Oid;
use crate::spki::Spki;
use crate::time::Validity;
use crate::tlv::{INTEGER, Reader, SEQUENCE, Tlv};
use sha2::{Digest, Sha256};

pub(crate) const VERSION: u8 = 0xa0;
pub(crate) const ISSUER_UNIQUE_ID: u8 = 0x81;
pub(crate) const SUBJECT_UNIQUE_ID: u8 = 0x82;
pub(crate) const EXTENSIONS: u8 = 0xa3;

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
    der: &'a [u8],
    /// Where each field begins; it ends where the next begins. 32 bits suffice: `from_der` refuses more.
    serial: u32,
    signature: u32,
    issuer: u32,
    validity: u32,
    subject: u32,
    spki: u32,
    /// Where the fields behind the public key begin: unique identifiers, `[3]`.
    tail: u32,
    /// Where `[3]` begins; the end where there is none.
    explicit_extensions: u32,
    /// The elements of the list inside `[3]`.
    extensions: Span,
    end: u32,
    san: Found,
    sct_list: Found,
    poison: Found,
    /// Whether something behind the public key cannot be read where an extension may be.
    damaged: bool,
}

impl<'a> Tbs<'a> {
    /// Views a TBSCertificate. The seven fields up to the public key must stand in their order; damage behind them is
    /// reported by what it concerns: [`extensions`](Self::extensions), [`names`](Self::names) and the look-ups.
    ///
    /// # Errors
    ///
    /// Where the fields up to the public key cannot be walked. The offset counts from the first octet of `der`.
    #[inline]
    pub fn from_der(der: &'a [u8]) -> Result<Self, Error> {
        if u32::try_from(der.len()).is_err() {
            return Err(Error::new(ErrorKind::TooLarge, 0));
        }
        let tbs = Reader::new(der).expect(SEQUENCE)?;
        let mut fields = tbs.reader();
        fields.optional(VERSION)?;
        let mut field = |tag| fields.expect(tag).map(|field| position(field.offset()));
        let serial = field(INTEGER)?;
        let signature = field(SEQUENCE)?;
        let issuer = field(SEQUENCE)?;
        let validity = field(SEQUENCE)?;
        let subject = field(SEQUENCE)?;
        let spki = field(SEQUENCE)?;
        let tail = position(fields.offset());
        let end = position(tbs.end_offset());
        let mut view = Self {
            der,
            serial,
            signature,
            issuer,
            validity,
            subject,
            spki,
            tail,
            explicit_extensions: end,
            extensions: Span { start: end, end },
            end,
            san: Found::NONE,
            sct_list: Found::NONE,
            poison: Found::NONE,
            damaged: false,
        };
        match read_tail(fields) {
            (Some((explicit, list)), damage) => {
                view.explicit_extensions = position(explicit.offset());
                view.extensions = Span::of_value(&list);
                view.damaged = damage.is_some();
                view.find_extensions(list.reader());
            }
            (None, damage) => view.damaged = damage.is_some(),
        }
        Ok(view)
    }

    /// Notes where the extensions stand that every reader of a log asks for.
    #[inline]
    fn find_extensions(&mut self, mut elements: Reader<'a>) {
        while !elements.is_empty() {
            let Ok(element) = elements.read() else {
                self.damaged = true;
                return;
            };
            let Ok((oid, fields)) = Extension::read_oid(element) else {
                self.damaged = true;
                continue;
            };
            let found = match oid {
                Oid::SUBJECT_ALT_NAME => &mut self.san,
                Oid::SCT_LIST => &mut self.sct_list,
                Oid::POISON => &mut self.poison,
                other if other.can_be(Oid::SUBJECT_ALT_NAME) => &mut self.san,
                _ => continue,
            };
            match Extension::read_behind_oid(element, oid, fields) {
                Ok(extension) if found.count == 0 => *found = Found::once(&element, &extension),
                Ok(_) => found.count = 2,
                Err(_) => self.damaged = true,
            }
        }
    }

    /// The octets of the TBSCertificate, without what trails it.
    #[inline]
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.slice(0, self.end)
    }

    /// What came after the TBSCertificate in the slice that it was read from.
    #[inline]
    #[must_use]
    pub fn trailing(&self) -> &'a [u8] {
        self.der.get(self.end as usize..).unwrap_or_default()
    }

    /// Checks that nothing trails the TBSCertificate: a reader of a log entry is to answer for all of its octets.
    ///
    /// # Errors
    ///
    /// Where something does.
    pub fn check_end(&self) -> Result<(), Error> {
        let end = self.as_bytes().len();
        if self.trailing().is_empty() { Ok(()) } else { Err(Error::new(ErrorKind::TrailingData, end)) }
    }

    /// SHA-256 of the octets.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.as_bytes()).into()
    }

    /// The contents octets of the serial number, a signed big-endian integer.
    #[inline]
    #[must_use]
    pub fn serial(&self) -> &'a [u8] {
        self.reader(self.serial, self.signature).read().map_or(&[], |serial| serial.value())
    }

    /// The inner AlgorithmIdentifier, a whole element.
    #[inline]
    #[must_use]
    pub fn signature_algorithm(&self) -> &'a [u8] {
        self.slice(self.signature, self.issuer)
    }

    /// Who claims to have issued it.
    #[inline]
    #[must_use]
    pub fn issuer(&self) -> Name<'a> {
        Name::new(self.slice(self.issuer, self.validity), self.issuer as usize)
    }

    /// From when until when.
    ///
    /// # Errors
    ///
    /// Where it is not two times.
    #[inline]
    pub fn validity(&self) -> Result<Validity, Error> {
        Validity::read(self.reader(self.validity, self.subject).read()?)
    }

    /// Whom it names outside the SAN.
    #[inline]
    #[must_use]
    pub fn subject(&self) -> Name<'a> {
        Name::new(self.slice(self.subject, self.spki), self.subject as usize)
    }

    /// The common names of the subject, all of them.
    #[inline]
    pub fn common_names(&self) -> impl Iterator<Item = Result<Attribute<'a>, Undecodable<'a>>> + use<'a> {
        self.subject()
            .attributes()
            .filter(|attribute| !matches!(attribute, Ok(other) if !other.oid.can_be(Oid::COMMON_NAME)))
    }

    /// The subject's public key.
    #[inline]
    #[must_use]
    pub fn spki(&self) -> Spki<'a> {
        Spki::new(self.slice(self.spki, self.tail), self.spki as usize)
    }

    /// All extensions in their order, damage included.
    #[must_use]
    pub fn extensions(&self) -> Extensions<'a> {
        let (_, damage) = read_tail(self.reader(self.tail, self.end));
        Extensions::new(self.reader(self.extensions.start, self.extensions.end), damage)
    }

    /// The extension of a type.
    ///
    /// # Errors
    ///
    /// Where there are two of the type, or it cannot be read, or something cannot be read that may be it.
    pub fn extension(&self, oid: Oid<'_>) -> Result<Option<Extension<'a>>, Error> {
        let mut found = None;
        let mut extensions = self.extensions();
        while let Some(element) = extensions.next_element() {
            let element = element.map_err(|damage| damage.error)?;
            if Extension::read_oid(element)?.0.can_be(oid) && found.replace(element).is_some() {
                return Err(Error::new(ErrorKind::DuplicateExtension, element.offset()));
            }
        }
        found.map(Extension::read).transpose()
    }

    /// The names of all SAN extensions, damage included.
    #[inline]
    #[must_use]
    pub fn names(&self) -> Names<'a> {
        match self.san {
            Found { count: 0, .. } if !self.damaged => Names::none(),
            Found { count: 1, value, element, .. } if !self.damaged => Names::of_one(self.reader(value, element.end)),
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
        self.found(Oid::SCT_LIST, &self.sct_list)
    }

    /// The poison that makes a precertificate of it (RFC 6962 §3.1).
    ///
    /// # Errors
    ///
    /// As [`extension`](Self::extension).
    #[inline]
    pub fn poison(&self) -> Result<Option<Extension<'a>>, Error> {
        self.found(Oid::POISON, &self.poison)
    }

    #[inline]
    fn found(&self, oid: Oid<'static>, found: &Found) -> Result<Option<Extension<'a>>, Error> {
        if self.damaged || found.count > 1 {
            return self.extension(oid);
        }
        let Found { element, value, critical, count } = *found;
        let extension = || Extension {
            oid,
            critical,
            value: self.slice(value, element.end),
            offset: value as usize,
            start: element.start as usize,
            end: element.end as usize,
        };
        Ok((count == 1).then(extension))
    }

    /// Unique identifiers and `[3]`.
    pub(crate) fn behind_public_key(self) -> Reader<'a> {
        self.reader(self.tail, self.end)
    }

    /// Where the fields begin: version, serial number, signature, issuer, validity, subject, public key, unique identifiers,
    /// `[3]`.
    pub(crate) fn field_offsets(self) -> [usize; 9] {
        let contents = Reader::new(self.der).read().map_or(0, |tbs| tbs.value_offset());
        let [serial, signature, issuer] = [self.serial, self.signature, self.issuer].map(|at| at as usize);
        let [validity, subject, spki] = [self.validity, self.subject, self.spki].map(|at| at as usize);
        let [tail, extensions] = [self.tail, self.explicit_extensions].map(|at| at as usize);
        [contents, serial, signature, issuer, validity, subject, spki, tail, extensions]
    }

    /// The elements of the list of extensions.
    pub(crate) fn extension_elements(self) -> Reader<'a> {
        self.reader(self.extensions.start, self.extensions.end)
    }

    #[inline]
    fn slice(&self, start: u32, end: u32) -> &'a [u8] {
        self.der.get(start as usize..end as usize).unwrap_or_default()
    }

    #[inline]
    fn reader(&self, start: u32, end: u32) -> Reader<'a> {
        Reader::at(self.slice(start, end), start as usize)
    }
}

/// What follows the public key: `[3]` and the list in it, and the first thing that is wrong.
#[inline]
fn read_tail<'a>(mut fields: Reader<'a>) -> (Option<(Tlv<'a>, Tlv<'a>)>, Option<Undecodable<'a>>) {
    if let Err(error) = fields.optional(ISSUER_UNIQUE_ID).and_then(|_| fields.optional(SUBJECT_UNIQUE_ID)) {
        return (None, Some(Undecodable::rest(error, fields)));
    }
    let before = fields;
    let explicit = match fields.optional(EXTENSIONS) {
        Ok(Some(explicit)) => explicit,
        Ok(None) if fields.is_empty() => return (None, None),
        Ok(None) => return (None, Some(trailing(fields))),
        Err(error) => return (None, Some(Undecodable::rest(error, fields))),
    };
    let mut inner = explicit.reader();
    match inner.expect(SEQUENCE) {
        Ok(list) if !inner.is_empty() => (Some((explicit, list)), Some(trailing(inner))),
        Ok(list) if !fields.is_empty() => (Some((explicit, list)), Some(trailing(fields))),
        Ok(list) => (Some((explicit, list)), None),
        Err(error) => (None, Some(Undecodable::rest(error, before))),
    }
}

#[cold]
fn trailing(rest: Reader<'_>) -> Undecodable<'_> {
    Undecodable::rest(Error::new(ErrorKind::TrailingData, rest.offset()), rest)
}

/// Where the first extension of a type stands, and whether there is another.
#[derive(Debug, Clone, Copy)]
struct Found {
    element: Span,
    /// Where its value begins; it ends with the element.
    value: u32,
    critical: bool,
    count: u8,
}

impl Found {
    const NONE: Self = Self { element: Span { start: 0, end: 0 }, value: 0, critical: false, count: 0 };

    #[inline]
    fn once(element: &Tlv<'_>, extension: &Extension<'_>) -> Self {
        let element = Span { start: position(element.offset()), end: position(element.end_offset()) };
        Self { element, value: position(extension.offset), critical: extension.critical, count: 1 }
    }
}

#[derive(Debug, Clone, Copy)]
struct Span {
    start: u32,
    end: u32,
}

impl Span {
    #[inline]
    fn of_value(tlv: &Tlv<'_>) -> Self {
        Self { start: position(tlv.value_offset()), end: position(tlv.end_offset()) }
    }
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "Tbs::from_der refuses slices of more than 2^32 - 1 octets")]
fn position(offset: usize) -> u32 {
    offset as u32
}
