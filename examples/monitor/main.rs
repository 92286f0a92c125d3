//! Follows a Certificate Transparency log and says which certificates in it nobody consented to.
//!
//! Without arguments it builds a log of 20,000 entries with the incident of 1.1.1.1 in it and follows that. The README of the
//! workspace shows what it prints.

mod demonstration;
mod folder;
mod follow;
mod options;
mod report;
mod watcher;

use ctlens_examples::{print, read_der};
use ctlens_log::Fetch;
use ctlens_loglist::{LogKey, LogKind, LogList};
use ctlens_policy::{Issuances, Policy};
use demonstration::Demonstration;
use folder::Folder;
use options::{Options, Task, Trust, USAGE};
use report::Report;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use watcher::Watcher;

const NOTHING_FOUND: u8 = 0;
const FOUND: u8 = 1;
const TROUBLE: u8 = 2;

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
            let job = Job {
                folder: demonstration.folder.path(),
                trust: &demonstration.trust(),
                policy: &policy,
                config: demonstration::CONFIG_NAME,
                json: options.json,
            };
            print(if options.json { demonstration::NOTICE } else { demonstration::PREFACE })?;
            let mut exact = false;
            job.run(&|issuance| demonstration.note(issuance), |report| {
                exact = demonstration.is_what_was_planted(report.issuances) && report.watcher.lost.is_empty();
            })?;
            if !options.json {
                let verdict = if exact { "Exactly that was found." } else { "SOMETHING ELSE was found." };
                print(&format!("\nPlanted were 12 issuances without consent and 12 with it. {verdict}\n"))?;
            }
            Ok(if exact { NOTHING_FOUND } else { TROUBLE })
        }
        Task::Follow { folder, config, trust } => {
            let name = config.display().to_string();
            let text = fs::read_to_string(config).map_err(|error| format!("{name}: {error}"))?;
            let policy = Policy::compile(&text, &name)?;
            let job = Job { folder, trust, policy: &policy, config: &name, json: options.json };
            let mut code = NOTHING_FOUND;
            job.run(&|_| None, |report| {
                if !report.issuances.iter().all(|issuance| issuance.verdict.is_quiet()) {
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

/// One log, read once from its first entry to its head.
struct Job<'a> {
    folder: &'a Path,
    trust: &'a Trust,
    policy: &'a Policy,
    config: &'a str,
    json: bool,
}

impl Job<'_> {
    /// Reads the log, prints what was found, and hands the report on.
    fn run(
        &self,
        note: &dyn Fn(&ctlens_policy::Issuance) -> Option<String>,
        then: impl FnOnce(&Report<'_>),
    ) -> Result<(), Box<dyn Error>> {
        let folder = Folder::open(self.folder)?;
        let key = self.key(&folder)?;
        let mut watcher = Watcher {
            policy: self.policy,
            folder: &folder,
            log: key.as_ref().map_or_else(|| self.folder.display().to_string(), |(_, origin)| origin.clone()),
            log_id: key.as_ref().map(|(key, _)| key.log_id()),
            issuances: Issuances::new(),
            lost: Vec::new(),
            newest_ms: 0,
            without_issuer: 0,
        };
        let summary = match &key {
            Some((key, origin)) => follow::follow(&folder, key, origin, &mut watcher)?,
            None => follow::read_unverified(&folder, &mut watcher)?,
        };
        let issuances: Vec<_> = watcher.issuances.settle(self.policy).collect();
        let report = Report { watcher: &watcher, summary: &summary, issuances: &issuances, config: self.config, note };
        print(&if self.json { report.json_lines() } else { report.text() })?;
        then(&report);
        Ok(())
    }

    /// The log's key and origin; `None` where the log is to be read without.
    fn key(&self, folder: &Folder) -> Result<Option<(LogKey, String)>, Box<dyn Error>> {
        if let Trust::Nothing = self.trust {
            return Ok(None);
        }
        let checkpoint = folder.get(Fetch::Checkpoint)?.ok_or(
            "there is no checkpoint in the folder: nothing says that these tiles are a log's; --unverified reads them all the same",
        )?;
        // Which log it claims to be. The signature is verified with the key that the list, or the user, has for that log.
        let origin = checkpoint.split(|octet| *octet == b'\n').next().unwrap_or_default();
        let origin = String::from_utf8_lossy(origin).into_owned();
        let key = match self.trust {
            Trust::LogKey(file) => {
                let der = read_der(file)?;
                LogKey::from_spki_der(&der).map_err(|error| format!("{}: {error}", file.display()))?
            }
            Trust::LogList(file) => {
                let json = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
                let list = LogList::from_chrome_v3(&json).map_err(|error| format!("{}: {error}", file.display()))?;
                let log = list.logs().iter().find(|log| match &log.kind {
                    Some(LogKind::Tiled { submission_url, .. }) => origin_of(submission_url) == origin,
                    _ => false,
                });
                let log = log.ok_or_else(|| format!("{} has no log with the origin {origin}", file.display()))?;
                log.key.clone()
            }
            Trust::Nothing => return Ok(None),
        };
        Ok(Some((key, origin)))
    }
}

/// "The submission prefix of the log as a schema-less URL with no trailing slashes" (static-ct-api, "Checkpoints").
fn origin_of(submission_url: &str) -> &str {
    let (_, rest) = submission_url.split_once("://").unwrap_or(("", submission_url));
    rest.trim_end_matches('/')
}
