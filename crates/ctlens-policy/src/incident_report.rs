use crate::attribution::IssuerAttribution;
use crate::detectors::Alert;
use crate::finding::Finding;
use crate::hash::Sha256Hash;
use crate::issuance_revocation::IssuanceRevocation;
use crate::issuances::{EntryKind, Issuance, Observation, Times};
use crate::revocation::{RevocationClock, RevocationItem, RevocationState, RevocationStatus};
use crate::text::visible;
use crate::time;
use ctlens_lint::RuleSet;
use ctlens_x509::UnixSeconds;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A draft of an incident report about certificates that somebody should not have issued, as Markdown.
///
/// In the form of the CCADB's full incident report, which CAs fill in and to which an owner can send what is known from
/// outside: what the logs show is filled in, with what is known of revocations, and what only the CA can say is marked as such. Quiet issuances
/// and what is suppressed are left out. It names owners and assets as the configuration does: to be read before it is
/// sent.
///
/// ```
/// # use ctlens_policy::IncidentReport;
/// # use ctlens_x509::UnixSeconds;
/// # let issuances = [];
/// let report = IncidentReport::new(&issuances, UnixSeconds(1_767_225_600)).ca_told_at(UnixSeconds(1_767_222_000));
/// assert!(report.to_string().contains("### Root Cause Analysis"));
/// ```
#[derive(Debug, Clone)]
pub struct IncidentReport<'a> {
    issuances: Vec<&'a Issuance>,
    now: UnixSeconds,
    ca_told_at: Option<UnixSeconds>,
    alerts: Vec<&'a Alert>,
    /// How many are about other certificates and issuers.
    other_alerts: usize,
}

/// How many kinds of findings, or alerts, are shown in a list of them.
const MOST_KINDS: usize = 20;

const CA_ONLY: &str = "_for the CA to say_";

impl<'a> IncidentReport<'a> {
    /// About these issuances, as things are at `now`.
    #[must_use]
    pub fn new(issuances: impl IntoIterator<Item = &'a Issuance>, now: UnixSeconds) -> Self {
        let issuances = issuances.into_iter().filter(|issuance| !issuance.verdict.is_quiet()).collect();
        Self { issuances, now, ca_told_at: None, alerts: Vec::new(), other_alerts: 0 }
    }

    /// The same, with the time at which the CA was told: from then on it has so long to revoke.
    #[must_use]
    pub fn ca_told_at(self, time: UnixSeconds) -> Self {
        Self { ca_told_at: Some(time), ..self }
    }

    /// The same, with what detectors noticed. Shown of it is what is about these certificates, or about the keys that issued
    /// them, the first of each kind; how many there are besides, is said.
    #[must_use]
    pub fn with_alerts(mut self, alerts: impl IntoIterator<Item = &'a Alert>) -> Self {
        let certificates: BTreeSet<Sha256Hash> =
            self.issuances.iter().map(|issuance| issuance.certificate.tbs_sha256).collect();
        let issuers = self.issuances.iter().flat_map(|issuance| &issuance.issuers);
        let issuers: BTreeSet<Sha256Hash> = issuers.filter_map(IssuerAttribution::proven_key).collect();
        for alert in alerts {
            let is_theirs = alert.issuer.is_some_and(|issuer| issuers.contains(&issuer));
            if is_theirs || certificates.contains(&alert.tbs_sha256) {
                self.alerts.push(alert);
            } else {
                self.other_alerts = self.other_alerts.saturating_add(1);
            }
        }
        self
    }

