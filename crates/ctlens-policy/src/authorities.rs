use crate::hash::Sha256Hash;
use ctlens_x509::Certificate;
use std::collections::{BTreeMap, BTreeSet};

/// What the caller knows of CAs and a configuration does not: whose they are, and which key a certificate of theirs has.
///
/// A configuration may name an issuer by its owner (`owner = ["Example Trust Services"]`, as in the CCADB) or by a
/// certificate (`certificate_sha256`); both are turned into keys here, once, when the policy is compiled. Nothing is ever
/// decided by a distinguished name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authorities {
    by_owner: BTreeMap<String, BTreeSet<Sha256Hash>>,
    by_certificate: BTreeMap<Sha256Hash, Sha256Hash>,
}

impl Authorities {
    /// Nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// This key (SHA-256 of its SubjectPublicKeyInfo) is one of the owner's.
    pub fn add_key(&mut self, owner: impl Into<String>, key_sha256: Sha256Hash) {
        self.by_owner.entry(owner.into()).or_default().insert(key_sha256);
    }

    /// A certificate of a CA: from now on its hash stands for its key.
    pub fn add_certificate(&mut self, certificate: &Certificate<'_>) {
        let key = Sha256Hash(certificate.tbs().spki().sha256());
        self.by_certificate.insert(Sha256Hash::of(certificate.as_bytes()), key);
    }

    pub(crate) fn key_of(&self, certificate: &Sha256Hash) -> Option<Sha256Hash> {
        self.by_certificate.get(certificate).copied()
    }

    pub(crate) fn keys_of_owner(&self, owner: &str) -> &BTreeSet<Sha256Hash> {
        const NONE: &BTreeSet<Sha256Hash> = &BTreeSet::new();
        self.by_owner.get(owner).unwrap_or(NONE)
    }

    pub(crate) fn owners(&self) -> impl Iterator<Item = &str> {
        self.by_owner.keys().map(String::as_str)
    }
}
