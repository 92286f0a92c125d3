//! Who trusts an issuer, and whom somebody has stopped trusting.

mod file;

use crate::hash::Sha256Hash;
use ctlens_x509::{UnixSeconds, Validity};
use std::collections::BTreeMap;
use std::fmt;

/// What is known of root programmes, of what they disallow, and of keys that are in wrong hands. Read from a file with
/// [`read`](Self::read).
///
/// Issuers are known by the keys that sign certificates: no chain is built here, so that a view which lists the keys of roots
/// says nothing of the CAs below them.
///
/// Times are compared with a certificate's validity: what was in force in any second of it counts.
#[derive(Debug, Clone, Default)]
pub struct TrustView {
    issuers: BTreeMap<Sha256Hash, Vec<Trust>>,
    disallowed_keys: BTreeMap<Sha256Hash, Vec<TrustEntry>>,
    disallowed_certificates: BTreeMap<Sha256Hash, Vec<TrustEntry>>,
    /// By the issuer's key and the octets of the serial number that count.
    disallowed_serials: BTreeMap<(Sha256Hash, Vec<u8>), Vec<TrustEntry>>,
    compromised_keys: BTreeMap<Sha256Hash, TrustEntry>,
    unlisted_is_untrusted: bool,
}

/// Whose list of roots it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RootProgramme {
    /// Of Microsoft: Windows.
    Microsoft,
    /// Of Mozilla: Firefox, and many systems that take its list.
    Mozilla,
    /// Of Chrome.
    Chrome,
    /// Of Apple: macOS, iOS.
    Apple,
    /// The trust lists of the EU's member states (eIDAS).
    Eu,
    /// Any other.
    Other,
}

/// Who trusts an issuer's key, as far as a [`TrustView`] says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// These do.
    Trusted {
        /// Each once.
        by: Vec<RootProgramme>,
    },
    /// Nobody does: the view says so of this key, or says that it lists every key that anybody trusts.
    Untrusted,
    /// The view does not know the key, so that nothing follows.
    Unlisted,
}

/// Why something is on a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrustEntry {
    pub(crate) id: String,
    pub(crate) reason: String,
    window: Window,
}

#[derive(Debug, Clone)]
struct Trust {
    by: Vec<RootProgramme>,
    window: Window,
}

/// From a first second through a last one; without one, from or for ever.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Window {
    from: Option<UnixSeconds>,
    until: Option<UnixSeconds>,
}

impl Window {
    /// A validity that nobody can read, or that ends before it begins, may be any.
    fn meets(&self, validity: Option<&Validity>) -> bool {
        validity.filter(|validity| validity.not_before <= validity.not_after).is_none_or(|validity| {
            self.from.is_none_or(|from| from <= validity.not_after)
                && self.until.is_none_or(|until| validity.not_before <= until)
        })
    }
}

impl TrustView {
    /// Who trusts an issuer's key in any second of a certificate's validity.
    #[must_use]
    pub fn standing(&self, issuer_key: &Sha256Hash, validity: Option<&Validity>) -> Standing {
        let Some(trusts) = self.issuers.get(issuer_key) else {
            return if self.unlisted_is_untrusted { Standing::Untrusted } else { Standing::Unlisted };
        };
        let in_force = trusts.iter().filter(|trust| trust.window.meets(validity));
        let mut by: Vec<RootProgramme> = in_force.flat_map(|trust| trust.by.iter().copied()).collect();
        by.sort_unstable();
        by.dedup();
        if by.is_empty() { Standing::Untrusted } else { Standing::Trusted { by } }
    }

    /// The lists that disallow a key: an issuer's, or a subject's.
    pub(crate) fn disallowed_key(&self, key: &Sha256Hash, validity: Option<&Validity>) -> Option<&TrustEntry> {
        in_force(self.disallowed_keys.get(key), validity)
    }

    pub(crate) fn disallowed_certificate(
        &self,
        sha256: &Sha256Hash,
        validity: Option<&Validity>,
    ) -> Option<&TrustEntry> {
        in_force(self.disallowed_certificates.get(sha256), validity)
    }

    pub(crate) fn disallowed_serial(
        &self,
        issuer_key: &Sha256Hash,
        serial: &[u8],
        validity: Option<&Validity>,
    ) -> Option<&TrustEntry> {
        if self.disallowed_serials.is_empty() {
            return None;
        }
        in_force(self.disallowed_serials.get(&(*issuer_key, magnitude(serial).to_vec())), validity)
    }

    pub(crate) fn compromised_key(&self, key: &Sha256Hash) -> Option<&TrustEntry> {
        self.compromised_keys.get(key)
    }
}

fn in_force<'v>(entries: Option<&'v Vec<TrustEntry>>, validity: Option<&Validity>) -> Option<&'v TrustEntry> {
    entries?.iter().find(|entry| entry.window.meets(validity))
}

/// Lists write serial numbers with or without the octet that keeps them positive.
fn magnitude(mut serial: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = serial {
        serial = rest;
    }
    serial
}

impl RootProgramme {
    /// The words of files and output.
    const WORDS: [(&'static str, Self); 6] = [
        ("microsoft", Self::Microsoft),
        ("mozilla", Self::Mozilla),
        ("chrome", Self::Chrome),
        ("apple", Self::Apple),
        ("eu", Self::Eu),
        ("other", Self::Other),
    ];

    /// The word that stands for it in files and output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(_, programme)| *programme == self).map_or("other", |(word, _)| word)
    }
}

impl fmt::Display for RootProgramme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
