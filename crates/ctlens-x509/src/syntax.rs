//! The syntax of certificates (RFC 5280 appendix A, RFC 6962 §3), as data for the walk that looks for anomalies.

use crate::oid::Oid;
use crate::text::{IA5_STRING, PRINTABLE_STRING, UTF8_STRING};
use crate::tlv::{
    BIT_STRING, BOOLEAN, GENERALIZED_TIME, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, UTC_TIME,
};

/// What an element is, where the syntax says it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Type {
    /// What its own identifier octet says, and so what is inside.
    Any,
    Boolean,
    Integer,
    Version,
    Serial,
    BitString,
    NamedBits,
    /// A BIT STRING of whole octets.
    Signature,
    OctetString,
    Null,
    ObjectIdentifier,
    Ia5String,
    Time,
    /// 4 or 16 octets.
    Address,
    /// 8 or 32 octets.
    AddressAndMask,
    /// Says what the next [`AttributeValue`](Self::AttributeValue) is.
    AttributeId,
    AttributeValue,
    /// Says what the next [`ExtensionValue`](Self::ExtensionValue) is.
    ExtensionId,
    ExtensionValue,
    /// Says what the next [`Key`](Self::Key) is.
    KeyAlgorithm,
    Key,
    /// One of these.
    GeneralName(&'static [Field]),
    /// Elements in this order; also what is explicitly tagged, a sequence of one.
    Fields(&'static [Field]),
    /// The same, not without any of them.
    SomeFields(&'static [Field]),
    List(List),
}

/// Elements of one kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List {
    pub(crate) of: &'static Field,
    pub(crate) may_be_empty: bool,
    /// Whether it is a SET OF.
    pub(crate) ordered: bool,
}

/// An element of a sequence, or an alternative.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    /// The identifier octets that it may have. None: any.
    tags: &'static [u8],
    pub(crate) kind: Type,
    pub(crate) presence: Presence,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Presence {
    Required,
    Optional,
    /// It should not be there with these contents octets.
    Default(&'static [u8]),
}

impl Field {
    /// Whether an element with this identifier octet is the field. Whether it is constructed is another question.
    pub(crate) fn accepts(&self, tag: u8) -> bool {
        self.tags.is_empty() || self.tags.iter().any(|expected| (expected ^ tag) & !0x20 == 0)
    }
}

const fn required(tags: &'static [u8], kind: Type) -> Field {
    Field { tags, kind, presence: Presence::Required }
}

const fn optional(tags: &'static [u8], kind: Type) -> Field {
    Field { tags, kind, presence: Presence::Optional }
}

const fn defaulted(tags: &'static [u8], kind: Type, contents: &'static [u8]) -> Field {
    Field { tags, kind, presence: Presence::Default(contents) }
}

/// `SIZE (1..MAX) OF`
const fn list(of: &'static Field) -> Type {
    Type::List(List { of, may_be_empty: false, ordered: false })
}

const fn sequence(fields: &'static [Field]) -> Field {
    required(&[SEQUENCE], Type::Fields(fields))
}

const fn some_of(fields: &'static [Field]) -> Field {
    required(&[SEQUENCE], Type::SomeFields(fields))
}

const ANY: Field = required(&[], Type::Any);
const OID: Field = required(&[OBJECT_IDENTIFIER], Type::ObjectIdentifier);
const NUMBER: Field = required(&[INTEGER], Type::Integer);

pub(crate) static CERTIFICATE: [Field; 1] =
    [sequence(&[TBS, required(&[SEQUENCE], ALGORITHM), required(&[BIT_STRING], Type::Signature)])];

pub(crate) static TBS_CERTIFICATE: [Field; 1] = [TBS];

const TBS: Field = sequence(&[
    defaulted(&[0xa0], Type::Fields(&[required(&[INTEGER], Type::Version)]), &[INTEGER, 1, 0]),
    required(&[INTEGER], Type::Serial),
    required(&[SEQUENCE], ALGORITHM),
    // RFC 5280 §4.1.2.4: no issuer without a name.
    required(&[SEQUENCE], list(&RDN)),
    sequence(&[TIME, TIME]),
    required(&[SEQUENCE], NAME),
    sequence(&[
        sequence(&[required(&[OBJECT_IDENTIFIER], Type::KeyAlgorithm), optional(&[], Type::Any)]),
        required(&[BIT_STRING], Type::Key),
    ]),
    optional(&[0x81], Type::BitString),
    optional(&[0x82], Type::BitString),
    optional(&[0xa3], Type::Fields(&[required(&[SEQUENCE], list(&EXTENSION))])),
]);

const ALGORITHM: Type = Type::Fields(&[OID, optional(&[], Type::Any)]);
const TIME: Field = required(&[UTC_TIME, GENERALIZED_TIME], Type::Time);

const NAME: Type = Type::List(List { of: &RDN, may_be_empty: true, ordered: false });
const RDN: Field = required(&[SET], ATTRIBUTES);
const ATTRIBUTES: Type = Type::List(List { of: &ATTRIBUTE, may_be_empty: false, ordered: true });
const ATTRIBUTE: Field =
    sequence(&[required(&[OBJECT_IDENTIFIER], Type::AttributeId), required(&[], Type::AttributeValue)]);

const EXTENSION: Field = sequence(&[
    required(&[OBJECT_IDENTIFIER], Type::ExtensionId),
    defaulted(&[BOOLEAN], Type::Boolean, &[0]),
    required(&[OCTET_STRING], Type::ExtensionValue),
]);

/// What the BIT STRING of an RSA key holds (RFC 8017 appendix A.1.1).
pub(crate) static RSA_KEY: [Field; 1] = [sequence(&[NUMBER, NUMBER])];

/// The kinds of strings that an attribute may have; none: any kind.
pub(crate) fn attribute_value(attribute: Oid<'_>) -> &'static [u8] {
    match *attribute.as_bytes() {
        // X520countryName, X520SerialNumber, X520dnQualifier; jurisdictionCountryName of the EV Guidelines §7.1.4.2.3
        [0x55, 0x04, 6 | 5 | 46] | [0x2b, 6, 1, 4, 1, 0x82, 0x37, 60, 2, 1, 3] => &[PRINTABLE_STRING],
        // emailAddress (1.2.840.113549.1.9.1) and domainComponent (0.9.2342.19200300.100.1.25)
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1] | [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 0x19] => {
            &[IA5_STRING]
        }
        // RFC 5280 §4.1.2.4: of DirectoryString only these two, in certificates that are not to match old ones.
        [0x55, 0x04, 3 | 4 | 7..=13 | 15 | 17 | 41..=44 | 65 | 97]
        | [0x2b, 6, 1, 4, 1, 0x82, 0x37, 60, 2, 1, 1 | 2] => &[PRINTABLE_STRING, UTF8_STRING],
        _ => &[],
    }
}

/// What the OCTET STRING of an extension holds, where it is known.
pub(crate) fn extension_value(extension: Oid<'_>) -> Option<&'static [Field; 1]> {
    Some(match *extension.as_bytes() {
        [0x55, 0x1d, number] => match number {
            14 => &SUBJECT_KEY_IDENTIFIER,
            15 => &KEY_USAGE,
            17 | 18 => &ALT_NAME,
            19 => &BASIC_CONSTRAINTS,
            30 => &NAME_CONSTRAINTS,
            // cRLDistributionPoints and freshestCRL
            31 | 46 => &DISTRIBUTION_POINTS,
            32 => &POLICIES,
            33 => &POLICY_MAPPINGS,
            35 => &AUTHORITY_KEY_IDENTIFIER,
            36 => &POLICY_CONSTRAINTS,
            37 => &PURPOSES,
            54 => &INHIBIT_ANY_POLICY,
            _ => return None,
        },
        // authorityInfoAccess and subjectInfoAccess
        [0x2b, 6, 1, 5, 5, 7, 1, 1 | 11] => &ACCESS_DESCRIPTIONS,
        _ => match extension {
            Oid::SCT_LIST => &SCT_LIST,
            Oid::POISON => &POISON,
            _ => return None,
        },
    })
}

static SUBJECT_KEY_IDENTIFIER: [Field; 1] = [required(&[OCTET_STRING], Type::OctetString)];
static KEY_USAGE: [Field; 1] = [required(&[BIT_STRING], Type::NamedBits)];
static ALT_NAME: [Field; 1] = [required(&[SEQUENCE], GENERAL_NAMES)];
static BASIC_CONSTRAINTS: [Field; 1] =
    [sequence(&[defaulted(&[BOOLEAN], Type::Boolean, &[0]), optional(&[INTEGER], Type::Integer)])];
static NAME_CONSTRAINTS: [Field; 1] = [some_of(&[optional(&[0xa0], SUBTREES), optional(&[0xa1], SUBTREES)])];
static DISTRIBUTION_POINTS: [Field; 1] = [required(&[SEQUENCE], list(&DISTRIBUTION_POINT))];
static POLICIES: [Field; 1] = [required(&[SEQUENCE], list(&POLICY))];
static POLICY_MAPPINGS: [Field; 1] = [required(&[SEQUENCE], list(&sequence(&[OID, OID])))];
static AUTHORITY_KEY_IDENTIFIER: [Field; 1] = [sequence(&[
    optional(&[0x80], Type::OctetString),
    optional(&[0xa1], GENERAL_NAMES),
    optional(&[0x82], Type::Integer),
])];
static POLICY_CONSTRAINTS: [Field; 1] =
    [some_of(&[optional(&[0x80], Type::Integer), optional(&[0x81], Type::Integer)])];
static PURPOSES: [Field; 1] = [required(&[SEQUENCE], list(&OID))];
static INHIBIT_ANY_POLICY: [Field; 1] = [NUMBER];
static ACCESS_DESCRIPTIONS: [Field; 1] =
    [required(&[SEQUENCE], list(&sequence(&[OID, required(&[], Type::GeneralName(&GENERAL_NAME))])))];
/// RFC 6962 §3.3: the value is an OCTET STRING once more, around what is not ASN.1.
static SCT_LIST: [Field; 1] = [required(&[OCTET_STRING], Type::OctetString)];
/// RFC 6962 §3.1
static POISON: [Field; 1] = [required(&[0x05], Type::Null)];

const GENERAL_NAMES: Type = list(&required(&[], Type::GeneralName(&GENERAL_NAME)));
const GENERAL_NAME: [Field; 9] = general_name(Type::Address);
const SUBTREE_BASE: [Field; 9] = general_name(Type::AddressAndMask);

/// RFC 5280 §4.2.1.6
const fn general_name(address: Type) -> [Field; 9] {
    [
        required(&[0xa0], OTHER_NAME),
        required(&[0x81], Type::Ia5String),
        required(&[0x82], Type::Ia5String),
        required(&[0xa3], Type::Any),
        required(&[0xa4], DIRECTORY_NAME),
        required(&[0xa5], Type::Any),
        required(&[0x86], Type::Ia5String),
        required(&[0x87], address),
        required(&[0x88], Type::ObjectIdentifier),
    ]
}

const OTHER_NAME: Type = Type::Fields(&[OID, required(&[0xa0], Type::Fields(&[ANY]))]);
const DIRECTORY_NAME: Type = Type::Fields(&[required(&[SEQUENCE], NAME)]);

const SUBTREES: Type = list(&sequence(&[
    required(&[], Type::GeneralName(&SUBTREE_BASE)),
    defaulted(&[0x80], Type::Integer, &[0]),
    optional(&[0x81], Type::Integer),
]));

const DISTRIBUTION_POINT: Field = some_of(&[
    optional(&[0xa0], Type::SomeFields(&[optional(&[0xa0], GENERAL_NAMES), optional(&[0xa1], ATTRIBUTES)])),
    optional(&[0x81], Type::NamedBits),
    optional(&[0xa2], GENERAL_NAMES),
]);

const POLICY: Field = sequence(&[OID, optional(&[SEQUENCE], list(&sequence(&[OID, ANY])))]);
