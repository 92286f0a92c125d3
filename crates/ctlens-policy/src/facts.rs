//! What a caller finds out about a certificate and hands in as plain values.

use crate::caa::{CaaAnswer, CaaRecord, CaaVerdict, caa_permits};
use crate::revocation::RevocationStatus;
use ctlens_san::DnsName;
use ctlens_x509::UnixSeconds;
use std::collections::BTreeMap;

/// The CAA records of names, as a resolver gave them, and the names by which one issuer goes in such records.
#[derive(Debug, Clone, Default)]
pub struct CaaFacts {
    /// `None`: no answer.
    answers: BTreeMap<String, Option<Vec<CaaRecord>>>,
    issuer_domains: Vec<String>,
}

/// What a CT policy makes of a certificate and its SCTs, in the words of whoever asked it (`ctlens_sct::CtPolicy`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CtFact {
    /// Whose policy it is, and of when.
    pub policy: String,
    /// Whether the certificate keeps it.
    pub is_compliant: bool,
    /// Why not.
    pub reasons: Vec<String>,
}

/// What is known of the revocation of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevocationFact {
    /// Whether it is revoked.
    pub status: RevocationStatus,
    /// When the CA was told what is wrong with it, if it was.
    pub notice: Option<UnixSeconds>,
}

impl CaaFacts {
    /// No answers yet. `issuer_domains` are the issuer-domain-names of the CA that issued (`letsencrypt.org`), which its
    /// certification practice statement lists; without any, only what nobody may do is certain.
    #[must_use]
    pub fn new<D: Into<String>>(issuer_domains: impl IntoIterator<Item = D>) -> Self {
        Self { answers: BTreeMap::new(), issuer_domains: issuer_domains.into_iter().map(Into::into).collect() }
    }

    /// The records of one name; none, where it has none. The names above it are to be asked for too, up to one that has some.
    pub fn add(&mut self, name: &DnsName, records: Vec<CaaRecord>) {
        self.answers.insert(name.as_str().to_owned(), Some(records));
    }

    /// That there was no answer for a name.
    pub fn add_failure(&mut self, name: &DnsName) {
        self.answers.insert(name.as_str().to_owned(), None);
    }

    /// Whether the issuer may issue for a name: see [`caa_permits`]. What was not added is taken for unanswered.
    #[must_use]
    pub fn verdict(&self, name: &DnsName, is_wildcard: bool) -> CaaVerdict {
        let domains: Vec<&str> = self.issuer_domains.iter().map(String::as_str).collect();
        caa_permits(name, is_wildcard, &domains, |asked| match self.answers.get(asked) {
            Some(Some(records)) => CaaAnswer::Records(records),
            Some(None) | None => CaaAnswer::Failed,
        })
    }
}
