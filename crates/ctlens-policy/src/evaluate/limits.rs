//! What an issuer may issue for, whoever owns it.

use super::Judgement;
use super::decision::Case;
use super::matching::identifier;
use crate::attribution::IssuerAttribution;
use crate::cause::Cause;
use crate::certificate::{quoted_name, shown_name};
use crate::config::Limit;
use crate::finding::{Finding, Identifier};
use crate::policy::Policy;
use crate::rules::BEYOND_LIMIT;
use crate::text::{shorten, word};
use ctlens_lint::{Location, Part};
use ctlens_san::{Grade, Item, Reading};
use ctlens_x509::{GeneralNameKind, Undecodable};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A certificate may hold a hundred thousand names.
const MOST: usize = 256;
const LONGEST_TEXT: usize = 256;

impl Policy {
    /// The limits on whoever issued. A claim is no reason to blame anybody.
    pub(crate) fn limits_on(&self, issuer: &IssuerAttribution) -> impl Iterator<Item = &Limit> {
        let key = issuer.proven_key();
        self.limits.iter().filter(move |limit| key.is_some_and(|key| self.is_of(&limit.issuers, &key)))
    }
}

impl Case<'_> {
    pub(super) fn check_limits(&self, judgement: &mut Judgement) {
        let mut limits: Vec<&Limit> = self.policy.limits_on(self.issuer).collect();
        limits.sort_by_key(|limit| &limit.id);
        if limits.is_empty() || self.policy.level_of(BEYOND_LIMIT).is_none() {
            return;
        }
        let mut unread = None;
        let mut found = 0_usize;
        for name in self.tbs.names() {
            let name = match name {
                Ok(name) => name,
                Err(undecodable) => {
                    unread.get_or_insert(undecodable);
                    continue;
                }
            };
            let kind = name.kind();
            let broken = broken_by(&limits, kind, name.value);
            if broken.is_empty() {
                continue;
            }
            found = found.saturating_add(1);
            if found > MOST {
                judgement.left_out = judgement.left_out.saturating_add(1);
                continue;
            }
            let location =
                Location::at(Part::SubjectAltName { index: name.index, kind }, name.offset, name.value.len());
            judgement.findings.extend(self.beyond(&broken, kind, name.value, location));
        }
        let unread = unread.or(self.check_common_names(&limits, judgement));
        if let Some(unread) = unread {
            let location = Location::of(Part::TbsCertificate);
            let explanation = format!("a name cannot be read ({unread}), and may be beyond a limit on the issuer");
            judgement.why.push(self.undecidable("limit", location, explanation));
        }
    }

    /// Common names that are an address or the name of a host, but for those in the SAN, which are looked at already. Gives
    /// what cannot be read.
    fn check_common_names(&self, limits: &[&Limit], judgement: &mut Judgement) -> Option<Undecodable<'_>> {
        let mut unread = None;
        let mut beyond = BTreeMap::new();
        for (index, name) in self.tbs.common_names().enumerate() {
            let name = match name {
                Ok(name) => name,
                Err(undecodable) => {
                    unread.get_or_insert(undecodable);
                    continue;
                }
            };
            let broken = broken_by(limits, GeneralNameKind::DnsName, name.value);
            if !broken.is_empty() && is_host(name.value) {
                beyond.entry(name.value.to_ascii_lowercase()).or_insert((index, name, broken));
            }
        }
        if beyond.is_empty() {
            return unread;
        }
        // Other names are not limited, so that they take nothing away.
        let is_limited = |kind| matches!(kind, GeneralNameKind::DnsName | GeneralNameKind::IpAddress);
        for name in self.tbs.names().filter_map(Result::ok).filter(|name| is_limited(name.kind())) {
            beyond.remove(shown_name(name.kind(), name.value).to_ascii_lowercase().as_bytes());
        }
        judgement.left_out = judgement.left_out.saturating_add(beyond.len().saturating_sub(MOST));
        for (index, name, broken) in beyond.into_values().take(MOST) {
            let location = Location::at(Part::CommonName { index }, name.offset, name.value.len());
            judgement.findings.extend(self.beyond(&broken, GeneralNameKind::DnsName, name.value, location));
        }
        unread
    }

    fn beyond(&self, broken: &[&Limit], kind: GeneralNameKind, octets: &[u8], location: Location) -> Option<Finding> {
        let level = self.policy.level_of(BEYOND_LIMIT)?;
        let first = broken.first()?;
        let text = shorten(&shown_name(kind, octets), LONGEST_TEXT);
        let quoted = quoted_name(kind, octets, &text);
        let explanation = format!(
            "{quoted} is beyond what the issuer may issue for by {} ({})",
            first.id,
            shorten(&first.reason, LONGEST_TEXT)
        );
        let id = self.finding_id(BEYOND_LIMIT, &location.part, "");
        Some(Finding {
            identifier: Some(Identifier {
                relation: "beyond_limit".to_owned(),
                reading: word(&Reading::Standard),
                grade: word(&Grade::Rfc9525),
                ..identifier(text, octets)
            }),
            decided_by: broken.iter().map(|limit| limit.id.clone()).collect(),
            ..Finding::new(id, BEYOND_LIMIT, level, Cause::BeyondLimits, location, explanation)
        })
    }
}

