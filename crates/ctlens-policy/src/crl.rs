//! A CRL (RFC 5280 §5), walked where it lies: nothing is copied, nothing is allocated.

use crate::revocation::{CrlReason, NoAnswer, RevocationStatus};
use ctlens_x509::{Error, GeneralNameKind, Oid, Reader, Tbs, Tlv, UnixSeconds};

/// A certificate revocation list, every entry of which was read.
///
/// **Its signature is not verified here.** Anybody can write a CRL with any issuer's name: before its answers decide
/// anything, verify [`signature`](Self::signature) over [`signed_octets`](Self::signed_octets) with the key of the
/// certificate's issuer (`Spki::verify` of ctlens-x509, feature `verify`).
#[derive(Debug, Clone, Copy)]
pub struct Crl<'a> {
    signed: &'a [u8],
    signature_algorithm: &'a [u8],
    signature: &'a [u8],
    issuer: &'a [u8],
    this_update: UnixSeconds,
    next_update: Option<UnixSeconds>,
    entries: Reader<'a>,
    len: usize,
    key_identifier: Option<&'a [u8]>,
    scope: Scope<'a>,
    /// There is a critical extension that is not followed here.
    is_beyond_us: bool,
}

/// Octets that are no CRL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CrlError {
    /// The elements are not those of a CRL.
    #[error("{0}")]
    Damaged(#[from] Error),
    /// Another version than 2, which is written as 1.
    #[error("another version than 2 at offset {offset}")]
    Version {
        /// Where, in octets.
        offset: usize,
    },
    /// A time that no calendar has, or in another form than RFC 5280 §5.1.2.4 allows.
    #[error("no time at offset {offset}")]
    Time {
        /// Where, in octets.
        offset: usize,
    },
    /// A value that its field cannot have.
    #[error("not a value of this field at offset {offset}")]
    Value {
        /// Where, in octets.
        offset: usize,
    },
    /// Octets behind the last element.
    #[error("octets behind the last element at offset {offset}")]
    Trailing {
        /// Where, in octets.
        offset: usize,
    },
}

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const ENUMERATED: u8 = 0x0a;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;

/// id-ce-cRLReasons, 2.5.29.21 (RFC 5280 §5.3.1).
const REASON_CODE: Oid<'static> = Oid::from_contents(&[0x55, 0x1d, 0x15]);
/// id-ce-issuingDistributionPoint, 2.5.29.28 (RFC 5280 §5.2.5).
const ISSUING_DISTRIBUTION_POINT: Oid<'static> = Oid::from_contents(&[0x55, 0x1d, 0x1c]);

impl<'a> Crl<'a> {
    /// Reads a CRL in DER: once through all of it.
    ///
    /// ```text
    /// CertificateList ::= SEQUENCE { tbsCertList, signatureAlgorithm, signatureValue BIT STRING }
    /// TBSCertList ::= SEQUENCE {
    ///     version INTEGER OPTIONAL, signature, issuer Name, thisUpdate Time, nextUpdate Time OPTIONAL,
    ///     revokedCertificates SEQUENCE OF SEQUENCE {
    ///         userCertificate INTEGER, revocationDate Time, crlEntryExtensions Extensions OPTIONAL } OPTIONAL,
    ///     crlExtensions [0] EXPLICIT Extensions OPTIONAL }
    /// ```
    ///
    /// # Errors
    ///
    /// Where anything of it, or any entry, is damaged: an entry that cannot be read may be the one that is looked for.
    pub fn from_der(der: &'a [u8]) -> Result<Self, CrlError> {
        let mut outer = Reader::new(der);
        let mut parts = outer.expect(SEQUENCE)?.reader();
        ended(outer)?;
        let tbs = parts.expect(SEQUENCE)?;
        let signature_algorithm = parts.expect(SEQUENCE)?.as_bytes();
        let signature = parts.expect(BIT_STRING)?;
        ended(parts)?;

        let mut fields = tbs.reader();
        if let Some(version) = fields.optional(INTEGER)?
            && version.value() != [1]
        {
            return Err(CrlError::Version { offset: version.value_offset() });
        }
        fields.expect(SEQUENCE)?;
        let issuer = fields.expect(SEQUENCE)?.as_bytes();
        let this_update = read_time(fields.read()?)?;
        let next_update = match fields.peek_tag() {
            Some(UTC_TIME | GENERALIZED_TIME) => Some(read_time(fields.read()?)?),
            _ => None,
        };
        let entries = fields.optional(SEQUENCE)?.map(|entries| entries.reader()).unwrap_or_default();
        let extensions = fields.optional(0xa0)?;
        ended(fields)?;

        let mut crl = Self {
            signed: tbs.as_bytes(),
            signature_algorithm,
            // The count of unused bits, which is 0 for every signature.
            signature: signature
                .value()
                .strip_prefix(&[0])
                .ok_or(CrlError::Value { offset: signature.value_offset() })?,
            issuer,
            this_update,
            next_update,
            entries,
            len: 0,
            key_identifier: None,
            scope: Scope::default(),
            is_beyond_us: false,
        };
        if let Some(explicit) = extensions {
            let mut inner = explicit.reader();
            let list = inner.expect(SEQUENCE)?;
            ended(inner)?;
            crl.read_extensions(list.reader())?;
        }
        let mut rest = entries;
        while !rest.is_empty() {
            Entry::read(rest.expect(SEQUENCE)?)?;
            crl.len = crl.len.saturating_add(1);
        }
        Ok(crl)
    }

