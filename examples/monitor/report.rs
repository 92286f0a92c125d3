//! What a person reads, and what a machine reads.

use crate::follow::Summary;
use crate::options::Form;
use crate::watcher::Watcher;
use ctlens_lint::Level;
use ctlens_policy::{
    Action, Alert, Cause, Counted, Coverage, EntryKind, Finding, IncidentReport, Issuance, Suppressed, Verdict,
    to_sarif_with_alerts,
};
use ctlens_x509::UnixSeconds;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

/// How many remarks about the log are printed.
const MOST_REMARKS: usize = 10;

pub(crate) struct Report<'a> {
    pub(crate) watcher: &'a Watcher<'a>,
    pub(crate) summary: &'a Summary,
    pub(crate) issuances: &'a [Issuance],
    /// The alerts that were not kept, by their kinds.
    pub(crate) counted: &'a [Counted],
    /// The time that the report is about: that of the head, or of the newest entry.
    pub(crate) now: UnixSeconds,
    pub(crate) coverage: Coverage,
    /// What the configuration is called.
    pub(crate) config: &'a str,
    /// What is known about an issuance besides what is in the log.
    pub(crate) note: &'a dyn Fn(&Issuance) -> Option<String>,
}

/// Where an issuance stands in the report: by the worst that was found about it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Section {
    Unauthorised,
    Undecidable,
    IssuerUnproven,
    OutOfDate,
    Contradicted,
    AgainstRules,
    Suppressed,
    Expected,
}

impl Section {
    const LOUD: [Self; 6] = [
        Self::Unauthorised,
        Self::Undecidable,
        Self::IssuerUnproven,
        Self::OutOfDate,
        Self::Contradicted,
        Self::AgainstRules,
    ];

    fn of(issuance: &Issuance) -> Self {
        match &issuance.verdict {
            Verdict::Expected { .. } | Verdict::Unowned => Self::Expected,
            verdict if verdict.is_quiet() => Self::Suppressed,
            verdict => {
                let loud = verdict.findings().filter(|finding| finding.suppressed.is_none());
                let section = loud.map(|finding| Self::of_cause(finding.cause)).min().unwrap_or(Self::Undecidable);
                // What is certain besides may be worse than that nobody can tell, and never makes it better.
                if matches!(verdict, Verdict::Undecidable { .. }) { section.min(Self::Undecidable) } else { section }
            }
        }
    }

    fn of_cause(cause: Cause) -> Self {
        match cause {
            Cause::NoConsent
            | Cause::WrongIssuer
            | Cause::BeyondGrant
            | Cause::KeyNotPinned
            | Cause::Forbidden
            | Cause::BeyondLimits
            | Cause::LikelyTypo
            | Cause::TestInProduction => Self::Unauthorised,
            Cause::IssuerUnproven => Self::IssuerUnproven,
            Cause::ConsentExpired | Cause::ConsentNotYet => Self::OutOfDate,
            Cause::CompromisedKey
            | Cause::Disallowed
            | Cause::OwnershipConflict
            | Cause::CaaMismatch
            | Cause::CtNotCompliant
            | Cause::RevocationOverdue
            | Cause::Anomaly => Self::Contradicted,
            Cause::ProfileViolation => Self::AgainstRules,
            _ => Self::Undecidable,
        }
    }

    fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Unauthorised => ("UNAUTHORISED", "that nobody consented to"),
            Self::Undecidable => ("UNDECIDABLE", "that may concern your assets, and nobody can tell"),
            Self::IssuerUnproven => ("ISSUER NOT CERTAIN", "that a grant may permit, but who issued is not proven"),
            Self::OutOfDate => ("CONSENT OUT OF DATE", "outside the time that the owner consented to"),
            Self::Contradicted => ("CONTRADICTED", "that the owner consented to, and something else speaks against"),
            Self::Suppressed => ("SUPPRESSED", "that the configuration says are known"),
            Self::AgainstRules => ("AGAINST THE RULES", "with the consent of the owner, and against a rule for all"),
            Self::Expected => ("EXPECTED", "that the owner consented to, and therefore silent"),
        }
    }
}

