//! Follows a Certificate Transparency log and says which certificates in it nobody consented to.
//!
//! Without arguments it builds a log of 20,000 entries with the incident of 1.1.1.1 in it and follows that. The README of the
//! workspace shows what it prints.

mod demonstration;
mod evidence;
mod facts;
mod folder;
mod follow;
mod options;
mod report;
mod watcher;

use ctlens_examples::{print, read_der};
use ctlens_log::Fetch;
use ctlens_loglist::{LogKey, LogKind, LogList};
use ctlens_policy::{
    CertificateFacts, CoverageFacts, DetectorLimits, Detectors, FollowedLog, Issuances, Policy, RevocationFact,
    Throttle, ThrottleRate, Usage,
};
use ctlens_x509::UnixSeconds;
use demonstration::Demonstration;
use facts::Facts;
use folder::Folder;
use follow::seconds;
use options::{Form, Options, Task, Trust, USAGE};
use report::Report;
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use watcher::Watcher;

const NOTHING_FOUND: u8 = 0;
const FOUND: u8 = 1;
const TROUBLE: u8 = 2;

/// What the detectors remember of each kind, and the seed of their tables: where somebody may choose what they see, take one
/// that nobody knows.
const DETECTOR_ENTRIES: usize = 100_000;
const DETECTOR_SEED: u64 = 0x5eed;

/// So many alerts of one kind are kept in a run, which is one time span. The others are counted.
const MOST_ALERTS: ThrottleRate = ThrottleRate { most: 100, within_s: i64::MAX };

fn main() -> ExitCode {
    let options = match Options::from_env() {
        Ok(options) => options,
        Err(error) => {
            eprintln!("monitor: {error} (--help says more)");
            return ExitCode::from(TROUBLE);
        }
    };
    match run(&options) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("monitor: {error}");
            ExitCode::from(TROUBLE)
        }
    }
}

fn run(options: &Options) -> Result<u8, Box<dyn Error>> {
    match &options.task {
        Task::Help => {
            print(USAGE)?;
            Ok(NOTHING_FOUND)
        }
        Task::Demonstration => {
            let policy = Policy::compile(demonstration::CONFIG, demonstration::CONFIG_NAME)?;
            let demonstration = Demonstration::build()?;
            let (folder, trust) = demonstration.log();
            let job = Job {
                folder: &folder,
                trust: &trust,
                policy: &policy,
                facts: &demonstration::facts()?,
                config: demonstration::CONFIG_NAME,
                form: options.form,
            };
            print(demonstration::preface(options.form))?;
            let mut exact = false;
            job.run(&|issuance| demonstration.note(issuance), |report| {
                exact = demonstration.is_what_was_planted(report.issuances) && report.watcher.lost.is_empty();
            })?;
            if options.form == Form::Text {
                let verdict = if exact { "Exactly that was found." } else { "SOMETHING ELSE was found." };
                print(&format!("\nPlanted were 12 issuances without consent and 12 with it. {verdict}\n"))?;
            }
            Ok(if exact { NOTHING_FOUND } else { TROUBLE })
        }
        Task::Follow { log, config, facts } => {
            let name = config.display().to_string();
            let text = fs::read_to_string(config).map_err(|error| format!("{name}: {error}"))?;
            let policy = Policy::compile(&text, &name)?;
            let facts = Facts::read(facts)?;
            let demonstration = if log.is_none() { Some(Demonstration::build()?) } else { None };
            let demonstrated = demonstration.as_ref().map(Demonstration::log);
            let Some((folder, trust)) = log.as_ref().or(demonstrated.as_ref()) else { return Ok(NOTHING_FOUND) };
            let job = Job { folder, trust, policy: &policy, facts: &facts, config: &name, form: options.form };
            if demonstration.is_some() {
                print(demonstration::preface(options.form))?;
            }
            let note = |issuance: &_| demonstration.as_ref().and_then(|demonstration| demonstration.note(issuance));
            let mut code = NOTHING_FOUND;
            job.run(&note, |report| {
                let is_quiet = report.issuances.iter().all(|issuance| issuance.verdict.is_quiet());
                if !is_quiet || !report.coverage.is_ok() || report.has_error_over_time() {
                    code = FOUND;
                }
                if !report.watcher.lost.is_empty() {
                    code = TROUBLE;
                }
            })?;
            Ok(code)
        }
    }
}

/// What the user says of the log.
struct KnownLog {
    key: LogKey,
    origin: String,
    /// The notAfter of the certificates that it takes, where that is known: from the first of these, before the other.
    accepts: Option<(UnixSeconds, UnixSeconds)>,
    /// The list that it stands on.
    list: Option<LogList>,
}

/// One log, read once from its first entry to its head.
struct Job<'a> {
    folder: &'a Path,
    trust: &'a Trust,
    policy: &'a Policy,
    facts: &'a Facts,
    config: &'a str,
    form: Form,
}

