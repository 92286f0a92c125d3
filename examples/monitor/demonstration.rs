//! The demonstration: a log that the testkit builds, with the incident of 1.1.1.1 in it.

use crate::facts::Facts;
use crate::options::{Form, Trust};
use ctlens_policy::{Format, Issuance, TrustView};
use ctlens_testkit::{Demo, Planted, PlantedKind};
use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

pub(crate) const CONFIG: &str = include_str!("monitor.toml");
pub(crate) const CONFIG_NAME: &str = "monitor.toml";

/// What the root programmes make of the invented CAs.
const TRUST_VIEW: &str = include_str!("trust.toml");

const PREFACE: &str = "\
DEMONSTRATION: this log was built on the spot. Its CAs, keys and dates are invented. Three of the twelve certificates for
1.1.1.1 bear the serial numbers and names that were published; the other nine are stand-ins, for theirs were not.

";

const NOTICE: &str =
    concat!(r#"{"schema":"ctlens.notice/1","notice":"demonstration: a log that was built on the spot"}"#, "\n");

/// The planted oddities that may stand for an asset of the bundled policy.
const UNDECIDABLE: [&str; 2] = ["an iPAddress of five octets", "a space in a dNSName"];

/// What stands before everything else, so that nobody takes it for a real log. SARIF has no place for it.
pub(crate) fn preface(form: Form) -> &'static str {
    match form {
        Form::Text | Form::Markdown => PREFACE,
        Form::JsonLines => NOTICE,
        Form::Sarif => "",
    }
}

pub(crate) fn facts() -> Result<Facts, Box<dyn Error>> {
    let trust = TrustView::read(TRUST_VIEW, "trust.toml", Format::Toml)?;
    Ok(Facts { trust: Some(trust), ..Facts::default() })
}

/// A log in a folder that goes when this goes.
pub(crate) struct Demonstration {
    folder: TempDir,
    planted: Planted,
}

impl Demonstration {
    pub(crate) fn build() -> Result<Self, Box<dyn Error>> {
        let demo = Demo::build(Demo::SEED);
        let folder = tempfile::tempdir()?;
        demo.write(folder.path())?;
        fs::write(folder.path().join("log_list.json"), demo.log_list_json())?;
        Ok(Self { folder, planted: demo.planted().clone() })
    }

    /// Where it lies, and who says whose it is.
    pub(crate) fn log(&self) -> (PathBuf, Trust) {
        let folder = self.folder.path();
        (folder.to_owned(), Trust::LogList(folder.join("log_list.json")))
    }

    /// What is known about an issuance from having planted it.
    pub(crate) fn note(&self, issuance: &Issuance) -> Option<String> {
        let hash = issuance.certificate.tbs_sha256.0;
        let planted = self.planted.incident.iter().chain(&self.planted.odd);
        let kind = planted.into_iter().find(|planted| planted.precert_tbs_sha256 == hash)?.kind;
        Some(match kind {
            PlantedKind::Published(published) => {
                format!(
                    "certificate {} of the incident: serial and names as published, crt.sh {}",
                    published.number, published.crtsh_id
                )
            }
            PlantedKind::StandIn(stand_in) => {
                format!(
                    "certificate {} of the incident: a stand-in, its details and date are invented",
                    stand_in.number
                )
            }
            PlantedKind::Odd(what) => format!("planted oddity: {what}"),
            PlantedKind::Consented => return None,
        })
    }

    /// Whether the twelve were found, each once and in every entry where they stand, and nothing else; whether all that the
    /// owner consented to was silent, and what nobody can read was not.
    pub(crate) fn is_what_was_planted(&self, issuances: &[Issuance]) -> bool {
        let found = |verdict: &str| -> BTreeSet<([u8; 32], usize)> {
            let issuances = issuances.iter().filter(|issuance| issuance.verdict.as_str() == verdict);
            issuances.map(|issuance| (issuance.certificate.tbs_sha256.0, issuance.seen_total)).collect()
        };
        let planted = |certificates: &[ctlens_testkit::PlantedCertificate]| -> BTreeSet<([u8; 32], usize)> {
            let entries = |planted: &ctlens_testkit::PlantedCertificate| {
                planted.precertificate_entries.len() + planted.certificate_entries.len()
            };
            certificates.iter().map(|planted| (planted.precert_tbs_sha256, entries(planted))).collect()
        };
        let odd = self
            .planted
            .odd
            .iter()
            .filter(|odd| matches!(odd.kind, PlantedKind::Odd(what) if UNDECIDABLE.contains(&what)));
        let odd: Vec<ctlens_testkit::PlantedCertificate> = odd.cloned().collect();
        found("findings") == planted(&self.planted.incident)
            && found("expected") == planted(&self.planted.consented)
            && found("undecidable") == planted(&odd)
            && issuances.iter().filter(|issuance| issuance.verdict.as_str() == "findings").count() == 12
    }
}
