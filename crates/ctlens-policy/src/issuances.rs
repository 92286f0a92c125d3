mod snapshot;

use crate::attribution::IssuerAttribution;
use crate::certificate::{CertificateFacts, tbs_sha256};
use crate::consent::Consent;
use crate::context::Context;
use crate::evidence::SignedCertificate;
use crate::finding::Finding;
use crate::hash::Sha256Hash;
use crate::issuance_revocation::IssuanceRevocation;
use crate::policy::Policy;
use crate::text::{quoted, visible};
use crate::time;
use crate::verdict::Verdict;
use ctlens_x509::{Error, Tbs};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Gathers what logs say and makes one issuance of a precertificate, its certificate, and every copy in every log.
///
/// Holds only certificates that concern an asset, once each, and where they were seen. The order of observation does not
/// matter: a certificate that was seen before its precertificate takes the issuer's key from it all the same, if both are in
/// one log or the precertificate's signature was checked. Only what is beyond a limit, and concerns no asset, is held from
/// there on: copies that came before are not shown, and nothing that is found depends on them.
///
/// Nothing is dropped before somebody says so: each holds the octets of its TBS certificate once (of what cannot be read some
/// 300 octets), and some 300 octets for each entry in which it was seen. A log can hold any number of entries that cannot be
/// read, so whoever runs for long settles, delivers, and [forgets](Self::forget): those that cannot be read at once, others when
/// no more copies are to be expected. With serde it is saved and restored as it is.
#[derive(Debug, Clone, Default)]
pub struct Issuances {
    by_tbs: BTreeMap<Sha256Hash, Kept>,
}

/// Where a certificate was seen, and what is known about it from there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// What people call the log: its description or its submission prefix.
    pub log: String,
    /// The log's id (RFC 6962 §3.2), where it is known.
    pub log_id: Option<Sha256Hash>,
    /// The entry's index in the log.
    pub index: u64,
    /// The entry's timestamp in Unix milliseconds (in JSON: RFC 3339).
    #[serde(rename = "timestamp", with = "time::millis")]
    pub timestamp_ms: u64,
    /// What was logged.
    pub entry: EntryKind,
    /// Who issued it, as far as this entry shows.
    #[serde(flatten)]
    pub issuer: IssuerAttribution,
    /// Whether the entry lies under a tree head that the log signed. Where it does not, an issuer that is leaf-bound or folded
    /// is taken for claimed, and satisfies no grant. One that is signature checked stays: who has the issuer's signature has
    /// a genuine certificate, logged or not.
    pub verified: bool,
}

/// What an entry of a log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EntryKind {
    /// `x509_entry`.
    Certificate,
    /// `precert_entry`.
    Precertificate,
}

/// One issuance with all that is known about it, and what the policy says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Issuance {
    /// What was issued.
    pub certificate: CertificateFacts,
    /// Who issued it: one, unless logs contradict each other, or one of them has a certificate whose issuer nothing proves.
    /// The strongest evidence first, at most [`Issuance::MOST_ISSUERS`].
    pub issuers: Vec<IssuerAttribution>,
    /// How many there are. Where they are more than are shown, the others were not judged, and a finding says so.
    pub issuers_total: usize,
    /// Where it was seen: each entry once, in the order of log and index, at most [`Issuance::MOST_SEEN`].
    pub seen: Vec<Observation>,
    /// At how many places.
    pub seen_total: usize,
    /// The certificates as they were signed, with their SCTs, as far as they were [attached](Issuances::attach): in the order
    /// of their hashes, at most [`Issuance::MOST_SIGNED`].
    pub signed: Vec<SignedCertificate>,
    /// How many there are.
    pub signed_total: usize,
    /// What the policy says. Where there are several issuers, all that it says about any of them, each finding once and with
    /// those whom it is [about](Finding::issuers): undecidable if that is so for one of them, and quiet if it is for all.
    pub verdict: Verdict,
    /// Whether it is revoked, and by when it has to be. `None` where the context that it was settled in does not say.
    pub revocation: Option<IssuanceRevocation>,
    /// Who stands for the grants by which it is expected.
    pub consents: Vec<Consent>,
    /// SHA-256 of the policy's text.
    pub policy_sha256: Sha256Hash,
    pub(crate) verified: bool,
}