    fn read_extensions(&mut self, mut list: Reader<'a>) -> Result<(), CrlError> {
        while !list.is_empty() {
            let extension = Extension::read(list.expect(SEQUENCE)?)?;
            match extension.oid {
                Oid::AUTHORITY_KEY_IDENTIFIER => {
                    let mut fields = extension.sequence()?;
                    self.key_identifier = fields.optional(0x80)?.map(|identifier| identifier.value());
                }
                ISSUING_DISTRIBUTION_POINT => self.scope = Scope::read(extension.sequence()?)?,
                _ => self.is_beyond_us |= extension.critical,
            }
        }
        Ok(())
    }

    /// What the CRL says about a certificate of its issuer, which is looked up by its serial number.
    ///
    /// It answers where the issuer's name is the certificate's to the octet and no key identifier contradicts. "Not revoked" it
    /// says as of its thisUpdate, and only where the certificate lies in its scope: a CRL for one distribution point says
    /// nothing about the certificates of another.
    ///
    /// Not verified are the CRL's signature, and whether there is a newer CRL.
    #[must_use]
    pub fn status_of(&self, tbs: &Tbs<'_>) -> RevocationStatus {
        self.answer(tbs).unwrap_or_else(|why| RevocationStatus::Unknown { why })
    }

    fn answer(&self, tbs: &Tbs<'_>) -> Result<RevocationStatus, NoAnswer> {
        if tbs.issuer().as_bytes() != self.issuer {
            return Err(NoAnswer::OtherIssuer);
        }
        let authority = tbs.authority_key_identifier().map_err(|_| NoAnswer::CertificateDamaged)?;
        if let (Some(ours), Some(theirs)) = (self.key_identifier, authority.and_then(|key| key.key_identifier))
            && ours != theirs
        {
            return Err(NoAnswer::OtherKey);
        }
        // RFC 5280 §5.2: who cannot process a critical extension must not take the CRL's word. An indirect CRL speaks of the
        // certificates of several issuers, and the serial number alone does not tell which.
        if self.is_beyond_us || self.scope.is_indirect {
            return Err(NoAnswer::CriticalExtension);
        }
        let wanted = significant(tbs.serial());
        let mut rest = self.entries;
        while !rest.is_empty() {
            // All of them were read before.
            let entry = rest.expect(SEQUENCE).map_err(CrlError::from).and_then(Entry::read);
            let Ok(entry) = entry else { return Err(NoAnswer::CriticalExtension) };
            if significant(entry.serial) == wanted {
                return entry.status();
            }
        }
        self.scope.check(tbs)?;
        let validity = tbs.validity().map_err(|_| NoAnswer::CertificateDamaged)?;
        if self.this_update > validity.not_after {
            return Err(NoAnswer::AfterItsEnd);
        }
        Ok(RevocationStatus::NotRevoked { as_of: self.this_update })
    }

    /// When it was issued.
    #[must_use]
    pub fn this_update(&self) -> UnixSeconds {
        self.this_update
    }

    /// Until when the next one will be there.
    #[must_use]
    pub fn next_update(&self) -> Option<UnixSeconds> {
        self.next_update
    }

    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The element tbsCertList, which is what is signed.
    #[must_use]
    pub fn signed_octets(&self) -> &'a [u8] {
        self.signed
    }

    /// The element signatureAlgorithm.
    #[must_use]
    pub fn signature_algorithm(&self) -> &'a [u8] {
        self.signature_algorithm
    }

    /// The octets of the signature.
    #[must_use]
    pub fn signature(&self) -> &'a [u8] {
        self.signature
    }
}

