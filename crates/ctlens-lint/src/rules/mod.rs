mod san;
mod serial;
mod validity;

use crate::rule::{Rule, Source};

/// The ids are those that the tables of rules in circulation use, so that verdicts can be compared.
pub(crate) const BASELINE_REQUIREMENTS: &[Rule] = &[
    validity::MAX_398D,
    validity::MAX_200D,
    validity::MAX_100D,
    validity::MAX_47D,
    serial::POSITIVE,
    serial::LENGTH,
    san::MISSING,
    san::TYPE_FORBIDDEN,
    san::IP_LENGTH,
    san::IP_RESERVED,
    san::INTERNAL_NAME,
    san::ARPA,
];

const fn baseline_requirements(section: &'static str, ballot: Option<&'static str>) -> Source {
    Source { document: "CABF TLS BR 2.2.6", section, ballot }
}

const fn rfc5280(section: &'static str) -> Source {
    Source { document: "RFC 5280", section, ballot: None }
}
