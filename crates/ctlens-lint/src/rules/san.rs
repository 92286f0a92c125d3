use super::{baseline_requirements, rfc5280};
use crate::date::midnight;
use crate::level::Level;
use crate::location::{Location, Part};
use crate::rule::{Rule, Scope};
use crate::rule_id::RuleId;
use crate::special_purpose::special_purpose_blocks;
use crate::status::Found;
use crate::subject::Subject;
use crate::top_level_domain::{LATEST_CHANGE, top_level_domain};
use ctlens_x509::{Attribute, GeneralName, GeneralNameKind, Oid, UnixSeconds};
use std::net::IpAddr;

pub(super) const MISSING: Rule = Rule {
    id: RuleId::from_static("san.missing"),
    title: "a subject alternative name is there",
    level: Level::Error,
    source: baseline_requirements("7.1.2.7.12", None),
    scope: Scope::TlsSubscriber,
    effective: Some(midnight(2012, 7, 1)),
    until: None,
    zlint: &["e_ext_san_missing"],
    pkilint: &[],
    applies: |_| true,
    check: is_missing,
};

pub(super) const TYPE_FORBIDDEN: Rule = Rule {
    id: RuleId::from_static("san.type_forbidden"),
    title: "subject alternative names are of type dNSName or iPAddress",
    zlint: &[
        "e_ext_san_directory_name_present",
        "e_ext_san_edi_party_name_present",
        "e_ext_san_other_name_present",
        "e_ext_san_registered_id_present",
        "e_ext_san_rfc822_name_present",
        "e_ext_san_uniform_resource_identifier_present",
    ],
    pkilint: &["cabf.serverauth.prohibited_san_type"],
    applies: |subject| subject.may_have_alternative_names(),
    check: is_of_forbidden_type,
    ..MISSING
};

pub(super) const IP_LENGTH: Rule = Rule {
    id: RuleId::from_static("san.ip_length"),
    title: "an iPAddress has 4 or 16 octets",
    source: rfc5280("4.2.1.6"),
    scope: Scope::Every,
    effective: None,
    zlint: &[],
    applies: |subject| subject.may_have_alternative_names(),
    check: has_an_odd_length,
    ..MISSING
};

pub(super) const IP_RESERVED: Rule = Rule {
    id: RuleId::from_static("san.ip_reserved"),
    title: "no iPAddress lies in a special-purpose block of IANA's",
    source: baseline_requirements("4.2.2, 7.1.2.7.12", None),
    scope: Scope::Tls,
    zlint: &["e_ext_san_contains_reserved_ip"],
    applies: outlives_the_grace_period,
    check: is_reserved,
    ..MISSING
};

pub(super) const INTERNAL_NAME: Rule = Rule {
    id: RuleId::from_static("san.internal_name"),
    title: "names end in a top-level domain of their day",
    source: baseline_requirements("4.2.2, 7.1.2.7.12", None),
    zlint: &["e_dnsname_not_valid_tld"],
    applies: may_have_names,
    check: is_internal,
    ..MISSING
};

pub(super) const ARPA: Rule = Rule {
    id: RuleId::from_static("san.arpa"),
    title: "no name lies in the zones for reverse look-ups",
    source: baseline_requirements("4.2.2, 7.1.2.7.12", Some("SC086")),
    effective: Some(midnight(2026, 3, 15)),
    zlint: &["e_arpa_domain_not_allowed"],
    applies: |_| true,
    check: is_reverse_name,
    ..MISSING
};

/// BR §7.1.2.7.12: the extension "MUST be present".
fn is_missing(subject: &Subject<'_>, _: UnixSeconds, found: &mut Found) {
    if subject.has_alternative_names {
        return;
    }
    if let Some(error) = subject.damage {
        return found.undecidable(error);
    }
    found.add(|| {
        let oid = Oid::SUBJECT_ALT_NAME.to_string();
        (Location::of(Part::Extension { oid }), "there is no subject alternative name".to_owned())
    });
}

