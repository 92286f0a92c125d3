use super::baseline_requirements;
use crate::date::midnight;
use crate::level::Level;
use crate::rule::{Rule, Scope};
use crate::rule_id::RuleId;
use crate::status::Found;
use crate::subject::Subject;
use ctlens_x509::{Hex, UnixSeconds};

pub(super) const POSITIVE: Rule = Rule {
    id: RuleId::from_static("serial.positive"),
    title: "the serial number is greater than zero",
    zlint: &["e_serial_number_not_positive"],
    check: is_not_positive,
    ..LENGTH
};

pub(super) const LENGTH: Rule = Rule {
    id: RuleId::from_static("serial.length"),
    title: "the serial number has at most 20 octets",
    level: Level::Error,
    source: baseline_requirements("7.1.2.7", None),
    scope: Scope::Every,
    // RFC 3280, which RFC 5280 §4.1.2.2 goes back to.
    effective: Some(midnight(2002, 4, 1)),
    until: None,
    zlint: &["e_serial_number_longer_than_20_octets"],
    pkilint: &[],
    applies: |_| true,
    check: is_too_long,
};

/// RFC 5280 §4.1.2.2: "The serial number MUST be a positive integer".
fn is_not_positive(subject: &Subject<'_>, _: UnixSeconds, found: &mut Found) {
    let octets = subject.tbs.serial();
    let is_negative = octets.first().is_some_and(|&first| first >= 0x80);
    if is_negative || octets.iter().all(|&octet| octet == 0) {
        let what = if is_negative { "negative" } else { "zero" };
        found.add(|| (subject.serial_location(), format!("the serial number {} is {what}", Hex(octets))));
    }
}

/// RFC 5280 §4.1.2.2: "Conforming CAs MUST NOT use serialNumber values longer than 20 octets." The octet of zeros before
/// a number whose first bit is set counts: it is part of the INTEGER.
fn is_too_long(subject: &Subject<'_>, _: UnixSeconds, found: &mut Found) {
    const MOST: usize = 20;
    let octets = subject.tbs.serial();
    if octets.len() > MOST {
        found.add(|| {
            let explanation = format!("the serial number has {} octets where {MOST} are allowed", octets.len());
            (subject.serial_location(), explanation)
        });
    }
}