#[derive(Debug, Clone)]
struct Kept {
    content: Content,
    /// By log, index and proven key: an entry that is seen twice is one, unless a log says two things about it.
    seen: BTreeMap<(String, u64, Option<Sha256Hash>), Observation>,
    /// By SHA-256.
    signed: BTreeMap<Sha256Hash, SignedCertificate>,
}

#[derive(Debug, Clone)]
enum Content {
    /// The TBS certificate that logs sign.
    Tbs(Box<[u8]>),
    /// Octets that are no TBS certificate: how many, and why.
    Unparsable { length: usize, why: String, facts: Box<CertificateFacts> },
}

impl Issuances {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a certificate, or what of it stands in a log, if it concerns an asset or a denial, or may, or is beyond a limit
    /// on its issuer, or a copy of it is held already: then the hash that it is kept under is returned, and `seen` is asked
    /// where it was seen and who issued it.
    ///
    /// Where octets [trail](Tbs::trailing) the TBS certificate, it is kept as
    /// [`observe_unparsable`](Self::observe_unparsable) does.
    ///
    /// Anything else costs the look-up in the watch list and no allocation. Where the policy has limits on issuers, `seen` is
    /// asked for every certificate, since any may be by such an issuer. A caller who has the issuer at hand, and to whom the
    /// rest of an observation is dear, asks [`Policy::concerns_issued`] first, which allocates nothing for an issuer without
    /// limits.
    pub fn observe(
        &mut self,
        policy: &Policy,
        tbs: &Tbs<'_>,
        seen: impl FnOnce() -> Observation,
    ) -> Option<Sha256Hash> {
        if let Err(why) = tbs.check_end() {
            return Some(self.observe_unparsable(&[tbs.as_bytes(), tbs.trailing()].concat(), why, seen()));
        }
        let seen = if policy.concerns(tbs) {
            seen()
        } else {
            // Who issued matters only where that is limited.
            if policy.limits.is_empty() {
                return None;
            }
            let seen = seen();
            let issuer = if seen.verified { seen.issuer } else { seen.issuer.unverified() };
            let is_held = || !self.by_tbs.is_empty() && self.by_tbs.contains_key(&tbs_sha256(tbs));
            if !policy.is_beyond_limits(tbs, &issuer) && !is_held() {
                return None;
            }
            seen
        };
        let hash = tbs_sha256(tbs);
        let content = || {
            let precert = tbs.precert_tbs().map_or_else(|_| tbs.as_bytes().to_vec(), |precert| precert.to_vec());
            Content::Tbs(precert.into_boxed_slice())
        };
        self.keep(hash, content, seen);
        Some(hash)
    }

    /// Takes octets that should be a certificate and cannot be viewed as one. Any name may be in them, so that they are
    /// always kept (but for the octets), and settled as [`Verdict::Undecidable`].
    pub fn observe_unparsable(&mut self, octets: &[u8], why: Error, seen: Observation) -> Sha256Hash {
        let facts = CertificateFacts::of_unparsable(octets);
        let hash = facts.tbs_sha256;
        self.keep(
            hash,
            || Content::Unparsable { length: octets.len(), why: why.to_string(), facts: Box::new(facts) },
            seen,
        );
        hash
    }

    fn keep(&mut self, hash: Sha256Hash, content: impl FnOnce() -> Content, mut seen: Observation) {
        if !seen.verified {
            seen.issuer = seen.issuer.unverified();
        }
        let kept = self.by_tbs.entry(hash).or_insert_with(|| Kept {
            content: content(),
            seen: BTreeMap::new(),
            signed: BTreeMap::new(),
        });
        kept.add(seen);
    }

    /// Adds to an issuance, by the hash that [`observe`](Self::observe) returned, a certificate as it was signed. It is shown as
    /// evidence, and looked up in lists of disallowed certificates; nothing else follows from it. `false` where no such issuance is held.
    pub fn attach(&mut self, tbs_sha256: &Sha256Hash, signed: SignedCertificate) -> bool {
        let Some(kept) = self.by_tbs.get_mut(tbs_sha256) else { return false };
        let known = kept.signed.entry(signed.sha256).or_insert_with(|| signed.clone());
        // The same whatever the order: the one of which more is known.
        if (known.scts.len(), &*known) < (signed.scts.len(), &signed) {
            *known = signed;
        }
        true
    }