/// BR §7.1.2.7.12: of the types of GeneralName, only dNSName and iPAddress are permitted.
fn is_of_forbidden_type(subject: &Subject<'_>, _: UnixSeconds, found: &mut Found) {
    for name in subject.tbs.names() {
        let Some(name) = found.decoded(name) else { continue };
        if !matches!(name.kind(), GeneralNameKind::DnsName | GeneralNameKind::IpAddress) {
            found.add(|| {
                (location(&name), format!("{} is not allowed in a server's certificate", location(&name).part))
            });
        }
    }
}

/// RFC 5280 §4.2.1.6: "For IP version 4 […] the octet string MUST contain exactly four octets. For IP version 6 […]
/// exactly sixteen octets."
fn has_an_odd_length(subject: &Subject<'_>, _: UnixSeconds, found: &mut Found) {
    for name in subject.tbs.names() {
        let Some(name) = found.decoded(name) else { continue };
        if name.kind() == GeneralNameKind::IpAddress && name.address().is_none() {
            found.add(|| (location(&name), format!("an iPAddress of {} octets is no address", name.value.len())));
        }
    }
}

/// BR §9.2.1 of version 1.0, on internal names and reserved addresses: from the effective date on no "Expiry Date later than
/// 1 November 2015".
fn outlives_the_grace_period(subject: &Subject<'_>) -> bool {
    subject.validity.map_or(true, |validity| validity.not_after >= END_OF_GRACE)
}

const END_OF_GRACE: UnixSeconds = midnight(2015, 11, 1);

/// BR §4.2.2: "CAs SHALL NOT issue certificates containing Internal Names or Reserved IP Addresses", and §1.6.1: an address
/// "contained in the address block of any entry" of the two registries.
fn is_reserved(subject: &Subject<'_>, at: UnixSeconds, found: &mut Found) {
    for name in subject.tbs.names() {
        let Some(name) = found.decoded(name) else { continue };
        let Some(address) = name.address() else { continue };
        // A block that was not allocated yet could not be looked up.
        let blocks = special_purpose_blocks(address).filter(|block| block.allocated <= at);
        if let Some(block) = blocks.max_by_key(|block| block.prefix_length) {
            found.add(|| {
                let explanation = format!(
                    "{address} is reserved: it lies in {}/{} ({}, RFC {})",
                    block.network, block.prefix_length, block.name, block.rfc
                );
                (location(&name), explanation)
            });
        }
    }
}

fn may_have_names(subject: &Subject<'_>) -> bool {
    subject.may_have_alternative_names() || subject.tbs.common_names().next().is_some()
}

/// BR §1.6.1: an *Internal Name* is a string "(not an IP address)" in a common name or SAN that "does not end with a Top Level
/// Domain registered in IANA's Root Zone Database" at the time of issuance. §4.2.2 forbids it.
///
/// The text of an address is an address in a common name (§7.1.4.3). In a dNSName it is a name, by the type of the entry, and
/// §7.1.2.7.12 asks for one that the DNS has. A name that ends in a dot ends in the label before it.
fn is_internal(subject: &Subject<'_>, at: UnixSeconds, found: &mut Found) {
    if at < END_OF_GRACE && !outlives_the_grace_period(subject) {
        return;
    }
    for name in subject.tbs.names() {
        let Some(name) = found.decoded(name) else { continue };
        if name.kind() == GeneralNameKind::DnsName && !is_below_a_top_level_domain(name.value, at) {
            found.add(|| (location(&name), outside_the_dns(name.value, at)));
        }
    }
    for (index, name) in subject.tbs.common_names().enumerate() {
        let Some(name) = found.decoded(name) else { continue };
        let text = match name.text() {
            Ok(text) => text,
            Err(error) => {
                found.undecidable(error);
                continue;
            }
        };
        let is_address = || text.parse::<IpAddr>().is_ok();
        if !text.is_empty() && !is_below_a_top_level_domain(text.as_bytes(), at) && !is_address() {
            found.add(|| (common_name_location(index, &name), outside_the_dns(text.as_bytes(), at)));
        }
    }
}

