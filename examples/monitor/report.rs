//! What a person reads, and what a machine reads.

use crate::follow::Summary;
use crate::watcher::Watcher;
use ctlens_log::SignedTreeHead;
use ctlens_policy::{EntryKind, Issuance, Verdict};
use ctlens_x509::UnixSeconds;
use serde_json::json;
use std::fmt::{self, Write as _};

/// How many remarks about the log are printed.
const MOST_REMARKS: usize = 10;

pub(crate) struct Report<'a> {
    pub(crate) watcher: &'a Watcher<'a>,
    pub(crate) summary: &'a Summary,
    pub(crate) issuances: &'a [Issuance],
    /// What the configuration is called.
    pub(crate) config: &'a str,
    /// What is known about an issuance besides what is in the log.
    pub(crate) note: &'a dyn Fn(&Issuance) -> Option<String>,
}

impl Report<'_> {
    pub(crate) fn alarming(&self) -> impl Iterator<Item = &Issuance> {
        self.issuances.iter().filter(|issuance| matches!(issuance.verdict, Verdict::Findings { .. }))
    }

    pub(crate) fn undecidable(&self) -> impl Iterator<Item = &Issuance> {
        self.issuances.iter().filter(|issuance| matches!(issuance.verdict, Verdict::Undecidable { .. }))
    }

    pub(crate) fn expected(&self) -> impl Iterator<Item = &Issuance> {
        self.issuances.iter().filter(|issuance| matches!(issuance.verdict, Verdict::Expected { .. }))
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

    /// For a machine: every issuance that is not quiet, whatever could not be read, and a summary.
    pub(crate) fn json_lines(&self) -> String {
        let verified = self.summary.head.is_some();
        let mut lines = String::new();
        for issuance in self.issuances.iter().filter(|issuance| !issuance.verdict.is_quiet()) {
            let _ = writeln!(lines, "{}", issuance.to_json_line());
        }
        for (indices, why) in &self.watcher.lost {
            let line = json!({
                "schema": "ctlens.lost/1", "verified": verified, "log": self.watcher.log,
                "first": indices.start, "end": indices.end, "why": why,
            });
            let _ = writeln!(lines, "{line}");
        }
        let head = self.summary.head.as_ref();
        let line = json!({
            "schema": "ctlens.summary/1", "verified": verified, "log": self.watcher.log,
            "entries": self.summary.entries,
            "root": head.map(|head| head.head().root.to_string()),
            "timestamp": head.map(|head| head.timestamp().to_string()),
            "findings": self.alarming().count(),
            "undecidable": self.undecidable().count(),
            "expected": self.expected().count(),
            "lost": self.watcher.lost.len(),
            "remarks": self.summary.remarks,
            "policy_sha256": self.watcher.policy.digest().to_string(),
        });
        let _ = writeln!(lines, "{line}");
        lines
    }

    fn write_text(&self, text: &mut String) -> fmt::Result {
        let Summary { entries, tiles, head, remarks } = self.summary;
        writeln!(text, "log     {}", self.watcher.log)?;
        match head {
            Some(head) => {
                writeln!(text, "head    {} entries, root {}", Thousands(head.head().size), head.head().root)?;
                writeln!(text, "        signed {} by log {}", head.timestamp(), head.log_id())?;
                writeln!(text, "read    {} entries in {tiles} tiles, every one under that head", Thousands(*entries))?;
            }
            None => {
                writeln!(text, "head    none: the log does not vouch for what was read")?;
                writeln!(text, "read    {} entries in {tiles} tiles", Thousands(*entries))?;
            }
        }
        writeln!(text, "policy  {}, SHA-256 {}", self.config, self.watcher.policy.digest())?;
        for (indices, why) in &self.watcher.lost {
            writeln!(text, "LOST    {}..{}: {why}", indices.start, indices.end)?;
        }
        for remark in remarks.iter().take(MOST_REMARKS) {
            writeln!(text, "remark  {remark}")?;
        }
        if let Some(more) = remarks.len().checked_sub(MOST_REMARKS).filter(|more| *more > 0) {
            writeln!(text, "remark  and {more} more")?;
        }

        self.write_section(text, "UNAUTHORISED", "nobody consented to", self.alarming())?;
        self.write_section(text, "UNDECIDABLE", "that may concern your assets and cannot be read", self.undecidable())?;

        let expected: Vec<&Issuance> = self.expected().collect();
        writeln!(text, "\nEXPECTED, therefore silent: {}", issuances(expected.len()))?;
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

        let now = head.as_ref().map_or(self.watcher.newest_ms, |head: &SignedTreeHead| head.timestamp().0);
        let now = UnixSeconds(i64::try_from(now / 1000).unwrap_or(i64::MAX));
        writeln!(text, "\nCOVERAGE at {now}")?;
        for asset in self.watcher.policy.coverage(now) {
            writeln!(text, "    {asset}")?;
        }
        Ok(())
    }

    fn write_section<'i>(
        &self,
        text: &mut String,
        title: &str,
        what: &str,
        members: impl Iterator<Item = &'i Issuance>,
    ) -> fmt::Result {
        let members: Vec<&Issuance> = members.collect();
        if members.is_empty() {
            return Ok(());
        }
        writeln!(text, "\n{title}: {} {what}", issuances(members.len()))?;
        let mut suggested: Vec<&str> = Vec::new();
        for (number, issuance) in (1..).zip(&members) {
            self.write_issuance(text, number, issuance)?;
            suggested.extend(issuance.verdict.findings().filter_map(|finding| finding.missing_grant.as_deref()));
        }
        if let Some(grant) = suggested.first() {
            writeln!(text, "\n    If the owner did consent to number 1, this grant says so:")?;
            for line in grant.lines() {
                writeln!(text, "        {line}")?;
            }
        }
        Ok(())
    }

    fn write_issuance(&self, text: &mut String, number: usize, issuance: &Issuance) -> fmt::Result {
        let certificate = &issuance.certificate;
        for (nth, finding) in issuance.verdict.findings().enumerate() {
            if nth == 0 {
                write!(text, "{number:>4}  ")?;
            } else {
                write!(text, "      ")?;
            }
            writeln!(text, "{} [{} {}]", finding.explanation, finding.level, finding.rule)?;
        }
        write!(text, "      ")?;
        match (&certificate.subject_cn, &certificate.serial) {
            (Some(name), Some(serial)) => write!(text, "CN {name}, serial {serial}")?,
            (None, Some(serial)) => write!(text, "serial {serial}")?,
            _ => write!(text, "octets with SHA-256 {}", certificate.tbs_sha256)?,
        }
        if let (Some(not_before), Some(not_after)) = (certificate.not_before, certificate.not_after) {
            write!(text, ", valid {} to {}", Day(not_before), Day(not_after))?;
        }
        write!(text, ", for {}", certificate.names.join(", "))?;
        match certificate.names_total.saturating_sub(certificate.names.len()) {
            0 => writeln!(text)?,
            more => writeln!(text, " and {more} more")?,
        }
        let issuers: Vec<String> = issuance.issuers.iter().map(ToString::to_string).collect();
        let entries = |kind| {
            let entries = issuance.seen.iter().filter(|seen| seen.entry == kind);
            entries.map(|seen| seen.index.to_string()).collect::<Vec<_>>().join(", ")
        };
        let kinds = [("precertificate", EntryKind::Precertificate), ("certificate", EntryKind::Certificate)];
        let parts = kinds.map(|(name, kind)| (name, entries(kind)));
        let parts = parts.iter().filter(|(_, entries)| !entries.is_empty());
        let parts: Vec<String> = parts.map(|(name, entries)| format!("{name} in entry {entries}")).collect();
        write!(text, "      by {}", issuers.join(" and by "))?;
        if let Some(name) = &certificate.claimed_issuer {
            write!(text, ", which calls itself {name}")?;
        }
        writeln!(text, "; {}", parts.join(", "))?;
        if let Some(note) = (self.note)(issuance) {
            writeln!(text, "      ({note})")?;
        }
        Ok(())
    }
}

fn issuances(count: usize) -> String {
    if count == 1 { "1 issuance".to_owned() } else { format!("{count} issuances") }
}

/// `20,000`
struct Thousands(u64);

impl fmt::Display for Thousands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at) % 3 == 0 {
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
