use ctlens_x509::GeneralNameKind;
use std::fmt;

/// Where in a certificate something is: the part, and the octets if there are any.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Location {
    /// Which part.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub part: Part,
    /// Which octets: the contents of the part, without its identifier and length. `None` where it is not there, or cannot
    /// be told.
    pub octets: Option<OctetRange>,
}

/// A run of octets in a TBS certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OctetRange {
    /// Where the run begins, in octets from the start of the TBS certificate.
    pub offset: usize,
    /// How long it is, in octets.
    pub length: usize,
}

/// A part of a certificate (RFC 5280 §4.1, §4.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "part", rename_all = "camelCase"))]
#[non_exhaustive]
pub enum Part {
    /// The TBS certificate as a whole.
    TbsCertificate,
    /// The serial number.
    SerialNumber,
    /// The validity period.
    Validity,
    /// The issuer's name.
    Issuer,
    /// The subject's name.
    Subject,
    /// A common name in the subject.
    CommonName {
        /// Its place among the common names of the subject, from 0.
        index: usize,
    },
    /// The subject's public key.
    SubjectPublicKeyInfo,
    /// An extension.
    Extension {
        /// Its type in dotted decimal.
        oid: String,
    },
    /// An entry of a subject alternative name.
    SubjectAltName {
        /// Its place among the names of all SAN extensions of the certificate, from 0.
        index: usize,
        /// Its type.
        kind: GeneralNameKind,
    },
}

impl Location {
    /// A part as a whole, or one that is not there.
    #[must_use]
    pub fn of(part: Part) -> Self {
        Self { part, octets: None }
    }

    /// Octets in a part: where they begin, counted from the start of the TBS certificate, and how many they are.
    #[must_use]
    pub fn at(part: Part, offset: usize, length: usize) -> Self {
        Self { part, octets: Some(OctetRange { offset, length }) }
    }
}

/// `subjectAltName[2].iPAddress (4 octets at 310)`
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.part)?;
        match self.octets {
            Some(OctetRange { offset, length }) => write!(f, " ({length} octets at {offset})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TbsCertificate => f.write_str("tbsCertificate"),
            Self::SerialNumber => f.write_str("serialNumber"),
            Self::Validity => f.write_str("validity"),
            Self::Issuer => f.write_str("issuer"),
            Self::Subject => f.write_str("subject"),
            Self::CommonName { index } => write!(f, "subject.commonName[{index}]"),
            Self::SubjectPublicKeyInfo => f.write_str("subjectPublicKeyInfo"),
            Self::Extension { oid } => write!(f, "extension {oid}"),
            Self::SubjectAltName { index, kind } => write!(f, "subjectAltName[{index}].{}", name_of(*kind)),
        }
    }
}

/// The names of RFC 5280 §4.2.1.6.
fn name_of(kind: GeneralNameKind) -> &'static str {
    match kind {
        GeneralNameKind::OtherName => "otherName",
        GeneralNameKind::Rfc822Name => "rfc822Name",
        GeneralNameKind::DnsName => "dNSName",
        GeneralNameKind::X400Address => "x400Address",
        GeneralNameKind::DirectoryName => "directoryName",
        GeneralNameKind::EdiPartyName => "ediPartyName",
        GeneralNameKind::UniformResourceIdentifier => "uniformResourceIdentifier",
        GeneralNameKind::IpAddress => "iPAddress",
        GeneralNameKind::RegisteredId => "registeredID",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_words() {
        let name = Part::SubjectAltName { index: 2, kind: GeneralNameKind::IpAddress };
        assert_eq!(Location::at(name, 310, 4).to_string(), "subjectAltName[2].iPAddress (4 octets at 310)");
        assert_eq!(Location::of(Part::Validity).to_string(), "validity");
        assert_eq!(Part::Extension { oid: "2.5.29.17".into() }.to_string(), "extension 2.5.29.17");
    }

    #[cfg(feature = "serde")]
    #[test]
    fn in_json() {
        let name = Part::SubjectAltName { index: 2, kind: GeneralNameKind::IpAddress };
        for (location, json) in [
            (
                Location::at(name, 310, 4),
                r#"{"part":"subjectAltName","index":2,"kind":"iPAddress","octets":{"offset":310,"length":4}}"#,
            ),
            (Location::of(Part::SerialNumber), r#"{"part":"serialNumber","octets":null}"#),
            (
                Location::of(Part::Extension { oid: "2.5.29.17".into() }),
                r#"{"part":"extension","oid":"2.5.29.17","octets":null}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&location).unwrap(), json);
            assert_eq!(serde_json::from_str::<Location>(json).unwrap(), location);
        }
    }
}