fn is_below_a_top_level_domain(name: &[u8], at: UnixSeconds) -> bool {
    let label = last_label(name);
    top_level_domain(label).is_some_and(|domain| domain.existed_at(at))
        || at >= ONION_NAMES_ALLOWED && label.eq_ignore_ascii_case(b"onion")
}

/// BR Appendix B, which came with Ballot 144: a name below `onion` is no Internal Name. It is in no root zone (RFC 7686).
const ONION_NAMES_ALLOWED: UnixSeconds = midnight(2015, 2, 18);

fn outside_the_dns(name: &[u8], at: UnixSeconds) -> String {
    let label = last_label(name);
    let day = |at: UnixSeconds| at.to_string().split('T').next().unwrap_or_default().to_owned();
    let (name, label, domain) = (quoted::<253>(name), quoted::<63>(label), top_level_domain(label));
    match domain.map(|domain| (domain.delegated, domain.removed)) {
        Some((Some(delegated), _)) if at < delegated => {
            format!("{name} is an internal name: {label} became a top-level domain on {}", day(delegated))
        }
        Some((_, Some(removed))) => {
            format!("{name} is an internal name: {label} was a top-level domain until {}", day(removed))
        }
        _ => {
            let known = day(LATEST_CHANGE);
            format!("{name} is an internal name: {label} is no top-level domain (root zone of {known})")
        }
    }
}

/// In quotes and in ASCII, and not longer than names may be (RFC 1035 §2.3.4).
fn quoted<const MOST: usize>(name: &[u8]) -> String {
    match name.get(..MOST) {
        Some(begin) if name.len() > MOST => format!("\"{}…\" ({} octets)", begin.escape_ascii(), name.len()),
        _ => format!("\"{}\"", name.escape_ascii()),
    }
}

fn last_label(name: &[u8]) -> &[u8] {
    let name = name.strip_suffix(b".").unwrap_or(name);
    name.rsplit(|&octet| octet == b'.').next().unwrap_or_default()
}

/// BR §4.2.2, from 2026-03-15: no name that "ends in an IP Reverse Zone Suffix", which are in-addr.arpa and ip6.arpa.
fn is_reverse_name(subject: &Subject<'_>, _: UnixSeconds, found: &mut Found) {
    let explain = |name: &[u8]| format!("{} lies in a zone for reverse look-ups", quoted::<253>(name));
    for name in subject.tbs.names() {
        let Some(name) = found.decoded(name) else { continue };
        if name.kind() == GeneralNameKind::DnsName && is_in_reverse_zone(name.value) {
            found.add(|| (location(&name), explain(name.value)));
        }
    }
    for (index, name) in subject.tbs.common_names().enumerate() {
        let Some(name) = found.decoded(name) else { continue };
        if is_in_reverse_zone(name.value) {
            found.add(|| (common_name_location(index, &name), explain(name.value)));
        }
    }
}

fn is_in_reverse_zone(name: &[u8]) -> bool {
    let name = name.strip_suffix(b".").unwrap_or(name);
    let mut labels = name.rsplit(|&octet| octet == b'.');
    let top = labels.next().is_some_and(|label| label.eq_ignore_ascii_case(b"arpa"));
    top && labels
        .next()
        .is_some_and(|label| label.eq_ignore_ascii_case(b"in-addr") || label.eq_ignore_ascii_case(b"ip6"))
}

fn common_name_location(index: usize, name: &Attribute<'_>) -> Location {
    Location::at(Part::CommonName { index }, name.offset, name.value.len())
}

fn location(name: &GeneralName<'_>) -> Location {
    Location::at(Part::SubjectAltName { index: name.index, kind: name.kind() }, name.offset, name.value.len())
}
