//! Certificates, precertificates and the precertificate's TBS, all from the same fields.

use crate::authority::Ca;
use crate::der;
use crate::name::Name;
use crate::tree::sha256;

/// Builds certificates with any content, right or wrong.
///
/// Extensions are written in the order of the calls. The precertificate's poison and the certificate's SCT list stand
/// where [`CertificateBuilder::transparency_here`] was called, otherwise at the end.
#[derive(Clone, Debug)]
pub struct CertificateBuilder {
    version: Option<u8>,
    serial: Vec<u8>,
    issuer: Option<Vec<u8>>,
    validity: Vec<u8>,
    subject: Vec<u8>,
    spki: Vec<u8>,
    names: Vec<u8>,
    names_critical: bool,
    slots: Vec<Slot>,
}

/// One extension's place, as far as it is known before an authority signs.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Slot {
    Extension(Vec<u8>),
    Names,
    AuthorityKeyIdentifier,
    AuthorityInformationAccess,
    CrlDistributionPoints,
    Transparency,
}

/// What stands in the place of the poison and the SCT list.
#[derive(Clone, Copy)]
enum Transparency<'a> {
    Nothing,
    Poison,
    SctList(&'a [u8]),
}

impl CertificateBuilder {
    /// A version 3 certificate for this public key without any extension.
    #[must_use]
    pub fn bare(spki: &[u8]) -> Self {
        Self {
            version: Some(2),
            serial: vec![1],
            issuer: None,
            validity: Vec::new(),
            subject: Name::new().to_der(),
            spki: spki.to_vec(),
            names: Vec::new(),
            names_critical: false,
            slots: Vec::new(),
        }
        .validity(0, 0)
    }

    /// A server's certificate with the extensions that CAs put in today, in the order of one of the largest: key usage,
    /// extended key usage, basic constraints, key identifiers, authority information access, names, policy
    /// (domain validated), CRL, SCT list.
    #[must_use]
    pub fn leaf(spki: &[u8]) -> Self {
        Self::leaf_with_policy(spki, "2.23.140.1.2.1")
    }

    /// [`CertificateBuilder::leaf`] under another policy (dotted OID; 2.23.140.1.2.2 is organisation validated).
    #[must_use]
    pub fn leaf_with_policy(spki: &[u8], policy: &str) -> Self {
        let mut leaf = Self::bare(spki)
            .key_usage(&[0])
            .extended_key_usage(&["1.3.6.1.5.5.7.3.1"])
            .extension("2.5.29.19", true, &der::sequence::<&[u8]>(&[]))
            .subject_key_identifier()
            .slot(Slot::AuthorityKeyIdentifier)
            .slot(Slot::AuthorityInformationAccess)
            .slot(Slot::Names)
            .policy(policy)
            .slot(Slot::CrlDistributionPoints);
        // RFC 5280 §4.2.1.6: critical if the subject is empty, which it is until set.
        leaf.names_critical = true;
        leaf
    }

    /// A CA's certificate: basic constraints, key usage (certificates and CRLs), key identifiers.
    #[must_use]
    pub fn authority(spki: &[u8], path_length: Option<u8>) -> Self {
        let path_length = path_length.map(|length| der::integer(&[length]));
        let constraints: Vec<Vec<u8>> = [Some(der::boolean(true)), path_length].into_iter().flatten().collect();
        Self::bare(spki)
            .extension("2.5.29.19", true, &der::sequence(&constraints))
            .key_usage(&[5, 6])
            .subject_key_identifier()
            .slot(Slot::AuthorityKeyIdentifier)
    }

    /// Sets the version number as encoded (2 is version 3), or leaves the field out (version 1).
    #[must_use]
    pub fn version(self, version: Option<u8>) -> Self {
        Self { version, ..self }
    }

    /// Sets the content octets of the serial number's INTEGER, as they are.
    #[must_use]
    pub fn serial(self, octets: &[u8]) -> Self {
        Self { serial: octets.to_vec(), ..self }
    }

    /// Sets another issuer than the name of the authority that signs, DER.
    #[must_use]
    pub fn issuer_der(self, name: Vec<u8>) -> Self {
        Self { issuer: Some(name), ..self }
    }

    /// Sets the validity in Unix seconds, both ends included.
    #[must_use]
    pub fn validity(self, not_before: i64, not_after: i64) -> Self {
        self.validity_der(der::sequence(&[der::time(not_before), der::time(not_after)]))
    }