    /// Lets go of an issuance, by the hash that [`observe`](Self::observe) returned and that is in
    /// [`Issuance::certificate`]. Should it be seen again, it is a new one. `false` where no such issuance is held.
    pub fn forget(&mut self, tbs_sha256: &Sha256Hash) -> bool {
        self.by_tbs.remove(tbs_sha256).is_some()
    }

    /// How many issuances are held.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_tbs.len()
    }

    /// Whether none is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_tbs.is_empty()
    }

    /// What a policy says about each of them, in the order of their first timestamps.
    ///
    /// Quiet ones are among them: see [`Verdict::is_quiet`]. May be called again after more was observed.
    pub fn settle<'a>(&'a self, policy: &'a Policy) -> impl Iterator<Item = Issuance> + 'a {
        self.settle_in(policy, |_| Context::default())
    }

    /// As [`settle`](Self::settle), with what else is known of each: without a time no suppression is in force.
    ///
    /// What is known of one certificate is not known of another: `context_of` is asked for each. Where nothing but the same is
    /// known of all of them, it is `|_| context`.
    pub fn settle_in<'a>(
        &'a self,
        policy: &'a Policy,
        context_of: impl Fn(&CertificateFacts) -> Context<'a> + 'a,
    ) -> impl Iterator<Item = Issuance> + 'a {
        let first = |kept: &Kept| kept.seen.values().map(|seen| seen.timestamp_ms).min();
        let mut ordered: Vec<(&Sha256Hash, &Kept)> = self.by_tbs.iter().collect();
        ordered.sort_by_key(|(hash, kept)| (first(kept), **hash));
        ordered.into_iter().map(move |(_, kept)| kept.settle(policy, &context_of))
    }

    /// What a policy says about one of them, by the hash that [`observe`](Self::observe) returned.
    #[must_use]
    pub fn settle_one(&self, policy: &Policy, tbs_sha256: &Sha256Hash) -> Option<Issuance> {
        self.settle_one_in(policy, &Context::default(), tbs_sha256)
    }

    /// As [`settle_one`](Self::settle_one), with what else is known of it.
    #[must_use]
    pub fn settle_one_in(&self, policy: &Policy, context: &Context<'_>, tbs_sha256: &Sha256Hash) -> Option<Issuance> {
        self.by_tbs.get(tbs_sha256).map(|kept| kept.settle(policy, |_| *context))
    }
}

impl Observation {
    /// The same entry again. Should a log say two things of it, the order in which they came must not matter.
    fn join(&mut self, other: &Self) {
        self.verified |= other.verified;
        self.timestamp_ms = self.timestamp_ms.min(other.timestamp_ms);
        self.entry = self.entry.min(other.entry);
    }
}

impl Kept {
    fn add(&mut self, mut seen: Observation) {
        let log = seen.log_id.map_or_else(|| seen.log.clone(), |id| id.to_string());
        let at = |key| (log.clone(), seen.index, key);
        let key = seen.issuer.proven_key();
        let known = match key {
            // What was only claimed gives way to what is proven, and adds nothing to it.
            Some(_) => self.seen.remove(&at(None)),
            None => {
                let proven = at(Some(Sha256Hash([0; 32])))..=at(Some(Sha256Hash([0xff; 32])));
                if let Some((_, known)) = self.seen.range_mut(proven).next() {
                    known.join(&seen);
                    return;
                }
                None
            }
        };
        let slot = at(key);
        for known in known.iter().chain(self.seen.get(&slot)) {
            seen.issuer = seen.issuer.min(known.issuer);
            seen.join(known);
        }
        self.seen.insert(slot, seen);
    }