fn broken_by<'l>(limits: &[&'l Limit], kind: GeneralNameKind, octets: &[u8]) -> Vec<&'l Limit> {
    limits.iter().copied().filter(|limit| !limit.permits(kind, octets)).collect()
}

impl Limit {
    /// Whatever does not clearly lie in what is listed is not permitted. Other names than those of hosts are not limited.
    fn permits(&self, kind: GeneralNameKind, octets: &[u8]) -> bool {
        let as_text = || str::from_utf8(octets).ok().and_then(|text| text.trim_end_matches('.').parse().ok());
        let address: Option<IpAddr> = match kind {
            GeneralNameKind::IpAddress => kind.address(octets),
            GeneralNameKind::DnsName => as_text(),
            _ => return true,
        };
        match (address, kind) {
            (Some(address), _) => holds(self.addresses.as_deref(), |item| holds_address(item, address)),
            (None, GeneralNameKind::IpAddress) => self.addresses.is_none(),
            (None, _) if is_odd_address(octets) => self.addresses.is_none() && self.names.is_none(),
            (None, _) => holds(self.names.as_deref(), |item| holds_name(item, octets)),
        }
    }
}

/// `None` is no list, and holds all.
fn holds(listed: Option<&[Item]>, is_it: impl Fn(&Item) -> bool) -> bool {
    listed.is_none_or(|listed| listed.iter().any(is_it))
}

fn holds_address(item: &Item, address: IpAddr) -> bool {
    let address = address.to_canonical();
    match item {
        Item::Address(listed) => listed.to_canonical() == address,
        Item::Prefix(prefix) => prefix.contains(address),
        _ => false,
    }
}

/// A name as it stands, or a pattern that stands for nothing but names below the one that is listed.
fn holds_name(item: &Item, octets: &[u8]) -> bool {
    let name = octets.strip_suffix(b".").unwrap_or(octets).to_ascii_lowercase();
    let (name, is_pattern) = match name.strip_prefix(b"*.") {
        Some(parent) => (parent, true),
        None => (name.as_slice(), false),
    };
    let is_plain = name.iter().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.'));
    match item {
        Item::Name(listed) => !is_pattern && name == listed.as_str().as_bytes(),
        Item::Subtree(top) => {
            let head = name.strip_suffix(top.as_str().as_bytes());
            is_plain && head.is_some_and(|head| head.is_empty() || head.ends_with(b"."))
        }
        _ => false,
    }
}

/// What clients take for an address, or for nothing: the last label is a number (URL Standard §3.5, "ends in a number"), or
/// there is a colon. `1.257`, `0x01010101`, `[2001:db8::1]`, `192.0.2.1:443`.
fn is_odd_address(octets: &[u8]) -> bool {
    let text = octets.trim_ascii();
    let text = text.strip_suffix(b".").unwrap_or(text);
    let last = text.rsplit(|&octet| octet == b'.').next().unwrap_or_default();
    let is_number = match last {
        [b'0', b'x' | b'X', digits @ ..] => digits.iter().all(u8::is_ascii_hexdigit),
        digits => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
    };
    is_number || text.contains(&b':')
}

/// What a client could take for a host: `test1.hr` and `ssltest5`, not `Financijska agencija`.
pub(super) fn is_host(octets: &[u8]) -> bool {
    let allowed =
        |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.' | b'*' | b':' | b'[' | b']');
    !octets.is_empty() && octets.iter().all(allowed)
}
