use crate::location::{Location, Part};
use ctlens_x509::{Error, Extension, Oid, Reader, Tbs, Tlv, UnixSeconds, Validity};

const BASIC_CONSTRAINTS: Oid<'static> = Oid::from_contents(&[0x55, 0x1d, 0x13]);
const CERTIFICATE_POLICIES: Oid<'static> = Oid::from_contents(&[0x55, 0x1d, 0x20]);
const EXTENDED_KEY_USAGE: Oid<'static> = Oid::from_contents(&[0x55, 0x1d, 0x25]);

const ANY_EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25, 0x00];
/// id-kp-serverAuth, 1.3.6.1.5.5.7.3.1
const SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
/// BR §7.1.6.1: 2.23.140.1.1 (extended validation) and those below 2.23.140.1.2 (1 domain, 2 organization, 3 individual).
const EXTENDED_VALIDATION: &[u8] = &[0x67, 0x81, 0x0c, 0x01, 0x01];
const BASELINE_REQUIREMENTS: &[u8] = &[0x67, 0x81, 0x0c, 0x01, 0x02];

const BOOLEAN: u8 = 0x01;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// A certificate with what many rules ask of it, found in one walk over its extensions.
///
/// What cannot be read counts as what a rule would rather look at than pass over: no CA, for TLS servers.
pub(crate) struct Subject<'a> {
    pub(crate) tbs: &'a Tbs<'a>,
    pub(crate) validity: Result<Validity, Error>,
    pub(crate) is_ca: bool,
    pub(crate) has_alternative_names: bool,
    /// Damage, where an extension may be.
    pub(crate) damage: Option<Error>,
    /// What the certificate says about purposes; `None` where it says nothing.
    serves_tls: Option<bool>,
    claims_baseline_requirements: bool,
}

impl<'a> Subject<'a> {
    pub(crate) fn new(tbs: &'a Tbs<'a>) -> Self {
        let mut subject = Self {
            tbs,
            validity: tbs.validity(),
            is_ca: false,
            has_alternative_names: false,
            damage: None,
            serves_tls: None,
            claims_baseline_requirements: false,
        };
        for extension in tbs.extensions() {
            match extension {
                Ok(extension) => subject.note(&extension),
                Err(undecodable) => subject.damage = Some(undecodable.error),
            }
        }
        subject
    }

    fn note(&mut self, extension: &Extension<'_>) {
        match extension.oid {
            Oid::SUBJECT_ALT_NAME => self.has_alternative_names = true,
            BASIC_CONSTRAINTS => self.is_ca |= says_ca(extension.value).unwrap_or(false),
            EXTENDED_KEY_USAGE => {
                let serves_tls = names_tls_servers(extension.value).unwrap_or(true);
                self.serves_tls = Some(serves_tls || self.serves_tls == Some(true));
            }
            CERTIFICATE_POLICIES => {
                self.claims_baseline_requirements |= names_baseline_requirements(extension.value).unwrap_or(false);
            }
            _ => {}
        }
    }

    /// Whether the certificate is for TLS servers: its purposes allow it (RFC 5280 §4.2.1.12: without the extension every
    /// purpose is allowed), or it claims to follow the Baseline Requirements.
    pub(crate) fn is_for_tls(&self) -> bool {
        self.serves_tls.unwrap_or(true) || self.claims_baseline_requirements
    }

    pub(crate) fn may_have_alternative_names(&self) -> bool {
        self.has_alternative_names || self.damage.is_some()
    }

    pub(crate) fn not_before(&self) -> Result<UnixSeconds, Error> {
        self.validity.map(|validity| validity.not_before)
    }

    /// The contents octets of the serial number.
    pub(crate) fn serial_location(&self) -> Location {
        locate(Part::SerialNumber, self.field(0))
    }

    /// The contents octets of the validity period: both times.
    pub(crate) fn validity_location(&self) -> Location {
        locate(Part::Validity, self.field(3))
    }

    /// RFC 5280 §4.1: behind the version stand serialNumber (0), signature, issuer, validity (3), ….
    fn field(&self, index: usize) -> Result<Tlv<'a>, Error> {
        let mut fields = Reader::new(self.tbs.as_bytes()).expect(SEQUENCE)?.reader();
        fields.optional(VERSION)?;
        for _ in 0..index {
            fields.read()?;
        }
        fields.read()
    }
}

fn locate(part: Part, field: Result<Tlv<'_>, Error>) -> Location {
    match field {
        Ok(field) => Location::at(part, field.value_offset(), field.value().len()),
        Err(_) => Location::of(part),
    }
}

/// RFC 5280 §4.2.1.9: `BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER OPTIONAL }`
fn says_ca(constraints: &[u8]) -> Result<bool, Error> {
    let ca = Reader::new(constraints).expect(SEQUENCE)?.reader().optional(BOOLEAN)?;
    Ok(ca.is_some_and(|ca| ca.value().iter().any(|&octet| octet != 0)))
}

/// RFC 5280 §4.2.1.12: `ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF KeyPurposeId`. A list of nothing is as good as
/// none.
fn names_tls_servers(purposes: &[u8]) -> Result<bool, Error> {
    let mut purposes = Reader::new(purposes).expect(SEQUENCE)?.reader();
    let mut any = purposes.is_empty();
    while !purposes.is_empty() {
        let purpose = purposes.expect(OBJECT_IDENTIFIER)?;
        any |= matches!(purpose.value(), SERVER_AUTH | ANY_EXTENDED_KEY_USAGE);
    }
    Ok(any)
}

/// RFC 5280 §4.2.1.4: `SEQUENCE SIZE (1..MAX) OF SEQUENCE { policyIdentifier OBJECT IDENTIFIER, … }`
fn names_baseline_requirements(policies: &[u8]) -> Result<bool, Error> {
    let mut policies = Reader::new(policies).expect(SEQUENCE)?.reader();
    let mut any = false;
    while !policies.is_empty() {
        let policy = policies.expect(SEQUENCE)?.reader().expect(OBJECT_IDENTIFIER)?;
        any |= policy.value() == EXTENDED_VALIDATION || policy.value().starts_with(BASELINE_REQUIREMENTS);
    }
    Ok(any)
}
