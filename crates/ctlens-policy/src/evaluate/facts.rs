//! What the caller knows beside the certificate: it adds findings and lowers levels, and never takes a finding away.

use super::Judgement;
use super::decision::Case;
use super::matching::{MOST_ITEMS, identifier, part};
use crate::caa::CaaVerdict;
use crate::cause::Cause;
use crate::certificate::{quoted_name, shown_name};
use crate::finding::{Finding, Suppressed};
use crate::hash::Sha256Hash;
use crate::ownership::{Ownership, OwnershipAnswer};
use crate::revocation::{RevocationClock, RevocationItem, RevocationState};
use crate::rules::{
    CAA_MISMATCH, CERTIFICATE_DISALLOWED, CT_NOT_COMPLIANT, ISSUER_DISALLOWED, KEY_COMPROMISED, OWNERSHIP_CONFLICT,
    REVOCATION_OVERDUE,
};
use crate::text::shorten;
use crate::trust::{Standing, TrustEntry, TrustView};
use ctlens_lint::{Level, Location, Part, RuleId};
use ctlens_san::{DnsName, Prefix, Relation};
use ctlens_x509::GeneralNameKind;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::ControlFlow;

/// A certificate may hold a hundred thousand names. What goes beyond is counted.
const MOST: usize = 64;
const LONGEST_TEXT: usize = 256;

/// When somebody asked for the CAA records.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CaaTime {
    BeforeIssuance,
    Later,
}