impl Report<'_> {
    pub(crate) fn in_form(&self, form: Form) -> String {
        let loud = || self.issuances.iter().filter(|issuance| !issuance.verdict.is_quiet());
        match form {
            Form::Text => self.text(),
            Form::JsonLines => self.json_lines(),
            Form::Sarif => to_sarif_with_alerts(self.with_findings(), self.told()) + "\n",
            Form::Markdown => IncidentReport::new(loud(), self.now).with_alerts(self.told()).to_string(),
        }
    }

    /// Those too of which everything is suppressed: that stays in the output, and says so.
    fn with_findings(&self) -> impl Iterator<Item = &Issuance> {
        self.issuances.iter().filter(|issuance| Section::of(issuance) != Section::Expected)
    }

    /// For a person. Each line begins with `unverified: ` where no signed head vouches for what was read.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.write_text(&mut text);
        if self.summary.head.is_none() {
            return text.lines().fold(String::new(), |marked, line| marked + "unverified: " + line + "\n");
        }
        text
    }

    /// For a machine: every issuance in which anything was found, whatever could not be read, and a summary.
    pub(crate) fn json_lines(&self) -> String {
        let verified = self.summary.head.is_some();
        let mut lines = String::new();
        for issuance in self.with_findings() {
            let _ = writeln!(lines, "{}", issuance.to_json_line());
        }
        for alert in &self.watcher.alerts {
            let _ = writeln!(lines, "{}", alert.to_json_line());
        }
        for (indices, why) in &self.watcher.lost {
            let line = json!({
                "schema": "ctlens.lost/1", "verified": verified, "log": self.watcher.log,
                "first": indices.start, "end": indices.end, "why": why,
            });
            let _ = writeln!(lines, "{line}");
        }
        let head = self.summary.head.as_ref();
        let count = |word| self.issuances.iter().filter(|issuance| issuance.verdict.as_str() == word).count();
        let line = json!({
            "schema": "ctlens.summary/1", "verified": verified, "log": self.watcher.log,
            "entries": self.summary.entries, "entries_lost": self.watcher.lost_entries(),
            "root": head.map(|head| head.head().root.to_string()),
            "timestamp": head.map(|head| head.timestamp().to_string()),
            "findings": count("findings"), "undecidable": count("undecidable"), "expected": count("expected"),
            "alerts": self.watcher.alerts.len(),
            "alerts_counted": self.counted,
            "coverage": self.coverage,
            "remarks": self.remarks(),
            "policy_sha256": self.watcher.policy.digest().to_string(),
        });
        let _ = writeln!(lines, "{line}");
        lines
    }

    /// What is wrong and hides no entry.
    fn remarks(&self) -> Vec<String> {
        let mut remarks = self.summary.remarks.clone();
        if self.watcher.without_issuer > 0 {
            remarks.push(format!(
                "{} certificates for your assets without their issuer's certificate in issuer/",
                self.watcher.without_issuer
            ));
        }
        remarks
    }

    fn write_text(&self, text: &mut String) -> fmt::Result {
        let Summary { entries, tiles, head, .. } = self.summary;
        let lost = self.watcher.lost_entries();
        writeln!(text, "log     {}", self.watcher.log)?;
        match head {
            Some(head) => {
                writeln!(text, "head    {} entries, root {}", Thousands(head.head().size), head.head().root)?;
                writeln!(text, "        signed {} by log {}", head.timestamp(), head.log_id())?;
            }
            None => writeln!(text, "head    none: the log does not vouch for what was read")?,
        }
        write!(text, "read    {} of {} entries in {tiles} tiles", Thousands(entries - lost), Thousands(*entries))?;
        writeln!(text, "{}", if head.is_some() { ", every one under that head" } else { "" })?;
        writeln!(text, "policy  {}, SHA-256 {}", self.config, self.watcher.policy.digest())?;
        writeln!(text, "found   {}", self.in_one_line())?;
        let remarks = self.remarks();
        for remark in remarks.iter().take(MOST_REMARKS) {
            writeln!(text, "remark  {remark}")?;
        }
        if let Some(more) = remarks.len().checked_sub(MOST_REMARKS).filter(|more| *more > 0) {
            writeln!(text, "remark  and {more} more")?;
        }

        if lost > 0 {
            writeln!(
                text,
                "\nLOST: {} that may concern your assets, and nobody can tell",
                Count(lost, "entry", "entries")
            )?;
            for (indices, why) in &self.watcher.lost {
                writeln!(text, "    {} to {}: {why}", indices.start, indices.end.saturating_sub(1))?;
            }
        }
        for section in Section::LOUD {
            self.write_section(text, section)?;
        }
        if !self.members(Section::Suppressed).is_empty() {
            self.write_section(text, Section::Suppressed)?;
        }
        self.write_expected(text)?;
        self.write_alerts(text)?;
        writeln!(text, "\nCOVERAGE at {}", self.now)?;
        for asset in &self.coverage.assets {
            writeln!(text, "    {asset}")?;
        }
        for complaint in &self.coverage.complaints {
            writeln!(text, "    {complaint}")?;
        }
        Ok(())
    }

    /// What people are told of what no certificate of an asset shows alone. Notices, and what is less than an error about
    /// strangers, are for those who study the stream: the lines of JSON have them.
    fn told(&self) -> impl Iterator<Item = &Alert> {
        let alerts = self.watcher.alerts.iter();
        alerts.filter(|alert| alert.level >= Level::Error || (alert.level > Level::Notice && alert.asset.is_some()))
    }

    /// Whether anything over time is an error.
    pub(crate) fn has_error_over_time(&self) -> bool {
        self.watcher.alerts.iter().any(|alert| alert.level >= Level::Error)
    }

    /// The first of each kind, for the others say the same again.
    fn write_alerts(&self, text: &mut String) -> fmt::Result {
        let told: Vec<&Alert> = self.told().collect();
        let mut kinds = BTreeSet::new();
        for first in &told {
            let kind = (first.rule, first.asset.as_deref(), first.issuer);
            if !kinds.insert(kind) {
                continue;
            }
            if kinds.len() == 1 {
                writeln!(text, "\nOVER TIME: what certificates show together, and none alone")?;
            }
            let alike = told.iter().filter(|alert| (alert.rule, alert.asset.as_deref(), alert.issuer) == kind).count();
            let counted =
                self.counted.iter().filter(|known| (known.rule, known.asset.as_deref(), known.issuer_sha256) == kind);
            match alike as u64 - 1 + counted.map(|known| known.counted).sum::<u64>() {
                0 => writeln!(text, "    {first}")?,
                more => writeln!(text, "    {first} (and {more} more times)")?,
            }
        }
        Ok(())
    }

    fn members(&self, section: Section) -> Vec<&Issuance> {
        self.issuances.iter().filter(|issuance| Section::of(issuance) == section).collect()
    }

    fn is_still_valid(&self, issuance: &Issuance) -> bool {
        issuance.certificate.not_after.is_none_or(|not_after| not_after >= self.now)
    }

    fn in_one_line(&self) -> String {
        let mut parts: Vec<String> = Vec::new();
        for section in Section::LOUD {
            let members = self.members(section);
            if members.is_empty() {
                continue;
            }
            let valid = members.iter().filter(|issuance| self.is_still_valid(issuance)).count();
            parts.push(format!("{} {} ({valid} still valid)", members.len(), section.title().0.to_lowercase()));
        }
        if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
    }

    fn write_section(&self, text: &mut String, section: Section) -> fmt::Result {
        let members = self.members(section);
        if members.is_empty() {
            return Ok(());
        }
        let (title, what) = section.title();
        writeln!(text, "\n{title}: {} {what}", Count(members.len() as u64, "issuance", "issuances"))?;
        let mut headings: Vec<Heading<'_>> = members.iter().map(|issuance| Heading::of(issuance)).collect();
        headings.sort_unstable();
        headings.dedup();
        let mut number = 0_usize;
        let mut suggestions = BTreeMap::new();
        for heading in headings {
            heading.write(text)?;
            for issuance in members.iter().filter(|issuance| Heading::of(issuance) == heading) {
                number += 1;
                self.write_issuance(text, number, issuance)?;
                let grants = issuance.verdict.findings().filter(|finding| finding.missing_grant.is_some());
                if let Some(finding) = grants.min_by_key(|finding| &finding.asset) {
                    suggestions.entry(issuance.issuers.first()).or_insert((number, issuance, finding));
                }
            }
        }
        for (number, issuance, finding) in suggestions.into_values() {
            let issuer = issuance.certificate.claimed_issuer.as_deref().unwrap_or("this");
            writeln!(
                text,
                "\n    Only if {issuer} is a CA of yours, and the owner did consent to number {number}, this says so in {}:",
                self.config
            )?;
            let snippets = [&finding.missing_issuer, &finding.missing_grant];
            for line in snippets.into_iter().flatten().flat_map(|snippet| snippet.lines()) {
                writeln!(text, "        {line}")?;
            }
        }
        Ok(())
    }

    fn write_issuance(&self, text: &mut String, number: usize, issuance: &Issuance) -> fmt::Result {
        let certificate = &issuance.certificate;
        write!(text, "{number:>6}  ")?;
        match (&certificate.subject_cn, &certificate.serial) {
            (Some(name), Some(serial)) => write!(text, "CN {name}, serial {serial}")?,
            (None, Some(serial)) => write!(text, "serial {serial}")?,
            _ => write!(text, "no certificate")?,
        }
        if let (Some(not_before), Some(not_after)) = (certificate.not_before, certificate.not_after) {
            let state = if self.is_still_valid(issuance) { "still valid" } else { "expired" };
            write!(text, ", {} to {} ({state})", Day(not_before), Day(not_after))?;
        }
        if certificate.names_total > 0 {
            write!(text, "\n        for {}", certificate.names.join(", "))?;
            match certificate.names_total.saturating_sub(certificate.names.len()) {
                0 => {}
                more => write!(text, " and {more} more")?,
            }
        }
        let entries = |kind| {
            let entries = issuance.seen.iter().filter(|seen| seen.entry == kind);
            entries.map(|seen| seen.index.to_string()).collect::<Vec<_>>().join(", ")
        };
        let kinds = [("precertificate", EntryKind::Precertificate), ("certificate", EntryKind::Certificate)];
        let parts = kinds.map(|(name, kind)| (name, entries(kind)));
        let parts = parts.iter().filter(|(_, entries)| !entries.is_empty());
        let parts: Vec<String> = parts.map(|(name, entries)| format!("{name} in entry {entries}")).collect();
        write!(text, "\n        {}", parts.join(", "))?;
        match issuance.seen_total.saturating_sub(issuance.seen.len()) {
            0 => {}
            more => write!(text, ", and in {more} more")?,
        }
        writeln!(text, "; TBS SHA-256 {}", certificate.tbs_sha256)?;
        if let Some(revocation) = &issuance.revocation {
            writeln!(text, "        {}", revocation.status)?;
        }
        if let Verdict::Findings { left_out, .. } | Verdict::Undecidable { left_out, .. } = issuance.verdict
            && left_out > 0
        {
            writeln!(
                text,
                "        and {} that were not looked at",
                Count(left_out as u64, "more match", "more matches")
            )?;
        }
        if let Some(note) = (self.note)(issuance) {
            writeln!(text, "        ({note})")?;
        }
        Ok(())
    }

    fn write_expected(&self, text: &mut String) -> fmt::Result {
        let expected = self.members(Section::Expected);
        let (title, what) = Section::Expected.title();
        writeln!(text, "\n{title}: {} {what}", Count(expected.len() as u64, "issuance", "issuances"))?;
        let mut grants: Vec<&str> = Vec::new();
        for issuance in &expected {
            if let Verdict::Expected { grants: by } = &issuance.verdict {
                grants.extend(by.iter().map(String::as_str));
            }
        }
        grants.sort_unstable();
        for by in grants.chunk_by(|first, second| first == second) {
            writeln!(text, "    {} under the grant {}", by.len(), by.first().unwrap_or(&""))?;
        }
        Ok(())
    }
}

