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
use ctlens_san::{Grade, Hit, Item, Reading, Relation};
use ctlens_x509::{GeneralNameKind, Tbs};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::ops::ControlFlow;

/// A certificate may hold a hundred thousand names. What goes beyond these is counted in `left_out`.
const MOST: usize = 256;
const LONGEST_TEXT: usize = 256;

impl Policy {
    /// Whether a limit on whoever issued does not permit all that is in a certificate. Of an issuer without limits that is one
    /// look-up.
    pub(crate) fn is_beyond_limits(&self, tbs: &Tbs<'_>, issuer: &IssuerAttribution) -> bool {
        let Some(mut bounds) = Bounds::of(self, issuer) else { return false };
        self.level_of(BEYOND_LIMIT).is_some() && bounds.visit(tbs, |_| ControlFlow::Break(())).is_break()
    }
}

impl Case<'_> {
    pub(super) fn check_limits(&self, judgement: &mut Judgement) {
        let Some(mut bounds) = Bounds::of(self.policy, self.issuer) else { return };
        if self.policy.level_of(BEYOND_LIMIT).is_none() {
            return;
        }
        let mut unread = None;
        let mut found = 0_usize;
        let mut common_names = BTreeMap::new();
        let _ = bounds.visit(self.tbs, |sighting| {
            match sighting {
                Sighting::Unread(why) => {
                    unread.get_or_insert(why);
                }
                Sighting::Beyond(beyond) if matches!(beyond.location.part, Part::CommonName { .. }) => {
                    let said = beyond.said.to_ascii_lowercase();
                    let is_shown = common_names.len() < MOST;
                    common_names.entry(said).or_insert_with(|| is_shown.then(|| self.beyond(&beyond)));
                }
                Sighting::Beyond(beyond) if found < MOST => {
                    found = found.saturating_add(1);
                    judgement.findings.extend(self.beyond(&beyond));
                }
                Sighting::Beyond(_) => judgement.left_out = judgement.left_out.saturating_add(1),
            }
            ControlFlow::Continue(())
        });
        if let Some(unread) = unread {
            let location = Location::of(Part::TbsCertificate);
            let explanation = format!("a name cannot be read ({unread}), and may be beyond a limit on the issuer");
            judgement.why.push(self.undecidable("limit", location, explanation));
        }
        if common_names.is_empty() {
            return;
        }
        // Those in the SAN are looked at already. Other names than those of hosts are not limited, so that they take nothing away.
        let is_limited = |kind| matches!(kind, GeneralNameKind::DnsName | GeneralNameKind::IpAddress);
        for name in self.tbs.names().filter_map(Result::ok).filter(|name| is_limited(name.kind())) {
            common_names.remove(shown_name(name.kind(), name.value).to_ascii_lowercase().as_bytes());
        }
        for finding in common_names.into_values() {
            match finding {
                Some(finding) => judgement.findings.extend(finding),
                None => judgement.left_out = judgement.left_out.saturating_add(1),
            }
        }
    }

    fn beyond(&self, beyond: &Beyond<'_, '_>) -> Option<Finding> {
        let Beyond { location, kind, octets, said, broken } = beyond;
        let level = self.policy.level_of(BEYOND_LIMIT)?;
        let first = broken.first()?;
        let text = shorten(&shown_name(*kind, said), LONGEST_TEXT);
        let quoted = quoted_name(*kind, said, &text);
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
            ..Finding::new(id, BEYOND_LIMIT, level, Cause::BeyondLimits, location.clone(), explanation)
        })
    }
}

/// What the limits on an issuer are not content with.
enum Sighting<'c, 'p> {
    Beyond(Beyond<'c, 'p>),
    /// What nobody can read: why.
    Unread(String),
}

/// A name or an address that limits do not permit.
struct Beyond<'c, 'p> {
    location: Location,
    kind: GeneralNameKind,
    octets: &'c [u8],
    /// What the octets say.
    said: &'c [u8],
    /// At least one.
    broken: Vec<&'p Limit>,
}