    fn settle<'c>(&self, policy: &Policy, context_of: impl Fn(&CertificateFacts) -> Context<'c>) -> Issuance {
        let proofs = Proofs::of(self);
        let mut issuers = self.issuers(&proofs);
        let issuers_total = issuers.len();
        issuers.truncate(Issuance::MOST_ISSUERS);
        let not_judged = issuers_total.saturating_sub(issuers.len());
        let (certificate, length, read) = match &self.content {
            Content::Tbs(octets) => match Tbs::from_der(octets) {
                Ok(tbs) => (CertificateFacts::of(&tbs), octets.len(), Ok(tbs)),
                Err(why) => (CertificateFacts::of_unparsable(octets), octets.len(), Err(why.to_string())),
            },
            Content::Unparsable { length, why, facts } => ((**facts).clone(), *length, Err(why.clone())),
        };
        let context = context_of(&certificate);
        let attached: Vec<Sha256Hash> = self.signed.keys().chain(context.certificate_sha256).copied().collect();
        let context = Context { certificate_sha256: &attached, ..context };
        let verdict = match read {
            Ok(tbs) => {
                let verdict = judge(policy, &tbs, &issuers, &context);
                verdict.with_issuers_left_out(certificate.tbs_sha256, length, not_judged)
            }
            Err(why) => unparsable(&certificate, length, &why),
        };
        let shown = self.seen.iter().take(Issuance::MOST_SEEN);
        let seen =
            shown.map(|((log, ..), seen)| Observation { issuer: proofs.folded(log, seen), ..seen.clone() }).collect();
        Issuance {
            revocation: IssuanceRevocation::of(&context, &certificate, &verdict),
            consents: policy.consents(&verdict),
            certificate,
            issuers,
            issuers_total,
            seen,
            seen_total: self.seen.len(),
            signed: self.signed.values().take(Issuance::MOST_SIGNED).cloned().collect(),
            signed_total: self.signed.len(),
            verdict,
            policy_sha256: policy.digest(),
            verified: self.seen.values().any(|seen| seen.verified),
        }
    }

    /// Every key that is proven to have issued, by the strongest evidence for it, and every claim that nothing proves.
    fn issuers(&self, proofs: &Proofs<'_>) -> Vec<IssuerAttribution> {
        let mut by_key: BTreeMap<(bool, Option<Sha256Hash>), IssuerAttribution> = BTreeMap::new();
        let mut claims_of_precertificates = BTreeSet::new();
        for ((log, ..), seen) in &self.seen {
            let issuer = proofs.folded(log, seen);
            let is_proven = issuer.proven_key().is_some();
            if !is_proven && seen.entry == EntryKind::Precertificate {
                claims_of_precertificates.insert(issuer);
                continue;
            }
            let known = by_key.entry((is_proven, issuer.key())).or_insert(issuer);
            *known = issuer.min(*known);
        }
        // A precertificate whose issuer is but claimed lies under no tree head: that adds nothing to a key that is proven.
        for claim in claims_of_precertificates {
            let is_proven = match claim.key() {
                Some(key) => by_key.contains_key(&(true, Some(key))),
                None => by_key.keys().any(|(is_proven, _)| *is_proven),
            };
            if !is_proven {
                by_key.entry((false, claim.key())).or_insert(claim);
            }
        }
        let mut issuers: Vec<IssuerAttribution> = by_key.into_values().collect();
        issuers.sort_unstable();
        issuers
    }
}

/// The keys that entries prove for others with the same TBS certificate.
struct Proofs<'k> {
    /// Proven to everybody.
    checked: BTreeSet<Sha256Hash>,
    /// The word of one log, which says nothing about another's.
    leaf_bound: BTreeSet<(&'k str, Sha256Hash)>,
}

impl<'k> Proofs<'k> {
    fn of(kept: &'k Kept) -> Self {
        let mut proofs = Self { checked: BTreeSet::new(), leaf_bound: BTreeSet::new() };
        for ((log, ..), seen) in &kept.seen {
            match seen.issuer {
                IssuerAttribution::SignatureChecked { key_sha256 } => {
                    proofs.checked.insert(key_sha256);
                }
                IssuerAttribution::LeafBound { key_sha256 } => {
                    proofs.leaf_bound.insert((log, key_sha256));
                }
                _ => {}
            }
        }
        proofs
    }

    /// Who issued, where an entry does not prove it itself: the only key that others prove for it.
    fn folded(&self, log: &'k str, seen: &Observation) -> IssuerAttribution {
        if seen.issuer.proven_key().is_some() || seen.entry != EntryKind::Certificate {
            return seen.issuer;
        }
        let of_log = (log, Sha256Hash([0; 32]))..=(log, Sha256Hash([0xff; 32]));
        let of_log = self.leaf_bound.range(of_log).map(|(_, key)| *key);
        let mut keys = self.checked.iter().copied().chain(of_log);
        match keys.next() {
            Some(key_sha256) if keys.all(|other| other == key_sha256) => IssuerAttribution::Folded { key_sha256 },
            _ => seen.issuer,
        }
    }
}