/// What several issuances have in common: who issued, and what is wrong.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Heading<'i> {
    issuers: Vec<String>,
    /// Keys beyond those that are shown.
    more_issuers: usize,
    claimed_issuer: Option<&'i str>,
    findings: Vec<(&'i str, String)>,
    contacts: BTreeSet<&'i str>,
    /// What can be done, but for adding a grant, which is shown below.
    actions: BTreeSet<String>,
}

impl<'i> Heading<'i> {
    fn of(issuance: &'i Issuance) -> Self {
        let findings: Vec<&Finding> = issuance.verdict.findings().collect();
        Self {
            issuers: issuance
                .issuers
                .iter()
                .map(|issuer| match issuer.key() {
                    Some(key) => format!("{issuer}, in full {key}"),
                    None => issuer.to_string(),
                })
                .collect(),
            more_issuers: issuance.issuers_total.saturating_sub(issuance.issuers.len()),
            claimed_issuer: issuance.certificate.claimed_issuer.as_deref(),
            findings: findings.iter().map(|finding| (finding.explanation.as_str(), rule_of(finding))).collect(),
            contacts: findings.iter().filter_map(|finding| finding.contact.as_deref()).collect(),
            actions: findings
                .iter()
                .filter(|finding| finding.suppressed.is_none())
                .flat_map(|finding| finding.actions())
                .filter(|action| *action != Action::AddGrant)
                .map(|action| action.to_string())
                .collect(),
        }
    }