struct Entry<'a> {
    serial: &'a [u8],
    at: UnixSeconds,
    reason: CrlReason,
    is_beyond_us: bool,
}

impl<'a> Entry<'a> {
    fn read(element: Tlv<'a>) -> Result<Self, CrlError> {
        let mut fields = element.reader();
        let serial = fields.expect(INTEGER)?;
        if serial.value().is_empty() {
            return Err(CrlError::Value { offset: serial.value_offset() });
        }
        let at = read_time(fields.read()?)?;
        let extensions = fields.optional(SEQUENCE)?;
        ended(fields)?;
        let mut entry = Self { serial: serial.value(), at, reason: CrlReason::UNSPECIFIED, is_beyond_us: false };
        let mut list = extensions.map(|list| list.reader()).unwrap_or_default();
        while !list.is_empty() {
            let extension = Extension::read(list.expect(SEQUENCE)?)?;
            if extension.oid == REASON_CODE {
                let mut value = extension.value;
                let code = value.expect(ENUMERATED)?;
                ended(value)?;
                let &[code] = code.value() else { return Err(CrlError::Value { offset: code.value_offset() }) };
                entry.reason = CrlReason(code);
            } else {
                entry.is_beyond_us |= extension.critical;
            }
        }
        Ok(entry)
    }

    fn status(&self) -> Result<RevocationStatus, NoAnswer> {
        // RFC 5280 §5.3: certificateIssuer, the one that is critical, says that the entry is for another issuer. removeFromCRL
        // has its meaning in delta CRLs only.
        if self.is_beyond_us || self.reason == CrlReason::REMOVE_FROM_CRL {
            return Err(NoAnswer::CriticalExtension);
        }
        Ok(RevocationStatus::Revoked { at: self.at, reason: self.reason })
    }
}

/// Of which certificates a CRL speaks.
#[derive(Debug, Clone, Copy, Default)]
struct Scope<'a> {
    /// Of those with one of these names among their distribution points.
    full_name: Option<Reader<'a>>,
    users_only: bool,
    authorities_only: bool,
    is_indirect: bool,
    /// Only of some reasons, only of attribute certificates, or of a point that is named relative to the issuer.
    is_other: bool,
}

impl<'a> Scope<'a> {
    /// ```text
    /// IssuingDistributionPoint ::= SEQUENCE {
    ///     distributionPoint          [0] DistributionPointName OPTIONAL,
    ///     onlyContainsUserCerts      [1] BOOLEAN DEFAULT FALSE,
    ///     onlyContainsCACerts        [2] BOOLEAN DEFAULT FALSE,
    ///     onlySomeReasons            [3] ReasonFlags OPTIONAL,
    ///     indirectCRL                [4] BOOLEAN DEFAULT FALSE,
    ///     onlyContainsAttributeCerts [5] BOOLEAN DEFAULT FALSE }
    /// DistributionPointName ::= CHOICE { fullName [0] GeneralNames, nameRelativeToCRLIssuer [1] … }
    /// ```
    fn read(mut fields: Reader<'a>) -> Result<Self, CrlError> {
        let mut scope = Self::default();
        if let Some(point) = fields.optional(0xa0)? {
            let mut choice = point.reader();
            match choice.optional(0xa0)? {
                Some(names) => scope.full_name = Some(names.reader()),
                None => {
                    choice.read()?;
                    scope.is_other = true;
                }
            }
            ended(choice)?;
        }
        let is_set = |flag: Option<Tlv<'_>>| flag.is_some_and(|flag| flag.value().iter().any(|&octet| octet != 0));
        scope.users_only = is_set(fields.optional(0x81)?);
        scope.authorities_only = is_set(fields.optional(0x82)?);
        scope.is_other |= fields.optional(0x83)?.is_some();
        scope.is_indirect = is_set(fields.optional(0x84)?);
        scope.is_other |= is_set(fields.optional(0x85)?);
        ended(fields)?;
        if let Some(mut names) = scope.full_name {
            while !names.is_empty() {
                names.read()?;
            }
        }
        Ok(scope)
    }

