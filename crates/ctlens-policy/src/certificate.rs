use crate::hash::Sha256Hash;
use crate::text::{hex, printable, quoted, shorten};
use crate::time;
use ctlens_x509::{GeneralNameKind, Name, Tbs, UnixSeconds};
use serde::{Deserialize, Serialize};

/// What a person or a machine recognises a certificate by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CertificateFacts {
    /// SHA-256 of the TBS certificate that logs sign (RFC 6962 §3.2), which a precertificate and its certificate share; of the
    /// octets as they are where it cannot be told.
    pub tbs_sha256: Sha256Hash,
    /// SHA-256 of the subject's SubjectPublicKeyInfo.
    pub spki_sha256: Option<Sha256Hash>,
    /// The contents octets of the serial number in hexadecimal.
    pub serial: Option<String>,
    /// The first common name of the subject.
    pub subject_cn: Option<String>,
    /// Who the certificate says issued it, attribute by attribute: `C=HR, O=…, CN=…`. Anybody can write any name there, so
    /// nothing is ever decided by it.
    pub claimed_issuer: Option<String>,
    /// The first second of the validity period.
    #[serde(with = "time::optional_seconds")]
    pub not_before: Option<UnixSeconds>,
    /// The last second of the validity period.
    #[serde(with = "time::optional_seconds")]
    pub not_after: Option<UnixSeconds>,
    /// The names and addresses of the SAN, at most [`CertificateFacts::MOST_NAMES`].
    pub names: Vec<String>,
    /// How many there are.
    pub names_total: usize,
}

impl CertificateFacts {
    /// How many names are shown.
    pub const MOST_NAMES: usize = 32;
    const LONGEST_TEXT: usize = 256;

    /// Of a TBS certificate.
    #[must_use]
    pub fn of(tbs: &Tbs<'_>) -> Self {
        let validity = tbs.validity().ok();
        let common_name = tbs.common_names().find_map(Result::ok);
        let mut names = Vec::new();
        let mut names_total = 0_usize;
        for name in tbs.names() {
            names_total = names_total.saturating_add(1);
            if names.len() >= Self::MOST_NAMES {
                continue;
            }
            let text = match name {
                Ok(name) => shown_name(name.kind(), name.value),
                Err(undecodable) => format!("({undecodable})"),
            };
            names.push(shorten(&text, Self::LONGEST_TEXT));
        }
        Self {
            tbs_sha256: tbs_sha256(tbs),
            spki_sha256: Some(Sha256Hash(tbs.spki().sha256())),
            serial: Some(shorten(&hex(tbs.serial()), Self::LONGEST_TEXT)),
            claimed_issuer: Some(shorten(&shown_distinguished_name(tbs.issuer()), Self::LONGEST_TEXT)),
            subject_cn: common_name.map(|name| shorten(&printable(name.value), Self::LONGEST_TEXT)),
            not_before: validity.map(|validity| validity.not_before),
            not_after: validity.map(|validity| validity.not_after),
            names,
            names_total,
        }
    }

    /// Of octets that are no TBS certificate.
    pub(crate) fn of_unparsable(octets: &[u8]) -> Self {
        Self {
            tbs_sha256: Sha256Hash::of(octets),
            spki_sha256: None,
            serial: None,
            subject_cn: None,
            claimed_issuer: None,
            not_before: None,
            not_after: None,
            names: Vec::new(),
            names_total: 0,
        }
    }
}

/// What makes one issuance of a precertificate, its certificate and all their copies.
pub(crate) fn tbs_sha256(tbs: &Tbs<'_>) -> Sha256Hash {
    Sha256Hash(tbs.precert_tbs().map_or_else(|_| tbs.sha256(), |precert| precert.sha256()))
}

/// A name as people write it.
pub(crate) fn shown_name(kind: GeneralNameKind, octets: &[u8]) -> String {
    match (kind, kind.address(octets)) {
        (_, Some(address)) => address.to_string(),
        (GeneralNameKind::IpAddress, None) => format!("#{}", hex(octets)),
        _ => printable(octets),
    }
}

/// The text of a name in a sentence: in quotes, lest it read as part of the sentence, unless it is an address.
pub(crate) fn quoted_name(kind: GeneralNameKind, octets: &[u8], text: &str) -> String {
    if kind.address(octets).is_some() { text.to_owned() } else { quoted(text) }
}

/// The attributes in their order, with the short names of RFC 4514 §3 where there is one.
fn shown_distinguished_name(name: Name<'_>) -> String {
    let mut shown = String::new();
    let mut attributes = name.attributes();
    for attribute in attributes.by_ref().take(CertificateFacts::MOST_NAMES) {
        if !shown.is_empty() {
            shown.push_str(", ");
        }
        match attribute {
            Ok(attribute) => {
                match attribute.oid.as_bytes() {
                    [0x55, 0x04, 0x03] => shown.push_str("CN"),
                    [0x55, 0x04, 0x06] => shown.push('C'),
                    [0x55, 0x04, 0x07] => shown.push('L'),
                    [0x55, 0x04, 0x08] => shown.push_str("ST"),
                    [0x55, 0x04, 0x0a] => shown.push('O'),
                    [0x55, 0x04, 0x0b] => shown.push_str("OU"),
                    _ => shown.push_str(&attribute.oid.to_string()),
                }
                shown.push('=');
                shown.push_str(&printable(attribute.value));
            }
            Err(undecodable) => shown.push_str(&format!("({undecodable})")),
        }
    }
    match attributes.count() {
        0 => shown,
        more => format!("{shown}, and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctlens_testkit::{Ca, CertificateBuilder, Key, Name as SubjectName};
    use ctlens_x509::Certificate;

    fn claimed_issuer(issuer: &SubjectName) -> Option<String> {
        let ca = Ca::root(Key::new(1, "ca"), issuer, 0, 1);
        let der = CertificateBuilder::leaf(Key::new(2, "leaf").spki_der()).certificate(&ca);
        CertificateFacts::of(Certificate::from_der(&der).unwrap().tbs()).claimed_issuer
    }

    #[test]
    fn distinguished_names() {
        let fina = SubjectName::new().country("HR").organization("Financijska agencija").common_name("Fina RDC 2020");
        assert_eq!(claimed_issuer(&fina).as_deref(), Some("C=HR, O=Financijska agencija, CN=Fina RDC 2020"));
        let odd = SubjectName::new().attribute("2.5.4.97", 0x0c, b"VATHR-1").common_name("a\", O=b\n");
        assert_eq!(claimed_issuer(&odd).as_deref(), Some(r#"2.5.4.97=VATHR-1, CN=a\", O=b\n"#));
        assert_eq!(claimed_issuer(&SubjectName::new()).as_deref(), Some(""));
    }

    /// What is not shown is counted.
    #[test]
    fn long_distinguished_names() {
        let of = |attributes| (0..attributes).fold(SubjectName::new(), |name, _| name.country("HR"));
        let shown = |attributes| vec!["C=HR"; attributes].join(", ");
        assert_eq!(claimed_issuer(&of(32)), Some(shown(32)));
        assert_eq!(claimed_issuer(&of(33)), Some(format!("{}, and 1 more", shown(32))));
        assert_eq!(claimed_issuer(&of(100)), Some(format!("{}, and 68 more", shown(32))));
        let long = SubjectName::new().organization(&"o".repeat(300));
        assert_eq!(claimed_issuer(&long), Some(format!("O={}…", "o".repeat(254))));
    }
}