impl Case<'_> {
    pub(super) fn check_facts(&self, judgement: &mut Judgement) {
        if let Some(trust) = self.context.trust {
            self.weigh_by_trust(trust, judgement);
            self.check_lists(trust, judgement);
        }
        self.check_caa(CaaTime::Later, judgement);
        if let Some(ownership) = self.context.ownership {
            self.check_owners(ownership, judgement);
        }
        self.check_ct(judgement);
        self.check_revocation(judgement);
    }

    /// Before it is signed: who trusts the issuer makes nothing less wrong, and neither SCTs nor a revocation are there yet.
    pub(super) fn check_facts_at_gate(&self, judgement: &mut Judgement) {
        if let Some(trust) = self.context.trust {
            self.check_lists(trust, judgement);
        }
        self.check_caa(CaaTime::BeforeIssuance, judgement);
        if let Some(ownership) = self.context.ownership {
            self.check_owners(ownership, judgement);
        }
    }

    /// Whoever issues without being trusted can fool fewer people, and may yet be trusted by somebody.
    fn weigh_by_trust(&self, trust: &TrustView, judgement: &mut Judgement) {
        // A claimed issuer weighs nothing: anybody could claim to be one whom nobody trusts.
        let Some(key) = self.issuer.proven_key() else { return };
        if trust.standing(&key, self.validity.as_ref()) != Standing::Untrusted {
            return;
        }
        for finding in &mut judgement.findings {
            let lower = match finding.level {
                Level::Critical => Level::Error,
                Level::Error => Level::Warning,
                Level::Warning | Level::Notice => Level::Notice,
            };
            let is_given =
                judgement.levels_given.contains(&finding.id) || self.policy.configured(finding.rule).is_some();
            if lower < finding.level && !is_given {
                finding.level = lower;
                finding.explanation.push_str("; no root programme in the trust view trusts the issuer");
            }
        }
    }

    fn check_lists(&self, trust: &TrustView, judgement: &mut Judgement) {
        let validity = self.validity.as_ref();
        let subject = Sha256Hash(self.tbs.spki().sha256());
        let issuer = self.issuer.key();
        // What is only claimed may be a lie: worth a look, and no more.
        let most = if self.issuer.proven_key().is_some() { Level::Critical } else { Level::Warning };
        let claimed = if most == Level::Critical { "" } else { " (as far as it is known who issued)" };
        let whole = || Location::of(Part::TbsCertificate);
        let why = |entry: &TrustEntry| format!("{}: {}", entry.id, shorten(&entry.reason, LONGEST_TEXT));

        if let Some(entry) = trust.compromised_key(&subject) {
            let at = Location::of(Part::SubjectPublicKeyInfo);
            let what = format!("the certificate's key ({}…) is in other hands too by {}", subject.short(), why(entry));
            self.add(judgement, KEY_COMPROMISED, Level::Critical, Cause::CompromisedKey, at, &entry.id, what);
        }
        if let Some(entry) = trust.disallowed_key(&subject, validity) {
            let at = Location::of(Part::SubjectPublicKeyInfo);
            let what = format!("the certificate's key ({}…) is disallowed by {}", subject.short(), why(entry));
            self.add(judgement, CERTIFICATE_DISALLOWED, Level::Critical, Cause::Disallowed, at, &entry.id, what);
        }
        let mut certificates = self.context.certificate_sha256.iter();
        if let Some(entry) = certificates.find_map(|sha256| trust.disallowed_certificate(sha256, validity)) {
            let what = format!("the certificate is disallowed by {}", why(entry));
            self.add(judgement, CERTIFICATE_DISALLOWED, Level::Critical, Cause::Disallowed, whole(), &entry.id, what);
        }
        let Some(issuer) = issuer else { return };
        if let Some(entry) = trust.compromised_key(&issuer) {
            let at = Location::of(Part::Issuer);
            let what =
                format!("the key that issued ({}…) is in other hands too by {}{claimed}", issuer.short(), why(entry));
            self.add(judgement, KEY_COMPROMISED, most, Cause::CompromisedKey, at, &entry.id, what);
        }
        if let Some(entry) = trust.disallowed_key(&issuer, validity) {
            let at = Location::of(Part::Issuer);
            let what = format!("the key that issued ({}…) is disallowed by {}{claimed}", issuer.short(), why(entry));
            self.add(judgement, ISSUER_DISALLOWED, most, Cause::Disallowed, at, &entry.id, what);
        }
        if let Some(entry) = trust.disallowed_serial(&issuer, self.tbs.serial(), validity) {
            let at = Location::of(Part::SerialNumber);
            let what =
                format!("the issuer's certificate with this serial number is disallowed by {}{claimed}", why(entry));
            self.add(judgement, CERTIFICATE_DISALLOWED, most, Cause::Disallowed, at, &entry.id, what);
        }
    }

    /// Of the names whose records are known. Addresses have none.
    fn check_caa(&self, time: CaaTime, judgement: &mut Judgement) {
        let Some(caa) = self.context.caa.filter(|_| self.policy.level_of(CAA_MISMATCH).is_some()) else { return };
        let mut found = 0_usize;
        for name in self.tbs.names().filter_map(Result::ok) {
            let kind = name.kind();
            if kind != GeneralNameKind::DnsName {
                continue;
            }
            let Ok(text) = str::from_utf8(name.value) else { continue };
            let (is_wildcard, host) = text.strip_prefix("*.").map_or((false, text), |host| (true, host));
            let Ok(host) = host.parse::<DnsName>() else { continue };
            let verdict = caa.verdict(&host, is_wildcard);
            let is_doubt = matches!(verdict, CaaVerdict::Unanswered { .. }) && time == CaaTime::BeforeIssuance;
            if !is_doubt && !matches!(verdict, CaaVerdict::Forbidden { .. }) {
                continue;
            }
            found = found.saturating_add(1);
            if found > MOST {
                judgement.left_out = judgement.left_out.saturating_add(1);
                continue;
            }
            let place = Location::at(Part::SubjectAltName { index: name.index, kind }, name.offset, name.value.len());
            let shown = shorten(&shown_name(kind, name.value), LONGEST_TEXT);
            let quoted = quoted_name(kind, name.value, &shown);
            let (at, record) = match verdict {
                CaaVerdict::Forbidden { at, record } => (at, shorten(&record.to_string(), LONGEST_TEXT)),
                CaaVerdict::Unanswered { at } => {
                    let what = format!("{quoted}: the CAA records of {at} are not known, and may forbid it");
                    judgement.why.push(self.undecidable("caa", place, what));
                    continue;
                }
                _ => continue,
            };
            let mut what =
                format!("{quoted}: the CAA records that {at} has now do not let the issuer issue ({record})");
            if time == CaaTime::Later {
                what.push_str("; when it was issued, they may have been others");
            }
            self.add(judgement, CAA_MISMATCH, Level::Warning, Cause::CaaMismatch, place, "caa", what);
            // RFC 8659 §3: a CA must not issue unless the records let it.
            let is_given = self.policy.configured(CAA_MISMATCH).is_some();
            if let (CaaTime::BeforeIssuance, false, Some(last)) = (time, is_given, judgement.findings.last_mut()) {
                last.level = Level::Error;
            }
        }
    }

    /// Consent of an owner is worth what the ownership is.
    fn check_owners(&self, ownership: &Ownership, judgement: &mut Judgement) {
        if ownership.sources().is_empty() || self.policy.level_of(OWNERSHIP_CONFLICT).is_none() {
            return;
        }
        let mut addresses: BTreeMap<(u32, IpAddr), Location> = BTreeMap::new();
        let mut items = 0_usize;
        // Its outcome is known: this is the second time.
        let _ = self.policy.watch_list.watch(self.tbs, |hit| {
            let as_text = || str::from_utf8(hit.octets).ok().and_then(|text| text.parse().ok());
            let is_address = matches!(hit.relation, Relation::Exact | Relation::Prefix { .. });
            let raw = GeneralNameKind::IpAddress.address(hit.octets);
            let Some(found) = raw.or_else(as_text).filter(|_| is_address) else { return ControlFlow::Continue(()) };
            let kind = if raw.is_some() { GeneralNameKind::IpAddress } else { GeneralNameKind::DnsName };
            let at = Location::at(part(hit.source, kind), hit.offset, hit.octets.len());
            for entry in hit.items() {
                // Whoever asked for consent went no further either, and has counted the rest.
                if items >= MOST_ITEMS {
                    return ControlFlow::Break(());
                }
                items = items.saturating_add(1);
                addresses.entry((*entry.payload(), found.to_canonical())).or_insert_with(|| at.clone());
            }
            ControlFlow::Continue(())
        });
        let mut room = MOST;
        for ((index, address), at) in addresses {
            self.check_owner(ownership, index, address, &at, &mut room, judgement);
        }
    }

    fn check_owner(
        &self,
        ownership: &Ownership,
        index: u32,
        address: IpAddr,
        at: &Location,
        room: &mut usize,
        judgement: &mut Judgement,
    ) {
        let asset = usize::try_from(index).ok().and_then(|index| self.policy.assets.get(index));
        let Some((asset, owner)) = asset.and_then(|asset| Some((asset, self.policy.owner_of(asset)?))) else { return };
        let Ok(prefix) = Prefix::new(address, if address.is_ipv4() { 32 } else { 128 }) else { return };
        let answers: Vec<(&str, OwnershipAnswer)> = ownership
            .sources()
            .iter()
            .map(|source| (source.name(), ownership.answer(source, &owner.id, prefix)))
            .collect();
        let agreeing = answers.iter().filter(|(_, answer)| *answer == OwnershipAnswer::Agrees);
        let agreeing: Vec<&str> = std::iter::once("the policy").chain(agreeing.map(|(source, _)| *source)).collect();
        let against = answers.iter().filter_map(|(source, answer)| match answer {
            OwnershipAnswer::Conflict { claimed, holder, .. } => {
                let by = agreeing.join(", ");
                let what = format!("by {by}, and to {holder} ({claimed}) by {source}");
                Some((what, agreeing.iter().skip(1).chain([source]).copied().collect(), *source))
            }
            _ => None,
        });
        let mut conflicts: Vec<(String, Vec<&str>, &str)> = against.collect();
        if let Some([(one, holder), (other, another)]) = ownership.disagreement(&owner.id, prefix) {
            let what = format!("by the policy, and to {holder} by {one}, but to {another} by {other}");
            conflicts.push((what, vec![one, other], other));
        }
        for (what, decided_by, apart) in conflicts {
            let Some(left) = room.checked_sub(1) else {
                judgement.left_out = judgement.left_out.saturating_add(1);
                continue;
            };
            *room = left;
            let what = format!("{address} belongs to {} (asset {}) {what}", owner.id, asset.id);
            let apart = format!("{}\n{apart}", asset.id);
            let rule = OWNERSHIP_CONFLICT;
            self.add(judgement, rule, Level::Critical, Cause::OwnershipConflict, at.clone(), &apart, what);
            if let Some(finding) = judgement.findings.last_mut().filter(|finding| finding.rule == rule) {
                finding.asset = Some(asset.id.clone());
                finding.owner = Some(owner.id.clone());
                finding.contact.clone_from(&owner.contact);
                finding.identifier = Some(identifier(address.to_string(), &octets(address)));
                finding.decided_by = decided_by.into_iter().map(str::to_owned).collect();
            }
        }
    }

    fn check_ct(&self, judgement: &mut Judgement) {
        for fact in self.context.ct.iter().filter(|fact| !fact.is_compliant) {
            let reasons: Vec<String> =
                fact.reasons.iter().take(MOST).map(|reason| shorten(reason, LONGEST_TEXT)).collect();
            let policy = shorten(&fact.policy, LONGEST_TEXT);
            let reasons = if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join(", ")) };
            let what = format!("it does not keep the CT policy {policy}{reasons}");
            let at = Location::of(Part::TbsCertificate);
            self.add(judgement, CT_NOT_COMPLIANT, Level::Critical, Cause::CtNotCompliant, at, &policy, what);
        }
    }

    /// By the shortest of the deadlines that what was found gives. What is suppressed calls nobody to account: where nothing
    /// else gives a deadline, that it is over is as well known as what was found.
    fn check_revocation(&self, judgement: &mut Judgement) {
        let (Some(fact), Some(now), Some(validity)) = (self.context.revocation, self.context.now, self.validity) else {
            return;
        };
        let Some(notice) = fact.notice else { return };
        let (suppressed, loud): (Vec<_>, Vec<_>) = judgement
            .findings
            .iter()
            .map(|finding| (finding.cause, self.suppression_of(finding)))
            .partition(|(_, suppressed)| suppressed.is_some());
        let most_urgent = |found: Vec<(Cause, Option<Suppressed>)>| {
            let items = found.into_iter().filter_map(|(cause, by)| Some((RevocationItem::for_cause(cause)?, by)));
            items.min_by_key(|(item, _)| (item.within, item.number))
        };
        let Some((item, known)) = most_urgent(loud).or_else(|| most_urgent(suppressed)) else { return };
        let state = RevocationClock { item, notice }.state(&validity, &fact.status, now);
        if let RevocationState::Overdue { .. } = state {
            let what = format!("it was to be revoked, and was not: {state}, by {item}");
            let at = Location::of(Part::TbsCertificate);
            let rule = REVOCATION_OVERDUE;
            self.add(judgement, rule, Level::Critical, Cause::RevocationOverdue, at, "clock", what);
            if let Some(finding) = judgement.findings.last_mut().filter(|finding| finding.rule == rule) {
                finding.suppressed = known;
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what is found, where, and why")]
    fn add(
        &self,
        judgement: &mut Judgement,
        rule: RuleId,
        most: Level,
        cause: Cause,
        location: Location,
        apart: &str,
        explanation: String,
    ) {
        let Some(level) = self.policy.level_of(rule) else { return };
        let id = self.finding_id(rule, &location.part, &format!("\n{apart}"));
        judgement.findings.push(Finding {
            decided_by: vec![rule.to_string()],
            ..Finding::new(id, rule, level.min(most), cause, location, explanation)
        });
    }
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}