    fn findings(&self) -> impl Iterator<Item = &'a Finding> {
        self.issuances.iter().flat_map(|issuance| issuance.verdict.loud_findings())
    }

    fn remaining_valid(&self) -> impl Iterator<Item = &'a Issuance> {
        let is_valid = |issuance: &&Issuance| issuance.certificate.not_after.is_none_or(|last| last >= self.now);
        self.issuances.iter().copied().filter(is_valid)
    }

    /// How many of those that have not ended are revoked, as far as it was handed in.
    fn revoked(&self) -> String {
        let (mut revoked, mut not_revoked, mut unknown) = (0_usize, 0_usize, 0_usize);
        for issuance in self.remaining_valid() {
            let count = match issuance.revocation.map(|known| known.status) {
                Some(RevocationStatus::Revoked { .. }) => &mut revoked,
                Some(RevocationStatus::NotRevoked { .. }) => &mut not_revoked,
                Some(RevocationStatus::Unknown { .. }) | None => &mut unknown,
            };
            *count = count.saturating_add(1);
        }
        if revoked == 0 && not_revoked == 0 {
            return CA_ONLY.to_owned();
        }
        format!("{revoked}, and {not_revoked} are not; of {unknown} it is not known here")
    }

    /// When the CA was told of a certificate.
    fn notice(&self, known: Option<&IssuanceRevocation>) -> Option<UnixSeconds> {
        known.and_then(|known| known.notice).or(self.ca_told_at)
    }

    fn write_summary(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### Summary\n")?;
        writeln!(f, "- **CA Owner CCADB unique ID:** {CA_ONLY}")?;
        writeln!(f, "- **Incident description:** {}:", Certificates(self.issuances.len()))?;
        let mut kinds: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for finding in self.findings() {
            let count = kinds.entry((finding.rule.as_str(), finding.explanation.as_str())).or_default();
            *count = count.saturating_add(1);
        }
        for ((rule, explanation), count) in kinds.iter().take(MOST_KINDS) {
            writeln!(f, "   - {} ({}, {})", Code(explanation), Code(rule), Times(*count))?;
        }
        if let Some(more) = kinds.len().checked_sub(MOST_KINDS).filter(|more| *more > 0) {
            writeln!(f, "   - and {more} more, each in the appendix")?;
        }
        writeln!(f, "- **Timeline summary:**")?;
        match first_logged(self.issuances.iter().flat_map(|issuance| &issuance.seen)) {
            Some(first) => {
                let (time, head) = (time::show_millis(first.timestamp_ms), Head(first));
                writeln!(f, "   - **Non-compliance start date:** {time} or before, when the first was logged{head}")?;
            }
            None => writeln!(f, "   - **Non-compliance start date:** {CA_ONLY}")?,
        }
        match self.ca_told_at {
            Some(told) => {
                writeln!(f, "   - **Non-compliance identified date:** {told} or before, when the CA was told")?;
            }
            None => writeln!(f, "   - **Non-compliance identified date:** {CA_ONLY}")?,
        }
        writeln!(f, "   - **Non-compliance end date:** {CA_ONLY}")?;
        writeln!(f, "- **Relevant policies:**")?;
        for policy in self.policies() {
            writeln!(f, "   - {policy}")?;
        }
        writeln!(f, "- **Source of incident disclosure:** Third Party Reported\n")
    }

    /// What obliges the CA, by what was found.
    fn policies(&self) -> BTreeSet<String> {
        let mut policies = BTreeSet::new();
        for finding in self.findings() {
            if let Some(rule) = RuleSet::BASELINE_REQUIREMENTS.rule(finding.rule.as_str()) {
                policies.insert(format!("{} §{}: {}", rule.source.document, rule.source.section, rule.title));
            }
            if let Some(item) = RevocationItem::for_cause(finding.cause) {
                policies.insert(format!("CABF TLS BR 2.2.6 §{item}"));
                if item.number == 5 {
                    policies
                        .insert("CABF TLS BR 2.2.6 §3.2.2.4, §3.2.2.5: validation of names and addresses".to_owned());
                }
            }
        }
        if policies.is_empty() {
            policies.insert(CA_ONLY.to_owned());
        }
        policies
    }

    fn write_impact(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### Impact\n")?;
        writeln!(
            f,
            "- **Total number of certificates:** {} that were logged where they could be seen; whether there are more: {CA_ONLY}",
            self.issuances.len()
        )?;
        writeln!(
            f,
            "- **Total number of \"remaining valid\" certificates:** {} have not ended at {}; how many of them are revoked: {}",
            self.remaining_valid().count(),
            self.now,
            self.revoked()
        )?;
        writeln!(f, "- **Affected certificate types:** {CA_ONLY}")?;
        writeln!(
            f,
            "- **Incident heuristic:** all certificates that were seen are in the appendix, with their issuers' keys"
        )?;
        writeln!(
            f,
            "- **Was issuance stopped in response to this incident, and why or why not?:** {CA_ONLY}\n\
             - **Analysis:** {CA_ONLY}"
        )?;
        let kinds = |kind| {
            let has = |issuance: &&&Issuance| issuance.seen.iter().any(|seen| seen.entry == kind);
            self.issuances.iter().filter(has).count()
        };
        let undecidable = self.issuances.iter().filter(|issuance| issuance.verdict.as_str() == "undecidable").count();
        let unverified = self.issuances.iter().filter(|issuance| !issuance.is_verified()).count();
        write!(
            f,
            "- **Additional considerations:** the precertificate of {} and the certificate of {} were seen in logs",
            kinds(EntryKind::Precertificate),
            kinds(EntryKind::Certificate)
        )?;
        if undecidable > 0 {
            write!(f, "; of {undecidable} something cannot be read")?;
        }
        if unverified > 0 {
            write!(f, "; {unverified} were not found under a signed tree head")?;
        }
        writeln!(f, "\n")
    }

    fn write_timeline(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### Timeline\n\nAll times are UTC.\n")?;
        let mut events: Vec<(i128, String)> = Vec::new();
        let millis = |time: UnixSeconds| i128::from(time.0).saturating_mul(1000);
        for (number, issuance) in (1_usize..).zip(&self.issuances) {
            if let Some(begins) = issuance.certificate.not_before {
                events.push((millis(begins), format!("{begins}: the validity of certificate {number} begins")));
            }
            if let Some(first) = first_logged(&issuance.seen) {
                let time = time::show_millis(first.timestamp_ms);
                let place = format!("entry {} of {}{}", first.index, Code(&first.log), Head(first));
                events.push((first.timestamp_ms.into(), format!("{time}: certificate {number} is logged ({place})")));
            }
            let Some(known) = &issuance.revocation else { continue };
            if let Some(notice) = known.notice.filter(|notice| self.ca_told_at != Some(*notice)) {
                events.push((millis(notice), format!("{notice}: the CA is told about certificate {number}")));
                let item = known.item.and_then(RevocationItem::numbered).filter(|_| !is_short_lived(issuance));
                if let Some(item) = item {
                    let deadline = RevocationClock { item, notice }.deadline();
                    let due = format!("{deadline}: certificate {number} is to be revoked until then under §{item}");
                    events.push((millis(deadline), due));
                }
            }
            if let RevocationStatus::Revoked { at, reason } = known.status {
                events.push((millis(at), format!("{at}: certificate {number} is revoked ({reason})")));
            }
        }
        if let Some(told) = self.ca_told_at {
            events.push((millis(told), format!("{told}: the CA is told")));
            let items: BTreeMap<u8, &RevocationItem> = self
                .findings()
                .filter(|finding| !finding.short_lived)
                .filter_map(|finding| RevocationItem::for_cause(finding.cause))
                .map(|item| (item.number, item))
                .collect();
            for item in items.values() {
                let deadline = UnixSeconds(told.0.saturating_add(item.within));
                events.push((millis(deadline), format!("{deadline}: to be revoked until then under §{item}")));
            }
        }
        events.push((millis(self.now), format!("{}: this is written", self.now)));
        events.sort();
        for (_, event) in events {
            writeln!(f, "- {event}")?;
        }
        writeln!(f, "- what led to it, when the CA knew, and what it did: {CA_ONLY}\n")
    }

    /// What nobody outside knows.
    fn write_rest(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "### Related Incidents\n\n| Bug | Date | Description |\n| --- | --- | --- |\n| {CA_ONLY} | | |\n\n\
             ### Root Cause Analysis\n\n**Contributing Factor 1: {CA_ONLY}**\n"
        )?;
        let causes: BTreeSet<&str> = self.findings().map(|finding| finding.cause.as_str()).collect();
        let causes: Vec<&str> = causes.into_iter().collect();
        let seen = if causes.is_empty() { "nothing".to_owned() } else { causes.join(", ") };
        writeln!(f, "- **Description:** {CA_ONLY}. Seen from outside: {seen}")?;
        writeln!(f, "- **Timeline:** {CA_ONLY}")?;
        writeln!(f, "- **Detection:** {CA_ONLY}. From outside: by a monitor of Certificate Transparency logs")?;
        for field in ["Interaction with other factors", "Root Cause Analysis methodology used"] {
            writeln!(f, "- **{field}:** {CA_ONLY}")?;
        }
        writeln!(f, "\n### Lessons Learned\n")?;
        for field in ["What went well", "What didn’t go well", "Where we got lucky", "Additional"] {
            writeln!(f, "- **{field}:** {CA_ONLY}")?;
        }
        writeln!(
            f,
            "\n### Action Items\n\n\
             | Action Item | Kind | Corresponding Root Cause(s) | Evaluation Criteria | Due Date | Status |\n\
             | --- | --- | --- | --- | --- | --- |\n\
             | {CA_ONLY} | | | | | |\n"
        )
    }

    fn write_appendix(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "### Appendix")?;
        for (number, issuance) in (1_usize..).zip(&self.issuances) {
            writeln!(f, "\n#### Certificate {number}\n")?;
            write_issuance(f, issuance)?;
            self.write_revocation(f, issuance)?;
        }
        self.write_alerts(f)?;
        let policies: BTreeSet<Sha256Hash> = self.issuances.iter().map(|issuance| issuance.policy_sha256).collect();
        for policy in policies {
            writeln!(f, "\nFound under the policy with the SHA-256 {policy}.")?;
        }
        Ok(())
    }
}

