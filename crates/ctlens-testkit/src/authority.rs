//! Certification authorities.

use crate::certificate::CertificateBuilder;
use crate::key::Key;
use crate::name::Name;

/// A certification authority: a name, a key, its own certificate and those above it.
#[derive(Clone, Debug)]
pub struct Ca {
    name: Vec<u8>,
    host: String,
    key: Key,
    chain: Vec<Vec<u8>>,
}

impl Ca {
    /// A root that signs its own certificate; the validity is in Unix seconds, both ends included.
    #[must_use]
    pub fn root(key: Key, name: &Name, not_before: i64, not_after: i64) -> Self {
        let name = name.to_der();
        let mut root = Self { name: name.clone(), host: "ca.example".to_owned(), key, chain: Vec::new() };
        let certificate = CertificateBuilder::authority(root.key.spki_der(), None)
            .serial(&serial(&root.key))
            .validity(not_before, not_after)
            .subject_der(name)
            .certificate(&root);
        root.chain.push(certificate);
        root
    }

    /// An intermediate authority below this one, for end-entity certificates only (path length 0).
    #[must_use]
    pub fn intermediate(&self, key: Key, name: &Name, not_before: i64, not_after: i64) -> Self {
        let builder = CertificateBuilder::authority(key.spki_der(), Some(0)).validity(not_before, not_after);
        self.subordinate(key, name, builder)
    }

    /// A precertificate signing certificate below this one (RFC 6962 §3.1): an authority with the extended key usage
    /// 1.3.6.1.4.1.11129.2.4.4, whose precertificates become certificates of *this* authority.
    #[must_use]
    pub fn precertificate_signer(&self, key: Key, name: &Name, not_before: i64, not_after: i64) -> Self {
        let builder = CertificateBuilder::authority(key.spki_der(), Some(0))
            .extended_key_usage(&["1.3.6.1.4.1.11129.2.4.4"])
            .validity(not_before, not_after);
        self.subordinate(key, name, builder)
    }

    fn subordinate(&self, key: Key, name: &Name, builder: CertificateBuilder) -> Self {
        let certificate = builder.serial(&serial(&key)).subject_der(name.to_der()).certificate(self);
        let chain = [vec![certificate], self.chain.clone()].concat();
        Self { name: name.to_der(), host: self.host.clone(), key, chain }
    }

    /// The same authority, with the host under which its leaves point to its OCSP, issuer and CRL addresses.
    #[must_use]
    pub fn with_host(self, host: &str) -> Self {
        Self { host: host.to_owned(), ..self }
    }

    /// The host of its OCSP, issuer and CRL addresses (`ca.example` unless set).
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The DER of its name: the issuer of what it issues.
    #[must_use]
    pub fn name_der(&self) -> &[u8] {
        &self.name
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Its own certificate, DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        self.chain.first().map_or(&[], Vec::as_slice)
    }

    /// Its own certificate and those above it up to the root: what is submitted to a log after a certificate.
    #[must_use]
    pub fn chain(&self) -> &[Vec<u8>] {
        &self.chain
    }
}

/// Positive whatever the hash begins with (RFC 5280 §4.1.2.2).
fn serial(key: &Key) -> Vec<u8> {
    [&[0x01], &key.spki_sha256()[..15]].concat()
}