fn judge(policy: &Policy, tbs: &Tbs<'_>, issuers: &[IssuerAttribution], context: &Context<'_>) -> Verdict {
    let judge = |issuer: &IssuerAttribution| policy.evaluate_in(tbs, issuer, context);
    match issuers {
        [] => judge(&IssuerAttribution::Unknown),
        [issuer] => judge(issuer),
        several => Verdict::of_several(several, judge),
    }
}

fn unparsable(facts: &CertificateFacts, length: usize, why: &str) -> Verdict {
    Verdict::Undecidable {
        why: vec![Finding::of_unparsable(facts.tbs_sha256, length, why)],
        findings: Vec::new(),
        left_out: 0,
    }
}

impl Issuance {
    /// How many issuers are judged and shown.
    pub const MOST_ISSUERS: usize = 64;
    /// How many findings about several issuers are shown, and as many undecidable ones: the worst. The others are counted in
    /// `left_out`.
    pub const MOST_FINDINGS: usize = 1024;
    /// How many places are shown.
    pub const MOST_SEEN: usize = 256;
    /// How many certificates are shown as they were signed.
    pub const MOST_SIGNED: usize = 64;

    /// Whether it was seen under a tree head that a log signed.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.verified
    }
}

/// One line: the worst level, what was issued, and every explanation.
impl fmt::Display for Issuance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = String::new();
        self.write_line(&mut line)?;
        f.write_str(&visible(&line))
    }
}

impl Issuance {
    fn write_line(&self, f: &mut impl fmt::Write) -> fmt::Result {
        match self.verdict.level() {
            Some(level) => write!(f, "{level}")?,
            None => f.write_str(self.verdict.as_str())?,
        }
        if !self.is_verified() {
            f.write_str(" (unverified)")?;
        }
        write!(
            f,
            ": {}, {}, seen {}",
            self.certificate,
            IssuedBy(&self.issuers, self.issuers_total),
            Times(self.seen_total)
        )?;
        if let Verdict::Expected { grants } = &self.verdict {
            write!(f, ": permitted by {}", grants.join(", "))?;
            for (n, Consent { approved_by, reason, .. }) in self.consents.iter().enumerate() {
                write!(f, "{}{approved_by}, {reason}", if n == 0 { " (approved by " } else { "; " })?;
            }
            f.write_str(if self.consents.is_empty() { "" } else { ")" })?;
        }
        for (n, finding) in self.verdict.findings().enumerate() {
            let separator = if n == 0 { ": " } else { "; " };
            write!(f, "{separator}{} [{}", finding.explanation, finding.rule)?;
            if let [first, ..] = finding.issuers[..] {
                write!(f, ", {}", IssuedBy(&[first], finding.issuers.len()))?;
            }
            f.write_str("]")?;
        }
        match self.verdict {
            Verdict::Findings { left_out, .. } | Verdict::Undecidable { left_out, .. } if left_out > 0 => {
                write!(f, "; {left_out} more matches not looked at")
            }
            _ => Ok(()),
        }
    }
}

struct IssuedBy<'a>(&'a [IssuerAttribution], usize);

impl fmt::Display for IssuedBy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("issued by ")?;
        for (n, issuer) in self.0.iter().enumerate() {
            write!(f, "{}{issuer}", if n == 0 { "" } else { " and by " })?;
        }
        match self.1.saturating_sub(self.0.len()) {
            0 => Ok(()),
            more => write!(f, " and by {more} more"),
        }
    }
}

pub(crate) struct Times(pub(crate) usize);

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("once"),
            times => write!(f, "{times} times"),
        }
    }
}

/// `certificate c72386e5… (serial d3167e…, CN "test1.hr", from 2025-05-01T00:00:00Z through …)`
impl fmt::Display for CertificateFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "certificate {}…", self.tbs_sha256.short())?;
        let Some(serial) = &self.serial else { return Ok(()) };
        write!(f, " (serial {}", visible(serial))?;
        if let Some(name) = &self.subject_cn {
            write!(f, ", CN {}", quoted(&visible(name)))?;
        }
        if let (Some(not_before), Some(not_after)) = (self.not_before, self.not_after) {
            write!(f, ", from {not_before} through {not_after}")?;
        }
        f.write_str(")")
    }
}