impl Job<'_> {
    /// Reads the log, prints what was found, and hands the report on.
    fn run(
        &self,
        note: &dyn Fn(&ctlens_policy::Issuance) -> Option<String>,
        then: impl FnOnce(&Report<'_>),
    ) -> Result<(), Box<dyn Error>> {
        let folder = Folder::open(self.folder)?;
        let log = self.log(&folder)?;
        let mut watcher = Watcher {
            policy: self.policy,
            folder: &folder,
            log: log.as_ref().map_or_else(|| self.folder.display().to_string(), |log| log.origin.clone()),
            log_id: log.as_ref().map(|log| log.key.log_id()),
            logs: log.as_ref().and_then(|log| log.list.as_ref()),
            crls: &self.facts.crls,
            issuances: Issuances::new(),
            revocations: BTreeMap::new(),
            detectors: Detectors::new(&DetectorLimits::with_entries(DETECTOR_ENTRIES), DETECTOR_SEED),
            alerts: Vec::new(),
            throttle: Throttle::new(MOST_ALERTS),
            lost: Vec::new(),
            newest_ms: 0,
            without_issuer: 0,
        };
        let summary = match &log {
            Some(log) => follow::follow(&folder, &log.key, &log.origin, &mut watcher)?,
            None => follow::read_unverified(&folder, &mut watcher)?,
        };
        let now = summary.now().unwrap_or(watcher.newest());
        let facts = |certificate: &CertificateFacts| {
            let mut facts = self.facts.at(now);
            let status = watcher.revocations.get(&certificate.tbs_sha256);
            facts.revocation = status.map(|&status| RevocationFact { status, notice: None });
            facts
        };
        let issuances: Vec<_> = watcher.issuances.settle_in(self.policy, facts).collect();
        let mut usage = Usage::default();
        issuances.iter().for_each(|issuance| usage.add(&issuance.verdict));
        let counted = watcher.throttle.over(UnixSeconds(i64::MAX));
        let followed = FollowedLog { name: watcher.log.clone(), accepts: log.as_ref().and_then(|log| log.accepts) };
        let known = CoverageFacts::at(now).with_usage(&usage);
        let report = Report {
            watcher: &watcher,
            summary: &summary,
            issuances: &issuances,
            counted: &counted,
            now,
            coverage: self.policy.check_coverage(&known.with_logs(&[followed])),
            config: self.config,
            note,
        };
        print(&report.in_form(self.form))?;
        if matches!(self.form, Form::Sarif | Form::Markdown) && !counted.is_empty() {
            let alerts: u64 = counted.iter().map(|kind| kind.counted).sum();
            eprintln!("monitor: besides, {alerts} alerts of {} kinds, which --json counts", counted.len());
        }
        then(&report);
        Ok(())
    }

    /// The log, as the user knows it; `None` where it is to be read without.
    fn log(&self, folder: &Folder) -> Result<Option<KnownLog>, Box<dyn Error>> {
        if let Trust::Nothing = self.trust {
            return Ok(None);
        }
        let checkpoint = folder.get(Fetch::Checkpoint)?.ok_or(
            "there is no checkpoint in the folder: nothing says that these tiles are a log's; --unverified reads them all the same",
        )?;
        // Which log it claims to be. The signature is verified with the key that the list, or the user, has for that log.
        let origin = checkpoint.split(|octet| *octet == b'\n').next().unwrap_or_default();
        let origin = String::from_utf8_lossy(origin).into_owned();
        Ok(Some(match self.trust {
            Trust::LogKey(file) => {
                let der = read_der(file)?;
                let key = LogKey::from_spki_der(&der).map_err(|error| format!("{}: {error}", file.display()))?;
                KnownLog { key, origin, accepts: None, list: None }
            }
            Trust::LogList(file) => {
                let json = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
                let list = LogList::from_chrome_v3(&json).map_err(|error| format!("{}: {error}", file.display()))?;
                let log = list.logs().iter().find(|log| match &log.kind {
                    Some(LogKind::Tiled { submission_url, .. }) => origin_of(submission_url) == origin,
                    _ => false,
                });
                let log = log.ok_or_else(|| format!("{} has no log with the origin {origin}", file.display()))?;
                let interval = log.temporal_interval;
                let accepts = interval.map(|interval| (seconds(interval.start.0), seconds(interval.end.0)));
                KnownLog { key: log.key.clone(), origin, accepts, list: Some(list) }
            }
            Trust::Nothing => return Ok(None),
        }))
    }
}

/// "The submission prefix of the log as a schema-less URL with no trailing slashes" (static-ct-api, "Checkpoints").
fn origin_of(submission_url: &str) -> &str {
    let (_, rest) = submission_url.split_once("://").unwrap_or(("", submission_url));
    rest.trim_end_matches('/')
}