/// The limits on one issuer.
struct Bounds<'p> {
    policy: &'p Policy,
    /// Their numbers, in the order of their ids.
    limits: BTreeSet<usize>,
    /// The limits that list what was looked up last.
    listing: BTreeSet<usize>,
    /// How many items were compared.
    #[cfg(test)]
    compared: usize,
}

impl<'p> Bounds<'p> {
    /// `None`, and nothing allocated, where there is none. A claim is no reason to blame anybody.
    fn of(policy: &'p Policy, issuer: &IssuerAttribution) -> Option<Self> {
        let limits: BTreeSet<usize> = policy.limits_on(&issuer.proven_key()?).collect();
        let listing = BTreeSet::new();
        (!limits.is_empty()).then_some(Self {
            policy,
            limits,
            listing,
            #[cfg(test)]
            compared: 0,
        })
    }

    /// All names of the SAN, and the common names that are an address or the name of a host.
    fn visit(&mut self, tbs: &Tbs<'_>, mut sink: impl FnMut(Sighting<'_, 'p>) -> ControlFlow<()>) -> ControlFlow<()> {
        for name in tbs.names() {
            let name = match name {
                Ok(name) => name,
                Err(undecodable) => {
                    sink(Sighting::Unread(undecodable.to_string()))?;
                    continue;
                }
            };
            let (kind, octets) = (name.kind(), name.value);
            let broken = self.broken_by(kind, octets);
            if !broken.is_empty() {
                let location =
                    Location::at(Part::SubjectAltName { index: name.index, kind }, name.offset, octets.len());
                sink(Sighting::Beyond(Beyond { location, kind, octets, said: octets, broken }))?;
            }
        }
        // Numbered as the watch list numbers them.
        for (index, name) in tbs.common_names().enumerate() {
            let read = name.map_err(|undecodable| undecodable.to_string());
            let read = read.and_then(|name| Ok((name, name.text().map_err(|error| error.to_string())?)));
            let (name, text) = match read {
                Ok(read) => read,
                Err(why) => {
                    sink(Sighting::Unread(why))?;
                    continue;
                }
            };
            let said = text.trim();
            if !is_host(said) {
                continue;
            }
            let (kind, octets, said) = (GeneralNameKind::DnsName, name.value, said.as_bytes());
            let broken = self.broken_by(kind, said);
            if !broken.is_empty() {
                let location = Location::at(Part::CommonName { index }, name.offset, octets.len());
                sink(Sighting::Beyond(Beyond { location, kind, octets, said, broken }))?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Whatever does not clearly lie in what is listed is not permitted. Other names than those of hosts are not limited.
    fn broken_by(&mut self, kind: GeneralNameKind, octets: &[u8]) -> Vec<&'p Limit> {
        let as_text = || str::from_utf8(octets).ok().and_then(|text| text.trim_end_matches('.').parse().ok());
        let address: Option<IpAddr> = match kind {
            GeneralNameKind::IpAddress => kind.address(octets),
            GeneralNameKind::DnsName => as_text(),
            _ => return Vec::new(),
        };
        self.listing.clear();
        let (is_address, is_name) = match (address, kind) {
            (Some(address), _) => {
                self.look_up_address(address.to_canonical());
                (true, false)
            }
            (None, GeneralNameKind::IpAddress) => (true, false),
            (None, _) if is_odd_address(octets) => (true, true),
            (None, _) => {
                self.look_up_name(octets);
                (false, true)
            }
        };
        let limits = self.limits.iter().filter(|number| !self.listing.contains(number));
        let limits = limits.filter_map(|&number| self.policy.limits.get(number));
        let is_limiting = |limit: &&Limit| is_address && limit.addresses.is_some() || is_name && limit.names.is_some();
        limits.filter(is_limiting).collect()
    }

    fn look_up_address(&mut self, address: IpAddr) {
        let lies_in = |item: &Item| match item {
            Item::Address(listed) => listed.to_canonical() == address,
            Item::Prefix(prefix) => prefix.contains(address),
            _ => false,
        };
        let (v4, v6);
        let octets: &[u8] = match address {
            IpAddr::V4(address) => {
                v4 = address.octets();
                &v4
            }
            IpAddr::V6(address) => {
                v6 = address.octets();
                &v6
            }
        };
        self.look_up(GeneralNameKind::IpAddress, octets, |hit, item| {
            matches!(hit.relation, Relation::Exact | Relation::Prefix { .. }) && lies_in(item)
        });
    }

    /// A name as it stands, or a pattern that stands for nothing but names below the one that is listed.
    fn look_up_name(&mut self, octets: &[u8]) {
        let name = octets.strip_suffix(b".").unwrap_or(octets);
        let (name, is_pattern) = match name.strip_prefix(b"*.") {
            Some(parent) => (parent, true),
            None => (name, false),
        };
        if !name.iter().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.')) {
            return;
        }
        self.look_up(GeneralNameKind::DnsName, name, |hit, item| {
            hit.reading == Reading::Standard
                && match item {
                    Item::Name(_) => hit.relation == Relation::Exact && !is_pattern,
                    Item::Subtree(_) => matches!(hit.relation, Relation::Exact | Relation::Below),
                    _ => false,
                }
        });
    }

    /// The items that an identifier has to do with come from the list, whose length does not matter.
    fn look_up(&mut self, kind: GeneralNameKind, octets: &[u8], lies_in: impl Fn(&Hit<'_, '_, usize>, &Item) -> bool) {
        let _ = self.policy.limited.look_up(kind, octets, |hit| {
            #[cfg(test)]
            {
                self.compared = self.compared.saturating_add(1);
            }
            if let Some(entry) = hit.item()
                && lies_in(&hit, &entry.item())
            {
                self.listing.insert(*entry.payload());
            }
            ControlFlow::Continue(())
        });
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

/// What a client could take for a host: `test1.hr`, `ssltest5` and `bücher.example`, not `Financijska agencija`. What stands
/// behind a NUL does not make it less of one.
pub(super) fn is_host(text: &str) -> bool {
    let host = text.split('\0').next().unwrap_or_default();
    let allowed =
        |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.' | b'*' | b':' | b'[' | b']');
    let has_labels = || host.split('.').filter(|label| !label.is_empty()).nth(1).is_some();
    !host.is_empty() && !host.contains(char::is_whitespace) && (host.bytes().all(allowed) || has_labels())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Sha256Hash;
    use ctlens_testkit::{Ca, CertificateBuilder, Key, Name};
    use ctlens_x509::Certificate;

    const KEY: Sha256Hash = Sha256Hash([0x22; 32]);

    fn limited(lists: &str) -> Policy {
        let text = format!(
            "version = 1\n[[issuer]]\nid = \"ca\"\nspki_sha256 = [\"{KEY}\"]\n\
             [[limit]]\nid = \"l\"\nissuers = [\"ca\"]\nreason = \"r\"\n{lists}\n"
        );
        Policy::compile(&text, "p").unwrap()
    }

    fn list(of: impl Iterator<Item = String>) -> String {
        of.map(|item| format!("\"{item}\"")).collect::<Vec<_>>().join(",")
    }

    /// A stranger's names are compared with what they have to do with, not with all that is listed.
    #[test]
    fn work_does_not_grow_with_the_list() {
        let names = list((0..4000).map(|n| format!(".zone-{n}.example")));
        let addresses = list((0..4000_u16).map(|n| format!("10.{}.{}.0/24", n >> 8, n & 0xff)));
        let policy = limited(&format!("dns = [{names}]\nip = [{addresses}]"));
        let leaf = CertificateBuilder::leaf(Key::new(2, "leaf").spki_der());
        let builder = (0..1000_u16).fold(leaf, |builder, n| {
            let builder = builder.dns(format!("www.zone-{n}.example")).dns(format!("*.zone-{n}.example"));
            builder.ip([10, u8::try_from(n >> 8).unwrap(), u8::try_from(n & 0xff).unwrap(), 1])
        });
        let der = builder.certificate(&Ca::root(Key::new(1, "ca"), &Name::new().common_name("CA"), 0, 1));
        let certificate = Certificate::from_der(&der).unwrap();
        let issuer = IssuerAttribution::LeafBound { key_sha256: KEY };
        let mut bounds = Bounds::of(&policy, &issuer).unwrap();
        assert!(bounds.visit(certificate.tbs(), |_| ControlFlow::Break(())).is_continue(), "all of them are listed");
        assert_eq!(bounds.compared, 3000, "each once");
    }

    /// What is asked for an issuer does not depend on how many limits and keys there are.
    #[test]
    fn an_issuer_without_limits_has_none() {
        let policy = limited("addresses = false");
        for issuer in [
            IssuerAttribution::LeafBound { key_sha256: Sha256Hash([0x33; 32]) },
            IssuerAttribution::Claimed { key_sha256: KEY },
            IssuerAttribution::Unknown,
        ] {
            assert!(Bounds::of(&policy, &issuer).is_none());
        }
        assert!(Bounds::of(&policy, &IssuerAttribution::LeafBound { key_sha256: KEY }).is_some());
    }

    #[test]
    fn what_is_listed() {
        let policy =
            limited("dns = [\".hr\", \"one.example\"]\nip = [\"2.0.0.0/8\", \"::ffff:3.3.3.3\", \"2001:db8::/32\"]");
        let mut bounds = Bounds::of(&policy, &IssuerAttribution::LeafBound { key_sha256: KEY }).unwrap();
        let (dns, ip) = (GeneralNameKind::DnsName, GeneralNameKind::IpAddress);
        let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 2, 2, 2, 2];
        for (kind, octets, is_permitted) in [
            (dns, &b"a.HR"[..], true),
            (dns, b"HR.", true),
            (dns, b"*.hr", true),
            (dns, b"*.a.hr.", true),
            (dns, b"ONE.example", true),
            (dns, b"*.one.example", false),
            (dns, b"www.one.example", false),
            (dns, b"*.*.hr", false),
            (dns, b"w*.hr", false),
            (dns, b"*", false),
            (dns, b"", false),
            (dns, b"xhr", false),
            (dns, b"a..hr", true),
            (dns, b".hr", false),
            (dns, b"evil.com\0.hr", false),
            (dns, b"evil.com a.hr", false),
            (dns, b"2.2.2.2", true),
            (dns, b"9.2.2.2", false),
            (dns, b"2001:db8::1", true),
            (dns, b"1.2.2.2.in-addr.arpa", false),
            (dns, b"[2001:db8::1]", false),
            (dns, b"2.257", false),
            (ip, &[2, 2, 2, 2], true),
            (ip, &[3, 3, 3, 3], true),
            (ip, &[9, 2, 2, 2], false),
            (ip, &mapped, true),
            (ip, &[2, 2, 2, 2, 255, 255, 255, 255], false),
            (ip, &[2, 2, 2], false),
            (GeneralNameKind::Rfc822Name, b"a@evil.com", true),
        ] {
            assert_eq!(bounds.broken_by(kind, octets).is_empty(), is_permitted, "{}", octets.escape_ascii());
        }
    }

    #[test]
    fn hosts() {
        for (text, expected) in [
            ("test1.hr", true),
            ("ssltest5", true),
            ("*.hr", true),
            ("2001:db8::1", true),
            ("bücher.example", true),
            ("https://evil.com/", true),
            ("evil.com\0 of ours", true),
            ("Financijska agencija d.o.o.", false),
            ("Ministarstvo", true),
            ("Županija", false),
            ("Ž.", false),
            ("", false),
        ] {
            assert_eq!(is_host(text), expected, "{text}");
        }
    }
}