impl IncidentReport<'_> {
    /// What has to be revoked until when, and whether it is.
    fn write_revocation(&self, f: &mut fmt::Formatter<'_>, issuance: &Issuance) -> fmt::Result {
        let known = issuance.revocation.as_ref();
        let causes = issuance.verdict.loud_findings().map(|finding| finding.cause);
        let (item, notice) = (RevocationItem::most_urgent(causes), self.notice(known));
        let state = known.and_then(|known| known.state_at(&issuance.certificate, notice, self.now));
        write!(f, "- revocation: ")?;
        match (&state, item) {
            (Some(state), _) => write!(f, "{}: {state}", state.as_str().replace('_', " "))?,
            _ if is_short_lived(issuance) => {
                let state = RevocationState::NotApplicable;
                write!(f, "{}: {state}", state.as_str().replace('_', " "))?;
            }
            (None, None) => write!(f, "nothing that was found obliges the CA")?,
            (None, Some(_)) if notice.is_none() => write!(f, "no clock runs, for nobody said when the CA was told")?,
            (None, Some(_)) => write!(f, "the CA was told")?,
        }
        if let Some(item) = item {
            write!(f, "; under §{item}")?;
            if let Some(notice) = notice.filter(|_| !is_short_lived(issuance)) {
                write!(f, ", deadline {}", RevocationClock { item, notice }.deadline())?;
            }
        }
        match (known, state) {
            (None, _) => writeln!(f, "; its status was not handed in"),
            (Some(_), Some(RevocationState::Revoked { .. })) => writeln!(f),
            (Some(known), _) => writeln!(f, "; {}", known.status),
        }
    }

    fn write_alerts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.alerts.is_empty() {
            writeln!(f, "\n#### What certificates show together\n")?;
        }
        let mut kinds: BTreeMap<_, (&Alert, usize)> = BTreeMap::new();
        for alert in &self.alerts {
            let kind = (alert.rule, alert.asset.as_deref(), alert.issuer);
            let (_, count) = kinds.entry(kind).or_insert((alert, 0));
            *count = count.saturating_add(1);
        }
        for (Alert { level, rule, explanation, tbs_sha256, .. }, count) in kinds.values().take(MOST_KINDS) {
            write!(f, "- {level} {}: {}", Code(rule.as_str()), Code(explanation))?;
            write!(f, " (TBS certificate SHA-256 {tbs_sha256}")?;
            writeln!(f, "{})", if *count > 1 { format!("; {} in all", Times(*count)) } else { String::new() })?;
        }
        if let Some(more) = kinds.len().checked_sub(MOST_KINDS).filter(|more| *more > 0) {
            writeln!(f, "- and alerts of {more} more kinds")?;
        }
        match self.other_alerts {
            0 => Ok(()),
            others => writeln!(f, "\nAlerts about other certificates and issuers: {others}."),
        }
    }
}

