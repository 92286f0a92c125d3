//! Who else is in the certificate: names of others beside an owned one make a mistake or a mischief of it, not a misfiled
//! renewal.

use super::decision::{Case, Refused};
use super::limits::is_host;
use super::matching::NamesMet;
use crate::certificate::shown_name;
use crate::text::shorten;
use ctlens_lint::Level;
use ctlens_x509::GeneralNameKind;

impl Case<'_> {
    /// Names those that concern nobody here, and raises by one level what is found about owned ones, but where the
    /// configuration gives the level.
    pub(super) fn name_others(&self, names_met: &NamesMet, refused: &mut [Refused]) {
        const MOST_SHOWN: usize = 3;
        const LONGEST: usize = 64;
        if refused.iter().all(|refused| refused.finding.asset.is_none()) {
            return;
        }
        let names = self.tbs.names().filter_map(Result::ok);
        let in_san = names.filter_map(|name| {
            let kind = name.kind();
            let is_host = matches!(kind, GeneralNameKind::DnsName | GeneralNameKind::IpAddress);
            (is_host && !names_met.in_san.contains(&name.index)).then(|| shown_name(kind, name.value))
        });
        // Numbered as the watch list numbers them.
        let common = self.tbs.common_names().enumerate().filter_map(|(index, name)| {
            let text = name.ok()?.text().ok()?;
            let is_other = is_host(text.trim()) && !names_met.common.contains(&index);
            is_other.then(|| shown_name(GeneralNameKind::DnsName, text.trim().as_bytes()))
        });
        let mut shown: Vec<String> = Vec::new();
        for name in in_san.chain(common) {
            let name = shorten(&name, LONGEST);
            // A common name mostly repeats one of the SAN.
            if !shown.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                shown.push(name);
            }
            if shown.len() >= MOST_SHOWN {
                break;
            }
        }
        if shown.is_empty() {
            return;
        }
        for Refused { finding, level_is_given } in refused.iter_mut().filter(|refused| refused.finding.asset.is_some())
        {
            // Which ones is said apart: the same mistake in many certificates is the same explanation.
            finding.explanation.push_str("; names that are in no asset stand beside it");
            finding.beside.clone_from(&shown);
            if !*level_is_given {
                finding.level = one_worse(finding.level);
            }
        }
    }
}

fn one_worse(level: Level) -> Level {
    match level {
        Level::Notice => Level::Warning,
        Level::Warning => Level::Error,
        Level::Error | Level::Critical => Level::Critical,
    }
}