    /// Sets the Validity element as it is.
    #[must_use]
    pub fn validity_der(self, validity: Vec<u8>) -> Self {
        Self { validity, ..self }
    }

    /// Sets the subject.
    #[must_use]
    pub fn subject(self, name: &Name) -> Self {
        self.subject_der(name.to_der())
    }

    /// Sets the subject's element as it is. An empty name makes the names extension critical, any other does not.
    #[must_use]
    pub fn subject_der(self, name: Vec<u8>) -> Self {
        let names_critical = name == Name::new().to_der();
        Self { subject: name, names_critical, ..self }
    }

    /// Adds a dNSName of any octets.
    #[must_use]
    pub fn dns(self, name: impl AsRef<[u8]>) -> Self {
        self.general_name(0x82, name.as_ref())
    }

    /// Adds an iPAddress of any octets; 4 or 16 make an address.
    #[must_use]
    pub fn ip(self, octets: impl AsRef<[u8]>) -> Self {
        self.general_name(0x87, octets.as_ref())
    }

    /// Adds a GeneralName with any tag octet (`82` dNSName, `87` iPAddress, `a4` directoryName, …) and content.
    #[must_use]
    pub fn general_name(self, tag: u8, content: &[u8]) -> Self {
        self.general_name_der(&der::tlv(tag, content))
    }

    /// Adds a GeneralName as it is.
    #[must_use]
    pub fn general_name_der(self, element: &[u8]) -> Self {
        let mut builder = if self.slots.contains(&Slot::Names) { self } else { self.slot(Slot::Names) };
        builder.names.extend_from_slice(element);
        builder
    }

    /// Adds keyUsage with these bits (0 digitalSignature, 2 keyEncipherment, 5 keyCertSign, 6 cRLSign), critical.
    #[must_use]
    pub fn key_usage(self, bits: &[u8]) -> Self {
        self.extension("2.5.29.15", true, &der::named_bits(bits))
    }

    /// Adds extKeyUsage with these purposes (dotted OIDs).
    #[must_use]
    pub fn extended_key_usage(self, purposes: &[&str]) -> Self {
        let purposes: Vec<Vec<u8>> = purposes.iter().map(|purpose| der::oid(purpose)).collect();
        self.extension("2.5.29.37", false, &der::sequence(&purposes))
    }

    /// Adds certificatePolicies with one policy (dotted OID).
    #[must_use]
    pub fn policy(self, policy: &str) -> Self {
        self.extension("2.5.29.32", false, &der::sequence(&[der::sequence(&[der::oid(policy)])]))
    }

    /// Adds subjectKeyIdentifier.
    #[must_use]
    pub fn subject_key_identifier(self) -> Self {
        let identifier = der::octet_string(&key_identifier(&self.spki));
        self.extension("2.5.29.14", false, &identifier)
    }

    /// Adds an extension: dotted OID, critical or not, and what extnValue's OCTET STRING contains.
    #[must_use]
    pub fn extension(self, oid: &str, critical: bool, value: &[u8]) -> Self {
        self.extension_der(extension(oid, critical, value))
    }

    /// Adds an Extension element as it is.
    #[must_use]
    pub fn extension_der(self, element: Vec<u8>) -> Self {
        self.slot(Slot::Extension(element))
    }

    /// Puts the poison and the SCT list after the extensions so far.
    #[must_use]
    pub fn transparency_here(self) -> Self {
        self.slot(Slot::Transparency)
    }

    fn slot(mut self, slot: Slot) -> Self {
        self.slots.push(slot);
        self
    }

    /// The certificate without SCTs, DER.
    #[must_use]
    pub fn certificate(&self, ca: &Ca) -> Vec<u8> {
        sign(self.tbs(ca, Transparency::Nothing), ca)
    }

    /// The precertificate, DER: with the poison extension (RFC 6962 §3.1), signed by `signer`, which is the CA or its
    /// precertificate signer.
    #[must_use]
    pub fn precertificate(&self, signer: &Ca) -> Vec<u8> {
        sign(self.tbs(signer, Transparency::Poison), signer)
    }

    /// The TBSCertificate of the certificate without poison and SCT list: what a log signs for the precertificate
    /// (RFC 6962 §3.2). It is written from the fields, not cut out of a certificate.
    ///
    /// Where no other extension is left the field `extensions` is left out; the standard does not say whether it is.
    #[must_use]
    pub fn precert_tbs(&self, ca: &Ca) -> Vec<u8> {
        self.tbs(ca, Transparency::Nothing)
    }