impl fmt::Display for IncidentReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## Full Incident Report\n")?;
        writeln!(
            f,
            "A draft of what Certificate Transparency logs show. What cannot be known from outside is marked: {CA_ONLY}.\n"
        )?;
        self.write_summary(f)?;
        self.write_impact(f)?;
        self.write_timeline(f)?;
        self.write_rest(f)?;
        self.write_appendix(f)
    }
}

/// The first entry under a tree head that its log signed: for what stands under none, nobody can be called to account. Where
/// there is no such entry, the first of the others.
fn first_logged<'a>(seen: impl IntoIterator<Item = &'a Observation>) -> Option<&'a Observation> {
    seen.into_iter().min_by_key(|seen| (!seen.verified, seen.timestamp_ms))
}

fn is_short_lived(issuance: &Issuance) -> bool {
    issuance.verdict.findings().any(|finding| finding.short_lived)
}

/// What an entry is worth.
struct Head<'a>(&'a Observation);

impl fmt::Display for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.verified { "" } else { ", not under a signed tree head" })
    }
}

fn write_issuance(f: &mut fmt::Formatter<'_>, issuance: &Issuance) -> fmt::Result {
    let certificate = &issuance.certificate;
    writeln!(f, "- TBS certificate SHA-256: {}", certificate.tbs_sha256)?;
    for signed in &issuance.signed {
        let kind = match signed.entry {
            EntryKind::Certificate => "certificate",
            EntryKind::Precertificate => "precertificate",
        };
        let good = signed.scts.iter().filter(|sct| sct.valid).count();
        write!(f, "- {kind} SHA-256: {}", signed.sha256)?;
        match signed.scts.len() {
            0 => writeln!(f)?,
            all => writeln!(f, " ({good} of {all} SCTs good)")?,
        }
    }
    if let Some(key) = certificate.spki_sha256 {
        writeln!(f, "- key (SubjectPublicKeyInfo) SHA-256: {key}")?;
    }
    if let Some(serial) = &certificate.serial {
        writeln!(f, "- serial number: {}", Code(serial))?;
    }
    if let Some(name) = &certificate.subject_cn {
        writeln!(f, "- common name: {}", Code(name))?;
    }
    if certificate.names_total > 0 {
        let names: Vec<String> = certificate.names.iter().map(|name| Code(name).to_string()).collect();
        write!(f, "- subject alternative names: {}", names.join(", "))?;
        writeln!(f, "{}", More(certificate.names_total.saturating_sub(names.len())))?;
    }
    if let (Some(begins), Some(ends)) = (certificate.not_before, certificate.not_after) {
        writeln!(f, "- validity: {begins} through {ends}")?;
    }
    if let Some(name) = &certificate.claimed_issuer {
        writeln!(f, "- calls its issuer: {}", Code(name))?;
    }
    for issuer in &issuance.issuers {
        match issuer.key() {
            Some(key) => writeln!(f, "- issued by {issuer}, in full {key}")?,
            None => writeln!(f, "- issued by {issuer}")?,
        }
    }
    for seen in &issuance.seen {
        write!(f, "- logged: {}, entry {} of {}", time::show_millis(seen.timestamp_ms), seen.index, Code(&seen.log))?;
        if let Some(id) = seen.log_id {
            write!(f, " (log id {id})")?;
        }
        writeln!(f, "{}", Head(seen))?;
    }
    if let Some(more) = issuance.seen_total.checked_sub(issuance.seen.len()).filter(|more| *more > 0) {
        writeln!(f, "- logged {more} times more")?;
    }
    for finding in issuance.verdict.loud_findings() {
        let Finding { level, rule, location, explanation, .. } = finding;
        writeln!(f, "- {level} {} at {}: {}", Code(rule.as_str()), Code(&location.to_string()), Code(explanation))?;
    }
    Ok(())
}

/// Text of whatever origin as a code span (CommonMark 0.31 §6.1): nothing in it is a link, a tag, an emphasis or a mention.
struct Code<'a>(&'a str);

impl fmt::Display for Code<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = visible(self.0);
        // The fence is longer than any run of backticks within.
        let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.saturating_add(1));
        // One space is taken off at both ends, if there is anything but spaces between.
        let pads = |end: Option<char>| end.is_none_or(|end| matches!(end, '`' | ' '));
        let pad = if pads(text.chars().next()) || pads(text.chars().next_back()) { " " } else { "" };
        write!(f, "{fence}{pad}{text}{pad}{fence}")
    }
}

struct Certificates(usize);

impl fmt::Display for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("one certificate that should not have been issued, or of which that cannot be ruled out"),
            count => {
                write!(f, "{count} certificates that should not have been issued, or of which that cannot be ruled out")
            }
        }
    }
}

struct More(usize);

impl fmt::Display for More {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