    /// Whether the certificate would be in the CRL if it were revoked.
    fn check(&self, tbs: &Tbs<'_>) -> Result<(), NoAnswer> {
        if self.is_other {
            return Err(NoAnswer::OutOfScope);
        }
        if self.users_only || self.authorities_only {
            let constraints = tbs.basic_constraints().map_err(|_| NoAnswer::CertificateDamaged)?;
            let is_authority = constraints.is_some_and(|constraints| constraints.ca);
            if (is_authority && self.users_only) || (!is_authority && self.authorities_only) {
                return Err(NoAnswer::OutOfScope);
            }
        }
        let Some(names) = self.full_name else { return Ok(()) };
        let points = tbs.crl_distribution_points().map_err(|_| NoAnswer::CertificateDamaged)?;
        for point in points.into_iter().flatten().take(MOST_POINTS) {
            let point = point.map_err(|_| NoAnswer::CertificateDamaged)?;
            for name in point.full_name().take(MOST_POINTS) {
                let name = name.map_err(|_| NoAnswer::CertificateDamaged)?;
                if name.kind() == GeneralNameKind::UniformResourceIdentifier && has_uri(names, name.value) {
                    return Ok(());
                }
            }
        }
        Err(NoAnswer::OutOfScope)
    }
}

/// Of a certificate's distribution points, and of the names of one or of a CRL.
const MOST_POINTS: usize = 32;

/// Whether one of the names is this URI (RFC 5280 §6.3.3 b 2 i wants them equal).
fn has_uri(mut names: Reader<'_>, uri: &[u8]) -> bool {
    for _ in 0..MOST_POINTS {
        match names.read() {
            Ok(name) if name.tag() == 0x86 && name.value() == uri => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    false
}

struct Extension<'a> {
    oid: Oid<'a>,
    critical: bool,
    /// Of what extnValue holds.
    value: Reader<'a>,
}

impl<'a> Extension<'a> {
    /// `Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }`
    fn read(element: Tlv<'a>) -> Result<Self, CrlError> {
        let mut fields = element.reader();
        let oid = Oid::from_contents(fields.expect(OBJECT_IDENTIFIER)?.value());
        let critical = fields.optional(BOOLEAN)?.is_some_and(|flag| flag.value().iter().any(|&octet| octet != 0));
        let value = fields.expect(OCTET_STRING)?;
        ended(fields)?;
        Ok(Self { oid, critical, value: value.reader() })
    }

    fn sequence(mut self) -> Result<Reader<'a>, CrlError> {
        let sequence = self.value.expect(SEQUENCE)?;
        ended(self.value)?;
        Ok(sequence.reader())
    }
}

fn ended(reader: Reader<'_>) -> Result<(), CrlError> {
    if reader.is_empty() { Ok(()) } else { Err(CrlError::Trailing { offset: reader.offset() }) }
}

/// Without the octets that an INTEGER does not need (X.690 §8.3.2): the same number is the same octets.
fn significant(mut octets: &[u8]) -> &[u8] {
    while let [0x00, 0x00..=0x7f, ..] | [0xff, 0x80..=0xff, ..] = octets {
        octets = octets.get(1..).unwrap_or_default();
    }
    octets
}

/// RFC 5280 §5.1.2.4: `YYMMDDhhmmssZ` with years from 1950 to 2049, or `YYYYMMDDhhmmssZ`.
fn read_time(time: Tlv<'_>) -> Result<UnixSeconds, CrlError> {
    let (century, rest) = match (time.tag(), time.value()) {
        (UTC_TIME, [tens, ..]) => (if *tens >= b'5' { 19 } else { 20 }, Some(time.value())),
        (GENERALIZED_TIME, [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..]) => (pair(*tens, *ones), Some(rest)),
        _ => (0, None),
    };
    let seconds = rest.and_then(|rest| seconds_in_century(century, rest));
    seconds.map(UnixSeconds).ok_or(CrlError::Time { offset: time.offset() })
}

fn seconds_in_century(century: i64, rest: &[u8]) -> Option<i64> {
    let &[y, yy, m, mm, d, dd, h, hh, n, nn, s, ss, b'Z'] = rest else { return None };
    if !rest.iter().take(12).all(u8::is_ascii_digit) {
        return None;
    }
    let year = century.checked_mul(100)?.checked_add(pair(y, yy))?;
    let (month, day, hour, minute, second) = (pair(m, mm), pair(d, dd), pair(h, hh), pair(n, nn), pair(s, ss));
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let midnight = UnixSeconds::from_civil(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)?;
    let second_of_day = hour.checked_mul(3600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?;
    midnight.0.checked_add(second_of_day)
}

/// Of two ASCII digits.
fn pair(tens: u8, ones: u8) -> i64 {
    i64::from((tens & 0x0f).wrapping_mul(10).wrapping_add(ones & 0x0f))
}