    /// The certificate with an SCT list extension, DER. `list` is what the extension's OCTET STRING contains: the DER
    /// OCTET STRING of [`sct_list_value`](crate::sct_list_value), or anything else.
    #[must_use]
    pub fn certificate_with_scts(&self, ca: &Ca, list: &[u8]) -> Vec<u8> {
        sign(self.tbs(ca, Transparency::SctList(list)), ca)
    }

    /// RFC 5280 §4.1.
    fn tbs(&self, ca: &Ca, transparency: Transparency<'_>) -> Vec<u8> {
        let version = self.version.map(|version| der::explicit(0, &[der::integer(&[version])]));
        let extensions = self.extensions(ca, transparency);
        let extensions = (!extensions.is_empty()).then(|| der::explicit(3, &[der::sequence(&extensions)]));
        der::sequence(&[
            version.unwrap_or_default(),
            der::integer(&self.serial),
            ecdsa_with_sha256(),
            self.issuer.clone().unwrap_or_else(|| ca.name_der().to_vec()),
            self.validity.clone(),
            self.subject.clone(),
            self.spki.clone(),
            extensions.unwrap_or_default(),
        ])
    }

    fn extensions(&self, ca: &Ca, transparency: Transparency<'_>) -> Vec<Vec<u8>> {
        let at_the_end = (!self.slots.contains(&Slot::Transparency)).then_some(&Slot::Transparency);
        self.slots.iter().chain(at_the_end).filter_map(|slot| self.write_slot(slot, ca, transparency)).collect()
    }

    fn write_slot(&self, slot: &Slot, ca: &Ca, transparency: Transparency<'_>) -> Option<Vec<u8>> {
        Some(match slot {
            Slot::Extension(element) => element.clone(),
            Slot::Names if self.names.is_empty() => return None,
            Slot::Names => extension("2.5.29.17", self.names_critical, &der::tlv(der::SEQUENCE, &self.names)),
            Slot::AuthorityKeyIdentifier => {
                let identifier = der::implicit(0, &key_identifier(ca.key().spki_der()));
                extension("2.5.29.35", false, &der::sequence(&[identifier]))
            }
            Slot::AuthorityInformationAccess => {
                let access = |method, path| {
                    let location = der::implicit(6, format!("http://{}/{path}", ca.host()).as_bytes());
                    der::sequence(&[der::oid(method), location])
                };
                let accesses = [access("1.3.6.1.5.5.7.48.1", "ocsp"), access("1.3.6.1.5.5.7.48.2", "issuer.cer")];
                extension("1.3.6.1.5.5.7.1.1", false, &der::sequence(&accesses))
            }
            Slot::CrlDistributionPoints => {
                let location = der::implicit(6, format!("http://{}/issuer.crl", ca.host()).as_bytes());
                // DistributionPoint { [0] { fullName [0] { [6] uri } } }
                let point = der::sequence(&[der::explicit(0, &[der::explicit(0, &[location])])]);
                extension("2.5.29.31", false, &der::sequence(&[point]))
            }
            Slot::Transparency => match transparency {
                Transparency::Nothing => return None,
                // RFC 6962 §3.1: critical, and extnValue contains ASN.1 NULL.
                Transparency::Poison => extension("1.3.6.1.4.1.11129.2.4.3", true, &der::null()),
                Transparency::SctList(list) => extension("1.3.6.1.4.1.11129.2.4.2", false, list),
            },
        })
    }
}

/// Signs a TBSCertificate, whatever it is, with the authority's key: a certificate.
fn sign(tbs: Vec<u8>, ca: &Ca) -> Vec<u8> {
    let signature = der::bit_string(&ca.key().sign(&tbs));
    der::sequence(&[tbs, ecdsa_with_sha256(), signature])
}

fn extension(oid: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    // X.690 §11.5: a value equal to its DEFAULT (critical FALSE) is not encoded.
    let critical = if critical { der::boolean(true) } else { Vec::new() };
    der::sequence(&[der::oid(oid), critical, der::octet_string(value)])
}

fn ecdsa_with_sha256() -> Vec<u8> {
    der::sequence(&[der::oid("1.2.840.10045.4.3.2")])
}

/// RFC 5280 §4.2.1.2 leaves the method open: here the first 160 bits of SHA-256 over the SubjectPublicKeyInfo.
fn key_identifier(spki: &[u8]) -> [u8; 20] {
    let hash = sha256(spki);
    std::array::from_fn(|i| hash[i])
}