    fn write(&self, text: &mut String) -> fmt::Result {
        writeln!(text)?;
        for (explanation, rule) in &self.findings {
            writeln!(text, "    {explanation} [{rule}]")?;
        }
        for issuer in &self.issuers {
            writeln!(text, "    issued by {issuer}")?;
        }
        if self.more_issuers > 0 {
            writeln!(text, "    and by {} more keys, if the logs are to be believed", self.more_issuers)?;
        }
        if let Some(name) = self.claimed_issuer {
            writeln!(text, "    which calls itself {name}")?;
        }
        for contact in &self.contacts {
            writeln!(text, "    tell {contact}")?;
        }
        for action in &self.actions {
            writeln!(text, "    {action}")?;
        }
        Ok(())
    }
}

/// `critical ownership.denied`, and who has signed for it.
fn rule_of(finding: &Finding) -> String {
    let Finding { level, rule, suppressed, .. } = finding;
    match suppressed {
        Some(Suppressed { id, by, reason, until, .. }) => {
            format!("{level} {rule}; suppressed until {until} by {by} ({id}: {reason})")
        }
        None => format!("{level} {rule}"),
    }
}

/// `1 issuance`, `12 issuances`
struct Count(u64, &'static str, &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", Thousands(self.0), if self.0 == 1 { self.1 } else { self.2 })
    }
}

/// `20,000`
struct Thousands(u64);

impl fmt::Display for Thousands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                f.write_char(',')?;
            }
            f.write_char(digit)?;
        }
        Ok(())
    }
}

/// The date of a time.
struct Day(UnixSeconds);

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.0.to_string();
        f.write_str(time.split_once('T').map_or(time.as_str(), |(date, _)| date))
    }
}
